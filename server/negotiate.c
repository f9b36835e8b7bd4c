#define _GNU_SOURCE
#include "server/negotiate.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t");
}

/* ---- Range -------------------------------------------------------------- */

/* Digits; false when there are none. Too large a number stays the largest. */
static bool number_take(const char **at, uint64_t *number) {
    const char *start = *at;
    *number = 0;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        uint64_t digit = (uint64_t)(**at - '0');
        *number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX
                                                      : *number * 10 + digit;
    }
    return *at > start;
}

static enum range_kind range_suffix(uint64_t length, uint64_t n_bytes,
                                    uint64_t *first, uint64_t *last) {
    if (length == 0 || n_bytes == 0) return RANGE_OUTSIDE;
    *first = length < n_bytes ? n_bytes - length : 0;
    *last = n_bytes - 1;
    return RANGE_PART;
}

enum range_kind range_read(const char *header, uint64_t n_bytes,
                           uint64_t *first, uint64_t *last) {
    *first = 0;
    *last = n_bytes - 1;
    if (!header || strncasecmp(header, "bytes=", 6) != 0) return RANGE_WHOLE;
    const char *at = skip_blanks(header + 6);
    uint64_t from, to;
    bool has_from = number_take(&at, &from);
    if (*at++ != '-') return RANGE_WHOLE;
    bool has_to = number_take(&at, &to);
    if (*skip_blanks(at) || (!has_from && !has_to)) return RANGE_WHOLE;
    if (!has_from) return range_suffix(to, n_bytes, first, last);
    if (has_to && to < from) return RANGE_WHOLE;
    if (from >= n_bytes) return RANGE_OUTSIDE;
    *first = from;
    if (has_to && to < n_bytes) *last = to;
    return RANGE_PART;
}

/* ---- If-None-Match ------------------------------------------------------ */

bool etag_listed(const char *list, const char *etag) {
    size_t n = strlen(etag);
    if (!list) return false;
    for (const char *at = skip_blanks(list); *at; at = skip_blanks(at)) {
        if (*at == '*') return true;
        if (strncmp(at, "W/", 2) == 0) at += 2;
        if (*at != '"') return false;
        const char *end = strchr(at + 1, '"');
        if (!end) return false;
        if ((size_t)(end + 1 - at) == n && memcmp(at, etag, n) == 0)
            return true;
        at = skip_blanks(end + 1);
        if (*at == ',') at++;
    }
    return false;
}

/* ---- Accept-Encoding ---------------------------------------------------- */

/* Whether the parameters before `end` say "q=0". */
static bool weight_is_zero(const char *at, const char *end) {
    const char *weight = NULL;
    for (; at < end - 1; at++)
        if ((*at == 'q' || *at == 'Q') && at[1] == '=') weight = at + 2;
    if (!weight) return false;
    while (weight < end && (*weight == '0' || *weight == '.')) weight++;
    return weight == end || !(*weight >= '1' && *weight <= '9');
}

bool coding_accepted(const char *header, const char *coding) {
    size_t n = strlen(coding);
    bool any = false;
    for (const char *at = header; at && *at;) {
        at = skip_blanks(at);
        const char *end = at + strcspn(at, ",");
        size_t name = strcspn(at, ",; \t");
        bool wanted = !weight_is_zero(at + name, end);
        if (name == n && strncasecmp(at, coding, n) == 0) return wanted;
        if (name == 1 && *at == '*') any = wanted;
        at = *end ? end + 1 : end;
    }
    return any;
}
