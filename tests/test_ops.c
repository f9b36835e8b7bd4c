/* The scalar reference against results computed by hand: operators on
 * elements, and those that move them. */
#include "ops.h"

#define GUARD 99.0f

static float one(enum op op, float x, float alpha, float beta) {
    float y;
    const union op_params p = {.unary = {.alpha = alpha, .beta = beta}};
    run(op, &p, LIST(F32(&x, 1)), LIST(F32(&y, 1)));
    return y;
}

static void test_unary(void) {
    const struct {
        enum op op;
        float x, alpha, beta, want;
    } rows[] = {
        {OP_RELU, -2, 0, 0, 0},
        {OP_LEAKY_RELU, -2, 0.1f, 0, -0.2f},
        {OP_ELU, -1, 2, 0, -1.26424112f},
        {OP_SELU, -1, 2, 3, -3.79272336f},
        {OP_CELU, -2, 2, 0, -1.26424112f},
        {OP_THRESHOLDED_RELU, 1, 1, 0, 0},
        {OP_CLIP, 5, -1, 3, 3},
        {OP_SIGMOID, 1, 0, 0, 0.731058579f},
        {OP_HARD_SIGMOID, 1, 0.2f, 0.5f, 0.7f},
        {OP_HARD_SWISH, 1, 0, 0, 0.666666667f},
        {OP_TANH, 0.5f, 0, 0, 0.462117157f},
        {OP_SOFTPLUS, 100, 0, 0, 100},
        {OP_SOFTSIGN, -3, 0, 0, -0.75f},
        {OP_MISH, 1, 0, 0, 0.865098388f},
        {OP_ERF, 0.5f, 0, 0, 0.520499878f},
        {OP_GELU, 1, 0, 0, 0.841344746f},
        {OP_ABS, -3, 0, 0, 3},
        {OP_NEG, 3, 0, 0, -3},
        {OP_SIGN, -3, 0, 0, -1},
        {OP_CEIL, 1.2f, 0, 0, 2},
        {OP_FLOOR, -1.2f, 0, 0, -2},
        {OP_ROUND, 2.5f, 0, 0, 2},
        {OP_EXP, 1, 0, 0, 2.71828183f},
        {OP_LOG, 10, 0, 0, 2.30258509f},
        {OP_SQRT, 2, 0, 0, 1.41421356f},
        {OP_RECIPROCAL, 4, 0, 0, 0.25f},
        {OP_SIN, 1, 0, 0, 0.841470985f},
        {OP_COS, 1, 0, 0, 0.540302306f},
        {OP_TAN, 1, 0, 0, 1.55740772f},
        {OP_ASIN, 0.5f, 0, 0, 0.523598776f},
        {OP_ACOS, 0.5f, 0, 0, 1.04719755f},
        {OP_ATAN, 1, 0, 0, 0.785398163f},
        {OP_SINH, 1, 0, 0, 1.17520119f},
        {OP_COSH, 1, 0, 0, 1.54308063f},
        {OP_ASINH, 1, 0, 0, 0.881373587f},
        {OP_ACOSH, 2, 0, 0, 1.3169579f},
        {OP_ATANH, 0.5f, 0, 0, 0.549306144f},
        {OP_IDENTITY, 7, 0, 0, 7},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const float y = one(rows[i].op, rows[i].x, rows[i].alpha, rows[i].beta);
        expect(op_name(rows[i].op), &y, &rows[i].want, 1);
    }
    CHECK(isnan(one(OP_RELU, NAN, 0, 0)), "NaN is not hidden");
}

