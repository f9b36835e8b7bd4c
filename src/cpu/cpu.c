/* The CPU backend: asks methods at plan time, binds and runs them. */
#include "cpu/cpu.h"

#include "base/mem.h"
#include "base/status.h"
#include "cpu/kernels.h"

/* ---- Binding ----------------------------------------------------------- */

/* A call with its operands; lives on the stack of who makes the call. */
struct bound {
    struct cpu_call call;
    struct cpu_view inputs[CPU_MAX_INPUTS], outputs[CPU_MAX_INPUTS];
};

static struct cpu_view view_of(const struct graph *graph, int tensor,
                               int64_t pitch, void *data) {
    if (tensor < 0) return (struct cpu_view){0};
    const struct tensor *t = &graph->tensors[tensor];
    return (struct cpu_view){.data = data,
                             .dtype = t->dtype,
                             .rank = t->rank,
                             .dims = t->dims,
                             .pitch = pitch};
}

static void bind_step(const struct backend *backend, const struct graph *graph,
                      const struct plan_step *step, struct bound *b) {
    b->call = (struct cpu_call){.kernels = backend->self,
                                .node = &graph->nodes[step->node],
                                .method_id = step->method_id,
                                .n_inputs = step->n_inputs,
                                .n_outputs = step->n_outputs,
                                .inputs = b->inputs,
                                .outputs = b->outputs,
                                .scratch_bytes = step->scratch_bytes};
    for (int i = 0; i < step->n_inputs; i++)
        b->inputs[i] =
            view_of(graph, step->inputs[i].tensor, step->inputs[i].pitch, NULL);
    for (int i = 0; i < step->n_outputs; i++)
        b->outputs[i] = view_of(graph, step->outputs[i].tensor,
                                step->outputs[i].pitch, NULL);
}

/* ---- Plan time --------------------------------------------------------- */

static double n_elements(const struct cpu_view *view) {
    double n = 1;
    for (int i = 0; i < view->rank; i++) n *= (double)view->dims[i];
    return n;
}

/* Elements per entry of the first axis. */
static double row_elements(const struct cpu_view *view) {
    return view->rank && view->dims[0]
               ? n_elements(view) / (double)view->dims[0]
               : 0;
}

static double call_macs(const struct cpu_call *call) {
    const struct cpu_view *in = call->inputs, *out = call->outputs;
    int last = in[0].rank - 1;
    switch (call->node->op) {
    case OP_CONV:
    case OP_CONV_INTEGER: return n_elements(out) * row_elements(&in[1]);
    case OP_QLINEAR_CONV: return n_elements(out) * row_elements(&in[3]);
    case OP_CONV_TRANSPOSE: return n_elements(in) * row_elements(&in[1]);
    case OP_GEMM:
        if (call->node->params.gemm.trans_a) last = 0;
        return n_elements(out) * (double)in[0].dims[last];
    case OP_MATMUL:
    case OP_MATMUL_INTEGER:
    case OP_QLINEAR_MATMUL:
        return last < 0 ? 0 : n_elements(out) * (double)in[0].dims[last];
    default: return 0;
    }
}

