/* TensorProto: reading it where it lies, and the public reader and writer of
 * single tensors. Field numbers: onnx.proto, message TensorProto. The element
 * bytes of raw_data and of packed fixed-width fields are little-endian, as
 * are all machines that we build for, so they are borrowed. */
#include "graph/graph.h"
#include "graph/proto.h"
#include "base/mem.h"
#include "base/status.h"

enum {
    FIELD_DIMS = 1,
    FIELD_DATA_TYPE = 2,
    FIELD_SEGMENT = 3,
    FIELD_FLOAT_DATA = 4,
    FIELD_INT32_DATA = 5,
    FIELD_INT64_DATA = 7,
    FIELD_NAME = 8,
    FIELD_RAW_DATA = 9,
    FIELD_DOUBLE_DATA = 10,
    FIELD_UINT64_DATA = 11,
    FIELD_EXTERNAL_DATA = 13,
    FIELD_DATA_LOCATION = 14
};

/* Which typed field carries elements of a dtype, and how. */
struct typed_field {
    uint32_t number;
    enum proto_wire wire;
};

struct parse {
    struct proto message; /* cursor at the start */
    struct arena *arena;
    struct tensor *tensor;
    struct proto_field raw, name;
    bool has_raw, external, segment;
    uint64_t data_type;
    struct cut_error *err;
};

static struct typed_field typed_field(enum cut_dtype dtype) {
    switch (dtype) {
    case CUT_F32: return (struct typed_field){FIELD_FLOAT_DATA, PROTO_I32};
    case CUT_F64: return (struct typed_field){FIELD_DOUBLE_DATA, PROTO_I64};
    case CUT_I64: return (struct typed_field){FIELD_INT64_DATA, PROTO_VARINT};
    case CUT_U32:
    case CUT_U64: return (struct typed_field){FIELD_UINT64_DATA, PROTO_VARINT};
    default: return (struct typed_field){FIELD_INT32_DATA, PROTO_VARINT};
    }
}

static enum cut_status parse_malformed(struct parse *p) {
    return status_fail(p->err, CUT_BAD_MODEL,
                       "tensor '%s': malformed TensorProto",
                       p->tensor->name ? p->tensor->name : "");
}

static enum cut_status parse_name(struct parse *p) {
    const struct proto_field *f = &p->name;
    for (size_t i = 0; i < f->n_bytes; i++)
        if (!f->bytes[i])
            return status_fail(p->err, CUT_BAD_MODEL,
                               "a tensor's name has a zero byte in it");
    p->tensor->name =
        f->n_bytes ? arena_text(p->arena, (const char *)f->bytes, f->n_bytes)
                   : "";
    return p->tensor->name ? CUT_OK
                           : status_fail(p->err, CUT_NO_MEMORY,
                                         "no memory for a tensor's name");
}

static enum cut_status parse_dims(struct parse *p,
                                  const struct proto_field *field) {
    struct proto values = proto_enter(field);
    uint64_t dim;
    if (!proto_holds(field, PROTO_VARINT)) return parse_malformed(p);
    while (proto_value(&values, PROTO_VARINT, &dim)) {
        struct tensor *t = p->tensor;
        if (t->rank == CUT_MAX_RANK)
            return status_fail(p->err, CUT_UNSUPPORTED,
                               "tensor '%s': more than %d dimensions", t->name,
                               CUT_MAX_RANK);
        if ((int64_t)dim < 0)
            return status_fail(p->err, CUT_BAD_MODEL,
                               "tensor '%s': dimension %d is %lld", t->name,
                               t->rank, (long long)dim);
        t->dims[t->rank++] = (int64_t)dim;
    }
    return values.bad ? parse_malformed(p) : CUT_OK;
}

static bool parse_scalar_field(const struct proto_field *f, uint64_t *value) {
    *value = f->value;
    return f->wire == PROTO_VARINT;
}

/* Everything but the elements. The name comes first, for the messages. */
static enum cut_status parse_header(struct parse *p) {
    struct proto message = p->message;
    struct proto_field f;
    uint64_t location = 0;
    bool good = true;
    while (proto_next(&message, &f)) {
        if (f.number == FIELD_DATA_TYPE)
            good &= parse_scalar_field(&f, &p->data_type);
        else if (f.number == FIELD_DATA_LOCATION)
            good &= parse_scalar_field(&f, &location);
        else if (f.number == FIELD_NAME)
            p->name = f, good &= f.wire == PROTO_BYTES;
        else if (f.number == FIELD_RAW_DATA)
            p->raw = f, p->has_raw = true, good &= f.wire == PROTO_BYTES;
        else if (f.number == FIELD_EXTERNAL_DATA)
            p->external = true;
        else if (f.number == FIELD_SEGMENT)
            p->segment = true;
    }
    if (message.bad || !good) return parse_malformed(p);
    p->external |= location != 0;
    enum cut_status status = parse_name(p);
    message = p->message;
    while (!status && proto_next(&message, &f))
        if (f.number == FIELD_DIMS) status = parse_dims(p, &f);
    return status;
}

