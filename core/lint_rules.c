/* The table of rules, with what to know of each. */
#include "core/lint_rules.h"

#include "evenkeel/lint.h"

#include <stddef.h>

/* Of each rule: why it matters, where that is known from, what to do. */
/* clang-format off */
#define SYNTAX_TEXTS \
    "Nothing can be read from it.", \
    "RFC 8259", \
    "Correct the place that the caret shows."
#define UNKNOWN_KEY_TEXTS \
    "gRPC ignores such members, so that a mistyped name silently switches nothing on.", \
    "ARCHITECTURE.md: unknown members of a service config are errors", \
    "Take the suggested name, or remove the member."
#define FORM_TEXTS \
    "A duration is text with a unit, a share ends in %, a number has no quotes.", \
    "gRPC service_config.proto; proto3 JSON mapping", \
    "Write it as the complaint says."
#define LIMITS_TEXTS \
    "gRPC rejects the whole config, and calls of a client that has no earlier one " \
    "fail.", \
    "gRFC A6, A42, A48, A50, A58, A68", \
    "Take a value within the limits; `evenkeel explain KEY` prints them."
#define MISSING_TEXTS \
    "There is no default that would be right for everybody.", \
    "gRFC A6, A50, A68", \
    "Add the member."
#define UNKNOWN_WORD_TEXTS \
    "It would have to be guessed what was meant.", \
    "gRPC service_config.proto", \
    "Take one of the words that are listed."
#define UNKNOWN_POLICY_TEXTS \
    "Unknown policies are skipped, the first known one is taken; if none is left the " \
    "config is invalid.", \
    "gRFC A24, A21", \
    "Add a known policy at the end of the list; `evenkeel list policies` names them."
#define UNSUPPORTED_TEXTS \
    "It is refused rather than ignored, so that no run claims to have tested it.", \
    "gRFC A105", \
    "Remove it, or write what the complaint says instead."
#define CONFLICT_TEXTS \
    "Each is right alone, and together they mean nothing.", \
    "gRFC A6, A21, A50", \
    "Change one of them."
#define MEMORY_TEXTS \
    "The config could not be read to its end.", \
    "malloc", \
    "Try again with a smaller file."
#define EJECTION_TIMES_TEXTS \
    "The greater of baseEjectionTime and maxEjectionTime is the longest ejection, so " \
    "every ejection has the same length: endpoints that fail again are not kept away " \
    "longer.", \
    "gRFC A50", \
    "Raise maxEjectionTime above baseEjectionTime."
#define DRY_RUN_TEXTS \
    "An enforcement of 0 percent only counts. grpc-go and Envoy take 0 for " \
    "failurePercentageEjection if it is absent.", \
    "gRFC A50; grpc-go outlierdetection; Envoy outlier_detection.proto", \
    "Set the enforcement to 100, or leave it so as a dry run."
#define NEVER_EJECTS_TEXTS \
    "maxEjectionPercent 0 forbids every ejection. Dialect grpc-core alone lets one " \
    "endpoint go.", \
    "gRFC A50; grpc outlier_detection.cc", \
    "Raise maxEjectionPercent, or remove the outlier detection."
#define RATE_FLEET_TEXTS \
    "With fewer endpoints than minimumHosts nothing is compared. And one outlier " \
    "among n endpoints is at most sqrt(n - 1) standard deviations below the mean: " \
    "with the default factor of 1.9 it takes 5.", \
    "gRFC A50; the population standard deviation of n - 1 equal values and one other", \
    "Lower minimumHosts or stdevFactor, or use failurePercentageEjection or " \
    "consecutiveFailures."
#define RATE_VOLUME_TEXTS \
    "An endpoint is compared only if it had requestVolume calls within an interval, " \
    "from this client alone.", \
    "gRFC A50", \
    "Lower requestVolume, or lengthen interval."
#define PERCENT_FLEET_TEXTS \
    "With fewer endpoints than minimumHosts nothing is looked at.", \
    "gRFC A50", \
    "Lower minimumHosts."
