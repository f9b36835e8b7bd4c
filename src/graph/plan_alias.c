/* Which tensors share memory: views, Concat slices, outputs over inputs. */
#include "base/mem.h"
#include "base/status.h"
#include "graph/plan_work.h"

int64_t plan_width(const struct tensor *tensor) {
    return tensor->rank > 0 ? tensor->dims[tensor->rank - 1] : 1;
}

/* ---- Views ------------------------------------------------------------- */

/* A permutation that keeps the order of all axes longer than 1. */
static bool moves_only_ones(const struct tensor *x, const int *perm) {
    int last = -1;
    for (int i = 0; i < x->rank; i++) {
        if (x->dims[perm[i]] == 1) continue;
        if (perm[i] < last) return false;
        last = perm[i];
    }
    return true;
}

static bool is_used(const struct graph *graph, int tensor) {
    if (tensor < 0) return false;
    if (graph->tensors[tensor].is_output) return true;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = &graph->nodes[i];
        for (int k = 0; k < node->n_inputs && !node->dead; k++)
            if (node->inputs[k] == tensor) return true;
    }
    return false;
}

bool plan_is_view(const struct graph *graph, const struct node *node) {
    if (node->n_inputs < 1 || node->inputs[0] < 0) return false;
    if (node->n_outputs < 1 || node->outputs[0] < 0) return false;
    const struct tensor *x = &graph->tensors[node->inputs[0]];
    const struct tensor *y = &graph->tensors[node->outputs[0]];
    if (x->dtype != y->dtype) return false;
    switch (node->op) {
    case OP_IDENTITY:
    case OP_RESHAPE:
    case OP_FLATTEN:
    case OP_SQUEEZE:
    case OP_UNSQUEEZE:
    case OP_CAST: return true;
    case OP_DROPOUT:
        return node->n_outputs < 2 || !is_used(graph, node->outputs[1]);
    case OP_TRANSPOSE: return moves_only_ones(x, node->params.transpose.perm);
    case OP_EXPAND:
    case OP_TILE: return tensor_n_elements(x) == tensor_n_elements(y);
    default: return false;
    }
}

/* ---- Blobs ------------------------------------------------------------- */

static enum cut_status add_blob(struct planner *p, int tensor, enum place place,
                                int number) {
    const struct tensor *t = &p->graph->tensors[tensor];
    struct blob *blob = &p->blobs[p->n_blobs];
    size_t element_bytes = cut_dtype_bytes(t->dtype);
    int64_t n = tensor_n_elements(t);
    size_t bytes;
    if (element_bytes == 0 || n < 0)
        return status_fail(p->err, CUT_UNSUPPORTED,
                           "tensor '%s': type %s or shape cannot be planned",
                           t->name, cut_dtype_name(t->dtype));
    if ((uint64_t)n > SIZE_MAX / 8 ||
        !size_mul((size_t)n, element_bytes, &bytes))
        return status_fail(p->err, CUT_TOO_LARGE,
                           "tensor '%s' has %lld elements: too large", t->name,
                           (long long)n);
    *blob = (struct blob){.place = place,
                          .number = number,
                          .n_elements = n,
                          .element_bytes = element_bytes,
                          .bytes = bytes,
                          .width = plan_width(t),
                          .first = -1,
                          .last = -1,
                          .host = -1};
    p->blob_of[tensor] = p->n_blobs++;
    return CUT_OK;
}

static int output_number(const struct graph *graph, int tensor) {
    for (int i = 0; i < graph->n_outputs; i++)
        if (graph->outputs[i] == tensor) return i;
    return -1;
}

/* A view joins the blob that it looks at, unless the caller wants it in a
 * buffer where that blob cannot be. */
static bool join_view(struct planner *p, const struct node *node) {
    struct graph *graph = p->graph;
    if (!plan_is_view(graph, node)) return false;
    int x = node->inputs[0], y = node->outputs[0];
    int output = output_number(graph, y);
    if (graph->tensors[x].data) {
        if (output >= 0) return false;
        graph->tensors[y].data = graph->tensors[x].data;
        graph->tensors[y].bytes = graph->tensors[x].bytes;
        return true;
    }
    struct blob *blob = &p->blobs[p->blob_of[x]];
    if (output >= 0) {
        if (blob->place != PLACE_ARENA) return false;
        blob->place = PLACE_OUTPUT;
        blob->number = output;
    }
    if (blob->width != plan_width(&graph->tensors[y])) blob->width = -1;
    p->blob_of[y] = p->blob_of[x];
    return true;
}