static enum cut_status check_header(struct parse *p, int64_t *n) {
    struct tensor *t = p->tensor;
    size_t item = p->data_type <= CUT_BF16
                      ? cut_dtype_bytes((enum cut_dtype)p->data_type)
                      : 0;
    if (p->external)
        return status_fail(p->err, CUT_UNSUPPORTED,
                           "tensor '%s': its data lies in another file "
                           "(external data), which is not supported",
                           t->name);
    if (p->segment)
        return status_fail(p->err, CUT_UNSUPPORTED,
                           "tensor '%s': segments are not supported", t->name);
    if (!item)
        return status_fail(p->err, CUT_UNSUPPORTED,
                           "tensor '%s': element type %s (%lld) is not "
                           "supported",
                           t->name,
                           cut_dtype_name((enum cut_dtype)p->data_type),
                           (long long)p->data_type);
    t->dtype = (enum cut_dtype)p->data_type;
    *n = tensor_n_elements(t);
    size_t bytes;
    if (*n < 0 || (uint64_t)*n > SIZE_MAX ||
        !size_mul((size_t)*n, item, &bytes))
        return status_fail(p->err, CUT_TOO_LARGE,
                           "tensor '%s': its dimensions multiply to more "
                           "than memory holds",
                           t->name);
    t->bytes = bytes;
    return CUT_OK;
}

/* Counts the elements of the typed field; remembers a sole packed payload. */
static enum cut_status count_typed(struct parse *p, struct typed_field want,
                                   size_t *n, const uint8_t **sole) {
    struct proto message = p->message;
    struct proto_field f;
    bool bad = false;
    int n_fields = 0;
    *n = 0;
    while (proto_next(&message, &f)) {
        if (f.number != want.number) continue;
        *n += proto_count(&f, want.wire, &bad);
        *sole = n_fields++ ? NULL : f.bytes;
    }
    return bad ? parse_malformed(p) : CUT_OK;
}

/* Range of the integers that a dtype's typed field may carry. */
static bool in_range(enum cut_dtype dtype, uint64_t raw) {
    int64_t v = (int64_t)raw;
    switch (dtype) {
    case CUT_I8: return v >= INT8_MIN && v <= INT8_MAX;
    case CUT_U8: return v >= 0 && v <= UINT8_MAX;
    case CUT_I16: return v >= INT16_MIN && v <= INT16_MAX;
    case CUT_U16:
    case CUT_F16:
    case CUT_BF16: return v >= 0 && v <= UINT16_MAX;
    case CUT_I32: return v >= INT32_MIN && v <= INT32_MAX;
    case CUT_U32: return raw <= UINT32_MAX;
    default: return true;
    }
}

static enum cut_status decode_typed(struct parse *p, struct typed_field want,
                                    uint8_t *to) {
    struct proto message = p->message;
    struct proto_field f;
    enum cut_dtype dtype = p->tensor->dtype;
    size_t item = cut_dtype_bytes(dtype);
    while (proto_next(&message, &f)) {
        if (f.number != want.number) continue;
        struct proto values = proto_enter(&f);
        uint64_t v;
        while (proto_value(&values, want.wire, &v)) {
            if (!in_range(dtype, v))
                return status_fail(p->err, CUT_BAD_MODEL,
                                   "tensor '%s': value %lld does not fit %s",
                                   p->tensor->name, (long long)v,
                                   cut_dtype_name(dtype));
            if (dtype == CUT_BOOL) v = v != 0;
            memcpy(to, &v, item);
            to += item;
        }
    }
    return CUT_OK;
}

/* Borrows the elements, or copies a small tensor that lies across its type's
 * alignment, so that only the readers of large weights must bear that. */
static enum cut_status take_raw(struct parse *p) {
    enum { SMALL_BYTES = 64 * 1024 };
    struct tensor *t = p->tensor;
    const uint8_t *from = p->raw.bytes;
    t->data = from;
    if ((uintptr_t)from % cut_dtype_bytes(t->dtype) == 0 ||
        t->bytes > SMALL_BYTES)
        return CUT_OK;
    void *copy = arena_alloc(p->arena, t->bytes, 1);
    if (!copy)
        return status_fail(p->err, CUT_NO_MEMORY,
                           "tensor '%s': no memory for %zu bytes", t->name,
                           t->bytes);
    memcpy(copy, from, t->bytes);
    t->data = copy;
    return CUT_OK;
}

static enum cut_status parse_typed(struct parse *p, int64_t n) {
    struct tensor *t = p->tensor;
    struct typed_field want = typed_field(t->dtype);
    const uint8_t *sole = NULL;
    size_t n_values;
    enum cut_status status = count_typed(p, want, &n_values, &sole);
    if (status) return status;
    if (n_values != (uint64_t)n)
        return status_fail(p->err, CUT_BAD_MODEL,
                           "tensor '%s': dimensions want %lld elements, "
                           "the file has %zu",
                           t->name, (long long)n, n_values);
    if (sole && want.wire != PROTO_VARINT) {
        p->raw.bytes = sole;
        return take_raw(p);
    }
    uint8_t *to = arena_alloc(p->arena, (size_t)n, cut_dtype_bytes(t->dtype));
    if (!to)
        return status_fail(p->err, CUT_NO_MEMORY,
                           "tensor '%s': no memory for %zu bytes", t->name,
                           t->bytes);
    t->data = to;
    return decode_typed(p, want, to);
}

