/* The vector drivers of everything but convolution and matrix products: one
 * plan step each, split into pool tasks that do not depend on the number of
 * threads. All take f32 (movement: any element size) with any pitch. */
#ifndef CPU_FAST_H
#define CPU_FAST_H

#include "cpu/cpu.h"
#include "cpu/kernels.h"
#include "cpu/nest.h"
#include "cpu/row_kernels.h"

extern const struct cpu_method fast_unary_method; /* fast_elementwise.c */
extern const struct cpu_method fast_binary_method;
extern const struct cpu_method fast_variadic_method;
extern const struct cpu_method fast_cast_method;
extern const struct cpu_method fast_pool_method;       /* fast_pool.c */
extern const struct cpu_method fast_resize_method;     /* fast_resize.c */
extern const struct cpu_method fast_reduce_method;     /* fast_reduce.c */
extern const struct cpu_method fast_batch_norm_method; /* fast_norm.c */
extern const struct cpu_method fast_instance_norm_method;
extern const struct cpu_method fast_layer_norm_method;
extern const struct cpu_method fast_softmax_method;
extern const struct cpu_method fast_transpose_method; /* fast_movement.c */
extern const struct cpu_method fast_copy_method; /* Identity, Reshape, .. */
extern const struct cpu_method fast_concat_method;
extern const struct cpu_method fast_split_method;
extern const struct cpu_method fast_slice_method;
extern const struct cpu_method fast_expand_method;
extern const struct cpu_method fast_tile_method;
extern const struct cpu_method fast_blocks_method; /* DepthToSpace, .. */
extern const struct cpu_method fast_pad_method;    /* fast_pad.c */
extern const struct cpu_method fast_gather_method;
extern const struct cpu_method conv_depthwise_method; /* conv_depthwise.c */

/* For methods that need no scratch memory. */
size_t fast_no_scratch(const struct cpu_call *call, int n_threads);
/* Seconds for `vectors` vector instructions an output element. */
double fast_cost(const struct cpu_call *call, int n_threads, double vectors);
/* One vector instruction and the memory traffic of an output element. */
double fast_cost_copy(const struct cpu_call *call, int n_threads);
/* True when the first input and output have fewer than 2^31 elements: tasks
 * are counted in int. */
bool fast_countable(const struct cpu_call *call);
/* fast_countable, and all inputs that are there and all outputs are f32. */
bool fast_all_f32(const struct cpu_call *call);
/* Input i, or NULL when the step omits it. */
const struct cpu_view *fast_input(const struct cpu_call *call, int i);
/* Blocks of `size` that cover n. */
static inline int64_t fast_blocks_of(int64_t n, int64_t size) {
    return (n + size - 1) / size;
}

#endif
