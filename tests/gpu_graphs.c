#include "gpu_graphs.h"

#include <stdio.h>

/* The weights of `name`, the same at every call. */
static void weights(struct onnx_writer *w, const char *name, int rank,
                    const int64_t *dims) {
    static float values[4096];
    size_t n = 1;
    for (int i = 0; i < rank; i++) n *= (size_t)dims[i];
    assert(n <= 4096);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)((i * 37 + 11) % 64) / 64 - 0.4f;
    onnx_initializer(w, name, CUT_F32, rank, dims, values, n * sizeof *values);
}

static void vector(struct onnx_writer *w, const char *name, int64_t n) {
    static float values[64];
    for (int i = 0; i < n; i++) values[i] = 0.5f + (float)i / 16;
    onnx_initializer(w, name, CUT_F32, 1, &n, values, (size_t)n * 4);
}

/* y = x conv w[k,c,side,side], padded to keep the size. */
static void conv(struct onnx_writer *w, const char *x, const char *y,
                 const int64_t dims[4], int64_t stride, int64_t groups) {
    char name[40], names[100];
    int64_t pad = dims[2] / 2;
    snprintf(name, sizeof name, "%s_w", y);
    weights(w, name, 4, dims);
    snprintf(names, sizeof names, "%s %s", x, name);
    onnx_node(w, "Conv", names, y);
    onnx_attr_ints(w, "pads", 4, (int64_t[]){pad, pad, pad, pad});
    onnx_attr_ints(w, "strides", 2, (int64_t[]){stride, stride});
    if (groups > 1) onnx_attr_int(w, "group", groups);
}
#define CONV(x, y, k, c, side)                                                 \
    conv(w, x, y, (int64_t[]){k, c, side, side}, 1, 1)

static void up(struct onnx_writer *w, const char *x, const char *y) {
    static const float scales[4] = {1, 1, 2, 2};
    char names[60];
    snprintf(names, sizeof names, "%s_s", y);
    onnx_initializer(w, names, CUT_F32, 1, (int64_t[]){4}, scales, 16);
    snprintf(names, sizeof names, "%s - %s_s", x, y);
    onnx_node(w, "Resize", names, y);
    onnx_attr_text(w, "mode", "linear");
}

static void half(struct onnx_writer *w, const char *x, const char *y) {
    onnx_node(w, "MaxPool", x, y);
    onnx_attr_ints(w, "kernel_shape", 2, (int64_t[]){2, 2});
    onnx_attr_ints(w, "strides", 2, (int64_t[]){2, 2});
    onnx_attr_int(w, "ceil_mode", 1);
}

static void begin(struct onnx_writer *w, int64_t c, int64_t size) {
    onnx_begin(w, 13);
    onnx_input(w, "x", CUT_F32, 4, (int64_t[]){1, c, size, size});
}

static void end(struct onnx_writer *w, const char *y) {
    onnx_output(w, y, CUT_F32, -1, NULL);
    onnx_end(w);
}

/* U2-Net and IS-Net: a residual U with Concats in place. */
static void write_u(struct onnx_writer *w) {
    begin(w, 3, 32);
    CONV("x", "a0", 8, 3, 3);
    onnx_node(w, "Relu", "a0", "a");
    half(w, "a", "b0");
    CONV("b0", "b1", 8, 8, 3);
    onnx_node(w, "Relu", "b1", "b");
    half(w, "b", "c0");
    CONV("c0", "c1", 8, 8, 3);
    up(w, "c1", "c");
    onnx_node(w, "Concat", "c b", "d0");
    onnx_attr_int(w, "axis", 1);
    CONV("d0", "d1", 8, 16, 3);
    onnx_node(w, "Relu", "d1", "d2");
    up(w, "d2", "d");
    onnx_node(w, "Add", "d a", "e");
    CONV("e", "f", 1, 8, 3);
    onnx_node(w, "Sigmoid", "f", "y");
    end(w, "y");
}

