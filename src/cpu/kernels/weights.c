/* Weights as stored to floats as the matrix kernels want them. */
#include "base/half.h"
#include "base/mem.h"
#include "cpu/kernels/kernels.h"

#define CHUNK 64

/* Model files align nothing, so elements are copied before they are read. */
static void expand_f16(float *dst, const uint8_t *src, int64_t n) {
    uint16_t halves[CHUNK];
    int64_t i = 0;
    for (; i + CHUNK <= n; i += CHUNK) {
        memcpy(halves, src + 2 * i, sizeof(halves));
        for (int j = 0; j < CHUNK; j += VF_N)
            vf_store(dst + i + j, vf_load_f16(halves + j));
    }
    memcpy(halves, src + 2 * i, (size_t)(n - i) * 2);
    for (int64_t j = i; j < n; j++) dst[j] = half_to_float(halves[j - i]);
}

static void expand_u8(float *dst, const uint8_t *src, int64_t n) {
    int64_t i = 0;
    for (; i + CHUNK <= n; i += CHUNK)
        for (int j = 0; j < CHUNK; j += VF_N)
            vf_store(dst + i + j, vf_load_u8(src + i + j));
    for (; i < n; i++) dst[i] = (float)src[i];
}

static void expand_i8(float *dst, const int8_t *src, int64_t n) {
    int64_t i = 0;
    for (; i + CHUNK <= n; i += CHUNK)
        for (int j = 0; j < CHUNK; j += VF_N)
            vf_store(dst + i + j, vf_load_i8(src + i + j));
    for (; i < n; i++) dst[i] = (float)src[i];
}

void ISA(expand)(float *dst, const void *src, enum cut_dtype dtype, int64_t n) {
    switch (dtype) {
    case CUT_F16: expand_f16(dst, src, n); break;
    case CUT_U8: expand_u8(dst, src, n); break;
    case CUT_I8: expand_i8(dst, src, n); break;
    default: memcpy(dst, src, (size_t)n * sizeof(float));
    }
}

/* Elements [from, from + n) of output channel k, scaled. */
static void panel_row(const struct weight_panel *w, int k, int64_t from,
                      int64_t n, float *dst) {
    size_t item = w->dtype == CUT_F32 ? 4 : w->dtype == CUT_F16 ? 2 : 1;
    int64_t index = w->first + k * w->n + from;
    ISA(expand)
    (dst, (const uint8_t *)w->data + (size_t)index * item, w->dtype, n);
    if (!w->scale && !w->zero) return;
    float scale = w->scale ? w->scale[k] : 1.0f;
    float zero = w->zero ? w->zero[k] : 0.0f;
    for (int64_t i = 0; i < n; i++) dst[i] = (dst[i] - zero) * scale;
}

/* A row of channel k goes to column k of the panel: a transposition, done
 * through `room` in pieces that stay in the first cache level. */
void ISA(weight_pack)(const struct weight_panel *w, int64_t taps, float *dst,
                      float *room) {
    enum { NR = GEMM_NV * VF_N };
    int64_t channels = w->n / taps;
    int64_t step = i64_max(1, i64_min(channels, 256 / taps));
    for (int64_t c0 = 0; c0 < channels; c0 += step) {
        int64_t n_c = i64_min(step, channels - c0);
        for (int k = 0; k < NR; k++) {
            if (k < w->n_k) panel_row(w, k, c0 * taps, n_c * taps, room);
            for (int64_t c = 0; c < n_c; c++)
                for (int64_t t = 0; t < taps; t++)
                    dst[(t * channels + c0 + c) * NR + k] =
                        k < w->n_k ? room[c * taps + t] : 0.0f;
        }
    }
}

/* G of F(4x4,3x3) on three values. */
static inline void filter_line(vf a, vf b, vf c, vf out[6]) {
    vf sixth = vf_set1(-1.0f / 6.0f);
    vf ac = vf_mul(vf_add(a, c), sixth);
    vf b6 = vf_mul(b, sixth);
    vf a24c6 =
        vf_fma(a, vf_set1(1.0f / 24.0f), vf_mul(c, vf_set1(1.0f / 6.0f)));
    vf b12 = vf_mul(b, vf_set1(1.0f / 12.0f));
    out[0] = vf_mul(a, vf_set1(0.25f));
    out[1] = vf_add(ac, b6);
    out[2] = vf_sub(ac, b6);
    out[3] = vf_add(a24c6, b12);
    out[4] = vf_sub(a24c6, b12);
    out[5] = c;
}

static void filter_vector(const float *g, int64_t stride, float *u,
                          int64_t u_stride) {
    vf columns[3][6], row[6];
    for (int j = 0; j < 3; j++)
        filter_line(vf_load(g + j * stride), vf_load(g + (3 + j) * stride),
                    vf_load(g + (6 + j) * stride), columns[j]);
    for (int i = 0; i < 6; i++) {
        filter_line(columns[0][i], columns[1][i], columns[2][i], row);
        for (int j = 0; j < 6; j++)
            vf_store(u + (i * 6 + j) * u_stride, row[j]);
    }
}

void ISA(winograd_filter)(const struct weight_panel *w, float *u,
                          int64_t u_stride, float *room) {
    enum { NR = GEMM_NV * VF_N, STEP = 16 };
    float *taps = room + STEP * 9; /* [c][9][NR] */
    int64_t channels = w->n / 9;
    memset(taps, 0, STEP * 9 * NR * sizeof(float));
    for (int64_t c0 = 0; c0 < channels; c0 += STEP) {
        int64_t n_c = i64_min(STEP, channels - c0);
        for (int k = 0; k < w->n_k; k++) {
            panel_row(w, k, c0 * 9, n_c * 9, room);
            for (int64_t i = 0; i < n_c * 9; i++) taps[i * NR + k] = room[i];
        }
        for (int64_t c = 0; c < n_c; c++)
            for (int k = 0; k < NR; k += VF_N)
                filter_vector(taps + c * 9 * NR + k, NR, u + (c0 + c) * NR + k,
                              u_stride);
    }
}
