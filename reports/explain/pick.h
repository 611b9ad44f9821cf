/* What a traced call's picks chose from. */
#ifndef EK_REPORTS_EXPLAIN_PICK_H
#define EK_REPORTS_EXPLAIN_PICK_H

#include "reports/explain/story.h"

/* A row for each candidate of an attempt, the chosen first, the best scores next; those that the
 * policy was not shown in one line, with why. Nothing for a call that was not traced. */
void ek__tell_candidates(struct ek__story *story, const struct ek_recorded_call *call,
                         uint32_t attempt);

/* "178 ms", "3 requests", "-": a score in its unit. */
struct ek__text ek__score_text(bool has_score, int64_t score, const char *unit);

#endif
