#define _GNU_SOURCE
#include "flags.h"

#include "say.h"

#include <getopt.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FLAGS = 64, LONG_CODE = 1000 };

static bool takes_value(const struct flag *flag) {
    return flag->kind == FLAG_INT || flag->kind == FLAG_TEXT ||
           (flag->kind == FLAG_CALL && !flag->bare);
}

/* The tables of getopt_long; '-' first keeps words in their place. */
static int tables_fill(const struct flag *flags, struct option *longs,
                       char *shorts) {
    int n = 0;
    *shorts++ = '-';
    for (; flags[n].name && n < MAX_FLAGS; n++) {
        bool value = takes_value(&flags[n]);
        longs[n] = (struct option){flags[n].name,
                                   value ? required_argument : no_argument,
                                   NULL, LONG_CODE + n};
        if (flags[n].letter) *shorts++ = flags[n].letter;
        if (flags[n].letter && value) *shorts++ = ':';
    }
    *shorts = 0;
    longs[n] = (struct option){0};
    return n;
}

static bool read_int(const struct flag *flag, const char *text, int *value,
                     struct cut_error *err) {
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end || number < flag->min || number > flag->max)
        return fail(err,
                    "expected a whole number from %d to %d for --%s but "
                    "received '%s'",
                    flag->min, flag->max, flag->name, text);
    *value = (int)number;
    return true;
}

static bool flag_apply(const struct flag *flag, void *target, const char *value,
                       struct cut_error *err) {
    void *place = (char *)target + flag->offset;
    switch (flag->kind) {
    case FLAG_ON: *(bool *)place = true; return true;
    case FLAG_COUNT: ++*(int *)place; return true;
    case FLAG_INT: return read_int(flag, value, place, err);
    case FLAG_TEXT: *(const char **)place = value; return true;
    case FLAG_CALL: return flag->call(target, value, err);
    }
    return false;
}

static const struct flag *flag_of(const struct flag *flags, int n, int code) {
    if (code >= LONG_CODE) return &flags[code - LONG_CODE];
    for (int i = 0; i < n; i++)
        if (flags[i].letter && flags[i].letter == code) return &flags[i];
    return NULL;
}

static bool usage_failed(const char *message) {
    if (message) say_error("%s", message);
    say_note("Try 'cutout --help'.");
    return false;
}

bool flags_parse(const struct flag *flags, void *target, int argc, char **argv,
                 bool (*word)(void *target, const char *text)) {
    struct option longs[MAX_FLAGS + 1];
    char shorts[2 * MAX_FLAGS + 2];
    int n = tables_fill(flags, longs, shorts), code;
    struct cut_error err = {0};
    optind = 0;
    argv[0] = (char *)"cutout";
    while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const struct flag *flag = flag_of(flags, n, code);
        if (code == 1) {
            if (!word(target, optarg)) return usage_failed(NULL);
        } else if (!flag) {
            return usage_failed(NULL);
        } else if (!flag_apply(flag, target, optarg, &err)) {
            return usage_failed(err.message);
        }
    }
    for (; optind < argc; optind++)
        if (!word(target, argv[optind])) return usage_failed(NULL);
    return true;
}

bool flag_read_triple(const char *text, float triple[3]) {
    char **parts = g_strsplit(text, ",", 4);
    guint n = g_strv_length(parts);
    bool good = n == 1 || n == 3;
    for (guint i = 0; good && i < n; i++) {
        char *end;
        double value = g_ascii_strtod(parts[i], &end);
        good = end != parts[i] && !*end && value > -1e6 && value < 1e6;
        triple[i] = (float)value;
    }
    if (n == 1) triple[1] = triple[2] = triple[0];
    g_strfreev(parts);
    return good;
}
