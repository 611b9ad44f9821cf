/* Reading "outlierDetection", and gRPC's policy of that idea. */
#include "core/guard_config.h"

#include "evenkeel/time.h"

enum {
    INTERVAL_DEFAULT_S = 10 /* gRPC, Envoy */
};

#define AT(type, field) .offset = offsetof(struct type, field)

#define ENFORCEMENT_TEXT \
    "Chance in percent that what was found is ejected; at 0 it is only counted: a dry run."

#define EJECTION_ROWS(hosts, volume)                                                              \
    {.name = "minimumHosts",                                                                      \
     .type = EK_OPTION_INTEGER,                                                                   \
     AT(ek_ejection_config, hosts_min),                                                           \
     .fallback = hosts,                                                                           \
     .text = "Endpoints with enough calls that there must be."},                                  \
    {                                                                                             \
        .name = "requestVolume", .type = EK_OPTION_INTEGER, AT(ek_ejection_config, requests_min), \
        .fallback = volume, .text = "Calls in the interval that make an endpoint comparable."     \
    }

static const struct ek_option success_rate_options[] = {
    {.name = "stdevFactor",
     .type = EK_OPTION_INTEGER,
     AT(ek_ejection_config, threshold),
     .fallback = "1900",
     .max = 1000000,
     .text = "An endpoint is ejected if its success rate is below the mean by more than this "
             "number of thousandths of the standard deviation."},
    {.name = "enforcementPercentage",
     .type = EK_OPTION_INTEGER,
     AT(ek_ejection_config, enforcement_percent),
     .fallback = "100",
     .max = 100,
     .text = ENFORCEMENT_TEXT},
    EJECTION_ROWS("5", "100"),
    {0},
};

static const struct ek_option failure_percentage_options[] = {
    {.name = "threshold",
     .type = EK_OPTION_INTEGER,
     AT(ek_ejection_config, threshold),
     .fallback = "85",
     .max = 100,
     .text = "An endpoint is ejected if more than this percentage of its calls fails; with "
             "\"dialect\": \"envoy\" at this percentage, too."},
    {.name = "enforcementPercentage",
     .type = EK_OPTION_INTEGER,
     AT(ek_ejection_config, enforcement_percent),
     .fallback = "100",
     .max = 100,
     .text = ENFORCEMENT_TEXT " Absent, dialects \"grpc-go\" and \"envoy\" take 0."},
    EJECTION_ROWS("5", "50"),
    {0},
};

/* What gRPC's policy has, too. */
#define COMMON_ROWS(percent, percent_text)                                                      \
    {.name = "interval",                                                                        \
     .type = EK_OPTION_DURATION,                                                                \
     AT(ek_outlier_config, interval_ns),                                                        \
     .text =                                                                                    \
         "Time between two sweeps, at which endpoints are compared and ejections end. Absent: " \
         "10s for successRateEjection and failurePercentageEjection; else there are no "        \
         "sweeps, and an ejection ends at its very time."},                                     \
        {.name = "baseEjectionTime",                                                            \
         .type = EK_OPTION_DURATION,                                                            \
         AT(ek_outlier_config, base_ejection_ns),                                               \
         .fallback = "\"30s\"",                                                                 \
         .text = "Length of the first ejection; the n-th in a row lasts n times as long."},     \
        {.name = "maxEjectionTime",                                                             \
         .type = EK_OPTION_DURATION,                                                            \
         AT(ek_outlier_config, ejection_max_ns),                                                \
         .fallback = "\"300s\"",                                                                \
         .text = "Longest ejection; less than baseEjectionTime is taken as that."},             \
        {.name = "maxEjectionPercent",                                                          \
         .type = EK_OPTION_INTEGER,                                                             \
         AT(ek_outlier_config, ejection_max_percent),                                           \
         .fallback = percent,                                                                   \
         .max = 100,                                                                            \
         .text = percent_text},                                                                 \
        {.name = "successRateEjection",                                                         \
         .type = EK_OPTION_OBJECT,                                                              \
         AT(ek_outlier_config, success_rate),                                                   \
         .fields = success_rate_options,                                                        \
         .text = "Ejects endpoints whose success rate is far below the mean; absent: off."},    \
    {                                                                                           \
        .name = "failurePercentageEjection", .type = EK_OPTION_OBJECT,                          \
        AT(ek_outlier_config, failure_percentage), .fields = failure_percentage_options,        \
        .text = "Ejects endpoints that fail too many of their calls; absent: off."              \
    }

