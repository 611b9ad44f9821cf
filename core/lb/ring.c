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
    void *hashes = ring->hashes, *owners = ring->owners, *index = ring->index;
    bool has_room;

    ring->shift = 63;
    while (UINT64_C(1) << (64 - ring->shift) < size)
        ring->shift--;
    has_room =
        ek_mem_grow(mem, &hashes, &ring->hash_capacity, (size_t)size + 1, sizeof *ring->hashes) &&
        ek_mem_grow(mem, &owners, &ring->owner_capacity, (size_t)size + 1, sizeof *ring->owners) &&
        ek_mem_grow(mem, &index, &ring->index_capacity, (size_t)1 << (64 - ring->shift),
                    sizeof *ring->index);
    ring->hashes = hashes;
    ring->owners = owners;
    ring->index = index;
    return has_room;
}

/* Fractions of a point carry over from one place to the next. Returns how many were made. */
static uint32_t make_points(struct ek__ring *ring, const struct ek_candidate *c, uint32_t count,
                            const struct ek__ring_plan *plan, double sum, double scale)
{
    double target = 0;
    uint32_t made = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t place = plan->order[i];
        size_t length = (size_t)snprintf(ring->text, ring->text_capacity, "%s%s_", plan->prefix,
                                         c[place].address);

        target += scale * ((double)c[place].weight / sum);
        for (uint32_t k = 0; (double)made < target && made < ring->made_capacity; k++) {
            int digits = snprintf(ring->text + length, ring->text_capacity - length, "%u", k);

            ring->made[made++] = (struct ek__ring_point){
                XXH64(ring->text, length + (size_t)digits, 0) ^ plan->flip, place};
        }
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
    for (uint32_t i = 0; i < size; i++) {
        uint32_t at = ring->index[ring->made[i].hash >> ring->shift]++;

        ring->hashes[at] = ring->made[i].hash;
        ring->owners[at] = ring->made[i].owner;
    }
    for (uint32_t i = 1; i < size; i++) {
        uint64_t hash = ring->hashes[i];
        uint32_t owner = ring->owners[i], at = i;

        for (; at > 0 && ring->hashes[at - 1] > hash; at--) {
            ring->hashes[at] = ring->hashes[at - 1];
            ring->owners[at] = ring->owners[at - 1];
        }
        ring->hashes[at] = hash;
        ring->owners[at] = owner;
    }
    /* Each entry now stands at its value's end, which is the next one's start. */
    for (size_t v = values - 1; v > 0; v--)
        ring->index[v] = ring->index[v - 1];
    ring->index[0] = 0;
    ring->hashes[size] = UINT64_MAX;
    ring->owners[size] = ring->owners[0];
}

enum ek_err ek__ring_build(struct ek__ring *ring, const struct ek_mem *mem,
                           const struct ek_candidate *c, uint32_t count,
                           const struct ek__ring_plan *plan)
{
    void *made = ring->made;
    double sum = 0, scale;
    uint32_t size;

    ring->size = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += (double)c[i].weight;
    scale = scale_of(c, count, sum, plan);
    if (!reserve_text(ring, mem, c, count, plan->prefix) ||
        !ek_mem_grow(mem, &made, &ring->made_capacity, (size_t)rounded_up(scale) + 1,
                     sizeof *ring->made))
        return EK_ENOMEM;
    ring->made = made;
    size = make_points(ring, c, count, plan, sum, scale);
    if (!reserve(ring, mem, size))
        return EK_ENOMEM;
    sort_points(ring, size);
    ring->size = size;
    return EK_OK;
}

void ek__ring_deinit(struct ek__ring *ring, const struct ek_mem *mem)
{
    ek_mem_free(mem, ring->hashes);
    ek_mem_free(mem, ring->owners);
    ek_mem_free(mem, ring->index);
    ek_mem_free(mem, ring->made);
    ek_mem_free(mem, ring->text);
    *ring = (struct ek__ring){0};
}
