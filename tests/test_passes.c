/* What the passes make of small graphs, by structure; and that a rewritten
 * graph computes the same: random graphs are run twice, once for the last
 * output alone (everything fused and laid out) and once with every tensor an
 * output (nothing fused, every layout seen). */
#include <math.h>
#include <string.h>

#include "base/half.h"
#include "base/mem.h"
#include "check.h"
#include "graph/plan.h"
#include "model_state.h"

static const float floats[256];
static const unsigned char bytes[256];

static enum cut_status no_folding(const struct backend *backend,
                                  const struct graph *g,
                                  const struct node *node, void *const *outputs,
                                  struct cut_error *e) {
    (void)backend, (void)g, (void)node, (void)outputs, (void)e;
    return CUT_UNSUPPORTED;
}
static const struct backend stub = {.name = "stub", .evaluate = no_folding};

/* Reads the model and runs the passes as a session does. */
static void compile(void) {
    onnx_end(&w);
    arena_free(&arena);
    arena_init(&arena, &allocator);
    memset(&err, 0, sizeof err);
    enum cut_status status =
        onnx_read(w.bytes, w.n_bytes, &arena, &graph, &err);
    if (!status) status = pass_dequantize(&graph, &err);
    if (!status) status = graph_resolve(&graph, &stub, &err);
    if (!status) status = pass_widen(&graph, &err);
    if (!status) status = pass_fuse(&graph, &err);
    if (!status) status = pass_layout(&graph, &err);
    CHECK(status == CUT_OK, "%s", err.message);
}

/* The operators of the live nodes, in order, by spaces. */
static const char *operators(void) {
    static char text[1000];
    text[0] = 0;
    for (int i = 0; i < graph.n_nodes; i++) {
        if (graph.nodes[i].dead) continue;
        if (text[0]) strcat(text, " ");
        strcat(text, op_name(graph.nodes[i].op));
    }
    return text;
}

#define EXPECT(names)                                                          \
    do {                                                                       \
        compile();                                                             \
        CHECK(!strcmp(operators(), names), "got '%s'", operators());           \
    } while (0)

static const struct node *node_of(enum op op) {
    for (int i = 0; i < graph.n_nodes; i++)
        if (!graph.nodes[i].dead && graph.nodes[i].op == op)
            return &graph.nodes[i];
    static const struct node none;
    return &none;
}

static const struct tensor *slot(const struct node *node, int i) {
    if (i >= node->n_inputs || node->inputs[i] < 0) return NULL;
    return &graph.tensors[node->inputs[i]];
}

static void input(int64_t n, int64_t c, int64_t h, int64_t width) {
    onnx_input(&w, "x", CUT_F32, 4, DIMS(n, c, h, width));
}

static void constant(const char *name, enum cut_dtype dtype, int rank,
                     const int64_t *dims, const void *data) {
    int64_t n = 1;
    for (int i = 0; i < rank; i++) n *= dims[i];
    onnx_initializer(&w, name, dtype, rank, dims, data,
                     (size_t)n * cut_dtype_bytes(dtype));
}

/* A 1x1 Conv from `from` to `to`, 4 channels to 4. */
static void conv(const char *from, const char *weights, const char *to) {
    char inputs[64];
    snprintf(inputs, sizeof inputs, "%s %s", from, weights);
    onnx_node(&w, "Conv", inputs, to);
}

static void begin_conv(enum cut_dtype dtype, const void *data) {
    onnx_begin(&w, 13);
    input(1, 4, 6, 6);
    constant("w", dtype, 4, DIMS(4, 4, 1, 1), data);
    conv("x", "w", "c");
}

static void output(const char *name) {
    onnx_output(&w, name, CUT_F32, -1, NULL);
}

/* ---- Dynamic quantisation ----------------------------------------------- */

