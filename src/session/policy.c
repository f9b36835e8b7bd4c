/* The ordered list of routes: what cannot run here, what should not, and the
 * rest by size and expected speed. */
#include "session/policy.h"

#include "base/mem.h"

static const double MIB = 1024.0 * 1024.0, GIB = 1024.0 * 1024.0 * 1024.0;

/* Days after which a bad verdict, and a good one, is asked for again. */
static const double RETRY_DAYS = 7, RENEW_DAYS = 30;
/* More threads gain little and cost memory bandwidth (docs/SPEED.md). */
enum { USUAL_THREADS = 8, MOST_THREADS = 64 };

static int divisor_of(int size) { return 1 << size; }

static bool is_mobile(const struct cut_policy_facts *facts) {
    return facts->platform != CUT_PLATFORM_DESKTOP;
}

static double or_default(double value, double usual) {
    value = policy_number(value);
    return value > 0 ? value : usual;
}

/* ---- Speed ------------------------------------------------------------- */

static int threads_of(const struct cut_policy_facts *facts,
                      enum cut_route route) {
    if (route_is_gpu(route)) return 0;
    if (!route_has_threads(route)) return 1;
    int most = facts->most_threads > 0 ? facts->most_threads : USUAL_THREADS;
    if (most > MOST_THREADS) most = MOST_THREADS;
    int n = facts->cores < most ? facts->cores : most;
    return n > 1 ? n : 1;
}

/* GFLOP/s of direct convolution, two for a multiply-add. One core: IS-Net at
 * 1024x1024, 160 GMAC, took 1.9 s with relaxed SIMD (docs/SPEED.md); phones
 * are taken to have a bit more than a third of that. What is told as a core is
 * often half of one, or a small one. */
static double wasm_speed(const struct cut_policy_facts *facts,
                         enum cut_route route) {
    bool mobile = is_mobile(facts);
    double speed = or_default(facts->core_gflops, mobile ? 45 : 120);
    if (speed > 1e6) speed = 1e6;
    if (route_is_relaxed(route)) speed *= 1.35;
    int more = threads_of(facts, route) - 1;
    return speed * (1 + more * (mobile ? 0.35 : 0.55));
}

static double gpu_speed(const struct cut_policy_facts *facts,
                        enum cut_route route) {
    bool f16 = route == CUT_ROUTE_WEBGPU_F16;
    enum cut_canary canary = f16 ? facts->canary_f16 : facts->canary_f32;
    double speed = policy_number(f16 ? facts->canary_f16_gflops
                                     : facts->canary_f32_gflops);
    if (speed > 1e9) speed = 1e9;
    if (canary == CUT_CANARY_PASSED) return speed;
    /* never before the processor */
    return canary == CUT_CANARY_SLOW && speed > 1 ? 1 : 0;
}

static double speed_of(const struct cut_policy_facts *facts,
                       enum cut_route route) {
    return route_is_gpu(route) ? gpu_speed(facts, route)
                               : wasm_speed(facts, route);
}

/* ---- What cannot run, CUT_REASON_FASTEST when it can -------------------- */

static enum cut_reason why_not_gpu(const struct cut_policy_facts *facts,
                                   enum cut_route route) {
    if (facts->webgpu == CUT_WEBGPU_ABSENT) return CUT_REASON_NO_WEBGPU;
    if (facts->webgpu != CUT_WEBGPU_PRESENT) return CUT_REASON_NO_ADAPTER;
    if (route == CUT_ROUTE_WEBGPU_F16 && !facts->shader_f16)
        return CUT_REASON_NO_F16;
    return CUT_REASON_FASTEST;
}

static enum cut_reason why_not_wasm(const struct cut_policy_facts *facts,
                                    enum cut_route route) {
    if (route_is_relaxed(route) && facts->simd != CUT_SIMD_RELAXED)
        return CUT_REASON_NO_RELAXED;
    if (!route_has_threads(route)) return CUT_REASON_FASTEST;
    if (!facts->cross_origin_isolated) return CUT_REASON_NOT_ISOLATED;
    if (!facts->shared_memory) return CUT_REASON_NO_SHARED_MEMORY;
    if (threads_of(facts, route) < 2) return CUT_REASON_ONE_THREAD;
    return CUT_REASON_FASTEST;
}

