#include "facts.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define ONE_OF(seed, ...)                                                      \
    one_of(seed, (double[]){__VA_ARGS__}, COUNT_OF(((double[]){__VA_ARGS__})))

/* xorshift64* (Vigna 2016) */
int facts_below(uint64_t *seed, int n) {
    uint64_t x = *seed;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *seed = x;
    x *= 2685821657736338717u;
    return (int)(x >> 33) % n;
}

static double one_of(uint64_t *seed, const double *values, int n) {
    return values[facts_below(seed, n)];
}

static bool often(uint64_t *seed) { return facts_below(seed, 4) > 0; }
static bool rarely(uint64_t *seed) { return facts_below(seed, 8) == 0; }

static const double mib = 1048576, no_number = (double)__builtin_nanf("");

/* ---- Random facts ------------------------------------------------------ */

static double bytes(uint64_t *seed) {
    double size = ONE_OF(seed, 0, 1, 20, 90, 250, 600, 1500, 3000, 5000);
    return size * mib * (1 + 0.01 * facts_below(seed, 40));
}

static double gflops(uint64_t *seed) {
    if (rarely(seed)) return ONE_OF(seed, 0, -1, no_number, 1e300);
    return ONE_OF(seed, 2, 40, 120, 300, 800, 3000) *
           (1 + 0.01 * facts_below(seed, 50));
}

static void random_gpu(uint64_t *seed, struct cut_policy_facts *f) {
    f->webgpu = (enum cut_webgpu)(often(seed) ? 2 : facts_below(seed, 3));
    f->adapter = (enum cut_adapter)facts_below(seed, CUT_ADAPTER_COUNT);
    f->fallback_adapter = rarely(seed);
    f->shader_f16 = often(seed);
    f->subgroups = often(seed);
    f->timestamp_query = often(seed);
    f->max_buffer_bytes = ONE_OF(seed, 0, 0, 1, 256 * mib, 2048 * mib);
    f->max_binding_bytes = ONE_OF(seed, 0, 0, 65536, 128 * mib, 2048 * mib);
    f->max_workgroup_bytes = ONE_OF(seed, 0, 16384, 32768, 1024);
    f->max_invocations = ONE_OF(seed, 0, 256, 1024, 128);
    f->max_storage_bindings = ONE_OF(seed, 0, 8, 10, 4);
    f->canary_f16 = (enum cut_canary)(often(seed) ? 1 : facts_below(seed, 6));
    f->canary_f32 = (enum cut_canary)(often(seed) ? 1 : facts_below(seed, 6));
    f->canary_f16_gflops = gflops(seed);
    f->canary_f32_gflops = gflops(seed);
    f->canary_age = ONE_OF(seed, 0, 0.1, 3, 8, 31, -5, no_number);
}

static void random_device(uint64_t *seed, struct cut_policy_facts *f) {
    f->simd = (enum cut_simd)(often(seed) ? 2 : facts_below(seed, 3));
    f->cross_origin_isolated = often(seed);
    f->shared_memory = often(seed);
    f->cores = (int)ONE_OF(seed, 1, 2, 4, 6, 8, 16, 128, 0, -3);
    f->most_threads = (int)ONE_OF(seed, 0, 0, 0, 1, 2, 4, 100, -1);
    f->core_gflops = ONE_OF(seed, 0, 0, 20, 60, 150, no_number);
    f->device_memory = ONE_OF(seed, 0, 0.5, 1, 2, 4, 8, 32, no_number);
    f->platform = (enum cut_platform)facts_below(seed, CUT_PLATFORM_COUNT);
}

static void random_wish(uint64_t *seed, struct cut_policy_facts *f) {
    if (rarely(seed)) f->asked_route = facts_below(seed, CUT_ROUTE_COUNT + 3);
    if (rarely(seed)) f->asked_divisor = facts_below(seed, 6);
    if (rarely(seed)) f->only_asked = true;
    if (rarely(seed)) f->fixed_size = true;
}

static void random_plan(uint64_t *seed, struct cut_policy_facts *f) {
    f->gmac = ONE_OF(seed, 0, 20, 160, 900, no_number);
    f->need_workgroup_bytes = ONE_OF(seed, 0, 0, 8192, 32768);
    f->need_invocations = ONE_OF(seed, 0, 0, 64, 256);
    f->need_storage_bindings = ONE_OF(seed, 0, 0, 4, 9);
    for (int i = 0; i < CUT_ROUTE_COUNT; i++) {
        double full = bytes(seed);
        for (int size = 0; size < CUT_SIZE_COUNT; size++) {
            f->plan_bytes[i][size] = full / (1 << size);
            if (i >= CUT_GPU_ROUTE_COUNT) continue;
            f->plan_buffer_bytes[i][size] = full / (2 << size);
            f->plan_binding_bytes[i][size] = full / (8 << size);
        }
    }
}

static void random_past(uint64_t *seed, struct cut_policy_facts *f) {
    f->today = 20780.25;
    f->environment = 77;
    int n = often(seed) ? 0 : 1 + facts_below(seed, CUT_MARK_COUNT);
    for (int i = 0; i < n; i++)
        f->past[i] = (struct cut_mark){
            .route = (enum cut_route)facts_below(seed, CUT_ROUTE_COUNT),
            .divisor = 1 << facts_below(seed, 3),
            .failure = (enum cut_failure)facts_below(seed, CUT_FAILURE_COUNT),
            .count = ONE_OF(seed, 0, 0.4, 1, 2, 5, 1e9),
            .day = f->today - ONE_OF(seed, 0, 0.5, 3, 8, 20, 100, -0.5, -9),
            .environment = often(seed) ? 77 : 78,
        };
}

