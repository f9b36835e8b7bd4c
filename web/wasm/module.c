/* What the page calls. One module instance runs one job at a time; a job is
 * a model, a plan for one input size, a photo. Strings come back as pointers
 * to UTF-8 text that the next call overwrites; web_message tells what went
 * wrong after any call that returned a status other than 0.
 *
 * Life of a job, as web/lib/engine.ts drives it:
 *   web_alloc, model bytes written  ->  web_open  ->  web_plan
 *   web_alloc, pixels written       ->  web_prepare  ->  web_infer
 *   web_alloc for the cut-out       ->  web_matte  ->  pixels read */
#include "base/mem.h"
#include "base/status.h"
#include "cutout.h"
#include "wasm/heap.h"
#include "wasm/module.h"

/* From the page: called between steps with the share done; 0 cancels.
 * Milliseconds of a monotonic clock. */
__attribute__((import_module("page"), import_name("progress"))) int
page_progress(double done);
__attribute__((import_module("page"), import_name("clock"))) double
page_clock(void);

static struct {
    struct cut_model *model;
    struct cut_session *session;
    float *input, *mask;
    size_t input_bytes, mask_bytes;
    int width, height; /* of the network's input and of the mask */
    int n_threads;     /* of web_matte */
    struct cut_error error;
    struct cut_mask_facts mask_facts;
    char text[4096];
} job;

static bool progress(void *user, double done) {
    (void)user;
    return page_progress(done) != 0;
}

void *EXPORT(web_alloc)(size_t bytes) {
    return heap_allocator.alloc(NULL, bytes);
}

void EXPORT(web_free)(void *ptr, size_t bytes) {
    heap_allocator.release(NULL, ptr, bytes);
}

struct cut_session *job_session(void) {
    return job.session;
}
struct cut_error *job_error(void) {
    return &job.error;
}

const char *EXPORT(web_message)(void) { return job.error.message; }
const char *EXPORT(web_version)(void) { return CUT_VERSION; }

static void drop(float **buffer, size_t *bytes) {
    heap_allocator.release(NULL, *buffer, *bytes);
    *buffer = NULL;
    *bytes = 0;
}

void EXPORT(web_close)(void) {
    web_photo_close();
    if (job.session) cut_session_destroy(job.session);
    if (job.model) cut_model_close(job.model);
    job.session = NULL;
    job.model = NULL;
    drop(&job.input, &job.input_bytes);
    drop(&job.mask, &job.mask_bytes);
}

/* The bytes stay the caller's and must stay where they are. */
int EXPORT(web_open)(const void *bytes, size_t n_bytes) {
    web_close();
    return (int)cut_model_open(bytes, n_bytes, &heap_allocator, &job.model,
                               &job.error);
}

static int take(float **buffer, size_t *bytes, size_t n) {
    *buffer = heap_allocator.alloc(NULL, n);
    if (!*buffer)
        return (int)status_fail(&job.error, CUT_NO_MEMORY,
                                "no memory for a tensor of %zu bytes", n);
    *bytes = n;
    return 0;
}

/* A plan for input [1,3,height,width] and the one output named, which must be
 * [1,1,height,width]. */
static int plan(int width, int height, const char *output,
                struct cut_session_options *options) {
    web_photo_close();
    if (job.session) cut_session_destroy(job.session);
    job.session = NULL;
    drop(&job.input, &job.input_bytes);
    drop(&job.mask, &job.mask_bytes);
    struct cut_tensor shape = {
        .dtype = CUT_F32, .rank = 4, .dims = {1, 3, height, width}};
    options->inputs = &shape;
    options->n_inputs = 1;
    options->outputs = *output ? &output : NULL;
    options->n_outputs = *output ? 1 : 0;
    int status = (int)cut_session_create(job.model, options, &heap_allocator,
                                         &job.session, &job.error);
    if (status) return status;
    struct cut_tensor out = cut_session_output(job.session, 0);
    size_t pixels = (size_t)width * (size_t)height;
    if (out.dtype != CUT_F32 || out.bytes != pixels * sizeof(float))
        return (int)status_fail(&job.error, CUT_BAD_MODEL,
                                "output '%s' is not a mask of the input's "
                                "size",
                                out.name);
    job.width = width;
    job.height = height;
    status = take(&job.input, &job.input_bytes, 3 * pixels * sizeof(float));
    if (!status)
        status = take(&job.mask, &job.mask_bytes, pixels * sizeof(float));
    return status;
}

