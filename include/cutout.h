/* cutout: background removal by a neural network, on the caller's own device.
 *
 * The one public header. Everything the engine does is reached from here:
 * open a model, make a session (a plan for one input size on one route), run
 * it on tensors or on a photo. The engine does no I/O, keeps no global state
 * and asks for memory only through `struct cut_allocator`.
 *
 * Conventions
 *   - Functions that can fail return `enum cut_status` and, when `err` is not
 *     NULL, leave a sentence for humans in `err->message`. Output arguments
 *     are written only on CUT_OK.
 *   - Option structs: zero is the default; start from `= {0}`.
 *   - Shapes are written and printed as ONNX prints them, e.g. [1,3,1024,1024].
 *   - Sizes: `n_*` counts elements, `*_bytes` counts bytes.
 *   - Nothing here is thread-safe on one object; different objects are
 *     independent.
 */
#ifndef CUTOUT_H
#define CUTOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CUT_VERSION "0.1.0"
#define CUT_MAX_RANK 8

/* ---- Status ------------------------------------------------------------ */

#define CUT_STATUS_MAP(X)                                                      \
    X(CUT_OK, "ok")                                                            \
    X(CUT_NO_MEMORY, "out of memory")                                          \
    X(CUT_BAD_ARGUMENT, "bad argument")                                        \
    X(CUT_BAD_MODEL, "malformed model")                                        \
    X(CUT_UNSUPPORTED, "unsupported")                                          \
    X(CUT_TOO_LARGE, "too large")                                              \
    X(CUT_CANCELLED, "cancelled")                                              \
    X(CUT_BAD_RESULT, "bad result")                                            \
    X(CUT_INTERNAL, "internal error")

enum cut_status {
#define X(name, text) name,
    CUT_STATUS_MAP(X)
#undef X
};

/* A short English name of the code, never NULL. */
const char *cut_status_name(enum cut_status status);

/* What went wrong: a code for programs, a sentence for people. The sentence
 * names node, attribute and value where there is one. */
struct cut_error {
    enum cut_status status;
    char message[400];
};

/* ---- Memory ------------------------------------------------------------ */

/* The one source of memory. `alloc` returns 64-byte aligned memory or NULL;
 * `release` gets back the pointer and the size it was asked for. */
struct cut_allocator {
    void *user;
    void *(*alloc)(void *user, size_t bytes);
    void (*release)(void *user, void *ptr, size_t bytes);
};

/* ---- Tensors ----------------------------------------------------------- */

/* Element types, numbered as ONNX TensorProto.DataType. */
enum cut_dtype {
    CUT_F32 = 1,
    CUT_U8 = 2,
    CUT_I8 = 3,
    CUT_U16 = 4,
    CUT_I16 = 5,
    CUT_I32 = 6,
    CUT_I64 = 7,
    CUT_STRING = 8, /* recognised so that messages can name it */
    CUT_BOOL = 9,
    CUT_F16 = 10,
    CUT_F64 = 11,
    CUT_U32 = 12,
    CUT_U64 = 13,
    CUT_BF16 = 16
};

/* Bytes of one element; 0 for a type the engine does not hold. */
size_t cut_dtype_bytes(enum cut_dtype dtype);
/* "float32", "int64", ...; "unknown" otherwise. */
const char *cut_dtype_name(enum cut_dtype dtype);

/* A dense row-major tensor. `data` belongs to whoever made the tensor. */
struct cut_tensor {
    const char *name;
    enum cut_dtype dtype;
    int rank;
    int64_t dims[CUT_MAX_RANK];
    void *data;
    size_t bytes;
};

/* Reads an ONNX TensorProto (`.pb`). The tensor's data and name live in one
 * block of `tensor_bytes` from `allocator`; give it back with
 * cut_tensor_release. */
enum cut_status cut_tensor_read_pb(const void *bytes, size_t n_bytes,
                                   const struct cut_allocator *allocator,
                                   struct cut_tensor *out,
                                   struct cut_error *err);
void cut_tensor_release(const struct cut_allocator *allocator,
                        struct cut_tensor *tensor);
/* Size of the tensor as a TensorProto, and the writing of it into a buffer of
 * that many bytes. */
size_t cut_tensor_pb_bytes(const struct cut_tensor *tensor);
void cut_tensor_write_pb(const struct cut_tensor *tensor, void *bytes);

/* ---- CPU levels -------------------------------------------------------- */

/* Instruction sets in order of preference; a build holds those of its
 * architecture. CUT_CPU_BEST asks for the best one that this CPU has. */
