/* What the scalar references share: elements of any dtype as double or
 * int64, and walks over shapes with strides. Obvious and slow on purpose. */
#ifndef CPU_REF_H
#define CPU_REF_H

#include "base/mem.h"
#include "cpu/cpu.h"

/* ---- Elements (ref_value.c); `at` counts elements from view->data ------- */

static inline bool ref_is_float(enum cut_dtype dtype) {
    return dtype == CUT_F32 || dtype == CUT_F64 || dtype == CUT_F16 ||
           dtype == CUT_BF16;
}

double ref_load_f64(const struct cpu_view *view, int64_t at);
/* u64 comes as its bits, floats truncated. */
int64_t ref_load_i64(const struct cpu_view *view, int64_t at);
/* Floats are rounded once, to nearest even. Integers are truncated and
 * saturate (NaN: 0), bool is value != 0. */
void ref_store_f64(const struct cpu_view *view, int64_t at, double value);
/* Narrower integers wrap, bool is value != 0. */
void ref_store_i64(const struct cpu_view *view, int64_t at, int64_t value);
/* One element between views of one dtype. */
void ref_copy(const struct cpu_view *to, int64_t to_at,
              const struct cpu_view *from, int64_t from_at);
/* Smallest and largest value of a type; infinities for floats. */
double ref_lowest(enum cut_dtype dtype);
double ref_highest(enum cut_dtype dtype);

/* ---- Operands ----------------------------------------------------------- */

/* NULL when the step omits it. */
static inline const struct cpu_view *ref_input(const struct cpu_call *call,
                                               int i) {
    return i < call->n_inputs && call->inputs[i].dtype ? &call->inputs[i]
                                                       : NULL;
}
static inline const struct cpu_view *ref_output(const struct cpu_call *call,
                                                int i) {
    return i < call->n_outputs && call->outputs[i].dtype ? &call->outputs[i]
                                                         : NULL;
}
int64_t ref_n_elements(const struct cpu_view *view);
/* Elements between neighbours of every axis. */
void ref_strides(const struct cpu_view *view, int64_t stride[CUT_MAX_RANK]);
/* The same for `view` broadcast to `rank` axes: 0 where it repeats. */
void ref_broadcast(const struct cpu_view *view, int rank,
                   int64_t stride[CUT_MAX_RANK]);
/* Address of logical (row-major) element i. */
int64_t ref_at(const struct cpu_view *view, int64_t i);

/* ---- Walks (ref_walk.c) ------------------------------------------------- */

/* All index tuples of a shape in row-major order, with the element address of
 * a few operands kept up to date:
 *     ref_walk_start(&walk, rank, dims);
 *     ref_walk_view(&walk, x);
 *     for (; walk.n_left; ref_walk_next(&walk)) ... walk.at[0] ... */
#define REF_OPERANDS 9
struct ref_walk {
    int rank, n_operands;
    int64_t n_left;
    int64_t dims[CUT_MAX_RANK], index[CUT_MAX_RANK];
    int64_t stride[REF_OPERANDS][CUT_MAX_RANK];
    int64_t at[REF_OPERANDS];
};

void ref_walk_start(struct ref_walk *walk, int rank, const int64_t *dims);
/* Adds an operand: broadcast to the walk's shape, or with given strides. A
 * NULL view takes a place that nobody reads. */
void ref_walk_view(struct ref_walk *walk, const struct cpu_view *view);
void ref_walk_strides(struct ref_walk *walk, const int64_t *stride,
                      int64_t first);
void ref_walk_next(struct ref_walk *walk);
/* Two walks that together cover dims: `inner` the marked axes, `outer` the
 * others. Operands go into both; addresses add up. */
void ref_walk_split(struct ref_walk *outer, struct ref_walk *inner, int rank,
                    const int64_t *dims, const bool *inner_axes);

/* ---- Windows (ref_window.c) --------------------------------------------- */

/* x[n, in.., c] and y[n, out.., k] under a window. */
struct ref_window {
    const struct window *window;
    int64_t n_taps;
    int64_t in[3], step[3]; /* extents and strides of x's spatial axes */
    int64_t batch_step;
};
void ref_window_init(struct ref_window *rw, const struct window *window,
                     const struct cpu_view *x);
/* Where tap number `tap` (row-major) of the window at y position out[] lies:
 * its indices in the kernel, and the position in x; false: outside x. */
bool ref_window_tap(const struct ref_window *rw, const int64_t *out,
                    int64_t tap, int64_t kernel_at[3], int64_t in_at[3]);
/* The same for a transposed window: which x position feeds out[]. */
bool ref_window_back(const struct ref_window *rw, const int64_t *out,
                     int64_t tap, int64_t kernel_at[3], int64_t in_at[3]);

double ref_activate(enum activation activation, float a, float b, double x);

/* ---- The methods -------------------------------------------------------- */

#define REF_METHOD_MAP(X)                                                      \
    X(copy_elements)                                                           \
    X(unary)                                                                   \
    X(cast)                                                                    \
    X(dropout)                                                                 \
    X(binary)                                                                  \
    X(variadic)                                                                \
    X(compare)                                                                 \
    X(where)                                                                   \
    X(concat)                                                                  \
    X(split)                                                                   \
    X(slice)                                                                   \
    X(pad)                                                                     \
    X(transpose)                                                               \
    X(gather)                                                                  \
    X(expand)                                                                  \
    X(tile)                                                                    \
    X(fill)                                                                    \
    X(range)                                                                   \
    X(depth_space)                                                             \
    X(conv)                                                                    \
    X(pool)                                                                    \
    X(global_pool)                                                             \
    X(batch_norm)                                                              \
    X(instance_norm)                                                           \
    X(layer_norm)                                                              \
    X(softmax)                                                                 \
    X(reduce)                                                                  \
    X(resize)                                                                  \
    X(matmul)                                                                  \
    X(quantize)                                                                \
    X(dequantize)                                                              \
    X(dynamic_quantize)

#define X(name) cpu_run_fn ref_##name;
REF_METHOD_MAP(X)
#undef X

/* Seconds as struct cpu_method counts them: so high that any driver wins. */
#define REF_SECONDS 20e-9

#endif
