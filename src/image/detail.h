/* The last stage: rows of the cut-out at the photo's full size, from what was
 * found out on the mask's grid. A row needs nothing of its neighbours, so rows
 * run on any thread, in any order, and memory does not grow with the photo.
 * The formulas are in docs/MODEL.md, "Refinement" and "Foreground colour". */
#ifndef IMAGE_DETAIL_H
#define IMAGE_DETAIL_H

#include "cutout.h"

/* Where a full-size column lies on the grid: between `left` and left + step
 * (step is 0 at the edge), `f` of the way. */
struct detail_column {
    int left, step;
    float f;
};

/* Grid planes are [n,height,width]; what is NULL is not done. */
struct detail {
    const struct cut_image *photo;
    const struct cut_image *out; /* 4 channels, the photo's size and depth */
    int width, height;           /* of the grid */
    const float *mask;           /* [1] */
    const float *coef;           /* [5]: alpha = coef . (r, g, b, 1); then the
                                    share of the mask that it explains */
    const float *range;          /* [2]: lowest and highest mask nearby */
    float stretch;               /* alpha may leave that range by this share */
    const float *colours;        /* [6]: foreground, then background */
    bool unmix;                  /* foreground colours into `out` */
    const struct detail_column *columns; /* [photo width] */
};

void detail_columns(int n_full, int n_grid, struct detail_column *columns);
/* Floats of scratch for one caller. */
size_t detail_scratch_floats(int photo_width, int grid_width);
/* Grid rows y0..y1-1 of mean[height,width] = the alpha of the linear model
 * alone, averaged back onto the grid; the mask where it is decided. */
void detail_mean_rows(const struct detail *d, float *scratch, int y0, int y1,
                      float *mean);
/* Photo rows y0..y1-1 of `out`. */
void detail_rows(const struct detail *d, float *scratch, int y0, int y1);

#endif
