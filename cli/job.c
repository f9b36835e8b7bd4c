/* One picture: decode, tensor, inference, matte, background, encode. */
#include "cutout_command.h"

#include "heap.h"
#include "progress.h"
#include "say.h"

#include <string.h>
#include <sys/stat.h>

struct job {
    struct workshop *shop;
    const struct options *options;
    struct receipt *receipt;
    int number;
    struct picture photo;
    float *x, *mask;
    size_t x_bytes, mask_bytes;
    struct cut_image cutout;
    size_t cutout_bytes;
    enum stage stage;
    double stage_began;
};

/* Where each stage begins on the progress bar; the last one ends at 1. */
static const double stage_share[STAGE_COUNT + 1] = {
    [STAGE_LOAD] = 0.08,    [STAGE_SETUP] = 0.09,     [STAGE_DECODE] = 0,
    [STAGE_PREPARE] = 0.05, [STAGE_INFERENCE] = 0.10, [STAGE_REFINEMENT] = 0.75,
    [STAGE_COMPOSE] = 0.88, [STAGE_ENCODE] = 0.90,
};

static void stage_begin(struct job *job, enum stage stage) {
    job->stage = stage;
    job->stage_began = clock_ms();
    progress_update(job->number, stage_name(stage), stage_share[stage]);
}

static void stage_end(struct job *job) {
    job->receipt->ms[job->stage] += clock_ms() - job->stage_began;
}

static bool job_progress(void *user, double done) {
    struct job *job = user;
    double from = stage_share[job->stage], to = stage_share[job->stage + 1];
    progress_update(job->number, stage_name(job->stage),
                    from + (to - from) * done);
    return true;
}

/* Engine messages do not know the file's name. */
static bool job_fail(struct job *job, const struct cut_error *inner) {
    fail(&job->receipt->error, "%s: %s", job->receipt->input, inner->message);
    job->receipt->error.status = inner->status;
    return false;
}

static size_t image_bytes(const struct cut_image *image) {
    return (size_t)image->width * (size_t)image->height *
           (size_t)(image->channels * image->depth / 8);
}

/* ---- Decode -------------------------------------------------------------- */

static bool job_decode(struct job *job) {
    struct receipt *receipt = job->receipt;
    stage_begin(job, STAGE_DECODE);
    bool good = picture_load(&job->photo, receipt->input,
                             job->options->max_megapixels, &receipt->error);
    stage_end(job);
    if (!good) return false;
    receipt->in_format = job->photo.format;
    receipt->in_width = job->photo.image.width;
    receipt->in_height = job->photo.image.height;
    receipt->in_depth = job->photo.image.depth;
    receipt->has_alpha = job->photo.image.channels == 4;
    receipt->has_profile = job->photo.icc != NULL;
    return true;
}

/* ---- Mask ---------------------------------------------------------------- */

static bool job_prepare(struct job *job) {
    const struct engine *engine = &job->shop->engine;
    struct cut_error err = {0};
    stage_begin(job, STAGE_PREPARE);
    engine_mask_size(engine, &job->receipt->mask_width,
                     &job->receipt->mask_height);
    job->x_bytes =
        sizeof(float) * 3 * (size_t)engine->width * (size_t)engine->height;
    job->mask_bytes = sizeof(float) * (size_t)job->receipt->mask_width *
                      (size_t)job->receipt->mask_height;
    job->x = heap.alloc(NULL, job->x_bytes);
    job->mask = heap.alloc(NULL, job->mask_bytes);
    bool good = job->x && job->mask;
    if (!good)
        fail(&err, "out of memory for the network's input");
    else
        good = cut_photo_to_tensor(&job->photo.image, &engine->spec.input,
                                   engine->width, engine->height, job->x,
                                   &err) == CUT_OK;
    stage_end(job);
    return good || job_fail(job, &err);
}

