#include "base/mathf.h"

#include <stddef.h>

#define INFINITE __builtin_inf()
#define NOT_A_NUMBER __builtin_nan("")

union bits {
    double d;
    uint64_t u;
};

/* x * 2^k, rounding once for subnormal results. */
static double scale(double x, int k) {
    while (k > 1023) x *= 0x1p1023, k -= 1023;
    /* 2^-969 and not 2^-1022 keeps the 53 bits until the last product */
    while (k < -1022) x *= 0x1p-969, k += 969;
    union bits power = {.u = (uint64_t)(k + 1023) << 52};
    return x * power.d;
}

/* ---- Rounding ---------------------------------------------------------- */

double math_trunc(double x) {
    if (!(math_abs(x) < 0x1p52)) return x;
    return math_copysign((double)(int64_t)x, x);
}

double math_floor(double x) {
    double whole = math_trunc(x);
    return whole > x ? whole - 1 : whole;
}

double math_ceil(double x) {
    double whole = math_trunc(x);
    return whole < x ? math_copysign(whole + 1, x) : whole;
}

double math_round(double x) {
    if (!(math_abs(x) < 0x1p52)) return x;
    /* adding 2^52 leaves no bits below one, so the sum is rounded */
    volatile double sum = math_abs(x) + 0x1p52;
    return math_copysign(sum - 0x1p52, x);
}

/* Significand as an integer and its exponent: |x| = m * 2^e. */
static uint64_t split(double x, int *e) {
    union bits b = {.d = x};
    int exponent = (int)(b.u >> 52 & 0x7ff);
    uint64_t m = b.u & 0xfffffffffffff;
    *e = (exponent ? exponent : 1) - 1075;
    return exponent ? m | 1ull << 52 : m;
}

double math_fmod(double x, double y) {
    if (!math_is_finite(x) || math_is_nan(y) || y == 0) return NOT_A_NUMBER;
    if (math_abs(x) < math_abs(y)) return x;
    int ex, ey;
    uint64_t mx = split(x, &ex), my = split(y, &ey);
    mx %= my;
    for (; ex > ey && mx; ex--) mx = (mx << 1) % my;
    return math_copysign(scale((double)mx, ey), x);
}

/* ---- Exponentials and logarithms --------------------------------------- */

/* ln 2 in two parts; the first has 21 trailing zero bits, so that its product
 * with an exponent is exact. */
static const double LN2_HIGH = 0x1.62e42fee00000p-1;
static const double LN2_LOW = 0x1.a39ef35793c76p-33;

/* exp(r) - 1 for |r| <= ln2/2, as r + r^2/2! + ... + r^14/14!. */
static double expm1_near_zero(double r) {
    double sum = 1;
    for (int n = 14; n >= 2; n--) sum = 1 + sum * r / n;
    return sum * r;
}

double math_exp(double x) {
    if (math_is_nan(x)) return x;
    if (x > 709.8) return INFINITE;
    if (x < -745.2) return 0;
    double k = math_round(x * (1 / MATH_LN2));
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    return scale(1 + expm1_near_zero(r), (int)k);
}

double math_expm1(double x) {
    if (math_abs(x) < MATH_LN2 / 2) return expm1_near_zero(x);
    return math_exp(x) - 1;
}

/* 2 atanh(s) = 2 (s + s^3/3 + s^5/5 + ...) for |s| <= 0.172. */
static double twice_atanh(double s) {
    double square = s * s, sum = 0;
    for (int n = 23; n >= 3; n -= 2) sum = (sum + 1.0 / n) * square;
    return 2 * (s + s * sum);
}

double math_log(double x) {
    if (math_is_nan(x) || x < 0) return NOT_A_NUMBER;
    if (x == 0) return -INFINITE;
    if (!math_is_finite(x)) return x;
    int k = 0;
    if (x < 0x1p-1022) x *= 0x1p54, k = -54;
    union bits b = {.d = x};
    k += (int)(b.u >> 52) - 1023;
    b.u = (b.u & 0xfffffffffffff) | 1023ull << 52;
    if (b.d > 1.4142135623730951) b.d /= 2, k++;
    /* log m = 2 atanh((m - 1) / (m + 1)) */
    double log_m = twice_atanh((b.d - 1) / (b.d + 1));
    return k * LN2_HIGH + (log_m + k * LN2_LOW);
}

double math_log1p(double x) {
    if (math_abs(x) < 0.25) return twice_atanh(x / (2 + x));
    if (!math_is_finite(x) || x <= -1) return math_log(1 + x);
    /* what the rounding of 1 + x lost, to first order */
    double u = 1 + x;
    double lost = x > 1 ? 1 - (u - x) : x - (u - 1);
    return math_log(u) + lost / u;
}

