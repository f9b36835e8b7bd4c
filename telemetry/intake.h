/* From the body of a request to records. The body comes from strangers: all of
 * it is taken or nothing. */
#ifndef TELEMETRY_INTAKE_H
#define TELEMETRY_INTAKE_H

#include "telemetry/record.h"

#include <stddef.h>

enum {
    INTAKE_MAX_RECEIPTS = 50,
    INTAKE_MAX_DEPTH = 6,
    /* objects and lists of a full batch */
    INTAKE_MAX_NESTED =
        INTAKE_MAX_RECEIPTS * (7 + RECORD_MAX_PLANNED + RECORD_MAX_ATTEMPTS)
};

/* What is wrong, in words of ours: nothing of the input is repeated. */
typedef char intake_error[160];

/* Reads a JSON array of 1 to INTAKE_MAX_RECEIPTS trimmed receipts. Fields
 * that are not in the schema are dropped. Returns how many there are, and the
 * records in `*records`, to be released by free(); 0 and no records when
 * something is wrong. `json` need not end with a zero. */
int intake_read(const char *json, size_t n_bytes, struct record **records,
                intake_error error);

#endif
