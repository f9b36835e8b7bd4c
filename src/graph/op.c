#include "graph/op.h"

#include "base/mem.h"

static const char *const op_names[OP_COUNT] = {"(unknown)",
#define X(name, onnx, lo, hi, family) onnx,
                                               OP_MAP(X)
#undef X
};

const char *op_name(enum op op) {
    return (unsigned)op < OP_COUNT ? op_names[op] : op_names[OP_NONE];
}

enum op op_find(const char *onnx_name) {
    for (int i = OP_NONE + 1; i < OP_COUNT; i++)
        if (text_equal(op_names[i], onnx_name)) return (enum op)i;
    return OP_NONE;
}
