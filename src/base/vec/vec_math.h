/* Elementary functions on vectors of floats, the same formulas on every
 * instruction set; included after vec.h.
 *
 *   vf_exp      2 ulp; overflows to infinity, underflows through subnormals
 *   vf_expm1    3 ulp
 *   vf_log      2 ulp; log(0) = -inf, log(x < 0) = NaN
 *   vf_log1p01  log(1 + x) for 0 <= x <= 1; 2 ulp
 *   vf_tanh     3 ulp      vf_sigmoid  3 ulp
 *   vf_erf      1e-7 absolute
 * NaN in, NaN out.
 *
 * Sources: range reductions after Cody and Waite, "Software Manual for the
 * Elementary Functions", 1980 (ln 2 in two parts as in Moshier's Cephes). The
 * polynomials are Chebyshev interpolations of the named function on the named
 * interval, computed for this file in double and rounded to float. */
#ifndef BASE_VEC_VEC_MATH_H
#define BASE_VEC_VEC_MATH_H

#include "base/vec/vec.h"

/* c[0] + c[1] x + ... + c[n-1] x^(n-1), Horner's scheme. */
static inline vf vf_poly(vf x, const float *c, int n) {
    vf p = vf_set1(c[n - 1]);
    for (int i = n - 2; i >= 0; i--) p = vf_fma(p, x, vf_set1(c[i]));
    return p;
}

static inline vf vf_neg(vf x) { return vf_sub(vf_zero(), x); }
static inline vf vf_abs(vf x) { return vf_max(x, vf_neg(x)); }
/* |r| with the sign of x. */
static inline vf vf_with_sign(vf r, vf x) {
    return vf_select_lt(x, vf_zero(), vf_neg(r), r);
}

/* r^2 * P(r) = exp(r) - 1 - r for |r| <= ln(2) / 2. */
static inline vf vf_exp_tail(vf r) {
    static const float c[] = {5.000000013e-01f, 1.666666668e-01f,
                              4.166646494e-02f, 8.333310925e-03f,
                              1.393364786e-03f, 1.989099008e-04f};
    return vf_mul(vf_mul(r, r), vf_poly(r, c, 6));
}

static inline vf vf_exp(vf x) {
    /* Beyond these the result is 0 or infinity anyway; operands in the order
     * that keeps a NaN. */
    x = vf_min(vf_set1(89.0f), vf_max(vf_set1(-104.0f), x));
    vf n = vf_round(vf_mul(x, vf_set1(1.44269504f)));
    vf r = vf_fnma(n, vf_set1(0.693359375f), x);
    r = vf_fnma(n, vf_set1(-2.12194440e-4f), r);
    vf p = vf_add(vf_set1(1.0f), vf_add(r, vf_exp_tail(r)));
    /* Two factors, as 2^n alone may leave the range. A NaN becomes a number
     * here (p keeps it), as vf_pow2 is not defined for it. */
    n = vf_max(n, vf_set1(-152.0f));
    vf half = vf_round(vf_mul(n, vf_set1(0.5f)));
    return vf_mul(vf_mul(p, vf_pow2(half)), vf_pow2(vf_sub(n, half)));
}

static inline vf vf_expm1(vf x) {
    vf near = vf_add(x, vf_exp_tail(x));
    vf far = vf_sub(vf_exp(x), vf_set1(1.0f));
    return vf_select_lt(vf_abs(x), vf_set1(0.34f), near, far);
}

static inline vf vf_sigmoid(vf x) {
    vf one = vf_set1(1.0f);
    return vf_div(one, vf_add(one, vf_exp(vf_neg(x))));
}

