/* A run on the GPU looked at (cut_session_watch): web_watch after
 * web_gpu_plan, while the model is there; before a run web_watch_probe, then
 * the copies are read; after it web_watch_check with what they brought. */
#include "wasm/module.h"

static struct {
    size_t most_bytes;
    const struct cut_gpu_copy *copies;
    double worst;
} watch;

int EXPORT(web_watch)(uint32_t seed) {
    return (int)cut_session_watch(job_session(), seed, &watch.most_bytes,
                                  job_error());
}

size_t EXPORT(web_watch_bytes)(void) { return watch.most_bytes; }

/* How many copies run number `run` wants. */
int EXPORT(web_watch_probe)(uint32_t run) {
    return cut_session_probe(job_session(), run, &watch.copies);
}

/* Copy i: dispatch before which, buffer, offset, bytes. */
void EXPORT(web_watch_copy)(int i, double to[4]) {
    const struct cut_gpu_copy *copy = &watch.copies[i];
    to[0] = copy->before;
    to[1] = copy->buffer;
    to[2] = (double)copy->offset;
    to[3] = (double)copy->bytes;
}

int EXPORT(web_watch_check)(const void *bytes, size_t n_bytes) {
    return (int)cut_session_check(job_session(), bytes, n_bytes, &watch.worst,
                                  job_error());
}

double EXPORT(web_watch_worst)(void) { return watch.worst; }
