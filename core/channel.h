/* The inside of a channel: what its parts share.
 *
 * The parts, in the order a call meets them: endpoint.c (who exists), subchannel.c and first.c (how
 * they are connected), health.c and outlier*.c (who is fit), eligible.c (who may be picked),
 * slow_start.c (at what weight), admission.c, limits.c and budget.c (whether a call may go out),
 * call.c, attempt.c, slot.c and hedge.c (calls and their attempts). channel.c is the door: it lets
 * events in and actions out; idle.c shuts everything behind it. */
#ifndef EK_CORE_CHANNEL_H
#define EK_CORE_CHANNEL_H

#include "core/retry.h"
#include "core/select.h"
#include "core/timer.h"
#include "core/window.h"
#include "evenkeel/channel.h"

/* No endpoint, call or attempt. */
#define EK__NOTHING UINT32_MAX

enum {
    EK__ERROR_SIZE = 160,
    EK__TRIED_MAX = 5
};

/* One address: its subchannel, its fitness and its load. */
struct ek__endpoint {
    /* What every attempt looks at, in one cache line: with thousands of endpoints it is far away.
     */
    uint32_t number;   /* stable */
    uint32_t attempts; /* head of the list of attempts, or none */
    uint32_t in_flight;
    uint8_t state; /* enum ek_conn of its subchannel */
    bool is_listed;
    bool is_ejected;
    bool is_unhealthy, is_awaited; /* see ek_endpoint_view */
    bool is_failing;               /* TRANSIENT_FAILURE since, until READY: hides the retry cycle */
    bool is_wanted;                /* a policy that reviews wants it connected */
    uint32_t failures_in_row, gateway_in_row, local_in_row;
    uint32_t sweep_good, sweep_bad; /* attempts that ended since the last sweep */
    uint64_t connection;            /* under way or up; 0: none */
    struct ek__seat *seats;         /* its places among the candidates */
    void *lb_state;

    char *address;
    uint32_t weight;

    /* what the resolver says of it */
    uint32_t priority;
    enum ek_health_hint health;
    uint32_t locality; /* the channel's number of it, or none */
    char *labels;      /* sorted "key\0value\0" pairs; NULL: none */
    uint32_t labels_size;

    /* subchannel */
    ek_time connect_started;
    int64_t backoff_ns;         /* nominal, of the next failure */
    uint32_t connect_failures;  /* in a row */
    uint64_t cause;             /* of the last change */
    char error[EK__ERROR_SIZE]; /* of the last failure, of connection or call */

    /* outlier ejection */
    uint32_t ejections_in_row;
    ek_time ejected_until, returned_at;
    uint64_t ejected_cause;
    uint64_t failure_cause; /* of the last one that failed */

    /* active health */
    bool was_healthy;         /* at least once */
    uint32_t checks_in_row;   /* that speak against the state it is in */
    uint32_t stream_failures; /* in a row, for the backoff */
    uint64_t probe;           /* under way, or 0 */
    uint64_t probe_cause;

    ek_time warm_since; /* start of its slow start */

    struct ek__endpoint *next_gone;
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
    EK__REASON_DEADLINE_QUEUED,
    EK__REASON_ATTEMPT_TIMEOUT,
    EK__REASON_LIMIT_REQUESTS, /* the limits in the order of enum ek_limit */
    EK__REASON_LIMIT_ENDPOINT,
    EK__REASON_LIMIT_PENDING,
    EK__REASON_REJECTED,  /* by client-side throttling */
    EK__REASON_UNHEALTHY, /* all that are connected fail their probes */
    EK__REASON_TRANSPARENT,
    EK__REASON_CONFIG,          /* the service config was never valid */
    EK__REASON_SUBSET,          /* no endpoint has what the call asks for */
    EK__REASON_PANIC,           /* too few are healthy, and failOnPanic */
    EK__REASON_UNUSABLE,        /* some are connected, and none of them may be used */
    EK__REASON_DEADLINE_WAITING /* before the next attempt, which a pushback puts off */
};

/* Why what failed was not tried again, for the same text. */
enum ek__unretried {
    EK__UNRETRIED_NONE, /* nobody asked for it */
    EK__UNRETRIED_ATTEMPTS,
    EK__UNRETRIED_PUSHBACK,
    EK__UNRETRIED_THROTTLE,
    EK__UNRETRIED_BUDGET,
    EK__UNRETRIED_LATE /* the deadline comes first */
};

