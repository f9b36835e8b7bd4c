/* What the passes share; nobody else includes this. */
#ifndef GRAPH_PASS_H
#define GRAPH_PASS_H

#include "graph/graph.h"

/* Who makes and who reads each tensor, by index; from pass_links, and only
 * right until the graph is changed, unless the pass keeps it so. */
struct links {
    int n_tensors; /* that are covered; a pass may add more */
    int *producer; /* node, or -1 */
    int *n_uses;   /* by live nodes, plus one for a graph output */
    int *consumer; /* the last live node that reads it, or -1; the only one
                      when n_uses is 1 and it is not -1 */
};

enum cut_status pass_links(const struct graph *graph, struct arena *arena,
                           struct links *links, struct cut_error *err);
enum cut_status pass_no_memory(struct cut_error *err);

/* Input i of the node as a tensor, or NULL when it is omitted. */
struct tensor *pass_input(const struct graph *graph, const struct node *node,
                          int i);
bool pass_is_constant(const struct graph *graph, int tensor);
/* The node that alone reads `tensor`; NULL when it is also an output or read
 * more than once. */
struct node *pass_only_reader(const struct graph *graph,
                              const struct links *links, int tensor);
/* A live Mul, Add, ... has two inputs: the one that is not `tensor`. */
int pass_other_input(const struct node *node, int tensor);

/* Element i of a float constant (f32, f16, f64, bf16) of any alignment. */
float pass_float(const struct tensor *tensor, int64_t i);
bool pass_is_float(const struct tensor *tensor);
/* Appends an uninitialised f32 constant and gives its elements; NULL when
 * memory is out. */
float *pass_new_floats(struct graph *graph, const char *name, int rank,
                       const int64_t *dims, int *index);

/* Gives a node n_inputs inputs, the old ones first, the new ones -1. */
bool pass_widen_inputs(struct graph *graph, struct node *node, int n_inputs);
/* Makes a node another operator. */
void pass_become(struct node *node, enum op op);
/* Kills nodes that nobody reads, until none is left, and sweeps. */
enum cut_status pass_drop_unused(struct graph *graph, struct cut_error *err);

/* Large constants that lie across their type's alignment are copied, unless
 * they are weights, whose kernels bear it. */
enum cut_status pass_align_constants(struct graph *graph,
                                     struct cut_error *err);

/* pass_fold.c: constant per-channel affine steps after a Conv, ConvTranspose,
 * Gemm or MatMul become part of its weights, scales and bias. `conv` has
 * CONV_SLOTS inputs, no activation and no residual yet. *done tells whether
 * `next`, the only reader of conv's output, was folded. Constants that are
 * not covered by `links` are the pass's own and are changed in place; weights
 * that others read too are left alone, so that memory stays bounded. */
enum cut_status pass_fold_affine(struct graph *graph, const struct links *links,
                                 struct node *conv, const struct node *next,
                                 bool *done, struct cut_error *err);

/* pass_axes.c: rewrites the params of a node for channels-last operands of
 * `rank`; ONNX axis a is stored as pass_axis(a, rank). */
int pass_axis(int axis, int rank);
void pass_permute_dims(int64_t dims[CUT_MAX_RANK], int rank);
void pass_permute_params(struct node *node, int rank);
/* How a node may run on channels-last data. */
enum pass_layout_rule {
    RULE_PLAIN,    /* only in ONNX order */
    RULE_WINDOW,   /* only channels-last */
    RULE_FLEXIBLE, /* either, and all operands alike */
    RULE_COLLAPSE, /* reads channels-last, writes plain: the remaining axes
                      keep their order */
    RULE_ABSORB    /* Transpose: reads either by adapting perm, writes plain */
};
enum pass_layout_rule pass_layout_rule(const struct graph *graph,
                                       const struct node *node);

#endif
