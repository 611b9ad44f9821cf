/* The rules that findings about service configs refer to. */
#ifndef EVENKEEL_CORE_LINT_RULES_H
#define EVENKEEL_CORE_LINT_RULES_H

/* X(NAME, number, SEVERITY, title): EK0xx shape, EK1xx contradictions, EK2xx amplification and
 * load. A number is never used again. What to know of each stands in lint_rules.c. */
/* clang-format off */
#define EK__RULE_LIST(X) \
    X(SYNTAX, 1, ERROR, "the text is not JSON") \
    X(UNKNOWN_KEY, 2, ERROR, "an object has a member of a name that means nothing there") \
    X(FORM, 3, ERROR, "a value has the wrong type or is written in the wrong way") \
    X(LIMITS, 4, ERROR, "a value is outside its limits") \
    X(MISSING, 5, ERROR, "a required member is missing") \
    X(UNKNOWN_WORD, 6, ERROR, "a word is none of those that are possible here") \
    X(UNKNOWN_POLICY, 7, ERROR, "no policy of the list is known") \
    X(UNSUPPORTED, 8, ERROR, "gRPC knows this, and it is not supported here") \
    X(CONFLICT, 9, ERROR, "values do not fit together") \
    X(MEMORY, 10, ERROR, "there is not enough memory") \
    X(EJECTION_TIMES, 101, WARNING, "the first ejection is longer than the longest one") \
    X(DRY_RUN, 102, WARNING, "what is found is never ejected: its enforcement is 0") \
    X(NEVER_EJECTS, 103, WARNING, "nothing may ever be ejected") \
    X(RATE_FLEET, 104, WARNING, "success-rate ejection cannot fire in a fleet of this size") \
    X(RATE_VOLUME, 105, WARNING, "success-rate ejection never sees enough calls") \
    X(PERCENT_FLEET, 106, WARNING, "failure-percentage ejection cannot fire in a fleet of this size") \
    X(PERCENT_VOLUME, 107, WARNING, "failure-percentage ejection never sees enough calls") \
    X(FIRST_OUTLIER, 108, WARNING, "pick_first does not look at outliers") \
    X(FIRST_HEALTH, 109, WARNING, "pick_first does not look at health checks") \
    X(UNWEIGHTED, 110, WARNING, "the weights that slow start makes are not looked at") \
    X(BLACKOUT, 111, WARNING, "weights expire before they are used") \
    X(UPDATE_PERIOD, 112, WARNING, "weights expire between two updates") \
    X(NO_REPORTS, 113, WARNING, "the policy needs load reports, and no endpoint sends any") \
    X(PROBE_TIMEOUT, 114, WARNING, "a probe may take longer than the time between two") \
    X(PROBE_ROUND_TRIP, 115, WARNING, "no probe can be answered in time") \
    X(NO_CHECK, 116, WARNING, "ejections are to end with a passed health check, and there are none") \
    X(PANIC, 117, WARNING, "more may be ejected than the panic threshold leaves") \
    X(RING_SMALL, 119, WARNING, "the ring is too small for this fleet") \
    X(RING_CAPPED, 120, WARNING, "the ring is smaller than it is asked to be") \
    X(MAGLEV_SMALL, 121, WARNING, "the table is too small for this fleet") \
    X(SUBSET_ONE, 122, WARNING, "a subset of one endpoint has nobody to fail over to") \
    X(SUBSET_WHOLE, 123, WARNING, "the subset is the whole fleet") \
    X(CHOICES, 124, WARNING, "every endpoint is compared for each call") \
    X(HEDGE_FATAL, 125, WARNING, "any error of one attempt ends all of a hedged call") \
    X(HEDGE_LATE, 127, WARNING, "the second attempt would begin after the call has ended") \
    X(RETRY_LATE, 128, WARNING, "retries would begin after the call has ended") \
    X(ATTEMPT_TIMEOUT, 129, WARNING, "an attempt may take as long as the call") \
    X(UNSAFE_CODES, 131, WARNING, "calls are tried again that may have been done") \
    X(FINAL_CODES, 132, WARNING, "calls are tried again that will fail again") \
    X(BACKOFF_ORDER, 133, WARNING, "the first backoff is longer than the longest one") \
    X(BACKOFF_SHRINKS, 134, WARNING, "backoffs become shorter with each retry") \
    X(ATTEMPTS_CAPPED, 135, WARNING, "more than 5 attempts are taken as 5") \
    X(CANARY_ALONE, 136, WARNING, "calls of the canary fail if it has no endpoint") \
    X(PRIORITY_TIGHT, 138, WARNING, "each unhealthy endpoint sends calls to the next priority") \
    X(ZONE_SMALL, 139, WARNING, "the fleet is too small for zone-aware routing") \
    X(LOCALITY_ZERO, 140, WARNING, "all localities have the weight 0") \
    X(PANIC_ALWAYS, 141, WARNING, "one unhealthy endpoint is enough for panic") \
    X(SLOW_START_ZERO, 143, WARNING, "a new endpoint begins with no calls at all") \
    X(LIMIT_ZERO, 145, WARNING, "a limit of 0 fails calls that need not fail") \
    X(RETRIES_ZERO, 146, WARNING, "retries are asked for and forbidden") \
    X(WAITS_FOREVER, 147, WARNING, "calls may wait for ever") \
    X(NO_RECONNECT, 149, WARNING, "a lost connection stays lost") \
    X(NO_JITTER, 150, WARNING, "all clients connect again at the same moments") \
    X(THROTTLES_HEALTHY, 153, WARNING, "calls are rejected while all is well") \
    X(NOTHING_TO_RETRY, 154, WARNING, "retries are bounded and there are none") \
    X(FEW_TOKENS, 156, WARNING, "no retry can ever happen") \
    X(MESSAGE_SIZE, 157, WARNING, "the size of messages is not looked at") \
    X(TWO_POLICIES, 158, WARNING, "loadBalancingPolicy does not count beside loadBalancingConfig") \
    X(EMPTY_TRUSTED, 160, WARNING, "an empty list of a registry takes every endpoint away") \
    X(EJECTS_ALL, 161, WARNING, "every endpoint may be ejected, and nothing calls them then") \
    X(EJECTS_NONE, 162, WARNING, "the share that may be ejected is less than one endpoint") \
    X(IDLE_OFTEN, 163, WARNING, "the channel goes to sleep between two calls") \
    X(SUBSETS_LEAVE, 164, WARNING, "the subsets of all clients leave endpoints without calls") \
    X(NO_SWEEP, 165, WARNING, "the run ends before endpoints are compared") \
    X(ATTEMPTS_LONG, 166, WARNING, "attempts that time out leave no time for the last ones") \
    X(VIEW_AGE, 167, WARNING, "a list counts as old while its registry has nothing to say") \
    X(UNBOUNDED, 201, WARNING, "nothing bounds the retries of a channel") \
    X(HEDGE_AT_ONCE, 202, WARNING, "every call is made several times") \
    X(BOUND_LARGE, 203, WARNING, "the bound on retries hardly bounds them") \
    X(AMPLIFICATION, 204, WARNING, "retries of several layers multiply") \
    X(LIMIT_LOW, 209, WARNING, "a limit is below the usual load") \
    X(TIMEOUT_LOW, 210, WARNING, "a usual call takes longer than its timeout") \
    X(ATTEMPT_LOW, 211, WARNING, "a usual attempt takes longer than its timeout") \
    X(HEDGE_EARLY, 212, WARNING, "usual calls are hedged") \
    X(RESERVE_LARGE, 213, WARNING, "the least that a retry budget allows is no bound") \
    X(DETECTION_SLOW, 214, WARNING, "failures in a row take longer to come than the ejection lasts")
/* clang-format on */

enum ek__rule {
#define EK__RULE_NAME(name, number, severity, title) EK__RULE_##name = number,
    EK__RULE_LIST(EK__RULE_NAME)
#undef EK__RULE_NAME
};

#endif
