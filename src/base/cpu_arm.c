/* AArch64: NEON with fused multiply-add and half conversions is part of the
 * architecture, so the build holds scalar and neon and both always run. */
#include "cutout.h"

bool cut_cpu_usable(enum cut_cpu cpu) {
    return cpu == CUT_CPU_BEST || cpu == CUT_CPU_SCALAR || cpu == CUT_CPU_NEON;
}
