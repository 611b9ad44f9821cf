/* Calls: pick, send, retry, give up. */
#include "core/channel.h"

#include "evenkeel/err.h"

enum {
    NEVER_SENT_MAX = 1000 /* grpc-java's limit of transparent retries */
};

/* ---- the end ---- */

void ek__call_finish(struct ek_channel *ch, uint32_t slot, enum ek_status status)
{
    struct ek__call *call = &ch->calls[slot];
    struct ek_action *action = ek__emit(ch, EK_ACTION_FINISH);
    struct ek__output *output = ek__output_of(action);

    output->reason = call->reason;
    output->subset = call->subset;
    output->unretried = status == EK_STATUS_OK ? EK__UNRETRIED_NONE : call->unretried;
    action->call = call->token;
    action->status = status;
    action->number = call->attempt_count;
    action->endpoint = call->last_endpoint;
    if (status != EK_STATUS_OK)
        action->from = (uint8_t)ek__call_blame(ch, call);
    ek__timers_cancel(&ch->call_timers, slot);
    while (call->held > 0)
        ek__budget_give(ch, call);
    call->state = EK__CALL_FREE;
    call->next = ch->calls_free;
    ch->calls_free = slot;
    ch->stats.calls_unfinished--;
    ek__idle_update(ch);
}

/* The call may not have the attempt it wanted: it ends, unless others are under way. */
static void give_up(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];

    if (call->in_flight == 0) {
        ek__call_finish(ch, slot, EK_STATUS_UNAVAILABLE);
        return;
    }
    if (call->is_next_extra)
        ek__budget_give(ch, call);
    ek__hedge_freeze(ch, slot);
}

void ek__call_end(struct ek_channel *ch, uint32_t slot, enum ek_status status)
{
    if (ch->calls[slot].state == EK__CALL_QUEUED)
        ek__queue_remove(ch, slot);
    ek__attempts_cancel(ch, slot, EK_STATUS_CANCELLED);
    ek__call_finish(ch, slot, status);
}

/* ---- retries ---- */

static bool is_retryable(const struct ek_retry_policy *retry, enum ek_status status)
{
    return retry->attempts_max > 0 && (retry->retryable >> status & 1) != 0;
}

static bool unretried(struct ek__call *call, enum ek__unretried why)
{
    call->unretried = (uint8_t)why;
    return false;
}

/* Keeps the throttle's books; says whether another attempt may follow. */
static bool may_retry(struct ek_channel *ch, struct ek__call *call, const struct ek__ending *ending)
{
    const struct ek_retry_policy *retry = &call->method->retry;
    bool is_failure =
        is_retryable(retry, ending->status) || (ending->is_timeout && retry->attempts_max > 0);
    bool is_asked_for = ending->has_pushback && ch->config->dialect == EK_DIALECT_GRPC_JAVA &&
                        retry->attempts_max > 0;

    if (ending->status == EK_STATUS_OK) {
        ek__throttle_on_success(&ch->throttle);
        return false;
    }
    if (ending->has_pushback && ending->pushback_ms < 0) {
        ek__throttle_on_failure(&ch->throttle);
        return unretried(call, is_failure ? EK__UNRETRIED_PUSHBACK : EK__UNRETRIED_NONE);
    }
    if (is_failure)
        ek__throttle_on_failure(&ch->throttle);
    if (!is_failure && !is_asked_for)
        return false;
    if (call->attempt_count >= retry->attempts_max)
        return unretried(call, EK__UNRETRIED_ATTEMPTS);
    if (!ek__throttle_allows(&ch->throttle)) {
        ch->stats.throttled++;
        ek__note(ch, EK_NOTE_THROTTLED, call->last_endpoint)->call = call->token;
        return unretried(call, EK__UNRETRIED_THROTTLE);
    }
    return true;
}

/* A pushback is obeyed to the millisecond, and the backoff starts anew after it. */
static int64_t retry_delay(struct ek_channel *ch, struct ek__call *call,
                           const struct ek__ending *ending)
{
    if (!ending->has_pushback)
        return ek__retry_delay(&call->method->retry, ++call->backoff_count, &ch->retry_rng);
    call->backoff_count = 0;
    return ending->pushback_ms > INT64_MAX / EK_MS ? INT64_MAX : ending->pushback_ms * EK_MS;
}

