/* Building a ring. */
#include "core/lb/ring.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static double rounded_up(double x)
{
    double floor = (double)(uint64_t)x;

    return floor < x ? floor + 1 : floor;
}

/* How many points there are to one whole share. */
static double scale_of(const struct ek_candidate *c, uint32_t count, double sum,
                       const struct ek__ring_plan *plan)
{
    double least = (double)c[0].weight / sum, scale;

    for (uint32_t i = 1; i < count; i++)
        least = (double)c[i].weight / sum < least ? (double)c[i].weight / sum : least;
    scale = rounded_up(least * (double)plan->min_size) / least;
    return scale < (double)plan->max_size ? scale : (double)plan->max_size;
}

/* Room for the longest "prefix address_4294967295". */
static bool reserve_text(struct ek__ring *ring, const struct ek_mem *mem,
                         const struct ek_candidate *c, uint32_t count, const char *prefix)
{
    size_t length_max = 0;
    void *text = ring->text;
    bool has_room;

    for (uint32_t i = 0; i < count; i++) {
        size_t length = strlen(c[i].address);

        length_max = length > length_max ? length : length_max;
    }
    has_room = ek_mem_grow(mem, &text, &ring->text_capacity, strlen(prefix) + length_max + 16, 1);
    ring->text = text;
    return has_room;
}

static bool reserve(struct ek__ring *ring, const struct ek_mem *mem, uint32_t size)
{
    void *points = ring->points, *index = ring->index;
    bool has_room;

    ring->shift = 63;
    while (UINT64_C(1) << (64 - ring->shift) < size)
        ring->shift--;
    has_room =
        ek_mem_grow(mem, &points, &ring->point_capacity, (size_t)size + 1, sizeof *ring->points) &&
        ek_mem_grow(mem, &index, &ring->index_capacity, (size_t)1 << (64 - ring->shift),
                    sizeof *ring->index);
    ring->points = points;
    ring->index = index;
    return has_room;
}

/* Adds one to a decimal number that stands before `end` and begins at `start`; nines make it one
 * digit longer, to the right. Returns its new end. */
static char *count_up(char *start, char *end)
{
    char *digit = end;

    while (digit > start && digit[-1] == '9')
        *--digit = '0';
    if (digit > start) {
        digit[-1]++;
        return end;
    }
    *start = '1';
    *end = '0';
    return end + 1;
}

/* Fractions of a point carry over from one place to the next. Returns how many were made. */
static uint32_t make_points(struct ek__ring *ring, const struct ek_candidate *c, uint32_t count,
                            const struct ek__ring_plan *plan, double sum, double scale)
{
    double target = 0;
    uint32_t made = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = plan->order[i];
        char *number = ring->text + snprintf(ring->text, ring->text_capacity, "%s%s_", plan->prefix,
                                             c[place].address);
        char *end = number + 1;

        *number = '0';
        target += scale * ((double)c[place].weight / sum);
        for (; (double)made < target && made < ring->made_capacity; end = count_up(number, end))
            ring->made[made++] = (struct ek__ring_point){
                XXH64(ring->text, (size_t)(end - ring->text), 0) ^ plan->flip, place};
    }
    return made;
}

/* Hashes are uniform, so dealing them out by their upper bits nearly sorts them; each then moves
 * back past the few larger ones of its own value. */
static void sort_points(struct ek__ring *ring, uint32_t size)
{
    size_t values = (size_t)1 << (64 - ring->shift);
    uint32_t start = 0;

    memset(ring->index, 0, values * sizeof *ring->index);
    for (uint32_t i = 0; i < size; i++)
        ring->index[ring->made[i].hash >> ring->shift]++;
    for (size_t v = 0; v < values; v++) {
        uint32_t here = ring->index[v];

        ring->index[v] = start;
        start += here;
    }
    for (uint32_t i = 0; i < size; i++)
        ring->points[ring->index[ring->made[i].hash >> ring->shift]++] = ring->made[i];
    for (uint32_t i = 1; i < size; i++) {
        struct ek__ring_point point = ring->points[i];
        uint32_t at = i;

        for (; at > 0 && ring->points[at - 1].hash > point.hash; at--)
            ring->points[at] = ring->points[at - 1];
        ring->points[at] = point;
    }
    /* Each entry now stands at its value's end, which is the next one's start. */
    for (size_t v = values - 1; v > 0; v--)
        ring->index[v] = ring->index[v - 1];
    ring->index[0] = 0;
    ring->points[size] = (struct ek__ring_point){UINT64_MAX, ring->points[0].owner};
}

/* A point owns the hashes from the one before it, exclusive; the first, around the end. */
static void measure_arcs(struct ek__ring *ring, uint32_t count)
{
    uint64_t before = ring->points[ring->size - 1].hash;

    memset(ring->arcs, 0, count * sizeof *ring->arcs);
    for (uint32_t i = 0; i < ring->size; i++) {
        ring->arcs[ring->points[i].owner] += (ring->points[i].hash - before) >> 1;
        before = ring->points[i].hash;
    }
    if (ring->size == 1)
        ring->arcs[ring->points[0].owner] = UINT64_C(1) << 63;
}

enum ek_err ek__ring_build(struct ek__ring *ring, const struct ek_mem *mem,
                           const struct ek_candidate *c, uint32_t count,
                           const struct ek__ring_plan *plan)
{
    void *made = ring->made, *arcs = ring->arcs;
    double sum = 0, scale;
    uint32_t size;
    bool has_room;

    ring->size = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += (double)c[i].weight;
    scale = scale_of(c, count, sum, plan);
    has_room = reserve_text(ring, mem, c, count, plan->prefix) &&
               ek_mem_grow(mem, &arcs, &ring->arc_capacity, count, sizeof *ring->arcs) &&
               ek_mem_grow(mem, &made, &ring->made_capacity, (size_t)rounded_up(scale) + 1,
                           sizeof *ring->made);
    ring->arcs = arcs;
    ring->made = made;
    if (!has_room)
        return EK_ENOMEM;
    size = make_points(ring, c, count, plan, sum, scale);
    if (!reserve(ring, mem, size))
        return EK_ENOMEM;
    sort_points(ring, size);
    ring->size = size;
    measure_arcs(ring, count);
    return EK_OK;
}

void ek__ring_deinit(struct ek__ring *ring, const struct ek_mem *mem)
{
    ek_mem_free(mem, ring->points);
    ek_mem_free(mem, ring->index);
    ek_mem_free(mem, ring->made);
    ek_mem_free(mem, ring->arcs);
    ek_mem_free(mem, ring->text);
    *ring = (struct ek__ring){0};
}
