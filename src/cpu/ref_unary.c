/* Operators on one element, in any dtype. y may be x. */
#include "base/mathf.h"
#include "cpu/ref.h"

static double clip(double x, double low, double high) {
    if (x < low) x = low;
    return x > high ? high : x;
}

static double softplus(double x) {
    return x > 0 ? x + math_log1p(math_exp(-x)) : math_log1p(math_exp(x));
}

/* Hendrycks & Gimpel 2016 (arXiv:1606.08415), with the constants of ONNX. */
static double gelu(double x, bool by_tanh) {
    const double sqrt_half = 0.70710678118654752440;
    const double sqrt_2_pi = 0.79788456080286535588;
    if (!by_tanh) return 0.5 * x * (1 + math_erf(x * sqrt_half));
    const double inner = sqrt_2_pi * (x + 0.044715 * x * x * x);
    return 0.5 * x * (1 + math_tanh(inner));
}

/* The activations; false for operators that are no activation. */
static bool activation_f64(const struct node *node, double x, double *y) {
    const struct unary_params *p = &node->params.unary;
    const double a = p->alpha, b = p->beta;
    switch (node->op) {
    case OP_RELU: *y = x < 0 ? 0 : x; return true;
    case OP_LEAKY_RELU: *y = x < 0 ? a * x : x; return true;
    case OP_ELU: *y = x < 0 ? a * math_expm1(x) : x; return true;
    case OP_SELU: *y = b * (x <= 0 ? a * math_expm1(x) : x); return true;
    case OP_CELU: *y = x < 0 ? a * math_expm1(x / a) : x; return true;
    case OP_THRESHOLDED_RELU: *y = x > a ? x : 0; return true;
    case OP_CLIP: *y = clip(x, a, b); return true;
    case OP_SIGMOID: *y = 1 / (1 + math_exp(-x)); return true;
    case OP_HARD_SIGMOID: *y = clip(a * x + b, 0, 1); return true;
    case OP_HARD_SWISH: *y = x * clip(x / 6 + 0.5, 0, 1); return true;
    case OP_SOFTPLUS: *y = softplus(x); return true;
    case OP_SOFTSIGN: *y = x / (1 + math_abs(x)); return true;
    case OP_MISH: *y = x * math_tanh(softplus(x)); return true;
    case OP_GELU: *y = gelu(x, p->tanh_approximation); return true;
    default: return false;
    }
}

/* Operators that stand for a function of base/mathf.h. */
static double (*function_of(enum op op))(double) {
    switch (op) {
    case OP_TANH: return math_tanh;
    case OP_ERF: return math_erf;
    case OP_CEIL: return math_ceil;
    case OP_FLOOR: return math_floor;
    case OP_ROUND: return math_round;
    case OP_EXP: return math_exp;
    case OP_LOG: return math_log;
    case OP_SIN: return math_sin;
    case OP_COS: return math_cos;
    case OP_TAN: return math_tan;
    case OP_ASIN: return math_asin;
    case OP_ACOS: return math_acos;
    case OP_ATAN: return math_atan;
    case OP_SINH: return math_sinh;
    case OP_COSH: return math_cosh;
    case OP_ASINH: return math_asinh;
    case OP_ACOSH: return math_acosh;
    case OP_ATANH: return math_atanh;
    default: return NULL;
    }
}

static double unary_f64(const struct node *node, double x) {
    const struct unary_params *p = &node->params.unary;
    double y;
    if (activation_f64(node, x, &y)) return y;
    switch (node->op) {
    case OP_ABS: return math_abs(x);
    case OP_NEG: return -x;
    case OP_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
    case OP_SQRT: return math_sqrt(x);
    case OP_RECIPROCAL: return 1 / x;
    case OP_IS_NAN: return math_is_nan(x);
    case OP_IS_INF:
        return (p->has_min && x == -__builtin_inf()) ||
               (p->has_max && x == __builtin_inf());
    default: return function_of(node->op)(x);
    }
}

static int64_t clip_i64(const struct unary_params *p, int64_t x,
                        bool is_unsigned) {
    const int64_t sign = is_unsigned ? INT64_MIN : 0; /* order of u64 */
    if (p->has_min && (x ^ sign) < (p->int_min ^ sign)) x = p->int_min;
    if (p->has_max && (x ^ sign) > (p->int_max ^ sign)) x = p->int_max;
    return x;
}

/* What integers have; the rest of the family is for floats. */
static int64_t unary_i64(const struct node *node, int64_t x, bool is_unsigned) {
    switch (node->op) {
    case OP_RELU: return x < 0 && !is_unsigned ? 0 : x;
    case OP_ABS: return x < 0 && !is_unsigned ? (int64_t)(0 - (uint64_t)x) : x;
    case OP_NEG: return (int64_t)(0 - (uint64_t)x);
    case OP_SIGN: return is_unsigned ? x != 0 : (x > 0) - (x < 0);
    case OP_CLIP: return clip_i64(&node->params.unary, x, is_unsigned);
    case OP_NOT: return !x;
    default: return x;
    }
}

enum cut_status ref_unary(const struct cpu_call *call, struct cut_error *err) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    const struct node *node = call->node;
    const int64_t n = ref_n_elements(y);
    (void)err;
    for (int64_t i = 0; i < n; i++) {
        const int64_t x_at = ref_at(x, i), y_at = ref_at(y, i);
        if (ref_is_float(x->dtype))
            ref_store_f64(y, y_at, unary_f64(node, ref_load_f64(x, x_at)));
        else
            ref_store_i64(
                y, y_at,
                unary_i64(node, ref_load_i64(x, x_at), x->dtype == CUT_U64));
    }
    return CUT_OK;
}

/* Floats to integers truncate and saturate; integers wrap; halves round to
 * nearest even. */
enum cut_status ref_cast(const struct cpu_call *call, struct cut_error *err) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    const bool by_f64 = ref_is_float(x->dtype) ||
                        (x->dtype == CUT_U64 && ref_is_float(y->dtype));
    const int64_t n = ref_n_elements(y);
    (void)err;
    for (int64_t i = 0; i < n; i++) {
        const int64_t x_at = ref_at(x, i), y_at = ref_at(y, i);
        if (x->dtype == y->dtype)
            ref_copy(y, y_at, x, x_at);
        else if (by_f64)
            ref_store_f64(y, y_at, ref_load_f64(x, x_at));
        else
            ref_store_i64(y, y_at, ref_load_i64(x, x_at));
    }
    return CUT_OK;
}
