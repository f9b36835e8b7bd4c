#include "inputs.h"

#include "say.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

struct listing {
    const struct options *options;
    GPtrArray *tasks;
    GHashTable *outputs; /* taken names */
    bool to_folder;      /* -o names a folder */
};

static void task_free(void *item) {
    struct task *task = item;
    g_free(task->input);
    g_free(task->output);
    g_free(task->error);
    g_free(task);
}

void tasks_free(GPtrArray *tasks) {
    if (tasks) g_ptr_array_free(tasks, TRUE);
}

/* ---- Names --------------------------------------------------------------- */

static enum picture_format format_wanted(const struct listing *list) {
    const struct options *options = list->options;
    enum picture_format format = options->format;
    if (format == PICTURE_NONE && options->output && !list->to_folder)
        format = picture_format_of_path(options->output);
    return format == PICTURE_NONE ? PICTURE_PNG : format;
}

static char *name_of_output(const struct listing *list, const char *base,
                            enum picture_format format, bool whole) {
    const char *dot = strrchr(base, '.');
    int stem =
        dot && dot != base && !whole ? (int)(dot - base) : (int)strlen(base);
    return g_strdup_printf("%.*s.%s.%s", stem, base,
                           list->options->mask ? "mask" : "cutout",
                           picture_format_extension(format));
}

/* photo.jpg and photo.png would both become photo.cutout.png: the second one
 * keeps its extension, photo.png.cutout.png. */
static char *output_beside(struct listing *list, const char *input,
                           const char *folder, enum picture_format format) {
    char *base =
        strcmp(input, "-") ? g_path_get_basename(input) : g_strdup("stdin");
    char *path = NULL;
    for (int whole = 0; whole < 2; whole++) {
        char *name = name_of_output(list, base, format, whole);
        g_free(path);
        path = g_build_filename(folder, name, NULL);
        g_free(name);
        if (!g_hash_table_contains(list->outputs, path)) break;
    }
    g_free(base);
    return path;
}

static char *output_for(struct listing *list, const char *input,
                        const char *inner, enum picture_format format) {
    const char *output = list->options->output;
    if (output && !list->to_folder) return g_strdup(output);
    if (!output && strcmp(input, "-") == 0) return g_strdup("-");
    char *folder = output ? g_build_filename(output, inner, NULL)
                          : g_path_get_dirname(input);
    char *path = output_beside(list, input, folder, format);
    g_free(folder);
    return path;
}

/* ---- Tasks --------------------------------------------------------------- */

