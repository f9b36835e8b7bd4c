/* Reductions. Float sums run in double, integer sums in wrapping int64. */
#include "base/mathf.h"
#include "cpu/ref.h"

static double start_f64(enum op op, enum cut_dtype dtype) {
    switch (op) {
    case OP_REDUCE_MAX: return ref_lowest(dtype);
    case OP_REDUCE_MIN: return ref_highest(dtype);
    default: return op == OP_REDUCE_PROD;
    }
}

static double step_f64(enum op op, double total, double x) {
    switch (op) {
    case OP_REDUCE_MAX: return x > total || math_is_nan(x) ? x : total;
    case OP_REDUCE_MIN: return x < total || math_is_nan(x) ? x : total;
    case OP_REDUCE_PROD: return total * x;
    case OP_REDUCE_L1: return total + math_abs(x);
    case OP_REDUCE_L2:
    case OP_REDUCE_SUM_SQUARE: return total + x * x;
    default: return total + x;
    }
}

static double end_f64(enum op op, double total, int64_t n) {
    if (op == OP_REDUCE_MEAN) return total / (double)n;
    return op == OP_REDUCE_L2 ? math_sqrt(total) : total;
}

static int64_t start_i64(enum op op, enum cut_dtype dtype) {
    if (op == OP_REDUCE_PROD) return 1;
    if (op != OP_REDUCE_MAX && op != OP_REDUCE_MIN) return 0;
    if (dtype == CUT_I64) return op == OP_REDUCE_MAX ? INT64_MIN : INT64_MAX;
    if (dtype == CUT_U64) return op == OP_REDUCE_MAX ? 0 : -1;
    return (int64_t)start_f64(op, dtype);
}

static int64_t step_i64(enum op op, bool is_unsigned, int64_t total,
                        int64_t x) {
    const int64_t sign = is_unsigned ? INT64_MIN : 0; /* order of u64 */
    const uint64_t a = (uint64_t)total, b = (uint64_t)x;
    switch (op) {
    case OP_REDUCE_MAX: return (x ^ sign) > (total ^ sign) ? x : total;
    case OP_REDUCE_MIN: return (x ^ sign) < (total ^ sign) ? x : total;
    case OP_REDUCE_PROD: return (int64_t)(a * b);
    case OP_REDUCE_L1:
        return (int64_t)(a + (x < 0 && !is_unsigned ? 0 - b : b));
    case OP_REDUCE_L2:
    case OP_REDUCE_SUM_SQUARE: return (int64_t)(a + b * b);
    default: return (int64_t)(a + b);
    }
}

static int64_t end_i64(enum op op, bool is_unsigned, int64_t total, int64_t n) {
    const double value = is_unsigned ? (double)(uint64_t)total : (double)total;
    if (op == OP_REDUCE_L2) return (int64_t)math_sqrt(value);
    if (op != OP_REDUCE_MEAN || n == 0) return total;
    return is_unsigned ? (int64_t)((uint64_t)total / (uint64_t)n) : total / n;
}

static void reduce_at(const struct cpu_call *call, const int64_t *at,
                      struct ref_walk in) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    const enum op op = call->node->op;
    const bool is_unsigned = x->dtype == CUT_U64;
    const int64_t n = in.n_left;
    if (ref_is_float(x->dtype)) {
        double total = start_f64(op, x->dtype);
        for (; in.n_left; ref_walk_next(&in))
            total = step_f64(op, total, ref_load_f64(x, at[0] + in.at[0]));
        ref_store_f64(y, at[1], end_f64(op, total, n));
    } else {
        int64_t total = start_i64(op, x->dtype);
        for (; in.n_left; ref_walk_next(&in))
            total = step_i64(op, is_unsigned, total,
                             ref_load_i64(x, at[0] + in.at[0]));
        ref_store_i64(y, at[1], end_i64(op, is_unsigned, total, n));
    }
}

enum cut_status ref_reduce(const struct cpu_call *call, struct cut_error *err) {
    const struct reduce_params *p = &call->node->params.reduce;
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    int64_t own[CUT_MAX_RANK] = {0}, stride[CUT_MAX_RANK] = {0};
    struct ref_walk outer, inner;
    (void)err;
    ref_strides(y, own);
    for (int i = 0, at = 0; i < x->rank; i++) {
        if (!p->axes[i]) stride[i] = own[at];
        if (!p->axes[i] || p->keep_dims) at++;
    }
    ref_walk_split(&outer, &inner, x->rank, x->dims, p->axes);
    ref_walk_view(&outer, x);
    ref_walk_strides(&outer, stride, 0);
    ref_walk_view(&inner, x);
    for (; outer.n_left; ref_walk_next(&outer))
        reduce_at(call, outer.at, inner);
    return CUT_OK;
}
