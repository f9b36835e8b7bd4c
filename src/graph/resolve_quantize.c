/* Between floats and their 8-bit images. */
#include "graph/resolve.h"

/* Scale and zero point: one of each, or one per element of `axis`. */
static enum cut_status quantize_axis(struct resolve *r,
                                     struct quantize_params *p) {
    const struct tensor *x = resolve_input(r, 0);
    const struct tensor *scale = resolve_input(r, 1);
    *p = (struct quantize_params){.axis = 0};
    TRY(resolve_attr_bool(r, "saturate", true, &p->saturate));
    if (node_attr_int(r->node, "block_size", 0) != 0)
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "attribute 'block_size' is %lld, which is not "
                            "supported",
                            (long long)node_attr_int(r->node, "block_size", 0));
    const int64_t n = tensor_n_elements(scale);
    if (resolve_input(r, 2)) TRY(resolve_check_count(r, 2, n));
    if (n == 1) return CUT_OK;
    TRY(resolve_attr_axis(r, 1, x->rank, &p->axis));
    return resolve_check_count(r, 1, x->dims[p->axis]);
}

enum cut_status resolve_quantize(struct resolve *r) {
    const struct tensor *zero = resolve_input(r, 2);
    const unsigned narrow = TYPES_BYTE | TYPE_BIT(CUT_U16) | TYPE_BIT(CUT_I16);
    TRY(resolve_check_types(r, 0, TYPES_FLOAT | TYPE_BIT(CUT_I32)));
    TRY(resolve_check_types(r, 1, TYPES_FLOAT));
    TRY(resolve_check_types(r, 2, narrow));
    TRY(quantize_axis(r, &r->node->params.quantize));
    const int64_t named = node_attr_int(r->node, "output_dtype", 0);
    enum cut_dtype dtype = CUT_U8;
    if (zero)
        dtype = zero->dtype;
    else if (named)
        dtype = (enum cut_dtype)named;
    if (named < 0 || named > 31 || !(TYPE_BIT(dtype) & narrow))
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "attribute 'output_dtype' is %lld, which is not "
                            "supported",
                            (long long)named);
    return resolve_like_input(r, dtype);
}

enum cut_status resolve_dequantize(struct resolve *r) {
    TRY(resolve_check_types(r, 0,
                            TYPES_BYTE | TYPE_BIT(CUT_U16) | TYPE_BIT(CUT_I16) |
                                TYPE_BIT(CUT_I32)));
    TRY(resolve_check_types(r, 1, TYPES_FLOAT));
    TRY(resolve_check_same_type(r, 0, 2));
    TRY(quantize_axis(r, &r->node->params.quantize));
    return resolve_like_input(r, resolve_input(r, 1)->dtype);
}

enum cut_status resolve_dynamic_quantize(struct resolve *r) {
    TRY(resolve_check_types(r, 0, TYPE_BIT(CUT_F32)));
    TRY(resolve_output(r, 1, CUT_F32, 0, NULL));
    TRY(resolve_output(r, 2, CUT_U8, 0, NULL));
    return resolve_like_input(r, CUT_U8);
}
