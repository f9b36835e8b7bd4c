/* The headers that every answer has: isolation, what the page may load and
 * ask for, and what browsers should not guess. */
#ifndef SERVER_HEADERS_H
#define SERVER_HEADERS_H

#include "server/server.h"

enum { HEADERS_MAX = 12, HEADER_MAX_BYTES = 1024 };

struct headers {
    int n;
    struct {
        const char *name;
        char value[HEADER_MAX_BYTES];
    } list[HEADERS_MAX];
};

/* False when an origin is none or when they are too many. */
bool headers_make(const struct server_options *options, struct headers *headers,
                  struct server_error *err);

#endif
