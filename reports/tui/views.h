/* What each client believes about each endpoint, worked out from the events until the cursor. */
#ifndef EK_REPORTS_TUI_VIEWS_H
#define EK_REPORTS_TUI_VIEWS_H

#include "evenkeel/err.h"
#include "reports/recording/replay.h"

struct ek_view {
    bool is_listed, is_ejected;
    uint8_t conn;              /* enum ek_conn */
    uint32_t ejections;        /* so far */
    int64_t ejected_until_ns;  /* of the last one */
    int64_t failures_in_a_row; /* that led to it */
};

/* What a client has done so far. */
struct ek_client_counts {
    uint64_t ejections, retries, throttled, failed;
};

struct ek_views {
    size_t clients, endpoints;
    size_t event_index;    /* the events before it are in */
    struct ek_view *views; /* client after client */
    struct ek_client_counts *counts;
    uint64_t *endpoint_index; /* the registry's index when the endpoint last changed there */
};

/* Moves zeroed views, or some moved before, to a cursor; both ways. */
EK_MUST_USE enum ek_err ek_views_move(struct ek_views *views, const struct ek_replay *replay,
                                      size_t event_index);
void ek_views_deinit(struct ek_views *views);

const struct ek_view *ek_views_at(const struct ek_views *views, uint32_t client, uint32_t endpoint);

#endif
