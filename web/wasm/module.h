/* What module.c and photo.c share. */
#ifndef WASM_MODULE_H
#define WASM_MODULE_H

#include "cutout.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

struct cut_session *job_session(void);
struct cut_error *job_error(void);
/* 1: no refinement, 2: no foreground colours, 4: inverted. */
struct cut_matte_options job_matte_options(int flags);

/* Forgets the photo's list. */
void web_photo_close(void);

#endif
