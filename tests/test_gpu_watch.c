/* The look at inner results (gpu/watch.h) without a GPU: every convolution of
 * kernel_cases.h, wherever its operands lie. What the scalar reference gives
 * is laid out as the list has it and copied as asked: it passes, and every
 * single value that was looked at, changed, is found and named. */
#include "check.h"

#include "case_graphs.h"
#include "gpu/list_work.h"
#include "gpu/watch.h"
#include "heap.h"

enum { RUNS = 5 };

static struct heap heap;
static struct cut_error err;
static long n_looked, n_values;

/* ---- A GPU's buffers --------------------------------------------------- */

struct played {
    const struct gpu_list *list;
    const struct gpu_watch *watch;
    const struct graph *want; /* tensors with what they should hold */
    uint8_t **buffers;
    uint8_t *copied;
};

static void lay_out(const struct played *g, const struct gpu_operand *to) {
    const struct tensor *t = &g->want->tensors[to->tensor_index];
    const size_t item = cut_dtype_bytes(t->dtype);
    const int64_t width = t->dims[t->rank - 1];
    const int64_t rows = tensor_n_elements(t) / width;
    uint8_t *at = g->buffers[to->range.buffer] + to->range.offset;
    for (int64_t r = 0; r < rows; r++)
        memcpy(at + (size_t)(r * to->pitch) * item,
               (const uint8_t *)t->data + (size_t)(r * width) * item,
               (size_t)width * item);
}

/* Copies [from, to) of the run. */
static void copy(const struct played *g, int from, int to) {
    size_t at = 0;
    for (int i = 0; i < to; i++) {
        const struct cut_gpu_copy *c = &g->watch->copies[i];
        CHECK(c->offset % 4 == 0 && c->bytes % 4 == 0 && c->bytes > 0,
              "copy %d: %zu bytes", i, c->bytes);
        CHECK(c->offset + c->bytes <= g->list->buffers[c->buffer].bytes,
              "copy %d: outside", i);
        if (i >= from)
            memcpy(g->copied + at, g->buffers[c->buffer] + c->offset, c->bytes);
        at += c->bytes;
    }
    CHECK(at <= g->watch->most_bytes, "%zu bytes of %zu", at,
          g->watch->most_bytes);
}

/* The steps that are looked at, one after the other; the residual is there
 * before, where the result may be afterwards. */
static void play(const struct played *g) {
    for (int i = 0; i < g->watch->n_probes; i++) {
        const struct watch_probe *p = &g->watch->probes[i];
        struct gpu_call call;
        const struct plan *plan = g->list->plan;
        gpu_bind_step(&g->list->device, plan->graph,
                      &plan->steps[p->step->step], g->list, &call);
        if (p->result > p->residual) lay_out(g, &call.inputs[CONV_RESIDUAL]);
        copy(g, p->residual, p->result);
        lay_out(g, &call.inputs[CONV_X]);
        lay_out(g, &call.outputs[0]);
        copy(g, p->result, p->end);
    }
}

/* ---- What must be found ------------------------------------------------ */

/* Offset in `copied` of what was copied from there. */
static uint8_t *find(const struct played *g, const struct watch_probe *p,
                     uint64_t offset) {
    uint8_t *at = g->copied;
    for (int i = 0; i < p->inputs; i++) {
        const struct cut_gpu_copy *c = &g->watch->copies[i];
        if (i >= p->result && offset >= c->offset &&
            offset < c->offset + c->bytes)
            return at + (offset - c->offset);
        at += c->bytes;
    }
    return NULL;
}

/* Adds a twentieth of the largest result to one that was looked at. */
static void spoil(const struct played *g, const struct watch_probe *p,
                  int64_t pixel, int64_t k, const char *name) {
    struct gpu_call call;
    const struct plan *plan = g->list->plan;
    gpu_bind_step(&g->list->device, plan->graph, &plan->steps[p->step->step],
                  g->list, &call);
    const struct gpu_operand *y = &call.outputs[0];
    const struct tensor *t = &g->want->tensors[y->tensor_index];
    const int64_t *dims = t->dims;
    const size_t item = cut_dtype_bytes(y->dtype);
    const int64_t rows = t->rank > 3 ? dims[1] : 1;
    const int64_t at =
        (p->image * rows + p->y) * dims[t->rank - 2] + p->x + pixel;
    uint8_t *value =
        find(g, p, y->range.offset + (uint64_t)(at * y->pitch + k) * item);
    double worst, largest = 0;
    CHECK(value, "%s: not copied", name);
    if (!value) return;
    for (int64_t i = 0; i < tensor_n_elements(t); i++)
        largest =
            fmax(largest,
                 fabs((double)gpu_float_of(t->dtype, (const uint8_t *)t->data +
                                                         (size_t)i * item)));
    uint8_t old[4];
    memcpy(old, value, item);
    put(y->dtype, value, (double)gpu_float_of(y->dtype, value) + largest / 20);
    CHECK(gpu_watch_check(g->watch, g->copied, &worst, &err) ==
                  CUT_BAD_RESULT &&
              strstr(err.message,
                     plan->graph->nodes[plan->steps[p->step->step].node].name),
          "%s: not found", name);
    memcpy(value, old, item);
    n_values++;
}

