/* A server of static files: the page, and the chunks of models. It sends the
 * headers without which a browser gives no threads, and lets nothing out that
 * does not lie below its two folders. It may keep the receipts of jobs. On
 * libmicrohttpd; knows nothing of the engine. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>

/* How the page is isolated from others, which SharedArrayBuffer needs. */
enum server_isolation {
    SERVER_COOP, /* COOP same-origin and COEP require-corp: all browsers */
    SERVER_DIP,  /* Document-Isolation-Policy: Chromium; pop-ups keep working */
    SERVER_NONE, /* wished off: one thread */
    SERVER_BARE  /* not mentioned, as by a plain host: the page helps itself */
};

enum { SERVER_PORT = 8787 };

/* Strings are borrowed for the life of the server. Zero is the default. */
struct server_options {
    const char *root;   /* folder of the page; needed */
    const char *models; /* folder of /models/, looked into first; or NULL */
    const char *host;   /* name or address; NULL: 127.0.0.1 */
    int port;           /* 0: any free one */
    enum server_isolation isolation;
    /* Origins ("https://models.example.org"), NULL at the end; or NULL. */
    const char *const *connect; /* the page may fetch from them too */
    const char *const *embed;   /* they may show the page in a frame */
    int n_threads;              /* 0: as many as cores, at most 4 */
    int max_connections;        /* 0: 512 */
    int max_per_address;        /* 0: 128 */
    int timeout_s;              /* to send a request, and between two; 0: 20 */
    /* A database for the receipts of pages that were allowed to send them (POST
     * /telemetry, GET /metrics; docs/RECEIPT.md); NULL: they are not taken. */
    const char *telemetry;
    int telemetry_rate;      /* receipts/s of one address; 0: 20; -1: any */
    int telemetry_kilobytes; /* of a request's body; 0: 64 */
    int telemetry_megabytes; /* of the database; 0: 1024 */
    int telemetry_days;      /* that a receipt is kept; 0: 90; -1: any */
};

struct server_error {
    char message[512]; /* one sentence for people */
};

struct server;

/* Binds, and answers from its own threads until stopped. Call it with the
 * signals blocked that its threads must not take. NULL on failure. */
struct server *server_start(const struct server_options *options,
                            struct server_error *err);
int server_port(const struct server *server);
/* Takes no new connection, gives answers under way up to three seconds to
 * end, closes everything. */
void server_stop(struct server *server);

#endif
