/* Policies that care who is connected: what they are shown, whom they want, and when they look
 * again. */
#include "core/channel.h"

/* As the policy counts it: who must not be used has failed, as gRPC's outlier ejection has it. */
static enum ek_conn shown(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    if (e->is_ejected || e->is_unhealthy)
        return EK_CONN_TRANSIENT_FAILURE;
    if (e->is_awaited)
        return EK_CONN_CONNECTING;
    if (e->state == EK_CONN_READY || ch->config->connection.on_demand)
        return EK_CONN_READY;
    return e->is_failing ? EK_CONN_TRANSIENT_FAILURE : (enum ek_conn)e->state;
}

/* Whether the endpoint may ever be a candidate there. */
static bool belongs(const struct ek__lane *lane, const struct ek__seat *seat,
                    const struct ek__endpoint *e)
{
    uint32_t locality = lane->key & ((1U << EK__LANE_KIND_SHIFT) - 1);

    return seat->level == lane->key >> EK__LANE_LEVEL_SHIFT &&
           (locality == 0 ||
            locality == (e->locality < EK__LOCALITIES_MAX ? e->locality : EK__LOCALITIES_MAX) + 1u);
}

static ek_time review_lane(struct ek_channel *ch, const struct ek__view *view,
                           struct ek__lane *lane)
{
    struct ek_lb_listed *listing = ch->select.listing;
    uint32_t count = 0;
    ek_time again;

    for (size_t i = 0; i < view->count; i++) {
        const struct ek__seat *seat = &view->seats[i];
        const struct ek__endpoint *e = ch->endpoints[seat->endpoint];

        if (belongs(lane, seat, e))
            listing[count++] = (struct ek_lb_listed){e->number, shown(ch, e), true};
    }
    again = ch->picker.ops->review(lane->self, listing, count, ch->now);
    for (uint32_t i = 0; i < count; i++)
        ch->endpoints[listing[i].id]->is_wanted |= listing[i].is_wanted;
    return again;
}

/* An endpoint connects if some lane wants it, or if no lane has come to be yet where it belongs: a
 * lane needs somebody to begin with. */
static ek_time review_view(struct ek_channel *ch, const struct ek__view *view)
{
    ek_time again = EK_TIME_NEVER;

    for (size_t i = 0; i < view->lane_count; i++)
        again = ek_time_min(again, review_lane(ch, view, view->lanes[i]));
    for (size_t i = 0; i < view->count; i++) {
        struct ek__endpoint *e = ch->endpoints[view->seats[i].endpoint];
        bool has_lane = false;

        for (size_t k = 0; k < view->lane_count && !has_lane; k++)
            has_lane = belongs(view->lanes[k], &view->seats[i], e);
        e->is_wanted |= !has_lane;
    }
    return again;
}

static void connect_wanted(struct ek_channel *ch)
{
    if (ch->config->connection.on_demand)
        return;
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = ch->endpoints[ch->listed[i]];

        if (e->is_wanted && e->state == EK_CONN_IDLE) {
            ek__subchannel_connect(ch, e);
        } else if (!e->is_wanted && e->state != EK_CONN_IDLE) {
            ek__subchannel_rest(ch, e);
            ek__health_connection(ch, e);
        }
    }
}

/* Without memory. */
static const int64_t again_ns = EK_S;

static bool reserve(struct ek_channel *ch)
{
    void *listing = ch->select.listing;
    bool has_room = ek_mem_grow(ch->mem, &listing, &ch->select.listing_capacity, ch->listed_count,
                                sizeof *ch->select.listing);

    ch->select.listing = listing;
    return has_room && ek__view_gather(ch, ch->select.views[0]);
}

static void arm(struct ek_channel *ch, ek_time again)
{
    if (again.ns != ch->select.review_at.ns)
        ch->select.review_cause = ch->cause;
    ch->select.review_at = again;
    ek__timers_arm(&ch->guard_timers, EK__TIMER_REVIEW, again);
}

void ek__review(struct ek_channel *ch)
{
    struct ek__select *select = &ch->select;
    ek_time again = EK_TIME_NEVER;

    if (ch->picker.ops->review == NULL || select->reviewed == select->states || !ch->has_list ||
        select->view_count == 0 || select->views[0]->lane_count == 0)
        return;
    if (!reserve(ch)) {
        arm(ch, ek_time_add(ch->now, again_ns));
        return;
    }
    select->reviewed = select->states;
    for (size_t i = 0; i < ch->listed_count; i++)
        ch->endpoints[ch->listed[i]]->is_wanted = false;
    for (size_t i = 0; i < select->view_count; i++)
        if (select->views[i]->gathered_at == select->listed)
            again = ek_time_min(again, review_view(ch, select->views[i]));
    arm(ch, again);
    connect_wanted(ch);
}

void ek__review_again(struct ek_channel *ch)
{
    if (ch->picker.ops->review == NULL)
        return;
    ch->select.reviewed = 0;
    ch->has_news = true;
}

void ek__review_timer(struct ek_channel *ch)
{
    ch->cause = ch->select.review_cause;
    ek__review_again(ch);
}

void ek__review_deinit(struct ek_channel *ch)
{
    ek_mem_free(ch->mem, ch->select.listing);
}
