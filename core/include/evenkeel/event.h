/* What a driver tells a channel, and what the channel asks of its driver. */
#ifndef EVENKEEL_EVENT_H
#define EVENKEEL_EVENT_H

#include "evenkeel/resolver.h"
#include "evenkeel/status.h"
#include "evenkeel/time.h"

#include <stdint.h>

/* Connectivity of a subchannel, and of the channel as a whole (gRPC). */
#define EK_CONN_LIST(X)                                                                            \
    X(IDLE)                                                                                        \
    X(CONNECTING)                                                                                  \
    X(READY)                                                                                       \
    X(TRANSIENT_FAILURE)                                                                           \
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
    EK_EVENT_ATTEMPT_DONE,   /* attempt, status, text */
    EK_EVENT_RESOLVED        /* query, answer: the HTTP exchange of EK_ACTION_HTTP_GET ended */
};

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
};

enum ek_action_kind {
    EK_ACTION_CONNECT,     /* connection, endpoint, text: the address. Answer CONNECTED or _FAILED */
    EK_ACTION_CLOSE,       /* connection: no more attempts will use it; close when they are done */
    EK_ACTION_SEND,        /* attempt, connection, endpoint, call, number (from 1). Answer
                              ATTEMPT_DONE. The connection may still be on its way: then send once
                              it is there */
    EK_ACTION_CANCEL,      /* attempt, connection, status: it ended without an answer, and nobody
                              waits for one: its deadline passed or its connection was lost */
    EK_ACTION_FINISH,      /* call, status, number of attempts, endpoint of the last, text */
    EK_ACTION_HTTP_GET,    /* query, text: path and query; value: timeout ns. Answer RESOLVED */
    EK_ACTION_HTTP_CANCEL, /* query */
    EK_ACTION_NOTE         /* note, endpoint, value: for whoever watches; nothing to do */
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
    X(EJECTED)          /* endpoint; value: until, ns; number: failures in a row */                \
    X(RETURNED)         /* endpoint: its ejection is over */                                       \
    X(RETRY)            /* call, number: of the attempt to come; value: delay ns */                \
    X(THROTTLED)        /* call: a retry was not allowed */                                        \
    X(CLOCK_BACKWARDS)  /* value: ns that `now` went back, clamped */

enum ek_note {
#define EK_NOTE_NAME(name) EK_NOTE_##name,
    EK_NOTE_LIST(EK_NOTE_NAME)
#undef EK_NOTE_NAME
        EK_NOTE_COUNT
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
    int64_t value;
    const char *text; /* returned borrowed until the next ek_channel_output; may be NULL */
};

#endif
