/* How much one address may send: a bucket of tokens for each. The memory is
 * fixed; when more addresses come than fit, the one that has sent least is
 * forgotten. */
#ifndef TELEMETRY_RATE_H
#define TELEMETRY_RATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { RATE_BURST_S = 10, RATE_SETS = 512, RATE_WAYS = 8 };

struct rate;

/* `per_second` receipts, and at once what RATE_BURST_S seconds give. NULL when
 * there is no memory. */
struct rate *rate_new(int per_second);
void rate_free(struct rate *rate);

/* Takes a token, or says no. Of an IPv6 address the first 64 bits count. */
bool rate_ask(struct rate *rate, const struct sockaddr *address,
              int64_t now_ms);
/* Takes so many more, even such as are not there yet. */
void rate_take(struct rate *rate, const struct sockaddr *address, int n,
               int64_t now_ms);

#endif
