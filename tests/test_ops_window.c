/* The scalar reference against results computed by hand: windows, norms,
 * reductions, resampling, matrices, quantisation. Windows are channels-last. */
#include "ops.h"

#define GUARD 99.0f

static union op_params window1(int64_t kernel, int64_t stride, int64_t begin,
                               int64_t end) {
    union op_params p = {.conv = {.groups = 1}};
    p.conv.window = (struct window){1,         {kernel, 1, 1}, {stride, 1, 1},
                                    {1, 1, 1}, {begin},        {end}};
    return p;
}

/* ---- Convolutions -------------------------------------------------------- */

static void test_conv(void) {
    float x[] = {1, 2, 3, 4, 5}, w[] = {1, 10, 100}, y[5];
    union op_params p = window1(3, 1, 1, 1);
    run(OP_CONV, &p, LIST(F32(x, 1, 5, 1), F32(w, 1, 1, 3)),
        LIST(F32(y, 1, 5, 1)));
    EXPECT("Conv", y, 210, 321, 432, 543, 54);
    p.conv.window.dilation[0] = 2;
    p.conv.window.stride[0] = 2;
    run(OP_CONV, &p, LIST(F32(x, 1, 5, 1), F32(w, 1, 1, 3)),
        LIST(F32(y, 1, 2, 1)));
    EXPECT("Conv, dilation 2, stride 2", y, 420, 42 + 0 * 100);
}

/* Two groups of one channel, 1x1, rows of x and y apart. */
static void test_conv_groups(void) {
    float x[] = {1, 2, GUARD, 3, 4, GUARD}, w[] = {2, 3}, bias[] = {10, 20};
    float y[] = {GUARD, GUARD, GUARD, GUARD, GUARD, GUARD};
    union op_params p = window1(1, 1, 0, 0);
    p.conv.groups = 2;
    run(OP_CONV, &p,
        LIST(ROWS(x, CUT_F32, 3, 1, 2, 2), F32(w, 2, 1, 1), F32(bias, 2)),
        LIST(ROWS(y, CUT_F32, 3, 1, 2, 2)));
    EXPECT("Conv in groups", y, 12, 26, GUARD, 16, 32, GUARD);
}

/* w = (stored - zero) * scale per channel; the residual before or after. */
static void test_conv_fused(void) {
    float x[] = {1, -1}, scale[] = {0.5f, 2}, y[4], residual[] = {5, 5, 5, 5};
    uint8_t w[] = {130, 127}, zero[] = {128, 128};
    union op_params p = window1(1, 1, 0, 0);
    p.conv.activation = ACT_RELU;
    const struct views in =
        LIST(F32(x, 1, 2, 1), VIEW(w, CUT_U8, 2, 1, 1), NONE,
             F32(residual, 1, 2, 2), F32(scale, 2), VIEW(zero, CUT_U8, 2));
    run(OP_CONV, &p, in, LIST(F32(y, 1, 2, 2)));
    EXPECT("relu(conv + residual)", y, 6, 3, 4, 7);
    p.conv.residual_after_activation = true;
    run(OP_CONV, &p, in, LIST(F32(residual, 1, 2, 2)));
    EXPECT("relu(conv) + residual", residual, 6, 5, 5, 7);
    uint16_t half[] = {half_from_float(3)};
    run(OP_CONV, &p, LIST(F32(x, 1, 2, 1), VIEW(half, CUT_F16, 1, 1, 1)),
        LIST(F32(y, 1, 2, 1)));
    EXPECT("Conv, f16 weights", y, 3, 0);
}

static void test_conv_integer(void) {
    uint8_t x[] = {10, 20}, w[] = {1, 2}, zero[] = {10};
    int32_t sums[3];
    union op_params p = window1(2, 1, 1, 1);
    run(OP_CONV_INTEGER, &p,
        LIST(VIEW(x, CUT_U8, 1, 2, 1), VIEW(w, CUT_U8, 1, 1, 2),
             SCALAR(zero, CUT_U8), NONE),
        LIST(VIEW(sums, CUT_I32, 1, 3, 1)));
    EXPECT_INTS("ConvInteger", sums, 0, 20, 10);
    float half = 0.5f, one = 1;
    int8_t w_zero = 0, sw[] = {1, -30};
    uint8_t y_zero = 100, y[3];
    int32_t bias = 1;
    run(OP_QLINEAR_CONV, &p,
        LIST(VIEW(x, CUT_U8, 1, 2, 1), SCALAR(&half, CUT_F32),
             SCALAR(zero, CUT_U8), VIEW(sw, CUT_I8, 1, 1, 2),
             SCALAR(&one, CUT_F32), SCALAR(&w_zero, CUT_I8),
             SCALAR(&one, CUT_F32), SCALAR(&y_zero, CUT_U8),
             VIEW(&bias, CUT_I32, 1)),
        LIST(VIEW(y, CUT_U8, 1, 3, 1)));
    /* (sum + 1) / 2 + 100: 0.5 to even; -149.5 saturates; 5.5 to even */
    EXPECT_INTS("QLinearConv", y, 100, 0, 106);
}

