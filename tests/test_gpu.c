/* The WebGPU planner without a GPU: golden dispatch lists, what is refused,
 * memory. `test_gpu --write` writes the golden files anew. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gpu_golden.h"
#include "gpu_graphs.h"
#include "heap.h"
#include "session/session.h"

static struct onnx_writer w;
static struct heap heap;
static struct cut_allocator allocator;
static struct cut_error err;

static const struct cut_gpu_limits f32 = {0};
static const struct cut_gpu_limits f16 = {.shader_f16 = true, .use_f16 = true};

static struct cut_session *plan(struct cut_model **model,
                                const struct cut_gpu_limits *limits) {
    struct cut_session *session = NULL;
    struct cut_session_options options = {.gpu = limits};
    *model = NULL;
    if (cut_model_open(w.bytes, w.n_bytes, &allocator, model, &err))
        return NULL;
    cut_session_create(*model, &options, &allocator, &session, &err);
    return session;
}

static void drop(struct cut_model *model, struct cut_session *session) {
    cut_session_destroy(session);
    if (model) cut_model_close(model);
}

/* ---- Golden lists -------------------------------------------------------- */

static void golden(const struct gpu_graph *graph, const char *kind,
                   const struct cut_gpu_limits *limits, bool write) {
    struct cut_model *model;
    char path[200];
    graph->write(&w);
    struct cut_session *session = plan(&model, limits);
    CHECK(session, "%s: %s", graph->name, err.message);
    if (session) {
        const struct gpu_list *list = &session->gpu->list;
        CHECK(gpu_list_check(list, &err) == CUT_OK, "%s: %s", graph->name,
              err.message);
        snprintf(path, sizeof path, "tests/golden/gpu_%s_%s.txt", graph->name,
                 kind);
        CHECK(gpu_golden(path, list, write), "%s", path);
    }
    drop(model, session);
}

/* Every kind of device gets a list that holds, tiny ones too. */
static void test_devices(void) {
    static const struct cut_gpu_limits devices[] = {
        {.offset_alignment = 32},
        {.offset_alignment = 64, .shader_f16 = true},
        {.offset_alignment = 16, .shader_f16 = true, .use_f16 = true},
        {.subgroups = true, .subgroup_size = 32},
        {.is_cpu = true},
        {.is_cpu = true, .shader_f16 = true, .use_f16 = true},
        {.max_buffer_bytes = 1 << 17, .max_binding_bytes = 1 << 16},
        {.max_invocations = 128, .max_workgroup_bytes = 8192},
    };
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        for (const struct gpu_graph *g = gpu_graphs; g->name; g++) {
            struct cut_model *model;
            g->write(&w);
            struct cut_session *session = plan(&model, &devices[i]);
            bool good = session && !gpu_list_check(&session->gpu->list, &err);
            CHECK(good, "%s, device %zu: %s", g->name, i, err.message);
            if (session) cut_session_destroy(session);
            if (model) cut_model_close(model);
        }
}

/* ---- What is refused ----------------------------------------------------- */

static void refused(const char *what, const struct cut_gpu_limits *limits,
                    const char *part) {
    struct cut_model *model;
    struct cut_session *session = plan(&model, limits);
    CHECK(!session && err.status == CUT_UNSUPPORTED &&
              strstr(err.message, part),
          "%s: '%s' lacks '%s'", what, session ? "planned" : err.message, part);
    if (session)
        drop(model, session);
    else if (model)
        cut_model_close(model);
}

static void test_limits(void) {
    gpu_graphs[0].write(&w);
    refused("bindings", &(struct cut_gpu_limits){.max_binding_bytes = 16384},
            "bytes in one binding; this GPU has at most 16384");
    refused("buffers", &(struct cut_gpu_limits){.max_buffer_bytes = 16384},
            "bytes; this GPU's have at most 16384");
    refused("slots", &(struct cut_gpu_limits){.max_storage_bindings = 1},
            "storage bindings; this GPU has at most 1");
    struct cut_model *model;
    struct cut_session *session =
        plan(&model, &(struct cut_gpu_limits){.use_f16 = true});
    CHECK(!session && err.status == CUT_BAD_ARGUMENT, "f16 without shader-f16");
    if (model) cut_model_close(model);
}

/* Weights that are computed are not packed. */
static void test_weights(void) {
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 4, (int64_t[]){1, 1, 5, 5});
    onnx_input(&w, "k", CUT_F32, 4, (int64_t[]){1, 1, 3, 3});
    onnx_node(&w, "Conv", "x k", "y");
    onnx_node_name(&w, "blur");
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    onnx_end(&w);
    refused("weights", &f32,
            "node 'blur' (Conv): WebGPU routes cannot run it with these "
            "attributes on float32 of rank 4, float32 of rank 4");
}

