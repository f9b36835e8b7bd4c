#include "cpu/fast_reduce.h"
#include "base/mathf.h"
#include "base/mem.h"

#define BLOCK_ROWS 256
#define BLOCK_COLUMNS 1024
#define ALONG_BLOCK 8192 /* of one long row */

/* ---- Down columns ------------------------------------------------------ */

struct down_task {
    const struct reduce_job *job;
    const struct row_kernels *kernels;
    int64_t row_blocks, column_blocks;
    bool last; /* the pass that writes y */
};

int64_t reduce_partials(const struct reduce_shape *s) {
    int64_t blocks = fast_blocks_of(s->rows, BLOCK_ROWS);
    return blocks > 1 ? s->outer * blocks * s->inner : 0;
}

static void finish_values(const struct reduce_job *job, float *y, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        float v = y[i] * job->scale;
        y[i] = job->root ? (float)math_sqrt((double)v) : v;
    }
}

/* Columns [i0, i0 + n) of rows of x into y or into a partial result. */
static void down_first(const struct down_task *t, int64_t outer, int64_t block,
                       int64_t i0, int64_t n) {
    const struct reduce_job *job = t->job;
    const struct reduce_shape *s = &job->shape;
    int64_t row = block * BLOCK_ROWS;
    float *y =
        t->row_blocks > 1
            ? job->partials + (outer * t->row_blocks + block) * s->inner + i0
            : job->y + outer * s->y_outer + i0;
    struct reduce_rows r = {
        .kind = job->kind,
        .x = job->x + outer * s->x_outer + row * s->x_row + i0,
        .x_stride = s->x_row,
        .n_rows = i64_min(BLOCK_ROWS, s->rows - row),
        .n = n,
        .center = job->center ? job->center + outer * s->inner + i0 : NULL,
        .y = y,
    };
    t->kernels->reduce_down(&r);
    if (t->row_blocks == 1) finish_values(job, y, n);
}

static void down_second(const struct down_task *t, int64_t outer, int64_t i0,
                        int64_t n) {
    const struct reduce_job *job = t->job;
    const struct reduce_shape *s = &job->shape;
    bool extreme = job->kind == REDUCE_MAX || job->kind == REDUCE_MIN;
    float *y = job->y + outer * s->y_outer + i0;
    struct reduce_rows r = {
        .kind = extreme ? job->kind : REDUCE_SUM,
        .x = job->partials + outer * t->row_blocks * s->inner + i0,
        .x_stride = s->inner,
        .n_rows = t->row_blocks,
        .n = n,
        .y = y,
    };
    t->kernels->reduce_down(&r);
    finish_values(job, y, n);
}

static void down_item(void *context, int item, int worker) {
    (void)worker;
    const struct down_task *t = context;
    int64_t i0 = item % t->column_blocks * BLOCK_COLUMNS;
    int64_t n = i64_min(BLOCK_COLUMNS, t->job->shape.inner - i0);
    int64_t rest = item / t->column_blocks;
    if (t->last)
        down_second(t, rest, i0, n);
    else
        down_first(t, rest / t->row_blocks, rest % t->row_blocks, i0, n);
}

void reduce_down_blocks(const struct reduce_job *job,
                        const struct row_kernels *kernels, struct pool *pool) {
    const struct reduce_shape *s = &job->shape;
    struct down_task t = {
        .job = job,
        .kernels = kernels,
        .row_blocks = fast_blocks_of(s->rows, BLOCK_ROWS),
        .column_blocks = fast_blocks_of(s->inner, BLOCK_COLUMNS),
    };
    int64_t n = s->outer * t.column_blocks;
    pool_run(pool, down_item, &t, (int)(n * t.row_blocks));
    if (t.row_blocks == 1) return;
    t.last = true;
    pool_run(pool, down_item, &t, (int)n);
}

/* ---- Along rows -------------------------------------------------------- */

/* Here `inner` is 1 and a row is contiguous: x_row = 1. */
struct along_task {
    const struct reduce_job *job;
    const struct row_kernels *kernels;
    int64_t blocks;
};

static void along_item(void *context, int item, int worker) {
    (void)worker;
    const struct along_task *t = context;
    const struct reduce_job *job = t->job;
    const struct reduce_shape *s = &job->shape;
    int64_t outer = item / t->blocks, from = item % t->blocks * ALONG_BLOCK;
    float *y =
        t->blocks > 1 ? job->partials + item : job->y + outer * s->y_outer;
    struct reduce_rows r = {
        .kind = job->kind,
        .x = job->x + outer * s->x_outer + from,
        .n_rows = 1,
        .n = i64_min(ALONG_BLOCK, s->rows - from),
        .y = y,
    };
    t->kernels->reduce_along(&r);
    if (t->blocks == 1) finish_values(job, y, 1);
}

/* Partials of each row, in order; few, so the caller's thread does it. */
static void along_finish(const struct along_task *t) {
    const struct reduce_job *job = t->job;
    const struct reduce_shape *s = &job->shape;
    bool extreme = job->kind == REDUCE_MAX || job->kind == REDUCE_MIN;
    for (int64_t o = 0; o < s->outer; o++) {
        float *y = job->y + o * s->y_outer;
        struct reduce_rows r = {
            .kind = extreme ? job->kind : REDUCE_SUM,
            .x = job->partials + o * t->blocks,
            .n_rows = 1,
            .n = t->blocks,
            .y = y,
        };
        t->kernels->reduce_along(&r);
        finish_values(job, y, 1);
    }
}

