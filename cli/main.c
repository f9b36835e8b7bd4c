/* cutout: the program. The first word chooses the command; any other word is
 * an input to cut out. */
#include "commands.h"
#include "cutout_command.h"
#include "help.h"
#include "picture.h"
#include "say.h"
#include "temp.h"

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"models", models_command}, {"inspect", inspect_command},
    {"infer", infer_command},   {"bench", bench_command},
    {"doctor", doctor_command}, {"serve", serve_command},
    {"report", report_command},
};

static int dispatch(int argc, char **argv) {
    if (argc < 2) return help_print("cutout"), EXIT_USAGE;
    if (strcmp(argv[1], "help") == 0)
        return help_print(argc > 2 ? argv[2] : "cutout");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return cutout_command(argc, argv);
}

/* Few arenas and an early return of pages: peak memory is a promise here. */
static void memory_tune(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

int main(int argc, char **argv) {
    struct cut_error err = {0};
    setlocale(LC_CTYPE, "");
    memory_tune();
    temp_watch_signals();
    if (!picture_start(argv[0], &err)) {
        say_error("%s", err.message);
        return EXIT_SOME_FAILED;
    }
    int code = dispatch(argc, argv);
    picture_stop();
    if (fflush(stdout) != 0 && code == EXIT_FINE) {
        if (errno != EPIPE) say_error("standard output: cannot be written");
        code = EXIT_SOME_FAILED;
    }
    return code;
}
