/* Operators that move elements: they copy, repeat, cut and join. */
#include "graph/resolve.h"

/* ---- Concat, Split ----------------------------------------------------- */

enum cut_status resolve_concat(struct resolve *r) {
    struct axis_params *p = &r->node->params.axis;
    const struct tensor *first = resolve_input(r, 0);
    int64_t dims[CUT_MAX_RANK], total = 0;
    *p = (struct axis_params){.axis = 0};
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    if (!node_attr(r->node, "axis"))
        return resolve_fail(r, CUT_BAD_MODEL, "attribute 'axis' is missing");
    TRY(resolve_attr_axis(r, 0, first->rank, &p->axis));
    for (int i = 0; i < r->node->n_inputs; i++) {
        const struct tensor *x = resolve_input(r, i);
        TRY(resolve_check_same_type(r, 0, i));
        TRY(resolve_check_rank(r, i, first->rank, first->rank));
        for (int d = 0; d < x->rank; d++)
            if (d != p->axis && x->dims[d] != first->dims[d])
                return resolve_fail(r, CUT_BAD_MODEL,
                                    "input %d ('%s') has %lld in dimension "
                                    "%d, input 0 has %lld",
                                    i, x->name, (long long)x->dims[d], d,
                                    (long long)first->dims[d]);
        if (!i64_add(total, x->dims[p->axis], &total))
            return resolve_fail(r, CUT_TOO_LARGE, "the result is too large");
    }
    for (int d = 0; d < first->rank; d++) dims[d] = first->dims[d];
    dims[p->axis] = total;
    return resolve_output(r, 0, first->dtype, first->rank, dims);
}

/* Parts of `extent` when the node does not list them: equal ones, the last
 * smaller where opset 18 allows it. */
static enum cut_status split_evenly(struct resolve *r, int64_t extent,
                                    int64_t *parts) {
    const int64_t n = r->node->n_outputs;
    const int64_t named = node_attr_int(r->node, "num_outputs", n);
    if (named != n)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "attribute 'num_outputs' is %lld; the node has "
                            "%lld outputs",
                            (long long)named, (long long)n);
    if (extent % n && r->opset < 18)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "%lld elements do not split into %lld equal parts",
                            (long long)extent, (long long)n);
    const int64_t part = extent / n + (extent % n != 0);
    for (int64_t i = 0, left = extent; i < n; i++, left -= parts[i - 1])
        parts[i] = i64_min(part, left);
    return CUT_OK;
}

static enum cut_status split_listed(struct resolve *r, int64_t extent,
                                    const int64_t *values, int n) {
    int64_t left = extent;
    if (n != r->node->n_outputs)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "'split' has %d values for %d outputs", n,
                            r->node->n_outputs);
    for (int i = 0; i < n; i++) {
        if (values[i] < 0 || values[i] > left)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "'split'[%d] is %lld of %lld elements", i,
                                (long long)values[i], (long long)extent);
        left -= values[i];
    }
    if (left)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "'split' leaves %lld of %lld elements",
                            (long long)left, (long long)extent);
    return CUT_OK;
}

enum cut_status resolve_split(struct resolve *r) {
    struct axis_params *p = &r->node->params.axis;
    const struct tensor *x = resolve_input(r, 0);
    const int64_t *parts;
    int n;
    *p = (struct axis_params){.axis = 0};
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    TRY(resolve_attr_axis(r, 0, x->rank, &p->axis));
    TRY(resolve_ints(r, 1, "split", &parts, &n));
    const int64_t extent = x->dims[p->axis];
    if (n > 0) {
        TRY(split_listed(r, extent, parts, n));
    } else {
        int64_t *even = ARENA_NEW(r->graph->arena, r->node->n_outputs, int64_t);
        if (!even) return resolve_fail(r, CUT_NO_MEMORY, "out of memory");
        TRY(split_evenly(r, extent, even));
        parts = even;
    }
    int64_t dims[CUT_MAX_RANK];
    for (int d = 0; d < x->rank; d++) dims[d] = x->dims[d];
    for (int i = 0; i < r->node->n_outputs; i++) {
        dims[p->axis] = parts[i];
        if (r->node->outputs[i] < 0)
            return resolve_fail(r, CUT_UNSUPPORTED, "output %d is omitted", i);
        TRY(resolve_output(r, i, x->dtype, x->rank, dims));
    }
    resolve_keep_inputs(r, 1);
    return CUT_OK;
}

