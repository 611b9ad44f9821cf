/* The service configs that the channel's fuzzer puts together: a policy, and what stands around it.
 */
#ifndef EK_TESTS_CORE_FUZZ_CONFIGS_H
#define EK_TESTS_CORE_FUZZ_CONFIGS_H

#include <stdint.h>
#include <stdio.h>

#define FUZZ_RETRIES                                                                               \
    "\"methodConfig\": [{\"name\": [{}], \"timeout\": \"2s\", \"retryPolicy\": {\"maxAttempts\": " \
    "4, \"initialBackoff\": \"0.05s\", \"maxBackoff\": \"1s\", \"backoffMultiplier\": 2, "         \
    "\"retryableStatusCodes\": [14, 4, 8], \"perAttemptRecvTimeout\": \"0.3s\"}}]"
#define FUZZ_HEDGES(delay, extra)                                                           \
    "\"methodConfig\": [{\"name\": [{}], \"timeout\": \"2s\", " extra "\"hedgingPolicy\": " \
    "{\"maxAttempts\": 5, \"hedgingDelay\": \"" delay "\", \"nonFatalStatusCodes\": [14, 8]}}]"
#define FUZZ_OUTLIERS(extra)                                                                    \
    "\"outlierDetection\": {\"consecutiveFailures\": 2, \"consecutiveGatewayFailures\": 3, "    \
    "\"consecutiveLocalOriginFailures\": 2, \"splitExternalLocalOriginErrors\": true, "         \
    "\"enforcingConsecutiveFailures\": 70, \"baseEjectionTime\": \"2s\", \"maxEjectionTime\": " \
    "\"9s\", \"maxEjectionPercent\": 60" extra "}"
#define FUZZ_SWEEPS                                                                              \
    ", \"interval\": \"1s\", \"successRateEjection\": {\"minimumHosts\": 2, \"requestVolume\": " \
    "1, \"stdevFactor\": 500}, \"failurePercentageEjection\": {\"minimumHosts\": 1, "            \
    "\"requestVolume\": 1, \"threshold\": 40, \"enforcementPercentage\": 80}"
#define FUZZ_PROBES                                                                       \
    "\"healthCheck\": {\"kind\": \"http\", \"interval\": \"1s\", \"timeout\": \"0.5s\", " \
    "\"unhealthyThreshold\": 2, \"initial\": \"unhealthy\"}, \"slowStart\": {\"window\": \"5s\"}"

