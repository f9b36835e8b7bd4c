/* From photo and mask to the cut-out: memory and the order of work. The pixel
 * mathematics is in src/image. */
#include "base/mem.h"
#include "base/pool.h"
#include "base/status.h"
#include "image/blur.h"
#include "image/compose.h"
#include "image/detail.h"
#include "image/foreground.h"
#include "image/mask.h"
#include "image/refine.h"
#include "image/resample.h"
#include "session/image_check.h"

/* More threads than this would only cost scratch. */
#define MAX_THREADS 64

/* Rows per parallel item, on the grid and at full size. */
#define GRID_ROWS 8
#define FULL_ROWS 16
/* Full-size rows between two progress reports. */
#define REPORT_ROWS 256

/* A mask may be softer than the photo shrunk to its size by this many 3x3
 * means; every SCORE_STEP-th row is asked how many. */
#define MAX_BLURS 3
#define SCORE_STEP 4
#define FIT_RADIUS 2
#define FIT_EPSILON 1e-4f

/* ---- The matte: memory -------------------------------------------------- */

/* Everything a run works on. The grid has the mask's sides, or the photo's
 * where those are smaller. */
struct matte {
    struct pool *pool;
    int n_threads;
    bool refine, colours, invert;
    const float *in_mask;
    int in_width, in_height;
    struct resample_photo guide;
    struct refine_fit fit;
    struct foreground colour;
    struct detail detail;
    struct detail_column *columns;
    float *mask, *raw, *smooth, *levels, *scratch;
    float *soft;                 /* where the next blur of the guide goes */
    struct refine_score *scores; /* [scored rows] */
    uint8_t *band;
    size_t scratch_floats; /* of one worker */
    int first_row;         /* of the full-size block being done */
    cut_progress *progress;
    void *user;
};

static int n_items(int rows, int rows_per_item) {
    return (rows + rows_per_item - 1) / rows_per_item;
}

static size_t max_size(size_t a, size_t b) { return a > b ? a : b; }

/* Gives out pieces of one block; with a NULL base it only counts. */
struct carver {
    unsigned char *base;
    size_t used;
};

static void *carve(struct carver *c, size_t n, size_t item_bytes) {
    void *at = c->base ? c->base + c->used : NULL;
    c->used += mem_align(n * item_bytes);
    return at;
}

static void carve_matte(struct matte *m, struct carver *c) {
    int w = m->detail.width, h = m->detail.height;
    size_t n = (size_t)w * (size_t)h;
    size_t photo_width = (size_t)m->detail.photo->width;
    m->columns = carve(c, photo_width, sizeof *m->columns);
    m->scratch_floats =
        max_size(refine_scratch_floats(w),
                 detail_scratch_floats(m->detail.photo->width, w));
    m->scratch =
        carve(c, m->scratch_floats * (size_t)m->n_threads, sizeof(float));
    m->mask = carve(c, n, sizeof(float));
    if (m->refine || m->colours) {
        m->guide.x = carve(c, 3 * n, sizeof(float));
        m->levels = carve(c, foreground_floats(w, h), sizeof(float));
    }
    if (m->refine) {
        m->band = carve(c, n, 1);
        m->raw = carve(c, REFINE_N_COEF * n, sizeof(float));
        m->scores = carve(c, (size_t)n_items(h, SCORE_STEP), sizeof *m->scores);
        m->smooth = carve(c, REFINE_N_COEF * n, sizeof(float));
    }
}

/* Sizes and switches; no memory yet. */
static void describe_matte(struct matte *m, const struct cut_image *photo,
                           int mask_width, int mask_height,
                           const struct cut_matte_options *options) {
    struct cut_matte_options o = {0};
    if (options) o = *options;
    *m = (struct matte){.refine = !o.no_refine,
                        .colours = !o.no_foreground,
                        .invert = o.invert,
                        .in_width = mask_width,
                        .in_height = mask_height};
    m->n_threads = o.n_threads > 0 ? o.n_threads : cut_cpu_cores();
    if (m->n_threads > MAX_THREADS) m->n_threads = MAX_THREADS;
    m->detail.photo = photo;
    m->detail.width = mask_width < photo->width ? mask_width : photo->width;
    m->detail.height =
        mask_height < photo->height ? mask_height : photo->height;
}

size_t cut_matte_bytes(const struct cut_image *photo, int mask_width,
                       int mask_height,
                       const struct cut_matte_options *options) {
    struct matte m;
    struct carver count = {0};
    if (!photo || photo->width < 1 || photo->height < 1 || mask_width < 1 ||
        mask_height < 1)
        return 0;
    describe_matte(&m, photo, mask_width, mask_height, options);
    carve_matte(&m, &count);
    return count.used + pool_bytes(m.n_threads);
}

/* ---- The matte: work ---------------------------------------------------- */

static int row_end(int item, int rows_per_item, int rows) {
    int end = (item + 1) * rows_per_item;
    return end < rows ? end : rows;
}

