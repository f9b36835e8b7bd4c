/* 3x3 convolution by Winograd F(4x4,3x3): 36 multiplications where direct
 * convolution takes 144 (Lavin & Gray 2015, arXiv:1509.09308).
 *
 *   u[36][c][k]     = transform of the filters      winograd_filter.wgsl
 *   v[36][tile][c]  = transform of 6x6 input tiles  winograd_input.wgsl
 *   m[36][tile][k]  = v[p] * u[p], 36 products      winograd_gemm.wgsl
 *   y               = inverse transform of m        winograd_output.wgsl
 *
 * The transforms take a channel per invocation: 36 vec4s in flight are too
 * many registers.
 *
 * Scratch is f32 in both precisions: rounding v and m to f16 would lose
 * several bits in the inverse transform. It is bounded, and small enough for
 * the last cache of many GPUs: filters are taken in strips of output channels,
 * tiles in strips that v and m share. */
#include "gpu/emit_conv.h"

enum { TILE = 4, POINTS = 36 };
enum { U_BYTES = 24 << 20, VM_BYTES = 16 << 20 };

struct winograd {
    struct gpu_conv c;
    int64_t tiles_x, tiles_y, n_tiles;
    int64_t strip_k, strip_tiles;
    uint64_t at_v, at_m, bytes; /* u is at 0 */
};

static uint64_t aligned(int64_t n_floats) {
    return ((uint64_t)n_floats * sizeof(float) + 255) / 256 * 256;
}

/* Cuts n into equal strips of a multiple of `unit` whose 36 floats times
 * `each` stay within `bytes`, but for one unit. */
static int64_t strip_of(int64_t n, int64_t each, int64_t bytes, int64_t unit) {
    int64_t most = bytes / (int64_t)sizeof(float) / POINTS / each;
    most = i64_max(most / unit * unit, unit);
    int64_t strips = i64_max(1, gpu_ceil_div(n, most));
    return i64_min(n, gpu_round_to(gpu_ceil_div(n, strips), unit));
}

static bool winograd_of(const struct gpu_call *call, struct winograd *g) {
    struct gpu_conv *c = &g->c;
    if (call->node->op != OP_CONV || !gpu_conv_of(call, c)) return false;
    if (c->kh != 3 || c->kw != 3 || c->stride_h != 1 || c->stride_w != 1 ||
        c->groups != 1 || c->c % 4 || c->k % 4 || c->c < 8 || c->k < 8)
        return false;
    g->tiles_y = gpu_ceil_div(gpu_ceil_div(c->oh, c->dilation_h), TILE);
    g->tiles_x = gpu_ceil_div(gpu_ceil_div(c->ow, c->dilation_w), TILE);
    g->n_tiles = c->n * c->dilation_h * c->dilation_w * g->tiles_y * g->tiles_x;
    if (g->n_tiles > INT32_MAX / 2) return false;
    g->strip_k = strip_of(c->k, c->c, U_BYTES, 32);
    /* Strips of channels want v of all tiles, made once. */
    int64_t room = g->strip_k < c->k ? U_BYTES : VM_BYTES;
    g->strip_tiles = strip_of(g->n_tiles, c->c + g->strip_k, room, 64);
    g->at_v = aligned(POINTS * c->c * g->strip_k);
    g->at_m = g->at_v + aligned(POINTS * g->strip_tiles * c->c);
    g->bytes = g->at_m + aligned(POINTS * g->strip_tiles * g->strip_k);
    return g->bytes <= call->device->limits.max_binding_bytes;
}

static bool winograd_fits(const struct gpu_call *call) {
    struct winograd g;
    return winograd_of(call, &g);
}

static size_t winograd_scratch(const struct gpu_call *call) {
    struct winograd g;
    return winograd_of(call, &g) ? (size_t)g.bytes : 0;
}

static double winograd_cost(const struct gpu_call *call) {
    struct winograd g;
    if (!winograd_of(call, &g)) return 0;
    const struct gpu_device *device = call->device;
    const double v = 4.0 * (double)(POINTS * g.n_tiles * g.c.c);
    const double m = 4.0 * (double)(POINTS * g.n_tiles * g.c.k);
    const double u = 4.0 * (double)(POINTS * g.c.c * g.c.k);
    const double item = device->f16 ? 2 : 4;
    const double x = item * (double)(g.c.n * g.c.h * g.c.w * g.c.c);
    const double y = item * (double)(g.c.n * g.c.oh * g.c.ow * g.c.k);
    const double strips = (double)(gpu_ceil_div(g.n_tiles, g.strip_tiles) *
                                   gpu_ceil_div(g.c.k, g.strip_k));
    const double depth = (double)(POINTS * g.c.c);
    return gpu_seconds(device, 0, 1.5 * u) + gpu_seconds(device, 0, x + v) +
           gpu_gemm_seconds(device, g.n_tiles, g.c.k / 4, depth, v + u + m) +
           gpu_seconds(device, 0, m + y) + (strips - 1) * 15e-6;
}

/* ---- Dispatches -------------------------------------------------------- */

/* One strip: tiles [tile, tile + n_tiles), channels [k, k + n_k). */
struct strip {
    int64_t tile, n_tiles, k, n_k;
};

struct winograd_work {
    struct gpu_emitter *e;
    const struct gpu_call *call;
    struct winograd g;
    struct gpu_operand u, v, m;
    int uploads[3];
};