#define PERCENT_VOLUME_TEXTS \
    "An endpoint is looked at only if it had requestVolume calls within an interval, " \
    "from this client alone.", \
    "gRFC A50", \
    "Lower requestVolume, or lengthen interval."
#define FIRST_OUTLIER_TEXTS \
    "pick_first keeps one connection and has nobody to turn to; ejections have no " \
    "effect on it at the top level.", \
    "gRFC A50; grpc-java issue 10656", \
    "Take round_robin or another policy that has a choice."
#define FIRST_HEALTH_TEXTS \
    "Health checks are for policies that choose among connections.", \
    "gRFC A17; grpc doc/health-checking.md", \
    "Take round_robin or another policy that has a choice."
#define UNWEIGHTED_TEXTS \
    "Slow start lowers the weight of a new endpoint; the policy gives every endpoint " \
    "the same share.", \
    "Envoy: slow start mode", \
    "Take static_weighted_round_robin, or least_request with \"weighting\"."
#define BLACKOUT_TEXTS \
    "A weight counts blackoutPeriod after the first report of a series, and is " \
    "dropped weightExpirationPeriod after the last. Where reports pause, or the " \
    "blackout is the longer one, plain round robin is left.", \
    "gRFC A58; grpc-go issue 8915", \
    "Make weightExpirationPeriod several times as long as blackoutPeriod."
#define UPDATE_PERIOD_TEXTS \
    "The schedule is rebuilt every weightUpdatePeriod with weights that are older " \
    "than weightExpirationPeriod by then.", \
    "gRFC A58", \
    "Make weightUpdatePeriod shorter than weightExpirationPeriod."
#define NO_REPORTS_TEXTS \
    "Without reports weighted_round_robin is round robin, and prequal knows its own " \
    "calls alone.", \
    "gRFC A58, A51; Prequal (NSDI 2024)", \
    "Let servers send load reports (\"loadReports\": true of a scenario's " \
    "endpoints), or take another policy."
#define PROBE_TIMEOUT_TEXTS \
    "An endpoint that hangs is found after unhealthyThreshold x (timeout + " \
    "interval), which then depends on the timeout more than on the interval.", \
    "Envoy health_check.proto", \
    "Make timeout shorter than interval."
#define PROBE_ROUND_TRIP_TEXTS \
    "The way to an endpoint and back takes as long as the timeout of a probe: every " \
    "probe fails, and every endpoint turns unhealthy.", \
    "arithmetic", \
    "Raise the timeout of healthCheck above the round trip."
#define NO_CHECK_TEXTS \
    "Without healthCheck the setting has no effect.", \
    "Envoy outlier_detection.proto: successful_active_health_check_uneject_host", \
    "Add healthCheck, or remove successfulActiveHealthCheckUneject."
#define PANIC_TEXTS \
    "Below the panic threshold health is ignored, so that ejected endpoints get " \
    "calls again: what is ejected beyond it makes things worse for nobody but those " \
    "that were ejected last.", \
    "Envoy: panic threshold, outlier detection", \
    "Make maxEjectionPercent at most 100 minus panicThreshold."
#define RING_SMALL_TEXTS \
    "With k entries an endpoint the shares differ by about 1/sqrt(k): below ten " \
    "entries by a third and more.", \
    "gRFC A42; the variance of the arcs of a random ring", \
    "Raise minRingSize, maxRingSize and ringSizeCap to 100 entries an endpoint."
#define RING_CAPPED_TEXTS \
    "ringSizeCap, 4096 by default, bounds both sizes without a word.", \
    "gRFC A42", \
    "Raise ringSizeCap, or ask for a smaller ring."
#define MAGLEV_SMALL_TEXTS \
    "Maglev's shares differ by about one part in tableSize / endpoints; below 10 " \
    "rows an endpoint by a tenth and more.", \
    "Maglev (NSDI 2016), section 5.3", \
    "Take a prime of 100 times the number of endpoints."
#define SUBSET_ONE_TEXTS \
    "Every client lives and dies with one endpoint.", \
    "gRFC A68", \
    "Take a subsetSize of several endpoints."
