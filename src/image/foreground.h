/* Foreground and background colours behind a matte, by multi-level estimation:
 * Germer, Uelwer, Conrad, Harmeling, "Fast Multi-Level Foreground
 * Estimation" (arXiv:2006.14970). From one pixel upwards each level starts
 * from the one below and minimises per pixel
 *   sum_c (alpha F + (1-alpha) B - I)^2
 *     + sum_neighbours (eps + |alpha - alpha_n|) (|F-F_n|^2 + |B-B_n|^2).
 * Pixels of one colour of the chessboard are solved before those of the other,
 * so that they can run on any thread, or a GPU, with one result. */
#ifndef IMAGE_FOREGROUND_H
#define IMAGE_FOREGROUND_H

#include "base/pool.h"

#define FOREGROUND_MAX_LEVELS 32

/* Planar levels, level 0 the largest; all in one block of floats. */
struct foreground_level {
    int width, height;
    const float *image; /* [3,height,width] */
    const float *alpha; /* [height,width] */
    float *fore, *back; /* [3,height,width] each */
};

struct foreground {
    int n_levels;
    struct foreground_level level[FOREGROUND_MAX_LEVELS];
};

/* Floats that foreground_init hands out: fore and back of level 0 and
 * everything of the smaller levels. */
size_t foreground_floats(int width, int height);
/* image and alpha are borrowed; memory[foreground_floats] is the caller's. */
void foreground_init(struct foreground *f, int width, int height,
                     const float *image, const float *alpha, float *memory);
/* Solves every level; the result is fore and back of level 0. */
void foreground_solve(struct foreground *f, struct pool *pool);

#endif
