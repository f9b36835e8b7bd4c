#include "options.h"

#include "engine_flags.h"
#include "flags.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

/* ---- Values ------------------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t rgb;
} colour_names[] = {
    {"black", 0x000000},   {"silver", 0xc0c0c0}, {"gray", 0x808080},
    {"grey", 0x808080},    {"white", 0xffffff},  {"maroon", 0x800000},
    {"red", 0xff0000},     {"purple", 0x800080}, {"fuchsia", 0xff00ff},
    {"magenta", 0xff00ff}, {"green", 0x008000},  {"lime", 0x00ff00},
    {"olive", 0x808000},   {"yellow", 0xffff00}, {"navy", 0x000080},
    {"blue", 0x0000ff},    {"teal", 0x008080},   {"aqua", 0x00ffff},
    {"cyan", 0x00ffff},    {"orange", 0xffa500}, {"pink", 0xffc0cb},
    {"brown", 0xa52a2a},
};

static void colour_set(uint32_t rgb, uint16_t colour[3]) {
    for (int i = 0; i < 3; i++)
        colour[i] = (uint16_t)(((rgb >> (16 - 8 * i)) & 255) * 257);
}

static bool hex_parse(const char *text, uint16_t colour[3]) {
    size_t length = strlen(text);
    char *end;
    if (length != 3 && length != 6) return false;
    if (strspn(text, "0123456789abcdefABCDEF") != length) return false;
    uint32_t n = (uint32_t)strtoul(text, &end, 16);
    if (length == 3)
        n = (n >> 8) * 0x110000 + ((n >> 4) & 15) * 0x1100 + (n & 15) * 0x11;
    colour_set(n, colour);
    return true;
}

bool colour_parse(const char *text, uint16_t colour[3]) {
    if (*text == '#') return hex_parse(text + 1, colour);
    for (size_t i = 0; i < G_N_ELEMENTS(colour_names); i++)
        if (g_ascii_strcasecmp(text, colour_names[i].name) == 0) {
            colour_set(colour_names[i].rgb, colour);
            return true;
        }
    return false;
}

static bool read_background(void *target, const char *value,
                            struct cut_error *err) {
    struct background *background = &((struct options *)target)->background;
    background->file = value;
    if (strcmp(value, "blur") == 0)
        background->kind = BACKGROUND_BLUR;
    else if (colour_parse(value, background->colour))
        background->kind = BACKGROUND_COLOUR;
    else if (g_file_test(value, G_FILE_TEST_EXISTS))
        background->kind = BACKGROUND_FILE;
    else
        return fail(err,
                    "expected a colour (#rgb, #rrggbb or a name such as "
                    "'white'), an existing picture or 'blur' for "
                    "--background but received '%s'",
                    value);
    return true;
}

static bool read_margin(void *target, const char *value,
                        struct cut_error *err) {
    struct options *options = target;
    char *end;
    long margin = strtol(value, &end, 10);
    options->margin_percent = *end == '%';
    if (*end == '%') end++;
    if (end == value || *end || margin < 0 || margin > 100000)
        return fail(err,
                    "expected pixels or a percentage such as 5%% for "
                    "--margin but received '%s'",
                    value);
    options->margin = (int)margin;
    options->crop = true;
    return true;
}

static bool read_format(void *target, const char *value,
                        struct cut_error *err) {
    struct options *options = target;
    options->format = picture_format_named(value);
    if (options->format != PICTURE_NONE) return true;
    return fail(err,
                "expected png, webp, avif, tiff or jpeg for --format but "
                "received '%s'",
                value);
}

static bool read_cpu(void *target, const char *value, struct cut_error *err) {
    return engine_read_cpu(&((struct options *)target)->engine, value, err);
}

static bool read_chaos(void *target, const char *value, struct cut_error *err) {
    return chaos_parse(&((struct options *)target)->chaos, value, err);
}

static bool read_mean(void *target, const char *value, struct cut_error *err) {
    struct engine_options *engine = &((struct options *)target)->engine;
    engine->has_mean = flag_read_triple(value, engine->mean);
    if (engine->has_mean) return true;
    return fail(err,
                "expected one number or three (R,G,B, on a scale of 0 to "
                "255) for --mean but received '%s'",
                value);
}

static bool read_std(void *target, const char *value, struct cut_error *err) {
    struct engine_options *engine = &((struct options *)target)->engine;
    engine->has_std = flag_read_triple(value, engine->std);
    for (int i = 0; engine->has_std && i < 3; i++)
        engine->has_std = engine->std[i] != 0;
    if (engine->has_std) return true;
    return fail(err,
                "expected one number or three (R,G,B, none zero, on a "
                "scale of 0 to 255) for --std but received '%s'",
                value);
}

/* ---- The table ---------------------------------------------------------- */

#define AT(field) offsetof(struct options, field)
#define SWITCH(function)                                                       \
    static bool function(void *target, const char *value, struct cut_error *err)