static bool is_odd(double y) {
    return math_abs(y) < 0x1p53 && ((int64_t)y & 1);
}

/* By squaring: exact as long as the result is. */
static double power_whole(double x, int n) {
    double result = 1;
    for (unsigned k = (unsigned)(n < 0 ? -n : n); k; k >>= 1, x *= x)
        if (k & 1) result *= x;
    return n < 0 ? 1 / result : result;
}

double math_pow(double x, double y) {
    if (y == 0 || x == 1) return 1;
    if (math_is_nan(x) || math_is_nan(y)) return NOT_A_NUMBER;
    bool whole = math_trunc(y) == y;
    double magnitude = math_abs(x);
    double sign = whole && is_odd(y) && __builtin_signbit(x) ? -1 : 1;
    if (magnitude == 1 && (whole || x == 1)) return sign;
    if (!math_is_finite(y)) return (magnitude > 1) == (y > 0) ? INFINITE : 0;
    if (magnitude == 0) return y > 0 ? sign * 0.0 : sign * INFINITE;
    if (!math_is_finite(x)) return y > 0 ? sign * INFINITE : sign * 0.0;
    if (x < 0 && !whole) return NOT_A_NUMBER;
    if (whole && math_abs(y) <= 64) {
        double result = power_whole(x, (int)y);
        if (math_is_finite(result) && result != 0) return result;
    }
    return sign * math_exp(y * math_log(magnitude));
}

/* ---- Trigonometry ------------------------------------------------------ */

/* Bits of 2/pi after the point, 32 to a word. */
static const uint32_t TWO_OVER_PI[] = {
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041,
    0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c,
    0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41,
    0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d,
    0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08,
    0x56033046, 0xfc7b6bab,
};

/* x = (n + f) * pi/2 with |f| <= 1/2 for |x| >= 2^20: multiplies the
 * significand by the 192 bits of 2/pi that matter. Whole turns are dropped
 * before (their words of 2/pi are skipped) and after (mod 4).
 * Payne and Hanek, "Radian reduction for trigonometric functions", SIGNUM
 * Newsletter 18 (1983). */
static double reduce_huge(double x, int *quadrant) {
    int e;
    uint64_t m = split(x, &e);
    int skip = e < 2 ? 0 : (e - 2) / 32;
    const uint64_t limb[2] = {m & 0xffffffff, m >> 32};
    uint32_t product[8] = {0}; /* little end first */
    for (int i = 0; i < 2; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < 6; j++) {
            carry += limb[i] * TWO_OVER_PI[skip + 5 - j] + product[i + j];
            product[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        product[i + 6] = (uint32_t)carry;
    }
    /* bits below the point, 130 to 222; read the 2 above and 128 below */
    int point = 32 * (skip + 6) - e;
    uint32_t top[5]; /* little end first; top[4] holds the quadrant */
    for (int i = 0; i < 5; i++) {
        int bit = point - 128 + 32 * i, word = bit / 32, shift = bit % 32;
        uint64_t two = product[word];
        if (word < 7) two |= (uint64_t)product[word + 1] << 32;
        top[i] = (uint32_t)(two >> shift);
    }
    bool upper = top[3] >> 31; /* f >= 1/2: take the next quadrant */
    double f = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t word = upper ? ~top[i] : top[i];
        f = (f + word) * 0x1p-32;
    }
    int n = (int)(top[4] + upper) & 3;
    if (upper) f = -f;
    if (x < 0) f = -f, n = -n & 3;
    *quadrant = n;
    return f * (MATH_PI / 2);
}

/* x = n * pi/2 + r, |r| <= pi/4 (a little more); pi/2 in three parts of which
 * the first two have 33 bits, so that n < 2^20 times them is exact (Cody and
 * Waite). */
static double reduce(double x, int *quadrant) {
    *quadrant = 0;
    if (math_abs(x) <= MATH_PI / 4) return x;
    if (math_abs(x) >= 0x1p20) return reduce_huge(x, quadrant);
    double n = math_round(x * (2 / MATH_PI));
    *quadrant = (int)n & 3;
    double r = x - n * 1.57079632673412561417e+00;
    r -= n * 6.07710050630396597660e-11;
    return r - n * 2.02226624879595063154e-21;
}

/* Taylor series, |r| <= pi/4. */
static double sin_near_zero(double r) {
    double square = r * r, sum = 1;
    for (int n = 18; n >= 2; n -= 2) sum = 1 - sum * square / (n * (n + 1));
    return r * sum;
}