#define CUT_CPU_MAP(X)                                                         \
    X(CUT_CPU_BEST, "best")                                                    \
    X(CUT_CPU_SCALAR, "scalar")                                                \
    X(CUT_CPU_SSE2, "sse2")                                                    \
    X(CUT_CPU_AVX2, "avx2")                                                    \
    X(CUT_CPU_AVX512, "avx512")                                                \
    X(CUT_CPU_NEON, "neon")                                                    \
    X(CUT_CPU_SIMD128, "simd128")                                              \
    X(CUT_CPU_RELAXED, "relaxed-simd")

enum cut_cpu {
#define X(name, text) name,
    CUT_CPU_MAP(X)
#undef X
        CUT_CPU_COUNT
};

const char *cut_cpu_name(enum cut_cpu cpu);
/* True when this build and this CPU have the level. */
bool cut_cpu_usable(enum cut_cpu cpu);
/* The level that CUT_CPU_BEST stands for here. */
enum cut_cpu cut_cpu_best(void);
/* Logical processors this process may use, at least 1. */
int cut_cpu_cores(void);

/* ---- Model ------------------------------------------------------------- */

/* A parsed ONNX file: graph plus weights as stored. `bytes` is borrowed and
 * must outlive the model; weights are never copied. */
struct cut_model;

enum cut_status cut_model_open(const void *bytes, size_t n_bytes,
                               const struct cut_allocator *allocator,
                               struct cut_model **out, struct cut_error *err);
void cut_model_close(struct cut_model *model);

/* A graph input or output as the file declares it; an open dimension is -1.
 * `data` is NULL. */
int cut_model_n_inputs(const struct cut_model *model);
int cut_model_n_outputs(const struct cut_model *model);
struct cut_tensor cut_model_input(const struct cut_model *model, int i);
struct cut_tensor cut_model_output(const struct cut_model *model, int i);

struct cut_model_facts {
    int64_t ir_version;
    int64_t opset;        /* of the default domain */
    const char *producer; /* never NULL */
    int64_t n_parameters; /* elements of all initializers */
    int64_t n_nodes;      /* as stored in the file */
};
struct cut_model_facts cut_model_facts(const struct cut_model *model);

/* Operators of the file: calls `visit` once per distinct operator type with
 * its count, whether the engine has it, and the first node of it. */
typedef void cut_operator_visitor(void *user, const char *op_type, int count,
                                  bool supported, const char *first_node);
void cut_model_operators(const struct cut_model *model,
                         cut_operator_visitor *visit, void *user);

/* ---- GPU --------------------------------------------------------------- */

/* What a WebGPU adapter gives, as its names have it; zero stands for WebGPU's
 * default limit. */
struct cut_gpu_limits {
    uint64_t max_buffer_bytes;  /* maxBufferSize; default 256 MiB */
    uint64_t max_binding_bytes; /* maxStorageBufferBindingSize; 128 MiB */
    int max_storage_bindings;   /* maxStorageBuffersPerShaderStage; 8 */
    int max_workgroup_bytes;    /* maxComputeWorkgroupStorageSize; 16,384 */
    int max_invocations;        /* maxComputeInvocationsPerWorkgroup; 256 */
    int offset_alignment;       /* minStorageBufferOffsetAlignment; 256 */
    bool shader_f16, subgroups;
    int subgroup_size; /* the smallest; 0: unknown */
    bool use_f16;      /* activations in f16: route webgpu-f16; needs
                          shader_f16 */
    bool is_cpu;       /* a software adapter: other tiles are faster */
};

/* ---- Session ----------------------------------------------------------- */

/* A plan for one (model, input shapes, route) and the memory it runs in. */
struct cut_session;

struct cut_session_options {
    int n_threads;    /* 0: cut_cpu_cores() */
    enum cut_cpu cpu; /* 0: best */
    /* Shapes (and, where a shape depends on it, the value) of inputs that the
     * file leaves open, found by name, or by position when the name is NULL.
     * A given `data` is only read during the call, to specialise the plan. */
    const struct cut_tensor *inputs;
    int n_inputs;
    /* Wanted outputs; NULL: every output. Only their ancestors run. */
    const char *const *outputs;
    int n_outputs;
    /* Not NULL: plan for WebGPU. Such a session is not run by
     * cut_session_run; the caller replays its list, see cut_session_gpu_text.
     */
    const struct cut_gpu_limits *gpu;
    bool profile;             /* time every step with clock_ms */
    double (*clock_ms)(void); /* the caller's clock, in milliseconds */
};

enum cut_status cut_session_create(const struct cut_model *model,
                                   const struct cut_session_options *options,
                                   const struct cut_allocator *allocator,
                                   struct cut_session **out,
                                   struct cut_error *err);
