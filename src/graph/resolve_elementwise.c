/* Operators that work element by element. */
#include <limits.h>

#include "base/half.h"
#include "graph/resolve.h"

/* ---- One input --------------------------------------------------------- */

static void unary_defaults(const struct node *node, struct unary_params *p) {
    float alpha = 0, beta = 0;
    switch (node->op) {
    case OP_LEAKY_RELU: alpha = 0.01f; break;
    case OP_ELU:
    case OP_CELU:
    case OP_THRESHOLDED_RELU: alpha = 1; break;
    case OP_SELU: /* Klambauer et al. 2017, as the ONNX standard rounds them */
        alpha = 1.67326319217681884765625f;
        beta = 1.05070102214813232421875f;
        break;
    case OP_HARD_SIGMOID: alpha = 0.2f, beta = 0.5f; break;
    default: break;
    }
    *p = (struct unary_params){
        .alpha = node_attr_float(node, "alpha", alpha),
        .beta = node_attr_float(node, node->op == OP_SELU ? "gamma" : "beta",
                                beta)};
    if (node->op == OP_HARD_SWISH) p->alpha = 1.0f / 6, p->beta = 0.5f;
}

static unsigned unary_types(enum op op) {
    switch (op) {
    case OP_CLIP:
    case OP_RELU:
    case OP_ABS:
    case OP_NEG:
    case OP_SIGN: return TYPES_NUMBER;
    case OP_NOT: return TYPE_BIT(CUT_BOOL);
    default: return TYPES_FLOAT;
    }
}

/* One bound of Clip from input i, or from the attribute below opset 11. */
static enum cut_status clip_bound(struct resolve *r, int i, const char *name,
                                  float *value, bool *has, int64_t *whole) {
    if (r->opset < 11 && node_attr(r->node, name)) {
        *value = node_attr_float(r->node, name, *value);
        *has = true;
        return CUT_OK;
    }
    const struct tensor *x = resolve_input(r, i);
    const float *floats;
    int n;
    if (!x) return CUT_OK;
    TRY(resolve_check_same_type(r, 0, i));
    TRY(resolve_check_count(r, i, 1));
    TRY(resolve_need_floats(r, i, name, &floats, &n));
    *value = floats[0];
    *has = true;
    if (TYPE_BIT(x->dtype) & TYPES_INT)
        *whole =
            resolve_integer(x->dtype, resolve_value(r, r->node->inputs[i]), 0);
    return CUT_OK;
}

static enum cut_status clip_bounds(struct resolve *r, struct unary_params *p) {
    const float inf = float_from_bits(0x7f800000u);
    p->alpha = -inf, p->beta = inf;
    p->int_min = INT64_MIN, p->int_max = INT64_MAX;
    TRY(clip_bound(r, 1, "min", &p->alpha, &p->has_min, &p->int_min));
    TRY(clip_bound(r, 2, "max", &p->beta, &p->has_max, &p->int_max));
    resolve_keep_inputs(r, 1);
    return CUT_OK;
}

enum cut_status resolve_unary(struct resolve *r) {
    static const char *const kinds[] = {"none", "tanh", NULL};
    struct unary_params *p = &r->node->params.unary;
    const struct tensor *x = resolve_input(r, 0);
    const enum op op = r->node->op;
    int kind;
    unary_defaults(r->node, p);
    TRY(resolve_check_types(r, 0, unary_types(op)));
    if (op == OP_CLIP) TRY(clip_bounds(r, p));
    if (op == OP_GELU) {
        TRY(resolve_attr_word(r, "approximate", kinds, &kind));
        p->tanh_approximation = kind == 1;
    }
    if (op == OP_IS_INF) {
        TRY(resolve_attr_bool(r, "detect_negative", true, &p->has_min));
        TRY(resolve_attr_bool(r, "detect_positive", true, &p->has_max));
    }
    const bool truth = op == OP_IS_NAN || op == OP_IS_INF;
    return resolve_like_input(r, truth ? CUT_BOOL : x->dtype);
}

enum cut_status resolve_cast(struct resolve *r) {
    int64_t to;
    TRY(resolve_attr_int(r, "to", 0, 1, INT_MAX, &to));
    if (!cut_dtype_bytes((enum cut_dtype)to))
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "attribute 'to' is %lld (%s), which is not "
                            "supported",
                            (long long)to, cut_dtype_name((enum cut_dtype)to));
    return resolve_like_input(r, (enum cut_dtype)to);
}

enum cut_status resolve_identity(struct resolve *r) {
    return resolve_like_input(r, resolve_input(r, 0)->dtype);
}

