/* Who may be picked: the dense array of candidates that a policy sees. */
#include "core/channel.h"

bool ek__eligible_is_fit(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    return e->is_listed && !e->is_ejected &&
           (e->state == EK_CONN_READY || ch->config->connection.on_demand);
}

void ek__eligible_changed(struct ek_channel *ch, const struct ek__endpoint *e, bool was_fit)
{
    bool is_fit = ek__eligible_is_fit(ch, e);

    if (is_fit == was_fit)
        return;
    ch->fit_count += is_fit ? 1 : UINT32_MAX;
    ch->picker.is_stale = true;
}

static bool rebuild(struct ek_channel *ch)
{
    struct ek__picker *picker = &ch->picker;
    void *candidates = picker->candidates;

    for (size_t i = 0; i < picker->count; i++) {
        struct ek__endpoint *e = ch->endpoints[picker->candidates[i].id];

        if (e != NULL)
            e->candidate = EK__NOTHING;
    }
    picker->count = 0;
    if (!ek_mem_grow(ch->mem, &candidates, &picker->capacity, ch->listed_count,
                     sizeof *picker->candidates))
        return false;
    picker->candidates = candidates;
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = ch->endpoints[ch->listed[i]];

        if (!ek__eligible_is_fit(ch, e))
            continue;
        e->candidate = (uint32_t)picker->count;
        picker->candidates[picker->count++] = (struct ek_candidate){
            .state = e->lb_state,
            .id = e->number,
            .weight = e->weight,
            .in_flight = e->in_flight,
        };
    }
    picker->is_stale = false;
    return picker->ops->rebuild == NULL ||
           picker->ops->rebuild(picker->self, picker->candidates, (uint32_t)picker->count) == EK_OK;
}

static bool was_tried(const struct ek__call *call, uint32_t number)
{
    for (uint32_t i = 0; i < call->tried_count; i++)
        if (call->tried[i] == number)
            return true;
    return false;
}

/* A retry does not see the endpoints that failed it, as long as another one is left. */
static size_t untried(struct ek_channel *ch, const struct ek__call *call)
{
    struct ek__picker *picker = &ch->picker;
    void *left = picker->untried;
    size_t count = 0;

    if (call->tried_count == 0 || !ek_mem_grow(ch->mem, &left, &picker->untried_capacity,
                                               picker->count, sizeof *picker->untried))
        return 0;
    picker->untried = left;
    for (size_t i = 0; i < picker->count; i++)
        if (!was_tried(call, picker->candidates[i].id))
            picker->untried[count++] = picker->candidates[i];
    return count;
}

/* Why nothing can be picked, when the channel is failing. */
static enum ek__reason reason_of(const struct ek_channel *ch)
{
    if (!ch->has_list)
        return EK__REASON_RESOLVER;
    if (ch->listed_count == 0)
        return EK__REASON_NO_ENDPOINTS;
    return ch->ejected_count == ch->listed_count ? EK__REASON_EJECTED : EK__REASON_CONNECTIONS;
}

/* EK_PICK_ENDPOINT gives the endpoint's number as index. */
struct ek_pick ek__eligible_pick(struct ek_channel *ch, struct ek__call *call)
{
    struct ek__picker *picker = &ch->picker;
    const struct ek_request request = {.hash = call->hash};
    const struct ek_candidate *from = NULL;
    struct ek_pick pick = {.kind = EK_PICK_QUEUE};
    size_t count;

    if (ch->fit_count > 0 && picker->is_stale && !rebuild(ch))
        return (struct ek_pick){.kind = EK_PICK_FAIL, .status = EK_STATUS_RESOURCE_EXHAUSTED};
    if (ch->fit_count > 0) {
        count = untried(ch, call);
        from = count > 0 ? picker->untried : picker->candidates;
        pick = picker->ops->pick(picker->self, from, (uint32_t)(count > 0 ? count : picker->count),
                                 &request, &picker->rng, ch->now);
        call->reason = EK__REASON_POLICY;
    } else if (ch->state == EK_CONN_TRANSIENT_FAILURE) {
        pick = (struct ek_pick){.kind = EK_PICK_FAIL, .status = EK_STATUS_UNAVAILABLE};
        call->reason = reason_of(ch);
    }
    if (pick.kind == EK_PICK_ENDPOINT)
        pick.index = from[pick.index].id;
    else if (pick.kind == EK_PICK_FAIL && call->method->wait_for_ready)
        pick.kind = EK_PICK_QUEUE;
    return pick;
}

void ek__eligible_deinit(struct ek_channel *ch)
{
    if (ch->picker.self != NULL && ch->picker.ops->deinit != NULL)
        ch->picker.ops->deinit(ch->picker.self);
    ek_mem_free(ch->mem, ch->picker.self);
    ek_mem_free(ch->mem, ch->picker.candidates);
    ek_mem_free(ch->mem, ch->picker.untried);
}
