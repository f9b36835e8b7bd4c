/* Operators on one or two elements, with broadcasting (unary.wgsl,
 * binary.wgsl). */
#include "base/mem.h"
#include "gpu/stride_loops.h"

static bool all_float(const struct gpu_call *call) {
    bool all = call->n_outputs == 1;
    for (int i = 0; i < call->n_inputs; i++)
        all = all && gpu_is_float(&call->inputs[i]);
    return all;
}

static double elementwise_cost(const struct gpu_call *call) {
    return gpu_move_cost(call, gpu_call_elements(call));
}

/* ---- One input --------------------------------------------------------- */

/* The cases of unary.wgsl. */
static const uint8_t unary_numbers[OP_COUNT] = {
    [OP_RELU] = 1,        [OP_LEAKY_RELU] = 2, [OP_ELU] = 3,
    [OP_SELU] = 4,        [OP_CELU] = 5,       [OP_THRESHOLDED_RELU] = 6,
    [OP_CLIP] = 7,        [OP_SIGMOID] = 8,    [OP_HARD_SIGMOID] = 9,
    [OP_HARD_SWISH] = 10, [OP_TANH] = 11,      [OP_SOFTPLUS] = 12,
    [OP_SOFTSIGN] = 13,   [OP_MISH] = 14,      [OP_ERF] = 15,
    [OP_GELU] = 16, /* 17: by tanh */
    [OP_ABS] = 18,        [OP_NEG] = 19,       [OP_SIGN] = 20,
    [OP_CEIL] = 21,       [OP_FLOOR] = 22,     [OP_ROUND] = 23,
    [OP_EXP] = 24,        [OP_LOG] = 25,       [OP_SQRT] = 26,
    [OP_RECIPROCAL] = 27, [OP_SIN] = 28,       [OP_COS] = 29,
    [OP_TAN] = 30,        [OP_ASIN] = 31,      [OP_ACOS] = 32,
    [OP_ATAN] = 33,       [OP_SINH] = 34,      [OP_COSH] = 35,
    [OP_ASINH] = 36,      [OP_ACOSH] = 37,     [OP_ATANH] = 38,
};

static struct gpu_nest unary_nest(const struct gpu_call *call) {
    struct gpu_nest nest;
    gpu_nest_start(&nest, &call->outputs[0]);
    gpu_nest_add(&nest, &call->inputs[0]);
    gpu_nest_collapse(&nest);
    return nest;
}

static bool unary_fits(const struct gpu_call *call) {
    if (call->n_inputs < 1 || !gpu_is_float(&call->inputs[0])) return false;
    return unary_nest(call).rank <= GPU_NEST_RANK;
}

static enum cut_status unary_emit(struct gpu_emitter *e,
                                  const struct gpu_call *call,
                                  struct cut_error *err) {
    const struct unary_params *p = &call->node->params.unary;
    const enum op op = call->node->op;
    struct gpu_nest nest = unary_nest(call);
    struct gpu_job job = {.shader = "unary",
                          .n_arena = 2,
                          .arena = {&call->outputs[0], &call->inputs[0]}};
    uint32_t number = unary_numbers[op];
    if (op == OP_GELU && p->tanh_approximation) number++;
    job.constants[job.n_constants++] = (struct gpu_constant){"OP", number};
    job.cost = gpu_call_elements(call);
    if (gpu_nest_is_vec4(&nest, 1, false) && gpu_nest_all_vec4(&nest, &job)) {
        job.flags |= GPU_VEC4;
        gpu_nest_vec4(&nest);
    }
    gpu_nest_params(&nest, &job);
    job.params[GPU_NEST_OWN] = gpu_float_bits(p->alpha);
    job.params[GPU_NEST_OWN + 1] = gpu_float_bits(p->beta);
    return gpu_emit(e, call, &job, err);
}

const struct gpu_method gpu_unary_method = {
    .name = "unary",
    .fits = unary_fits,
    .cost = elementwise_cost,
    .emit = unary_emit,
};

/* ---- Two inputs, and any number one after another ----------------------- */

/* The cases of binary.wgsl. */
static const uint8_t binary_numbers[OP_COUNT] = {
    [OP_ADD] = 1, [OP_SUM] = 1,   [OP_MEAN] = 1, [OP_SUB] = 2,
    [OP_MUL] = 3, [OP_DIV] = 4,   [OP_POW] = 5,  [OP_MOD] = 6,
    [OP_MIN] = 8, [OP_PRELU] = 7, [OP_MAX] = 9,
};

static struct gpu_nest binary_nest(const struct gpu_operand *y,
                                   const struct gpu_operand *a,
                                   const struct gpu_operand *b) {
    struct gpu_nest nest;
    gpu_nest_start(&nest, y);
    gpu_nest_add(&nest, a);
    gpu_nest_add(&nest, b);
    gpu_nest_collapse(&nest);
    return nest;
}

/* Mod of the divisor's sign is for integers. */
static bool binary_fits(const struct gpu_call *call) {
    const struct gpu_operand *y = &call->outputs[0], *x = call->inputs;
    if (!all_float(call)) return false;
    if (call->node->op == OP_MOD && !call->node->params.unary.fmod)
        return false;
    bool fits = true;
    for (int i = 0; i < call->n_inputs && fits; i++)
        fits = binary_nest(y, i > 1 ? y : &x[0], &x[i]).rank <= GPU_NEST_RANK;
    return fits;
}

static enum cut_status emit_binary(struct gpu_emitter *e,
                                   const struct gpu_call *call,
                                   const struct gpu_operand *const operands[3],
                                   float scale, struct cut_error *err) {
    struct gpu_nest nest = binary_nest(operands[0], operands[1], operands[2]);
    struct gpu_job job = {
        .shader = "binary",
        .n_arena = 3,
        .arena = {operands[0], operands[1], operands[2]},
        .n_constants = 1,
        .constants = {{"OP", binary_numbers[call->node->op]}}};
    job.cost = gpu_call_elements(call);
    if (gpu_nest_all_vec4(&nest, &job)) {
        int last = nest.rank - 1;
        job.flags |= GPU_VEC4;
        job.constants[job.n_constants++] =
            (struct gpu_constant){"SPLAT1", nest.stride[1][last] == 0};
        job.constants[job.n_constants++] =
            (struct gpu_constant){"SPLAT2", nest.stride[2][last] == 0};
        gpu_nest_vec4(&nest);
    }
    gpu_nest_params(&nest, &job);
    job.params[GPU_NEST_OWN] = gpu_float_bits(scale);
    return gpu_emit(e, call, &job, err);
}

static enum cut_status binary_emit(struct gpu_emitter *e,
                                   const struct gpu_call *call,
                                   struct cut_error *err) {
    const struct gpu_operand *x = call->inputs, *y = &call->outputs[0];
    const int n = call->n_inputs;
    enum cut_status status = CUT_OK;
    for (int i = 1; i < n && !status; i++) {
        const struct gpu_operand *operands[] = {y, i > 1 ? y : &x[0], &x[i]};
        bool mean = call->node->op == OP_MEAN && i == n - 1;
        status = emit_binary(e, call, operands, mean ? 1 / (float)n : 1, err);
    }
    return status;
}

static bool pair_fits(const struct gpu_call *call) {
    return call->n_inputs > 1 && binary_fits(call);
}

const struct gpu_method gpu_binary_method = {
    .name = "binary",
    .fits = pair_fits,
    .cost = elementwise_cost,
    .emit = binary_emit,
};
