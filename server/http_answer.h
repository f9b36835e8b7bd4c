/* The answer to one request. */
#ifndef SERVER_HTTP_ANSWER_H
#define SERVER_HTTP_ANSWER_H

#include "server/headers.h"

#include <microhttpd.h>

struct site {
    int root, models; /* open folders; models may be -1 */
    struct headers headers;
};

/* Whether a request with these headers will be answered by a file; if not, the
 * answer need not wait for its body. */
bool http_wanted(struct MHD_Connection *connection, const char *method);
/* Queues one line for people, or an answer without a body for 204. Nothing more
 * is read from a connection that is to `close`. */
enum MHD_Result http_say(const struct site *site,
                         struct MHD_Connection *connection, unsigned status,
                         const char *text, bool close);
/* Queues the counters; takes `text`, which free() releases. */
enum MHD_Result http_metrics(const struct site *site,
                             struct MHD_Connection *connection, char *text);
/* Queues the answer; `*n_bytes` is its length. MHD_NO closes the connection. */
enum MHD_Result http_answer(const struct site *site,
                            struct MHD_Connection *connection, const char *url,
                            const char *method, uint64_t *n_bytes);

#endif
