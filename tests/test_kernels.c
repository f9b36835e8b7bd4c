/* Every fast method against the scalar reference, on every instruction set
 * this machine has, with 1, 2 and 3 threads (same bytes), with gaps between
 * rows, off alignment, and with guards that nobody may touch.
 *
 *   test_kernels           the table of kernel_cases.h
 *   test_kernels --bench   milliseconds of bench_cases, best of several */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "case_values.h"
#include "cpu/kernels.h"
#include "check.h"

#define GUARD 256
#define POISON 0xff /* NaN as f32 and f16 */

static void *test_alloc(void *user, size_t bytes) {
    (void)user;
    return aligned_alloc(64, (bytes + 64) / 64 * 64);
}
static void test_release(void *user, void *ptr, size_t bytes) {
    (void)user, (void)bytes;
    free(ptr);
}
static const struct cut_allocator allocator = {NULL, test_alloc, test_release};

/* How operands lie in memory. */
struct placement {
    const char *name;
    int64_t gap;    /* elements between rows */
    int64_t offset; /* elements off alignment */
    bool in_place;
    bool nan; /* every seventh value of the inputs */
};
static const struct placement placements[] = {
    {"dense", 0, 0, false, false},
    {"gaps", 5, 1, false, false},
    {"in place", 3, 2, true, false},
    {"nan", 0, 0, false, true},
};

/* ---- Operands ---------------------------------------------------------- */

struct operand {
    struct cpu_view view;
    uint8_t *block, *copy; /* the whole block, and what it held at first */
    size_t bytes;
};

static int64_t rows_of(const struct case_view *v) {
    int64_t n = 1;
    for (int i = 0; i < v->rank - 1; i++) n *= v->dims[i];
    return n;
}

static struct operand operand_make(const struct case_view *v,
                                   const struct placement *p) {
    struct operand o = {{NULL, v->dtype, v->rank, v->dims, 1}, 0, 0, 0};
    if (!v->dtype) return o;
    int64_t gap = v->constant ? 0 : p->gap, n_rows = rows_of(v);
    int64_t last = v->rank ? v->dims[v->rank - 1] : 1;
    if (v->rank > 0) o.view.pitch = last + (v->rank > 1 ? gap : 0);
    size_t item = cut_dtype_bytes(v->dtype);
    o.bytes = (size_t)(n_rows * o.view.pitch) * item + 2 * GUARD;
    o.bytes = (o.bytes + 63) / 64 * 64;
    o.block = aligned_alloc(64, o.bytes);
    o.copy = malloc(o.bytes);
    memset(o.block, POISON, o.bytes);
    size_t offset = (size_t)p->offset * item;
    if (v->constant && p->offset) offset = 1; /* files align nothing */
    o.view.data = o.block + GUARD / 2 / 64 * 64 + offset;
    return o;
}

static void operand_free(struct operand *o) {
    free(o->block);
    free(o->copy);
}

static uint8_t *element(const struct operand *o, int64_t row, int64_t i) {
    size_t item = cut_dtype_bytes(o->view.dtype);
    return (uint8_t *)o->view.data + (size_t)(row * o->view.pitch + i) * item;
}

static int64_t last_dim(const struct operand *o) {
    return o->view.rank ? o->view.dims[o->view.rank - 1] : 1;
}
static int64_t row_count(const struct operand *o) {
    int64_t n = 1;
    for (int i = 0; i < o->view.rank - 1; i++) n *= o->view.dims[i];
    return n;
}

static double get(enum cut_dtype dtype, const uint8_t *p) {
    union {
        float f;
        uint16_t h;
        int32_t i;
        int64_t l;
        uint8_t u;
        int8_t s;
    } v;
    memcpy(&v, p, cut_dtype_bytes(dtype));
    switch (dtype) {
    case CUT_F32: return (double)v.f;
    case CUT_F16: return (double)half_to_float(v.h);
    case CUT_I32: return v.i;
    case CUT_I64: return (double)v.l;
    case CUT_I8: return v.s;
    default: return v.u;
    }
}

