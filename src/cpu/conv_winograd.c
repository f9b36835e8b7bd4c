/* 3x3 convolution by Winograd F(4x4,3x3): 36 multiplications where direct
 * convolution takes 144 (Lavin & Gray 2015, arXiv:1509.09308).
 *
 *   v[p][tile][c]  = transform of a 6x6 input tile      (p = 0..35)
 *   u[p][c][k]     = transform of the filter
 *   m[p][tile][k]  = v[p] * u[p]                         36 matrix products
 *   y              = inverse transform of m, bias, activation, residual
 *
 * Two orders of the same sums, so the same bytes:
 *   tile order    u of the whole layer is shared; every task takes a block of
 *                 tiles through all steps (large pictures, few channels)
 *   panel order   v of the whole layer is shared; every task makes one panel
 *                 of filters and all its outputs (small pictures, many
 *                 channels: filters are touched once and never leave cache)
 *
 * A dilation d splits the picture into d*d interleaved ones, each convolved
 * without dilation. */
#include "base/mem.h"
#include "cpu/conv.h"

enum { TILE = 4, POINTS = 36, BLOCK = 24 };

struct winograd {
    const struct cpu_call *call;
    struct conv_shape s;
    struct epilogue epilogue;
    struct conv_constants constants;
    int64_t tiles_y, tiles_x, n_tiles, panels, k_padded;
    int64_t c_stride; /* from tile to tile in v */
    bool panel_order;
    int64_t block;                        /* tiles that v and m hold per p */
    int64_t v_stride, u_stride, m_stride; /* from p to p */
    /* scratch, in floats from its start; per-thread parts follow each other */
    int64_t at_constants, at_shared, at_threads, thread_floats;
    int64_t at_second, at_room, total;
};

static int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* Odd multiples of a cache line keep rows out of each other's sets. */
static int64_t skew(int64_t n) { return round_up(n, 16) + 16; }

static bool winograd_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    struct conv_shape s;
    if (!conv_shape_of(call, &s)) return false;
    return s.kh == 3 && s.kw == 3 && s.stride_h == 1 && s.stride_w == 1 &&
           s.groups == 1 && s.c >= 8 && s.k >= 8;
}

static void winograd_init(struct winograd *g, const struct cpu_call *call,
                          int n_threads) {
    *g = (struct winograd){.call = call};
    conv_shape_of(call, &g->s);
    const struct conv_shape *s = &g->s;
    g->epilogue = conv_epilogue(call);
    g->tiles_y = ceil_div(ceil_div(s->oh, s->dilation_h), TILE);
    g->tiles_x = ceil_div(ceil_div(s->ow, s->dilation_w), TILE);
    g->n_tiles = s->n * s->dilation_h * s->dilation_w * g->tiles_y * g->tiles_x;
    int64_t nr = call->kernels->nr;
    g->panels = ceil_div(s->k, nr);
    g->k_padded = g->panels * nr;
    g->c_stride = skew(s->c);
    g->panel_order = g->k_padded * s->c > g->n_tiles * g->c_stride;
    int64_t wide = g->panel_order ? nr : g->k_padded; /* channels of m */
    g->block = g->panel_order ? g->n_tiles : BLOCK;
    g->v_stride = skew(g->block * g->c_stride);
    g->m_stride = skew(g->block * wide);
    g->u_stride = skew(wide * s->c);

    int64_t v = POINTS * g->v_stride, u = POINTS * g->u_stride;
    int64_t at = 0, mine = 0;
    g->at_constants = scratch_take(&at, 3 * g->k_padded);
    g->at_shared = scratch_take(&at, g->panel_order ? v : u);
    scratch_take(&mine, g->panel_order ? u : v);
    g->at_second = scratch_take(&mine, POINTS * g->m_stride);
    g->at_room = scratch_take(&mine, WEIGHT_ROOM);
    g->at_threads = at;
    g->thread_floats = mine;
    g->total = at + n_threads * mine;
}

static size_t winograd_scratch(const struct cpu_call *call, int n_threads) {
    struct winograd g;
    winograd_init(&g, call, n_threads);
    return (size_t)g.total * sizeof(float);
}

