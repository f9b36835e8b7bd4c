#define _GNU_SOURCE
#include "server/watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct watched {
    struct watched *next, *before;
    int socket;
    bool answering;
    int64_t deadline_ms;
};

struct watch {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool stopping;
    int timeout_ms, n_answers;
    struct watched first; /* of a ring */
};

enum { TICK_MS = 250, SLOWEST_BYTES_PER_MS = 8 };

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A socket is closed only after watch_forget, which takes the lock: the number
 * is still the connection's own here. */
static void shut_late(struct watch *watch) {
    int64_t now = now_ms();
    for (struct watched *c = watch->first.next; c != &watch->first; c = c->next)
        if (c->deadline_ms < now) {
            shutdown(c->socket, SHUT_RDWR);
            c->deadline_ms = INT64_MAX;
        }
}

static void *watch_run(void *argument) {
    struct watch *watch = argument;
    pthread_mutex_lock(&watch->lock);
    while (!watch->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&watch->wake, &watch->lock, &until);
        shut_late(watch);
    }
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

struct watch *watch_start(int timeout_s) {
    struct watch *watch = calloc(1, sizeof *watch);
    pthread_condattr_t monotonic;
    if (!watch) return NULL;
    watch->timeout_ms = timeout_s * 1000;
    watch->first.next = watch->first.before = &watch->first;
    pthread_mutex_init(&watch->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&watch->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&watch->thread, NULL, watch_run, watch) == 0)
        return watch;
    free(watch);
    return NULL;
}

void watch_stop(struct watch *watch) {
    if (!watch) return;
    pthread_mutex_lock(&watch->lock);
    watch->stopping = true;
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    pthread_cond_destroy(&watch->wake);
    pthread_mutex_destroy(&watch->lock);
    free(watch);
}

struct watched *watch_connection(struct watch *watch, int socket) {
    struct watched *connection = calloc(1, sizeof *connection);
    if (!connection) return NULL;
    connection->socket = socket;
    connection->deadline_ms = now_ms() + watch->timeout_ms;
    pthread_mutex_lock(&watch->lock);
    connection->next = watch->first.next;
    connection->before = &watch->first;
    connection->next->before = connection;
    watch->first.next = connection;
    pthread_mutex_unlock(&watch->lock);
    return connection;
}

static void answering_set(struct watch *watch, struct watched *connection,
                          bool answering) {
    watch->n_answers += (int)answering - (int)connection->answering;
    connection->answering = answering;
}

void watch_forget(struct watch *watch, struct watched *connection) {
    if (!connection) return;
    pthread_mutex_lock(&watch->lock);
    answering_set(watch, connection, false);
    connection->before->next = connection->next;
    connection->next->before = connection->before;
    pthread_mutex_unlock(&watch->lock);
    free(connection);
}

static void expect(struct watch *watch, struct watched *connection,
                   bool answering, int64_t more_ms) {
    if (!connection) return;
    pthread_mutex_lock(&watch->lock);
    answering_set(watch, connection, answering);
    connection->deadline_ms = now_ms() + watch->timeout_ms + more_ms;
    pthread_mutex_unlock(&watch->lock);
}

void watch_answer(struct watch *watch, struct watched *connection,
                  uint64_t n_bytes) {
    expect(watch, connection, true, (int64_t)(n_bytes / SLOWEST_BYTES_PER_MS));
}

void watch_request(struct watch *watch, struct watched *connection) {
    expect(watch, connection, false, 0);
}

int watch_count(struct watch *watch) {
    pthread_mutex_lock(&watch->lock);
    int n = watch->n_answers;
    pthread_mutex_unlock(&watch->lock);
    return n;
}
