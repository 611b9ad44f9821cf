/* Random draws of distinct candidates. */
#ifndef EVENKEEL_CORE_LB_DRAW_H
#define EVENKEEL_CORE_LB_DRAW_H

#include "evenkeel/rng.h"

#include <stdint.h>

/* One of 0 .. count-1, each equally likely, that is not among the `drawn` ones in `sorted`
 * (ascending); it is added there. drawn < count. Costs one number of the stream.
 *
 * Finagle's way for two, carried on for more: draw among those that are left, then step over the
 * ones already taken. */
static inline uint32_t ek__draw_distinct(struct ek_rng *rng, uint32_t count, uint32_t *sorted,
                                         uint32_t drawn)
{
    uint32_t index = ek_rng_below(rng, count - drawn), place = 0;

    while (place < drawn && sorted[place] <= index) {
        place++;
        index++;
    }
    for (uint32_t i = drawn; i > place; i--)
        sorted[i] = sorted[i - 1];
    sorted[place] = index;
    return index;
}

#endif
