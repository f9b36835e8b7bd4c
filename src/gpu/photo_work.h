/* What the photo_*.c share; nobody else includes
 * it. */
#ifndef GPU_PHOTO_WORK_H
#define GPU_PHOTO_WORK_H

#include "gpu/list_work.h"
#include "gpu/photo.h"

/* Buffers of the list after the first two. */
enum {
    PHOTO_PIXELS = GPU_FIRST_FREE, /* RGBA, one u32 per pixel */
    PHOTO_CUTOUT,
    PHOTO_MASK,  /* the network's output */
    PHOTO_INPUT, /* the network's input */
    PHOTO_N_BUFFERS
};

/* Planes of the grid in the arena, [n,height,width] of f32, as
 * photo_grid.wgsl has them; some are used twice. What is smaller than a plane
 * comes after them. */
enum {
    PLANE_MASK = 0,
    PLANE_GUIDE = 1, /* 3 */
    PLANE_SOFT = 4,  /* 3 blurred guides of 3 */
    PLANE_RANGE = 4, /* 2, after the fit; so the next */
    PLANE_MEAN = 6,
    PLANE_COLOURS = 7, /* 6 */
    PLANE_COEF = 13,   /* 5 */
    PLANE_RAW = 18,    /* 5 */
    PLANE_LEVELS = 18, /* after the smoothing */
    N_RAW = 5,
    N_BLURS = 3,
    SCORE_STEP = 4 /* every such row is asked how many blurs */
};

enum photo_stage {
    STAGE_INPUT,
    STAGE_GRID,
    STAGE_GUIDE,
    STAGE_FIT,
    STAGE_MEAN,
    STAGE_COLOURS,
    STAGE_CUT,
    N_STAGES
};

struct photo_build {
    struct gpu_emitter *e;
    const struct gpu_photo *photo;
    struct gpu_call call;
    enum photo_stage stage;
    int width, height;         /* of the grid */
    int net_width, net_height; /* of the network's input and mask */
    struct gpu_operand planes, pixels, cutout, mask, input;
    int64_t scores, best, sums; /* floats of the arena: [N_BLURS+1, scored
                                   rows, 2]; [1]; [rows, 8] */
    int64_t n_floats;
    struct cut_error *err;
};

static inline int64_t photo_grid_pixels(const struct photo_build *b) {
    return (int64_t)b->width * b->height;
}

/* A dispatch that writes `to`; words 4 to 7 are set: grid, photo. */
struct gpu_job photo_job(const struct photo_build *b, const char *shader,
                         const struct gpu_operand *to);
void photo_add_word(struct gpu_job *job, int64_t word);
void photo_add_number(struct gpu_job *job, float number);
void photo_add_constant(struct gpu_job *job, const char *name, bool value);
/* Emits with workgroups of 64 for n invocations. */
enum cut_status photo_emit(struct photo_build *b, struct gpu_job *job,
                           int64_t n, double cost_each);
/* Emits with so many workgroups. */
enum cut_status photo_emit_groups(struct photo_build *b, struct gpu_job *job,
                                  int64_t groups, double cost);

/* NULL when memory is out. (photo_plan.c) */
const struct plan *photo_plan(const struct photo_build *b);
/* Floats that the smaller levels of the foreground estimation take. */
int64_t photo_level_floats(int width, int height);
enum cut_status photo_emit_refine(struct photo_build *b);
enum cut_status photo_emit_colours(struct photo_build *b);
enum cut_status photo_emit_cut(struct photo_build *b);

#endif
