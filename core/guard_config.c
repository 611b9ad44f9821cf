/* Reading what guards calls and endpoints: budgets, limits, throttling, probes, slow start. */
#include "core/guard_config.h"

#include "evenkeel/mem.h"

#include <stdio.h>
#include <string.h>

#define AT(type, field) .offset = offsetof(struct type, field)

const char *const ek__dialect_words[] = {
#define WORD(name, word) word,
    EK_DIALECT_LIST(WORD)
#undef WORD
        NULL};

/* ---- retry budgets ---- */

static const struct ek_option concurrent_options[] = {
    {.name = "budgetPercent",
     .type = EK_OPTION_SHARE,
     AT(ek_retry_budget, share_ppm),
     .fallback = "\"20%\"",
     .max = 1000000,
     .text = "Retries, as a share of the attempts in flight and the calls that wait."},
    {.name = "minRetryConcurrency",
     .type = EK_OPTION_INTEGER,
     AT(ek_retry_budget, concurrency_min),
     .fallback = "3",
     .text = "Retries that there may be in any case."},
    {0},
};

static const struct ek_option rate_options[] = {
    {.name = "ttl",
     .type = EK_OPTION_DURATION,
     AT(ek_retry_budget, ttl_ns),
     .fallback = "\"10s\"",
     .min = 1000000000,
     .max = 60000000000,
     .text = "How long a call counts."},
    {.name = "minRetriesPerSec",
     .type = EK_OPTION_INTEGER,
     AT(ek_retry_budget, per_second_min),
     .fallback = "10",
     .max = 1000000,
     .text = "Retries per second that there may be in any case."},
    {.name = "percentCanRetry",
     .type = EK_OPTION_DECIMAL,
     AT(ek_retry_budget, retry_share),
     .fallback = "0.2",
     .max = 1000000,
     .text = "Retries that each call pays for: 0.2 is one retry for five calls."},
    {0},
};

const struct ek_option ek__budget_options[] = {
    {.name = "concurrent",
     .type = EK_OPTION_OBJECT,
     .offset = 0,
     .fields = concurrent_options,
     .text = "Envoy's: bounds the retries and hedges that are scheduled or in flight."},
    {.name = "rate",
     .type = EK_OPTION_OBJECT,
     .offset = 0,
     .fields = rate_options,
     .text = "Finagle's: bounds the retries and hedges by the calls of the last seconds."},
    {0},
};

/* ---- limits ---- */

const struct ek_option ek__limits_options[] = {
    {.name = "maxRequests",
     .type = EK_OPTION_INTEGER,
     AT(ek_limits_config, requests_max),
     .text = "Attempts that may be in flight; absent: no limit. More fail at once as UNAVAILABLE "
             "and are not retried."},
    {.name = "maxRequestsPerEndpoint",
     .type = EK_OPTION_INTEGER,
     AT(ek_limits_config, endpoint_requests_max),
     .text = "Attempts that may be in flight at one endpoint, looked at once it is picked; absent: "
             "no limit. More fail likewise."},
    {.name = "maxPendingRequests",
     .type = EK_OPTION_INTEGER,
     AT(ek_limits_config, pending_max),
     .text = "Calls that may wait for an endpoint; absent: no limit. More fail likewise."},
    {.name = "maxRetries",
     .type = EK_OPTION_INTEGER,
     AT(ek_limits_config, retries_max),
     .text = "Retries and hedges that may be scheduled or in flight; absent: no limit. What is "
             "beyond them is not retried. Envoy's default is 3."},
    {0},
};

/* ---- client-side throttling ---- */

const struct ek_option ek__adaptive_options[] = {
    {.name = "window",
     .type = EK_OPTION_DURATION,
     AT(ek_adaptive_config, window_ns),
     .fallback = "\"2m\"",
     .min = 1000000,
     .text = "How long requests and accepts count."},
    {.name = "k",
     .type = EK_OPTION_DECIMAL,
     AT(ek_adaptive_config, k),
     .fallback = "2",
     .min = 1,
     .max = 1000000,
     .text = "Requests that are let through for each that is accepted; a request is rejected with "
             "probability (requests - k accepts) / (requests + 1)."},
    {0},
};

/* ---- probes ---- */

static const char *const kind_words[] = {"tcp", "http", "grpc", NULL};
static const char *const initial_words[] = {"healthy", "unhealthy", NULL};

const struct ek_option ek__health_options[] = {
    {.name = "kind",
     .type = EK_OPTION_WORD,
     AT(ek__raw_health, kind),
     .required = true,
     .words = kind_words,
     .text = "tcp: a connection is accepted; http: GET is answered with 200; grpc: "
             "grpc.health.v1.Health/Check says SERVING."},
    {.name = "path",
     .type = EK_OPTION_STRING,
     AT(ek__raw_health, path),
     .fallback = "\"/\"",
     .max = 1000,
     .text = "http: what to GET."},
    {.name = "service",
     .type = EK_OPTION_STRING,
     AT(ek__raw_health, service),
     .fallback = "\"\"",
     .max = 1000,
     .text = "grpc: the service to ask for; \"\" is the whole server."},
    {.name = "interval",
     .type = EK_OPTION_DURATION,
     AT(ek__raw_health, interval_ns),
     .fallback = "\"10s\"",
     .min = 1,
     .text = "Time from the end of a probe to the next."},
    {.name = "timeout",
     .type = EK_OPTION_DURATION,
     AT(ek__raw_health, timeout_ns),
     .fallback = "\"1s\"",
     .min = 1,
     .text = "Time for an answer."},
    {.name = "jitter",
     .type = EK_OPTION_SHARE,
     AT(ek__raw_health, jitter_ppm),
     .fallback = "\"10%\"",
     .max = 1000000,
     .text = "Share of the interval that may be added at random, before the first probe, too."},
    {.name = "unhealthyThreshold",
     .type = EK_OPTION_INTEGER,
     AT(ek__raw_health, unhealthy_threshold),
     .fallback = "3",
     .min = 1,
     .max = 1000000,
     .text = "Failed probes in a row that turn an endpoint unhealthy."},
    {.name = "healthyThreshold",
     .type = EK_OPTION_INTEGER,
     AT(ek__raw_health, healthy_threshold),
     .fallback = "2",
     .min = 1,
     .max = 1000000,
     .text = "Passed probes in a row that turn it healthy again."},
    {.name = "initial",
     .type = EK_OPTION_WORD,
     AT(ek__raw_health, initial),
     .fallback = "\"healthy\"",
     .words = initial_words,
     .text = "What an endpoint is taken for before its first probe; if unhealthy, one that passes "
             "is enough the first time, as in Envoy."},
    {0},
};

