/* The operators, and what each needs to know once shapes are known.
 *
 * One list serves reader, shape inference, planner, kernels, tests and
 * `cutout inspect`. Every operator has one resolve function (resolve_*.c):
 * it checks the node, infers dtype and dims of the outputs, and writes
 * `params` in a form that no longer depends on the opset: defaults filled in,
 * negative axes made positive, attributes and constant inputs unified. */
#ifndef GRAPH_OP_H
#define GRAPH_OP_H

#include "cutout.h"

/* X(enum, ONNX name, fewest inputs, most inputs (-1: any), family of resolve
 * function: resolve_<family>) */
#define OP_MAP(X)                                                              \
    /* windows: channels-last after layout (pass_layout.c) */                  \
    X(OP_CONV, "Conv", 2, 3, conv)                                             \
    X(OP_CONV_TRANSPOSE, "ConvTranspose", 2, 3, conv_transpose)                \
    X(OP_CONV_INTEGER, "ConvInteger", 2, 4, conv)                              \
    X(OP_QLINEAR_CONV, "QLinearConv", 8, 9, conv)                              \
    X(OP_MAX_POOL, "MaxPool", 1, 1, pool)                                      \
    X(OP_AVERAGE_POOL, "AveragePool", 1, 1, pool)                              \
    X(OP_GLOBAL_AVERAGE_POOL, "GlobalAveragePool", 1, 1, global_pool)          \
    X(OP_GLOBAL_MAX_POOL, "GlobalMaxPool", 1, 1, global_pool)                  \
    X(OP_BATCH_NORM, "BatchNormalization", 5, 5, batch_norm)                   \
    X(OP_INSTANCE_NORM, "InstanceNormalization", 3, 3, instance_norm)          \
    X(OP_DEPTH_TO_SPACE, "DepthToSpace", 1, 1, depth_space)                    \
    X(OP_SPACE_TO_DEPTH, "SpaceToDepth", 1, 1, depth_space)                    \
    /* resampling */                                                           \
    X(OP_RESIZE, "Resize", 1, 4, resize)                                       \
    X(OP_UPSAMPLE, "Upsample", 1, 2, resize)                                   \
    /* unary, any layout */                                                    \
    X(OP_RELU, "Relu", 1, 1, unary)                                            \
    X(OP_LEAKY_RELU, "LeakyRelu", 1, 1, unary)                                 \
    X(OP_ELU, "Elu", 1, 1, unary)                                              \
    X(OP_SELU, "Selu", 1, 1, unary)                                            \
    X(OP_CELU, "Celu", 1, 1, unary)                                            \
    X(OP_THRESHOLDED_RELU, "ThresholdedRelu", 1, 1, unary)                     \
    X(OP_CLIP, "Clip", 1, 3, unary)                                            \
    X(OP_SIGMOID, "Sigmoid", 1, 1, unary)                                      \
    X(OP_HARD_SIGMOID, "HardSigmoid", 1, 1, unary)                             \
    X(OP_HARD_SWISH, "HardSwish", 1, 1, unary)                                 \
    X(OP_TANH, "Tanh", 1, 1, unary)                                            \
    X(OP_SOFTPLUS, "Softplus", 1, 1, unary)                                    \
    X(OP_SOFTSIGN, "Softsign", 1, 1, unary)                                    \
    X(OP_MISH, "Mish", 1, 1, unary)                                            \
    X(OP_ERF, "Erf", 1, 1, unary)                                              \
    X(OP_GELU, "Gelu", 1, 1, unary)                                            \
    X(OP_ABS, "Abs", 1, 1, unary)                                              \
    X(OP_NEG, "Neg", 1, 1, unary)                                              \
    X(OP_SIGN, "Sign", 1, 1, unary)                                            \
    X(OP_CEIL, "Ceil", 1, 1, unary)                                            \
    X(OP_FLOOR, "Floor", 1, 1, unary)                                          \
    X(OP_ROUND, "Round", 1, 1, unary)                                          \
    X(OP_EXP, "Exp", 1, 1, unary)                                              \
    X(OP_LOG, "Log", 1, 1, unary)                                              \
    X(OP_SQRT, "Sqrt", 1, 1, unary)                                            \
    X(OP_RECIPROCAL, "Reciprocal", 1, 1, unary)                                \
    X(OP_SIN, "Sin", 1, 1, unary)                                              \
    X(OP_COS, "Cos", 1, 1, unary)                                              \
    X(OP_TAN, "Tan", 1, 1, unary)                                              \
    X(OP_ASIN, "Asin", 1, 1, unary)                                            \
    X(OP_ACOS, "Acos", 1, 1, unary)                                            \
    X(OP_ATAN, "Atan", 1, 1, unary)                                            \
    X(OP_SINH, "Sinh", 1, 1, unary)                                            \
    X(OP_COSH, "Cosh", 1, 1, unary)                                            \
    X(OP_ASINH, "Asinh", 1, 1, unary)                                          \
    X(OP_ACOSH, "Acosh", 1, 1, unary)                                          \
    X(OP_ATANH, "Atanh", 1, 1, unary)                                          \
    X(OP_NOT, "Not", 1, 1, unary)                                              \
    X(OP_IS_NAN, "IsNaN", 1, 1, unary)                                         \
    X(OP_IS_INF, "IsInf", 1, 1, unary)                                         \
    X(OP_CAST, "Cast", 1, 1, cast)                                             \
    X(OP_IDENTITY, "Identity", 1, 1, identity)                                 \
    X(OP_DROPOUT, "Dropout", 1, 3, dropout)                                    \
    /* with broadcasting, any layout */                                        \
    X(OP_ADD, "Add", 2, 2, binary)                                             \
    X(OP_SUB, "Sub", 2, 2, binary)                                             \
    X(OP_MUL, "Mul", 2, 2, binary)                                             \
    X(OP_DIV, "Div", 2, 2, binary)                                             \
    X(OP_POW, "Pow", 2, 2, binary)                                             \
    X(OP_MOD, "Mod", 2, 2, binary)                                             \
    X(OP_PRELU, "PRelu", 2, 2, binary)                                         \
    X(OP_MIN, "Min", 1, -1, variadic)                                          \
    X(OP_MAX, "Max", 1, -1, variadic)                                          \
    X(OP_SUM, "Sum", 1, -1, variadic)                                          \
    X(OP_MEAN, "Mean", 1, -1, variadic)                                        \
    X(OP_EQUAL, "Equal", 2, 2, compare)                                        \
    X(OP_GREATER, "Greater", 2, 2, compare)                                    \
    X(OP_GREATER_EQUAL, "GreaterOrEqual", 2, 2, compare)                       \
    X(OP_LESS, "Less", 2, 2, compare)                                          \
    X(OP_LESS_EQUAL, "LessOrEqual", 2, 2, compare)                             \
    X(OP_AND, "And", 2, 2, compare)                                            \
    X(OP_OR, "Or", 2, 2, compare)                                              \
    X(OP_XOR, "Xor", 2, 2, compare)                                            \
    X(OP_WHERE, "Where", 3, 3, where)                                          \
    /* along axes */                                                           \
    X(OP_SOFTMAX, "Softmax", 1, 1, softmax)                                    \
    X(OP_LOG_SOFTMAX, "LogSoftmax", 1, 1, softmax)                             \
    X(OP_LAYER_NORM, "LayerNormalization", 2, 3, layer_norm)                   \
    X(OP_REDUCE_MEAN, "ReduceMean", 1, 2, reduce)                              \
    X(OP_REDUCE_SUM, "ReduceSum", 1, 2, reduce)                                \
    X(OP_REDUCE_MAX, "ReduceMax", 1, 2, reduce)                                \
    X(OP_REDUCE_MIN, "ReduceMin", 1, 2, reduce)                                \
    X(OP_REDUCE_PROD, "ReduceProd", 1, 2, reduce)                              \
    X(OP_REDUCE_L1, "ReduceL1", 1, 2, reduce)                                  \
    X(OP_REDUCE_L2, "ReduceL2", 1, 2, reduce)                                  \
    X(OP_REDUCE_SUM_SQUARE, "ReduceSumSquare", 1, 2, reduce)                   \
    /* movement */                                                             \
    X(OP_CONCAT, "Concat", 1, -1, concat)                                      \
    X(OP_SPLIT, "Split", 1, 2, split)                                          \
    X(OP_SLICE, "Slice", 1, 5, slice)                                          \
    X(OP_PAD, "Pad", 1, 4, pad)                                                \
    X(OP_TRANSPOSE, "Transpose", 1, 1, transpose)                              \
    X(OP_GATHER, "Gather", 2, 2, gather)                                       \
    X(OP_EXPAND, "Expand", 2, 2, expand)                                       \
    X(OP_TILE, "Tile", 2, 2, tile)                                             \
    X(OP_RESHAPE, "Reshape", 1, 2, reshape)                                    \
    X(OP_FLATTEN, "Flatten", 1, 1, reshape)                                    \
    X(OP_SQUEEZE, "Squeeze", 1, 2, reshape)                                    \
    X(OP_UNSQUEEZE, "Unsqueeze", 1, 2, reshape)                                \
    /* makers */                                                               \
    X(OP_SHAPE, "Shape", 1, 1, shape)                                          \
    X(OP_SIZE, "Size", 1, 1, shape)                                            \
    X(OP_CONSTANT, "Constant", 0, 0, constant)                                 \
    X(OP_CONSTANT_OF_SHAPE, "ConstantOfShape", 1, 1, constant_of_shape)        \
    X(OP_RANGE, "Range", 3, 3, range)                                          \
    /* matrices */                                                             \
    X(OP_MATMUL, "MatMul", 2, 2, matmul)                                       \
    X(OP_GEMM, "Gemm", 2, 3, gemm)                                             \
    X(OP_MATMUL_INTEGER, "MatMulInteger", 2, 4, matmul)                        \
    X(OP_QLINEAR_MATMUL, "QLinearMatMul", 8, 8, matmul)                        \
    /* quantisation */                                                         \
    X(OP_QUANTIZE_LINEAR, "QuantizeLinear", 2, 3, quantize)                    \
    X(OP_DEQUANTIZE_LINEAR, "DequantizeLinear", 2, 3, dequantize)              \
    X(OP_DYNAMIC_QUANTIZE_LINEAR, "DynamicQuantizeLinear", 1, 1,               \
      dynamic_quantize)

