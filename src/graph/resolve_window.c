/* Sliding windows: Conv, ConvTranspose and pools of every kind. */
#include "graph/resolve.h"

enum auto_pad { AUTO_NOTSET, AUTO_SAME_UPPER, AUTO_SAME_LOWER, AUTO_VALID };

/* ---- Attributes shared by all windows ---------------------------------- */

/* One value per spatial axis, `otherwise` when the list is absent. */
static enum cut_status axis_values(struct resolve *r, const char *name,
                                   int n_spatial, int64_t otherwise, int64_t lo,
                                   int64_t out[3]) {
    const int64_t *values;
    int n;
    TRY(resolve_attr_ints(r, name, &values, &n));
    if (n > 0 && n != n_spatial)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "attribute '%s' has %d values; expected %d", name,
                            n, n_spatial);
    for (int i = 0; i < n_spatial; i++) {
        out[i] = n > 0 ? values[i] : otherwise;
        if (out[i] < lo || out[i] > RESOLVE_MAX_EXTENT)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "attribute '%s'[%d] is %lld; expected %lld "
                                "or more, below 2^31",
                                name, i, (long long)out[i], (long long)lo);
    }
    for (int i = n_spatial; i < 3; i++) out[i] = lo;
    return CUT_OK;
}

static enum cut_status explicit_pads(struct resolve *r, struct window *w) {
    const int64_t *values;
    int n;
    TRY(resolve_attr_ints(r, "pads", &values, &n));
    if (n > 0 && n != 2 * w->n_spatial)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "attribute 'pads' has %d values; expected %d", n,
                            2 * w->n_spatial);
    for (int i = 0; i < n; i++) {
        if (values[i] < 0 || values[i] > RESOLVE_MAX_EXTENT)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "attribute 'pads'[%d] is %lld; expected 0 or "
                                "more, below 2^31",
                                i, (long long)values[i]);
        if (i < w->n_spatial)
            w->pad_begin[i] = values[i];
        else
            w->pad_end[i - w->n_spatial] = values[i];
    }
    return CUT_OK;
}

/* Everything but the kernel, which the caller has set. */
static enum cut_status window_attrs(struct resolve *r, struct window *w,
                                    enum auto_pad *auto_pad) {
    static const char *const words[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER",
                                        "VALID", NULL};
    int word;
    TRY(axis_values(r, "strides", w->n_spatial, 1, 1, w->stride));
    TRY(axis_values(r, "dilations", w->n_spatial, 1, 1, w->dilation));
    TRY(resolve_attr_word(r, "auto_pad", words, &word));
    *auto_pad = (enum auto_pad)word;
    return *auto_pad == AUTO_NOTSET ? explicit_pads(r, w) : CUT_OK;
}

static enum cut_status check_spatial(struct resolve *r, int rank) {
    if (rank >= 3 && rank <= 5) return CUT_OK;
    return resolve_fail(r, rank < 3 ? CUT_BAD_MODEL : CUT_UNSUPPORTED,
                        "input 0 has rank %d; expected 3 to 5 (one to three "
                        "spatial axes)",
                        rank);
}

/* The extent of the dilated kernel. */
static int64_t window_span(const struct window *w, int i) {
    return w->dilation[i] * (w->kernel[i] - 1) + 1;
}

/* Splits `total` so that the odd one goes to the end (SAME_UPPER) or to the
 * beginning. */
static void split_pads(struct window *w, int i, int64_t total, bool upper) {
    if (total < 0) total = 0;
    w->pad_begin[i] = upper ? total / 2 : total - total / 2;
    w->pad_end[i] = total - w->pad_begin[i];
}

/* Output size of axis i, which holds `in` elements; resolves auto_pad. */
static enum cut_status window_out(struct resolve *r, struct window *w, int i,
                                  int64_t in, enum auto_pad auto_pad,
                                  bool ceil_mode, int64_t *out) {
    const int64_t span = window_span(w, i), stride = w->stride[i];
    if (auto_pad == AUTO_SAME_UPPER || auto_pad == AUTO_SAME_LOWER) {
        *out = in / stride + (in % stride != 0);
        /* stride <= 2^31 and (out - 1) * stride < in: no overflow */
        split_pads(w, i, in ? (*out - 1) * stride + span - in : 0,
                   auto_pad == AUTO_SAME_UPPER);
        return CUT_OK;
    }
    const int64_t padded = in + w->pad_begin[i] + w->pad_end[i];
    if (padded < span)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "the window spans %lld elements on spatial axis "
                            "%d, the padded input only %lld",
                            (long long)span, i, (long long)padded);
    const int64_t room = padded - span;
    *out = room / stride + 1;
    /* A window that ceil_mode adds must start before the end padding. */
    if (ceil_mode && room % stride && *out * stride < in + w->pad_begin[i])
        ++*out;
    return CUT_OK;
}

