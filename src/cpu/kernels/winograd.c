/* Transforms of Winograd F(4x4,3x3), points 0, 1, -1, 2, -2, infinity
 * (Lavin & Gray 2015, arXiv:1509.09308, section 4.3), on channels-last
 * pixels: one vector holds VF_N channels of one pixel. */
#include "cpu/kernels/epilogue.h"

/* B^T d on six values. */
static inline void input_line(const vf d[6], vf t[6]) {
    vf four = vf_set1(4.0f), five = vf_set1(5.0f), two = vf_set1(2.0f);
    vf a = vf_fnma(four, d[2], d[4]);
    vf b = vf_fnma(four, d[1], d[3]);
    vf c = vf_sub(d[4], d[2]);
    vf e = vf_mul(two, vf_sub(d[3], d[1]));
    t[0] = vf_fma(four, d[0], vf_fnma(five, d[2], d[4]));
    t[1] = vf_add(a, b);
    t[2] = vf_sub(a, b);
    t[3] = vf_add(c, e);
    t[4] = vf_sub(c, e);
    t[5] = vf_fma(four, d[1], vf_fnma(five, d[3], d[5]));
}

/* A^T m on six values. */
static inline void output_line(const vf m[6], vf y[4]) {
    vf a = vf_add(m[1], m[2]), b = vf_sub(m[1], m[2]);
    vf c = vf_add(m[3], m[4]), d = vf_sub(m[3], m[4]);
    y[0] = vf_add(vf_add(m[0], a), c);
    y[1] = vf_fma(vf_set1(2.0f), d, b);
    y[2] = vf_fma(vf_set1(4.0f), c, a);
    y[3] = vf_add(vf_fma(vf_set1(8.0f), d, b), m[5]);
}

/* Both passes over a 6x6 patch; `n` lanes are valid, `inside` promises that
 * all 36 pixels and all lanes may be read. */
__attribute__((always_inline)) static inline void
input_vector(const struct winograd_input *t, int64_t c, int n,
             const bool inside) {
    vf column[6], half[6][6], line[6];
    for (int j = 0; j < 6; j++) {
        bool column_in = j >= t->column_begin && j < t->column_end;
        for (int i = 0; i < 6; i++) {
            const float *p = t->x + i * t->row + j * t->column + c;
            if (inside)
                column[i] = vf_load(p);
            else if (column_in && i >= t->row_begin && i < t->row_end)
                column[i] = vf_load_n(p, n);
            else
                column[i] = vf_zero();
        }
        input_line(column, line);
        for (int i = 0; i < 6; i++) half[i][j] = line[i];
    }
    for (int i = 0; i < 6; i++) {
        input_line(half[i], line);
        for (int j = 0; j < 6; j++)
            vf_put(t->v + (i * 6 + j) * t->v_stride + c, line[j], n);
    }
}

void ISA(winograd_input)(const struct winograd_input *t) {
    bool inside = t->row_begin <= 0 && t->row_end >= 6 &&
                  t->column_begin <= 0 && t->column_end >= 6;
    int64_t c = 0;
    for (; inside && c + VF_N <= t->n_channels; c += VF_N)
        input_vector(t, c, VF_N, true);
    for (; c < t->n_channels; c += VF_N) {
        int64_t left = t->n_channels - c;
        input_vector(t, c, left < VF_N ? (int)left : VF_N, false);
    }
}

static void output_vector(const struct winograd_output *t, int64_t c, int n) {
    vf column[6], half[4][6], y[4];
    vf bias = vf_load(t->bias + c);
    for (int j = 0; j < 6; j++) {
        for (int i = 0; i < 6; i++)
            column[i] = vf_load(t->m + (i * 6 + j) * t->m_stride + c);
        output_line(column, y);
        for (int i = 0; i < 4; i++) half[i][j] = y[i];
    }
    for (int i = 0; i < t->n_rows; i++) {
        output_line(half[i], y);
        const float *r =
            t->residual ? t->residual + i * t->residual_row + c : NULL;
        for (int j = 0; j < t->n_columns; j++) {
            vf x = vf_finish(vf_add(y[j], bias),
                             r ? r + j * t->residual_column : NULL, n,
                             t->epilogue);
            vf_put(t->y + i * t->row + j * t->column + c, x, n);
        }
    }
}

void ISA(winograd_output)(const struct winograd_output *t) {
    for (int64_t c = 0; c < t->n_channels; c += VF_N) {
        int64_t left = t->n_channels - c;
        output_vector(t, c, left < VF_N ? (int)left : VF_N);
    }
}
