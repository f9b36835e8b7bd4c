/* Fusion: fewer, larger steps. Every Conv, ConvTranspose, Gemm and MatMul
 * swallows what follows it as long as nobody else reads the value between:
 *
 *   constant affine steps (pass_fold.c), then either
 *     residual Add, activation     y = act(conv + bias + r)
 *     activation, residual Add     y = act(conv + bias) + r
 *
 * A swallowing node moves to the place of the swallowed one, where all inputs
 * of both exist. */
#include "graph/pass.h"
#include "base/mem.h"
#include "base/status.h"

struct fuse {
    struct graph *graph;
    struct links links;
    struct cut_error *err;
};

/* ---- Nodes that do nothing ---------------------------------------------- */

static bool same_shape(const struct tensor *a, const struct tensor *b) {
    return a->dtype == b->dtype && a->rank == b->rank &&
           !memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims);
}

static bool all_zero(const int64_t *values, int n) {
    for (int i = 0; i < n; i++)
        if (values[i]) return false;
    return true;
}

static bool is_straight_slice(const struct node *node, int rank) {
    for (int i = 0; i < rank; i++)
        if (node->params.slice.step[i] != 1) return false;
    return all_zero(node->params.slice.start, rank);
}

static bool is_straight_transpose(const struct node *node, int rank) {
    for (int i = 0; i < rank; i++)
        if (node->params.transpose.perm[i] != i) return false;
    return true;
}

/* A second output (Dropout's mask) that somebody reads. */
static bool has_other_reader(const struct fuse *f, const struct node *node) {
    for (int i = 1; i < node->n_outputs; i++)
        if (node->outputs[i] >= 0 && f->links.n_uses[node->outputs[i]])
            return true;
    return false;
}

/* Whether output 0 is input 0, element by element. */
static bool does_nothing(const struct fuse *f, const struct node *node) {
    const struct tensor *x = pass_input(f->graph, node, 0);
    if (!x || node->n_outputs < 1 || node->outputs[0] < 0 ||
        has_other_reader(f, node) ||
        !same_shape(x, &f->graph->tensors[node->outputs[0]]))
        return false;
    switch (node->op) {
    case OP_IDENTITY:
    case OP_CAST:
    case OP_RESHAPE:
    case OP_FLATTEN:
    case OP_SQUEEZE:
    case OP_UNSQUEEZE:
    case OP_EXPAND:
    case OP_TILE:
    case OP_DROPOUT: return true;
    case OP_CONCAT:
    case OP_SUM:
    case OP_MIN:
    case OP_MAX:
    case OP_MEAN: return node->n_inputs == 1;
    case OP_SLICE: return is_straight_slice(node, x->rank);
    case OP_TRANSPOSE: return is_straight_transpose(node, x->rank);
    case OP_PAD:
        return all_zero(node->params.pad.begin, x->rank) &&
               all_zero(node->params.pad.end, x->rank);
    default: return false;
    }
}

static void rename_output(struct node *node, int from, int to) {
    for (int k = 0; k < node->n_outputs; k++)
        if (node->outputs[k] == from) node->outputs[k] = to;
}

/* Follows replacements to their end. */
static int final_tensor(const int *replaced, int tensor) {
    while (tensor >= 0 && replaced[tensor] >= 0) tensor = replaced[tensor];
    return tensor;
}

/* Kills the node. Readers of its output read its input instead; a graph
 * output stays the one that is written, so that there the maker of the input
 * is renamed. False when neither can be done. */
static bool bypass(struct fuse *f, struct node *node, int *replaced) {
    struct graph *g = f->graph;
    int x = node->inputs[0], y = node->outputs[0];
    if (!g->tensors[y].is_output) {
        replaced[y] = x;
    } else {
        int maker = f->links.producer[x];
        const struct tensor *t = &g->tensors[x];
        if (maker < 0 || t->is_input || t->is_output || t->data) return false;
        rename_output(&g->nodes[maker], x, y);
        f->links.producer[y] = maker;
        replaced[x] = y;
    }
    node->dead = true;
    return true;
}

/* In node order, so that the inputs of a node are final when it is met; what
 * a later bypass of a graph output renames is caught by the second walk. */
static enum cut_status remove_noops(struct fuse *f, struct arena *scratch) {
    struct graph *g = f->graph;
    int *replaced = ARENA_NEW(scratch, g->n_tensors, int);
    if (!replaced) return pass_no_memory(f->err);
    for (int i = 0; i < g->n_tensors; i++) replaced[i] = -1;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < g->n_nodes; i++) {
            struct node *node = &g->nodes[i];
            if (node->dead) continue;
            for (int k = 0; k < node->n_inputs; k++)
                node->inputs[k] = final_tensor(replaced, node->inputs[k]);
            if (pass == 0 && does_nothing(f, node)) bypass(f, node, replaced);
        }
    }
    return CUT_OK;
}

