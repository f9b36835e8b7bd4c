/* Operators on rows: reductions, softmax, normalisations (rows.wgsl and what
 * is joined to it). */
#include "base/mem.h"
#include "base/status.h"
#include "gpu/stride_loops.h"

enum { SIZE = 64, MAX_AXES = 3, CHUNK = 1024, MAX_CHUNKS = 64 };

static uint32_t word(int64_t value) { return (uint32_t)(uint64_t)value; }

/* ---- Rows -------------------------------------------------------------- */

struct axes {
    int n;
    int64_t dims[CUT_MAX_RANK], y[CUT_MAX_RANK], x[CUT_MAX_RANK];
};

struct rows {
    struct axes outer, inner;
    int64_t n_rows, n_inner, n_chunks;
};

/* Appends an axis, or makes the last one longer. */
static void add_axis(struct axes *axes, int64_t dim, int64_t y, int64_t x) {
    int last = axes->n - 1;
    if (dim == 1) return;
    if (last >= 0 && axes->y[last] == y * dim && axes->x[last] == x * dim)
        axes->dims[last] *= dim;
    else
        axes->dims[last = axes->n++] = dim;
    axes->y[last] = y;
    axes->x[last] = x;
}

static int64_t axes_count(const struct axes *axes) {
    int64_t n = 1;
    for (int i = 0; i < axes->n; i++) n *= axes->dims[i];
    return n;
}

/* Axes of x; those marked are inner. */
static struct rows rows_of(const struct gpu_operand *x, const bool *inner,
                           const int64_t *y_stride) {
    int64_t stride[CUT_MAX_RANK];
    struct rows rows = {.n_chunks = 1};
    gpu_strides(x, stride);
    for (int i = 0; i < x->tensor->rank; i++)
        add_axis(inner[i] ? &rows.inner : &rows.outer, x->tensor->dims[i],
                 y_stride[i], stride[i]);
    rows.n_rows = axes_count(&rows.outer);
    rows.n_inner = axes_count(&rows.inner);
    return rows;
}

static bool rows_fit(const struct rows *rows) {
    return rows->outer.n <= MAX_AXES && rows->inner.n <= MAX_AXES;
}

/* Four rows at a time: neighbours in both tensors. */
static bool rows_are_vec4(const struct rows *rows, const struct gpu_job *job) {
    const struct axes *o = &rows->outer, *in = &rows->inner;
    int last = o->n - 1;
    bool vec4 = last >= 0 && o->dims[last] % 4 == 0 && o->x[last] == 1 &&
                o->y[last] == 1;
    for (int i = 0; i < last; i++)
        vec4 = vec4 && o->x[i] % 4 == 0 && o->y[i] % 4 == 0;
    for (int i = 0; i < in->n; i++)
        vec4 = vec4 && in->x[i] % 4 == 0 && in->y[i] % 4 == 0;
    for (int k = 0; k < job->n_arena; k++)
        vec4 = vec4 && gpu_base_is_vec4(job->arena[k]);
    return vec4;
}

static void put_axes(const struct axes *axes, int64_t unit, bool outer,
                     uint32_t *words) {
    for (int i = 0; i < axes->n; i++) {
        bool unit_axis = outer && i == axes->n - 1;
        words[3 * i] = word(axes->dims[i] / (unit_axis ? unit : 1));
        words[3 * i + 1] = word(axes->y[i] / (unit_axis ? 1 : unit));
        words[3 * i + 2] = word(axes->x[i] / (unit_axis ? 1 : unit));
    }
}

static void add_constant(struct gpu_job *job, const char *name,
                         uint32_t value) {
    job->constants[job->n_constants++] = (struct gpu_constant){name, value};
}

/* Fills what rows.wgsl needs and emits; `own` is word 26. */
static enum cut_status emit_rows(struct gpu_emitter *e,
                                 const struct gpu_call *call,
                                 const struct rows *rows, struct gpu_job *job,
                                 float own, struct cut_error *err) {
    const int64_t unit = rows_are_vec4(rows, job) ? 4 : 1;
    const int64_t n_rows = rows->n_rows / unit, chunks = rows->n_chunks;
    const int64_t chunk = (rows->n_inner + chunks - 1) / chunks;
    const bool wide = chunk >= 32 && (n_rows < 16384 || chunk >= 512);
    uint32_t *words = job->params;
    if (unit == 4) job->flags |= GPU_VEC4;
    words[0] = word(n_rows);
    words[1] = word(rows->n_inner);
    words[2] = word(chunk);
    words[3] = word(chunks);
    put_axes(&rows->outer, unit, true, words + 4);
    put_axes(&rows->inner, unit, false, words + 13);
    words[22] = gpu_float_bits(own);
    job->n_params = 23;
    add_constant(job, "LANES", wide ? SIZE : 1);
    add_constant(job, "OUTER", word(rows->outer.n));
    add_constant(job, "INNER", word(rows->inner.n));
    job->cost = (double)rows->n_rows * (double)rows->n_inner;
    gpu_spread(job, n_rows * chunks * (wide ? SIZE : 1), SIZE);
    return gpu_emit(e, call, job, err);
}

