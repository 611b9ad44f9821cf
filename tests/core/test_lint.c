/* Findings about service configs: each rule has a smallest config that breaks it, and a near one
 * that does not. */
#include "evenkeel/lint.h"

#include "evenkeel/service_config.h"
#include "evenkeel/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define METHOD(members)  "{\"methodConfig\": [{\"name\": [{}], " members "}]}"
#define POLICY(name, o)  "{\"loadBalancingConfig\": [{\"" name "\": {" o "}}]}"
#define OUTLIER(members) "{" ROBIN ", \"outlierDetection\": {" members "}}"
#define ROBIN            "\"loadBalancingConfig\": [{\"round_robin\": {}}]"
#define CODES            "\"retryableStatusCodes\": [14]"
#define BACKOFF(i, m, x) \
    "\"initialBackoff\": " i ", \"maxBackoff\": " m ", \"backoffMultiplier\": " x
#define USUAL             BACKOFF("\"0.1s\"", "\"1s\"", "2")
#define RETRY(n, members) "\"retryPolicy\": {\"maxAttempts\": " n ", " members "}"
#define HEDGE(members)    "\"hedgingPolicy\": {\"maxAttempts\": 2, " members "}"
#define FATAL             "\"nonFatalStatusCodes\": [14]"
#define THROTTLE(m, r)    "\"retryThrottling\": {\"maxTokens\": " m ", \"tokenRatio\": " r "}"
#define WITH(top, method) "{" top ", \"methodConfig\": [{\"name\": [{}], " method "}]}"
#define TRIED             RETRY("2", USUAL ", " CODES)
#define CALM              THROTTLE("10", "0.1")

