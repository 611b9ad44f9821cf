/* A channel: one client's view of one service.
 *
 * It never blocks, reads no clock, draws randomness only from its own seeded streams and allocates
 * nothing per call once warm. A driver (the simulator, or sockets) turns it:
 *
 *     ek_channel_input(ch, &event, now);        what happened
 *     ek_channel_call(ch, &call, now);          a call to make
 *     ek_channel_tick(ch, now);                 timers that are due
 *     while (ek_channel_output(ch, &action))    what to do: obey each at once
 *         obey(&action);
 *     wait_until(ek_channel_deadline(ch));
 *
 * There are no callbacks and so no re-entrancy. `now` never runs backwards: an earlier one is
 * clamped, counted and noted. */
#ifndef EVENKEEL_CHANNEL_H
#define EVENKEEL_CHANNEL_H

#include "evenkeel/err.h"
#include "evenkeel/event.h"
#include "evenkeel/mem.h"
#include "evenkeel/service_config.h"
#include "evenkeel/time.h"

#include <jansson.h>

struct ek_channel;

struct ek_channel_config {
    const struct ek_service_config *service_config; /* keeps: must outlive the channel */
    const struct ek_resolver_ops *resolver;
    const json_t *resolver_options; /* borrows; NULL: defaults */
    uint64_t seed;                  /* one seed for a whole run ... */
    uint64_t id;                    /* ... and one id per channel: the streams differ */
    uint32_t calls_max;             /* unfinished calls at most; 0: 1,000,000 */
    const struct ek_mem *mem;       /* keeps; NULL: libc */
    uint64_t cause;                 /* of the channel's own first actions */
    const char *config_error; /* borrows; why the config that came is invalid: until a valid one
                                 comes, calls fail as UNAVAILABLE (A21). NULL: it is not */
    const char *locality;     /* borrows: where the client is, "zone" or "region/zone" */
};

/* Returns new in `*out`. EK_EINVAL with complaints for bad resolver options. */
EK_MUST_USE enum ek_err ek_channel_new(const struct ek_channel_config *config, ek_time now,
                                       struct ek_channel **out, struct ek_errors *errors);
void ek_channel_free(struct ek_channel *channel);

struct ek_call {
    uint64_t token;                        /* the driver's; comes back in SEND, FINISH and notes */
    uint64_t cause;                        /* opaque, as in events */
    const struct ek_method_config *method; /* keeps until FINISH; NULL: the default entry */
    int64_t timeout_ns;                    /* 0: the method's. The shorter one counts */
    uint64_t hash;                         /* of the request's key; 0 without one */
    uint32_t subset;                       /* from ek_channel_subset: the endpoints it is meant for;
                                              0: any */
};

/* A number for what calls may ask of their endpoint: all of these `labels`, one value a key at
 * most. The same labels have the same number as long as the channel lives. EK_EINVAL for more than
 * 8 of them, two of one key, or a policy that keeps one connection only; EK_ELIMIT beyond 1,023
 * numbers. */
EK_MUST_USE enum ek_err ek_channel_subset(struct ek_channel *channel, const struct ek_label *labels,
                                          size_t count, uint32_t *out);

/* From now on `share_ppm` (0 .. 1,000,000) of the calls that ask for nothing are made to ask for
 * what selection.canary.match says; without that, nothing changes. It stands until a config brings
 * another share, or the value of selection.canary.key changes. */
void ek_channel_set_canary(struct ek_channel *channel, int64_t share_ppm, ek_time now);

/* How many clients there are in a locality. */
struct ek_callers {
    const char *locality;
    uint32_t count;
};

/* Tells zone-aware routing where the clients of the service are, this one included. Without it they
 * are taken to be spread as the listed endpoints are. EK_ELIMIT if there are too many localities.
 */
EK_MUST_USE enum ek_err ek_channel_set_callers(struct ek_channel *channel,
                                               const struct ek_callers *callers, size_t count,
                                               ek_time now);

/* Starts a call. EK_ELIMIT when calls_max are unfinished, EK_ENOMEM: the call was not taken. */
EK_MUST_USE enum ek_err ek_channel_call(struct ek_channel *channel, const struct ek_call *call,
                                        ek_time now);

