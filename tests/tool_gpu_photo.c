/* Writes what the test of the photo's way over WebGPU replays: dispatch lists
 * for photos and networks of several sizes, rendered photos, masks, and what
 * the CPU makes of them.
 *
 *     tool_gpu_photo FOLDER
 *
 * FOLDER/photo.json has one case in a line, see write_case; FOLDER/photo.bin
 * the bytes they speak of, as [offset, bytes]. The network takes the mask for
 * the red of its input. */

#include "case_files.h"
#include "cutout.h"
#include "heap.h"
#include "onnx_writer.h"
#include "scene.h"

struct photo_case {
    enum scene_kind kind;
    int width, height, mask_width, mask_height;
    int n_blurs;    /* of the mask */
    bool own_alpha; /* the photo brings one */
    bool widen;     /* the network has activations that the photo borrows */
    struct cut_matte_options options;
};

static const struct photo_case cases[] = {
    {SCENE_HAIR, 640, 480, 256, 256, 1, false, false, {0}},
    {SCENE_FUR, 333, 517, 128, 128, 0, false, false, {0}},
    {SCENE_DEFOCUS, 300, 200, 160, 128, 3, false, true, {0}},
    {SCENE_HOLES, 129, 1001, 96, 96, 2, false, false, {0}},
    {SCENE_VEIL, 257, 255, 128, 128, 1, true, false, {0}},
    {SCENE_CLUTTER, 512, 512, 128, 128, 1, false, false, {0}},
    {SCENE_CLUTTER, 100, 75, 128, 160, 1, false, false, {0}},
    {SCENE_HAIR, 64, 300, 128, 128, 1, false, false, {0}},
    {SCENE_VEIL, 31, 17, 64, 64, 1, false, false, {0}},
    {SCENE_VEIL, 1, 1, 32, 32, 0, false, false, {0}},
    {SCENE_FUR, 1, 200, 32, 32, 0, false, false, {0}},
    {SCENE_FUR, 201, 150, 96, 96, 1, false, false, {.no_refine = true}},
    {SCENE_FUR, 201, 150, 96, 96, 1, true, false, {.no_foreground = true}},
    {SCENE_FUR, 201, 150, 96, 96, 1, false, false, {.invert = true}},
    {SCENE_FUR,
     201,
     150,
     96,
     96,
     1,
     false,
     false,
     {.no_refine = true, .no_foreground = true}},
};

static const struct cut_model_input_spec spec = {{128, 120, 110},
                                                 {256, 250, 0}};
static struct onnx_writer w;
static struct heap heap;
static struct cut_allocator allocator;

static void *take(size_t n) {
    void *p = calloc(n + 1, 1);
    if (!p) die("no memory");
    return p;
}

/* mask = (the input, once or 24 times over)[0, 0] */
static void write_model(bool widen) {
    static const int64_t zero[2] = {0, 0}, one[2] = {1, 1}, axes[2] = {0, 1};
    static const int64_t repeats[4] = {1, 24, 1, 1};
    onnx_begin(&w, 13);
    onnx_input(&w, "input", CUT_F32, 4, (int64_t[]){1, 3, -1, -1});
    onnx_initializer(&w, "zero", CUT_I64, 1, (int64_t[]){2}, zero, 16);
    onnx_initializer(&w, "one", CUT_I64, 1, (int64_t[]){2}, one, 16);
    onnx_initializer(&w, "axes", CUT_I64, 1, (int64_t[]){2}, axes, 16);
    onnx_initializer(&w, "repeats", CUT_I64, 1, (int64_t[]){4}, repeats, 32);
    if (widen) onnx_node(&w, "Tile", "input repeats", "wide");
    onnx_node(&w, "Slice", widen ? "wide zero one axes" : "input zero one axes",
              "mask");
    onnx_output(&w, "mask", CUT_F32, -1, NULL);
    onnx_end(&w);
}

static struct cut_session *make_session(const struct photo_case *c,
                                        struct cut_model **model) {
    struct cut_error err;
    struct cut_gpu_limits limits = {0};
    struct cut_tensor shape = {.dtype = CUT_F32,
                               .rank = 4,
                               .dims = {1, 3, c->mask_height, c->mask_width}};
    struct cut_session_options options = {
        .inputs = &shape, .n_inputs = 1, .gpu = &limits};
    struct cut_session *session = NULL;
    write_model(c->widen);
    if (cut_model_open(w.bytes, w.n_bytes, &allocator, model, &err) ||
        cut_session_create(*model, &options, &allocator, &session, &err))
        die(err.message);
    return session;
}

/* ---- Photos ------------------------------------------------------------ */

struct sample {
    struct cut_image photo, cutout, chained; /* chained: mask is red of x */
    float *mask, *x;
    size_t n, n_mask;
};

static struct cut_image image_of(const struct photo_case *c) {
    return (struct cut_image){
        .pixels = take((size_t)c->width * (size_t)c->height * 4),
        .width = c->width,
        .height = c->height,
        .channels = 4,
        .depth = 8};
}