/* `good` keeps the rule, `bad` breaks it at `place`. */
static const struct {
    int rule;
    struct ek_lint_facts facts;
    const char *bad, *good, *place;
} cases[] = {
    /* ---- passive health ---- */
    {101,
     {0},
     OUTLIER("\"consecutiveFailures\": 1, \"baseEjectionTime\": \"301s\""),
     OUTLIER("\"consecutiveFailures\": 1, \"baseEjectionTime\": \"300s\""),
     "/outlierDetection/baseEjectionTime"},
    {102,
     {0},
     OUTLIER("\"consecutiveFailures\": 1, \"enforcingConsecutiveFailures\": 0"),
     OUTLIER("\"consecutiveFailures\": 1, \"enforcingConsecutiveFailures\": 1"),
     "/outlierDetection/enforcingConsecutiveFailures"},
    {102,
     {0},
     OUTLIER("\"consecutiveGatewayFailures\": 1, \"enforcingConsecutiveGatewayFailures\": 0"),
     OUTLIER("\"consecutiveGatewayFailures\": 0, \"enforcingConsecutiveGatewayFailures\": 0,"
             " \"consecutiveFailures\": 1"),
     "/outlierDetection/enforcingConsecutiveGatewayFailures"},
    {102,
     {0},
     OUTLIER("\"successRateEjection\": {\"enforcementPercentage\": 0}"),
     OUTLIER("\"successRateEjection\": {\"enforcementPercentage\": 1}"),
     "/outlierDetection/successRateEjection/enforcementPercentage"},
    /* grpc-go's JSON takes 0 where C-core takes 100 */
    {102,
     {0},
     "{" ROBIN
     ", \"dialect\": \"grpc-go\", \"outlierDetection\": {\"failurePercentageEjection\": {}}}",
     "{" ROBIN
     ", \"dialect\": \"grpc-core\", \"outlierDetection\": {\"failurePercentageEjection\": {}}}",
     "/outlierDetection/failurePercentageEjection/enforcementPercentage"},
    {103,
     {0},
     OUTLIER("\"consecutiveFailures\": 1, \"maxEjectionPercent\": 0"),
     "{" ROBIN ", \"dialect\": \"grpc-core\", \"outlierDetection\": {\"consecutiveFailures\": 1,"
     " \"maxEjectionPercent\": 0}}",
     "/outlierDetection/maxEjectionPercent"},
    {104,
     {.endpoints = 4},
     OUTLIER("\"successRateEjection\": {}"),
     OUTLIER("\"successRateEjection\": {\"minimumHosts\": 4, \"stdevFactor\": 1700}"),
     "/outlierDetection/successRateEjection/minimumHosts"},
    /* one outlier of 5 is sqrt(4) = 2 standard deviations away, and the comparison is strict */
    {104,
     {.endpoints = 5},
     OUTLIER("\"successRateEjection\": {\"stdevFactor\": 2000}"),
     OUTLIER("\"successRateEjection\": {\"stdevFactor\": 1999}"),
     "/outlierDetection/successRateEjection/stdevFactor"},
    /* 5 endpoints share 49 calls a second: 98 each in 10 s */
    {105,
     {.endpoints = 5, .rate = 49000000},
     OUTLIER("\"successRateEjection\": {}"),
     OUTLIER("\"successRateEjection\": {\"requestVolume\": 98}"),
     "/outlierDetection/successRateEjection/requestVolume"},
    {106,
     {.endpoints = 4},
     OUTLIER("\"failurePercentageEjection\": {}"),
     OUTLIER("\"failurePercentageEjection\": {\"minimumHosts\": 4}"),
     "/outlierDetection/failurePercentageEjection/minimumHosts"},
    {107,
     {.endpoints = 5, .rate = 24000000},
     OUTLIER("\"failurePercentageEjection\": {}"),
     OUTLIER("\"failurePercentageEjection\": {}, \"interval\": \"20.9s\""),
     "/outlierDetection/failurePercentageEjection/requestVolume"},
    {108,
     {0},
     "{\"outlierDetection\": {\"consecutiveFailures\": 1}}",
     OUTLIER("\"consecutiveFailures\": 1"),
     "/outlierDetection"},
    {108,
     {0},
     POLICY("outlier_detection_experimental",
            "\"successRateEjection\": {}, \"childPolicy\": [{\"pick_first\": {}}]"),
     POLICY("outlier_detection_experimental",
            "\"successRateEjection\": {}, \"childPolicy\": [{\"round_robin\": {}}]"),
     "/loadBalancingConfig/0/outlier_detection_experimental"},
    {116,
     {0},
     OUTLIER("\"consecutiveFailures\": 1, \"successfulActiveHealthCheckUneject\": true"),
     "{" ROBIN ", \"healthCheck\": {\"kind\": \"tcp\"}, \"outlierDetection\":"
     " {\"consecutiveFailures\": 1, \"successfulActiveHealthCheckUneject\": true}}",
     "/outlierDetection/successfulActiveHealthCheckUneject"},
    {117,
     {0},
     "{" ROBIN ", \"selection\": {\"panicThreshold\": \"50%\"}, \"outlierDetection\":"
     " {\"consecutiveFailures\": 1, \"maxEjectionPercent\": 51}}",
     "{" ROBIN ", \"selection\": {\"panicThreshold\": \"50%\"}, \"outlierDetection\":"
     " {\"consecutiveFailures\": 1, \"maxEjectionPercent\": 50}}",
     "/outlierDetection/maxEjectionPercent"},

    /* ---- probes, slow start ---- */
    {109,
     {0},
     "{\"healthCheckConfig\": {\"serviceName\": \"\"}}",
     "{" ROBIN ", \"healthCheckConfig\": {\"serviceName\": \"\"}}",
     "/healthCheckConfig"},
    {109,
     {0},
     "{\"healthCheck\": {\"kind\": \"tcp\"}}",
     "{" ROBIN ", \"healthCheck\": {\"kind\": \"tcp\"}}",
     "/healthCheck"},
    {110,
     {0},
     "{" ROBIN ", \"slowStart\": {\"window\": \"10s\"}}",
     "{\"loadBalancingConfig\": [{\"static_weighted_round_robin\": {}}],"
     " \"slowStart\": {\"window\": \"10s\"}}",
     "/slowStart"},
    {110,
     {0},
     "{\"loadBalancingConfig\": [{\"random_subsetting\": {\"subsetSize\": 3, \"childPolicy\":"
     " [{\"least_request\": {}}]}}], \"slowStart\": {\"window\": \"10s\"}}",
     "{\"loadBalancingConfig\": [{\"random_subsetting\": {\"subsetSize\": 3, \"childPolicy\":"
     " [{\"least_request\": {\"weighting\": \"divide\"}}]}}], \"slowStart\": {\"window\": "
     "\"10s\"}}",
     "/slowStart"},
    {110,
     {0},
     "{\"loadBalancingConfig\": [{\"random\": {}}], \"slowStart\": {\"window\": \"10s\"}}",
     "{\"loadBalancingConfig\": [{\"random\": {\"weighted\": true}}], \"slowStart\": {\"window\":"
     " \"10s\"}}",
     "/slowStart"},
    {110,
     {0},
     "{\"slowStart\": {\"window\": \"10s\"}}",
     "{\"loadBalancingPolicy\": \"maglev\", \"slowStart\": {\"window\": \"10s\"}}",
     "/slowStart"},
    /* a child policy may be given by its name alone */
    {110,
     {0},
     "{\"loadBalancingConfig\": [{\"random_subsetting\": {\"subsetSize\": 3, \"childPolicy\":"
     " \"round_robin\"}}], \"slowStart\": {\"window\": \"10s\"}}",
     "{\"loadBalancingConfig\": [{\"random_subsetting\": {\"subsetSize\": 3, \"childPolicy\":"
     " \"ring_hash\"}}], \"slowStart\": {\"window\": \"10s\"}}",
     "/slowStart"},
    {114,
     {0},
     "{" ROBIN
     ", \"healthCheck\": {\"kind\": \"tcp\", \"interval\": \"1s\", \"timeout\": \"1001ms\"}}",
     "{" ROBIN ", \"healthCheck\": {\"kind\": \"tcp\", \"interval\": \"1s\", \"timeout\": \"1s\"}}",
     "/healthCheck/timeout"},
    {115,
     {.round_trip_ns = 100 * EK_MS},
     "{" ROBIN ", \"healthCheck\": {\"kind\": \"tcp\", \"timeout\": \"100ms\"}}",
     "{" ROBIN ", \"healthCheck\": {\"kind\": \"tcp\", \"timeout\": \"101ms\"}}",
     "/healthCheck/timeout"},
    {143,
     {0},
     "{\"loadBalancingConfig\": [{\"maglev\": {}}], \"slowStart\": {\"window\": \"10s\","
     " \"minWeightPercent\": 0}}",
     "{\"loadBalancingConfig\": [{\"maglev\": {}}], \"slowStart\": {\"window\": \"10s\","
     " \"minWeightPercent\": 1}}",
     "/slowStart/minWeightPercent"},

    /* ---- policies ---- */
    {111,
     {0},
     POLICY("weighted_round_robin", "\"weightExpirationPeriod\": \"10s\""),
     POLICY("weighted_round_robin", "\"weightExpirationPeriod\": \"11s\""),
     "/loadBalancingConfig/0/weighted_round_robin/blackoutPeriod"},
    {112,
     {0},
     POLICY("weighted_round_robin", "\"weightUpdatePeriod\": \"181s\""),
     POLICY("weighted_round_robin", "\"weightUpdatePeriod\": \"180s\""),
     "/loadBalancingConfig/0/weighted_round_robin/weightUpdatePeriod"},
    {113,
     {.knows_reports = true},
     POLICY("weighted_round_robin", ""),
     POLICY("round_robin", ""),
     "/loadBalancingConfig/0/weighted_round_robin"},
    {113,
     {.knows_reports = true},
     "{\"loadBalancingPolicy\": \"prequal\"}",
     "{\"loadBalancingPolicy\": \"random\"}",
     "/loadBalancingPolicy"},
    /* 1030 entries are ten for each of 103 */
    {119,
     {.endpoints = 103},
     POLICY("ring_hash", "\"maxRingSize\": 1029"),
     POLICY("ring_hash", "\"maxRingSize\": 1030"),
     "/loadBalancingConfig/0/ring_hash/minRingSize"},
    {120,
     {0},
     POLICY("ring_hash", "\"minRingSize\": 4097, \"maxRingSize\": 5000"),
     POLICY("ring_hash", "\"minRingSize\": 4096"),
     "/loadBalancingConfig/0/ring_hash/minRingSize"},
    {120,
     {0},
     POLICY("ring_hash", "\"maxRingSize\": 4097"),
     POLICY("ring_hash", "\"maxRingSize\": 4097, \"ringSizeCap\": 4097"),
     "/loadBalancingConfig/0/ring_hash/maxRingSize"},
    {121,
     {.endpoints = 26},
     POLICY("maglev", "\"tableSize\": 257"),
     POLICY("maglev", "\"tableSize\": 263"),
     "/loadBalancingConfig/0/maglev/tableSize"},
    {122,
     {0},
     POLICY("random_subsetting", "\"subsetSize\": 1, \"childPolicy\": [{\"round_robin\": {}}]"),
     POLICY("random_subsetting", "\"subsetSize\": 2, \"childPolicy\": [{\"round_robin\": {}}]"),
     "/loadBalancingConfig/0/random_subsetting/subsetSize"},
    {123,
     {.endpoints = 9},
     POLICY("deterministic_subsetting",
            "\"subsetSize\": 9, \"clientIndex\": 0, \"childPolicy\": [{\"round_robin\": {}}]"),
     POLICY("deterministic_subsetting",
            "\"subsetSize\": 8, \"clientIndex\": 0, \"childPolicy\": [{\"round_robin\": {}}]"),
     "/loadBalancingConfig/0/deterministic_subsetting/subsetSize"},
    {124,
     {.endpoints = 4},
     POLICY("p2c", "\"choiceCount\": 4"),
     POLICY("p2c", "\"choiceCount\": 3"),
     "/loadBalancingConfig/0/p2c/choiceCount"},
    /* the child policy is shown the subset alone */
    {124,
     {.endpoints = 100},
     POLICY("random_subsetting", "\"subsetSize\": 5, \"childPolicy\": [{\"xds\": {}},"
                                 " {\"least_request\": {\"choiceCount\": 5}}]"),
     POLICY("random_subsetting", "\"subsetSize\": 6, \"childPolicy\": [{\"xds\": {}},"
                                 " {\"least_request\": {\"choiceCount\": 5}}]"),
     "/loadBalancingConfig/0/random_subsetting/childPolicy/1/least_request/choiceCount"},
    {158,
     {0},
     "{" ROBIN ", \"loadBalancingPolicy\": \"random\"}",
     "{\"loadBalancingPolicy\": \"random\"}",
     "/loadBalancingPolicy"},

    /* ---- calls ---- */
    {125,
     {0},
     WITH(CALM, HEDGE("\"hedgingDelay\": \"1s\"")),
     WITH(CALM, HEDGE("\"hedgingDelay\": \"1s\", " FATAL)),
     "/methodConfig/0/hedgingPolicy"},
    {127,
     {0},
     METHOD("\"timeout\": \"1s\", " HEDGE("\"hedgingDelay\": \"1s\", " FATAL)),
     METHOD("\"timeout\": \"1s\", " HEDGE("\"hedgingDelay\": \"999ms\", " FATAL)),
     "/methodConfig/0/hedgingPolicy/hedgingDelay"},
    {127,
     {.deadline_ns = EK_S},
     METHOD(HEDGE("\"hedgingDelay\": \"1s\", " FATAL)),
     METHOD(HEDGE("\"hedgingDelay\": \"999ms\", " FATAL)),
     "/methodConfig/0/hedgingPolicy/hedgingDelay"},
    /* 0.8 x (0.1 + 0.2 + 0.4) s = 0.56 s before the third retry */
    {128,
     {0},
     METHOD("\"timeout\": \"560ms\", " RETRY("4", USUAL ", " CODES)),
     METHOD("\"timeout\": \"561ms\", " RETRY("4", USUAL ", " CODES)),
     "/methodConfig/0/retryPolicy/initialBackoff"},
    {129,
     {0},
     METHOD("\"timeout\": \"1s\", " RETRY("2",
                                          USUAL ", " CODES ", \"perAttemptRecvTimeout\": \"1s\"")),
     METHOD("\"timeout\": \"1s\", " RETRY("2", USUAL ", " CODES
                                                     ", \"perAttemptRecvTimeout\": \"0.9s\"")),
     "/methodConfig/0/retryPolicy/perAttemptRecvTimeout"},
    {131,
     {0},
     METHOD(RETRY("2", USUAL ", \"retryableStatusCodes\": [14, 4]")),
     METHOD(RETRY("2", USUAL ", \"retryableStatusCodes\": [14, 8, 10]")),
     "/methodConfig/0/retryPolicy/retryableStatusCodes"},
    {132,
     {0},
     METHOD(RETRY("2", USUAL ", \"retryableStatusCodes\": [14, \"NOT_FOUND\"]")),
     METHOD(RETRY("2", USUAL ", \"retryableStatusCodes\": [14, \"ABORTED\"]")),
     "/methodConfig/0/retryPolicy/retryableStatusCodes"},
    {133,
     {0},
     METHOD(RETRY("2", BACKOFF("\"1.1s\"", "\"1s\"", "2") ", " CODES)),
     METHOD(RETRY("2", BACKOFF("\"1s\"", "\"1s\"", "2") ", " CODES)),
     "/methodConfig/0/retryPolicy/initialBackoff"},
    {134,
     {0},
     METHOD(RETRY("2", BACKOFF("\"1s\"", "\"1s\"", "0.9") ", " CODES)),
     METHOD(RETRY("2", BACKOFF("\"1s\"", "\"1s\"", "1") ", " CODES)),
     "/methodConfig/0/retryPolicy/backoffMultiplier"},
    {135,
     {0},
     METHOD(RETRY("6", USUAL ", " CODES)),
     METHOD(RETRY("5", USUAL ", " CODES)),
     "/methodConfig/0/retryPolicy/maxAttempts"},
    {147,
     {0},
     METHOD("\"waitForReady\": true"),
     METHOD("\"waitForReady\": true, \"timeout\": \"1s\""),
     "/methodConfig/0/waitForReady"},
    /* an entry that stands without brackets, for one method */
    {147,
     {0},
     "{\"methodConfig\": {\"name\": {\"service\": \"a.B\", \"method\": \"C\"}, \"waitForReady\": "
     "true}}",
     "{\"methodConfig\": {\"name\": {\"service\": \"a.B\", \"method\": \"C\"}, \"waitForReady\": "
     "false}}",
     "/methodConfig/waitForReady"},
    {157,
     {0},
     METHOD("\"maxResponseMessageBytes\": 4"),
     METHOD("\"timeout\": \"1s\""),
     "/methodConfig/0/maxResponseMessageBytes"},
    {210,
     {.latency_ns = EK_S},
     METHOD("\"timeout\": \"1s\""),
     METHOD("\"timeout\": \"1001ms\""),
     "/methodConfig/0/timeout"},

    /* ---- bounds and load ---- */
    {146,
     {0},
     WITH("\"circuitBreakers\": {\"maxRetries\": 0}", TRIED),
     WITH("\"circuitBreakers\": {\"maxRetries\": 1}", TRIED),
     "/circuitBreakers/maxRetries"},
    {154, {0}, "{" CALM "}", WITH(CALM, TRIED), "/retryThrottling"},
    {154,
     {0},
     "{\"retryBudget\": {\"rate\": {}}}",
     WITH("\"retryBudget\": {\"rate\": {}}", TRIED),
     "/retryBudget"},
    /* 2 - 1 is not more than half of 2, and 2.1 - 1 is more than 1.05 */
    {156,
     {0},
     WITH(THROTTLE("2", "0.1"), TRIED),
     WITH(THROTTLE("2.1", "0.1"), TRIED),
     "/retryThrottling/maxTokens"},
    {201, {0}, METHOD(TRIED), WITH(CALM, TRIED), "/methodConfig/0/retryPolicy"},
    {201,
     {0},
     METHOD(TRIED),
     WITH("\"circuitBreakers\": {\"maxRetries\": 3}", TRIED),
     "/methodConfig/0/retryPolicy"},
    {202,
     {0},
     METHOD(HEDGE(FATAL)),
     METHOD(HEDGE(FATAL ", \"hedgingDelay\": \"1ms\"")),
     "/methodConfig/0/hedgingPolicy/hedgingDelay"},
    /* 1.42^2 = 2.0164 attempts through two layers, 1.41^2 = 1.9881 */
    {203,
     {0},
     WITH(THROTTLE("10", "0.42"), TRIED),
     WITH(THROTTLE("10", "0.41"), TRIED),
     "/methodConfig/0/retryPolicy"},
    {203,
     {0},
     WITH("\"retryBudget\": {\"rate\": {\"percentCanRetry\": 1}}", TRIED),
     WITH("\"retryBudget\": {\"rate\": {\"percentCanRetry\": 1}}, " CALM, TRIED),
     "/methodConfig/0/retryPolicy"},
    /* a third of all attempts: 1.5^2 = 2.25; a fifth: 1.25^2 = 1.56 */
    {203,
     {0},
     WITH("\"retryBudget\": {\"concurrent\": {\"budgetPercent\": \"33.34%\"}}", TRIED),
     WITH("\"retryBudget\": {\"concurrent\": {}}", TRIED),
     "/methodConfig/0/retryPolicy"},
    {204, {0}, METHOD(RETRY("3", USUAL ", " CODES)), METHOD(TRIED), "/methodConfig/0/retryPolicy"},
    /* ---- the fleet ---- */
    /* gRPC tests before each: 51 % of 2 is rounded up to both, 50 % is one */
    {161,
     {.endpoints = 2},
     OUTLIER("\"consecutiveFailures\": 1, \"maxEjectionPercent\": 51"),
     OUTLIER("\"consecutiveFailures\": 1, \"maxEjectionPercent\": 50"),
     "/outlierDetection/maxEjectionPercent"},
    {161,
     {0},
     OUTLIER("\"failurePercentageEjection\": {}, \"maxEjectionPercent\": 100"),
     OUTLIER("\"successRateEjection\": {}, \"maxEjectionPercent\": 100"),
     "/outlierDetection/maxEjectionPercent"},
    {161,
     {.endpoints = 3},
     OUTLIER("\"consecutiveFailures\": 1, \"maxEjectionPercent\": 67"),
     "{" ROBIN ", \"selection\": {\"panicThreshold\": \"1%\"}, \"outlierDetection\":"
     " {\"consecutiveFailures\": 1, \"maxEjectionPercent\": 67}}",
     "/outlierDetection/maxEjectionPercent"},
    /* policies.md R20: 10 % of 9 is none, of 10 one */
    {162,
     {.endpoints = 9},
     "{" ROBIN ", \"dialect\": \"envoy\", \"outlierDetection\": {\"consecutiveFailures\": 1,"
     " \"maxEjectionPercent\": 10}}",
     OUTLIER("\"consecutiveFailures\": 1, \"maxEjectionPercent\": 10"),
     "/outlierDetection/maxEjectionPercent"},
    {162,
     {.endpoints = 9},
     "{" ROBIN ", \"dialect\": \"envoy\", \"outlierDetection\": {\"consecutiveFailures\": 1,"
     " \"maxEjectionPercent\": 11}}",
     "{" ROBIN ", \"dialect\": \"envoy\", \"outlierDetection\": {\"consecutiveFailures\": 1,"
     " \"maxEjectionPercent\": 12}}",
     "/outlierDetection/maxEjectionPercent"}, /* 9 x 12 % is 1.08 */
    {163,
     {.rate = 500000},
     "{\"connection\": {\"idleTimeout\": \"2s\"}}",
     "{\"connection\": {\"idleTimeout\": \"3s\"}}",
     "/connection/idleTimeout"},
    /* 3 x 3 of 10 leave one, 3 x 4 do not */
    {164,
     {.endpoints = 10, .clients = 3},
     POLICY("random_subsetting", "\"subsetSize\": 3, \"childPolicy\": [{\"round_robin\": {}}]"),
     POLICY("random_subsetting", "\"subsetSize\": 4, \"childPolicy\": [{\"round_robin\": {}}]"),
     "/loadBalancingConfig/0/random_subsetting/subsetSize"},
    {165,
     {.run_ns = 10 * EK_S},
     OUTLIER("\"failurePercentageEjection\": {}"),
     OUTLIER("\"failurePercentageEjection\": {}, \"interval\": \"9s\""),
     "/outlierDetection/interval"},
    /* 5 failures at one of 10 endpoints take 50 calls: at 1 a second 50 s, at 2 25 s */
    {214,
     {.endpoints = 10, .rate = 1000000},
     OUTLIER("\"consecutiveFailures\": 5"),
     OUTLIER("\"consecutiveFailures\": 5, \"baseEjectionTime\": \"50s\""),
     "/outlierDetection/consecutiveFailures"},

    /* ---- attempts against the usual latency ---- */
    {211,
     {.latency_ns = 100 * EK_MS},
     METHOD(RETRY("2", USUAL ", \"perAttemptRecvTimeout\": \"100ms\", " CODES)),
     METHOD(RETRY("2", USUAL ", \"perAttemptRecvTimeout\": \"101ms\", " CODES)),
     "/methodConfig/0/retryPolicy/perAttemptRecvTimeout"},
    {212,
     {.latency_ns = 100 * EK_MS},
     METHOD(HEDGE("\"hedgingDelay\": \"100ms\", " FATAL)),
     METHOD(HEDGE("\"hedgingDelay\": \"101ms\", " FATAL)),
     "/methodConfig/0/hedgingPolicy/hedgingDelay"},
    /* .3 s, .08 s at least, .3 s, .16 s, then the third begins at .84 s: not within .8 s */
    {166,
     {0},
     METHOD("\"timeout\": \"0.8s\", " RETRY("3",
                                            USUAL ", \"perAttemptRecvTimeout\": \"0.3s\", " CODES)),
     METHOD("\"timeout\": \"0.9s\", " RETRY("3",
                                            USUAL ", \"perAttemptRecvTimeout\": \"0.3s\", " CODES)),
     "/methodConfig/0/retryPolicy/perAttemptRecvTimeout"},
    {213,
     {.rate = 10000000},
     WITH("\"retryBudget\": {\"rate\": {\"minRetriesPerSec\": 10}}", TRIED),
     WITH("\"retryBudget\": {\"rate\": {\"minRetriesPerSec\": 9}}", TRIED),
     "/retryBudget/rate/minRetriesPerSec"},
    /* 30 a second for 100 ms are 3 under way */
    {213,
     {.rate = 30000000, .latency_ns = 100 * EK_MS},
     WITH("\"retryBudget\": {\"concurrent\": {\"minRetryConcurrency\": 3}}", TRIED),
     WITH("\"retryBudget\": {\"concurrent\": {\"minRetryConcurrency\": 2}}", TRIED),
     "/retryBudget/concurrent/minRetryConcurrency"},
    {204, {.layers = 3}, METHOD(TRIED), WITH(CALM, TRIED), "/methodConfig/0/retryPolicy"},
    {209,
     {.rate = 100000000, .latency_ns = 500 * EK_MS},
     "{\"circuitBreakers\": {\"maxRequests\": 49}}",
     "{\"circuitBreakers\": {\"maxRequests\": 50}}",
     "/circuitBreakers/maxRequests"},
    {145,
     {0},
     "{\"circuitBreakers\": {\"maxPendingRequests\": 0}}",
     "{\"circuitBreakers\": {\"maxPendingRequests\": 1}}",
     "/circuitBreakers/maxPendingRequests"},
    {153,
     {0},
     "{\"adaptiveThrottling\": {\"k\": 1}}",
     "{\"adaptiveThrottling\": {\"k\": 1.001}}",
     "/adaptiveThrottling/k"},

    /* ---- connections ---- */
    {149,
     {0},
     "{\"connection\": {\"reconnect\": false}}",
     "{\"connection\": {\"reconnect\": true}}",
     "/connection/reconnect"},
    {150,
     {0},
     "{\"connection\": {\"jitter\": \"0%\"}}",
     "{\"connection\": {\"jitter\": \"1%\"}}",
     "/connection/jitter"},

    /* ---- selection ---- */
    {136,
     {0},
     "{\"selection\": {\"canary\": {\"share\": \"1%\", \"match\": \"tag=new\"}}}",
     "{\"selection\": {\"canary\": {\"share\": \"1%\", \"match\": \"tag=new\"},"
     " \"subsets\": {\"fallback\": \"any\"}}}",
     "/selection/canary/share"},
    {136,
     {0},
     "{\"selection\": {\"canary\": {\"share\": \"1%\", \"match\": \"tag=new\"},"
     " \"subsets\": {\"selectors\": {\"keys\": \"tag\"}}}}",
     "{\"selection\": {\"canary\": {\"share\": \"1%\", \"match\": \"tag=new\"},"
     " \"subsets\": {\"selectors\": {\"keys\": \"tag\", \"fallback\": \"any\"}}}}",
     "/selection/canary/share"},
    {138,
     {0},
     "{\"selection\": {\"priorities\": true, \"overprovisioningFactor\": 1}}",
     "{\"selection\": {\"priorities\": true, \"overprovisioningFactor\": 1.1}}",
     "/selection/overprovisioningFactor"},
    {139,
     {.endpoints = 5},
     "{\"selection\": {\"localities\": \"zone_aware\"}}",
     "{\"selection\": {\"localities\": \"zone_aware\", \"minClusterSize\": 5}}",
     "/selection/minClusterSize"},
    {140,
     {0},
     "{\"selection\": {\"localities\": \"weighted\", \"localityWeights\":"
     " [{\"locality\": \"a\", \"weight\": 0}]}}",
     "{\"selection\": {\"localities\": \"weighted\", \"localityWeights\":"
     " [{\"locality\": \"a\", \"weight\": 1}]}}",
     "/selection/localityWeights"},
    {141,
     {0},
     "{\"selection\": {\"panicThreshold\": \"100%\"}}",
     "{\"selection\": {\"panicThreshold\": \"99%\"}}",
     "/selection/panicThreshold"},
};

