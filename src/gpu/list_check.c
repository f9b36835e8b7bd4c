/* The verifier of lists: knows nothing of how they are made. */
#include "base/mem.h"
#include "base/status.h"
#include "gpu/emit.h"

struct checker {
    const struct gpu_list *list;
    struct cut_error *err;
    int dispatch; /* at hand; -1: none */
};

__attribute__((format(printf, 2, 3))) static enum cut_status
wrong(const struct checker *c, const char *format, ...) {
    char what[200];
    va_list args;
    va_start(args, format);
    text_format_list(what, sizeof what, format, args);
    va_end(args);
    if (c->dispatch < 0)
        return status_fail(c->err, CUT_BAD_MODEL, "dispatch list: %s", what);
    int step = c->list->dispatches[c->dispatch].step;
    const char *name = "?";
    if (step >= 0 && step < c->list->plan->n_steps)
        name =
            c->list->plan->graph->nodes[c->list->plan->steps[step].node].name;
    return status_fail(c->err, CUT_BAD_MODEL,
                       "dispatch list: dispatch %d (node '%s'): %s",
                       c->dispatch, name, what);
}

static uint64_t end_of(const struct gpu_range *range) {
    return range->offset + range->bytes;
}

static bool overlap(const struct gpu_range *a, const struct gpu_range *b) {
    return a->buffer == b->buffer && a->offset < end_of(b) &&
           b->offset < end_of(a);
}

static bool inside(const struct gpu_range *a, const struct gpu_range *b) {
    return a->buffer == b->buffer && a->offset >= b->offset &&
           end_of(a) <= end_of(b);
}

/* A range that exists. */
static enum cut_status check_range(const struct checker *c, const char *what,
                                   const struct gpu_range *r) {
    const struct gpu_list *list = c->list;
    if (r->buffer < 0 || r->buffer >= list->n_buffers)
        return wrong(c, "%s: no buffer %d", what, r->buffer);
    uint64_t bytes = list->buffers[r->buffer].bytes;
    if (r->bytes == 0 || r->offset > bytes || r->bytes > bytes - r->offset)
        return wrong(c, "%s: bytes %llu to %llu of a buffer of %llu", what,
                     (unsigned long long)r->offset,
                     (unsigned long long)end_of(r), (unsigned long long)bytes);
    if (r->offset % 4 || r->bytes % 4)
        return wrong(c, "%s: %llu bytes at %llu, not whole words", what,
                     (unsigned long long)r->bytes,
                     (unsigned long long)r->offset);
    return CUT_OK;
}

/* ---- Buffers and uploads ------------------------------------------------ */

static enum cut_status check_outer(const struct checker *c, const int *tensors,
                                   int n, int first, enum gpu_usage usage) {
    for (int i = 0; i < n; i++) {
        const struct tensor *t = &c->list->plan->graph->tensors[tensors[i]];
        uint64_t bytes =
            (uint64_t)tensor_n_elements(t) * cut_dtype_bytes(t->dtype);
        if (first < 0 || first + i >= c->list->n_buffers ||
            (c->list->buffers[first + i].usage != usage &&
             c->list->buffers[first + i].usage != GPU_USAGE_SHARED))
            return wrong(c, "'%s' has no buffer", t->name);
        if (c->list->buffers[first + i].bytes < bytes)
            return wrong(c, "'%s' does not fit its buffer", t->name);
    }
    return CUT_OK;
}

