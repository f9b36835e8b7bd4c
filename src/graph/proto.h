/* Protocol Buffers, the wire format only: a cursor over the fields of one
 * message. Source: protobuf.dev/programming-guides/encoding.
 *
 * Nothing is copied and nothing recurses: a sub-message is another cursor
 * over the payload of its field. Groups (wire types 3 and 4), field number 0,
 * overlong varints and lengths beyond the message make the cursor `bad`. */
#ifndef GRAPH_PROTO_H
#define GRAPH_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum proto_wire {
    PROTO_VARINT = 0,
    PROTO_I64 = 1,
    PROTO_BYTES = 2,
    PROTO_I32 = 5
};

struct proto {
    const uint8_t *at, *end; /* at: where it went bad */
    bool bad;
    uint64_t claimed; /* bytes of a field that do not fit; else 0 */
};

struct proto_field {
    uint32_t number;
    enum proto_wire wire;
    uint64_t value;       /* of a scalar, not sign-extended; 0 for bytes */
    const uint8_t *bytes; /* the payload, whatever the wire type */
    size_t n_bytes;
};

struct proto proto_open(const void *bytes, size_t n_bytes);
/* The payload of a field as a message. */
struct proto proto_enter(const struct proto_field *field);
/* The next field; false at the end or when the message is bad. */
bool proto_next(struct proto *proto, struct proto_field *field);

/* Repeated scalars come packed or one by one; a cursor from proto_enter and
 * proto_value reads both: every scalar in the payload of one field, `wire`
 * being how the schema stores them. False at the end or when bad. */
bool proto_value(struct proto *values, enum proto_wire wire, uint64_t *value);
/* Whether a field may hold scalars stored as `wire`. */
bool proto_holds(const struct proto_field *field, enum proto_wire wire);
/* How many; *bad is set when the payload is malformed. */
size_t proto_count(const struct proto_field *field, enum proto_wire wire,
                   bool *bad);

/* Writing: bytes that a varint takes, and the writing of it. */
size_t proto_varint_bytes(uint64_t value);
uint8_t *proto_put_varint(uint8_t *to, uint64_t value);

#endif
