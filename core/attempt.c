/* The books of attempts: each that is started ends exactly once. */
#include "core/channel.h"

uint64_t ek__attempt_handle(const struct ek_channel *ch, uint32_t attempt)
{
    return (uint64_t)ch->attempts[attempt].generation << 32 | attempt;
}

/* ---- start ---- */

static void enter_books(struct ek_channel *ch, uint32_t a, struct ek__endpoint *e)
{
    struct ek__attempt *attempt = &ch->attempts[a];
    struct ek__call *call = &ch->calls[attempt->call];

    if (e->attempts != EK__NOTHING)
        ch->attempts[e->attempts].previous = a;
    e->attempts = a;
    e->in_flight++;
    ek__eligible_load_changed(e);
    ch->stats.attempts++;
    ch->stats.attempts_unfinished++;

    call->state = EK__CALL_SENT;
    call->attempt = a;
    call->in_flight++;
    call->attempt_count++;
    call->last_endpoint = e->number;
    if (call->tried_count < EK__TRIED_MAX)
        call->tried[call->tried_count++] = e->number;
}

bool ek__attempt_start(struct ek_channel *ch, uint32_t slot, struct ek__endpoint *e)
{
    struct ek__call *call = &ch->calls[slot];
    int64_t timeout_ns = call->method->retry.attempt_timeout_ns;
    struct ek__attempt *attempt;
    struct ek_action *action;
    uint32_t a, generation;

    if (!ek__attempt_slot(ch, &a))
        return false;
    attempt = &ch->attempts[a];
    generation = attempt->generation + 1;
    *attempt = (struct ek__attempt){
        .call = slot,
        .endpoint = e->number,
        .generation = generation,
        .connection =
            ch->config->connection.on_demand ? ek__subchannel_on_demand(ch, e) : e->connection,
        .started = ch->now,
        .next = e->attempts,
        .previous = EK__NOTHING,
        .sibling = call->attempt,
        .is_extra = call->is_next_extra,
        .lane = ch->picker.lane,
    };
    enter_books(ch, a, e);
    if (timeout_ns > 0)
        ek__timers_arm(&ch->attempt_timers, a, ek_time_add(ch->now, timeout_ns));
    ek__lane_started(ch, attempt->lane, e);

    action = ek__emit(ch, EK_ACTION_SEND);
    action->cause = call->cause;
    action->attempt = (uint64_t)generation << 32 | a;
    action->connection = attempt->connection;
    action->endpoint = e->number;
    action->call = call->token;
    action->number = call->attempt_count;
    return true;
}

/* ---- end ---- */

static void leave_call(struct ek_channel *ch, uint32_t a)
{
    struct ek__call *call = &ch->calls[ch->attempts[a].call];
    uint32_t *link = &call->attempt;

    while (*link != a)
        link = &ch->attempts[*link].sibling;
    *link = ch->attempts[a].sibling;
    call->in_flight--;
    if (call->in_flight == 0 && call->state == EK__CALL_SENT)
        call->state = EK__CALL_WAITING;
}

static void leave_endpoint(struct ek_channel *ch, uint32_t a, struct ek__endpoint *e)
{
    const struct ek__attempt *attempt = &ch->attempts[a];

    if (attempt->previous != EK__NOTHING)
        ch->attempts[attempt->previous].next = attempt->next;
    else
        e->attempts = attempt->next;
    if (attempt->next != EK__NOTHING)
        ch->attempts[attempt->next].previous = attempt->previous;
    e->in_flight--;
    ek__eligible_load_changed(e);
}

void ek__attempt_end(struct ek_channel *ch, uint32_t a, const struct ek__ending *ending)
{
    struct ek__attempt *attempt = &ch->attempts[a];
    struct ek__endpoint *e = ch->endpoints[attempt->endpoint];
    const struct ek_outcome outcome = {
        .latency_ns = ek_time_since(ch->now, attempt->started),
        .status = ending->status,
        .load = ending->load,
    };

    leave_endpoint(ch, a, e);
    leave_call(ch, a);
    ch->calls[attempt->call].was_last_extra = attempt->is_extra;
    if (attempt->is_extra)
        ek__budget_give(ch, &ch->calls[attempt->call]);
    ch->stats.attempts_unfinished--;
    ek__timers_cancel(&ch->attempt_timers, a);
    attempt->generation++;
    attempt->call = EK__NOTHING;
    attempt->next = ch->attempts_free;
    ch->attempts_free = a;

    ek__lane_finished(ch, attempt->lane, e, &outcome);
    ek__admission_result(ch, ending);
    ek__outlier_result(ch, e, ending);
    ek__endpoint_let_go(ch, e);
}

