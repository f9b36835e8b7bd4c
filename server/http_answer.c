#define _GNU_SOURCE
#include "server/http_answer.h"

#include "server/content.h"
#include "server/negotiate.h"
#include "server/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct answer {
    struct MHD_Connection *connection;
    const struct site *site;
    char path[PATH_MAX_BYTES]; /* below its folder */
    int folder;
    int fd; /* -1 once the response has it */
    struct stat info;
    const char *coding; /* "br", "gzip" or NULL */
    char etag[48];
};

static const char *request_header(const struct answer *answer,
                                  const char *name) {
    return MHD_lookup_connection_value(answer->connection, MHD_HEADER_KIND,
                                       name);
}

/* ---- Sending ------------------------------------------------------------ */

static enum MHD_Result queue(const struct site *site,
                             struct MHD_Connection *connection,
                             struct MHD_Response *response, unsigned status) {
    const struct headers *headers = &site->headers;
    if (!response) return MHD_NO;
    for (int i = 0; i < headers->n; i++)
        MHD_add_response_header(response, headers->list[i].name,
                                headers->list[i].value);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_off(const struct answer *answer,
                                struct MHD_Response *response,
                                unsigned status) {
    return queue(answer->site, answer->connection, response, status);
}

static struct MHD_Response *text_response(const char *text) {
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);
    if (!response) return NULL;
    MHD_add_response_header(response, "Content-Type",
                            "text/plain; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    return response;
}

enum MHD_Result http_say(const struct site *site,
                         struct MHD_Connection *connection, unsigned status,
                         const char *text, bool close) {
    struct MHD_Response *response =
        *text
            ? text_response(text)
            : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    if (close) MHD_add_response_header(response, "Connection", "close");
    if (status == 405) MHD_add_response_header(response, "Allow", "POST");
    return queue(site, connection, response, status);
}

enum MHD_Result http_metrics(const struct site *site,
                             struct MHD_Connection *connection, char *text) {
    struct MHD_Response *response =
        text ? MHD_create_response_from_buffer(strlen(text), text,
                                               MHD_RESPMEM_MUST_FREE)
             : NULL;
    if (!response) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type",
                            "text/plain; version=0.0.4; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    return queue(site, connection, response, 200);
}

/* What describes the file, in every answer about it. */
static void describe(const struct answer *answer,
                     struct MHD_Response *response) {
    bool keep = content_is_named_by_hash(answer->path);
    MHD_add_response_header(response, "ETag", answer->etag);
    MHD_add_response_header(response, "Cache-Control",
                            keep ? "public, max-age=31536000, immutable"
                                 : "no-cache");
    if (answer->folder == answer->site->root)
        MHD_add_response_header(response, "Vary", "Accept-Encoding");
}

static enum MHD_Result send_file(struct answer *answer, unsigned status,
                                 uint64_t first, uint64_t n_bytes,
                                 const char *content_range) {
    struct MHD_Response *response =
        MHD_create_response_from_fd_at_offset64(n_bytes, answer->fd, first);
    if (!response) return MHD_NO;
    answer->fd = -1;
    describe(answer, response);
    MHD_add_response_header(response, "Content-Type",
                            content_type(answer->path));
    MHD_add_response_header(response, "Accept-Ranges", "bytes");
    if (answer->coding)
        MHD_add_response_header(response, "Content-Encoding", answer->coding);
    if (content_range)
        MHD_add_response_header(response, "Content-Range", content_range);
    return send_off(answer, response, status);
}

/* ---- Choosing ----------------------------------------------------------- */

static bool file_open(struct answer *answer, int folder, const char *path) {
    answer->fd = folder < 0 ? -1 : path_open(folder, path);
    answer->folder = folder;
    if (answer->fd < 0) return false;
    if (path != answer->path) memmove(answer->path, path, strlen(path) + 1);
    return fstat(answer->fd, &answer->info) == 0;
}

/* /models/ is a folder of its own; a page may bring one too. */
static bool file_find(struct answer *answer) {
    static const char models[] = "models/";
    const char *inner = answer->path + strlen(models);
    if (strncmp(answer->path, models, strlen(models)) == 0 &&
        file_open(answer, answer->site->models, inner))
        return true;
    return file_open(answer, answer->site->root, answer->path);
}

static bool is_older(const struct stat *a, const struct stat *b) {
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
        return a->st_mtim.tv_sec < b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

/* The compressed file beside this one, unless it was left behind when this one
 * was changed. */
static void coding_choose(struct answer *answer) {
    static const char *const codings[][2] = {{"br", ".br"}, {"gzip", ".gz"}};
    const char *accept = request_header(answer, "Accept-Encoding");
    char path[PATH_MAX_BYTES + 8];
    for (int i = 0; i < 2 && answer->folder == answer->site->root; i++) {
        struct stat info;
        if (!coding_accepted(accept, codings[i][0])) continue;
        snprintf(path, sizeof path, "%s%s", answer->path, codings[i][1]);
        int fd = path_open(answer->folder, path);
        if (fd < 0) continue;
        if (fstat(fd, &info) == 0 && !is_older(&info, &answer->info)) {
            close(answer->fd);
            answer->fd = fd;
            answer->info = info;
            answer->coding = codings[i][0];
            return;
        }
        close(fd);
    }
}

/* Strong: the time of the last change of a file cannot be set back. */
static void etag_make(struct answer *answer) {
    const struct timespec *changed = &answer->info.st_ctim;
    snprintf(answer->etag, sizeof answer->etag, "\"%llx-%llx.%lx\"",
             (unsigned long long)answer->info.st_size,
             (unsigned long long)changed->tv_sec,
             (unsigned long)changed->tv_nsec);
}

static enum MHD_Result file_answer(struct answer *answer, uint64_t *n_bytes) {
    uint64_t size = (uint64_t)answer->info.st_size, first, last;
    const char *range = request_header(answer, "Range");
    const char *if_range = request_header(answer, "If-Range");
    char content_range[80];
    if (etag_listed(request_header(answer, "If-None-Match"), answer->etag))
        return send_file(answer, 304, 0, size, NULL); /* less the body */
    if (if_range && strcmp(if_range, answer->etag) != 0) range = NULL;
    switch (range_read(range, size, &first, &last)) {
    case RANGE_OUTSIDE:
        snprintf(content_range, sizeof content_range, "bytes */%llu",
                 (unsigned long long)size);
        return send_file(answer, 416, 0, 0, content_range);
    case RANGE_PART:
        snprintf(content_range, sizeof content_range, "bytes %llu-%llu/%llu",
                 (unsigned long long)first, (unsigned long long)last,
                 (unsigned long long)size);
        *n_bytes = last - first + 1;
        return send_file(answer, 206, first, *n_bytes, content_range);
    case RANGE_WHOLE: break;
    }
    *n_bytes = size;
    return send_file(answer, 200, 0, size, NULL);
}

static bool is_read(const char *method) {
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static bool has_body(struct MHD_Connection *connection) {
    const char *length = MHD_lookup_connection_value(
        connection, MHD_HEADER_KIND, "Content-Length");
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                       "Transfer-Encoding") ||
           (length && strcmp(length, "0") != 0);
}

bool http_wanted(struct MHD_Connection *connection, const char *method) {
    return is_read(method) && !has_body(connection);
}

/* An answer before the body was read: nothing more is read after it. */
static enum MHD_Result refuse(const struct answer *answer, unsigned status,
                              const char *text) {
    struct MHD_Response *response = text_response(text);
    if (!response) return MHD_NO;
    MHD_add_response_header(response, "Connection", "close");
    if (status == 405) MHD_add_response_header(response, "Allow", "GET, HEAD");
    return send_off(answer, response, status);
}

enum MHD_Result http_answer(const struct site *site,
                            struct MHD_Connection *connection, const char *url,
                            const char *method, uint64_t *n_bytes) {
    struct answer answer = {.connection = connection, .site = site, .fd = -1};
    enum MHD_Result result;
    *n_bytes = 0;
    if (!is_read(method))
        return refuse(&answer, 405, "Only GET and HEAD are answered.\n");
    if (has_body(connection))
        return refuse(&answer, 413, "A request has no body here.\n");
    if (path_from_url(url, answer.path) && file_find(&answer)) {
        coding_choose(&answer);
        etag_make(&answer);
        result = file_answer(&answer, n_bytes);
    } else {
        result = send_off(&answer, text_response("Not found.\n"), 404);
    }
    if (answer.fd >= 0) close(answer.fd);
    return result;
}
