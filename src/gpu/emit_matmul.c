/* Gemm and MatMul: y = act(alpha a b scale + beta bias) + residual. Two
 * methods: tiles in vec4s, and an element at a time for everything else. */
#include "gpu/emit_conv.h"

enum { MAX_BATCH_AXES = 3 };

struct matmul {
    const struct gpu_operand *a, *b, *y;
    const struct gpu_operand *bias, *residual, *scale, *zero;
    struct gemm_params p;
    int64_t m, n, k, batches;
    /* Batch axes from the outermost, those that both operands walk alike
     * joined; strides in matrices, 0 where an operand is broadcast. */
    int n_axes;
    int64_t dims[MAX_BATCH_AXES];
    int64_t a_stride[MAX_BATCH_AXES], b_stride[MAX_BATCH_AXES];
};

static bool is_float(const struct gpu_operand *x) {
    return x->dtype == CUT_F32 || x->dtype == CUT_F16;
}

static bool is_row(const struct gpu_operand *x, int64_t n) {
    if (!x) return true;
    int64_t count = tensor_n_elements(x->tensor);
    int rank = x->tensor->rank;
    return count == 1 ||
           (count == n && rank > 0 && x->tensor->dims[rank - 1] == n);
}

static bool is_constant_float(const struct gpu_operand *x) {
    return !x || (x->constant && is_float(x));
}

/* The length of batch axis i of `rank` as the operand has it. */
static int64_t batch_dim(const struct tensor *t, int i, int batch_rank) {
    int at = i - (batch_rank - (t->rank - 2));
    return t->rank > 2 && at >= 0 ? t->dims[at] : 1;
}

static bool add_axis(struct matmul *g, int64_t dim, bool a_moves,
                     bool b_moves) {
    if (dim == 1) return true;
    int last = g->n_axes - 1;
    bool same = last >= 0 && (g->a_stride[last] != 0) == a_moves &&
                (g->b_stride[last] != 0) == b_moves;
    if (!same && g->n_axes == MAX_BATCH_AXES) return false;
    if (!same) {
        last = g->n_axes++;
        g->dims[last] = 1;
        g->a_stride[last] = a_moves;
        g->b_stride[last] = b_moves;
    }
    g->dims[last] *= dim;
    return true;
}

/* Turns "moves" into strides. */
static void set_strides(struct matmul *g) {
    int64_t a = 1, b = 1;
    for (int i = g->n_axes - 1; i >= 0; i--) {
        if (g->a_stride[i]) {
            g->a_stride[i] = a;
            a *= g->dims[i];
        }
        if (g->b_stride[i]) {
            g->b_stride[i] = b;
            b *= g->dims[i];
        }
    }
}

static bool read_batches(struct matmul *g) {
    const struct tensor *a = g->a->tensor, *b = g->b->tensor;
    int rank = (int)i64_max(0, i64_max(a->rank, b->rank) - 2);
    g->batches = 1;
    for (int i = 0; i < rank; i++) {
        int64_t of_a = batch_dim(a, i, rank), of_b = batch_dim(b, i, rank);
        int64_t dim = of_a == 1 ? of_b : of_a;
        if (!add_axis(g, dim, of_a != 1, of_b != 1)) return false;
        g->batches *= dim;
    }
    set_strides(g);
    return true;
}

static bool right_readable(const struct matmul *g) {
    if (is_float(g->b)) return !g->zero && (!g->scale || g->b->constant);
    return (g->b->dtype == CUT_U8 || g->b->dtype == CUT_I8) && g->b->constant &&
           g->scale;
}

