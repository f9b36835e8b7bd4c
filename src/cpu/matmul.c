/* Gemm and MatMul on f32 rows: y[b,M,N] = act(a[b,M,K] * w[K,N] + bias) + r.
 * w (f32, f16, or u8/i8 with scale) is packed into panels first; a transposed
 * a is copied upright. Everything else is left to the reference. */
#include "base/mem.h"
#include "cpu/conv.h"
#include "cpu/matmul.h"

struct matmul {
    const struct cpu_call *call;
    struct epilogue epilogue;
    struct conv_constants constants;
    int64_t batches, m, n, k, panels, block;
    bool trans_a, trans_w, shared_w;
    int64_t at_constants, at_weights, at_rows, at_threads, thread_floats;
    int64_t at_room, total;
    int64_t batch; /* of the current round */
};

static struct gemm_params params_of(const struct cpu_call *call) {
    if (call->node->op == OP_GEMM) return call->node->params.gemm;
    return (struct gemm_params){.alpha = 1.0f,
                                .beta = 1.0f,
                                .activation =
                                    call->node->params.gemm.activation,
                                .act_a = call->node->params.gemm.act_a,
                                .act_b = call->node->params.gemm.act_b};
}

/* Bias that is one row for all: [N], [1,N], or nothing. */
static bool bias_is_row(const struct cpu_view *bias, int64_t n) {
    if (!bias) return true;
    if (bias->dtype != CUT_F32 && bias->dtype != CUT_F16) return false;
    for (int i = 0; i + 1 < bias->rank; i++)
        if (bias->dims[i] != 1) return false;
    return bias->rank >= 1 && bias->dims[bias->rank - 1] == n;
}

static bool weights_fit(const struct cpu_call *call, const struct cpu_view *a,
                        const struct cpu_view *w) {
    bool integer = w->dtype == CUT_U8 || w->dtype == CUT_I8;
    if (integer ? !call_input(call, CONV_W_SCALE)
                : w->dtype != CUT_F32 && w->dtype != CUT_F16)
        return false;
    if (w->pitch != w->dims[w->rank - 1]) return false;
    if (w->rank == 2) return true;
    if (w->rank != a->rank) return false;
    for (int i = 0; i + 2 < a->rank; i++)
        if (w->dims[i] != a->dims[i]) return false;
    return true;
}

static bool matmul_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    const struct cpu_view *a = call_input(call, CONV_X);
    const struct cpu_view *w = call_input(call, CONV_W);
    const struct cpu_view *r = call_input(call, CONV_RESIDUAL);
    const struct cpu_view *y = call->outputs;
    struct gemm_params p = params_of(call);
    if (!a || !w || a->rank < 2 || w->rank < 2) return false;
    if (a->dtype != CUT_F32 || y->dtype != CUT_F32) return false;
    if (r && (r->dtype != CUT_F32 || r->rank != y->rank)) return false;
    if (p.alpha != 1.0f || (call_input(call, CONV_BIAS) && p.beta != 1.0f))
        return false;
    return y->rank == a->rank && weights_fit(call, a, w) &&
           bias_is_row(call_input(call, CONV_BIAS), y->dims[y->rank - 1]);
}

static void matmul_init(struct matmul *g, const struct cpu_call *call,
                        int n_threads) {
    const struct cpu_view *a = call_input(call, CONV_X);
    const struct cpu_view *w = call_input(call, CONV_W);
    struct gemm_params p = params_of(call);
    int64_t nr = call->kernels->nr;
    *g = (struct matmul){
        .call = call,
        .epilogue = {p.activation, p.act_a, p.act_b, true},
        .batches = 1,
        .m = a->dims[a->rank - (p.trans_a ? 1 : 2)],
        .k = a->dims[a->rank - (p.trans_a ? 2 : 1)],
        .n = w->dims[w->rank - (p.trans_b ? 2 : 1)],
        .trans_a = p.trans_a,
        .trans_w = p.trans_b,
        .shared_w = w->rank == 2,
        .block = 4 * call->kernels->mr,
    };
    for (int i = 0; i + 2 < a->rank; i++) g->batches *= a->dims[i];
    if (g->shared_w && !g->trans_a) { /* one tall matrix */
        g->m *= g->batches;
        g->batches = 1;
    }
    g->panels = (g->n + nr - 1) / nr;
    int64_t at = 0, mine = 0;
    g->at_constants = scratch_take(&at, 3 * g->panels * nr);
    g->at_weights = scratch_take(&at, g->panels * g->k * nr);
    g->at_rows = scratch_take(&at, g->trans_a ? g->m * g->k : 0);
    scratch_take(&mine, g->block * nr);
    g->at_room = scratch_take(&mine, WEIGHT_ROOM);
    g->at_threads = at;
    g->thread_floats = mine;
    g->total = at + n_threads * mine;
}

static size_t matmul_scratch(const struct cpu_call *call, int n_threads) {
    struct matmul g;
    matmul_init(&g, call, n_threads);
    return (size_t)g.total * sizeof(float);
}

static double matmul_cost(const struct cpu_call *call, int n_threads) {
    struct matmul g;
    matmul_init(&g, call, n_threads);
    double columns = (double)(g.panels * call->kernels->nr);
    double work =
        (double)g.m * (double)g.k * columns / 1.6 + (double)g.k * columns * 8.0;
    return (double)g.batches * work / call->kernels->vec * 1e-9;
}

