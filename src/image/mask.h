/* What the network's answer looks like. Thresholds: docs/MODEL.md, "Mask". */
#ifndef IMAGE_MASK_H
#define IMAGE_MASK_H

#include "cutout.h"

/* First element of mask[n] that is NaN or infinite; n when there is none. */
size_t mask_find_bad(const float *mask, size_t n);
/* Clamps mask[height,width] to 0..1 in place and describes it. */
void mask_describe(float *mask, int width, int height,
                   struct cut_mask_facts *facts);

#endif
