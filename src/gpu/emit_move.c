/* Operators that only move elements: strided copies (copy.wgsl). */
#include "base/mem.h"
#include "gpu/stride_loops.h"

/* ---- One copy ---------------------------------------------------------- */

/* y[i..] = x[first + i..], each with strides of its own over `dims`. */
struct copy {
    const struct gpu_operand *y, *x;
    int rank;
    int64_t dims[GPU_NEST_AXES];
    int64_t y_stride[GPU_NEST_AXES], x_stride[GPU_NEST_AXES];
    int64_t y_first, x_first; /* elements */
};

static struct gpu_nest copy_nest(const struct copy *copy) {
    struct gpu_nest nest = {.rank = copy->rank};
    memcpy(nest.dims, copy->dims, sizeof nest.dims);
    gpu_nest_add_strides(&nest, copy->y_stride);
    gpu_nest_add_strides(&nest, copy->x_stride);
    gpu_nest_collapse(&nest);
    return nest;
}

static bool copy_fits(const struct copy *copy) {
    return copy_nest(copy).rank <= GPU_NEST_RANK;
}

/* The bytes of y from its first to its last element. */
static struct gpu_operand written(const struct copy *copy) {
    struct gpu_operand y = *copy->y;
    uint64_t item = cut_dtype_bytes(y.dtype);
    int64_t last = 0;
    for (int i = 0; i < copy->rank; i++)
        last += (copy->dims[i] - 1) * copy->y_stride[i];
    y.range.offset += (uint64_t)copy->y_first * item;
    y.range.bytes = (uint64_t)(last + 1) * item;
    return y;
}

static enum cut_status emit_copy(struct gpu_emitter *e,
                                 const struct gpu_call *call,
                                 const struct copy *copy,
                                 struct cut_error *err) {
    struct gpu_operand y = written(copy);
    struct gpu_nest nest = copy_nest(copy);
    int64_t first = copy->x_first, n = 1;
    struct gpu_job job = {
        .shader = "copy", .n_arena = 2, .arena = {&y, copy->x}};
    for (int i = 0; i < copy->rank; i++) n *= copy->dims[i];
    job.cost = 2 * (double)n;
    if (first % 4 == 0 && gpu_nest_is_vec4(&nest, 1, false) &&
        gpu_nest_all_vec4(&nest, &job)) {
        job.flags = GPU_VEC4;
        gpu_nest_vec4(&nest);
        first /= 4;
    }
    gpu_nest_params(&nest, &job);
    job.params[GPU_NEST_OWN] = (uint32_t)(uint64_t)first;
    return gpu_emit(e, call, &job, err);
}

static void set_dims(struct copy *copy, const struct tensor *t) {
    copy->rank = t->rank;
    for (int i = 0; i < t->rank; i++) copy->dims[i] = t->dims[i];
}

/* From call's input 0 to output 0, over the axes of the output. */
static struct copy copy_to_output(const struct gpu_call *call) {
    struct copy copy = {.y = &call->outputs[0], .x = &call->inputs[0]};
    set_dims(&copy, copy.y->tensor);
    gpu_strides(copy.y, copy.y_stride);
    return copy;
}

static double move_cost(const struct gpu_call *call) {
    return gpu_move_cost(call, gpu_call_elements(call));
}

/* ---- The strided family ------------------------------------------------ */

static void set_slice(const struct gpu_call *call, struct copy *copy) {
    const struct slice_params *p = &call->node->params.slice;
    int64_t own[CUT_MAX_RANK] = {0};
    gpu_strides(copy->x, own);
    for (int i = 0; i < copy->rank; i++) {
        copy->x_first += p->start[i] * own[i];
        copy->x_stride[i] = copy->dims[i] > 1 ? own[i] * p->step[i] : 0;
    }
}

static void set_transpose(const struct gpu_call *call, struct copy *copy) {
    int64_t own[CUT_MAX_RANK] = {0};
    gpu_strides(copy->x, own);
    for (int i = 0; i < copy->rank; i++)
        copy->x_stride[i] = own[call->node->params.transpose.perm[i]];
}