void facts_random(uint64_t *seed, struct cut_policy_facts *facts) {
    *facts = (struct cut_policy_facts){0};
    random_gpu(seed, facts);
    random_device(seed, facts);
    random_wish(seed, facts);
    random_plan(seed, facts);
    random_past(seed, facts);
}

/* ---- More capability --------------------------------------------------- */

/* Raises a limit whose 0 stands for `usual`. */
static const char *raise(uint64_t *seed, double *limit, double usual) {
    double now = *limit > 0 ? *limit : usual;
    *limit = now * (1 + facts_below(seed, 5));
    return "limit";
}

static const char *raise_flag(bool *flag, bool better) {
    if (*flag == better) return NULL;
    *flag = better;
    return "flag";
}

static const char *lower_plan(uint64_t *seed, double *plan, int n) {
    double *one = &plan[facts_below(seed, n)];
    *one *= 0.1 * facts_below(seed, 10);
    return "plan bytes";
}

static const char *improve_canary(uint64_t *seed, enum cut_canary *canary,
                                  double *speed) {
    if (*canary == CUT_CANARY_PASSED)
        *speed *= *speed > 0 ? 1 + 0.3 * facts_below(seed, 9) : 1;
    *canary = CUT_CANARY_PASSED;
    return "canary";
}

static const char *improve_gpu(uint64_t *seed, struct cut_policy_facts *f) {
    switch (facts_below(seed, 13)) {
    case 0: return f->webgpu = CUT_WEBGPU_PRESENT, "webgpu";
    case 1: return raise_flag(&f->shader_f16, true);
    case 2: return raise_flag(&f->fallback_adapter, false);
    case 3: return f->adapter = CUT_ADAPTER_DISCRETE, "adapter";
    case 4: return raise(seed, &f->max_buffer_bytes, 256 * mib);
    case 5: return raise(seed, &f->max_binding_bytes, 128 * mib);
    case 6: return raise(seed, &f->max_workgroup_bytes, 16384);
    case 7: return raise(seed, &f->max_invocations, 256);
    case 8: return raise(seed, &f->max_storage_bindings, 8);
    case 9: return improve_canary(seed, &f->canary_f16, &f->canary_f16_gflops);
    case 10: return improve_canary(seed, &f->canary_f32, &f->canary_f32_gflops);
    case 11: return lower_plan(seed, &f->plan_buffer_bytes[0][0], 6);
    default: return lower_plan(seed, &f->plan_binding_bytes[0][0], 6);
    }
}

static const char *improve_platform(struct cut_policy_facts *f) {
    if (f->platform == CUT_PLATFORM_IOS)
        return f->platform = CUT_PLATFORM_MOBILE, "no iOS";
    return f->platform = CUT_PLATFORM_DESKTOP, "desktop";
}

static const char *forget_one(uint64_t *seed, struct cut_policy_facts *f) {
    struct cut_mark *mark = &f->past[facts_below(seed, CUT_MARK_COUNT)];
    if (mark->day > f->today) return NULL;
    switch (facts_below(seed, 3)) {
    case 0: return mark->count = 0, "no failure";
    case 1: return mark->day -= facts_below(seed, 20), "older failure";
    default: return mark->environment = 99, "healed failure";
    }
}

static const char *improve_cores(uint64_t *seed, struct cut_policy_facts *f) {
    if (f->most_threads > 0 && often(seed)) {
        f->most_threads += facts_below(seed, 8);
        return "more threads";
    }
    f->cores += f->cores > 0 ? facts_below(seed, 8) : 1 - f->cores;
    return "more cores";
}

static const char *improve_device(uint64_t *seed, struct cut_policy_facts *f) {
    switch (facts_below(seed, 10)) {
    case 0:
        if (f->simd == CUT_SIMD_RELAXED) return NULL;
        return f->simd = (enum cut_simd)(f->simd + 1), "simd";
    case 1: return raise_flag(&f->cross_origin_isolated, true);
    case 2: return raise_flag(&f->shared_memory, true);
    case 3: return improve_cores(seed, f);
    case 4:
        if (!(f->core_gflops > 0)) return NULL;
        return f->core_gflops *= 1.5, "faster core";
    case 5:
        if (!(f->device_memory > 0)) return NULL;
        return f->device_memory *= 2, "memory";
    case 6: return improve_platform(f);
    case 7: return lower_plan(seed, &f->plan_bytes[0][0], 18);
    case 8: return raise_flag(&f->fixed_size, false);
    default: return forget_one(seed, f);
    }
}

const char *facts_improve(uint64_t *seed, struct cut_policy_facts *facts) {
    return facts_below(seed, 2) ? improve_gpu(seed, facts)
                                : improve_device(seed, facts);
}

/* ---- Numbers ----------------------------------------------------------- */

void facts_write(const struct cut_policy_facts *facts, double *values) {
    double *v = values;
#define S(kind, name, text) *v++ = (double)facts->name;
#define A(kind, name, rows, columns, text)                                     \
    for (int i = 0; i < (rows) * (columns); i++)                               \
        *v++ = (double)facts->name[i / (columns)][i % (columns)];
    CUT_FACT_MAP(S, A)
#undef S
#undef A
    for (int i = 0; i < CUT_MARK_COUNT; i++) {
        const struct cut_mark *mark = &facts->past[i];
        *v++ = mark->route;
        *v++ = mark->divisor;
        *v++ = mark->failure;
        *v++ = mark->count;
        *v++ = mark->day;
        *v++ = mark->environment;
    }
}
