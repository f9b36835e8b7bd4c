/* The backend as the planner sees it: which method runs a step. */
#include "base/status.h"
#include "base/mem.h"
#include "gpu/list_work.h"

/* ---- The device -------------------------------------------------------- */

/* WebGPU's defaults (W3C, "WebGPU", section 3.6.2, Limits). */
void gpu_device_init(const struct cut_gpu_limits *limits,
                     struct gpu_device *device) {
    struct cut_gpu_limits l = *limits;
    if (!l.max_buffer_bytes) l.max_buffer_bytes = 256 << 20;
    if (!l.max_binding_bytes) l.max_binding_bytes = 128 << 20;
    if (!l.max_storage_bindings) l.max_storage_bindings = 8;
    if (!l.max_workgroup_bytes) l.max_workgroup_bytes = 16384;
    if (!l.max_invocations) l.max_invocations = 256;
    if (!l.offset_alignment) l.offset_alignment = 256;
    *device = (struct gpu_device){.limits = l, .f16 = l.use_f16};
}

/* ---- What is refused --------------------------------------------------- */

static enum cut_status refuse(const struct gpu_call *call, const char *name,
                              const char *what, struct cut_error *err) {
    return status_fail(err, CUT_UNSUPPORTED,
                       "node '%s' (%s): tensor '%s' is %s; WebGPU routes "
                       "have %s only",
                       call->node->name, call->node->op_type, name, what,
                       call->device->limits.shader_f16 ? "float32 and float16"
                                                       : "float32");
}

/* Activations that shaders can hold. Constants are the method's affair. */
static enum cut_status check_operand(const struct gpu_call *call,
                                     const struct gpu_operand *operand,
                                     struct cut_error *err) {
    const struct tensor *t = operand->tensor;
    if (!t || operand->constant) return CUT_OK;
    if (tensor_n_elements(t) <= 0) return refuse(call, t->name, "empty", err);
    bool held = t->dtype == CUT_F32 ||
                (t->dtype == CUT_F16 && call->device->limits.shader_f16);
    if (!held) return refuse(call, t->name, cut_dtype_name(t->dtype), err);
    return CUT_OK;
}

static enum cut_status check_operands(const struct gpu_call *call,
                                      struct cut_error *err) {
    enum cut_status status = CUT_OK;
    for (int i = 0; i < call->n_inputs && !status; i++)
        status = check_operand(call, &call->inputs[i], err);
    for (int i = 0; i < call->n_outputs && !status; i++)
        status = check_operand(call, &call->outputs[i], err);
    return status;
}

static enum cut_status check_count(const struct node *node,
                                   const struct plan_step *step,
                                   struct cut_error *err) {
    if (step->n_inputs <= GPU_MAX_OPERANDS &&
        step->n_outputs <= GPU_MAX_OPERANDS && step->n_outputs > 0 &&
        step->outputs[0].tensor >= 0)
        return CUT_OK;
    return status_fail(err, CUT_UNSUPPORTED,
                       "node '%s' (%s): %d inputs and %d outputs; WebGPU "
                       "routes take 1 to %d and need the first output",
                       node->name, node->op_type, step->n_inputs,
                       step->n_outputs, GPU_MAX_OPERANDS);
}

/* ---- The choice -------------------------------------------------------- */

static double n_elements(const struct gpu_operand *operand) {
    return operand->tensor ? (double)tensor_n_elements(operand->tensor) : 0;
}

/* Multiply-adds as a direct convolution or product would do. */
static double call_macs(const struct gpu_call *call) {
    const struct tensor *x = call->inputs[0].tensor;
    const struct tensor *w = call->inputs[1].tensor;
    switch (call->node->op) {
    case OP_CONV:
        return n_elements(&call->outputs[0]) * n_elements(&call->inputs[1]) /
               (double)w->dims[0];
    case OP_CONV_TRANSPOSE:
        return n_elements(&call->inputs[0]) * n_elements(&call->inputs[1]) /
               (double)w->dims[0];
    case OP_GEMM:
        return n_elements(&call->outputs[0]) *
               (double)x->dims[call->node->params.gemm.trans_a ? 0 : 1];
    case OP_MATMUL:
        return n_elements(&call->outputs[0]) *
               (double)(x->rank ? x->dims[x->rank - 1] : 1);
    default: return 0;
    }
}

