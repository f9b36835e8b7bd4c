/* cutout bench: the network alone. */
#include "commands.h"
#include "engine_flags.h"
#include "heap.h"
#include "help.h"
#include "say.h"

#include <glib.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct bench_options {
    struct engine_options engine; /* first: engine_flag_cpu */
    int runs, warmup;
    bool json, help, profile;
};

#define AT(field) offsetof(struct bench_options, field)
static const struct flag flags[] = {
    {"model", 'm', FLAG_TEXT, AT(engine.model), 0, 0, NULL, false},
    {"runs", 0, FLAG_INT, AT(runs), 1, 10000, NULL, false},
    {"warmup", 0, FLAG_INT, AT(warmup), 0, 1000, NULL, false},
    {"profile", 0, FLAG_ON, AT(profile), 0, 0, NULL, false},
    {"json", 0, FLAG_ON, AT(json), 0, 0, NULL, false},
    {"help", 'h', FLAG_ON, AT(help), 0, 0, NULL, false},
    ENGINE_FLAGS(struct bench_options),
    {0},
};

static bool no_word(void *target, const char *text) {
    (void)target;
    say_error("bench: unexpected '%s'; name the model with -m", text);
    return false;
}

/* A picture-like input: smooth, no zeros, the same every time. */
static void input_fill(float *x, size_t n) {
    uint32_t seed = 1;
    float value = 0;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        value = 0.9f * value + 0.2f * ((float)(seed >> 8) / 16777216.0f - 0.5f);
        x[i] = value;
    }
}

static bool run_all(struct engine *engine, const struct bench_options *options,
                    double *ms, struct cut_error *err) {
    struct cut_tensor in = cut_session_input(engine->session, 0);
    struct cut_tensor out = cut_session_output(engine->session, 0);
    float *x = heap.alloc(NULL, in.bytes), *y = heap.alloc(NULL, out.bytes);
    bool good = (x && y) || fail(err, "out of memory");
    if (good) input_fill(x, in.bytes / sizeof(float));
    for (int i = -options->warmup; good && i < options->runs; i++) {
        double begin = clock_ms();
        good = engine_run(engine, x, y, NULL, NULL, err);
        if (i >= 0) ms[i] = clock_ms() - begin;
    }
    heap.release(NULL, x, in.bytes);
    heap.release(NULL, y, out.bytes);
    return good;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *ms, int n) {
    double *sorted = g_memdup2(ms, sizeof *ms * (size_t)n);
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    double middle =
        n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    g_free(sorted);
    return middle;
}

static void tell_json(const struct engine *engine, const double *ms, int n) {
    struct cut_session_facts facts = cut_session_facts(engine->session);
    json_t *runs = json_array();
    for (int i = 0; i < n; i++) json_array_append_new(runs, json_real(ms[i]));
    json_t *json = json_pack(
        "{s:s,s:s,s:s,s:s*,s:s,s:i,s:[i,i],s:f,s:o,s:f,s:I,s:I,s:f}", "system",
        "cutout", "version", CUT_VERSION, "model", engine->spec.name, "sha256",
        engine->sha256[0] ? engine->sha256 : NULL, "route", facts.route,
        "threads", facts.n_threads, "size", engine->width, engine->height,
        "load_ms", engine->load_ms + engine->setup_ms, "run_ms", runs,
        "median_ms", median(ms, n), "peak_bytes", (json_int_t)facts.peak_bytes,
        "resident_bytes", (json_int_t)resident_peak_bytes(), "gmac",
        facts.macs / 1e9);
    json_dumpf(json, stdout, JSON_REAL_PRECISION(7));
    putchar('\n');
    json_decref(json);
}

static void tell_text(const struct engine *engine, const double *ms, int n) {
    struct cut_session_facts facts = cut_session_facts(engine->session);
    double middle = median(ms, n);
    printf("%s, %d x %d, %s, %d threads\n", engine->spec.name, engine->width,
           engine->height, facts.route, facts.n_threads);
    printf("load    %.0f ms\nruns   ", engine->load_ms + engine->setup_ms);
    for (int i = 0; i < n; i++) printf(" %.0f", ms[i]);
    printf(" ms\nmedian  %.1f ms, %.1f GMAC, %.0f GFLOP/s\n", middle,
           facts.macs / 1e9, 2 * facts.macs / middle / 1e6);
    printf("memory  %.1f MB planned, %.1f MB resident at most\n",
           (double)facts.peak_bytes / 1e6, (double)resident_peak_bytes() / 1e6);
}

static void tell_profile(const struct engine *engine) {
    int n = cut_session_facts(engine->session).n_steps;
    printf("%9s %9s  %-14s %-14s %s\n", "ms", "GFLOP/s", "operator", "method",
           "node");
    for (int i = 0; i < n; i++) {
        struct cut_step_facts step = cut_session_step(engine->session, i);
        char *node = say_clean(step.node);
        double rate = step.ms > 0 ? 2 * step.macs / step.ms / 1e6 : 0;
        printf("%9.3f %9.1f  %-14s %-14s %s\n", step.ms, rate, step.op,
               step.method, node);
        g_free(node);
    }
}

static bool bench(struct engine *engine, const struct bench_options *options,
                  struct cut_error *err) {
    double *ms = g_new0(double, (gsize)options->runs);
    bool good = engine_plan(engine, &options->engine, err) &&
                run_all(engine, options, ms, err);
    if (good && options->json)
        tell_json(engine, ms, options->runs);
    else if (good)
        tell_text(engine, ms, options->runs);
    if (good && options->profile) tell_profile(engine);
    g_free(ms);
    return good;
}

int bench_command(int argc, char **argv) {
    struct bench_options options = {.runs = 5, .warmup = 1};
    struct engine engine;
    struct cut_error err = {0};
    if (!flags_parse(flags, &options, argc, argv, no_word)) return EXIT_USAGE;
    if (options.help) return help_print("bench");
    options.engine.profile = options.profile;
    bool good = engine_open(&engine, &options.engine, &err) &&
                bench(&engine, &options, &err);
    if (!good) say_error("%s", err.message);
    engine_close(&engine);
    return good ? EXIT_FINE : EXIT_MODEL;
}