static void set_expand(struct copy *copy) {
    const struct tensor *x = copy->x->tensor;
    int64_t own[CUT_MAX_RANK] = {0};
    int lead = copy->rank - x->rank;
    gpu_strides(copy->x, own);
    for (int i = lead; i < copy->rank; i++)
        copy->x_stride[i] = x->dims[i - lead] == 1 ? 0 : own[i - lead];
}

/* Axis i of y becomes two: the repetition and x's own. */
static void set_tile(struct copy *copy) {
    const struct tensor *x = copy->x->tensor;
    int64_t own[CUT_MAX_RANK] = {0}, out[CUT_MAX_RANK] = {0};
    gpu_strides(copy->x, own);
    gpu_strides(copy->y, out);
    copy->rank = 2 * x->rank;
    for (int i = 0; i < x->rank; i++) {
        copy->dims[2 * i] = copy->y->tensor->dims[i] / x->dims[i];
        copy->dims[2 * i + 1] = x->dims[i];
        copy->y_stride[2 * i] = out[i] * x->dims[i];
        copy->y_stride[2 * i + 1] = out[i];
        copy->x_stride[2 * i] = 0;
        copy->x_stride[2 * i + 1] = own[i];
    }
}

/* wide[n,h*b,w*b,c] and deep[n,h,w,c*b*b] over [n,h,b,w,b,c]. */
static void set_blocks(const struct gpu_call *call, struct copy *copy) {
    const struct block_params *p = &call->node->params.block;
    const bool to_space = call->node->op == OP_DEPTH_TO_SPACE;
    const struct gpu_operand *wide = to_space ? copy->y : copy->x;
    const struct gpu_operand *deep = to_space ? copy->x : copy->y;
    const int64_t *d = deep->tensor->dims, b = p->block;
    const int64_t c = wide->tensor->dims[3];
    int64_t w[CUT_MAX_RANK], s[CUT_MAX_RANK];
    gpu_strides(wide, w);
    gpu_strides(deep, s);
    const int64_t dims[] = {d[0], d[1], b, d[2], b, c};
    const int64_t of_wide[] = {w[0], w[1] * b, w[1], w[2] * b, w[2], w[3]};
    const int64_t of_deep[] = {s[0], s[1],           p->crd ? b : b * c,
                               s[2], p->crd ? 1 : c, p->crd ? b * b : 1};
    copy->rank = 6;
    memcpy(copy->dims, dims, sizeof dims);
    memcpy(to_space ? copy->y_stride : copy->x_stride, of_wide, sizeof of_wide);
    memcpy(to_space ? copy->x_stride : copy->y_stride, of_deep, sizeof of_deep);
}

/* The same elements in row-major order: over the axes of the side whose rows
 * are shorter, in case either has a pitch. */
static bool set_reshape(const struct gpu_call *call, struct copy *copy) {
    const struct gpu_operand *x = copy->x, *y = copy->y;
    int64_t x_width =
        x->tensor->rank ? x->tensor->dims[x->tensor->rank - 1] : 1;
    int64_t y_width =
        y->tensor->rank ? y->tensor->dims[y->tensor->rank - 1] : 1;
    int64_t n = gpu_count(y), width = i64_min(x_width, y_width);
    bool x_dense = x->pitch == x_width, y_dense = y->pitch == y_width;
    (void)call;
    if (x_dense && y_dense) width = n;
    if (x_dense && !y_dense) width = y_width;
    if (!x_dense && y_dense) width = x_width;
    if (!x_dense && !y_dense && x_width != y_width) return false;
    copy->rank = 2;
    copy->dims[0] = n / width;
    copy->dims[1] = width;
    copy->y_stride[0] = y_dense ? width : y->pitch;
    copy->x_stride[0] = x_dense ? width : x->pitch;
    copy->y_stride[1] = copy->x_stride[1] = 1;
    return true;
}

