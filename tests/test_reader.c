/* The ONNX reader: what it understands, and what it refuses and how it says
 * so. A small model is cut after every byte, and every allocation of reading
 * it fails once: clean errors, no leaks. */
#include <string.h>

#include "base/mem.h"
#include "check.h"
#include "graph/graph.h"
#include "model_state.h"

static enum cut_status read_bytes(const void *bytes, size_t n) {
    arena_free(&arena);
    arena_init(&arena, &allocator);
    memset(&err, 0, sizeof err);
    return onnx_read(bytes, n, &arena, &graph, &err);
}

static enum cut_status read_model(void) {
    onnx_end(&w);
    return read_bytes(w.bytes, w.n_bytes);
}

static void expect_refusal(int line, enum cut_status status,
                           const char *words) {
    enum cut_status got = read_model();
    CHECK(got == status, "line %d: %s: %s", line, cut_status_name(got),
          err.message);
    CHECK(strstr(err.message, words), "line %d: '%s' lacks '%s'", line,
          err.message, words);
}
#define REFUSED(status, words) expect_refusal(__LINE__, status, words)

static const struct tensor *tensor_named(const char *name) {
    for (int i = 0; i < graph.n_tensors; i++)
        if (!strcmp(graph.tensors[i].name, name)) return &graph.tensors[i];
    return NULL;
}

/* ---- What it understands ------------------------------------------------ */

static const float weights[2] = {1.5f, -2};

/* y = Relu(x * w), z = Add(y, c); nodes in the wrong order. */
static void write_small(void) {
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 2, DIMS(-1, 2));
    onnx_input(&w, "w", CUT_F32, 1, DIMS(2));
    onnx_initializer(&w, "w", CUT_F32, 1, DIMS(2), weights, sizeof weights);
    onnx_initializer(&w, "b", CUT_U8, 1, DIMS(8), weights, sizeof weights);
    onnx_node(&w, "Add", "y c", "z");
    onnx_node(&w, "Relu", "m", "y");
    onnx_node(&w, "Mul", "x w", "m");
    onnx_node_name(&w, "product");
    onnx_node(&w, "Constant", "", "c");
    onnx_attr_float(&w, "value_float", 3);
    onnx_output(&w, "z", CUT_F32, 2, DIMS(-1, 2));
}

static void test_small(void) {
    write_small();
    CHECK(read_model() == CUT_OK, "%s", err.message);
    CHECK(graph.n_nodes == 3 && graph.nodes[0].op == OP_MUL &&
              graph.nodes[1].op == OP_RELU && graph.nodes[2].op == OP_ADD,
          "nodes not in order");
    CHECK(!strcmp(graph.nodes[0].name, "product"), "%s", graph.nodes[0].name);
    CHECK(!strcmp(graph.nodes[1].name, "Relu_1"), "%s", graph.nodes[1].name);
    CHECK(graph.n_inputs == 1 && graph.n_outputs == 1, "%d inputs",
          graph.n_inputs);
    CHECK(graph.opset == 13 && graph.ir_version == 8 &&
              !strcmp(graph.producer, "test"),
          "opset %d", (int)graph.opset);
    const struct tensor *x = tensor_named("x"), *c = tensor_named("c");
    CHECK(x && x->rank == 2 && x->dims[0] == -1 && x->dims[1] == 2, "x");
    CHECK(c && c->rank == 0 && c->data && *(const float *)c->data == 3, "c");
    const struct tensor *t = tensor_named("b");
    const unsigned char *data = t ? t->data : NULL;
    CHECK(data >= w.bytes && data < w.bytes + w.n_bytes, "bytes are borrowed");
    t = tensor_named("w");
    CHECK(t && (uintptr_t)t->data % 4 == 0 &&
              !memcmp(t->data, weights, sizeof weights),
          "small floats are aligned");
}