static void test_conv_transpose(void) {
    float x[] = {1, 2}, w[] = {1, 10, 100}, y[7], z[8];
    union op_params p = window1(3, 2, 0, 0);
    p.conv.output_padding[0] = 1;
    run(OP_CONV_TRANSPOSE, &p, LIST(F32(x, 1, 2, 1), F32(w, 1, 1, 3)),
        LIST(F32(y, 1, 6, 1)));
    EXPECT("ConvTranspose", y, 1, 10, 102, 20, 200, 0);
    p = window1(3, 2, 1, 1);
    run(OP_CONV_TRANSPOSE, &p, LIST(F32(x, 1, 2, 1), F32(w, 1, 1, 3)),
        LIST(F32(y, 1, 3, 1)));
    EXPECT("ConvTranspose with pads", y, 10, 102, 20);
    /* groups: channel g of x makes channels 2g, 2g+1 */
    float w4[] = {1, 2, 3, 4};
    p = window1(1, 1, 0, 0);
    p.conv.groups = 2;
    run(OP_CONV_TRANSPOSE, &p, LIST(F32(x, 1, 1, 2), F32(w4, 2, 2, 1)),
        LIST(F32(z, 1, 1, 4)));
    EXPECT("ConvTranspose in groups", z, 1, 2, 6, 8);
}

/* ---- Pools --------------------------------------------------------------- */

static union op_params pool2(int64_t kernel, int64_t stride, int64_t pad) {
    return (union op_params){.pool = {.window = {2,
                                                 {kernel, kernel, 1},
                                                 {stride, stride, 1},
                                                 {1, 1, 1},
                                                 {pad, pad},
                                                 {pad, pad}}}};
}

static void test_pool(void) {
    /* 3x3 pixels, channel 1 is minus channel 0 */
    float x[18], y[8];
    int64_t at[8];
    for (int i = 0; i < 9; i++) {
        x[2 * i] = (float)i;
        x[2 * i + 1] = (float)-i;
    }
    union op_params p = pool2(2, 2, 0); /* ceil_mode: 2x2 out */
    const struct views in = LIST(F32(x, 1, 3, 3, 2));
    const struct views out =
        LIST(F32(y, 1, 2, 2, 2), VIEW(at, CUT_I64, 1, 2, 2, 2));
    run(OP_MAX_POOL, &p, in, out);
    EXPECT("MaxPool", y, 4, 0, 5, -2, 7, -6, 8, -8);
    EXPECT_INTS("Indices", at, 4, 9, 5, 11, 7, 15, 8, 17);
    p.pool.column_major = true;
    run(OP_MAX_POOL, &p, in, out);
    EXPECT_INTS("Indices by column", at, 4, 9, 7, 15, 5, 11, 8, 17);
    run(OP_AVERAGE_POOL, &p, in, LIST(F32(y, 1, 2, 2, 2)));
    EXPECT("AveragePool", y, 2, -2, 3.5f, -3.5f, 6.5f, -6.5f, 8, -8);
    p = pool2(2, 3, 1);
    p.pool.count_include_pad = true;
    run(OP_AVERAGE_POOL, &p, in, LIST(F32(y, 1, 2, 2, 2)));
    EXPECT("AveragePool over padding", y, 0, 0, 0.5f, -0.5f, 1.5f, -1.5f, 2,
           -2);
    run(OP_GLOBAL_AVERAGE_POOL, NULL, in, LIST(F32(y, 1, 1, 1, 2)));
    EXPECT("GlobalAveragePool", y, 4, -4);
    run(OP_GLOBAL_MAX_POOL, NULL, in, LIST(F32(y, 1, 1, 1, 2)));
    EXPECT("GlobalMaxPool", y, 8, 0);
}

