/* CPU levels: what is the same everywhere; cpu_*.c say what this one has. */
#include "base/mem.h"
#include "cutout.h"

const char *cut_cpu_name(enum cut_cpu cpu) {
    static const char *const names[] = {
#define X(name, text) text,
        CUT_CPU_MAP(X)
#undef X
    };
    if ((unsigned)cpu >= COUNT_OF(names)) return "unknown";
    return names[cpu];
}

/* The list is in order of preference. */
enum cut_cpu cut_cpu_best(void) {
    for (int cpu = CUT_CPU_COUNT - 1; cpu > CUT_CPU_SCALAR; cpu--)
        if (cut_cpu_usable((enum cut_cpu)cpu)) return (enum cut_cpu)cpu;
    return CUT_CPU_SCALAR;
}
