/* What the parts of the planner share; nobody else includes it.
 *
 *   plan.c        steps, operands, the calls in order
 *   plan_alias.c  which tensors are one piece of memory, and where in it
 *   plan_memory.c lifetimes, the peak, byte offsets
 *   plan_check.c  the independent verifier
 *
 * A *blob* is a set of tensors that are the same bytes: a tensor and the
 * views of it. A blob may live inside another one, its *host*: in the slice
 * of a Concat, or in the memory of the step's output that overwrites it.
 * Hosts are always younger, so hosting is a forest; its roots are what
 * plan_memory.c places. */
#ifndef GRAPH_PLAN_WORK_H
#define GRAPH_PLAN_WORK_H

#include "graph/plan.h"

struct blob {
    enum place place; /* PLACE_ARENA when the planner decides */
    int number;       /* of the caller's input or output */
    int64_t n_elements;
    size_t element_bytes, bytes;
    int64_t width;   /* last dimension of all its tensors; -1: differs */
    int first, last; /* first write, last read, as step numbers */

    /* The forest, rebuilt for every choice of slots. */
    int host;            /* -1: none */
    bool has_slices;     /* a Concat output with parts written in place */
    int slices_last;     /* last read of any part, -1: none */
    int64_t row, column; /* in the host, elements */
    int64_t host_width;  /* last dimension of the Concat's output; 0: this
                            blob is overwritten by its host */
    int64_t part_width;  /* last dimension of the Concat's input */

    /* Found by plan_locate. */
    int root;
    int64_t offset; /* elements from the root's start */
    int64_t pitch;  /* of rows; 0: dense */
};

/* An input of a Concat that may be written in place. */
struct slot {
    int step, input;
    bool wanted; /* asked for */
    bool taken;  /* and possible */
};

/* A root's memory, or a step's scratch. 64 bits everywhere: boxes that never
 * live together may add up to more than an address space. */
struct box {
    int first, last; /* first > last: holds nothing */
    uint64_t bytes, offset;
};

struct planner {
    struct graph *graph;
    const struct backend *backend;
    struct arena *arena; /* for work that ends with plan_make */
    struct cut_error *err;
    int n_steps;
    struct plan_step *steps; /* with every Concat, needed or not */
    uint8_t *overwrites;     /* per step: bit i, output may replace input i */
    int *blob_of;            /* per tensor; -1: none */
    int n_blobs;
    struct blob *blobs;
    int n_slots;
    struct slot *slots; /* of later steps first */
    int64_t *live;      /* room for plan_peak: n_steps + 1 */
    struct box *boxes;  /* box i is blob i's, n_steps more of scratch */
};

/* The last dimension; 1 for a scalar. */
int64_t plan_width(const struct tensor *tensor);
/* True when output 0 holds the bytes of input 0 in the same order. */
bool plan_is_view(const struct graph *graph, const struct node *node);
/* Blobs of all tensors in the order of `nodes`; marks in `is_step` the nodes
 * that need one. */
enum cut_status plan_make_blobs(struct planner *p, const int *nodes,
                                int n_nodes, bool *is_step);
/* Slots of all Concat steps, all wanted. */
enum cut_status plan_make_slots(struct planner *p);
/* Builds the forest for the slots as wanted, and every blob's location. */
void plan_host(struct planner *p);
/* True when all inputs of this Concat lie in place. */
bool plan_concat_is_free(const struct planner *p, int step);

/* The most bytes alive at once for the forest as it stands, and at how many
 * steps. */
size_t plan_peak(struct planner *p, int *n_steps);
/* Drops slots while that lowers the peak. */
void plan_choose_slots(struct planner *p);
/* Offsets of all boxes. */
enum cut_status plan_place(struct planner *p, size_t *arena_bytes);

#endif
