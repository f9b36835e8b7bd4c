#include "receipt.h"

#include "heap.h"
#include "say.h"

#include <glib.h>
#include <jansson.h>
#include <stdio.h>

const char *stage_name(enum stage stage) {
    static const char *names[] = {
#define X(name, text) text,
        STAGE_MAP(X)
#undef X
    };
    return names[stage];
}

const char *outcome_name(enum outcome outcome) {
    static const char *names[] = {"cut", "no_subject", "ambiguous", "skipped",
                                  "failed"};
    return names[outcome];
}

/* Names that are no UTF-8 are escaped: JSON has no other way to hold them. */
static json_t *json_text(const char *text) {
    char *clean =
        g_utf8_validate(text, -1, NULL) ? g_strdup(text) : say_clean(text);
    json_t *json = json_string(clean);
    g_free(clean);
    return json;
}

static double rounded(double value, double unit) {
    return (double)(int64_t)(value / unit + (value < 0 ? -0.5 : 0.5)) * unit;
}

static json_t *model_json(const struct engine *engine) {
    if (!engine->path) return json_null();
    return json_pack("{s:s,s:o,s:s*,s:o*}", "name", engine->spec.name, "path",
                     json_text(engine->path), "sha256",
                     engine->sha256[0] ? engine->sha256 : NULL, "size",
                     engine->width ? json_integer(engine->width) : NULL);
}

/* The program is the engine: its own hash, found once. */
static json_t *engine_json(void) {
    static char sha256[65];
    struct cut_error ignored;
    if (!sha256[0] && !file_sha256("/proc/self/exe", sha256, &ignored))
        return NULL;
    return json_pack("{s:s,s:s}", "version", CUT_VERSION, "sha256", sha256);
}

/* Stages that only the page has are 0 here, so that the same questions can be
 * asked of both. */
static json_t *stages_json(const struct receipt *receipt,
                           const struct engine *engine) {
    static const char *const foreign[] = {"canary", "upload", "readback"};
    json_t *stages = json_object();
    double download = receipt->warm ? 0 : engine->download_ms;
    for (int i = 0; i < STAGE_COUNT; i++)
        json_object_set_new(stages, stage_name((enum stage)i),
                            json_real(rounded(receipt->ms[i], 0.001)));
    json_object_set_new(stages, "download",
                        json_real(rounded(download, 0.001)));
    json_object_set_new(
        stages, "store",
        json_real(rounded(MAX(receipt->ms[STAGE_LOAD] - download, 0), 0.001)));
    for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++)
        json_object_set_new(stages, foreign[i], json_real(0));
    json_object_set_new(stages, "total",
                        json_real(rounded(receipt->total_ms, 0.001)));
    return stages;
}

/* ---- Routes and attempts ------------------------------------------------- */

static json_t *route_json(enum cut_cpu cpu, const char *bound, int size) {
    char route[40];
    g_snprintf(route, sizeof route, "cpu-%s", cut_cpu_name(cpu));
    bool chosen = strcmp(route, bound) == 0, usable = cut_cpu_usable(cpu);
    return json_pack("{s:s,s:i,s:b,s:s,s:s}", "route", route, "size", size,
                     "chosen", chosen, "reason",
                     chosen   ? "fastest"
                     : usable ? "other-route"
                              : "not-supported",
                     "text",
                     chosen ? "The best instruction set that this CPU has, or "
                              "the one that was asked for."
                     : usable ? "This CPU has it too, but another one is used."
                              : "This CPU or this build does not have it.");
}

static json_t *routes_json(const struct engine *engine, const char *bound) {
    json_t *routes = json_array();
    for (int i = CUT_CPU_COUNT - 1; bound && i > CUT_CPU_BEST; i--)
        json_array_append_new(
            routes, route_json((enum cut_cpu)i, bound, engine->width));
    return routes;
}

/* Names as the page has them, of `enum cut_failure`. */
static const char *failure_kind(enum cut_status status) {
    switch (status) {
    case CUT_NO_MEMORY: return "out-of-memory";
    case CUT_BAD_RESULT: return "wrong-result";
    case CUT_BAD_MODEL: return "corrupt-model";
    case CUT_UNSUPPORTED:
    case CUT_INTERNAL: return "engine-error";
    default: return NULL;
    }
}

static json_t *cause_json(enum cut_status status, const char *message) {
    const char *kind = failure_kind(status);
    return json_pack("{s:s?,s:s,s:o,s:n,s:n}", "kind", kind, "code",
                     cut_status_name(status), "message", json_text(message),
                     "where", "reason");
}

