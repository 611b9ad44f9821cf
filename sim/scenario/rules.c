/* The table of rules about scenarios, with what to know of each. */
#include "sim/scenario/rules.h"

#include "sim/scenario/examine.h"

/* Of each rule: why it matters, where that is known from, what to do. */
/* clang-format off */
#define HITS_NOBODY_TEXTS \
    "The run would be one without the fault, and its expectations would hold for no reason.", \
    "the names, zones and resolvers of the scenario itself", \
    "Take the suggested name, or a pattern such as \"b*\"."
#define AFTER_END_TEXTS \
    "It would never begin.", \
    "arithmetic", \
    "Let it begin earlier, or raise duration."
#define FAULT_MEMBERS_TEXTS \
    "Each kind of fault takes members of its own; `evenkeel explain KIND` lists them.", \
    "the table of faults", \
    "Remove the member, add the one that is missing, or take another kind."
#define NAMES_TEXTS \
    "Faults, expectations and reports say whom they mean by name.", \
    "the names of the scenario itself", \
    "Give each a name of its own; %d in a group's name is the number of its member."
#define NO_SUCH_TEXTS \
    "It would have to be guessed what was meant.", \
    "the names of the scenario itself", \
    "Take the suggested name; `evenkeel list` has the policies and metrics."
#define VALUES_TEXTS \
    "No process has such times.", \
    "the definition of the distribution", \
    "Correct the values as the complaint says."
#define EXPECTATION_TEXTS \
    "It would hold or fail whatever happens.", \
    "the table of metrics", \
    "Give min, max or equals, in the metric's unit; `evenkeel explain METRIC` tells it."
#define OUTLASTS_TEXTS \
    "The recovery is not seen, and there is no phase \"after\".", \
    "arithmetic", \
    "Shorten the fault, or raise duration; leave \"for\" out if it is to last to the end."
#define HEARTBEAT_TEXTS \
    "With less than two heartbeats in a ttl a single one that is late or lost turns the check " \
    "critical, and an endpoint that works loses its calls.", \
    "Consul: TTL checks; the default here is a third of the ttl", \
    "Make heartbeat at most half of the ttl."
#define DRAIN_SHORT_TEXTS \
    "An endpoint that leaves is called until its clients have heard of it: the way from the " \
    "registry, the time between two polls or the life of a cached answer, and the grace that a " \
    "client gives. What stops earlier fails those calls.", \
    "arithmetic; grpc-go issue 4650", \
    "Make drain longer than that, or shorten pollInterval, grace or the ttl of the cache."
#define HOLD_SHORT_TEXTS \
    "What empties a list by mistake, a registry that starts anew or a mass of checks that turned " \
    "critical, is over when the next heartbeats are in. A client that gives up before then drops " \
    "every connection for nothing.", \
    "Consul: TTL checks; grpc-go issue 3252", \
    "Make holdTime longer than the ttl, or take \"empty\": \"keep\"."
#define FEW_SAMPLES_TEXTS \
    "With fewer than ten calls beyond it a percentile is the luck of some of them: its interval " \
    "is wider than the limit is worth.", \
    "order statistics: the number of calls beyond the percentile is binomial", \
    "Raise the rate or the duration, or ask for a lower percentile."
/* clang-format on */

const struct ek_rule ek_scenario_rules[] = {
#define ROW(name, number, severity, title) {number, EK_SEVERITY_##severity, title, name##_TEXTS},
    EK__SCENARIO_RULE_LIST(ROW)
#undef ROW
        {0},
};
