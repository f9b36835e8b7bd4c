/* Words to the person at the terminal. Everything goes to stderr, so that
 * stdout carries data alone; every message is cleaned of control characters,
 * since names of files and of graph nodes come from strangers. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "cutout.h"

/* Exit codes of the program (documented in docs/cutout.1). */
enum {
    EXIT_FINE = 0,
    EXIT_SOME_FAILED = 1, /* some inputs failed */
    EXIT_USAGE = 2,       /* the command line makes no sense */
    EXIT_MODEL = 3,       /* the model is missing, damaged or unsupported */
    EXIT_INTERRUPTED = 130
};

/* -1 quiet (errors only), 0 normal, 1 and more verbose. */
void say_set_level(int level);
int say_level(void);

/* "cutout: ..." always; a note unless quiet; a detail when verbose. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fills `err` and returns false: `return fail(err, "%s: ...", name);` */
bool fail(struct cut_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same with errno's text after the sentence. */
bool fail_errno(struct cut_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A copy without control characters, invalid UTF-8 or bidirectional marks
 * (each becomes an escape such as \x1b). Free with g_free. */
char *say_clean(const char *text);

/* Milliseconds of a clock that never goes back. */
double clock_ms(void);

#endif
