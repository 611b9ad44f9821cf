/* Writing a recording: everything a person may later want to see of a run, in one SQLite file.
 *
 * The simulator tells a recorder what happens; the recorder counts, hashes, keeps what is worth
 * keeping, and at the end works out phases, failover times and the verdict and writes the file
 * aside, then renames it. Memory grows with intervals and kept events, never with calls. */
#ifndef EK_REPORTS_RECORDING_H
#define EK_REPORTS_RECORDING_H

#include "evenkeel/err.h"
#include "reports/recording/expect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EK_RECORDING_FORMAT = 2,                  /* PRAGMA user_version */
    EK_RECORDING_APPLICATION_ID = 0x456b526e, /* "EkRn" */
    EK_RECORD_EVENTS_MAX = 1000000,           /* kept; more are counted and hashed only */
    EK_RECORD_CALLS_MAX = 20000               /* kept: an even sample of half, and failed ones */
};

/* ---- what happened ---- */

/* X(NAME, word, format): who is `actor` and what is `subject`, `a`, `b`, `text`.
 * c = client, e = endpoint (number in the scenario's order), f = fault, - = none. */
#define EK_RECORD_LIST(X)                                                                          \
    X(FAULT_BEGIN, "fault-begin")           /* f -; text: its kind and target */                   \
    X(FAULT_END, "fault-end")               /* f - */                                              \
    X(PROCESS, "process")                   /* e -; a: enum ek_process */                          \
    X(CHANNEL_STATE, "channel")             /* c -; a: from, b: to (enum ek_conn) */               \
    X(SUBCHANNEL_STATE, "subchannel")       /* c e; a: from, b: to; text: the error */             \
    X(RESOLVED, "resolved")                 /* c -; a: endpoints listed now, b: came or went */    \
    X(ENDPOINT_ADDED, "endpoint-added")     /* c e */                                              \
    X(ENDPOINT_REMOVED, "endpoint-removed") /* c e */                                              \
    X(RESOLVER_ERROR, "resolver-error")     /* c -; text */                                        \
    X(EMPTY_IGNORED, "empty-ignored")       /* c - */                                              \
    X(QUERY, "query")                       /* c -; a registry answer: a: HTTP status, b: index */ \
    X(EJECTED, "ejected")                   /* c e; a: until ns, b: failures in a row */           \
    X(RETURNED, "returned")                 /* c e */                                              \
    X(RETRY, "retry")                       /* c e of the failed attempt; a: call, b: delay ns */  \
    X(THROTTLED, "throttled")               /* c -; a: call */                                     \
    X(ATTEMPT_FAILED, "attempt-failed")     /* c e; a: call, b: status; text: why */               \
    X(CALL_FAILED, "call-failed")           /* c e of the last attempt or -; a: call, b: status */ \
    X(CLOCK_BACKWARDS, "clock-backwards")   /* c -; a: ns */                                       \
    X(REGISTERED, "registered")             /* - e; b: index */                                    \
    X(DEREGISTERED, "deregistered")         /* - e; b: index */                                    \
    X(CHECK, "check")                       /* - e; b: index; text: passing, warning, critical */  \
    X(WOKEN, "woken")                       /* - -; a: watchers woken, b: index */                 \
    X(UNHEALTHY, "unhealthy")               /* c e; a: failed probes in a row; text: why */        \
    X(HEALTHY, "healthy")                   /* c e; a: passed probes in a row; 0: unknown now */   \
    X(SPARED, "spared")                     /* c e; an outlier; a: how found, b: enum ek_spared */ \
    X(HEDGE, "hedge")                       /* c -; a: call, b: number of the attempt to come */   \
    X(TRANSPARENT, "transparent-retry")     /* c e of the last attempt or -; a: call, b: number */ \
    X(OVERFLOW, "overflow")                 /* c -; a: call, b: enum ek_limit */                   \
    X(REJECTED, "rejected")                 /* c -; a: call, b: probability of that, ppm */        \
    X(CONFIG, "config")                     /* c -; another service config */                      \
    X(CONFIG_REFUSED, "config-refused")     /* c -; text: why */                                   \
    X(SHRINK_IGNORED, "shrink-ignored")     /* c -; a list that lost too many is not believed */   \
    X(VIEW_AGED, "view-aged")               /* c -; nothing was heard of the list for too long */  \
    X(CANARY, "canary")                     /* c -; a: its share from now on, ppm; text */         \
    X(CANARY_IGNORED, "canary-ignored")     /* c -; a: its share, which stays, ppm; text: why */   \
    X(SCENARIO, "scenario")                 /* - -; text: what the scenario itself does */

enum ek_record_kind {
#define EK_RECORD_NAME(name, word) EK_RECORD_##name,
    EK_RECORD_LIST(EK_RECORD_NAME)
#undef EK_RECORD_NAME
    EK_RECORD_COUNT
};

const char *ek_record_word(enum ek_record_kind kind);

/* What an endpoint's process is doing. */
enum ek_process {
    EK_PROCESS_UP,
    EK_PROCESS_DOWN,
    EK_PROCESS_STARTING,
    EK_PROCESS_PAUSED,
    EK_PROCESS_DRAINING,
    EK_PROCESS_DEGRADED /* slow, erring, refusing or unreachable, by a fault */
};

#define EK_NOBODY UINT32_MAX

struct ek_record {
    int64_t at_ns;
    enum ek_record_kind kind;
    uint32_t actor, subject; /* EK_NOBODY for none */
    uint64_t cause;          /* id of the record that led here; 0: none, see the test of causes */
    int64_t a, b;
    const char *text; /* copied; NULL for none; cut at 200 bytes */
};

struct ek_action;

