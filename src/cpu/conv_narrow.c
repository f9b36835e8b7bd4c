/* Convolution to at most four channels (the side outputs of segmentation
 * networks): a matrix kernel would multiply mostly padding. A task is one row
 * of output pixels. */
#include "base/mem.h"
#include "cpu/conv.h"

enum { MOST_CHANNELS = 4 };

struct narrow {
    const struct cpu_call *call;
    struct conv_shape s;
    struct epilogue epilogue;
    const float *w, *bias; /* w[k][tap][c] */
};

static bool narrow_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct conv_shape s;
    return conv_shape_of(call, &s) && s.groups == 1 && s.k <= MOST_CHANNELS;
}

static int64_t weight_floats(const struct conv_shape *s) {
    return round_up(s->k * s->kh * s->kw * s->c, 16);
}

/* Weights in tap order, the constants, one channel's weights as stored. */
static size_t narrow_scratch(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct conv_shape s;
    if (!conv_shape_of(call, &s)) return 0;
    return (size_t)(2 * weight_floats(&s) + 3 * 16) * sizeof(float);
}

static double narrow_cost(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct conv_shape s;
    if (!conv_shape_of(call, &s)) return 0;
    double vec = call->kernels->vec;
    double vectors = ((double)s.c + vec - 1) / vec * (double)(s.kh * s.kw);
    return (double)(s.n * s.oh * s.ow * s.k) * (vectors * 1.5 + 20) * 1e-9;
}

static void narrow_item(void *context, int item, int worker) {
    (void)worker;
    const struct narrow *t = context;
    const struct conv_shape *s = &t->s;
    const struct cpu_view *r = call_input(t->call, CONV_RESIDUAL);
    int64_t image = item / s->oh, o = item % s->oh;
    const struct conv_taps taps = conv_taps_of(s, o);
    int64_t line = s->w * s->x_pitch, pixel = (image * s->oh + o) * s->ow;
    struct narrow_row row = {
        .x = (const float *)call_input(t->call, CONV_X)->data +
             (image * s->h + taps.from) * line,
        .x_row = s->dilation_h * line,
        .x_column = s->x_pitch,
        .n_tap_rows = taps.n,
        .w = t->w + taps.skip * s->kw * s->c,
        .w_stride = s->kh * s->kw * s->c,
        .bias = t->bias,
        .residual = r ? (const float *)r->data + pixel * s->r_pitch : NULL,
        .residual_column = s->r_pitch,
        .y = (float *)t->call->outputs[0].data + pixel * s->y_pitch,
        .y_column = s->y_pitch,
        .n_out = s->ow,
        .n_in = s->w,
        .n_channels = s->c,
        .n_k = (int)s->k,
        .kernel = s->kw,
        .stride = s->stride_w,
        .dilation = s->dilation_w,
        .pad_begin = s->pad_w,
        .epilogue = &t->epilogue,
    };
    t->call->kernels->narrow(&row);
}

/* [c][tap] as stored to [tap][c] floats. */
static void turn_weights(const struct narrow *t,
                         const struct conv_constants *constants, float *w,
                         float *stored) {
    const struct conv_shape *s = &t->s;
    const struct cpu_view *view = call_input(t->call, CONV_W);
    int64_t taps = s->kh * s->kw, n = taps * s->c;
    t->call->kernels->expand(stored, view->data, view->dtype, s->k * n);
    for (int64_t i = 0; i < s->k * n; i++) {
        int64_t k = i / n, c = i % n / taps, at = i % taps;
        float scale = constants->scale ? constants->scale[k] : 1.0f;
        float zero = constants->zero ? constants->zero[k] : 0.0f;
        w[k * n + at * s->c + c] = (stored[i] - zero) * scale;
    }
}

static enum cut_status narrow_run(const struct cpu_call *call,
                                  struct cut_error *err) {
    (void)err;
    struct narrow t = {.call = call, .epilogue = conv_epilogue(call)};
    conv_shape_of(call, &t.s);
    int64_t n_w = weight_floats(&t.s);
    float *w = call->scratch;
    struct conv_constants constants =
        conv_constants_of(call, t.s.k, 16, w + n_w);
    turn_weights(&t, &constants, w, w + n_w + 3 * 16);
    t.w = w;
    t.bias = constants.bias;
    pool_run(call->pool, narrow_item, &t, (int)(t.s.n * t.s.oh));
    return CUT_OK;
}

const struct cpu_method conv_narrow_method = {
    .name = "dot",
    .fits = narrow_fits,
    .scratch_bytes = narrow_scratch,
    .cost = narrow_cost,
    .run = narrow_run,
};
