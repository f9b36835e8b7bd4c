/* Writing dispatches: what the methods (emit_*.c) share.
 *
 * A method mirrors `struct cpu_method`: fits, scratch_bytes and cost are asked
 * at plan time (operands have tensors and pitches, no addresses), emit is
 * called once per step afterwards and calls gpu_emit for each dispatch.
 *
 * What a shader sees. gpu_emit writes the head of the shader from the operands
 * of the dispatch, in this order of bindings:
 *
 *   P: array<vec4<u32>, 8>   uniform: the params. Word i is P[i / 4][i % 4].
 *                            Word o < 4 is the offset of arena operand o in its
 *                            binding, in elements of its storage type (vec4s
 *                            with GPU_VEC4); the method's own words start at
 *                            GPU_PARAM_FIRST.
 *   a<o>: array<E<o>>        read_write: arena operand o. Operand 0 is what the
 *                            dispatch writes. E<o> is f32, f16, vec4<f32> or
 *                            vec4<f16>, by the operand's dtype and GPU_VEC4.
 *   w<k>: array<W<k>>        read: constants, as uploaded. W<k> is
 *                            f32/vec4<f32> for an f32 upload; for an f16 one
 *                            f16/vec4<f16> where the device has shader-f16,
 *                            else u32/vec2<u32> to unpack.
 *
 * with the helpers
 *   alias A = f32 or vec4<f32>   the type to calculate in
 *   fn load<o>(i: u32) -> A      element i of arena operand o
 *   fn store<o>(i: u32, v: A)    (every operand: scratch is written too)
 *   (pixels, operands of CUT_U32, are u32 in E, load and store)
 *   fn weight<k>(i: u32) -> f32 or vec4<f32>   element i of constant k
 * i counts storage elements from the operand's own start. Operands whose ranges
 * overlap share one binding (a<o> of the later one does not exist then), which
 * load and store know and a shader does not notice. A constant as an arena
 * operand is uploaded as f32, or as f16 where it is stored so and the device
 * has shader-f16; such constants have buffers of their own, since a dispatch
 * may not bind a buffer both ways. Where `weight` is too slow the shader may
 * use w<k> and W<k> directly (const F16_WEIGHTS: bool says that those of f16
 * uploads are f16 or vec4<f16>, not to unpack). const F16: bool says whether
 * activations are f16.
 *
 * Dispatches that follow each other see each other's writes; no barriers are
 * needed between them. */
#ifndef GPU_EMIT_H
#define GPU_EMIT_H

#include "gpu/gpu.h"

enum {
    GPU_MAX_ARENA = 4,   /* operands 1..3 read, 0 written */
    GPU_MAX_WEIGHTS = 4, /* at most 8 storage bindings in all */
    GPU_PARAM_WORDS = 32,
    GPU_PARAM_FIRST = 4,
    GPU_PARAM_STRIDE = 256, /* bytes: WebGPU's uniform offset alignment */
    GPU_MAX_OPERANDS = 64
};

/* An operand of a step: a tensor, or scratch (tensor NULL). */
struct gpu_operand {
    const struct tensor *tensor; /* NULL: omitted input, or scratch */
    int tensor_index;            /* -1 when NULL */
    enum cut_dtype dtype;
    int64_t pitch;          /* elements; see struct plan_operand */
    struct gpu_range range; /* its bytes, exactly; buffer -1 at plan time */
    bool constant;
};

struct gpu_call {
    const struct gpu_device *device;
    const struct node *node;
    const struct graph *graph;
    int step, method_id;
    int n_inputs, n_outputs;
    struct gpu_operand inputs[GPU_MAX_OPERANDS], outputs[GPU_MAX_OPERANDS];
    struct gpu_range scratch;
};

struct gpu_emitter; /* emit.c */

struct gpu_method {
    const char *name;
    bool (*fits)(const struct gpu_call *call);
    size_t (*scratch_bytes)(const struct gpu_call *call); /* NULL: none */
    /* Nominal seconds, to rank methods of one step. */
    double (*cost)(const struct gpu_call *call);
    enum cut_status (*emit)(struct gpu_emitter *e, const struct gpu_call *call,
                            struct cut_error *err);
};

/* NULL-terminated, NULL for operators that the GPU route refuses.
 * (gpu_ops.c) */
const struct gpu_method *const *gpu_methods(enum op op);

