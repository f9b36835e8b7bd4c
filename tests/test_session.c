/* Sessions through the public header: shapes, memory, runs, faults. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "cutout.h"
#include "heap.h"
#include "onnx_writer.h"

static struct onnx_writer w;
static struct heap heap;
static struct cut_allocator allocator;
static struct cut_error err;

/* A small net with a bit of everything that the planner does. */
static void write_net(int64_t size) {
    static float weights[8 * 4 * 9], bias[8];
    for (int i = 0; i < 288; i++) weights[i] = (float)(i % 7 - 3) * 0.1f;
    for (int i = 0; i < 8; i++) bias[i] = (float)i * 0.05f;
    onnx_begin(&w, 15);
    onnx_input(&w, "x", CUT_F32, 4, (int64_t[]){-1, 4, size, size});
    onnx_initializer(&w, "w", CUT_F32, 4, (int64_t[]){8, 4, 3, 3}, weights,
                     sizeof weights);
    onnx_initializer(&w, "b", CUT_F32, 1, (int64_t[]){8}, bias, sizeof bias);
    onnx_node(&w, "Conv", "x w b", "c");
    onnx_attr_ints(&w, "pads", 4, (int64_t[]){1, 1, 1, 1});
    onnx_node(&w, "Relu", "c", "r");
    onnx_node(&w, "MaxPool", "r", "p");
    onnx_attr_ints(&w, "kernel_shape", 2, (int64_t[]){2, 2});
    onnx_attr_ints(&w, "strides", 2, (int64_t[]){2, 2});
    static const float scales[4] = {1, 1, 2, 2};
    onnx_initializer(&w, "scales", CUT_F32, 1, (int64_t[]){4}, scales,
                     sizeof scales);
    onnx_node(&w, "Resize", "p - scales", "u");
    onnx_attr_text(&w, "mode", "linear");
    onnx_node(&w, "Concat", "u r", "k");
    onnx_attr_int(&w, "axis", 1);
    onnx_node(&w, "Sigmoid", "k", "y");
    onnx_node(&w, "Neg", "c", "z");
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    onnx_output(&w, "z", CUT_F32, -1, NULL);
    onnx_end(&w);
}

static struct cut_model *open_net(void) {
    struct cut_model *model = NULL;
    enum cut_status status =
        cut_model_open(w.bytes, w.n_bytes, &allocator, &model, &err);
    CHECK(status == CUT_OK, "%s", err.message);
    if (status) exit(1);
    return model;
}

static struct cut_session *create(const struct cut_model *model,
                                  const struct cut_session_options *options) {
    struct cut_session *session = NULL;
    enum cut_status status =
        cut_session_create(model, options, &allocator, &session, &err);
    CHECK(status == CUT_OK, "%s", err.message);
    if (status) exit(1);
    return session;
}

/* Tensors of a session with memory; inputs filled with a pattern. */
static void take_buffers(const struct cut_session *session,
                         struct cut_tensor *in, struct cut_tensor *out) {
    for (int i = 0; i < cut_session_n_inputs(session); i++) {
        in[i] = cut_session_input(session, i);
        float *x = in[i].data = malloc(in[i].bytes + 1);
        for (size_t k = 0; k < in[i].bytes / 4; k++)
            x[k] = (float)((k * 37 + 11) % 101) * 0.02f - 1;
    }
    for (int i = 0; i < cut_session_n_outputs(session); i++) {
        out[i] = cut_session_output(session, i);
        out[i].data = calloc(out[i].bytes + 1, 1);
    }
}

static void free_buffers(const struct cut_session *session,
                         struct cut_tensor *in, struct cut_tensor *out) {
    for (int i = 0; i < cut_session_n_inputs(session); i++) free(in[i].data);
    for (int i = 0; i < cut_session_n_outputs(session); i++) free(out[i].data);
}