static void retry_decide(struct ek_channel *ch, uint32_t slot, const struct ek__ending *ending)
{
    struct ek__call *call = &ch->calls[slot];
    struct ek_action *note;
    int64_t delay_ns;
    ek_time at;

    call->unretried = EK__UNRETRIED_NONE;
    if (!may_retry(ch, call, ending)) {
        ek__call_finish(ch, slot, ending->status);
        return;
    }
    delay_ns = retry_delay(ch, call, ending);
    at = ek_time_add(ch->now, delay_ns);
    if (!ek_time_before(at, call->deadline))
        call->unretried = EK__UNRETRIED_LATE;
    else if (!ek__budget_take(ch, call))
        call->unretried = EK__UNRETRIED_BUDGET;
    if (call->unretried != EK__UNRETRIED_NONE) {
        ek__call_finish(ch, slot, ending->status);
        return;
    }
    call->wake_at = at;
    call->cause = ch->cause;
    ch->stats.retries++;
    note = ek__note(ch, EK_NOTE_RETRY, call->last_endpoint);
    note->call = call->token;
    note->number = call->attempt_count + 1;
    note->value = delay_ns;
    ek__call_arm(ch, slot);
}

/* ---- transparent retries (A6) ---- */

/* May what was not worked on be sent again, unasked and uncounted? */
static bool is_transparent(const struct ek_channel *ch, struct ek__call *call,
                           const struct ek__ending *ending)
{
    switch (ending->unprocessed) {
    case EK_NEVER_SENT:
        return ch->config->dialect != EK_DIALECT_GRPC_JAVA ||
               call->never_sent_count++ < NEVER_SENT_MAX;
    case EK_NOT_PROCESSED:
        if (call->was_unprocessed ||
            (ch->config->dialect == EK_DIALECT_GRPC_GO && call->attempt_count > 1))
            return false;
        call->was_unprocessed = true;
        return true;
    case EK_PROCESSED:
        break;
    }
    return false;
}

static void dispatch(struct ek_channel *ch, uint32_t slot);

static void send_again(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];
    struct ek_action *note = ek__note(ch, EK_NOTE_TRANSPARENT, call->last_endpoint);

    note->call = call->token;
    note->number = call->attempt_count--;
    ch->stats.transparent_retries++;
    if (call->state == EK__CALL_QUEUED) /* the one that waits goes in its place */
        return;
    call->is_next_extra = call->was_last_extra; /* it stays what it was */
    if (call->is_next_extra)
        ek__budget_hold(ch, call);
    dispatch(ch, slot);
}

void ek__call_decide(struct ek_channel *ch, uint32_t slot, const struct ek__ending *ending)
{
    struct ek__call *call = &ch->calls[slot];

    call->last_status = (uint8_t)ending->status;
    if (is_transparent(ch, call, ending)) {
        send_again(ch, slot);
    } else if (ending->unprocessed == EK_NEVER_SENT) {
        call->reason = EK__REASON_TRANSPARENT;
        ek__call_end(ch, slot, EK_STATUS_INTERNAL);
    } else if (call->method->hedging.attempts_max > 0) {
        ek__hedge_decide(ch, slot, ending);
    } else {
        retry_decide(ch, slot, ending);
    }
}

/* ---- picking ---- */

static void pick_failed(struct ek_channel *ch, uint32_t slot, enum ek_status status)
{
    struct ek__call *call = &ch->calls[slot];

    call->attempt_count++;
    if (call->is_next_extra)
        ek__budget_give(ch, call);
    ek__call_decide(ch, slot, &(struct ek__ending){.status = status, .is_local = true});
}

static struct ek_pick no_config(struct ek__call *call)
{
    call->reason = EK__REASON_CONFIG;
    return (struct ek_pick){.kind = call->method->wait_for_ready ? EK_PICK_QUEUE : EK_PICK_FAIL,
                            .status = EK_STATUS_UNAVAILABLE};
}

