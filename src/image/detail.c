#include "image/detail.h"
#include "base/mem.h"
#include "image/pixel.h"
#include "image/resample.h"

/* Grid planes interpolated per row: mask, coef(4), fix, fore(3), back(3). */
enum {
    AT_MASK = 0,
    AT_COEF = 1,
    AT_FIX = 5,
    AT_FORE = 6,
    AT_BACK = 9,
    N_PLANES = 12
};

struct rows {
    float *grid;    /* [N_PLANES, grid width]: planes at this row's height */
    float *alpha;   /* [photo width] */
    float *rgb;     /* [photo width, 3]: the photo over white */
    float *samples; /* [photo width, 4]: the photo as stored, then the result */
};

static void locate(int i, int n_full, int n_grid, struct detail_column *c) {
    int64_t centre = (2 * (int64_t)i + 1) * n_grid - n_full;
    int64_t unit = 2 * (int64_t)n_full;
    *c = (struct detail_column){0, 0, 0};
    if (centre <= 0) return;
    c->left = (int)(centre / unit);
    if (c->left >= n_grid - 1) {
        c->left = n_grid - 1;
        return;
    }
    c->step = 1;
    c->f = (float)(centre - c->left * unit) / (float)unit;
}

void detail_columns(int n_full, int n_grid, struct detail_column *columns) {
    for (int i = 0; i < n_full; i++)
        locate(i, n_full, n_grid, &columns[i]);
}

size_t detail_scratch_floats(int photo_width, int grid_width) {
    return (size_t)N_PLANES * (size_t)grid_width + 9 * (size_t)photo_width;
}

static struct rows split_scratch(const struct detail *d, float *scratch) {
    struct rows r = {.grid = scratch};
    size_t n = (size_t)d->photo->width;
    r.alpha = scratch + (size_t)N_PLANES * (size_t)d->width;
    r.rgb = r.alpha + n;
    r.samples = r.rgb + 4 * n;
    return r;
}

/* Planes first..first+n-1 of the row buffer = `planes` at photo row y. */
static void lerp_rows(const struct detail *d, const float *planes, int n,
                      const struct detail_column *at, float *out) {
    size_t width = (size_t)d->width, plane = width * (size_t)d->height;
    for (int c = 0; c < n; c++) {
        const float *a = planes + (size_t)c * plane + (size_t)at->left * width;
        const float *b = a + (size_t)at->step * width;
        float *o = out + (size_t)c * width, f = at->f;
        for (size_t x = 0; x < width; x++)
            o[x] = a[x] + f * (b[x] - a[x]);
    }
}

static inline float lerp(const float *row, const struct detail_column *c) {
    float a = row[c->left];
    return a + c->f * (row[c->left + c->step] - a);
}

static bool undecided(float v) { return v > 0.004f && v < 0.996f; }

/* 0 at the edges of the band, 1 inside: no step where refinement begins. */
static float band_weight(float m) {
    float edge = m < 0.5f ? m : 1 - m;
    return float_clamp01((edge - 0.004f) * 25.0f);
}

/* alpha[] of photo row y; reads the photo's row when it needs it. */
static void alpha_row(const struct detail *d, const struct rows *r, int y) {
    int n = d->photo->width;
    size_t gw = (size_t)d->width;
    struct detail_column at;
    locate(y, d->photo->height, d->height, &at);
    lerp_rows(d, d->mask, 1, &at, r->grid);
    bool band = false;
    for (int x = 0; x < n; x++) {
        r->alpha[x] = lerp(r->grid, &d->columns[x]);
        band |= undecided(r->alpha[x]);
    }
    pixel_read_rgb(d->photo, 0, y, n, r->rgb);
    if (!d->coef || !band) return;
    lerp_rows(d, d->coef, 4, &at, r->grid + AT_COEF * gw);
    if (d->fix) lerp_rows(d, d->fix, 1, &at, r->grid + AT_FIX * gw);
    for (int x = 0; x < n; x++) {
        float m = r->alpha[x];
        if (!undecided(m)) continue;
        const struct detail_column *c = &d->columns[x];
        const float *coef = r->grid + AT_COEF * gw, *p = r->rgb + 3 * x;
        float v = lerp(coef, c) * p[0] + lerp(coef + gw, c) * p[1] +
                  lerp(coef + 2 * gw, c) * p[2] + lerp(coef + 3 * gw, c);
        if (d->fix) v += lerp(r->grid + AT_FIX * gw, c);
        r->alpha[x] = m + band_weight(m) * (float_clamp01(v) - m);
    }
}

