/* The policy's names and sentences, facts from numbers, answers as JSON. */
#include "base/mem.h"
#include "base/status.h"
#include "session/policy.h"

#define X(id, name, ...) name,
static const char *const route_names[] = {CUT_ROUTE_MAP(X)};
static const char *const failure_names[] = {CUT_FAILURE_MAP(X)};
static const char *const reason_names[] = {CUT_REASON_MAP(X)};
static const char *const action_names[] = {CUT_ACTION_MAP(X)};
static const char *const webgpu_names[] = {CUT_WEBGPU_MAP(X)};
static const char *const adapter_names[] = {CUT_ADAPTER_MAP(X)};
static const char *const canary_names[] = {CUT_CANARY_MAP(X)};
static const char *const simd_names[] = {CUT_SIMD_MAP(X)};
static const char *const platform_names[] = {CUT_PLATFORM_MAP(X)};
#undef X
#define X(id, name, text) text,
static const char *const failure_texts[] = {CUT_FAILURE_MAP(X)};
static const char *const reason_texts[] = {CUT_REASON_MAP(X)};
#undef X

#define NAME_OF(names, value)                                                  \
    ((unsigned)(value) < COUNT_OF(names) ? (names)[value] : "unknown")

const char *cut_route_name(enum cut_route route) {
    return NAME_OF(route_names, route);
}
const char *cut_failure_name(enum cut_failure failure) {
    return NAME_OF(failure_names, failure);
}
const char *cut_reason_name(enum cut_reason reason) {
    return NAME_OF(reason_names, reason);
}
const char *cut_failure_text(enum cut_failure failure) {
    return NAME_OF(failure_texts, failure);
}
const char *cut_reason_text(enum cut_reason reason) {
    return NAME_OF(reason_texts, reason);
}

/* ---- Facts from numbers ------------------------------------------------ */

/* 0 to below `n`, or 0. */
static int index_below(double value, int n) {
    return value > 0 && value < n ? (int)value : 0;
}

#define READ_FLAG(x) ((x) != 0 && (x) == (x))
#define READ_COUNT(x) index_below(x, 1 << 30)
#define READ_NUMBER(x) policy_number(x)
#define READ_ROUTE(x) index_below(x, CUT_ROUTE_COUNT + 1)
#define READ_WEBGPU(x) (enum cut_webgpu) index_below(x, CUT_WEBGPU_COUNT)
#define READ_ADAPTER(x) (enum cut_adapter) index_below(x, CUT_ADAPTER_COUNT)
#define READ_CANARY(x) (enum cut_canary) index_below(x, CUT_CANARY_COUNT)
#define READ_SIMD(x) (enum cut_simd) index_below(x, CUT_SIMD_COUNT)
#define READ_PLATFORM(x) (enum cut_platform) index_below(x, CUT_PLATFORM_COUNT)

enum { MARK_VALUES = 6 };

int cut_policy_n_values(void) {
    int n = 0;
#define S(kind, name, text) n++;
#define A(kind, name, rows, columns, text) n += (rows) * (columns);
    CUT_FACT_MAP(S, A)
#undef S
#undef A
    return n + CUT_MARK_COUNT * MARK_VALUES;
}

static struct cut_mark read_mark(const double *v) {
    double environment = policy_number(v[5]);
    return (struct cut_mark){
        .route = (enum cut_route)index_below(v[0], CUT_ROUTE_COUNT),
        .divisor = READ_COUNT(v[1]),
        .failure = (enum cut_failure)index_below(v[2], CUT_FAILURE_COUNT),
        .count = policy_number(v[3]),
        .day = policy_number(v[4]),
        .environment = environment < 4294967296.0 ? (uint32_t)environment : 0,
    };
}

void cut_policy_read(const double *values, struct cut_policy_facts *facts) {
    memset(facts, 0, sizeof *facts);
    const double *v = values;
#define S(kind, name, text) facts->name = READ_##kind(*v), v++;
#define A(kind, name, rows, columns, text)                                     \
    for (int i = 0; i < (rows) * (columns); i++, v++)                          \
        facts->name[i / (columns)][i % (columns)] = READ_##kind(*v);
    CUT_FACT_MAP(S, A)
#undef S
#undef A
    for (int i = 0; i < CUT_MARK_COUNT; i++, v += MARK_VALUES)
        facts->past[i] = read_mark(v);
}

/* ---- Texts to facts ---------------------------------------------------- */