static void begin_quantised(void) {
    onnx_begin(&w, 13);
    input(1, 4, 6, 6);
    constant("w", CUT_U8, 4, DIMS(8, 4, 1, 1), bytes);
    constant("wz", CUT_U8, 0, NULL, bytes);
    constant("ws", CUT_F32, 0, NULL, floats);
    constant("bias", CUT_F32, 1, DIMS(8), floats);
    constant("shape", CUT_I64, 1, DIMS(4), DIMS(1, -1, 1, 1));
    onnx_node(&w, "DynamicQuantizeLinear", "x", "xq xs xz");
    onnx_node(&w, "ConvInteger", "xq w xz wz", "ci");
    onnx_node(&w, "Cast", "ci", "cf");
    onnx_attr_int(&w, "to", CUT_F32);
}

static void check_quantised(bool biased) {
    const struct node *node = node_of(OP_CONV);
    CHECK(node->n_inputs == CONV_SLOTS, "%d inputs", node->n_inputs);
    if (node->n_inputs != CONV_SLOTS) return;
    const struct tensor *scale = slot(node, CONV_W_SCALE);
    const struct tensor *zero = slot(node, CONV_W_ZERO);
    CHECK(slot(node, CONV_W)->dtype == CUT_U8, "weights as stored");
    CHECK(scale && scale->dtype == CUT_F32 && zero && zero->dtype == CUT_U8,
          "scale and zero");
    CHECK(!biased == !slot(node, CONV_BIAS), "bias");
}

static void test_dequantize(void) {
    begin_quantised();
    onnx_node(&w, "Reshape", "bias shape", "b4");
    onnx_node(&w, "Mul", "ws xs", "s");
    onnx_node(&w, "Mul", "s cf", "m");
    onnx_node(&w, "Add", "b4 m", "y");
    output("y");
    EXPECT("Transpose Conv Transpose");
    check_quantised(true);
    begin_quantised();
    onnx_node(&w, "Mul", "cf xs", "m1");
    onnx_node(&w, "Mul", "ws m1", "m");
    onnx_node(&w, "Relu", "m", "y");
    output("y");
    EXPECT("Transpose Conv Transpose");
    check_quantised(false);
    CHECK(node_of(OP_CONV)->params.conv.activation == ACT_RELU, "activation");
}

/* The integers are an output, or the scale belongs to another quantisation:
 * hands off. */
static void test_dequantize_refrains(void) {
    begin_quantised();
    onnx_node(&w, "Mul", "ws xs", "s");
    onnx_node(&w, "Mul", "s cf", "y");
    output("y");
    onnx_output(&w, "ci", CUT_I32, -1, NULL);
    compile();
    CHECK(node_of(OP_CONV_INTEGER)->op, "%s", operators());
    begin_quantised();
    onnx_node(&w, "Abs", "x", "a");
    onnx_node(&w, "DynamicQuantizeLinear", "a", "aq as az");
    onnx_node(&w, "Mul", "ws as", "s");
    onnx_node(&w, "Mul", "s cf", "y");
    output("y");
    compile();
    CHECK(node_of(OP_CONV_INTEGER)->op, "%s", operators());
}

static void test_dequantize_matmul(void) {
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 2, DIMS(3, 4));
    constant("w", CUT_I8, 2, DIMS(4, 5), bytes);
    constant("ws", CUT_F32, 1, DIMS(5), floats);
    constant("bias", CUT_F32, 1, DIMS(5), floats);
    onnx_node(&w, "DynamicQuantizeLinear", "x", "xq xs xz");
    onnx_node(&w, "MatMulInteger", "xq w xz", "ci");
    onnx_node(&w, "Cast", "ci", "cf");
    onnx_attr_int(&w, "to", CUT_F32);
    onnx_node(&w, "Mul", "ws xs", "s");
    onnx_node(&w, "Mul", "s cf", "m");
    onnx_node(&w, "Add", "m bias", "y");
    output("y");
    EXPECT("MatMul");
    const struct node *node = node_of(OP_MATMUL);
    CHECK(slot(node, CONV_BIAS) && slot(node, CONV_W_SCALE) &&
              !slot(node, CONV_W_ZERO),
          "slots");
}

/* ---- Halves ------------------------------------------------------------- */

