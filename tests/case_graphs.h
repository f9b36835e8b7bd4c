/* Every operator case of kernel_cases.h as a graph for the WebGPU backend: with
 * operands in buffers, in the arena, in slices; on devices of several kinds;
 * and what the scalar reference makes of it. The tool that writes them for a
 * real device and the tests without one share this. */
#ifndef TESTS_CASE_GRAPHS_H
#define TESTS_CASE_GRAPHS_H

#include "base/arena.h"
#include "base/mem.h"
#include "case_values.h"
#include "die.h"
#include "gpu/gpu.h"

enum { MAX_PORTS = 64 };
enum shape { ALONE, BETWEEN, SLICES, WIDE, N_SHAPES };
static const char *const shape_names[] = {"alone", "between", "slices", "wide"};

struct device_case {
    const char *name;
    struct gpu_device device;
};
#define LIMITS                                                                 \
    .max_buffer_bytes = 256 << 20, .max_binding_bytes = 128 << 20,             \
    .max_storage_bindings = 8, .max_workgroup_bytes = 16384,                   \
    .max_invocations = 256, .offset_alignment = 256
static const struct device_case devices[] = {
    {"f32", {{LIMITS}, false}},
    {"f32-software", {{LIMITS, .is_cpu = true}, false}},
    {"f32-subgroups", {{LIMITS, .subgroups = true, .subgroup_size = 4}, false}},
    {"f16", {{LIMITS, .shader_f16 = true, .use_f16 = true}, true}},
    {"f16-software",
     {{LIMITS, .shader_f16 = true, .use_f16 = true, .is_cpu = true}, true}},
};

static struct cut_allocator allocator;

/* ---- The graph of a case ----------------------------------------------- */

struct build {
    struct arena arena;
    struct graph graph;
    const struct kernel_case *c;
    enum shape shape;
    const void *values[MAX_PORTS]; /* of the graph's inputs */
};

static size_t tensor_bytes(const struct tensor *t) {
    return (size_t)tensor_n_elements(t) * cut_dtype_bytes(t->dtype);
}

static void *fill(struct build *b, const struct case_view *v, int64_t n) {
    size_t item = cut_dtype_bytes(v->dtype);
    uint8_t *data = arena_alloc(&b->arena, (size_t)n * item + 1, 1);
    if (!data) die("no memory");
    for (int64_t i = 0; i < n; i++)
        put(v->dtype, data + (size_t)i * item, random_value(v));
    return data;
}

static int add_tensor(struct build *b, const struct case_view *v,
                      const char *prefix) {
    char *name = arena_alloc(&b->arena, 16, 1);
    struct tensor t = {.name = name, .dtype = v->dtype, .rank = v->rank};
    memcpy(t.dims, v->dims, sizeof t.dims);
    snprintf(name, 16, "%s%d", prefix, b->graph.n_tensors);
    return graph_add_tensor(&b->graph, &t);
}

static int add_input(struct build *b, const struct case_view *v) {
    int t = add_tensor(b, v, "x");
    struct tensor *tensor = &b->graph.tensors[t];
    tensor->is_input = true;
    b->values[b->graph.n_inputs] = fill(b, v, tensor_n_elements(tensor));
    b->graph.inputs[b->graph.n_inputs++] = t;
    return t;
}

static int add_constant(struct build *b, const struct case_view *v) {
    int t = add_tensor(b, v, "w");
    struct tensor *tensor = &b->graph.tensors[t];
    tensor->data = fill(b, v, tensor_n_elements(tensor));
    tensor->bytes = tensor_bytes(tensor);
    return t;
}

static void add_output(struct build *b, int t) {
    b->graph.tensors[t].is_output = true;
    b->graph.outputs[b->graph.n_outputs++] = t;
}

static struct node *add_node(struct build *b, enum op op, int n, const int *in,
                             int y) {
    struct graph *g = &b->graph;
    struct node *node = graph_insert_node(g, g->n_nodes, op, n, 1);
    if (!node) die("no memory");
    char *name = arena_alloc(&b->arena, 32, 1);
    snprintf(name, 32, "%s_%d", op_name(op), g->n_nodes);
    node->name = name;
    node->op_type = op_name(op);
    memcpy(node->inputs, in, (size_t)n * sizeof *in);
    node->outputs[0] = y;
    return node;
}

/* -x: a copy that no alias can replace. */
static int add_negative(struct build *b, int x) {
    struct tensor t = b->graph.tensors[x];
    struct case_view v = {t.dtype, t.rank, {0}, 0, 0, false};
    memcpy(v.dims, t.dims, sizeof v.dims);
    int y = add_tensor(b, &v, "n");
    add_node(b, OP_NEG, 1, &x, y);
    return y;
}

/* A neighbour of `t` for the Concat: the same but for the last axis. */
static int add_neighbour(struct build *b, int t, int64_t width) {
    struct tensor like = b->graph.tensors[t];
    struct case_view v = {like.dtype, like.rank, {0}, 0, 0, false};
    memcpy(v.dims, like.dims, sizeof v.dims);
    v.dims[v.rank - 1] = width;
    return add_negative(b, add_input(b, &v));
}

