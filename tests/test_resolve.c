/* Shape inference and parameters: what ONNX's node tests leave out. Older
 * opsets, values that come by hints, folding, and input that means harm. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check.h"
#include "graph/plan.h"
#include "model_state.h"

#define COUNT(...) (int)(sizeof DIMS(__VA_ARGS__) / sizeof(int64_t))
#define INPUT(name, dtype, ...)                                                \
    onnx_input(&w, name, dtype, COUNT(__VA_ARGS__), DIMS(__VA_ARGS__))
#define INTS(name, ...)                                                        \
    onnx_initializer(&w, name, CUT_I64, 1, DIMS(COUNT(__VA_ARGS__)),           \
                     DIMS(__VA_ARGS__), sizeof DIMS(__VA_ARGS__))
#define ATTR(name, ...)                                                        \
    onnx_attr_ints(&w, name, COUNT(__VA_ARGS__), DIMS(__VA_ARGS__))

/* ---- A backend that folds just enough ---------------------------------- */

static int64_t value_at(const struct tensor *t, int64_t i) {
    int64_t value;
    memcpy(&value, (const char *)t->data + 8 * i, 8);
    return value;
}

static enum cut_status stub_evaluate(const struct backend *backend,
                                     const struct graph *g,
                                     const struct node *node,
                                     void *const *outputs,
                                     struct cut_error *e) {
    const struct tensor *x = &g->tensors[node->inputs[0]];
    int64_t *y = outputs[0], n = 0;
    (void)backend, (void)e;
    if (x->dtype != CUT_I64 || x->rank > 1) return CUT_UNSUPPORTED;
    const struct slice_params *p = &node->params.slice;
    switch (node->op) {
    case OP_SLICE:
        n = tensor_n_elements(&g->tensors[node->outputs[0]]);
        for (int64_t i = 0; i < n; i++)
            y[i] = value_at(x, p->start[0] + i * p->step[0]);
        return CUT_OK;
    case OP_CONCAT:
        for (int k = 0; k < node->n_inputs; k++) {
            const struct tensor *part = &g->tensors[node->inputs[k]];
            for (int64_t i = 0; i < tensor_n_elements(part); i++)
                y[n++] = value_at(part, i);
        }
        return CUT_OK;
    default: return CUT_UNSUPPORTED;
    }
}

static const struct backend stub = {.name = "stub", .evaluate = stub_evaluate};

/* ---- Running one model ------------------------------------------------- */

static void begin(int64_t opset) { onnx_begin(&w, opset); }

static enum cut_status read_graph(void) {
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    onnx_end(&w);
    arena_free(&arena);
    arena_init(&arena, &allocator);
    memset(&graph, 0, sizeof graph);
    memset(&err, 0, sizeof err);
    return onnx_read(w.bytes, w.n_bytes, &arena, &graph, &err);
}

static struct tensor *tensor_named(const char *name) {
    for (int i = 0; i < graph.n_tensors; i++)
        if (text_equal(graph.tensors[i].name, name)) return &graph.tensors[i];
    return NULL;
}

static void hint(const char *name, const void *data) {
    struct tensor *t = tensor_named(name);
    if (t) t->hint = data;
}

static enum cut_status resolve(void) {
    return graph_resolve(&graph, &stub, &err);
}

#define EXPECT(...)                                                            \
    do {                                                                       \
        enum cut_status status_ = read_graph();                                \
        if (status_ == CUT_OK) status_ = resolve();                            \
        CHECK(status_ == CUT_OK, "%s", err.message);                           \
        if (status_ == CUT_OK)                                                 \
            check_dims(__LINE__, COUNT(__VA_ARGS__), DIMS(__VA_ARGS__));       \
    } while (0)

