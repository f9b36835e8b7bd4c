/* Prototypes of the primitives of the instruction set being compiled. */
#ifndef CPU_KERNELS_KERNELS_H
#define CPU_KERNELS_KERNELS_H

#include "base/vec/vec.h"
#include "cpu/kernels.h"

extern const struct cpu_kernels ISA(cpu_kernels);

/* weights.c */
void ISA(expand)(float *dst, const void *src, enum cut_dtype dtype, int64_t n);
void ISA(weight_pack)(const struct weight_panel *w, int64_t taps, float *dst,
                      float *room);
/* gemm.c */
void ISA(gemm_panel)(const struct gemm_panel *g);
void ISA(gemm_store)(const struct gemm_store *s);
/* winograd.c */
void ISA(winograd_filter)(const struct weight_panel *w, float *u,
                          int64_t u_stride, float *room);
void ISA(winograd_input)(const struct winograd_input *t);
void ISA(winograd_output)(const struct winograd_output *t);
/* narrow.c */
void ISA(narrow)(const struct narrow_row *r);

#endif
