/* Slow start: what is new is given less than its weight for a while (Envoy, gRPC A100). */
#include "core/channel.h"

#include "evenkeel/real.h"

enum {
    SCALE = 1000, /* weights are shown in thousandths, so that a tenth of 1 is there */
    STEPS = 100   /* a window, as weights move */
};

/* The factor at `age_ns` of the window, in millionths. */
int64_t ek__slow_start_factor(const struct ek_slow_start_config *config, int64_t age_ns)
{
    int64_t floor = config->min_percent * 10000, factor;
    double share;

    if (age_ns >= config->window_ns)
        return 1000000;
    share = (double)(age_ns > EK_MS ? age_ns : EK_MS) / (double)config->window_ns;
    if (share > 1.0)
        share = 1.0;
    if (config->aggression != 1000)
        share = ek_exp(ek_log(share) * 1000.0 / (double)config->aggression);
    factor = (int64_t)(share * 1000000.0 + 0.5);
    return factor > floor ? factor : floor;
}

static bool is_warming(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    return ek_time_since(ch->now, e->warm_since) < ch->config->slow_start.window_ns;
}

uint32_t ek__slow_start_weight(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    int64_t factor = 1000000;
    uint64_t weight;

    if (ch->config->slow_start.window_ns == 0)
        return e->weight;
    if (is_warming(ch, e))
        factor =
            ek__slow_start_factor(&ch->config->slow_start, ek_time_since(ch->now, e->warm_since));
    weight = (uint64_t)e->weight * SCALE * (uint64_t)factor / 1000000;
    if (weight > UINT32_MAX)
        return UINT32_MAX;
    return weight > 0 ? (uint32_t)weight : 1;
}

static void arm(struct ek_channel *ch)
{
    int64_t step = ch->config->slow_start.window_ns / STEPS;

    ek__timers_arm(&ch->guard_timers, EK__TIMER_WARM,
                   ek_time_add(ch->now, step > EK_MS ? step : EK_MS));
}

void ek__slow_start_begin(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (ch->config->slow_start.window_ns == 0)
        return;
    e->warm_since = ch->now;
    ch->picker.is_stale = true;
    if (!ek__timers_is_armed(&ch->guard_timers, EK__TIMER_WARM))
        arm(ch);
}

/* Weights have moved; once all are warm, for the last time. */
void ek__slow_start_timer(struct ek_channel *ch)
{
    bool is_any = false;

    ch->picker.is_stale = true;
    for (size_t i = 0; i < ch->listed_count && !is_any; i++)
        is_any = is_warming(ch, ch->endpoints[ch->listed[i]]);
    if (is_any)
        arm(ch);
}