static void check_dims(int line, int rank, const int64_t *dims) {
    const struct tensor *y = tensor_named("y");
    CHECK(y->rank == rank, "line %d: rank %d", line, y->rank);
    for (int d = 0; d < rank && d < y->rank; d++)
        CHECK(y->dims[d] == dims[d], "line %d: dims[%d] = %lld", line, d,
              (long long)y->dims[d]);
}

/* The model is refused with that status and words that name the trouble. */
static void expect_refusal(int line, enum cut_status status,
                           const char *words) {
    enum cut_status got = read_graph();
    if (got == CUT_OK) got = resolve();
    CHECK(got == status, "line %d: %s: %s", line, cut_status_name(got),
          err.message);
    CHECK(strstr(err.message, words), "line %d: '%s' lacks '%s'", line,
          err.message, words);
}
#define REFUSED(status, words) expect_refusal(__LINE__, status, words)

#define WINDOW graph.nodes[0].params.conv.window

/* ---- Windows ----------------------------------------------------------- */

static void conv_begin(int64_t opset) {
    static const float weights[2 * 3 * 3 * 3];
    begin(opset);
    INPUT("x", CUT_F32, 1, 3, 17, 20);
    onnx_initializer(&w, "w", CUT_F32, 4, DIMS(2, 3, 3, 3), weights,
                     sizeof weights);
    onnx_node(&w, "Conv", "x w", "y");
    onnx_node_name(&w, "conv");
}

static void test_conv(void) {
    conv_begin(7);
    EXPECT(1, 2, 15, 18);
    conv_begin(11);
    ATTR("strides", 2, 3);
    onnx_attr_text(&w, "auto_pad", "SAME_LOWER");
    EXPECT(1, 2, 9, 7);
    CHECK(WINDOW.pad_begin[0] == 1 && WINDOW.pad_end[0] == 1, "rows");
    CHECK(WINDOW.pad_begin[1] == 1 && WINDOW.pad_end[1] == 0, "columns");
    conv_begin(13);
    ATTR("pads", 1, 2, 3, 4);
    ATTR("dilations", 2, 1);
    EXPECT(1, 2, 17, 24);
    CHECK(WINDOW.kernel[2] == 1 && WINDOW.stride[2] == 1, "unused axis");
}

static void test_conv_hostile(void) {
    conv_begin(13);
    ATTR("strides", 0, 1);
    REFUSED(CUT_BAD_MODEL, "node 'conv' (Conv): attribute 'strides'[0] is 0");
    conv_begin(13);
    ATTR("pads", 0, 0, -1, 0);
    REFUSED(CUT_BAD_MODEL, "'pads'[2] is -1");
    conv_begin(13);
    ATTR("pads", INT64_MAX, 0, INT64_MAX, 0);
    REFUSED(CUT_BAD_MODEL, "'pads'[0] is 9223372036854775807");
    conv_begin(13);
    ATTR("pads", 1LL << 31, 1LL << 31, 1LL << 31, 1LL << 31);
    REFUSED(CUT_TOO_LARGE, "2^40");
    conv_begin(13);
    ATTR("dilations", 9, 1);
    REFUSED(CUT_BAD_MODEL, "window spans 19");
    conv_begin(13);
    ATTR("dilations", 1);
    REFUSED(CUT_BAD_MODEL, "'dilations' has 1 values");
    conv_begin(13);
    ATTR("kernel_shape", 3, 5);
    REFUSED(CUT_BAD_MODEL, "'kernel_shape'[1] is 5");
    conv_begin(13);
    onnx_attr_int(&w, "group", 2);
    REFUSED(CUT_BAD_MODEL, "weights want 6");
    conv_begin(13);
    onnx_attr_int(&w, "group", 0);
    REFUSED(CUT_BAD_MODEL, "'group' is 0");
    conv_begin(13);
    onnx_attr_text(&w, "auto_pad", "SAME");
    REFUSED(CUT_UNSUPPORTED, "'auto_pad' is 'SAME'");
}

