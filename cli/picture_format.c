/* Names of picture formats, and what a file's first bytes say. */
#include "picture.h"

#include <string.h>

static const struct {
    enum picture_format format;
    bool written;
    const char *names[3]; /* the usual extension first */
    const char *title;
} formats[] = {
    {PICTURE_PNG, true, {"png"}, "png"},
    {PICTURE_JPEG, true, {"jpg", "jpeg", "jpe"}, "jpeg"},
    {PICTURE_WEBP, true, {"webp"}, "webp"},
    {PICTURE_AVIF, true, {"avif"}, "avif"},
    {PICTURE_HEIC, false, {"heic", "heif"}, "heic"},
    {PICTURE_TIFF, true, {"tif", "tiff"}, "tiff"},
    {PICTURE_GIF, false, {"gif"}, "gif"},
};

enum picture_format picture_format_named(const char *name) {
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        for (int j = 0; j < 3 && formats[i].names[j]; j++)
            if (formats[i].written &&
                g_ascii_strcasecmp(name, formats[i].names[j]) == 0)
                return formats[i].format;
    return PICTURE_NONE;
}

enum picture_format picture_format_of_path(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    return dot ? picture_format_named(dot + 1) : PICTURE_NONE;
}

const char *picture_format_name(enum picture_format format) {
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (formats[i].format == format) return formats[i].title;
    return "unknown";
}

const char *picture_format_extension(enum picture_format format) {
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (formats[i].format == format) return formats[i].names[0];
    return "png";
}

/* ISO media files name their family in brands, four letters each: the major
 * one at byte 8, compatible ones from byte 16 on (ISO/IEC 23008-12). */
static enum picture_format sniff_brands(const char *bytes, size_t n_bytes) {
    static const char *heic[] = {"heic", "heix", "heim", "heis",
                                 "hevc", "hevx", "mif1", "msf1"};
    for (size_t at = 8; at + 4 <= n_bytes; at += at == 8 ? 8 : 4)
        if (!memcmp(bytes + at, "avif", 4) || !memcmp(bytes + at, "avis", 4))
            return PICTURE_AVIF;
    for (size_t i = 0; i < G_N_ELEMENTS(heic); i++)
        if (memcmp(bytes + 8, heic[i], 4) == 0) return PICTURE_HEIC;
    return PICTURE_NONE;
}

static bool begins(const void *bytes, size_t n_bytes, const char *magic,
                   size_t n_magic) {
    return n_bytes >= n_magic && memcmp(bytes, magic, n_magic) == 0;
}

enum picture_format picture_sniff(const void *bytes, size_t n) {
    const char *text = bytes;
    if (begins(bytes, n, "\x89PNG\r\n\x1a\n", 8)) return PICTURE_PNG;
    if (begins(bytes, n, "\xff\xd8\xff", 3)) return PICTURE_JPEG;
    if (begins(bytes, n, "GIF87a", 6)) return PICTURE_GIF;
    if (begins(bytes, n, "GIF89a", 6)) return PICTURE_GIF;
    if (begins(bytes, n, "II*\0", 4)) return PICTURE_TIFF;
    if (begins(bytes, n, "MM\0*", 4)) return PICTURE_TIFF;
    if (begins(bytes, n, "II+\0", 4)) return PICTURE_TIFF;
    if (begins(bytes, n, "MM\0+", 4)) return PICTURE_TIFF;
    if (n >= 12 && !memcmp(text, "RIFF", 4) && !memcmp(text + 8, "WEBP", 4))
        return PICTURE_WEBP;
    if (n >= 12 && !memcmp(text + 4, "ftyp", 4)) return sniff_brands(text, n);
    return PICTURE_NONE;
}
