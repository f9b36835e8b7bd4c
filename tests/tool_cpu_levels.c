/* Prints the levels that this build and this CPU have, one word each; the
 * test run repeats what depends on the level for each of them. */
#include <stdio.h>

#include "cutout.h"

int main(void) {
    for (int i = CUT_CPU_SCALAR; i < CUT_CPU_COUNT; i++)
        if (cut_cpu_usable((enum cut_cpu)i))
            puts(cut_cpu_name((enum cut_cpu)i));
    return 0;
}