enum {
    CASE_COUNT = sizeof cases / sizeof cases[0]
};

static struct ek_errors warnings_of(const char *text, const struct ek_lint_facts *facts)
{
    struct ek_errors errors = {0}, warnings = {0};
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);

    if (json == NULL)
        fail_msg("%s: %s", error.text, text);
    if (ek_lint(json, "/here", facts, &errors, &warnings) != EK_OK)
        fail_msg("%s: %s: %s", text, errors.items[0].path, errors.items[0].text);
    json_decref(json);
    return warnings;
}

static const struct ek_error *find(const struct ek_errors *errors, int code)
{
    for (size_t i = 0; i < errors->count && i < EK_ERRORS_MAX; i++)
        if (errors->items[i].code == code)
            return &errors->items[i];
    return NULL;
}

static void each_rule_has_its_place_and_is_not_too_eager(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct ek_errors bad = warnings_of(cases[i].bad, &cases[i].facts);
        struct ek_errors good = warnings_of(cases[i].good, &cases[i].facts);
        const struct ek_error *warning = find(&bad, cases[i].rule);

        if (warning == NULL)
            fail_msg("EK%d is not found in %s", cases[i].rule, cases[i].bad);
        if (strncmp(warning->path, "/here", 5) != 0 ||
            strcmp(warning->path + 5, cases[i].place) != 0)
            fail_msg("EK%d stands at %s, not %s", cases[i].rule, warning->path, cases[i].place);
        if (find(&good, cases[i].rule) != NULL)
            fail_msg("EK%d is found in %s: %s", cases[i].rule, cases[i].good,
                     find(&good, cases[i].rule)->text);
    }
}

