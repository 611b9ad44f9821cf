/* Reading a recording: a run that can be looked at from any moment, forwards and backwards. */
#ifndef EK_REPORTS_REPLAY_H
#define EK_REPORTS_REPLAY_H

#include "reports/recording/recording.h"
#include "reports/recording/results.h"

struct ek_replay;

/* Opens a recording, read-only, as untrusted input. NULL on failure; `why` says what is wrong in
 * one line (not a recording, of a newer format, damaged ...). */
struct ek_replay *ek_replay_open(const char *path, char *why, size_t why_size);
void ek_replay_close(struct ek_replay *replay);

/* Everything below returns borrowed until close. */
const struct ek_results *ek_replay_results(const struct ek_replay *replay);
const char *ek_replay_scenario_json(const struct ek_replay *replay);

struct ek_replay_endpoint {
    const char *name, *zone, *address;
};
struct ek_replay_client {
    const char *name, *zone, *policy;
    const char *score_unit; /* of its policy; "": it has no scores */
};
const struct ek_replay_endpoint *ek_replay_endpoints(const struct ek_replay *replay, size_t *count);
const struct ek_replay_client *ek_replay_clients(const struct ek_replay *replay, size_t *count);

/* Kept records in order of id; `text` is "" when there is none. */
struct ek_replay_event {
    uint64_t id, cause;
    int64_t at_ns;
    enum ek_record_kind kind;
    uint32_t actor, subject;
    int64_t a, b;
    const char *text;
};
const struct ek_replay_event *ek_replay_events(const struct ek_replay *replay, size_t *count);

/* Index of the first event at or after `at`; the count if there is none. */
size_t ek_replay_event_at(const struct ek_replay *replay, int64_t at_ns);

/* The event of that id, or NULL if it was not kept. */
const struct ek_replay_event *ek_replay_event_by_id(const struct ek_replay *replay, uint64_t id);

/* `text`, with the name of the endpoint in the place of its address. Returns `out`. */
const char *ek_replay_named(const struct ek_replay *replay, uint32_t endpoint, const char *text,
                            char *out, size_t size);

/* One line about an event for people: "client c3 ejects b08: 5 failures in a row". */
const char *ek_replay_event_text(const struct ek_replay *replay,
                                 const struct ek_replay_event *event, char *out, size_t size);

/* Counts of one interval. */
struct ek_interval {
    uint64_t started, ok, errors, attempts, retries; /* ok and errors by when the call ended */
    int64_t p50_ns, p99_ns, max_ns;                  /* of calls that ended in it; -1: none */
};
struct ek_endpoint_interval {
    uint64_t attempts, ok, errors;
    uint32_t busy_max, queued_max;
    int64_t p99_ns; /* of attempts that ended in it; -1: none */
};
size_t ek_replay_interval_count(const struct ek_replay *replay);
const struct ek_interval *ek_replay_intervals(const struct ek_replay *replay);
/* One row per interval. */
const struct ek_endpoint_interval *ek_replay_endpoint_intervals(const struct ek_replay *replay,
                                                                uint32_t endpoint);

/* How one endpoint stands at a moment, summed over the clients. */
enum ek_fitness {
    EK_FITNESS_HEALTHY,
    EK_FITNESS_SUSPECT, /* a fault has hold of it, and some client still sends to it */
    EK_FITNESS_EJECTED, /* ejected by at least half of the clients that list it */
    EK_FITNESS_PROBING, /* connecting or in backoff everywhere */
    EK_FITNESS_DRAINING,
    EK_FITNESS_GONE /* listed by no client */
};

struct ek_endpoint_moment {
    enum ek_process process;
    enum ek_fitness fitness;
    uint32_t listed, ready, connecting, failing, idle, ejected; /* clients */
    char check[12];   /* registry's word: passing, warning, critical; "" when not registered */
    int64_t since_ns; /* when `fitness` last changed, for longer than a moment */
    enum ek_fitness fitness_before; /* before that change, and since when that was */
    int64_t since_before_ns;
};

struct ek_client_moment {
    uint32_t listed;     /* endpoints */
    uint64_t index;      /* of the last registry answer taken; 0: none */
    int64_t answered_ns; /* when that was; -1: never */
    int64_t believed_ns; /* the last answer that was not refused; -1: none */
    int64_t doubted_ns;  /* believed_ns before the last answer */
    bool is_refused;     /* the last answer */
    int channel_state;   /* enum ek_conn */
    uint32_t ejected;
};

struct ek_moment {
    int64_t at_ns;
    size_t event_index; /* events before this index have happened */
    const struct ek_endpoint_moment *endpoints;
    const struct ek_client_moment *clients;
    uint64_t registry_index;
    uint32_t faults_active;
};

/* Moves the replay to the state after all events with time <= at (or before `event_index` events).
 * Both ways, exactly. Returns borrowed until the next move. */
const struct ek_moment *ek_replay_seek(struct ek_replay *replay, int64_t at_ns);
const struct ek_moment *ek_replay_seek_event(struct ek_replay *replay, size_t event_index);

/* Sampled calls in order of planned time. */
const struct ek_recorded_call *ek_replay_calls(const struct ek_replay *replay, size_t *count);

/* What a client's channel held of an endpoint. */
struct ek_replay_holding {
    uint32_t endpoint, weight, in_flight;
    bool has_score;
    int64_t score; /* the policy's, in the client's score_unit */
};
/* The latest sample at or before `at`, by endpoint; NULL and none before the first one, and for
 * clients that were not sampled. */
const struct ek_replay_holding *ek_replay_policy(const struct ek_replay *replay, uint32_t client,
                                                 int64_t at_ns, size_t *count);

/* What the channel as a whole held; `panic_picks_before`: at the sample before. */
struct ek_replay_books {
    int64_t at_ns;
    uint32_t client;
    int64_t retry_tokens, retry_tokens_max; /* thousandths; max 0: retries are not throttled */
    uint64_t panic_picks, panic_picks_before;
};
/* The latest sample at or before `at`; NULL before the first one, and for clients that were not
 * sampled. */
const struct ek_replay_books *ek_replay_books(const struct ek_replay *replay, uint32_t client,
                                              int64_t at_ns);

/* An endpoint that a pick of a traced call chose, could have chosen, or was not shown. */
struct ek_replay_candidate {
    uint64_t call;
    uint32_t attempt; /* from 1 */
    uint32_t endpoint, weight, in_flight;
    bool has_score;
    int64_t score;
    const char *fitness; /* "eligible", or why it was not shown */
    bool is_chosen;
};
/* By endpoint; NULL and none unless the call was traced. */
const struct ek_replay_candidate *ek_replay_candidates(const struct ek_replay *replay,
                                                       uint64_t call, uint32_t attempt,
                                                       size_t *count);

/* Transitions of the connectivity state machine over all subchannels: how often from -> to. */
const uint64_t (*ek_replay_transitions(const struct ek_replay *replay))[5];

#endif
