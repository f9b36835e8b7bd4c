/* Pools, padding, resampling (pool.wgsl, pad.wgsl, resize.wgsl). */
#include "base/mathf.h"
#include "base/mem.h"
#include "gpu/stride_loops.h"

enum { SIZE = 64 };

static double window_cost(const struct gpu_call *call) {
    return gpu_move_cost(call, gpu_call_elements(call));
}

static uint32_t word(int64_t value) { return (uint32_t)(uint64_t)value; }

static bool only_output(const struct gpu_call *call) {
    for (int i = 1; i < call->n_outputs; i++)
        if (call->outputs[i].tensor) return false;
    return true;
}

/* ---- Pools ------------------------------------------------------------- */

/* Windows whose positions 32 bits hold. */
static bool is_small(const struct window *w) {
    const int64_t most = 1 << 20;
    bool small = true;
    for (int i = 0; i < w->n_spatial; i++)
        small = small && w->kernel[i] < most && w->stride[i] < most &&
                w->dilation[i] < most && w->pad_begin[i] < most &&
                w->pad_end[i] < most && w->kernel[i] * w->dilation[i] < most;
    return small;
}

static bool pool_fits(const struct gpu_call *call) {
    const struct gpu_operand *x = &call->inputs[0];
    return gpu_is_float(x) && is_small(&call->node->params.pool.window) &&
           only_output(call) && x->tensor->rank >= 3 && x->tensor->rank <= 5;
}

static double pool_taps(const struct window *w) {
    double n = 1;
    for (int i = 0; i < w->n_spatial; i++) n *= (double)w->kernel[i];
    return n;
}

static void pool_axes(const struct gpu_call *call, uint32_t *words) {
    const struct window *w = &call->node->params.pool.window;
    const struct tensor *x = call->inputs[0].tensor;
    const struct tensor *y = call->outputs[0].tensor;
    for (int i = 0; i < 3; i++) {
        bool own = i < x->rank - 2;
        const int64_t values[7] = {
            own ? x->dims[1 + i] : 1, own ? y->dims[1 + i] : 1,
            own ? w->kernel[i] : 1,   own ? w->stride[i] : 1,
            own ? w->dilation[i] : 1, own ? w->pad_begin[i] : 0,
            own ? w->pad_end[i] : 0};
        for (int k = 0; k < 7; k++) words[7 * i + k] = word(values[k]);
    }
}

static enum cut_status pool_emit(struct gpu_emitter *e,
                                 const struct gpu_call *call,
                                 struct cut_error *err) {
    const struct pool_params *p = &call->node->params.pool;
    const struct gpu_operand *x = &call->inputs[0], *y = &call->outputs[0];
    const bool max = call->node->op == OP_MAX_POOL;
    const int64_t unit = gpu_is_vec4(x) && gpu_is_vec4(y) ? 4 : 1;
    const int64_t n = gpu_count(y) / unit;
    struct gpu_job job = {
        .shader = "pool",
        .flags = unit == 4 ? GPU_VEC4 : 0,
        .n_arena = 2,
        .arena = {y, x},
        .n_constants = 2,
        .constants = {{"MAXIMUM", max},
                      {"COUNT_PADDING", p->count_include_pad}},
        .n_params = 25,
        .params = {word(n), word(y->tensor->dims[y->tensor->rank - 1] / unit),
                   word(x->pitch / unit), word(y->pitch / unit)},
        .cost = (double)gpu_count(y) * pool_taps(&p->window)};
    pool_axes(call, job.params + 4);
    gpu_spread(&job, n, SIZE);
    return gpu_emit(e, call, &job, err);
}

const struct gpu_method gpu_pool_method = {
    .name = "pool", .fits = pool_fits, .cost = window_cost, .emit = pool_emit};

/* ---- Pad --------------------------------------------------------------- */

/* The same tensors without axes of 1 that stay, rank at most GPU_NEST_RANK. */
struct pad {
    int rank;
    int64_t y[CUT_MAX_RANK], x[CUT_MAX_RANK], begin[CUT_MAX_RANK];
    int64_t y_stride[CUT_MAX_RANK], x_stride[CUT_MAX_RANK];
};

