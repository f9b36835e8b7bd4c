/* Resize along one axis or two neighbouring ones, in any layout: the tensor
 * is seen as [outer, H, W, C]. Rows are resampled first into a small ring of
 * lines that stays in cache, then blended. A task is a block of output rows
 * and columns. Formulas: ONNX operator Resize. */
#include "base/mathf.h"
#include "base/mem.h"
#include "base/status.h"
#include "cpu/fast.h"

#define ROW_BLOCK 32
#define LINE_FLOATS 2048

struct resize_shape {
    int taps;
    int h_axis, w_axis; /* -1: none */
    int64_t outer, c, in_h, in_w, out_h, out_w;
    int64_t x_outer, x_line, x_column, y_outer, y_line, y_column;
    int64_t chunk; /* output columns of a task */
};

/* ---- Shape ------------------------------------------------------------- */

static bool axis_changes(const struct cpu_call *call, int axis) {
    const struct resize_params *p = &call->node->params.resize;
    return call->inputs[0].dims[axis] != call->outputs[0].dims[axis] ||
           p->scale[axis] != 1.0f;
}

/* Finds the axes; false when they are not one or two neighbours. */
static bool find_axes(const struct cpu_call *call, int *h, int *w) {
    *h = *w = -1;
    for (int i = 0; i < call->inputs[0].rank; i++) {
        if (!axis_changes(call, i)) continue;
        if (*w >= 0 && (*h >= 0 || i != *w + 1)) return false;
        *h = *w;
        *w = i;
    }
    return *w >= 0;
}

static int64_t outer_stride(const struct cpu_view *view, int axis,
                            const int64_t *stride) {
    return axis > 0 ? stride[axis - 1] : stride[axis] * view->dims[axis];
}

static bool shape_of(const struct cpu_call *call, struct resize_shape *s) {
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    *s = (struct resize_shape){.outer = 1, .c = 1, .in_h = 1, .out_h = 1};
    if (!find_axes(call, &s->h_axis, &s->w_axis)) return false;
    int w = s->w_axis, top = s->h_axis >= 0 ? s->h_axis : w;
    if (w < x->rank - 2 && !(view_is_dense(x) && view_is_dense(y)))
        return false;
    int64_t xs[CUT_MAX_RANK], ys[CUT_MAX_RANK];
    view_strides(x, xs);
    view_strides(y, ys);
    for (int i = 0; i < top; i++) s->outer *= x->dims[i];
    for (int i = w + 1; i < x->rank; i++) s->c *= x->dims[i];
    s->in_w = x->dims[w];
    s->out_w = y->dims[w];
    s->x_column = xs[w];
    s->y_column = ys[w];
    if (s->h_axis >= 0) {
        s->in_h = x->dims[top];
        s->out_h = y->dims[top];
        s->x_line = xs[top];
        s->y_line = ys[top];
    }
    s->x_outer = outer_stride(x, top, xs);
    s->y_outer = outer_stride(y, top, ys);
    enum resize_mode mode = call->node->params.resize.mode;
    s->taps = mode == RESIZE_NEAREST ? 1 : mode == RESIZE_LINEAR ? 2 : 4;
    s->chunk = i64_min(s->out_w, i64_max(1, LINE_FLOATS / i64_max(1, s->c)));
    return s->in_w > 0 && s->in_h > 0 && s->in_w < INT32_MAX &&
           s->in_h < INT32_MAX;
}

static bool resize_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    const struct resize_params *p = &call->node->params.resize;
    struct resize_shape s;
    return fast_countable(call) && view_is_f32(call->inputs) &&
           view_is_f32(call->outputs) && !p->antialias &&
           (!p->exclude_outside || p->mode == RESIZE_CUBIC) &&
           p->coordinate != RESIZE_TF_CROP_AND_RESIZE && shape_of(call, &s);
}

/* ---- Tables ------------------------------------------------------------ */

/* A scale that was computed from sizes was meant exactly. */
static double exact_scale(float scale, int64_t n_in, int64_t n_out) {
    double exact = (double)n_out / (double)n_in;
    return scale == (float)exact ? exact : (double)scale;
}

