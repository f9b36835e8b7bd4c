/* Values of the operator cases: elements of any type from doubles, and the
 * random numbers that fill inputs. Tests of both backends share them. */
#ifndef TESTS_CASE_VALUES_H
#define TESTS_CASE_VALUES_H

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "kernel_cases.h"

static inline void put(enum cut_dtype dtype, uint8_t *p, double x) {
    union {
        float f;
        uint16_t h;
        int32_t i;
        int64_t l;
        uint8_t u;
        int8_t s;
    } v;
    switch (dtype) {
    case CUT_F32: v.f = (float)x; break;
    case CUT_F16: v.h = half_from_float((float)x); break;
    case CUT_I32: v.i = (int32_t)floor(x); break;
    case CUT_I64: v.l = (int64_t)floor(x); break;
    case CUT_I8: v.s = (int8_t)floor(x); break;
    default: v.u = (uint8_t)floor(x);
    }
    memcpy(p, &v, cut_dtype_bytes(dtype));
}

static uint32_t random_state;
static inline double random_unit(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (double)(random_state >> 8) / 16777216.0;
}

/* A value of the view's range. */
static inline double random_value(const struct case_view *v) {
    double lo = v->lo, hi = v->hi;
    if (lo == 0 && hi == 0) lo = -3, hi = 3;
    return lo + (hi - lo) * random_unit();
}

#endif
