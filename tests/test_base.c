/* base/: formatter, arena, 16-bit floats, mathematics, CPU levels. The pool
 * has test_pool.c. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/half.h"
#include "base/mathf.h"
#include "base/mem.h"
#include "base/status.h"
#include "check.h"
#include "heap.h"

/* ---- Formatter: snprintf is the judge ---------------------------------- */

#define SAME(...)                                                              \
    do {                                                                       \
        char ours[200], theirs[200];                                           \
        size_t n = text_format(ours, sizeof ours, __VA_ARGS__);                \
        int m = snprintf(theirs, sizeof theirs, __VA_ARGS__);                  \
        CHECK(n == (size_t)m && !strcmp(ours, theirs), "ours '%s', C's '%s'",  \
              ours, theirs);                                                   \
    } while (0)

static void test_format_whole(void) {
    SAME("plain");
    SAME("%d %d %d", 0, -1, 2147483647);
    SAME("%d", (int)-2147483648ll);
    SAME("%ld %lld", 1234567890123l, -9223372036854775807ll - 1);
    SAME("%zu %u %x", (size_t)-1, 4294967295u, 0xdeadbeefu);
    SAME("%08x|%3d|%03d|%4u", 0xbeefu, 7, -7, 5u);
    SAME("%llu %lu %llx", ~0ull, 7ul, 0x123456789abcull);
    SAME("%s|%c|%%", "text", 'x');
    SAME("%.3s|%.*s|", "abcdef", 2, "xyz");
}

static void test_format_float(void) {
    const double values[] = {0,      -0.0,   1,      -1.5,       0.1,
                             1e-5,   1e-4,   123456, 1234567,    999999.7,
                             1e21,   0.5,    100,    1e100,      3.14159265,
                             1e-300, 2.5e-7, 10,     99999.99,   -0.00012345,
                             1024,   1e5,    1e6,    0.00099999, INFINITY};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        SAME("%g", values[i]);
        SAME("%.3g", values[i] * 1.01);
    }
    SAME("%f %.2f %.0f", 3.25, -1.005, 2.6);
    SAME("%.3f %.1f", 1234.5678, 0.96);
}

static void test_format_edges(void) {
    char text[8];
    CHECK(text_format(text, sizeof text, "%s", "0123456789") == 7, "length");
    CHECK(!strcmp(text, "0123456"), "cut to '%s'", text);
    text[0] = 'x';
    CHECK(text_format(text, 0, "abc") == 0 && text[0] == 'x', "no room");
    const char *volatile nothing = NULL;
    text_format(text, sizeof text, "%s", nothing);
    CHECK(!strcmp(text, "(null)"), "'%s'", text);

    struct cut_error err = {0};
    CHECK(status_fail(&err, CUT_BAD_MODEL, "node '%s': %d", "Conv_1", 3) ==
              CUT_BAD_MODEL,
          "status");
    CHECK(err.status == CUT_BAD_MODEL, "status");
    CHECK(!strcmp(err.message, "node 'Conv_1': 3"), "'%s'", err.message);
    CHECK(status_fail(NULL, CUT_TOO_LARGE, "x") == CUT_TOO_LARGE, "no err");
    CHECK(!strcmp(cut_status_name(CUT_TOO_LARGE), "too large"), "name");
    CHECK(cut_status_name((enum cut_status)99) != NULL, "unknown status");
}

/* ---- Arena ------------------------------------------------------------- */

