#define _GNU_SOURCE
#include "server/origin.h"

#include <string.h>
#include <strings.h>

bool origin_is_own(const char *fetch_site, const char *origin,
                   const char *host) {
    /* Our pages have the policy no-referrer, under which a beacon of plain
     * text has the origin "null": nothing can be read from that */
    if (fetch_site) return strcmp(fetch_site, "same-origin") == 0;
    if (!origin || !host || !*host) return false;
    /* behind a proxy that speaks TLS the scheme is another than ours */
    if (strncasecmp(origin, "https://", 8) == 0)
        return strcasecmp(origin + 8, host) == 0;
    if (strncasecmp(origin, "http://", 7) == 0)
        return strcasecmp(origin + 7, host) == 0;
    return false;
}

bool type_is_batch(const char *content_type) {
    static const char *const types[] = {"application/json", "text/plain"};
    for (int i = 0; content_type && i < 2; i++) {
        size_t n = strlen(types[i]);
        if (strncasecmp(content_type, types[i], n) == 0 &&
            (content_type[n] == 0 || content_type[n] == ';' ||
             content_type[n] == ' '))
            return true;
    }
    return false;
}
