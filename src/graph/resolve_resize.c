/* Resize (opset 10 and later) and Upsample.
 *
 * Sizes and scales are worked out in float as the reference runtimes do, so
 * that floor(dim * scale) falls on the same integer. */
#include "graph/resolve.h"

enum aspect { ASPECT_STRETCH, ASPECT_NOT_LARGER, ASPECT_NOT_SMALLER };

/* The axes that scales, sizes and roi speak about. */
struct resize_axes {
    int n, axis[CUT_MAX_RANK];
};

/* ---- Attributes -------------------------------------------------------- */

static enum cut_status resize_modes(struct resolve *r,
                                    struct resize_params *p) {
    static const char *const modes[] = {"nearest", "linear", "cubic", NULL};
    static const char *const coordinates[] = {
        "half_pixel",           "pytorch_half_pixel",
        "align_corners",        "asymmetric",
        "tf_crop_and_resize",   "half_pixel_symmetric",
        "tf_half_pixel_for_nn", NULL};
    static const char *const nearest[] = {
        "round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL};
    int mode, coordinate, round;
    const char *name = node_attr_string(r->node, "mode", "nearest");
    if (text_equal(name, "bilinear") && r->node->op == OP_UPSAMPLE)
        mode = RESIZE_LINEAR;
    else
        TRY(resolve_attr_word(r, "mode", modes, &mode));
    TRY(resolve_attr_word(r, "coordinate_transformation_mode", coordinates,
                          &coordinate));
    TRY(resolve_attr_word(r, "nearest_mode", nearest, &round));
    p->mode = (enum resize_mode)mode;
    p->coordinate = (enum resize_coordinate)coordinate;
    p->nearest = (enum resize_nearest)round;
    p->cubic_a = node_attr_float(r->node, "cubic_coeff_a", -0.75f);
    p->extrapolation = node_attr_float(r->node, "extrapolation_value", 0);
    TRY(resolve_attr_bool(r, "exclude_outside", false, &p->exclude_outside));
    return resolve_attr_bool(r, "antialias", false, &p->antialias);
}

static enum cut_status resize_axes(struct resolve *r, int rank,
                                   struct resize_axes *axes) {
    const int64_t *values;
    bool seen[CUT_MAX_RANK] = {false};
    int n;
    TRY(resolve_attr_ints(r, "axes", &values, &n));
    if (n <= 0) {
        axes->n = rank;
        for (int i = 0; i < rank; i++) axes->axis[i] = i;
        return CUT_OK;
    }
    if (n > rank)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "attribute 'axes' has %d values for rank %d", n,
                            rank);
    axes->n = n;
    for (int i = 0; i < n; i++) {
        TRY(resolve_axis(r, "axes", values[i], rank, &axes->axis[i]));
        if (seen[axes->axis[i]])
            return resolve_fail(r, CUT_BAD_MODEL, "axis %d appears twice",
                                axes->axis[i]);
        seen[axes->axis[i]] = true;
    }
    return CUT_OK;
}

static enum cut_status wrong_count(struct resolve *r, const char *what, int n,
                                   int want) {
    return resolve_fail(r, CUT_BAD_MODEL, "'%s' has %d values; expected %d",
                        what, n, want);
}

/* ---- Sizes ------------------------------------------------------------- */

/* floor(dim * scale) in float */
static enum cut_status scaled_dim(struct resolve *r, int axis, float scale,
                                  int64_t *dim) {
    const float size = (float)*dim * scale;
    if (!(scale > 0) || !(size <= (float)RESOLVE_MAX_ELEMENTS))
        return resolve_fail(r, CUT_BAD_MODEL,
                            "'scales' has %g for axis %d of %lld elements",
                            (double)scale, axis, (long long)*dim);
    *dim = (int64_t)size;
    return CUT_OK;
}

static enum cut_status apply_scales(struct resolve *r, const float *scales,
                                    const struct resize_axes *axes,
                                    int64_t *dims) {
    struct resize_params *p = &r->node->params.resize;
    for (int i = 0; i < axes->n; i++) {
        const int d = axes->axis[i];
        p->scale[d] = scales[i];
        TRY(scaled_dim(r, d, scales[i], &dims[d]));
    }
    return CUT_OK;
}

/* The one scale that keeps the aspect ratio; 0 when there is none. */
static float common_scale(const int64_t *sizes, const struct resize_axes *axes,
                          const int64_t *dims, bool smallest) {
    float best = 0;
    for (int i = 0; i < axes->n; i++) {
        const int64_t have = dims[axes->axis[i]];
        if (have == 0) return 0;
        const float scale = (float)sizes[i] / (float)have;
        if (i == 0 || (smallest ? scale < best : scale > best)) best = scale;
    }
    return best;
}

