/* The matte against rendered scenes with exact truth, and its promises: what
 * is decided stays, nothing depends on threads, memory is as announced.
 *
 *     build/tests/test_matte            table and checks
 *     CUT_DUMP=folder build/tests/...   also writes what the table measured */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "cutout.h"
#include "heap.h"
#include "scene.h"

enum { WIDTH = 1536, HEIGHT = 1152, MASK = 640 };

static void *take(size_t n, size_t bytes) {
    void *p = calloc(n ? n : 1, bytes);
    if (!p) exit(1);
    return p;
}

/* ---- Measures ----------------------------------------------------------- */

/* SAD in thousands of pixels, mean squared error x 1000, gradient error / 1000
 * (Rhemann et al. 2009: Gaussian derivatives, sigma 1.4), and the mean error
 * of the foreground colour where 0 < alpha < 1, weighted by alpha, in grey
 * levels of 255. */
struct measure {
    double sad, mse, gradient, colour;
};

enum { TAPS = 9 };

static void derive(const float *in, int n, int step, int i, const float *k,
                   float *out) {
    float sum = 0;
    for (int t = 0; t < TAPS; t++) {
        int j = i + t - TAPS / 2;
        j = j < 0 ? 0 : j >= n ? n - 1 : j;
        sum += k[t] * in[(ptrdiff_t)(j - i) * step];
    }
    *out = sum;
}

/* out = one direction of the gradient: derivative along it, blur across. */
static void gradient(const float *a, int w, int h, bool down, float *out) {
    float blur[TAPS], slope[TAPS], total = 0;
    float *middle = take((size_t)w * (size_t)h, sizeof(float));
    for (int t = 0; t < TAPS; t++) {
        float d = (float)(t - TAPS / 2);
        total += blur[t] = expf(-d * d / (2 * 1.4f * 1.4f));
    }
    for (int t = 0; t < TAPS; t++) {
        blur[t] /= total;
        slope[t] = (float)(t - TAPS / 2) / (1.4f * 1.4f) * blur[t];
    }
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            derive(a + y * w + x, w, 1, x, down ? blur : slope,
                   middle + y * w + x);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            derive(middle + y * w + x, h, w, y, down ? slope : blur,
                   out + y * w + x);
    free(middle);
}

/* Its length, at every pixel; free it. */
static float *slopes(const struct scene *s, const float *alpha) {
    size_t n = (size_t)s->width * (size_t)s->height;
    float *across = take(n, sizeof(float)), *along = take(n, sizeof(float));
    gradient(alpha, s->width, s->height, false, across);
    gradient(alpha, s->width, s->height, true, along);
    for (size_t i = 0; i < n; i++) across[i] = hypotf(across[i], along[i]);
    free(along);
    return across;
}

static double gradient_error(const struct scene *s, const float *alpha,
                             const float *truth) {
    size_t n = (size_t)s->width * (size_t)s->height;
    float *own = slopes(s, alpha);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double d = (double)(own[i] - truth[i]);
        sum += d * d;
    }
    free(own);
    return sum / 1000;
}

/* `true_slopes`: those of the scene's alpha; NULL: no gradient error. */
static struct measure measure(const struct scene *s, const float *true_slopes,
                              const uint16_t *rgba) {
    size_t n = (size_t)s->width * (size_t)s->height;
    float *alpha = take(n, sizeof(float));
    struct measure m = {0};
    double weight = 0;
    for (size_t i = 0; i < n; i++) {
        double truth = (double)s->alpha[i];
        alpha[i] = (float)rgba[4 * i + 3] / 65535;
        double d = (double)alpha[i] - truth;
        m.sad += fabs(d) / 1000;
        m.mse += d * d * 1000 / (double)n;
        if (truth <= 0 || truth >= 1) continue;
        weight += truth;
        for (size_t c = 0; c < 3; c++)
            m.colour +=
                truth * 85 *
                fabs(rgba[4 * i + c] / 65535.0 - (double)s->fore[3 * i + c]);
    }
    if (weight > 0) m.colour /= weight;
    if (true_slopes) m.gradient = gradient_error(s, alpha, true_slopes);
    free(alpha);
    return m;
}

/* ---- Scenes ------------------------------------------------------------- */

enum { BILINEAR, REFINED, COLOURED, N_WAYS };

static struct measure total[N_WAYS];

