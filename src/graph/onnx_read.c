/* ModelProto and GraphProto. Two passes over the graph: one counts, so that
 * every array is allocated once and no larger than the file justifies, one
 * reads; inputs of nodes are looked up last, when every tensor is known. */
#include "graph/onnx.h"
#include "base/mem.h"
#include "base/status.h"

enum { OPSET_LOWEST = 1, OPSET_HIGHEST = 21, IR_LOWEST = 3 };

enum {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER_NAME = 2,
    MODEL_GRAPH = 7,
    MODEL_OPSET_IMPORT = 8
};
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum {
    GRAPH_NODE = 1,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    GRAPH_SPARSE_INITIALIZER = 15
};
enum { VALUE_NAME = 1, VALUE_TYPE = 2 };
enum { TYPE_TENSOR = 1 };
enum { TENSOR_TYPE_ELEM = 1, TENSOR_TYPE_SHAPE = 2 };
enum { SHAPE_DIM = 1 };
enum { DIM_VALUE = 1 };

struct counts {
    int n_nodes, n_initializers, n_inputs, n_outputs, n_node_outputs;
};

/* ---- Services ----------------------------------------------------------- */

enum cut_status onnx_malformed(struct onnx_reader *r, const uint8_t *at,
                               const char *what) {
    return status_fail(r->err, CUT_BAD_MODEL,
                       "not a valid ONNX file: %s is malformed at byte %zu",
                       what, (size_t)(at - r->file));
}

enum cut_status onnx_broken(struct onnx_reader *r, const struct proto *message,
                            const char *what) {
    if (!message->claimed) return onnx_malformed(r, message->at, what);
    return status_fail(r->err, CUT_BAD_MODEL,
                       "not a valid ONNX file, or one cut short: at byte %zu "
                       "%s has a field of %llu bytes where %zu are left",
                       (size_t)(message->at - r->file), what,
                       (unsigned long long)message->claimed,
                       (size_t)(message->end - message->at));
}

void *onnx_alloc(struct onnx_reader *r, size_t n, size_t item_bytes) {
    enum { CHUNK = 16384 };
    size_t bytes;
    void *piece = NULL;
    if (!size_mul(n, item_bytes, &bytes) || bytes > SIZE_MAX / 4) {
        bytes = 0;
    } else if (bytes > CHUNK / 8) {
        piece = arena_alloc(r->arena, n, item_bytes);
    } else {
        bytes = (bytes + 7) & ~(size_t)7;
        if (bytes > r->piece_bytes || !r->piece) {
            r->piece = arena_alloc(r->arena, CHUNK, 1);
            r->piece_bytes = r->piece ? CHUNK : 0;
        }
        piece = r->piece;
        if (piece) {
            r->piece += bytes;
            r->piece_bytes -= bytes;
        }
    }
    if (!piece) status_fail(r->err, CUT_NO_MEMORY, "no memory for the model");
    return piece;
}

enum cut_status onnx_text(struct onnx_reader *r,
                          const struct proto_field *field, const char **text) {
    if (field->wire != PROTO_BYTES)
        return onnx_malformed(r, field->bytes, "a text");
    for (size_t i = 0; i < field->n_bytes; i++)
        if (!field->bytes[i])
            return onnx_malformed(r, field->bytes + i,
                                  "a text (it has a zero byte)");
    char *copy = onnx_alloc(r, field->n_bytes + 1, 1);
    if (!copy) return CUT_NO_MEMORY;
    memcpy(copy, field->bytes, field->n_bytes);
    *text = copy;
    return CUT_OK;
}

/* FNV-1a, 32 bits (Fowler, Noll, Vo). */
static size_t hash_text(const void *text, size_t n) {
    const uint8_t *bytes = text;
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < n; i++) hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static bool name_is(const char *name, const void *text, size_t n) {
    const char *t = text;
    for (size_t i = 0; i < n; i++)
        if (!name[i] || name[i] != t[i]) return false;
    return !name[n];
}

/* The slot that holds the name or where it would go. */
static size_t find_slot(const struct onnx_reader *r, const void *text,
                        size_t n) {
    size_t slot = hash_text(text, n) & (r->n_names - 1);
    while (r->names[slot] &&
           !name_is(r->graph->tensors[r->names[slot] - 1].name, text, n))
        slot = (slot + 1) & (r->n_names - 1);
    return slot;
}

int onnx_find(const struct onnx_reader *r, const struct proto_field *name) {
    return r->names[find_slot(r, name->bytes, name->n_bytes)] - 1;
}