static void every_warning_has_a_case(void **state)
{
    (void)state;
    for (const struct ek_rule *rule = ek_rule_all; rule->number != 0; rule++) {
        bool is_tested =
            rule->severity == EK_SEVERITY_ERROR || rule->number == 160 || rule->number == 167;

        for (size_t i = 0; i < CASE_COUNT; i++)
            is_tested |= cases[i].rule == rule->number;
        if (!is_tested)
            fail_msg("EK%03d has no case", rule->number);
        assert_ptr_equal(ek_rule_find(ek_rule_all, rule->number), rule);
        assert_true(rule->number < 300 && strlen(rule->title) > 10 && strlen(rule->why) > 5 &&
                    strlen(rule->fix) > 5);
        if (rule > ek_rule_all)
            assert_true(rule[-1].number < rule->number);
    }
    assert_null(ek_rule_find(ek_rule_all, 300));
}

/* Three retries in each of two layers: 4^2; budgets of 10 %: 1.1^2. */
static void what_retries_add_up_to_is_told(void **state)
{
    struct ek_lint_facts facts = {0};
    struct ek_errors warnings = warnings_of(METHOD(RETRY("4", USUAL ", " CODES)), &facts);

    (void)state;
    assert_int_equal(warnings.count, 1);
    assert_string_equal(warnings.items[0].text,
                        "3 retries in each of 2 calling layers: up to 16 attempts per call; a 10 % "
                        "budget in each would cap it at 1.21");
    facts.layers = 1000000; /* as 10 */
    warnings = warnings_of(METHOD(RETRY("5", USUAL ", " CODES)), &facts);
    assert_non_null(strstr(warnings.items[0].text, "up to 9765625 attempts")); /* 5^10 */
}

