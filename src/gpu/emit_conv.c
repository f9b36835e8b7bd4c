#include "gpu/emit_conv.h"
#include "base/status.h"

const struct gpu_operand *gpu_input(const struct gpu_call *call, int i) {
    if (i >= call->n_inputs || !call->inputs[i].tensor) return NULL;
    return &call->inputs[i];
}

static bool is_float(const struct gpu_operand *operand) {
    return operand->dtype == CUT_F32 || operand->dtype == CUT_F16;
}

static bool weights_readable(const struct gpu_conv *c) {
    const struct gpu_operand *w = c->weights;
    if (!w || !w->constant || !w->tensor->data) return false;
    if (c->bias && !(c->bias->constant && is_float(c->bias))) return false;
    if (c->scale && !(c->scale->constant && is_float(c->scale))) return false;
    if (c->zero && !c->zero->constant) return false;
    if (w->dtype == CUT_U8 || w->dtype == CUT_I8) return c->scale != NULL;
    return is_float(w) && !c->zero;
}

static void read_window(struct gpu_conv *c, const struct conv_params *p) {
    const struct window *win = &p->window;
    const int64_t *x = c->x->tensor->dims, *y = c->y->tensor->dims;
    int last = c->x->tensor->rank - 3; /* of the spatial axes: the width */
    c->n = x[0];
    c->w = x[last + 1];
    c->ow = y[last + 1];
    c->c = x[last + 2];
    c->k = y[last + 2];
    c->kw = win->kernel[last];
    c->stride_w = win->stride[last];
    c->dilation_w = win->dilation[last];
    c->pad_w = win->pad_begin[last];
    c->h = c->oh = c->kh = c->stride_h = c->dilation_h = 1;
    if (last == 0) return;
    c->h = x[1];
    c->oh = y[1];
    c->kh = win->kernel[0];
    c->stride_h = win->stride[0];
    c->dilation_h = win->dilation[0];
    c->pad_h = win->pad_begin[0];
}

/* What fits into the words of a shader with room to add them up, and has
 * something to bind. */
static bool is_moderate(const struct gpu_conv *c) {
    const int64_t values[] = {c->kh,        c->kw,         c->stride_h,
                              c->stride_w,  c->dilation_h, c->dilation_w,
                              c->pad_h + 1, c->pad_w + 1,  c->groups,
                              c->group_c,   c->group_k};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        if (values[i] < 1 || values[i] > 1 << 16) return false;
    return true;
}

bool gpu_conv_of(const struct gpu_call *call, struct gpu_conv *c) {
    const struct conv_params *p = &call->node->params.conv;
    *c = (struct gpu_conv){
        .x = gpu_input(call, CONV_X),
        .weights = gpu_input(call, CONV_W),
        .y = call->outputs,
        .bias = gpu_input(call, CONV_BIAS),
        .residual = gpu_input(call, CONV_RESIDUAL),
        .scale = gpu_input(call, CONV_W_SCALE),
        .zero = gpu_input(call, CONV_W_ZERO),
        .groups = p->groups,
    };
    if (!c->x || !is_float(c->x) || !is_float(c->y)) return false;
    if (c->residual && !is_float(c->residual)) return false;
    int rank = c->x->tensor->rank;
    if (rank < 3 || rank > 4 || !weights_readable(c)) return false;
    read_window(c, p);
    c->group_c = c->c / c->groups;
    c->group_k = c->k / c->groups;
    return is_moderate(c);
}

double gpu_conv_macs(const struct gpu_conv *c) {
    return (double)(c->n * c->oh * c->ow) * (double)(c->kh * c->kw) *
           (double)c->group_c * (double)c->k;
}

enum cut_status gpu_conv_no_memory(struct cut_error *err) {
    return status_fail(err, CUT_NO_MEMORY, "no memory for the dispatch list");
}

/* ---- Constants --------------------------------------------------------- */

