/* Refinement: a local linear model alpha = a . I + b, fitted on the mask's
 * own grid, that the full-size photo then fills with detail.
 *
 * He, Sun, Tang, "Guided Image Filtering" (PAMI 2013) with a colour guide,
 * and "Fast Guided Filter" (arXiv:1505.00996) for fitting on a small grid and
 * applying at full size. What is ours: triangle windows, the band, and a guide
 * that is blurred for the fit as a network blurs its mask. See docs/MODEL.md,
 * "Refinement". */
#ifndef IMAGE_REFINE_H
#define IMAGE_REFINE_H

#include "cutout.h"

#define REFINE_MAX_RADIUS 6
#define REFINE_N_COEF 5

/* Mask values nearer to 0 or 1 than this are decided: nothing refines them.
 * It is a quantisation step of an 8-bit alpha. */
#define REFINE_DECIDED 0.004f

static inline bool refine_undecided(float v) {
    return v > REFINE_DECIDED && v < 1 - REFINE_DECIDED;
}

/* Planes are [height,width]. */
struct refine_fit {
    int width, height;
    const float *guide; /* [3,height,width], 0..1 */
    const float *mask;
    const uint8_t *band; /* where a fit is wanted */
    int radius;
    float epsilon; /* regularisation, variance of 0..1 colours */
    float *raw;    /* [REFINE_N_COEF,height,width]: a0 a1 a2 b as fitted, and
                            the share of the mask's variance explained */
    float *smooth; /* [REFINE_N_COEF,height,width]: first the blurred guide, in
                      the end the windowed mean of raw */
};

/* band[height,width] = 1 where the mask is undecided within `radius`. */
void refine_mark_band(const float *mask, int width, int height, int radius,
                      uint8_t *band);
/* Floats of scratch that one caller of the functions below needs. */
size_t refine_scratch_floats(int width);
/* out[height,width] = 3x3 mean of in, on rows y0..y1-1; not in place. */
void refine_blur_rows(const float *in, int width, int height, int y0, int y1,
                      float *out);
/* What a fit of row y would achieve: the mask's variance that `guide`
 * explains, and all of it, summed over the row's band. */
struct refine_score {
    float explained, variance;
};
struct refine_score refine_score_row(const struct refine_fit *fit,
                                     float *scratch, int y);
/* The stages, each on rows y0..y1-1, each after the one before is through. */
void refine_fit_rows(const struct refine_fit *fit, float *scratch, int y0,
                     int y1);
void refine_smooth_rows(const struct refine_fit *fit, float *scratch, int y0,
                        int y1);
/* low and high[height,width]: the mask's range within `radius`. */
void refine_range_rows(const struct refine_fit *fit, float *scratch, int y0,
                       int y1, float *low, float *high);

#endif
