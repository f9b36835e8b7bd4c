/* Normalisations, and the two that trade channels for space. */
#include "graph/resolve.h"

static enum cut_status check_channel_vectors(struct resolve *r, int first,
                                             int last) {
    const struct tensor *x = resolve_input(r, 0);
    const int64_t n = x->rank > 1 ? x->dims[1] : 1;
    for (int i = first; i <= last; i++) {
        TRY(resolve_check_types(r, i, TYPES_FLOAT));
        TRY(resolve_check_count(r, i, n));
    }
    return CUT_OK;
}

enum cut_status resolve_batch_norm(struct resolve *r) {
    struct norm_params *p = &r->node->params.norm;
    const struct tensor *x = resolve_input(r, 0);
    *p = (struct norm_params){
        .epsilon = node_attr_float(r->node, "epsilon", 1e-5f),
        .momentum = node_attr_float(r->node, "momentum", 0.9f)};
    TRY(resolve_check_types(r, 0, TYPES_FLOAT));
    TRY(resolve_check_rank(r, 0, 1, CUT_MAX_RANK));
    TRY(check_channel_vectors(r, 1, 4));
    if (r->opset >= 14)
        TRY(resolve_attr_bool(r, "training_mode", false, &p->training));
    if (r->opset < 9 && node_attr_int(r->node, "spatial", 1) != 1)
        return resolve_fail(r, CUT_UNSUPPORTED,
                            "attribute 'spatial' is 0, which is not "
                            "supported");
    if (!p->training)
        for (int i = 1; i < r->node->n_outputs; i++)
            if (r->node->outputs[i] >= 0)
                return resolve_fail(r, CUT_UNSUPPORTED,
                                    "has the outputs of training");
    const int64_t n = x->rank > 1 ? x->dims[1] : 1;
    TRY(resolve_output(r, 1, resolve_input(r, 3)->dtype, 1, &n));
    TRY(resolve_output(r, 2, resolve_input(r, 4)->dtype, 1, &n));
    return resolve_like_input(r, x->dtype);
}

enum cut_status resolve_instance_norm(struct resolve *r) {
    r->node->params.norm = (struct norm_params){
        .epsilon = node_attr_float(r->node, "epsilon", 1e-5f)};
    TRY(resolve_check_types(r, 0, TYPES_FLOAT));
    TRY(resolve_check_rank(r, 0, 2, CUT_MAX_RANK));
    TRY(check_channel_vectors(r, 1, 2));
    return resolve_like_input(r, resolve_input(r, 0)->dtype);
}

/* scale and bias broadcast to the normalised axes of x. */
static enum cut_status check_layer_vector(struct resolve *r, int i, int axis) {
    const struct tensor *x = resolve_input(r, 0), *v = resolve_input(r, i);
    if (!v) return CUT_OK;
    TRY(resolve_check_types(r, i, TYPES_FLOAT));
    for (int d = 0; d < v->rank; d++) {
        const int at = x->rank - v->rank + d;
        if (v->dims[d] == 1) continue;
        if (at < axis || v->dims[d] != x->dims[at])
            return resolve_fail(r, CUT_BAD_MODEL,
                                "input %d ('%s') does not broadcast to the "
                                "normalised axes: dimension %d is %lld",
                                i, v->name, d, (long long)v->dims[d]);
    }
    return CUT_OK;
}

enum cut_status resolve_layer_norm(struct resolve *r) {
    struct norm_params *p = &r->node->params.norm;
    const struct tensor *x = resolve_input(r, 0);
    int64_t dims[CUT_MAX_RANK];
    *p = (struct norm_params){.epsilon =
                                  node_attr_float(r->node, "epsilon", 1e-5f)};
    TRY(resolve_check_types(r, 0, TYPES_FLOAT));
    TRY(resolve_attr_axis(r, -1, x->rank, &p->axis));
    TRY(check_layer_vector(r, 1, p->axis));
    TRY(check_layer_vector(r, 2, p->axis));
    for (int i = 0; i < x->rank; i++) dims[i] = i < p->axis ? x->dims[i] : 1;
    const bool wide = node_attr_int(r->node, "stash_type", 1) == 1;
    const enum cut_dtype stash =
        wide && x->dtype != CUT_F64 ? CUT_F32 : x->dtype;
    TRY(resolve_output(r, 1, stash, x->rank, dims));
    TRY(resolve_output(r, 2, stash, x->rank, dims));
    return resolve_like_input(r, x->dtype);
}

/* ---- DepthToSpace, SpaceToDepth ---------------------------------------- */

static enum cut_status block_mismatch(struct resolve *r, const char *what,
                                      int64_t size, int64_t by) {
    return resolve_fail(r, CUT_BAD_MODEL,
                        "%s is %lld, which attribute 'blocksize' %lld does "
                        "not divide",
                        what, (long long)size, (long long)by);
}

enum cut_status resolve_depth_space(struct resolve *r) {
    static const char *const modes[] = {"DCR", "CRD", NULL};
    struct block_params *p = &r->node->params.block;
    const struct tensor *x = resolve_input(r, 0);
    int mode = 0;
    *p = (struct block_params){.block = 1};
    TRY(resolve_check_types(r, 0, TYPES_ALL));
    TRY(resolve_check_rank(r, 0, 4, 4));
    TRY(resolve_attr_int(r, "blocksize", 0, 1, 1 << 15, &p->block));
    const int64_t b = p->block, c = x->dims[1], h = x->dims[2], w = x->dims[3];
    if (r->node->op == OP_SPACE_TO_DEPTH) {
        if (h % b) return block_mismatch(r, "the height", h, b);
        if (w % b) return block_mismatch(r, "the width", w, b);
        const int64_t dims[] = {x->dims[0], c * b * b, h / b, w / b};
        return resolve_output(r, 0, x->dtype, 4, dims);
    }
    TRY(resolve_attr_word(r, "mode", modes, &mode));
    p->crd = mode == 1;
    if (c % (b * b))
        return block_mismatch(r, "the number of channels", c, b * b);
    const int64_t dims[] = {x->dims[0], c / (b * b), h * b, w * b};
    return resolve_output(r, 0, x->dtype, 4, dims);
}
