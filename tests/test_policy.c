/* The policy: devices with the order and reasons that they must get, failures
 * with what must come next, the memory of failures. */
#include <string.h>

#include "check.h"
#include "policy_profiles.h"

static const char *const short_names[CUT_ROUTE_COUNT] = {"H",  "F", "RT",
                                                         "ST", "R", "S"};

/* ---- Devices ----------------------------------------------------------- */

static size_t add(char *text, size_t n, const char *format, const char *a,
                  int divisor, const char *b) {
    size_t room = 2048 - n;
    int more = divisor ? snprintf(text + n, room, format, a, divisor, b)
                       : snprintf(text + n, room, format, a, b);
    return n + (size_t)more;
}

/* "RT:fastest ST:fallback | H:no-webgpu ..." of one size, or with sizes of all
 * smaller ones, "RT/2:smaller-size ...". */
static void tell(const struct cut_policy *policy, bool full, char *text) {
    size_t n = 0;
    bool bar = false;
    text[0] = 0;
    for (int i = 0; i < CUT_CHOICE_COUNT; i++) {
        const struct cut_choice *c = &policy->choices[i];
        if ((c->divisor == 1) != full) continue;
        if (!c->chosen && !bar) {
            n = add(text, n, "%s|%s", n ? " " : "", 0, "");
            bar = true;
        }
        if (n) n = add(text, n, "%s%s", " ", 0, "");
        n = add(text, n, full ? "%s:%s" : "%s/%d:%s", short_names[c->route],
                full ? 0 : c->divisor, cut_reason_name(c->reason));
    }
}

/* Smaller sizes are as the full one is, in reserve. */
static bool follows(const struct cut_policy *policy) {
    enum cut_reason full[CUT_ROUTE_COUNT];
    for (int i = 0; i < CUT_CHOICE_COUNT; i++)
        if (policy->choices[i].divisor == 1)
            full[policy->choices[i].route] = policy->choices[i].reason;
    for (int i = 0; i < CUT_CHOICE_COUNT; i++) {
        const struct cut_choice *c = &policy->choices[i];
        enum cut_reason want = full[c->route] <= CUT_REASON_LAST
                                   ? CUT_REASON_SMALLER
                                   : full[c->route];
        if (c->divisor > 1 && c->reason != want) return false;
    }
    return true;
}

static void check_profile(const struct profile *p) {
    struct cut_policy policy;
    char full[2048], less[2048], canary[8] = "";
    cut_policy_choose(&p->facts, &policy);
    tell(&policy, true, full);
    tell(&policy, false, less);
    CHECK(strcmp(full, p->full) == 0, "%s\n  is   %s\n  want %s", p->name, full,
          p->full);
    if (p->less)
        CHECK(strcmp(less, p->less) == 0, "%s\n  is   %s\n  want %s", p->name,
              less, p->less);
    else
        CHECK(follows(&policy), "%s: %s", p->name, less);
    CHECK((policy.n_chosen == 0) == (p->none != NULL), "%s", p->name);
    if (p->none)
        CHECK(strcmp(cut_reason_name(policy.none), p->none) == 0, "%s: %s",
              p->name, cut_reason_name(policy.none));
    for (int i = 0; i < CUT_GPU_ROUTE_COUNT; i++) {
        if (!policy.wants_canary[i]) continue;
        if (canary[0]) strcat(canary, " ");
        strcat(canary, short_names[i]);
    }
    CHECK(strcmp(canary, p->canary ? p->canary : "") == 0, "%s: '%s'", p->name,
          canary);
}

static void test_profiles(void) {
    for (int i = 0; i < n_policy_profiles; i++)
        check_profile(&policy_profiles[i]);
    CHECK(n_policy_profiles >= 40, "%d", n_policy_profiles);
}

int main(void) {
    test_profiles();
    return check_summary("policy");
}
