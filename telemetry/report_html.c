/* The report as one page: what is known first, the numbers below it. */
#define _GNU_SOURCE
#include "telemetry/report.h"

#include "telemetry/chart.h"
#include "telemetry/findings.h"

#include <string.h>
#include <time.h>

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1d2129;--soft:#5c6470;--line:#d8dce3;"
    "--page:#fff;--c0:#2456b8;--c1:#6f9be8;--c2:#a8430b;--c3:#e07b35;"
    "--c4:#8f6a00;--c5:#d6a72b;--c6:#2b7a5b;--c7:#7a818c;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#a2a9b4;"
    "--line:#3a3f48;--page:#16181c;--c0:#7fa8f5;--c1:#4a76c9;--c2:#f08a4b;"
    "--c3:#b95a1d;--c4:#e0bb4a;--c5:#9c7a1c;--c6:#5bb892;--c7:#8a919c;"
    "--bad:#f2786f}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);"
    "background:var(--page);max-width:46rem;margin:2rem auto;"
    "padding:0 1rem}\n"
    "h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .3rem}"
    "p{margin:.2rem 0;color:var(--soft)}\n"
    "svg{width:100%;height:auto;display:block;margin:.5rem 0}"
    "text{font-size:13px;fill:var(--ink)}.end{text-anchor:end}"
    ".middle{text-anchor:middle;fill:var(--soft)}"
    ".value{font-variant-numeric:tabular-nums}.grid{stroke:var(--line)}\n"
    ".c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}"
    ".c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}"
    ".c6{fill:var(--c6)}.c7{fill:var(--c7)}.bad{fill:var(--bad)}\n"
    ".s-c0{stroke:var(--c0)}.s-c1{stroke:var(--c1)}.s-c2{stroke:var(--c2)}"
    ".s-c3{stroke:var(--c3)}.s-c4{stroke:var(--c4)}.s-c5{stroke:var(--c5)}"
    ".s-c6{stroke:var(--c6)}.s-c7{stroke:var(--c7)}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.85rem}"
    ".legend svg{width:.8rem;display:inline;margin:0 .3rem 0 0}\n"
    "table{border-collapse:collapse;font-size:.85rem;"
    "font-variant-numeric:tabular-nums;margin:.5rem 0}"
    "th,td{padding:.15rem .7rem .15rem 0;text-align:right;"
    "border-bottom:1px solid var(--line)}"
    "th:first-child,td:first-child,.l{text-align:left}"
    "summary{cursor:pointer;color:var(--soft);font-size:.85rem}"
    ".scroll{overflow-x:auto}\n";

/* The route's own colour, the same in all charts. */
static const char *colour_of(const char *route) {
    static const char *const colours[] = {"c0", "c1", "c2", "c3",
                                          "c4", "c5", "c6", "c7"};
    return colours[record_find(record_routes, route)];
}

static double share(int64_t part, int64_t whole) {
    return whole > 0 ? (double)part / (double)whole : 0;
}

static int64_t sum(const struct tally *tally) {
    int64_t total = 0;
    for (int i = 0; i < tally->n; i++) total += tally->rows[i].count;
    return total;
}

static void heading(FILE *out, const char *title, const char *words) {
    fprintf(out, "<h2>%s</h2>\n<p>%s</p>\n", title, words);
}

/* ---- Tables ------------------------------------------------------------- */

static void table_open(FILE *out, const char *const *heads) {
    fprintf(out, "<details><summary>Numbers</summary><div class=\"scroll\">"
                 "<table><tr>");
    for (; *heads; heads++) fprintf(out, "<th>%s</th>", *heads);
    fprintf(out, "</tr>\n");
}

static void table_close(FILE *out) {
    fprintf(out, "</table></div></details>\n");
}

static void table_of_pairs(FILE *out, const struct tally *tally,
                           const char *const *heads) {
    table_open(out, heads);
    for (int i = 0; i < tally->n; i++)
        fprintf(out,
                "<tr><td>%s</td><td class=\"l\">%s</td><td>%lld</td></tr>\n",
                tally->rows[i].a, tally->rows[i].b,
                (long long)tally->rows[i].count);
    table_close(out);
}

/* ---- Bars --------------------------------------------------------------- */