/* ---- Conv, ConvInteger, QLinearConv ------------------------------------ */

static enum cut_status conv_groups(struct resolve *r, int64_t channels,
                                   int64_t per_group, int64_t *groups) {
    TRY(resolve_attr_int(r, "group", 1, 1, RESOLVE_MAX_EXTENT, groups));
    int64_t all;
    if (!i64_mul(*groups, per_group, &all) || all != channels)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "input has %lld channels; weights want %lld "
                            "(group %lld of %lld)",
                            (long long)channels, (long long)all,
                            (long long)*groups, (long long)per_group);
    return CUT_OK;
}

/* Kernel extents come from the weights; the attribute may only repeat them. */
static enum cut_status kernel_of_weights(struct resolve *r,
                                         const struct tensor *w,
                                         struct window *window) {
    int64_t named[3];
    const struct attr *attr = node_attr(r->node, "kernel_shape");
    window->n_spatial = w->rank - 2;
    for (int i = 0; i < 3; i++)
        window->kernel[i] = i < window->n_spatial ? w->dims[2 + i] : 1;
    for (int i = 0; i < window->n_spatial; i++)
        if (window->kernel[i] < 1 || window->kernel[i] > RESOLVE_MAX_EXTENT)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "weights have %lld as kernel size",
                                (long long)window->kernel[i]);
    if (!attr || attr->n == 0) return CUT_OK;
    TRY(axis_values(r, "kernel_shape", window->n_spatial, 1, 1, named));
    for (int i = 0; i < window->n_spatial; i++)
        if (named[i] != window->kernel[i])
            return resolve_fail(r, CUT_BAD_MODEL,
                                "attribute 'kernel_shape'[%d] is %lld, the "
                                "weights have %lld",
                                i, (long long)named[i],
                                (long long)window->kernel[i]);
    return CUT_OK;
}

/* A scale or zero point: one for all or one per channel. */
static enum cut_status check_per_channel(struct resolve *r, int i,
                                         int64_t n_channels) {
    const struct tensor *x = resolve_input(r, i);
    if (!x || tensor_n_elements(x) == 1) return CUT_OK;
    return resolve_check_count(r, i, n_channels);
}

static enum cut_status conv_types(struct resolve *r, enum cut_dtype *dtype) {
    const bool stored = resolve_input(r, CONV_W_SCALE) != NULL;
    *dtype = resolve_input(r, 0)->dtype;
    switch (r->node->op) {
    case OP_CONV_INTEGER:
        *dtype = CUT_I32;
        TRY(resolve_check_types(r, 0, TYPES_BYTE));
        TRY(resolve_check_same_type(r, 0, 2));
        TRY(resolve_check_same_type(r, 1, 3));
        return resolve_check_types(r, 1, TYPES_BYTE);
    case OP_QLINEAR_CONV:
        *dtype = resolve_input(r, 7)->dtype;
        TRY(resolve_check_types(r, 0, TYPES_BYTE));
        TRY(resolve_check_types(r, 7, TYPES_BYTE));
        TRY(resolve_check_same_type(r, 0, 2));
        TRY(resolve_check_same_type(r, 3, 5));
        TRY(resolve_check_types(r, 8, TYPE_BIT(CUT_I32)));
        return resolve_check_types(r, 3, TYPES_BYTE);
    default:
        TRY(resolve_check_types(r, 0, TYPES_FLOAT));
        TRY(resolve_check_types(r, CONV_BIAS, TYPES_FLOAT));
        return resolve_check_types(r, CONV_W,
                                   TYPES_FLOAT | (stored ? TYPES_BYTE : 0));
    }
}

static enum cut_status conv_vectors(struct resolve *r, int64_t n_out) {
    switch (r->node->op) {
    case OP_CONV_INTEGER:
        TRY(resolve_check_count(r, 2, 1));
        return check_per_channel(r, 3, n_out);
    case OP_QLINEAR_CONV:
        TRY(resolve_check_count(r, 1, 1));
        TRY(resolve_check_count(r, 2, 1));
        TRY(check_per_channel(r, 4, n_out));
        TRY(check_per_channel(r, 5, n_out));
        TRY(resolve_check_count(r, 6, 1));
        TRY(resolve_check_count(r, 7, 1));
        return resolve_check_count(r, 8, n_out);
    default:
        TRY(resolve_check_slots(r, n_out));
        return resolve_check_count(r, CONV_BIAS, n_out);
    }
}

