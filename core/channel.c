/* The door of a channel: events in, time clamped. */
#include "core/channel.h"

#include "evenkeel/err.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- resolving ---- */

void ek__resolver_obey(struct ek_channel *ch)
{
    for (;;) {
        struct ek_resolve wish = ch->resolver->output(ch->resolver_self, ch->now);
        struct ek_action *action;

        switch (wish.kind) {
        case EK_RESOLVE_NONE:
            return;
        case EK_RESOLVE_GET:
        case EK_RESOLVE_LOOKUP:
            ch->query = ++ch->query_count;
            action =
                ek__emit(ch, wish.kind == EK_RESOLVE_GET ? EK_ACTION_HTTP_GET : EK_ACTION_LOOKUP);
            action->query = ch->query;
            action->value = wish.timeout_ns;
            action->text = wish.target;
            action->body = wish.body;
            action->number = wish.is_stream;
            break;
        case EK_RESOLVE_CANCEL:
            ek__emit(ch, EK_ACTION_HTTP_CANCEL)->query = ch->query;
            ch->query = 0;
            break;
        case EK_RESOLVE_LIST:
            if (!ek__endpoints_update(ch, wish.addresses, wish.address_count))
                ek__note(ch, EK_NOTE_RESOLVER_ERROR, EK_NO_ENDPOINT)->text = ek_err_text(EK_ENOMEM);
            break;
        case EK_RESOLVE_ERROR:
            snprintf(ch->resolver_error, sizeof ch->resolver_error, "%s",
                     wish.text != NULL ? wish.text : "the lookup failed");
            ch->has_news = true;
            ek__note(ch, EK_NOTE_RESOLVER_ERROR, EK_NO_ENDPOINT)->text = ch->resolver_error;
            break;
        case EK_RESOLVE_EMPTY:
            ek__note(ch, EK_NOTE_EMPTY_IGNORED, EK_NO_ENDPOINT);
            break;
        case EK_RESOLVE_SHRUNK:
            ek__note(ch, EK_NOTE_SHRINK_IGNORED, EK_NO_ENDPOINT);
            break;
        case EK_RESOLVE_AGED:
            ek__note(ch, EK_NOTE_VIEW_AGED, EK_NO_ENDPOINT);
            break;
        }
    }
}

/* ---- turns ---- */

void ek__turn_begin(struct ek_channel *ch, ek_time now, uint64_t cause)
{
    ch->cause = cause;
    if (ek_time_before(now, ch->now)) {
        ch->stats.clock_backwards++;
        ek__note(ch, EK_NOTE_CLOCK_BACKWARDS, EK_NO_ENDPOINT)->value = ek_time_since(ch->now, now);
        return;
    }
    ch->now = now;
}

void ek__turn_end(struct ek_channel *ch)
{
    while (ch->has_news) {
        ch->has_news = false;
        ek__review(ch);
        ek__channel_state_update(ch);
        if (ch->queue_head != EK__NOTHING)
            ek__calls_sweep(ch);
    }
}

void ek_channel_input(struct ek_channel *ch, const struct ek_event *event, ek_time now)
{
    ek__turn_begin(ch, now, event->cause);
    switch (event->kind) {
    case EK_EVENT_ATTEMPT_DONE:
        ek__attempt_done(ch, event);
        break;
    case EK_EVENT_RESOLVED:
        if (ek__canary_answer(ch, event) || event->query != ch->query || ch->query == 0)
            break;
        if (!event->answer->is_part)
            ch->query = 0;
        ch->resolver_cause = event->cause;
        ch->resolver->answer(ch->resolver_self, event->answer, ch->now);
        ek__resolver_obey(ch);
        break;
    case EK_EVENT_PROBE_ANSWER:
    case EK_EVENT_PROBE_DONE:
        ek__health_event(ch, event);
        break;
    case EK_EVENT_CONNECTED:
    case EK_EVENT_CONNECT_FAILED:
    case EK_EVENT_DISCONNECTED:
    case EK_EVENT_GOAWAY:
        ek__subchannel_event(ch, event);
        break;
    }
    ek__turn_end(ch);
}

