/* The plan: an array of steps with byte offsets, made once per (graph,
 * backend, threads). CPU, GPU, profiler, memory report and tests read it. */
#ifndef GRAPH_PLAN_H
#define GRAPH_PLAN_H

#include "graph/graph.h"

enum place {
    PLACE_NONE,  /* omitted input */
    PLACE_ARENA, /* offset into the activation block */
    PLACE_CONST, /* tensor->data */
    PLACE_INPUT, /* caller's buffer, offset = input number */
    PLACE_OUTPUT /* caller's buffer, offset = output number */
};

/* Where a tensor lives. Element (i0, .., in-1) is at
 *   offset + ((((i0*d1 + i1)*d2 + ..)*dn-2 + in-2) * pitch + in-1) elements:
 * dense, except that rows of the last axis may stand `pitch` elements apart,
 * which is how producers write straight into a slice of a Concat. Every
 * kernel honours pitch on inputs and outputs. pitch >= dims[rank-1]; for
 * rank 0 it is 1. */
struct plan_operand {
    int tensor; /* -1: omitted */
    enum place place;
    size_t offset; /* bytes; see enum place */
    int64_t pitch; /* elements */
};

struct plan_step {
    int node;
    enum op op;
    const char *method; /* chosen by the backend; a literal */
    int method_id;      /* the backend's own number of it */
    int n_inputs, n_outputs;
    struct plan_operand *inputs, *outputs;
    size_t scratch_offset, scratch_bytes;
    double macs; /* multiply-adds as a direct convolution would do */
    double cost; /* estimated seconds on a nominal core, for progress
                    and choice */
};

struct plan {
    struct graph *graph;
    int n_steps;
    struct plan_step *steps;
    size_t arena_bytes; /* activations and scratch */
    double total_cost, total_macs;
};

/* A backend as the graph sees it. */
struct backend {
    const char *name; /* the route: "cpu-avx2" */
    int n_threads;
    const void *self; /* the backend's own */
    size_t alignment; /* of tensors in the arena, bytes; 0: 64 */
    /* Chooses method, scratch_bytes, macs and cost of a step whose operands
     * (tensor and pitch) are set; CUT_UNSUPPORTED with the node's name when
     * it cannot run it. Offsets and places are not known yet. */
    enum cut_status (*choose)(const struct backend *backend,
                              const struct graph *graph, struct plan_step *step,
                              struct cut_error *err);
    /* True when output 0 may overwrite input `i` element by element. */
    bool (*can_overwrite)(const struct backend *backend,
                          const struct graph *graph,
                          const struct plan_step *step, int i);
    /* Computes a node whose inputs are all constant, into `outputs` (dense,
     * in graph dims), on one thread. */
    enum cut_status (*evaluate)(const struct backend *backend,
                                const struct graph *graph,
                                const struct node *node, void *const *outputs,
                                struct cut_error *err);
};

/* Orders steps, turns views (Reshape of dense data, Identity, Transpose that
 * moves only ones) into aliases without a step, lets producers write into
 * Concat slices where that does not raise the peak, reuses inputs in place,
 * and assigns offsets (64-byte aligned, lifetimes by step). Everything from
 * the graph's arena.
 *
 * A Concat whose inputs all lie in place has no step. Of a Concat that has
 * one, an input may lie in its slice of the output already: same address,
 * same pitch; the kernel leaves such a part alone. A graph output that a step
 * cannot write (an input, a constant, a second use) gets an Identity node. */
enum cut_status plan_make(struct graph *graph, const struct backend *backend,
                          struct plan *plan, struct cut_error *err);
/* Checks the plan: operands inside the arena, no two live tensors overlap, no
 * step reads what another overwrote. Used by tests and fuzzers. */
enum cut_status plan_check(const struct plan *plan, struct cut_error *err);

#endif
