/* What the convolution drivers share: the shape of a step in plain numbers,
 * its constants as floats, and the split of scratch memory. */
#ifndef CPU_CONV_H
#define CPU_CONV_H

#include "cpu/cpu.h"
#include "cpu/kernels.h"

/* y[N,OH,OW,K] = act(conv(x[N,H,W,C], w[K,C/groups,KH,KW]) + b[K] + r)
 * All strides in floats. A 1-D convolution has H = OH = KH = 1. */
struct conv_shape {
    int64_t n, h, w, c, k, oh, ow, groups;
    int64_t kh, kw, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int64_t x_pitch, y_pitch, r_pitch;
};

/* False for what these drivers do not take: 3-D, x or y not f32, weights of
 * an integer type without scale. */
bool conv_shape_of(const struct cpu_call *call, struct conv_shape *shape);
struct epilogue conv_epilogue(const struct cpu_call *call);
/* Input i, or NULL when the step omits it. */
const struct cpu_view *call_input(const struct cpu_call *call, int i);

/* Bias, scale and zero point of every output channel as floats, `n_padded`
 * long each, in 3 * n_padded floats of `room`; scale and zero are NULL when
 * the weights need none. */
struct conv_constants {
    float *bias, *scale, *zero;
};
struct conv_constants conv_constants_of(const struct cpu_call *call, int64_t k,
                                        int64_t n_padded, float *room);
/* Panel `index` of group `group`, NR channels wide. */
struct weight_panel conv_weight_panel(const struct cpu_call *call,
                                      const struct conv_shape *shape,
                                      const struct conv_constants *constants,
                                      int64_t group, int64_t index);

/* Rows of the kernel that lie on the input, for row `o` of the output: `n` of
 * them, after the first `skip`; the first lies on input row `from`. */
struct conv_taps {
    int64_t n, skip, from;
};
struct conv_taps conv_taps_of(const struct conv_shape *shape, int64_t o);

/* Takes n floats from a running scratch offset (in floats), aligned. */
int64_t scratch_take(int64_t *offset, int64_t n);
static inline int64_t round_up(int64_t n, int64_t to) {
    return (n + to - 1) / to * to;
}

extern const struct cpu_method conv_winograd_method;
extern const struct cpu_method conv_gemm_method;
extern const struct cpu_method conv_narrow_method;

#endif
