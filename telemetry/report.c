/* Reads the findings from the database. */
#define _GNU_SOURCE
#include "telemetry/report.h"

#include "telemetry/archive.h"
#include "telemetry/findings.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct query {
    sqlite3 *db;
    sqlite3_stmt *statement;
};

/* The commonest, so that names that somebody made up do not crowd them out. */
#define COMMON_ROUTES                                                          \
    "route IN (SELECT route FROM receipts WHERE route NOT NULL"                \
    " GROUP BY route ORDER BY count(*) DESC, route LIMIT 12)"
#define COMMON_BROWSERS                                                        \
    "coalesce(browser, '') IN (SELECT coalesce(browser, '') FROM receipts"     \
    " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 8)"

/* ---- Rows --------------------------------------------------------------- */

/* A database can come from anywhere. */
static void text_take(sqlite3_stmt *statement, int column, record_text text) {
    const unsigned char *from = sqlite3_column_text(statement, column);
    int n = 0;
    for (; from && from[n] && n < RECORD_TEXT_BYTES - 1; n++) {
        char one[2] = {(char)from[n], 0};
        text[n] = record_text_is_plain(one) ? one[0] : '?';
    }
    text[n] = 0;
    if (n == 0) snprintf(text, RECORD_TEXT_BYTES, "unknown");
}

static bool query_open(struct query *query, const char *sql) {
    return sqlite3_prepare_v2(query->db, sql, -1, &query->statement, NULL) ==
           SQLITE_OK;
}

/* True when all rows were read. */
static bool query_close(struct query *query, int result) {
    bool good = result == SQLITE_DONE || result == SQLITE_ROW;
    return sqlite3_finalize(query->statement) == SQLITE_OK && good;
}

/* `sql` gives a, b, count, part. */
static bool tally_read(sqlite3 *db, struct tally *tally, const char *sql) {
    struct query query = {.db = db};
    int result = SQLITE_DONE;
    if (!query_open(&query, sql)) return false;
    while (tally->n < FINDINGS_ROWS &&
           (result = sqlite3_step(query.statement)) == SQLITE_ROW) {
        text_take(query.statement, 0, tally->rows[tally->n].a);
        text_take(query.statement, 1, tally->rows[tally->n].b);
        tally->rows[tally->n].count = sqlite3_column_int64(query.statement, 2);
        tally->rows[tally->n].part = sqlite3_column_int64(query.statement, 3);
        tally->n++;
    }
    return query_close(&query, result);
}

static bool tallies_read(sqlite3 *db, struct report *report) {
    return tally_read(db, &report->bound,
                      "SELECT route, NULL, count(*), sum(warm = 1)"
                      " FROM receipts WHERE route NOT NULL"
                      " GROUP BY 1 ORDER BY 3 DESC, 1") &&
           tally_read(db, &report->browsers,
                      "SELECT browser, route, count(*), 0 FROM receipts"
                      " WHERE " COMMON_ROUTES " AND " COMMON_BROWSERS
                      " GROUP BY 1, 2 ORDER BY sum(count(*)) OVER"
                      " (PARTITION BY browser) DESC, 1, 3 DESC, 2") &&
           tally_read(db, &report->outcomes,
                      "SELECT outcome, NULL, count(*), 0 FROM receipts"
                      " GROUP BY 1 ORDER BY 3 DESC, 1") &&
           tally_read(db, &report->engines,
                      "SELECT engine, NULL, count(*), 0 FROM receipts"
                      " GROUP BY 1 ORDER BY 3 DESC, 1") &&
           tally_read(db, &report->attempts,
                      "SELECT route, NULL, count(*), sum(outcome = 'failed')"
                      " FROM attempts GROUP BY 1 ORDER BY 3 DESC, 1") &&
           tally_read(db, &report->causes,
                      "SELECT cause, route, count(*), 0 FROM attempts"
                      " WHERE outcome = 'failed'"
                      " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2") &&
           tally_read(db, &report->skipped,
                      "SELECT p.route, p.reason, sum(r.n), 0 FROM plan_routes p"
                      " JOIN (SELECT plan, count(*) AS n FROM receipts"
                      " GROUP BY 1) r ON r.plan = p.plan WHERE p.skipped = 1"
                      " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2");
}

