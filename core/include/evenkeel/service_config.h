/* gRPC's service config: what a channel is told to do with its calls. */
#ifndef EVENKEEL_SERVICE_CONFIG_H
#define EVENKEEL_SERVICE_CONFIG_H

#include "evenkeel/err.h"
#include "evenkeel/lb.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct ek_retry_policy {
    int64_t attempts_max; /* the original included; 0: no retries. 2..5 */
    int64_t initial_backoff_ns, backoff_max_ns;
    int64_t backoff_multiplier; /* thousandths */
    uint32_t retryable;         /* bit n: status code n */
};

/* What one method, or all, may do. */
struct ek_method_config {
    int64_t timeout_ns; /* 0: none */
    bool wait_for_ready;
    struct ek_retry_policy retry;
};

struct ek_method_entry {
    char *service; /* NULL: the default entry */
    char *method;  /* NULL: all methods of the service */
    struct ek_method_config config;
};

struct ek_retry_throttling {
    int64_t tokens_max;  /* thousandths of a token; 0: no throttling. 1..1000 tokens */
    int64_t token_ratio; /* thousandths of a token per success */
};

/* Passive health: an endpoint that fails `consecutive_failures` times in a row is not picked until
 * base_ejection_ns x (times ejected in a row), at most ejection_max_ns, has passed. */
struct ek_outlier_config {
    int64_t consecutive_failures; /* 0: off */
    int64_t base_ejection_ns, ejection_max_ns;
    int64_t ejection_max_percent; /* 0..100 of the listed endpoints; at least one may always go
                                     unless it is 0 */
};

/* How connections are made and kept. */
struct ek_connection_config {
    int64_t initial_backoff_ns, backoff_max_ns; /* 1 s, 120 s */
    int64_t multiplier;                         /* thousandths; 1600 */
    int64_t jitter_ppm;                         /* 200,000 */
    int64_t connect_timeout_ns;                 /* 20 s */
    bool on_demand;                             /* connect when a call needs it, as a plain HTTP
                                                   client: any listed endpoint may be picked, and a
                                                   refused connection is a failed attempt */
    bool reconnect;                             /* false: a lost connection is never dialled again,
                                                   as Go's net/rpc client */
};

struct ek_service_config {
    const struct ek_lb_ops *lb;
    json_t *lb_options; /* the policy's own object, checked; never NULL */
    struct ek_method_entry *methods;
    size_t method_count;
    struct ek_retry_throttling throttling;
    struct ek_outlier_config outlier;
    struct ek_connection_config connection;
};

/* Reads a service config. `json` borrows and may be NULL: then everything is default (pick_first).
 * Complaints go to `errors` with pointers that start with `path`. On EK_EINVAL `*out` is zeroed.
 *
 * As gRPC: loadBalancingConfig is a list of one-key objects, the first known policy wins. Unlike
 * gRPC, which ignores them, unknown members are complaints. Beyond gRPC: `outlierDetection` with
 * consecutiveFailures, `connection`. */
EK_MUST_USE enum ek_err ek_service_config_read(const json_t *json, const char *path,
                                               struct ek_service_config *out,
                                               struct ek_errors *errors);

void ek_service_config_deinit(struct ek_service_config *config);

/* Puts another policy in place. `spec` is a name, or "name,key=value,key=value". */
EK_MUST_USE enum ek_err ek_service_config_set_policy(struct ek_service_config *config,
                                                     const char *spec, struct ek_errors *errors);

/* The settings of /service/method: exact, then service, then default. Returns borrowed; never
 * NULL. `path` may be NULL: the default entry. */
const struct ek_method_config *ek_service_config_method(const struct ek_service_config *config,
                                                        const char *path);

/* The table of the top level, for schema and reference. */
extern const struct ek_option ek_service_config_options[];

#endif