/* Makes `t` a slice of a tensor that is an output, negated. */
static void put_in_slice(struct build *b, int t) {
    struct tensor like = b->graph.tensors[t];
    int64_t width = b->shape == WIDE ? 64 : 3;
    struct case_view v = {like.dtype, like.rank, {0}, 0, 0, false};
    int parts[3] = {add_neighbour(b, t, width), t,
                    add_neighbour(b, t, b->shape == WIDE ? 4 : 5)};
    memcpy(v.dims, like.dims, sizeof v.dims);
    v.dims[v.rank - 1] += width + (b->shape == WIDE ? 4 : 5);
    int whole = add_tensor(b, &v, "c");
    add_node(b, OP_CONCAT, 3, parts, whole)->params.axis.axis = v.rank - 1;
    add_output(b, add_negative(b, whole));
}

static bool movable(const struct case_view *v) {
    return (v->dtype == CUT_F32 || v->dtype == CUT_F16) && v->rank > 0;
}

static int add_operand(struct build *b, const struct case_view *v) {
    if (!v->dtype) return -1;
    if (v->constant) return add_constant(b, v);
    if (b->shape == ALONE || !movable(v)) return add_input(b, v);
    struct case_view mirrored = *v; /* the operand keeps the case's range */
    mirrored.lo = -v->hi;
    mirrored.hi = -v->lo;
    return add_negative(b, add_input(b, &mirrored));
}

static void add_case(struct build *b) {
    const struct kernel_case *c = b->c;
    int in[CASE_INPUTS], n_in = 0, n_out = 0;
    for (int i = 0; i < CASE_INPUTS; i++)
        if (c->in[i].dtype) n_in = i + 1;
    for (int i = 0; i < n_in; i++) in[i] = add_operand(b, &c->in[i]);
    while (n_out < 2 && c->out[n_out].dtype) n_out++;
    struct node *node =
        graph_insert_node(&b->graph, b->graph.n_nodes, c->op, n_in, n_out);
    if (!node) die("no memory");
    node->name = c->name;
    node->op_type = op_name(c->op);
    node->params = c->params;
    memcpy(node->inputs, in, (size_t)n_in * sizeof *in);
    int at = b->graph.n_nodes - 1;
    for (int i = 0; i < n_out; i++) {
        int y = add_tensor(b, &c->out[i], "y");
        b->graph.nodes[at].outputs[i] = y;
        if (b->shape == ALONE || !movable(&c->out[i]))
            add_output(b, y);
        else if (b->shape == BETWEEN)
            add_output(b, add_negative(b, y));
        else
            put_in_slice(b, y);
    }
    for (int i = 0; b->shape >= SLICES && i < n_in; i++)
        if (in[i] >= 0 && movable(&c->in[i]) && !c->in[i].constant)
            put_in_slice(b, in[i]);
}

static void build_graph(struct build *b, const struct kernel_case *c,
                        enum shape shape) {
    b->c = c;
    b->shape = shape;
    arena_init(&b->arena, &allocator);
    b->graph = (struct graph){.arena = &b->arena, .opset = 17, .producer = ""};
    b->graph.inputs = ARENA_NEW(&b->arena, MAX_PORTS, int);
    b->graph.outputs = ARENA_NEW(&b->arena, MAX_PORTS, int);
    random_state = 1;
    add_case(b);
}

/* ---- The reference ----------------------------------------------------- */

/* Every node by the scalar reference, into data of the tensors. */
static void evaluate(struct build *b, const struct backend *cpu) {
    struct graph *g = &b->graph;
    struct cut_error err;
    for (int i = 0; i < g->n_inputs; i++)
        g->tensors[g->inputs[i]].data = b->values[i];
    for (int k = 0; k < g->n_nodes; k++) {
        void *outputs[MAX_PORTS] = {0};
        const struct node *node = &g->nodes[k];
        if (node->dead) continue;
        for (int i = 0; i < node->n_outputs; i++) {
            struct tensor *t = &g->tensors[node->outputs[i]];
            outputs[i] = arena_alloc(&b->arena, tensor_bytes(t) + 64, 1);
            if (!outputs[i]) die("no memory");
        }
        if (cpu->evaluate(cpu, g, node, outputs, &err)) die(err.message);
        for (int i = 0; i < node->n_outputs; i++)
            g->tensors[node->outputs[i]].data = outputs[i];
    }
}

/* ---- Its list ---------------------------------------------------------- */

static enum cut_status make_list(struct build *b, struct gpu_device *d,
                                 const struct backend *cpu, struct plan *plan,
                                 struct gpu_list *list, struct cut_error *err) {
    struct backend gpu;
    enum cut_status status = CUT_OK;
    if (d->f16) status = gpu_narrow(&b->graph, err);
    gpu_backend(d, cpu, &gpu);
    if (!status) status = plan_make(&b->graph, &gpu, plan, err);
    if (!status) status = plan_check(plan, err);
    if (!status) status = gpu_list_make(plan, d, &b->arena, list, err);
    if (!status) status = gpu_list_check(list, err);
    return status;
}

static bool shape_applies(const struct kernel_case *c, enum shape shape) {
    int64_t n = 1;
    if (shape == ALONE) return true;
    for (int i = 0; i < c->in[0].rank; i++) n *= c->in[0].dims[i];
    return movable(&c->in[0]) && n < 20000;
}

#endif
