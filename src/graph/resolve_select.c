/* Which nodes run at all: the ancestors of the wanted outputs. */
#include "base/mem.h"
#include "base/status.h"
#include "graph/graph.h"

static int output_find(const struct graph *graph, const char *name) {
    for (int i = 0; i < graph->n_outputs; i++)
        if (text_equal(graph->tensors[graph->outputs[i]].name, name))
            return graph->outputs[i];
    return -1;
}

static enum cut_status choose_outputs(struct graph *graph,
                                      const char *const *names, int n,
                                      struct cut_error *err) {
    int *outputs = ARENA_NEW(graph->arena, n, int);
    if (!outputs) return status_fail(err, CUT_NO_MEMORY, "out of memory");
    for (int i = 0; i < n; i++) {
        outputs[i] = output_find(graph, names[i]);
        if (outputs[i] < 0)
            return status_fail(err, CUT_BAD_ARGUMENT,
                               "the model has no output '%s'", names[i]);
        for (int j = 0; j < i; j++)
            if (outputs[j] == outputs[i])
                return status_fail(err, CUT_BAD_ARGUMENT,
                                   "output '%s' is asked for twice", names[i]);
    }
    for (int i = 0; i < graph->n_outputs; i++)
        graph->tensors[graph->outputs[i]].is_output = false;
    for (int i = 0; i < n; i++) graph->tensors[outputs[i]].is_output = true;
    graph->outputs = outputs;
    graph->n_outputs = n;
    return CUT_OK;
}

static bool node_is_needed(const struct node *node, const bool *needed) {
    for (int i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] >= 0 && needed[node->outputs[i]]) return true;
    return false;
}

enum cut_status graph_select_outputs(struct graph *graph,
                                     const char *const *names, int n,
                                     struct cut_error *err) {
    if (n > 0) {
        enum cut_status status = choose_outputs(graph, names, n, err);
        if (status != CUT_OK) return status;
    }
    bool *needed = ARENA_NEW(graph->arena, graph->n_tensors, bool);
    if (!needed) return status_fail(err, CUT_NO_MEMORY, "out of memory");
    for (int i = 0; i < graph->n_outputs; i++) needed[graph->outputs[i]] = true;
    for (int i = graph->n_nodes - 1; i >= 0; i--) {
        struct node *node = &graph->nodes[i];
        if (node->dead) continue;
        if (!node_is_needed(node, needed)) {
            node->dead = true;
            continue;
        }
        for (int j = 0; j < node->n_inputs; j++)
            if (node->inputs[j] >= 0) needed[node->inputs[j]] = true;
    }
    graph_sweep(graph);
    return CUT_OK;
}
