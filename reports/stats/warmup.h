/* Where a run's start-up ends. */
#ifndef EK_REPORTS_STATS_WARMUP_H
#define EK_REPORTS_STATS_WARMUP_H

#include <stddef.h>

/* How many of the first values MSER-5 would delete: a multiple of 5, at most half of them. To show
 * a warm-up, not to cut it: on autocorrelated waits it likes to cut at a low (bias -6 % of the
 * mean wait at rho 0.9 and 10,000 customers), so estimates delete a tenth instead.
 * Source: White 1997; means of five, then the d that minimises s^2(d) / (n - d). */
size_t ek_warmup_mser5(const double *values, size_t n);

#endif