static double rows_cost(const struct gpu_call *call) {
    return gpu_move_cost(call, 2 * gpu_call_elements(call));
}

/* ---- Reductions of long rows, in chunks ---------------------------------- */

/* Long rows are cut in chunks whose results go to scratch. */
static int64_t chunks_of(const struct rows *rows) {
    if (rows->n_inner < 4 * CHUNK || rows->n_rows > 65536) return 1;
    return i64_min(rows->n_inner / CHUNK, MAX_CHUNKS);
}

static size_t chunk_bytes(const struct rows *rows) {
    int64_t chunks = chunks_of(rows);
    return chunks > 1 ? (size_t)(chunks * rows->n_rows) * sizeof(float) : 0;
}

/* The rows of the first pass: y is chunk after chunk, dense. */
static struct rows first_rows(const struct rows *rows) {
    struct rows first = *rows;
    int64_t step = 1;
    for (int i = rows->outer.n - 1; i >= 0; i--) {
        first.outer.y[i] = step;
        step *= rows->outer.dims[i];
    }
    first.n_chunks = chunks_of(rows);
    return first;
}

/* The rows of the second: x is what the first wrote. */
static struct rows second_rows(const struct rows *rows,
                               const struct rows *first) {
    struct rows second = {
        .outer = rows->outer,
        .inner = {.n = 1, .dims = {first->n_chunks}, .x = {rows->n_rows}},
        .n_rows = rows->n_rows,
        .n_inner = first->n_chunks,
        .n_chunks = 1};
    memcpy(second.outer.x, first->outer.y, sizeof second.outer.x);
    return second;
}

/* What is computed of a row; see reduce.wgsl. */
struct reduction {
    const char *shader;
    uint32_t op, f, root;
    float scale;
};

static enum cut_status emit_reduction(struct gpu_emitter *e,
                                      const struct gpu_call *call,
                                      const struct rows *rows,
                                      const struct reduction *r,
                                      const struct gpu_operand *const *operands,
                                      struct cut_error *err) {
    struct gpu_job job = {.shader = r->shader, .n_arena = operands[2] ? 3 : 2};
    for (int i = 0; i < job.n_arena; i++) job.arena[i] = operands[i];
    if (!operands[2]) {
        add_constant(&job, "OP", r->op);
        add_constant(&job, "F", r->f);
        add_constant(&job, "ROOT", r->root);
    }
    return emit_rows(e, call, rows, &job, r->scale, err);
}

/* y[row] from operands y, x and, for centred sums, the means; partial results
 * go to the end of the scratch. */
static enum cut_status
reduce(struct gpu_emitter *e, const struct gpu_call *call,
       const struct rows *rows, const struct reduction *r,
       const struct gpu_operand *const operands[3], struct cut_error *err) {
    if (chunks_of(rows) == 1)
        return emit_reduction(e, call, rows, r, operands, err);
    const struct rows first = first_rows(rows);
    const struct rows second = second_rows(rows, &first);
    uint64_t bytes = (chunk_bytes(rows) + 255) / 256 * 256;
    uint64_t offset = call->scratch.bytes - bytes; /* the scratch's end */
    struct gpu_operand partial =
        gpu_scratch(call, offset, CUT_F32, first.n_chunks * rows->n_rows);
    const struct gpu_operand *of_first[] = {&partial, operands[1], operands[2]};
    const struct gpu_operand *of_second[] = {operands[0], &partial, NULL};
    struct reduction begin = *r,
                     end = {"rows+reduce", r->op, 0, r->root, r->scale};
    begin.root = 0;
    begin.scale = 1;
    enum cut_status status =
        emit_reduction(e, call, &first, &begin, of_first, err);
    if (status) return status;
    return emit_reduction(e, call, &second, &end, of_second, err);
}

/* ---- Reduce..., global pools --------------------------------------------- */

