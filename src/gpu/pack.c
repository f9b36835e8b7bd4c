/* GPU_PACK_CONV and GPU_PACK_MATRIX: constants in the order in which shaders
 * read them, neighbouring output channels side by side. */
#include "base/half.h"
#include "gpu/emit_conv.h"

/* A constant of the file, possibly unaligned. */
struct source {
    const uint8_t *data;
    enum cut_dtype dtype;
    int64_t n;
};

static struct source source_of(const struct gpu_list *list, int tensor) {
    if (tensor < 0) return (struct source){0};
    const struct tensor *t = &list->plan->graph->tensors[tensor];
    return (struct source){t->data, t->dtype, tensor_n_elements(t)};
}

float gpu_float_of(enum cut_dtype dtype, const void *at) {
    uint16_t half;
    float x;
    switch (dtype) {
    case CUT_F16: memcpy(&half, at, sizeof half); return half_to_float(half);
    case CUT_F32: memcpy(&x, at, sizeof x); return x;
    case CUT_U8: return (float)*(const uint8_t *)at;
    case CUT_I8: return (float)*(const int8_t *)at;
    default: return 0.0f;
    }
}

static float read_float(const struct source *s, int64_t i) {
    return gpu_float_of(s->dtype,
                        s->data + (size_t)i * cut_dtype_bytes(s->dtype));
}

/* One value for all, or one each. */
static float read_spread(const struct source *s, int64_t i) {
    return s->data ? read_float(s, s->n == 1 ? 0 : i) : 0.0f;
}

/* Where packed elements go. */
struct sink {
    uint8_t *bytes;
    enum cut_dtype dtype;
};

static inline void put_float(const struct sink *to, int64_t i, float x) {
    if (to->dtype == CUT_F16) {
        uint16_t half = half_from_float(x);
        memcpy(to->bytes + 2 * i, &half, sizeof half);
    } else {
        memcpy(to->bytes + 4 * i, &x, sizeof x);
    }
}

/* Elements [from + i * step] to [to + i], i = 0..n-1, less zero point
 * `first_zero` + i. */
struct run {
    int64_t from, step, to, n, first_zero;
};

static void copy_run(const struct source *w, const struct source *zero,
                     const struct run *r, const struct sink *to) {
    if (w->dtype == CUT_F16 && to->dtype == CUT_F16) {
        for (int64_t i = 0; i < r->n; i++)
            memcpy(to->bytes + 2 * (r->to + i),
                   w->data + 2 * (r->from + i * r->step), 2);
        return;
    }
    for (int64_t i = 0; i < r->n; i++)
        put_float(to, r->to + i,
                  read_float(w, r->from + i * r->step) -
                      read_spread(zero, r->first_zero + i));
}

/* ---- Convolutions ------------------------------------------------------ */

struct conv_pack {
    struct source weights, zero;
    struct sink to;
    int64_t groups, k_padded, k, taps, group_c;
    bool turned; /* [C,K/groups,taps] instead of [K,C/groups,taps] */
};

/* Output channels [k, k + n) of a group. Blocks are as wide as a cache line,
 * so that reads follow a few streams. */
static void pack_block(const struct conv_pack *p, int64_t group, int64_t k,
                       int64_t n) {
    int64_t group_k = p->k / p->groups, pitch = p->groups * p->k_padded;
    for (int64_t c = 0; c < p->group_c; c++)
        for (int64_t tap = 0; tap < p->taps; tap++) {
            int64_t row = p->turned ? (group * p->group_c + c) * group_k + k
                                    : (group * group_k + k) * p->group_c + c;
            struct run r = {
                .from = row * p->taps + tap,
                .step = p->turned ? p->taps : p->group_c * p->taps,
                .to = (tap * p->group_c + c) * pitch + group * p->k_padded + k,
                .n = n,
                .first_zero = group * group_k + k,
            };
            copy_run(&p->weights, &p->zero, &r, &p->to);
        }
}

static void pack_taps(const struct conv_pack *p) {
    const int64_t block = 32, group_k = p->k / p->groups;
    for (int64_t group = 0; group < p->groups; group++)
        for (int64_t k = 0; k < group_k; k += block)
            pack_block(p, group, k, i64_min(block, group_k - k));
}

/* [1,C,taps]; a zero point is one for all. */
static void pack_channel(const struct conv_pack *p) {
    float zero = read_spread(&p->zero, 0);
    for (int64_t tap = 0; tap < p->taps; tap++)
        for (int64_t c = 0; c < p->group_c; c++)
            put_float(&p->to, tap * p->group_c + c,
                      read_float(&p->weights, c * p->taps + tap) - zero);
}

static void pack_vector(const struct conv_pack *p) {
    int64_t group_k = p->k / p->groups;
    for (int64_t k = 0; k < p->k; k++)
        put_float(&p->to, k / group_k * p->k_padded + k % group_k,
                  read_spread(&p->weights, k));
}

enum cut_status gpu_pack_conv(const struct gpu_list *list,
                              const struct gpu_upload *upload, void *bytes,
                              struct cut_error *err) {
    (void)err;
    struct conv_pack p = {.weights = source_of(list, upload->tensor),
                          .zero = source_of(list, upload->zero),
                          .to = {bytes, upload->dtype},
                          .groups = upload->n[1],
                          .k_padded = upload->n[2],
                          .k = upload->n[3]};
    memset(bytes, 0, (size_t)upload->range.bytes);
    if (upload->tensor < 0) return CUT_OK;
    const struct tensor *t = &list->plan->graph->tensors[upload->tensor];
    if (upload->n[0] == GPU_LAYOUT_VECTOR) {
        pack_vector(&p);
        return CUT_OK;
    }
    p.turned = upload->n[0] == GPU_LAYOUT_TURNED;
    p.taps = t->dims[2] * (t->rank > 3 ? t->dims[3] : 1);
    p.group_c = p.turned ? t->dims[0] / p.groups : t->dims[1];
    if (upload->n[0] == GPU_LAYOUT_CHANNEL)
        pack_channel(&p);
    else
        pack_taps(&p);
    return CUT_OK;
}

/* ---- Matrices ---------------------------------------------------------- */

/* n: matrices, K, N, 1 when stored as [N,K]; packed [matrices][K][N]. */
enum cut_status gpu_pack_matrix(const struct gpu_list *list,
                                const struct gpu_upload *upload, void *bytes,
                                struct cut_error *err) {
    (void)err;
    struct source weights = source_of(list, upload->tensor);
    struct source zero = source_of(list, upload->zero);
    struct sink to = {bytes, upload->dtype};
    int64_t k = upload->n[1], n = upload->n[2];
    memset(bytes, 0, (size_t)upload->range.bytes);
    for (int64_t row = 0; row < upload->n[0] * k; row++) {
        int64_t turned = row / k * k * n + row % k;
        struct run r = {.from = upload->n[3] ? turned : row * n,
                        .step = upload->n[3] ? k : 1,
                        .to = row * n,
                        .n = n};
        copy_run(&weights, &zero, &r, &to);
    }
    return CUT_OK;
}
