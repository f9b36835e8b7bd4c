/* Prototypes of the row primitives of the instruction set being compiled, and
 * what their loops share. */
#ifndef CPU_KERNELS_ROWS_H
#define CPU_KERNELS_ROWS_H

#include "cpu/kernels/kernels.h"
#include "cpu/row_kernels.h"

extern const struct row_kernels ISA(row_kernels);

/* elementwise.c */
unary_kernel *ISA(unary_find)(enum op op);
binary_kernel *ISA(binary_find)(enum op op);
/* pool.c */
void ISA(max_pool)(const struct pool_row *r);
void ISA(average_pool)(const struct pool_row *r);
/* resize.c */
void ISA(resize_columns)(const struct resize_columns *r);
void ISA(resize_blend)(const struct resize_blend *r);
/* reduce.c */
void ISA(reduce_down)(const struct reduce_rows *r);
void ISA(reduce_along)(const struct reduce_rows *r);
/* norm.c */
void ISA(affine)(const struct affine_rows *r);
void ISA(layer_norm)(const struct layer_norm_rows *r);
void ISA(softmax)(const struct softmax_rows *r);
/* depthwise.c */
void ISA(depthwise)(const struct depthwise_row *r);
/* movement.c */
void ISA(copy)(const struct copy_block *b);
void ISA(widen_f16)(float *y, const uint16_t *x, int64_t n);
void ISA(narrow_f16)(uint16_t *y, const float *x, int64_t n);

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/* Lanes of the vector at i in a row of n, and access to as many. */
static inline int lanes_at(int64_t i, int64_t n) {
    return n - i < VF_N ? (int)(n - i) : VF_N;
}
/* The last vector of a row, out of line: once in each file is enough. */
__attribute__((noinline, unused)) static vf tail_load(const float *p, int n) {
    return vf_load_n(p, n);
}
__attribute__((noinline, unused)) static void tail_store(float *p, vf v,
                                                         int n) {
    vf_store_n(p, v, n);
}
ALWAYS_INLINE vf lanes_load(const float *p, int n) {
    return n == VF_N ? vf_load(p) : tail_load(p, n);
}
ALWAYS_INLINE void lanes_store(float *p, vf v, int n) {
    if (n == VF_N)
        vf_store(p, v);
    else
        tail_store(p, v, n);
}

/* Taps j of a window over columns whose column is inside the input. */
struct tap_range {
    int64_t begin, end, column; /* column: of tap `begin` */
};
static inline struct tap_range taps_inside(int64_t first, int64_t kernel,
                                           int64_t dilation, int64_t n_in) {
    struct tap_range t = {0, kernel, first};
    if (first < 0) {
        t.begin = (-first + dilation - 1) / dilation;
        if (t.begin > kernel) t.begin = kernel;
        t.column = first + t.begin * dilation;
    }
    while (t.end > t.begin && first + (t.end - 1) * dilation >= n_in) t.end--;
    return t;
}

#endif
