/* Matrix products: y[..,M,N] = finish(a[..,M,K] * b[..,K,N]), batches
 * broadcast, vectors as numpy.matmul has them. Products of 8-bit integers
 * are exact in double; wider integers have their own sum. */
#include "base/mathf.h"
#include "cpu/ref.h"

/* Operands, in the order of the walk. */
enum { A, B, Y, BIAS, RESIDUAL, A_ZERO, B_ZERO, A_SCALE, B_SCALE, N_VIEWS };

struct matmul {
    const struct cpu_view *views[N_VIEWS];
    struct gemm_params params;
    enum op op;
    int rank;                   /* of [batch..,M,N] */
    int64_t dims[CUT_MAX_RANK]; /* M, N are 1 where a, b are vectors */
    int64_t k, a_step, b_step;  /* the summed axis */
    double y_scale, y_zero;     /* QLinearMatMul */
};

static void bind_views(struct matmul *m, const struct cpu_call *call) {
    static const int gemm[N_VIEWS] = {
        CONV_X, CONV_W,      -1, CONV_BIAS,   CONV_RESIDUAL,
        -1,     CONV_W_ZERO, -1, CONV_W_SCALE};
    static const int integer[N_VIEWS] = {0, 1, -1, -1, -1, 2, 3, -1, -1};
    /* a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero */
    static const int qlinear[N_VIEWS] = {0, 3, -1, -1, -1, 2, 5, 1, 4};
    const int *slots = m->op == OP_MATMUL_INTEGER   ? integer
                       : m->op == OP_QLINEAR_MATMUL ? qlinear
                                                    : gemm;
    for (int i = 0; i < N_VIEWS; i++)
        m->views[i] = slots[i] < 0 ? NULL : ref_input(call, slots[i]);
    m->views[Y] = ref_output(call, 0);
    if (m->op != OP_QLINEAR_MATMUL) return;
    m->y_scale = ref_load_f64(ref_input(call, 6), 0);
    m->y_zero = ref_load_f64(ref_input(call, 7), 0);
}

static void matmul_init(struct matmul *m, const struct cpu_call *call) {
    *m = (struct matmul){.op = call->node->op};
    m->params = call->node->params.gemm;
    if (m->op != OP_GEMM) {
        m->params.alpha = m->params.beta = 1;
        m->params.trans_a = m->params.trans_b = false;
    }
    bind_views(m, call);
    const struct cpu_view *a = m->views[A], *b = m->views[B];
    const struct cpu_view *y = m->views[Y];
    m->rank = (int)i64_max(2, i64_max(a->rank, b->rank));
    const int matrix_axes = (a->rank > 1) + (b->rank > 1);
    for (int i = 0; i < m->rank - 2; i++)
        m->dims[i] = y->dims[i + y->rank - matrix_axes - (m->rank - 2)];
    m->dims[m->rank - 2] =
        a->rank > 1 ? a->dims[a->rank - (m->params.trans_a ? 1 : 2)] : 1;
    m->dims[m->rank - 1] =
        b->rank > 1 ? b->dims[b->rank - (m->params.trans_b ? 2 : 1)] : 1;
    m->k = a->dims[a->rank - (m->params.trans_a ? 2 : 1)];
}

/* Strides of a matrix operand over [batch..,M,N]; returns that of K.
 * `k_first`: its last two axes are [K, kept]. */
static int64_t matrix_strides(const struct cpu_view *view, int rank,
                              bool k_first, int64_t *kept,
                              int64_t stride[CUT_MAX_RANK]) {
    memset(stride, 0, CUT_MAX_RANK * sizeof *stride);
    *kept = 0;
    if (view->rank == 1) return 1;
    ref_broadcast(view, rank, stride);
    stride[rank - 1] = stride[rank - 2] = 0;
    *kept = k_first ? 1 : view->pitch;
    return k_first ? view->pitch : 1;
}

/* Strides of an operand that broadcasts to y, over [batch..,M,N]. */
static void result_strides(const struct matmul *m, const struct cpu_view *view,
                           int64_t stride[CUT_MAX_RANK]) {
    int64_t own[CUT_MAX_RANK] = {0};
    const int batches = m->rank - 2;
    const bool vector_a = m->views[A]->rank == 1;
    const bool vector_b = m->views[B]->rank == 1;
    memset(stride, 0, CUT_MAX_RANK * sizeof *stride);
    if (!view) return;
    ref_broadcast(view, m->views[Y]->rank, own);
    for (int i = 0, at = 0; i < m->rank; i++) {
        const bool dropped =
            (i == batches && vector_a) || (i == batches + 1 && vector_b);
        if (!dropped) stride[i] = own[at++];
    }
}

