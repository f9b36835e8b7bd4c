/* Checks of what callers give: sides, channels, depth, stride and values. A
 * failure is CUT_BAD_ARGUMENT, CUT_TOO_LARGE or, of a mask's values,
 * CUT_BAD_RESULT; the message begins with `what`. */
#ifndef SESSION_IMAGE_CHECK_H
#define SESSION_IMAGE_CHECK_H

#include "cutout.h"

enum cut_status image_check(const struct cut_image *image, const char *what,
                            struct cut_error *err);
/* `out` as wide, high and deep as `image`, with `channels`. */
enum cut_status image_check_out(const struct cut_image *image,
                                const struct cut_image *out, int channels,
                                struct cut_error *err);
/* [height, width] of floats, whatever they are. */
enum cut_status image_check_plane(const float *plane, int width, int height,
                                  const char *what, struct cut_error *err);
/* As above, and every value finite. */
enum cut_status image_check_mask(const float *mask, int width, int height,
                                 struct cut_error *err);

#endif
