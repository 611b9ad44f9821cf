/* Looking at what is under way everywhere. */
#include "core/lb/fewest.h"

#include <string.h>

enum {
    BLOCK = 64
};

static inline int32_t in_flight_of(const struct ek_candidate *c)
{
    return (int32_t)(c->in_flight ^ UINT32_C(0x80000000));
}

/* As one word: else gcc shuffles vectors here, which takes longer than all the rest. */
static inline void put_two(int32_t *out, const struct ek_candidate *c)
{
    uint64_t pair = (uint64_t)c[0].in_flight | (uint64_t)c[1].in_flight << 32;

    pair ^= UINT64_C(0x8000000080000000);
    memcpy(out, &pair, sizeof pair);
}

/* Numbers that stand side by side are compared several at a time, and without a jump that loads
 * could mislead; so they are put there first. Signed ones, or SSE2 has no order for them. */
struct ek__fewest ek__fewest(const struct ek_candidate *c, uint32_t count)
{
    struct ek__fewest all = {INT32_MAX, 0};
    const struct ek_candidate *end = c + count;
    int32_t block[BLOCK];

    for (; end - c >= BLOCK; c += BLOCK) {
        int32_t least = INT32_MAX;
        uint32_t equal = 0;

        for (int i = 0; i < BLOCK; i += 2)
            put_two(&block[i], c + i);
        for (int i = 0; i < BLOCK; i++)
            least = block[i] < least ? block[i] : least;
        if (least > all.in_flight)
            continue;
        for (int i = 0; i < BLOCK; i++)
            equal += block[i] == least;
        all.count = equal + (least == all.in_flight ? all.count : 0);
        all.in_flight = least;
    }
    for (; c < end; c++) {
        int32_t in_flight = in_flight_of(c);

        all.count = (in_flight < all.in_flight ? 0 : all.count) + (in_flight <= all.in_flight);
        all.in_flight = in_flight < all.in_flight ? in_flight : all.in_flight;
    }
    return all;
}

enum {
    STRIDE = 16
};

uint32_t ek__fewest_find(const struct ek_candidate *c, uint32_t count,
                         const struct ek__fewest *fewest, uint32_t skip)
{
    const struct ek_candidate *at = c, *end = c + count;

    for (; end - at >= STRIDE; at += STRIDE) {
        uint32_t equal = 0;

        for (int k = 0; k < STRIDE; k++)
            equal += in_flight_of(at + k) == fewest->in_flight;
        if (equal > skip)
            break;
        skip -= equal;
    }
    while (in_flight_of(at) != fewest->in_flight || skip-- != 0)
        at++;
    return (uint32_t)(at - c);
}
