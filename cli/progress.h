/* One line on the terminal: files, stage, time left. Nothing is drawn when
 * stderr is no terminal, when quiet, or in the first second. Safe to call from
 * several threads. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* `n_files` in all; one for a single job. */
void progress_start(int n_files);
/* Job `file` (counted from 0) is in `stage` with `done` of its whole work
 * (0..1) behind it. */
void progress_update(int file, const char *stage, double done);
void progress_file_done(int file);
/* A transfer: bytes so far of `total` (0: unknown). */
void progress_bytes(const char *what, int64_t bytes, int64_t total);
/* Removes the line until the next update; before every other message. */
void progress_hide(void);
void progress_end(void);

#endif
