/* The network behind the commands: finds or fetches the model, maps it, plans
 * it and turns a tensor into a mask. */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include "chaos.h"
#include "models.h"

#include "cutout.h"

struct engine_options {
    const char *model;       /* registry name or path; NULL: the default */
    const char *models_file; /* registry instead of the built-in one */
    int size;                /* 0: the model's own */
    int n_threads;
    enum cut_cpu cpu;
    const char *output_name; /* NULL: the registry's, else the first */
    bool has_mean, has_std;
    float mean[3], std[3];
    bool offline;   /* never fetch a missing model */
    bool want_hash; /* also of a file outside the registry */
    bool profile;
    struct chaos *chaos; /* NULL: none */
};

struct engine {
    struct registry registry;
    struct model_spec spec; /* the registry's entry, options applied */
    char *path;
    void *bytes; /* the mapped file */
    size_t n_bytes;
    struct cut_model *model;
    struct cut_session *session;
    int width, height; /* of the input tensor */
    char sha256[65];   /* empty when not known */
    double load_ms, setup_ms;
    double download_ms;    /* of load_ms */
    bool repaired;         /* the stored file was bad, and fetched again */
    char output_name[256]; /* the wanted output */
};

/* Reads, checks and maps the model. On failure `err->status` tells a bad
 * model (exit code 3) from a bad argument. */
bool engine_open(struct engine *engine, const struct engine_options *options,
                 struct cut_error *err);
/* Plans it for the photo route: one input [1,3,H,W], one wanted output. */
bool engine_plan(struct engine *engine, const struct engine_options *options,
                 struct cut_error *err);
void engine_close(struct engine *engine);

/* x[3,height,width] to a mask of the session's last two output dimensions. */
bool engine_run(struct engine *engine, float *x, float *mask,
                cut_progress *progress, void *user, struct cut_error *err);
void engine_mask_size(const struct engine *engine, int *width, int *height);
/* Gives activations and the file's pages back; the next run takes them
 * again. */
void engine_trim(struct engine *engine);

#endif
