/* Pictures in and out, through libvips. */
#ifndef CLI_PICTURE_H
#define CLI_PICTURE_H

#include "cutout.h"

#include <glib.h>

enum picture_format {
    PICTURE_NONE,
    PICTURE_PNG,
    PICTURE_JPEG,
    PICTURE_WEBP,
    PICTURE_AVIF,
    PICTURE_HEIC,
    PICTURE_TIFF,
    PICTURE_GIF
};

/* "png", "jpeg", ...; also "jpg" and "tif". Only formats that we write. */
enum picture_format picture_format_named(const char *name);
/* By the extension of a path; PICTURE_NONE when it has none that we write. */
enum picture_format picture_format_of_path(const char *path);
const char *picture_format_name(enum picture_format format);
/* Without the dot, for file names. */
const char *picture_format_extension(enum picture_format format);
/* What the first bytes of a file say. 32 bytes are enough. */
enum picture_format picture_sniff(const void *bytes, size_t n_bytes);

/* A decoded picture: upright RGB or RGBA of 8 or 16 bits. All it points to
 * belongs to it. */
struct picture {
    struct cut_image image;
    enum picture_format format;
    GBytes *icc; /* profile of an RGB picture; NULL: sRGB */
    void *notes; /* EXIF, XMP, IPTC: fields on a 1x1 VipsImage */
};

/* Reads a file, or standard input when `path` is "-". Larger pictures than
 * the limit are refused from their header alone. Grey and palette become
 * RGB, CMYK and Lab become sRGB; RGB keeps its values and its profile. */
bool picture_load(struct picture *picture, const char *path, int max_megapixels,
                  struct cut_error *err);
void picture_free(struct picture *picture);

/* Fills width x height from `path`: scaled to cover, centred, in the colours
 * of `like` (its depth and profile). 3 channels. */
bool picture_load_cover(struct picture *picture, const char *path,
                        const struct picture *like, int max_megapixels,
                        struct cut_error *err);
/* An sRGB colour in the values of `like`'s profile. */
void picture_colour(const struct picture *like, uint16_t colour[3]);

struct picture_save {
    enum picture_format format;
    int quality;        /* 1..100; 0: 90. Ignored by png and tiff. */
    bool keep_metadata; /* EXIF, XMP and IPTC; the profile stays anyway */
    bool mask;          /* only the alpha channel, as grey */
    /* Part to write, x, y, width, height; may reach over the edges, where
     * `fill` is put (16-bit RGBA, alpha for 4 channels). All zero: whole. */
    int box[4];
    uint16_t fill[4];
};

/* Encodes `image` with the profile of `origin` to `path`, atomically, or to
 * standard output when `path` is "-". */
bool picture_save(const struct cut_image *image, const struct picture *origin,
                  const struct picture_save *save, const char *path,
                  struct cut_error *err);

/* libvips on and off; once per process. */
bool picture_start(const char *program, struct cut_error *err);
void picture_stop(void);

#endif