static void dump(const char *scene, const char *what, const uint16_t *rgba,
                 int first, int n_channels) {
    const char *folder = getenv("CUT_DUMP");
    if (!folder) return;
    char path[500];
    snprintf(path, sizeof path, "%s/%s-%s.%s", folder, scene, what,
             n_channels == 1 ? "pgm" : "ppm");
    FILE *file = fopen(path, "wb");
    if (!file) return;
    fprintf(file, "P%d %d %d 255\n", n_channels == 1 ? 5 : 6, WIDTH, HEIGHT);
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++)
        for (int c = 0; c < n_channels; c++)
            fputc(rgba[4 * i + (size_t)(first + c)] >> 8, file);
    fclose(file);
}

static void cut_scene(const struct scene *s, const float *mask, int side,
                      int way, uint16_t *out) {
    size_t n = (size_t)s->width * (size_t)s->height;
    uint16_t *deep = take(3 * n, sizeof *deep);
    for (size_t i = 0; i < 3 * n; i++) deep[i] = (uint16_t)(s->photo[i] * 257);
    struct cut_image photo = {deep, s->width, s->height, 3, 16, 0};
    struct cut_image image = {out, s->width, s->height, 4, 16, 0};
    struct cut_matte_options options = {.no_refine = way == BILINEAR,
                                        .no_foreground = way != COLOURED,
                                        .n_threads = 2};
    struct heap heap = {0};
    struct cut_allocator a = heap_allocator(&heap);
    struct cut_error err = {0};
    CHECK(cut_matte_apply(&photo, mask, side, side, &options, &a, &image, NULL,
                          NULL, &err) == CUT_OK,
          "%s", err.message);
    free(deep);
}

static void add(struct measure *a, const struct measure *b) {
    a->sad += b->sad / (int)SCENE_COUNT;
    a->mse += b->mse / (int)SCENE_COUNT;
    a->gradient += b->gradient / (int)SCENE_COUNT;
    a->colour += b->colour / (int)SCENE_COUNT;
}

static void print_row(const char *scene, const char *way,
                      const struct measure *m) {
    printf("%-8s %-20s %8.2f %8.3f %8.3f %8.2f\n", scene, way, m->sad, m->mse,
           m->gradient, m->colour);
}

static const char *const way_names[N_WAYS] = {"bilinear", "refined",
                                              "refined + colours"};

static void test_scene(enum scene_kind kind) {
    struct scene s = scene_render(kind, WIDTH, HEIGHT, (uint32_t)kind + 1);
    float *mask = scene_mask(&s, MASK, MASK, 1, (uint32_t)kind + 100);
    uint16_t *out = take((size_t)WIDTH * HEIGHT * 4, sizeof *out);
    float *true_slopes = slopes(&s, s.alpha);
    struct measure m[N_WAYS];
    for (int way = 0; way < N_WAYS; way++) {
        cut_scene(&s, mask, MASK, way, out);
        m[way] = measure(&s, true_slopes, out);
        add(&total[way], &m[way]);
        print_row(scene_name(kind), way_names[way], &m[way]);
        dump(scene_name(kind), way_names[way], out, 3, 1);
    }
    dump(scene_name(kind), "colours", out, 0, 3);
    CHECK(m[REFINED].sad <= 0.8 * m[BILINEAR].sad, "%s", scene_name(kind));
    CHECK(m[COLOURED].colour * 2 <= m[REFINED].colour, "%s", scene_name(kind));
    free(true_slopes);
    free(out);
    free(mask);
    scene_free(&s);
}

static void test_scenes(void) {
    printf("%-8s %-20s %8s %8s %8s %8s\n", "scene", "way", "SAD", "MSE",
           "gradient", "colour");
    for (int kind = 0; kind < SCENE_COUNT; kind++)
        test_scene((enum scene_kind)kind);
    for (int way = 0; way < N_WAYS; way++)
        print_row("mean", way_names[way], &total[way]);
    printf("refinement: %.0f %% less SAD; colours: %.1f times nearer\n",
           100 * (1 - total[REFINED].sad / total[BILINEAR].sad),
           total[REFINED].colour / total[COLOURED].colour);
    CHECK(total[REFINED].sad <= 0.8 * total[BILINEAR].sad, "mean SAD");
    CHECK(total[REFINED].gradient <= 0.8 * total[BILINEAR].gradient,
          "mean gradient error");
    CHECK(total[COLOURED].colour * 5 <= total[REFINED].colour,
          "mean colour error");
}

