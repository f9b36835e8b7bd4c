/* From a graph to a plan: what runs, in which order, on which bytes. */
#include "base/mem.h"
#include "base/status.h"
#include "graph/plan_work.h"

static enum cut_status no_memory(struct planner *p) {
    return status_fail(p->err, CUT_NO_MEMORY, "no memory for the plan");
}

/* ---- Outputs that no step can write ------------------------------------ */

/* Output `i` becomes a copy of what it was. */
static enum cut_status copy_output(struct planner *p, int i) {
    struct graph *graph = p->graph;
    int from = graph->outputs[i];
    struct tensor copy = graph->tensors[from];
    copy.data = copy.hint = NULL;
    copy.bytes = 0;
    copy.is_input = false;
    copy.is_output = true;
    int to = graph_add_tensor(graph, &copy);
    if (to < 0) return no_memory(p);
    struct node *node =
        graph_insert_node(graph, graph->n_nodes, OP_IDENTITY, 1, 1);
    if (!node) return no_memory(p);
    node->name = copy.name;
    node->op_type = op_name(OP_IDENTITY);
    node->inputs[0] = from;
    node->outputs[0] = to;
    graph->outputs[i] = to;
    return CUT_OK;
}

static enum cut_status copy_outputs(struct planner *p) {
    struct graph *graph = p->graph;
    for (int i = 0; i < graph->n_outputs; i++) {
        const struct tensor *t = &graph->tensors[graph->outputs[i]];
        bool copied = t->is_input || t->data;
        for (int k = 0; k < i; k++)
            copied |= graph->outputs[k] == graph->outputs[i];
        enum cut_status status = copied ? copy_output(p, i) : CUT_OK;
        if (status) return status;
    }
    return CUT_OK;
}

/* ---- Which nodes run --------------------------------------------------- */

/* Marks the ancestors of the outputs; constants need nobody. */
static enum cut_status list_nodes(struct planner *p, int **nodes, int *n) {
    const struct graph *graph = p->graph;
    bool *needed = ARENA_NEW(p->arena, graph->n_tensors, bool);
    *nodes = ARENA_NEW(p->arena, graph->n_nodes, int);
    if (!needed || !*nodes) return no_memory(p);
    for (int i = 0; i < graph->n_outputs; i++) needed[graph->outputs[i]] = true;
    *n = 0;
    for (int i = graph->n_nodes - 1; i >= 0; i--) {
        const struct node *node = &graph->nodes[i];
        bool runs = false;
        for (int k = 0; k < node->n_outputs && !node->dead; k++) {
            int t = node->outputs[k];
            runs |= t >= 0 && needed[t] && !graph->tensors[t].data;
        }
        for (int k = 0; k < node->n_inputs && runs; k++)
            if (node->inputs[k] >= 0) needed[node->inputs[k]] = true;
        if (runs) (*nodes)[(*n)++] = i;
    }
    for (int i = 0; i < *n / 2; i++) { /* back to topological order */
        int last = (*nodes)[*n - 1 - i];
        (*nodes)[*n - 1 - i] = (*nodes)[i];
        (*nodes)[i] = last;
    }
    return CUT_OK;
}

/* ---- Steps ------------------------------------------------------------- */

static void set_operand(const struct planner *p, int tensor,
                        struct plan_operand *operand) {
    *operand = (struct plan_operand){.tensor = tensor};
    if (tensor >= 0) operand->pitch = plan_width(&p->graph->tensors[tensor]);
}

static void set_step(const struct planner *p, int index,
                     struct plan_operand *room, struct plan_step *step) {
    const struct node *node = &p->graph->nodes[index];
    *step = (struct plan_step){.node = index,
                               .op = node->op,
                               .method = "",
                               .n_inputs = node->n_inputs,
                               .n_outputs = node->n_outputs,
                               .inputs = room,
                               .outputs = room + node->n_inputs};
    for (int i = 0; i < node->n_inputs; i++)
        set_operand(p, node->inputs[i], &step->inputs[i]);
    for (int i = 0; i < node->n_outputs; i++)
        set_operand(p, node->outputs[i], &step->outputs[i]);
}

