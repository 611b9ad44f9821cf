/* Connectivity: each endpoint's subchannel after gRPC's state machine and backoff, and which of
 * them connect. Source: gRPC connectivity-semantics-and-api.md, connection-backoff.md, A61. */
#include "core/channel.h"

const char *ek_conn_name(enum ek_conn state)
{
    static const char *const names[EK_CONN_COUNT] = {
#define EK_CONN_TEXT(name) #name,
        EK_CONN_LIST(EK_CONN_TEXT)
#undef EK_CONN_TEXT
    };

    return state < EK_CONN_COUNT ? names[state] : "?";
}

static enum ek_conn shown(const struct ek__endpoint *e)
{
    return e->is_failing && e->state != EK_CONN_READY ? EK_CONN_TRANSIENT_FAILURE : e->state;
}

/* The one place that writes a subchannel's state. */
static void enter(struct ek_channel *ch, struct ek__endpoint *e, enum ek_conn state)
{
    bool was_fit = ek__eligible_is_fit(ch, e);
    enum ek_conn from = e->state;
    struct ek_action *note;

    if (from == state)
        return;
    if (e->is_listed)
        ch->state_counts[shown(e)]--;
    e->state = (uint8_t)state;
    if (state == EK_CONN_TRANSIENT_FAILURE)
        e->is_failing = true;
    else if (state == EK_CONN_READY)
        e->is_failing = false;
    if (e->is_listed)
        ch->state_counts[shown(e)]++;
    e->cause = ch->cause;
    ek__eligible_changed(ch, e, was_fit);
    ch->has_news = true;
    note = ek__note(ch, EK_NOTE_SUBCHANNEL_STATE, e->number);
    note->from = (uint8_t)from;
    note->to = (uint8_t)state;
}

static uint32_t timer_id(const struct ek__endpoint *e)
{
    return 2 * e->number;
}

void ek__subchannel_connect(struct ek_channel *ch, struct ek__endpoint *e)
{
    const struct ek_connection_config *config = &ch->config->connection;
    int64_t timeout = config->connect_timeout_ns;
    struct ek_action *action;

    if (e->backoff_ns == 0)
        e->backoff_ns = config->initial_backoff_ns;
    e->connection = ++ch->connection_serial << 32 | e->number;
    e->connect_started = ch->now;
    enter(ch, e, EK_CONN_CONNECTING);
    if (timeout < e->backoff_ns)
        timeout = e->backoff_ns;
    ek__timers_arm(&ch->endpoint_timers, timer_id(e), ek_time_add(ch->now, timeout));
    action = ek__emit(ch, EK_ACTION_CONNECT);
    action->endpoint = e->number;
    action->connection = e->connection;
}

static void connection_close(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (e->connection == 0)
        return;
    ek__emit(ch, EK_ACTION_CLOSE)->connection = e->connection;
    e->connection = 0;
    ek__timers_cancel(&ch->endpoint_timers, timer_id(e));
}

void ek__subchannel_rest(struct ek_channel *ch, struct ek__endpoint *e)
{
    connection_close(ch, e);
    ek__timers_cancel(&ch->endpoint_timers, timer_id(e));
    enter(ch, e, EK_CONN_IDLE);
    ch->state_counts[shown(e)]--;
    e->is_failing = false;
    ch->state_counts[shown(e)]++;
}

/* ---- transitions ---- */

/* An IDLE subchannel connects if its policy wants it to. */
static void idle(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (ch->config->connection.on_demand || !e->is_listed)
        return;
    if (ch->picker.ops->review != NULL
            ? e->is_wanted
            : ch->picker.ops->connect == EK_CONNECT_ALL || ek__first_wants(ch, e))
        ek__subchannel_connect(ch, e);
}

static void hint(struct ek_channel *ch)
{
    if (ch->resolver->hint != NULL)
        ch->resolver->hint(ch->resolver_self, ch->now);
}

/* When to dial again. The time runs between the starts of attempts; grpc-go lets it run from the
 * failure, and does not move the first one at random. */