/* Networks differ in how soft their masks are; gain is due from all. */
static void test_softness(void) {
    enum { SIDE = 280 };
    struct scene s = scene_render(SCENE_CLUTTER, 768, 576, 21);
    uint16_t *out = take((size_t)768 * 576 * 4, sizeof *out);
    for (int n_blurs = 0; n_blurs <= 4; n_blurs++) {
        float *mask = scene_mask(&s, SIDE, SIDE, n_blurs, 5);
        cut_scene(&s, mask, SIDE, BILINEAR, out);
        struct measure before = measure(&s, NULL, out);
        cut_scene(&s, mask, SIDE, REFINED, out);
        struct measure after = measure(&s, NULL, out);
        printf("clutter, mask blurred %d times: SAD %.2f, refined %.2f\n",
               n_blurs, before.sad, after.sad);
        CHECK(after.sad <= 0.8 * before.sad, "%d blurs", n_blurs);
        free(mask);
    }
    free(out);
    scene_free(&s);
}

/* ---- Promises ----------------------------------------------------------- */

/* A small photo with a soft disc as mask. */
struct sample {
    struct cut_image photo, out;
    float *mask;
    int mask_width, mask_height;
};

static struct sample sample_make(int w, int h, int mask_w, int mask_h,
                                 int channels, int depth) {
    size_t n = (size_t)w * (size_t)h * (size_t)channels;
    struct sample s = {{take(n, 2), w, h, channels, depth, 0},
                       {take((size_t)w * (size_t)h * 4, 2), w, h, 4, depth, 0},
                       take((size_t)mask_w * (size_t)mask_h, sizeof(float)),
                       mask_w,
                       mask_h};
    uint32_t state = 9;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        unsigned v = state >> 16;
        if (depth == 8) ((uint8_t *)s.photo.pixels)[i] = (uint8_t)(v >> 8);
        if (depth == 16) ((uint16_t *)s.photo.pixels)[i] = (uint16_t)v;
    }
    for (int y = 0; y < mask_h; y++)
        for (int x = 0; x < mask_w; x++) {
            float u = ((float)x + 0.5f) / (float)mask_w - 0.5f;
            float v = ((float)y + 0.5f) / (float)mask_h - 0.5f;
            float d = (0.35f - sqrtf(u * u + v * v)) * 14 + 0.5f;
            s.mask[y * mask_w + x] = fminf(fmaxf(d, 0), 1);
        }
    return s;
}

static void sample_free(struct sample *s) {
    free(s->photo.pixels);
    free(s->out.pixels);
    free(s->mask);
}

static enum cut_status sample_cut(struct sample *s,
                                  struct cut_matte_options options,
                                  struct heap *heap) {
    struct heap own = {0};
    struct cut_allocator a = heap_allocator(heap ? heap : &own);
    struct cut_error err = {0};
    enum cut_status status =
        cut_matte_apply(&s->photo, s->mask, s->mask_width, s->mask_height,
                        &options, &a, &s->out, NULL, NULL, &err);
    CHECK(status == CUT_OK || err.message[0], "no message");
    return status;
}

static size_t out_bytes(const struct sample *s) {
    return (size_t)s->out.width * (size_t)s->out.height * 4 *
           (size_t)(s->out.depth / 8);
}

/* Bilinear half-pixel sampling of the mask, from the definition. */
static double mask_at(const struct sample *s, int x, int y) {
    double gx = (x + 0.5) * s->mask_width / s->photo.width - 0.5;
    double gy = (y + 0.5) * s->mask_height / s->photo.height - 0.5;
    gx = fmin(fmax(gx, 0), s->mask_width - 1);
    gy = fmin(fmax(gy, 0), s->mask_height - 1);
    int i = (int)gx, j = (int)gy;
    int k = i + 1 < s->mask_width ? i + 1 : i;
    int l = j + 1 < s->mask_height ? j + 1 : j;
    double u = gx - i, v = gy - j;
    const float *m = s->mask;
    int w = s->mask_width;
    return (double)m[j * w + i] * (1 - u) * (1 - v) +
           (double)m[j * w + k] * u * (1 - v) +
           (double)m[l * w + i] * (1 - u) * v + (double)m[l * w + k] * u * v;
}

