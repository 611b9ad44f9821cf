#include "fake-consul/base/timer.h"

#include <stdlib.h>

#include "fake-consul/base/memory.h"

static bool before(const struct ek__consul_timer *a, const struct ek__consul_timer *b)
{
    return a->at != b->at ? a->at < b->at : a->sequence < b->sequence;
}

static void put(struct ek__consul_timers *timers, size_t place, struct ek__consul_timer *timer)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static void sift_up(struct ek__consul_timers *timers, struct ek__consul_timer *timer, size_t place)
{
    while (place > 1 && before(timer, timers->heap[place / 2 - 1])) {
        put(timers, place, timers->heap[place / 2 - 1]);
        place /= 2;
    }
    put(timers, place, timer);
}

static void sift_down(struct ek__consul_timers *timers, struct ek__consul_timer *timer,
                      size_t place)
{
    for (;;) {
        size_t child = place * 2;

        if (child > timers->count)
            break;
        if (child < timers->count && before(timers->heap[child], timers->heap[child - 1]))
            child++;
        if (!before(timers->heap[child - 1], timer))
            break;
        put(timers, place, timers->heap[child - 1]);
        place = child;
    }
    put(timers, place, timer);
}

void ek__consul_timer_disarm(struct ek__consul_timers *timers, struct ek__consul_timer *timer)
{
    size_t place = timer->place;
    struct ek__consul_timer *last;

    if (place == 0)
        return;
    timer->place = 0;
    last = timers->heap[--timers->count];
    if (last == timer)
        return;
    sift_down(timers, last, place);
    sift_up(timers, last, last->place);
}

void ek__consul_timer_arm(struct ek__consul_timers *timers, struct ek__consul_timer *timer,
                          int64_t at)
{
    ek__consul_timer_disarm(timers, timer);
    if (timers->count == timers->capacity) {
        timers->capacity = timers->capacity ? timers->capacity * 2 : 64;
        timers->heap = ek__consul_resize(timers->heap, timers->capacity * sizeof *timers->heap);
    }
    timer->at = at;
    timer->sequence = ++timers->sequence;
    timers->count++;
    sift_up(timers, timer, timers->count);
}

int64_t ek__consul_timers_next(const struct ek__consul_timers *timers)
{
    return timers->count ? timers->heap[0]->at : INT64_MAX;
}

struct ek__consul_timer *ek__consul_timers_pop(struct ek__consul_timers *timers, int64_t now)
{
    struct ek__consul_timer *first;

    if (timers->count == 0 || timers->heap[0]->at > now)
        return NULL;
    first = timers->heap[0];
    ek__consul_timer_disarm(timers, first);
    return first;
}

void ek__consul_timers_deinit(struct ek__consul_timers *timers)
{
    free(timers->heap);
    *timers = (struct ek__consul_timers){0};
}
