/* The pool where there are no threads. */
#include "base/pool.h"
#include "base/status.h"

struct pool {
    const struct cut_allocator *allocator;
};

enum cut_status pool_create(int n_threads,
                            const struct cut_allocator *allocator,
                            struct pool **out, struct cut_error *err) {
    (void)n_threads;
    struct pool *pool = allocator->alloc(allocator->user, sizeof *pool);
    if (!pool) return status_fail(err, CUT_NO_MEMORY, "no memory for a pool");
    pool->allocator = allocator;
    *out = pool;
    return CUT_OK;
}

size_t pool_bytes(int n_threads) {
    (void)n_threads;
    return sizeof(struct pool);
}

void pool_destroy(struct pool *pool) {
    if (!pool) return;
    const struct cut_allocator *a = pool->allocator;
    a->release(a->user, pool, sizeof *pool);
}

int pool_n_threads(const struct pool *pool) {
    (void)pool;
    return 1;
}

void pool_run(struct pool *pool, pool_task *task, void *context, int n_items) {
    (void)pool;
    for (int i = 0; i < n_items; i++) task(context, i, 0);
}