/* Slots that only passes may fill. */
static void test_conv_slots(void) {
    static const float vector[2];
    const char *const inputs[] = {"x w - x", "x w - - - b", "x w - - b"};
    const char *const words[] = {"too many inputs (4)", "too many inputs (6)",
                                 "input 1 ('w') has element type float32"};
    const enum cut_status status[] = {CUT_BAD_MODEL, CUT_BAD_MODEL,
                                      CUT_UNSUPPORTED};
    for (int i = 0; i < 3; i++) {
        static const float weights[2 * 3 * 3 * 3];
        begin(13);
        INPUT("x", CUT_F32, 1, 3, 17, 20);
        onnx_initializer(&w, "w", CUT_F32, 4, DIMS(2, 3, 3, 3), weights,
                         sizeof weights);
        onnx_initializer(&w, "b", CUT_F32, 1, DIMS(2), vector, sizeof vector);
        onnx_node(&w, "Conv", inputs[i], "y");
        REFUSED(status[i], words[i]);
    }
}

static void pool_begin(const char *op, int64_t size) {
    begin(19);
    INPUT("x", CUT_F32, 1, 1, size, size);
    onnx_node(&w, op, "x", "y");
    onnx_node_name(&w, "pool");
}

static void test_pool(void) {
    pool_begin("MaxPool", 17);
    ATTR("kernel_shape", 2, 2);
    ATTR("strides", 2, 2);
    onnx_attr_int(&w, "ceil_mode", 1);
    EXPECT(1, 1, 9, 9);
    /* the window that ceil_mode would add starts in the padding: left out */
    pool_begin("AveragePool", 6);
    ATTR("kernel_shape", 2, 2);
    ATTR("strides", 3, 3);
    ATTR("pads", 0, 0, 1, 1);
    onnx_attr_int(&w, "ceil_mode", 1);
    EXPECT(1, 1, 2, 2);
    pool_begin("AveragePool", 6);
    ATTR("kernel_shape", 2, 2);
    ATTR("dilations", 3, 2);
    EXPECT(1, 1, 3, 4);
    pool_begin("MaxPool", 6);
    REFUSED(CUT_BAD_MODEL, "'kernel_shape' is missing");
    pool_begin("MaxPool", 6);
    ATTR("kernel_shape", 0, 2);
    REFUSED(CUT_BAD_MODEL, "'kernel_shape'[0] is 0");
    pool_begin("MaxPool", 6);
    ATTR("kernel_shape", 2, 2);
    ATTR("pads", 0, 2, 0, 0);
    REFUSED(CUT_BAD_MODEL, "'pads' has 2");
}

static void transpose_begin(void) {
    static const float weights[3 * 4 * 3 * 3];
    begin(11);
    INPUT("x", CUT_F32, 1, 3, 5, 6);
    onnx_initializer(&w, "w", CUT_F32, 4, DIMS(3, 4, 3, 3), weights,
                     sizeof weights);
    onnx_node(&w, "ConvTranspose", "x w", "y");
}

static void test_conv_transpose(void) {
    transpose_begin();
    ATTR("strides", 2, 2);
    ATTR("pads", 1, 1, 1, 1);
    ATTR("output_padding", 1, 1);
    EXPECT(1, 4, 10, 12);
    transpose_begin();
    ATTR("strides", 2, 2);
    ATTR("output_shape", 10, 12);
    onnx_attr_text(&w, "auto_pad", "SAME_UPPER");
    EXPECT(1, 4, 10, 12);
    CHECK(WINDOW.pad_begin[0] == 0 && WINDOW.pad_end[0] == 1, "pads");
    transpose_begin();
    ATTR("pads", 9, 9, 9, 9);
    REFUSED(CUT_BAD_MODEL, "leave nothing");
    transpose_begin();
    ATTR("strides", 1LL << 31, 1LL << 31);
    REFUSED(CUT_TOO_LARGE, "2^40");
}

/* ---- Shapes that come as values ---------------------------------------- */

