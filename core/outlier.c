/* Passive health: an endpoint that fails too often is left alone until a deadline. Failures in a
 * row are seen here, as they happen; the sweeps of outlier_sweep.c compare endpoints. */
#include "core/channel.h"

static uint32_t timer_id(const struct ek__endpoint *e)
{
    return 2 * e->number + 1;
}

bool ek__is_failure(enum ek_status status)
{
    const uint32_t blamed = 1u << EK_STATUS_UNKNOWN | 1u << EK_STATUS_DEADLINE_EXCEEDED |
                            1u << EK_STATUS_RESOURCE_EXHAUSTED | 1u << EK_STATUS_INTERNAL |
                            1u << EK_STATUS_UNAVAILABLE | 1u << EK_STATUS_DATA_LOSS;

    return (blamed >> status & 1) != 0;
}

/* What a proxy would answer with 503 or 504. */
static bool is_gateway_failure(enum ek_status status)
{
    return status == EK_STATUS_UNAVAILABLE || status == EK_STATUS_DEADLINE_EXCEEDED;
}

bool ek__outlier_is_sweeping(const struct ek_channel *ch)
{
    return ch->config->outlier.interval_ns > 0 && !ek__is_first_mode(ch);
}

static void set_ejected(struct ek_channel *ch, struct ek__endpoint *e, bool is_ejected)
{
    bool was_fit = ek__eligible_is_fit(ch, e);

    e->is_ejected = is_ejected;
    ch->ejected_count += is_ejected ? 1 : UINT32_MAX;
    ek__eligible_changed(ch, e, was_fit);
    ch->has_news = true;
}

/* ---- limits and chance ---- */

/* The limit is tested before ejecting, so any percentage above 0 lets at least one go (A50). */
static bool is_below_limit(const struct ek_channel *ch)
{
    int64_t percent = ch->config->outlier.ejection_max_percent, ejected = ch->ejected_count;
    int64_t listed = (int64_t)ch->listed_count;

    switch ((enum ek_dialect)ch->config->dialect) {
    case EK_DIALECT_ENVOY: /* as it would be afterwards */
        return (ejected + 1) * 100 <= percent * listed;
    case EK_DIALECT_GRPC_CORE: /* one always may */
        return ejected == 0 || ejected * 100 < percent * listed;
    case EK_DIALECT_GRPC:
    case EK_DIALECT_GRPC_GO:
    case EK_DIALECT_GRPC_JAVA:
    case EK_DIALECT_GRPC_NODE:
    case EK_DIALECT_COUNT:
        break;
    }
    return ejected * 100 < percent * listed;
}

static int64_t enforcement(const struct ek_outlier_config *config, enum ek_outlier how)
{
    switch (how) {
    case EK_OUTLIER_CONSECUTIVE:
        return config->consecutive_enforcement;
    case EK_OUTLIER_GATEWAY:
        return config->gateway_enforcement;
    case EK_OUTLIER_LOCAL:
        return config->local_enforcement;
    case EK_OUTLIER_SUCCESS_RATE:
        return config->success_rate.enforcement_percent;
    case EK_OUTLIER_FAILURE_PERCENTAGE:
        return config->failure_percentage.enforcement_percent;
    case EK_OUTLIER_COUNT:
        break;
    }
    return 0;
}

static bool is_enforced(struct ek_channel *ch, enum ek_outlier how)
{
    int64_t percent = enforcement(&ch->config->outlier, how);

    if (percent >= 100 || percent == 0) /* certain: no number of the stream */
        return percent > 0;
    return (int64_t)ek_rng_below(&ch->outlier_rng, 100) < percent;
}

static void spare(struct ek_channel *ch, const struct ek__endpoint *e, enum ek_outlier how,
                  enum ek_spared why)
{
    struct ek_action *note = ek__note(ch, EK_NOTE_NOT_EJECTED, e->number);

    note->from = (uint8_t)how;
    note->number = why;
    if (why == EK_SPARED_LIMIT)
        ch->stats.ejections_spared_limit++;
    else
        ch->stats.ejections_spared_chance++;
}

/* ---- ejection ---- */

static int64_t longest(const struct ek_outlier_config *config)
{
    return config->ejection_max_ns > config->base_ejection_ns ? config->ejection_max_ns
                                                              : config->base_ejection_ns;
}

static int64_t duration_of(const struct ek_outlier_config *config, uint32_t in_row)
{
    return in_row > 0 && config->base_ejection_ns > longest(config) / in_row
               ? longest(config)
               : config->base_ejection_ns * in_row;
}

/* Envoy's multiplier grows no further once it makes no difference. */
static bool may_grow(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    const struct ek_outlier_config *config = &ch->config->outlier;

    return ch->config->dialect != EK_DIALECT_ENVOY ||
           duration_of(config, e->ejections_in_row) < longest(config);
}