static ek_time next_dial(struct ek_channel *ch, const struct ek__endpoint *e)
{
    const struct ek_connection_config *config = &ch->config->connection;
    bool is_go = ch->config->dialect == EK_DIALECT_GRPC_GO;
    int64_t wait = ek_rng_jitter(&ch->backoff_rng, e->backoff_ns, config->jitter_ppm);
    ek_time again;

    if (is_go && e->connect_failures == 0)
        wait = e->backoff_ns;
    again = ek_time_add(is_go ? ch->now : e->connect_started, wait);
    if (!config->reconnect || config->on_demand)
        return EK_TIME_NEVER;
    return ek_time_before(again, ch->now) ? ch->now : again;
}

static void connect_failed(struct ek_channel *ch, struct ek__endpoint *e)
{
    const struct ek_connection_config *config = &ch->config->connection;
    uint64_t connection = e->connection;
    ek_time again = next_dial(ch, e);

    e->connection = 0;
    e->connect_failures++;
    ch->last_failed = e->number;
    e->backoff_ns = e->backoff_ns > config->backoff_max_ns * 1000 / config->multiplier
                        ? config->backoff_max_ns
                        : e->backoff_ns * config->multiplier / 1000;
    enter(ch, e, EK_CONN_TRANSIENT_FAILURE);
    ek__timers_arm(&ch->endpoint_timers, timer_id(e), again);
    if (!ek__is_first_mode(ch))
        hint(ch);
    ek__attempts_lost(ch, e, connection);
    if (ek__is_first_mode(ch))
        ek__first_failed(ch, e);
}

static void connection_lost(struct ek_channel *ch, struct ek__endpoint *e,
                            const struct ek_event *event)
{
    e->connection = 0;
    ek__timers_cancel(&ch->endpoint_timers, timer_id(e));
    ek__first_lost(ch, e);
    if (ch->config->connection.reconnect) {
        enter(ch, e, EK_CONN_IDLE);
    } else {
        ek__endpoint_error(e, NULL, "connection is shut down");
        ch->last_failed = e->number;
        enter(ch, e, EK_CONN_TRANSIENT_FAILURE);
    }
    ek__health_connection(ch, e);
    hint(ch);
    if (event->kind == EK_EVENT_DISCONNECTED)
        ek__attempts_lost(ch, e, event->connection);
    if (e->state == EK_CONN_IDLE)
        idle(ch, e);
}

static void connected(struct ek_channel *ch, struct ek__endpoint *e)
{
    ek__timers_cancel(&ch->endpoint_timers, timer_id(e));
    e->backoff_ns = 0;
    e->connect_failures = 0;
    ek__health_connection(ch, e); /* before: it may have to wait for its first answer */
    enter(ch, e, EK_CONN_READY);
    if (ek__is_first_mode(ch))
        ek__first_connected(ch, e);
}

void ek__subchannel_event(struct ek_channel *ch, const struct ek_event *event)
{
    struct ek__endpoint *e = ek__endpoint(ch, (uint32_t)event->connection);

    if (e == NULL)
        return;
    if (event->connection != e->connection) { /* one it no longer uses */
        if (event->kind == EK_EVENT_DISCONNECTED) {
            ek__endpoint_error(e, event->text, "connection lost");
            ek__attempts_lost(ch, e, event->connection);
        }
        return;
    }
    if (event->kind == EK_EVENT_CONNECTED) {
        if (e->state == EK_CONN_CONNECTING)
            connected(ch, e);
        return;
    }
    ek__endpoint_error(e, event->text,
                       event->kind == EK_EVENT_GOAWAY ? "server is going away" : "connection lost");
    if (e->state == EK_CONN_CONNECTING)
        connect_failed(ch, e);
    else
        connection_lost(ch, e, event);
}

void ek__subchannel_timer(struct ek_channel *ch, struct ek__endpoint *e)
{
    ch->cause = e->cause;
    if (e->state == EK_CONN_CONNECTING) {
        ek__endpoint_error(e, NULL, "connection timed out");
        ek__emit(ch, EK_ACTION_CLOSE)->connection = e->connection;
        connect_failed(ch, e);
    } else if (e->state == EK_CONN_TRANSIENT_FAILURE) {
        enter(ch, e, EK_CONN_IDLE);
        idle(ch, e);
    }
}

