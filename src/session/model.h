/* A model as the session sees it. */
#ifndef SESSION_MODEL_H
#define SESSION_MODEL_H

#include "graph/graph.h"

struct cut_model {
    struct cut_allocator allocator;
    struct arena arena; /* of the graph; weights stay in `bytes` */
    struct graph graph;
    const char *bytes; /* borrowed: the file */
    size_t n_bytes;
    int64_t n_parameters;
};

/* A tensor as the public interface shows it: shape as ONNX has it. */
struct cut_tensor model_tensor(const struct tensor *tensor);

#endif
