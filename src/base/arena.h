/* Arena: many small pieces of one lifetime, given back together. Grows by
 * blocks from the caller's allocator. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "cutout.h"

struct arena_block;

struct arena {
    const struct cut_allocator *allocator;
    struct arena_block *blocks; /* newest first */
    size_t total_bytes;         /* taken from the allocator */
};

void arena_init(struct arena *arena, const struct cut_allocator *allocator);
/* Zeroed memory, 64-byte aligned; NULL when the allocator has none or when
 * n * item_bytes overflows. n = 0 yields a valid pointer. */
void *arena_alloc(struct arena *arena, size_t n, size_t item_bytes);
#define ARENA_NEW(arena, n, type)                                              \
    ((type *)arena_alloc((arena), (size_t)(n), sizeof(type)))
/* A terminated copy of n bytes of text. */
char *arena_text(struct arena *arena, const char *text, size_t n);
void arena_free(struct arena *arena);

#endif
