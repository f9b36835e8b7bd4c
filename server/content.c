#define _GNU_SOURCE
#include "server/content.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *content_type(const char *path) {
    static const struct {
        const char *ending, *type;
    } types[] = {
        {"html", "text/html; charset=utf-8"},
        {"js", "text/javascript; charset=utf-8"},
        {"mjs", "text/javascript; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"txt", "text/plain; charset=utf-8"},
        {"md", "text/markdown; charset=utf-8"},
        {"wgsl", "text/plain; charset=utf-8"},
        {"xml", "application/xml"},
        {"json", "application/json"},
        {"map", "application/json"},
        {"webmanifest", "application/manifest+json"},
        {"wasm", "application/wasm"},
        {"pdf", "application/pdf"},
        {"svg", "image/svg+xml"},
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"gif", "image/gif"},
        {"webp", "image/webp"},
        {"avif", "image/avif"},
        {"heic", "image/heic"},
        {"ico", "image/x-icon"},
        {"woff2", "font/woff2"},
        {"woff", "font/woff"},
        {"ttf", "font/ttf"},
    };
    const char *dot = strrchr(base_name(path), '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (strcasecmp(dot + 1, types[i].ending) == 0) return types[i].type;
    return "application/octet-stream";
}

static bool in_assets(const char *path) {
    return strncmp(path, "assets/", 7) == 0 || strstr(path, "/assets/");
}

/* Words are in small letters: what has none else is taken for a word. */
static bool looks_like_hash(const char *text, size_t n) {
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
    static const char more[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    bool unlike_word = false;
    for (size_t i = 0; i < n; i++) {
        if (strchr(more, text[i]))
            unlike_word = true;
        else if (!strchr(lower, text[i]) && !strchr("_-", text[i]))
            return false;
    }
    return unlike_word;
}

bool content_is_named_by_hash(const char *path) {
    enum { SHA256 = 64, HASH = 8 };
    const char *name = base_name(path);
    size_t stem = strcspn(name, "."), hex = strspn(name, "0123456789abcdef");
    if (stem == SHA256 && hex == SHA256) return true;
    const char *dot = strrchr(name, '.');
    if (!in_assets(path) || !dot) return false;
    stem = (size_t)(dot - name);
    if (stem < HASH + 2 || !strchr("-.", name[stem - HASH - 1])) return false;
    return looks_like_hash(name + stem - HASH, HASH);
}