static enum cut_status conv_inputs(struct resolve *r, const struct tensor *x,
                                   const struct tensor *w,
                                   enum cut_dtype *dtype) {
    TRY(check_spatial(r, x->rank));
    if (w->rank != x->rank)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "weights have rank %d, the input has %d", w->rank,
                            x->rank);
    return conv_types(r, dtype);
}

enum cut_status resolve_conv(struct resolve *r) {
    struct conv_params *p = &r->node->params.conv;
    const struct tensor *x = resolve_input(r, 0);
    const struct tensor *w =
        resolve_input(r, r->node->op == OP_QLINEAR_CONV ? 3 : CONV_W);
    enum cut_dtype dtype;
    enum auto_pad auto_pad;
    *p = (struct conv_params){.activation = ACT_NONE};
    TRY(conv_inputs(r, x, w, &dtype));
    TRY(conv_groups(r, x->dims[1], w->dims[1], &p->groups));
    if (w->dims[0] % p->groups)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "%lld output channels do not divide into %lld "
                            "groups",
                            (long long)w->dims[0], (long long)p->groups);
    TRY(conv_vectors(r, w->dims[0]));
    TRY(kernel_of_weights(r, w, &p->window));
    TRY(window_attrs(r, &p->window, &auto_pad));
    int64_t dims[CUT_MAX_RANK] = {x->dims[0], w->dims[0]};
    for (int i = 0; i < p->window.n_spatial; i++)
        TRY(window_out(r, &p->window, i, x->dims[2 + i], auto_pad, false,
                       &dims[2 + i]));
    return resolve_output(r, 0, dtype, x->rank, dims);
}

/* ---- ConvTranspose ----------------------------------------------------- */

/* out = stride*(in-1) + output_padding + span - pads; with `wanted` (>= 0)
 * the pads follow from the size instead. */
static enum cut_status transpose_out(struct resolve *r, int i, int64_t in,
                                     int64_t wanted, bool upper, int64_t *out) {
    struct conv_params *p = &r->node->params.conv;
    struct window *w = &p->window;
    int64_t full;
    if (!i64_mul(w->stride[i], i64_max(in - 1, 0), &full) ||
        !i64_add(full, p->output_padding[i] + window_span(w, i), &full))
        return resolve_fail(r, CUT_TOO_LARGE,
                            "spatial axis %d of the output is too large", i);
    if (wanted >= 0) {
        split_pads(w, i, full - wanted, upper);
        *out = wanted;
        return CUT_OK;
    }
    *out = full - w->pad_begin[i] - w->pad_end[i];
    if (*out >= 0) return CUT_OK;
    return resolve_fail(r, CUT_BAD_MODEL,
                        "pads of %lld and %lld leave nothing of %lld elements "
                        "on spatial axis %d",
                        (long long)w->pad_begin[i], (long long)w->pad_end[i],
                        (long long)full, i);
}

/* The last n_spatial values; older exporters wrote batch and channels too. */
static enum cut_status wanted_shape(struct resolve *r, int n_spatial,
                                    const int64_t **values) {
    int n;
    TRY(resolve_attr_ints(r, "output_shape", values, &n));
    if (n <= 0) {
        *values = NULL;
        return CUT_OK;
    }
    if (n != n_spatial && n != n_spatial + 2)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "attribute 'output_shape' has %d values; "
                            "expected %d",
                            n, n_spatial);
    *values += n - n_spatial;
    for (int i = 0; i < n_spatial; i++)
        if ((*values)[i] < 0)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "attribute 'output_shape'[%d] is %lld", i,
                                (long long)(*values)[i]);
    return CUT_OK;
}

static enum cut_status transpose_dims(struct resolve *r, const struct tensor *x,
                                      enum auto_pad auto_pad,
                                      int64_t dims[CUT_MAX_RANK]) {
    const struct window *w = &r->node->params.conv.window;
    const bool same =
        auto_pad == AUTO_SAME_UPPER || auto_pad == AUTO_SAME_LOWER;
    const int64_t *shape;
    TRY(wanted_shape(r, w->n_spatial, &shape));
    for (int i = 0; i < w->n_spatial; i++) {
        int64_t wanted = -1;
        if (shape)
            wanted = shape[i];
        else if (same && !i64_mul(x->dims[2 + i], w->stride[i], &wanted))
            return resolve_fail(r, CUT_TOO_LARGE,
                                "attribute 'strides'[%d] is %lld", i,
                                (long long)w->stride[i]);
        TRY(transpose_out(r, i, x->dims[2 + i], wanted,
                          auto_pad == AUTO_SAME_UPPER, &dims[2 + i]));
    }
    return CUT_OK;
}

