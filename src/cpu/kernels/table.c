/* One table per instruction set: this file is compiled once for each. */
#include "cpu/kernels/kernels.h"
#include "cpu/kernels/rows.h"

const struct cpu_kernels ISA(cpu_kernels) = {
    .isa = VEC_NAME,
    .vec = VF_N,
    .mr = GEMM_MR,
    .nr = GEMM_NV * VF_N,
    .expand = ISA(expand),
    .gemm_panel = ISA(gemm_panel),
    .gemm_store = ISA(gemm_store),
    .weight_pack = ISA(weight_pack),
    .winograd_filter = ISA(winograd_filter),
    .winograd_input = ISA(winograd_input),
    .winograd_output = ISA(winograd_output),
    .narrow = ISA(narrow),
    .rows = &ISA(row_kernels),
};
