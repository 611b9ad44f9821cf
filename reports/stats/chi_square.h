/* The chi-square distribution: whether counts could have come about by chance. */
#ifndef EK_REPORTS_STATS_CHI_SQUARE_H
#define EK_REPORTS_STATS_CHI_SQUARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* P(X >= x) of the chi-square distribution with `df` >= 1 degrees of freedom, to about 12 digits
 * for df up to a million. 1 for x <= 0. */
double ek_chi_square_upper(double x, uint64_t df);

/* Its median, by Wilson and Hilferty: 3.5 % too large at 1 degree, 0.3 % from 5 on. */
double ek_chi_square_median(uint64_t df);

struct ek_chi_square {
    double x; /* sum of (observed - expected)^2 / expected */
    uint64_t df;
    double p; /* that independent draws give an x as large as this, or larger */
};

/* How well counts fit independent draws with chances in proportion to `weights` (NULL: all equal).
 * Entries of weight 0 stay out. False when fewer than two entries are left, or one is expected less
 * than five times: then the distribution says nothing. */
bool ek_chi_square_fit(const uint64_t *observed, const uint64_t *weights, size_t count,
                       struct ek_chi_square *out);

/* How bunched draws come in time. `counts` has `rows` stretches of time, each with `columns`
 * counts. Each stretch is held against the four before and the four after it with itself: its
 * chi-square over the median of that distribution, corrected for being part of what it is held
 * against. The result is the median over the stretches: about 1 for independent draws, below 1
 * when they are dealt out in turn, above 1 when many go to one column together. A change that
 * stays, as after a failure, moves few stretches and so not the median. Negative when there are
 * fewer than nine stretches that say something, or without memory. */
double ek_chi_square_bunching(const uint64_t *counts, size_t rows, size_t columns);

#endif
