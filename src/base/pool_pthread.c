/* The pool on POSIX threads.
 *
 * A run is opened by storing a ticket: its number in the upper half, the
 * items nobody has taken yet in the lower. Taking an item is a compare and
 * swap that lowers the ticket by one; it succeeds only while the run that the
 * thread has seen is still open, so a thread that wakes up late can do no
 * harm and the caller need not wait for it: it waits for finished items only.
 *
 * Steps of a plan follow each other within microseconds, so threads look for
 * work for a while before they sleep. Those who sleep count themselves first
 * and look once more; those who wake them publish first and read the count
 * afterwards (both sequentially consistent), so no wake-up is lost. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "base/pool.h"
#include "base/status.h"

enum { MAX_THREADS = 256, SPINS = 2000 };

struct worker {
    struct pool *pool;
    pthread_t thread;
    int index;
};

struct pool {
    const struct cut_allocator *allocator;
    size_t bytes; /* of the block that holds pool and workers */
    int n_threads;

    /* the run: read by late threads too, hence atomic */
    _Atomic(pool_task *) task;
    _Atomic(void *) context;
    atomic_int n_items;
    _Alignas(64) atomic_ullong ticket;
    _Alignas(64) atomic_int n_finished;

    _Alignas(64) atomic_int n_sleeping;
    atomic_bool caller_sleeps;
    atomic_bool stop;
    pthread_mutex_t mutex;
    pthread_cond_t work, finished;

    struct worker workers[];
};

static void spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool work_is_open(struct pool *pool) {
    return (uint32_t)atomic_load(&pool->ticket) > 0;
}

/* Takes and does items until none is left. */
static void work(struct pool *pool, int worker) {
    unsigned long long ticket = atomic_load(&pool->ticket);
    while ((uint32_t)ticket > 0) {
        pool_task *task = atomic_load(&pool->task);
        void *context = atomic_load(&pool->context);
        int n_items = atomic_load(&pool->n_items);
        int item = n_items - (int)(uint32_t)ticket;
        if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket - 1))
            continue;
        task(context, item, worker);
        int n_finished = atomic_fetch_add(&pool->n_finished, 1) + 1;
        if (n_finished == n_items && atomic_load(&pool->caller_sleeps)) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->finished);
            pthread_mutex_unlock(&pool->mutex);
        }
        ticket = atomic_load(&pool->ticket);
    }
}

static void wait_for_work(struct pool *pool) {
    for (int i = 0; i < SPINS; i++) {
        if (work_is_open(pool) || atomic_load(&pool->stop)) return;
        spin_pause();
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->n_sleeping, 1);
    while (!work_is_open(pool) && !atomic_load(&pool->stop))
        pthread_cond_wait(&pool->work, &pool->mutex);
    atomic_fetch_sub(&pool->n_sleeping, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *argument) {
    struct worker *worker = argument;
    struct pool *pool = worker->pool;
    while (!atomic_load(&pool->stop)) {
        work(pool, worker->index);
        wait_for_work(pool);
    }
    return NULL;
}

static void wait_for_the_rest(struct pool *pool, int n_items) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&pool->n_finished) == n_items) return;
        spin_pause();
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, true);
    while (atomic_load(&pool->n_finished) != n_items)
        pthread_cond_wait(&pool->finished, &pool->mutex);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->mutex);
}

void pool_run(struct pool *pool, pool_task *task, void *context, int n_items) {
    if (!pool || pool->n_threads == 1 || n_items <= 1) {
        for (int i = 0; i < n_items; i++) task(context, i, 0);
        return;
    }
    atomic_store(&pool->task, task);
    atomic_store(&pool->context, context);
    atomic_store(&pool->n_items, n_items);
    atomic_store(&pool->n_finished, 0);
    unsigned long long run = (atomic_load(&pool->ticket) >> 32) + 1;
    atomic_store(&pool->ticket, run << 32 | (unsigned)n_items);
    if (atomic_load(&pool->n_sleeping) > 0) {
        pthread_mutex_lock(&pool->mutex);
        pthread_cond_broadcast(&pool->work);
        pthread_mutex_unlock(&pool->mutex);
    }
    work(pool, 0);
    wait_for_the_rest(pool, n_items);
}

/* A system that refuses a thread gets a smaller pool, not an error. */
static void start_workers(struct pool *pool, int n_threads) {
    for (int i = 1; i < n_threads; i++) {
        struct worker *worker = &pool->workers[i];
        worker->pool = pool;
        worker->index = i;
        if (pthread_create(&worker->thread, NULL, worker_main, worker)) return;
        pool->n_threads = i + 1;
    }
}

static int threads_of(int n_threads) {
    if (n_threads <= 0) n_threads = cut_cpu_cores();
    return n_threads > MAX_THREADS ? MAX_THREADS : n_threads;
}

size_t pool_bytes(int n_threads) {
    return sizeof(struct pool) +
           (size_t)threads_of(n_threads) * sizeof(struct worker);
}

enum cut_status pool_create(int n_threads,
                            const struct cut_allocator *allocator,
                            struct pool **out, struct cut_error *err) {
    n_threads = threads_of(n_threads);
    size_t bytes = pool_bytes(n_threads);
    struct pool *pool = allocator->alloc(allocator->user, bytes);
    if (!pool)
        return status_fail(err, CUT_NO_MEMORY, "no memory for %d threads",
                           n_threads);
    memset(pool, 0, bytes);
    pool->allocator = allocator;
    pool->bytes = bytes;
    pool->n_threads = 1;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->finished, NULL);
    start_workers(pool, n_threads);
    *out = pool;
    return CUT_OK;
}

void pool_destroy(struct pool *pool) {
    if (!pool) return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->stop, true);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
    for (int i = 1; i < pool->n_threads; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    const struct cut_allocator *a = pool->allocator;
    a->release(a->user, pool, pool->bytes);
}

int pool_n_threads(const struct pool *pool) {
    return pool ? pool->n_threads : 1;
}
