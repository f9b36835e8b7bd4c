/* What happened to one picture: docs/RECEIPT.md describes the JSON. */
#ifndef CLI_RECEIPT_H
#define CLI_RECEIPT_H

#include "engine.h"
#include "picture.h"

#define STAGE_MAP(X)                                                           \
    X(STAGE_LOAD, "load")   /* find, map and parse the model */                \
    X(STAGE_SETUP, "setup") /* plan it */                                      \
    X(STAGE_DECODE, "decode")                                                  \
    X(STAGE_PREPARE, "prepare") /* photo to tensor */                          \
    X(STAGE_INFERENCE, "inference")                                            \
    X(STAGE_REFINEMENT, "refinement") /* mask to cut-out */                    \
    X(STAGE_COMPOSE, "compose")       /* background, crop */                   \
    X(STAGE_ENCODE, "encode")

enum stage {
#define X(name, text) name,
    STAGE_MAP(X)
#undef X
        STAGE_COUNT
};
const char *stage_name(enum stage stage);

enum outcome {
    OUTCOME_CUT,
    OUTCOME_NO_SUBJECT,
    OUTCOME_AMBIGUOUS,
    OUTCOME_SKIPPED,
    OUTCOME_FAILED
};
const char *outcome_name(enum outcome outcome);

/* One try at the network. */
struct attempt {
    enum cut_status status;
    char message[200]; /* empty when it succeeded */
    double ms;
};
enum { RECEIPT_ATTEMPTS = 3 };

struct receipt {
    const char *input, *output; /* borrowed */
    enum picture_format in_format, out_format;
    int in_width, in_height, in_depth, out_width, out_height;
    bool has_alpha, has_profile;
    double ms[STAGE_COUNT], total_ms;
    bool has_mask;
    struct cut_mask_facts mask;
    int mask_width, mask_height;
    size_t planned_bytes; /* session, matte and pictures by calculation */
    struct attempt attempts[RECEIPT_ATTEMPTS];
    int n_attempts;
    bool warm;         /* model and plan were there already */
    size_t out_bytes;  /* of the file */
    const char *chaos; /* what was asked to break; borrowed */
    enum outcome outcome;
    struct cut_error error;
};

/* One line of JSON on stdout. */
void receipt_print(const struct receipt *receipt, const struct engine *engine);
/* Stage times for people, with -v. */
void receipt_tell(const struct receipt *receipt);

#endif
