#include "telemetry/record.h"

#include <string.h>

const char *const record_stages[N_STAGES + 1] = {
    "decode",  "download", "store",     "setup",    "canary",
    "upload",  "prepare",  "inference", "readback", "refinement",
    "compose", "encode",   "total",     "reinit",   NULL};

const char *const record_routes[] = {"webgpu-f16",
                                     "webgpu-f32",
                                     "wasm-relaxed-threads",
                                     "wasm-simd-threads",
                                     "wasm-relaxed",
                                     "wasm-simd",
                                     NULL};

const char *const record_causes[] = {"device-lost",
                                     "no-device",
                                     "validation-error",
                                     "shader-compilation",
                                     "out-of-memory-gpu",
                                     "out-of-memory-wasm",
                                     "hang",
                                     "worker-crash",
                                     "wrong-result",
                                     "engine-error",
                                     "corrupt-model",
                                     "storage-failed",
                                     "network",
                                     NULL};

const char *const record_outcomes[] = {"cut",    "no_subject", "ambiguous",
                                       "failed", "cancelled",  NULL};
const char *const record_endings[] = {"done", "failed", "cancelled", NULL};

/* Upper ends, in millions of pixels. */
const char *const record_sizes[] = {"1mp",  "2mp",  "4mp",  "8mp", "16mp",
                                    "32mp", "64mp", "more", NULL};

int record_find(const char *const *words, const char *text) {
    int i = 0;
    while (words[i] && strcmp(words[i], text) != 0) i++;
    return i;
}

bool record_text_is_plain(const char *text) {
    size_t n = strlen(text);
    return n > 0 && n < RECORD_TEXT_BYTES &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._+-") == n;
}
