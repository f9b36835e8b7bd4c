/* The table of tests/test_kernels.c: one line a case, shapes as the CPU sees
 * them (window operators channels-last). Add a line to test a new method. */
#ifndef TESTS_KERNEL_CASES_H
#define TESTS_KERNEL_CASES_H

#include <math.h>

#include "cpu/cpu.h"

#define CASE_INPUTS 8

/* An operand. Values of inputs are uniform in [lo, hi] (both 0: [-3, 3]);
 * integers are rounded down. */
struct case_view {
    enum cut_dtype dtype; /* 0: omitted */
    int rank;
    int64_t dims[CUT_MAX_RANK];
    double lo, hi;
    bool constant; /* always dense, as a file's tensors are */
};

struct kernel_case {
    const char *name;
    enum op op;
    union op_params params;
    struct case_view in[CASE_INPUTS], out[2];
    /* |y - reference| <= tolerance * max(1, |reference|); 0: equal */
    double tolerance;
    bool in_place; /* also run with output 0 over input 0 */
    bool may_lack; /* some levels have no method of their own for it */
};

#define DIMS(...)                                                             \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), {              \
        __VA_ARGS__                                                           \
    }
#define F32(...)                                                              \
    { CUT_F32, DIMS(__VA_ARGS__), 0, 0, false }
#define F16(...)                                                              \
    { CUT_F16, DIMS(__VA_ARGS__), 0, 0, false }
#define RANGE(type, lo, hi, ...)                                              \
    { type, DIMS(__VA_ARGS__), lo, hi, false }
/* A constant of the file. */
#define CONST(type, lo, hi, ...)                                              \
    { type, DIMS(__VA_ARGS__), lo, hi, true }

#define UNARY(op, tol, ...)                                                   \
    {                                                                         \
        #op, op, {.unary = {__VA_ARGS__}}, {F32(2, 5, 7, 19)},                \
            {F32(2, 5, 7, 19)}, tol, true, false                              \
    }
#define UNARY_FROM(op, tol, lo, hi)                                           \
    {                                                                         \
        #op, op, {.unary = {0}}, {RANGE(CUT_F32, lo, hi, 3, 333)},            \
            {F32(3, 333)}, tol, true, false                                   \
    }
#define BINARY(op, tol, a, b, y)                                              \
    {                                                                         \
        #op, op, {.unary = {0}}, {a, b}, {y}, tol, false, false               \
    }
#define D(...) __VA_ARGS__ /* a comma inside one macro argument */

#define WINDOW(k, s, d, p)                                                    \
    {                                                                         \
        2, {k, k, 1}, {s, s, 1}, {d, d, 1}, {p, p, 0}, { p, p, 0 }            \
    }
#define POOL(name, op, win, pad, x, y, tol)                                   \
    {                                                                         \
        name, op, {.pool = {win, pad, false}}, {x}, {y}, tol, false, false    \
    }
#define RESIZE(name, mode, coord, near, sh, sw, x, y)                         \
    {                                                                         \
        name, OP_RESIZE,                                                      \
            {.resize = {mode,                                                 \
                        coord,                                                \
                        near,                                                 \
                        false,                                                \
                        false,                                                \
                        -0.75f,                                               \
                        0,                                                    \
                        {1, sh, sw, 1}}},                                     \
            {x}, {y}, 2e-6, false, false                                      \
    }
#define REDUCE(op, a0, a1, a2, a3, x, y, tol)                                 \
    {                                                                         \
        #op, op, {.reduce = {{a0, a1, a2, a3}, true}}, {x}, {y}, tol, false,  \
            false                                                             \
    }

