/* The policy under random facts: there is always a route, more capability
 * never gives a slower first choice, wishes are respected, any sequence of
 * failures comes to an end. The seed is fixed. */
#include <string.h>

#include "check.h"
#include "facts.h"

enum { N_FACTS = 250000 };

/* ---- The list ---------------------------------------------------------- */

static bool is_gpu(enum cut_route route) { return route < CUT_GPU_ROUTE_COUNT; }

/* Every route at every size once, chosen ones first, with a reason that fits.
 */
static bool well_formed(const struct cut_policy *policy) {
    uint32_t seen = 0;
    for (int i = 0; i < CUT_CHOICE_COUNT; i++) {
        const struct cut_choice *c = &policy->choices[i];
        int size = c->divisor == 4 ? 2 : c->divisor - 1;
        if ((unsigned)c->route >= CUT_ROUTE_COUNT || size < 0 || size > 2)
            return false;
        seen |= (uint32_t)1 << ((int)c->route * CUT_SIZE_COUNT + size);
        if (c->chosen != (i < policy->n_chosen)) return false;
        if (c->chosen != (c->reason <= CUT_REASON_LAST)) return false;
        if (!(c->gflops >= 0) || !(c->expected_ms >= 0)) return false;
    }
    return seen == ((uint32_t)1 << CUT_CHOICE_COUNT) - 1;
}

/* With SIMD there is a route, unless the model exceeds 4 GiB at any size or
 * something that is not there was insisted on. */
static bool has_route(const struct cut_policy_facts *f,
                      const struct cut_policy *policy) {
    if (policy->n_chosen) return f->simd != CUT_SIMD_NONE;
    if (policy->none <= CUT_REASON_LAST) return false;
    if (f->simd == CUT_SIMD_NONE) return policy->none == CUT_REASON_NO_SIMD;
    double least = f->plan_bytes[CUT_ROUTE_WASM_SIMD][f->fixed_size ? 0 : 2];
    return f->only_asked || least > 4294967296.0;
}

/* What was asked for is first if it can run; with only_asked it is alone. */
static bool respects_wish(const struct cut_policy_facts *f,
                          const struct cut_policy *policy) {
    if (f->asked_route < 1 || f->asked_route > CUT_ROUTE_COUNT) return true;
    enum cut_route asked = (enum cut_route)(f->asked_route - 1);
    bool possible = false;
    for (int i = 0; i < CUT_CHOICE_COUNT; i++) {
        const struct cut_choice *c = &policy->choices[i];
        if (c->route == asked && c->chosen) possible = true;
        if (c->route == asked && c->reason > CUT_REASON_OTHER_SIZE)
            return false; /* caution does not overrule the wish */
        if (c->route != asked && c->chosen && f->only_asked) return false;
    }
    return !possible || (policy->choices[0].route == asked &&
                         policy->choices[0].reason == CUT_REASON_ASKED);
}

static bool respects_size(const struct cut_policy_facts *f,
                          const struct cut_policy *policy) {
    int d = f->asked_divisor;
    if ((d != 1 && d != 2 && d != 4) || f->fixed_size) return true;
    for (int i = 0; i < policy->n_chosen; i++)
        if (policy->choices[i].divisor < d ||
            (f->only_asked && policy->choices[i].divisor > d))
            return false;
    return true;
}

/* Nothing unproven, software or known to be wrong unless asked for. */
static bool trusts_only_proven(const struct cut_policy_facts *f,
                               const struct cut_policy *policy) {
    for (int i = 0; i < policy->n_chosen; i++) {
        const struct cut_choice *c = &policy->choices[i];
        if (!is_gpu(c->route) || f->asked_route == (int)c->route + 1) continue;
        enum cut_canary canary =
            c->route == CUT_ROUTE_WEBGPU_F16 ? f->canary_f16 : f->canary_f32;
        if (canary != CUT_CANARY_PASSED && canary != CUT_CANARY_SLOW)
            return false;
        if (f->fallback_adapter || f->adapter == CUT_ADAPTER_SOFTWARE)
            return false;
    }
    return true;
}

