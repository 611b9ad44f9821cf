/* Calls and their attempts: pick, send, retry, give up. */
#include "core/channel.h"

#include "evenkeel/err.h"

/* ---- slots ---- */

static bool call_slot(struct ek_channel *ch, uint32_t *slot)
{
    void *calls = ch->calls;
    bool has_room;

    if (ch->calls_free != EK__NOTHING) {
        *slot = ch->calls_free;
        ch->calls_free = ch->calls[*slot].next;
        return true;
    }
    if (ch->call_count == ch->calls_max)
        return false;
    has_room =
        ek_mem_grow(ch->mem, &calls, &ch->call_capacity, ch->call_count + 1, sizeof *ch->calls);
    ch->calls = calls;
    if (!has_room || !ek__timers_reserve(&ch->call_timers, ch->mem, ch->call_capacity))
        return false;
    *slot = (uint32_t)ch->call_count++;
    return true;
}

static bool attempt_slot(struct ek_channel *ch, uint32_t *slot)
{
    void *attempts = ch->attempts;
    bool has_room;

    if (ch->attempts_free != EK__NOTHING) {
        *slot = ch->attempts_free;
        ch->attempts_free = ch->attempts[*slot].next;
        return true;
    }
    has_room = ek_mem_grow(ch->mem, &attempts, &ch->attempt_capacity, ch->attempt_count + 1,
                           sizeof *ch->attempts);
    ch->attempts = attempts;
    *slot = (uint32_t)ch->attempt_count;
    ch->attempt_count += has_room;
    return has_room;
}

static uint64_t attempt_handle(const struct ek_channel *ch, uint32_t slot)
{
    return (uint64_t)ch->attempts[slot].generation << 32 | slot;
}

void ek__channel_calls_deinit(struct ek_channel *ch)
{
    ek_mem_free(ch->mem, ch->calls);
    ek_mem_free(ch->mem, ch->attempts);
    ek__timers_deinit(&ch->call_timers, ch->mem);
}

/* ---- the queue of calls that wait for an endpoint ---- */

static void queue_add(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];

    call->state = EK__CALL_QUEUED;
    call->next = EK__NOTHING;
    call->previous = ch->queue_tail;
    if (ch->queue_tail != EK__NOTHING)
        ch->calls[ch->queue_tail].next = slot;
    else
        ch->queue_head = slot;
    ch->queue_tail = slot;
}

static void queue_remove(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];

    if (call->previous != EK__NOTHING)
        ch->calls[call->previous].next = call->next;
    else
        ch->queue_head = call->next;
    if (call->next != EK__NOTHING)
        ch->calls[call->next].previous = call->previous;
    else
        ch->queue_tail = call->previous;
}

/* ---- attempts ---- */

static void load_changed(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (e->candidate != EK__NOTHING)
        ch->picker.candidates[e->candidate].in_flight = e->in_flight;
}

static bool attempt_start(struct ek_channel *ch, uint32_t slot, struct ek__endpoint *e)
{
    const struct ek_lb_ops *ops = ch->picker.ops;
    struct ek__call *call = &ch->calls[slot];
    struct ek__attempt *attempt;
    struct ek_action *action;
    uint32_t a;

    if (!attempt_slot(ch, &a))
        return false;
    attempt = &ch->attempts[a];
    *attempt = (struct ek__attempt){
        .call = slot,
        .endpoint = e->number,
        .generation = attempt->generation + 1,
        .connection =
            ch->config->connection.on_demand ? ek__subchannel_on_demand(ch, e) : e->connection,
        .started = ch->now,
        .next = e->attempts,
        .previous = EK__NOTHING,
    };
    if (e->attempts != EK__NOTHING)
        ch->attempts[e->attempts].previous = a;
    e->attempts = a;
    e->in_flight++;
    load_changed(ch, e);
    ch->stats.attempts++;
    ch->stats.attempts_unfinished++;

    call->state = EK__CALL_SENT;
    call->attempt = a;
    call->attempt_count++;
    call->last_endpoint = e->number;
    if (call->tried_count < EK__TRIED_MAX)
        call->tried[call->tried_count++] = e->number;
    if (ops->started != NULL)
        ops->started(ch->picker.self, e->lb_state, ch->now);

    action = ek__emit(ch, EK_ACTION_SEND);
    action->cause = call->cause;
    action->attempt = attempt_handle(ch, a);
    action->connection = attempt->connection;
    action->endpoint = e->number;
    action->call = call->token;
    action->number = call->attempt_count;
    return true;
}

