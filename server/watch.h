/* Deadlines. libmicrohttpd closes a connection that is silent; one that drips
 * a byte now and then would stay for ever. Here every connection has a time by
 * which its request must be complete, and then one by which the answer must be
 * taken; a thread shuts down those that are late. */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct watch;
struct watched; /* one connection */

struct watch *watch_start(int timeout_s);
/* After the last connection is gone. NULL is fine. */
void watch_stop(struct watch *watch);

/* NULL when there is no memory; the others take NULL. */
struct watched *watch_connection(struct watch *watch, int socket);
/* Before the socket is closed. */
void watch_forget(struct watch *watch, struct watched *connection);

/* An answer of `n_bytes` begins: it may take as long as the slowest line that
 * we care for needs, 8 KiB a second. */
void watch_answer(struct watch *watch, struct watched *connection,
                  uint64_t n_bytes);
/* It is over: the next request is awaited. */
void watch_request(struct watch *watch, struct watched *connection);
/* Answers under way. */
int watch_count(struct watch *watch);

#endif