static enum cut_status check_buffers(const struct checker *c) {
    const struct gpu_list *list = c->list;
    const struct graph *graph = list->plan->graph;
    uint64_t total = 0;
    for (int i = 0; i < list->n_buffers; i++) {
        uint64_t bytes = list->buffers[i].bytes;
        total += list->buffers[i].usage == GPU_USAGE_SHARED ? 0 : bytes;
        if (bytes == 0 || bytes % 256)
            return wrong(c, "buffer %d: %llu bytes", i,
                         (unsigned long long)bytes);
        if (bytes > list->device.limits.max_buffer_bytes)
            return wrong(c, "buffer %d: %llu bytes are too many", i,
                         (unsigned long long)bytes);
    }
    if (total != list->total_bytes)
        return wrong(c, "%llu bytes of buffers; %llu are told",
                     (unsigned long long)total,
                     (unsigned long long)list->total_bytes);
    if (list->n_buffers < GPU_FIRST_FREE ||
        (list->buffers[GPU_ARENA].usage != GPU_USAGE_ARENA &&
         list->buffers[GPU_ARENA].usage != GPU_USAGE_SHARED) ||
        list->buffers[GPU_PARAMS].usage != GPU_USAGE_PARAMS ||
        list->buffers[GPU_ARENA].bytes < list->plan->arena_bytes)
        return wrong(c, "the first buffers are not arena and parameters");
    enum cut_status status = check_outer(c, graph->inputs, graph->n_inputs,
                                         list->first_input, GPU_USAGE_INPUT);
    if (status) return status;
    return check_outer(c, graph->outputs, graph->n_outputs, list->first_output,
                       GPU_USAGE_OUTPUT);
}

/* Elements that the packing writes fit. */
static bool upload_fits(const struct checker *c, const struct gpu_upload *u) {
    if (u->packing == GPU_PACK_PARAMS)
        return u->range.bytes >=
               (uint64_t)c->list->n_dispatches * GPU_PARAM_STRIDE;
    if (u->packing != GPU_PACK_PLAIN && u->packing != GPU_PACK_VECTOR)
        return true;
    return u->n[0] >= 0 &&
           (uint64_t)u->n[0] * cut_dtype_bytes(u->dtype) <= u->range.bytes;
}

static enum cut_status check_uploads(const struct checker *c) {
    const struct gpu_list *list = c->list;
    uint64_t end = 0; /* of the last upload, buffer by buffer */
    for (int i = 0; i < list->n_uploads; i++) {
        const struct gpu_upload *u = &list->uploads[i];
        if (i == 0 && u->range.bytes == 0) continue; /* no dispatches */
        enum cut_status status = check_range(c, "upload", &u->range);
        if (status) return status;
        enum gpu_usage usage = list->buffers[u->range.buffer].usage;
        if (usage != (i ? GPU_USAGE_WEIGHTS : GPU_USAGE_PARAMS))
            return wrong(c, "upload %d goes into the wrong buffer", i);
        if (u->range.offset % 256 || !upload_fits(c, u))
            return wrong(c, "upload %d: %llu bytes at %llu", i,
                         (unsigned long long)u->range.bytes,
                         (unsigned long long)u->range.offset);
        /* They are laid one after the other, in each buffer. */
        end = 0;
        for (int k = i - 1; k > 0 && end == 0; k--)
            if (list->uploads[k].range.buffer == u->range.buffer)
                end = end_of(&list->uploads[k].range);
        if (u->range.offset < end)
            return wrong(c, "upload %d lies over another one", i);
    }
    return CUT_OK;
}

/* ---- Bindings ----------------------------------------------------------- */

static enum cut_status check_kind(const struct checker *c, int k, char letter,
                                  const struct gpu_range *r) {
    enum gpu_usage usage = c->list->buffers[r->buffer].usage;
    bool good = letter == 'u'   ? usage == GPU_USAGE_PARAMS
                : letter == 'r' ? usage == GPU_USAGE_WEIGHTS
                                : usage != GPU_USAGE_PARAMS;
    if (k == 1)
        good = usage == GPU_USAGE_ARENA || usage == GPU_USAGE_OUTPUT ||
               usage == GPU_USAGE_SHARED;
    if (!good) return wrong(c, "binding %d: a buffer of another use", k);
    if (usage != GPU_USAGE_WEIGHTS) return CUT_OK;
    for (int i = 1; i < c->list->n_uploads; i++)
        if (inside(r, &c->list->uploads[i].range)) return CUT_OK;
    /* a window may begin earlier, for alignment: never into another upload */
    return wrong(c, "binding %d: weights that nobody uploads", k);
}