/* MODNet: IBNorm, squeeze and excitation. */
static void write_matte(struct onnx_writer *w) {
    static const int64_t sizes[] = {0, 8, 1, 1}, like[] = {1, 8, 16, 16};
    begin(w, 3, 32);
    conv(w, "x", "a", (int64_t[]){8, 3, 3, 3}, 2, 1);
    onnx_node(w, "Split", "a", "a1 a2");
    onnx_attr_int(w, "axis", 1);
    vector(w, "four", 4);
    onnx_node(w, "BatchNormalization", "a1 four four four four", "b1");
    onnx_node(w, "InstanceNormalization", "a2 four four", "b2");
    onnx_node(w, "Concat", "b1 b2", "c0");
    onnx_attr_int(w, "axis", 1);
    onnx_node(w, "Relu", "c0", "c");
    onnx_node(w, "GlobalAveragePool", "c", "p");
    onnx_node(w, "Flatten", "p", "q");
    weights(w, "g1", 2, (int64_t[]){8, 4});
    onnx_node(w, "Gemm", "q g1", "h0");
    onnx_node(w, "Relu", "h0", "h1");
    weights(w, "g2", 2, (int64_t[]){4, 8});
    onnx_node(w, "Gemm", "h1 g2", "h2");
    onnx_node(w, "Sigmoid", "h2", "h");
    onnx_initializer(w, "sizes", CUT_I64, 1, (int64_t[]){4}, sizes, 32);
    onnx_node(w, "Reshape", "h sizes", "r");
    onnx_initializer(w, "like", CUT_I64, 1, (int64_t[]){4}, like, 32);
    onnx_node(w, "Expand", "r like", "s");
    onnx_node(w, "Mul", "c s", "m");
    up(w, "m", "u");
    CONV("u", "v", 1, 8, 1);
    onnx_node(w, "Sigmoid", "v", "y");
    end(w, "y");
}

/* MobileNet: an inverted residual and a classifier. */
static void write_mobile(struct onnx_writer *w) {
    static const float low = 0, high = 6;
    begin(w, 3, 32);
    conv(w, "x", "a0", (int64_t[]){8, 3, 3, 3}, 2, 1);
    onnx_node(w, "HardSwish", "a0", "a");
    CONV("a", "b0", 16, 8, 1);
    onnx_initializer(w, "low", CUT_F32, 0, NULL, &low, 4);
    onnx_initializer(w, "high", CUT_F32, 0, NULL, &high, 4);
    onnx_node(w, "Clip", "b0 low high", "b");
    conv(w, "b", "c0", (int64_t[]){16, 1, 3, 3}, 1, 16);
    onnx_node(w, "Clip", "c0 low high", "c");
    CONV("c", "d", 8, 16, 1);
    onnx_node(w, "Add", "a d", "e");
    onnx_node(w, "GlobalAveragePool", "e", "f");
    onnx_node(w, "Flatten", "f", "g");
    weights(w, "k", 2, (int64_t[]){8, 10});
    onnx_node(w, "Gemm", "g k", "h");
    onnx_node(w, "Softmax", "h", "y");
    onnx_attr_int(w, "axis", 1);
    end(w, "y");
}

/* Movement, broadcasting, constants as operands, operands that share a
 * binding. */
static void write_moves(struct onnx_writer *w) {
    static const int64_t starts[] = {1}, ends[] = {7}, axes[] = {3};
    static const int64_t pads[] = {0, 0, 1, 2, 0, 0, 2, 1};
    begin(w, 4, 8);
    vector(w, "four", 8);
    onnx_node(w, "Mul", "x four", "a");
    onnx_node(w, "Concat", "a x", "b");
    onnx_attr_int(w, "axis", 3);
    onnx_node(w, "Add", "b b", "c");
    onnx_initializer(w, "starts", CUT_I64, 1, (int64_t[]){1}, starts, 8);
    onnx_initializer(w, "ends", CUT_I64, 1, (int64_t[]){1}, ends, 8);
    onnx_initializer(w, "axes", CUT_I64, 1, (int64_t[]){1}, axes, 8);
    onnx_node(w, "Slice", "c starts ends axes", "d");
    onnx_node(w, "Transpose", "d", "e");
    onnx_attr_ints(w, "perm", 4, (int64_t[]){0, 3, 1, 2});
    onnx_initializer(w, "pads", CUT_I64, 1, (int64_t[]){8}, pads, 64);
    onnx_node(w, "Pad", "e pads", "f");
    onnx_attr_text(w, "mode", "reflect");
    onnx_node(w, "ReduceMean", "f", "g");
    onnx_attr_ints(w, "axes", 2, (int64_t[]){1, 3});
    onnx_node(w, "Sub", "f g", "h");
    onnx_node(w, "Max", "h f e2", "i");
    onnx_node(w, "Exp", "g", "e2");
    end(w, "i");
}

const struct gpu_graph gpu_graphs[] = {
    {"u", write_u},
    {"matte", write_matte},
    {"mobile", write_mobile},
    {"moves", write_moves},
    {NULL},
};