static void look(const struct played *g, const char *name) {
    double worst;
    play(g);
    enum cut_status status = gpu_watch_check(g->watch, g->copied, &worst, &err);
    CHECK(status == CUT_OK, "%s: %s", name, err.message);
    CHECK(status || worst < 0.5, "%s: %g of what is allowed", name, worst);
    n_looked += g->watch->n_probes;
    for (int i = 0; i < g->watch->n_probes; i++) {
        const struct watch_probe *p = &g->watch->probes[i];
        for (int64_t pixel = 0; pixel < p->n_pixels; pixel++)
            for (int n = 0; n < WATCH_CHANNELS; n++)
                spoil(g, p, pixel, p->step->channels[n].k, name);
    }
}

/* ---- All cases --------------------------------------------------------- */

static void forget_constants(const struct build *b) {
    for (int i = 0; i < b->graph.n_tensors; i++) {
        const struct tensor *t = &b->graph.tensors[i];
        if (t->data && !t->is_input) memset((void *)t->data, 0x55, t->bytes);
    }
}

static void watch_list(struct build *b, const struct gpu_list *list,
                       const struct graph *want, const char *name) {
    struct gpu_watch watch;
    enum cut_status status =
        gpu_watch_start(list, random_state, &b->arena, &watch, &err);
    CHECK(status == CUT_OK, "%s: %s", name, err.message);
    CHECK(watch.cost <= list->total_cost, "%s: cost", name);
    forget_constants(b);
    struct played g = {.list = list, .watch = &watch, .want = want};
    g.buffers = ARENA_NEW(&b->arena, list->n_buffers, uint8_t *);
    for (int i = 0; i < list->n_buffers; i++)
        g.buffers[i] =
            arena_alloc(&b->arena, (size_t)list->buffers[i].bytes, 1);
    g.copied = arena_alloc(&b->arena, watch.most_bytes, 1);
    for (uint32_t run = 0; run < RUNS && watch.n_steps; run++) {
        gpu_watch_choose(&watch, run * 2654435761u);
        look(&g, name);
    }
}

static void one_case(const struct kernel_case *c, enum shape shape,
                     const struct device_case *d, const struct backend *cpu) {
    struct build b, want;
    struct plan plan;
    struct gpu_list list;
    struct gpu_device device = d->device;
    char name[200];
    snprintf(name, sizeof name, "%s, %s, %s", c->name, shape_names[shape],
             d->name);
    build_graph(&b, c, shape);
    if (make_list(&b, &device, cpu, &plan, &list, &err) == CUT_OK) {
        build_graph(&want, c, shape);
        if (device.f16 && gpu_narrow(&want.graph, &err)) die(err.message);
        evaluate(&want, cpu);
        watch_list(&b, &list, &want.graph, name);
        arena_free(&want.arena);
    }
    arena_free(&b.arena);
}

int main(void) {
    allocator = heap_allocator(&heap);
    struct backend cpu;
    cpu_backend(CUT_CPU_SCALAR, 1, &cpu);
    for (size_t k = 0; k < sizeof kernel_cases / sizeof *kernel_cases; k++) {
        const struct kernel_case *c = &kernel_cases[k];
        if (c->op != OP_CONV && c->op != OP_CONV_TRANSPOSE) continue;
        for (int shape = ALONE; shape < N_SHAPES; shape++)
            for (size_t d = 0; d < sizeof devices / sizeof *devices; d++)
                if (shape_applies(c, (enum shape)shape))
                    one_case(c, (enum shape)shape, &devices[d], &cpu);
    }
    printf("| %ld looks at convolutions, %ld values changed and found\n",
           n_looked, n_values);
    CHECK(n_looked > 1000 && heap.n_live == 0, "%ld looks, %d pieces left",
          n_looked, heap.n_live);
    return check_summary("gpu-watch");
}
