/* A few outputs of convolutions computed again, one at a time and in double,
 * from weights as the file has them: no packing, no tiles, no transform. */
#include "base/mathf.h"
#include "base/status.h"
#include "gpu/emit_conv.h"
#include "gpu/list_work.h"
#include "gpu/watch.h"

/* Errors grow with the length of the vectors that are multiplied, inputs times
 * weights. Sums of another order and Winograd's transforms stay below 1e-7 of
 * it, measured on IS-Net; a device that takes small f16 weights for zero needs
 * more. A stored f16 is off by 2^-11 of itself. */
#define OF_LENGTH 1e-4
#define OF_F32 1e-5
#define OF_F16 4e-3

struct look {
    const struct gpu_watch *watch;
    const struct watch_probe *probe;
    const char *bytes; /* what the copies brought */
    int64_t group;     /* of the channel at hand; -1: none yet */
    double squares;    /* of what its group of channels reads */
    struct gpu_call call;
    struct gpu_conv c;
};

/* Where the bytes from `offset` of an operand's buffer are, found in copies
 * [from, to); NULL when they were not copied. */
static const char *find(const struct look *look, int from, int to,
                        uint64_t offset) {
    const struct cut_gpu_copy *copies = look->watch->copies;
    size_t at = 0;
    for (int i = 0; i < to; i++) {
        const uint64_t start = copies[i].offset;
        if (i >= from && offset >= start && offset < start + copies[i].bytes)
            return look->bytes + at + (size_t)(offset - start);
        at += copies[i].bytes;
    }
    return NULL;
}

static uint64_t place(const struct gpu_operand *operand, int64_t pixel,
                      int64_t channel) {
    return operand->range.offset +
           (uint64_t)(pixel * operand->pitch + channel) *
               cut_dtype_bytes(operand->dtype);
}

static double value_at(const struct gpu_operand *operand, const char *at,
                       int64_t i) {
    const size_t item = cut_dtype_bytes(operand->dtype);
    return (double)gpu_float_of(operand->dtype, at + (size_t)i * item);
}

/* The probe's pixel, counted over images and rows of the result. */
static int64_t pixel_at(const struct look *look, int64_t pixel) {
    const struct watch_probe *p = look->probe;
    return (p->image * look->c.oh + p->y) * look->c.ow + p->x + pixel;
}

/* A sum and the size by which its error is measured. */
struct sum {
    double value, size;
};

static void add_tap(const struct look *look, const struct watch_channel *k,
                    const char *x, int64_t tap, struct sum *sum) {
    const struct gpu_conv *c = &look->c;
    const enum cut_dtype dtype = look->probe->step->dtype;
    const size_t item = cut_dtype_bytes(dtype);
    for (int64_t i = 0; i < c->group_c; i++) {
        const int64_t at = i * c->kh * c->kw + tap;
        const float w =
            gpu_float_of(dtype, (const char *)k->weights + (size_t)at * item);
        const double weight = (double)(w - k->zero);
        sum->value += value_at(c->x, x, i) * weight;
        sum->size += weight * weight;
    }
}

/* The sum of squares of all inputs that were copied, of a group's channels. */
static double squares(const struct look *look, int64_t first) {
    const struct watch_probe *p = look->probe;
    const struct gpu_conv *c = &look->c;
    struct watch_window w;
    gpu_watch_window(c, p, &w);
    double sum = 0;
    for (int64_t i = 0; i < w.rows * w.pieces * w.width; i++) {
        const int64_t iy = w.y + i / (w.pieces * w.width) * w.step_y;
        const int64_t ix =
            w.x + i / w.width % w.pieces * w.step_x + i % w.width;
        if (iy < 0 || iy >= c->h || ix < 0 || ix >= c->w) continue;
        const int64_t at = (p->image * c->h + iy) * c->w + ix;
        const char *x = find(look, p->inputs, p->end, place(c->x, at, first));
        for (int64_t n = 0; x && n < c->group_c; n++) {
            const double value = value_at(c->x, x, n);
            sum += value * value;
        }
    }
    return sum;
}

static void set_group(struct look *look, int64_t group) {
    if (look->group == group) return;
    look->group = group;
    look->squares = squares(look, group * look->c.group_c);
}

static struct sum convolve(const struct look *look,
                           const struct watch_channel *k, int64_t pixel) {
    const struct watch_probe *p = look->probe;
    const struct gpu_conv *c = &look->c;
    const int64_t first = k->k / c->group_k * c->group_c;
    struct sum sum = {0, 0};
    for (int64_t tap = 0; tap < c->kh * c->kw; tap++) {
        const int64_t iy =
            p->y * c->stride_h - c->pad_h + tap / c->kw * c->dilation_h;
        const int64_t ix = (p->x + pixel) * c->stride_w - c->pad_w +
                           tap % c->kw * c->dilation_w;
        if (iy < 0 || iy >= c->h || ix < 0 || ix >= c->w) continue;
        const int64_t at = (p->image * c->h + iy) * c->w + ix;
        const char *x = find(look, p->inputs, p->end, place(c->x, at, first));
        if (x) add_tap(look, k, x, tap, &sum);
    }
    sum.value *= (double)k->scale;
    sum.size = math_sqrt(sum.size * look->squares) * math_abs((double)k->scale);
    return sum;
}