enum cut_status resolve_conv_transpose(struct resolve *r) {
    struct conv_params *p = &r->node->params.conv;
    const struct tensor *x = resolve_input(r, 0), *w = resolve_input(r, 1);
    enum cut_dtype dtype;
    enum auto_pad auto_pad;
    *p = (struct conv_params){.activation = ACT_NONE};
    TRY(conv_inputs(r, x, w, &dtype));
    TRY(resolve_attr_int(r, "group", 1, 1, RESOLVE_MAX_EXTENT, &p->groups));
    if (w->dims[0] != x->dims[1] || x->dims[1] % p->groups)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "input has %lld channels, weights have %lld in "
                            "%lld groups",
                            (long long)x->dims[1], (long long)w->dims[0],
                            (long long)p->groups);
    int64_t dims[CUT_MAX_RANK] = {x->dims[0]};
    if (!i64_mul(w->dims[1], p->groups, &dims[1]))
        return resolve_fail(r, CUT_TOO_LARGE, "attribute 'group' is %lld",
                            (long long)p->groups);
    TRY(conv_vectors(r, dims[1]));
    TRY(kernel_of_weights(r, w, &p->window));
    TRY(window_attrs(r, &p->window, &auto_pad));
    TRY(axis_values(r, "output_padding", p->window.n_spatial, 0, 0,
                    p->output_padding));
    TRY(transpose_dims(r, x, auto_pad, dims));
    return resolve_output(r, 0, dtype, x->rank, dims);
}

/* ---- Pools ------------------------------------------------------------- */

static enum cut_status pool_types(struct resolve *r) {
    return resolve_check_types(
        r, 0, TYPES_FLOAT | (r->node->op == OP_MAX_POOL ? TYPES_BYTE : 0));
}

/* A window that lies in the padding alone has no maximum and no mean. */
static enum cut_status check_pool_pads(struct resolve *r,
                                       const struct window *w) {
    for (int i = 0; i < w->n_spatial; i++) {
        const int64_t pad = i64_max(w->pad_begin[i], w->pad_end[i]);
        if (pad >= window_span(w, i))
            return resolve_fail(r, CUT_BAD_MODEL,
                                "attribute 'pads' has %lld on spatial axis "
                                "%d, where the window spans only %lld",
                                (long long)pad, i,
                                (long long)window_span(w, i));
    }
    return CUT_OK;
}

enum cut_status resolve_pool(struct resolve *r) {
    struct pool_params *p = &r->node->params.pool;
    const struct tensor *x = resolve_input(r, 0);
    enum auto_pad auto_pad;
    bool ceil_mode;
    *p = (struct pool_params){.count_include_pad = false};
    TRY(check_spatial(r, x->rank));
    TRY(pool_types(r));
    p->window.n_spatial = x->rank - 2;
    if (!node_attr(r->node, "kernel_shape"))
        return resolve_fail(r, CUT_BAD_MODEL,
                            "attribute 'kernel_shape' is missing");
    TRY(axis_values(r, "kernel_shape", p->window.n_spatial, 1, 1,
                    p->window.kernel));
    TRY(window_attrs(r, &p->window, &auto_pad));
    TRY(check_pool_pads(r, &p->window));
    TRY(resolve_attr_bool(r, "ceil_mode", false, &ceil_mode));
    TRY(resolve_attr_bool(r, "count_include_pad", false,
                          &p->count_include_pad));
    TRY(resolve_attr_bool(r, "storage_order", false, &p->column_major));
    int64_t dims[CUT_MAX_RANK] = {x->dims[0], x->dims[1]};
    for (int i = 0; i < p->window.n_spatial; i++)
        TRY(window_out(r, &p->window, i, x->dims[2 + i], auto_pad, ceil_mode,
                       &dims[2 + i]));
    TRY(resolve_output(r, 1, CUT_I64, x->rank, dims));
    return resolve_output(r, 0, x->dtype, x->rank, dims);
}

enum cut_status resolve_global_pool(struct resolve *r) {
    const struct tensor *x = resolve_input(r, 0);
    int64_t dims[CUT_MAX_RANK];
    TRY(resolve_check_types(r, 0, TYPES_FLOAT));
    TRY(resolve_check_rank(r, 0, 2, CUT_MAX_RANK));
    for (int i = 0; i < x->rank; i++) dims[i] = i < 2 ? x->dims[i] : 1;
    return resolve_output(r, 0, x->dtype, x->rank, dims);
}
