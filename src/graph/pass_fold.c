/* A constant factor and offset per output channel, folded into what makes the
 * channel:  s * (w*x + b) + t  =  (s*w)*x + (s*b + t). f32 weights are
 * multiplied in a copy; f16 and u8 weights stay as stored and the factor goes
 * into their scale. */
#include "graph/pass.h"
#include "base/mathf.h"
#include "base/mem.h"

/* y[c] = factor[c] * x[c] + offset[c]; NULL: 1 or 0. */
struct affine {
    int64_t n;
    double *factor, *offset;
};

struct fold {
    struct graph *graph;
    const struct links *links;
    struct node *conv;
    struct affine affine;
};

static bool is_matrix(const struct node *conv) {
    return conv->op == OP_GEMM || conv->op == OP_MATMUL;
}

static int64_t n_channels(const struct graph *g, const struct node *conv) {
    const struct tensor *y = &g->tensors[conv->outputs[0]];
    return y->dims[is_matrix(conv) ? y->rank - 1 : 1];
}

/* Whether a constant operand beside y has one element or one per channel. */
static bool fits_channels(const struct graph *g, const struct node *conv,
                          const struct tensor *c) {
    const struct tensor *y = &g->tensors[conv->outputs[0]];
    int channel = is_matrix(conv) ? y->rank - 1 : 1;
    if (!c || !c->data || !pass_is_float(c) || c->rank > y->rank) return false;
    int shift = y->rank - c->rank;
    for (int i = 0; i < c->rank; i++)
        if (c->dims[i] != 1 &&
            (i + shift != channel || c->dims[i] != y->dims[channel]))
            return false;
    return true;
}

static double element(const struct tensor *t, int64_t i) {
    return pass_float(t, tensor_n_elements(t) == 1 ? 0 : i);
}

static bool is_list(const struct tensor *t, int64_t n) {
    return t && t->data && pass_is_float(t) && t->rank == 1 && t->dims[0] == n;
}

static bool batch_norm_affine(const struct graph *g, const struct node *node,
                              struct affine *a) {
    const struct tensor *scale = pass_input(g, node, 1);
    const struct tensor *bias = pass_input(g, node, 2);
    const struct tensor *mean = pass_input(g, node, 3);
    const struct tensor *variance = pass_input(g, node, 4);
    if (node->params.norm.training || !is_list(scale, a->n) ||
        !is_list(bias, a->n) || !is_list(mean, a->n) ||
        !is_list(variance, a->n))
        return false;
    for (int64_t i = 0; i < a->n; i++) {
        double f = (double)pass_float(scale, i) /
                   math_sqrt((double)pass_float(variance, i) +
                             (double)node->params.norm.epsilon);
        a->factor[i] = f;
        a->offset[i] = pass_float(bias, i) - pass_float(mean, i) * f;
    }
    return true;
}

/* Add, Sub, Mul, Div with a constant. Where y is the second operand of Sub or
 * Div there is no such form. */
static bool binary_affine(const struct graph *g, const struct node *conv,
                          const struct node *node, struct affine *a) {
    bool first = node->inputs[0] == conv->outputs[0];
    const struct tensor *c = pass_input(g, node, first);
    bool sum = node->op == OP_ADD || node->op == OP_SUB;
    bool ordered = node->op == OP_SUB || node->op == OP_DIV;
    const struct tensor *y = &g->tensors[node->outputs[0]];
    if ((ordered && !first) || !fits_channels(g, conv, c) ||
        y->rank != g->tensors[conv->outputs[0]].rank)
        return false;
    for (int64_t i = 0; i < a->n; i++) {
        double v = element(c, i);
        if (node->op == OP_SUB) v = -v;
        if (node->op == OP_DIV) v = 1 / v;
        a->factor[i] = sum ? 1 : v;
        a->offset[i] = sum ? v : 0;
    }
    return true;
}

static bool find_affine(const struct graph *g, const struct node *conv,
                        const struct node *next, struct affine *a) {
    switch (next->op) {
    case OP_BATCH_NORM:
        return !is_matrix(conv) && next->inputs[0] == conv->outputs[0] &&
               batch_norm_affine(g, next, a);
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
        return next->n_inputs == 2 && next->inputs[0] != next->inputs[1] &&
               binary_affine(g, conv, next, a);
    default: return false;
    }
}

/* Division by zero must stay where the file has it. */
static bool is_finite(const struct affine *a) {
    for (int64_t i = 0; i < a->n; i++)
        if (!math_is_finite(a->factor[i]) || !math_is_finite(a->offset[i]))
            return false;
    return true;
}

static bool has_factor(const struct affine *a) {
    for (int64_t i = 0; i < a->n; i++)
        if (a->factor[i] != 1) return true;
    return false;
}

