/* A client of `cutout serve --telemetry` for test_telemetry.sh, on 127.0.0.1.
 *
 *     tool_telemetry PORT send CONNECTIONS BATCH SECONDS ACKS
 *
 * sends batches of BATCH receipts as fast as they are acknowledged, until the
 * time is over or the server is gone. Every receipt has a number of its own in
 * "peak_bytes"; the acknowledged numbers are written to ACKS, one a line.
 *
 *     tool_telemetry PORT fuzz COUNT SEED
 *
 * sends COUNT bodies each of which is wrong in some way, so that none may be
 * kept; prints how many had which status, and fails when one is kept or has no
 * answer. */
#include "loopback.h"

#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { MAX_CONNECTIONS = 64, BODY_MAX = 70 << 10, HEAD_MAX = 512 };

static int port;

/* ---- HTTP --------------------------------------------------------------- */

static int connect_patient(void) {
    struct timeval patience = {.tv_sec = 20};
    int on = 1, fd = connect_to(port);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* Reads one answer; its status, 0 when there is none. `*open` is whether the
 * connection may go on. */
static int receive(int fd, bool *open) {
    char answer[4096];
    size_t n = 0;
    char *end = NULL, *length;
    *open = false;
    while (!end && n < sizeof answer - 1) {
        ssize_t more = recv(fd, answer + n, sizeof answer - 1 - n, 0);
        if (more <= 0) return 0;
        n += (size_t)more;
        answer[n] = 0;
        end = strstr(answer, "\r\n\r\n");
    }
    if (!end || strncmp(answer, "HTTP/1.1 ", 9) != 0) return 0;
    length = strcasestr(answer, "\r\nContent-Length: ");
    size_t wanted = length && length < end ? strtoul(length + 18, NULL, 10) : 0;
    size_t have = n - (size_t)(end + 4 - answer);
    while (have < wanted) {
        char rest[4096];
        ssize_t more = recv(fd, rest, sizeof rest, 0);
        if (more <= 0) return 0;
        have += (size_t)more;
    }
    *open = !strcasestr(answer, "\r\nConnection: close");
    return atoi(answer + 9);
}

static bool post(int fd, const char *extra, const char *body, size_t n_bytes) {
    char head[HEAD_MAX];
    int n = snprintf(head, sizeof head,
                     "POST /telemetry HTTP/1.1\r\nHost: localhost\r\n"
                     "%sContent-Length: %zu\r\n\r\n",
                     extra, n_bytes);
    return send_all(fd, head, (size_t)n) && send_all(fd, body, n_bytes);
}

static const char own[] = "Sec-Fetch-Site: same-origin\r\n"
                          "Content-Type: application/json\r\n";

static int receipt_write(char *to, size_t room, uint64_t number) {
    return snprintf(
        to, room,
        "{\"cutout\":\"0.1.0\",\"outcome\":\"cut\",\"route\":"
        "\"wasm-simd-threads\",\"browser\":{\"family\":\"chrome\",\"major\":"
        "131},\"planned\":[{\"route\":\"webgpu-f16\",\"reason\":"
        "\"no-adapter\",\"skipped\":true},{\"route\":\"wasm-simd-threads\","
        "\"reason\":\"fastest\"}],\"attempts\":[{\"route\":"
        "\"wasm-simd-threads\",\"outcome\":\"done\"}],\"input\":\"2mp\","
        "\"output\":\"2mp\",\"warm\":true,\"peak_bytes\":%llu,\"ms\":{"
        "\"decode\":20.5,\"prepare\":30.1,\"inference\":900.2,\"refinement\":"
        "80,\"encode\":70.9,\"total\":1101.7},\"adapter\":{\"vendor\":"
        "\"nvidia\",\"architecture\":\"ampere\"}}",
        (unsigned long long)number);
}

static size_t batch_write(char body[BODY_MAX], int n, uint64_t first) {
    size_t at = 0;
    body[at++] = '[';
    for (int i = 0; i < n; i++) {
        if (i > 0) body[at++] = ',';
        at += (size_t)receipt_write(body + at, BODY_MAX - at,
                                    first + (uint64_t)i);
    }
    body[at++] = ']';
    return at;
}

/* ---- Sending ------------------------------------------------------------ */

struct sender {
    pthread_t thread;
    int batch;
    int64_t end_ms;
    uint64_t first;
    uint64_t *acks; /* first numbers of acknowledged batches */
    size_t n_acks, room, n_sent;
};

static void ack(struct sender *sender, uint64_t first) {
    if (sender->n_acks == sender->room) {
        sender->room = sender->room ? 2 * sender->room : 4096;
        sender->acks =
            realloc(sender->acks, sender->room * sizeof *sender->acks);
        if (!sender->acks) abort();
    }
    sender->acks[sender->n_acks++] = first;
}

static void *sender_run(void *argument) {
    struct sender *sender = argument;
    char *body = malloc(BODY_MAX);
    uint64_t number = sender->first;
    bool open = true;
    int fd = connect_patient();
    while (body && fd >= 0 && open && now_ms() < sender->end_ms) {
        size_t n_bytes = batch_write(body, sender->batch, number);
        if (!post(fd, own, body, n_bytes)) break;
        sender->n_sent++;
        if (receive(fd, &open) == 204) ack(sender, number);
        number += (uint64_t)sender->batch;
    }
    if (fd >= 0) close(fd);
    free(body);
    return NULL;
}

static int send_many(int n, int batch, int seconds, const char *path) {
    static struct sender senders[MAX_CONNECTIONS];
    size_t n_sent = 0, n_acks = 0;
    FILE *out = fopen(path, "w");
    if (!out || n < 1 || n > MAX_CONNECTIONS) return 1;
    for (int i = 0; i < n; i++) {
        senders[i].batch = batch;
        senders[i].end_ms = now_ms() + seconds * 1000;
        senders[i].first = (uint64_t)(i + 1) << 32;
        pthread_create(&senders[i].thread, NULL, sender_run, &senders[i]);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(senders[i].thread, NULL);
        n_sent += senders[i].n_sent;
        n_acks += senders[i].n_acks;
        for (size_t k = 0; k < senders[i].n_acks; k++)
            for (int j = 0; j < batch; j++)
                fprintf(out, "%llu\n",
                        (unsigned long long)senders[i].acks[k] +
                            (unsigned long long)j);
        free(senders[i].acks);
    }
    printf("%zu %zu\n", n_sent, n_acks);
    return fclose(out) != 0;
}

/* ---- Hostile bodies ----------------------------------------------------- */

static uint64_t state;
static uint32_t draw(uint32_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 20) % n);
}

