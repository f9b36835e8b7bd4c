/* Normalisations: statistics in double, one rounding at the end. */
#include "base/mathf.h"
#include "cpu/ref.h"

struct moments {
    double mean, variance;
};

/* Of the elements of x that `inner` covers, from address `first` on. */
static struct moments moments_of(const struct cpu_view *x, int64_t first,
                                 const struct ref_walk *inner) {
    const double n = (double)inner->n_left;
    struct moments m = {0};
    for (struct ref_walk in = *inner; in.n_left; ref_walk_next(&in))
        m.mean += ref_load_f64(x, first + in.at[0]);
    m.mean /= n;
    for (struct ref_walk in = *inner; in.n_left; ref_walk_next(&in)) {
        const double d = ref_load_f64(x, first + in.at[0]) - m.mean;
        m.variance += d * d;
    }
    m.variance /= n;
    return m;
}

/* y = (x - mean) / sqrt(variance + epsilon) * scale + bias along `inner`. */
struct affine {
    double mean, inv, scale, bias;
};

static double apply(double x, const struct affine *a) {
    return (x - a->mean) * a->inv * a->scale + a->bias;
}

static double element_or(const struct cpu_view *view, int64_t at, double none) {
    return view ? ref_load_f64(view, at) : none;
}

/* ---- Batch and instance, channels-last ----------------------------------- */

static void store_running(const struct cpu_call *call, int i, int64_t c,
                          double current) {
    const struct cpu_view *out = ref_output(call, i);
    const double momentum = call->node->params.norm.momentum;
    if (!out) return;
    const double old = ref_load_f64(ref_input(call, 2 + i), c);
    ref_store_f64(out, c, old * momentum + current * (1 - momentum));
}

static struct moments batch_moments(const struct cpu_call *call, int64_t c,
                                    int64_t first,
                                    const struct ref_walk *inner) {
    if (!call->node->params.norm.training)
        return (struct moments){ref_load_f64(ref_input(call, 3), c),
                                ref_load_f64(ref_input(call, 4), c)};
    const struct moments m = moments_of(ref_input(call, 0), first, inner);
    store_running(call, 1, c, m.mean);
    store_running(call, 2, c, m.variance);
    return m;
}

/* Over `inner` for every index of `outer`, whose last axis is the channel. */
static void normalise_channels(const struct cpu_call *call,
                               struct ref_walk *outer,
                               const struct ref_walk *inner) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    const bool batch = call->node->op == OP_BATCH_NORM;
    for (; outer->n_left; ref_walk_next(outer)) {
        const int64_t c = x->rank > 1 ? outer->index[x->rank - 1] : 0;
        const struct moments m =
            batch ? batch_moments(call, c, outer->at[0], inner)
                  : moments_of(x, outer->at[0], inner);
        const struct affine a = {
            m.mean, 1 / math_sqrt(m.variance + call->node->params.norm.epsilon),
            ref_load_f64(ref_input(call, 1), c),
            ref_load_f64(ref_input(call, 2), c)};
        for (struct ref_walk in = *inner; in.n_left; ref_walk_next(&in)) {
            const double value = ref_load_f64(x, outer->at[0] + in.at[0]);
            ref_store_f64(y, outer->at[1] + in.at[1], apply(value, &a));
        }
    }
}

static void normalise(const struct cpu_call *call, bool across_batch) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    bool inside[CUT_MAX_RANK];
    struct ref_walk outer, inner;
    for (int i = 0; i < x->rank; i++)
        inside[i] = (i > 0 || across_batch) && i != x->rank - 1;
    /* A vector is one channel. */
    if (x->rank == 1) inside[0] = true;
    ref_walk_split(&outer, &inner, x->rank, x->dims, inside);
    ref_walk_view(&outer, x);
    ref_walk_view(&outer, y);
    ref_walk_view(&inner, x);
    ref_walk_view(&inner, y);
    normalise_channels(call, &outer, &inner);
}