/* What ceil_mode lets hang over the end is counted only as far as padding. */
static void test_pool_ceil(void) {
    float x[] = {1, 2, 3, 4}, y[2];
    union op_params p = {.pool = {.count_include_pad = true}};
    p.pool.window = window1(3, 3, 0, 1).conv.window;
    run(OP_AVERAGE_POOL, &p, LIST(F32(x, 1, 4, 1)), LIST(F32(y, 1, 2, 1)));
    EXPECT("AveragePool, ceil_mode", y, 2, 2);
}

/* ---- Norms, softmax, reductions ------------------------------------------ */

static void test_norms(void) {
    float x[] = {1, 10, 3, 30}, scale[] = {1, 2}, bias[] = {0, 1};
    float mean[] = {2, 0}, variance[] = {4, 1}, y[4], m[2], v[2];
    union op_params p = {.norm = {.momentum = 0.75f}};
    const struct views in = LIST(F32(x, 1, 2, 2), F32(scale, 2), F32(bias, 2),
                                 F32(mean, 2), F32(variance, 2));
    run(OP_BATCH_NORM, &p, in, LIST(F32(y, 1, 2, 2)));
    EXPECT("BatchNormalization", y, -0.5f, 21, 0.5f, 61);
    p.norm.training = true;
    run(OP_BATCH_NORM, &p, in, LIST(F32(y, 1, 2, 2), F32(m, 2), F32(v, 2)));
    EXPECT("training", y, -1, -1, 1, 3);
    EXPECT("running mean", m, 2, 5);
    EXPECT("running variance", v, 3.25f, 25.75f);
    run(OP_INSTANCE_NORM, &p,
        LIST(F32(x, 1, 2, 2), F32(scale, 2), F32(bias, 2)),
        LIST(F32(y, 1, 2, 2)));
    EXPECT("InstanceNormalization", y, -1, -1, 1, 3);
    p.norm.axis = 1;
    run(OP_LAYER_NORM, &p, LIST(F32(x, 2, 2), F32(scale, 2), NONE),
        LIST(F32(y, 2, 2), F32(m, 2, 1), F32(v, 2, 1)));
    EXPECT("LayerNormalization", y, -1, 2, -1, 2);
    EXPECT("Mean", m, 5.5f, 16.5f);
    EXPECT("InvStdDev", v, 1 / 4.5f, 1 / 13.5f);
}

static void test_softmax(void) {
    float x[] = {0, 1000, 0, 1000.6931472f}, y[4];
    union op_params p = {.axis = {.axis = 0}};
    run(OP_SOFTMAX, &p, LIST(F32(x, 2, 2)), LIST(F32(y, 2, 2)));
    EXPECT("Softmax", y, 0.5f, 0.333337f, 0.5f, 0.666663f);
    float z[] = {0, 0, 0, 0};
    p.axis.flatten = true;
    run(OP_LOG_SOFTMAX, &p, LIST(F32(z, 2, 2)), LIST(F32(z, 2, 2)));
    EXPECT("LogSoftmax of all, in place", z, -1.38629436f, -1.38629436f,
           -1.38629436f, -1.38629436f);
}

static void test_reduce(void) {
    float x[] = {1, -2, 3, 4, 5, -6};
    float y[3];
    const struct {
        enum op op;
        float want[3];
    } rows[] = {{OP_REDUCE_SUM, {5, 3, -3}},
                {OP_REDUCE_MEAN, {2.5f, 1.5f, -1.5f}},
                {OP_REDUCE_MAX, {4, 5, 3}},
                {OP_REDUCE_MIN, {1, -2, -6}},
                {OP_REDUCE_PROD, {4, -10, -18}},
                {OP_REDUCE_L1, {5, 7, 9}},
                {OP_REDUCE_L2, {4.12310563f, 5.38516481f, 6.70820393f}},
                {OP_REDUCE_SUM_SQUARE, {17, 29, 45}}};
    union op_params p = {.reduce = {.axes = {true}}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        run(rows[i].op, &p, LIST(F32(x, 2, 3)), LIST(F32(y, 3)));
        expect(op_name(rows[i].op), y, rows[i].want, 3);
    }
    run(OP_REDUCE_MAX, &p, LIST(F32(x, 0, 2)), LIST(F32(y, 2)));
    EXPECT("ReduceMax of nothing", y, -INFINITY, -INFINITY);
    int32_t n[] = {7, INT32_MIN}, low;
    run(OP_REDUCE_MIN, &p, LIST(VIEW(n, CUT_I32, 2)),
        LIST(SCALAR(&low, CUT_I32)));
    EXPECT_INTS("ReduceMin of integers", &low, INT32_MIN);
}