static void test_reshape(void) {
    begin(13);
    INPUT("x", CUT_F32, 2, 3, 4);
    INTS("s", 0, -1);
    onnx_node(&w, "Reshape", "x s", "y");
    EXPECT(2, 12);
    begin(14);
    INPUT("x", CUT_F32, 0, 3, 4);
    INTS("s", 3, 4, 0);
    onnx_node(&w, "Reshape", "x s", "y");
    onnx_attr_int(&w, "allowzero", 1);
    EXPECT(3, 4, 0);
    begin(13);
    INPUT("x", CUT_F32, 2, 3, 4);
    INTS("s", 5, -1);
    onnx_node(&w, "Reshape", "x s", "y");
    REFUSED(CUT_BAD_MODEL, "24 elements do not fit");
    begin(13);
    INPUT("x", CUT_F32, 2, 3, 4);
    INTS("s", -1, -1);
    onnx_node(&w, "Reshape", "x s", "y");
    REFUSED(CUT_BAD_MODEL, "-1 as dimension 1");
    begin(13);
    INPUT("x", CUT_F32, 2, 3, 4);
    INTS("s", 1, 1, 1, 1, 1, 1, 1, 1, 24);
    onnx_node(&w, "Reshape", "x s", "y");
    REFUSED(CUT_TOO_LARGE, "rank 9");
    begin(13);
    INPUT("x", CUT_F32, 2, 3, 4);
    INTS("s", INT64_MAX, INT64_MAX);
    onnx_node(&w, "Reshape", "x s", "y");
    REFUSED(CUT_TOO_LARGE, "too large");
}

/* Resize to the size of another tensor, as IS-Net's exporter writes it. */
static void test_shape_chain(void) {
    begin(15);
    INPUT("x", CUT_F32, 1, 2, 3, 4);
    INPUT("z", CUT_F32, 5, 6, 7, 8);
    INTS("zero", 0);
    INTS("two", 2);
    INTS("end", INT64_MAX);
    onnx_node(&w, "Shape", "x", "a");
    onnx_node(&w, "Slice", "a zero two zero", "b");
    onnx_node(&w, "Shape", "z", "c");
    onnx_node(&w, "Slice", "c two end", "d");
    onnx_node(&w, "Concat", "b d", "e");
    onnx_attr_int(&w, "axis", 0);
    onnx_node(&w, "Resize", "x - - e", "y");
    onnx_attr_text(&w, "mode", "linear");
    EXPECT(1, 2, 7, 8);
    CHECK(graph.n_nodes == 1, "%d nodes are left", graph.n_nodes);
    CHECK(graph.nodes[0].n_inputs == 1, "parameters are no inputs");
    CHECK(graph.nodes[0].params.resize.scale[3] == 2.0f, "scale");
}

static void hinted_begin(void) {
    begin(13);
    INPUT("x", CUT_F32, 2, 3, 4);
    INPUT("s", CUT_I64, 1);
    INTS("six", 6);
    onnx_node(&w, "Concat", "s six", "t");
    onnx_attr_int(&w, "axis", 0);
    onnx_node(&w, "Reshape", "x t", "y");
    onnx_node_name(&w, "shape_it");
}

static void test_hint(void) {
    static const int64_t four = 4;
    hinted_begin();
    REFUSED(CUT_UNSUPPORTED,
            "node 'shape_it' (Reshape): the shape is computed at run time");
    hinted_begin();
    CHECK(read_graph() == CUT_OK, "%s", err.message);
    hint("s", &four);
    CHECK(resolve() == CUT_OK, "%s", err.message);
    check_dims(__LINE__, 2, DIMS(4, 6));
    CHECK(tensor_named("s")->specialised, "the plan relies on s");
    CHECK(!tensor_named("s")->data, "s stays an input");
    CHECK(!tensor_named("x")->specialised, "but not on x");
    begin(13);
    INPUT("x", CUT_F32, 2, 3, 4);
    INPUT("s", CUT_I64, 2);
    onnx_node(&w, "Reshape", "x s", "y");
    REFUSED(CUT_UNSUPPORTED, "input 's' of the model");
}

