/* From the file's graph to this session's plan. */
#include "base/mem.h"
#include "base/status.h"
#include "session/session.h"

/* ---- Input shapes ------------------------------------------------------ */

/* "[1,3,-1,-1]" with '?' for what is open. */
static void shape_text(char *text, size_t n_bytes, int rank,
                       const int64_t *dims) {
    size_t n = text_format(text, n_bytes, "[");
    for (int i = 0; i < rank && n + 24 < n_bytes; i++) {
        const char *comma = i ? "," : "";
        if (dims[i] < 0)
            n += text_format(text + n, n_bytes - n, "%s?", comma);
        else
            n += text_format(text + n, n_bytes - n, "%s%lld", comma,
                             (long long)dims[i]);
    }
    text_format(text + n, n_bytes - n, "]");
}

/* The caller's tensor for input i: by name, or by position when unnamed. */
static const struct cut_tensor *
given_input(const struct cut_session_options *options, const char *name,
            int position) {
    for (int i = 0; i < options->n_inputs; i++) {
        const struct cut_tensor *given = &options->inputs[i];
        bool named = given->name && given->name[0];
        if (named ? text_equal(given->name, name) : i == position) return given;
    }
    return NULL;
}

static enum cut_status check_names(const struct graph *graph,
                                   const struct cut_session_options *options,
                                   struct cut_error *err) {
    for (int i = 0; i < options->n_inputs; i++) {
        const char *name = options->inputs[i].name;
        bool found = false;
        if (!name || !name[0]) {
            if (i < graph->n_inputs) continue;
            return status_fail(err, CUT_BAD_ARGUMENT,
                               "a shape is given for input %d; the model has "
                               "%d inputs",
                               i, graph->n_inputs);
        }
        for (int k = 0; k < graph->n_inputs; k++)
            found |= text_equal(graph->tensors[graph->inputs[k]].name, name);
        if (!found)
            return status_fail(
                err, CUT_BAD_ARGUMENT,
                "the model has no input '%s'; its first is '%s'", name,
                graph->n_inputs ? graph->tensors[graph->inputs[0]].name
                                : "(none)");
    }
    return CUT_OK;
}

static enum cut_status take_shape(struct tensor *tensor,
                                  const struct cut_tensor *given,
                                  struct cut_error *err) {
    char declared[120];
    if (tensor->rank >= 0 && given->rank != tensor->rank) {
        shape_text(declared, sizeof declared, tensor->rank, tensor->dims);
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "input '%s' is declared as %s; the given shape has "
                           "%d dimensions",
                           tensor->name, declared, given->rank);
    }
    if (given->rank < 0 || given->rank > CUT_MAX_RANK)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "input '%s': rank %d; 0 to %d is possible",
                           tensor->name, given->rank, CUT_MAX_RANK);
    if (given->dtype && given->dtype != tensor->dtype)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "input '%s' is %s; given is %s", tensor->name,
                           cut_dtype_name(tensor->dtype),
                           cut_dtype_name(given->dtype));
    if (tensor->rank < 0)
        for (int i = 0; i < given->rank; i++) tensor->dims[i] = -1;
    tensor->rank = given->rank;
    for (int i = 0; i < given->rank; i++)
        if (given->dims[i] >= 0) tensor->dims[i] = given->dims[i];
    return CUT_OK;
}

/* Open batches are 1; any other open dimension must be given. */
static enum cut_status close_shape(struct tensor *tensor,
                                   struct cut_error *err) {
    if (tensor->rank < 0)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "input '%s' has no shape in the file; give it",
                           tensor->name);
    if (tensor->rank > 1 && tensor->dims[0] < 0) tensor->dims[0] = 1;
    for (int i = 0; i < tensor->rank; i++) {
        char declared[120];
        if (tensor->dims[i] >= 0) continue;
        shape_text(declared, sizeof declared, tensor->rank, tensor->dims);
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "input '%s' is %s: dimension %d is open; give the "
                           "input's shape",
                           tensor->name, declared, i);
    }
    int64_t n = tensor_n_elements(tensor);
    if (n < 0 || (uint64_t)n > SIZE_MAX / 16)
        return status_fail(err, CUT_TOO_LARGE, "input '%s' is too large",
                           tensor->name);
    return CUT_OK;
}

