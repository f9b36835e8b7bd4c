/* What the files of the ONNX reader share; nobody else includes this.
 *   onnx_read.c    model, graph, inputs, outputs
 *   onnx_node.c    nodes, attributes, Constant
 *   onnx_sort.c    topological order
 *   onnx_tensor.c  TensorProto
 * Field numbers in these files are those of onnx.proto (ONNX, IR 3 to 10). */
#ifndef GRAPH_ONNX_H
#define GRAPH_ONNX_H

#include "graph/graph.h"
#include "graph/proto.h"

struct onnx_reader {
    struct graph *graph;
    struct arena *arena;   /* of the graph */
    struct arena *scratch; /* gone when onnx_read returns */
    struct cut_error *err;
    const uint8_t *file;
    char *piece; /* room for small pieces in `arena` */
    size_t piece_bytes;
    int *names;     /* hash table: tensor index + 1; 0: free */
    size_t n_names; /* slots, a power of two */
};

/* Zeroed, 8-byte aligned memory of the graph's arena without the arena's
 * overhead per piece, so that a file of many tiny parts cannot take many
 * times its own size. NULL with the error set when memory is out. */
void *onnx_alloc(struct onnx_reader *r, size_t n, size_t item_bytes);
/* A terminated copy of a string field; text with zero bytes is refused. */
enum cut_status onnx_text(struct onnx_reader *r,
                          const struct proto_field *field, const char **text);
/* `what` is malformed: at a place of the file, or where a cursor went bad. */
enum cut_status onnx_malformed(struct onnx_reader *r, const uint8_t *at,
                               const char *what);
enum cut_status onnx_broken(struct onnx_reader *r, const struct proto *message,
                            const char *what);

/* Index of the tensor of that name, or -1. */
int onnx_find(const struct onnx_reader *r, const struct proto_field *name);
/* Appends a tensor; a named one is entered into the table. */
enum cut_status onnx_add_tensor(struct onnx_reader *r,
                                const struct tensor *tensor, int *index);

/* Reads the i-th NodeProto of the file but for its inputs: appends its output
 * tensors and the node, or a constant tensor for Constant. */
enum cut_status onnx_read_node(struct onnx_reader *r,
                               const struct proto_field *field, int i);
/* Looks the inputs of a node up, once every tensor is known. */
enum cut_status onnx_read_node_inputs(struct onnx_reader *r,
                                      const struct proto_field *field,
                                      struct node *node);
/* Puts the nodes in topological order, keeping the file's where it can;
 * refuses cycles. */
enum cut_status onnx_sort(struct onnx_reader *r);

#endif
