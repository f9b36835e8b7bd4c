/* Thread pool: one parallel loop, nothing else.
 *
 * The caller's thread works too, so n_threads = 1 starts none. The build
 * chooses the file behind this header: pool_pthread.c natively, pool_single.c
 * where there are no threads, later one for WebAssembly workers. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "cutout.h"

struct pool;

/* `item` runs over 0..n_items-1, each exactly once, in any order;
 * `worker` is 0..n_threads-1 and names scratch that no other running task
 * uses. */
typedef void pool_task(void *context, int item, int worker);

enum cut_status pool_create(int n_threads,
                            const struct cut_allocator *allocator,
                            struct pool **out, struct cut_error *err);
/* Bytes that pool_create takes from the allocator, all in one piece. */
size_t pool_bytes(int n_threads);
void pool_destroy(struct pool *pool);
int pool_n_threads(const struct pool *pool);
/* Returns when every item is done; writes made by tasks are visible to the
 * caller. Must not be called from a task. Items are handed out dynamically,
 * so results must not depend on who does what. `pool` may be NULL: the caller
 * does it all. */
void pool_run(struct pool *pool, pool_task *task, void *context, int n_items);

#endif
