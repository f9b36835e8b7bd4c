/* Reading the values that shapes and parameters depend on. */
#include "base/half.h"
#include "base/mem.h"
#include "graph/plan.h"
#include "graph/resolve.h"

/* ---- One element ------------------------------------------------------- */

int64_t resolve_integer(enum cut_dtype dtype, const void *data, int64_t i) {
    const size_t size = cut_dtype_bytes(dtype);
    union {
        uint64_t u64;
        int64_t i64;
        int32_t i32;
        uint32_t u32;
        int16_t i16;
        uint16_t u16;
        int8_t i8;
        uint8_t u8;
    } v = {0};
    memcpy(&v, (const char *)data + (size_t)i * size, size);
    switch (dtype) {
    case CUT_I64: return v.i64;
    case CUT_U64: return v.u64 > INT64_MAX ? INT64_MAX : v.i64;
    case CUT_I32: return v.i32;
    case CUT_U32: return v.u32;
    case CUT_I16: return v.i16;
    case CUT_U16: return v.u16;
    case CUT_I8: return v.i8;
    case CUT_U8: return v.u8;
    case CUT_BOOL: return v.u8 != 0;
    default: return 0;
    }
}

double resolve_number(enum cut_dtype dtype, const void *data, int64_t i) {
    const size_t size = cut_dtype_bytes(dtype);
    const char *at = (const char *)data + (size_t)i * size;
    uint16_t half;
    uint32_t single;
    double value;
    switch (dtype) {
    case CUT_F32:
        memcpy(&single, at, sizeof single);
        return (double)float_from_bits(single);
    case CUT_F64: memcpy(&value, at, sizeof value); return value;
    case CUT_F16:
        memcpy(&half, at, sizeof half);
        return (double)half_to_float(half);
    case CUT_BF16:
        memcpy(&half, at, sizeof half);
        return (double)float_from_bits((uint32_t)half << 16);
    default: return (double)resolve_integer(dtype, data, i);
    }
}

/* ---- Whole tensors ----------------------------------------------------- */

/* Only chains short enough to be shape arithmetic are followed. */
#define CHAIN_MAX 64

/* A graph input whose hint may be used looks like a constant meanwhile. */
static void lend_hint(struct tensor *tensor, bool lend) {
    if (lend && !tensor->data && tensor->is_input && tensor->hint) {
        tensor->specialised = true;
        tensor->data = tensor->hint;
    } else if (!lend && tensor->is_input && tensor->data &&
               tensor->data == tensor->hint) {
        tensor->data = NULL;
    }
}

/* Folds what leads to tensor t, inputs with a hint taken as constants. The
 * first thing that is not known ends the attempt, so that each node is tried
 * once. */
static bool fold_chain(struct resolve *r, int t, int depth) {
    struct tensor *tensors = r->graph->tensors;
    if (tensors[t].data) return true;
    if (tensors[t].is_input) return tensors[t].hint != NULL;
    if (r->producer[t] < 0 || depth >= CHAIN_MAX) return false;
    struct resolve inner = *r;
    inner.err = NULL;
    inner.node = &r->graph->nodes[r->producer[t]];
    const struct node *node = inner.node;
    for (int i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] >= 0 && !fold_chain(r, node->inputs[i], depth + 1))
            return false;
    for (int i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] >= 0) lend_hint(&tensors[node->inputs[i]], true);
    const enum cut_status status = resolve_fold(&inner);
    for (int i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] >= 0) lend_hint(&tensors[node->inputs[i]], false);
    return status == CUT_OK && tensors[t].data;
}

const void *resolve_value(struct resolve *r, int t) {
    struct tensor *tensor = &r->graph->tensors[t];
    if (tensor->data) return tensor->data;
    if (tensor->is_input) {
        tensor->specialised |= tensor->hint != NULL;
        return tensor->hint;
    }
    return fold_chain(r, t, 0) ? tensor->data : NULL;
}

static const void *known_input(struct resolve *r, int i, int *n,
                               enum cut_dtype *dtype) {
    const struct tensor *x = resolve_input(r, i);
    if (!x) return NULL;
    const int64_t count = tensor_n_elements(x);
    const size_t size = cut_dtype_bytes(x->dtype);
    if (count < 0 || count > RESOLVE_MAX_VALUES || !size) return NULL;
    const void *data = resolve_value(r, r->node->inputs[i]);
    if (data && x->data && x->bytes && x->bytes < (size_t)count * size)
        return NULL;
    *n = (int)count;
    *dtype = x->dtype;
    return data;
}

const int64_t *resolve_input_ints(struct resolve *r, int i, int *n) {
    enum cut_dtype dtype;
    const void *data = known_input(r, i, n, &dtype);
    if (!data || !(TYPE_BIT(dtype) & (TYPES_INT | TYPE_BIT(CUT_BOOL))))
        return NULL;
    int64_t *values = ARENA_NEW(r->graph->arena, *n, int64_t);
    for (int j = 0; values && j < *n; j++)
        values[j] = resolve_integer(dtype, data, j);
    return values;
}

const float *resolve_input_floats(struct resolve *r, int i, int *n) {
    enum cut_dtype dtype;
    const void *data = known_input(r, i, n, &dtype);
    if (!data) return NULL;
    float *values = ARENA_NEW(r->graph->arena, *n, float);
    for (int j = 0; values && j < *n; j++)
        values[j] = (float)resolve_number(dtype, data, j);
    return values;
}
