/* The planner: aliases, Concat in place, outputs, and random graphs that are
 * executed from their plan and node by node and must agree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "check.h"
#include "graph/plan.h"
#include "heap.h"

/* ---- Graphs by hand ---------------------------------------------------- */

static struct heap heap;
static struct cut_allocator allocator;
static struct arena arena;
static struct graph graph;
static struct cut_error err;

static void begin(void) {
    arena_init(&arena, &allocator);
    graph = (struct graph){.arena = &arena, .opset = 17, .producer = ""};
    graph.inputs = ARENA_NEW(&arena, 64, int);
    graph.outputs = ARENA_NEW(&arena, 64, int);
}

static void end(void) { arena_free(&arena); }

static int tensor(int rank, const int64_t *dims) {
    struct tensor t = {.name = "t", .dtype = CUT_I32, .rank = rank};
    memcpy(t.dims, dims, (size_t)rank * sizeof *dims);
    return graph_add_tensor(&graph, &t);
}

static int tensor4(int64_t a, int64_t b, int64_t c, int64_t d) {
    return tensor(4, (int64_t[]){a, b, c, d});
}

static int input4(int64_t a, int64_t b, int64_t c, int64_t d) {
    int t = tensor4(a, b, c, d);
    graph.tensors[t].is_input = true;
    graph.inputs[graph.n_inputs++] = t;
    return t;
}

static void output(int t) {
    graph.tensors[t].is_output = true;
    graph.outputs[graph.n_outputs++] = t;
}

static struct node *node(enum op op, int n, const int *inputs, int y) {
    struct node *made = graph_insert_node(&graph, graph.n_nodes, op, n, 1);
    memcpy(made->inputs, inputs, (size_t)n * sizeof *inputs);
    made->outputs[0] = y;
    return made;
}

static int unary(enum op op, int x) {
    int y = graph_add_tensor(&graph, &(struct tensor){0});
    graph.tensors[y] = graph.tensors[x];
    graph.tensors[y].is_input = graph.tensors[y].is_output = false;
    graph.tensors[y].data = NULL;
    node(op, 1, &x, y);
    return y;
}

static int binary(int a, int b) {
    int y = unary(OP_ADD, a);
    graph.nodes[graph.n_nodes - 1].dead = true;
    node(OP_ADD, 2, (int[]){a, b}, y);
    return y;
}

static int concat(int n, const int *inputs, int axis) {
    struct tensor t = graph.tensors[inputs[0]];
    t.is_input = t.is_output = false;
    t.data = NULL;
    t.dims[axis] = 0;
    for (int i = 0; i < n; i++)
        t.dims[axis] += graph.tensors[inputs[i]].dims[axis];
    int y = graph_add_tensor(&graph, &t);
    node(OP_CONCAT, n, inputs, y)->params.axis.axis = axis;
    return y;
}

static int reshape(int x, int rank, const int64_t *dims) {
    int y = tensor(rank, dims);
    node(OP_RESHAPE, 1, &x, y);
    return y;
}

/* ---- A backend of four operators on int32 ------------------------------ */

static size_t scratch_of_mix = 100;

static enum cut_status choose(const struct backend *backend,
                              const struct graph *g, struct plan_step *step,
                              struct cut_error *e) {
    (void)backend, (void)g, (void)e;
    step->method = "test";
    step->cost = 1;
    step->scratch_bytes = step->op == OP_SOFTMAX ? scratch_of_mix : 0;
    return CUT_OK;
}

static bool can_overwrite(const struct backend *backend, const struct graph *g,
                          const struct plan_step *step, int i) {
    (void)backend, (void)g, (void)i;
    return step->op == OP_RELU || step->op == OP_ADD;
}

static const struct backend backend = {
    .name = "test", .choose = choose, .can_overwrite = can_overwrite};

static int64_t width_of(const struct tensor *t) {
    return t->rank ? t->dims[t->rank - 1] : 1;
}

