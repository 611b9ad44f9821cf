/* The event set: what happens next, in the order (time, sequence).
 *
 * A winner tree whose leaves are slots. A slot is a timer: it is set, moved or cancelled in
 * log2(slots) steps without a data-dependent branch, and its payload is plain data. The popped
 * slot that is set again pays one path for both. Ties fire in the order they were set. */
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
    uint64_t order; /* sequence << 20 | slot */
};

/* Invariants: tree[i] = min(tree[2 i], tree[2 i + 1]) for 1 <= i < size; tree[size + s] is slot
 * s, all ones when it is not set; `now` never passes a set key. */
struct ek_engine {
    struct ek_engine_key *tree;
    struct ek_sim_event *events; /* by slot */
    uint32_t *free;              /* released slots, last in first out */
    uint32_t size, used, free_count;
    uint32_t popped; /* the slot being handled, or none */
    bool is_settled; /* the popped slot was set or cancelled since */
    uint64_t sequence;
    int64_t now;
    uint64_t count; /* events popped so far */
};

enum {
    EK_ENGINE_SLOT_BITS = 20,
    EK_ENGINE_SLOTS_MAX = 1 << EK_ENGINE_SLOT_BITS
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

/* What the slot is set to; INT64_MAX when it is not. */
static inline int64_t ek_engine_time(const struct ek_engine *engine, uint32_t slot)
{
    uint64_t at = engine->tree[engine->size + slot].at;

    return at > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)at;
}

/* The time of the next event; INT64_MAX when there is none. */
int64_t ek_engine_next(struct ek_engine *engine);

/* Moves `now` to the next event and hands it out. Call only when there is one. */
struct ek_sim_event ek_engine_pop(struct ek_engine *engine);

#endif
