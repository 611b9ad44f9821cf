/* Nonsense in how often a call is tried, and what that adds up to. */
#include "core/lint.h"

#include "core/retry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LAYERS_MAX = 10,
    HARMLESS = 4, /* attempts for one call that a service may meet */
    DOUBLE = 2000 /* thousandths */
};

#define CODE(name) (UINT32_C(1) << EK_STATUS_##name)

/* Of these nobody knows whether the work was done. */
static const uint32_t unsafe_codes =
    CODE(CANCELLED) | CODE(UNKNOWN) | CODE(DEADLINE_EXCEEDED) | CODE(INTERNAL) | CODE(DATA_LOSS);

/* These say that the call is wrong. */
static const uint32_t final_codes =
    CODE(INVALID_ARGUMENT) | CODE(NOT_FOUND) | CODE(ALREADY_EXISTS) | CODE(PERMISSION_DENIED) |
    CODE(FAILED_PRECONDITION) | CODE(OUT_OF_RANGE) | CODE(UNIMPLEMENTED) | CODE(UNAUTHENTICATED);

static const char *code_names(uint32_t codes, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < EK_STATUS_COUNT && used < size; i++)
        if (codes >> i & 1)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     ek_status_name((enum ek_status)i));
    return out;
}

/* ---- what it adds up to ---- */

/* factor^layers, in thousandths; saturates. */
static int64_t power(int64_t factor, int64_t layers)
{
    int64_t product = 1000;

    for (int64_t i = 0; i < layers && i < LAYERS_MAX; i++)
        product = product > INT64_MAX / 1000 / factor ? INT64_MAX / 1000 : product * factor / 1000;
    return product;
}

/* Attempts for one call of one layer that the bounds let pass in the long run, in thousandths; 0:
 * there is no bound. Throttling: a success pays for `ratio` failures. */
static int64_t bound_of(const struct ek_service_config *config)
{
    const struct ek_retry_budget *budget = &config->budget;
    int64_t bound = 0, factor;

    if (config->throttling.tokens_max > 0)
        bound = 1000 + config->throttling.token_ratio;
    if (budget->is_rate) {
        factor = 1000 + budget->retry_share;
        bound = bound == 0 || factor < bound ? factor : bound;
    }
    if (budget->is_concurrent && budget->share_ppm < 1000000) {
        /* retries are a share of all attempts: 1 / (1 - share) */
        factor = INT64_C(1000000000) / (1000000 - budget->share_ppm);
        bound = bound == 0 || factor < bound ? factor : bound;
    }
    return bound;
}

static void check_amplification(struct ek__lint *lint, const char *place, int64_t attempts,
                                bool is_hedge)
{
    int64_t layers = lint->facts.layers < LAYERS_MAX ? lint->facts.layers : LAYERS_MAX;
    int64_t total = power(attempts * 1000, layers), bound = bound_of(lint->config);
    int64_t bounded = bound > 0 ? power(bound, layers) : total, budget = power(1100, layers);
    const char *what = is_hedge ? "hedge" : "retry", *many = is_hedge ? "hedges" : "retries";
    char count[32];

    snprintf(count, sizeof count, "%" PRId64 " %s", attempts - 1, attempts == 2 ? what : many);
    if (bound == 0 && lint->config->limits.retries_max != INT64_MAX)
        return; /* how much that is depends on the load */
    if (bound == 0 && total / 1000 > HARMLESS)
        ek__lint_warn(
            lint, EK__RULE_AMPLIFICATION, place,
            "%s in each of %" PRId64 " calling layer%s: up to %" PRId64
            " attempts per call; a 10 %% budget in each would cap it at %" PRId64 ".%02" PRId64,
            count, layers, layers == 1 ? "" : "s", total / 1000, budget / 1000, budget % 1000 / 10);
    else if (bound == 0)
        ek__lint_warn(lint, EK__RULE_UNBOUNDED, place,
                      "%s a call and neither retryThrottling nor a retryBudget: an outage "
                      "multiplies the load by up to %" PRId64,
                      count, attempts);
    else if (bounded > DOUBLE && total > DOUBLE)
        ek__lint_warn(lint, EK__RULE_BOUND_LARGE, place,
                      "the bound lets %" PRId64
                      " %% of the calls be tried again, in each of %" PRId64
                      " calling layer%s: up to %" PRId64 ".%02" PRId64 " attempts per call",
                      (bound - 1000) / 10, layers, layers == 1 ? "" : "s",
                      (bounded < total ? bounded : total) / 1000,
                      (bounded < total ? bounded : total) % 1000 / 10);
}