static enum cut_status apply_sizes(struct resolve *r, const int64_t *sizes,
                                   const struct resize_axes *axes,
                                   int64_t *dims) {
    static const char *const policies[] = {"stretch", "not_larger",
                                           "not_smaller", NULL};
    struct resize_params *p = &r->node->params.resize;
    int policy;
    TRY(resolve_attr_word(r, "keep_aspect_ratio_policy", policies, &policy));
    for (int i = 0; i < axes->n; i++)
        if (sizes[i] < 0 || sizes[i] > RESOLVE_MAX_ELEMENTS)
            return resolve_fail(r, CUT_BAD_MODEL, "'sizes'[%d] is %lld", i,
                                (long long)sizes[i]);
    const float common =
        policy == ASPECT_STRETCH
            ? 0
            : common_scale(sizes, axes, dims, policy == ASPECT_NOT_LARGER);
    for (int i = 0; i < axes->n; i++) {
        const int d = axes->axis[i];
        const int64_t have = dims[d];
        /* round half up, as the standard defines it */
        dims[d] = policy == ASPECT_STRETCH
                      ? sizes[i]
                      : (int64_t)((float)have * common + 0.5f);
        if (policy != ASPECT_STRETCH)
            p->scale[d] = common;
        else if (have)
            p->scale[d] = (float)dims[d] / (float)have;
    }
    return CUT_OK;
}

/* ---- Region of interest ------------------------------------------------ */

static enum cut_status resize_roi(struct resolve *r, int i,
                                  const struct resize_axes *axes) {
    struct resize_params *p = &r->node->params.resize;
    const float *roi;
    int n;
    if (p->coordinate != RESIZE_TF_CROP_AND_RESIZE) return CUT_OK;
    TRY(resolve_need_floats(r, i, "roi", &roi, &n));
    if (n != 2 * axes->n) return wrong_count(r, "roi", n, 2 * axes->n);
    for (int j = 0; j < axes->n; j++) {
        p->roi_begin[axes->axis[j]] = roi[j];
        p->roi_end[axes->axis[j]] = roi[axes->n + j];
    }
    return CUT_OK;
}

/* ---- Before opset 11 --------------------------------------------------- */

/* No coordinate modes yet: asymmetric; nearest takes the floor when growing
 * and the ceiling when shrinking. */
static enum cut_status legacy_modes(struct resolve *r, struct resize_params *p,
                                    int rank) {
    bool grows = false, shrinks = false;
    p->coordinate = RESIZE_ASYMMETRIC;
    for (int d = 0; d < rank; d++) {
        grows |= p->scale[d] > 1;
        shrinks |= p->scale[d] < 1;
    }
    if (p->mode == RESIZE_NEAREST && grows && shrinks)
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "nearest that grows one axis and shrinks another "
                            "is not supported below opset 11");
    p->nearest = shrinks ? RESIZE_CEIL : RESIZE_FLOOR;
    return CUT_OK;
}

static enum cut_status legacy_scales(struct resolve *r,
                                     const struct resize_axes *axes,
                                     const float **scales) {
    const struct attr *attr = node_attr(r->node, "scales");
    int n;
    if (resolve_input(r, 1)) {
        TRY(resolve_need_floats(r, 1, "scales", scales, &n));
    } else if (attr && attr->type == ATTR_FLOATS) {
        *scales = attr->floats;
        n = attr->n;
    } else {
        return resolve_fail(r, CUT_BAD_MODEL, "has no scales");
    }
    return n == axes->n ? CUT_OK : wrong_count(r, "scales", n, axes->n);
}

/* ---- All together ------------------------------------------------------ */

static bool has_elements(const struct resolve *r, int i) {
    const struct tensor *x = resolve_input(r, i);
    return x && tensor_n_elements(x) > 0;
}

static enum cut_status
resize_dims(struct resolve *r, const struct resize_axes *axes, int64_t *dims) {
    const float *scales;
    const int64_t *sizes;
    int n;
    if (r->node->op == OP_UPSAMPLE || r->opset < 11) {
        TRY(legacy_scales(r, axes, &scales));
        return apply_scales(r, scales, axes, dims);
    }
    TRY(resize_roi(r, 1, axes));
    if (has_elements(r, 3)) {
        TRY(resolve_need_ints(r, 3, "sizes", &sizes, &n));
        if (n != axes->n) return wrong_count(r, "sizes", n, axes->n);
        return apply_sizes(r, sizes, axes, dims);
    }
    if (!has_elements(r, 2))
        return resolve_fail(r, CUT_BAD_MODEL, "has neither scales nor sizes");
    TRY(resolve_need_floats(r, 2, "scales", &scales, &n));
    if (n != axes->n) return wrong_count(r, "scales", n, axes->n);
    return apply_scales(r, scales, axes, dims);
}

enum cut_status resolve_resize(struct resolve *r) {
    struct resize_params *p = &r->node->params.resize;
    const struct tensor *x = resolve_input(r, 0);
    struct resize_axes axes;
    int64_t dims[CUT_MAX_RANK];
    *p = (struct resize_params){.mode = RESIZE_NEAREST};
    TRY(resolve_check_types(r, 0, TYPES_FLOAT | TYPES_BYTE | TYPES_INDEX));
    for (int d = 0; d < CUT_MAX_RANK; d++) {
        p->scale[d] = 1;
        p->roi_end[d] = 1;
        dims[d] = d < x->rank ? x->dims[d] : 1;
    }
    TRY(resize_modes(r, p));
    TRY(resize_axes(r, x->rank, &axes));
    TRY(resize_dims(r, &axes, dims));
    if (r->node->op == OP_UPSAMPLE || r->opset < 11)
        TRY(legacy_modes(r, p, x->rank));
    for (int d = 0; d < x->rank; d++)
        if (x->dims[d] == 0 && dims[d] != 0)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "axis %d has nothing to be resized to %lld", d,
                                (long long)dims[d]);
    resolve_keep_inputs(r, 1);
    return resolve_output(r, 0, x->dtype, x->rank, dims);
}
