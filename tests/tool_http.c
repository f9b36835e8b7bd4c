/* A client for test_server.sh that behaves badly. To 127.0.0.1 only.
 *
 *     tool_http PORT close|half|hold|drip|idle SECONDS  < REQUEST > ANSWER
 *
 * sends standard input and prints what comes back: `close` asks nothing
 * special, `half` shuts its sending side down first, `hold` keeps it open,
 * `drip` sends a byte every 100 ms, `idle` does not read. The last line on
 * stderr is how many milliseconds passed until the server closed, or "open"
 * when it had not after SECONDS.
 *
 *     tool_http PORT fuzz COUNT SEED CANARY
 *
 * sends COUNT damaged requests, reads every answer, and looks for CANARY in
 * it. */
#include "loopback.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_MAX = 64 << 10, ANSWER_MAX = 1 << 20 };

static char request[REQUEST_MAX], answer[ANSWER_MAX + 1];

/* Until the server closes; -1 when it has not by then. */
static ssize_t receive_all(int fd, int64_t deadline_ms) {
    ssize_t total = 0;
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left = deadline_ms - now_ms();
        if (left <= 0 || poll(&ready, 1, (int)left) <= 0) return -1;
        char *to = answer + (total < ANSWER_MAX ? total : 0);
        size_t room = (size_t)(total < ANSWER_MAX ? ANSWER_MAX - total : 1);
        ssize_t n = recv(fd, to, room, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return total < ANSWER_MAX ? total : ANSWER_MAX;
        total += n;
    }
}

/* ---- One request -------------------------------------------------------- */

static void drip(int fd, size_t n_bytes, int64_t deadline_ms) {
    for (size_t i = 0; i < n_bytes && now_ms() < deadline_ms; i++) {
        struct pollfd state = {.fd = fd, .events = POLLRDHUP};
        if (!send_all(fd, request + i, 1)) return;
        if (poll(&state, 1, 100) > 0) return;
    }
}

static int one(int port, const char *mode, int seconds) {
    size_t n_bytes = fread(request, 1, sizeof request, stdin);
    int64_t start = now_ms(), deadline = start + seconds * 1000;
    int fd = connect_to(port);
    if (fd < 0) return 1;
    if (strcmp(mode, "drip") == 0)
        drip(fd, n_bytes, deadline);
    else
        send_all(fd, request, n_bytes);
    if (strcmp(mode, "half") == 0) shutdown(fd, SHUT_WR);
    if (strcmp(mode, "idle") == 0) {
        struct pollfd state = {.fd = fd, .events = POLLRDHUP};
        if (poll(&state, 1, seconds * 1000) <= 0) deadline = 0;
    }
    ssize_t n = deadline ? receive_all(fd, deadline) : -1;
    if (n > 0) fwrite(answer, 1, (size_t)n, stdout);
    close(fd);
    if (n < 0)
        fprintf(stderr, "open\n");
    else
        fprintf(stderr, "%lld\n", (long long)(now_ms() - start));
    return 0;
}

/* ---- Many damaged ones -------------------------------------------------- */

static uint64_t state;
static uint32_t draw(uint32_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 20) % n);
}

static const char *const seeds[] = {
    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "GET /assets/app-Bx3kZ9_q.js HTTP/1.1\r\nHost: localhost\r\n"
    "Accept-Encoding: gzip, br;q=0.5, *;q=0\r\nConnection: close\r\n\r\n",
    "HEAD /index.html HTTP/1.1\r\nHost: localhost\r\n"
    "If-None-Match: W/\"1-2.3\", \"x\"\r\nConnection: close\r\n\r\n",
    "GET /index.html HTTP/1.1\r\nHost: localhost\r\nRange: bytes=3-9\r\n"
    "If-Range: \"1-2.3\"\r\nConnection: close\r\n\r\n",
    "GET /models/tiny/manifest.json?x=%41 HTTP/1.1\r\nHost: localhost\r\n"
    "Connection: close\r\n\r\n",
    "GET /../canary HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "GET /link HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "GET /models/../../canary HTTP/1.0\r\n\r\n",
    "POST /index.html HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
    "Connection: close\r\n\r\nhello",
    "PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    "\r\n5\r\nhello\r\n0\r\n\r\n",
};