enum cut_status onnx_read_tensor(const void *bytes, size_t n_bytes,
                                 struct arena *arena, struct tensor *tensor,
                                 struct cut_error *err) {
    int64_t n = 0;
    *tensor = (struct tensor){.name = ""};
    struct parse p = {.message = proto_open(bytes, n_bytes),
                      .arena = arena,
                      .tensor = tensor,
                      .err = err};
    enum cut_status status = parse_header(&p);
    if (!status) status = check_header(&p, &n);
    if (status) return status;
    if (!p.has_raw || (p.raw.n_bytes == 0 && n > 0)) return parse_typed(&p, n);
    if (p.raw.n_bytes != tensor->bytes)
        return status_fail(err, CUT_BAD_MODEL,
                           "tensor '%s': dimensions want %zu bytes, raw_data "
                           "has %zu",
                           tensor->name, tensor->bytes, p.raw.n_bytes);
    return take_raw(&p);
}

/* ---- Public: one tensor in, one tensor out ------------------------------ */

static size_t block_bytes(const struct cut_tensor *tensor) {
    return mem_align(tensor->bytes) + text_length(tensor->name) + 1;
}

static enum cut_status copy_tensor(const struct tensor *t,
                                   const struct cut_allocator *allocator,
                                   struct cut_tensor *out,
                                   struct cut_error *err) {
    struct cut_tensor copy = {
        .name = t->name, .dtype = t->dtype, .rank = t->rank, .bytes = t->bytes};
    memcpy(copy.dims, t->dims, sizeof copy.dims);
    char *block = t->bytes <= SIZE_MAX / 4
                      ? allocator->alloc(allocator->user, block_bytes(&copy))
                      : NULL;
    if (!block)
        return status_fail(err, CUT_NO_MEMORY,
                           "tensor '%s': no memory for %zu bytes", t->name,
                           t->bytes);
    char *name = block + mem_align(t->bytes);
    if (t->bytes) memcpy(block, t->data, t->bytes);
    memcpy(name, t->name, text_length(t->name) + 1);
    copy.data = block;
    copy.name = name;
    *out = copy;
    return CUT_OK;
}

enum cut_status cut_tensor_read_pb(const void *bytes, size_t n_bytes,
                                   const struct cut_allocator *allocator,
                                   struct cut_tensor *out,
                                   struct cut_error *err) {
    struct arena arena;
    struct tensor tensor;
    arena_init(&arena, allocator);
    enum cut_status status =
        onnx_read_tensor(bytes, n_bytes, &arena, &tensor, err);
    if (!status) status = copy_tensor(&tensor, allocator, out, err);
    arena_free(&arena);
    return status;
}

void cut_tensor_release(const struct cut_allocator *allocator,
                        struct cut_tensor *tensor) {
    if (tensor->data)
        allocator->release(allocator->user, tensor->data, block_bytes(tensor));
    *tensor = (struct cut_tensor){0};
}

static size_t name_bytes(const struct cut_tensor *tensor) {
    return tensor->name ? text_length(tensor->name) : 0;
}

size_t cut_tensor_pb_bytes(const struct cut_tensor *tensor) {
    size_t n_name = name_bytes(tensor);
    size_t n = 1 + proto_varint_bytes((uint64_t)tensor->dtype);
    for (int i = 0; i < tensor->rank; i++)
        n += 1 + proto_varint_bytes((uint64_t)tensor->dims[i]);
    if (n_name) n += 1 + proto_varint_bytes(n_name) + n_name;
    return n + 1 + proto_varint_bytes(tensor->bytes) + tensor->bytes;
}

static uint8_t *put_key(uint8_t *to, unsigned number, enum proto_wire wire) {
    return proto_put_varint(to, number << 3 | (unsigned)wire);
}

static uint8_t *put_bytes(uint8_t *to, unsigned number, const void *bytes,
                          size_t n) {
    to = put_key(to, number, PROTO_BYTES);
    to = proto_put_varint(to, n);
    if (n) memcpy(to, bytes, n);
    return to + n;
}

void cut_tensor_write_pb(const struct cut_tensor *tensor, void *bytes) {
    uint8_t *to = bytes;
    for (int i = 0; i < tensor->rank; i++) {
        to = put_key(to, FIELD_DIMS, PROTO_VARINT);
        to = proto_put_varint(to, (uint64_t)tensor->dims[i]);
    }
    to = put_key(to, FIELD_DATA_TYPE, PROTO_VARINT);
    to = proto_put_varint(to, (uint64_t)tensor->dtype);
    if (name_bytes(tensor))
        to = put_bytes(to, FIELD_NAME, tensor->name, name_bytes(tensor));
    put_bytes(to, FIELD_RAW_DATA, tensor->data, tensor->bytes);
}
