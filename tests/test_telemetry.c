/* What may be a receipt, how much one address may send, what the database
 * holds and the report says of it; under ThreadSanitizer too. */
#define _GNU_SOURCE
#include "check.h"

#include "server/origin.h"
#include "telemetry/intake.h"
#include "telemetry/rate.h"
#include "telemetry/report.h"
#include "telemetry/writer.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/telemetry.XXXXXX";

/* ---- Receipts ----------------------------------------------------------- */

#define NEEDED "\"cutout\":\"0.1.0\",\"outcome\":\"cut\",\"route\":\"r\""

static int read_text(const char *json, struct record *first) {
    struct record *records;
    intake_error error;
    int n = intake_read(json, strlen(json), &records, error);
    CHECK((n > 0) == (records != NULL), "%s", json);
    CHECK((n > 0) == !error[0], "%s: '%s'", json, error);
    if (n > 0 && first) *first = records[0];
    free(records);
    return n;
}

static void check_whole(void) {
    struct record r;
    int n = read_text(
        "[{" NEEDED ",\"browser\":{\"family\":\"firefox\",\"major\":128},"
        "\"planned\":[{\"route\":\"webgpu-f16\",\"reason\":\"no-webgpu\","
        "\"skipped\":true},{\"route\":\"wasm-simd\",\"size\":512}],"
        "\"attempts\":[{\"route\":\"wasm-simd\",\"outcome\":\"failed\","
        "\"cause\":\"worker-crash\"},{\"route\":\"r\",\"outcome\":\"done\"}],"
        "\"input\":\"2mp\",\"output\":\"more\",\"warm\":false,"
        "\"peak_bytes\":1e9,\"ms\":{\"decode\":1.5,\"total\":7,\"x\":\"?\"},"
        "\"adapter\":{\"vendor\":\"arm\",\"architecture\":null},"
        "\"file\":\"me.jpg\",\"gps\":[1,2]}]",
        &r);
    CHECK(n == 1, "%d", n);
    CHECK(!strcmp(r.engine, "0.1.0") && !strcmp(r.outcome, "cut") &&
              !strcmp(r.route, "r"),
          "%s %s %s", r.engine, r.outcome, r.route);
    CHECK(!strcmp(r.browser, "firefox") && r.major == 128, "%s %d", r.browser,
          r.major);
    CHECK(r.n_planned == 2 && r.planned[0].skipped && !r.planned[1].skipped,
          "%d", r.n_planned);
    CHECK(r.planned[1].size == 512 && !r.planned[1].reason[0], "size");
    CHECK(r.n_attempts == 2 && !strcmp(r.attempts[0].cause, "worker-crash"),
          "%d", r.n_attempts);
    CHECK(!strcmp(r.input, "2mp") && !strcmp(r.output, "more"), "sizes");
    CHECK(r.warm == 0 && r.peak_bytes == 1e9, "%d %g", r.warm, r.peak_bytes);
    CHECK(r.ms[STAGE_DECODE] == 1.5 && r.ms[STAGE_TOTAL] == 7 &&
              r.ms[STAGE_STORE] == -1,
          "ms");
    CHECK(!strcmp(r.vendor, "arm") && !r.architecture[0], "%s", r.vendor);
}

static void check_good(void) {
    struct record r;
    CHECK(read_text("[{" NEEDED "}]", &r) == 1, "the least");
    CHECK(r.warm == -1 && r.major == -1 && r.peak_bytes == -1, "unknown");
    CHECK(read_text("[{\"cutout\":\"1\",\"outcome\":\"failed\"}]", NULL) == 1,
          "a failed job has no route");
    CHECK(read_text(" [ {" NEEDED "} , {" NEEDED "} ] \n", NULL) == 2,
          "white space");
    CHECK(read_text("[{" NEEDED ",\"warm\":null,\"ms\":null}]", NULL) == 1,
          "null is nothing");
    CHECK(read_text("[{" NEEDED ",\"note\":\"\\\"[[[[[[[[\"}]", NULL) == 1,
          "brackets in a text are no depth");
}

