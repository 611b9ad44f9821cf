/* The inside of a channel: what its parts share.
 *
 * The parts, in the order a call meets them: endpoint.c (who exists), subchannel.c (how they are
 * connected), outlier.c (who is ejected), eligible.c (who may be picked), call.c (calls and their
 * attempts). channel.c is the door: it lets events in and actions out. */
#ifndef EK_CORE_CHANNEL_H
#define EK_CORE_CHANNEL_H

#include "core/retry.h"
#include "core/timer.h"
#include "evenkeel/channel.h"

/* No endpoint, call or attempt. */
#define EK__NOTHING UINT32_MAX

enum {
    EK__ERROR_SIZE = 160,
    EK__TRIED_MAX = 5
};

/* One address: its subchannel, its fitness and its load. */
struct ek__endpoint {
    char *address;
    uint32_t number; /* stable */
    uint32_t weight;
    bool is_listed;

    /* subchannel */
    enum ek_conn state;
    bool is_failing;     /* TRANSIENT_FAILURE since, until READY: hides the retry cycle */
    uint64_t connection; /* under way or up; 0: none */
    ek_time connect_started;
    int64_t backoff_ns;         /* nominal, of the next failure */
    uint64_t cause;             /* of the last change */
    char error[EK__ERROR_SIZE]; /* of the last failure, of connection or call */

    /* outlier ejection */
    uint32_t failures_in_row;
    uint32_t ejections_in_row;
    bool is_ejected;
    ek_time ejected_until, returned_at;
    uint64_t ejected_cause;

    /* load */
    struct ek__endpoint *next_gone;
    uint32_t in_flight;
    uint32_t attempts;  /* head of the list of attempts, or none */
    uint32_t candidate; /* index among the candidates, or none */
    void *lb_state;
};

enum ek__call_state {
    EK__CALL_QUEUED,  /* waits for an endpoint */
    EK__CALL_SENT,    /* has an attempt under way */
    EK__CALL_WAITING, /* for its retry */
    EK__CALL_FREE
};

/* Why a call ended, for its text. */
enum ek__reason {
    EK__REASON_NONE,
    EK__REASON_SERVER,       /* the endpoint answered so, or its connection was lost */
    EK__REASON_NO_ENDPOINTS, /* the list is empty */
    EK__REASON_RESOLVER,     /* no list yet, and an error */
    EK__REASON_CONNECTIONS,  /* no endpoint can be reached */
    EK__REASON_EJECTED,      /* all that can be reached are ejected */
    EK__REASON_POLICY,       /* the policy said so */
    EK__REASON_DEADLINE_SENT,
    EK__REASON_DEADLINE_QUEUED
};

struct ek__call {
    enum ek__call_state state;
    uint64_t token, cause, hash;
    const struct ek_method_config *method;
    ek_time started, deadline, retry_at;
    uint32_t attempt;       /* under way, or none */
    uint32_t attempt_count; /* so far, failed picks included */
    uint32_t tried_count;
    uint32_t tried[EK__TRIED_MAX]; /* numbers of the endpoints that were sent to */
    uint32_t last_endpoint;
    enum ek_status last_status;
    enum ek__reason reason;
    uint32_t next, previous; /* queue, or free list */
};

struct ek__attempt {
    uint32_t call;
    uint32_t endpoint; /* number */
    uint32_t generation;
    uint64_t connection;
    ek_time started;
    uint32_t next, previous; /* of the same endpoint, or free list */
};

/* The policy in force, and what it chooses from. */
struct ek__picker {
    const struct ek_lb_ops *ops;
    void *self;
    struct ek_rng rng;
    struct ek_candidate *candidates, *untried;
    size_t count, capacity, untried_capacity;
    bool is_stale; /* candidates and policy have not seen the last change */
};

struct ek__output {
    struct ek_action action; /* first: an action in the ring is its output */
    enum ek__reason reason;  /* of a FINISH */
};

static inline struct ek__output *ek__output_of(struct ek_action *action)
{
    return (struct ek__output *)action;
}

struct ek_channel {
    const struct ek_mem *mem;
    const struct ek_service_config *config;
    ek_time now;
    uint64_t cause; /* of whatever is being handled */

    /* who exists */
    const struct ek_resolver_ops *resolver;
    void *resolver_self;
    uint64_t query, query_count; /* under way, or 0; how many so far */
    uint64_t resolver_cause;
    bool has_list;
    char resolver_error[EK__ERROR_SIZE];
    struct ek__endpoint **endpoints; /* by number; NULL once gone */
    size_t endpoint_count, endpoint_capacity;
    uint32_t *listed; /* numbers, in list order */
    size_t listed_count, listed_capacity;
    uint32_t state_counts[EK_CONN_COUNT]; /* of the listed, failing ones as TRANSIENT_FAILURE */
    uint32_t ejected_count;               /* of the listed */
    uint32_t fit_count;                   /* of the listed: those a call may be sent to */
    struct ek__endpoint *gone;            /* to be freed once all actions are pulled */
    uint64_t connection_serial;
    uint32_t last_failed; /* the endpoint whose connection failed last, or none */

