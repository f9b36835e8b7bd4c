/* Pixel mathematics against slow definitions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "cutout.h"
#include "heap.h"

static uint32_t state = 1;

static unsigned next(void) {
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

static struct cut_image image_make(int w, int h, int channels, int depth,
                                   size_t extra) {
    size_t bytes = (size_t)depth / 8;
    struct cut_image im = {NULL, w, h, channels, depth, 0};
    im.stride_bytes = (size_t)w * (size_t)channels * bytes + extra;
    im.pixels = malloc(im.stride_bytes * (size_t)h);
    if (!im.pixels) exit(1);
    for (size_t i = 0; i < im.stride_bytes * (size_t)h; i++)
        ((uint8_t *)im.pixels)[i] = (uint8_t)next();
    return im;
}

static double sample(const struct cut_image *im, int x, int y, int c) {
    const uint8_t *row =
        (const uint8_t *)im->pixels + (size_t)y * im->stride_bytes;
    int i = x * im->channels + c;
    if (im->depth == 8) return row[i] / 255.0;
    return ((const uint16_t *)(const void *)row)[i] / 65535.0;
}

static void set_all(struct cut_image *im, int c, unsigned value) {
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            uint8_t *row = (uint8_t *)im->pixels + (size_t)y * im->stride_bytes;
            int i = x * im->channels + c;
            if (im->depth == 8)
                row[i] = (uint8_t)value;
            else
                ((uint16_t *)(void *)row)[i] = (uint16_t)value;
        }
}

/* ---- Resampling --------------------------------------------------------- */

/* RGB over white of one pixel. */
static double rgb_at(const struct cut_image *im, int x, int y, int c) {
    if (im->channels == 1) return sample(im, x, y, 0);
    double v = sample(im, x, y, c);
    if (im->channels == 3) return v;
    double a = sample(im, x, y, 3);
    return v * a + 1 - a;
}

/* Weight of input j in output i along one axis, from the definition. */
static double axis_weight(int i, int n_out, int j, int n_in) {
    if (n_out <= n_in) {
        double a = (double)i * n_in / n_out, b = (double)(i + 1) * n_in / n_out;
        double shared = fmin(j + 1, b) - fmax(j, a);
        return shared > 0 ? shared / (b - a) : 0;
    }
    double centre = (i + 0.5) * n_in / n_out - 0.5;
    centre = fmin(fmax(centre, 0), n_in - 1);
    double d = fabs(centre - j);
    return d < 1 ? 1 - d : 0;
}

static double resampled(const struct cut_image *im, int x, int y, int c, int w,
                        int h) {
    double sum = 0;
    for (int j = 0; j < im->height; j++) {
        double wy = axis_weight(y, h, j, im->height);
        for (int i = 0; wy > 0 && i < im->width; i++) {
            double wx = axis_weight(x, w, i, im->width);
            if (wx > 0) sum += wx * wy * rgb_at(im, i, j, c);
        }
    }
    return sum;
}

static void check_tensor(struct cut_image *im, int w, int h) {
    struct cut_model_input_spec spec = {{128, 120, 110}, {256, 200, 0}};
    float *x = malloc(3 * (size_t)w * (size_t)h * sizeof *x);
    struct cut_error err;
    double worst = 0;
    CHECK(x && !cut_photo_to_tensor(im, &spec, w, h, x, &err), "tensor");
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < h; y++)
            for (int i = 0; i < w; i++) {
                double std = spec.std[c] == 0 ? 1 : (double)spec.std[c];
                double want = (resampled(im, i, y, c, w, h) * 255 -
                               (double)spec.mean[c]) /
                              std;
                double got = (double)x[(c * h + y) * w + i];
                worst = fmax(worst, fabs(got - want) * std / 255);
            }
    CHECK(worst < 3e-6, "%d x %d x %d of %d bits to %d x %d: off by %g",
          im->width, im->height, im->channels, im->depth, w, h, worst);
    free(x);
}

