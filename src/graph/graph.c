#include "graph/graph.h"

#include "base/mem.h"
#include "base/status.h"

static enum cut_status no_memory(struct cut_error *err) {
    return status_fail(err, CUT_NO_MEMORY, "no memory for the graph");
}

static void *copy_array(struct arena *arena, const void *from, int n,
                        size_t item_bytes) {
    void *to = arena_alloc(arena, (size_t)n, item_bytes);
    if (to && n) memcpy(to, from, (size_t)n * item_bytes);
    return to;
}

/* All input and output indices of all nodes, copied as one block. */
static bool clone_edges(struct graph *to) {
    size_t n = 0;
    for (int i = 0; i < to->n_nodes; i++)
        n += (size_t)to->nodes[i].n_inputs + (size_t)to->nodes[i].n_outputs;
    int *edges = ARENA_NEW(to->arena, n, int);
    if (!edges) return false;
    for (int i = 0; i < to->n_nodes; i++) {
        struct node *node = &to->nodes[i];
        size_t n_in = (size_t)node->n_inputs, n_out = (size_t)node->n_outputs;
        if (n_in) memcpy(edges, node->inputs, n_in * sizeof(int));
        node->inputs = edges;
        edges += n_in;
        if (n_out) memcpy(edges, node->outputs, n_out * sizeof(int));
        node->outputs = edges;
        edges += n_out;
    }
    return true;
}

enum cut_status graph_clone(const struct graph *from, struct arena *arena,
                            struct graph *to, struct cut_error *err) {
    *to = *from;
    to->arena = arena;
    to->tensor_capacity = from->n_tensors;
    to->node_capacity = from->n_nodes;
    to->tensors = copy_array(arena, from->tensors, from->n_tensors,
                             sizeof *from->tensors);
    to->nodes =
        copy_array(arena, from->nodes, from->n_nodes, sizeof *from->nodes);
    to->inputs =
        copy_array(arena, from->inputs, from->n_inputs, sizeof *from->inputs);
    to->outputs = copy_array(arena, from->outputs, from->n_outputs,
                             sizeof *from->outputs);
    if (!to->tensors || !to->nodes || !to->inputs || !to->outputs ||
        !clone_edges(to))
        return no_memory(err);
    return CUT_OK;
}

/* Makes room for one more item; the array moves. */
static bool grow(struct arena *arena, void *array, int n, int *capacity,
                 size_t item_bytes) {
    void *old;
    if (n < *capacity) return true;
    if (n >= INT32_MAX / 2) return false;
    int wanted = n + n / 2 + 16;
    void *larger = arena_alloc(arena, (size_t)wanted, item_bytes);
    if (!larger) return false;
    memcpy(&old, array, sizeof old);
    if (n) memcpy(larger, old, (size_t)n * item_bytes);
    memcpy(array, &larger, sizeof larger);
    *capacity = wanted;
    return true;
}

int graph_add_tensor(struct graph *graph, const struct tensor *tensor) {
    struct tensor copy = *tensor; /* it may lie in the array that moves */
    if (!grow(graph->arena, &graph->tensors, graph->n_tensors,
              &graph->tensor_capacity, sizeof *graph->tensors))
        return -1;
    graph->tensors[graph->n_tensors] = copy;
    return graph->n_tensors++;
}

struct node *graph_insert_node(struct graph *graph, int index, enum op op,
                               int n_inputs, int n_outputs) {
    int *edges = ARENA_NEW(graph->arena, n_inputs + n_outputs, int);
    if (!edges || !grow(graph->arena, &graph->nodes, graph->n_nodes,
                        &graph->node_capacity, sizeof *graph->nodes))
        return NULL;
    struct node *node = graph->nodes + index;
    memmove(node + 1, node, (size_t)(graph->n_nodes - index) * sizeof *node);
    graph->n_nodes++;
    for (int i = 0; i < n_inputs + n_outputs; i++) edges[i] = -1;
    *node = (struct node){.name = op_name(op),
                          .op_type = op_name(op),
                          .domain = "",
                          .op = op,
                          .n_inputs = n_inputs,
                          .n_outputs = n_outputs,
                          .inputs = edges,
                          .outputs = edges + n_inputs};
    return node;
}

int64_t tensor_n_elements(const struct tensor *tensor) {
    int64_t n = 1;
    bool zero = false;
    if (tensor->rank < 0) return -1;
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->dims[i] < 0) return -1;
        zero |= tensor->dims[i] == 0;
    }
    for (int i = 0; i < tensor->rank && !zero; i++)
        if (!i64_mul(n, tensor->dims[i], &n)) return -1;
    return zero ? 0 : n;
}

void tensor_onnx_dims(const struct tensor *tensor, int64_t dims[CUT_MAX_RANK]) {
    memcpy(dims, tensor->dims, sizeof tensor->dims);
    if (tensor->layout != LAYOUT_CHANNELS_LAST || tensor->rank < 3) return;
    dims[1] = tensor->dims[tensor->rank - 1];
    for (int i = 2; i < tensor->rank; i++) dims[i] = tensor->dims[i - 1];
}

enum cut_status graph_uses(const struct graph *graph, struct arena *arena,
                           int **producer, int **n_uses,
                           struct cut_error *err) {
    int *made_by = ARENA_NEW(arena, graph->n_tensors, int);
    int *uses = ARENA_NEW(arena, graph->n_tensors, int);
    if (!made_by || !uses) return no_memory(err);
    for (int i = 0; i < graph->n_tensors; i++) made_by[i] = -1;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = &graph->nodes[i];
        if (node->dead) continue;
        for (int k = 0; k < node->n_inputs; k++)
            if (node->inputs[k] >= 0) uses[node->inputs[k]]++;
        for (int k = 0; k < node->n_outputs; k++)
            if (node->outputs[k] >= 0) made_by[node->outputs[k]] = i;
    }
    for (int i = 0; i < graph->n_outputs; i++) uses[graph->outputs[i]]++;
    *producer = made_by;
    *n_uses = uses;
    return CUT_OK;
}

void graph_sweep(struct graph *graph) {
    int n = 0;
    for (int i = 0; i < graph->n_nodes; i++)
        if (!graph->nodes[i].dead) graph->nodes[n++] = graph->nodes[i];
    graph->n_nodes = n;
}

const struct attr *node_attr(const struct node *node, const char *name) {
    for (int i = 0; i < node->n_attrs; i++)
        if (text_equal(node->attrs[i].name, name)) return &node->attrs[i];
    return NULL;
}

int64_t node_attr_int(const struct node *node, const char *name,
                      int64_t otherwise) {
    const struct attr *attr = node_attr(node, name);
    return attr && attr->type == ATTR_INT ? attr->i : otherwise;
}

float node_attr_float(const struct node *node, const char *name,
                      float otherwise) {
    const struct attr *attr = node_attr(node, name);
    return attr && attr->type == ATTR_FLOAT ? attr->f : otherwise;
}

const char *node_attr_string(const struct node *node, const char *name,
                             const char *otherwise) {
    const struct attr *attr = node_attr(node, name);
    return attr && attr->type == ATTR_STRING ? attr->s : otherwise;
}