SWITCH(refine_on) {
    (void)value, (void)err;
    ((struct options *)target)->matte.no_refine = false;
    return true;
}

SWITCH(foreground_on) {
    (void)value, (void)err;
    ((struct options *)target)->matte.no_foreground = false;
    return true;
}

static const struct flag flags[] = {
    {"output", 'o', FLAG_TEXT, AT(output), 0, 0, NULL, false},
    {"format", 'f', FLAG_CALL, 0, 0, 0, read_format, false},
    {"background", 'b', FLAG_CALL, 0, 0, 0, read_background, false},
    {"mask", 0, FLAG_ON, AT(mask), 0, 0, NULL, false},
    {"crop", 0, FLAG_ON, AT(crop), 0, 0, NULL, false},
    {"margin", 0, FLAG_CALL, 0, 0, 0, read_margin, false},
    {"quality", 0, FLAG_INT, AT(quality), 1, 100, NULL, false},
    {"model", 'm', FLAG_TEXT, AT(engine.model), 0, 0, NULL, false},
    {"models", 0, FLAG_TEXT, AT(engine.models_file), 0, 0, NULL, false},
    {"size", 0, FLAG_INT, AT(engine.size), 16, 8192, NULL, false},
    {"threads", 't', FLAG_INT, AT(engine.n_threads), 1, 256, NULL, false},
    {"cpu", 0, FLAG_CALL, 0, 0, 0, read_cpu, false},
    {"mean", 0, FLAG_CALL, 0, 0, 0, read_mean, false},
    {"std", 0, FLAG_CALL, 0, 0, 0, read_std, false},
    {"output-name", 0, FLAG_TEXT, AT(engine.output_name), 0, 0, NULL, false},
    {"offline", 0, FLAG_ON, AT(engine.offline), 0, 0, NULL, false},
    {"refine", 0, FLAG_CALL, 0, 0, 0, refine_on, true},
    {"no-refine", 0, FLAG_ON, AT(matte.no_refine), 0, 0, NULL, false},
    {"foreground", 0, FLAG_CALL, 0, 0, 0, foreground_on, true},
    {"no-foreground", 0, FLAG_ON, AT(matte.no_foreground), 0, 0, NULL, false},
    {"invert", 0, FLAG_ON, AT(matte.invert), 0, 0, NULL, false},
    {"recursive", 'r', FLAG_ON, AT(recursive), 0, 0, NULL, false},
    {"skip-existing", 0, FLAG_ON, AT(skip_existing), 0, 0, NULL, false},
    {"jobs", 'j', FLAG_INT, AT(jobs), 1, 64, NULL, false},
    {"keep-metadata", 0, FLAG_ON, AT(keep_metadata), 0, 0, NULL, false},
    {"max-megapixels", 0, FLAG_INT, AT(max_megapixels), 1, 4000, NULL, false},
    {"chaos", 0, FLAG_CALL, 0, 0, 0, read_chaos, false},
    {"json", 0, FLAG_ON, AT(json), 0, 0, NULL, false},
    {"quiet", 'q', FLAG_ON, AT(quiet), 0, 0, NULL, false},
    {"verbose", 'v', FLAG_COUNT, AT(verbose), 0, 0, NULL, false},
    {"help", 'h', FLAG_ON, AT(help), 0, 0, NULL, false},
    {"version", 'V', FLAG_ON, AT(version), 0, 0, NULL, false},
    {0},
};

static bool take_input(void *target, const char *text) {
    g_ptr_array_add(((struct options *)target)->inputs, (char *)text);
    return true;
}

/* ---- Sense -------------------------------------------------------------- */

static const char *contradiction(const struct options *options) {
    if (options->help || options->version) return NULL;
    if (options->inputs->len == 0)
        return "no input: name a picture, a folder "
               "or - for standard input";
    if (options->mask && options->background.kind != BACKGROUND_NONE)
        return "--mask and --background exclude each other";
    if (options->json && options->output && !strcmp(options->output, "-"))
        return "--json and -o - both want standard output";
    if (options->output && !strcmp(options->output, "-") &&
        options->inputs->len > 1)
        return "-o - takes exactly one input";
    return NULL;
}

bool options_parse(struct options *options, int argc, char **argv) {
    *options =
        (struct options){.inputs = g_ptr_array_new(), .max_megapixels = 300};
    if (!flags_parse(flags, options, argc, argv, take_input)) return false;
    say_set_level(options->quiet ? -1 : options->verbose);
    options->matte.n_threads = options->engine.n_threads;
    options->engine.want_hash = options->json;
    options->engine.chaos = &options->chaos;
    const char *wrong = contradiction(options);
    if (!wrong) return true;
    say_error("%s", wrong);
    say_note("Try 'cutout --help'.");
    return false;
}

void options_free(struct options *options) {
    g_ptr_array_free(options->inputs, TRUE);
}
