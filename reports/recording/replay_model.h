/* A recording in memory. */
#ifndef EK_REPORTS_REPLAY_MODEL_H
#define EK_REPORTS_REPLAY_MODEL_H

#include "reports/recording/arena.h"
#include "reports/recording/curve.h"
#include "reports/recording/replay.h"

#include "evenkeel/event.h"

struct ek__moments;
struct ek__inside_replay;

struct ek_replay {
    struct ek__arena arena;
    struct ek_results results;
    const char *scenario_json;
    struct ek_replay_endpoint *endpoints;
    struct ek_replay_client *clients;
    /* Ids are those of what their kind names, and exist; else they are EK_NOBODY. Times never fall,
     * ids rise, and a cause is smaller than its event. */
    struct ek_replay_event *events;
    size_t event_count;
    struct ek_interval *intervals;
    struct ek_endpoint_interval *endpoint_intervals; /* results.interval_count per endpoint */
    struct ek_recorded_call *calls;
    size_t call_count;
    uint64_t (*transitions)[5];
    struct ek_curve *curves; /* per phase */
    struct ek__moments *moments;
    struct ek__inside_replay *inside;
};

/* What the actor of a kind of record is. */
enum ek__role {
    EK__ROLE_NONE,
    EK__ROLE_CLIENT,
    EK__ROLE_ENDPOINT,
    EK__ROLE_FAULT
};
enum ek__role ek__record_role(enum ek_record_kind kind);

/* Returns new; NULL without memory. Keeps `replay`. */
struct ek__moments *ek__moments_new(const struct ek_replay *replay);
void ek__moments_free(struct ek__moments *moments);

#endif
