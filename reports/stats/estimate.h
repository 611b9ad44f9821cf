/* Estimates from simulation output, with the interval in which the truth probably lies.
 *
 * Values of one run depend on each other: a long wait follows a long wait. So a steady-state mean
 * comes from one long run by batch means: the first tenth is deleted, the rest cut into 20 equal
 * batches, and Student's t is applied to the batches' means. Measured coverage of 95 % intervals
 * of the mean wait in M/M/1, 1,000 runs each: rho 0.5 .950 at 10,000 customers; rho 0.8 .904 at
 * 10,000, .932 at 100,000; rho 0.9 .819 at 10,000, .928 at 100,000, .946 at a million. Short runs
 * under-cover whatever the method: lengthen until ek_estimate_is_precise.
 *
 * What ends by itself (a failover) is another question: run seeds, and use
 * ek_estimate_replications. */
#ifndef EK_REPORTS_STATS_ESTIMATE_H
#define EK_REPORTS_STATS_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EK_BATCHES = 20,      /* of a steady-state estimate */
    EK_DELETED_TENTHS = 1 /* of the run, at its start */
};

struct ek_estimate {
    double mean, half_width; /* the interval is mean +- half_width */
    double std_error;        /* of the mean */
    double level;            /* how sure: 0.95 */
    size_t batches;          /* or replications, or pairs; 0: nothing could be said */
    uint64_t count, deleted; /* observations behind it, and those of the warm-up */
    double lag1;             /* correlation of one batch with the next */
    bool is_correlated;      /* significantly: the batches are too short for the interval */
};

/* The sum over a batch and how many observations it has: their ratio is the batch's mean. */
struct ek_batch {
    double sum, count;
};

/* From `n` >= 2 batches that need not be equally full (batches of equal time). The estimate is the
 * ratio of all sums to all counts; its variance is that of sum - mean * count over the batches. */
struct ek_estimate ek_estimate_batches(const struct ek_batch *batches, size_t n, double level);

/* The steady-state mean of a run's values in order: deletion, EK_BATCHES batches. Fewer than
 * 10 * EK_BATCHES values give no estimate. */
struct ek_estimate ek_estimate_mean(const double *values, size_t n, double level);

/* The same for a quantile, `p` in (0, 1): the mean of the batches' own quantiles. Sorts the values
 * inside each batch. */
struct ek_estimate ek_estimate_quantile(double *values, size_t n, double p, double level);

/* From independent runs, one value each. */
struct ek_estimate ek_estimate_replications(const double *values, size_t n, double level);

/* How much larger `a` is than `b`, from pairs that share their random numbers. With `comparisons`
 * > 1 the level holds for all of them together (Bonferroni). */
struct ek_estimate ek_estimate_difference(const double *a, const double *b, size_t n, double level,
                                          size_t comparisons);

/* The half-width at another level. */
double ek_estimate_half_width(const struct ek_estimate *estimate, double level);

/* Whether `value` lies in the interval of `level`. */
bool ek_estimate_contains(const struct ek_estimate *estimate, double value, double level);

/* Whether the half-width is at most `share` of the mean; from wider intervals claim nothing. */
bool ek_estimate_is_precise(const struct ek_estimate *estimate, double share);

#endif