static void test_attributes(void) {
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 4, DIMS(1, 1, 4, 4));
    onnx_node(&w, "Resize", "x - - s", "y");
    onnx_attr_text(&w, "mode", "linear");
    onnx_attr_float(&w, "cubic_coeff_a", -0.5f);
    onnx_attr_int(&w, "antialias", 1);
    onnx_attr_ints(&w, "axes", 2, DIMS(-2, 3));
    onnx_attr_floats(&w, "scales", 2, (float[]){0.5f, 2});
    onnx_initializer(&w, "s", CUT_I64, 1, DIMS(1), DIMS(4), 8);
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    CHECK(read_model() == CUT_OK, "%s", err.message);
    const struct node *node = &graph.nodes[0];
    const struct attr *axes = node_attr(node, "axes");
    const struct attr *scales = node_attr(node, "scales");
    CHECK(node->n_inputs == 4 && node->inputs[1] == -1 && node->inputs[3] >= 0,
          "omitted inputs");
    CHECK(!strcmp(node_attr_string(node, "mode", ""), "linear"), "text");
    CHECK(node_attr_float(node, "cubic_coeff_a", 0) == -0.5f, "float");
    CHECK(node_attr_int(node, "antialias", 0) == 1, "int");
    CHECK(axes && axes->n == 2 && axes->ints[0] == -2 && axes->ints[1] == 3,
          "ints");
    CHECK(scales && scales->n == 2 && scales->floats[1] == 2, "floats");
}

/* A TensorProto whose values stand in a typed field, packed or not. */
static enum cut_status read_typed(struct tensor *t, enum cut_dtype dtype,
                                  unsigned field, const int64_t *values, int n,
                                  bool packed) {
    static struct onnx_buffer b, list;
    b.n = list.n = 0;
    onnx_put_int(&b, 1, n);
    onnx_put_int(&b, 2, dtype);
    for (int i = 0; i < n; i++)
        if (packed)
            onnx_put_varint(&list, (uint64_t)values[i]);
        else
            onnx_put_int(&b, field, values[i]);
    if (packed) onnx_put_bytes(&b, field, list.bytes, list.n);
    arena_free(&arena);
    arena_init(&arena, &allocator);
    return onnx_read_tensor(b.bytes, b.n, &arena, t, &err);
}

static void test_typed_fields(void) {
    struct tensor t;
    for (int packed = 0; packed < 2; packed++) {
        CHECK(!read_typed(&t, CUT_I64, 7, DIMS(-5, 1LL << 40), 2, packed), "%s",
              err.message);
        CHECK(((const int64_t *)t.data)[0] == -5 &&
                  ((const int64_t *)t.data)[1] == 1LL << 40,
              "int64");
        CHECK(!read_typed(&t, CUT_I8, 5, DIMS(-128, 127), 2, packed), "%s",
              err.message);
        CHECK(t.bytes == 2 && ((const int8_t *)t.data)[0] == -128, "int8");
        CHECK(!read_typed(&t, CUT_F16, 5, DIMS(0x3c00, 0xc000), 2, packed),
              "%s", err.message);
        CHECK(((const uint16_t *)t.data)[1] == 0xc000, "float16");
        CHECK(!read_typed(&t, CUT_BOOL, 5, DIMS(0, 7), 2, packed), "%s",
              err.message);
        CHECK(((const uint8_t *)t.data)[1] == 1, "bool");
        CHECK(!read_typed(&t, CUT_U64, 11, DIMS(-1, 0), 2, packed), "%s",
              err.message);
        CHECK(((const uint64_t *)t.data)[0] == UINT64_MAX, "uint64");
    }
    CHECK(read_typed(&t, CUT_U8, 5, DIMS(256), 1, true) == CUT_BAD_MODEL,
          "256 is no uint8");
}

static void test_tensor_files(void) {
    static unsigned char bytes[256];
    float values[6] = {0, 1, 2, 3, 4, -5};
    struct cut_tensor t = {.name = "grey",
                           .dtype = CUT_F32,
                           .rank = 2,
                           .dims = {2, 3},
                           .data = values,
                           .bytes = sizeof values};
    struct cut_tensor back;
    size_t n = cut_tensor_pb_bytes(&t);
    cut_tensor_write_pb(&t, bytes);
    CHECK(!cut_tensor_read_pb(bytes, n, &allocator, &back, &err), "%s",
          err.message);
    CHECK(!strcmp(back.name, "grey") && back.rank == 2 && back.dims[1] == 3 &&
              back.bytes == sizeof values &&
              !memcmp(back.data, values, sizeof values),
          "round trip");
    cut_tensor_release(&allocator, &back);
    for (size_t i = 0; i < n; i++)
        CHECK(cut_tensor_read_pb(bytes, i, &allocator, &back, &err), "%zu", i);
    CHECK(bytes[n] == 0 && n == 2 + 2 + 2 + 6 + 2 + 24, "%zu bytes", n);
}