/* One bar for each row, as a share of all. */
static void chart_shares(FILE *out, const char *title,
                         const struct tally *tally, const char *colour) {
    int64_t total = sum(tally);
    char text[64];
    chart_open(out, title, tally->n, 0);
    for (int i = 0; i < tally->n; i++) {
        const char *name = tally->rows[i].a;
        double part = share(tally->rows[i].count, total);
        snprintf(text, sizeof text, "%.1f %% (%lld)", 100 * part,
                 (long long)tally->rows[i].count);
        chart_name(out, i, name);
        chart_bar(out, i, (double[2]){0, part},
                  colour ? colour : colour_of(name), text);
        chart_value(out, i, text);
    }
    chart_close(out);
}

static void show_bound(const struct report *report, FILE *out) {
    static const char *const heads[] = {"route", "jobs", "of them warm", NULL};
    const struct tally *bound = &report->bound;
    if (bound->n == 0) return;
    heading(out, "Which route gave the result", "Share of jobs.");
    chart_shares(out, "Share of jobs by route", bound, NULL);
    table_open(out, heads);
    for (int i = 0; i < bound->n; i++)
        fprintf(out, "<tr><td>%s</td><td>%lld</td><td>%lld</td></tr>\n",
                bound->rows[i].a, (long long)bound->rows[i].count,
                (long long)bound->rows[i].part);
    table_close(out);
}

static void legend_entry(FILE *out, const char *colour, const char *name) {
    fprintf(out,
            "<span><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect "
            "width=\"10\" height=\"10\" class=\"%s\"/></svg>%s</span>",
            colour, name);
}

static void legend(FILE *out, const struct tally *bound) {
    fprintf(out, "<div class=\"legend\">");
    for (int i = 0; i < bound->n && i < FINDINGS_ROUTES; i++)
        legend_entry(out, colour_of(bound->rows[i].a), bound->rows[i].a);
    fprintf(out, "</div>\n");
}

/* Rows of one browser stand together. */
static int browser_end(const struct tally *tally, int first) {
    int end = first;
    while (end < tally->n &&
           strcmp(tally->rows[end].a, tally->rows[first].a) == 0)
        end++;
    return end;
}

static void browser_row(FILE *out, const struct tally *tally, int first,
                        int end, int row) {
    int64_t total = 0, before = 0;
    char text[96];
    for (int i = first; i < end; i++) total += tally->rows[i].count;
    chart_name(out, row, tally->rows[first].a);
    for (int i = first; i < end; i++) {
        double range[2] = {share(before, total)};
        before += tally->rows[i].count;
        range[1] = share(before, total);
        snprintf(text, sizeof text, "%s: %.1f %%", tally->rows[i].b,
                 100 * (range[1] - range[0]));
        chart_bar(out, row, range, colour_of(tally->rows[i].b), text);
    }
    snprintf(text, sizeof text, "%lld jobs", (long long)total);
    chart_value(out, row, text);
}

static void show_browsers(const struct report *report, FILE *out) {
    static const char *const heads[] = {"browser", "route", "jobs", NULL};
    const struct tally *tally = &report->browsers;
    int n_rows = 0, row = 0;
    if (tally->n == 0) return;
    for (int i = 0; i < tally->n; i = browser_end(tally, i)) n_rows++;
    heading(out, "By browser", "Routes that gave the results, by browser.");
    chart_open(out, "Routes by browser", n_rows, 0);
    for (int i = 0; i < tally->n; row++) {
        int end = browser_end(tally, i);
        browser_row(out, tally, i, end, row);
        i = end;
    }
    chart_close(out);
    legend(out, &report->bound);
    table_of_pairs(out, tally, heads);
}

/* ---- Failures ----------------------------------------------------------- */

static void show_attempts(const struct report *report, FILE *out) {
    const struct tally *tally = &report->attempts;
    char text[128];
    if (tally->n == 0) return;
    snprintf(
        text, sizeof text,
        "%lld of %lld jobs (%.1f %%) had a result after a route had failed.",
        (long long)report->n_fallback, (long long)report->n_receipts,
        100 * share(report->n_fallback, report->n_receipts));
    heading(out, "Fallback", text);
    chart_open(out, "Share of attempts that failed, by route", tally->n, 0);
    for (int i = 0; i < tally->n; i++) {
        double part = share(tally->rows[i].part, tally->rows[i].count);
        snprintf(text, sizeof text, "%.1f %% of %lld", 100 * part,
                 (long long)tally->rows[i].count);
        chart_name(out, i, tally->rows[i].a);
        chart_bar(out, i, (double[2]){0, part}, "bad", text);
        chart_value(out, i, text);
    }
    chart_close(out);
}