/* Picks for one attempt more. Leaves the call sent, queued, waiting or finished. */
static void dispatch(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];
    struct ek_pick pick;

    ek__subchannel_wanted(ch);
    pick = ch->config_error[0] == '\0' ? ek__eligible_pick(ch, call) : no_config(call);
    if (pick.kind == EK_PICK_QUEUE) {
        if (call->state == EK__CALL_QUEUED)
            return;
        if (ek__limits_allow_queueing(ch, call))
            ek__queue_add(ch, slot);
        else
            give_up(ch, slot);
        return;
    }
    if (call->state == EK__CALL_QUEUED)
        ek__queue_remove(ch, slot);
    if (pick.kind == EK_PICK_ENDPOINT) {
        struct ek__endpoint *e = ch->endpoints[pick.index];

        if (!ek__limits_allow_attempt(ch, call, e)) {
            give_up(ch, slot);
            return;
        }
        if (ek__attempt_start(ch, slot, e)) {
            ek__hedge_sent(ch, slot);
            return;
        }
        pick.status = EK_STATUS_RESOURCE_EXHAUSTED;
    }
    pick_failed(ch, slot, pick.status);
}

void ek__call_launch(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];

    if (ek__admission_allows(ch, call)) {
        dispatch(ch, slot);
        return;
    }
    call->reason = call->in_flight == 0 ? EK__REASON_REJECTED : call->reason;
    give_up(ch, slot);
}

void ek__calls_sweep(struct ek_channel *ch)
{
    uint32_t slot = ch->queue_head;

    while (slot != EK__NOTHING) {
        uint32_t next = ch->calls[slot].next;

        dispatch(ch, slot);
        slot = next;
    }
}

/* ---- the start ---- */

static void call_init(struct ek_channel *ch, uint32_t slot, const struct ek_call *start)
{
    const struct ek_method_config *method =
        start->method != NULL ? start->method : ek_service_config_method(ch->config, NULL);
    int64_t timeout_ns = method->timeout_ns;

    if (timeout_ns == 0 || (start->timeout_ns > 0 && start->timeout_ns < timeout_ns))
        timeout_ns = start->timeout_ns;
    ch->calls[slot] = (struct ek__call){
        .state = EK__CALL_WAITING,
        .token = start->token,
        .cause = start->cause,
        .hash = start->hash,
        .method = method,
        .deadline = timeout_ns > 0 ? ek_time_add(ch->now, timeout_ns) : EK_TIME_NEVER,
        .wake_at = EK_TIME_NEVER,
        .attempt = EK__NOTHING,
        .last_endpoint = EK__NOTHING,
        .subset = ek__canary(ch, start),
    };
}

enum ek_err ek_channel_call(struct ek_channel *ch, const struct ek_call *start, ek_time now)
{
    uint32_t slot;

    ek__turn_begin(ch, now, start->cause);
    if (ch->is_idle && !ek__idle_wake(ch))
        return EK_ENOMEM;
    if (!ek__call_slot(ch, &slot))
        return ch->call_count == ch->calls_max ? EK_ELIMIT : EK_ENOMEM;
    call_init(ch, slot, start);
    ch->stats.calls++;
    ch->stats.calls_unfinished++;
    ek__idle_update(ch);
    ek__budget_call(ch);
    ek__call_arm(ch, slot);
    ek__call_launch(ch, slot);
    ek__turn_end(ch);
    return EK_OK;
}

/* ---- time ---- */

void ek__call_arm(struct ek_channel *ch, uint32_t slot)
{
    const struct ek__call *call = &ch->calls[slot];

    ek__timers_arm(&ch->call_timers, slot, ek_time_min(call->deadline, call->wake_at));
}

static void deadline_passed(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];

    call->reason = call->in_flight > 0              ? EK__REASON_DEADLINE_SENT
                   : call->state == EK__CALL_QUEUED ? EK__REASON_DEADLINE_QUEUED
                                                    : EK__REASON_DEADLINE_WAITING;
    if (call->state == EK__CALL_QUEUED)
        ek__queue_remove(ch, slot);
    ek__attempts_cancel(ch, slot, EK_STATUS_DEADLINE_EXCEEDED);
    if (is_retryable(&call->method->retry, EK_STATUS_DEADLINE_EXCEEDED))
        ek__throttle_on_failure(&ch->throttle);
    ek__call_finish(ch, slot, EK_STATUS_DEADLINE_EXCEEDED);
}

void ek__call_timer(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];

    ch->cause = call->cause;
    if (!ek_time_before(ch->now, call->deadline)) {
        deadline_passed(ch, slot);
        return;
    }
    call->wake_at = EK_TIME_NEVER;
    ek__call_arm(ch, slot);
    if (call->method->hedging.attempts_max > 0)
        ek__hedge_due(ch, slot);
    else
        ek__call_launch(ch, slot);
}