enum cut_status onnx_add_tensor(struct onnx_reader *r,
                                const struct tensor *tensor, int *index) {
    *index = graph_add_tensor(r->graph, tensor);
    if (*index < 0)
        return status_fail(r->err, CUT_NO_MEMORY, "no memory for the model");
    const char *name = tensor->name;
    if (name[0]) r->names[find_slot(r, name, text_length(name))] = *index + 1;
    return CUT_OK;
}

/* ---- Inputs and outputs ------------------------------------------------- */

static enum cut_status read_dim(struct onnx_reader *r,
                                const struct proto_field *field,
                                struct tensor *t) {
    struct proto message = proto_enter(field);
    struct proto_field f;
    int64_t dim = -1;
    while (proto_next(&message, &f))
        if (f.number == DIM_VALUE && f.wire == PROTO_VARINT)
            dim = (int64_t)f.value;
    if (message.bad) return onnx_broken(r, &message, "a shape");
    if (t->rank == CUT_MAX_RANK)
        return status_fail(r->err, CUT_UNSUPPORTED,
                           "tensor '%s': more than %d dimensions", t->name,
                           CUT_MAX_RANK);
    if (dim < -1) /* some exporters write -1 for an open dimension */
        return status_fail(r->err, CUT_BAD_MODEL,
                           "tensor '%s': dimension %d is %lld", t->name,
                           t->rank, (long long)dim);
    t->dims[t->rank++] = dim;
    return CUT_OK;
}

static enum cut_status read_shape(struct onnx_reader *r,
                                  const struct proto_field *field,
                                  struct tensor *t) {
    struct proto message = proto_enter(field);
    struct proto_field f;
    enum cut_status status = CUT_OK;
    t->rank = 0;
    while (!status && proto_next(&message, &f))
        if (f.number == SHAPE_DIM) status = read_dim(r, &f, t);
    return message.bad ? onnx_broken(r, &message, "a shape") : status;
}

static enum cut_status read_tensor_type(struct onnx_reader *r,
                                        const struct proto_field *field,
                                        struct tensor *t) {
    struct proto message = proto_enter(field);
    struct proto_field f;
    enum cut_status status = CUT_OK;
    while (!status && proto_next(&message, &f)) {
        if (f.number == TENSOR_TYPE_ELEM)
            t->dtype = f.value <= CUT_BF16 ? (enum cut_dtype)f.value : 0;
        else if (f.number == TENSOR_TYPE_SHAPE)
            status = read_shape(r, &f, t);
    }
    return message.bad ? onnx_broken(r, &message, "a type") : status;
}

/* ValueInfoProto: the name, and type and shape where it is a tensor. */
static enum cut_status read_value(struct onnx_reader *r,
                                  const struct proto_field *field,
                                  struct tensor *t, struct proto_field *name) {
    struct proto message = proto_enter(field);
    struct proto_field f, type = {0};
    enum cut_status status = CUT_OK;
    *t = (struct tensor){.name = "", .rank = -1};
    *name = (struct proto_field){0};
    while (!status && proto_next(&message, &f)) {
        if (f.number == VALUE_NAME)
            *name = f, status = onnx_text(r, &f, &t->name);
        else if (f.number == VALUE_TYPE)
            type = f;
    }
    if (message.bad) return onnx_broken(r, &message, "an input or output");
    message = proto_enter(&type);
    while (!status && proto_next(&message, &f))
        if (f.number == TYPE_TENSOR) status = read_tensor_type(r, &f, t);
    if (status || !message.bad) return status;
    return onnx_broken(r, &message, "a type");
}

static enum cut_status read_input(struct onnx_reader *r,
                                  const struct proto_field *field) {
    struct graph *g = r->graph;
    struct tensor t;
    struct proto_field name;
    enum cut_status status = read_value(r, field, &t, &name);
    if (status) return status;
    if (!name.n_bytes)
        return status_fail(r->err, CUT_BAD_MODEL, "an input has no name");
    int index = onnx_find(r, &name);
    if (index >= 0 && g->tensors[index].data)
        return CUT_OK; /* an initializer, listed as IR 3 wants it */
    if (index >= 0)
        return status_fail(r->err, CUT_BAD_MODEL, "input '%s' is listed twice",
                           t.name);
    if (!t.dtype)
        return status_fail(r->err, CUT_UNSUPPORTED,
                           "input '%s' is not a tensor of a known type",
                           t.name);
    t.is_input = true;
    status = onnx_add_tensor(r, &t, &index);
    g->inputs[g->n_inputs] = index;
    g->n_inputs += !status;
    return status;
}