static void fill_photo(const struct photo_case *c, const struct scene *scene,
                       uint8_t *to) {
    for (int i = 0; i < c->width * c->height; i++) {
        int x = i % c->width;
        memcpy(to + 4 * i, scene->photo + 3 * i, 3);
        to[4 * i + 3] = (uint8_t)(c->own_alpha && x < 60 ? 4 * x : 255);
    }
}

static struct sample make_sample(const struct photo_case *c) {
    struct cut_error err;
    struct scene scene = scene_render(c->kind, c->width, c->height, 7);
    struct sample s = {
        .photo = image_of(c), .cutout = image_of(c), .chained = image_of(c)};
    s.n = (size_t)c->width * (size_t)c->height;
    s.n_mask = (size_t)c->mask_width * (size_t)c->mask_height;
    s.mask = scene_mask(&scene, c->mask_width, c->mask_height, c->n_blurs, 9);
    /* a network says a little more than 1 now and then */
    for (size_t i = 0; i < s.n_mask; i++)
        s.mask[i] = s.mask[i] * 1.01f - 0.004f;
    s.x = take(3 * s.n_mask * sizeof(float));
    fill_photo(c, &scene, s.photo.pixels);
    if (cut_photo_to_tensor(&s.photo, &spec, c->mask_width, c->mask_height, s.x,
                            &err) ||
        cut_matte_apply(&s.photo, s.mask, c->mask_width, c->mask_height,
                        &c->options, &allocator, &s.cutout, NULL, NULL, &err) ||
        cut_matte_apply(&s.photo, s.x, c->mask_width, c->mask_height,
                        &c->options, &allocator, &s.chained, NULL, NULL, &err))
        die(err.message);
    scene_free(&scene);
    return s;
}

/* ---- Files ------------------------------------------------------------- */

static void write_piece(const char *name, const void *bytes, size_t n) {
    fprintf(json, ",\"%s\":[%zu,%zu]", name, write_blob(bytes, n), n);
}

/* Lists are JSON with lines. */
static void write_list(const char *name, const char *text) {
    fprintf(json, ",\"%s\":", name);
    for (; *text; text++)
        if (*text != '\n') fputc(*text, json);
}

static void write_lists(const struct cut_session *session,
                        const struct cut_gpu_photo *photo) {
    struct cut_error err;
    size_t n = cut_gpu_photo_upload_bytes(photo);
    void *bytes = take(n);
    cut_gpu_photo_upload(photo, bytes);
    write_list("list", cut_gpu_photo_text(photo));
    write_piece("upload", bytes, n);
    free(bytes);
    write_list("network", cut_session_gpu_text(session));
    n = cut_session_upload_bytes(session, 0);
    bytes = take(n);
    if (cut_session_n_uploads(session) != 1 ||
        cut_session_upload(session, 0, bytes, &err))
        die("uploads of the network");
    write_piece("network_upload", bytes, n);
    free(bytes);
}

static void write_case(const struct photo_case *c,
                       const struct cut_session *session,
                       const struct cut_gpu_photo *photo) {
    struct sample s = make_sample(c);
    fprintf(
        json, "{\"name\":\"%s %dx%d, mask %dx%d%s%s%s%s%s\",\"alpha\":%s",
        scene_name(c->kind), c->width, c->height, c->mask_width, c->mask_height,
        c->own_alpha ? ", own alpha" : "", c->widen ? ", shared arena" : "",
        c->options.no_refine ? ", not refined" : "",
        c->options.no_foreground ? ", own colours" : "",
        c->options.invert ? ", inverted" : "", c->own_alpha ? "true" : "false");
    write_piece("photo", s.photo.pixels, 4 * s.n);
    write_piece("mask", s.mask, s.n_mask * sizeof(float));
    write_piece("input", s.x, 3 * s.n_mask * sizeof(float));
    write_piece("cutout", s.cutout.pixels, 4 * s.n);
    write_piece("chained", s.chained.pixels, 4 * s.n);
    write_lists(session, photo);
    fputs("}\n", json);
    free(s.photo.pixels);
    free(s.cutout.pixels);
    free(s.chained.pixels);
    free(s.mask);
    free(s.x);
}

static void one_case(const struct photo_case *c) {
    struct cut_model *model;
    struct cut_error err;
    struct cut_gpu_photo *photo;
    struct cut_session *session = make_session(c, &model);
    struct cut_gpu_photo_options options = {.width = c->width,
                                            .height = c->height,
                                            .spec = spec,
                                            .matte = c->options};
    if (cut_gpu_photo_create(session, &options, &allocator, &photo, &err))
        die(err.message);
    write_case(c, session, photo);
    cut_gpu_photo_destroy(photo);
    cut_session_destroy(session);
    cut_model_close(model);
}

int main(int argc, char **argv) {
    if (argc != 2) die("usage: tool_gpu_photo FOLDER");
    allocator = heap_allocator(&heap);
    case_files_open(argv[1], "photo");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        one_case(&cases[i]);
    case_files_close();
    return heap.n_live != 0;
}
