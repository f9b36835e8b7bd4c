/* A session: one plan, the memory it runs in, and its runs. How the plan is
 * made: session_plan.c. */
#include "session/session.h"

#include "base/mem.h"
#include "base/status.h"

/* ---- Memory, all of it counted ----------------------------------------- */

static void *counted_alloc(void *user, size_t bytes) {
    struct cut_session *session = user;
    void *block = session->base.alloc(session->base.user, bytes);
    if (block) session->taken_bytes += bytes;
    return block;
}

static void counted_release(void *user, void *block, size_t bytes) {
    struct cut_session *session = user;
    session->base.release(session->base.user, block, bytes);
    session->taken_bytes -= bytes;
}

static struct cut_session *session_new(const struct cut_allocator *allocator) {
    struct cut_session *session =
        allocator->alloc(allocator->user, sizeof *session);
    if (!session) return NULL;
    memset(session, 0, sizeof *session);
    session->base = *allocator;
    session->taken_bytes = sizeof *session;
    session->counted =
        (struct cut_allocator){session, counted_alloc, counted_release};
    arena_init(&session->arena, &session->counted);
    return session;
}

/* ---- Life -------------------------------------------------------------- */

/* Highest arena byte of an operand, exclusive. */
static size_t operand_end(const struct plan *plan,
                          const struct plan_operand *operand) {
    if (operand->place != PLACE_ARENA) return 0;
    const struct tensor *t = &plan->graph->tensors[operand->tensor];
    int64_t n = tensor_n_elements(t);
    int64_t width = t->rank > 0 ? t->dims[t->rank - 1] : 1;
    if (n == 0) return 0;
    int64_t span = (n / width - 1) * operand->pitch + width;
    return operand->offset + (size_t)span * cut_dtype_bytes(t->dtype);
}

static size_t used_bytes(const struct plan *plan, size_t unit) {
    size_t used = 0;
    for (int i = 0; i < plan->n_steps; i++) {
        const struct plan_step *step = &plan->steps[i];
        size_t end = 0;
        if (step->scratch_bytes)
            end = step->scratch_offset + step->scratch_bytes;
        if (end > used) used = end;
        for (int k = 0; k < step->n_inputs + step->n_outputs; k++) {
            end = operand_end(plan, k < step->n_inputs
                                        ? &step->inputs[k]
                                        : &step->outputs[k - step->n_inputs]);
            if (end > used) used = end;
        }
    }
    return (used + unit - 1) / unit * unit;
}

/* Constants that steps read where the file has them; a tensor that several
 * steps read counts once. */
static enum cut_status count_weights(struct cut_session *session,
                                     struct cut_error *err) {
    const struct graph *graph = &session->graph;
    const struct cut_model *model = session->model;
    bool *counted = ARENA_NEW(&session->arena, graph->n_tensors, bool);
    if (!counted) return status_fail(err, CUT_NO_MEMORY, "no memory");
    for (int i = 0; i < session->plan.n_steps; i++) {
        const struct plan_step *step = &session->plan.steps[i];
        for (int k = 0; k < step->n_inputs; k++) {
            if (step->inputs[k].place != PLACE_CONST) continue;
            const struct tensor *t = &graph->tensors[step->inputs[k].tensor];
            const char *data = t->data;
            bool in_file =
                data >= model->bytes && data < model->bytes + model->n_bytes;
            if (in_file && !counted[step->inputs[k].tensor])
                session->weight_bytes += t->bytes;
            counted[step->inputs[k].tensor] = true;
        }
    }
    return CUT_OK;
}

static enum cut_status make_run_room(struct cut_session *session,
                                     const struct cut_session_options *options,
                                     struct cut_error *err) {
    struct arena *arena = &session->arena;
    session->inputs = ARENA_NEW(arena, session->graph.n_inputs, const void *);
    session->outputs = ARENA_NEW(arena, session->graph.n_outputs, void *);
    session->step_ms = ARENA_NEW(arena, session->plan.n_steps, double);
    if (!session->inputs || !session->outputs || !session->step_ms)
        return status_fail(err, CUT_NO_MEMORY, "no memory for the session");
    if (options->profile) session->clock_ms = options->clock_ms;
    size_t unit = session->backend.alignment;
    session->used_bytes = used_bytes(&session->plan, unit ? unit : MEM_ALIGN);
    return count_weights(session, err);
}