/* The causes of all routes together, commonest first. */
static void causes_merge(const struct tally *pairs, struct tally *causes) {
    causes->n = 0;
    for (int i = 0; i < pairs->n; i++) {
        int k = 0;
        while (k < causes->n &&
               strcmp(causes->rows[k].a, pairs->rows[i].a) != 0)
            k++;
        if (k == causes->n) {
            causes->rows[causes->n] = pairs->rows[i];
            causes->rows[causes->n++].count = 0;
        }
        causes->rows[k].count += pairs->rows[i].count;
        for (; k > 0 && causes->rows[k].count > causes->rows[k - 1].count;
             k--) {
            struct tally swap = {.rows[0] = causes->rows[k]};
            causes->rows[k] = causes->rows[k - 1];
            causes->rows[k - 1] = swap.rows[0];
        }
    }
}

static void show_causes(const struct report *report, FILE *out) {
    static const char *const failed[] = {"cause", "route", "attempts", NULL};
    static const char *const skipped[] = {"route", "reason", "jobs", NULL};
    struct tally causes;
    causes_merge(&report->causes, &causes);
    if (causes.n > 0) {
        heading(out, "Why", "Share of failed attempts, by cause.");
        chart_shares(out, "Share of failed attempts by cause", &causes, "bad");
        table_of_pairs(out, &report->causes, failed);
    }
    if (report->skipped.n > 0) {
        heading(out, "Not tried",
                "Routes that were left out beforehand, and why.");
        table_of_pairs(out, &report->skipped, skipped);
    }
}

/* ---- Times -------------------------------------------------------------- */

static void times_table(const struct report *report, FILE *out) {
    static const char *const heads[] = {"route", "browser", "run", "jobs",
                                        "p50",   "p90",     "p99", NULL};
    if (report->n_times == 0) return;
    table_open(out, heads);
    for (int i = 0; i < report->n_times; i++) {
        const struct times *t = &report->times[i];
        fprintf(out,
                "<tr><td>%s</td><td class=\"l\">%s</td><td>%s</td><td>%lld</td>"
                "<td>%.0f</td><td>%.0f</td><td>%.0f</td></tr>\n",
                t->route, t->browser, t->warm ? "warm" : "first",
                (long long)t->n, t->p50, t->p90, t->p99);
    }
    table_close(out);
}

static void times_chart(const struct report *report, bool warm, FILE *out) {
    double least = 1e9, most = 0;
    int n_rows = 0, row = 0;
    char name[2 * RECORD_TEXT_BYTES + 4], value[64];
    for (int i = 0; i < report->n_times; i++) {
        const struct times *t = &report->times[i];
        n_rows += t->warm == warm;
        if (t->p50 < least) least = t->p50;
        if (t->p99 > most) most = t->p99;
    }
    if (n_rows == 0) return;
    struct chart_axis axis = chart_axis_of(least, most);
    heading(out, warm ? "Time of a warm job" : "Time of a first run",
            "Dot: half of the jobs took no longer; thick line: nine of ten; "
            "thin line: 99 of 100.");
    chart_open(out, warm ? "Times of warm jobs" : "Times of first runs", n_rows,
               24);
    chart_axis_draw(out, &axis, n_rows);
    for (int i = 0; i < report->n_times; i++) {
        const struct times *t = &report->times[i];
        if (t->warm != warm) continue;
        snprintf(name, sizeof name, "%s, %s", t->route, t->browser);
        snprintf(value, sizeof value, "p50 %.0f ms", t->p50);
        chart_name(out, row, name);
        chart_spread(out, &axis, row, (double[3]){t->p50, t->p90, t->p99},
                     colour_of(t->route));
        chart_value(out, row++, value);
    }
    chart_close(out);
}

/* What takes longest stands out. */
static const char *const stage_colours[STAGE_TOTAL] = {
    [STAGE_DECODE] = "c2",   [STAGE_DOWNLOAD] = "c7",
    [STAGE_STORE] = "c7",    [STAGE_SETUP] = "c4",
    [STAGE_CANARY] = "c1",   [STAGE_UPLOAD] = "c1",
    [STAGE_PREPARE] = "c3",  [STAGE_INFERENCE] = "c0",
    [STAGE_READBACK] = "c1", [STAGE_REFINEMENT] = "c6",
    [STAGE_COMPOSE] = "c7",  [STAGE_ENCODE] = "c5"};

