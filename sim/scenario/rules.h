/* The rules that findings about scenarios refer to. */
#ifndef EK_SIM_SCENARIO_RULES_H
#define EK_SIM_SCENARIO_RULES_H

/* X(NAME, number, SEVERITY, title): EK3xx the logic of a scenario, EK4xx statistics. A number is
 * never used again. What to know of each stands in rules.c. */
/* clang-format off */
#define EK__SCENARIO_RULE_LIST(X) \
    X(HITS_NOBODY, 301, ERROR, "a fault hits nobody") \
    X(AFTER_END, 302, ERROR, "a fault begins after the run has ended") \
    X(FAULT_MEMBERS, 303, ERROR, "the members of a fault do not make one") \
    X(NAMES, 304, ERROR, "a name is used twice, or cannot be one") \
    X(NO_SUCH, 305, ERROR, "something is named that the scenario does not have") \
    X(VALUES, 306, ERROR, "a distribution, a rate or a time makes no sense") \
    X(EXPECTATION, 307, ERROR, "an expectation cannot be judged") \
    X(OUTLASTS, 310, WARNING, "a fault lasts longer than the run") \
    X(HEARTBEAT, 311, WARNING, "one lost heartbeat takes an endpoint off the list") \
    X(DRAIN_SHORT, 312, WARNING, "a process stops before its clients can know") \
    X(HOLD_SHORT, 313, WARNING, "an empty list is believed before its cause can be over") \
    X(FEW_SAMPLES, 401, WARNING, "too few calls for the percentile that is asked for")
/* clang-format on */

enum ek__scenario_rule {
    EK__RULE_SYNTAX = 1, /* these are the core's */
    EK__RULE_SHAPE = 3,
#define EK__RULE_NAME(name, number, severity, title) EK__RULE_##name = number,
    EK__SCENARIO_RULE_LIST(EK__RULE_NAME)
#undef EK__RULE_NAME
};

#endif