void cut_session_destroy(struct cut_session *session);

/* Called between steps with the share of the planned work done, 0..1.
 * Returning false cancels the run. */
typedef bool cut_progress(void *user, double done);

/* Runs the plan. `inputs` in the order of cut_session_input, `outputs` filled
 * in the order of cut_session_output: `data` of each must point to `bytes`
 * bytes as these functions tell. Activations live in memory that is taken on
 * the first run and kept until cut_session_trim or destroy. */
enum cut_status cut_session_run(struct cut_session *session,
                                const struct cut_tensor *inputs,
                                const struct cut_tensor *outputs,
                                cut_progress *progress, void *user,
                                struct cut_error *err);
/* Gives the activation memory back; the next run takes it again. */
void cut_session_trim(struct cut_session *session);

int cut_session_n_inputs(const struct cut_session *session);
int cut_session_n_outputs(const struct cut_session *session);
/* Planned shapes, all dimensions known; `data` NULL, `bytes` set. */
struct cut_tensor cut_session_input(const struct cut_session *session, int i);
struct cut_tensor cut_session_output(const struct cut_session *session, int i);

struct cut_session_facts {
    const char *route; /* "cpu-avx2", ... */
    int n_threads;
    int n_steps;
    double macs;         /* multiply-adds of one run, direct convolution */
    size_t arena_bytes;  /* activations and scratch: exactly what is taken */
    size_t plan_bytes;   /* steps and constants made for the plan */
    size_t weight_bytes; /* constants read in place from the model file */
    size_t peak_bytes;   /* arena + plan: all memory that a run holds */
    size_t used_bytes;   /* highest arena byte a step may touch; equals
                            arena_bytes (tests check it) */
};
struct cut_session_facts cut_session_facts(const struct cut_session *session);

struct cut_step_facts {
    const char *node;         /* name in the file, or of the first fused node */
    const char *op;           /* "Conv", ... */
    const char *method;       /* "winograd-f4", "gemm", "view", ... */
    struct cut_tensor output; /* shape as ONNX prints it; no data */
    double macs;
    size_t scratch_bytes;
    double ms; /* last run's time; 0 without `profile` */
};
struct cut_step_facts cut_session_step(const struct cut_session *session,
                                       int i);

/* ---- The list of a GPU session ----------------------------------------- */

/* Buffers, uploads, pipelines and dispatches as JSON (docs/ARCHITECTURE.md,
 * "The dispatch list"); lives as long as the session. NULL for a CPU session.
 */
const char *cut_session_gpu_text(const struct cut_session *session);
/* Bytes of all buffers that the list asks for. */
uint64_t cut_session_gpu_bytes(const struct cut_session *session);
/* What goes into a buffer once, before the first run: upload i has
 * cut_session_upload_bytes bytes, written by cut_session_upload. */
int cut_session_n_uploads(const struct cut_session *session);
size_t cut_session_upload_bytes(const struct cut_session *session, int i);
enum cut_status cut_session_upload(const struct cut_session *session, int i,
                                   void *bytes, struct cut_error *err);

/* A run looked at: a few outputs of its convolutions, in turn from run to run,
 * are computed again here. cut_session_watch keeps what that takes while the
 * model's bytes are there; `seed` chooses among channels. For run number `run`
 * cut_session_probe tells what to copy into a buffer, piece after piece, before
 * dispatch `before` of the list (the last: after all of them), in this order,
 * all multiples of four and at most *most_bytes; cut_session_check tells by
 * those bytes: CUT_BAD_RESULT when they are not what they should be; else
 * *worst is the largest error, of what is allowed. */
struct cut_gpu_copy {
    int before, buffer;
    uint64_t offset;
    size_t bytes;
};
enum cut_status cut_session_watch(struct cut_session *session, uint32_t seed,
                                  size_t *most_bytes, struct cut_error *err);
int cut_session_probe(struct cut_session *session, uint32_t run,
                      const struct cut_gpu_copy **copies);
enum cut_status cut_session_check(struct cut_session *session,
                                  const void *bytes, size_t n_bytes,
                                  double *worst, struct cut_error *err);

/* ---- Photos and cut-outs ----------------------------------------------- */

/* Interleaved pixels, row by row. channels 1 (grey), 3 (RGB) or 4 (RGB and
 * straight alpha); depth 8 or 16 bits (native byte order). */
struct cut_image {
    void *pixels;
    int width, height;
    int channels;
    int depth;
    size_t stride_bytes; /* from row to row; 0: tightly packed */
};

/* How a photo becomes the network's input and what comes back. */
struct cut_model_input_spec {
    float mean[3]; /* (value_0_255 - mean) / std, RGB */
    float std[3];  /* 0: 1 */
};

