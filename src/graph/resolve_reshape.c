/* Operators that only rename axes: the elements stay where they are. */
#include "graph/resolve.h"

/* dims[open] becomes what is left of n elements. */
static enum cut_status fill_open(struct resolve *r, int64_t n, int rank,
                                 int open, int64_t *dims) {
    int64_t known = 1;
    for (int d = 0; d < rank; d++)
        if (d != open && !i64_mul(known, dims[d], &known))
            return resolve_fail(r, CUT_TOO_LARGE,
                                "the shape is too large (dimension %d is "
                                "%lld)",
                                d, (long long)dims[d]);
    if (open >= 0) {
        if (known == 0 || n % known)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "%lld elements do not fit a shape with "
                                "multiples of %lld",
                                (long long)n, (long long)known);
        dims[open] = n / known;
    } else if (known != n) {
        return resolve_fail(r, CUT_BAD_MODEL,
                            "%lld elements do not fit a shape of %lld",
                            (long long)n, (long long)known);
    }
    return CUT_OK;
}

static enum cut_status reshape_dims(struct resolve *r, const struct tensor *x,
                                    int *rank, int64_t *dims) {
    const int64_t *shape;
    bool allow_zero;
    int open = -1;
    TRY(resolve_attr_bool(r, "allowzero", false, &allow_zero));
    TRY(resolve_ints(r, 1, "shape", &shape, rank));
    if (*rank < 0) return resolve_fail(r, CUT_BAD_MODEL, "has no shape");
    if (*rank > CUT_MAX_RANK)
        return resolve_fail(r, CUT_TOO_LARGE,
                            "the shape has rank %d; at most %d is supported",
                            *rank, CUT_MAX_RANK);
    for (int d = 0; d < *rank; d++) {
        dims[d] = shape[d];
        if (shape[d] == 0 && !allow_zero) {
            if (d >= x->rank)
                return resolve_fail(r, CUT_BAD_MODEL,
                                    "the shape copies dimension %d of an "
                                    "input of rank %d",
                                    d, x->rank);
            dims[d] = x->dims[d];
        } else if (shape[d] == -1 && open < 0) {
            open = d;
        } else if (shape[d] < 0) {
            return resolve_fail(r, CUT_BAD_MODEL,
                                "the shape has %lld as dimension %d",
                                (long long)shape[d], d);
        }
    }
    return fill_open(r, tensor_n_elements(x), *rank, open, dims);
}

static enum cut_status flatten_dims(struct resolve *r, const struct tensor *x,
                                    int *rank, int64_t *dims) {
    const int64_t axis = node_attr_int(r->node, "axis", 1);
    int at = x->rank;
    if (axis != x->rank) TRY(resolve_axis(r, "axis", axis, x->rank, &at));
    *rank = 2;
    dims[0] = dims[1] = 1;
    for (int d = 0; d < x->rank; d++)
        if (!i64_mul(dims[d >= at], x->dims[d], &dims[d >= at]))
            return resolve_fail(r, CUT_TOO_LARGE, "the shape is too large");
    return CUT_OK;
}

/* The axes as a set over `rank` axes. */
static enum cut_status axis_set(struct resolve *r, const int64_t *values, int n,
                                int rank, bool *set) {
    for (int i = 0; i < n; i++) {
        int axis;
        TRY(resolve_axis(r, "axes", values[i], rank, &axis));
        if (set[axis])
            return resolve_fail(r, CUT_BAD_MODEL, "axis %d appears twice",
                                axis);
        set[axis] = true;
    }
    return CUT_OK;
}

static enum cut_status squeeze_dims(struct resolve *r, const struct tensor *x,
                                    int *rank, int64_t *dims) {
    bool set[CUT_MAX_RANK] = {false};
    const int64_t *axes;
    int n;
    TRY(resolve_ints(r, 1, "axes", &axes, &n));
    TRY(axis_set(r, axes, n, x->rank, set));
    *rank = 0;
    for (int d = 0; d < x->rank; d++) {
        if (n < 0 ? x->dims[d] != 1 : !set[d])
            dims[(*rank)++] = x->dims[d];
        else if (x->dims[d] != 1)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "axis %d has %lld elements and cannot go", d,
                                (long long)x->dims[d]);
    }
    return CUT_OK;
}

static enum cut_status unsqueeze_dims(struct resolve *r, const struct tensor *x,
                                      int *rank, int64_t *dims) {
    bool set[CUT_MAX_RANK] = {false};
    const int64_t *axes;
    int n, from = 0;
    TRY(resolve_ints(r, 1, "axes", &axes, &n));
    if (n < 0) return resolve_fail(r, CUT_BAD_MODEL, "has no axes");
    if (n > CUT_MAX_RANK - x->rank)
        return resolve_fail(r, CUT_TOO_LARGE,
                            "the result has rank %d; at most %d is supported",
                            x->rank + n, CUT_MAX_RANK);
    *rank = x->rank + n;
    TRY(axis_set(r, axes, n, *rank, set));
    for (int d = 0; d < *rank; d++) dims[d] = set[d] ? 1 : x->dims[from++];
    return CUT_OK;
}

enum cut_status resolve_reshape(struct resolve *r) {
    const struct tensor *x = resolve_input(r, 0);
    int64_t dims[CUT_MAX_RANK];
    int rank;
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    switch (r->node->op) {
    case OP_FLATTEN: TRY(flatten_dims(r, x, &rank, dims)); break;
    case OP_SQUEEZE: TRY(squeeze_dims(r, x, &rank, dims)); break;
    case OP_UNSQUEEZE: TRY(unsqueeze_dims(r, x, &rank, dims)); break;
    default: TRY(reshape_dims(r, x, &rank, dims)); break;
    }
    resolve_keep_inputs(r, 1);
    return resolve_output(r, 0, x->dtype, rank, dims);
}