/* ---- Movement ---------------------------------------------------------- */

static void slice_case(int64_t start, int64_t end, int64_t step) {
    begin(13);
    INPUT("x", CUT_F32, 10, 4);
    INTS("starts", start);
    INTS("ends", end);
    INTS("axes", -2);
    INTS("steps", step);
    onnx_node(&w, "Slice", "x starts ends axes steps", "y");
}

static void test_slice(void) {
    slice_case(-3, INT64_MAX, 1);
    EXPECT(3, 4);
    slice_case(INT64_MAX, INT64_MIN, -3);
    EXPECT(4, 4);
    CHECK(graph.nodes[0].params.slice.start[0] == 9, "start");
    slice_case(0, 10, INT64_MAX);
    EXPECT(1, 4);
    slice_case(9, INT64_MIN, INT64_MIN);
    EXPECT(1, 4);
    slice_case(7, 3, 1);
    EXPECT(0, 4);
    slice_case(0, 1, 0);
    REFUSED(CUT_BAD_MODEL, "'steps'[0] is 0");
    begin(7);
    INPUT("x", CUT_F32, 10, 4);
    onnx_node(&w, "Slice", "x", "y");
    ATTR("starts", 1, -2);
    ATTR("ends", 1000, -1);
    EXPECT(9, 1);
    begin(13);
    INPUT("x", CUT_F32, 10, 4);
    INTS("starts", 0, 0);
    INTS("axes", 1, -1);
    onnx_node(&w, "Slice", "x starts starts axes", "y");
    REFUSED(CUT_BAD_MODEL, "axis 1 appears twice");
}

static void pad_case(const char *mode, int64_t begin_1, int64_t end_1) {
    begin(18);
    INPUT("x", CUT_F32, 2, 5);
    INTS("pads", begin_1, end_1);
    INTS("axes", -1);
    onnx_node(&w, "Pad", "x pads - axes", "y");
    onnx_attr_text(&w, "mode", mode);
}

static void test_pad(void) {
    pad_case("constant", 3, -2);
    EXPECT(2, 6);
    CHECK(graph.nodes[0].params.pad.begin[1] == 3, "begin");
    pad_case("reflect", 4, 4);
    EXPECT(2, 13);
    pad_case("reflect", 5, 0);
    REFUSED(CUT_UNSUPPORTED, "'pads' of 5 and 0");
    pad_case("constant", -6, 6);
    REFUSED(CUT_BAD_MODEL, "crop more");
    pad_case("constant", INT64_MAX, INT64_MAX);
    REFUSED(CUT_TOO_LARGE, "'pads' of axis 1");
    pad_case("mirror", 1, 1);
    REFUSED(CUT_UNSUPPORTED, "'mode' is 'mirror'");
    begin(7);
    INPUT("x", CUT_F32, 2, 5);
    onnx_node(&w, "Pad", "x", "y");
    ATTR("pads", 0, 1, 0, 1);
    onnx_attr_float(&w, "value", 2.5f);
    EXPECT(2, 7);
    CHECK(graph.nodes[0].params.pad.value == 2.5, "value");
}

static void test_split(void) {
    begin(18);
    INPUT("x", CUT_F32, 7, 2);
    onnx_node(&w, "Split", "x", "a b y");
    onnx_attr_int(&w, "num_outputs", 3);
    EXPECT(1, 2);
    begin(13);
    INPUT("x", CUT_F32, 7, 2);
    onnx_node(&w, "Split", "x", "a b y");
    REFUSED(CUT_BAD_MODEL, "7 elements do not split into 3");
    begin(13);
    INPUT("x", CUT_F32, 7, 2);
    INTS("s", 3, 5);
    onnx_node(&w, "Split", "x s", "a y");
    REFUSED(CUT_BAD_MODEL, "'split'[1] is 5 of 7");
    begin(7);
    INPUT("x", CUT_F32, 7, 2);
    onnx_node(&w, "Split", "x", "a y");
    ATTR("split", 3, 4);
    EXPECT(4, 2);
}