static void check_bad(void) {
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        "1",
        "null",
        "[1]",
        "[null]",
        "[{}]",
        "[[]]",
        "[{" NEEDED "}",
        "[{" NEEDED "}]]",
        "[{" NEEDED "}]x",
        "[{" NEEDED "},]",
        "[{" NEEDED "},{}]",
        "[{" NEEDED ",\"route\":\"again\"}]",
        "[{\"cutout\":\"1\",\"outcome\":\"cut\"}]",
        "[{\"outcome\":\"cut\",\"route\":\"r\"}]",
        "[{\"cutout\":\"1\",\"outcome\":\"won\",\"route\":\"r\"}]",
        "[{\"cutout\":\"1\",\"outcome\":\"cut\",\"route\":\"\"}]",
        "[{\"cutout\":\"1\",\"outcome\":\"cut\",\"route\":\"<b>\"}]",
        "[{\"cutout\":\"1\",\"outcome\":\"cut\",\"route\":\"a\\u0000b\"}]",
        "[{\"cutout\":\"1\",\"outcome\":\"cut\",\"route\":"
        "\"abcdefghijklmnopqrstuvwxyz-12345\"}]",
        "[{" NEEDED ",\"warm\":1}]",
        "[{" NEEDED ",\"peak_bytes\":-1}]",
        "[{" NEEDED ",\"peak_bytes\":1e16}]",
        "[{" NEEDED ",\"peak_bytes\":1e999}]",
        "[{" NEEDED ",\"ms\":[]}]",
        "[{" NEEDED ",\"ms\":{\"total\":\"1\"}}]",
        "[{" NEEDED ",\"ms\":{\"total\":86400001}}]",
        "[{" NEEDED ",\"ms\":{\"total\":NaN}}]",
        "[{" NEEDED ",\"input\":\"3mp\"}]",
        "[{" NEEDED ",\"browser\":{\"major\":1.5}}]",
        "[{" NEEDED ",\"browser\":{\"major\":10000}}]",
        "[{" NEEDED ",\"browser\":\"chrome\"}]",
        "[{" NEEDED ",\"planned\":[{\"reason\":\"x\"}]}]",
        "[{" NEEDED ",\"planned\":[1]}]",
        "[{" NEEDED ",\"planned\":{}}]",
        "[{" NEEDED ",\"attempts\":[{\"route\":\"r\"}]}]",
        "[{" NEEDED ",\"attempts\":[{\"route\":\"r\",\"outcome\":\"cut\"}]}]",
        "[{" NEEDED ",\"x\":[[[[[1]]]]]}]",
        "[{" NEEDED ",\"\xff\":1}]",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        CHECK(read_text(bodies[i], NULL) == 0, "taken: %s", bodies[i]);
}

/* `n` times `item` between `head` and `tail`. */
static int read_many(const char *head, const char *item, int n,
                     const char *tail) {
    size_t room =
        strlen(head) + strlen(tail) + (size_t)n * (strlen(item) + 1) + 1;
    char *json = malloc(room), *at = json;
    if (!json) return -1;
    at += sprintf(at, "%s", head);
    for (int i = 0; i < n; i++) at += sprintf(at, "%s%s", i ? "," : "", item);
    sprintf(at, "%s", tail);
    int got = read_text(json, NULL);
    free(json);
    return got;
}

static void check_limits(void) {
    static const char planned[] = "[{" NEEDED ",\"planned\":[";
    static const char attempts[] = "[{" NEEDED ",\"attempts\":[";
    static const char attempt[] = "{\"route\":\"r\",\"outcome\":\"done\"}";
    CHECK(read_many("[", "{" NEEDED "}", INTAKE_MAX_RECEIPTS, "]") ==
              INTAKE_MAX_RECEIPTS,
          "a full batch");
    CHECK(read_many("[", "{" NEEDED "}", INTAKE_MAX_RECEIPTS + 1, "]") == 0,
          "one too many");
    CHECK(read_many(planned, "{\"route\":\"r\"}", RECORD_MAX_PLANNED, "]}]"),
          "all routes");
    CHECK(
        !read_many(planned, "{\"route\":\"r\"}", RECORD_MAX_PLANNED + 1, "]}]"),
        "a route too many");
    CHECK(read_many(attempts, attempt, RECORD_MAX_ATTEMPTS, "]}]"), "attempts");
    CHECK(!read_many(attempts, attempt, RECORD_MAX_ATTEMPTS + 1, "]}]"),
          "an attempt too many");
    CHECK(!read_many("[{" NEEDED ",\"x\":[", "{}", INTAKE_MAX_NESTED, "]}]"),
          "a crowd of objects");
    CHECK(!read_many("[", "[", 30000, ""), "a tower");
}

