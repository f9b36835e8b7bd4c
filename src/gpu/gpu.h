/* The WebGPU backend: a plan becomes a flat list of dispatches.
 *
 * C plans, the browser submits. Nothing here talks to a GPU: choose() picks a
 * method per step as the CPU backend does, plan_make places tensors, and
 * gpu_list_make walks the steps once and writes what is to be submitted:
 * buffers, uploads, pipelines, dispatches. web/lib/gpu.ts replays the list; a
 * test can read it without a GPU.
 *
 * Layers inside this room:
 *   gpu.h        the device's facts, the list, the backend
 *   emit.h       what methods use to write dispatches
 *   gpu_ops.c    the table of methods
 *   emit_*.c     methods by family, each beside its shaders/<name>.wgsl
 *   photo.h      the photo's way to the network and back, as such a list
 *   list_text.c  the list as JSON
 *   list_check.c the independent verifier
 *
 * Memory. One arena buffer holds activations and scratch, another few hold
 * the constants; graph inputs and outputs have a buffer each. A dispatch binds
 * ranges of them. WebGPU forbids two writable bindings of a dispatch to
 * overlap, and a buffer to be bound both read-only and writable, so all
 * activations are bound read_write, and operands whose ranges overlap (two
 * slices of a Concat, an operand overwritten in place) share one binding; see
 * gpu_emit.
 *
 * Precision. In f32, activations are f32 and stored weights stay f16 (or what
 * they were), unpacked in the shader. In f16, gpu_narrow turns all activations
 * between the graph's inputs and outputs into f16; sums are f32. */
#ifndef GPU_GPU_H
#define GPU_GPU_H

#include "graph/plan.h"

/* ---- The device -------------------------------------------------------- */

/* `struct cut_gpu_limits` (cutout.h) with defaults filled in. */
struct gpu_device {
    struct cut_gpu_limits limits;
    bool f16;                  /* activations are f16 */
    const struct backend *cpu; /* lends its evaluate; set by gpu_backend */
};

void gpu_device_init(const struct cut_gpu_limits *limits,
                     struct gpu_device *device);

/* ---- The list ---------------------------------------------------------- */

enum gpu_usage {
    GPU_USAGE_ARENA,   /* storage */
    GPU_USAGE_WEIGHTS, /* storage, written once */
    GPU_USAGE_PARAMS,  /* uniform, written once */
    GPU_USAGE_INPUT,   /* storage, written by every run */
    GPU_USAGE_OUTPUT,  /* storage, read back by every run */
    GPU_USAGE_SHARED   /* one of another list's; not counted in total_bytes */
};

struct gpu_buffer {
    enum gpu_usage usage;
    uint64_t bytes; /* a multiple of 256 */
    int of;         /* GPU_USAGE_SHARED: its number in the other list */
};

/* Fixed numbers of the first buffers; inputs, outputs and weights follow. */
enum { GPU_ARENA, GPU_PARAMS, GPU_FIRST_FREE };

/* A range of a buffer, for a binding or an upload. */
struct gpu_range {
    int buffer;
    uint64_t offset, bytes;
};

/* How an upload's bytes are made from constants. */
enum gpu_packing {
    GPU_PACK_PARAMS, /* words of all dispatches */
    GPU_PACK_PLAIN,  /* elements converted to `dtype` */
    GPU_PACK_CONV,   /* OIHW to [tap][c][k_padded], see emit_conv.c */
    GPU_PACK_VECTOR, /* bias or scale as f32, padded with zeros to n */
    GPU_PACK_MATRIX  /* Gemm/MatMul constants, see emit_matmul.c */
};

struct gpu_upload {
    struct gpu_range range;
    enum gpu_packing packing;
    int tensor;           /* -1: none */
    int zero, scale;      /* tensors of quantised weights, -1: none */
    enum cut_dtype dtype; /* of the packed elements: f16 or f32 */
    int64_t n[4];         /* as the packing says */
};