static double cos_near_zero(double r) {
    double square = r * r, sum = 1;
    for (int n = 19; n >= 1; n -= 2) sum = 1 - sum * square / (n * (n + 1));
    return sum;
}

/* sin(x + n * pi/2) */
static double sin_shifted(double x, int n) {
    if (!math_is_finite(x)) return NOT_A_NUMBER;
    int quadrant;
    double r = reduce(x, &quadrant);
    quadrant = (quadrant + n) & 3;
    double y = quadrant & 1 ? cos_near_zero(r) : sin_near_zero(r);
    return quadrant & 2 ? -y : y;
}

double math_sin(double x) { return sin_shifted(x, 0); }
double math_cos(double x) { return sin_shifted(x, 1); }

double math_tan(double x) {
    if (!math_is_finite(x)) return NOT_A_NUMBER;
    int quadrant;
    double r = reduce(x, &quadrant);
    double sine = sin_near_zero(r), cosine = cos_near_zero(r);
    return quadrant & 1 ? -cosine / sine : sine / cosine;
}

/* Series t - t^3/3 + t^5/5 - ..., |t| <= 0.2. */
static double atan_near_zero(double t) {
    double square = t * t, sum = 0;
    for (int n = 25; n >= 3; n -= 2) sum = (1.0 / n - sum) * square;
    return t - t * sum;
}

double math_atan(double x) {
    if (math_is_nan(x)) return x;
    double t = math_abs(x), start = 0;
    if (t > 2.414213562373095) { /* tan(3 pi/8) */
        start = MATH_PI / 2;
        t = -1 / t;
    } else if (t > 0.41421356237309503) { /* tan(pi/8) */
        start = MATH_PI / 4;
        t = (t - 1) / (t + 1);
    }
    /* atan t = 2 atan(t / (1 + sqrt(1 + t^2))) halves the angle */
    double half = atan_near_zero(t / (1 + math_sqrt(1 + t * t)));
    return math_copysign(start + 2 * half, x);
}

double math_asin(double x) {
    if (!(math_abs(x) <= 1)) return NOT_A_NUMBER;
    return math_atan(x / math_sqrt((1 - x) * (1 + x)));
}

double math_acos(double x) {
    if (!(math_abs(x) <= 1)) return NOT_A_NUMBER;
    return 2 * math_atan(math_sqrt((1 - x) / (1 + x)));
}

/* ---- Hyperbolic functions ---------------------------------------------- */

/* exp(x) / 2 where exp(x) alone may overflow. */
static double half_exp(double x) {
    double root = math_exp(x / 2);
    return root / 2 * root;
}

double math_sinh(double x) {
    double a = math_abs(x);
    if (a > 40) return math_copysign(half_exp(a), x);
    double t = math_expm1(a);
    return math_copysign((t + t / (t + 1)) / 2, x);
}

double math_cosh(double x) {
    double a = math_abs(x);
    if (a > 40) return half_exp(a);
    double t = math_exp(a);
    return (t + 1 / t) / 2;
}

double math_tanh(double x) {
    double a = math_abs(x);
    if (a > 22) return math_copysign(1, x);
    double t = math_expm1(2 * a);
    return math_copysign(t / (t + 2), x);
}

double math_asinh(double x) {
    double a = math_abs(x);
    if (a > 1e9) return math_copysign(math_log(a) + MATH_LN2, x);
    double square = a * a;
    double y = math_log1p(a + square / (1 + math_sqrt(1 + square)));
    return math_copysign(y, x);
}

double math_acosh(double x) {
    if (!(x >= 1)) return NOT_A_NUMBER;
    if (x > 1e9) return math_log(x) + MATH_LN2;
    double t = x - 1;
    return math_log1p(t + math_sqrt(2 * t + t * t));
}

double math_atanh(double x) {
    double a = math_abs(x);
    if (!(a <= 1)) return NOT_A_NUMBER;
    return math_copysign(math_log1p(2 * a / (1 - a)) / 2, x);
}

/* ---- Error function ---------------------------------------------------- */

/* erf x = 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (1*3*5*..*(2n+1)): every
 * term is positive, so nothing cancels (Abramowitz and Stegun 7.1.6). */
double math_erf(double x) {
    if (math_is_nan(x)) return x;
    double a = math_abs(x);
    if (a > 6) return math_copysign(1, x);
    double term = a, sum = a;
    for (int n = 1; term > sum * 1e-17; n++) {
        term *= 2 * a * a / (2 * n + 1);
        sum += term;
    }
    double y = 1.12837916709551257390 * math_exp(-a * a) * sum;
    return math_copysign(y, x);
}
