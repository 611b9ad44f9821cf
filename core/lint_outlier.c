/* Nonsense in the detection of outliers. */
#include "core/lint.h"

#include "core/guard_config.h"
#include "evenkeel/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Where it is written: "outlierDetection", or gRPC's policy. */
static const json_t *find(const struct ek__lint *lint, char place[EK__LINT_PATH_SIZE])
{
    const json_t *json = json_object_get(lint->json, "outlierDetection");
    const json_t *list = json_object_get(lint->json, "loadBalancingConfig");

    snprintf(place, EK__LINT_PATH_SIZE, "/outlierDetection");
    if (json_is_object(json))
        return json;
    for (size_t i = 0; i < json_array_size(list); i++) {
        static const char name[] = "outlier_detection_experimental";

        json = json_object_get(json_array_get(list, i), name);
        snprintf(place, EK__LINT_PATH_SIZE, "/loadBalancingConfig/%zu/%s", i, name);
        if (json != NULL)
            return json;
    }
    return NULL;
}

static const char *member(const char *place, const char *name, char out[EK__LINT_PATH_SIZE])
{
    snprintf(out, EK__LINT_PATH_SIZE, "%.120s/%s", place, name);
    return out;
}

/* ---- times and shares ---- */

static void check_times(struct ek__lint *lint, const char *place, const json_t *json)
{
    int64_t base_ns = ek__lint_value(ek__outlier_options, json, "baseEjectionTime");
    int64_t max_ns = ek__lint_value(ek__outlier_options, json, "maxEjectionTime");
    char at[EK__LINT_PATH_SIZE], first[32], second[32];

    if (base_ns > max_ns)
        ek__lint_warn(lint, EK__RULE_EJECTION_TIMES, member(place, "baseEjectionTime", at),
                      "baseEjectionTime %s is above maxEjectionTime %s: every ejection lasts %s",
                      ek_duration_text(base_ns, first, sizeof first),
                      ek_duration_text(max_ns, second, sizeof second), first);
}

static void check_shares(struct ek__lint *lint, const char *place)
{
    const struct ek_outlier_config *outlier = &lint->config->outlier;
    int64_t percent = outlier->ejection_max_percent, panic = lint->config->selection.panic_ppm;
    char at[EK__LINT_PATH_SIZE];

    member(place, "maxEjectionPercent", at);
    if (percent == 0 && lint->config->dialect != EK_DIALECT_GRPC_CORE)
        ek__lint_warn(lint, EK__RULE_NEVER_EJECTS, at,
                      "with a maxEjectionPercent of 0 nothing is ever ejected");
    else if (panic > 0 && percent * 10000 + panic > 1000000)
        ek__lint_warn(lint, EK__RULE_PANIC, at,
                      "maxEjectionPercent %" PRId64 " with a panicThreshold of %" PRId64
                      " %%: past %" PRId64
                      " %% ejected, panic sends calls to ejected endpoints again",
                      percent, panic / 10000, (1000000 - panic) / 10000);
}

/* As many as may be ejected at one time: gRPC tests the limit before each, Envoy after. */
static int64_t ejected_most(const struct ek__lint *lint)
{
    int64_t percent = lint->config->outlier.ejection_max_percent, n = lint->facts.endpoints;

    if (lint->config->dialect == EK_DIALECT_ENVOY)
        return percent * n / 100;
    return (percent * n + 99) / 100;
}

/* Success rates alone never find all: most of them are the mean. */
static bool can_find_all(const struct ek_outlier_config *outlier)
{
    return outlier->consecutive_failures > 0 || outlier->consecutive_gateway > 0 ||
           outlier->consecutive_local > 0 || outlier->failure_percentage.is_on;
}