struct ek__call {
    /* What its end looks at. */
    uint64_t token, cause;
    const struct ek_method_config *method;
    uint8_t state;       /* enum ek__call_state */
    uint8_t last_status; /* enum ek_status */
    uint8_t reason;      /* enum ek__reason */
    uint8_t tried_count;
    uint32_t attempt;       /* the newest under way, or none */
    uint32_t in_flight;     /* attempts under way */
    uint32_t attempt_count; /* so far, failed picks included */
    uint32_t held;          /* retries scheduled or in flight, in ch->retries_open */
    uint32_t last_endpoint;
    uint32_t subset;      /* asked for; 0: none */
    uint32_t next;        /* queue, or free list */
    bool was_unprocessed; /* the server has said so once */
    bool is_frozen;       /* no more hedges */
    bool is_next_extra;   /* the attempt to come is a retry or a hedge, and held */
    bool was_last_extra;  /* so was the one that ended */
    uint32_t never_sent_count;

    uint64_t hash;
    ek_time deadline;
    ek_time wake_at;               /* for the retry, or the next hedge */
    uint32_t previous;             /* queue */
    uint32_t backoff_count;        /* retries since the start, or the last pushback */
    uint32_t tried[EK__TRIED_MAX]; /* numbers of the endpoints that were sent to */
    uint8_t unretried;             /* enum ek__unretried */
};

/* How an attempt, or a pick, ended. */
struct ek__ending {
    enum ek_status status;
    bool is_local;   /* seen on this side only: lost connection, timeout */
    bool is_timeout; /* of the attempt itself */
    bool is_cut;     /* cancelled because its call is over: nobody is to blame */
    enum ek_unprocessed unprocessed;
    bool has_pushback;
    int64_t pushback_ms;
    const struct ek_load_report *load;
};

struct ek__attempt {
    uint32_t call;
    uint32_t endpoint; /* number */
    uint32_t generation;
    uint64_t connection;
    ek_time started;
    uint32_t next, previous; /* of the same endpoint, or free list */
    uint32_t sibling;        /* of the same call, older */
    bool is_extra;           /* a retry or a hedge */
    struct ek__lane *lane;   /* it was picked there */
};

/* Timers of the channel as a whole. */
enum ek__guard_timer {
    EK__TIMER_SWEEP,   /* of outliers */
    EK__TIMER_WARM,    /* weights of slow start */
    EK__TIMER_ADDRESS, /* pick_first: the next address */
    EK__TIMER_IDLE,
    EK__TIMER_CANARY, /* the query for its key */
    EK__TIMER_REVIEW, /* by the policy, of who is connected */
    EK__TIMER_COUNT
};

/* Passes of pick_first over the list. */
struct ek__first {
    uint32_t *order; /* numbers of the listed, in the order they are tried */
    size_t count, capacity;
    size_t cursor;     /* position in `order` of the next to try */
    uint32_t selected; /* endpoint in use, or none */
    uint32_t failures; /* since the pass ended, for the refresh */
    bool is_passing;   /* going through the list for the first time */
    bool is_resting;   /* the connection was lost and no call has come since */
    bool is_failing;   /* a pass ended without success; until READY */
    bool shuffles;
    struct ek_rng rng;
};

/* The policy in force. Its instances are in the lanes of the views (select.h). */
struct ek__picker {
    const struct ek_lb_ops *ops;
    struct ek_rng rng;
    struct ek__lane *lane; /* of the last pick that found an endpoint */
    struct ek_candidate *untried;
    size_t untried_capacity;
    bool is_stale; /* fitness, or a weight, has changed: views are refreshed before the next pick */
};

/* The call whose picks are put down (trace.c). */
struct ek__trace {
    bool is_on;
    uint64_t token;
    struct ek_traced *candidates;
    size_t count, capacity;
};

struct ek__output {
    struct ek_action action; /* first: an action in the ring is its output */
    uint8_t reason;          /* enum ek__reason, of a FINISH */
    uint8_t unretried;       /* enum ek__unretried, of a FINISH that failed */
    uint32_t subset;         /* of a FINISH: what the call asked for */
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
    struct ek__endpoint **former; /* those of the list before, while it is replaced; as many fit as
                                     are listed, so that an empty list needs no memory */
    size_t former_capacity;
    uint32_t state_counts[EK_CONN_COUNT]; /* of the listed, failing ones as TRANSIENT_FAILURE */
    uint32_t ejected_count;               /* of the listed */
    uint32_t fit_count;                   /* of the listed: those a call may be sent to */
    struct ek__endpoint *gone;            /* to be freed once all actions are pulled */
    uint64_t connection_serial;
    uint32_t last_failed; /* the endpoint whose connection failed last, or none */

