/* cutout models list | fetch | chunk| fetch | verify | remove | path */
#include "models.h"

#include "chunk.h"
#include "commands.h"
#include "fetch.h"
#include "flags.h"
#include "help.h"
#include "say.h"

#include <glib.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct models_options {
    GPtrArray *words; /* verb, then names */
    const char *from, *to, *models_file;
    bool json, help, quiet;
    struct registry registry;
};

#define AT(field) offsetof(struct models_options, field)
static const struct flag flags[] = {
    {"from", 0, FLAG_TEXT, AT(from), 0, 0, NULL, false},
    {"to", 0, FLAG_TEXT, AT(to), 0, 0, NULL, false},
    {"models", 0, FLAG_TEXT, AT(models_file), 0, 0, NULL, false},
    {"json", 0, FLAG_ON, AT(json), 0, 0, NULL, false},
    {"quiet", 'q', FLAG_ON, AT(quiet), 0, 0, NULL, false},
    {"help", 'h', FLAG_ON, AT(help), 0, 0, NULL, false},
    {0},
};

static bool take_word(void *target, const char *text) {
    g_ptr_array_add(((struct models_options *)target)->words, (char *)text);
    return true;
}

/* ---- list ---------------------------------------------------------------- */

static const char *state_text(const struct model_spec *spec) {
    switch (store_state(spec)) {
    case STORE_READY: return "here";
    case STORE_UNCHECKED: return "here, not verified";
    case STORE_MISSING: break;
    }
    return spec->npm.package ? "can be fetched" : "bring your own file";
}