/* FNV-1a, 32 bits (draft-eastlake-fnv). */
uint32_t cut_policy_environment(const char *text) {
    uint32_t hash = 2166136261u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash ? hash : 1;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* `word` is in lower case. */
static bool mentions(const char *text, const char *word) {
    for (; *text; text++) {
        size_t n = 0;
        while (word[n] && lower(text[n]) == word[n]) n++;
        if (!word[n]) return true;
    }
    return false;
}

/* In this order: a software adapter may carry the name of the real one's
 * maker. Names as browsers give them: vendor in lower case, architecture such
 * as "ampere" or "gen-12lp", device and description often empty. */
enum cut_adapter cut_policy_adapter(const char *names) {
    static const struct {
        const char *word;
        enum cut_adapter adapter;
    } words[] = {
        {"swiftshader", CUT_ADAPTER_SOFTWARE},
        {"llvmpipe", CUT_ADAPTER_SOFTWARE},
        {"lavapipe", CUT_ADAPTER_SOFTWARE},
        {"softpipe", CUT_ADAPTER_SOFTWARE},
        {"basic render", CUT_ADAPTER_SOFTWARE},
        {"warp", CUT_ADAPTER_SOFTWARE},
        {"software", CUT_ADAPTER_SOFTWARE},
        {"adreno", CUT_ADAPTER_MOBILE},
        {"qualcomm", CUT_ADAPTER_MOBILE},
        {"mali", CUT_ADAPTER_MOBILE},
        {"valhall", CUT_ADAPTER_MOBILE},
        {"bifrost", CUT_ADAPTER_MOBILE},
        {"powervr", CUT_ADAPTER_MOBILE},
        {"img-tec", CUT_ADAPTER_MOBILE},
        {"xclipse", CUT_ADAPTER_MOBILE},
        {"samsung", CUT_ADAPTER_MOBILE},
        {"arm ", CUT_ADAPTER_MOBILE},
        {"nvidia", CUT_ADAPTER_DISCRETE},
        {"geforce", CUT_ADAPTER_DISCRETE},
        {"radeon rx", CUT_ADAPTER_DISCRETE},
        {"radeon pro", CUT_ADAPTER_DISCRETE},
        {"arc a", CUT_ADAPTER_DISCRETE},
        {"arc b", CUT_ADAPTER_DISCRETE},
        {"apple", CUT_ADAPTER_INTEGRATED},
        {"intel", CUT_ADAPTER_INTEGRATED},
        {"amd", CUT_ADAPTER_INTEGRATED},
        {"radeon", CUT_ADAPTER_INTEGRATED},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (mentions(names, words[i].word)) return words[i].adapter;
    return CUT_ADAPTER_UNKNOWN;
}

/* ---- JSON -------------------------------------------------------------- */

struct writer {
    char *text;
    size_t bytes, n;
    bool comma; /* before the next item */
};

static void put(struct writer *w, const char *format, ...) {
    va_list args;
    va_start(args, format);
    w->n += text_format_list(w->text + w->n, w->bytes - w->n, format, args);
    va_end(args);
}

static void open(struct writer *w, const char *name, char bracket) {
    if (w->comma) put(w, ",");
    if (name) put(w, "\"%s\":", name);
    put(w, "%c", bracket);
    w->comma = false;
}

static void shut(struct writer *w, char bracket) {
    put(w, "%c", bracket);
    w->comma = true;
}

static void item(struct writer *w, const char *name, const char *text) {
    if (w->comma) put(w, ",");
    if (name) put(w, "\"%s\":", name);
    put(w, "\"%s\"", text);
    w->comma = true;
}

static void number(struct writer *w, const char *name, double value) {
    if (w->comma) put(w, ",");
    put(w, "\"%s\":%.3f", name, value);
    w->comma = true;
}

static size_t written(const struct writer *w) {
    return w->n + 1 < w->bytes ? w->n : 0;
}

static void list(struct writer *w, const char *name, const char *const *names,
                 size_t n) {
    open(w, name, '[');
    for (size_t i = 0; i < n; i++) item(w, NULL, names[i]);
    shut(w, ']');
}

static void dictionary(struct writer *w, const char *name,
                       const char *const *names, const char *const *texts,
                       size_t n) {
    open(w, name, '{');
    for (size_t i = 0; i < n; i++) item(w, names[i], texts[i]);
    shut(w, '}');
}

static void fact(struct writer *w, const char *name, const char *kind,
                 const char *text) {
    open(w, NULL, '{');
    item(w, "name", name);
    item(w, "kind", kind);
    item(w, "text", text);
}

static void facts(struct writer *w) {
    open(w, "facts", '[');
#define S(kind, name, text)                                                    \
    fact(w, #name, #kind, text);                                               \
    shut(w, '}');
#define A(kind, name, n_rows, n_columns, text)                                 \
    fact(w, #name, #kind, text);                                               \
    number(w, "rows", n_rows);                                                 \
    number(w, "columns", n_columns);                                           \
    shut(w, '}');
    CUT_FACT_MAP(S, A)
#undef S
#undef A
    shut(w, ']');
}

#define LIST(w, name, names) list(w, name, names, COUNT_OF(names))

size_t cut_policy_describe(char *text, size_t text_bytes) {
    struct writer w = {text, text_bytes, 0, false};
    if (text_bytes == 0) return 0;
    open(&w, NULL, '{');
    facts(&w);
    open(&w, "kinds", '{');
    LIST(&w, "WEBGPU", webgpu_names);
    LIST(&w, "ADAPTER", adapter_names);
    LIST(&w, "CANARY", canary_names);
    LIST(&w, "SIMD", simd_names);
    LIST(&w, "PLATFORM", platform_names);
    shut(&w, '}');
    LIST(&w, "routes", route_names);
    LIST(&w, "actions", action_names);
    dictionary(&w, "failures", failure_names, failure_texts,
               COUNT_OF(failure_names));
    dictionary(&w, "reasons", reason_names, reason_texts,
               COUNT_OF(reason_names));
    number(&w, "marks", CUT_MARK_COUNT);
    shut(&w, '}');
    return written(&w);
}

static void put_choice(struct writer *w, const struct cut_choice *c) {
    open(w, NULL, '{');
    item(w, "route", cut_route_name(c->route));
    put(w, ",\"divisor\":%d,\"chosen\":%s,\"threads\":%d", c->divisor,
        c->chosen ? "true" : "false", c->n_threads);
    item(w, "reason", cut_reason_name(c->reason));
    number(w, "gflops", c->gflops);
    number(w, "expected_ms", c->expected_ms);
    shut(w, '}');
}

size_t cut_policy_print(const struct cut_policy *policy, char *text,
                        size_t text_bytes) {
    struct writer w = {text, text_bytes, 0, false};
    if (text_bytes == 0) return 0;
    open(&w, NULL, '{');
    open(&w, "choices", '[');
    for (int i = 0; i < CUT_CHOICE_COUNT; i++)
        put_choice(&w, &policy->choices[i]);
    shut(&w, ']');
    if (policy->n_chosen)
        put(&w, ",\"none\":null");
    else
        item(&w, "none", cut_reason_name(policy->none));
    open(&w, "canary", '[');
    for (int i = 0; i < CUT_GPU_ROUTE_COUNT; i++)
        if (policy->wants_canary[i]) item(&w, NULL, route_names[i]);
    shut(&w, ']');
    shut(&w, '}');
    return written(&w);
}

size_t cut_policy_print_state(const struct cut_policy_state *state, char *text,
                              size_t text_bytes) {
    struct writer w = {text, text_bytes, 0, false};
    if (text_bytes == 0) return 0;
    open(&w, NULL, '{');
    item(&w, "action", NAME_OF(action_names, state->action));
    put(&w, ",\"choice\":%d,\"attempts\":%d", state->choice, state->n_attempts);
    shut(&w, '}');
    return written(&w);
}

/* Counts and days are written as they are used again: in full. */
size_t cut_policy_print_past(const struct cut_mark past[CUT_MARK_COUNT],
                             char *text, size_t text_bytes) {
    struct writer w = {text, text_bytes, 0, false};
    if (text_bytes == 0) return 0;
    open(&w, NULL, '[');
    for (int i = 0; i < CUT_MARK_COUNT; i++) {
        if (!(past[i].count > 0)) continue;
        open(&w, NULL, '{');
        item(&w, "route", cut_route_name(past[i].route));
        put(&w, ",\"divisor\":%d", past[i].divisor);
        item(&w, "failure", cut_failure_name(past[i].failure));
        put(&w, ",\"count\":%.6f,\"day\":%.6f,\"environment\":%u",
            past[i].count, past[i].day, past[i].environment);
        shut(&w, '}');
    }
    shut(&w, ']');
    return written(&w);
}
