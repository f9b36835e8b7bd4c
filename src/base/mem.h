/* Bytes: copies, checked sizes, string comparison. Freestanding. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The four that a freestanding compiler may call anyway. */
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#define MEM_ALIGN 64
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline int64_t i64_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t i64_max(int64_t a, int64_t b) { return a > b ? a : b; }

/* a * b and a + b; false when the result does not fit. */
static inline bool size_mul(size_t a, size_t b, size_t *out) {
    return !__builtin_mul_overflow(a, b, out);
}
static inline bool size_add(size_t a, size_t b, size_t *out) {
    return !__builtin_add_overflow(a, b, out);
}
static inline bool i64_mul(int64_t a, int64_t b, int64_t *out) {
    return !__builtin_mul_overflow(a, b, out);
}
static inline bool i64_add(int64_t a, int64_t b, int64_t *out) {
    return !__builtin_add_overflow(a, b, out);
}

/* Rounds up to a multiple of MEM_ALIGN; the caller keeps n below SIZE_MAX/2. */
static inline size_t mem_align(size_t n) {
    return (n + MEM_ALIGN - 1) & ~(size_t)(MEM_ALIGN - 1);
}

static inline size_t text_length(const char *s) {
    size_t n = 0;
    while (s[n]) n++;
    return n;
}
static inline bool text_equal(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

#endif
