/* How long to wait before trying again, and whether to. */
#include "core/retry.h"

int64_t ek__backoff_nominal(struct ek__backoff backoff, uint32_t n)
{
    int64_t delay = backoff.initial_ns, m = backoff.multiplier;

    for (uint32_t i = 1; i < n && delay < backoff.max_ns; i++) {
        if (delay / 1000 >= INT64_MAX / 2 / m)
            return backoff.max_ns;
        int64_t next = delay / 1000 * m + delay % 1000 * m / 1000;
        if (next == delay) /* a multiplier of 1, or nothing left to shrink */
            break;
        delay = next;
    }
    return delay < backoff.max_ns ? delay : backoff.max_ns;
}

int64_t ek__retry_delay(const struct ek_retry_policy *policy, uint32_t n, struct ek_rng *rng)
{
    struct ek__backoff backoff = {policy->initial_backoff_ns, policy->backoff_max_ns,
                                  policy->backoff_multiplier};

    return ek_rng_jitter(rng, ek__backoff_nominal(backoff, n), EK__RETRY_JITTER_PPM);
}

void ek__throttle_init(struct ek__throttle *throttle, const struct ek_retry_throttling *config)
{
    *throttle = (struct ek__throttle){
        .tokens = config->tokens_max,
        .tokens_max = config->tokens_max,
        .ratio = config->token_ratio,
    };
}

void ek__throttle_on_failure(struct ek__throttle *throttle)
{
    throttle->tokens = throttle->tokens > 1000 ? throttle->tokens - 1000 : 0;
}

void ek__throttle_on_success(struct ek__throttle *throttle)
{
    int64_t tokens = throttle->tokens + throttle->ratio;

    throttle->tokens = tokens < throttle->tokens_max ? tokens : throttle->tokens_max;
}

bool ek__throttle_allows(const struct ek__throttle *throttle)
{
    return throttle->tokens_max == 0 || 2 * throttle->tokens > throttle->tokens_max;
}
