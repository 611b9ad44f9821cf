/* Another service config while the channel runs (gRPC A21): connections and ejections stay, the
 * policy begins anew. */
#include "core/channel.h"
#include "core/guard_config.h"

#include "evenkeel/err.h"

#include <stdio.h>

/* ---- what the old one leaves ---- */

static void leave(struct ek_channel *ch, const struct ek_service_config *next)
{
    bool ejects = ek__outlier_is_configured(&next->outlier);

    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = ch->endpoints[ch->listed[i]];

        if (e->is_unhealthy)
            ek__note(ch, EK_NOTE_HEALTHY, e->number);
        ek__health_removed(ch, e);
        if (e->is_ejected && !ejects)
            ek__outlier_return(ch, e);
    }
}

/* Bytes of the next policy for all endpoints: their numbers index the array. NULL without memory.
 */
static void **states_new(struct ek_channel *ch, size_t size)
{
    void **states = ek_mem_zeroed(ch->mem, ch->endpoint_count, sizeof *states);

    for (size_t i = 0; states != NULL && i < ch->endpoint_count; i++) {
        if (ch->endpoints[i] == NULL)
            continue;
        states[i] = ek_mem_zeroed(ch->mem, 1, size == 0 ? 1 : size);
        if (states[i] != NULL)
            continue;
        while (i-- > 0)
            ek_mem_free(ch->mem, states[i]);
        ek_mem_free(ch->mem, states);
        return NULL;
    }
    return states;
}

static void states_take(struct ek_channel *ch, void **states)
{
    for (size_t i = 0; i < ch->endpoint_count; i++) {
        if (ch->endpoints[i] == NULL)
            continue;
        ek_mem_free(ch->mem, ch->endpoints[i]->lb_state);
        ch->endpoints[i]->lb_state = states[i];
    }
    ek_mem_free(ch->mem, states);
}

/* ---- what the next one finds ---- */

/* The bucket stays as full as it was; Go fills it (which a chatty resolver can abuse). */
static void throttle_again(struct ek_channel *ch)
{
    struct ek__throttle old = ch->throttle;

    ek__throttle_init(&ch->throttle, &ch->config->throttling);
    if (old.tokens_max > 0 && ch->config->dialect != EK_DIALECT_GRPC_GO)
        ch->throttle.tokens = old.tokens * ch->throttle.tokens_max / old.tokens_max;
}

static void fitness_again(struct ek_channel *ch)
{
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = ch->endpoints[ch->listed[i]];

        ek__health_added(ch, e);
        if (e->state == EK_CONN_READY)
            ek__health_connection(ch, e);
    }
    ch->fit_count = 0;
    for (size_t i = 0; i < ch->listed_count; i++)
        ch->fit_count += ek__eligible_is_fit(ch, ch->endpoints[ch->listed[i]]);
}

/* A sweep that is due by the new interval comes at once. */
static void sweeps_again(struct ek_channel *ch)
{
    ek_time due = ek_time_add(ch->swept_at, ch->config->outlier.interval_ns);

    ek__timers_cancel(&ch->guard_timers, EK__TIMER_SWEEP);
    if (ek__outlier_is_sweeping(ch))
        ek__timers_arm(&ch->guard_timers, EK__TIMER_SWEEP,
                       ek_time_before(due, ch->now) ? ch->now : due);
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = ch->endpoints[ch->listed[i]];

        if (!e->is_ejected)
            continue;
        ek__timers_cancel(&ch->endpoint_timers, 2 * e->number + 1);
        if (!ek__outlier_is_sweeping(ch))
            ek__timers_arm(&ch->endpoint_timers, 2 * e->number + 1,
                           ek_time_before(e->ejected_until, ch->now) ? ch->now : e->ejected_until);
    }
}

static enum ek_err enter(struct ek_channel *ch, const struct ek_service_config *next)
{
    const struct ek_service_config *old;
    struct ek_errors errors = {0};
    void **states;
    enum ek_err err;
    bool has_room;

    if (ch->is_idle) {
        ch->config = next;
        ch->picker.ops = next->lb;
        return EK_OK;
    }
    old = ch->config;
    ch->config = next;
    has_room = ek__output_reserve(ch, 0);
    ch->config = old;
    states = has_room ? states_new(ch, next->lb->endpoint_size) : NULL;
    if (states == NULL)
        return EK_ENOMEM;
    leave(ch, next);
    ek__eligible_stop(ch);
    ch->config = next;
    states_take(ch, states);
    err = ek__eligible_start(ch, &errors);
    fitness_again(ch);
    sweeps_again(ch);
    ek__first_adopt(ch);
    ek__subchannels_listed(ch);
    return err;
}

/* ---- the door ---- */

void ek__reconfig_refuse(struct ek_channel *ch, const char *why)
{
    if (!ch->has_config)
        snprintf(ch->config_error, sizeof ch->config_error, "%s", why);
    snprintf(ch->config_refusal, sizeof ch->config_refusal, "%s", why);
    ek__note(ch, EK_NOTE_CONFIG_REFUSED, EK_NO_ENDPOINT)->text = ch->config_refusal;
    ch->has_news = true;
}

enum ek_err ek_channel_reconfigure(struct ek_channel *ch, const struct ek_service_config *config,
                                   const char *why, ek_time now, uint64_t cause)
{
    enum ek_err err = EK_OK;

    ek__turn_begin(ch, now, cause);
    if (config == NULL) {
        ek__reconfig_refuse(ch, why != NULL ? why : "invalid");
        ek__turn_end(ch);
        return EK_OK;
    }
    err = enter(ch, config);
    if (err == EK_OK) {
        ch->has_config = true;
        ch->config_error[0] = '\0';
        throttle_again(ch);
        ek__budget_start(ch);
        ek__admission_start(ch);
        ek__timers_cancel(&ch->guard_timers, EK__TIMER_IDLE);
        ek__idle_update(ch);
        ek__note(ch, EK_NOTE_CONFIG, EK_NO_ENDPOINT);
    } else if (ch->config == config) { /* no policy is left */
        snprintf(ch->config_error, sizeof ch->config_error, "%s", ek_err_text(err));
    }
    ch->has_news = true;
    ek__turn_end(ch);
    return err;
}
