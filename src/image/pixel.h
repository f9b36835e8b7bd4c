/* Pixels as floats: the only place that knows depths and channel orders.
 *
 * Values are 0..1 of the encoded (not linear) signal: the networks are
 * trained on it and the cut-out is composed in it. */
#ifndef IMAGE_PIXEL_H
#define IMAGE_PIXEL_H

#include "cutout.h"

static inline size_t pixel_stride(const struct cut_image *image) {
    if (image->stride_bytes) return image->stride_bytes;
    return (size_t)image->width * (size_t)image->channels *
           (size_t)(image->depth / 8);
}

static inline unsigned char *pixel_at(const struct cut_image *image, int x,
                                      int y) {
    size_t bytes = (size_t)image->channels * (size_t)(image->depth / 8);
    return (unsigned char *)image->pixels + (size_t)y * pixel_stride(image) +
           (size_t)x * bytes;
}

static inline float float_clamp01(float v) { return v < 0 ? 0 : v > 1 ? 1 : v; }

/* n pixels from (x, y) on as stored: samples[n * channels], 0..1. */
void pixel_read(const struct cut_image *image, int x, int y, int n,
                float *samples);
/* The same as RGB: rgb[n,3]; grey is copied, alpha composed over white. `rgb`
 * has room for n * 4 floats, of which the last n are scratch. */
void pixel_read_rgb(const struct cut_image *image, int x, int y, int n,
                    float *rgb);
/* Rounds samples[n * channels] (clamped to 0..1) into the row at (x, y). */
void pixel_write(const struct cut_image *image, int x, int y, int n,
                 const float *samples);

#endif
