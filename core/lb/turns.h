/* Places take turns in proportion to integer weights: earliest deadline first, exactly. */
#ifndef EVENKEEL_CORE_LB_TURNS_H
#define EVENKEEL_CORE_LB_TURNS_H

#include "core/lb/edf.h"

/* Virtual time 1, a multiple of 1 .. 16. Deadlines k / weight are rounded down from the exact
 * fraction, so equal ones stay equal, and different ones keep their order while the product of the
 * two weights is at most this, about 2^51. Where weights change midway that holds for divisors of
 * it. */
#define EK__TURNS_UNIT (UINT64_C(720720) << 32)

struct ek__turn {
    uint32_t weight;
    uint32_t rest;   /* of the unit divided by the weight */
    uint32_t carry;  /* what of the rests is not in the deadline yet */
    uint64_t period; /* the unit divided by the weight */
};

struct ek__turns {
    struct ek__edf edf;
    struct ek__turn *turns;
    size_t capacity;
    uint32_t count;
};

/* Makes room for `count` places, each to be given a weight before the start. Allocates nothing if
 * there were as many before. */
EK_MUST_USE enum ek_err ek__turns_reset(struct ek__turns *turns, const struct ek_mem *mem,
                                        uint32_t count);
void ek__turns_deinit(struct ek__turns *turns, const struct ek_mem *mem);

/* `weight` >= 1. Once started it counts from the turn after the place's next one, as Envoy's. */
void ek__turns_weigh(struct ek__turns *turns, uint32_t place, uint32_t weight);

/* Begins as if `skipped` < 2^31 turns had been taken. */
void ek__turns_start(struct ek__turns *turns, uint64_t skipped);

/* What is owed to a place, in millionths of a turn: its share of the turns that were taken, less
 * its own. 1,000,000 for the one whose turn it is. */
int64_t ek__turns_owed(const struct ek__turns *turns, uint32_t place);

static inline uint32_t ek__turns_next(struct ek__turns *turns)
{
    uint32_t place = ek__edf_top(&turns->edf);
    struct ek__turn *turn = &turns->turns[place];
    uint64_t carry = (uint64_t)turn->carry + turn->rest;
    uint64_t is_full = carry >= turn->weight;

    turn->carry = (uint32_t)(carry - (turn->weight & (0 - is_full)));
    ek__edf_again(&turns->edf, turn->period + is_full);
    return place;
}

#endif
