/* What the receipts of a database say together. */
#ifndef TELEMETRY_REPORT_H
#define TELEMETRY_REPORT_H

#include <stdbool.h>
#include <stdio.h>

struct report;

struct report_error {
    char message[512]; /* one sentence for people */
};

/* Reads a database of 'cutout serve --telemetry', which may be in use. NULL on
 * failure, of a file that is something else too. */
struct report *report_read(const char *path, struct report_error *err);
void report_free(struct report *report); /* NULL is fine */

/* Tables for a terminal; one page of HTML with its charts as SVG in it, that
 * asks nothing of anybody. Errors stay in `out`. */
void report_print(const struct report *report, FILE *out);
void report_html(const struct report *report, FILE *out);

#endif
