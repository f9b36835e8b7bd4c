/* `npm pack` into a folder of ours with a cache of ours, so that the growing
 * files there tell the progress. npm itself cannot continue a broken download;
 * what it had received stays in its cache's tmp folder, and curl completes
 * that from the address that npm names, checked against npm's integrity. */
#define _POSIX_C_SOURCE 200809L
#include "npm.h"

#include "child.h"
#include "progress.h"
#include "say.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Bytes so far -------------------------------------------------------- */

struct growth {
    const struct npm_source *source;
    const char *path; /* a file or a folder */
};

static int64_t folder_bytes(const char *folder) {
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    int64_t bytes = 0;
    struct stat info;
    while (dir && (name = g_dir_read_name(dir))) {
        char *path = g_build_filename(folder, name, NULL);
        if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
            bytes += folder_bytes(path);
        else if (lstat(path, &info) == 0)
            bytes += info.st_size;
        g_free(path);
    }
    if (dir) g_dir_close(dir);
    return bytes;
}

static void growth_show(void *user) {
    struct growth *growth = user;
    struct stat info;
    int64_t bytes = 0;
    if (stat(growth->path, &info) == 0)
        bytes =
            S_ISDIR(info.st_mode) ? folder_bytes(growth->path) : info.st_size;
    progress_bytes("fetching", MIN(bytes, growth->source->bytes),
                   growth->source->bytes);
}

/* ---- Going on ------------------------------------------------------------ */

static char *largest_file(const char *folder) {
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    char *best = NULL;
    int64_t best_bytes = 1 << 16; /* less is not worth it */
    struct stat info;
    while (dir && (name = g_dir_read_name(dir))) {
        char *path = g_build_filename(folder, name, NULL);
        if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) &&
            info.st_size > best_bytes) {
            best_bytes = info.st_size;
            g_free(best);
            best = g_strdup(path);
        }
        g_free(path);
    }
    if (dir) g_dir_close(dir);
    return best;
}

/* Takes over what an interrupted npm had received. */
static bool part_salvage(const char *folder, const char *part) {
    char *received = g_build_filename(folder, "npm", "_cacache", "tmp", NULL);
    char *file = largest_file(received);
    struct stat old = {0}, fresh;
    if (file && stat(file, &fresh) == 0 &&
        (stat(part, &old) != 0 || fresh.st_size > old.st_size))
        g_rename(file, part);
    g_free(file);
    g_free(received);
    return g_file_test(part, G_FILE_TEST_IS_REGULAR);
}

static char *spec_of(const struct npm_source *source) {
    return g_strdup_printf("%s@%s", source->package, source->version);
}

static bool npm_view(const struct npm_source *source, const char *folder,
                     char **address, char **integrity) {
    char *spec = spec_of(source), *text = NULL;
    const char *argv[] = {
        "npm", "view", spec, "dist.tarball", "dist.integrity", "--json", NULL};
    struct cut_error ignored;
    const char *url, *hash;
    bool good = child_run(argv, folder, &text, NULL, NULL, &ignored);
    json_t *json = good ? json_loads(text, 0, NULL) : NULL;
    good = json && json_unpack(json, "{s:s,s:s}", "dist.tarball", &url,
                               "dist.integrity", &hash) == 0;
    if (good) {
        *address = g_strdup(url);
        *integrity = g_strdup(hash);
    }
    if (json) json_decref(json);
    g_free(text);
    g_free(spec);
    return good;
}

/* "sha512-" and the digest in base64 (Subresource Integrity). */
static bool integrity_holds(const char *path, const char *integrity) {
    enum { CHUNK = 1 << 18 };
    guint8 digest[64];
    gsize n_digest = sizeof digest;
    FILE *file = g_fopen(path, "rb");
    if (!file) return false;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA512);
    guchar *chunk = g_malloc(CHUNK);
    size_t n;
    while ((n = fread(chunk, 1, CHUNK, file)) > 0)
        g_checksum_update(sum, chunk, (gssize)n);
    fclose(file);
    g_checksum_get_digest(sum, digest, &n_digest);
    char *text = g_base64_encode(digest, n_digest);
    bool good = g_str_has_prefix(integrity, "sha512-") &&
                strcmp(integrity + 7, text) == 0;
    g_free(text);
    g_free(chunk);
    g_checksum_free(sum);
    return good;
}

static bool part_complete(const struct npm_source *source, const char *folder,
                          const char *part, const char *tarball) {
    char *address = NULL, *integrity = NULL;
    struct growth growth = {source, part};
    struct cut_error ignored;
    struct stat info;
    if (!npm_view(source, folder, &address, &integrity)) return false;
    if (stat(part, &info) == 0)
        say_note("Going on at %.1f MB.", (double)info.st_size / 1e6);
    const char *argv[] = {"curl", "-fsSL", "--retry", "3",     "-C",
                          "-",    "-o",    part,      address, NULL};
    bool whole = child_run(argv, folder, NULL, growth_show, &growth, &ignored);
    bool good = whole && integrity_holds(part, integrity) &&
                g_rename(part, tarball) == 0;
    if (whole && !good) g_unlink(part); /* nothing to go on from */
    g_free(address);
    g_free(integrity);
    return good;
}

/* ---- npm pack ------------------------------------------------------------ */

static bool npm_pack(const struct npm_source *source, const char *folder,
                     const char *tarball, struct cut_error *err) {
    char *spec = spec_of(source), *name = NULL;
    char *cache = g_build_filename(folder, "npm", NULL);
    struct growth growth = {source, cache};
    const char *argv[] = {
        "npm", "pack", spec, "--cache", cache, "--silent", "--ignore-scripts",
        NULL};
    bool good = child_run(argv, folder, &name, growth_show, &growth, err);
    if (good) {
        char *last = g_strrstr(g_strchomp(name), "\n");
        char *base = g_path_get_basename(last ? last + 1 : name);
        char *path = g_build_filename(folder, base, NULL);
        good = g_rename(path, tarball) == 0 ||
               fail_errno(err, "npm pack left no '%s'", path);
        g_free(path);
        g_free(base);
    }
    g_free(name);
    g_free(cache);
    g_free(spec);
    return good;
}

char *npm_tarball(const struct npm_source *source, const char *folder,
                  struct cut_error *err) {
    char *tarball = g_build_filename(folder, "package.tgz", NULL);
    char *part = g_build_filename(folder, "package.part", NULL);
    bool there = g_file_test(tarball, G_FILE_TEST_IS_REGULAR);
    if (!there && part_salvage(folder, part))
        there = part_complete(source, folder, part, tarball);
    if (!there) there = npm_pack(source, folder, tarball, err);
    g_free(part);
    if (there) return tarball;
    g_free(tarball);
    return NULL;
}
