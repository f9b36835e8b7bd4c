/* The verifier: walks the steps and keeps, for every tensor, whether its
 * bytes are still there. It shares nothing with the planner.
 *
 * A tensor has *content* where the step that computed it left it. A write
 * ends every content that it touches. A read must find content of exactly
 * that place, or be explained by nodes that have no step: a view of a tensor
 * that can be read there, a Concat whose parts can. */
#include "base/mem.h"
#include "base/status.h"
#include "graph/plan.h"

/* Bytes of one operand: n_rows rows of row_bytes, pitch_bytes apart, in a
 * space of its own for the arena and every caller's buffer. */
struct region {
    enum place place;
    size_t number; /* of the caller's buffer */
    size_t offset, row_bytes, pitch_bytes, n_rows;
};

struct content {
    bool valid;
    struct region region;
};

struct checker {
    const struct plan *plan;
    struct arena *work;
    struct cut_error *err;
    int *producer;            /* node per tensor */
    bool *has_step;           /* per node */
    struct content *contents; /* per tensor */
    const struct plan_step *step;
};

static enum cut_status wrong(const struct checker *c, const char *what,
                             int tensor) {
    const struct graph *graph = c->plan->graph;
    return status_fail(c->err, CUT_INTERNAL, "plan: node '%s': %s '%s'",
                       graph->nodes[c->step->node].name, what,
                       tensor < 0 ? "" : graph->tensors[tensor].name);
}

/* ---- Regions ----------------------------------------------------------- */

static struct region region_at(const struct tensor *t, enum place place,
                               size_t offset, int64_t pitch) {
    bool buffer = place == PLACE_INPUT || place == PLACE_OUTPUT;
    size_t item = cut_dtype_bytes(t->dtype);
    int64_t n = tensor_n_elements(t);
    int64_t width = t->rank > 0 ? t->dims[t->rank - 1] : 1;
    struct region r = {.place = place};
    r.number = buffer ? offset : 0;
    r.offset = buffer ? 0 : offset;
    if (n <= 0) return r;
    r.row_bytes = (size_t)width * item;
    r.pitch_bytes = (size_t)pitch * item;
    r.n_rows = (size_t)(n / width);
    if (r.pitch_bytes != r.row_bytes && r.n_rows > 1) return r;
    r.row_bytes *= r.n_rows; /* dense: one long row */
    r.pitch_bytes = r.row_bytes;
    r.n_rows = 1;
    return r;
}

static struct region region_of(const struct checker *c,
                               const struct plan_operand *operand) {
    return region_at(&c->plan->graph->tensors[operand->tensor], operand->place,
                     operand->offset, operand->pitch);
}

static bool region_empty(const struct region *r) { return r->row_bytes == 0; }

static size_t region_end(const struct region *r) {
    if (region_empty(r)) return r->offset;
    return r->offset + (r->n_rows - 1) * r->pitch_bytes + r->row_bytes;
}

static bool region_equal(const struct region *a, const struct region *b) {
    if (region_empty(a) && region_empty(b)) return true;
    return a->place == b->place && a->number == b->number &&
           a->offset == b->offset && a->row_bytes == b->row_bytes &&
           a->pitch_bytes == b->pitch_bytes && a->n_rows == b->n_rows;
}

/* A single run of bytes against rows: the first row that ends behind the
 * run's start must begin behind its end. */
static bool run_overlap(const struct region *rows, const struct region *run) {
    size_t first_end = rows->offset + rows->row_bytes, i = 0;
    if (run->offset >= first_end)
        i = (run->offset - first_end) / rows->pitch_bytes + 1;
    return i < rows->n_rows &&
           rows->offset + i * rows->pitch_bytes < region_end(run);
}

/* True when a byte may belong to both. Exact for runs and for rows of one
 * pitch, which is how slices of a Concat stand beside each other; careful
 * otherwise. */
static bool region_overlap(const struct region *a, const struct region *b) {
    if (region_empty(a) || region_empty(b)) return false;
    if (a->place != b->place || a->number != b->number) return false;
    if (a->offset >= region_end(b) || b->offset >= region_end(a)) return false;
    if (a->n_rows == 1) return run_overlap(b, a);
    if (b->n_rows == 1) return run_overlap(a, b);
    if (a->pitch_bytes != b->pitch_bytes) return true;
    if (a->offset > b->offset) return region_overlap(b, a);
    size_t column = (b->offset - a->offset) % a->pitch_bytes;
    return column < a->row_bytes || column + b->row_bytes > a->pitch_bytes;
}

/* ---- Reading ----------------------------------------------------------- */

