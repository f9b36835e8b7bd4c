/* Tensors in files: .npy and ONNX TensorProto .pb, told apart by content when
 * reading and by name when writing. */
#ifndef CLI_TENSOR_FILE_H
#define CLI_TENSOR_FILE_H

#include "cutout.h"

/* The tensor's memory is the heap's; give it back with tensor_file_release. */
bool tensor_file_read(const char *path, struct cut_tensor *tensor,
                      struct cut_error *err);
void tensor_file_release(struct cut_tensor *tensor);
bool tensor_file_write(const char *path, const struct cut_tensor *tensor,
                       struct cut_error *err);

#endif