/* Members of "loadBalancingConfig". Every policy of the registry is among them. */
static const char *const fuzz_policies[] = {
    "{\"round_robin\": {}}",
    "{\"round_robin\": {\"dialect\": \"grpc-go\"}}",
    "{\"round_robin\": {\"dialect\": \"grpc-core\"}}",
    "{\"round_robin\": {\"dialect\": \"grpc-node\"}}",
    "{\"random\": {}}",
    "{\"random\": {\"weighted\": true}}",
    "{\"p2c\": {}}",
    "{\"least_request_experimental\": {\"choiceCount\": 9, \"replacement\": true}}",
    "{\"least_request\": {\"weighting\": \"edf\"}}",
    "{\"least_request\": {\"weighting\": \"edf\", \"activeRequestBias\": 2.5}}",
    "{\"least_request\": {\"weighting\": \"divide\", \"fullScan\": true}}",
    "{\"least_request\": {\"fullScan\": true, \"ties\": \"first\"}}",
    "{\"peak_ewma\": {\"decayTime\": \"1s\"}}",
    "{\"peak_ewma\": {\"chargeFailures\": true, \"countSilence\": true}}",
    "{\"pick_first\": {}}",
    "{\"pick_first\": {\"shuffleAddressList\": true}}",
    "{\"static_weighted_round_robin\": {}}",
    "{\"static_weighted_round_robin\": {\"algorithm\": \"smooth\"}}",
    "{\"static_weighted_round_robin\": {\"start\": \"zero\"}}",
    "{\"weighted_round_robin\": {\"blackoutPeriod\": \"0s\", \"weightExpirationPeriod\": \"3s\"}}",
    "{\"weighted_round_robin\": {\"blackoutPeriod\": \"1s\", \"dialect\": \"grpc-core\"}}",
    "{\"weighted_round_robin\": {\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-java\"}}",
    "{\"weighted_round_robin\": {\"blackoutPeriod\": \"0s\", \"dialect\": \"envoy\"}}",
    "{\"weighted_round_robin\": {\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-node\"}}",
    "{\"ring_hash_experimental\": {\"minRingSize\": 16}}",
    "{\"ring_hash\": {\"minRingSize\": 8, \"maxRingSize\": 8, \"dialect\": \"grpc-java\"}}",
    "{\"ring_hash\": {\"minRingSize\": 32, \"hashBalanceFactor\": 120}}",
    "{\"ring_hash\": {\"minRingSize\": 32, \"hashBalanceFactor\": 100, \"overflow\": \"walk\"}}",
    "{\"maglev\": {\"tableSize\": 11}}",
    "{\"maglev\": {\"tableSize\": 101, \"hashBalanceFactor\": 110}}",
    "{\"prequal\": {}}",
    "{\"prequal\": {\"poolSize\": 2, \"probeRate\": 0.5, \"probeAge\": \"0.1s\"}}",
    "{\"random_subsetting\": {\"subsetSize\": 2, \"childPolicy\": [{\"round_robin\": {}}]}}",
    "{\"random_subsetting_experimental\": {\"subsetSize\": 3, \"childPolicy\": \"prequal\"}}",
    "{\"deterministic_subsetting\": {\"subsetSize\": 2, \"childPolicy\": \"peak_ewma\"}}",
    "{\"deterministic_aperture\": {\"clientCount\": 3, \"minAperture\": 2, \"childPolicy\": "
    "[{\"static_weighted_round_robin\": {}}]}}",
    "{\"weighted_target\": {\"targets\": {\"z1\": {\"weight\": 3, \"childPolicy\": "
    "[{\"round_robin\": {}}]}, \"r/z2\": {\"weight\": 1, \"childPolicy\": [{\"p2c\": {}}]}}}}",
    "{\"weighted_target_experimental\": {\"by\": \"tag\", \"targets\": {\"canary\": {\"weight\": "
    "4294967294, \"childPolicy\": [{\"prequal\": {}}]}, \"*\": {\"weight\": 1, \"childPolicy\": "
    "[{\"peak_ewma\": {}}]}}}}",
    "{\"priority\": {\"children\": {\"0\": {\"config\": [{\"round_robin\": {}}]}, \"1\": "
    "{\"config\": [{\"least_request\": {\"weighting\": \"edf\"}}]}, \"*\": {\"config\": "
    "[{\"maglev\": {\"tableSize\": 13}}]}}, \"priorities\": [\"0\", \"1\", \"*\"]}}",
    "{\"priority_experimental\": {\"by\": \"tag\", \"children\": {\"canary\": {\"config\": "
    "[{\"weighted_target\": {\"targets\": {\"z1\": {\"weight\": 1, \"childPolicy\": "
    "[{\"round_robin\": {}}]}, \"*\": {\"weight\": 2, \"childPolicy\": [{\"random\": "
    "{\"weighted\": true}}]}}}}]}, \"*\": {\"config\": [{\"static_weighted_round_robin\": {}}]}}, "
    "\"priorities\": [\"canary\", \"*\"]}}",
    "{\"priority\": {\"children\": {\"0\": {\"config\": [{\"random_subsetting\": {\"subsetSize\": "
    "2, \"childPolicy\": \"weighted_round_robin\"}}]}, \"15\": {\"config\": [{\"ring_hash\": "
    "{\"minRingSize\": 16}}]}}, \"priorities\": [\"15\", \"0\"], \"failoverTimeout\": \"0.4s\", "
    "\"retention\": \"2s\"}}",
    "{\"deterministic_subsetting\": {\"subsetSize\": 4, \"childPolicy\": [{\"random_subsetting\": "
    "{\"subsetSize\": 2, \"childPolicy\": \"p2c\"}}]}}",
};

