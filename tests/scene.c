#include "scene.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Samples per pixel and axis for alpha. */
#define SS 6

static void *take(size_t n, size_t bytes) {
    void *p = calloc(n ? n : 1, bytes);
    if (!p) {
        fprintf(stderr, "scene: out of memory\n");
        exit(1);
    }
    return p;
}

const char *scene_name(enum scene_kind kind) {
    static const char *const names[] = {
#define X(name, text) text,
        SCENE_MAP(X)
#undef X
    };
    return names[kind];
}

/* ---- Noise -------------------------------------------------------------- */

static uint32_t hash3(uint32_t x, uint32_t y, uint32_t seed) {
    uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ seed * 0xc2b2ae3du;
    h = (h ^ (h >> 15)) * 0x2c1b3c6du;
    h = (h ^ (h >> 12)) * 0x297a2d39u;
    return h ^ (h >> 15);
}

static float random01(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(hash3(*state, 7, 11) >> 8) * (1.0f / 16777216);
}

static float lattice(int x, int y, uint32_t seed) {
    return (float)(hash3((uint32_t)x, (uint32_t)y, seed) >> 8) *
           (1.0f / 16777216);
}

/* Smooth value noise, 0..1, one lattice step per unit. */
static float noise(float x, float y, uint32_t seed) {
    float fx = floorf(x), fy = floorf(y), u = x - fx, v = y - fy;
    int i = (int)fx, j = (int)fy;
    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    float a = lattice(i, j, seed), b = lattice(i + 1, j, seed);
    float c = lattice(i, j + 1, seed), d = lattice(i + 1, j + 1, seed);
    return (a + u * (b - a)) * (1 - v) + (c + u * (d - c)) * v;
}

/* Sum of octaves from `step` pixels down to about two. */
static float octaves(float x, float y, float step, uint32_t seed) {
    float sum = 0, weight = 0, w = 1;
    for (; step >= 2; step *= 0.5f, w *= 0.6f, seed++) {
        sum += w * noise(x / step, y / step, seed);
        weight += w;
    }
    return weight > 0 ? sum / weight : 0.5f;
}

/* ---- Shapes: a bitmap of SS x SS samples for a band of rows ------------- */

struct strand {
    float x[4], y[4]; /* Bezier points in pixels */
    float radius;     /* at the root; tapers to a third */
};

struct body {
    float x, y, rx, ry; /* ellipse */
    float soft;         /* width of the soft edge on the right side, px */
    float holes;        /* lattice step, px; 0: none */
    float veil;         /* alpha of the lower half; 1: solid */
};

struct shape {
    struct body body;
    struct strand *strands;
    int n_strands;
};

static float smooth01(float t) {
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * (3 - 2 * t);
}

/* Alpha of the body at a point. */
static float body_alpha(const struct body *b, float x, float y, uint32_t seed) {
    float u = (x - b->x) / b->rx, v = (y - b->y) / b->ry;
    float rr = sqrtf(u * u + v * v);
    float d = (1 - rr) * (b->rx < b->ry ? b->rx : b->ry); /* inside: > 0 */
    float a = d > 0;
    if (b->soft > 0) {
        float width = b->soft * smooth01(0.5f + 0.5f * u) + 0.01f;
        a = smooth01(d / width + 0.5f);
    }
    if (a > 0 && b->holes > 0) {
        float hx = x / b->holes, hy = y / b->holes;
        int i = (int)floorf(hx), j = (int)floorf(hy);
        float r = 0.12f + 0.3f * lattice(i, j, seed + 5);
        float p = hx - (float)i - 0.5f, q = hy - (float)j - 0.5f;
        if (p * p + q * q < r * r) a = 0;
    }
    if (a > 0 && b->veil < 1 && y > b->y) {
        float fold = 0.3f * (noise(x / 60, y / 200, seed + 9) - 0.5f);
        a *= b->veil + fold;
    }
    return a;
}

/* Whether the body is clear within two pixels of a point: far outside. */
static bool body_is_far(const struct body *b, float x, float y) {
    float rx = b->rx + b->soft + 2, ry = b->ry + b->soft + 2;
    float u = (x - b->x) / rx, v = (y - b->y) / ry;
    return u * u + v * v > 1.2f;
}