static enum cut_status read_output(struct onnx_reader *r,
                                   const struct proto_field *field) {
    struct graph *g = r->graph;
    struct tensor declared;
    struct proto_field name;
    enum cut_status status = read_value(r, field, &declared, &name);
    if (status) return status;
    int index = name.n_bytes ? onnx_find(r, &name) : -1;
    if (index < 0)
        return status_fail(r->err, CUT_BAD_MODEL,
                           "nothing makes the output '%s'", declared.name);
    struct tensor *t = &g->tensors[index];
    if (t->is_output)
        return status_fail(r->err, CUT_BAD_MODEL, "output '%s' is listed twice",
                           t->name);
    t->is_output = true;
    if (!t->data && !t->is_input) {
        t->dtype = declared.dtype;
        t->rank = declared.rank;
        memcpy(t->dims, declared.dims, sizeof t->dims);
    }
    g->outputs[g->n_outputs++] = index;
    return CUT_OK;
}

static enum cut_status read_initializer(struct onnx_reader *r,
                                        const struct proto_field *field) {
    struct tensor t;
    enum cut_status status =
        onnx_read_tensor(field->bytes, field->n_bytes, r->arena, &t, r->err);
    if (status) return status;
    if (!t.name[0])
        return status_fail(r->err, CUT_BAD_MODEL, "an initializer has no name");
    size_t slot = find_slot(r, t.name, text_length(t.name));
    if (r->names[slot])
        return status_fail(r->err, CUT_BAD_MODEL,
                           "initializer '%s' is listed twice", t.name);
    int index;
    return onnx_add_tensor(r, &t, &index);
}

/* ---- Graph -------------------------------------------------------------- */

static enum cut_status count_node_outputs(struct onnx_reader *r,
                                          const struct proto_field *field,
                                          int *n) {
    enum { NODE_OUTPUT = 2 };
    struct proto message = proto_enter(field);
    struct proto_field f;
    while (proto_next(&message, &f)) *n += f.number == NODE_OUTPUT;
    return message.bad ? onnx_broken(r, &message, "a node") : CUT_OK;
}

static enum cut_status count_graph(struct onnx_reader *r, struct proto message,
                                   struct counts *c) {
    struct proto_field f;
    enum cut_status status = CUT_OK;
    while (!status && proto_next(&message, &f)) {
        bool ours = f.number == GRAPH_NODE || f.number == GRAPH_INITIALIZER ||
                    f.number == GRAPH_INPUT || f.number == GRAPH_OUTPUT;
        if (ours && f.wire != PROTO_BYTES)
            return onnx_malformed(r, f.bytes, "the graph");
        if (f.number == GRAPH_SPARSE_INITIALIZER)
            return status_fail(r->err, CUT_UNSUPPORTED,
                               "sparse initializers are not supported");
        c->n_initializers += f.number == GRAPH_INITIALIZER;
        c->n_inputs += f.number == GRAPH_INPUT;
        c->n_outputs += f.number == GRAPH_OUTPUT;
        c->n_nodes += f.number == GRAPH_NODE;
        if (f.number == GRAPH_NODE)
            status = count_node_outputs(r, &f, &c->n_node_outputs);
    }
    return message.bad ? onnx_broken(r, &message, "the graph") : status;
}

static enum cut_status make_room(struct onnx_reader *r,
                                 const struct counts *c) {
    struct graph *g = r->graph;
    size_t n_tensors = (size_t)c->n_initializers + (size_t)c->n_inputs +
                       (size_t)c->n_node_outputs;
    r->n_names = 16;
    while (r->n_names < 2 * n_tensors) r->n_names *= 2;
    r->names = ARENA_NEW(r->scratch, r->n_names, int);
    g->tensor_capacity = (int)n_tensors;
    g->tensors = ARENA_NEW(r->arena, n_tensors, struct tensor);
    g->node_capacity = c->n_nodes;
    g->nodes = ARENA_NEW(r->arena, c->n_nodes, struct node);
    g->inputs = ARENA_NEW(r->arena, c->n_inputs, int);
    g->outputs = ARENA_NEW(r->arena, c->n_outputs, int);
    if (!r->names || !g->tensors || !g->nodes || !g->inputs || !g->outputs)
        return status_fail(r->err, CUT_NO_MEMORY, "no memory for the model");
    return CUT_OK;
}

typedef enum cut_status read_field(struct onnx_reader *r,
                                   const struct proto_field *field);

static enum cut_status for_each(struct onnx_reader *r, struct proto message,
                                uint32_t number, read_field *read) {
    struct proto_field f;
    enum cut_status status = CUT_OK;
    while (!status && proto_next(&message, &f))
        if (f.number == number) status = read(r, &f);
    return status;
}

/* Nodes with their outputs, then their inputs. `kept` has the NodeProto of
 * every node that is not a Constant. */
