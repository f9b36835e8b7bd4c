/* A convolution with a handful of output channels: a dot product per pixel
 * and channel, lanes along the input channels. */
#include "cpu/kernels/epilogue.h"

enum { CHAINS = 4 }; /* sums that do not wait for each other */

/* One tap: adds x[c] * w[c] to the sums. */
static inline void tap(vf sum[CHAINS], const float *x, const float *w,
                       int64_t n) {
    int64_t c = 0;
    for (; c + CHAINS * VF_N <= n; c += CHAINS * VF_N)
        for (int i = 0; i < CHAINS; i++)
            sum[i] = vf_fma(vf_load(x + c + i * VF_N),
                            vf_load(w + c + i * VF_N), sum[i]);
    for (; c + VF_N <= n; c += VF_N)
        sum[0] = vf_fma(vf_load(x + c), vf_load(w + c), sum[0]);
    if (c < n) {
        int left = (int)(n - c);
        sum[1] = vf_fma(vf_load_n(x + c, left), vf_load_n(w + c, left), sum[1]);
    }
}

static float dot(const struct narrow_row *r, int64_t first, const float *w) {
    vf sum[CHAINS] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
    for (int64_t i = 0; i < r->n_tap_rows; i++)
        for (int64_t j = 0; j < r->kernel; j++) {
            int64_t at = first + j * r->dilation;
            if (at < 0 || at >= r->n_in) continue;
            tap(sum, r->x + i * r->x_row + at * r->x_column,
                w + (i * r->kernel + j) * r->n_channels, r->n_channels);
        }
    return vf_sum(vf_add(vf_add(sum[0], sum[1]), vf_add(sum[2], sum[3])));
}

void ISA(narrow)(const struct narrow_row *r) {
    for (int64_t o = 0; o < r->n_out; o++) {
        int64_t first = o * r->stride - r->pad_begin;
        const float *residual =
            r->residual ? r->residual + o * r->residual_column : NULL;
        float *y = r->y + o * r->y_column;
        for (int k = 0; k < r->n_k; k++) {
            float x = dot(r, first, r->w + k * r->w_stride) + r->bias[k];
            vf_put(y + k,
                   vf_finish(vf_set1(x), residual ? residual + k : NULL, 1,
                             r->epilogue),
                   1);
        }
    }
}