static enum cut_status add_outputs(struct planner *p, const struct node *n) {
    for (int i = 0; i < n->n_outputs; i++) {
        if (n->outputs[i] < 0) continue;
        int output = output_number(p->graph, n->outputs[i]);
        enum place place = output < 0 ? PLACE_ARENA : PLACE_OUTPUT;
        enum cut_status status = add_blob(p, n->outputs[i], place, output);
        if (status) return status;
    }
    return CUT_OK;
}

static enum cut_status check_inputs(struct planner *p, const struct node *n) {
    for (int i = 0; i < n->n_inputs; i++) {
        int t = n->inputs[i];
        if (t < 0 || p->graph->tensors[t].data || p->blob_of[t] >= 0) continue;
        return status_fail(p->err, CUT_BAD_MODEL,
                           "node '%s': nothing computes its input '%s'",
                           n->name, p->graph->tensors[t].name);
    }
    return CUT_OK;
}

enum cut_status plan_make_blobs(struct planner *p, const int *nodes,
                                int n_nodes, bool *is_step) {
    struct graph *graph = p->graph;
    for (int i = 0; i < graph->n_tensors; i++) p->blob_of[i] = -1;
    for (int i = 0; i < graph->n_inputs; i++) {
        if (p->blob_of[graph->inputs[i]] >= 0) continue;
        enum cut_status status = add_blob(p, graph->inputs[i], PLACE_INPUT, i);
        if (status) return status;
    }
    for (int i = 0; i < n_nodes; i++) {
        const struct node *node = &graph->nodes[nodes[i]];
        enum cut_status status = check_inputs(p, node);
        is_step[i] = !status && !join_view(p, node);
        if (!status && is_step[i]) status = add_outputs(p, node);
        if (status) return status;
    }
    return CUT_OK;
}

/* ---- Hosting ----------------------------------------------------------- */

static struct blob *blob_at(const struct planner *p, int tensor) {
    int blob = tensor < 0 ? -1 : p->blob_of[tensor];
    return blob < 0 ? NULL : &p->blobs[blob];
}

static const struct node *step_node(const struct planner *p, int step) {
    return &p->graph->nodes[p->steps[step].node];
}

/* Where a blob is, from where its host is. */
static void locate(struct planner *p, int index) {
    struct blob *blob = &p->blobs[index];
    blob->root = index;
    blob->offset = blob->pitch = 0;
    if (blob->host < 0) return;
    const struct blob *host = &p->blobs[blob->host];
    blob->root = host->root;
    blob->pitch = host->pitch;
    blob->offset = host->offset;
    if (blob->host_width == 0) return; /* in place */
    int64_t pitch = host->pitch ? host->pitch : blob->host_width;
    blob->offset += blob->row * pitch + blob->column;
    blob->pitch = pitch;
    /* rows as wide as the pitch, or a single row, are dense */
    if (pitch == blob->part_width || blob->n_elements <= blob->part_width)
        blob->pitch = 0;
}

/* Puts the part into its slice of the output when it can stand there. */
static bool take_slot(struct planner *p, const struct slot *slot) {
    const struct node *node = step_node(p, slot->step);
    const struct tensor *tensors = p->graph->tensors;
    int axis = node->params.axis.axis;
    const struct tensor *y = &tensors[node->outputs[0]];
    const struct tensor *x = &tensors[node->inputs[slot->input]];
    struct blob *part = blob_at(p, node->inputs[slot->input]);
    struct blob *whole = blob_at(p, node->outputs[0]);
    if (!part || !whole || part == whole) return false;
    if (part->host >= 0 || part->place != PLACE_ARENA) return false;
    if (part->n_elements == 0 || p->blobs[whole->root].place != PLACE_ARENA)
        return false;

    int64_t outer = 1, inner = 1, start = 0;
    for (int i = 0; i < axis; i++) outer *= y->dims[i];
    for (int i = axis + 1; i < y->rank - 1; i++) inner *= y->dims[i];
    for (int i = 0; i < slot->input; i++)
        start += tensors[node->inputs[i]].dims[axis];
    bool last = axis == y->rank - 1;
    if (outer != 1 && !last) return false;

    struct blob before = *part;
    part->host = p->blob_of[node->outputs[0]];
    part->row = last ? 0 : start * inner;
    part->column = last ? start : 0;
    part->host_width = plan_width(y);
    part->part_width = plan_width(x);
    locate(p, p->blob_of[node->inputs[slot->input]]);
    if (part->pitch && part->width < 0) {
        *part = before;
        return false;
    }
    whole->has_slices = true;
    return true;
}

