/* 16-bit floats to and from float, by bits.
 *
 * half: IEEE 754 binary16. bf16: the upper half of a binary32. Narrowing
 * rounds to nearest, ties to even; what is too large becomes infinity; NaN
 * stays NaN (quiet). Widening is exact. */
#ifndef BASE_HALF_H
#define BASE_HALF_H

#include <stdint.h>

static inline uint32_t float_bits(float x) {
    union {
        float f;
        uint32_t u;
    } both = {.f = x};
    return both.u;
}

static inline float float_from_bits(uint32_t bits) {
    union {
        uint32_t u;
        float f;
    } both = {.u = bits};
    return both.f;
}

static inline float half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t rest = half & 0x7fff;
    if (rest >= 0x7c00) { /* infinity, NaN (made quiet) */
        uint32_t quiet = rest > 0x7c00 ? 0x400000 : 0;
        return float_from_bits(sign | 0x7f800000 | (rest & 0x3ff) << 13 |
                               quiet);
    }
    if (rest >= 0x0400) /* normal: rebias the exponent by 127 - 15 */
        return float_from_bits(sign | ((rest << 13) + (112u << 23)));
    float tiny = (float)rest * 0x1p-24f;
    return float_from_bits(sign | float_bits(tiny));
}

static inline uint16_t half_from_float(float x) {
    uint32_t bits = float_bits(x);
    uint32_t sign = bits >> 16 & 0x8000;
    uint32_t rest = bits & 0x7fffffff;
    if (rest > 0x7f800000) /* NaN */
        return (uint16_t)(sign | 0x7e00 | (rest >> 13 & 0x3ff));
    if (rest >= 0x47800000) /* 2^16 and above */
        return (uint16_t)(sign | 0x7c00);
    if (rest >= 0x38800000) { /* 2^-14 and above: normal */
        uint32_t rounded = rest + 0xfff + (rest >> 13 & 1);
        return (uint16_t)(sign | ((rounded - (112u << 23)) >> 13));
    }
    /* Adding 1/2 puts a subnormal's unit, 2^-24, on the last bit of the
     * float, so that the addition itself rounds to nearest even. */
    float sum = float_from_bits(rest) + 0.5f;
    return (uint16_t)(sign | (float_bits(sum) - 0x3f000000));
}

static inline float bf16_to_float(uint16_t bf16) {
    return float_from_bits((uint32_t)bf16 << 16);
}

static inline uint16_t bf16_from_float(float x) {
    uint32_t bits = float_bits(x);
    if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#endif
