/* Strided copies of blocks, by element size, and half precision rows. */
#include "base/half.h"
#include "base/mem.h"
#include "cpu/kernels/rows.h"

/* Elements move as bytes: the type does not matter and C's aliasing rules are
 * kept. `size` is a constant at every call. */
ALWAYS_INLINE void move(uint8_t *dst, const uint8_t *src, const size_t size) {
    __builtin_memcpy(dst, src, size);
}

/* `width` columns side by side, rows one after the other: the transposition
 * of a few planes into pixels. */
ALWAYS_INLINE void gather_planes(const struct copy_block *b, const size_t size,
                                 const int64_t width) {
    const uint8_t *src = b->src;
    uint8_t *dst = b->dst;
    int64_t src_row = b->src_row * (int64_t)size;
    int64_t src_column = b->src_column * (int64_t)size;
    int64_t dst_row = b->dst_row * (int64_t)size;
    for (int64_t r = 0; r < b->n_rows; r++)
        for (int64_t c = 0; c < width; c++)
            move(dst + r * dst_row + c * (int64_t)size,
                 src + r * src_row + c * src_column, size);
}

#define TILE 16

ALWAYS_INLINE void copy_tile(const struct copy_block *b, int64_t r0, int64_t c0,
                             const size_t size) {
    int64_t r1 = i64_min(r0 + TILE, b->n_rows);
    int64_t c1 = i64_min(c0 + TILE, b->n_columns);
    for (int64_t r = r0; r < r1; r++) {
        const uint8_t *src =
            (const uint8_t *)b->src +
            (r * b->src_row + c0 * b->src_column) * (int64_t)size;
        uint8_t *dst = (uint8_t *)b->dst +
                       (r * b->dst_row + c0 * b->dst_column) * (int64_t)size;
        for (int64_t c = c0; c < c1; c++) {
            move(dst, src, size);
            src += b->src_column * (int64_t)size;
            dst += b->dst_column * (int64_t)size;
        }
    }
}

ALWAYS_INLINE void copy_sized(const struct copy_block *b, const size_t size) {
    for (int64_t r = 0; r < b->n_rows; r += TILE)
        for (int64_t c = 0; c < b->n_columns; c += TILE)
            copy_tile(b, r, c, size);
}

/* Pictures are planes of three or four floats. */
static void copy_4(const struct copy_block *b) {
    if (b->dst_column == 1 && b->n_columns == 3)
        gather_planes(b, 4, 3);
    else if (b->dst_column == 1 && b->n_columns == 4)
        gather_planes(b, 4, 4);
    else
        copy_sized(b, 4);
}

static void copy_runs(const struct copy_block *b) {
    size_t bytes = (size_t)b->n_columns * b->item_bytes;
    for (int64_t r = 0; r < b->n_rows; r++)
        memcpy((uint8_t *)b->dst + r * b->dst_row * (int64_t)b->item_bytes,
               (const uint8_t *)b->src +
                   r * b->src_row * (int64_t)b->item_bytes,
               bytes);
}

void ISA(copy)(const struct copy_block *b) {
    if (b->src_column == 1 && b->dst_column == 1) {
        copy_runs(b);
        return;
    }
    switch (b->item_bytes) {
    case 1: copy_sized(b, 1); break;
    case 2: copy_sized(b, 2); break;
    case 4: copy_4(b); break;
    default: copy_sized(b, 8); break;
    }
}

void ISA(widen_f16)(float *y, const uint16_t *x, int64_t n) {
    for (int64_t i = 0; i < n; i += VF_N) {
        int lanes = lanes_at(i, n);
        uint16_t halves[VF_N] = {0};
        if (lanes == VF_N) {
            vf_store(y + i, vf_load_f16(x + i));
            continue;
        }
        memcpy(halves, x + i, (size_t)lanes * sizeof(*x));
        vf_store_n(y + i, vf_load_f16(halves), lanes);
    }
}

void ISA(narrow_f16)(uint16_t *y, const float *x, int64_t n) {
    for (int64_t i = 0; i < n; i++) y[i] = half_from_float(x[i]);
}
