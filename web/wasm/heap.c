#include "wasm/heap.h"
#include "base/mem.h"

enum { PAGE = 65536 };

struct block {
    size_t bytes; /* with this header; blocks are MEM_ALIGN aligned */
    struct block *next;
};

extern unsigned char __heap_base; /* set by the linker */

static struct {
    struct block *first_free;
    uintptr_t end; /* of what the heap has taken of the memory */
    struct heap_facts facts;
} heap;

static size_t block_bytes(size_t bytes) { return mem_align(bytes ? bytes : 1); }

/* Puts a block back in address order and joins it with its neighbours. */
static void give_back(struct block *block) {
    struct block **at = &heap.first_free, *before = NULL;
    while (*at && *at < block) {
        before = *at;
        at = &before->next;
    }
    block->next = *at;
    *at = block;
    if (block->next && (char *)block + block->bytes == (char *)block->next) {
        block->bytes += block->next->bytes;
        block->next = block->next->next;
    }
    if (before && (char *)before + before->bytes == (char *)block) {
        before->bytes += block->bytes;
        before->next = block->next;
    }
}

/* The free block that touches the end of the heap, or NULL. */
static struct block *last_free(void) {
    struct block *block = heap.first_free;
    while (block && block->next) block = block->next;
    if (block && (uintptr_t)block + block->bytes == heap.end) return block;
    return NULL;
}

/* Makes the free space at the end at least `bytes` long. */
static bool grow(size_t bytes) {
    if (!heap.end) heap.end = mem_align((uintptr_t)&__heap_base);
    struct block *last = last_free();
    size_t missing = bytes - (last ? last->bytes : 0);
    uintptr_t have = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE;
    if (missing > UINT32_MAX - PAGE - heap.end) return false;
    uintptr_t want = heap.end + missing;
    if (want > have && __builtin_wasm_memory_grow(0, (want - have + PAGE - 1) /
                                                         PAGE) == (size_t)-1)
        return false;
    struct block *block = (struct block *)heap.end;
    block->bytes = missing;
    heap.end = want;
    give_back(block);
    return true;
}

static void *take(size_t bytes) {
    for (struct block **at = &heap.first_free; *at; at = &(*at)->next) {
        struct block *block = *at;
        if (block->bytes < bytes) continue;
        if (block->bytes > bytes) {
            struct block *rest = (struct block *)((char *)block + bytes);
            rest->bytes = block->bytes - bytes;
            rest->next = block->next;
            *at = rest;
        } else {
            *at = block->next;
        }
        return block;
    }
    return NULL;
}

static void *heap_alloc(void *user, size_t bytes) {
    (void)user;
    if (bytes > UINT32_MAX - PAGE) return NULL;
    bytes = block_bytes(bytes);
    void *block = take(bytes);
    if (!block && grow(bytes)) block = take(bytes);
    if (!block) return NULL;
    heap.facts.used_bytes += bytes;
    if (heap.facts.used_bytes > heap.facts.most_bytes)
        heap.facts.most_bytes = heap.facts.used_bytes;
    return block;
}

static void heap_release(void *user, void *ptr, size_t bytes) {
    (void)user;
    if (!ptr) return;
    struct block *block = ptr;
    block->bytes = block_bytes(bytes);
    heap.facts.used_bytes -= block->bytes;
    give_back(block);
}

const struct cut_allocator heap_allocator = {NULL, heap_alloc, heap_release};

struct heap_facts heap_facts(void) {
    return heap.facts;
}
