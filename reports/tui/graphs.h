/* State machines as they were lived: who is in which state, which way was taken how often. */
#ifndef EK_REPORTS_TUI_GRAPHS_H
#define EK_REPORTS_TUI_GRAPHS_H

#include "evenkeel/err.h"
#include "reports/recording/replay.h"

enum {
    EK_MACHINE_STATES_MAX = 6
};

enum ek_machine_kind {
    EK_MACHINE_CONNECTION, /* a client's connection to an endpoint */
    EK_MACHINE_OUTLIER,    /* a client's opinion of an endpoint */
    EK_MACHINE_CHECK,      /* the registry's of an endpoint */
    EK_MACHINE_PROCESS,    /* the endpoint's own state */
    EK_MACHINE_COUNT
};

struct ek_machine {
    const char *title;
    const char *const *words; /* one per state */
    int states;
    uint8_t *now; /* state of each of `size` things; the number of states: not known yet */
    size_t size;
    uint64_t taken[EK_MACHINE_STATES_MAX][EK_MACHINE_STATES_MAX];  /* until the cursor */
    uint64_t in_all[EK_MACHINE_STATES_MAX][EK_MACHINE_STATES_MAX]; /* in the whole run */
    int64_t stay_ns[EK_MACHINE_STATES_MAX]; /* median of the stays that ended; -1: none did */
};

struct ek_graphs {
    struct ek_machine machines[EK_MACHINE_COUNT];
    size_t clients, endpoints;
    size_t event_index; /* the events before it are in */
    bool is_made;
};

/* Moves zeroed graphs, or some moved before, to a cursor; both ways. */
EK_MUST_USE enum ek_err ek_graphs_move(struct ek_graphs *graphs, const struct ek_replay *replay,
                                       size_t event_index);
void ek_graphs_deinit(struct ek_graphs *graphs);

/* Things that are in a state now. */
size_t ek_machine_count(const struct ek_machine *machine, int state);

/* Whether something is in a state, or was in the whole run; how many machines have such states. */
bool ek_machine_is_used(const struct ek_machine *machine, int state);
size_t ek_graphs_count(const struct ek_graphs *graphs);

#endif
