/* tool_tiny_model KIND FILE: writes a model small enough for tests of the
 * program. The kinds:
 *   bright       bright pixels are the subject: sigmoid(40 (mean(x) - 0.5))
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

static int write_kind(const char *kind) {
    onnx_begin(&w, 13);
    onnx_input(&w, "input", CUT_F32, 4, (int64_t[]){1, 3, -1, -1});
    if (strcmp(kind, "bright") == 0) {
        write_mask_model(40.0f / 3, -20, 1);
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
