/* The last numbers of a sequence, and which of them stands at a rank. */
#ifndef EVENKEEL_CORE_LB_RECENT_H
#define EVENKEEL_CORE_LB_RECENT_H

#include <stdint.h>

enum {
    EK__RECENT_MAX = 128,  /* numbers are kept */
    EK__RECENT_SMALL = 256 /* those below are counted one by one, larger ones are searched for */
};

struct ek__recent {
    uint32_t values[EK__RECENT_MAX]; /* a ring */
    uint32_t count, at;
    uint8_t counts[EK__RECENT_SMALL]; /* how often each small number is there */
    uint32_t edge, below;             /* a small number, and how many are below it */
};

void ek__recent_add(struct ek__recent *recent, uint32_t value);

/* The number that `rank` < count others precede in ascending order. It moves little from time to
 * time, so it is sought from where it was. */
uint32_t ek__recent_at_rank(struct ek__recent *recent, uint32_t rank);

#endif