static enum cut_status emit_filter(const struct winograd_work *w,
                                   const struct strip *s,
                                   struct cut_error *err) {
    const int64_t c = w->g.c.c;
    struct gpu_job job = {.shader = "winograd_filter",
                          .n_arena = 1,
                          .arena = {&w->u},
                          .n_weights = 1,
                          .weights = {w->uploads[0]}};
    gpu_job_word(&job, 4, c);
    gpu_job_word(&job, 5, s->n_k);
    gpu_job_word(&job, 6, s->k);
    gpu_job_word(&job, 7, w->g.c.k);
    gpu_job_spread(&job, c * s->n_k);
    job.cost = 50.0 * (double)(c * s->n_k);
    return gpu_emit(w->e, w->call, &job, err);
}

static void place_words(const struct winograd_work *w, const struct strip *s,
                        struct gpu_job *job) {
    gpu_job_word(job, 24, w->g.tiles_x);
    gpu_job_word(job, 25, w->g.tiles_y);
    gpu_job_word(job, 26, s->tile);
    gpu_job_word(job, 27, s->n_tiles);
}

static enum cut_status emit_input(const struct winograd_work *w,
                                  const struct strip *s,
                                  struct cut_error *err) {
    struct gpu_job job;
    gpu_conv_job(w->call, &w->g.c, 1, &job);
    gpu_conv_pitches(&job, 0, 0);
    place_words(w, s, &job);
    job.shader = "conv_window+winograd_place+winograd_input";
    job.n_constants = job.n_weights = 0;
    job.n_arena = 2;
    job.arena[0] = &w->v;
    gpu_job_spread(&job, s->n_tiles * w->g.c.c);
    job.cost = 80.0 * (double)(s->n_tiles * w->g.c.c);
    return gpu_emit(w->e, w->call, &job, err);
}

static enum cut_status emit_gemm(const struct winograd_work *w,
                                 const struct strip *s, struct cut_error *err) {
    const int64_t c = w->g.c.c;
    struct gpu_job job = {
        .shader = GPU_GEMM(w->call->device, "tile_f32+winograd_gemm"),
        .flags = GPU_VEC4,
        .n_arena = 3,
        .arena = {&w->m, &w->v, &w->u}};
    gpu_job_word(&job, 4, s->n_tiles);
    gpu_job_word(&job, 5, s->n_k / 4);
    gpu_job_word(&job, 6, 1);
    gpu_job_word(&job, 7, c / 4);
    gpu_gemm_tile(&job, w->call->device, s->n_tiles, s->n_k / 4, POINTS);
    job.cost = (double)(POINTS * s->n_tiles * s->n_k * c);
    return gpu_emit(w->e, w->call, &job, err);
}

static enum cut_status emit_output(const struct winograd_work *w,
                                   const struct strip *s,
                                   struct cut_error *err) {
    struct gpu_job job;
    gpu_conv_job(w->call, &w->g.c, 1, &job);
    job.flags = 0;
    gpu_job_word(&job, 5, s->n_k);
    gpu_conv_pitches(&job, 0, s->k);
    place_words(w, s, &job);
    job.shader = "epilogue+conv_window+winograd_place+winograd_output";
    job.n_weights = 2;
    job.weights[0] = w->uploads[1];
    job.weights[1] = w->uploads[2];
    job.arena[1] = &w->m;
    gpu_job_spread(&job, s->n_tiles * s->n_k);
    job.cost = 60.0 * (double)(s->n_tiles * s->n_k);
    return gpu_emit(w->e, w->call, &job, err);
}

static enum cut_status emit_strips(const struct winograd_work *w,
                                   struct cut_error *err) {
    const struct winograd *g = &w->g;
    const bool all_tiles = g->strip_tiles == g->n_tiles;
    enum cut_status status = CUT_OK;
    for (struct strip s = {0}; s.k < g->c.k && !status; s.k += g->strip_k) {
        s.n_k = i64_min(g->strip_k, g->c.k - s.k);
        status = emit_filter(w, &s, err);
        for (s.tile = 0; s.tile < g->n_tiles && !status;
             s.tile += g->strip_tiles) {
            s.n_tiles = i64_min(g->strip_tiles, g->n_tiles - s.tile);
            if (s.k == 0 || !all_tiles) status = emit_input(w, &s, err);
            if (!status) status = emit_gemm(w, &s, err);
            if (!status) status = emit_output(w, &s, err);
        }
    }
    return status;
}

static enum cut_status winograd_emit(struct gpu_emitter *e,
                                     const struct gpu_call *call,
                                     struct cut_error *err) {
    struct winograd_work w = {.e = e, .call = call};
    winograd_of(call, &w.g);
    const struct winograd *g = &w.g;
    struct gpu_conv_packing packing = {GPU_LAYOUT_TAPS, 1, g->c.k};
    w.u = gpu_scratch(call, 0, CUT_F32, POINTS * g->c.c * g->strip_k);
    w.v = gpu_scratch(call, g->at_v, CUT_F32, POINTS * g->strip_tiles * g->c.c);
    w.m = gpu_scratch(call, g->at_m, CUT_F32,
                      POINTS * g->strip_tiles * g->strip_k);
    if (!gpu_conv_weights(e, &g->c, &packing, w.uploads))
        return gpu_conv_no_memory(err);
    return emit_strips(&w, err);
}

const struct gpu_method gpu_conv_winograd_method = {
    .name = "winograd-f4",
    .fits = winograd_fits,
    .scratch_bytes = winograd_scratch,
    .cost = winograd_cost,
    .emit = winograd_emit,
};