static void test_growth(void) {
    begin(13);
    INPUT("x", CUT_F32, 2, 1);
    INTS("s", 1LL << 40, 1, 1);
    onnx_node(&w, "Expand", "x s", "y");
    REFUSED(CUT_TOO_LARGE, "2^40");
    begin(13);
    INPUT("x", CUT_F32, 2, 4);
    INTS("s", INT64_MAX, 1);
    onnx_node(&w, "Tile", "x s", "y");
    REFUSED(CUT_BAD_MODEL, "'repeats'[0]");
    begin(13);
    INTS("s", 1LL << 20, 1LL << 21);
    onnx_node(&w, "ConstantOfShape", "s", "y");
    REFUSED(CUT_TOO_LARGE, "2^40");
    begin(13);
    INTS("s", 0, 1LL << 20, 1LL << 21); /* nothing, but of absurd size */
    onnx_node(&w, "ConstantOfShape", "s", "y");
    REFUSED(CUT_TOO_LARGE, "2^40");
    begin(13);
    INTS("s", -1);
    onnx_node(&w, "ConstantOfShape", "s", "y");
    REFUSED(CUT_BAD_MODEL, "is -1");
}

/* ---- Resize ------------------------------------------------------------ */

static void resize_begin(int64_t opset, const char *inputs, int n,
                         const float *scales) {
    begin(opset);
    INPUT("x", CUT_F32, 1, 2, 5, 7);
    onnx_initializer(&w, "scales", CUT_F32, 1, DIMS(n), scales,
                     (size_t)n * sizeof *scales);
    INTS("sizes", 10, 12);
    onnx_node(&w, "Resize", inputs, "y");
}

static void test_resize(void) {
    const float grow[] = {1, 1, 2, 2}, mixed[] = {1, 1, 2, 0.5f},
                zero[] = {1, 1, 0, 2}, endless[] = {1, 1, 3e38f, 2};
    resize_begin(10, "x scales", 4, grow);
    EXPECT(1, 2, 10, 14);
    CHECK(graph.nodes[0].params.resize.coordinate == RESIZE_ASYMMETRIC &&
              graph.nodes[0].params.resize.nearest == RESIZE_FLOOR,
          "opset 10 has no modes");
    resize_begin(10, "x scales", 4, mixed);
    REFUSED(CUT_UNSUPPORTED, "below opset 11");
    resize_begin(13, "x - scales", 4, mixed);
    EXPECT(1, 2, 10, 3);
    resize_begin(13, "x - scales", 4, zero);
    REFUSED(CUT_BAD_MODEL, "'scales' has 0 for axis 2");
    resize_begin(13, "x - scales", 4, endless);
    REFUSED(CUT_BAD_MODEL, "'scales' has 3e+38");
    resize_begin(13, "x - scales", 3, grow);
    REFUSED(CUT_BAD_MODEL, "'scales' has 3 values; expected 4");
    resize_begin(13, "x", 4, grow);
    REFUSED(CUT_BAD_MODEL, "neither scales nor sizes");
    resize_begin(18, "x - - sizes", 4, grow);
    ATTR("axes", -2, 3);
    EXPECT(1, 2, 10, 12);
    resize_begin(18, "x - - sizes", 4, grow);
    ATTR("axes", 2, 3);
    onnx_attr_text(&w, "keep_aspect_ratio_policy", "not_larger");
    EXPECT(1, 2, 9, 12);
    resize_begin(18, "x - - sizes", 4, grow);
    ATTR("axes", 2, 3);
    onnx_attr_text(&w, "keep_aspect_ratio_policy", "not_smaller");
    EXPECT(1, 2, 10, 14);
    resize_begin(18, "x - - sizes", 4, grow);
    ATTR("axes", 2, 2);
    REFUSED(CUT_BAD_MODEL, "axis 2 appears twice");
    begin(7);
    INPUT("x", CUT_F32, 1, 2, 5, 7);
    onnx_node(&w, "Upsample", "x", "y");
    onnx_attr_floats(&w, "scales", 4, grow);
    EXPECT(1, 2, 10, 14);
}

