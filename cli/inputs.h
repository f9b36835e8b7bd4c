/* From words on the command line to a list of files and where each goes. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "options.h"

struct task {
    char *input, *output;
    enum picture_format format;
    char *error; /* not NULL: this input cannot even be opened */
};

/* Folders are opened (with -r, those inside too); in them only files that
 * begin like a picture count, and nothing that cutout wrote itself. Output
 * folders are made. NULL with a message in `err` when no task makes sense.
 * Free with tasks_free. */
GPtrArray *tasks_make(const struct options *options, struct cut_error *err);
void tasks_free(GPtrArray *tasks);

#endif
