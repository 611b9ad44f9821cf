/* Load-balancing policies: what one is, and the list of them. */
#ifndef EVENKEEL_LB_H
#define EVENKEEL_LB_H

#include "evenkeel/err.h"
#include "evenkeel/event.h"
#include "evenkeel/mem.h"
#include "evenkeel/option.h"
#include "evenkeel/rng.h"
#include "evenkeel/status.h"
#include "evenkeel/time.h"

#include <stdbool.h>
#include <stdint.h>

/* One eligible endpoint as a policy sees it. */
struct ek_candidate {
    void *state;         /* this policy's bytes for the endpoint, owned and zeroed by the core; the
                            same for all instances of the policy in a channel (each subset, priority
                            or locality has its own): what is true of the endpoint, not of its turn */
    const char *address; /* "host:port"; borrowed until the next rebuild */
    uint32_t id;         /* stable for the endpoint's life */
    uint32_t place;      /* its index at the last rebuild */
    uint32_t weight;     /* >= 1 */
    uint32_t in_flight;  /* attempts of this channel */
};

/* What a policy may know of the call. */
struct ek_request {
    uint64_t hash; /* of the request's key; 0 without one */
};

enum ek_pick_kind {
    EK_PICK_ENDPOINT,
    EK_PICK_QUEUE,
    EK_PICK_FAIL
};

struct ek_pick {
    enum ek_pick_kind kind;
    uint32_t index;        /* into the candidates, for EK_PICK_ENDPOINT */
    enum ek_status status; /* for EK_PICK_FAIL */
};

/* What a server says of itself with an answer (gRPC A51, ORCA). 0: it does not say. */
struct ek_load_report {
    int64_t qps;         /* answers per second, millionths; >= 0 */
    int64_t eps;         /* errors among them, millionths; >= 0 */
    int64_t utilization; /* millionths: 1,000,000 is full; may be more */
    int64_t in_flight;   /* requests in the server, a count */
};

/* How an attempt ended. */
struct ek_outcome {
    int64_t latency_ns; /* >= 0 */
    enum ek_status status;
    const struct ek_load_report *load; /* borrows; NULL: none came */
};

/* What the resolver says of an endpoint; the texts are borrowed until the next rebuild. */
struct ek_described {
    const char *locality; /* NULL: unknown */
    const char *labels;   /* as in struct ek_address; NULL: none */
    uint32_t labels_size;
    uint32_t priority; /* 0 is the first */
};

/* What a policy is started with. */
struct ek_lb_start {
    struct ek_rng *rng;       /* borrows: draw a start or a seed */
    uint64_t client;          /* the channel's id: clients that share work are numbered from 0 */
    const struct ek_mem *mem; /* keeps: for rebuild and deinit */
    /* keeps: for rebuild, about a candidate's id; false: nothing is known of it. NULL: of nobody */
    bool (*describe)(const void *context, uint32_t id, struct ek_described *out);
    const void *context; /* keeps */
};

/* An endpoint whether eligible or not, as policies see it that care who is connected. */
struct ek_lb_listed {
    uint32_t id;
    enum ek_conn state; /* of its subchannel: TRANSIENT_FAILURE from a failure until it is READY
                           again, and while it is ejected or unhealthy; CONNECTING while it waits
                           for its first probe */
    bool is_wanted;     /* for the policy to clear: it needs no connection */
};

/* Which subchannels connect without being asked. */
enum ek_connect_mode {
    EK_CONNECT_ALL,  /* every endpoint keeps a connection */
    EK_CONNECT_FIRST /* one connection: the first endpoint that accepts, in list order */
};

/* A policy's score of an endpoint that it holds nothing about. */
#define EK_SCORE_NONE INT64_MIN

struct ek_lb_ops {
    const char *name;           /* as in loadBalancingConfig */
    const char *text;           /* one sentence for the reference */
    const char *const *aliases; /* NULL-terminated, or NULL */
    enum ek_connect_mode connect;
    bool ignores_load; /* pick does not look at in_flight: whoever copies candidates need not */
    size_t self_size, endpoint_size; /* zeroed by the core before first use */
    const struct ek_option *options; /* fill the first bytes of self; NULL: none */
    /* optional. Complains about options that the table alone accepts, with pointers that start with
     * `path`. Changes nothing. */
    void (*check)(const void *self, const char *path, struct ek_errors *errors);
    /* optional. Once, after the options are read. */
    enum ek_err (*init)(void *self, const struct ek_lb_start *start);
    /* required. count > 0. Borrows for the call; must not allocate, block or read a clock. `c` is
     * the array of the last rebuild with `in_flight` as of now, or a part of it in the same order:
     * a retry does not see what it tried. */
    struct ek_pick (*pick)(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now);
    /* optional. The eligible set or a weight changed: rebuild a ring, a wheel, a subset. If it
     * fails it is asked again before the next pick. */
    enum ek_err (*rebuild)(void *self, const struct ek_candidate *c, uint32_t count);
    /* optional, paired by the core: exactly one finished for each started. */
    void (*started)(void *self, void *endpoint, ek_time now);
    void (*finished)(void *self, void *endpoint, const struct ek_outcome *out, ek_time now);
    /* optional. Connectivity has changed, or it is time: `listed` are those that may be candidates
     * sooner or later, in list order. Returns when it wants to be asked again though nothing
     * changes; calls that wait are picked for again after it. Asked twice it says the same. */
    ek_time (*review)(void *self, struct ek_lb_listed *listed, uint32_t count, ek_time now);
    /* optional: what the policy holds about c[index], in `score_unit` ("ns", "requests"), or
     * EK_SCORE_NONE; for people and tests only. `c` as in pick. Changes nothing and draws nothing.
     */
    int64_t (*score)(const void *self, const struct ek_candidate *c, uint32_t count, uint32_t index,
                     ek_time now);
    const char *score_unit; /* NULL without score */
    /* optional. Releases what init and rebuild acquired; after a zeroed self, nothing. */
    void (*deinit)(void *self);
};

extern const struct ek_lb_ops *const ek_lb_all[]; /* NULL-terminated; the only registry */

/* The policy of that name or alias; NULL if there is none. */
const struct ek_lb_ops *ek_lb_find(const char *name);

#endif
