/* Separable resampling from tables of taps. */
#include "base/mem.h"
#include "cpu/kernels/rows.h"

/* Lanes over channels; `taps` is a constant at every call. */
ALWAYS_INLINE void weigh(const float *const *x, const vf *w, float *y,
                         int64_t n_channels, const int taps) {
    int64_t c = 0;
    for (; c + VF_N <= n_channels; c += VF_N) {
        vf sum = vf_mul(w[0], vf_load(x[0] + c));
        for (int t = 1; t < taps; t++)
            sum = vf_fma(w[t], vf_load(x[t] + c), sum);
        vf_store(y + c, sum);
    }
    if (c == n_channels) return;
    int n = (int)(n_channels - c);
    vf sum = vf_mul(w[0], vf_load_n(x[0] + c, n));
    for (int t = 1; t < taps; t++)
        sum = vf_fma(w[t], vf_load_n(x[t] + c, n), sum);
    vf_store_n(y + c, sum, n);
}

ALWAYS_INLINE void columns_loop(const struct resize_columns *r,
                                const int taps) {
    for (int64_t p = 0; p < r->n_out; p++) {
        const float *x[4];
        vf w[4];
        for (int t = 0; t < taps; t++) {
            x[t] = r->x + r->index[p * taps + t] * r->x_column;
            w[t] = vf_set1(r->weight[p * taps + t]);
        }
        weigh(x, w, r->y + p * r->n_channels, r->n_channels, taps);
    }
}

/* One channel: scalar, as neighbours in x come from anywhere. */
ALWAYS_INLINE void columns_single(const struct resize_columns *r,
                                  const int taps) {
    for (int64_t p = 0; p < r->n_out; p++) {
        const int32_t *index = r->index + p * taps;
        const float *w = r->weight + p * taps;
        float sum = w[0] * r->x[index[0] * r->x_column];
        for (int t = 1; t < taps; t++)
            sum += w[t] * r->x[index[t] * r->x_column];
        r->y[p] = sum;
    }
}

static void columns_copy(const struct resize_columns *r) {
    size_t bytes = (size_t)r->n_channels * sizeof(float);
    for (int64_t p = 0; p < r->n_out; p++)
        memcpy(r->y + p * r->n_channels, r->x + r->index[p] * r->x_column,
               bytes);
}

void ISA(resize_columns)(const struct resize_columns *r) {
    bool single = r->n_channels == 1;
    if (r->taps == 1) {
        columns_copy(r);
    } else if (r->taps == 2) {
        if (single)
            columns_single(r, 2);
        else
            columns_loop(r, 2);
    } else {
        if (single)
            columns_single(r, 4);
        else
            columns_loop(r, 4);
    }
}

ALWAYS_INLINE void blend_loop(const struct resize_blend *r, const int taps) {
    vf w[4];
    const float *x[4];
    for (int t = 0; t < taps; t++) {
        w[t] = vf_set1(r->weight[t]);
        x[t] = r->x[t];
    }
    for (int64_t row = 0; row < r->n_rows; row++) {
        weigh(x, w, r->y + row * r->y_stride, r->n, taps);
        for (int t = 0; t < taps; t++) x[t] += r->n;
    }
}

void ISA(resize_blend)(const struct resize_blend *r) {
    if (r->taps == 2) {
        blend_loop(r, 2);
    } else if (r->taps == 4) {
        blend_loop(r, 4);
    } else {
        size_t bytes = (size_t)r->n * sizeof(float);
        for (int64_t row = 0; row < r->n_rows; row++)
            memcpy(r->y + row * r->y_stride, r->x[0] + row * r->n, bytes);
    }
}