/* The step's output may replace an input that dies here. */
static bool take_input(struct planner *p, int step, int input) {
    const struct plan_step *s = &p->steps[step];
    int index = p->blob_of[s->outputs[0].tensor];
    struct blob *y = &p->blobs[index];
    struct blob *x = blob_at(p, s->inputs[input].tensor);
    if (!x || x == y || x->host >= 0 || x->place != PLACE_ARENA) return false;
    if (x->last > step || (x->has_slices && x->slices_last >= step))
        return false;
    if (x->bytes != y->bytes || x->element_bytes != y->element_bytes)
        return false;
    for (int i = 0; i < s->n_inputs; i++) {
        bool may = i < 8 && p->overwrites[step] >> i & 1;
        if (blob_at(p, s->inputs[i].tensor) == x && !may) return false;
    }
    if (y->pitch && (x->has_slices || x->width != y->width)) return false;
    if (x->has_slices && p->blobs[y->root].place != PLACE_ARENA) return false;
    x->host = index;
    x->host_width = 0;
    locate(p, p->blob_of[s->inputs[input].tensor]);
    return true;
}

static void host_slices(struct planner *p) {
    for (int i = 0; i < p->n_slots; i++) {
        struct slot *slot = &p->slots[i];
        slot->taken = slot->wanted && take_slot(p, slot);
    }
    /* earlier steps first, so that parts of parts are known */
    for (int i = p->n_slots - 1; i >= 0; i--) {
        const struct slot *slot = &p->slots[i];
        if (!slot->taken) continue;
        const struct node *node = step_node(p, slot->step);
        const struct blob *part = blob_at(p, node->inputs[slot->input]);
        struct blob *whole = blob_at(p, node->outputs[0]);
        int last =
            part->last > part->slices_last ? part->last : part->slices_last;
        if (last > whole->slices_last) whole->slices_last = last;
    }
}

/* Blobs are made in the order of steps, so a host has the larger number. */
void plan_host(struct planner *p) {
    for (int i = 0; i < p->n_blobs; i++) {
        struct blob *blob = &p->blobs[i];
        blob->host = -1;
        blob->has_slices = false;
        blob->slices_last = -1;
        locate(p, i);
    }
    host_slices(p);
    for (int i = p->n_steps - 1; i >= 0; i--) {
        if (p->steps[i].op == OP_CONCAT || p->overwrites[i] == 0) continue;
        for (int k = 0; k < p->steps[i].n_inputs && k < 8; k++)
            if (p->overwrites[i] >> k & 1 && take_input(p, i, k)) break;
    }
    for (int i = p->n_blobs - 1; i >= 0; i--) locate(p, i);
}

bool plan_concat_is_free(const struct planner *p, int step) {
    const struct node *node = step_node(p, step);
    if (node->op != OP_CONCAT) return false;
    int n_taken = 0;
    for (int i = 0; i < p->n_slots; i++)
        if (p->slots[i].step == step && p->slots[i].taken) n_taken++;
    return n_taken == node->n_inputs;
}

enum cut_status plan_make_slots(struct planner *p) {
    size_t n = 0;
    for (int i = 0; i < p->n_steps; i++)
        if (p->steps[i].op == OP_CONCAT) n += (size_t)p->steps[i].n_inputs;
    p->slots = ARENA_NEW(p->arena, n, struct slot);
    if (!p->slots) return status_fail(p->err, CUT_NO_MEMORY, "plan: memory");
    for (int i = p->n_steps - 1; i >= 0; i--)
        for (int k = 0; k < p->steps[i].n_inputs; k++)
            if (p->steps[i].op == OP_CONCAT)
                p->slots[p->n_slots++] = (struct slot){i, k, true, false};
    return CUT_OK;
}
