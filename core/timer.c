#include "core/timer.h"

#include "evenkeel/err.h"

/* The place of who stands in line. */
#define IN_LINE UINT32_MAX

void ek__timers_deinit(struct ek__timers *timers, const struct ek_mem *mem)
{
    ek_mem_free(mem, timers->heap);
    ek_mem_free(mem, timers->entries);
    *timers = (struct ek__timers){0};
}

bool ek__timers_reserve(struct ek__timers *timers, const struct ek_mem *mem, size_t ids)
{
    void *heap = timers->heap, *entries = timers->entries;
    bool grown = ek_mem_grow(mem, &heap, &timers->capacity, ids, sizeof *timers->heap);

    timers->heap = heap;
    grown =
        grown && ek_mem_grow(mem, &entries, &timers->entry_capacity, ids, sizeof *timers->entries);
    timers->entries = entries;
    return grown;
}

/* ---- the line ---- */

static void line_add(struct ek__timers *timers, uint32_t id, ek_time at)
{
    struct ek__timer_entry *entry = &timers->entries[id];

    *entry = (struct ek__timer_entry){
        .at_ns = at.ns,
        .order = timers->order,
        .previous = timers->tail,
        .place = IN_LINE,
    };
    if (timers->tail != 0)
        timers->entries[timers->tail - 1].next = id + 1;
    else
        timers->head = id + 1;
    timers->tail = id + 1;
}

static void line_remove(struct ek__timers *timers, struct ek__timer_entry *entry)
{
    if (entry->previous != 0)
        timers->entries[entry->previous - 1].next = entry->next;
    else
        timers->head = entry->next;
    if (entry->next != 0)
        timers->entries[entry->next - 1].previous = entry->previous;
    else
        timers->tail = entry->previous;
}

/* ---- the heap ---- */

static bool is_before(const struct ek__timer *a, const struct ek__timer *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void put(struct ek__timers *timers, size_t position, struct ek__timer timer)
{
    timers->heap[position] = timer;
    timers->entries[timer.id].place = (uint32_t)position + 1;
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

static void heap_remove(struct ek__timers *timers, size_t position)
{
    struct ek__timer last = timers->heap[--timers->count];

    if (position == timers->count)
        return;
    if (position > 0 && is_before(&last, &timers->heap[(position - 1) / 4]))
        sift_up(timers, position, last);
    else
        sift_down(timers, position, last);
}

/* ---- both ---- */

void ek__timers_cancel(struct ek__timers *timers, uint32_t id)
{
    struct ek__timer_entry *entry = &timers->entries[id];
    uint32_t place = entry->place;

    entry->place = 0;
    if (place == IN_LINE)
        line_remove(timers, entry);
    else if (place != 0)
        heap_remove(timers, place - 1);
}

void ek__timers_arm(struct ek__timers *timers, uint32_t id, ek_time at)
{
    EK_ASSERT(id < timers->entry_capacity);
    ek__timers_cancel(timers, id);
    if (at.ns != EK_TIME_NEVER.ns) {
        if (timers->tail == 0 || timers->entries[timers->tail - 1].at_ns <= at.ns)
            line_add(timers, id, at);
        else
            sift_up(timers, timers->count++, (struct ek__timer){at.ns, timers->order, id});
    }
    timers->order++;
}

/* The earliest; someone is armed. */
static uint32_t first(const struct ek__timers *timers)
{
    const struct ek__timer *top = timers->heap;
    struct ek__timer line;

    if (timers->head == 0)
        return top->id;
    line = (struct ek__timer){timers->entries[timers->head - 1].at_ns,
                              timers->entries[timers->head - 1].order, timers->head - 1};
    return timers->count > 0 && is_before(top, &line) ? top->id : line.id;
}

bool ek__timers_due(struct ek__timers *timers, ek_time now, uint32_t *id)
{
    if (ek_time_before(now, ek__timers_next(timers)) || (timers->count == 0 && timers->head == 0))
        return false;
    *id = first(timers);
    ek__timers_cancel(timers, *id);
    return true;
}
