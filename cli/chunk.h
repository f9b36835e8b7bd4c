/* Models as the page fetches them: FOLDER/NAME/manifest.json and, beside it,
 * the model in pieces, each named by its SHA-256. Pieces can be fetched side
 * by side, kept one by one, and fetched again alone when one is damaged. */
#ifndef CLI_CHUNK_H
#define CLI_CHUNK_H

#include "models.h"

enum { CHUNK_BYTES = 2 << 20 };

/* The folder that `cutout serve` offers: CUTOUT_CACHE/chunks, or its place in
 * the user's cache folder. Free with g_free. */
char *chunk_folder(void);
/* Writes what is missing of the stored, verified model below `folder`; the
 * manifest comes last, so that a manifest always has its pieces. */
bool chunk_model(const struct model_spec *spec, const char *folder,
                 struct cut_error *err);

#endif
