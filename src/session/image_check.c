/* Pictures, planes and masks from outside: checked before anything is done with
 * them, and what is done in one step. */
#include "session/image_check.h"

#include "base/mem.h"
#include "base/status.h"
#include "image/blur.h"
#include "image/compose.h"
#include "image/mask.h"
#include "image/resample.h"
#include "session/session.h"

/* Sides beyond this are refused: every product stays far inside 64 bits and
 * every column index inside int. */
#define MAX_SIDE 1000000

/* ---- Checks ------------------------------------------------------------- */

enum cut_status image_check(const struct cut_image *image, const char *what,
                            struct cut_error *err) {
    if (!image || !image->pixels)
        return status_fail(err, CUT_BAD_ARGUMENT, "%s: no pixels", what);
    int w = image->width, h = image->height, c = image->channels;
    if (w < 1 || h < 1 || w > MAX_SIDE || h > MAX_SIDE)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "%s: expected sides of 1..%d but received %d x %d",
                           what, MAX_SIDE, w, h);
    if (c != 1 && c != 3 && c != 4)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "%s: expected 1, 3 or 4 channels but received %d",
                           what, c);
    if (image->depth != 8 && image->depth != 16)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "%s: expected a depth of 8 or 16 bits but received "
                           "%d",
                           what, image->depth);
    size_t row = (size_t)w * (size_t)c * (size_t)(image->depth / 8), total;
    size_t stride = image->stride_bytes ? image->stride_bytes : row;
    if (stride < row || (image->depth == 16 && stride % 2))
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "%s: a stride of %zu bytes does not suit rows of "
                           "%zu bytes",
                           what, stride, row);
    if (!size_mul(stride, (size_t)h, &total))
        return status_fail(err, CUT_TOO_LARGE, "%s: %d x %d pixels", what, w,
                           h);
    return CUT_OK;
}

enum cut_status image_check_plane(const float *plane, int width, int height,
                                  const char *what, struct cut_error *err) {
    if (!plane) return status_fail(err, CUT_BAD_ARGUMENT, "%s: no data", what);
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "%s: expected sides of 1..%d but received %d x %d",
                           what, MAX_SIDE, width, height);
    size_t n;
    if (!size_mul((size_t)width * (size_t)height, 256, &n))
        return status_fail(err, CUT_TOO_LARGE, "%s: %d x %d", what, width,
                           height);
    return CUT_OK;
}

/* `out` as wide, high and deep as `image`, with `channels`. */
enum cut_status image_check_out(const struct cut_image *image,
                                const struct cut_image *out, int channels,
                                struct cut_error *err) {
    enum cut_status status = image_check(out, "output image", err);
    if (status) return status;
    if (out->width != image->width || out->height != image->height ||
        out->depth != image->depth || out->channels != channels)
        return status_fail(
            err, CUT_BAD_ARGUMENT,
            "output image: expected %d x %d, %d channels of %d bits but "
            "received %d x %d, %d channels of %d bits",
            image->width, image->height, channels, image->depth, out->width,
            out->height, out->channels, out->depth);
    return CUT_OK;
}

enum cut_status image_check_mask(const float *mask, int width, int height,
                                 struct cut_error *err) {
    enum cut_status status =
        image_check_plane(mask, width, height, "mask", err);
    if (status) return status;
    size_t n = (size_t)width * (size_t)height, i = mask_find_bad(mask, n);
    if (i < n)
        return status_fail(err, CUT_BAD_RESULT,
                           "mask: not a finite number at x %d, y %d",
                           (int)(i % (size_t)width), (int)(i / (size_t)width));
    return CUT_OK;
}

void session_input_scale(const struct cut_model_input_spec *spec,
                         float scale[3], float offset[3]) {
    for (int c = 0; c < 3; c++) {
        float std = spec->std[c] == 0 ? 1 : spec->std[c];
        scale[c] = 255 / std;
        offset[c] = -spec->mean[c] / std;
    }
}

/* ---- Small public functions --------------------------------------------- */

enum cut_status cut_photo_to_tensor(const struct cut_image *photo,
                                    const struct cut_model_input_spec *spec,
                                    int width, int height, float *x,
                                    struct cut_error *err) {
    enum cut_status status = image_check(photo, "photo", err);
    if (!status) status = image_check_plane(x, width, height, "tensor", err);
    if (status) return status;
    if (!spec)
        return status_fail(err, CUT_BAD_ARGUMENT, "tensor: no mean and std");
    struct resample_photo r = {
        .photo = photo, .width = width, .height = height, .x = x};
    session_input_scale(spec, r.scale, r.offset);
    resample_photo_rows(&r, 0, height);
    return CUT_OK;
}

enum cut_status cut_mask_check(float *mask, int width, int height,
                               struct cut_mask_facts *facts,
                               struct cut_error *err) {
    enum cut_status status = image_check_mask(mask, width, height, err);
    if (status) return status;
    struct cut_mask_facts found;
    mask_describe(mask, width, height, &found);
    if (facts) *facts = found;
    return CUT_OK;
}

enum cut_status cut_composite(const struct cut_image *cutout,
                              const uint16_t colour[3],
                              const struct cut_image *background,
                              const struct cut_image *out,
                              struct cut_error *err) {
    enum cut_status status = image_check(cutout, "cut-out", err);
    if (!status) status = image_check_out(cutout, out, 3, err);
    if (!status && background)
        status = image_check(background, "background", err);
    if (status) return status;
    if (cutout->channels != 4)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "cut-out: expected 4 channels but received %d",
                           cutout->channels);
    if (!background && !colour)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "composite: neither colour nor background");
    if (background && (background->width != cutout->width ||
                       background->height != cutout->height))
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "background: expected %d x %d but received %d x %d",
                           cutout->width, cutout->height, background->width,
                           background->height);
    compose_over(cutout, colour, background, out);
    return CUT_OK;
}

enum cut_status cut_blur(const struct cut_image *image, float sigma,
                         const struct cut_allocator *allocator,
                         struct cut_error *err) {
    enum cut_status status = image_check(image, "image", err);
    if (status) return status;
    if (!(sigma >= 0 && sigma <= 10000))
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "blur: expected a sigma of 0..10000 pixels");
    if (sigma == 0) return CUT_OK;
    size_t bytes = blur_scratch_bytes(image);
    void *scratch = allocator->alloc(allocator->user, bytes);
    if (!scratch)
        return status_fail(err, CUT_NO_MEMORY, "blur: %zu bytes", bytes);
    blur_image(image, sigma, scratch);
    allocator->release(allocator->user, scratch, bytes);
    return CUT_OK;
}

bool cut_alpha_box(const struct cut_image *cutout, int box[4]) {
    if (image_check(cutout, "cut-out", NULL) || cutout->channels != 4)
        return false;
    return compose_alpha_box(cutout, box);
}