static bool readable(const struct checker *c, int tensor,
                     const struct region *region, int depth);

/* Nodes that may go without a step besides Concat. */
static bool keeps_bytes(const struct node *node, const struct tensor *x) {
    int last = -1;
    switch (node->op) {
    case OP_TRANSPOSE:
        for (int i = 0; i < x->rank; i++) {
            int axis = node->params.transpose.perm[i];
            if (x->dims[axis] != 1 && axis < last) return false;
            if (x->dims[axis] != 1) last = axis;
        }
        return true;
    case OP_IDENTITY:
    case OP_DROPOUT:
    case OP_CAST:
    case OP_RESHAPE:
    case OP_FLATTEN:
    case OP_SQUEEZE:
    case OP_UNSQUEEZE:
    case OP_EXPAND:
    case OP_TILE: return true;
    default: return false;
    }
}

/* A view holds the bytes of its input where that one is dense, or row by row
 * when the rows are the same. */
static bool view_readable(const struct checker *c, const struct node *node,
                          const struct region *region, int depth) {
    if (node->n_inputs < 1 || node->inputs[0] < 0) return false;
    const struct graph *graph = c->plan->graph;
    const struct tensor *x = &graph->tensors[node->inputs[0]];
    const struct tensor *y = &graph->tensors[node->outputs[0]];
    size_t item = cut_dtype_bytes(x->dtype);
    int64_t width = x->rank > 0 ? x->dims[x->rank - 1] : 1;
    if (!keeps_bytes(node, x)) return false;
    if (x->dtype != y->dtype || tensor_n_elements(x) != tensor_n_elements(y))
        return false;
    if (region->n_rows > 1 && region->row_bytes != (size_t)width * item)
        return false;
    return readable(c, node->inputs[0], region, depth);
}

/* Part i of a Concat that has no step, from where the whole is. */
static bool part_readable(const struct checker *c, const struct node *node,
                          int i, const struct region *whole, int64_t start,
                          int depth) {
    const struct graph *graph = c->plan->graph;
    const struct tensor *x = &graph->tensors[node->inputs[i]];
    const struct tensor *y = &graph->tensors[node->outputs[0]];
    int axis = node->params.axis.axis;
    size_t item = cut_dtype_bytes(y->dtype);
    int64_t width = y->rank > 0 ? y->dims[y->rank - 1] : 1;
    int64_t pitch =
        whole->n_rows > 1 ? (int64_t)(whole->pitch_bytes / item) : width;
    int64_t elements = start;
    for (int k = axis + 1; k < y->rank; k++)
        elements *= k == y->rank - 1 ? pitch : y->dims[k];
    if (axis < y->rank - 1)
        for (int k = 0; k < axis; k++)
            if (y->dims[k] != 1) return false;
    struct region part = region_at(
        x, whole->place, whole->offset + (size_t)elements * item, pitch);
    part.number = whole->number;
    if (whole->place != PLACE_ARENA) part.offset = (size_t)elements * item;
    return readable(c, node->inputs[i], &part, depth);
}

static bool parts_readable(const struct checker *c, const struct node *node,
                           const struct region *region, int depth) {
    int64_t start = 0;
    for (int i = 0; i < node->n_inputs; i++) {
        const struct tensor *x = &c->plan->graph->tensors[node->inputs[i]];
        if (!part_readable(c, node, i, region, start, depth)) return false;
        start += x->dims[node->params.axis.axis];
    }
    return true;
}

static bool readable(const struct checker *c, int tensor,
                     const struct region *region, int depth) {
    const struct content *content = &c->contents[tensor];
    if (region_empty(region)) return true;
    if (content->valid && region_equal(&content->region, region)) return true;
    int producer = c->producer[tensor];
    if (producer < 0 || c->has_step[producer] || depth > 1000) return false;
    const struct node *node = &c->plan->graph->nodes[producer];
    if (node->op == OP_CONCAT)
        return parts_readable(c, node, region, depth + 1);
    return view_readable(c, node, region, depth + 1);
}

/* ---- Steps ------------------------------------------------------------- */

