#define _GNU_SOURCE
#include "server/http_answer.h"
#include "server/http_telemetry.h"
#include "server/watch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct server {
    struct site site;
    struct telemetry *telemetry; /* or NULL */
    struct watch *watch;
    struct MHD_Daemon *daemon;
    int listener, port;
};

enum {
    MAX_CONNECTIONS = 512,
    MAX_PER_ADDRESS = 128,
    TIMEOUT_S = 20,
    MAX_THREADS = 4,
    CONNECTION_BYTES = 16 << 10, /* request and answer headers */
    SPARE_FILES = 64,
    GRACE_MS = 3000
};

static bool server_fail(struct server_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool server_fail(struct server_error *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

/* ---- Listening ---------------------------------------------------------- */

static bool bind_failed(const char *host, int port, struct server_error *err) {
    switch (errno) {
    case EADDRINUSE:
        return server_fail(err,
                           "port %d is taken, perhaps by another 'cutout "
                           "serve': stop that program, or choose another port "
                           "with --port N (0: any free one)",
                           port);
    case EACCES:
        return server_fail(err,
                           "port %d needs more rights: choose one above 1023 "
                           "with --port N",
                           port);
    case EADDRNOTAVAIL:
        return server_fail(err, "'%s' is no address of this machine", host);
    default:
        return server_fail(err, "cannot listen on %s, port %d: %s", host, port,
                           strerror(errno));
    }
}

static int listen_on(const struct addrinfo *address) {
    int on = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    /* a restart need not wait for the last connections to be forgotten */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 &&
        listen(fd, SOMAXCONN) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int bound_port(int fd) {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address = {0};
    socklen_t n = sizeof address;
    if (getsockname(fd, &address.any, &n) != 0) return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.in6.sin6_port
                                                   : address.in.sin_port);
}

static bool listener_open(struct server *server,
                          const struct server_options *options,
                          struct server_error *err) {
    const char *host = options->host ? options->host : "127.0.0.1";
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char port[12];
    snprintf(port, sizeof port, "%d", options->port);
    int code = getaddrinfo(host, port, &hints, &found);
    if (code != 0)
        return server_fail(err, "host '%.200s': %s", host, gai_strerror(code));
    for (struct addrinfo *a = found; a && server->listener < 0; a = a->ai_next)
        server->listener = listen_on(a);
    bool good = server->listener >= 0 || bind_failed(host, options->port, err);
    freeaddrinfo(found);
    if (good) server->port = bound_port(server->listener);
    return good;
}

static bool folder_open(const char *path, int *fd, struct server_error *err) {
    if (!path) return true;
    *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd >= 0) return true;
    return server_fail(err, "folder '%.300s': %s", path, strerror(errno));
}

/* ---- Requests ----------------------------------------------------------- */

static struct watched *watched_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void connection_changed(void *user, struct MHD_Connection *connection,
                               void **context,
                               enum MHD_ConnectionNotificationCode code) {
    struct server *server = user;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(
            connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *context =
            info ? watch_connection(server->watch, info->connect_fd) : NULL;
    } else {
        watch_forget(server->watch, *context);
        *context = NULL;
    }
}

static void request_ended(void *user, struct MHD_Connection *connection,
                          void **context,
                          enum MHD_RequestTerminationCode code) {
    struct server *server = user;
    (void)code;
    if (*context != server) post_free(*context);
    *context = NULL;
    watch_request(server->watch, watched_of(connection));
}

/* ---- Telemetry: the one thing with a body ------------------------------- */

static enum MHD_Result post_start(struct server *server,
                                  struct MHD_Connection *connection,
                                  const char *method, void **context) {
    enum verdict verdict;
    if (strcmp(method, "POST") != 0)
        return http_say(&server->site, connection, 405,
                        "Only POST is answered.\n", true);
    *context = post_begin(server->telemetry, connection, &verdict);
    return *context
               ? MHD_YES
               : http_say(&server->site, connection, verdict_status(verdict),
                          verdict_text(verdict), true);
}

static enum MHD_Result post_go_on(struct server *server,
                                  struct MHD_Connection *connection,
                                  const char *body, size_t *body_bytes,
                                  struct post *post) {
    enum verdict verdict;
    if (*body_bytes > 0) {
        post_body(post, body, *body_bytes);
        *body_bytes = 0;
        return MHD_YES;
    }
    if (!post_end(post, &verdict)) return MHD_YES;
    watch_answer(server->watch, watched_of(connection), 0);
    return http_say(&server->site, connection, verdict_status(verdict),
                    verdict_text(verdict), false);
}

/* Called with the headers, and again when the request is complete. An answer to
 * the first call closes the connection: that is for what is refused. */
static enum MHD_Result request_answer(void *user,
                                      struct MHD_Connection *connection,
                                      const char *url, const char *method,
                                      const char *version, const char *body,
                                      size_t *body_bytes, void **context) {
    struct server *server = user;
    struct telemetry *telemetry = server->telemetry;
    uint64_t n_bytes = 0;
    bool complete = *context;
    (void)version;
    if (complete && *context != server)
        return post_go_on(server, connection, body, body_bytes, *context);
    if (!complete && telemetry && strcmp(url, "/telemetry") == 0)
        return post_start(server, connection, method, context);
    if (!complete && http_wanted(connection, method)) {
        *context = server;
        return MHD_YES;
    }
    if (complete && telemetry && strcmp(url, "/metrics") == 0)
        return http_metrics(&server->site, connection,
                            telemetry_metrics(telemetry));
    enum MHD_Result result =
        http_answer(&server->site, connection, url, method, &n_bytes);
    watch_answer(server->watch, watched_of(connection), n_bytes);
    return result;
}

/* Paths are decoded by path_from_url, which knows what to refuse. */
static size_t leave_encoded(void *user, struct MHD_Connection *connection,
                            char *text) {
    (void)user;
    (void)connection;
    return strlen(text);
}

/* ---- Life --------------------------------------------------------------- */

/* Every connection may have a file open. */
static void files_allow(int n_connections) {
    struct rlimit limit;
    rlim_t wanted = (rlim_t)(2 * n_connections + SPARE_FILES);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int or_else(int value, int otherwise) {
    return value > 0 ? value : otherwise;
}

static int threads_choose(int wanted) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (wanted > 0) return wanted;
    return cores < 1 ? 1 : cores > MAX_THREADS ? MAX_THREADS : (int)cores;
}

static bool telemetry_start(struct server *server,
                            const struct server_options *options,
                            struct server_error *err) {
    if (!options->telemetry) return true;
    server->telemetry = telemetry_open(options, err);
    return server->telemetry != NULL;
}

static bool daemon_start(struct server *server,
                         const struct server_options *options,
                         struct server_error *err) {
    int n_threads = threads_choose(options->n_threads);
    int n_connections = or_else(options->max_connections, MAX_CONNECTIONS);
    int per_address = or_else(options->max_per_address, MAX_PER_ADDRESS);
    int timeout_s = or_else(options->timeout_s, TIMEOUT_S);
    files_allow(n_connections);
    server->watch = watch_start(timeout_s);
    if (!server->watch) return server_fail(err, "no thread for the server");
    /* poll, since epoll is edge-triggered there and misses the end of a stream
     * that comes together with the last bytes */
    server->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        request_answer, server, MHD_OPTION_LISTEN_SOCKET, server->listener,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)n_threads,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)n_connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_encoded, NULL, MHD_OPTION_NOTIFY_CONNECTION, connection_changed,
        server, MHD_OPTION_NOTIFY_COMPLETED, request_ended, server,
        MHD_OPTION_END);
    return server->daemon || server_fail(err, "libmicrohttpd does not start");
}

