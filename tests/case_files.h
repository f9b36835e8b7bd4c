/* What a tool writes for tests in JavaScript: NAME.json, a text, and NAME.bin,
 * pieces of bytes that it points into. */
#ifndef TESTS_CASE_FILES_H
#define TESTS_CASE_FILES_H

#include "die.h"

static FILE *json, *blob;
static size_t blob_bytes;

static inline FILE *case_file_open(const char *folder, const char *name,
                                   const char *suffix) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, suffix);
    FILE *file = fopen(path, "wb");
    if (!file) die(path);
    return file;
}

static inline void case_files_open(const char *folder, const char *name) {
    json = case_file_open(folder, name, "json");
    blob = case_file_open(folder, name, "bin");
}

static inline void case_files_close(void) {
    if (fclose(json) || fclose(blob)) die("cannot write");
}

/* Offset of n bytes in NAME.bin, a multiple of 16. */
static inline size_t write_blob(const void *bytes, size_t n) {
    static const char zeros[16];
    size_t at = blob_bytes, pad = (16 - n % 16) % 16;
    if (fwrite(bytes, 1, n, blob) != n || fwrite(zeros, 1, pad, blob) != pad)
        die("cannot write");
    blob_bytes += n + pad;
    return at;
}

#endif
