/* The walk over the graph: shapes, parameters, constants. */
#include <stdarg.h>

#include "base/status.h"
#include "graph/plan.h"
#include "graph/resolve.h"

struct op_rule {
    int min_inputs, max_inputs; /* -1: any */
    resolve_fn *resolve;
};

static const struct op_rule op_rules[OP_COUNT] = {
#define X(name, onnx, lo, hi, family) [name] = {lo, hi, resolve_##family},
    OP_MAP(X)
#undef X
};

/* ---- Shared by all families -------------------------------------------- */

enum cut_status resolve_fail(struct resolve *r, enum cut_status status,
                             const char *format, ...) {
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    text_format_list(text, sizeof text, format, arguments);
    va_end(arguments);
    return status_fail(r->err, status, "node '%s' (%s): %s", r->node->name,
                       r->node->op_type, text);
}

const struct tensor *resolve_input(const struct resolve *r, int i) {
    if (i < 0 || i >= r->node->n_inputs || r->node->inputs[i] < 0) return NULL;
    return &r->graph->tensors[r->node->inputs[i]];
}

void resolve_keep_inputs(struct resolve *r, int n) {
    if (r->node->n_inputs > n) r->node->n_inputs = n;
}

enum cut_status resolve_output(struct resolve *r, int i, enum cut_dtype dtype,
                               int rank, const int64_t *dims) {
    if (i >= r->node->n_outputs || r->node->outputs[i] < 0) return CUT_OK;
    if (rank > CUT_MAX_RANK)
        return resolve_fail(r, CUT_TOO_LARGE,
                            "output %d has rank %d; at most %d is supported", i,
                            rank, CUT_MAX_RANK);
    int64_t n = 1; /* without the zeros, which must not hide a huge rest */
    for (int d = 0; d < rank; d++) {
        if (dims[d] < 0)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "dimension %d of output %d is %lld", d, i,
                                (long long)dims[d]);
        if (!i64_mul(n, i64_max(dims[d], 1), &n) || n > RESOLVE_MAX_ELEMENTS)
            return resolve_fail(r, CUT_TOO_LARGE,
                                "output %d has more than 2^40 elements "
                                "(dimension %d is %lld)",
                                i, d, (long long)dims[d]);
    }
    struct tensor *out = &r->graph->tensors[r->node->outputs[i]];
    out->dtype = dtype;
    out->rank = rank;
    for (int d = 0; d < rank; d++) out->dims[d] = dims[d];
    return CUT_OK;
}

enum cut_status resolve_like_input(struct resolve *r, enum cut_dtype dtype) {
    const struct tensor *x = resolve_input(r, 0);
    return resolve_output(r, 0, dtype, x->rank, x->dims);
}

/* ---- Before a family is asked ------------------------------------------ */

static int most_outputs(enum op op) {
    switch (op) {
    case OP_MAX_POOL:
    case OP_DROPOUT: return 2;
    case OP_LAYER_NORM:
    case OP_DYNAMIC_QUANTIZE_LINEAR: return 3;
    case OP_BATCH_NORM: return 5;
    case OP_SPLIT: return INT32_MAX;
    default: return 1;
    }
}

/* Slots beyond ONNX's own inputs: see enum conv_slot. */
static int most_inputs(const struct node *node) {
    switch (node->op) {
    case OP_CONV:
    case OP_CONV_TRANSPOSE:
    case OP_MATMUL:
    case OP_GEMM: return CONV_SLOTS;
    default: return op_rules[node->op].max_inputs;
    }
}

static enum cut_status check_counts(struct resolve *r) {
    const struct node *node = r->node;
    const int lo = op_rules[node->op].min_inputs, hi = most_inputs(node);
    if (node->n_inputs < lo || (hi >= 0 && node->n_inputs > hi))
        return resolve_fail(r, CUT_BAD_MODEL,
                            "has %d inputs; expected %d to %d", node->n_inputs,
                            lo, hi < 0 ? node->n_inputs : hi);
    if (node->n_outputs < 1 || node->n_outputs > most_outputs(node->op))
        return resolve_fail(r, CUT_BAD_MODEL,
                            "has %d outputs; expected 1 to %d", node->n_outputs,
                            most_outputs(node->op));
    const bool any = hi < 0;
    for (int i = 0; i < (any ? node->n_inputs : lo); i++)
        if (node->inputs[i] < 0)
            return resolve_fail(r, CUT_BAD_MODEL, "input %d is missing", i);
    return CUT_OK;
}

