#define _GNU_SOURCE
#include "temp.h"

#include "progress.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One slot per file being written. The lock is held while a file is created
 * or renamed, so that the interrupt never meets a file it does not know. */
enum { MAX_TEMPS = 128 };
static pthread_mutex_t temps_lock = PTHREAD_MUTEX_INITIALIZER;
static char *temps[MAX_TEMPS];
static pid_t watched_child;
static void (*interrupt_instead)(void);

static sigset_t interrupts(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

static int interrupt_await(void) {
    sigset_t set = interrupts();
    int signal_number = 0;
    while (sigwait(&set, &signal_number) != 0) {
    }
    return signal_number;
}

void temp_on_interrupt(void (*instead)(void)) {
    pthread_mutex_lock(&temps_lock);
    interrupt_instead = instead;
    pthread_mutex_unlock(&temps_lock);
}

static void *wait_for_interrupt(void *unused) {
    int signal_number = interrupt_await();
    (void)unused;
    pthread_mutex_lock(&temps_lock);
    if (interrupt_instead) {
        pthread_mutex_unlock(&temps_lock);
        interrupt_instead();
        signal_number = interrupt_await();
        pthread_mutex_lock(&temps_lock);
    }
    for (int i = 0; i < MAX_TEMPS; i++)
        if (temps[i]) unlink(temps[i]);
    if (watched_child > 0) kill(-watched_child, SIGTERM);
    progress_hide();
    say_error("interrupted; no half-written file is left");
    _exit(128 + signal_number);
}

void temp_watch_signals(void) {
    sigset_t set = interrupts();
    pthread_t thread;
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&thread, NULL, wait_for_interrupt, NULL) == 0)
        pthread_detach(thread);
    else
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void temp_child_setup(void *unused) {
    sigset_t set = interrupts();
    (void)unused;
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void temp_watch_child(pid_t child) {
    pthread_mutex_lock(&temps_lock);
    watched_child = child;
    pthread_mutex_unlock(&temps_lock);
}

/* ---- Names -------------------------------------------------------------- */

static char *follow_links(const char *target) {
    char *real = realpath(target, NULL);
    char *copy = g_strdup(real ? real : target);
    free(real);
    return copy;
}

static bool is_special(const char *target) {
    struct stat info;
    return stat(target, &info) == 0 && !S_ISREG(info.st_mode) &&
           !S_ISDIR(info.st_mode);
}

static int slot_take(char *path) {
    for (int i = 0; i < MAX_TEMPS; i++)
        if (!temps[i]) {
            temps[i] = path;
            return i;
        }
    return -1;
}

/* mkstemp makes files for the owner alone; ours are ordinary ones. */
static void give_usual_mode(int fd, const char *target) {
    struct stat info;
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = 0666 & ~mask;
    if (stat(target, &info) == 0) mode = info.st_mode & 0777;
    if (fchmod(fd, mode) != 0) errno = 0; /* some file systems have no modes */
}

/* ---- Life --------------------------------------------------------------- */

static bool open_special(struct temp_file *temp, struct cut_error *err) {
    temp->fd = open(temp->target, O_WRONLY | O_CLOEXEC);
    if (temp->fd >= 0) return true;
    fail_errno(err, "cannot write '%s'", temp->target);
    g_free(temp->target);
    return false;
}

bool temp_create(const char *target, struct temp_file *temp,
                 struct cut_error *err) {
    *temp = (struct temp_file){.fd = -1, .slot = -1};
    temp->target = follow_links(target);
    if (is_special(temp->target)) return open_special(temp, err);
    char *folder = g_path_get_dirname(temp->target);
    char *path = g_build_filename(folder, ".cutout-XXXXXX", NULL);
    g_free(folder);
    pthread_mutex_lock(&temps_lock);
    temp->fd = mkostemp(path, O_CLOEXEC);
    if (temp->fd >= 0) temp->slot = slot_take(path);
    pthread_mutex_unlock(&temps_lock);
    if (temp->fd >= 0) {
        temp->path = path;
        give_usual_mode(temp->fd, temp->target);
        return true;
    }
    fail_errno(err, "cannot write '%s'", target);
    g_free(path);
    g_free(temp->target);
    return false;
}

static void temp_free(struct temp_file *temp) {
    if (temp->slot >= 0) temps[temp->slot] = NULL;
    g_free(temp->path);
    g_free(temp->target);
    *temp = (struct temp_file){.fd = -1, .slot = -1};
}

bool temp_commit(struct temp_file *temp, struct cut_error *err) {
    bool flushed = !temp->path || fsync(temp->fd) == 0 || errno == EINVAL;
    int flush_error = errno;
    bool closed = close(temp->fd) == 0;
    if (!flushed) errno = flush_error;
    pthread_mutex_lock(&temps_lock);
    bool kept = flushed && closed &&
                (!temp->path || rename(temp->path, temp->target) == 0);
    if (!kept) {
        fail_errno(err, "cannot write '%s'", temp->target);
        if (temp->path) unlink(temp->path);
    }
    temp_free(temp);
    pthread_mutex_unlock(&temps_lock);
    return kept;
}

void temp_discard(struct temp_file *temp) {
    if (temp->fd < 0) return;
    close(temp->fd);
    pthread_mutex_lock(&temps_lock);
    if (temp->path) unlink(temp->path);
    temp_free(temp);
    pthread_mutex_unlock(&temps_lock);
}

bool temp_write_all(int fd, const void *data, size_t n_bytes) {
    const char *bytes = data;
    while (n_bytes > 0) {
        ssize_t n = write(fd, bytes, MIN(n_bytes, (size_t)1 << 30));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

bool temp_write_file(const char *target, const void *bytes, size_t n_bytes,
                     struct cut_error *err) {
    struct temp_file temp;
    if (!temp_create(target, &temp, err)) return false;
    if (temp_write_all(temp.fd, bytes, n_bytes)) return temp_commit(&temp, err);
    fail_errno(err, "cannot write '%s'", target);
    temp_discard(&temp);
    return false;
}
