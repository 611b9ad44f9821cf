/* Earliest deadline first: slots take turns by virtual deadlines, equal ones in the order in which
 * they were set.
 *
 * A loser tree: the winner is on top, and giving it another deadline is one walk from its leaf to
 * the root that compares one stored loser per level. */
#ifndef EVENKEEL_CORE_LB_EDF_H
#define EVENKEEL_CORE_LB_EDF_H

#include "evenkeel/err.h"
#include "evenkeel/mem.h"

#include <stdint.h>

enum {
    EK__EDF_SLOT_BITS = 20 /* a key carries the slot in its lowest bits */
};

/* Longest period; deadlines start again from 0 before they overflow. */
#define EK__EDF_PERIOD_MAX (UINT64_C(1) << 61)

/* `order` grows by one with each deadline set; after 2^44 of them, years of picks, equal deadlines
 * meet in another order for one round. */
struct ek__edf_key {
    uint64_t deadline, order;
};

struct ek__edf {
    struct ek__edf_key winner;
    struct ek__edf_key *nodes; /* [1, count): losers; [count, 2 count): as set before the play */
    uint64_t orders;
    size_t capacity;
    uint32_t count;
};

/* Makes room for slots 0 .. count-1, all to be set. EK_ELIMIT above 2^EK__EDF_SLOT_BITS. */
EK_MUST_USE enum ek_err ek__edf_reset(struct ek__edf *edf, const struct ek_mem *mem,
                                      uint32_t count);
void ek__edf_deinit(struct ek__edf *edf, const struct ek_mem *mem);

/* Sets a slot's first deadline, at most EK__EDF_PERIOD_MAX. All must be set before the play. */
void ek__edf_set(struct ek__edf *edf, uint32_t slot, uint64_t deadline);

/* Finds the first winner. */
void ek__edf_play(struct ek__edf *edf);

/* A slot's deadline; a walk from its leaf to the root. */
uint64_t ek__edf_deadline(const struct ek__edf *edf, uint32_t slot);

/* Moves every deadline toward 0, without changing their differences. */
void ek__edf_rebase(struct ek__edf *edf);

static inline uint32_t ek__edf_top(const struct ek__edf *edf)
{
    return (uint32_t)edf->winner.order & ((UINT32_C(1) << EK__EDF_SLOT_BITS) - 1);
}

/* Leaves the lesser of the two in `key` and the other in `loser`, without a jump: which one it is
 * is a coin toss, and a mispredicted jump costs more than a whole walk. Compilers make a mask of
 * the plain form, which takes nearly twice as long. */
static inline void ek__edf_meet(struct ek__edf_key *loser, struct ek__edf_key *key)
{
#if defined(__x86_64__) && defined(__GNUC__)
    uint64_t deadline = loser->deadline, order = loser->order, scratch = deadline;
    struct ek__edf_key greater = *key;

    __asm__("cmpq %[key_order], %[order]\n\t"
            "sbbq %[key_deadline], %[scratch]\n\t"
            "cmovbq %[deadline], %[key_deadline]\n\t"
            "cmovbq %[order], %[key_order]\n\t"
            "cmovaeq %[deadline], %[greater_deadline]\n\t"
            "cmovaeq %[order], %[greater_order]"
            : [scratch] "+&r"(scratch), [key_deadline] "+&r"(key->deadline),
              [key_order] "+&r"(key->order), [greater_deadline] "+&r"(greater.deadline),
              [greater_order] "+&r"(greater.order)
            : [deadline] "r"(deadline), [order] "r"(order)
            : "cc");
    *loser = greater;
#else
    uint64_t mask =
        0 - (uint64_t)((loser->deadline < key->deadline) |
                       ((loser->deadline == key->deadline) & (loser->order < key->order)));
    uint64_t deadline = (loser->deadline ^ key->deadline) & mask;
    uint64_t order = (loser->order ^ key->order) & mask;

    loser->deadline ^= deadline;
    loser->order ^= order;
    key->deadline ^= deadline;
    key->order ^= order;
#endif
}

/* Gives the winner another deadline, `period` <= EK__EDF_PERIOD_MAX after its last one. */
static inline void ek__edf_again(struct ek__edf *edf, uint64_t period)
{
    struct ek__edf_key key = edf->winner, *nodes = edf->nodes;
    uint32_t slot = ek__edf_top(edf);

    key.deadline += period;
    key.order = edf->orders++ << EK__EDF_SLOT_BITS | slot;
    for (uint32_t node = (slot + edf->count) / 2; node > 0; node /= 2)
        ek__edf_meet(&nodes[node], &key);
    edf->winner = key;
    if (key.deadline > EK__EDF_PERIOD_MAX)
        ek__edf_rebase(edf);
}

#endif