enum cut_status ref_batch_norm(const struct cpu_call *call,
                               struct cut_error *err) {
    (void)err;
    normalise(call, true);
    return CUT_OK;
}

enum cut_status ref_instance_norm(const struct cpu_call *call,
                                  struct cut_error *err) {
    (void)err;
    normalise(call, false);
    return CUT_OK;
}

/* ---- Layer --------------------------------------------------------------- */

enum cut_status ref_layer_norm(const struct cpu_call *call,
                               struct cut_error *err) {
    /* x, scale, bias, then y; mean and 1/deviation have outer axes only. */
    const struct cpu_view *v[] = {ref_input(call, 0),  ref_input(call, 1),
                                  ref_input(call, 2),  ref_output(call, 0),
                                  ref_output(call, 1), ref_output(call, 2)};
    const struct norm_params *p = &call->node->params.norm;
    const int rank = v[0]->rank;
    bool inside[CUT_MAX_RANK];
    struct ref_walk outer, inner;
    (void)err;
    for (int i = 0; i < rank; i++) inside[i] = i >= p->axis;
    ref_walk_split(&outer, &inner, rank, v[0]->dims, inside);
    for (int i = 0; i < 6; i++) ref_walk_view(&outer, v[i]);
    for (int i = 0; i < 4; i++) ref_walk_view(&inner, v[i]);
    for (; outer.n_left; ref_walk_next(&outer)) {
        const int64_t *at = outer.at;
        const struct moments m = moments_of(v[0], at[0], &inner);
        struct affine a = {.mean = m.mean,
                           .inv = 1 / math_sqrt(m.variance + p->epsilon)};
        for (struct ref_walk in = inner; in.n_left; ref_walk_next(&in)) {
            a.scale = element_or(v[1], at[1] + in.at[1], 1);
            a.bias = element_or(v[2], at[2] + in.at[2], 0);
            const double value = ref_load_f64(v[0], at[0] + in.at[0]);
            ref_store_f64(v[3], at[3] + in.at[3], apply(value, &a));
        }
        if (v[4]) ref_store_f64(v[4], at[4], a.mean);
        if (v[5]) ref_store_f64(v[5], at[5], a.inv);
    }
    return CUT_OK;
}

/* ---- Softmax, LogSoftmax ------------------------------------------------- */

static void softmax_row(const struct cpu_call *call, const int64_t *at,
                        const struct ref_walk *inner) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    const bool log = call->node->op == OP_LOG_SOFTMAX;
    double max = -__builtin_inf(), sum = 0;
    for (struct ref_walk in = *inner; in.n_left; ref_walk_next(&in)) {
        const double value = ref_load_f64(x, at[0] + in.at[0]);
        if (value > max) max = value;
    }
    for (struct ref_walk in = *inner; in.n_left; ref_walk_next(&in))
        sum += math_exp(ref_load_f64(x, at[0] + in.at[0]) - max);
    for (struct ref_walk in = *inner; in.n_left; ref_walk_next(&in)) {
        const double d = ref_load_f64(x, at[0] + in.at[0]) - max;
        ref_store_f64(y, at[1] + in.at[1],
                      log ? d - math_log(sum) : math_exp(d) / sum);
    }
}

enum cut_status ref_softmax(const struct cpu_call *call,
                            struct cut_error *err) {
    const struct axis_params *p = &call->node->params.axis;
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    bool inside[CUT_MAX_RANK];
    struct ref_walk outer, inner;
    (void)err;
    for (int i = 0; i < x->rank; i++)
        inside[i] = p->flatten ? i >= p->axis : i == p->axis;
    ref_walk_split(&outer, &inner, x->rank, x->dims, inside);
    ref_walk_view(&outer, x);
    ref_walk_view(&outer, y);
    ref_walk_view(&inner, x);
    ref_walk_view(&inner, y);
    for (; outer.n_left; ref_walk_next(&outer))
        softmax_row(call, outer.at, &inner);
    return CUT_OK;
}