static void test_arena_pieces(void) {
    struct heap heap = {0};
    struct cut_allocator a = heap_allocator(&heap);
    struct arena arena;
    arena_init(&arena, &a);
    unsigned char *pieces[300];
    size_t sizes[300];
    for (int i = 0; i < 300; i++) {
        sizes[i] = (size_t)i * (size_t)i % 7919;
        pieces[i] = arena_alloc(&arena, sizes[i], 1);
        CHECK(pieces[i] && (uintptr_t)pieces[i] % 64 == 0, "piece %d", i);
        for (size_t k = 0; k < sizes[i]; k++)
            if (pieces[i][k]) CHECK(false, "piece %d not zero at %zu", i, k);
        memset(pieces[i], i & 255, sizes[i]);
    }
    for (int i = 0; i < 300; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            if (pieces[i][k] != (i & 255)) CHECK(false, "piece %d shared", i);
    CHECK(arena.total_bytes == heap.live_bytes, "%zu", arena.total_bytes);
    CHECK(heap.n_calls < 40, "%ld blocks for 300 pieces", heap.n_calls);
    arena_free(&arena);
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak");
}

static void test_arena_limits(void) {
    struct heap heap = {0};
    struct cut_allocator a = heap_allocator(&heap);
    struct arena arena;
    arena_init(&arena, &a);
    CHECK(!arena_alloc(&arena, SIZE_MAX / 2, 3), "overflow");
    CHECK(!arena_alloc(&arena, SIZE_MAX, 1), "too large");
    CHECK(ARENA_NEW(&arena, 0, int) != NULL, "nothing is something");
    char *text = arena_text(&arena, "hello world", 5);
    CHECK(text && !strcmp(text, "hello"), "text");
    for (int i = 1; i < 4; i++) {
        heap.fail_at = 1;
        CHECK(!arena_alloc(&arena, (size_t)i << 20, 1), "must fail");
    }
    CHECK(arena_alloc(&arena, 5 << 20, 1), "and recover");
    arena_free(&arena);
    CHECK(heap.n_live == 0 && heap.bad_releases == 0, "leak");
}

/* ---- 16-bit floats, all of them ---------------------------------------- */

static double half_value(unsigned h) {
    int e = (int)(h >> 10 & 31);
    double m = h & 1023;
    double v = e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
    return h & 0x8000 ? -v : v;
}

/* Midway between neighbours goes to the even one, a hair more or less to the
 * nearer. */
static int half_midpoint_is_wrong(unsigned h) {
    float here = (float)half_value(h), next = (float)half_value(h + 1);
    if (((h + 1) & 0x7fff) == 0x7c00) next = h & 0x8000 ? -65536.f : 65536.f;
    float middle = (here + next) / 2;
    unsigned even = h & 1 ? h + 1 : h;
    return half_from_float(middle) != even ||
           half_from_float(nextafterf(middle, here)) != h ||
           half_from_float(nextafterf(middle, next)) != h + 1;
}

static void test_half(void) {
    int wrong = 0, wrong_back = 0, wrong_middle = 0;
    for (unsigned h = 0; h < 65536; h++) {
        float f = half_to_float((uint16_t)h);
        unsigned rest = h & 0x7fff;
        if (rest > 0x7c00) {
            wrong += !isnan(f);
            wrong_back += half_from_float(f) != (h | 0x200);
            continue;
        }
        double v = rest == 0x7c00 ? INFINITY : fabs(half_value(h));
        wrong += (double)fabsf(f) != v || !signbit(f) != !(h >> 15);
        wrong_back += half_from_float(f) != h;
        if (rest < 0x7c00) wrong_middle += half_midpoint_is_wrong(h);
    }
    CHECK(wrong == 0, "%d of 65536 widened wrongly", wrong);
    CHECK(wrong_back == 0, "%d of 65536 do not come back", wrong_back);
    CHECK(wrong_middle == 0, "%d rounded wrongly", wrong_middle);
    CHECK(half_from_float(1e-30f) == 0, "underflow");
    CHECK(half_from_float(-1e-30f) == 0x8000, "negative underflow");
    CHECK(half_from_float(1e30f) == 0x7c00, "overflow");
}

static void test_bf16(void) {
    int wrong = 0;
    for (unsigned h = 0; h < 65536; h++) {
        float f = bf16_to_float((uint16_t)h);
        if (isnan(f))
            wrong += !isnan(bf16_to_float(bf16_from_float(f)));
        else
            wrong += bf16_from_float(f) != h;
    }
    CHECK(wrong == 0, "%d of 65536", wrong);
    CHECK(bf16_from_float(0x1.01p0f) == 0x3f80, "tie to even, down");
    CHECK(bf16_from_float(0x1.03p0f) == 0x3f82, "tie to even, up");
    CHECK(bf16_from_float(0x1.0101p0f) == 0x3f81, "above the tie");
    CHECK(bf16_from_float(3.4e38f) == 0x7f80, "overflow");
}

/* ---- Mathematics: libm is the judge ------------------------------------ */

static uint64_t random_state = 88172645463325252ull;
static uint64_t random_next(void) { /* xorshift64, Marsaglia 2003 */
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}
static double random_unit(void) {
    return (double)(random_next() >> 11) * 0x1p-53;
}

/* Error in units of the last place of a double, as far as both are finite;
 * a difference in kind counts as infinite. */
static double ulps(double ours, double theirs) {
    if (isnan(ours) || isnan(theirs))
        return isnan(ours) && isnan(theirs) ? 0 : INFINITY;
    if (ours == theirs) return signbit(ours) == signbit(theirs) ? 0 : INFINITY;
    if (isinf(ours) || isinf(theirs)) return INFINITY;
    int e;
    frexp(theirs, &e);
    return fabs(ours - theirs) / ldexp(1, (e < -1021 ? -1021 : e) - 53);
}

struct math_case {
    const char *name;
    double (*ours)(double), (*theirs)(double);
    double low, high; /* dense range */
    double limit;     /* ulps of a double; a float has 2^29 of them */
};

static const struct math_case math_cases[] = {
    {"floor", math_floor, floor, -50, 50, 0},
    {"ceil", math_ceil, ceil, -50, 50, 0},
    {"trunc", math_trunc, trunc, -50, 50, 0},
    {"round", math_round, rint, -50, 50, 0},
    {"sqrt", math_sqrt, sqrt, 0, 100, 0},
    {"exp", math_exp, exp, -750, 715, 4},
    {"expm1", math_expm1, expm1, -40, 40, 8},
    {"log", math_log, log, 0, 4, 4},
    {"log1p", math_log1p, log1p, -1, 4, 8},
    {"sin", math_sin, sin, -100, 100, 1000},
    {"cos", math_cos, cos, -100, 100, 1000},
    {"tan", math_tan, tan, -100, 100, 1000},
    {"asin", math_asin, asin, -1, 1, 8},
    {"acos", math_acos, acos, -1, 1, 8},
    {"atan", math_atan, atan, -5, 5, 8},
    {"sinh", math_sinh, sinh, -3, 3, 8},
    {"cosh", math_cosh, cosh, -3, 3, 8},
    {"tanh", math_tanh, tanh, -3, 3, 8},
    {"asinh", math_asinh, asinh, -5, 5, 8},
    {"acosh", math_acosh, acosh, 1, 5, 8},
    {"atanh", math_atanh, atanh, -1, 1, 8},
    {"erf", math_erf, erf, -6.5, 6.5, 50},
};

static const double special[] = {0.0,
                                 -0.0,
                                 0.5,
                                 -0.5,
                                 1,
                                 -1,
                                 1.5,
                                 2.5,
                                 -2.5,
                                 1e-320,
                                 -1e-320,
                                 1e-300,
                                 0x1p-30,
                                 1e10,
                                 -1e10,
                                 1e22,
                                 0x1p52,
                                 0x1.8p51,
                                 0x1p53,
                                 -0x1p52,
                                 1e300,
                                 -1e300,
                                 1.7976931348623157e308,
                                 710,
                                 -745.5,
                                 800,
                                 -800,
                                 0.41421356,
                                 2.41421356,
                                 3.14159265358979,
                                 1.5707963267948966,
                                 1048576,
                                 1048575.9,
                                 -1e6,
                                 1e5};

static void test_math_case(const struct math_case *c) {
    double worst = 0, where = 0;
    for (int i = 0; i < 60000; i++) {
        double x = c->low + (c->high - c->low) * random_unit();
        if (i % 3 == 1) /* any magnitude */
            x = ldexp(2 * random_unit() - 1, (int)(random_next() % 600) - 300);
        if (i % 3 == 2 && i % 2) x = (float)x;
        if (i < (int)COUNT_OF(special)) x = special[i];
        double error = ulps(c->ours(x), c->theirs(x));
        if (error > worst) worst = error, where = x;
    }
    CHECK(worst <= c->limit, "%s(%.17g): %g ulp, ours %.17g, libm %.17g",
          c->name, where, worst, c->ours(where), c->theirs(where));
    CHECK(ulps(c->ours(INFINITY), c->theirs(INFINITY)) <= 8, "%s(inf)",
          c->name);
    CHECK(ulps(c->ours(-INFINITY), c->theirs(-INFINITY)) <= 8, "%s(-inf)",
          c->name);
    CHECK(isnan(c->ours(NAN)), "%s(nan)", c->name);
}

static void test_math_two(void) {
    double worst = 0, worst_fmod = 0, wx = 0, wy = 0;
    for (int i = 0; i < 100000; i++) {
        double x = ldexp(2 * random_unit() - 1, (int)(random_next() % 40) - 20);
        double y = 20 * random_unit() - 10;
        if (i % 2) y = nearbyint(y);
        /* the error of exp(y log x) grows with the exponent's size */
        double error =
            ulps(math_pow(x, y), pow(x, y)) / (1 + fabs(y * log(fabs(x))));
        if (error > worst) worst = error, wx = x, wy = y;
        double f = ulps(math_fmod(x, y), fmod(x, y));
        if (f > worst_fmod) worst_fmod = f;
    }
    CHECK(worst <= 4, "pow(%.17g, %.17g): %g, %.17g instead of %.17g", wx, wy,
          worst, math_pow(wx, wy), pow(wx, wy));
    CHECK(worst_fmod == 0, "fmod: %g", worst_fmod);
    const double values[] = {0.0,       -0.0, 1,   -1,   2,     -2,
                             3,         -3,   0.5, -0.5, 1e300, INFINITY,
                             -INFINITY, NAN,  65,  -65,  1e18,  1e-310};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        for (size_t j = 0; j < COUNT_OF(values); j++) {
            double x = values[i], y = values[j];
            double p = math_pow(x, y), q = pow(x, y);
            CHECK(ulps(p, q) <= 4096, "pow(%g, %g) = %g, not %g", x, y, p, q);
            p = math_fmod(x, y), q = fmod(x, y);
            CHECK(ulps(p, q) == 0, "fmod(%g, %g) = %g, not %g", x, y, p, q);
        }
    CHECK(math_pow(3, 20) == 3486784401.0, "whole powers are exact");
}

/* ---- CPU --------------------------------------------------------------- */

static void test_cpu(void) {
    CHECK(cut_cpu_usable(CUT_CPU_SCALAR), "scalar always");
    CHECK(cut_cpu_usable(cut_cpu_best()), "best is usable");
    CHECK(cut_cpu_best() != CUT_CPU_BEST, "best is a level");
    CHECK(!cut_cpu_usable((enum cut_cpu)77), "unknown level");
    CHECK(cut_cpu_cores() >= 1, "%d cores", cut_cpu_cores());
    CHECK(!strcmp(cut_cpu_name(CUT_CPU_AVX2), "avx2"), "name");
#if defined(__x86_64__)
    CHECK(cut_cpu_usable(CUT_CPU_AVX2) ==
              (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")),
          "the compiler's own detection differs");
    CHECK(!cut_cpu_usable(CUT_CPU_NEON), "no NEON here");
#endif
}

static void test_dtype(void) {
    CHECK(cut_dtype_bytes(CUT_F16) == 2 && cut_dtype_bytes(CUT_I64) == 8 &&
              cut_dtype_bytes(CUT_BOOL) == 1,
          "sizes");
    CHECK(cut_dtype_bytes((enum cut_dtype)55) == 0, "unknown");
    CHECK(!strcmp(cut_dtype_name(CUT_BF16), "bfloat16"), "name");
    CHECK(!strcmp(cut_dtype_name((enum cut_dtype)0), "unknown"), "name");
}

int main(void) {
    test_format_whole();
    test_format_float();
    test_format_edges();
    test_arena_pieces();
    test_arena_limits();
    test_half();
    test_bf16();
    for (size_t i = 0; i < COUNT_OF(math_cases); i++)
        test_math_case(&math_cases[i]);
    test_math_two();
    test_cpu();
    test_dtype();
    return check_summary("base");
}