enum cut_subject {
    CUT_SUBJECT_FOUND,
    CUT_SUBJECT_NONE,     /* the mask is empty: no_subject */
    CUT_SUBJECT_AMBIGUOUS /* the mask is mostly undecided */
};

/* What a mask looks like; the base of `no_subject`. */
struct cut_mask_facts {
    float min, max, mean;
    float coverage;  /* share of pixels > 0.5 */
    float uncertain; /* share of pixels in 0.05..0.95 */
    enum cut_subject subject;
    int box[4]; /* x, y, width, height of alpha > 0.05, mask px */
};

struct cut_matte_options {
    bool no_refine;     /* plain bilinear upsampling of the mask */
    bool no_foreground; /* keep the photo's colours in the band */
    bool invert;        /* keep the background instead */
    int n_threads;      /* 0: cut_cpu_cores() */
};

/* Photo to normalised planar tensor x[3,h,w] (area-correct downsampling;
 * source: docs/MODEL.md). Grey is copied to three channels; alpha is composed
 * over white. */
enum cut_status cut_photo_to_tensor(const struct cut_image *photo,
                                    const struct cut_model_input_spec *spec,
                                    int width, int height, float *x,
                                    struct cut_error *err);

/* Checks a mask[h,w] of floats (0..1; values a little outside are clamped)
 * and describes it. CUT_BAD_RESULT on NaN or infinity. */
enum cut_status cut_mask_check(float *mask, int width, int height,
                               struct cut_mask_facts *facts,
                               struct cut_error *err);

/* Photo and mask to a straight-alpha cut-out of the photo's size and depth,
 * 4 channels. The mask stays float; it is refined and the foreground colour
 * estimated in strips of bounded memory, and quantised once at the end. An
 * alpha that the photo brings multiplies the result. `out` may not overlap
 * `photo`. Peak extra memory: cut_matte_bytes. */
enum cut_status cut_matte_apply(
    const struct cut_image *photo, const float *mask, int mask_width,
    int mask_height, const struct cut_matte_options *options,
    const struct cut_allocator *allocator, const struct cut_image *out,
    cut_progress *progress, void *user, struct cut_error *err);
/* The bytes that cut_matte_apply takes, exactly; only the sizes of `photo` are
 * read. 0 for sides below 1. */
size_t cut_matte_bytes(const struct cut_image *photo, int mask_width,
                       int mask_height,
                       const struct cut_matte_options *options);

/* The photo's way over the GPU: cut_photo_to_tensor and cut_matte_apply as one
 * more dispatch list, for photos of one size beside a session of one input
 * [1,3,h,w] and one output [1,1,h,w], float32, which it must not outlive. The
 * photo is RGBA of 8 bits; the cut-out comes back in the same form, with the
 * mask (docs/ARCHITECTURE.md, "The photo's list"). CUT_UNSUPPORTED when the
 * photo goes over the limits of the session's device: then it is the CPU's. */
struct cut_gpu_photo;

struct cut_gpu_photo_options {
    int width, height; /* of the photo */
    struct cut_model_input_spec spec;
    struct cut_matte_options matte; /* n_threads means nothing here */
};

enum cut_status
cut_gpu_photo_create(const struct cut_session *session,
                     const struct cut_gpu_photo_options *options,
                     const struct cut_allocator *allocator,
                     struct cut_gpu_photo **out, struct cut_error *err);
void cut_gpu_photo_destroy(struct cut_gpu_photo *photo);
/* As the functions of a session: the list, and bytes of its own buffers. It
 * has one upload, whose bytes are written by cut_gpu_photo_upload. */
const char *cut_gpu_photo_text(const struct cut_gpu_photo *photo);
uint64_t cut_gpu_photo_bytes(const struct cut_gpu_photo *photo);
size_t cut_gpu_photo_upload_bytes(const struct cut_gpu_photo *photo);
void cut_gpu_photo_upload(const struct cut_gpu_photo *photo, void *bytes);

/* Composes a straight-alpha image over an opaque colour (16-bit RGB) or over
 * `background` of the same size when not NULL; result is opaque, 3 channels,
 * same depth. */
enum cut_status cut_composite(const struct cut_image *cutout,
                              const uint16_t colour[3],
                              const struct cut_image *background,
                              const struct cut_image *out,
                              struct cut_error *err);
/* Blurs an image in place (three box passes, standard deviation in pixels). */
enum cut_status cut_blur(const struct cut_image *image, float sigma,
                         const struct cut_allocator *allocator,
                         struct cut_error *err);
/* Smallest box around alpha above 5 %: x, y, width, height; false when there
 * is none. */
