/* What a file's name tells. */
#ifndef SERVER_CONTENT_H
#define SERVER_CONTENT_H

#include <stdbool.h>

/* The media type by the ending; bytes when it is unknown. */
const char *content_type(const char *path);

/* Whether the name changes with the content, so that it may be kept for ever:
 * a file in a folder "assets" whose name ends in a hash before the extension
 * (app-Bx3kZ9_q.js), or one that is named by its SHA-256. */
bool content_is_named_by_hash(const char *path);

#endif