static void operand_fill(struct operand *o, const struct case_view *v,
                         bool nan) {
    for (int64_t r = 0; r < row_count(o); r++)
        for (int64_t i = 0; i < last_dim(o); i++)
            put(v->dtype, element(o, r, i),
                nan && (r + i) % 7 == 3 ? (double)NAN : random_value(v));
}

/* True when no byte outside the elements changed. */
static bool guards_hold(const struct operand *o) {
    size_t at = 0, item = cut_dtype_bytes(o->view.dtype);
    for (int64_t r = 0; r < row_count(o); r++) {
        size_t begin = (size_t)(element(o, r, 0) - o->block);
        if (memcmp(o->block + at, o->copy + at, begin - at)) return false;
        at = begin + (size_t)last_dim(o) * item;
    }
    return !memcmp(o->block + at, o->copy + at, o->bytes - at);
}

/* ---- One case ---------------------------------------------------------- */

struct setup {
    const struct kernel_case *c;
    const struct placement *placement;
    struct node node;
    struct operand in[CASE_INPUTS], out[2];
    struct cpu_view in_views[CASE_INPUTS], out_views[2];
    struct cpu_call call;
};

static void setup_make(struct setup *s, const struct kernel_case *c,
                       const struct placement *p) {
    *s = (struct setup){.c = c, .placement = p};
    s->node = (struct node){.name = c->name,
                            .op = c->op,
                            .op_type = op_name(c->op),
                            .params = c->params};
    random_state = 1;
    for (int i = 0; i < CASE_INPUTS; i++) {
        s->in[i] = operand_make(&c->in[i], p);
        if (!c->in[i].dtype) continue;
        operand_fill(&s->in[i], &c->in[i], p->nan);
        memcpy(s->in[i].copy, s->in[i].block, s->in[i].bytes);
        s->call.n_inputs = i + 1;
    }
    for (int i = 0; i < 2; i++) {
        s->out[i] = operand_make(&c->out[i], p);
        if (!c->out[i].dtype) continue;
        memcpy(s->out[i].copy, s->out[i].block, s->out[i].bytes);
        s->call.n_outputs = i + 1;
    }
    s->call.node = &s->node;
    s->call.inputs = s->in_views;
    s->call.outputs = s->out_views;
}

static void setup_free(struct setup *s) {
    for (int i = 0; i < CASE_INPUTS; i++) operand_free(&s->in[i]);
    for (int i = 0; i < 2; i++) operand_free(&s->out[i]);
}

/* Fresh inputs and poisoned outputs; the views of the call. */
static void setup_reset(struct setup *s) {
    for (int i = 0; i < s->call.n_inputs; i++) {
        s->in_views[i] = s->in[i].view;
        if (s->in[i].block)
            memcpy(s->in[i].block, s->in[i].copy, s->in[i].bytes);
    }
    for (int i = 0; i < s->call.n_outputs; i++) {
        s->out_views[i] = s->out[i].view;
        memset(s->out[i].block, POISON, s->out[i].bytes);
    }
}

static struct operand *result_of(struct setup *s, int i) {
    return s->placement->in_place ? &s->in[0] : &s->out[i];
}

/* Runs `method` with scratch memory of exactly the size it asked for. */
static bool run_method(struct setup *s, const struct cpu_method *method,
                       int n_threads, struct pool *pool) {
    struct cut_error err;
    setup_reset(s);
    if (s->placement->in_place) s->out_views[0].data = s->in[0].view.data;
    size_t bytes =
        method->scratch_bytes ? method->scratch_bytes(&s->call, n_threads) : 0;
    uint8_t *scratch = aligned_alloc(64, (bytes + 128) / 64 * 64);
    memset(scratch, POISON, bytes + 64);
    s->call.pool = pool;
    s->call.scratch = scratch;
    s->call.scratch_bytes = bytes;
    enum cut_status status = method->run(&s->call, &err);
    bool kept = true;
    for (size_t i = 0; i < 64; i++) kept &= scratch[bytes + i] == POISON;
    CHECK(kept, "%s: %s wrote past its scratch memory", s->c->name,
          method->name);
    free(scratch);
    return status == CUT_OK;
}