static void expect_failure(const struct cut_model *model,
                           const struct cut_session_options *options,
                           enum cut_status expected, const char *text) {
    struct cut_session *session = NULL;
    err.message[0] = 0;
    enum cut_status status =
        cut_session_create(model, options, &allocator, &session, &err);
    CHECK(status == expected && strstr(err.message, text), "%d: %s",
          (int)status, err.message);
    CHECK(!session, "written on failure");
}

/* ---- Cases ------------------------------------------------------------- */

static void test_facts(void) {
    write_net(8);
    struct cut_model *model = open_net();
    CHECK(cut_model_n_inputs(model) == 1, "inputs");
    CHECK(cut_model_n_outputs(model) == 2, "outputs");
    struct cut_tensor x = cut_model_input(model, 0);
    CHECK(strcmp(x.name, "x") == 0 && x.rank == 4 && x.dims[0] == -1 &&
              x.dims[3] == 8 && x.dtype == CUT_F32,
          "input '%s'", x.name);
    struct cut_model_facts facts = cut_model_facts(model);
    CHECK(facts.n_nodes == 7 && facts.opset == 15, "%lld nodes",
          (long long)facts.n_nodes);
    CHECK(facts.n_parameters == 288 + 8 + 4, "%lld parameters",
          (long long)facts.n_parameters);
    cut_model_close(model);
}

static void test_memory_is_exact(void) {
    write_net(64);
    struct cut_model *model = open_net();
    size_t before = heap.live_bytes;
    struct cut_session_options options = {.n_threads = 2};
    struct cut_session *session = create(model, &options);
    struct cut_session_facts facts = cut_session_facts(session);
    struct cut_tensor in[1], out[2];
    take_buffers(session, in, out);
    CHECK(heap.live_bytes - before == facts.plan_bytes, "%zu plan bytes",
          facts.plan_bytes);
    CHECK(facts.peak_bytes == facts.plan_bytes + facts.arena_bytes, "peak");
    CHECK(facts.used_bytes == facts.arena_bytes, "%zu used of %zu",
          facts.used_bytes, facts.arena_bytes);
    CHECK(facts.weight_bytes >= 288 * 4, "%zu weights", facts.weight_bytes);

    heap.peak_bytes = heap.live_bytes;
    long calls = heap.n_calls;
    for (int i = 0; i < 2; i++) {
        enum cut_status status =
            cut_session_run(session, in, out, NULL, NULL, &err);
        CHECK(status == CUT_OK, "%s", err.message);
    }
    CHECK(heap.n_calls == calls + 1, "%ld allocations", heap.n_calls - calls);
    CHECK(heap.peak_bytes - before == facts.peak_bytes, "%zu at the peak",
          heap.peak_bytes - before);
    CHECK(heap.live_bytes - before == facts.peak_bytes, "after the run");
    cut_session_trim(session);
    CHECK(heap.live_bytes - before == facts.plan_bytes, "after trim");
    CHECK(cut_session_run(session, in, out, NULL, NULL, &err) == CUT_OK,
          "after trim");
    free_buffers(session, in, out);
    cut_session_destroy(session);
    CHECK(heap.live_bytes == before, "session leaks");
    cut_model_close(model);
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "model leaks");
}