static void test_decided(void) {
    struct sample s = sample_make(211, 160, 64, 50, 3, 16);
    const uint16_t *out = s.out.pixels;
    int off = 0, n_in = 0, n_out = 0;
    sample_cut(&s, (struct cut_matte_options){.no_refine = true}, NULL);
    for (int y = 0; y < 160; y++)
        for (int x = 0; x < 211; x++) {
            double want = mask_at(&s, x, y) * 65535;
            off += fabs(out[(y * 211 + x) * 4 + 3] - want) > 1.0;
        }
    CHECK(off == 0, "bilinear: %d pixels differ", off);
    sample_cut(&s, (struct cut_matte_options){0}, NULL);
    off = 0;
    for (int y = 0; y < 160; y++)
        for (int x = 0; x < 211; x++) {
            double want = mask_at(&s, x, y);
            int i = y * 211 + x;
            if (want > 0 && want < 1) continue;
            n_in += want == 1;
            n_out += want == 0;
            off += out[4 * i + 3] != (want == 1 ? 65535 : 0);
            if (want == 1)
                off += memcmp(out + 4 * i, (uint16_t *)s.photo.pixels + 3 * i,
                              6) != 0;
        }
    CHECK(n_in > 1000 && n_out > 1000, "sample too small");
    CHECK(off == 0, "decided pixels changed: %d", off);
    sample_free(&s);
}

static void test_photo_colours_kept(void) {
    struct sample s = sample_make(97, 61, 40, 30, 3, 8);
    sample_cut(&s, (struct cut_matte_options){.no_foreground = true}, NULL);
    int off = 0;
    for (int i = 0; i < 97 * 61; i++)
        off += memcmp((uint8_t *)s.out.pixels + 4 * i,
                      (uint8_t *)s.photo.pixels + 3 * i, 3) != 0;
    CHECK(off == 0, "no_foreground changed %d colours", off);
    sample_free(&s);
}

static void test_threads(void) {
    struct sample a = sample_make(613, 377, 200, 128, 3, 8);
    struct sample b = sample_make(613, 377, 200, 128, 3, 8);
    sample_cut(&a, (struct cut_matte_options){.n_threads = 1}, NULL);
    for (int n = 2; n <= 5; n++) {
        memset(b.out.pixels, 0, out_bytes(&b));
        sample_cut(&b, (struct cut_matte_options){.n_threads = n}, NULL);
        CHECK(!memcmp(a.out.pixels, b.out.pixels, out_bytes(&a)),
              "%d threads give other bytes", n);
    }
    sample_free(&a);
    sample_free(&b);
}

static void test_memory(void) {
    for (int i = 0; i < 8; i++) {
        struct sample s = sample_make(300 + i, 200, 90 + 70 * i, 80, 3, 8);
        struct cut_matte_options o = {
            .no_refine = i & 1, .no_foreground = i & 2, .n_threads = 1 + i / 4};
        struct heap heap = {0};
        CHECK(sample_cut(&s, o, &heap) == CUT_OK, "matte");
        size_t promised =
            cut_matte_bytes(&s.photo, s.mask_width, s.mask_height, &o);
        CHECK(heap.peak_bytes == promised, "took %zu, announced %zu",
              heap.peak_bytes, promised);
        CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak");
        for (long k = 1; k <= heap.n_calls; k++) {
            struct heap poor = {.fail_at = k};
            CHECK(sample_cut(&s, o, &poor) == CUT_NO_MEMORY, "call %ld", k);
            CHECK(poor.n_live == 0, "leak at call %ld", k);
        }
        sample_free(&s);
    }
    struct cut_image large = {NULL, 12000, 8400, 3, 8, 0};
    size_t bytes = cut_matte_bytes(&large, 1024, 1024,
                                   &(struct cut_matte_options){.n_threads = 8});
    printf("100 megapixels: %zu MB beside the images\n", bytes / 1000000);
    CHECK(bytes < 250u * 1000 * 1000, "%zu bytes", bytes);
}

