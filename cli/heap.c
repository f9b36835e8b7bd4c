#define _DEFAULT_SOURCE
#include "heap.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { MAPPED_FROM = 1 << 20, HUGE_FROM = 8 << 20 };

static pthread_mutex_t heap_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t live_bytes, peak_bytes;
static _Atomic bool starving;

static void heap_count(size_t taken, size_t given) {
    pthread_mutex_lock(&heap_lock);
    live_bytes += taken;
    live_bytes -= given;
    if (live_bytes > peak_bytes) peak_bytes = live_bytes;
    pthread_mutex_unlock(&heap_lock);
}

static void *map_block(size_t bytes) {
    void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return NULL;
    if (bytes >= HUGE_FROM) madvise(block, bytes, MADV_HUGEPAGE);
    return block;
}

static size_t round_up(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

static void *heap_alloc(void *user, size_t bytes) {
    (void)user;
    if (bytes > SIZE_MAX / 2 || starving) return NULL;
    void *block = bytes >= MAPPED_FROM
                      ? map_block(bytes)
                      : aligned_alloc(64, round_up(bytes ? bytes : 1));
    if (block) heap_count(bytes, 0);
    return block;
}

static void heap_release(void *user, void *block, size_t bytes) {
    (void)user;
    if (!block) return;
    heap_count(0, bytes);
    if (bytes >= MAPPED_FROM)
        munmap(block, bytes);
    else
        free(block);
}

const struct cut_allocator heap = {NULL, heap_alloc, heap_release};

void heap_starve(bool starve) { starving = starve; }

size_t heap_peak_bytes(void) {
    pthread_mutex_lock(&heap_lock);
    size_t bytes = peak_bytes;
    pthread_mutex_unlock(&heap_lock);
    return bytes;
}

size_t resident_peak_bytes(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return (size_t)usage.ru_maxrss * 1024;
}
