/* WebAssembly: a module has one level, that of its build; a page that could
 * instantiate it has that level. CUT_CPU_WASM comes from the Makefile. */
#include "cutout.h"

bool cut_cpu_usable(enum cut_cpu cpu) {
    return cpu == CUT_CPU_BEST || cpu == CUT_CPU_SCALAR || cpu == CUT_CPU_WASM;
}

int cut_cpu_cores(void) { return 1; }
