/* The last stage: rows of the cut-out at the photo's full size, from what was
 * found out on the mask's grid. A row needs nothing of its neighbours, so rows
 * run on any thread, and memory does not grow with the photo. */
#ifndef IMAGE_DETAIL_H
#define IMAGE_DETAIL_H

#include "cutout.h"

/* Where a full-size column lies on the grid: between `left` and left + step
 * (step is 0 at the edge), `f` of the way. */
struct detail_column {
    int left, step;
    float f;
};

/* Grid planes are [height,width] or [n,height,width]. */
struct detail {
    const struct cut_image *photo;
    const struct cut_image *out; /* 4 channels, the photo's size and depth */
    int width, height;           /* of the grid */
    const float *mask;
    const float *coef;        /* [4]: alpha = coef . (r, g, b, 1), or NULL */
    const float *fix;         /* [1]: added to it, or NULL */
    const float *fore, *back; /* [3]: colours, or NULL: keep the photo's */
    const struct detail_column *columns; /* [photo width] */
};

void detail_columns(int n_full, int n_grid, struct detail_column *columns);
/* Floats of scratch for one caller. */
size_t detail_scratch_floats(int photo_width, int grid_width);
/* Grid rows y0..y1-1 of fix = mask - area mean of the refined alpha. */
void detail_residual_rows(const struct detail *d, float *scratch, int y0,
                          int y1, float *fix);
/* Photo rows y0..y1-1 of `out`. */
void detail_rows(const struct detail *d, float *scratch, int y0, int y1);

#endif