static enum cut_status check_operand(const struct checker *c,
                                     const struct plan_operand *operand) {
    const struct graph *graph = c->plan->graph;
    if (operand->tensor < 0)
        return operand->place == PLACE_NONE
                   ? CUT_OK
                   : wrong(c, "an omitted operand has a place", -1);
    const struct tensor *t = &graph->tensors[operand->tensor];
    int64_t width = t->rank > 0 ? t->dims[t->rank - 1] : 1;
    if (operand->pitch < width) return wrong(c, "pitch of", operand->tensor);
    struct region r = region_of(c, operand);
    switch (operand->place) {
    case PLACE_ARENA:
        if (region_end(&r) > c->plan->arena_bytes)
            return wrong(c, "beyond the arena:", operand->tensor);
        return CUT_OK;
    case PLACE_CONST:
        return t->data ? CUT_OK : wrong(c, "no data in", operand->tensor);
    case PLACE_INPUT:
        if (operand->offset < (size_t)graph->n_inputs) return CUT_OK;
        return wrong(c, "no such input:", operand->tensor);
    case PLACE_OUTPUT:
        if (operand->offset < (size_t)graph->n_outputs) return CUT_OK;
        return wrong(c, "no such output:", operand->tensor);
    default: return wrong(c, "no place for", operand->tensor);
    }
}

static enum cut_status check_read(const struct checker *c,
                                  const struct plan_operand *operand) {
    if (operand->tensor < 0 || operand->place == PLACE_CONST) return CUT_OK;
    struct region r = region_of(c, operand);
    if (readable(c, operand->tensor, &r, 0)) return CUT_OK;
    return wrong(c, "reads what is not there:", operand->tensor);
}

static bool is_elementwise(enum op op, int input) {
    if (op >= OP_RELU && op <= OP_CAST) return input == 0;
    if (op >= OP_ADD && op <= OP_WHERE) return true;
    if (op == OP_CONV || op == OP_CONV_TRANSPOSE) return input == CONV_RESIDUAL;
    return op == OP_BATCH_NORM && input == 0;
}

/* The slice of part i in the output of a Concat step. */
static struct region slice_of(const struct checker *c, int i) {
    const struct graph *graph = c->plan->graph;
    const struct node *node = &graph->nodes[c->step->node];
    const struct plan_operand *y = &c->step->outputs[0];
    const struct tensor *t = &graph->tensors[y->tensor];
    int axis = node->params.axis.axis;
    int64_t start = 0;
    for (int k = 0; k < i; k++)
        start += graph->tensors[node->inputs[k]].dims[axis];
    for (int k = axis + 1; k < t->rank; k++)
        start *= k == t->rank - 1 ? y->pitch : t->dims[k];
    size_t bytes = (size_t)start * cut_dtype_bytes(t->dtype);
    bool arena = y->place == PLACE_ARENA;
    struct region slice =
        region_at(&graph->tensors[node->inputs[i]], y->place,
                  arena ? y->offset + bytes : y->offset, y->pitch);
    if (!arena) slice.offset = bytes;
    return slice;
}

/* Outer rows of a part that is no run of bytes: then it is not in place, and
 * to be careful the whole output counts as written. */
static bool slice_is_exact(const struct checker *c) {
    const struct graph *graph = c->plan->graph;
    int axis = graph->nodes[c->step->node].params.axis.axis;
    const struct tensor *t = &graph->tensors[c->step->outputs[0].tensor];
    for (int i = 0; i < axis && axis < t->rank - 1; i++)
        if (t->dims[i] != 1) return false;
    return true;
}

static bool part_in_place(const struct checker *c, int i) {
    if (!slice_is_exact(c)) return false;
    struct region slice = slice_of(c, i);
    struct region part = region_of(c, &c->step->inputs[i]);
    return region_equal(&slice, &part);
}

/* An output and an input of one step share bytes only when the operator goes
 * element by element, or when a Concat does not write these bytes. */
static bool may_share(const struct checker *c, int input,
                      const struct region *x, const struct region *y) {
    const struct plan_step *step = c->step;
    if (step->op != OP_CONCAT)
        return is_elementwise(step->op, input) && region_equal(x, y);
    if (!slice_is_exact(c)) return false;
    for (int i = 0; i < step->n_inputs; i++) {
        struct region slice = slice_of(c, i);
        if (!part_in_place(c, i) && region_overlap(&slice, x)) return false;
    }
    return true;
}

static enum cut_status check_sharing(const struct checker *c, int output) {
    const struct plan_step *step = c->step;
    const struct plan_operand *operand = &step->outputs[output];
    struct region y = region_of(c, operand);
    struct region scratch = {PLACE_ARENA,          0,
                             step->scratch_offset, step->scratch_bytes,
                             step->scratch_bytes,  1};
    if (region_overlap(&y, &scratch))
        return wrong(c, "scratch lies over output", operand->tensor);
    for (int i = 0; i < step->n_inputs; i++) {
        if (step->inputs[i].tensor < 0) continue;
        struct region x = region_of(c, &step->inputs[i]);
        if (region_overlap(&x, &scratch))
            return wrong(c, "scratch lies over input", step->inputs[i].tensor);
        if (region_overlap(&x, &y) && !may_share(c, i, &x, &y))
            return wrong(c, "output lies over input", step->inputs[i].tensor);
    }
    for (int i = 0; i < output; i++) {
        if (step->outputs[i].tensor < 0) continue;
        struct region other = region_of(c, &step->outputs[i]);
        if (region_overlap(&other, &y))
            return wrong(c, "two outputs overlap:", operand->tensor);
    }
    return CUT_OK;
}

