#define _GNU_SOURCE
/* cutout serve: the page, and the models that it fetches, on this machine. */
#include "chunk.h"
#include "commands.h"
#include "fetch.h"
#include "flags.h"
#include "help.h"
#include "say.h"
#include "temp.h"

#include "server/server.h"

#include <glib.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct serve_options {
    struct server_options server;
    GPtrArray *names, *connect, *embed;
    bool offline, quiet, help;
};

enum {
    TELEMETRY_RATE = 20 /* receipts/s of one address */,
    TELEMETRY_DAYS = 90
};

/* ---- Options ------------------------------------------------------------ */

static bool read_isolation(void *target, const char *value,
                           struct cut_error *err) {
    static const char *const names[] = {"coop", "dip", "none", "bare"};
    struct serve_options *options = target;
    for (int i = 0; i < 4; i++)
        if (strcmp(value, names[i]) == 0) {
            options->server.isolation = (enum server_isolation)i;
            return true;
        }
    return fail(err,
                "expected coop, dip, none or bare for --isolation but received "
                "'%s'",
                value);
}

static bool add_model(void *target, const char *value, struct cut_error *err) {
    (void)err;
    g_ptr_array_add(((struct serve_options *)target)->names, (char *)value);
    return true;
}

static bool add_connect(void *target, const char *value,
                        struct cut_error *err) {
    (void)err;
    g_ptr_array_add(((struct serve_options *)target)->connect, (char *)value);
    return true;
}

static bool add_embed(void *target, const char *value, struct cut_error *err) {
    (void)err;
    g_ptr_array_add(((struct serve_options *)target)->embed, (char *)value);
    return true;
}

#define AT(field) offsetof(struct serve_options, field)
static const struct flag flags[] = {
    {"host", 0, FLAG_TEXT, AT(server.host), 0, 0, NULL, false},
    {"port", 'p', FLAG_INT, AT(server.port), 0, 65535, NULL, false},
    {"root", 0, FLAG_TEXT, AT(server.root), 0, 0, NULL, false},
    {"models", 0, FLAG_TEXT, AT(server.models), 0, 0, NULL, false},
    {"model", 'm', FLAG_CALL, 0, 0, 0, add_model, false},
    {"isolation", 0, FLAG_CALL, 0, 0, 0, read_isolation, false},
    {"connect-src", 0, FLAG_CALL, 0, 0, 0, add_connect, false},
    {"embed", 0, FLAG_CALL, 0, 0, 0, add_embed, false},
    {"threads", 't', FLAG_INT, AT(server.n_threads), 1, 64, NULL, false},
    {"connections", 0, FLAG_INT, AT(server.max_connections), 1, 65536, NULL,
     false},
    {"per-address", 0, FLAG_INT, AT(server.max_per_address), 1, 65536, NULL,
     false},
    {"timeout", 0, FLAG_INT, AT(server.timeout_s), 1, 3600, NULL, false},
    {"telemetry", 0, FLAG_TEXT, AT(server.telemetry), 0, 0, NULL, false},
    {"telemetry-rate", 0, FLAG_INT, AT(server.telemetry_rate), 0, 1000000, NULL,
     false},
    {"telemetry-body", 0, FLAG_INT, AT(server.telemetry_kilobytes), 1, 1024,
     NULL, false},
    {"telemetry-size", 0, FLAG_INT, AT(server.telemetry_megabytes), 1, 1048576,
     NULL, false},
    {"telemetry-days", 0, FLAG_INT, AT(server.telemetry_days), 0, 36500, NULL,
     false},
    {"offline", 0, FLAG_ON, AT(offline), 0, 0, NULL, false},
    {"quiet", 'q', FLAG_ON, AT(quiet), 0, 0, NULL, false},
    {"help", 'h', FLAG_ON, AT(help), 0, 0, NULL, false},
    {0},
};

static bool no_word(void *target, const char *text) {
    (void)target;
    say_error("serve: unexpected '%s'", text);
    return false;
}

/* ---- What is served ----------------------------------------------------- */

static bool has_page(const char *folder) {
    char *index = g_build_filename(folder, "index.html", NULL);
    bool there = g_file_test(index, G_FILE_TEST_IS_REGULAR);
    g_free(index);
    return there;
}

/* The built page: beside the program in a source tree, in share when
 * installed. Free with g_free. */
static char *page_find(void) {
    char *program = g_file_read_link("/proc/self/exe", NULL);
    char *bin = g_path_get_dirname(program ? program : ".");
    char *places[] = {
        g_build_filename(bin, "web", NULL),
        g_build_filename(bin, "..", "share", "cutout", "web", NULL)};
    char *found = NULL;
    for (int i = 0; i < 2; i++) {
        if (!found && has_page(places[i])) found = g_strdup(places[i]);
        g_free(places[i]);
    }
    g_free(bin);
    g_free(program);
    return found;
}

