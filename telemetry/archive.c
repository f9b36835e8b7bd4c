#define _GNU_SOURCE
#include "telemetry/archive.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum statement {
    ADD_RECEIPT,
    ADD_ATTEMPT,
    ADD_PLAN,
    FIND_PLAN,
    ADD_PLAN_ROUTE,
    DROP_ATTEMPTS,
    DROP_RECEIPTS,
    N_STATEMENTS
};

struct archive {
    sqlite3 *db;
    sqlite3_stmt *statements[N_STATEMENTS];
    char *path;
};

/* The same few lists of planned routes come again and again: each is kept once
 * and `receipts.plan` points to it. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS plans(id INTEGER PRIMARY KEY,"
    " key TEXT UNIQUE NOT NULL);"
    "CREATE TABLE IF NOT EXISTS plan_routes(plan INTEGER, place INTEGER,"
    " route TEXT, size INTEGER, skipped INTEGER, reason TEXT,"
    " PRIMARY KEY(plan, place)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS receipts(id INTEGER PRIMARY KEY,"
    " hour INTEGER, engine TEXT, browser TEXT, major INTEGER, outcome TEXT,"
    " route TEXT, plan INTEGER, input TEXT, output TEXT, warm INTEGER,"
    " peak_bytes INTEGER, vendor TEXT, architecture TEXT,"
    " ms_decode REAL, ms_download REAL, ms_store REAL, ms_setup REAL,"
    " ms_canary REAL, ms_upload REAL, ms_prepare REAL, ms_inference REAL,"
    " ms_readback REAL, ms_refinement REAL, ms_compose REAL, ms_encode REAL,"
    " ms_total REAL, ms_reinit REAL);"
    "CREATE TABLE IF NOT EXISTS attempts(receipt INTEGER, place INTEGER,"
    " route TEXT, outcome TEXT, cause TEXT,"
    " PRIMARY KEY(receipt, place)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS receipts_age ON receipts(hour, plan);"
    "PRAGMA application_id = 1668641841;"
    "PRAGMA user_version = 1;"
    "COMMIT;";

#define OLDEST                                                                 \
    "(SELECT id FROM receipts WHERE hour < ? ORDER BY hour, plan, id LIMIT ?)"

static const char *const texts[N_STATEMENTS] = {
    [ADD_RECEIPT] = ("INSERT INTO receipts VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?,?,"
                     "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
    [ADD_ATTEMPT] = "INSERT INTO attempts VALUES(?,?,?,?,?)",
    [ADD_PLAN] = "INSERT INTO plans VALUES(NULL,?)",
    [FIND_PLAN] = "SELECT id FROM plans WHERE key = ?",
    [ADD_PLAN_ROUTE] = "INSERT INTO plan_routes VALUES(?,?,?,?,?,?)",
    [DROP_ATTEMPTS] = "DELETE FROM attempts WHERE receipt IN " OLDEST,
    [DROP_RECEIPTS] = "DELETE FROM receipts WHERE id IN " OLDEST,
};

/* ---- Opening ------------------------------------------------------------ */

static bool open_fail(const struct archive *archive, const char *path,
                      const char *why, struct archive_error *err) {
    const char *reason =
        archive->db ? sqlite3_errmsg(archive->db) : "no memory";
    snprintf(err->message, sizeof err->message,
             "telemetry database '%.200s': %s", path, why ? why : reason);
    return false;
}

