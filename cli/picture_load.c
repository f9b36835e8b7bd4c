/* Decoding: any supported file to upright RGB(A) in memory. */
#include "picture_vips.h"

#include "say.h"

#include <string.h>
#include <sys/stat.h>

enum { SNIFF_BYTES = 64 };

/* ---- libvips ------------------------------------------------------------ */

static void quiet_log(const char *domain, GLogLevelFlags level,
                      const char *message, void *unused) {
    (void)domain, (void)level, (void)unused;
    say_detail("libvips: %s", message);
}

bool picture_start(const char *program, struct cut_error *err) {
    if (VIPS_INIT(program) != 0)
        return fail(err, "libvips does not start: %s", vips_error_buffer());
    vips_cache_set_max(0);
    vips_concurrency_set(2);
    vips_block_untrusted_set(TRUE);
    g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, quiet_log, NULL);
    return true;
}

void picture_stop(void) { vips_shutdown(); }

bool fail_vips(struct cut_error *err, const char *name, const char *what) {
    char *words = vips_error_buffer_copy();
    g_strdelimit(g_strstrip(words), "\n", ';');
    fail(err, "%s: %s%s%s", name, what, *words ? ": " : "", words);
    g_free(words);
    return false;
}

void picture_notes_copy(VipsImage *from, VipsImage *to) {
    char **names = vips_image_get_fields(from);
    for (char **name = names; name && *name; name++) {
        GValue value = G_VALUE_INIT;
        bool wanted = g_str_has_prefix(*name, "exif-") ||
                      !strcmp(*name, VIPS_META_XMP_NAME) ||
                      !strcmp(*name, VIPS_META_IPTC_NAME);
        if (!wanted || vips_image_get(from, *name, &value) != 0) continue;
        vips_image_set(to, *name, &value);
        g_value_unset(&value);
    }
    to->Xres = from->Xres;
    to->Yres = from->Yres;
    g_strfreev(names);
}

static void *notes_of(VipsImage *in) {
    VipsImage *notes = vips_image_new_matrix(1, 1);
    if (notes) picture_notes_copy(in, notes);
    return notes;
}

VipsImage *picture_wrap(const struct cut_image *image) {
    size_t bytes = (size_t)image->width * (size_t)image->height *
                   (size_t)(image->channels * image->depth / 8);
    VipsImage *bare = vips_image_new_from_memory(
        image->pixels, bytes, image->width, image->height, image->channels,
        image->depth == 16 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR);
    if (!bare) return NULL;
    VipsInterpretation meaning =
        image->channels == 1 ? (image->depth == 16 ? VIPS_INTERPRETATION_GREY16
                                                   : VIPS_INTERPRETATION_B_W)
                             : (image->depth == 16 ? VIPS_INTERPRETATION_RGB16
                                                   : VIPS_INTERPRETATION_sRGB);
    VipsImage *image_out = NULL;
    int bad = vips_copy(bare, &image_out, "interpretation", meaning, NULL);
    g_object_unref(bare);
    return bad ? NULL : image_out;
}

bool picture_evaluate(VipsImage *in, struct cut_image *out) {
    size_t bytes;
    void *pixels = vips_image_write_to_memory(in, &bytes);
    if (!pixels) return false;
    *out =
        (struct cut_image){.pixels = pixels,
                           .width = in->Xsize,
                           .height = in->Ysize,
                           .channels = in->Bands,
                           .depth = in->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8};
    return true;
}

/* ---- Opening ------------------------------------------------------------ */

static bool open_source(const char *path, VipsSource **source,
                        struct cut_error *err) {
    struct stat info;
    if (strcmp(path, "-") == 0) {
        *source = vips_source_new_from_descriptor(0);
        return *source ? true : fail_vips(err, path, "cannot be read");
    }
    if (stat(path, &info) != 0)
        return fail_errno(err, "%s: cannot be opened", path);
    if (S_ISDIR(info.st_mode))
        return fail(err, "%s: is a folder, not a picture", path);
    if (S_ISREG(info.st_mode) && info.st_size == 0)
        return fail(err, "%s: the file is empty (0 bytes)", path);
    *source = vips_source_new_from_file(path);
    return *source ? true : fail_vips(err, path, "cannot be opened");
}

