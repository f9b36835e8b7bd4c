/* Checks and attribute access for the resolve functions. */
#include "base/mem.h"
#include "graph/resolve.h"

enum cut_status resolve_check_types(struct resolve *r, int i, unsigned types) {
    const struct tensor *x = resolve_input(r, i);
    if (!x || (TYPE_BIT(x->dtype) & types)) return CUT_OK;
    return resolve_fail(r, CUT_UNSUPPORTED,
                        "input %d ('%s') has element type %s, which is not "
                        "supported here",
                        i, x->name, cut_dtype_name(x->dtype));
}

enum cut_status resolve_check_same_type(struct resolve *r, int i, int j) {
    const struct tensor *x = resolve_input(r, i), *y = resolve_input(r, j);
    if (!x || !y || x->dtype == y->dtype) return CUT_OK;
    return resolve_fail(r, CUT_BAD_MODEL,
                        "inputs %d and %d differ in element type: %s and %s", i,
                        j, cut_dtype_name(x->dtype), cut_dtype_name(y->dtype));
}

enum cut_status resolve_check_rank(struct resolve *r, int i, int lo, int hi) {
    const struct tensor *x = resolve_input(r, i);
    if (!x || (x->rank >= lo && x->rank <= hi)) return CUT_OK;
    return resolve_fail(r, CUT_BAD_MODEL,
                        "input %d ('%s') has rank %d; expected %d to %d", i,
                        x->name, x->rank, lo, hi);
}

enum cut_status resolve_check_count(struct resolve *r, int i, int64_t n) {
    const struct tensor *x = resolve_input(r, i);
    if (!x || tensor_n_elements(x) == n) return CUT_OK;
    return resolve_fail(r, CUT_BAD_MODEL,
                        "input %d ('%s') has %lld elements; expected %lld", i,
                        x->name, (long long)tensor_n_elements(x), (long long)n);
}

/* ---- Attributes -------------------------------------------------------- */

enum cut_status resolve_attr_int(struct resolve *r, const char *name,
                                 int64_t otherwise, int64_t lo, int64_t hi,
                                 int64_t *out) {
    *out = node_attr_int(r->node, name, otherwise);
    if (*out >= lo && *out <= hi) return CUT_OK;
    return resolve_fail(r, CUT_BAD_MODEL,
                        "attribute '%s' is %lld; expected %lld to %lld", name,
                        (long long)*out, (long long)lo, (long long)hi);
}

enum cut_status resolve_attr_bool(struct resolve *r, const char *name,
                                  bool otherwise, bool *out) {
    int64_t value;
    TRY(resolve_attr_int(r, name, otherwise, 0, 1, &value));
    *out = value != 0;
    return CUT_OK;
}

enum cut_status resolve_attr_ints(struct resolve *r, const char *name,
                                  const int64_t **values, int *n) {
    const struct attr *attr = node_attr(r->node, name);
    *values = NULL;
    *n = -1;
    if (!attr) return CUT_OK;
    /* An empty list has no type of its own in old files. */
    if (attr->type != ATTR_INTS && attr->n != 0)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "attribute '%s' is not a list of integers", name);
    *values = attr->ints;
    *n = attr->n;
    return CUT_OK;
}

enum cut_status resolve_attr_word(struct resolve *r, const char *name,
                                  const char *const *words, int *out) {
    const char *word = node_attr_string(r->node, name, words[0]);
    for (*out = 0; words[*out]; (*out)++)
        if (text_equal(word, words[*out])) return CUT_OK;
    return resolve_fail(r, CUT_UNSUPPORTED,
                        "attribute '%s' is '%s', which is not supported", name,
                        word);
}

/* ---- Values ------------------------------------------------------------ */

static enum cut_status value_missing(struct resolve *r, int i,
                                     const char *what) {
    const struct tensor *x = resolve_input(r, i);
    if (!x)
        return resolve_fail(r, CUT_BAD_MODEL, "input %d (%s) is missing", i,
                            what);
    if (tensor_n_elements(x) > RESOLVE_MAX_VALUES)
        return resolve_fail(r, CUT_TOO_LARGE, "the %s has %lld values", what,
                            (long long)tensor_n_elements(x));
    if (x->data || x->hint)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "the %s (input '%s', %s) cannot be read", what,
                            x->name, cut_dtype_name(x->dtype));
    if (x->is_input)
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "the %s is input '%s' of the model, whose value "
                            "must be known when planning",
                            what, x->name);
    return resolve_fail(r, CUT_UNSUPPORTED,
                        "the %s is computed at run time, which is not "
                        "supported",
                        what);
}