static enum cut_status check_binding(const struct checker *c,
                                     const struct gpu_dispatch *d, int k,
                                     char letter) {
    const struct cut_gpu_limits *limits = &c->list->device.limits;
    const struct gpu_range *r = &d->bindings[k];
    enum cut_status status = check_range(c, "binding", r);
    if (status) return status;
    if (r->offset % (uint64_t)limits->offset_alignment)
        return wrong(c, "binding %d at byte %llu", k,
                     (unsigned long long)r->offset);
    if (r->bytes > limits->max_binding_bytes)
        return wrong(c, "binding %d of %llu bytes", k,
                     (unsigned long long)r->bytes);
    if (letter == 'u' &&
        (k || r->bytes != GPU_PARAM_WORDS * sizeof(uint32_t) ||
         r->offset != (uint64_t)c->dispatch * GPU_PARAM_STRIDE))
        return wrong(c, "binding %d is not this dispatch's parameters", k);
    return check_kind(c, k, letter, r);
}

/* WebGPU: writable bindings may not overlap, and a buffer is bound in one
 * way only. */
static enum cut_status check_aliases(const struct checker *c,
                                     const struct gpu_dispatch *d,
                                     const char *layout) {
    for (int i = 0; i < d->n_bindings; i++)
        for (int k = 0; k < i; k++) {
            const struct gpu_range *a = &d->bindings[i], *b = &d->bindings[k];
            if (a->buffer == b->buffer && layout[i] != layout[k])
                return wrong(c, "buffer %d is bound for reading and writing",
                             a->buffer);
            if (layout[i] == 'w' && overlap(a, b))
                return wrong(c, "bindings %d and %d overlap", k, i);
        }
    return CUT_OK;
}

static enum cut_status check_pipeline(const struct checker *c,
                                      const struct gpu_dispatch *d) {
    const struct gpu_list *list = c->list;
    if (d->pipeline < 0 || d->pipeline >= list->n_pipelines)
        return wrong(c, "no pipeline %d", d->pipeline);
    const struct gpu_pipeline *p = &list->pipelines[d->pipeline];
    int n = (int)text_length(p->layout);
    if (n != d->n_bindings || p->layout[0] != 'u')
        return wrong(c, "%d bindings for the layout '%s'", d->n_bindings,
                     p->layout);
    if (n - 1 > list->device.limits.max_storage_bindings)
        return wrong(c, "%d storage bindings", n - 1);
    return CUT_OK;
}

static enum cut_status check_dispatch(const struct checker *c,
                                      const struct gpu_dispatch *d) {
    enum cut_status status = check_pipeline(c, d);
    if (status) return status;
    const char *layout = c->list->pipelines[d->pipeline].layout;
    for (int i = 0; i < 3; i++)
        if (d->workgroups[i] < 1 || d->workgroups[i] > 65535)
            return wrong(c, "%u workgroups", (unsigned)d->workgroups[i]);
    for (int k = 0; k < d->n_bindings && !status; k++)
        status = check_binding(c, d, k, layout[k]);
    return status ? status : check_aliases(c, d, layout);
}

/* ---- Steps: what is written, what is touched ------------------------------
 */

/* Where an operand lies; false: a constant, or omitted. */
static bool operand_range(const struct gpu_list *list,
                          const struct plan_operand *o, struct gpu_range *r) {
    if (o->place == PLACE_NONE || o->place == PLACE_CONST) return false;
    const struct tensor *t = &list->plan->graph->tensors[o->tensor];
    int64_t n = tensor_n_elements(t);
    int64_t width = t->rank > 0 ? t->dims[t->rank - 1] : 1;
    int64_t span = n ? (n / width - 1) * o->pitch + width : 0;
    *r = (struct gpu_range){GPU_ARENA, o->offset,
                            (uint64_t)span * cut_dtype_bytes(t->dtype)};
    if (o->place == PLACE_ARENA) return true;
    int first =
        o->place == PLACE_INPUT ? list->first_input : list->first_output;
    r->buffer = first + (int)o->offset;
    r->offset = 0;
    return true;
}

/* A binding covers operands of its step, and not more than alignment asks:
 * from the unit that the first begins in to the end of the last. */
