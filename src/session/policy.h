/* What policy.c, policy_next.c and policy_text.c share. */
#ifndef SESSION_POLICY_H
#define SESSION_POLICY_H

#include "cutout.h"

static inline bool route_is_gpu(enum cut_route route) {
    return route < CUT_GPU_ROUTE_COUNT;
}
static inline bool route_has_threads(enum cut_route route) {
    return route == CUT_ROUTE_WASM_RELAXED_THREADS ||
           route == CUT_ROUTE_WASM_SIMD_THREADS;
}
static inline bool route_is_relaxed(enum cut_route route) {
    return route == CUT_ROUTE_WASM_RELAXED_THREADS ||
           route == CUT_ROUTE_WASM_RELAXED;
}

/* A number as it may be used: 0 for what is negative or no number, and never
 * infinite. */
static inline double policy_number(double x) {
    return !(x > 0) ? 0 : x < 1e18 ? x : 1e18;
}

/* Does a failure of (route, divisor) `of` speak against (route, divisor)? The
 * same relation ends attempts at a photo and demotes routes for later ones. */
bool policy_spoils(const struct cut_mark *of, enum cut_route route,
                   int divisor);
/* How much past failures speak against it today; above 1 is too much. */
double policy_blame(const struct cut_policy_facts *facts, enum cut_route route,
                    int divisor);

#endif