struct body {
    char bytes[BODY_MAX];
    size_t n;
};

static void insert(struct body *body, size_t at, const char *bytes, size_t n) {
    memmove(body->bytes + at + n, body->bytes + at, body->n - at);
    memcpy(body->bytes + at, bytes, n);
    body->n += n;
}

static void text_put(struct body *body, const char *text) {
    body->n = strlen(text);
    memcpy(body->bytes, text, body->n);
}

/* The value of the n-th field becomes something that it may not be. */
static void value_spoil(struct body *body) {
    static const struct {
        const char *key, *values[6];
    } fields[] = {
        {"cutout", {"1", "\"\"", "\"A\"", "[]", "null", "\"a b\""}},
        {"outcome", {"\"won\"", "true", "{}", "null", "0", "\"cut\\u0000\""}},
        {"route",
         {"\"<script>\"", "[\"x\"]", "7", "\"\\u00e9\"", "false",
          "\"'; DROP TABLE receipts; --\""}},
        {"family", {"\"Chrome\"", "\"../..\"", "{}", "1e3", "[]", "true"}},
        {"major",
         {"-1", "1.5", "1e999", "99999999999999999999", "\"7\"", "{}"}},
        {"planned", {"{}", "\"\"", "[[]]", "[{}]", "[null]", "1"}},
        {"attempts",
         {"{}", "[{\"route\":\"x\"}]", "[1]", "false",
          "[{\"route\":\"x\",\"outcome\":\"won\"}]", "\"x\""}},
        {"input", {"\"3mp\"", "2", "[]", "\"2MP\"", "\"\"", "true"}},
        {"warm", {"1", "\"true\"", "[]", "0", "\"\"", "{}"}},
        {"peak_bytes", {"-1", "1e300", "\"1\"", "[1]", "true", "1e17"}},
        {"decode", {"-0.001", "1e9", "\"1\"", "[1]", "NaN", "Infinity"}},
        {"vendor", {"\"a/b\"", "1", "[]", "\"\\ud800\"", "\"\\n\"", "true"}},
        {"ms", {"[]", "1", "\"1\"", "true", "[{}]", "0"}},
    };
    uint32_t i = draw(sizeof fields / sizeof *fields);
    const char *value = fields[i].values[draw(6)];
    char name[32];
    int n = snprintf(name, sizeof name, "\"%s\":", fields[i].key);
    body->bytes[body->n] = 0;
    char *found = strstr(body->bytes, name);
    size_t at = (size_t)(found - body->bytes) + (size_t)n, end = at;
    int depth = 0;
    bool quoted = false;
    for (;; end++) {
        char c = body->bytes[end];
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) break;
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    memmove(body->bytes + at, body->bytes + end, body->n - end);
    body->n -= end - at;
    insert(body, at, value, strlen(value));
}

