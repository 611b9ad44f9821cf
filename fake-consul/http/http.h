/* The fake Consul on a socket: HTTP/1.1 in front of the state machine, in one thread.
 *
 * The owner calls turn after turn. Real time, multiplied by `speed`, is the machine's time;
 * "now" and "until" are the machine's nanoseconds, from 0 when the front was opened. */
#ifndef EK_FAKE_CONSUL_HTTP_HTTP_H
#define EK_FAKE_CONSUL_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fake-consul/consul.h"

struct ek_consul_http;

enum {
    EK_CONSUL_HTTP_CLIENT_MAX = 200, /* connections of one address, as in Consul */
    EK_CONSUL_HTTP_LISTEN_SIZE = 64
};

struct ek_consul_http_config {
    const char *listen;             /* "127.0.0.1:8500", "[::1]:0"; port 0 takes a free one */
    double speed;                   /* machine seconds in a real one; > 0 */
    enum ek_consul_version version; /* how one connection too many is refused */
    uint32_t client_max;            /* connections of one address; 0: no limit */
    int stop_fd;                    /* a turn ends when it can be read; -1: none */
    FILE *log; /* refusals of requests that were not made through the front; NULL: nowhere */
    int64_t read_timeout_ns; /* real time for a begun request to arrive in; 0: 30 s */
};

/* Opens the socket and raises the soft limit of open files to the hard one. `consul` is kept, and
 * must have an agent 0. Returns new, or NULL with one line in `why`. */
struct ek_consul_http *ek_consul_http_open(struct ek_consul *consul,
                                           const struct ek_consul_http_config *config, char *why,
                                           size_t why_size);

/* "127.0.0.1:8500", with the real port. Returns borrowed. */
const char *ek_consul_http_address(const struct ek_consul_http *http);

int64_t ek_consul_http_now(const struct ek_consul_http *http);

/* How many requests have come, connections that were refused included. */
uint64_t ek_consul_http_requests(const struct ek_consul_http *http);

/* Serves for a while: returns when stop_fd can be read, at `until`, and now and then in between.
 * Answers to requests that were not made through the front (token 0) are dropped. */
void ek_consul_http_turn(struct ek_consul_http *http, int64_t until);

/* Stops as Consul does on SIGTERM: parked queries are answered early, with the index they had;
 * what is not gone within half a second is cut. Nobody is accepted any more. */
void ek_consul_http_drain(struct ek_consul_http *http);

void ek_consul_http_close(struct ek_consul_http *http);

#endif