#define SUBSET_WHOLE_TEXTS \
    "With as many endpoints as subsetSize, or fewer, nothing is left out.", \
    "gRFC A68", \
    "Lower subsetSize, or take the child policy alone."
#define CHOICES_TEXTS \
    "With choiceCount of all endpoints clients that see the same loads choose alike, " \
    "and herd.", \
    "Mitzenmacher, The Power of Two Choices; Envoy pull request 29873", \
    "Take a choiceCount of 2."
#define HEDGE_FATAL_TEXTS \
    "Without nonFatalStatusCodes the first answer decides the call, and a broken " \
    "endpoint that refuses at once answers first.", \
    "gRFC A6, hedging policy", \
    "Add \"UNAVAILABLE\" to nonFatalStatusCodes."
#define HEDGE_LATE_TEXTS \
    "The timeout covers all attempts.", \
    "gRFC A6", \
    "Make hedgingDelay about the 95th percentile of the latency."
#define RETRY_LATE_TEXTS \
    "The timeout covers all attempts and the backoffs between them.", \
    "gRFC A6", \
    "Shorten initialBackoff, or lower maxAttempts."
#define ATTEMPT_TIMEOUT_TEXTS \
    "The call ends no later than its attempt would: perAttemptRecvTimeout has no " \
    "effect.", \
    "Envoy: per try timeout", \
    "Make perAttemptRecvTimeout a part of the timeout."
#define UNSAFE_CODES_TEXTS \
    "With these codes nobody knows whether the server has done the work: what is not " \
    "idempotent may happen twice.", \
    "gRFC A6; grpc doc/statuscodes.md", \
    "Retry UNAVAILABLE alone, or only methods that are idempotent."
#define FINAL_CODES_TEXTS \
    "These codes say that the call itself is wrong: another attempt brings the same " \
    "answer, and load.", \
    "grpc doc/statuscodes.md", \
    "Remove them from retryableStatusCodes."
#define BACKOFF_ORDER_TEXTS \
    "Every backoff is maxBackoff then; none grows.", \
    "gRFC A6", \
    "Make initialBackoff shorter than maxBackoff."
#define BACKOFF_SHRINKS_TEXTS \
    "A backoffMultiplier below 1 tries again the sooner, the longer a server is in " \
    "trouble.", \
    "gRFC A6", \
    "Take a backoffMultiplier of 1.5 or 2."
#define ATTEMPTS_CAPPED_TEXTS \
    "The client caps maxAttempts.", \
    "gRFC A6; grpc-go WithMaxCallAttempts", \
    "Write 5, or fewer."
#define CANARY_ALONE_TEXTS \
    "Its share of the calls asks for endpoints that carry its labels; with the " \
    "fallback \"none\" they fail while there are none.", \
    "Envoy: load balancer subsets, NO_FALLBACK", \
    "Set selection.subsets.fallback to \"any\" or \"default\"."
#define PRIORITY_TIGHT_TEXTS \
    "With an overprovisioningFactor of 1 a priority loses the share of every " \
    "endpoint that fails, and cross-zone traffic begins with the first.", \
    "Envoy: priority levels", \
    "Take 1.4, the default."
#define ZONE_SMALL_TEXTS \
    "With fewer endpoints than minClusterSize zones are ignored.", \
    "Envoy: zone aware routing", \
    "Lower minClusterSize."
#define LOCALITY_ZERO_TEXTS \
    "No locality has a share; calls go to the first that has anyone.", \
    "Envoy: locality weighted load balancing", \
    "Give the localities weights."
#define PANIC_ALWAYS_TEXTS \
    "With a panicThreshold of 100 % health is ignored as soon as one endpoint is " \
    "unhealthy.", \
    "Envoy: panic threshold", \
    "Take a threshold of 50 % or less."
#define SLOW_START_ZERO_TEXTS \
    "With minWeightPercent 0 its share begins at nothing, and with an aggression " \
    "below 1 stays there for most of the window.", \
    "Envoy: slow start mode, min_weight_percent", \
    "Take a minWeightPercent of 10."
