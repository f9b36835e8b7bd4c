/* What is done with a finished cut-out. */
#ifndef IMAGE_COMPOSE_H
#define IMAGE_COMPOSE_H

#include "cutout.h"

/* Straight-alpha cutout[4] over background[1, 3 or 4, over white] or, when it
 * is NULL, over a 16-bit colour, into out[3]. All of one size; out's depth. */
void compose_over(const struct cut_image *cutout, const uint16_t colour[3],
                  const struct cut_image *background,
                  const struct cut_image *out);
/* Smallest box {x, y, width, height} of alpha > 5 %; false: none. */
bool compose_alpha_box(const struct cut_image *cutout, int box[4]);

#endif
