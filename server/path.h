/* From the target of a request to an open file below a folder. */
#ifndef SERVER_PATH_H
#define SERVER_PATH_H

#include <stdbool.h>
#include <stddef.h>

enum { PATH_MAX_BYTES = 1024 };

/* Decodes `url`, which begins with "/" and has no query, into a path relative
 * to the root, "index.html" added to "/" and to what ends in "/". False for
 * whatever could mean another file than it says: "..", names that begin with a
 * dot, empty components, backslashes, control characters, encoded slashes,
 * half an encoding, too many bytes. */
bool path_from_url(const char *url, char path[PATH_MAX_BYTES]);

/* Opens a regular file for reading; no symbolic link is followed below
 * `folder`. -1 when there is none. */
int path_open(int folder, const char *path);
/* What path_open does where the kernel has no openat2: component by
 * component. */
int path_open_walk(int folder, const char *path);

#endif