#define LIMIT_ZERO_TEXTS \
    "No request may be in flight, or no call may wait, not even for the first " \
    "connection.", \
    "Envoy: circuit breakers", \
    "Raise the limit, or remove it."
#define RETRIES_ZERO_TEXTS \
    "maxRetries 0 allows none of the retries and hedges that methodConfig asks for.", \
    "Envoy: circuit breakers", \
    "Raise maxRetries, or remove the policy."
#define WAITS_FOREVER_TEXTS \
    "With waitForReady and without a timeout a call waits as long as no endpoint can " \
    "be reached.", \
    "grpc doc/wait-for-ready.md", \
    "Add a timeout."
#define NO_RECONNECT_TEXTS \
    "With reconnect false an endpoint that restarts is never used again.", \
    "Go net/rpc: a client that has lost its connection answers ErrShutdown", \
    "Remove reconnect, unless this is what is to be shown."
#define NO_JITTER_TEXTS \
    "Without jitter the clients that one outage cut off return in step, and knock " \
    "down what has just come back.", \
    "gRPC doc/connection-backoff.md; seaweedfs issue 9560", \
    "Leave jitter at 20 %."
#define THROTTLES_HEALTHY_TEXTS \
    "With k at or below 1 calls are rejected although every one is accepted.", \
    "Site Reliability Engineering, chapter 21", \
    "Take a k of 2."
#define NOTHING_TO_RETRY_TEXTS \
    "No entry of methodConfig has a retryPolicy or a hedgingPolicy.", \
    "gRFC A6", \
    "Add a policy, or remove the bound."
#define FEW_TOKENS_TEXTS \
    "A failure takes one token, and retries need more than half of maxTokens: with 2 " \
    "or fewer the first failure forbids its own retry.", \
    "gRFC A6, throttling", \
    "Take a maxTokens of 10 or more."
#define MESSAGE_SIZE_TEXTS \
    "maxRequestMessageBytes and maxResponseMessageBytes are read and have no effect.", \
    "gRPC service_config.proto", \
    "Nothing, unless a run is to show the effect."
#define TWO_POLICIES_TEXTS \
    "loadBalancingConfig has precedence; the old member is for clients that do not " \
    "know the new one.", \
    "gRFC A24", \
    "Nothing, or remove loadBalancingPolicy."
#define EMPTY_TRUSTED_TEXTS \
    "A registry that forgets its services for a moment answers an empty list, " \
    "without an error; with \"trust\" every connection is dropped.", \
    "grpc-go issues 3252 and 5048; grpc-java issue 5692", \
    "Take \"keep\", or \"hold\" for a time."
#define EJECTS_ALL_TEXTS \
    "gRPC tests the limit before each ejection, so that a share is rounded up to whole " \
    "endpoints; with all of them ejected every call fails, although most endpoints may " \
    "still answer. gRPC has no panic mode.", \
    "gRFC A50; Envoy: panic threshold", \
    "Lower maxEjectionPercent until one endpoint stays, or set selection.panicThreshold."
#define EJECTS_NONE_TEXTS \
    "Envoy ejects nobody whose ejection would exceed the share: 10 percent of fewer " \
    "than 10 endpoints is less than one.", \
    "Envoy outlier_detection_impl.cc; its always_eject_one_host", \
    "Raise maxEjectionPercent to 100 / endpoints or more, or take another dialect."
#define IDLE_OFTEN_TEXTS \
    "Without calls for idleTimeout resolver, policy and connections are torn down; the " \
    "next call waits for a lookup and a connection, and weights, ejections and turns " \
    "begin from nothing.", \
    "gRPC: channel idleness; karmada issue 6624", \
    "Raise idleTimeout well above the time between calls, or set it to 0s."
#define SUBSETS_LEAVE_TEXTS \
    "All clients together choose fewer endpoints than there are, so that some get no " \
    "call at all; and with random subsets many more than those.", \
    "arithmetic; Site Reliability Engineering, chapter 20", \
    "Raise subsetSize to several times endpoints / clients."