static int32_t *element(int32_t *base, int64_t width, int64_t pitch,
                        int64_t i) {
    return base + i / width * pitch + i % width;
}

/* Runs one node; pitches of the inputs, then of the output. */
static void run_node(const struct node *n, int32_t **x, int32_t *y,
                     const int64_t *pitch) {
    const struct tensor *t = graph.tensors;
    const struct tensor *out = &t[n->outputs[0]];
    int64_t total = tensor_n_elements(out), w = width_of(out);
    int64_t y_pitch = pitch[n->n_inputs];
    if (n->op != OP_CONCAT) {
        int64_t w0 = width_of(&t[n->inputs[0]]);
        for (int64_t i = 0; i < total; i++) {
            int64_t k = n->op == OP_SOFTMAX ? total - 1 - i : i;
            uint32_t v = (uint32_t)*element(x[0], w0, pitch[0], k);
            if (n->op == OP_RELU) v = v * 3 + 1;
            if (n->op == OP_SOFTMAX) v = v * 5 + (uint32_t)i;
            if (n->op == OP_ADD)
                v = v * 7 + (uint32_t)*element(x[1], w0, pitch[1], i);
            *element(y, w, y_pitch, i) = (int32_t)v;
        }
        return;
    }
    int axis = n->params.axis.axis;
    int64_t inner = 1, start = 0;
    for (int i = axis + 1; i < out->rank; i++) inner *= out->dims[i];
    for (int p = 0; p < n->n_inputs; p++) {
        const struct tensor *in = &t[n->inputs[p]];
        int64_t block = in->dims[axis] * inner;
        for (int64_t i = 0; i < tensor_n_elements(in); i++) {
            int64_t to =
                i / block * out->dims[axis] * inner + start * inner + i % block;
            *element(y, w, y_pitch, to) =
                *element(x[p], width_of(in), pitch[p], i);
        }
        start += in->dims[axis];
    }
}

/* Node by node, each tensor in its own memory; outputs[i] gets output i. */
static void run_direct(int32_t **inputs, int32_t **outputs) {
    int32_t **memory = calloc((size_t)graph.n_tensors, sizeof *memory);
    for (int i = 0; i < graph.n_tensors; i++) {
        size_t n = (size_t)tensor_n_elements(&graph.tensors[i]);
        memory[i] = malloc(n * 4 + 4);
        if (graph.tensors[i].data)
            memcpy(memory[i], graph.tensors[i].data, n * 4);
    }
    for (int i = 0; i < graph.n_inputs; i++)
        memcpy(memory[graph.inputs[i]], inputs[i],
               (size_t)tensor_n_elements(&graph.tensors[graph.inputs[i]]) * 4);
    for (int i = 0; i < graph.n_nodes; i++) {
        const struct node *n = &graph.nodes[i];
        int32_t *x[64];
        int64_t pitch[65];
        if (n->dead) continue;
        for (int k = 0; k < n->n_inputs; k++) {
            x[k] = memory[n->inputs[k]];
            pitch[k] = width_of(&graph.tensors[n->inputs[k]]);
        }
        pitch[n->n_inputs] = width_of(&graph.tensors[n->outputs[0]]);
        run_node(n, x, memory[n->outputs[0]], pitch);
    }
    for (int i = 0; i < graph.n_outputs; i++)
        memcpy(outputs[i], memory[graph.outputs[i]],
               (size_t)tensor_n_elements(&graph.tensors[graph.outputs[i]]) * 4);
    for (int i = 0; i < graph.n_tensors; i++) free(memory[i]);
    free(memory);
}

static int32_t *operand_data(const struct plan_operand *o, char *block,
                             int32_t **inputs, int32_t **outputs) {
    union {
        const void *read;
        int32_t *data;
    } u = {NULL};
    if (o->place == PLACE_ARENA) u.read = block + o->offset;
    if (o->place == PLACE_CONST) u.read = graph.tensors[o->tensor].data;
    if (o->place == PLACE_INPUT) u.data = inputs[o->offset];
    if (o->place == PLACE_OUTPUT) u.data = outputs[o->offset];
    return u.data;
}

