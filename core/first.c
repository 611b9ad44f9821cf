/* pick_first's one connection: passes over the list until an address accepts (A61, A62). */
#include "core/channel.h"

bool ek__is_first_mode(const struct ek_channel *ch)
{
    return ch->picker.ops->connect == EK_CONNECT_FIRST && !ch->config->connection.on_demand;
}

static void refresh(struct ek_channel *ch)
{
    ch->first.failures = 0;
    if (ch->resolver->hint != NULL)
        ch->resolver->hint(ch->resolver_self, ch->now);
}

static struct ek__endpoint *at(struct ek_channel *ch, size_t place)
{
    return ch->endpoints[ch->first.order[place]];
}

/* ---- a pass ---- */

/* Every address has failed once: the channel is failing, and from now on each subchannel goes on by
 * its own backoff. */
static void pass_end(struct ek_channel *ch)
{
    struct ek__first *first = &ch->first;

    for (size_t i = 0; i < first->count; i++)
        if (at(ch, i)->state == EK_CONN_CONNECTING)
            return;
    first->is_passing = false;
    first->is_failing = true;
    ch->has_news = true;
    for (size_t i = 0; i < first->count; i++)
        if (at(ch, i)->state == EK_CONN_IDLE && ch->config->connection.reconnect)
            ek__subchannel_connect(ch, at(ch, i));
    refresh(ch);
}

/* Tries the next address of the pass; those that wait for their backoff are skipped. After the last
 * one there is no timer: it has all the time it needs. */
static void pass_next(struct ek_channel *ch)
{
    struct ek__first *first = &ch->first;
    int64_t delay_ns = ch->config->connection.attempt_delay_ns;

    ek__timers_cancel(&ch->guard_timers, EK__TIMER_ADDRESS);
    while (first->cursor < first->count) {
        struct ek__endpoint *e = at(ch, first->cursor++);

        if (e->state == EK_CONN_IDLE)
            ek__subchannel_connect(ch, e);
        if (e->state != EK_CONN_CONNECTING)
            continue;
        if (delay_ns > 0 && first->cursor < first->count)
            ek__timers_arm(&ch->guard_timers, EK__TIMER_ADDRESS, ek_time_add(ch->now, delay_ns));
        return;
    }
    pass_end(ch);
}

static void pass_start(struct ek_channel *ch)
{
    ch->first.is_passing = true;
    ch->first.is_resting = false;
    ch->first.cursor = 0;
    ch->has_news = true;
    pass_next(ch);
}

static void pass_stop(struct ek_channel *ch)
{
    ch->first.is_passing = false;
    ek__timers_cancel(&ch->guard_timers, EK__TIMER_ADDRESS);
}

/* ---- what happens ---- */

static bool shuffles(const struct ek_channel *ch)
{
    return json_is_true(json_object_get(ch->config->lb_options, "shuffleAddressList"));
}

bool ek__first_listed(struct ek_channel *ch)
{
    struct ek__first *first = &ch->first;

    pass_stop(ch);
    first->shuffles = shuffles(ch);
    if (!ek__address_order(ch)) {
        first->count = 0;
        return false;
    }
    if (first->count == 0)
        first->is_failing = first->is_resting = false;
    else if (first->selected == EK__NOTHING && !first->is_resting)
        pass_start(ch);
    return true;
}

void ek__first_adopt(struct ek_channel *ch)
{
    struct ek__first *first = &ch->first;
    bool was_first = first->selected != EK__NOTHING;

    if (!ek__is_first_mode(ch)) {
        pass_stop(ch);
        first->count = 0;
        first->selected = EK__NOTHING;
        first->is_failing = first->is_resting = false;
        return;
    }
    for (size_t i = 0; i < ch->listed_count && !was_first; i++) {
        struct ek__endpoint *e = ch->endpoints[ch->listed[i]];

        if (e->state != EK_CONN_READY)
            continue;
        ek__first_connected(ch, e); /* one that is there is kept */
        return;
    }
}

void ek__first_wanted(struct ek_channel *ch)
{
    const struct ek__first *first = &ch->first;

    if (first->count > 0 && !first->is_passing && first->selected == EK__NOTHING)
        pass_start(ch);
}

void ek__first_timer(struct ek_channel *ch)
{
    ch->cause = ch->resolver_cause;
    if (ch->first.is_passing)
        pass_next(ch);
}

void ek__first_connected(struct ek_channel *ch, struct ek__endpoint *chosen)
{
    pass_stop(ch);
    ch->first.selected = chosen->number;
    ch->first.is_resting = ch->first.is_failing = false;
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = ch->endpoints[ch->listed[i]];

        if (e != chosen)
            ek__subchannel_rest(ch, e);
    }
}

void ek__first_failed(struct ek_channel *ch, struct ek__endpoint *e)
{
    struct ek__first *first = &ch->first;

    if (!first->is_passing) {
        if (++first->failures >= first->count)
            refresh(ch);
    } else if (first->cursor > 0 && at(ch, first->cursor - 1) == e) {
        pass_next(ch);
    } else if (first->cursor == first->count) {
        pass_end(ch);
    }
}

void ek__first_lost(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (ch->first.selected != e->number)
        return;
    ch->first.selected = EK__NOTHING;
    ch->first.is_resting = true;
}

/* Its endpoint is no longer listed: another connection is made at once, as in Go; C-core rests. */
void ek__first_removed(struct ek_channel *ch, const struct ek__endpoint *e)
{
    if (ch->first.selected != e->number)
        return;
    ch->first.selected = EK__NOTHING;
    ch->first.is_resting = ch->config->dialect == EK_DIALECT_GRPC_CORE;
}

bool ek__first_wants(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    const struct ek__first *first = &ch->first;

    return ch->picker.ops->connect == EK_CONNECT_FIRST && !first->is_passing &&
           first->selected == EK__NOTHING && e->is_failing;
}

enum ek_conn ek__first_state(const struct ek_channel *ch)
{
    const struct ek__first *first = &ch->first;

    if (ch->listed_count == 0 || first->is_failing)
        return EK_CONN_TRANSIENT_FAILURE;
    if (first->is_passing)
        return EK_CONN_CONNECTING;
    return ch->state_counts[EK_CONN_TRANSIENT_FAILURE] > 0 ? EK_CONN_TRANSIENT_FAILURE
                                                           : EK_CONN_IDLE;
}
