/* Scalar mathematics without libm.
 *
 * Everything works in double; errors are a few units in the last place of a
 * double, so a result rounded to float is within 1 ulp of the true one. Same
 * bits on every platform. Special values as in C's Annex F (NaN in, NaN out;
 * log(0) = -inf; ...). Not fast: kernels have their own on base/vec. */
#ifndef BASE_MATHF_H
#define BASE_MATHF_H

#include <stdbool.h>
#include <stdint.h>

#define MATH_PI 3.14159265358979323846
#define MATH_LN2 0.69314718055994530942

static inline double math_abs(double x) { return __builtin_fabs(x); }
static inline double math_sqrt(double x) { return __builtin_sqrt(x); }
static inline double math_copysign(double x, double sign) {
    return __builtin_copysign(x, sign);
}
static inline bool math_is_nan(double x) { return x != x; }
static inline bool math_is_finite(double x) { return x - x == 0; }

double math_floor(double x);
double math_ceil(double x);
double math_trunc(double x);
/* To nearest, ties to even. */
double math_round(double x);
/* x - n*y with n = trunc(x/y), exact; the sign is that of x. */
double math_fmod(double x, double y);

double math_exp(double x);
double math_expm1(double x); /* exp(x) - 1 */
double math_log(double x);
double math_log1p(double x); /* log(1 + x) */
double math_pow(double x, double y);

/* Radians; arguments of any size. */
double math_sin(double x);
double math_cos(double x);
double math_tan(double x);
double math_asin(double x);
double math_acos(double x);
double math_atan(double x);
double math_sinh(double x);
double math_cosh(double x);
double math_tanh(double x);
double math_asinh(double x);
double math_acosh(double x);
double math_atanh(double x);

double math_erf(double x);

#endif
