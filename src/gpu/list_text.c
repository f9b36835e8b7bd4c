/* The list as JSON; its form is in gpu.h. */
#include "base/mem.h"
#include "base/status.h"
#include "gpu/gpu.h"

/* Text that grows in an arena; `full` once memory is out. */
struct writer {
    struct arena *arena;
    char *text;
    size_t n, room;
    bool full;
};

static bool reserve(struct writer *w, size_t more) {
    if (w->full) return false;
    if (w->room - w->n > more) return true;
    size_t room = 2 * w->room + more + 4096;
    char *text = arena_alloc(w->arena, room, 1);
    w->full = !text;
    if (!text) return false;
    if (w->n) memcpy(text, w->text, w->n);
    w->text = text;
    w->room = room;
    return true;
}

/* At most 400 bytes at a time. */
__attribute__((format(printf, 2, 3))) static void put(struct writer *w,
                                                      const char *format, ...) {
    va_list args;
    if (!reserve(w, 512)) return;
    va_start(args, format);
    w->n += text_format_list(w->text + w->n, 512, format, args);
    va_end(args);
}

/* A string of any length, quoted. */
static void put_string(struct writer *w, const char *text) {
    static const char digits[] = "0123456789abcdef";
    if (!reserve(w, 6 * text_length(text) + 3)) return;
    char *to = w->text + w->n;
    *to++ = '"';
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') *to++ = '\\';
        if (c >= 32) {
            *to++ = *text;
            continue;
        }
        memcpy(to, "\\u00", 4);
        to[4] = digits[c >> 4];
        to[5] = digits[c & 15];
        to += 6;
    }
    *to++ = '"';
    *to = 0;
    w->n = (size_t)(to - w->text);
}

static const char *const usage_names[] = {
    [GPU_USAGE_ARENA] = "arena",   [GPU_USAGE_WEIGHTS] = "weights",
    [GPU_USAGE_PARAMS] = "params", [GPU_USAGE_INPUT] = "input",
    [GPU_USAGE_OUTPUT] = "output", [GPU_USAGE_SHARED] = "shared",
};

static const char *comma(int i) { return i ? ",\n" : "\n"; }

static void put_range(struct writer *w, const struct gpu_range *range) {
    put(w, "[%d,%llu,%llu]", range->buffer, (unsigned long long)range->offset,
        (unsigned long long)range->bytes);
}

static void put_buffers(struct writer *w, const struct gpu_list *list) {
    put(w, "\"buffers\":[");
    for (int i = 0; i < list->n_buffers; i++) {
        const struct gpu_buffer *buffer = &list->buffers[i];
        put(w, "%s{\"usage\":\"%s\",\"bytes\":%llu", comma(i),
            usage_names[buffer->usage], (unsigned long long)buffer->bytes);
        if (buffer->usage == GPU_USAGE_SHARED) put(w, ",\"of\":%d", buffer->of);
        put(w, "}");
    }
    put(w, "],\n");
}

/* Graph inputs or outputs; `first` is the buffer of the first of them. */
static void put_tensors(struct writer *w, const struct gpu_list *list,
                        const int *tensors, int n, int first) {
    const struct graph *graph = list->plan->graph;
    for (int i = 0; i < n; i++) {
        const struct tensor *t = &graph->tensors[tensors[i]];
        int64_t dims[CUT_MAX_RANK];
        int64_t bytes =
            tensor_n_elements(t) * (int64_t)cut_dtype_bytes(t->dtype);
        put(w, "%s{\"name\":", comma(i));
        put_string(w, t->name);
        put(w, ",\"buffer\":%d,\"bytes\":%lld,\"dims\":[", first + i,
            (long long)bytes);
        tensor_onnx_dims(t, dims);
        for (int k = 0; k < t->rank; k++)
            put(w, "%s%lld", k ? "," : "", (long long)dims[k]);
        put(w, "]}");
    }
    put(w, "],\n");
}

static void put_pipelines(struct writer *w, const struct gpu_list *list) {
    put(w, "\"pipelines\":[");
    for (int i = 0; i < list->n_pipelines; i++) {
        const struct gpu_pipeline *p = &list->pipelines[i];
        put(w, "%s{\"shader\":\"%s\",\"constants\":{", comma(i), p->shader);
        for (int k = 0; k < p->n_constants; k++)
            put(w, "%s\"%s\":%u", k ? "," : "", p->constants[k].name,
                (unsigned)p->constants[k].value);
        put(w, "},\"layout\":\"%s\",\"head\":", p->layout);
        put_string(w, p->head);
        put(w, "}");
    }
    put(w, "],\n");
}

static void put_steps(struct writer *w, const struct gpu_list *list) {
    const struct plan *plan = list->plan;
    put(w, "\"steps\":[");
    for (int i = 0; i < plan->n_steps; i++) {
        const struct node *node = &plan->graph->nodes[plan->steps[i].node];
        put(w, "%s{\"node\":", comma(i));
        put_string(w, node->name);
        put(w, ",\"op\":\"%s\",\"method\":\"%s\"}", node->op_type,
            plan->steps[i].method);
    }
    put(w, "],\n");
}

static void put_dispatches(struct writer *w, const struct gpu_list *list) {
    put(w, "\"dispatches\":[");
    for (int i = 0; i < list->n_dispatches; i++) {
        const struct gpu_dispatch *d = &list->dispatches[i];
        put(w, "%s[%d,%d,%u,%u,%u,%lld,[", comma(i), d->pipeline, d->step,
            (unsigned)d->workgroups[0], (unsigned)d->workgroups[1],
            (unsigned)d->workgroups[2], (long long)d->cost);
        for (int k = 0; k < d->n_bindings; k++) {
            put(w, "%s", k ? "," : "");
            put_range(w, &d->bindings[k]);
        }
        put(w, "]]");
    }
    put(w, "]}\n");
}

const char *gpu_list_text(const struct gpu_list *list, struct arena *arena) {
    const struct graph *graph = list->plan->graph;
    struct writer w = {.arena = arena};
    put(&w, "{\"precision\":\"%s\",\"bytes\":%llu,\"cost\":%lld,\n",
        list->device.f16 ? "f16" : "f32", (unsigned long long)list->total_bytes,
        (long long)list->total_cost);
    if (list->n_before) put(&w, "\"before\":%d,\n", list->n_before);
    put_buffers(&w, list);
    put(&w, "\"inputs\":[");
    put_tensors(&w, list, graph->inputs, graph->n_inputs, list->first_input);
    put(&w, "\"outputs\":[");
    put_tensors(&w, list, graph->outputs, graph->n_outputs, list->first_output);
    put(&w, "\"uploads\":[");
    for (int i = 0; i < list->n_uploads; i++) {
        put(&w, "%s", i ? "," : "");
        put_range(&w, &list->uploads[i].range);
    }
    put(&w, "],\n");
    put_pipelines(&w, list);
    put_steps(&w, list);
    put_dispatches(&w, list);
    return w.full ? NULL : w.text;
}