    /* connections */
    enum ek_conn state;
    bool has_news;           /* queued calls may fare differently now */
    uint32_t first_selected; /* EK_CONNECT_FIRST: the endpoint in use, or none */
    size_t first_cursor;     /* EK_CONNECT_FIRST: position in `listed` being tried */
    bool first_pass;         /* EK_CONNECT_FIRST: going through the list for the first time */
    struct ek_rng backoff_rng;
    struct ek__timers endpoint_timers; /* 2 n: connecting and backoff, 2 n + 1: ejection */

    struct ek__picker picker;

    /* calls */
    struct ek__call *calls;
    size_t call_count, call_capacity, calls_max;
    uint32_t calls_free, queue_head, queue_tail;
    struct ek__attempt *attempts;
    size_t attempt_count, attempt_capacity;
    uint32_t attempts_free;
    struct ek__timers call_timers; /* by call */
    struct ek__throttle throttle;
    struct ek_rng retry_rng;
    struct ek_channel_stats stats;

    /* what to do: a ring */
    struct ek__output *output;
    size_t output_head, output_count, output_capacity;
    char text[2 * EK__ERROR_SIZE + 128];
};

/* channel.c: adds an action and returns it for its members to be filled; its cause is set to that
 * of what is being handled. */
struct ek_action *ek__emit(struct ek_channel *ch, enum ek_action_kind kind);
struct ek_action *ek__note(struct ek_channel *ch, enum ek_note note, uint32_t endpoint);

/* channel.c: what every entry begins and ends with. */
void ek__turn_begin(struct ek_channel *ch, ek_time now, uint64_t cause);
void ek__turn_end(struct ek_channel *ch);

/* endpoint.c */
bool ek__endpoints_update(struct ek_channel *ch, const struct ek_address *list, size_t count);
struct ek__endpoint *ek__endpoint(struct ek_channel *ch, uint32_t number); /* NULL once gone */
void ek__endpoint_let_go(struct ek_channel *ch, struct ek__endpoint *e);   /* if nothing uses it */
void ek__endpoints_bury(struct ek_channel *ch);                            /* frees those let go */
void ek__endpoint_error(struct ek__endpoint *e, const char *text, const char *otherwise);
void ek__endpoints_deinit(struct ek_channel *ch);

/* subchannel.c */
void ek__subchannel_added(struct ek_channel *ch, struct ek__endpoint *e);
void ek__subchannel_removed(struct ek_channel *ch, struct ek__endpoint *e);
void ek__subchannels_listed(struct ek_channel *ch); /* after the list has changed */
void ek__subchannel_event(struct ek_channel *ch, const struct ek_event *event);
void ek__subchannel_timer(struct ek_channel *ch, struct ek__endpoint *e);
void ek__subchannel_wanted(struct ek_channel *ch); /* a call found nothing connected */
void ek__subchannel_error_text(struct ek_channel *ch, char *out, size_t size);
uint64_t ek__subchannel_on_demand(struct ek_channel *ch, struct ek__endpoint *e);
bool ek__is_first_mode(const struct ek_channel *ch); /* one connection; outliers do not matter */
void ek__channel_state_update(struct ek_channel *ch);

/* outlier.c: passive health */
void ek__outlier_result(struct ek_channel *ch, struct ek__endpoint *e, enum ek_status status);
void ek__outlier_timer(struct ek_channel *ch, struct ek__endpoint *e);
void ek__outlier_removed(struct ek_channel *ch, struct ek__endpoint *e);

/* eligible.c: the only reader of fitness. Around a change of an endpoint:
 *     bool was_fit = ek__eligible_is_fit(ch, e);  ...change...  ek__eligible_changed(ch, e,
 * was_fit);
 */
bool ek__eligible_is_fit(const struct ek_channel *ch, const struct ek__endpoint *e);
void ek__eligible_changed(struct ek_channel *ch, const struct ek__endpoint *e, bool was_fit);
struct ek_pick ek__eligible_pick(struct ek_channel *ch, struct ek__call *call);
void ek__eligible_deinit(struct ek_channel *ch);

/* call.c */
void ek__calls_sweep(struct ek_channel *ch); /* pick again for all that are queued */
void ek__call_timer(struct ek_channel *ch, uint32_t call);
void ek__attempt_done(struct ek_channel *ch, const struct ek_event *event);
void ek__attempts_lost(struct ek_channel *ch, struct ek__endpoint *e, uint64_t connection);
void ek__channel_calls_deinit(struct ek_channel *ch);

#endif
