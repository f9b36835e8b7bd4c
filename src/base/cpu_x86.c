/* x86-64: the build holds scalar, sse2, avx2 and avx512. Bits are those of
 * Intel's Software Developer's Manual, volume 2, CPUID. */
#include <cpuid.h>

#include "cutout.h"

/* Register sets that the operating system saves (XCR0). */
enum {
    SAVES_AVX = 0x06,   /* xmm, ymm */
    SAVES_AVX512 = 0xe6 /* and masks, upper halves, upper sixteen */
};

static unsigned saved_registers(unsigned ecx1) {
    if (!(ecx1 & bit_OSXSAVE)) return 0;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static bool has(unsigned word, unsigned bits) { return (word & bits) == bits; }

bool cut_cpu_usable(enum cut_cpu cpu) {
    if (cpu == CUT_CPU_BEST || cpu == CUT_CPU_SCALAR || cpu == CUT_CPU_SSE2)
        return true; /* SSE2 is part of x86-64 */
    if (cpu != CUT_CPU_AVX2 && cpu != CUT_CPU_AVX512) return false;

    unsigned eax, ebx, ecx1, edx, ebx7, ecx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx1, &edx)) return false;
    if (!__get_cpuid_count(7, 0, &eax, &ebx7, &ecx, &edx)) return false;
    unsigned saves = saved_registers(ecx1);
    bool avx2 = has(ecx1, bit_AVX | bit_FMA | bit_F16C) &&
                has(ebx7, bit_AVX2) && has(saves, SAVES_AVX);
    if (cpu == CUT_CPU_AVX2) return avx2;
    return avx2 && has(saves, SAVES_AVX512) &&
           has(ebx7, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL);
}
