#define _GNU_SOURCE
#include "telemetry/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_WORDS = 24 };
static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025,
                                0.05,  0.1,    0.25,  0.5,  1,
                                2.5,   5,      10,    25,   60};
enum { N_BOUNDS = sizeof bounds / sizeof *bounds };

struct histogram {
    uint64_t below[N_BOUNDS + 1]; /* not yet summed up */
    double sum;
};

struct metrics {
    pthread_mutex_t lock;
    uint64_t requests[N_VERDICTS], receipts, expired, commits;
    uint64_t bound[MAX_WORDS], causes[MAX_WORDS], outcomes[MAX_WORDS];
    struct histogram stages[N_STAGES];
    double commit_seconds;
    int64_t database_bytes;
    int waiting;
};

static const struct {
    unsigned status;
    const char *name, *text;
} verdicts[N_VERDICTS] = {
    {204, "", ""},
    {400, "malformed", "This is no batch of receipts.\n"},
    {403, "foreign", "Only this server's own page may send.\n"},
    {411, "no_length", "Say Content-Length.\n"},
    {413, "too_large", "The body is too large.\n"},
    {415, "type", "Send application/json or text/plain.\n"},
    {429, "rate", "Too much from one address.\n"},
    {503, "busy", "Too much waits for the disk.\n"},
    {507, "storage", "Nothing can be stored.\n"},
    {0, "incomplete", ""},
};

unsigned verdict_status(enum verdict verdict) {
    return verdicts[verdict].status;
}

const char *verdict_text(enum verdict verdict) {
    return verdicts[verdict].text;
}

/* ---- Counting ----------------------------------------------------------- */

struct metrics *metrics_new(void) {
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics) pthread_mutex_init(&metrics->lock, NULL);
    return metrics;
}

