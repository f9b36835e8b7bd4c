#include "image/blur.h"
#include "base/mem.h"
#include "image/pixel.h"

/* Columns of one vertical strip. */
#define STRIP 32

/* One line at a time, n samples of `channels` interleaved: two buffers of the
 * longer side for rows, and of STRIP columns for columns. */
static size_t line_floats(const struct cut_image *image) {
    size_t row = (size_t)image->width, column = (size_t)image->height * STRIP;
    return 4 * (row > column ? row : column);
}

size_t blur_scratch_bytes(const struct cut_image *image) {
    return 2 * line_floats(image) * sizeof(float);
}

/* out = box mean of radius r over n points of `lanes` floats each. */
static void box_line(const float *in, float *out, int n, int lanes, int r) {
    float inv = 1.0f / (float)(2 * r + 1);
    for (int c = 0; c < lanes; c++) {
        double sum = 0;
        for (int k = -r; k <= r; k++) {
            int i = k < 0 ? 0 : k >= n ? n - 1 : k;
            sum += (double)in[(size_t)i * (size_t)lanes + (size_t)c];
        }
        for (int i = 0; i < n; i++) {
            int drop = i - r < 0 ? 0 : i - r;
            int take = i + r + 1 >= n ? n - 1 : i + r + 1;
            out[(size_t)i * (size_t)lanes + (size_t)c] = (float)sum * inv;
            sum += (double)in[(size_t)take * (size_t)lanes + (size_t)c] -
                   (double)in[(size_t)drop * (size_t)lanes + (size_t)c];
        }
    }
}

/* Three boxes whose variances (w^2 - 1) / 12 add up to sigma^2. */
static void box_radii(float sigma, int radius[3]) {
    float variance = 12 * sigma * sigma;
    int w = 1;
    while ((float)(w + 2) * (float)(w + 2) <= variance / 3 + 1) w += 2;
    float small = (float)w;
    float m =
        (variance - 3 * small * small - 12 * small - 9) / (-4 * small - 4);
    for (int i = 0; i < 3; i++)
        radius[i] = ((float)i < m - 0.5f ? w : w + 2) / 2;
}

static void three_boxes(float *line, float *other, int n, int lanes,
                        const int radius[3]) {
    box_line(line, other, n, lanes, radius[0]);
    box_line(other, line, n, lanes, radius[1]);
    box_line(line, other, n, lanes, radius[2]);
    memcpy(line, other, (size_t)n * (size_t)lanes * sizeof *line);
}

static void premultiply(float *p, int n) {
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) p[4 * i + c] *= p[4 * i + 3];
}

static void unmultiply(float *p, int n) {
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++)
            if (p[4 * i + 3] > 0) p[4 * i + c] /= p[4 * i + 3];
}

static void blur_columns(const struct cut_image *image, int x0, int n,
                         const int radius[3], float *line, float *other) {
    int lanes = n * image->channels;
    for (int y = 0; y < image->height; y++) {
        float *p = line + (size_t)y * (size_t)lanes;
        pixel_read(image, x0, y, n, p);
        if (image->channels == 4) premultiply(p, n);
    }
    three_boxes(line, other, image->height, lanes, radius);
    for (int y = 0; y < image->height; y++) {
        float *p = line + (size_t)y * (size_t)lanes;
        if (image->channels == 4) unmultiply(p, n);
        pixel_write(image, x0, y, n, p);
    }
}

void blur_image(const struct cut_image *image, float sigma, void *scratch) {
    int radius[3];
    float *line = scratch, *other = line + line_floats(image);
    box_radii(sigma, radius);
    for (int y = 0; y < image->height; y++) {
        pixel_read(image, 0, y, image->width, line);
        if (image->channels == 4) premultiply(line, image->width);
        three_boxes(line, other, image->width, image->channels, radius);
        if (image->channels == 4) unmultiply(line, image->width);
        pixel_write(image, 0, y, image->width, line);
    }
    for (int x = 0; x < image->width; x += STRIP) {
        int n = image->width - x < STRIP ? image->width - x : STRIP;
        blur_columns(image, x, n, radius, line, other);
    }
}