struct band {
    int width, y0, rows; /* in pixels */
    uint8_t *bits;       /* [rows*SS, width*SS] */
};

static void draw_disc(const struct band *b, float x, float y, float r) {
    int w = b->width * SS, h = b->rows * SS;
    x *= SS;
    y = (y - (float)b->y0) * SS;
    r *= SS;
    int j0 = (int)ceilf(y - r - 0.5f), j1 = (int)floorf(y + r - 0.5f);
    for (int j = j0 < 0 ? 0 : j0; j <= j1 && j < h; j++) {
        float dy = (float)j + 0.5f - y, half = r * r - dy * dy;
        if (half <= 0) continue;
        half = sqrtf(half);
        int i0 = (int)ceilf(x - half - 0.5f);
        int i1 = (int)floorf(x + half - 0.5f);
        i0 = i0 < 0 ? 0 : i0;
        i1 = i1 >= w ? w - 1 : i1;
        if (i0 <= i1)
            memset(b->bits + (size_t)j * (size_t)w + i0, 1,
                   (size_t)(i1 - i0 + 1));
    }
}

static void draw_strand(const struct band *b, const struct strand *s) {
    float lo = s->y[0], hi = s->y[0], length = 0;
    for (int k = 1; k < 4; k++) {
        lo = fminf(lo, s->y[k]);
        hi = fmaxf(hi, s->y[k]);
        length += hypotf(s->x[k] - s->x[k - 1], s->y[k] - s->y[k - 1]);
    }
    if (hi + 4 < (float)b->y0 || lo - 4 > (float)(b->y0 + b->rows)) return;
    int steps = (int)(length * SS / 1.5f) + 2;
    for (int i = 0; i <= steps; i++) {
        float t = (float)i / (float)steps, u = 1 - t;
        float w[4] = {u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t};
        float x = 0, y = 0;
        for (int k = 0; k < 4; k++) {
            x += w[k] * s->x[k];
            y += w[k] * s->y[k];
        }
        draw_disc(b, x, y, s->radius * (1 - 0.67f * t));
    }
}

static float pixel_alpha(const struct shape *s, const struct band *b, int x,
                         int row, uint32_t seed) {
    float sum = 0;
    bool far =
        body_is_far(&s->body, (float)x + 0.5f, (float)(b->y0 + row) + 0.5f);
    for (int j = 0; j < SS; j++)
        for (int i = 0; i < SS; i++) {
            size_t at =
                ((size_t)row * SS + (size_t)j) * (size_t)(b->width * SS) +
                (size_t)(x * SS + i);
            if (far) {
                sum += (float)b->bits[at];
                continue;
            }
            float px = (float)x + ((float)i + 0.5f) / SS;
            float py = (float)(b->y0 + row) + ((float)j + 0.5f) / SS;
            sum += b->bits[at] ? 1 : body_alpha(&s->body, px, py, seed);
        }
    return sum / (SS * SS);
}

static void render_alpha(struct scene *scene, const struct shape *s,
                         uint32_t seed) {
    struct band b = {scene->width, 0, 16, NULL};
    size_t bytes = (size_t)b.rows * SS * (size_t)b.width * SS;
    b.bits = take(bytes, 1);
    for (b.y0 = 0; b.y0 < scene->height; b.y0 += b.rows) {
        memset(b.bits, 0, bytes);
        for (int i = 0; i < s->n_strands; i++) draw_strand(&b, &s->strands[i]);
        for (int row = 0; row < b.rows && b.y0 + row < scene->height; row++)
            for (int x = 0; x < scene->width; x++)
                scene->alpha[(size_t)(b.y0 + row) * (size_t)scene->width +
                             (size_t)x] = pixel_alpha(s, &b, x, row, seed);
    }
    free(b.bits);
}

/* ---- Scenes ------------------------------------------------------------- */

static void grow_strands(struct shape *s, int n, float length, float thick,
                         uint32_t seed) {
    uint32_t state = seed;
    s->strands = take((size_t)n, sizeof *s->strands);
    s->n_strands = n;
    for (int i = 0; i < n; i++) {
        struct strand *t = &s->strands[i];
        float angle = 6.2831853f * random01(&state), bend = angle;
        float step = length * (0.4f + 0.6f * random01(&state)) / 3;
        t->x[0] = s->body.x + 0.97f * s->body.rx * cosf(angle);
        t->y[0] = s->body.y + 0.97f * s->body.ry * sinf(angle);
        for (int k = 1; k < 4; k++) {
            bend += 1.6f * (random01(&state) - 0.5f);
            t->x[k] = t->x[k - 1] + step * cosf(bend);
            t->y[k] = t->y[k - 1] + step * sinf(bend);
        }
        t->radius = thick * (0.5f + random01(&state));
    }
}

