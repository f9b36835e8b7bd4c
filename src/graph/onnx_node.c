/* NodeProto, AttributeProto and the Constant operator. */
#include "graph/onnx.h"
#include "base/mem.h"
#include "base/status.h"

enum {
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OP_TYPE = 4,
    NODE_ATTRIBUTE = 5,
    NODE_DOMAIN = 7
};
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_F = 2,
    ATTRIBUTE_I = 3,
    ATTRIBUTE_S = 4,
    ATTRIBUTE_T = 5,
    ATTRIBUTE_G = 6,
    ATTRIBUTE_FLOATS = 7,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_STRINGS = 9,
    ATTRIBUTE_TYPE = 20
};

static float float_of(uint64_t bits) {
    uint32_t low = (uint32_t)bits;
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}

/* ---- Attributes --------------------------------------------------------- */

/* Decodes a list of floats or ints into one array; `type` says which. */
static enum cut_status read_list(struct onnx_reader *r,
                                 const struct proto_field *attribute,
                                 struct attr *attr) {
    bool ints = attr->type == ATTR_INTS, bad = false;
    uint32_t number = ints ? ATTRIBUTE_INTS : ATTRIBUTE_FLOATS;
    enum proto_wire wire = ints ? PROTO_VARINT : PROTO_I32;
    size_t n = 0, item = ints ? sizeof(int64_t) : sizeof(float);
    struct proto_field f;
    struct proto message = proto_enter(attribute);
    while (proto_next(&message, &f))
        if (f.number == number) n += proto_count(&f, wire, &bad);
    if (bad || n > INT32_MAX)
        return onnx_malformed(r, attribute->bytes, "an attribute's list");
    int64_t *to_ints = onnx_alloc(r, n, item);
    float *to_floats = (float *)to_ints;
    if (!to_ints) return CUT_NO_MEMORY;
    message = proto_enter(attribute);
    n = 0;
    while (proto_next(&message, &f)) {
        struct proto values = proto_enter(&f);
        uint64_t v;
        while (f.number == number && proto_value(&values, wire, &v)) {
            if (ints)
                to_ints[n++] = (int64_t)v;
            else
                to_floats[n++] = float_of(v);
        }
    }
    attr->n = (int)n;
    attr->ints = ints ? to_ints : NULL;
    attr->floats = ints ? NULL : to_floats;
    return CUT_OK;
}

static enum cut_status read_attribute_tensor(struct onnx_reader *r,
                                             const struct proto_field *field,
                                             struct attr *attr) {
    struct tensor tensor;
    enum cut_status status = onnx_read_tensor(field->bytes, field->n_bytes,
                                              r->arena, &tensor, r->err);
    if (status) return status;
    tensor.name = ""; /* attribute tensors are not in the graph's namespace */
    return onnx_add_tensor(r, &tensor, &attr->tensor);
}

/* The wire type that a field of AttributeProto must have. */
static enum proto_wire attribute_wire(uint32_t number) {
    if (number == ATTRIBUTE_F) return PROTO_I32;
    return number == ATTRIBUTE_I || number == ATTRIBUTE_TYPE ? PROTO_VARINT
                                                             : PROTO_BYTES;
}

/* One pass over the fields: scalars, and what type they imply for a file
 * that leaves `type` out (IR below 4 may). */
static enum cut_status read_attribute_fields(struct onnx_reader *r,
                                             const struct proto_field *field,
                                             struct attr *attr,
                                             uint64_t *type) {
    static const unsigned char implied[] = {
        0,           0, ATTR_FLOAT,  ATTR_INT,  ATTR_STRING,
        ATTR_TENSOR, 5, ATTR_FLOATS, ATTR_INTS, ATTR_STRINGS};
    struct proto message = proto_enter(field);
    struct proto_field f;
    enum cut_status status = CUT_OK;
    uint64_t declared = 0;
    while (!status && proto_next(&message, &f)) {
        bool list = f.number == ATTRIBUTE_FLOATS || f.number == ATTRIBUTE_INTS;
        bool known =
            (f.number >= ATTRIBUTE_NAME && f.number <= ATTRIBUTE_STRINGS) ||
            f.number == ATTRIBUTE_TYPE;
        if (known && !list && f.wire != attribute_wire(f.number))
            return onnx_malformed(r, f.bytes, "an attribute");
        if (f.number < COUNT_OF(implied) && implied[f.number])
            *type = implied[f.number];
        if (f.number == ATTRIBUTE_NAME)
            status = onnx_text(r, &f, &attr->name);
        else if (f.number == ATTRIBUTE_S)
            status = onnx_text(r, &f, &attr->s);
        else if (f.number == ATTRIBUTE_F)
            attr->f = float_of(f.value);
        else if (f.number == ATTRIBUTE_I)
            attr->i = (int64_t)f.value;
        else if (f.number == ATTRIBUTE_TYPE)
            declared = f.value;
    }
    if (declared) *type = declared;
    return message.bad ? onnx_broken(r, &message, "an attribute") : status;
}

