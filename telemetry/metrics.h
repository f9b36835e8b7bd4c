/* Counters, and their text for Prometheus (exposition format 0.0.4). The lists
 * are fixed, so that no stranger can make them grow. All calls may come from
 * any thread. */
#ifndef TELEMETRY_METRICS_H
#define TELEMETRY_METRICS_H

#include "telemetry/record.h"

#include <stdint.h>

/* What became of a request. */
enum verdict {
    VERDICT_KEPT,
    VERDICT_MALFORMED,
    VERDICT_FOREIGN,    /* from a page that is not ours */
    VERDICT_NO_LENGTH,  /* a body without Content-Length */
    VERDICT_TOO_LARGE,  /* body */
    VERDICT_TYPE,       /* Content-Type */
    VERDICT_RATE,       /* the address has sent too much */
    VERDICT_BUSY,       /* too much waits for the disk */
    VERDICT_STORAGE,    /* the disk or the database is full or broken */
    VERDICT_INCOMPLETE, /* the client went away before the end */
    N_VERDICTS
};

/* Of HTTP; 0 for VERDICT_INCOMPLETE. */
unsigned verdict_status(enum verdict verdict);
/* One line for people. */
const char *verdict_text(enum verdict verdict);

struct metrics;

struct metrics *metrics_new(void); /* NULL when there is no memory */
void metrics_free(struct metrics *metrics);

void metrics_request(struct metrics *metrics, enum verdict verdict);
void metrics_kept(struct metrics *metrics, const struct record *records, int n);
void metrics_expired(struct metrics *metrics, int n);
void metrics_commit(struct metrics *metrics, double seconds,
                    int64_t database_bytes);
void metrics_size(struct metrics *metrics, int64_t database_bytes);
/* Receipts that wait for the disk. */
void metrics_waiting(struct metrics *metrics, int n);

/* Release with free(); NULL when there is no memory. */
char *metrics_text(struct metrics *metrics);

#endif
