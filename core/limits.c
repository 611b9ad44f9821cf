/* Circuit breaking: what is too much fails at once, as Envoy's overflow does: UNAVAILABLE and never
 * retried. */
#include "core/channel.h"

void ek__limits_overflow(struct ek_channel *ch, const struct ek__call *call, enum ek_limit limit)
{
    struct ek_action *note = ek__note(ch, EK_NOTE_OVERFLOW, EK_NO_ENDPOINT);

    ch->stats.overflows[limit]++;
    note->call = call->token;
    note->number = limit;
}

static bool refuse(struct ek_channel *ch, struct ek__call *call, enum ek_limit limit)
{
    ek__limits_overflow(ch, call, limit);
    if (call->in_flight == 0)
        call->reason = (uint8_t)(EK__REASON_LIMIT_REQUESTS + limit);
    return false;
}

bool ek__limits_allow_attempt(struct ek_channel *ch, struct ek__call *call,
                              const struct ek__endpoint *e)
{
    const struct ek_limits_config *limits = &ch->config->limits;

    if (ch->stats.attempts_unfinished >= limits->requests_max)
        return refuse(ch, call, EK_LIMIT_REQUESTS);
    if (e->in_flight >= limits->endpoint_requests_max)
        return refuse(ch, call, EK_LIMIT_ENDPOINT_REQUESTS);
    return true;
}

bool ek__limits_allow_queueing(struct ek_channel *ch, struct ek__call *call)
{
    if (ch->queue_count >= ch->config->limits.pending_max)
        return refuse(ch, call, EK_LIMIT_PENDING);
    return true;
}
