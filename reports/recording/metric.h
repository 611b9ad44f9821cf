/* The value of a metric in a run. */
#ifndef EK_REPORTS_METRIC_H
#define EK_REPORTS_METRIC_H

#include "reports/recording/failover.h"
#include "reports/recording/results.h"
#include "reports/recording/tally.h"

/* X(NAME, name, unit, needs, text). The text is printed in the reference. */
#define EK__METRIC_LIST(X)                                                                         \
    X(SUCCESS, "success", SHARE, "",                                                               \
      "Calls planned in the window and answered OK, of those that finished.")                      \
    X(ERRORS, "errors", COUNT, "", "Calls planned in the window that failed.")                     \
    X(CALLS, "calls", COUNT, "", "Calls planned in the window.")                                   \
    X(UNFINISHED, "unfinished", COUNT, "",                                                         \
      "Calls planned in the window that had no answer when the run ended.")                        \
    X(ATTEMPTS, "attempts", COUNT, "", "Attempts started in the window, retries included.")        \
    X(RETRIES, "retries", COUNT, "", "Attempts started in the window that repeat a failed one.")   \
    X(ATTEMPT_ERRORS, "attempt_errors", COUNT, "",                                                 \
      "Attempts started in the window that failed, whether retried or not.")                       \
    X(ATTEMPT_SUCCESS, "attempt_success", SHARE, "",                                               \
      "Attempts started in the window that succeeded, of those that finished.")                    \
    X(AMPLIFICATION, "amplification", RATIO, "",                                                   \
      "Attempts started in the window for each call planned in it.")                               \
    X(P50, "p50", DURATION, "", "Median latency of finished calls, from the planned time.")        \
    X(P90, "p90", DURATION, "", "Latency that 90 % of the finished calls kept to.")                \
    X(P99, "p99", DURATION, "", "Latency that 99 % of the finished calls kept to.")                \
    X(P999, "p999", DURATION, "", "Latency that 99.9 % of the finished calls kept to.")            \
    X(MAX, "max", DURATION, "", "Longest latency of a finished call.")                             \
    X(MEAN, "mean", DURATION, "", "Mean latency of finished calls.")                               \
    X(SHARE, "share", SHARE, "e", "Part of the window's attempts that went to the endpoint.")      \
    X(MAX_SHARE, "max_share", SHARE, "",                                                           \
      "Part of the window's attempts that went to the endpoint with the most.")                    \
    X(MIN_SHARE, "min_share", SHARE, "",                                                           \
      "Part of the window's attempts that went to the endpoint with the fewest.")                  \
    X(MAX_OVER_MEAN, "max_over_mean", RATIO, "",                                                   \
      "Attempts of the endpoint with the most, over the mean of all endpoints.")                   \
    X(JAIN, "jain", RATIO, "",                                                                     \
      "Jain's fairness index of attempts over endpoints: 1 is even, 1/n is all on one.")           \
    X(CV, "cv", RATIO, "", "Coefficient of variation of attempts over endpoints: 0 is even.")      \
    X(FAULT_SHARE, "fault_share", SHARE, "f",                                                      \
      "Part of the window's attempts that went to the endpoints of the fault.")                    \
    X(TIME_TO_DETECT, "time_to_detect", DURATION, "f",                                             \
      "From the fault's start to the first reaction it caused: an ejection, a lost connection, "   \
      "a critical check, a removal or a retry.")                                                   \
    X(TIME_TO_EJECT, "time_to_eject", DURATION, "f",                                               \
      "From the fault's start to the first ejection it caused.")                                   \
    X(TIME_TO_DIVERT, "time_to_divert", DURATION, "f",                                             \
      "From the fault's start to the last attempt at its endpoints before their share stays at "   \
      "or below a tenth of normal for a second.")                                                  \
    X(TIME_TO_RECOVER, "time_to_recover", DURATION, "f",                                           \
      "From the fault's end to the first second in which its endpoints get 95 % of their normal "  \
      "share.")                                                                                    \
    X(FAULT_ERRORS, "fault_errors", COUNT, "f",                                                    \
      "Failed calls planned while the fault lasted, less what failed per time before the first "   \
      "fault.")                                                                                    \
    X(EJECTIONS, "ejections", COUNT, "", "Times a client ejected an endpoint.")                    \
    X(CLIENTS_EJECTING, "clients_ejecting", COUNT, "",                                             \
      "Different clients that ejected at least one endpoint.")                                     \
    X(THROTTLED, "throttled", COUNT, "", "Retries that the retry budget did not allow.")           \
    X(EMPTY_IGNORED, "empty_ignored", COUNT, "",                                                   \
      "Empty endpoint lists that clients did not believe.")                                        \
    X(RESOLVER_ERRORS, "resolver_errors", COUNT, "", "Resolutions that failed, over all clients.") \
    X(LIST_CHANGES, "list_changes", COUNT, "", "Times a client's endpoint list changed.")          \
    X(ENDPOINTS_LISTED_MIN, "endpoints_listed_min", COUNT, "",                                     \
      "Fewest endpoints that any client listed, once it had listed some.")                         \
    X(QUERIES, "queries", COUNT, "", "Answers of the registry to clients.")                        \
    X(WATCHERS_WOKEN, "watchers_woken", COUNT, "",                                                 \
      "Waiting queries that a registry change answered, summed over changes.")                     \
    X(CHECKS_CRITICAL, "checks_critical", COUNT, "",                                               \
      "Times the registry turned a check critical.")                                               \
    X(VIEW_AGE_MAX, "view_age_max", DURATION, "",                                                  \
      "Longest time that a client had no good answer of the registry, once it had one.")           \
    X(VIEW_STALE_MAX, "view_stale_max", DURATION, "",                                              \
      "Longest time that a client held on to a list because answers were empty or failed.")        \
    X(QUEUE_MAX, "queue_max", COUNT, "", "Most calls waiting at one endpoint.")                    \
    X(BUSY_MAX, "busy_max", COUNT, "", "Most calls in service at one endpoint.")                   \
    X(CLOCK_STEPS, "clock_steps", COUNT, "", "Times a clock went back and was held.")              \
    X(HEDGES, "hedges", COUNT, "", "Attempts that hedge a call that was not answered yet.")        \
    X(OVERFLOWS, "overflows", COUNT, "", "Calls and retries that a limit of a client refused.")    \
    X(REJECTED, "rejected", COUNT, "", "Calls that client-side throttling refused.")               \
    X(UNHEALTHY, "unhealthy", COUNT, "", "Times a client's probes found an endpoint unhealthy.")   \
    X(SPARED, "spared", COUNT, "", "Outliers that a limit, or chance, kept from ejection.")