struct gpu_constant {
    const char *name; /* of the override; a literal */
    uint32_t value;
};

enum { GPU_MAX_CONSTANTS = 12, GPU_MAX_BINDINGS = 9 };

/* A shader file, the lines before it, and its override constants. */
struct gpu_pipeline {
    const char *shader; /* shaders/<name>.wgsl; several, joined by '+', are
                           read one after the other; a literal */
    const char *head;   /* WGSL: enables, bindings, aliases; see emit.h */
    int n_constants;
    struct gpu_constant constants[GPU_MAX_CONSTANTS];
    /* One letter per binding, in order: u uniform, w read_write storage,
     * r read-only storage. */
    char layout[GPU_MAX_BINDINGS + 1];
};

struct gpu_dispatch {
    int pipeline;
    int step; /* of the plan */
    uint32_t workgroups[3];
    int n_bindings;
    struct gpu_range bindings[GPU_MAX_BINDINGS];
    double cost; /* multiply-adds, or bytes / 4 where that is more: for
                    splitting submissions and for the progress bar */
};

struct gpu_list {
    const struct plan *plan;
    struct gpu_device device;
    int n_buffers, n_uploads, n_pipelines, n_dispatches;
    struct gpu_buffer *buffers;
    struct gpu_upload *uploads;
    struct gpu_pipeline *pipelines;
    struct gpu_dispatch *dispatches;
    uint32_t *params; /* GPU_PARAM_WORDS per dispatch, GPU_PARAM_STRIDE apart
                         in the buffer */
    int first_input, first_output; /* buffers of the graph's inputs, outputs */
    int n_before;         /* a photo's list: so many dispatches come before the
                             network's, the others after them; else 0 */
    uint64_t total_bytes; /* of all buffers: exactly what is taken */
    double total_cost;
};

/* ---- What session uses ------------------------------------------------- */

/* `cpu` lends its evaluate, for constants. Both must outlive `out`. */
void gpu_backend(struct gpu_device *device, const struct backend *cpu,
                 struct backend *out);
/* f16 only, after pass_layout: activations become f16, Casts at inputs and
 * outputs. */
enum cut_status gpu_narrow(struct graph *graph, struct cut_error *err);
/* The dispatches of a plan made with gpu_backend; everything from `arena`.
 * CUT_UNSUPPORTED when a buffer or binding goes over the device's limits. */
enum cut_status gpu_list_make(const struct plan *plan,
                              const struct gpu_device *device,
                              struct arena *arena, struct gpu_list *list,
                              struct cut_error *err);
/* Writes upload `i`, range.bytes long. */
enum cut_status gpu_list_pack(const struct gpu_list *list, int i, void *bytes,
                              struct cut_error *err);
/* The list as JSON; NULL when memory is out. All numbers are integers; lists
 * in [] have their fields in this order:
 *   {"precision": "f32" | "f16", "bytes": total_bytes, "cost": total_cost,
 *    "before": n_before,                        (of a photo's list)
 *    "buffers": [{"usage": "arena" | "weights" | ..., "bytes",
 *                 "of": number}],               (of a shared one)
 *    "inputs": [{"name", "buffer", "bytes", "dims": [as ONNX]}],
 *    "outputs": likewise,
 *    "uploads": [[buffer, offset, bytes]],      (0: the params)
 *    "pipelines": [{"shader", "head", "constants": {NAME: u32}, "layout"}],
 *    "steps": [{"node", "op", "method"}],
 *    "dispatches": [[pipeline, step, x, y, z, cost,
 *                    [[buffer, offset, bytes], one per binding]]]} */
const char *gpu_list_text(const struct gpu_list *list, struct arena *arena);
/* Checks bounds, alignment, limits and overlap of every binding, that reads
 * were written before, and that all sizes agree. */
enum cut_status gpu_list_check(const struct gpu_list *list,
                               struct cut_error *err);

#endif
