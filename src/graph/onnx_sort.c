/* Depth first from each node in file order, with an explicit stack: a node is
 * put out after the makers of its inputs. */
#include "graph/onnx.h"
#include "base/mem.h"
#include "base/status.h"

enum { FRESH, OPEN, DONE };

struct sort {
    const struct graph *graph;
    int *producer;
    unsigned char *state;
    int *next_input; /* where to go on, per node */
    int *stack, *order;
    int n_stack, n_order;
};

static void push(struct sort *s, int node) {
    s->state[node] = OPEN;
    s->stack[s->n_stack++] = node;
}

/* Visits one input of the node on top; returns a node on a cycle, or -1. */
static int visit_input(struct sort *s, int input) {
    int maker = input < 0 ? -1 : s->producer[input];
    if (maker < 0 || s->state[maker] == DONE) return -1;
    if (s->state[maker] == OPEN) return maker;
    push(s, maker);
    return -1;
}

static int visit(struct sort *s, int root) {
    push(s, root);
    while (s->n_stack) {
        int top = s->stack[s->n_stack - 1];
        const struct node *node = &s->graph->nodes[top];
        if (s->next_input[top] < node->n_inputs) {
            int cycle = visit_input(s, node->inputs[s->next_input[top]++]);
            if (cycle >= 0) return cycle;
        } else {
            s->state[top] = DONE;
            s->order[s->n_order++] = top;
            s->n_stack--;
        }
    }
    return -1;
}

static bool reorder(struct onnx_reader *r, const int *order) {
    struct graph *g = r->graph;
    struct node *copy = ARENA_NEW(r->scratch, g->n_nodes, struct node);
    if (!copy) return false;
    if (g->n_nodes) memcpy(copy, g->nodes, (size_t)g->n_nodes * sizeof *copy);
    for (int i = 0; i < g->n_nodes; i++) g->nodes[i] = copy[order[i]];
    return true;
}

enum cut_status onnx_sort(struct onnx_reader *r) {
    const struct graph *g = r->graph;
    struct sort s = {.graph = g};
    int *n_uses;
    enum cut_status status =
        graph_uses(g, r->scratch, &s.producer, &n_uses, r->err);
    if (status) return status;
    s.state = ARENA_NEW(r->scratch, g->n_nodes, unsigned char);
    s.next_input = ARENA_NEW(r->scratch, g->n_nodes, int);
    s.stack = ARENA_NEW(r->scratch, g->n_nodes, int);
    s.order = ARENA_NEW(r->scratch, g->n_nodes, int);
    if (!s.state || !s.next_input || !s.stack || !s.order)
        return status_fail(r->err, CUT_NO_MEMORY, "no memory to sort nodes");
    for (int i = 0; i < g->n_nodes; i++) {
        int cycle = s.state[i] == FRESH ? visit(&s, i) : -1;
        if (cycle >= 0)
            return status_fail(r->err, CUT_BAD_MODEL,
                               "node '%s' (%s): needs its own result (the "
                               "graph has a cycle)",
                               g->nodes[cycle].name, g->nodes[cycle].op_type);
    }
    if (!reorder(r, s.order))
        return status_fail(r->err, CUT_NO_MEMORY, "no memory to sort nodes");
    return CUT_OK;
}
