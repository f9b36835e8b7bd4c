/* Cores that this process may use: what taskset, containers and batch systems
 * restrict, not what the machine has. */
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

#include "cutout.h"

int cut_cpu_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        int n = CPU_COUNT(&set);
        if (n > 0) return n;
    }
    long n = sysconf(_SC_NPROCESSORS_ONLN); /* more CPUs than a set holds */
    return n > 0 ? (int)n : 1;
}
