/* The one thread that writes, and drops what is too old. It commits together
 * whatever has gathered while the last commit was under way, so that a slow
 * disk makes the transactions larger and not the line longer. */
#ifndef TELEMETRY_WRITER_H
#define TELEMETRY_WRITER_H

#include "telemetry/archive.h"
#include "telemetry/metrics.h"

enum { WRITER_MAX_WAITING = 20000 }; /* receipts */

/* What one request brought. The giver owns it, and leaves it alone until
 * `done` was called, from the writer's thread; `kept` tells then whether it is
 * on the disk. */
struct batch {
    struct record *records;
    int n;
    bool kept;
    void (*done)(struct batch *batch);
    struct batch *next;
};

/* How old a receipt may become. */
struct writer_age {
    int max_hours;        /* 0: any age */
    int64_t (*now)(void); /* seconds since 1970; NULL: the clock */
};

struct writer;

/* Borrows both. NULL when there is no thread for it. */
struct writer *writer_start(struct archive *archive, struct metrics *metrics,
                            struct writer_age age);
/* False, and `done` will not be called, when too much waits or the end has
 * come. */
bool writer_put(struct writer *writer, struct batch *batch);
/* Commits what waits, and takes nothing more. */
void writer_drain(struct writer *writer);
void writer_free(struct writer *writer); /* drained; NULL is fine */

#endif
