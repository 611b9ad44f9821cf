/* Pictures of a recording, laid out by Graphviz. */
#ifndef EK_REPORTS_GRAPH_H
#define EK_REPORTS_GRAPH_H

#include "reports/recording/replay.h"

#include <stdio.h>

/* DOT text of the topology: the clients and their endpoints by zone, with the share of the attempts
 * that each endpoint got and how it stood at the end of the phase. One picture a phase, all with
 * the same layout. `phases` are names; NULL: before, the first fault, after. A phase that the run
 * does not have is left out. Moves the replay. Returns new, freed with free(); NULL when no phase
 * is left or without memory. */
char *ek_graph_topology(struct ek_replay *replay, const char *const *phases, size_t phase_count);

/* DOT text of the connectivity state machine with how often each edge was taken, over all
 * subchannels. Returns new, freed with free(); NULL without memory. */
char *ek_graph_states(const struct ek_replay *replay);

/* The language of a graph's text. */
enum ek_graph_language {
    EK_GRAPH_DOT,
    EK_GRAPH_MERMAID
};

/* What a fault led to, along recorded causes, with the time each step took; equal effects are
 * merged. `fault` is its id; NULL: the first. Returns new, freed with free(); NULL when there is no
 * such fault, its beginning was not kept, or without memory. */
char *ek_graph_causality(const struct ek_replay *replay, const char *fault,
                         enum ek_graph_language language);

/* How changes of the registry reached the clients: change, wake, list, with the time each took.
 * Changes that follow from `fault` (its id), or NULL: from any fault, or without one the first
 * ones after the clients had a list. Returns new, freed with free(); NULL when there is no such
 * change, or without memory. */
char *ek_graph_propagation(const struct ek_replay *replay, const char *fault,
                           enum ek_graph_language language);

/* How clients thought of their endpoints: in service, ejected, unhealthy, not listed; how often
 * each changed into which, and how long they stayed. Returns new, freed with free(); NULL when
 * nothing changed, or without memory. */
char *ek_graph_health(const struct ek_replay *replay, enum ek_graph_language language);

/* How many attempts the calls of each phase became: first, second, third ... Returns new, freed
 * with free(); NULL when no call had more than one, or without memory. */
char *ek_graph_retries(const struct ek_replay *replay, enum ek_graph_language language);

/* What the picks of a traced call chose from, and what they chose. Returns new, freed with free();
 * NULL when the recording has no candidates of that call, or without memory. */
char *ek_graph_pick(const struct ek_replay *replay, uint64_t call, enum ek_graph_language language);

/* The same pictures as ek_graph_states and ek_graph_topology in Mermaid. */
char *ek_graph_states_mermaid(const struct ek_replay *replay);
char *ek_graph_topology_mermaid(struct ek_replay *replay);

/* Lays `dot` out and writes it as "svg", "png" or "pdf" to `out`, or the text itself as "dot" or
 * "mermaid". False and a reason in one line on failure. Forks for pictures: Graphviz is not
 * thread-safe. */
bool ek_graph_write(const char *dot, const char *format, FILE *out, char *why, size_t why_size);

#endif