/* What a channel's note is as a record: its kind, cause, a, b and text (borrows). `a` is for the
 * caller to fill where the record names a call. */
void ek_record_of_note(const struct ek_action *note, struct ek_record *out);
bool ek_record_names_call(enum ek_record_kind kind); /* in `a` */

/* ---- set-up ---- */

struct ek_recorded_endpoint {
    const char *name, *zone, *address;
};

struct ek_recorded_client {
    const char *name, *zone, *policy;
    const char *score_unit; /* of its policy; NULL: it has no scores */
};

struct ek_recorded_fault {
    const char *id, *kind, *target; /* target: for people, "b01" or "zone z3 (4 endpoints)" */
    int64_t start_ns, end_ns;       /* end: the run's when it lasts */
    const uint32_t *endpoints;      /* those it hits; may be none */
    size_t endpoint_count;
    bool is_registry;
    int line;
};

/* All strings and arrays are copied. */
struct ek_recording_setup {
    const char *name, *description, *watch, *scenario_path;
    const char *const *source;
    size_t source_count;
    const char *scenario_json; /* as it ran */
    const char *policy;        /* of the first client group, as named in the service config */
    const char *command;       /* that repeats the run */
    uint64_t seed;
    int64_t duration_ns, interval_ns;
    const struct ek_recorded_endpoint *endpoints;
    size_t endpoint_count;
    const struct ek_recorded_client *clients;
    size_t client_count;
    const struct ek_recorded_fault *faults;
    size_t fault_count;
    const struct ek_expectation *expectations;
    size_t expectation_count;
    const char *path; /* of the file to write; NULL: none is written, the results are still made */
    uint64_t keep_call; /* stays, and whatever names it, however much there is; 0: none */
};

struct ek_recorder;

/* Returns new; NULL without memory. */
struct ek_recorder *ek_recorder_new(const struct ek_recording_setup *setup);
void ek_recorder_free(struct ek_recorder *recorder);

/* ---- while it runs; `at` never goes back ---- */

/* Keeps (or, past the limit, only counts) a record and adds it to the fingerprint.
 * Returns its id: 1, 2, 3 ... */
uint64_t ek_recorder_event(struct ek_recorder *recorder, const struct ek_record *record);

/* Adds one engine event to the fingerprint. */
void ek_recorder_hash(struct ek_recorder *recorder, int64_t at_ns, uint64_t word);

/* A client's load offers a call, planned for `at`. Returns the call's number: 1, 2, 3 ... */
uint64_t ek_recorder_call_started(struct ek_recorder *recorder, int64_t at_ns, uint32_t client);

void ek_recorder_attempt_started(struct ek_recorder *recorder, int64_t at_ns, uint32_t client,
                                 uint32_t endpoint, bool is_retry);

/* More is to come of this endpoint: fetches what will be needed from memory. */
void ek_recorder_expect(const struct ek_recorder *recorder, uint32_t endpoint);

/* `status` is an enum ek_status; latency from the attempt's start. */
void ek_recorder_attempt_done(struct ek_recorder *recorder, int64_t at_ns, uint32_t client,
                              uint32_t endpoint, int status, int64_t latency_ns);

enum {
    EK_RECORD_ATTEMPTS_MAX = 5
};

struct ek_recorded_attempt {
    uint32_t endpoint;
    int status;
    int64_t start_ns, end_ns;
};

struct ek_recorded_call {
    uint64_t number;
    uint32_t client;
    int64_t planned_ns, end_ns;
    int status;
    uint64_t cause; /* record id of what made it fail; 0 when OK */
    uint32_t attempt_count;
    struct ek_recorded_attempt attempts[EK_RECORD_ATTEMPTS_MAX];
};

/* The call has its final status. Latency counts from the planned time. */
void ek_recorder_call_done(struct ek_recorder *recorder, const struct ek_recorded_call *call);

/* An endpoint that a pick of `call` chose, could have chosen, or was not shown. */
struct ek_recorded_candidate {
    uint64_t call;
    uint32_t attempt; /* from 1 */
    uint32_t endpoint;
    uint32_t weight, in_flight; /* just before the pick */
    bool has_score;
    int64_t score;
    const char *fitness; /* keeps: "eligible", or why it was not shown */
    bool is_chosen;
};

/* Adds nothing to the fingerprint. */
void ek_recorder_candidate(struct ek_recorder *recorder,
                           const struct ek_recorded_candidate *candidate);

/* An endpoint's load changed: calls being served and waiting. */
void ek_recorder_endpoint_load(struct ek_recorder *recorder, int64_t at_ns, uint32_t endpoint,
                               uint32_t busy, uint32_t queued);

/* ---- the end ---- */

struct ek_recording_end {
    int64_t sim_ns;   /* virtual time reached */
    int64_t wall_ns;  /* real time the simulation took */
    uint64_t events;  /* engine events */
    bool interrupted; /* cut short by the user */
    bool under_way;   /* it goes on: the file will be replaced. `interrupted` is set as well */
};

/* Works out the results and writes the file. On EK_EIO nothing is left behind and `why` says what
 * failed. The results can be read with ek_recorder_results either way. */
EK_MUST_USE enum ek_err ek_recorder_finish(struct ek_recorder *recorder,
                                           const struct ek_recording_end *end, char *why,
                                           size_t why_size);

/* Adds nothing, changes nothing: the 64-bit XXH3 chain over every event so far. */
uint64_t ek_recorder_fingerprint(const struct ek_recorder *recorder);

struct ek_results;

/* Returns borrowed until the recorder is freed; only after ek_recorder_finish. */
const struct ek_results *ek_recorder_results(const struct ek_recorder *recorder);

#endif
