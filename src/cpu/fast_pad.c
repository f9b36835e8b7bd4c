/* Pad and Gather: whole rows are copied where they lie inside the input. */
#include "base/mem.h"
#include "base/status.h"
#include "cpu/fast.h"

#define BLOCK_BYTES 65536

/* ---- Pad --------------------------------------------------------------- */

struct pad_task {
    const struct cpu_view *x, *y;
    const struct pad_params *p;
    int64_t x_stride[CUT_MAX_RANK];
    int64_t n_rows, block, item_bytes;
};

/* Other modes than constant only move whole pixels. */
static bool pad_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    const struct pad_params *p = &call->node->params.pad;
    const struct cpu_view *x = call->inputs;
    int last = x->rank - 1;
    if (!fast_countable(call) || x->rank < 1 ||
        x->dtype != call->outputs[0].dtype)
        return false;
    if (p->mode == PAD_CONSTANT)
        return x->dtype == CUT_F32 ||
               (p->value == 0 && x->dtype != CUT_STRING &&
                cut_dtype_bytes(x->dtype) > 0);
    return p->mode != PAD_WRAP && p->begin[last] == 0 && p->end[last] == 0 &&
           x->rank > 1 && cut_dtype_bytes(x->dtype) > 0 && view_count(x) > 0;
}

/* The input index of output index `o` of an axis of n; -1: padding. */
static int64_t source_index(enum pad_mode mode, int64_t at, int64_t n) {
    if (at >= 0 && at < n) return at;
    if (mode == PAD_CONSTANT) return -1;
    if (mode == PAD_EDGE || n == 1) return at < 0 ? 0 : n - 1;
    int64_t period = 2 * (n - 1);
    at = (at % period + period) % period;
    return at < n ? at : period - at;
}

/* Offset in elements of the input row of output row `row`; -1: padding. */
static int64_t source_row(const struct pad_task *t, int64_t row) {
    int64_t offset = 0;
    for (int i = t->y->rank - 2; i >= 0; i--) {
        int64_t at = row % t->y->dims[i] - t->p->begin[i];
        row /= t->y->dims[i];
        at = source_index(t->p->mode, at, t->x->dims[i]);
        if (at < 0) return -1;
        offset += at * t->x_stride[i];
    }
    return offset;
}

static void fill(const struct pad_task *t, uint8_t *dst, int64_t n) {
    if (n <= 0) return;
    if (t->p->value == 0) {
        memset(dst, 0, (size_t)(n * t->item_bytes));
        return;
    }
    float value = (float)t->p->value; /* pad_fits: f32 */
    for (int64_t i = 0; i < n; i++) memcpy(dst + i * 4, &value, 4);
}

static void pad_row(const struct pad_task *t, int64_t row) {
    int last = t->y->rank - 1;
    int64_t n = t->y->dims[last], begin = t->p->begin[last];
    int64_t bytes = t->item_bytes, from = source_row(t, row);
    uint8_t *dst = (uint8_t *)t->y->data + row * t->y->pitch * bytes;
    if (from < 0) {
        fill(t, dst, n);
        return;
    }
    int64_t lead = i64_min(n, i64_max(0, begin)); /* negative pads crop */
    int64_t skip = i64_max(0, -begin);
    int64_t inside = i64_max(0, i64_min(n - lead, t->x->dims[last] - skip));
    fill(t, dst, lead);
    memcpy(dst + lead * bytes,
           (const uint8_t *)t->x->data + (from + skip) * bytes,
           (size_t)(inside * bytes));
    fill(t, dst + (lead + inside) * bytes, n - lead - inside);
}

static void pad_item(void *context, int item, int worker) {
    (void)worker;
    const struct pad_task *t = context;
    int64_t row = item * t->block;
    int64_t end = i64_min(t->n_rows, row + t->block);
    for (; row < end; row++) pad_row(t, row);
}