/* ---- retries ---- */

/* Backoffs are at least 0.8 times the nominal ones. */
static void check_backoffs(struct ek__lint *lint, const char *place,
                           const struct ek_retry_policy *retry, int64_t timeout_ns)
{
    struct ek__backoff backoff = {retry->initial_backoff_ns, retry->backoff_max_ns,
                                  retry->backoff_multiplier};
    int64_t waited_ns = 0, possible = 0;
    char first[32], second[32];

    for (uint32_t n = 1; n < (uint32_t)retry->attempts_max; n++) {
        int64_t delay_ns = ek__backoff_nominal(backoff, n) / 5 * 4;

        waited_ns = delay_ns < INT64_MAX - waited_ns ? waited_ns + delay_ns : INT64_MAX;
        if (waited_ns >= timeout_ns)
            break;
        possible++;
    }
    if (timeout_ns > 0 && possible < retry->attempts_max - 1)
        ek__lint_warn(lint, EK__RULE_RETRY_LATE, place,
                      "retry %" PRId64 " begins %s after the start at the earliest, and the call "
                      "ends after %s: at most %" PRId64 " of %" PRId64 " can happen",
                      possible + 1, ek_duration_text(waited_ns, first, sizeof first),
                      ek_duration_text(timeout_ns, second, sizeof second), possible,
                      retry->attempts_max - 1);
}

/* Each attempt but the last takes its timeout, and a backoff follows it. */
static void check_attempts(struct ek__lint *lint, const char *place,
                           const struct ek_retry_policy *retry, int64_t timeout_ns)
{
    struct ek__backoff backoff = {retry->initial_backoff_ns, retry->backoff_max_ns,
                                  retry->backoff_multiplier};
    int64_t begins_ns = 0, possible = 1;
    char first[32], second[32];

    if (timeout_ns == 0 || retry->attempt_timeout_ns == 0 ||
        retry->attempt_timeout_ns >= timeout_ns)
        return;
    for (; possible < retry->attempts_max; possible++) {
        int64_t delay_ns = ek__backoff_nominal(backoff, (uint32_t)possible) / 5 * 4;

        begins_ns += retry->attempt_timeout_ns;
        if (delay_ns >= timeout_ns - begins_ns)
            break;
        begins_ns += delay_ns;
    }
    if (possible < retry->attempts_max)
        ek__lint_warn(lint, EK__RULE_ATTEMPTS_LONG, place,
                      "where attempts take their %s, at most %" PRId64 " of %" PRId64
                      " begin before the call ends after %s",
                      ek_duration_text(retry->attempt_timeout_ns, first, sizeof first), possible,
                      retry->attempts_max, ek_duration_text(timeout_ns, second, sizeof second));
}

