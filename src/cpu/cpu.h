/* The CPU backend: runs the steps of a plan.
 *
 * Layers inside this room:
 *   kernels.h   the table of primitives, one set per instruction set
 *               (kernels/ *.c, each compiled once per ISA over base/vec)
 *   conv_*.c, gemm.c, ...  drivers: one step, split into pool tasks, written
 *               once and calling the table
 *   ref_*.c     the scalar reference of every operator: obvious, slow, any
 *               dtype, any pitch; what the drivers are tested against, and
 *               what runs where no driver is needed
 *   cpu.c       the backend: choose, evaluate, run
 */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include "base/pool.h"
#include "graph/plan.h"

struct cpu_kernels;

/* One operand with its pointer bound. An omitted one is all zero; at plan
 * time `data` is NULL and `dims` is not. */
struct cpu_view {
    void *data;
    enum cut_dtype dtype;
    int rank;
    const int64_t *dims;
    int64_t pitch; /* see struct plan_operand */
};

#define CPU_MAX_INPUTS 64

/* One step, bound. */
struct cpu_call {
    const struct cpu_kernels *kernels;
    struct pool *pool;       /* may be NULL: one thread */
    const struct node *node; /* op and params */
    int method_id;
    int n_inputs, n_outputs;
    const struct cpu_view *inputs;
    const struct cpu_view *outputs;
    void *scratch; /* 64-byte aligned */
    size_t scratch_bytes;
};

/* Runs one bound step. Fails only on values that no plan can foresee (an
 * index out of range in Gather). */
typedef enum cut_status cpu_run_fn(const struct cpu_call *call,
                                   struct cut_error *err);

/* One way to run an operator. `fits`, `scratch_bytes` and `cost` are asked at
 * plan time with a call whose data pointers are NULL (dtypes, dims, pitches
 * and constant weights' dtypes are known). `cost` is in seconds on a nominal
 * core that does one multiply-add vector instruction a cycle at 1 GHz, so it
 * only ranks methods and feeds the progress bar. The answer of `run` must not
 * depend on n_threads. */
struct cpu_method {
    const char *name;
    bool (*fits)(const struct cpu_call *call, int n_threads);
    size_t (*scratch_bytes)(const struct cpu_call *call, int n_threads);
    double (*cost)(const struct cpu_call *call, int n_threads);
    cpu_run_fn *run;
};

/* Methods of an operator, NULL-terminated, the scalar reference last; the
 * cheapest that fits is chosen. (cpu_ops.c) */
const struct cpu_method *const *cpu_methods(enum op op);

/* Makes the backend for a usable level; `self` has static storage. */
void cpu_backend(enum cut_cpu cpu, int n_threads, struct backend *out);

/* Runs a whole plan. `arena` has plan->arena_bytes, 64-byte aligned; inputs
 * and outputs are the caller's pointers in graph order. `step_ms`, when not
 * NULL, gets the time of every step from `clock_ms`. */
struct cpu_run_options {
    cut_progress *progress;
    void *user;
    double (*clock_ms)(void);
    double *step_ms;
};
enum cut_status cpu_run_plan(const struct plan *plan,
                             const struct backend *backend, struct pool *pool,
                             void *arena, const void *const *inputs,
                             void *const *outputs,
                             const struct cpu_run_options *options,
                             struct cut_error *err);

#endif
