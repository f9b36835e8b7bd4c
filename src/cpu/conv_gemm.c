/* Any convolution as a matrix product: rows are output pixels, columns output
 * channels, and the sum runs over (kh, kw, c). Rows are gathered block by
 * block ("implicit GEMM"), so no im2col picture ever exists; a 1x1
 * convolution reads its rows in place. */
#include "base/mem.h"
#include "cpu/conv.h"

struct conv_gemm {
    const struct cpu_call *call;
    struct conv_shape s;
    struct epilogue epilogue;
    struct conv_constants constants;
    int64_t group_c, group_k; /* channels of a group, in and out */
    int64_t depth;            /* kh * kw * group_c */
    int64_t panels;           /* of one group */
    int64_t block;            /* rows at a time */
    int64_t n_rows;
    bool in_place;
    int64_t at_constants, at_weights, at_threads, thread_floats;
    int64_t at_sums, at_room, total;
};

static bool gemm_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct conv_shape s;
    return conv_shape_of(call, &s) && s.kh * s.kw <= WEIGHT_ROOM / 2;
}

static void gemm_init(struct conv_gemm *g, const struct cpu_call *call,
                      int n_threads) {
    *g = (struct conv_gemm){.call = call};
    conv_shape_of(call, &g->s);
    const struct conv_shape *s = &g->s;
    int64_t nr = call->kernels->nr;
    g->epilogue = conv_epilogue(call);
    g->group_c = s->c / s->groups;
    g->group_k = s->k / s->groups;
    g->depth = s->kh * s->kw * g->group_c;
    g->panels = (g->group_k + nr - 1) / nr;
    g->n_rows = s->n * s->oh * s->ow;
    g->in_place = s->kh == 1 && s->kw == 1 && s->stride_h == 1 &&
                  s->stride_w == 1 && s->pad_h == 0 && s->pad_w == 0 &&
                  s->oh == s->h && s->ow == s->w;
    g->block = 4 * call->kernels->mr;

    int64_t at = 0, mine = 0;
    g->at_constants = scratch_take(&at, 3 * round_up(s->k, nr));
    g->at_weights = scratch_take(&at, s->groups * g->panels * g->depth * nr);
    if (!g->in_place) scratch_take(&mine, g->block * g->depth);
    g->at_sums = scratch_take(&mine, g->block * nr);
    g->at_room = scratch_take(&mine, WEIGHT_ROOM);
    g->at_threads = at;
    g->thread_floats = mine;
    g->total = at + n_threads * mine;
}

static size_t gemm_scratch(const struct cpu_call *call, int n_threads) {
    struct conv_gemm g;
    gemm_init(&g, call, n_threads);
    return (size_t)g.total * sizeof(float);
}

static double gemm_cost(const struct cpu_call *call, int n_threads) {
    struct conv_gemm g;
    gemm_init(&g, call, n_threads);
    double vec = call->kernels->vec;
    double columns = (double)(g.s.groups * g.panels * call->kernels->nr);
    double products = (double)g.n_rows * (double)g.depth * columns / 1.6;
    double gathers =
        g.in_place ? 0.0
                   : (double)g.n_rows * (double)(g.depth * g.s.groups) * 2.0;
    double weights = (double)g.depth * columns * 8.0;
    return (products + gathers + weights) / vec * 1e-9;
}

static float *scratch_at(const struct conv_gemm *g, int64_t offset) {
    return (float *)g->call->scratch + offset;
}
static float *thread_at(const struct conv_gemm *g, int worker) {
    return scratch_at(g, g->at_threads + worker * g->thread_floats);
}

static void pack_weights(void *context, int item, int worker) {
    const struct conv_gemm *g = context;
    int64_t group = item / g->panels, panel = item % g->panels;
    struct weight_panel w =
        conv_weight_panel(g->call, &g->s, &g->constants, group, panel);
    g->call->kernels->weight_pack(&w, g->s.kh * g->s.kw,
                                  scratch_at(g, g->at_weights) +
                                      item * g->depth * g->call->kernels->nr,
                                  thread_at(g, worker) + g->at_room);
}

/* Copies n floats; most runs are a handful of floats, where a call costs more
 * than the copy. */
static inline float *put(float *to, const float *from, int64_t n) {
    if (n > 32) {
        memcpy(to, from, (size_t)n * sizeof(float));
    } else {
        for (int64_t i = 0; i < n; i++) to[i] = from[i];
    }
    return to + n;
}

static inline float *put_zero(float *to, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = 0.0f;
    return to + n;
}