static json_t *attempts_json(const struct receipt *receipt,
                             const struct engine *engine, const char *route) {
    json_t *attempts = json_array();
    for (int i = 0; route && i < receipt->n_attempts; i++) {
        const struct attempt *attempt = &receipt->attempts[i];
        bool good = !attempt->message[0];
        json_array_append_new(
            attempts,
            json_pack("{s:s,s:i,s:n,s:s,s:o,s:s,s:f}", "route", route, "size",
                      engine->width, "adapter", "outcome",
                      good ? "done" : "failed", "cause",
                      good ? json_null()
                           : cause_json(attempt->status, attempt->message),
                      "stage", stage_name(STAGE_INFERENCE), "ms",
                      rounded(attempt->ms, 0.001)));
    }
    return attempts;
}

static json_t *mask_json(const struct receipt *receipt) {
    const struct cut_mask_facts *mask = &receipt->mask;
    if (!receipt->has_mask) return json_null();
    return json_pack("{s:i,s:i,s:f,s:f,s:f,s:f,s:f,s:[i,i,i,i]}", "width",
                     receipt->mask_width, "height", receipt->mask_height, "min",
                     (double)mask->min, "max", (double)mask->max, "mean",
                     (double)mask->mean, "coverage", (double)mask->coverage,
                     "uncertain", (double)mask->uncertain, "box", mask->box[0],
                     mask->box[1], mask->box[2], mask->box[3]);
}

static json_t *input_json(const struct receipt *receipt) {
    json_t *input = json_pack("{s:o}", "name", json_text(receipt->input));
    if (receipt->in_width > 0)
        json_object_update_new(
            input,
            json_pack("{s:s,s:i,s:i,s:i,s:b,s:b}", "format",
                      picture_format_name(receipt->in_format), "width",
                      receipt->in_width, "height", receipt->in_height, "depth",
                      receipt->in_depth, "alpha", receipt->has_alpha, "profile",
                      receipt->has_profile));
    return input;
}

static json_t *output_json(const struct receipt *receipt) {
    if (!receipt->output || receipt->outcome == OUTCOME_FAILED)
        return json_null();
    json_t *output =
        json_pack("{s:o,s:s}", "name", json_text(receipt->output), "format",
                  picture_format_name(receipt->out_format));
    if (receipt->out_width > 0)
        json_object_update_new(output, json_pack("{s:i,s:i}", "width",
                                                 receipt->out_width, "height",
                                                 receipt->out_height));
    if (receipt->out_bytes)
        json_object_set_new(output, "bytes",
                            json_integer((json_int_t)receipt->out_bytes));
    return output;
}

static json_t *head_json(const struct receipt *receipt,
                         const struct engine *engine, const char *route) {
    bool failed = receipt->outcome == OUTCOME_FAILED;
    return json_pack(
        "{s:i,s:s,s:s,s:s,s:o,s:o,s:o,s:o*,s:s?,s:n,s:o,s:o,s:b,s:o*,s:o*,"
        "s:s*}",
        "receipt", 2, "program", "cli", "cutout", CUT_VERSION, "outcome",
        outcome_name(receipt->outcome), "input", input_json(receipt), "output",
        output_json(receipt), "model", model_json(engine), "engine",
        engine_json(), "route", failed ? NULL : route, "adapter", "routes",
        routes_json(engine, route), "attempts",
        attempts_json(receipt, engine, route), "warm", receipt->warm, "error",
        failed ? json_text(receipt->error.message) : NULL, "cause",
        failed ? cause_json(receipt->error.status, receipt->error.message)
               : NULL,
        "chaos", receipt->chaos);
}

void receipt_print(const struct receipt *receipt, const struct engine *engine) {
    struct cut_session_facts facts = {0};
    if (engine->session) facts = cut_session_facts(engine->session);
    json_t *json = head_json(receipt, engine, facts.route);
    if (facts.route)
        json_object_set_new(json, "threads", json_integer(facts.n_threads));
    json_object_update_new(
        json,
        json_pack("{s:o,s:f,s:{s:I,s:b,s:i},s:{s:I,s:I,s:n,s:n},s:o}", "ms",
                  stages_json(receipt, engine), "reinit_ms", 0.0, "load",
                  "downloaded",
                  (json_int_t)(engine->download_ms > 0 && !receipt->warm
                                   ? engine->n_bytes
                                   : 0),
                  "stored", true, "repaired", (int)engine->repaired,
                  "peak_bytes", "planned", (json_int_t)receipt->planned_bytes,
                  "resident", (json_int_t)resident_peak_bytes(), "wasm", "gpu",
                  "mask", mask_json(receipt)));
    json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    fputc('\n', stdout);
    fflush(stdout);
    json_decref(json);
}

void receipt_tell(const struct receipt *receipt) {
    GString *line = g_string_new(NULL);
    for (int i = 0; i < STAGE_COUNT; i++)
        g_string_append_printf(line, "%s%s %.0f ms", i ? ", " : "  ",
                               stage_name((enum stage)i), receipt->ms[i]);
    say_detail("%s", line->str);
    say_detail("  peak %.0f MB resident, %.0f MB planned",
               (double)resident_peak_bytes() / 1e6,
               (double)receipt->planned_bytes / 1e6);
    g_string_free(line, TRUE);
}
