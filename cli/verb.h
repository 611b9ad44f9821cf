/* The verbs of evenkeel, and what they have in common. */
#ifndef EK_CLI_VERB_H
#define EK_CLI_VERB_H

/* Exit codes; documented, never renumbered. */
enum ek_exit {
    EK_EXIT_PASS = 0,
    EK_EXIT_FAIL = 1,     /* an expectation does not hold */
    EK_EXIT_INPUT = 2,    /* usage, or input that does not load; no terminal */
    EK_EXIT_INTERNAL = 3, /* internal error, a recording that cannot be written, or two runs of one
                             seed that differ */
    EK_EXIT_NOTHING = 4,  /* nothing was selected to run */
    EK_EXIT_INTERRUPTED = 130
};

/* X(name, arguments, text): every verb, in the order of the help. */
#define EK_VERB_LIST(X)                                                                  \
    X(run, "SCENARIO", "simulate, check expectations, print a summary")                  \
    X(compare, "SCENARIO", "several policies on identical arrivals, side by side")       \
    X(tui, "SCENARIO or RECORDING", "dashboard: play a run, forwards and backwards")     \
    X(graph, "[KIND] RECORDING", "draw the topology with traffic shares, or the states") \
    X(list, "[WHAT]", "scenarios; or policies, faults, metrics")                         \
    X(check, "FILE...", "validate scenarios without running them")                       \
    X(schema, "", "the JSON Schema of scenario files")                                   \
    X(explain, "KEY", "what a key of a scenario means")                                  \
    X(bench, "", "how fast the simulator is on this machine")

#define EK_VERB_DECLARE(name, arguments, text) int ek_verb_##name(int argc, char **argv);
EK_VERB_LIST(EK_VERB_DECLARE)
#undef EK_VERB_DECLARE

#endif
