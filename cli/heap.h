/* The engine's memory, counted. Large blocks are mapped and go back to the
 * system at once when released. */
#ifndef CLI_HEAP_H
#define CLI_HEAP_H

#include "cutout.h"

extern const struct cut_allocator heap;

/* While starving, nothing is given: --chaos. */
void heap_starve(bool starve);
/* Highest sum of live blocks so far. */
size_t heap_peak_bytes(void);
/* Highest resident memory of this process so far. */
size_t resident_peak_bytes(void);

#endif