static float *worker_scratch(struct matte *m, int worker) {
    return m->scratch + m->scratch_floats * (size_t)worker;
}

/* Mask (clamped, inverted on demand) and guide on the grid. */
static void grid_task(void *context, int item, int worker) {
    struct matte *m = context;
    int w = m->detail.width, h = m->detail.height, y0 = item * GRID_ROWS;
    int y1 = row_end(item, GRID_ROWS, h);
    (void)worker;
    struct resample_plane r = {m->in_mask, m->in_width, m->in_height,
                               m->mask,    w,           h};
    resample_plane_rows(&r, y0, y1);
    for (size_t i = (size_t)y0 * (size_t)w; i < (size_t)y1 * (size_t)w; i++) {
        float v = m->mask[i];
        v = v < 0 ? 0 : v > 1 ? 1 : v;
        m->mask[i] = m->invert ? 1 - v : v;
    }
    if (m->guide.x) resample_photo_rows(&m->guide, y0, y1);
}

static void fit_task(void *context, int item, int worker) {
    struct matte *m = context;
    refine_fit_rows(&m->fit, worker_scratch(m, worker), item * GRID_ROWS,
                    row_end(item, GRID_ROWS, m->fit.height));
}

static void smooth_task(void *context, int item, int worker) {
    struct matte *m = context;
    refine_smooth_rows(&m->fit, worker_scratch(m, worker), item * GRID_ROWS,
                       row_end(item, GRID_ROWS, m->fit.height));
}

/* Where raw's planes are free again: the mask's range and the mean alpha. */
enum { RAW_LOW = 0, RAW_HIGH = 1, RAW_MEAN = 2 };

static float *raw_plane(const struct matte *m, int i) {
    return m->raw + (size_t)i * (size_t)m->fit.width * (size_t)m->fit.height;
}

/* soft = 3x3 mean of the guide as it is; the raw planes are free yet. */
static void blur_task(void *context, int item, int worker) {
    struct matte *m = context;
    int w = m->fit.width, h = m->fit.height, y0 = item * GRID_ROWS;
    int y1 = row_end(item, GRID_ROWS, h);
    size_t plane = (size_t)w * (size_t)h;
    (void)worker;
    for (size_t c = 0; c < 3; c++)
        refine_blur_rows(m->fit.guide + c * plane, w, h, y0, y1,
                         m->soft + c * plane);
}

static void score_task(void *context, int item, int worker) {
    struct matte *m = context;
    m->scores[item] =
        refine_score_row(&m->fit, worker_scratch(m, worker), item * SCORE_STEP);
}

static void mean_task(void *context, int item, int worker) {
    struct matte *m = context;
    float *scratch = worker_scratch(m, worker);
    int y0 = item * GRID_ROWS, y1 = row_end(item, GRID_ROWS, m->fit.height);
    refine_range_rows(&m->fit, scratch, y0, y1, raw_plane(m, RAW_LOW),
                      raw_plane(m, RAW_HIGH));
    detail_mean_rows(&m->detail, scratch, y0, y1, raw_plane(m, RAW_MEAN));
}

static void full_task(void *context, int item, int worker) {
    struct matte *m = context;
    int y0 = m->first_row + item * FULL_ROWS;
    int end = row_end(item, FULL_ROWS, REPORT_ROWS) + m->first_row;
    int height = m->detail.photo->height;
    detail_rows(&m->detail, worker_scratch(m, worker), y0,
                end < height ? end : height);
}

static bool report(const struct matte *m, double done) {
    return !m->progress || m->progress(m->user, done);
}

/* Shares of the work done after each stage, for the progress report. */
#define DONE_GRID 0.15
#define DONE_REFINE 0.35
#define DONE_COLOURS 0.55

/* A strand thinner than a mask pixel is as faint in the mask as its share of
 * that pixel: alpha may exceed the mask's local range in that proportion. */
static float range_stretch(const struct matte *m) {
    float sx = (float)m->detail.photo->width / (float)m->detail.width;
    float sy = (float)m->detail.photo->height / (float)m->detail.height;
    float s = 1.5f * (sx > sy ? sx : sy) - 1;
    return s > 0.5f ? s : 0.5f;
}

/* Share of the mask's variance that the guide explains as it is now. */
static float guide_score(struct matte *m) {
    int n = n_items(m->fit.height, SCORE_STEP);
    double explained = 0, variance = 0;
    pool_run(m->pool, score_task, m, n);
    for (int i = 0; i < n; i++) {
        explained += (double)m->scores[i].explained;
        variance += (double)m->scores[i].variance;
    }
    return variance > 0 ? (float)(explained / variance) : 0;
}

/* fit.guide = the original after that many 3x3 means, in smooth or raw. */
static void blur_guide(struct matte *m, int n_blurs) {
    m->fit.guide = m->guide.x;
    for (int i = 0; i < n_blurs; i++) {
        m->soft = m->fit.guide == m->smooth ? m->raw : m->smooth;
        pool_run(m->pool, blur_task, m, n_items(m->fit.height, GRID_ROWS));
        m->fit.guide = m->soft;
    }
}

