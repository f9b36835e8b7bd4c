/* cutout infer: raw tensors in and out, any supported model. */
#include "commands.h"
#include "engine_flags.h"
#include "heap.h"
#include "help.h"
#include "say.h"
#include "tensor_file.h"

#include <glib.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TENSORS = 64 };

struct infer_options {
    struct engine_options engine; /* first: engine_flag_cpu */
    GPtrArray *inputs, *outputs;  /* [NAME=]FILE */
    GPtrArray *list;              /* where the next word goes; NULL: model */
    int verbose;
    bool help;
};

static bool begin_list(GPtrArray **current, GPtrArray *list,
                       const char *value) {
    *current = list;
    g_ptr_array_add(list, (char *)value);
    return true;
}

static bool input_begin(void *target, const char *value,
                        struct cut_error *err) {
    struct infer_options *options = target;
    (void)err;
    return begin_list(&options->list, options->inputs, value);
}

static bool output_begin(void *target, const char *value,
                         struct cut_error *err) {
    struct infer_options *options = target;
    (void)err;
    return begin_list(&options->list, options->outputs, value);
}

#define AT(field) offsetof(struct infer_options, field)
static const struct flag flags[] = {
    {"input", 'i', FLAG_CALL, 0, 0, 0, input_begin, false},
    {"output", 'o', FLAG_CALL, 0, 0, 0, output_begin, false},
    {"verbose", 'v', FLAG_COUNT, AT(verbose), 0, 0, NULL, false},
    {"help", 'h', FLAG_ON, AT(help), 0, 0, NULL, false},
    ENGINE_FLAGS(struct infer_options),
    {0},
};

static bool take_word(void *target, const char *text) {
    struct infer_options *options = target;
    if (!options->engine.model) {
        options->engine.model = text;
        return true;
    }
    if (options->list) {
        g_ptr_array_add(options->list, (char *)text);
        return true;
    }
    say_error("infer: '%s' follows neither -i nor -o", text);
    return false;
}

/* ---- Names --------------------------------------------------------------- */

typedef struct cut_tensor tensor_getter(const struct cut_model *model, int i);

/* The index of NAME in NAME=FILE, else `position`; `*path` is the file. */
static int slot_of(const char *word, int position, const struct engine *engine,
                   int n, tensor_getter *get, const char **path) {
    const char *equals = strchr(word, '=');
    *path = word;
    if (!equals) return position;
    for (int i = 0; i < n; i++) {
        const char *name = get(engine->model, i).name;
        if (strlen(name) == (size_t)(equals - word) &&
            memcmp(name, word, (size_t)(equals - word)) == 0) {
            *path = equals + 1;
            return i;
        }
    }
    return strchr(word, '/') && strchr(word, '/') < equals ? position : -1;
}

/* ---- Inputs
 * ------------------------------------------------------------------ */

struct inference {
    struct engine *engine;
    const struct infer_options *options;
    int n_inputs, n_outputs;
    struct cut_tensor inputs[MAX_TENSORS];  /* in the model's order */
    struct cut_tensor loaded[MAX_TENSORS];  /* as read, to be released */
    struct cut_tensor outputs[MAX_TENSORS]; /* in the order of -o */
    const char *paths[MAX_TENSORS];
    const char *names[MAX_TENSORS];
};

static bool input_load(struct inference *work, int position,
                       struct cut_error *err) {
    const char *word = work->options->inputs->pdata[position], *path;
    int i = slot_of(word, position, work->engine, work->n_inputs,
                    cut_model_input, &path);
    if (i < 0 || i >= work->n_inputs)
        return fail(err,
                    "-i '%s': the model has no such input; 'cutout "
                    "inspect' lists its %d",
                    word, work->n_inputs);
    if (work->loaded[i].data)
        return fail(err, "-i '%s': input '%s' is given twice", word,
                    cut_model_input(work->engine->model, i).name);
    if (!tensor_file_read(path, &work->loaded[i], err)) return false;
    struct cut_tensor wanted = cut_model_input(work->engine->model, i);
    work->inputs[i] = work->loaded[i];
    work->inputs[i].name = wanted.name;
    if (work->inputs[i].dtype == wanted.dtype) return true;
    return fail(err, "%s: input '%s' is %s, the file holds %s", path,
                wanted.name, cut_dtype_name(wanted.dtype),
                cut_dtype_name(work->inputs[i].dtype));
}

static bool inputs_load(struct inference *work, struct cut_error *err) {
    int given = (int)work->options->inputs->len;
    work->n_inputs = cut_model_n_inputs(work->engine->model);
    if (work->n_inputs > MAX_TENSORS || given > work->n_inputs)
        return fail(err, "the model has %d inputs, received %d", work->n_inputs,
                    given);
    for (int i = 0; i < given; i++)
        if (!input_load(work, i, err)) return false;
    for (int i = 0; i < work->n_inputs; i++)
        if (!work->loaded[i].data)
            return fail(err, "input '%s' is missing; give it with -i",
                        cut_model_input(work->engine->model, i).name);
    return true;
}

