/* Failures: which route comes next for this photo, and what is remembered for
 * later ones. */
#include "base/mathf.h"
#include "base/mem.h"
#include "session/policy.h"

/* How much one failure weighs; above 1 a single one is enough to leave a route
 * alone for a while. A device may be lost because a laptop slept; a program
 * that did not compile will not compile tomorrow. What is not the route's
 * fault weighs nothing. */
static const double weights[CUT_FAILURE_COUNT] = {
    [CUT_FAILURE_DEVICE_LOST] = 1, [CUT_FAILURE_NO_DEVICE] = 1,
    [CUT_FAILURE_VALIDATION] = 2,  [CUT_FAILURE_SHADER] = 2,
    [CUT_FAILURE_GPU_MEMORY] = 2,  [CUT_FAILURE_WASM_MEMORY] = 2,
    [CUT_FAILURE_HANG] = 2,        [CUT_FAILURE_CRASH] = 1.5,
    [CUT_FAILURE_WRONG] = 2,       [CUT_FAILURE_ENGINE] = 2,
};
static const double HALF_LIFE_DAYS = 7, MOST_COUNT = 8, LEAST_COUNT = 1.0 / 16;

/* ---- What a failure speaks against ------------------------------------- */

static bool same_family(enum cut_route a, enum cut_route b) {
    return route_is_gpu(a) == route_is_gpu(b) &&
           route_has_threads(a) == route_has_threads(b);
}

/* Memory ran out: an input as large or larger will not fit, on this route or
 * on one that needs as much. Threads take shared memory, all of it at once;
 * one thread may still find room. */
static bool needs_as_much(enum cut_route from, enum cut_route route) {
    if (route_is_gpu(from)) return route_is_gpu(route) && route >= from;
    if (route_has_threads(from)) return route_has_threads(route);
    return !route_is_gpu(route);
}

bool policy_spoils(const struct cut_mark *of, enum cut_route route,
                   int divisor) {
    enum cut_route from = of->route;
    bool alone = !route_is_gpu(from) && !route_has_threads(from);
    switch (of->failure) {
    case CUT_FAILURE_CORRUPT:
    case CUT_FAILURE_STORAGE:
    case CUT_FAILURE_NETWORK: return false;
    case CUT_FAILURE_GPU_MEMORY:
    case CUT_FAILURE_WASM_MEMORY:
        return divisor <= of->divisor && needs_as_much(from, route);
    case CUT_FAILURE_DEVICE_LOST:
    case CUT_FAILURE_NO_DEVICE:
    case CUT_FAILURE_HANG:
        return alone ? route == from : same_family(from, route);
    case CUT_FAILURE_CRASH: /* of one thread: perhaps it grew too large */
        return alone ? route == from && divisor <= of->divisor
                     : same_family(from, route);
    case CUT_FAILURE_WRONG: /* the same instructions, the same result */
        if (route_is_gpu(from)) return route == from;
        return !route_is_gpu(route) &&
               route_is_relaxed(route) == route_is_relaxed(from);
    default: return route == from;
    }
}

/* ---- The attempts at one photo ----------------------------------------- */

static void go_on(struct cut_policy_state *state) {
    state->choice = -1;
    state->action = CUT_ACTION_GIVE_UP;
    for (int i = 0; i < state->policy->n_chosen; i++) {
        if (state->dead >> i & 1) continue;
        state->choice = i;
        state->action = CUT_ACTION_RUN;
        state->n_attempts++;
        return;
    }
}

static void again(struct cut_policy_state *state, enum cut_action action) {
    state->action = action;
    state->n_attempts++;
}

static void give_up(struct cut_policy_state *state) {
    state->action = CUT_ACTION_GIVE_UP;
    state->choice = -1;
}

void cut_policy_start(struct cut_policy_state *state,
                      const struct cut_policy *policy) {
    *state = (struct cut_policy_state){.policy = policy};
    go_on(state);
}

/* May be over when the same is done once more, in a new worker. */
static bool may_pass(enum cut_failure failure) {
    return failure == CUT_FAILURE_DEVICE_LOST ||
           failure == CUT_FAILURE_NO_DEVICE || failure == CUT_FAILURE_HANG ||
           failure == CUT_FAILURE_CRASH || failure == CUT_FAILURE_WRONG;
}