/* ---- Slice ------------------------------------------------------------- */

struct slice_lists {
    const int64_t *start, *end, *axes, *step;
    int n_start, n_end, n_axes, n_step; /* -1: absent */
};

/* Elements from start to end in steps; clamps start into the axis. */
static int64_t slice_axis(int64_t extent, int64_t end, int64_t *start,
                          int64_t *step) {
    const int64_t far = RESOLVE_MAX_ELEMENTS + 1; /* beyond any axis */
    *step = i64_max(i64_min(*step, far), -far);
    if (*start < 0) *start += extent;
    if (end < 0) end += extent;
    if (*step > 0) {
        *start = i64_max(i64_min(*start, extent), 0);
        end = i64_max(i64_min(end, extent), 0);
        return end > *start ? (end - *start - 1) / *step + 1 : 0;
    }
    *start = i64_max(i64_min(*start, extent - 1), 0);
    end = i64_max(i64_min(end, extent - 1), -1);
    return *start > end && extent ? (*start - end - 1) / -*step + 1 : 0;
}

static enum cut_status slice_read(struct resolve *r, struct slice_lists *l) {
    TRY(resolve_ints(r, 1, "starts", &l->start, &l->n_start));
    TRY(resolve_ints(r, 2, "ends", &l->end, &l->n_end));
    TRY(resolve_ints(r, 3, "axes", &l->axes, &l->n_axes));
    TRY(resolve_ints(r, 4, "steps", &l->step, &l->n_step));
    if (l->n_start < 0 || l->n_end < 0)
        return resolve_fail(r, CUT_BAD_MODEL, "has no 'starts' or no 'ends'");
    if (l->n_end != l->n_start || (l->n_axes >= 0 && l->n_axes != l->n_start) ||
        (l->n_step >= 0 && l->n_step != l->n_start))
        return resolve_fail(r, CUT_BAD_MODEL,
                            "has %d starts, %d ends, %d axes and %d steps",
                            l->n_start, l->n_end, l->n_axes, l->n_step);
    return CUT_OK;
}

enum cut_status resolve_slice(struct resolve *r) {
    struct slice_params *p = &r->node->params.slice;
    const struct tensor *x = resolve_input(r, 0);
    struct slice_lists l;
    bool seen[CUT_MAX_RANK] = {false};
    int64_t dims[CUT_MAX_RANK];
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    TRY(slice_read(r, &l));
    for (int d = 0; d < CUT_MAX_RANK; d++) p->start[d] = 0, p->step[d] = 1;
    for (int d = 0; d < x->rank; d++) dims[d] = x->dims[d];
    for (int i = 0; i < l.n_start; i++) {
        int d;
        TRY(resolve_axis(r, "axes", l.n_axes >= 0 ? l.axes[i] : i, x->rank,
                         &d));
        if (seen[d])
            return resolve_fail(r, CUT_BAD_MODEL, "axis %d appears twice", d);
        seen[d] = true;
        p->start[d] = l.start[i];
        p->step[d] = l.n_step >= 0 ? l.step[i] : 1;
        if (p->step[d] == 0)
            return resolve_fail(r, CUT_BAD_MODEL, "'steps'[%d] is 0", i);
        dims[d] = slice_axis(x->dims[d], l.end[i], &p->start[d], &p->step[d]);
    }
    resolve_keep_inputs(r, 1);
    return resolve_output(r, 0, x->dtype, x->rank, dims);
}

/* ---- Pad --------------------------------------------------------------- */