/* "float32 of rank 4, constant uint8 of rank 4". */
static enum cut_status refuse_operands(const struct gpu_call *call,
                                       struct cut_error *err) {
    char text[200] = "no inputs";
    size_t n = 0;
    for (int i = 0; i < call->n_inputs && n + 60 < sizeof text; i++) {
        const struct gpu_operand *x = &call->inputs[i];
        if (!x->tensor) continue;
        n += text_format(text + n, sizeof text - n, "%s%s%s of rank %d",
                         n ? ", " : "", x->constant ? "constant " : "",
                         cut_dtype_name(x->dtype), x->tensor->rank);
    }
    return status_fail(err, CUT_UNSUPPORTED,
                       "node '%s' (%s): WebGPU routes cannot run it with these "
                       "attributes on %s",
                       call->node->name, call->node->op_type, text);
}

static enum cut_status gpu_choose(const struct backend *backend,
                                  const struct graph *graph,
                                  struct plan_step *step,
                                  struct cut_error *err) {
    const struct node *node = &graph->nodes[step->node];
    const struct gpu_method *const *methods = gpu_methods(step->op);
    const struct gpu_method *best = NULL;
    struct gpu_call call;
    enum cut_status status = check_count(node, step, err);
    if (status) return status;
    if (!methods[0])
        return status_fail(err, CUT_UNSUPPORTED,
                           "node '%s' (%s): WebGPU routes lack this operator",
                           node->name, node->op_type);
    gpu_bind_step(backend->self, graph, step, NULL, &call);
    status = check_operands(&call, err);
    if (status) return status;
    for (int i = 0; methods[i]; i++) {
        call.method_id = i;
        if (!methods[i]->fits(&call)) continue;
        double cost = methods[i]->cost(&call);
        if (best && cost >= step->cost) continue;
        best = methods[i];
        step->method_id = i;
        step->cost = cost;
    }
    if (!best) return refuse_operands(&call, err);
    call.method_id = step->method_id;
    step->method = best->name;
    step->scratch_bytes = best->scratch_bytes ? best->scratch_bytes(&call) : 0;
    step->macs = call_macs(&call);
    return CUT_OK;
}

static bool same_dims(const struct tensor *a, const struct tensor *b) {
    bool same = a->rank == b->rank;
    for (int i = 0; i < a->rank && same; i++) same = a->dims[i] == b->dims[i];
    return same;
}

/* Operators whose every method reads an element in the one invocation that
 * writes its place, and never again. */
static bool gpu_can_overwrite(const struct backend *backend,
                              const struct graph *graph,
                              const struct plan_step *step, int i) {
    (void)backend;
    const struct tensor *x = &graph->tensors[step->inputs[i].tensor];
    const struct tensor *y = &graph->tensors[step->outputs[0].tensor];
    if (!same_dims(x, y) || x->dtype != y->dtype) return false;
    if (step->op >= OP_RELU && step->op <= OP_CAST) return i == 0;
    if (step->op >= OP_ADD && step->op <= OP_PRELU) return true;
    switch (step->op) {
    case OP_MIN:
    case OP_MAX:
    case OP_SUM:
    case OP_MEAN: return i < 2; /* the others are read after a first sum */
    case OP_BATCH_NORM: return i == 0;
    case OP_CONV: return i == CONV_RESIDUAL;
    default: return false;
    }
}

/* ---- Constants --------------------------------------------------------- */

static enum cut_status gpu_evaluate(const struct backend *backend,
                                    const struct graph *graph,
                                    const struct node *node,
                                    void *const *outputs,
                                    struct cut_error *err) {
    const struct gpu_device *device = backend->self;
    return device->cpu->evaluate(device->cpu, graph, node, outputs, err);
}

void gpu_backend(struct gpu_device *device, const struct backend *cpu,
                 struct backend *out) {
    device->cpu = cpu;
    *out = (struct backend){.name = device->f16 ? "webgpu-f16" : "webgpu-f32",
                            .self = device,
                            .alignment = 256,
                            .choose = gpu_choose,
                            .can_overwrite = gpu_can_overwrite,
                            .evaluate = gpu_evaluate};
}
