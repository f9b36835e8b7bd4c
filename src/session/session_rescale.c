/* Another input size than the file's, when the file has sizes as constants.
 *
 * Exporters write the output size of a Resize as [N, C] from a Shape and
 * [H, W] as constants that hold for the exported input only. A constant h
 * that was made from an input of height a becomes ceil(h * b / a) for height
 * b: the halves of a chain of stride-2 layers (ceil) nest this way,
 * ceil(ceil(n / 2) / 2) = ceil(n / 4), so the skips of a U-Net meet. */
#include "base/mem.h"
#include "base/status.h"
#include "session/session.h"

enum { RANK = 4, FIRST_SPATIAL = 2 };

struct rescale {
    struct graph *graph;
    const int64_t *from, *to; /* [H, W] */
    struct cut_error *err;
};

static struct node *producer_of(struct graph *graph, int tensor) {
    for (int i = 0; i < graph->n_nodes; i++)
        for (int k = 0; k < graph->nodes[i].n_outputs; k++)
            if (graph->nodes[i].outputs[k] == tensor) return &graph->nodes[i];
    return NULL;
}

/* A new constant beside the old one, which others may read. `first` is the
 * axis of its first element. */
static enum cut_status scale_constant(const struct rescale *r, int *edge,
                                      int64_t first) {
    struct graph *graph = r->graph;
    struct tensor scaled = graph->tensors[*edge];
    int64_t n = tensor_n_elements(&scaled);
    int64_t *values = ARENA_NEW(graph->arena, n, int64_t);
    if (!values)
        return status_fail(r->err, CUT_NO_MEMORY, "no memory for the graph");
    if (n) memcpy(values, scaled.data, (size_t)n * sizeof *values);
    for (int64_t i = 0; i < n; i++) {
        int64_t axis = first + i - FIRST_SPATIAL, product;
        if (axis < 0 || axis > 1) continue;
        if (!i64_mul(values[i], r->to[axis], &product) || product < 0)
            return status_fail(r->err, CUT_TOO_LARGE,
                               "size %lld in '%s' cannot be scaled",
                               (long long)values[i], scaled.name);
        values[i] = product / r->from[axis] + (product % r->from[axis] != 0);
    }
    scaled.data = values;
    *edge = graph_add_tensor(graph, &scaled);
    return *edge < 0
               ? status_fail(r->err, CUT_NO_MEMORY, "no memory for the graph")
               : CUT_OK;
}

static bool is_sizes(const struct tensor *tensor) {
    return tensor->data && tensor->dtype == CUT_I64 && tensor->rank <= 1;
}

/* The sizes of one Resize, from the last axis back to what is computed. */
static enum cut_status scale_sizes(const struct rescale *r, int *edge) {
    struct graph *graph = r->graph;
    if (is_sizes(&graph->tensors[*edge]))
        return tensor_n_elements(&graph->tensors[*edge]) == RANK
                   ? scale_constant(r, edge, 0)
                   : CUT_OK;
    struct node *node = producer_of(graph, *edge);
    if (!node || node->op != OP_CONCAT) return CUT_OK;
    int64_t first = RANK;
    for (int i = node->n_inputs - 1; i >= 0; i--) {
        const struct tensor *part = &graph->tensors[node->inputs[i]];
        if (!is_sizes(part)) break;
        first -= tensor_n_elements(part);
        enum cut_status status = scale_constant(r, &node->inputs[i], first);
        if (status) return status;
    }
    return CUT_OK;
}

/* Two Resize nodes may share one list of sizes, which is scaled once. */
static bool sizes_seen(const struct graph *graph, int node, int sizes) {
    for (int i = 0; i < node; i++)
        if (graph->nodes[i].op == OP_RESIZE && graph->nodes[i].n_inputs > 3 &&
            graph->nodes[i].inputs[3] == sizes)
            return true;
    return false;
}

enum cut_status session_rescale(struct graph *graph, const int64_t from[2],
                                const int64_t to[2], struct cut_error *err) {
    const struct rescale r = {graph, from, to, err};
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = &graph->nodes[i];
        if (node->op != OP_RESIZE || node->n_inputs < 4) continue;
        int sizes = node->inputs[3];
        if (sizes < 0 || sizes_seen(graph, i, sizes)) continue;
        enum cut_status status = scale_sizes(&r, &node->inputs[3]);
        if (status) return status;
    }
    return CUT_OK;
}
