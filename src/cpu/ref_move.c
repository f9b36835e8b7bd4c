/* Operators that only move elements. */
#include "base/status.h"
#include "cpu/ref.h"

/* Reshape and its kin, Identity: the same elements in row-major order. */
static void copy_all(const struct cpu_view *x, const struct cpu_view *y) {
    const int64_t n = ref_n_elements(y);
    if (n == 0) return;
    if (x->data == y->data && ref_at(x, n - 1) == ref_at(y, n - 1)) return;
    for (int64_t i = 0; i < n; i++) ref_copy(y, ref_at(y, i), x, ref_at(x, i));
}

enum cut_status ref_copy_elements(const struct cpu_call *call,
                                  struct cut_error *err) {
    (void)err;
    copy_all(ref_input(call, 0), ref_output(call, 0));
    return CUT_OK;
}

/* In inference: a copy, and a mask of ones. */
enum cut_status ref_dropout(const struct cpu_call *call,
                            struct cut_error *err) {
    const struct cpu_view *y = ref_output(call, 0);
    const struct cpu_view *mask = ref_output(call, 1);
    (void)err;
    if (y) copy_all(ref_input(call, 0), y);
    for (int64_t i = 0; mask && i < ref_n_elements(mask); i++)
        ref_store_i64(mask, ref_at(mask, i), 1);
    return CUT_OK;
}

/* ---- Parts of a tensor -------------------------------------------------- */

/* Copies `part` into (or out of) `whole`, where it begins at index `first` of
 * an axis. */
static void copy_part(const struct cpu_view *whole, const struct cpu_view *part,
                      int axis, int64_t first, bool into) {
    int64_t stride[CUT_MAX_RANK] = {0};
    const int64_t size = (int64_t)cut_dtype_bytes(part->dtype);
    struct ref_walk walk;
    if (ref_n_elements(part) == 0) return;
    ref_strides(whole, stride);
    first *= stride[axis];
    /* A producer may have written it there already. */
    if (part->data == (char *)whole->data + first * size) return;
    ref_walk_start(&walk, part->rank, part->dims);
    ref_walk_strides(&walk, stride, first);
    ref_walk_view(&walk, part);
    for (; walk.n_left; ref_walk_next(&walk)) {
        if (into)
            ref_copy(whole, walk.at[0], part, walk.at[1]);
        else
            ref_copy(part, walk.at[1], whole, walk.at[0]);
    }
}

enum cut_status ref_concat(const struct cpu_call *call, struct cut_error *err) {
    const int axis = call->node->params.axis.axis;
    int64_t first = 0;
    (void)err;
    for (int i = 0; i < call->n_inputs; i++) {
        const struct cpu_view *x = ref_input(call, i);
        if (!x || x->rank <= axis) continue;
        copy_part(ref_output(call, 0), x, axis, first, true);
        first += x->dims[axis];
    }
    return CUT_OK;
}

enum cut_status ref_split(const struct cpu_call *call, struct cut_error *err) {
    const int axis = call->node->params.axis.axis;
    int64_t first = 0;
    (void)err;
    for (int i = 0; i < call->n_outputs; i++) {
        const struct cpu_view *y = &call->outputs[i];
        copy_part(ref_input(call, 0), y, axis, first, false);
        first += y->dims[axis];
    }
    return CUT_OK;
}

/* y[i..] = x at the strides and first address given. */
static void copy_strided(const struct cpu_call *call, const int64_t *stride,
                         int64_t first) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    struct ref_walk walk;
    ref_walk_start(&walk, y->rank, y->dims);
    ref_walk_view(&walk, y);
    ref_walk_strides(&walk, stride, first);
    for (; walk.n_left; ref_walk_next(&walk))
        ref_copy(y, walk.at[0], x, walk.at[1]);
}

enum cut_status ref_slice(const struct cpu_call *call, struct cut_error *err) {
    const struct slice_params *p = &call->node->params.slice;
    const struct cpu_view *x = ref_input(call, 0);
    int64_t stride[CUT_MAX_RANK] = {0}, first = 0;
    (void)err;
    ref_strides(x, stride);
    for (int i = 0; i < x->rank; i++) {
        first += p->start[i] * stride[i];
        /* A step of any size is good where nothing is stepped over. */
        const bool steps = ref_output(call, 0)->dims[i] > 1;
        stride[i] = steps ? stride[i] * p->step[i] : 0;
    }
    copy_strided(call, stride, first);
    return CUT_OK;
}

