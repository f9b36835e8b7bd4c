/* Refinement: a local linear model alpha = a . I + b, fitted on the mask's
 * own grid, that the full-size photo then fills with detail.
 *
 * He, Sun, Tang, "Guided Image Filtering" (PAMI 2013) with a colour guide,
 * and "Fast Guided Filter" (arXiv:1505.00996) for fitting on a small grid and
 * applying at full size. What is ours: weighted windows, the band, and the
 * correction that makes the result agree with the mask again. See
 * docs/MODEL.md, "Refinement". */
#ifndef IMAGE_REFINE_H
#define IMAGE_REFINE_H

#include "cutout.h"

#define REFINE_MAX_RADIUS 6

/* Planes are [height,width]. */
struct refine_fit {
    int width, height;
    const float *guide; /* [3,height,width], 0..1 */
    const float *mask;
    const uint8_t *band; /* where a fit is wanted */
    int radius;
    float epsilon; /* regularisation, variance of 0..1 colours */
    float *raw;    /* [4,height,width]: a0 a1 a2 b, result of fit */
    float *smooth; /* [4,height,width]: windowed mean of raw */
};

/* Floats of scratch that one caller of the two functions needs. */
size_t refine_scratch_floats(int width);
/* raw on rows y0..y1-1 where the band is; elsewhere a = 0, b = mask. */
void refine_fit_rows(const struct refine_fit *fit, float *scratch, int y0,
                     int y1);
/* smooth on rows y0..y1-1, after every raw row within `radius` is there. */
void refine_smooth_rows(const struct refine_fit *fit, float *scratch, int y0,
                        int y1);

/* band[height,width] = 1 where the mask is undecided within `radius`. */
void refine_mark_band(const float *mask, int width, int height, int radius,
                      uint8_t *band);

#endif