static void run_plan(const struct plan *plan, int32_t **inputs,
                     int32_t **outputs) {
    char *block = malloc(plan->arena_bytes + 1);
    memset(block, 0x5a, plan->arena_bytes + 1);
    for (int i = 0; i < plan->n_steps; i++) {
        const struct plan_step *step = &plan->steps[i];
        int32_t *x[64];
        int64_t pitch[65];
        for (int k = 0; k < step->n_inputs; k++) {
            x[k] = operand_data(&step->inputs[k], block, inputs, outputs);
            pitch[k] = step->inputs[k].pitch;
        }
        pitch[step->n_inputs] = step->outputs[0].pitch;
        memset(block + step->scratch_offset, (int)i, step->scratch_bytes);
        run_node(&graph.nodes[step->node], x,
                 operand_data(&step->outputs[0], block, inputs, outputs),
                 pitch);
    }
    CHECK(block[plan->arena_bytes] == 0x5a, "wrote behind the arena");
    free(block);
}

/* Same outputs from the plan as without it. */
static bool plan_is_right(const struct plan *plan) {
    int32_t *inputs[64], *a[64], *b[64];
    bool right = true;
    for (int i = 0; i < graph.n_inputs; i++) {
        int64_t n = tensor_n_elements(&graph.tensors[graph.inputs[i]]);
        inputs[i] = malloc((size_t)n * 4 + 4);
        for (int64_t k = 0; k < n; k++)
            inputs[i][k] = (int32_t)(k * 77 + i * 1001);
    }
    for (int i = 0; i < graph.n_outputs; i++) {
        size_t n = (size_t)tensor_n_elements(&graph.tensors[graph.outputs[i]]);
        a[i] = calloc(n + 1, 4);
        b[i] = calloc(n + 1, 4);
    }
    run_direct(inputs, a);
    run_plan(plan, inputs, b);
    for (int i = 0; i < graph.n_outputs; i++) {
        size_t n = (size_t)tensor_n_elements(&graph.tensors[graph.outputs[i]]);
        right &= memcmp(a[i], b[i], n * 4) == 0;
        free(a[i]);
        free(b[i]);
    }
    for (int i = 0; i < graph.n_inputs; i++) free(inputs[i]);
    return right;
}

static struct plan planned(const char *what) {
    struct plan plan = {0};
    enum cut_status status = plan_make(&graph, &backend, &plan, &err);
    CHECK(status == CUT_OK, "%s: %s", what, err.message);
    if (status) return plan;
    status = plan_check(&plan, &err);
    CHECK(status == CUT_OK, "%s: %s", what, err.message);
    CHECK(plan_is_right(&plan), "%s: wrong result", what);
    return plan;
}

/* ---- Cases ------------------------------------------------------------- */

static void test_chain(void) {
    begin();
    int x = input4(1, 8, 8, 4);
    int y = unary(OP_RELU, unary(OP_SOFTMAX, unary(OP_RELU, x)));
    output(y);
    scratch_of_mix = 100;
    struct plan plan = planned("chain");
    CHECK(plan.n_steps == 3, "%d steps", plan.n_steps);
    /* Relu into the arena; Softmax writes the output, where Relu follows */
    CHECK(plan.arena_bytes == 1024 + 128, "%zu bytes", plan.arena_bytes);
    end();
}

static void test_views(void) {
    begin();
    int x = input4(1, 8, 8, 4);
    int a = unary(OP_SOFTMAX, x);
    int b = reshape(a, 2, (int64_t[]){64, 4});
    int c = unary(OP_IDENTITY, reshape(b, 1, (int64_t[]){256}));
    output(unary(OP_SOFTMAX, c));
    struct plan plan = planned("views");
    CHECK(plan.n_steps == 2, "%d steps", plan.n_steps);
    end();
}