static void test_unary_types(void) {
    int8_t bytes[] = {-128, 5}, out[2];
    run(OP_ABS, NULL, LIST(VIEW(bytes, CUT_I8, 2)), LIST(VIEW(out, CUT_I8, 2)));
    EXPECT_INTS("Abs wraps", out, -128, 5);
    uint64_t large[] = {UINT64_MAX, 3}, clipped[2];
    const union op_params clip = {.unary = {.has_max = true, .int_max = 9}};
    run(OP_CLIP, &clip, LIST(VIEW(large, CUT_U64, 2)),
        LIST(VIEW(clipped, CUT_U64, 2)));
    EXPECT_INTS("Clip of u64", clipped, 9, 3);
    uint8_t truth[] = {0, 1}, not [2];
    run(OP_NOT, NULL, LIST(VIEW(truth, CUT_BOOL, 2)),
        LIST(VIEW(not, CUT_BOOL, 2)));
    EXPECT_INTS("Not", not, 1, 0);
    float odd[] = {NAN, INFINITY, -INFINITY, 1};
    uint8_t is[4];
    run(OP_IS_NAN, NULL, LIST(F32(odd, 4)), LIST(VIEW(is, CUT_BOOL, 4)));
    EXPECT_INTS("IsNaN", is, 1, 0, 0, 0);
    const union op_params up = {.unary = {.has_max = true}};
    run(OP_IS_INF, &up, LIST(F32(odd, 4)), LIST(VIEW(is, CUT_BOOL, 4)));
    EXPECT_INTS("IsInf", is, 0, 1, 0, 0);
}

/* Rows three apart, two used; the third keeps its value. In place too. */
static void test_pitch(void) {
    float x[] = {-1, 2, GUARD, 3, -4, GUARD}, y[6];
    for (int i = 0; i < 6; i++) y[i] = GUARD;
    run(OP_RELU, NULL, LIST(ROWS(x, CUT_F32, 3, 2, 2)),
        LIST(ROWS(y, CUT_F32, 3, 2, 2)));
    EXPECT("Relu, pitch", y, 0, 2, GUARD, 3, 0, GUARD);
    run(OP_ADD, NULL,
        LIST(ROWS(x, CUT_F32, 3, 2, 2), ROWS(y, CUT_F32, 3, 2, 2)),
        LIST(ROWS(x, CUT_F32, 3, 2, 2)));
    EXPECT("Add in place", x, -1, 4, GUARD, 6, -4, GUARD);
    float dense[4];
    run(OP_RESHAPE, NULL, LIST(ROWS(x, CUT_F32, 3, 2, 2)), LIST(F32(dense, 4)));
    EXPECT("Reshape from rows", dense, -1, 4, 6, -4);
    float empty[1] = {GUARD};
    run(OP_RESHAPE, NULL, LIST(F32(empty, 0, 3)), LIST(F32(empty, 3, 0)));
    run(OP_RELU, NULL, LIST(F32(empty, 2, 0)), LIST(F32(empty, 2, 0)));
    EXPECT("nothing to do", empty, GUARD);
}

static void test_cast(void) {
    float x[] = {-1.7f, 300, NAN, 1e20f};
    uint8_t bytes[4];
    int64_t wide[4];
    run(OP_CAST, NULL, LIST(F32(x, 4)), LIST(VIEW(bytes, CUT_U8, 4)));
    EXPECT_INTS("Cast to u8", bytes, 0, 255, 0, 255);
    run(OP_CAST, NULL, LIST(F32(x, 4)), LIST(VIEW(wide, CUT_I64, 4)));
    EXPECT_INTS("Cast to i64", wide, -1, 300, 0, INT64_MAX);
    run(OP_CAST, NULL, LIST(F32(x, 4)), LIST(VIEW(bytes, CUT_BOOL, 4)));
    EXPECT_INTS("Cast to bool", bytes, 1, 1, 1, 1);
    int32_t ints[] = {-1, 257};
    run(OP_CAST, NULL, LIST(VIEW(ints, CUT_I32, 2)),
        LIST(VIEW(bytes, CUT_U8, 2)));
    EXPECT_INTS("Cast wraps integers", bytes, 255, 1);
    /* 1 + 2^-11 + 2^-40 is above the middle of two halves, but its float is
     * the middle, which would round to even. */
    double fine[] = {1 + 0x1p-11 + 0x1p-40, 70000};
    uint16_t half[2];
    run(OP_CAST, NULL, LIST(VIEW(fine, CUT_F64, 2)),
        LIST(VIEW(half, CUT_F16, 2)));
    EXPECT_INTS("Cast to f16", half, 0x3c01, 0x7c00);
    run(OP_ADD, NULL, LIST(VIEW(half, CUT_F16, 1), VIEW(half, CUT_F16, 1)),
        LIST(VIEW(half, CUT_F16, 1)));
    EXPECT_INTS("Add of f16", half, 0x4001);
}

