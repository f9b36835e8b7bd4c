/* base/pool: every item exactly once, writes visible, scratch never shared.
 * Runs under ThreadSanitizer too. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "check.h"
#include "heap.h"

enum { MAX_WORKERS = 16, MAX_ITEMS = 5000 };

struct job {
    int done[MAX_ITEMS]; /* not atomic: TSan watches */
    atomic_int busy[MAX_WORKERS];
    atomic_int clashes;
    int factor;
};

static void count_item(void *context, int item, int worker) {
    struct job *job = context;
    if (atomic_exchange(&job->busy[worker], 1))
        atomic_fetch_add(&job->clashes, 1);
    job->done[item] += job->factor;
    atomic_store(&job->busy[worker], 0);
}

static void check_run(struct pool *pool, struct job *job, int n, int round) {
    memset(job->done, 0, sizeof job->done);
    job->factor = round + 1;
    pool_run(pool, count_item, job, n);
    int wrong = 0;
    for (int i = 0; i < MAX_ITEMS; i++)
        wrong += job->done[i] != (i < n ? round + 1 : 0);
    CHECK(wrong == 0, "%d of %d items wrong in round %d", wrong, n, round);
}

/* Long enough now and then for the others to fall asleep. */
static void linger(void) {
    static atomic_int sink;
    for (int i = 0; i < 300000; i++)
        atomic_fetch_add_explicit(&sink, 1, memory_order_relaxed);
}

static void test_threads(int n_threads) {
    struct heap heap = {0};
    struct cut_allocator a = heap_allocator(&heap);
    struct pool *pool;
    struct cut_error err;
    CHECK(pool_create(n_threads, &a, &pool, &err) == CUT_OK, "create");
    CHECK(pool_n_threads(pool) == n_threads, "%d", pool_n_threads(pool));
    struct job *job = calloc(1, sizeof *job);
    static const int sizes[] = {0, 1, 2, 3, 7, 64, 1000, MAX_ITEMS};
    for (int round = 0; round < 200; round++) {
        check_run(pool, job, sizes[round % 8], round);
        if (round % 40 == 39) linger();
    }
    CHECK(job->clashes == 0, "%d workers shared", job->clashes);
    free(job);
    pool_destroy(pool);
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak");
}

static void test_edges(void) {
    struct heap heap = {.fail_at = 1};
    struct cut_allocator a = heap_allocator(&heap);
    struct pool *pool = NULL;
    struct cut_error err;
    CHECK(pool_create(2, &a, &pool, &err) == CUT_NO_MEMORY, "no memory");
    CHECK(pool == NULL, "untouched");
    CHECK(pool_create(0, &a, &pool, &err) == CUT_OK, "all cores");
    CHECK(pool_n_threads(pool) >= 1, "%d", pool_n_threads(pool));
    pool_destroy(pool);
    pool_destroy(NULL);
    struct job *job = calloc(1, sizeof *job);
    check_run(NULL, job, 100, 0);
    free(job);
    for (int i = 0; i < 50; i++) { /* destroyed before anyone woke up */
        CHECK(pool_create(4, &a, &pool, &err) == CUT_OK, "create");
        pool_destroy(pool);
    }
    CHECK(heap.n_live == 0, "leak");
}

int main(void) {
    static const int counts[] = {1, 2, 3, 8};
    for (int i = 0; i < 4; i++) test_threads(counts[i]);
    test_edges();
    return check_summary("pool");
}
