#include "image/foreground.h"
#include "base/mem.h"
#include "image/pixel.h"

/* Constants of the paper's reference: regularisation 1e-5, gradient weight 1,
 * ten rounds up to 32 pixels, two above. */
#define EPSILON 1e-5f
#define SMALL 32
#define ROUNDS_SMALL 10
#define ROUNDS_LARGE 2
#define ROWS_PER_ITEM 16

static size_t level_pixels(int width, int height) {
    return (size_t)width * (size_t)height;
}

size_t foreground_floats(int width, int height) {
    size_t floats = 6 * level_pixels(width, height);
    while (width > 1 || height > 1) {
        width = (width + 1) / 2;
        height = (height + 1) / 2;
        floats += 10 * level_pixels(width, height);
    }
    return floats;
}

void foreground_init(struct foreground *f, int width, int height,
                     const float *image, const float *alpha, float *memory) {
    size_t n = level_pixels(width, height);
    f->n_levels = 1;
    f->level[0] = (struct foreground_level){width, height, image,
                                            alpha, memory, memory + 3 * n};
    memory += 6 * n;
    while (width > 1 || height > 1) {
        width = (width + 1) / 2;
        height = (height + 1) / 2;
        n = level_pixels(width, height);
        f->level[f->n_levels++] =
            (struct foreground_level){width,          height, memory + 6 * n,
                                      memory + 9 * n, memory, memory + 3 * n};
        memory += 10 * n;
    }
}

/* ---- Down: image and alpha of the smaller levels ------------------------ */

/* Means of 2x2; an odd last row or column counts twice. */
static void shrink_row(const float *in, int width, int height, int y,
                       float *out) {
    const float *a = in + 2 * (size_t)y * (size_t)width;
    const float *b = 2 * y + 1 < height ? a + width : a;
    int half = width / 2;
    for (int x = 0; x < half; x++)
        out[x] = 0.25f * (a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1]);
    if (width % 2) out[half] = 0.5f * (a[width - 1] + b[width - 1]);
}

struct shrink_job {
    const struct foreground_level *big, *small;
};

static void shrink_rows(void *context, int item, int worker) {
    const struct shrink_job *job = context;
    const struct foreground_level *big = job->big, *small = job->small;
    (void)worker;
    size_t n_big = level_pixels(big->width, big->height);
    size_t n_small = level_pixels(small->width, small->height);
    for (int y = item * ROWS_PER_ITEM;
         y < (item + 1) * ROWS_PER_ITEM && y < small->height; y++) {
        size_t at = (size_t)y * (size_t)small->width;
        for (size_t c = 0; c < 3; c++)
            shrink_row(big->image + c * n_big, big->width, big->height, y,
                       (float *)small->image + c * n_small + at);
        shrink_row(big->alpha, big->width, big->height, y,
                   (float *)small->alpha + at);
    }
}

/* ---- Up: one level ------------------------------------------------------ */

struct solve_job {
    const struct foreground_level *level, *below; /* below: NULL at 1x1 */
    int parity;
    bool all; /* solve decided pixels too: small levels */
};

/* Neighbours of the solved pixel, clamped at the edges. */
struct stencil {
    size_t at[4];
    float weight[4];
    float total;
};

static struct stencil stencil_at(const struct foreground_level *l, int x,
                                 int y) {
    size_t w = (size_t)l->width, i = (size_t)y * w + (size_t)x;
    struct stencil s = {.at = {x > 0 ? i - 1 : i, x + 1 < l->width ? i + 1 : i,
                               y > 0 ? i - w : i,
                               y + 1 < l->height ? i + w : i}};
    for (int k = 0; k < 4; k++) {
        float d = l->alpha[s.at[k]] - l->alpha[i];
        s.weight[k] = EPSILON + (d < 0 ? -d : d);
        s.total += s.weight[k];
    }
    return s;
}

static void solve_pixel(const struct foreground_level *l, int x, int y) {
    size_t n = level_pixels(l->width, l->height);
    size_t i = (size_t)y * (size_t)l->width + (size_t)x;
    struct stencil s = stencil_at(l, x, y);
    float a = l->alpha[i], b = 1 - a, t = s.total;
    float inv = 1 / (t * (t + a * a + b * b));
    for (int c = 0; c < 3; c++) {
        float *fore = l->fore + (size_t)c * n, *back = l->back + (size_t)c * n;
        float colour = l->image[(size_t)c * n + i];
        float u = a * colour, v = b * colour;
        for (int k = 0; k < 4; k++) {
            u += s.weight[k] * fore[s.at[k]];
            v += s.weight[k] * back[s.at[k]];
        }
        fore[i] = float_clamp01(((b * b + t) * u - a * b * v) * inv);
        back[i] = float_clamp01(((a * a + t) * v - a * b * u) * inv);
    }
}

