/* Convolutions: y[n,out..,k] = finish(sum over taps and channels of
 * (x - x_zero) * (w - w_zero) * w_scale). Products of 8-bit integers and
 * their sums are exact in double, so one loop serves all types. */
#include "base/mathf.h"
#include "cpu/ref.h"

struct conv {
    const struct cpu_view *x, *w, *x_zero, *w_zero, *w_scale;
    const struct cpu_view *bias, *residual, *y;
    const struct conv_params *params;
    struct ref_window window;
    int64_t w_step[CUT_MAX_RANK];
    bool transposed;
    int64_t c, k; /* channels of x and y in one group */
    enum op op;
    double multiplier, y_zero; /* QLinearConv */
};

/* A value per output channel, or one for all, or none. */
static double per_channel(const struct cpu_view *view, int64_t k, double none) {
    if (!view) return none;
    return ref_load_f64(view, ref_n_elements(view) == 1 ? 0 : k);
}

static void bind_operands(struct conv *conv, const struct cpu_call *call) {
    conv->x = ref_input(call, CONV_X);
    conv->w = ref_input(call, CONV_W);
    if (conv->op == OP_CONV_INTEGER) {
        conv->x_zero = ref_input(call, 2);
        conv->w_zero = ref_input(call, 3);
        return;
    }
    conv->bias = ref_input(call, CONV_BIAS);
    conv->residual = ref_input(call, CONV_RESIDUAL);
    conv->w_scale = ref_input(call, CONV_W_SCALE);
    conv->w_zero = ref_input(call, CONV_W_ZERO);
}

/* x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias */
static void bind_qlinear(struct conv *conv, const struct cpu_call *call) {
    conv->x = ref_input(call, 0);
    conv->x_zero = ref_input(call, 2);
    conv->w = ref_input(call, 3);
    conv->w_scale = ref_input(call, 4);
    conv->w_zero = ref_input(call, 5);
    conv->bias = ref_input(call, 8);
    conv->multiplier = per_channel(ref_input(call, 1), 0, 1) /
                       per_channel(ref_input(call, 6), 0, 1);
    conv->y_zero = per_channel(ref_input(call, 7), 0, 0);
}

/* Conv has w[K,C/groups,..], ConvTranspose w[C,K/groups,..]. */
static int64_t weight_at(const struct conv *conv, int64_t c, int64_t k,
                         const int64_t *kernel_at) {
    int64_t at;
    if (conv->transposed)
        at = c * conv->w_step[0] + k % conv->k * conv->w_step[1];
    else
        at = k * conv->w_step[0] + c % conv->c * conv->w_step[1];
    for (int i = 0; i < conv->params->window.n_spatial; i++)
        at += kernel_at[i] * conv->w_step[2 + i];
    return at;
}

static double sum_at(const struct conv *conv, const int64_t *index, int64_t k) {
    const struct ref_window *rw = &conv->window;
    const double x_zero = per_channel(conv->x_zero, 0, 0);
    const double w_zero = per_channel(conv->w_zero, k, 0);
    const int64_t first = k / conv->k * conv->c;
    double sum = 0;
    for (int64_t tap = 0; tap < rw->n_taps; tap++) {
        int64_t kernel_at[3], in_at[3];
        const bool inside =
            conv->transposed
                ? ref_window_back(rw, index + 1, tap, kernel_at, in_at)
                : ref_window_tap(rw, index + 1, tap, kernel_at, in_at);
        if (!inside) continue;
        int64_t at = index[0] * rw->batch_step;
        for (int i = 0; i < rw->window->n_spatial; i++)
            at += in_at[i] * rw->step[i];
        for (int64_t c = first; c < first + conv->c; c++)
            sum += (ref_load_f64(conv->x, at + c) - x_zero) *
                   (ref_load_f64(conv->w, weight_at(conv, c, k, kernel_at)) -
                    w_zero);
    }
    return sum;
}

static void finish(const struct conv *conv, int64_t k, double sum, int64_t y_at,
                   int64_t residual_at) {
    const struct conv_params *p = conv->params;
    if (conv->op == OP_CONV_INTEGER) {
        ref_store_i64(conv->y, y_at, (int64_t)sum);
        return;
    }
    const double scale = per_channel(conv->w_scale, k, 1);
    if (conv->op == OP_QLINEAR_CONV) {
        /* The multiplier in float, as every implementation has it. */
        const float multiplier = (float)(conv->multiplier * scale);
        sum += per_channel(conv->bias, k, 0);
        ref_store_f64(conv->y, y_at,
                      math_round(sum * multiplier) + conv->y_zero);
        return;
    }
    double value = sum * scale + per_channel(conv->bias, k, 0);
    const double residual =
        conv->residual ? ref_load_f64(conv->residual, residual_at) : 0;
    if (!p->residual_after_activation) value += residual;
    value = ref_activate(p->activation, p->act_a, p->act_b, value);
    if (p->residual_after_activation) value += residual;
    ref_store_f64(conv->y, y_at, value);
}

enum cut_status ref_conv(const struct cpu_call *call, struct cut_error *err) {
    struct conv conv = {.y = ref_output(call, 0),
                        .params = &call->node->params.conv,
                        .op = call->node->op};
    struct ref_walk walk;
    (void)err;
    if (conv.op == OP_QLINEAR_CONV)
        bind_qlinear(&conv, call);
    else
        bind_operands(&conv, call);
    const int last = conv.y->rank - 1;
    conv.transposed = conv.op == OP_CONV_TRANSPOSE;
    conv.c = conv.x->dims[last] / conv.params->groups;
    conv.k = conv.y->dims[last] / conv.params->groups;
    ref_window_init(&conv.window, &conv.params->window, conv.x);
    ref_strides(conv.w, conv.w_step);
    ref_walk_start(&walk, conv.y->rank, conv.y->dims);
    ref_walk_view(&walk, conv.y);
    ref_walk_view(&walk, conv.residual);
    for (; walk.n_left; ref_walk_next(&walk)) {
        const int64_t k = walk.index[last];
        finish(&conv, k, sum_at(&conv, walk.index, k), walk.at[0], walk.at[1]);
    }
    return CUT_OK;
}
