/* The photo's list: buffers, resampling. */
#include "base/mem.h"
#include "base/status.h"
#include "gpu/photo_work.h"

static enum cut_status no_memory(struct cut_error *err) {
    return status_fail(err, CUT_NO_MEMORY, "no memory for the photo's list");
}

/* ---- Jobs -------------------------------------------------------------- */

void photo_add_word(struct gpu_job *job, int64_t word) {
    job->params[job->n_params++] = (uint32_t)word;
}

void photo_add_number(struct gpu_job *job, float number) {
    job->params[job->n_params++] = gpu_float_bits(number);
}

void photo_add_constant(struct gpu_job *job, const char *name, bool value) {
    job->constants[job->n_constants++] = (struct gpu_constant){name, value};
}

struct gpu_job photo_job(const struct photo_build *b, const char *shader,
                         const struct gpu_operand *to) {
    struct gpu_job job = {.shader = shader, .n_arena = 1, .arena = {to}};
    photo_add_word(&job, b->width);
    photo_add_word(&job, b->height);
    photo_add_word(&job, b->photo->width);
    photo_add_word(&job, b->photo->height);
    return job;
}

static enum cut_status emit(struct photo_build *b, struct gpu_job *job) {
    b->call.step = (int)b->stage;
    b->call.node = &b->e->list->plan->graph->nodes[b->stage];
    return gpu_emit(b->e, &b->call, job, b->err);
}

enum cut_status photo_emit(struct photo_build *b, struct gpu_job *job,
                           int64_t n, double cost_each) {
    job->cost = (double)n * cost_each;
    gpu_spread(job, n, 64);
    return emit(b, job);
}

enum cut_status photo_emit_groups(struct photo_build *b, struct gpu_job *job,
                                  int64_t groups, double cost) {
    job->cost = cost;
    job->workgroups[0] = groups;
    job->workgroups[1] = job->workgroups[2] = 1;
    return emit(b, job);
}

/* ---- Resampling -------------------------------------------------------- */

/* Samples of `from` that one of `to` takes, both ways. */
static double span_cost(const struct photo_build *b, int width, int height) {
    double x = (double)b->photo->width / width;
    double y = (double)b->photo->height / height;
    return 3 * (x > 1 ? x + 1 : 2) * (y > 1 ? y + 1 : 2);
}

/* The photo as planes [3,height,width] of `to`, from element `first` on. */
static enum cut_status emit_resample(struct photo_build *b,
                                     const struct gpu_operand *to,
                                     int64_t first, const int size[2],
                                     const float scale_offset[6]) {
    struct gpu_job job = photo_job(b, "photo+photo_resample", to);
    job.arena[job.n_arena++] = &b->pixels;
    job.params[0] = (uint32_t)size[0];
    job.params[1] = (uint32_t)size[1];
    photo_add_word(&job, first);
    for (int i = 0; i < 6; i++) photo_add_number(&job, scale_offset[i]);
    return photo_emit(b, &job, (int64_t)size[0] * size[1],
                      span_cost(b, size[0], size[1]));
}

static enum cut_status emit_input(struct photo_build *b) {
    const float *s = b->photo->scale, *o = b->photo->offset;
    b->stage = STAGE_INPUT;
    return emit_resample(b, &b->input, 0,
                         (const int[]){b->net_width, b->net_height},
                         (const float[]){s[0], s[1], s[2], o[0], o[1], o[2]});
}

/* Mask (clamped, inverted on demand) and guide on the grid. */
static enum cut_status emit_grid(struct photo_build *b) {
    struct gpu_job job =
        photo_job(b, "photo+photo_grid+photo_mask", &b->planes);
    job.arena[job.n_arena++] = &b->mask;
    photo_add_word(&job, b->net_width);
    photo_add_word(&job, b->net_height);
    photo_add_constant(&job, "INVERT", b->photo->invert);
    b->stage = STAGE_GRID;
    enum cut_status status = photo_emit(b, &job, photo_grid_pixels(b), 4);
    if (status || !(b->photo->refine || b->photo->colours)) return status;
    return emit_resample(b, &b->planes, PLANE_GUIDE * photo_grid_pixels(b),
                         (const int[]){b->width, b->height},
                         (const float[]){1, 1, 1, 0, 0, 0});
}

/* ---- Buffers ----------------------------------------------------------- */

static bool add_shared(struct gpu_emitter *e, const struct gpu_list *network,
                       int of) {
    int i = gpu_add_buffer(e, GPU_USAGE_SHARED, network->buffers[of].bytes);
    if (i >= 0) e->list->buffers[i].of = of;
    return i >= 0;
}

static bool add_buffers(const struct photo_build *b,
                        const struct gpu_list *network) {
    struct gpu_emitter *e = b->e;
    uint64_t arena_bytes = (uint64_t)b->n_floats * sizeof(float);
    uint64_t n = 4 * (uint64_t)b->photo->width * (uint64_t)b->photo->height;
    bool fits = network->buffers[GPU_ARENA].bytes >= arena_bytes;
    bool ok = fits ? add_shared(e, network, GPU_ARENA)
                   : gpu_add_buffer(e, GPU_USAGE_ARENA, arena_bytes) >= 0;
    ok = ok && gpu_add_params(e) &&
         gpu_add_buffer(e, GPU_USAGE_INPUT, n) == PHOTO_PIXELS &&
         gpu_add_buffer(e, GPU_USAGE_OUTPUT, n) == PHOTO_CUTOUT &&
         add_shared(e, network, network->first_output) &&
         add_shared(e, network, network->first_input);
    e->list->first_input = PHOTO_PIXELS;
    e->list->first_output = PHOTO_CUTOUT;
    return ok;
}

