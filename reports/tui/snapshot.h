/* All that a screen shows of one moment, ready to draw. */
#ifndef EK_REPORTS_TUI_SNAPSHOT_H
#define EK_REPORTS_TUI_SNAPSHOT_H

#include "reports/recording/replay.h"
#include "reports/tui/chain.h"
#include "reports/tui/graphs.h"
#include "reports/tui/heat.h"
#include "reports/tui/log.h"
#include "reports/tui/ui.h"
#include "reports/tui/views.h"

/* What the intervals of the last second before the cursor add up to, for one endpoint. */
struct ek_window_endpoint {
    uint64_t attempts, ok, errors;
    uint32_t busy_max;
    int64_t p99_ns; /* the highest of the intervals; -1: none */
};

struct ek_window {
    size_t first, end; /* intervals; none in the first one of the run */
    int64_t length_ns;
    uint64_t started, ok, errors, attempts;
    uint64_t endpoint_attempts; /* over all endpoints */
    int64_t p99_ns;
    struct ek_window_endpoint *endpoints;
};

struct ek_snapshot {
    struct ek_replay *replay; /* for texts; drawing does not move it */
    const struct ek_results *results;
    const struct ek_replay_endpoint *endpoints;
    const struct ek_replay_client *clients;
    const struct ek_replay_event *events;
    size_t endpoint_count, client_count, event_count;
    bool has_registry;      /* the clients ask one, somewhere in the run */
    int64_t end_ns;         /* of the run, as far as it has come */
    int64_t span_ns;        /* of the whole run, when it goes on; else end_ns */
    int64_t from_ns, to_ns; /* the stretch of time that is on screen */

    const struct ek_moment *moment;
    struct ek_window window;
    uint32_t *order; /* of the endpoints that match the filter */
    size_t order_count;
    struct ek_log log;
    struct ek_views views;                /* of the screens of Consul and policy only */
    struct ek_heat heat;                  /* of the heat map only */
    struct ek_chain chain;                /* of the chain only */
    struct ek_graphs graphs;              /* of the graphs only */
    const struct ek_recorded_call *calls; /* kept ones, by planned time */
    size_t call_count;
    const struct ek_recorded_call *call; /* of the call's screen only; NULL: not kept */
    const struct ek_replay *traced;      /* knows what that call's picks chose from */
    const char *traced_not;              /* why it does not; "" */
    const char *text;                    /* of the text's screen only; borrowed */
};

/* Gets ready for a replay. Keeps it. */
EK_MUST_USE enum ek_err ek_snapshot_init(struct ek_snapshot *snapshot, struct ek_replay *replay);
void ek_snapshot_deinit(struct ek_snapshot *snapshot);

/* Brings everything to where the user's cursor is, for the screen that is open. `columns` is what
 * the heat map may take. */
EK_MUST_USE enum ek_err ek_snapshot_take(struct ek_snapshot *snapshot, const struct ek_ui *ui,
                                         int columns);

/* The state's word, "healthy"; and its character. */
const char *ek_fitness_word(enum ek_fitness fitness);
uint32_t ek_fitness_glyph(enum ek_fitness fitness);

/* "up", "down", "degraded"; */
const char *ek_process_word(enum ek_process process);

/* The call of that number; NULL when it was not kept. */
const struct ek_recorded_call *ek_snapshot_call(const struct ek_snapshot *snapshot,
                                                uint64_t number);

/* Row of an endpoint in the order; SIZE_MAX when the filter hides it. */
size_t ek_snapshot_row(const struct ek_snapshot *snapshot, uint32_t endpoint);

#endif
