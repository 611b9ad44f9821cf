/* Deadlines by id: the earliest is known, any can be moved or cancelled. */
#ifndef EK_CORE_TIMER_H
#define EK_CORE_TIMER_H

#include "evenkeel/mem.h"
#include "evenkeel/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ek__timer {
    int64_t at_ns;
    uint64_t order; /* ties are first in, first out */
    uint32_t id;
};

/* Invariants: heap[0..count) is a 4-ary heap by (at, order); place[id] is 1 + the position of id's
 * entry, 0 when it has none. */
struct ek__timers {
    struct ek__timer *heap;
    uint32_t *place;
    size_t count, capacity, place_capacity;
    uint64_t order;
};

void ek__timers_deinit(struct ek__timers *timers, const struct ek_mem *mem);

/* Makes room for ids below `ids`. After it, arming one of them cannot fail. */
bool ek__timers_reserve(struct ek__timers *timers, const struct ek_mem *mem, size_t ids);

/* Sets the deadline of `id`, whatever it was; EK_TIME_NEVER cancels. */
void ek__timers_arm(struct ek__timers *timers, uint32_t id, ek_time at);
void ek__timers_cancel(struct ek__timers *timers, uint32_t id);

static inline ek_time ek__timers_next(const struct ek__timers *timers)
{
    return timers->count == 0 ? EK_TIME_NEVER : (ek_time){timers->heap[0].at_ns};
}

/* Takes out the earliest if it is due at `now`. */
bool ek__timers_due(struct ek__timers *timers, ek_time now, uint32_t *id);

#endif
