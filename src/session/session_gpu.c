/* What a session planned for WebGPU has besides its plan: the device it was
 * planned for and the list of dispatches. */
#include "base/status.h"
#include "session/session.h"

enum cut_status session_gpu_start(struct cut_session *session,
                                  const struct cut_gpu_limits *limits,
                                  struct cut_error *err) {
    if (limits->use_f16 && !limits->shader_f16)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "webgpu-f16 needs a device with shader-f16");
    session->gpu = ARENA_NEW(&session->arena, 1, struct session_gpu);
    if (!session->gpu)
        return status_fail(err, CUT_NO_MEMORY, "no memory for the session");
    gpu_device_init(limits, &session->gpu->device);
    cpu_backend(CUT_CPU_BEST, 1, &session->gpu->cpu);
    gpu_backend(&session->gpu->device, &session->gpu->cpu, &session->backend);
    return CUT_OK;
}

/* The text is built in an arena of its own: it grows by copies. */
static const char *make_text(struct cut_session *session) {
    struct arena work;
    arena_init(&work, &session->counted);
    const char *text = gpu_list_text(&session->gpu->list, &work);
    size_t n = 0;
    while (text && text[n]) n++;
    if (text) text = arena_text(&session->arena, text, n);
    arena_free(&work);
    return text;
}

enum cut_status session_gpu_finish(struct cut_session *session,
                                   struct cut_error *err) {
    struct session_gpu *gpu = session->gpu;
    enum cut_status status = gpu_list_make(&session->plan, &gpu->device,
                                           &session->arena, &gpu->list, err);
    if (status) return status;
    gpu->text = make_text(session);
    if (gpu->text) return CUT_OK;
    return status_fail(err, CUT_NO_MEMORY, "no memory for the dispatch list");
}

const char *cut_session_gpu_text(const struct cut_session *session) {
    return session->gpu ? session->gpu->text : NULL;
}

uint64_t cut_session_gpu_bytes(const struct cut_session *session) {
    return session->gpu ? session->gpu->list.total_bytes : 0;
}

int cut_session_n_uploads(const struct cut_session *session) {
    return session->gpu ? session->gpu->list.n_uploads : 0;
}

size_t cut_session_upload_bytes(const struct cut_session *session, int i) {
    return (size_t)session->gpu->list.uploads[i].range.bytes;
}

enum cut_status cut_session_upload(const struct cut_session *session, int i,
                                   void *bytes, struct cut_error *err) {
    if (i < 0 || i >= cut_session_n_uploads(session))
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "upload %d: the session has %d", i,
                           cut_session_n_uploads(session));
    return gpu_list_pack(&session->gpu->list, i, bytes, err);
}

enum cut_status cut_session_watch(struct cut_session *session, uint32_t seed,
                                  size_t *most_bytes, struct cut_error *err) {
    if (!session->gpu)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "watch: the session is not planned for WebGPU");
    struct gpu_watch *watch = &session->gpu->watch;
    enum cut_status status =
        gpu_watch_start(&session->gpu->list, seed, &session->arena, watch, err);
    *most_bytes = watch->most_bytes;
    session->plan_bytes = session->taken_bytes;
    return status;
}

int cut_session_probe(struct cut_session *session, uint32_t run,
                      const struct cut_gpu_copy **copies) {
    struct gpu_watch *watch = &session->gpu->watch;
    gpu_watch_choose(watch, run);
    *copies = watch->copies;
    return watch->n_copies;
}

enum cut_status cut_session_check(struct cut_session *session,
                                  const void *bytes, size_t n_bytes,
                                  double *worst, struct cut_error *err) {
    struct gpu_watch *watch = &session->gpu->watch;
    if (n_bytes < watch->bytes)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "watch: %zu bytes of copies; %zu are needed",
                           n_bytes, watch->bytes);
    return gpu_watch_check(watch, bytes, worst, err);
}