/* Other members of a service config, each set with a comma before it. */
static const char *const fuzz_settings[] = {
    "",
    ", " FUZZ_RETRIES ", " FUZZ_OUTLIERS("") ", \"retryThrottling\": {\"maxTokens\": 10, "
                                             "\"tokenRatio\": 0.5}",
    ", " FUZZ_HEDGES("0.05s", "") ", " FUZZ_OUTLIERS(FUZZ_SWEEPS) ", \"dialect\": \"grpc-java\"",
    ", " FUZZ_HEDGES(
        "0s", "\"waitForReady\": true, ") ", \"retryBudget\": {\"concurrent\": {}, \"rate\": "
                                          "{\"ttl\": \"1s\"}}, \"circuitBreakers\": "
                                          "{\"maxRequests\": 20, \"maxPendingRequests\": 5, "
                                          "\"maxRetries\": 6, \"maxRequestsPerEndpoint\": 7}",
    ", " FUZZ_RETRIES ", \"connection\": {\"idleTimeout\": \"3s\"}",
    ", \"dialect\": \"grpc-core\", \"connection\": {\"attemptDelay\": \"100ms\"}",
    ", " FUZZ_PROBES ", " FUZZ_OUTLIERS("") ", \"dialect\": \"envoy\", \"connection\": "
                                            "{\"idleTimeout\": \"4s\"}",
    ", \"healthCheckConfig\": {\"serviceName\": \"s\"}, " FUZZ_RETRIES
    ", \"adaptiveThrottling\": {\"window\": \"2s\"}, \"dialect\": \"grpc-go\"",
    ", " FUZZ_RETRIES ", " FUZZ_OUTLIERS("") ", \"connection\": {\"onDemand\": true}, "
                                             "\"healthCheck\": {\"kind\": \"tcp\"}",
    ", \"connection\": {\"reconnect\": false}, " FUZZ_HEDGES("0.2s", ""),
    ", " FUZZ_OUTLIERS("") ", \"selection\": {\"priorities\": true, \"degraded\": true, "
                           "\"panicThreshold\": \"50%\", \"localities\": \"weighted\", "
                           "\"localityWeights\": [{\"locality\": \"z1\", \"weight\": 3}, "
                           "{\"locality\": \"r/z2\", \"weight\": 0}]}",
    ", " FUZZ_RETRIES ", " FUZZ_OUTLIERS("") ", \"selection\": {\"localities\": \"zone_aware\", "
                                             "\"minClusterSize\": 1, \"panicThreshold\": \"70%\"}",
    ", " FUZZ_RETRIES ", \"selection\": {\"subsets\": {\"fallback\": \"none\"}, \"canary\": "
    "{\"share\": \"30%\", \"key\": \"web/canary\", \"match\": \"tag=canary\"}}",
    ", " FUZZ_HEDGES("0.1s", "") ", " FUZZ_OUTLIERS("") ", \"selection\": {\"subsets\": "
                                                        "{\"selectors\": [{\"keys\": [\"tag\", "
                                                        "\"zone\"], \"fallback\": \"keys\", "
                                                        "\"fallbackKeys\": [\"tag\"]}, {\"keys\": "
                                                        "[\"tag\"]}], \"fallback\": \"default\", "
                                                        "\"default\": [\"zone=z\"]}, \"canary\": "
                                                        "{\"key\": \"a b\", \"byHash\": true, "
                                                        "\"match\": \"tag=blue\"}}",
    ", " FUZZ_PROBES ", \"selection\": {\"priorities\": true, \"weightedHealth\": true, "
    "\"panicThreshold\": \"40%\", \"failOnPanic\": true, "
    "\"overprovisioningFactor\": 1}",
    ", " FUZZ_RETRIES ", \"slowStart\": {\"window\": \"3s\", \"aggression\": 0.5}, \"selection\": "
    "{\"subsets\": {\"fallback\": \"any\"}, \"priorities\": true}, \"dialect\": "
    "\"grpc-node\"",
};

enum {
    FUZZ_POLICY_COUNT = sizeof fuzz_policies / sizeof fuzz_policies[0],
    FUZZ_SETTING_COUNT = sizeof fuzz_settings / sizeof fuzz_settings[0]
};

static inline void fuzz_config(uint8_t policy, uint8_t setting, char *out, size_t size)
{
    snprintf(out, size, "{\"loadBalancingConfig\": [%s]%s}",
             fuzz_policies[policy % FUZZ_POLICY_COUNT],
             fuzz_settings[setting % FUZZ_SETTING_COUNT]);
}

#endif
