/* Finding a candidate again by its place at the last rebuild. */
#ifndef EVENKEEL_CORE_LB_PLACE_H
#define EVENKEEL_CORE_LB_PLACE_H

#include "evenkeel/lb.h"

#include <stdint.h>

/* No such candidate. */
#define EK__GONE UINT32_MAX

/* The index in `c`, all of the `built` candidates or a part of them in the same order, of the one
 * that stood at `place`; EK__GONE if it is not among them. At most `built - count` candidates are
 * missing, so the index is at most so far below the place. */
static inline uint32_t ek__place_find(const struct ek_candidate *c, uint32_t count, uint32_t built,
                                      uint32_t place)
{
    if (count == built)
        return place;
    uint32_t missing = built - count;
    uint32_t low = place > missing ? place - missing : 0, high = place < count ? place + 1 : count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (c[middle].place < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && c[low].place == place ? low : EK__GONE;
}

static inline struct ek_pick ek__pick_endpoint(uint32_t index)
{
    return (struct ek_pick){.kind = EK_PICK_ENDPOINT, .index = index};
}

#endif
