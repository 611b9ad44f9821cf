/* Two runs against each other: by how much they differ, and whether that is more than chance.
 *
 * Every reader that compares runs asks here. A run keeps its calls in 20 parts of equal time, after
 * the first tenth is left out: while its first fault lasts, or all along when nothing breaks. These
 * are the batches of reports/stats/estimate.h, where the measured coverage of such intervals is. Of
 * one scenario with one seed both runs met the same calls, so their parts are compared in pairs,
 * which takes out what they share. */
#ifndef EK_REPORTS_STATS_BETWEEN_H
#define EK_REPORTS_STATS_BETWEEN_H

#include "reports/recording/results.h"
#include "reports/stats/estimate.h"

enum ek_compared {
    EK_COMPARED_ERRORS, /* failed calls, as a share of 1 */
    EK_COMPARED_MEAN,   /* latency, ns: the mean of the parts */
    EK_COMPARED_P99,    /* latency, ns: the mean of the parts' own quantiles */
    EK_COMPARED_COUNT
};

struct ek_between {
    struct ek_estimate base, other, difference; /* other - base */
    bool is_known;                              /* there were enough calls to say anything */
    bool is_paired;
    bool is_shown;      /* the interval of the difference leaves out 0 */
    bool is_correlated; /* the parts depend on each other: the interval is too narrow */
};

/* Of one run alone. Without enough calls `batches` is 0. */
struct ek_estimate ek_run_estimate(const struct ek_results *results, enum ek_compared what,
                                   double level);

/* `comparisons`: how many are made together; the level holds for all of them. */
struct ek_between ek_run_between(const struct ek_results *base, const struct ek_results *other,
                                 enum ek_compared what, double level, size_t comparisons);

#endif