static inline vf vf_tanh(vf x) {
    /* (tanh(t)/t - 1) / t^2 in t^2 on [0, 0.4] */
    static const float c[] = {-3.333332843e-01f, 1.333271885e-01f,
                              -5.384326317e-02f, 2.096132910e-02f,
                              -6.045165088e-03f};
    vf t = vf_abs(x), z = vf_mul(x, x), one = vf_set1(1.0f);
    vf near = vf_fma(vf_mul(x, z), vf_poly(z, c, 5), x);
    vf e = vf_add(vf_exp(vf_add(t, t)), one);
    vf far = vf_with_sign(vf_sub(one, vf_div(vf_set1(2.0f), e)), x);
    return vf_select_lt(t, vf_set1(0.625f), near, far);
}

static inline vf vf_erf(vf x) {
    /* erf(t)/t in t^2 on [0, 0.86] */
    static const float near_c[] = {1.128379167e+00f, -3.761263369e-01f,
                                   1.128369415e-01f, -2.685929726e-02f,
                                   5.200729666e-03f, -8.138792380e-04f,
                                   8.351897059e-05f};
    /* -log(1 - erf(t)) on [0.92, 4]; erf(4) rounds to 1 */
    static const float far_c[] = {
        -3.204415297e-04f, 1.130237616e+00f,  6.318145167e-01f,
        1.100944808e-01f,  -2.643101760e-02f, 4.763575247e-03f,
        -5.977434715e-04f, 4.617791274e-05f,  -1.643569651e-06f};
    vf t = vf_min(vf_set1(4.0f), vf_abs(x));
    vf near = vf_mul(x, vf_poly(vf_mul(t, t), near_c, 7));
    vf far = vf_sub(vf_set1(1.0f), vf_exp(vf_neg(vf_poly(t, far_c, 9))));
    return vf_select_lt(t, vf_set1(0.925f), near, vf_with_sign(far, x));
}

/* log((1 + s) / (1 - s)) for |s| <= 1/3. */
static inline vf vf_log_ratio(vf s) {
    static const float c[] = {6.666666732e-01f, 3.999970633e-01f,
                              2.859235814e-01f, 2.170657427e-01f,
                              2.322433477e-01f};
    vf z = vf_mul(s, s);
    return vf_fma(vf_mul(s, z), vf_poly(z, c, 5), vf_add(s, s));
}

static inline vf vf_log1p01(vf x) {
    return vf_log_ratio(vf_div(x, vf_add(x, vf_set1(2.0f))));
}

static inline vf vf_log(vf x) {
    /* Binary search for the exponent: the small set of vec.h has no bits. */
    static const float power[] = {64, 64, 32, 16, 8, 4, 2, 1};
    vf m = x, n = vf_zero(), one = vf_set1(1.0f);
#pragma GCC unroll 1
    for (int i = 0; i < 8; i++) {
        vf k = vf_set1(power[i]);
        vf up = vf_pow2(k), down = vf_pow2(vf_neg(k));
        vf low = vf_add(down, down); /* m < 2^(1-k): too small by 2^k */
        vf is_low_m = vf_mul(m, up), is_low_n = vf_sub(n, k);
        vf m_new = vf_select_lt(m, low, is_low_m, m);
        vf n_new = vf_select_lt(m, low, is_low_n, n);
        /* !(m < 2^k), false for what was just raised */
        vf high_n = vf_select_lt(m_new, up, n_new, vf_add(n_new, k));
        m = vf_select_lt(m_new, up, m_new, vf_mul(m_new, down));
        n = high_n;
    }
    vf root = vf_set1(1.41421356f);
    n = vf_select_lt(root, m, vf_add(n, one), n);
    m = vf_select_lt(root, m, vf_mul(m, vf_set1(0.5f)), m);
    vf r = vf_log_ratio(vf_div(vf_sub(m, one), vf_add(m, one)));
    r = vf_fma(n, vf_set1(-2.12194440e-4f), r);
    r = vf_fma(n, vf_set1(0.693359375f), r);
    vf inf = vf_set1(__builtin_inff());
    r = vf_select_lt(vf_set1(3.40282347e38f), x, inf, r);
    r = vf_select_lt(x, vf_set1(1e-45f), vf_neg(inf), r);
    return vf_select_lt(x, vf_zero(), vf_sub(inf, inf), r);
}

#endif