static bool sniff_source(VipsSource *source, const char *path,
                         enum picture_format *format, struct cut_error *err) {
    unsigned char *bytes;
    gint64 n = vips_source_sniff_at_most(source, &bytes, SNIFF_BYTES);
    if (n < 0) return fail_vips(err, path, "cannot be read");
    if (n == 0) return fail(err, "%s: the file is empty (0 bytes)", path);
    *format = picture_sniff(bytes, (size_t)n);
    if (*format != PICTURE_NONE) return true;
    return fail(err,
                "%s: not a picture that this program reads (PNG, JPEG, "
                "WebP, AVIF, HEIC, TIFF, GIF); it begins with the bytes "
                "%02x %02x %02x %02x",
                path, bytes[0], n > 1 ? bytes[1] : 0, n > 2 ? bytes[2] : 0,
                n > 3 ? bytes[3] : 0);
}

static const char *loader_of(enum picture_format format) {
    switch (format) {
    case PICTURE_PNG: return "pngload_source";
    case PICTURE_JPEG: return "jpegload_source";
    case PICTURE_WEBP: return "webpload_source";
    case PICTURE_TIFF: return "tiffload_source";
    case PICTURE_GIF: return "gifload_source";
    case PICTURE_AVIF:
    case PICTURE_HEIC: return "heifload_source";
    case PICTURE_NONE: break;
    }
    return NULL;
}

static bool open_image(const char *path, enum picture_format *format,
                       VipsImage **image, struct cut_error *err) {
    VipsSource *source = NULL;
    if (!open_source(path, &source, err)) return false;
    bool good = sniff_source(source, path, format, err);
    if (good && vips_call(loader_of(*format), source, image, "access",
                          VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
                          NULL) != 0) {
        char what[60];
        g_snprintf(what, sizeof what, "damaged or unsupported %s file",
                   picture_format_name(*format));
        good = fail_vips(err, path, what);
    }
    g_object_unref(source);
    return good;
}

static bool check_size(VipsImage *image, const char *path, int max_megapixels,
                       struct cut_error *err) {
    double megapixels = (double)image->Xsize * image->Ysize / 1e6;
    if (megapixels <= max_megapixels) return true;
    return fail(err,
                "%s: %d x %d is %.0f megapixels, over the limit of %d; "
                "raise it with --max-megapixels",
                path, image->Xsize, image->Ysize, megapixels, max_megapixels);
}

/* ---- Colours ------------------------------------------------------------ */

/* The profile's colour space is a four-letter word at byte 16 (ICC.1). */
static bool profile_is(VipsImage *image, const char *space) {
    const void *bytes;
    size_t n_bytes;
    if (!vips_image_get_typeof(image, VIPS_META_ICC_NAME)) return false;
    if (vips_image_get_blob(image, VIPS_META_ICC_NAME, &bytes, &n_bytes))
        return false;
    return n_bytes >= 128 && !memcmp((const char *)bytes + 16, space, 4);
}

static int to_srgb(VipsImage *in, VipsImage **out, bool profiled) {
    int depth = in->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
    if (profiled && vips_icc_transform(in, out, "srgb", "embedded", TRUE,
                                       "depth", depth, NULL) == 0)
        return 0;
    vips_error_clear();
    if (in->Type == VIPS_INTERPRETATION_CMYK)
        return vips_icc_transform(in, out, "srgb", "input_profile", "cmyk",
                                  "depth", depth, NULL);
    return vips_colourspace(in, out,
                            depth == 16 ? VIPS_INTERPRETATION_RGB16
                                        : VIPS_INTERPRETATION_sRGB,
                            NULL);
}

/* To sRGB values where the picture's own are no RGB or grey. */
static int colours_settle(VipsImage *in, VipsImage **out) {
    switch (in->Type) {
    case VIPS_INTERPRETATION_CMYK:
        return to_srgb(in, out, profile_is(in, "CMYK"));
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_GREY16:
        if (profile_is(in, "GRAY")) return to_srgb(in, out, true);
        return vips_copy(in, out, NULL);
    case VIPS_INTERPRETATION_MULTIBAND:
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_RGB:
    case VIPS_INTERPRETATION_RGB16: return vips_copy(in, out, NULL);
    default: return to_srgb(in, out, false);
    }
}

