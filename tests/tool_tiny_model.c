/* tool_tiny_model KIND FILE: writes a model small enough for tests of the
 * program. The kinds:
 *   bright       bright pixels are the subject: sigmoid(40 (mean(x) - 0.5))
 *   deep         the same by a small network of eight steps, with a pooling,
 *                a resize and a skip connection; sides are multiples of 2
 *   families     every family of convolutions, with weights as if drawn: 3x3
 *                with stride, dilation, residual, depthwise, in groups, 1x1,
 *                to one channel; sides are multiples of 4
 *   empty        a mask of zeros
 *   unsupported  holds an operator that nobody has
 *   wide         its output has two channels
 *   huge         a weight whose dimensions multiply beyond any file */
#include "onnx_writer.h"

#include <stdio.h>

static struct onnx_writer w;

static void write_mask_model(float weight, float bias, int64_t channels) {
    float weights[6], biases[2] = {bias, bias};
    for (int i = 0; i < 6; i++) weights[i] = weight;
    onnx_initializer(&w, "weight", CUT_F32, 4, (int64_t[]){channels, 3, 1, 1},
                     weights, (size_t)channels * 3 * sizeof(float));
    onnx_initializer(&w, "bias", CUT_F32, 1, (int64_t[]){channels}, biases,
                     (size_t)channels * sizeof(float));
    onnx_node(&w, "Conv", "input weight bias", "sum");
    onnx_node(&w, "Sigmoid", "sum", "mask");
}

enum { DEEP = 8 };

/* y[DEEP] = relu(conv(x)): every channel the mean of all of x's. */
static void write_mean(const char *x, int64_t channels, const char *name) {
    static float weights[DEEP * DEEP * 9];
    float zeros[DEEP] = {0};
    char inputs[64], weight[16], bias[16], sum[16];
    memset(weights, 0, sizeof weights);
    for (int64_t i = 0; i < DEEP * channels; i++)
        weights[i * 9 + 4] = 1 / (float)channels;
    snprintf(weight, sizeof weight, "w_%s", name);
    snprintf(bias, sizeof bias, "b_%s", name);
    snprintf(sum, sizeof sum, "sum_%s", name);
    snprintf(inputs, sizeof inputs, "%s %s %s", x, weight, bias);
    onnx_initializer(&w, weight, CUT_F32, 4, (int64_t[]){DEEP, channels, 3, 3},
                     weights, (size_t)(DEEP * channels * 9) * sizeof(float));
    onnx_initializer(&w, bias, CUT_F32, 1, (int64_t[]){DEEP}, zeros,
                     sizeof zeros);
    onnx_node(&w, "Conv", inputs, sum);
    onnx_attr_ints(&w, "pads", 4, (int64_t[]){1, 1, 1, 1});
    onnx_node(&w, "Relu", sum, name);
}

static void write_deep_model(void) {
    float scales[4] = {1, 1, 2, 2}, weights[2 * DEEP], bias = -20;
    for (int i = 0; i < 2 * DEEP; i++) weights[i] = 40.0f / (2 * DEEP);
    write_mean("input", 3, "a");
    onnx_node(&w, "MaxPool", "a", "half");
    onnx_attr_ints(&w, "kernel_shape", 2, (int64_t[]){2, 2});
    onnx_attr_ints(&w, "strides", 2, (int64_t[]){2, 2});
    write_mean("half", DEEP, "b");
    write_mean("b", DEEP, "c");
    write_mean("c", DEEP, "d");
    write_mean("d", DEEP, "e");
    onnx_initializer(&w, "scales", CUT_F32, 1, (int64_t[]){4}, scales,
                     sizeof scales);
    onnx_node(&w, "Resize", "e - scales", "whole");
    onnx_attr_text(&w, "mode", "linear");
    onnx_node(&w, "Concat", "a whole", "both");
    onnx_attr_int(&w, "axis", 1);
    onnx_initializer(&w, "weight", CUT_F32, 4, (int64_t[]){1, 2 * DEEP, 1, 1},
                     weights, sizeof weights);
    onnx_initializer(&w, "bias", CUT_F32, 1, (int64_t[]){1}, &bias,
                     sizeof bias);
    onnx_node(&w, "Conv", "both weight bias", "sum");
    onnx_node(&w, "Sigmoid", "sum", "mask");
}

/* One of the next weights: no two layers are alike. */
static float draw(void) {
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / (1 << 24) - 0.5f;
}

struct conv {
    int64_t k, c, side, stride, dilation, groups;
};

