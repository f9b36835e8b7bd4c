/* Channels-last, decided greedily in topological order: window operators want
 * it, flexible ones take it when an operand already has it, all others and
 * the graph's borders keep ONNX order. Every tensor has up to two versions;
 * the one that is missing is made by a Transpose the first time it is read
 * and shared by all readers. */
#include "graph/pass.h"
#include "base/mem.h"
#include "base/status.h"

struct layout {
    struct graph *graph;
    struct arena scratch;
    int n_tensors;      /* before the pass */
    int *plain, *last;  /* the versions of a tensor; -1: none yet */
    int *relaid;        /* [n_tensors][CUT_MAX_RANK + 1] of constants */
    struct node *nodes; /* the new list */
    int n_nodes, capacity;
    struct cut_error *err;
};

static enum cut_status no_memory(struct layout *l) {
    return pass_no_memory(l->err);
}

static bool emit(struct layout *l, const struct node *node) {
    if (l->n_nodes == l->capacity) {
        int capacity = l->capacity * 2 + 64;
        struct node *larger = ARENA_NEW(&l->scratch, capacity, struct node);
        if (!larger) return false;
        if (l->n_nodes)
            memcpy(larger, l->nodes, (size_t)l->n_nodes * sizeof *larger);
        l->nodes = larger;
        l->capacity = capacity;
    }
    l->nodes[l->n_nodes++] = *node;
    return true;
}

static bool emit_transpose(struct layout *l, int from, int to) {
    const struct tensor *t = &l->graph->tensors[to];
    bool to_last = t->layout == LAYOUT_CHANNELS_LAST;
    int *edges = ARENA_NEW(l->graph->arena, 2, int);
    if (!edges) return false;
    edges[0] = from;
    edges[1] = to;
    struct node node = {.name = t->name,
                        .op_type = op_name(OP_TRANSPOSE),
                        .domain = "",
                        .op = OP_TRANSPOSE,
                        .n_inputs = 1,
                        .n_outputs = 1,
                        .inputs = edges,
                        .outputs = edges + 1};
    for (int i = 0; i < t->rank; i++) {
        int stored = pass_axis(i, t->rank);
        if (to_last)
            node.params.transpose.perm[stored] = i;
        else
            node.params.transpose.perm[i] = stored;
    }
    return emit(l, &node);
}

/* A new tensor like t in the other layout. */
static int add_version(struct layout *l, int t, enum tensor_layout layout) {
    struct tensor version = l->graph->tensors[t];
    tensor_onnx_dims(&l->graph->tensors[t], version.dims);
    version.is_input = version.is_output = version.specialised = false;
    version.hint = NULL;
    version.layout = layout;
    if (layout == LAYOUT_CHANNELS_LAST)
        pass_permute_dims(version.dims, version.rank);
    return graph_add_tensor(l->graph, &version);
}

/* ---- Constants ---------------------------------------------------------- */

/* to[n][s][c] = from[n][c][s], `item` bytes each. */
static void relay(char *to, const char *from, const int64_t dims[3],
                  size_t item) {
    int64_t n_channels = dims[1], n_pixels = dims[2];
    for (int64_t n = 0; n < dims[0]; n++)
        for (int64_t s = 0; s < n_pixels; s++)
            for (int64_t c = 0; c < n_channels; c++) {
                int64_t at = (n * n_channels + c) * n_pixels + s;
                memcpy(to, from + (size_t)at * item, item);
                to += item;
            }
}

/* A constant as a channels-last operand of rank `rank`; -1: no memory. */
static int relay_constant(struct layout *l, int index, int rank) {
    int *known = &l->relaid[index * (CUT_MAX_RANK + 1) + rank];
    struct tensor t = l->graph->tensors[index];
    int64_t dims[CUT_MAX_RANK], outer[3] = {1, 1, 1};
    size_t item = cut_dtype_bytes(t.dtype);
    if (*known >= 0) return *known;
    for (int i = 0; i < rank; i++) {
        int own = i - (rank - t.rank);
        dims[i] = own < 0 ? 1 : t.dims[own];
        outer[i < 2 ? i : 2] *= dims[i];
    }
    int64_t n = outer[0] * outer[1] * outer[2];
    if (outer[1] > 1 && outer[2] > 1 && n > 0) {
        char *data = arena_alloc(l->graph->arena, (size_t)n, item);
        if (!data) return -1;
        relay(data, t.data, outer, item);
        t.data = data;
    }
    memcpy(t.dims, dims, sizeof t.dims);
    pass_permute_dims(t.dims, rank);
    t.rank = rank;
    t.layout = LAYOUT_CHANNELS_LAST;
    t.is_output = false;
    return *known = graph_add_tensor(l->graph, &t);
}

