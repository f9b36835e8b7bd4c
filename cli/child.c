#define _GNU_SOURCE
#include "child.h"

#include "say.h"
#include "temp.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *stream_text(FILE *stream) {
    GString *text = g_string_new(NULL);
    char chunk[4096];
    size_t n;
    rewind(stream);
    while ((n = fread(chunk, 1, sizeof chunk, stream)) > 0)
        g_string_append_len(text, chunk, (gssize)n);
    return g_string_free(text, FALSE);
}

static bool fail_child(struct cut_error *err, const char *program,
                       FILE *errors) {
    char *text = g_strchomp(stream_text(errors));
    char *line = strrchr(text, '\n');
    line = line ? line + 1 : text;
    fail(err, "%s failed%s%s", program, *line ? ": " : "", line);
    g_free(text);
    return false;
}

static bool spawn(const char *const *argv, const char *folder, GPid *child,
                  FILE *const streams[2], struct cut_error *err) {
    GError *why = NULL;
    if (g_spawn_async_with_fds(folder, (char **)argv, NULL,
                               G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                               temp_child_setup, NULL, child, -1,
                               fileno(streams[0]), fileno(streams[1]), &why)) {
        temp_watch_child(*child);
        return true;
    }
    fail(err, "cannot run '%s': %s", argv[0], why->message);
    g_error_free(why);
    return false;
}

static int wait_watching(GPid child, void (*watch)(void *), void *user) {
    int status = -1;
    pid_t ended;
    while ((ended = waitpid(child, &status, watch ? WNOHANG : 0)) == 0 ||
           (ended < 0 && errno == EINTR)) {
        if (watch) watch(user);
        g_usleep(100000);
    }
    temp_watch_child(0);
    return ended == child ? status : -1;
}

bool child_run(const char *const *argv, const char *folder, char **output,
               void (*watch)(void *user), void *user, struct cut_error *err) {
    FILE *streams[2] = {tmpfile(), tmpfile()};
    GPid child;
    bool good = streams[0] && streams[1];
    if (!good) fail_errno(err, "no temporary file");
    good = good && spawn(argv, folder, &child, streams, err);
    if (good) {
        int status = wait_watching(child, watch, user);
        good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (!good) fail_child(err, argv[0], streams[1]);
    }
    if (output) *output = good ? stream_text(streams[0]) : NULL;
    for (int i = 0; i < 2; i++)
        if (streams[i]) fclose(streams[i]);
    return good;
}
