#include "image/pixel.h"

void pixel_read(const struct cut_image *image, int x, int y, int n,
                float *samples) {
    int count = n * image->channels;
    if (image->depth == 8) {
        const uint8_t *row = pixel_at(image, x, y);
        for (int i = 0; i < count; i++)
            samples[i] = (float)row[i] * (1.0f / 255);
    } else {
        const uint16_t *row = (const void *)pixel_at(image, x, y);
        for (int i = 0; i < count; i++)
            samples[i] = (float)row[i] * (1.0f / 65535);
    }
}

void pixel_read_rgb(const struct cut_image *image, int x, int y, int n,
                    float *rgb) {
    pixel_read(image, x, y, n, rgb);
    if (image->channels == 1)
        for (int i = n - 1; i >= 0; i--)
            rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = rgb[i];
    if (image->channels == 4)
        for (int i = 0; i < n; i++) {
            float a = rgb[4 * i + 3];
            for (int c = 0; c < 3; c++)
                rgb[3 * i + c] = rgb[4 * i + c] * a + (1 - a);
        }
}

void pixel_write(const struct cut_image *image, int x, int y, int n,
                 const float *samples) {
    int count = n * image->channels;
    if (image->depth == 8) {
        uint8_t *row = pixel_at(image, x, y);
        for (int i = 0; i < count; i++)
            row[i] = (uint8_t)(int)(float_clamp01(samples[i]) * 255 + 0.5f);
    } else {
        uint16_t *row = (void *)pixel_at(image, x, y);
        for (int i = 0; i < count; i++)
            row[i] = (uint16_t)(int)(float_clamp01(samples[i]) * 65535 + 0.5f);
    }
}
