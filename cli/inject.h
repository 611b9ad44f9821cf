/* A fault as one types it while looking at a run. */
#ifndef EK_CLI_INJECT_H
#define EK_CLI_INJECT_H

#include "reports/recording/replay.h"

#include <jansson.h>

/* Reads "kill b03", "slow z1 10x for 20s", "error b0* 30% UNAVAILABLE", "partition c0 z2",
 * "delay c* b01 50ms", "registry-empty for 5s" and adds it to the "faults" of `scenario`, from
 * `at_ns` on. A word is an endpoint, a zone, a client or a pattern of these as `replay` has them,
 * "for TIME", a factor, a share, a status, a time, or "name=value" of a fault. False and a reason
 * in one line when it is none of them, or without memory. */
bool ek_inject(json_t *scenario, const struct ek_replay *replay, int64_t at_ns, const char *words,
               char *why, size_t why_size);

#endif
