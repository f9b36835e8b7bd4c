#include "base/mathf.h"
#include "cpu/ref.h"

void ref_window_init(struct ref_window *rw, const struct window *window,
                     const struct cpu_view *x) {
    int64_t stride[CUT_MAX_RANK];
    ref_strides(x, stride);
    *rw = (struct ref_window){
        .window = window, .n_taps = 1, .batch_step = stride[0]};
    for (int i = 0; i < window->n_spatial; i++) {
        if (!i64_mul(rw->n_taps, window->kernel[i], &rw->n_taps))
            rw->n_taps = INT64_MAX;
        rw->in[i] = x->dims[1 + i];
        rw->step[i] = stride[1 + i];
    }
}

bool ref_window_tap(const struct ref_window *rw, const int64_t *out,
                    int64_t tap, int64_t kernel_at[3], int64_t in_at[3]) {
    const struct window *w = rw->window;
    bool inside = true;
    for (int i = w->n_spatial - 1; i >= 0; i--) {
        kernel_at[i] = tap % w->kernel[i];
        tap /= w->kernel[i];
        in_at[i] = out[i] * w->stride[i] - w->pad_begin[i] +
                   kernel_at[i] * w->dilation[i];
        inside &= in_at[i] >= 0 && in_at[i] < rw->in[i];
    }
    return inside;
}

bool ref_window_back(const struct ref_window *rw, const int64_t *out,
                     int64_t tap, int64_t kernel_at[3], int64_t in_at[3]) {
    const struct window *w = rw->window;
    bool inside = true;
    for (int i = w->n_spatial - 1; i >= 0; i--) {
        kernel_at[i] = tap % w->kernel[i];
        tap /= w->kernel[i];
        const int64_t from =
            out[i] + w->pad_begin[i] - kernel_at[i] * w->dilation[i];
        in_at[i] = from / w->stride[i];
        inside &= from >= 0 && from % w->stride[i] == 0 && in_at[i] < rw->in[i];
    }
    return inside;
}

static double clip(double x, double low, double high) {
    if (x < low) x = low;
    return x > high ? high : x;
}

double ref_activate(enum activation activation, float a, float b, double x) {
    switch (activation) {
    case ACT_NONE: break;
    case ACT_RELU: return x < 0 ? 0 : x;
    case ACT_CLIP: return clip(x, a, b);
    case ACT_LEAKY: return x < 0 ? a * x : x;
    case ACT_SIGMOID: return 1 / (1 + math_exp(-x));
    case ACT_HARD_SWISH: return x * clip(x / 6 + 0.5, 0, 1);
    case ACT_HARD_SIGMOID: return clip(a * x + b, 0, 1);
    }
    return x;
}
