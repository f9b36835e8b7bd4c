/* A trimmed receipt as it is kept: what ran on some device, and how fast;
 * nothing about the picture, nothing that tells one person from another. The
 * JSON of it is described in docs/RECEIPT.md. */
#ifndef TELEMETRY_RECORD_H
#define TELEMETRY_RECORD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RECORD_TEXT_BYTES = 32, /* of every text, its zero included */
    RECORD_MAX_PLANNED = 24,
    RECORD_MAX_ATTEMPTS = 16,
    RECORD_MAX_MS = 86400000 /* a day */
};

enum record_stage {
    STAGE_DECODE,
    STAGE_DOWNLOAD,
    STAGE_STORE,
    STAGE_SETUP,
    STAGE_CANARY,
    STAGE_UPLOAD,
    STAGE_PREPARE,
    STAGE_INFERENCE,
    STAGE_READBACK,
    STAGE_REFINEMENT,
    STAGE_COMPOSE,
    STAGE_ENCODE,
    STAGE_TOTAL,
    STAGE_REINIT, /* of those above: setting up again after a fallback */
    N_STAGES
};

/* A text is empty when it was not told. */
typedef char record_text[RECORD_TEXT_BYTES];

struct record_planned {
    record_text route, reason;
    int size; /* side of the network's input; 0: the model's own */
    bool skipped;
};

struct record_attempt {
    record_text route, outcome, cause;
};

struct record {
    record_text engine, browser, route, outcome, input, output;
    record_text vendor, architecture; /* of the GPU adapter */
    int major;                        /* version of the browser; -1: unknown */
    int warm;                         /* 0, 1; -1: unknown */
    double peak_bytes;                /* -1: unknown */
    double ms[N_STAGES];              /* -1: unknown */
    int n_planned, n_attempts;
    struct record_planned planned[RECORD_MAX_PLANNED];
    struct record_attempt attempts[RECORD_MAX_ATTEMPTS];
};

/* Words that we know, NULL at the end. Routes and causes may be others: those
 * are kept, and counted as "other" where a list must not grow. */
extern const char *const record_stages[N_STAGES + 1];
extern const char *const record_routes[];
extern const char *const record_causes[];
extern const char *const record_outcomes[];
extern const char *const record_endings[]; /* outcomes of an attempt */
extern const char *const record_sizes[];   /* classes of pictures */

/* Place of `text` in a list, or the length of the list. */
int record_find(const char *const *words, const char *text);
/* Lower case letters, digits and . _ + - in 1 to RECORD_TEXT_BYTES - 1. */
bool record_text_is_plain(const char *text);

#endif