int EXPORT(web_plan)(int width, int height, int n_threads, const char *output) {
    struct cut_session_options options = {.n_threads = n_threads,
                                          .clock_ms = page_clock};
    job.n_threads = n_threads;
    return plan(width, height, output, &options);
}

/* ---- WebGPU: planned here, replayed by the page -------------------------- */

/* limits[], in order; 0: WebGPU's default. */
enum {
    WEB_MAX_BUFFER_KIB,
    WEB_MAX_BINDING_KIB,
    WEB_MAX_STORAGE_BINDINGS,
    WEB_MAX_WORKGROUP_BYTES,
    WEB_MAX_INVOCATIONS,
    WEB_OFFSET_ALIGNMENT,
    WEB_SUBGROUP_SIZE
};
/* flags */
enum { WEB_SHADER_F16 = 1, WEB_SUBGROUPS = 2, WEB_USE_F16 = 4, WEB_IS_CPU = 8 };

/* Threads of web_matte, where web_plan has not told. */
void EXPORT(web_threads)(int n) { job.n_threads = n; }

/* Like web_plan; web_gpu_text has the list then. When all uploads are done,
 * the model's bytes are not needed any more. The page writes web_input
 * into the input's buffer, reads the output into web_mask, and calls
 * web_mask_check without web_infer. */
int EXPORT(web_gpu_plan)(int width, int height, const char *output,
                         const int32_t *limits, int flags) {
    struct cut_gpu_limits gpu = {
        .max_buffer_bytes = (uint64_t)limits[WEB_MAX_BUFFER_KIB] << 10,
        .max_binding_bytes = (uint64_t)limits[WEB_MAX_BINDING_KIB] << 10,
        .max_storage_bindings = limits[WEB_MAX_STORAGE_BINDINGS],
        .max_workgroup_bytes = limits[WEB_MAX_WORKGROUP_BYTES],
        .max_invocations = limits[WEB_MAX_INVOCATIONS],
        .offset_alignment = limits[WEB_OFFSET_ALIGNMENT],
        .subgroup_size = limits[WEB_SUBGROUP_SIZE],
        .shader_f16 = flags & WEB_SHADER_F16,
        .subgroups = flags & WEB_SUBGROUPS,
        .use_f16 = flags & WEB_USE_F16,
        .is_cpu = flags & WEB_IS_CPU,
    };
    struct cut_session_options options = {.gpu = &gpu};
    return plan(width, height, output, &options);
}

/* JSON, as src/gpu/gpu.h describes it; lives as long as the plan. */
const char *EXPORT(web_gpu_text)(void) {
    return cut_session_gpu_text(job.session);
}

int EXPORT(web_gpu_n_uploads)(void) {
    return cut_session_n_uploads(job.session);
}

size_t EXPORT(web_gpu_upload_bytes)(int i) {
    return cut_session_upload_bytes(job.session, i);
}

int EXPORT(web_gpu_upload)(int i, void *bytes) {
    return (int)cut_session_upload(job.session, i, bytes, &job.error);
}

/* Far outside 0..1 no mask of any model is: rounding goes a little beyond. */
static bool mask_in_range(size_t *at) {
    size_t n = (size_t)job.width * (size_t)job.height;
    for (*at = 0; *at < n; ++*at)
        if (job.mask[*at] < -0.01f || job.mask[*at] > 1.01f) return false;
    return true;
}

/* Looks at what is in web_mask: CUT_BAD_RESULT when it cannot be right. */
int EXPORT(web_mask_check)(void) {
    size_t at;
    if (!mask_in_range(&at))
        return (int)status_fail(
            &job.error, CUT_BAD_RESULT, "mask: out of range at x %d, y %d",
            (int)(at % (size_t)job.width), (int)(at / (size_t)job.width));
    return (int)cut_mask_check(job.mask, job.width, job.height, &job.mask_facts,
                               &job.error);
}

