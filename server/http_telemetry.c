#define _GNU_SOURCE
#include "server/http_telemetry.h"

#include "server/origin.h"
#include "telemetry/intake.h"
#include "telemetry/rate.h"
#include "telemetry/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 20, BODY_KILOBYTES = 64, DATABASE_MEGABYTES = 1024, DAYS = 90 };

struct telemetry {
    struct archive *archive;
    struct metrics *metrics;
    struct rate *rate; /* NULL: no limit */
    struct writer *writer;
    size_t max_bytes;
};

struct post {
    struct batch batch; /* first: `done` gets a pointer to it */
    struct telemetry *telemetry;
    struct MHD_Connection *connection;
    enum verdict verdict;
    bool complete, waiting;
    size_t n_bytes, body_bytes;
    char body[];
};

/* ---- Life --------------------------------------------------------------- */

static int or_else(int value, int otherwise) {
    return value > 0 ? value : otherwise;
}

static struct writer_age age_of(const struct server_options *options) {
    int days = options->telemetry_days < 0
                   ? 0
                   : or_else(options->telemetry_days, DAYS);
    return (struct writer_age){.max_hours = days * 24};
}

static bool open_all(struct telemetry *telemetry,
                     const struct server_options *options,
                     struct server_error *err) {
    struct archive_error why = {""};
    int64_t megabytes =
        or_else(options->telemetry_megabytes, DATABASE_MEGABYTES);
    int kilobytes = or_else(options->telemetry_kilobytes, BODY_KILOBYTES);
    telemetry->max_bytes = (size_t)kilobytes << 10;
    telemetry->archive =
        archive_open(options->telemetry, megabytes << 20, &why);
    snprintf(err->message, sizeof err->message, "%s", why.message);
    if (!telemetry->archive) return false;
    snprintf(err->message, sizeof err->message, "no memory for telemetry");
    telemetry->metrics = metrics_new();
    if (!telemetry->metrics) return false;
    if (options->telemetry_rate >= 0) {
        telemetry->rate = rate_new(or_else(options->telemetry_rate, RATE));
        if (!telemetry->rate) return false;
    }
    metrics_size(telemetry->metrics, archive_bytes(telemetry->archive));
    telemetry->writer =
        writer_start(telemetry->archive, telemetry->metrics, age_of(options));
    return telemetry->writer != NULL;
}

struct telemetry *telemetry_open(const struct server_options *options,
                                 struct server_error *err) {
    struct telemetry *telemetry = calloc(1, sizeof *telemetry);
    if (telemetry && open_all(telemetry, options, err)) return telemetry;
    telemetry_close(telemetry);
    return NULL;
}

void telemetry_drain(struct telemetry *telemetry) {
    writer_drain(telemetry->writer);
}

void telemetry_close(struct telemetry *telemetry) {
    if (!telemetry) return;
    writer_free(telemetry->writer);
    rate_free(telemetry->rate);
    metrics_free(telemetry->metrics);
    archive_close(telemetry->archive);
    free(telemetry);
}

char *telemetry_metrics(struct telemetry *telemetry) {
    return metrics_text(telemetry->metrics);
}

/* ---- The headers -------------------------------------------------------- */

static const char *header(struct MHD_Connection *connection, const char *name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const struct sockaddr *address_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool may_send(const struct telemetry *telemetry,
                     struct MHD_Connection *connection) {
    return !telemetry->rate ||
           rate_ask(telemetry->rate, address_of(connection), now_ms());
}

static enum verdict headers_judge(const struct telemetry *telemetry,
                                  struct MHD_Connection *connection,
                                  size_t *n_bytes) {
    const char *length = header(connection, "Content-Length");
    if (!may_send(telemetry, connection)) return VERDICT_RATE;
    if (!origin_is_own(header(connection, "Sec-Fetch-Site"),
                       header(connection, "Origin"),
                       header(connection, "Host")))
        return VERDICT_FOREIGN;
    if (!type_is_batch(header(connection, "Content-Type"))) return VERDICT_TYPE;
    if (!length || header(connection, "Transfer-Encoding"))
        return VERDICT_NO_LENGTH;
    /* libmicrohttpd has seen that it is a number */
    unsigned long long n = strtoull(length, NULL, 10);
    if (n > telemetry->max_bytes) return VERDICT_TOO_LARGE;
    *n_bytes = (size_t)n;
    return VERDICT_KEPT;
}

static void batch_done(struct batch *batch) {
    struct post *post = (struct post *)batch;
    MHD_resume_connection(post->connection);
}

struct post *post_begin(struct telemetry *telemetry,
                        struct MHD_Connection *connection,
                        enum verdict *verdict) {
    size_t n_bytes = 0;
    struct post *post = NULL;
    *verdict = headers_judge(telemetry, connection, &n_bytes);
    if (*verdict == VERDICT_KEPT) {
        post = calloc(1, sizeof *post + n_bytes);
        if (!post) *verdict = VERDICT_BUSY;
    }
    if (!post) {
        metrics_request(telemetry->metrics, *verdict);
        return NULL;
    }
    post->batch.done = batch_done;
    post->telemetry = telemetry;
    post->connection = connection;
    post->body_bytes = n_bytes;
    return post;
}

/* ---- The body ----------------------------------------------------------- */

void post_body(struct post *post, const char *bytes, size_t n_bytes) {
    if (n_bytes > post->body_bytes - post->n_bytes)
        n_bytes = post->body_bytes - post->n_bytes;
    memcpy(post->body + post->n_bytes, bytes, n_bytes);
    post->n_bytes += n_bytes;
}

static bool batch_read(struct post *post) {
    struct telemetry *telemetry = post->telemetry;
    intake_error why;
    post->batch.n =
        intake_read(post->body, post->n_bytes, &post->batch.records, why);
    if (post->batch.n > 1 && telemetry->rate)
        rate_take(telemetry->rate, address_of(post->connection),
                  post->batch.n - 1, now_ms());
    return post->batch.n > 0;
}

/* The connection must sleep before the writer can wake it. */
static bool batch_give(struct post *post) {
    MHD_suspend_connection(post->connection);
    post->waiting = true;
    if (writer_put(post->telemetry->writer, &post->batch)) return true;
    post->waiting = false;
    MHD_resume_connection(post->connection);
    return false;
}

bool post_end(struct post *post, enum verdict *verdict) {
    if (post->waiting) {
        post->waiting = false;
        post->verdict = post->batch.kept ? VERDICT_KEPT : VERDICT_STORAGE;
    } else if (post->complete) { /* not even put */
        post->verdict = VERDICT_BUSY;
    } else {
        post->complete = true;
        if (!batch_read(post)) {
            post->verdict = VERDICT_MALFORMED;
        } else {
            batch_give(post);
            return false;
        }
    }
    *verdict = post->verdict;
    metrics_request(post->telemetry->metrics, post->verdict);
    return true;
}

void post_free(struct post *post) {
    if (!post) return;
    if (!post->complete)
        metrics_request(post->telemetry->metrics, VERDICT_INCOMPLETE);
    free(post->batch.records);
    free(post);
}
