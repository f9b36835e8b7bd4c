#include "image/refine.h"
#include "base/mem.h"

/* Sums that the fit needs: I(3) p Ip(3) II(6) pp. */
enum { N_SUMS = 14, N_COEF = REFINE_N_COEF };

static int row_clamp(int y, int height) {
    return y < 0 ? 0 : y >= height ? height - 1 : y;
}

/* Columns lo..hi-1 hold all of the row's band; false when it has none. */
static bool band_range(const uint8_t *band, int width, int *lo, int *hi) {
    int a = 0, b = width;
    while (a < b && !band[a]) a++;
    while (b > a && !band[b - 1]) b--;
    *lo = a;
    *hi = b;
    return a < b;
}

/* Triangle window: nearer pixels count more; weights add up to 1. */
static void window(int radius, float *w) {
    float norm = 1.0f / (float)((radius + 1) * (radius + 1));
    for (int k = -radius; k <= radius; k++)
        w[k + radius] = (float)(radius + 1 - (k < 0 ? -k : k)) * norm;
}

/* Repeats the ends of a row by `pad`, where lo..hi-1 reach them. */
static void extend(float *row, int lo, int hi, int width, int pad) {
    for (int k = 1; k <= pad; k++) {
        if (lo - k < 0) row[lo - k] = row[0];
        if (hi - 1 + k >= width) row[hi - 1 + k] = row[width - 1];
    }
}

static void add_moments(const struct refine_fit *f, int y, float w, int lo,
                        int hi, float *const sum[N_SUMS]) {
    size_t plane = (size_t)f->width * (size_t)f->height;
    const float *r = f->guide + (size_t)y * (size_t)f->width;
    const float *g = r + plane, *b = g + plane;
    const float *p = f->mask + (size_t)y * (size_t)f->width;
    for (int x = lo; x < hi; x++) {
        float wr = w * r[x], wg = w * g[x], wb = w * b[x];
        sum[0][x] += wr;
        sum[1][x] += wg;
        sum[2][x] += wb;
        sum[3][x] += w * p[x];
        sum[4][x] += wr * p[x];
        sum[5][x] += wg * p[x];
        sum[6][x] += wb * p[x];
    }
    for (int x = lo; x < hi; x++) {
        float wr = w * r[x], wg = w * g[x], wb = w * b[x];
        sum[7][x] += wr * r[x];
        sum[8][x] += wr * g[x];
        sum[9][x] += wr * b[x];
        sum[10][x] += wg * g[x];
        sum[11][x] += wg * b[x];
        sum[12][x] += wb * b[x];
        sum[13][x] += w * p[x] * p[x];
    }
}

/* a = (covariance of I + epsilon)^-1 covariance(I, p); b from the means. */
static void solve(const float m[N_SUMS], float epsilon, float out[N_COEF]) {
    float r = m[0], g = m[1], b = m[2], p = m[3];
    float c0 = m[4] - r * p, c1 = m[5] - g * p, c2 = m[6] - b * p;
    float rr = m[7] - r * r + epsilon, rg = m[8] - r * g, rb = m[9] - r * b;
    float gg = m[10] - g * g + epsilon, gb = m[11] - g * b;
    float bb = m[12] - b * b + epsilon;
    float k0 = gg * bb - gb * gb, k1 = gb * rb - rg * bb;
    float k2 = rg * gb - gg * rb, k3 = rr * bb - rb * rb;
    float k4 = rb * rg - rr * gb, k5 = rr * gg - rg * rg;
    float det = rr * k0 + rg * k1 + rb * k2;
    float inv = det > 0 ? 1 / det : 0;
    out[0] = (k0 * c0 + k1 * c1 + k2 * c2) * inv;
    out[1] = (k1 * c0 + k3 * c1 + k4 * c2) * inv;
    out[2] = (k2 * c0 + k4 * c1 + k5 * c2) * inv;
    out[3] = p - out[0] * r - out[1] * g - out[2] * b;
    out[4] =
        (out[0] * c0 + out[1] * c1 + out[2] * c2) / (m[13] - p * p + epsilon);
}

size_t refine_scratch_floats(int width) {
    return (size_t)N_SUMS * ((size_t)width + 2 * REFINE_MAX_RADIUS);
}

