/* Trouble on request, with --chaos: what the page's chaos (web/lib/chaos.ts)
 * is for the page, as far as it makes sense here. A mishap is
 * DEED[@STAGE][*TIMES]; deeds and stages are listed by the message about an
 * unknown one. */
#ifndef CLI_CHAOS_H
#define CLI_CHAOS_H

#include "cutout.h"

enum chaos_deed {
    CHAOS_OOM,           /* the allocator gives nothing: setup, infer, refine */
    CHAOS_NAN,           /* a value of the mask */
    CHAOS_OUT_OF_RANGE,  /* the same */
    CHAOS_CORRUPT_MODEL, /* the model's first bytes, as they are read */
    CHAOS_DEEDS
};

enum chaos_stage {
    CHAOS_AT_SETUP,
    CHAOS_AT_INFER,
    CHAOS_AT_OUTPUT,
    CHAOS_AT_REFINE,
    CHAOS_STAGES
};

/* How often each still happens. All zero: never. */
struct chaos {
    const char *text; /* as given; NULL: none */
    int times[CHAOS_DEEDS][CHAOS_STAGES];
};

bool chaos_parse(struct chaos *chaos, const char *text, struct cut_error *err);
/* True when the deed is due now; counts it. Hold the engine's lock. */
bool chaos_take(struct chaos *chaos, enum chaos_deed deed,
                enum chaos_stage stage);
/* Starves the allocator when that is due; chaos_feed ends it. */
void chaos_starve(struct chaos *chaos, enum chaos_stage stage);
void chaos_feed(void);
/* Spoils the mask[n] when that is due. */
void chaos_spoil(struct chaos *chaos, float *mask, size_t n);

#endif
