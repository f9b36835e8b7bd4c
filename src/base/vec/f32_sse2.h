/* Four floats on SSE2, which every x86-64 has. See vec.h. */
#ifndef BASE_VEC_F32_SSE2_H
#define BASE_VEC_F32_SSE2_H

#include <emmintrin.h>
#include "base/half.h"
#include "base/mem.h"

#define VF_N 4
#define GEMM_MR 6
#define GEMM_NV 2

typedef __m128 vf;

static inline vf vf_zero(void) { return _mm_setzero_ps(); }
static inline vf vf_set1(float x) { return _mm_set1_ps(x); }
static inline vf vf_load(const float *p) { return _mm_loadu_ps(p); }
static inline void vf_store(float *p, vf v) { _mm_storeu_ps(p, v); }
static inline vf vf_load_n(const float *p, int n) {
    float lanes[VF_N] = {0};
    for (int i = 0; i < n; i++)
        __builtin_memcpy(&lanes[i], p + i, sizeof(float));
    return vf_load(lanes);
}
static inline void vf_store_n(float *p, vf v, int n) {
    float lanes[VF_N];
    vf_store(lanes, v);
    for (int i = 0; i < n; i++) p[i] = lanes[i];
}
static inline vf vf_add(vf a, vf b) { return _mm_add_ps(a, b); }
static inline vf vf_sub(vf a, vf b) { return _mm_sub_ps(a, b); }
static inline vf vf_mul(vf a, vf b) { return _mm_mul_ps(a, b); }
static inline vf vf_div(vf a, vf b) { return _mm_div_ps(a, b); }
static inline vf vf_min(vf a, vf b) { return _mm_min_ps(a, b); }
static inline vf vf_max(vf a, vf b) { return _mm_max_ps(a, b); }
static inline vf vf_fma(vf a, vf b, vf c) {
    return _mm_add_ps(_mm_mul_ps(a, b), c);
}
static inline vf vf_fnma(vf a, vf b, vf c) {
    return _mm_sub_ps(c, _mm_mul_ps(a, b));
}
static inline vf vf_sqrt(vf a) { return _mm_sqrt_ps(a); }
static inline vf vf_round(vf a) { return _mm_cvtepi32_ps(_mm_cvtps_epi32(a)); }
static inline vf vf_select_lt(vf a, vf b, vf x, vf y) {
    __m128 mask = _mm_cmplt_ps(a, b);
    return _mm_or_ps(_mm_and_ps(mask, x), _mm_andnot_ps(mask, y));
}
static inline vf vf_pow2(vf n) {
    __m128i e = _mm_add_epi32(_mm_cvtps_epi32(n), _mm_set1_epi32(127));
    return _mm_castsi128_ps(_mm_slli_epi32(e, 23));
}
static inline vf vf_load_f16(const uint16_t *p) {
    return _mm_set_ps(half_to_float(p[3]), half_to_float(p[2]),
                      half_to_float(p[1]), half_to_float(p[0]));
}
static inline vf vf_load_u8(const uint8_t *p) {
    return _mm_set_ps((float)p[3], (float)p[2], (float)p[1], (float)p[0]);
}
static inline vf vf_load_i8(const int8_t *p) {
    return _mm_set_ps((float)p[3], (float)p[2], (float)p[1], (float)p[0]);
}
static inline float vf_sum(vf a) {
    float lanes[VF_N];
    vf_store(lanes, a);
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

#endif
