/* A run on the GPU looked at: what some convolutions gave at a few sampled
 * places is computed again here, from the inputs that the GPU itself had.
 *
 * A graphics device may pass every check of the mask and still be wrong: a
 * shader miscompiled for one shape, a dispatch that the driver lost. So, after
 * the steps that a run's number chooses, the page copies two neighbouring
 * pixels of the result and the window of inputs below them into a buffer, and
 * hands that back with the mask. Convolutions are 99.7 % of IS-Net's
 * multiply-adds; every run looks at WATCH_STEPS of them, in turn, and always at
 * the last one, from its top to its bottom: where an activation is saturated, a
 * wrong sum does not show.
 *
 * gpu_watch_start keeps the weights of WATCH_CHANNELS output channels of each
 * step, since the model's bytes are given back once they are on the GPU.
 * Operands lie where the plan put them, so copies come right after a step's
 * dispatches; a residual's, which the result may overwrite, right before. */
#ifndef GPU_WATCH_H
#define GPU_WATCH_H

#include "gpu/gpu.h"

enum {
    WATCH_STEPS = 8, /* of a run, besides the last */
    WATCH_SPOTS = 8, /* of the last one */
    WATCH_PIXELS = 2,
    WATCH_CHANNELS = 2,
    WATCH_MOST_TAPS = 64 /* larger kernels are not looked at */
};

/* A convolution that can be looked at; no operands of its file any more. */
struct watch_step {
    int step;       /* of the plan */
    int begin, end; /* its dispatches */
    bool winograd;
    enum cut_dtype dtype;
    struct watch_channel {
        int64_t k;
        const void *weights; /* [group_c,kh,kw] */
        float zero, scale, bias;
    } channels[WATCH_CHANNELS];
};

/* One of them in the run at hand. */
struct watch_probe {
    const struct watch_step *step;
    int64_t image, y, x, n_pixels;
    int residual, result, inputs, end; /* first copies of each */
};

struct gpu_watch {
    const struct gpu_list *list;
    int n_steps, n_probes, n_copies;
    struct watch_step *steps;
    struct watch_probe probes[WATCH_STEPS + WATCH_SPOTS];
    struct cut_gpu_copy *copies;
    size_t bytes, most_bytes; /* of the copies: of this run, of any run */
    double cost;              /* of the dispatches that can be looked at */
};

/* The inputs that a probe's pixels hang on: `rows` rows from y on, every
 * step_y-th, and of each `pieces` pieces of `width` pixels from x on, every
 * step_x-th; what lies outside of the image is not there. All taps of a
 * convolution; the tile of a Winograd transform, whose errors are relative to
 * all that is in it. Pieces: dilation leaves more between them than they take.
 */
struct watch_window {
    int64_t y, step_y, rows;
    int64_t x, step_x, pieces, width;
};
struct gpu_conv;
void gpu_watch_window(const struct gpu_conv *conv,
                      const struct watch_probe *probe,
                      struct watch_window *window);

/* `seed` chooses channels. Everything from `arena`; the constants of the
 * graph must still be there. */
enum cut_status gpu_watch_start(const struct gpu_list *list, uint32_t seed,
                                struct arena *arena, struct gpu_watch *watch,
                                struct cut_error *err);
/* Chooses probes and copies for run number `run`. */
void gpu_watch_choose(struct gpu_watch *watch, uint32_t run);
/* CUT_BAD_RESULT when what the copies brought is not what it should be;
 * *worst is the largest error, of what is allowed. */
enum cut_status gpu_watch_check(const struct gpu_watch *watch,
                                const void *bytes, double *worst,
                                struct cut_error *err);

#endif
