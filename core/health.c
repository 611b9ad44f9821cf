/* Active health: probes that the driver performs, on timers of their own and never for a pick.
 * Source: Envoy's health checker; gRPC A17 for streams. */
#include "core/channel.h"

static const struct ek_health_config *config_of(const struct ek_channel *ch)
{
    return &ch->config->health;
}

static bool is_on(const struct ek_channel *ch)
{
    return config_of(ch)->kind != EK_PROBE_NONE && !ek__is_first_mode(ch);
}

bool ek__health_reserve(struct ek_channel *ch, size_t endpoints)
{
    return ek__timers_reserve(&ch->health_timers, ch->mem, endpoints);
}

/* ---- what is known ---- */

static void set(struct ek_channel *ch, struct ek__endpoint *e, bool is_unhealthy, bool is_awaited)
{
    bool was_fit = ek__eligible_is_fit(ch, e);

    ch->unhealthy_count += (uint32_t)is_unhealthy - (uint32_t)e->is_unhealthy;
    ch->awaited_count += (uint32_t)is_awaited - (uint32_t)e->is_awaited;
    e->is_unhealthy = is_unhealthy;
    e->is_awaited = is_awaited;
    ek__eligible_changed(ch, e, was_fit);
    ch->has_news = true;
}

static void turn_unhealthy(struct ek_channel *ch, struct ek__endpoint *e, uint32_t in_row)
{
    e->checks_in_row = 0;
    ch->last_unhealthy = e->number;
    set(ch, e, true, false);
    ek__note(ch, EK_NOTE_UNHEALTHY, e->number)->number = in_row;
}

static void turn_healthy(struct ek_channel *ch, struct ek__endpoint *e, uint32_t in_row)
{
    bool was_unhealthy = e->is_unhealthy;

    e->checks_in_row = 0;
    e->was_healthy = true;
    set(ch, e, false, false);
    if (was_unhealthy)
        ek__slow_start_begin(ch, e);
    ek__note(ch, EK_NOTE_HEALTHY, e->number)->number = in_row;
}

/* One answer more. What was never known turns with the first one, and what was never healthy with
 * the first that is good. */
static void learn(struct ek_channel *ch, struct ek__endpoint *e, bool is_good)
{
    int64_t threshold = e->is_unhealthy && e->was_healthy  ? config_of(ch)->healthy_threshold
                        : e->is_unhealthy || e->is_awaited ? 1
                                                           : config_of(ch)->unhealthy_threshold;

    if (is_good && e->is_ejected && ch->config->outlier.returns_on_check)
        ek__outlier_return(ch, e);
    if (!e->is_awaited && is_good != e->is_unhealthy) { /* nothing new */
        e->checks_in_row = 0;
        return;
    }
    if (++e->checks_in_row < threshold)
        return;
    if (is_good)
        turn_healthy(ch, e, e->checks_in_row);
    else
        turn_unhealthy(ch, e, e->checks_in_row);
}

/* ---- probes ---- */

static void probe_start(struct ek_channel *ch, struct ek__endpoint *e)
{
    const struct ek_health_config *config = config_of(ch);
    struct ek_action *action = ek__emit(ch, EK_ACTION_PROBE);

    e->probe = ++ch->probe_serial << 32 | e->number;
    ch->stats.probes++;
    ch->stats.probes_unfinished++;
    action->probe = e->probe;
    action->endpoint = e->number;
    action->number = config->kind;
    action->text = config->target;
    if (config->kind == EK_PROBE_STREAM) {
        action->connection = e->connection;
        e->stream_failures++; /* until a message comes */
        return;
    }
    action->value = config->timeout_ns;
    ek__timers_arm(&ch->health_timers, e->number, ek_time_add(ch->now, config->timeout_ns));
}

static void probe_end(struct ek_channel *ch, struct ek__endpoint *e)
{
    e->probe = 0;
    ch->stats.probes_unfinished--;
    ek__timers_cancel(&ch->health_timers, e->number);
}

static void probe_cancel(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (e->probe == 0)
        return;
    ek__emit(ch, EK_ACTION_PROBE_CANCEL)->probe = e->probe;
    probe_end(ch, e);
}