static void test_concat_in_place(void) {
    begin();
    int x = input4(1, 8, 8, 4);
    int a = unary(OP_SOFTMAX, x), b = unary(OP_SOFTMAX, x);
    int c = concat(2, (int[]){a, b}, 3);
    int d = concat(2, (int[]){unary(OP_RELU, c), unary(OP_SOFTMAX, x)}, 3);
    output(unary(OP_SOFTMAX, d));
    struct plan plan = planned("concat");
    for (int i = 0; i < plan.n_steps; i++)
        CHECK(plan.steps[i].op != OP_CONCAT, "a Concat was not free");
    CHECK(plan.steps[0].outputs[0].pitch > 4, "not a slice");
    end();
}

/* Rows of an outer axis are contiguous parts. */
static void test_concat_outer(void) {
    begin();
    int x = input4(1, 8, 8, 4);
    int a = unary(OP_SOFTMAX, x);
    int b = reshape(unary(OP_SOFTMAX, x), 4, (int64_t[]){1, 8, 8, 4});
    output(unary(OP_SOFTMAX, concat(2, (int[]){a, b}, 1)));
    struct plan plan = planned("outer");
    CHECK(plan.n_steps == 3, "%d steps", plan.n_steps);
    end();
}

/* An input, a constant, the same part twice, a part wanted elsewhere too. */
static void test_concat_copies(void) {
    static int32_t values[256];
    begin();
    int x = input4(1, 8, 8, 4), k = tensor4(1, 8, 8, 4);
    for (int i = 0; i < 256; i++) values[i] = i * i;
    graph.tensors[k].data = values;
    graph.tensors[k].bytes = sizeof values;
    int a = unary(OP_SOFTMAX, x);
    int c = concat(5, (int[]){x, a, k, a, x}, 3);
    int d = concat(2, (int[]){a, c}, 3);
    output(unary(OP_SOFTMAX, d));
    output(unary(OP_SOFTMAX, unary(OP_RELU, a)));
    planned("copies");
    end();
}

static void test_outputs(void) {
    begin();
    int x = input4(1, 4, 4, 4);
    int a = unary(OP_SOFTMAX, x);
    int b = unary(OP_IDENTITY, a);
    int c = binary(a, b);
    output(x);
    output(a);
    output(a);
    output(b);
    output(c);
    output(concat(2, (int[]){c, a}, 3));
    output(reshape(x, 1, (int64_t[]){64}));
    struct plan plan = planned("outputs");
    CHECK(plan.n_steps >= 6, "%d steps", plan.n_steps);
    end();
}

/* A skip connection: keeping the whole Concat from the beginning would cost
 * more than copying the part. */
static void test_skip_is_copied(void) {
    begin();
    int x = input4(1, 16, 16, 1);
    int skip = unary(OP_SOFTMAX, x);
    int wide = concat(4, (int[]){skip, skip, skip, skip}, 3);
    wide = concat(4, (int[]){wide, wide, wide, wide}, 3);
    int narrow = tensor4(1, 16, 16, 1);
    wide = unary(OP_SOFTMAX, wide);
    node(OP_SOFTMAX, 1, &wide, narrow);
    (void)narrow;
    int big = concat(2, (int[]){skip, unary(OP_SOFTMAX, wide)}, 3);
    output(unary(OP_SOFTMAX, big));
    scratch_of_mix = 0;
    planned("skip");
    end();
}

/* ---- Random graphs ----------------------------------------------------- */

static uint32_t seed;
static int pick(int n) {
    seed = seed * 1664525u + 1013904223u;
    return (int)((seed >> 8) % (uint32_t)n);
}

static bool same_shape(int a, int b) {
    const struct tensor *x = &graph.tensors[a], *y = &graph.tensors[b];
    return x->rank == y->rank &&
           memcmp(x->dims, y->dims, (size_t)x->rank * 8) == 0;
}

