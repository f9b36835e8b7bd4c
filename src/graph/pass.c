#include "graph/pass.h"

#include "base/half.h"
#include "base/mem.h"
#include "base/status.h"

enum cut_status pass_no_memory(struct cut_error *err) {
    return status_fail(err, CUT_NO_MEMORY, "no memory to rewrite the graph");
}

enum cut_status pass_links(const struct graph *graph, struct arena *arena,
                           struct links *links, struct cut_error *err) {
    enum cut_status status =
        graph_uses(graph, arena, &links->producer, &links->n_uses, err);
    if (status) return status;
    links->n_tensors = graph->n_tensors;
    links->consumer = ARENA_NEW(arena, graph->n_tensors, int);
    if (!links->consumer) return pass_no_memory(err);
    for (int i = 0; i < graph->n_tensors; i++) links->consumer[i] = -1;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = &graph->nodes[i];
        for (int k = 0; k < node->n_inputs && !node->dead; k++)
            if (node->inputs[k] >= 0) links->consumer[node->inputs[k]] = i;
    }
    return CUT_OK;
}

struct tensor *pass_input(const struct graph *graph, const struct node *node,
                          int i) {
    if (i >= node->n_inputs || node->inputs[i] < 0) return NULL;
    return &graph->tensors[node->inputs[i]];
}

bool pass_is_constant(const struct graph *graph, int tensor) {
    return tensor >= 0 && graph->tensors[tensor].data;
}

struct node *pass_only_reader(const struct graph *graph,
                              const struct links *links, int tensor) {
    if (tensor < 0 || links->n_uses[tensor] != 1 || links->consumer[tensor] < 0)
        return NULL;
    return &graph->nodes[links->consumer[tensor]];
}

int pass_other_input(const struct node *node, int tensor) {
    return node->inputs[0] == tensor ? node->inputs[1] : node->inputs[0];
}

bool pass_is_float(const struct tensor *tensor) {
    return tensor->dtype == CUT_F32 || tensor->dtype == CUT_F16 ||
           tensor->dtype == CUT_F64 || tensor->dtype == CUT_BF16;
}

float pass_float(const struct tensor *tensor, int64_t i) {
    size_t item = cut_dtype_bytes(tensor->dtype);
    const char *at = (const char *)tensor->data + (size_t)i * item;
    uint16_t half;
    float single;
    double wide;
    switch (tensor->dtype) {
    case CUT_F16: memcpy(&half, at, sizeof half); return half_to_float(half);
    case CUT_BF16: memcpy(&half, at, sizeof half); return bf16_to_float(half);
    case CUT_F64: memcpy(&wide, at, sizeof wide); return (float)wide;
    default: memcpy(&single, at, sizeof single); return single;
    }
}

float *pass_new_floats(struct graph *graph, const char *name, int rank,
                       const int64_t *dims, int *index) {
    struct tensor tensor = {.name = name, .dtype = CUT_F32, .rank = rank};
    for (int i = 0; i < rank; i++) tensor.dims[i] = dims[i];
    int64_t n = tensor_n_elements(&tensor);
    if (n < 0 || (uint64_t)n > SIZE_MAX / sizeof(float)) return NULL;
    float *data = ARENA_NEW(graph->arena, n, float);
    if (!data) return NULL;
    tensor.data = data;
    tensor.bytes = (size_t)n * sizeof(float);
    *index = graph_add_tensor(graph, &tensor);
    return *index < 0 ? NULL : data;
}

bool pass_widen_inputs(struct graph *graph, struct node *node, int n_inputs) {
    if (node->n_inputs >= n_inputs) return true;
    int *inputs = ARENA_NEW(graph->arena, n_inputs, int);
    if (!inputs) return false;
    for (int i = 0; i < n_inputs; i++)
        inputs[i] = i < node->n_inputs ? node->inputs[i] : -1;
    node->inputs = inputs;
    node->n_inputs = n_inputs;
    return true;
}

void pass_become(struct node *node, enum op op) {
    node->op = op;
    node->op_type = op_name(op);
}

static bool is_used(const struct node *node, const int *n_uses) {
    for (int i = 0; i < node->n_outputs; i++)
        if (node->outputs[i] >= 0 && n_uses[node->outputs[i]] > 0) return true;
    return false;
}

enum cut_status pass_drop_unused(struct graph *graph, struct cut_error *err) {
    struct arena scratch;
    int *producer, *n_uses;
    arena_init(&scratch, graph->arena->allocator);
    enum cut_status status =
        graph_uses(graph, &scratch, &producer, &n_uses, err);
    for (int i = graph->n_nodes; !status && i-- > 0;) {
        struct node *node = &graph->nodes[i];
        if (node->dead || is_used(node, n_uses)) continue;
        node->dead = true;
        for (int k = 0; k < node->n_inputs; k++)
            if (node->inputs[k] >= 0) n_uses[node->inputs[k]]--;
    }
    arena_free(&scratch);
    if (!status) graph_sweep(graph);
    return status;
}

static bool is_weight_slot(const struct node *node, int k) {
    return k == CONV_W &&
           (node->op == OP_CONV || node->op == OP_CONV_TRANSPOSE ||
            node->op == OP_GEMM || node->op == OP_MATMUL);
}

static bool align_constant(struct graph *graph, struct tensor *t) {
    size_t item = cut_dtype_bytes(t->dtype);
    if (!t->data || !item || (uintptr_t)t->data % item == 0) return true;
    void *copy = arena_alloc(graph->arena, t->bytes, 1);
    if (copy) memcpy(copy, t->data, t->bytes);
    if (copy) t->data = copy;
    return copy != NULL;
}

enum cut_status pass_align_constants(struct graph *graph,
                                     struct cut_error *err) {
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = &graph->nodes[i];
        for (int k = 0; k < node->n_inputs && !node->dead; k++)
            if (node->inputs[k] >= 0 && !is_weight_slot(node, k) &&
                !align_constant(graph, &graph->tensors[node->inputs[k]]))
                return pass_no_memory(err);
    }
    return CUT_OK;
}
