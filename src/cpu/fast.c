#include "cpu/fast.h"

size_t fast_no_scratch(const struct cpu_call *call, int n_threads) {
    (void)call, (void)n_threads;
    return 0;
}

double fast_cost(const struct cpu_call *call, int n_threads, double vectors) {
    double n = 0;
    for (int i = 0; i < call->n_outputs; i++)
        if (call->outputs[i].dtype) n += (double)view_count(&call->outputs[i]);
    return n * vectors / call->kernels->vec / n_threads * 1e-9;
}

double fast_cost_copy(const struct cpu_call *call, int n_threads) {
    return fast_cost(call, n_threads, 4.0);
}

const struct cpu_view *fast_input(const struct cpu_call *call, int i) {
    if (i >= call->n_inputs || !call->inputs[i].dtype) return NULL;
    return &call->inputs[i];
}

bool fast_countable(const struct cpu_call *call) {
    return view_count(call->inputs) <= INT32_MAX &&
           view_count(call->outputs) <= INT32_MAX;
}

bool fast_all_f32(const struct cpu_call *call) {
    if (!fast_countable(call)) return false;
    for (int i = 0; i < call->n_inputs; i++) {
        const struct cpu_view *view = fast_input(call, i);
        if (view && !view_is_f32(view)) return false;
    }
    for (int i = 0; i < call->n_outputs; i++)
        if (!view_is_f32(&call->outputs[i])) return false;
    return true;
}