/* Uniform over 0 .. jitter x interval. */
static int64_t jitter(struct ek_channel *ch)
{
    const struct ek_health_config *config = config_of(ch);
    int64_t width = config->interval_ns / 1000000 * config->jitter_ppm +
                    config->interval_ns % 1000000 * config->jitter_ppm / 1000000;

    return width > 0 ? ek_rng_jitter(&ch->health_rng, width / 2, 1000000) : 0;
}

static void answered(struct ek_channel *ch, struct ek__endpoint *e, bool is_good)
{
    probe_end(ch, e);
    learn(ch, e, is_good);
    ek__timers_arm(&ch->health_timers, e->number,
                   ek_time_add(ek_time_add(ch->now, config_of(ch)->interval_ns), jitter(ch)));
}

/* ---- streams: one Watch per connection ---- */

static void stream_said(struct ek_channel *ch, struct ek__endpoint *e, bool is_good)
{
    if (is_good && (e->is_unhealthy || e->is_awaited))
        turn_healthy(ch, e, 1);
    else if (!is_good && !e->is_unhealthy)
        turn_unhealthy(ch, e, 1);
}

/* A server without the service is taken as healthy while the connection lasts. Otherwise the stream
 * is opened again: at once if it had said something, else after a backoff. */
static void stream_ended(struct ek_channel *ch, struct ek__endpoint *e, enum ek_status status)
{
    const struct ek__backoff backoff = {EK_S, 120 * EK_S, 1600};
    int64_t wait = 0;

    probe_end(ch, e);
    if (status == EK_STATUS_UNIMPLEMENTED) {
        stream_said(ch, e, true);
        return;
    }
    stream_said(ch, e, false);
    if (e->stream_failures > 0)
        wait = ek_rng_jitter(&ch->health_rng, ek__backoff_nominal(backoff, e->stream_failures),
                             EK__RETRY_JITTER_PPM);
    ek__timers_arm(&ch->health_timers, e->number, ek_time_add(ch->now, wait));
}

void ek__health_connection(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (config_of(ch)->kind != EK_PROBE_STREAM || ek__is_first_mode(ch) || !e->is_listed)
        return;
    probe_cancel(ch, e);
    ek__timers_cancel(&ch->health_timers, e->number);
    if (e->is_unhealthy)
        ek__note(ch, EK_NOTE_HEALTHY, e->number);
    set(ch, e, false, e->connection != 0);
    e->stream_failures = 0;
    if (e->connection != 0)
        probe_start(ch, e);
}

/* ---- what happens ---- */

void ek__health_added(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (!is_on(ch) || config_of(ch)->kind == EK_PROBE_STREAM)
        return;
    e->was_healthy = !config_of(ch)->starts_unhealthy;
    if (config_of(ch)->starts_unhealthy) {
        e->is_awaited = true;
        ch->awaited_count++;
    }
    ek__timers_arm(&ch->health_timers, e->number, ek_time_add(ch->now, jitter(ch)));
}

void ek__health_removed(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (!is_on(ch))
        return;
    probe_cancel(ch, e);
    ek__timers_cancel(&ch->health_timers, e->number);
    ch->unhealthy_count -= e->is_unhealthy;
    ch->awaited_count -= e->is_awaited;
    e->is_unhealthy = e->is_awaited = false;
}

void ek__health_timer(struct ek_channel *ch, struct ek__endpoint *e)
{
    ch->cause = e->cause;
    if (e->probe == 0) {
        probe_start(ch, e);
        return;
    }
    ek__endpoint_error(e, NULL, "the health check was not answered in time");
    ek__emit(ch, EK_ACTION_PROBE_CANCEL)->probe = e->probe;
    answered(ch, e, false);
}

void ek__health_event(struct ek_channel *ch, const struct ek_event *event)
{
    struct ek__endpoint *e = ek__endpoint(ch, (uint32_t)event->probe);
    bool is_stream = config_of(ch)->kind == EK_PROBE_STREAM;

    if (e == NULL || event->probe == 0 || event->probe != e->probe)
        return;
    if (event->status != EK_STATUS_OK)
        ek__endpoint_error(e, event->text, "the health check failed");
    if (event->kind == EK_EVENT_PROBE_DONE && is_stream) {
        stream_ended(ch, e, event->status);
    } else if (event->kind == EK_EVENT_PROBE_DONE) {
        answered(ch, e, event->status == EK_STATUS_OK);
    } else if (is_stream) {
        e->stream_failures = 0;
        stream_said(ch, e, event->status == EK_STATUS_OK);
    }
}
