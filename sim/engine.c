#define _DEFAULT_SOURCE /* madvise */
#include "sim/engine.h"

#include "evenkeel/err.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const struct ek_engine_key nothing = {UINT64_MAX, UINT64_MAX};

/* The smaller of two keys, without a branch: everything here rests on it, and compilers like to
 * turn the plain form into a jump that is mispredicted every second time. */
static inline struct ek_engine_key key_min(struct ek_engine_key a, struct ek_engine_key b)
{
#if defined(__x86_64__) && defined(__GNUC__)
    uint64_t scratch = b.at;

    __asm__("cmpq %[a_order], %[b_order]\n\t"
            "sbbq %[a_at], %[scratch]\n\t"
            "cmovbq %[b_at], %[r_at]\n\t"
            "cmovbq %[b_order], %[r_order]"
            : [scratch] "+&r"(scratch), [r_at] "+&r"(a.at), [r_order] "+&r"(a.order)
            : [a_at] "r"(a.at), [a_order] "r"(a.order), [b_at] "r"(b.at), [b_order] "r"(b.order)
            : "cc");
    return a;
#else
    uint64_t take_b = 0 - (uint64_t)((b.at < a.at) | ((b.at == a.at) & (b.order < a.order)));

    return (struct ek_engine_key){(b.at & take_b) | (a.at & ~take_b),
                                  (b.order & take_b) | (a.order & ~take_b)};
#endif
}

void ek_engine_deinit(struct ek_engine *engine)
{
    free(engine->tree);
    free(engine->events);
    free(engine->free);
    *engine = (struct ek_engine){0};
}

/* Memory for the tree; a large one asks for huge pages, since a path through it touches a page a
 * level. */
static struct ek_engine_key *tree_alloc(size_t bytes)
{
    const size_t huge = (size_t)2 << 20;
    struct ek_engine_key *tree = aligned_alloc(bytes >= huge ? huge : 64, bytes);

#ifdef MADV_HUGEPAGE
    if (tree != NULL && bytes >= huge)
        (void)madvise(tree, bytes, MADV_HUGEPAGE); /* a wish: without it only speed is lost */
#endif
    return tree;
}

/* Doubles the number of slots. Leaves keep their slot; inner nodes are worked out anew. */
static bool grow(struct ek_engine *engine)
{
    uint32_t size = engine->size == 0 ? 64 : 2 * engine->size;
    struct ek_engine_key *tree;
    struct ek_sim_event *events;
    uint32_t *free_slots;

    if (size > EK_ENGINE_SLOTS_MAX)
        return false;
    tree = tree_alloc(2 * (size_t)size * sizeof *tree);
    events = realloc(engine->events, size * sizeof *events);
    if (events != NULL)
        engine->events = events;
    free_slots = realloc(engine->free, size * sizeof *free_slots);
    if (free_slots != NULL)
        engine->free = free_slots;
    if (tree == NULL || events == NULL || free_slots == NULL) {
        free(tree);
        return false;
    }
    tree[0] = nothing;
    if (engine->size > 0)
        memcpy(tree + size, engine->tree + engine->size, engine->size * sizeof *tree);
    for (uint32_t i = size + engine->size; i < 2 * size; i++)
        tree[i] = nothing;
    for (uint32_t i = size; i-- > 1;)
        tree[i] = key_min(tree[2 * i], tree[2 * i + 1]);
    free(engine->tree);
    engine->tree = tree;
    engine->size = size;
    return true;
}

uint32_t ek_engine_acquire(struct ek_engine *engine, struct ek_sim_event event)
{
    uint32_t slot;

    if (engine->free_count > 0) {
        slot = engine->free[--engine->free_count];
    } else {
        if (engine->used == engine->size && !grow(engine))
            return EK_ENGINE_NO_SLOT;
        slot = engine->used++;
    }
    engine->events[slot] = event;
    return slot;
}

/* Writes a leaf and replays the matches on its way up. Nodes are found by their distance from the
 * root's array: the sibling differs in one bit, the parent is half as far. */
static inline void put(struct ek_engine *engine, uint32_t slot, struct ek_engine_key key)
{
    char *tree = (char *)engine->tree;
    size_t at = (size_t)(engine->size + slot) * sizeof key;

    engine->is_settled |= slot == engine->popped;
    *(struct ek_engine_key *)(void *)(tree + at) = key;
    while (at > sizeof key) {
        key = key_min(key, *(struct ek_engine_key *)(void *)(tree + (at ^ sizeof key)));
        at = at / 2 & ~(sizeof key - 1);
        *(struct ek_engine_key *)(void *)(tree + at) = key;
    }
}

void ek_engine_cancel(struct ek_engine *engine, uint32_t slot)
{
    put(engine, slot, nothing);
}

void ek_engine_release(struct ek_engine *engine, uint32_t slot)
{
    if (engine->tree[engine->size + slot].at != UINT64_MAX)
        put(engine, slot, nothing);
    engine->free[engine->free_count++] = slot;
}

void ek_engine_set(struct ek_engine *engine, uint32_t slot, int64_t at)
{
    EK_ASSERT(at >= engine->now);
    put(engine, slot,
        (struct ek_engine_key){(uint64_t)at, engine->sequence++ << EK_ENGINE_SLOT_BITS | slot});
}

/* The popped event stays at the root until it is set again, or until the next is looked for. */
static void settle(struct ek_engine *engine)
{
    if (!engine->is_settled)
        put(engine, engine->popped, nothing);
}

int64_t ek_engine_next(struct ek_engine *engine)
{
    if (engine->size == 0)
        return INT64_MAX;
    if (engine->count > 0)
        settle(engine);
    return engine->tree[1].at > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)engine->tree[1].at;
}

struct ek_sim_event ek_engine_pop(struct ek_engine *engine)
{
    struct ek_engine_key key;

    if (engine->count > 0)
        settle(engine);
    key = engine->tree[1];
    engine->now = (int64_t)key.at;
    engine->popped = (uint32_t)key.order & (EK_ENGINE_SLOTS_MAX - 1);
    engine->is_settled = false;
    engine->count++;
    return engine->events[engine->popped];
}