static const struct kernel_case kernel_cases[] = {
    /* ---- unary ---- */
    UNARY(OP_RELU, 0, 0),
    UNARY(OP_LEAKY_RELU, 0, .alpha = 0.01f),
    UNARY(OP_ELU, 1e-6, .alpha = 1.5f),
    UNARY(OP_SELU, 1e-6, .alpha = 1.67326319f, .beta = 1.05070102f),
    UNARY(OP_CELU, 1e-6, .alpha = 0.7f),
    UNARY(OP_THRESHOLDED_RELU, 0, .alpha = 0.5f),
    UNARY(OP_CLIP, 0, .alpha = -1.0f, .beta = 0.75f, .has_min = true,
          .has_max = true),
    UNARY(OP_SIGMOID, 3e-7, 0),
    UNARY(OP_HARD_SIGMOID, 3e-7, .alpha = 0.2f, .beta = 0.5f),
    UNARY(OP_HARD_SWISH, 5e-7, 0),
    UNARY(OP_TANH, 3e-7, 0),
    UNARY(OP_SOFTPLUS, 5e-7, 0),
    UNARY(OP_SOFTSIGN, 2e-7, 0),
    UNARY(OP_MISH, 1e-6, 0),
    UNARY(OP_ERF, 3e-7, 0),
    UNARY(OP_GELU, 1e-6, 0),
    UNARY(OP_GELU, 1e-6, .tanh_approximation = true),
    UNARY(OP_ABS, 0, 0),
    UNARY(OP_NEG, 0, 0),
    UNARY(OP_SIGN, 0, 0),
    UNARY(OP_CEIL, 0, 0),
    UNARY(OP_FLOOR, 0, 0),
    UNARY(OP_ROUND, 0, 0),
    UNARY_FROM(OP_EXP, 3e-7, -90, 85),
    UNARY_FROM(OP_LOG, 3e-7, 1e-6, 30),
    UNARY_FROM(OP_SQRT, 2e-7, 0, 100),
    UNARY_FROM(OP_RECIPROCAL, 2e-7, 0.01, 50),
    UNARY_FROM(OP_SIGMOID, 3e-7, -100, 100),
    UNARY_FROM(OP_TANH, 3e-7, -20, 20),
    UNARY_FROM(OP_FLOOR, 0, -1e9, 1e9),
    {"Relu of one", OP_RELU, {.unary = {0}}, {F32(1)}, {F32(1)}, 0, true, false},
    {"Relu many rows", OP_RELU, {.unary = {0}}, {F32(3000, 11)},
     {F32(3000, 11)}, 0, true, false},
    {"Relu long", OP_RELU, {.unary = {0}}, {F32(70001)}, {F32(70001)}, 0,
     true, false},
    /* ---- binary ---- */
    BINARY(OP_ADD, 0, D(F32(2, 9, 7, 21)), D(F32(2, 9, 7, 21)),
           D(F32(2, 9, 7, 21))),
    BINARY(OP_SUB, 0, D(F32(2, 9, 7, 21)), D(F32(21)), D(F32(2, 9, 7, 21))),
    BINARY(OP_MUL, 0, D(F32(2, 9, 7, 21)), D(F32(1)), D(F32(2, 9, 7, 21))),
    BINARY(OP_MUL, 0, D(F32(1)), D(F32(2, 9, 7, 21)), D(F32(2, 9, 7, 21))),
    BINARY(OP_DIV, 2e-7, D(F32(2, 9, 7, 21)),
           D(RANGE(CUT_F32, 0.5, 2, 2, 9, 7, 1)), D(F32(2, 9, 7, 21))),
    BINARY(OP_SUB, 0, D(F32(2, 1, 1, 21)), D(F32(2, 9, 7, 21)),
           D(F32(2, 9, 7, 21))),
    BINARY(OP_ADD, 0, D(F32(2, 9, 1, 1)), D(F32(1, 9, 7, 21)),
           D(F32(2, 9, 7, 21))),
    BINARY(OP_ADD, 0, D(F32(5, 1)), D(F32(1, 17)), D(F32(5, 17))),
    BINARY(OP_MIN, 0, D(F32(3, 33)), D(F32(3, 33)), D(F32(3, 33))),
    BINARY(OP_MAX, 0, D(F32(3, 33)), D(F32(33)), D(F32(3, 33))),
    BINARY(OP_SUM, 0, D(F32(3, 33)), D(F32(3, 33)), D(F32(3, 33))),
    BINARY(OP_MEAN, 2e-7, D(F32(3, 33)), D(F32(3, 33)), D(F32(3, 33))),
    BINARY(OP_PRELU, 0, D(F32(1, 5, 5, 13)), D(CONST(CUT_F32, 0, 1, 13)),
           D(F32(1, 5, 5, 13))),
    BINARY(OP_ADD, 0, D(F32(100000)), D(F32(100000)), D(F32(100000))),
    {"Add in place", OP_ADD, {.unary = {0}}, {F32(3, 4, 35), F32(3, 4, 35)},
     {F32(3, 4, 35)}, 0, true, false},
    {"Sum of 3", OP_SUM, {.unary = {0}},
     {F32(3, 33), F32(33), F32(3, 1)}, {F32(3, 33)}, 5e-7, true, false},
    {"Mean of 3", OP_MEAN, {.unary = {0}},
     {F32(3, 33), F32(3, 33), F32(3, 33)}, {F32(3, 33)}, 5e-7, true, false},
    {"Max of 4", OP_MAX, {.unary = {0}},
     {F32(3, 33), F32(1), F32(33), F32(3, 33)}, {F32(3, 33)}, 0, true, false},
    BINARY(OP_POW, 2e-7, D(F32(3, 33)), D(CONST(CUT_F32, 2, 2, 1)),
           D(F32(3, 33))),
    BINARY(OP_POW, 5e-7, D(F32(3, 33)), D(CONST(CUT_F32, 3, 3, 1)),
           D(F32(3, 33))),
    BINARY(OP_POW, 2e-7, D(RANGE(CUT_F32, 0, 9, 3, 33)),
           D(CONST(CUT_F32, 0.5, 0.5, 1)), D(F32(3, 33))),
    BINARY(OP_POW, 2e-7, D(RANGE(CUT_F32, 0.1, 9, 3, 33)),
           D(F32(3, 33)), D(F32(3, 33))),
    /* ---- casts ---- */
    {"Cast f16", OP_CAST, {.unary = {0}}, {F16(3, 67)}, {F32(3, 67)}, 0, false,
     false},
    {"Cast f32", OP_CAST, {.unary = {0}}, {F32(3, 67)}, {F16(3, 67)}, 0, false,
     false},
    /* ---- pooling ---- */
    POOL("MaxPool 2x2", OP_MAX_POOL, D(WINDOW(2, 2, 1, 0)), false,
         D(F32(2, 8, 10, 19)), D(F32(2, 4, 5, 19)), 0),
    POOL("MaxPool 2x2 ceil", OP_MAX_POOL, D(WINDOW(2, 2, 1, 0)), false,
         D(F32(1, 9, 7, 33)), D(F32(1, 5, 4, 33)), 0),
    POOL("MaxPool 3x3 s2 p1", OP_MAX_POOL, D(WINDOW(3, 2, 1, 1)), false,
         D(F32(1, 11, 13, 16)), D(F32(1, 6, 7, 16)), 0),
    POOL("MaxPool 3x3 d2 p2", OP_MAX_POOL, D(WINDOW(3, 1, 2, 2)), false,
         D(F32(1, 9, 9, 5)), D(F32(1, 9, 9, 5)), 0),
    POOL("MaxPool 5x5", OP_MAX_POOL, D(WINDOW(5, 1, 1, 2)), false,
         D(F32(1, 3, 4, 1)), D(F32(1, 3, 4, 1)), 0),
    POOL("AveragePool 2x2", OP_AVERAGE_POOL, D(WINDOW(2, 2, 1, 0)), false,
         D(F32(2, 8, 10, 19)), D(F32(2, 4, 5, 19)), 3e-7),
    POOL("AveragePool 3x3 p1", OP_AVERAGE_POOL, D(WINDOW(3, 2, 1, 1)), false,
         D(F32(1, 11, 12, 17)), D(F32(1, 6, 6, 17)), 3e-7),
    POOL("AveragePool pad", OP_AVERAGE_POOL, D(WINDOW(3, 2, 1, 1)), true,
         D(F32(1, 11, 12, 17)), D(F32(1, 6, 6, 17)), 3e-7),
    POOL("AveragePool ceil pad", OP_AVERAGE_POOL, D(WINDOW(3, 2, 1, 1)), true,
         D(F32(1, 12, 12, 8)), D(F32(1, 7, 7, 8)), 3e-7),
    {"MaxPool 1-D", OP_MAX_POOL,
     {.pool = {{1, {3, 1, 1}, {2, 1, 1}, {1, 1, 1}, {1}, {1}}, false, false}},
     {F32(2, 15, 9)}, {F32(2, 8, 9)}, 0, false, false},
    {"GlobalAveragePool", OP_GLOBAL_AVERAGE_POOL, {.unary = {0}},
     {F32(2, 37, 29, 21)}, {F32(2, 1, 1, 21)}, 1e-6, false, false},
    {"GlobalMaxPool", OP_GLOBAL_MAX_POOL, {.unary = {0}},
     {F32(2, 7, 9, 21)}, {F32(2, 1, 1, 21)}, 0, false, false},
    /* ---- resampling ---- */
    RESIZE("Resize x2 C64", RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0, 2, 2,
           D(F32(1, 33, 9, 64)), D(F32(1, 66, 18, 64))),
    RESIZE("Resize x2 C1", RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0, 2, 2,
           D(F32(2, 9, 11, 1)), D(F32(2, 18, 22, 1))),
    RESIZE("Resize odd", RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0, 7.0f / 5,
           11.0f / 13, D(F32(1, 5, 13, 19)), D(F32(1, 7, 11, 19))),
    RESIZE("Resize corners", RESIZE_LINEAR, RESIZE_ALIGN_CORNERS, 0, 7.0f / 5,
           11.0f / 13, D(F32(1, 5, 13, 3)), D(F32(1, 7, 11, 3))),
    RESIZE("Resize asymmetric", RESIZE_LINEAR, RESIZE_ASYMMETRIC, 0, 2, 3,
           D(F32(1, 5, 13, 9)), D(F32(1, 10, 39, 9))),
    RESIZE("Resize pytorch", RESIZE_LINEAR, RESIZE_PYTORCH_HALF_PIXEL, 0, 0.2f,
           2, D(F32(1, 5, 13, 9)), D(F32(1, 1, 26, 9))),
    RESIZE("Resize one axis", RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0, 1, 2,
           D(F32(2, 5, 13, 9)), D(F32(2, 5, 26, 9))),
    RESIZE("Resize rows only", RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0, 3, 1,
           D(F32(2, 5, 13, 8)), D(F32(2, 15, 13, 8))),
    RESIZE("Resize nearest", RESIZE_NEAREST, RESIZE_ASYMMETRIC, RESIZE_FLOOR,
           2, 2, D(F32(1, 5, 7, 21)), D(F32(1, 10, 14, 21))),
    RESIZE("Resize nearest half", RESIZE_NEAREST, RESIZE_HALF_PIXEL,
           RESIZE_ROUND_PREFER_FLOOR, 3, 0.5f, D(F32(1, 5, 8, 1)),
           D(F32(1, 15, 4, 1))),
    RESIZE("Resize nearest ceil", RESIZE_NEAREST, RESIZE_TF_HALF_PIXEL_FOR_NN,
           RESIZE_CEIL, 2, 2, D(F32(1, 5, 8, 6)), D(F32(1, 10, 16, 6))),
    RESIZE("Resize cubic", RESIZE_CUBIC, RESIZE_HALF_PIXEL, 0, 2, 1.5f,
           D(F32(1, 9, 8, 19)), D(F32(1, 18, 12, 19))),
    {"Resize planes", OP_RESIZE,
     {.resize = {RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0, false, false, 0, 0,
                 {1, 1, 2, 2}}},
     {F32(2, 3, 9, 21)}, {F32(2, 3, 18, 42)}, 2e-6, false, false},
    {"Resize wide", OP_RESIZE,
     {.resize = {RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0, false, false, 0, 0,
                 {1, 2, 2, 1}}},
     {F32(1, 3, 1500, 1)}, {F32(1, 6, 3000, 1)}, 2e-6, false, false},
    /* ---- reductions ---- */
    REDUCE(OP_REDUCE_MEAN, 0, 1, 1, 0, D(F32(2, 31, 29, 21)),
           D(F32(2, 1, 1, 21)), 1e-6),
    REDUCE(OP_REDUCE_SUM, 0, 0, 0, 1, D(F32(2, 5, 7, 77)), D(F32(2, 5, 7, 1)),
           8e-6),
    REDUCE(OP_REDUCE_MAX, 0, 0, 0, 1, D(F32(2, 5, 7, 77)), D(F32(2, 5, 7, 1)),
           0),
    REDUCE(OP_REDUCE_MIN, 0, 1, 0, 0, D(F32(2, 5, 7, 19)), D(F32(2, 1, 7, 19)),
           0),
    REDUCE(OP_REDUCE_L1, 0, 0, 0, 1, D(F32(2, 5, 7, 77)), D(F32(2, 5, 7, 1)),
           1e-6),
    REDUCE(OP_REDUCE_L2, 0, 0, 1, 0, D(F32(2, 5, 7, 19)), D(F32(2, 5, 1, 19)),
           1e-6),
    REDUCE(OP_REDUCE_SUM_SQUARE, 1, 1, 1, 1, D(F32(2, 50, 70, 19)),
           D(F32(1, 1, 1, 1)), 2e-6),
    REDUCE(OP_REDUCE_MEAN, 1, 1, 1, 1, D(F32(1, 130, 131, 1)),
           D(F32(1, 1, 1, 1)), 2e-6),
    /* ---- normalisation ---- */
    {"BatchNorm", OP_BATCH_NORM, {.norm = {1e-5f, 0.9f, false, 0}},
     {F32(2, 5, 7, 19), CONST(CUT_F32, 0.5, 2, 19), CONST(CUT_F32, -1, 1, 19),
      CONST(CUT_F32, -1, 1, 19), CONST(CUT_F32, 0.1, 2, 19)},
     {F32(2, 5, 7, 19)}, 2e-6, true, false},
    {"InstanceNorm", OP_INSTANCE_NORM, {.norm = {1e-5f, 0, false, 0}},
     {F32(2, 25, 27, 19), CONST(CUT_F32, 0.5, 2, 19),
      CONST(CUT_F32, -1, 1, 19)},
     {F32(2, 25, 27, 19)}, 4e-6, true, false},
    {"LayerNorm", OP_LAYER_NORM, {.norm = {1e-5f, 0, false, 2}},
     {F32(2, 9, 77), CONST(CUT_F32, 0.5, 2, 77), CONST(CUT_F32, -1, 1, 77)},
     {F32(2, 9, 77)}, 4e-6, true, false},
    {"LayerNorm 2 axes", OP_LAYER_NORM, {.norm = {1e-5f, 0, false, 1}},
     {F32(3, 9, 7), CONST(CUT_F32, 0.5, 2, 9, 7)},
     {F32(3, 9, 7)}, 4e-6, false, false},
    {"Softmax", OP_SOFTMAX, {.axis = {2, false}}, {F32(3, 50, 77)},
     {F32(3, 50, 77)}, 1e-6, true, false},
    {"Softmax large", OP_SOFTMAX, {.axis = {1, false}},
     {RANGE(CUT_F32, -500, 500, 5, 1001)}, {F32(5, 1001)}, 1e-6, true, false},
    {"Softmax flat", OP_SOFTMAX, {.axis = {1, true}}, {F32(3, 5, 7)},
     {F32(3, 5, 7)}, 1e-6, false, false},
    {"LogSoftmax", OP_LOG_SOFTMAX, {.axis = {1, false}}, {F32(9, 33)},
     {F32(9, 33)}, 1e-6, true, false},
    /* ---- movement ---- */
    {"Transpose to pixels", OP_TRANSPOSE, {.transpose = {{0, 2, 3, 1}}},
     {F32(2, 3, 17, 19)}, {F32(2, 17, 19, 3)}, 0, false, false},
    {"Transpose to planes", OP_TRANSPOSE, {.transpose = {{0, 3, 1, 2}}},
     {F32(2, 17, 19, 3)}, {F32(2, 3, 17, 19)}, 0, false, false},
    {"Transpose one plane", OP_TRANSPOSE, {.transpose = {{0, 3, 1, 2}}},
     {F32(1, 17, 19, 1)}, {F32(1, 1, 17, 19)}, 0, false, false},
    {"Transpose blocks", OP_TRANSPOSE, {.transpose = {{0, 2, 3, 1}}},
     {F32(1, 130, 9, 19)}, {F32(1, 9, 19, 130)}, 0, false, false},
    {"Transpose heads", OP_TRANSPOSE, {.transpose = {{0, 2, 1, 3}}},
     {F32(2, 9, 5, 16)}, {F32(2, 5, 9, 16)}, 0, false, false},
    {"Transpose all", OP_TRANSPOSE, {.transpose = {{3, 1, 0, 2}}},
     {F32(3, 4, 5, 33)}, {F32(33, 4, 3, 5)}, 0, false, false},
    {"Transpose bytes", OP_TRANSPOSE, {.transpose = {{1, 0}}},
     {RANGE(CUT_U8, 0, 255, 70, 90)}, {{CUT_U8, DIMS(90, 70), 0, 0, false}},
     0, false, false},
    {"Transpose i64", OP_TRANSPOSE, {.transpose = {{1, 0}}},
     {RANGE(CUT_I64, -9, 9, 7, 9)}, {{CUT_I64, DIMS(9, 7), 0, 0, false}},
     0, false, false},
    {"Identity", OP_IDENTITY, {.unary = {0}}, {F32(3, 5, 7)}, {F32(3, 5, 7)},
     0, false, false},
    {"Concat last", OP_CONCAT, {.axis = {3, false}},
     {F32(1, 5, 7, 19), F32(1, 5, 7, 3), F32(1, 5, 7, 8)},
     {F32(1, 5, 7, 30)}, 0, false, false},
    {"Concat middle", OP_CONCAT, {.axis = {1, false}},
     {F32(2, 5, 7), F32(2, 1, 7)}, {F32(2, 6, 7)}, 0, false, false},
    {"Split", OP_SPLIT, {.axis = {1, false}}, {F32(3, 19)},
     {F32(3, 12), F32(3, 7)}, 0, false, false},
    {"Slice", OP_SLICE, {.slice = {{1, 8, 2}, {1, -2, 3}}},
     {F32(3, 9, 17)}, {F32(2, 4, 5)}, 0, false, false},
    {"Expand", OP_EXPAND, {.unary = {0}}, {F32(5, 1, 7)}, {F32(3, 5, 4, 7)},
     0, false, false},
    {"Tile", OP_TILE, {.unary = {0}}, {F32(3, 5, 7)}, {F32(6, 5, 21)}, 0,
     false, false},
    {"DepthToSpace", OP_DEPTH_TO_SPACE, {.block = {2, false}},
     {F32(2, 5, 3, 20)}, {F32(2, 10, 6, 5)}, 0, false, false},
    {"DepthToSpace CRD", OP_DEPTH_TO_SPACE, {.block = {2, true}},
     {F32(2, 5, 3, 20)}, {F32(2, 10, 6, 5)}, 0, false, false},
    {"SpaceToDepth", OP_SPACE_TO_DEPTH, {.block = {2, false}},
     {F32(2, 10, 6, 5)}, {F32(2, 5, 3, 20)}, 0, false, false},
    {"Pad constant", OP_PAD,
     {.pad = {PAD_CONSTANT, {0, 1, 2, 3}, {1, 0, 1, 2}, 0.5}},
     {F32(1, 5, 7, 9)}, {F32(2, 6, 10, 14)}, 0, false, false},
    {"Pad crop", OP_PAD,
     {.pad = {PAD_CONSTANT, {0, -1, 2, -3}, {0, 2, -1, 1}, 0}},
     {F32(1, 5, 7, 9)}, {F32(1, 6, 8, 7)}, 0, false, false},
    {"Pad reflect", OP_PAD,
     {.pad = {PAD_REFLECT, {0, 1, 2, 0}, {0, 2, 3, 0}, 0}},
     {F32(1, 5, 7, 9)}, {F32(1, 8, 12, 9)}, 0, false, false},
    {"Pad edge", OP_PAD,
     {.pad = {PAD_EDGE, {0, 1, 2, 0}, {0, 2, 3, 0}, 0}},
     {F32(1, 5, 7, 9)}, {F32(1, 8, 12, 9)}, 0, false, false},
    {"Gather rows", OP_GATHER, {.axis = {0, false}},
     {F32(50, 19), CONST(CUT_I64, -50, 49.9, 3, 4)}, {F32(3, 4, 19)}, 0,
     false, false},
    {"Gather columns", OP_GATHER, {.axis = {1, false}},
     {F32(5, 19), CONST(CUT_I32, 0, 18.9, 7)}, {F32(5, 7)}, 0, false, false},
    /* ---- convolution: x, w [K,C/groups,KH,KW], bias, residual, scale,
     * zero ---- */
    {"Depthwise 3x3", OP_CONV,
     {.conv = {.window = WINDOW(3, 1, 1, 1), .groups = 19,
               .activation = ACT_RELU}},
     {F32(2, 9, 11, 19), CONST(CUT_F32, -1, 1, 19, 1, 3, 3),
      CONST(CUT_F32, -1, 1, 19)},
     {F32(2, 9, 11, 19)}, 2e-6, false, false},
    {"Depthwise 5x5 s2 f16", OP_CONV,
     {.conv = {.window = WINDOW(5, 2, 1, 2), .groups = 32,
               .activation = ACT_HARD_SWISH}},
     {F32(1, 12, 13, 32), CONST(CUT_F16, -1, 1, 32, 1, 5, 5),
      CONST(CUT_F16, -1, 1, 32), F32(1, 6, 7, 32)},
     {F32(1, 6, 7, 32)}, 5e-6, false, false},
    {"Depthwise 3x3 d2 u8", OP_CONV,
     {.conv = {.window = WINDOW(3, 1, 2, 2), .groups = 7,
               .activation = ACT_SIGMOID, .residual_after_activation = true}},
     {F32(1, 9, 14, 7), CONST(CUT_U8, 0, 255, 7, 1, 3, 3),
      CONST(CUT_F32, -1, 1, 7), F32(1, 9, 14, 7),
      CONST(CUT_F32, 0.001, 0.01, 7), CONST(CUT_U8, 100, 150, 1)},
     {F32(1, 9, 14, 7)}, 3e-6, false, false},
};

