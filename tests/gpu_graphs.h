/* Small networks with what the large ones are made of, for the tests of the
 * WebGPU planner. */
#ifndef TESTS_GPU_GRAPHS_H
#define TESTS_GPU_GRAPHS_H

#include "onnx_writer.h"

struct gpu_graph {
    const char *name;
    void (*write)(struct onnx_writer *w);
};

/* Ends with a NULL name. */
extern const struct gpu_graph gpu_graphs[];

#endif
