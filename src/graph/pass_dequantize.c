/* Dynamic quantisation, as ONNX Runtime's quantizer writes it:
 *
 *   xq, sx, zx = DynamicQuantizeLinear(x)
 *   y = Cast(ConvInteger(xq, wq, zx, zw)) * (sx * sw) + bias
 *
 * In real numbers sx * (xq - zx) is x but for rounding, so that y is the float
 * convolution of x with (wq - zw) * sw: the same weights, better activations.
 * The chain of Casts, Muls and the Add is matched by structure: operands in
 * any order, the scales multiplied together first or one after the other. */
#include "graph/pass.h"
#include "base/mem.h"
#include "base/status.h"

struct match {
    struct graph *graph;
    const struct links *links;
    struct node *node;           /* ConvInteger or MatMulInteger */
    const struct node *quantize; /* DynamicQuantizeLinear */
    bool conv;
    int n_spatial;
    int64_t n_channels; /* of the output */
    bool has_x_scale;
    int w_scale, bias; /* tensors; -1 until found */
    int64_t bias_dims[CUT_MAX_RANK];
    int result;            /* the tensor that holds y so far */
    struct node *chain[5]; /* what becomes unnecessary */
    int n_chain;
};

static const struct node *producer_of(const struct match *m, int tensor) {
    int i = tensor < 0 ? -1 : m->links->producer[tensor];
    return i < 0 ? NULL : &m->graph->nodes[i];
}

/* Whether dims hold one element, or one per output channel at the channel's
 * place when aligned to the right (`rank_limit`: with that many axes). */
static bool per_channel(const struct match *m, int rank, const int64_t *dims,
                        bool scalar_too) {
    int channel = m->conv ? rank - 1 - m->n_spatial : rank - 1;
    bool all_one = true, others_one = true;
    for (int i = 0; i < rank; i++) {
        all_one &= dims[i] == 1;
        others_one &= i == channel || dims[i] == 1;
    }
    if (all_one && (scalar_too || (m->n_channels == 1 && channel >= 0)))
        return true;
    return channel >= 0 && others_one && dims[channel] == m->n_channels;
}

/* Scales and zeros of weights: one, or one per channel in a plain list. */
static bool fits_weights(const struct match *m, int tensor, bool float_type) {
    const struct tensor *t = &m->graph->tensors[tensor];
    if (!t->data || (float_type && t->dtype != CUT_F32)) return false;
    int64_t n = tensor_n_elements(t);
    if (t->rank <= 1)
        return n == 1 || (n == m->n_channels && (!float_type || !m->conv));
    return float_type && per_channel(m, t->rank, t->dims, true);
}

static bool take_w_scale(struct match *m, int tensor) {
    if (m->w_scale >= 0 || tensor < 0 || !fits_weights(m, tensor, true))
        return false;
    m->w_scale = tensor;
    return true;
}

static bool take_x_scale(struct match *m, int tensor) {
    if (m->has_x_scale || tensor != m->quantize->outputs[1]) return false;
    return m->has_x_scale = true;
}

/* A factor: the input's scale, the weights' scale, or the product of both. */
static bool take_factor(struct match *m, int tensor) {
    const struct node *mul = producer_of(m, tensor);
    if (take_x_scale(m, tensor) || take_w_scale(m, tensor)) return true;
    if (!mul || mul->op != OP_MUL || mul->n_inputs != 2) return false;
    int a = mul->inputs[0], b = mul->inputs[1];
    return (take_x_scale(m, a) && take_w_scale(m, b)) ||
           (take_x_scale(m, b) && take_w_scale(m, a));
}

/* The only reader of the result so far, when it is an `op`. */
static struct node *next_in_chain(struct match *m, enum op op) {
    struct node *next = pass_only_reader(m->graph, m->links, m->result);
    return next && next->op == op && next->n_outputs >= 1 &&
                   next->outputs[0] >= 0
               ? next
               : NULL;
}

static void advance(struct match *m, struct node *node) {
    m->chain[m->n_chain++] = node;
    m->result = node->outputs[0];
}

static bool match_scales(struct match *m) {
    struct node *cast = next_in_chain(m, OP_CAST);
    if (!cast || node_attr_int(cast, "to", 0) != CUT_F32) return false;
    advance(m, cast);
    while (!m->has_x_scale || m->w_scale < 0) {
        struct node *mul = next_in_chain(m, OP_MUL);
        if (!mul || mul->n_inputs != 2 ||
            !take_factor(m, pass_other_input(mul, m->result)))
            return false;
        advance(m, mul);
    }
    return true;
}

/* The shape that a constant Reshape gives n elements; false when it cannot
 * be told. */
static bool reshape_dims(const struct graph *g, const struct node *reshape,
                         int *rank, int64_t dims[CUT_MAX_RANK]) {
    const struct tensor *x = pass_input(g, reshape, 0);
    const struct tensor *shape = pass_input(g, reshape, 1);
    if (!x || !x->data || !shape || !shape->data || shape->dtype != CUT_I64 ||
        shape->rank != 1 || shape->dims[0] > CUT_MAX_RANK)
        return false;
    int64_t n = tensor_n_elements(x), known = 1;
    int open = -1;
    *rank = (int)shape->dims[0];
    memcpy(dims, shape->data, (size_t)*rank * sizeof *dims);
    for (int i = 0; i < *rank; i++) {
        if (dims[i] == -1 && open < 0)
            open = i;
        else if (dims[i] <= 0 || !i64_mul(known, dims[i], &known))
            return false;
    }
    if (open >= 0) dims[open] = n / known;
    return n > 0 && (open < 0 ? known == n : dims[open] * known == n);
}

