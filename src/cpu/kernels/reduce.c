/* Sums, extremes and deviations of rows, in a fixed order. */
#include "base/vec/vec_math.h"
#include "cpu/kernels/rows.h"

/* acc and x of one lane; `kind` is a constant at every call. */
ALWAYS_INLINE vf step(const enum reduce_kind kind, vf acc, vf x, vf center) {
    switch (kind) {
    case REDUCE_SUM: return vf_add(acc, x);
    case REDUCE_MAX: return vf_max(acc, x);
    case REDUCE_MIN: return vf_min(acc, x);
    case REDUCE_SQUARES: return vf_fma(x, x, acc);
    case REDUCE_ABSOLUTE: return vf_add(acc, vf_abs(x));
    case REDUCE_DEVIATION: {
        vf d = vf_sub(x, center);
        return vf_fma(d, d, acc);
    }
    }
    return acc;
}

ALWAYS_INLINE vf start(const enum reduce_kind kind) {
    if (kind == REDUCE_MAX) return vf_set1(-__builtin_inff());
    if (kind == REDUCE_MIN) return vf_set1(__builtin_inff());
    return vf_zero();
}

ALWAYS_INLINE void down(const struct reduce_rows *r,
                        const enum reduce_kind kind) {
    for (int64_t i = 0; i < r->n; i += VF_N) {
        int n = lanes_at(i, r->n);
        vf center =
            kind == REDUCE_DEVIATION ? lanes_load(r->center + i, n) : vf_zero();
        vf acc = start(kind);
        const float *x = r->x + i;
        for (int64_t row = 0; row < r->n_rows; row++, x += r->x_stride)
            acc = step(kind, acc, lanes_load(x, n), center);
        lanes_store(r->y + i, acc, n);
    }
}

/* All lanes of acc into one value, in the order of the lanes. */
ALWAYS_INLINE float collect(const enum reduce_kind kind, vf acc) {
    if (kind != REDUCE_MAX && kind != REDUCE_MIN) return vf_sum(acc);
    float lane[VF_N], best;
    vf_store(lane, acc);
    best = lane[0];
    for (int i = 1; i < VF_N; i++) {
        bool better = kind == REDUCE_MAX ? lane[i] > best : lane[i] < best;
        if (better) best = lane[i];
    }
    return best;
}

/* The last n values of a row, the lanes past them without effect. */
ALWAYS_INLINE vf last_lanes(const enum reduce_kind kind, const float *x, int n,
                            float center) {
    float lane[VF_N];
    vf_store(lane, kind == REDUCE_DEVIATION ? vf_set1(center) : start(kind));
#pragma GCC unroll 1
    for (int i = 0; i < n; i++) lane[i] = x[i];
    return vf_load(lane);
}

ALWAYS_INLINE float along(const struct reduce_rows *r, int64_t row,
                          const enum reduce_kind kind) {
    const float *x = r->x + row * r->x_stride;
    float mid = kind == REDUCE_DEVIATION ? r->center[row] : 0.0f;
    vf center = vf_set1(mid);
    vf even = start(kind), odd = start(kind);
    int64_t i = 0;
    for (; i + 2 * VF_N <= r->n; i += 2 * VF_N) {
        even = step(kind, even, vf_load(x + i), center);
        odd = step(kind, odd, vf_load(x + i + VF_N), center);
    }
    if (i + VF_N <= r->n) {
        even = step(kind, even, vf_load(x + i), center);
        i += VF_N;
    }
    vf tail = last_lanes(kind, x + i, (int)(r->n - i), mid);
    odd = step(kind, odd, tail, center);
    if (kind == REDUCE_MAX || kind == REDUCE_MIN)
        return collect(kind, step(kind, odd, even, center));
    return collect(kind, vf_add(even, odd));
}

void ISA(reduce_down)(const struct reduce_rows *r) {
    switch (r->kind) {
    case REDUCE_SUM: down(r, REDUCE_SUM); break;
    case REDUCE_MAX: down(r, REDUCE_MAX); break;
    case REDUCE_MIN: down(r, REDUCE_MIN); break;
    case REDUCE_SQUARES: down(r, REDUCE_SQUARES); break;
    case REDUCE_ABSOLUTE: down(r, REDUCE_ABSOLUTE); break;
    case REDUCE_DEVIATION: down(r, REDUCE_DEVIATION); break;
    }
}

static float along_kind(const struct reduce_rows *r, int64_t row) {
    switch (r->kind) {
    case REDUCE_SUM: return along(r, row, REDUCE_SUM);
    case REDUCE_MAX: return along(r, row, REDUCE_MAX);
    case REDUCE_MIN: return along(r, row, REDUCE_MIN);
    case REDUCE_SQUARES: return along(r, row, REDUCE_SQUARES);
    case REDUCE_ABSOLUTE: return along(r, row, REDUCE_ABSOLUTE);
    case REDUCE_DEVIATION: return along(r, row, REDUCE_DEVIATION);
    }
    return 0.0f;
}

void ISA(reduce_along)(const struct reduce_rows *r) {
    for (int64_t row = 0; row < r->n_rows; row++)
        r->y[row] = along_kind(r, row);
}
