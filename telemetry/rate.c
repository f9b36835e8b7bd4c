#define _GNU_SOURCE
#include "telemetry/rate.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct bucket {
    uint64_t key; /* 0: none */
    double tokens;
    int64_t then_ms;
};

struct rate {
    pthread_mutex_t lock;
    double per_ms, burst;
    uint64_t secret; /* so that nobody can aim at the set of another */
    struct bucket sets[RATE_SETS][RATE_WAYS];
};

struct rate *rate_new(int per_second) {
    struct rate *rate = calloc(1, sizeof *rate);
    if (!rate) return NULL;
    pthread_mutex_init(&rate->lock, NULL);
    rate->per_ms = per_second / 1000.0;
    rate->burst = (double)per_second * (double)RATE_BURST_S;
    if (getrandom(&rate->secret, sizeof rate->secret, GRND_NONBLOCK) < 0)
        rate->secret = (uint64_t)(uintptr_t)rate;
    return rate;
}

void rate_free(struct rate *rate) {
    if (!rate) return;
    pthread_mutex_destroy(&rate->lock);
    free(rate);
}

static uint64_t key_of(const struct sockaddr *address) {
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    uint64_t key = 0;
    if (address && address->sa_family == AF_INET) {
        memcpy(&in, address, sizeof in);
        key = in.sin_addr.s_addr;
    } else if (address && address->sa_family == AF_INET6) {
        memcpy(&in6, address, sizeof in6);
        const uint8_t *bytes = in6.sin6_addr.s6_addr;
        /* an IPv4 address in IPv6 is told apart by its last bytes */
        memcpy(&key, IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) ? bytes + 8 : bytes,
               sizeof key);
    }
    return key + 1 ? key + 1 : 1;
}

/* MurmurHash3's 64-bit finalizer (Appleby). */
static uint64_t mix(uint64_t h) {
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 33;
}

static void refill(const struct rate *rate, struct bucket *bucket,
                   int64_t now_ms) {
    if (now_ms <= bucket->then_ms) return;
    bucket->tokens += (double)(now_ms - bucket->then_ms) * rate->per_ms;
    if (bucket->tokens > rate->burst) bucket->tokens = rate->burst;
    bucket->then_ms = now_ms;
}

static struct bucket *bucket_of(struct rate *rate, uint64_t key,
                                int64_t now_ms) {
    struct bucket *set = rate->sets[mix(key ^ rate->secret) % RATE_SETS];
    struct bucket *best = set;
    for (int i = 0; i < RATE_WAYS; i++) {
        if (set[i].key) refill(rate, &set[i], now_ms);
        if (set[i].key == key) return &set[i];
        if (!set[i].key || (best->key && set[i].tokens > best->tokens))
            best = &set[i];
    }
    *best = (struct bucket){key, rate->burst, now_ms};
    return best;
}

bool rate_ask(struct rate *rate, const struct sockaddr *address,
              int64_t now_ms) {
    pthread_mutex_lock(&rate->lock);
    struct bucket *bucket = bucket_of(rate, key_of(address), now_ms);
    bool good = bucket->tokens >= 1;
    if (good) bucket->tokens -= 1;
    pthread_mutex_unlock(&rate->lock);
    return good;
}

void rate_take(struct rate *rate, const struct sockaddr *address, int n,
               int64_t now_ms) {
    pthread_mutex_lock(&rate->lock);
    bucket_of(rate, key_of(address), now_ms)->tokens -= n;
    pthread_mutex_unlock(&rate->lock);
}
