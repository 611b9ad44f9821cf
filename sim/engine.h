/* The event set: what happens next, in the order (time, sequence).
 *
 * A winner tree whose leaves are slots. A slot is a timer: it is set, moved or cancelled in
 * log4(slots) steps without a data-dependent branch, and its payload is plain data. The popped
 * slot that is set again, or released and acquired again, pays one path for both. Ties fire in the
 * order they were set.
 *
 * What always takes the same time needs no search: such events come in the order in which they were
 * appended, so they wait in a queue. The firsts of the queues, of which there are few, are compared
 * with the tree's. */
#ifndef EK_SIM_ENGINE_H
#define EK_SIM_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an event is, to whoever handles it. */
struct ek_sim_event {
    uint32_t kind;
    uint32_t subject;
};

struct ek_engine_key {
    uint64_t at;    /* ns */
    uint64_t order; /* sequence << 20 | slot, or that of a queue */
};

struct ek_engine_item {
    struct ek_engine_key key;
    struct ek_sim_event event;
};

struct ek_engine_queue {
    struct ek_engine_item *items;   /* a ring; `capacity` is a power of two */
    uint32_t first, last, capacity; /* `last`: behind the last, an item that is not set */
    int64_t last_at;
};

enum {
    EK_ENGINE_SLOT_BITS = 20,
    EK_ENGINE_SLOTS_MAX = (1 << EK_ENGINE_SLOT_BITS) - 16,
    EK_ENGINE_QUEUES_MAX = 8 /* each costs every event a comparison; they have the last slots */
};

/* Invariants: tree[i] = min of tree[4 i] .. tree[4 i + 3] for each inner node; tree[size + s] is
 * slot s, all ones when it is not set; `now` never passes a set key. */
struct ek_engine {
    struct ek_engine_key *tree;
    struct ek_sim_event *events; /* by slot */
    uint32_t *free;              /* released slots, last in first out */
    struct ek_engine_queue queues[EK_ENGINE_QUEUES_MAX];
    uint32_t size, used, free_count, queue_count;
    uint32_t popped; /* the slot being handled, if it is not a queue's ... */
    uint32_t popped_queue;
    bool is_open;  /* ... which still holds its past key: nobody has set or cancelled it since */
    bool was_late; /* an event was set before now, or before the last of its queue: a bug of whoever
                      set it, after which nothing can be believed */
    struct ek_engine_key first; /* what ek_engine_next found */
    uint64_t sequence;
    int64_t now;
    uint64_t count; /* events popped so far */
};

#define EK_ENGINE_NO_SLOT UINT32_MAX

void ek_engine_deinit(struct ek_engine *engine);

/* Reserves a slot for `event`, not set. EK_ENGINE_NO_SLOT without memory or past the limit. */
uint32_t ek_engine_acquire(struct ek_engine *engine, struct ek_sim_event event);

/* Cancels and gives back. */
void ek_engine_release(struct ek_engine *engine, uint32_t slot);

/* Sets the slot's time, whatever it was; `at` >= now. */
void ek_engine_set(struct ek_engine *engine, uint32_t slot, int64_t at);
void ek_engine_cancel(struct ek_engine *engine, uint32_t slot);

/* Makes a queue and returns its number; EK_ENGINE_NO_SLOT without memory or past the limit. */
uint32_t ek_engine_queue(struct ek_engine *engine);

/* Adds an event that cannot be cancelled; `at` is not before now, nor before that of the queue's
 * last event. False without memory. */
bool ek_engine_append(struct ek_engine *engine, uint32_t queue, int64_t at,
                      struct ek_sim_event event);

/* What the slot is set to; INT64_MAX when it is not. */
static inline int64_t ek_engine_time(const struct ek_engine *engine, uint32_t slot)
{
    uint64_t at = engine->tree[engine->size + slot].at;

    return at > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)at;
}

/* The time of the next event; INT64_MAX when there is none. */
int64_t ek_engine_next(struct ek_engine *engine);

/* Moves `now` to the event that ek_engine_next has found, and hands it out. Nothing may have been
 * set or cancelled in between. */
struct ek_sim_event ek_engine_pop(struct ek_engine *engine);

/* What comes `steps` after the popped event in its queue: so one can fetch what it concerns from
 * memory in good time. False when the queue is not that long, or it was not in one. */
static inline bool ek_engine_peek(const struct ek_engine *engine, uint32_t steps,
                                  struct ek_sim_event *out)
{
    const struct ek_engine_queue *queue;

    if (engine->popped_queue >= EK_ENGINE_QUEUES_MAX)
        return false;
    queue = &engine->queues[engine->popped_queue];
    if (((queue->last - queue->first) & (queue->capacity - 1)) < steps)
        return false;
    *out = queue->items[(queue->first + steps - 1) & (queue->capacity - 1)].event;
    return true;
}

#endif
