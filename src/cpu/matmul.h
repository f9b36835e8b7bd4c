/* The fast method of Gemm and MatMul; see matmul.c. */
#ifndef CPU_MATMUL_H
#define CPU_MATMUL_H

#include "cpu/cpu.h"

extern const struct cpu_method matmul_method;

#endif
