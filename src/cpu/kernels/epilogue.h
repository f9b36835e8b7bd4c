/* The last touch on a convolution's sum, on one vector of channels. */
#ifndef CPU_KERNELS_EPILOGUE_H
#define CPU_KERNELS_EPILOGUE_H

#include "cpu/kernels/kernels.h"
#include "base/vec/vec_math.h"

/* Operand order keeps a NaN visible: vf_max(lo, NaN) is NaN. */
static inline vf vf_clamp(vf x, vf lo, vf hi) {
    return vf_min(hi, vf_max(lo, x));
}

static inline vf vf_activate(vf x, const struct epilogue *e) {
    vf a = vf_set1(e->act_a), b = vf_set1(e->act_b);
    vf zero = vf_zero(), one = vf_set1(1.0f);
    switch (e->activation) {
    case ACT_NONE: return x;
    case ACT_RELU: return vf_max(zero, x);
    case ACT_CLIP: return vf_clamp(x, a, b);
    case ACT_LEAKY: return vf_select_lt(x, zero, vf_mul(x, a), x);
    case ACT_SIGMOID: return vf_sigmoid(x);
    case ACT_HARD_SIGMOID: return vf_clamp(vf_fma(x, a, b), zero, one);
    case ACT_HARD_SWISH:
        return vf_mul(x,
                      vf_clamp(vf_fma(x, vf_set1(1.0f / 6.0f), vf_set1(0.5f)),
                               zero, one));
    }
    return x;
}

/* n valid lanes of x; residual may be NULL. */
static inline vf vf_finish(vf x, const float *residual, int n,
                           const struct epilogue *e) {
    if (!residual) return vf_activate(x, e);
    vf r = n == VF_N ? vf_load(residual) : vf_load_n(residual, n);
    if (e->residual_last) return vf_add(vf_activate(x, e), r);
    return vf_activate(vf_add(x, r), e);
}

static inline void vf_put(float *y, vf x, int n) {
    if (n == VF_N)
        vf_store(y, x);
    else
        vf_store_n(y, x, n);
}

#endif