bool cut_alpha_box(const struct cut_image *cutout, int box[4]);

/* ---- Policy ------------------------------------------------------------ */

/* Which route runs a photo in a browser. Pure functions: facts about the
 * device go in, an ordered list of routes with reasons comes out; a failure
 * goes in, the next route comes out. The rules are in docs/ARCHITECTURE.md,
 * "Policy". Numbers that are no numbers count as 0. */

#define CUT_ROUTE_MAP(X)                                                       \
    X(CUT_ROUTE_WEBGPU_F16, "webgpu-f16")                                      \
    X(CUT_ROUTE_WEBGPU_F32, "webgpu-f32")                                      \
    X(CUT_ROUTE_WASM_RELAXED_THREADS, "wasm-relaxed-threads")                  \
    X(CUT_ROUTE_WASM_SIMD_THREADS, "wasm-simd-threads")                        \
    X(CUT_ROUTE_WASM_RELAXED, "wasm-relaxed")                                  \
    X(CUT_ROUTE_WASM_SIMD, "wasm-simd")

enum cut_route {
#define X(id, name) id,
    CUT_ROUTE_MAP(X)
#undef X
        CUT_ROUTE_COUNT
};
#define CUT_GPU_ROUTE_COUNT 2

/* Side of the network's input: as asked, a half, a quarter. */
#define CUT_SIZE_COUNT 3
#define CUT_CHOICE_COUNT (CUT_ROUTE_COUNT * CUT_SIZE_COUNT)

/* Values of facts; the first is what is not known. */
#define CUT_WEBGPU_MAP(X)                                                      \
    X(CUT_WEBGPU_ABSENT, "absent")         /* no navigator.gpu */              \
    X(CUT_WEBGPU_NO_ADAPTER, "no-adapter") /* it gives no adapter */           \
    X(CUT_WEBGPU_PRESENT, "present")
#define CUT_ADAPTER_MAP(X)                                                     \
    X(CUT_ADAPTER_UNKNOWN, "unknown")                                          \
    X(CUT_ADAPTER_DISCRETE, "discrete") /* has memory of its own */            \
    X(CUT_ADAPTER_INTEGRATED, "integrated")                                    \
    X(CUT_ADAPTER_MOBILE, "mobile")                                            \
    X(CUT_ADAPTER_SOFTWARE, "software")
#define CUT_CANARY_MAP(X)                                                      \
    X(CUT_CANARY_NONE, "none")                                                 \
    X(CUT_CANARY_PASSED, "passed")                                             \
    X(CUT_CANARY_SLOW, "slow")                                                 \
    X(CUT_CANARY_WRONG, "wrong")                                               \
    X(CUT_CANARY_FAILED, "failed")                                             \
    X(CUT_CANARY_CRASHED, "crashed")
#define CUT_SIMD_MAP(X)                                                        \
    X(CUT_SIMD_NONE, "none")                                                   \
    X(CUT_SIMD_128, "simd128")                                                 \
    X(CUT_SIMD_RELAXED, "relaxed")
#define CUT_PLATFORM_MAP(X)                                                    \
    X(CUT_PLATFORM_DESKTOP, "desktop")                                         \
    X(CUT_PLATFORM_ANDROID, "android")                                         \
    X(CUT_PLATFORM_IOS, "ios") /* iPads too */                                 \
    X(CUT_PLATFORM_MOBILE, "mobile")

#define X(id, name) id,
enum cut_webgpu { CUT_WEBGPU_MAP(X) CUT_WEBGPU_COUNT };
enum cut_adapter { CUT_ADAPTER_MAP(X) CUT_ADAPTER_COUNT };
enum cut_canary { CUT_CANARY_MAP(X) CUT_CANARY_COUNT };
enum cut_simd { CUT_SIMD_MAP(X) CUT_SIMD_COUNT };
enum cut_platform { CUT_PLATFORM_MAP(X) CUT_PLATFORM_COUNT };
#undef X

