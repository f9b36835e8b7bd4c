#include "tensor_file.h"

#include "heap.h"
#include "npy.h"
#include "say.h"
#include "temp.h"

#include <glib.h>
#include <string.h>

/* The data move to a block of their own, as those of a .pb do. */
static bool npy_own(const char *bytes, size_t n_bytes,
                    struct cut_tensor *tensor, struct cut_error *err) {
    size_t offset;
    if (!npy_read(bytes, n_bytes, tensor, &offset, err)) return false;
    tensor->data = heap.alloc(NULL, MAX(tensor->bytes, 1));
    if (!tensor->data) return fail(err, "out of memory");
    memcpy(tensor->data, bytes + offset, tensor->bytes);
    tensor->name = NULL; /* marks whose block it is */
    return true;
}

bool tensor_file_read(const char *path, struct cut_tensor *tensor,
                      struct cut_error *err) {
    GError *why = NULL;
    GMappedFile *file = g_mapped_file_new(path, FALSE, &why);
    struct cut_error inner = {0};
    if (!file) {
        fail(err, "%s", why->message);
        g_error_free(why);
        return false;
    }
    const char *bytes = g_mapped_file_get_contents(file);
    size_t n_bytes = g_mapped_file_get_length(file);
    bool npy = n_bytes >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0;
    bool good = n_bytes > 0 || fail(&inner, "the file is empty (0 bytes)");
    if (good && npy)
        good = npy_own(bytes, n_bytes, tensor, &inner);
    else if (good)
        good =
            cut_tensor_read_pb(bytes, n_bytes, &heap, tensor, &inner) == CUT_OK;
    g_mapped_file_unref(file);
    return good || fail(err, "%s: %s", path, inner.message);
}

void tensor_file_release(struct cut_tensor *tensor) {
    if (!tensor->data) return;
    if (tensor->name)
        cut_tensor_release(&heap, tensor);
    else
        heap.release(NULL, tensor->data, MAX(tensor->bytes, 1));
    tensor->data = NULL;
}

static bool write_npy(const char *path, const struct cut_tensor *tensor,
                      struct cut_error *err) {
    char header[NPY_HEADER_MAX];
    size_t n = npy_header(tensor, header);
    struct temp_file temp;
    if (!temp_create(path, &temp, err)) return false;
    if (temp_write_all(temp.fd, header, n) &&
        temp_write_all(temp.fd, tensor->data, tensor->bytes))
        return temp_commit(&temp, err);
    fail_errno(err, "%s: cannot be written", path);
    temp_discard(&temp);
    return false;
}

bool tensor_file_write(const char *path, const struct cut_tensor *tensor,
                       struct cut_error *err) {
    if (g_str_has_suffix(path, ".npy")) return write_npy(path, tensor, err);
    if (!g_str_has_suffix(path, ".pb"))
        return fail(err, "%s: expected a name that ends in .npy or .pb", path);
    size_t n = cut_tensor_pb_bytes(tensor);
    void *bytes = g_try_malloc(MAX(n, 1));
    if (!bytes) return fail(err, "out of memory");
    cut_tensor_write_pb(tensor, bytes);
    bool good = temp_write_file(path, bytes, n, err);
    g_free(bytes);
    return good;
}
