#include "image/detail.h"
#include "base/mem.h"
#include "image/pixel.h"
#include "image/refine.h"
#include "image/resample.h"

/* Squared colour distance at which photo and linear model weigh the same. */
#define TRUST 0.05f
/* Refinement begins where the photo explains this share of the mask's local
 * variance, and is complete where it explains the second. */
#define EXPLAINS_SOME 0.50f
#define EXPLAINS_ALL 0.83f
/* In the colour of pixels that are nearly background the estimate from the
 * grid weighs more. */
#define KEEP_ESTIMATE 0.1f

/* Grid planes interpolated to a photo row. */
enum {
    AT_MASK = 0,
    AT_COEF = 1,
    AT_RANGE = 6,
    AT_FORE = 8,
    AT_BACK = 11,
    N_PLANES = 14
};

struct rows {
    float *grid;    /* [N_PLANES, grid width] */
    float *alpha;   /* [photo width] */
    float *sum;     /* [photo width] */
    float *rgb;     /* [photo width, 4]: the photo over white, [n,3] of it */
    float *samples; /* [photo width, 4]: the photo as stored, then the result */
    int lo, hi;     /* columns of the band */
};

static struct detail_column locate(int i, int n_full, int n_grid) {
    int64_t centre = (2 * (int64_t)i + 1) * n_grid - n_full;
    int64_t unit = 2 * (int64_t)n_full;
    if (centre <= 0) return (struct detail_column){0, 0, 0};
    int left = (int)(centre / unit);
    if (left >= n_grid - 1) return (struct detail_column){n_grid - 1, 0, 0};
    return (struct detail_column){left, 1,
                                  (float)(centre - left * unit) / (float)unit};
}

void detail_columns(int n_full, int n_grid, struct detail_column *columns) {
    for (int i = 0; i < n_full; i++) columns[i] = locate(i, n_full, n_grid);
}

size_t detail_scratch_floats(int photo_width, int grid_width) {
    return (size_t)N_PLANES * (size_t)grid_width + 10 * (size_t)photo_width;
}

static struct rows split_scratch(const struct detail *d, float *scratch) {
    size_t n = (size_t)d->photo->width;
    struct rows r = {.grid = scratch};
    r.alpha = scratch + (size_t)N_PLANES * (size_t)d->width;
    r.sum = r.alpha + n;
    r.rgb = r.sum + n;
    r.samples = r.rgb + 4 * n;
    return r;
}

/* `n` row planes from `at` on = grid planes at that height. */
static void lerp_rows(const struct detail *d, const struct rows *r,
                      const float *planes, int n, int at,
                      const struct detail_column *v) {
    size_t width = (size_t)d->width, plane = width * (size_t)d->height;
    for (int c = 0; c < n; c++) {
        const float *a = planes + (size_t)c * plane + (size_t)v->left * width;
        const float *b = a + (size_t)v->step * width;
        float *out = r->grid + (size_t)(at + c) * width, f = v->f;
        for (size_t x = 0; x < width; x++) out[x] = a[x] + f * (b[x] - a[x]);
    }
}

static inline float lerp(const float *row, const struct detail_column *c) {
    float a = row[c->left];
    return a + c->f * (row[c->left + c->step] - a);
}

/* ---- Alpha -------------------------------------------------------------- */

/* 0 at the edges of the band, 1 inside: no step where refinement begins. */
static float band_weight(float m) {
    float edge = m < 0.5f ? m : 1 - m;
    return float_clamp01((edge - REFINE_DECIDED) * 25.0f);
}

static float confidence(float explained) {
    return float_clamp01((explained - EXPLAINS_SOME) /
                         (EXPLAINS_ALL - EXPLAINS_SOME));
}

/* Between the colours F and B of the place, where is the pixel? The share t
 * on the line from B to F, weighed against the linear model's `alpha`: the
 * line counts by its length, the model more the surer the mask is. */
static float along_line(float alpha, float m, const float *rgb,
                        const float *fore, const float *back) {
    float dot = 0, length = 0;
    for (int i = 0; i < 3; i++) {
        float d = fore[i] - back[i];
        dot += d * (rgb[i] - back[i]);
        length += d * d;
    }
    float trust = TRUST / (4 * m * (1 - m) + 0.1f);
    return (dot + trust * alpha) / (length + trust);
}

/* Keeps what the photo's texture suggests near what the mask allows: within
 * `stretch` times the mask's local range. */
static float within_range(const struct detail *d, float alpha, float low,
                          float high) {
    float extra = d->stretch * (high - low);
    low -= extra;
    high += extra;
    return alpha < low ? low : alpha > high ? high : alpha;
}

static void lerp_colours(const struct detail *d, const struct rows *r,
                         const struct detail_column *c, float *fore,
                         float *back) {
    size_t gw = (size_t)d->width;
    for (size_t i = 0; i < 3; i++) {
        fore[i] = lerp(r->grid + (AT_FORE + i) * gw, c);
        back[i] = lerp(r->grid + (AT_BACK + i) * gw, c);
    }
}

static float refined(const struct detail *d, const struct rows *r, int x,
                     float m) {
    size_t gw = (size_t)d->width;
    const struct detail_column *c = &d->columns[x];
    const float *coef = r->grid + AT_COEF * gw, *p = r->rgb + 3 * x;
    const float *range = r->grid + AT_RANGE * gw;
    float v =
        float_clamp01(lerp(coef, c) * p[0] + lerp(coef + gw, c) * p[1] +
                      lerp(coef + 2 * gw, c) * p[2] + lerp(coef + 3 * gw, c));
    if (d->colours) {
        float fore[3], back[3];
        lerp_colours(d, r, c, fore, back);
        v = along_line(v, m, p, fore, back);
        v = within_range(d, v, lerp(range, c), lerp(range + gw, c));
    }
    float sure = confidence(lerp(coef + 4 * gw, c)) * band_weight(m);
    return m + sure * (float_clamp01(v) - m);
}