enum gpu_flags {
    GPU_VEC4 = 1,         /* arena operands are arrays of vec4 */
    GPU_WEIGHTS_VEC4 = 2, /* constants are arrays of vec4 */
    GPU_SUBGROUPS = 4,    /* head enables subgroups */
    GPU_WALK = 8          /* head has the walk of stride_loops.h */
};

/* One dispatch. */
struct gpu_job {
    const char *shader; /* a literal, see struct gpu_pipeline */
    unsigned flags;
    int n_arena;
    const struct gpu_operand *arena[GPU_MAX_ARENA]; /* [0] is written */
    int n_weights;
    int weights[GPU_MAX_WEIGHTS]; /* uploads, from gpu_weight */
    int n_constants;
    struct gpu_constant constants[GPU_MAX_CONSTANTS];
    int n_params;
    uint32_t params[GPU_PARAM_WORDS - GPU_PARAM_FIRST];
    int64_t workgroups[3]; /* each at most 65535; gpu_emit checks */
    double cost;
};

enum cut_status gpu_emit(struct gpu_emitter *e, const struct gpu_call *call,
                         const struct gpu_job *job, struct cut_error *err);
/* Asks for a constant to be uploaded: upload->packing, tensor, zero, scale,
 * dtype, n and range.bytes are set by the caller. Equal requests share one
 * upload. Returns its number, -1 when memory is out. range.bytes is
 * rounded up to 16; what a packing leaves is zero. */
int gpu_weight(struct gpu_emitter *e, const struct gpu_upload *upload);
/* A part of the step's scratch as an operand of n elements. */
struct gpu_operand gpu_scratch(const struct gpu_call *call, uint64_t offset,
                               enum cut_dtype dtype, int64_t n);
/* Splits n invocations of `size` per workgroup over x and y when there are
 * more than 65535 workgroups: sets workgroups[0..1]; the shader computes
 * id = (wg.y * num_workgroups.x + wg.x) * size + local and compares with n. */
void gpu_spread(struct gpu_job *job, int64_t n, int64_t size);

/* True when operand rows can be read as vec4: width, pitch and offset are
 * multiples of four elements (at plan time: width and pitch; offsets of
 * tensors are multiples of 256 bytes, of slices of their column). */
bool gpu_is_vec4(const struct gpu_operand *operand);
/* A constant's element, f32, f16 or 8-bit, at an address of any alignment. */
float gpu_float_of(enum cut_dtype dtype, const void *at);
/* Bits of a float, for a param. */
uint32_t gpu_float_bits(float x);

/* Packing, by the files that define the layouts. */
enum cut_status gpu_pack_conv(const struct gpu_list *list,
                              const struct gpu_upload *upload, void *bytes,
                              struct cut_error *err);
enum cut_status gpu_pack_matrix(const struct gpu_list *list,
                                const struct gpu_upload *upload, void *bytes,
                                struct cut_error *err);

/* Methods by family. */
extern const struct gpu_method gpu_conv_gemm_method;     /* implicit GEMM */
extern const struct gpu_method gpu_conv_winograd_method; /* F(4x4,3x3) */
extern const struct gpu_method gpu_conv_depthwise_method;
extern const struct gpu_method gpu_conv_direct_method; /* any groups */
extern const struct gpu_method gpu_conv_narrow_method; /* to one channel */
extern const struct gpu_method gpu_conv_transpose_method;
extern const struct gpu_method gpu_matmul_method;
extern const struct gpu_method gpu_matmul_direct_method;
extern const struct gpu_method gpu_unary_method;
extern const struct gpu_method gpu_binary_method;
extern const struct gpu_method gpu_copy_method; /* strided movement */
extern const struct gpu_method gpu_one_method;  /* Sum, ... of one tensor */
extern const struct gpu_method gpu_pad_method;
extern const struct gpu_method gpu_concat_method;
extern const struct gpu_method gpu_split_method;
extern const struct gpu_method gpu_gather_method;
extern const struct gpu_method gpu_pool_method;
extern const struct gpu_method gpu_resize_method;
extern const struct gpu_method gpu_reduce_method;
extern const struct gpu_method gpu_batch_norm_method;
extern const struct gpu_method gpu_instance_norm_method;
extern const struct gpu_method gpu_layer_norm_method;
extern const struct gpu_method gpu_softmax_method;

#endif