static void split_scratch(float *scratch, int width, int n, float **sum) {
    for (int i = 0; i < n; i++)
        sum[i] = scratch + REFINE_MAX_RADIUS +
                 (size_t)i * ((size_t)width + 2 * REFINE_MAX_RADIUS);
}

/* Windowed moments of the row's band, columns summed along y only; false when
 * the row has no band. */
static bool sum_moments(const struct refine_fit *f, const float *w,
                        float *scratch, int y, float **sum, int range[2]) {
    int width = f->width, radius = f->radius;
    const uint8_t *band = f->band + (size_t)y * (size_t)width;
    if (!band_range(band, width, &range[0], &range[1])) return false;
    int from = range[0] > radius ? range[0] - radius : 0;
    int to = range[1] + radius < width ? range[1] + radius : width;
    split_scratch(scratch, width, N_SUMS, sum);
    for (int i = 0; i < N_SUMS; i++)
        memset(sum[i] + from, 0, (size_t)(to - from) * sizeof(float));
    for (int k = -radius; k <= radius; k++)
        add_moments(f, row_clamp(y + k, f->height), w[k + radius], from, to,
                    sum);
    for (int i = 0; i < N_SUMS; i++) extend(sum[i], from, to, width, radius);
    return true;
}

/* The moments of the whole window around column x. */
static void window_moments(float *const sum[N_SUMS], const float *w, int radius,
                           int x, float m[N_SUMS]) {
    for (int i = 0; i < N_SUMS; i++) {
        m[i] = 0;
        for (int k = -radius; k <= radius; k++)
            m[i] += w[k + radius] * sum[i][x + k];
    }
}

static void fit_row(const struct refine_fit *f, const float *w, float *scratch,
                    int y) {
    int width = f->width, range[2];
    size_t plane = (size_t)width * (size_t)f->height;
    const uint8_t *band = f->band + (size_t)y * (size_t)width;
    const float *mask = f->mask + (size_t)y * (size_t)width;
    float *raw = f->raw + (size_t)y * (size_t)width, *sum[N_SUMS];
    for (int c = 0; c < N_COEF; c++)
        memset(raw + (size_t)c * plane, 0, (size_t)width * sizeof *raw);
    memcpy(raw + 3 * plane, mask, (size_t)width * sizeof *raw);
    if (!sum_moments(f, w, scratch, y, sum, range)) return;
    for (int x = range[0]; x < range[1]; x++) {
        if (!band[x]) continue;
        float m[N_SUMS], out[N_COEF];
        window_moments(sum, w, f->radius, x, m);
        solve(m, f->epsilon, out);
        for (int c = 0; c < N_COEF; c++)
            raw[(size_t)c * plane + (size_t)x] = out[c];
    }
}

struct refine_score refine_score_row(const struct refine_fit *f, float *scratch,
                                     int y) {
    struct refine_score score = {0, 0};
    float w[2 * REFINE_MAX_RADIUS + 1], *sum[N_SUMS];
    int range[2];
    const uint8_t *band = f->band + (size_t)y * (size_t)f->width;
    window(f->radius, w);
    if (!sum_moments(f, w, scratch, y, sum, range)) return score;
    for (int x = range[0]; x < range[1]; x++) {
        if (!band[x]) continue;
        float m[N_SUMS], out[N_COEF];
        window_moments(sum, w, f->radius, x, m);
        solve(m, f->epsilon, out);
        float variance = m[13] - m[3] * m[3] + f->epsilon;
        score.explained += out[4] * variance;
        score.variance += variance;
    }
    return score;
}

void refine_fit_rows(const struct refine_fit *f, float *scratch, int y0,
                     int y1) {
    float w[2 * REFINE_MAX_RADIUS + 1];
    window(f->radius, w);
    for (int y = y0; y < y1; y++) fit_row(f, w, scratch, y);
}

