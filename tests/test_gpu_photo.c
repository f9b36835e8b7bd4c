/* The photo's list without a GPU: golden lists, the verifier on many sizes,
 * what is refused, memory. `test_gpu_photo --write` writes the golden files
 * anew. What the lists compute: tests/gpu/photo.mjs. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "gpu/photo.h"
#include "gpu_golden.h"
#include "heap.h"
#include "onnx_writer.h"
#include "session/session.h"

static struct onnx_writer w;
static struct heap heap;
static struct cut_allocator allocator;
static struct cut_error err;

struct network {
    struct cut_model *model;
    struct cut_session *session;
};

/* The mask is what one channel says; `wide` has activations to borrow. */
static struct network network_make(int width, int height, int channels,
                                   bool wide,
                                   const struct cut_gpu_limits *limits) {
    struct network n = {0};
    int64_t kernel[] = {1, channels, 1, 1}, repeats[] = {1, 20, 1, 1};
    float weights[60] = {1};
    kernel[1] = wide ? 20 * channels : channels;
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 4, (int64_t[]){1, channels, height, width});
    onnx_initializer(&w, "w", CUT_F32, 4, kernel, weights,
                     (size_t)kernel[1] * sizeof(float));
    onnx_initializer(&w, "n", CUT_I64, 1, (int64_t[]){4}, repeats, 32);
    if (wide) onnx_node(&w, "Tile", "x n", "wide");
    onnx_node(&w, "Conv", wide ? "wide w" : "x w", "y");
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    onnx_end(&w);
    struct cut_session_options options = {.gpu = limits};
    enum cut_status status =
        cut_model_open(w.bytes, w.n_bytes, &allocator, &n.model, &err);
    if (!status)
        status =
            cut_session_create(n.model, &options, &allocator, &n.session, &err);
    CHECK(status == CUT_OK, "%s", err.message);
    if (status) exit(1);
    return n;
}

static void network_drop(struct network n) {
    cut_session_destroy(n.session);
    cut_model_close(n.model);
}

static const struct cut_gpu_limits defaults = {0};

/* ---- Lists --------------------------------------------------------------- */

static void check_list(const struct network *n, const struct gpu_photo *photo,
                       const char *golden, bool write) {
    struct arena arena;
    struct gpu_list list;
    arena_init(&arena, &allocator);
    enum cut_status status =
        gpu_photo_list(photo, &n->session->gpu->list, &arena, &list, &err);
    CHECK(status == CUT_OK, "%d x %d: %s", photo->width, photo->height,
          err.message);
    if (!status) {
        CHECK(gpu_list_check(&list, &err) == CUT_OK, "%d x %d: %s",
              photo->width, photo->height, err.message);
        CHECK(list.n_before == 1, "%d dispatches before", list.n_before);
        if (golden) CHECK(gpu_golden(golden, &list, write), "%s", golden);
    }
    arena_free(&arena);
}

static void test_golden(bool write) {
    struct network n = network_make(96, 64, 3, false, &defaults);
    struct gpu_photo photo = {.width = 400,
                              .height = 50,
                              .scale = {1, 1, 1},
                              .refine = true,
                              .colours = true};
    check_list(&n, &photo, "tests/golden/gpu_photo.txt", write);
    network_drop(n);
    n = network_make(96, 64, 3, true, &defaults);
    photo.invert = true;
    check_list(&n, &photo, "tests/golden/gpu_photo_borrows.txt", write);
    photo.refine = photo.colours = false;
    check_list(&n, &photo, "tests/golden/gpu_photo_plain.txt", write);
    network_drop(n);
}

static void test_sizes(void) {
    static const int sides[] = {1, 2, 31, 64, 200, 4097};
    for (int wide = 0; wide < 2; wide++) {
        struct network n = network_make(64, 160, 3, wide, &defaults);
        for (int i = 0; i < 6 * 6 * 4; i++) {
            struct gpu_photo photo = {.width = sides[i % 6],
                                      .height = sides[i / 6 % 6],
                                      .refine = i / 36 % 2,
                                      .colours = i / 72};
            check_list(&n, &photo, NULL, false);
        }
        network_drop(n);
    }
}