static bool run(struct archive *archive, const char *sql) {
    return sqlite3_exec(archive->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The whole number that a statement gives; -1 when it fails. */
static int64_t ask(struct archive *archive, const char *sql) {
    sqlite3_stmt *statement = NULL;
    int64_t answer = -1;
    if (sqlite3_prepare_v2(archive->db, sql, -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return answer;
}

/* A database of something else is left as it is. */
static bool is_ours(struct archive *archive, const char *path,
                    struct archive_error *err) {
    int64_t id = ask(archive, "PRAGMA application_id");
    int64_t n_tables = ask(archive, "SELECT count(*) FROM sqlite_schema");
    if (id < 0 || n_tables < 0) return open_fail(archive, path, NULL, err);
    if (id != ARCHIVE_ID && (id != 0 || n_tables > 0))
        return open_fail(archive, path, "it is a database of something else",
                         err);
    if (id == ARCHIVE_ID &&
        ask(archive, "PRAGMA user_version") != ARCHIVE_VERSION)
        return open_fail(archive, path, "it is of another version of cutout",
                         err);
    return true;
}

static bool limit(struct archive *archive, int64_t max_bytes) {
    char sql[64];
    int64_t page = ask(archive, "PRAGMA page_size");
    if (page <= 0) return false;
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld",
             (long long)(max_bytes / page));
    return run(archive, sql);
}

static bool prepare(struct archive *archive) {
    for (int i = 0; i < N_STATEMENTS; i++)
        if (sqlite3_prepare_v3(archive->db, texts[i], -1,
                               SQLITE_PREPARE_PERSISTENT,
                               &archive->statements[i], NULL) != SQLITE_OK)
            return false;
    return true;
}

static bool open_all(struct archive *archive, const char *path,
                     int64_t max_bytes, struct archive_error *err) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    archive->path = strdup(path);
    if (!archive->path) return open_fail(archive, path, "no memory", err);
    if (sqlite3_open_v2(path, &archive->db, flags, NULL) != SQLITE_OK)
        return open_fail(archive, path, NULL, err);
    sqlite3_busy_timeout(archive->db, 5000);
    if (!is_ours(archive, path, err)) return false;
    /* FULL: the log is synchronized at every commit */
    bool good = run(archive, "PRAGMA journal_mode = WAL;"
                             "PRAGMA synchronous = FULL;"
                             "PRAGMA secure_delete = ON;"
                             "PRAGMA journal_size_limit = 16777216") &&
                run(archive, schema) && limit(archive, max_bytes) &&
                prepare(archive);
    return good || open_fail(archive, path, NULL, err);
}

struct archive *archive_open(const char *path, int64_t max_bytes,
                             struct archive_error *err) {
    struct archive *archive = calloc(1, sizeof *archive);
    if (!archive) {
        snprintf(err->message, sizeof err->message, "out of memory");
        return NULL;
    }
    if (open_all(archive, path, max_bytes, err)) return archive;
    archive_close(archive);
    return NULL;
}

void archive_close(struct archive *archive) {
    if (!archive) return;
    for (int i = 0; i < N_STATEMENTS; i++)
        sqlite3_finalize(archive->statements[i]);
    sqlite3_close(archive->db);
    free(archive->path);
    free(archive);
}

/* ---- Adding ------------------------------------------------------------- */

static void bind_text(sqlite3_stmt *statement, int place, const char *text) {
    if (*text)
        sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(statement, place);
}

static void bind_count(sqlite3_stmt *statement, int place, int64_t number) {
    if (number >= 0)
        sqlite3_bind_int64(statement, place, number);
    else
        sqlite3_bind_null(statement, place);
}

/* Runs a statement that gives no rows, and makes it ready again. */
static bool finish(sqlite3_stmt *statement) {
    bool good = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return good;
}

/* One text for a list of routes; equal lists have equal texts. */
static void plan_key(const struct record *record,
                     char key[RECORD_MAX_PLANNED * 80]) {
    int n = 0;
    key[0] = 0;
    for (int i = 0; i < record->n_planned; i++) {
        const struct record_planned *p = &record->planned[i];
        n += snprintf(key + n, 80, "%s%s:%d:%s;", p->skipped ? "!" : "",
                      p->route, p->size, p->reason);
    }
}

static bool plan_add_routes(struct archive *archive,
                            const struct record *record, int64_t plan) {
    sqlite3_stmt *add = archive->statements[ADD_PLAN_ROUTE];
    for (int i = 0; i < record->n_planned; i++) {
        const struct record_planned *p = &record->planned[i];
        sqlite3_bind_int64(add, 1, plan);
        sqlite3_bind_int(add, 2, i);
        bind_text(add, 3, p->route);
        sqlite3_bind_int(add, 4, p->size);
        sqlite3_bind_int(add, 5, p->skipped);
        bind_text(add, 6, p->reason);
        if (!finish(add)) return false;
    }
    return true;
}

/* Finds the plan or adds it; -1 in `*plan` when there is none. */
static bool plan_of(struct archive *archive, const struct record *record,
                    int64_t *plan) {
    sqlite3_stmt *find = archive->statements[FIND_PLAN];
    sqlite3_stmt *add = archive->statements[ADD_PLAN];
    char key[RECORD_MAX_PLANNED * 80];
    *plan = -1;
    if (record->n_planned == 0) return true;
    plan_key(record, key);
    sqlite3_bind_text(find, 1, key, -1, SQLITE_STATIC);
    int result = sqlite3_step(find);
    if (result == SQLITE_ROW) *plan = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    if (result != SQLITE_DONE) return result == SQLITE_ROW;
    sqlite3_bind_text(add, 1, key, -1, SQLITE_STATIC);
    if (!finish(add)) return false;
    *plan = sqlite3_last_insert_rowid(archive->db);
    return plan_add_routes(archive, record, *plan);
}

static bool add_receipt(struct archive *archive, const struct record *record,
                        int64_t hour, int64_t plan) {
    sqlite3_stmt *add = archive->statements[ADD_RECEIPT];
    sqlite3_bind_int64(add, 1, hour);
    bind_text(add, 2, record->engine);
    bind_text(add, 3, record->browser);
    bind_count(add, 4, record->major);
    bind_text(add, 5, record->outcome);
    bind_text(add, 6, record->route);
    bind_count(add, 7, plan);
    bind_text(add, 8, record->input);
    bind_text(add, 9, record->output);
    bind_count(add, 10, record->warm);
    bind_count(add, 11, (int64_t)record->peak_bytes);
    bind_text(add, 12, record->vendor);
    bind_text(add, 13, record->architecture);
    for (int i = 0; i < N_STAGES; i++)
        if (record->ms[i] >= 0)
            sqlite3_bind_double(add, 14 + i, record->ms[i]);
        else
            sqlite3_bind_null(add, 14 + i);
    return finish(add);
}

static bool add_attempts(struct archive *archive, const struct record *record,
                         int64_t receipt) {
    sqlite3_stmt *add = archive->statements[ADD_ATTEMPT];
    for (int i = 0; i < record->n_attempts; i++) {
        sqlite3_bind_int64(add, 1, receipt);
        sqlite3_bind_int(add, 2, i);
        bind_text(add, 3, record->attempts[i].route);
        bind_text(add, 4, record->attempts[i].outcome);
        bind_text(add, 5, record->attempts[i].cause);
        if (!finish(add)) return false;
    }
    return true;
}

bool archive_begin(struct archive *archive) {
    return run(archive, "BEGIN IMMEDIATE");
}

bool archive_add(struct archive *archive, const struct record *record,
                 int64_t hour) {
    int64_t plan;
    return plan_of(archive, record, &plan) &&
           add_receipt(archive, record, hour, plan) &&
           add_attempts(archive, record,
                        sqlite3_last_insert_rowid(archive->db));
}

bool archive_commit(struct archive *archive) { return run(archive, "COMMIT"); }

void archive_cancel(struct archive *archive) {
    if (!sqlite3_get_autocommit(archive->db)) run(archive, "ROLLBACK");
}

/* ---- Dropping ----------------------------------------------------------- */

static bool drop(struct archive *archive, enum statement which, int64_t hour,
                 int most) {
    sqlite3_stmt *statement = archive->statements[which];
    sqlite3_bind_int64(statement, 1, hour);
    sqlite3_bind_int(statement, 2, most);
    return finish(statement);
}

/* Attempts first: they are found by the receipts that they belong to. */
static bool drop_oldest(struct archive *archive, int64_t hour, int most,
                        int *n) {
    if (!drop(archive, DROP_ATTEMPTS, hour, most) ||
        !drop(archive, DROP_RECEIPTS, hour, most))
        return false;
    *n = sqlite3_changes(archive->db);
    return *n == most ||
           run(archive, "DELETE FROM plans WHERE id NOT IN"
                        " (SELECT plan FROM receipts WHERE plan NOTNULL);"
                        "DELETE FROM plan_routes WHERE plan NOT IN"
                        " (SELECT id FROM plans)");
}

int archive_drop(struct archive *archive, int64_t hour, int most) {
    int n = -1;
    if (archive_begin(archive) && drop_oldest(archive, hour, most, &n) &&
        archive_commit(archive))
        return n;
    archive_cancel(archive);
    return -1;
}

/* ---- Facts -------------------------------------------------------------- */

int64_t archive_bytes(const struct archive *archive) {
    char log[4200];
    struct stat info;
    int64_t n_bytes = 0;
    if (stat(archive->path, &info) == 0) n_bytes += info.st_size;
    snprintf(log, sizeof log, "%.4100s-wal", archive->path);
    if (stat(log, &info) == 0) n_bytes += info.st_size;
    return n_bytes;
}

const char *archive_problem(const struct archive *archive) {
    return sqlite3_errmsg(archive->db);
}
