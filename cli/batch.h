/* Many jobs: threads take them in order; results are told in order. */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "cutout_command.h"
#include "inputs.h"

struct batch_counts {
    int done, skipped, failed, no_subject;
};

/* Runs all tasks with `options->jobs` pictures in flight, tells each result
 * (receipt, message) and counts. A failed one stops nothing. */
struct batch_counts batch_run(struct workshop *shop, GPtrArray *tasks);

#endif
