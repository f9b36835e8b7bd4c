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
    return json_pack("{s:s,s:o,s:s*}", "name", engine->spec.name, "path",
                     json_text(engine->path), "sha256",
                     engine->sha256[0] ? engine->sha256 : NULL);
}

static json_t *stages_json(const struct receipt *receipt) {
    json_t *stages = json_object();
    for (int i = 0; i < STAGE_COUNT; i++)
        json_object_set_new(stages, stage_name((enum stage)i),
                            json_real(rounded(receipt->ms[i], 0.001)));
    json_object_set_new(stages, "total",
                        json_real(rounded(receipt->total_ms, 0.001)));
    return stages;
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
    return output;
}

void receipt_print(const struct receipt *receipt, const struct engine *engine) {
    bool planned = engine->session != NULL;
    struct cut_session_facts facts = {0};
    if (planned) facts = cut_session_facts(engine->session);
    json_t *json = json_pack(
        "{s:s,s:s,s:o,s:o,s:o,s:o*,s:o*,s:o,s:{s:I,s:I},s:o}", "cutout",
        CUT_VERSION, "outcome", outcome_name(receipt->outcome), "input",
        input_json(receipt), "output", output_json(receipt), "model",
        model_json(engine), "route", planned ? json_string(facts.route) : NULL,
        "threads", planned ? json_integer(facts.n_threads) : NULL, "ms",
        stages_json(receipt), "peak_bytes", "planned",
        (json_int_t)receipt->planned_bytes, "resident",
        (json_int_t)resident_peak_bytes(), "mask", mask_json(receipt));
    if (receipt->outcome == OUTCOME_FAILED)
        json_object_set_new(json, "error", json_text(receipt->error.message));
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