static struct pad pad_of(const struct gpu_call *call) {
    const struct pad_params *p = &call->node->params.pad;
    const struct tensor *x = call->inputs[0].tensor;
    const struct tensor *y = call->outputs[0].tensor;
    int64_t x_stride[CUT_MAX_RANK], y_stride[CUT_MAX_RANK];
    struct pad pad = {0};
    gpu_strides(&call->inputs[0], x_stride);
    gpu_strides(&call->outputs[0], y_stride);
    for (int i = 0; i < x->rank; i++) {
        if (x->dims[i] == 1 && y->dims[i] == 1 && p->begin[i] == 0) continue;
        pad.y[pad.rank] = y->dims[i];
        pad.x[pad.rank] = x->dims[i];
        pad.begin[pad.rank] = p->begin[i];
        pad.y_stride[pad.rank] = y_stride[i];
        pad.x_stride[pad.rank++] = x_stride[i];
    }
    return pad;
}

static bool pad_fits(const struct gpu_call *call) {
    return gpu_is_float(&call->inputs[0]) && pad_of(call).rank <= GPU_NEST_RANK;
}

/* The last axis stays as it is, in vec4s. */
static bool pad_is_vec4(const struct gpu_call *call, const struct pad *pad) {
    int last = pad->rank - 1;
    return last >= 0 && pad->x[last] == pad->y[last] && pad->begin[last] == 0 &&
           pad->x_stride[last] == 1 && gpu_is_vec4(&call->inputs[0]) &&
           gpu_is_vec4(&call->outputs[0]);
}

static void pad_axes(const struct pad *pad, int64_t unit, uint32_t *words) {
    for (int i = 0; i < pad->rank; i++) {
        int64_t of_dim = i == pad->rank - 1 ? unit : 1;
        int64_t of_stride = i == pad->rank - 1 ? 1 : unit;
        const int64_t values[5] = {pad->y[i] / of_dim, pad->x[i] / of_dim,
                                   pad->begin[i], pad->y_stride[i] / of_stride,
                                   pad->x_stride[i] / of_stride};
        for (int k = 0; k < 5; k++) words[5 * i + k] = word(values[k]);
    }
}

static enum cut_status pad_emit(struct gpu_emitter *e,
                                const struct gpu_call *call,
                                struct cut_error *err) {
    static const uint32_t modes[] = {
        [PAD_CONSTANT] = 0, [PAD_REFLECT] = 1, [PAD_EDGE] = 2, [PAD_WRAP] = 3};
    const struct pad_params *p = &call->node->params.pad;
    const struct pad pad = pad_of(call);
    const int64_t unit = pad_is_vec4(call, &pad) ? 4 : 1;
    const int64_t n = gpu_count(&call->outputs[0]) / unit;
    struct gpu_job job = {
        .shader = "pad",
        .flags = unit == 4 ? GPU_VEC4 : 0,
        .n_arena = 2,
        .arena = {&call->outputs[0], &call->inputs[0]},
        .n_constants = 2,
        .constants = {{"RANK", word(pad.rank)}, {"MODE", modes[p->mode]}},
        .n_params = GPU_PARAM_WORDS - GPU_PARAM_FIRST,
        .params = {word(n)},
        .cost = gpu_call_elements(call)};
    pad_axes(&pad, unit, job.params + 1);
    job.params[GPU_NEST_OWN] = gpu_float_bits((float)p->value);
    gpu_spread(&job, n, SIZE);
    return gpu_emit(e, call, &job, err);
}

const struct gpu_method gpu_pad_method = {
    .name = "pad", .fits = pad_fits, .cost = window_cost, .emit = pad_emit};

/* ---- Resize ------------------------------------------------------------ */

/* Output index o reads at (o * step + start) / unit. */
struct grid {
    int64_t step, start, unit;
};

/* Axes as resize.wgsl sees them: outer, I, middle, J, inner. */
enum { OUTER, AXIS_I, MIDDLE, AXIS_J, INNER, AXES };
struct resize {
    int64_t y[AXES], x[AXES], y_stride[AXES], x_stride[AXES];
    struct grid grid[2];
};

static double scale_of(const struct gpu_call *call, int axis, bool *exact) {
    double in = (double)call->inputs[0].tensor->dims[axis];
    double out = (double)call->outputs[0].tensor->dims[axis];
    float scale = call->node->params.resize.scale[axis];
    /* A scale that was computed from sizes was meant exactly. */
    *exact = scale == (float)(out / in);
    return *exact ? out / in : (double)scale;
}