enum cut_status ref_transpose(const struct cpu_call *call,
                              struct cut_error *err) {
    const struct cpu_view *x = ref_input(call, 0);
    int64_t own[CUT_MAX_RANK] = {0}, stride[CUT_MAX_RANK] = {0};
    (void)err;
    ref_strides(x, own);
    for (int i = 0; i < x->rank; i++)
        stride[i] = own[call->node->params.transpose.perm[i]];
    copy_strided(call, stride, 0);
    return CUT_OK;
}

enum cut_status ref_expand(const struct cpu_call *call, struct cut_error *err) {
    int64_t stride[CUT_MAX_RANK] = {0};
    (void)err;
    ref_broadcast(ref_input(call, 0), ref_output(call, 0)->rank, stride);
    copy_strided(call, stride, 0);
    return CUT_OK;
}

enum cut_status ref_tile(const struct cpu_call *call, struct cut_error *err) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    int64_t stride[CUT_MAX_RANK] = {0};
    struct ref_walk walk;
    (void)err;
    ref_strides(x, stride);
    ref_walk_start(&walk, y->rank, y->dims);
    ref_walk_view(&walk, y);
    for (; walk.n_left; ref_walk_next(&walk)) {
        int64_t at = 0;
        for (int i = 0; i < x->rank; i++)
            at += walk.index[i] % x->dims[i] * stride[i];
        ref_copy(y, walk.at[0], x, at);
    }
    return CUT_OK;
}

/* ---- Pad ---------------------------------------------------------------- */

static int64_t modulo(int64_t i, int64_t n) {
    i %= n;
    return i < 0 ? i + n : i;
}

/* Where padded index i of an axis of n elements reads; -1: the constant. */
static int64_t pad_source(enum pad_mode mode, int64_t i, int64_t n) {
    if (i >= 0 && i < n) return i;
    if (n == 0) return -1;
    switch (mode) {
    case PAD_CONSTANT: break;
    case PAD_EDGE: return i < 0 ? 0 : n - 1;
    case PAD_WRAP: return modulo(i, n);
    case PAD_REFLECT: {
        const int64_t period = i64_max(2 * (n - 1), 1);
        const int64_t at = modulo(i, period);
        return at < n ? at : period - at;
    }
    }
    return -1;
}

enum cut_status ref_pad(const struct cpu_call *call, struct cut_error *err) {
    const struct pad_params *p = &call->node->params.pad;
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    int64_t stride[CUT_MAX_RANK] = {0};
    struct ref_walk walk;
    (void)err;
    ref_strides(x, stride);
    ref_walk_start(&walk, y->rank, y->dims);
    ref_walk_view(&walk, y);
    for (; walk.n_left; ref_walk_next(&walk)) {
        int64_t at = 0;
        bool outside = false;
        for (int i = 0; i < x->rank; i++) {
            const int64_t from =
                pad_source(p->mode, walk.index[i] - p->begin[i], x->dims[i]);
            outside |= from < 0;
            at += from * stride[i];
        }
        if (outside)
            ref_store_f64(y, walk.at[0], p->value);
        else
            ref_copy(y, walk.at[0], x, at);
    }
    return CUT_OK;
}

/* ---- Gather ------------------------------------------------------------- */

