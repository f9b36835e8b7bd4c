/* What session.c, session_gpu.c, session_plan.c and session_rescale.c
 * share. */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "cpu/cpu.h"
#include "gpu/gpu.h"
#include "gpu/watch.h"
#include "session/model.h"

/* Of a session that is planned for WebGPU. */
struct session_gpu {
    struct gpu_device device;
    struct backend cpu; /* evaluates constants */
    struct gpu_list list;
    const char *text;
    struct gpu_watch watch; /* nothing until cut_session_watch */
};

struct cut_session {
    struct cut_allocator base, counted; /* the caller's; ours around it */
    size_t taken_bytes;                 /* through `counted`, and this */
    const struct cut_model *model;
    struct arena arena; /* graph, plan and tables */
    struct pool *pool;
    struct backend backend;
    struct graph graph;
    struct plan plan;
    struct session_gpu *gpu; /* NULL: the CPU runs it */
    void *activations;       /* plan.arena_bytes, or NULL */
    const void **inputs;     /* the caller's, during a run */
    void **outputs;
    double (*clock_ms)(void);
    double *step_ms;
    size_t plan_bytes, weight_bytes, used_bytes;
};

/* Clone of the model's graph, shapes, passes, plan. */
enum cut_status session_plan(struct cut_session *session,
                             const struct cut_session_options *options,
                             struct cut_error *err);
/* Scales the constant sizes of Resize nodes from an input of [H,W] = `from`
 * to one of `to`. */
enum cut_status session_rescale(struct graph *graph, const int64_t from[2],
                                const int64_t to[2], struct cut_error *err);

/* x = value_0_1 * scale + offset, as the network wants its input. */
void session_input_scale(const struct cut_model_input_spec *spec,
                         float scale[3], float offset[3]);

/* Before and after session_plan, for a session with a GPU. */
enum cut_status session_gpu_start(struct cut_session *session,
                                  const struct cut_gpu_limits *limits,
                                  struct cut_error *err);
enum cut_status session_gpu_finish(struct cut_session *session,
                                   struct cut_error *err);

#endif
