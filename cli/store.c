#define _POSIX_C_SOURCE 200809L
/* The user's model folder. Beside each model lies a small stamp: the hash that
 * was found, and the size and time of the file it was found in, so that 88 MB
 * need not be hashed at every start. */
#include "models.h"

#include "say.h"
#include "temp.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *store_folder(void) {
    const char *set = g_getenv("CUTOUT_CACHE");
    if (set && *set) return g_build_filename(set, "models", NULL);
    return g_build_filename(g_get_user_cache_dir(), "cutout", "models", NULL);
}

static char *store_file(const struct model_spec *spec, const char *ending) {
    char *folder = store_folder();
    char *name = g_strconcat(spec->name, ending, NULL);
    char *path = g_build_filename(folder, name, NULL);
    g_free(name);
    g_free(folder);
    return path;
}

char *store_path(const struct model_spec *spec) {
    return store_file(spec, ".onnx");
}

/* ---- Hashing ------------------------------------------------------------ */

static bool hash_descriptor(int fd, char sha256[65]) {
    enum { CHUNK = 1 << 18 };
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    unsigned char *chunk = g_malloc(CHUNK);
    ssize_t n;
    while ((n = read(fd, chunk, CHUNK)) > 0) g_checksum_update(sum, chunk, n);
    g_strlcpy(sha256, g_checksum_get_string(sum), 65);
    g_free(chunk);
    g_checksum_free(sum);
    return n == 0;
}

bool file_sha256(const char *path, char sha256[65], struct cut_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && hash_descriptor(fd, sha256);
    if (!good) fail_errno(err, "%s: cannot be read", path);
    if (fd >= 0) close(fd);
    return good;
}

/* ---- Stamps ------------------------------------------------------------- */

static void stamp_describe(const struct stat *info, char text[100]) {
    g_snprintf(text, 100, "%lld %lld.%09ld %llu", (long long)info->st_size,
               (long long)info->st_mtim.tv_sec, info->st_mtim.tv_nsec,
               (unsigned long long)info->st_ino);
}

bool store_hash(const struct model_spec *spec, char sha256[65]) {
    char *path = store_path(spec), *stamp = store_file(spec, ".verified");
    char *text = NULL, now[100];
    struct stat info;
    bool same = stat(path, &info) == 0 &&
                g_file_get_contents(stamp, &text, NULL, NULL) &&
                strlen(text) > 65;
    if (same) {
        stamp_describe(&info, now);
        same = strcmp(text + 65, now) == 0;
        g_strlcpy(sha256, text, 65);
    }
    g_free(text);
    g_free(stamp);
    g_free(path);
    return same;
}

static void stamp_write(const struct model_spec *spec, const char *path,
                        const char *sha256) {
    char *stamp = store_file(spec, ".verified"), now[100];
    struct cut_error ignored;
    struct stat info;
    if (stat(path, &info) == 0) {
        stamp_describe(&info, now);
        char *text = g_strdup_printf("%s %s", sha256, now);
        temp_write_file(stamp, text, strlen(text), &ignored);
        g_free(text);
    }
    g_free(stamp);
}

enum store_state store_state(const struct model_spec *spec) {
    char sha256[65], *path = store_path(spec);
    bool there = g_file_test(path, G_FILE_TEST_IS_REGULAR);
    g_free(path);
    if (!there) return STORE_MISSING;
    bool good = store_hash(spec, sha256) &&
                (!spec->sha256 || strcmp(sha256, spec->sha256) == 0);
    return good ? STORE_READY : STORE_UNCHECKED;
}

bool store_verify(const struct model_spec *spec, struct cut_error *err) {
    char sha256[65], *path = store_path(spec);
    bool good = file_sha256(path, sha256, err);
    if (good && spec->sha256 && strcmp(sha256, spec->sha256) != 0)
        good = fail(err,
                    "%s: its SHA-256 is %s, expected %s; run 'cutout "
                    "models remove %s' and fetch it again",
                    path, sha256, spec->sha256, spec->name);
    if (good) stamp_write(spec, path, sha256);
    g_free(path);
    return good;
}

bool store_remove(const struct model_spec *spec, struct cut_error *err) {
    char *path = store_path(spec), *stamp = store_file(spec, ".verified");
    bool good = g_unlink(path) == 0 || errno == ENOENT;
    if (!good) fail_errno(err, "%s: cannot be removed", path);
    g_unlink(stamp);
    g_free(stamp);
    g_free(path);
    return good;
}
