/* MaxPool and AveragePool, channels-last, 1-D and 2-D: a task is one row of
 * output pixels. */
#include "base/mem.h"
#include "cpu/fast.h"

static bool pool_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    int n_spatial = call->node->params.pool.window.n_spatial;
    return call->n_outputs == 1 && fast_all_f32(call) && n_spatial >= 1 &&
           n_spatial <= 2 && call->inputs[0].rank == n_spatial + 2;
}

static double pool_cost(const struct cpu_call *call, int n_threads) {
    const struct window *w = &call->node->params.pool.window;
    double taps = 1;
    for (int i = 0; i < w->n_spatial; i++) taps *= (double)w->kernel[i];
    return fast_cost(call, n_threads, 4.0 + 2.0 * taps);
}

struct pool_rows {
    const struct cpu_call *call;
    pool_kernel *kernel;
    int64_t in_h, out_h;
    struct pool_row row; /* what all rows share; x, y of image 0 */
    int64_t x_image, y_image, x_line, y_line;
    int64_t kernel_h, stride_h, dilation_h, pad_h, pad_end_h;
};

/* Tap rows of output row `o`: the first valid input row and how many. */
static int64_t valid_rows(const struct pool_rows *p, int64_t o,
                          struct pool_row *row) {
    int64_t first = o * p->stride_h - p->pad_h, n = 0, from = 0, counted = 0;
    for (int64_t i = 0; i < p->kernel_h; i++) {
        int64_t at = first + i * p->dilation_h;
        if (at < p->in_h + p->pad_end_h) counted++;
        if (at < 0 || at >= p->in_h) continue;
        if (n++ == 0) from = at;
    }
    row->n_tap_rows = n;
    row->counted_rows = row->count_include_pad ? counted : n;
    return from;
}

static void pool_item(void *context, int item, int worker) {
    (void)worker;
    const struct pool_rows *p = context;
    int64_t image = item / p->out_h, o = item % p->out_h;
    struct pool_row row = p->row;
    int64_t from = valid_rows(p, o, &row);
    row.x += image * p->x_image + from * p->x_line;
    row.y += image * p->y_image + o * p->y_line;
    p->kernel(&row);
}

static struct pool_rows pool_rows_of(const struct cpu_call *call) {
    const struct pool_params *params = &call->node->params.pool;
    const struct window *w = &params->window;
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    int c = x->rank - 1, last = w->n_spatial - 1;
    bool flat = w->n_spatial == 1;
    struct pool_rows p = {
        .call = call,
        .in_h = flat ? 1 : x->dims[1],
        .out_h = flat ? 1 : y->dims[1],
        .kernel_h = flat ? 1 : w->kernel[0],
        .stride_h = flat ? 1 : w->stride[0],
        .dilation_h = flat ? 1 : w->dilation[0],
        .pad_h = flat ? 0 : w->pad_begin[0],
        .pad_end_h = flat ? 0 : w->pad_end[0],
        .x_line = x->dims[c - 1] * x->pitch,
        .y_line = y->dims[c - 1] * y->pitch,
        .row = {.x = x->data,
                .x_column = x->pitch,
                .y = y->data,
                .y_column = y->pitch,
                .n_out = y->dims[c - 1],
                .n_in = x->dims[c - 1],
                .n_channels = x->dims[c],
                .kernel = w->kernel[last],
                .stride = w->stride[last],
                .dilation = w->dilation[last],
                .pad_begin = w->pad_begin[last],
                .pad_end = w->pad_end[last],
                .count_include_pad = params->count_include_pad},
    };
    p.row.x_row = p.dilation_h * p.x_line;
    p.x_image = p.in_h * p.x_line;
    p.y_image = p.out_h * p.y_line;
    return p;
}

static enum cut_status run_pool(const struct cpu_call *call,
                                struct cut_error *err) {
    (void)err;
    const struct row_kernels *rows = call->kernels->rows;
    struct pool_rows p = pool_rows_of(call);
    p.kernel =
        call->node->op == OP_MAX_POOL ? rows->max_pool : rows->average_pool;
    int64_t n = call->inputs[0].dims[0] * p.out_h;
    if (view_count(call->outputs) == 0) return CUT_OK;
    pool_run(call->pool, pool_item, &p, (int)n);
    return CUT_OK;
}

const struct cpu_method fast_pool_method = {
    "vector", pool_fits, fast_no_scratch, pool_cost, run_pool,
};
