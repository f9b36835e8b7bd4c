/* Which nodes can run on channels-last data, and their params for it. ONNX
 * axes (0, 1, 2, .., r-1) are stored in the order (0, 2, .., r-1, 1). */
#include "graph/pass.h"
#include "base/mem.h"

int pass_axis(int axis, int rank) {
    if (axis == 0) return 0;
    return axis == 1 ? rank - 1 : axis - 1;
}

void pass_permute_dims(int64_t dims[CUT_MAX_RANK], int rank) {
    int64_t channels = dims[1];
    for (int i = 1; i < rank - 1; i++) dims[i] = dims[i + 1];
    dims[rank - 1] = channels;
}

static void permute_floats(float values[CUT_MAX_RANK], int rank) {
    float channels = values[1];
    for (int i = 1; i < rank - 1; i++) values[i] = values[i + 1];
    values[rank - 1] = channels;
}

static void permute_bools(bool values[CUT_MAX_RANK], int rank) {
    bool channels = values[1];
    for (int i = 1; i < rank - 1; i++) values[i] = values[i + 1];
    values[rank - 1] = channels;
}

void pass_permute_params(struct node *node, int rank) {
    union op_params *p = &node->params;
    switch (node->op) {
    case OP_RESIZE:
    case OP_UPSAMPLE:
        permute_floats(p->resize.scale, rank);
        permute_floats(p->resize.roi_begin, rank);
        permute_floats(p->resize.roi_end, rank);
        break;
    case OP_SOFTMAX:
    case OP_LOG_SOFTMAX:
    case OP_CONCAT:
    case OP_SPLIT: p->axis.axis = pass_axis(p->axis.axis, rank); break;
    case OP_REDUCE_MEAN:
    case OP_REDUCE_SUM:
    case OP_REDUCE_MAX:
    case OP_REDUCE_MIN:
    case OP_REDUCE_PROD:
    case OP_REDUCE_L1:
    case OP_REDUCE_L2:
    case OP_REDUCE_SUM_SQUARE: permute_bools(p->reduce.axes, rank); break;
    case OP_SLICE:
        pass_permute_dims(p->slice.start, rank);
        pass_permute_dims(p->slice.step, rank);
        break;
    case OP_PAD:
        pass_permute_dims(p->pad.begin, rank);
        pass_permute_dims(p->pad.end, rank);
        break;
    case OP_QUANTIZE_LINEAR:
    case OP_DEQUANTIZE_LINEAR:
        p->quantize.axis = pass_axis(p->quantize.axis, rank);
        break;
    case OP_TRANSPOSE: /* only the input is channels-last */
        for (int i = 0; i < rank; i++)
            p->transpose.perm[i] = pass_axis(p->transpose.perm[i], rank);
        break;
    default: break;
    }
}

/* ---- Rules -------------------------------------------------------------- */

static enum pass_layout_rule resize_rule(const struct graph *g,
                                         const struct node *node) {
    const struct tensor *x = pass_input(g, node, 0);
    const struct tensor *y = &g->tensors[node->outputs[0]];
    const struct resize_params *p = &node->params.resize;
    int64_t dims[CUT_MAX_RANK]; /* x may have been laid out already */
    tensor_onnx_dims(x, dims);
    bool spatial = x->rank == 4 && dims[0] == y->dims[0] &&
                   dims[1] == y->dims[1] && p->scale[0] == 1 &&
                   p->scale[1] == 1 &&
                   p->coordinate != RESIZE_TF_CROP_AND_RESIZE;
    return spatial ? RULE_FLEXIBLE : RULE_PLAIN;
}

/* Without keep_dims the rest keeps its order when the channels go, or when
 * all but batch and channels do. */
static enum pass_layout_rule reduce_rule(const struct tensor *x,
                                         const struct reduce_params *p) {
    bool all_spatial = true;
    if (p->keep_dims) return RULE_FLEXIBLE;
    for (int i = 2; i < x->rank; i++) all_spatial &= p->axes[i];
    return p->axes[1] || all_spatial ? RULE_COLLAPSE : RULE_PLAIN;
}

static bool is_scalar(const struct tensor *t) {
    return !t || tensor_n_elements(t) == 1;
}

static bool is_elementwise(enum op op) {
    return (op >= OP_RELU && op <= OP_WHERE);
}

static bool is_window(enum op op) {
    return op >= OP_CONV && op <= OP_SPACE_TO_DEPTH;
}

/* Data in the same order either way: one channel or one pixel. */
static bool is_order_free(const struct tensor *x) {
    bool one_pixel = true;
    int64_t dims[CUT_MAX_RANK];
    tensor_onnx_dims(x, dims);
    for (int i = 2; i < x->rank; i++) one_pixel &= dims[i] == 1;
    return one_pixel || dims[1] == 1;
}

enum pass_layout_rule pass_layout_rule(const struct graph *g,
                                       const struct node *node) {
    const struct tensor *x = pass_input(g, node, 0);
    if (!x || node->n_outputs < 1) return RULE_PLAIN;
    if (is_window(node->op)) return x->rank >= 3 ? RULE_WINDOW : RULE_PLAIN;
    if (is_elementwise(node->op)) return RULE_FLEXIBLE;
    switch (node->op) {
    case OP_RESIZE:
    case OP_UPSAMPLE:
        return node->outputs[0] < 0 ? RULE_PLAIN : resize_rule(g, node);
    case OP_SOFTMAX:
    case OP_LOG_SOFTMAX:
        return node->params.axis.flatten ? RULE_PLAIN : RULE_FLEXIBLE;
    case OP_REDUCE_MEAN:
    case OP_REDUCE_SUM:
    case OP_REDUCE_MAX:
    case OP_REDUCE_MIN:
    case OP_REDUCE_PROD:
    case OP_REDUCE_L1:
    case OP_REDUCE_L2:
    case OP_REDUCE_SUM_SQUARE: return reduce_rule(x, &node->params.reduce);
    case OP_CONCAT:
    case OP_SPLIT:
    case OP_SLICE:
    case OP_PAD:
    case OP_DYNAMIC_QUANTIZE_LINEAR: return RULE_FLEXIBLE;
    case OP_QUANTIZE_LINEAR:
    case OP_DEQUANTIZE_LINEAR:
        return is_scalar(pass_input(g, node, 1)) &&
                       is_scalar(pass_input(g, node, 2))
                   ? RULE_FLEXIBLE
                   : RULE_PLAIN;
    case OP_RESHAPE:
    case OP_FLATTEN:
    case OP_SQUEEZE:
    case OP_UNSQUEEZE:
        return x->rank >= 3 && is_order_free(x) ? RULE_COLLAPSE : RULE_PLAIN;
    case OP_TRANSPOSE: return RULE_ABSORB;
    default: return RULE_PLAIN;
    }
}
