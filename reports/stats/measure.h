/* Estimates of a run's metrics: the recorder measures them in windows, which are the batches. */
#ifndef EK_REPORTS_STATS_MEASURE_H
#define EK_REPORTS_STATS_MEASURE_H

#include "reports/recording/results.h"
#include "reports/stats/estimate.h"

/* Fills `out` with EK_BATCHES claims of `metric` that always hold, in equal windows from the end
 * of the warm-up (a tenth) to `duration_ns`. To be added to a run's expectations, and released by
 * ek_measure_release. False without memory or for a metric that nobody knows; then `out` is
 * untouched. */
bool ek_measure_windows(const char *metric, int64_t duration_ns, struct ek_expectation *out);
void ek_measure_release(struct ek_expectation *windows);

/* From what became of those claims, EK_BATCHES from `judged` on: in ns, or as a share of 1, or as
 * the metric counts. Means and shares are weighted by their samples; quantiles are not. */
struct ek_estimate ek_measure_estimate(const struct ek_judged *judged, double level);

/* The limit of many endpoints, from estimates at n and at 2 n of them: twice the larger less the
 * smaller, which cancels what falls as 1 / n. Of independent runs. */
struct ek_estimate ek_measure_limit(const struct ek_estimate *at_n,
                                    const struct ek_estimate *at_2n);

#endif