static enum cut_status pad_value(struct resolve *r, struct pad_params *p) {
    const struct tensor *x = resolve_input(r, 2);
    p->value = (double)node_attr_float(r->node, "value", 0);
    if (!x || tensor_n_elements(x) == 0) return CUT_OK;
    TRY(resolve_check_count(r, 2, 1));
    TRY(resolve_check_same_type(r, 0, 2));
    const void *data = resolve_value(r, r->node->inputs[2]);
    if (!data)
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "the constant value is computed at run time, "
                            "which is not supported");
    p->value = resolve_number(x->dtype, data, 0);
    return CUT_OK;
}

/* begin and end of every axis from the list, by `axes` where given. */
static enum cut_status pad_extents(struct resolve *r, struct pad_params *p,
                                   int rank) {
    const int64_t *pads, *axes = NULL;
    int n, n_axes = rank, d;
    bool seen[CUT_MAX_RANK] = {false};
    TRY(resolve_ints(r, 1, "pads", &pads, &n));
    if (resolve_input(r, 3))
        TRY(resolve_need_ints(r, 3, "axes", &axes, &n_axes));
    if (n < 0 || n != 2 * n_axes)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "'pads' has %d values; expected %d", n, 2 * n_axes);
    for (int i = 0; i < n_axes; i++) {
        TRY(resolve_axis(r, "axes", axes ? axes[i] : i, rank, &d));
        if (seen[d])
            return resolve_fail(r, CUT_BAD_MODEL, "axis %d appears twice", d);
        seen[d] = true;
        p->begin[d] = pads[i];
        p->end[d] = pads[n_axes + i];
    }
    return CUT_OK;
}

static enum cut_status pad_axis(struct resolve *r, const struct pad_params *p,
                                int d, int64_t extent, int64_t *out) {
    const int64_t lo = p->begin[d], hi = p->end[d];
    const int64_t most = RESOLVE_MAX_ELEMENTS;
    if (lo > most || hi > most || lo < -most || hi < -most)
        return resolve_fail(r, CUT_TOO_LARGE,
                            "'pads' of axis %d are %lld and %lld", d,
                            (long long)lo, (long long)hi);
    *out = extent + lo + hi;
    if (extent + i64_min(lo, 0) + i64_min(hi, 0) < 0)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "'pads' of %lld and %lld crop more than the %lld "
                            "elements of axis %d",
                            (long long)lo, (long long)hi, (long long)extent, d);
    const int64_t reach = i64_max(lo, hi);
    if ((p->mode == PAD_REFLECT && reach > 0 && reach >= extent) ||
        (p->mode != PAD_CONSTANT && reach > 0 && extent == 0))
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "'pads' of %lld and %lld need more than the %lld "
                            "elements of axis %d",
                            (long long)lo, (long long)hi, (long long)extent, d);
    return CUT_OK;
}

enum cut_status resolve_pad(struct resolve *r) {
    static const char *const modes[] = {"constant", "reflect", "edge", "wrap",
                                        NULL};
    struct pad_params *p = &r->node->params.pad;
    const struct tensor *x = resolve_input(r, 0);
    int64_t dims[CUT_MAX_RANK];
    int mode;
    *p = (struct pad_params){.mode = PAD_CONSTANT};
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    TRY(resolve_attr_word(r, "mode", modes, &mode));
    p->mode = (enum pad_mode)mode;
    TRY(pad_extents(r, p, x->rank));
    if (p->mode == PAD_CONSTANT) TRY(pad_value(r, p));
    for (int d = 0; d < x->rank; d++)
        TRY(pad_axis(r, p, d, x->dims[d], &dims[d]));
    resolve_keep_inputs(r, 1);
    return resolve_output(r, 0, x->dtype, x->rank, dims);
}

/* ---- Transpose, Gather, Expand, Tile ----------------------------------- */

