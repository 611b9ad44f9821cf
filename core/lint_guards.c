/* Nonsense in probes, limits, slow start, throttling, connections. */
#include "core/lint.h"

#include "evenkeel/time.h"

#include <inttypes.h>

static void check_health(struct ek__lint *lint)
{
    const struct ek_health_config *health = &lint->config->health;
    bool is_stream = health->kind == EK_PROBE_STREAM;
    char first[32], second[32];

    if (health->kind == EK_PROBE_NONE)
        return;
    if (lint->config->lb->connect == EK_CONNECT_FIRST)
        ek__lint_warn(lint, EK__RULE_FIRST_HEALTH,
                      is_stream ? "/healthCheckConfig" : "/healthCheck",
                      "%s does not look at health checks", lint->config->lb->name);
    if (is_stream)
        return;
    if (lint->facts.round_trip_ns >= health->timeout_ns)
        ek__lint_warn(lint, EK__RULE_PROBE_ROUND_TRIP, "/healthCheck/timeout",
                      "a probe takes %s there and back, and is given up after %s: every one fails",
                      ek_duration_text(lint->facts.round_trip_ns, first, sizeof first),
                      ek_duration_text(health->timeout_ns, second, sizeof second));
    if (health->timeout_ns > health->interval_ns)
        ek__lint_warn(lint, EK__RULE_PROBE_TIMEOUT, "/healthCheck/timeout",
                      "a probe may take %s, longer than the interval of %s",
                      ek_duration_text(health->timeout_ns, first, sizeof first),
                      ek_duration_text(health->interval_ns, second, sizeof second));
}

static void check_slow_start(struct ek__lint *lint)
{
    const struct ek_slow_start_config *slow = &lint->config->slow_start;
    const json_t *list = json_object_get(lint->json, "loadBalancingConfig");
    struct ek__lint_policy policy = {.ops = lint->config->lb};

    if (slow->window_ns == 0)
        return;
    if (!ek__lint_find_policy(list, "/loadBalancingConfig", &policy))
        policy.ops = lint->config->lb;
    if (!ek__lint_heeds_weights(&policy))
        ek__lint_warn(lint, EK__RULE_UNWEIGHTED, "/slowStart",
                      "%s gives every endpoint the same share, a new one, too", policy.ops->name);
    if (slow->min_percent == 0)
        ek__lint_warn(lint, EK__RULE_SLOW_START_ZERO, "/slowStart/minWeightPercent",
                      "with a minWeightPercent of 0 a new endpoint begins with no calls at all");
}

/* ---- limits ---- */

int64_t ek__lint_usual_load(const struct ek_lint_facts *facts)
{
    int64_t us = facts->latency_ns / EK_US, per_second = facts->rate / 1000000;

    return us > 0 && per_second > INT64_MAX / us ? INT64_MAX : per_second * us / 1000000;
}

static void check_limits(struct ek__lint *lint)
{
    const struct ek_limits_config *limits = &lint->config->limits;
    const struct {
        const char *place, *what;
        int64_t limit;
    } all[] = {
        {"/circuitBreakers/maxRequests", "no attempt may be in flight", limits->requests_max},
        {"/circuitBreakers/maxRequestsPerEndpoint", "no attempt may be in flight at an endpoint",
         limits->endpoint_requests_max},
        {"/circuitBreakers/maxPendingRequests",
         "no call may wait, not even for the first connection", limits->pending_max},
    };
    int64_t load = ek__lint_usual_load(&lint->facts);

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].limit == 0)
            ek__lint_warn(lint, EK__RULE_LIMIT_ZERO, all[i].place, "with a limit of 0 %s",
                          all[i].what);
    if (limits->requests_max > 0 && load > limits->requests_max)
        ek__lint_warn(lint, EK__RULE_LIMIT_LOW, "/circuitBreakers/maxRequests",
                      "about %" PRId64 " calls are in flight as a rule, and %" PRId64 " may be",
                      load, limits->requests_max);
}

/* A mean: of Poisson arrivals a third are further apart. */
static void check_idle(struct ek__lint *lint)
{
    int64_t idle_ns = lint->config->connection.idle_timeout_ns, rate = lint->facts.rate;
    int64_t apart_ns = rate > 0 ? 1000000 * EK_S / rate : 0;
    char first[32], second[32];

    if (idle_ns > 0 && apart_ns >= idle_ns)
        ek__lint_warn(lint, EK__RULE_IDLE_OFTEN, "/connection/idleTimeout",
                      "calls are %s apart, and after %s without one all is torn down",
                      ek_duration_text(apart_ns, first, sizeof first),
                      ek_duration_text(idle_ns, second, sizeof second));
}

void ek__lint_guards(struct ek__lint *lint)
{
    const struct ek_connection_config *connection = &lint->config->connection;

    check_health(lint);
    check_slow_start(lint);
    check_limits(lint);
    if (lint->config->adaptive.window_ns > 0 && lint->config->adaptive.k <= 1000)
        ek__lint_warn(lint, EK__RULE_THROTTLES_HEALTHY, "/adaptiveThrottling/k",
                      "with a k of at most 1 calls are rejected while every one is accepted");
    check_idle(lint);
    if (!connection->reconnect)
        ek__lint_warn(lint, EK__RULE_NO_RECONNECT, "/connection/reconnect",
                      "with reconnect false a connection that is lost once is never made again");
    if (connection->jitter_ppm == 0 && connection->reconnect)
        ek__lint_warn(lint, EK__RULE_NO_JITTER, "/connection/jitter",
                      "without jitter all clients of an endpoint connect again at once");
}