    /* connections */
    enum ek_conn state;
    bool has_news;          /* queued calls may fare differently now */
    struct ek__first first; /* EK_CONNECT_FIRST */
    struct ek_rng backoff_rng;
    struct ek__timers endpoint_timers; /* 2 n: connecting and backoff, 2 n + 1: ejection */
    struct ek__timers guard_timers;    /* by enum ek__guard_timer */

    /* guards */
    struct ek_rng outlier_rng, admission_rng, health_rng;
    struct ek__timers health_timers; /* by endpoint: next probe, or timeout of the one under way */
    uint32_t unhealthy_count, awaited_count; /* of the listed */
    uint64_t probe_serial;
    ek_time swept_at;                    /* the last sweep for outliers */
    uint32_t last_unhealthy;             /* the endpoint that turned so last, or none */
    struct ek__window requests, accepts; /* of client-side throttling */
    struct ek__window budget;            /* of retries, by rate */
    uint32_t retries_open;               /* scheduled or in flight */

    /* idleness, and what it takes to wake up */
    bool is_idle;
    json_t *resolver_options;
    uint64_t seed, id;
    bool has_config;                   /* a valid one */
    char config_error[EK__ERROR_SIZE]; /* why there is none, or no policy; "": there is */
    char config_refusal[EK__ERROR_SIZE];

    struct ek__picker picker;
    struct ek__select select;
    struct ek__trace trace;

    /* calls */
    struct ek__call *calls;
    size_t call_count, call_capacity, calls_max;
    uint32_t calls_free, queue_head, queue_tail, queue_count;
    struct ek__attempt *attempts;
    size_t attempt_count, attempt_capacity;
    uint32_t attempts_free;
    struct ek__timers call_timers;    /* by call */
    struct ek__timers attempt_timers; /* by attempt */
    struct ek__throttle throttle;
    struct ek_rng retry_rng;
    struct ek_channel_stats stats;

    /* what to do: a ring */
    struct ek__output *output;
    size_t output_head, output_count, output_capacity;
    size_t output_kept;            /* free places that notes must leave */
    struct ek__output output_lost; /* a note that there was no room for */
    char text[2 * EK__ERROR_SIZE + 128];
};

/* output.c: finds room for the actions that one turn can bring, of as many endpoints and of the
 * calls and attempts that there is room for. False without memory. */
EK_MUST_USE bool ek__output_reserve(struct ek_channel *ch, size_t endpoints);

/* Adds an action and returns it for its members to be filled; its cause is set to that of what is
 * being handled. The driver pulls all actions after each turn, or memory must not run out. */
struct ek_action *ek__emit(struct ek_channel *ch, enum ek_action_kind kind);
struct ek_action *ek__note(struct ek_channel *ch, enum ek_note note, uint32_t endpoint);

/* action_text.c: texts are made when an action is pulled; most are never looked at */
const char *ek__action_text(struct ek_channel *ch, const struct ek__output *output);

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
uint64_t ek__subchannel_on_demand(struct ek_channel *ch, struct ek__endpoint *e);
void ek__subchannel_connect(struct ek_channel *ch, struct ek__endpoint *e); /* from IDLE */
void ek__subchannel_rest(struct ek_channel *ch, struct ek__endpoint *e);    /* closed, to IDLE */
void ek__channel_state_update(struct ek_channel *ch);

/* first.c: pick_first's one connection (A61) */
bool ek__is_first_mode(const struct ek_channel *ch); /* one connection; outliers do not matter */
bool ek__first_listed(struct ek_channel *ch);        /* false without memory */
void ek__first_adopt(
    struct ek_channel *ch); /* the policy has become, or is no longer, pick_first */
