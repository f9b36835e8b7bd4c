/* The module's heap: first fit over one list of free blocks, kept in address
 * order and merged with neighbours. Memory grows by what is missing, rounded
 * up to WebAssembly's 64 KiB pages, never by more. Only the thread that runs
 * the job allocates. */
#ifndef WEB_WASM_HEAP_H
#define WEB_WASM_HEAP_H

#include "cutout.h"

extern const struct cut_allocator heap_allocator;

struct heap_facts {
    size_t used_bytes, most_bytes; /* now, and the highest so far */
};
struct heap_facts heap_facts(void);

#endif
