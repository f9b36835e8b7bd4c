/* Any bytes as a .npy file; a header that is understood must survive being
 * written and read again, and its data must lie inside the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static void there_and_back(const struct cut_tensor *tensor) {
    char header[NPY_HEADER_MAX];
    size_t n = npy_header(tensor, header), offset;
    if (n > sizeof header || n % 64) abort();
    char *file = calloc(1, n + tensor->bytes);
    memcpy(file, header, n);
    struct cut_tensor again;
    struct cut_error err;
    if (!npy_read(file, n + tensor->bytes, &again, &offset, &err)) abort();
    if (offset != n || again.dtype != tensor->dtype ||
        again.rank != tensor->rank || again.bytes != tensor->bytes ||
        memcmp(again.dims, tensor->dims,
               (size_t)tensor->rank * sizeof tensor->dims[0]))
        abort();
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
    struct cut_tensor tensor;
    struct cut_error err = {0};
    size_t offset;
    if (!npy_read(bytes, n_bytes, &tensor, &offset, &err)) {
        if (!err.message[0]) abort(); /* refused without a word */
        return 0;
    }
    if (offset > n_bytes || tensor.bytes > n_bytes - offset) abort();
    there_and_back(&tensor);
    return 0;
}
