/* Loops over strided operands, as shaders walk them: a set of axes and, for
 * each operand, its stride along every axis in elements (0: broadcast).
 *
 * With GPU_WALK the head of a shader has
 *   override RANK: u32        axes
 *   fn param(i: u32) -> u32   word i of the params
 *   fn walk(id: u32) -> vec4<u32>
 *   fn splat<o>(i: u32) -> A  element i of operand o, even with GPU_VEC4
 * where walk gives the element of each of up to four operands that invocation
 * `id` works on, row-major over the axes. gpu_nest_params puts the axes into
 * the params: word 4 is the number of invocations, axis k (from 0) has five
 * words from 5 + 5k: its length and four strides. Words 30 and 31 are the
 * method's own (gpu_float_bits for numbers). */
#ifndef GPU_STRIDE_LOOPS_H
#define GPU_STRIDE_LOOPS_H

#include "gpu/emit.h"

enum {
    GPU_NEST_RANK = 5,
    GPU_NEST_AXES = 16,
    GPU_NEST_OWN = 30 - GPU_PARAM_FIRST /* of job->params */
};

struct gpu_nest {
    int rank, n_operands;
    int64_t dims[GPU_NEST_AXES];
    int64_t stride[GPU_MAX_ARENA][GPU_NEST_AXES];
};

/* Elements between neighbours of every axis of an operand. */
void gpu_strides(const struct gpu_operand *operand,
                 int64_t stride[CUT_MAX_RANK]);
int64_t gpu_count(const struct gpu_operand *operand);
/* The axes of y; operand 0 is y. */
void gpu_nest_start(struct gpu_nest *nest, const struct gpu_operand *y);
/* Adds an operand broadcast to these axes, or one with given strides. */
void gpu_nest_add(struct gpu_nest *nest, const struct gpu_operand *operand);
void gpu_nest_add_strides(struct gpu_nest *nest, const int64_t *stride);
/* Drops axes of 1, merges those that all operands walk as one; leaves one axis
 * at least. */
void gpu_nest_collapse(struct gpu_nest *nest);
/* True when four neighbours of the last axis are one vec4 of operand k, or
 * (splat) one element. The base must be aligned too, see gpu_is_vec4. */
bool gpu_nest_is_vec4(const struct gpu_nest *nest, int k, bool splat);
/* The same of all operands (inputs may be splats), and of the bases of those
 * that the job binds. */
bool gpu_nest_all_vec4(const struct gpu_nest *nest, const struct gpu_job *job);
/* Makes last axis and strides count vec4s for the operands that have the last
 * axis at stride 1; splat operands keep elements. */
void gpu_nest_vec4(struct gpu_nest *nest);
/* Fills RANK, params and workgroups of 64 invocations. The rank must be at
 * most GPU_NEST_RANK. */
void gpu_nest_params(const struct gpu_nest *nest, struct gpu_job *job);

/* A tensor of a type that shaders get as f32 or f16. */
bool gpu_is_float(const struct gpu_operand *operand);
/* True when the operand begins at a vec4 of its binding. */
bool gpu_base_is_vec4(const struct gpu_operand *operand);
/* Asks for a constant as f32, padded to n; see gpu_weight. */
int gpu_vector(struct gpu_emitter *e, const struct gpu_operand *operand,
               int64_t n);

/* Nominal seconds of moving that many elements, plus a dispatch. */
double gpu_move_cost(const struct gpu_call *call, double n_elements);
/* Elements of all operands of the step. */
double gpu_call_elements(const struct gpu_call *call);

#endif
