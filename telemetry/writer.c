#define _GNU_SOURCE
#include "telemetry/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct writer {
    struct archive *archive;
    struct metrics *metrics;
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

static bool write_all(struct writer *writer, const struct batch *list) {
    int64_t hour = (int64_t)time(NULL) / 3600;
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

static void *writer_run(void *argument) {
    struct writer *writer = argument;
    pthread_mutex_lock(&writer->lock);
    for (;;) {
        while (!writer->first && !writer->stopping)
            pthread_cond_wait(&writer->wake, &writer->lock);
        struct batch *list = writer->first;
        if (!list) break;
        writer->first = NULL;
        writer->last = &writer->first;
        pthread_mutex_unlock(&writer->lock);
        int n = commit(writer, list);
        pthread_mutex_lock(&writer->lock);
        writer->n_waiting -= n;
        metrics_waiting(writer->metrics, writer->n_waiting);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

struct writer *writer_start(struct archive *archive, struct metrics *metrics) {
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer) return NULL;
    writer->archive = archive;
    writer->metrics = metrics;
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
