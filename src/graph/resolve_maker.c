/* Operators that make tensors out of shapes and attributes. Their values are
 * written here, without a kernel, where they are small. */
#include "base/mem.h"
#include "base/status.h"
#include "graph/resolve.h"

#define MAKER_MAX_BYTES ((size_t)1 << 20)

/* ---- Shape, Size ------------------------------------------------------- */

static int clamp_axis(int64_t axis, int rank) {
    if (axis < 0) axis += rank;
    return (int)i64_min(i64_max(axis, 0), rank);
}

enum cut_status resolve_shape(struct resolve *r) {
    const struct tensor *x = resolve_input(r, 0);
    const bool size = r->node->op == OP_SIZE;
    int start = 0, end = x->rank;
    if (!size && r->opset >= 15) {
        start = clamp_axis(node_attr_int(r->node, "start", 0), x->rank);
        end = clamp_axis(node_attr_int(r->node, "end", x->rank), x->rank);
    }
    const int64_t n = i64_max(end - start, 0);
    TRY(resolve_output(r, 0, CUT_I64, size ? 0 : 1, &n));
    if (r->node->outputs[0] < 0) return CUT_OK;
    int64_t *values = ARENA_NEW(r->graph->arena, CUT_MAX_RANK + 1, int64_t);
    if (!values) return status_fail(r->err, CUT_NO_MEMORY, "out of memory");
    for (int i = 0; i < n; i++) values[i] = x->dims[start + i];
    if (size) values[0] = tensor_n_elements(x);
    resolve_set_value(r, 0, values);
    return CUT_OK;
}

/* ---- Constant ---------------------------------------------------------- */

/* The value's attribute, or NULL. */
static const struct attr *constant_attr(const struct node *node) {
    static const char *const names[] = {"value", "value_float", "value_floats",
                                        "value_int", "value_ints"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct attr *attr = node_attr(node, names[i]);
        if (attr) return attr;
    }
    return NULL;
}

enum cut_status resolve_constant(struct resolve *r) {
    const struct attr *attr = constant_attr(r->node);
    const void *data = NULL;
    int64_t n = attr ? attr->n : 0;
    if (r->node->outputs[0] < 0) return CUT_OK;
    switch (attr ? attr->type : ATTR_STRING) {
    case ATTR_TENSOR: {
        const struct tensor *value = &r->graph->tensors[attr->tensor];
        if (!cut_dtype_bytes(value->dtype) || !value->data)
            return resolve_fail(r, CUT_UNSUPPORTED,
                                "attribute 'value' has element type %s, "
                                "which is not supported",
                                cut_dtype_name(value->dtype));
        TRY(resolve_output(r, 0, value->dtype, value->rank, value->dims));
        data = value->data;
        break;
    }
    case ATTR_FLOAT:
        TRY(resolve_output(r, 0, CUT_F32, 0, NULL));
        data = &attr->f;
        break;
    case ATTR_INT:
        TRY(resolve_output(r, 0, CUT_I64, 0, NULL));
        data = &attr->i;
        break;
    case ATTR_FLOATS:
        TRY(resolve_output(r, 0, CUT_F32, 1, &n));
        data = attr->floats;
        break;
    case ATTR_INTS:
        TRY(resolve_output(r, 0, CUT_I64, 1, &n));
        data = attr->ints;
        break;
    default:
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "has no value of a supported kind (dense tensor, "
                            "float, int or lists of them)");
    }
    /* An empty list may have no storage at all. */
    if (!data) data = ARENA_NEW(r->graph->arena, 1, int64_t);
    if (!data) return status_fail(r->err, CUT_NO_MEMORY, "out of memory");
    resolve_set_value(r, 0, data);
    return CUT_OK;
}

/* ---- ConstantOfShape --------------------------------------------------- */

