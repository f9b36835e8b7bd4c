/* tool_tiny_model KIND FILE: writes a model small enough for tests of the
 * program. The kinds:
 *   bright       bright pixels are the subject: sigmoid(40 (mean(x) - 0.5))
 *   deep         the same by a small network of eight steps, with a pooling,
 *                a resize and a skip connection; sides are multiples of 2
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

static int write_kind(const char *kind) {
    onnx_begin(&w, 13);
    onnx_input(&w, "input", CUT_F32, 4, (int64_t[]){1, 3, -1, -1});
    if (strcmp(kind, "bright") == 0) {
        write_mask_model(40.0f / 3, -20, 1);
    } else if (strcmp(kind, "deep") == 0) {
        write_deep_model();
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
