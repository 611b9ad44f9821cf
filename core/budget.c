/* How many retries and hedges a channel may add to its calls: a limit (Envoy's max_retries), a
 * share of what is under way (Envoy's retry_budget), a share of the recent calls (Finagle's
 * RetryBudget). */
#include "core/channel.h"

enum {
    DEPOSIT = 1000 /* Finagle's scale: a call pays in so much */
};

/* What one retry costs; with a share of 0 only the reserve pays, one for one. */
static int64_t withdrawal(const struct ek_retry_budget *budget)
{
    int64_t cost = budget->retry_share > 0 ? DEPOSIT * 1000 / budget->retry_share : 1;

    return cost > 0 ? cost : 1;
}

static int64_t saturated_product(int64_t a, int64_t b)
{
    return b > 0 && a > INT64_MAX / 4 / b ? INT64_MAX / 4 : a * b;
}

/* What is there without any calls: per_second_min over the whole window. */
static int64_t reserve(const struct ek_retry_budget *budget)
{
    int64_t retries = saturated_product(budget->per_second_min, budget->ttl_ns / EK_MS) / 1000;

    return saturated_product(retries, withdrawal(budget));
}

void ek__budget_start(struct ek_channel *ch)
{
    if (ch->config->budget.is_rate)
        ek__window_init(&ch->budget, ch->config->budget.ttl_ns, ch->now);
}

void ek__budget_call(struct ek_channel *ch)
{
    const struct ek_retry_budget *budget = &ch->config->budget;

    if (budget->is_rate && budget->retry_share > 0)
        ek__window_add(&ch->budget, DEPOSIT, ch->now);
}

/* Of the attempts in flight and the calls queued, rounded down; the attempt that failed has left
 * them. */
static bool concurrency_allows(const struct ek_channel *ch)
{
    const struct ek_retry_budget *budget = &ch->config->budget;
    int64_t active = (int64_t)ch->stats.attempts_unfinished + ch->queue_count;
    int64_t allowed = saturated_product(active, budget->share_ppm) / 1000000;

    if (allowed < budget->concurrency_min)
        allowed = budget->concurrency_min;
    return ch->retries_open < allowed;
}

static bool rate_allows(struct ek_channel *ch)
{
    const struct ek_retry_budget *budget = &ch->config->budget;

    return ek__window_sum(&ch->budget, ch->now) + reserve(budget) >= withdrawal(budget);
}

bool ek__budget_take(struct ek_channel *ch, struct ek__call *call)
{
    const struct ek_retry_budget *budget = &ch->config->budget;

    if (ch->retries_open >= ch->config->limits.retries_max) {
        ek__limits_overflow(ch, call, EK_LIMIT_RETRIES);
        return false;
    }
    if ((budget->is_concurrent && !concurrency_allows(ch)) ||
        (budget->is_rate && !rate_allows(ch))) {
        ek__limits_overflow(ch, call, EK_LIMIT_BUDGET);
        return false;
    }
    if (budget->is_rate)
        ek__window_add(&ch->budget, -withdrawal(budget), ch->now);
    call->is_next_extra = true;
    ek__budget_hold(ch, call);
    return true;
}

void ek__budget_hold(struct ek_channel *ch, struct ek__call *call)
{
    call->held++;
    ch->retries_open++;
}

void ek__budget_give(struct ek_channel *ch, struct ek__call *call)
{
    if (call->held == 0)
        return;
    call->held--;
    ch->retries_open--;
}
