/* Which places of a run are looked at, and what is copied for that. */
#include "gpu/watch.h"
#include "base/half.h"
#include "base/status.h"
#include "gpu/emit_conv.h"
#include "gpu/list_work.h"

enum {
    COPY_UNIT = 4, /* bytes, as WebGPU's copies want it */
    WINOGRAD_TILE = 4,
    WINOGRAD_INPUTS = 6
};

/* Bits of two numbers mixed (the finaliser of MurmurHash3, A. Appleby). */
static uint32_t mix(uint32_t a, uint32_t b) {
    uint32_t h = a * 0x9e3779b9u ^ (b + 0x7f4a7c15u);
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

static void bind(const struct gpu_watch *watch, int step,
                 struct gpu_call *call) {
    const struct gpu_list *list = watch->list;
    gpu_bind_step(&list->device, list->plan->graph, &list->plan->steps[step],
                  list, call);
}

/* ---- What is looked at ------------------------------------------------- */

/* Where the tile of an output begins (winograd_place.wgsl): those of a phase
 * of the dilation go together. */
static int64_t tile_start(int64_t at, int64_t dilation) {
    return at % dilation +
           at / dilation / WINOGRAD_TILE * WINOGRAD_TILE * dilation;
}

void gpu_watch_window(const struct gpu_conv *c, const struct watch_probe *p,
                      struct watch_window *w) {
    const bool tile = p->step->winograd;
    const int64_t y = tile ? tile_start(p->y, c->dilation_h) : p->y;
    const int64_t x = tile ? tile_start(p->x, c->dilation_w) : p->x;
    const int64_t columns = tile ? WINOGRAD_INPUTS : c->kw;
    const int64_t each = tile ? 1 : (p->n_pixels - 1) * c->stride_w + 1;
    *w = (struct watch_window){
        .y = y * c->stride_h - c->pad_h,
        .step_y = c->dilation_h,
        .rows = tile ? WINOGRAD_INPUTS : c->kh,
        .x = x * c->stride_w - c->pad_w,
        .step_x = c->dilation_w,
        .pieces = 1,
        .width = (columns - 1) * c->dilation_w + each,
    };
    if (columns * each >= w->width) return;
    w->pieces = columns;
    w->width = each;
}

/* Two neighbours, of one tile. */
static int64_t pixels_of(const struct gpu_conv *c, bool winograd) {
    if (winograd && c->dilation_w > 1) return 1;
    return i64_min(c->ow, WATCH_PIXELS);
}

/* ---- Once: what is kept ------------------------------------------------ */

/* Element i of a constant, or its only one. */
static float constant_at(const struct gpu_operand *operand, int64_t i) {
    if (!operand) return 0;
    const struct tensor *t = operand->tensor;
    const size_t item = cut_dtype_bytes(t->dtype);
    if (tensor_n_elements(t) == 1) i = 0;
    return gpu_float_of(t->dtype, (const char *)t->data + (size_t)i * item);
}

static bool keep_channel(const struct gpu_conv *c, int64_t k,
                         struct arena *arena, struct watch_channel *to) {
    const struct tensor *w = c->weights->tensor;
    const size_t bytes =
        (size_t)(c->kh * c->kw * c->group_c) * cut_dtype_bytes(w->dtype);
    char *weights = arena_alloc(arena, bytes, 1);
    if (!weights) return false;
    memcpy(weights, (const char *)w->data + (size_t)k * bytes, bytes);
    *to =
        (struct watch_channel){.k = k,
                               .weights = weights,
                               .zero = constant_at(c->zero, k),
                               .scale = c->scale ? constant_at(c->scale, k) : 1,
                               .bias = constant_at(c->bias, k)};
    return true;
}

static bool can_watch(const struct gpu_call *call, struct gpu_conv *c) {
    return call->node->op == OP_CONV && gpu_conv_of(call, c) &&
           !c->x->constant && c->kh * c->kw <= WATCH_MOST_TAPS &&
           !(c->residual && c->residual->constant);
}

static void find_dispatches(const struct gpu_list *list,
                            struct watch_step *step) {
    step->begin = 0;
    while (step->begin < list->n_dispatches &&
           list->dispatches[step->begin].step < step->step)
        step->begin++;
    step->end = step->begin;
    while (step->end < list->n_dispatches &&
           list->dispatches[step->end].step == step->step)
        step->end++;
}

static bool keep_step(struct gpu_watch *watch, const struct gpu_conv *c, int i,
                      uint32_t seed, struct arena *arena) {
    struct watch_step *step = &watch->steps[watch->n_steps];
    const struct plan_step *planned = &watch->list->plan->steps[i];
    const struct gpu_method *method =
        gpu_methods(planned->op)[planned->method_id];
    *step = (struct watch_step){.step = i,
                                .winograd = method == &gpu_conv_winograd_method,
                                .dtype = c->weights->dtype};
    find_dispatches(watch->list, step);
    for (int n = 0; n < WATCH_CHANNELS; n++) {
        const uint32_t chance = mix(seed + (uint32_t)n, (uint32_t)i);
        const int64_t k = (int64_t)(chance % (uint64_t)c->k);
        if (!keep_channel(c, k, arena, &step->channels[n])) return false;
    }
    for (int d = step->begin; d < step->end; d++)
        watch->cost += watch->list->dispatches[d].cost;
    watch->n_steps++;
    return true;
}

/* At most so many bytes and copies for this step. */
static size_t add_most(const struct gpu_watch *watch, int i, int *n_copies) {
    struct gpu_call call;
    struct gpu_conv c;
    bind(watch, watch->steps[i].step, &call);
    gpu_conv_of(&call, &c);
    const struct watch_probe p = {.step = &watch->steps[i],
                                  .n_pixels =
                                      pixels_of(&c, watch->steps[i].winograd)};
    struct watch_window w;
    gpu_watch_window(&c, &p, &w);
    const int64_t copies = w.rows * w.pieces + 2;
    const int64_t x = w.rows * w.pieces * w.width * c.x->pitch;
    const int64_t y = WATCH_PIXELS * c.y->pitch;
    const int64_t r = c.residual ? WATCH_PIXELS * c.residual->pitch : 0;
    *n_copies += (int)copies;
    return (size_t)(x + y + r) * cut_dtype_bytes(c.x->dtype) +
           (size_t)copies * 2 * COPY_UNIT;
}

static int n_turns(const struct gpu_watch *watch) {
    return (watch->n_steps + WATCH_STEPS - 1) / WATCH_STEPS;
}

/* Sets most_bytes; the largest number of copies of a run. */
static int measure(struct gpu_watch *watch) {
    const int last = watch->n_steps - 1, turns = n_turns(watch);
    int most = 0;
    for (int turn = 0; turn < turns; turn++) {
        int n_copies = 0;
        size_t bytes = WATCH_SPOTS * add_most(watch, last, &n_copies);
        n_copies *= WATCH_SPOTS;
        for (int i = turn; i < last; i += turns)
            bytes += add_most(watch, i, &n_copies);
        if (n_copies > most) most = n_copies;
        if (bytes > watch->most_bytes) watch->most_bytes = bytes;
    }
    return most;
}

enum cut_status gpu_watch_start(const struct gpu_list *list, uint32_t seed,
                                struct arena *arena, struct gpu_watch *watch,
                                struct cut_error *err) {
    const struct plan *plan = list->plan;
    *watch = (struct gpu_watch){.list = list};
    watch->steps = ARENA_NEW(arena, plan->n_steps, struct watch_step);
    bool ok = watch->steps != NULL;
    for (int i = 0; i < plan->n_steps && ok; i++) {
        struct gpu_call call;
        struct gpu_conv c;
        bind(watch, i, &call);
        if (can_watch(&call, &c)) ok = keep_step(watch, &c, i, seed, arena);
    }
    if (ok)
        watch->copies = ARENA_NEW(arena, measure(watch), struct cut_gpu_copy);
    if (ok && watch->copies) return CUT_OK;
    return status_fail(err, CUT_NO_MEMORY, "no memory to look at results");
}

/* ---- Every run: where ------------------------------------------------- */

/* Whole units around the bytes. */
static void add_copy(struct gpu_watch *watch, int before,
                     const struct gpu_range *what) {
    const uint64_t from = what->offset / COPY_UNIT * COPY_UNIT;
    const uint64_t to = gpu_round_up(what->offset + what->bytes, COPY_UNIT);
    watch->copies[watch->n_copies++] =
        (struct cut_gpu_copy){before, what->buffer, from, (size_t)(to - from)};
    watch->bytes += (size_t)(to - from);
}

/* Pixels [at, at + n) of an operand, counted over images and rows. */
static void copy_pixels(struct gpu_watch *watch, int before,
                        const struct gpu_operand *operand, int64_t at,
                        int64_t n) {
    const struct tensor *t = operand->tensor;
    const uint64_t item = cut_dtype_bytes(operand->dtype);
    const int64_t last = (n - 1) * operand->pitch + t->dims[t->rank - 1];
    const struct gpu_range what = {operand->range.buffer,
                                   operand->range.offset +
                                       (uint64_t)(at * operand->pitch) * item,
                                   (uint64_t)last * item};
    add_copy(watch, before, &what);
}

static void copy_row(struct gpu_watch *watch, const struct watch_probe *p,
                     const struct gpu_conv *c, const struct watch_window *w,
                     int64_t iy) {
    const int64_t row = (p->image * c->h + iy) * c->w;
    for (int64_t i = 0; i < w->pieces; i++) {
        const int64_t at = w->x + i * w->step_x;
        const int64_t from = i64_max(0, at);
        const int64_t to = i64_min(c->w, at + w->width);
        if (from < to)
            copy_pixels(watch, p->step->end, c->x, row + from, to - from);
    }
}

static void add_probe(struct gpu_watch *watch, const struct watch_probe *from) {
    struct gpu_call call;
    struct gpu_conv c;
    struct watch_probe p = *from;
    struct watch_window w;
    const struct watch_step *step = p.step;
    bind(watch, step->step, &call);
    gpu_conv_of(&call, &c);
    const int64_t at = (p.image * c.oh + p.y) * c.ow + p.x;
    p.residual = watch->n_copies;
    if (c.residual) copy_pixels(watch, step->begin, c.residual, at, p.n_pixels);
    p.result = watch->n_copies;
    copy_pixels(watch, step->end, c.y, at, p.n_pixels);
    p.inputs = watch->n_copies;
    gpu_watch_window(&c, &p, &w);
    for (int64_t row = 0; row < w.rows; row++) {
        const int64_t iy = w.y + row * w.step_y;
        if (iy >= 0 && iy < c.h) copy_row(watch, &p, &c, &w, iy);
    }
    p.end = watch->n_copies;
    watch->probes[watch->n_probes++] = p;
}

/* 0 to n - 1; the ends more often, where tiles are cut off. */
static int64_t place_of(uint32_t chance, int64_t n) {
    const int64_t margin = n / 8;
    const int64_t at = (int64_t)(chance % (uint64_t)(n + 2 * margin)) - margin;
    return i64_min(i64_max(at, 0), n - 1);
}

/* `spot` of `n_spots`: of so many strips of rows. */
static void probe_step(struct gpu_watch *watch, int i, uint32_t run, int spot,
                       int n_spots) {
    const struct watch_step *step = &watch->steps[i];
    struct gpu_call call;
    struct gpu_conv c;
    bind(watch, step->step, &call);
    gpu_conv_of(&call, &c);
    const uint32_t chance = mix(mix(run, (uint32_t)i), (uint32_t)spot);
    const int64_t top = spot * c.oh / n_spots;
    const int64_t rows = (spot + 1) * c.oh / n_spots - top;
    struct watch_probe p = {.step = step,
                            .n_pixels = pixels_of(&c, step->winograd)};
    p.image = (int64_t)(chance % (uint64_t)c.n);
    p.y = top + place_of(mix(chance, 1), i64_max(rows, 1));
    p.x = place_of(mix(chance, 2), c.ow - p.n_pixels + 1) / p.n_pixels *
          p.n_pixels;
    add_probe(watch, &p);
}

void gpu_watch_choose(struct gpu_watch *watch, uint32_t run) {
    const int n = watch->n_steps;
    const int turns = n_turns(watch);
    watch->n_probes = watch->n_copies = 0;
    watch->bytes = 0;
    if (n == 0) return;
    int i = (int)(run % (uint32_t)turns);
    for (; i < n - 1; i += turns) probe_step(watch, i, run, 0, 1);
    for (int spot = 0; spot < WATCH_SPOTS; spot++)
        probe_step(watch, n - 1, run, spot, WATCH_SPOTS);
}
