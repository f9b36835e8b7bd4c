#include "gpu/stride_loops.h"
#include "base/mem.h"

enum { SIZE = 64 }; /* invocations of a workgroup: @workgroup_size in shaders */

void gpu_strides(const struct gpu_operand *operand,
                 int64_t stride[CUT_MAX_RANK]) {
    const struct tensor *t = operand->tensor;
    int64_t step = 1;
    for (int i = t->rank - 1; i >= 0; i--) {
        stride[i] = step;
        step = i == t->rank - 1 ? operand->pitch : step * t->dims[i];
    }
}

int64_t gpu_count(const struct gpu_operand *operand) {
    return operand->tensor ? tensor_n_elements(operand->tensor) : 0;
}

void gpu_nest_start(struct gpu_nest *nest, const struct gpu_operand *y) {
    *nest = (struct gpu_nest){.rank = y->tensor->rank};
    for (int i = 0; i < nest->rank; i++) nest->dims[i] = y->tensor->dims[i];
    gpu_nest_add(nest, y);
}

void gpu_nest_add_strides(struct gpu_nest *nest, const int64_t *stride) {
    int k = nest->n_operands++;
    for (int i = 0; i < nest->rank; i++)
        nest->stride[k][i] = nest->dims[i] == 1 ? 0 : stride[i];
}

void gpu_nest_add(struct gpu_nest *nest, const struct gpu_operand *operand) {
    int64_t own[CUT_MAX_RANK], stride[GPU_NEST_AXES] = {0};
    const struct tensor *t = operand->tensor;
    int lead = nest->rank - t->rank;
    gpu_strides(operand, own);
    for (int i = lead; i < nest->rank; i++)
        stride[i] = t->dims[i - lead] == 1 ? 0 : own[i - lead];
    gpu_nest_add_strides(nest, stride);
}

static void copy_axis(struct gpu_nest *nest, int to, int from) {
    nest->dims[to] = nest->dims[from];
    for (int k = 0; k < nest->n_operands; k++)
        nest->stride[k][to] = nest->stride[k][from];
}

static bool axes_merge(const struct gpu_nest *nest, int outer, int inner) {
    bool merge = true;
    for (int k = 0; k < nest->n_operands; k++)
        merge = merge && nest->stride[k][outer] ==
                             nest->stride[k][inner] * nest->dims[inner];
    return merge;
}

void gpu_nest_collapse(struct gpu_nest *nest) {
    int n = 0;
    for (int i = 0; i < nest->rank; i++) {
        if (nest->dims[i] == 1) continue;
        bool merge = n > 0 && axes_merge(nest, n - 1, i);
        int64_t outer = merge ? nest->dims[n - 1] : 1;
        if (!merge) n++;
        copy_axis(nest, n - 1, i);
        nest->dims[n - 1] *= outer;
    }
    if (n == 0) {
        nest->dims[0] = 1;
        for (int k = 0; k < nest->n_operands; k++) nest->stride[k][0] = k == 0;
        n = 1;
    }
    nest->rank = n;
}

bool gpu_nest_is_vec4(const struct gpu_nest *nest, int k, bool splat) {
    int last = nest->rank - 1;
    if (nest->dims[last] % 4) return false;
    if (splat && nest->stride[k][last] == 0) return true;
    if (nest->stride[k][last] != 1) return false;
    for (int i = 0; i < last; i++)
        if (nest->stride[k][i] % 4) return false;
    return true;
}

bool gpu_base_is_vec4(const struct gpu_operand *operand) {
    return operand->range.buffer < 0 || operand->constant ||
           operand->range.offset % (4 * cut_dtype_bytes(operand->dtype)) == 0;
}

bool gpu_nest_all_vec4(const struct gpu_nest *nest, const struct gpu_job *job) {
    bool vec4 = true;
    for (int k = 0; k < job->n_arena; k++)
        vec4 = vec4 && gpu_base_is_vec4(job->arena[k]);
    for (int k = 0; k < nest->n_operands; k++)
        vec4 = vec4 && gpu_nest_is_vec4(nest, k, k > 0);
    return vec4;
}

void gpu_nest_vec4(struct gpu_nest *nest) {
    int last = nest->rank - 1;
    nest->dims[last] /= 4;
    for (int k = 0; k < nest->n_operands; k++) {
        if (nest->stride[k][last] == 0) continue;
        for (int i = 0; i < last; i++) nest->stride[k][i] /= 4;
    }
}

void gpu_nest_params(const struct gpu_nest *nest, struct gpu_job *job) {
    uint32_t *words = job->params;
    int64_t n = 1;
    for (int i = 0; i < nest->rank; i++) {
        uint32_t *axis = words + 1 + 5 * i;
        axis[0] = (uint32_t)nest->dims[i];
        n *= nest->dims[i];
        for (int k = 0; k < nest->n_operands; k++)
            axis[1 + k] = (uint32_t)(uint64_t)nest->stride[k][i];
    }
    words[0] = (uint32_t)n;
    job->n_params = GPU_PARAM_WORDS - GPU_PARAM_FIRST;
    job->flags |= GPU_WALK;
    job->constants[job->n_constants++] =
        (struct gpu_constant){"RANK", (uint32_t)nest->rank};
    gpu_spread(job, n, SIZE);
}

bool gpu_is_float(const struct gpu_operand *operand) {
    return operand->tensor &&
           (operand->dtype == CUT_F32 || operand->dtype == CUT_F16 ||
            operand->dtype == CUT_BF16 || operand->dtype == CUT_F64);
}

int gpu_vector(struct gpu_emitter *e, const struct gpu_operand *operand,
               int64_t n) {
    struct gpu_upload upload = {.packing = GPU_PACK_VECTOR,
                                .tensor = operand->tensor_index,
                                .zero = -1,
                                .scale = -1,
                                .dtype = CUT_F32,
                                .n = {n, 0, 0, 0}};
    upload.range.bytes = (uint64_t)n * sizeof(float);
    return gpu_weight(e, &upload);
}

/* 100 GB/s and ten microseconds: an integrated GPU. */
double gpu_move_cost(const struct gpu_call *call, double n) {
    return 1e-5 + n * (call->device->f16 ? 2 : 4) * 1e-11;
}

double gpu_call_elements(const struct gpu_call *call) {
    double n = 0;
    for (int i = 0; i < call->n_inputs; i++)
        n += (double)gpu_count(&call->inputs[i]);
    for (int i = 0; i < call->n_outputs; i++)
        n += (double)gpu_count(&call->outputs[i]);
    return n;
}