enum op {
    OP_NONE, /* unknown to the engine; node->op_type has its name */
#define X(name, onnx, lo, hi, family) name,
    OP_MAP(X)
#undef X
        OP_COUNT
};

const char *op_name(enum op op);
/* OP_NONE when the engine lacks it. */
enum op op_find(const char *onnx_name);

/* ---- Parameters, one struct per family --------------------------------- */

/* A sliding window over up to three spatial axes; unused trailing entries are
 * 1 (kernel, stride, dilation) and 0 (pads). auto_pad is already resolved.
 * y = floor or ceil((x + pad_begin + pad_end - dilation*(kernel-1) - 1) /
 * stride) + 1; windows that ceil_mode lets hang over the end are clipped. */
struct window {
    int n_spatial;
    int64_t kernel[3], stride[3], dilation[3];
    int64_t pad_begin[3], pad_end[3];
};

enum activation {
    ACT_NONE,
    ACT_RELU,
    ACT_CLIP,  /* min(max(x, a), b) */
    ACT_LEAKY, /* x < 0 ? a*x : x */
    ACT_SIGMOID,
    ACT_HARD_SWISH,  /* x * clip(x/6 + 1/2, 0, 1) */
    ACT_HARD_SIGMOID /* clip(a*x + b, 0, 1) */
};

