/* Command-line options as tables: each command lists its flags and where the
 * values go; getopt_long does the reading. */
#ifndef CLI_FLAGS_H
#define CLI_FLAGS_H

#include "cutout.h"

enum flag_kind {
    FLAG_ON,    /* bool: set */
    FLAG_COUNT, /* int: one more each time */
    FLAG_INT,   /* int in min..max */
    FLAG_TEXT,  /* const char *, borrowed from argv */
    FLAG_CALL   /* `call` reads the value; without value when `bare` */
};

struct flag {
    const char *name; /* long name; the table ends with NULL */
    char letter;      /* short name or 0 */
    enum flag_kind kind;
    size_t offset; /* of the value in the target */
    int min, max;
    bool (*call)(void *target, const char *value, struct cut_error *err);
    bool bare;
};

/* Reads argv[1..]. Words that are no options go to `word` in their order.
 * `command` is named in messages. False: already said what is wrong. */
bool flags_parse(const struct flag *flags, void *target, int argc, char **argv,
                 bool (*word)(void *target, const char *text));

/* "128" or "128,128,128"; used for --mean and --std. */
bool flag_read_triple(const char *text, float triple[3]);

#endif
