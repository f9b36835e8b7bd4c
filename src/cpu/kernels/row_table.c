/* The row primitives of one instruction set; compiled once for each. */
#include "cpu/kernels/rows.h"

const struct row_kernels ISA(row_kernels) = {
    .unary = ISA(unary_find),
    .binary = ISA(binary_find),
    .max_pool = ISA(max_pool),
    .average_pool = ISA(average_pool),
    .resize_columns = ISA(resize_columns),
    .resize_blend = ISA(resize_blend),
    .reduce_down = ISA(reduce_down),
    .reduce_along = ISA(reduce_along),
    .affine = ISA(affine),
    .layer_norm = ISA(layer_norm),
    .softmax = ISA(softmax),
    .depthwise = ISA(depthwise),
    .copy = ISA(copy),
    .widen_f16 = ISA(widen_f16),
    .narrow_f16 = ISA(narrow_f16),
};
