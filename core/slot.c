/* Room for calls and attempts, and the queue of calls that wait for an endpoint. */
#include "core/channel.h"

/* ---- slots ---- */

bool ek__call_slot(struct ek_channel *ch, uint32_t *slot)
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
    if (!has_room || !ek__timers_reserve(&ch->call_timers, ch->mem, ch->call_capacity) ||
        !ek__output_reserve(ch, 0))
        return false;
    *slot = (uint32_t)ch->call_count++;
    return true;
}

bool ek__attempt_slot(struct ek_channel *ch, uint32_t *slot)
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
    if (!has_room || !ek__timers_reserve(&ch->attempt_timers, ch->mem, ch->attempt_capacity) ||
        !ek__output_reserve(ch, 0))
        return false;
    *slot = (uint32_t)ch->attempt_count++;
    return true;
}

void ek__channel_calls_deinit(struct ek_channel *ch)
{
    ek_mem_free(ch->mem, ch->calls);
    ek_mem_free(ch->mem, ch->attempts);
    ek__timers_deinit(&ch->call_timers, ch->mem);
    ek__timers_deinit(&ch->attempt_timers, ch->mem);
}

/* ---- the queue ---- */

void ek__queue_add(struct ek_channel *ch, uint32_t slot)
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
    ch->queue_count++;
}

void ek__queue_remove(struct ek_channel *ch, uint32_t slot)
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
    ch->queue_count--;
    call->state = call->in_flight > 0 ? EK__CALL_SENT : EK__CALL_WAITING;
}