/* ---- Resize -------------------------------------------------------------- */

static union op_params resize_to(enum resize_mode mode,
                                 enum resize_coordinate coordinate,
                                 float scale) {
    return (union op_params){.resize = {.mode = mode,
                                        .coordinate = coordinate,
                                        .cubic_a = -0.75f,
                                        .scale = {scale, 1}}};
}

static void test_resize(void) {
    float x[] = {1, 2, 3, 4}, y[8];
    const struct views in = LIST(F32(x, 4, 1)), eight = LIST(F32(y, 8, 1));
    union op_params p = resize_to(RESIZE_LINEAR, RESIZE_HALF_PIXEL, 2);
    run(OP_RESIZE, &p, in, eight);
    EXPECT("linear", y, 1, 1.25f, 1.75f, 2.25f, 2.75f, 3.25f, 3.75f, 4);
    p.resize.coordinate = RESIZE_ALIGN_CORNERS;
    run(OP_RESIZE, &p, in, eight);
    EXPECT("align_corners", y, 1, 1 + 3 / 7.0f, 1 + 6 / 7.0f, 1 + 9 / 7.0f);
    p = resize_to(RESIZE_NEAREST, RESIZE_ASYMMETRIC, 2);
    p.resize.nearest = RESIZE_FLOOR;
    run(OP_UPSAMPLE, &p, in, eight);
    EXPECT("nearest", y, 1, 1, 2, 2, 3, 3, 4, 4);
    p.resize.nearest = RESIZE_CEIL;
    run(OP_RESIZE, &p, in, eight);
    EXPECT("nearest, ceil", y, 1, 2, 2, 3, 3, 4, 4, 4);
    p = resize_to(RESIZE_CUBIC, RESIZE_HALF_PIXEL, 0.5f);
    run(OP_RESIZE, &p, in, LIST(F32(y, 2, 1)));
    EXPECT("cubic", y, 1.40625f, 3.59375f);
    p.resize.exclude_outside = true;
    run(OP_RESIZE, &p, in, LIST(F32(y, 2, 1)));
    /* weights -3/32, 19/32, 19/32, the first left out, of 35/32 */
    EXPECT("exclude_outside", y, 48 / 35.0f, 5 - 48 / 35.0f);
    p = resize_to(RESIZE_LINEAR, RESIZE_HALF_PIXEL, 0.5f);
    p.resize.antialias = true;
    run(OP_RESIZE, &p, in, LIST(F32(y, 2, 1)));
    /* weights 1/4, 3/4, 3/4, 1/4 at -1, 0, 1, 2, of 2; the edge repeats */
    EXPECT("antialias", y, 1.625f, 3.375f);
    p = resize_to(RESIZE_LINEAR, RESIZE_TF_CROP_AND_RESIZE, 1);
    p.resize.extrapolation = 9;
    p.resize.roi_begin[0] = 0.5f;
    p.resize.roi_end[0] = 1.5f;
    p.resize.roi_end[1] = 1;
    run(OP_RESIZE, &p, in, LIST(F32(y, 4, 1)));
    EXPECT("crop", y, 2.5f, 3.5f, 9, 9);
}

/* ---- Matrices ------------------------------------------------------------ */

static void test_matmul(void) {
    float a[] = {1, 2, 3, 4, 5, 6, 7, 8}, b[] = {1, 10}, y[4];
    run(OP_MATMUL, NULL, LIST(F32(a, 2, 2, 2), F32(b, 2)), LIST(F32(y, 2, 2)));
    EXPECT("MatMul with a vector", y, 21, 43, 65, 87);
    run(OP_MATMUL, NULL, LIST(F32(b, 2), F32(b, 2)), LIST(SCALAR(y, CUT_F32)));
    EXPECT("MatMul of vectors", y, 101);
    run(OP_MATMUL, NULL, LIST(F32(b, 1, 1, 2), F32(a, 2, 2, 1)),
        LIST(F32(y, 2, 1, 1)));
    EXPECT("MatMul in batches", y, 21, 43);
    union op_params p = {.gemm = {.alpha = 2,
                                  .beta = 0.5f,
                                  .trans_a = true,
                                  .activation = ACT_CLIP,
                                  .act_b = 30}};
    float w[] = {1, 0, 0, -1};
    run(OP_GEMM, &p,
        LIST(ROWS(a, CUT_F32, 4, 2, 2), F32(w, 2, 2), F32(b, 2, 1)),
        LIST(F32(y, 2, 2)));
    /* a' = [[1,5],[2,6]]; 2 a' w + c / 2, clipped to 0..30 */
    EXPECT("Gemm", y, 2.5f, 0, 9, 0);
    p.gemm = (struct gemm_params){.alpha = 1, .beta = 1, .trans_b = true};
    run(OP_GEMM, &p, LIST(F32(b, 1, 2), F32(a, 2, 2)), LIST(F32(y, 1, 2)));
    EXPECT("Gemm, b transposed", y, 21, 43);
    int64_t n[] = {(INT64_C(1) << 60) + 1, 1}, product; /* no double */
    run(OP_MATMUL, NULL, LIST(VIEW(n, CUT_I64, 1, 1), VIEW(n + 1, CUT_I64, 1)),
        LIST(VIEW(&product, CUT_I64, 1)));
    EXPECT_INTS("MatMul of integers", &product, (INT64_C(1) << 60) + 1);
}