static bool set_copy(const struct gpu_call *call, struct copy *copy) {
    *copy = copy_to_output(call);
    switch (call->node->op) {
    case OP_SLICE: set_slice(call, copy); return true;
    case OP_TRANSPOSE: set_transpose(call, copy); return true;
    case OP_EXPAND: set_expand(copy); return true;
    case OP_TILE: set_tile(copy); return true;
    case OP_DEPTH_TO_SPACE:
    case OP_SPACE_TO_DEPTH: set_blocks(call, copy); return true;
    case OP_CAST: gpu_strides(copy->x, copy->x_stride); return true;
    default: return set_reshape(call, copy);
    }
}

static bool move_fits(const struct gpu_call *call) {
    struct copy copy;
    if (call->n_inputs < 1 || !gpu_is_float(&call->inputs[0])) return false;
    for (int i = 1; i < call->n_outputs; i++)
        if (call->outputs[i].tensor) return false;
    return set_copy(call, &copy) && copy_fits(&copy);
}

static enum cut_status move_emit(struct gpu_emitter *e,
                                 const struct gpu_call *call,
                                 struct cut_error *err) {
    struct copy copy;
    set_copy(call, &copy);
    return emit_copy(e, call, &copy, err);
}

const struct gpu_method gpu_copy_method = {
    .name = "copy", .fits = move_fits, .cost = move_cost, .emit = move_emit};

/* Min, Max, Sum and Mean of one tensor. */
static bool one_fits(const struct gpu_call *call) {
    return call->n_inputs == 1 && move_fits(call);
}

const struct gpu_method gpu_one_method = {
    .name = "copy", .fits = one_fits, .cost = move_cost, .emit = move_emit};

/* ---- Concat and Split -------------------------------------------------- */

/* Part i of Concat's output or Split's input, which begins at index `start`
 * of the axis. */
static struct copy part_copy(const struct gpu_call *call, int i,
                             int64_t start) {
    const bool concat = call->node->op == OP_CONCAT;
    const int axis = call->node->params.axis.axis;
    const struct gpu_operand *whole =
        concat ? &call->outputs[0] : &call->inputs[0];
    const struct gpu_operand *part =
        concat ? &call->inputs[i] : &call->outputs[i];
    struct copy copy = {.y = concat ? whole : part, .x = concat ? part : whole};
    int64_t stride[CUT_MAX_RANK] = {0}, own[CUT_MAX_RANK] = {0};
    gpu_strides(whole, stride);
    gpu_strides(part, own);
    set_dims(&copy, part->tensor);
    for (int k = 0; k < copy.rank; k++) {
        copy.y_stride[k] = concat ? stride[k] : own[k];
        copy.x_stride[k] = concat ? own[k] : stride[k];
    }
    *(concat ? &copy.y_first : &copy.x_first) = start * stride[axis];
    return copy;
}

/* A producer may have written it there already. */
static bool in_place(const struct copy *copy) {
    struct gpu_operand y = written(copy);
    return copy->x->range.buffer == y.range.buffer && !copy->x->constant &&
           copy->x->range.offset == y.range.offset;
}

static bool parts_fit(const struct gpu_call *call) {
    const bool concat = call->node->op == OP_CONCAT;
    const struct gpu_operand *parts = concat ? call->inputs : call->outputs;
    int n = concat ? call->n_inputs : call->n_outputs;
    bool fits = concat || gpu_is_float(&call->inputs[0]);
    for (int i = 0; i < n && fits; i++) {
        fits = gpu_is_float(&parts[i]);
        if (!fits) break;
        struct copy copy = part_copy(call, i, 0);
        fits = copy_fits(&copy);
    }
    return fits;
}