static void noise(struct body *body) {
    body->n = 1 + draw(4000);
    for (size_t i = 0; i < body->n; i++) body->bytes[i] = (char)draw(256);
    if (body->bytes[0] == '[') body->bytes[0] = '(';
}

static void tower(struct body *body) {
    static const char *const floors[] = {"[", "{\"a\":", "[[{\"a\":["};
    const char *floor = floors[draw(3)];
    size_t n = strlen(floor), most = 60000 / n;
    body->n = 0;
    for (size_t i = 1 + draw((uint32_t)most); i > 0; i--)
        insert(body, body->n, floor, n);
}

static void crowd(struct body *body) {
    int n = 51 + (int)draw(5000);
    body->n = 0;
    insert(body, 0, "[", 1);
    for (int i = 0; i < n; i++) insert(body, body->n, "{},", 3);
    body->bytes[body->n - 1] = ']';
}

static void spoil(struct body *body) {
    char byte;
    body->n = batch_write(body->bytes, 1 + (int)draw(3), 1);
    switch (draw(9)) {
    case 0: body->n = draw((uint32_t)body->n - 1); break;
    case 1: /* not UTF-8 */
        byte = (char)(0x80 + draw(128));
        insert(body, draw((uint32_t)body->n), &byte, 1);
        break;
    case 2:
        byte = (char)(1 + draw(8)); /* no white space */
        insert(body, draw((uint32_t)body->n + 1), &byte, 1);
        break;
    case 3: noise(body); break;
    case 4: tower(body); break;
    case 5: crowd(body); break;
    case 6: insert(body, body->n, ",[]", 3); break;
    case 7: /* the same key twice */
        insert(body, 2, "\"warm\":true,", 12);
        break;
    default: value_spoil(body);
    }
    if (draw(50) == 0) text_put(body, draw(2) ? "{}" : "[]");
}

/* Sometimes the headers are wrong as well. */
static const char *headers_choose(void) {
    static const char *const wrong[] = {
        "Sec-Fetch-Site: cross-site\r\nContent-Type: text/plain\r\n",
        "Origin: http://evil.example\r\nContent-Type: application/json\r\n",
        "Origin: null\r\nContent-Type: application/json\r\n",
        "Content-Type: application/json\r\n",
        "Sec-Fetch-Site: same-origin\r\nContent-Type: text/html\r\n",
        "Sec-Fetch-Site: same-origin\r\n",
    };
    return draw(8) ? own : wrong[draw(6)];
}

static int fuzz(int count, uint64_t seed) {
    static struct body body;
    int statuses[600] = {0}, n_none = 0, fd = -1;
    state = seed * 2654435761u + 88172645463325252u;
    for (int i = 0; i < count; i++) {
        bool open = false;
        spoil(&body);
        if (fd < 0) fd = connect_patient();
        int status = fd >= 0 && post(fd, headers_choose(), body.bytes, body.n)
                         ? receive(fd, &open)
                         : 0;
        if (status == 204) printf("kept: %.*s\n", (int)body.n, body.bytes);
        if (status > 0 && status < 600)
            statuses[status]++;
        else
            n_none++;
        if (!open && fd >= 0) {
            close(fd);
            fd = -1;
        }
    }
    for (int i = 0; i < 600; i++)
        if (statuses[i]) printf("%d:%d ", i, statuses[i]);
    printf("none:%d\n", n_none);
    return statuses[204] > 0 || statuses[500] > 0;
}

int main(int argc, char **argv) {
    if (argc == 7 && strcmp(argv[2], "send") == 0) {
        port = atoi(argv[1]);
        return send_many(atoi(argv[3]), atoi(argv[4]), atoi(argv[5]), argv[6]);
    }
    if (argc == 5 && strcmp(argv[2], "fuzz") == 0) {
        port = atoi(argv[1]);
        return fuzz(atoi(argv[3]), strtoull(argv[4], NULL, 10));
    }
    fprintf(stderr, "see the head of tests/tool_telemetry.c\n");
    return 2;
}
