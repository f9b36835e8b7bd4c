/* Between floats and integers with a scale and a zero point. Arithmetic is in
 * float, step by step, as the ONNX standard's results have it. */
#include "base/mathf.h"
#include "cpu/ref.h"

/* Scale and zero point: one value, one per index of `axis`, or (of x's rank)
 * one per block along it. Strides over x's axes and the block's length. */
struct scaling {
    const struct cpu_view *scale, *zero;
    int axis;
    int64_t block[CUT_MAX_RANK], step[CUT_MAX_RANK];
};

static void scaling_init(struct scaling *s, const struct cpu_call *call) {
    const struct cpu_view *x = ref_input(call, 0);
    s->scale = ref_input(call, 1);
    s->zero = ref_input(call, 2);
    s->axis = call->node->params.quantize.axis;
    for (int i = 0; i < CUT_MAX_RANK; i++) {
        s->block[i] = 1;
        s->step[i] = 0;
    }
    if (ref_n_elements(s->scale) == 1) return;
    if (s->scale->rank == 1) {
        s->step[s->axis] = 1;
        return;
    }
    ref_strides(s->scale, s->step);
    for (int i = 0; i < x->rank; i++) {
        const int64_t n = i64_max(s->scale->dims[i], 1);
        s->block[i] = i64_max((x->dims[i] + n - 1) / n, 1);
    }
}

/* Scale and zero point are of one shape and dense. */
static int64_t scaling_at(const struct scaling *s, const int64_t *index,
                          int rank) {
    int64_t at = 0;
    for (int i = 0; i < rank; i++) at += index[i] / s->block[i] * s->step[i];
    return at;
}

static double zero_at(const struct scaling *s, int64_t at) {
    return s->zero ? ref_load_f64(s->zero, at) : 0;
}

/* A walk over input and output, and how they are scaled. */
static void scaled_start(const struct cpu_call *call, struct scaling *s,
                         struct ref_walk *walk) {
    const struct cpu_view *x = ref_input(call, 0);
    scaling_init(s, call);
    ref_walk_start(walk, x->rank, x->dims);
    ref_walk_view(walk, x);
    ref_walk_view(walk, ref_output(call, 0));
}

enum cut_status ref_quantize(const struct cpu_call *call,
                             struct cut_error *err) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    struct scaling s;
    struct ref_walk walk;
    (void)err;
    for (scaled_start(call, &s, &walk); walk.n_left; ref_walk_next(&walk)) {
        const int64_t at = scaling_at(&s, walk.index, x->rank);
        const float scale = (float)ref_load_f64(s.scale, at);
        const float value = (float)ref_load_f64(x, walk.at[0]) / scale;
        ref_store_f64(y, walk.at[1], math_round(value) + zero_at(&s, at));
    }
    return CUT_OK;
}

enum cut_status ref_dequantize(const struct cpu_call *call,
                               struct cut_error *err) {
    const struct cpu_view *x = ref_input(call, 0), *y = ref_output(call, 0);
    struct scaling s;
    struct ref_walk walk;
    (void)err;
    for (scaled_start(call, &s, &walk); walk.n_left; ref_walk_next(&walk)) {
        const int64_t at = scaling_at(&s, walk.index, x->rank);
        const double value = ref_load_f64(x, walk.at[0]) - zero_at(&s, at);
        ref_store_f64(y, walk.at[1], value * ref_load_f64(s.scale, at));
    }
    return CUT_OK;
}

static float saturate_u8(float x) {
    const float rounded = (float)math_round(x);
    return rounded < 0 ? 0 : rounded > 255 ? 255 : rounded;
}

/* y u8, scale and zero point such that 0 and all of x are covered. */
enum cut_status ref_dynamic_quantize(const struct cpu_call *call,
                                     struct cut_error *err) {
    const struct cpu_view *x = ref_input(call, 0);
    const struct cpu_view *y = ref_output(call, 0);
    const struct cpu_view *scale_out = ref_output(call, 1);
    const struct cpu_view *zero_out = ref_output(call, 2);
    const int64_t n = ref_n_elements(x);
    float low = 0, high = 0;
    (void)err;
    for (int64_t i = 0; i < n; i++) {
        const float value = (float)ref_load_f64(x, ref_at(x, i));
        if (value < low) low = value;
        if (value > high) high = value;
    }
    /* All zeros: any scale will do. */
    const float scale = low < high ? (high - low) / 255.0f : 1.0f;
    const float zero = saturate_u8(-low / scale);
    for (int64_t i = 0; y && i < n; i++) {
        const float value = (float)ref_load_f64(x, ref_at(x, i)) / scale;
        ref_store_f64(y, ref_at(y, i),
                      saturate_u8((float)math_round(value) + zero));
    }
    if (scale_out) ref_store_f64(scale_out, 0, scale);
    if (zero_out) ref_store_f64(zero_out, 0, zero);
    return CUT_OK;
}
