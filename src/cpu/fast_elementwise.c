/* Unary and binary operators and the casts between f32 and f16: the nest of
 * axes collapses to rows, and a kernel runs over blocks of them. */
#include "cpu/fast.h"
#include "cpu/ref.h"

/* ---- Unary ------------------------------------------------------------- */

static bool unary_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    return call->kernels->rows->unary(call->node->op) && call->n_outputs == 1 &&
           fast_input(call, 0) && view_is_f32(&call->inputs[0]) &&
           view_is_f32(&call->outputs[0]);
}

static double unary_cost(const struct cpu_call *call, int n_threads) {
    return fast_cost(call, n_threads, 12.0);
}

struct unary_task {
    unary_kernel *kernel;
    struct unary_rows rows;
};

static void unary_body(void *context, const struct nest_block *b) {
    const struct unary_task *task = context;
    struct unary_rows rows = task->rows;
    rows.y += b->offset[0];
    rows.y_stride = b->row[0];
    rows.x += b->offset[1];
    rows.x_stride = b->row[1];
    rows.n_rows = b->n_rows;
    rows.n = b->n_columns;
    task->kernel(&rows);
}

static enum cut_status unary_run(const struct cpu_call *call,
                                 struct cut_error *err) {
    (void)err;
    struct nest nest = nest_of(call->outputs, call->inputs, NULL);
    nest_collapse(&nest);
    nest_unit_columns(&nest);
    struct unary_task task = {
        call->kernels->rows->unary(call->node->op),
        {.x = call->inputs[0].data,
         .y = call->outputs[0].data,
         .params = &call->node->params.unary},
    };
    nest_run(&nest, nest_block_size(&nest), call->pool, unary_body, &task);
    return CUT_OK;
}

const struct cpu_method fast_unary_method = {
    "vector", unary_fits, fast_no_scratch, unary_cost, unary_run,
};

/* ---- Binary ------------------------------------------------------------ */

static bool binary_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    return call->kernels->rows->binary(call->node->op) && call->n_inputs == 2 &&
           call->n_outputs == 1 && fast_input(call, 0) && fast_input(call, 1) &&
           fast_all_f32(call);
}

static double binary_cost(const struct cpu_call *call, int n_threads) {
    return fast_cost(call, n_threads, 6.0);
}

struct binary_task {
    binary_kernel *kernel;
    const float *a, *b;
    float *y;
};

static void binary_body(void *context, const struct nest_block *b) {
    const struct binary_task *task = context;
    struct binary_rows rows = {
        .a = task->a + b->offset[1],
        .b = task->b + b->offset[2],
        .a_stride = b->row[1],
        .b_stride = b->row[2],
        .a_scalar = b->column[1] == 0,
        .b_scalar = b->column[2] == 0,
        .y = task->y + b->offset[0],
        .y_stride = b->row[0],
        .n_rows = b->n_rows,
        .n = b->n_columns,
    };
    task->kernel(&rows);
}

/* y = op(a, b) with broadcasting; data may be shared where shapes are. */
static void binary_apply(const struct cpu_call *call, enum op op,
                         const struct cpu_view *a, const struct cpu_view *b) {
    const struct cpu_view *y = call->outputs;
    struct nest nest = nest_of(y, a, b);
    nest_collapse(&nest);
    nest_unit_columns(&nest);
    struct binary_task task = {call->kernels->rows->binary(op), a->data,
                               b->data, y->data};
    nest_run(&nest, nest_block_size(&nest), call->pool, binary_body, &task);
}

static enum cut_status binary_run(const struct cpu_call *call,
                                  struct cut_error *err) {
    (void)err;
    binary_apply(call, call->node->op, &call->inputs[0], &call->inputs[1]);
    return CUT_OK;
}

const struct cpu_method fast_binary_method = {
    "vector", binary_fits, fast_no_scratch, binary_cost, binary_run,
};

/* ---- Min, Max, Sum, Mean of any number --------------------------------- */

static enum op pair_op(enum op op) { return op == OP_MEAN ? OP_SUM : op; }

