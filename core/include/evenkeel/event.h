/* What a driver tells a channel, and what the channel asks of its driver. */
#ifndef EVENKEEL_EVENT_H
#define EVENKEEL_EVENT_H

#include "evenkeel/resolver.h"
#include "evenkeel/status.h"
#include "evenkeel/time.h"

#include <stdint.h>

/* Connectivity of a subchannel, and of the channel as a whole (gRPC). */
#define EK_CONN_LIST(X)  \
    X(IDLE)              \
    X(CONNECTING)        \
    X(READY)             \
    X(TRANSIENT_FAILURE) \
    X(SHUTDOWN)

enum ek_conn {
#define EK_CONN_NAME(name) EK_CONN_##name,
    EK_CONN_LIST(EK_CONN_NAME)
#undef EK_CONN_NAME
    EK_CONN_COUNT
};

const char *ek_conn_name(enum ek_conn state);

enum ek_event_kind {
    EK_EVENT_CONNECTED,      /* connection */
    EK_EVENT_CONNECT_FAILED, /* connection, text */
    EK_EVENT_DISCONNECTED,   /* connection, text: its attempts fail now, as UNAVAILABLE */
    EK_EVENT_GOAWAY,         /* connection: no new attempts; those under way may finish */
    EK_EVENT_ATTEMPT_DONE,   /* attempt, status, text, load; pushback and unprocessed, if any */
    EK_EVENT_RESOLVED,       /* query, answer: the HTTP exchange of EK_ACTION_HTTP_GET ended */
    EK_EVENT_PROBE_ANSWER,   /* probe of kind EK_PROBE_STREAM, status, text: a message came */
    EK_EVENT_PROBE_DONE      /* probe, status, text: it ended. OK: the endpoint is healthy */
};

/* An attempt that failed without having been worked on may be sent again unasked (gRPC A6). */
enum ek_unprocessed {
    EK_PROCESSED,
    EK_NEVER_SENT,   /* it did not leave the client */
    EK_NOT_PROCESSED /* the server says so: above a GOAWAY's last stream, or REFUSED_STREAM */
};

struct ek_load_report;

/* Stale connections, attempts and queries are ignored. All pointers are borrowed for the call. */
struct ek_event {
    enum ek_event_kind kind;
    enum ek_status status;
    uint64_t cause; /* opaque; comes back in every action this event leads to, even later */
    uint64_t connection;
    uint64_t attempt;
    uint64_t query;
    const char *text; /* why; may be NULL */
    const struct ek_http_answer *answer;
    const struct ek_load_report *load; /* the server's, with the answer; NULL: none */
    uint64_t probe;
    enum ek_unprocessed unprocessed; /* with a status other than OK */
    bool has_pushback;               /* the answer had grpc-retry-pushback-ms ... */
    int64_t pushback_ms;             /* ... with this; negative if it is negative or no number */
};

enum ek_action_kind {
    EK_ACTION_CONNECT,  /* connection, endpoint, text: the address. Answer CONNECTED or _FAILED */
    EK_ACTION_CLOSE,    /* connection: no more attempts will use it; close when they are done */
    EK_ACTION_SEND,     /* attempt, connection, endpoint, call, number (from 1). Answer
                           ATTEMPT_DONE. The connection may still be on its way: then send once
                           it is there */
    EK_ACTION_CANCEL,   /* attempt, connection, call, status: it ended without an answer, and
                           nobody waits for one: its deadline passed, its connection was lost,
                           or (CANCELLED) another attempt of its call was answered first */
    EK_ACTION_FINISH,   /* call, status, number of attempts, endpoint of the last, text; from:
                           enum ek_blame, unless the status is OK */
    EK_ACTION_HTTP_GET, /* query, text: path and query; value: timeout ns. With a body, POST it as
                           JSON. Answer RESOLVED. number 1: it is a stream: hand on each line of a
                           200 as it comes, RESOLVED with an answer that is_part, then the end. (A
                           driver that waits for the end instead is right, and late) */
    EK_ACTION_LOOKUP,   /* query, text: host name; value: timeout ns. Answer RESOLVED as
                           EK_RESOLVE_LOOKUP says */
    EK_ACTION_HTTP_CANCEL,  /* query: of a GET or LOOKUP */
    EK_ACTION_PROBE,        /* probe, endpoint, number: enum ek_probe_kind, text: path or service,
                               value: timeout ns, kept by the channel; connection, for a stream.
                               Answer PROBE_DONE, and for a stream PROBE_ANSWER before it */
    EK_ACTION_PROBE_CANCEL, /* probe: nobody waits for it any more */
    EK_ACTION_NOTE          /* note, endpoint, value: for whoever watches; nothing to do */
};

