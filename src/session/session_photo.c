/* The photo's list, beside the list of a session. */
#include "base/mem.h"
#include "base/status.h"
#include "gpu/photo.h"
#include "session/session.h"

struct cut_gpu_photo {
    struct cut_allocator allocator;
    struct arena arena;
    struct gpu_list list;
    const char *text;
};

static enum cut_status make(struct cut_gpu_photo *photo,
                            const struct cut_session *session,
                            const struct cut_gpu_photo_options *options,
                            struct cut_error *err) {
    struct gpu_photo wish = {.width = options->width,
                             .height = options->height,
                             .refine = !options->matte.no_refine,
                             .colours = !options->matte.no_foreground,
                             .invert = options->matte.invert};
    session_input_scale(&options->spec, wish.scale, wish.offset);
    enum cut_status status = gpu_photo_list(&wish, &session->gpu->list,
                                            &photo->arena, &photo->list, err);
    if (status) return status;
    photo->text = gpu_list_text(&photo->list, &photo->arena);
    if (photo->text) return CUT_OK;
    return status_fail(err, CUT_NO_MEMORY, "no memory for the dispatch list");
}

enum cut_status
cut_gpu_photo_create(const struct cut_session *session,
                     const struct cut_gpu_photo_options *options,
                     const struct cut_allocator *allocator,
                     struct cut_gpu_photo **out, struct cut_error *err) {
    if (!session->gpu)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "photo: the session is not planned for WebGPU");
    struct cut_gpu_photo *photo =
        allocator->alloc(allocator->user, sizeof *photo);
    if (!photo)
        return status_fail(err, CUT_NO_MEMORY, "no memory for the photo");
    *photo = (struct cut_gpu_photo){.allocator = *allocator};
    arena_init(&photo->arena, &photo->allocator);
    enum cut_status status = make(photo, session, options, err);
    if (status)
        cut_gpu_photo_destroy(photo);
    else
        *out = photo;
    return status;
}

void cut_gpu_photo_destroy(struct cut_gpu_photo *photo) {
    struct cut_allocator allocator = photo->allocator;
    arena_free(&photo->arena);
    allocator.release(allocator.user, photo, sizeof *photo);
}

const char *cut_gpu_photo_text(const struct cut_gpu_photo *photo) {
    return photo->text;
}

uint64_t cut_gpu_photo_bytes(const struct cut_gpu_photo *photo) {
    return photo->list.total_bytes;
}

size_t cut_gpu_photo_upload_bytes(const struct cut_gpu_photo *photo) {
    return (size_t)photo->list.uploads[0].range.bytes;
}

/* Its params need nothing that could fail. */
void cut_gpu_photo_upload(const struct cut_gpu_photo *photo, void *bytes) {
    struct cut_error err;
    (void)gpu_list_pack(&photo->list, 0, bytes, &err);
}
