#include "cpu/conv.h"
#include "base/mem.h"

const struct cpu_view *call_input(const struct cpu_call *call, int i) {
    if (i >= call->n_inputs || !call->inputs[i].dtype) return NULL;
    return &call->inputs[i];
}

static bool is_f32(const struct cpu_view *view) {
    return view && view->dtype == CUT_F32;
}

static bool weights_readable(const struct cpu_call *call) {
    const struct cpu_view *w = call_input(call, CONV_W);
    if (!w || w->pitch != w->dims[w->rank - 1]) return false;
    if (w->dtype == CUT_U8 || w->dtype == CUT_I8)
        return call_input(call, CONV_W_SCALE) != NULL;
    return w->dtype == CUT_F32 || w->dtype == CUT_F16;
}

bool conv_shape_of(const struct cpu_call *call, struct conv_shape *s) {
    const struct conv_params *p = &call->node->params.conv;
    const struct cpu_view *x = call_input(call, CONV_X), *y = call->outputs;
    const struct cpu_view *r = call_input(call, CONV_RESIDUAL);
    if (!is_f32(x) || !is_f32(y) || (r && !is_f32(r))) return false;
    if (x->rank < 3 || x->rank > 4 || !weights_readable(call)) return false;
    int last = x->rank - 3; /* index of the width among spatial axes */
    const struct window *win = &p->window;
    *s = (struct conv_shape){
        .n = x->dims[0],
        .h = 1,
        .oh = 1,
        .kh = 1,
        .stride_h = 1,
        .dilation_h = 1,
        .w = x->dims[last + 1],
        .ow = y->dims[last + 1],
        .c = x->dims[last + 2],
        .k = y->dims[last + 2],
        .groups = p->groups,
        .kw = win->kernel[last],
        .stride_w = win->stride[last],
        .dilation_w = win->dilation[last],
        .pad_w = win->pad_begin[last],
        .x_pitch = x->pitch,
        .y_pitch = y->pitch,
        .r_pitch = r ? r->pitch : 0,
    };
    if (last == 1) {
        s->h = x->dims[1];
        s->oh = y->dims[1];
        s->kh = win->kernel[0];
        s->stride_h = win->stride[0];
        s->dilation_h = win->dilation[0];
        s->pad_h = win->pad_begin[0];
    }
    return true;
}

struct epilogue conv_epilogue(const struct cpu_call *call) {
    const struct conv_params *p = &call->node->params.conv;
    return (struct epilogue){p->activation, p->act_a, p->act_b,
                             p->residual_after_activation};
}

static int64_t view_length(const struct cpu_view *view) {
    int64_t n = 1;
    for (int i = 0; i < view->rank; i++) n *= view->dims[i];
    return n;
}

/* One value per channel, or one for all. Plan-time constants are tiny, so
 * this is the scalar path on purpose. */
static void spread(const struct cpu_call *call, int slot, int64_t k,
                   float *out) {
    const struct cpu_view *view = call_input(call, slot);
    int64_t n = view_length(view);
    call->kernels->expand(out, view->data, view->dtype, n < k ? n : k);
    for (int64_t i = n; i < k; i++) out[i] = out[0];
}

struct conv_constants conv_constants_of(const struct cpu_call *call, int64_t k,
                                        int64_t n_padded, float *room) {
    struct conv_constants c = {.bias = room};
    memset(room, 0, (size_t)n_padded * sizeof(float));
    if (call_input(call, CONV_BIAS)) spread(call, CONV_BIAS, k, c.bias);
    if (call_input(call, CONV_W_SCALE)) {
        c.scale = room + n_padded;
        spread(call, CONV_W_SCALE, k, c.scale);
    }
    if (call_input(call, CONV_W_ZERO)) {
        c.zero = room + 2 * n_padded;
        spread(call, CONV_W_ZERO, k, c.zero);
    }
    return c;
}

struct weight_panel conv_weight_panel(const struct cpu_call *call,
                                      const struct conv_shape *s,
                                      const struct conv_constants *constants,
                                      int64_t group, int64_t index) {
    const struct cpu_view *w = call_input(call, CONV_W);
    int64_t per_group = s->k / s->groups, nr = call->kernels->nr;
    int64_t k = group * per_group + index * nr;
    int64_t n = s->c / s->groups * s->kh * s->kw;
    return (struct weight_panel){
        .data = w->data,
        .dtype = w->dtype,
        .first = k * n,
        .n = n,
        .n_k = (int)i64_min(nr, per_group - index * nr),
        .scale = constants->scale ? constants->scale + k : NULL,
        .zero = constants->zero ? constants->zero + k : NULL,
    };
}

struct conv_taps conv_taps_of(const struct conv_shape *shape, int64_t o) {
    struct conv_taps taps = {0};
    for (int64_t i = 0; i < shape->kh; i++) {
        int64_t at = o * shape->stride_h - shape->pad_h + i * shape->dilation_h;
        if (at < 0 || at >= shape->h) continue;
        if (taps.n++ == 0) taps.skip = i, taps.from = at;
    }
    return taps;
}

int64_t scratch_take(int64_t *offset, int64_t n) {
    int64_t at = *offset;
    *offset += round_up(n, MEM_ALIGN / (int64_t)sizeof(float));
    return at;
}