static bool summary_read(sqlite3 *db, struct report *report) {
    struct query query = {.db = db};
    if (!query_open(&query,
                    "SELECT count(*), coalesce(min(hour), 0),"
                    " coalesce(max(hour), 0), (SELECT count(DISTINCT r.id)"
                    " FROM receipts r JOIN attempts a ON a.receipt = r.id"
                    " WHERE r.route NOT NULL AND a.outcome = 'failed')"
                    " FROM receipts"))
        return false;
    int result = sqlite3_step(query.statement);
    if (result == SQLITE_ROW) {
        report->n_receipts = sqlite3_column_int64(query.statement, 0);
        report->first_hour = sqlite3_column_int64(query.statement, 1);
        report->last_hour = sqlite3_column_int64(query.statement, 2);
        report->n_fallback = sqlite3_column_int64(query.statement, 3);
    }
    return query_close(&query, result);
}

/* ---- Percentiles -------------------------------------------------------- */

struct sample {
    double *values; /* sorted */
    size_t n, room;
};

static bool sample_add(struct sample *sample, double value) {
    if (sample->n == sample->room) {
        size_t room = sample->room ? 2 * sample->room : 1024;
        double *values = realloc(sample->values, room * sizeof *values);
        if (!values) return false;
        sample->values = values;
        sample->room = room;
    }
    sample->values[sample->n++] = value;
    return true;
}

/* What a database can hold is more than what a job can take. */
static double ms_take(sqlite3_stmt *statement, int column) {
    const double most = RECORD_MAX_MS;
    double ms = sqlite3_column_double(statement, column);
    return ms > 0 ? ms < most ? ms : most : 0;
}

static double sample_rank(const struct sample *sample, size_t percent) {
    size_t rank = (sample->n * percent + 99) / 100;
    return sample->values[rank ? rank - 1 : 0];
}

static void times_end(const struct sample *sample, struct times *times) {
    times->n = (int64_t)sample->n;
    times->p50 = sample_rank(sample, 50);
    times->p90 = sample_rank(sample, 90);
    times->p99 = sample_rank(sample, 99);
}

static bool same_group(const struct times *a, const struct times *b) {
    return a->warm == b->warm && strcmp(a->route, b->route) == 0 &&
           strcmp(a->browser, b->browser) == 0;
}

/* `sql` gives route, browser, warm, ms in this order. Returns the number of
 * groups, -1 on failure. */
static int groups_read(sqlite3 *db, const char *sql, struct times *groups,
                       int most) {
    struct query query = {.db = db};
    struct sample sample = {0};
    int n = 0, result = SQLITE_DONE;
    bool good = query_open(&query, sql);
    while (good && (result = sqlite3_step(query.statement)) == SQLITE_ROW) {
        struct times next = {.warm = sqlite3_column_int(query.statement, 2)};
        text_take(query.statement, 0, next.route);
        text_take(query.statement, 1, next.browser);
        if (n == 0 || !same_group(&next, &groups[n - 1])) {
            if (n == most) break;
            if (n > 0) times_end(&sample, &groups[n - 1]);
            sample.n = 0;
            groups[n++] = next;
        }
        good = sample_add(&sample, ms_take(query.statement, 3));
    }
    if (good && n > 0) times_end(&sample, &groups[n - 1]);
    good = query_close(&query, result) && good;
    free(sample.values);
    return good ? n : -1;
}

/* Routes in the order of the policy, made-up ones last; otherwise as it was. */
static void times_sort(struct times *times, int n) {
    for (int i = 1; i < n; i++) {
        struct times moved = times[i];
        int k = i, rank = record_find(record_routes, moved.route);
        for (; k > 0 && record_find(record_routes, times[k - 1].route) > rank;
             k--)
            times[k] = times[k - 1];
        times[k] = moved;
    }
}