static int depth_settle(VipsImage *in, VipsImage **out) {
    if (in->BandFmt == VIPS_FORMAT_USHORT || in->BandFmt == VIPS_FORMAT_UCHAR)
        return vips_copy(in, out, NULL);
    return vips_cast_uchar(in, out, NULL);
}

/* One or two bands are grey with or without alpha; more than four are cut. */
static int bands_settle(VipsImage *in, VipsImage **out, VipsObject *scope) {
    VipsImage **t = (VipsImage **)vips_object_local_array(scope, 2);
    bool alpha = vips_image_hasalpha(in);
    if (in->Bands >= 3)
        return vips_extract_band(in, out, 0, "n", alpha ? 4 : 3, NULL);
    if (vips_extract_band(in, &t[0], 0, NULL)) return -1;
    VipsImage *bands[4] = {t[0], t[0], t[0], NULL};
    if (in->Bands == 2) {
        if (vips_extract_band(in, &t[1], 1, NULL)) return -1;
        bands[3] = t[1];
    }
    return vips_bandjoin(bands, out, in->Bands == 2 ? 4 : 3, NULL);
}

static GBytes *rgb_profile(VipsImage *in) {
    const void *bytes;
    size_t n_bytes;
    bool rgb = in->Bands >= 3 && in->Type != VIPS_INTERPRETATION_CMYK &&
               profile_is(in, "RGB ");
    if (!rgb || vips_image_get_blob(in, VIPS_META_ICC_NAME, &bytes, &n_bytes))
        return NULL;
    return g_bytes_new(bytes, n_bytes);
}

/* ---- The whole ---------------------------------------------------------- */

static bool decode(VipsImage *in, struct picture *picture) {
    VipsObject *scope = VIPS_OBJECT(vips_image_new());
    VipsImage **t = (VipsImage **)vips_object_local_array(scope, 3);
    picture->icc = rgb_profile(in);
    picture->notes = notes_of(in);
    bool good = !colours_settle(in, &t[0]) && !depth_settle(t[0], &t[1]) &&
                !bands_settle(t[1], &t[2], scope) &&
                picture_evaluate(t[2], &picture->image);
    g_object_unref(scope);
    return good;
}

/* Turning needs all pixels at once, so it happens after decoding. */
static bool turn_upright(struct cut_image *image, int orientation) {
    if (orientation <= 1 || orientation > 8) return true;
    VipsImage *lying = picture_wrap(image), *upright = NULL;
    if (!lying) return false;
    struct cut_image turned;
    vips_image_set_int(lying, VIPS_META_ORIENTATION, orientation);
    bool good = !vips_autorot(lying, &upright, NULL) &&
                picture_evaluate(upright, &turned);
    if (upright) g_object_unref(upright);
    g_object_unref(lying);
    if (!good) return false;
    g_free(image->pixels);
    *image = turned;
    return true;
}

bool picture_load(struct picture *picture, const char *path, int max_megapixels,
                  struct cut_error *err) {
    VipsImage *in = NULL;
    *picture = (struct picture){0};
    if (!open_image(path, &picture->format, &in, err)) return false;
    const char *name = strcmp(path, "-") ? path : "standard input";
    bool good = check_size(in, name, max_megapixels, err);
    int orientation = vips_image_get_orientation(in);
    if (good && !decode(in, picture)) {
        char what[60];
        g_snprintf(what, sizeof what, "damaged %s file",
                   picture_format_name(picture->format));
        good = fail_vips(err, name, what);
    }
    g_object_unref(in);
    if (good && !turn_upright(&picture->image, orientation))
        good = fail_vips(err, name, "cannot be turned upright");
    vips_error_clear();
    if (!good) picture_free(picture);
    return good;
}

void picture_free(struct picture *picture) {
    g_free(picture->image.pixels);
    if (picture->icc) g_bytes_unref(picture->icc);
    if (picture->notes) g_object_unref(picture->notes);
    *picture = (struct picture){0};
}
