/* Loops over strided operands: what elementwise operators, copies and
 * transpositions have in common. A nest is a set of axes and, for each
 * operand, its stride along every axis in elements (0: broadcast). Axes may
 * be ordered as the loop likes; only the two last reach the body. */
#ifndef CPU_NEST_H
#define CPU_NEST_H

#include "cpu/cpu.h"

#define NEST_MAX_RANK 16
#define NEST_OPERANDS 3

struct nest {
    int rank, n_operands;
    int64_t dims[NEST_MAX_RANK];
    int64_t stride[NEST_OPERANDS][NEST_MAX_RANK];
};

/* n_rows x n_columns elements of every operand, from `offset` on. */
struct nest_block {
    int64_t n_rows, n_columns;
    int64_t offset[NEST_OPERANDS];
    int64_t row[NEST_OPERANDS], column[NEST_OPERANDS]; /* strides */
};
typedef void nest_body(void *context, const struct nest_block *block);

/* Strides of a view's own axes, in elements. */
void view_strides(const struct cpu_view *view, int64_t stride[CUT_MAX_RANK]);
int64_t view_count(const struct cpu_view *view);
bool view_is_dense(const struct cpu_view *view);
bool view_is_f32(const struct cpu_view *view);

/* Axes of `y`; operand 0 is y itself, the others are broadcast to it. */
struct nest nest_of(const struct cpu_view *y, const struct cpu_view *a,
                    const struct cpu_view *b);
/* Drops axes of 1 and merges those that every operand walks as one; leaves
 * at least two axes. */
void nest_collapse(struct nest *nest);
/* Makes every column stride 0 or 1 (1 for operand 0), if need be by an extra
 * axis of one column. */
void nest_unit_columns(struct nest *nest);
/* Splits the nest into blocks of at most `rows` x `columns` and calls `body`
 * on them from the pool's threads, in any order. */
struct nest_size {
    int64_t rows, columns;
};
void nest_run(const struct nest *nest, struct nest_size block,
              struct pool *pool, nest_body *body, void *context);
/* A block of about 16 K elements whose columns are whole where they fit. */
struct nest_size nest_block_size(const struct nest *nest);

#endif
