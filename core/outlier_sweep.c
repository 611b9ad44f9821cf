/* Sweeps for outliers: at every interval the endpoints are compared with one another (gRPC A50). */
#include "core/channel.h"
#include "core/spread.h"

enum {
    RATE_SCALE = 1000000 /* 10,000 endpoints x 10,000 keep the sums below 2^53 */
};

void ek__spread_add(struct ek__spread *spread, int64_t value)
{
    spread->count++;
    spread->sum += value;
}

void ek__spread_deviate(struct ek__spread *spread, int64_t value)
{
    double deviation = (double)spread->count * (double)value - (double)spread->sum;

    spread->squares += deviation * deviation;
}

static struct ek__endpoint *listed(struct ek_channel *ch, size_t i)
{
    return ch->endpoints[ch->listed[i]];
}

static int64_t volume(const struct ek__endpoint *e)
{
    return (int64_t)e->sweep_good + e->sweep_bad;
}

/* Had it enough calls? Without any it is never compared, as in C-core. */
static bool is_candidate(const struct ek__endpoint *e, const struct ek_ejection_config *config)
{
    return volume(e) > 0 && volume(e) >= config->requests_min;
}

static int64_t success_rate(const struct ek__endpoint *e)
{
    return (int64_t)e->sweep_good * RATE_SCALE / volume(e);
}

/* A50 has no rule against ejecting what is ejected. C-core has it in the second algorithm, Envoy in
 * both, and so have we where no peer is named. */
static bool may_be_found(const struct ek_channel *ch, const struct ek__endpoint *e,
                         enum ek_outlier how)
{
    switch ((enum ek_dialect)ch->config->dialect) {
    case EK_DIALECT_GRPC_GO:
    case EK_DIALECT_GRPC_JAVA:
    case EK_DIALECT_GRPC_NODE:
        return true;
    case EK_DIALECT_GRPC_CORE:
        return !e->is_ejected || how == EK_OUTLIER_SUCCESS_RATE;
    case EK_DIALECT_GRPC:
    case EK_DIALECT_ENVOY:
    case EK_DIALECT_COUNT:
        break;
    }
    return !e->is_ejected;
}

static void found(struct ek_channel *ch, struct ek__endpoint *e, enum ek_outlier how)
{
    ch->cause = e->failure_cause;
    ek__outlier_found(ch, e, how);
}

static void sweep_success_rate(struct ek_channel *ch)
{
    const struct ek_ejection_config *config = &ch->config->outlier.success_rate;
    struct ek__spread spread = {0};

    for (size_t i = 0; i < ch->listed_count; i++)
        if (is_candidate(listed(ch, i), config))
            ek__spread_add(&spread, success_rate(listed(ch, i)));
    if (spread.count == 0 || spread.count < config->hosts_min)
        return;
    for (size_t i = 0; i < ch->listed_count; i++)
        if (is_candidate(listed(ch, i), config))
            ek__spread_deviate(&spread, success_rate(listed(ch, i)));
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = listed(ch, i);

        if (is_candidate(e, config) && may_be_found(ch, e, EK_OUTLIER_SUCCESS_RATE) &&
            ek__spread_is_below(&spread, success_rate(e), config->threshold))
            found(ch, e, EK_OUTLIER_SUCCESS_RATE);
    }
}

/* Above the threshold; in Envoy at it, too. */
static bool fails_too_often(const struct ek_channel *ch, const struct ek__endpoint *e)
{
    int64_t failures = (int64_t)e->sweep_bad * 100;
    int64_t allowed = ch->config->outlier.failure_percentage.threshold * volume(e);

    return failures > allowed || (failures == allowed && ch->config->dialect == EK_DIALECT_ENVOY);
}

static void sweep_failure_percentage(struct ek_channel *ch)
{
    const struct ek_ejection_config *config = &ch->config->outlier.failure_percentage;
    int64_t candidates = 0;

    for (size_t i = 0; i < ch->listed_count; i++)
        candidates += is_candidate(listed(ch, i), config);
    if (candidates < config->hosts_min)
        return;
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = listed(ch, i);

        if (is_candidate(e, config) && may_be_found(ch, e, EK_OUTLIER_FAILURE_PERCENTAGE) &&
            fails_too_often(ch, e))
            found(ch, e, EK_OUTLIER_FAILURE_PERCENTAGE);
    }
}

/* A50 says strictly after the end, which in virtual time adds a whole interval: 30 s would be 40 s.
 * Here the sweep at the very end lets it return. */
static void forgive(struct ek_channel *ch, struct ek__endpoint *e)
{
    if (!e->is_ejected) {
        if (e->ejections_in_row > 0)
            e->ejections_in_row--;
    } else if (!ek_time_before(ch->now, e->ejected_until)) {
        ch->cause = e->ejected_cause;
        ek__outlier_return(ch, e);
    }
}

void ek__outlier_start(struct ek_channel *ch)
{
    ch->swept_at = ch->now;
    if (ek__outlier_is_sweeping(ch))
        ek__timers_arm(&ch->guard_timers, EK__TIMER_SWEEP,
                       ek_time_add(ch->now, ch->config->outlier.interval_ns));
}

void ek__outlier_sweep(struct ek_channel *ch)
{
    const struct ek_outlier_config *config = &ch->config->outlier;
    uint64_t cause = ch->cause;

    if (config->success_rate.is_on)
        sweep_success_rate(ch);
    if (config->failure_percentage.is_on)
        sweep_failure_percentage(ch);
    for (size_t i = 0; i < ch->listed_count; i++) {
        struct ek__endpoint *e = listed(ch, i);

        e->sweep_good = e->sweep_bad = 0;
        ch->cause = cause;
        forgive(ch, e);
    }
    ch->cause = cause;
    ek__outlier_start(ch);
}
