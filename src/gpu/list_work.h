/* What emit.c, list.c and backend.c share; nobody else includes it. */
#ifndef GPU_LIST_WORK_H
#define GPU_LIST_WORK_H

#include "gpu/emit.h"

/* Two kinds of buffers hold constants; see emit.h. */
enum weight_kind { WEIGHTS_READ, WEIGHTS_OPERAND, WEIGHT_KINDS };

/* A list in the making. */
struct gpu_emitter {
    struct gpu_list *list;
    struct arena *arena;
    int buffer_room, upload_room, pipeline_room, dispatch_room, params_room;
    int weights[WEIGHT_KINDS]; /* the buffer that still has room; -1: none */
    uint8_t *kinds;            /* enum weight_kind of every upload */
    int kind_room;
    int n_emitted; /* by the step at hand */
};

static inline uint64_t gpu_round_up(uint64_t n, uint64_t unit) {
    return (n + unit - 1) / unit * unit;
}

/* Room for item n of an array; false when memory is out. */
#define GPU_GROW(arena, items, n, room)                                        \
    ((n) < *(room) || (*(items) = gpu_larger((arena), *(items), (n), (room),   \
                                             sizeof **(items))) != NULL)
void *gpu_larger(struct arena *arena, void *items, int n, int *room,
                 size_t item_bytes);

/* Appends a buffer; -1 when memory is out. */
int gpu_add_buffer(struct gpu_emitter *e, enum gpu_usage usage, uint64_t bytes);
/* Appends the params' buffer, which must be GPU_PARAMS, and its upload; false
 * when memory is out. */
bool gpu_add_params(struct gpu_emitter *e);
/* After the last dispatch: sizes and their limits. */
enum cut_status gpu_list_finish(struct gpu_list *list, struct cut_error *err);
/* gpu_weight for either kind of buffer. */
int gpu_weight_of_kind(struct gpu_emitter *e, const struct gpu_upload *upload,
                       enum weight_kind kind);
/* The step's operands, with ranges when there is a list. */
void gpu_bind_step(const struct gpu_device *device, const struct graph *graph,
                   const struct plan_step *step, const struct gpu_list *list,
                   struct gpu_call *call);

#endif