static enum cut_status read_last_tensor(struct onnx_reader *r,
                                        const struct proto_field *field,
                                        struct attr *attr) {
    struct proto message = proto_enter(field);
    struct proto_field f, last = {0};
    while (proto_next(&message, &f))
        if (f.number == ATTRIBUTE_T) last = f;
    if (!last.bytes)
        return status_fail(r->err, CUT_BAD_MODEL,
                           "attribute '%s': its tensor is missing", attr->name);
    return read_attribute_tensor(r, &last, attr);
}

/* *held tells whether the engine can hold the attribute (not a graph). */
static enum cut_status read_attribute(struct onnx_reader *r,
                                      const struct proto_field *field,
                                      struct attr *attr, bool *held) {
    uint64_t type = 0;
    *attr = (struct attr){.name = "", .s = "", .tensor = -1};
    *held = true;
    enum cut_status status = read_attribute_fields(r, field, attr, &type);
    if (status) return status;
    attr->type = (enum attr_type)type;
    switch (type) {
    case ATTR_TENSOR: return read_last_tensor(r, field, attr);
    case ATTR_FLOATS:
    case ATTR_INTS: return read_list(r, field, attr);
    case ATTR_FLOAT:
    case ATTR_INT:
    case ATTR_STRING:
    case ATTR_STRINGS: return CUT_OK;
    default: *held = false; return CUT_OK;
    }
}

static enum cut_status read_attributes(struct onnx_reader *r,
                                       const struct proto_field *field,
                                       struct node *node) {
    struct proto message = proto_enter(field);
    struct proto_field f;
    struct attr *attrs = onnx_alloc(r, (size_t)node->n_attrs, sizeof *attrs);
    enum cut_status status = attrs ? CUT_OK : CUT_NO_MEMORY;
    int n = 0;
    while (!status && proto_next(&message, &f)) {
        bool held;
        if (f.number != NODE_ATTRIBUTE) continue;
        status = read_attribute(r, &f, &attrs[n], &held);
        if (held)
            n++;
        else
            node->op = OP_NONE;
    }
    node->n_attrs = n;
    node->attrs = attrs;
    return status;
}

/* ---- Constant ----------------------------------------------------------- */

/* The value of a Constant as a tensor; false when it holds no kind of value
 * that the engine has. */
static bool constant_value(const struct onnx_reader *r, const struct node *node,
                           struct tensor *value) {
    for (int i = 0; i < node->n_attrs; i++) {
        const struct attr *a = &node->attrs[i];
        bool ints = a->type == ATTR_INT || a->type == ATTR_INTS;
        bool list = a->type == ATTR_INTS || a->type == ATTR_FLOATS;
        bool number = ints || list || a->type == ATTR_FLOAT;
        if (a->type == ATTR_TENSOR && text_equal(a->name, "value")) {
            *value = r->graph->tensors[a->tensor];
            return true;
        }
        if (!number || (!text_equal(a->name, "value_float") &&
                        !text_equal(a->name, "value_floats") &&
                        !text_equal(a->name, "value_int") &&
                        !text_equal(a->name, "value_ints")))
            continue;
        *value = (struct tensor){.name = ""};
        value->dtype = ints ? CUT_I64 : CUT_F32;
        value->rank = list;
        value->dims[0] = list ? a->n : 0;
        value->bytes =
            (list ? (size_t)a->n : 1) * cut_dtype_bytes(value->dtype);
        value->data = !list ? (ints ? (const void *)&a->i : &a->f)
                            : (ints ? (const void *)a->ints : a->floats);
        return true;
    }
    return false;
}

/* ---- Nodes -------------------------------------------------------------- */

static enum cut_status read_node_fields(struct onnx_reader *r,
                                        const struct proto_field *field,
                                        struct node *node) {
    struct proto message = proto_enter(field);
    struct proto_field f;
    enum cut_status status = CUT_OK;
    if (field->wire != PROTO_BYTES)
        return onnx_malformed(r, field->bytes, "a node");
    while (!status && proto_next(&message, &f)) {
        bool known = f.number <= NODE_DOMAIN;
        if (known && f.wire != PROTO_BYTES)
            return onnx_malformed(r, f.bytes, "a node");
        node->n_inputs += f.number == NODE_INPUT;
        node->n_outputs += f.number == NODE_OUTPUT;
        node->n_attrs += f.number == NODE_ATTRIBUTE;
        if (f.number == NODE_NAME)
            status = onnx_text(r, &f, &node->name);
        else if (f.number == NODE_OP_TYPE)
            status = onnx_text(r, &f, &node->op_type);
        else if (f.number == NODE_DOMAIN)
            status = onnx_text(r, &f, &node->domain);
    }
    return message.bad ? onnx_broken(r, &message, "a node") : status;
}