enum cut_status resolve_need_ints(struct resolve *r, int i, const char *what,
                                  const int64_t **values, int *n) {
    *values = resolve_input_ints(r, i, n);
    return *values ? CUT_OK : value_missing(r, i, what);
}

enum cut_status resolve_need_floats(struct resolve *r, int i, const char *what,
                                    const float **values, int *n) {
    *values = resolve_input_floats(r, i, n);
    return *values ? CUT_OK : value_missing(r, i, what);
}

enum cut_status resolve_ints(struct resolve *r, int i, const char *name,
                             const int64_t **values, int *n) {
    if (resolve_input(r, i)) return resolve_need_ints(r, i, name, values, n);
    return resolve_attr_ints(r, name, values, n);
}

enum cut_status resolve_axis(struct resolve *r, const char *name, int64_t axis,
                             int rank, int *out) {
    if (axis < -rank || axis >= rank)
        return resolve_fail(r, CUT_BAD_MODEL,
                            "'%s' is %lld; expected %d to %d for rank %d", name,
                            (long long)axis, -rank, rank - 1, rank);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return CUT_OK;
}

enum cut_status resolve_attr_axis(struct resolve *r, int64_t otherwise,
                                  int rank, int *out) {
    return resolve_axis(r, "axis", node_attr_int(r->node, "axis", otherwise),
                        rank, out);
}

/* ---- Shapes ------------------------------------------------------------ */

enum cut_status resolve_broadcast(struct resolve *r, int n, int *rank,
                                  int64_t dims[CUT_MAX_RANK]) {
    *rank = 0;
    for (int i = 0; i < n; i++) {
        const struct tensor *x = resolve_input(r, i);
        if (x && x->rank > *rank) *rank = x->rank;
    }
    for (int d = 0; d < *rank; d++) dims[d] = 1;
    for (int i = 0; i < n; i++) {
        const struct tensor *x = resolve_input(r, i);
        for (int d = 0; x && d < x->rank; d++) {
            int64_t *out = &dims[*rank - x->rank + d];
            if (x->dims[d] == 1 || x->dims[d] == *out) continue;
            if (*out != 1)
                return resolve_fail(r, CUT_BAD_MODEL,
                                    "input %d ('%s') does not broadcast: "
                                    "dimension %d is %lld, another input "
                                    "has %lld",
                                    i, x->name, d, (long long)x->dims[d],
                                    (long long)*out);
            *out = x->dims[d];
        }
    }
    return CUT_OK;
}

/* ---- Slots ------------------------------------------------------------- */

/* One for all, or one per output channel. */
static enum cut_status check_per_channel(struct resolve *r, int i,
                                         int64_t n_channels) {
    const struct tensor *x = resolve_input(r, i);
    if (!x || tensor_n_elements(x) == 1) return CUT_OK;
    return resolve_check_count(r, i, n_channels);
}

enum cut_status resolve_check_slots(struct resolve *r, int64_t n_out) {
    const bool scale = resolve_input(r, CONV_W_SCALE) != NULL;
    const bool zero = resolve_input(r, CONV_W_ZERO) != NULL;
    /* The passes that fuse run later; a file has no say in these. */
    if (resolve_input(r, CONV_RESIDUAL) || (zero && !scale))
        return resolve_fail(r, CUT_BAD_MODEL, "has too many inputs (%d)",
                            r->node->n_inputs);
    if (!scale) return CUT_OK;
    TRY(resolve_check_types(r, CONV_W, TYPES_BYTE));
    TRY(resolve_check_types(r, CONV_W_SCALE, TYPES_FLOAT));
    TRY(resolve_check_same_type(r, CONV_W, CONV_W_ZERO));
    TRY(check_per_channel(r, CONV_W_SCALE, n_out));
    return check_per_channel(r, CONV_W_ZERO, n_out);
}