static void smooth_row(const struct refine_fit *f, const float *w,
                       float *scratch, int y) {
    int width = f->width, radius = f->radius, lo, hi;
    size_t plane = (size_t)width * (size_t)f->height;
    size_t at = (size_t)y * (size_t)width;
    const uint8_t *band = f->band + at;
    for (int c = 0; c < N_COEF; c++)
        memcpy(f->smooth + (size_t)c * plane + at,
               f->raw + (size_t)c * plane + at, (size_t)width * sizeof(float));
    if (!band_range(band, width, &lo, &hi)) return;
    int from = lo > radius ? lo - radius : 0;
    int to = hi + radius < width ? hi + radius : width;
    float *sum[N_COEF];
    split_scratch(scratch, width, N_COEF, sum);
    for (int c = 0; c < N_COEF; c++) {
        memset(sum[c] + from, 0, (size_t)(to - from) * sizeof(float));
        for (int k = -radius; k <= radius; k++) {
            const float *row =
                f->raw + (size_t)c * plane +
                (size_t)row_clamp(y + k, f->height) * (size_t)width;
            float wk = w[k + radius];
            for (int x = from; x < to; x++) sum[c][x] += wk * row[x];
        }
        extend(sum[c], from, to, width, radius);
        float *out = f->smooth + (size_t)c * plane + at;
        for (int x = lo; x < hi; x++) {
            if (!band[x]) continue;
            float m = 0;
            for (int k = -radius; k <= radius; k++)
                m += w[k + radius] * sum[c][x + k];
            out[x] = m;
        }
    }
}

void refine_smooth_rows(const struct refine_fit *f, float *scratch, int y0,
                        int y1) {
    float w[2 * REFINE_MAX_RADIUS + 1];
    window(f->radius, w);
    for (int y = y0; y < y1; y++) smooth_row(f, w, scratch, y);
}

void refine_mark_band(const float *mask, int width, int height, int radius,
                      uint8_t *band) {
    memset(band, 0, (size_t)width * (size_t)height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            if (!refine_undecided(mask[(size_t)y * (size_t)width + (size_t)x]))
                continue;
            int x0 = x > radius ? x - radius : 0;
            int x1 = x + radius < width ? x + radius : width - 1;
            int y0 = y > radius ? y - radius : 0;
            int y1 = y + radius < height ? y + radius : height - 1;
            for (int v = y0; v <= y1; v++)
                memset(band + (size_t)v * (size_t)width + (size_t)x0, 1,
                       (size_t)(x1 - x0 + 1));
        }
}

static void blur_row(const float *in, int width, int height, int y,
                     float *out) {
    const float *b = in + (size_t)y * (size_t)width;
    const float *a = y > 0 ? b - width : b;
    const float *c = y + 1 < height ? b + width : b;
    const float third = 1.0f / 9;
    for (int x = 1; x < width - 1; x++)
        out[x] = (a[x - 1] + a[x] + a[x + 1] + b[x - 1] + b[x] + b[x + 1] +
                  c[x - 1] + c[x] + c[x + 1]) *
                 third;
    int last = width - 1, second = width > 1 ? 1 : 0;
    int before = width > 1 ? width - 2 : 0;
    out[0] =
        (2 * (a[0] + b[0] + c[0]) + a[second] + b[second] + c[second]) * third;
    out[last] = (2 * (a[last] + b[last] + c[last]) + a[before] + b[before] +
                 c[before]) *
                third;
}

void refine_blur_rows(const float *in, int width, int height, int y0, int y1,
                      float *out) {
    for (int y = y0; y < y1; y++)
        blur_row(in, width, height, y, out + (size_t)y * (size_t)width);
}

void refine_range_rows(const struct refine_fit *f, float *scratch, int y0,
                       int y1, float *low, float *high) {
    int width = f->width, radius = f->radius;
    float *column[2];
    split_scratch(scratch, width, 2, column);
    for (int y = y0; y < y1; y++) {
        size_t at = (size_t)y * (size_t)width;
        memcpy(column[0], f->mask + at, (size_t)width * sizeof(float));
        memcpy(column[1], f->mask + at, (size_t)width * sizeof(float));
        for (int k = -radius; k <= radius; k++) {
            const float *row =
                f->mask + (size_t)row_clamp(y + k, f->height) * (size_t)width;
            for (int x = 0; x < width; x++) {
                float v = row[x];
                column[0][x] = v < column[0][x] ? v : column[0][x];
                column[1][x] = v > column[1][x] ? v : column[1][x];
            }
        }
        extend(column[0], 0, width, width, radius);
        extend(column[1], 0, width, width, radius);
        for (int x = 0; x < width; x++) {
            float lo = column[0][x], hi = column[1][x];
            for (int k = -radius; k <= radius; k++) {
                float l = column[0][x + k], h = column[1][x + k];
                lo = l < lo ? l : lo;
                hi = h > hi ? h : hi;
            }
            low[at + (size_t)x] = lo;
            high[at + (size_t)x] = hi;
        }
    }
}
