/* Any bytes as the body of a request. What comes out as a record must be
 * bounded and plain, since it goes into a database and from there into HTML. */
#include <stdint.h>
#include <stdlib.h>

#include "telemetry/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static void check_text(const char *text) {
    if (*text && !record_text_is_plain(text)) abort();
}

static void check_word(const char *const *words, const char *text) {
    if (*text && !words[record_find(words, text)]) abort();
}

static void check_lists(const struct record *record) {
    if (record->n_planned < 0 || record->n_planned > RECORD_MAX_PLANNED ||
        record->n_attempts < 0 || record->n_attempts > RECORD_MAX_ATTEMPTS)
        abort();
    for (int i = 0; i < record->n_planned; i++) {
        check_text(record->planned[i].route);
        check_text(record->planned[i].reason);
        if (record->planned[i].size < 0) abort();
    }
    for (int i = 0; i < record->n_attempts; i++) {
        check_text(record->attempts[i].route);
        check_text(record->attempts[i].cause);
        check_word(record_endings, record->attempts[i].outcome);
    }
}

static void check_record(const struct record *record) {
    if (!record->engine[0] || !record->outcome[0]) abort();
    check_text(record->engine);
    check_text(record->browser);
    check_text(record->route);
    check_text(record->vendor);
    check_text(record->architecture);
    check_word(record_outcomes, record->outcome);
    check_word(record_sizes, record->input);
    check_word(record_sizes, record->output);
    if (!(record->peak_bytes >= -1 && record->peak_bytes < 1e16)) abort();
    if (record->major < -1 || record->warm < -1 || record->warm > 1) abort();
    for (int i = 0; i < N_STAGES; i++)
        if (!(record->ms[i] >= -1 && record->ms[i] <= 86400e3)) abort();
    check_lists(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
    struct record *records;
    intake_error error;
    int n = intake_read((const char *)bytes, n_bytes, &records, error);
    if (n < 0 || n > INTAKE_MAX_RECEIPTS || (n == 0) != (error[0] != 0))
        abort();
    for (int i = 0; i < n; i++) check_record(&records[i]);
    free(records);
    return 0;
}
