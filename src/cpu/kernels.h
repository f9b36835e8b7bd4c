/* The table of vector primitives: one set per instruction set, filled once by
 * kernels/table.c, chosen by cpu_kernels_for. Drivers know shapes, threads
 * and memory; primitives know only short rows of floats. */
#ifndef CPU_KERNELS_H
#define CPU_KERNELS_H

#include "graph/op.h"

/* What happens to a sum before it is stored: y = act(x + bias + residual), or
 * act(x + bias) + residual when `residual_last`. Channels are lanes. */
struct epilogue {
    enum activation activation;
    float act_a, act_b;
    bool residual_last;
};

/* c[m,NR] = a[m,k] * b[k,NR]: `n_rows` rows of a, `a_stride` floats apart;
 * b one packed panel, k rows of NR = GEMM_NV * VF_N floats; c rows
 * `c_stride` floats apart, always NR wide. Sums run over k in order. */
struct gemm_panel {
    int64_t n_rows, k;
    const float *a;
    int64_t a_stride;
    const float *b;
    float *c;
    int64_t c_stride;
    bool accumulate; /* add to c instead of overwriting it */
};

/* c rows of NR floats to y rows of n <= NR channels; bias and residual may be
 * NULL. Strides in floats. */
struct gemm_store {
    int64_t n_rows;
    int n;
    const float *c;
    int64_t c_stride;
    const float *bias; /* NR floats */
    const float *residual;
    int64_t residual_stride;
    float *y;
    int64_t y_stride;
    const struct epilogue *epilogue;
};

/* Weights of one output-channel panel as stored: element (k, i) at index
 * k * n + i, i < n; k < n_k <= NR. dtype f32, f16, u8 or i8 (any alignment).
 * w = (stored - zero[k]) * scale[k]; scale NULL: 1, zero NULL: 0. */
struct weight_panel {
    const void *data;
    enum cut_dtype dtype;
    int64_t first; /* index of element (0, 0) */
    int64_t n;
    int n_k;
    const float *scale, *zero; /* n_k floats each */
};

/* Winograd F(4x4,3x3), Lavin & Gray 2015 (arXiv:1509.09308). One input tile:
 * 6x6 pixels of n_channels floats; pixel (i,j) at x + i*row + j*column
 * (floats); those outside [row_begin,row_end) x [column_begin,column_end) are
 * zero and not read. v[p], p < 36, at v + p*v_stride: n_channels floats. */
struct winograd_input {
    const float *x;
    int64_t row, column;
    int row_begin, row_end, column_begin, column_end;
    int64_t n_channels;
    float *v;
    int64_t v_stride;
};
/* One output tile: m[p] at m + p*m_stride, n_channels floats (a multiple of
 * VF_N readable); writes the pixels (i,j) with i < n_rows, j < n_columns at
 * y + i*row + j*column. residual likewise, may be NULL. */
struct winograd_output {
    const float *m;
    int64_t m_stride;
    int n_rows, n_columns;
    int64_t n_channels;
    const float *bias; /* padded to VF_N; never NULL */
    const float *residual;
    int64_t residual_row, residual_column;
    float *y;
    int64_t row, column;
    const struct epilogue *epilogue;
};

/* One output row of a convolution to n_k channels. Tap (i, j) of output o
 * reads pixel o*stride - pad_begin + j*dilation of tap row i; those outside
 * [0, n_in) count as zero; only rows that exist are given. w[k][tap][c] at
 * w + k*w_stride, first row of taps the first given one. Strides in floats. */
struct narrow_row {
    const float *x;
    int64_t x_row, x_column, n_tap_rows;
    const float *w;
    int64_t w_stride;
    const float *bias; /* n_k floats */
    const float *residual;
    int64_t residual_column;
    float *y;
    int64_t y_column, n_out, n_in, n_channels;
    int n_k;
    int64_t kernel, stride, dilation, pad_begin;
    const struct epilogue *epilogue;
};

struct row_kernels;

struct cpu_kernels {
    const char *isa;
    int vec;    /* VF_N */
    int mr, nr; /* GEMM_MR; NR = GEMM_NV * VF_N */
    /* dst[0..n) = src[0..n) as floats, any dtype of weight_panel. */
    void (*expand)(float *dst, const void *src, enum cut_dtype dtype,
                   int64_t n);
    void (*gemm_panel)(const struct gemm_panel *g);
    void (*gemm_store)(const struct gemm_store *s);
    /* dst[i][NR] for i < n, missing k are zero. With n = C*9 (OIHW) and
     * `taps` = 9 rows come out tap by tap: i = tap*C + c. `room` holds
     * WEIGHT_ROOM floats. */
    void (*weight_pack)(const struct weight_panel *w, int64_t taps, float *dst,
                        float *room);
    /* u[p][c][NR] for n = C*9: the filters G g G^T; u[p] at u + p*u_stride. */
    void (*winograd_filter)(const struct weight_panel *w, float *u,
                            int64_t u_stride, float *room);
    void (*winograd_input)(const struct winograd_input *t);
    void (*winograd_output)(const struct winograd_output *t);
    void (*narrow)(const struct narrow_row *r);
    const struct row_kernels *rows; /* cpu/row_kernels.h */
};

#define WEIGHT_ROOM 16384

/* The table of a usable level; of the scalar one for anything else. */
const struct cpu_kernels *cpu_kernels_for(enum cut_cpu cpu);

#endif
