/* The parts of the server that need no network: which file a target means,
 * which files can be opened at all, what request headers ask for. */
#define _GNU_SOURCE
#include "check.h"

#include "server/content.h"
#include "server/headers.h"
#include "server/negotiate.h"
#include "server/path.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Targets ------------------------------------------------------------ */

static void test_targets(void) {
    static const struct {
        const char *url, *path; /* NULL: refused */
    } cases[] = {
        {"/", "index.html"},
        {"/index.html", "index.html"},
        {"/a/b/c.js", "a/b/c.js"},
        {"/a/", "a/index.html"},
        {"/a%20b.txt", "a b.txt"},
        {"/%61", "a"},
        {"/%C3%A9", "\xc3\xa9"},
        {"/a..b", "a..b"},
        {"/a.", "a."},
        {"/a%3fb", "a?b"},
        {"/%252e%252e/x", "%2e%2e/x"},
        {"", NULL},
        {"index.html", NULL},
        {"*", NULL},
        {"http://localhost/", NULL},
        {"//", NULL},
        {"//etc/passwd", NULL},
        {"/a//b", NULL},
        {"/a/%2f", NULL},
        {"/%2f", NULL},
        {"/..", NULL},
        {"/../x", NULL},
        {"/a/../x", NULL},
        {"/a/..", NULL},
        {"/%2e%2e/x", NULL},
        {"/%2E%2e/x", NULL},
        {"/.%2e/x", NULL},
        {"/a/%2e/x", NULL},
        {"/..%2fx", NULL},
        {"/..%5cx", NULL},
        {"/..\\x", NULL},
        {"/a\\..\\x", NULL},
        {"/.git/config", NULL},
        {"/a/.hidden", NULL},
        {"/a%00", NULL},
        {"/a%00.html", NULL},
        {"/a%0d%0aX: y", NULL},
        {"/a\x7f", NULL},
        {"/a%7f", NULL},
        {"/a\tb", NULL},
        {"/%", NULL},
        {"/%4", NULL},
        {"/%4g", NULL},
        {"/%g4", NULL},
        {"/a%", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[PATH_MAX_BYTES] = "";
        bool good = path_from_url(cases[i].url, path);
        CHECK(good == (cases[i].path != NULL), "'%s' gives '%s'", cases[i].url,
              path);
        if (good && cases[i].path)
            CHECK(strcmp(path, cases[i].path) == 0, "'%s' gives '%s'",
                  cases[i].url, path);
    }
}

static void test_long_targets(void) {
    char url[2 * PATH_MAX_BYTES], path[PATH_MAX_BYTES + 16];
    for (size_t n = PATH_MAX_BYTES - 20; n < PATH_MAX_BYTES + 20; n++)
        for (int slash = 0; slash < 2; slash++) {
            memset(url, 'a', n);
            url[0] = '/';
            if (slash) url[n - 1] = '/';
            url[n] = 0;
            memset(path, '!', sizeof path);
            bool good = path_from_url(url, path);
            bool kept = path[PATH_MAX_BYTES] == '!';
            CHECK(kept, "%zu bytes overflow", n);
            CHECK(!good || strlen(path) < PATH_MAX_BYTES, "%zu bytes", n);
        }
    CHECK(!path_from_url(url, path), "%zu bytes are taken", strlen(url));
}

/* ---- Files -------------------------------------------------------------- */

static void put(int folder, const char *name, const char *text) {
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text),
          "cannot write %s", name);
    close(fd);
}

