/* The pool on WebAssembly threads: workers of the page that hold an instance
 * of this module on the same memory. The page starts them before the first
 * job; each calls web_thread(i) and stays there, asleep between runs.
 *
 * There is one team per memory, so its state is the only global of the
 * engine's build for the browser. Runs follow the ticket scheme of
 * src/base/pool_pthread.c: the number of the run above, items not yet taken
 * below, so a thread that wakes up late cannot take part in a closed run. */
#include "base/pool.h"
#include "base/status.h"

enum { MAX_THREADS = 64, SPINS = 500 };

struct pool {
    const struct cut_allocator *allocator;
    int n_threads;
};

static struct team {
    _Atomic(int) n_helpers; /* threads inside web_thread */
    _Atomic(pool_task *) task;
    _Atomic(void *) context;
    _Atomic(int) n_items;
    _Atomic(int) n_threads; /* of the open run: helpers beyond it stay out */
    _Atomic(unsigned long long) ticket;
    _Atomic(int) runs; /* what helpers sleep on */
    _Atomic(int) n_finished;
} team;

static void sleep_while(_Atomic(int) *word, int value) {
    __builtin_wasm_memory_atomic_wait32((int *)word, value, -1);
}
static void wake(_Atomic(int) *word) {
    __builtin_wasm_memory_atomic_notify((int *)word, MAX_THREADS);
}

static void work(int worker) {
    unsigned long long ticket = team.ticket;
    while ((uint32_t)ticket > 0) {
        pool_task *task = team.task;
        void *context = team.context;
        int n_items = team.n_items, n_threads = team.n_threads;
        int item = n_items - (int)(uint32_t)ticket;
        if (worker >= n_threads) return;
        if (!__c11_atomic_compare_exchange_strong(&team.ticket, &ticket,
                                                  ticket - 1, __ATOMIC_SEQ_CST,
                                                  __ATOMIC_SEQ_CST))
            continue;
        task(context, item, worker);
        if (++team.n_finished == n_items) wake(&team.n_finished);
        ticket = team.ticket;
    }
}

/* Body of helper `worker`, 1..; returns never. */
__attribute__((export_name("web_thread"))) void web_thread(int worker) {
    team.n_helpers++;
    for (;;) {
        int runs = team.runs;
        work(worker);
        for (int i = 0; i < SPINS && team.runs == runs; i++) {
        }
        sleep_while(&team.runs, runs);
    }
}

/* How many have arrived; the page waits for it before the first job. */
__attribute__((export_name("web_n_helpers"))) int web_n_helpers(void) {
    return team.n_helpers;
}

static void trap_in_helper(void *context, int item, int worker) {
    (void)context, (void)item;
    if (worker > 0) __builtin_trap();
    while ((uint32_t)team.ticket > 0) {
    }
}

/* For tests of the page: a helper dies at its work, and the thread that opened
 * the run waits for it for ever, as after any other trap. */
__attribute__((export_name("web_break_helper"))) void web_break_helper(void) {
    struct pool pair = {NULL, 2};
    if (team.n_helpers > 0) pool_run(&pair, trap_in_helper, NULL, 2);
}

enum cut_status pool_create(int n_threads,
                            const struct cut_allocator *allocator,
                            struct pool **out, struct cut_error *err) {
    struct pool *pool = allocator->alloc(allocator->user, sizeof *pool);
    if (!pool) return status_fail(err, CUT_NO_MEMORY, "no memory for a pool");
    int most = 1 + team.n_helpers;
    pool->allocator = allocator;
    pool->n_threads = n_threads < 1 ? 1 : n_threads > most ? most : n_threads;
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
    return pool ? pool->n_threads : 1;
}

void pool_run(struct pool *pool, pool_task *task, void *context, int n_items) {
    int n_threads = pool_n_threads(pool);
    if (n_threads == 1 || n_items <= 1) {
        for (int i = 0; i < n_items; i++) task(context, i, 0);
        return;
    }
    unsigned long long run = (team.ticket >> 32) + 1;
    team.task = task;
    team.context = context;
    team.n_items = n_items;
    team.n_threads = n_threads;
    team.n_finished = 0;
    team.ticket = run << 32 | (uint32_t)n_items;
    team.runs++;
    wake(&team.runs);
    work(0);
    for (int done = team.n_finished; done < n_items; done = team.n_finished)
        sleep_while(&team.n_finished, done);
}
