/* Idleness: without calls for a while a channel tears everything down; the next call begins from
 * zero. Source: gRPC's channel idleness; what policies, ejections and probes knew is lost. */
#include "core/channel.h"

void ek__idle_update(struct ek_channel *ch)
{
    int64_t timeout_ns = ch->config->connection.idle_timeout_ns;

    if (timeout_ns == 0 || ch->is_idle)
        return;
    if (ch->stats.calls_unfinished > 0)
        ek__timers_cancel(&ch->guard_timers, EK__TIMER_IDLE);
    else
        ek__timers_arm(&ch->guard_timers, EK__TIMER_IDLE, ek_time_add(ch->now, timeout_ns));
}

void ek__idle_timer(struct ek_channel *ch)
{
    bool is_empty;

    if (ch->query != 0)
        ek__emit(ch, EK_ACTION_HTTP_CANCEL)->query = ch->query;
    ch->query = 0;
    ek__canary_rest(ch);
    ek__resolver_stop(ch);
    is_empty = ek__endpoints_update(ch, NULL, 0);
    EK_ASSERT(is_empty); /* it needs no memory */
    ek__eligible_stop(ch);
    ch->has_list = false;
    ch->is_idle = true;
    for (uint32_t timer = 0; timer < EK__TIMER_COUNT; timer++)
        ek__timers_cancel(&ch->guard_timers, timer);
    ch->has_news = true;
}

bool ek__idle_wake(struct ek_channel *ch)
{
    struct ek_errors errors = {0};

    if (ek__eligible_start(ch, &errors) != EK_OK || ek__resolver_start(ch, &errors) != EK_OK) {
        ek__eligible_stop(ch);
        ek__resolver_stop(ch);
        return false;
    }
    ch->is_idle = false;
    ch->has_news = true;
    ek__outlier_start(ch);
    ek__resolver_obey(ch);
    ek__turn_end(ch);
    return true;
}