static enum cut_status fill_value(struct resolve *r,
                                  const struct tensor *value) {
    const struct tensor *y = &r->graph->tensors[r->node->outputs[0]];
    const size_t size = cut_dtype_bytes(y->dtype);
    const size_t n = (size_t)tensor_n_elements(y);
    if (n > MAKER_MAX_BYTES / size) return CUT_OK; /* made by its kernel */
    char *data = arena_alloc(r->graph->arena, n, size);
    if (!data) return status_fail(r->err, CUT_NO_MEMORY, "out of memory");
    for (size_t i = 0; value && i < n; i++)
        memcpy(data + i * size, value->data, size);
    resolve_set_value(r, 0, data);
    return CUT_OK;
}

enum cut_status resolve_constant_of_shape(struct resolve *r) {
    const struct attr *attr = node_attr(r->node, "value");
    const struct tensor *value = NULL;
    const int64_t *dims;
    int rank;
    TRY(resolve_need_ints(r, 0, "shape", &dims, &rank));
    if (attr && attr->type == ATTR_TENSOR) {
        value = &r->graph->tensors[attr->tensor];
        if (!cut_dtype_bytes(value->dtype) || !value->data ||
            tensor_n_elements(value) != 1)
            return resolve_fail(r, CUT_BAD_MODEL,
                                "attribute 'value' must hold one number");
    }
    TRY(resolve_output(r, 0, value ? value->dtype : CUT_F32, rank, dims));
    r->node->params.pad = (struct pad_params){
        .value = value ? resolve_number(value->dtype, value->data, 0) : 0};
    if (r->node->outputs[0] < 0) return CUT_OK;
    return fill_value(r, value);
}

/* ---- Range ------------------------------------------------------------- */

/* max(ceil((limit - start) / delta), 0), or -1 when that is no number. */
static int64_t range_count_int(int64_t start, int64_t limit, int64_t delta) {
    int64_t span;
    if (delta == 0 || delta == INT64_MIN) return -1;
    if (__builtin_sub_overflow(limit, start, &span) || span == INT64_MIN)
        return -1;
    if (delta < 0) span = -span, delta = -delta;
    return span <= 0 ? 0 : span / delta + (span % delta != 0);
}

static int64_t range_count_float(double start, double limit, double delta) {
    const double span = (limit - start) / delta;
    if (!(span > 0)) return span <= 0 ? 0 : -1; /* NaN: -1 */
    if (span > (double)RESOLVE_MAX_ELEMENTS) return -1;
    const int64_t whole = (int64_t)span;
    return whole + ((double)whole < span);
}

enum cut_status resolve_range(struct resolve *r) {
    static const char *const names[] = {"start", "limit", "delta"};
    const enum cut_dtype dtype = resolve_input(r, 0)->dtype;
    const void *at[3];
    int64_t n;
    TRY(resolve_check_types(r, 0, TYPES_NUMBER));
    for (int i = 0; i < 3; i++) {
        const int64_t *values;
        const float *floats;
        int count;
        TRY(resolve_check_same_type(r, 0, i));
        TRY(resolve_check_count(r, i, 1));
        if (TYPE_BIT(dtype) & TYPES_INT)
            TRY(resolve_need_ints(r, i, names[i], &values, &count));
        else
            TRY(resolve_need_floats(r, i, names[i], &floats, &count));
        at[i] = resolve_value(r, r->node->inputs[i]);
    }
    if (TYPE_BIT(dtype) & TYPES_INT)
        n = range_count_int(resolve_integer(dtype, at[0], 0),
                            resolve_integer(dtype, at[1], 0),
                            resolve_integer(dtype, at[2], 0));
    else
        n = range_count_float(resolve_number(dtype, at[0], 0),
                              resolve_number(dtype, at[1], 0),
                              resolve_number(dtype, at[2], 0));
    if (n < 0)
        return resolve_fail(
            r, CUT_BAD_MODEL, "start %g, limit %g and delta %g make no range",
            resolve_number(dtype, at[0], 0), resolve_number(dtype, at[1], 0),
            resolve_number(dtype, at[2], 0));
    return resolve_output(r, 0, dtype, 1, &n);
}