/* An Add of a constant with one element per channel, perhaps reshaped. */
static void match_bias(struct match *m) {
    const struct graph *g = m->graph;
    struct node *add = next_in_chain(m, OP_ADD);
    if (!add || add->n_inputs != 2) return;
    int bias = pass_other_input(add, m->result), rank;
    int64_t dims[CUT_MAX_RANK];
    const struct node *reshape = producer_of(m, bias);
    if (pass_is_constant(g, bias)) {
        rank = g->tensors[bias].rank;
        memcpy(dims, g->tensors[bias].dims, sizeof dims);
    } else if (reshape && reshape->op == OP_RESHAPE &&
               reshape_dims(g, reshape, &rank, dims)) {
        bias = reshape->inputs[0];
    } else {
        return;
    }
    if (g->tensors[bias].dtype != CUT_F32 ||
        tensor_n_elements(&g->tensors[bias]) != m->n_channels ||
        !per_channel(m, rank, dims, false))
        return;
    m->bias = bias;
    advance(m, add);
}

/* The quantised operands themselves. */
static bool match_operands(struct match *m) {
    const struct graph *g = m->graph;
    const struct node *node = m->node;
    const struct tensor *w = pass_input(g, node, 1);
    const struct tensor *zero = pass_input(g, node, 3);
    m->quantize = node->n_inputs ? producer_of(m, node->inputs[0]) : NULL;
    if (!m->quantize || m->quantize->op != OP_DYNAMIC_QUANTIZE_LINEAR ||
        m->quantize->n_inputs != 1 || m->quantize->n_outputs != 3 ||
        m->quantize->inputs[0] < 0 || node->n_outputs != 1 ||
        node->outputs[0] < 0)
        return false;
    if (node->inputs[0] != m->quantize->outputs[0] || node->n_inputs < 3 ||
        node->inputs[2] < 0 || node->inputs[2] != m->quantize->outputs[2])
        return false;
    if (!w || !w->data || (w->dtype != CUT_U8 && w->dtype != CUT_I8))
        return false;
    if (m->conv ? w->rank < 3 || w->rank > 5 : w->rank != 2) return false;
    m->n_channels = m->conv ? w->dims[0] : w->dims[1];
    m->n_spatial = w->rank - 2;
    m->result = node->outputs[0];
    return !zero ||
           (zero->dtype == w->dtype && fits_weights(m, node->inputs[3], false));
}

/* A constant of the same elements as a plain list [n], or as a scalar. */
static int as_list(struct graph *graph, int tensor) {
    struct tensor list = graph->tensors[tensor];
    int64_t n = tensor_n_elements(&list);
    if (list.rank <= 1) return tensor;
    list.rank = 1;
    list.dims[0] = n;
    list.is_output = false;
    return graph_add_tensor(graph, &list);
}

static bool rewrite(struct match *m) {
    struct graph *g = m->graph;
    struct node *node = m->node;
    int zero = node->n_inputs > 3 ? node->inputs[3] : -1;
    int *inputs = ARENA_NEW(g->arena, CONV_SLOTS, int);
    int scale = as_list(g, m->w_scale);
    int bias = m->bias < 0 ? -1 : as_list(g, m->bias);
    if (!inputs || scale < 0 || (m->bias >= 0 && bias < 0)) return false;
    inputs[CONV_X] = m->quantize->inputs[0];
    inputs[CONV_W] = node->inputs[1];
    inputs[CONV_BIAS] = bias;
    inputs[CONV_RESIDUAL] = -1;
    inputs[CONV_W_SCALE] = scale;
    inputs[CONV_W_ZERO] = zero;
    node->inputs = inputs;
    node->n_inputs = CONV_SLOTS;
    node->outputs[0] = m->result;
    pass_become(node, m->conv ? OP_CONV : OP_MATMUL);
    for (int i = 0; i < m->n_chain; i++) m->chain[i]->dead = true;
    return true;
}

static bool dequantize_node(struct graph *graph, const struct links *links,
                            struct node *node) {
    struct match m = {.graph = graph,
                      .links = links,
                      .node = node,
                      .conv = node->op == OP_CONV_INTEGER,
                      .w_scale = -1,
                      .bias = -1};
    if (!match_operands(&m) || !match_scales(&m)) return true;
    match_bias(&m);
    return rewrite(&m);
}

enum cut_status pass_dequantize(struct graph *graph, struct cut_error *err) {
    struct arena scratch;
    struct links links;
    arena_init(&scratch, graph->arena->allocator);
    enum cut_status status = pass_links(graph, &scratch, &links, err);
    for (int i = 0; !status && i < graph->n_nodes; i++) {
        struct node *node = &graph->nodes[i];
        bool integer =
            node->op == OP_CONV_INTEGER || node->op == OP_MATMUL_INTEGER;
        if (integer && !node->dead && !dequantize_node(graph, &links, node))
            status = pass_no_memory(err);
    }
    arena_free(&scratch);
    return status ? status : pass_drop_unused(graph, err);
}