const struct ek_option ek__outlier_options[] = {
    {.name = "consecutiveFailures",
     .type = EK_OPTION_INTEGER,
     AT(ek_outlier_config, consecutive_failures),
     .fallback = "0",
     .text = "Failures in a row after which an endpoint is ejected; 0: never."},
    COMMON_ROWS("100",
                "Share of the endpoints that may be ejected at one time; at least one may be, "
                "unless it is 0. gRPC's default is 10. Dialect \"grpc-core\" lets one go even at "
                "0, \"envoy\" none that would exceed the share."),
    {.name = "consecutiveGatewayFailures",
     .type = EK_OPTION_INTEGER,
     AT(ek_outlier_config, consecutive_gateway),
     .fallback = "0",
     .text = "The same for UNAVAILABLE and DEADLINE_EXCEEDED alone; 0: never."},
    {.name = "consecutiveLocalOriginFailures",
     .type = EK_OPTION_INTEGER,
     AT(ek_outlier_config, consecutive_local),
     .fallback = "0",
     .text = "The same for what only the client saw: lost connections and timeouts; 0: never."},
    {.name = "splitExternalLocalOriginErrors",
     .type = EK_OPTION_BOOL,
     AT(ek_outlier_config, splits_local),
     .fallback = "false",
     .text = "Whether what only the client saw counts in consecutiveLocalOriginFailures alone."},
    {.name = "enforcingConsecutiveFailures",
     .type = EK_OPTION_INTEGER,
     AT(ek_outlier_config, consecutive_enforcement),
     .fallback = "100",
     .max = 100,
     .text = ENFORCEMENT_TEXT},
    {.name = "enforcingConsecutiveGatewayFailures",
     .type = EK_OPTION_INTEGER,
     AT(ek_outlier_config, gateway_enforcement),
     .fallback = "100",
     .max = 100,
     .text = ENFORCEMENT_TEXT},
    {.name = "enforcingConsecutiveLocalOriginFailures",
     .type = EK_OPTION_INTEGER,
     AT(ek_outlier_config, local_enforcement),
     .fallback = "100",
     .max = 100,
     .text = ENFORCEMENT_TEXT},
    {.name = "successfulActiveHealthCheckUneject",
     .type = EK_OPTION_BOOL,
     AT(ek_outlier_config, returns_on_check),
     .fallback = "false",
     .text = "Whether a passed health check ends an ejection. Absent, dialect \"envoy\" takes "
             "true."},
    {0},
};

const struct ek_option ek__outlier_policy_options[] = {
    COMMON_ROWS("10", "Share of the endpoints that may be ejected at one time; at least one may "
                      "be, unless it is 0."),
    {.name = "childPolicy",
     .type = EK_OPTION_JSON,
     AT(ek__raw_outlier_policy, child),
     .required = true,
     .text = "The policy that picks, [{\"name\": {options}}]."},
    {0},
};

static bool has(const json_t *json, const char *name)
{
    return json_object_get(json, name) != NULL;
}

void ek__outlier_config_complete(const json_t *json, const char *path, enum ek_dialect dialect,
                                 struct ek_outlier_config *out, struct ek_errors *errors)
{
    const json_t *failures = json_object_get(json, "failurePercentageEjection");

    out->success_rate.is_on = has(json, "successRateEjection");
    out->failure_percentage.is_on = failures != NULL;
    if ((dialect == EK_DIALECT_GRPC_GO || dialect == EK_DIALECT_ENVOY) &&
        !has(failures, "enforcementPercentage"))
        out->failure_percentage.enforcement_percent = 0;
    if (dialect == EK_DIALECT_ENVOY && !has(json, "successfulActiveHealthCheckUneject"))
        out->returns_on_check = true;
    if (!has(json, "interval"))
        out->interval_ns = out->success_rate.is_on || out->failure_percentage.is_on
                               ? INTERVAL_DEFAULT_S * EK_S
                               : 0;
    if (out->ejection_max_ns < out->base_ejection_ns)
        out->ejection_max_ns = out->base_ejection_ns; /* gRPC A50 */
    if (json_is_object(json) && !has(json, "consecutiveFailures") && !has(json, "childPolicy") &&
        !out->success_rate.is_on && !out->failure_percentage.is_on &&
        out->consecutive_gateway == 0 && out->consecutive_local == 0)
        ek_errors_add(errors, path, false,
                      "nothing to look for: one of \"consecutiveFailures\", "
                      "\"consecutiveGatewayFailures\", \"consecutiveLocalOriginFailures\", "
                      "\"successRateEjection\" and \"failurePercentageEjection\" is needed");
}
