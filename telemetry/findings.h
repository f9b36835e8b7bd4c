/* The content of a report, between those who read it and those who show it.
 * Texts have been cleaned: letters, digits and . _ + - ? only. */
#ifndef TELEMETRY_FINDINGS_H
#define TELEMETRY_FINDINGS_H

#include "telemetry/record.h"

enum {
    FINDINGS_ROWS = 40,   /* of a list; the rest is left out */
    FINDINGS_ROUTES = 12, /* the commonest, of which times are told */
    FINDINGS_BROWSERS = 8,
    FINDINGS_TIMES = 2 * FINDINGS_ROUTES * FINDINGS_BROWSERS
};

/* `part` of `count` things that have these names. */
struct tally {
    int n;
    struct {
        record_text a, b;
        int64_t count, part;
    } rows[FINDINGS_ROWS];
};

/* Nearest ranks: p50 is the smallest of the times that has half of them at or
 * below it. */
struct times {
    record_text route, browser;
    bool warm;
    int64_t n;
    double p50, p90, p99; /* ms */
};

struct report {
    int64_t n_receipts, n_fallback; /* fallback: a result after a failure */
    int64_t first_hour, last_hour;  /* since 1970 */
    struct tally bound;             /* a: route; b: none; part: warm */
    struct tally browsers;          /* a: browser, b: route */
    struct tally outcomes;          /* a: outcome */
    struct tally engines;           /* a: version */
    struct tally attempts;          /* a: route tried; part: failed */
    struct tally causes;            /* a: cause, b: route that failed */
    struct tally skipped;           /* a: route, b: reason */
    int n_times, n_medians;
    struct times times[FINDINGS_TIMES];
    struct {
        record_text route;
        double ms[N_STAGES]; /* median of warm jobs; -1: none */
    } medians[FINDINGS_ROUTES];
};

#endif