/* Integers of 8 bits less their zero point are exact in f16. */
enum cut_dtype gpu_weight_dtype(enum cut_dtype stored) {
    return stored == CUT_F32 ? CUT_F32 : CUT_F16;
}

static int vector_upload(struct gpu_emitter *e, const struct gpu_conv *c,
                         const struct gpu_conv_packing *packing,
                         const struct gpu_operand *vector) {
    int64_t n = gpu_round_to(packing->groups * packing->k_padded, 4);
    struct gpu_upload upload = {
        .packing = GPU_PACK_CONV,
        .tensor = vector ? vector->tensor_index : -1,
        .zero = -1,
        .scale = -1,
        .dtype = CUT_F32,
        .n = {GPU_LAYOUT_VECTOR, packing->groups, packing->k_padded, c->k},
        .range.bytes = (uint64_t)n * sizeof(float),
    };
    return gpu_weight(e, &upload);
}

bool gpu_conv_weights(struct gpu_emitter *e, const struct gpu_conv *c,
                      const struct gpu_conv_packing *packing, int uploads[3]) {
    int64_t n = tensor_n_elements(c->weights->tensor);
    if (packing->layout != GPU_LAYOUT_CHANNEL)
        n = n / c->k * packing->groups * packing->k_padded;
    if (packing->layout == GPU_LAYOUT_TURNED)
        n = c->kh * c->kw * c->group_c * packing->groups * packing->k_padded;
    struct gpu_upload upload = {
        .packing = GPU_PACK_CONV,
        .tensor = c->weights->tensor_index,
        .zero = c->zero ? c->zero->tensor_index : -1,
        .scale = -1,
        .dtype = gpu_weight_dtype(c->weights->dtype),
        .n = {packing->layout, packing->groups, packing->k_padded, c->k},
    };
    upload.range.bytes =
        (uint64_t)gpu_round_to(n, 4) * cut_dtype_bytes(upload.dtype);
    uploads[0] = gpu_weight(e, &upload);
    uploads[1] = vector_upload(e, c, packing, c->bias);
    uploads[2] = c->scale ? vector_upload(e, c, packing, c->scale) : uploads[1];
    return uploads[0] >= 0 && uploads[1] >= 0 && uploads[2] >= 0;
}

/* ---- Jobs -------------------------------------------------------------- */

void gpu_job_constant(struct gpu_job *job, const char *name, uint32_t value) {
    job->constants[job->n_constants++] = (struct gpu_constant){name, value};
}

void gpu_job_word(struct gpu_job *job, int i, int64_t value) {
    job->params[i - GPU_PARAM_FIRST] = (uint32_t)value;
    if (i - GPU_PARAM_FIRST >= job->n_params)
        job->n_params = i - GPU_PARAM_FIRST + 1;
}

void gpu_job_spread(struct gpu_job *job, int64_t n) {
    const uint32_t size = 64;
    gpu_job_constant(job, "SIZE", size);
    gpu_spread(job, n, size);
}

