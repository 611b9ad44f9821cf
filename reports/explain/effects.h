/* What followed from an event, along recorded causes, with equal effects merged. */
#ifndef EK_REPORTS_EXPLAIN_EFFECTS_H
#define EK_REPORTS_EXPLAIN_EFFECTS_H

#include "reports/recording/replay.h"

enum {
    EK__EFFECTS_MAX = 64
};

/* Events of one kind and meaning that have the same merged cause. */
struct ek__effect {
    size_t first; /* index of the first event */
    enum ek_record_kind kind;
    unsigned variant;      /* what it means: see ek__effect_variant */
    uint64_t count, woken; /* woken: watchers that a change of the registry woke */
    int64_t first_ns, last_ns;
    int64_t delay_min_ns, delay_max_ns; /* from the event that caused each */
    uint32_t actors, endpoints;         /* different ones */
    size_t parent; /* SIZE_MAX for the root, which comes first; else smaller than its own index */
    int depth;
    bool is_critical; /* on the path that took the traffic away, or brought it back */
};

struct ek__effects {
    struct ek__effect items[EK__EFFECTS_MAX];
    size_t count;
    bool is_cut; /* there was more than that */
};

/* The kinds of a subchannel's changes. */
enum {
    EK__SUBCHANNEL_BREAKS, /* READY, then something else */
    EK__SUBCHANNEL_FAILS,
    EK__SUBCHANNEL_READY,
    EK__SUBCHANNEL_CLOSES,
    EK__SUBCHANNEL_TRIES /* left out */
};
unsigned ek__effect_variant(const struct ek_replay_event *event);

/* Fills `effects` from the event with this id; none when it was not kept. A return from ejection
 * has no recorded cause, but the ejection has its end: it follows from that. Backoff between
 * attempts to connect is left out. False without memory. */
bool ek__effects_of(struct ek__effects *effects, const struct ek_replay *replay, uint64_t id);

/* "6 clients eject 4 endpoints, 24 in all". Returns `out`. */
const char *ek__effect_text(const struct ek_replay *replay, const struct ek__effect *effect,
                            char *out, size_t size);

#endif