static bool same_file(const char *a, const char *b) {
    GStatBuf one, two;
    return g_stat(a, &one) == 0 && g_stat(b, &two) == 0 &&
           one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static void task_add(struct listing *list, const char *input,
                     const char *inner) {
    struct task *task = g_new0(struct task, 1);
    task->input = g_strdup(input);
    task->format = format_wanted(list);
    task->output = output_for(list, input, inner, task->format);
    if (strcmp(task->output, "-") &&
        g_hash_table_contains(list->outputs, task->output))
        task->error = g_strdup_printf("%s: its result '%s' would overwrite "
                                      "another input's",
                                      input, task->output);
    else if (strcmp(input, "-") && same_file(input, task->output))
        task->error = g_strdup_printf("%s: the result would overwrite the "
                                      "picture itself",
                                      input);
    g_hash_table_add(list->outputs, g_strdup(task->output));
    g_ptr_array_add(list->tasks, task);
}

static void task_add_failed(struct listing *list, const char *input,
                            const char *reason) {
    struct task *task = g_new0(struct task, 1);
    task->input = g_strdup(input);
    task->error = g_strdup_printf("%s: %s", input, reason);
    g_ptr_array_add(list->tasks, task);
}

/* ---- Folders ------------------------------------------------------------- */

static bool ours(const char *name) {
    char *stem = g_strdup(name);
    char *dot = strrchr(stem, '.');
    if (dot) *dot = 0;
    bool result =
        g_str_has_suffix(stem, ".cutout") || g_str_has_suffix(stem, ".mask");
    g_free(stem);
    return result;
}

/* A file that cannot be read counts: its job will say so. */
static bool begins_like_picture(const char *path) {
    unsigned char head[64];
    FILE *file = g_fopen(path, "rb");
    if (!file) return true;
    size_t n = fread(head, 1, sizeof head, file);
    fclose(file);
    return picture_sniff(head, n) != PICTURE_NONE ||
           (n == 0 && picture_format_of_path(path) != PICTURE_NONE);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *folder_names(const char *folder, GError **why) {
    GDir *dir = g_dir_open(folder, 0, why);
    if (!dir) return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while ((name = g_dir_read_name(dir)))
        if (*name != '.') g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    g_ptr_array_sort(names, by_name);
    return names;
}

static void folder_add(struct listing *list, const char *folder,
                       const char *inner) {
    GError *why = NULL;
    GPtrArray *names = folder_names(folder, &why);
    if (!names) {
        task_add_failed(list, folder, why->message);
        g_error_free(why);
        return;
    }
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            char *deeper = g_build_filename(inner, name, NULL);
            if (list->options->recursive &&
                !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
                folder_add(list, path, deeper);
            g_free(deeper);
        } else if (g_file_test(path, G_FILE_TEST_IS_REGULAR) && !ours(name) &&
                   begins_like_picture(path)) {
            task_add(list, path, inner);
        }
        g_free(path);
    }
    g_ptr_array_free(names, TRUE);
}

/* ---- All ----------------------------------------------------------------- */

static bool names_folder(const struct options *options) {
    const char *output = options->output;
    if (!output || strcmp(output, "-") == 0) return false;
    if (g_str_has_suffix(output, "/")) return true;
    if (g_file_test(output, G_FILE_TEST_IS_DIR)) return true;
    if (g_file_test(output, G_FILE_TEST_EXISTS)) return false;
    const char *first = options->inputs->pdata[0];
    return options->inputs->len > 1 || g_file_test(first, G_FILE_TEST_IS_DIR);
}

static bool folders_make(const GPtrArray *tasks, struct cut_error *err) {
    for (guint i = 0; i < tasks->len; i++) {
        const struct task *task = tasks->pdata[i];
        if (!task->output || strcmp(task->output, "-") == 0) continue;
        char *folder = g_path_get_dirname(task->output);
        bool good = g_mkdir_with_parents(folder, 0777) == 0 ||
                    fail_errno(err, "cannot make the folder '%s'", folder);
        g_free(folder);
        if (!good) return false;
    }
    return true;
}

/* A name that looks like a picture does not become a folder, and a picture
 * gets no name that lies about its format. */
static bool output_makes_sense(const struct listing *list,
                               struct cut_error *err) {
    const struct options *options = list->options;
    const char *output = options->output;
    if (!output || g_file_test(output, G_FILE_TEST_EXISTS)) return true;
    bool picture = picture_format_of_path(output) != PICTURE_NONE;
    if (list->to_folder && picture && options->inputs->len > 1)
        return fail(err,
                    "-o '%s' looks like one picture, but there are %u "
                    "inputs; name a folder",
                    output, options->inputs->len);
    char *base = g_path_get_basename(output);
    bool odd = !list->to_folder && !picture && strchr(base, '.') &&
               options->format == PICTURE_NONE;
    g_free(base);
    if (!odd) return true;
    return fail(err,
                "-o '%s' does not say the format; end it in .png, .webp, "
                ".avif, .tif or .jpg, or add --format",
                output);
}

static bool list_check(const struct listing *list, struct cut_error *err) {
    const char *output = list->options->output;
    if (list->tasks->len == 0)
        return fail(
            err, "no pictures in '%s'%s",
            (const char *)list->options->inputs->pdata[0],
            list->options->recursive ? "" : "; -r looks into its folders too");
    if (list->tasks->len > 1 && output && !list->to_folder)
        return fail(err,
                    "-o '%s' is one file, but there are %u pictures; "
                    "name a folder",
                    output, list->tasks->len);
    return output_makes_sense(list, err) &&
           (!list->to_folder || folders_make(list->tasks, err));
}

GPtrArray *tasks_make(const struct options *options, struct cut_error *err) {
    struct listing list = {
        .options = options,
        .tasks = g_ptr_array_new_with_free_func(task_free),
        .outputs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .to_folder = names_folder(options)};
    for (guint i = 0; i < options->inputs->len; i++) {
        const char *input = options->inputs->pdata[i];
        if (g_file_test(input, G_FILE_TEST_IS_DIR))
            folder_add(&list, input, "");
        else
            task_add(&list, input, "");
    }
    bool good = list_check(&list, err);
    g_hash_table_destroy(list.outputs);
    if (good) return list.tasks;
    tasks_free(list.tasks);
    return NULL;
}
