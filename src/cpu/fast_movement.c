/* Operators that only move elements, of any type of 1, 2, 4 or 8 bytes: each
 * is a nest of axes with strides of destination and source. */
#include "base/mem.h"
#include "cpu/fast.h"

/* ---- The copy ---------------------------------------------------------- */

struct copy_task {
    const struct row_kernels *kernels;
    const uint8_t *src;
    uint8_t *dst;
    size_t item_bytes;
};

static void copy_body(void *context, const struct nest_block *b) {
    const struct copy_task *t = context;
    int64_t bytes = (int64_t)t->item_bytes;
    struct copy_block block = {
        .src = t->src + b->offset[1] * bytes,
        .src_row = b->row[1],
        .src_column = b->column[1],
        .dst = t->dst + b->offset[0] * bytes,
        .dst_row = b->row[0],
        .dst_column = b->column[0],
        .n_rows = b->n_rows,
        .n_columns = b->n_columns,
        .item_bytes = t->item_bytes,
    };
    t->kernels->copy(&block);
}

/* Where the source runs along another axis than the destination, that axis
 * becomes the rows of the blocks, which are then square. */
static struct nest_size turn_axes(struct nest *nest) {
    int last = nest->rank - 1;
    struct nest_size size = nest_block_size(nest);
    if (nest->stride[1][last] <= 1 || nest->stride[0][last] != 1) return size;
    for (int i = 0; i < last - 1; i++) {
        if (nest->stride[1][i] != 1) continue;
        struct nest old = *nest;
        for (int j = i; j < last - 1; j++) {
            nest->dims[j] = old.dims[j + 1];
            nest->stride[0][j] = old.stride[0][j + 1];
            nest->stride[1][j] = old.stride[1][j + 1];
        }
        nest->dims[last - 1] = old.dims[i];
        nest->stride[0][last - 1] = old.stride[0][i];
        nest->stride[1][last - 1] = old.stride[1][i];
        break;
    }
    if (nest->dims[last] > 64 && nest->dims[last - 1] > 64)
        size = (struct nest_size){64, 64};
    return size;
}

/* Copies the nest whose operand 0 is `dst`, operand 1 `src`; both are offset
 * by `dst_at`, `src_at` elements. */
static void copy_nest(const struct cpu_call *call, struct nest *nest,
                      const struct cpu_view *dst, const struct cpu_view *src,
                      const int64_t at[2]) {
    int64_t bytes = (int64_t)cut_dtype_bytes(dst->dtype);
    struct copy_task task = {
        call->kernels->rows,
        (const uint8_t *)src->data + at[1] * bytes,
        (uint8_t *)dst->data + at[0] * bytes,
        (size_t)bytes,
    };
    nest_collapse(nest);
    struct nest_size size = turn_axes(nest);
    nest_run(nest, size, call->pool, copy_body, &task);
}

static bool movable(const struct cpu_view *view) {
    return view->dtype != CUT_STRING && cut_dtype_bytes(view->dtype) > 0;
}

static bool any_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    return movable(&call->inputs[0]) &&
           call->inputs[0].dtype == call->outputs[0].dtype;
}

/* ---- Transpose --------------------------------------------------------- */

static enum cut_status transpose_run(const struct cpu_call *call,
                                     struct cut_error *err) {
    (void)err;
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    const int *perm = call->node->params.transpose.perm;
    int64_t stride[CUT_MAX_RANK];
    view_strides(x, stride);
    struct nest nest = nest_of(y, y, NULL);
    for (int i = 0; i < y->rank; i++) nest.stride[1][i] = stride[perm[i]];
    copy_nest(call, &nest, y, x, (int64_t[]){0, 0});
    return CUT_OK;
}

const struct cpu_method fast_transpose_method = {
    "blocks", any_fits, fast_no_scratch, fast_cost_copy, transpose_run,
};

/* ---- Identity, Reshape and other views that had to be copied ----------- */

static bool same_dims(const struct cpu_view *a, const struct cpu_view *b) {
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i]) return false;
    return true;
}

static bool copy_fits(const struct cpu_call *call, int n_threads) {
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    return any_fits(call, n_threads) && call->n_outputs == 1 &&
           (same_dims(x, y) || (view_is_dense(x) && view_is_dense(y)));
}

static enum cut_status copy_run(const struct cpu_call *call,
                                struct cut_error *err) {
    (void)err;
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    struct nest nest = nest_of(y, same_dims(x, y) ? x : y, NULL);
    copy_nest(call, &nest, y, x, (int64_t[]){0, 0});
    return CUT_OK;
}

const struct cpu_method fast_copy_method = {
    "blocks", copy_fits, fast_no_scratch, fast_cost_copy, copy_run,
};

/* ---- Concat, Split ----------------------------------------------------- */

/* A slice of `whole`, from element `from` of `axis` on, with the dims of
 * `part`. */
static void copy_part(const struct cpu_call *call, const struct cpu_view *part,
                      const struct cpu_view *whole, int64_t from, bool in) {
    int axis = call->node->params.axis.axis;
    int64_t stride[CUT_MAX_RANK];
    view_strides(whole, stride);
    struct nest nest = nest_of(part, part, NULL);
    int k = in ? 0 : 1; /* the operand that is `whole` */
    for (int i = 0; i < part->rank; i++) nest.stride[k][i] = stride[i];
    int64_t at[2] = {0, 0};
    at[k] = from * stride[axis];
    copy_nest(call, &nest, in ? whole : part, in ? part : whole, at);
}

