/* Places take turns by periods of any length, from random first deadlines (grpc-node's queue). */
#ifndef EVENKEEL_CORE_LB_PERIODS_H
#define EVENKEEL_CORE_LB_PERIODS_H

#include "core/lb/edf.h"
#include "evenkeel/rng.h"

struct ek__periods {
    struct ek__edf edf;
    uint64_t *periods; /* by place, the longest 2^60 */
    size_t capacity;
};

/* Makes room for `count` places, so that starting needs no memory. */
EK_MUST_USE enum ek_err ek__periods_reset(struct ek__periods *periods, const struct ek_mem *mem,
                                          uint32_t count);
void ek__periods_deinit(struct ek__periods *periods, const struct ek_mem *mem);

/* A weight's period is 1 / weight; an unknown one's, 0, is the mean of the known ones itself, or 1
 * if fewer than two are known. Costs a number of the stream per place. */
void ek__periods_start(struct ek__periods *periods, const double *weights, struct ek_rng *rng);

static inline uint32_t ek__periods_next(struct ek__periods *periods)
{
    uint32_t place = ek__edf_top(&periods->edf);

    ek__edf_again(&periods->edf, periods->periods[place]);
    return place;
}

#endif