static const char *const pieces[] = {
    "..",
    "../",
    "/../",
    "%2e%2e",
    "%2e%2e%2f",
    "%252e%252e",
    "..%5c",
    "..\\",
    "%00",
    "//",
    "/./",
    "%c0%ae%c0%ae",
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    "%",
    "%zz",
    "canary",
    "../canary",
    "link",
    "folder",
    "/etc/",
    "/proc/self/",
    "root",
    "HTTP/1.1",
    "HTTP/9.9",
    "bytes=",
    "bytes=-0",
    "bytes=9-",
    "-1",
    "99999999999999999999",
    "Range: ",
    "Host: ",
    "Expect: 100-continue\r\n",
    "Content-Length: -1\r\n",
    ",",
    ";q=",
    "*",
    "\"",
    "W/",
    "?",
    "#",
    "http://x/",
    "\xff\xfe",
    "models/",
};

/* Writes `n` of `from` at `at`, moving the rest up. */
static size_t insert(size_t n_bytes, size_t at, const char *from, size_t n) {
    if (n_bytes + n > REQUEST_MAX) return n_bytes;
    memmove(request + at + n, request + at, n_bytes - at);
    memcpy(request + at, from, n);
    return n_bytes + n;
}

static size_t insert_long(size_t n_bytes, size_t at) {
    static char filler[20000];
    memset(filler, "a/%.x"[draw(5)], sizeof filler);
    return insert(n_bytes, at, filler, draw(sizeof filler));
}

static size_t damage(size_t n_bytes) {
    /* most of the interest is in the first line */
    size_t at = draw(3) ? draw(n_bytes < 30 ? (uint32_t)n_bytes : 30)
                        : draw((uint32_t)n_bytes);
    switch (draw(16)) {
    case 0: request[at] = (char)draw(256); return n_bytes;
    case 1: request[at] = (char)(request[at] ^ (1 << draw(8))); return n_bytes;
    case 2: {
        size_t n = draw((uint32_t)(n_bytes - at)) / 4;
        memmove(request + at, request + at + n, n_bytes - at - n);
        return n_bytes - n;
    }
    case 3: return draw(4) ? n_bytes : at + 1;
    case 4: return draw(8) ? n_bytes : insert_long(n_bytes, at);
    case 5: return insert(n_bytes, at, "\0", 1);
    default: {
        const char *piece = pieces[draw(sizeof pieces / sizeof *pieces)];
        return insert(n_bytes, at, piece, strlen(piece));
    }
    }
}

static size_t request_make(void) {
    const char *seed = seeds[draw(sizeof seeds / sizeof *seeds)];
    size_t n_bytes = strlen(seed);
    memcpy(request, seed, n_bytes);
    for (uint32_t i = draw(6); i > 0 && n_bytes > 1; i--)
        n_bytes = damage(n_bytes);
    return n_bytes;
}

struct counts {
    int by_class[6], silent, open, strange, leaked, refused;
};

static void judge(ssize_t n, const char *canary, struct counts *counts) {
    if (n < 0) {
        counts->open++;
    } else if (n == 0) {
        counts->silent++;
    } else if (n < 12 || memcmp(answer, "HTTP/1.", 7) != 0 || answer[9] < '1' ||
               answer[9] > '5') {
        counts->strange++;
    } else {
        counts->by_class[answer[9] - '0']++;
    }
    if (n > 0 && memmem(answer, (size_t)n, canary, strlen(canary)))
        counts->leaked++;
}

static int fuzz(int port, int count, uint64_t seed, const char *canary) {
    struct counts counts = {{0}, 0, 0, 0, 0, 0};
    state = seed * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < count; i++) {
        size_t n_bytes = request_make();
        int fd = connect_to(port);
        if (fd < 0) {
            counts.refused++;
            continue;
        }
        send_all(fd, request, n_bytes);
        shutdown(fd, SHUT_WR);
        judge(receive_all(fd, now_ms() + 10000), canary, &counts);
        close(fd);
    }
    printf("| %d damaged requests: %d served, %d redirected, %d refused as the "
           "client's fault, %d as the server's, %d unanswered\n",
           count, counts.by_class[1] + counts.by_class[2], counts.by_class[3],
           counts.by_class[4], counts.by_class[5], counts.silent);
    if (counts.leaked || counts.strange || counts.open || counts.refused)
        printf("%d leaked, %d strange, %d left open, %d not connected\n",
               counts.leaked, counts.strange, counts.open, counts.refused);
    return counts.leaked || counts.strange || counts.open || counts.refused ||
           counts.by_class[2] < count / 20 || counts.by_class[4] < count / 20;
}

int main(int argc, char **argv) {
    if (argc == 4) return one(atoi(argv[1]), argv[2], atoi(argv[3]));
    if (argc == 6 && strcmp(argv[2], "fuzz") == 0)
        return fuzz(atoi(argv[1]), atoi(argv[3]), strtoull(argv[4], NULL, 10),
                    argv[5]);
    fprintf(stderr, "usage: see the head of tool_http.c\n");
    return 2;
}