static enum cut_status read_nodes(struct onnx_reader *r, struct proto message,
                                  int n_nodes) {
    struct graph *g = r->graph;
    struct proto_field f;
    struct proto_field *kept =
        ARENA_NEW(r->scratch, n_nodes, struct proto_field);
    enum cut_status status = CUT_OK;
    if (!kept)
        return status_fail(r->err, CUT_NO_MEMORY, "no memory for the model");
    for (int i = 0; !status && proto_next(&message, &f);) {
        if (f.number != GRAPH_NODE) continue;
        kept[g->n_nodes] = f;
        status = onnx_read_node(r, &f, i++);
    }
    for (int i = 0; !status && i < g->n_nodes; i++)
        status = onnx_read_node_inputs(r, &kept[i], &g->nodes[i]);
    return status;
}

static enum cut_status read_graph(struct onnx_reader *r,
                                  const struct proto_field *field) {
    struct proto message = proto_enter(field);
    struct counts counts = {0};
    enum cut_status status = count_graph(r, message, &counts);
    if (!status && !counts.n_outputs)
        status = status_fail(r->err, CUT_BAD_MODEL, "the graph has no outputs");
    if (!status) status = make_room(r, &counts);
    if (!status)
        status = for_each(r, message, GRAPH_INITIALIZER, read_initializer);
    if (!status) status = for_each(r, message, GRAPH_INPUT, read_input);
    if (!status) status = read_nodes(r, message, counts.n_nodes);
    if (!status) status = for_each(r, message, GRAPH_OUTPUT, read_output);
    return status ? status : onnx_sort(r);
}

/* ---- Model -------------------------------------------------------------- */

static enum cut_status read_opset(struct onnx_reader *r,
                                  const struct proto_field *field) {
    struct proto message = proto_enter(field);
    struct proto_field f;
    const char *domain = "";
    int64_t version = 0;
    enum cut_status status = CUT_OK;
    while (!status && proto_next(&message, &f)) {
        if (f.number == OPSET_DOMAIN)
            status = onnx_text(r, &f, &domain);
        else if (f.number == OPSET_VERSION)
            version = (int64_t)f.value;
    }
    if (message.bad) return onnx_broken(r, &message, "an opset");
    if (!status && (!domain[0] || text_equal(domain, "ai.onnx")))
        r->graph->opset = version;
    return status;
}

static enum cut_status check_versions(struct onnx_reader *r) {
    const struct graph *g = r->graph;
    if (g->ir_version < IR_LOWEST)
        return status_fail(r->err, CUT_UNSUPPORTED,
                           "IR version %lld is older than %d",
                           (long long)g->ir_version, IR_LOWEST);
    if (g->opset < OPSET_LOWEST || g->opset > OPSET_HIGHEST)
        return status_fail(r->err, CUT_UNSUPPORTED,
                           "opset %lld is not supported (%d to %d are)",
                           (long long)g->opset, OPSET_LOWEST, OPSET_HIGHEST);
    return CUT_OK;
}

static enum cut_status read_model(struct onnx_reader *r, struct proto message) {
    struct graph *g = r->graph;
    struct proto_field f, graph = {0};
    enum cut_status status = CUT_OK;
    int n_graphs = 0;
    while (!status && proto_next(&message, &f)) {
        if (f.number == MODEL_IR_VERSION && f.wire == PROTO_VARINT)
            g->ir_version = (int64_t)f.value;
        else if (f.number == MODEL_PRODUCER_NAME)
            status = onnx_text(r, &f, &g->producer);
        else if (f.number == MODEL_OPSET_IMPORT)
            status = read_opset(r, &f);
        else if (f.number == MODEL_GRAPH)
            graph = f, n_graphs++;
    }
    if (message.bad) return onnx_broken(r, &message, "the model");
    if (status) return status;
    if (n_graphs != 1)
        return status_fail(r->err, CUT_BAD_MODEL,
                           "not a valid ONNX file: it has %d graphs, not one",
                           n_graphs);
    if (graph.wire != PROTO_BYTES)
        return onnx_malformed(r, graph.bytes, "the graph");
    status = check_versions(r);
    return status ? status : read_graph(r, &graph);
}

enum cut_status onnx_read(const void *bytes, size_t n_bytes,
                          struct arena *arena, struct graph *graph,
                          struct cut_error *err) {
    struct arena scratch;
    struct onnx_reader r = {.file = bytes,
                            .graph = graph,
                            .arena = arena,
                            .scratch = &scratch,
                            .err = err};
    *graph = (struct graph){.arena = arena, .producer = ""};
    if (n_bytes > INT32_MAX)
        return status_fail(err, CUT_TOO_LARGE,
                           "the file has %zu bytes; 2 GB is the limit of ONNX "
                           "without external data",
                           n_bytes);
    arena_init(&scratch, arena->allocator);
    enum cut_status status = read_model(&r, proto_open(bytes, n_bytes));
    arena_free(&scratch);
    return status;
}