static void test_matmul_integer(void) {
    uint8_t a[] = {11, 12, 13, 14}, b[] = {1, 2}, a_zero[] = {11, 13};
    uint8_t b_zero[] = {1};
    int32_t y[2];
    run(OP_MATMUL_INTEGER, NULL,
        LIST(VIEW(a, CUT_U8, 2, 2), VIEW(b, CUT_U8, 2, 1),
             VIEW(a_zero, CUT_U8, 2), VIEW(b_zero, CUT_U8, 1)),
        LIST(VIEW(y, CUT_I32, 2, 1)));
    EXPECT_INTS("MatMulInteger", y, 1, 1);
    float scale = 0.5f, one = 1;
    uint8_t q[2], zero = 0, y_zero = 3;
    run(OP_QLINEAR_MATMUL, NULL,
        LIST(VIEW(a, CUT_U8, 2, 2), SCALAR(&scale, CUT_F32),
             SCALAR(&zero, CUT_U8), VIEW(b, CUT_U8, 2, 1),
             SCALAR(&one, CUT_F32), SCALAR(&zero, CUT_U8),
             SCALAR(&one, CUT_F32), SCALAR(&y_zero, CUT_U8)),
        LIST(VIEW(q, CUT_U8, 2, 1)));
    /* 35/2 and 41/2 to even */
    EXPECT_INTS("QLinearMatMul", q, 18 + 3, 20 + 3);
}

/* ---- Quantisation -------------------------------------------------------- */

static void test_quantize(void) {
    float x[] = {1, 3, -500, 500}, scale[] = {2, 2}, back[4];
    uint8_t zero[] = {10, 1}, y[4];
    const union op_params axis1 = {.quantize = {.axis = 1}};
    run(OP_QUANTIZE_LINEAR, &axis1,
        LIST(F32(x, 2, 2), F32(scale, 2), VIEW(zero, CUT_U8, 2)),
        LIST(VIEW(y, CUT_U8, 2, 2)));
    EXPECT_INTS("QuantizeLinear", y, 10, 3, 0, 251);
    run(OP_DEQUANTIZE_LINEAR, &axis1,
        LIST(VIEW(y, CUT_U8, 2, 2), F32(scale, 2), VIEW(zero, CUT_U8, 2)),
        LIST(F32(back, 2, 2)));
    EXPECT("DequantizeLinear", back, 0, 4, -20, 500);
    float z[] = {-1, 0, 1.55f}, found;
    uint8_t middle;
    const struct views out = LIST(VIEW(y, CUT_U8, 3), SCALAR(&found, CUT_F32),
                                  SCALAR(&middle, CUT_U8));
    run(OP_DYNAMIC_QUANTIZE_LINEAR, NULL, LIST(F32(z, 3)), out);
    EXPECT("scale", &found, 0.01f);
    EXPECT_INTS("DynamicQuantizeLinear", y, 0, 100, 255);
    CHECK(middle == 100, "zero point is %d", middle);
    z[0] = z[2] = 0;
    run(OP_DYNAMIC_QUANTIZE_LINEAR, NULL, LIST(F32(z, 3)), out);
    EXPECT_INTS("of zeros", y, 0, 0, 0);
}

int main(void) {
    test_conv();
    test_conv_groups();
    test_conv_fused();
    test_conv_integer();
    test_conv_transpose();
    test_pool();
    test_pool_ceil();
    test_norms();
    test_softmax();
    test_reduce();
    test_resize();
    test_matmul();
    test_matmul_integer();
    test_quantize();
    return check_summary("ops_window");
}