static enum cut_status cpu_start(struct cut_session *session,
                                 const struct cut_session_options *options,
                                 struct cut_error *err) {
    int n_threads = options->n_threads ? options->n_threads : cut_cpu_cores();
    if (n_threads < 1)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "n_threads is %d; 0 (all cores) or more is needed",
                           n_threads);
    if (!cut_cpu_usable(options->cpu) && options->cpu != CUT_CPU_BEST)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "this CPU or this build has no level '%s'; the "
                           "best one here is '%s'",
                           cut_cpu_name(options->cpu),
                           cut_cpu_name(cut_cpu_best()));
    enum cut_status status =
        pool_create(n_threads, &session->counted, &session->pool, err);
    if (status) return status;
    cpu_backend(options->cpu, pool_n_threads(session->pool), &session->backend);
    return CUT_OK;
}

static enum cut_status session_make(struct cut_session *session,
                                    const struct cut_session_options *options,
                                    struct cut_error *err) {
    enum cut_status status = options->gpu
                                 ? session_gpu_start(session, options->gpu, err)
                                 : cpu_start(session, options, err);
    if (!status) status = session_plan(session, options, err);
    if (!status && session->gpu) status = session_gpu_finish(session, err);
    if (!status) status = make_run_room(session, options, err);
    session->plan_bytes = session->taken_bytes;
    return status;
}

enum cut_status cut_session_create(const struct cut_model *model,
                                   const struct cut_session_options *options,
                                   const struct cut_allocator *allocator,
                                   struct cut_session **out,
                                   struct cut_error *err) {
    static const struct cut_session_options defaults = {0};
    if (!model || !allocator || !out)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "cut_session_create: model, allocator and out are "
                           "needed");
    struct cut_session *session = session_new(allocator);
    if (!session)
        return status_fail(err, CUT_NO_MEMORY, "no memory for the session");
    session->model = model;
    enum cut_status status =
        session_make(session, options ? options : &defaults, err);
    if (status)
        cut_session_destroy(session);
    else
        *out = session;
    return status;
}

void cut_session_trim(struct cut_session *session) {
    if (!session->activations) return;
    counted_release(session, session->activations, session->plan.arena_bytes);
    session->activations = NULL;
}

void cut_session_destroy(struct cut_session *session) {
    if (!session) return;
    cut_session_trim(session);
    if (session->pool) pool_destroy(session->pool);
    arena_free(&session->arena);
    struct cut_allocator base = session->base;
    base.release(base.user, session, sizeof *session);
}

/* ---- Run --------------------------------------------------------------- */

static enum cut_status check_buffer(const struct cut_tensor *given,
                                    const struct cut_tensor *planned,
                                    const char *what, struct cut_error *err) {
    if (given->bytes != planned->bytes)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "%s '%s' has %zu bytes; the plan needs %zu", what,
                           planned->name, given->bytes, planned->bytes);
    if (!given->data && planned->bytes)
        return status_fail(err, CUT_BAD_ARGUMENT, "%s '%s' has no data", what,
                           planned->name);
    if (given->dtype && given->dtype != planned->dtype)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "%s '%s' is %s; the plan needs %s", what,
                           planned->name, cut_dtype_name(given->dtype),
                           cut_dtype_name(planned->dtype));
    return CUT_OK;
}

/* An input whose value shaped the plan must have that value again. */
static enum cut_status check_specialised(const struct tensor *tensor,
                                         const struct cut_tensor *given,
                                         struct cut_error *err) {
    if (!tensor->specialised || !tensor->hint) return CUT_OK;
    if (memcmp(tensor->hint, given->data, given->bytes) == 0) return CUT_OK;
    return status_fail(err, CUT_BAD_ARGUMENT,
                       "input '%s' differs from the value that this session "
                       "was planned for; create another session",
                       tensor->name);
}

