/* The parsed file: what it declares. */
#include "session/model.h"

#include "base/mem.h"
#include "base/status.h"

struct cut_tensor model_tensor(const struct tensor *tensor) {
    struct cut_tensor out = {.name = tensor->name,
                             .dtype = tensor->dtype,
                             .rank = tensor->rank < 0 ? 0 : tensor->rank};
    int64_t dims[CUT_MAX_RANK];
    tensor_onnx_dims(tensor, dims);
    for (int i = 0; i < out.rank; i++) out.dims[i] = dims[i];
    int64_t n = tensor_n_elements(tensor);
    if (n >= 0) out.bytes = (size_t)n * cut_dtype_bytes(tensor->dtype);
    return out;
}

/* Elements of all constants that a node reads. */
static enum cut_status count_parameters(struct cut_model *model,
                                        struct cut_error *err) {
    const struct graph *graph = &model->graph;
    bool *read = ARENA_NEW(&model->arena, graph->n_tensors, bool);
    if (!read) return status_fail(err, CUT_NO_MEMORY, "no memory");
    for (int i = 0; i < graph->n_nodes; i++)
        for (int k = 0; k < graph->nodes[i].n_inputs; k++)
            if (graph->nodes[i].inputs[k] >= 0)
                read[graph->nodes[i].inputs[k]] = true;
    for (int i = 0; i < graph->n_tensors; i++)
        if (read[i] && graph->tensors[i].data)
            model->n_parameters +=
                i64_max(0, tensor_n_elements(&graph->tensors[i]));
    return CUT_OK;
}

enum cut_status cut_model_open(const void *bytes, size_t n_bytes,
                               const struct cut_allocator *allocator,
                               struct cut_model **out, struct cut_error *err) {
    if (!bytes || !allocator || !out)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "cut_model_open: bytes, allocator and out are "
                           "needed");
    struct cut_model *model = allocator->alloc(allocator->user, sizeof *model);
    if (!model)
        return status_fail(err, CUT_NO_MEMORY, "no memory for the model");
    memset(model, 0, sizeof *model);
    model->allocator = *allocator;
    model->bytes = bytes;
    model->n_bytes = n_bytes;
    arena_init(&model->arena, &model->allocator);
    enum cut_status status =
        onnx_read(bytes, n_bytes, &model->arena, &model->graph, err);
    if (!status) status = count_parameters(model, err);
    if (status)
        cut_model_close(model);
    else
        *out = model;
    return status;
}

void cut_model_close(struct cut_model *model) {
    if (!model) return;
    struct cut_allocator allocator = model->allocator;
    arena_free(&model->arena);
    allocator.release(allocator.user, model, sizeof *model);
}

int cut_model_n_inputs(const struct cut_model *model) {
    return model->graph.n_inputs;
}

int cut_model_n_outputs(const struct cut_model *model) {
    return model->graph.n_outputs;
}

struct cut_tensor cut_model_input(const struct cut_model *model, int i) {
    return model_tensor(&model->graph.tensors[model->graph.inputs[i]]);
}

struct cut_tensor cut_model_output(const struct cut_model *model, int i) {
    return model_tensor(&model->graph.tensors[model->graph.outputs[i]]);
}

struct cut_model_facts cut_model_facts(const struct cut_model *model) {
    const struct graph *graph = &model->graph;
    return (struct cut_model_facts){.ir_version = graph->ir_version,
                                    .opset = graph->opset,
                                    .producer =
                                        graph->producer ? graph->producer : "",
                                    .n_parameters = model->n_parameters,
                                    .n_nodes = graph->n_nodes};
}

static bool seen_before(const struct graph *graph, int node) {
    for (int i = 0; i < node; i++)
        if (text_equal(graph->nodes[i].op_type, graph->nodes[node].op_type))
            return true;
    return false;
}

void cut_model_operators(const struct cut_model *model,
                         cut_operator_visitor *visit, void *user) {
    const struct graph *graph = &model->graph;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = &graph->nodes[i];
        if (seen_before(graph, i)) continue;
        int count = 0;
        for (int k = i; k < graph->n_nodes; k++)
            count += text_equal(node->op_type, graph->nodes[k].op_type);
        visit(user, node->op_type, count, node->op != OP_NONE, node->name);
    }
}