static void guard_timer(struct ek_channel *ch, uint32_t id)
{
    switch ((enum ek__guard_timer)id) {
    case EK__TIMER_SWEEP:
        ek__outlier_sweep(ch);
        break;
    case EK__TIMER_WARM:
        ek__slow_start_timer(ch);
        break;
    case EK__TIMER_ADDRESS:
        ek__first_timer(ch);
        break;
    case EK__TIMER_IDLE:
        ek__idle_timer(ch);
        break;
    case EK__TIMER_CANARY:
        ek__canary_timer(ch);
        break;
    case EK__TIMER_REVIEW:
        ek__review_timer(ch);
        break;
    case EK__TIMER_COUNT:
        break;
    }
}

static void endpoint_timer(struct ek_channel *ch, uint32_t id)
{
    struct ek__endpoint *e = ch->endpoints[id / 2];

    if (id % 2 == 0)
        ek__subchannel_timer(ch, e);
    else
        ek__outlier_timer(ch, e);
}

void ek_channel_tick(struct ek_channel *ch, ek_time now)
{
    uint32_t id;

    ek__turn_begin(ch, now, 0);
    while (ek__timers_due(&ch->call_timers, ch->now, &id))
        ek__call_timer(ch, id);
    while (ek__timers_due(&ch->attempt_timers, ch->now, &id))
        ek__attempt_timer(ch, id);
    while (ek__timers_due(&ch->endpoint_timers, ch->now, &id))
        endpoint_timer(ch, id);
    while (ek__timers_due(&ch->health_timers, ch->now, &id))
        ek__health_timer(ch, ch->endpoints[id]);
    while (ek__timers_due(&ch->guard_timers, ch->now, &id))
        guard_timer(ch, id);
    if (!ch->is_idle && !ek_time_before(ch->now, ch->resolver->deadline(ch->resolver_self))) {
        ch->cause = ch->resolver_cause;
        ch->resolver->tick(ch->resolver_self, ch->now);
        ek__resolver_obey(ch);
    }
    ek__turn_end(ch);
}

ek_time ek_channel_deadline(const struct ek_channel *ch)
{
    const struct ek__timers *const all[] = {&ch->call_timers, &ch->attempt_timers,
                                            &ch->endpoint_timers, &ch->health_timers,
                                            &ch->guard_timers};
    ek_time next = ch->is_idle ? EK_TIME_NEVER : ch->resolver->deadline(ch->resolver_self);

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        next = ek_time_min(next, ek__timers_next(all[i]));
    return next;
}

/* ---- life ---- */

enum ek_err ek__resolver_start(struct ek_channel *ch, struct ek_errors *errors)
{
    ch->resolver_self = ek_mem_zeroed(ch->mem, 1, ch->resolver->self_size + 1);
    if (ch->resolver_self == NULL)
        return EK_ENOMEM;
    if (ch->resolver->options != NULL)
        ek_option_read(ch->resolver->options, ch->resolver_options, "", ch->resolver_self, errors);
    if (ch->resolver->check != NULL)
        ch->resolver->check(ch->resolver_self, "", errors);
    if (errors->count > 0)
        return EK_EINVAL;
    return ch->resolver->init(ch->resolver_self, ek_rng_derive(ch->seed, "resolver", ch->id),
                              ch->now);
}

void ek__resolver_stop(struct ek_channel *ch)
{
    if (ch->resolver_self == NULL)
        return;
    ch->resolver->deinit(ch->resolver_self);
    if (ch->resolver->options != NULL)
        ek_option_release(ch->resolver->options, ch->resolver_self);
    ek_mem_free(ch->mem, ch->resolver_self);
    ch->resolver_self = NULL;
}

static void start_streams(struct ek_channel *ch)
{
    ch->backoff_rng = ek_rng_derive(ch->seed, "backoff", ch->id);
    ch->retry_rng = ek_rng_derive(ch->seed, "retry", ch->id);
    ch->outlier_rng = ek_rng_derive(ch->seed, "outlier", ch->id);
    ch->admission_rng = ek_rng_derive(ch->seed, "admission", ch->id);
    ch->health_rng = ek_rng_derive(ch->seed, "health", ch->id);
    ch->first.rng = ek_rng_derive(ch->seed, "shuffle", ch->id);
}

static enum ek_err start(struct ek_channel *ch, const struct ek_channel_config *config,
                         struct ek_errors *errors)
{
    enum ek_err err;

