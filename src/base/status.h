/* Errors: one code for programs, one sentence for people. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdarg.h>

#include "cutout.h"

/* Fills `err` (may be NULL) and returns `status`, so that a caller writes
 *     return status_fail(err, CUT_BAD_MODEL, "node '%s': ...", name);
 * Formats: %s %c %d %u %x %g %f %%, with l, ll or z, a width and a precision
 * (%.*s and %.3s cut, %.2f). NULL strings print as "(null)". A message that is
 * too long is cut at the end. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
enum cut_status
status_fail(struct cut_error *err, enum cut_status status, const char *format,
            ...);

/* The same formatter into a buffer; always terminates; returns the length. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
size_t
text_format(char *text, size_t text_bytes, const char *format, ...);
/* The same for those who have a `...` of their own. */
size_t text_format_list(char *text, size_t text_bytes, const char *format,
                        va_list args);

#endif