static bool matmul_of(const struct gpu_call *call, struct matmul *g) {
    *g = (struct matmul){
        .a = gpu_input(call, CONV_X),
        .b = gpu_input(call, CONV_W),
        .y = call->outputs,
        .bias = gpu_input(call, CONV_BIAS),
        .residual = gpu_input(call, CONV_RESIDUAL),
        .scale = gpu_input(call, CONV_W_SCALE),
        .zero = gpu_input(call, CONV_W_ZERO),
        .p = call->node->params.gemm,
    };
    if (call->node->op != OP_GEMM) {
        g->p.alpha = g->p.beta = 1.0f;
        g->p.trans_a = g->p.trans_b = false;
    }
    if (!g->a || !g->b || !is_float(g->a) || !is_float(g->y)) return false;
    const struct tensor *a = g->a->tensor, *b = g->b->tensor;
    if (a->rank < 1 || b->rank < 1 || !right_readable(g)) return false;
    if (g->residual && !is_float(g->residual)) return false;
    if (!is_constant_float(g->bias) || !is_constant_float(g->scale) ||
        (g->zero && !g->zero->constant))
        return false;
    g->m = a->rank > 1 ? a->dims[a->rank - (g->p.trans_a ? 1 : 2)] : 1;
    g->n = b->rank > 1 ? b->dims[b->rank - (g->p.trans_b ? 2 : 1)] : 1;
    g->k = a->dims[a->rank - (a->rank > 1 && g->p.trans_a ? 2 : 1)];
    if (g->m < 1 || g->n < 1 || g->k < 1) return false;
    return is_row(g->scale, g->n) && is_row(g->zero, g->n) &&
           (!g->bias || g->bias->tensor->rank <= 2) && read_batches(g);
}

static double macs_of(const struct matmul *g) {
    return (double)g->batches * (double)g->m * (double)g->n * (double)g->k;
}

static double cost_of(const struct gpu_call *call, double loads) {
    struct matmul g;
    if (!matmul_of(call, &g)) return 0;
    double bytes = 4.0 * (double)g.batches *
                   ((double)g.m * (double)g.k + (double)g.k * (double)g.n +
                    (double)g.m * (double)g.n);
    return gpu_seconds(call->device, loads * macs_of(&g), bytes);
}

/* ---- Constants --------------------------------------------------------- */

/* A row as f32, spread from one value; zeros when there is none. */
static int row_upload(struct gpu_emitter *e, const struct gpu_operand *row,
                      int64_t n) {
    struct gpu_upload upload = {
        .packing = GPU_PACK_CONV,
        .tensor = row ? row->tensor_index : -1,
        .zero = -1,
        .scale = -1,
        .dtype = CUT_F32,
        .n = {GPU_LAYOUT_VECTOR, 1, n, n},
        .range.bytes = (uint64_t)gpu_round_to(n, 4) * sizeof(float),
    };
    return gpu_weight(e, &upload);
}

static int plain_upload(struct gpu_emitter *e, const struct gpu_operand *x) {
    int64_t n = tensor_n_elements(x->tensor);
    return row_upload(e, x, n);
}

static int right_upload(struct gpu_emitter *e, const struct matmul *g) {
    int64_t n = tensor_n_elements(g->b->tensor);
    struct gpu_upload upload = {
        .packing = GPU_PACK_MATRIX,
        .tensor = g->b->tensor_index,
        .zero = g->zero ? g->zero->tensor_index : -1,
        .scale = -1,
        .dtype = gpu_weight_dtype(g->b->dtype),
        .n = {g->k && g->n ? n / g->k / g->n : 0, g->k, g->n, g->p.trans_b},
    };
    upload.range.bytes =
        (uint64_t)gpu_round_to(n, 4) * cut_dtype_bytes(upload.dtype);
    return gpu_weight(e, &upload);
}

