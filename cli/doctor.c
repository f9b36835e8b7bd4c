/* cutout doctor: what this machine has. */
#include "commands.h"
#include "flags.h"
#include "help.h"
#include "models.h"
#include "profile.h"
#include "say.h"

#include <glib.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vips/vips.h>

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

struct doctor_options {
    bool json, help;
    const char *models_file, *profile;
};

#define AT(field) offsetof(struct doctor_options, field)
static const struct flag flags[] = {
    {"models", 0, FLAG_TEXT, AT(models_file), 0, 0, NULL, false},
    {"profile", 0, FLAG_TEXT, AT(profile), 0, 0, NULL, false},
    {"json", 0, FLAG_ON, AT(json), 0, 0, NULL, false},
    {"help", 'h', FLAG_ON, AT(help), 0, 0, NULL, false},
    {0},
};

static bool no_word(void *target, const char *text) {
    (void)target;
    say_error("doctor: unexpected '%s'", text);
    return false;
}

static json_t *cpu_json(void) {
    json_t *levels = json_array();
    for (int cpu = CUT_CPU_SCALAR; cpu < CUT_CPU_COUNT; cpu++)
        if (cut_cpu_usable((enum cut_cpu)cpu))
            json_array_append_new(levels,
                                  json_string(cut_cpu_name((enum cut_cpu)cpu)));
    return json_pack("{s:s,s:o,s:i}", "best", cut_cpu_name(cut_cpu_best()),
                     "levels", levels, "cores", cut_cpu_cores());
}

static json_t *memory_json(void) {
    double page = (double)sysconf(_SC_PAGESIZE);
    return json_pack("{s:I,s:I}", "bytes",
                     (json_int_t)((double)sysconf(_SC_PHYS_PAGES) * page),
                     "free_bytes",
                     (json_int_t)((double)sysconf(_SC_AVPHYS_PAGES) * page));
}

static json_t *formats_json(void) {
    static const struct {
        const char *name, *loader, *saver;
    } formats[] = {{"png", "pngload_source", "pngsave_target"},
                   {"jpeg", "jpegload_source", "jpegsave_target"},
                   {"webp", "webpload_source", "webpsave_target"},
                   {"avif", "heifload_source", "heifsave_target"},
                   {"heic", "heifload_source", NULL},
                   {"tiff", "tiffload_source", "tiffsave_target"},
                   {"gif", "gifload_source", NULL}};
    json_t *json = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        bool reads = vips_type_find("VipsOperation", formats[i].loader) != 0;
        bool writes = formats[i].saver &&
                      vips_type_find("VipsOperation", formats[i].saver) != 0;
        json_object_set_new(
            json, formats[i].name,
            json_pack("{s:b,s:b}", "reads", reads, "writes", writes));
    }
    return json;
}

static json_t *models_json_list(const struct registry *registry) {
    json_t *json = json_object();
    for (int i = 0; i < registry->n_models; i++) {
        static const char *states[] = {"missing", "ready", "unchecked"};
        const struct model_spec *spec = &registry->models[i];
        json_object_set_new(json, spec->name,
                            json_string(states[store_state(spec)]));
    }
    return json;
}

static json_t *versions_json(void) {
    char *npm = g_find_program_in_path("npm");
    json_t *json =
        json_pack("{s:s,s:s,s:s,s:s,s:b}", "cutout", CUT_VERSION, "libvips",
                  vips_version_string(), "jansson", JANSSON_VERSION, "compiler",
                  COMPILER, "npm", npm != NULL);
    g_free(npm);
    return json;
}

static json_t *findings(const struct registry *registry) {
    char *store = store_folder();
    json_t *json = json_pack("{s:o,s:o,s:o,s:o,s:s,s:o}", "versions",
                             versions_json(), "cpu", cpu_json(), "memory",
                             memory_json(), "formats", formats_json(), "store",
                             store, "models", models_json_list(registry));
    g_free(store);
    return json;
}

/* ---- For people
 * -------------------------------------------------------------- */

static const char *text_at(json_t *json, const char *section, const char *key) {
    return json_string_value(
        json_object_get(json_object_get(json, section), key));
}

static void tell_cpu(json_t *json) {
    json_t *cpu = json_object_get(json, "cpu"), *level;
    size_t i;
    printf("cpu       %s (of", text_at(json, "cpu", "best"));
    json_array_foreach(json_object_get(cpu, "levels"), i, level)
        printf(" %s", json_string_value(level));
    printf("), %d cores\n",
           (int)json_integer_value(json_object_get(cpu, "cores")));
}

static void tell(json_t *json) {
    json_t *memory = json_object_get(json, "memory"), *value;
    const char *key;
    printf("cutout    %s, libvips %s, jansson %s, compiled by %s\n",
           CUT_VERSION, text_at(json, "versions", "libvips"),
           text_at(json, "versions", "jansson"), COMPILER);
    tell_cpu(json);
    printf("memory    %.1f GB, %.1f GB free\n",
           json_number_value(json_object_get(memory, "bytes")) / 1e9,
           json_number_value(json_object_get(memory, "free_bytes")) / 1e9);
    printf("pictures ");
    json_object_foreach(json_object_get(json, "formats"), key, value)
        printf(" %s%s", key,
               json_is_true(json_object_get(value, "writes")) ? "" : " (read)");
    printf("\nmodels    in %s\n",
           json_string_value(json_object_get(json, "store")));
    json_object_foreach(json_object_get(json, "models"), key, value)
        printf("          %s: %s\n", key, json_string_value(value));
}

/* The picture formats that we promise; each absence is one complaint. */
static int complain(json_t *json) {
    int missing = 0;
    const char *name;
    json_t *format;
    json_object_foreach(
        json_object_get(json, "formats"), name,
        format) if (!json_is_true(json_object_get(format, "reads"))) {
        say_error("libvips here does not read %s; on Debian, install "
                  "libvips42 with its recommended packages",
                  name);
        missing++;
    }
    json_t *versions = json_object_get(json, "versions");
    if (!json_is_true(json_object_get(versions, "npm")))
        say_note("npm is not installed: models cannot be fetched (they can be "
                 "brought with 'cutout models fetch NAME --from FILE')");
    return missing;
}

static int tell_profile(const struct doctor_options *options) {
    struct cut_policy_facts facts;
    struct cut_error err = {0};
    if (!profile_read(options->profile, &facts, &err)) {
        say_error("%s", err.message);
        return EXIT_SOME_FAILED;
    }
    profile_tell(&facts, options->json);
    return EXIT_FINE;
}

int doctor_command(int argc, char **argv) {
    struct doctor_options options = {0};
    struct registry registry;
    struct cut_error err = {0};
    if (!flags_parse(flags, &options, argc, argv, no_word)) return EXIT_USAGE;
    if (options.help) return help_print("doctor");
    if (options.profile) return tell_profile(&options);
    if (!registry_load(options.models_file, &registry, &err)) {
        say_error("%s", err.message);
        return EXIT_MODEL;
    }
    json_t *json = findings(&registry);
    if (options.json) {
        json_dumpf(json, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        tell(json);
    }
    int missing = complain(json);
    json_decref(json);
    registry_free(&registry);
    return missing ? EXIT_SOME_FAILED : EXIT_FINE;
}
