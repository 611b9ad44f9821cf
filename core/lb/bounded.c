/* Who has room for another attempt, and where a key goes otherwise. */
#include "core/lb/bounded.h"

#include "core/lb/mersenne.h"
#include "core/lb/place.h"

#include <stdio.h>

const char *const ek__overflow_words[] = {"shuffle", "walk", NULL};

void ek__bounded_check(const struct ek__bounded *bounded, const char *path,
                       struct ek_errors *errors)
{
    char place[sizeof((struct ek_error){0}.path)];

    if (bounded->factor == 0 || bounded->factor >= 100)
        return;
    snprintf(place, sizeof place, "%s/hashBalanceFactor", path);
    ek_errors_add(errors, place, false,
                  "\"hashBalanceFactor\": %d is too small; it must be 0 or at least 100",
                  (int)bounded->factor);
}

enum ek_err ek__bounded_rebuild(struct ek__bounded *bounded, const struct ek_mem *mem,
                                const struct ek_candidate *c, uint32_t count)
{
    void *before = bounded->before, *order = bounded->order, *swaps = bounded->swaps;
    bool has_room;

    if (bounded->factor == 0)
        return EK_OK;
    has_room = ek_mem_grow(mem, &before, &bounded->before_capacity, (size_t)count + 1,
                           sizeof *bounded->before) &&
               ek_mem_grow(mem, &order, &bounded->order_capacity, count, sizeof *bounded->order) &&
               ek_mem_grow(mem, &swaps, &bounded->swap_capacity, count, sizeof *bounded->swaps);
    bounded->before = before;
    bounded->order = order;
    bounded->swaps = swaps;
    if (!has_room)
        return EK_ENOMEM;
    bounded->before[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        bounded->order[i] = i;
        bounded->before[i + 1] = bounded->before[i] + c[i].weight;
    }
    bounded->count = count;
    return EK_OK;
}

void ek__bounded_deinit(struct ek__bounded *bounded, const struct ek_mem *mem)
{
    ek_mem_free(mem, bounded->before);
    ek_mem_free(mem, bounded->order);
    ek_mem_free(mem, bounded->swaps);
    bounded->before = NULL;
    bounded->order = bounded->swaps = NULL;
}

/* a * b / c, rounded down; the quotient fits. Long division: b < 2^53. */
static uint64_t share(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t quotient = 0, rest = 0;

    if (b == 0 || a <= UINT64_MAX / b)
        return a * b / c;
    for (int bit = 63; bit >= 0; bit--) {
        rest = 2 * rest + (a >> bit & 1) * b;
        quotient = 2 * quotient + rest / c;
        rest %= c;
    }
    return quotient;
}

/* Envoy rounds each share up; HAProxy deals the slots out along the sum of the weights, so that
 * they add up. Nobody is left without. */
static uint64_t slots_of(const struct ek__bounded *bounded, const struct ek_candidate *c)
{
    uint64_t all = ((bounded->active + 1) * (uint64_t)bounded->factor + 99) / 100, slots;
    uint64_t total = bounded->before[bounded->count];

    if (bounded->overflow == EK__OVERFLOW_SHUFFLE) {
        slots = share(all, c->weight, total);
        slots += slots * total != all * c->weight;
    } else {
        slots = share(all, bounded->before[c->place + 1], total) -
                share(all, bounded->before[c->place], total);
    }
    return slots > 0 ? slots : 1;
}

/* Envoy lets one more go to an endpoint that has all its slots taken. */
bool ek__bounded_has_room(const struct ek__bounded *bounded, const struct ek_candidate *c)
{
    uint64_t slots = slots_of(bounded, c);

    return bounded->overflow == EK__OVERFLOW_SHUFFLE ? c->in_flight <= slots : c->in_flight < slots;
}

/* Uniform below n by rejection, as Envoy. */
static uint32_t below(struct ek__mersenne *mt, uint32_t n)
{
    uint32_t x = n;

    while (x >= n)
        x = (uint32_t)(ek__mersenne_next(mt) / ((UINT64_C(1) << 32) / n));
    return x;
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t kept = *a;

    *a = *b;
    *b = kept;
}

uint32_t ek__bounded_shuffle(struct ek__bounded *bounded, const struct ek_candidate *c,
                             uint32_t count, uint32_t owner, uint64_t hash)
{
    struct ek__mersenne mt;
    uint64_t best_active = c[owner].in_flight, best_slots = slots_of(bounded, &c[owner]);
    uint32_t best = owner, n = 0;
    bool is_found = false;

    ek__mersenne_init(&mt, (uint32_t)hash);
    for (; n < bounded->count && !is_found; n++) {
        uint32_t index;

        bounded->swaps[n] = n + below(&mt, bounded->count - n);
        swap(&bounded->order[n], &bounded->order[bounded->swaps[n]]);
        index = ek__place_find(c, count, bounded->count, bounded->order[n]);
        if (index == EK__GONE || index == owner)
            continue;
        uint64_t active = c[index].in_flight, slots = slots_of(bounded, &c[index]);
        is_found = active <= slots;
        if (is_found || active * best_slots < best_active * slots) {
            best = index;
            best_active = active;
            best_slots = slots;
        }
    }
    while (n-- > 0)
        swap(&bounded->order[n], &bounded->order[bounded->swaps[n]]);
    return best;
}