/* ---- Who may send ------------------------------------------------------- */

static void check_origin(void) {
    static const struct {
        const char *site, *origin, *host;
        bool own;
    } cases[] = {
        {"same-origin", NULL, "a", true},
        {"same-origin", "null", "a", true},
        {"cross-site", "http://a", "a", false},
        {"same-site", NULL, "a", false},
        {"none", NULL, "a", false},
        {NULL, "http://a:80", "a:80", true},
        {NULL, "https://A.example", "a.example", true},
        {NULL, "http://b", "a", false},
        {NULL, "http://a.evil", "a", false},
        {NULL, "http://a", "a.b", false},
        {NULL, "null", "null", false},
        {NULL, "http://", "", false},
        {NULL, "http://a", NULL, false},
        {NULL, NULL, "a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(origin_is_own(cases[i].site, cases[i].origin, cases[i].host) ==
                  cases[i].own,
              "case %zu", i);
    CHECK(type_is_batch("application/json") && type_is_batch("text/plain;x") &&
              type_is_batch("Text/Plain; charset=UTF-8"),
          "types");
    CHECK(!type_is_batch(NULL) && !type_is_batch("text/html") &&
              !type_is_batch("text/plainer") && !type_is_batch(""),
          "other types");
}

static struct sockaddr_in address_of(uint32_t number) {
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(number)};
}

static int ask_often(struct rate *rate, uint32_t number, int n, int64_t now) {
    struct sockaddr_in address = address_of(number);
    int granted = 0;
    for (int i = 0; i < n; i++)
        granted += rate_ask(rate, (struct sockaddr *)&address, now);
    return granted;
}

static void check_rate(void) {
    struct rate *rate = rate_new(2);
    struct sockaddr_in one = address_of(1);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    int granted = 0;
    CHECK(ask_often(rate, 1, 100, 1000) == 2 * RATE_BURST_S, "burst");
    CHECK(ask_often(rate, 2, 1, 1000) == 1, "another address");
    CHECK(ask_often(rate, 1, 100, 1400) == 0, "not yet one");
    CHECK(ask_often(rate, 1, 100, 2000) == 2, "a second later");
    rate_take(rate, (struct sockaddr *)&one, 10, 2000);
    CHECK(ask_often(rate, 1, 100, 6000) == 0, "a debt is paid first");
    CHECK(ask_often(rate, 1, 100, 7500) == 1, "and then it goes on");
    CHECK(ask_often(rate, 1, 100, 1000000) == 2 * RATE_BURST_S, "full again");
    CHECK(ask_often(rate, 1, 1, 999000) == 0, "time never goes back");
    for (int i = 0; i < 100; i++) {
        six.sin6_addr.s6_addr[15] = (uint8_t)i; /* one host has them all */
        granted += rate_ask(rate, (struct sockaddr *)&six, 1000000);
    }
    CHECK(granted == 2 * RATE_BURST_S, "of one network: %d", granted);
    for (uint32_t i = 0; i < 100000; i++) ask_often(rate, i + 10, 1, 1000000);
    CHECK(ask_often(rate, 1, 1, 1000000) == 0,
          "many others do not make it forget who sent most");
    CHECK(rate_ask(rate, NULL, 2000000), "no address");
    rate_free(rate);
}

/* ---- The database and the report ---------------------------------------- */

static char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void text_copy(record_text to, const char *from) {
    snprintf(to, RECORD_TEXT_BYTES, "%s", from);
}