static bool same_but(int a, int b, int axis) {
    const struct tensor *x = &graph.tensors[a], *y = &graph.tensors[b];
    if (x->rank != y->rank) return false;
    for (int i = 0; i < x->rank; i++)
        if (i != axis && x->dims[i] != y->dims[i]) return false;
    return true;
}

static void add_random_node(void) {
    int a = pick(graph.n_tensors), b = pick(graph.n_tensors);
    int64_t n = tensor_n_elements(&graph.tensors[a]);
    int axis = pick(4);
    switch (pick(6)) {
    case 0: unary(OP_SOFTMAX, a); break;
    case 1: unary(OP_RELU, a); break;
    case 2:
        if (same_shape(a, b)) binary(a, b);
        break;
    case 3:
        if (pick(2))
            reshape(a, 4, (int64_t[]){1, n / 4, 1, 4});
        else
            reshape(a, 4, (int64_t[]){1, 4, 2, n / 8});
        break;
    default:
        if (graph.tensors[a].rank != 4 || n > 4096) break;
        if (same_but(a, b, axis))
            concat(2, (int[]){a, b}, axis);
        else if (pick(2))
            concat(2, (int[]){a, a}, axis);
    }
}

static void random_graph(uint32_t number) {
    seed = number * 2654435761u + 1;
    begin();
    input4(1, 4, 4, 4);
    input4(2, 4, 2, 4);
    int n = 3 + pick(40);
    for (int i = 0; i < n; i++) add_random_node();
    for (int i = 0; i < 1 + pick(3); i++) {
        int t = pick(graph.n_tensors);
        output(pick(2) ? graph.n_tensors - 1 : t);
    }
    scratch_of_mix = (size_t)pick(2000);
}

static void test_random(void) {
    for (uint32_t i = 0; i < 3000; i++) {
        char what[40];
        snprintf(what, sizeof what, "random graph %u", i);
        random_graph(i);
        planned(what);
        end();
    }
}

/* The checker must see what the execution sees. */
static void test_checker(void) {
    int n_broken = 0, n_missed = 0;
    for (uint32_t i = 0; i < 500; i++) {
        random_graph(i);
        struct plan plan = {0};
        if (plan_make(&graph, &backend, &plan, &err)) continue;
        for (int k = 0; k < 4 && plan.n_steps; k++) {
            struct plan_step *step = &plan.steps[pick(plan.n_steps)];
            struct plan_operand *o = &step->outputs[0];
            struct plan_operand before = *o;
            if (o->place != PLACE_ARENA) continue;
            o->offset =
                o->offset >= 64 && pick(2) ? o->offset - 64 : o->offset + 64;
            bool found = plan_check(&plan, &err) != CUT_OK;
            bool broken = false;
            if (!found) broken = !plan_is_right(&plan);
            n_broken += found || broken;
            n_missed += broken;
            *o = before;
        }
        end();
    }
    CHECK(n_broken > 100, "only %d plans were broken", n_broken);
    CHECK(n_missed == 0, "%d broken plans passed", n_missed);
}

static void test_no_memory(void) {
    for (long k = 1; k < 200; k++) {
        random_graph(7);
        heap.fail_at = k;
        struct plan plan = {0};
        enum cut_status status = plan_make(&graph, &backend, &plan, &err);
        bool failed = heap.fail_at == 0;
        heap.fail_at = 0;
        CHECK((status == CUT_NO_MEMORY) == failed, "allocation %ld: %d", k,
              (int)status);
        end();
        if (!failed) break;
    }
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak");
}

int main(void) {
    allocator = heap_allocator(&heap);
    test_chain();
    test_views();
    test_concat_in_place();
    test_concat_outer();
    test_concat_copies();
    test_outputs();
    test_skip_is_copied();
    test_random();
    test_checker();
    test_no_memory();
    return check_summary("plan");
}
