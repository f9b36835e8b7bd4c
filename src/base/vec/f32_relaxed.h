/* Four floats on WebAssembly relaxed SIMD: multiply-add, fused on every engine
 * whose hardware fuses. See vec.h. */
#ifndef BASE_VEC_F32_RELAXED_H
#define BASE_VEC_F32_RELAXED_H

#include <wasm_simd128.h>
#include "base/half.h"

#define VF_N 4
#define GEMM_MR 6
#define GEMM_NV 2

typedef v128_t vf;

static inline vf vf_zero(void) { return wasm_f32x4_const_splat(0.0f); }
static inline vf vf_set1(float x) { return wasm_f32x4_splat(x); }
static inline vf vf_load(const float *p) { return wasm_v128_load(p); }
static inline void vf_store(float *p, vf v) { wasm_v128_store(p, v); }
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
static inline vf vf_add(vf a, vf b) { return wasm_f32x4_add(a, b); }
static inline vf vf_sub(vf a, vf b) { return wasm_f32x4_sub(a, b); }
static inline vf vf_mul(vf a, vf b) { return wasm_f32x4_mul(a, b); }
static inline vf vf_div(vf a, vf b) { return wasm_f32x4_div(a, b); }
/* pmin(b, a) is a < b ? a : b, as vec.h wants it. */
static inline vf vf_min(vf a, vf b) { return wasm_f32x4_pmin(b, a); }
static inline vf vf_max(vf a, vf b) { return wasm_f32x4_pmax(b, a); }
static inline vf vf_fma(vf a, vf b, vf c) {
    return wasm_f32x4_relaxed_madd(a, b, c);
}
static inline vf vf_fnma(vf a, vf b, vf c) {
    return wasm_f32x4_relaxed_nmadd(a, b, c);
}
static inline vf vf_sqrt(vf a) { return wasm_f32x4_sqrt(a); }
static inline vf vf_round(vf a) { return wasm_f32x4_nearest(a); }
static inline vf vf_select_lt(vf a, vf b, vf x, vf y) {
    return wasm_v128_bitselect(x, y, wasm_f32x4_lt(a, b));
}
static inline vf vf_pow2(vf n) {
    v128_t e = wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(n),
                              wasm_i32x4_const_splat(127));
    return wasm_i32x4_shl(e, 23);
}
static inline vf vf_load_f16(const uint16_t *p) {
    return wasm_f32x4_make(half_to_float(p[0]), half_to_float(p[1]),
                           half_to_float(p[2]), half_to_float(p[3]));
}
static inline vf vf_load_u8(const uint8_t *p) {
    return wasm_f32x4_make((float)p[0], (float)p[1], (float)p[2], (float)p[3]);
}
static inline vf vf_load_i8(const int8_t *p) {
    return wasm_f32x4_make((float)p[0], (float)p[1], (float)p[2], (float)p[3]);
}
static inline float vf_sum(vf a) {
    return (wasm_f32x4_extract_lane(a, 0) + wasm_f32x4_extract_lane(a, 2)) +
           (wasm_f32x4_extract_lane(a, 1) + wasm_f32x4_extract_lane(a, 3));
}

#endif