/* y has x's axes with axis `a` replaced by those of the indices. */
enum cut_status ref_gather(const struct cpu_call *call, struct cut_error *err) {
    const struct cpu_view *x = ref_input(call, 0), *ids = ref_input(call, 1);
    const struct cpu_view *y = ref_output(call, 0);
    const int a = call->node->params.axis.axis;
    int64_t x_stride[CUT_MAX_RANK] = {0}, id_stride[CUT_MAX_RANK] = {0};
    int64_t of_x[CUT_MAX_RANK] = {0}, of_ids[CUT_MAX_RANK] = {0};
    struct ref_walk walk;
    ref_strides(x, x_stride);
    ref_strides(ids, id_stride);
    for (int i = 0; i < y->rank; i++) {
        if (i < a)
            of_x[i] = x_stride[i];
        else if (i < a + ids->rank)
            of_ids[i] = id_stride[i - a];
        else
            of_x[i] = x_stride[i - ids->rank + 1];
    }
    ref_walk_start(&walk, y->rank, y->dims);
    ref_walk_view(&walk, y);
    ref_walk_strides(&walk, of_x, 0);
    ref_walk_strides(&walk, of_ids, 0);
    for (; walk.n_left; ref_walk_next(&walk)) {
        const int64_t id = ref_load_i64(ids, walk.at[2]);
        const int64_t from = id < 0 ? id + x->dims[a] : id;
        if (from < 0 || from >= x->dims[a])
            return status_fail(err, CUT_BAD_ARGUMENT,
                               "node '%s' (%s): index %lld is outside axis "
                               "%d of %lld elements",
                               call->node->name, op_name(call->node->op),
                               (long long)id, a, (long long)x->dims[a]);
        ref_copy(y, walk.at[0], x, walk.at[1] + from * x_stride[a]);
    }
    return CUT_OK;
}

/* ---- Depth and space, channels-last -------------------------------------- */

/* Between deep[n,h,w,D] and wide[n,h*b,w*b,C], D = C*b*b: the channel of
 * `deep` that holds channel c of the pixel (i,j) of a block. */
static int64_t deep_channel(const struct block_params *p, int64_t n_c,
                            int64_t c, int64_t i, int64_t j) {
    const int64_t b = p->block;
    return p->crd ? (c * b + i) * b + j : (i * b + j) * n_c + c;
}

enum cut_status ref_depth_space(const struct cpu_call *call,
                                struct cut_error *err) {
    const struct block_params *p = &call->node->params.block;
    const bool to_space = call->node->op == OP_DEPTH_TO_SPACE;
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    const struct cpu_view *wide = to_space ? y : x, *deep = to_space ? x : y;
    const int64_t b = p->block;
    int64_t s[CUT_MAX_RANK];
    struct ref_walk walk;
    (void)err;
    ref_strides(deep, s);
    ref_walk_start(&walk, wide->rank, wide->dims);
    ref_walk_view(&walk, wide);
    for (; walk.n_left; ref_walk_next(&walk)) {
        const int64_t *at = walk.index;
        const int64_t deep_at =
            at[0] * s[0] + at[1] / b * s[1] + at[2] / b * s[2] +
            deep_channel(p, wide->dims[3], at[3], at[1] % b, at[2] % b);
        if (to_space)
            ref_copy(wide, walk.at[0], deep, deep_at);
        else
            ref_copy(deep, deep_at, wide, walk.at[0]);
    }
    return CUT_OK;
}

/* ---- Makers ------------------------------------------------------------- */

/* ConstantOfShape: params.pad.value everywhere. */
enum cut_status ref_fill(const struct cpu_call *call, struct cut_error *err) {
    const struct cpu_view *y = ref_output(call, 0);
    (void)err;
    for (int64_t i = 0; i < ref_n_elements(y); i++)
        ref_store_f64(y, ref_at(y, i), call->node->params.pad.value);
    return CUT_OK;
}

enum cut_status ref_range(const struct cpu_call *call, struct cut_error *err) {
    const struct cpu_view *start = ref_input(call, 0);
    const struct cpu_view *delta = ref_input(call, 2);
    const struct cpu_view *y = ref_output(call, 0);
    (void)err;
    for (int64_t i = 0; i < y->dims[0]; i++) {
        if (ref_is_float(y->dtype))
            ref_store_f64(y, i,
                          ref_load_f64(start, 0) +
                              (double)i * ref_load_f64(delta, 0));
        else
            ref_store_i64(
                y, i,
                (int64_t)((uint64_t)ref_load_i64(start, 0) +
                          (uint64_t)i * (uint64_t)ref_load_i64(delta, 0)));
    }
    return CUT_OK;
}