/* Steps live as long as the plan, so they come from the graph's arena. */
static enum cut_status make_steps(struct planner *p, const int *nodes, int n,
                                  const bool *is_step) {
    size_t n_operands = 0;
    for (int i = 0; i < n; i++) {
        const struct node *node = &p->graph->nodes[nodes[i]];
        if (!is_step[i]) continue;
        p->n_steps++;
        n_operands += (size_t)(node->n_inputs + node->n_outputs);
    }
    struct arena *arena = p->graph->arena;
    p->steps = ARENA_NEW(arena, p->n_steps, struct plan_step);
    struct plan_operand *room =
        ARENA_NEW(arena, n_operands, struct plan_operand);
    if (!p->steps || !room) return no_memory(p);
    int step = 0;
    for (int i = 0; i < n; i++) {
        const struct node *node = &p->graph->nodes[nodes[i]];
        if (!is_step[i]) continue;
        set_step(p, nodes[i], room, &p->steps[step++]);
        room += node->n_inputs + node->n_outputs;
    }
    return CUT_OK;
}

static void note_use(struct planner *p, int tensor, int step, bool write) {
    int index = tensor < 0 ? -1 : p->blob_of[tensor];
    if (index < 0) return;
    struct blob *blob = &p->blobs[index];
    if (write) blob->first = step;
    if (step > blob->last) blob->last = step;
}

static void note_uses(struct planner *p) {
    for (int i = 0; i < p->n_steps; i++) {
        const struct plan_step *step = &p->steps[i];
        for (int k = 0; k < step->n_inputs; k++)
            note_use(p, step->inputs[k].tensor, i, false);
        for (int k = 0; k < step->n_outputs; k++)
            note_use(p, step->outputs[k].tensor, i, true);
    }
}

/* ---- What the backend says --------------------------------------------- */

static enum cut_status choose(struct planner *p, int step) {
    return p->backend->choose(p->backend, p->graph, &p->steps[step], p->err);
}

/* Scratch of every step with dense operands, which is close enough to find
 * the peak, and the inputs that may be overwritten. Bits of a byte: no
 * operator can overwrite a later input than the eighth. */
static enum cut_status ask_backend(struct planner *p) {
    for (int i = 0; i < p->n_steps; i++) {
        const struct plan_step *step = &p->steps[i];
        if (step->op == OP_CONCAT) continue;
        enum cut_status status = choose(p, i);
        if (status) return status;
        if (step->n_outputs < 1 || step->outputs[0].tensor < 0) continue;
        for (int k = 0; k < step->n_inputs && k < 8; k++)
            if (step->inputs[k].tensor >= 0 &&
                p->backend->can_overwrite(p->backend, p->graph, step, k))
                p->overwrites[i] = (uint8_t)(p->overwrites[i] | 1 << k);
    }
    return CUT_OK;
}

static void set_pitch(const struct planner *p, struct plan_operand *operand) {
    int blob = operand->tensor < 0 ? -1 : p->blob_of[operand->tensor];
    if (blob >= 0 && p->blobs[blob].pitch)
        operand->pitch = p->blobs[blob].pitch;
}

/* Steps that stay, with their pitches and the method for these. */
static enum cut_status settle_steps(struct planner *p, bool *stays) {
    for (int i = 0; i < p->n_steps; i++) {
        struct plan_step *step = &p->steps[i];
        stays[i] = !plan_concat_is_free(p, i);
        for (int k = 0; k < step->n_inputs; k++) set_pitch(p, &step->inputs[k]);
        for (int k = 0; k < step->n_outputs; k++)
            set_pitch(p, &step->outputs[k]);
        enum cut_status status = stays[i] ? choose(p, i) : CUT_OK;
        if (status) return status;
    }
    return CUT_OK;
}

