/* Pooling windows, lanes over channels. */
#include "cpu/kernels/rows.h"

/* `max`, `rows` and `columns` are constants in the common calls. */
ALWAYS_INLINE vf window(const float *x, int64_t x_row, int64_t x_tap,
                        int64_t rows, int64_t columns, const bool max) {
    vf sum = max ? vf_set1(-__builtin_inff()) : vf_zero();
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            vf v = vf_load(x + i * x_row + j * x_tap);
            sum = max ? vf_max(sum, v) : vf_add(sum, v);
        }
    return sum;
}

ALWAYS_INLINE vf window_tail(const float *x, int64_t x_row, int64_t x_tap,
                             int64_t rows, int64_t columns, const bool max,
                             int n) {
    vf sum = max ? vf_set1(-__builtin_inff()) : vf_zero();
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
            vf v = vf_load_n(x + i * x_row + j * x_tap, n);
            sum = max ? vf_max(sum, v) : vf_add(sum, v);
        }
    return sum;
}

/* One output pixel: all channels of a window of rows x columns taps. */
ALWAYS_INLINE void pixel(const struct pool_row *r, const float *x, float *y,
                         int64_t rows, int64_t columns, const bool max,
                         float factor) {
    int64_t tap = r->dilation * r->x_column, c = 0;
    vf scale = vf_set1(factor);
    for (; c + VF_N <= r->n_channels; c += VF_N) {
        vf v = window(x + c, r->x_row, tap, rows, columns, max);
        vf_store(y + c, max ? v : vf_div(v, scale));
    }
    if (c == r->n_channels) return;
    int n = (int)(r->n_channels - c);
    vf v = window_tail(x + c, r->x_row, tap, rows, columns, max, n);
    vf_store_n(y + c, max ? v : vf_div(v, scale), n);
}

/* Columns that the average counts: with padding those up to its end, which a
 * window hanging over by ceil_mode may pass; without, the valid ones. */
static int64_t counted_columns(const struct pool_row *r, int64_t first,
                               const struct tap_range *t) {
    if (!r->count_include_pad) return t->end - t->begin;
    int64_t limit = r->n_in + r->pad_end, n = r->kernel;
    while (n > 1 && first + (n - 1) * r->dilation >= limit) n--;
    return n;
}

ALWAYS_INLINE void pool_loop(const struct pool_row *r, const bool max) {
    for (int64_t o = 0; o < r->n_out; o++) {
        int64_t first = o * r->stride - r->pad_begin;
        struct tap_range t =
            taps_inside(first, r->kernel, r->dilation, r->n_in);
        int64_t rows = r->n_tap_rows, columns = t.end - t.begin;
        int64_t count = r->counted_rows * counted_columns(r, first, &t);
        float divisor = (float)(count > 0 ? count : 1);
        const float *x = columns ? r->x + t.column * r->x_column : r->x;
        float *y = r->y + o * r->y_column;
        if (rows == 2 && columns == 2)
            pixel(r, x, y, 2, 2, max, divisor);
        else if (rows == 3 && columns == 3)
            pixel(r, x, y, 3, 3, max, divisor);
        else
            pixel(r, x, y, rows, columns, max, divisor);
    }
}

void ISA(max_pool)(const struct pool_row *r) { pool_loop(r, true); }
void ISA(average_pool)(const struct pool_row *r) { pool_loop(r, false); }
