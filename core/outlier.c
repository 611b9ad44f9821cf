/* Passive health: an endpoint that fails too often in a row is left alone until a deadline. */
#include "core/channel.h"

static uint32_t timer_id(const struct ek__endpoint *e)
{
    return 2 * e->number + 1;
}

/* Whether the endpoint is to blame, rather than the call. */
static bool is_failure(enum ek_status status)
{
    const uint32_t blamed = 1u << EK_STATUS_UNKNOWN | 1u << EK_STATUS_DEADLINE_EXCEEDED |
                            1u << EK_STATUS_RESOURCE_EXHAUSTED | 1u << EK_STATUS_INTERNAL |
                            1u << EK_STATUS_UNAVAILABLE | 1u << EK_STATUS_DATA_LOSS;

    return (blamed >> status & 1) != 0;
}

static void set_ejected(struct ek_channel *ch, struct ek__endpoint *e, bool is_ejected)
{
    bool was_fit = ek__eligible_is_fit(ch, e);

    e->is_ejected = is_ejected;
    ch->ejected_count += is_ejected ? 1 : UINT32_MAX;
    ek__eligible_changed(ch, e, was_fit);
    ch->has_news = true;
}

/* The limit is tested before ejecting, so any percentage above 0 lets at least one go (A50). */
static bool may_eject(const struct ek_channel *ch)
{
    int64_t percent = ch->config->outlier.ejection_max_percent;

    return (int64_t)ch->ejected_count * 100 < percent * (int64_t)ch->listed_count;
}

static void eject(struct ek_channel *ch, struct ek__endpoint *e)
{
    const struct ek_outlier_config *config = &ch->config->outlier;
    int64_t longest = config->ejection_max_ns > config->base_ejection_ns ? config->ejection_max_ns
                                                                         : config->base_ejection_ns;
    int64_t duration;
    struct ek_action *note;

    /* Healthy for a base time since its return: the row of ejections is broken. */
    if (ek_time_since(ch->now, e->returned_at) >= config->base_ejection_ns)
        e->ejections_in_row = 0;
    e->ejections_in_row++;
    duration = config->base_ejection_ns > longest / e->ejections_in_row
                   ? longest
                   : config->base_ejection_ns * e->ejections_in_row;
    e->ejected_until = ek_time_add(ch->now, duration);
    e->ejected_cause = ch->cause;
    set_ejected(ch, e, true);
    ek__timers_arm(&ch->endpoint_timers, timer_id(e), e->ejected_until);
    note = ek__note(ch, EK_NOTE_EJECTED, e->number);
    note->value = e->ejected_until.ns;
    note->number = e->failures_in_row;
}

void ek__outlier_result(struct ek_channel *ch, struct ek__endpoint *e, enum ek_status status)
{
    int64_t threshold = ch->config->outlier.consecutive_failures;

    if (threshold == 0 || status == EK_STATUS_CANCELLED || ek__is_first_mode(ch))
        return;
    if (!is_failure(status)) {
        e->failures_in_row = 0;
        return;
    }
    e->failures_in_row++;
    if (e->is_listed && !e->is_ejected && e->failures_in_row >= threshold && may_eject(ch))
        eject(ch, e);
}

void ek__outlier_timer(struct ek_channel *ch, struct ek__endpoint *e)
{
    ch->cause = e->ejected_cause;
    e->failures_in_row = 0;
    e->returned_at = ch->now;
    set_ejected(ch, e, false);
    ek__note(ch, EK_NOTE_RETURNED, e->number);
}

void ek__outlier_removed(struct ek_channel *ch, struct ek__endpoint *e)
{
    ek__timers_cancel(&ch->endpoint_timers, timer_id(e));
    if (!e->is_ejected)
        return;
    e->is_ejected = false;
    ch->ejected_count--;
}