static void median_set(struct report *report, const struct times *group,
                       int stage) {
    int i = 0;
    while (i < report->n_medians &&
           strcmp(report->medians[i].route, group->route) != 0)
        i++;
    if (i == FINDINGS_ROUTES) return;
    if (i == report->n_medians) {
        memcpy(report->medians[i].route, group->route, sizeof(record_text));
        for (int k = 0; k < N_STAGES; k++) report->medians[i].ms[k] = -1;
        report->n_medians++;
    }
    report->medians[i].ms[stage] = group->p50;
}

static bool medians_read(sqlite3 *db, struct report *report) {
    struct times groups[FINDINGS_ROUTES];
    char sql[512];
    for (int stage = 0; stage < N_STAGES; stage++) {
        const char *name = record_stages[stage];
        snprintf(sql, sizeof sql,
                 "SELECT route, '', 1, ms_%s FROM receipts WHERE warm = 1"
                 " AND ms_%s NOT NULL AND " COMMON_ROUTES " ORDER BY 1, 4",
                 name, name);
        int n = groups_read(db, sql, groups, FINDINGS_ROUTES);
        if (n < 0) return false;
        times_sort(groups, n);
        for (int i = 0; i < n; i++) median_set(report, &groups[i], stage);
    }
    return true;
}

static bool times_read(sqlite3 *db, struct report *report) {
    report->n_times =
        groups_read(db,
                    "SELECT route, browser, warm, ms_total FROM receipts WHERE"
                    " ms_total NOT NULL AND warm NOT NULL AND " COMMON_ROUTES
                    " AND " COMMON_BROWSERS " ORDER BY 1, 2, 3, 4",
                    report->times, FINDINGS_TIMES);
    times_sort(report->times, report->n_times);
    return report->n_times >= 0 && medians_read(db, report);
}

/* ---- Opening ------------------------------------------------------------ */

static bool read_fail(struct report_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool read_fail(struct report_error *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

/* 0 when it does not tell. */
static int pragma(sqlite3 *db, const char *sql, int *result) {
    sqlite3_stmt *statement = NULL;
    int answer = 0;
    *result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (*result == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        answer = sqlite3_column_int(statement, 0);
    *result = sqlite3_finalize(statement);
    return answer;
}

static bool is_telemetry(sqlite3 *db, const char *path,
                         struct report_error *err) {
    int result;
    int id = pragma(db, "PRAGMA application_id", &result);
    if (result != SQLITE_OK && result != SQLITE_NOTADB)
        return read_fail(err, "'%.300s': %s", path, sqlite3_errmsg(db));
    if (id != ARCHIVE_ID)
        return read_fail(err,
                         "'%.300s' is no database of 'cutout serve "
                         "--telemetry'",
                         path);
    int version = pragma(db, "PRAGMA user_version", &result);
    return version == ARCHIVE_VERSION ||
           read_fail(err,
                     "'%.300s' has version %d of the database; this program "
                     "reads version %d",
                     path, version, ARCHIVE_VERSION);
}

/* One transaction: a server that writes meanwhile changes nothing in it. */
static bool all_read(sqlite3 *db, const char *path, struct report *report,
                     struct report_error *err) {
    bool good = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
                summary_read(db, report) && tallies_read(db, report) &&
                times_read(db, report);
    return good || read_fail(err, "'%.300s': %s", path, sqlite3_errmsg(db));
}

struct report *report_read(const char *path, struct report_error *err) {
    struct report *report = calloc(1, sizeof *report);
    sqlite3 *db = NULL;
    bool good = false;
    if (!report)
        read_fail(err, "out of memory");
    else if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) !=
             SQLITE_OK)
        read_fail(err, "'%.300s': %s", path,
                  db ? sqlite3_errmsg(db) : "out of memory");
    else if (sqlite3_busy_timeout(db, 5000) == SQLITE_OK)
        good = is_telemetry(db, path, err) && all_read(db, path, report, err);
    sqlite3_close(db);
    if (good) return report;
    free(report);
    return NULL;
}

void report_free(struct report *report) { free(report); }
