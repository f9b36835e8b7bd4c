#include "chaos.h"

#include "heap.h"
#include "say.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum chaos_stage stage; /* when none is said */
} deeds[CHAOS_DEEDS] = {
    [CHAOS_OOM] = {"oom", CHAOS_AT_INFER},
    [CHAOS_NAN] = {"nan", CHAOS_AT_OUTPUT},
    [CHAOS_OUT_OF_RANGE] = {"out-of-range", CHAOS_AT_OUTPUT},
    [CHAOS_CORRUPT_MODEL] = {"corrupt-model", CHAOS_AT_SETUP},
};

static const char *const stages[CHAOS_STAGES] = {"setup", "infer", "output",
                                                 "refine"};

/* ---- Parsing ------------------------------------------------------------ */

/* oom hits any stage but output; the others have one place. */
static bool has_stage(int deed, int stage) {
    if (deed == CHAOS_OOM) return stage != CHAOS_AT_OUTPUT;
    return stage == (int)deeds[deed].stage;
}

static bool refuse(const char *word, struct cut_error *err) {
    return fail(err,
                "expected DEED[@STAGE][*TIMES] for --chaos, with DEED@STAGE "
                "one of oom@setup, oom@infer, oom@refine, nan@output, "
                "out-of-range@output, corrupt-model@setup, but received '%s'",
                word);
}

static int find(const char *const *names, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}

static int deed_find(const char *name) {
    for (int i = 0; i < CHAOS_DEEDS; i++)
        if (strcmp(deeds[i].name, name) == 0) return i;
    return -1;
}

static bool word_parse(struct chaos *chaos, const char *word,
                       struct cut_error *err) {
    char *copy = g_strdup(word), *end = NULL;
    char *times = strchr(copy, '*');
    if (times) *times++ = '\0';
    char *at = strchr(copy, '@');
    if (at) *at++ = '\0';
    int deed = deed_find(copy);
    int stage = at          ? find(stages, CHAOS_STAGES, at)
                : deed >= 0 ? (int)deeds[deed].stage
                            : -1;
    long n = times ? strtol(times, &end, 10) : 1;
    bool good = deed >= 0 && stage >= 0 && has_stage(deed, stage) && n > 0 &&
                n < 1000 && (!times || !*end);
    if (good) chaos->times[deed][stage] += (int)n;
    g_free(copy);
    return good || refuse(word, err);
}

bool chaos_parse(struct chaos *chaos, const char *text, struct cut_error *err) {
    char **words = g_strsplit(text, ",", -1);
    bool good = true;
    chaos->text = text;
    if (!*words) good = refuse("", err);
    for (char **word = words; good && *word; word++)
        good = word_parse(chaos, *word, err);
    g_strfreev(words);
    return good;
}

/* ---- Doing -------------------------------------------------------------- */

bool chaos_take(struct chaos *chaos, enum chaos_deed deed,
                enum chaos_stage stage) {
    if (chaos->times[deed][stage] == 0) return false;
    chaos->times[deed][stage]--;
    return true;
}

void chaos_starve(struct chaos *chaos, enum chaos_stage stage) {
    if (chaos_take(chaos, CHAOS_OOM, stage)) heap_starve(true);
}

void chaos_feed(void) { heap_starve(false); }

void chaos_spoil(struct chaos *chaos, float *mask, size_t n) {
    if (chaos_take(chaos, CHAOS_NAN, CHAOS_AT_OUTPUT)) mask[n / 2] = NAN;
    if (chaos_take(chaos, CHAOS_OUT_OF_RANGE, CHAOS_AT_OUTPUT))
        mask[n / 2] = 1e6f;
}
