/* What the resolve functions of all families share.
 *
 * Each family checks its node, fills node->params and calls resolve_output.
 * Inputs that only carried parameters (Reshape's shape, Slice's starts, Clip's
 * bounds, ...) are dropped from the node once their values are in `params` or
 * in the output's dims: kernels see data alone. */
#ifndef GRAPH_RESOLVE_H
#define GRAPH_RESOLVE_H

#include "base/mem.h"
#include "graph/graph.h"

#define X(name, onnx, lo, hi, family)                                          \
    enum cut_status resolve_##family(struct resolve *r);
OP_MAP(X)
#undef X

#define TRY(call)                                                              \
    do {                                                                       \
        enum cut_status try_status = (call);                                   \
        if (try_status != CUT_OK) return try_status;                           \
    } while (0)

/* Tensors with more elements are refused. */
#define RESOLVE_MAX_ELEMENTS ((int64_t)1 << 40)
/* Pads, strides, kernels and the like stay below, so that sums and products
 * of two of them fit into 64 bits. */
#define RESOLVE_MAX_EXTENT ((int64_t)1 << 31)
/* Longest list of parameters (pads, sizes, ...) that a node may have. */
#define RESOLVE_MAX_VALUES 4096

/* Sets of element types. */
#define TYPE_BIT(dtype) (1u << (dtype))
#define TYPES_FLOAT                                                            \
    (TYPE_BIT(CUT_F32) | TYPE_BIT(CUT_F16) | TYPE_BIT(CUT_F64) |               \
     TYPE_BIT(CUT_BF16))
#define TYPES_BYTE (TYPE_BIT(CUT_U8) | TYPE_BIT(CUT_I8))
#define TYPES_INDEX (TYPE_BIT(CUT_I32) | TYPE_BIT(CUT_I64))
#define TYPES_INT                                                              \
    (TYPES_BYTE | TYPES_INDEX | TYPE_BIT(CUT_U16) | TYPE_BIT(CUT_I16) |        \
     TYPE_BIT(CUT_U32) | TYPE_BIT(CUT_U64))
#define TYPES_NUMBER (TYPES_FLOAT | TYPES_INT)
#define TYPES_ALL (TYPES_NUMBER | TYPE_BIT(CUT_BOOL))

/* ---- Checks (resolve_check.c); absent inputs pass ---------------------- */

enum cut_status resolve_check_types(struct resolve *r, int i, unsigned types);
enum cut_status resolve_check_same_type(struct resolve *r, int i, int j);
enum cut_status resolve_check_rank(struct resolve *r, int i, int lo, int hi);
/* Fails unless input i has exactly n elements. */
enum cut_status resolve_check_count(struct resolve *r, int i, int64_t n);

/* The slots of enum conv_slot beyond ONNX's own inputs, for n_out channels. */
enum cut_status resolve_check_slots(struct resolve *r, int64_t n_out);

/* ---- Attributes and values --------------------------------------------- */

/* An integer attribute, which must lie in lo..hi. */
enum cut_status resolve_attr_int(struct resolve *r, const char *name,
                                 int64_t otherwise, int64_t lo, int64_t hi,
                                 int64_t *out);
enum cut_status resolve_attr_bool(struct resolve *r, const char *name,
                                  bool otherwise, bool *out);
/* A list attribute; *n = -1 when it is absent. */
enum cut_status resolve_attr_ints(struct resolve *r, const char *name,
                                  const int64_t **values, int *n);
/* The attribute as an index into `words` (NULL-terminated), whose first entry
 * is the default. */
enum cut_status resolve_attr_word(struct resolve *r, const char *name,
                                  const char *const *words, int *out);
/* The value of input i; fails when it is only computed at run time. */
enum cut_status resolve_need_ints(struct resolve *r, int i, const char *what,
                                  const int64_t **values, int *n);
enum cut_status resolve_need_floats(struct resolve *r, int i, const char *what,
                                    const float **values, int *n);
/* Input i when present, else the attribute; *n = -1 when there is neither. */
enum cut_status resolve_ints(struct resolve *r, int i, const char *name,
                             const int64_t **values, int *n);
/* Makes `axis` positive; it must lie in -rank..rank-1. */
enum cut_status resolve_axis(struct resolve *r, const char *name, int64_t axis,
                             int rank, int *out);
/* The `axis` attribute made positive. */
enum cut_status resolve_attr_axis(struct resolve *r, int64_t otherwise,
                                  int rank, int *out);
/* Drops inputs from number n on. */
void resolve_keep_inputs(struct resolve *r, int n);

/* ---- Shapes ------------------------------------------------------------ */

/* The shape that the first n present inputs broadcast to. */
enum cut_status resolve_broadcast(struct resolve *r, int n, int *rank,
                                  int64_t dims[CUT_MAX_RANK]);
/* Output 0 has the shape of input 0. */
enum cut_status resolve_like_input(struct resolve *r, enum cut_dtype dtype);

/* ---- Values (resolve_value.c) ------------------------------------------ */

/* The known value of a tensor or NULL: a constant, the hint of an input, or
 * what can be folded from both. Inputs relied on become specialised. */
const void *resolve_value(struct resolve *r, int tensor);
double resolve_number(enum cut_dtype dtype, const void *data, int64_t i);
int64_t resolve_integer(enum cut_dtype dtype, const void *data, int64_t i);

/* ---- Folding (resolve_fold.c) ------------------------------------------ */

/* Replaces the node's outputs by constants when all inputs are constant and
 * it pays. */
enum cut_status resolve_fold(struct resolve *r);
/* Gives output i a value; the node computes nothing any more. */
void resolve_set_value(struct resolve *r, int i, const void *data);

#endif