static void eject(struct ek_channel *ch, struct ek__endpoint *e, enum ek_outlier how)
{
    const struct ek_outlier_config *config = &ch->config->outlier;
    struct ek_action *note;

    /* Without sweeps: healthy for a base time since its return, the row of ejections is broken. */
    if (!ek__outlier_is_sweeping(ch) &&
        ek_time_since(ch->now, e->returned_at) >= config->base_ejection_ns)
        e->ejections_in_row = 0;
    if (may_grow(ch, e) && e->ejections_in_row < UINT32_MAX)
        e->ejections_in_row++;
    e->ejected_until = ek_time_add(ch->now, duration_of(config, e->ejections_in_row));
    e->ejected_cause = ch->cause;
    if (!e->is_ejected)
        set_ejected(ch, e, true);
    if (!ek__outlier_is_sweeping(ch))
        ek__timers_arm(&ch->endpoint_timers, timer_id(e), e->ejected_until);
    ch->stats.ejections++;
    note = ek__note(ch, EK_NOTE_EJECTED, e->number);
    note->value = e->ejected_until.ns;
    note->number = how == EK_OUTLIER_CONSECUTIVE ? e->failures_in_row
                   : how == EK_OUTLIER_GATEWAY   ? e->gateway_in_row
                   : how == EK_OUTLIER_LOCAL     ? e->local_in_row
                                                 : 0;
    note->from = (uint8_t)how;
}

void ek__outlier_found(struct ek_channel *ch, struct ek__endpoint *e, enum ek_outlier how)
{
    if (!is_below_limit(ch))
        spare(ch, e, how, EK_SPARED_LIMIT);
    else if (!is_enforced(ch, how))
        spare(ch, e, how, EK_SPARED_CHANCE);
    else
        eject(ch, e, how);
}

void ek__outlier_return(struct ek_channel *ch, struct ek__endpoint *e)
{
    e->failures_in_row = e->gateway_in_row = e->local_in_row = 0;
    e->returned_at = ch->now;
    ek__timers_cancel(&ch->endpoint_timers, timer_id(e));
    set_ejected(ch, e, false);
    ek__note(ch, EK_NOTE_RETURNED, e->number);
}

void ek__outlier_timer(struct ek_channel *ch, struct ek__endpoint *e)
{
    ch->cause = e->ejected_cause;
    ek__outlier_return(ch, e);
}

void ek__outlier_removed(struct ek_channel *ch, struct ek__endpoint *e)
{
    ek__timers_cancel(&ch->endpoint_timers, timer_id(e));
    if (!e->is_ejected)
        return;
    e->is_ejected = false;
    ch->ejected_count--;
}

/* ---- what ended ---- */

/* One failure more, or none, in a row. At the threshold, and with every further one, the endpoint
 * is an outlier; what is spared by chance has to fail that often again. */
static void count_row(struct ek_channel *ch, struct ek__endpoint *e, uint32_t *in_row,
                      int64_t threshold, enum ek_outlier how)
{
    uint64_t spared = ch->stats.ejections_spared_chance;

    if (*in_row < UINT32_MAX)
        ++*in_row;
    if (threshold == 0 || *in_row < threshold || !e->is_listed || e->is_ejected)
        return;
    ek__outlier_found(ch, e, how);
    if (ch->stats.ejections_spared_chance > spared)
        *in_row = 0;
}

void ek__outlier_result(struct ek_channel *ch, struct ek__endpoint *e,
                        const struct ek__ending *ending)
{
    const struct ek_outlier_config *config = &ch->config->outlier;
    bool is_split = config->splits_local && ending->is_local;
    bool is_bad = ch->config->dialect == EK_DIALECT_ENVOY ? ek__is_failure(ending->status)
                                                          : ending->status != EK_STATUS_OK;

    if (ending->is_cut || ending->unprocessed == EK_NEVER_SENT || ek__is_first_mode(ch))
        return;
    if (is_bad)
        e->failure_cause = ch->cause;
    if (ek__outlier_is_sweeping(ch)) {
        e->sweep_bad += is_bad;
        e->sweep_good += !is_bad;
    }
    if (ending->status == EK_STATUS_CANCELLED)
        return;
    if (!ek__is_failure(ending->status)) {
        e->failures_in_row = e->gateway_in_row = e->local_in_row = 0;
        return;
    }
    if (ending->is_local)
        count_row(ch, e, &e->local_in_row, config->consecutive_local, EK_OUTLIER_LOCAL);
    else
        e->local_in_row = 0;
    if (is_split)
        return;
    if (is_gateway_failure(ending->status))
        count_row(ch, e, &e->gateway_in_row, config->consecutive_gateway, EK_OUTLIER_GATEWAY);
    else
        e->gateway_in_row = 0;
    count_row(ch, e, &e->failures_in_row, config->consecutive_failures, EK_OUTLIER_CONSECUTIVE);
}