static void test_widen(void) {
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F16, 4, DIMS(1, 4, 6, 6));
    constant("w", CUT_F16, 4, DIMS(4, 4, 1, 1), floats);
    constant("a", CUT_F16, 4, DIMS(1, 1, 6, 6), floats);
    conv("x", "w", "c");
    onnx_node(&w, "Cast", "c", "c32");
    onnx_attr_int(&w, "to", CUT_F32);
    onnx_node(&w, "Cast", "c32", "c16");
    onnx_attr_int(&w, "to", CUT_F16);
    onnx_node(&w, "Mul", "c16 a", "y");
    onnx_output(&w, "y", CUT_F16, -1, NULL);
    EXPECT("Cast Transpose Conv Mul Cast Transpose");
    CHECK(slot(node_of(OP_CONV), CONV_W)->dtype == CUT_F16, "weights stay");
    CHECK(slot(node_of(OP_MUL), 0)->dtype == CUT_F32 &&
              slot(node_of(OP_MUL), 1)->dtype == CUT_F32,
          "the rest is f32");
    CHECK(graph.tensors[graph.outputs[0]].dtype == CUT_F16, "output stays");
}

/* f16 weights that the file casts to f32 are read as stored. */
static void test_weight_cast(void) {
    onnx_begin(&w, 13);
    input(1, 4, 6, 6);
    constant("h", CUT_F16, 4, DIMS(4, 4, 1, 1), floats);
    onnx_node(&w, "Cast", "h", "w");
    onnx_attr_int(&w, "to", CUT_F32);
    conv("x", "w", "y");
    output("y");
    EXPECT("Transpose Conv Transpose");
    CHECK(slot(node_of(OP_CONV), CONV_W)->dtype == CUT_F16, "as stored");
}

/* ---- Fusion ------------------------------------------------------------- */

static void test_fuse_order(void) {
    begin_conv(CUT_F32, floats);
    onnx_node(&w, "Relu", "c", "r");
    onnx_node(&w, "Add", "r x", "y");
    output("y");
    EXPECT("Transpose Conv Transpose");
    CHECK(node_of(OP_CONV)->params.conv.residual_after_activation &&
              slot(node_of(OP_CONV), CONV_RESIDUAL),
          "relu(conv) + x");
    begin_conv(CUT_F32, floats);
    onnx_node(&w, "Add", "x c", "a");
    onnx_node(&w, "Relu", "a", "y");
    output("y");
    EXPECT("Transpose Conv Transpose");
    CHECK(!node_of(OP_CONV)->params.conv.residual_after_activation &&
              node_of(OP_CONV)->params.conv.activation == ACT_RELU &&
              slot(node_of(OP_CONV), CONV_RESIDUAL),
          "relu(conv + x)");
    begin_conv(CUT_F32, floats);
    onnx_node(&w, "Relu", "c", "r");
    onnx_node(&w, "Add", "r x", "a");
    onnx_node(&w, "Relu", "a", "y");
    output("y");
    EXPECT("Transpose Conv Relu Transpose");
}

/* The other operand is made after the Conv, which therefore moves. */
static void test_fuse_moves(void) {
    begin_conv(CUT_F32, floats);
    onnx_node(&w, "Abs", "x", "late");
    onnx_node(&w, "Add", "c late", "y");
    output("y");
    EXPECT("Abs Transpose Transpose Conv Transpose");
    begin_conv(CUT_F32, floats);
    conv("x", "w", "d");
    onnx_node(&w, "Add", "c d", "y");
    output("y");
    EXPECT("Transpose Conv Conv Transpose");
}

static void test_fuse_refrains(void) {
    begin_conv(CUT_F32, floats);
    onnx_node(&w, "Relu", "c", "y");
    output("y");
    output("c"); /* wanted as it is */
    EXPECT("Transpose Conv Transpose Relu Transpose");
    begin_conv(CUT_F32, floats);
    onnx_node(&w, "Relu", "c", "r");
    onnx_node(&w, "Mul", "r c", "y"); /* read twice */
    output("y");
    EXPECT("Transpose Conv Relu Mul Transpose");
}

static const float two[4] = {2, 2, 2, 2}, four[4] = {4, 4, 4, 4};
static const float ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