/* Where output `o` lies on the input axis. */
static double coordinate(const struct resize_params *p, int axis, int64_t o,
                         int64_t n_in, int64_t n_out) {
    double scale = exact_scale(p->scale[axis], n_in, n_out), x = (double)o;
    double half = (x + 0.5) / scale - 0.5, length = scale * (double)n_in;
    switch (p->coordinate) {
    case RESIZE_PYTORCH_HALF_PIXEL: return n_out > 1 ? half : 0.0;
    case RESIZE_ALIGN_CORNERS:
        return n_out > 1 && length > 1 ? x * (double)(n_in - 1) / (length - 1)
                                       : 0.0;
    case RESIZE_ASYMMETRIC: return x / scale;
    case RESIZE_TF_HALF_PIXEL_FOR_NN: return (x + 0.5) / scale;
    case RESIZE_HALF_PIXEL_SYMMETRIC:
        return (double)n_in / 2 * (1 - (double)n_out / length) + half;
    default: return half;
    }
}

static double nearest(enum resize_nearest mode, double x) {
    switch (mode) {
    case RESIZE_ROUND_PREFER_CEIL: return math_floor(x + 0.5);
    case RESIZE_FLOOR: return math_floor(x);
    case RESIZE_CEIL: return math_ceil(x);
    default: return math_ceil(x - 0.5);
    }
}

/* Keys 1981, "Cubic convolution interpolation", at distance t >= 0. */
static double cubic(double a, double t) {
    if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
    if (t < 2) return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
    return 0;
}

struct tap_table {
    int32_t *index;
    float *weight;
};

static void put_tap(const struct tap_table *t, int64_t at, double index,
                    int64_t n_in, double weight) {
    double last = (double)(n_in - 1);
    double clamped = index < 0 ? 0 : index > last ? last : index;
    t->index[at] = (int32_t)clamped;
    t->weight[at] = (float)weight;
}

static void put_cubic(const struct resize_params *p, const struct tap_table *t,
                      int64_t o, double x, int64_t n_in) {
    double base = math_floor(x), w[4], sum = 0;
    for (int i = 0; i < 4; i++) {
        double at = base - 1 + i;
        w[i] = cubic((double)p->cubic_a, math_abs(x - at));
        if (p->exclude_outside && (at < 0 || at >= (double)n_in)) w[i] = 0;
        sum += w[i];
    }
    if (!p->exclude_outside || sum == 0) sum = 1;
    for (int i = 0; i < 4; i++)
        put_tap(t, o * 4 + i, base - 1 + i, n_in, w[i] / sum);
}

/* Taps of every output along `axis`; -1: the axis does not change. */
static void fill_table(const struct cpu_call *call, int axis, int taps,
                       const struct tap_table *t) {
    const struct resize_params *p = &call->node->params.resize;
    if (axis < 0) {
        for (int i = 0; i < taps; i++) put_tap(t, i, 0, 1, i == 0);
        return;
    }
    int64_t n_in = call->inputs[0].dims[axis];
    int64_t n_out = call->outputs[0].dims[axis];
    for (int64_t o = 0; o < n_out; o++) {
        double x = coordinate(p, axis, o, n_in, n_out);
        if (taps == 1) {
            put_tap(t, o, nearest(p->nearest, x), n_in, 1);
        } else if (taps == 2) {
            double base = math_floor(x);
            put_tap(t, 2 * o, base, n_in, 1 - (x - base));
            put_tap(t, 2 * o + 1, base + 1, n_in, x - base);
        } else {
            put_cubic(p, t, o, x, n_in);
        }
    }
}

/* ---- Run --------------------------------------------------------------- */

struct resize_task {
    const struct cpu_call *call;
    struct resize_shape s;
    struct tap_table h, w;
    float *lines; /* taps lines for each worker */
    int64_t worker_floats, row_blocks, column_blocks;
};

static int64_t lines_floats(const struct resize_shape *s) {
    return (int64_t)mem_align((size_t)(s->taps * s->chunk * s->c) * 4) / 4;
}

static size_t table_bytes(const struct resize_shape *s) {
    return mem_align((size_t)(s->taps * s->out_h) * 4) * 2 +
           mem_align((size_t)(s->taps * s->out_w) * 4) * 2;
}

static size_t resize_scratch(const struct cpu_call *call, int n_threads) {
    struct resize_shape s;
    if (!shape_of(call, &s)) return 0;
    return table_bytes(&s) + (size_t)lines_floats(&s) * 4 * (size_t)n_threads;
}