static struct gpu_operand operand_of(int buffer, enum cut_dtype dtype,
                                     int64_t n) {
    return (struct gpu_operand){
        .tensor_index = -1,
        .dtype = dtype,
        .pitch = n,
        .range = {buffer, 0, (uint64_t)n * cut_dtype_bytes(dtype)}};
}

/* Sizes of everything. */
static void measure(struct photo_build *b) {
    int64_t n = photo_grid_pixels(b);
    int64_t levels = photo_level_floats(b->width, b->height);
    int64_t rows = (b->height + SCORE_STEP - 1) / SCORE_STEP;
    int64_t pixels = (int64_t)b->photo->width * b->photo->height;
    int64_t net = (int64_t)b->net_width * b->net_height;
    b->scores = PLANE_RAW * n + i64_max(N_RAW * n, levels);
    b->best = b->scores + (N_BLURS + 1) * rows * 2;
    b->sums = b->best + 1;
    b->n_floats = b->sums + 8 * (int64_t)b->height;
    if (!b->photo->refine && !b->photo->colours) b->n_floats = n;
    b->planes = operand_of(GPU_ARENA, CUT_F32, b->n_floats);
    b->pixels = operand_of(PHOTO_PIXELS, CUT_U32, pixels);
    b->cutout = operand_of(PHOTO_CUTOUT, CUT_U32, pixels);
    b->mask = operand_of(PHOTO_MASK, CUT_F32, net);
    b->input = operand_of(PHOTO_INPUT, CUT_F32, 3 * net);
}

/* ---- Checks ------------------------------------------------------------ */

static bool is_plane(const struct tensor *t, int64_t channels) {
    return t->dtype == CUT_F32 && t->layout == LAYOUT_PLAIN && t->rank == 4 &&
           t->dims[0] == 1 && t->dims[1] == channels && t->dims[2] > 0 &&
           t->dims[3] > 0;
}

static enum cut_status check_network(const struct gpu_list *network,
                                     struct cut_error *err) {
    const struct graph *g = network->plan->graph;
    const struct tensor *x = &g->tensors[g->inputs[0]];
    const struct tensor *y = &g->tensors[g->outputs[0]];
    bool fine = g->n_inputs == 1 && g->n_outputs == 1 && is_plane(x, 3) &&
                is_plane(y, 1) && x->dims[2] == y->dims[2] &&
                x->dims[3] == y->dims[3];
    if (fine) return CUT_OK;
    return status_fail(err, CUT_UNSUPPORTED,
                       "photos on the GPU need a network of one input "
                       "[1,3,h,w] and one output [1,1,h,w], float32");
}

/* Shaders count in 32 bits, twice a side of one size times one of another;
 * a side of the photo is what a dispatch may have rows of. */
static enum cut_status check_photo(const struct gpu_photo *photo, int width,
                                   int height, struct cut_error *err) {
    const int64_t most = INT32_MAX / 4;
    int64_t grid = width > height ? width : height;
    bool fine = photo->width > 0 && photo->height > 0 &&
                photo->width <= most / grid && photo->height <= most / grid &&
                grid <= 16384;
    if (fine) return CUT_OK;
    return status_fail(err, CUT_UNSUPPORTED,
                       "a photo of %d x %d is too long for the GPU",
                       photo->width, photo->height);
}

/* ---- All of it --------------------------------------------------------- */

static enum cut_status emit_all(struct photo_build *b) {
    struct gpu_list *list = b->e->list;
    enum cut_status status = emit_input(b);
    list->n_before = list->n_dispatches;
    if (!status) status = emit_grid(b);
    if (!status && b->photo->refine) status = photo_emit_refine(b);
    if (!status && (b->photo->refine || b->photo->colours))
        status = photo_emit_colours(b);
    if (!status) status = photo_emit_cut(b);
    return status ? status : gpu_list_finish(list, b->err);
}

enum cut_status gpu_photo_list(const struct gpu_photo *photo,
                               const struct gpu_list *network,
                               struct arena *arena, struct gpu_list *list,
                               struct cut_error *err) {
    enum cut_status status = check_network(network, err);
    if (status) return status;
    const struct graph *g = network->plan->graph;
    const int64_t *dims = g->tensors[g->inputs[0]].dims;
    int width = (int)dims[3], height = (int)dims[2];
    status = check_photo(photo, width, height, err);
    if (status) return status;
    *list = (struct gpu_list){.device = network->device};
    struct gpu_emitter e = {.list = list, .arena = arena, .weights = {-1, -1}};
    struct photo_build b = {
        .e = &e,
        .photo = photo,
        .call = {.device = &list->device, .scratch = {.buffer = -1}},
        .net_width = width,
        .net_height = height,
        .width = width < photo->width ? width : photo->width,
        .height = height < photo->height ? height : photo->height,
        .err = err};
    measure(&b);
    list->plan = photo_plan(&b);
    if (!list->plan || !add_buffers(&b, network)) return no_memory(err);
    return emit_all(&b);
}
