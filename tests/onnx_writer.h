/* Writes small ONNX models in memory, for tests. No library, no checks: a
 * test may ask for nonsense, and gets it.
 *
 *   static struct onnx_writer w;
 *   onnx_begin(&w, 13);                       // opset
 *   onnx_input(&w, "x", CUT_F32, 4, (int64_t[]){1, 3, 8, 8});
 *   onnx_initializer(&w, "w", CUT_F32, 4, (int64_t[]){2, 3, 1, 1}, data, 24);
 *   onnx_node(&w, "Conv", "x w", "y");        // names by spaces; "-": omitted
 *   onnx_attr_ints(&w, "pads", 4, (int64_t[]){1, 1, 1, 1});  // of that node
 *   onnx_output(&w, "y", CUT_F32, -1, NULL);
 *   onnx_end(&w);                             // w.bytes, w.n_bytes
 */
#ifndef TESTS_ONNX_WRITER_H
#define TESTS_ONNX_WRITER_H

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "cutout.h"

#define ONNX_WRITER_BYTES (1 << 16)

struct onnx_buffer {
    unsigned char bytes[ONNX_WRITER_BYTES];
    size_t n;
};

struct onnx_writer {
    struct onnx_buffer graph, node; /* the node that takes attributes */
    unsigned char bytes[ONNX_WRITER_BYTES + 256];
    size_t n_bytes;
    int64_t opset, ir_version;
};

static inline void onnx_put(struct onnx_buffer *b, const void *bytes,
                            size_t n) {
    assert(b->n + n <= sizeof b->bytes);
    if (n) memcpy(b->bytes + b->n, bytes, n);
    b->n += n;
}

static inline void onnx_put_varint(struct onnx_buffer *b, uint64_t value) {
    unsigned char byte;
    for (; value >= 128; value >>= 7) {
        byte = (unsigned char)(value | 128);
        onnx_put(b, &byte, 1);
    }
    byte = (unsigned char)value;
    onnx_put(b, &byte, 1);
}

static inline void onnx_put_int(struct onnx_buffer *b, unsigned field,
                                int64_t value) {
    onnx_put_varint(b, field << 3);
    onnx_put_varint(b, (uint64_t)value);
}

static inline void onnx_put_bytes(struct onnx_buffer *b, unsigned field,
                                  const void *bytes, size_t n) {
    onnx_put_varint(b, field << 3 | 2);
    onnx_put_varint(b, n);
    onnx_put(b, bytes, n);
}

static inline void onnx_put_text(struct onnx_buffer *b, unsigned field,
                                 const char *text) {
    onnx_put_bytes(b, field, text, strlen(text));
}

static inline void onnx_put_float(struct onnx_buffer *b, unsigned field,
                                  float value) {
    onnx_put_varint(b, field << 3 | 5);
    onnx_put(b, &value, sizeof value);
}

/* TensorProto with raw_data into a buffer that starts empty. */
static inline void onnx_put_tensor(struct onnx_buffer *b, const char *name,
                                   enum cut_dtype dtype, int rank,
                                   const int64_t *dims, const void *data,
                                   size_t bytes) {
    for (int i = 0; i < rank; i++) onnx_put_int(b, 1, dims[i]);
    onnx_put_int(b, 2, dtype);
    onnx_put_text(b, 8, name);
    onnx_put_bytes(b, 9, data, bytes);
}

static inline void onnx_begin(struct onnx_writer *w, int64_t opset) {
    w->graph.n = w->node.n = w->n_bytes = 0;
    w->opset = opset;
    w->ir_version = 8;
}

static inline void onnx_flush_node(struct onnx_writer *w) {
    if (w->node.n) onnx_put_bytes(&w->graph, 1, w->node.bytes, w->node.n);
    w->node.n = 0;
}

/* An input (field 11) or output (12); rank -1: no shape, dim -1: open. */
static inline void onnx_value(struct onnx_writer *w, unsigned field,
                              const char *name, enum cut_dtype dtype, int rank,
                              const int64_t *dims) {
    static struct onnx_buffer shape, tensor, type, value;
    shape.n = tensor.n = type.n = value.n = 0;
    for (int i = 0; i < rank; i++) {
        static struct onnx_buffer dim;
        dim.n = 0;
        if (dims[i] == -1)
            onnx_put_text(&dim, 2, "n");
        else
            onnx_put_int(&dim, 1, dims[i]);
        onnx_put_bytes(&shape, 1, dim.bytes, dim.n);
    }
    onnx_put_int(&tensor, 1, dtype);
    if (rank >= 0) onnx_put_bytes(&tensor, 2, shape.bytes, shape.n);
    onnx_put_bytes(&type, 1, tensor.bytes, tensor.n);
    onnx_put_text(&value, 1, name);
    onnx_put_bytes(&value, 2, type.bytes, type.n);
    onnx_flush_node(w);
    onnx_put_bytes(&w->graph, field, value.bytes, value.n);
}

static inline void onnx_input(struct onnx_writer *w, const char *name,
                              enum cut_dtype dtype, int rank,
                              const int64_t *dims) {
    onnx_value(w, 11, name, dtype, rank, dims);
}

