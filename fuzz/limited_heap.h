/* The allocator of the fuzzers: a hostile file may ask for much, and must get
 * a clean "out of memory" instead of the machine. */
#ifndef FUZZ_LIMITED_HEAP_H
#define FUZZ_LIMITED_HEAP_H

#include <stdlib.h>

#include "cutout.h"

struct limited_heap {
    size_t limit_bytes;
    size_t live_bytes;
};

static inline void *limited_alloc(void *user, size_t bytes) {
    struct limited_heap *heap = user;
    if (bytes > heap->limit_bytes - heap->live_bytes) return NULL;
    void *block = aligned_alloc(64, (bytes + 64) & ~(size_t)63);
    if (block) heap->live_bytes += bytes;
    return block;
}

static inline void limited_release(void *user, void *block, size_t bytes) {
    struct limited_heap *heap = user;
    if (!block) return;
    heap->live_bytes -= bytes;
    free(block);
}

static inline struct cut_allocator
limited_allocator(struct limited_heap *heap) {
    return (struct cut_allocator){heap, limited_alloc, limited_release};
}

#endif
