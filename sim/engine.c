#include "sim/engine.h"

#include "sim/lines.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOT_MASK = (1 << EK_ENGINE_SLOT_BITS) - 1,
    FIRST_QUEUE = EK_ENGINE_SLOTS_MAX, /* the slot in the key of a queue's event */
    FAR = 1 << 16                      /* slots: their tree is larger than most caches of a core */
};

static const struct ek_engine_key nothing = {UINT64_MAX, UINT64_MAX};

/* An operand of an instruction; clang would put into memory even what it has in a register. */
#ifdef __clang__
#define ANYWHERE "r"
#else
#define ANYWHERE "rm"
#endif

/* The smaller of two keys, without a branch: everything here rests on it, and compilers like to
 * turn the plain form into a jump that is mispredicted every second time. */
static inline struct ek_engine_key key_min(struct ek_engine_key a, const struct ek_engine_key *b)
{
#if defined(__x86_64__) && defined(__GNUC__)
    uint64_t scratch = b->at;

    __asm__("cmpq %[a_order], %[b_order]\n\t"
            "sbbq %[a_at], %[scratch]\n\t"
            "cmovbq %[b_at], %[a_at]\n\t"
            "cmovbq %[b_order], %[a_order]"
            : [scratch] "+&r"(scratch), [a_at] "+&r"(a.at), [a_order] "+&r"(a.order)
            : [b_at] ANYWHERE(b->at), [b_order] ANYWHERE(b->order)
            : "cc");
    return a;
#else
    uint64_t take_b = 0 - (uint64_t)((b->at < a.at) | ((b->at == a.at) & (b->order < a.order)));

    return (struct ek_engine_key){(b->at & take_b) | (a.at & ~take_b),
                                  (b->order & take_b) | (a.order & ~take_b)};
#endif
}

void ek_engine_deinit(struct ek_engine *engine)
{
    for (uint32_t i = 0; i < EK_ENGINE_QUEUES_MAX; i++)
        free(engine->queues[i].items);
    free(engine->tree);
    free(engine->events);
    free(engine->free);
    *engine = (struct ek_engine){0};
}

/* ---- slots ---- */

/* Four times the slots. Leaves keep their slot; inner nodes are worked out anew. */
static bool grow(struct ek_engine *engine)
{
    uint32_t old = engine->size, size = old == 0 ? 4 : 4 * old;
    struct ek_engine_key *tree;
    struct ek_sim_event *events;
    uint32_t *free_slots;

    tree = ek__lines_alloc(2 * (size_t)size * sizeof *tree);
    events = ek__lines_alloc(size * sizeof *events);
    free_slots = realloc(engine->free, size * sizeof *free_slots);
    if (free_slots != NULL)
        engine->free = free_slots;
    if (tree == NULL || events == NULL || free_slots == NULL) {
        free(tree);
        free(events);
        return false;
    }
    if (old > 0) {
        memcpy(tree + size, engine->tree + old, old * sizeof *tree);
        memcpy(events, engine->events, old * sizeof *events);
    }
    for (uint32_t i = size + old; i < 2 * size; i++)
        tree[i] = nothing;
    for (uint32_t first = size / 4; first > 0; first /= 4)
        for (uint32_t i = first; i < 2 * first; i++)
            tree[i] = key_min(key_min(key_min(tree[4 * i], &tree[4 * i + 1]), &tree[4 * i + 2]),
                              &tree[4 * i + 3]);
    free(engine->tree);
    free(engine->events);
    engine->tree = tree;
    engine->events = events;
    engine->size = size;
    return true;
}

uint32_t ek_engine_acquire(struct ek_engine *engine, struct ek_sim_event event)
{
    uint32_t slot;

    if (engine->free_count > 0) {
        slot = engine->free[--engine->free_count];
    } else {
        if (engine->used == EK_ENGINE_SLOTS_MAX || (engine->used == engine->size && !grow(engine)))
            return EK_ENGINE_NO_SLOT;
        slot = engine->used++;
    }
    engine->events[slot] = event;
    return slot;
}

#define NODE(offset) ((struct ek_engine_key *)(void *)(tree + (offset)))

/* Writes a leaf and replays the matches on its way up. Nodes are found by their distance from the
 * root's array: four siblings share a cache line and differ in two bits, the parent is a quarter as
 * far. The match among the siblings does not wait for the one below. */
static inline void put(struct ek_engine *engine, uint32_t slot, struct ek_engine_key key)
{
    const size_t one = sizeof key;
    char *tree = (char *)engine->tree;
    size_t at = (size_t)(engine->size + slot) * one;

    engine->is_open &= slot != engine->popped;
    *NODE(at) = key;
    while (at > one) {
        struct ek_engine_key best = *NODE(at ^ one);

        best = key_min(key_min(best, NODE(at ^ 2 * one)), NODE(at ^ 3 * one));
        key = key_min(key, &best);
        at = at / 4 & ~(one - 1);
        *NODE(at) = key;
    }
}

