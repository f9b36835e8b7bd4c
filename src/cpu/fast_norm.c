/* BatchNormalization and InstanceNormalization (channels-last),
 * LayerNormalization and Softmax over the last axes. */
#include "base/mathf.h"
#include "base/mem.h"
#include "cpu/fast_reduce.h"

#define BLOCK_FLOATS 16384

/* Rows of the last axis, one batch entry after the other. */
struct affine_task {
    const struct row_kernels *kernels;
    const struct cpu_view *x, *y;
    int64_t n_batches, n_rows, n; /* rows of a batch, floats of a row */
    int64_t block, n_blocks;      /* rows of a task, tasks of a batch */
    const float *mean, *scale, *shift;
    int64_t batch_stride; /* of the three above */
};

static void affine_item(void *context, int item, int worker) {
    (void)worker;
    const struct affine_task *t = context;
    int64_t batch = item / t->n_blocks, row = item % t->n_blocks * t->block;
    int64_t at = batch * t->n_rows + row, k = batch * t->batch_stride;
    struct affine_rows rows = {
        .x = (const float *)t->x->data + at * t->x->pitch,
        .x_stride = t->x->pitch,
        .y = (float *)t->y->data + at * t->y->pitch,
        .y_stride = t->y->pitch,
        .n_rows = i64_min(t->block, t->n_rows - row),
        .n = t->n,
        .mean = t->mean + k,
        .scale = t->scale + k,
        .shift = t->shift + k,
    };
    t->kernels->affine(&rows);
}

/* mean, scale, shift: n floats for each batch entry, or for all when
 * n_batches is 1. */
static void affine_run(const struct cpu_call *call, int64_t n_batches,
                       const float *mean, const float *scale,
                       const float *shift) {
    const struct cpu_view *x = call->inputs;
    int64_t n = x->dims[x->rank - 1], count = view_count(x);
    if (count == 0) return;
    struct affine_task t = {
        .kernels = call->kernels->rows,
        .x = x,
        .y = call->outputs,
        .n_batches = n_batches,
        .n_rows = count / n / n_batches,
        .n = n,
        .block = i64_max(1, BLOCK_FLOATS / n),
        .mean = mean,
        .scale = scale,
        .shift = shift,
        .batch_stride = n,
    };
    t.n_blocks = fast_blocks_of(t.n_rows, t.block);
    pool_run(call->pool, affine_item, &t, (int)(n_batches * t.n_blocks));
}

/* ---- BatchNormalization ------------------------------------------------ */

static bool batch_norm_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    return call->n_outputs == 1 && call->inputs[0].rank >= 2 &&
           !call->node->params.norm.training && fast_all_f32(call);
}

static size_t batch_norm_scratch(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    const struct cpu_view *x = call->inputs;
    return (size_t)x->dims[x->rank - 1] * 3 * sizeof(float);
}

static double affine_cost(const struct cpu_call *call, int n_threads) {
    return fast_cost(call, n_threads, 6.0);
}

/* Constants may stand at any address. */
static float constant_at(const struct cpu_view *view, int64_t i) {
    float x;
    memcpy(&x, (const uint8_t *)view->data + (size_t)i * 4, 4);
    return x;
}

static enum cut_status batch_norm_run(const struct cpu_call *call,
                                      struct cut_error *err) {
    (void)err;
    const struct cpu_view *in = call->inputs;
    int64_t n = in[0].dims[in[0].rank - 1];
    float *mean = call->scratch, *scale = mean + n, *shift = scale + n;
    double epsilon = (double)call->node->params.norm.epsilon;
    for (int64_t i = 0; i < n; i++) {
        double variance = (double)constant_at(&in[4], i);
        scale[i] = (float)((double)constant_at(&in[1], i) /
                           math_sqrt(variance + epsilon));
        shift[i] = constant_at(&in[2], i);
        mean[i] = constant_at(&in[3], i);
    }
    affine_run(call, 1, mean, scale, shift);
    return CUT_OK;
}

