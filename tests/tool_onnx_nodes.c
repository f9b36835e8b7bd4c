/* Runs ONNX's own node tests through the public API.
 *
 *     tool_onnx_nodes [-q] [-v] [-u] [-k PART_OF_NAME] FOLDER...
 *
 * Each folder of FOLDER holds model.onnx and test_data_set_N/ with input_N.pb
 * and output_N.pb. Prints a table by operator and the sum. A case counts as
 * unsupported when the model uses an operator, or a type of value (string,
 * sequence, optional), that the engine lacks by design, or draws random
 * numbers; everything else that goes wrong is a failure. -u names the
 * unsupported cases with their reasons, -v every case, -q leaves the table
 * out. CUT_CPU chooses the level. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "cutout.h"
#include "heap.h"

#define MAX_VALUES 64
#define MAX_ROWS 400

enum outcome { PASSED, FAILED, UNSUPPORTED, N_OUTCOMES };

struct row {
    char name[64];
    int count[N_OUTCOMES];
    bool lacking; /* the engine has no such operator */
};

struct report {
    struct row rows[MAX_ROWS];
    int n_rows;
    int total[N_OUTCOMES];
    bool verbose, show_unsupported, quiet;
    const char *only;
};

/* One case while it runs. */
struct test_case {
    char folder[700];
    const char *name;
    char row[64];
    bool lacking;
    char message[600];
    struct heap heap;
    struct cut_allocator allocator;
    void *model_bytes;
    struct cut_model *model;
};

/* ---- Files ------------------------------------------------------------- */