void metrics_free(struct metrics *metrics) {
    if (!metrics) return;
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

void metrics_request(struct metrics *metrics, enum verdict verdict) {
    pthread_mutex_lock(&metrics->lock);
    metrics->requests[verdict]++;
    pthread_mutex_unlock(&metrics->lock);
}

static void observe(struct histogram *histogram, double seconds) {
    int i = 0;
    while (i < N_BOUNDS && seconds > bounds[i]) i++;
    histogram->below[i]++;
    histogram->sum += seconds;
}

static void count(struct metrics *metrics, const struct record *record) {
    metrics->receipts++;
    metrics->outcomes[record_find(record_outcomes, record->outcome)]++;
    if (record->route[0])
        metrics->bound[record_find(record_routes, record->route)]++;
    for (int i = 0; i < record->n_attempts; i++)
        if (record->attempts[i].outcome[0] == 'f')
            metrics->causes[record_find(record_causes,
                                        record->attempts[i].cause)]++;
    for (int i = 0; i < N_STAGES; i++)
        if (record->ms[i] >= 0)
            observe(&metrics->stages[i], record->ms[i] / 1000);
}

void metrics_kept(struct metrics *metrics, const struct record *records,
                  int n) {
    pthread_mutex_lock(&metrics->lock);
    for (int i = 0; i < n; i++) count(metrics, &records[i]);
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_expired(struct metrics *metrics, int n) {
    pthread_mutex_lock(&metrics->lock);
    metrics->expired += (uint64_t)n;
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_commit(struct metrics *metrics, double seconds,
                    int64_t database_bytes) {
    pthread_mutex_lock(&metrics->lock);
    metrics->commits++;
    metrics->commit_seconds += seconds;
    metrics->database_bytes = database_bytes;
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_size(struct metrics *metrics, int64_t database_bytes) {
    pthread_mutex_lock(&metrics->lock);
    metrics->database_bytes = database_bytes;
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_waiting(struct metrics *metrics, int n) {
    pthread_mutex_lock(&metrics->lock);
    metrics->waiting = n;
    pthread_mutex_unlock(&metrics->lock);
}

/* ---- Text --------------------------------------------------------------- */

static void family(FILE *out, const char *name, const char *type,
                   const char *help) {
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void plain(FILE *out, const char *name, const char *type,
                  const char *help, double value) {
    family(out, name, type, help);
    fprintf(out, "%s %.17g\n", name, value);
}

static void labelled(FILE *out, const char *name, const char *label,
                     const char *const *words, const uint64_t *counts) {
    int i = 0;
    for (; words[i]; i++)
        fprintf(out, "%s{%s=\"%s\"} %llu\n", name, label, words[i],
                (unsigned long long)counts[i]);
    fprintf(out, "%s{%s=\"other\"} %llu\n", name, label,
            (unsigned long long)counts[i]);
}

static void write_requests(FILE *out, const struct metrics *metrics) {
    static const char requests[] = "cutout_telemetry_requests_total";
    static const char dropped[] = "cutout_telemetry_dropped_total";
    family(out, requests, "counter", "Batches received, by HTTP status.");
    for (int i = 0; i < N_VERDICTS; i++)
        if (verdicts[i].status)
            fprintf(out, "%s{status=\"%u\"} %llu\n", requests,
                    verdicts[i].status,
                    (unsigned long long)metrics->requests[i]);
    family(out, dropped, "counter", "Batches dropped, by reason.");
    for (int i = VERDICT_KEPT + 1; i < N_VERDICTS; i++)
        fprintf(out, "%s{reason=\"%s\"} %llu\n", dropped, verdicts[i].name,
                (unsigned long long)metrics->requests[i]);
}

static void write_receipts(FILE *out, const struct metrics *metrics) {
    plain(out, "cutout_telemetry_receipts_total", "counter", "Receipts kept.",
          (double)metrics->receipts);
    plain(out, "cutout_telemetry_expired_total", "counter",
          "Receipts dropped because of their age.", (double)metrics->expired);
    family(out, "cutout_jobs_total", "counter", "Jobs, by outcome.");
    labelled(out, "cutout_jobs_total", "outcome", record_outcomes,
             metrics->outcomes);
    family(out, "cutout_bound_total", "counter",
           "Jobs with a result, by the route that gave it.");
    labelled(out, "cutout_bound_total", "route", record_routes, metrics->bound);
    family(out, "cutout_failed_attempts_total", "counter",
           "Attempts that failed, by cause.");
    labelled(out, "cutout_failed_attempts_total", "cause", record_causes,
             metrics->causes);
}

static void write_histogram(FILE *out, const char *name, const char *stage,
                            const struct histogram *histogram) {
    uint64_t sum = 0;
    for (int i = 0; i < N_BOUNDS; i++) {
        sum += histogram->below[i];
        fprintf(out, "%s_bucket{stage=\"%s\",le=\"%g\"} %llu\n", name, stage,
                bounds[i], (unsigned long long)sum);
    }
    sum += histogram->below[N_BOUNDS];
    fprintf(out, "%s_bucket{stage=\"%s\",le=\"+Inf\"} %llu\n", name, stage,
            (unsigned long long)sum);
    fprintf(out, "%s_sum{stage=\"%s\"} %.17g\n", name, stage, histogram->sum);
    fprintf(out, "%s_count{stage=\"%s\"} %llu\n", name, stage,
            (unsigned long long)sum);
}

static void write_all(FILE *out, const struct metrics *metrics) {
    static const char stage[] = "cutout_stage_seconds";
    write_requests(out, metrics);
    write_receipts(out, metrics);
    family(out, stage, "histogram", "Time of each stage of a job.");
    for (int i = 0; i < N_STAGES; i++)
        write_histogram(out, stage, record_stages[i], &metrics->stages[i]);
    plain(out, "cutout_telemetry_database_bytes", "gauge",
          "Size of the database and its log.", (double)metrics->database_bytes);
    plain(out, "cutout_telemetry_waiting_receipts", "gauge",
          "Receipts that wait for the disk.", metrics->waiting);
    family(out, "cutout_telemetry_commit_seconds", "summary",
           "Time of the transactions.");
    fprintf(out,
            "cutout_telemetry_commit_seconds_sum %.17g\n"
            "cutout_telemetry_commit_seconds_count %llu\n",
            metrics->commit_seconds, (unsigned long long)metrics->commits);
}

char *metrics_text(struct metrics *metrics) {
    char *text = NULL;
    size_t n_bytes;
    FILE *out = open_memstream(&text, &n_bytes);
    if (!out) return NULL;
    pthread_mutex_lock(&metrics->lock);
    write_all(out, metrics);
    pthread_mutex_unlock(&metrics->lock);
    if (fclose(out) == 0) return text;
    free(text);
    return NULL;
}