enum cut_status resolve_transpose(struct resolve *r) {
    struct transpose_params *p = &r->node->params.transpose;
    const struct tensor *x = resolve_input(r, 0);
    const int64_t *perm;
    int64_t dims[CUT_MAX_RANK];
    bool seen[CUT_MAX_RANK] = {false};
    int n;
    *p = (struct transpose_params){{0}};
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    TRY(resolve_attr_ints(r, "perm", &perm, &n));
    if (n >= 0 && n != x->rank && !(n == 0 && !perm))
        return resolve_fail(r, CUT_BAD_MODEL,
                            "attribute 'perm' has %d values; expected %d", n,
                            x->rank);
    for (int i = 0; i < x->rank; i++) {
        const int64_t from = n > 0 ? perm[i] : x->rank - 1 - i;
        if (from < 0 || from >= x->rank || seen[from])
            return resolve_fail(r, CUT_BAD_MODEL,
                                "attribute 'perm'[%d] is %lld, which makes "
                                "no permutation",
                                i, (long long)from);
        seen[from] = true;
        p->perm[i] = (int)from;
        dims[i] = x->dims[from];
    }
    return resolve_output(r, 0, x->dtype, x->rank, dims);
}

enum cut_status resolve_gather(struct resolve *r) {
    struct axis_params *p = &r->node->params.axis;
    const struct tensor *x = resolve_input(r, 0), *at = resolve_input(r, 1);
    int64_t dims[2 * CUT_MAX_RANK];
    int rank = 0;
    *p = (struct axis_params){.axis = 0};
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    TRY(resolve_check_types(r, 1, TYPES_INDEX));
    TRY(resolve_attr_axis(r, 0, x->rank, &p->axis));
    for (int d = 0; d < p->axis; d++) dims[rank++] = x->dims[d];
    for (int d = 0; d < at->rank; d++) dims[rank++] = at->dims[d];
    for (int d = p->axis + 1; d < x->rank; d++) dims[rank++] = x->dims[d];
    return resolve_output(r, 0, x->dtype, rank, dims);
}

enum cut_status resolve_expand(struct resolve *r) {
    const struct tensor *x = resolve_input(r, 0);
    const int64_t *shape;
    int64_t dims[CUT_MAX_RANK];
    int n;
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    TRY(resolve_need_ints(r, 1, "shape", &shape, &n));
    if (n > CUT_MAX_RANK)
        return resolve_fail(r, CUT_TOO_LARGE,
                            "the shape has rank %d; at most %d is supported", n,
                            CUT_MAX_RANK);
    const int rank = n > x->rank ? n : x->rank;
    for (int d = 0; d < rank; d++) {
        const int i = d - (rank - x->rank), j = d - (rank - n);
        const int64_t have = i >= 0 ? x->dims[i] : 1;
        const int64_t want = j >= 0 ? shape[j] : 1;
        if (have != 1 && want != 1 && have != want)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "dimension %d is %lld and does not broadcast "
                                "to %lld",
                                i, (long long)have, (long long)want);
        dims[d] = have == 1 ? want : have;
    }
    resolve_keep_inputs(r, 1);
    return resolve_output(r, 0, x->dtype, rank, dims);
}

enum cut_status resolve_tile(struct resolve *r) {
    const struct tensor *x = resolve_input(r, 0);
    const int64_t *repeats;
    int64_t dims[CUT_MAX_RANK];
    int n;
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    TRY(resolve_need_ints(r, 1, "repeats", &repeats, &n));
    if (n != x->rank)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "'repeats' has %d values; expected %d", n, x->rank);
    for (int d = 0; d < n; d++)
        if (repeats[d] < 0 || !i64_mul(x->dims[d], repeats[d], &dims[d]))
            return resolve_fail(r, CUT_BAD_MODEL,
                                "'repeats'[%d] is %lld for %lld elements", d,
                                (long long)repeats[d], (long long)x->dims[d]);
    resolve_keep_inputs(r, 1);
    return resolve_output(r, 0, x->dtype, n, dims);
}