static void test_empty_dims(void) {
    onnx_begin(&w, 13);
    onnx_initializer(&w, "e", CUT_F32, 2, DIMS(0, 1LL << 62), "", 0);
    onnx_node(&w, "Relu", "e", "y");
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    CHECK(read_model() == CUT_OK, "%s", err.message);
    CHECK(tensor_named("e")->data, "an empty constant is a constant");
}

static void test_unknown_operators(void) {
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 1, DIMS(2));
    onnx_node(&w, "Gelu", "x", "a");
    onnx_node_domain(&w, "com.microsoft");
    onnx_node(&w, "If", "x", "b");
    onnx_put_bytes(&w.node, 5, "\n\001g\062\000\240\001\005", 8);
    onnx_node(&w, "Relu", "x", "c");
    onnx_node_domain(&w, "ai.onnx");
    onnx_output(&w, "a", CUT_F32, -1, NULL);
    CHECK(read_model() == CUT_OK, "%s", err.message);
    CHECK(graph.nodes[0].op == OP_NONE && graph.nodes[1].op == OP_NONE &&
              graph.nodes[2].op == OP_RELU,
          "domains and subgraphs");
}

/* ---- What it refuses ---------------------------------------------------- */

static void begin_relu(void) {
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 1, DIMS(2));
    onnx_node(&w, "Relu", "x", "y");
    onnx_output(&w, "y", CUT_F32, -1, NULL);
}

static void test_structure_faults(void) {
    begin_relu();
    onnx_node(&w, "Abs", "nowhere", "z");
    REFUSED(CUT_BAD_MODEL, "'nowhere'");
    begin_relu();
    onnx_node(&w, "Abs", "x", "y");
    REFUSED(CUT_BAD_MODEL, "made twice");
    begin_relu();
    onnx_node(&w, "Abs", "x", "x");
    REFUSED(CUT_BAD_MODEL, "made twice");
    begin_relu();
    onnx_node(&w, "Add", "x b", "a");
    onnx_node(&w, "Abs", "a", "b");
    REFUSED(CUT_BAD_MODEL, "cycle");
    begin_relu();
    onnx_node(&w, "Abs", "a", "a");
    REFUSED(CUT_BAD_MODEL, "'Abs_1'");
    begin_relu();
    onnx_node(&w, "", "x", "a");
    REFUSED(CUT_BAD_MODEL, "no operator type");
    begin_relu();
    onnx_output(&w, "q", CUT_F32, -1, NULL);
    REFUSED(CUT_BAD_MODEL, "'q'");
    begin_relu();
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    REFUSED(CUT_BAD_MODEL, "twice");
    begin_relu();
    onnx_input(&w, "x", CUT_F32, 1, DIMS(2));
    REFUSED(CUT_BAD_MODEL, "twice");
    begin_relu();
    onnx_put_bytes(&w.graph, 15, "", 0);
    REFUSED(CUT_UNSUPPORTED, "sparse");
}

static void test_version_faults(void) {
    begin_relu();
    w.opset = 0;
    REFUSED(CUT_UNSUPPORTED, "opset 0");
    begin_relu();
    w.opset = 22;
    REFUSED(CUT_UNSUPPORTED, "opset 22");
    begin_relu();
    w.ir_version = 2;
    REFUSED(CUT_UNSUPPORTED, "IR version 2");
}

