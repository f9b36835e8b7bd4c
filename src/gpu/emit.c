/* One dispatch: bindings, the head of its shader, its pipeline. */
#include "base/half.h"
#include "base/mem.h"
#include "base/status.h"
#include "gpu/list_work.h"

enum { HEAD_BYTES = 6000, ROUND_BYTES = 16, MAX_WORKGROUPS = 65535 };

static enum cut_status no_memory(struct cut_error *err) {
    return status_fail(err, CUT_NO_MEMORY, "no memory for the dispatch list");
}

/* ---- Uploads ----------------------------------------------------------- */

static bool same_upload(const struct gpu_upload *a,
                        const struct gpu_upload *b) {
    bool same = a->packing == b->packing && a->tensor == b->tensor &&
                a->zero == b->zero && a->scale == b->scale &&
                a->dtype == b->dtype && a->range.bytes == b->range.bytes;
    for (int i = 0; i < 4; i++) same = same && a->n[i] == b->n[i];
    return same;
}

/* A buffer of the kind with room for that much more. */
static int buffer_for(struct gpu_emitter *e, enum weight_kind kind,
                      uint64_t bytes) {
    const uint64_t limit = e->list->device.limits.max_buffer_bytes;
    int buffer = e->weights[kind];
    if (buffer >= 0) {
        uint64_t taken = e->list->buffers[buffer].bytes;
        if (bytes <= limit && taken <= limit - bytes) return buffer;
    }
    return e->weights[kind] = gpu_add_buffer(e, GPU_USAGE_WEIGHTS, 0);
}

int gpu_weight_of_kind(struct gpu_emitter *e, const struct gpu_upload *upload,
                       enum weight_kind kind) {
    struct gpu_list *list = e->list;
    struct gpu_upload u = *upload;
    u.range.bytes = gpu_round_up(u.range.bytes, ROUND_BYTES);
    for (int i = 1; i < list->n_uploads; i++)
        if (e->kinds[i] == kind && same_upload(&list->uploads[i], &u)) return i;
    uint64_t bytes = gpu_round_up(u.range.bytes, 256);
    u.range.buffer = buffer_for(e, kind, bytes);
    if (u.range.buffer < 0 ||
        !GPU_GROW(e->arena, &list->uploads, list->n_uploads, &e->upload_room) ||
        !GPU_GROW(e->arena, &e->kinds, list->n_uploads, &e->kind_room))
        return -1;
    struct gpu_buffer *buffer = &list->buffers[u.range.buffer];
    u.range.offset = buffer->bytes;
    buffer->bytes += bytes;
    e->kinds[list->n_uploads] = (uint8_t)kind;
    list->uploads[list->n_uploads] = u;
    return list->n_uploads++;
}

int gpu_weight(struct gpu_emitter *e, const struct gpu_upload *upload) {
    return gpu_weight_of_kind(e, upload, WEIGHTS_READ);
}

/* Gives a constant operand its place. What is stored as f16 stays so where
 * the shader can read it; all else is f32, which is exact. */
static bool place_constant(struct gpu_emitter *e, struct gpu_operand *operand) {
    bool f16 = operand->dtype == CUT_F16 && e->list->device.limits.shader_f16;
    operand->dtype = f16 ? CUT_F16 : CUT_F32;
    int64_t n = tensor_n_elements(operand->tensor);
    struct gpu_upload upload = {.packing = GPU_PACK_PLAIN,
                                .tensor = operand->tensor_index,
                                .zero = -1,
                                .scale = -1,
                                .dtype = operand->dtype,
                                .n = {n, 0, 0, 0}};
    upload.range.bytes = (uint64_t)n * cut_dtype_bytes(operand->dtype);
    int i = gpu_weight_of_kind(e, &upload, WEIGHTS_OPERAND);
    if (i < 0) return false;
    operand->range = e->list->uploads[i].range;
    return true;
}

/* ---- Bindings ---------------------------------------------------------- */

/* A dispatch in the making: slot[o] is the first operand that shares the
 * binding of operand o. */
struct frame {
    struct gpu_emitter *e;
    const struct gpu_call *call;
    const struct gpu_job *job;
    struct gpu_operand operands[GPU_MAX_ARENA];
    struct gpu_range windows[GPU_MAX_ARENA];
    int slot[GPU_MAX_ARENA];
    uint32_t offset[GPU_MAX_ARENA]; /* in the binding, storage elements */
};

