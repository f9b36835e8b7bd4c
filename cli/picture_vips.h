/* What the picture_*.c files share about libvips. */
#ifndef CLI_PICTURE_VIPS_H
#define CLI_PICTURE_VIPS_H

#include "picture.h"

#include <vips/vips.h>

/* Fills `err` with "name: what: libvips' own words" and forgets them. */
bool fail_vips(struct cut_error *err, const char *name, const char *what);

/* The pixels, not copied, as an image of the right interpretation. */
VipsImage *picture_wrap(const struct cut_image *image);
/* Evaluates `in` into memory of `out`, which is 8 or 16 bits deep. */
bool picture_evaluate(VipsImage *in, struct cut_image *out);
/* EXIF, XMP and IPTC fields and the resolution from one to another. */
void picture_notes_copy(VipsImage *from, VipsImage *to);

#endif
