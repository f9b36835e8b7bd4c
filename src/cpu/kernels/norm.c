/* Normalisations of rows. */
#include "base/mathf.h"
#include "base/vec/vec_math.h"
#include "cpu/kernels/rows.h"

void ISA(affine)(const struct affine_rows *r) {
    for (int64_t row = 0; row < r->n_rows; row++)
        for (int64_t i = 0; i < r->n; i += VF_N) {
            int n = lanes_at(i, r->n);
            vf x = lanes_load(r->x + row * r->x_stride + i, n);
            x = vf_sub(x, lanes_load(r->mean + i, n));
            x = vf_fma(x, lanes_load(r->scale + i, n),
                       lanes_load(r->shift + i, n));
            lanes_store(r->y + row * r->y_stride + i, x, n);
        }
}

/* Mean, then mean of squared deviations: two passes, as one would cancel. */
static void mean_and_inverse(const float *x, const struct layer_norm_rows *r,
                             float *mean, float *inverse) {
    struct reduce_rows sum = {REDUCE_SUM, x, 0, 1, r->n, NULL, mean};
    ISA(reduce_along)(&sum);
    *mean /= (float)r->n;
    float variance;
    struct reduce_rows deviation = {REDUCE_DEVIATION, x, 0, 1, r->n, mean,
                                    &variance};
    ISA(reduce_along)(&deviation);
    variance = variance / (float)r->n + r->epsilon;
    *inverse = 1.0f / __builtin_sqrtf(variance);
}

void ISA(layer_norm)(const struct layer_norm_rows *r) {
    for (int64_t row = 0; row < r->n_rows; row++) {
        const float *x = r->x + row * r->x_stride;
        float *y = r->y + row * r->y_stride;
        float mean, inverse;
        mean_and_inverse(x, r, &mean, &inverse);
        vf m = vf_set1(mean), s = vf_set1(inverse);
        for (int64_t i = 0; i < r->n; i += VF_N) {
            int n = lanes_at(i, r->n);
            vf v = vf_mul(vf_sub(lanes_load(x + i, n), m), s);
            vf scale = lanes_load(r->scale + i, n);
            vf shift = r->shift ? lanes_load(r->shift + i, n) : vf_zero();
            lanes_store(y + i, vf_fma(v, scale, shift), n);
        }
    }
}

/* y = e^(x - max), their sum; lanes past the row's end count as zero. */
static float exponentials(const float *x, float *y, int64_t n, float max) {
    vf m = vf_set1(max), sum = vf_zero();
    int64_t i = 0;
    for (; i + VF_N <= n; i += VF_N) {
        vf e = vf_exp(vf_sub(vf_load(x + i), m));
        sum = vf_add(sum, e);
        if (y) vf_store(y + i, e);
    }
    float total = vf_sum(sum);
    if (i < n) {
        int rest = (int)(n - i);
        float lane[VF_N];
        vf e = vf_exp(vf_sub(vf_load_n(x + i, rest), m));
        vf_store(lane, e);
        for (int j = 0; j < rest; j++) total += lane[j];
        if (y) vf_store_n(y + i, e, rest);
    }
    return total;
}

void ISA(softmax)(const struct softmax_rows *r) {
    for (int64_t row = 0; row < r->n_rows; row++) {
        const float *x = r->x + row * r->x_stride;
        float *y = r->y + row * r->y_stride;
        float max;
        struct reduce_rows reduce = {REDUCE_MAX, x, 0, 1, r->n, NULL, &max};
        ISA(reduce_along)(&reduce);
        float sum = exponentials(x, r->log ? NULL : y, r->n, max);
        vf m = vf_set1(max), total = vf_set1(sum);
        vf log_sum = vf_set1((float)math_log((double)sum));
        for (int64_t i = 0; i < r->n; i += VF_N) {
            int n = lanes_at(i, r->n);
            vf v = r->log ? vf_sub(vf_sub(lanes_load(x + i, n), m), log_sum)
                          : vf_div(lanes_load(y + i, n), total);
            lanes_store(y + i, v, n);
        }
    }
}
