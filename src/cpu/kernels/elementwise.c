/* Unary and binary operators on rows of floats. The formulas are those of the
 * ONNX operator documents. vf_max(lo, x) and vf_min(hi, x) keep a NaN of x. */
#include "base/mathf.h"
#include "base/vec/vec_math.h"
#include "cpu/kernels/rows.h"

/* ---- Unary ------------------------------------------------------------- */

/* `f` is a constant at every call and disappears by inlining. */
ALWAYS_INLINE void unary_loop(const struct unary_rows *r,
                              vf (*f)(vf x, vf alpha, vf beta)) {
    vf alpha = vf_set1(r->params->alpha), beta = vf_set1(r->params->beta);
    for (int64_t row = 0; row < r->n_rows; row++) {
        const float *x = r->x + row * r->x_stride;
        float *y = r->y + row * r->y_stride;
        for (int64_t i = 0; i < r->n; i += VF_N) {
            int n = lanes_at(i, r->n);
            lanes_store(y + i, f(lanes_load(x + i, n), alpha, beta), n);
        }
    }
}

#define UNARY(name, expression)                                                \
    static inline vf name##_vf(vf x, vf alpha, vf beta) {                      \
        (void)alpha, (void)beta;                                               \
        return expression;                                                     \
    }                                                                          \
    static void name##_rows(const struct unary_rows *r) {                      \
        unary_loop(r, name##_vf);                                              \
    }

static inline vf one(void) { return vf_set1(1.0f); }
static inline vf clamp(vf x, vf lo, vf hi) { return vf_min(hi, vf_max(lo, x)); }
static inline vf where_negative(vf x, vf y) {
    return vf_select_lt(x, vf_zero(), y, x);
}

/* To nearest even: adding 2^23 leaves no room for a fraction, and from there
 * on all is integral. (vf_round ends at 2^22.) */
static inline vf round_even(vf x) {
    vf big = vf_set1(8388608.0f), t = vf_abs(x);
    vf r = vf_with_sign(vf_sub(vf_add(t, big), big), x);
    return vf_select_lt(t, big, r, x);
}
static inline vf round_down(vf x) {
    vf r = round_even(x);
    return vf_select_lt(x, r, vf_sub(r, one()), r);
}
static inline vf round_up(vf x) {
    vf r = round_even(x);
    return vf_select_lt(r, x, vf_add(r, one()), r);
}

/* x * tanh(log(1 + e^x)) without the logarithm; e^x past 20 changes nothing
 * and would overflow. */
static inline vf mish(vf x) {
    vf e = vf_exp(vf_min(vf_set1(20.0f), x));
    vf n = vf_mul(e, vf_add(e, vf_set1(2.0f)));
    return vf_mul(x, vf_div(n, vf_add(n, vf_set1(2.0f))));
}
static inline vf softplus(vf x) {
    vf e = vf_exp(vf_neg(vf_abs(x)));
    return vf_add(vf_max(vf_zero(), x), vf_log1p01(e));
}
static inline vf gelu_erf(vf x) {
    vf e = vf_erf(vf_mul(x, vf_set1(0.707106781f)));
    return vf_mul(vf_mul(x, vf_set1(0.5f)), vf_add(e, one()));
}
static inline vf gelu_tanh(vf x) {
    vf cube = vf_mul(vf_mul(x, x), vf_mul(x, vf_set1(0.044715f)));
    vf t = vf_tanh(vf_mul(vf_add(x, cube), vf_set1(0.797884561f)));
    return vf_mul(vf_mul(x, vf_set1(0.5f)), vf_add(t, one()));
}
static inline vf hard_swish(vf x) {
    vf gate = vf_fma(x, vf_set1(1.0f / 6.0f), vf_set1(0.5f));
    return vf_mul(x, clamp(gate, vf_zero(), one()));
}
static inline vf sign(vf x) {
    vf positive = vf_select_lt(vf_zero(), x, one(), x);
    return vf_select_lt(x, vf_zero(), vf_set1(-1.0f), positive);
}

