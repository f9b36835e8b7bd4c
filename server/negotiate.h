/* What request headers ask for: a part, a change, an encoding. RFC 9110. */
#ifndef SERVER_NEGOTIATE_H
#define SERVER_NEGOTIATE_H

#include <stdbool.h>
#include <stdint.h>

enum range_kind {
    RANGE_WHOLE,  /* none, or one that may be ignored: all of it */
    RANGE_PART,   /* bytes first..last */
    RANGE_OUTSIDE /* cannot be satisfied */
};

/* `header` is the value of Range or NULL. One range of bytes is understood;
 * several are ignored, as the RFC allows. */
enum range_kind range_read(const char *header, uint64_t n_bytes,
                           uint64_t *first, uint64_t *last);

/* Whether `list` (If-None-Match; NULL: no) has `etag`, by weak comparison.
 * `etag` comes with its quotes. */
bool etag_listed(const char *list, const char *etag);

/* Whether `header` (Accept-Encoding; NULL: no) takes `coding`, "br" say. */
bool coding_accepted(const char *header, const char *coding);

#endif