/* Expected values of output i, row by row without gaps. */
static double *values_of(const struct operand *o) {
    int64_t n = last_dim(o), rows = row_count(o);
    double *values = malloc((size_t)(n * rows) * sizeof(double));
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < n; i++)
            values[r * n + i] = get(o->view.dtype, element(o, r, i));
    return values;
}

/* Largest error over the tolerance's scale, at element *where. */
static double worst_error(const double *want, const double *got, int64_t n,
                          int64_t *where) {
    double worst = 0;
    *where = 0;
    for (int64_t i = 0; i < n; i++) {
        double e = 0;
        if (isnan(want[i]) != isnan(got[i]))
            e = INFINITY;
        else if (want[i] != got[i] && !isnan(got[i]))
            e = fabs(want[i] - got[i]) / fmax(1, fabs(want[i]));
        if (e > worst) worst = e, *where = i;
    }
    return worst;
}

static void check_result(struct setup *s, const char *what, double **want) {
    for (int k = 0; k < s->call.n_outputs; k++) {
        struct operand *o = result_of(s, k);
        int64_t where, n = last_dim(o) * row_count(o);
        double *got = values_of(o);
        double error = worst_error(want[k], got, n, &where);
        CHECK(error <= s->c->tolerance,
              "%s, %s: element %lld is %.9g, reference %.9g (error %g)",
              s->c->name, what, (long long)where, got[where], want[k][where],
              error);
        CHECK(guards_hold(o), "%s, %s: wrote outside output %d", s->c->name,
              what, k);
        free(got);
    }
    for (int i = s->placement->in_place; i < s->call.n_inputs; i++)
        CHECK(!s->in[i].block ||
                  !memcmp(s->in[i].block, s->in[i].copy, s->in[i].bytes),
              "%s, %s: changed input %d", s->c->name, what, i);
}

/* 1, 2 and 3 threads: right, and the same bytes. */
static void check_method(struct setup *s, const struct cpu_method *method,
                         struct pool *const pools[3], double **want) {
    uint8_t *first = malloc(result_of(s, 0)->bytes);
    for (int t = 1; t <= 3; t++) {
        char what[80];
        snprintf(what, sizeof(what), "%s, %s, %s, %d threads",
                 s->call.kernels->isa, method->name, s->placement->name, t);
        CHECK(run_method(s, method, t, pools[t - 1]), "%s, %s: failed",
              s->c->name, what);
        check_result(s, what, want);
        struct operand *o = result_of(s, 0);
        if (t == 1) memcpy(first, o->block, o->bytes);
        CHECK(!memcmp(first, o->block, o->bytes),
              "%s, %s: bytes differ from one thread", s->c->name, what);
    }
    free(first);
}

static int n_methods(enum op op) {
    int n = 0;
    while (cpu_methods(op)[n]) n++;
    return n;
}

static bool method_fits(struct setup *s, int i, int n_threads) {
    const struct cpu_method *method = cpu_methods(s->c->op)[i];
    setup_reset(s);
    s->call.method_id = i;
    return !method->fits || method->fits(&s->call, n_threads);
}