static void test_binary(void) {
    float a[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 20, 30}, c[] = {2, 3}, y[6];
    run(OP_SUB, NULL, LIST(F32(a, 2, 3), F32(b, 3)), LIST(F32(y, 2, 3)));
    EXPECT("Sub, last axis", y, -9, -18, -27, -6, -15, -24);
    run(OP_MUL, NULL, LIST(F32(c, 2, 1), F32(b, 1, 3)), LIST(F32(y, 2, 3)));
    EXPECT("Mul, both ways", y, 20, 40, 60, 30, 60, 90);
    float base[] = {-8, 2}, slope[] = {0.5f};
    run(OP_PRELU, NULL, LIST(F32(base, 2), F32(slope, 1)), LIST(F32(y, 2)));
    EXPECT("PRelu", y, -4, 2);
    int64_t exponent[] = {3, -1};
    run(OP_POW, NULL, LIST(F32(base, 2), VIEW(exponent, CUT_I64, 2)),
        LIST(F32(y, 2)));
    EXPECT("Pow", y, -512, 0.5f);
    int32_t n[] = {-7, 7, INT32_MIN, 5}, d[] = {2, -2, -1, 0}, q[4];
    const struct views in = LIST(VIEW(n, CUT_I32, 4), VIEW(d, CUT_I32, 4));
    const union op_params fmod = {.unary = {.fmod = true}};
    run(OP_DIV, NULL, in, LIST(VIEW(q, CUT_I32, 4)));
    EXPECT_INTS("Div of integers", q, -3, -3, INT32_MIN, 0);
    run(OP_MOD, NULL, in, LIST(VIEW(q, CUT_I32, 4)));
    EXPECT_INTS("Mod", q, 1, -1, 0, 0);
    run(OP_MOD, &fmod, in, LIST(VIEW(q, CUT_I32, 4)));
    EXPECT_INTS("Mod as C has it", q, -1, 1, 0, 0);
    int64_t two[] = {2, 2, -1}, power[] = {10, -1, -3}, r[3];
    run(OP_POW, NULL, LIST(VIEW(two, CUT_I64, 3), VIEW(power, CUT_I64, 3)),
        LIST(VIEW(r, CUT_I64, 3)));
    EXPECT_INTS("Pow of integers", r, 1024, 0, -1);
}

static void test_variadic(void) {
    float a[] = {1, 5}, b[] = {NAN, 2}, c[] = {3}, y[2];
    const struct views all = LIST(F32(a, 2), F32(b, 2), F32(c, 1));
    run(OP_MAX, NULL, all, LIST(F32(y, 2)));
    EXPECT("Max", y, NAN, 5);
    run(OP_MEAN, NULL, all, LIST(F32(y, 2)));
    EXPECT("Mean", y, NAN, 10 / 3.0f);
    run(OP_MIN, NULL, LIST(F32(a, 2), F32(c, 1)), LIST(F32(a, 2)));
    EXPECT("Min in place", a, 1, 3);
}

