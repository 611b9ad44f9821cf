/* Who has the fewest attempts under way, among all. */
#ifndef EVENKEEL_CORE_LB_FEWEST_H
#define EVENKEEL_CORE_LB_FEWEST_H

#include "evenkeel/lb.h"

#include <stdint.h>

struct ek__fewest {
    int32_t in_flight; /* less 2^31 */
    uint32_t count;    /* of those that have so few */
};

struct ek__fewest ek__fewest(const struct ek_candidate *c, uint32_t count);

/* The index of the one that stands after `skip` others, skip < fewest->count. */
uint32_t ek__fewest_find(const struct ek_candidate *c, uint32_t count,
                         const struct ek__fewest *fewest, uint32_t skip);

#endif
