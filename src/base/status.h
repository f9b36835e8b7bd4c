/* Errors: one code for programs, one sentence for people. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "cutout.h"

/* Fills `err` (may be NULL) and returns `status`, so that a caller writes
 *     return status_fail(err, CUT_BAD_MODEL, "node '%s': ...", name);
 * Formats: %s %c %d %ld %lld %zu %u %x %g %%. NULL strings print as "(null)".
 * A message that is too long is cut at the end. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
enum cut_status status_fail(struct cut_error *err, enum cut_status status,
                            const char *format, ...);

/* The same formatter into a buffer; always terminates; returns the length. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
size_t text_format(char *text, size_t text_bytes, const char *format, ...);

#endif
