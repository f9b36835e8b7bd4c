/* Which methods every operator has: fast drivers first, the scalar reference
 * last. The backend takes the cheapest that fits. */
#include "cpu/conv.h"
#include "cpu/fast.h"
#include "cpu/matmul.h"
#include "cpu/ref.h"

/* ---- The reference as a method ------------------------------------------ */

static bool ref_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    for (int i = 0; i < call->n_inputs; i++)
        if (call->inputs[i].dtype && !cut_dtype_bytes(call->inputs[i].dtype))
            return false;
    for (int i = 0; i < call->n_outputs; i++)
        if (call->outputs[i].dtype && !cut_dtype_bytes(call->outputs[i].dtype))
            return false;
    return true;
}

static size_t ref_scratch(const struct cpu_call *call, int n_threads) {
    (void)call;
    (void)n_threads;
    return 0;
}

static double product(const struct cpu_view *view) {
    double n = 1;
    for (int i = 0; view && i < view->rank; i++) n *= (double)view->dims[i];
    return n;
}

static double taps(const struct window *window) {
    double n = 1;
    for (int i = 0; i < window->n_spatial; i++) n *= (double)window->kernel[i];
    return n;
}

/* Elements read for one element of the output. */
static double work_per_output(const struct cpu_call *call) {
    const struct node *node = call->node;
    const struct cpu_view *x = ref_input(call, 0);
    switch (node->op) {
    case OP_CONV:
    case OP_CONV_INTEGER:
    case OP_CONV_TRANSPOSE:
    case OP_QLINEAR_CONV:
        return taps(&node->params.conv.window) * (double)x->dims[x->rank - 1] /
               (double)node->params.conv.groups;
    case OP_MAX_POOL:
    case OP_AVERAGE_POOL: return taps(&node->params.pool.window);
    case OP_MATMUL:
    case OP_MATMUL_INTEGER:
    case OP_QLINEAR_MATMUL: return (double)x->dims[x->rank - 1];
    case OP_GEMM: return (double)x->dims[node->params.gemm.trans_a ? 0 : 1];
    case OP_RESIZE:
    case OP_UPSAMPLE: return 64;
    default: return 2;
    }
}

static double ref_cost(const struct cpu_call *call, int n_threads) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    (void)n_threads;
    /* Reductions read more than they write. */
    double work = product(x);
    if (y && product(y) * work_per_output(call) > work)
        work = product(y) * work_per_output(call);
    return work * REF_SECONDS;
}

#define X(name)                                                                \
    static const struct cpu_method ref_##name##_method = {                     \
        "scalar", ref_fits, ref_scratch, ref_cost, ref_##name};
REF_METHOD_MAP(X)
#undef X

/* ---- The table ----------------------------------------------------------- */

#define LIST(...) ((const struct cpu_method *const[]){__VA_ARGS__, NULL})
#define REF(name) LIST(&ref_##name##_method)
#define FAST(fast, name) LIST(&fast_##fast##_method, &ref_##name##_method)

