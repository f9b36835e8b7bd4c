/* Faults that no user should see as a crash: memory that runs out at every
 * single allocation, files cut off at every byte, files with any byte changed.
 * All through the public interface; nothing may stay behind. */
#include <string.h>

#include "check.h"
#include "heap.h"
#include "onnx_writer.h"

enum { MAX_TENSORS = 4 };

/* A little of everything: convolution with normalisation and activation, a
 * pool with ceil_mode, a Resize whose size is computed from shapes, Concat,
 * weights in half precision. x[1,3,n,n] -> y[1,5,n,n]. */
static struct onnx_writer *small_model(void) {
    static struct onnx_writer w;
    static const float weights[4 * 3 * 3 * 3] = {0.5f, -0.25f, 1, 0, 2};
    static const float four[4] = {1, 0.5f, -1, 2};
    static const float ones[4] = {1, 1, 1, 1};
    static const uint16_t halves[4] = {0x3c00, 0xbc00, 0x3800, 0x0001};
    static const int64_t zero = 0, two = 2;
    onnx_begin(&w, 13);
    onnx_input(&w, "x", CUT_F32, 4, (int64_t[]){1, 3, -1, -1});
    onnx_initializer(&w, "w", CUT_F32, 4, (int64_t[]){4, 3, 3, 3}, weights,
                     sizeof weights);
    onnx_initializer(&w, "four", CUT_F32, 1, (int64_t[]){4}, four, 16);
    onnx_initializer(&w, "ones", CUT_F32, 1, (int64_t[]){4}, ones, 16);
    onnx_initializer(&w, "half", CUT_F16, 4, (int64_t[]){1, 4, 1, 1}, halves,
                     8);
    onnx_initializer(&w, "zero", CUT_I64, 1, (int64_t[]){1}, &zero, 8);
    onnx_initializer(&w, "two", CUT_I64, 1, (int64_t[]){1}, &two, 8);
    onnx_node(&w, "Conv", "x w four", "conv");
    onnx_attr_ints(&w, "pads", 4, (int64_t[]){1, 1, 1, 1});
    onnx_node(&w, "BatchNormalization", "conv four four four ones", "norm");
    onnx_node(&w, "Relu", "norm", "relu");
    onnx_node(&w, "MaxPool", "relu", "pool");
    onnx_attr_ints(&w, "kernel_shape", 2, (int64_t[]){2, 2});
    onnx_attr_ints(&w, "strides", 2, (int64_t[]){2, 2});
    onnx_attr_int(&w, "ceil_mode", 1);
    onnx_node(&w, "Cast", "half", "wide");
    onnx_attr_int(&w, "to", CUT_F32);
    onnx_node(&w, "Conv", "pool wide", "one");
    onnx_node(&w, "Shape", "relu", "shape");
    onnx_node(&w, "Shape", "one", "shape1");
    onnx_node(&w, "Slice", "shape1 zero two", "head");
    onnx_node(&w, "Constant", "", "four_i");
    onnx_attr_tensor(&w, "value", CUT_I64, 1, (int64_t[]){1}, (int64_t[]){4},
                     8);
    onnx_node(&w, "Slice", "shape two four_i", "tail");
    onnx_node(&w, "Concat", "head tail", "sizes");
    onnx_attr_int(&w, "axis", 0);
    onnx_node(&w, "Resize", "one - - sizes", "up");
    onnx_attr_text(&w, "mode", "linear");
    onnx_node(&w, "Concat", "relu up", "all");
    onnx_attr_int(&w, "axis", 1);
    onnx_node(&w, "Sigmoid", "all", "y");
    onnx_output(&w, "y", CUT_F32, -1, NULL);
    onnx_end(&w);
    return &w;
}

/* ---- One whole use of the engine --------------------------------------- */

struct use {
    const unsigned char *bytes;
    size_t n_bytes;
    int n_threads;
    float x[3 * 9 * 9], y[5 * 9 * 9];
    struct cut_error err;
};

/* A changed file may have another input or output: that is fine. */
static enum cut_status other_shape(struct use *use) {
    strcpy(use->err.message, "not the model we made");
    return CUT_BAD_MODEL;
}

static enum cut_status use_session(struct use *use,
                                   struct cut_session *session) {
    if (cut_session_n_inputs(session) != 1 ||
        cut_session_n_outputs(session) != 1)
        return other_shape(use);
    struct cut_tensor in = cut_session_input(session, 0);
    struct cut_tensor out = cut_session_output(session, 0);
    if (in.bytes != sizeof use->x || out.bytes != sizeof use->y)
        return other_shape(use);
    in.data = use->x;
    out.data = use->y;
    return cut_session_run(session, &in, &out, NULL, NULL, &use->err);
}

static enum cut_status use_engine(struct use *use,
                                  const struct cut_allocator *allocator) {
    struct cut_model *model;
    enum cut_status status =
        cut_model_open(use->bytes, use->n_bytes, allocator, &model, &use->err);
    if (status) return status;
    struct cut_tensor x = {.dtype = CUT_F32, .rank = 4, .dims = {1, 3, 9, 9}};
    struct cut_session_options options = {
        .n_threads = use->n_threads, .inputs = &x, .n_inputs = 1};
    struct cut_session *session;
    status =
        cut_session_create(model, &options, allocator, &session, &use->err);
    if (!status) {
        status = use_session(use, session);
        cut_session_destroy(session);
    }
    cut_model_close(model);
    return status;
}