/* ---- Older forms ------------------------------------------------------- */

static void test_old_opsets(void) {
    begin(11);
    INPUT("x", CUT_F32, 1, 3, 1);
    onnx_node(&w, "Squeeze", "x", "y");
    ATTR("axes", -1);
    EXPECT(1, 3);
    begin(11);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Unsqueeze", "x", "y");
    ATTR("axes", 0, 3);
    EXPECT(1, 3, 4, 1);
    begin(7);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Clip", "x", "y");
    onnx_attr_float(&w, "min", -1);
    EXPECT(3, 4);
    CHECK(graph.nodes[0].params.unary.alpha == -1.0f, "min");
    CHECK(graph.nodes[0].params.unary.beta > 1e38f, "max is open");
    begin(11);
    INPUT("x", CUT_F32, 2, 3, 4);
    onnx_node(&w, "Softmax", "x", "y");
    EXPECT(2, 3, 4);
    CHECK(graph.nodes[0].params.axis.axis == 1, "axis");
    CHECK(graph.nodes[0].params.axis.flatten, "flatten");
    begin(11);
    INPUT("x", CUT_F32, 2, 3, 4);
    onnx_node(&w, "ReduceSum", "x", "y");
    ATTR("axes", -1, 0);
    onnx_attr_int(&w, "keepdims", 0);
    EXPECT(3);
    begin(6);
    INPUT("x", CUT_F32, 3, 4);
    INPUT("z", CUT_F32, 3);
    onnx_node(&w, "Add", "x z", "y");
    onnx_attr_int(&w, "broadcast", 1);
    onnx_attr_int(&w, "axis", 0);
    REFUSED(CUT_UNSUPPORTED, "this form of opset 6");
    begin(22);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Relu", "x", "y");
    REFUSED(CUT_UNSUPPORTED, "opset 22");
}

/* ---- What every node is asked ------------------------------------------ */

static void test_generic_checks(void) {
    begin(13);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Frobnicate", "x", "y");
    REFUSED(CUT_UNSUPPORTED, "(Frobnicate): the operator is not supported");
    begin(13);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Add", "x", "y");
    REFUSED(CUT_BAD_MODEL, "has 1 inputs; expected 2");
    begin(13);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Add", "x -", "y");
    REFUSED(CUT_BAD_MODEL, "input 1 is missing");
    begin(13);
    INPUT("x", CUT_F32, 3, 4);
    INPUT("z", CUT_F32, 3, 5);
    onnx_node(&w, "Add", "x z", "y");
    REFUSED(CUT_BAD_MODEL, "does not broadcast: dimension 1 is 5");
    begin(13);
    INPUT("x", CUT_F32, 3, 4);
    INPUT("z", CUT_I64, 3, 4);
    onnx_node(&w, "Add", "x z", "y");
    REFUSED(CUT_BAD_MODEL, "float32 and int64");
    begin(13);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Relu", "x", "y z");
    REFUSED(CUT_BAD_MODEL, "has 2 outputs");
    begin(13);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Softmax", "x", "y");
    onnx_attr_int(&w, "axis", 2);
    REFUSED(CUT_BAD_MODEL, "'axis' is 2; expected -2 to 1");
    begin(13);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Transpose", "x", "y");
    ATTR("perm", 1, 1);
    REFUSED(CUT_BAD_MODEL, "'perm'[1] is 1");
    begin(13);
    INPUT("x", CUT_F32, 3, -1);
    onnx_node(&w, "Relu", "x", "y");
    REFUSED(CUT_BAD_ARGUMENT, "input 'x': dimension 1 is open");
}

