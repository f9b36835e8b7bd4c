/* One float at a time: the reference of every other header. See vec.h. */
#ifndef BASE_VEC_F32_SCALAR_H
#define BASE_VEC_F32_SCALAR_H

#include "base/half.h"

#define VF_N 1
#define GEMM_MR 4
#define GEMM_NV 4

typedef float vf;

static inline vf vf_zero(void) { return 0.0f; }
static inline vf vf_set1(float x) { return x; }
/* Weights lie in the model file at any address: loads are copies. (The builtin
 * stays inline where -ffreestanding makes memcpy a call.) */
static inline vf vf_load(const float *p) {
    float x;
    __builtin_memcpy(&x, p, sizeof x);
    return x;
}
static inline void vf_store(float *p, vf v) { *p = v; }
static inline vf vf_load_n(const float *p, int n) {
    return n ? vf_load(p) : 0.0f;
}
static inline void vf_store_n(float *p, vf v, int n) {
    if (n) *p = v;
}
static inline vf vf_add(vf a, vf b) { return a + b; }
static inline vf vf_sub(vf a, vf b) { return a - b; }
static inline vf vf_mul(vf a, vf b) { return a * b; }
static inline vf vf_div(vf a, vf b) { return a / b; }
static inline vf vf_min(vf a, vf b) { return a < b ? a : b; }
static inline vf vf_max(vf a, vf b) { return a > b ? a : b; }
static inline vf vf_fma(vf a, vf b, vf c) { return a * b + c; }
static inline vf vf_fnma(vf a, vf b, vf c) { return c - a * b; }
static inline vf vf_sqrt(vf a) { return __builtin_sqrtf(a); }
static inline vf vf_select_lt(vf a, vf b, vf x, vf y) { return a < b ? x : y; }
/* Adding and removing 1.5 * 2^23 leaves no room for a fraction. */
static inline vf vf_round(vf a) {
    volatile float shifted = a + 12582912.0f;
    return shifted - 12582912.0f;
}
static inline vf vf_pow2(vf n) {
    union {
        uint32_t u;
        float f;
    } bits = {.u = (uint32_t)((int32_t)n + 127) << 23};
    return bits.f;
}
static inline vf vf_load_f16(const uint16_t *p) {
    uint16_t half;
    __builtin_memcpy(&half, p, sizeof half);
    return half_to_float(half);
}
static inline vf vf_load_u8(const uint8_t *p) { return (float)*p; }
static inline vf vf_load_i8(const int8_t *p) { return (float)*p; }
static inline float vf_sum(vf a) { return a; }

#endif
