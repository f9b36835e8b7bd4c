/* Reduction down columns in blocks, shared by Reduce*, the global pools and
 * InstanceNormalization.
 *   y[o][i] = finish(reduce over r of x[o][r][i])
 * Blocks have a fixed number of rows; their partial results are reduced in
 * order, so the bytes do not depend on the threads. */
#ifndef CPU_FAST_REDUCE_H
#define CPU_FAST_REDUCE_H

#include "cpu/fast.h"

struct reduce_shape {
    int64_t outer, rows, inner;
    int64_t x_outer, x_row; /* strides in floats */
    int64_t y_outer;
};
struct reduce_job {
    struct reduce_shape shape;
    enum reduce_kind kind;
    const float *x;
    const float *center; /* REDUCE_DEVIATION: dense [outer, inner] */
    float *y;
    float scale;     /* y = reduce * scale, then */
    bool root;       /* its square root */
    float *partials; /* reduce_partials(shape) floats */
};

int64_t reduce_partials(const struct reduce_shape *shape);
void reduce_down_blocks(const struct reduce_job *job,
                        const struct row_kernels *kernels, struct pool *pool);

#endif
