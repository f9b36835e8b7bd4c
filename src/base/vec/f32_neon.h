/* Four floats on AArch64 NEON. See vec.h. */
#ifndef BASE_VEC_F32_NEON_H
#define BASE_VEC_F32_NEON_H

#include <arm_neon.h>
#include "base/half.h"

#define VF_N 4
#define GEMM_MR 6
#define GEMM_NV 4

typedef float32x4_t vf;

static inline vf vf_zero(void) { return vdupq_n_f32(0.0f); }
static inline vf vf_set1(float x) { return vdupq_n_f32(x); }
static inline vf vf_load(const float *p) { return vld1q_f32(p); }
static inline void vf_store(float *p, vf v) { vst1q_f32(p, v); }
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
static inline vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
static inline vf vf_sub(vf a, vf b) { return vsubq_f32(a, b); }
static inline vf vf_mul(vf a, vf b) { return vmulq_f32(a, b); }
static inline vf vf_div(vf a, vf b) { return vdivq_f32(a, b); }
static inline vf vf_min(vf a, vf b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
static inline vf vf_max(vf a, vf b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
static inline vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
static inline vf vf_fnma(vf a, vf b, vf c) { return vfmsq_f32(c, a, b); }
static inline vf vf_sqrt(vf a) { return vsqrtq_f32(a); }
static inline vf vf_round(vf a) { return vrndnq_f32(a); }
static inline vf vf_select_lt(vf a, vf b, vf x, vf y) {
    return vbslq_f32(vcltq_f32(a, b), x, y);
}
static inline vf vf_pow2(vf n) {
    int32x4_t e = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
    return vreinterpretq_f32_s32(vshlq_n_s32(e, 23));
}
static inline vf vf_load_f16(const uint16_t *p) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}
static inline vf vf_load_u8(const uint8_t *p) {
    uint32_t lanes[VF_N] = {p[0], p[1], p[2], p[3]};
    return vcvtq_f32_u32(vld1q_u32(lanes));
}
static inline vf vf_load_i8(const int8_t *p) {
    int32_t lanes[VF_N] = {p[0], p[1], p[2], p[3]};
    return vcvtq_f32_s32(vld1q_s32(lanes));
}
static inline float vf_sum(vf a) {
    float lanes[VF_N];
    vf_store(lanes, a);
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

#endif