static enum cut_status concat_run(const struct cpu_call *call,
                                  struct cut_error *err) {
    (void)err;
    int64_t from = 0;
    for (int i = 0; i < call->n_inputs; i++) {
        const struct cpu_view *x = fast_input(call, i);
        if (!x) continue;
        copy_part(call, x, call->outputs, from, true);
        from += x->dims[call->node->params.axis.axis];
    }
    return CUT_OK;
}

static enum cut_status split_run(const struct cpu_call *call,
                                 struct cut_error *err) {
    (void)err;
    int64_t from = 0;
    for (int i = 0; i < call->n_outputs; i++) {
        const struct cpu_view *y = &call->outputs[i];
        if (y->data) copy_part(call, y, call->inputs, from, false);
        from += y->dims[call->node->params.axis.axis];
    }
    return CUT_OK;
}

const struct cpu_method fast_concat_method = {
    "blocks", any_fits, fast_no_scratch, fast_cost_copy, concat_run,
};
const struct cpu_method fast_split_method = {
    "blocks", any_fits, fast_no_scratch, fast_cost_copy, split_run,
};

/* ---- Slice, Expand, Tile ----------------------------------------------- */

static enum cut_status slice_run(const struct cpu_call *call,
                                 struct cut_error *err) {
    (void)err;
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    const struct slice_params *p = &call->node->params.slice;
    int64_t stride[CUT_MAX_RANK], at[2] = {0, 0};
    if (view_count(y) == 0) return CUT_OK;
    view_strides(x, stride);
    struct nest nest = nest_of(y, y, NULL);
    for (int i = 0; i < y->rank; i++) {
        nest.stride[1][i] = stride[i] * p->step[i];
        at[1] += stride[i] * p->start[i];
    }
    copy_nest(call, &nest, y, x, at);
    return CUT_OK;
}

const struct cpu_method fast_slice_method = {
    "blocks", any_fits, fast_no_scratch, fast_cost_copy, slice_run,
};

static enum cut_status expand_run(const struct cpu_call *call,
                                  struct cut_error *err) {
    (void)err;
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    struct nest nest = nest_of(y, x, NULL);
    copy_nest(call, &nest, y, x, (int64_t[]){0, 0});
    return CUT_OK;
}

const struct cpu_method fast_expand_method = {
    "blocks", any_fits, fast_no_scratch, fast_cost_copy, expand_run,
};

/* Each axis becomes two: the repeats, which the source does not move along,
 * and the input's own axis. */
static enum cut_status tile_run(const struct cpu_call *call,
                                struct cut_error *err) {
    (void)err;
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    if (view_count(y) == 0) return CUT_OK;
    int64_t xs[CUT_MAX_RANK], ys[CUT_MAX_RANK];
    view_strides(x, xs);
    view_strides(y, ys);
    struct nest nest = {.rank = 2 * y->rank, .n_operands = 2};
    for (int i = 0; i < y->rank; i++) {
        nest.dims[2 * i] = y->dims[i] / x->dims[i];
        nest.dims[2 * i + 1] = x->dims[i];
        nest.stride[0][2 * i] = ys[i] * x->dims[i];
        nest.stride[0][2 * i + 1] = ys[i];
        nest.stride[1][2 * i + 1] = xs[i];
    }
    copy_nest(call, &nest, y, x, (int64_t[]){0, 0});
    return CUT_OK;
}

const struct cpu_method fast_tile_method = {
    "blocks", any_fits, fast_no_scratch, fast_cost_copy, tile_run,
};

/* ---- DepthToSpace, SpaceToDepth ---------------------------------------- */

/* Channels-last. The deep side [N, H, W, C b b], the wide [N, H b, W b, C]:
 * axes n, h, i, w, j, c with i, j < b. In the deep channel the block comes
 * before c, or after it in column-row-depth order. */
static enum cut_status blocks_run(const struct cpu_call *call,
                                  struct cut_error *err) {
    (void)err;
    bool to_space = call->node->op == OP_DEPTH_TO_SPACE;
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    const struct cpu_view *deep = to_space ? x : y, *wide = to_space ? y : x;
    const struct block_params *p = &call->node->params.block;
    int64_t b = p->block, c = wide->dims[3];
    int64_t ds[CUT_MAX_RANK], ws[CUT_MAX_RANK];
    view_strides(deep, ds);
    view_strides(wide, ws);
    bool crd = p->crd && to_space;
    int64_t i_step = crd ? b : b * c, j_step = crd ? 1 : c;
    int64_t dims[] = {deep->dims[0], deep->dims[1], b, deep->dims[2], b, c};
    int64_t wide_stride[] = {ws[0], ws[1] * b, ws[1], ws[2] * b, ws[2], 1};
    int64_t deep_stride[] = {ds[0], ds[1],  i_step,
                             ds[2], j_step, crd ? b * b : 1};
    struct nest nest = {.rank = 6, .n_operands = 2};
    for (int i = 0; i < 6; i++) {
        nest.dims[i] = dims[i];
        nest.stride[to_space ? 0 : 1][i] = wide_stride[i];
        nest.stride[to_space ? 1 : 0][i] = deep_stride[i];
    }
    copy_nest(call, &nest, y, x, (int64_t[]){0, 0});
    return CUT_OK;
}

static bool blocks_fits(const struct cpu_call *call, int n_threads) {
    return any_fits(call, n_threads) && call->inputs[0].rank == 4;
}

const struct cpu_method fast_blocks_method = {
    "blocks", blocks_fits, fast_no_scratch, fast_cost_copy, blocks_run,
};
