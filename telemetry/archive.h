/* Records in an SQLite database (write-ahead log). A commit is on the disk
 * when it returns: neither a killed program nor a power cut takes it back.
 * One thread at a time. */
#ifndef TELEMETRY_ARCHIVE_H
#define TELEMETRY_ARCHIVE_H

#include "telemetry/record.h"

#include <stddef.h>

/* PRAGMA application_id and user_version of our databases. */
enum { ARCHIVE_ID = 0x63757431 /* cut1 */, ARCHIVE_VERSION = 1 };

struct archive;

struct archive_error {
    char message[512];
};

/* Makes the file when there is none; it will not grow beyond `max_bytes`. NULL
 * on failure, of a file that is something else too. */
struct archive *archive_open(const char *path, int64_t max_bytes,
                             struct archive_error *err);
void archive_close(struct archive *archive); /* NULL is fine */

/* A transaction. False: nothing of it is kept; archive_cancel ends it. `hour`
 * is when the receipt came, in hours since 1970: exact times would tell more
 * than anybody needs. */
bool archive_begin(struct archive *archive);
bool archive_add(struct archive *archive, const struct record *record,
                 int64_t hour);
bool archive_commit(struct archive *archive);
void archive_cancel(struct archive *archive);

/* A transaction of its own: drops the oldest `most` receipts of those that came
 * before `hour`, and the plans that no receipt has any more. How many; fewer
 * than `most`: none is left. -1 on failure. Their bytes are overwritten; the
 * file keeps its size, and their place is used again. */
int archive_drop(struct archive *archive, int64_t hour, int most);

/* Of the database file and of its log. */
int64_t archive_bytes(const struct archive *archive);
/* Of the last call that failed; until the next call. */
const char *archive_problem(const struct archive *archive);

#endif
