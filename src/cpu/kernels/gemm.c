/* The register tile: GEMM_MR rows by GEMM_NV vectors of sums. */
#include "cpu/kernels/epilogue.h"

#define NR (GEMM_NV * VF_N)

/* `rows` is a constant at every call, so that all loops over it unroll and
 * the sums live in registers. */
__attribute__((always_inline)) static inline void
tile(const struct gemm_panel *g, int64_t row, const int rows) {
    vf sum[GEMM_MR][GEMM_NV];
    const float *a = g->a + row * g->a_stride, *b = g->b;
    float *c = g->c + row * g->c_stride;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < GEMM_NV; j++)
            sum[i][j] = g->accumulate ? vf_load(c + i * g->c_stride + j * VF_N)
                                      : vf_zero();
    for (int64_t k = 0; k < g->k; k++, b += NR) {
        vf panel[GEMM_NV];
        for (int j = 0; j < GEMM_NV; j++) panel[j] = vf_load(b + j * VF_N);
        for (int i = 0; i < rows; i++) {
            vf x = vf_set1(a[i * g->a_stride + k]);
            for (int j = 0; j < GEMM_NV; j++)
                sum[i][j] = vf_fma(x, panel[j], sum[i][j]);
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < GEMM_NV; j++)
            vf_store(c + i * g->c_stride + j * VF_N, sum[i][j]);
}

/* The last rows, fewer than a full tile. */
static void tail(const struct gemm_panel *g, int64_t row) {
    int64_t left = g->n_rows - row;
    for (; left >= 4; left -= 4, row += 4) tile(g, row, 4);
    if (left >= 2) {
        tile(g, row, 2);
        left -= 2;
        row += 2;
    }
    if (left) tile(g, row, 1);
}

void ISA(gemm_panel)(const struct gemm_panel *g) {
    int64_t row = 0;
    for (; row + GEMM_MR <= g->n_rows; row += GEMM_MR) tile(g, row, GEMM_MR);
    tail(g, row);
}

void ISA(gemm_store)(const struct gemm_store *s) {
    for (int64_t i = 0; i < s->n_rows; i++) {
        const float *c = s->c + i * s->c_stride;
        const float *r =
            s->residual ? s->residual + i * s->residual_stride : NULL;
        for (int j = 0; j < s->n; j += VF_N) {
            int n = s->n - j < VF_N ? s->n - j : VF_N;
            vf x = vf_load(c + j);
            if (s->bias) x = vf_add(x, vf_load(s->bias + j));
            x = vf_finish(x, r ? r + j : NULL, n, s->epilogue);
            vf_put(s->y + i * s->y_stride + j, x, n);
        }
    }
}