/* Job `i` of a hundred: 60 on the GPU, 40 in WebAssembly, of which 10 after
 * the GPU was lost; times 1..100 ms. */
static struct record job(int i) {
    struct record r = {.major = 100, .warm = i % 2, .peak_bytes = 1000};
    bool gpu = i < 60, fallback = i >= 90;
    for (int k = 0; k < N_STAGES; k++) r.ms[k] = -1;
    text_copy(r.engine, "0.1.0");
    text_copy(r.browser, gpu || fallback ? "chrome" : "firefox");
    text_copy(r.outcome, "cut");
    text_copy(r.route, gpu ? "webgpu-f16" : "wasm-simd");
    r.ms[STAGE_TOTAL] = i + 1;
    r.ms[STAGE_INFERENCE] = (i + 1) / 2.0;
    r.n_planned = gpu || fallback ? 2 : 1;
    text_copy(r.planned[0].route, "webgpu-f16");
    text_copy(r.planned[0].reason, gpu || fallback ? "fastest" : "no-webgpu");
    r.planned[0].skipped = !gpu && !fallback;
    text_copy(r.planned[1].route, "wasm-simd");
    if (fallback) {
        text_copy(r.attempts[0].route, "webgpu-f16");
        text_copy(r.attempts[0].outcome, "failed");
        text_copy(r.attempts[0].cause, "device-lost");
        r.n_attempts = 1;
    }
    text_copy(r.attempts[r.n_attempts].route, r.route);
    text_copy(r.attempts[r.n_attempts++].outcome, "done");
    return r;
}

struct giving {
    struct batch batch;
    pthread_mutex_t *lock;
    pthread_cond_t *wake;
    int *n_done;
};

static void given(struct batch *batch) {
    struct giving *giving = (struct giving *)batch;
    pthread_mutex_lock(giving->lock);
    ++*giving->n_done;
    pthread_cond_signal(giving->wake);
    pthread_mutex_unlock(giving->lock);
}

static void fill(struct archive *archive, struct metrics *metrics) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
    static struct record records[100];
    static struct giving giving[100];
    int n_done = 0, n_kept = 0;
    struct writer *writer =
        writer_start(archive, metrics, (struct writer_age){0});
    for (int i = 0; i < 100; i++) {
        records[i] = job(i);
        giving[i] =
            (struct giving){{.records = &records[i], .n = 1, .done = given},
                            &lock,
                            &wake,
                            &n_done};
        CHECK(writer_put(writer, &giving[i].batch), "put %d", i);
    }
    pthread_mutex_lock(&lock);
    while (n_done < 100) pthread_cond_wait(&wake, &lock);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 100; i++) n_kept += giving[i].batch.kept;
    CHECK(n_kept == 100, "%d kept", n_kept);
    writer_drain(writer);
    CHECK(!writer_put(writer, &giving[0].batch), "after the end");
    writer_free(writer);
}

static char *shown(void (*show)(const struct report *, FILE *),
                   const struct report *report) {
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    show(report, out);
    fclose(out);
    return text;
}

static bool has(const char *text, const char *words) {
    return strstr(text, words) != NULL;
}

