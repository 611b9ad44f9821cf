/* Looking into the policy: what it holds of an endpoint, and what one call's picks chose from. */
#include "core/channel.h"

bool ek_channel_score(const struct ek_channel *ch, uint32_t endpoint, int64_t *out)
{
    const struct ek_lb_ops *ops = ch->picker.ops;
    const struct ek__seat *seat;

    if (ops == NULL || ops->score == NULL || endpoint >= ch->endpoint_count ||
        ch->endpoints[endpoint] == NULL)
        return false;
    seat = ch->endpoints[endpoint]->seats;
    while (seat != NULL && (seat->lane == NULL || !seat->lane->is_built))
        seat = seat->next;
    if (seat == NULL)
        return false;
    *out = ops->score(seat->lane->self, seat->lane->candidates, (uint32_t)seat->lane->count,
                      seat->place, ch->now);
    return *out != EK_SCORE_NONE;
}

void ek_channel_trace(struct ek_channel *ch, uint64_t token)
{
    ch->trace.is_on = true;
    ch->trace.token = token;
    ch->trace.count = 0;
}

const struct ek_traced *ek_channel_traced(const struct ek_channel *ch, size_t *count)
{
    *count = ch->trace.count;
    return ch->trace.candidates;
}

void ek__trace_pick(struct ek_channel *ch, const struct ek__lane *lane,
                    const struct ek_candidate *from, uint32_t count)
{
    const struct ek_lb_ops *ops = ch->picker.ops;
    void *candidates = ch->trace.candidates;

    ch->trace.count = 0;
    if (!ek_mem_grow(ch->mem, &candidates, &ch->trace.capacity, count, sizeof(struct ek_traced)))
        return;
    ch->trace.candidates = candidates;
    for (uint32_t i = 0; i < count; i++) {
        struct ek_traced *traced = &ch->trace.candidates[ch->trace.count++];

        *traced = (struct ek_traced){
            .endpoint = from[i].id, .weight = from[i].weight, .in_flight = from[i].in_flight};
        traced->score =
            ops->score != NULL ? ops->score(lane->self, from, count, i, ch->now) : EK_SCORE_NONE;
        traced->has_score = traced->score != EK_SCORE_NONE;
    }
}

void ek__trace_deinit(struct ek_channel *ch)
{
    ek_mem_free(ch->mem, ch->trace.candidates);
}