static double winograd_cost(const struct cpu_call *call, int n_threads) {
    struct winograd g;
    winograd_init(&g, call, n_threads);
    const struct conv_shape *s = &g.s;
    double vec = call->kernels->vec;
    double products = 36.0 * (double)(g.n_tiles * s->c * g.k_padded) / 1.6;
    double moves = (double)g.n_tiles * (double)(s->c * 150 + s->k * 120);
    double filters = (double)(s->c * s->k) * 60.0;
    return (products + moves + filters) / vec * 1e-9;
}

static float *scratch_at(const struct winograd *g, int64_t offset) {
    return (float *)g->call->scratch + offset;
}
static float *thread_at(const struct winograd *g, int worker) {
    return scratch_at(g, g->at_threads + worker * g->thread_floats);
}

/* Where tile t lies: its picture, its phase under dilation, its corner. */
struct tile_place {
    int64_t n, phase_y, phase_x, y, x; /* y, x: first row, column of output in
                                          the phase's own grid */
};
static struct tile_place tile_place(const struct winograd *g, int64_t t) {
    struct tile_place p;
    p.x = t % g->tiles_x * TILE;
    t /= g->tiles_x;
    p.y = t % g->tiles_y * TILE;
    t /= g->tiles_y;
    p.phase_x = t % g->s.dilation_w;
    t /= g->s.dilation_w;
    p.phase_y = t % g->s.dilation_h;
    p.n = t / g->s.dilation_h;
    return p;
}

/* Taps i in 0..5 at position first + i*step with 0 <= position < size. */
static void tap_range(int64_t first, int64_t step, int64_t size, int *begin,
                      int *end) {
    int64_t b = first >= 0 ? 0 : ceil_div(-first, step);
    int64_t e = size <= first ? 0 : ceil_div(size - first, step);
    *begin = (int)i64_min(b, 6);
    *end = (int)i64_min(e, 6);
}

static void input_tiles(const struct winograd *g, int64_t first, int64_t n,
                        float *v) {
    const struct conv_shape *s = &g->s;
    const float *x = call_input(g->call, CONV_X)->data;
    for (int64_t i = 0; i < n; i++) {
        struct tile_place p = tile_place(g, first + i);
        int64_t row = p.y * s->dilation_h + p.phase_y - s->pad_h;
        int64_t column = p.x * s->dilation_w + p.phase_x - s->pad_w;
        struct winograd_input t = {
            .x = x + ((p.n * s->h + row) * s->w + column) * s->x_pitch,
            .row = s->dilation_h * s->w * s->x_pitch,
            .column = s->dilation_w * s->x_pitch,
            .n_channels = s->c,
            .v = v + i * g->c_stride,
            .v_stride = g->v_stride,
        };
        tap_range(row, s->dilation_h, s->h, &t.row_begin, &t.row_end);
        tap_range(column, s->dilation_w, s->w, &t.column_begin, &t.column_end);
        g->call->kernels->winograd_input(&t);
    }
}

static int left_in_phase(int64_t size, int64_t step, int64_t phase,
                         int64_t done) {
    int64_t in_phase = size > phase ? ceil_div(size - phase, step) : 0;
    return (int)i64_max(0, i64_min(TILE, in_phase - done));
}

/* Channels [k0, k0 + n_k) of tiles [first, first + n); `m_wide` is the length
 * of a tile's row in m. */
struct output_job {
    int64_t first, n, k0, n_k, m_wide;
    const float *m;
};
static void output_tiles(const struct winograd *g,
                         const struct output_job *job) {
    const struct conv_shape *s = &g->s;
    const struct cpu_view *r = call_input(g->call, CONV_RESIDUAL);
    for (int64_t i = 0; i < job->n; i++) {
        struct tile_place p = tile_place(g, job->first + i);
        int64_t row = p.y * s->dilation_h + p.phase_y;
        int64_t column = p.x * s->dilation_w + p.phase_x;
        int64_t pixel = (p.n * s->oh + row) * s->ow + column;
        struct winograd_output t = {
            .m = job->m + i * job->m_wide,
            .m_stride = g->m_stride,
            .n_rows = left_in_phase(s->oh, s->dilation_h, p.phase_y, p.y),
            .n_columns = left_in_phase(s->ow, s->dilation_w, p.phase_x, p.x),
            .n_channels = job->n_k,
            .bias = g->constants.bias + job->k0,
            .y = (float *)g->call->outputs[0].data + pixel * s->y_pitch +
                 job->k0,
            .row = s->dilation_h * s->ow * s->y_pitch,
            .column = s->dilation_w * s->y_pitch,
            .epilogue = &g->epilogue,
        };
        if (r) {
            t.residual = (const float *)r->data + pixel * s->r_pitch + job->k0;
            t.residual_row = s->dilation_h * s->ow * s->r_pitch;
            t.residual_column = s->dilation_w * s->r_pitch;
        }
        if (t.n_rows && t.n_columns) g->call->kernels->winograd_output(&t);
    }
}

