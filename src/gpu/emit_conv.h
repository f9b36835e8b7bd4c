/* What the convolution methods share: the shape of a step in plain numbers,
 * its constants as uploads, the words of conv_window.wgsl, and the tiles of
 * gemm_tile.wgsl. */
#ifndef GPU_EMIT_CONV_H
#define GPU_EMIT_CONV_H

#include "base/mem.h"
#include "gpu/emit.h"

/* y[N,OH,OW,K] = act(conv(x[N,H,W,C], w) * scale + bias + r); a 1-D
 * convolution has H = OH = KH = 1. Operands that the step lacks are NULL. */
struct gpu_conv {
    const struct gpu_operand *x, *weights, *y;
    const struct gpu_operand *bias, *residual, *scale, *zero;
    int64_t n, h, w, c, k, oh, ow, groups;
    int64_t group_c, group_k; /* channels of a group, in and out */
    int64_t kh, kw, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
};

/* False for what no method here takes: 3-D, operands that are not floats,
 * weights, bias or scales that are not constant. */
bool gpu_conv_of(const struct gpu_call *call, struct gpu_conv *conv);
/* Input i, or NULL when the step omits it. */
const struct gpu_operand *gpu_input(const struct gpu_call *call, int i);

/* Layouts of GPU_PACK_CONV, in n[0] of the upload; see pack.c. */
enum gpu_conv_layout {
    GPU_LAYOUT_TAPS,    /* [tap][c][groups * k_padded] of [K,C/groups,KH,KW] */
    GPU_LAYOUT_TURNED,  /* the same of ConvTranspose's [C,K/groups,KH,KW] */
    GPU_LAYOUT_CHANNEL, /* [tap][c] of one output channel */
    GPU_LAYOUT_VECTOR   /* [groups * k_padded] of one value or K */
};

/* How a job reads its constants. */
struct gpu_conv_packing {
    enum gpu_conv_layout layout;
    int64_t groups, k_padded; /* depthwise: 1 and all channels */
};

/* Weights are f32 where the file has that, else f16. */
enum cut_dtype gpu_weight_dtype(enum cut_dtype stored);
/* Fills uploads[0..2] with weights, bias and scale (bias again when there is
 * none). False when memory is out. */
bool gpu_conv_weights(struct gpu_emitter *e, const struct gpu_conv *conv,
                      const struct gpu_conv_packing *packing, int uploads[3]);

/* Starts a job of a convolution: operands y, x, residual; the constants of
 * epilogue.wgsl; words 4 to 23 for conv_window.wgsl with channels counted in
 * units of 1 or 4 elements (GPU_VEC4), words 28 and 29 for the activation. */
void gpu_conv_job(const struct gpu_call *call, const struct gpu_conv *conv,
                  int unit, struct gpu_job *job);
/* The words of the weights: `w_pitch` units from input channel to input
 * channel, `k_group` units from group to group. */
void gpu_conv_pitches(struct gpu_job *job, int64_t w_pitch, int64_t k_group);

enum cut_status gpu_conv_no_memory(struct cut_error *err);
/* Multiply-adds of a direct convolution. */
double gpu_conv_macs(const struct gpu_conv *conv);

void gpu_job_constant(struct gpu_job *job, const char *name, uint32_t value);
/* Word `i` of P, GPU_PARAM_FIRST or later. */
void gpu_job_word(struct gpu_job *job, int i, int64_t value);
/* One invocation for each of n, 64 to a workgroup. */
void gpu_job_spread(struct gpu_job *job, int64_t n);
/* Constants and workgroups of gemm_tile.wgsl, or gemm_tall.wgsl on a software
 * adapter, for `z` products [rows,..] x [..,4 * columns]. The shader of the
 * job is GPU_GEMM(device, its other files). */
void gpu_gemm_tile(struct gpu_job *job, const struct gpu_device *device,
                   int64_t rows, int64_t columns, int64_t z);

#define GPU_GEMM(device, files)                                                \
    ((device)->limits.is_cpu ? files "+gemm_tall" : files "+gemm_tile")

/* Nominal seconds of work: multiply-adds of a matrix product, and bytes of
 * memory traffic, whichever takes longer, and a dispatch's own time. */
double gpu_seconds(const struct gpu_device *device, double macs, double bytes);

/* The same of a product in gemm_tile.wgsl: what its tiles multiply, padding
 * included. */
double gpu_gemm_seconds(const struct gpu_device *device, int64_t rows,
                        int64_t columns, double depth, double bytes);

static inline int64_t gpu_round_to(int64_t n, int64_t to) {
    return (n + to - 1) / to * to;
}
static inline int64_t gpu_ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

#endif
