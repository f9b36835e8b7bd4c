/* The graph: tensors and nodes in topological order.
 *
 * Life of a graph: onnx_read.c builds it from a file (model lifetime, shapes
 * as declared). For each session graph_clone copies the small structures,
 * graph_resolve walks it once (shapes, params, constant folding), passes
 * rewrite it, and plan_make turns it into steps. Weights are never copied:
 * `data` of an initializer points into the model file where it can. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "base/arena.h"
#include "graph/op.h"

enum tensor_layout {
    LAYOUT_PLAIN,        /* dims as ONNX has them */
    LAYOUT_CHANNELS_LAST /* pass_layout moved ONNX axis 1 to the end:
                            [N,C,H,W] is stored and described as [N,H,W,C] */
};

struct tensor {
    const char *name;           /* "" for an unnamed one; never NULL */
    enum cut_dtype dtype;       /* 0: unknown yet */
    int rank;                   /* -1: unknown yet */
    int64_t dims[CUT_MAX_RANK]; /* -1: open */
    enum tensor_layout layout;
    const void *data; /* value of a constant; aligned for its type, but
                         for weights of 64 KB and more */
    size_t bytes;     /* of data; 0 when unknown */
    bool is_input, is_output;
    bool specialised; /* an input whose value the plan relied on */
    const void *hint; /* value of an input given at plan time, or NULL */
};

enum attr_type { /* ONNX AttributeProto.AttributeType */
                 ATTR_FLOAT = 1,
                 ATTR_INT = 2,
                 ATTR_STRING = 3,
                 ATTR_TENSOR = 4,
                 ATTR_FLOATS = 6,
                 ATTR_INTS = 7,
                 ATTR_STRINGS = 8
};

struct attr {
    const char *name;
    enum attr_type type;
    float f;
    int64_t i;
    const char *s; /* terminated */
    int n;         /* of floats or ints */
    const float *floats;
    const int64_t *ints;
    int tensor; /* index of a constant tensor of the graph */
};

struct node {
    const char *name; /* as in the file; "Conv_12" (type_index) if empty */
    const char *op_type;
    const char *domain;
    enum op op;
    int n_inputs, n_outputs;
    int *inputs; /* tensor indices; -1: omitted */
    int *outputs;
    int n_attrs;
    const struct attr *attrs;
    union op_params params; /* after graph_resolve */
    bool dead;              /* removed by a pass; skipped by everyone */
};

struct graph {
    struct arena *arena; /* owns everything here but borrowed weights */
    int64_t ir_version, opset;
    const char *producer;
    int n_tensors, tensor_capacity;
    struct tensor *tensors;
    int n_nodes, node_capacity;
    struct node *nodes; /* topological order, checked by the reader */
    int n_inputs, n_outputs;
    int *inputs; /* without initializers */
    int *outputs;
};

/* ---- graph.c ----------------------------------------------------------- */

/* A copy whose structures live in `arena`; data pointers are shared. */
enum cut_status graph_clone(const struct graph *from, struct arena *arena,
                            struct graph *to, struct cut_error *err);
/* Appends; returns the index or -1 when memory is out. Pointers to tensors
 * and nodes are invalid afterwards. */
int graph_add_tensor(struct graph *graph, const struct tensor *tensor);
/* Inserts a node with room for n_inputs/n_outputs (all -1) before `index`. */
struct node *graph_insert_node(struct graph *graph, int index, enum op op,
                               int n_inputs, int n_outputs);
/* Elements of a shape; -1 when open or too large. */
int64_t tensor_n_elements(const struct tensor *tensor);
/* dims as ONNX prints them, whatever the layout. */
void tensor_onnx_dims(const struct tensor *tensor, int64_t dims[CUT_MAX_RANK]);
/* Producer node index of every tensor (-1: none) and number of uses by live
 * nodes plus one for a graph output; arrays of n_tensors from the arena. */
enum cut_status graph_uses(const struct graph *graph, struct arena *arena,
                           int **producer, int **n_uses, struct cut_error *err);
/* Removes dead nodes and compacts. */
void graph_sweep(struct graph *graph);

const struct attr *node_attr(const struct node *node, const char *name);
int64_t node_attr_int(const struct node *node, const char *name,
                      int64_t otherwise);
float node_attr_float(const struct node *node, const char *name,
                      float otherwise);
const char *node_attr_string(const struct node *node, const char *name,
                             const char *otherwise);

/* ---- onnx_read.c ------------------------------------------------------- */

/* Reads an ONNX ModelProto. Bounds-checked; cycles, missing tensors, external
 * data, negative or huge dims are refused with a message. */
enum cut_status onnx_read(const void *bytes, size_t n_bytes,
                          struct arena *arena, struct graph *graph,
                          struct cut_error *err);
/* Reads a TensorProto; data may point into `bytes` (raw, any alignment) or
 * into the arena (typed fields, widened to the element type). */
enum cut_status onnx_read_tensor(const void *bytes, size_t n_bytes,
                                 struct arena *arena, struct tensor *tensor,
                                 struct cut_error *err);

/* ---- resolve.c --------------------------------------------------------- */

struct backend;

/* Keeps only the ancestors of the named outputs (n = 0: all). */
enum cut_status graph_select_outputs(struct graph *graph,
                                     const char *const *names, int n,
                                     struct cut_error *err);
/* One walk in topological order: params, dtype and dims of every tensor,
 * constant folding through backend->evaluate. Inputs must have full dims by
 * now. After it no tensor has an open dimension. */
enum cut_status graph_resolve(struct graph *graph,
                              const struct backend *backend,
                              struct cut_error *err);

/* What resolve functions use (resolve_*.c). */
struct resolve {
    struct graph *graph;
    struct node *node;
    int64_t opset;
    struct cut_error *err;
    const struct backend *backend; /* NULL: nothing is folded by kernels */
    const int *producer;           /* node of every tensor, -1: none */
};
typedef enum cut_status resolve_fn(struct resolve *r);
const struct tensor *resolve_input(const struct resolve *r, int i); /* NULL */
/* The known value of input i (constant, or a hint of an input, which is then
 * marked specialised) as int64s; *n elements; NULL when not known. */
const int64_t *resolve_input_ints(struct resolve *r, int i, int *n);
const float *resolve_input_floats(struct resolve *r, int i, int *n);
enum cut_status resolve_output(struct resolve *r, int i, enum cut_dtype dtype,
                               int rank, const int64_t *dims);
/* "node 'NAME' (OP): ..." */
enum cut_status resolve_fail(struct resolve *r, enum cut_status status,
                             const char *format, ...);

/* ---- pass_*.c, in this order ------------------------------------------- */

/* Before graph_resolve: the DynamicQuantizeLinear + ConvInteger + Cast + Mul
 * (+ Add) pattern becomes a float Conv with u8/i8 weights, scale and zero in
 * CONV_W_SCALE and CONV_W_ZERO; the same for MatMulInteger. */
enum cut_status pass_dequantize(struct graph *graph, struct cut_error *err);
/* After it: f16 activations inside the graph become f32 (weights stay f16,
 * inputs and outputs keep their type); casts that no longer do anything
 * become Identity. */
enum cut_status pass_widen(struct graph *graph, struct cut_error *err);
/* Bias, BatchNormalization, Pad, activation and residual Add into Conv,
 * ConvTranspose and Gemm; Identity, Dropout and no-op nodes removed. */
enum cut_status pass_fuse(struct graph *graph, struct cut_error *err);
/* Channels-last for window operators and what lies between them; params with
 * axes are rewritten; Transposes where layouts meet. */
enum cut_status pass_layout(struct graph *graph, struct cut_error *err);

#endif
