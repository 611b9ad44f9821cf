/* gRPC's service config: what a channel is told to do with its calls. */
#ifndef EVENKEEL_SERVICE_CONFIG_H
#define EVENKEEL_SERVICE_CONFIG_H

#include "evenkeel/err.h"
#include "evenkeel/lb.h"
#include "evenkeel/selection.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* X(NAME, word): whose rules hold where peers differ. GRPC is the text of the gRFCs. */
#define EK_DIALECT_LIST(X)    \
    X(GRPC, "grpc")           \
    X(GRPC_GO, "grpc-go")     \
    X(GRPC_CORE, "grpc-core") \
    X(GRPC_JAVA, "grpc-java") \
    X(GRPC_NODE, "grpc-node") \
    X(ENVOY, "envoy")

enum ek_dialect {
#define EK_DIALECT_NAME(name, word) EK_DIALECT_##name,
    EK_DIALECT_LIST(EK_DIALECT_NAME)
#undef EK_DIALECT_NAME
    EK_DIALECT_COUNT
};

struct ek_retry_policy {
    int64_t attempts_max; /* the original included; 0: no retries. 2..5 */
    int64_t initial_backoff_ns, backoff_max_ns;
    int64_t backoff_multiplier; /* thousandths */
    uint32_t retryable;         /* bit n: status code n */
    int64_t attempt_timeout_ns; /* of each attempt; 0: none */
};

/* Several attempts of one call at one time (gRPC A6). */
struct ek_hedging_policy {
    int64_t attempts_max; /* the original included; 0: no hedging. 2..5 */
    int64_t delay_ns;     /* between two attempts */
    uint32_t non_fatal;   /* bit n: status code n leaves the other attempts alone */
};

/* What one method, or all, may do. Not both retry and hedging. */
struct ek_method_config {
    int64_t timeout_ns; /* 0: none */
    bool wait_for_ready;
    struct ek_retry_policy retry;
    struct ek_hedging_policy hedging;
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

/* Retries that a channel may add to its calls. Both may hold at one time. */
struct ek_retry_budget {
    bool is_concurrent; /* Envoy: retries under way < max(concurrency_min, share of the calls) */
    int64_t share_ppm, concurrency_min;
    bool is_rate; /* Finagle: each call of the last ttl_ns pays for retry_share retries */
    int64_t ttl_ns, per_second_min;
    int64_t retry_share; /* thousandths */
};

/* What is too much (Envoy's circuit breakers): it fails at once. INT64_MAX: no limit. */
struct ek_limits_config {
    int64_t requests_max;          /* attempts in flight of the channel ... */
    int64_t endpoint_requests_max; /* ... and of one endpoint */
    int64_t pending_max;           /* calls that wait for an endpoint */
    int64_t retries_max;           /* retries and hedges that are scheduled or in flight */
};

/* Client-side throttling (SRE book, ch. 21): a call is rejected with probability
 * (requests - k accepts) / (requests + 1). */
struct ek_adaptive_config {
    int64_t window_ns; /* 0: off */
    int64_t k;         /* thousandths */
};

/* One way of finding outliers at each sweep (gRPC A50). */
struct ek_ejection_config {
    bool is_on;
    int64_t threshold; /* success rate: standard deviations, thousandths; else percent */
    int64_t enforcement_percent;
    int64_t hosts_min, requests_min;
};

/* Passive health: who fails too often is not picked until base_ejection_ns x (times ejected in a
 * row), at most ejection_max_ns, has passed. */
struct ek_outlier_config {
    int64_t consecutive_failures; /* 0: off */
    int64_t base_ejection_ns, ejection_max_ns;
    int64_t ejection_max_percent; /* 0..100 of the listed endpoints; at least one may always go
                                     unless it is 0 (grpc-core: even then; envoy: no such rule) */
    int64_t interval_ns;          /* between sweeps; 0: ejections end at their very time */
    int64_t consecutive_gateway, consecutive_local; /* failures in a row; 0: off */
    int64_t consecutive_enforcement, gateway_enforcement, local_enforcement; /* percent */
    bool splits_local; /* failures seen here alone count in consecutive_local only */
    bool returns_on_check;
    struct ek_ejection_config success_rate, failure_percentage;
};

/* How an endpoint is asked for its health. */
enum ek_probe_kind {
    EK_PROBE_NONE,
    EK_PROBE_TCP,   /* a connection is accepted */
    EK_PROBE_HTTP,  /* GET of `target` is answered with 200 */
    EK_PROBE_GRPC,  /* grpc.health.v1.Health/Check of the service `target` says SERVING */
    EK_PROBE_STREAM /* grpc.health.v1.Health/Watch, one per connection (gRPC A17) */
};

/* Active health. */
struct ek_health_config {
    enum ek_probe_kind kind;
    char *target; /* path, or name of the service; NULL: none */
    int64_t interval_ns, timeout_ns;
    int64_t jitter_ppm;                             /* of the interval, added at random */
    int64_t unhealthy_threshold, healthy_threshold; /* answers in a row */
    bool starts_unhealthy; /* until the first probe has passed, one is enough */
};

/* A new endpoint's weight grows: max(min, (age / window)^(1 / aggression)) of it (Envoy). */
struct ek_slow_start_config {
    int64_t window_ns;  /* 0: off */
    int64_t aggression; /* thousandths */
    int64_t min_percent;
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
    int64_t attempt_delay_ns; /* pick_first: before the next address is tried as well; 0: only once
                                 the last has failed. 100 ms .. 2 s */
    int64_t idle_timeout_ns;  /* without calls, until all is torn down; 0: never */
};

struct ek_service_config {
    const struct ek_lb_ops *lb;
    json_t *lb_options; /* the policy's own object, checked; never NULL */
    struct ek_method_entry *methods;
    size_t method_count;
    struct ek_retry_throttling throttling;
    struct ek_outlier_config outlier;
    struct ek_connection_config connection;
    int dialect; /* enum ek_dialect */
    struct ek_retry_budget budget;
    struct ek_limits_config limits;
    struct ek_adaptive_config adaptive;
    struct ek_health_config health;
    struct ek_slow_start_config slow_start;
    struct ek_selection_config selection;
};

/* Reads a service config. `json` borrows and may be NULL: then everything is default (pick_first).
 * Complaints go to `errors` with pointers that start with `path`. On EK_EINVAL `*out` is zeroed.
 *
 * As gRPC: loadBalancingConfig is a list of one-key objects, the first known policy wins; without
 * it loadBalancingPolicy counts. Unlike gRPC, which ignores them, unknown members are complaints.
 * Beyond gRPC: `outlierDetection` beside the policy and with counts of failures in a row,
 * `connection`, `dialect`, `retryBudget`, `circuitBreakers`, `adaptiveThrottling`, `healthCheck`,
 * `slowStart`. */
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