static void end_contents(const struct checker *c, const struct region *r) {
    for (int i = 0; i < c->plan->graph->n_tensors; i++)
        if (c->contents[i].valid && region_overlap(&c->contents[i].region, r))
            c->contents[i].valid = false;
}

static void end_parts(const struct checker *c) {
    for (int i = 0; i < c->step->n_inputs; i++) {
        struct region slice = slice_of(c, i);
        if (!part_in_place(c, i)) end_contents(c, &slice);
    }
}

static enum cut_status check_step(struct checker *c) {
    const struct plan_step *step = c->step;
    enum cut_status status = CUT_OK;
    for (int i = 0; i < step->n_inputs && !status; i++) {
        status = check_operand(c, &step->inputs[i]);
        if (!status) status = check_read(c, &step->inputs[i]);
    }
    for (int i = 0; i < step->n_outputs && !status; i++) {
        status = check_operand(c, &step->outputs[i]);
        if (!status && step->outputs[i].tensor >= 0)
            status = check_sharing(c, i);
    }
    if (!status && step->scratch_bytes &&
        (step->scratch_offset % MEM_ALIGN != 0 ||
         step->scratch_offset + step->scratch_bytes > c->plan->arena_bytes))
        status = wrong(c, "scratch", -1);
    if (status) return status;

    struct region scratch = {PLACE_ARENA,          0,
                             step->scratch_offset, step->scratch_bytes,
                             step->scratch_bytes,  1};
    end_contents(c, &scratch);
    for (int i = 0; i < step->n_outputs; i++) {
        if (step->outputs[i].tensor < 0) continue;
        struct region r = region_of(c, &step->outputs[i]);
        if (step->op == OP_CONCAT && slice_is_exact(c))
            end_parts(c);
        else
            end_contents(c, &r);
        c->contents[step->outputs[i].tensor] = (struct content){true, r};
    }
    return CUT_OK;
}

/* Every graph output must stand in the caller's buffer at the end. */
static enum cut_status check_outputs(const struct checker *c) {
    const struct graph *graph = c->plan->graph;
    for (int i = 0; i < graph->n_outputs; i++) {
        int tensor = graph->outputs[i];
        const struct tensor *t = &graph->tensors[tensor];
        int64_t width = t->rank > 0 ? t->dims[t->rank - 1] : 1;
        struct region r = region_at(t, PLACE_OUTPUT, (size_t)i, width);
        if (!readable(c, tensor, &r, 0))
            return status_fail(c->err, CUT_INTERNAL,
                               "plan: output '%s' is not computed", t->name);
    }
    return CUT_OK;
}

static enum cut_status check(struct checker *c) {
    const struct plan *plan = c->plan;
    const struct graph *graph = plan->graph;
    int *uses;
    enum cut_status status =
        graph_uses(graph, c->work, &c->producer, &uses, c->err);
    if (status) return status;
    c->contents = ARENA_NEW(c->work, graph->n_tensors, struct content);
    c->has_step = ARENA_NEW(c->work, graph->n_nodes, bool);
    if (!c->contents || !c->has_step)
        return status_fail(c->err, CUT_NO_MEMORY, "no memory for the check");
    for (int i = 0; i < plan->n_steps; i++)
        c->has_step[plan->steps[i].node] = true;
    for (int i = 0; i < graph->n_inputs; i++) {
        const struct tensor *t = &graph->tensors[graph->inputs[i]];
        int64_t width = t->rank > 0 ? t->dims[t->rank - 1] : 1;
        c->contents[graph->inputs[i]] =
            (struct content){true, region_at(t, PLACE_INPUT, (size_t)i, width)};
    }
    for (int i = 0; i < plan->n_steps && !status; i++) {
        c->step = &plan->steps[i];
        status = check_step(c);
    }
    return status ? status : check_outputs(c);
}

enum cut_status plan_check(const struct plan *plan, struct cut_error *err) {
    struct arena work;
    arena_init(&work, plan->graph->arena->allocator);
    struct checker c = {.plan = plan, .work = &work, .err = err};
    enum cut_status status = check(&c);
    arena_free(&work);
    return status;
}
