#define _GNU_SOURCE
/* cutout report: what the receipts of a server say together. */
#include "commands.h"
#include "flags.h"
#include "help.h"
#include "say.h"
#include "temp.h"

#include "telemetry/report.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct report_options {
    const char *file, *html;
    bool help;
};

#define AT(field) offsetof(struct report_options, field)
static const struct flag flags[] = {
    {"html", 0, FLAG_TEXT, AT(html), 0, 0, NULL, false},
    {"help", 'h', FLAG_ON, AT(help), 0, 0, NULL, false},
    {0},
};

static bool take_file(void *target, const char *text) {
    struct report_options *options = target;
    if (options->file) {
        say_error("report: one file at a time, unexpected '%s'", text);
        return false;
    }
    options->file = text;
    return true;
}

/* Small: it is made in memory and written whole. */
static bool write_html(const struct report *report, const char *path,
                       struct cut_error *err) {
    char *text = NULL;
    size_t n_bytes = 0;
    FILE *out = open_memstream(&text, &n_bytes);
    if (out) report_html(report, out);
    bool good = out && fclose(out) == 0;
    good = good ? temp_write_file(path, text, n_bytes, err)
                : fail(err, "out of memory");
    free(text);
    return good;
}

static int run(const struct report_options *options) {
    struct report_error why = {""};
    struct cut_error err = {0};
    struct report *report = report_read(options->file, &why);
    if (!report) {
        say_error("%s", why.message);
        return EXIT_SOME_FAILED;
    }
    report_print(report, stdout);
    bool good = !options->html || write_html(report, options->html, &err);
    report_free(report);
    if (!good) say_error("%s", err.message);
    return good ? EXIT_FINE : EXIT_SOME_FAILED;
}

int report_command(int argc, char **argv) {
    struct report_options options = {0};
    if (!flags_parse(flags, &options, argc, argv, take_file)) return EXIT_USAGE;
    if (options.help) return help_print("report");
    if (options.file) return run(&options);
    say_error("report: which file? It is the one of 'cutout serve "
              "--telemetry FILE'");
    return EXIT_USAGE;
}
