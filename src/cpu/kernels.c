/* Which table goes with which level. The build says which ISAs it holds. */
#include "cpu/kernels.h"

extern const struct cpu_kernels cpu_kernels_scalar;
#if defined(__x86_64__)
extern const struct cpu_kernels cpu_kernels_sse2, cpu_kernels_avx2,
    cpu_kernels_avx512;
#elif defined(__aarch64__)
extern const struct cpu_kernels cpu_kernels_neon;
#elif defined(CUT_RELAXED)
extern const struct cpu_kernels cpu_kernels_relaxed;
#elif defined(__wasm__)
extern const struct cpu_kernels cpu_kernels_simd128;
#endif

const struct cpu_kernels *cpu_kernels_for(enum cut_cpu cpu) {
    if (cpu == CUT_CPU_BEST) cpu = cut_cpu_best();
    if (!cut_cpu_usable(cpu)) return &cpu_kernels_scalar;
    switch (cpu) {
#if defined(__x86_64__)
    case CUT_CPU_SSE2: return &cpu_kernels_sse2;
    case CUT_CPU_AVX2: return &cpu_kernels_avx2;
    case CUT_CPU_AVX512: return &cpu_kernels_avx512;
#elif defined(__aarch64__)
    case CUT_CPU_NEON: return &cpu_kernels_neon;
#elif defined(CUT_RELAXED)
    case CUT_CPU_RELAXED: return &cpu_kernels_relaxed;
#elif defined(__wasm__)
    case CUT_CPU_SIMD128: return &cpu_kernels_simd128;
#endif
    default: return &cpu_kernels_scalar;
    }
}
