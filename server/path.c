#define _GNU_SOURCE
#include "server/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Decoding ----------------------------------------------------------- */

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The next byte of a name; -1 for one that names do not have. */
static int name_byte(const char **url) {
    int byte = (unsigned char)*(*url)++;
    if (byte == '%') {
        int high = hex_value((*url)[0]);
        int low = high < 0 ? -1 : hex_value((*url)[1]);
        if (low < 0) return -1;
        *url += 2;
        byte = high * 16 + low;
        if (byte == '/') return -1;
    }
    return byte < 0x20 || byte == 0x7f || byte == '\\' ? -1 : byte;
}

bool path_from_url(const char *url, char path[PATH_MAX_BYTES]) {
    static const char index[] = "index.html";
    size_t n = 0;
    if (*url++ != '/') return false;
    while (*url) {
        bool starts = n == 0 || path[n - 1] == '/';
        if (*url == '/') {
            if (starts) return false;
            path[n++] = *url++;
        } else {
            int byte = name_byte(&url);
            if (byte < 0 || (starts && byte == '.')) return false;
            path[n++] = (char)byte;
        }
        if (n + sizeof index > PATH_MAX_BYTES) return false;
    }
    bool folder = n == 0 || path[n - 1] == '/';
    memcpy(path + n, folder ? index : "", folder ? sizeof index : 1);
    return true;
}

/* ---- Opening ------------------------------------------------------------ */

/* A FIFO must not hold us up: hence O_NONBLOCK. */
enum { FILE_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

static int open_beneath(int folder, const char *path) {
    struct open_how how = {
        .flags = FILE_FLAGS,
        .resolve =
            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

/* Copies the first component of `*path` and steps over it. */
static bool component_take(const char **path, char name[256]) {
    size_t n = strcspn(*path, "/");
    if (n == 0 || n > 255 || (*path)[0] == '.') return false;
    memcpy(name, *path, n);
    name[n] = 0;
    *path += n;
    return true;
}

static int open_walk(int folder, const char *path) {
    char name[256];
    int at = folder, next = -1;
    for (;;) {
        if (!component_take(&path, name)) break;
        int flags = *path ? O_PATH | O_DIRECTORY | O_CLOEXEC : FILE_FLAGS;
        next = openat(at, name, flags | O_NOFOLLOW);
        if (next < 0 || !*path) break;
        if (at != folder) close(at);
        at = next;
        next = -1;
        path++;
    }
    if (at != folder) close(at);
    return next;
}

static int regular_only(int fd) {
    struct stat info;
    if (fd < 0 || (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))) return fd;
    close(fd);
    return -1;
}

int path_open_walk(int folder, const char *path) {
    return regular_only(open_walk(folder, path));
}

int path_open(int folder, const char *path) {
    int fd = open_beneath(folder, path);
    /* EPERM: a sandbox that does not know the call */
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return path_open_walk(folder, path);
    return regular_only(fd);
}
