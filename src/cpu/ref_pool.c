/* Pools over channels-last tensors. Padding takes no part in a maximum. */
#include "cpu/ref.h"

/* Index of a position in the ONNX tensor [N,C,spatial..]. */
static int64_t onnx_index(const struct cpu_view *x, bool column_major,
                          int64_t plane, const int64_t *in_at) {
    const int n_spatial = x->rank - 2;
    int64_t at = 0, size = 1;
    for (int i = 0; i < n_spatial; i++) {
        const int axis = column_major ? i : n_spatial - 1 - i;
        at += in_at[axis] * size;
        size *= x->dims[1 + axis];
    }
    return plane * size + at;
}

static bool in_padded(const struct ref_window *rw, const int64_t *in_at) {
    const struct window *w = rw->window;
    for (int i = 0; i < w->n_spatial; i++)
        if (in_at[i] < -w->pad_begin[i] ||
            in_at[i] >= rw->in[i] + w->pad_end[i])
            return false;
    return true;
}

struct pooled {
    double sum, max;
    int64_t n_inside, n_padded; /* taps in x; in x and its padding */
    int64_t best[3];
};

static struct pooled pool_at(const struct cpu_view *x,
                             const struct ref_window *rw,
                             const int64_t *index) {
    struct pooled p = {.max = ref_lowest(x->dtype)};
    for (int64_t tap = 0; tap < rw->n_taps; tap++) {
        int64_t kernel_at[3], in_at[3] = {0};
        const bool inside =
            ref_window_tap(rw, index + 1, tap, kernel_at, in_at);
        p.n_padded += in_padded(rw, in_at);
        if (!inside) continue;
        int64_t at = index[0] * rw->batch_step + index[x->rank - 1];
        for (int i = 0; i < x->rank - 2; i++) at += in_at[i] * rw->step[i];
        const double value = ref_load_f64(x, at);
        p.sum += value;
        if (value > p.max || value != value || !p.n_inside) {
            if (p.max == p.max) memcpy(p.best, in_at, sizeof p.best);
            if (p.max == p.max) p.max = value; /* the first NaN stays */
        }
        p.n_inside++;
    }
    return p;
}

enum cut_status ref_pool(const struct cpu_call *call, struct cut_error *err) {
    const struct pool_params *params = &call->node->params.pool;
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    const struct cpu_view *indices = ref_output(call, 1);
    const bool max = call->node->op == OP_MAX_POOL;
    struct ref_window rw;
    struct ref_walk walk;
    (void)err;
    ref_window_init(&rw, &params->window, x);
    ref_walk_start(&walk, y->rank, y->dims);
    ref_walk_view(&walk, y);
    ref_walk_view(&walk, indices);
    for (; walk.n_left; ref_walk_next(&walk)) {
        const struct pooled p = pool_at(x, &rw, walk.index);
        const int64_t n = params->count_include_pad ? p.n_padded : p.n_inside;
        ref_store_f64(y, walk.at[0],
                      max ? p.max : p.sum / (double)i64_max(n, 1));
        if (!max || !indices) continue;
        const int64_t plane =
            walk.index[0] * x->dims[x->rank - 1] + walk.index[x->rank - 1];
        ref_store_i64(indices, walk.at[1],
                      onnx_index(x, params->column_major, plane, p.best));
    }
    return CUT_OK;
}

/* y[n,1..,c] over all spatial positions. */
enum cut_status ref_global_pool(const struct cpu_call *call,
                                struct cut_error *err) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    const bool max = call->node->op == OP_GLOBAL_MAX_POOL;
    bool spatial[CUT_MAX_RANK] = {false};
    struct ref_walk outer, inner;
    (void)err;
    for (int i = 1; i < x->rank - 1; i++) spatial[i] = true;
    ref_walk_split(&outer, &inner, x->rank, x->dims, spatial);
    ref_walk_view(&outer, x);
    ref_walk_view(&inner, x);
    ref_walk_view(&outer, y);
    for (; outer.n_left; ref_walk_next(&outer)) {
        double sum = 0, best = ref_lowest(x->dtype);
        for (struct ref_walk in = inner; in.n_left; ref_walk_next(&in)) {
            const double value = ref_load_f64(x, outer.at[0] + in.at[0]);
            sum += value;
            if (value > best || value != value) best = value;
        }
        const double n = (double)inner.n_left;
        ref_store_f64(y, outer.at[1], max ? best : sum / n);
    }
    return CUT_OK;
}
