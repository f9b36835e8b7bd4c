/* The report as tables of text. */
#define _GNU_SOURCE
#include "telemetry/report.h"

#include "telemetry/findings.h"

#include <string.h>
#include <time.h>

static double percent(int64_t part, int64_t whole) {
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static int64_t sum(const struct tally *tally) {
    int64_t total = 0;
    for (int i = 0; i < tally->n; i++) total += tally->rows[i].count;
    return total;
}

static void print_day(FILE *out, int64_t hour) {
    time_t when = (time_t)(hour * 3600);
    struct tm parts;
    char text[32];
    gmtime_r(&when, &parts);
    strftime(text, sizeof text, "%Y-%m-%d %H:00", &parts);
    fputs(text, out);
}

static void print_shares(FILE *out, const char *title,
                         const struct tally *tally) {
    int64_t total = sum(tally);
    if (tally->n > 0) fprintf(out, "\n%s\n", title);
    for (int i = 0; i < tally->n; i++)
        fprintf(out, "  %-31s %10lld %6.1f %%\n", tally->rows[i].a,
                (long long)tally->rows[i].count,
                percent(tally->rows[i].count, total));
}

static void print_pairs(FILE *out, const char *title,
                        const struct tally *tally) {
    if (tally->n > 0) fprintf(out, "\n%s\n", title);
    for (int i = 0; i < tally->n; i++)
        fprintf(out, "  %-24s %-31s %10lld\n", tally->rows[i].a,
                tally->rows[i].b, (long long)tally->rows[i].count);
}

static void print_attempts(FILE *out, const struct tally *tally) {
    if (tally->n > 0)
        fprintf(out, "\nAttempts by route            tried     failed\n");
    for (int i = 0; i < tally->n; i++)
        fprintf(out, "  %-24s %8lld %10lld %6.1f %%\n", tally->rows[i].a,
                (long long)tally->rows[i].count, (long long)tally->rows[i].part,
                percent(tally->rows[i].part, tally->rows[i].count));
}

static void print_times(FILE *out, const struct report *report) {
    if (report->n_times > 0)
        fprintf(out,
                "\nWhole job, ms            %-12s             n       p50 "
                "      p90       p99\n",
                "");
    for (int i = 0; i < report->n_times; i++) {
        const struct times *t = &report->times[i];
        fprintf(out, "  %-22s %-14s %-5s %7lld %9.0f %9.0f %9.0f\n", t->route,
                t->browser, t->warm ? "warm" : "first", (long long)t->n, t->p50,
                t->p90, t->p99);
    }
}

static void print_medians(FILE *out, const struct report *report) {
    if (report->n_medians > 0)
        fprintf(out, "\nMedian of each stage of a warm job, ms\n");
    for (int i = 0; i < report->n_medians; i++) {
        fprintf(out, "  %-22s", report->medians[i].route);
        for (int k = 0; k < N_STAGES; k++)
            if (report->medians[i].ms[k] > 0)
                fprintf(out, " %s %.0f", record_stages[k],
                        report->medians[i].ms[k]);
        fputc('\n', out);
    }
}

void report_print(const struct report *report, FILE *out) {
    fprintf(out, "%lld receipts", (long long)report->n_receipts);
    if (report->n_receipts > 0) {
        fprintf(out, ", from ");
        print_day(out, report->first_hour);
        fprintf(out, " to ");
        print_day(out, report->last_hour);
        fprintf(out, " UTC");
    }
    fprintf(out,
            "\n%lld of them (%.1f %%) had a result after a route had failed\n",
            (long long)report->n_fallback,
            percent(report->n_fallback, report->n_receipts));
    print_shares(out, "Route that gave the result", &report->bound);
    print_shares(out, "Outcomes", &report->outcomes);
    print_shares(out, "Versions", &report->engines);
    print_pairs(out, "Routes by browser", &report->browsers);
    print_attempts(out, &report->attempts);
    print_pairs(out, "Causes of failed attempts", &report->causes);
    print_pairs(out, "Routes that were not tried, and why", &report->skipped);
    print_times(out, report);
    print_medians(out, report);
}