static bool variadic_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    for (int i = 0; i < call->n_inputs; i++)
        if (!fast_input(call, i)) return false;
    return call->n_inputs >= 2 && fast_all_f32(call) &&
           call->kernels->rows->binary(pair_op(call->node->op));
}

static double variadic_cost(const struct cpu_call *call, int n_threads) {
    return fast_cost(call, n_threads, 6.0 * call->n_inputs);
}

/* The input to begin with: the one that y overwrites, else one of y's shape,
 * so that no pair is narrower than y. -1 where only a walk by elements is
 * right: y overwrites several, or every input is broadcast. */
static int variadic_first(const struct cpu_call *call) {
    const struct cpu_view *in = call->inputs, *y = call->outputs;
    int full = -1, shared = -1;
    for (int i = 0; i < call->n_inputs; i++) {
        if (in[i].data == y->data) {
            if (shared >= 0) return -1;
            shared = i;
        }
        if (full < 0 && ref_n_elements(&in[i]) == ref_n_elements(y)) full = i;
    }
    return shared >= 0 ? shared : full;
}

/* Pair after pair into y. */
static enum cut_status variadic_run(const struct cpu_call *call,
                                    struct cut_error *err) {
    const struct cpu_view *in = call->inputs, *y = call->outputs;
    enum op op = pair_op(call->node->op);
    int first = variadic_first(call);
    if (first < 0) return ref_variadic(call, err);
    const struct cpu_view *sum = &in[first];
    for (int i = 0; i < call->n_inputs; i++) {
        if (i == first) continue;
        binary_apply(call, op, sum, &in[i]);
        sum = y;
    }
    if (call->node->op != OP_MEAN) return CUT_OK;
    static const int64_t one = 1;
    float factor = 1.0f / (float)call->n_inputs;
    struct cpu_view scale = {&factor, CUT_F32, 1, &one, 1};
    binary_apply(call, OP_MUL, y, &scale);
    return CUT_OK;
}

const struct cpu_method fast_variadic_method = {
    "vector", variadic_fits, fast_no_scratch, variadic_cost, variadic_run,
};

/* ---- Cast between f32 and f16 ------------------------------------------ */

static bool cast_fits(const struct cpu_call *call, int n_threads) {
    (void)n_threads;
    const struct cpu_view *x = call->inputs, *y = call->outputs;
    return (x->dtype == CUT_F32 && y->dtype == CUT_F16) ||
           (x->dtype == CUT_F16 && y->dtype == CUT_F32);
}

static void widen_body(void *context, const struct nest_block *b) {
    const struct cpu_call *call = context;
    const uint16_t *x = (const uint16_t *)call->inputs[0].data + b->offset[1];
    float *y = (float *)call->outputs[0].data + b->offset[0];
    for (int64_t r = 0; r < b->n_rows; r++)
        call->kernels->rows->widen_f16(y + r * b->row[0], x + r * b->row[1],
                                       b->n_columns);
}

static void narrow_body(void *context, const struct nest_block *b) {
    const struct cpu_call *call = context;
    const float *x = (const float *)call->inputs[0].data + b->offset[1];
    uint16_t *y = (uint16_t *)call->outputs[0].data + b->offset[0];
    for (int64_t r = 0; r < b->n_rows; r++)
        call->kernels->rows->narrow_f16(y + r * b->row[0], x + r * b->row[1],
                                        b->n_columns);
}

static enum cut_status cast_run(const struct cpu_call *call,
                                struct cut_error *err) {
    (void)err;
    struct nest nest = nest_of(call->outputs, call->inputs, NULL);
    nest_collapse(&nest);
    nest_unit_columns(&nest);
    bool widen = call->inputs[0].dtype == CUT_F16;
    nest_run(&nest, nest_block_size(&nest), call->pool,
             widen ? widen_body : narrow_body, (void *)call);
    return CUT_OK;
}

const struct cpu_method fast_cast_method = {
    "vector", cast_fits, fast_no_scratch, fast_cost_copy, cast_run,
};