void ek__first_wanted(struct ek_channel *ch);
void ek__first_timer(struct ek_channel *ch);
void ek__first_connected(struct ek_channel *ch, struct ek__endpoint *e);
void ek__first_failed(struct ek_channel *ch, struct ek__endpoint *e);
void ek__first_lost(struct ek_channel *ch, struct ek__endpoint *e);
bool ek__first_wants(const struct ek_channel *ch, const struct ek__endpoint *e); /* when IDLE */
void ek__first_removed(struct ek_channel *ch, const struct ek__endpoint *e);
enum ek_conn ek__first_state(const struct ek_channel *ch);

/* address_order.c: the order in which pick_first tries; false without memory */
bool ek__address_order(struct ek_channel *ch);
double ek__shuffle_key(double u, uint32_t weight); /* A113: more is earlier; 0 < u <= 1 */

/* outlier.c: passive health, by failures in a row and by what the sweeps of outlier_sweep.c find */
void ek__outlier_start(struct ek_channel *ch);
void ek__outlier_result(struct ek_channel *ch, struct ek__endpoint *e,
                        const struct ek__ending *ending);
void ek__outlier_timer(struct ek_channel *ch, struct ek__endpoint *e);
void ek__outlier_removed(struct ek_channel *ch, struct ek__endpoint *e);
void ek__outlier_sweep(struct ek_channel *ch);
void ek__outlier_found(struct ek_channel *ch, struct ek__endpoint *e, enum ek_outlier how);
void ek__outlier_return(struct ek_channel *ch, struct ek__endpoint *e);
bool ek__outlier_is_sweeping(const struct ek_channel *ch);
bool ek__is_failure(enum ek_status status); /* the endpoint is to blame, rather than the call */

/* health.c: active health */
bool ek__health_reserve(struct ek_channel *ch, size_t endpoints);
void ek__health_added(struct ek_channel *ch, struct ek__endpoint *e);
void ek__health_removed(struct ek_channel *ch, struct ek__endpoint *e);
void ek__health_connection(struct ek_channel *ch, struct ek__endpoint *e); /* came or went */
void ek__health_timer(struct ek_channel *ch, struct ek__endpoint *e);
void ek__health_event(struct ek_channel *ch, const struct ek_event *event);

/* slow_start.c */
void ek__slow_start_begin(struct ek_channel *ch, struct ek__endpoint *e);
void ek__slow_start_timer(struct ek_channel *ch);
uint32_t ek__slow_start_weight(const struct ek_channel *ch, const struct ek__endpoint *e);
int64_t ek__slow_start_factor(const struct ek_slow_start_config *config, int64_t age_ns); /* ppm */

/* limits.c: counts and notes what it refuses */
bool ek__limits_allow_attempt(struct ek_channel *ch, struct ek__call *call,
                              const struct ek__endpoint *e);
bool ek__limits_allow_queueing(struct ek_channel *ch, struct ek__call *call);
void ek__limits_overflow(struct ek_channel *ch, const struct ek__call *call, enum ek_limit limit);

/* budget.c: how many retries and hedges there may be */
void ek__budget_start(struct ek_channel *ch);
void ek__budget_call(struct ek_channel *ch); /* a call was made */
bool ek__budget_take(struct ek_channel *ch, struct ek__call *call);
void ek__budget_hold(struct ek_channel *ch, struct ek__call *call); /* as one that was taken */
void ek__budget_give(struct ek_channel *ch, struct ek__call *call); /* a retry ended */

/* admission.c: client-side throttling */
void ek__admission_start(struct ek_channel *ch);
bool ek__admission_allows(struct ek_channel *ch, const struct ek__call *call);
int64_t ek__admission_rejection_ppm(int64_t requests, int64_t accepts, int64_t k);
void ek__admission_result(struct ek_channel *ch, const struct ek__ending *ending);

/* reconfig.c */
void ek__reconfig_refuse(struct ek_channel *ch, const char *why);

/* idle.c */
void ek__idle_update(struct ek_channel *ch); /* calls began or ended */
void ek__idle_timer(struct ek_channel *ch);
bool ek__idle_wake(struct ek_channel *ch); /* false without memory */

/* eligible.c: the only reader of fitness. Around a change of an endpoint:
 *     bool was_fit = ek__eligible_is_fit(ch, e);  ...change...  ek__eligible_changed(ch, e,
 * was_fit);
 */