static void test_tensor(void) {
    static const int sizes[][4] = {
        {37, 23, 10, 7}, {64, 48, 16, 16}, {7, 5, 20, 13}, {50, 6, 11, 24},
        {1, 1, 5, 5},    {1300, 3, 9, 3},  {2, 900, 4, 4}, {1100, 2, 1100, 5},
        {1700, 1, 1, 1}, {600, 4, 1501, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int channels = 1; channels <= 4; channels++)
            for (int depth = 8; depth <= 16; depth += 8) {
                if (channels == 2) continue;
                struct cut_image im =
                    image_make(sizes[i][0], sizes[i][1], channels, depth, 6);
                check_tensor(&im, sizes[i][2], sizes[i][3]);
                free(im.pixels);
            }
}

static void test_tensor_arguments(void) {
    struct cut_image im = image_make(4, 4, 3, 8, 0), bad;
    struct cut_model_input_spec spec = {{0}, {0}};
    struct cut_error err;
    float x[48];
    CHECK(!cut_photo_to_tensor(&im, &spec, 4, 4, x, &err), "good");
    const struct cut_image cases[] = {
        {NULL, 4, 4, 3, 8, 0},       {im.pixels, 0, 4, 3, 8, 0},
        {im.pixels, 4, -1, 3, 8, 0}, {im.pixels, 4, 4, 2, 8, 0},
        {im.pixels, 4, 4, 5, 8, 0},  {im.pixels, 4, 4, 3, 10, 0},
        {im.pixels, 4, 4, 3, 8, 11}, {im.pixels, 2, 4, 3, 16, 13}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bad = cases[i];
        err.message[0] = 0;
        CHECK(cut_photo_to_tensor(&bad, &spec, 4, 4, x, &err) ==
                      CUT_BAD_ARGUMENT &&
                  err.message[0],
              "case %zu", i);
    }
    CHECK(cut_photo_to_tensor(&im, &spec, 0, 4, x, NULL) == CUT_BAD_ARGUMENT,
          "width 0");
    CHECK(cut_photo_to_tensor(&im, NULL, 4, 4, x, NULL) == CUT_BAD_ARGUMENT,
          "no spec");
    CHECK(cut_photo_to_tensor(NULL, &spec, 4, 4, x, NULL) == CUT_BAD_ARGUMENT,
          "no photo");
    free(im.pixels);
}

/* ---- Masks -------------------------------------------------------------- */

enum { SIDE = 200 };

static float *mask_of(float value) {
    float *m = malloc(SIDE * SIDE * sizeof *m);
    if (!m) exit(1);
    for (int i = 0; i < SIDE * SIDE; i++) m[i] = value;
    return m;
}

static void fill(float *m, int x0, int y0, int w, int h, float value) {
    for (int y = y0; y < y0 + h; y++)
        for (int x = x0; x < x0 + w; x++) m[y * SIDE + x] = value;
}

static enum cut_subject subject_of(float *m) {
    struct cut_mask_facts f = {0};
    CHECK(cut_mask_check(m, SIDE, SIDE, &f, NULL) == CUT_OK, "mask");
    return f.subject;
}

static void test_mask_facts(void) {
    float *m = mask_of(0);
    struct cut_mask_facts f;
    fill(m, 20, 30, 100, 50, 1);
    fill(m, 20, 30, 100, 2, 0.5f);
    fill(m, 0, 0, 1, 1, -3);
    fill(m, 40, 40, 1, 1, 4);
    CHECK(!cut_mask_check(m, SIDE, SIDE, &f, NULL), "mask");
    CHECK(f.subject == CUT_SUBJECT_FOUND, "subject %d", f.subject);
    CHECK(f.min == 0 && f.max == 1, "range %g..%g", (double)f.min,
          (double)f.max);
    CHECK(m[0] == 0 && m[40 * SIDE + 40] == 1, "clamped");
    CHECK(fabsf(f.coverage - 0.12f) < 1e-6f, "coverage %g", (double)f.coverage);
    CHECK(fabsf(f.uncertain - 0.005f) < 1e-6f, "uncertain %g",
          (double)f.uncertain);
    CHECK(fabsf(f.mean - 0.1225f) < 1e-6f, "mean %g", (double)f.mean);
    CHECK(f.box[0] == 20 && f.box[1] == 30 && f.box[2] == 100 && f.box[3] == 50,
          "box %d %d %d %d", f.box[0], f.box[1], f.box[2], f.box[3]);
    free(m);
}

static void test_mask_subject(void) {
    float *m = mask_of(0.01f);
    CHECK(subject_of(m) == CUT_SUBJECT_NONE, "faint");
    fill(m, 0, 0, 2, 2, 1);
    CHECK(subject_of(m) == CUT_SUBJECT_NONE, "specks");
    fill(m, 10, 10, 6, 6, 1);
    CHECK(subject_of(m) == CUT_SUBJECT_FOUND, "small but there");
    fill(m, 100, 0, 100, 200, 0.4f);
    CHECK(subject_of(m) == CUT_SUBJECT_AMBIGUOUS, "half of it undecided");
    fill(m, 0, 0, 100, 200, 1);
    fill(m, 100, 0, 80, 200, 0.4f);
    CHECK(subject_of(m) == CUT_SUBJECT_FOUND, "large and soft");
    free(m);
    m = mask_of(0.3f);
    CHECK(subject_of(m) == CUT_SUBJECT_AMBIGUOUS, "all undecided");
    free(m);
}

static void test_mask_bad(void) {
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        float *m = mask_of(0.7f);
        struct cut_error err;
        m[3 * SIDE + 17] = bad[i];
        CHECK(cut_mask_check(m, SIDE, SIDE, NULL, &err) == CUT_BAD_RESULT,
              "bad %d", i);
        CHECK(strstr(err.message, "x 17, y 3"), "%s", err.message);
        free(m);
    }
    CHECK(cut_mask_check(NULL, 4, 4, NULL, NULL) == CUT_BAD_ARGUMENT, "NULL");
}

