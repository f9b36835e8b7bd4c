#define _POSIX_C_SOURCE 200809L
#include "gpu_golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_range(FILE *file, struct gpu_range r) {
    fprintf(file, " %d:%llu+%llu", r.buffer, (unsigned long long)r.offset,
            (unsigned long long)r.bytes);
}

static void write_pipeline(FILE *file, const struct gpu_pipeline *p) {
    fprintf(file, "%s %s", p->shader, p->layout);
    for (int i = 0; i < p->n_constants; i++)
        fprintf(file, " %s=%u", p->constants[i].name, p->constants[i].value);
}

/* One line per buffer, upload and dispatch; buffer:offset+bytes. */
static void write_list(FILE *file, const struct gpu_list *list) {
    static const char *const packings[] = {"params", "plain", "conv", "vector",
                                           "matrix"};
    for (int i = 0; i < list->n_buffers; i++)
        fprintf(file, "buffer %d: use %d, %llu bytes\n", i,
                (int)list->buffers[i].usage,
                (unsigned long long)list->buffers[i].bytes);
    for (int i = 0; i < list->n_uploads; i++) {
        const struct gpu_upload *u = &list->uploads[i];
        fprintf(file, "upload %s %s", packings[u->packing],
                u->dtype ? cut_dtype_name(u->dtype) : "");
        write_range(file, u->range);
        fputc('\n', file);
    }
    for (int i = 0; i < list->n_dispatches; i++) {
        const struct gpu_dispatch *d = &list->dispatches[i];
        fprintf(file, "%d %s: ", d->step, list->plan->steps[d->step].method);
        write_pipeline(file, &list->pipelines[d->pipeline]);
        fprintf(file, " x(%u,%u,%u)", d->workgroups[0], d->workgroups[1],
                d->workgroups[2]);
        for (int k = 1; k < d->n_bindings; k++)
            write_range(file, d->bindings[k]);
        fputc('\n', file);
    }
}

static bool compare(const char *path, const char *text) {
    char line[600] = "";
    FILE *file = fopen(path, "r");
    int n = 0;
    if (!file) {
        fprintf(stderr, "%s is missing\n", path);
        return false;
    }
    const char *at = text;
    bool same = true;
    while (same && fgets(line, sizeof line, file)) {
        size_t length = strlen(line);
        n++;
        same = strncmp(at, line, length) == 0;
        if (same) at += length;
    }
    fclose(file);
    if (same && !*at) return true;
    fprintf(stderr,
            "%s, line %d: expected %sreceived %.*s\n"
            "(the test's program with --write accepts)\n",
            path, n, line, (int)strcspn(at, "\n"), at);
    return false;
}

bool gpu_golden(const char *path, const struct gpu_list *list, bool write) {
    char *text = NULL;
    size_t n;
    FILE *file = open_memstream(&text, &n);
    write_list(file, list);
    fclose(file);
    FILE *out = write ? fopen(path, "w") : NULL;
    if (out) fputs(text, out);
    if (out) fclose(out);
    bool same = compare(path, text);
    free(text);
    return same;
}
