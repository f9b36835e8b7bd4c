#include "batch.h"

#include "progress.h"
#include "say.h"

#include <string.h>

struct batch {
    struct workshop *shop;
    GPtrArray *tasks;
    struct receipt *receipts;
    bool *finished;
    guint next, told;
    struct batch_counts counts;
    GMutex lock;
};

/* ---- Telling ------------------------------------------------------------- */

static void tell_cut(const struct receipt *receipt) {
    const char *output =
        strcmp(receipt->output, "-") ? receipt->output : "standard output";
    say_note("%s -> %s (%.1f s)", receipt->input, output,
             receipt->total_ms / 1000);
    if (receipt->outcome == OUTCOME_NO_SUBJECT)
        say_note("%s: no subject found (no_subject); the cut-out is empty",
                 receipt->input);
    if (receipt->outcome == OUTCOME_AMBIGUOUS)
        say_note("%s: the model is undecided about most of the picture",
                 receipt->input);
    receipt_tell(receipt);
}

static void count(struct batch_counts *counts, enum outcome outcome) {
    if (outcome == OUTCOME_FAILED)
        counts->failed++;
    else if (outcome == OUTCOME_SKIPPED)
        counts->skipped++;
    else
        counts->done++;
    if (outcome == OUTCOME_NO_SUBJECT) counts->no_subject++;
}

static void tell(struct batch *batch, const struct receipt *receipt) {
    if (receipt->outcome == OUTCOME_FAILED)
        say_error("%s", receipt->error.message);
    else if (receipt->outcome == OUTCOME_SKIPPED)
        say_detail("%s: skipped, '%s' exists", receipt->input, receipt->output);
    else
        tell_cut(receipt);
    if (batch->shop->options->json)
        receipt_print(receipt, &batch->shop->engine);
    count(&batch->counts, receipt->outcome);
}

/* Results come out in the order of the inputs, whoever finishes first. */
static void finish(struct batch *batch, guint i) {
    progress_file_done((int)i);
    g_mutex_lock(&batch->lock);
    batch->finished[i] = true;
    while (batch->told < batch->tasks->len && batch->finished[batch->told])
        tell(batch, &batch->receipts[batch->told++]);
    g_mutex_unlock(&batch->lock);
}

/* ---- Working ------------------------------------------------------------- */

static void work_on(struct batch *batch, guint i) {
    const struct task *task = batch->tasks->pdata[i];
    struct receipt *receipt = &batch->receipts[i];
    receipt->input = task->input;
    receipt->output = task->output;
    receipt->out_format = task->format;
    if (task->error) {
        receipt->outcome = OUTCOME_FAILED;
        fail(&receipt->error, "%s", task->error);
    } else if (batch->shop->options->skip_existing &&
               strcmp(task->output, "-") &&
               g_file_test(task->output, G_FILE_TEST_EXISTS)) {
        receipt->outcome = OUTCOME_SKIPPED;
    } else {
        cutout_job(batch->shop, receipt, (int)i);
    }
}

static void *worker(void *user) {
    struct batch *batch = user;
    for (;;) {
        g_mutex_lock(&batch->lock);
        guint i = batch->next;
        if (i < batch->tasks->len) batch->next++;
        g_mutex_unlock(&batch->lock);
        if (i >= batch->tasks->len) return NULL;
        work_on(batch, i);
        finish(batch, i);
    }
}

static guint n_workers(const struct options *options, guint n_tasks) {
    guint wanted = options->jobs ? (guint)options->jobs : 2;
    return MIN(wanted, n_tasks);
}

struct batch_counts batch_run(struct workshop *shop, GPtrArray *tasks) {
    struct batch batch = {.shop = shop, .tasks = tasks};
    guint n = n_workers(shop->options, tasks->len);
    GThread *threads[64];
    batch.receipts = g_new0(struct receipt, tasks->len);
    batch.finished = g_new0(bool, tasks->len);
    if (shop->engine_ready) {
        batch.receipts[0].ms[STAGE_LOAD] = shop->engine.load_ms;
        batch.receipts[0].ms[STAGE_SETUP] = shop->engine.setup_ms;
        batch.receipts[0].total_ms =
            shop->engine.load_ms + shop->engine.setup_ms;
    }
    shop->trim_each = tasks->len == 1;
    progress_start((int)tasks->len);
    for (guint i = 1; i < n; i++)
        threads[i] = g_thread_new("job", worker, &batch);
    worker(&batch);
    for (guint i = 1; i < n; i++) g_thread_join(threads[i]);
    progress_end();
    g_free(batch.receipts);
    g_free(batch.finished);
    return batch.counts;
}
