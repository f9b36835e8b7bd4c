/* Refinement on the grid and the cut-out at full size; the stages of
 * session/matte.c, src/image/refine.c and src/image/detail.c. */
#include "gpu/photo_work.h"

#define FIT_EPSILON 1e-4f

static struct gpu_job grid_job(const struct photo_build *b,
                               const char *shader) {
    return photo_job(b, shader, &b->planes);
}

static int64_t scored_rows(const struct photo_build *b) {
    return (b->height + SCORE_STEP - 1) / SCORE_STEP;
}

static int64_t guide_plane(int n_blurs) { return PLANE_GUIDE + 3 * n_blurs; }

static enum cut_status emit_blur(struct photo_build *b, int n_blurs) {
    struct gpu_job job = grid_job(b, "photo+photo_grid+photo_blur");
    photo_add_word(&job, guide_plane(n_blurs - 1));
    photo_add_word(&job, guide_plane(n_blurs));
    return photo_emit(b, &job, 3 * photo_grid_pixels(b), 9);
}

static enum cut_status emit_score(struct photo_build *b, int n_blurs) {
    struct gpu_job job =
        grid_job(b, "photo+photo_grid+photo_moments+photo_score");
    photo_add_word(&job, guide_plane(n_blurs));
    photo_add_word(&job, b->scores + 2 * n_blurs * scored_rows(b));
    photo_add_number(&job, FIT_EPSILON);
    return photo_emit_groups(b, &job, scored_rows(b),
                             (double)b->width * (double)scored_rows(b) * 100);
}

/* Writes the plane of the guide that explains the mask best. */
static enum cut_status emit_choice(struct photo_build *b) {
    struct gpu_job job = grid_job(b, "photo+photo_grid+photo_choose");
    photo_add_word(&job, b->scores);
    photo_add_word(&job, scored_rows(b));
    photo_add_word(&job, b->best);
    return photo_emit_groups(b, &job, 1, (double)scored_rows(b) * 8);
}

static enum cut_status match_guide(struct photo_build *b) {
    enum cut_status status = CUT_OK;
    b->stage = STAGE_GUIDE;
    for (int n = 0; n <= N_BLURS && !status; n++) {
        if (n > 0) status = emit_blur(b, n);
        if (!status) status = emit_score(b, n);
    }
    return status ? status : emit_choice(b);
}

static enum cut_status emit_fit(struct photo_build *b) {
    struct gpu_job job =
        grid_job(b, "photo+photo_grid+photo_moments+photo_fit");
    struct gpu_job smooth =
        grid_job(b, "photo+photo_grid+photo_moments+photo_smooth");
    struct gpu_job range = grid_job(b, "photo+photo_grid+photo_range");
    int64_t n = photo_grid_pixels(b);
    photo_add_word(&job, b->best);
    photo_add_number(&job, FIT_EPSILON);
    b->stage = STAGE_FIT;
    enum cut_status status = photo_emit(b, &job, n, 100);
    if (!status) status = photo_emit(b, &smooth, n, 30);
    if (!status) status = photo_emit(b, &range, n, 30);
    return status;
}

/* See range_stretch of session/matte.c. */
static float range_stretch(const struct photo_build *b) {
    float sx = (float)b->photo->width / (float)b->width;
    float sy = (float)b->photo->height / (float)b->height;
    float s = 1.5f * (sx > sy ? sx : sy) - 1;
    return s > 0.5f ? s : 0.5f;
}

static enum cut_status emit_mean(struct photo_build *b) {
    struct gpu_job job = grid_job(b, "photo+photo_grid+photo_alpha+photo_mean");
    job.arena[job.n_arena++] = &b->pixels;
    photo_add_number(&job, 0);
    photo_add_constant(&job, "COLOURS", false);
    b->stage = STAGE_MEAN;
    double pixels = (double)b->photo->width * (double)b->photo->height;
    return photo_emit(b, &job, photo_grid_pixels(b),
                      30 * (pixels / (double)photo_grid_pixels(b) + 1));
}

enum cut_status photo_emit_refine(struct photo_build *b) {
    enum cut_status status = match_guide(b);
    if (!status) status = emit_fit(b);
    return status ? status : emit_mean(b);
}

enum cut_status photo_emit_cut(struct photo_build *b) {
    struct gpu_job job =
        photo_job(b, "photo+photo_alpha+photo_cut", &b->cutout);
    job.arena[job.n_arena++] = &b->pixels;
    job.arena[job.n_arena++] = &b->planes;
    photo_add_number(&job, range_stretch(b));
    photo_add_constant(&job, "COLOURS", true);
    photo_add_constant(&job, "REFINE", b->photo->refine);
    photo_add_constant(&job, "UNMIX", b->photo->colours);
    b->stage = STAGE_CUT;
    return photo_emit(b, &job, (int64_t)b->photo->width * b->photo->height, 60);
}