static enum cut_status refuse(const struct frame *f, const char *what,
                              uint64_t value, uint64_t limit,
                              struct cut_error *err) {
    const struct node *node = f->call->node;
    return status_fail(err, CUT_UNSUPPORTED,
                       "node '%s' (%s): %llu %s; this GPU has at most %llu",
                       node->name, node->op_type, (unsigned long long)value,
                       what, (unsigned long long)limit);
}

static struct gpu_range window_of(const struct frame *f,
                                  const struct gpu_range *range) {
    uint64_t unit = (uint64_t)f->e->list->device.limits.offset_alignment;
    uint64_t start = range->offset / unit * unit;
    uint64_t end = gpu_round_up(range->offset + range->bytes, ROUND_BYTES);
    return (struct gpu_range){range->buffer, start, end - start};
}

static bool overlap(const struct gpu_range *a, const struct gpu_range *b) {
    return a->buffer == b->buffer && a->offset < b->offset + b->bytes &&
           b->offset < a->offset + a->bytes;
}

/* Window a becomes both. */
static void unite(struct gpu_range *a, const struct gpu_range *b) {
    uint64_t start = a->offset < b->offset ? a->offset : b->offset;
    uint64_t a_end = a->offset + a->bytes, b_end = b->offset + b->bytes;
    *a = (struct gpu_range){a->buffer, start,
                            (a_end > b_end ? a_end : b_end) - start};
}

/* WebGPU forbids writable bindings that overlap. */
static void share_bindings(struct frame *f) {
    int n = f->job->n_arena;
    bool changed = true;
    while (changed) {
        changed = false;
        for (int a = 0; a < n; a++)
            for (int b = a + 1; b < n; b++) {
                if (f->slot[a] != a || f->slot[b] != b) continue;
                if (!overlap(&f->windows[a], &f->windows[b])) continue;
                unite(&f->windows[a], &f->windows[b]);
                for (int i = b; i < n; i++)
                    if (f->slot[i] == b) f->slot[i] = a;
                changed = true;
            }
    }
}

static enum cut_status check_window(const struct frame *f,
                                    const struct gpu_range *window,
                                    struct cut_error *err) {
    uint64_t most = f->e->list->device.limits.max_binding_bytes;
    if (most > UINT32_MAX) most = UINT32_MAX;
    if (window->bytes > most)
        return refuse(f, "bytes in one binding", window->bytes, most, err);
    return CUT_OK;
}

static enum cut_status find_offsets(struct frame *f, struct cut_error *err) {
    for (int o = 0; o < f->job->n_arena; o++) {
        const struct gpu_operand *operand = &f->operands[o];
        const struct gpu_operand *first = &f->operands[f->slot[o]];
        const struct gpu_range *window = &f->windows[f->slot[o]];
        uint64_t item = cut_dtype_bytes(operand->dtype);
        if (f->job->flags & GPU_VEC4) item *= 4;
        uint64_t offset = operand->range.offset - window->offset;
        if (offset % item || operand->dtype != first->dtype)
            return status_fail(err, CUT_UNSUPPORTED,
                               "node '%s' (%s): operand %d lies at byte %llu "
                               "of its binding, in elements of %llu",
                               f->call->node->name, f->call->node->op_type, o,
                               (unsigned long long)offset,
                               (unsigned long long)item);
        f->offset[o] = (uint32_t)(offset / item);
        enum cut_status status = check_window(f, window, err);
        if (status) return status;
    }
    return CUT_OK;
}

static enum cut_status place_operands(struct frame *f, struct cut_error *err) {
    for (int o = 0; o < f->job->n_arena; o++) {
        f->operands[o] = *f->job->arena[o];
        if (f->operands[o].constant && f->operands[o].range.buffer < 0 &&
            !place_constant(f->e, &f->operands[o]))
            return no_memory(err);
        f->windows[o] = window_of(f, &f->operands[o].range);
        f->slot[o] = o;
    }
    share_bindings(f);
    return find_offsets(f, err);
}

/* ---- The head ---------------------------------------------------------- */

