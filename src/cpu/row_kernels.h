/* Vector primitives of everything that is neither a matrix product nor
 * Winograd: short loops over rows of floats, one set per instruction set
 * (kernels/row_table.c). All strides are in floats. Rows may stand any
 * distance apart and have any alignment; nothing outside them is touched.
 * y may be x (or a, or b) itself, but not overlap it otherwise. */
#ifndef CPU_ROW_KERNELS_H
#define CPU_ROW_KERNELS_H

#include "graph/op.h"

struct epilogue;

/* y[r][i] = f(x[r][i]). */
struct unary_rows {
    const float *x;
    int64_t x_stride;
    float *y;
    int64_t y_stride;
    int64_t n_rows, n;
    const struct unary_params *params;
};
typedef void unary_kernel(const struct unary_rows *rows);

/* y[r][i] = f(a[r][i], b[r][i]); a scalar operand has one value a row; not both
 * where n > 1. */
struct binary_rows {
    const float *a, *b;
    int64_t a_stride, b_stride;
    bool a_scalar, b_scalar;
    float *y;
    int64_t y_stride;
    int64_t n_rows, n;
};
typedef void binary_kernel(const struct binary_rows *rows);

/* One output row of a pooling window. Tap (i, j) of column 0 without padding
 * is x + i*x_row + j*dilation*x_column; only the valid tap rows are given. */
struct pool_row {
    const float *x;   /* first valid tap row, input column 0 */
    int64_t x_row;    /* from tap row to tap row, dilation included */
    int64_t x_column; /* from input column to input column */
    int64_t n_tap_rows;
    int64_t counted_rows; /* factor of the average's divisor */
    float *y;
    int64_t y_column;
    int64_t n_out, n_in; /* columns */
    int64_t n_channels;
    int64_t kernel, stride, dilation, pad_begin, pad_end; /* of columns */
    bool count_include_pad;
};
typedef void pool_kernel(const struct pool_row *row);

/* y[p][c] = sum over t < taps of weight[p][t] * x[index[p][t]][c]. */
struct resize_columns {
    const float *x;
    int64_t x_column;
    float *y; /* n_out * n_channels, dense */
    int64_t n_out, n_channels;
    int taps; /* 1, 2 or 4; one tap has weight 1 */
    const int32_t *index;
    const float *weight;
};
/* y[p][c] = sum over t < taps of weight[t] * x[t][p * n + c]. */
struct resize_blend {
    const float *x[4];
    float weight[4];
    int taps;
    float *y;
    int64_t y_stride;
    int64_t n_rows, n;
};

enum reduce_kind {
    REDUCE_SUM,
    REDUCE_MAX,
    REDUCE_MIN,
    REDUCE_SQUARES,  /* sum of x^2 */
    REDUCE_ABSOLUTE, /* sum of |x| */
    REDUCE_DEVIATION /* sum of (x - center)^2 */
};
/* Down columns: y[i] = reduce over r of x[r][i]; n_rows >= 1.
 * Along rows:   y[r] = reduce over i of x[r][i]. */
struct reduce_rows {
    enum reduce_kind kind;
    const float *x;
    int64_t x_stride;
    int64_t n_rows, n;
    const float *center; /* n (down) or n_rows (along) floats, or NULL */
    float *y;
};

/* y[r][i] = (x[r][i] - mean[i]) * scale[i] + shift[i]. */
struct affine_rows {
    const float *x;
    int64_t x_stride;
    float *y;
    int64_t y_stride;
    int64_t n_rows, n;
    const float *mean, *scale, *shift;
};
/* LayerNormalization of each row: scale, shift as above; shift may be NULL. */
struct layer_norm_rows {
    const float *x;
    int64_t x_stride;
    float *y;
    int64_t y_stride;
    int64_t n_rows, n;
    const float *scale, *shift;
    float epsilon;
};
struct softmax_rows {
    const float *x;
    int64_t x_stride;
    float *y;
    int64_t y_stride;
    int64_t n_rows, n;
    bool log;
};

/* One output row of a depthwise convolution; taps as in struct pool_row.
 * w[(i * kernel + j) * n_channels + c] for the valid tap rows. bias and
 * residual may be NULL. */
struct depthwise_row {
    const float *x;
    int64_t x_row, x_column;
    int64_t n_tap_rows;
    const float *w;
    const float *bias;
    const float *residual;
    int64_t residual_column;
    float *y;
    int64_t y_column;
    int64_t n_out, n_in, n_channels;
    int64_t kernel, stride, dilation, pad_begin;
    const struct epilogue *epilogue;
};

/* dst[r*dst_row + c*dst_column] = src[r*src_row + c*src_column] for elements
 * of 1, 2, 4 or 8 bytes; strides in elements. dst may not overlap src. */
struct copy_block {
    const void *src;
    int64_t src_row, src_column;
    void *dst;
    int64_t dst_row, dst_column;
    int64_t n_rows, n_columns;
    size_t item_bytes;
};

struct row_kernels {
    /* NULL when the operator has no vector form. */
    unary_kernel *(*unary)(enum op op);
    binary_kernel *(*binary)(enum op op);
    pool_kernel *max_pool, *average_pool;
    void (*resize_columns)(const struct resize_columns *r);
    void (*resize_blend)(const struct resize_blend *r);
    void (*reduce_down)(const struct reduce_rows *r);
    void (*reduce_along)(const struct reduce_rows *r);
    void (*affine)(const struct affine_rows *r);
    void (*layer_norm)(const struct layer_norm_rows *r);
    void (*softmax)(const struct softmax_rows *r);
    void (*depthwise)(const struct depthwise_row *r);
    void (*copy)(const struct copy_block *b);
    /* n elements; halves as IEEE bits. */
    void (*widen_f16)(float *y, const uint16_t *x, int64_t n);
    void (*narrow_f16)(uint16_t *y, const float *x, int64_t n);
};

#endif