/* Far outside 0..1 no mask is: rounding goes a little beyond. */
static bool mask_in_range(const float *mask, size_t n, struct cut_error *err) {
    for (size_t i = 0; i < n; i++)
        if (mask[i] < -0.01f || mask[i] > 1.01f) {
            fail(err, "mask: %g is out of range at value %zu", (double)mask[i],
                 i);
            err->status = CUT_BAD_RESULT;
            return false;
        }
    return true;
}

/* The network, and whether its mask can be right. */
static bool infer_once(struct job *job, struct cut_error *err) {
    struct engine *engine = &job->shop->engine;
    struct receipt *receipt = job->receipt;
    struct chaos *chaos = job->options->engine.chaos;
    size_t n = job->mask_bytes / sizeof(float);
    chaos_starve(chaos, CHAOS_AT_INFER);
    bool good = engine_run(engine, job->x, job->mask, job_progress, job, err);
    chaos_feed();
    if (good) chaos_spoil(chaos, job->mask, n);
    return good && mask_in_range(job->mask, n, err) &&
           cut_mask_check(job->mask, receipt->mask_width, receipt->mask_height,
                          &receipt->mask, err) == CUT_OK;
}

static void attempt_note(struct receipt *receipt, double begin, bool good,
                         const struct cut_error *err) {
    struct attempt *attempt = &receipt->attempts[receipt->n_attempts++];
    attempt->ms = clock_ms() - begin;
    if (good) return;
    attempt->status = err->status;
    g_strlcpy(attempt->message, err->message, sizeof attempt->message);
}

/* Memory may be there when the activations have been given back; a mask that
 * cannot be right may have been an accident. */
static bool infer_again(struct job *job, const struct cut_error *err) {
    if (job->receipt->n_attempts == RECEIPT_ATTEMPTS) return false;
    if (err->status != CUT_NO_MEMORY && err->status != CUT_BAD_RESULT)
        return false;
    engine_trim(&job->shop->engine);
    return true;
}

static bool job_infer(struct job *job) {
    struct workshop *shop = job->shop;
    struct cut_error err;
    bool good;
    g_mutex_lock(&shop->engine_lock);
    stage_begin(job, STAGE_INFERENCE);
    do {
        double begin = clock_ms();
        err = (struct cut_error){0};
        good = infer_once(job, &err);
        attempt_note(job->receipt, begin, good, &err);
    } while (!good && infer_again(job, &err));
    job->receipt->has_mask = good;
    if (good && shop->trim_each) engine_trim(&shop->engine);
    stage_end(job);
    g_mutex_unlock(&shop->engine_lock);
    heap.release(NULL, job->x, job->x_bytes);
    job->x = NULL;
    return good || job_fail(job, &err);
}

static bool job_judge(struct job *job) {
    struct receipt *receipt = job->receipt;
    receipt->outcome =
        receipt->mask.subject == CUT_SUBJECT_NONE        ? OUTCOME_NO_SUBJECT
        : receipt->mask.subject == CUT_SUBJECT_AMBIGUOUS ? OUTCOME_AMBIGUOUS
                                                         : OUTCOME_CUT;
    return true;
}

/* ---- Matte --------------------------------------------------------------- */

static void plan_bytes(struct job *job) {
    const struct engine *engine = &job->shop->engine;
    struct cut_session_facts facts = cut_session_facts(engine->session);
    size_t photo = image_bytes(&job->photo.image);
    size_t infer = facts.peak_bytes + facts.weight_bytes + job->x_bytes;
    size_t matte =
        job->cutout_bytes +
        cut_matte_bytes(&job->photo.image, job->receipt->mask_width,
                        job->receipt->mask_height, &job->options->matte);
    if (!job->shop->trim_each) matte += facts.peak_bytes;
    job->receipt->planned_bytes = photo + job->mask_bytes + MAX(infer, matte);
}

