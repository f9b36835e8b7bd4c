/* f16 between the graph's inputs and outputs. */
#include "base/mem.h"
#include "base/status.h"
#include "gpu/gpu.h"

static enum cut_status no_memory(struct cut_error *err) {
    return status_fail(err, CUT_NO_MEMORY, "no memory for the GPU's graph");
}

/* Operators whose shaders read one float type and write another. */
static bool converts(const struct node *node) {
    return (node->op >= OP_RELU && node->op <= OP_CAST) ||
           node->op == OP_TRANSPOSE;
}

static bool is_f32(const struct tensor *t) { return t->dtype == CUT_F32; }

static enum cut_status add_cast(struct graph *graph, int index, int from,
                                int to, struct cut_error *err) {
    struct node *node = graph_insert_node(graph, index, OP_CAST, 1, 1);
    if (!node) return no_memory(err);
    node->name = graph->tensors[from].name;
    node->op_type = op_name(OP_CAST);
    node->inputs[0] = from;
    node->outputs[0] = to;
    return CUT_OK;
}

/* An f16 tensor like t that is neither input nor output. */
static int add_narrow(struct graph *graph, int t) {
    struct tensor narrow = graph->tensors[t];
    narrow.dtype = CUT_F16;
    narrow.is_input = narrow.is_output = narrow.specialised = false;
    narrow.hint = NULL;
    return graph_add_tensor(graph, &narrow);
}

/* Readers that cannot convert get `to` instead of `from`; how many. */
static int redirect(struct graph *graph, int from, int to) {
    int n = 0;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = &graph->nodes[i];
        if (node->dead || converts(node)) continue;
        for (int k = 0; k < node->n_inputs; k++) {
            if (node->inputs[k] != from) continue;
            if (to >= 0) node->inputs[k] = to;
            n++;
        }
    }
    return n;
}

static enum cut_status narrow_input(struct graph *graph, int t,
                                    struct cut_error *err) {
    if (!is_f32(&graph->tensors[t]) || redirect(graph, t, -1) == 0)
        return CUT_OK;
    int narrow = add_narrow(graph, t);
    if (narrow < 0) return no_memory(err);
    redirect(graph, t, narrow);
    return add_cast(graph, 0, t, narrow, err);
}

static struct node *producer_of(const struct graph *graph, int t, int *slot) {
    for (int i = 0; i < graph->n_nodes; i++)
        for (int k = 0; k < graph->nodes[i].n_outputs; k++) {
            if (graph->nodes[i].dead || graph->nodes[i].outputs[k] != t)
                continue;
            *slot = k;
            return &graph->nodes[i];
        }
    return NULL;
}

static enum cut_status narrow_output(struct graph *graph, int t,
                                     struct cut_error *err) {
    int slot = 0;
    const struct node *node = producer_of(graph, t, &slot);
    if (!is_f32(&graph->tensors[t]) || !node) return CUT_OK;
    if (converts(node) && redirect(graph, t, -1) == 0) return CUT_OK;
    int narrow = add_narrow(graph, t);
    if (narrow < 0) return no_memory(err);
    node->outputs[slot] = narrow;
    redirect(graph, t, narrow);
    return add_cast(graph, graph->n_nodes, narrow, t, err);
}

enum cut_status gpu_narrow(struct graph *graph, struct cut_error *err) {
    enum cut_status status = CUT_OK;
    for (int i = 0; i < graph->n_tensors; i++) {
        struct tensor *t = &graph->tensors[i];
        if (!t->data && !t->is_input && !t->is_output && is_f32(t))
            t->dtype = CUT_F16;
    }
    for (int i = 0; i < graph->n_inputs && !status; i++)
        status = narrow_input(graph, graph->inputs[i], err);
    for (int i = 0; i < graph->n_outputs && !status; i++) {
        int t = graph->outputs[i];
        bool done = graph->tensors[t].is_input || graph->tensors[t].data;
        for (int k = 0; k < i; k++) done |= graph->outputs[k] == t;
        if (!done) status = narrow_output(graph, t, err);
    }
    return status;
}