static const struct cpu_method *const *const methods[OP_COUNT] = {
    [OP_CONV] =
        LIST(&conv_winograd_method, &conv_gemm_method, &conv_narrow_method,
             &conv_depthwise_method, &ref_conv_method),
    [OP_MATMUL] = LIST(&matmul_method, &ref_matmul_method),
    [OP_GEMM] = LIST(&matmul_method, &ref_matmul_method),

    [OP_CONV_TRANSPOSE] = REF(conv),
    [OP_CONV_INTEGER] = REF(conv),
    [OP_QLINEAR_CONV] = REF(conv),
    [OP_MAX_POOL] = FAST(pool, pool),
    [OP_AVERAGE_POOL] = FAST(pool, pool),
    [OP_GLOBAL_AVERAGE_POOL] = FAST(reduce, global_pool),
    [OP_GLOBAL_MAX_POOL] = FAST(reduce, global_pool),
    [OP_BATCH_NORM] = FAST(batch_norm, batch_norm),
    [OP_INSTANCE_NORM] = FAST(instance_norm, instance_norm),
    [OP_DEPTH_TO_SPACE] = FAST(blocks, depth_space),
    [OP_SPACE_TO_DEPTH] = FAST(blocks, depth_space),
    [OP_RESIZE] = FAST(resize, resize),
    [OP_UPSAMPLE] = FAST(resize, resize),
    [OP_RELU] = FAST(unary, unary),
    [OP_LEAKY_RELU] = FAST(unary, unary),
    [OP_ELU] = FAST(unary, unary),
    [OP_SELU] = FAST(unary, unary),
    [OP_CELU] = FAST(unary, unary),
    [OP_THRESHOLDED_RELU] = FAST(unary, unary),
    [OP_CLIP] = FAST(unary, unary),
    [OP_SIGMOID] = FAST(unary, unary),
    [OP_HARD_SIGMOID] = FAST(unary, unary),
    [OP_HARD_SWISH] = FAST(unary, unary),
    [OP_TANH] = FAST(unary, unary),
    [OP_SOFTPLUS] = FAST(unary, unary),
    [OP_SOFTSIGN] = FAST(unary, unary),
    [OP_MISH] = FAST(unary, unary),
    [OP_ERF] = FAST(unary, unary),
    [OP_GELU] = FAST(unary, unary),
    [OP_ABS] = FAST(unary, unary),
    [OP_NEG] = FAST(unary, unary),
    [OP_SIGN] = FAST(unary, unary),
    [OP_CEIL] = FAST(unary, unary),
    [OP_FLOOR] = FAST(unary, unary),
    [OP_ROUND] = FAST(unary, unary),
    [OP_EXP] = FAST(unary, unary),
    [OP_LOG] = FAST(unary, unary),
    [OP_SQRT] = FAST(unary, unary),
    [OP_RECIPROCAL] = FAST(unary, unary),
    [OP_SIN] = REF(unary),
    [OP_COS] = REF(unary),
    [OP_TAN] = REF(unary),
    [OP_ASIN] = REF(unary),
    [OP_ACOS] = REF(unary),
    [OP_ATAN] = REF(unary),
    [OP_SINH] = REF(unary),
    [OP_COSH] = REF(unary),
    [OP_ASINH] = REF(unary),
    [OP_ACOSH] = REF(unary),
    [OP_ATANH] = REF(unary),
    [OP_NOT] = REF(unary),
    [OP_IS_NAN] = REF(unary),
    [OP_IS_INF] = REF(unary),
    [OP_CAST] = FAST(cast, cast),
    [OP_IDENTITY] = FAST(copy, copy_elements),
    [OP_RESHAPE] = FAST(copy, copy_elements),
    [OP_FLATTEN] = FAST(copy, copy_elements),
    [OP_SQUEEZE] = FAST(copy, copy_elements),
    [OP_UNSQUEEZE] = FAST(copy, copy_elements),
    [OP_DROPOUT] = REF(dropout),
    [OP_ADD] = FAST(binary, binary),
    [OP_SUB] = FAST(binary, binary),
    [OP_MUL] = FAST(binary, binary),
    [OP_DIV] = FAST(binary, binary),
    [OP_POW] = FAST(binary, binary),
    [OP_MOD] = REF(binary),
    [OP_PRELU] = FAST(binary, binary),
    [OP_MIN] = FAST(variadic, variadic),
    [OP_MAX] = FAST(variadic, variadic),
    [OP_SUM] = FAST(variadic, variadic),
    [OP_MEAN] = FAST(variadic, variadic),
    [OP_EQUAL] = REF(compare),
    [OP_GREATER] = REF(compare),
    [OP_GREATER_EQUAL] = REF(compare),
    [OP_LESS] = REF(compare),
    [OP_LESS_EQUAL] = REF(compare),
    [OP_AND] = REF(compare),
    [OP_OR] = REF(compare),
    [OP_XOR] = REF(compare),
    [OP_WHERE] = REF(where),
    [OP_SOFTMAX] = FAST(softmax, softmax),
    [OP_LOG_SOFTMAX] = FAST(softmax, softmax),
    [OP_LAYER_NORM] = FAST(layer_norm, layer_norm),
    [OP_REDUCE_MEAN] = FAST(reduce, reduce),
    [OP_REDUCE_SUM] = FAST(reduce, reduce),
    [OP_REDUCE_MAX] = FAST(reduce, reduce),
    [OP_REDUCE_MIN] = FAST(reduce, reduce),
    [OP_REDUCE_PROD] = REF(reduce),
    [OP_REDUCE_L1] = FAST(reduce, reduce),
    [OP_REDUCE_L2] = FAST(reduce, reduce),
    [OP_REDUCE_SUM_SQUARE] = FAST(reduce, reduce),
    [OP_CONCAT] = FAST(concat, concat),
    [OP_SPLIT] = FAST(split, split),
    [OP_SLICE] = FAST(slice, slice),
    [OP_PAD] = FAST(pad, pad),
    [OP_TRANSPOSE] = FAST(transpose, transpose),
    [OP_GATHER] = FAST(gather, gather),
    [OP_EXPAND] = FAST(expand, expand),
    [OP_TILE] = FAST(tile, tile),
    [OP_CONSTANT_OF_SHAPE] = REF(fill),
    [OP_RANGE] = REF(range),
    [OP_MATMUL_INTEGER] = REF(matmul),
    [OP_QLINEAR_MATMUL] = REF(matmul),
    [OP_QUANTIZE_LINEAR] = REF(quantize),
    [OP_DEQUANTIZE_LINEAR] = REF(dequantize),
    [OP_DYNAMIC_QUANTIZE_LINEAR] = REF(dynamic_quantize),
};

const struct cpu_method *const *cpu_methods(enum op op) {
    /* Shape, Size and Constant are gone before a plan is made. */
    static const struct cpu_method *const none[] = {NULL};
    if (op <= OP_NONE || op >= OP_COUNT || !methods[op]) return none;
    return methods[op];
}