void gpu_conv_job(const struct gpu_call *call, const struct gpu_conv *c,
                  int unit, struct gpu_job *job) {
    const struct conv_params *p = &call->node->params.conv;
    const struct gpu_operand *r = c->residual ? c->residual : c->x;
    *job = (struct gpu_job){.flags = GPU_WEIGHTS_VEC4,
                            .n_arena = 3,
                            .arena = {c->y, c->x, r},
                            .n_weights = 3};
    if (unit == 4) job->flags |= GPU_VEC4;
    gpu_job_constant(job, "ACT", p->activation);
    gpu_job_constant(job, "SCALED", c->scale != NULL);
    gpu_job_constant(job, "RESIDUAL",
                     !c->residual                   ? 0
                     : p->residual_after_activation ? 2
                                                    : 1);
    const int64_t words[] = {
        c->n * c->oh * c->ow,
        c->group_k / unit,
        c->group_c / unit,
        c->kh * c->kw,
        c->ow,
        c->oh,
        c->w,
        c->h,
        c->x->pitch / unit,
        c->y->pitch / unit,
        r->pitch / unit,
        c->kw,
        c->stride_w,
        c->stride_h,
        c->pad_w,
        c->pad_h,
        c->dilation_w,
        c->dilation_h,
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        gpu_job_word(job, GPU_PARAM_FIRST + (int)i, words[i]);
    gpu_job_word(job, 28, gpu_float_bits(p->act_a));
    gpu_job_word(job, 29, gpu_float_bits(p->act_b));
}

void gpu_conv_pitches(struct gpu_job *job, int64_t w_pitch, int64_t k_group) {
    gpu_job_word(job, 22, w_pitch);
    gpu_job_word(job, 23, k_group);
}

/* ---- Tiles ------------------------------------------------------------- */

/* height * ty rows by 8 * tx output channels by 4 * ks of depth. */
struct tile {
    int height, tx, ty, ks;
};

static struct tile tile_of(const struct gpu_device *device, int64_t rows,
                           int64_t columns) {
    static const struct tile gpu[] = {
        {4, 2, 32, 2}, {4, 4, 32, 4}, {4, 8, 16, 4}};
    static const struct tile cpu[] = {{8, 2, 8, 1}, {8, 4, 8, 2}, {8, 8, 8, 4}};
    const bool is_cpu = device->limits.is_cpu;
    const int wide = columns <= 4 ? 0 : columns <= 8 ? 1 : 2;
    struct tile t = is_cpu ? cpu[wide] : gpu[wide];
    /* Enough workgroups for a large device come before large tiles; an
     * invocation less than a subgroup's worth helps only a CPU. */
    if (rows * columns < 64 * 2048 && t.ty > 8) t.ty /= 2;
    const int least = is_cpu ? 2 : 32 / t.tx;
    while (t.ty > least && t.height / 2 * t.ty >= rows)
        t.ty = is_cpu ? least : t.ty / 2; /* fewer pipelines to compile */
    while (t.tx * t.ty > device->limits.max_invocations && t.ty > 1) t.ty /= 2;
    return t;
}

double gpu_gemm_seconds(const struct gpu_device *device, int64_t rows,
                        int64_t columns, double depth, double bytes) {
    struct tile t = tile_of(device, rows, columns);
    double padded = (double)gpu_round_to(rows, t.height * t.ty) *
                    (double)gpu_round_to(columns, 2 * t.tx) * 4.0;
    return gpu_seconds(device, padded * depth, bytes);
}

void gpu_gemm_tile(struct gpu_job *job, const struct gpu_device *device,
                   int64_t rows, int64_t columns, int64_t z) {
    struct tile t = tile_of(device, rows, columns);
    int64_t down = gpu_ceil_div(rows, t.height * t.ty);
    int64_t folds = i64_max(1, gpu_ceil_div(down, 65535));
    gpu_job_constant(job, "TX", (uint32_t)t.tx);
    gpu_job_constant(job, "TY", (uint32_t)t.ty);
    gpu_job_constant(job, "KS", (uint32_t)t.ks);
    job->workgroups[0] = gpu_ceil_div(down, folds);
    job->workgroups[1] = folds * gpu_ceil_div(columns, 2 * t.tx);
    job->workgroups[2] = z;
}

/* ---- Cost -------------------------------------------------------------- */

/* An integrated GPU of 2 TFLOP/s, of which tiles reach half, and 50 GB/s; a
 * software adapter (measured: SwiftShader, docs/SPEED.md) is bound by its
 * arithmetic and by the instructions of an access. */
double gpu_seconds(const struct gpu_device *device, double macs, double bytes) {
    bool cpu = device->limits.is_cpu;
    double multiply = macs / (cpu ? 0.9e9 : 0.5e12);
    double move = bytes / (cpu ? 1e9 : 50e9);
    return (multiply > move ? multiply : move) + 5e-6;
}
