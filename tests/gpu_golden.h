/* Golden dispatch lists: text files that a list must equal, line by line. */
#ifndef TESTS_GPU_GOLDEN_H
#define TESTS_GPU_GOLDEN_H

#include "gpu/gpu.h"

/* Compares with the file at `path`, and says where they differ; `write` makes
 * it anew first. */
bool gpu_golden(const char *path, const struct gpu_list *list, bool write);

#endif