/* Without a model the page still opens, and says so itself. */
static void model_offer(const struct serve_options *options,
                        const struct registry *registry, const char *name,
                        const char *folder) {
    const struct model_spec *spec = registry_find(registry, name);
    struct cut_error err = {0};
    bool good = spec != NULL;
    if (!good) {
        fail(&err, "unknown model '%s'", name);
    } else if (!options->offline) {
        good = model_fetch(spec, NULL, &err);
    }
    if (spec && (good || options->offline))
        good = chunk_model(spec, folder, &err);
    if (!good) say_error("%s; serving without it", err.message);
}

/* Free with g_free; NULL when there is nothing to serve models from. */
static char *models_prepare(const struct serve_options *options) {
    struct registry registry = {0};
    struct cut_error err = {0};
    char *folder = chunk_folder();
    if (!registry_load(NULL, &registry, &err)) {
        say_error("%s; serving without models", err.message);
    } else if (options->names->len == 0) {
        model_offer(options, &registry, registry.default_name, folder);
    } else {
        for (guint i = 0; i < options->names->len; i++)
            model_offer(options, &registry, options->names->pdata[i], folder);
    }
    registry_free(&registry);
    if (g_file_test(folder, G_FILE_TEST_IS_DIR)) return folder;
    g_free(folder);
    return NULL;
}

/* ---- Serving ------------------------------------------------------------ */

static sem_t interrupted;
static void interrupt(void) { sem_post(&interrupted); }

static bool is_loopback(const char *host) {
    return !host || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ||
           strcmp(host, "localhost") == 0;
}

static void announce(const struct server *server,
                     const struct server_options *options) {
    const char *host = options->host;
    bool any =
        is_loopback(host) || !strcmp(host, "0.0.0.0") || !strcmp(host, "::");
    bool numeric6 = !any && strchr(host, ':');
    printf("http://%s%s%s:%d\n", numeric6 ? "[" : "", any ? "localhost" : host,
           numeric6 ? "]" : "", server_port(server));
    fflush(stdout);
    if (!is_loopback(host))
        say_note("Others on the network can reach it. Browsers give them "
                 "threads and offline use only over https: docs/DEPLOY.md.");
    if (options->telemetry)
        say_note("Keeping the receipts that pages may send in %s.",
                 options->telemetry);
    say_note("Serving %s; Ctrl-C stops it.", options->root);
}

static int serve(const struct server_options *options) {
    struct server_error err;
    sem_init(&interrupted, 0, 0);
    struct server *server = server_start(options, &err);
    if (!server) {
        say_error("%s", err.message);
        return EXIT_SOME_FAILED;
    }
    temp_on_interrupt(interrupt);
    announce(server, options);
    while (sem_wait(&interrupted) != 0) {
    }
    say_note("Stopping.");
    server_stop(server);
    return EXIT_FINE;
}

static int run(struct serve_options *options) {
    struct server_options *server = &options->server;
    char *page = NULL, *models = NULL;
    if (options->help) return help_print("serve");
    if (options->quiet) say_set_level(-1);
    if (!server->root) server->root = page = page_find();
    if (!server->root) {
        say_error("the page is not built: run 'make web' in the sources, or "
                  "name a folder with --root");
        return EXIT_SOME_FAILED;
    }
    if (!server->models) server->models = models = models_prepare(options);
    g_ptr_array_add(options->connect, NULL);
    g_ptr_array_add(options->embed, NULL);
    server->connect = (const char *const *)options->connect->pdata;
    server->embed = (const char *const *)options->embed->pdata;
    if (server->telemetry_rate == 0) server->telemetry_rate = -1;
    if (server->telemetry_days == 0) server->telemetry_days = -1;
    int code = serve(server);
    g_free(models);
    g_free(page);
    return code;
}

int serve_command(int argc, char **argv) {
    struct serve_options options = {.server.port = SERVER_PORT,
                                    .server.telemetry_rate = TELEMETRY_RATE,
                                    .server.telemetry_days = TELEMETRY_DAYS,
                                    .names = g_ptr_array_new(),
                                    .connect = g_ptr_array_new(),
                                    .embed = g_ptr_array_new()};
    int code = EXIT_USAGE;
    if (flags_parse(flags, &options, argc, argv, no_word)) code = run(&options);
    g_ptr_array_free(options.names, TRUE);
    g_ptr_array_free(options.connect, TRUE);
    g_ptr_array_free(options.embed, TRUE);
    return code;
}
