/* The door of a channel: events in, actions out, time clamped. */
#include "core/channel.h"

#include "evenkeel/err.h"

#include <stdio.h>

/* ---- actions ---- */

struct ek_action *ek__emit(struct ek_channel *ch, enum ek_action_kind kind)
{
    struct ek__output *output;
    size_t tail;

    if (ch->output_count == ch->output_capacity) {
        size_t old = ch->output_capacity;
        void *ring = ch->output;
        bool has_room =
            ek_mem_grow(ch->mem, &ring, &ch->output_capacity, old + 1, sizeof *ch->output);

        EK_ASSERT(has_room);
        ch->output = ring;
        /* The part that had wrapped around moves to the end of the larger ring. */
        for (size_t i = old; i-- > ch->output_head;)
            ch->output[i + ch->output_capacity - old] = ch->output[i];
        if (old > 0)
            ch->output_head += ch->output_capacity - old;
    }
    tail = ch->output_head + ch->output_count++;
    output = &ch->output[tail < ch->output_capacity ? tail : tail - ch->output_capacity];
    *output = (struct ek__output){
        .action = {.kind = kind, .endpoint = EK_NO_ENDPOINT, .cause = ch->cause}};
    return &output->action;
}

struct ek_action *ek__note(struct ek_channel *ch, enum ek_note note, uint32_t endpoint)
{
    struct ek_action *action = ek__emit(ch, EK_ACTION_NOTE);

    action->note = note;
    action->endpoint = endpoint;
    return action;
}

static const char *finish_text(struct ek_channel *ch, const struct ek__output *output)
{
    const struct ek_action *action = &output->action;
    const struct ek__endpoint *e = ek__endpoint(ch, action->endpoint);
    const char *address = e != NULL ? e->address : "an endpoint that is gone";
    const char *error = e != NULL ? e->error : "";
    size_t size = sizeof ch->text;

    switch (output->reason) {
    case EK__REASON_SERVER:
        snprintf(ch->text, size, "%s: %s", address, error);
        break;
    case EK__REASON_NO_ENDPOINTS:
        snprintf(ch->text, size, "name resolver error: produced zero addresses");
        break;
    case EK__REASON_RESOLVER:
        snprintf(ch->text, size, "name resolver error: %s", ch->resolver_error);
        break;
    case EK__REASON_CONNECTIONS:
        ek__subchannel_error_text(ch, ch->text, size);
        break;
    case EK__REASON_EJECTED:
        snprintf(ch->text, size, "all %zu endpoints are ejected by outlier detection",
                 ch->listed_count);
        break;
    case EK__REASON_POLICY:
        snprintf(ch->text, size, "the load balancing policy failed the call");
        break;
    case EK__REASON_DEADLINE_SENT:
        snprintf(ch->text, size, "deadline exceeded while waiting for %s to answer", address);
        break;
    case EK__REASON_DEADLINE_QUEUED:
        snprintf(ch->text, size, "deadline exceeded while waiting for connections to become ready");
        break;
    case EK__REASON_NONE:
        return NULL;
    }
    return ch->text;
}

/* Texts are made when an action is pulled: most are never looked at. */
static const char *action_text(struct ek_channel *ch, const struct ek__output *output)
{
    const struct ek_action *action = &output->action;
    const struct ek__endpoint *e = ek__endpoint(ch, action->endpoint);

    if (action->kind == EK_ACTION_FINISH)
        return action->status == EK_STATUS_OK ? NULL : finish_text(ch, output);
    if (action->kind == EK_ACTION_CONNECT)
        return e != NULL ? e->address : NULL;
    if (action->kind == EK_ACTION_CANCEL)
        return e != NULL && action->status == EK_STATUS_UNAVAILABLE ? e->error
                                                                    : "deadline exceeded";
    if (action->kind != EK_ACTION_NOTE || action->text != NULL)
        return action->text;
    if (action->note == EK_NOTE_ENDPOINT_ADDED || action->note == EK_NOTE_ENDPOINT_REMOVED)
        return e != NULL ? e->address : NULL;
    if (action->note == EK_NOTE_SUBCHANNEL_STATE && action->to == EK_CONN_TRANSIENT_FAILURE)
        return e != NULL ? e->error : NULL;
    return NULL;
}

bool ek_channel_output(struct ek_channel *ch, struct ek_action *out)
{
    if (ch->output_count == 0) {
        ek__endpoints_bury(ch);
        return false;
    }
    *out = ch->output[ch->output_head].action;
    out->text = action_text(ch, &ch->output[ch->output_head]);
    if (++ch->output_head == ch->output_capacity)
        ch->output_head = 0;
    ch->output_count--;
    return true;
}

/* ---- resolving ---- */

