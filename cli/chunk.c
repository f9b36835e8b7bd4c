#define _POSIX_C_SOURCE 200809L
#include "chunk.h"

#include "say.h"
#include "temp.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *chunk_folder(void) {
    char *store = store_folder(), *parent = g_path_get_dirname(store);
    char *folder = g_build_filename(parent, "chunks", NULL);
    g_free(parent);
    g_free(store);
    return folder;
}

static bool file_has_size(const char *path, int64_t n_bytes) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
           info.st_size == n_bytes;
}

/* ---- What is there ------------------------------------------------------ */

static bool piece_is_there(json_t *piece, const char *folder) {
    const char *sha256;
    json_int_t bytes;
    if (json_unpack(piece, "{s:s,s:I}", "sha256", &sha256, "bytes", &bytes))
        return false;
    char *path = g_build_filename(folder, sha256, NULL);
    bool there = file_has_size(path, bytes);
    g_free(path);
    return there;
}

/* Whether the manifest is of this very model, by this program, and complete. */
static bool is_complete(const char *folder, const char *manifest,
                        const char *sha256) {
    json_t *root = json_load_file(manifest, 0, NULL), *pieces = NULL, *piece;
    const char *of = NULL;
    json_int_t chunk_bytes = 0;
    size_t i;
    bool good = json_unpack(root, "{s:s,s:I,s:o}", "sha256", &of, "chunk_bytes",
                            &chunk_bytes, "chunks", &pieces) == 0 &&
                strcmp(of, sha256) == 0 && chunk_bytes == CHUNK_BYTES &&
                json_array_size(pieces) > 0;
    json_array_foreach(pieces, i, piece) good =
        good && piece_is_there(piece, folder);
    json_decref(root);
    return good;
}

/* ---- Cutting ------------------------------------------------------------ */

static bool piece_write(const char *folder, const char *bytes, size_t n_bytes,
                        json_t *pieces, struct cut_error *err) {
    char *sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256,
                                               (const guchar *)bytes, n_bytes);
    char *path = g_build_filename(folder, sha256, NULL);
    bool good = file_has_size(path, (int64_t)n_bytes) ||
                temp_write_file(path, bytes, n_bytes, err);
    json_array_append_new(pieces, json_pack("{s:s,s:I}", "sha256", sha256,
                                            "bytes", (json_int_t)n_bytes));
    g_free(path);
    g_free(sha256);
    return good;
}

/* Up to CHUNK_BYTES, fewer only at the end; -1 when reading fails. */
static ssize_t piece_read(int fd, char *bytes) {
    ssize_t n_bytes = 0, n = 1;
    while (n > 0 && n_bytes < CHUNK_BYTES) {
        n = read(fd, bytes + n_bytes, (size_t)(CHUNK_BYTES - n_bytes));
        if (n > 0) n_bytes += n;
    }
    return n < 0 ? -1 : n_bytes;
}

static bool pieces_write(int fd, const char *folder, json_t *pieces,
                         int64_t *total, struct cut_error *err) {
    char *bytes = g_malloc(CHUNK_BYTES);
    ssize_t n;
    bool good = true;
    while (good && (n = piece_read(fd, bytes)) != 0) {
        good = n > 0 ? piece_write(folder, bytes, (size_t)n, pieces, err)
                     : fail_errno(err, "the stored model cannot be read");
        if (n > 0) *total += n;
    }
    g_free(bytes);
    return good;
}

static bool manifest_write(const struct model_spec *spec, const char *path,
                           const char *sha256, json_t *pieces, int64_t n_bytes,
                           struct cut_error *err) {
    json_t *root = json_pack(
        "{s:i,s:s,s:s,s:s,s:I,s:{s:s,s:s,s:s?},s:i,s:O}", "format", 1, "name",
        spec->name, "description", spec->description, "sha256", sha256, "bytes",
        (json_int_t)n_bytes, "licence", "name", spec->licence, "url",
        spec->licence_url, "note", spec->licence_note, "chunk_bytes",
        (int)CHUNK_BYTES, "chunks", pieces);
    char *text = json_dumps(root, JSON_INDENT(1));
    bool good = text && temp_write_file(path, text, strlen(text), err);
    free(text);
    json_decref(root);
    return good;
}

static bool cut(const struct model_spec *spec, const char *folder,
                const char *manifest, const char *sha256,
                struct cut_error *err) {
    char *path = store_path(spec);
    int64_t n_bytes = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    json_t *pieces = json_array();
    bool good = (g_mkdir_with_parents(folder, 0755) == 0 ||
                 fail_errno(err, "cannot make the folder '%s'", folder)) &&
                (fd >= 0 || fail_errno(err, "'%s'", path)) &&
                pieces_write(fd, folder, pieces, &n_bytes, err) &&
                manifest_write(spec, manifest, sha256, pieces, n_bytes, err);
    if (fd >= 0) close(fd);
    json_decref(pieces);
    g_free(path);
    return good;
}

bool chunk_model(const struct model_spec *spec, const char *folder,
                 struct cut_error *err) {
    char sha256[65];
    if (store_state(spec) == STORE_MISSING)
        return fail(err, "%s: not here; 'cutout models fetch %s'", spec->name,
                    spec->name);
    if (store_state(spec) != STORE_READY && !store_verify(spec, err))
        return false;
    if (!store_hash(spec, sha256))
        return fail(err, "%s: changed while it was read", spec->name);
    char *own = g_build_filename(folder, spec->name, NULL);
    char *manifest = g_build_filename(own, "manifest.json", NULL);
    bool good = is_complete(own, manifest, sha256) ||
                cut(spec, own, manifest, sha256, err);
    g_free(manifest);
    g_free(own);
    return good;
}
