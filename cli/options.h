/* What the user asked for when cutting out. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "engine.h"
#include "picture.h"

#include <glib.h>

enum background_kind {
    BACKGROUND_NONE,
    BACKGROUND_COLOUR,
    BACKGROUND_FILE,
    BACKGROUND_BLUR
};

struct background {
    enum background_kind kind;
    uint16_t colour[3]; /* 16-bit sRGB */
    const char *file;
};

struct options {
    GPtrArray *inputs; /* const char *, borrowed */
    const char *output;
    enum picture_format format; /* PICTURE_NONE: from the output's name */
    struct background background;
    bool mask, crop;
    int margin; /* pixels, or percent of the subject's larger side */
    bool margin_percent;
    int quality; /* 1..100; 0: 90 */
    struct engine_options engine;
    struct cut_matte_options matte;
    bool recursive, skip_existing, keep_metadata, json, quiet, help, version;
    int jobs; /* pictures in flight; 0: 2 for a batch */
    int verbose;
    struct chaos chaos;
    int max_megapixels; /* larger pictures are refused before decoding */
};

/* Reads argv and checks that the options fit together. False: said why. */
bool options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

/* "#rgb", "#rrggbb" or a CSS basic colour name. */
bool colour_parse(const char *text, uint16_t colour[3]);

#endif