/* Limits that a browser enforces: those of the adapter, and the address space
 * of the modules (--max-memory in the Makefile, 32-bit addresses). */
static bool within_limits(const struct cut_policy_facts *f,
                          enum cut_route route, int size) {
    if (!route_is_gpu(route))
        return policy_number(f->plan_bytes[route][size]) <=
               (route_has_threads(route) ? 2 * GIB : 4 * GIB);
    return policy_number(f->plan_binding_bytes[route][size]) <=
               or_default(f->max_binding_bytes, 128 * MIB) &&
           policy_number(f->plan_buffer_bytes[route][size]) <=
               or_default(f->max_buffer_bytes, 256 * MIB) &&
           or_default(f->need_workgroup_bytes, 16384) <=
               or_default(f->max_workgroup_bytes, 16384) &&
           or_default(f->need_invocations, 256) <=
               or_default(f->max_invocations, 256) &&
           or_default(f->need_storage_bindings, 8) <=
               or_default(f->max_storage_bindings, 8);
}

static enum cut_reason why_impossible(const struct cut_policy_facts *facts,
                                      enum cut_route route, int size) {
    /* the GPU's plans are made by the engine's modules too */
    if (facts->simd == CUT_SIMD_NONE) return CUT_REASON_NO_SIMD;
    enum cut_reason reason = route_is_gpu(route) ? why_not_gpu(facts, route)
                                                 : why_not_wasm(facts, route);
    if (reason != CUT_REASON_FASTEST) return reason;
    if (facts->fixed_size && size > 0) return CUT_REASON_FIXED_SIZE;
    if (!within_limits(facts, route, size)) return CUT_REASON_LIMITS;
    return CUT_REASON_FASTEST;
}

/* ---- What should not run ----------------------------------------------- */

static bool is_asked(const struct cut_policy_facts *facts,
                     enum cut_route route) {
    return facts->asked_route == (int)route + 1;
}

/* 0: full size, the others in reserve. */
static int asked_divisor(const struct cut_policy_facts *facts) {
    int d = facts->asked_divisor;
    bool known = d == 1 || d == 2 || d == 4;
    return known && (facts->only_asked || !facts->fixed_size) ? d : 0;
}

static enum cut_reason why_other(const struct cut_policy_facts *facts,
                                 enum cut_route route, int divisor) {
    if (facts->only_asked && facts->asked_route > 0 &&
        facts->asked_route <= CUT_ROUTE_COUNT && !is_asked(facts, route))
        return CUT_REASON_OTHER_ROUTE;
    int asked = asked_divisor(facts);
    if (asked && (divisor < asked || (facts->only_asked && divisor > asked)))
        return CUT_REASON_OTHER_SIZE;
    return CUT_REASON_FASTEST;
}

/* What the system is likely to give one tab. iPhones end a tab at about
 * 1.4 GB; phones have to share with the rest of the system. */
static double memory_of(const struct cut_policy_facts *facts) {
    double memory = or_default(facts->device_memory, is_mobile(facts) ? 3 : 8);
    if (!is_mobile(facts)) return 0.6 * memory * GIB;
    double share = 0.35 * memory * GIB;
    if (facts->platform != CUT_PLATFORM_IOS) return share;
    return share < 1.1 * GIB ? share : 1.1 * GIB;
}

static bool fits_memory(const struct cut_policy_facts *facts,
                        enum cut_route route, int size) {
    if (route_is_gpu(route) && facts->adapter == CUT_ADAPTER_DISCRETE)
        return true; /* its own; what it has is not told */
    return policy_number(facts->plan_bytes[route][size]) <= memory_of(facts);
}

/* The verdict as far as it still counts. */
static enum cut_canary canary_of(const struct cut_policy_facts *facts,
                                 enum cut_route route) {
    enum cut_canary canary =
        route == CUT_ROUTE_WEBGPU_F16 ? facts->canary_f16 : facts->canary_f32;
    bool old = policy_number(facts->canary_age) > RETRY_DAYS;
    return old && canary != CUT_CANARY_PASSED ? CUT_CANARY_NONE : canary;
}

