/* Why: the causal chain behind something in a recording, in one screen of text. */
#ifndef EK_REPORTS_EXPLAIN_H
#define EK_REPORTS_EXPLAIN_H

#include "reports/recording/replay.h"
#include "reports/text/render.h"

#include <stdio.h>

/* Explains `what`: worst, call:N, pick:N, error:STATUS, fault:ID, endpoint:NAME, event:ID, t=41.2s,
 * or the name, metric or text of an expectation. Everything said was recorded, or is said not to
 * be. False when the recording has no such thing: then nothing is written, and `why` says what it
 * has, in one line. Moves the replay. */
bool ek_explain(struct ek_replay *replay, const char *what, const struct ek_render *render,
                FILE *out, char *why, size_t why_size);

/* The same; what is about one call is taken from `traced`, the same run with that call traced. */
bool ek_explain_traced(struct ek_replay *replay, struct ek_replay *traced, const char *what,
                       const struct ek_render *render, FILE *out, char *why, size_t why_size);

/* The call that such an explanation tells the story of: what to trace, so that it can show what its
 * picks chose from, or that there is a story at all: a call of the run that was not kept. 0: there
 * is nothing to trace. */
uint64_t ek_explain_call_of(const struct ek_replay *replay, const char *what);
bool ek_explain_has_call(const struct ek_replay *replay, uint64_t number); /* it was kept */

#endif