void ek__subchannel_added(struct ek_channel *ch, struct ek__endpoint *e)
{
    ch->state_counts[e->state]++;
    e->cause = ch->cause;
    ek__slow_start_begin(ch, e);
    ek__health_added(ch, e);
    ek__eligible_changed(ch, e, false);
}

/* Its calls finish on the old connection; no new ones are sent. */
void ek__subchannel_removed(struct ek_channel *ch, struct ek__endpoint *e)
{
    bool was_fit;

    e->is_listed = true; /* as it still is to the counts */
    was_fit = ek__eligible_is_fit(ch, e);
    ch->state_counts[shown(e)]--;
    e->is_listed = false;
    ek__eligible_changed(ch, e, was_fit);
    ek__first_removed(ch, e);
    ek__health_removed(ch, e);
    connection_close(ch, e);
    ek__timers_cancel(&ch->endpoint_timers, timer_id(e));
    enter(ch, e, EK_CONN_SHUTDOWN);
}

/* Where connecting begins: grpc-go and C-core draw it, lest all clients of a deploy meet at the
 * first of the list. */
static size_t first_place(struct ek_channel *ch)
{
    bool is_drawn =
        ch->config->dialect == EK_DIALECT_GRPC_GO || ch->config->dialect == EK_DIALECT_GRPC_CORE;

    return is_drawn && ch->listed_count > 1
               ? ek_rng_below(&ch->first.rng, (uint32_t)ch->listed_count)
               : 0;
}

void ek__subchannels_listed(struct ek_channel *ch)
{
    size_t first;

    if (ch->config->connection.on_demand)
        return;
    if (ek__is_first_mode(ch)) {
        ek__first_listed(ch);
        return;
    }
    first = first_place(ch);
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = ch->endpoints[ch->listed[(first + i) % ch->listed_count]];

        if (e->state == EK_CONN_IDLE)
            idle(ch, e);
    }
}

void ek__subchannel_wanted(struct ek_channel *ch)
{
    if (ek__is_first_mode(ch) && ch->state == EK_CONN_IDLE)
        ek__first_wanted(ch);
}

uint64_t ek__subchannel_on_demand(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (e->connection != 0)
        return e->connection;
    enter(ch, e, EK_CONN_IDLE);
    ek__subchannel_connect(ch, e);
    return e->connection;
}

static enum ek_conn aggregate(const struct ek_channel *ch)
{
    if (ch->is_idle)
        return EK_CONN_IDLE;
    if (ch->config_error[0] != '\0')
        return EK_CONN_TRANSIENT_FAILURE;
    if (ch->fit_count > 0 || ek__eligible_can_panic(ch))
        return EK_CONN_READY;
    if (!ch->has_list)
        return ch->resolver_error[0] != '\0' ? EK_CONN_TRANSIENT_FAILURE : EK_CONN_CONNECTING;
    if (ek__is_first_mode(ch))
        return ek__first_state(ch);
    if (ch->config->connection.on_demand)
        return ch->awaited_count > 0 ? EK_CONN_CONNECTING : EK_CONN_TRANSIENT_FAILURE;
    return ch->state_counts[EK_CONN_CONNECTING] + ch->state_counts[EK_CONN_IDLE] +
                       ch->awaited_count >
                   0
               ? EK_CONN_CONNECTING
               : EK_CONN_TRANSIENT_FAILURE;
}

void ek__channel_state_update(struct ek_channel *ch)
{
    enum ek_conn state = aggregate(ch);
    struct ek_action *note;

    if (state == ch->state)
        return;
    note = ek__note(ch, EK_NOTE_CHANNEL_STATE, EK_NO_ENDPOINT);
    note->from = (uint8_t)ch->state;
    note->to = (uint8_t)state;
    ch->state = state;
    ch->has_news = true;
}