static struct shape design(enum scene_kind kind, int w, int h, uint32_t seed) {
    float fw = (float)w, fh = (float)h;
    struct shape s = {
        .body = {0.5f * fw, 0.52f * fh, 0.26f * fw, 0.32f * fh, 0, 0, 1}};
    if (kind == SCENE_HAIR || kind == SCENE_CLUTTER)
        grow_strands(&s, 420, 0.3f * fh, 1.1f, seed + 1);
    if (kind == SCENE_FUR) grow_strands(&s, 2600, 0.07f * fh, 0.8f, seed + 2);
    if (kind == SCENE_DEFOCUS) s.body.soft = 0.035f * fw;
    if (kind == SCENE_CLUTTER) s.body.soft = 0.01f * fw;
    if (kind == SCENE_HOLES || kind == SCENE_CLUTTER)
        s.body.holes = 0.033f * fw;
    if (kind == SCENE_VEIL) s.body.veil = 0.55f;
    return s;
}

/* Colours of a kind: three tones each, mixed by noise. */
struct palette {
    float fore[2][3], back[3][3];
    float stripes; /* period in px; 0: none */
};

static const struct palette palettes[SCENE_COUNT] = {
    {{{0.16f, 0.10f, 0.07f}, {0.36f, 0.22f, 0.13f}},
     {{0.45f, 0.62f, 0.75f}, {0.75f, 0.78f, 0.70f}, {0.30f, 0.50f, 0.35f}},
     0},
    {{{0.78f, 0.66f, 0.48f}, {0.93f, 0.86f, 0.74f}},
     {{0.13f, 0.30f, 0.16f}, {0.30f, 0.45f, 0.22f}, {0.40f, 0.36f, 0.25f}},
     0},
    {{{0.75f, 0.20f, 0.18f}, {0.85f, 0.42f, 0.25f}},
     {{0.20f, 0.32f, 0.55f}, {0.45f, 0.60f, 0.75f}, {0.85f, 0.85f, 0.80f}},
     46},
    {{{0.25f, 0.30f, 0.62f}, {0.42f, 0.40f, 0.78f}},
     {{0.80f, 0.72f, 0.50f}, {0.92f, 0.88f, 0.70f}, {0.60f, 0.45f, 0.30f}},
     0},
    {{{0.88f, 0.86f, 0.90f}, {0.97f, 0.95f, 0.93f}},
     {{0.22f, 0.26f, 0.36f}, {0.40f, 0.30f, 0.28f}, {0.10f, 0.18f, 0.20f}},
     0},
    {{{0.40f, 0.28f, 0.20f}, {0.58f, 0.40f, 0.28f}},
     {{0.35f, 0.45f, 0.50f}, {0.62f, 0.62f, 0.52f}, {0.75f, 0.60f, 0.55f}},
     30},
};

static void mix(const float *a, const float *b, float t, float *out) {
    for (int c = 0; c < 3; c++) out[c] = a[c] + t * (b[c] - a[c]);
}

static void paint_fore(const struct palette *p, float x, float y, float *out,
                       uint32_t seed) {
    float t = octaves(x, y, 160, seed + 31);
    float fine = 0.06f * (octaves(x, y, 8, seed + 37) - 0.5f);
    mix(p->fore[0], p->fore[1], smooth01((t - 0.25f) * 2), out);
    for (int c = 0; c < 3; c++) out[c] = fminf(fmaxf(out[c] + fine, 0), 1);
}

