/* Whether a request comes from a page of this server, and with a body that it
 * sends. */
#ifndef SERVER_ORIGIN_H
#define SERVER_ORIGIN_H

#include <stdbool.h>

/* From the headers of these names; NULL where there is none. Browsers tell the
 * truth in Sec-Fetch-Site, which they send to secure contexts; elsewhere
 * Origin must have the host that was asked. One of them is needed. */
bool origin_is_own(const char *fetch_site, const char *origin,
                   const char *host);

/* application/json, or text/plain, which sendBeacon makes of a text. */
bool type_is_batch(const char *content_type);

#endif
