#include "image/compose.h"
#include "image/pixel.h"

#define CHUNK 512

static void compose_chunk(const struct cut_image *cutout, const float fill[3],
                          const struct cut_image *background,
                          const struct cut_image *out, const int at[3]) {
    float fore[CHUNK * 4], back[CHUNK * 4];
    int n = at[2];
    pixel_read(cutout, at[0], at[1], n, fore);
    if (background) pixel_read_rgb(background, at[0], at[1], n, back);
    for (int i = 0; i < n; i++) {
        float a = fore[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            float under = background ? back[3 * i + c] : fill[c];
            fore[3 * i + c] = under + a * (fore[4 * i + c] - under);
        }
    }
    pixel_write(out, at[0], at[1], n, fore);
}

void compose_over(const struct cut_image *cutout, const uint16_t colour[3],
                  const struct cut_image *background,
                  const struct cut_image *out) {
    float fill[3] = {0, 0, 0};
    for (int c = 0; colour && c < 3; c++)
        fill[c] = (float)colour[c] * (1.0f / 65535);
    for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x += CHUNK) {
            int n = out->width - x < CHUNK ? out->width - x : CHUNK;
            int at[3] = {x, y, n};
            compose_chunk(cutout, fill, background, out, at);
        }
}

/* Alpha of pixel x of a row, in 0..65535. */
static unsigned alpha_at(const struct cut_image *image, const void *row,
                         int x) {
    if (image->depth == 8) return ((const uint8_t *)row)[4 * x + 3] * 257u;
    return ((const uint16_t *)row)[4 * x + 3];
}

bool compose_alpha_box(const struct cut_image *cutout, int box[4]) {
    int x0 = cutout->width, x1 = 0, y0 = cutout->height, y1 = 0;
    for (int y = 0; y < cutout->height; y++) {
        const void *row = pixel_at(cutout, 0, y);
        for (int x = 0; x < cutout->width; x++) {
            if (alpha_at(cutout, row, x) * 20 <= 65535) continue;
            x0 = x < x0 ? x : x0;
            x1 = x + 1 > x1 ? x + 1 : x1;
            y0 = y < y0 ? y : y0;
            y1 = y + 1;
        }
    }
    if (x1 <= x0) return false;
    box[0] = x0;
    box[1] = y0;
    box[2] = x1 - x0;
    box[3] = y1 - y0;
    return true;
}
