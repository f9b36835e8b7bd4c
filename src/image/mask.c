#include "image/mask.h"
#include "image/pixel.h"

size_t mask_find_bad(const float *mask, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!(mask[i] - mask[i] == 0)) return i;
    return n;
}

struct counts {
    size_t half, uncertain, solid;
    double sum;
    int x0, y0, x1, y1;
};

static void count_row(float *row, int width, int y, struct counts *c,
                      struct cut_mask_facts *f) {
    for (int x = 0; x < width; x++) {
        float v = row[x] = float_clamp01(row[x]);
        c->sum += (double)v;
        c->half += v > 0.5f;
        c->uncertain += v >= 0.05f && v <= 0.95f;
        c->solid += v > 0.95f;
        f->min = v < f->min ? v : f->min;
        f->max = v > f->max ? v : f->max;
        if (v <= 0.05f) continue;
        c->x0 = x < c->x0 ? x : c->x0;
        c->x1 = x + 1 > c->x1 ? x + 1 : c->x1;
        c->y0 = y < c->y0 ? y : c->y0;
        c->y1 = y + 1;
    }
}

/* A mask is empty when fewer than two in ten thousand of its pixels (14x14 of
 * 1024x1024) are more subject than background, and no more than an outline's
 * worth is undecided. It is ambiguous when the
 * undecided pixels outnumber the decided subject and are too many (2 %) to be
 * the outline of something small. */
static enum cut_subject judge(double half, double uncertain, double solid) {
    if (half < 0.0002 && uncertain <= 0.02) return CUT_SUBJECT_NONE;
    if (uncertain > 0.02 && uncertain > solid) return CUT_SUBJECT_AMBIGUOUS;
    return CUT_SUBJECT_FOUND;
}

void mask_describe(float *mask, int width, int height,
                   struct cut_mask_facts *facts) {
    struct counts c = {.x0 = width, .y0 = height};
    struct cut_mask_facts f = {.min = 1, .max = 0};
    for (int y = 0; y < height; y++)
        count_row(mask + (size_t)y * (size_t)width, width, y, &c, &f);
    double n = (double)width * (double)height;
    f.mean = (float)(c.sum / n);
    f.coverage = (float)((double)c.half / n);
    f.uncertain = (float)((double)c.uncertain / n);
    f.subject =
        judge((double)c.half / n, (double)c.uncertain / n, (double)c.solid / n);
    if (c.x1 > c.x0) {
        f.box[0] = c.x0;
        f.box[1] = c.y0;
        f.box[2] = c.x1 - c.x0;
        f.box[3] = c.y1 - c.y0;
    }
    *facts = f;
}