void ek__attempt_cancel(struct ek_channel *ch, uint32_t a, const struct ek__ending *ending)
{
    const struct ek__attempt *attempt = &ch->attempts[a];
    struct ek_action *action = ek__emit(ch, EK_ACTION_CANCEL);

    action->attempt = ek__attempt_handle(ch, a);
    action->connection = attempt->connection;
    action->endpoint = attempt->endpoint;
    action->call = ch->calls[attempt->call].token;
    action->status = ending->status;
    ek__attempt_end(ch, a, ending);
}

/* All of one call, the newest first. */
void ek__attempts_cancel(struct ek_channel *ch, uint32_t slot, enum ek_status status)
{
    const struct ek__ending ending = {
        .status = status,
        .is_local = true,
        .is_cut = status == EK_STATUS_CANCELLED,
    };

    while (ch->calls[slot].attempt != EK__NOTHING)
        ek__attempt_cancel(ch, ch->calls[slot].attempt, &ending);
}

/* ---- what ends them ---- */

void ek__attempt_timer(struct ek_channel *ch, uint32_t a)
{
    const struct ek__ending ending = {
        .status = EK_STATUS_DEADLINE_EXCEEDED, .is_local = true, .is_timeout = true};
    uint32_t slot = ch->attempts[a].call;

    ch->cause = ch->calls[slot].cause;
    ch->calls[slot].reason = EK__REASON_ATTEMPT_TIMEOUT;
    ek__attempt_cancel(ch, a, &ending);
    ek__call_decide(ch, slot, &ending);
}

void ek__attempt_done(struct ek_channel *ch, const struct ek_event *event)
{
    const struct ek__ending ending = {
        .status = event->status,
        .unprocessed = event->status != EK_STATUS_OK ? event->unprocessed : EK_PROCESSED,
        .has_pushback = event->has_pushback,
        .pushback_ms = event->pushback_ms,
        .load = event->load,
    };
    uint32_t a = (uint32_t)event->attempt, slot;

    if (a >= ch->attempt_count || ch->attempts[a].call == EK__NOTHING ||
        ek__attempt_handle(ch, a) != event->attempt)
        return;
    slot = ch->attempts[a].call;
    ch->calls[slot].last_endpoint = ch->attempts[a].endpoint;
    if (event->status != EK_STATUS_OK)
        ek__endpoint_error(ch->endpoints[ch->attempts[a].endpoint], event->text,
                           ek_status_name(event->status));
    ch->calls[slot].reason = EK__REASON_SERVER;
    ek__attempt_end(ch, a, &ending);
    ek__call_decide(ch, slot, &ending);
}

void ek_channel_expect(const struct ek_channel *ch, uint64_t handle, enum ek_expect when)
{
    uint32_t a = (uint32_t)handle;
    const struct ek__attempt *attempt;
    const struct ek__endpoint *e;

    if (a >= ch->attempt_count)
        return;
    attempt = &ch->attempts[a];
    if (when == EK_EXPECT_LATER) {
        __builtin_prefetch(attempt);
        return;
    }
    if (attempt->call == EK__NOTHING)
        return;
    e = ch->endpoints[attempt->endpoint];
    if (when == EK_EXPECT_SOON) {
        __builtin_prefetch(&ch->calls[attempt->call]);
        __builtin_prefetch(&ch->call_timers.entries[attempt->call]);
        __builtin_prefetch(e);
        __builtin_prefetch(&e->lb_state);
    } else {
        __builtin_prefetch(e->seats);
        __builtin_prefetch(e->lb_state);
    }
}

void ek__attempts_lost(struct ek_channel *ch, struct ek__endpoint *e, uint64_t connection)
{
    const struct ek__ending ending = {.status = EK_STATUS_UNAVAILABLE, .is_local = true};
    uint32_t a = e->attempts;

    while (a != EK__NOTHING) {
        uint32_t next = ch->attempts[a].next, slot = ch->attempts[a].call, generation = 0;

        if (next != EK__NOTHING)
            generation = ch->attempts[next].generation;
        if (ch->attempts[a].connection == connection) {
            ch->calls[slot].reason = EK__REASON_SERVER;
            ch->calls[slot].last_endpoint = e->number;
            ek__attempt_cancel(ch, a, &ending);
            ek__call_decide(ch, slot, &ending);
        }
        /* A hedge next in line may have been cut together with this one: from the top again. */
        a = next == EK__NOTHING || ch->attempts[next].generation == generation ? next : e->attempts;
    }
}
