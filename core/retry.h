/* How long to wait before trying again, and whether to (gRPC A6). */
#ifndef EVENKEEL_CORE_RETRY_H
#define EVENKEEL_CORE_RETRY_H

#include "evenkeel/rng.h"
#include "evenkeel/service_config.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    EK__RETRY_JITTER_PPM = 200000 /* A6: a factor uniform in [0.8, 1.2] */
};

struct ek__backoff {
    int64_t initial_ns, max_ns;
    int64_t multiplier; /* thousandths */
};

/* min(initial * multiplier^(n-1), max), without jitter; `n` counts from 1. Each factor rounds down
 * to whole nanoseconds. */
int64_t ek__backoff_nominal(struct ek__backoff backoff, uint32_t n);

/* The delay before the n-th retry, n from 1. Costs one number of the stream. */
int64_t ek__retry_delay(const struct ek_retry_policy *policy, uint32_t n, struct ek_rng *rng);

/* Retry throttling of one channel; all in thousandths of a token. Zeroed: off. */
struct ek__throttle {
    int64_t tokens, tokens_max, ratio;
};

/* A full bucket. */
void ek__throttle_init(struct ek__throttle *throttle, const struct ek_retry_throttling *config);

/* An attempt ended with a retryable status: one token less, never below 0. */
void ek__throttle_on_failure(struct ek__throttle *throttle);

/* An attempt ended well: `ratio` more, up to the maximum. */
void ek__throttle_on_success(struct ek__throttle *throttle);

/* May a retry start? Asked after the failure was counted: more than half must be left. */
bool ek__throttle_allows(const struct ek__throttle *throttle);

#endif
