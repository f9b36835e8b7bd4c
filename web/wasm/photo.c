/* The photo's list beside the list of web_gpu_plan: web_photo_plan, then its
 * text and its one upload are read, then web_photo_close. */
#include "base/mem.h"
#include "wasm/heap.h"
#include "wasm/module.h"

static struct cut_gpu_photo *photo;

void EXPORT(web_photo_close)(void) {
    if (photo) cut_gpu_photo_destroy(photo);
    photo = NULL;
}

/* mean_std and flags as of web_prepare and web_matte. */
int EXPORT(web_photo_plan)(int width, int height, const float *mean_std,
                           int flags) {
    struct cut_gpu_photo_options options = {.width = width, .height = height};
    options.matte = job_matte_options(flags);
    memcpy(options.spec.mean, mean_std, sizeof options.spec.mean);
    memcpy(options.spec.std, mean_std + 3, sizeof options.spec.std);
    web_photo_close();
    return (int)cut_gpu_photo_create(job_session(), &options, &heap_allocator,
                                     &photo, job_error());
}

const char *EXPORT(web_photo_text)(void) { return cut_gpu_photo_text(photo); }

size_t EXPORT(web_photo_upload_bytes)(void) {
    return cut_gpu_photo_upload_bytes(photo);
}

void EXPORT(web_photo_upload)(void *bytes) {
    cut_gpu_photo_upload(photo, bytes);
}
