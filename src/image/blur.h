/* Blur: three box passes, close to a Gaussian (Wells 1986; the widths as in
 * Kovesi, "Fast almost-Gaussian filtering", 2010). Straight alpha is blurred
 * premultiplied, so that hidden colours do not bleed. */
#ifndef IMAGE_BLUR_H
#define IMAGE_BLUR_H

#include "cutout.h"

/* Bytes of scratch for an image of that size. */
size_t blur_scratch_bytes(const struct cut_image *image);
/* In place; edges repeat. sigma in pixels, > 0. */
void blur_image(const struct cut_image *image, float sigma, void *scratch);

#endif