/* What can go wrong on a route, with a sentence for people. */
#define CUT_FAILURE_MAP(X)                                                     \
    X(CUT_FAILURE_DEVICE_LOST, "device-lost",                                  \
      "The browser lost the graphics device.")                                 \
    X(CUT_FAILURE_NO_DEVICE, "no-device",                                      \
      "The browser gave no graphics device.")                                  \
    X(CUT_FAILURE_VALIDATION, "validation-error",                              \
      "The browser refused a command for the graphics device.")                \
    X(CUT_FAILURE_SHADER, "shader-compilation",                                \
      "The graphics driver did not compile a program.")                        \
    X(CUT_FAILURE_GPU_MEMORY, "out-of-memory-gpu",                             \
      "The graphics device has no memory left.")                               \
    X(CUT_FAILURE_WASM_MEMORY, "out-of-memory-wasm",                           \
      "The browser gave no more memory.")                                      \
    X(CUT_FAILURE_HANG, "hang", "It did not come to an end.")                  \
    X(CUT_FAILURE_CRASH, "worker-crash", "The worker died.")                   \
    X(CUT_FAILURE_WRONG, "wrong-result", "The result is not plausible.")       \
    X(CUT_FAILURE_ENGINE, "engine-error", "The engine said no.")               \
    X(CUT_FAILURE_CORRUPT, "corrupt-model",                                    \
      "The model's bytes are not what they should be.")                        \
    X(CUT_FAILURE_STORAGE, "storage-failed",                                   \
      "The browser's storage did not work.")                                   \
    X(CUT_FAILURE_NETWORK, "network", "The model did not come.")

enum cut_failure {
#define X(id, name, text) id,
    CUT_FAILURE_MAP(X)
#undef X
        CUT_FAILURE_COUNT
};

/* Why a route stands where it stands. The first group is of chosen routes,
 * the others are of skipped ones; those up to CUT_REASON_LIMITS cannot run
 * here at all, what follows can be overruled by asking for the route. */
#define CUT_REASON_MAP(X)                                                      \
    X(CUT_REASON_FASTEST, "fastest",                                           \
      "The fastest way that works on this device.")                            \
    X(CUT_REASON_ASKED, "asked", "Asked for.")                                 \
    X(CUT_REASON_FALLBACK, "fallback",                                         \
      "Ready in case what stands before it fails.")                            \
    X(CUT_REASON_SLOWER, "slower-than-wasm",                                   \
      "Slower on the graphics device than on the processor; in reserve.")      \
    X(CUT_REASON_SMALLER, "smaller-size",                                      \
      "Works with less memory and gives coarser edges.")                       \
    X(CUT_REASON_LAST, "last-resort",                                          \
      "Nothing better is left to try on this device.")                         \
    X(CUT_REASON_NO_SIMD, "no-simd",                                           \
      "This browser is too old: it has no WebAssembly SIMD.")                  \
    X(CUT_REASON_NO_RELAXED, "no-relaxed-simd",                                \
      "This browser has no relaxed SIMD instructions.")                        \
    X(CUT_REASON_NOT_ISOLATED, "not-isolated",                                 \
      "The page is not cross-origin isolated, so there are no threads.")       \
    X(CUT_REASON_NO_SHARED_MEMORY, "no-shared-memory",                         \
      "This browser has no shared memory, so there are no threads.")           \
    X(CUT_REASON_ONE_THREAD, "one-thread", "There is one thread to use.")      \
    X(CUT_REASON_NO_WEBGPU, "no-webgpu", "This browser has no WebGPU.")        \
    X(CUT_REASON_NO_ADAPTER, "no-adapter",                                     \
      "The browser offers no graphics device.")                                \
    X(CUT_REASON_NO_F16, "no-shader-f16",                                      \
      "This graphics device has no half-precision arithmetic.")                \
    X(CUT_REASON_FIXED_SIZE, "fixed-size", "This model has one input size.")   \
    X(CUT_REASON_LIMITS, "limits-too-small",                                   \
      "The plan exceeds what this device allows in one piece.")                \
    X(CUT_REASON_OTHER_ROUTE, "other-route", "Another route was asked for.")   \
    X(CUT_REASON_OTHER_SIZE, "other-size", "Another size was asked for.")      \
    X(CUT_REASON_SOFTWARE, "software-adapter",                                 \
      "This graphics device is a program on the processor.")                   \
    X(CUT_REASON_PENDING, "canary-pending",                                    \
      "The graphics device has not proved itself yet.")                        \
    X(CUT_REASON_WRONG, "canary-wrong",                                        \
      "The graphics device gave a wrong answer to the trial.")                 \
    X(CUT_REASON_FAILED, "canary-failed",                                      \
      "The graphics device failed the trial.")                                 \
    X(CUT_REASON_CRASHED, "canary-crashed",                                    \
      "The trial of the graphics device crashed.")                             \
    X(CUT_REASON_RECENT, "failed-recently",                                    \
      "It failed here lately; it gets another chance soon.")                   \
    X(CUT_REASON_MEMORY, "too-large-for-memory",                               \
      "It needs more memory than this device is likely to give.")              \
    X(CUT_REASON_SHARED_IOS, "ios-threads",                                    \
      "Shared memory is not reliable on iPhones and iPads.")

