#include "image/resample.h"
#include "base/mem.h"
#include "image/pixel.h"

/* Input columns handled at once: bounds the stack, changes no result beyond
 * the (fixed) order of additions. */
#define CHUNK 512

static struct resample_span span_area(int i, int n_out, int n_in) {
    int64_t begin = (int64_t)i * n_in, end = begin + n_in; /* in 1/n_out */
    int64_t first = begin / n_out, last = (end - 1) / n_out;
    float unit = 1.0f / (float)n_in;
    struct resample_span s = {(int)first, (int)(last - first) + 1, 1, 0, 0};
    if (s.n == 1) return s;
    s.w_first = (float)((first + 1) * n_out - begin) * unit;
    s.w_mid = (float)n_out * unit;
    s.w_last = (float)(end - last * n_out) * unit;
    return s;
}

static struct resample_span span_linear(int i, int n_out, int n_in) {
    /* Centre of sample i in input coordinates, in units of 1/(2*n_out). */
    int64_t centre = (2 * (int64_t)i + 1) * n_in - n_out;
    int64_t unit = 2 * (int64_t)n_out;
    if (centre <= 0) return (struct resample_span){0, 1, 1, 0, 0};
    int64_t first = centre / unit;
    if (first >= n_in - 1) return (struct resample_span){n_in - 1, 1, 1, 0, 0};
    float f = (float)(centre - first * unit) / (float)unit;
    return (struct resample_span){(int)first, 2, 1 - f, 0, f};
}

struct resample_span resample_span(int i, int n_out, int n_in) {
    return n_out <= n_in ? span_area(i, n_out, n_in)
                         : span_linear(i, n_out, n_in);
}

/* acc[n,3] = the rows of `v` weighted, columns c0..c0+n-1 of the photo. */
static void sum_rows(const struct cut_image *photo,
                     const struct resample_span *v, int c0, int n, float *acc) {
    float rgb[CHUNK * 4];
    for (int i = 0; i < 3 * n; i++) acc[i] = 0;
    for (int k = 0; k < v->n; k++) {
        float w = resample_weight(v, k);
        pixel_read_rgb(photo, c0, v->first + k, n, rgb);
        for (int i = 0; i < 3 * n; i++) acc[i] += w * rgb[i];
    }
}

/* Adds what columns c0..c0+n-1 give to output sample `i` of each plane. */
static void add_columns(const struct resample_span *h, int c0, int n,
                        const float *acc, float *x, size_t plane) {
    int a = h->first < c0 ? c0 : h->first;
    int b = h->first + h->n < c0 + n ? h->first + h->n : c0 + n;
    float sum[3] = {0, 0, 0};
    for (int c = a; c < b; c++) {
        float w = resample_weight(h, c - h->first);
        const float *p = acc + 3 * (c - c0);
        sum[0] += w * p[0];
        sum[1] += w * p[1];
        sum[2] += w * p[2];
    }
    x[0] += sum[0];
    x[plane] += sum[1];
    x[2 * plane] += sum[2];
}

static void photo_row(const struct resample_photo *r, int y) {
    const struct cut_image *photo = r->photo;
    size_t plane = (size_t)r->width * (size_t)r->height;
    float *x = r->x + (size_t)y * (size_t)r->width;
    struct resample_span v = resample_span(y, r->height, photo->height);
    float acc[CHUNK * 3];
    for (int c = 0; c < 3; c++)
        memset(x + (size_t)c * plane, 0, (size_t)r->width * sizeof *x);
    int start = 0; /* first output column that this chunk may touch */
    for (int c0 = 0; c0 < photo->width; c0 += CHUNK) {
        int n = photo->width - c0 < CHUNK ? photo->width - c0 : CHUNK;
        sum_rows(photo, &v, c0, n, acc);
        for (int i = start; i < r->width; i++) {
            struct resample_span h = resample_span(i, r->width, photo->width);
            if (h.first >= c0 + n) break;
            add_columns(&h, c0, n, acc, x + i, plane);
            if (h.first + h.n <= c0 + n) start = i + 1;
        }
    }
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < r->width; i++)
            x[(size_t)c * plane + (size_t)i] =
                x[(size_t)c * plane + (size_t)i] * r->scale[c] + r->offset[c];
}

void resample_photo_rows(const struct resample_photo *r, int y0, int y1) {
    for (int y = y0; y < y1; y++) photo_row(r, y);
}

static float plane_sample(const struct resample_plane *r,
                          const struct resample_span *v,
                          const struct resample_span *h) {
    float sum = 0;
    for (int j = 0; j < v->n; j++) {
        const float *row =
            r->in + (size_t)(v->first + j) * (size_t)r->in_width + h->first;
        float part = 0;
        for (int k = 0; k < h->n; k++) part += resample_weight(h, k) * row[k];
        sum += resample_weight(v, j) * part;
    }
    return sum;
}

void resample_plane_rows(const struct resample_plane *r, int y0, int y1) {
    for (int y = y0; y < y1; y++) {
        struct resample_span v = resample_span(y, r->height, r->in_height);
        float *out = r->out + (size_t)y * (size_t)r->width;
        for (int x = 0; x < r->width; x++) {
            struct resample_span h = resample_span(x, r->width, r->in_width);
            out[x] = plane_sample(r, &v, &h);
        }
    }
}