UNARY(relu, vf_max(vf_zero(), x))
UNARY(leaky, where_negative(x, vf_mul(x, alpha)))
UNARY(elu, where_negative(x, vf_mul(alpha, vf_expm1(x))))
UNARY(selu, vf_mul(beta, where_negative(x, vf_mul(alpha, vf_expm1(x)))))
UNARY(celu, where_negative(x, vf_mul(alpha, vf_expm1(vf_div(x, alpha)))))
UNARY(thresholded, vf_select_lt(alpha, x, x, vf_zero()))
UNARY(clip, clamp(x, alpha, beta))
UNARY(sigmoid, vf_sigmoid(x))
UNARY(hard_sigmoid, clamp(vf_fma(x, alpha, beta), vf_zero(), one()))
UNARY(hard_swish, hard_swish(x))
UNARY(tanh, vf_tanh(x))
UNARY(softplus, softplus(x))
UNARY(softsign, vf_div(x, vf_add(one(), vf_abs(x))))
UNARY(mish, mish(x))
UNARY(erf, vf_erf(x))
UNARY(gelu_erf, gelu_erf(x))
UNARY(gelu_tanh, gelu_tanh(x))
UNARY(abs, vf_abs(x))
UNARY(neg, vf_mul(x, vf_set1(-1.0f)))
UNARY(sign, sign(x))
UNARY(ceil, round_up(x))
UNARY(floor, round_down(x))
UNARY(round, round_even(x))
UNARY(exp, vf_exp(x))
UNARY(log, vf_log(x))
UNARY(sqrt, vf_sqrt(x))
UNARY(reciprocal, vf_div(one(), x))

static void gelu_rows(const struct unary_rows *r) {
    if (r->params->tanh_approximation)
        gelu_tanh_rows(r);
    else
        gelu_erf_rows(r);
}

unary_kernel *ISA(unary_find)(enum op op) {
    switch (op) {
    case OP_RELU: return relu_rows;
    case OP_LEAKY_RELU: return leaky_rows;
    case OP_ELU: return elu_rows;
    case OP_SELU: return selu_rows;
    case OP_CELU: return celu_rows;
    case OP_THRESHOLDED_RELU: return thresholded_rows;
    case OP_CLIP: return clip_rows;
    case OP_SIGMOID: return sigmoid_rows;
    case OP_HARD_SIGMOID: return hard_sigmoid_rows;
    case OP_HARD_SWISH: return hard_swish_rows;
    case OP_TANH: return tanh_rows;
    case OP_SOFTPLUS: return softplus_rows;
    case OP_SOFTSIGN: return softsign_rows;
    case OP_MISH: return mish_rows;
    case OP_ERF: return erf_rows;
    case OP_GELU: return gelu_rows;
    case OP_ABS: return abs_rows;
    case OP_NEG: return neg_rows;
    case OP_SIGN: return sign_rows;
    case OP_CEIL: return ceil_rows;
    case OP_FLOOR: return floor_rows;
    case OP_ROUND: return round_rows;
    case OP_EXP: return exp_rows;
    case OP_LOG: return log_rows;
    case OP_SQRT: return sqrt_rows;
    case OP_RECIPROCAL: return reciprocal_rows;
    default: return NULL;
    }
}

/* ---- Binary ------------------------------------------------------------ */

/* Scalars of constants may stand at any address. */
static inline float scalar_at(const float *p) {
    float x;
    __builtin_memcpy(&x, p, sizeof(x));
    return x;
}

/* `f` and the two flags are constants at every call. */
ALWAYS_INLINE void binary_row(const struct binary_rows *r, int64_t row,
                              vf (*f)(vf a, vf b), const bool a_scalar,
                              const bool b_scalar) {
    const float *a = r->a + row * r->a_stride, *b = r->b + row * r->b_stride;
    float *y = r->y + row * r->y_stride;
    vf a1 = a_scalar ? vf_set1(scalar_at(a)) : vf_zero();
    vf b1 = b_scalar ? vf_set1(scalar_at(b)) : vf_zero();
    for (int64_t i = 0; i < r->n; i += VF_N) {
        int n = lanes_at(i, r->n);
        vf left = a_scalar ? a1 : lanes_load(a + i, n);
        vf right = b_scalar ? b1 : lanes_load(b + i, n);
        lanes_store(y + i, f(left, right), n);
    }
}