static enum cut_reason why_unproven(const struct cut_policy_facts *facts,
                                    enum cut_route route) {
    static const enum cut_reason reasons[CUT_CANARY_COUNT] = {
        [CUT_CANARY_NONE] = CUT_REASON_PENDING,
        [CUT_CANARY_PASSED] = CUT_REASON_FASTEST,
        [CUT_CANARY_SLOW] = CUT_REASON_FASTEST, /* but see gpu_speed */
        [CUT_CANARY_WRONG] = CUT_REASON_WRONG,
        [CUT_CANARY_FAILED] = CUT_REASON_FAILED,
        [CUT_CANARY_CRASHED] = CUT_REASON_CRASHED,
    };
    enum cut_canary canary = canary_of(facts, route);
    return (unsigned)canary < CUT_CANARY_COUNT ? reasons[canary]
                                               : CUT_REASON_PENDING;
}

static bool is_software(const struct cut_policy_facts *facts) {
    return facts->fallback_adapter || facts->adapter == CUT_ADAPTER_SOFTWARE;
}

static enum cut_reason why_unwise(const struct cut_policy_facts *facts,
                                  enum cut_route route, int size) {
    if (is_asked(facts, route)) return CUT_REASON_FASTEST;
    if (route_is_gpu(route)) {
        if (is_software(facts)) return CUT_REASON_SOFTWARE;
        enum cut_reason reason = why_unproven(facts, route);
        if (reason != CUT_REASON_FASTEST && reason != CUT_REASON_PENDING)
            return reason;
    }
    if (policy_blame(facts, route, divisor_of(size)) > 1)
        return CUT_REASON_RECENT;
    if (!fits_memory(facts, route, size)) return CUT_REASON_MEMORY;
    if (route_is_gpu(route)) return why_unproven(facts, route);
    if (route_has_threads(route) && facts->platform == CUT_PLATFORM_IOS)
        return CUT_REASON_SHARED_IOS;
    return CUT_REASON_FASTEST;
}

static enum cut_reason why_skipped(const struct cut_policy_facts *facts,
                                   enum cut_route route, int size) {
    enum cut_reason reason = why_impossible(facts, route, size);
    if (reason == CUT_REASON_FASTEST)
        reason = why_other(facts, route, divisor_of(size));
    if (reason == CUT_REASON_FASTEST) reason = why_unwise(facts, route, size);
    return reason;
}

/* ---- The list ---------------------------------------------------------- */

static struct cut_choice choice_make(const struct cut_policy_facts *facts,
                                     enum cut_route route, int size) {
    struct cut_choice choice = {
        .route = route,
        .divisor = divisor_of(size),
        .reason = why_skipped(facts, route, size),
        .n_threads = threads_of(facts, route),
        .gflops = speed_of(facts, route),
    };
    choice.chosen = choice.reason == CUT_REASON_FASTEST;
    double gmac = policy_number(facts->gmac);
    if (choice.gflops > 0)
        choice.expected_ms =
            2 * gmac / (choice.divisor * choice.divisor) / choice.gflops * 1000;
    return choice;
}

/* With every WebAssembly route ruled out by caution, the plainest one remains
 * at its smallest size. */
static void add_last_resort(struct cut_choice *choices) {
    struct cut_choice *last = NULL;
    for (int i = 0; i < CUT_CHOICE_COUNT; i++) {
        struct cut_choice *c = &choices[i];
        if (!route_is_gpu(c->route) && c->chosen) return;
        if (c->route == CUT_ROUTE_WASM_SIMD &&
            c->reason > CUT_REASON_OTHER_SIZE)
            last = c; /* sizes fall */
    }
    if (!last) return;
    last->chosen = true;
    last->reason = CUT_REASON_LAST;
}

/* What was asked for goes first, at its largest size. */
static void mark_asked(const struct cut_policy_facts *facts,
                       struct cut_choice *choices) {
    for (int i = 0; i < CUT_CHOICE_COUNT; i++)
        if (is_asked(facts, choices[i].route) && choices[i].chosen) {
            choices[i].reason = CUT_REASON_ASKED;
            return;
        }
}