/* Takes the attempt out of the books. The call is left without one. */
static void attempt_end(struct ek_channel *ch, uint32_t a, enum ek_status status)
{
    const struct ek_lb_ops *ops = ch->picker.ops;
    struct ek__attempt *attempt = &ch->attempts[a];
    struct ek__endpoint *e = ch->endpoints[attempt->endpoint];
    const struct ek_outcome outcome = {
        .latency_ns = ek_time_since(ch->now, attempt->started),
        .status = status,
    };

    if (attempt->previous != EK__NOTHING)
        ch->attempts[attempt->previous].next = attempt->next;
    else
        e->attempts = attempt->next;
    if (attempt->next != EK__NOTHING)
        ch->attempts[attempt->next].previous = attempt->previous;
    e->in_flight--;
    load_changed(ch, e);
    ch->stats.attempts_unfinished--;
    ch->calls[attempt->call].attempt = EK__NOTHING;

    if (ops->finished != NULL)
        ops->finished(ch->picker.self, e->lb_state, &outcome, ch->now);
    ek__outlier_result(ch, e, status);
    ek__endpoint_let_go(ch, e);

    attempt->generation++;
    attempt->call = EK__NOTHING;
    attempt->next = ch->attempts_free;
    ch->attempts_free = a;
}

/* ---- calls ---- */

static void finish(struct ek_channel *ch, uint32_t slot, enum ek_status status)
{
    struct ek__call *call = &ch->calls[slot];
    struct ek_action *action = ek__emit(ch, EK_ACTION_FINISH);

    ek__output_of(action)->reason = call->reason;
    action->call = call->token;
    action->status = status;
    action->number = call->attempt_count;
    action->endpoint = call->last_endpoint;
    ek__timers_cancel(&ch->call_timers, slot);
    call->state = EK__CALL_FREE;
    call->next = ch->calls_free;
    ch->calls_free = slot;
    ch->stats.calls_unfinished--;
}

static bool is_retryable(const struct ek_retry_policy *retry, enum ek_status status)
{
    return retry->attempts_max > 0 && (retry->retryable >> status & 1) != 0;
}

/* Keeps the throttle's books; says whether another attempt may follow. */
static bool may_retry(struct ek_channel *ch, struct ek__call *call, enum ek_status status)
{
    const struct ek_retry_policy *retry = &call->method->retry;

    if (status == EK_STATUS_OK) {
        ek__throttle_on_success(&ch->throttle);
        return false;
    }
    if (!is_retryable(retry, status))
        return false;
    ek__throttle_on_failure(&ch->throttle);
    if (call->attempt_count >= retry->attempts_max)
        return false;
    if (!ek__throttle_allows(&ch->throttle)) {
        ch->stats.throttled++;
        ek__note(ch, EK_NOTE_THROTTLED, call->last_endpoint)->call = call->token;
        return false;
    }
    return true;
}

/* An attempt, or a pick, ended: wait for a retry or finish. */
static void decide(struct ek_channel *ch, uint32_t slot, enum ek_status status)
{
    struct ek__call *call = &ch->calls[slot];
    struct ek_action *note;
    int64_t delay_ns;

    call->last_status = status;
    if (!may_retry(ch, call, status)) {
        finish(ch, slot, status);
        return;
    }
    delay_ns = ek__retry_delay(&call->method->retry, call->attempt_count, &ch->retry_rng);
    call->retry_at = ek_time_add(ch->now, delay_ns);
    if (!ek_time_before(call->retry_at, call->deadline)) {
        finish(ch, slot, status);
        return;
    }
    call->state = EK__CALL_WAITING;
    call->cause = ch->cause;
    ch->stats.retries++;
    note = ek__note(ch, EK_NOTE_RETRY, call->last_endpoint);
    note->call = call->token;
    note->number = call->attempt_count + 1;
    note->value = delay_ns;
    ek__timers_arm(&ch->call_timers, slot, call->retry_at);
}

/* Picks for a call that has no attempt. Leaves it sent, queued, waiting or finished. */
static void dispatch(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];
    struct ek_pick pick;

    ek__subchannel_wanted(ch);
    pick = ek__eligible_pick(ch, call);
    if (pick.kind == EK_PICK_QUEUE) {
        if (call->state != EK__CALL_QUEUED)
            queue_add(ch, slot);
        return;
    }
    if (call->state == EK__CALL_QUEUED)
        queue_remove(ch, slot);
    if (pick.kind == EK_PICK_ENDPOINT && attempt_start(ch, slot, ch->endpoints[pick.index]))
        return;
    if (pick.kind == EK_PICK_ENDPOINT)
        pick.status = EK_STATUS_RESOURCE_EXHAUSTED;
    call->state = EK__CALL_SENT;
    call->attempt_count++;
    decide(ch, slot, pick.status);
}