static enum cut_status cpu_choose(const struct backend *backend,
                                  const struct graph *graph,
                                  struct plan_step *step,
                                  struct cut_error *err) {
    const struct node *node = &graph->nodes[step->node];
    if (step->n_inputs > CPU_MAX_INPUTS || step->n_outputs > CPU_MAX_INPUTS)
        return status_fail(err, CUT_UNSUPPORTED,
                           "node '%s' (%s): %d inputs and %d outputs; at most "
                           "%d are supported",
                           node->name, node->op_type, step->n_inputs,
                           step->n_outputs, CPU_MAX_INPUTS);
    struct bound b;
    bind_step(backend, graph, step, &b);
    const struct cpu_method *const *methods = cpu_methods(step->op);
    const struct cpu_method *best = NULL;
    for (int i = 0; methods && methods[i]; i++) {
        b.call.method_id = i;
        if (methods[i]->fits && !methods[i]->fits(&b.call, backend->n_threads))
            continue;
        double cost = methods[i]->cost(&b.call, backend->n_threads);
        if (best && cost >= step->cost) continue;
        best = methods[i];
        step->method_id = i;
        step->cost = cost;
    }
    if (!best)
        return status_fail(err, CUT_UNSUPPORTED,
                           "node '%s' (%s): no kernel for these types: %s",
                           node->name, node->op_type,
                           cut_dtype_name(b.inputs[0].dtype));
    b.call.method_id = step->method_id;
    step->method = best->name;
    step->scratch_bytes = best->scratch_bytes
                              ? best->scratch_bytes(&b.call, backend->n_threads)
                              : 0;
    step->macs = call_macs(&b.call);
    return CUT_OK;
}

static bool same_dims(const struct tensor *a, const struct tensor *b) {
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i]) return false;
    return true;
}

/* Operators whose kernels read every element before they write its place and
 * never come back to it. */
static bool cpu_can_overwrite(const struct backend *backend,
                              const struct graph *graph,
                              const struct plan_step *step, int i) {
    (void)backend;
    const struct tensor *x = &graph->tensors[step->inputs[i].tensor];
    const struct tensor *y = &graph->tensors[step->outputs[0].tensor];
    if (!same_dims(x, y)) return false;
    if (step->op >= OP_RELU && step->op <= OP_CAST) return i == 0;
    if (step->op >= OP_ADD && step->op <= OP_WHERE) return true;
    switch (step->op) {
    case OP_BATCH_NORM: return i == 0;
    case OP_CONV: return i == CONV_RESIDUAL;
    default: return false;
    }
}

/* Constants are small when they are folded, so the reference will do. */
static enum cut_status cpu_evaluate(const struct backend *backend,
                                    const struct graph *graph,
                                    const struct node *node,
                                    void *const *outputs,
                                    struct cut_error *err) {
    struct bound b;
    const struct cpu_method *const *methods = cpu_methods(node->op);
    if (!methods || !methods[0] || node->n_inputs > CPU_MAX_INPUTS ||
        node->n_outputs > CPU_MAX_INPUTS)
        return status_fail(err, CUT_UNSUPPORTED,
                           "node '%s' (%s): cannot be computed", node->name,
                           node->op_type);
    b.call = (struct cpu_call){.kernels = backend->self,
                               .node = node,
                               .n_inputs = node->n_inputs,
                               .n_outputs = node->n_outputs,
                               .inputs = b.inputs,
                               .outputs = b.outputs};
    for (int i = 0; i < node->n_inputs; i++) {
        int t = node->inputs[i];
        const struct tensor *x = t < 0 ? NULL : &graph->tensors[t];
        int64_t pitch = x && x->rank > 0 ? x->dims[x->rank - 1] : 1;
        /* kernels never write to an input */
        union {
            const void *read;
            void *data;
        } u = {x ? x->data : NULL};
        b.inputs[i] = view_of(graph, t, pitch, u.data);
    }
    for (int i = 0; i < node->n_outputs; i++) {
        int t = outputs[i] ? node->outputs[i] : -1;
        const struct tensor *y = t < 0 ? NULL : &graph->tensors[t];
        int64_t pitch = y && y->rank > 0 ? y->dims[y->rank - 1] : 1;
        b.outputs[i] = view_of(graph, t, pitch, outputs[i]);
    }
    int last = 0;
    while (methods[last + 1]) last++;
    b.call.method_id = last;
    const struct cpu_method *method = methods[last];
    if (method->scratch_bytes) {
        b.call.scratch_bytes = method->scratch_bytes(&b.call, 1);
        b.call.scratch = arena_alloc(graph->arena, b.call.scratch_bytes, 1);
        if (!b.call.scratch)
            return status_fail(err, CUT_NO_MEMORY,
                               "node '%s' (%s): no memory for %zu bytes",
                               node->name, node->op_type, b.call.scratch_bytes);
    }
    return method->run(&b.call, err);
}