/* Things worth telling. */
#define EK_NOTE_LIST(X)                                                                            \
    X(CHANNEL_STATE)    /* from, to: enum ek_conn */                                               \
    X(SUBCHANNEL_STATE) /* endpoint, from, to; text: the error on the way to TRANSIENT_FAILURE */  \
    X(ENDPOINTS)        /* value: endpoints now listed; number: how many came or went */           \
    X(ENDPOINT_ADDED)   /* endpoint, text: its address */                                          \
    X(ENDPOINT_REMOVED) /* endpoint, text: its address */                                          \
    X(RESOLVER_ERROR)   /* text */                                                                 \
    X(EMPTY_IGNORED)    /* an empty list was not believed */                                       \
    X(EJECTED)          /* endpoint; value: until, ns; number: failures in a row;                  \
                           from: enum ek_outlier */                                                \
    X(RETURNED)         /* endpoint: its ejection is over */                                       \
    X(RETRY)            /* call, number: of the attempt to come; value: delay ns */                \
    X(THROTTLED)        /* call: a retry was not allowed */                                        \
    X(CLOCK_BACKWARDS)  /* value: ns that `now` went back, clamped */                              \
    X(NOT_EJECTED)      /* endpoint, from: enum ek_outlier, number: enum ek_spared */              \
    X(HEDGE)            /* call, number: of the attempt to come */                                 \
    X(TRANSPARENT)    /* call, number: of the attempt that is sent again; endpoint: of the last */ \
    X(OVERFLOW)       /* call, number: enum ek_limit: it fails at once, or is not retried */       \
    X(REJECTED)       /* call; value: the probability, ppm: client-side throttling */              \
    X(UNHEALTHY)      /* endpoint, number: failed probes in a row; text: why */                    \
    X(HEALTHY)        /* endpoint, number: passed probes in a row; 0: nothing is known now */      \
    X(CONFIG)         /* the service config was replaced */                                        \
    X(CONFIG_REFUSED) /* text: why; the last good one stays */                                     \
    X(SHRINK_IGNORED) /* a list that lost too many was answered; those stay for now */             \
    X(VIEW_AGED)      /* nothing was heard of the list for too long */                             \
    X(CANARY)         /* value: its share from now on, ppm; text: the share, and the key */        \
    X(CANARY_IGNORED) /* value: its share, which stays, ppm; text: why */

enum ek_note {
#define EK_NOTE_NAME(name) EK_NOTE_##name,
    EK_NOTE_LIST(EK_NOTE_NAME)
#undef EK_NOTE_NAME
    EK_NOTE_COUNT
};

/* How an endpoint was found to be an outlier. */
enum ek_outlier {
    EK_OUTLIER_CONSECUTIVE, /* failures in a row */
    EK_OUTLIER_GATEWAY,     /* UNAVAILABLE or DEADLINE_EXCEEDED in a row */
    EK_OUTLIER_LOCAL,       /* failures in a row that only this side saw */
    EK_OUTLIER_SUCCESS_RATE,
    EK_OUTLIER_FAILURE_PERCENTAGE,
    EK_OUTLIER_COUNT
};

/* Why an outlier was not ejected. */
enum ek_spared {
    EK_SPARED_LIMIT, /* maxEjectionPercent */
    EK_SPARED_CHANCE /* enforcement percentage; at 0 a dry run */
};

/* Which limit a call ran into. */
enum ek_limit {
    EK_LIMIT_REQUESTS,
    EK_LIMIT_ENDPOINT_REQUESTS,
    EK_LIMIT_PENDING,
    EK_LIMIT_RETRIES,
    EK_LIMIT_BUDGET,
    EK_LIMIT_COUNT
};

/* What a call that failed is put down to. */
enum ek_blame {
    EK_BLAME_CALL,       /* itself: an attempt of its own, a limit, its policy */
    EK_BLAME_LIST,       /* the resolver's list, or that there is none */
    EK_BLAME_CONNECTION, /* the last endpoint that could not be reached */
    EK_BLAME_EJECTION,   /* the last endpoint that was ejected */
    EK_BLAME_HEALTH,     /* the last endpoint that failed its probes */
    EK_BLAME_FITNESS,    /* whichever of these three was the last */
    EK_BLAME_FAILURES,   /* attempts of other calls: the client holds its calls back */
    EK_BLAME_CONFIG,     /* the service config that was refused */
    EK_BLAME_COUNT
};

/* In `endpoint`: none. */
#define EK_NO_ENDPOINT UINT32_MAX

struct ek_action {
    enum ek_action_kind kind;
    enum ek_note note;
    enum ek_status status;
    uint8_t from, to;  /* enum ek_conn, for state notes */
    uint32_t endpoint; /* stable number of the endpoint, or EK_NO_ENDPOINT */
    uint32_t number;
    uint64_t cause; /* of the event, or the call, that led here */
    uint64_t connection;
    uint64_t attempt;
    uint64_t call; /* the driver's token */
    uint64_t query;
    uint64_t probe;
    int64_t value;
    const char *body; /* of HTTP_GET; returned borrowed until the next ek_channel_output */
    const char *text; /* returned borrowed until the next ek_channel_output; may be NULL */
};

#endif