struct server *server_start(const struct server_options *options,
                            struct server_error *err) {
    struct server *server = calloc(1, sizeof *server);
    if (!server) {
        server_fail(err, "out of memory");
        return NULL;
    }
    server->listener = server->site.root = server->site.models = -1;
    if (headers_make(options, &server->site.headers, err) &&
        folder_open(options->root, &server->site.root, err) &&
        folder_open(options->models, &server->site.models, err) &&
        listener_open(server, options, err) &&
        telemetry_start(server, options, err) &&
        daemon_start(server, options, err))
        return server;
    server_stop(server);
    return NULL;
}

int server_port(const struct server *server) { return server->port; }

static void answers_finish(struct server *server) {
    const struct timespec tick = {.tv_nsec = 20000000};
    for (int ms = 0; ms < GRACE_MS && watch_count(server->watch); ms += 20)
        nanosleep(&tick, NULL);
}

void server_stop(struct server *server) {
    if (server->daemon) {
        MHD_quiesce_daemon(server->daemon);
        answers_finish(server);
        if (server->telemetry) telemetry_drain(server->telemetry);
        MHD_stop_daemon(server->daemon);
    }
    telemetry_close(server->telemetry);
    watch_stop(server->watch);
    if (server->listener >= 0) close(server->listener);
    if (server->site.root >= 0) close(server->site.root);
    if (server->site.models >= 0) close(server->site.models);
    free(server);
}