static enum cut_status pad_run(const struct cpu_call *call,
                               struct cut_error *err) {
    (void)err;
    const struct cpu_view *y = call->outputs;
    struct pad_task t = {
        .x = call->inputs, .y = y, .p = &call->node->params.pad, .n_rows = 1};
    if (view_count(y) == 0) return CUT_OK;
    view_strides(t.x, t.x_stride);
    t.item_bytes = (int64_t)cut_dtype_bytes(y->dtype);
    for (int i = 0; i < y->rank - 1; i++) t.n_rows *= y->dims[i];
    int64_t row_bytes = y->dims[y->rank - 1] * t.item_bytes;
    t.block = i64_max(1, BLOCK_BYTES / row_bytes);
    pool_run(call->pool, pad_item, &t, (int)fast_blocks_of(t.n_rows, t.block));
    return CUT_OK;
}

const struct cpu_method fast_pad_method = {
    "rows", pad_fits, fast_no_scratch, fast_cost_copy, pad_run,
};

/* ---- Gather ------------------------------------------------------------ */

/* y[outer, i, inner] = x[outer, index[i], inner], all dense. */
struct gather_task {
    const uint8_t *x;
    uint8_t *y;
    const struct cpu_view *index;
    int64_t n_axis, n_index, n_pieces, block;
    size_t bytes; /* of the inner part */
};

static bool gather_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    const struct cpu_view *x = call->inputs, *i = fast_input(call, 1);
    return fast_countable(call) && x->dtype == call->outputs[0].dtype &&
           x->dtype != CUT_STRING && cut_dtype_bytes(x->dtype) > 0 && i &&
           view_is_dense(x) && view_is_dense(i) &&
           view_is_dense(call->outputs) &&
           (i->dtype == CUT_I32 || i->dtype == CUT_I64);
}

static int64_t index_at(const struct gather_task *t, int64_t i) {
    int64_t wide;
    int32_t narrow;
    const uint8_t *data = t->index->data;
    if (t->index->dtype == CUT_I64) {
        memcpy(&wide, data + i * 8, 8);
    } else {
        memcpy(&narrow, data + i * 4, 4);
        wide = narrow;
    }
    return wide;
}

static void gather_item(void *context, int item, int worker) {
    (void)worker;
    const struct gather_task *t = context;
    int64_t piece = item * t->block;
    int64_t end = i64_min(t->n_pieces, piece + t->block);
    for (; piece < end; piece++) {
        int64_t at = index_at(t, piece % t->n_index);
        if (at < 0) at += t->n_axis;
        int64_t from = piece / t->n_index * t->n_axis + at;
        memcpy(t->y + (size_t)piece * t->bytes, t->x + (size_t)from * t->bytes,
               t->bytes);
    }
}

static enum cut_status gather_run(const struct cpu_call *call,
                                  struct cut_error *err) {
    const struct cpu_view *x = call->inputs;
    int axis = call->node->params.axis.axis;
    struct gather_task t = {
        .x = x->data,
        .y = call->outputs[0].data,
        .index = &call->inputs[1],
        .n_axis = x->dims[axis],
        .n_index = view_count(&call->inputs[1]),
        .bytes = cut_dtype_bytes(x->dtype),
    };
    for (int i = axis + 1; i < x->rank; i++) t.bytes *= (size_t)x->dims[i];
    for (int64_t i = 0; i < t.n_index; i++) {
        int64_t at = index_at(&t, i);
        if (at < -t.n_axis || at >= t.n_axis)
            return status_fail(err, CUT_BAD_ARGUMENT,
                               "node '%s' (Gather): index %lld is outside an "
                               "axis of %lld",
                               call->node->name, (long long)at,
                               (long long)t.n_axis);
    }
    if (view_count(call->outputs) == 0) return CUT_OK;
    t.n_pieces = t.n_index;
    for (int i = 0; i < axis; i++) t.n_pieces *= x->dims[i];
    t.block = i64_max(1, BLOCK_BYTES / (int64_t)t.bytes);
    pool_run(call->pool, gather_item, &t,
             (int)fast_blocks_of(t.n_pieces, t.block));
    return CUT_OK;
}

const struct cpu_method fast_gather_method = {
    "rows", gather_fits, fast_no_scratch, fast_cost_copy, gather_run,
};