static void paint_back(const struct palette *p, float x, float y, float fh,
                       float *out, uint32_t seed) {
    float t = octaves(x, y, 220, seed + 51), v = y / fh;
    float fine = 0.16f * (octaves(x, y, 12, seed + 57) - 0.5f);
    mix(p->back[0], p->back[1], smooth01((t - 0.3f) * 2.5f), out);
    mix(out, p->back[2], smooth01(v * 1.4f - 0.5f), out);
    if (p->stripes > 0) {
        float s = sinf((x + 0.6f * y) * 6.2831853f / p->stripes);
        fine += 0.07f * smooth01(2 * s + 0.5f);
    }
    for (int c = 0; c < 3; c++) out[c] = fminf(fmaxf(out[c] + fine, 0), 1);
}

/* About normal: the sum of four uniform numbers, deviation 1. */
static float grain(uint32_t *state) {
    float sum = -2;
    for (int i = 0; i < 4; i++) sum += random01(state);
    return sum * 1.7320508f;
}

static void paint(struct scene *s, const struct palette *p, uint32_t seed) {
    uint32_t state = seed + 77;
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            size_t i = (size_t)y * (size_t)s->width + (size_t)x;
            float *f = s->fore + 3 * i, *b = s->back + 3 * i, a = s->alpha[i];
            if (a > 0) paint_fore(p, (float)x, (float)y, f, seed);
            if (a < 1)
                paint_back(p, (float)x, (float)y, (float)s->height, b, seed);
            for (int c = 0; c < 3; c++) {
                float v = 255 * (a * f[c] + (1 - a) * b[c]);
                v = fminf(fmaxf(v + 1.5f * grain(&state), 0), 255);
                s->photo[3 * i + (size_t)c] = (uint8_t)lrintf(v);
            }
        }
}

struct scene scene_render(enum scene_kind kind, int width, int height,
                          uint32_t seed) {
    size_t n = (size_t)width * (size_t)height;
    struct scene s = {width,
                      height,
                      take(n, sizeof(float)),
                      take(3 * n, sizeof(float)),
                      take(3 * n, sizeof(float)),
                      take(3 * n, 1)};
    struct shape shape = design(kind, width, height, seed);
    render_alpha(&s, &shape, seed);
    free(shape.strands);
    paint(&s, &palettes[kind], seed);
    return s;
}

void scene_free(struct scene *s) {
    free(s->alpha);
    free(s->fore);
    free(s->back);
    free(s->photo);
}

/* ---- The simulated network ---------------------------------------------- */

/* Area mean over [x0,x1) x [y0,y1) in pixels, straight from the definition. */
static float area_mean(const struct scene *s, double x0, double x1, double y0,
                       double y1) {
    double sum = 0;
    for (int y = (int)y0; y < s->height && y < y1; y++) {
        double wy = fmin(y + 1, y1) - fmax(y, y0);
        for (int x = (int)x0; x < s->width && x < x1; x++)
            sum += wy * (fmin(x + 1, x1) - fmax(x, x0)) *
                   (double)s->alpha[(size_t)y * (size_t)s->width + (size_t)x];
    }
    return (float)(sum / ((x1 - x0) * (y1 - y0)));
}

static float blurred(const float *m, int w, int h, int x, int y) {
    static const float k[3] = {0.25f, 0.5f, 0.25f};
    float sum = 0;
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) {
            int u = x + i < 0 ? 0 : x + i >= w ? w - 1 : x + i;
            int v = y + j < 0 ? 0 : y + j >= h ? h - 1 : y + j;
            sum += k[i + 1] * k[j + 1] * m[(size_t)v * (size_t)w + (size_t)u];
        }
    return sum;
}

float *scene_mask(const struct scene *s, int width, int height, int n_blurs,
                  uint32_t seed) {
    size_t n = (size_t)width * (size_t)height;
    float *mask = take(n, sizeof(float)), *other = take(n, sizeof(float));
    double sx = (double)s->width / width, sy = (double)s->height / height;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            mask[(size_t)y * (size_t)width + (size_t)x] =
                area_mean(s, x * sx, (x + 1) * sx, y * sy, (y + 1) * sy);
    for (int k = 0; k < n_blurs; k++) {
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                other[(size_t)y * (size_t)width + (size_t)x] =
                    blurred(mask, width, height, x, y);
        memcpy(mask, other, n * sizeof(float));
    }
    for (size_t i = 0; i < n; i++) {
        float v = mask[i], grain = 0.16f * (random01(&seed) - 0.5f);
        mask[i] = fminf(fmaxf(v + grain * v * (1 - v), 0), 1);
    }
    free(other);
    return mask;
}