/* ---- Facts, input, mask ---------------------------------------------------
 */

/* {"route":..., "threads":..., "peak_bytes":...} of the plan. */
const char *EXPORT(web_facts)(void) {
    struct cut_session_facts f = cut_session_facts(job.session);
    struct heap_facts heap = heap_facts();
    text_format(job.text, sizeof job.text,
                "{\"route\":\"%s\",\"threads\":%d,\"steps\":%d,"
                "\"arena_bytes\":%zu,\"plan_bytes\":%zu,"
                "\"weight_bytes\":%zu,\"peak_bytes\":%zu,"
                "\"heap_bytes\":%zu,\"heap_most_bytes\":%zu,"
                "\"gmac\":%lld}",
                f.route, f.n_threads, f.n_steps, f.arena_bytes, f.plan_bytes,
                f.weight_bytes, f.peak_bytes, heap.used_bytes, heap.most_bytes,
                (long long)(f.macs * 1e-9));
    return job.text;
}

float *EXPORT(web_input)(void) { return job.input; }
float *EXPORT(web_mask)(void) { return job.mask; }

static struct cut_image image_of(void *pixels, int width, int height,
                                 int channels, int depth) {
    return (struct cut_image){.pixels = pixels,
                              .width = width,
                              .height = height,
                              .channels = channels,
                              .depth = depth};
}

/* Photo to the input tensor; mean and std are three floats each. */
int EXPORT(web_prepare)(void *pixels, int width, int height, int depth,
                        const float *mean_std) {
    struct cut_image photo = image_of(pixels, width, height, 4, depth);
    struct cut_model_input_spec spec;
    memcpy(spec.mean, mean_std, sizeof spec.mean);
    memcpy(spec.std, mean_std + 3, sizeof spec.std);
    return (int)cut_photo_to_tensor(&photo, &spec, job.width, job.height,
                                    job.input, &job.error);
}

/* Runs the network; the mask is not to be trusted before web_mask_check. */
int EXPORT(web_infer)(void) {
    struct cut_tensor in = cut_session_input(job.session, 0);
    struct cut_tensor out = cut_session_output(job.session, 0);
    in.data = job.input;
    out.data = job.mask;
    return (int)cut_session_run(job.session, &in, &out, progress, NULL,
                                &job.error);
}

void EXPORT(web_trim)(void) { cut_session_trim(job.session); }

/* Shares in millionths: the formatter has no floating point. */
const char *EXPORT(web_mask_facts)(void) {
    static const char *const subjects[] = {"found", "none", "ambiguous"};
    const struct cut_mask_facts *f = &job.mask_facts;
    text_format(job.text, sizeof job.text,
                "{\"subject\":\"%s\",\"min\":%de-6,\"max\":%de-6,"
                "\"mean\":%de-6,\"coverage\":%de-6,\"uncertain\":%de-6,"
                "\"box\":[%d,%d,%d,%d]}",
                subjects[f->subject], (int)(f->min * 1e6f),
                (int)(f->max * 1e6f), (int)(f->mean * 1e6f),
                (int)(f->coverage * 1e6f), (int)(f->uncertain * 1e6f),
                f->box[0], f->box[1], f->box[2], f->box[3]);
    return job.text;
}

struct cut_matte_options job_matte_options(int flags) {
    enum { NO_REFINE = 1, NO_FOREGROUND = 2, INVERT = 4 };
    return (struct cut_matte_options){.no_refine = flags & NO_REFINE,
                                      .no_foreground = flags & NO_FOREGROUND,
                                      .invert = flags & INVERT,
                                      .n_threads = job.n_threads};
}

/* RGBA photo and the mask of the last run to an RGBA cut-out of its size. */
int EXPORT(web_matte)(void *pixels, int width, int height, int depth,
                      void *out_pixels, int flags) {
    struct cut_image photo = image_of(pixels, width, height, 4, depth);
    struct cut_image out = image_of(out_pixels, width, height, 4, depth);
    struct cut_matte_options options = job_matte_options(flags);
    return (int)cut_matte_apply(&photo, job.mask, job.width, job.height,
                                &options, &heap_allocator, &out, progress, NULL,
                                &job.error);
}