static void test_compare(void) {
    float a[] = {1, 2, NAN}, b[] = {1, 3, NAN};
    uint8_t y[3];
    const struct views in = LIST(F32(a, 3), F32(b, 3));
    const struct views out = LIST(VIEW(y, CUT_BOOL, 3));
    run(OP_EQUAL, NULL, in, out);
    EXPECT_INTS("Equal", y, 1, 0, 0);
    run(OP_LESS, NULL, in, out);
    EXPECT_INTS("Less", y, 0, 1, 0);
    run(OP_GREATER_EQUAL, NULL, in, out);
    EXPECT_INTS("GreaterOrEqual", y, 1, 0, 0);
    uint64_t big[] = {UINT64_MAX}, small[] = {1};
    run(OP_GREATER, NULL, LIST(VIEW(big, CUT_U64, 1), VIEW(small, CUT_U64, 1)),
        LIST(VIEW(y, CUT_BOOL, 1)));
    EXPECT_INTS("Greater of u64", y, 1);
    uint8_t p[] = {0, 1, 1}, q[] = {1, 1, 0};
    run(OP_XOR, NULL, LIST(VIEW(p, CUT_BOOL, 3), VIEW(q, CUT_BOOL, 3)), out);
    EXPECT_INTS("Xor", y, 1, 0, 1);
    float z[6], rows[] = {7, 8};
    run(OP_WHERE, NULL, LIST(VIEW(p, CUT_BOOL, 3), F32(rows, 2, 1), F32(b, 3)),
        LIST(F32(z, 2, 3)));
    EXPECT("Where", z, 1, 7, 7, 1, 8, 8);
}

/* ---- Movement ------------------------------------------------------------ */

static void test_concat_split(void) {
    float a[] = {1, 2, 3, 4}, b[] = {5, 6}, y[6];
    const union op_params axis1 = {.axis = {.axis = 1}};
    run(OP_CONCAT, &axis1, LIST(F32(a, 2, 2), F32(b, 2, 1)),
        LIST(F32(y, 2, 3)));
    EXPECT("Concat", y, 1, 2, 5, 3, 4, 6);
    /* The second part lies there already. */
    y[0] = GUARD;
    run(OP_CONCAT, &axis1, LIST(F32(a, 2, 2), ROWS(y + 2, CUT_F32, 3, 2, 1)),
        LIST(F32(y, 2, 3)));
    EXPECT("Concat in place", y, 1, 2, 5, 3, 4, 6);
    run(OP_SPLIT, &axis1, LIST(F32(y, 2, 3)), LIST(F32(b, 2, 1), F32(a, 2, 2)));
    EXPECT("Split 0", b, 1, 3);
    EXPECT("Split 1", a, 2, 5, 4, 6);
}

static void test_slice_pad(void) {
    float x[] = {1, 2, 3, 4, 5, 6}, y[15];
    const union op_params back = {.slice = {{1, 2}, {INT64_MAX, -2}}};
    run(OP_SLICE, &back, LIST(F32(x, 2, 3)), LIST(F32(y, 1, 2)));
    EXPECT("Slice backwards", y, 6, 4);
    union op_params pad = {.pad = {.begin = {0, 2}, .value = 9}};
    run(OP_PAD, &pad, LIST(F32(x, 1, 3)), LIST(F32(y, 1, 7)));
    EXPECT("Pad constant", y, 9, 9, 1, 2, 3, 9, 9);
    pad.pad.mode = PAD_REFLECT;
    run(OP_PAD, &pad, LIST(F32(x, 1, 3)), LIST(F32(y, 1, 7)));
    EXPECT("Pad reflect", y, 3, 2, 1, 2, 3, 2, 1);
    pad.pad.mode = PAD_EDGE;
    run(OP_PAD, &pad, LIST(F32(x, 1, 3)), LIST(F32(y, 1, 7)));
    EXPECT("Pad edge", y, 1, 1, 1, 2, 3, 3, 3);
    pad.pad.mode = PAD_WRAP;
    run(OP_PAD, &pad, LIST(F32(x, 1, 3)), LIST(F32(y, 1, 7)));
    EXPECT("Pad wrap", y, 2, 3, 1, 2, 3, 1, 2);
    pad.pad.begin[1] = -1;
    run(OP_PAD, &pad, LIST(F32(x, 1, 3)), LIST(F32(y, 1, 2)));
    EXPECT("Pad that crops", y, 2, 3);
}

