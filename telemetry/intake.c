#include "telemetry/intake.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    int receipt;
    char *error;
};

static const double most_bytes = 9007199254740991.0;
enum { MAX_MAJOR = 9999, MAX_SIDE = 65536 };

static bool wrong(const struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static bool wrong(const struct reader *reader, const char *format, ...) {
    va_list args;
    int n = snprintf(reader->error, sizeof(intake_error),
                     "receipt %d: ", reader->receipt);
    va_start(args, format);
    vsnprintf(reader->error + n, sizeof(intake_error) - (size_t)n, format,
              args);
    va_end(args);
    return false;
}

/* ---- Values ------------------------------------------------------------- */

/* A field that is null is one that is missing. */
static json_t *field(json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

static bool take_text(const struct reader *reader, json_t *object,
                      const char *key, record_text text) {
    json_t *value = field(object, key);
    text[0] = 0;
    if (!value) return true;
    if (!json_is_string(value)) return wrong(reader, "'%s' is no text", key);
    if (!record_text_is_plain(json_string_value(value)))
        return wrong(reader,
                     "'%s' must have 1 to %d characters of a-z 0-9 . _ + -",
                     key, RECORD_TEXT_BYTES - 1);
    snprintf(text, RECORD_TEXT_BYTES, "%s", json_string_value(value));
    return true;
}

static bool take_word(const struct reader *reader, json_t *object,
                      const char *key, const char *const *words,
                      record_text text) {
    if (!take_text(reader, object, key, text)) return false;
    if (!text[0] || words[record_find(words, text)]) return true;
    return wrong(reader, "'%s' is none of the words for it", key);
}

static bool take_number(const struct reader *reader, json_t *object,
                        const char *key, double max, double *number) {
    json_t *value = field(object, key);
    *number = -1;
    if (!value) return true;
    if (!json_is_number(value)) return wrong(reader, "'%s' is no number", key);
    *number = json_number_value(value);
    if (*number >= 0 && *number <= max) return true;
    return wrong(reader, "'%s' must lie between 0 and %.0f", key, max);
}

static bool take_count(const struct reader *reader, json_t *object,
                       const char *key, int max, int *count) {
    json_t *value = field(object, key);
    double number;
    *count = -1;
    if (!take_number(reader, object, key, max, &number)) return false;
    if (value && !json_is_integer(value))
        return wrong(reader, "'%s' is no whole number", key);
    *count = (int)number;
    return true;
}

static bool take_bool(const struct reader *reader, json_t *object,
                      const char *key, int *answer) {
    json_t *value = field(object, key);
    *answer = value ? json_is_true(value) : -1;
    if (!value || json_is_boolean(value)) return true;
    return wrong(reader, "'%s' is neither true nor false", key);
}

/* NULL with `*good` set when it is missing. */
static json_t *take_nested(const struct reader *reader, json_t *object,
                           const char *key, json_type type, bool *good) {
    json_t *value = field(object, key);
    *good = !value || json_typeof(value) == type;
    if (*good) return value;
    wrong(reader, "'%s' is no %s", key, type == JSON_ARRAY ? "list" : "object");
    return NULL;
}

/* ---- Parts of a receipt ------------------------------------------------- */

static bool take_planned(const struct reader *reader, json_t *item,
                         struct record_planned *planned) {
    int skipped;
    if (!json_is_object(item))
        return wrong(reader, "'planned' has what is no object");
    bool good = take_text(reader, item, "route", planned->route) &&
                take_text(reader, item, "reason", planned->reason) &&
                take_count(reader, item, "size", MAX_SIDE, &planned->size) &&
                take_bool(reader, item, "skipped", &skipped);
    if (!good) return false;
    planned->skipped = skipped == 1;
    if (planned->size < 0) planned->size = 0;
    return planned->route[0] || wrong(reader, "a planned route has no name");
}

static bool take_attempt(const struct reader *reader, json_t *item,
                         struct record_attempt *attempt) {
    if (!json_is_object(item))
        return wrong(reader, "'attempts' has what is no object");
    bool good =
        take_text(reader, item, "route", attempt->route) &&
        take_word(reader, item, "outcome", record_endings, attempt->outcome) &&
        take_text(reader, item, "cause", attempt->cause);
    if (!good) return false;
    return (attempt->route[0] && attempt->outcome[0]) ||
           wrong(reader, "an attempt lacks its route or outcome");
}

static bool take_lists(const struct reader *reader, json_t *receipt,
                       struct record *record) {
    bool good;
    json_t *item,
        *list = take_nested(reader, receipt, "planned", JSON_ARRAY, &good);
    size_t i;
    if (json_array_size(list) > RECORD_MAX_PLANNED)
        return wrong(reader, "more than %d planned routes", RECORD_MAX_PLANNED);
    json_array_foreach(list, i, item) {
        if (!take_planned(reader, item, &record->planned[i])) return false;
        record->n_planned++;
    }
    if (good)
        list = take_nested(reader, receipt, "attempts", JSON_ARRAY, &good);
    if (!good) return false;
    if (json_array_size(list) > RECORD_MAX_ATTEMPTS)
        return wrong(reader, "more than %d attempts", RECORD_MAX_ATTEMPTS);
    json_array_foreach(list, i, item) {
        if (!take_attempt(reader, item, &record->attempts[i])) return false;
        record->n_attempts++;
    }
    return true;
}

static bool take_objects(const struct reader *reader, json_t *receipt,
                         struct record *record) {
    bool good;
    json_t *part = take_nested(reader, receipt, "browser", JSON_OBJECT, &good);
    good = good && take_text(reader, part, "family", record->browser) &&
           take_count(reader, part, "major", MAX_MAJOR, &record->major);
    if (!good) return false;
    part = take_nested(reader, receipt, "adapter", JSON_OBJECT, &good);
    good = good && take_text(reader, part, "vendor", record->vendor) &&
           take_text(reader, part, "architecture", record->architecture);
    if (!good) return false;
    part = take_nested(reader, receipt, "ms", JSON_OBJECT, &good);
    for (int i = 0; good && i < N_STAGES; i++)
        good = take_number(reader, part, record_stages[i], RECORD_MAX_MS,
                           &record->ms[i]);
    return good;
}

static bool take_receipt(const struct reader *reader, json_t *receipt,
                         struct record *record) {
    if (!json_is_object(receipt)) return wrong(reader, "it is no object");
    bool good =
        take_text(reader, receipt, "cutout", record->engine) &&
        take_text(reader, receipt, "route", record->route) &&
        take_word(reader, receipt, "outcome", record_outcomes,
                  record->outcome) &&
        take_word(reader, receipt, "input", record_sizes, record->input) &&
        take_word(reader, receipt, "output", record_sizes, record->output) &&
        take_bool(reader, receipt, "warm", &record->warm) &&
        take_number(reader, receipt, "peak_bytes", most_bytes,
                    &record->peak_bytes) &&
        take_objects(reader, receipt, record) &&
        take_lists(reader, receipt, record);
    if (!good) return false;
    if (!record->engine[0] || !record->outcome[0])
        return wrong(reader, "'cutout' and 'outcome' are needed");
    bool empty = strcmp(record->outcome, "failed") == 0 ||
                 strcmp(record->outcome, "cancelled") == 0;
    return empty || record->route[0] ||
           wrong(reader, "a job with a result has a 'route'");
}

/* ---- The batch ---------------------------------------------------------- */

/* The reader of JSON recurses, and gives every object a table: what is deeper
 * or has more of them than a batch can is refused before it is built. */
static bool is_modest(const char *json, size_t n_bytes) {
    int depth = 0, n_nested = 0;
    bool quoted = false;
    for (size_t i = 0; i < n_bytes; i++) {
        char c = json[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '[' || c == '{')) {
            if (++depth > INTAKE_MAX_DEPTH || ++n_nested > INTAKE_MAX_NESTED)
                return false;
        } else if (!quoted && (c == ']' || c == '}')) {
            depth--;
        }
    }
    return true;
}

static int batch_take(json_t *batch, struct record *records, char *error) {
    struct reader reader = {.error = error};
    json_t *item;
    size_t i;
    json_array_foreach(batch, i, item) {
        reader.receipt = (int)i;
        if (!take_receipt(&reader, item, &records[i])) return 0;
    }
    return (int)i;
}

static json_t *batch_parse(const char *json, size_t n_bytes, char *error) {
    json_error_t why;
    if (!is_modest(json, n_bytes)) {
        snprintf(error, sizeof(intake_error), "nested too deep or too often");
        return NULL;
    }
    json_t *batch = json_loadb(json, n_bytes, JSON_REJECT_DUPLICATES, &why);
    if (!batch) {
        snprintf(error, sizeof(intake_error), "no JSON, line %d, column %d",
                 why.line, why.column);
        return NULL;
    }
    size_t n = json_array_size(batch); /* 0 for what is no array */
    if (n >= 1 && n <= INTAKE_MAX_RECEIPTS) return batch;
    snprintf(error, sizeof(intake_error),
             "expected an array of 1 to %d receipts", INTAKE_MAX_RECEIPTS);
    json_decref(batch);
    return NULL;
}

int intake_read(const char *json, size_t n_bytes, struct record **records,
                intake_error error) {
    int n = 0;
    error[0] = 0;
    *records = NULL;
    json_t *batch = batch_parse(json, n_bytes, error);
    if (!batch) return 0;
    *records = calloc(json_array_size(batch), sizeof **records);
    if (*records)
        n = batch_take(batch, *records, error);
    else
        snprintf(error, sizeof(intake_error), "out of memory");
    json_decref(batch);
    if (n == 0) {
        free(*records);
        *records = NULL;
    }
    return n;
}
