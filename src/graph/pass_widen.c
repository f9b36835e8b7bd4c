/* f16 is a storage type here: activations are computed in f32. A Cast that
 * the file asks for between the two inside the graph therefore changes
 * nothing and becomes Identity; where a graph input or output is f16, a Cast
 * stands at the border. */
#include "graph/pass.h"
#include "base/mem.h"
#include "base/status.h"

struct widen {
    struct graph *graph;
    struct arena scratch;
    int n_tensors; /* before the pass */
    int *wide;     /* f32 twin of a tensor, or -1 */
    int *stored;   /* the f16 constant that a Cast only widens, or -1 */
};

static bool is_half(const struct graph *graph, int tensor) {
    return tensor >= 0 && graph->tensors[tensor].dtype == CUT_F16;
}

/* A node whose kernel reads f16 in the slot of its weights. */
static bool holds_half_weights(const struct graph *graph,
                               const struct node *node) {
    switch (node->op) {
    case OP_CONV:
    case OP_CONV_TRANSPOSE: return true;
    case OP_GEMM:
    case OP_MATMUL: return graph->tensors[node->inputs[CONV_W]].rank == 2;
    default: return false;
    }
}

/* Adds the f32 twin of a tensor, without a value. */
static int add_twin(struct widen *w, int tensor) {
    struct tensor twin = w->graph->tensors[tensor];
    twin.dtype = CUT_F32;
    twin.data = twin.hint = NULL;
    twin.bytes = 0;
    twin.is_input = twin.is_output = twin.specialised = false;
    return w->wide[tensor] = graph_add_tensor(w->graph, &twin);
}

static int add_constant_twin(struct widen *w, int tensor) {
    struct tensor from = w->graph->tensors[tensor];
    int twin;
    float *to =
        pass_new_floats(w->graph, from.name, from.rank, from.dims, &twin);
    if (!to) return -1;
    int64_t n = tensor_n_elements(&from);
    for (int64_t i = 0; i < n; i++) to[i] = pass_float(&from, i);
    return w->wide[tensor] = twin;
}

/* Twins of inputs and outputs; everything else just changes its type. */
static bool widen_tensors(struct widen *w) {
    for (int i = 0; i < w->n_tensors; i++) {
        struct tensor *t = &w->graph->tensors[i];
        if (t->dtype != CUT_F16 || t->data) continue;
        if (!t->is_input && !t->is_output) {
            t->dtype = CUT_F32;
            t->bytes *= 2;
        } else if (add_twin(w, i) < 0) {
            return false;
        }
    }
    return true;
}

static bool widen_inputs(struct widen *w, struct node *node) {
    bool weights = holds_half_weights(w->graph, node);
    for (int k = 0; k < node->n_inputs; k++) {
        int t = node->inputs[k];
        if (t < 0 || t >= w->n_tensors) continue;
        if (w->stored[t] >= 0) t = node->inputs[k] = w->stored[t];
        bool constant = pass_is_constant(w->graph, t);
        bool stays = constant && weights && k == CONV_W;
        if (constant && is_half(w->graph, t) && !stays && w->wide[t] < 0 &&
            add_constant_twin(w, t) < 0)
            return false;
        if (w->wide[t] >= 0 && !stays) node->inputs[k] = w->wide[t];
    }
    return true;
}

static void widen_outputs(struct widen *w, struct node *node) {
    for (int k = 0; k < node->n_outputs; k++) {
        int t = node->outputs[k];
        if (t >= 0 && t < w->n_tensors && w->wide[t] >= 0)
            node->outputs[k] = w->wide[t];
    }
}

/* Weights that the file stores as f16 and casts: readers take them as stored
 * or, where they cannot, from a twin made once. */
static bool drop_weight_cast(struct widen *w, struct node *node) {
    const struct graph *g = w->graph;
    int x = node->inputs[0], y = node->outputs[0];
    if (node->op != OP_CAST || y < 0 || !pass_is_constant(g, x) ||
        !is_half(g, x) || g->tensors[y].dtype != CUT_F32 ||
        g->tensors[y].is_output)
        return false;
    w->stored[y] = x;
    return node->dead = true;
}

static bool append_cast(struct widen *w, int from, int to) {
    struct graph *g = w->graph;
    struct node *cast = graph_insert_node(g, g->n_nodes, OP_CAST, 1, 1);
    if (!cast) return false;
    cast->name = g->tensors[to].name;
    cast->inputs[0] = from;
    cast->outputs[0] = to;
    return true;
}

/* The last n nodes become the first, in one move however many they are. */
static bool move_to_front(struct widen *w, int n) {
    struct graph *g = w->graph;
    struct node *moved = ARENA_NEW(&w->scratch, n, struct node);
    if (!moved) return false;
    if (!n) return true;
    size_t kept = (size_t)(g->n_nodes - n), item = sizeof *moved;
    memcpy(moved, g->nodes + kept, (size_t)n * item);
    memmove(g->nodes + n, g->nodes, kept * item);
    memcpy(g->nodes, moved, (size_t)n * item);
    return true;
}

static bool insert_casts(struct widen *w) {
    struct graph *g = w->graph;
    for (int i = 0; i < g->n_outputs; i++) {
        int t = g->outputs[i];
        if (!g->tensors[t].is_input && w->wide[t] >= 0 && !g->tensors[t].data &&
            !append_cast(w, w->wide[t], t))
            return false;
    }
    int n_before = g->n_nodes;
    for (int i = 0; i < g->n_inputs; i++) {
        int t = g->inputs[i];
        if (w->wide[t] >= 0 && !append_cast(w, t, w->wide[t])) return false;
    }
    return move_to_front(w, g->n_nodes - n_before);
}

static bool widen_nodes(struct widen *w) {
    struct graph *g = w->graph;
    for (int i = 0; i < g->n_nodes; i++) {
        struct node *node = &g->nodes[i];
        if (node->dead || drop_weight_cast(w, node)) continue;
        if (!widen_inputs(w, node)) return false;
        widen_outputs(w, node);
        if (node->op == OP_CAST && node->inputs[0] >= 0 &&
            node->outputs[0] >= 0 &&
            g->tensors[node->inputs[0]].dtype ==
                g->tensors[node->outputs[0]].dtype)
            pass_become(node, OP_IDENTITY);
    }
    return true;
}

enum cut_status pass_widen(struct graph *graph, struct cut_error *err) {
    struct widen w = {.graph = graph, .n_tensors = graph->n_tensors};
    arena_init(&w.scratch, graph->arena->allocator);
    w.wide = ARENA_NEW(&w.scratch, w.n_tensors, int);
    w.stored = ARENA_NEW(&w.scratch, w.n_tensors, int);
    bool good = w.wide && w.stored;
    for (int i = 0; i < w.n_tensors && good; i++) w.wide[i] = w.stored[i] = -1;
    good = good && widen_tensors(&w) && widen_nodes(&w) && insert_casts(&w);
    arena_free(&w.scratch);
    return good ? pass_drop_unused(graph, err) : pass_no_memory(err);
}