static void test_transpose_gather(void) {
    float x[] = {1, 2, 3, 4, 5, 6}, y[9];
    const union op_params swap = {.transpose = {{1, 0}}};
    const union op_params axis1 = {.axis = {.axis = 1}};
    run(OP_TRANSPOSE, &swap, LIST(F32(x, 2, 3)), LIST(F32(y, 3, 2)));
    EXPECT("Transpose", y, 1, 4, 2, 5, 3, 6);
    int32_t ids[] = {-1, 0};
    run(OP_GATHER, &axis1, LIST(F32(x, 2, 3), VIEW(ids, CUT_I32, 2)),
        LIST(F32(y, 2, 2)));
    EXPECT("Gather", y, 3, 1, 6, 4);
    int64_t id = 1;
    run(OP_GATHER, NULL, LIST(F32(x, 2, 3), SCALAR(&id, CUT_I64)),
        LIST(F32(y, 3)));
    EXPECT("Gather of a scalar index", y, 4, 5, 6);
    id = 2;
    CHECK(run(OP_GATHER, NULL, LIST(F32(x, 2, 3), SCALAR(&id, CUT_I64)),
              LIST(F32(y, 3))) == CUT_BAD_ARGUMENT,
          "an index outside is refused");
    run(OP_EXPAND, NULL, LIST(F32(x, 3, 1)), LIST(F32(y, 3, 2)));
    EXPECT("Expand", y, 1, 1, 2, 2, 3, 3);
    run(OP_TILE, NULL, LIST(F32(x, 1, 2)), LIST(F32(y, 2, 4)));
    EXPECT("Tile", y, 1, 2, 1, 2, 1, 2, 1, 2);
}

static void test_makers(void) {
    int64_t start = 5, delta = -2, y[3];
    run(OP_RANGE, NULL,
        LIST(SCALAR(&start, CUT_I64), SCALAR(&start, CUT_I64),
             SCALAR(&delta, CUT_I64)),
        LIST(VIEW(y, CUT_I64, 3)));
    EXPECT_INTS("Range", y, 5, 3, 1);
    const union op_params seven = {.pad = {.value = 7}};
    run(OP_CONSTANT_OF_SHAPE, &seven, LIST(NONE), LIST(VIEW(y, CUT_I64, 3)));
    EXPECT_INTS("ConstantOfShape", y, 7, 7, 7);
    float x[] = {1, 2};
    uint8_t mask[2] = {0};
    run(OP_DROPOUT, NULL, LIST(F32(x, 2)),
        LIST(F32(x, 2), VIEW(mask, CUT_BOOL, 2)));
    EXPECT_INTS("Dropout's mask", mask, 1, 1);
}

/* One pixel of 8 channels is a block of 2x2 pixels of 2. */
static void test_depth_space(void) {
    float x[] = {0, 1, 2, 3, 4, 5, 6, 7}, y[8], back[8];
    union op_params p = {.block = {.block = 2}};
    run(OP_DEPTH_TO_SPACE, &p, LIST(F32(x, 1, 1, 1, 8)),
        LIST(F32(y, 1, 2, 2, 2)));
    EXPECT("DepthToSpace", y, 0, 1, 2, 3, 4, 5, 6, 7);
    run(OP_SPACE_TO_DEPTH, &p, LIST(F32(y, 1, 2, 2, 2)),
        LIST(F32(back, 1, 1, 1, 8)));
    expect("SpaceToDepth", back, x, 8);
    p.block.crd = true;
    run(OP_DEPTH_TO_SPACE, &p, LIST(F32(x, 1, 1, 1, 8)),
        LIST(F32(y, 1, 2, 2, 2)));
    EXPECT("DepthToSpace CRD", y, 0, 4, 1, 5, 2, 6, 3, 7);
}

static void test_table(void) {
    for (int op = OP_NONE + 1; op < OP_COUNT; op++) {
        const bool made = op == OP_SHAPE || op == OP_SIZE || op == OP_CONSTANT;
        CHECK((cpu_methods((enum op)op)[0] != NULL) != made, "%s",
              op_name((enum op)op));
    }
}

int main(void) {
    test_unary();
    test_unary_types();
    test_pitch();
    test_cast();
    test_binary();
    test_variadic();
    test_compare();
    test_concat_split();
    test_slice_pad();
    test_transpose_gather();
    test_makers();
    test_depth_space();
    test_table();
    return check_summary("ops");
}
