/* How two runs differ, in words: one form for every reader. */
#ifndef EK_REPORTS_RENDER_BETWEEN_H
#define EK_REPORTS_RENDER_BETWEEN_H

#include "reports/stats/between.h"
#include "reports/text/render_text.h"

#define EK__LEVEL 0.95 /* of all intervals that readers print */

/* What a "?" behind an interval means. */
#define EK__DOUBT "?: the parts depend on each other, the truth may lie further off"

/* "errors", "mean", "p99" */
const char *ek__compared_word(enum ek_compared what);

/* "-8.6 +- 0.12 points", "+2.1 +- 0.5 ms", "no difference shown", "too few calls". `mark` is the
 * sign of plus or minus: "±" or "+-". A trailing "?" says that the parts depend on each other. */
struct ek__text ek__between_text(const struct ek_between *between, enum ek_compared what,
                                 const char *mark);

/* "9.09 +- 0.10 %", "179 +- 1 ms"; "" without an estimate. */
struct ek__text ek__estimate_text(const struct ek_estimate *estimate, enum ek_compared what,
                                  const char *mark);

/* What the intervals are made from: "while F1 lasts" or "all along", and the number and length of
 * the parts. Returns `out`. */
const char *ek__between_basis(const struct ek_results *results, char *out, size_t size);

#endif