static void check_case(const struct kernel_case *c,
                       const struct placement *placement,
                       struct pool *const pools[3]) {
    struct setup s;
    double *want[2] = {NULL, NULL};
    struct placement apart = *placement;
    int last = n_methods(c->op) - 1;
    apart.in_place = false;
    setup_make(&s, c, &apart);
    s.call.kernels = cpu_kernels_for(CUT_CPU_SCALAR);
    CHECK(run_method(&s, cpu_methods(c->op)[last], 1, NULL),
          "%s: the reference failed", c->name);
    for (int k = 0; k < s.call.n_outputs; k++) want[k] = values_of(&s.out[k]);
    s.placement = placement;
    for (int cpu = CUT_CPU_SCALAR; cpu < CUT_CPU_COUNT; cpu++) {
        if (!cut_cpu_usable((enum cut_cpu)cpu)) continue;
        s.call.kernels = cpu_kernels_for((enum cut_cpu)cpu);
        int tried = 0;
        for (int i = 0; i < last; i++) {
            if (!method_fits(&s, i, 3)) continue;
            check_method(&s, cpu_methods(c->op)[i], pools, want);
            tried++;
        }
        CHECK(tried || c->may_lack || placement->gap,
              "%s: no fast method fits (%s)", c->name, s.call.kernels->isa);
    }
    free(want[0]);
    free(want[1]);
    setup_free(&s);
}

/* ---- Bench ------------------------------------------------------------- */

static double now_ms(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static double best_ms(struct setup *s, const struct cpu_method *method,
                      int n_threads, struct pool *pool) {
    double best = 1e30;
    run_method(s, method, n_threads, pool);
    size_t bytes = s->call.scratch_bytes;
    s->call.scratch = aligned_alloc(64, (bytes + 64) / 64 * 64);
    for (int i = 0; i < 15; i++) {
        double start = now_ms();
        method->run(&s->call, NULL);
        best = fmin(best, now_ms() - start);
    }
    free(s->call.scratch);
    return best;
}

static void bench(struct pool *const pools[3]) {
    printf("%-24s %-8s %-12s %8s %8s\n", "case", "isa", "method", "1 thread",
           "2");
    for (size_t k = 0; k < sizeof(bench_cases) / sizeof(*bench_cases); k++) {
        const struct kernel_case *c = &bench_cases[k];
        struct setup s;
        setup_make(&s, c, &placements[0]);
        for (int cpu = CUT_CPU_SCALAR; cpu < CUT_CPU_COUNT; cpu++) {
            if (!cut_cpu_usable((enum cut_cpu)cpu)) continue;
            s.call.kernels = cpu_kernels_for((enum cut_cpu)cpu);
            for (int i = 0; i < n_methods(c->op) - 1; i++) {
                const struct cpu_method *method = cpu_methods(c->op)[i];
                if (!method_fits(&s, i, 2)) continue;
                double one = best_ms(&s, method, 1, NULL);
                double two = best_ms(&s, method, 2, pools[1]);
                printf("%-24s %-8s %-12s %8.3f %8.3f\n", c->name,
                       s.call.kernels->isa, method->name, one, two);
            }
        }
        setup_free(&s);
    }
}

/* Extremes and indices have no common answer to a NaN; arithmetic has. */
static bool placement_applies(const struct placement *p,
                              const struct kernel_case *c) {
    if (p->nan)
        return (c->op >= OP_RELU && c->op <= OP_RECIPROCAL) ||
               (c->op >= OP_ADD && c->op <= OP_MEAN);
    return !p->in_place || c->in_place;
}

int main(int argc, char **argv) {
    struct pool *pools[3];
    for (int t = 1; t <= 3; t++)
        CHECK(!pool_create(t, &allocator, &pools[t - 1], NULL), "pool");
    if (argc > 1 && !strcmp(argv[1], "--bench")) {
        bench(pools);
        return 0;
    }
    size_t n = sizeof(kernel_cases) / sizeof(*kernel_cases);
    for (size_t k = 0; k < n; k++)
        for (int p = 0; p < 4; p++)
            if (placement_applies(&placements[p], &kernel_cases[k]))
                check_case(&kernel_cases[k], &placements[p], pools);
    for (int t = 0; t < 3; t++) pool_destroy(pools[t]);
    return check_summary("kernels");
}
