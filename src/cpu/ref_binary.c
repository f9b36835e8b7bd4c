/* Operators on several elements, with broadcasting. y may be any input that
 * has its shape. */
#include "base/mathf.h"
#include "cpu/ref.h"

/* ---- Arithmetic --------------------------------------------------------- */

/* The remainder with the divisor's sign; C's with the dividend's. */
static double mod_f64(double a, double b, bool fmod) {
    const double r = math_fmod(a, b);
    return !fmod && r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static double binary_f64(const struct node *node, double a, double b) {
    switch (node->op) {
    case OP_ADD:
    case OP_SUM:
    case OP_MEAN: return a + b;
    case OP_SUB: return a - b;
    case OP_MUL: return a * b;
    case OP_DIV: return a / b;
    case OP_POW: return math_pow(a, b);
    case OP_MOD: return mod_f64(a, b, node->params.unary.fmod);
    case OP_PRELU: return a < 0 ? a * b : a;
    case OP_MIN: return a < b || math_is_nan(a) ? a : b;
    case OP_MAX: return a > b || math_is_nan(a) ? a : b;
    default: return a;
    }
}

/* Integers wrap, and a division by zero is 0. */
static int64_t div_i64(int64_t a, int64_t b, bool is_unsigned) {
    if (b == 0) return 0;
    if (is_unsigned) return (int64_t)((uint64_t)a / (uint64_t)b);
    return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

static int64_t mod_i64(int64_t a, int64_t b, bool is_unsigned, bool fmod) {
    if (b == 0) return 0;
    if (is_unsigned) return (int64_t)((uint64_t)a % (uint64_t)b);
    const int64_t r = b == -1 ? 0 : a % b;
    return !fmod && r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static int64_t pow_i64(int64_t base, int64_t exponent, bool is_unsigned) {
    if (exponent < 0 && !is_unsigned) {
        if (base == 1) return 1;
        return base == -1 ? (exponent % 2 ? -1 : 1) : 0;
    }
    uint64_t result = 1, square = (uint64_t)base;
    for (uint64_t e = (uint64_t)exponent; e; e >>= 1, square *= square)
        if (e & 1) result *= square;
    return (int64_t)result;
}

static bool less_i64(int64_t a, int64_t b, bool is_unsigned) {
    return is_unsigned ? (uint64_t)a < (uint64_t)b : a < b;
}

static int64_t binary_i64(const struct node *node, int64_t a, int64_t b,
                          bool is_unsigned) {
    const uint64_t ua = (uint64_t)a, ub = (uint64_t)b;
    switch (node->op) {
    case OP_ADD:
    case OP_SUM:
    case OP_MEAN: return (int64_t)(ua + ub);
    case OP_SUB: return (int64_t)(ua - ub);
    case OP_MUL: return (int64_t)(ua * ub);
    case OP_DIV: return div_i64(a, b, is_unsigned);
    case OP_POW: return pow_i64(a, b, is_unsigned);
    case OP_MOD: return mod_i64(a, b, is_unsigned, node->params.unary.fmod);
    case OP_PRELU: return a < 0 && !is_unsigned ? (int64_t)(ua * ub) : a;
    case OP_MIN: return less_i64(a, b, is_unsigned) ? a : b;
    case OP_MAX: return less_i64(a, b, is_unsigned) ? b : a;
    default: return a;
    }
}

enum cut_status ref_binary(const struct cpu_call *call, struct cut_error *err) {
    const struct cpu_view *a = ref_input(call, 0), *b = ref_input(call, 1);
    const struct cpu_view *y = ref_output(call, 0);
    /* Pow may have a float exponent on an integer base, and the reverse. */
    const bool floats = ref_is_float(a->dtype) || ref_is_float(b->dtype);
    struct ref_walk walk;
    (void)err;
    ref_walk_start(&walk, y->rank, y->dims);
    ref_walk_view(&walk, a);
    ref_walk_view(&walk, b);
    ref_walk_view(&walk, y);
    for (; walk.n_left; ref_walk_next(&walk)) {
        if (floats)
            ref_store_f64(y, walk.at[2],
                          binary_f64(call->node, ref_load_f64(a, walk.at[0]),
                                     ref_load_f64(b, walk.at[1])));
        else
            ref_store_i64(y, walk.at[2],
                          binary_i64(call->node, ref_load_i64(a, walk.at[0]),
                                     ref_load_i64(b, walk.at[1]),
                                     a->dtype == CUT_U64));
    }
    return CUT_OK;
}

/* ---- Min, Max, Sum, Mean of any number ----------------------------------- */

static int64_t broadcast_at(const struct cpu_view *view,
                            const struct ref_walk *walk) {
    int64_t stride[CUT_MAX_RANK], at = 0;
    ref_broadcast(view, walk->rank, stride);
    for (int i = 0; i < walk->rank; i++) at += walk->index[i] * stride[i];
    return at;
}

static void fold_f64(const struct cpu_call *call, const struct cpu_view *y,
                     const struct ref_walk *walk) {
    double total = 0;
    for (int i = 0; i < call->n_inputs; i++) {
        const struct cpu_view *x = &call->inputs[i];
        const double value = ref_load_f64(x, broadcast_at(x, walk));
        total = i ? binary_f64(call->node, total, value) : value;
    }
    if (call->node->op == OP_MEAN) total /= call->n_inputs;
    ref_store_f64(y, walk->at[0], total);
}

static void fold_i64(const struct cpu_call *call, const struct cpu_view *y,
                     const struct ref_walk *walk) {
    const bool is_unsigned = y->dtype == CUT_U64;
    int64_t total = 0;
    for (int i = 0; i < call->n_inputs; i++) {
        const struct cpu_view *x = &call->inputs[i];
        const int64_t value = ref_load_i64(x, broadcast_at(x, walk));
        total = i ? binary_i64(call->node, total, value, is_unsigned) : value;
    }
    if (call->node->op == OP_MEAN)
        total = div_i64(total, call->n_inputs, is_unsigned);
    ref_store_i64(y, walk->at[0], total);
}

enum cut_status ref_variadic(const struct cpu_call *call,
                             struct cut_error *err) {
    const struct cpu_view *y = ref_output(call, 0);
    struct ref_walk walk;
    (void)err;
    ref_walk_start(&walk, y->rank, y->dims);
    ref_walk_view(&walk, y);
    for (; walk.n_left; ref_walk_next(&walk)) {
        if (ref_is_float(y->dtype))
            fold_f64(call, y, &walk);
        else
            fold_i64(call, y, &walk);
    }
    return CUT_OK;
}

/* ---- Comparison, logic, choice ------------------------------------------- */

/* From what is known of a and b; NaN is neither less, equal nor greater. */
static bool compare(enum op op, bool less, bool equal, bool greater) {
    switch (op) {
    case OP_EQUAL: return equal;
    case OP_GREATER: return greater;
    case OP_GREATER_EQUAL: return greater || equal;
    case OP_LESS: return less;
    default: /* OP_LESS_EQUAL */ return less || equal;
    }
}

static bool compare_at(const struct cpu_call *call, int64_t a_at,
                       int64_t b_at) {
    const enum op op = call->node->op;
    const struct cpu_view *a = ref_input(call, 0), *b = ref_input(call, 1);
    if (ref_is_float(a->dtype)) {
        const double x = ref_load_f64(a, a_at), y = ref_load_f64(b, b_at);
        return compare(op, x<y, x == y, x> y);
    }
    const bool is_unsigned = a->dtype == CUT_U64;
    const int64_t x = ref_load_i64(a, a_at), y = ref_load_i64(b, b_at);
    if (op == OP_AND) return x && y;
    if (op == OP_OR) return x || y;
    if (op == OP_XOR) return x != y;
    return compare(op, less_i64(x, y, is_unsigned), x == y,
                   less_i64(y, x, is_unsigned));
}

enum cut_status ref_compare(const struct cpu_call *call,
                            struct cut_error *err) {
    const struct cpu_view *y = ref_output(call, 0);
    struct ref_walk walk;
    (void)err;
    ref_walk_start(&walk, y->rank, y->dims);
    ref_walk_view(&walk, ref_input(call, 0));
    ref_walk_view(&walk, ref_input(call, 1));
    ref_walk_view(&walk, y);
    for (; walk.n_left; ref_walk_next(&walk))
        ref_store_i64(y, walk.at[2], compare_at(call, walk.at[0], walk.at[1]));
    return CUT_OK;
}

enum cut_status ref_where(const struct cpu_call *call, struct cut_error *err) {
    const struct cpu_view *condition = ref_input(call, 0);
    const struct cpu_view *y = ref_output(call, 0);
    struct ref_walk walk;
    (void)err;
    ref_walk_start(&walk, y->rank, y->dims);
    for (int i = 0; i < 3; i++) ref_walk_view(&walk, ref_input(call, i));
    ref_walk_view(&walk, y);
    for (; walk.n_left; ref_walk_next(&walk)) {
        const int i = ref_load_i64(condition, walk.at[0]) ? 1 : 2;
        ref_copy(y, walk.at[3], ref_input(call, i), walk.at[i]);
    }
    return CUT_OK;
}
