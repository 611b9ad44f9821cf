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
    EK_EXIT_UNSURE = 5,   /* inconclusive */
    EK_EXIT_INTERRUPTED = 130
};

/* X(name, arguments, text): every verb, in the order of the help. */
#define EK_VERB_LIST(X)                                                                \
    X(run, "SCENARIO", "simulate, check expectations, print a summary")                \
    X(test, "[PATH]...", "scenarios as a suite: the verb for CI")                      \
    X(compare, "SCENARIO", "several policies on identical arrivals, side by side")     \
    X(tui, "SCENARIO or RECORDING", "dashboard: play a run, forwards and backwards")   \
    X(graph, "[KIND] RECORDING", "pictures: topology, states, causality, propagation") \
    X(report, "RECORDING...", "one page for a browser, without any network")           \
    X(list, "[WHAT]", "scenarios; or policies, faults, metrics, rules")                \
    X(check, "FILE...", "what is wrong with scenarios and service configs")            \
    X(schema, "", "the JSON Schema of scenario files")                                 \
    X(explain, "[RECORDING] WHAT", "why something happened; or what a KEY means")      \
    X(events, "RECORDING [FILTER]", "the event log, as text or JSON lines")            \
    X(diff, "RECORDING RECORDING", "what differs between two runs")                    \
    X(convert, "-t FORMAT RECORDING", "JUnit, Markdown, OpenMetrics, CSV, traces")     \
    X(consul, "[export URL]", "a fake Consul on a socket, for real clients")           \
    X(live, "", "real calls over sockets, through the same core")                      \
    X(validate, "[CASE]", "simulated queues against queueing theory")                  \
    X(bench, "", "how fast the simulator is on this machine")

#define EK_VERB_DECLARE(name, arguments, text) int ek_verb_##name(int argc, char **argv);
EK_VERB_LIST(EK_VERB_DECLARE)
#undef EK_VERB_DECLARE

#endif
