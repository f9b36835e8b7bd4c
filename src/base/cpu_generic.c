/* An architecture without vectors of ours: the scalar level. */
#include "cutout.h"

bool cut_cpu_usable(enum cut_cpu cpu) {
    return cpu == CUT_CPU_BEST || cpu == CUT_CPU_SCALAR;
}
