/* A recorded run once more, to see what one of its calls chose from. */
#ifndef EK_CLI_TRACE_H
#define EK_CLI_TRACE_H

#include "reports/recording/replay.h"

/* Runs the scenario of `replay` again with call `number` traced, into a file of its own that is
 * gone when this returns. Returns new; NULL and a reason in one line when the run cannot be
 * repeated: what was recorded is another program's run if the fingerprints differ. */
struct ek_replay *ek_trace(const struct ek_replay *replay, uint64_t number, char *why,
                           size_t why_size);

#endif