static void reduce_along_blocks(const struct reduce_job *job,
                                const struct cpu_call *call) {
    struct along_task t = {job, call->kernels->rows,
                           fast_blocks_of(job->shape.rows, ALONG_BLOCK)};
    pool_run(call->pool, along_item, &t, (int)(job->shape.outer * t.blocks));
    if (t.blocks > 1) along_finish(&t);
}

/* ---- The operators ----------------------------------------------------- */

static bool is_global_pool(enum op op) {
    return op == OP_GLOBAL_AVERAGE_POOL || op == OP_GLOBAL_MAX_POOL;
}

/* Global pools reduce everything between batch and channels. */
static bool axis_reduced(const struct cpu_call *call, int axis) {
    if (is_global_pool(call->node->op))
        return axis > 0 && axis < call->inputs[0].rank - 1;
    return call->node->params.reduce.axes[axis];
}

/* First and past-the-last reduced axis; axes of 1 belong to either side.
 * False when other axes lie between, or when nothing is reduced. */
static bool reduced_range(const struct cpu_call *call, int *begin, int *end) {
    const struct cpu_view *x = call->inputs;
    *begin = *end = -1;
    for (int i = 0; i < x->rank; i++) {
        if (x->dims[i] == 1 && i < x->rank - 1) continue;
        if (!axis_reduced(call, i)) continue;
        if (*begin < 0) *begin = i;
        *end = i + 1;
    }
    if (*begin < 0) return false;
    for (int i = *begin; i < *end; i++)
        if (!axis_reduced(call, i) && x->dims[i] != 1) return false;
    return true;
}

static bool shape_of(const struct cpu_call *call, struct reduce_shape *s,
                     bool *along) {
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    int begin, end;
    if (x->rank < 1 || !reduced_range(call, &begin, &end)) return false;
    int64_t stride[CUT_MAX_RANK];
    view_strides(x, stride);
    *along = end == x->rank;
    int contiguous_from = *along ? begin : end;
    if (contiguous_from < x->rank - 1 && !view_is_dense(x)) return false;
    *s = (struct reduce_shape){1, 1, 1, 0, 0, 0};
    for (int i = 0; i < x->rank; i++) {
        if (i < begin)
            s->outer *= x->dims[i];
        else if (i < end)
            s->rows *= x->dims[i];
        else
            s->inner *= x->dims[i];
    }
    s->x_row = stride[end - 1];
    s->x_outer = begin > 0 ? stride[begin - 1] : 0;
    s->y_outer = s->inner;
    if (!view_is_dense(y)) {
        if (y->dims[y->rank - 1] != s->inner) return false;
        s->y_outer = y->pitch;
    }
    return s->rows > 0 && s->inner > 0 && s->outer > 0;
}

static bool reduce_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct reduce_shape s;
    bool along;
    return fast_countable(call) && view_is_f32(call->inputs) &&
           view_is_f32(call->outputs) && call->node->op != OP_REDUCE_PROD &&
           shape_of(call, &s, &along);
}

static size_t reduce_scratch(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct reduce_shape s;
    bool along;
    if (!shape_of(call, &s, &along)) return 0;
    if (!along) return (size_t)reduce_partials(&s) * sizeof(float);
    int64_t blocks = fast_blocks_of(s.rows, ALONG_BLOCK);
    return (size_t)(s.outer * blocks) * sizeof(float);
}

static double reduce_cost(const struct cpu_call *call, int n_threads) {
    return (double)view_count(call->inputs) * 3.0 / call->kernels->vec /
           n_threads * 1e-9;
}

static void set_formula(enum op op, struct reduce_job *job) {
    job->scale = 1.0f;
    job->kind = REDUCE_SUM;
    switch (op) {
    case OP_GLOBAL_AVERAGE_POOL:
    case OP_REDUCE_MEAN: job->scale = 1.0f / (float)job->shape.rows; break;
    case OP_GLOBAL_MAX_POOL:
    case OP_REDUCE_MAX: job->kind = REDUCE_MAX; break;
    case OP_REDUCE_MIN: job->kind = REDUCE_MIN; break;
    case OP_REDUCE_L1: job->kind = REDUCE_ABSOLUTE; break;
    case OP_REDUCE_L2:
        job->kind = REDUCE_SQUARES;
        job->root = true;
        break;
    case OP_REDUCE_SUM_SQUARE: job->kind = REDUCE_SQUARES; break;
    default: break;
    }
}

static enum cut_status reduce_run(const struct cpu_call *call,
                                  struct cut_error *err) {
    (void)err;
    struct reduce_job job = {
        .x = call->inputs[0].data,
        .y = call->outputs[0].data,
        .partials = call->scratch,
    };
    bool along;
    shape_of(call, &job.shape, &along);
    set_formula(call->node->op, &job);
    if (along)
        reduce_along_blocks(&job, call);
    else
        reduce_down_blocks(&job, call->kernels->rows, call->pool);
    return CUT_OK;
}

const struct cpu_method fast_reduce_method = {
    "vector", reduce_fits, reduce_scratch, reduce_cost, reduce_run,
};
