/* The verifier of dispatch lists finds every kind of fault that is put into a
 * good list. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gpu_graphs.h"
#include "heap.h"
#include "session/session.h"

/* A copy of a list that can be spoilt. */
struct copy {
    struct gpu_list list;
    struct gpu_buffer buffers[32];
    struct gpu_upload uploads[64];
    struct gpu_pipeline pipelines[64];
    struct gpu_dispatch dispatches[128];
};

static void copy_list(const struct gpu_list *from, struct copy *to) {
    to->list = *from;
#define COPY(part, n)                                                          \
    do {                                                                       \
        assert((size_t)(n) <= sizeof to->part / sizeof *to->part);             \
        memcpy(to->part, from->part, (size_t)(n) * sizeof *to->part);          \
        to->list.part = to->part;                                              \
    } while (0)
    COPY(buffers, from->n_buffers);
    COPY(uploads, from->n_uploads);
    COPY(pipelines, from->n_pipelines);
    COPY(dispatches, from->n_dispatches);
#undef COPY
}

/* The first dispatch whose layout has two such letters, the first of its
 * bindings with the last of them in *k. */
static struct gpu_dispatch *with_letters(struct copy *c, char a, char b,
                                         int *k) {
    for (int i = 0; i < c->list.n_dispatches; i++) {
        struct gpu_dispatch *d = &c->dispatches[i];
        const char *layout = c->pipelines[d->pipeline].layout;
        const char *first = strchr(layout, a);
        const char *second = first ? strchr(first + 1, b) : NULL;
        if (!second) continue;
        *k = (int)(second - layout);
        return d;
    }
    return NULL;
}

static struct gpu_range *writable(struct copy *c, int *k) {
    struct gpu_dispatch *d = with_letters(c, 'w', 'w', k);
    return &d->bindings[*k];
}

static void shorten_arena(struct copy *c) {
    c->buffers[GPU_ARENA].bytes -= 256;
    c->list.total_bytes -= 256;
}
static void tell_more(struct copy *c) { c->list.total_bytes += 256; }
static void odd_buffer(struct copy *c) {
    c->buffers[GPU_ARENA].bytes += 4;
    c->list.total_bytes += 4;
}
static void large_buffer(struct copy *c) {
    c->list.device.limits.max_buffer_bytes = 512;
}
static void no_output(struct copy *c) {
    c->buffers[c->list.first_output].usage = GPU_USAGE_INPUT;
}
static void upload_outside(struct copy *c) {
    c->uploads[1].range.offset += 1 << 20;
}
static void upload_over(struct copy *c) {
    c->uploads[2].range = c->uploads[1].range;
}
static void upload_askew(struct copy *c) { c->uploads[1].range.offset += 4; }
static void upload_elsewhere(struct copy *c) {
    c->uploads[1].range.buffer = GPU_ARENA;
}
static void binding_outside(struct copy *c) {
    int k = 0;
    writable(c, &k)->bytes = 1 << 28;
}
static void binding_empty(struct copy *c) {
    int k = 0;
    writable(c, &k)->bytes = 0;
}
static void binding_askew(struct copy *c) {
    int k = 0;
    writable(c, &k)->offset += 16;
}
static void binding_odd(struct copy *c) {
    int k = 0;
    writable(c, &k)->bytes -= 2;
}
static void binding_nowhere(struct copy *c) {
    int k = 0;
    writable(c, &k)->buffer = 99;
}
static void binding_large(struct copy *c) {
    c->list.device.limits.max_binding_bytes = 64;
}
static void binding_alias(struct copy *c) {
    int k = 0;
    struct gpu_dispatch *d = with_letters(c, 'w', 'w', &k);
    d->bindings[k] = d->bindings[1];
}
static void binding_both_ways(struct copy *c) {
    int k = 0;
    struct gpu_dispatch *d = with_letters(c, 'w', 'r', &k);
    d->bindings[k - 1] = d->bindings[k];
}
static void binding_not_uploaded(struct copy *c) {
    int k = 0;
    struct gpu_dispatch *d = with_letters(c, 'w', 'r', &k);
    c->buffers[d->bindings[k].buffer].bytes += 1024;
    c->list.total_bytes += 1024;
    d->bindings[k].offset = c->buffers[d->bindings[k].buffer].bytes - 512;
    d->bindings[k].bytes = 256;
}
static void binding_of_another(struct copy *c) {
    struct gpu_range *r = &c->dispatches[2].bindings[2]; /* a pool's input */
    r->offset = c->buffers[r->buffer].bytes - 256;
    r->bytes = 256;
}
static void writes_input(struct copy *c) {
    c->dispatches[0].bindings[1] =
        (struct gpu_range){c->list.first_input, 0, 256};
}
static void params_of_another(struct copy *c) {
    c->dispatches[1].bindings[0].offset = 0;
}
static void no_workgroups(struct copy *c) {
    c->dispatches[2].workgroups[0] = 0;
}
static void many_workgroups(struct copy *c) {
    c->dispatches[2].workgroups[1] = 65536;
}
static void no_pipeline(struct copy *c) { c->dispatches[1].pipeline = 64; }
static void few_bindings(struct copy *c) { c->dispatches[1].n_bindings--; }
static void many_slots(struct copy *c) {
    c->list.device.limits.max_storage_bindings = 1;
}
static void out_of_order(struct copy *c) {
    c->dispatches[c->list.n_dispatches - 1].step = 0;
}
static void step_left_out(struct copy *c) { c->list.n_dispatches--; }
static void writes_less(struct copy *c) {
    struct gpu_range *r = &c->dispatches[c->list.n_dispatches - 1].bindings[1];
    r->bytes /= 2;
}