/* ---- Composite, blur, box ----------------------------------------------- */

static void check_composite(int depth, int back_channels) {
    struct cut_image cut = image_make(700, 3, 4, depth, 2);
    struct cut_image out = image_make(700, 3, 3, depth, 4);
    struct cut_image back = image_make(700, 3, 3, depth, 0);
    uint16_t colour[3] = {0, 30000, 65535};
    double step = depth == 8 ? 255 : 65535, worst = 0;
    if (back_channels) {
        free(back.pixels);
        back = image_make(700, 3, back_channels, depth, 2);
    }
    struct cut_error err;
    CHECK(
        !cut_composite(&cut, colour, back_channels ? &back : NULL, &out, &err),
        "composite");
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 700; x++)
            for (int c = 0; c < 3; c++) {
                double a = sample(&cut, x, y, 3);
                double under = back_channels ? rgb_at(&back, x, y, c)
                                             : colour[c] / 65535.0;
                double want = a * sample(&cut, x, y, c) + (1 - a) * under;
                worst = fmax(worst, fabs(sample(&out, x, y, c) - want) * step);
            }
    CHECK(worst < 0.51, "%d bits, %d channels: off by %g", depth, back_channels,
          worst);
    free(cut.pixels);
    free(out.pixels);
    free(back.pixels);
}

static void test_composite(void) {
    check_composite(8, 0);
    check_composite(16, 0);
    check_composite(8, 1);
    check_composite(8, 3);
    check_composite(16, 4);
    struct cut_image cut = image_make(5, 5, 4, 8, 0);
    struct cut_image out = image_make(5, 5, 3, 8, 0);
    struct cut_image back = image_make(4, 5, 3, 8, 0);
    CHECK(cut_composite(&cut, NULL, NULL, &out, NULL) == CUT_BAD_ARGUMENT,
          "nothing below");
    CHECK(cut_composite(&cut, NULL, &back, &out, NULL) == CUT_BAD_ARGUMENT,
          "sizes");
    CHECK(cut_composite(&cut, NULL, &back, &cut, NULL) == CUT_BAD_ARGUMENT,
          "channels");
    free(cut.pixels);
    free(out.pixels);
    free(back.pixels);
}