static void list_json(const struct registry *registry) {
    json_t *list = json_array();
    for (int i = 0; i < registry->n_models; i++) {
        const struct model_spec *spec = &registry->models[i];
        char *path = store_path(spec);
        bool here = store_state(spec) != STORE_MISSING;
        json_array_append_new(
            list,
            json_pack("{s:s,s:s,s:b,s:s,s:I,s:s?,s:s,s:s,s:b,s:b}", "name",
                      spec->name, "description", spec->description, "here",
                      here, "path", path, "bytes", (json_int_t)spec->bytes,
                      "sha256", spec->sha256, "licence", spec->licence,
                      "licence_url", spec->licence_url, "default",
                      !strcmp(spec->name, registry->default_name), "fetchable",
                      spec->npm.package != NULL));
        g_free(path);
    }
    json_dumpf(list, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(list);
}

static bool models_list(struct models_options *options, struct cut_error *err) {
    const struct registry *registry = &options->registry;
    (void)err;
    if (options->json) {
        list_json(registry);
        return true;
    }
    for (int i = 0; i < registry->n_models; i++) {
        const struct model_spec *spec = &registry->models[i];
        bool first = strcmp(spec->name, registry->default_name) == 0;
        printf("%-14s %s%s\n", spec->name, state_text(spec),
               first ? " (default)" : "");
        printf("%-14s %s\n", "", spec->description);
        if (spec->bytes)
            printf("%-14s %.0f MB; ", "", (double)spec->bytes / 1e6);
        else
            printf("%-14s ", "");
        printf("licence: %s, %s\n", spec->licence, spec->licence_url);
    }
    return true;
}

/* ---- One model at a time ------------------------------------------------- */

static bool fetch_one(const struct models_options *options,
                      const struct model_spec *spec, struct cut_error *err) {
    bool had = !options->from && store_state(spec) == STORE_READY;
    if (!model_fetch(spec, options->from, err)) return false;
    if (had) say_note("%s: already here", spec->name);
    return true;
}

static bool verify_one(const struct models_options *options,
                       const struct model_spec *spec, struct cut_error *err) {
    char sha256[65];
    (void)options;
    if (store_state(spec) == STORE_MISSING)
        return fail(err, "%s: not here", spec->name);
    if (!store_verify(spec, err)) return false;
    if (store_hash(spec, sha256))
        printf("%s: good, SHA-256 %s%s\n", spec->name, sha256,
               spec->sha256 ? "" : " (nothing to compare with)");
    return true;
}

static bool remove_one(const struct models_options *options,
                       const struct model_spec *spec, struct cut_error *err) {
    (void)options;
    if (store_state(spec) == STORE_MISSING)
        return fail(err, "%s: not here", spec->name);
    return store_remove(spec, err);
}

static bool path_one(const struct models_options *options,
                     const struct model_spec *spec, struct cut_error *err) {
    (void)options;
    if (store_state(spec) == STORE_MISSING)
        return fail(err, "%s: not here; 'cutout models fetch %s'", spec->name,
                    spec->name);
    char *path = store_path(spec);
    puts(path);
    g_free(path);
    return true;
}

static bool chunk_one(const struct models_options *options,
                      const struct model_spec *spec, struct cut_error *err) {
    char *own = options->to ? NULL : chunk_folder();
    const char *folder = own ? own : options->to;
    bool good = chunk_model(spec, folder, err);
    if (good)
        say_note("%s: in pieces in %s/%s", spec->name, folder, spec->name);
    g_free(own);
    return good;
}

typedef bool one_action(const struct models_options *options,
                        const struct model_spec *spec, struct cut_error *err);

static bool each_named(struct models_options *options, one_action *action,
                       struct cut_error *err) {
    for (guint i = 1; i < options->words->len; i++) {
        const char *name = options->words->pdata[i];
        const struct model_spec *spec = registry_find(&options->registry, name);
        if (!spec)
            return fail(err,
                        "unknown model '%s'; 'cutout models list' shows "
                        "the known ones",
                        name);
        if (!action(options, spec, err)) return false;
    }
    return true;
}

static bool verify_all(struct models_options *options, struct cut_error *err) {
    for (int i = 0; i < options->registry.n_models; i++) {
        const struct model_spec *spec = &options->registry.models[i];
        if (store_state(spec) != STORE_MISSING &&
            !verify_one(options, spec, err))
            return false;
    }
    return true;
}

/* ---- Dispatch ------------------------------------------------------------ */

static bool run_verb(struct models_options *options, const char *verb,
                     struct cut_error *err) {
    static const struct {
        const char *verb;
        one_action *action;
    } verbs[] = {{"fetch", fetch_one},
                 {"verify", verify_one},
                 {"remove", remove_one},
                 {"path", path_one},
                 {"chunk", chunk_one}};
    if (strcmp(verb, "list") == 0) return models_list(options, err);
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(verb, verbs[i].verb) != 0) continue;
        if (options->words->len > 1)
            return each_named(options, verbs[i].action, err);
        if (verbs[i].action == verify_one) return verify_all(options, err);
        err->status = CUT_UNSUPPORTED;
        g_snprintf(err->message, sizeof err->message, "models %s: name a model",
                   verb);
        return false;
    }
    fail(err,
         "unknown 'models %s'; expected list, fetch, verify, remove, "
         "path or chunk",
         verb);
    err->status = CUT_UNSUPPORTED; /* the command line's fault */
    return false;
}

static int run(struct models_options *options) {
    struct cut_error err = {0};
    say_set_level(options->quiet ? -1 : 0);
    if (options->help || options->words->len == 0) {
        help_print("models");
        return options->help ? EXIT_FINE : EXIT_USAGE;
    }
    bool good = registry_load(options->models_file, &options->registry, &err) &&
                run_verb(options, options->words->pdata[0], &err);
    if (!good) say_error("%s", err.message);
    registry_free(&options->registry);
    if (good) return EXIT_FINE;
    return err.status == CUT_UNSUPPORTED ? EXIT_USAGE : EXIT_MODEL;
}

int models_command(int argc, char **argv) {
    struct models_options options = {.words = g_ptr_array_new()};
    int code = EXIT_USAGE;
    if (flags_parse(flags, &options, argc, argv, take_word))
        code = run(&options);
    g_ptr_array_free(options.words, TRUE);
    return code;
}
