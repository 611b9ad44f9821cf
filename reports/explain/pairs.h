/* What one client knew of its endpoints at a moment, from the recorded events. */
#ifndef EK_REPORTS_EXPLAIN_PAIRS_H
#define EK_REPORTS_EXPLAIN_PAIRS_H

#include "reports/recording/replay.h"

struct ek__pair {
    bool is_listed, is_ejected;
    int state;         /* enum ek_conn; -1: no subchannel */
    int64_t since_ns;  /* of the state */
    int64_t until_ns;  /* of the ejection */
    uint64_t state_id; /* the record that set the state; 0: none */
};

struct ek__known {
    struct ek__pair *pairs;                    /* one per endpoint; NULL without memory */
    uint32_t listed, ready, ejected, pickable; /* pickable: listed, READY and not ejected */
    int channel_state;                         /* enum ek_conn; -1: never told */
    uint64_t list_id, channel_id; /* records of the last list and channel state; 0: none */
    int64_t list_ns;
};

/* After all events before `event_index`. */
void ek__known_at(struct ek__known *known, const struct ek_replay *replay, uint32_t client,
                  size_t event_index);
void ek__known_deinit(struct ek__known *known);

#endif
