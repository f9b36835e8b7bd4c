/* NumPy's .npy files, versions 1 to 3 (numpy.lib.format). Pure functions on
 * memory: the bytes may be hostile. */
#ifndef CLI_NPY_H
#define CLI_NPY_H

#include "cutout.h"

/* Reads a little-endian, C-ordered array. `out->data` points into `bytes` when
 * they happen to be aligned for the type and else is NULL, with the data at
 * `*offset` in either case. `out->name` is "". */
bool npy_read(const void *bytes, size_t n_bytes, struct cut_tensor *out,
              size_t *offset, struct cut_error *err);

/* The header of a version 1 file for the tensor, whose data follow it. Returns
 * its length, a multiple of 64, at most NPY_HEADER_MAX. */
enum { NPY_HEADER_MAX = 384 };
size_t npy_header(const struct cut_tensor *tensor, char header[NPY_HEADER_MAX]);

#endif