static float *scratch_at(const struct matmul *g, int64_t offset) {
    return (float *)g->call->scratch + offset;
}

/* A panel of w[K,N], whose rows are already rows of the panel. */
static void pack_upright(const struct matmul *g, const struct weight_panel *w,
                         int64_t column, float *to) {
    const struct cpu_kernels *kernels = g->call->kernels;
    size_t item = w->dtype == CUT_F32 ? 4 : w->dtype == CUT_F16 ? 2 : 1;
    for (int64_t k = 0; k < g->k; k++, to += kernels->nr) {
        size_t at = (size_t)(w->first + k * g->n + column) * item;
        kernels->expand(to, (const uint8_t *)w->data + at, w->dtype, w->n_k);
        for (int j = 0; j < w->n_k && (w->scale || w->zero); j++) {
            float zero = w->zero ? w->zero[j] : 0.0f;
            to[j] = (to[j] - zero) * (w->scale ? w->scale[j] : 1.0f);
        }
        for (int j = w->n_k; j < kernels->nr; j++) to[j] = 0.0f;
    }
}

static void pack_panel(void *context, int item, int worker) {
    const struct matmul *g = context;
    const struct cpu_kernels *kernels = g->call->kernels;
    const struct cpu_view *view = call_input(g->call, CONV_W);
    int64_t column = (int64_t)item * kernels->nr;
    int64_t matrix = g->shared_w ? 0 : g->batch * g->k * g->n;
    struct weight_panel w = {
        .data = view->data,
        .dtype = view->dtype,
        .first = matrix + (g->trans_w ? column * g->k : 0),
        .n = g->k,
        .n_k = (int)i64_min(kernels->nr, g->n - column),
        .scale = g->constants.scale ? g->constants.scale + column : NULL,
        .zero = g->constants.zero ? g->constants.zero + column : NULL,
    };
    float *to = scratch_at(g, g->at_weights + item * g->k * kernels->nr);
    float *room =
        scratch_at(g, g->at_threads + worker * g->thread_floats + g->at_room);
    if (g->trans_w)
        kernels->weight_pack(&w, 1, to, room);
    else
        pack_upright(g, &w, column, to);
}

static void turn_upright(const struct matmul *g, const float *a,
                         int64_t pitch) {
    float *to = scratch_at(g, g->at_rows);
    for (int64_t i = 0; i < g->m; i++)
        for (int64_t k = 0; k < g->k; k++) to[i * g->k + k] = a[k * pitch + i];
}

/* One block of rows times one panel. */
static void multiply(void *context, int item, int worker) {
    const struct matmul *g = context;
    const struct cpu_kernels *kernels = g->call->kernels;
    const struct cpu_view *a = call_input(g->call, CONV_X);
    const struct cpu_view *r = call_input(g->call, CONV_RESIDUAL);
    const struct cpu_view *y = g->call->outputs;
    int64_t panel = item % g->panels, first = item / g->panels * g->block;
    int64_t row = g->batch * g->m + first, column = panel * kernels->nr;
    float *sums = scratch_at(g, g->at_threads + worker * g->thread_floats);
    struct gemm_panel product = {
        .n_rows = i64_min(g->block, g->m - first),
        .k = g->k,
        .a = g->trans_a ? scratch_at(g, g->at_rows) + first * g->k
                        : (const float *)a->data + row * a->pitch,
        .a_stride = g->trans_a ? g->k : a->pitch,
        .b = scratch_at(g, g->at_weights + panel * g->k * kernels->nr),
        .c = sums,
        .c_stride = kernels->nr,
    };
    kernels->gemm_panel(&product);
    struct gemm_store store = {
        .n_rows = product.n_rows,
        .n = (int)i64_min(kernels->nr, g->n - column),
        .c = sums,
        .c_stride = kernels->nr,
        .bias = g->constants.bias + column,
        .residual = r ? (const float *)r->data + row * r->pitch + column : NULL,
        .residual_stride = r ? r->pitch : 0,
        .y = (float *)y->data + row * y->pitch + column,
        .y_stride = y->pitch,
        .epilogue = &g->epilogue,
    };
    kernels->gemm_store(&store);
}

static enum cut_status matmul_run(const struct cpu_call *call,
                                  struct cut_error *err) {
    (void)err;
    struct matmul g;
    matmul_init(&g, call, pool_n_threads(call->pool));
    g.constants = conv_constants_of(call, g.n, g.panels * call->kernels->nr,
                                    scratch_at(&g, g.at_constants));
    const struct cpu_view *a = call_input(call, CONV_X);
    int64_t blocks = (g.m + g.block - 1) / g.block;
    for (g.batch = 0; g.batch < g.batches; g.batch++) {
        if (g.batch == 0 || !g.shared_w)
            pool_run(call->pool, pack_panel, &g, (int)g.panels);
        if (g.trans_a)
            turn_upright(&g, (const float *)a->data + g.batch * g.k * a->pitch,
                         a->pitch);
        pool_run(call->pool, multiply, &g, (int)(blocks * g.panels));
    }
    return CUT_OK;
}

const struct cpu_method matmul_method = {
    .name = "gemm",
    .fits = matmul_fits,
    .scratch_bytes = matmul_scratch,
    .cost = matmul_cost,
    .run = matmul_run,
};
