/* cutout inspect: what is in a model, and what a run of it will take. */
#include "commands.h"
#include "engine_flags.h"
#include "heap.h"
#include "help.h"
#include "say.h"

#include <glib.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct inspect_options {
    struct engine_options engine; /* first: engine_flag_cpu */
    bool json, help;
    const char *gpu_list; /* file to write */
    bool gpu;
    struct cut_gpu_limits limits;
};

static bool take_gpu(void *target, const char *text, struct cut_error *err) {
    struct inspect_options *options = target;
    bool f16 = strcmp(text, "f16") == 0;
    options->gpu = true;
    options->limits.shader_f16 = options->limits.use_f16 = f16;
    if (f16 || strcmp(text, "f32") == 0) return true;
    return fail(err, "expected f16 or f32 for --gpu but received '%s'", text);
}

#define AT(field) offsetof(struct inspect_options, field)
static const struct flag flags[] = {
    {"gpu", 0, FLAG_CALL, 0, 0, 0, take_gpu, false},
    {"gpu-list", 0, FLAG_TEXT, AT(gpu_list), 0, 0, NULL, false},
    {"json", 0, FLAG_ON, AT(json), 0, 0, NULL, false},
    {"help", 'h', FLAG_ON, AT(help), 0, 0, NULL, false},
    ENGINE_FLAGS(struct inspect_options),
    {0},
};

static bool take_model(void *target, const char *text) {
    struct inspect_options *options = target;
    if (!options->engine.model) {
        options->engine.model = text;
        return true;
    }
    say_error("inspect: one model, but received '%s' too", text);
    return false;
}

/* ---- Planning whatever the model is -------------------------------------- */

/* Open dimensions get the picture's size where they look like one: the last
 * two of four; every other one becomes 1. */
static struct cut_tensor input_closed(const struct engine *engine, int i) {
    struct cut_tensor input = cut_model_input(engine->model, i);
    int side = engine->spec.width ? engine->spec.width : 1024;
    for (int d = 0; d < input.rank; d++) {
        bool spatial = input.rank == 4 && d >= 2;
        if (input.dims[d] < 0) input.dims[d] = spatial ? side : 1;
        if (spatial && engine->spec.width) input.dims[d] = side;
    }
    return input;
}

static bool plan(struct engine *engine, const struct inspect_options *inspect,
                 struct cut_error *err) {
    const struct engine_options *options = &inspect->engine;
    int n = cut_model_n_inputs(engine->model);
    struct cut_tensor *inputs = g_new0(struct cut_tensor, (gsize)n + 1);
    for (int i = 0; i < n; i++) inputs[i] = input_closed(engine, i);
    char **names = g_strsplit(
        engine->spec.output_name ? engine->spec.output_name : "", ",", 0);
    struct cut_session_options wanted = {
        .n_threads = options->n_threads,
        .cpu = options->cpu,
        .gpu = inspect->gpu ? &inspect->limits : NULL,
        .inputs = inputs,
        .n_inputs = n,
        .outputs = (const char *const *)names,
        .n_outputs = (int)g_strv_length(names)};
    if (!wanted.n_outputs) wanted.outputs = NULL;
    bool good = cut_session_create(engine->model, &wanted, &heap,
                                   &engine->session, err) == CUT_OK;
    g_strfreev(names);
    g_free(inputs);
    return good;
}

/* ---- Text ---------------------------------------------------------------- */

static char *shape_text(const struct cut_tensor *tensor) {
    GString *text = g_string_new("[");
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->dims[i] < 0)
            g_string_append(text, i ? ",?" : "?");
        else
            g_string_append_printf(text, "%s%lld", i ? "," : "",
                                   (long long)tensor->dims[i]);
    }
    return g_string_free(g_string_append_c(text, ']'), FALSE);
}

static void tell_tensor(const char *label, struct cut_tensor tensor) {
    char *shape = shape_text(&tensor), *name = say_clean(tensor.name);
    printf("%-12s %s  %s %s\n", label, name, cut_dtype_name(tensor.dtype),
           shape);
    g_free(name);
    g_free(shape);
}

static void tell_operator(void *user, const char *op_type, int count,
                          bool supported, const char *first_node) {
    char *op = say_clean(op_type), *node = say_clean(first_node);
    int *missing = user;
    printf("%12d %s", count, op);
    if (!supported) {
        printf("  NOT SUPPORTED, first at node '%s'", node);
        ++*missing;
    }
    putchar('\n');
    g_free(node);
    g_free(op);
}