/* ---- Addresses --------------------------------------------------------- */

static void set_place(const struct planner *p, struct plan_operand *operand) {
    if (operand->tensor < 0) return;
    operand->place = PLACE_CONST;
    if (p->graph->tensors[operand->tensor].data) return;
    const struct blob *blob = &p->blobs[p->blob_of[operand->tensor]];
    const struct blob *root = &p->blobs[blob->root];
    operand->place = root->place;
    operand->offset = (size_t)root->number;
    if (root->place == PLACE_ARENA)
        operand->offset = (size_t)p->boxes[blob->root].offset +
                          (size_t)blob->offset * blob->element_bytes;
}

static void finish(struct planner *p, const bool *stays, struct plan *plan) {
    for (int i = 0; i < p->n_steps; i++) {
        struct plan_step *step = &p->steps[i];
        if (!stays[i]) continue;
        for (int k = 0; k < step->n_inputs; k++) set_place(p, &step->inputs[k]);
        for (int k = 0; k < step->n_outputs; k++)
            set_place(p, &step->outputs[k]);
        step->scratch_offset = (size_t)p->boxes[p->n_blobs + i].offset;
        plan->total_cost += step->cost;
        plan->total_macs += step->macs;
        plan->steps[plan->n_steps++] = *step;
    }
}

/* ---- All of it --------------------------------------------------------- */

static enum cut_status make_room(struct planner *p) {
    size_t n_blobs = (size_t)p->n_blobs, n_steps = (size_t)p->n_steps;
    p->overwrites = ARENA_NEW(p->arena, n_steps, uint8_t);
    p->live = ARENA_NEW(p->arena, n_steps + 1, int64_t);
    p->boxes = ARENA_NEW(p->arena, n_blobs + n_steps, struct box);
    bool ok = p->overwrites && p->live && p->boxes;
    return ok ? CUT_OK : no_memory(p);
}

static enum cut_status make_draft(struct planner *p) {
    int *nodes = NULL, n_nodes = 0;
    enum cut_status status = copy_outputs(p);
    if (!status) status = list_nodes(p, &nodes, &n_nodes);
    if (status) return status;

    int n_tensors = p->graph->n_tensors;
    bool *is_step = ARENA_NEW(p->arena, n_nodes, bool);
    p->blob_of = ARENA_NEW(p->arena, n_tensors, int);
    p->blobs = ARENA_NEW(p->arena, n_tensors, struct blob);
    if (!is_step || !p->blob_of || !p->blobs) return no_memory(p);
    status = plan_make_blobs(p, nodes, n_nodes, is_step);
    if (!status) status = make_steps(p, nodes, n_nodes, is_step);
    if (!status) status = make_room(p);
    if (!status) status = ask_backend(p);
    if (!status) status = plan_make_slots(p);
    if (!status) note_uses(p);
    return status;
}

static enum cut_status make(struct planner *p, struct plan *plan) {
    enum cut_status status = make_draft(p);
    if (status) return status;
    bool *stays = ARENA_NEW(p->arena, p->n_steps, bool);
    if (!stays) return no_memory(p);
    plan_choose_slots(p);
    status = settle_steps(p, stays);
    if (!status) status = plan_place(p, &plan->arena_bytes);
    if (status) return status;
    plan->graph = p->graph;
    plan->steps = p->steps; /* compacted in place */
    finish(p, stays, plan);
    return CUT_OK;
}

enum cut_status plan_make(struct graph *graph, const struct backend *backend,
                          struct plan *plan, struct cut_error *err) {
    struct arena work;
    arena_init(&work, graph->arena->allocator);
    struct planner p = {
        .graph = graph, .backend = backend, .arena = &work, .err = err};
    struct plan made = {0};
    enum cut_status status = make(&p, &made);
    arena_free(&work);
    if (status == CUT_OK) *plan = made;
    return status;
}
