/* What session.c, session_plan.c and session_rescale.c share. */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "cpu/cpu.h"
#include "session/model.h"

struct cut_session {
    struct cut_allocator base, counted; /* the caller's; ours around it */
    size_t taken_bytes;                 /* through `counted`, and this */
    const struct cut_model *model;
    struct arena arena; /* graph, plan and tables */
    struct pool *pool;
    struct backend backend;
    struct graph graph;
    struct plan plan;
    void *activations;   /* plan.arena_bytes, or NULL */
    const void **inputs; /* the caller's, during a run */
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

#endif