enum cut_reason {
#define X(id, name, text) id,
    CUT_REASON_MAP(X)
#undef X
        CUT_REASON_COUNT
};

const char *cut_route_name(enum cut_route route);
const char *cut_failure_name(enum cut_failure failure);
const char *cut_reason_name(enum cut_reason reason);
const char *cut_failure_text(enum cut_failure failure);
const char *cut_reason_text(enum cut_reason reason);

/* One kind of failure of one route, as the browser keeps it. */
struct cut_mark {
    enum cut_route route;
    int divisor; /* of the input size: 1, 2 or 4 */
    enum cut_failure failure;
    double count;         /* as of `day`, older ones faded; 0: empty */
    double day;           /* since 1970 */
    uint32_t environment; /* cut_policy_environment */
};
#define CUT_MARK_COUNT 12

/* The facts, in the order in which they are numbers: S is one value, A an
 * array [rows][columns]. Kinds: FLAG, COUNT (a whole number), NUMBER, ROUTE
 * (0 none, 1 + enum cut_route), and the enumerations above. */
#define CUT_FACT_MAP(S, A)                                                     \
    S(WEBGPU, webgpu, "WebGPU")                                                \
    S(ADAPTER, adapter, "Graphics device: class by its names")                 \
    S(FLAG, fallback_adapter, "Graphics device: a fallback adapter")           \
    S(FLAG, shader_f16, "Half-precision arithmetic (shader-f16)")              \
    S(FLAG, subgroups, "Subgroups; shown only, the canary measures them")      \
    S(FLAG, timestamp_query, "Timestamps; shown only")                         \
    S(NUMBER, max_buffer_bytes, "Limit maxBufferSize; 0: 256 MiB")             \
    S(NUMBER, max_binding_bytes,                                               \
      "Limit maxStorageBufferBindingSize; 0: 128 MiB")                         \
    S(NUMBER, max_workgroup_bytes,                                             \
      "Limit maxComputeWorkgroupStorageSize; 0: 16384")                        \
    S(NUMBER, max_invocations,                                                 \
      "Limit maxComputeInvocationsPerWorkgroup; 0: 256")                       \
    S(NUMBER, max_storage_bindings,                                            \
      "Limit maxStorageBuffersPerShaderStage; 0: 8")                           \
    S(CANARY, canary_f16, "Canary of webgpu-f16")                              \
    S(CANARY, canary_f32, "Canary of webgpu-f32")                              \
    S(NUMBER, canary_f16_gflops, "Its speed, GFLOP/s of direct convolution")   \
    S(NUMBER, canary_f32_gflops, "Its speed, GFLOP/s of direct convolution")   \
    S(NUMBER, canary_age, "Days since the canary ran")                         \
    S(SIMD, simd, "WebAssembly SIMD")                                          \
    S(FLAG, cross_origin_isolated, "Cross-origin isolated")                    \
    S(FLAG, shared_memory, "SharedArrayBuffer and atomic instructions")        \
    S(COUNT, cores, "Logical processors")                                      \
    S(COUNT, most_threads, "Threads to use at most; 0: 8")                     \
    S(NUMBER, core_gflops,                                                     \
      "Measured speed of one core with plain SIMD, GFLOP/s of direct "         \
      "convolution; 0: estimated")                                             \
    S(NUMBER, device_memory, "Memory of the device in GiB; 0: not told")       \
    S(PLATFORM, platform, "Platform")                                          \
    S(ROUTE, asked_route, "Route that was asked for")                          \
    S(COUNT, asked_divisor,                                                    \
      "Size that was asked for; 0: full, the others "                          \
      "in reserve")                                                            \
    S(FLAG, only_asked, "Nothing but what was asked for")                      \
    S(FLAG, fixed_size, "The model has one input size")                        \
    S(NUMBER, gmac, "Multiply-adds of a run at full size, 1e9; 0: unknown")    \
    S(NUMBER, need_workgroup_bytes, "Of the plan's shaders; 0: 16384")         \
    S(NUMBER, need_invocations, "Of the plan's shaders; 0: 256")               \
    S(NUMBER, need_storage_bindings, "Of the plan's shaders; 0: 8")            \
    A(NUMBER, plan_bytes, CUT_ROUTE_COUNT, CUT_SIZE_COUNT,                     \
      "Bytes that a run holds, model included, by route and size; 0: unknown") \
    A(NUMBER, plan_buffer_bytes, CUT_GPU_ROUTE_COUNT, CUT_SIZE_COUNT,          \
      "Largest buffer of a GPU plan, by route and size; 0: unknown")           \
    A(NUMBER, plan_binding_bytes, CUT_GPU_ROUTE_COUNT, CUT_SIZE_COUNT,         \
      "Largest part of one that is bound, by route and size; 0: unknown")      \
    S(NUMBER, today, "Days since 1970")                                        \
    S(NUMBER, environment, "cut_policy_environment of this browser")