static struct rows reduce_rows(const struct gpu_call *call) {
    const struct reduce_params *p = &call->node->params.reduce;
    const enum op op = call->node->op;
    const bool global =
        op == OP_GLOBAL_AVERAGE_POOL || op == OP_GLOBAL_MAX_POOL;
    const struct gpu_operand *x = &call->inputs[0];
    int64_t own[CUT_MAX_RANK] = {0}, stride[CUT_MAX_RANK] = {0};
    bool inner[CUT_MAX_RANK];
    gpu_strides(&call->outputs[0], own);
    for (int i = 0, at = 0; i < x->tensor->rank; i++) {
        inner[i] = global ? i > 0 && i < x->tensor->rank - 1 : p->axes[i];
        if (!inner[i]) stride[i] = own[at];
        if (!inner[i] || global || p->keep_dims) at++;
    }
    return rows_of(x, inner, stride);
}

static struct reduction reduction_of(const struct gpu_call *call,
                                     const struct rows *rows) {
    struct reduction r = {.shader = "rows+reduce", .scale = 1};
    switch (call->node->op) {
    case OP_GLOBAL_AVERAGE_POOL:
    case OP_REDUCE_MEAN: r.scale = 1 / (float)rows->n_inner; break;
    case OP_GLOBAL_MAX_POOL:
    case OP_REDUCE_MAX: r.op = 1; break;
    case OP_REDUCE_MIN: r.op = 2; break;
    case OP_REDUCE_PROD: r.op = 3; break;
    case OP_REDUCE_L1: r.f = 1; break;
    case OP_REDUCE_L2:
        r.f = 2;
        r.root = 1;
        break;
    case OP_REDUCE_SUM_SQUARE: r.f = 2; break;
    default: break;
    }
    return r;
}

static bool reduce_fits(const struct gpu_call *call) {
    if (!gpu_is_float(&call->inputs[0])) return false;
    const struct rows rows = reduce_rows(call);
    return rows_fit(&rows);
}

static size_t reduce_scratch(const struct gpu_call *call) {
    const struct rows rows = reduce_rows(call);
    return (chunk_bytes(&rows) + 255) / 256 * 256;
}

static enum cut_status reduce_emit(struct gpu_emitter *e,
                                   const struct gpu_call *call,
                                   struct cut_error *err) {
    const struct rows rows = reduce_rows(call);
    const struct reduction r = reduction_of(call, &rows);
    const struct gpu_operand *operands[] = {&call->outputs[0], &call->inputs[0],
                                            NULL};
    return reduce(e, call, &rows, &r, operands, err);
}

const struct gpu_method gpu_reduce_method = {.name = "reduce",
                                             .fits = reduce_fits,
                                             .scratch_bytes = reduce_scratch,
                                             .cost = rows_cost,
                                             .emit = reduce_emit};

/* ---- Softmax ------------------------------------------------------------- */

/* Rows that are walked alike in x and y. */
static struct rows alike_rows(const struct gpu_call *call, int first,
                              int last) {
    const struct gpu_operand *x = &call->inputs[0];
    int64_t stride[CUT_MAX_RANK];
    bool inner[CUT_MAX_RANK];
    gpu_strides(&call->outputs[0], stride);
    for (int i = 0; i < x->tensor->rank; i++)
        inner[i] = i >= first && i <= last;
    return rows_of(x, inner, stride);
}

static struct rows softmax_rows(const struct gpu_call *call) {
    const struct axis_params *p = &call->node->params.axis;
    int rank = call->inputs[0].tensor->rank;
    return alike_rows(call, p->axis, p->flatten ? rank - 1 : p->axis);
}

static bool softmax_fits(const struct gpu_call *call) {
    if (!gpu_is_float(&call->inputs[0])) return false;
    const struct rows rows = softmax_rows(call);
    return rows_fit(&rows);
}

static enum cut_status softmax_emit(struct gpu_emitter *e,
                                    const struct gpu_call *call,
                                    struct cut_error *err) {
    const struct rows rows = softmax_rows(call);
    struct gpu_job job = {.shader = "rows+softmax",
                          .n_arena = 2,
                          .arena = {&call->outputs[0], &call->inputs[0]}};
    add_constant(&job, "LOG", call->node->op == OP_LOG_SOFTMAX);
    return emit_rows(e, call, &rows, &job, 0, err);
}

const struct gpu_method gpu_softmax_method = {.name = "softmax",
                                              .fits = softmax_fits,
                                              .cost = rows_cost,
                                              .emit = softmax_emit};