/* BatchNormalization with scale 2, offset 1, mean 4, variance 4 is x - 3. */
static void fold_batch_norm(enum cut_dtype dtype, const void *data) {
    begin_conv(dtype, data);
    constant("scale", CUT_F32, 1, DIMS(4), two);
    constant("offset", CUT_F32, 1, DIMS(4), ones);
    constant("mean", CUT_F32, 1, DIMS(4), four);
    constant("k", CUT_F32, 3, DIMS(4, 1, 1), four);
    onnx_node(&w, "BatchNormalization", "c scale offset mean mean", "n");
    onnx_attr_float(&w, "epsilon", 0);
    onnx_node(&w, "Mul", "k n", "m");
    onnx_node(&w, "Relu", "m", "y");
    output("y");
}

static float value_of(const struct tensor *t, int i) {
    float value = 0;
    if (t && t->data && t->dtype == CUT_F32)
        memcpy(&value, (const char *)t->data + 4 * i, 4);
    return value;
}

static void test_fold(void) {
    uint16_t halves[16];
    for (int i = 0; i < 16; i++) halves[i] = half_from_float(1);
    fold_batch_norm(CUT_F32, ones);
    EXPECT("Transpose Conv Transpose");
    const struct node *node = node_of(OP_CONV);
    CHECK(value_of(slot(node, CONV_W), 5) == 4, "w * 4");
    CHECK(value_of(slot(node, CONV_BIAS), 3) == -12, "(b - 3) * 4");
    CHECK(!slot(node, CONV_W_SCALE), "no scale");
    onnx_begin(&w, 13);
    input(1, 4, 6, 6);
    constant("w", CUT_F16, 4, DIMS(4, 4, 1, 1), halves);
    constant("k", CUT_F32, 3, DIMS(4, 1, 1), four);
    onnx_node(&w, "Cast", "w", "w32");
    onnx_attr_int(&w, "to", CUT_F32);
    conv("x", "w32", "c");
    onnx_node(&w, "Mul", "k c", "y");
    output("y");
    EXPECT("Transpose Conv Transpose");
    node = node_of(OP_CONV);
    CHECK(slot(node, CONV_W)->dtype == CUT_F16 &&
              value_of(slot(node, CONV_W_SCALE), 2) == 4,
          "the factor goes into the scale");
}

static void test_fuse_pad(void) {
    onnx_begin(&w, 10);
    input(1, 4, 6, 6);
    constant("w", CUT_F32, 4, DIMS(4, 4, 3, 3), floats);
    onnx_node(&w, "Pad", "x", "p");
    onnx_attr_ints(&w, "pads", 8, DIMS(0, 0, 1, 2, 0, 0, 3, 4));
    conv("p", "w", "y");
    onnx_attr_ints(&w, "pads", 4, DIMS(1, 1, 1, 1));
    output("y");
    EXPECT("Transpose Conv Transpose");
    const struct window *window = &node_of(OP_CONV)->params.conv.window;
    CHECK(window->pad_begin[0] == 2 && window->pad_begin[1] == 3 &&
              window->pad_end[0] == 4 && window->pad_end[1] == 5,
          "pads add up");
    onnx_begin(&w, 10);
    input(1, 4, 6, 6);
    constant("w", CUT_F32, 4, DIMS(4, 4, 3, 3), floats);
    onnx_node(&w, "Pad", "x", "p");
    onnx_attr_ints(&w, "pads", 8, DIMS(0, 0, 1, 1, 0, 0, 1, 1));
    onnx_attr_float(&w, "value", 1);
    conv("p", "w", "y");
    output("y");
    EXPECT("Pad Transpose Conv Transpose");
}

static void test_noops(void) {
    onnx_begin(&w, 13);
    input(1, 4, 6, 6);
    onnx_node(&w, "Identity", "x", "a");
    onnx_node(&w, "Dropout", "a", "b");
    onnx_node(&w, "Concat", "b", "c");
    onnx_attr_int(&w, "axis", 1);
    onnx_node(&w, "Relu", "c", "d");
    onnx_node(&w, "Identity", "d", "e");
    onnx_node(&w, "Identity", "e", "y");
    onnx_node(&w, "Abs", "d", "z");
    output("y");
    output("z");
    EXPECT("Relu Abs");
    CHECK(node_of(OP_ABS)->inputs[0] == graph.outputs[0], "reads the output");
    onnx_begin(&w, 13);
    input(1, 4, 6, 6);
    onnx_node(&w, "Identity", "x", "y");
    output("y");
    EXPECT("Identity");
}