/* a tree with a secret beside it, and every kind of link to the secret */
static int tree_make(int top) {
    put(top, "secret", "secret");
    mkdirat(top, "root", 0755);
    mkdirat(top, "outside", 0755);
    int root = openat(top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    put(root, "file", "public");
    mkdirat(root, "folder", 0755);
    put(root, "folder/file", "public");
    CHECK(symlinkat("../secret", root, "link") == 0, "no link");
    CHECK(symlinkat("../outside", root, "linked") == 0, "no link");
    CHECK(symlinkat("file", root, "inner") == 0, "no link");
    CHECK(symlinkat("/etc/passwd", root, "absolute") == 0, "no link");
    CHECK(symlinkat("loop", root, "loop") == 0, "no link");
    CHECK(mkfifoat(root, "pipe", 0644) == 0, "no pipe");
    int outside = openat(top, "outside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    put(outside, "file", "secret");
    close(outside);
    return root;
}

static bool has_text(int fd, const char *text) {
    char found[16] = "";
    ssize_t n = read(fd, found, sizeof found - 1);
    return n == (ssize_t)strlen(text) && strcmp(found, text) == 0;
}

static void test_opening(int root, int (*opens)(int, const char *)) {
    static const char *const good[] = {"file", "folder/file"};
    static const char *const bad[] = {
        "",       "folder",      "nothing",      "folder/nothing",
        "link",   "linked/file", "inner",        "absolute",
        "loop",   "pipe",        "../secret",    "folder/../file",
        "..",     "/etc/passwd", "folder//file", "file/",
        "file/x", "./file",      "folder/",      "folder/../../secret",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int fd = opens(root, good[i]);
        CHECK(fd >= 0 && has_text(fd, "public"), "'%s' not opened", good[i]);
        close(fd);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int fd = opens(root, bad[i]);
        /* "folder/../file" stays below: the kernel may open it, no URL asks */
        bool harmless = fd >= 0 && has_text(fd, "public");
        CHECK(fd < 0 || harmless, "'%s' was opened", bad[i]);
        if (fd >= 0) close(fd);
    }
}

static void test_files(void) {
    char name[] = "/tmp/test_server.XXXXXX", command[64];
    CHECK(mkdtemp(name) != NULL, "no folder");
    int top = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int root = tree_make(top);
    test_opening(root, path_open);
    test_opening(root, path_open_walk);
    CHECK(path_open(root, "inner") < 0, "a link inside is followed");
    CHECK(path_open_walk(root, "inner") < 0, "a link inside is followed");
    int before = dup(root);
    close(before);
    path_open_walk(root, "folder/nothing");
    path_open_walk(root, "linked/file");
    int after = dup(root);
    CHECK(before == after, "descriptors leak");
    close(after);
    close(root);
    close(top);
    snprintf(command, sizeof command, "rm -rf '%s'", name);
    CHECK(system(command) == 0, "not removed");
}

/* ---- Headers of requests ------------------------------------------------ */

static void test_ranges(void) {
    static const struct {
        const char *header;
        uint64_t n_bytes;
        enum range_kind kind;
        uint64_t first, last;
    } cases[] = {
        {NULL, 10, RANGE_WHOLE},
        {"bytes=0-4", 10, RANGE_PART, 0, 4},
        {"bytes=0-0", 10, RANGE_PART, 0, 0},
        {"bytes=9-9", 10, RANGE_PART, 9, 9},
        {"bytes=5-", 10, RANGE_PART, 5, 9},
        {"bytes=5-99", 10, RANGE_PART, 5, 9},
        {"bytes=-3", 10, RANGE_PART, 7, 9},
        {"bytes=-99", 10, RANGE_PART, 0, 9},
        {"Bytes= 2-3 ", 10, RANGE_PART, 2, 3},
        {"bytes=0-18446744073709551615", 10, RANGE_PART, 0, 9},
        {"bytes=0-99999999999999999999999", 10, RANGE_PART, 0, 9},
        {"bytes=99999999999999999999999-", 10, RANGE_OUTSIDE},
        {"bytes=10-", 10, RANGE_OUTSIDE},
        {"bytes=10-12", 10, RANGE_OUTSIDE},
        {"bytes=-0", 10, RANGE_OUTSIDE},
        {"bytes=0-", 0, RANGE_OUTSIDE},
        {"bytes=-5", 0, RANGE_OUTSIDE},
        {"bytes=0-1,3-4", 10, RANGE_WHOLE},
        {"bytes=4-2", 10, RANGE_WHOLE},
        {"bytes=", 10, RANGE_WHOLE},
        {"bytes=-", 10, RANGE_WHOLE},
        {"bytes=a-b", 10, RANGE_WHOLE},
        {"bytes=1-2x", 10, RANGE_WHOLE},
        {"bytes=--2", 10, RANGE_WHOLE},
        {"pages=1-2", 10, RANGE_WHOLE},
        {"", 10, RANGE_WHOLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t first = 77, last = 77;
        enum range_kind kind =
            range_read(cases[i].header, cases[i].n_bytes, &first, &last);
        CHECK(kind == cases[i].kind, "'%s' is %d", cases[i].header, kind);
        if (kind == RANGE_PART)
            CHECK(first == cases[i].first && last == cases[i].last,
                  "'%s' is %llu-%llu", cases[i].header,
                  (unsigned long long)first, (unsigned long long)last);
    }
}

static void test_etags(void) {
    static const struct {
        const char *list;
        bool listed;
    } cases[] = {
        {NULL, false},
        {"", false},
        {"\"a-1\"", true},
        {"W/\"a-1\"", true},
        {"*", true},
        {"\"b\", \"a-1\"", true},
        {"\"b\",\"a-1\"", true},
        {"\"b\"", false},
        {"a-1", false},
        {"\"a-1", false},
        {"\"a-1\"x", true},
        {"\"b\", W/\"a-1\"", true},
        {"\"a-11\"", false},
        {"\"b\" \"c\"", false},
        {",", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(etag_listed(cases[i].list, "\"a-1\"") == cases[i].listed, "'%s'",
              cases[i].list);
}

static void test_codings(void) {
    static const struct {
        const char *header;
        bool br, gzip;
    } cases[] = {
        {NULL, false, false},
        {"", false, false},
        {"br", true, false},
        {"gzip, deflate, br", true, true},
        {"gzip,br", true, true},
        {"BR", true, false},
        {"brotli", false, false},
        {"x-br, xgzip", false, false},
        {"br;q=0", false, false},
        {"br;q=0.0, gzip", false, true},
        {"br; q=0.001", true, false},
        {"br ;q=1.0", true, false},
        {"br;Q=0", false, false},
        {"*", true, true},
        {"*;q=0", false, false},
        {"gzip;q=0, *", true, false},
        {"br;q=0, *;q=0.5", false, true},
        {"identity", false, false},
        {",,;,=;q", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(coding_accepted(cases[i].header, "br") == cases[i].br, "'%s'",
              cases[i].header);
        CHECK(coding_accepted(cases[i].header, "gzip") == cases[i].gzip, "'%s'",
              cases[i].header);
    }
}

/* ---- Headers of answers ------------------------------------------------- */

static void test_names(void) {
    static const struct {
        const char *path;
        bool kept;
    } cases[] = {
        {"assets/app-Bx3kZ9_q.js", true},
        {"assets/app.0123abcd.css", true},
        {"assets/deep/app-DqZ8-k1_.wasm", true},
        {"app-Bx3kZ9_q.js", false},
        {"assets/my-component.js", false},
        {"assets/app.js", false},
        {"assets/app-Bx3kZ9.js", false},
        {"assets/-Bx3kZ9_q.js", false},
        {"assets/app-Bx3kZ9 q.js", false},
        {"index.html", false},
        {"sw.js", false},
        {"manifest.json", false},
        {"isnet/"
         "b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb",
         true},
        {"isnet/"
         "b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76ac",
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(content_is_named_by_hash(cases[i].path) == cases[i].kept, "'%s'",
              cases[i].path);
    CHECK(!strcmp(content_type("a/b.wasm"), "application/wasm"), "wasm");
    CHECK(!strcmp(content_type("B.HTML"), "text/html; charset=utf-8"), "html");
    CHECK(!strcmp(content_type("a.b/c"), "application/octet-stream"), "none");
    CHECK(!strcmp(content_type("x.onnx"), "application/octet-stream"), "onnx");
}

static const char *value_of(const struct headers *headers, const char *name) {
    for (int i = 0; i < headers->n; i++)
        if (!strcmp(headers->list[i].name, name)) return headers->list[i].value;
    return "";
}

static void test_policies(void) {
    static const char *const origins[] = {"https://models.example.org", NULL};
    static struct headers headers;
    struct server_error err = {""};
    struct server_options options = {0};
    CHECK(headers_make(&options, &headers, &err), "%s", err.message);
    const char *csp = value_of(&headers, "Content-Security-Policy");
    CHECK(strstr(csp, "default-src 'none';"), "%s", csp);
    CHECK(!strstr(csp, "unsafe-inline") && !strstr(csp, "'unsafe-eval'"), "%s",
          csp);
    CHECK(strstr(csp, "connect-src 'self';"), "%s", csp);
    CHECK(strstr(csp, "frame-ancestors 'none'"), "%s", csp);
    options.connect = options.embed = origins;
    options.isolation = SERVER_DIP;
    CHECK(headers_make(&options, &headers, &err), "%s", err.message);
    csp = value_of(&headers, "Content-Security-Policy");
    CHECK(strstr(csp, "connect-src 'self' https://models.example.org;"), "%s",
          csp);
    CHECK(strstr(csp, "frame-ancestors 'self' https://models.example.org"),
          "%s", csp);
    CHECK(!*value_of(&headers, "Cross-Origin-Embedder-Policy"), "coep");
    CHECK(*value_of(&headers, "Document-Isolation-Policy"), "dip");
}

static void test_wrong_origins(void) {
    static const char *const wrong[] = {
        "example.org",       "https://",        "https://a b",    "https://a;b",
        "https://a\r\nX: y", "'unsafe-inline'", "https://a/path", "data:",
        "https://a,b",
    };
    static struct headers headers;
    struct server_error err = {""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *const list[] = {wrong[i], NULL};
        struct server_options options = {.connect = list};
        CHECK(!headers_make(&options, &headers, &err), "'%s' taken", wrong[i]);
    }
    const char *many[100];
    for (int i = 0; i < 99; i++) many[i] = "https://models.example.org";
    many[99] = NULL;
    struct server_options options = {.connect = many};
    CHECK(!headers_make(&options, &headers, &err), "too many taken");
}

int main(void) {
    test_targets();
    test_long_targets();
    test_files();
    test_ranges();
    test_etags();
    test_codings();
    test_names();
    test_policies();
    test_wrong_origins();
    return check_summary("server_parts");
}
