/* Constant folding: what is known now is not computed at run time. */
#include "base/mem.h"
#include "base/status.h"
#include "graph/plan.h"
#include "graph/resolve.h"

/* Results up to this size are always worth keeping as constants; larger ones
 * would only move work of the run into memory of the plan. */
#define FOLD_MAX_BYTES ((size_t)1 << 20)
/* Rearranged weights may be as large as this. */
#define FOLD_MOVED_MAX_BYTES ((size_t)64 << 20)

enum fold_kind { FOLD_NEVER, FOLD_SMALL, FOLD_MOVE, FOLD_VIEW };

static enum fold_kind fold_kind(const struct node *node) {
    switch (node->op) {
    /* Their kernels want channels last, which comes later (pass_layout). */
    case OP_CONV:
    case OP_CONV_TRANSPOSE:
    case OP_CONV_INTEGER:
    case OP_QLINEAR_CONV:
    case OP_MAX_POOL:
    case OP_AVERAGE_POOL:
    case OP_GLOBAL_AVERAGE_POOL:
    case OP_GLOBAL_MAX_POOL:
    case OP_BATCH_NORM:
    case OP_INSTANCE_NORM:
    case OP_DEPTH_TO_SPACE:
    case OP_SPACE_TO_DEPTH: return FOLD_NEVER;
    case OP_RESHAPE:
    case OP_FLATTEN:
    case OP_SQUEEZE:
    case OP_UNSQUEEZE:
    case OP_IDENTITY: return FOLD_VIEW;
    case OP_DROPOUT: return node->n_outputs == 1 ? FOLD_VIEW : FOLD_SMALL;
    case OP_CONCAT:
    case OP_SPLIT:
    case OP_SLICE:
    case OP_TRANSPOSE:
    case OP_GATHER: return FOLD_MOVE;
    default: return FOLD_SMALL;
    }
}

void resolve_set_value(struct resolve *r, int i, const void *data) {
    struct tensor *out = &r->graph->tensors[r->node->outputs[i]];
    out->data = data;
    out->bytes = (size_t)tensor_n_elements(out) * cut_dtype_bytes(out->dtype);
    r->node->dead = true;
}

static bool inputs_are_constant(const struct resolve *r) {
    for (int i = 0; i < r->node->n_inputs; i++) {
        const struct tensor *x = resolve_input(r, i);
        if (x && !x->data) return false;
    }
    return true;
}

/* Bytes of all outputs, SIZE_MAX when that is no size at all. */
static size_t output_bytes(const struct resolve *r) {
    size_t total = 0, bytes;
    for (int i = 0; i < r->node->n_outputs; i++) {
        if (r->node->outputs[i] < 0) continue;
        const struct tensor *y = &r->graph->tensors[r->node->outputs[i]];
        const int64_t n = tensor_n_elements(y);
        if (n < 0 || !size_mul((size_t)n, cut_dtype_bytes(y->dtype), &bytes) ||
            !size_add(total, bytes, &total))
            return SIZE_MAX;
    }
    return total;
}

/* A view of a hint must not outlive the hint. */
static const void *view_data(struct resolve *r) {
    const struct tensor *x = resolve_input(r, 0);
    if (x->data != x->hint || !x->is_input) return x->data;
    const size_t bytes =
        (size_t)tensor_n_elements(x) * cut_dtype_bytes(x->dtype);
    void *copy = arena_alloc(r->graph->arena, bytes, 1);
    if (copy) memcpy(copy, x->data, bytes);
    return copy;
}

static enum cut_status fold_view(struct resolve *r) {
    const void *data = view_data(r);
    if (!data) return status_fail(r->err, CUT_NO_MEMORY, "out of memory");
    resolve_set_value(r, 0, data);
    return CUT_OK;
}

static enum cut_status fold_evaluate(struct resolve *r) {
    struct arena *arena = r->graph->arena;
    const int n = r->node->n_outputs;
    void **outputs = ARENA_NEW(arena, n, void *);
    if (!outputs) return status_fail(r->err, CUT_NO_MEMORY, "out of memory");
    for (int i = 0; i < n; i++) {
        if (r->node->outputs[i] < 0) continue;
        const struct tensor *y = &r->graph->tensors[r->node->outputs[i]];
        outputs[i] = arena_alloc(arena, (size_t)tensor_n_elements(y),
                                 cut_dtype_bytes(y->dtype));
        if (!outputs[i])
            return status_fail(r->err, CUT_NO_MEMORY, "out of memory");
    }
    const enum cut_status status =
        r->backend->evaluate(r->backend, r->graph, r->node, outputs, r->err);
    /* What the backend cannot fold, it may still run or refuse by itself. */
    if (status == CUT_UNSUPPORTED) return CUT_OK;
    if (status != CUT_OK) return status;
    for (int i = 0; i < n; i++)
        if (r->node->outputs[i] >= 0) resolve_set_value(r, i, outputs[i]);
    return CUT_OK;
}

enum cut_status resolve_fold(struct resolve *r) {
    if (r->node->dead || !inputs_are_constant(r)) return CUT_OK;
    const size_t bytes = output_bytes(r);
    switch (fold_kind(r->node)) {
    case FOLD_NEVER: return CUT_OK;
    case FOLD_VIEW: return fold_view(r);
    case FOLD_SMALL:
        if (bytes > FOLD_MAX_BYTES) return CUT_OK;
        break;
    case FOLD_MOVE:
        if (bytes > FOLD_MOVED_MAX_BYTES) return CUT_OK;
        break;
    }
    if (!r->backend || !r->backend->evaluate) return CUT_OK;
    return fold_evaluate(r);
}