/* A guide as soft as the mask explains it best: fitted against a sharper one
 * the coefficients come out too weak, against a softer one too strong. */
static void match_guide(struct matte *m) {
    int best = 0;
    float best_score = 0;
    for (int n = 0; n <= MAX_BLURS; n++) {
        blur_guide(m, n);
        float score = guide_score(m);
        if (n == 0 || score > best_score) {
            best = n;
            best_score = score;
        }
    }
    blur_guide(m, best);
    if (m->fit.guide != m->raw) return;
    memcpy(m->smooth, m->raw,
           3 * sizeof(float) * (size_t)m->fit.width * (size_t)m->fit.height);
    m->fit.guide = m->smooth;
}

static void refine_stage(struct matte *m) {
    int w = m->detail.width, h = m->detail.height;
    refine_mark_band(m->mask, w, h, FIT_RADIUS, m->band);
    m->fit = (struct refine_fit){.width = w,
                                 .height = h,
                                 .guide = m->guide.x,
                                 .mask = m->mask,
                                 .band = m->band,
                                 .radius = FIT_RADIUS,
                                 .epsilon = FIT_EPSILON,
                                 .raw = m->raw,
                                 .smooth = m->smooth};
    match_guide(m);
    pool_run(m->pool, fit_task, m, n_items(h, GRID_ROWS));
    pool_run(m->pool, smooth_task, m, n_items(h, GRID_ROWS));
    m->detail.coef = m->smooth;
    pool_run(m->pool, mean_task, m, n_items(h, GRID_ROWS));
    m->detail.range = raw_plane(m, RAW_LOW);
    m->detail.stretch = range_stretch(m);
}

/* Refinement wants both colours too, so they are found for either. */
static void colour_stage(struct matte *m) {
    const float *alpha = m->refine ? raw_plane(m, RAW_MEAN) : m->mask;
    foreground_init(&m->colour, m->detail.width, m->detail.height, m->guide.x,
                    alpha, m->levels);
    foreground_solve(&m->colour, m->pool);
    m->detail.colours = m->colour.level[0].fore;
    m->detail.unmix = m->colours;
}

static bool full_stage(struct matte *m) {
    int height = m->detail.photo->height;
    for (int y = 0; y < height; y += REPORT_ROWS) {
        int rows = height - y < REPORT_ROWS ? height - y : REPORT_ROWS;
        double share = (double)y / (double)height;
        if (!report(m, DONE_COLOURS + (1 - DONE_COLOURS) * share)) return false;
        m->first_row = y;
        pool_run(m->pool, full_task, m, n_items(rows, FULL_ROWS));
    }
    return report(m, 1);
}

static enum cut_status run_matte(struct matte *m, struct cut_error *err) {
    const struct cut_image *photo = m->detail.photo;
    int w = m->detail.width, h = m->detail.height;
    m->guide.photo = photo;
    m->guide.width = w;
    m->guide.height = h;
    for (int c = 0; c < 3; c++) m->guide.scale[c] = 1;
    detail_columns(photo->width, w, m->columns);
    m->detail.columns = m->columns;
    m->detail.mask = m->mask;
    bool go = report(m, 0);
    if (go) {
        pool_run(m->pool, grid_task, m, n_items(h, GRID_ROWS));
        go = report(m, DONE_GRID);
    }
    if (go && m->refine) refine_stage(m);
    go = go && report(m, DONE_REFINE);
    if (go && (m->refine || m->colours)) colour_stage(m);
    go = go && full_stage(m);
    if (!go) return status_fail(err, CUT_CANCELLED, "matte: cancelled");
    return CUT_OK;
}

enum cut_status cut_matte_apply(
    const struct cut_image *photo, const float *mask, int mask_width,
    int mask_height, const struct cut_matte_options *options,
    const struct cut_allocator *allocator, const struct cut_image *out,
    cut_progress *progress, void *user, struct cut_error *err) {
    enum cut_status status = image_check(photo, "photo", err);
    if (!status) status = image_check_mask(mask, mask_width, mask_height, err);
    if (!status) status = image_check_out(photo, out, 4, err);
    if (status) return status;
    struct matte m;
    struct carver count = {0}, give = {0};
    describe_matte(&m, photo, mask_width, mask_height, options);
    m.in_mask = mask;
    m.detail.out = out;
    m.progress = progress;
    m.user = user;
    carve_matte(&m, &count);
    give.base = allocator->alloc(allocator->user, count.used);
    if (!give.base)
        return status_fail(err, CUT_NO_MEMORY, "matte: %zu bytes", count.used);
    carve_matte(&m, &give);
    status = pool_create(m.n_threads, allocator, &m.pool, err);
    if (!status) status = run_matte(&m, err);
    if (m.pool) pool_destroy(m.pool);
    allocator->release(allocator->user, give.base, count.used);
    return status;
}