static int tell_model(const struct engine *engine) {
    struct cut_model_facts facts = cut_model_facts(engine->model);
    char *producer = say_clean(facts.producer), *path = say_clean(engine->path);
    int missing = 0;
    printf("%-12s %s\n%-12s %.1f MB", "model", path, "file",
           (double)engine->n_bytes / 1e6);
    if (engine->sha256[0]) printf(", SHA-256 %s", engine->sha256);
    printf("\n%-12s IR %lld, opset %lld, by %s\n", "format",
           (long long)facts.ir_version, (long long)facts.opset,
           *producer ? producer : "?");
    printf("%-12s %lld\n", "parameters", (long long)facts.n_parameters);
    for (int i = 0; i < cut_model_n_inputs(engine->model); i++)
        tell_tensor("input", cut_model_input(engine->model, i));
    for (int i = 0; i < cut_model_n_outputs(engine->model); i++)
        tell_tensor("output", cut_model_output(engine->model, i));
    printf("%-12s %lld nodes\n", "operators", (long long)facts.n_nodes);
    cut_model_operators(engine->model, tell_operator, &missing);
    g_free(path);
    g_free(producer);
    return missing;
}

static void tell_step(const struct engine *engine, int i) {
    struct cut_step_facts step = cut_session_step(engine->session, i);
    char *shape = shape_text(&step.output), *node = say_clean(step.node);
    printf("%4d %-18s %-16s %-20s %8.3f  %s\n", i, step.op, step.method, shape,
           step.macs / 1e9, node);
    g_free(node);
    g_free(shape);
}

static void tell_gpu(const struct cut_session *session) {
    const char *text = cut_session_gpu_text(session);
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    if (!list) return;
    printf("%-12s %llu bytes in all buffers, %zu dispatches, %zu pipelines\n",
           "gpu", (unsigned long long)cut_session_gpu_bytes(session),
           json_array_size(json_object_get(list, "dispatches")),
           json_array_size(json_object_get(list, "pipelines")));
    json_decref(list);
}

