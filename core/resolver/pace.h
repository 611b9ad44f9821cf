/* When to ask: pauses after failures, a bucket of queries, the end of patience. */
#ifndef EVENKEEL_CORE_RESOLVER_PACE_H
#define EVENKEEL_CORE_RESOLVER_PACE_H

#include "core/resolver/belief.h"

struct ek__pace_limits {
    int64_t backoff_initial_ns, backoff_max_ns;
    int64_t interval_ns; /* in the long run one query in this time, two at once; 0: no limit */
};

/* Of somebody who asks one question at a time. */
struct ek__pace {
    struct ek__pace_limits limits;
    struct ek_rng rng;
    bool is_asking;
    ek_time next;      /* asking: when it is given up; else: when the next may begin */
    ek_time full;      /* when the bucket is full again */
    uint32_t failures; /* in a row; whoever is answered well sets it to 0 */
};

void ek__pace_init(struct ek__pace *pace, struct ek__pace_limits limits, struct ek_rng rng,
                   ek_time now);

/* The question is asked. */
void ek__pace_ask(struct ek__pace *pace, int64_t timeout_ns, ek_time now);

/* It is over: the next may begin after `pause_ns`, or later if the bucket is empty then. */
void ek__pace_rest(struct ek__pace *pace, int64_t pause_ns, ek_time now);

/* It failed: the pause is 1.6 times as long as the last one, +-20 %. */
void ek__pace_fail(struct ek__pace *pace, ek_time now);

/* May the next begin? */
bool ek__pace_is_due(const struct ek__pace *pace, ek_time now);

/* Has the one under way taken too long? */
bool ek__pace_is_late(const struct ek__pace *pace, ek_time now);

/* What is to be put out: bit n for enum ek_resolve_kind n. */
void ek__pending_add(unsigned *pending, const struct ek__belief_news *news);
bool ek__pending_take(unsigned *pending, enum ek_resolve_kind kind);

#endif
