/* The plan of a photo's list: stages in place of operators. It is not one that
 * plan_make could have made; the list's text and its verifier read it. */
#include "gpu/photo_work.h"

static const char *const stage_names[N_STAGES] = {
    [STAGE_INPUT] = "input", [STAGE_GRID] = "grid", [STAGE_GUIDE] = "guide",
    [STAGE_FIT] = "fit",     [STAGE_MEAN] = "mean", [STAGE_COLOURS] = "colours",
    [STAGE_CUT] = "cut",
};

/* Tensors of the plan. */
enum { PORT_PHOTO, PORT_CUTOUT, PORT_MASK, PORT_INPUT, N_PORTS };

static void describe_ports(struct tensor *tensors,
                           const struct photo_build *b) {
    struct tensor pixels = {.name = "photo",
                            .dtype = CUT_U8,
                            .rank = 3,
                            .dims = {b->photo->height, b->photo->width, 4}};
    struct tensor plane = {.name = "mask",
                           .dtype = CUT_F32,
                           .rank = 4,
                           .dims = {1, 1, b->net_height, b->net_width}};
    tensors[PORT_PHOTO] = tensors[PORT_CUTOUT] = pixels;
    tensors[PORT_CUTOUT].name = "cutout";
    tensors[PORT_MASK] = tensors[PORT_INPUT] = plane;
    tensors[PORT_INPUT].name = "input";
    tensors[PORT_INPUT].dims[1] = 3;
}

static struct graph *make_graph(const struct photo_build *b) {
    struct arena *arena = b->e->arena;
    struct graph *graph = ARENA_NEW(arena, 1, struct graph);
    struct node *nodes = ARENA_NEW(arena, N_STAGES, struct node);
    struct tensor *tensors = ARENA_NEW(arena, N_PORTS, struct tensor);
    int *ports = ARENA_NEW(arena, N_PORTS, int);
    if (!graph || !nodes || !tensors || !ports) return NULL;
    for (int i = 0; i < N_STAGES; i++)
        nodes[i] = (struct node){
            .name = stage_names[i], .op_type = "Photo", .domain = ""};
    describe_ports(tensors, b);
    for (int i = 0; i < N_PORTS; i++) ports[i] = i;
    *graph = (struct graph){.arena = arena,
                            .producer = "",
                            .n_tensors = N_PORTS,
                            .tensors = tensors,
                            .n_nodes = N_STAGES,
                            .nodes = nodes,
                            .n_inputs = 1,
                            .inputs = ports,
                            .n_outputs = 2,
                            .outputs = ports + PORT_CUTOUT};
    return graph;
}

/* Where a port's buffer is, counted as the list counts them. */
static struct plan_operand port_operand(const struct graph *graph, int port) {
    const struct tensor *t = &graph->tensors[port];
    struct plan_operand o = {
        .tensor = port, .place = PLACE_OUTPUT, .pitch = t->dims[t->rank - 1]};
    if (port == PORT_PHOTO) o.place = PLACE_INPUT;
    if (port == PORT_MASK) o.offset = PHOTO_MASK - PHOTO_CUTOUT;
    if (port == PORT_INPUT) o.offset = PHOTO_INPUT - PHOTO_CUTOUT;
    return o;
}

/* Every stage may use all of the arena, and these. */
static void describe_steps(struct plan_step *steps, const struct graph *graph,
                           struct plan_operand *operands, size_t bytes) {
    enum { READS = 2 };
    static const int8_t reads[N_STAGES][READS] = {
        [STAGE_INPUT] = {PORT_PHOTO, -1},
        [STAGE_GRID] = {PORT_PHOTO, PORT_MASK},
        [STAGE_GUIDE] = {-1, -1},
        [STAGE_FIT] = {-1, -1},
        [STAGE_MEAN] = {PORT_PHOTO, -1},
        [STAGE_COLOURS] = {-1, -1},
        [STAGE_CUT] = {PORT_PHOTO, -1},
    };
    for (int i = 0; i < N_STAGES; i++) {
        struct plan_step *step = &steps[i];
        *step = (struct plan_step){
            .node = i, .method = "photo", .scratch_bytes = bytes};
        step->inputs = operands;
        for (int k = 0; k < READS && reads[i][k] >= 0; k++)
            operands[step->n_inputs++] = port_operand(graph, reads[i][k]);
        step->outputs = operands += READS;
        step->n_outputs = i == STAGE_INPUT || i == STAGE_CUT;
        *operands++ =
            port_operand(graph, i == STAGE_INPUT ? PORT_INPUT : PORT_CUTOUT);
    }
}

const struct plan *photo_plan(const struct photo_build *b) {
    struct arena *arena = b->e->arena;
    struct plan *plan = ARENA_NEW(arena, 1, struct plan);
    struct plan_step *steps = ARENA_NEW(arena, N_STAGES, struct plan_step);
    struct plan_operand *operands =
        ARENA_NEW(arena, 3 * N_STAGES, struct plan_operand);
    struct graph *graph = make_graph(b);
    if (!plan || !steps || !operands || !graph) return NULL;
    size_t bytes = (size_t)b->n_floats * sizeof(float);
    describe_steps(steps, graph, operands, bytes);
    *plan = (struct plan){.graph = graph,
                          .n_steps = N_STAGES,
                          .steps = steps,
                          .arena_bytes = bytes};
    return plan;
}