static void tell_plan(const struct engine *engine) {
    struct cut_session_facts facts = cut_session_facts(engine->session);
    printf("\n%-12s %s, %d threads, %d steps\n", "plan", facts.route,
           facts.n_threads, facts.n_steps);
    for (int i = 0; i < cut_session_n_inputs(engine->session); i++)
        tell_tensor("  takes", cut_session_input(engine->session, i));
    for (int i = 0; i < cut_session_n_outputs(engine->session); i++)
        tell_tensor("  gives", cut_session_output(engine->session, i));
    printf("%-12s %.2f GMAC\n", "work", facts.macs / 1e9);
    printf("%-12s peak %zu bytes = arena %zu + plan %zu\n", "memory",
           facts.peak_bytes, facts.arena_bytes, facts.plan_bytes);
    printf("%-12s weights read in place: %zu bytes\n", "", facts.weight_bytes);
    tell_gpu(engine->session);
    printf("\n%4s %-18s %-16s %-20s %8s  %s\n", "step", "operator", "method",
           "output", "GMAC", "node");
    for (int i = 0; i < facts.n_steps; i++) tell_step(engine, i);
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *clean_json(const char *text) {
    char *clean = say_clean(text);
    json_t *json = json_string(clean);
    g_free(clean);
    return json;
}

static json_t *dims_json(const struct cut_tensor *tensor) {
    json_t *dims = json_array();
    for (int i = 0; i < tensor->rank; i++)
        json_array_append_new(dims, tensor->dims[i] < 0
                                        ? json_null()
                                        : json_integer(tensor->dims[i]));
    return dims;
}

static void tensor_append(json_t *list, struct cut_tensor tensor) {
    json_array_append_new(list, json_pack("{s:o,s:s,s:o}", "name",
                                          clean_json(tensor.name), "type",
                                          cut_dtype_name(tensor.dtype), "shape",
                                          dims_json(&tensor)));
}

static void operator_append(void *user, const char *op_type, int count,
                            bool supported, const char *first_node) {
    json_array_append_new(user, json_pack("{s:o,s:i,s:b,s:o}", "type",
                                          clean_json(op_type), "count", count,
                                          "supported", supported, "first_node",
                                          clean_json(first_node)));
}

static json_t *model_json(const struct engine *engine) {
    struct cut_model_facts facts = cut_model_facts(engine->model);
    json_t *inputs = json_array(), *outputs = json_array();
    json_t *operators = json_array();
    for (int i = 0; i < cut_model_n_inputs(engine->model); i++)
        tensor_append(inputs, cut_model_input(engine->model, i));
    for (int i = 0; i < cut_model_n_outputs(engine->model); i++)
        tensor_append(outputs, cut_model_output(engine->model, i));
    cut_model_operators(engine->model, operator_append, operators);
    return json_pack(
        "{s:o,s:I,s:s*,s:I,s:I,s:o,s:I,s:I,s:o,s:o,s:o}", "path",
        clean_json(engine->path), "bytes", (json_int_t)engine->n_bytes,
        "sha256", engine->sha256[0] ? engine->sha256 : NULL, "ir_version",
        (json_int_t)facts.ir_version, "opset", (json_int_t)facts.opset,
        "producer", clean_json(facts.producer), "parameters",
        (json_int_t)facts.n_parameters, "nodes", (json_int_t)facts.n_nodes,
        "inputs", inputs, "outputs", outputs, "operators", operators);
}

static json_t *step_json(const struct engine *engine, int i) {
    struct cut_step_facts step = cut_session_step(engine->session, i);
    return json_pack("{s:o,s:s,s:s,s:o,s:f,s:I}", "node", clean_json(step.node),
                     "operator", step.op, "method", step.method, "shape",
                     dims_json(&step.output), "macs", step.macs,
                     "scratch_bytes", (json_int_t)step.scratch_bytes);
}

static json_t *plan_json(const struct engine *engine) {
    struct cut_session_facts facts = cut_session_facts(engine->session);
    json_t *steps = json_array(), *inputs = json_array();
    json_t *outputs = json_array();
    for (int i = 0; i < cut_session_n_inputs(engine->session); i++)
        tensor_append(inputs, cut_session_input(engine->session, i));
    for (int i = 0; i < cut_session_n_outputs(engine->session); i++)
        tensor_append(outputs, cut_session_output(engine->session, i));
    for (int i = 0; i < facts.n_steps; i++)
        json_array_append_new(steps, step_json(engine, i));
    return json_pack("{s:s,s:i,s:f,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o}",
                     "route", facts.route, "threads", facts.n_threads, "macs",
                     facts.macs, "peak_bytes", (json_int_t)facts.peak_bytes,
                     "arena_bytes", (json_int_t)facts.arena_bytes, "plan_bytes",
                     (json_int_t)facts.plan_bytes, "weight_bytes",
                     (json_int_t)facts.weight_bytes, "used_bytes",
                     (json_int_t)facts.used_bytes, "gpu_bytes",
                     (json_int_t)cut_session_gpu_bytes(engine->session),
                     "inputs", inputs, "outputs", outputs, "steps", steps);
}

static void tell_json(const struct engine *engine,
                      const struct cut_error *err) {
    json_t *json = model_json(engine);
    json_object_set_new(json, "plan",
                        engine->session ? plan_json(engine) : json_null());
    if (!engine->session)
        json_object_set_new(json, "error", clean_json(err->message));
    json_dumpf(json, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(json);
}

/* ---- Command ------------------------------------------------------------- */

static bool write_list(const struct engine *engine, const char *path) {
    const char *text = cut_session_gpu_text(engine->session);
    GError *error = NULL;
    if (!text) {
        say_error("--gpu-list goes with --gpu f16 or --gpu f32");
        return false;
    }
    if (g_file_set_contents(path, text, -1, &error)) return true;
    say_error("%s", error->message);
    g_error_free(error);
    return false;
}

static int inspect(struct engine *engine,
                   const struct inspect_options *options) {
    struct cut_error err = {0};
    bool planned = plan(engine, options, &err);
    if (options->json)
        tell_json(engine, &err);
    else
        tell_model(engine);
    if (planned && !options->json) tell_plan(engine);
    if (planned && options->gpu_list && !write_list(engine, options->gpu_list))
        return EXIT_MODEL;
    if (planned) return EXIT_FINE;
    say_error("model '%s' cannot be run: %s", engine->path, err.message);
    return EXIT_MODEL;
}

int inspect_command(int argc, char **argv) {
    struct inspect_options options = {0};
    struct engine engine;
    struct cut_error err = {0};
    if (!flags_parse(flags, &options, argc, argv, take_model))
        return EXIT_USAGE;
    if (options.help) return help_print("inspect");
    options.engine.want_hash = true;
    if (!engine_open(&engine, &options.engine, &err)) {
        say_error("%s", err.message);
        return EXIT_MODEL;
    }
    int code = inspect(&engine, &options);
    engine_close(&engine);
    return code;
}
