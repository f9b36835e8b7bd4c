#include "say.h"

#include "progress.h"

#include <errno.h>
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int verbosity;

void say_set_level(int level) { verbosity = level; }

int say_level(void) { return verbosity; }

double clock_ms(void) { return (double)g_get_monotonic_time() / 1000.0; }

static bool is_harmless(gunichar c) {
    if (c == '\n') return true;
    GUnicodeType type = g_unichar_type(c);
    return type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT &&
           type != G_UNICODE_LINE_SEPARATOR &&
           type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

char *say_clean(const char *text) {
    GString *clean = g_string_new(NULL);
    while (*text) {
        gunichar c = g_utf8_get_char_validated(text, -1);
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append_printf(clean, "\\x%02x", (unsigned char)*text++);
            continue;
        }
        if (is_harmless(c))
            g_string_append_unichar(clean, c);
        else
            g_string_append_printf(clean, c < 256 ? "\\x%02x" : "\\u%04x", c);
        text = g_utf8_next_char(text);
    }
    return g_string_free(clean, FALSE);
}

static void say_line(const char *prefix, const char *format, va_list args) {
    char *text = g_strdup_vprintf(format, args);
    char *clean = say_clean(text);
    progress_hide();
    fprintf(stderr, "%s%s\n", prefix, clean);
    g_free(clean);
    g_free(text);
}

void say_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say_line("cutout: ", format, args);
    va_end(args);
}

void say_note(const char *format, ...) {
    if (verbosity < 0) return;
    va_list args;
    va_start(args, format);
    say_line("", format, args);
    va_end(args);
}

void say_detail(const char *format, ...) {
    if (verbosity < 1) return;
    va_list args;
    va_start(args, format);
    say_line("", format, args);
    va_end(args);
}

bool fail(struct cut_error *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    err->status = CUT_BAD_ARGUMENT;
    g_vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

bool fail_errno(struct cut_error *err, const char *format, ...) {
    const char *reason = g_strerror(errno);
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    fail(err, "%s: %s", text, reason);
    g_free(text);
    return false;
}
