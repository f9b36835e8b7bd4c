/* Matrix products. */
#include "graph/resolve.h"

/* Rows and columns of an operand: 1-D ones are a row on the left and a column
 * on the right. */
struct operand {
    const struct tensor *tensor;
    int n_batch;
    int64_t rows, cols;
};

static struct operand operand_of(const struct tensor *x, bool left) {
    const int n = x->rank;
    if (n == 1)
        return (struct operand){x, 0, left ? 1 : x->dims[0],
                                left ? x->dims[0] : 1};
    return (struct operand){x, n - 2, x->dims[n - 2], x->dims[n - 1]};
}

static enum cut_status batch_dims(struct resolve *r, const struct operand *a,
                                  const struct operand *b, int *rank,
                                  int64_t *dims) {
    *rank = a->n_batch > b->n_batch ? a->n_batch : b->n_batch;
    for (int d = 0; d < *rank; d++) {
        const int i = d - (*rank - a->n_batch), j = d - (*rank - b->n_batch);
        const int64_t m = i >= 0 ? a->tensor->dims[i] : 1;
        const int64_t n = j >= 0 ? b->tensor->dims[j] : 1;
        if (m != 1 && n != 1 && m != n)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "batch dimension %d is %lld on the left and "
                                "%lld on the right",
                                d, (long long)m, (long long)n);
        dims[d] = m == 1 ? n : m;
    }
    return CUT_OK;
}

static enum cut_status matmul_types(struct resolve *r, enum cut_dtype *dtype) {
    *dtype = resolve_input(r, 0)->dtype;
    switch (r->node->op) {
    case OP_MATMUL_INTEGER:
        *dtype = CUT_I32;
        TRY(resolve_check_types(r, 0, TYPES_BYTE));
        TRY(resolve_check_same_type(r, 0, 2));
        TRY(resolve_check_same_type(r, 1, 3));
        return resolve_check_types(r, 1, TYPES_BYTE);
    case OP_QLINEAR_MATMUL:
        *dtype = resolve_input(r, 7)->dtype;
        TRY(resolve_check_types(r, 0, TYPES_BYTE));
        TRY(resolve_check_types(r, 3, TYPES_BYTE));
        TRY(resolve_check_same_type(r, 0, 2));
        TRY(resolve_check_same_type(r, 3, 5));
        return resolve_check_types(r, 7, TYPES_BYTE);
    default:
        if (resolve_input(r, CONV_W_SCALE))
            return resolve_check_types(r, 1, TYPES_FLOAT | TYPES_BYTE);
        TRY(resolve_check_types(r, 0, TYPES_NUMBER));
        return resolve_check_same_type(r, 0, 1);
    }
}

/* A scale or zero point: one, or one per row of the left operand or column of
 * the right one. */
static enum cut_status check_vector(struct resolve *r, int i, int64_t n) {
    const struct tensor *x = resolve_input(r, i);
    if (!x || tensor_n_elements(x) == 1) return CUT_OK;
    return resolve_check_count(r, i, n);
}

static enum cut_status matmul_vectors(struct resolve *r, int64_t rows,
                                      int64_t cols) {
    switch (r->node->op) {
    case OP_MATMUL_INTEGER:
        TRY(check_vector(r, 2, rows));
        return check_vector(r, 3, cols);
    case OP_QLINEAR_MATMUL:
        TRY(check_vector(r, 1, rows));
        TRY(check_vector(r, 2, rows));
        TRY(check_vector(r, 4, cols));
        TRY(check_vector(r, 5, cols));
        TRY(resolve_check_count(r, 6, 1));
        return resolve_check_count(r, 7, 1);
    default:
        TRY(resolve_check_types(r, CONV_BIAS, TYPES_FLOAT));
        TRY(resolve_check_count(r, CONV_BIAS, cols));
        return resolve_check_slots(r, cols);
    }
}

enum cut_status resolve_matmul(struct resolve *r) {
    const int right = r->node->op == OP_QLINEAR_MATMUL ? 3 : 1;
    int64_t dims[CUT_MAX_RANK];
    enum cut_dtype dtype;
    int rank;
    r->node->params.gemm = (struct gemm_params){.alpha = 1, .beta = 1};
    TRY(matmul_types(r, &dtype));
    TRY(resolve_check_rank(r, 0, 1, CUT_MAX_RANK));
    TRY(resolve_check_rank(r, right, 1, CUT_MAX_RANK));
    const struct operand a = operand_of(resolve_input(r, 0), true);
    const struct operand b = operand_of(resolve_input(r, right), false);
    if (a.cols != b.rows)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "the left operand has %lld columns, the right "
                            "one %lld rows",
                            (long long)a.cols, (long long)b.rows);
    TRY(matmul_vectors(r, a.rows, b.cols));
    TRY(batch_dims(r, &a, &b, &rank, dims));
    if (a.tensor->rank > 1) dims[rank++] = a.rows;
    if (b.tensor->rank > 1) dims[rank++] = b.cols;
    return resolve_output(r, 0, dtype, rank, dims);
}

enum cut_status resolve_gemm(struct resolve *r) {
    struct gemm_params *p = &r->node->params.gemm;
    const struct tensor *a = resolve_input(r, 0), *b = resolve_input(r, 1);
    const struct tensor *c = resolve_input(r, 2);
    *p = (struct gemm_params){.alpha = node_attr_float(r->node, "alpha", 1),
                              .beta = node_attr_float(r->node, "beta", 1)};
    TRY(resolve_check_types(r, 0, TYPES_NUMBER));
    if (!resolve_input(r, CONV_W_SCALE)) TRY(resolve_check_same_type(r, 0, 1));
    TRY(resolve_check_same_type(r, 0, 2));
    TRY(resolve_check_rank(r, 0, 2, 2));
    TRY(resolve_check_rank(r, 1, 2, 2));
    TRY(resolve_check_rank(r, 2, 0, 2));
    TRY(resolve_attr_bool(r, "transA", false, &p->trans_a));
    TRY(resolve_attr_bool(r, "transB", false, &p->trans_b));
    const int64_t dims[] = {a->dims[p->trans_a], b->dims[!p->trans_b]};
    const int64_t ka = a->dims[!p->trans_a], kb = b->dims[p->trans_b];
    if (ka != kb)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "the left operand has %lld columns, the right "
                            "one %lld rows",
                            (long long)ka, (long long)kb);
    for (int d = 0; c && d < c->rank; d++) {
        const int64_t want = dims[2 - c->rank + d];
        if (c->dims[d] != 1 && c->dims[d] != want)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "dimension %d of C is %lld; expected 1 or "
                                "%lld",
                                d, (long long)c->dims[d], (long long)want);
    }
    TRY(resolve_check_slots(r, dims[1]));
    return resolve_output(r, 0, a->dtype, 2, dims);
}
