/* Vectors of floats, the same small set of inline functions on every
 * instruction set. The build defines CUT_ISA to one of scalar, sse2, avx2,
 * avx512, neon, simd128, relaxed and passes the matching compiler flags;
 * kernels include this file, never f32_<isa>.h.
 *
 * Each f32_<isa>.h defines
 *   VF_N                 lanes of a vector
 *   GEMM_MR, GEMM_NV     register tile of the matrix kernels: rows, vectors
 *   vf                   the vector type
 *   vf_zero()  vf_set1(x)
 *   vf_load(p)  vf_store(p, v)            VF_N floats; loads from any address
 *   vf_load_n(p, n)  vf_store_n(p, v, n)  first n lanes, 0 <= n <= VF_N;
 *                                         memory past them is not touched,
 *                                         loaded lanes past them are 0
 *   vf_add vf_sub vf_mul vf_div (a, b)
 *   vf_min(a, b) = a < b ? a : b          so the second operand wins on NaN
 *   vf_max(a, b) = a > b ? a : b          (relu = vf_max(vf_zero(), x) keeps
 *                                         a NaN)
 *   vf_fma(a, b, c) = a * b + c           fused where the ISA fuses (avx2,
 *                                         avx512, neon, relaxed), else rounded
 *                                         twice
 *   vf_fnma(a, b, c) = c - a * b          likewise
 *   vf_sqrt(a)  vf_round(a)               to nearest even; |a| < 2^22
 *   vf_select_lt(a, b, x, y)              lane-wise a < b ? x : y
 *   vf_pow2(n)                            2^n for integral n in [-126, 127]
 *   vf_load_f16(p)                        VF_N IEEE halves (uint16_t)
 *   vf_load_u8(p)  vf_load_i8(p)          VF_N bytes, as floats
 *   vf_sum(a)                             lanes added in a fixed order
 * vec_math.h builds exp, tanh, sigmoid, erf on these. */
#ifndef BASE_VEC_VEC_H
#define BASE_VEC_VEC_H

#include <stddef.h>
#include <stdint.h>

#ifndef CUT_ISA
#error "kernels are compiled once per instruction set; CUT_ISA names it"
#endif

#define VEC_PASTE_(a, b) a##_##b
#define VEC_PASTE(a, b) VEC_PASTE_(a, b)
/* The name of a kernel of this build: ISA(relu) is relu_avx2. */
#define ISA(name) VEC_PASTE(name, CUT_ISA)

#define VEC_TEXT_(a) #a
#define VEC_TEXT(a) VEC_TEXT_(a)
#define VEC_NAME VEC_TEXT(CUT_ISA)
#define VEC_HEADER_(isa) VEC_TEXT(f32_##isa.h)
#define VEC_HEADER(isa) VEC_HEADER_(isa)
#include VEC_HEADER(CUT_ISA)

#endif