static void test_matmul(void) {
    begin(13);
    INPUT("a", CUT_F32, 2, 1, 3, 4);
    INPUT("b", CUT_F32, 5, 4, 6);
    onnx_node(&w, "MatMul", "a b", "y");
    EXPECT(2, 5, 3, 6);
    begin(13);
    INPUT("a", CUT_F32, 4);
    INPUT("b", CUT_F32, 5, 4, 6);
    onnx_node(&w, "MatMul", "a b", "y");
    EXPECT(5, 6);
    begin(13);
    INPUT("a", CUT_F32, 3, 4);
    INPUT("b", CUT_F32, 4);
    onnx_node(&w, "MatMul", "a b", "y");
    EXPECT(3);
    begin(13);
    INPUT("a", CUT_F32, 3, 4);
    INPUT("b", CUT_F32, 3, 4);
    onnx_node(&w, "MatMul", "a b", "y");
    REFUSED(CUT_BAD_MODEL, "4 columns");
    begin(13);
    INPUT("a", CUT_F32, 3, 4);
    INPUT("b", CUT_F32, 3, 4);
    onnx_node(&w, "Gemm", "a b", "y");
    onnx_attr_int(&w, "transA", 1);
    EXPECT(4, 4);
}

/* ---- Outputs, memory --------------------------------------------------- */

static void test_select(void) {
    begin(13);
    INPUT("x", CUT_F32, 3, 4);
    onnx_node(&w, "Relu", "x", "a");
    onnx_node(&w, "Neg", "a", "y");
    onnx_node(&w, "Abs", "a", "z");
    onnx_output(&w, "z", CUT_F32, -1, NULL);
    CHECK(read_graph() == CUT_OK, "%s", err.message);
    const char *const z = "z", *const twice[] = {"z", "z"}, *const no = "q";
    CHECK(graph_select_outputs(&graph, &no, 1, &err) == CUT_BAD_ARGUMENT &&
              strstr(err.message, "no output 'q'"),
          "%s", err.message);
    CHECK(graph_select_outputs(&graph, twice, 2, &err) == CUT_BAD_ARGUMENT,
          "twice");
    CHECK(graph_select_outputs(&graph, &z, 1, &err) == CUT_OK, "%s",
          err.message);
    CHECK(graph.n_nodes == 2 && graph.n_outputs == 1, "%d nodes",
          graph.n_nodes);
    CHECK(resolve() == CUT_OK, "%s", err.message);
}

/* Allocation failure at every call. */
static void test_no_memory(void) {
    long n = 1;
    for (;; n++) {
        hinted_begin();
        static const int64_t four = 4;
        CHECK(read_graph() == CUT_OK, "%s", err.message);
        hint("s", &four);
        heap.fail_at = n;
        const enum cut_status status = resolve();
        const bool reached = heap.fail_at == 0;
        heap.fail_at = 0;
        if (!reached) {
            CHECK(status == CUT_OK, "%s", err.message);
            break;
        }
        CHECK(status != CUT_OK, "call %ld failed unseen", n);
    }
}

int main(void) {
    allocator = heap_allocator(&heap);
    arena_init(&arena, &allocator);
    test_conv();
    test_conv_hostile();
    test_conv_slots();
    test_pool();
    test_conv_transpose();
    test_reshape();
    test_shape_chain();
    test_hint();
    test_slice();
    test_pad();
    test_split();
    test_growth();
    test_resize();
    test_old_opsets();
    test_generic_checks();
    test_matmul();
    test_select();
    test_no_memory();
    arena_free(&arena);
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "%d leaks", heap.n_live);
    return check_summary("test_resolve");
}