/* Operands, epilogue and the right matrix. */
static enum cut_status start_job(struct gpu_emitter *e, const struct matmul *g,
                                 struct gpu_job *job, struct cut_error *err) {
    job->n_arena = 3;
    job->arena[0] = g->y;
    job->arena[1] = g->a;
    job->arena[2] = g->residual ? g->residual : g->a;
    job->weights[1] = row_upload(e, g->scale, g->n);
    job->n_weights = 2;
    if (g->b->constant)
        job->weights[job->n_weights++] = right_upload(e, g);
    else
        job->arena[job->n_arena++] = g->b;
    for (int i = 0; i < job->n_weights; i++)
        if (job->weights[i] < 0) return gpu_conv_no_memory(err);
    gpu_job_constant(job, "ACT", g->p.activation);
    gpu_job_constant(job, "SCALED", g->scale != NULL);
    gpu_job_constant(job, "RESIDUAL", g->residual ? 2 : 0);
    gpu_job_word(job, 16, gpu_float_bits(g->p.alpha));
    gpu_job_word(job, 17, gpu_float_bits(g->p.beta));
    gpu_job_word(job, 28, gpu_float_bits(g->p.act_a));
    gpu_job_word(job, 29, gpu_float_bits(g->p.act_b));
    return CUT_OK;
}

/* ---- Elements ---------------------------------------------------------- */

static bool direct_fits(const struct gpu_call *call) {
    struct matmul g;
    return matmul_of(call, &g);
}

static double direct_cost(const struct gpu_call *call) {
    return cost_of(call, 6);
}

/* Strides of the bias [M or 1, N or 1] or [N or 1]. */
static void bias_strides(const struct matmul *g, int64_t *row,
                         int64_t *column) {
    const struct tensor *t = g->bias ? g->bias->tensor : NULL;
    *row = *column = 0;
    if (!t || t->rank == 0) return;
    int64_t width = t->dims[t->rank - 1];
    if (width > 1) *column = 1;
    if (t->rank > 1 && t->dims[0] > 1) *row = width;
}

static void batch_words(const struct matmul *g, struct gpu_job *job) {
    static const int b_word[MAX_BATCH_AXES] = {23, 27, 30};
    const bool turned_b = g->p.trans_b && !g->b->constant;
    int64_t b_pitch = g->b->constant ? g->n : g->b->pitch;
    int64_t a_rows = g->p.trans_a ? g->k : g->m;
    int64_t b_rows = turned_b ? g->n : g->k;
    for (int i = 0; i < MAX_BATCH_AXES; i++) {
        int axis = i - (MAX_BATCH_AXES - g->n_axes);
        bool used = axis >= 0;
        gpu_job_word(job, 20 + i, used ? g->dims[axis] : 1);
        gpu_job_word(job, 24 + i,
                     used ? g->a_stride[axis] * a_rows * g->a->pitch : 0);
        gpu_job_word(job, b_word[i],
                     used ? g->b_stride[axis] * b_rows * b_pitch : 0);
    }
}

static void direct_words(const struct matmul *g, struct gpu_job *job) {
    const bool turned_b = g->p.trans_b && !g->b->constant;
    const int64_t b_pitch = g->b->constant ? g->n : g->b->pitch;
    const bool vector_a = g->a->tensor->rank == 1;
    const bool vector_b = g->b->tensor->rank == 1;
    const int64_t pitch = g->y->pitch;
    const int64_t r_pitch = g->residual ? g->residual->pitch : 0;
    const bool flat = vector_a || vector_b; /* y has lost an axis */
    int64_t bias_row, bias_column;
    bias_strides(g, &bias_row, &bias_column);
    gpu_job_word(job, 4, g->batches);
    gpu_job_word(job, 5, g->m);
    gpu_job_word(job, 6, g->n);
    gpu_job_word(job, 7, g->k);
    gpu_job_word(job, 8, g->p.trans_a && !vector_a ? 1 : g->a->pitch);
    gpu_job_word(job, 9, g->p.trans_a && !vector_a ? g->a->pitch : 1);
    gpu_job_word(job, 10, vector_b ? 1 : turned_b ? 1 : b_pitch);
    gpu_job_word(job, 11, turned_b ? b_pitch : 1);
    gpu_job_word(job, 12, flat ? pitch : g->m * pitch);
    gpu_job_word(job, 13, vector_b ? 1 : pitch);
    gpu_job_word(job, 14, 1);
    gpu_job_word(job, 15, bias_row);
    gpu_job_word(job, 18, bias_column);
    gpu_job_word(job, 19, vector_b ? 1 : r_pitch);
    gpu_job_word(job, 31, flat ? r_pitch : g->m * r_pitch);
}

