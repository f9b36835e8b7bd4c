#define _DEFAULT_SOURCE
#include "engine.h"

#include "fetch.h"
#include "heap.h"
#include "say.h"

#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Which file, which numbers ------------------------------------------ */

/* What is assumed of a file that the registry does not know: 0..1 RGB. */
static const struct model_spec unknown_model = {
    .name = "custom",
    .input = {{0, 0, 0}, {255, 255, 255}},
};

static bool looks_like_path(const char *name) {
    return strchr(name, '/') || g_str_has_suffix(name, ".onnx");
}

/* A registry model under another name is recognised by size and hash. */
static void file_recognise(struct engine *engine, int64_t n_bytes,
                           bool want_hash) {
    struct cut_error ignored;
    const struct model_spec *match = NULL;
    for (int i = 0; i < engine->registry.n_models; i++)
        if (engine->registry.models[i].bytes == n_bytes)
            match = &engine->registry.models[i];
    if (!match && !want_hash) return;
    if (!file_sha256(engine->path, engine->sha256, &ignored)) return;
    if (match && match->sha256 && !strcmp(match->sha256, engine->sha256))
        engine->spec = *match;
}

static bool file_find(struct engine *engine, const char *path, bool want_hash,
                      struct cut_error *err) {
    struct stat info;
    if (stat(path, &info) != 0) return fail_errno(err, "model '%s'", path);
    if (!S_ISREG(info.st_mode))
        return fail(err, "model '%s': not a file", path);
    engine->spec = unknown_model;
    engine->path = g_strdup(path);
    file_recognise(engine, info.st_size, want_hash);
    return true;
}

static bool store_find(struct engine *engine, const struct model_spec *spec,
                       bool offline, struct cut_error *err) {
    engine->spec = *spec;
    engine->path = store_path(spec);
    enum store_state state = store_state(spec);
    if (state == STORE_MISSING && offline)
        return fail(err,
                    "model '%s' is not here and --offline forbids to "
                    "fetch it; run 'cutout models fetch %s'",
                    spec->name, spec->name);
    double begin = clock_ms();
    if (state == STORE_MISSING && !model_fetch(spec, NULL, err)) return false;
    if (state == STORE_MISSING) engine->download_ms = clock_ms() - begin;
    if (state == STORE_UNCHECKED && !store_verify(spec, err)) return false;
    store_hash(spec, engine->sha256);
    return true;
}

static bool model_find(struct engine *engine,
                       const struct engine_options *options,
                       struct cut_error *err) {
    if (!registry_load(options->models_file, &engine->registry, err))
        return false;
    const char *name =
        options->model ? options->model : engine->registry.default_name;
    const struct model_spec *spec = registry_find(&engine->registry, name);
    if (spec) return store_find(engine, spec, options->offline, err);
    if (looks_like_path(name) || g_file_test(name, G_FILE_TEST_EXISTS))
        return file_find(engine, name, options->want_hash, err);
    return fail(err,
                "unknown model '%s'; 'cutout models list' shows the known "
                "ones, and a path to an .onnx file works too",
                name);
}

static void options_apply(struct model_spec *spec,
                          const struct engine_options *options) {
    if (options->has_mean)
        memcpy(spec->input.mean, options->mean, sizeof options->mean);
    if (options->has_std)
        memcpy(spec->input.std, options->std, sizeof options->std);
    if (options->size) spec->width = spec->height = options->size;
    if (options->output_name) spec->output_name = options->output_name;
}

/* ---- Opening ------------------------------------------------------------ */