static void check_text(const char *text) {
    static const char *const lines[] = {
        "100 receipts, from ",
        "10 of them (10.0 %) had a result after a route had failed\n",
        "  webgpu-f16                              60   60.0 %\n",
        "  wasm-simd                               40   40.0 %\n",
        "  chrome                   webgpu-f16                              "
        "60\n",
        "  chrome                   wasm-simd                               "
        "10\n",
        "  firefox                  wasm-simd                               "
        "30\n",
        "  webgpu-f16                     70         10   14.3 %\n",
        "  device-lost              webgpu-f16                              "
        "10\n",
        "  webgpu-f16               no-webgpu                               "
        "30\n",
        /* 1, 3 .. 59 first, 2, 4 .. 60 warm */
        "  webgpu-f16             chrome         first      30        29      "
        "  53        59\n",
        "  webgpu-f16             chrome         warm       30        30      "
        "  54        60\n",
        "  wasm-simd              chrome         first       5        95      "
        "  99        99\n",
        "  wasm-simd              firefox        warm       15        76      "
        "  88        90\n",
        "  webgpu-f16             inference 15 total 30\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        CHECK(has(text, lines[i]), "no '%s' in:\n%s", lines[i], text);
}

static void check_html(const char *html) {
    CHECK(has(html, "60.0 % (60)"), "share");
    CHECK(has(html, "14.3 % of 70"), "failures");
    CHECK(has(html, "p50 30 ms, p90 54 ms, p99 60 ms"), "times");
    CHECK(has(html, "prefers-color-scheme:dark"), "dark");
    CHECK(!has(html, "<script") && !has(html, "http://") &&
              !has(html, "https://") && !has(html, "src="),
          "nothing from elsewhere");
}

static void check_metrics(struct metrics *metrics) {
    static const char *const lines[] = {
        "\ncutout_telemetry_receipts_total 100\n",
        "\ncutout_bound_total{route=\"webgpu-f16\"} 60\n",
        "\ncutout_bound_total{route=\"other\"} 1\n",
        "\ncutout_failed_attempts_total{cause=\"device-lost\"} 10\n",
        "\ncutout_telemetry_dropped_total{reason=\"malformed\"} 2\n",
        "\ncutout_telemetry_requests_total{status=\"400\"} 2\n",
        "\ncutout_stage_seconds_bucket{stage=\"total\",le=\"0.025\"} 25\n",
        "\ncutout_stage_seconds_bucket{stage=\"total\",le=\"+Inf\"} 101\n",
        "\ncutout_stage_seconds_count{stage=\"total\"} 101\n",
    };
    struct record odd = job(99);
    text_copy(odd.route, "made-up");
    odd.n_attempts = 0;
    metrics_request(metrics, VERDICT_MALFORMED);
    metrics_request(metrics, VERDICT_MALFORMED);
    char *text = metrics_text(metrics);
    CHECK(has(text, lines[0]), "%s", text);
    free(text);
    metrics_kept(metrics, &odd, 1);
    text = metrics_text(metrics);
    for (size_t i = 1; i < sizeof lines / sizeof *lines; i++)
        CHECK(has(text, lines[i]), "no '%s' in:\n%s", lines[i], text);
    free(text);
}

static void check_known(void) {
    struct archive_error why = {""};
    struct report_error error = {""};
    char *path = path_of("known.db");
    struct metrics *metrics = metrics_new();
    struct archive *archive = archive_open(path, 1 << 26, &why);
    CHECK(archive, "%s", why.message);
    if (!archive) return;
    fill(archive, metrics);
    CHECK(archive_bytes(archive) > 4096, "size");
    check_metrics(metrics);
    struct report *report = report_read(path, &error);
    CHECK(report, "while it is open: %s", error.message);
    report_free(report);
    archive_close(archive);
    archive = archive_open(path, 1 << 26, &why);
    CHECK(archive, "again: %s", why.message);
    archive_close(archive);
    report = report_read(path, &error);
    CHECK(report, "%s", error.message);
    if (report) {
        char *text = shown(report_print, report);
        char *html = shown(report_html, report);
        check_text(text);
        check_html(html);
        free(text);
        free(html);
    }
    report_free(report);
    metrics_free(metrics);
}

static int n_receipts(const char *path) {
    struct report_error error = {""};
    struct report *report = report_read(path, &error);
    char *text = report ? shown(report_print, report) : strdup(error.message);
    int n = atoi(text);
    report_free(report);
    free(text);
    return n;
}

/* 90 of hour 10, whose plan is left when the 10 of hour 20 have come. */
static void check_drop(void) {
    struct archive_error why = {""};
    char *path = path_of("old.db");
    struct archive *archive = archive_open(path, 1 << 26, &why);
    archive_begin(archive);
    for (int i = 0; i < 100; i++) {
        struct record record = job(i);
        CHECK(archive_add(archive, &record, i < 90 ? 10 : 20), "add %d", i);
    }
    archive_commit(archive);
    CHECK(archive_drop(archive, 10, 50) == 0, "none is older");
    CHECK(archive_drop(archive, 11, 50) == 50, "so many at once");
    CHECK(n_receipts(path) == 50, "%d", n_receipts(path));
    CHECK(archive_drop(archive, 11, 50) == 40, "the others");
    CHECK(archive_drop(archive, 20, 50) == 0, "to the hour");
    CHECK(n_receipts(path) == 10, "%d", n_receipts(path));
    CHECK(archive_drop(archive, 21, 50) == 10, "all");
    archive_close(archive);
}

static int64_t clock_seconds;
static int64_t clock_now(void) { return clock_seconds; }
static void not_told(struct batch *batch) { (void)batch; }

/* One receipt at such a time; the writer looks once more before it ends. */
static int give_at(struct archive *archive, struct metrics *metrics,
                   int64_t hour) {
    struct record record = job(0);
    struct batch batch = {.records = &record, .n = 1, .done = not_told};
    struct writer_age age = {.max_hours = 48, .now = clock_now};
    clock_seconds = hour * 3600;
    struct writer *writer = writer_start(archive, metrics, age);
    CHECK(writer_put(writer, &batch), "put");
    writer_free(writer);
    return n_receipts(path_of("age.db"));
}

static void check_age(void) {
    struct archive_error why = {""};
    struct metrics *metrics = metrics_new();
    struct archive *archive = archive_open(path_of("age.db"), 1 << 26, &why);
    int n = give_at(archive, metrics, 100);
    CHECK(n == 1, "%d", n);
    n = give_at(archive, metrics, 148);
    CHECK(n == 2, "%d after 48 hours", n);
    n = give_at(archive, metrics, 149);
    CHECK(n == 2, "%d after 49 hours", n);
    n = give_at(archive, metrics, 1000);
    CHECK(n == 1, "%d at last", n);
    char *text = metrics_text(metrics);
    CHECK(has(text, "\ncutout_telemetry_expired_total 3\n"), "%s", text);
    free(text);
    archive_close(archive);
    metrics_free(metrics);
}

static void check_full(void) {
    struct archive_error why = {""};
    struct archive *archive = archive_open(path_of("full.db"), 200000, &why);
    struct record record = job(0);
    bool good = true;
    int n = 0;
    for (; good && n < 100000; n++) {
        good = archive_begin(archive) && archive_add(archive, &record, n) &&
               archive_commit(archive);
    }
    CHECK(!good && n > 100, "%d in 200 kB", n);
    archive_cancel(archive);
    CHECK(archive_drop(archive, n / 2, n) == n / 2, "room is made");
    CHECK(archive_begin(archive) && archive_add(archive, &record, n) &&
              archive_commit(archive),
          "and used");
    CHECK(archive_begin(archive) && archive_commit(archive), "still answers");
    archive_close(archive);
    struct report_error error = {""};
    struct report *report = report_read(path_of("full.db"), &error);
    CHECK(report, "%s", error.message);
    report_free(report);
}

static void check_foreign(void) {
    struct archive_error why = {""};
    struct report_error error = {""};
    char *path = path_of("foreign");
    FILE *file = fopen(path, "w");
    fputs("this is a text and not a database, and it is left alone\n", file);
    fclose(file);
    CHECK(!archive_open(path, 1 << 20, &why) && why.message[0], "a text");
    CHECK(!report_read(path, &error) && has(error.message, "is no database"),
          "%s", error.message);
    CHECK(truncate(path, 0) == 0 && !report_read(path, &error) &&
              has(error.message, "is no database"),
          "an empty file: %s", error.message);
    CHECK(!report_read(path_of("nothing"), &error) && error.message[0],
          "no file");
    CHECK(access(path_of("nothing"), F_OK) != 0, "none is made");
    CHECK(!archive_open(folder, 1 << 20, &why) && why.message[0], "a folder");
}

int main(void) {
    if (!mkdtemp(folder)) return 1;
    check_whole();
    check_good();
    check_bad();
    check_limits();
    check_origin();
    check_rate();
    check_known();
    check_full();
    check_drop();
    check_age();
    check_foreign();
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0) return 1;
    return check_summary("test_telemetry");
}