static bool matte_once(struct job *job, struct cut_error *err) {
    chaos_starve(job->options->engine.chaos, CHAOS_AT_REFINE);
    bool good =
        cut_matte_apply(&job->photo.image, job->mask, job->receipt->mask_width,
                        job->receipt->mask_height, &job->options->matte, &heap,
                        &job->cutout, job_progress, job, err) == CUT_OK;
    chaos_feed();
    return good;
}

/* The network's activations may be what is in the way. */
static bool matte_again(struct job *job, const struct cut_error *err) {
    if (err->status != CUT_NO_MEMORY) return false;
    g_mutex_lock(&job->shop->engine_lock);
    engine_trim(&job->shop->engine);
    g_mutex_unlock(&job->shop->engine_lock);
    return true;
}

static bool job_matte(struct job *job) {
    struct cut_error err = {0};
    stage_begin(job, STAGE_REFINEMENT);
    job->cutout = job->photo.image;
    job->cutout.channels = 4;
    job->cutout_bytes = image_bytes(&job->cutout);
    job->cutout.pixels = heap.alloc(NULL, job->cutout_bytes);
    plan_bytes(job);
    bool good = job->cutout.pixels != NULL;
    if (!good)
        fail(&err, "out of memory for a cut-out of %.0f MB",
             (double)job->cutout_bytes / 1e6);
    else
        good = matte_once(job, &err) ||
               (matte_again(job, &err) && matte_once(job, &err));
    stage_end(job);
    return good || job_fail(job, &err);
}

/* ---- Background and crop ------------------------------------------------- */

static bool opaque_format(enum picture_format format) {
    return format == PICTURE_JPEG;
}

static void plan_background(struct job *job, const struct cut_image *behind,
                            size_t bytes) {
    size_t all = image_bytes(&job->photo.image) + job->mask_bytes +
                 job->cutout_bytes + bytes;
    if (behind && behind != &job->photo.image) all += image_bytes(behind);
    job->receipt->planned_bytes = MAX(job->receipt->planned_bytes, all);
}

static bool compose(struct job *job, const struct cut_image *background,
                    const uint16_t colour[3], struct cut_error *err) {
    struct cut_image out = job->cutout;
    out.channels = 3;
    size_t bytes = image_bytes(&out);
    out.pixels = heap.alloc(NULL, bytes);
    if (!out.pixels) return fail(err, "out of memory for the background");
    plan_background(job, background, bytes);
    if (cut_composite(&job->cutout, colour, background, &out, err) != CUT_OK) {
        heap.release(NULL, out.pixels, bytes);
        return false;
    }
    heap.release(NULL, job->cutout.pixels, job->cutout_bytes);
    job->cutout = out;
    job->cutout_bytes = bytes;
    return true;
}

static bool compose_file(struct job *job, struct cut_error *err) {
    struct picture behind;
    if (!picture_load_cover(&behind, job->options->background.file, &job->photo,
                            job->options->max_megapixels, err))
        return false;
    bool good = compose(job, &behind.image, NULL, err);
    picture_free(&behind);
    return good;
}

/* Blurs the photo in place; with alpha, its opaque colours. */
static bool compose_blur(struct job *job, struct cut_error *err) {
    struct cut_image *photo = &job->photo.image, behind = *photo;
    float side = (float)MAX(photo->width, photo->height);
    static const uint16_t white[3] = {65535, 65535, 65535};
    if (photo->channels == 4) {
        behind.channels = 3;
        behind.pixels = g_try_malloc(image_bytes(&behind));
        if (!behind.pixels) return fail(err, "out of memory for the blur");
        if (cut_composite(photo, white, NULL, &behind, err) != CUT_OK) {
            g_free(behind.pixels);
            return false;
        }
        g_free(photo->pixels);
        *photo = behind;
    }
    return cut_blur(photo, MAX(side / 50, 2), &heap, err) == CUT_OK &&
           compose(job, photo, NULL, err);
}