/* Broadcasting below opset 7 starts at `axis`; ours ends at the last axis. */
static bool broadcasts_otherwise(const struct resolve *r) {
    const struct tensor *x = resolve_input(r, 0), *z = resolve_input(r, 1);
    if (!node_attr_int(r->node, "broadcast", 0) || !x || !z) return false;
    const int64_t last = x->rank - z->rank;
    return node_attr_int(r->node, "axis", last) != last;
}

/* Whether an operator of an opset below 7 means something else than we do.
 * Most of them never changed but in what they allow. */
static bool means_otherwise(const struct resolve *r) {
    const struct node *node = r->node;
    const int64_t opset = r->opset;
    switch (node->op) {
    case OP_UPSAMPLE: return opset < 7;
    case OP_CAST:
    case OP_TILE: return opset < 6;
    case OP_CONCAT: return opset < 4 && !node_attr(node, "axis");
    case OP_PAD:
    case OP_SPLIT: return opset < 2;
    case OP_BATCH_NORM: return opset < 7 && !node_attr_int(node, "is_test", 0);
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
    case OP_POW:
    case OP_AND:
    case OP_OR:
    case OP_XOR:
    case OP_EQUAL:
    case OP_GREATER:
    case OP_LESS: return opset < 7 && broadcasts_otherwise(r);
    default: return false;
    }
}

static enum cut_status check_inputs(struct resolve *r) {
    for (int i = 0; i < r->node->n_inputs; i++) {
        const struct tensor *x = resolve_input(r, i);
        if (!x) continue;
        if (!cut_dtype_bytes(x->dtype))
            return resolve_fail(r, CUT_UNSUPPORTED,
                                "input '%s' has element type %s (%d), which "
                                "is not supported",
                                x->name, cut_dtype_name(x->dtype),
                                (int)x->dtype);
        if (x->rank < 0 || x->rank > CUT_MAX_RANK || tensor_n_elements(x) < 0)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "input '%s' has no known shape", x->name);
    }
    return CUT_OK;
}

static enum cut_status resolve_node(struct resolve *r) {
    if (r->node->op <= OP_NONE || r->node->op >= OP_COUNT)
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "the operator is not supported%s%s%s",
                            *r->node->domain ? " (domain " : "",
                            r->node->domain, *r->node->domain ? ")" : "");
    if (means_otherwise(r))
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "this form of opset %lld is not supported",
                            (long long)r->opset);
    TRY(check_counts(r));
    TRY(check_inputs(r));
    TRY(op_rules[r->node->op].resolve(r));
    return resolve_fold(r);
}

/* ---- The walk ---------------------------------------------------------- */

static enum cut_status check_graph_inputs(const struct graph *graph,
                                          struct cut_error *err) {
    for (int i = 0; i < graph->n_inputs; i++) {
        const struct tensor *x = &graph->tensors[graph->inputs[i]];
        if (x->rank < 0)
            return status_fail(err, CUT_BAD_ARGUMENT,
                               "input '%s': the model does not tell its "
                               "shape; give one",
                               x->name);
        for (int d = 0; d < x->rank; d++)
            if (x->dims[d] < 0)
                return status_fail(err, CUT_BAD_ARGUMENT,
                                   "input '%s': dimension %d is open; give "
                                   "its size",
                                   x->name, d);
        if (tensor_n_elements(x) < 0 ||
            tensor_n_elements(x) > RESOLVE_MAX_ELEMENTS)
            return status_fail(err, CUT_TOO_LARGE,
                               "input '%s' has more than 2^40 elements",
                               x->name);
    }
    return CUT_OK;
}

static enum cut_status check_graph_outputs(const struct graph *graph,
                                           struct cut_error *err) {
    for (int i = 0; i < graph->n_outputs; i++) {
        const struct tensor *y = &graph->tensors[graph->outputs[i]];
        if (!cut_dtype_bytes(y->dtype) || tensor_n_elements(y) < 0)
            return status_fail(err, CUT_BAD_MODEL,
                               "output '%s' is not computed by any node",
                               y->name);
    }
    return CUT_OK;
}

enum cut_status graph_resolve(struct graph *graph,
                              const struct backend *backend,
                              struct cut_error *err) {
    TRY(check_graph_inputs(graph, err));
    int *producer, *n_uses;
    TRY(graph_uses(graph, graph->arena, &producer, &n_uses, err));
    struct resolve r = {.graph = graph,
                        .opset = graph->opset,
                        .err = err,
                        .backend = backend,
                        .producer = producer};
    for (int i = 0; i < graph->n_nodes; i++) {
        r.node = &graph->nodes[i];
        if (!r.node->dead) TRY(resolve_node(&r));
    }
    TRY(check_graph_outputs(graph, err));
    graph_sweep(graph);
    return CUT_OK;
}
