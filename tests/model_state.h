/* What tests of the graph work on: a model is written with `w`, and read into
 * `graph`, which lies in `arena`. */
#ifndef TESTS_MODEL_STATE_H
#define TESTS_MODEL_STATE_H

#include "graph/graph.h"
#include "heap.h"
#include "onnx_writer.h"

static struct onnx_writer w;
static struct heap heap;
static struct cut_allocator allocator;
static struct arena arena;
static struct graph graph;
static struct cut_error err;

#define DIMS(...) ((int64_t[]){__VA_ARGS__})

#endif