static bool stays(const struct gpu_call *call, int axis) {
    bool exact;
    return scale_of(call, axis, &exact) == 1 &&
           call->inputs[0].tensor->dims[axis] ==
               call->outputs[0].tensor->dims[axis];
}

/* Positions in fractions of whole numbers, where the scale is out / in. */
static struct grid exact_grid(enum resize_coordinate coordinate, int64_t in,
                              int64_t out) {
    const struct grid still = {0, 0, 1};
    switch (coordinate) {
    case RESIZE_PYTORCH_HALF_PIXEL:
        return out <= 1 ? still : (struct grid){2 * in, in - out, 2 * out};
    case RESIZE_ALIGN_CORNERS:
        return out <= 1 ? still : (struct grid){in - 1, 0, out - 1};
    case RESIZE_ASYMMETRIC: return (struct grid){in, 0, out};
    case RESIZE_TF_HALF_PIXEL_FOR_NN: return (struct grid){2 * in, in, 2 * out};
    default: return (struct grid){2 * in, in - out, 2 * out};
    }
}

/* The same for any scale, in steps as small as 32 bits allow. */
static struct grid rounded_grid(enum resize_coordinate coordinate, double in,
                                double out, double scale) {
    double length = scale * in, step = 1 / scale;
    double start = 0.5 / scale - 0.5, unit = 1 << 24;
    switch (coordinate) {
    case RESIZE_PYTORCH_HALF_PIXEL:
        if (out <= 1) step = start = 0;
        break;
    case RESIZE_ALIGN_CORNERS:
        step = out <= 1 || length <= 1 ? 0 : (in - 1) / (length - 1);
        start = 0;
        break;
    case RESIZE_ASYMMETRIC: start = 0; break;
    case RESIZE_HALF_PIXEL_SYMMETRIC:
        start += in / 2 * (1 - out / length);
        break;
    case RESIZE_TF_HALF_PIXEL_FOR_NN: start = 0.5 / scale; break;
    default: break;
    }
    while (unit > 1 && (out * step + math_abs(start) + 4) * unit > 1e9)
        unit /= 2;
    return (struct grid){(int64_t)math_round(step * unit),
                         (int64_t)math_round(start * unit), (int64_t)unit};
}

static struct grid grid_of(const struct gpu_call *call, int axis) {
    int64_t in = call->inputs[0].tensor->dims[axis];
    int64_t out = call->outputs[0].tensor->dims[axis];
    enum resize_coordinate coordinate = call->node->params.resize.coordinate;
    bool exact;
    double scale = scale_of(call, axis, &exact);
    if (exact && in < 30000 && out < 30000)
        return exact_grid(coordinate, in, out);
    return rounded_grid(coordinate, (double)in, (double)out, scale);
}

/* Appends axis i of the tensors to group g; false: the rows of the group are
 * not one walk. */
static bool group_axis(const struct gpu_call *call, int i, int g,
                       struct resize *r) {
    const struct gpu_operand *x = &call->inputs[0], *y = &call->outputs[0];
    int64_t x_stride[CUT_MAX_RANK], y_stride[CUT_MAX_RANK];
    gpu_strides(x, x_stride);
    gpu_strides(y, y_stride);
    int64_t dim = x->tensor->dims[i];
    bool joins = r->x[g] == 1 || (r->x_stride[g] == x_stride[i] * dim &&
                                  r->y_stride[g] == y_stride[i] * dim);
    r->x[g] *= dim;
    r->y[g] *= y->tensor->dims[i];
    r->x_stride[g] = x_stride[i];
    r->y_stride[g] = y_stride[i];
    return joins;
}

static bool resize_axes(const struct gpu_call *call, struct resize *r) {
    const struct tensor *x = call->inputs[0].tensor;
    int n_resized = 0, group = OUTER;
    bool fits = true;
    *r = (struct resize){.grid = {{1, 0, 1}, {1, 0, 1}}};
    for (int g = 0; g < AXES; g++) r->x[g] = r->y[g] = 1;
    for (int i = 0; i < x->rank; i++) {
        if (stays(call, i)) {
            /* what follows the only resampled axis is contiguous */
            int to = group == MIDDLE && i == x->rank - 1 ? INNER : group;
            if (x->dims[i] > 1) fits = fits && group_axis(call, i, to, r);
            continue;
        }
        if (++n_resized > 2) return false;
        r->grid[n_resized - 1] = grid_of(call, i);
        fits = fits && group_axis(call, i, n_resized == 1 ? AXIS_I : AXIS_J, r);
        group = n_resized == 1 ? MIDDLE : INNER;
    }
    return fits;
}