static void test_types(void) {
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 2, (int64_t[]){2, 3});
    onnx_node(&w, "Greater", "x x", "b");
    onnx_node_name(&w, "larger");
    onnx_node(&w, "Where", "b x x", "y");
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    onnx_end(&w);
    refused("bool", &f32, "node 'larger' (Greater)");
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_I64, 1, (int64_t[]){4});
    onnx_node(&w, "Neg", "x", "y");
    onnx_node_name(&w, "minus");
    onnx_output(&w, "y", CUT_I64, -1, NULL);
    onnx_end(&w);
    refused("int64", &f32, "node 'minus' (Neg): tensor 'x' is int64");
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F16, 1, (int64_t[]){4});
    onnx_node(&w, "Neg", "x", "y");
    onnx_output(&w, "y", CUT_F16, -1, NULL);
    onnx_end(&w);
    refused("f16 input", &f32, "float16");
}

/* ---- Sessions ------------------------------------------------------------ */

static void test_session(void) {
    struct cut_model *model;
    gpu_graphs[0].write(&w);
    struct cut_session *session = plan(&model, &f16);
    CHECK(session, "%s", err.message);
    if (!session) return;
    struct cut_session_facts facts = cut_session_facts(session);
    CHECK(strcmp(facts.route, "webgpu-f16") == 0, "route %s", facts.route);
    CHECK(facts.used_bytes == facts.arena_bytes, "%zu of %zu bytes are used",
          facts.used_bytes, facts.arena_bytes);
    struct cut_tensor none = {0};
    CHECK(cut_session_run(session, &none, &none, NULL, NULL, &err) ==
              CUT_BAD_ARGUMENT,
          "a GPU session runs on the CPU");
    uint64_t bytes = 0;
    for (int i = 0; i < session->gpu->list.n_buffers; i++)
        bytes += session->gpu->list.buffers[i].bytes;
    CHECK(cut_session_gpu_bytes(session) == bytes, "the sum of buffers");
    for (int i = 0; i < cut_session_n_uploads(session); i++) {
        void *room = malloc(cut_session_upload_bytes(session, i));
        CHECK(cut_session_upload(session, i, room, &err) == CUT_OK, "%s",
              err.message);
        free(room);
    }
    CHECK(cut_session_upload(session, -1, NULL, &err) == CUT_BAD_ARGUMENT,
          "upload -1");
    drop(model, session);
}

/* Every allocation fails once. */
static void test_memory(void) {
    gpu_graphs[1].write(&w);
    struct cut_session *session = NULL;
    for (long i = 1; i < 1000 && !session; i++) {
        struct cut_model *model;
        heap.fail_at = i;
        session = plan(&model, &f16);
        heap.fail_at = 0;
        CHECK(session || err.status == CUT_NO_MEMORY, "%s", err.message);
        if (session)
            drop(model, session);
        else if (model)
            cut_model_close(model);
        CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak at %ld", i);
    }
    CHECK(session, "it never had enough memory");
}

/* ---- IS-Net, where it is at hand ------------------------------------------
 */

static void *read_model(const char *path, size_t *n) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    *n = (size_t)ftell(file);
    rewind(file);
    void *bytes = malloc(*n);
    if (fread(bytes, 1, *n, file) != *n) *n = 0;
    fclose(file);
    return bytes;
}

static void plan_isnet(const struct cut_model *model,
                       const struct cut_gpu_limits *limits, uint64_t most) {
    struct cut_session *session = NULL;
    const char *output = "output";
    struct cut_session_options options = {
        .gpu = limits, .outputs = &output, .n_outputs = 1};
    CHECK(cut_session_create(model, &options, &allocator, &session, &err) ==
              CUT_OK,
          "%s", err.message);
    if (!session) return;
    uint64_t bytes = cut_session_gpu_bytes(session);
    printf("| IS-Net at 1024, %s: %llu bytes of at most %llu, %d dispatches\n",
           cut_session_facts(session).route, (unsigned long long)bytes,
           (unsigned long long)most, session->gpu->list.n_dispatches);
    CHECK(bytes <= most, "IS-Net takes %llu bytes", (unsigned long long)bytes);
    CHECK(gpu_list_check(&session->gpu->list, &err) == CUT_OK, "%s",
          err.message);
    cut_session_destroy(session);
}

static void test_isnet(void) {
    char path[400];
    size_t n = 0;
    const char *cache = getenv("CUTOUT_CACHE"), *home = getenv("HOME");
    snprintf(path, sizeof path, "%s%s/models/isnet.onnx",
             cache ? cache : (home ? home : ""), cache ? "" : "/.cache/cutout");
    void *bytes = read_model(path, &n);
    struct cut_model *model = NULL;
    if (!bytes || cut_model_open(bytes, n, &allocator, &model, &err)) {
        printf("| IS-Net is not here: its GPU memory was not looked at\n");
        free(bytes);
        return;
    }
    plan_isnet(model, &f16, 400 * 1000 * 1000);
    plan_isnet(model, &f32, 600 * 1000 * 1000);
    cut_model_close(model);
    free(bytes);
}

int main(int argc, char **argv) {
    bool write = argc > 1 && strcmp(argv[1], "--write") == 0;
    allocator = heap_allocator(&heap);
    for (const struct gpu_graph *g = gpu_graphs; g->name; g++) {
        golden(g, "f32", &f32, write);
        golden(g, "f16", &f16, write);
    }
    test_devices();
    test_limits();
    test_types();
    test_weights();
    test_session();
    test_memory();
    test_isnet();
    CHECK(heap.n_live == 0, "%d pieces were not given back", heap.n_live);
    return check_summary("gpu");
}
