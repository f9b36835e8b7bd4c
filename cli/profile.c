#include "profile.h"

#include <glib.h>
#include <jansson.h>
#include <stdio.h>

#include "say.h"

/* ---- Reading ----------------------------------------------------------- */

#define X(id, name, ...) name,
static const char *const webgpu_names[] = {CUT_WEBGPU_MAP(X) NULL};
static const char *const adapter_names[] = {CUT_ADAPTER_MAP(X) NULL};
static const char *const canary_names[] = {CUT_CANARY_MAP(X) NULL};
static const char *const simd_names[] = {CUT_SIMD_MAP(X) NULL};
static const char *const platform_names[] = {CUT_PLATFORM_MAP(X) NULL};
static const char *const wish_names[] = {"none", CUT_ROUTE_MAP(X) NULL};
static const char *const route_names[] = {CUT_ROUTE_MAP(X) NULL};
static const char *const failure_names[] = {CUT_FAILURE_MAP(X) NULL};
#undef X

/* Values that a kind of fact has; NULL for numbers. */
#define NAMES_FLAG NULL
#define NAMES_COUNT NULL
#define NAMES_NUMBER NULL
#define NAMES_ROUTE wish_names
#define NAMES_WEBGPU webgpu_names
#define NAMES_ADAPTER adapter_names
#define NAMES_CANARY canary_names
#define NAMES_SIMD simd_names
#define NAMES_PLATFORM platform_names

static bool bad_name(const char *fact, const char *is, const char *const *names,
                     struct cut_error *err) {
    char *all = g_strjoinv(", ", (char **)(uintptr_t)names);
    fail(err, "expected one of %s for %s but received '%s'", all, fact, is);
    g_free(all);
    return false;
}

static bool read_value(json_t *json, const char *fact, const char *const *names,
                       double *value, struct cut_error *err) {
    if (!json || json_is_null(json)) return true;
    const char *text = json_string_value(json);
    if (names && text) {
        for (int i = 0; names[i]; i++)
            if (g_str_equal(names[i], text)) return *value = i, true;
        return bad_name(fact, text, names, err);
    }
    if (names || !(json_is_number(json) || json_is_boolean(json)))
        return fail(err, "%s: expected %s", fact,
                    names ? "a name" : "a number, true or false");
    *value = json_is_true(json) ? 1 : json_number_value(json);
    return true;
}

static bool read_table(json_t *json, const char *fact, int columns, int n,
                       double *values, struct cut_error *err) {
    for (int i = 0; i < n; i++) {
        json_t *row = json_array_get(json, (size_t)(i / columns));
        json_t *cell = json_array_get(row, (size_t)(i % columns));
        if (!read_value(cell, fact, NULL, &values[i], err)) return false;
    }
    return true;
}

static bool read_mark(json_t *json, double *v, struct cut_error *err) {
    return read_value(json_object_get(json, "route"), "route", route_names,
                      &v[0], err) &&
           read_value(json_object_get(json, "divisor"), "divisor", NULL, &v[1],
                      err) &&
           read_value(json_object_get(json, "failure"), "failure",
                      failure_names, &v[2], err) &&
           read_value(json_object_get(json, "count"), "count", NULL, &v[3],
                      err) &&
           read_value(json_object_get(json, "day"), "day", NULL, &v[4], err) &&
           read_value(json_object_get(json, "environment"), "environment", NULL,
                      &v[5], err);
}

/* In the order of cut_policy_read. */
static bool read_values(json_t *json, double *v, struct cut_error *err) {
#define S(kind, name, text)                                                    \
    if (!read_value(json_object_get(json, #name), #name, NAMES_##kind, v++,    \
                    err))                                                      \
        return false;
#define A(kind, name, rows, columns, text)                                     \
    if (!read_table(json_object_get(json, #name), #name, columns,              \
                    (rows) * (columns), v, err))                               \
        return false;                                                          \
    v += (rows) * (columns);
    CUT_FACT_MAP(S, A)
#undef S
#undef A
    json_t *past = json_object_get(json, "past");
    for (int i = 0; i < CUT_MARK_COUNT; i++, v += 6)
        if (!read_mark(json_array_get(past, (size_t)i), v, err)) return false;
    return true;
}

static bool is_fact(const char *name) {
#define S(kind, fact, text)                                                    \
    if (g_str_equal(name, #fact)) return true;
#define A(kind, fact, rows, columns, text) S(kind, fact, text)
    CUT_FACT_MAP(S, A)
#undef S
#undef A
    return g_str_equal(name, "past");
}

bool profile_read(const char *path, struct cut_policy_facts *facts,
                  struct cut_error *err) {
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root) return fail(err, "%s: %s", path, error.text);
    json_t *json = json_object_get(root, "facts"), *value;
    if (!json) json = root;
    const char *name;
    json_object_foreach(json, name, value) if (!is_fact(name))
        say_note("%s: '%s' is no fact of the policy", path, name);
    double *values = g_new0(double, cut_policy_n_values());
    bool fine = json_is_object(json)
                    ? read_values(json, values, err)
                    : fail(err, "%s: expected an object of facts", path);
    if (fine) cut_policy_read(values, facts);
    g_free(values);
    json_decref(root);
    return fine;
}

/* ---- Telling ----------------------------------------------------------- */

static void tell_choice(int place, const struct cut_choice *c) {
    static const char *const sizes[] = {"", "full", "half", "", "quarter"};
    if (place)
        printf("%2d  ", place);
    else
        printf("    ");
    printf("%-21s%-8s", cut_route_name(c->route), sizes[c->divisor]);
    if (place && c->expected_ms > 0)
        printf("%8.0f ms  ", c->expected_ms);
    else
        printf("%13s", "");
    printf("%-21s%s\n", cut_reason_name(c->reason), cut_reason_text(c->reason));
}

void profile_tell(const struct cut_policy_facts *facts, bool json) {
    static char text[16384];
    struct cut_policy policy;
    cut_policy_choose(facts, &policy);
    if (json) {
        cut_policy_print(&policy, text, sizeof text);
        puts(text);
        return;
    }
    for (int i = 0; i < CUT_CHOICE_COUNT; i++) {
        const struct cut_choice *c = &policy.choices[i];
        if (i == 0 || c->chosen != policy.choices[i - 1].chosen)
            puts(c->chosen ? "to try, in this order:" : "skipped:");
        tell_choice(c->chosen ? i + 1 : 0, c);
    }
    if (!policy.n_chosen) printf("%s\n", cut_reason_text(policy.none));
    for (int i = 0; i < CUT_GPU_ROUTE_COUNT; i++)
        if (policy.wants_canary[i])
            printf("the canary of %s should run\n",
                   cut_route_name((enum cut_route)i));
}
