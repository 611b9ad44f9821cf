/* Client-side throttling: the more of its attempts are refused, the fewer a channel sends.
 * Source: Site Reliability Engineering, ch. 21. */
#include "core/channel.h"

void ek__admission_start(struct ek_channel *ch)
{
    int64_t window_ns = ch->config->adaptive.window_ns;

    if (window_ns == 0)
        return;
    ek__window_init(&ch->requests, window_ns, ch->now);
    ek__window_init(&ch->accepts, window_ns, ch->now);
}

int64_t ek__admission_rejection_ppm(int64_t requests, int64_t accepts, int64_t k)
{
    /* In thousandths; below 2^53 for 10^12 requests. */
    double excess = (double)requests * 1000.0 - (double)accepts * (double)k;

    return excess > 0 ? (int64_t)(excess * 1000.0 / ((double)requests + 1.0)) : 0;
}

/* What is rejected here counts as a request: the more are made, the surer they are rejected. */
bool ek__admission_allows(struct ek_channel *ch, const struct ek__call *call)
{
    const struct ek_adaptive_config *config = &ch->config->adaptive;
    struct ek_action *note;
    int64_t ppm;

    if (config->window_ns == 0)
        return true;
    ppm = ek__admission_rejection_ppm(ek__window_sum(&ch->requests, ch->now),
                                      ek__window_sum(&ch->accepts, ch->now), config->k);
    ek__window_add(&ch->requests, 1, ch->now);
    if ((int64_t)ek_rng_below(&ch->admission_rng, 1000000) >= ppm)
        return true;
    ch->stats.rejected++;
    note = ek__note(ch, EK_NOTE_REJECTED, EK_NO_ENDPOINT);
    note->call = call->token;
    note->value = ppm;
    return false;
}

/* Any answer that does not blame the endpoint is an accept. */
void ek__admission_result(struct ek_channel *ch, const struct ek__ending *ending)
{
    if (ch->config->adaptive.window_ns > 0 && !ending->is_cut && !ek__is_failure(ending->status))
        ek__window_add(&ch->accepts, 1, ch->now);
}
