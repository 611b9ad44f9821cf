/* Nonsense in what becomes of calls: timeouts, attempts, bounds on retries. */
#include "core/lint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool ek__lint_has_retries(const struct ek_service_config *config)
{
    for (size_t i = 0; i < config->method_count; i++)
        if (config->methods[i].config.retry.attempts_max > 0 ||
            config->methods[i].config.hedging.attempts_max > 0)
            return true;
    return false;
}

/* ---- one entry of methodConfig ---- */

/* The settings that were read from the entry: those of its first name. */
static const struct ek_method_config *settings_of(const struct ek__lint *lint, const json_t *entry)
{
    const json_t *names = json_object_get(entry, "name");
    const json_t *name = json_is_array(names) ? json_array_get(names, 0) : names;
    const char *service = json_string_value(json_object_get(name, "service"));
    const char *method = json_string_value(json_object_get(name, "method"));
    char path[1024];

    if (service == NULL || service[0] == '\0')
        return ek_service_config_method(lint->config, NULL);
    snprintf(path, sizeof path, "/%s/%s", service, method != NULL ? method : "");
    return ek_service_config_method(lint->config, path);
}

static void check_timeout(struct ek__lint *lint, const char *place, const json_t *entry,
                          const struct ek_method_config *method, int64_t timeout_ns)
{
    char at[EK__LINT_PATH_SIZE], first[32], second[32];

    if (method->wait_for_ready && timeout_ns == 0) {
        snprintf(at, sizeof at, "%.160s/waitForReady", place);
        ek__lint_warn(lint, EK__RULE_WAITS_FOREVER, at,
                      "without a timeout calls wait for ever while no endpoint can be reached");
    }
    if (timeout_ns > 0 && lint->facts.latency_ns >= timeout_ns) {
        snprintf(at, sizeof at, "%.160s/timeout", place);
        ek__lint_warn(lint, EK__RULE_TIMEOUT_LOW, at, "calls take %s as a rule, and end after %s",
                      ek_duration_text(lint->facts.latency_ns, first, sizeof first),
                      ek_duration_text(timeout_ns, second, sizeof second));
    }
    static const char *const sizes[] = {"maxRequestMessageBytes", "maxResponseMessageBytes"};
    for (size_t i = 0; i < 2; i++) {
        if (json_object_get(entry, sizes[i]) == NULL)
            continue;
        snprintf(at, sizeof at, "%.160s/%s", place, sizes[i]);
        ek__lint_warn(lint, EK__RULE_MESSAGE_SIZE, at, "%s has no effect: messages have no size",
                      sizes[i]);
    }
}

/* "maxAttempts" of the entry's policies, before the cap. */
static void check_cap(struct ek__lint *lint, const char *place, const json_t *entry)
{
    static const char *const policies[] = {"retryPolicy", "hedgingPolicy"};
    char at[EK__LINT_PATH_SIZE];

    for (size_t i = 0; i < 2; i++) {
        const json_t *policy = json_object_get(entry, policies[i]);
        int64_t attempts = json_integer_value(json_object_get(policy, "maxAttempts"));

        if (attempts <= 5)
            continue;
        snprintf(at, sizeof at, "%.160s/%s/maxAttempts", place, policies[i]);
        ek__lint_warn(lint, EK__RULE_ATTEMPTS_CAPPED, at, "%" PRId64 " attempts are taken as 5",
                      attempts);
    }
}

static void check_entry(struct ek__lint *lint, const char *place, const json_t *entry)
{
    const struct ek_method_config *method = settings_of(lint, entry);
    int64_t timeout_ns = method->timeout_ns, deadline_ns = lint->facts.deadline_ns;

    if (deadline_ns > 0 && (timeout_ns == 0 || deadline_ns < timeout_ns))
        timeout_ns = deadline_ns;
    check_timeout(lint, place, entry, method, timeout_ns);
    check_cap(lint, place, entry);
    ek__lint_retries(lint, place, method, timeout_ns);
}

/* ---- bounds ---- */

/* The least that a budget allows, against the calls there are. */
static void check_reserve(struct ek__lint *lint)
{
    const struct ek_retry_budget *budget = &lint->config->budget;
    const struct ek_lint_facts *facts = &lint->facts;
    int64_t load = ek__lint_usual_load(facts);

    if (budget->is_rate && facts->rate > 0 && budget->per_second_min >= facts->rate / 1000000)
        ek__lint_warn(lint, EK__RULE_RESERVE_LARGE, "/retryBudget/rate/minRetriesPerSec",
                      "%" PRId64 " retries a second are always allowed, and there are %" PRId64
                      " calls a second",
                      budget->per_second_min, facts->rate / 1000000);
    if (budget->is_concurrent && load > 0 && budget->concurrency_min >= load)
        ek__lint_warn(lint, EK__RULE_RESERVE_LARGE, "/retryBudget/concurrent/minRetryConcurrency",
                      "%" PRId64 " retries at a time are always allowed, and about %" PRId64
                      " calls are under way",
                      budget->concurrency_min, load);
}

static void check_bounds(struct ek__lint *lint)
{
    const struct ek_service_config *config = lint->config;
    bool is_retried = ek__lint_has_retries(config);
    const char *useless = config->throttling.tokens_max > 0 ? "retryThrottling"
                          : config->budget.is_concurrent || config->budget.is_rate ? "retryBudget"
                                                                                   : NULL;
    char place[32];

    if (!is_retried && useless != NULL) {
        snprintf(place, sizeof place, "/%s", useless);
        ek__lint_warn(lint, EK__RULE_NOTHING_TO_RETRY, place,
                      "%s bounds retries, and no method is tried again", useless);
    }
    if (is_retried && config->throttling.tokens_max > 0 && config->throttling.tokens_max <= 2000)
        ek__lint_warn(lint, EK__RULE_FEW_TOKENS, "/retryThrottling/maxTokens",
                      "the first failure leaves no more than half of the tokens: no retry can ever "
                      "happen");
    if (is_retried)
        check_reserve(lint);
    if (is_retried && config->limits.retries_max == 0)
        ek__lint_warn(lint, EK__RULE_RETRIES_ZERO, "/circuitBreakers/maxRetries",
                      "maxRetries 0 forbids the retries that methodConfig asks for");
}

void ek__lint_calls(struct ek__lint *lint)
{
    const json_t *list = json_object_get(lint->json, "methodConfig");
    char place[48];

    check_bounds(lint);
    if (json_is_object(list))
        check_entry(lint, "/methodConfig", list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        snprintf(place, sizeof place, "/methodConfig/%zu", i);
        check_entry(lint, place, json_array_get(list, i));
    }
}
