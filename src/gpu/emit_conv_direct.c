/* Convolutions that a matrix product does not suit: any shape and groups one
 * element at a time, transposed, depthwise, and to one channel. */
#include "gpu/emit_conv.h"

/* Seconds where every multiply-add costs `loads` more than in a tile. */
static double cost_of(const struct gpu_call *call, double loads) {
    struct gpu_conv c;
    if (!gpu_conv_of(call, &c)) return 0;
    double item = call->device->f16 ? 2 : 4;
    double bytes = item * (double)(c.n * c.h * c.w * c.c) +
                   item * (double)(c.n * c.oh * c.ow) * (double)c.k;
    return gpu_seconds(call->device, loads * gpu_conv_macs(&c), bytes);
}

/* ---- Any --------------------------------------------------------------- */

static bool direct_fits(const struct gpu_call *call) {
    struct gpu_conv c;
    return call->node->op == OP_CONV && gpu_conv_of(call, &c);
}

static bool transpose_fits(const struct gpu_call *call) {
    struct gpu_conv c;
    return call->node->op == OP_CONV_TRANSPOSE && gpu_conv_of(call, &c);
}

static double direct_cost(const struct gpu_call *call) {
    return cost_of(call, 4);
}

static enum cut_status emit_any(struct gpu_emitter *e,
                                const struct gpu_call *call,
                                enum gpu_conv_layout layout,
                                struct cut_error *err) {
    struct gpu_conv c;
    struct gpu_job job;
    gpu_conv_of(call, &c);
    int64_t padded = gpu_round_to(c.group_k, 4);
    struct gpu_conv_packing packing = {layout, c.groups, padded};
    gpu_conv_job(call, &c, 1, &job);
    gpu_conv_pitches(&job, c.groups * padded / 4, padded / 4);
    gpu_job_word(&job, 24, c.groups);
    gpu_job_constant(&job, "TRANSPOSED", layout == GPU_LAYOUT_TURNED);
    gpu_job_spread(&job, c.groups * (padded / 4) * c.n * c.oh *
                             gpu_ceil_div(c.ow, 4));
    job.shader = "epilogue+conv_window+conv_direct";
    job.cost = 4 * gpu_conv_macs(&c);
    if (!gpu_conv_weights(e, &c, &packing, job.weights))
        return gpu_conv_no_memory(err);
    return gpu_emit(e, call, &job, err);
}

static enum cut_status direct_emit(struct gpu_emitter *e,
                                   const struct gpu_call *call,
                                   struct cut_error *err) {
    return emit_any(e, call, GPU_LAYOUT_TAPS, err);
}

static enum cut_status transpose_emit(struct gpu_emitter *e,
                                      const struct gpu_call *call,
                                      struct cut_error *err) {
    return emit_any(e, call, GPU_LAYOUT_TURNED, err);
}

const struct gpu_method gpu_conv_direct_method = {
    .name = "direct",
    .fits = direct_fits,
    .cost = direct_cost,
    .emit = direct_emit,
};

const struct gpu_method gpu_conv_transpose_method = {
    .name = "gather",
    .fits = transpose_fits,
    .cost = direct_cost,
    .emit = transpose_emit,
};

/* ---- Depthwise --------------------------------------------------------- */

static bool depthwise_fits(const struct gpu_call *call) {
    struct gpu_conv c;
    return call->node->op == OP_CONV && gpu_conv_of(call, &c) &&
           c.groups == c.c && c.k == c.c;
}

static double depthwise_cost(const struct gpu_call *call) {
    return cost_of(call, 2);
}

static enum cut_status depthwise_emit(struct gpu_emitter *e,
                                      const struct gpu_call *call,
                                      struct cut_error *err) {
    struct gpu_conv c;
    struct gpu_job job;
    gpu_conv_of(call, &c);
    int unit = gpu_is_vec4(c.x) && gpu_is_vec4(c.y) &&
                       (!c.residual || gpu_is_vec4(c.residual))
                   ? 4
                   : 1;
    struct gpu_conv_packing packing = {GPU_LAYOUT_TAPS, 1, c.k};
    gpu_conv_job(call, &c, unit, &job);
    if (unit == 1) job.flags = 0;
    gpu_job_word(&job, 5, c.k / unit);
    gpu_conv_pitches(&job, c.k / unit, 0);
    gpu_job_spread(&job, c.n * c.oh * c.ow * (c.k / unit));
    job.shader = "epilogue+conv_window+conv_depthwise";
    job.cost = 2 * gpu_conv_macs(&c);
    if (!gpu_conv_weights(e, &c, &packing, job.weights))
        return gpu_conv_no_memory(err);
    return gpu_emit(e, call, &job, err);
}

const struct gpu_method gpu_conv_depthwise_method = {
    .name = "depthwise",
    .fits = depthwise_fits,
    .cost = depthwise_cost,
    .emit = depthwise_emit,
};

/* ---- To one channel ---------------------------------------------------- */

static bool narrow_fits(const struct gpu_call *call) {
    struct gpu_conv c;
    return call->node->op == OP_CONV && gpu_conv_of(call, &c) && c.k == 1 &&
           c.groups == 1 && !c.residual && c.y->pitch == 1 && c.ow % 4 == 0 &&
           gpu_is_vec4(c.x);
}

static double narrow_cost(const struct gpu_call *call) {
    return cost_of(call, 3);
}

static enum cut_status narrow_emit(struct gpu_emitter *e,
                                   const struct gpu_call *call,
                                   struct cut_error *err) {
    struct gpu_conv c;
    struct gpu_job job;
    if (!narrow_fits(call)) /* a slice turned out to be off alignment */
        return direct_emit(e, call, err);
    gpu_conv_of(call, &c);
    struct gpu_conv_packing packing = {GPU_LAYOUT_CHANNEL, 1, 1};
    gpu_conv_job(call, &c, 4, &job);
    gpu_conv_pitches(&job, 0, 0);
    job.n_arena = 2;
    gpu_job_spread(&job, c.n * c.oh * c.ow / 4);
    job.shader = "epilogue+conv_window+conv_narrow";
    job.cost = 3 * gpu_conv_macs(&c);
    if (!gpu_conv_weights(e, &c, &packing, job.weights))
        return gpu_conv_no_memory(err);
    return gpu_emit(e, call, &job, err);
}

const struct gpu_method gpu_conv_narrow_method = {
    .name = "dot",
    .fits = narrow_fits,
    .cost = narrow_cost,
    .emit = narrow_emit,
};