    ch->resolver_options =
        config->resolver_options != NULL ? json_deep_copy(config->resolver_options) : json_object();
    if (ch->resolver_options == NULL ||
        !ek__timers_reserve(&ch->guard_timers, ch->mem, EK__TIMER_COUNT) ||
        !ek__output_reserve(ch, 0))
        return EK_ENOMEM;
    start_streams(ch);
    ek__throttle_init(&ch->throttle, &ch->config->throttling);
    ek__budget_start(ch);
    ek__admission_start(ch);
    ek__eligible_init(ch, config);
    err = ek__eligible_start(ch, errors);
    if (err == EK_OK)
        err = ek__resolver_start(ch, errors);
    return err;
}

enum ek_err ek_channel_new(const struct ek_channel_config *config, ek_time now,
                           struct ek_channel **out, struct ek_errors *errors)
{
    const struct ek_mem *mem = config->mem != NULL ? config->mem : &ek_mem_libc;
    struct ek_channel *ch = ek_mem_zeroed(mem, 1, sizeof *ch);
    enum ek_err err;

    if (ch == NULL)
        return EK_ENOMEM;
    ch->mem = mem;
    ch->config = config->service_config;
    ch->now = now;
    ch->cause = config->cause;
    ch->resolver_cause = config->cause;
    ch->resolver = config->resolver;
    ch->picker.ops = ch->config->lb;
    ch->seed = config->seed;
    ch->id = config->id;
    ch->state = EK_CONN_IDLE;
    ch->first.selected = ch->last_failed = ch->last_unhealthy = EK__NOTHING;
    ch->calls_free = ch->attempts_free = ch->queue_head = ch->queue_tail = EK__NOTHING;
    ch->calls_max = config->calls_max != 0 ? config->calls_max : 1000000;
    err = start(ch, config, errors);
    if (err != EK_OK) {
        ek_channel_free(ch);
        return err;
    }
    ch->has_config = config->config_error == NULL;
    if (!ch->has_config)
        ek__reconfig_refuse(ch, config->config_error);
    ch->has_news = true;
    ek__outlier_start(ch);
    ek__idle_update(ch);
    ek__resolver_obey(ch);
    ek__turn_end(ch);
    *out = ch;
    return EK_OK;
}

void ek_channel_free(struct ek_channel *ch)
{
    if (ch == NULL)
        return;
    ek__endpoints_bury(ch);
    ek__eligible_deinit(ch);
    ek__resolver_stop(ch);
    json_decref(ch->resolver_options);
    ek__endpoints_deinit(ch);
    ek__channel_calls_deinit(ch);
    ek__trace_deinit(ch);
    ek__timers_deinit(&ch->guard_timers, ch->mem);
    ek__timers_deinit(&ch->health_timers, ch->mem);
    ek_mem_free(ch->mem, ch->first.order);
    ek_mem_free(ch->mem, ch->output);
    ek_mem_free(ch->mem, ch);
}

/* ---- looking in ---- */

enum ek_conn ek_channel_state(const struct ek_channel *ch)
{
    return ch->state;
}

bool ek_channel_endpoint(const struct ek_channel *ch, uint32_t number, struct ek_endpoint_view *out)
{
    const struct ek__endpoint *e = number < ch->endpoint_count ? ch->endpoints[number] : NULL;

    if (e == NULL)
        return false;
    *out = (struct ek_endpoint_view){
        .address = e->address,
        .locality = e->locality == EK__NOTHING ? NULL : ch->select.localities[e->locality],
        .priority = e->priority,
        .state = e->state,
        .is_listed = e->is_listed,
        .is_ejected = e->is_ejected,
        .is_failing = e->is_failing && e->state != EK_CONN_READY,
        .weight = e->weight,
        .in_flight = e->in_flight,
        .is_unhealthy = e->is_unhealthy,
        .is_awaited = e->is_awaited,
        .shown_weight = ek__slow_start_weight(ch, e),
    };
    return true;
}

struct ek_channel_stats ek_channel_stats(const struct ek_channel *ch)
{
    struct ek_channel_stats stats = ch->stats;

    stats.endpoints_listed = (uint32_t)ch->listed_count;
    stats.endpoints_ready = ch->state_counts[EK_CONN_READY];
    stats.endpoints_ejected = ch->ejected_count;
    stats.retry_tokens = ch->throttle.tokens;
    stats.calls_queued = ch->queue_count;
    stats.retries_unfinished = ch->retries_open;
    stats.endpoints_unhealthy = ch->unhealthy_count;
    return stats;
}