struct head {
    char text[HEAD_BYTES];
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void say(struct head *head,
                                                      const char *format, ...) {
    va_list args;
    va_start(args, format);
    head->n += text_format_list(head->text + head->n, HEAD_BYTES - head->n,
                                format, args);
    va_end(args);
}

static void say_operand(struct head *head, const struct frame *f, int o,
                        int binding) {
    bool vec4 = f->job->flags & GPU_VEC4;
    bool f16 = f->operands[o].dtype == CUT_F16;
    bool u32 = f->operands[o].dtype == CUT_U32;
    const char *loaded = u32 ? "u32" : "A";
    int slot = f->slot[o];
    say(head, "alias E%d = %s%s%s;\n", o, vec4 ? "vec4<" : "",
        u32   ? "u32"
        : f16 ? "f16"
              : "f32",
        vec4 ? ">" : "");
    if (slot == o)
        say(head,
            "@group(0) @binding(%d) var<storage, read_write> a%d: "
            "array<E%d>;\n",
            binding, o, o);
    say(head,
        "fn load%d(i: u32) -> %s { return %s(a%d[P[0][%d] + i]); }\n"
        "fn store%d(i: u32, v: %s) { a%d[P[0][%d] + i] = E%d(v); }\n",
        o, loaded, loaded, slot, o, o, loaded, slot, o, o);
}

static void say_packed_weight(struct head *head, int k, bool vec4) {
    if (vec4)
        say(head,
            "fn weight%d(i: u32) -> vec4<f32> {\n"
            "  let h = w%d[i];\n"
            "  return vec4<f32>(unpack2x16float(h.x), "
            "unpack2x16float(h.y));\n}\n",
            k, k);
    else
        say(head,
            "fn weight%d(i: u32) -> f32 {\n"
            "  return unpack2x16float(w%d[i / 2])[i %% 2];\n}\n",
            k, k);
}

static void say_weight(struct head *head, const struct frame *f, int k,
                       int binding) {
    const struct gpu_upload *u = &f->e->list->uploads[f->job->weights[k]];
    bool vec4 = f->job->flags & GPU_WEIGHTS_VEC4;
    bool f16 = u->dtype == CUT_F16;
    bool packed = f16 && !f->e->list->device.limits.shader_f16;
    if (packed)
        say(head, "alias W%d = %s;\n", k, vec4 ? "vec2<u32>" : "u32");
    else
        say(head, "alias W%d = %s%s%s;\n", k, vec4 ? "vec4<" : "",
            f16 ? "f16" : "f32", vec4 ? ">" : "");
    say(head, "@group(0) @binding(%d) var<storage, read> w%d: array<W%d>;\n",
        binding, k, k);
    if (packed)
        say_packed_weight(head, k, vec4);
    else
        say(head, "fn weight%d(i: u32) -> %s { return %s(w%d[i]); }\n", k,
            vec4 ? "vec4<f32>" : "f32", vec4 ? "vec4<f32>" : "f32", k);
}

/* Element i, not vec4 i, as the value of a whole vec4. */
static void say_splat(struct head *head, const struct frame *f, int o) {
    if (f->job->flags & GPU_VEC4)
        say(head,
            "fn splat%d(i: u32) -> A { "
            "return A(f32(a%d[P[0][%d] + i / 4][i %% 4])); }\n",
            o, f->slot[o], o);
    else
        say(head, "fn splat%d(i: u32) -> A { return load%d(i); }\n", o, o);
}

/* See stride_loops.h. */
static void say_walk(struct head *head) {
    say(head, "override RANK: u32 = 1;\n"
              "fn param(i: u32) -> u32 { return P[i / 4][i %% 4]; }\n"
              "fn walk(id: u32) -> vec4<u32> {\n"
              "  var at = vec4<u32>(0);\n"
              "  var rest = id;\n"
              "  for (var axis = RANK; axis > 1; axis--) {\n"
              "    let p = 5 * axis;\n"
              "    let dim = param(p);\n"
              "    let above = rest / dim;\n"
              "    let i = rest - above * dim;\n"
              "    rest = above;\n"
              "    at += i * vec4<u32>(param(p + 1), param(p + 2),\n"
              "                        param(p + 3), param(p + 4));\n"
              "  }\n"
              "  return at + rest * vec4<u32>(param(6), param(7), param(8),\n"
              "                               param(9));\n"
              "}\n");
}

static bool reads_f16(const struct frame *f) {
    bool f16 = false;
    for (int o = 0; o < f->job->n_arena; o++)
        f16 |= f->operands[o].dtype == CUT_F16;
    for (int k = 0; k < f->job->n_weights; k++)
        f16 |= f->e->list->uploads[f->job->weights[k]].dtype == CUT_F16;
    return f16 && f->e->list->device.limits.shader_f16;
}

static void say_head(struct head *head, const struct frame *f) {
    const struct gpu_device *device = &f->e->list->device;
    const struct gpu_job *job = f->job;
    int binding = 1;
    if (reads_f16(f)) say(head, "enable f16;\n");
    if (job->flags & GPU_SUBGROUPS) say(head, "enable subgroups;\n");
    say(head, "const F16: bool = %s;\nconst F16_WEIGHTS: bool = %s;\n",
        device->f16 ? "true" : "false",
        device->limits.shader_f16 ? "true" : "false");
    say(head,
        "alias A = %s;\n"
        "@group(0) @binding(0) var<uniform> P: array<vec4<u32>, %d>;\n",
        job->flags & GPU_VEC4 ? "vec4<f32>" : "f32", GPU_PARAM_WORDS / 4);
    for (int o = 0; o < job->n_arena; o++) {
        say_operand(head, f, o, binding);
        binding += f->slot[o] == o;
    }
    for (int k = 0; k < job->n_weights; k++) say_weight(head, f, k, binding++);
    for (int o = 0; o < job->n_arena && job->flags & GPU_WALK; o++)
        say_splat(head, f, o);
    if (job->flags & GPU_WALK) say_walk(head);
}

/* ---- Pipelines --------------------------------------------------------- */

static bool same_pipeline(const struct gpu_pipeline *a,
                          const struct gpu_pipeline *b) {
    if (!text_equal(a->shader, b->shader) || a->n_constants != b->n_constants ||
        !text_equal(a->layout, b->layout))
        return false;
    for (int i = 0; i < a->n_constants; i++)
        if (a->constants[i].value != b->constants[i].value ||
            !text_equal(a->constants[i].name, b->constants[i].name))
            return false;
    return text_equal(a->head, b->head);
}

static int find_pipeline(struct gpu_emitter *e, struct gpu_pipeline *wanted,
                         const struct head *head) {
    struct gpu_list *list = e->list;
    for (int i = 0; i < list->n_pipelines; i++)
        if (same_pipeline(&list->pipelines[i], wanted)) return i;
    wanted->head = arena_text(e->arena, head->text, head->n);
    if (!wanted->head || !GPU_GROW(e->arena, &list->pipelines,
                                   list->n_pipelines, &e->pipeline_room))
        return -1;
    list->pipelines[list->n_pipelines] = *wanted;
    return list->n_pipelines++;
}

static int pipeline_of(const struct frame *f) {
    struct head head = {.n = 0};
    struct gpu_pipeline wanted = {.shader = f->job->shader,
                                  .head = head.text,
                                  .n_constants = f->job->n_constants,
                                  .layout = "u"};
    memcpy(wanted.constants, f->job->constants, sizeof wanted.constants);
    int n = 1;
    for (int o = 0; o < f->job->n_arena; o++)
        if (f->slot[o] == o) wanted.layout[n++] = 'w';
    for (int k = 0; k < f->job->n_weights; k++) wanted.layout[n++] = 'r';
    say_head(&head, f);
    return find_pipeline(f->e, &wanted, &head);
}

/* ---- Dispatches -------------------------------------------------------- */

static enum cut_status check_job(const struct frame *f, struct cut_error *err) {
    const struct cut_gpu_limits *limits = &f->e->list->device.limits;
    int n = f->job->n_weights;
    for (int o = 0; o < f->job->n_arena; o++) n += f->slot[o] == o;
    if (n > limits->max_storage_bindings)
        return refuse(f, "storage bindings", (uint64_t)n,
                      (uint64_t)limits->max_storage_bindings, err);
    for (int i = 0; i < 3; i++)
        if (f->job->workgroups[i] > MAX_WORKGROUPS)
            return refuse(f, "workgroups in a row",
                          (uint64_t)f->job->workgroups[i], MAX_WORKGROUPS, err);
    return CUT_OK;
}

static enum cut_status bind(const struct frame *f, struct gpu_dispatch *d,
                            struct cut_error *err) {
    const struct gpu_list *list = f->e->list;
    d->bindings[d->n_bindings++] = (struct gpu_range){
        GPU_PARAMS, (uint64_t)list->n_dispatches * GPU_PARAM_STRIDE,
        GPU_PARAM_WORDS * sizeof(uint32_t)};
    for (int o = 0; o < f->job->n_arena; o++)
        if (f->slot[o] == o) d->bindings[d->n_bindings++] = f->windows[o];
    for (int k = 0; k < f->job->n_weights; k++) {
        const struct gpu_range *range =
            &list->uploads[f->job->weights[k]].range;
        enum cut_status status = check_window(f, range, err);
        if (status) return status;
        d->bindings[d->n_bindings++] = *range;
    }
    return CUT_OK;
}

static bool append(const struct frame *f, const struct gpu_dispatch *d) {
    struct gpu_emitter *e = f->e;
    struct gpu_list *list = e->list;
    int at = list->n_dispatches * GPU_PARAM_WORDS;
    if (!GPU_GROW(e->arena, &list->dispatches, list->n_dispatches,
                  &e->dispatch_room) ||
        !GPU_GROW(e->arena, &list->params, at + GPU_PARAM_WORDS - 1,
                  &e->params_room))
        return false;
    uint32_t *words = list->params + at;
    memset(words, 0, GPU_PARAM_WORDS * sizeof *words);
    for (int o = 0; o < f->job->n_arena; o++) words[o] = f->offset[o];
    memcpy(words + GPU_PARAM_FIRST, f->job->params,
           (size_t)f->job->n_params * sizeof *words);
    list->dispatches[list->n_dispatches++] = *d;
    list->total_cost += d->cost;
    e->n_emitted++;
    return true;
}

enum cut_status gpu_emit(struct gpu_emitter *e, const struct gpu_call *call,
                         const struct gpu_job *job, struct cut_error *err) {
    struct frame f = {.e = e, .call = call, .job = job};
    for (int i = 0; i < 3; i++)
        if (job->workgroups[i] <= 0) return CUT_OK;
    enum cut_status status = place_operands(&f, err);
    if (!status) status = check_job(&f, err);
    if (status) return status;
    struct gpu_dispatch d = {.step = call->step, .cost = job->cost};
    for (int i = 0; i < 3; i++) d.workgroups[i] = (uint32_t)job->workgroups[i];
    d.pipeline = pipeline_of(&f);
    if (d.pipeline < 0) return no_memory(err);
    status = bind(&f, &d, err);
    if (status) return status;
    return append(&f, &d) ? CUT_OK : no_memory(err);
}

/* ---- Small things ------------------------------------------------------ */

struct gpu_operand gpu_scratch(const struct gpu_call *call, uint64_t offset,
                               enum cut_dtype dtype, int64_t n) {
    return (struct gpu_operand){
        .tensor_index = -1,
        .dtype = dtype,
        .pitch = n,
        .range = {call->scratch.buffer, call->scratch.offset + offset,
                  (uint64_t)n * cut_dtype_bytes(dtype)}};
}

void gpu_spread(struct gpu_job *job, int64_t n, int64_t size) {
    int64_t groups = (n + size - 1) / size;
    int64_t rows = (groups + MAX_WORKGROUPS - 1) / MAX_WORKGROUPS;
    job->workgroups[0] = rows > 1 ? (groups + rows - 1) / rows : groups;
    job->workgroups[1] = rows;
    job->workgroups[2] = 1;
}

bool gpu_is_vec4(const struct gpu_operand *operand) {
    int64_t width = operand->pitch;
    const struct tensor *t = operand->tensor;
    if (t) width = t->rank > 0 ? t->dims[t->rank - 1] : 1;
    uint64_t item = 4 * cut_dtype_bytes(operand->dtype);
    bool aligned = operand->range.buffer < 0 || operand->constant ||
                   operand->range.offset % item == 0;
    return aligned && width % 4 == 0 && operand->pitch % 4 == 0;
}

uint32_t gpu_float_bits(float x) { return float_bits(x); }