/* ---- Outputs
 * ----------------------------------------------------------------- */

static bool outputs_choose(struct inference *work, struct cut_error *err) {
    int there = cut_model_n_outputs(work->engine->model);
    const GPtrArray *words = work->options->outputs;
    work->n_outputs = words->len ? (int)words->len : there;
    if (work->n_outputs > MAX_TENSORS)
        return fail(err, "more than %d outputs", MAX_TENSORS);
    for (int i = 0; i < work->n_outputs; i++) {
        int slot = i;
        if (words->len)
            slot = slot_of(words->pdata[i], i, work->engine, there,
                           cut_model_output, &work->paths[i]);
        if (slot < 0 || slot >= there)
            return fail(err,
                        "-o '%s': the model has no such output; 'cutout "
                        "inspect' lists its %d",
                        (const char *)words->pdata[i], there);
        work->names[i] = cut_model_output(work->engine->model, slot).name;
    }
    return true;
}

static bool outputs_make(struct inference *work, struct cut_error *err) {
    for (int i = 0; i < work->n_outputs; i++) {
        struct cut_tensor *out = &work->outputs[i];
        *out = cut_session_output(work->engine->session, i);
        out->data = heap.alloc(NULL, MAX(out->bytes, 1));
        if (!out->data) return fail(err, "out of memory");
    }
    return true;
}

static bool outputs_write(const struct inference *work, struct cut_error *err) {
    for (int i = 0; i < work->n_outputs; i++) {
        const struct cut_tensor *out = &work->outputs[i];
        if (work->paths[i]) {
            if (!tensor_file_write(work->paths[i], out, err)) return false;
            continue;
        }
        char *name = say_clean(work->names[i]);
        printf("%s %s [", name, cut_dtype_name(out->dtype));
        for (int d = 0; d < out->rank; d++)
            printf("%s%lld", d ? "," : "", (long long)out->dims[d]);
        puts("]");
        g_free(name);
    }
    return true;
}

/* ---- Command
 * ----------------------------------------------------------------- */

static bool session_make(struct inference *work, struct cut_error *err) {
    struct cut_session_options plan = {.n_threads =
                                           work->options->engine.n_threads,
                                       .cpu = work->options->engine.cpu,
                                       .inputs = work->inputs,
                                       .n_inputs = work->n_inputs,
                                       .outputs = work->names,
                                       .n_outputs = work->n_outputs};
    return cut_session_create(work->engine->model, &plan, &heap,
                              &work->engine->session, err) == CUT_OK;
}

static bool infer(struct inference *work, struct cut_error *err) {
    if (!inputs_load(work, err) || !outputs_choose(work, err) ||
        !session_make(work, err) || !outputs_make(work, err))
        return false;
    double begin = clock_ms();
    if (cut_session_run(work->engine->session, work->inputs, work->outputs,
                        NULL, NULL, err) != CUT_OK)
        return false;
    say_detail("run: %.1f ms", clock_ms() - begin);
    return outputs_write(work, err);
}

static void inference_free(struct inference *work) {
    for (int i = 0; i < MAX_TENSORS; i++) {
        tensor_file_release(&work->loaded[i]);
        if (work->outputs[i].data)
            heap.release(NULL, work->outputs[i].data,
                         MAX(work->outputs[i].bytes, 1));
    }
    g_free(work);
}

static int run(const struct infer_options *options) {
    struct engine engine;
    struct cut_error err = {0};
    if (!engine_open(&engine, &options->engine, &err)) {
        say_error("%s", err.message);
        return EXIT_MODEL;
    }
    struct inference *work = g_new0(struct inference, 1);
    work->engine = &engine;
    work->options = options;
    bool good = infer(work, &err);
    if (!good) say_error("%s: %s", engine.path, err.message);
    inference_free(work);
    engine_close(&engine);
    return good ? EXIT_FINE : EXIT_SOME_FAILED;
}

int infer_command(int argc, char **argv) {
    struct infer_options options = {.inputs = g_ptr_array_new(),
                                    .outputs = g_ptr_array_new()};
    int code = EXIT_USAGE;
    if (flags_parse(flags, &options, argc, argv, take_word)) {
        say_set_level(options.verbose);
        if (options.help)
            code = help_print("infer");
        else if (!options.engine.model)
            say_error("infer: name a model");
        else
            code = run(&options);
    }
    g_ptr_array_free(options.inputs, TRUE);
    g_ptr_array_free(options.outputs, TRUE);
    return code;
}
