/* Load-balancing policies: what one is, and the list of them. */
#ifndef EVENKEEL_LB_H
#define EVENKEEL_LB_H

#include "evenkeel/err.h"
#include "evenkeel/option.h"
#include "evenkeel/rng.h"
#include "evenkeel/status.h"
#include "evenkeel/time.h"

#include <stdint.h>

/* One eligible endpoint as a policy sees it. */
struct ek_candidate {
    void *state;        /* this policy's bytes for the endpoint, owned and zeroed by the core */
    uint32_t id;        /* stable for the endpoint's life */
    uint32_t weight;    /* >= 1 */
    uint32_t in_flight; /* attempts of this channel */
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

/* How an attempt ended. */
struct ek_outcome {
    int64_t latency_ns; /* >= 0 */
    enum ek_status status;
};

/* Which subchannels connect without being asked. */
enum ek_connect_mode {
    EK_CONNECT_ALL,  /* every endpoint keeps a connection */
    EK_CONNECT_FIRST /* one connection: the first endpoint that accepts, in list order */
};

struct ek_lb_ops {
    const char *name;                /* as in loadBalancingConfig */
    const char *text;                /* one sentence for the reference */
    const char *const *aliases;      /* NULL-terminated, or NULL */
    enum ek_connect_mode connect;
    size_t self_size, endpoint_size; /* zeroed by the core before first use */
    const struct ek_option *options; /* fill the first bytes of self; NULL: none */
    /* optional. Once, after the options are read. `rng` is borrowed. */
    void (*init)(void *self, struct ek_rng *rng);
    /* required. count > 0. Borrows for the call; must not allocate, block or read a clock. */
    struct ek_pick (*pick)(void *self, const struct ek_candidate *c, uint32_t count,
                           const struct ek_request *req, struct ek_rng *rng, ek_time now);
    /* optional. The eligible set or a weight changed: rebuild a ring, a wheel, a subset. */
    enum ek_err (*rebuild)(void *self, const struct ek_candidate *c, uint32_t count);
    /* optional, paired by the core: exactly one finished for each started. */
    void (*started)(void *self, void *endpoint, ek_time now);
    void (*finished)(void *self, void *endpoint, const struct ek_outcome *out, ek_time now);
    /* optional. Releases what rebuild acquired. */
    void (*deinit)(void *self);
};

extern const struct ek_lb_ops *const ek_lb_all[]; /* NULL-terminated; the only registry */

/* The policy of that name or alias; NULL if there is none. */
const struct ek_lb_ops *ek_lb_find(const char *name);

#endif