static void filter_panel(const struct winograd *g, int64_t panel, float *u,
                         float *room) {
    struct weight_panel w =
        conv_weight_panel(g->call, &g->s, &g->constants, 0, panel);
    g->call->kernels->winograd_filter(&w, u, g->u_stride, room);
}

/* ---- Tile order --------------------------------------------------------- */

static void tile_order_filters(void *context, int item, int worker) {
    const struct winograd *g = context;
    float *u = scratch_at(g, g->at_shared);
    filter_panel(g, item, u + item * g->s.c * g->call->kernels->nr,
                 thread_at(g, worker) + g->at_room);
}

static void tile_order_block(void *context, int item, int worker) {
    const struct winograd *g = context;
    const struct cpu_kernels *kernels = g->call->kernels;
    const float *u = scratch_at(g, g->at_shared);
    float *v = thread_at(g, worker), *m = v + g->at_second;
    int64_t first = (int64_t)item * BLOCK;
    int64_t n = i64_min(BLOCK, g->n_tiles - first);
    input_tiles(g, first, n, v);
    for (int p = 0; p < POINTS; p++)
        for (int64_t panel = 0; panel < g->panels; panel++) {
            struct gemm_panel product = {
                .n_rows = n,
                .k = g->s.c,
                .a = v + p * g->v_stride,
                .a_stride = g->c_stride,
                .b = u + p * g->u_stride + panel * g->s.c * kernels->nr,
                .c = m + p * g->m_stride + panel * kernels->nr,
                .c_stride = g->k_padded,
            };
            kernels->gemm_panel(&product);
        }
    struct output_job job = {first, n, 0, g->s.k, g->k_padded, m};
    output_tiles(g, &job);
}

/* ---- Panel order -------------------------------------------------------- */

static void panel_order_input(void *context, int item, int worker) {
    (void)worker;
    const struct winograd *g = context;
    int64_t first = (int64_t)item * BLOCK;
    input_tiles(g, first, i64_min(BLOCK, g->n_tiles - first),
                scratch_at(g, g->at_shared) + first * g->c_stride);
}

static void panel_order_panel(void *context, int item, int worker) {
    const struct winograd *g = context;
    const struct cpu_kernels *kernels = g->call->kernels;
    const float *v = scratch_at(g, g->at_shared);
    float *u = thread_at(g, worker), *m = u + g->at_second;
    filter_panel(g, item, u, u + g->at_room);
    for (int p = 0; p < POINTS; p++) {
        struct gemm_panel product = {
            .n_rows = g->n_tiles,
            .k = g->s.c,
            .a = v + p * g->v_stride,
            .a_stride = g->c_stride,
            .b = u + p * g->u_stride,
            .c = m + p * g->m_stride,
            .c_stride = kernels->nr,
        };
        kernels->gemm_panel(&product);
    }
    int64_t k0 = (int64_t)item * kernels->nr;
    struct output_job job = {
        0, g->n_tiles, k0, i64_min(kernels->nr, g->s.k - k0), kernels->nr, m};
    output_tiles(g, &job);
}

static enum cut_status winograd_run(const struct cpu_call *call,
                                    struct cut_error *err) {
    (void)err;
    struct winograd g;
    winograd_init(&g, call, pool_n_threads(call->pool));
    g.constants = conv_constants_of(call, g.s.k, g.k_padded,
                                    scratch_at(&g, g.at_constants));
    int blocks = (int)ceil_div(g.n_tiles, BLOCK);
    if (g.panel_order) {
        pool_run(call->pool, panel_order_input, &g, blocks);
        pool_run(call->pool, panel_order_panel, &g, (int)g.panels);
    } else {
        pool_run(call->pool, tile_order_filters, &g, (int)g.panels);
        pool_run(call->pool, tile_order_block, &g, blocks);
    }
    return CUT_OK;
}

const struct cpu_method conv_winograd_method = {
    .name = "winograd-f4",
    .fits = winograd_fits,
    .scratch_bytes = winograd_scratch,
    .cost = winograd_cost,
    .run = winograd_run,
};