/* ---- Layout ------------------------------------------------------------- */

static void test_layout(void) {
    begin_conv(CUT_F32, floats);
    constant("k", CUT_F32, 3, DIMS(4, 6, 6), floats);
    onnx_node(&w, "Sub", "k c", "s");
    onnx_node(&w, "Concat", "s c", "t");
    onnx_attr_int(&w, "axis", 1);
    onnx_node(&w, "ReduceMean", "t", "y");
    onnx_attr_ints(&w, "axes", 2, DIMS(2, 3));
    onnx_attr_int(&w, "keepdims", 0);
    output("y");
    EXPECT("Transpose Conv Sub Concat ReduceMean");
    const struct node *concat = node_of(OP_CONCAT);
    const struct tensor *t = &graph.tensors[concat->outputs[0]];
    int64_t dims[CUT_MAX_RANK];
    tensor_onnx_dims(t, dims);
    CHECK(concat->params.axis.axis == 3, "axis %d", concat->params.axis.axis);
    CHECK(t->layout == LAYOUT_CHANNELS_LAST && t->dims[3] == 8 &&
              dims[1] == 8 && dims[2] == 6,
          "dims");
    const bool *axes = node_of(OP_REDUCE_MEAN)->params.reduce.axes;
    CHECK(!axes[0] && axes[1] && axes[2] && !axes[3], "axes");
}

/* One Transpose serves all readers; a Transpose of the file takes ours in. */
static void test_layout_shares(void) {
    begin_conv(CUT_F32, floats);
    conv("x", "w", "d");
    onnx_node(&w, "Transpose", "c", "t");
    onnx_attr_ints(&w, "perm", 4, DIMS(0, 2, 3, 1));
    onnx_node(&w, "Relu", "d", "r");
    onnx_node(&w, "Abs", "d", "y");
    output("t");
    output("r");
    output("y");
    EXPECT("Transpose Conv Conv Transpose Relu Transpose Abs Transpose");
    const int *perm = NULL;
    for (int i = 0; i < graph.n_nodes; i++)
        if (graph.nodes[i].outputs[0] == graph.outputs[0])
            perm = graph.nodes[i].params.transpose.perm;
    CHECK(perm && perm[0] == 0 && perm[1] == 1 && perm[2] == 2 && perm[3] == 3,
          "channels-last already");
}

/* ---- The same numbers --------------------------------------------------- */

static uint32_t seed;

static int pick(int n) {
    seed = seed * 1664525u + 1013904223u;
    return (int)((seed >> 8) % (unsigned)n);
}

#define MAX_STEPS 12

struct made {
    char name[8];
    int64_t dims[5];
};

static int rank;
static struct made made[MAX_STEPS + 1];
static int n_made;
static float values[4096], positive[256];

static void spatial(const char *name, int64_t value) {
    onnx_attr_ints(&w, name, rank - 2, DIMS(value, value, value));
}

static const char *weights(const char *name, int n, const int64_t *dims) {
    constant(name, CUT_F32, n, dims, values + pick(64));
    return name;
}

static void add_activation(const char *from, const char *to) {
    static const char *const names[] = {"LeakyRelu", "HardSigmoid", "Sigmoid",
                                        "Clip", "Tanh"};
    int i = pick(5);
    char low[8], high[8], in[40];
    snprintf(low, sizeof low, "l%d", n_made);
    snprintf(high, sizeof high, "h%d", n_made);
    snprintf(in, sizeof in, i == 3 ? "%s %s %s" : "%s", from, low, high);
    constant(low, CUT_F32, 0, NULL, values + 5);
    constant(high, CUT_F32, 0, NULL, values + 2);
    onnx_node(&w, names[i], in, to);
}

static bool add_resize(const struct made *from, struct made *to) {
    char in[40], k[8];
    int64_t *d = to->dims;
    snprintf(k, sizeof k, "k%d", n_made);
    snprintf(in, sizeof in, "%s - - %s", from->name, k);
    for (int i = 2; i < rank; i++) d[i] = 2 + pick(6);
    constant(k, CUT_I64, 1, DIMS(rank), d);
    onnx_node(&w, "Resize", in, to->name);
    onnx_attr_text(&w, "mode", pick(2) || rank > 4 ? "nearest" : "linear");
    return true;
}

