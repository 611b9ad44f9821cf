#include "core/resolver/pace.h"

#include "core/retry.h"

enum {
    BURST = 2,                 /* queries the bucket holds */
    BACKOFF_MULTIPLIER = 1600, /* thousandths */
    BACKOFF_JITTER_PPM = 200000
};

void ek__pace_init(struct ek__pace *pace, struct ek__pace_limits limits, struct ek_rng rng,
                   ek_time now)
{
    *pace = (struct ek__pace){.limits = limits, .rng = rng, .next = now};
}

void ek__pace_ask(struct ek__pace *pace, int64_t timeout_ns, ek_time now)
{
    ek_time from = ek_time_before(pace->full, now) ? now : pace->full;

    pace->full = ek_time_add(from, pace->limits.interval_ns);
    pace->is_asking = true;
    pace->next = ek_time_add(now, timeout_ns);
}

/* A registry whose answers always come at once must not be asked in a busy loop. */
void ek__pace_rest(struct ek__pace *pace, int64_t pause_ns, ek_time now)
{
    int64_t ahead = ek_time_since(pace->full, now) - (BURST - 1) * pace->limits.interval_ns;

    pace->is_asking = false;
    pace->next = ek_time_add(now, ahead > pause_ns ? ahead : pause_ns);
}

void ek__pace_fail(struct ek__pace *pace, ek_time now)
{
    struct ek__backoff backoff = {pace->limits.backoff_initial_ns, pace->limits.backoff_max_ns,
                                  BACKOFF_MULTIPLIER};

    if (pace->failures < UINT32_MAX)
        pace->failures++;
    ek__pace_rest(
        pace,
        ek_rng_jitter(&pace->rng, ek__backoff_nominal(backoff, pace->failures), BACKOFF_JITTER_PPM),
        now);
}

bool ek__pace_is_due(const struct ek__pace *pace, ek_time now)
{
    return !pace->is_asking && !ek_time_before(now, pace->next);
}

bool ek__pace_is_late(const struct ek__pace *pace, ek_time now)
{
    return pace->is_asking && !ek_time_before(now, pace->next);
}

void ek__pending_add(unsigned *pending, const struct ek__belief_news *news)
{
    *pending |= news->is_changed ? 1u << EK_RESOLVE_LIST : 0;
    *pending |= news->is_empty_refused ? 1u << EK_RESOLVE_EMPTY : 0;
    *pending |= news->is_shrink_refused ? 1u << EK_RESOLVE_SHRUNK : 0;
}

bool ek__pending_take(unsigned *pending, enum ek_resolve_kind kind)
{
    bool is_pending = (*pending >> kind & 1) != 0;

    *pending &= ~(1u << kind);
    return is_pending;
}