/* ---- Normalisations ------------------------------------------------------ */

static enum cut_status no_memory(const struct gpu_call *call,
                                 struct cut_error *err) {
    return status_fail(err, CUT_NO_MEMORY, "node '%s': no memory",
                       call->node->name);
}

static bool is_vector(const struct gpu_call *call, int i, int64_t n) {
    return i < call->n_inputs && call->inputs[i].constant &&
           gpu_is_float(&call->inputs[i]) && gpu_count(&call->inputs[i]) == n;
}

/* Puts inputs first.. into the job as vectors of n. */
static bool add_vectors(struct gpu_emitter *e, const struct gpu_call *call,
                        int n_vectors, int64_t n, struct gpu_job *job) {
    for (int i = 0; i < n_vectors; i++) {
        int upload = gpu_vector(e, &call->inputs[1 + i], n);
        if (upload < 0) return false;
        job->weights[job->n_weights++] = upload;
    }
    return true;
}

static bool only_output(const struct gpu_call *call) {
    for (int i = 1; i < call->n_outputs; i++)
        if (call->outputs[i].tensor) return false;
    return gpu_is_float(&call->inputs[0]);
}

static struct rows layer_rows(const struct gpu_call *call) {
    return alike_rows(call, call->node->params.norm.axis,
                      call->inputs[0].tensor->rank - 1);
}

static bool layer_norm_fits(const struct gpu_call *call) {
    if (!only_output(call)) return false;
    const struct rows rows = layer_rows(call);
    const bool bias = call->n_inputs > 2 && call->inputs[2].tensor;
    return rows_fit(&rows) && is_vector(call, 1, rows.n_inner) &&
           (!bias || is_vector(call, 2, rows.n_inner));
}

static enum cut_status layer_norm_emit(struct gpu_emitter *e,
                                       const struct gpu_call *call,
                                       struct cut_error *err) {
    const struct rows rows = layer_rows(call);
    const bool bias = call->n_inputs > 2 && call->inputs[2].tensor;
    struct gpu_job job = {.shader = bias ? "rows+layer_norm_bias+layer_norm"
                                         : "rows+layer_norm_none+layer_norm",
                          .n_arena = 2,
                          .arena = {&call->outputs[0], &call->inputs[0]}};
    if (!add_vectors(e, call, bias ? 2 : 1, rows.n_inner, &job))
        return no_memory(call, err);
    return emit_rows(e, call, &rows, &job, call->node->params.norm.epsilon,
                     err);
}

const struct gpu_method gpu_layer_norm_method = {.name = "layer-norm",
                                                 .fits = layer_norm_fits,
                                                 .cost = rows_cost,
                                                 .emit = layer_norm_emit};

/* y and x by the axes of y; the last is the channel. */
static struct gpu_nest channel_nest(const struct gpu_call *call) {
    struct gpu_nest nest;
    gpu_nest_start(&nest, &call->outputs[0]);
    gpu_nest_add(&nest, &call->inputs[0]);
    return nest;
}

static bool batch_norm_fits(const struct gpu_call *call) {
    const struct tensor *x = call->inputs[0].tensor;
    bool fits =
        only_output(call) && x->rank >= 2 && !call->node->params.norm.training;
    for (int i = 1; i < 5 && fits; i++)
        fits = is_vector(call, i, x->dims[x->rank - 1]);
    return fits;
}

static enum cut_status emit_nest(struct gpu_emitter *e,
                                 const struct gpu_call *call,
                                 struct gpu_nest *nest, struct gpu_job *job,
                                 int64_t channels, struct cut_error *err) {
    gpu_nest_collapse(nest);
    job->cost = gpu_call_elements(call);
    if (channels % 4 == 0 && gpu_nest_all_vec4(nest, job)) {
        job->flags |= GPU_VEC4 | GPU_WEIGHTS_VEC4;
        gpu_nest_vec4(nest);
        channels /= 4;
    }
    gpu_nest_params(nest, job);
    job->params[GPU_NEST_OWN] = gpu_float_bits(call->node->params.norm.epsilon);
    job->params[GPU_NEST_OWN + 1] = word(channels);
    return gpu_emit(e, call, job, err);
}

