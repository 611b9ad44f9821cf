/* Faults, as a scenario writes them: what breaks, when, and for whom. */
#ifndef EK_SIM_SCENARIO_FAULT_H
#define EK_SIM_SCENARIO_FAULT_H

#include "sim/scenario/distribution.h"

#include <stdbool.h>

/* X(NAME, word, targets, text). Targets: e endpoints, n network (from, to), r registry, d DNS. */
#define EK_FAULT_LIST(X)                                                                           \
    X(KILL, "kill", "e", "the process dies: connections reset, connects refused, heartbeats stop") \
    X(RESTART, "restart", "e", "leaves the registry, drains, stops, comes back after `down`")      \
    X(PAUSE, "pause", "e", "the process is frozen: it accepts connections and answers nothing")    \
    X(SLOW, "slow", "e", "calls take `factor` times as long, or `service` instead")                \
    X(ERROR, "error", "e", "calls are answered with `status` after `after`, a `share` of them")    \
    X(REFUSE, "refuse", "e", "connections are reset and new ones refused; heartbeats go on")       \
    X(BLACKHOLE, "blackhole", "e", "packets vanish: connects and calls hang; heartbeats go on")    \
    X(DRAIN, "drain", "e", "leaves the registry, says GOAWAY, finishes what it has")               \
    X(PARTITION, "partition", "n", "packets between `from` and `to` vanish")                       \
    X(DELAY, "delay", "n", "packets between `from` and `to` take `delay` longer")                  \
    X(LOSE, "lose", "n", "a `share` of the calls between `from` and `to` vanish on their way")     \
    X(DNS_STALE, "dns-stale", "d", "the name's cache answers what it holds, whatever its age")     \
    X(DNS_NXDOMAIN, "dns-nxdomain", "d", "the name server says that there is no such name")        \
    X(DNS_SERVFAIL, "dns-servfail", "d", "the name server fails")                                  \
    X(REGISTRY_EMPTY, "registry-empty", "r", "the registry answers an empty list, wrongly")        \
    X(REGISTRY_SILENT, "registry-silent", "r", "the registry answers nothing")                     \
    X(REGISTRY_NO_LEADER, "registry-no-leader", "r", "the registry has no leader: 500")            \
    X(REGISTRY_STALE, "registry-stale", "r", "the registry answers what it knew at the start")     \
    X(REGISTRY_INDEX_BACK, "registry-index-back", "r", "a snapshot restore: the index goes back")  \
    X(REGISTRY, "registry", "r", "the registry misbehaves in the way of `mode`")

enum ek_fault_kind {
#define EK_FAULT_NAME(name, word, targets, text) EK_FAULT_##name,
    EK_FAULT_LIST(EK_FAULT_NAME)
#undef EK_FAULT_NAME
    EK_FAULT_COUNT
};

/* What an error says of trying again, beside a pushback: words of the member "retry". */
enum ek_fault_retry {
    EK_FAULT_RETRY_OPEN,       /* nothing */
    EK_FAULT_RETRY_NEVER,      /* a negative pushback */
    EK_FAULT_RETRY_UNPROCESSED /* REFUSED_STREAM, or above a GOAWAY's last stream */
};

/* Which endpoints, clients or registry: all members given must match. */
struct ek_target {
    struct ek_list endpoints; /* of char *: names or patterns with * and ?; empty: any */
    char *zone;               /* NULL: any */
    int64_t pick;             /* only the first so many; 0: all */
};

/* One side of a fault of the network. */
struct ek_side {
    struct ek_list endpoints, clients; /* of char *: names or patterns */
    char *zone;                        /* all of it, when no names are given */
    bool registry;
};

struct ek_fault {
    char *id; /* "F1" by default */
    int kind;
    int64_t at_ns;
    int64_t for_ns;   /* 0: to the end of the run (kill, slow ...), or an instant */
    int64_t every_ns; /* > 0: one target after the other, so far apart */
    struct ek_target target;
    struct ek_side from, to;        /* partition, delay, lose */
    int64_t factor;                 /* slow: thousandths; 0: none */
    struct ek_distribution service; /* slow: instead of the endpoint's own, when has_service */
    bool has_service;
    int status;                /* error: enum ek_status */
    int64_t share_ppm;         /* error, lose; registry: partial */
    int64_t after_ns;          /* error */
    bool has_pushback;         /* error */
    int64_t pushback_ns;       /* error: with has_pushback */
    int retry;                 /* error: enum ek_fault_retry */
    int64_t drain_ns, down_ns; /* restart, drain */
    int64_t delay_ns;          /* delay; registry: slow */
    int mode;                  /* registry: enum ek_consul_fault */
    int64_t rate, bytes;       /* registry: rate-limit, connection-limit; truncated, half-closed */
    int64_t period_ns;         /* registry: flapping, lag */
    int line;                  /* in the file; 0 unknown */
};

#endif
