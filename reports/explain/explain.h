/* Why: the causal chain behind something in a recording, in one screen of text. */
#ifndef EK_REPORTS_EXPLAIN_H
#define EK_REPORTS_EXPLAIN_H

#include "reports/recording/replay.h"
#include "reports/text/render.h"

#include <stdio.h>

/* Explains `what`: worst, call:N, error:STATUS, fault:ID, endpoint:NAME, event:ID, t=41.2s, or the
 * name, metric or text of an expectation. Everything said was recorded, or is said not to be. False
 * when the recording has no such thing: then nothing is written, and `why` says what it has, in one
 * line. Moves the replay. */
bool ek_explain(struct ek_replay *replay, const char *what, const struct ek_render *render,
                FILE *out, char *why, size_t why_size);

#endif
