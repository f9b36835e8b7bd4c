/* Calls one operator's scalar reference on hand-made operands.
 *
 *     float x[] = {1, -2}, y[2];
 *     run(OP_RELU, &(union op_params){0}, LIST(F32(x, 2)), LIST(F32(y, 2)));
 */
#ifndef TESTS_OPS_H
#define TESTS_OPS_H

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "base/mem.h"
#include "check.h"
#include "cpu/cpu.h"

#define N_ARGS(type, ...) ((int)(sizeof((type[]){__VA_ARGS__}) / sizeof(type)))
#define ROWS(buffer, element, row_pitch, ...)                                  \
    ((struct cpu_view){.data = (buffer),                                       \
                       .dtype = (element),                                     \
                       .rank = N_ARGS(int64_t, __VA_ARGS__),                   \
                       .dims = (const int64_t[]){__VA_ARGS__},                 \
                       .pitch = (row_pitch)})
/* Dense views: the pitch is the last of the dims. */
#define VIEW(buffer, element, ...)                                             \
    ROWS(buffer, element,                                                      \
         ((const int64_t[]){__VA_ARGS__})[N_ARGS(int64_t, __VA_ARGS__) - 1],   \
         __VA_ARGS__)
#define F32(buffer, ...) VIEW(buffer, CUT_F32, __VA_ARGS__)
#define SCALAR(buffer, element)                                                \
    ((struct cpu_view){.data = (buffer), .dtype = (element), .pitch = 1})
#define NONE ((struct cpu_view){0})

struct views {
    int n;
    const struct cpu_view *items;
};
#define LIST(...)                                                              \
    ((struct views){N_ARGS(struct cpu_view, __VA_ARGS__),                      \
                    (const struct cpu_view[]){__VA_ARGS__}})

static inline enum cut_status run(enum op op, const union op_params *params,
                                  struct views in, struct views out) {
    const struct cpu_method *const *methods = cpu_methods(op);
    struct node node = {.name = "n", .op = op, .op_type = op_name(op)};
    struct cut_error err;
    if (params) node.params = *params;
    const struct cpu_call call = {.node = &node,
                                  .n_inputs = in.n,
                                  .inputs = in.items,
                                  .n_outputs = out.n,
                                  .outputs = out.items};
    while (methods[1]) methods++;
    return methods[0]->run(&call, &err);
}

static inline void expect(const char *what, const float *y, const float *want,
                          int n) {
    for (int i = 0; i < n; i++) {
        const float close = 1e-5f * (1 + fabsf(want[i]));
        CHECK(fabsf(y[i] - want[i]) <= close || y[i] == want[i] ||
                  (isnan(y[i]) && isnan(want[i])),
              "%s: element %d is %g, expected %g", what, i, (double)y[i],
              (double)want[i]);
    }
}
#define EXPECT(what, y, ...)                                                   \
    expect(what, y, (const float[]){__VA_ARGS__}, N_ARGS(float, __VA_ARGS__))
#define EXPECT_INTS(what, y, ...)                                              \
    do {                                                                       \
        const long long want[] = {__VA_ARGS__};                                \
        for (size_t i = 0; i < sizeof want / sizeof *want; i++)                \
            CHECK((long long)(y)[i] == want[i],                                \
                  "%s: element %zu is %lld, expected %lld", what, i,           \
                  (long long)(y)[i], want[i]);                                 \
    } while (0)

#endif