static bool goes_before(const struct cut_choice *a,
                        const struct cut_choice *b) {
    if (a->chosen != b->chosen) return a->chosen;
    if (!a->chosen) return false;
    bool last_a = a->reason == CUT_REASON_LAST;
    bool last_b = b->reason == CUT_REASON_LAST;
    if (last_a != last_b) return last_b;
    bool asked_a = a->reason == CUT_REASON_ASKED;
    bool asked_b = b->reason == CUT_REASON_ASKED;
    if (asked_a != asked_b) return asked_a;
    if (a->divisor != b->divisor) return a->divisor < b->divisor;
    return a->gflops > b->gflops;
}

/* Stable: equals stay in the order of the routes. */
static void sort_choices(struct cut_choice *choices) {
    for (int i = 1; i < CUT_CHOICE_COUNT; i++) {
        struct cut_choice moving = choices[i];
        int at = i;
        for (; at > 0 && goes_before(&moving, &choices[at - 1]); at--)
            choices[at] = choices[at - 1];
        choices[at] = moving;
    }
}

/* Says of the chosen ones, in order, why they stand where they stand. */
static void explain(const struct cut_policy_facts *facts,
                    struct cut_policy *policy) {
    int asked = asked_divisor(facts) ? asked_divisor(facts) : 1;
    double wasm = 0; /* the fastest route of WebAssembly before */
    for (int i = 0; i < policy->n_chosen; i++) {
        struct cut_choice *c = &policy->choices[i];
        bool gpu = route_is_gpu(c->route);
        if (c->reason == CUT_REASON_FASTEST) {
            if (c->divisor > asked)
                c->reason = CUT_REASON_SMALLER;
            else if (gpu && c->gflops < wasm)
                c->reason = CUT_REASON_SLOWER;
            else if (i > 0)
                c->reason = CUT_REASON_FALLBACK;
        }
        if (!gpu && c->gflops > wasm) wasm = c->gflops;
    }
}

static enum cut_reason why_none(const struct cut_policy_facts *facts) {
    int asked = facts->asked_route;
    enum cut_route route = asked > 0 && asked <= CUT_ROUTE_COUNT
                               ? (enum cut_route)(asked - 1)
                               : CUT_ROUTE_WASM_SIMD;
    int divisor = asked_divisor(facts);
    return why_skipped(facts, route, divisor / 2);
}

static bool wants_canary(const struct cut_policy_facts *facts,
                         const struct cut_policy *policy,
                         enum cut_route route) {
    enum cut_canary canary = canary_of(facts, route);
    bool old = policy_number(facts->canary_age) > RENEW_DAYS;
    if (canary != CUT_CANARY_NONE && !(canary == CUT_CANARY_PASSED && old))
        return false;
    for (int i = 0; i < CUT_CHOICE_COUNT; i++) {
        const struct cut_choice *c = &policy->choices[i];
        if (c->route == route && (c->chosen || c->reason == CUT_REASON_PENDING))
            return true;
    }
    return false;
}

void cut_policy_choose(const struct cut_policy_facts *facts,
                       struct cut_policy *policy) {
    memset(policy, 0, sizeof *policy);
    int n = 0;
    for (int size = 0; size < CUT_SIZE_COUNT; size++)
        for (int route = 0; route < CUT_ROUTE_COUNT; route++)
            policy->choices[n++] =
                choice_make(facts, (enum cut_route)route, size);
    mark_asked(facts, policy->choices);
    add_last_resort(policy->choices);
    sort_choices(policy->choices);
    for (int i = 0; i < CUT_CHOICE_COUNT; i++)
        policy->n_chosen += policy->choices[i].chosen;
    explain(facts, policy);
    if (!policy->n_chosen) policy->none = why_none(facts);
    for (int i = 0; i < CUT_GPU_ROUTE_COUNT; i++)
        policy->wants_canary[i] =
            wants_canary(facts, policy, (enum cut_route)i);
}