static enum cut_status bind(struct cut_session *session,
                            const struct cut_tensor *inputs,
                            const struct cut_tensor *outputs,
                            struct cut_error *err) {
    const struct graph *graph = &session->graph;
    for (int i = 0; i < graph->n_inputs; i++) {
        struct cut_tensor planned = cut_session_input(session, i);
        const struct tensor *t = &graph->tensors[graph->inputs[i]];
        enum cut_status status =
            check_buffer(&inputs[i], &planned, "input", err);
        if (!status) status = check_specialised(t, &inputs[i], err);
        if (status) return status;
        session->inputs[i] = inputs[i].data;
    }
    for (int i = 0; i < graph->n_outputs; i++) {
        struct cut_tensor planned = cut_session_output(session, i);
        enum cut_status status =
            check_buffer(&outputs[i], &planned, "output", err);
        if (status) return status;
        session->outputs[i] = outputs[i].data;
    }
    return CUT_OK;
}

enum cut_status cut_session_run(struct cut_session *session,
                                const struct cut_tensor *inputs,
                                const struct cut_tensor *outputs,
                                cut_progress *progress, void *user,
                                struct cut_error *err) {
    size_t bytes = session->plan.arena_bytes;
    if (session->gpu)
        return status_fail(err, CUT_BAD_ARGUMENT,
                           "this session is planned for %s; its list of "
                           "dispatches has to be replayed",
                           session->backend.name);
    enum cut_status status = bind(session, inputs, outputs, err);
    if (status) return status;
    if (!session->activations && bytes)
        session->activations = counted_alloc(session, bytes);
    if (!session->activations && bytes)
        return status_fail(err, CUT_NO_MEMORY,
                           "no memory for activations: %zu bytes", bytes);
    struct cpu_run_options options = {.progress = progress,
                                      .user = user,
                                      .clock_ms = session->clock_ms,
                                      .step_ms = session->step_ms};
    return cpu_run_plan(&session->plan, &session->backend, session->pool,
                        session->activations, session->inputs, session->outputs,
                        &options, err);
}

/* ---- Facts ------------------------------------------------------------- */

int cut_session_n_inputs(const struct cut_session *session) {
    return session->graph.n_inputs;
}

int cut_session_n_outputs(const struct cut_session *session) {
    return session->graph.n_outputs;
}

struct cut_tensor cut_session_input(const struct cut_session *session, int i) {
    return model_tensor(&session->graph.tensors[session->graph.inputs[i]]);
}

struct cut_tensor cut_session_output(const struct cut_session *session, int i) {
    return model_tensor(&session->graph.tensors[session->graph.outputs[i]]);
}

struct cut_session_facts cut_session_facts(const struct cut_session *session) {
    const struct plan *plan = &session->plan;
    return (struct cut_session_facts){.route = session->backend.name,
                                      .n_threads = session->backend.n_threads,
                                      .n_steps = plan->n_steps,
                                      .macs = plan->total_macs,
                                      .arena_bytes = plan->arena_bytes,
                                      .plan_bytes = session->plan_bytes,
                                      .weight_bytes = session->weight_bytes,
                                      .peak_bytes = session->plan_bytes +
                                                    plan->arena_bytes,
                                      .used_bytes = session->used_bytes};
}

struct cut_step_facts cut_session_step(const struct cut_session *session,
                                       int i) {
    const struct plan_step *step = &session->plan.steps[i];
    const struct node *node = &session->graph.nodes[step->node];
    struct cut_step_facts facts = {.node = node->name,
                                   .op = node->op_type,
                                   .method = step->method,
                                   .macs = step->macs,
                                   .scratch_bytes = step->scratch_bytes,
                                   .ms = session->step_ms[i]};
    if (step->n_outputs && step->outputs[0].tensor >= 0)
        facts.output =
            model_tensor(&session->graph.tensors[step->outputs[0].tensor]);
    return facts;
}