/* ---- Into Conv ---------------------------------------------------------- */

static bool is_conv(const struct node *node) {
    return node->op == OP_CONV || node->op == OP_CONV_TRANSPOSE;
}

/* MatMul only as a linear layer: constant weights [inputs,outputs]. */
static bool is_host(const struct graph *g, const struct node *node) {
    if (node->op == OP_MATMUL) {
        const struct tensor *x = pass_input(g, node, CONV_X);
        const struct tensor *w = pass_input(g, node, CONV_W);
        return x && x->rank >= 2 && w && w->data && w->rank == 2;
    }
    return is_conv(node) || node->op == OP_GEMM;
}

struct activation_ref {
    enum activation *kind;
    float *a, *b;
};

static struct activation_ref activation_of(struct node *host) {
    struct conv_params *conv = &host->params.conv;
    struct gemm_params *gemm = &host->params.gemm;
    if (is_conv(host))
        return (struct activation_ref){&conv->activation, &conv->act_a,
                                       &conv->act_b};
    return (struct activation_ref){&gemm->activation, &gemm->act_a,
                                   &gemm->act_b};
}

static enum activation activation_kind(enum op op) {
    switch (op) {
    case OP_RELU: return ACT_RELU;
    case OP_CLIP: return ACT_CLIP;
    case OP_LEAKY_RELU: return ACT_LEAKY;
    case OP_SIGMOID: return ACT_SIGMOID;
    case OP_HARD_SWISH: return ACT_HARD_SWISH;
    case OP_HARD_SIGMOID: return ACT_HARD_SIGMOID;
    default: return ACT_NONE;
    }
}

static bool residual_last(const struct node *host) {
    return is_conv(host) && host->params.conv.residual_after_activation;
}

static bool fuse_activation(struct node *host, const struct node *next) {
    struct activation_ref act = activation_of(host);
    enum activation kind = activation_kind(next->op);
    if (kind == ACT_NONE || *act.kind != ACT_NONE || residual_last(host))
        return false;
    *act.kind = kind;
    *act.a = next->params.unary.alpha;
    *act.b = next->params.unary.beta;
    return true;
}

/* Conv and ConvTranspose only. Adding after an activation wants the flag. */
static bool fuse_residual(const struct graph *g, struct node *host,
                          const struct node *next) {
    int y = host->outputs[0];
    if (!is_conv(host) || next->op != OP_ADD || next->n_inputs != 2 ||
        host->inputs[CONV_RESIDUAL] >= 0 || next->inputs[0] == next->inputs[1])
        return false;
    int r = pass_other_input(next, y);
    if (r < 0 || g->tensors[r].data ||
        !same_shape(&g->tensors[r], &g->tensors[y]) ||
        g->tensors[r].dtype != CUT_F32)
        return false;
    host->inputs[CONV_RESIDUAL] = r;
    host->params.conv.residual_after_activation =
        host->params.conv.activation != ACT_NONE;
    return true;
}

static bool is_finished(struct node *host) {
    return *activation_of(host).kind != ACT_NONE ||
           host->inputs[CONV_RESIDUAL] >= 0;
}

/* One step: *fused tells whether `next` was swallowed. */
static enum cut_status fuse_next(struct fuse *f, struct node *host,
                                 struct node *next, bool *fused) {
    *fused = false;
    if (next->n_outputs < 1 || next->outputs[0] < 0 ||
        f->graph->tensors[host->outputs[0]].dtype != CUT_F32 ||
        f->graph->tensors[next->outputs[0]].dtype != CUT_F32)
        return CUT_OK;
    for (int i = 1; i < next->n_outputs; i++)
        if (next->outputs[i] >= 0) return CUT_OK;
    if (!is_finished(host)) {
        enum cut_status status =
            pass_fold_affine(f->graph, &f->links, host, next, fused, f->err);
        if (status || *fused) return status;
    }
    *fused = fuse_activation(host, next) || fuse_residual(f->graph, host, next);
    return CUT_OK;
}

/* The host takes the place and the output of `next`. */
static struct node *swallow(struct fuse *f, struct node *host,
                            struct node *next) {
    int *consumer = f->links.consumer;
    int from = (int)(host - f->graph->nodes);
    int to = (int)(next - f->graph->nodes);
    int *outputs = next->outputs;
    *next = *host;
    next->outputs = outputs;
    next->n_outputs = 1;
    host->dead = true;
    for (int k = 0; k < next->n_inputs; k++)
        if (next->inputs[k] >= 0 && next->inputs[k] < f->links.n_tensors &&
            consumer[next->inputs[k]] == from)
            consumer[next->inputs[k]] = to;
    f->links.producer[outputs[0]] = to;
    return next;
}