/* ---- Versions ----------------------------------------------------------- */

static bool is_last(const struct layout *l, int t) {
    return t >= 0 && l->last[t] >= 0;
}

/* The plain version of an old tensor, made when it is missing. */
static bool want_plain(struct layout *l, int *t) {
    int old = *t;
    if (old < 0) return true;
    if (l->plain[old] < 0) {
        int version = add_version(l, l->last[old], LAYOUT_PLAIN);
        if (version < 0 || !emit_transpose(l, l->last[old], version))
            return false;
        l->plain[old] = version;
    }
    *t = l->plain[old];
    return true;
}

static bool want_last(struct layout *l, int *t) {
    int old = *t;
    if (old < 0) return true;
    if (pass_is_constant(l->graph, old) && l->last[old] < 0)
        return (*t = relay_constant(l, old, l->graph->tensors[old].rank)) >= 0;
    if (l->last[old] < 0) {
        int version = add_version(l, l->plain[old], LAYOUT_CHANNELS_LAST);
        if (version < 0 || !emit_transpose(l, l->plain[old], version))
            return false;
        l->last[old] = version;
    }
    *t = l->last[old];
    return true;
}

/* An output that the node writes channels-last. A graph output gets its ONNX
 * order back right after the node (finish_outputs). */
static bool make_last(struct layout *l, int *t) {
    int old = *t;
    struct tensor *tensor = &l->graph->tensors[old];
    if (tensor->is_output) {
        *t = l->last[old] = add_version(l, old, LAYOUT_CHANNELS_LAST);
        return *t >= 0;
    }
    pass_permute_dims(tensor->dims, tensor->rank);
    tensor->layout = LAYOUT_CHANNELS_LAST;
    l->last[old] = old;
    l->plain[old] = -1;
    return true;
}

/* ---- Nodes -------------------------------------------------------------- */

/* The rank in which a node's data is laid out: that of its first output, or
 * of its first input where outputs are plain. */
static int data_rank(const struct layout *l, const struct node *node,
                     enum pass_layout_rule rule) {
    const struct graph *g = l->graph;
    const struct tensor *x = pass_input(g, node, 0);
    if (rule == RULE_FLEXIBLE)
        for (int k = 0; k < node->n_outputs; k++)
            if (node->outputs[k] >= 0) return g->tensors[node->outputs[k]].rank;
    return x ? x->rank : 0;
}

static bool is_one(const struct tensor *t) { return tensor_n_elements(t) == 1; }

/* Whether every operand of a flexible node can be had channels-last, and one
 * of them already is. Operands of one element fit as they are. */
static bool can_run_last(const struct layout *l, const struct node *node,
                         int rank) {
    bool any = false;
    for (int k = 0; k < node->n_inputs; k++) {
        int t = node->inputs[k];
        const struct tensor *x = pass_input(l->graph, node, k);
        if (!x) continue;
        any |= is_last(l, t);
        bool fits = x->rank == rank || (x->data && x->rank < rank);
        if (!fits && !is_one(x)) return false;
    }
    for (int k = 0; k < node->n_outputs; k++) {
        int t = node->outputs[k];
        const struct tensor *y = t < 0 ? NULL : &l->graph->tensors[t];
        if (y && y->rank != rank && !is_one(y)) return false;
    }
    return any;
}

static bool lay_operand(struct layout *l, int *t, int rank) {
    if (*t < 0) return true;
    const struct tensor *x = &l->graph->tensors[*t];
    if (x->data && !is_one(x)) return (*t = relay_constant(l, *t, rank)) >= 0;
    if (x->rank == rank && !x->data) return want_last(l, t);
    return want_plain(l, t);
}

static bool run_flexible(struct layout *l, struct node *node, int rank) {
    for (int k = 0; k < node->n_inputs; k++)
        if (!lay_operand(l, &node->inputs[k], rank)) return false;
    for (int k = 0; k < node->n_outputs; k++) {
        int t = node->outputs[k];
        if (t >= 0 && l->graph->tensors[t].rank == rank &&
            !make_last(l, &node->outputs[k]))
            return false;
    }
    pass_permute_params(node, rank);
    return true;
}