/* One value, one per row of a, or broadcast as it stands. */
static void constant_strides(const struct matmul *m,
                             const struct cpu_view *view, bool per_row,
                             int64_t stride[CUT_MAX_RANK]) {
    memset(stride, 0, CUT_MAX_RANK * sizeof *stride);
    if (!view || ref_n_elements(view) == 1) return;
    if (per_row && view->rank == 1)
        stride[m->rank - 2] = 1;
    else
        ref_broadcast(view, m->rank, stride);
}

static void walk_init(struct matmul *m, struct ref_walk *walk) {
    int64_t stride[CUT_MAX_RANK], kept;
    const int rank = m->rank;
    ref_walk_start(walk, rank, m->dims);
    m->a_step =
        matrix_strides(m->views[A], rank, m->params.trans_a, &kept, stride);
    stride[rank - 2] = kept;
    ref_walk_strides(walk, stride, 0);
    m->b_step =
        matrix_strides(m->views[B], rank, !m->params.trans_b, &kept, stride);
    stride[rank - 1] = kept;
    ref_walk_strides(walk, stride, 0);
    for (int i = Y; i <= RESIDUAL; i++) {
        result_strides(m, m->views[i], stride);
        ref_walk_strides(walk, stride, 0);
    }
    for (int i = A_ZERO; i < N_VIEWS; i++) {
        constant_strides(m, m->views[i], i == A_ZERO || i == A_SCALE, stride);
        ref_walk_strides(walk, stride, 0);
    }
}

static double value_or(const struct matmul *m, const int64_t *at, int i,
                       double none) {
    return m->views[i] ? ref_load_f64(m->views[i], at[i]) : none;
}

static double sum_f64(const struct matmul *m, const int64_t *at) {
    const double a_zero = value_or(m, at, A_ZERO, 0);
    const double b_zero = value_or(m, at, B_ZERO, 0);
    double sum = 0;
    for (int64_t k = 0; k < m->k; k++)
        sum += (ref_load_f64(m->views[A], at[A] + k * m->a_step) - a_zero) *
               (ref_load_f64(m->views[B], at[B] + k * m->b_step) - b_zero);
    return sum;
}

static uint64_t sum_i64(const struct matmul *m, const int64_t *at) {
    uint64_t sum = 0;
    for (int64_t k = 0; k < m->k; k++)
        sum += (uint64_t)ref_load_i64(m->views[A], at[A] + k * m->a_step) *
               (uint64_t)ref_load_i64(m->views[B], at[B] + k * m->b_step);
    return sum;
}

static void finish_f64(const struct matmul *m, const int64_t *at, double sum) {
    const struct gemm_params *p = &m->params;
    double value = p->alpha * sum * value_or(m, at, B_SCALE, 1);
    if (m->views[BIAS]) value += p->beta * value_or(m, at, BIAS, 0);
    value = ref_activate(p->activation, p->act_a, p->act_b, value);
    ref_store_f64(m->views[Y], at[Y], value + value_or(m, at, RESIDUAL, 0));
}

static void matmul_at(const struct matmul *m, const int64_t *at) {
    const struct cpu_view *y = m->views[Y];
    if (m->op == OP_MATMUL_INTEGER) {
        ref_store_i64(y, at[Y], (int64_t)sum_f64(m, at));
    } else if (m->op == OP_QLINEAR_MATMUL) {
        const float multiplier =
            (float)(value_or(m, at, A_SCALE, 1) * value_or(m, at, B_SCALE, 1) /
                    m->y_scale);
        ref_store_f64(y, at[Y],
                      math_round(sum_f64(m, at) * multiplier) + m->y_zero);
    } else if (ref_is_float(y->dtype)) {
        finish_f64(m, at, sum_f64(m, at));
    } else if (m->params.alpha == 1 && m->params.beta == 1) {
        uint64_t sum = sum_i64(m, at);
        if (m->views[BIAS])
            sum += (uint64_t)ref_load_i64(m->views[BIAS], at[BIAS]);
        ref_store_i64(y, at[Y], (int64_t)sum);
    } else {
        finish_f64(m, at, (double)(int64_t)sum_i64(m, at));
    }
}

enum cut_status ref_matmul(const struct cpu_call *call, struct cut_error *err) {
    struct matmul m;
    struct ref_walk walk;
    (void)err;
    matmul_init(&m, call);
    walk_init(&m, &walk);
    for (; walk.n_left; ref_walk_next(&walk)) matmul_at(&m, walk.at);
    return CUT_OK;
}
