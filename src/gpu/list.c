/* From a plan to the list of dispatches. */
#include "base/half.h"
#include "base/mem.h"
#include "base/status.h"
#include "gpu/list_work.h"

static enum cut_status no_memory(struct cut_error *err) {
    return status_fail(err, CUT_NO_MEMORY, "no memory for the dispatch list");
}

void *gpu_larger(struct arena *arena, void *items, int n, int *room,
                 size_t item_bytes) {
    if (n > INT32_MAX / 4) return NULL;
    int larger = 2 * n + 32;
    void *moved = arena_alloc(arena, (size_t)larger, item_bytes);
    if (moved && *room) memcpy(moved, items, (size_t)*room * item_bytes);
    *room = larger;
    return moved;
}

int gpu_add_buffer(struct gpu_emitter *e, enum gpu_usage usage,
                   uint64_t bytes) {
    struct gpu_list *list = e->list;
    if (!GPU_GROW(e->arena, &list->buffers, list->n_buffers, &e->buffer_room))
        return -1;
    list->buffers[list->n_buffers] =
        (struct gpu_buffer){usage, gpu_round_up(bytes, 256), 0};
    return list->n_buffers++;
}

/* ---- Binding a step ---------------------------------------------------- */

static uint64_t operand_bytes(const struct tensor *t, int64_t pitch) {
    int64_t n = tensor_n_elements(t);
    int64_t width = t->rank > 0 ? t->dims[t->rank - 1] : 1;
    if (n <= 0) return 0;
    return (uint64_t)((n / width - 1) * pitch + width) *
           cut_dtype_bytes(t->dtype);
}

static struct gpu_operand operand_of(const struct graph *graph,
                                     const struct plan_operand *from,
                                     const struct gpu_list *list) {
    struct gpu_operand to = {.tensor_index = from->tensor,
                             .range = {.buffer = -1}};
    if (from->tensor < 0) return to;
    const struct tensor *t = &graph->tensors[from->tensor];
    to.tensor = t;
    to.dtype = t->dtype;
    to.pitch = from->pitch;
    to.constant = t->data != NULL;
    to.range.bytes = operand_bytes(t, from->pitch);
    if (!list) return to;
    if (from->place == PLACE_ARENA) {
        to.range.buffer = GPU_ARENA;
        to.range.offset = from->offset;
    }
    if (from->place == PLACE_INPUT)
        to.range.buffer = list->first_input + (int)from->offset;
    if (from->place == PLACE_OUTPUT)
        to.range.buffer = list->first_output + (int)from->offset;
    return to;
}

void gpu_bind_step(const struct gpu_device *device, const struct graph *graph,
                   const struct plan_step *step, const struct gpu_list *list,
                   struct gpu_call *call) {
    *call = (struct gpu_call){.device = device,
                              .node = &graph->nodes[step->node],
                              .graph = graph,
                              .method_id = step->method_id,
                              .n_inputs = step->n_inputs,
                              .n_outputs = step->n_outputs,
                              .scratch = {.buffer = -1}};
    for (int i = 0; i < step->n_inputs; i++)
        call->inputs[i] = operand_of(graph, &step->inputs[i], list);
    for (int i = 0; i < step->n_outputs; i++)
        call->outputs[i] = operand_of(graph, &step->outputs[i], list);
    if (list)
        call->scratch = (struct gpu_range){GPU_ARENA, step->scratch_offset,
                                           step->scratch_bytes};
}

/* ---- Buffers ----------------------------------------------------------- */

static bool add_outer_buffers(struct gpu_emitter *e, const int *tensors, int n,
                              enum gpu_usage usage) {
    const struct graph *graph = e->list->plan->graph;
    bool ok = true;
    for (int i = 0; i < n; i++) {
        const struct tensor *t = &graph->tensors[tensors[i]];
        uint64_t bytes =
            operand_bytes(t, t->rank > 0 ? t->dims[t->rank - 1] : 1);
        ok = ok && gpu_add_buffer(e, usage, bytes ? bytes : 1) >= 0;
    }
    return ok;
}

bool gpu_add_params(struct gpu_emitter *e) {
    struct gpu_list *list = e->list;
    if (gpu_add_buffer(e, GPU_USAGE_PARAMS, 0) != GPU_PARAMS ||
        !GPU_GROW(e->arena, &list->uploads, 0, &e->upload_room) ||
        !GPU_GROW(e->arena, &e->kinds, 0, &e->kind_room))
        return false;
    list->uploads[list->n_uploads++] =
        (struct gpu_upload){.packing = GPU_PACK_PARAMS,
                            .range = {.buffer = GPU_PARAMS},
                            .tensor = -1,
                            .zero = -1,
                            .scale = -1};
    return true;
}

static enum cut_status add_buffers(struct gpu_emitter *e,
                                   struct cut_error *err) {
    struct gpu_list *list = e->list;
    const struct graph *graph = list->plan->graph;
    uint64_t arena_bytes = list->plan->arena_bytes;
    bool ok = gpu_add_buffer(e, GPU_USAGE_ARENA,
                             arena_bytes ? arena_bytes : 1) == GPU_ARENA;
    ok = ok && gpu_add_params(e);
    list->first_input = list->n_buffers;
    ok = ok &&
         add_outer_buffers(e, graph->inputs, graph->n_inputs, GPU_USAGE_INPUT);
    list->first_output = list->n_buffers;
    ok = ok && add_outer_buffers(e, graph->outputs, graph->n_outputs,
                                 GPU_USAGE_OUTPUT);
    return ok ? CUT_OK : no_memory(err);
}