enum ek__metric {
#define EK__METRIC_NAME(NAME, name, unit, needs, text) EK__METRIC_##NAME,
    EK__METRIC_LIST(EK__METRIC_NAME)
#undef EK__METRIC_NAME
    EK__METRIC_COUNT
};

/* What a metric is measured on. */
struct ek__measure {
    const struct ek__tally *window;
    uint32_t endpoint;                /* for those that need one */
    const struct ek_failover *fault;  /* the same */
    const struct ek__failover *track; /* the same */
    int64_t end_ns;                   /* of what was simulated */
};

enum ek__existence {
    EK__VALUE,  /* there is a value */
    EK__NEVER,  /* it could have happened and did not: later than any limit */
    EK__UNKNOWN /* the run cannot tell */
};

struct ek__measured {
    enum ek__existence existence;
    int64_t value;
    uint64_t samples;    /* behind it; 0 when that says nothing */
    const char *problem; /* why it is unknown */
};

struct ek__measured ek__metric_measure(enum ek__metric metric, const struct ek__measure *measure);

/* "99.95 %", "1,832", "388 ms", "1.25". A share is rounded to `decimals` (0 .. 4). Returns `out`.
 */
const char *ek__metric_text(enum ek_unit unit, int64_t value, int decimals, char *out, size_t size);

#endif