static enum cut_status direct_emit(struct gpu_emitter *e,
                                   const struct gpu_call *call,
                                   struct cut_error *err) {
    struct matmul g;
    struct gpu_job job = {0};
    matmul_of(call, &g);
    job.weights[0] =
        g.bias ? plain_upload(e, g.bias) : row_upload(e, NULL, g.n);
    enum cut_status status = start_job(e, &g, &job, err);
    if (status) return status;
    direct_words(&g, &job);
    batch_words(&g, &job);
    gpu_job_spread(&job, g.batches * g.m * g.n);
    job.shader = g.b->constant ? "epilogue+matmul_constant+matmul_direct"
                               : "epilogue+matmul_operand+matmul_direct";
    job.cost = 6 * macs_of(&g);
    return gpu_emit(e, call, &job, err);
}

const struct gpu_method gpu_matmul_direct_method = {
    .name = "direct",
    .fits = direct_fits,
    .cost = direct_cost,
    .emit = direct_emit,
};

/* ---- Tiles ------------------------------------------------------------- */

static bool matmul_fits(const struct gpu_call *call) {
    struct matmul g;
    if (!matmul_of(call, &g) || g.p.trans_a || g.k % 4 || g.n % 4) return false;
    if (g.a->tensor->rank < 2 || g.b->tensor->rank < 2) return false;
    if (!gpu_is_vec4(g.a) || !gpu_is_vec4(g.y)) return false;
    if (g.residual && !gpu_is_vec4(g.residual)) return false;
    if (!g.b->constant && (g.p.trans_b || !gpu_is_vec4(g.b))) return false;
    if (!is_row(g.bias, g.n)) return false;
    return g.n_axes == 0 || (g.n_axes == 1 && g.a_stride[0] &&
                             (!g.b_stride[0] || g.batches <= 65535));
}

static double matmul_cost(const struct gpu_call *call) {
    return cost_of(call, 1);
}

static enum cut_status matmul_emit(struct gpu_emitter *e,
                                   const struct gpu_call *call,
                                   struct cut_error *err) {
    struct matmul g;
    struct gpu_job job = {.flags = GPU_VEC4 | GPU_WEIGHTS_VEC4};
    if (!matmul_fits(call)) /* a slice turned out to be off alignment */
        return direct_emit(e, call, err);
    matmul_of(call, &g);
    if (g.n_axes && !g.b_stride[0]) { /* one tall matrix */
        g.m *= g.batches;
        g.batches = 1;
    }
    job.weights[0] = row_upload(e, g.bias, g.n);
    enum cut_status status = start_job(e, &g, &job, err);
    if (status) return status;
    const int64_t b_pitch = g.b->constant ? g.n : g.b->pitch;
    const int64_t r_pitch = g.residual ? g.residual->pitch : 0;
    const int64_t words[] = {
        g.m,
        g.n / 4,
        1,
        g.k / 4,
        g.a->pitch / 4,
        b_pitch / 4,
        g.y->pitch / 4,
        r_pitch / 4,
        g.m * g.a->pitch / 4,
        g.k * b_pitch / 4,
        g.m,
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        gpu_job_word(&job, GPU_PARAM_FIRST + (int)i, words[i]);
    gpu_gemm_tile(&job, call->device, g.m, g.n / 4, g.batches);
    if (g.b->constant)
        job.shader =
            GPU_GEMM(call->device, "tile_f32+epilogue+matmul_constant+matmul");
    else
        job.shader =
            GPU_GEMM(call->device, "tile_f32+epilogue+matmul_operand+matmul");
    job.cost = macs_of(&g);
    return gpu_emit(e, call, &job, err);
}

const struct gpu_method gpu_matmul_method = {
    .name = "gemm",
    .fits = matmul_fits,
    .cost = matmul_cost,
    .emit = matmul_emit,
};
