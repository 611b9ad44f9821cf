/* Hedging: more attempts while earlier ones are under way; the first good answer counts (A6). */
#include "core/channel.h"

static const struct ek_hedging_policy *policy_of(const struct ek__call *call)
{
    return &call->method->hedging;
}

static bool is_open(const struct ek__call *call)
{
    return !call->is_frozen && call->attempt_count < policy_of(call)->attempts_max;
}

void ek__hedge_freeze(struct ek_channel *ch, uint32_t slot)
{
    ch->calls[slot].is_frozen = true;
    ch->calls[slot].wake_at = EK_TIME_NEVER;
    ek__call_arm(ch, slot);
}

/* One attempt more, if the channel's budgets allow it; else none will follow. */
static void hedge(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];
    struct ek_action *note;

    if (!ek__throttle_allows(&ch->throttle)) {
        ch->stats.throttled++;
        ek__note(ch, EK_NOTE_THROTTLED, call->last_endpoint)->call = call->token;
        ek__hedge_freeze(ch, slot);
        return;
    }
    if (!ek__budget_take(ch, call)) {
        ek__hedge_freeze(ch, slot);
        return;
    }
    ch->stats.hedges++;
    note = ek__note(ch, EK_NOTE_HEDGE, call->last_endpoint);
    note->call = call->token;
    note->number = call->attempt_count + 1;
    ek__call_launch(ch, slot);
}

static void wake_after(struct ek_channel *ch, uint32_t slot, int64_t delay_ns)
{
    struct ek__call *call = &ch->calls[slot];

    call->wake_at = is_open(call) ? ek_time_add(ch->now, delay_ns) : EK_TIME_NEVER;
    ek__call_arm(ch, slot);
}

void ek__hedge_sent(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];
    int64_t delay_ns = policy_of(call)->delay_ns;

    if (policy_of(call)->attempts_max == 0)
        return;
    if (delay_ns > 0)
        wake_after(ch, slot, delay_ns);
    else if (is_open(call))
        hedge(ch, slot);
}

void ek__hedge_due(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];

    if (call->state == EK__CALL_QUEUED) /* the last one waits itself; what it is sent will arm */
        return;
    if (is_open(call))
        hedge(ch, slot);
    if (call->state == EK__CALL_WAITING && call->wake_at.ns == EK_TIME_NEVER.ns)
        ek__call_finish(ch, slot, call->last_status);
}

/* A failure that leaves the others alone: the next attempt goes out now, or after a pushback. */
static void go_on(struct ek_channel *ch, uint32_t slot, const struct ek__ending *ending)
{
    struct ek__call *call = &ch->calls[slot];

    if (ending->has_pushback && ending->pushback_ms < 0) {
        ek__hedge_freeze(ch, slot);
    } else if (ending->has_pushback) {
        wake_after(ch, slot,
                   ending->pushback_ms > INT64_MAX / EK_MS ? INT64_MAX
                                                           : ending->pushback_ms * EK_MS);
    } else if (is_open(call) && call->state != EK__CALL_QUEUED) {
        hedge(ch, slot);
    }
    if (call->state == EK__CALL_WAITING && call->wake_at.ns == EK_TIME_NEVER.ns)
        ek__call_finish(ch, slot, ending->status);
}

void ek__hedge_decide(struct ek_channel *ch, uint32_t slot, const struct ek__ending *ending)
{
    const struct ek__call *call = &ch->calls[slot];
    bool is_fatal = (policy_of(call)->non_fatal >> ending->status & 1) == 0;
    bool is_told_to_stop = ending->has_pushback && ending->pushback_ms < 0;

    if (ending->status == EK_STATUS_OK)
        ek__throttle_on_success(&ch->throttle);
    else if (!is_fatal || is_told_to_stop)
        ek__throttle_on_failure(&ch->throttle);
    if (is_fatal)
        ek__call_end(ch, slot, ending->status);
    else
        go_on(ch, slot, ending);
}
