/* Backgrounds in the colours of the photo that they go behind. */
#include "picture_vips.h"

#include "say.h"

static void profile_attach(VipsImage *image, GBytes *icc) {
    size_t n_bytes;
    const void *bytes = g_bytes_get_data(icc, &n_bytes);
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, bytes, n_bytes);
}

/* Values of profile `from` to values of profile `to`; NULL is sRGB. Both ways
 * go through ICC: libvips' own Lab has another white than that of profiles. */
static int to_lab(VipsImage *in, VipsImage **out, GBytes *from) {
    if (!from) return vips_icc_import(in, out, "input_profile", "srgb", NULL);
    profile_attach(in, from);
    return vips_icc_import(in, out, "embedded", TRUE, NULL);
}

static int from_lab(VipsImage *in, VipsImage **out, GBytes *to, int depth) {
    if (!to)
        return vips_icc_export(in, out, "output_profile", "srgb", "depth",
                               depth, NULL);
    profile_attach(in, to);
    return vips_icc_export(in, out, "depth", depth, NULL);
}

static int recolour(VipsImage *in, VipsImage **out, GBytes *from, GBytes *to) {
    VipsObject *scope = VIPS_OBJECT(vips_image_new());
    VipsImage **t = (VipsImage **)vips_object_local_array(scope, 3);
    int depth = in->BandFmt == VIPS_FORMAT_USHORT ? 16 : 8;
    int bad = vips_copy(in, &t[0], NULL) || to_lab(t[0], &t[1], from) ||
              vips_copy(t[1], &t[2], NULL) || from_lab(t[2], out, to, depth);
    g_object_unref(scope);
    return bad;
}

static bool pixel_recolour(uint16_t colour[3], GBytes *icc) {
    struct cut_image one = {colour, 1, 1, 3, 16, 0}, result;
    VipsImage *in = picture_wrap(&one), *out = NULL;
    bool good = in && !recolour(in, &out, NULL, icc) &&
                out->BandFmt == VIPS_FORMAT_USHORT && out->Bands == 3 &&
                picture_evaluate(out, &result);
    if (good) {
        for (int i = 0; i < 3; i++) colour[i] = ((uint16_t *)result.pixels)[i];
        g_free(result.pixels);
    }
    if (out) g_object_unref(out);
    if (in) g_object_unref(in);
    return good;
}

void picture_colour(const struct picture *like, uint16_t colour[3]) {
    if (!like->icc || pixel_recolour(colour, like->icc)) return;
    vips_error_clear();
    say_detail("the picture's profile cannot be used backwards; the "
               "background colour is taken as its values");
}

/* ---- A picture as background --------------------------------------------- */

static bool same_profile(GBytes *a, GBytes *b) {
    return a == b || (a && b && g_bytes_equal(a, b));
}

static int cover(VipsImage *in, VipsImage **out, const struct cut_image *like) {
    return vips_thumbnail_image(in, out, like->width, "height", like->height,
                                "crop", VIPS_INTERESTING_CENTRE, "size",
                                VIPS_SIZE_BOTH, NULL);
}

static int flatten_white(VipsImage *in, VipsImage **out) {
    if (!vips_image_hasalpha(in)) return vips_copy(in, out, NULL);
    VipsArrayDouble *white = vips_array_double_newv(
        1, in->BandFmt == VIPS_FORMAT_USHORT ? 65535.0 : 255.0);
    int bad = vips_flatten(in, out, "background", white, NULL);
    vips_area_unref(VIPS_AREA(white));
    return bad;
}

/* libvips scales pictures to 8 bits here; a background may have them. */
static bool depth_match(struct cut_image *image, int depth) {
    if (image->depth == depth) return true;
    size_t n = (size_t)image->width * (size_t)image->height * 3;
    uint8_t *narrow = image->pixels;
    uint16_t *wide = depth == 16 ? g_try_malloc_n(n, 2) : NULL;
    if (depth == 16 && !wide) return false;
    for (size_t i = 0; i < n; i++)
        if (depth == 16)
            wide[i] = (uint16_t)(narrow[i] * 257);
        else
            narrow[i] = (uint8_t)(((uint16_t *)image->pixels)[i] >> 8);
    if (wide) {
        g_free(narrow);
        image->pixels = wide;
    }
    image->depth = depth;
    return true;
}

static bool fit(struct picture *picture, const struct picture *like) {
    VipsObject *scope = VIPS_OBJECT(vips_image_new());
    VipsImage **t = (VipsImage **)vips_object_local_array(scope, 4);
    struct cut_image fitted;
    t[0] = picture_wrap(&picture->image);
    bool good = t[0] && !flatten_white(t[0], &t[1]) &&
                !cover(t[1], &t[2], &like->image);
    if (good && same_profile(picture->icc, like->icc))
        good = !vips_copy(t[2], &t[3], NULL);
    else if (good)
        good = !recolour(t[2], &t[3], picture->icc, like->icc);
    good = good && picture_evaluate(t[3], &fitted);
    g_object_unref(scope);
    if (!good) return false;
    g_free(picture->image.pixels);
    picture->image = fitted;
    return depth_match(&picture->image, like->image.depth);
}

bool picture_load_cover(struct picture *picture, const char *path,
                        const struct picture *like, int max_megapixels,
                        struct cut_error *err) {
    if (!picture_load(picture, path, max_megapixels, err)) return false;
    if (fit(picture, like)) return true;
    fail_vips(err, path, "cannot be fitted as a background");
    picture_free(picture);
    return false;
}