static bool resize_fits(const struct gpu_call *call) {
    const struct resize_params *p = &call->node->params.resize;
    const struct gpu_operand *x = &call->inputs[0];
    struct resize r;
    if (!gpu_is_float(x) || p->coordinate == RESIZE_TF_CROP_AND_RESIZE)
        return false;
    for (int i = 0; i < x->tensor->rank; i++) {
        bool exact;
        double scale = scale_of(call, i, &exact);
        if (!(scale > 0) || (p->antialias && scale < 1)) return false;
    }
    return resize_axes(call, &r);
}

static bool resize_is_vec4(const struct gpu_call *call,
                           const struct resize *r) {
    bool vec4 = r->x[INNER] % 4 == 0 && r->x_stride[INNER] == 1 &&
                r->y_stride[INNER] == 1 && gpu_base_is_vec4(&call->inputs[0]) &&
                gpu_base_is_vec4(&call->outputs[0]);
    for (int g = 0; g < INNER; g++)
        vec4 = vec4 && r->x_stride[g] % 4 == 0 && r->y_stride[g] % 4 == 0;
    return vec4;
}

static void resize_params(const struct resize *r, int64_t unit,
                          struct gpu_job *job) {
    uint32_t *words = job->params;
    const int64_t inner = r->y[INNER] / unit;
    const int64_t head[] = {r->y[AXIS_I], r->y[MIDDLE], r->y[AXIS_J],
                            inner,        r->x[AXIS_I], r->x[AXIS_J]};
    for (int i = 0; i < 6; i++) words[1 + i] = word(head[i]);
    for (int g = 0; g < AXES; g++) {
        int64_t of = g == INNER ? 1 : unit;
        words[7 + g] = word(r->y_stride[g] / of);
        words[12 + g] = word(r->x_stride[g] / of);
    }
    for (int i = 0; i < 2; i++) {
        words[17 + 3 * i] = word(r->grid[i].step);
        words[18 + 3 * i] = word(r->grid[i].start);
        words[19 + 3 * i] = word(r->grid[i].unit);
    }
    job->n_params = 24;
}

static enum cut_status resize_emit(struct gpu_emitter *e,
                                   const struct gpu_call *call,
                                   struct cut_error *err) {
    static const uint32_t modes[] = {
        [RESIZE_NEAREST] = 0, [RESIZE_LINEAR] = 1, [RESIZE_CUBIC] = 2};
    static const uint32_t roundings[] = {[RESIZE_ROUND_PREFER_FLOOR] = 0,
                                         [RESIZE_ROUND_PREFER_CEIL] = 1,
                                         [RESIZE_FLOOR] = 2,
                                         [RESIZE_CEIL] = 3};
    const struct resize_params *p = &call->node->params.resize;
    struct resize r;
    resize_axes(call, &r);
    const int64_t unit = resize_is_vec4(call, &r) ? 4 : 1;
    const int64_t n = gpu_count(&call->outputs[0]) / unit;
    struct gpu_job job = {.shader = "resize",
                          .flags = unit == 4 ? GPU_VEC4 : 0,
                          .n_arena = 2,
                          .arena = {&call->outputs[0], &call->inputs[0]},
                          .n_constants = 3,
                          .constants = {{"MODE", modes[p->mode]},
                                        {"NEAREST", roundings[p->nearest]},
                                        {"EXCLUDE", p->exclude_outside}},
                          .params = {word(n)},
                          .cost = 4 * (double)gpu_count(&call->outputs[0])};
    resize_params(&r, unit, &job);
    job.params[27 - GPU_PARAM_FIRST] = gpu_float_bits(p->cubic_a);
    gpu_spread(&job, n, SIZE);
    return gpu_emit(e, call, &job, err);
}

const struct gpu_method gpu_resize_method = {.name = "resize",
                                             .fits = resize_fits,
                                             .cost = window_cost,
                                             .emit = resize_emit};