static struct use use_new(void) {
    const struct onnx_writer *w = small_model();
    struct use use = {.bytes = w->bytes, .n_bytes = w->n_bytes};
    use.n_threads = 1;
    for (int i = 0; i < 3 * 9 * 9; i++)
        use.x[i] = (float)(i * 37 % 101) / 50 - 1;
    return use;
}

static void check_clean(const struct heap *heap, const char *what, long k) {
    CHECK(heap->n_live == 0, "%s %ld: %d pieces left", what, k, heap->n_live);
    CHECK(heap->bad_releases == 0, "%s %ld: wrong sizes", what, k);
}

/* ---- Faults ------------------------------------------------------------ */

static void test_threads(void) {
    struct use one = use_new();
    struct heap heap = {0};
    struct cut_allocator a = heap_allocator(&heap);
    CHECK(use_engine(&one, &a) == CUT_OK, "%s", one.err.message);
    check_clean(&heap, "threads", 1);
    for (int n = 2; n <= 5; n++) {
        struct use many = use_new();
        many.n_threads = n;
        CHECK(use_engine(&many, &a) == CUT_OK, "%s", many.err.message);
        CHECK(!memcmp(one.y, many.y, sizeof one.y), "%d threads differ", n);
    }
    check_clean(&heap, "threads", 5);
}

static void test_no_memory(void) {
    for (long k = 1; k < 10000; k++) {
        struct use use = use_new();
        struct heap heap = {.fail_at = k};
        struct cut_allocator a = heap_allocator(&heap);
        enum cut_status status = use_engine(&use, &a);
        check_clean(&heap, "allocation", k);
        if (heap.n_calls < k) {
            CHECK(status == CUT_OK, "%s", use.err.message);
            CHECK(k > 5, "only %ld allocations", k);
            return;
        }
        CHECK(status == CUT_NO_MEMORY && use.err.status == status &&
                  use.err.message[0],
              "allocation %ld: status '%s', '%s'", k, cut_status_name(status),
              use.err.message);
    }
    CHECK(false, "no end of allocations");
}

static void test_truncated(void) {
    struct use whole = use_new();
    for (size_t n = 0; n < whole.n_bytes; n++) {
        struct use use = whole;
        /* a block of its own, so that a sanitizer sees reads past its end */
        unsigned char *copy = malloc(n + 1);
        memcpy(copy + 1, whole.bytes, n);
        use.bytes = copy + 1;
        use.n_bytes = n;
        struct heap heap = {0};
        struct cut_allocator a = heap_allocator(&heap);
        enum cut_status status = use_engine(&use, &a);
        CHECK(status == CUT_OK || use.err.message[0], "no message at %zu", n);
        check_clean(&heap, "cut off at", (long)n);
        free(copy);
    }
}

static void test_changed(void) {
    struct use whole = use_new();
    unsigned char *copy = malloc(whole.n_bytes);
    static const unsigned char changes[] = {0x01, 0x80, 0xff, 0x10};
    for (size_t i = 0; i < whole.n_bytes; i++) {
        for (size_t c = 0; c < sizeof changes; c++) {
            memcpy(copy, whole.bytes, whole.n_bytes);
            copy[i] ^= changes[c];
            struct use use = whole;
            use.bytes = copy;
            struct heap heap = {0};
            struct cut_allocator a = heap_allocator(&heap);
            enum cut_status status = use_engine(&use, &a);
            CHECK(status == CUT_OK || use.err.message[0], "byte %zu", i);
            CHECK(status != CUT_INTERNAL, "byte %zu: %s", i, use.err.message);
            check_clean(&heap, "byte", (long)i);
        }
    }
    free(copy);
}

/* ---- Pictures ---------------------------------------------------------- */

static enum cut_status use_matte(const struct cut_allocator *allocator,
                                 struct cut_error *err) {
    static unsigned char photo[40 * 30 * 3], cutout[40 * 30 * 4];
    static float mask[8 * 8];
    for (size_t i = 0; i < sizeof photo; i++) photo[i] = (unsigned char)(i * 7);
    for (int i = 0; i < 64; i++) mask[i] = (float)(i % 8) / 7;
    struct cut_image in = {photo, 40, 30, 3, 8, 0};
    struct cut_image out = {cutout, 40, 30, 4, 8, 0};
    struct cut_matte_options options = {.n_threads = 1};
    enum cut_status status = cut_matte_apply(&in, mask, 8, 8, &options,
                                             allocator, &out, NULL, NULL, err);
    return status ? status : cut_blur(&in, 3, allocator, err);
}

static void test_matte_no_memory(void) {
    for (long k = 1; k < 10000; k++) {
        struct heap heap = {.fail_at = k};
        struct cut_allocator a = heap_allocator(&heap);
        struct cut_error err = {0};
        enum cut_status status = use_matte(&a, &err);
        check_clean(&heap, "matte allocation", k);
        if (heap.n_calls < k) {
            CHECK(status == CUT_OK, "%s", err.message);
            return;
        }
        CHECK(status == CUT_NO_MEMORY && err.message[0],
              "matte allocation %ld: '%s'", k, cut_status_name(status));
    }
    CHECK(false, "no end of allocations");
}

int main(void) {
    test_threads();
    test_no_memory();
    test_truncated();
    test_changed();
    test_matte_no_memory();
    return check_summary("faults");
}