/* Timed only: the layers of IS-Net at 1024. */
static const struct kernel_case bench_cases[] = {
    POOL("MaxPool 512 C64", OP_MAX_POOL, D(WINDOW(2, 2, 1, 0)), false,
         D(F32(1, 512, 512, 64)), D(F32(1, 256, 256, 64)), 0),
    RESIZE("Resize 256 C64", RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0, 2, 2,
           D(F32(1, 256, 256, 64)), D(F32(1, 512, 512, 64))),
    RESIZE("Resize 512 C1", RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0, 2, 2,
           D(F32(1, 512, 512, 1)), D(F32(1, 1024, 1024, 1))),
    {"Transpose 1024 C3", OP_TRANSPOSE, {.transpose = {{0, 2, 3, 1}}},
     {F32(1, 3, 1024, 1024)}, {F32(1, 1024, 1024, 3)}, 0, false, false},
    {"Transpose 256 C64", OP_TRANSPOSE, {.transpose = {{0, 2, 3, 1}}},
     {F32(1, 64, 256, 256)}, {F32(1, 256, 256, 64)}, 0, false, false},
    {"Add 512 C64", OP_ADD, {.unary = {0}},
     {F32(1, 512, 512, 64), F32(1, 512, 512, 64)},
     {F32(1, 512, 512, 64)}, 0, false, false},
    {"Sigmoid 1024", OP_SIGMOID, {.unary = {0}}, {F32(1, 1024, 1024, 1)},
     {F32(1, 1024, 1024, 1)}, 0, false, false},
    {"Gelu 256 C96", OP_GELU, {.unary = {0}}, {F32(1, 256, 256, 96)},
     {F32(1, 256, 256, 96)}, 0, false, false},
    {"Softmax 1024", OP_SOFTMAX, {.axis = {1, false}}, {F32(1024, 1024)},
     {F32(1024, 1024)}, 0, false, false},
    {"GlobalAveragePool", OP_GLOBAL_AVERAGE_POOL, {.unary = {0}},
     {F32(1, 256, 256, 64)}, {F32(1, 1, 1, 64)}, 0, false, false},
    {"Depthwise 3x3 128 C96", OP_CONV,
     {.conv = {.window = WINDOW(3, 1, 1, 1), .groups = 96,
               .activation = ACT_RELU}},
     {F32(1, 128, 128, 96), CONST(CUT_F32, -1, 1, 96, 1, 3, 3),
      CONST(CUT_F32, -1, 1, 96)},
     {F32(1, 128, 128, 96)}, 0, false, false},
};

#endif