/* Sides of one pixel, masks larger and smaller than the photo. */
static void test_extremes(void) {
    static const int sizes[][4] = {
        {1, 1, 64, 64}, {1, 1, 1, 1},    {1, 20000, 64, 64}, {20000, 1, 64, 64},
        {3, 2, 1, 1},   {2, 500, 31, 1}, {64, 64, 64, 64},   {40, 90, 128, 50}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int channels = 1; channels <= 4; channels += channels == 1 ? 2 : 1)
            for (int depth = 8; depth <= 16; depth += 8) {
                const int *z = sizes[i];
                struct sample s =
                    sample_make(z[0], z[1], z[2], z[3], channels, depth);
                CHECK(sample_cut(&s, (struct cut_matte_options){0}, NULL) ==
                          CUT_OK,
                      "%d x %d, mask %d x %d", z[0], z[1], z[2], z[3]);
                sample_free(&s);
            }
}

static void test_own_alpha(void) {
    struct sample s = sample_make(120, 90, 50, 50, 4, 8);
    uint8_t *photo = s.photo.pixels, *out = s.out.pixels;
    for (int i = 0; i < 50 * 50; i++) s.mask[i] = 1;
    sample_cut(&s, (struct cut_matte_options){0}, NULL);
    CHECK(!memcmp(photo, out, out_bytes(&s)), "a full mask changes the photo");
    for (int i = 0; i < 50 * 50; i++) s.mask[i] = 0.5f;
    sample_cut(&s, (struct cut_matte_options){.no_refine = true}, NULL);
    int off = 0;
    for (int i = 0; i < 120 * 90; i++)
        off += abs(out[4 * i + 3] - photo[4 * i + 3] / 2) > 1;
    CHECK(off == 0, "alpha is not the product at %d pixels", off);
    sample_free(&s);
}

static void test_invert(void) {
    struct sample a = sample_make(150, 100, 60, 60, 3, 16);
    struct sample b = sample_make(150, 100, 60, 60, 3, 16);
    for (int i = 0; i < 60 * 60; i++) b.mask[i] = 1 - b.mask[i];
    sample_cut(&a, (struct cut_matte_options){.invert = true}, NULL);
    sample_cut(&b, (struct cut_matte_options){0}, NULL);
    CHECK(!memcmp(a.out.pixels, b.out.pixels, out_bytes(&a)), "invert");
    sample_free(&a);
    sample_free(&b);
}

struct cancel {
    int n_calls, stop_at;
    double last;
};

static bool on_progress(void *user, double done) {
    struct cancel *c = user;
    CHECK(done >= c->last && done <= 1, "progress %g after %g", done, c->last);
    c->last = done;
    return ++c->n_calls != c->stop_at;
}

static void test_progress(void) {
    struct sample s = sample_make(300, 900, 60, 60, 3, 8);
    struct heap heap = {0};
    struct cut_allocator a = heap_allocator(&heap);
    struct cut_error err;
    struct cancel c = {0};
    CHECK(cut_matte_apply(&s.photo, s.mask, 60, 60, NULL, &a, &s.out,
                          on_progress, &c, &err) == CUT_OK,
          "%s", err.message);
    CHECK(c.last == 1, "progress ends at %g", c.last);
    for (int k = 1; k <= c.n_calls; k++) {
        struct cancel stop = {.stop_at = k};
        CHECK(cut_matte_apply(&s.photo, s.mask, 60, 60, NULL, &a, &s.out,
                              on_progress, &stop, &err) == CUT_CANCELLED,
              "call %d", k);
    }
    CHECK(heap.n_live == 0, "leak");
    sample_free(&s);
}

static void test_bad_arguments(void) {
    struct sample s = sample_make(20, 20, 8, 8, 3, 8);
    s.mask[9] = NAN;
    CHECK(sample_cut(&s, (struct cut_matte_options){0}, NULL) == CUT_BAD_RESULT,
          "NaN");
    s.mask[9] = 7; /* clamped */
    CHECK(sample_cut(&s, (struct cut_matte_options){0}, NULL) == CUT_OK, "7");
    s.out.channels = 3;
    CHECK(sample_cut(&s, (struct cut_matte_options){0}, NULL) ==
              CUT_BAD_ARGUMENT,
          "channels");
    s.out.channels = 4;
    s.out.width = 19;
    CHECK(sample_cut(&s, (struct cut_matte_options){0}, NULL) ==
              CUT_BAD_ARGUMENT,
          "width");
    sample_free(&s);
}

int main(void) {
    test_scenes();
    test_softness();
    test_decided();
    test_photo_colours_kept();
    test_threads();
    test_memory();
    test_extremes();
    test_own_alpha();
    test_invert();
    test_progress();
    test_bad_arguments();
    return check_summary("matte");
}