/* The verifier finds what is broken in a list. */
static void test_faults(void) {
    struct network n = network_make(64, 64, 3, true, &defaults);
    struct gpu_photo photo = {
        .width = 100, .height = 100, .refine = true, .colours = true};
    for (int fault = 0; fault < 5; fault++) {
        struct arena arena;
        struct gpu_list list;
        arena_init(&arena, &allocator);
        enum cut_status status =
            gpu_photo_list(&photo, &n.session->gpu->list, &arena, &list, &err);
        if (!status && list.n_dispatches > 3) {
            struct gpu_dispatch *last = &list.dispatches[list.n_dispatches - 1];
            if (fault == 0) last->bindings[2].bytes += 256;
            if (fault == 1) last->bindings[3].buffer = 4;
            if (fault == 2) list.n_dispatches--;
            if (fault == 3) list.total_bytes += list.buffers[0].bytes;
            if (fault == 4) list.dispatches[1].step = 6;
            status = gpu_list_check(&list, &err);
        }
        CHECK(status == CUT_BAD_MODEL, "fault %d", fault);
        arena_free(&arena);
    }
    network_drop(n);
}

/* ---- The public functions ------------------------------------------------ */

static enum cut_status make(const struct network *n, int width, int height) {
    struct cut_gpu_photo *photo = NULL;
    struct cut_gpu_photo_options options = {.width = width, .height = height};
    enum cut_status status =
        cut_gpu_photo_create(n->session, &options, &allocator, &photo, &err);
    if (photo) cut_gpu_photo_destroy(photo);
    return status;
}

static void test_public(void) {
    struct network n = network_make(64, 64, 3, false, &defaults);
    struct cut_gpu_photo *photo;
    struct cut_gpu_photo_options options = {.width = 300, .height = 200};
    CHECK(cut_gpu_photo_create(n.session, &options, &allocator, &photo, &err) ==
              CUT_OK,
          "%s", err.message);
    CHECK(cut_gpu_photo_bytes(photo) > 2 * 4 * 300 * 200, "bytes");
    CHECK(strstr(cut_gpu_photo_text(photo), "\"before\":1,"), "text");
    size_t bytes = cut_gpu_photo_upload_bytes(photo);
    unsigned char *room = malloc(bytes);
    cut_gpu_photo_upload(photo, room);
    CHECK(bytes > 256 && room[16] == 64, "params");
    free(room);
    cut_gpu_photo_destroy(photo);
    network_drop(n);
}

static void test_refusals(void) {
    struct network n = network_make(64, 64, 3, false, &defaults);
    CHECK(make(&n, 5792, 5792) == CUT_OK, "33 megapixels: %s", err.message);
    CHECK(make(&n, 5800, 5800) == CUT_UNSUPPORTED, "34 megapixels");
    CHECK(strstr(err.message, "one binding"), "%s", err.message);
    CHECK(make(&n, 9000000, 1) == CUT_UNSUPPORTED, "a long photo");
    CHECK(make(&n, 0, 5) == CUT_UNSUPPORTED, "no photo");
    CHECK(make(&n, INT32_MAX, INT32_MAX) == CUT_UNSUPPORTED, "too large");
    network_drop(n);
    n = network_make(64, 64, 1, false, &defaults);
    CHECK(make(&n, 64, 64) == CUT_UNSUPPORTED, "a network of grey pictures");
    network_drop(n);
    n = network_make(64, 64, 3, false, NULL);
    CHECK(make(&n, 64, 64) == CUT_BAD_ARGUMENT, "a session of the CPU");
    network_drop(n);
}

/* Every allocation fails once. */
static void test_memory(void) {
    struct network n = network_make(64, 64, 3, false, &defaults);
    enum cut_status status = CUT_NO_MEMORY;
    int live = heap.n_live;
    for (long i = 1; i < 1000 && status; i++) {
        heap.fail_at = i;
        status = make(&n, 100, 100);
        heap.fail_at = 0;
        CHECK(!status || err.status == CUT_NO_MEMORY, "%s", err.message);
        CHECK(heap.n_live == live, "leak at %ld", i);
    }
    CHECK(!status, "it never had enough memory");
    network_drop(n);
}

int main(int argc, char **argv) {
    allocator = heap_allocator(&heap);
    test_golden(argc > 1 && strcmp(argv[1], "--write") == 0);
    test_sizes();
    test_faults();
    test_public();
    test_refusals();
    test_memory();
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak");
    return check_summary("gpu-photo-lists");
}