static void medians_row(const struct report *report, int i, double most,
                        FILE *out) {
    const double *ms = report->medians[i].ms;
    double before = 0;
    char text[64];
    for (int k = 0; k < STAGE_TOTAL; k++) {
        if (ms[k] <= 0) continue;
        double range[2] = {before / most, (before + ms[k]) / most};
        snprintf(text, sizeof text, "%s %.1f ms", record_stages[k], ms[k]);
        chart_bar(out, i, range, stage_colours[k], text);
        before += ms[k];
    }
    snprintf(text, sizeof text, "%.0f ms", before);
    chart_name(out, i, report->medians[i].route);
    chart_value(out, i, text);
}

static double medians_sum(const struct report *report, int i) {
    double total = 0;
    for (int k = 0; k < STAGE_TOTAL; k++)
        if (report->medians[i].ms[k] > 0) total += report->medians[i].ms[k];
    return total;
}

static bool stage_told(const struct report *report, int stage) {
    for (int i = 0; i < report->n_medians; i++)
        if (report->medians[i].ms[stage] > 0) return true;
    return false;
}

static void medians_table(const struct report *report, FILE *out) {
    fprintf(out, "<details open><summary>Numbers, ms</summary><div "
                 "class=\"scroll\"><table><tr><th>stage</th>");
    for (int i = 0; i < report->n_medians; i++)
        fprintf(out, "<th>%s</th>", report->medians[i].route);
    fprintf(out, "</tr>\n");
    for (int k = 0; k < N_STAGES; k++) {
        if (!stage_told(report, k)) continue;
        fprintf(out, "<tr><td>%s</td>", record_stages[k]);
        for (int i = 0; i < report->n_medians; i++)
            if (report->medians[i].ms[k] >= 0)
                fprintf(out, "<td>%.1f</td>", report->medians[i].ms[k]);
            else
                fprintf(out, "<td></td>");
        fprintf(out, "</tr>\n");
    }
    table_close(out);
}

static void show_medians(const struct report *report, FILE *out) {
    double most = 1e-3;
    if (report->n_medians == 0) return;
    for (int i = 0; i < report->n_medians; i++)
        if (medians_sum(report, i) > most) most = medians_sum(report, i);
    heading(out, "Stages of a warm job",
            "Median of each stage, one after the other.");
    chart_open(out, "Median time of each stage, by route", report->n_medians,
               0);
    for (int i = 0; i < report->n_medians; i++)
        medians_row(report, i, most, out);
    chart_close(out);
    fprintf(out, "<div class=\"legend\">");
    for (int k = 0; k < STAGE_TOTAL; k++)
        if (stage_told(report, k))
            legend_entry(out, stage_colours[k], record_stages[k]);
    fprintf(out, "</div>\n");
    medians_table(report, out);
}

/* ---- The page ----------------------------------------------------------- */

static void show_day(FILE *out, int64_t hour) {
    time_t when = (time_t)(hour * 3600);
    struct tm parts;
    char text[32];
    gmtime_r(&when, &parts);
    strftime(text, sizeof text, "%Y-%m-%d", &parts);
    fputs(text, out);
}

static void show_head(const struct report *report, FILE *out) {
    fprintf(out,
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\""
            "default-src 'none'; style-src 'unsafe-inline'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n"
            "<title>cutout: what ran</title>\n<style>\n%s</style>\n"
            "<h1>What ran</h1>\n<p>%lld receipts",
            style, (long long)report->n_receipts);
    if (report->n_receipts > 0) {
        fprintf(out, ", ");
        show_day(out, report->first_hour);
        fprintf(out, " to ");
        show_day(out, report->last_hour);
    }
    fprintf(out, ".");
    for (int i = 0; i < report->engines.n && i < 6; i++)
        fprintf(out, " Version %s: %lld.", report->engines.rows[i].a,
                (long long)report->engines.rows[i].count);
    fprintf(out, "</p>\n");
}

void report_html(const struct report *report, FILE *out) {
    show_head(report, out);
    if (report->n_receipts == 0) return;
    show_bound(report, out);
    show_browsers(report, out);
    show_attempts(report, out);
    show_causes(report, out);
    times_chart(report, false, out);
    times_chart(report, true, out);
    times_table(report, out);
    show_medians(report, out);
}