/* `name` = conv of `x`, of the size of `x` by the stride; not yet activated. */
static void write_conv(const char *x, const char *name, struct conv v) {
    static float weights[4096];
    const int64_t n = v.k * v.c / v.groups * v.side * v.side;
    const int64_t pad = v.dilation * (v.side / 2);
    const float size = 3.0f / (float)(n / v.k + 2);
    char inputs[64], weight[16], bias[16];
    snprintf(weight, sizeof weight, "w_%s", name);
    snprintf(bias, sizeof bias, "b_%s", name);
    snprintf(inputs, sizeof inputs, "%s %s %s", x, weight, bias);
    for (int64_t i = 0; i < n; i++) weights[i] = size * (draw() + 0.25f);
    onnx_initializer(&w, weight, CUT_F32, 4,
                     (int64_t[]){v.k, v.c / v.groups, v.side, v.side}, weights,
                     (size_t)n * sizeof(float));
    for (int64_t i = 0; i < v.k; i++) weights[i] = draw();
    onnx_initializer(&w, bias, CUT_F32, 1, &v.k, weights,
                     (size_t)v.k * sizeof(float));
    onnx_node(&w, "Conv", inputs, name);
    onnx_attr_ints(&w, "pads", 4, (int64_t[]){pad, pad, pad, pad});
    onnx_attr_ints(&w, "strides", 2, (int64_t[]){v.stride, v.stride});
    onnx_attr_ints(&w, "dilations", 2, (int64_t[]){v.dilation, v.dilation});
    onnx_attr_int(&w, "group", v.groups);
}

static void write_families_model(void) {
    static const float scales[4] = {1, 1, 2, 2};
    write_conv("input", "a0", (struct conv){16, 3, 3, 2, 1, 1});
    onnx_node(&w, "Relu", "a0", "a");
    write_conv("a", "b0", (struct conv){16, 16, 3, 1, 1, 1});
    onnx_node(&w, "Relu", "b0", "b");
    write_conv("b", "c0", (struct conv){16, 16, 3, 1, 2, 1});
    onnx_node(&w, "Relu", "c0", "c1");
    onnx_node(&w, "Add", "c1 b", "c");
    write_conv("c", "d0", (struct conv){16, 16, 3, 1, 1, 16});
    onnx_node(&w, "HardSwish", "d0", "d");
    write_conv("d", "e0", (struct conv){16, 16, 3, 1, 1, 4});
    onnx_node(&w, "LeakyRelu", "e0", "e");
    write_conv("e", "f0", (struct conv){16, 16, 1, 1, 1, 1});
    onnx_node(&w, "Add", "f0 d", "f");
    onnx_node(&w, "Concat", "a f", "g");
    onnx_attr_int(&w, "axis", 1);
    write_conv("g", "h0", (struct conv){8, 32, 3, 1, 1, 1});
    onnx_node(&w, "Relu", "h0", "h");
    onnx_initializer(&w, "scales", CUT_F32, 1, (int64_t[]){4}, scales,
                     sizeof scales);
    onnx_node(&w, "Resize", "h - scales", "i");
    onnx_attr_text(&w, "mode", "linear");
    write_conv("i", "j", (struct conv){1, 8, 3, 1, 1, 1});
    onnx_node(&w, "Sigmoid", "j", "mask");
}

static int write_kind(const char *kind) {
    onnx_begin(&w, strcmp(kind, "families") == 0 ? 14 : 13);
    onnx_input(&w, "input", CUT_F32, 4, (int64_t[]){1, 3, -1, -1});
    if (strcmp(kind, "bright") == 0) {
        write_mask_model(40.0f / 3, -20, 1);
    } else if (strcmp(kind, "deep") == 0) {
        write_deep_model();
    } else if (strcmp(kind, "families") == 0) {
        write_families_model();
    } else if (strcmp(kind, "empty") == 0) {
        write_mask_model(0, -30, 1);
    } else if (strcmp(kind, "wide") == 0) {
        write_mask_model(1, 0, 2);
    } else if (strcmp(kind, "unsupported") == 0) {
        onnx_node(&w, "Frobnicate", "input", "mask");
    } else if (strcmp(kind, "huge") == 0) {
        onnx_initializer(&w, "weight", CUT_F32, 4,
                         (int64_t[]){INT64_MAX / 2, 3, 1 << 30, 1}, "", 0);
        onnx_node(&w, "Conv", "input weight", "mask");
    } else {
        return 2;
    }
    onnx_output(&w, "mask", CUT_F32, -1, NULL);
    onnx_end(&w);
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 3 || write_kind(argv[1]) != 0) {
        fputs("tool_tiny_model: KIND FILE\n", stderr);
        return 2;
    }
    FILE *file = fopen(argv[2], "wb");
    if (!file) return perror(argv[2]), 1;
    size_t n = fwrite(w.bytes, 1, w.n_bytes, file);
    return fclose(file) != 0 || n != w.n_bytes;
}