/* Two scalars only meet in rows of one, where they are vectors as well. */
ALWAYS_INLINE void binary_loop(const struct binary_rows *r,
                               vf (*f)(vf a, vf b)) {
    for (int64_t row = 0; row < r->n_rows; row++) {
        if (r->n > 1 && r->a_scalar)
            binary_row(r, row, f, true, false);
        else if (r->n > 1 && r->b_scalar)
            binary_row(r, row, f, false, true);
        else
            binary_row(r, row, f, false, false);
    }
}

#define BINARY(name, expression)                                               \
    static inline vf name##_vf(vf a, vf b) { return expression; }              \
    static void name##_rows(const struct binary_rows *r) {                     \
        binary_loop(r, name##_vf);                                             \
    }

/* Neither a < b nor b < a: equal, or not a number. Halves cannot overflow
 * where the sum could. */
static inline vf equal_or_nan(vf a, vf b) {
    vf half = vf_set1(0.5f);
    return vf_add(vf_mul(a, half), vf_mul(b, half));
}
static inline vf minimum(vf a, vf b) {
    vf other = vf_select_lt(b, a, b, equal_or_nan(a, b));
    return vf_select_lt(a, b, a, other);
}
static inline vf maximum(vf a, vf b) {
    vf other = vf_select_lt(b, a, a, equal_or_nan(a, b));
    return vf_select_lt(a, b, b, other);
}

BINARY(add, vf_add(a, b))
BINARY(sub, vf_sub(a, b))
BINARY(mul, vf_mul(a, b))
BINARY(div, vf_div(a, b))
BINARY(min, minimum(a, b))
BINARY(max, maximum(a, b))
BINARY(prelu, vf_select_lt(a, vf_zero(), vf_mul(a, b), a))

/* Exponents that models use, by their own formulas; the others one by one,
 * as exp(b log(a)) in float would lose digits. */
static inline vf square_vf(vf a, vf b) { return (void)b, vf_mul(a, a); }
static inline vf cube_vf(vf a, vf b) {
    return (void)b, vf_mul(vf_mul(a, a), a);
}
static inline vf root_vf(vf a, vf b) { return (void)b, vf_sqrt(a); }
static inline vf inverse_vf(vf a, vf b) { return (void)b, vf_div(one(), a); }

static void pow_row(const struct binary_rows *r, int64_t row) {
    const float *a = r->a + row * r->a_stride, *b = r->b + row * r->b_stride;
    float *y = r->y + row * r->y_stride;
    for (int64_t i = 0; i < r->n; i++) {
        double base = (double)scalar_at(r->a_scalar ? a : a + i);
        double exponent = (double)scalar_at(r->b_scalar ? b : b + i);
        y[i] = (float)math_pow(base, exponent);
    }
}

static void pow_rows(const struct binary_rows *r) {
    for (int64_t row = 0; row < r->n_rows; row++) {
        bool common = r->b_scalar && !r->a_scalar;
        float b = common ? scalar_at(r->b + row * r->b_stride) : 0.0f;
        if (b == 2.0f)
            binary_row(r, row, square_vf, false, true);
        else if (b == 3.0f)
            binary_row(r, row, cube_vf, false, true);
        else if (b == 0.5f)
            binary_row(r, row, root_vf, false, true);
        else if (b == -1.0f)
            binary_row(r, row, inverse_vf, false, true);
        else
            pow_row(r, row);
    }
}

binary_kernel *ISA(binary_find)(enum op op) {
    switch (op) {
    case OP_ADD:
    case OP_SUM: return add_rows;
    case OP_SUB: return sub_rows;
    case OP_MUL: return mul_rows;
    case OP_DIV: return div_rows;
    case OP_MIN: return min_rows;
    case OP_MAX: return max_rows;
    case OP_POW: return pow_rows;
    case OP_PRELU: return prelu_rows;
    default: return NULL;
    }
}