static double clamp(double v, double low, double high) {
    v = v > low ? v : low;
    return v < high ? v : high;
}

static double activate(const struct conv_params *p, double v) {
    const double a = (double)p->act_a, b = (double)p->act_b;
    switch (p->activation) {
    case ACT_RELU: return v > 0 ? v : 0;
    case ACT_CLIP: return clamp(v, a, b);
    case ACT_LEAKY: return v < 0 ? a * v : v;
    case ACT_SIGMOID: return 1 / (1 + math_exp(-v));
    case ACT_HARD_SWISH: return v * clamp(v / 6 + 0.5, 0, 1);
    case ACT_HARD_SIGMOID: return clamp(a * v + b, 0, 1);
    case ACT_NONE: break;
    }
    return v;
}

/* What the output should be, and what it may be. */
struct wanted {
    double value, low, high;
};

static struct wanted expect(const struct look *look,
                            const struct watch_channel *k, int64_t pixel) {
    const struct conv_params *p = &look->call.node->params.conv;
    const struct gpu_conv *c = &look->c;
    const int64_t at = pixel_at(look, pixel);
    struct sum sum = convolve(look, k, pixel);
    double residual = 0, after = 0;
    if (c->residual) {
        const char *r = find(look, look->probe->residual, look->probe->result,
                             place(c->residual, at, k->k));
        residual = r ? value_at(c->residual, r, 0) : 0;
    }
    sum.value += (double)k->bias;
    sum.size += math_abs((double)k->bias) + math_abs(residual);
    if (p->residual_after_activation)
        after = residual;
    else
        sum.value += residual;
    const double off = OF_LENGTH * sum.size;
    return (struct wanted){activate(p, sum.value) + after,
                           activate(p, sum.value - off) + after,
                           activate(p, sum.value + off) + after};
}

static enum cut_status refuse(const struct look *look,
                              const struct watch_channel *k, int64_t pixel,
                              const double values[3], struct cut_error *err) {
    const struct watch_probe *p = look->probe;
    const struct node *node = look->call.node;
    const struct plan *plan = look->watch->list->plan;
    return status_fail(
        err, CUT_BAD_RESULT,
        "node '%s' (%s, %s): %g at x %d, y %d, channel %d; the "
        "CPU computes %g from the same inputs, within %g",
        node->name, node->op_type, plan->steps[p->step->step].method, values[0],
        (int)(p->x + pixel), (int)p->y, (int)k->k, values[1], values[2]);
}

/* What overflows is the mask's affair. */
static enum cut_status compare(const struct look *look,
                               const struct watch_channel *k, int64_t pixel,
                               double *worst, struct cut_error *err) {
    const struct gpu_conv *c = &look->c;
    const struct watch_probe *p = look->probe;
    const bool half = c->y->dtype == CUT_F16;
    const char *y = find(look, p->result, p->inputs,
                         place(c->y, pixel_at(look, pixel), k->k));
    const struct wanted want = expect(look, k, pixel);
    if (!y || !(math_abs(want.value) < (half ? 65000 : 1e38))) return CUT_OK;
    const double got = value_at(c->y, y, 0), off = math_abs(got - want.value);
    const double most =
        math_abs((got > want.value ? want.high : want.low) - want.value) +
        (half ? OF_F16 : OF_F32) * math_abs(want.value) + (half ? 1e-4 : 1e-30);
    if (!(off <= most))
        return refuse(look, k, pixel, (double[]){got, want.value, most}, err);
    if (off / most > *worst) *worst = off / most;
    return CUT_OK;
}

static enum cut_status check_probe(const struct gpu_watch *watch, int i,
                                   const char *bytes, double *worst,
                                   struct cut_error *err) {
    struct look look = {.watch = watch,
                        .probe = &watch->probes[i],
                        .bytes = bytes,
                        .group = -1};
    const struct gpu_list *list = watch->list;
    const int step = look.probe->step->step;
    gpu_bind_step(&list->device, list->plan->graph, &list->plan->steps[step],
                  list, &look.call);
    gpu_conv_of(&look.call, &look.c);
    enum cut_status status = CUT_OK;
    for (int n = 0; n < WATCH_CHANNELS && !status; n++) {
        const struct watch_channel *k = &look.probe->step->channels[n];
        set_group(&look, k->k / look.c.group_k);
        for (int64_t p = 0; p < look.probe->n_pixels && !status; p++)
            status = compare(&look, k, p, worst, err);
    }
    return status;
}

enum cut_status gpu_watch_check(const struct gpu_watch *watch,
                                const void *bytes, double *worst,
                                struct cut_error *err) {
    enum cut_status status = CUT_OK;
    *worst = 0;
    for (int i = 0; i < watch->n_probes && !status; i++)
        status = check_probe(watch, i, bytes, worst, err);
    return status;
}