static bool add_more(int choice, const struct made *from, struct made *to) {
    char in[64], k[8], v[8];
    int64_t *d = to->dims;
    snprintf(k, sizeof k, "k%d", n_made);
    snprintf(v, sizeof v, "v%d", n_made);
    switch (choice) {
    case 0:
    case 1: add_activation(from->name, to->name); return true;
    case 2: return add_resize(from, to);
    case 3:
        constant(k, CUT_F32, 1, DIMS(d[1]), values + pick(64));
        constant(v, CUT_F32, 1, DIMS(d[1]), positive + pick(64));
        snprintf(in, sizeof in, "%s %s %s %s %s", from->name, k, k, k, v);
        onnx_node(&w, "BatchNormalization", in, to->name);
        return true;
    case 4: /* depthwise, strided */
        constant(k, CUT_F32, rank, DIMS(d[1], 1, 3, 3, 3), values + pick(64));
        snprintf(in, sizeof in, "%s %s", from->name, k);
        onnx_node(&w, "Conv", in, to->name);
        onnx_attr_int(&w, "group", d[1]);
        onnx_attr_ints(&w, "pads", 2 * (rank - 2), DIMS(1, 1, 1, 1, 1, 1));
        onnx_attr_ints(&w, "strides", rank - 2, DIMS(2, 1, 1));
        d[2] = (d[2] + 1) / 2;
        return true;
    case 5:
        if (rank != 4 || d[1] % 4) return false;
        onnx_node(&w, "DepthToSpace", from->name, to->name);
        onnx_attr_int(&w, "blocksize", 2);
        d[1] /= 4, d[2] *= 2, d[3] *= 2;
        return d[2] < 13 && d[3] < 13;
    case 6: /* [C] and [spatial] change places in memory, not in ONNX */
        constant(k, CUT_I64, 1, DIMS(rank), from->dims);
        snprintf(in, sizeof in, "%s %s", from->name, k);
        snprintf(v, sizeof v, "%s", k);
        onnx_node(&w, "Reshape", in, to->name);
        return true;
    case 7:
        snprintf(in, sizeof in, "%s %s", from->name, k);
        onnx_node(&w, "GlobalMaxPool", from->name, k);
        onnx_node(&w, "Greater", in, v);
        snprintf(in, sizeof in, "%s %s %s", v, k, from->name);
        onnx_node(&w, "Where", in, to->name);
        return true;
    case 8:
        snprintf(k, sizeof k, "p%d", n_made);
        if (d[1] % 2) return false;
        snprintf(in, sizeof in, "%s %s", to->name, k);
        onnx_node(&w, "Split", from->name, in);
        onnx_attr_int(&w, "axis", 1);
        d[1] /= 2;
        return true;
    default: onnx_node(&w, "Identity", from->name, to->name); return true;
    }
}

