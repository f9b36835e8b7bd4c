/* Other programs (npm, tar, curl) run for us. */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include "cutout.h"

/* Runs argv[0] from PATH in `folder`, calls `watch` (may be NULL) every tenth
 * of a second, and returns whether it ended with 0. What it printed is in
 * `*output` (g_free), NULL when not wanted. On failure `err` holds the last
 * line it wrote to stderr. */
bool child_run(const char *const *argv, const char *folder, char **output,
               void (*watch)(void *user), void *user, struct cut_error *err);

#endif
