/* The moment of a run that decided an expectation: where every reader goes to show it. */
#ifndef EK_REPORTS_DECIDED_H
#define EK_REPORTS_DECIDED_H

#include "reports/recording/replay.h"

struct ek_decided {
    int64_t at_ns;    /* -1: no moment did */
    int64_t until_ns; /* of the interval that begins there; else at_ns */
    size_t event;     /* of the replay; SIZE_MAX: only the time is known */
};

/* A latency is decided in the interval with the longest call, a count of some kind of event by the
 * first of them, a fault's time by the event it ends with; that nothing came by a whole phase, from
 * whose start on it can be seen. `judged` is one of the replay's results. */
struct ek_decided ek_replay_decided(const struct ek_replay *replay, const struct ek_judged *judged);

#endif
