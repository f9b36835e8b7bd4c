/* Resize and Upsample as the ONNX standard (operator Resize-19 and its
 * Python reference) defines them, on any axis. */
#include "base/mathf.h"
#include "cpu/ref.h"

struct resize {
    const struct resize_params *params;
    const struct cpu_view *x, *y;
    int64_t stride[CUT_MAX_RANK];
    bool plain[CUT_MAX_RANK]; /* index in = index out */
    double scale[CUT_MAX_RANK];
};

/* ---- Coordinates --------------------------------------------------------- */

/* Position in [0, in) coordinates of output index i. The fractional output
 * length scale*in is what the standard's "length_resized" is there. */
static double source_position(const struct resize *r, int axis, int64_t i) {
    const struct resize_params *p = r->params;
    const double in = (double)r->x->dims[axis];
    const double out = (double)r->y->dims[axis];
    const double scale = r->scale[axis], length = scale * in, at = (double)i;
    switch (p->coordinate) {
    case RESIZE_HALF_PIXEL: break;
    case RESIZE_PYTORCH_HALF_PIXEL:
        if (out <= 1) return 0;
        break;
    case RESIZE_ALIGN_CORNERS:
        return out <= 1 || length <= 1 ? 0 : at * (in - 1) / (length - 1);
    case RESIZE_ASYMMETRIC: return at / scale;
    case RESIZE_TF_CROP_AND_RESIZE: {
        const double begin = p->roi_begin[axis], end = p->roi_end[axis];
        if (out <= 1) return 0.5 * (begin + end) * (in - 1);
        return begin * (in - 1) + at * (end - begin) * (in - 1) / (out - 1);
    }
    case RESIZE_HALF_PIXEL_SYMMETRIC:
        return in / 2 * (1 - out / length) + (at + 0.5) / scale - 0.5;
    case RESIZE_TF_HALF_PIXEL_FOR_NN: return (at + 0.5) / scale;
    }
    return (at + 0.5) / scale - 0.5;
}

static int64_t nearest_index(enum resize_nearest nearest, double at) {
    const double below = math_floor(at);
    bool up = at > below;
    switch (nearest) {
    case RESIZE_ROUND_PREFER_FLOOR: up = at - below > 0.5; break;
    case RESIZE_ROUND_PREFER_CEIL: up = at - below >= 0.5; break;
    case RESIZE_FLOOR: up = false; break;
    case RESIZE_CEIL: break;
    }
    return (int64_t)below + up;
}

/* ---- Filters ------------------------------------------------------------- */

/* Keys 1981: cubic convolution with parameter a; the triangle for linear. */
static double kernel(const struct resize_params *p, double distance) {
    const double d = math_abs(distance), a = p->cubic_a;
    if (p->mode == RESIZE_LINEAR) return d < 1 ? 1 - d : 0;
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/* The taps around a position: indices first .. first+n-1, each weighing
 * kernel(shrink * distance). */
struct taps {
    int64_t first, n;
    double shrink, total;
};

static bool tap_counts(const struct resize *r, int axis, int64_t index) {
    return !r->params->exclude_outside ||
           (index >= 0 && index < r->x->dims[axis]);
}

static struct taps taps_of(const struct resize *r, int axis, double at) {
    const struct resize_params *p = r->params;
    const double radius = p->mode == RESIZE_CUBIC ? 2 : 1;
    struct taps t = {.shrink = 1};
    if (p->antialias && r->scale[axis] < 1) t.shrink = r->scale[axis];
    /* Beyond this every tap reads an edge. */
    const double limit = 4 * (double)r->x->dims[axis] + 4;
    double reach = radius / t.shrink;
    if (!(reach < limit)) reach = limit;
    const int64_t start = (int64_t)math_floor(-reach) + 1;
    t.first = (int64_t)math_floor(at) + start;
    t.n = 2 - 2 * start;
    for (int64_t i = 0; i < t.n; i++)
        if (tap_counts(r, axis, t.first + i))
            t.total += kernel(p, t.shrink * ((double)(t.first + i) - at));
    return t;
}

/* ---- One output element -------------------------------------------------- */

/* Interpolates from axis `axis` on at the output index; false: outside of a
 * crop. */
static bool sample(const struct resize *r, const int64_t *index, int axis,
                   int64_t at, double *out) {
    if (axis == r->x->rank) {
        *out = ref_load_f64(r->x, at);
        return true;
    }
    const int64_t n = r->x->dims[axis], step = r->stride[axis];
    if (r->plain[axis])
        return sample(r, index, axis + 1, at + index[axis] * step, out);
    const struct resize_params *p = r->params;
    const double from = source_position(r, axis, index[axis]);
    if (p->coordinate == RESIZE_TF_CROP_AND_RESIZE &&
        !(from >= 0 && from <= (double)(n - 1)))
        return false;
    if (p->mode == RESIZE_NEAREST) {
        const int64_t i =
            i64_min(i64_max(nearest_index(p->nearest, from), 0), n - 1);
        return sample(r, index, axis + 1, at + i * step, out);
    }
    const struct taps t = taps_of(r, axis, from);
    double sum = 0;
    for (int64_t i = t.first; i < t.first + t.n; i++) {
        const double weight = kernel(p, t.shrink * ((double)i - from));
        const int64_t inside = i64_min(i64_max(i, 0), n - 1);
        double value;
        if (weight == 0 || !tap_counts(r, axis, i)) continue;
        if (!sample(r, index, axis + 1, at + inside * step, &value))
            return false;
        sum += weight / t.total * value;
    }
    *out = sum;
    return true;
}

static void resize_init(struct resize *r, const struct cpu_call *call) {
    *r = (struct resize){.params = &call->node->params.resize,
                         .x = ref_input(call, 0),
                         .y = ref_output(call, 0)};
    ref_strides(r->x, r->stride);
    for (int i = 0; i < r->x->rank; i++) {
        const double exact = (double)r->y->dims[i] / (double)r->x->dims[i];
        const float scale = r->params->scale[i];
        /* A scale that was computed from sizes was meant exactly. */
        r->scale[i] = scale == (float)exact ? exact : (double)scale;
        r->plain[i] = r->scale[i] == 1 && r->y->dims[i] == r->x->dims[i] &&
                      r->params->coordinate != RESIZE_TF_CROP_AND_RESIZE;
    }
}

enum cut_status ref_resize(const struct cpu_call *call, struct cut_error *err) {
    struct resize r;
    struct ref_walk walk;
    (void)err;
    resize_init(&r, call);
    ref_walk_start(&walk, r.y->rank, r.y->dims);
    ref_walk_view(&walk, r.y);
    for (; walk.n_left; ref_walk_next(&walk)) {
        double value;
        if (ref_n_elements(r.x) == 0)
            value = 0;
        else if (!sample(&r, walk.index, 0, 0, &value))
            value = r.params->extrapolation;
        else if (!ref_is_float(r.y->dtype))
            value = math_round(value);
        ref_store_f64(r.y, walk.at[0], value);
    }
    return CUT_OK;
}