static bool is_touched(const struct gpu_list *list,
                       const struct plan_step *step,
                       const struct gpu_range *r) {
    uint64_t unit = (uint64_t)list->device.limits.offset_alignment;
    uint64_t low = UINT64_MAX, high = 0;
    const struct gpu_range scratch = {GPU_ARENA, step->scratch_offset,
                                      step->scratch_bytes};
    for (int i = -1; i < step->n_inputs + step->n_outputs; i++) {
        struct gpu_range o = scratch;
        if (i >= 0 && !operand_range(list,
                                     i < step->n_inputs
                                         ? &step->inputs[i]
                                         : &step->outputs[i - step->n_inputs],
                                     &o))
            continue;
        if (o.bytes == 0 || !overlap(&o, r)) continue;
        if (o.offset / unit * unit < low) low = o.offset / unit * unit;
        if (end_of(&o) > high) high = end_of(&o);
    }
    return high > 0 && r->offset >= low && end_of(r) <= (high + 15) / 16 * 16;
}

static enum cut_status check_touched(const struct checker *c,
                                     const struct gpu_dispatch *d) {
    const struct plan_step *step = &c->list->plan->steps[d->step];
    const char *layout = c->list->pipelines[d->pipeline].layout;
    for (int k = 1; k < d->n_bindings; k++) {
        const struct gpu_range *r = &d->bindings[k];
        if (layout[k] != 'w' ||
            c->list->buffers[r->buffer].usage == GPU_USAGE_WEIGHTS)
            continue;
        if (!is_touched(c->list, step, r))
            return wrong(c, "binding %d is no operand of its step", k);
    }
    return CUT_OK;
}

/* Every output of a step lies in what its dispatches write; a part of a
 * Concat may have been written in place. */
static enum cut_status check_written(struct checker *c, int first, int end,
                                     int step) {
    const struct gpu_list *list = c->list;
    const struct plan_step *s = &list->plan->steps[step];
    for (int i = 0; i < s->n_outputs && s->op != OP_CONCAT; i++) {
        struct gpu_range o;
        if (!operand_range(list, &s->outputs[i], &o) || o.bytes == 0) continue;
        uint64_t low = UINT64_MAX, high = 0;
        for (int k = first; k < end; k++) {
            const struct gpu_range *w = &list->dispatches[k].bindings[1];
            if (!overlap(w, &o)) continue;
            if (w->offset < low) low = w->offset;
            if (end_of(w) > high) high = end_of(w);
        }
        c->dispatch = -1;
        if (low > o.offset || high < end_of(&o))
            return wrong(c, "step %d (node '%s') does not write '%s'", step,
                         list->plan->graph->nodes[s->node].name,
                         list->plan->graph->tensors[s->outputs[i].tensor].name);
    }
    return CUT_OK;
}

static enum cut_status check_steps(struct checker *c) {
    const struct gpu_list *list = c->list;
    int at = 0;
    for (int step = 0; step < list->plan->n_steps; step++) {
        int first = at;
        for (; at < list->n_dispatches && list->dispatches[at].step == step;
             at++) {
            c->dispatch = at;
            enum cut_status status = check_touched(c, &list->dispatches[at]);
            if (status) return status;
        }
        enum cut_status status = check_written(c, first, at, step);
        if (status) return status;
    }
    c->dispatch = -1;
    if (at != list->n_dispatches)
        return wrong(c, "dispatch %d is out of order", at);
    return CUT_OK;
}

enum cut_status gpu_list_check(const struct gpu_list *list,
                               struct cut_error *err) {
    struct checker c = {list, err, -1};
    enum cut_status status = CUT_OK;
    /* the stages of a photo are no graph's plan */
    if (!list->n_before) status = plan_check(list->plan, err);
    if (!status) status = check_buffers(&c);
    if (!status) status = check_uploads(&c);
    for (int i = 0; i < list->n_dispatches && !status; i++) {
        c.dispatch = i;
        status = check_dispatch(&c, &list->dispatches[i]);
    }
    return status ? status : check_steps(&c);
}
