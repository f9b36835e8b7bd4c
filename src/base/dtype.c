#include "cutout.h"

size_t cut_dtype_bytes(enum cut_dtype dtype) {
    switch (dtype) {
    case CUT_U8:
    case CUT_I8:
    case CUT_BOOL: return 1;
    case CUT_U16:
    case CUT_I16:
    case CUT_F16:
    case CUT_BF16: return 2;
    case CUT_F32:
    case CUT_I32:
    case CUT_U32: return 4;
    case CUT_I64:
    case CUT_F64:
    case CUT_U64: return 8;
    case CUT_STRING: return 0;
    }
    return 0;
}

const char *cut_dtype_name(enum cut_dtype dtype) {
    switch (dtype) {
    case CUT_F32: return "float32";
    case CUT_U8: return "uint8";
    case CUT_I8: return "int8";
    case CUT_U16: return "uint16";
    case CUT_I16: return "int16";
    case CUT_I32: return "int32";
    case CUT_I64: return "int64";
    case CUT_STRING: return "string";
    case CUT_BOOL: return "bool";
    case CUT_F16: return "float16";
    case CUT_F64: return "float64";
    case CUT_U32: return "uint32";
    case CUT_U64: return "uint64";
    case CUT_BF16: return "bfloat16";
    }
    return "unknown";
}