static void test_shapes(void) {
    write_net(-1);
    struct cut_model *model = open_net();
    expect_failure(model, NULL, CUT_BAD_ARGUMENT, "'x'");

    struct cut_tensor shape = {.name = "x", .rank = 4, .dims = {1, 4, 6, 10}};
    struct cut_session_options options = {.inputs = &shape, .n_inputs = 1};
    struct cut_session *session = create(model, &options);
    struct cut_tensor y = cut_session_output(session, 0);
    CHECK(y.rank == 4 && y.dims[0] == 1 && y.dims[1] == 16 && y.dims[2] == 6 &&
              y.dims[3] == 10,
          "[%d,%d,%d,%d]", (int)y.dims[0], (int)y.dims[1], (int)y.dims[2],
          (int)y.dims[3]);
    cut_session_destroy(session);

    shape.name = NULL; /* by position */
    session = create(model, &options);
    cut_session_destroy(session);
    shape.name = "q";
    expect_failure(model, &options, CUT_BAD_ARGUMENT, "'q'");
    shape.name = "x";
    shape.rank = 3;
    expect_failure(model, &options, CUT_BAD_ARGUMENT, "3 dimensions");
    cut_model_close(model);

    write_net(8); /* the file's own size gives way */
    model = open_net();
    shape = (struct cut_tensor){.name = "x", .rank = 4, .dims = {2, 4, 4, 4}};
    session = create(model, &options);
    y = cut_session_output(session, 1);
    CHECK(y.dims[0] == 2 && y.dims[1] == 8 && y.dims[2] == 4, "override");
    cut_session_destroy(session);
    cut_model_close(model);
}