static void test_tensor_faults(void) {
    static struct onnx_buffer t;
    begin_relu();
    onnx_initializer(&w, "w", CUT_F32, 1, DIMS(3), weights, 8);
    REFUSED(CUT_BAD_MODEL, "12 bytes");
    begin_relu();
    onnx_initializer(&w, "w", CUT_F32, 1, DIMS(-2), weights, 8);
    REFUSED(CUT_BAD_MODEL, "is -2");
    begin_relu();
    onnx_initializer(&w, "w", CUT_F32, 2, DIMS(1LL << 40, 1LL << 40), weights,
                     8);
    REFUSED(CUT_TOO_LARGE, "'w'");
    begin_relu();
    onnx_initializer(&w, "w", CUT_STRING, 1, DIMS(1), "", 0);
    REFUSED(CUT_UNSUPPORTED, "'w'");
    begin_relu();
    onnx_initializer(&w, "w", CUT_F32, 9, DIMS(1, 1, 1, 1, 1, 1, 1, 1, 1),
                     weights, 4);
    REFUSED(CUT_UNSUPPORTED, "dimensions");
    begin_relu();
    onnx_initializer(&w, "", CUT_F32, 1, DIMS(2), weights, 8);
    REFUSED(CUT_BAD_MODEL, "no name");
    begin_relu();
    onnx_initializer(&w, "w", CUT_F32, 1, DIMS(2), weights, 8);
    onnx_initializer(&w, "w", CUT_F32, 1, DIMS(2), weights, 8);
    REFUSED(CUT_BAD_MODEL, "twice");
    begin_relu();
    t.n = 0;
    onnx_put_int(&t, 1, 2);
    onnx_put_int(&t, 2, CUT_F32);
    onnx_put_text(&t, 8, "far");
    onnx_put_int(&t, 14, 1);
    onnx_put_bytes(&w.graph, 5, t.bytes, t.n);
    REFUSED(CUT_UNSUPPORTED, "'far'");
}

/* Every prefix is an error, and so is every model with one byte of a length
 * or a key spoiled, or it still reads; never a crash, never a leak. */
static void test_truncation(void) {
    write_small();
    onnx_end(&w);
    for (size_t i = 0; i < w.n_bytes; i++) {
        CHECK(read_bytes(w.bytes, i) != CUT_OK, "prefix of %zu bytes", i);
        CHECK(err.message[0], "prefix of %zu bytes: no message", i);
    }
    for (size_t i = 0; i < w.n_bytes; i++)
        for (int k = 0; k < 8; k++) {
            w.bytes[i] ^= (unsigned char)(1 << k);
            read_bytes(w.bytes, w.n_bytes);
            w.bytes[i] ^= (unsigned char)(1 << k);
        }
    arena_free(&arena);
    CHECK(heap.n_live == 0, "%d pieces leaked", heap.n_live);
}

static void test_no_memory(void) {
    write_small();
    onnx_end(&w);
    for (long k = 1;; k++) {
        arena_free(&arena);
        heap.fail_at = k;
        enum cut_status status = read_bytes(w.bytes, w.n_bytes);
        bool reached = heap.fail_at == 0;
        heap.fail_at = 0;
        if (!reached) break;
        CHECK(status == CUT_NO_MEMORY, "allocation %ld: %s", k,
              cut_status_name(status));
    }
    arena_free(&arena);
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "%d leaked", heap.n_live);
}

/* Many tiny parts must not take many times the file's size. */
static void test_memory_is_proportional(void) {
    char name[16], before[16] = "x";
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 1, DIMS(2));
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "t%d", i);
        onnx_node(&w, "Abs", before, name);
        memcpy(before, name, sizeof name);
    }
    onnx_output(&w, before, CUT_F32, -1, NULL);
    CHECK(read_model() == CUT_OK, "%s", err.message);
    arena_free(&arena);
    heap.peak_bytes = 0;
    CHECK(read_bytes(w.bytes, w.n_bytes) == CUT_OK, "%s", err.message);
    CHECK(heap.peak_bytes < 64 * w.n_bytes, "%zu bytes for a file of %zu",
          heap.peak_bytes, w.n_bytes);
}

int main(void) {
    allocator = heap_allocator(&heap);
    arena_init(&arena, &allocator);
    test_small();
    test_attributes();
    test_typed_fields();
    test_tensor_files();
    test_empty_dims();
    test_unknown_operators();
    test_structure_faults();
    test_version_faults();
    test_tensor_faults();
    test_truncation();
    test_no_memory();
    test_memory_is_proportional();
    arena_free(&arena);
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "%d leaked", heap.n_live);
    return check_summary("reader");
}