/* ---- Monotone ---------------------------------------------------------- */

/* Is the first choice of `after` worse: none, a last resort, coarser, or
 * slower? */
static bool is_worse(const struct cut_policy *before,
                     const struct cut_policy *after) {
    if (!before->n_chosen) return false;
    if (!after->n_chosen) return true;
    const struct cut_choice *a = &before->choices[0], *b = &after->choices[0];
    bool last_a = a->reason == CUT_REASON_LAST;
    bool last_b = b->reason == CUT_REASON_LAST;
    if (last_a || last_b) return last_b && !last_a;
    if (a->divisor != b->divisor) return b->divisor > a->divisor;
    return b->gflops < a->gflops;
}

static int n_compared;

static void check_monotone(uint64_t *seed, struct cut_policy_facts facts) {
    struct cut_policy before, after;
    facts.asked_route = 0; /* a wish may well be slow */
    if (facts.fixed_size) facts.asked_divisor = 0;
    cut_policy_choose(&facts, &before);
    for (int i = 0; i < 3; i++) {
        const char *what = facts_improve(seed, &facts);
        if (!what) continue;
        cut_policy_choose(&facts, &after);
        n_compared++;
        bool worse = is_worse(&before, &after);
        const struct cut_choice *a = &before.choices[0], *b = after.choices;
        if (worse)
            CHECK(!worse, "%s: from %s/%d %g to %s/%d %g", what,
                  cut_route_name(a->route), a->divisor, a->gflops,
                  cut_route_name(b->route), b->divisor, b->gflops);
        before = after;
    }
}

/* ---- Attempts ---------------------------------------------------------- */

/* Any sequence of failures: nothing that failed is tried again, except once
 * as such, after a refetch and without storage; it ends. */
static bool ends(uint64_t *seed, const struct cut_policy *policy) {
    struct cut_policy_state state;
    int tries[CUT_CHOICE_COUNT] = {0}, extra = 0, kind = -1;
    bool same = facts_below(seed, 2), lost = false;
    cut_policy_start(&state, policy);
    while (state.action != CUT_ACTION_GIVE_UP) {
        if (state.choice < 0 || state.choice >= policy->n_chosen) return false;
        bool again = state.action != CUT_ACTION_RUN;
        bool gpu = is_gpu(policy->choices[state.choice].route);
        extra += again;
        if ((tries[state.choice]++ && !again) || (lost && gpu && !again))
            return false;
        if (extra > 3 || state.n_attempts > CUT_CHOICE_COUNT + 3) return false;
        if (kind < 0 || !same) kind = facts_below(seed, CUT_FAILURE_COUNT);
        lost |= gpu && kind == CUT_FAILURE_DEVICE_LOST;
        cut_policy_next(&state, (enum cut_failure)kind);
    }
    cut_policy_next(&state, CUT_FAILURE_HANG);
    return state.choice == -1 && state.action == CUT_ACTION_GIVE_UP;
}

/* ---- Numbers ----------------------------------------------------------- */

/* Through numbers and back, the answer is the same. */
static bool survives_numbers(const struct cut_policy_facts *facts,
                             const struct cut_policy *policy) {
    double values[256];
    struct cut_policy_facts back;
    struct cut_policy other;
    char a[8192], b[8192];
    facts_write(facts, values);
    cut_policy_read(values, &back);
    cut_policy_choose(&back, &other);
    size_t n = cut_policy_print(policy, a, sizeof a);
    return n && cut_policy_print(&other, b, sizeof b) == n && !strcmp(a, b);
}