static double resize_cost(const struct cpu_call *call, int n_threads) {
    return fast_cost(call, n_threads, 12.0);
}

static void *take(uint8_t **at, size_t bytes) {
    void *p = *at;
    *at += mem_align(bytes);
    return p;
}

/* One line of the ring: input row `iy` resampled to columns [x0, x0 + n). */
static void resample_line(const struct resize_task *t, const float *x,
                          float *line, int64_t x0, int64_t n) {
    struct resize_columns r = {
        .x = x,
        .x_column = t->s.x_column,
        .y = line,
        .n_out = n,
        .n_channels = t->s.c,
        .taps = t->s.taps,
        .index = t->w.index + x0 * t->s.taps,
        .weight = t->w.weight + x0 * t->s.taps,
    };
    t->call->kernels->rows->resize_columns(&r);
}

static void blend_row(const struct resize_task *t, int64_t oy, float *lines,
                      float *y, int64_t n) {
    const struct resize_shape *s = &t->s;
    bool dense = s->y_column == s->c;
    struct resize_blend b = {
        .taps = s->taps,
        .y = y,
        .y_stride = s->y_column,
        .n_rows = dense ? 1 : n,
        .n = dense ? n * s->c : s->c,
    };
    for (int i = 0; i < s->taps; i++) {
        int64_t iy = t->h.index[oy * s->taps + i];
        b.x[i] = lines + iy % s->taps * s->chunk * s->c;
        b.weight[i] = t->h.weight[oy * s->taps + i];
    }
    t->call->kernels->rows->resize_blend(&b);
}

static void resize_item(void *context, int item, int worker) {
    const struct resize_task *t = context;
    const struct resize_shape *s = &t->s;
    int64_t x0 = item % t->column_blocks * s->chunk;
    int64_t block = item / t->column_blocks;
    int64_t oy = block % t->row_blocks * ROW_BLOCK;
    int64_t outer = block / t->row_blocks;
    int64_t end = i64_min(s->out_h, oy + ROW_BLOCK);
    int64_t n = i64_min(s->chunk, s->out_w - x0);
    const float *x =
        (const float *)t->call->inputs[0].data + outer * s->x_outer;
    float *y = (float *)t->call->outputs[0].data + outer * s->y_outer +
               x0 * s->y_column;
    float *lines = t->lines + worker * t->worker_floats;
    int64_t held[4] = {-1, -1, -1, -1}; /* input row of each line */
    for (; oy < end; oy++) {
        for (int i = 0; i < s->taps; i++) {
            int64_t iy = t->h.index[oy * s->taps + i], slot = iy % s->taps;
            if (held[slot] == iy) continue;
            held[slot] = iy;
            resample_line(t, x + iy * s->x_line, lines + slot * s->chunk * s->c,
                          x0, n);
        }
        blend_row(t, oy, lines, y + oy * s->y_line, n);
    }
}

static enum cut_status resize_run(const struct cpu_call *call,
                                  struct cut_error *err) {
    struct resize_task t = {.call = call};
    struct resize_shape *s = &t.s;
    if (!shape_of(call, s))
        return status_fail(err, CUT_INTERNAL, "node '%s': not resizable",
                           call->node->name);
    if (view_count(call->outputs) == 0) return CUT_OK;
    uint8_t *at = call->scratch;
    size_t h_bytes = (size_t)(s->taps * s->out_h) * 4;
    size_t w_bytes = (size_t)(s->taps * s->out_w) * 4;
    t.h.index = take(&at, h_bytes);
    t.h.weight = take(&at, h_bytes);
    t.w.index = take(&at, w_bytes);
    t.w.weight = take(&at, w_bytes);
    t.lines = take(&at, 0);
    fill_table(call, s->h_axis, s->taps, &t.h);
    fill_table(call, s->w_axis, s->taps, &t.w);
    t.worker_floats = lines_floats(s);
    t.row_blocks = fast_blocks_of(s->out_h, ROW_BLOCK);
    t.column_blocks = fast_blocks_of(s->out_w, s->chunk);
    pool_run(call->pool, resize_item, &t,
             (int)(s->outer * t.row_blocks * t.column_blocks));
    return CUT_OK;
}

const struct cpu_method fast_resize_method = {
    "vector", resize_fits, resize_scratch, resize_cost, resize_run,
};