static void a_config_that_makes_sense_has_no_warnings(void **state)
{
    struct ek_lint_facts facts = {.endpoints = 20,
                                  .rate = 1000000000,
                                  .round_trip_ns = EK_MS,
                                  .latency_ns = 10 * EK_MS,
                                  .layers = 3};
    struct ek_errors warnings = warnings_of(
        "{\"loadBalancingConfig\": [{\"least_request\": {}}], " CALM ", \"methodConfig\":"
        " [{\"name\": [{}], \"timeout\": \"5s\", " TRIED "}], \"outlierDetection\":"
        " {\"successRateEjection\": {}, \"maxEjectionPercent\": 40}, \"selection\":"
        " {\"panicThreshold\": \"50%\"}, \"healthCheck\": {\"kind\": \"grpc\"}}",
        &facts);

    (void)state;
    if (warnings.count > 0)
        fail_msg("EK%d: %s", warnings.items[0].code, warnings.items[0].text);
}

/* 10^12 calls a second for 10^9 s are more than can be counted, and enough. */
static void huge_numbers_saturate(void **state)
{
    struct ek_lint_facts facts = {
        .endpoints = 5, .rate = 1000000000000000000, .latency_ns = INT64_MAX, .round_trip_ns = 1};
    struct ek_errors warnings = warnings_of(
        "{" ROBIN ", \"circuitBreakers\": {\"maxRequests\": 1000}, "
        "\"outlierDetection\": {\"successRateEjection\": {}, \"interval\": \"1000000s\"}}",
        &facts);

    (void)state;
    assert_int_equal(warnings.count, 1);
    assert_int_equal(warnings.items[0].code, 209);
}