static void obey_resolver(struct ek_channel *ch)
{
    for (;;) {
        struct ek_resolve wish = ch->resolver->output(ch->resolver_self, ch->now);
        struct ek_action *action;

        switch (wish.kind) {
        case EK_RESOLVE_NONE:
            return;
        case EK_RESOLVE_GET:
            ch->query = ++ch->query_count;
            action = ek__emit(ch, EK_ACTION_HTTP_GET);
            action->query = ch->query;
            action->value = wish.timeout_ns;
            action->text = wish.target;
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
        if (event->query != ch->query || ch->query == 0)
            break;
        ch->query = 0;
        ch->resolver_cause = event->cause;
        ch->resolver->answer(ch->resolver_self, event->answer, ch->now);
        obey_resolver(ch);
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

void ek_channel_tick(struct ek_channel *ch, ek_time now)
{
    uint32_t id;

    ek__turn_begin(ch, now, 0);
    while (ek__timers_due(&ch->call_timers, ch->now, &id))
        ek__call_timer(ch, id);
    while (ek__timers_due(&ch->endpoint_timers, ch->now, &id)) {
        struct ek__endpoint *e = ch->endpoints[id / 2];

        if (id % 2 == 0)
            ek__subchannel_timer(ch, e);
        else
            ek__outlier_timer(ch, e);
    }
    if (!ek_time_before(ch->now, ch->resolver->deadline(ch->resolver_self))) {
        ch->cause = ch->resolver_cause;
        ch->resolver->tick(ch->resolver_self, ch->now);
        obey_resolver(ch);
    }
    ek__turn_end(ch);
}

ek_time ek_channel_deadline(const struct ek_channel *ch)
{
    ek_time calls = ek__timers_next(&ch->call_timers);
    ek_time endpoints = ek__timers_next(&ch->endpoint_timers);

    return ek_time_min(ek_time_min(calls, endpoints), ch->resolver->deadline(ch->resolver_self));
}

/* ---- life ---- */

static enum ek_err start_policy(struct ek_channel *ch, const struct ek_channel_config *config,
                                struct ek_errors *errors)
{
    struct ek__picker *picker = &ch->picker;

    picker->ops = config->service_config->lb;
    picker->rng = ek_rng_derive(config->seed, "pick", config->id);
    picker->self = ek_mem_zeroed(ch->mem, 1, picker->ops->self_size + 1);
    if (picker->self == NULL)
        return EK_ENOMEM;
    if (picker->ops->options != NULL)
        ek_option_read(picker->ops->options, config->service_config->lb_options, "", picker->self,
                       errors);
    if (errors->count > 0)
        return EK_EINVAL;
    if (picker->ops->init != NULL)
        picker->ops->init(picker->self, &picker->rng);
    return EK_OK;
}

static enum ek_err start_resolver(struct ek_channel *ch, const struct ek_channel_config *config,
                                  struct ek_errors *errors)
{
    json_t *none = config->resolver_options == NULL ? json_object() : NULL;
    const json_t *options = none != NULL ? none : config->resolver_options;

    ch->resolver = config->resolver;
    ch->resolver_self = ek_mem_zeroed(ch->mem, 1, ch->resolver->self_size + 1);
    if (ch->resolver_self != NULL && ch->resolver->options != NULL)
        ek_option_read(ch->resolver->options, options, "", ch->resolver_self, errors);
    json_decref(none);
    if (ch->resolver_self == NULL)
        return EK_ENOMEM;
    if (ch->resolver->check != NULL)
        ch->resolver->check(ch->resolver_self, "", errors);
    if (errors->count > 0)
        return EK_EINVAL;
    return ch->resolver->init(ch->resolver_self,
                              ek_rng_derive(config->seed, "resolver", config->id), ch->now);
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
    ch->state = EK_CONN_IDLE;
    ch->first_selected = ch->last_failed = EK__NOTHING;
    ch->calls_free = ch->attempts_free = ch->queue_head = ch->queue_tail = EK__NOTHING;
    ch->calls_max = config->calls_max != 0 ? config->calls_max : 1000000;
    ch->backoff_rng = ek_rng_derive(config->seed, "backoff", config->id);
    ch->retry_rng = ek_rng_derive(config->seed, "retry", config->id);
    ek__throttle_init(&ch->throttle, &ch->config->throttling);
    err = start_policy(ch, config, errors);
    if (err == EK_OK)
        err = start_resolver(ch, config, errors);
    if (err != EK_OK) {
        ek_channel_free(ch);
        return err;
    }
    ch->has_news = true;
    obey_resolver(ch);
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
    if (ch->resolver_self != NULL) {
        ch->resolver->deinit(ch->resolver_self);
        if (ch->resolver->options != NULL)
            ek_option_release(ch->resolver->options, ch->resolver_self);
        ek_mem_free(ch->mem, ch->resolver_self);
    }
    ek__endpoints_deinit(ch);
    ek__channel_calls_deinit(ch);
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
        .state = e->state,
        .is_listed = e->is_listed,
        .is_ejected = e->is_ejected,
        .weight = e->weight,
        .in_flight = e->in_flight,
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
    return stats;
}
