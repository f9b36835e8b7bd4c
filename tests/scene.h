/* Rendered scenes whose truth is exact: alpha as area coverage, foreground
 * and background colours, and the composite that a camera would have seen.
 * Everything follows from the seed. */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <stdint.h>

#define SCENE_MAP(X)                                                           \
    X(SCENE_HAIR, "hair")       /* strands around a head */                    \
    X(SCENE_FUR, "fur")         /* dense short strands */                      \
    X(SCENE_DEFOCUS, "defocus") /* edges from sharp to very soft */            \
    X(SCENE_HOLES, "holes")     /* a lattice of holes */                       \
    X(SCENE_VEIL, "veil")       /* translucent parts */                        \
    X(SCENE_CLUTTER, "clutter") /* all of it, colours close */

enum scene_kind {
#define X(name, text) name,
    SCENE_MAP(X)
#undef X
        SCENE_COUNT
};

struct scene {
    int width, height;
    float *alpha;   /* [height,width], 0..1 */
    float *fore;    /* [height,width,3], 0..1; 0 where none is seen */
    float *back;    /* [height,width,3]; the same */
    uint8_t *photo; /* [height,width,3]: alpha fore + (1-alpha) back, with
                       camera noise of 1.5 grey levels */
};

const char *scene_name(enum scene_kind kind);
/* Exits when there is no memory. */
struct scene scene_render(enum scene_kind kind, int width, int height,
                          uint32_t seed);
void scene_free(struct scene *scene);
/* What a network of that input size would say at best: area mean of alpha,
 * `n_blurs` 3x3 binomial blurs and a little noise. The caller frees it. */
float *scene_mask(const struct scene *scene, int width, int height, int n_blurs,
                  uint32_t seed);

#endif