const struct cpu_method fast_batch_norm_method = {
    "vector", batch_norm_fits, batch_norm_scratch, affine_cost, batch_norm_run,
};

/* ---- InstanceNormalization --------------------------------------------- */

static struct reduce_shape instance_shape(const struct cpu_call *call) {
    const struct cpu_view *x = call->inputs;
    int64_t n = x->dims[x->rank - 1], rows = 1;
    for (int i = 1; i < x->rank - 1; i++) rows *= x->dims[i];
    return (struct reduce_shape){
        .outer = x->dims[0],
        .rows = rows,
        .inner = n,
        .x_outer = rows * x->pitch,
        .x_row = x->pitch,
        .y_outer = n,
    };
}

static bool instance_norm_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    return call->inputs[0].rank >= 3 && fast_all_f32(call) &&
           view_count(call->inputs) > 0;
}

static size_t instance_norm_scratch(const struct cpu_call *call,
                                    int n_threads) {
    (void)n_threads;
    struct reduce_shape s = instance_shape(call);
    int64_t n = 3 * s.outer * s.inner + reduce_partials(&s);
    return (size_t)n * sizeof(float);
}

static enum cut_status instance_norm_run(const struct cpu_call *call,
                                         struct cut_error *err) {
    (void)err;
    const struct cpu_view *in = call->inputs;
    struct reduce_shape s = instance_shape(call);
    int64_t n = s.outer * s.inner;
    float *mean = call->scratch, *scale = mean + n, *shift = scale + n;
    struct reduce_job job = {
        .shape = s,
        .kind = REDUCE_SUM,
        .x = in[0].data,
        .y = mean,
        .scale = 1.0f / (float)s.rows,
        .partials = shift + n,
    };
    reduce_down_blocks(&job, call->kernels->rows, call->pool);
    job.kind = REDUCE_DEVIATION;
    job.center = mean;
    job.y = scale;
    reduce_down_blocks(&job, call->kernels->rows, call->pool);
    double epsilon = (double)call->node->params.norm.epsilon;
    for (int64_t i = 0; i < n; i++) {
        double gamma = (double)constant_at(&in[1], i % s.inner);
        scale[i] = (float)(gamma / math_sqrt((double)scale[i] + epsilon));
        shift[i] = constant_at(&in[2], i % s.inner);
    }
    affine_run(call, s.outer, mean, scale, shift);
    return CUT_OK;
}

const struct cpu_method fast_instance_norm_method = {
    "vector",    instance_norm_fits, instance_norm_scratch,
    affine_cost, instance_norm_run,
};

/* ---- Rows of the last axes: LayerNormalization, Softmax ---------------- */

/* Rows of `n` floats that are contiguous in x and y. */
struct row_shape {
    int64_t n_rows, n, x_stride, y_stride, block;
};

/* `axis`: the first axis of a row. False when rows are not contiguous. */
static bool rows_from(const struct cpu_call *call, int axis,
                      struct row_shape *s) {
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    bool single = axis == x->rank - 1;
    if (!single && !(view_is_dense(x) && view_is_dense(y))) return false;
    *s = (struct row_shape){.n_rows = 1, .n = 1};
    for (int i = 0; i < x->rank; i++) {
        if (i < axis)
            s->n_rows *= x->dims[i];
        else
            s->n *= x->dims[i];
    }
    s->x_stride = single && x->rank > 1 ? x->pitch : s->n;
    s->y_stride = single && x->rank > 1 ? y->pitch : s->n;
    s->block = i64_max(1, BLOCK_FLOATS / i64_max(1, s->n));
    return s->n_rows > 0 && s->n > 0;
}

struct row_task {
    const struct cpu_call *call;
    struct row_shape s;
    const float *scale, *shift;
};

static double rows_cost(const struct cpu_call *call, int n_threads) {
    return fast_cost(call, n_threads, 20.0);
}