/* Adds one random node after `from`; false when the choice does not fit. */
static bool add_step(int choice, const struct made *from, struct made *to,
                     const struct made *other) {
    char in[40], k[8];
    int64_t *d = to->dims;
    *to = *from;
    snprintf(to->name, sizeof to->name, "t%d", n_made);
    snprintf(k, sizeof k, "k%d", n_made);
    snprintf(in, sizeof in, "%s %s", from->name, k);
    bool same = !memcmp(from->dims, other->dims, sizeof from->dims);
    switch (choice) {
    case 0:
    case 1: /* 3-wide Conv, same size */
        d[1] = 2 + pick(3);
        weights(k, rank, DIMS(d[1], from->dims[1], 3, 3, 3));
        onnx_node(&w, "Conv", in, to->name);
        onnx_attr_ints(&w, "pads", 2 * (rank - 2), DIMS(1, 1, 1, 1, 1, 1));
        return true;
    case 2: onnx_node(&w, "Relu", from->name, to->name); return true;
    case 3: /* per channel */
        weights(k, rank - 1, DIMS(d[1], 1, 1, 1));
        onnx_node(&w, pick(2) ? "Mul" : "Add", in, to->name);
        return true;
    case 4: /* along the last axis only */
        weights(k, 1, DIMS(d[rank - 1]));
        onnx_node(&w, "Sub", in, to->name);
        return true;
    case 5:
        snprintf(in, sizeof in, "%s %s", other->name, from->name);
        if (!same) return false;
        onnx_node(&w, "Add", in, to->name);
        return true;
    case 6:
        snprintf(in, sizeof in, "%s %s", from->name, other->name);
        for (int i = 0; i < rank; i++)
            if (i != 1 && from->dims[i] != other->dims[i]) return false;
        d[1] += other->dims[1];
        if (d[1] > 12) return false;
        onnx_node(&w, "Concat", in, to->name);
        onnx_attr_int(&w, "axis", 1);
        return true;
    case 7:
        onnx_node(&w, "Softmax", from->name, to->name);
        onnx_attr_int(&w, "axis", pick(rank));
        return true;
    case 8: {
        int axis = pick(rank);
        onnx_node(&w, "ReduceMean", from->name, to->name);
        onnx_attr_ints(&w, "axes", 1, DIMS(axis));
        d[axis] = 1;
        return true;
    }
    case 9: {
        int axis = pick(rank);
        char ends[8], starts[8], axes[8];
        if (d[axis] < 3) return false;
        snprintf(starts, sizeof starts, "s%d", n_made);
        snprintf(ends, sizeof ends, "e%d", n_made);
        snprintf(axes, sizeof axes, "a%d", n_made);
        constant(starts, CUT_I64, 1, DIMS(1), DIMS(1));
        constant(ends, CUT_I64, 1, DIMS(1), DIMS(d[axis]--));
        constant(axes, CUT_I64, 1, DIMS(1), DIMS(axis));
        snprintf(in, sizeof in, "%s %s %s %s", from->name, starts, ends, axes);
        onnx_node(&w, "Slice", in, to->name);
        return true;
    }
    case 10:
        if (d[2] < 4) return false;
        onnx_node(&w, pick(2) ? "MaxPool" : "AveragePool", from->name,
                  to->name);
        spatial("kernel_shape", 2);
        for (int i = 2; i < rank; i++) {
            if (d[i] < 2) return false;
            d[i]--;
        }
        return true;
    case 11: { /* swaps two axes */
        int64_t perm[5] = {0, 1, 2, 3, 4};
        int a = pick(rank), b = pick(rank);
        perm[a] = b;
        perm[b] = a;
        d[a] = from->dims[b];
        d[b] = from->dims[a];
        onnx_node(&w, "Transpose", from->name, to->name);
        onnx_attr_ints(&w, "perm", rank, perm);
        return true;
    }
    case 12: { /* pad by edge */
        int64_t pads[10] = {0};
        int axis = pick(rank);
        pads[axis] = 1;
        pads[rank + axis] = 2;
        d[axis] += 3;
        if (d[axis] > 12) return false;
        constant(k, CUT_I64, 1, DIMS(2 * rank), pads);
        onnx_node(&w, "Pad", in, to->name);
        onnx_attr_text(&w, "mode", pick(2) ? "edge" : "constant");
        return true;
    }
    case 13: /* a whole constant */
        weights(k, rank - 1, d + 1);
        onnx_node(&w, "Mul", in, to->name);
        return true;
    case 14:
        weights(k, 1, DIMS(d[1]));
        snprintf(in, sizeof in, "%s %s %s", from->name, k, k);
        onnx_node(&w, "InstanceNormalization", in, to->name);
        return true;
    case 15: /* a squeeze-and-excite gate */
        onnx_node(&w, "GlobalAveragePool", from->name, k);
        snprintf(in, sizeof in, "%s %s", from->name, k);
        onnx_node(&w, "Mul", in, to->name);
        return true;
    case 16:
        d[1] = 2 + pick(3);
        weights(k, rank, DIMS(from->dims[1], d[1], 2, 2, 2));
        onnx_node(&w, "ConvTranspose", in, to->name);
        for (int i = 2; i < rank; i++)
            if (++d[i] > 12) return false;
        return true;
    default: return add_more(choice - 17, from, to);
    }
}

