/* Student's t distribution: how far a mean of few values may be off. */
#ifndef EK_REPORTS_STATS_STUDENT_H
#define EK_REPORTS_STATS_STUDENT_H

#include <stdint.h>

/* The t with P(T <= t) = `p` for `df` degrees of freedom, to about 12 digits; 0 < p < 1, df >= 1.
 * Above a million degrees it is the normal quantile to 6 digits. */
double ek_student_quantile(double p, uint64_t df);

/* P(T <= t). */
double ek_student_cdf(double t, uint64_t df);

#endif
