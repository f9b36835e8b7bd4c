/* Resampling: exact area coverage down, bilinear up, each axis on its own.
 *
 * Down, output i covers the input interval [i*n_in/n_out, (i+1)*n_in/n_out)
 * and takes every input sample by the length that it shares with it. Up, it
 * is bilinear between sample centres ("half-pixel"), clamped at the edges.
 * See docs/MODEL.md, "Resampling". */
#ifndef IMAGE_RESAMPLE_H
#define IMAGE_RESAMPLE_H

#include "cutout.h"

/* Weights of one output sample: input first..first+n-1 with weights
 * w_first, w_mid, ..., w_mid, w_last (n = 1: w_first). They add up to 1. */
struct resample_span {
    int first, n;
    float w_first, w_mid, w_last;
};

struct resample_span resample_span(int i, int n_out, int n_in);

static inline float resample_weight(const struct resample_span *s, int k) {
    return k == 0 ? s->w_first : k == s->n - 1 ? s->w_last : s->w_mid;
}

/* Rows y0..y1-1 of x[3,height,width] from the photo as RGB over white:
 * x = value_0_1 * scale[c] + offset[c]. Memory: none but the stack. */
struct resample_photo {
    const struct cut_image *photo;
    int width, height;
    float scale[3], offset[3];
    float *x;
};
void resample_photo_rows(const struct resample_photo *r, int y0, int y1);

/* Rows y0..y1-1 of out[height,width] from in[in_height,in_width]. May not
 * overlap. */
struct resample_plane {
    const float *in;
    int in_width, in_height;
    float *out;
    int width, height;
};
void resample_plane_rows(const struct resample_plane *r, int y0, int y1);

#endif