static void check_retry(struct ek__lint *lint, const char *place,
                        const struct ek_retry_policy *retry, int64_t timeout_ns)
{
    char at[EK__LINT_PATH_SIZE], names[160], first[32], second[32];
    uint32_t is_unsafe = retry->retryable & unsafe_codes, is_final = retry->retryable & final_codes;

    snprintf(at, sizeof at, "%.140s/retryableStatusCodes", place);
    if (is_unsafe != 0)
        ek__lint_warn(lint, EK__RULE_UNSAFE_CODES, at,
                      "after %s the work may have been done: what is not idempotent happens twice",
                      code_names(is_unsafe, names, sizeof names));
    if (is_final != 0)
        ek__lint_warn(lint, EK__RULE_FINAL_CODES, at, "%s will be answered again",
                      code_names(is_final, names, sizeof names));
    snprintf(at, sizeof at, "%.140s/initialBackoff", place);
    if (retry->initial_backoff_ns > retry->backoff_max_ns)
        ek__lint_warn(lint, EK__RULE_BACKOFF_ORDER, at,
                      "initialBackoff is above maxBackoff: every backoff is maxBackoff");
    check_backoffs(lint, at, retry, timeout_ns);
    snprintf(at, sizeof at, "%.140s/backoffMultiplier", place);
    if (retry->backoff_multiplier < 1000)
        ek__lint_warn(lint, EK__RULE_BACKOFF_SHRINKS, at,
                      "a backoffMultiplier below 1 makes each backoff shorter than the one before");
    snprintf(at, sizeof at, "%.140s/perAttemptRecvTimeout", place);
    if (timeout_ns > 0 && retry->attempt_timeout_ns >= timeout_ns)
        ek__lint_warn(lint, EK__RULE_ATTEMPT_TIMEOUT, at,
                      "an attempt may take as long as the call: no retry follows a slow one");
    check_attempts(lint, at, retry, timeout_ns);
    if (retry->attempt_timeout_ns > 0 && lint->facts.latency_ns >= retry->attempt_timeout_ns)
        ek__lint_warn(lint, EK__RULE_ATTEMPT_LOW, at,
                      "attempts take %s as a rule, and are given up after %s",
                      ek_duration_text(lint->facts.latency_ns, first, sizeof first),
                      ek_duration_text(retry->attempt_timeout_ns, second, sizeof second));
}

/* ---- hedges ---- */

static void check_hedging(struct ek__lint *lint, const char *place,
                          const struct ek_hedging_policy *hedging, int64_t timeout_ns)
{
    char at[EK__LINT_PATH_SIZE], first[32], second[32];

    if (hedging->non_fatal == 0)
        ek__lint_warn(lint, EK__RULE_HEDGE_FATAL, place,
                      "without nonFatalStatusCodes the first error ends the call, although other "
                      "attempts are under way");
    snprintf(at, sizeof at, "%.140s/hedgingDelay", place);
    if (hedging->delay_ns == 0)
        ek__lint_warn(lint, EK__RULE_HEDGE_AT_ONCE, at,
                      "hedgingDelay 0 makes every call %" PRId64 " times, at once",
                      hedging->attempts_max);
    else if (timeout_ns > 0 && hedging->delay_ns >= timeout_ns)
        ek__lint_warn(lint, EK__RULE_HEDGE_LATE, at,
                      "the second attempt begins after %s, and the call ends after %s",
                      ek_duration_text(hedging->delay_ns, first, sizeof first),
                      ek_duration_text(timeout_ns, second, sizeof second));
    else if (lint->facts.latency_ns >= hedging->delay_ns)
        ek__lint_warn(lint, EK__RULE_HEDGE_EARLY, at,
                      "calls take %s as a rule, and the second attempt begins after %s",
                      ek_duration_text(lint->facts.latency_ns, first, sizeof first),
                      ek_duration_text(hedging->delay_ns, second, sizeof second));
}

void ek__lint_retries(struct ek__lint *lint, const char *place,
                      const struct ek_method_config *method, int64_t timeout_ns)
{
    char at[EK__LINT_PATH_SIZE];

    if (method->retry.attempts_max > 0) {
        snprintf(at, sizeof at, "%.160s/retryPolicy", place);
        check_retry(lint, at, &method->retry, timeout_ns);
        check_amplification(lint, at, method->retry.attempts_max, false);
    }
    if (method->hedging.attempts_max > 0) {
        snprintf(at, sizeof at, "%.160s/hedgingPolicy", place);
        check_hedging(lint, at, &method->hedging, timeout_ns);
        check_amplification(lint, at, method->hedging.attempts_max, true);
    }
}
