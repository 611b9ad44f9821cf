#include "core/timer.h"

#include "evenkeel/err.h"

void ek__timers_deinit(struct ek__timers *timers, const struct ek_mem *mem)
{
    ek_mem_free(mem, timers->heap);
    ek_mem_free(mem, timers->place);
    *timers = (struct ek__timers){0};
}

bool ek__timers_reserve(struct ek__timers *timers, const struct ek_mem *mem, size_t ids)
{
    void *heap = timers->heap, *place = timers->place;
    bool grown = ek_mem_grow(mem, &heap, &timers->capacity, ids, sizeof *timers->heap);

    timers->heap = heap;
    grown = grown && ek_mem_grow(mem, &place, &timers->place_capacity, ids, sizeof *timers->place);
    timers->place = place;
    return grown;
}

static bool is_before(const struct ek__timer *a, const struct ek__timer *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void put(struct ek__timers *timers, size_t position, struct ek__timer timer)
{
    timers->heap[position] = timer;
    timers->place[timer.id] = (uint32_t)position + 1;
}

static void sift_up(struct ek__timers *timers, size_t position, struct ek__timer timer)
{
    while (position > 0) {
        size_t parent = (position - 1) / 4;

        if (!is_before(&timer, &timers->heap[parent]))
            break;
        put(timers, position, timers->heap[parent]);
        position = parent;
    }
    put(timers, position, timer);
}

static void sift_down(struct ek__timers *timers, size_t position, struct ek__timer timer)
{
    for (;;) {
        size_t first = position * 4 + 1, best = first;

        if (first >= timers->count)
            break;
        for (size_t child = first + 1; child < first + 4 && child < timers->count; child++)
            if (is_before(&timers->heap[child], &timers->heap[best]))
                best = child;
        if (!is_before(&timers->heap[best], &timer))
            break;
        put(timers, position, timers->heap[best]);
        position = best;
    }
    put(timers, position, timer);
}

void ek__timers_cancel(struct ek__timers *timers, uint32_t id)
{
    size_t position = timers->place[id];
    struct ek__timer last;

    if (position == 0)
        return;
    position--;
    timers->place[id] = 0;
    last = timers->heap[--timers->count];
    if (position == timers->count)
        return;
    if (position > 0 && is_before(&last, &timers->heap[(position - 1) / 4]))
        sift_up(timers, position, last);
    else
        sift_down(timers, position, last);
}

void ek__timers_arm(struct ek__timers *timers, uint32_t id, ek_time at)
{
    struct ek__timer timer = {at.ns, timers->order++, id};

    EK_ASSERT(id < timers->place_capacity);
    ek__timers_cancel(timers, id);
    if (at.ns == EK_TIME_NEVER.ns)
        return;
    sift_up(timers, timers->count++, timer);
}

bool ek__timers_due(struct ek__timers *timers, ek_time now, uint32_t *id)
{
    if (timers->count == 0 || timers->heap[0].at_ns > now.ns)
        return false;
    *id = timers->heap[0].id;
    ek__timers_cancel(timers, *id);
    return true;
}
