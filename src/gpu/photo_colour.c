/* Foreground and background colours on the grid, level by level; see
 * src/image/foreground.h. */
#include "gpu/photo_work.h"

/* As in src/image/foreground.c. */
enum { MAX_LEVELS = 32, SMALL = 32, ROUNDS_SMALL = 10, ROUNDS_LARGE = 2 };

/* Places in the arena, in floats. */
struct level {
    int width, height;
    int64_t image, alpha, colours; /* [3], [1], [6: foreground, background] */
};

int64_t photo_level_floats(int width, int height) {
    int64_t floats = 0;
    while (width > 1 || height > 1) {
        width = (width + 1) / 2;
        height = (height + 1) / 2;
        floats += 10 * (int64_t)width * height;
    }
    return floats;
}

static int make_levels(const struct photo_build *b, struct level *level) {
    int64_t n = photo_grid_pixels(b), at = PLANE_LEVELS * n;
    int w = b->width, h = b->height, n_levels = 1;
    int alpha = b->photo->refine ? PLANE_MEAN : PLANE_MASK;
    level[0] =
        (struct level){w, h, PLANE_GUIDE * n, alpha * n, PLANE_COLOURS * n};
    while (w > 1 || h > 1) {
        w = (w + 1) / 2;
        h = (h + 1) / 2;
        n = (int64_t)w * h;
        level[n_levels++] = (struct level){w, h, at + 6 * n, at + 9 * n, at};
        at += 10 * n;
    }
    return n_levels;
}

/* Words 4 to 8: `a`; 9 to 13: `b`. */
static struct gpu_job level_job(const struct photo_build *b, const char *shader,
                                const struct level *a,
                                const struct level *other) {
    struct gpu_job job = photo_job(b, shader, &b->planes);
    const struct level *levels[] = {a, other};
    job.n_params = 0;
    for (int i = 0; i < 2; i++) {
        photo_add_word(&job, levels[i]->width);
        photo_add_word(&job, levels[i]->height);
        photo_add_word(&job, levels[i]->image);
        photo_add_word(&job, levels[i]->alpha);
        photo_add_word(&job, levels[i]->colours);
    }
    return job;
}

static int64_t pixels_of(const struct level *l) {
    return (int64_t)l->width * l->height;
}

static enum cut_status emit_shrink(struct photo_build *b,
                                   const struct level *big,
                                   const struct level *small) {
    struct gpu_job job =
        level_job(b, "photo+photo_level+photo_shrink", small, big);
    return photo_emit(b, &job, 4 * pixels_of(small), 5);
}

/* The 1x1 level starts from the means of the decided pixels of level 0. */
static enum cut_status emit_start(struct photo_build *b,
                                  const struct level *all,
                                  const struct level *top) {
    struct gpu_job rows =
        level_job(b, "photo+photo_level+photo_sums", all, top);
    struct gpu_job start =
        level_job(b, "photo+photo_level+photo_start", all, top);
    photo_add_word(&rows, b->sums);
    photo_add_word(&start, b->sums);
    enum cut_status status =
        photo_emit_groups(b, &rows, all->height, (double)pixels_of(all) * 8);
    if (status) return status;
    return photo_emit_groups(b, &start, 1, (double)all->height * 8);
}

/* All rounds by one workgroup. */
static enum cut_status emit_small(struct photo_build *b, const struct level *l,
                                  const struct level *below) {
    struct gpu_job job =
        level_job(b, "photo+photo_level+photo_small", l, below);
    photo_add_word(&job, l == below ? 0 : 1);
    photo_add_word(&job, ROUNDS_SMALL);
    return photo_emit_groups(b, &job, 1,
                             (double)(40 * ROUNDS_SMALL * pixels_of(l)));
}

static enum cut_status emit_large(struct photo_build *b, const struct level *l,
                                  const struct level *below) {
    struct gpu_job grow =
        level_job(b, "photo+photo_level+photo_grow", l, below);
    enum cut_status status = photo_emit(b, &grow, pixels_of(l), 40);
    for (int i = 0; i < 2 * ROUNDS_LARGE && !status; i++) {
        struct gpu_job job =
            level_job(b, "photo+photo_level+photo_solve", l, below);
        int64_t half = (int64_t)((l->width + 1) / 2) * l->height;
        photo_add_word(&job, i & 1);
        status = photo_emit(b, &job, half, 40);
    }
    return status;
}

enum cut_status photo_emit_colours(struct photo_build *b) {
    struct level level[MAX_LEVELS];
    int n = make_levels(b, level);
    enum cut_status status = CUT_OK;
    b->stage = STAGE_COLOURS;
    for (int i = 1; i < n && !status; i++)
        status = emit_shrink(b, &level[i - 1], &level[i]);
    if (!status) status = emit_start(b, &level[0], &level[n - 1]);
    for (int i = n - 1; i >= 0 && !status; i--) {
        const struct level *l = &level[i];
        const struct level *below = &level[i + 1 < n ? i + 1 : i];
        bool small = l->width <= SMALL && l->height <= SMALL;
        status = small ? emit_small(b, l, below) : emit_large(b, l, below);
    }
    return status;
}
