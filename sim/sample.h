/* Random variates: from 64 uniform bits to a time.
 *
 * One draw gives one value, so two runs that share their draws (two policies on the same calls)
 * differ only in what they do with them. It is the inverse of the distribution, monotone in the
 * draw, but for the exponential, which is wanted most often. Plain IEEE arithmetic and integers:
 * the same bits everywhere. */
#ifndef EK_SIM_SAMPLE_H
#define EK_SIM_SAMPLE_H

#include "sim/scenario/scenario.h"

#include <stdint.h>

/* A distribution made ready for drawing. */
struct ek_sampler {
    int kind; /* enum ek_distribution_kind */
    int64_t constant_ns;
    double location, scale; /* ns, or of the logarithm for lognormal */
    double share;           /* hyperexponential: of the short ones; location and scale are rates */
    const struct ek_percentile *points;
    size_t point_count;
};

/* `distribution` is kept for EMPIRICAL. */
struct ek_sampler ek_sampler_make(const struct ek_distribution *distribution);

/* A time in ns, >= 0, from 64 uniform bits. */
int64_t ek_sampler_draw(const struct ek_sampler *sampler, uint64_t bits);

/* A unit exponential, by the ziggurat: of 256 equal layers the draw names one and a place in it. */
double ek_sample_exponential(uint64_t bits);

#endif