static void blur(struct cut_image *im, float sigma) {
    struct heap heap = {0};
    struct cut_allocator a = heap_allocator(&heap);
    CHECK(!cut_blur(im, sigma, &a, NULL), "blur");
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak");
}

/* The spread of a blurred point tells the deviation. */
static void test_blur_sigma(void) {
    static const float sigmas[] = {1, 2.5f, 6, 15};
    for (int i = 0; i < 4; i++) {
        struct cut_image im = image_make(201, 3, 1, 16, 0);
        set_all(&im, 0, 0);
        for (int y = 0; y < 3; y++)
            ((uint16_t *)im.pixels)[y * 201 + 100] = 65535;
        blur(&im, sigmas[i]);
        double sum = 0, square = 0;
        for (int x = 0; x < 201; x++) {
            double v = sample(&im, x, 1, 0);
            sum += v;
            square += v * (x - 100) * (x - 100);
        }
        double sigma = sqrt(square / sum);
        CHECK(fabs(sum - 1) < 0.01, "sum %g", sum);
        CHECK(fabs(sigma - (double)sigmas[i]) < 0.08 * (double)sigmas[i] + 0.2,
              "sigma %g is %g", (double)sigmas[i], sigma);
        free(im.pixels);
    }
}

static void test_blur_edges(void) {
    for (int channels = 1; channels <= 4; channels++) {
        if (channels == 2) continue;
        struct cut_image im = image_make(61, 83, channels, 8, 3);
        for (int c = 0; c < channels; c++)
            set_all(&im, c, 40u + 50u * (unsigned)c);
        blur(&im, 9);
        int off = 0;
        for (int y = 0; y < 83; y++)
            for (int x = 0; x < 61; x++)
                for (int c = 0; c < channels; c++)
                    off += fabs(sample(&im, x, y, c) * 255 - 40 - 50 * c) > 0.1;
        CHECK(off == 0, "a plain image changes: %d", off);
        free(im.pixels);
    }
    struct cut_image one = image_make(1, 1, 3, 8, 0);
    blur(&one, 50);
    free(one.pixels);
}

static void test_blur_arguments(void) {
    struct cut_image im = image_make(9, 9, 3, 8, 0);
    struct heap heap = {.fail_at = 1};
    struct cut_allocator a = heap_allocator(&heap);
    CHECK(cut_blur(&im, 2, &a, NULL) == CUT_NO_MEMORY, "memory");
    CHECK(cut_blur(&im, -1, &a, NULL) == CUT_BAD_ARGUMENT, "negative");
    CHECK(cut_blur(&im, NAN, &a, NULL) == CUT_BAD_ARGUMENT, "NaN");
    CHECK(cut_blur(&im, 0, &a, NULL) == CUT_OK, "zero");
    free(im.pixels);
}

static void test_alpha_box(void) {
    for (int depth = 8; depth <= 16; depth += 8) {
        struct cut_image im = image_make(40, 30, 4, depth, 2);
        unsigned unit = depth == 8 ? 1 : 257;
        int box[4] = {0};
        set_all(&im, 3, 12 * unit); /* 4.7 % */
        CHECK(!cut_alpha_box(&im, box), "nothing there");
        for (int k = 0; k < 2; k++) {
            uint8_t *row =
                (uint8_t *)im.pixels + (size_t)(7 + 10 * k) * im.stride_bytes;
            int i = (5 + 20 * k) * 4 + 3;
            if (depth == 8)
                row[i] = 13;
            else
                ((uint16_t *)(void *)row)[i] = 13 * 257;
        }
        CHECK(cut_alpha_box(&im, box), "something there");
        CHECK(box[0] == 5 && box[1] == 7 && box[2] == 21 && box[3] == 11,
              "box %d %d %d %d", box[0], box[1], box[2], box[3]);
        free(im.pixels);
    }
}

int main(void) {
    test_tensor();
    test_tensor_arguments();
    test_mask_facts();
    test_mask_subject();
    test_mask_bad();
    test_composite();
    test_blur_sigma();
    test_blur_edges();
    test_blur_arguments();
    test_alpha_box();
    return check_summary("image");
}