/* alpha[] = the mask at photo row y; finds the columns of the band. */
static void mask_row(const struct detail *d, struct rows *r, int y) {
    int n = d->photo->width;
    struct detail_column v = locate(y, d->photo->height, d->height);
    lerp_rows(d, r, d->mask, 1, AT_MASK, &v);
    for (int x = 0; x < n; x++) r->alpha[x] = lerp(r->grid, &d->columns[x]);
    r->lo = 0;
    r->hi = n;
    while (r->lo < r->hi && !refine_undecided(r->alpha[r->lo])) r->lo++;
    while (r->hi > r->lo && !refine_undecided(r->alpha[r->hi - 1])) r->hi--;
}

/* The refined alpha[] of photo row y; rgb[] is there where it is needed. */
static void alpha_row(const struct detail *d, struct rows *r, int y) {
    struct detail_column v = locate(y, d->photo->height, d->height);
    mask_row(d, r, y);
    if (d->colours) lerp_rows(d, r, d->colours, 6, AT_FORE, &v);
    if (!d->coef || r->lo >= r->hi) return;
    pixel_read_rgb(d->photo, r->lo, y, r->hi - r->lo, r->rgb + 3 * r->lo);
    lerp_rows(d, r, d->coef, 5, AT_COEF, &v);
    if (d->range) lerp_rows(d, r, d->range, 2, AT_RANGE, &v);
    for (int x = r->lo; x < r->hi; x++)
        if (refine_undecided(r->alpha[x]))
            r->alpha[x] = refined(d, r, x, r->alpha[x]);
}

static bool row_decided(const float *mask, int width) {
    for (int x = 0; x < width; x++)
        if (refine_undecided(mask[x])) return false;
    return true;
}

void detail_mean_rows(const struct detail *d, float *scratch, int y0, int y1,
                      float *mean) {
    struct rows r = split_scratch(d, scratch);
    int n = d->photo->width;
    for (int y = y0; y < y1; y++) {
        const float *mask = d->mask + (size_t)y * (size_t)d->width;
        float *out = mean + (size_t)y * (size_t)d->width;
        memcpy(out, mask, (size_t)d->width * sizeof *out);
        if (row_decided(mask, d->width)) continue;
        struct resample_span v = resample_span(y, d->height, d->photo->height);
        memset(r.sum, 0, (size_t)n * sizeof *r.sum);
        for (int k = 0; k < v.n; k++) {
            float w = resample_weight(&v, k);
            alpha_row(d, &r, v.first + k);
            for (int x = 0; x < n; x++) r.sum[x] += w * r.alpha[x];
        }
        for (int x = 0; x < d->width; x++) {
            if (!refine_undecided(mask[x])) continue;
            struct resample_span h = resample_span(x, d->width, n);
            out[x] = 0;
            for (int i = 0; i < h.n; i++)
                out[x] += resample_weight(&h, i) * r.sum[h.first + i];
        }
    }
}

/* ---- Colours ------------------------------------------------------------ */

/* One step of the estimation at full size: the colour nearest to the grid's
 * estimate that, with the alpha found, explains the photo's pixel. Where the
 * pixel is solid it is the photo's own colour. */
static void unmix(float a, const float *fore, const float *back, float *rgb) {
    float b = 1 - a, gain = a / (a * a + b * b + KEEP_ESTIMATE * b);
    for (int c = 0; c < 3; c++)
        rgb[c] = float_clamp01(fore[c] +
                               gain * (rgb[c] - a * fore[c] - b * back[c]));
}

/* An alpha of the photo's own was made by someone who chose the colours. */
static void colour_row(const struct detail *d, const struct rows *r) {
    float fore[3], back[3];
    bool own_alpha = d->photo->channels == 4;
    for (int x = 0; x < d->photo->width; x++) {
        float *p = r->samples + 4 * x;
        if (r->alpha[x] >= 1 || (own_alpha && p[3] < 1)) continue;
        lerp_colours(d, r, &d->columns[x], fore, back);
        unmix(r->alpha[x], fore, back, p);
    }
}

/* samples[n,4] = row y as stored. */
static void read_rgba(const struct detail *d, const struct rows *r, int y) {
    int n = d->photo->width;
    if (d->photo->channels == 4) {
        pixel_read(d->photo, 0, y, n, r->samples);
        return;
    }
    pixel_read_rgb(d->photo, 0, y, n, r->rgb);
    for (int x = 0; x < n; x++) {
        for (int c = 0; c < 3; c++) r->samples[4 * x + c] = r->rgb[3 * x + c];
        r->samples[4 * x + 3] = 1;
    }
}

void detail_rows(const struct detail *d, float *scratch, int y0, int y1) {
    struct rows r = split_scratch(d, scratch);
    int n = d->photo->width;
    for (int y = y0; y < y1; y++) {
        alpha_row(d, &r, y);
        read_rgba(d, &r, y);
        if (d->unmix) colour_row(d, &r);
        for (int x = 0; x < n; x++) r.samples[4 * x + 3] *= r.alpha[x];
        pixel_write(d->out, 0, y, n, r.samples);
    }
}