/* Sizes that an exporter froze follow the size of the picture. */
static void test_frozen_sizes(void) {
    static const int64_t zero = 0, two = 2, frozen[2] = {16, 16};
    onnx_begin(&w, 15);
    onnx_input(&w, "x", CUT_F32, 4, (int64_t[]){1, 4, 16, 16});
    onnx_initializer(&w, "zero", CUT_I64, 1, (int64_t[]){1}, &zero, 8);
    onnx_initializer(&w, "two", CUT_I64, 1, (int64_t[]){1}, &two, 8);
    onnx_initializer(&w, "hw", CUT_I64, 1, (int64_t[]){2}, frozen, 16);
    onnx_node(&w, "MaxPool", "x", "p");
    onnx_attr_ints(&w, "kernel_shape", 2, (int64_t[]){2, 2});
    onnx_attr_ints(&w, "strides", 2, (int64_t[]){2, 2});
    onnx_attr_int(&w, "ceil_mode", 1);
    onnx_node(&w, "Shape", "p", "ps");
    onnx_node(&w, "Slice", "ps zero two zero", "nc");
    onnx_node(&w, "Concat", "nc hw", "sizes");
    onnx_attr_int(&w, "axis", 0);
    onnx_node(&w, "Resize", "p - - sizes", "u");
    onnx_node(&w, "Concat", "u x", "y");
    onnx_attr_int(&w, "axis", 1);
    onnx_output(&w, "y", CUT_F32, 4, (int64_t[]){1, 8, 16, 16});
    onnx_end(&w);
    struct cut_model *model = open_net();
    const int64_t sizes[][2] = {{16, 16}, {10, 7}, {33, 64}, {3, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct cut_tensor shape = {.rank = 4,
                                   .dims = {1, 4, sizes[i][0], sizes[i][1]}};
        struct cut_session_options options = {.inputs = &shape, .n_inputs = 1};
        struct cut_session *session = create(model, &options);
        struct cut_tensor y = cut_session_output(session, 0);
        CHECK(y.dims[1] == 8 && y.dims[2] == sizes[i][0] &&
                  y.dims[3] == sizes[i][1],
              "[%d,%d]", (int)y.dims[2], (int)y.dims[3]);
        cut_session_destroy(session);
    }
    cut_model_close(model);
}

static void test_options(void) {
    write_net(8);
    struct cut_model *model = open_net();
    const char *names[] = {"z"};
    struct cut_session_options options = {.outputs = names, .n_outputs = 1};
    struct cut_session *session = create(model, &options);
    CHECK(cut_session_n_outputs(session) == 1, "one output");
    int n_steps = cut_session_facts(session).n_steps;
    CHECK(n_steps >= 2 && n_steps <= 4, "%d steps", n_steps);
    cut_session_destroy(session);
    names[0] = "nothing";
    expect_failure(model, &options, CUT_BAD_ARGUMENT, "nothing");
    options = (struct cut_session_options){.n_threads = -1};
    expect_failure(model, &options, CUT_BAD_ARGUMENT, "-1");
    options = (struct cut_session_options){.cpu = CUT_CPU_COUNT};
    expect_failure(model, &options, CUT_BAD_ARGUMENT, "level");
    cut_model_close(model);
}

/* Levels agree closely, thread counts exactly. */
static void test_results(void) {
    write_net(40);
    struct cut_model *model = open_net();
    struct cut_tensor in[1], first[2], out[2];
    for (int cpu = CUT_CPU_SCALAR; cpu < CUT_CPU_COUNT; cpu++) {
        if (!cut_cpu_usable((enum cut_cpu)cpu)) continue;
        for (int threads = 1; threads <= 3; threads++) {
            struct cut_session_options options = {.cpu = (enum cut_cpu)cpu,
                                                  .n_threads = threads};
            struct cut_session *session = create(model, &options);
            take_buffers(session, in, out);
            CHECK(cut_session_run(session, in, out, NULL, NULL, &err) == CUT_OK,
                  "%s", err.message);
            if (threads == 1) {
                memcpy(first, out, sizeof first);
            } else {
                for (int i = 0; i < 2; i++)
                    CHECK(memcmp(first[i].data, out[i].data, out[i].bytes) == 0,
                          "%s: %d threads differ",
                          cut_cpu_name((enum cut_cpu)cpu), threads);
                free(out[0].data);
                free(out[1].data);
            }
            free(in[0].data);
            cut_session_destroy(session);
        }
        free(first[0].data);
        free(first[1].data);
    }
    cut_model_close(model);
}

static void test_values(void) {
    static const float x[4] = {-2, -1, 1, 3};
    write_net(8);
    onnx_begin(&w, 15);
    onnx_input(&w, "x", CUT_F32, 2, (int64_t[]){-1, 4});
    onnx_node(&w, "Relu", "x", "r");
    onnx_node(&w, "Add", "r x", "y");
    onnx_node(&w, "Identity", "x", "same");
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    onnx_output(&w, "same", CUT_F32, -1, NULL);
    onnx_end(&w);
    struct cut_model *model = open_net();
    struct cut_session *session = create(model, NULL);
    struct cut_tensor in[1], out[2];
    take_buffers(session, in, out);
    memcpy(in[0].data, x, sizeof x);
    CHECK(cut_session_run(session, in, out, NULL, NULL, &err) == CUT_OK, "%s",
          err.message);
    const float *y = out[0].data;
    CHECK(y[0] == -2 && y[1] == -1 && y[2] == 2 && y[3] == 6, "values");
    CHECK(memcmp(out[1].data, x, sizeof x) == 0, "an input as an output");
    in[0].bytes--;
    CHECK(cut_session_run(session, in, out, NULL, NULL, &err) ==
              CUT_BAD_ARGUMENT,
          "wrong size");
    in[0].bytes++;
    free_buffers(session, in, out);
    in[0].data = NULL;
    CHECK(cut_session_run(session, in, out, NULL, NULL, &err) ==
              CUT_BAD_ARGUMENT,
          "no data");
    cut_session_destroy(session);
    cut_model_close(model);
}

/* An input that is a shape: the plan is for one value of it. */
static void test_specialised(void) {
    int64_t shape[2] = {2, 3};
    onnx_begin(&w, 15);
    onnx_input(&w, "x", CUT_F32, 1, (int64_t[]){6});
    onnx_input(&w, "s", CUT_I64, 1, (int64_t[]){2});
    onnx_node(&w, "Reshape", "x s", "y");
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    onnx_end(&w);
    struct cut_model *model = open_net();
    expect_failure(model, NULL, CUT_UNSUPPORTED, "'s'");
    struct cut_tensor given = {.name = "s",
                               .dtype = CUT_I64,
                               .rank = 1,
                               .dims = {2},
                               .data = shape,
                               .bytes = sizeof shape};
    struct cut_session_options options = {.inputs = &given, .n_inputs = 1};
    struct cut_session *session = create(model, &options);
    struct cut_tensor in[2], out[1];
    take_buffers(session, in, out);
    CHECK(out[0].rank == 2 && out[0].dims[1] == 3, "shape");
    memcpy(in[1].data, shape, sizeof shape);
    CHECK(cut_session_run(session, in, out, NULL, NULL, &err) == CUT_OK, "%s",
          err.message);
    CHECK(memcmp(in[0].data, out[0].data, 24) == 0, "copy");
    ((int64_t *)in[1].data)[0] = 3;
    CHECK(cut_session_run(session, in, out, NULL, NULL, &err) ==
                  CUT_BAD_ARGUMENT &&
              strstr(err.message, "'s'"),
          "%s", err.message);
    free_buffers(session, in, out);
    cut_session_destroy(session);
    cut_model_close(model);
}

/* ---- Progress and faults ------------------------------------------------ */

struct steps {
    int n_calls, stop_at;
    double last;
    bool falls;
};

static bool progress(void *user, double done) {
    struct steps *steps = user;
    if (done < steps->last || done < 0 || done > 1) steps->falls = true;
    steps->last = done;
    return ++steps->n_calls != steps->stop_at;
}

static double ticks;
static double clock_ms(void) { return ticks += 1; }

static void test_progress(void) {
    write_net(16);
    struct cut_model *model = open_net();
    struct cut_session_options options = {.profile = true,
                                          .clock_ms = clock_ms};
    struct cut_session *session = create(model, &options);
    struct cut_tensor in[1], out[2];
    take_buffers(session, in, out);
    struct steps steps = {0};
    CHECK(cut_session_run(session, in, out, progress, &steps, &err) == CUT_OK,
          "%s", err.message);
    CHECK(!steps.falls && steps.last == 1, "ends at %g", steps.last);
    for (int i = 0; i < cut_session_facts(session).n_steps; i++)
        CHECK(cut_session_step(session, i).ms == 1, "step %d: %g ms", i,
              cut_session_step(session, i).ms);
    steps = (struct steps){.stop_at = 2};
    CHECK(cut_session_run(session, in, out, progress, &steps, &err) ==
              CUT_CANCELLED,
          "not cancelled");
    CHECK(steps.n_calls == 2, "%d calls", steps.n_calls);
    free_buffers(session, in, out);
    cut_session_destroy(session);
    cut_model_close(model);
}

static void test_no_memory(void) {
    bool failed = true;
    write_net(16);
    for (long k = 1; failed; k++) {
        struct cut_model *model = NULL;
        struct cut_session *session = NULL;
        struct cut_session_options options = {.n_threads = 2};
        heap.fail_at = k;
        enum cut_status status =
            cut_model_open(w.bytes, w.n_bytes, &allocator, &model, &err);
        if (!status)
            status =
                cut_session_create(model, &options, &allocator, &session, &err);
        if (!status) {
            struct cut_tensor in[1], out[2];
            take_buffers(session, in, out);
            status = cut_session_run(session, in, out, NULL, NULL, &err);
            free_buffers(session, in, out);
        }
        failed = heap.fail_at == 0;
        heap.fail_at = 0;
        CHECK(status == (failed ? CUT_NO_MEMORY : CUT_OK),
              "allocation %ld: %d %s", k, (int)status, err.message);
        cut_session_destroy(session);
        cut_model_close(model);
        CHECK(heap.n_live == 0, "allocation %ld: %d left", k, heap.n_live);
    }
}

int main(void) {
    allocator = heap_allocator(&heap);
    test_facts();
    test_memory_is_exact();
    test_shapes();
    test_frozen_sizes();
    test_options();
    test_results();
    test_values();
    test_specialised();
    test_progress();
    test_no_memory();
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak");
    return check_summary("session");
}
