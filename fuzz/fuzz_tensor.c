/* Any bytes as a TensorProto; one that is read must survive being written and
 * read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "limited_heap.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

enum { LIMIT_BYTES = 64 << 20 };

static void there_and_back(const struct cut_tensor *tensor,
                           const struct cut_allocator *allocator) {
    size_t n_bytes = cut_tensor_pb_bytes(tensor);
    void *bytes = malloc(n_bytes + 1);
    cut_tensor_write_pb(tensor, bytes);
    struct cut_tensor again;
    struct cut_error err;
    if (cut_tensor_read_pb(bytes, n_bytes, allocator, &again, &err)) abort();
    if (again.dtype != tensor->dtype || again.rank != tensor->rank ||
        again.bytes != tensor->bytes || strcmp(again.name, tensor->name) ||
        memcmp(again.dims, tensor->dims,
               (size_t)tensor->rank * sizeof tensor->dims[0]) ||
        (tensor->bytes && memcmp(again.data, tensor->data, tensor->bytes)))
        abort();
    cut_tensor_release(allocator, &again);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
    struct limited_heap heap = {.limit_bytes = LIMIT_BYTES};
    struct cut_allocator allocator = limited_allocator(&heap);
    struct cut_tensor tensor;
    struct cut_error err;
    if (!cut_tensor_read_pb(bytes, n_bytes, &allocator, &tensor, &err)) {
        there_and_back(&tensor, &allocator);
        cut_tensor_release(&allocator, &tensor);
    }
    if (heap.live_bytes) abort(); /* something was not given back */
    return 0;
}