/* Bias of a Gemm may be any shape, alpha and beta may scale it. */
static bool can_fold(const struct graph *g, const struct node *conv,
                     const struct affine *a) {
    const struct tensor *w = pass_input(g, conv, CONV_W);
    const struct tensor *bias = pass_input(g, conv, CONV_BIAS);
    const struct tensor *scale = pass_input(g, conv, CONV_W_SCALE);
    bool factor = has_factor(a);
    if (!is_finite(a) || (bias && !is_list(bias, a->n))) return false;
    if (conv->op == OP_GEMM && conv->params.gemm.beta != 1) return false;
    if (!factor) return true;
    if (is_matrix(conv) || !w || !w->data) return false;
    if (scale)
        return scale->data && pass_is_float(scale) &&
               (tensor_n_elements(scale) == 1 || is_list(scale, a->n));
    return w->dtype == CUT_F32 || w->dtype == CUT_F16;
}

/* Output channel of element block i of the weights, `inner` elements each:
 * Conv [K,..] has one block per channel, ConvTranspose [C,K/groups,..] one
 * per input channel and channel of its group. */
static int64_t channel_of_block(const struct tensor *w, const struct node *conv,
                                int64_t i) {
    if (conv->op == OP_CONV) return i;
    int64_t per_group = w->dims[1];
    int64_t inputs_per_group = w->dims[0] / conv->params.conv.groups;
    return i / per_group / inputs_per_group * per_group + i % per_group;
}

/* The f32 elements of the constant in a slot of conv, to be changed: its own
 * already, or a new constant. NULL when memory is out. */
static float *own_floats(struct fold *f, int slot, int rank,
                         const int64_t *dims) {
    int old = f->conv->inputs[slot], index;
    if (old >= f->links->n_tensors) return (float *)f->graph->tensors[old].data;
    float *to = pass_new_floats(f->graph, "", rank, dims, &index);
    if (to) f->conv->inputs[slot] = index;
    return to;
}

static bool scale_weights(struct fold *f) {
    const struct graph *g = f->graph;
    struct tensor w = g->tensors[f->conv->inputs[CONV_W]];
    float *to = own_floats(f, CONV_W, w.rank, w.dims);
    if (!to) return false;
    int64_t n_blocks = w.dims[0] * (f->conv->op == OP_CONV ? 1 : w.dims[1]);
    int64_t n = tensor_n_elements(&w), inner = n_blocks ? n / n_blocks : 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t channel = channel_of_block(&w, f->conv, i / inner);
        to[i] = (float)((double)pass_float(&w, i) * f->affine.factor[channel]);
    }
    return true;
}

static bool scale_scale(struct fold *f) {
    const struct affine *a = &f->affine;
    int old = f->conv->inputs[CONV_W_SCALE];
    struct tensor from = {0};
    if (old >= 0) from = f->graph->tensors[old];
    float *to = own_floats(f, CONV_W_SCALE, 1, &a->n);
    for (int64_t i = 0; i < a->n && to; i++)
        to[i] = (float)((old < 0 ? 1 : element(&from, i)) * a->factor[i]);
    return to != NULL;
}

static bool fold_bias(struct fold *f) {
    const struct affine *a = &f->affine;
    int old = f->conv->inputs[CONV_BIAS];
    struct tensor from = {0};
    if (old >= 0) from = f->graph->tensors[old];
    float *to = own_floats(f, CONV_BIAS, 1, &a->n);
    for (int64_t i = 0; i < a->n && to; i++) {
        double b = old < 0 ? 0 : pass_float(&from, i);
        to[i] = (float)(b * a->factor[i] + a->offset[i]);
    }
    return to != NULL;
}

static bool fold(struct fold *f) {
    const struct tensor *w = &f->graph->tensors[f->conv->inputs[CONV_W]];
    bool in_weights = w->dtype == CUT_F32 && f->conv->inputs[CONV_W_SCALE] < 0;
    if (has_factor(&f->affine) &&
        !(in_weights ? scale_weights(f) : scale_scale(f)))
        return false;
    return fold_bias(f);
}

static bool same_dims(const struct tensor *a, const struct tensor *b) {
    return a->rank == b->rank &&
           !memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims);
}

static bool has_own_weights(const struct fold *f) {
    int w = f->conv->inputs[CONV_W];
    return w >= f->links->n_tensors || f->links->n_uses[w] == 1;
}

enum cut_status pass_fold_affine(struct graph *graph, const struct links *links,
                                 struct node *conv, const struct node *next,
                                 bool *done, struct cut_error *err) {
    struct arena scratch;
    struct fold f = {.graph = graph, .links = links, .conv = conv};
    struct affine *a = &f.affine;
    bool good = true;
    a->n = n_channels(graph, conv);
    *done = false;
    if (next->outputs[0] < 0 || !has_own_weights(&f) ||
        !same_dims(&graph->tensors[conv->outputs[0]],
                   &graph->tensors[next->outputs[0]]))
        return CUT_OK;
    arena_init(&scratch, graph->arena->allocator);
    a->factor = ARENA_NEW(&scratch, a->n, double);
    a->offset = ARENA_NEW(&scratch, a->n, double);
    if (!a->factor || !a->offset)
        good = false;
    else if (find_affine(graph, conv, next, a) && can_fold(graph, conv, a))
        *done = good = fold(&f);
    arena_free(&scratch);
    return good ? CUT_OK : pass_no_memory(err);
}