static bool file_map(struct engine *engine, struct cut_error *err) {
    int fd = open(engine->path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        fail_errno(err, "model '%s'", engine->path);
        if (fd >= 0) close(fd);
        return false;
    }
    engine->n_bytes = (size_t)info.st_size;
    if (engine->n_bytes == 0)
        fail(err, "model '%s': the file is empty (0 bytes)", engine->path);
    else
        engine->bytes =
            mmap(NULL, engine->n_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (engine->bytes == MAP_FAILED) {
        engine->bytes = NULL;
        fail_errno(err, "model '%s' cannot be mapped", engine->path);
    }
    close(fd);
    return engine->bytes != NULL;
}

static void file_unmap(struct engine *engine) {
    if (engine->bytes) munmap(engine->bytes, engine->n_bytes);
    engine->bytes = NULL;
}

/* A private page of the file is spoilt, never the file. */
static void chaos_corrupt(struct engine *engine, struct chaos *chaos) {
    if (!chaos || !chaos_take(chaos, CHAOS_CORRUPT_MODEL, CHAOS_AT_SETUP))
        return;
    mprotect(engine->bytes, 1, PROT_READ | PROT_WRITE);
    *(unsigned char *)engine->bytes ^= 0xff;
}

static bool file_open(struct engine *engine, struct chaos *chaos,
                      struct cut_error *err) {
    if (!file_map(engine, err)) return false;
    chaos_corrupt(engine, chaos);
    if (chaos) chaos_starve(chaos, CHAOS_AT_SETUP);
    bool good = cut_model_open(engine->bytes, engine->n_bytes, &heap,
                               &engine->model, err) == CUT_OK;
    if (chaos) chaos_feed();
    if (good) return true;
    struct cut_error inner = *err;
    fail(err, "model '%s': %s", engine->path, inner.message);
    err->status = inner.status;
    file_unmap(engine);
    return false;
}

/* A stored model that does not open may have gone bad on the disk: its hash
 * tells, and then it is fetched again. */
static bool store_repair(struct engine *engine,
                         const struct engine_options *options) {
    struct cut_error ignored;
    char *stored = store_path(&engine->spec);
    bool is_stored = strcmp(stored, engine->path) == 0;
    g_free(stored);
    if (!is_stored || store_verify(&engine->spec, &ignored)) return true;
    if (options->offline) return false;
    engine->repaired = store_remove(&engine->spec, &ignored) &&
                       model_fetch(&engine->spec, NULL, &ignored);
    return engine->repaired;
}

static bool may_pass(enum cut_status status) {
    return status == CUT_BAD_MODEL || status == CUT_NO_MEMORY;
}

bool engine_open(struct engine *engine, const struct engine_options *options,
                 struct cut_error *err) {
    double begin = clock_ms();
    *engine = (struct engine){0};
    bool good = model_find(engine, options, err);
    if (good) options_apply(&engine->spec, options);
    if (good && !file_open(engine, options->chaos, err))
        good = may_pass(err->status) && store_repair(engine, options) &&
               file_open(engine, options->chaos, err);
    engine->load_ms = clock_ms() - begin;
    if (!good) engine_close(engine);
    return good;
}

void engine_close(struct engine *engine) {
    if (engine->session) cut_session_destroy(engine->session);
    if (engine->model) cut_model_close(engine->model);
    file_unmap(engine);
    g_free(engine->path);
    registry_free(&engine->registry);
    *engine = (struct engine){0};
}

/* ---- Planning ------------------------------------------------------------ */

static bool input_shape(struct engine *engine, struct cut_tensor *input,
                        struct cut_error *err) {
    *input = cut_model_input(engine->model, 0);
    int64_t *dims = input->dims;
    if (input->rank != 4 || input->dtype != CUT_F32 ||
        (dims[1] >= 0 && dims[1] != 3))
        return fail(err,
                    "model '%s': input '%s' is no float32 [N,3,H,W]; "
                    "'cutout infer' runs models of any shape",
                    engine->path, input->name);
    int height = engine->spec.height, width = engine->spec.width;
    if (!height) height = dims[2] > 0 ? (int)MIN(dims[2], 8192) : 1024;
    if (!width) width = dims[3] > 0 ? (int)MIN(dims[3], 8192) : 1024;
    dims[0] = 1, dims[1] = 3, dims[2] = height, dims[3] = width;
    engine->height = height;
    engine->width = width;
    return true;
}

static bool output_choose(struct engine *engine, struct cut_error *err) {
    const char *wanted = engine->spec.output_name;
    int n = cut_model_n_outputs(engine->model);
    GString *names = g_string_new(NULL);
    bool found = n > 0 && !wanted;
    if (found) wanted = cut_model_output(engine->model, 0).name;
    for (int i = 0; i < n && !found; i++) {
        const char *name = cut_model_output(engine->model, i).name;
        found = strcmp(name, wanted) == 0;
        g_string_append_printf(names, "%s%s", i ? ", " : "", name);
    }
    if (found)
        g_strlcpy(engine->output_name, wanted, sizeof engine->output_name);
    else
        fail(err, "model '%s' has no output '%s'; it has: %s", engine->path,
             wanted ? wanted : "", names->str);
    g_string_free(names, TRUE);
    return found;
}

static bool mask_check(const struct engine *engine, struct cut_error *err) {
    struct cut_tensor mask = cut_session_output(engine->session, 0);
    int64_t n = 1;
    for (int i = 0; i + 2 < mask.rank; i++) n *= mask.dims[i];
    if (mask.rank >= 2 && n == 1 && mask.dtype == CUT_F32 &&
        mask.dims[mask.rank - 1] > 0 && mask.dims[mask.rank - 2] > 0)
        return true;
    return fail(err,
                "model '%s': output '%s' is no single float32 mask; "
                "choose another with --output-name",
                engine->path, engine->output_name);
}

bool engine_plan(struct engine *engine, const struct engine_options *options,
                 struct cut_error *err) {
    double begin = clock_ms();
    struct cut_tensor input;
    const char *output = engine->output_name;
    if (cut_model_n_inputs(engine->model) != 1)
        return fail(err,
                    "model '%s' has %d inputs; a photo fits models of "
                    "one",
                    engine->path, cut_model_n_inputs(engine->model));
    if (!input_shape(engine, &input, err) || !output_choose(engine, err))
        return false;
    struct cut_session_options plan = {.n_threads = options->n_threads,
                                       .cpu = options->cpu,
                                       .inputs = &input,
                                       .n_inputs = 1,
                                       .outputs = &output,
                                       .n_outputs = 1,
                                       .profile = options->profile};
    if (cut_session_create(engine->model, &plan, &heap, &engine->session,
                           err) != CUT_OK) {
        struct cut_error inner = *err;
        return fail(err, "model '%s': %s", engine->path, inner.message);
    }
    engine->setup_ms = clock_ms() - begin;
    return mask_check(engine, err);
}

/* ---- Running ------------------------------------------------------------- */

void engine_mask_size(const struct engine *engine, int *width, int *height) {
    struct cut_tensor mask = cut_session_output(engine->session, 0);
    *width = (int)mask.dims[mask.rank - 1];
    *height = (int)mask.dims[mask.rank - 2];
}

bool engine_run(struct engine *engine, float *x, float *mask,
                cut_progress *progress, void *user, struct cut_error *err) {
    struct cut_tensor input = cut_session_input(engine->session, 0);
    struct cut_tensor output = cut_session_output(engine->session, 0);
    input.data = x;
    output.data = mask;
    if (cut_session_run(engine->session, &input, &output, progress, user,
                        err) != CUT_OK)
        return false;
    size_t n = engine->spec.sigmoid ? output.bytes / sizeof(float) : 0;
    for (size_t i = 0; i < n; i++) mask[i] = 1.0f / (1.0f + expf(-mask[i]));
    return true;
}

void engine_trim(struct engine *engine) {
    cut_session_trim(engine->session);
    madvise(engine->bytes, engine->n_bytes, MADV_DONTNEED);
}
