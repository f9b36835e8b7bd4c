/* Elements of any dtype, and the addresses of operands. */
#include "base/half.h"
#include "base/mathf.h"
#include "cpu/ref.h"

/* Halves of a float keep nearest rounding of the double they stand for when
 * the float between is rounded to odd (Boldo & Melquiond 2008). */
static float float_to_odd(double x) {
    float f = (float)x;
    if ((double)f == x || !math_is_finite(x) || !math_is_finite(f)) return f;
    uint32_t bits = float_bits(f);
    if (math_abs(f) > math_abs(x)) bits--;
    return float_from_bits(bits | 1);
}

/* Constants may lie at any address, so every access is a memcpy. */
#define LOAD(type, name)                                                       \
    static type load_##name(const struct cpu_view *view, int64_t at) {         \
        type value;                                                            \
        memcpy(&value, (const char *)view->data + at * (int64_t)sizeof value,  \
               sizeof value);                                                  \
        return value;                                                          \
    }                                                                          \
    static void store_##name(const struct cpu_view *view, int64_t at,          \
                             type value) {                                     \
        memcpy((char *)view->data + at * (int64_t)sizeof value, &value,        \
               sizeof value);                                                  \
    }
LOAD(float, f32)
LOAD(double, f64)
LOAD(uint8_t, u8)
LOAD(int8_t, i8)
LOAD(uint16_t, u16)
LOAD(int16_t, i16)
LOAD(uint32_t, u32)
LOAD(int32_t, i32)
LOAD(uint64_t, u64)
LOAD(int64_t, i64)

double ref_load_f64(const struct cpu_view *view, int64_t at) {
    switch (view->dtype) {
    case CUT_F32: return load_f32(view, at);
    case CUT_F64: return load_f64(view, at);
    case CUT_F16: return half_to_float(load_u16(view, at));
    case CUT_BF16: return bf16_to_float(load_u16(view, at));
    case CUT_U64: return (double)load_u64(view, at);
    default: return (double)ref_load_i64(view, at);
    }
}

static int64_t to_i64(double x) {
    if (math_is_nan(x)) return 0;
    if (x >= 0x1p63) return INT64_MAX;
    if (x < -0x1p63) return INT64_MIN;
    return (int64_t)x;
}

static uint64_t to_u64(double x) {
    if (!(x > 0)) return 0;
    return x >= 0x1p64 ? UINT64_MAX : (uint64_t)x;
}

int64_t ref_load_i64(const struct cpu_view *view, int64_t at) {
    switch (view->dtype) {
    case CUT_U8: return load_u8(view, at);
    case CUT_I8: return load_i8(view, at);
    case CUT_U16: return load_u16(view, at);
    case CUT_I16: return load_i16(view, at);
    case CUT_U32: return load_u32(view, at);
    case CUT_I32: return load_i32(view, at);
    case CUT_I64: return load_i64(view, at);
    case CUT_U64: return (int64_t)load_u64(view, at);
    case CUT_BOOL: return load_u8(view, at) != 0;
    case CUT_F32:
    case CUT_F64:
    case CUT_F16:
    case CUT_BF16: return to_i64(ref_load_f64(view, at));
    case CUT_STRING: break;
    }
    return 0;
}

void ref_store_f64(const struct cpu_view *view, int64_t at, double value) {
    switch (view->dtype) {
    case CUT_F32: store_f32(view, at, (float)value); break;
    case CUT_F64: store_f64(view, at, value); break;
    case CUT_F16:
        store_u16(view, at, half_from_float(float_to_odd(value)));
        break;
    case CUT_BF16:
        store_u16(view, at, bf16_from_float(float_to_odd(value)));
        break;
    case CUT_BOOL: store_u8(view, at, value != 0); break;
    case CUT_U64: store_u64(view, at, to_u64(value)); break;
    default: {
        const double low = ref_lowest(view->dtype);
        const double high = ref_highest(view->dtype);
        if (value < low) value = low;
        if (value > high) value = high;
        ref_store_i64(view, at, to_i64(value));
    }
    }
}

void ref_store_i64(const struct cpu_view *view, int64_t at, int64_t value) {
    switch (view->dtype) {
    case CUT_U8: store_u8(view, at, (uint8_t)value); break;
    case CUT_I8: store_i8(view, at, (int8_t)value); break;
    case CUT_U16: store_u16(view, at, (uint16_t)value); break;
    case CUT_I16: store_i16(view, at, (int16_t)value); break;
    case CUT_U32: store_u32(view, at, (uint32_t)value); break;
    case CUT_I32: store_i32(view, at, (int32_t)value); break;
    case CUT_U64: store_u64(view, at, (uint64_t)value); break;
    case CUT_I64: store_i64(view, at, (int64_t)value); break;
    case CUT_BOOL: store_u8(view, at, value != 0); break;
    case CUT_F32: store_f32(view, at, (float)value); break;
    case CUT_F64:
    case CUT_F16:
    case CUT_BF16: ref_store_f64(view, at, (double)value); break;
    case CUT_STRING: break;
    }
}

void ref_copy(const struct cpu_view *to, int64_t to_at,
              const struct cpu_view *from, int64_t from_at) {
    const int64_t size = (int64_t)cut_dtype_bytes(to->dtype);
    memmove((char *)to->data + to_at * size,
            (const char *)from->data + from_at * size, (size_t)size);
}

double ref_lowest(enum cut_dtype dtype) {
    switch (dtype) {
    case CUT_I8: return INT8_MIN;
    case CUT_I16: return INT16_MIN;
    case CUT_I32: return INT32_MIN;
    case CUT_I64: return -0x1p63;
    default: return ref_is_float(dtype) ? -__builtin_inf() : 0;
    }
}

double ref_highest(enum cut_dtype dtype) {
    switch (dtype) {
    case CUT_BOOL: return 1;
    case CUT_U8: return UINT8_MAX;
    case CUT_U16: return UINT16_MAX;
    case CUT_U32: return UINT32_MAX;
    case CUT_U64: return 0x1p64;
    default: return -ref_lowest(dtype) - (ref_is_float(dtype) ? 0 : 1);
    }
}

/* ---- Addresses ---------------------------------------------------------- */

int64_t ref_n_elements(const struct cpu_view *view) {
    int64_t n = 1;
    for (int i = 0; i < view->rank; i++) n *= view->dims[i];
    return n;
}

void ref_strides(const struct cpu_view *view, int64_t stride[CUT_MAX_RANK]) {
    int64_t step = 1;
    for (int i = view->rank - 1; i >= 0; i--) {
        stride[i] = step;
        step = i == view->rank - 1 ? view->pitch : step * view->dims[i];
    }
}

void ref_broadcast(const struct cpu_view *view, int rank,
                   int64_t stride[CUT_MAX_RANK]) {
    int64_t own[CUT_MAX_RANK];
    const int missing = rank - view->rank;
    ref_strides(view, own);
    for (int i = 0; i < rank; i++) {
        const bool repeats = i < missing || view->dims[i - missing] == 1;
        stride[i] = repeats ? 0 : own[i - missing];
    }
}

int64_t ref_at(const struct cpu_view *view, int64_t i) {
    if (view->rank < 2) return i;
    const int64_t width = view->dims[view->rank - 1];
    return i / width * view->pitch + i % width;
}