static struct ek_engine_key next_key(struct ek_engine *engine, uint32_t slot, int64_t at)
{
    if (at < engine->now)
        engine->was_late = true;
    return (struct ek_engine_key){(uint64_t)at, engine->sequence++ << EK_ENGINE_SLOT_BITS | slot};
}

void ek_engine_set(struct ek_engine *engine, uint32_t slot, int64_t at)
{
    put(engine, slot, next_key(engine, slot, at));
}

void ek_engine_cancel(struct ek_engine *engine, uint32_t slot)
{
    put(engine, slot, nothing);
}

/* The popped slot may wait: whoever acquires it next sets it, or settle() clears it. */
void ek_engine_release(struct ek_engine *engine, uint32_t slot)
{
    bool is_waiting = engine->is_open && slot == engine->popped;

    if (!is_waiting && engine->tree[engine->size + slot].at != UINT64_MAX)
        put(engine, slot, nothing);
    engine->free[engine->free_count++] = slot;
}

/* ---- queues ---- */

static bool queue_grow(struct ek_engine_queue *queue)
{
    uint32_t capacity = queue->capacity == 0 ? 64 : 2 * queue->capacity;
    struct ek_engine_item *items = realloc(queue->items, capacity * sizeof *items);

    if (items == NULL)
        return false;
    /* What had wrapped around moves behind the rest. */
    if (queue->last < queue->first) {
        memcpy(items + queue->capacity, items, (queue->last + 1) * sizeof *items);
        queue->last += queue->capacity;
    }
    queue->items = items;
    queue->capacity = capacity;
    return true;
}

uint32_t ek_engine_queue(struct ek_engine *engine)
{
    struct ek_engine_queue *queue = &engine->queues[engine->queue_count];

    if (engine->queue_count == EK_ENGINE_QUEUES_MAX || !queue_grow(queue))
        return EK_ENGINE_NO_SLOT;
    queue->items[0].key = nothing;
    return engine->queue_count++;
}

bool ek_engine_append(struct ek_engine *engine, uint32_t number, int64_t at,
                      struct ek_sim_event event)
{
    struct ek_engine_queue *queue = &engine->queues[number];
    uint32_t next = (queue->last + 1) & (queue->capacity - 1);

    if (at < queue->last_at)
        engine->was_late = true;
    if (next == queue->first) {
        if (!queue_grow(queue))
            return false;
        next = queue->last + 1;
    }
    queue->items[queue->last] =
        (struct ek_engine_item){next_key(engine, FIRST_QUEUE + number, at), event};
    queue->items[next].key = nothing;
    queue->last = next;
    queue->last_at = at;
    return true;
}

static struct ek_sim_event queue_pop(struct ek_engine_queue *queue)
{
    struct ek_sim_event event = queue->items[queue->first].event;

    queue->first = (queue->first + 1) & (queue->capacity - 1);
    return event;
}

/* ---- the crank ---- */

/* A large tree does not fit into the cache. The popped event's successor is, but for events among
 * its neighbours, the best of its siblings further up: what lies on that one's path comes from
 * memory while this one is handled. */
static void look_ahead(const struct ek_engine *engine)
{
    const size_t one = sizeof(struct ek_engine_key);
    char *tree = (char *)engine->tree;
    struct ek_engine_key best = nothing;
    size_t at = (size_t)(engine->size + engine->popped) / 256 * one;
    uint32_t slot;

    for (; at > one; at = at / 4 & ~(one - 1))
        best =
            key_min(key_min(key_min(best, NODE(at ^ one)), NODE(at ^ 2 * one)), NODE(at ^ 3 * one));
    slot = (uint32_t)best.order & SLOT_MASK;
    if (slot >= engine->size) /* nothing */
        return;
    at = (size_t)(engine->size + slot) * one;
    __builtin_prefetch(tree + at);
    __builtin_prefetch(tree + at / 4);
    __builtin_prefetch(&engine->events[slot]);
}

/* The popped event stays at the root until it is set again, or until the next is looked for. */
int64_t ek_engine_next(struct ek_engine *engine)
{
    struct ek_engine_key first;

    if (engine->is_open)
        put(engine, engine->popped, nothing);
    first = engine->size > 0 ? engine->tree[1] : nothing;
    for (const struct ek_engine_queue *q = engine->queues, *end = q + engine->queue_count; q < end;
         q++)
        first = key_min(first, &q->items[q->first].key);
    engine->first = first;
    return first.at > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)first.at;
}

struct ek_sim_event ek_engine_pop(struct ek_engine *engine)
{
    uint32_t slot = (uint32_t)engine->first.order & SLOT_MASK;

    engine->now = (int64_t)engine->first.at;
    engine->count++;
    engine->popped_queue = slot - FIRST_QUEUE;
    if (slot >= FIRST_QUEUE)
        return queue_pop(&engine->queues[engine->popped_queue]);
    engine->popped = slot;
    engine->is_open = true;
    if (engine->size >= FAR)
        look_ahead(engine);
    return engine->events[slot];
}
