/* Writes what the WebGPU test replays: for every operator case of
 * kernel_cases.h the dispatch list of a small graph, what goes into its
 * buffers, and what the scalar reference makes of the same inputs.
 *
 *     tool_gpu_cases FOLDER
 *
 * FOLDER/cases.json has one case in a line (the fields: write_case);
 * FOLDER/cases.bin the bytes they speak of. Graphs:
 *   alone     inputs, the operator, outputs
 *   between   the operator's operands lie in the arena, its result may
 *             overwrite one of them
 *   slices    they lie in slices of Concats, off alignment
 *   wide      the same, slices aligned as vec4 wants it
 * each in f32, and as far as its list is another one: on a software adapter,
 * with subgroups, and in f16 (values of the narrowed graph, rounded where it
 * rounds). */

#include "case_files.h"
#include "case_graphs.h"
#include "heap.h"

static struct heap heap;

/* ---- Files ------------------------------------------------------------- */

/* [offset in cases.bin, bytes, type] */
static void write_piece(int i, const void *bytes, size_t n,
                        enum cut_dtype dtype) {
    fprintf(json, "%s[%zu,%zu,\"%s\"]", i ? "," : "", write_blob(bytes, n), n,
            cut_dtype_name(dtype));
}

static void write_uploads(const struct gpu_list *list) {
    struct cut_error err;
    fputs(",\"uploads\":[", json);
    for (int i = 0; i < list->n_uploads; i++) {
        size_t n = list->uploads[i].range.bytes;
        void *bytes = calloc(n + 1, 1);
        if (!bytes) die("no memory");
        if (gpu_list_pack(list, i, bytes, &err)) die(err.message);
        write_piece(i, bytes, n, list->uploads[i].dtype);
        free(bytes);
    }
    fputs("]", json);
}

static void write_inputs(const struct build *b) {
    fputs(",\"inputs\":[", json);
    for (int i = 0; i < b->graph.n_inputs; i++) {
        const struct tensor *t = &b->graph.tensors[b->graph.inputs[i]];
        write_piece(i, b->values[i], tensor_bytes(t), t->dtype);
    }
    fputs("]", json);
}

static void write_outputs(const struct build *want) {
    fputs(",\"outputs\":[", json);
    for (int i = 0; i < want->graph.n_outputs; i++) {
        const struct tensor *t = &want->graph.tensors[want->graph.outputs[i]];
        write_piece(i, t->data, tensor_bytes(t), t->dtype);
    }
    fputs("]", json);
}

static void write_text(const char *text) {
    for (; *text; text++)
        if (*text >= ' ' && *text != '"' && *text != '\\') fputc(*text, json);
}

static void write_case(const struct build *b, const struct device_case *d,
                       const struct gpu_list *list, const char *text,
                       const struct backend *cpu) {
    struct build want;
    struct cut_error err;
    build_graph(&want, b->c, b->shape);
    if (d->device.f16 && gpu_narrow(&want.graph, &err)) die(err.message);
    evaluate(&want, cpu);
    fprintf(json, ",\"tolerance\":%g,\"list\":", b->c->tolerance);
    for (const char *p = text; *p; p++)
        if (*p != '\n') fputc(*p, json);
    write_uploads(list);
    write_inputs(b);
    write_outputs(&want);
    arena_free(&want.arena);
}

/* ---- All of them ------------------------------------------------------- */

/* A list that this case had already, on another device. */
static bool seen(const char *text, char **texts, int n) {
    for (int i = 0; i < n; i++)
        if (texts[i] && !strcmp(texts[i], text)) return true;
    return false;
}

static char *copy_text(const char *text) {
    size_t n = strlen(text) + 1;
    char *copy = malloc(n);
    if (!copy) die("no memory");
    return memcpy(copy, text, n);
}

static void one_case(const struct kernel_case *c, enum shape shape,
                     const struct backend *cpu) {
    char *texts[sizeof devices / sizeof *devices] = {0};
    int n = (int)(sizeof devices / sizeof *devices);
    for (int i = 0; i < n; i++) {
        struct build b;
        struct plan plan;
        struct gpu_list list;
        struct cut_error err;
        struct gpu_device device = devices[i].device;
        build_graph(&b, c, shape);
        enum cut_status status =
            make_list(&b, &device, cpu, &plan, &list, &err);
        const char *text = status ? NULL : gpu_list_text(&list, &b.arena);
        if (!status && !text) die("no memory");
        if (status || !seen(text, texts, i)) {
            fprintf(json, "{\"name\":\"%s\",\"shape\":\"%s\",\"device\":\"%s\"",
                    c->name, shape_names[shape], devices[i].name);
            if (status) {
                fprintf(json, ",\"%s\":\"",
                        status == CUT_UNSUPPORTED ? "refused" : "failed");
                write_text(err.message);
                fputc('"', json);
            } else {
                texts[i] = copy_text(text);
                write_case(&b, &devices[i], &list, text, cpu);
            }
            fputs("}\n", json);
        }
        arena_free(&b.arena);
    }
    for (int i = 0; i < n; i++) free(texts[i]);
}

int main(int argc, char **argv) {
    if (argc != 2) die("usage: tool_gpu_cases FOLDER");
    allocator = heap_allocator(&heap);
    case_files_open(argv[1], "cases");
    struct backend cpu;
    cpu_backend(CUT_CPU_SCALAR, 1, &cpu);
    size_t n = sizeof kernel_cases / sizeof *kernel_cases;
    for (size_t k = 0; k < n; k++)
        for (int shape = ALONE; shape < N_SHAPES; shape++)
            if (shape_applies(&kernel_cases[k], (enum shape)shape))
                one_case(&kernel_cases[k], (enum shape)shape, &cpu);
    case_files_close();
    return heap.n_live != 0;
}