/* A whole fleet that is ejected is worth a word where it was written, or where it is rounding. */
static void check_fleet(struct ek__lint *lint, const char *place, const json_t *json)
{
    const struct ek_outlier_config *outlier = &lint->config->outlier;
    int64_t n = lint->facts.endpoints, percent = outlier->ejection_max_percent;
    bool is_written = json_object_get(json, "maxEjectionPercent") != NULL;
    char at[EK__LINT_PATH_SIZE];

    if (percent == 0)
        return;
    member(place, "maxEjectionPercent", at);
    if (n > 0 && ejected_most(lint) == 0)
        ek__lint_warn(lint, EK__RULE_EJECTS_NONE, at,
                      "%" PRId64 " %% of %" PRId64 " endpoints is less than one: nobody is ejected",
                      percent, n);
    else if (lint->config->selection.panic_ppm > 0 || !can_find_all(outlier))
        return;
    else if (percent == 100 && is_written)
        ek__lint_warn(lint, EK__RULE_EJECTS_ALL, at,
                      "all endpoints may be ejected, and without a panicThreshold every call fails "
                      "then");
    else if (percent < 100 && n > 0 && ejected_most(lint) == n)
        ek__lint_warn(lint, EK__RULE_EJECTS_ALL, at,
                      "%" PRId64 " %% of %" PRId64
                      " endpoints is rounded up to all of them, and without a panicThreshold "
                      "every call fails then",
                      percent, n);
}

static void check_enforcement(struct ek__lint *lint, const char *place)
{
    const struct ek_outlier_config *o = &lint->config->outlier;
    const struct {
        bool is_off;
        const char *name, *what;
    } all[] = {
        {o->consecutive_failures > 0 && o->consecutive_enforcement == 0,
         "enforcingConsecutiveFailures", "failures in a row"},
        {o->consecutive_gateway > 0 && o->gateway_enforcement == 0,
         "enforcingConsecutiveGatewayFailures", "gateway failures in a row"},
        {o->consecutive_local > 0 && o->local_enforcement == 0,
         "enforcingConsecutiveLocalOriginFailures", "local failures in a row"},
        {o->success_rate.is_on && o->success_rate.enforcement_percent == 0,
         "successRateEjection/enforcementPercentage", "low success rates"},
        {o->failure_percentage.is_on && o->failure_percentage.enforcement_percent == 0,
         "failurePercentageEjection/enforcementPercentage", "high failure percentages"},
    };
    char at[EK__LINT_PATH_SIZE];

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i].is_off)
            ek__lint_warn(lint, EK__RULE_DRY_RUN, member(place, all[i].name, at),
                          "%s are counted and never ejected: the enforcement is 0%s", all[i].what,
                          i == 4 && lint->config->dialect != EK_DIALECT_GRPC
                              ? ", as the dialect takes it if it is absent"
                              : "");
}

/* ---- enough endpoints, enough calls ---- */

/* Calls of one channel to one endpoint in an interval, on average; -1: not known. */
static int64_t volume(const struct ek__lint *lint)
{
    const struct ek_lint_facts *facts = &lint->facts;
    int64_t ms = lint->config->outlier.interval_ns / EK_MS;

    if (facts->rate == 0 || facts->endpoints == 0)
        return -1;
    if (ms > 0 && facts->rate / 1000 > INT64_MAX / ms)
        return INT64_MAX;
    return facts->rate / 1000 * ms / 1000000 / facts->endpoints;
}

/* How long an endpoint that fails every call goes on being called. */
static void check_row(struct ek__lint *lint, const char *place)
{
    const struct ek_outlier_config *outlier = &lint->config->outlier;
    const struct ek_lint_facts *facts = &lint->facts;
    int64_t row = outlier->consecutive_failures, apart_ns, calls, needed_ns;
    char at[EK__LINT_PATH_SIZE], first[32], second[32];

    if (row == 0 || facts->rate == 0 || facts->endpoints == 0)
        return;
    apart_ns = 1000000 * EK_S / facts->rate;
    calls = row > INT64_MAX / facts->endpoints ? INT64_MAX : row * facts->endpoints;
    needed_ns = apart_ns > 0 && calls > INT64_MAX / apart_ns ? INT64_MAX : calls * apart_ns;
    if (needed_ns > outlier->base_ejection_ns)
        ek__lint_warn(lint, EK__RULE_DETECTION_SLOW, member(place, "consecutiveFailures", at),
                      "an endpoint that always fails has %" PRId64
                      " failures in a row after %s, and is ejected for %s",
                      row, ek_duration_text(needed_ns, first, sizeof first),
                      ek_duration_text(outlier->base_ejection_ns, second, sizeof second));
}

