/* Any bytes as a model: read, described, planned, the plan checked, and run
 * when it is small; planned for WebGPU too, the dispatch list checked. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "limited_heap.h"
#include "session/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

enum { LIMIT_BYTES = 256 << 20, MAX_TENSORS = 16 };

static void visit(void *user, const char *op_type, int count, bool supported,
                  const char *first_node) {
    size_t *sum = user;
    *sum += (size_t)count + supported;
    while (*op_type) *sum += (size_t)*op_type++;
    while (*first_node) *sum += (size_t)*first_node++;
}

static void describe(const struct cut_model *model) {
    size_t sum = 0;
    cut_model_operators(model, visit, &sum);
    struct cut_model_facts facts = cut_model_facts(model);
    for (const char *s = facts.producer; *s; s++) sum += (size_t)*s;
    for (int i = 0; i < cut_model_n_outputs(model); i++)
        sum += (size_t)cut_model_output(model, i).name[0];
    if (sum == 42) fputs("42\n", stderr); /* so that the reads stay */
}

/* Open dimensions become small ones. */
static int close_shapes(const struct cut_model *model,
                        struct cut_tensor *inputs) {
    int n = cut_model_n_inputs(model);
    if (n > MAX_TENSORS) return 0;
    for (int i = 0; i < n; i++) {
        inputs[i] = cut_model_input(model, i);
        for (int d = 0; d < inputs[i].rank; d++)
            if (inputs[i].dims[d] < 0) inputs[i].dims[d] = d < 2 ? 1 + d : 5;
    }
    return n;
}

static bool is_small(struct cut_tensor tensor) {
    return tensor.bytes <= 1 << 20;
}

static struct cut_tensor with_data(struct cut_tensor tensor) {
    tensor.data = calloc(1, tensor.bytes + 1);
    return tensor;
}

/* Elements that pooling visits; facts.macs knows convolutions and products
 * only, and a window may be as large as its input. */
static double pool_visits(const struct cut_session *session) {
    const struct plan *plan = &session->plan;
    double visits = 0;
    for (int i = 0; i < plan->n_steps; i++) {
        const struct node *node = &plan->graph->nodes[plan->steps[i].node];
        if (node->op != OP_MAX_POOL && node->op != OP_AVERAGE_POOL) continue;
        int out = node->outputs[0] >= 0 ? node->outputs[0] : node->inputs[0];
        const struct tensor *y = &plan->graph->tensors[out];
        double n = 1;
        for (int d = 0; d < y->rank; d++) n *= (double)y->dims[d];
        for (int d = 0; d < 3; d++)
            n *= (double)node->params.pool.window.kernel[d];
        visits += n;
    }
    return visits;
}

static void run(struct cut_session *session) {
    struct cut_session_facts facts = cut_session_facts(session);
    int n_inputs = cut_session_n_inputs(session);
    int n_outputs = cut_session_n_outputs(session);
    if (facts.macs + pool_visits(session) > 1e6 || facts.peak_bytes > 4 << 20 ||
        n_inputs > MAX_TENSORS || n_outputs > MAX_TENSORS)
        return;
    for (int i = 0; i < n_inputs; i++)
        if (!is_small(cut_session_input(session, i))) return;
    for (int i = 0; i < n_outputs; i++)
        if (!is_small(cut_session_output(session, i))) return;
    struct cut_tensor inputs[MAX_TENSORS], outputs[MAX_TENSORS];
    for (int i = 0; i < n_inputs; i++)
        inputs[i] = with_data(cut_session_input(session, i));
    for (int i = 0; i < n_outputs; i++)
        outputs[i] = with_data(cut_session_output(session, i));
    struct cut_error err;
    cut_session_run(session, inputs, outputs, NULL, NULL, &err);
    for (int i = 0; i < n_inputs; i++) free(inputs[i].data);
    for (int i = 0; i < n_outputs; i++) free(outputs[i].data);
}

static void fault(const char *what, const struct cut_error *err) {
    fprintf(stderr, "%s: %s\n", what, err->message);
    abort();
}

static void plan_gpu(const struct cut_model *model,
                     struct cut_session_options options,
                     const struct cut_allocator *allocator, bool f16) {
    struct cut_gpu_limits limits = {.shader_f16 = f16, .use_f16 = f16};
    struct cut_session *session;
    struct cut_error err;
    options.gpu = &limits;
    if (cut_session_create(model, &options, allocator, &session, &err)) return;
    if (gpu_list_check(&session->gpu->list, &err))
        fault("a wrong dispatch list", &err);
    for (int i = 0; i < cut_session_n_uploads(session); i++) {
        size_t bytes = cut_session_upload_bytes(session, i);
        void *room = bytes <= 1 << 20 ? malloc(bytes + 1) : NULL;
        if (room && cut_session_upload(session, i, room, &err))
            fault("an upload", &err);
        free(room);
    }
    cut_session_destroy(session);
}

static void plan(const struct cut_model *model,
                 const struct cut_allocator *allocator) {
    struct cut_tensor inputs[MAX_TENSORS];
    struct cut_session_options options = {.n_threads = 1, .inputs = inputs};
    options.n_inputs = close_shapes(model, inputs);
    plan_gpu(model, options, allocator, false);
    plan_gpu(model, options, allocator, true);
    struct cut_session *session;
    struct cut_error err;
    if (cut_session_create(model, &options, allocator, &session, &err)) return;
    if (plan_check(&session->plan, &err)) fault("a wrong plan", &err);
    run(session);
    cut_session_destroy(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
    struct limited_heap heap = {.limit_bytes = LIMIT_BYTES};
    struct cut_allocator allocator = limited_allocator(&heap);
    struct cut_model *model;
    struct cut_error err;
    if (cut_model_open(bytes, n_bytes, &allocator, &model, &err) == CUT_OK) {
        describe(model);
        plan(model, &allocator);
        cut_model_close(model);
    }
    if (heap.live_bytes) abort(); /* something was not given back */
    return 0;
}