static bool layer_norm_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct row_shape s;
    if (call->n_outputs != 1 || !fast_all_f32(call)) return false;
    if (!rows_from(call, call->node->params.norm.axis, &s)) return false;
    const struct cpu_view *scale = fast_input(call, 1);
    const struct cpu_view *shift = fast_input(call, 2);
    return scale && view_count(scale) == s.n && view_is_dense(scale) &&
           (!shift || (view_count(shift) == s.n && view_is_dense(shift)));
}

/* Scale and shift move to aligned memory. */
static size_t layer_norm_scratch(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct row_shape s;
    if (!rows_from(call, call->node->params.norm.axis, &s)) return 0;
    return (size_t)s.n * 2 * sizeof(float);
}

static void layer_norm_item(void *context, int item, int worker) {
    (void)worker;
    const struct row_task *t = context;
    int64_t row = item * t->s.block;
    struct layer_norm_rows rows = {
        .x = (const float *)t->call->inputs[0].data + row * t->s.x_stride,
        .x_stride = t->s.x_stride,
        .y = (float *)t->call->outputs[0].data + row * t->s.y_stride,
        .y_stride = t->s.y_stride,
        .n_rows = i64_min(t->s.block, t->s.n_rows - row),
        .n = t->s.n,
        .scale = t->scale,
        .shift = t->shift,
        .epsilon = t->call->node->params.norm.epsilon,
    };
    t->call->kernels->rows->layer_norm(&rows);
}

static enum cut_status layer_norm_run(const struct cpu_call *call,
                                      struct cut_error *err) {
    (void)err;
    struct row_task t = {.call = call};
    rows_from(call, call->node->params.norm.axis, &t.s);
    float *scale = call->scratch, *shift = scale + t.s.n;
    memcpy(scale, call->inputs[1].data, (size_t)t.s.n * 4);
    t.scale = scale;
    if (fast_input(call, 2)) {
        memcpy(shift, call->inputs[2].data, (size_t)t.s.n * 4);
        t.shift = shift;
    }
    pool_run(call->pool, layer_norm_item, &t,
             (int)fast_blocks_of(t.s.n_rows, t.s.block));
    return CUT_OK;
}

const struct cpu_method fast_layer_norm_method = {
    "vector", layer_norm_fits, layer_norm_scratch, rows_cost, layer_norm_run,
};

/* The axis must be the last that is not 1, or all axes from it on one row. */
static bool softmax_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    const struct axis_params *p = &call->node->params.axis;
    struct row_shape s;
    const struct cpu_view *x = call->inputs;
    if (!fast_all_f32(call) || x->rank < 1) return false;
    for (int i = p->axis + 1; i < x->rank && !p->flatten; i++)
        if (x->dims[i] != 1) return false;
    return rows_from(call, p->axis, &s);
}

static void softmax_item(void *context, int item, int worker) {
    (void)worker;
    const struct row_task *t = context;
    int64_t row = item * t->s.block;
    struct softmax_rows rows = {
        .x = (const float *)t->call->inputs[0].data + row * t->s.x_stride,
        .x_stride = t->s.x_stride,
        .y = (float *)t->call->outputs[0].data + row * t->s.y_stride,
        .y_stride = t->s.y_stride,
        .n_rows = i64_min(t->s.block, t->s.n_rows - row),
        .n = t->s.n,
        .log = t->call->node->op == OP_LOG_SOFTMAX,
    };
    t->call->kernels->rows->softmax(&rows);
}

static enum cut_status softmax_run(const struct cpu_call *call,
                                   struct cut_error *err) {
    (void)err;
    struct row_task t = {.call = call};
    rows_from(call, call->node->params.axis.axis, &t.s);
    pool_run(call->pool, softmax_item, &t,
             (int)fast_blocks_of(t.s.n_rows, t.s.block));
    return CUT_OK;
}

const struct cpu_method fast_softmax_method = {
    "vector", softmax_fits, fast_no_scratch, rows_cost, softmax_run,
};
