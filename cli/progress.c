#include "progress.h"

#include "say.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR_CELLS = 24, MAX_TRACKED = 64 };
static const double quiet_ms = 1000, redraw_ms = 100;

/* Shares of the jobs in flight are kept in a small ring: with at most
 * MAX_TRACKED jobs at a time no two of them meet in one slot. */
static struct {
    GMutex lock;
    bool active, visible;
    int n_files, n_done;
    double start_ms, drawn_ms;
    double share[MAX_TRACKED];
} bar;

static bool bar_wanted(double now) {
    return bar.active && now - bar.start_ms >= quiet_ms &&
           now - bar.drawn_ms >= redraw_ms;
}

static void bar_clear(void) {
    if (bar.visible) fputs("\r\033[K", stderr);
    bar.visible = false;
}

static void cells_fill(char *cells, double done) {
    int full = (int)(done * (int)BAR_CELLS + 0.5);
    for (int i = 0; i < BAR_CELLS; i++) cells[i] = i < full ? '#' : '.';
    cells[BAR_CELLS] = 0;
}

static void time_left(char *text, size_t bytes, double done, double now) {
    text[0] = 0;
    if (done <= 0.02) return;
    double left = (now - bar.start_ms) * (1 - done) / done / 1000;
    if (left < 60)
        g_snprintf(text, (gulong)bytes, ", %.0f s left", left);
    else
        g_snprintf(text, (gulong)bytes, ", %.0f min left", left / 60);
}

static void bar_draw(const char *label, double done, double now) {
    char cells[BAR_CELLS + 1], left[40];
    done = CLAMP(done, 0, 1);
    cells_fill(cells, done);
    time_left(left, sizeof left, done, now);
    fprintf(stderr, "\r\033[K[%s] %3.0f%% %s%s", cells, done * 100, label,
            left);
    fflush(stderr);
    bar.visible = true;
    bar.drawn_ms = now;
}

void progress_start(int n_files) {
    g_mutex_lock(&bar.lock);
    bar.active = say_level() >= 0 && isatty(STDERR_FILENO);
    bar.n_files = n_files;
    bar.n_done = 0;
    bar.start_ms = clock_ms();
    bar.drawn_ms = 0;
    memset(bar.share, 0, sizeof bar.share);
    g_mutex_unlock(&bar.lock);
}

void progress_update(int file, const char *stage, double done) {
    double now = clock_ms();
    g_mutex_lock(&bar.lock);
    bar.share[file % MAX_TRACKED] = done;
    if (bar_wanted(now)) {
        double sum = bar.n_done;
        for (int i = 0; i < MAX_TRACKED; i++) sum += bar.share[i];
        char label[80];
        if (bar.n_files > 1)
            g_snprintf(label, sizeof label, "%d/%d files, %s", bar.n_done,
                       bar.n_files, stage);
        else
            g_snprintf(label, sizeof label, "%s", stage);
        bar_draw(label, sum / MAX(bar.n_files, 1), now);
    }
    g_mutex_unlock(&bar.lock);
}

void progress_file_done(int file) {
    g_mutex_lock(&bar.lock);
    bar.share[file % MAX_TRACKED] = 0;
    bar.n_done++;
    g_mutex_unlock(&bar.lock);
}

void progress_bytes(const char *what, int64_t bytes, int64_t total) {
    double now = clock_ms();
    g_mutex_lock(&bar.lock);
    if (bar_wanted(now)) {
        char label[120];
        if (total > 0)
            g_snprintf(label, sizeof label, "%s, %.1f of %.1f MB", what,
                       (double)bytes / 1e6, (double)total / 1e6);
        else
            g_snprintf(label, sizeof label, "%s, %.1f MB", what,
                       (double)bytes / 1e6);
        bar_draw(label, total > 0 ? (double)bytes / (double)total : 0, now);
    }
    g_mutex_unlock(&bar.lock);
}

void progress_hide(void) {
    g_mutex_lock(&bar.lock);
    bar_clear();
    g_mutex_unlock(&bar.lock);
}

void progress_end(void) {
    g_mutex_lock(&bar.lock);
    bar_clear();
    bar.active = false;
    g_mutex_unlock(&bar.lock);
}
