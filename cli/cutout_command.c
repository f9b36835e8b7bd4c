#include "cutout_command.h"

#include "batch.h"
#include "help.h"
#include "inputs.h"
#include "say.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Nobody wants 2 MB of PNG on the screen. */
static bool refuses_terminal(const GPtrArray *tasks) {
    const struct task *task = tasks->pdata[0];
    if (!task->output || strcmp(task->output, "-") != 0) return false;
    if (!isatty(STDOUT_FILENO)) return false;
    say_error("standard output is a terminal; redirect it or use -o FILE");
    return true;
}

static bool all_skipped(const struct options *options, const GPtrArray *tasks) {
    for (guint i = 0; i < tasks->len; i++) {
        const struct task *task = tasks->pdata[i];
        if (task->error) continue;
        if (!options->skip_existing ||
            !g_file_test(task->output, G_FILE_TEST_EXISTS))
            return false;
    }
    return true;
}

static bool workshop_open(struct workshop *shop) {
    const struct engine_options *options = &shop->options->engine;
    struct cut_error err = {0};
    if (engine_open(&shop->engine, options, &err) &&
        engine_plan(&shop->engine, options, &err)) {
        shop->engine_ready = true;
        return true;
    }
    say_error("%s", err.message);
    return false;
}

static void tell_summary(const struct batch_counts *counts, guint n) {
    if (n < 2 && !counts->skipped) return;
    say_note("%d of %u done%s%.0d%s%s%.0d%s%s%.0d", counts->done, n,
             counts->skipped ? ", " : "", counts->skipped,
             counts->skipped ? " skipped" : "", counts->no_subject ? ", " : "",
             counts->no_subject, counts->no_subject ? " without a subject" : "",
             counts->failed ? ", failed: " : "", counts->failed);
}

static int run_tasks(const struct options *options, GPtrArray *tasks) {
    struct workshop shop = {.options = options};
    g_mutex_init(&shop.engine_lock);
    if (refuses_terminal(tasks)) return EXIT_USAGE;
    if (!all_skipped(options, tasks) && !workshop_open(&shop)) {
        engine_close(&shop.engine);
        return EXIT_MODEL;
    }
    struct batch_counts counts = batch_run(&shop, tasks);
    tell_summary(&counts, tasks->len);
    engine_close(&shop.engine);
    g_mutex_clear(&shop.engine_lock);
    return counts.failed ? EXIT_SOME_FAILED : EXIT_FINE;
}

int cutout_command(int argc, char **argv) {
    struct options options;
    struct cut_error err = {0};
    int code = EXIT_USAGE;
    if (!options_parse(&options, argc, argv)) {
        options_free(&options);
        return code;
    }
    if (options.help) {
        code = help_print("cutout");
    } else if (options.version) {
        printf("cutout %s\n", CUT_VERSION);
        code = EXIT_FINE;
    } else {
        GPtrArray *tasks = tasks_make(&options, &err);
        if (tasks)
            code = run_tasks(&options, tasks);
        else
            say_error("%s", err.message);
        tasks_free(tasks);
    }
    options_free(&options);
    return code;
}
