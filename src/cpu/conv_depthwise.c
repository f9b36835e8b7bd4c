/* Depthwise convolution (groups = C = K): a task is one row of output pixels,
 * lanes are channels, weights are turned to [KH*KW][C] floats once a run. */
#include "base/mem.h"
#include "cpu/conv.h"
#include "cpu/fast.h"

static bool depthwise_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct conv_shape s;
    return conv_shape_of(call, &s) && s.groups == s.c && s.k == s.c;
}

static int64_t weight_floats(const struct conv_shape *s) {
    return round_up(s->kh * s->kw * s->c, 16);
}

/* Weights, then bias, scale and zero, then the weights as floats in their
 * stored order. */
static size_t depthwise_scratch(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct conv_shape s;
    if (!conv_shape_of(call, &s)) return 0;
    int64_t n = 2 * weight_floats(&s) + 3 * round_up(s.c, 16);
    return (size_t)n * sizeof(float);
}

static double depthwise_cost(const struct cpu_call *call, int n_threads) {
    struct conv_shape s;
    if (!conv_shape_of(call, &s)) return 0;
    return fast_cost(call, n_threads, 4.0 + 1.5 * (double)(s.kh * s.kw));
}

struct depthwise_task {
    const struct cpu_call *call;
    struct conv_shape s;
    struct epilogue epilogue;
    const float *w, *bias, *residual;
};

static void depthwise_item(void *context, int item, int worker) {
    (void)worker;
    const struct depthwise_task *t = context;
    const struct conv_shape *s = &t->s;
    int64_t image = item / s->oh, o = item % s->oh;
    const struct conv_taps taps = conv_taps_of(s, o);
    int64_t line = s->w * s->x_pitch, pixel = (image * s->oh + o) * s->ow;
    struct depthwise_row row = {
        .x = (const float *)t->call->inputs[CONV_X].data +
             (image * s->h + taps.from) * line,
        .x_row = s->dilation_h * line,
        .x_column = s->x_pitch,
        .n_tap_rows = taps.n,
        .w = t->w + taps.skip * s->kw * s->c,
        .bias = t->bias,
        .residual = t->residual ? t->residual + pixel * s->r_pitch : NULL,
        .residual_column = s->r_pitch,
        .y = (float *)t->call->outputs[0].data + pixel * s->y_pitch,
        .y_column = s->y_pitch,
        .n_out = s->ow,
        .n_in = s->w,
        .n_channels = s->c,
        .kernel = s->kw,
        .stride = s->stride_w,
        .dilation = s->dilation_w,
        .pad_begin = s->pad_w,
        .epilogue = &t->epilogue,
    };
    t->call->kernels->rows->depthwise(&row);
}

/* [C][taps] as stored to [taps][C] floats. */
static void turn_weights(const struct cpu_call *call,
                         const struct conv_shape *s,
                         const struct conv_constants *constants, float *w,
                         float *stored) {
    const struct cpu_view *view = &call->inputs[CONV_W];
    int64_t taps = s->kh * s->kw;
    call->kernels->expand(stored, view->data, view->dtype, taps * s->c);
    for (int64_t c = 0; c < s->c; c++) {
        float scale = constants->scale ? constants->scale[c] : 1.0f;
        float zero = constants->zero ? constants->zero[c] : 0.0f;
        for (int64_t i = 0; i < taps; i++)
            w[i * s->c + c] = (stored[c * taps + i] - zero) * scale;
    }
}

static enum cut_status depthwise_run(const struct cpu_call *call,
                                     struct cut_error *err) {
    (void)err;
    struct depthwise_task t = {.call = call, .epilogue = conv_epilogue(call)};
    conv_shape_of(call, &t.s);
    if (view_count(call->outputs) == 0) return CUT_OK;
    int64_t n_padded = round_up(t.s.c, 16), n_w = weight_floats(&t.s);
    float *w = call->scratch, *room = w + n_w;
    struct conv_constants constants =
        conv_constants_of(call, t.s.c, n_padded, room);
    turn_weights(call, &t.s, &constants, w, room + 3 * n_padded);
    t.w = w;
    t.bias = constants.bias;
    const struct cpu_view *residual = call_input(call, CONV_RESIDUAL);
    t.residual = residual ? residual->data : NULL;
    pool_run(call->pool, depthwise_item, &t, (int)(t.s.n * t.s.oh));
    return CUT_OK;
}

const struct cpu_method conv_depthwise_method = {
    "depthwise",    depthwise_fits, depthwise_scratch,
    depthwise_cost, depthwise_run,
};
