/* Cutting out: one picture, and many. */
#ifndef CLI_CUTOUT_COMMAND_H
#define CLI_CUTOUT_COMMAND_H

#include "options.h"
#include "receipt.h"

/* What jobs share. Jobs decode and encode side by side; the engine serves one
 * of them at a time. */
struct workshop {
    const struct options *options;
    struct engine engine;
    bool engine_ready;
    GMutex engine_lock;
    bool trim_each; /* give activations back after every inference */
};

/* One job from file to file: fills `receipt`, whose `input` and `output` are
 * set. `number` tells the progress bar which one it is. False on failure,
 * with the sentence in `receipt->error`. */
bool cutout_job(struct workshop *shop, struct receipt *receipt, int number);

/* `cutout [options] INPUT...` */
int cutout_command(int argc, char **argv);

#endif