static void test_random_facts(void) {
    uint64_t seed = 20261123;
    long formed = 0, routes = 0, wishes = 0, sizes = 0, proven = 0, end = 0;
    for (int i = 0; i < N_FACTS; i++) {
        struct cut_policy_facts facts;
        struct cut_policy policy;
        facts_random(&seed, &facts);
        cut_policy_choose(&facts, &policy);
        formed += well_formed(&policy);
        routes += has_route(&facts, &policy);
        wishes += respects_wish(&facts, &policy);
        sizes += respects_size(&facts, &policy);
        proven += trusts_only_proven(&facts, &policy);
        end += ends(&seed, &policy);
        check_monotone(&seed, facts);
        if (i % 16 == 0)
            CHECK(survives_numbers(&facts, &policy), "facts %d", i);
    }
    CHECK(formed == N_FACTS, "%ld", formed);
    CHECK(routes == N_FACTS, "%ld", routes);
    CHECK(wishes == N_FACTS, "%ld", wishes);
    CHECK(sizes == N_FACTS, "%ld", sizes);
    CHECK(proven == N_FACTS, "%ld", proven);
    CHECK(end == N_FACTS, "%ld", end);
    CHECK(n_compared > N_FACTS, "%d", n_compared);
    printf("| policy: %d random devices, %d improvements\n", N_FACTS,
           n_compared);
}

/* Facts that are bits at random: no crash, and a list all the same. */
static void test_nonsense(void) {
    uint64_t seed = 5;
    long fine = 0;
    for (int i = 0; i < 50000; i++) {
        union {
            uint64_t bits[256];
            double values[256];
        } u;
        struct cut_policy_facts facts;
        struct cut_policy policy;
        for (int k = 0; k < 256; k++)
            u.bits[k] = (uint64_t)facts_below(&seed, 1 << 30) << 34 ^
                        (uint64_t)facts_below(&seed, 1 << 30);
        cut_policy_read(u.values, &facts);
        cut_policy_choose(&facts, &policy);
        fine += well_formed(&policy) && ends(&seed, &policy);
    }
    CHECK(fine == 50000, "%ld", fine);
}

/* ---- Memory ------------------------------------------------------------ */

static bool marks_fine(const struct cut_mark *past) {
    for (int i = 0; i < CUT_MARK_COUNT; i++) {
        if (!(past[i].count > 0)) continue;
        if (past[i].count > 8) return false;
        for (int k = 0; k < i; k++)
            if (past[k].count > 0 && past[k].route == past[i].route &&
                past[k].divisor == past[i].divisor &&
                past[k].failure == past[i].failure)
                return false;
    }
    return true;
}

/* Whatever was remembered, seventy quiet days or another environment later
 * every route is used again. */
static void test_fading(void) {
    uint64_t seed = 9;
    int fine = 0, used = 0, healed = 0, rounds = 2000;
    for (int i = 0; i < rounds; i++) {
        struct cut_policy_facts facts = {
            .simd = CUT_SIMD_RELAXED,
            .cross_origin_isolated = true,
            .shared_memory = true,
            .cores = 4,
            .environment = 1 + (i & 1),
        };
        struct cut_policy policy;
        double day = 20000;
        int n = 1 + facts_below(&seed, 60);
        bool good = true;
        for (int k = 0; k < n; k++) {
            struct cut_mark failed = {
                (enum cut_route)(2 + facts_below(&seed, 4)),
                1 << facts_below(&seed, 3),
                (enum cut_failure)facts_below(&seed, CUT_FAILURE_COUNT),
                0,
                day += 0.25 * facts_below(&seed, 9),
                (uint32_t)facts.environment};
            cut_policy_remember(facts.past, &failed);
            good &= marks_fine(facts.past);
        }
        fine += good;
        facts.today = day + 70;
        cut_policy_choose(&facts, &policy);
        used += policy.n_chosen == 12;
        facts.today = day;
        facts.environment = 3;
        cut_policy_choose(&facts, &policy);
        healed += policy.n_chosen == 12;
    }
    CHECK(fine == rounds, "%d", fine);
    CHECK(used == rounds, "%d", used);
    CHECK(healed == rounds, "%d", healed);
}

int main(void) {
    test_random_facts();
    test_nonsense();
    test_fading();
    return check_summary("policy-random");
}