/* A value that comes with the shape: kept, to compare with at run time. */
static enum cut_status take_value(struct tensor *tensor,
                                  const struct cut_tensor *given,
                                  struct cut_error *err) {
    size_t bytes = model_tensor(tensor).bytes;
    if (given->bytes && given->bytes != bytes)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "input '%s' has %zu bytes; its shape needs %zu",
                           tensor->name, given->bytes, bytes);
    tensor->hint = given->data;
    return CUT_OK;
}

/* A picture of another size than the one that the file was made for. */
static enum cut_status follow_size(struct graph *graph,
                                   const struct tensor *declared,
                                   const struct tensor *bound,
                                   struct cut_error *err) {
    if (declared->rank != 4) return CUT_OK;
    bool changed = false;
    for (int i = 2; i < 4; i++) {
        if (declared->dims[i] <= 0) return CUT_OK;
        changed |= declared->dims[i] != bound->dims[i];
    }
    if (!changed) return CUT_OK;
    return session_rescale(graph, declared->dims + 2, bound->dims + 2, err);
}

static enum cut_status bind_inputs(struct cut_session *session,
                                   const struct cut_session_options *options,
                                   struct cut_error *err) {
    struct graph *graph = &session->graph;
    enum cut_status status = check_names(graph, options, err);
    for (int i = 0; i < graph->n_inputs && !status; i++) {
        struct tensor *tensor = &graph->tensors[graph->inputs[i]];
        const struct tensor declared = *tensor;
        const struct cut_tensor *given = given_input(options, tensor->name, i);
        if (given) status = take_shape(tensor, given, err);
        if (!status) status = close_shape(tensor, err);
        if (!status && given && given->data)
            status = take_value(tensor, given, err);
        const struct tensor bound = *tensor; /* the array may move */
        if (!status) status = follow_size(graph, &declared, &bound, err);
    }
    return status;
}

/* Shapes that the file notes for the tensors between hold for its own input
 * size only. */
static void forget_shapes(struct graph *graph) {
    for (int i = 0; i < graph->n_tensors; i++) {
        struct tensor *tensor = &graph->tensors[i];
        if (!tensor->is_input && !tensor->data) tensor->rank = -1;
    }
}

/* Values that the plan relied on are copied, the others forgotten: the
 * caller's data is only lent. */
static enum cut_status keep_values(struct cut_session *session,
                                   struct cut_error *err) {
    struct graph *graph = &session->graph;
    for (int i = 0; i < graph->n_inputs; i++) {
        struct tensor *tensor = &graph->tensors[graph->inputs[i]];
        const void *hint = tensor->hint;
        tensor->hint = NULL;
        if (!hint || !tensor->specialised) continue;
        size_t bytes = model_tensor(tensor).bytes;
        void *copy = arena_alloc(&session->arena, bytes, 1);
        if (!copy) return status_fail(err, CUT_NO_MEMORY, "no memory");
        if (bytes) memcpy(copy, hint, bytes);
        tensor->hint = copy;
    }
    return CUT_OK;
}

/* ---- The passes in order ------------------------------------------------ */

enum cut_status session_plan(struct cut_session *session,
                             const struct cut_session_options *options,
                             struct cut_error *err) {
    struct graph *graph = &session->graph;
    const struct backend *backend = &session->backend;
    enum cut_status status =
        graph_clone(&session->model->graph, &session->arena, graph, err);
    if (!status) status = bind_inputs(session, options, err);
    if (!status) {
        forget_shapes(graph);
        status = graph_select_outputs(graph, options->outputs,
                                      options->n_outputs, err);
    }
    if (!status) status = pass_dequantize(graph, err);
    if (!status) status = graph_resolve(graph, backend, err);
    if (!status) status = pass_widen(graph, err);
    if (!status) status = pass_fuse(graph, err);
    if (!status) status = pass_layout(graph, err);
    if (!status && session->gpu && session->gpu->device.f16)
        status = gpu_narrow(graph, err);
    if (!status) status = keep_values(session, err);
    if (!status) status = plan_make(graph, backend, &session->plan, err);
    return status;
}