static void *file_read(const char *path, size_t *n) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    char *bytes = malloc(size > 0 ? (size_t)size : 1);
    *n = size > 0 ? (size_t)size : 0;
    if (bytes && fread(bytes, 1, *n, file) != *n) {
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

/* Reads SET/KIND_0.pb, KIND_1.pb, ... Returns how many, -1 on a bad one. */
static int values_read(struct test_case *c, int set, const char *kind,
                       struct cut_tensor *values) {
    struct cut_error err = {0};
    for (int i = 0; i < MAX_VALUES; i++) {
        char path[800];
        size_t n;
        snprintf(path, sizeof path, "%s/test_data_set_%d/%s_%d.pb", c->folder,
                 set, kind, i);
        void *bytes = file_read(path, &n);
        if (!bytes) return i;
        const enum cut_status status =
            cut_tensor_read_pb(bytes, n, &c->allocator, &values[i], &err);
        free(bytes);
        if (status != CUT_OK) {
            snprintf(c->message, sizeof c->message, "%s_%d.pb: %s", kind, i,
                     err.message);
            while (i-- > 0) cut_tensor_release(&c->allocator, &values[i]);
            return -1;
        }
    }
    return MAX_VALUES;
}

static void values_release(struct test_case *c, struct cut_tensor *values,
                           int n) {
    for (int i = 0; i < n; i++) cut_tensor_release(&c->allocator, &values[i]);
}

/* ---- Comparison -------------------------------------------------------- */

static double element(const struct cut_tensor *t, size_t i) {
    switch (t->dtype) {
    case CUT_F32: return (double)((const float *)t->data)[i];
    case CUT_F64: return ((const double *)t->data)[i];
    case CUT_F16: return (double)half_to_float(((const uint16_t *)t->data)[i]);
    case CUT_BF16:
        return (double)float_from_bits((uint32_t)((const uint16_t *)t->data)[i]
                                       << 16);
    default: return 0;
    }
}

/* The tolerances of ONNX's own runner; 16-bit floats get the two units in the
 * last place that rounding may differ by. */
static bool close_enough(enum cut_dtype dtype, double got, double want) {
    double rtol = 1e-3, atol = 1e-7;
    if (dtype == CUT_F16) rtol = 2e-3, atol = 1e-6;
    if (dtype == CUT_BF16) rtol = 1.6e-2;
    if (isnan(want) || isnan(got)) return isnan(want) && isnan(got);
    if (isinf(want) || isinf(got)) return got == want;
    return fabs(got - want) <= atol + rtol * fabs(want);
}

static bool is_float(enum cut_dtype dtype) {
    return dtype == CUT_F32 || dtype == CUT_F64 || dtype == CUT_F16 ||
           dtype == CUT_BF16;
}

static long long whole(const struct cut_tensor *t, size_t i) {
    const unsigned char *at =
        (const unsigned char *)t->data + i * cut_dtype_bytes(t->dtype);
    int64_t value = 0;
    memcpy(&value, at, cut_dtype_bytes(t->dtype)); /* little endian */
    return (long long)value;
}

static bool same_shape(const struct cut_tensor *a, const struct cut_tensor *b) {
    if (a->dtype != b->dtype || a->rank != b->rank) return false;
    for (int d = 0; d < a->rank; d++)
        if (a->dims[d] != b->dims[d]) return false;
    return true;
}

static void shape_text(const struct cut_tensor *t, char *text, size_t n) {
    size_t at = (size_t)snprintf(text, n, "%s[", cut_dtype_name(t->dtype));
    for (int d = 0; d < t->rank && at < n; d++)
        at += (size_t)snprintf(text + at, n - at, "%s%lld", d ? "," : "",
                               (long long)t->dims[d]);
    if (at < n) snprintf(text + at, n - at, "]");
}

static bool compare(struct test_case *c, int output,
                    const struct cut_tensor *got,
                    const struct cut_tensor *want) {
    if (!same_shape(got, want)) {
        char a[100], b[100];
        shape_text(got, a, sizeof a);
        shape_text(want, b, sizeof b);
        snprintf(c->message, sizeof c->message, "output %d is %s, expected %s",
                 output, a, b);
        return false;
    }
    const size_t size = cut_dtype_bytes(want->dtype);
    for (size_t i = 0; size && i < want->bytes / size; i++) {
        if (is_float(want->dtype)) {
            const double a = element(got, i), b = element(want, i);
            if (close_enough(want->dtype, a, b)) continue;
            snprintf(c->message, sizeof c->message,
                     "output %d, element %zu is %.9g, expected %.9g", output, i,
                     a, b);
            return false;
        }
        if (memcmp((const char *)got->data + i * size,
                   (const char *)want->data + i * size, size) == 0)
            continue;
        snprintf(c->message, sizeof c->message,
                 "output %d, element %zu is %lld, expected %lld", output, i,
                 whole(got, i), whole(want, i));
        return false;
    }
    return true;
}

/* ---- One case ---------------------------------------------------------- */

/* Operators draw the row of the table: the one operator of the model, the
 * first one that the engine lacks, or "several". */
static void see_operator(void *user, const char *op_type, int count,
                         bool supported, const char *first_node) {
    struct test_case *c = user;
    (void)count, (void)first_node;
    if (c->lacking) return;
    if (!supported || !c->row[0])
        snprintf(c->row, sizeof c->row, "%s", op_type);
    else
        snprintf(c->row, sizeof c->row, "(several)");
    c->lacking = !supported;
}

static bool has_strings(const struct cut_model *model) {
    for (int i = 0; i < cut_model_n_inputs(model); i++)
        if (cut_model_input(model, i).dtype == CUT_STRING) return true;
    for (int i = 0; i < cut_model_n_outputs(model); i++)
        if (cut_model_output(model, i).dtype == CUT_STRING) return true;
    return false;
}

/* What the engine may refuse by design. */
static enum outcome refusal(const struct test_case *c,
                            const struct cut_error *err) {
    if (err->status != CUT_UNSUPPORTED) return FAILED;
    if (c->lacking) return UNSUPPORTED;
    if (c->model && has_strings(c->model)) return UNSUPPORTED;
    if (strcmp(c->row, "Dropout") == 0 && strstr(err->message, "training"))
        return UNSUPPORTED;
    return FAILED;
}

static const struct cut_tensor *value_named(const struct test_case *c,
                                            const struct cut_tensor *values,
                                            const char *name) {
    for (int i = 0; i < cut_model_n_inputs(c->model); i++)
        if (strcmp(cut_model_input(c->model, i).name, name) == 0)
            return &values[i];
    return NULL;
}

/* ONNX 1.12 stores its bfloat16 values as uint16. */
static void mend_type(struct cut_tensor *value, enum cut_dtype declared) {
    if (value->dtype == CUT_U16 && declared == CUT_BF16)
        value->dtype = CUT_BF16;
}

/* Of two inputs ("like", of which only the type matters) it stores one
 * element instead of the declared shape: repeated here. */
static void mend_shape(struct cut_tensor *value,
                       const struct cut_tensor *declared) {
    static char repeated[256];
    const size_t size = cut_dtype_bytes(value->dtype);
    size_t n = 1;
    for (int d = 0; d < declared->rank; d++) n *= (size_t)declared->dims[d];
    if (value->bytes != size || n < 2 || n > sizeof repeated / size) return;
    for (size_t i = 0; i < n; i++)
        memcpy(repeated + i * size, value->data, size);
    value->data = repeated;
    value->bytes = n * size;
    value->rank = declared->rank;
    memcpy(value->dims, declared->dims, sizeof value->dims);
}

static void outputs_release(struct cut_tensor *outputs) {
    for (int i = 0; i < MAX_VALUES; i++) free(outputs[i].data);
}

/* Binds the inputs, makes room for the outputs and runs. */
static bool run_session(struct test_case *c, struct cut_session *session,
                        const struct cut_tensor *inputs,
                        struct cut_tensor *outputs) {
    struct cut_tensor in[MAX_VALUES] = {{0}};
    struct cut_error err = {0};
    const int n_in = cut_session_n_inputs(session);
    const int n_out = cut_session_n_outputs(session);
    if (n_in > MAX_VALUES || n_out > MAX_VALUES) {
        snprintf(c->message, sizeof c->message, "%d inputs, %d outputs", n_in,
                 n_out);
        return false;
    }
    for (int i = 0; i < n_in; i++) {
        in[i] = cut_session_input(session, i);
        const struct cut_tensor *value = value_named(c, inputs, in[i].name);
        in[i].data = value ? value->data : NULL;
    }
    for (int i = 0; i < n_out; i++) {
        outputs[i] = cut_session_output(session, i);
        outputs[i].data = malloc(outputs[i].bytes ? outputs[i].bytes : 1);
    }
    if (cut_session_run(session, in, outputs, NULL, NULL, &err) == CUT_OK)
        return true;
    snprintf(c->message, sizeof c->message, "run: %s", err.message);
    return false;
}

static enum cut_cpu cpu_level(void) {
    const char *name = getenv("CUT_CPU");
    for (int i = 1; name && i < CUT_CPU_COUNT; i++)
        if (strcmp(name, cut_cpu_name((enum cut_cpu)i)) == 0)
            return (enum cut_cpu)i;
    return CUT_CPU_BEST;
}

/* One session of so many threads; outputs are the caller's to release. */
static enum outcome run_threads(struct test_case *c, int n_threads,
                                const struct cut_tensor *inputs, int n_inputs,
                                struct cut_tensor *outputs) {
    struct cut_session *session = NULL;
    struct cut_error err = {0};
    const struct cut_session_options options = {.n_threads = n_threads,
                                                .cpu = cpu_level(),
                                                .inputs = inputs,
                                                .n_inputs = n_inputs};
    if (cut_session_create(c->model, &options, &c->allocator, &session, &err) !=
        CUT_OK) {
        snprintf(c->message, sizeof c->message, "%s", err.message);
        return refusal(c, &err);
    }
    const bool ran = run_session(c, session, inputs, outputs);
    cut_session_destroy(session);
    return ran ? PASSED : FAILED;
}

/* The outputs of one thread are compared with what is wanted, those of three
 * threads with those of one, to the bit. */
static enum outcome judge(struct test_case *c, const struct cut_tensor *one,
                          const struct cut_tensor *three,
                          struct cut_tensor *wanted, int n_wanted) {
    for (int i = 0; i < n_wanted; i++) {
        mend_type(&wanted[i], one[i].dtype);
        if (!compare(c, i, &one[i], &wanted[i])) return FAILED;
        if (memcmp(one[i].data, three[i].data, one[i].bytes) == 0) continue;
        snprintf(c->message, sizeof c->message,
                 "output %d depends on the number of threads", i);
        return FAILED;
    }
    return PASSED;
}

static enum outcome run_values(struct test_case *c,
                               const struct cut_tensor *read, int n_inputs,
                               struct cut_tensor *wanted, int n_wanted) {
    struct cut_tensor inputs[MAX_VALUES] = {{0}};
    struct cut_tensor one[MAX_VALUES] = {{0}}, three[MAX_VALUES] = {{0}};
    if (n_inputs != cut_model_n_inputs(c->model) ||
        n_wanted > cut_model_n_outputs(c->model)) {
        snprintf(c->message, sizeof c->message,
                 "%d inputs given of %d, %d outputs of %d", n_inputs,
                 cut_model_n_inputs(c->model), n_wanted,
                 cut_model_n_outputs(c->model));
        return FAILED;
    }
    for (int i = 0; i < n_inputs; i++) {
        const struct cut_tensor declared = cut_model_input(c->model, i);
        inputs[i] = read[i];
        inputs[i].name = declared.name;
        mend_type(&inputs[i], declared.dtype);
        mend_shape(&inputs[i], &declared);
    }
    enum outcome outcome = run_threads(c, 1, inputs, n_inputs, one);
    if (outcome == PASSED) outcome = run_threads(c, 3, inputs, n_inputs, three);
    if (outcome == PASSED) outcome = judge(c, one, three, wanted, n_wanted);
    outputs_release(one);
    outputs_release(three);
    return outcome;
}

static enum outcome run_set(struct test_case *c, int set) {
    struct cut_tensor inputs[MAX_VALUES] = {{0}}, wanted[MAX_VALUES] = {{0}};
    const int n_inputs = values_read(c, set, "input", inputs);
    if (n_inputs < 0) return has_strings(c->model) ? UNSUPPORTED : FAILED;
    const int n_wanted = values_read(c, set, "output", wanted);
    enum outcome outcome = FAILED;
    if (n_wanted < 0)
        outcome = has_strings(c->model) ? UNSUPPORTED : FAILED;
    else if (n_wanted == 0)
        snprintf(c->message, sizeof c->message, "no expected outputs");
    else
        outcome = run_values(c, inputs, n_inputs, wanted, n_wanted);
    values_release(c, inputs, n_inputs);
    values_release(c, wanted, n_wanted);
    return outcome;
}

static bool set_exists(const struct test_case *c, int set) {
    char path[800];
    snprintf(path, sizeof path, "%s/test_data_set_%d", c->folder, set);
    DIR *folder = opendir(path);
    if (folder) closedir(folder);
    return folder != NULL;
}

/* Reads the model and runs its data sets until one does not pass. */
static enum outcome run_model(struct test_case *c) {
    char path[800];
    size_t n;
    struct cut_error err = {0};
    snprintf(path, sizeof path, "%s/model.onnx", c->folder);
    c->model_bytes = file_read(path, &n);
    if (!c->model_bytes) {
        snprintf(c->message, sizeof c->message, "no model.onnx");
        return FAILED;
    }
    if (cut_model_open(c->model_bytes, n, &c->allocator, &c->model, &err) !=
        CUT_OK) {
        /* sequences, optionals, subgraphs: no operator of ours has them */
        snprintf(c->row, sizeof c->row, "(not readable)");
        c->lacking = true;
        snprintf(c->message, sizeof c->message, "%s", err.message);
        return refusal(c, &err);
    }
    cut_model_operators(c->model, see_operator, c);
    if (c->lacking) {
        snprintf(c->message, sizeof c->message, "no operator %s", c->row);
        return UNSUPPORTED;
    }
    enum outcome outcome = FAILED;
    for (int set = 0; set_exists(c, set); set++) {
        outcome = run_set(c, set);
        if (outcome != PASSED) break;
    }
    return outcome;
}

static enum outcome run_case(struct test_case *c) {
    c->allocator = heap_allocator(&c->heap);
    enum outcome outcome = run_model(c);
    if (c->model) cut_model_close(c->model);
    free(c->model_bytes);
    if (outcome == PASSED && (c->heap.n_live || c->heap.bad_releases)) {
        snprintf(c->message, sizeof c->message, "%d pieces of memory leaked",
                 c->heap.n_live);
        outcome = FAILED;
    }
    if (!c->row[0]) snprintf(c->row, sizeof c->row, "(none)");
    return outcome;
}

/* ---- The table --------------------------------------------------------- */

static struct row *report_row(struct report *report, const char *name) {
    for (int i = 0; i < report->n_rows; i++)
        if (strcmp(report->rows[i].name, name) == 0) return &report->rows[i];
    if (report->n_rows == MAX_ROWS) return &report->rows[0];
    struct row *row = &report->rows[report->n_rows++];
    snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

static void report_case(struct report *report, const struct test_case *c,
                        enum outcome outcome) {
    static const char *const words[] = {"passed", "failed", "unsupported"};
    struct row *row = report_row(report, c->row);
    row->count[outcome]++;
    row->lacking |= c->lacking;
    report->total[outcome]++;
    if (outcome == FAILED || report->verbose ||
        (outcome == UNSUPPORTED && report->show_unsupported))
        printf("%s: %s%s%s\n", c->name, words[outcome],
               c->message[0] ? ": " : "", c->message);
}

static int row_order(const void *a, const void *b) {
    return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

static void report_table(struct report *report) {
    const char *before = "";
    qsort(report->rows, (size_t)report->n_rows, sizeof *report->rows,
          row_order);
    printf("| %-24s %7s %7s %12s\n", "operator", "passed", "failed",
           "unsupported");
    for (int i = 0; i < report->n_rows; i++) {
        const struct row *row = &report->rows[i];
        if (row->count[PASSED] + row->count[FAILED] || !row->lacking)
            printf("| %-24s %7d %7d %12d\n", row->name, row->count[PASSED],
                   row->count[FAILED], row->count[UNSUPPORTED]);
    }
    printf("| %-24s %7d %7d %12d\n", "all", report->total[PASSED],
           report->total[FAILED], report->total[UNSUPPORTED]);
    printf("| not in the engine: ");
    for (int i = 0; i < report->n_rows; i++) {
        if (!report->rows[i].lacking) continue;
        printf("%s%s %d", before, report->rows[i].name,
               report->rows[i].count[UNSUPPORTED]);
        before = ", ";
    }
    printf("\n");
}

static void run_folder(struct report *report, const char *path) {
    struct dirent **entries;
    const int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0) {
        printf("%s: cannot be read\n", path);
        report->total[FAILED]++;
        return;
    }
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (name[0] != '.' && (!report->only || strstr(name, report->only))) {
            struct test_case c = {.name = name};
            snprintf(c.folder, sizeof c.folder, "%.400s/%.250s", path, name);
            report_case(report, &c, run_case(&c));
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv) {
    static struct report report;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-v") == 0)
            report.verbose = true;
        else if (strcmp(argv[i], "-u") == 0)
            report.show_unsupported = true;
        else if (strcmp(argv[i], "-q") == 0)
            report.quiet = true;
        else if (strcmp(argv[i], "-k") == 0 && i + 1 < argc)
            report.only = argv[++i];
    }
    if (i == argc) {
        fprintf(stderr,
                "usage: tool_onnx_nodes [-q] [-v] [-u] [-k NAME] FOLDER...\n");
        return 2;
    }
    for (; i < argc; i++) run_folder(&report, argv[i]);
    if (!report.quiet) report_table(&report);
    printf("onnx_nodes: %d passed, %d failed\n", report.total[PASSED],
           report.total[FAILED]);
    return report.total[FAILED] > 0 || report.total[PASSED] == 0;
}