enum ek_err ek_channel_call(struct ek_channel *ch, const struct ek_call *start, ek_time now)
{
    const struct ek_method_config *method =
        start->method != NULL ? start->method : ek_service_config_method(ch->config, NULL);
    int64_t timeout_ns = method->timeout_ns;
    struct ek__call *call;
    uint32_t slot;

    ek__turn_begin(ch, now, start->cause);
    if (!call_slot(ch, &slot))
        return EK_ELIMIT;
    if (timeout_ns == 0 || (start->timeout_ns > 0 && start->timeout_ns < timeout_ns))
        timeout_ns = start->timeout_ns;
    call = &ch->calls[slot];
    call->token = start->token;
    call->cause = start->cause;
    call->hash = start->hash;
    call->method = method;
    call->started = ch->now;
    call->deadline = timeout_ns > 0 ? ek_time_add(ch->now, timeout_ns) : EK_TIME_NEVER;
    call->attempt = call->last_endpoint = EK__NOTHING;
    call->attempt_count = call->tried_count = 0;
    call->reason = EK__REASON_NONE;
    call->state = EK__CALL_WAITING;
    ch->stats.calls++;
    ch->stats.calls_unfinished++;
    if (timeout_ns > 0)
        ek__timers_arm(&ch->call_timers, slot, call->deadline);
    dispatch(ch, slot);
    ek__turn_end(ch);
    return EK_OK;
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

static void deadline_passed(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];
    struct ek_action *action;

    if (call->state == EK__CALL_SENT) {
        action = ek__emit(ch, EK_ACTION_CANCEL);
        action->attempt = attempt_handle(ch, call->attempt);
        action->connection = ch->attempts[call->attempt].connection;
        action->endpoint = call->last_endpoint;
        action->call = call->token;
        action->status = EK_STATUS_DEADLINE_EXCEEDED;
        call->reason = EK__REASON_DEADLINE_SENT;
        attempt_end(ch, call->attempt, EK_STATUS_DEADLINE_EXCEEDED);
    } else {
        if (call->state == EK__CALL_QUEUED)
            queue_remove(ch, slot);
        call->reason = EK__REASON_DEADLINE_QUEUED;
    }
    if (is_retryable(&call->method->retry, EK_STATUS_DEADLINE_EXCEEDED))
        ek__throttle_on_failure(&ch->throttle);
    finish(ch, slot, EK_STATUS_DEADLINE_EXCEEDED);
}

void ek__call_timer(struct ek_channel *ch, uint32_t slot)
{
    struct ek__call *call = &ch->calls[slot];

    ch->cause = call->cause;
    if (!ek_time_before(ch->now, call->deadline)) {
        deadline_passed(ch, slot);
        return;
    }
    ek__timers_arm(&ch->call_timers, slot, call->deadline);
    dispatch(ch, slot);
}

void ek__attempt_done(struct ek_channel *ch, const struct ek_event *event)
{
    uint32_t a = (uint32_t)event->attempt, slot;

    if (a >= ch->attempt_count || ch->attempts[a].call == EK__NOTHING ||
        attempt_handle(ch, a) != event->attempt)
        return;
    slot = ch->attempts[a].call;
    if (event->status != EK_STATUS_OK)
        ek__endpoint_error(ch->endpoints[ch->attempts[a].endpoint], event->text,
                           ek_status_name(event->status));
    ch->calls[slot].reason = EK__REASON_SERVER;
    attempt_end(ch, a, event->status);
    decide(ch, slot, event->status);
}

void ek__attempts_lost(struct ek_channel *ch, struct ek__endpoint *e, uint64_t connection)
{
    uint32_t a = e->attempts;

    while (a != EK__NOTHING) {
        uint32_t next = ch->attempts[a].next, slot = ch->attempts[a].call;
        struct ek_action *action;

        if (ch->attempts[a].connection == connection) {
            action = ek__emit(ch, EK_ACTION_CANCEL);
            action->attempt = attempt_handle(ch, a);
            action->connection = connection;
            action->endpoint = e->number;
            action->call = ch->calls[slot].token;
            action->status = EK_STATUS_UNAVAILABLE;
            ch->calls[slot].reason = EK__REASON_SERVER;
            attempt_end(ch, a, EK_STATUS_UNAVAILABLE);
            decide(ch, slot, EK_STATUS_UNAVAILABLE);
        }
        a = next;
    }
}