static enum cut_status fuse_host(struct fuse *f, struct node *host) {
    for (;;) {
        bool fused;
        struct node *next =
            pass_only_reader(f->graph, &f->links, host->outputs[0]);
        if (!next) return CUT_OK;
        enum cut_status status = fuse_next(f, host, next, &fused);
        if (status || !fused) return status;
        host = swallow(f, host, next);
    }
}

/* ---- Pad into Conv ------------------------------------------------------ */

static bool is_zero_pad(const struct graph *g, const struct node *pad) {
    const struct tensor *x = pass_input(g, pad, 0);
    const struct pad_params *p = &pad->params.pad;
    if (pad->op != OP_PAD || !x || x->rank < 3 || x->rank > 5 ||
        p->mode != PAD_CONSTANT || p->value != 0 || p->begin[0] ||
        p->begin[1] || p->end[0] || p->end[1])
        return false;
    for (int i = 2; i < x->rank; i++)
        if (p->begin[i] < 0 || p->end[i] < 0) return false;
    return true;
}

static void fuse_pad(struct fuse *f, struct node *conv) {
    struct graph *g = f->graph;
    int x = conv->inputs[CONV_X];
    int maker = x < 0 ? -1 : f->links.producer[x];
    if (maker < 0 || conv->op != OP_CONV || f->links.n_uses[x] != 1 ||
        g->tensors[x].is_output || !is_zero_pad(g, &g->nodes[maker]))
        return;
    struct node *pad = &g->nodes[maker];
    struct window *window = &conv->params.conv.window;
    for (int i = 0; i < window->n_spatial; i++) {
        window->pad_begin[i] += pad->params.pad.begin[i + 2];
        window->pad_end[i] += pad->params.pad.end[i + 2];
    }
    conv->inputs[CONV_X] = pad->inputs[0];
    if (f->links.consumer[pad->inputs[0]] == maker)
        f->links.consumer[pad->inputs[0]] = (int)(conv - g->nodes);
    pad->dead = true;
}

/* ---- x * HardSigmoid(x) ------------------------------------------------- */

/* HardSwish as exporters below opset 14 write it. */
static void find_hard_swish(struct fuse *f, struct node *sigmoid) {
    const struct unary_params *p = &sigmoid->params.unary;
    if (sigmoid->op != OP_HARD_SIGMOID || p->beta != 0.5f ||
        p->alpha < 0.16666f || p->alpha > 0.16667f)
        return;
    int y = sigmoid->outputs[0], x = sigmoid->inputs[0];
    struct node *mul = pass_only_reader(f->graph, &f->links, y);
    if (!mul || mul->op != OP_MUL || mul->n_inputs != 2 ||
        pass_other_input(mul, y) != x)
        return;
    pass_become(mul, OP_HARD_SWISH);
    mul->inputs[0] = x;
    mul->n_inputs = 1;
    f->links.n_uses[x]--;
    f->links.consumer[x] = (int)(mul - f->graph->nodes);
    sigmoid->dead = true;
}

/* ---- The pass ----------------------------------------------------------- */

static bool is_slotted(const struct node *node) {
    return is_conv(node) || node->op == OP_GEMM || node->op == OP_MATMUL;
}

static enum cut_status prepare_hosts(struct fuse *f) {
    struct graph *g = f->graph;
    for (int i = 0; i < g->n_nodes; i++) {
        struct node *node = &g->nodes[i];
        if (node->dead || !is_slotted(node)) continue;
        if (!pass_widen_inputs(g, node, CONV_SLOTS))
            return pass_no_memory(f->err);
        fuse_pad(f, node);
    }
    return CUT_OK;
}

static enum cut_status fuse_all(struct fuse *f) {
    struct graph *g = f->graph;
    enum cut_status status = prepare_hosts(f);
    for (int i = 0; !status && i < g->n_nodes; i++)
        if (!g->nodes[i].dead) find_hard_swish(f, &g->nodes[i]);
    for (int i = 0; !status && i < g->n_nodes; i++)
        if (!g->nodes[i].dead && is_host(g, &g->nodes[i]))
            status = fuse_host(f, &g->nodes[i]);
    return status;
}

enum cut_status pass_fuse(struct graph *graph, struct cut_error *err) {
    struct arena scratch;
    struct fuse f = {.graph = graph, .err = err};
    arena_init(&scratch, graph->arena->allocator);
    enum cut_status status = pass_links(graph, &scratch, &f.links, err);
    if (!status) status = remove_noops(&f, &scratch);
    if (!status) status = pass_links(graph, &scratch, &f.links, err);
    if (!status) status = fuse_all(&f);
    arena_free(&scratch);
    return status ? status : pass_drop_unused(graph, err);
}