/* Another service config, for picks and calls from now on. `config` must outlive the channel, and
 * so must those before it. NULL: what came is invalid, as `why` (borrows) says: then the last valid
 * one stays, and if there was none calls go on failing (gRPC A21). EK_ENOMEM: nothing changed, or
 * calls fail until the next one. */
EK_MUST_USE enum ek_err ek_channel_reconfigure(struct ek_channel *channel,
                                               const struct ek_service_config *config,
                                               const char *why, ek_time now, uint64_t cause);

void ek_channel_input(struct ek_channel *channel, const struct ek_event *event, ek_time now);
void ek_channel_tick(struct ek_channel *channel, ek_time now);

/* An answer to an attempt is on its way: a driver that knows may ask for what it will need to be
 * fetched from memory, first LATER, then SOON, then NEXT. Changes nothing, and is never needed. */
enum ek_expect {
    EK_EXPECT_LATER,
    EK_EXPECT_SOON,
    EK_EXPECT_NEXT
};
void ek_channel_expect(const struct ek_channel *channel, uint64_t attempt, enum ek_expect when);

/* Pulls the next action; false when there is none. */
bool ek_channel_output(struct ek_channel *channel, struct ek_action *out);

/* The same in place, NULL when there is none: the driver's, until it tells the channel something.
 */
struct ek_action *ek_channel_pull(struct ek_channel *channel);

/* When to tick next; EK_TIME_NEVER if nothing is pending. */
ek_time ek_channel_deadline(const struct ek_channel *channel);

/* ---- looking in, without changing anything ---- */

enum ek_conn ek_channel_state(const struct ek_channel *channel);

struct ek_endpoint_view {
    const char *address;  /* returned borrowed while the endpoint exists */
    const char *locality; /* likewise; NULL: unknown */
    uint32_t priority;
    enum ek_conn state;
    bool is_listed; /* in the resolver's last list */
    bool is_ejected;
    bool is_failing; /* it cannot be connected to, since its last failure */
    uint32_t weight;
    uint32_t in_flight;
    bool is_unhealthy;     /* by its probes */
    bool is_awaited;       /* no probe has said anything yet, and one must */
    uint32_t shown_weight; /* to policies: while the endpoint warms up, or if any may, in
                              thousandths */
};

/* Endpoint numbers run from 0 and are never reused; false for one that never was. */
bool ek_channel_endpoint(const struct ek_channel *channel, uint32_t endpoint,
                         struct ek_endpoint_view *out);

/* What the policy holds about an endpoint, in the unit that its ops name. False when the policy has
 * no such thing, or does not see the endpoint now. */
bool ek_channel_score(const struct ek_channel *channel, uint32_t endpoint, int64_t *out);

/* An endpoint that a pick could choose, as the policy saw it just before. */
struct ek_traced {
    uint32_t endpoint, weight, in_flight;
    bool has_score;
    int64_t score; /* in the unit that the policy's ops name */
};

/* From now on the picks of the call with this token are put down, one after the other. */
void ek_channel_trace(struct ek_channel *channel, uint64_t token);

/* What the last pick of that call chose from. Returns borrowed until the channel's next turn; none
 * before the first pick, and when there was no memory. */
const struct ek_traced *ek_channel_traced(const struct ek_channel *channel, size_t *count);

struct ek_channel_stats {
    uint64_t calls, attempts, retries, throttled;
    uint64_t clock_backwards;
    uint32_t calls_unfinished, attempts_unfinished;
    uint32_t endpoints_listed, endpoints_ready, endpoints_ejected;
    int64_t retry_tokens; /* thousandths */
    uint64_t panic_picks; /* with health ignored */
    uint64_t hedges, transparent_retries;
    uint64_t overflows[EK_LIMIT_COUNT];
    uint64_t rejected; /* by client-side throttling */
    uint64_t ejections, ejections_spared_limit, ejections_spared_chance;
    uint64_t probes;
    uint32_t calls_queued, retries_unfinished, probes_unfinished;
    uint32_t endpoints_unhealthy;
};

struct ek_channel_stats ek_channel_stats(const struct ek_channel *channel);

#endif
