#include "graph/proto.h"

struct proto proto_open(const void *bytes, size_t n_bytes) {
    static const uint8_t nothing;
    const uint8_t *at = n_bytes ? bytes : &nothing;
    return (struct proto){.at = at, .end = at + n_bytes};
}

struct proto proto_enter(const struct proto_field *field) {
    return proto_open(field->bytes, field->n_bytes);
}

static bool fail(struct proto *p) {
    p->bad = true;
    return false;
}

static bool get_varint(struct proto *p, uint64_t *value) {
    uint64_t v = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        if (p->at == p->end) return fail(p);
        uint8_t byte = *p->at++;
        if (shift == 63 && byte > 1) return fail(p);
        v |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *value = v;
            return true;
        }
    }
    return fail(p);
}

static bool get_fixed(struct proto *p, size_t n, uint64_t *value) {
    if ((size_t)(p->end - p->at) < n) return fail(p);
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) v |= (uint64_t)p->at[i] << (8 * i);
    p->at += n;
    *value = v;
    return true;
}

bool proto_value(struct proto *values, enum proto_wire wire, uint64_t *value) {
    if (values->bad || values->at == values->end) return false;
    if (wire == PROTO_VARINT) return get_varint(values, value);
    return get_fixed(values, wire == PROTO_I64 ? 8 : 4, value);
}

static bool get_payload(struct proto *p, struct proto_field *field) {
    field->value = 0;
    field->bytes = p->at;
    if (field->wire == PROTO_BYTES) {
        uint64_t n;
        if (!get_varint(p, &n)) return false;
        if (n > (uint64_t)(p->end - p->at)) {
            p->claimed = n;
            return fail(p);
        }
        field->bytes = p->at;
        p->at += n;
    } else {
        bool varint = field->wire == PROTO_VARINT;
        size_t n = field->wire == PROTO_I64 ? 8 : 4;
        if (varint ? !get_varint(p, &field->value)
                   : !get_fixed(p, n, &field->value))
            return false;
    }
    field->n_bytes = (size_t)(p->at - field->bytes);
    return true;
}

bool proto_next(struct proto *p, struct proto_field *field) {
    uint64_t key;
    if (p->bad || p->at == p->end || !get_varint(p, &key)) return false;
    uint64_t wire = key & 7;
    if (key >> 3 == 0 || key > UINT32_MAX || wire == 3 || wire == 4 || wire > 5)
        return fail(p);
    field->number = (uint32_t)(key >> 3);
    field->wire = (enum proto_wire)wire;
    return get_payload(p, field);
}

bool proto_holds(const struct proto_field *field, enum proto_wire wire) {
    return field->wire == wire || field->wire == PROTO_BYTES;
}

size_t proto_count(const struct proto_field *field, enum proto_wire wire,
                   bool *bad) {
    struct proto values = proto_enter(field);
    uint64_t value;
    size_t n = 0;
    if (!proto_holds(field, wire)) values.bad = true;
    while (proto_value(&values, wire, &value)) n++;
    *bad |= values.bad;
    return n;
}

size_t proto_varint_bytes(uint64_t value) {
    size_t n = 1;
    for (; value >= 128; value >>= 7) n++;
    return n;
}

uint8_t *proto_put_varint(uint8_t *to, uint64_t value) {
    for (; value >= 128; value >>= 7) *to++ = (uint8_t)(value | 128);
    *to++ = (uint8_t)value;
    return to;
}