bool ek__eligible_is_fit(const struct ek_channel *ch, const struct ek__endpoint *e);
void ek__eligible_changed(struct ek_channel *ch, const struct ek__endpoint *e, bool was_fit);
bool ek__eligible_is_usable(const struct ek_channel *ch, const struct ek__endpoint *e); /* panic */
bool ek__eligible_can_panic(const struct ek_channel *ch);         /* though nobody is fit */
enum ek__reason ek__eligible_reason(const struct ek_channel *ch); /* why nobody can be picked */
enum ek__reason ek__eligible_reason(const struct ek_channel *ch); /* nobody can be picked */
struct ek_pick ek__eligible_pick(struct ek_channel *ch, struct ek__call *call);
void ek__eligible_load_changed(const struct ek__endpoint *e); /* its `in_flight` */
void ek__eligible_error_text(const struct ek_channel *ch, const struct ek__output *output,
                             char *out, size_t size); /* for REASON_SUBSET and REASON_PANIC */
void ek__eligible_listed(struct ek_channel *ch);      /* the list, or a label, changed */

/* Starts the policy of ch->config; ek__eligible_stop ends it. Attempts under way outlive both:
 * their lanes wait for them. To replace the config: stop, put it in place (and new lb_state bytes
 * into the endpoints), start. */
void ek__eligible_init(struct ek_channel *ch, const struct ek_channel_config *config);
enum ek_err ek__eligible_start(struct ek_channel *ch, struct ek_errors *errors);
void ek__eligible_stop(struct ek_channel *ch);
void ek__eligible_deinit(struct ek_channel *ch);

/* trace.c */
void ek__trace_pick(struct ek_channel *ch, const struct ek__lane *lane,
                    const struct ek_candidate *from, uint32_t count);
void ek__trace_deinit(struct ek_channel *ch);

/* slot.c: room for calls and attempts, and the queue of calls that wait for an endpoint */
bool ek__call_slot(struct ek_channel *ch, uint32_t *slot);
bool ek__attempt_slot(struct ek_channel *ch, uint32_t *slot);
void ek__queue_add(struct ek_channel *ch, uint32_t slot);
void ek__queue_remove(struct ek_channel *ch, uint32_t slot);
void ek__channel_calls_deinit(struct ek_channel *ch);

/* attempt.c: the books of attempts */
uint64_t ek__attempt_handle(const struct ek_channel *ch, uint32_t attempt);
bool ek__attempt_start(struct ek_channel *ch, uint32_t slot, struct ek__endpoint *e);
void ek__attempt_end(struct ek_channel *ch, uint32_t attempt, const struct ek__ending *ending);
void ek__attempt_cancel(struct ek_channel *ch, uint32_t attempt, const struct ek__ending *ending);
void ek__attempts_cancel(struct ek_channel *ch, uint32_t slot, enum ek_status status);
void ek__attempt_timer(struct ek_channel *ch, uint32_t attempt);
void ek__attempt_done(struct ek_channel *ch, const struct ek_event *event);
void ek__attempts_lost(struct ek_channel *ch, struct ek__endpoint *e, uint64_t connection);

/* call.c */
void ek__calls_sweep(struct ek_channel *ch); /* pick again for all that are queued */
void ek__call_timer(struct ek_channel *ch, uint32_t slot);
void ek__call_launch(struct ek_channel *ch, uint32_t slot); /* one more attempt */
void ek__call_decide(struct ek_channel *ch, uint32_t slot, const struct ek__ending *ending);
void ek__call_finish(struct ek_channel *ch, uint32_t slot, enum ek_status status);

/* blame.c */
enum ek_blame ek__call_blame(const struct ek_channel *ch, const struct ek__call *call);
void ek__call_end(struct ek_channel *ch, uint32_t slot, enum ek_status status); /* cancels, too */
void ek__call_arm(struct ek_channel *ch, uint32_t slot); /* its deadline and its next attempt */

/* hedge.c */
void ek__hedge_sent(struct ek_channel *ch, uint32_t slot);
void ek__hedge_due(struct ek_channel *ch, uint32_t slot);
void ek__hedge_freeze(struct ek_channel *ch, uint32_t slot); /* no more of them */
void ek__hedge_decide(struct ek_channel *ch, uint32_t slot, const struct ek__ending *ending);

/* resolving, in channel.c */
enum ek_err ek__resolver_start(struct ek_channel *ch, struct ek_errors *errors);
void ek__resolver_stop(struct ek_channel *ch);
void ek__resolver_obey(struct ek_channel *ch);

#endif