static const char *const usage_names[] = {
    [GPU_USAGE_ARENA] = "activations", [GPU_USAGE_WEIGHTS] = "weights",
    [GPU_USAGE_PARAMS] = "parameters", [GPU_USAGE_INPUT] = "an input",
    [GPU_USAGE_OUTPUT] = "an output",  [GPU_USAGE_SHARED] = "a shared one",
};

enum cut_status gpu_list_finish(struct gpu_list *list, struct cut_error *err) {
    uint64_t bytes = (uint64_t)list->n_dispatches * GPU_PARAM_STRIDE;
    list->uploads[0].range.bytes = bytes;
    list->buffers[GPU_PARAMS].bytes = bytes ? bytes : 256;
    for (int i = 0; i < list->n_buffers; i++) {
        const struct gpu_buffer *buffer = &list->buffers[i];
        if (buffer->usage == GPU_USAGE_SHARED) continue;
        list->total_bytes += buffer->bytes;
        if (buffer->bytes > list->device.limits.max_buffer_bytes)
            return status_fail(
                err, CUT_UNSUPPORTED,
                "%s: a buffer of %llu bytes; this GPU's have at most %llu",
                usage_names[buffer->usage], (unsigned long long)buffer->bytes,
                (unsigned long long)list->device.limits.max_buffer_bytes);
    }
    return CUT_OK;
}

/* ---- All of it --------------------------------------------------------- */

static enum cut_status emit_step(struct gpu_emitter *e, int i,
                                 struct cut_error *err) {
    const struct plan *plan = e->list->plan;
    const struct plan_step *step = &plan->steps[i];
    struct gpu_call call;
    gpu_bind_step(&e->list->device, plan->graph, step, e->list, &call);
    call.step = i;
    e->n_emitted = 0;
    return gpu_methods(step->op)[step->method_id]->emit(e, &call, err);
}

enum cut_status gpu_list_make(const struct plan *plan,
                              const struct gpu_device *device,
                              struct arena *arena, struct gpu_list *list,
                              struct cut_error *err) {
    *list = (struct gpu_list){.plan = plan, .device = *device};
    struct gpu_emitter e = {.list = list, .arena = arena, .weights = {-1, -1}};
    enum cut_status status = add_buffers(&e, err);
    for (int i = 0; i < plan->n_steps && !status; i++)
        status = emit_step(&e, i, err);
    return status ? status : gpu_list_finish(list, err);
}

/* ---- Packing ----------------------------------------------------------- */

static float float_at(const struct tensor *t, int64_t i) {
    const char *data = t->data;
    uint16_t half;
    float f;
    double d;
    switch (t->dtype) {
    case CUT_F16: memcpy(&half, data + 2 * i, 2); return half_to_float(half);
    case CUT_BF16: memcpy(&half, data + 2 * i, 2); return bf16_to_float(half);
    case CUT_F32: memcpy(&f, data + 4 * i, 4); return f;
    case CUT_F64: memcpy(&d, data + 8 * i, 8); return (float)d;
    default: return 0;
    }
}

static void pack_elements(const struct tensor *t, int64_t n,
                          enum cut_dtype dtype, char *to) {
    for (int64_t i = 0; i < n; i++) {
        float value = float_at(t, i);
        uint16_t half = half_from_float(value);
        if (dtype == CUT_F16)
            memcpy(to + 2 * i, &half, 2);
        else
            memcpy(to + 4 * i, &value, 4);
    }
}

static void pack_params(const struct gpu_list *list, char *to) {
    const size_t bytes = GPU_PARAM_WORDS * sizeof(uint32_t);
    for (int i = 0; i < list->n_dispatches; i++)
        memcpy(to + (size_t)i * GPU_PARAM_STRIDE,
               list->params + (size_t)i * GPU_PARAM_WORDS, bytes);
}

enum cut_status gpu_list_pack(const struct gpu_list *list, int i, void *bytes,
                              struct cut_error *err) {
    const struct gpu_upload *u = &list->uploads[i];
    const struct tensor *t =
        u->tensor < 0 ? NULL : &list->plan->graph->tensors[u->tensor];
    memset(bytes, 0, (size_t)u->range.bytes);
    switch (u->packing) {
    case GPU_PACK_PARAMS: pack_params(list, bytes); return CUT_OK;
    case GPU_PACK_PLAIN:
    case GPU_PACK_VECTOR:
        pack_elements(t, i64_min(tensor_n_elements(t), u->n[0]), u->dtype,
                      bytes);
        return CUT_OK;
    case GPU_PACK_CONV: return gpu_pack_conv(list, u, bytes, err);
    case GPU_PACK_MATRIX: return gpu_pack_matrix(list, u, bytes, err);
    }
    return CUT_OK;
}
