/* Operators along axes: softmax and reductions. */
#include "graph/resolve.h"

enum cut_status resolve_softmax(struct resolve *r) {
    struct axis_params *p = &r->node->params.axis;
    const struct tensor *x = resolve_input(r, 0);
    *p = (struct axis_params){.flatten = r->opset < 13};
    TRY(resolve_check_types(r, 0, TYPES_FLOAT));
    /* Below opset 13 x is seen as a matrix of the axes before and from
     * `axis`, which may be the rank itself. */
    const int64_t axis = node_attr_int(r->node, "axis", p->flatten ? 1 : -1);
    if (p->flatten && axis == x->rank)
        p->axis = x->rank;
    else if (x->rank > 0 || (axis != 0 && axis != -1))
        TRY(resolve_axis(r, "axis", axis, x->rank, &p->axis));
    return resolve_like_input(r, x->dtype);
}

static enum cut_status reduce_axes(struct resolve *r, int rank,
                                   bool axes[CUT_MAX_RANK]) {
    const int64_t *values;
    bool noop;
    int n, axis;
    TRY(resolve_ints(r, 1, "axes", &values, &n));
    TRY(resolve_attr_bool(r, "noop_with_empty_axes", false, &noop));
    for (int i = 0; n <= 0 && i < rank; i++) axes[i] = !noop;
    for (int i = 0; i < n; i++) {
        TRY(resolve_axis(r, "axes", values[i], rank, &axis));
        if (axes[axis])
            return resolve_fail(r, CUT_BAD_MODEL, "axis %d appears twice",
                                axis);
        axes[axis] = true;
    }
    return CUT_OK;
}

enum cut_status resolve_reduce(struct resolve *r) {
    struct reduce_params *p = &r->node->params.reduce;
    const struct tensor *x = resolve_input(r, 0);
    int64_t dims[CUT_MAX_RANK];
    int rank = 0;
    *p = (struct reduce_params){.keep_dims = true};
    TRY(resolve_check_types(r, 0, TYPES_NUMBER));
    TRY(resolve_attr_bool(r, "keepdims", true, &p->keep_dims));
    TRY(reduce_axes(r, x->rank, p->axes));
    for (int i = 0; i < x->rank; i++) {
        if (!p->axes[i])
            dims[rank++] = x->dims[i];
        else if (p->keep_dims)
            dims[rank++] = 1;
    }
    resolve_keep_inputs(r, 1);
    return resolve_output(r, 0, x->dtype, rank, dims);
}
