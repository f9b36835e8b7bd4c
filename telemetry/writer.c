#define _GNU_SOURCE
#include "telemetry/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { DROP_AT_ONCE = 2000, LOOK_S = 60 };

struct writer {
    struct archive *archive;
    struct metrics *metrics;
    struct writer_age age;
    int64_t looked; /* the hour when the last old receipt was dropped */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool stopping, drained;
    struct batch *first, **last;
    int n_waiting; /* receipts, those of the commit under way too */
};

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int64_t hour_now(const struct writer *writer) {
    return (writer->age.now ? writer->age.now() : (int64_t)time(NULL)) / 3600;
}

static bool write_all(struct writer *writer, const struct batch *list) {
    int64_t hour = hour_now(writer);
    bool good = archive_begin(writer->archive);
    for (; good && list; list = list->next)
        for (int i = 0; good && i < list->n; i++)
            good = archive_add(writer->archive, &list->records[i], hour);
    good = good && archive_commit(writer->archive);
    if (!good) archive_cancel(writer->archive);
    return good;
}

/* Returns how many receipts were written or given up. A batch is gone as soon
 * as its giver was told. */
static int commit(struct writer *writer, struct batch *list) {
    double start = now_s();
    bool good = write_all(writer, list);
    int n = 0;
    if (good)
        metrics_commit(writer->metrics, now_s() - start,
                       archive_bytes(writer->archive));
    for (struct batch *next; list; list = next) {
        next = list->next;
        n += list->n;
        list->kept = good;
        if (good) metrics_kept(writer->metrics, list->records, list->n);
        list->done(list);
    }
    return n;
}

/* Some of what is too old, once in an hour; true when there may be more. A
 * failure is tried again in the next hour. */
static bool drop_old(struct writer *writer) {
    int64_t hour = hour_now(writer);
    if (writer->age.max_hours <= 0 || writer->looked == hour) return false;
    int n = archive_drop(writer->archive, hour - writer->age.max_hours,
                         DROP_AT_ONCE);
    if (n > 0) metrics_expired(writer->metrics, n);
    if (n == DROP_AT_ONCE) return true;
    writer->looked = hour;
    return false;
}

/* Until there is a batch, or the end has come, or it is time to look for what
 * is too old. */
static void await(struct writer *writer) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOOK_S;
    while (!writer->first && !writer->stopping)
        if (pthread_cond_timedwait(&writer->wake, &writer->lock, &until) != 0)
            return;
}

/* Unlocks while it commits. */
static void take_list(struct writer *writer) {
    struct batch *list = writer->first;
    writer->first = NULL;
    writer->last = &writer->first;
    pthread_mutex_unlock(&writer->lock);
    int n = commit(writer, list);
    pthread_mutex_lock(&writer->lock);
    writer->n_waiting -= n;
    metrics_waiting(writer->metrics, writer->n_waiting);
}

/* What came goes before what is too old, and that in small portions: nobody
 * waits long for an answer. */
static void *writer_run(void *argument) {
    struct writer *writer = argument;
    pthread_mutex_lock(&writer->lock);
    for (;;) {
        pthread_mutex_unlock(&writer->lock);
        bool more = drop_old(writer);
        pthread_mutex_lock(&writer->lock);
        if (!more) await(writer);
        if (writer->first)
            take_list(writer);
        else if (writer->stopping)
            break;
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

struct writer *writer_start(struct archive *archive, struct metrics *metrics,
                            struct writer_age age) {
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer) return NULL;
    writer->archive = archive;
    writer->metrics = metrics;
    writer->age = age;
    writer->looked = -1;
    writer->last = &writer->first;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->wake, NULL);
    if (pthread_create(&writer->thread, NULL, writer_run, writer) == 0)
        return writer;
    writer->drained = true;
    writer_free(writer);
    return NULL;
}

bool writer_put(struct writer *writer, struct batch *batch) {
    pthread_mutex_lock(&writer->lock);
    bool good =
        !writer->stopping && writer->n_waiting + batch->n <= WRITER_MAX_WAITING;
    if (good) {
        batch->next = NULL;
        *writer->last = batch;
        writer->last = &batch->next;
        writer->n_waiting += batch->n;
        metrics_waiting(writer->metrics, writer->n_waiting);
        pthread_cond_signal(&writer->wake);
    }
    pthread_mutex_unlock(&writer->lock);
    return good;
}

void writer_drain(struct writer *writer) {
    if (writer->drained) return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    writer->drained = true;
}

void writer_free(struct writer *writer) {
    if (!writer) return;
    writer_drain(writer);
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}