#define CUT_FACT_FLAG bool
#define CUT_FACT_COUNT int
#define CUT_FACT_ROUTE int
#define CUT_FACT_NUMBER double
#define CUT_FACT_WEBGPU enum cut_webgpu
#define CUT_FACT_ADAPTER enum cut_adapter
#define CUT_FACT_CANARY enum cut_canary
#define CUT_FACT_SIMD enum cut_simd
#define CUT_FACT_PLATFORM enum cut_platform

struct cut_policy_facts {
#define S(kind, name, text) CUT_FACT_##kind name;
#define A(kind, name, rows, columns, text) CUT_FACT_##kind name[rows][columns];
    CUT_FACT_MAP(S, A)
#undef S
#undef A
    struct cut_mark past[CUT_MARK_COUNT]; /* failures on this device */
};

/* How many numbers the facts are: those of CUT_FACT_MAP, then the marks with
 * route, divisor, failure, count, day, environment each. */
int cut_policy_n_values(void);
/* The facts from so many numbers; what is out of range becomes 0. */
void cut_policy_read(const double *values, struct cut_policy_facts *facts);

struct cut_choice {
    enum cut_route route;
    int divisor; /* of the input size: 1, 2 or 4 */
    bool chosen;
    enum cut_reason reason;
    int n_threads;
    double gflops;      /* expected speed; 0: unknown */
    double expected_ms; /* of inference; 0: unknown */
};

/* Every route at every size: first those to try, in this order, then the
 * skipped ones. */
struct cut_policy {
    struct cut_choice choices[CUT_CHOICE_COUNT];
    int n_chosen;
    enum cut_reason none; /* with n_chosen 0: why */
    /* GPU routes whose canary should run, or run again. */
    bool wants_canary[CUT_GPU_ROUTE_COUNT];
};
void cut_policy_choose(const struct cut_policy_facts *facts,
                       struct cut_policy *policy);

/* What to do next with the photo. */
#define CUT_ACTION_MAP(X)                                                      \
    X(CUT_ACTION_RUN, "run")     /* on the choice */                           \
    X(CUT_ACTION_AGAIN, "again") /* once more, nothing else has its size */    \
    X(CUT_ACTION_REFETCH, "refetch")       /* bad chunks first, then again */  \
    X(CUT_ACTION_NO_STORAGE, "no-storage") /* again, model in memory only */   \
    X(CUT_ACTION_GIVE_UP, "give-up")

enum cut_action {
#define X(id, name) id,
    CUT_ACTION_MAP(X)
#undef X
        CUT_ACTION_COUNT
};

/* The attempts at one photo. There are at most CUT_CHOICE_COUNT + 3. */
struct cut_policy_state {
    const struct cut_policy *policy; /* borrowed */
    enum cut_action action;
    int choice;    /* index of the current attempt; -1: given up */
    uint32_t dead; /* one bit for each choice that will not be tried */
    int n_attempts;
    bool retried, refetched, storage_off;
};
/* Both set `action` and `choice`. */
void cut_policy_start(struct cut_policy_state *state,
                      const struct cut_policy *policy);
void cut_policy_next(struct cut_policy_state *state, enum cut_failure failure);

/* Notes a failure or a success of a route at a size. Failures fade by half in
 * seven days; those of another environment are dropped. */
void cut_policy_remember(struct cut_mark past[CUT_MARK_COUNT],
                         const struct cut_mark *failed);
void cut_policy_forgive(struct cut_mark past[CUT_MARK_COUNT],
                        enum cut_route route, int divisor);

/* A number for a text of all that may heal a route: browser, driver and engine
 * version. Never 0. */
uint32_t cut_policy_environment(const char *text);
/* The class of an adapter by vendor, architecture, device and description, in
 * one text. */
enum cut_adapter cut_policy_adapter(const char *names);

/* JSON into `text`: facts, names and sentences; the choices; the state; the
 * marks. The length, or 0 when it does not fit. */
size_t cut_policy_describe(char *text, size_t text_bytes);
size_t cut_policy_print(const struct cut_policy *policy, char *text,
                        size_t text_bytes);
size_t cut_policy_print_state(const struct cut_policy_state *state, char *text,
                              size_t text_bytes);
size_t cut_policy_print_past(const struct cut_mark past[CUT_MARK_COUNT],
                             char *text, size_t text_bytes);

#ifdef __cplusplus
}
#endif

#endif