/* Fixed input slots of Conv, ConvTranspose and Gemm/MatMul after pass_fuse;
 * -1 in node->inputs where there is none.
 *   y = act(conv(x, w) + bias + residual), or
 *   y = act(conv(x, w) + bias) + residual  (residual_after_activation)
 * bias is f32 or f16 [K]; residual has the shape of y. w keeps its stored type
 * and ONNX order: Conv [K,C/groups,KH,KW] (OIHW), ConvTranspose
 * [C,K/groups,KH,KW]; f32, f16, or u8/i8 with w_float = (w - zero) * scale,
 * scale and zero scalar or per output channel. */
enum conv_slot {
    CONV_X,
    CONV_W,
    CONV_BIAS,
    CONV_RESIDUAL,
    CONV_W_SCALE,
    CONV_W_ZERO,
    CONV_SLOTS
};

struct conv_params {
    struct window window;
    int64_t groups;
    int64_t output_padding[3]; /* ConvTranspose */
    enum activation activation;
    float act_a, act_b;
    bool residual_after_activation; /* y = act(conv + bias) + residual */
};
struct pool_params {
    struct window window;
    bool count_include_pad;
    bool column_major; /* MaxPool's Indices, storage_order 1 */
};
struct unary_params {      /* as the operator's formula names them */
    float alpha, beta;     /* Clip: min, max (+-inf where open);
                              Selu: beta is gamma */
    bool has_min, has_max; /* Clip; IsInf: finds -inf, finds +inf */
    int64_t int_min, int_max;
    bool tanh_approximation; /* Gelu */
    bool fmod;               /* Mod */
};
struct norm_params { /* Batch-, Instance-, LayerNormalization */
    float epsilon;
    float momentum;
    bool training;
    int axis; /* LayerNormalization: first reduced axis */
};
struct axis_params { /* Softmax, Concat, Gather, LogSoftmax, Split */
    int axis;
    bool flatten; /* Softmax below opset 13: one row from axis on */
};
struct reduce_params {
    bool axes[CUT_MAX_RANK]; /* true: reduced */
    bool keep_dims;
};
struct slice_params { /* one entry per axis of the input */
    int64_t start[CUT_MAX_RANK], step[CUT_MAX_RANK];
};
enum pad_mode { PAD_CONSTANT, PAD_REFLECT, PAD_EDGE, PAD_WRAP };
struct pad_params {
    enum pad_mode mode;
    int64_t begin[CUT_MAX_RANK], end[CUT_MAX_RANK]; /* negative crops */
    double value; /* constant; exact for all types we pad;
                     ConstantOfShape has only this */
};
struct transpose_params {
    int perm[CUT_MAX_RANK]; /* out axis i reads in axis perm[i] */
};
enum resize_mode { RESIZE_NEAREST, RESIZE_LINEAR, RESIZE_CUBIC };
enum resize_coordinate {
    RESIZE_HALF_PIXEL,
    RESIZE_PYTORCH_HALF_PIXEL,
    RESIZE_ALIGN_CORNERS,
    RESIZE_ASYMMETRIC,
    RESIZE_TF_CROP_AND_RESIZE,
    RESIZE_HALF_PIXEL_SYMMETRIC,
    RESIZE_TF_HALF_PIXEL_FOR_NN
};
enum resize_nearest {
    RESIZE_ROUND_PREFER_FLOOR,
    RESIZE_ROUND_PREFER_CEIL,
    RESIZE_FLOOR,
    RESIZE_CEIL
};
struct resize_params {
    enum resize_mode mode;
    enum resize_coordinate coordinate;
    enum resize_nearest nearest;
    bool exclude_outside, antialias;
    float cubic_a, extrapolation;
    float scale[CUT_MAX_RANK]; /* out / in, as given or computed */
    float roi_begin[CUT_MAX_RANK], roi_end[CUT_MAX_RANK];
};
struct block_params { /* DepthToSpace, SpaceToDepth */
    int64_t block;
    bool crd; /* column-row-depth order */
};
struct gemm_params {   /* y = act(alpha * op(A) op(B) + beta * C) */
    float alpha, beta; /* MatMul: 1, 1, no transposes */
    bool trans_a, trans_b;
    enum activation activation; /* set by pass_fuse */
    float act_a, act_b;
};
struct quantize_params {
    int axis;
    bool saturate;
};

union op_params {
    struct conv_params conv;
    struct pool_params pool;
    struct unary_params unary;
    struct norm_params norm;
    struct axis_params axis;
    struct reduce_params reduce;
    struct slice_params slice;
    struct pad_params pad;
    struct transpose_params transpose;
    struct resize_params resize;
    struct block_params block;
    struct gemm_params gemm;
    struct quantize_params quantize;
};

#endif
