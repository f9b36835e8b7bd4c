#include "cpu/nest.h"
#include "base/mem.h"

#define BLOCK_ELEMENTS 16384

void view_strides(const struct cpu_view *view, int64_t stride[CUT_MAX_RANK]) {
    int64_t step = 1;
    for (int i = view->rank - 1; i >= 0; i--) {
        stride[i] = step;
        step = i == view->rank - 1 ? view->pitch : step * view->dims[i];
    }
}

int64_t view_count(const struct cpu_view *view) {
    int64_t n = 1;
    for (int i = 0; i < view->rank; i++) n *= view->dims[i];
    return n;
}

bool view_is_dense(const struct cpu_view *view) {
    return view->rank < 2 || view->pitch == view->dims[view->rank - 1];
}

bool view_is_f32(const struct cpu_view *view) { return view->dtype == CUT_F32; }

static void set_operand(struct nest *nest, int operand,
                        const struct cpu_view *view) {
    int64_t stride[CUT_MAX_RANK];
    view_strides(view, stride);
    int lead = nest->rank - view->rank;
    for (int i = 0; i < nest->rank; i++) {
        bool own = i >= lead && view->dims[i - lead] != 1;
        nest->stride[operand][i] = own ? stride[i - lead] : 0;
    }
}

struct nest nest_of(const struct cpu_view *y, const struct cpu_view *a,
                    const struct cpu_view *b) {
    struct nest nest = {.rank = y->rank, .n_operands = b ? 3 : 2};
    for (int i = 0; i < y->rank; i++) nest.dims[i] = y->dims[i];
    set_operand(&nest, 0, y);
    set_operand(&nest, 1, a);
    if (b) set_operand(&nest, 2, b);
    return nest;
}

static void copy_axis(struct nest *nest, int to, int from) {
    nest->dims[to] = nest->dims[from];
    for (int k = 0; k < nest->n_operands; k++)
        nest->stride[k][to] = nest->stride[k][from];
}

static bool axes_merge(const struct nest *nest, int outer, int inner) {
    for (int k = 0; k < nest->n_operands; k++)
        if (nest->stride[k][outer] !=
            nest->stride[k][inner] * nest->dims[inner])
            return false;
    return true;
}

/* An axis of 1 before axis 0. */
static void prepend_axis(struct nest *nest) {
    for (int i = nest->rank; i > 0; i--) copy_axis(nest, i, i - 1);
    nest->dims[0] = 1;
    for (int k = 0; k < nest->n_operands; k++) nest->stride[k][0] = 0;
    nest->rank++;
}

void nest_collapse(struct nest *nest) {
    int n = 0; /* axes kept so far */
    for (int i = 0; i < nest->rank; i++) {
        if (nest->dims[i] == 1) continue;
        if (n > 0 && axes_merge(nest, n - 1, i)) {
            int64_t dim = nest->dims[n - 1];
            copy_axis(nest, n - 1, i);
            nest->dims[n - 1] *= dim;
        } else {
            copy_axis(nest, n, i);
            n++;
        }
    }
    nest->rank = n;
    while (nest->rank < 2) prepend_axis(nest);
}

void nest_unit_columns(struct nest *nest) {
    int last = nest->rank - 1;
    bool unit = nest->stride[0][last] == 1 || nest->dims[last] == 1;
    for (int k = 1; k < nest->n_operands; k++)
        unit =
            unit && (nest->stride[k][last] == 0 || nest->stride[k][last] == 1);
    if (unit) return;
    nest->dims[nest->rank] = 1;
    for (int k = 0; k < nest->n_operands; k++)
        nest->stride[k][nest->rank] = k == 0;
    nest->rank++;
}

struct nest_size nest_block_size(const struct nest *nest) {
    int64_t columns = i64_max(1, nest->dims[nest->rank - 1]);
    struct nest_size size = {1, i64_min(columns, BLOCK_ELEMENTS)};
    size.rows = i64_max(1, BLOCK_ELEMENTS / size.columns);
    return size;
}

struct nest_task {
    const struct nest *nest;
    struct nest_size size;
    int64_t n_rows, n_column_blocks;
    nest_body *body;
    void *context;
};

/* Offsets of `row`, counted over all axes but the last. */
static void offsets_of_row(const struct nest *nest, int64_t row,
                           int64_t offset[NEST_OPERANDS]) {
    for (int i = nest->rank - 2; i >= 0; i--) {
        int64_t at = row % nest->dims[i];
        row /= nest->dims[i];
        for (int k = 0; k < nest->n_operands; k++)
            offset[k] += at * nest->stride[k][i];
    }
}

static void nest_item(void *context, int item, int worker) {
    (void)worker;
    const struct nest_task *task = context;
    const struct nest *nest = task->nest;
    int last = nest->rank - 1;
    int64_t d = nest->dims[last - 1];
    int64_t row = item / task->n_column_blocks * task->size.rows;
    int64_t end = i64_min(task->n_rows, row + task->size.rows);
    int64_t first = item % task->n_column_blocks * task->size.columns;
    struct nest_block b = {
        .n_columns = i64_min(task->size.columns, nest->dims[last] - first)};
    while (row < end) {
        b.n_rows = i64_min(end - row, d - row % d);
        for (int k = 0; k < nest->n_operands; k++) {
            b.row[k] = nest->stride[k][last - 1];
            b.column[k] = nest->stride[k][last];
            b.offset[k] = first * b.column[k];
        }
        offsets_of_row(nest, row, b.offset);
        task->body(task->context, &b);
        row += b.n_rows;
    }
}

void nest_run(const struct nest *nest, struct nest_size size, struct pool *pool,
              nest_body *body, void *context) {
    struct nest_task task = {nest, size, 1, 1, body, context};
    for (int i = 0; i < nest->rank - 1; i++) task.n_rows *= nest->dims[i];
    int64_t columns = nest->dims[nest->rank - 1];
    if (task.n_rows == 0 || columns == 0) return;
    task.n_column_blocks = (columns + size.columns - 1) / size.columns;
    int64_t limit = INT32_MAX / task.n_column_blocks;
    while ((task.n_rows + task.size.rows - 1) / task.size.rows >= limit)
        task.size.rows *= 2;
    int64_t row_blocks = (task.n_rows + task.size.rows - 1) / task.size.rows;
    pool_run(pool, nest_item, &task, (int)(row_blocks * task.n_column_blocks));
}