#define FAULT(name)                                                            \
    { #name, name }
static const struct {
    const char *name;
    void (*spoil)(struct copy *c);
} faults[] = {
    FAULT(shorten_arena),      FAULT(tell_more),
    FAULT(odd_buffer),         FAULT(large_buffer),
    FAULT(no_output),          FAULT(upload_outside),
    FAULT(upload_over),        FAULT(upload_askew),
    FAULT(upload_elsewhere),   FAULT(binding_outside),
    FAULT(binding_empty),      FAULT(binding_askew),
    FAULT(binding_odd),        FAULT(binding_nowhere),
    FAULT(binding_large),      FAULT(binding_alias),
    FAULT(binding_both_ways),  FAULT(binding_not_uploaded),
    FAULT(binding_of_another), FAULT(writes_input),
    FAULT(params_of_another),  FAULT(no_workgroups),
    FAULT(many_workgroups),    FAULT(no_pipeline),
    FAULT(few_bindings),       FAULT(many_slots),
    FAULT(out_of_order),       FAULT(step_left_out),
    FAULT(writes_less),
};

int main(void) {
    static struct onnx_writer w;
    static struct copy copy;
    static struct heap heap;
    struct cut_allocator allocator = heap_allocator(&heap);
    struct cut_gpu_limits limits = {0};
    struct cut_session_options options = {.gpu = &limits};
    struct cut_model *model = NULL;
    struct cut_session *session = NULL;
    struct cut_error err;
    gpu_graphs[0].write(&w);
    if (cut_model_open(w.bytes, w.n_bytes, &allocator, &model, &err) ||
        cut_session_create(model, &options, &allocator, &session, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    copy_list(&session->gpu->list, &copy);
    CHECK(gpu_list_check(&copy.list, &err) == CUT_OK, "%s", err.message);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        copy_list(&session->gpu->list, &copy);
        faults[i].spoil(&copy);
        CHECK(gpu_list_check(&copy.list, &err) != CUT_OK, "%s is not found",
              faults[i].name);
        if (getenv("VERBOSE")) printf("%s: %s\n", faults[i].name, err.message);
    }
    cut_session_destroy(session);
    cut_model_close(model);
    return check_summary("gpu-check");
}