/* Decided pixels keep their colour: the photo's on their side. */
static void set_decided(const struct foreground_level *l, size_t i, float a) {
    size_t n = level_pixels(l->width, l->height);
    float *side = a < 0.5f ? l->back : l->fore;
    for (size_t c = 0; c < 3; c++) side[c * n + i] = l->image[c * n + i];
}

static bool decided(float a) { return a < 1e-3f || a > 1 - 1e-3f; }

static void solve_rows(void *context, int item, int worker) {
    const struct solve_job *job = context;
    const struct foreground_level *l = job->level;
    (void)worker;
    int end = (item + 1) * ROWS_PER_ITEM;
    for (int y = item * ROWS_PER_ITEM; y < end && y < l->height; y++) {
        const float *alpha = l->alpha + (size_t)y * (size_t)l->width;
        for (int x = (y + job->parity) % 2; x < l->width; x += 2)
            if (job->all || !decided(alpha[x])) solve_pixel(l, x, y);
    }
}

/* Twice as large, bilinear between the centres of 2x2 blocks. */
static void grow_row(const float *in, int in_width, int in_height, int y,
                     float *out, int width) {
    int near = y / 2, far = y % 2 ? near + 1 : near - 1;
    if (far < 0 || far >= in_height) far = near;
    const float *a = in + (size_t)near * (size_t)in_width;
    const float *b = in + (size_t)far * (size_t)in_width;
    for (int x = 0; x < width; x++) {
        int i = x / 2, j = x % 2 ? i + 1 : i - 1;
        if (j < 0 || j >= in_width) j = i;
        out[x] = 0.5625f * a[i] + 0.1875f * (a[j] + b[i]) + 0.0625f * b[j];
    }
}

static void start_rows(void *context, int item, int worker) {
    const struct solve_job *job = context;
    const struct foreground_level *l = job->level, *b = job->below;
    (void)worker;
    size_t n = level_pixels(l->width, l->height);
    size_t m = level_pixels(b->width, b->height);
    for (int y = item * ROWS_PER_ITEM;
         y < (item + 1) * ROWS_PER_ITEM && y < l->height; y++) {
        size_t at = (size_t)y * (size_t)l->width;
        for (size_t c = 0; c < 3; c++) {
            grow_row(b->fore + c * m, b->width, b->height, y,
                     l->fore + c * n + at, l->width);
            grow_row(b->back + c * m, b->width, b->height, y,
                     l->back + c * n + at, l->width);
        }
        for (int x = 0; !job->all && x < l->width; x++)
            if (decided(l->alpha[at + (size_t)x]))
                set_decided(l, at + (size_t)x, l->alpha[at + (size_t)x]);
    }
}

static void solve_level(struct solve_job *job, struct pool *pool) {
    const struct foreground_level *l = job->level;
    int n_items = (l->height + ROWS_PER_ITEM - 1) / ROWS_PER_ITEM;
    bool small = l->width <= SMALL && l->height <= SMALL;
    int rounds = small ? ROUNDS_SMALL : ROUNDS_LARGE;
    job->all = small;
    if (job->below) pool_run(pool, start_rows, job, n_items);
    for (int i = 0; i < 2 * rounds; i++) {
        job->parity = i & 1;
        pool_run(pool, solve_rows, job, n_items);
    }
}

/* The 1x1 level starts from the means of the decided pixels of level 0. */
static void start_top(const struct foreground *f) {
    const struct foreground_level *l = &f->level[0];
    const struct foreground_level *top = &f->level[f->n_levels - 1];
    size_t n = level_pixels(l->width, l->height);
    double fore[3] = {0}, back[3] = {0}, n_fore = 0, n_back = 0;
    for (size_t i = 0; i < n; i++) {
        double wf = (double)l->alpha[i], wb = 1 - wf;
        n_fore += wf;
        n_back += wb;
        for (size_t c = 0; c < 3; c++) {
            fore[c] += wf * (double)l->image[c * n + i];
            back[c] += wb * (double)l->image[c * n + i];
        }
    }
    for (int c = 0; c < 3; c++) {
        top->fore[c] = (float)(n_fore > 0 ? fore[c] / n_fore : 0.5);
        top->back[c] = (float)(n_back > 0 ? back[c] / n_back : 0.5);
    }
}

void foreground_solve(struct foreground *f, struct pool *pool) {
    for (int i = 1; i < f->n_levels; i++) {
        struct shrink_job job = {&f->level[i - 1], &f->level[i]};
        pool_run(pool, shrink_rows, &job,
                 (f->level[i].height + ROWS_PER_ITEM - 1) / ROWS_PER_ITEM);
    }
    start_top(f);
    for (int i = f->n_levels - 1; i >= 0; i--) {
        struct solve_job job = {&f->level[i],
                                i + 1 < f->n_levels ? &f->level[i + 1] : NULL,
                                0, false};
        solve_level(&job, pool);
    }
}
