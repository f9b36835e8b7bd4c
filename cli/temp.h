/* Files that appear whole or not at all: written under a temporary name in
 * the target's folder, renamed when complete, removed when anything goes
 * wrong, an interrupt included. */
#ifndef CLI_TEMP_H
#define CLI_TEMP_H

#include "cutout.h"

#include <sys/types.h>

struct temp_file {
    int fd;
    char *path; /* NULL: the target is a device or pipe, written directly */
    char *target;
    int slot;
};

/* Call first in main, before any thread exists: from here on SIGINT, SIGTERM
 * and SIGHUP remove every temporary file, end the registered children and
 * leave with 128 + signal. */
void temp_watch_signals(void);
/* From here on the first of these signals calls `instead` from a thread of its
 * own; the second one acts as above. */
void temp_on_interrupt(void (*instead)(void));
/* For a forked child: signals act as usual again. */
void temp_child_setup(void *unused);
/* A child that must not outlive an interrupt; 0 clears. */
void temp_watch_child(pid_t child);

/* Opens a new file beside `target`; symbolic links are followed first. */
bool temp_create(const char *target, struct temp_file *temp,
                 struct cut_error *err);
/* Flushes to disk and renames. The temp is closed either way. */
bool temp_commit(struct temp_file *temp, struct cut_error *err);
void temp_discard(struct temp_file *temp);

/* All bytes to a descriptor; errno tells why not. */
bool temp_write_all(int fd, const void *bytes, size_t n_bytes);
/* All bytes to `target`, atomically. */
bool temp_write_file(const char *target, const void *bytes, size_t n_bytes,
                     struct cut_error *err);

#endif
