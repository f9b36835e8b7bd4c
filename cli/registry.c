/* Reading and checking models.json. */
#include "models.h"

#include "say.h"

#include <glib.h>
#include <jansson.h>
#include <string.h>

extern const unsigned char models_json[]; /* made by the Makefile */
extern const size_t models_json_bytes;

/* ---- One model ---------------------------------------------------------- */

static bool wrong_field(struct cut_error *err, const char *model,
                        const char *reason) {
    return fail(err, "models.json: model '%s': %s", model, reason);
}

/* Names become file names in the cache. */
static bool name_is_plain(const char *name) {
    return *name && *name != '.' && strlen(name) < 64 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_") ==
               strlen(name);
}

static bool sha_is_plain(const char *sha) {
    return strlen(sha) == 64 && strspn(sha, "0123456789abcdef") == 64;
}

static bool read_sources(json_t *sources, struct model_spec *spec,
                         struct cut_error *err) {
    json_error_t why;
    size_t i;
    json_t *source;
    json_array_foreach(sources, i, source) {
        const char *kind = json_string_value(json_object_get(source, "kind"));
        struct npm_source *npm = &spec->npm;
        json_int_t bytes = 0;
        if (kind && strcmp(kind, "file") == 0) {
            if (json_unpack_ex(source, &why, 0, "{s:s}", "where", &spec->where))
                return wrong_field(err, spec->name, why.text);
        } else if (kind && strcmp(kind, "npm") == 0) {
            if (json_unpack_ex(source, &why, 0, "{s:s,s:s,s:s,s:s,s:s,s:I}",
                               "package", &npm->package, "version",
                               &npm->version, "list", &npm->list, "resource",
                               &npm->resource, "chunk", &npm->chunk, "bytes",
                               &bytes))
                return wrong_field(err, spec->name, why.text);
            npm->bytes = bytes;
        } else {
            return wrong_field(err, spec->name,
                               "expected kind 'npm' or 'file' of a source");
        }
    }
    return true;
}

static bool read_input(json_t *input, struct model_spec *spec,
                       struct cut_error *err) {
    json_error_t why;
    json_t *name;
    const char *layout, *colour, *resample;
    double mean[3], std[3];
    if (json_unpack_ex(
            input, &why, 0, "{s:o,s:i,s:i,s:s,s:s,s:s,s:[F,F,F],s:[F,F,F]}",
            "name", &name, "width", &spec->width, "height", &spec->height,
            "layout", &layout, "colour", &colour, "resample", &resample, "mean",
            &mean[0], &mean[1], &mean[2], "std", &std[0], &std[1], &std[2]))
        return wrong_field(err, spec->name, why.text);
    spec->input_name = json_string_value(name);
    if (strcmp(layout, "nchw") || strcmp(colour, "rgb") ||
        strcmp(resample, "area"))
        return wrong_field(err, spec->name,
                           "layout nchw, colour rgb and "
                           "resample area are what there is");
    if (spec->width < 16 || spec->width > 8192 || spec->height < 16 ||
        spec->height > 8192)
        return wrong_field(err, spec->name, "input size outside 16..8192");
    for (int i = 0; i < 3; i++) {
        if (std[i] == 0) return wrong_field(err, spec->name, "std is 0");
        spec->input.mean[i] = (float)mean[i];
        spec->input.std[i] = (float)std[i];
    }
    return true;
}

static bool read_output(json_t *output, struct model_spec *spec,
                        struct cut_error *err) {
    json_error_t why;
    const char *activation;
    json_t *name;
    if (json_unpack_ex(output, &why, 0, "{s:o,s:s}", "name", &name,
                       "activation", &activation))
        return wrong_field(err, spec->name, why.text);
    spec->output_name = json_string_value(name);
    spec->sigmoid = strcmp(activation, "sigmoid") == 0;
    if (spec->sigmoid || strcmp(activation, "none") == 0) return true;
    return wrong_field(err, spec->name,
                       "expected activation 'none' or 'sigmoid'");
}

static bool read_model(json_t *model, struct model_spec *spec,
                       struct cut_error *err) {
    json_error_t why;
    json_t *sources, *input, *output, *licence, *bytes, *sha256;
    if (json_unpack_ex(model, &why, 0, "{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}",
                       "name", &spec->name, "description", &spec->description,
                       "bytes", &bytes, "sha256", &sha256, "licence", &licence,
                       "sources", &sources, "input", &input, "output", &output))
        return wrong_field(err, spec->name ? spec->name : "?", why.text);
    spec->bytes = json_integer_value(bytes);
    spec->sha256 = json_string_value(sha256);
    if (!name_is_plain(spec->name))
        return wrong_field(err, spec->name, "expected a name of a-z 0-9 . - _");
    if (spec->sha256 && !sha_is_plain(spec->sha256))
        return wrong_field(err, spec->name, "expected 64 hex digits, sha256");

    if (json_unpack_ex(licence, &why, 0, "{s:s,s:s,s:s}", "name",
                       &spec->licence, "url", &spec->licence_url, "note",
                       &spec->licence_note))
        return wrong_field(err, spec->name, why.text);
    return read_sources(sources, spec, err) && read_input(input, spec, err) &&
           read_output(output, spec, err);
}

/* ---- All of them -------------------------------------------------------- */

static bool read_models(json_t *root, struct registry *registry,
                        struct cut_error *err) {
    json_error_t why;
    json_t *models;
    int format;
    if (json_unpack_ex(root, &why, 0, "{s:i,s:s,s:o}", "format", &format,
                       "default", &registry->default_name, "models", &models))
        return fail(err, "models.json: %s", why.text);
    if (format != 1)
        return fail(err, "models.json: format %d is not 1", format);
    registry->n_models = (int)json_array_size(models);
    registry->models = g_new0(struct model_spec, (gsize)registry->n_models + 1);
    for (int i = 0; i < registry->n_models; i++)
        if (!read_model(json_array_get(models, (size_t)i), &registry->models[i],
                        err))
            return false;
    if (registry_find(registry, registry->default_name)) return true;
    return fail(err, "models.json: the default model '%s' is not listed",
                registry->default_name);
}

bool registry_load(const char *file, struct registry *registry,
                   struct cut_error *err) {
    json_error_t why;
    *registry = (struct registry){0};
    if (!file) file = g_getenv("CUTOUT_MODELS");
    json_t *root = file ? json_load_file(file, JSON_REJECT_DUPLICATES, &why)
                        : json_loadb((const char *)models_json,
                                     models_json_bytes, 0, &why);
    if (!root)
        return fail(err, "%s: line %d: %s", file ? file : "models.json",
                    why.line, why.text);
    registry->root = root;
    if (read_models(root, registry, err)) return true;
    registry_free(registry);
    return false;
}

void registry_free(struct registry *registry) {
    g_free(registry->models);
    if (registry->root) json_decref(registry->root);
    *registry = (struct registry){0};
}

const struct model_spec *registry_find(const struct registry *registry,
                                       const char *name) {
    for (int i = 0; i < registry->n_models; i++)
        if (strcmp(registry->models[i].name, name) == 0)
            return &registry->models[i];
    return NULL;
}