static enum cut_status name_node(struct onnx_reader *r, struct node *node,
                                 int i) {
    if (node->name[0]) return CUT_OK;
    size_t n = text_length(node->op_type) + 16;
    char *name = onnx_alloc(r, n, 1);
    if (!name) return CUT_NO_MEMORY;
    text_format(name, n, "%s_%d", node->op_type, i);
    node->name = name;
    return CUT_OK;
}

static enum cut_status check_node(struct onnx_reader *r, struct node *node,
                                  int i) {
    if (!node->op_type[0])
        return status_fail(r->err, CUT_BAD_MODEL,
                           "node %d ('%s') has no operator type", i,
                           node->name);
    if (!node->n_outputs)
        return status_fail(r->err, CUT_BAD_MODEL, "node '%s' (%s): no outputs",
                           node->name, node->op_type);
    if (!node->domain[0] || text_equal(node->domain, "ai.onnx"))
        node->op = op_find(node->op_type);
    return CUT_OK;
}

static enum cut_status add_output(struct onnx_reader *r,
                                  const struct node *node,
                                  const struct proto_field *name,
                                  struct tensor *tensor, int *index) {
    *index = -1;
    if (!name->n_bytes) return CUT_OK;
    enum cut_status status = onnx_text(r, name, &tensor->name);
    if (status) return status;
    if (onnx_find(r, name) >= 0)
        return status_fail(r->err, CUT_BAD_MODEL,
                           "node '%s' (%s): tensor '%s' is made twice",
                           node->name, node->op_type, tensor->name);
    return onnx_add_tensor(r, tensor, index);
}

/* Output tensors; `value` is what they hold, or an unknown tensor. */
static enum cut_status add_outputs(struct onnx_reader *r,
                                   const struct proto_field *field,
                                   struct node *node, struct tensor value) {
    struct proto message = proto_enter(field);
    struct proto_field f;
    enum cut_status status = CUT_OK;
    int n = 0;
    node->outputs = onnx_alloc(r, (size_t)node->n_outputs, sizeof(int));
    if (!node->outputs) return CUT_NO_MEMORY;
    while (!status && proto_next(&message, &f))
        if (f.number == NODE_OUTPUT)
            status = add_output(r, node, &f, &value, &node->outputs[n++]);
    return status;
}

enum cut_status onnx_read_node(struct onnx_reader *r,
                               const struct proto_field *field, int i) {
    struct node node = {.name = "", .op_type = "", .domain = ""};
    struct tensor value = {.name = "", .rank = -1};
    enum cut_status status = read_node_fields(r, field, &node);
    if (!status) status = check_node(r, &node, i);
    if (!status) status = name_node(r, &node, i);
    if (!status) status = read_attributes(r, field, &node);
    if (status) return status;
    bool constant = node.op == OP_CONSTANT && node.n_outputs == 1 &&
                    constant_value(r, &node, &value);
    status = add_outputs(r, field, &node, value);
    if (status || constant) return status;
    if (node.op == OP_CONSTANT) node.op = OP_NONE; /* strings, sparse tensors */
    r->graph->nodes[r->graph->n_nodes++] = node;
    return CUT_OK;
}

enum cut_status onnx_read_node_inputs(struct onnx_reader *r,
                                      const struct proto_field *field,
                                      struct node *node) {
    struct proto message = proto_enter(field);
    struct proto_field f;
    int n = 0;
    node->inputs = onnx_alloc(r, (size_t)node->n_inputs, sizeof(int));
    if (!node->inputs) return CUT_NO_MEMORY;
    while (proto_next(&message, &f)) {
        if (f.number != NODE_INPUT) continue;
        const char *name;
        int index = f.n_bytes ? onnx_find(r, &f) : -1;
        node->inputs[n++] = index;
        if (index >= 0 || !f.n_bytes) continue;
        enum cut_status status = onnx_text(r, &f, &name);
        return status ? status
                      : status_fail(r->err, CUT_BAD_MODEL,
                                    "node '%s' (%s): nothing makes its input "
                                    "%d, '%s'",
                                    node->name, node->op_type, n - 1, name);
    }
    return CUT_OK;
}