static enum cut_status batch_norm_emit(struct gpu_emitter *e,
                                       const struct gpu_call *call,
                                       struct cut_error *err) {
    const struct tensor *x = call->inputs[0].tensor;
    int64_t channel[CUT_MAX_RANK] = {0}, n = x->dims[x->rank - 1];
    struct gpu_nest nest = channel_nest(call);
    struct gpu_job job = {.shader = "batch_norm",
                          .n_arena = 2,
                          .arena = {&call->outputs[0], &call->inputs[0]}};
    channel[x->rank - 1] = 1;
    gpu_nest_add_strides(&nest, channel);
    if (!add_vectors(e, call, 4, n, &job)) return no_memory(call, err);
    return emit_nest(e, call, &nest, &job, n, err);
}

const struct gpu_method gpu_batch_norm_method = {.name = "batch-norm",
                                                 .fits = batch_norm_fits,
                                                 .cost = rows_cost,
                                                 .emit = batch_norm_emit};

/* Means, then mean squares of what is left, then the elements. Scratch: mean
 * and variance of every [n,c] as f32, then what `reduce` needs. */
static struct rows instance_rows(const struct gpu_call *call) {
    const struct gpu_operand *x = &call->inputs[0];
    const int last = x->tensor->rank - 1;
    int64_t stride[CUT_MAX_RANK] = {0};
    bool inner[CUT_MAX_RANK];
    for (int i = 0; i <= last; i++) inner[i] = i > 0 && i < last;
    stride[0] = x->tensor->dims[last];
    stride[last] = 1;
    return rows_of(x, inner, stride);
}

static size_t stage_bytes(const struct rows *rows) {
    return ((size_t)rows->n_rows * sizeof(float) + 255) / 256 * 256;
}

static bool instance_norm_fits(const struct gpu_call *call) {
    const struct tensor *x = call->inputs[0].tensor;
    if (!only_output(call) || x->rank < 3) return false;
    const struct rows rows = instance_rows(call);
    int64_t n = x->dims[x->rank - 1];
    return rows_fit(&rows) && is_vector(call, 1, n) && is_vector(call, 2, n);
}

static size_t instance_norm_scratch(const struct gpu_call *call) {
    const struct rows rows = instance_rows(call);
    return 2 * stage_bytes(&rows) + (chunk_bytes(&rows) + 255) / 256 * 256;
}

static enum cut_status emit_moments(struct gpu_emitter *e,
                                    const struct gpu_call *call,
                                    const struct gpu_operand *mean,
                                    const struct gpu_operand *variance,
                                    struct cut_error *err) {
    const struct rows rows = instance_rows(call);
    const float share = 1 / (float)rows.n_inner;
    const struct gpu_operand *x = &call->inputs[0];
    const struct gpu_operand *first[] = {mean, x, NULL};
    const struct gpu_operand *second[] = {variance, x, mean};
    const struct reduction sum = {"rows+reduce", 0, 0, 0, share};
    const struct reduction squares = {"rows+centred", 0, 0, 0, share};
    enum cut_status status = reduce(e, call, &rows, &sum, first, err);
    if (status) return status;
    return reduce(e, call, &rows, &squares, second, err);
}

static enum cut_status instance_norm_emit(struct gpu_emitter *e,
                                          const struct gpu_call *call,
                                          struct cut_error *err) {
    const struct tensor *x = call->inputs[0].tensor;
    const struct rows rows = instance_rows(call);
    const int64_t n = x->dims[x->rank - 1];
    struct gpu_operand mean = gpu_scratch(call, 0, CUT_F32, rows.n_rows);
    struct gpu_operand variance =
        gpu_scratch(call, stage_bytes(&rows), CUT_F32, rows.n_rows);
    enum cut_status status = emit_moments(e, call, &mean, &variance, err);
    if (status) return status;

    int64_t stride[CUT_MAX_RANK] = {0};
    struct gpu_nest nest = channel_nest(call);
    struct gpu_job job = {
        .shader = "instance_norm",
        .n_arena = 4,
        .arena = {&call->outputs[0], &call->inputs[0], &mean, &variance}};
    stride[0] = n;
    stride[x->rank - 1] = 1;
    gpu_nest_add_strides(&nest, stride);
    gpu_nest_add_strides(&nest, stride);
    if (!add_vectors(e, call, 2, n, &job)) return no_memory(call, err);
    return emit_nest(e, call, &nest, &job, n, err);
}

const struct gpu_method gpu_instance_norm_method = {.name = "instance-norm",
                                                    .fits = instance_norm_fits,
                                                    .scratch_bytes =
                                                        instance_norm_scratch,
                                                    .cost = rows_cost,
                                                    .emit = instance_norm_emit};
