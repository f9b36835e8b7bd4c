/* Depthwise convolution, lanes over channels, a few output pixels at once so
 * that each weight is loaded once for them. */
#include "cpu/kernels/epilogue.h"
#include "cpu/kernels/rows.h"

#define PIXELS 4

static void finish(const struct depthwise_row *r, int64_t o, int64_t c, int n,
                   vf sum) {
    const float *residual =
        r->residual ? r->residual + o * r->residual_column + c : NULL;
    vf_put(r->y + o * r->y_column + c, vf_finish(sum, residual, n, r->epilogue),
           n);
}

static inline vf bias_at(const struct depthwise_row *r, int64_t c, int n) {
    return r->bias ? lanes_load(r->bias + c, n) : vf_zero();
}

/* PIXELS output pixels from o on, every tap column inside the input. */
static void inner_pixels(const struct depthwise_row *r, int64_t o) {
    int64_t step = r->stride * r->x_column;
    int64_t tap = r->dilation * r->x_column;
    const float *first = r->x + (o * r->stride - r->pad_begin) * r->x_column;
    for (int64_t c = 0; c < r->n_channels; c += VF_N) {
        int n = lanes_at(c, r->n_channels);
        vf sum[PIXELS];
        for (int p = 0; p < PIXELS; p++) sum[p] = bias_at(r, c, n);
        const float *w = r->w + c;
        for (int64_t i = 0; i < r->n_tap_rows; i++) {
            const float *x = first + i * r->x_row + c;
            for (int64_t j = 0; j < r->kernel; j++, x += tap) {
                vf weight = lanes_load(w, n);
                w += r->n_channels;
                for (int p = 0; p < PIXELS; p++)
                    sum[p] =
                        vf_fma(lanes_load(x + p * step, n), weight, sum[p]);
            }
        }
        for (int p = 0; p < PIXELS; p++) finish(r, o + p, c, n, sum[p]);
    }
}

static void border_pixel(const struct depthwise_row *r, int64_t o) {
    int64_t first = o * r->stride - r->pad_begin;
    struct tap_range t = taps_inside(first, r->kernel, r->dilation, r->n_in);
    int64_t tap = r->dilation * r->x_column;
    for (int64_t c = 0; c < r->n_channels; c += VF_N) {
        int n = lanes_at(c, r->n_channels);
        vf sum = bias_at(r, c, n);
        for (int64_t i = 0; t.begin < t.end && i < r->n_tap_rows; i++) {
            const float *x = r->x + i * r->x_row + t.column * r->x_column + c;
            const float *w =
                r->w + (i * r->kernel + t.begin) * r->n_channels + c;
            for (int64_t j = t.begin; j < t.end; j++) {
                sum = vf_fma(lanes_load(x, n), lanes_load(w, n), sum);
                x += tap;
                w += r->n_channels;
            }
        }
        finish(r, o, c, n, sum);
    }
}

void ISA(depthwise)(const struct depthwise_row *r) {
    int64_t reach = (r->kernel - 1) * r->dilation;
    for (int64_t o = 0; o < r->n_out;) {
        int64_t first = o * r->stride - r->pad_begin;
        int64_t last = first + (PIXELS - 1) * r->stride + reach;
        if (first >= 0 && last < r->n_in && o + PIXELS <= r->n_out) {
            inner_pixels(r, o);
            o += PIXELS;
        } else {
            border_pixel(r, o);
            o++;
        }
    }
}