static bool is_data_slot(const struct node *node, int k) {
    bool residual = node->op == OP_CONV || node->op == OP_CONV_TRANSPOSE;
    return k == CONV_X || (residual && k == CONV_RESIDUAL);
}

static bool run_window(struct layout *l, struct node *node, int rank) {
    for (int k = 0; k < node->n_inputs; k++)
        if (!(is_data_slot(node, k) ? want_last : want_plain)(l,
                                                              &node->inputs[k]))
            return false;
    for (int k = 0; k < node->n_outputs; k++) {
        int t = node->outputs[k];
        if (t >= 0 && l->graph->tensors[t].rank == rank &&
            !make_last(l, &node->outputs[k]))
            return false;
    }
    return true;
}

static bool run_plain(struct layout *l, struct node *node) {
    for (int k = 0; k < node->n_inputs; k++)
        if (!want_plain(l, &node->inputs[k])) return false;
    return true;
}

/* Input 0 channels-last, everything else plain. */
static bool run_reading_last(struct layout *l, struct node *node, int rank) {
    for (int k = 0; k < node->n_inputs; k++)
        if (!(k == 0 ? want_last : want_plain)(l, &node->inputs[k]))
            return false;
    pass_permute_params(node, rank);
    return true;
}

static bool run_node(struct layout *l, struct node *node) {
    enum pass_layout_rule rule = pass_layout_rule(l->graph, node);
    int rank = data_rank(l, node, rule);
    if (rule == RULE_WINDOW) return run_window(l, node, rank);
    if (rank < 3 || rule == RULE_PLAIN) return run_plain(l, node);
    if (rule == RULE_FLEXIBLE)
        return can_run_last(l, node, rank) ? run_flexible(l, node, rank)
                                           : run_plain(l, node);
    return is_last(l, node->inputs[0]) ? run_reading_last(l, node, rank)
                                       : run_plain(l, node);
}

/* Graph outputs that were written channels-last in `last`. */
static bool finish_outputs(struct layout *l, const int *old, int n) {
    for (int k = 0; k < n; k++) {
        int t = old[k];
        if (t < 0 || !l->graph->tensors[t].is_output || l->last[t] < 0)
            continue;
        if (!emit_transpose(l, l->last[t], t)) return false;
    }
    return true;
}

static bool lay_node(struct layout *l, struct node node) {
    int *old = ARENA_NEW(&l->scratch, node.n_outputs, int);
    if (!old) return false;
    if (node.n_outputs)
        memcpy(old, node.outputs, (size_t)node.n_outputs * sizeof *old);
    return run_node(l, &node) && emit(l, &node) &&
           finish_outputs(l, old, node.n_outputs);
}

static bool prepare(struct layout *l) {
    struct graph *g = l->graph;
    size_t n = (size_t)l->n_tensors;
    l->plain = ARENA_NEW(&l->scratch, n, int);
    l->last = ARENA_NEW(&l->scratch, n, int);
    l->relaid = ARENA_NEW(&l->scratch, n * (CUT_MAX_RANK + 1), int);
    if (!l->plain || !l->last || !l->relaid) return false;
    for (int i = 0; i < g->n_tensors; i++) {
        l->plain[i] = i;
        l->last[i] = -1;
        for (int k = 0; k <= CUT_MAX_RANK; k++)
            l->relaid[i * (CUT_MAX_RANK + 1) + k] = -1;
    }
    return true;
}

static bool lay_graph(struct layout *l) {
    struct graph *g = l->graph;
    for (int i = 0; i < g->n_nodes; i++)
        if (!g->nodes[i].dead && !lay_node(l, g->nodes[i])) return false;
    struct node *nodes = ARENA_NEW(g->arena, l->n_nodes, struct node);
    if (!nodes) return false;
    if (l->n_nodes) memcpy(nodes, l->nodes, (size_t)l->n_nodes * sizeof *nodes);
    g->nodes = nodes;
    g->n_nodes = g->node_capacity = l->n_nodes;
    return true;
}

enum cut_status pass_layout(struct graph *graph, struct cut_error *err) {
    struct layout l = {
        .graph = graph, .n_tensors = graph->n_tensors, .err = err};
    arena_init(&l.scratch, graph->arena->allocator);
    enum cut_status status =
        prepare(&l) && lay_graph(&l) ? CUT_OK : no_memory(&l);
    arena_free(&l.scratch);
    return status ? status : pass_align_constants(graph, err);
}
