#include "base/arena.h"

#include "base/mem.h"

/* Header of a block; the pieces follow, each MEM_ALIGN aligned. */
struct arena_block {
    _Alignas(MEM_ALIGN) struct arena_block *next;
    size_t bytes; /* with the header */
    size_t used;
};

enum { FIRST_BLOCK_BYTES = 16 << 10, LARGEST_BLOCK_BYTES = 1 << 20 };

void arena_init(struct arena *arena, const struct cut_allocator *allocator) {
    *arena = (struct arena){.allocator = allocator};
}

static struct arena_block *block_new(struct arena *arena, size_t bytes) {
    const struct cut_allocator *a = arena->allocator;
    struct arena_block *block = a->alloc(a->user, bytes);
    if (!block) return NULL;
    block->next = NULL;
    block->bytes = bytes;
    block->used = sizeof *block;
    arena->total_bytes += bytes;
    return block;
}

/* A piece that would waste much of a block gets one of its own, filed behind
 * the newest so that this one stays in use. */
static struct arena_block *block_for(struct arena *arena, size_t bytes) {
    struct arena_block *newest = arena->blocks;
    if (newest && newest->bytes - newest->used >= bytes) return newest;

    /* blocks double the arena up to a limit */
    size_t block_bytes = newest ? arena->total_bytes : FIRST_BLOCK_BYTES;
    if (block_bytes > LARGEST_BLOCK_BYTES) block_bytes = LARGEST_BLOCK_BYTES;
    if (bytes <= block_bytes / 4) {
        struct arena_block *block = block_new(arena, block_bytes);
        if (!block) return NULL;
        block->next = newest;
        arena->blocks = block;
        return block;
    }
    struct arena_block *block = block_new(arena, sizeof *block + bytes);
    if (!block) return NULL;
    block->next = newest ? newest->next : NULL;
    if (newest)
        newest->next = block;
    else
        arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t n, size_t item_bytes) {
    size_t bytes;
    if (!size_mul(n, item_bytes, &bytes) || bytes > SIZE_MAX / 4) return NULL;
    bytes = mem_align(bytes ? bytes : 1);
    struct arena_block *block = block_for(arena, bytes);
    if (!block) return NULL;
    void *piece = (char *)block + block->used;
    block->used += bytes;
    memset(piece, 0, bytes);
    return piece;
}

char *arena_text(struct arena *arena, const char *text, size_t n) {
    if (n == SIZE_MAX) return NULL;
    char *copy = arena_alloc(arena, n + 1, 1);
    if (copy && n) memcpy(copy, text, n);
    return copy;
}

void arena_free(struct arena *arena) {
    const struct cut_allocator *a = arena->allocator;
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *next = block->next;
        a->release(a->user, block, block->bytes);
        block = next;
    }
    arena->blocks = NULL;
    arena->total_bytes = 0;
}
