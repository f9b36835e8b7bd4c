/* Which methods every operator has. */
#include "gpu/emit.h"

#define LIST(...) ((const struct gpu_method *const[]){__VA_ARGS__, NULL})
#define UNARY LIST(&gpu_unary_method)
#define BINARY LIST(&gpu_binary_method)
#define COPY LIST(&gpu_copy_method)
#define REDUCE LIST(&gpu_reduce_method)

static const struct gpu_method *const *const methods[OP_COUNT] = {
    [OP_RELU] = UNARY,
    [OP_LEAKY_RELU] = UNARY,
    [OP_ELU] = UNARY,
    [OP_SELU] = UNARY,
    [OP_CELU] = UNARY,
    [OP_THRESHOLDED_RELU] = UNARY,
    [OP_CLIP] = UNARY,
    [OP_SIGMOID] = UNARY,
    [OP_HARD_SIGMOID] = UNARY,
    [OP_HARD_SWISH] = UNARY,
    [OP_TANH] = UNARY,
    [OP_SOFTPLUS] = UNARY,
    [OP_SOFTSIGN] = UNARY,
    [OP_MISH] = UNARY,
    [OP_ERF] = UNARY,
    [OP_GELU] = UNARY,
    [OP_ABS] = UNARY,
    [OP_NEG] = UNARY,
    [OP_SIGN] = UNARY,
    [OP_CEIL] = UNARY,
    [OP_FLOOR] = UNARY,
    [OP_ROUND] = UNARY,
    [OP_EXP] = UNARY,
    [OP_LOG] = UNARY,
    [OP_SQRT] = UNARY,
    [OP_RECIPROCAL] = UNARY,
    [OP_SIN] = UNARY,
    [OP_COS] = UNARY,
    [OP_TAN] = UNARY,
    [OP_ASIN] = UNARY,
    [OP_ACOS] = UNARY,
    [OP_ATAN] = UNARY,
    [OP_SINH] = UNARY,
    [OP_COSH] = UNARY,
    [OP_ASINH] = UNARY,
    [OP_ACOSH] = UNARY,
    [OP_ATANH] = UNARY,

    [OP_CONV] = LIST(&gpu_conv_gemm_method, &gpu_conv_winograd_method,
                     &gpu_conv_depthwise_method, &gpu_conv_narrow_method,
                     &gpu_conv_direct_method),
    [OP_CONV_TRANSPOSE] = LIST(&gpu_conv_transpose_method),
    [OP_MATMUL] = LIST(&gpu_matmul_method, &gpu_matmul_direct_method),
    [OP_GEMM] = LIST(&gpu_matmul_method, &gpu_matmul_direct_method),

    [OP_ADD] = BINARY,
    [OP_SUB] = BINARY,
    [OP_MUL] = BINARY,
    [OP_DIV] = BINARY,
    [OP_POW] = BINARY,
    [OP_MOD] = BINARY,
    [OP_PRELU] = BINARY,
    [OP_MIN] = LIST(&gpu_binary_method, &gpu_one_method),
    [OP_MAX] = LIST(&gpu_binary_method, &gpu_one_method),
    [OP_SUM] = LIST(&gpu_binary_method, &gpu_one_method),
    [OP_MEAN] = LIST(&gpu_binary_method, &gpu_one_method),

    [OP_CAST] = COPY,
    [OP_IDENTITY] = COPY,
    [OP_DROPOUT] = COPY,
    [OP_RESHAPE] = COPY,
    [OP_FLATTEN] = COPY,
    [OP_SQUEEZE] = COPY,
    [OP_UNSQUEEZE] = COPY,
    [OP_SLICE] = COPY,
    [OP_TRANSPOSE] = COPY,
    [OP_EXPAND] = COPY,
    [OP_TILE] = COPY,
    [OP_DEPTH_TO_SPACE] = COPY,
    [OP_SPACE_TO_DEPTH] = COPY,
    [OP_CONCAT] = LIST(&gpu_concat_method),
    [OP_SPLIT] = LIST(&gpu_split_method),
    [OP_GATHER] = LIST(&gpu_gather_method),
    [OP_PAD] = LIST(&gpu_pad_method),

    [OP_MAX_POOL] = LIST(&gpu_pool_method),
    [OP_AVERAGE_POOL] = LIST(&gpu_pool_method),
    [OP_RESIZE] = LIST(&gpu_resize_method),
    [OP_UPSAMPLE] = LIST(&gpu_resize_method),

    [OP_GLOBAL_AVERAGE_POOL] = REDUCE,
    [OP_GLOBAL_MAX_POOL] = REDUCE,
    [OP_REDUCE_MEAN] = REDUCE,
    [OP_REDUCE_SUM] = REDUCE,
    [OP_REDUCE_MAX] = REDUCE,
    [OP_REDUCE_MIN] = REDUCE,
    [OP_REDUCE_PROD] = REDUCE,
    [OP_REDUCE_L1] = REDUCE,
    [OP_REDUCE_L2] = REDUCE,
    [OP_REDUCE_SUM_SQUARE] = REDUCE,
    [OP_BATCH_NORM] = LIST(&gpu_batch_norm_method),
    [OP_INSTANCE_NORM] = LIST(&gpu_instance_norm_method),
    [OP_LAYER_NORM] = LIST(&gpu_layer_norm_method),
    [OP_SOFTMAX] = LIST(&gpu_softmax_method),
    [OP_LOG_SOFTMAX] = LIST(&gpu_softmax_method),
};

const struct gpu_method *const *gpu_methods(enum op op) {
    static const struct gpu_method *const none[] = {NULL};
    if (op <= OP_NONE || op >= OP_COUNT || !methods[op]) return none;
    return methods[op];
}
