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

/* Lays `dot` out and writes it as "svg" or "png" to `out`, or the text itself as "dot". False and a
 * reason in one line on failure. Forks for "svg" and "png": Graphviz is not thread-safe. */
bool ek_graph_write(const char *dot, const char *format, FILE *out, char *why, size_t why_size);

#endif