const struct ek_option ek__watch_options[] = {
    {.name = "serviceName",
     .type = EK_OPTION_STRING,
     .offset = 0,
     .max = 1000,
     .text = "Service that grpc.health.v1.Health/Watch is asked for over each connection; \"\" is "
             "the whole server. Absent: no health checks."},
    {0},
};

/* ---- slow start ---- */

const struct ek_option ek__slow_start_options[] = {
    {.name = "window",
     .type = EK_OPTION_DURATION,
     AT(ek_slow_start_config, window_ns),
     .required = true,
     .min = 1000000,
     .text = "Age at which an endpoint has its full weight. Its age begins when it is listed, or "
             "when a health check turns it healthy again."},
    {.name = "aggression",
     .type = EK_OPTION_DECIMAL,
     AT(ek_slow_start_config, aggression),
     .fallback = "1",
     .min = 1,
     .max = 1000000,
     .text = "1: the weight grows linearly; more: faster at first; less: slower at first."},
    {.name = "minWeightPercent",
     .type = EK_OPTION_INTEGER,
     AT(ek_slow_start_config, min_percent),
     .fallback = "10",
     .max = 100,
     .text = "Percent of its weight that an endpoint has in any case."},
    {0},
};

/* ---- putting them in place ---- */

static char *take(char **text)
{
    char *taken = *text;

    *text = NULL;
    return taken;
}

static void complete_health(const json_t *json, const char *path, struct ek__raw_guards *raw,
                            struct ek_health_config *out, struct ek_errors *errors)
{
    struct ek__raw_health *health = &raw->health;
    char place[sizeof((struct ek_error){0}.path)];

    if (json_object_get(json, "healthCheck") != NULL) {
        *out = (struct ek_health_config){
            .kind = (enum ek_probe_kind)(EK_PROBE_TCP + health->kind),
            .interval_ns = health->interval_ns,
            .timeout_ns = health->timeout_ns,
            .jitter_ppm = health->jitter_ppm,
            .unhealthy_threshold = health->unhealthy_threshold,
            .healthy_threshold = health->healthy_threshold,
            .starts_unhealthy = health->initial == 1,
        };
        if (out->kind == EK_PROBE_HTTP)
            out->target = take(&health->path);
        else if (out->kind == EK_PROBE_GRPC)
            out->target = take(&health->service);
    }
    if (raw->watched == NULL)
        return;
    if (out->kind != EK_PROBE_NONE) {
        snprintf(place, sizeof place, "%.200s/healthCheckConfig", path);
        ek_errors_add(errors, place, true,
                      "\"healthCheckConfig\" and \"healthCheck\" exclude each "
                      "other");
        return;
    }
    out->kind = EK_PROBE_STREAM;
    out->target = take(&raw->watched);
}

void ek__guards_complete(const json_t *json, const char *path, struct ek__raw_guards *raw,
                         struct ek_service_config *out, struct ek_errors *errors)
{
    const json_t *budget = json_object_get(json, "retryBudget");
    const json_t *limits = json_object_get(json, "circuitBreakers");

    out->dialect = raw->dialect;
    out->budget = raw->budget;
    out->budget.is_concurrent = json_object_get(budget, "concurrent") != NULL;
    out->budget.is_rate = json_object_get(budget, "rate") != NULL;
    if (json_is_object(budget) && !out->budget.is_concurrent && !out->budget.is_rate) {
        char place[sizeof((struct ek_error){0}.path)];

        snprintf(place, sizeof place, "%.200s/retryBudget", path);
        ek_errors_add(errors, place, false, "\"concurrent\" or \"rate\" is missing in retryBudget");
    }
    out->limits = raw->limits;
    if (json_object_get(limits, "maxRequests") == NULL)
        out->limits.requests_max = INT64_MAX;
    if (json_object_get(limits, "maxRequestsPerEndpoint") == NULL)
        out->limits.endpoint_requests_max = INT64_MAX;
    if (json_object_get(limits, "maxPendingRequests") == NULL)
        out->limits.pending_max = INT64_MAX;
    if (json_object_get(limits, "maxRetries") == NULL)
        out->limits.retries_max = INT64_MAX;
    if (json_object_get(json, "adaptiveThrottling") != NULL)
        out->adaptive = raw->adaptive;
    if (json_object_get(json, "slowStart") != NULL)
        out->slow_start = raw->slow_start;
    complete_health(json, path, raw, &out->health, errors);
}
