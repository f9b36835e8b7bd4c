/* Convolution as an implicit matrix product, in vec4s of channels. */
#include "gpu/emit_conv.h"

static bool gemm_fits(const struct gpu_call *call) {
    struct gpu_conv c;
    return call->node->op == OP_CONV && gpu_conv_of(call, &c) &&
           gpu_is_vec4(c.x) && gpu_is_vec4(c.y) && c.group_c % 4 == 0 &&
           c.group_k % 4 == 0 && (!c.residual || gpu_is_vec4(c.residual)) &&
           c.groups <= 65535;
}

static double gemm_cost(const struct gpu_call *call) {
    struct gpu_conv c;
    if (!gpu_conv_of(call, &c)) return 0;
    double item = call->device->f16 ? 2 : 4;
    double pixels = (double)(c.n * c.oh * c.ow);
    double bytes = item * (double)(c.n * c.h * c.w * c.c) +
                   item * pixels * (double)c.k +
                   2.0 * (double)(c.kh * c.kw * c.group_c * c.k);
    double depth = (double)(c.kh * c.kw * c.group_c * c.groups);
    return gpu_gemm_seconds(call->device, c.n * c.oh * c.ow, c.group_k / 4,
                            depth, bytes);
}

static bool is_point(const struct gpu_conv *c) {
    return c->kh == 1 && c->kw == 1 && c->stride_h == 1 && c->stride_w == 1 &&
           c->pad_h == 0 && c->pad_w == 0 && c->oh == c->h && c->ow == c->w;
}

static enum cut_status gemm_emit(struct gpu_emitter *e,
                                 const struct gpu_call *call,
                                 struct cut_error *err) {
    struct gpu_conv c;
    struct gpu_job job;
    if (!gemm_fits(call)) /* a slice turned out to be off alignment */
        return gpu_conv_direct_method.emit(e, call, err);
    gpu_conv_of(call, &c);
    struct gpu_conv_packing packing = {GPU_LAYOUT_TAPS, c.groups, c.group_k};
    gpu_conv_job(call, &c, 4, &job);
    gpu_conv_pitches(&job, c.k / 4, c.group_k / 4);
    gpu_job_constant(&job, "POINT", is_point(&c));
    gpu_gemm_tile(&job, call->device, c.n * c.oh * c.ow, c.group_k / 4,
                  c.groups);
    if (call->device->f16 && gpu_weight_dtype(c.weights->dtype) == CUT_F16)
        job.shader =
            GPU_GEMM(call->device, "tile_f16+epilogue+conv_window+conv_gemm");
    else
        job.shader =
            GPU_GEMM(call->device, "tile_f32+epilogue+conv_window+conv_gemm");
    job.cost = gpu_conv_macs(&c);
    if (!gpu_conv_weights(e, &c, &packing, job.weights))
        return gpu_conv_no_memory(err);
    return gpu_emit(e, call, &job, err);
}

const struct gpu_method gpu_conv_gemm_method = {
    .name = "gemm",
    .fits = gemm_fits,
    .cost = gemm_cost,
    .emit = gemm_emit,
};