static void bury(struct cut_policy_state *state, enum cut_failure failure) {
    const struct cut_policy *policy = state->policy;
    const struct cut_choice *failed = &policy->choices[state->choice];
    struct cut_mark mark = {
        .route = failed->route, .divisor = failed->divisor, .failure = failure};
    state->dead |= (uint32_t)1 << state->choice;
    for (int i = 0; i < policy->n_chosen; i++)
        if (policy_spoils(&mark, policy->choices[i].route,
                          policy->choices[i].divisor))
            state->dead |= (uint32_t)1 << i;
}

/* Before a smaller size changes the answer, or nothing is left, the same choice
 * has one more chance. */
static void fall_back(struct cut_policy_state *state,
                      enum cut_failure failure) {
    const struct cut_choice *choices = state->policy->choices;
    int failed = state->choice;
    bury(state, failure);
    go_on(state);
    bool coarser = state->choice < 0 ||
                   choices[state->choice].divisor > choices[failed].divisor;
    if (!coarser || state->retried || !may_pass(failure)) return;
    if (state->choice < 0) state->n_attempts++;
    state->retried = true;
    state->choice = failed;
    state->action = CUT_ACTION_AGAIN;
}

void cut_policy_next(struct cut_policy_state *state, enum cut_failure failure) {
    if (state->choice < 0) return;
    if (failure == CUT_FAILURE_NETWORK) {
        give_up(state);
    } else if (failure == CUT_FAILURE_CORRUPT) {
        if (state->refetched)
            give_up(state); /* it comes like that */
        else
            again(state, CUT_ACTION_REFETCH);
        state->refetched = true;
    } else if (failure == CUT_FAILURE_STORAGE && !state->storage_off) {
        state->storage_off = true;
        again(state, CUT_ACTION_NO_STORAGE);
    } else {
        fall_back(state, failure);
    }
}

/* ---- Memory of failures ------------------------------------------------ */

static double faded(const struct cut_mark *mark, double today) {
    double age = today - mark->day;
    /* a clock that went back more than a day tells nothing */
    if (!(age >= -1) || !(mark->count > 0)) return 0;
    double count = mark->count < MOST_COUNT ? mark->count : MOST_COUNT;
    if (age <= 0) return count;
    return count * math_exp(-age * (MATH_LN2 / HALF_LIFE_DAYS));
}

double policy_blame(const struct cut_policy_facts *facts, enum cut_route route,
                    int divisor) {
    double blame = 0;
    for (int i = 0; i < CUT_MARK_COUNT; i++) {
        const struct cut_mark *mark = &facts->past[i];
        if ((unsigned)mark->failure >= CUT_FAILURE_COUNT ||
            (double)mark->environment != facts->environment ||
            !policy_spoils(mark, route, divisor))
            continue;
        blame += weights[mark->failure] * faded(mark, facts->today);
    }
    return blame;
}

static void forget_old(struct cut_mark *past, double today,
                       uint32_t environment) {
    for (int i = 0; i < CUT_MARK_COUNT; i++)
        if (past[i].environment != environment ||
            !(faded(&past[i], today) >= LEAST_COUNT))
            past[i] = (struct cut_mark){0};
}

/* The mark of the same kind, or an empty one, or the faintest. */
static struct cut_mark *place_for(struct cut_mark *past,
                                  const struct cut_mark *failed) {
    struct cut_mark *best = &past[0];
    for (int i = 0; i < CUT_MARK_COUNT; i++) {
        struct cut_mark *mark = &past[i];
        if (mark->count > 0 && mark->route == failed->route &&
            mark->divisor == failed->divisor &&
            mark->failure == failed->failure)
            return mark;
        if (faded(mark, failed->day) < faded(best, failed->day)) best = mark;
    }
    *best = *failed;
    best->count = 0;
    return best;
}

void cut_policy_remember(struct cut_mark past[CUT_MARK_COUNT],
                         const struct cut_mark *failed) {
    forget_old(past, failed->day, failed->environment);
    if ((unsigned)failed->failure >= CUT_FAILURE_COUNT ||
        (unsigned)failed->route >= CUT_ROUTE_COUNT ||
        !(weights[failed->failure] > 0))
        return;
    struct cut_mark *mark = place_for(past, failed);
    double count = faded(mark, failed->day) + 1;
    mark->count = count < MOST_COUNT ? count : MOST_COUNT;
    mark->day = failed->day;
}

void cut_policy_forgive(struct cut_mark past[CUT_MARK_COUNT],
                        enum cut_route route, int divisor) {
    for (int i = 0; i < CUT_MARK_COUNT; i++)
        if (past[i].count > 0 && policy_spoils(&past[i], route, divisor))
            past[i].count *= 0.5;
}