/* In inference a copy; the mask is all true. */
enum cut_status resolve_dropout(struct resolve *r) {
    const struct tensor *x = resolve_input(r, 0);
    if (resolve_input(r, 2)) {
        const int64_t *training;
        int n;
        TRY(resolve_check_count(r, 2, 1));
        TRY(resolve_need_ints(r, 2, "training_mode", &training, &n));
        const float *ratio = NULL;
        if (training[0] && resolve_input(r, 1))
            TRY(resolve_need_floats(r, 1, "ratio", &ratio, &n));
        if (training[0] && (!ratio || n < 1 || ratio[0] != 0.0f))
            return resolve_fail(r, CUT_UNSUPPORTED,
                                "training is not supported");
    }
    resolve_keep_inputs(r, 1);
    /* The mask is bool since opset 10, before that it has the type of x. */
    TRY(resolve_output(r, 1, r->opset < 10 ? x->dtype : CUT_BOOL, x->rank,
                       x->dims));
    return resolve_like_input(r, x->dtype);
}

/* ---- Several inputs, with broadcasting --------------------------------- */

/* PRelu's slope must not widen the result. */
static enum cut_status check_one_way(struct resolve *r, int rank,
                                     const int64_t *dims) {
    const struct tensor *x = resolve_input(r, 0);
    bool same = rank == x->rank;
    for (int d = 0; same && d < rank; d++) same = dims[d] == x->dims[d];
    if (same) return CUT_OK;
    return resolve_fail(r, CUT_BAD_MODEL,
                        "the slope does not broadcast to the input's shape");
}

/* Below opset 7 a slope of one axis stands for channels, wherever they are. */
static void align_old_slope(struct resolve *r) {
    const struct tensor *x = resolve_input(r, 0);
    struct tensor *slope = &r->graph->tensors[r->node->inputs[1]];
    if (slope->rank != 1 || slope->dims[0] == 1 || x->rank < 3) return;
    if (slope->dims[0] != x->dims[1]) return;
    slope->rank = x->rank - 1;
    for (int d = 1; d < slope->rank; d++) slope->dims[d] = 1;
}

enum cut_status resolve_binary(struct resolve *r) {
    struct unary_params *p = &r->node->params.unary;
    int64_t dims[CUT_MAX_RANK];
    int rank;
    *p = (struct unary_params){.fmod = false};
    TRY(resolve_check_types(r, 0, TYPES_NUMBER));
    TRY(resolve_check_types(r, 1, TYPES_NUMBER));
    if (r->node->op != OP_POW) TRY(resolve_check_same_type(r, 0, 1));
    if (r->node->op == OP_MOD)
        TRY(resolve_attr_bool(r, "fmod", false, &p->fmod));
    const enum cut_dtype dtype = resolve_input(r, 0)->dtype;
    if (r->node->op == OP_MOD && !p->fmod && (TYPE_BIT(dtype) & TYPES_FLOAT))
        return resolve_fail(r, CUT_BAD_MODEL,
                            "attribute 'fmod' must be 1 for %s",
                            cut_dtype_name(dtype));
    if (r->node->op == OP_PRELU && r->opset < 7) align_old_slope(r);
    TRY(resolve_broadcast(r, 2, &rank, dims));
    if (r->node->op == OP_PRELU) TRY(check_one_way(r, rank, dims));
    return resolve_output(r, 0, dtype, rank, dims);
}

enum cut_status resolve_variadic(struct resolve *r) {
    int64_t dims[CUT_MAX_RANK];
    int rank;
    for (int i = 0; i < r->node->n_inputs; i++) {
        TRY(resolve_check_types(r, i, TYPES_NUMBER));
        TRY(resolve_check_same_type(r, 0, i));
    }
    TRY(resolve_broadcast(r, r->node->n_inputs, &rank, dims));
    return resolve_output(r, 0, resolve_input(r, 0)->dtype, rank, dims);
}

static unsigned compare_types(enum op op) {
    switch (op) {
    case OP_AND:
    case OP_OR:
    case OP_XOR: return TYPE_BIT(CUT_BOOL);
    case OP_EQUAL: return TYPES_ALL;
    default: return TYPES_NUMBER;
    }
}

enum cut_status resolve_compare(struct resolve *r) {
    int64_t dims[CUT_MAX_RANK];
    int rank;
    TRY(resolve_check_types(r, 0, compare_types(r->node->op)));
    TRY(resolve_check_same_type(r, 0, 1));
    TRY(resolve_broadcast(r, 2, &rank, dims));
    return resolve_output(r, 0, CUT_BOOL, rank, dims);
}

enum cut_status resolve_where(struct resolve *r) {
    int64_t dims[CUT_MAX_RANK];
    int rank;
    TRY(resolve_check_types(r, 0, TYPE_BIT(CUT_BOOL)));
    TRY(resolve_check_types(r, 1, TYPES_ALL));
    TRY(resolve_check_same_type(r, 1, 2));
    TRY(resolve_broadcast(r, 3, &rank, dims));
    return resolve_output(r, 0, resolve_input(r, 1)->dtype, rank, dims);
}