static bool background_apply(struct job *job, uint16_t fill[4],
                             struct cut_error *err) {
    struct background background = job->options->background;
    if (background.kind == BACKGROUND_NONE && !job->options->mask &&
        opaque_format(job->receipt->out_format)) {
        background.kind = BACKGROUND_COLOUR;
        memset(background.colour, 0xff, sizeof background.colour);
    }
    switch (background.kind) {
    case BACKGROUND_NONE: return true;
    case BACKGROUND_FILE: return compose_file(job, err);
    case BACKGROUND_BLUR: return compose_blur(job, err);
    case BACKGROUND_COLOUR: break;
    }
    picture_colour(&job->photo, background.colour);
    memcpy(fill, background.colour, sizeof background.colour);
    fill[3] = 65535;
    return compose(job, NULL, background.colour, err);
}

/* The subject's box grown by the margin. Over the picture's edge it grows only
 * where there is nothing to show: a background that is a picture ends there.
 */
static void box_grow(const struct job *job, int box[4]) {
    const struct options *options = job->options;
    int margin = options->margin;
    if (options->margin_percent)
        margin = (int)((int64_t)MAX(box[2], box[3]) * margin / 100);
    int x0 = box[0] - margin, y0 = box[1] - margin;
    int x1 = box[0] + box[2] + margin, y1 = box[1] + box[3] + margin;
    if (options->background.kind == BACKGROUND_FILE ||
        options->background.kind == BACKGROUND_BLUR) {
        x0 = MAX(x0, 0), x1 = MIN(x1, job->cutout.width);
        y0 = MAX(y0, 0), y1 = MIN(y1, job->cutout.height);
    }
    box[0] = x0, box[1] = y0, box[2] = x1 - x0, box[3] = y1 - y0;
}

/* ---- Encode -------------------------------------------------------------- */

static bool job_encode(struct job *job, struct picture_save *save) {
    struct receipt *receipt = job->receipt;
    g_free(job->photo.image.pixels);
    job->photo.image.pixels = NULL;
    stage_begin(job, STAGE_ENCODE);
    bool good = picture_save(&job->cutout, &job->photo, save, receipt->output,
                             &receipt->error);
    stage_end(job);
    struct stat info;
    if (good && stat(receipt->output, &info) == 0)
        receipt->out_bytes = (size_t)info.st_size;
    receipt->out_width = save->box[2] ? save->box[2] : job->cutout.width;
    receipt->out_height = save->box[3] ? save->box[3] : job->cutout.height;
    return good;
}

static bool job_finish(struct job *job) {
    const struct options *options = job->options;
    struct cut_error err = {0};
    struct picture_save save = {.format = job->receipt->out_format,
                                .quality = options->quality,
                                .keep_metadata = options->keep_metadata,
                                .mask = options->mask};
    stage_begin(job, STAGE_COMPOSE);
    int box[4];
    if (options->crop && cut_alpha_box(&job->cutout, box)) {
        box_grow(job, box);
        memcpy(save.box, box, sizeof box);
    }
    bool good = background_apply(job, save.fill, &err);
    stage_end(job);
    if (!good) return job_fail(job, &err);
    return job_encode(job, &save);
}

static void job_free(struct job *job) {
    picture_free(&job->photo);
    if (job->x) heap.release(NULL, job->x, job->x_bytes);
    if (job->mask) heap.release(NULL, job->mask, job->mask_bytes);
    if (job->cutout.pixels)
        heap.release(NULL, job->cutout.pixels, job->cutout_bytes);
}

bool cutout_job(struct workshop *shop, struct receipt *receipt, int number) {
    struct job job = {.shop = shop,
                      .options = shop->options,
                      .receipt = receipt,
                      .number = number};
    double began = clock_ms();
    receipt->warm = number > 0;
    receipt->chaos = shop->options->chaos.text;
    bool good = job_decode(&job) && job_prepare(&job) && job_infer(&job) &&
                job_judge(&job) && job_matte(&job) && job_finish(&job);
    if (!good) receipt->outcome = OUTCOME_FAILED;
    receipt->total_ms += clock_ms() - began;
    job_free(&job);
    return good;
}