static void an_invalid_config_has_errors_alone(void **state)
{
    struct ek_lint_facts facts = {0};
    struct ek_errors errors = {0}, warnings = {0};
    json_t *json = json_loads("{\"connection\": {\"reconnect\": false}, \"a\": 1}", 0, NULL);

    (void)state;
    assert_int_equal(ek_lint(json, "", &facts, &errors, &warnings), EK_EINVAL);
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.items[0].code, 2);
    assert_int_equal(warnings.count, 0);
    json_decref(json);
    errors = (struct ek_errors){0};
    assert_int_equal(ek_lint(NULL, "", &facts, &errors, &warnings), EK_OK);
    assert_int_equal(warnings.count, 0);
}

/* The kinds of mistakes of shape. */
static void each_mistake_of_shape_has_the_number_of_its_rule(void **state)
{
    static const struct {
        const char *json;
        int code;
    } shapes[] = {
        {"{\"methodConfigs\": []}", 2},
        {"[]", 3},
        {METHOD("\"timeout\": 3"), 3},
        {METHOD("\"timeout\": \"3c\""), 3},
        {METHOD("\"waitForReady\": \"yes\""), 3},
        {"{\"loadBalancingConfig\": []}", 3},
        {"{\"loadBalancingConfig\": [{}]}", 3},
        {METHOD("\"timeout\": \"0s\""), 4},
        {METHOD(RETRY("1", USUAL ", " CODES)), 4},
        {METHOD(RETRY("2", USUAL ", \"retryableStatusCodes\": []")), 4},
        {METHOD(RETRY("2", USUAL)), 5},
        {"{\"dialect\": \"grpc-rust\"}", 6},
        {METHOD(RETRY("2", USUAL ", \"retryableStatusCodes\": [\"UNAVAILABEL\"]")), 6},
        {"{\"loadBalancingConfig\": [{\"xds\": {}}]}", 7},
        {"{\"loadBalancingPolicy\": \"xds\"}", 7},
        {"{\"connectionScaling\": {}}", 8},
        {METHOD(TRIED ", " HEDGE(FATAL)), 9},
        {"{\"outlierDetection\": {}}", 9},
    };
    struct ek_lint_facts facts = {0};

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct ek_errors errors = {0}, warnings = {0};
        json_t *json = json_loads(shapes[i].json, 0, NULL);

        assert_non_null(json);
        assert_int_equal(ek_lint(json, "", &facts, &errors, &warnings), EK_EINVAL);
        if (errors.items[0].code != shapes[i].code)
            fail_msg("%s: EK%03d: %s", shapes[i].json, errors.items[0].code, errors.items[0].text);
        json_decref(json);
    }
}

