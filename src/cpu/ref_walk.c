#include "cpu/ref.h"

void ref_walk_start(struct ref_walk *walk, int rank, const int64_t *dims) {
    *walk = (struct ref_walk){.rank = rank, .n_left = 1};
    for (int i = 0; i < rank; i++) {
        walk->dims[i] = dims[i];
        walk->n_left *= dims[i];
    }
}

void ref_walk_strides(struct ref_walk *walk, const int64_t *stride,
                      int64_t first) {
    const int operand = walk->n_operands++;
    for (int i = 0; i < walk->rank; i++) walk->stride[operand][i] = stride[i];
    walk->at[operand] = first;
}

void ref_walk_view(struct ref_walk *walk, const struct cpu_view *view) {
    int64_t stride[CUT_MAX_RANK] = {0};
    if (view) ref_broadcast(view, walk->rank, stride);
    ref_walk_strides(walk, stride, 0);
}

void ref_walk_next(struct ref_walk *walk) {
    walk->n_left--;
    for (int axis = walk->rank - 1; axis >= 0; axis--) {
        const bool wraps = ++walk->index[axis] == walk->dims[axis];
        const int64_t steps = wraps ? 1 - walk->dims[axis] : 1;
        for (int k = 0; k < walk->n_operands; k++)
            walk->at[k] += steps * walk->stride[k][axis];
        if (!wraps) return;
        walk->index[axis] = 0;
    }
}

void ref_walk_split(struct ref_walk *outer, struct ref_walk *inner, int rank,
                    const int64_t *dims, const bool *inner_axes) {
    int64_t out[CUT_MAX_RANK], in[CUT_MAX_RANK];
    for (int i = 0; i < rank; i++) {
        out[i] = inner_axes[i] ? 1 : dims[i];
        in[i] = inner_axes[i] ? dims[i] : 1;
    }
    ref_walk_start(outer, rank, out);
    ref_walk_start(inner, rank, in);
}