void detail_residual_rows(const struct detail *d, float *scratch, int y0,
                          int y1, float *fix) {
    struct rows r = split_scratch(d, scratch);
    for (int y = y0; y < y1; y++) {
        struct resample_span v = resample_span(y, d->height, d->photo->height);
        float *out = fix + (size_t)y * (size_t)d->width;
        const float *mask = d->mask + (size_t)y * (size_t)d->width;
        memcpy(out, mask, (size_t)d->width * sizeof *out);
        for (int k = 0; k < v.n; k++) {
            float wv = resample_weight(&v, k);
            alpha_row(d, &r, v.first + k);
            for (int x = 0; x < d->width; x++) {
                struct resample_span h =
                    resample_span(x, d->width, d->photo->width);
                float sum = 0;
                for (int i = 0; i < h.n; i++)
                    sum += resample_weight(&h, i) * r.alpha[h.first + i];
                out[x] -= wv * sum;
            }
        }
    }
}

/* ---- Colours ------------------------------------------------------------ */

/* One step of the estimation at full size: the colour nearest to the grid's
 * estimate that, with the alpha found, explains the photo's pixel. Where the
 * pixel is solid it is the photo's own colour. */
static void unmix(float alpha, const float *photo, const float *fore,
                  const float *back, float *out) {
    float a = alpha, b = 1 - a, s = 0.1f * b + 1e-4f;
    float gain = a / (a * a + b * b + s);
    for (int c = 0; c < 3; c++)
        out[c] = float_clamp01(fore[c] +
                               gain * (photo[c] - a * fore[c] - b * back[c]));
}

static void colour_row(const struct detail *d, const struct rows *r, int y) {
    int n = d->photo->width, channels = d->photo->channels;
    size_t gw = (size_t)d->width;
    struct detail_column at;
    locate(y, d->photo->height, d->height, &at);
    const float *fore = r->grid + AT_FORE * gw;
    const float *back = r->grid + AT_BACK * gw;
    lerp_rows(d, d->fore, 3, &at, r->grid + AT_FORE * gw);
    lerp_rows(d, d->back, 3, &at, r->grid + AT_BACK * gw);
    for (int x = 0; x < n; x++) {
        const struct detail_column *c = &d->columns[x];
        float *p = r->samples + 4 * x;
        if (r->alpha[x] >= 1 || (channels == 4 && p[3] < 1)) continue;
        float f[3], b[3];
        for (size_t i = 0; i < 3; i++) {
            f[i] = lerp(fore + i * gw, c);
            b[i] = lerp(back + i * gw, c);
        }
        unmix(r->alpha[x], r->rgb + 3 * x, f, b, p);
    }
}

/* samples[n,4] = the photo's stored pixels as RGBA. */
static void read_rgba(const struct detail *d, const struct rows *r, int y) {
    int n = d->photo->width;
    if (d->photo->channels == 4) {
        pixel_read(d->photo, 0, y, n, r->samples);
        return;
    }
    for (int x = 0; x < n; x++) {
        for (int c = 0; c < 3; c++)
            r->samples[4 * x + c] = r->rgb[3 * x + c];
        r->samples[4 * x + 3] = 1;
    }
}

void detail_rows(const struct detail *d, float *scratch, int y0, int y1) {
    struct rows r = split_scratch(d, scratch);
    for (int y = y0; y < y1; y++) {
        alpha_row(d, &r, y);
        read_rgba(d, &r, y);
        if (d->fore) colour_row(d, &r, y);
        for (int x = 0; x < d->photo->width; x++)
            r.samples[4 * x + 3] *= r.alpha[x];
        pixel_write(d->out, 0, y, d->photo->width, r.samples);
    }
}
