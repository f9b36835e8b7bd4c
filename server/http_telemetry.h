/* POST /telemetry and GET /metrics. A request with a batch goes through three
 * hands: the headers decide whether its body is read at all; the body is
 * gathered and understood; then the connection sleeps until the batch is on
 * the disk. */
#ifndef SERVER_HTTP_TELEMETRY_H
#define SERVER_HTTP_TELEMETRY_H

#include "server/server.h"
#include "telemetry/metrics.h"

#include <microhttpd.h>

struct telemetry;
struct post; /* one request */

/* NULL on failure. */
struct telemetry *telemetry_open(const struct server_options *options,
                                 struct server_error *err);
/* Answers what waits, refuses what still comes: before the server ends. */
void telemetry_drain(struct telemetry *telemetry);
/* After the last connection is gone. NULL is fine. */
void telemetry_close(struct telemetry *telemetry);
/* The body of /metrics; release with free(). */
char *telemetry_metrics(struct telemetry *telemetry);

/* With the headers; NULL and the reason in `*verdict` when it is refused. */
struct post *post_begin(struct telemetry *telemetry,
                        struct MHD_Connection *connection,
                        enum verdict *verdict);
void post_body(struct post *post, const char *bytes, size_t n_bytes);
/* The body is complete. False: the connection sleeps; ask again when it is
 * called again. True: answer with `*verdict`. */
bool post_end(struct post *post, enum verdict *verdict);
void post_free(struct post *post);

#endif