static void check_sweeps(struct ek__lint *lint, const char *place)
{
    const struct ek_outlier_config *outlier = &lint->config->outlier;
    char at[EK__LINT_PATH_SIZE], first[32], second[32];

    if ((outlier->success_rate.is_on || outlier->failure_percentage.is_on) &&
        lint->facts.run_ns > 0 && outlier->interval_ns >= lint->facts.run_ns)
        ek__lint_warn(lint, EK__RULE_NO_SWEEP, member(place, "interval", at),
                      "endpoints are compared after %s, and the run ends after %s",
                      ek_duration_text(outlier->interval_ns, first, sizeof first),
                      ek_duration_text(lint->facts.run_ns, second, sizeof second));
}

static void check_volume(struct ek__lint *lint, const char *place, const char *name,
                         const struct ek_ejection_config *ejection, enum ek__rule rule)
{
    int64_t calls = volume(lint);
    char at[EK__LINT_PATH_SIZE], path[96];

    if (calls < 0 || calls >= ejection->requests_min)
        return;
    snprintf(path, sizeof path, "%s/requestVolume", name);
    ek__lint_warn(lint, rule, member(place, path, at),
                  "an endpoint has about %" PRId64
                  " calls of one client in an interval, and %" PRId64 " are needed",
                  calls, ejection->requests_min);
}

/* One outlier of n is sqrt(n - 1) standard deviations from the mean. */
static void check_success_rate(struct ek__lint *lint, const char *place)
{
    const struct ek_ejection_config *rate = &lint->config->outlier.success_rate;
    int64_t n = lint->facts.endpoints, factor = rate->threshold;
    char at[EK__LINT_PATH_SIZE];

    if (!rate->is_on)
        return;
    if (n > 0 && n < rate->hosts_min)
        ek__lint_warn(lint, EK__RULE_RATE_FLEET,
                      member(place, "successRateEjection/minimumHosts", at),
                      "%" PRId64 " endpoints are fewer than minimumHosts, %" PRId64
                      ": success rates are never compared",
                      n, rate->hosts_min);
    else if (n > 0 && (n - 1) * 1000000 <= factor * factor)
        ek__lint_warn(lint, EK__RULE_RATE_FLEET,
                      member(place, "successRateEjection/stdevFactor", at),
                      "of %" PRId64 " endpoints none can be %" PRId64 ".%03" PRId64
                      " standard deviations below the mean: at most it is the root of %" PRId64,
                      n, factor / 1000, factor % 1000, n - 1);
    else
        check_volume(lint, place, "successRateEjection", rate, EK__RULE_RATE_VOLUME);
}

static void check_failure_percentage(struct ek__lint *lint, const char *place)
{
    const struct ek_ejection_config *percentage = &lint->config->outlier.failure_percentage;
    int64_t n = lint->facts.endpoints;
    char at[EK__LINT_PATH_SIZE];

    if (!percentage->is_on)
        return;
    if (n > 0 && n < percentage->hosts_min)
        ek__lint_warn(lint, EK__RULE_PERCENT_FLEET,
                      member(place, "failurePercentageEjection/minimumHosts", at),
                      "%" PRId64 " endpoints are fewer than minimumHosts, %" PRId64
                      ": failure percentages are never looked at",
                      n, percentage->hosts_min);
    else
        check_volume(lint, place, "failurePercentageEjection", percentage, EK__RULE_PERCENT_VOLUME);
}

void ek__lint_outlier(struct ek__lint *lint)
{
    char place[EK__LINT_PATH_SIZE], at[EK__LINT_PATH_SIZE];
    const json_t *json = find(lint, place);

    if (json == NULL || !ek__outlier_is_configured(&lint->config->outlier))
        return;
    if (lint->config->lb->connect == EK_CONNECT_FIRST)
        ek__lint_warn(lint, EK__RULE_FIRST_OUTLIER, place,
                      "%s keeps one connection: nobody is ejected", lint->config->lb->name);
    check_times(lint, place, json);
    check_shares(lint, place);
    check_fleet(lint, place, json);
    check_row(lint, place);
    check_sweeps(lint, place);
    check_enforcement(lint, place);
    check_success_rate(lint, place);
    check_failure_percentage(lint, place);
    if (json_is_true(json_object_get(json, "successfulActiveHealthCheckUneject")) &&
        lint->config->health.kind == EK_PROBE_NONE)
        ek__lint_warn(lint, EK__RULE_NO_CHECK,
                      member(place, "successfulActiveHealthCheckUneject", at),
                      "no health check is made that could end an ejection");
}