static const char *const routes[CUT_CPU_COUNT] = {
    [CUT_CPU_SCALAR] = "cpu-scalar",
    [CUT_CPU_SSE2] = "cpu-sse2",
    [CUT_CPU_AVX2] = "cpu-avx2",
    [CUT_CPU_AVX512] = "cpu-avx512",
    [CUT_CPU_NEON] = "cpu-neon",
    [CUT_CPU_SIMD128] = "cpu-simd128",
    [CUT_CPU_RELAXED] = "cpu-relaxed-simd",
};

void cpu_backend(enum cut_cpu cpu, int n_threads, struct backend *out) {
    if (cpu == CUT_CPU_BEST) cpu = cut_cpu_best();
    *out = (struct backend){.name = routes[cpu],
                            .n_threads = n_threads,
                            .self = cpu_kernels_for(cpu),
                            .choose = cpu_choose,
                            .can_overwrite = cpu_can_overwrite,
                            .evaluate = cpu_evaluate};
}

/* ---- Run time ---------------------------------------------------------- */

struct memory {
    char *arena;
    const void *const *inputs;
    void *const *outputs;
};

static void *operand_data(const struct graph *graph,
                          const struct plan_operand *operand,
                          const struct memory *memory) {
    union { /* kernels never write to an input or a constant */
        const void *read;
        void *data;
    } u = {NULL};
    switch (operand->place) {
    case PLACE_NONE: break;
    case PLACE_ARENA: u.data = memory->arena + operand->offset; break;
    case PLACE_CONST: u.read = graph->tensors[operand->tensor].data; break;
    case PLACE_INPUT: u.read = memory->inputs[operand->offset]; break;
    case PLACE_OUTPUT: u.data = memory->outputs[operand->offset]; break;
    }
    return u.data;
}

static enum cut_status run_step(const struct plan *plan,
                                const struct backend *backend,
                                const struct plan_step *step, struct pool *pool,
                                const struct memory *memory,
                                struct cut_error *err) {
    const struct graph *graph = plan->graph;
    struct bound b;
    bind_step(backend, graph, step, &b);
    for (int i = 0; i < step->n_inputs; i++)
        b.inputs[i].data = operand_data(graph, &step->inputs[i], memory);
    for (int i = 0; i < step->n_outputs; i++)
        b.outputs[i].data = operand_data(graph, &step->outputs[i], memory);
    b.call.pool = pool;
    if (step->scratch_bytes)
        b.call.scratch = memory->arena + step->scratch_offset;
    return cpu_methods(step->op)[step->method_id]->run(&b.call, err);
}

static bool tell(const struct cpu_run_options *options, double done,
                 double total) {
    if (!options || !options->progress) return true;
    return options->progress(options->user, total > 0 ? done / total : 1);
}

enum cut_status cpu_run_plan(const struct plan *plan,
                             const struct backend *backend, struct pool *pool,
                             void *arena, const void *const *inputs,
                             void *const *outputs,
                             const struct cpu_run_options *options,
                             struct cut_error *err) {
    char nothing; /* operands without elements have an address all the same */
    struct memory memory = {arena ? arena : &nothing, inputs, outputs};
    bool timed = options && options->clock_ms && options->step_ms;
    double done = 0;
    for (int i = 0; i < plan->n_steps; i++) {
        const struct plan_step *step = &plan->steps[i];
        if (!tell(options, done, plan->total_cost))
            return status_fail(err, CUT_CANCELLED, "cancelled");
        double start = timed ? options->clock_ms() : 0;
        enum cut_status status =
            run_step(plan, backend, step, pool, &memory, err);
        if (timed) options->step_ms[i] = options->clock_ms() - start;
        if (status) return status;
        done += step->cost;
    }
    tell(options, plan->total_cost, plan->total_cost);
    return CUT_OK;
}
