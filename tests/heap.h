/* The allocator of the tests: counts what is out and can fail on demand.
 *
 *     struct heap heap = {0};
 *     struct cut_allocator a = heap_allocator(&heap);
 *     heap.fail_at = 3;              the third call from now fails
 *     ...
 *     CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak");  */
#ifndef TESTS_HEAP_H
#define TESTS_HEAP_H

#include <stdlib.h>

#include "cutout.h"

struct heap {
    int n_live; /* pieces not given back */
    size_t live_bytes;
    size_t peak_bytes;
    long n_calls;
    long fail_at;     /* counts down to 0 with every call; 0: never */
    int bad_releases; /* sizes that differ from those asked for */
};

#define HEAP_HEADER 64 /* keeps the size in front of the piece */

static inline void *heap_alloc(void *user, size_t bytes) {
    struct heap *heap = user;
    heap->n_calls++;
    if (heap->fail_at > 0 && --heap->fail_at == 0) return NULL;
    if (bytes > SIZE_MAX / 2) return NULL;
    char *block = aligned_alloc(64, (HEAP_HEADER + bytes + 63) & ~(size_t)63);
    if (!block) return NULL;
    *(size_t *)block = bytes;
    heap->n_live++;
    heap->live_bytes += bytes;
    if (heap->live_bytes > heap->peak_bytes)
        heap->peak_bytes = heap->live_bytes;
    return block + HEAP_HEADER;
}

static inline void heap_release(void *user, void *ptr, size_t bytes) {
    struct heap *heap = user;
    if (!ptr) return;
    char *block = (char *)ptr - HEAP_HEADER;
    if (*(size_t *)block != bytes) heap->bad_releases++;
    heap->n_live--;
    heap->live_bytes -= *(size_t *)block;
    free(block);
}

static inline struct cut_allocator heap_allocator(struct heap *heap) {
    return (struct cut_allocator){heap, heap_alloc, heap_release};
}

#endif