static inline void onnx_output(struct onnx_writer *w, const char *name,
                               enum cut_dtype dtype, int rank,
                               const int64_t *dims) {
    onnx_value(w, 12, name, dtype, rank, dims);
}

static inline void onnx_initializer(struct onnx_writer *w, const char *name,
                                    enum cut_dtype dtype, int rank,
                                    const int64_t *dims, const void *data,
                                    size_t bytes) {
    static struct onnx_buffer tensor;
    tensor.n = 0;
    onnx_put_tensor(&tensor, name, dtype, rank, dims, data, bytes);
    onnx_flush_node(w);
    onnx_put_bytes(&w->graph, 5, tensor.bytes, tensor.n);
}

static inline void onnx_put_names(struct onnx_buffer *b, unsigned field,
                                  const char *names) {
    while (*names) {
        size_t n = strcspn(names, " ");
        bool omitted = n == 1 && names[0] == '-';
        onnx_put_bytes(b, field, names, omitted ? 0 : n);
        names += n;
        names += *names == ' ';
    }
}

/* Starts a node; attributes follow until the next node, value or the end. */
static inline void onnx_node(struct onnx_writer *w, const char *op_type,
                             const char *inputs, const char *outputs) {
    onnx_flush_node(w);
    onnx_put_names(&w->node, 1, inputs);
    onnx_put_names(&w->node, 2, outputs);
    onnx_put_text(&w->node, 4, op_type);
}

static inline void onnx_node_name(struct onnx_writer *w, const char *name) {
    onnx_put_text(&w->node, 3, name);
}

static inline void onnx_node_domain(struct onnx_writer *w, const char *domain) {
    onnx_put_text(&w->node, 7, domain);
}

static inline void onnx_attr_int(struct onnx_writer *w, const char *name,
                                 int64_t value) {
    static struct onnx_buffer a;
    a.n = 0;
    onnx_put_text(&a, 1, name);
    onnx_put_int(&a, 3, value);
    onnx_put_int(&a, 20, 2);
    onnx_put_bytes(&w->node, 5, a.bytes, a.n);
}

static inline void onnx_attr_float(struct onnx_writer *w, const char *name,
                                   float value) {
    static struct onnx_buffer a;
    a.n = 0;
    onnx_put_text(&a, 1, name);
    onnx_put_float(&a, 2, value);
    onnx_put_int(&a, 20, 1);
    onnx_put_bytes(&w->node, 5, a.bytes, a.n);
}

static inline void onnx_attr_text(struct onnx_writer *w, const char *name,
                                  const char *value) {
    static struct onnx_buffer a;
    a.n = 0;
    onnx_put_text(&a, 1, name);
    onnx_put_text(&a, 4, value);
    onnx_put_int(&a, 20, 3);
    onnx_put_bytes(&w->node, 5, a.bytes, a.n);
}

static inline void onnx_attr_ints(struct onnx_writer *w, const char *name,
                                  int n, const int64_t *values) {
    static struct onnx_buffer a;
    a.n = 0;
    onnx_put_text(&a, 1, name);
    for (int i = 0; i < n; i++) onnx_put_int(&a, 8, values[i]);
    onnx_put_int(&a, 20, 7);
    onnx_put_bytes(&w->node, 5, a.bytes, a.n);
}

static inline void onnx_attr_floats(struct onnx_writer *w, const char *name,
                                    int n, const float *values) {
    static struct onnx_buffer a;
    a.n = 0;
    onnx_put_text(&a, 1, name);
    onnx_put_bytes(&a, 7, values, (size_t)n * sizeof *values); /* packed */
    onnx_put_int(&a, 20, 6);
    onnx_put_bytes(&w->node, 5, a.bytes, a.n);
}

static inline void onnx_attr_tensor(struct onnx_writer *w, const char *name,
                                    enum cut_dtype dtype, int rank,
                                    const int64_t *dims, const void *data,
                                    size_t bytes) {
    static struct onnx_buffer a, tensor;
    a.n = tensor.n = 0;
    onnx_put_tensor(&tensor, "", dtype, rank, dims, data, bytes);
    onnx_put_text(&a, 1, name);
    onnx_put_bytes(&a, 5, tensor.bytes, tensor.n);
    onnx_put_int(&a, 20, 4);
    onnx_put_bytes(&w->node, 5, a.bytes, a.n);
}

static inline void onnx_end(struct onnx_writer *w) {
    static struct onnx_buffer model, opset;
    model.n = opset.n = 0;
    onnx_flush_node(w);
    onnx_put_int(&opset, 2, w->opset);
    onnx_put_int(&model, 1, w->ir_version);
    onnx_put_text(&model, 2, "test");
    onnx_put_bytes(&model, 8, opset.bytes, opset.n);
    onnx_put_varint(&model, 7 << 3 | 2);
    onnx_put_varint(&model, w->graph.n);
    memcpy(w->bytes, model.bytes, model.n);
    memcpy(w->bytes + model.n, w->graph.bytes, w->graph.n);
    w->n_bytes = model.n + w->graph.n;
}

#endif
