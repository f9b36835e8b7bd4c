/* Any bytes as a target, a Range, a list of ETags and an Accept-Encoding. What
 * comes out as a path must not be able to leave the folder. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/content.h"
#include "server/negotiate.h"
#include "server/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static void check_path(const char *path) {
    if (!*path || *path == '/' || strlen(path) >= PATH_MAX_BYTES) abort();
    for (const char *at = path; at; at = strchr(at, '/')) {
        if (*at == '/') at++;
        if (!*at || *at == '.' || *at == '/') abort();
    }
    for (const char *at = path; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == '\\' || *at == 0x7f) abort();
}

static void check_range(const char *text, uint64_t size) {
    uint64_t first, last;
    if (range_read(text, size, &first, &last) == RANGE_PART &&
        (first > last || last >= size))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
    char path[PATH_MAX_BYTES], *text = malloc(n_bytes + 1);
    if (!text) return 0;
    memcpy(text, bytes, n_bytes);
    text[n_bytes] = 0;
    if (path_from_url(text, path)) {
        check_path(path);
        content_type(path);
        content_is_named_by_hash(path);
    }
    check_range(text, 0);
    check_range(text, 1);
    check_range(text, 1000);
    check_range(text, UINT64_MAX);
    etag_listed(text, "\"20-1.2\"");
    coding_accepted(text, "br");
    coding_accepted(text, "gzip");
    free(text);
    return 0;
}
