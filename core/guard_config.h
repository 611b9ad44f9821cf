/* Reading the parts of a service config that guard calls and endpoints. */
#ifndef EVENKEEL_CORE_GUARD_CONFIG_H
#define EVENKEEL_CORE_GUARD_CONFIG_H

#include "evenkeel/option.h"
#include "evenkeel/service_config.h"

/* ---- outlier_config.c ---- */

/* Fills a struct ek_outlier_config. */
extern const struct ek_option ek__outlier_options[];

/* Fills a struct ek__raw_outlier_policy: gRPC's policy outlier_detection_experimental. */
struct ek__raw_outlier_policy {
    struct ek_outlier_config outlier;
    json_t *child;
};
extern const struct ek_option ek__outlier_policy_options[];

/* Completes what was read from `json` by the dialect's defaults, and complains about what the table
 * alone accepts. */
void ek__outlier_config_complete(const json_t *json, const char *path, enum ek_dialect dialect,
                                 struct ek_outlier_config *out, struct ek_errors *errors);

static inline bool ek__outlier_is_configured(const struct ek_outlier_config *outlier)
{
    return outlier->consecutive_failures > 0 || outlier->consecutive_gateway > 0 ||
           outlier->consecutive_local > 0 || outlier->success_rate.is_on ||
           outlier->failure_percentage.is_on;
}

/* ---- connection_config.c: fills a struct ek_connection_config ---- */

extern const struct ek_option ek__connection_options[];

/* ---- guard_config.c: the document, field by field ---- */

struct ek__raw_health {
    int kind; /* of the words, from 0 */
    char *path, *service;
    int64_t interval_ns, timeout_ns, jitter_ppm, unhealthy_threshold, healthy_threshold;
    int initial;
};

struct ek__raw_guards {
    int dialect;
    struct ek_retry_budget budget;
    struct ek_limits_config limits;
    struct ek_adaptive_config adaptive;
    struct ek__raw_health health;
    char *watched; /* healthCheckConfig.serviceName */
    struct ek_slow_start_config slow_start;
};

extern const struct ek_option ek__budget_options[], ek__limits_options[], ek__adaptive_options[],
    ek__health_options[], ek__watch_options[], ek__slow_start_options[];
extern const char *const ek__dialect_words[];

/* Puts what was read from the service config `json` in place. Takes texts out of `raw`. */
void ek__guards_complete(const json_t *json, const char *path, struct ek__raw_guards *raw,
                         struct ek_service_config *out, struct ek_errors *errors);

#endif