static enum cut_status parts_emit(struct gpu_emitter *e,
                                  const struct gpu_call *call,
                                  struct cut_error *err) {
    const bool concat = call->node->op == OP_CONCAT;
    const struct gpu_operand *parts = concat ? call->inputs : call->outputs;
    const int axis = call->node->params.axis.axis;
    int n = concat ? call->n_inputs : call->n_outputs;
    int64_t start = 0;
    enum cut_status status = CUT_OK;
    for (int i = 0; i < n && !status; i++) {
        struct copy copy = part_copy(call, i, start);
        if (!in_place(&copy)) status = emit_copy(e, call, &copy, err);
        start += parts[i].tensor->dims[axis];
    }
    return status;
}

const struct gpu_method gpu_concat_method = {.name = "copy-parts",
                                             .fits = parts_fit,
                                             .cost = move_cost,
                                             .emit = parts_emit};
const struct gpu_method gpu_split_method = {.name = "copy-parts",
                                            .fits = parts_fit,
                                            .cost = move_cost,
                                            .emit = parts_emit};

/* ---- Gather with constant indices --------------------------------------- */

enum { MAX_INDICES = 64 };

static int64_t index_at(const struct tensor *ids, int64_t i) {
    const char *data = ids->data;
    int32_t narrow;
    int64_t wide;
    if (ids->dtype == CUT_I32) {
        memcpy(&narrow, data + 4 * i, 4);
        return narrow;
    }
    memcpy(&wide, data + 8 * i, 8);
    return wide;
}

/* y's part of one index, x's with axis `a` at that index. */
static struct copy gather_copy(const struct gpu_call *call, int64_t i) {
    const struct gpu_operand *x = &call->inputs[0], *y = &call->outputs[0];
    const struct tensor *ids = call->inputs[1].tensor;
    const int a = call->node->params.axis.axis;
    struct copy copy = {.y = y, .x = x, .rank = x->tensor->rank};
    int64_t x_stride[CUT_MAX_RANK] = {0}, y_stride[CUT_MAX_RANK] = {0};
    gpu_strides(x, x_stride);
    gpu_strides(y, y_stride);
    int64_t id = index_at(ids, i);
    if (id < 0) id += x->tensor->dims[a];
    for (int k = 0; k < copy.rank; k++) {
        copy.dims[k] = k == a ? 1 : x->tensor->dims[k];
        copy.x_stride[k] = x_stride[k];
        if (k != a) copy.y_stride[k] = y_stride[k < a ? k : k + ids->rank - 1];
    }
    copy.x_first = id * x_stride[a];
    copy.y_first = ids->rank ? i * y_stride[a + ids->rank - 1] : 0;
    return copy;
}

static bool gather_fits(const struct gpu_call *call) {
    const struct tensor *x = call->inputs[0].tensor;
    const struct tensor *ids = call->inputs[1].tensor;
    if (!gpu_is_float(&call->inputs[0]) || !call->inputs[1].constant ||
        (ids->dtype != CUT_I32 && ids->dtype != CUT_I64) || ids->rank > 1 ||
        gpu_count(&call->inputs[1]) > MAX_INDICES)
        return false;
    bool fits = true;
    int64_t n = x->dims[call->node->params.axis.axis];
    for (int64_t i = 0; i < tensor_n_elements(ids) && fits; i++) {
        int64_t id = index_at(ids, i);
        fits = id >= -n && id < n;
        if (!fits) break;
        struct copy copy = gather_copy(call, i);
        fits = copy_fits(&copy);
    }
    return fits;
}

static enum cut_status gather_emit(struct gpu_emitter *e,
                                   const struct gpu_call *call,
                                   struct cut_error *err) {
    enum cut_status status = CUT_OK;
    for (int64_t i = 0; i < gpu_count(&call->inputs[1]) && !status; i++) {
        struct copy copy = gather_copy(call, i);
        status = emit_copy(e, call, &copy, err);
    }
    return status;
}

const struct gpu_method gpu_gather_method = {.name = "copy-parts",
                                             .fits = gather_fits,
                                             .cost = move_cost,
                                             .emit = gather_emit};