static void write_random(void) {
    rank = 3 + pick(3);
    onnx_begin(&w, 12);
    made[0] = (struct made){"x", {1 + pick(2), 2 + pick(3), 4, 5, 3}};
    n_made = 1;
    onnx_input(&w, "x", CUT_F32, rank, made[0].dims);
    int n_steps = 3 + pick(MAX_STEPS - 3);
    while (n_made <= n_steps) {
        struct onnx_writer *copy = malloc(sizeof w);
        memcpy(copy, &w, sizeof w);
        int from = pick(4) ? n_made - 1 : pick(n_made);
        if (add_step(pick(27), &made[from], &made[n_made], &made[pick(n_made)]))
            n_made++;
        else
            memcpy(&w, copy, sizeof w);
        free(copy);
    }
    for (int i = n_made - 1; i > 0; i--) output(made[i].name);
    onnx_end(&w);
}

/* Runs the model for its first n outputs (0: all); y gets output 0. */
static enum cut_status run(int n_outputs, float *y, size_t room, size_t *n) {
    static float room_for[MAX_STEPS][1 << 15];
    struct cut_model *model = NULL;
    struct cut_session *session = NULL;
    const char *names[] = {made[n_made - 1].name};
    struct cut_session_options options = {
        .n_threads = 1, .outputs = names, .n_outputs = n_outputs};
    struct cut_tensor in, out[MAX_STEPS];
    memset(&err, 0, sizeof err);
    enum cut_status status =
        cut_model_open(w.bytes, w.n_bytes, &allocator, &model, &err);
    if (!n_outputs) options.outputs = NULL;
    if (!status)
        status =
            cut_session_create(model, &options, &allocator, &session, &err);
    if (!status) {
        in = cut_session_input(session, 0);
        in.data = values;
        for (int i = 0; i < cut_session_n_outputs(session); i++) {
            out[i] = cut_session_output(session, i);
            out[i].data = room_for[i];
            CHECK(out[i].bytes <= sizeof room_for[i], "too large");
        }
        status = cut_session_run(session, &in, out, NULL, NULL, &err);
        *n = out[0].bytes;
        if (*n <= room) memcpy(y, out[0].data, *n);
    }
    cut_session_destroy(session);
    cut_model_close(model);
    return status;
}

static void compare_random(int k) {
    static float fused[1 << 15], plain[1 << 15];
    size_t n = 0, n_plain = 0;
    seed = (uint32_t)k;
    write_random();
    enum cut_status status = run(1, fused, sizeof fused, &n);
    CHECK(status == CUT_OK, "graph %d: %s", k, err.message);
    status = run(0, plain, sizeof plain, &n_plain);
    CHECK(status == CUT_OK, "graph %d: %s", k, err.message);
    CHECK(n == n_plain && n > 0, "graph %d: %zu and %zu bytes", k, n, n_plain);
    double worst = 0, largest = 1e-3;
    for (size_t i = 0; i < n / sizeof(float); i++) {
        worst = fmax(worst, fabs((double)fused[i] - (double)plain[i]));
        largest = fmax(largest, fabs((double)plain[i]));
    }
    CHECK(worst <= 2e-4 * largest, "graph %d (rank %d): off by %g of %g", k,
          rank, worst, largest);
}

static void test_same_numbers(void) {
    for (int i = 0; i < 4096; i++) values[i] = (float)sin(i * 0.7);
    for (int i = 0; i < 256; i++) positive[i] = 1 + 0.01f * (float)(i % 50);
    for (int k = 1; k <= 800; k++) compare_random(k);
}

int main(void) {
    allocator = heap_allocator(&heap);
    arena_init(&arena, &allocator);
    test_dequantize();
    test_dequantize_refrains();
    test_dequantize_matmul();
    test_widen();
    test_weight_cast();
    test_fuse_order();
    test_fuse_moves();
    test_fuse_refrains();
    test_fold();
    test_fuse_pad();
    test_noops();
    test_layout();
    test_layout_shares();
    test_same_numbers();
    arena_free(&arena);
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "%d leaked", heap.n_live);
    return check_summary("passes");
}