#define NO_SWEEP_TEXTS \
    "Success rates and failure percentages are compared once an interval, the first " \
    "time when one has passed.", \
    "gRFC A50", \
    "Shorten interval, or raise duration."
#define ATTEMPTS_LONG_TEXTS \
    "The timeout covers all attempts: of a server that hangs each of them takes " \
    "perAttemptRecvTimeout, and the last ones that maxAttempts promises never begin.", \
    "arithmetic; Envoy: per try timeout", \
    "Raise the timeout, shorten perAttemptRecvTimeout, or lower maxAttempts."
#define VIEW_AGE_TEXTS \
    "A query that waits is answered after wait and up to a sixteenth more when nothing " \
    "changes. With a shorter maxViewAge every quiet minute is told as an alarm.", \
    "Consul: blocking queries, wait and its jitter", \
    "Raise maxViewAge above wait and a sixteenth of it, shorten wait, or take " \
    "\"onViewAge\": \"read\"."
#define UNBOUNDED_TEXTS \
    "While a server is in trouble every call becomes several, and the load that " \
    "broke it grows.", \
    "gRFC A6, throttling; Site Reliability Engineering, chapter 22", \
    "Add retryThrottling, or a retryBudget."
#define HEDGE_AT_ONCE_TEXTS \
    "With a hedgingDelay of 0 all attempts start at once, whether the first is slow " \
    "or not.", \
    "gRFC A6; Dean and Barroso, The Tail at Scale", \
    "Make hedgingDelay about the 95th percentile of the latency."
#define BOUND_LARGE_TEXTS \
    "Through several layers it lets an outage multiply the load all the same.", \
    "Site Reliability Engineering, chapter 22", \
    "Allow retries for 10 or 20 % of the calls."
#define AMPLIFICATION_TEXTS \
    "When the last service fails, each layer tries again for each attempt of the " \
    "layer before it: attempts to the power of layers.", \
    "Site Reliability Engineering, chapter 22; gRFC A6", \
    "Add retryThrottling or a retryBudget, or retry in one layer alone."
#define LIMIT_LOW_TEXTS \
    "By Little's law rate x latency calls are in flight on average; what is beyond " \
    "the limit fails.", \
    "Little's law; Envoy: circuit breakers", \
    "Raise the limit to several times the average."
#define TIMEOUT_LOW_TEXTS \
    "Every second call or more fails while all is well.", \
    "arithmetic", \
    "Raise the timeout."
#define ATTEMPT_LOW_TEXTS \
    "Attempts are given up while all is well, each is tried again, and the server does " \
    "the work of them all.", \
    "arithmetic; Envoy: per try timeout", \
    "Make perAttemptRecvTimeout longer than the 99th percentile of the latency."
#define HEDGE_EARLY_TEXTS \
    "The second attempt starts before a usual answer can have come: the load is twice " \
    "as high, and the tail no shorter.", \
    "Dean and Barroso, The Tail at Scale: hedge after the 95th percentile", \
    "Make hedgingDelay about the 95th percentile of the latency."
#define RESERVE_LARGE_TEXTS \
    "A budget lets a few retries through however few calls there are. Where the calls " \
    "are no more than that, each of them may be tried again.", \
    "Finagle RetryBudget: minRetriesPerSec; Envoy: min_retry_concurrency", \
    "Lower minRetriesPerSec or minRetryConcurrency, or accept it: few calls do no harm."
#define DETECTION_SLOW_TEXTS \
    "A client finds out by its own calls: it takes consecutiveFailures of them to one " \
    "endpoint. By the time they have failed, the ejection saves fewer than were lost.", \
    "arithmetic", \
    "Lower consecutiveFailures, raise baseEjectionTime, or add healthCheck."
/* clang-format on */

const struct ek_rule ek_rule_all[] = {
#define ROW(name, number, severity, title) {number, EK_SEVERITY_##severity, title, name##_TEXTS},
    EK__RULE_LIST(ROW)
#undef ROW
        {0},
};

const struct ek_rule *ek_rule_find(const struct ek_rule *table, int number)
{
    for (; table->number != 0; table++)
        if (table->number == number)
            return table;
    return NULL;
}
