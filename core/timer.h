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

/* Where the deadline of an id is kept. */
struct ek__timer_entry {
    int64_t at_ns;           /* in the line */
    uint64_t order;          /* likewise */
    uint32_t next, previous; /* likewise: 1 + id; 0: nobody */
    uint32_t place; /* in the heap: 1 + its position; 0: not armed; all ones: in the line */
};

/* Deadlines of one length come in their order, so who is not before the last stands in line behind
 * it: armed and cancelled in a few steps. The others are in a heap.
 *
 * Invariants: heap[0..count) is a 4-ary heap by (at, order); the line from `head` to `tail` is
 * sorted by (at, order). */
struct ek__timers {
    struct ek__timer *heap;
    struct ek__timer_entry *entries; /* by id */
    size_t count, capacity, entry_capacity;
    uint64_t order;
    uint32_t head, tail; /* 1 + id; 0: nobody stands in line */
};

void ek__timers_deinit(struct ek__timers *timers, const struct ek_mem *mem);

/* Makes room for ids below `ids`. After it, arming one of them cannot fail. */
bool ek__timers_reserve(struct ek__timers *timers, const struct ek_mem *mem, size_t ids);

/* Sets the deadline of `id`, whatever it was; EK_TIME_NEVER cancels. */
void ek__timers_arm(struct ek__timers *timers, uint32_t id, ek_time at);
void ek__timers_cancel(struct ek__timers *timers, uint32_t id);

static inline bool ek__timers_is_armed(const struct ek__timers *timers, uint32_t id)
{
    return timers->entries[id].place != 0;
}

static inline ek_time ek__timers_next(const struct ek__timers *timers)
{
    int64_t at_ns = timers->count == 0 ? EK_TIME_NEVER.ns : timers->heap[0].at_ns;
    int64_t line_ns =
        timers->head == 0 ? EK_TIME_NEVER.ns : timers->entries[timers->head - 1].at_ns;

    return (ek_time){line_ns < at_ns ? line_ns : at_ns};
}

/* Takes out the earliest if it is due at `now`. */
bool ek__timers_due(struct ek__timers *timers, ek_time now, uint32_t *id);

#endif