static void an_empty_list_that_is_trusted_is_warned_of(void **state)
{
    const struct ek_resolver_ops *consul = ek_resolver_find("consul");
    struct ek_errors warnings = {0};
    json_t *trust = json_pack("{s:s, s:s}", "service", "web", "empty", "trust");
    json_t *keep = json_pack("{s:s}", "service", "web");

    (void)state;
    ek_lint_resolver(consul, keep, "/consul", &warnings);
    assert_int_equal(warnings.count, 0);
    ek_lint_resolver(consul, trust, "/consul", &warnings);
    assert_int_equal(warnings.count, 1);
    assert_int_equal(warnings.items[0].code, 160);
    assert_string_equal(warnings.items[0].path, "/consul/empty");
    ek_lint_resolver(ek_resolver_find("static"), NULL, "", &warnings);
    ek_lint_resolver(ek_resolver_find("etcd"), NULL, "", &warnings);
    assert_int_equal(warnings.count, 1);
    json_decref(trust);
    json_decref(keep);
}

/* With a wait of 60 s a quiet registry answers after 60 .. 63.75 s. */
static void an_age_below_the_wait_is_warned_of(void **state)
{
    static const struct {
        const char *options;
        size_t count;
    } ages[] = {
        {"{\"maxViewAge\": \"63.75s\", \"onViewAge\": \"tell\"}", 1},
        {"{\"maxViewAge\": \"63.751s\", \"onViewAge\": \"tell\"}", 0},
        {"{\"maxViewAge\": \"10s\", \"onViewAge\": \"tell\", \"wait\": \"5s\"}", 0},
        {"{\"maxViewAge\": \"10s\", \"onViewAge\": \"tell\", \"mode\": \"poll\"}", 0},
        {"{\"maxViewAge\": \"10s\"}", 0},
        {"{\"onViewAge\": \"tell\"}", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        struct ek_errors warnings = {0};
        json_t *options = json_loads(ages[i].options, 0, NULL);

        ek_lint_resolver(ek_resolver_find("consul"), options, "/consul", &warnings);
        assert_int_equal(warnings.count, ages[i].count);
        if (ages[i].count > 0) {
            assert_int_equal(warnings.items[0].code, 167);
            assert_string_equal(warnings.items[0].path, "/consul/maxViewAge");
        }
        json_decref(options);
    }
}

/* Twenty places that are wrong, and more: as many are kept, all are counted. */
static void warnings_are_bounded(void **state)
{
    struct ek_lint_facts facts = {0};
    struct ek_errors errors = {0}, warnings = {0};
    json_t *entries = json_array();

    (void)state;
    for (int i = 0; i < 30; i++) {
        char name[8];

        snprintf(name, sizeof name, "s%d", i);
        json_array_append_new(
            entries, json_pack("{s:[{s:s}], s:b}", "name", "service", name, "waitForReady", 1));
    }
    json_t *json = json_pack("{s:o}", "methodConfig", entries);
    assert_int_equal(ek_lint(json, "", &facts, &errors, &warnings), EK_OK);
    assert_int_equal(warnings.count, 30);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_has_its_place_and_is_not_too_eager),
        cmocka_unit_test(every_warning_has_a_case),
        cmocka_unit_test(what_retries_add_up_to_is_told),
        cmocka_unit_test(a_config_that_makes_sense_has_no_warnings),
        cmocka_unit_test(huge_numbers_saturate),
        cmocka_unit_test(an_invalid_config_has_errors_alone),
        cmocka_unit_test(each_mistake_of_shape_has_the_number_of_its_rule),
        cmocka_unit_test(an_empty_list_that_is_trusted_is_warned_of),
        cmocka_unit_test(an_age_below_the_wait_is_warned_of),
        cmocka_unit_test(warnings_are_bounded),
    };
    return cmocka_run_group_tests_name("core/lint", tests, NULL, NULL);
}
