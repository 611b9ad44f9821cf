/* Keeping count of the last numbers. */
#include "core/lb/recent.h"

void ek__recent_add(struct ek__recent *recent, uint32_t value)
{
    uint32_t *oldest = &recent->values[recent->at];

    if (recent->count == EK__RECENT_MAX) {
        recent->below -= *oldest < recent->edge;
        if (*oldest < EK__RECENT_SMALL)
            recent->counts[*oldest]--;
    } else {
        recent->count++;
    }
    recent->below += value < recent->edge;
    if (value < EK__RECENT_SMALL)
        recent->counts[value]++;
    *oldest = value;
    recent->at = (recent->at + 1) % EK__RECENT_MAX;
}

/* By halving the range that it is in. */
static uint32_t large_at_rank(const struct ek__recent *recent, uint32_t rank)
{
    uint32_t low = EK__RECENT_SMALL, high = UINT32_MAX;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2, not_above = 0;

        for (uint32_t i = 0; i < recent->count; i++)
            not_above += recent->values[i] <= middle;
        if (not_above > rank)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

uint32_t ek__recent_at_rank(struct ek__recent *recent, uint32_t rank)
{
    while (recent->edge > 0 && recent->below > rank)
        recent->below -= recent->counts[--recent->edge];
    while (recent->edge < EK__RECENT_SMALL && recent->below + recent->counts[recent->edge] <= rank)
        recent->below += recent->counts[recent->edge++];
    return recent->edge < EK__RECENT_SMALL ? recent->edge : large_at_rank(recent, rank);
}