/* One row of taps of one pixel: kw runs of group_c floats. */
static float *gather_taps(const struct conv_gemm *g, const float *line,
                          int64_t x0, float *to) {
    const struct conv_shape *s = &g->s;
    bool inside = x0 >= 0 && x0 + (s->kw - 1) * s->dilation_w < s->w;
    if (inside && s->dilation_w == 1 && s->x_pitch == g->group_c)
        return put(to, line + x0 * s->x_pitch, s->kw * g->group_c);
    for (int64_t j = 0; j < s->kw; j++) {
        int64_t x = x0 + j * s->dilation_w;
        to = x >= 0 && x < s->w ? put(to, line + x * s->x_pitch, g->group_c)
                                : put_zero(to, g->group_c);
    }
    return to;
}

static void gather_rows(const struct conv_gemm *g, int64_t first, int64_t n,
                        int64_t group, float *to) {
    const struct conv_shape *s = &g->s;
    const float *x = call_input(g->call, CONV_X)->data;
    for (int64_t row = first; row < first + n; row++) {
        int64_t ox = row % s->ow, oy = row / s->ow % s->oh;
        int64_t picture = row / (s->ow * s->oh);
        int64_t x0 = ox * s->stride_w - s->pad_w;
        for (int64_t i = 0; i < s->kh; i++) {
            int64_t y = oy * s->stride_h - s->pad_h + i * s->dilation_h;
            if (y < 0 || y >= s->h) {
                to = put_zero(to, s->kw * g->group_c);
                continue;
            }
            const float *line = x + (picture * s->h + y) * s->w * s->x_pitch +
                                group * g->group_c;
            to = gather_taps(g, line, x0, to);
        }
    }
}

static void multiply_block(const struct conv_gemm *g, int64_t first, int64_t n,
                           int64_t group, int worker) {
    const struct conv_shape *s = &g->s;
    const struct cpu_kernels *kernels = g->call->kernels;
    const struct cpu_view *r = call_input(g->call, CONV_RESIDUAL);
    const float *x = call_input(g->call, CONV_X)->data;
    float *y = g->call->outputs[0].data;
    float *rows = thread_at(g, worker), *sums = rows + g->at_sums;
    if (!g->in_place) gather_rows(g, first, n, group, rows);
    for (int64_t panel = 0; panel < g->panels; panel++) {
        int64_t k = group * g->group_k + panel * kernels->nr;
        struct gemm_panel product = {
            .n_rows = n,
            .k = g->depth,
            .a = g->in_place ? x + first * s->x_pitch + group * g->group_c
                             : rows,
            .a_stride = g->in_place ? s->x_pitch : g->depth,
            .b = scratch_at(g, g->at_weights) +
                 (group * g->panels + panel) * g->depth * kernels->nr,
            .c = sums,
            .c_stride = kernels->nr,
        };
        kernels->gemm_panel(&product);
        struct gemm_store store = {
            .n_rows = n,
            .n = (int)i64_min(kernels->nr, g->group_k - panel * kernels->nr),
            .c = sums,
            .c_stride = kernels->nr,
            .bias = g->constants.bias + k,
            .residual =
                r ? (const float *)r->data + first * s->r_pitch + k : NULL,
            .residual_stride = s->r_pitch,
            .y = y + first * s->y_pitch + k,
            .y_stride = s->y_pitch,
            .epilogue = &g->epilogue,
        };
        kernels->gemm_store(&store);
    }
}

static void run_block(void *context, int item, int worker) {
    const struct conv_gemm *g = context;
    int64_t first = (int64_t)item * g->block;
    int64_t n = i64_min(g->block, g->n_rows - first);
    for (int64_t group = 0; group < g->s.groups; group++)
        multiply_block(g, first, n, group, worker);
}

static enum cut_status gemm_run(const struct cpu_call *call,
                                struct cut_error *err) {
    (void)err;
    struct conv_gemm g;
    gemm_init(&g, call, pool_n_threads(call->pool));
    g.constants =
        conv_constants_of(call, g.s.k, round_up(g.s.k, call->kernels->nr),
                          scratch_at(&g, g.at_constants));
    pool_run(call->pool, pack_weights, &g, (int)(g.s.groups * g.panels));
    pool_run(call->pool, run_block, &g,
             (int)((g.n_rows + g.block - 1) / g.block));
    return CUT_OK;
}

const struct cpu_method conv_gemm_method = {
    .name = "gemm",
    .fits = gemm_fits,
    .scratch_bytes = gemm_scratch,
    .cost = gemm_cost,
    .run = gemm_run,
};
