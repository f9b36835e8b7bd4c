/* The end of a test program that cannot go on. */
#ifndef TESTS_DIE_H
#define TESTS_DIE_H

#include <stdio.h>
#include <stdlib.h>

static inline void die(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

#endif
