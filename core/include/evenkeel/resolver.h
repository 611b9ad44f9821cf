/* Name resolution as a state machine: what one is, and the list of them.
 *
 * A resolver never talks to the network: it asks its channel for one HTTP exchange at a time and
 * is given the answer, once and complete, unless it asks for a stream. It publishes a list only
 * when the list really changed. */
#ifndef EVENKEEL_RESOLVER_H
#define EVENKEEL_RESOLVER_H

#include "evenkeel/err.h"
#include "evenkeel/option.h"
#include "evenkeel/rng.h"
#include "evenkeel/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Something said of an endpoint: a tag (then the key is "tag"), or a value of its metadata. */
struct ek_label {
    const char *key, *value;
};

/* What the registry thinks of an endpoint that it lists. */
enum ek_health_hint {
    EK_HEALTH_PASSING, /* or nothing is known */
    EK_HEALTH_WARNING  /* some check warns */
};

/* One address as resolved. */
struct ek_address {
    char *text;           /* "host:port"; the block that it begins also holds the other texts */
    const char *locality; /* "zone" or "region/zone"; NULL: unknown */
    const char *labels;   /* "key\0value\0" and so on, sorted; NULL: none */
    uint32_t labels_size; /* in bytes, all NULs counted */
    uint32_t weight;      /* >= 1 */
    uint32_t priority;    /* 0: the first choice */
    enum ek_health_hint health;
};

/* What an HTTP exchange brought back. Strings are borrowed during the call. */
struct ek_http_answer {
    int status;       /* 0: no answer (refused, cut, timed out) */
    uint64_t index;   /* X-Consul-Index or its like; 0 when absent */
    const char *body; /* may be NULL */
    size_t body_size;
    const char *error;       /* why there is no answer; may be NULL */
    bool is_part;            /* one line of an answer that goes on; only where it was asked for */
    int64_t last_contact_ns; /* how far behind its leader the server that answered may be
                                (X-Consul-LastContact); 0: not at all, or it does not say */
};

/* What a resolver wants its channel to do next. */
enum ek_resolve_kind {
    EK_RESOLVE_NONE,
    EK_RESOLVE_GET, /* send `target` to the registry, answer within timeout_ns. With a `body`, POST
                       it as JSON */
    EK_RESOLVE_LOOKUP, /* find the addresses of the host `target`, answer within timeout_ns: status
                          200 and one numeric address a line in the body; 404: there is no such
                          name; 0: anything else went wrong */
    EK_RESOLVE_CANCEL, /* the exchange under way is given up */
    EK_RESOLVE_LIST,  /* `addresses` is the new list, without duplicates: in order of preference, or
                         sorted where there is none */
    EK_RESOLVE_ERROR, /* `text`: the lookup failed; the last list stays */
    EK_RESOLVE_EMPTY, /* an empty list was answered and not believed; the last list stays */
    EK_RESOLVE_SHRUNK, /* a list that lost too many was answered; those it lost stay for now */
    EK_RESOLVE_AGED    /* nothing was heard for too long: the list may be old */
};

struct ek_resolve {
    enum ek_resolve_kind kind;
    const char *target; /* GET: path and query; LOOKUP: host */
    const char *body;   /* GET; NULL: none. Returned borrowed until the next call */
    int64_t timeout_ns; /* GET, LOOKUP */
    bool is_stream;     /* GET: hand on each line of a 200 as it comes, as a part; then the end */
    const struct ek_address *addresses; /* LIST; returned borrowed until the next call */
    size_t address_count;
    const char *text; /* ERROR */
};

struct ek_resolver_ops {
    const char *name;
    const char *text;
    size_t self_size;                /* zeroed by the core before init */
    const struct ek_option *options; /* fill the first bytes of self */
    /* optional. Complains about options that the table alone accepts, with pointers that start with
     * `path`. Changes nothing. */
    void (*check)(const void *self, const char *path, struct ek_errors *errors);
    /* Starts at `now`; EK_EINVAL for what `check` complains about. `rng` is a copy: the resolver's
     * own stream. */
    enum ek_err (*init)(void *self, struct ek_rng rng, ek_time now);
    void (*answer)(void *self, const struct ek_http_answer *answer,
                   ek_time now);           /* to the GET or LOOKUP */
    void (*hint)(void *self, ek_time now); /* ResolveNow: a connection was lost or refused */
    void (*tick)(void *self, ek_time now);
    /* Pulled until EK_RESOLVE_NONE after each of the above. */
    struct ek_resolve (*output)(void *self, ek_time now);
    ek_time (*deadline)(const void *self);
    void (*deinit)(void *self);
};

extern const struct ek_resolver_ops *const ek_resolver_all[]; /* NULL-terminated */

const struct ek_resolver_ops *ek_resolver_find(const char *name);

#endif
