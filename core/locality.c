#include "core/locality.h"

#include "evenkeel/err.h"

void ek__zones_weigh(struct ek__zone *zones, uint32_t count, uint32_t overprovisioning,
                     bool is_degraded)
{
    for (uint32_t i = 0; i < count; i++) {
        struct ek__zone *z = &zones[i];
        uint64_t eligible = is_degraded ? z->degraded : z->healthy;
        uint64_t known = z->total > z->excluded ? z->total - z->excluded : 0;
        uint64_t health = known == 0 ? 0 : (uint64_t)overprovisioning * 100 * eligible / known;

        z->share = (uint32_t)(z->weight * (health < 10000 ? health : 10000));
    }
}

/* The next pick of `a` is due before that of `b`: (picks + 1) / share, without rounding. */
static bool is_due_before(const struct ek__zone *a, const struct ek__zone *b)
{
    uint64_t x = ((uint64_t)a->picks + 1) * b->share, y = ((uint64_t)b->picks + 1) * a->share;

    return x != y ? x < y : a->order < b->order;
}

static uint32_t divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* After a period each zone has had `share` picks: then all begin again. Picks stay below twice the
 * share, so that products fit into 64 bits. */
static void end_period(struct ek__zone *zones, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (zones[i].share > 0 && zones[i].picks < zones[i].share)
            return;
    for (uint32_t i = 0; i < count; i++)
        zones[i].picks -= zones[i].share;
}

uint32_t ek__zones_turn(struct ek__zone *zones, uint32_t count, uint64_t *order)
{
    uint32_t best = count;

    for (uint32_t i = 0; i < count; i++)
        if (zones[i].share > 0 && (best == count || is_due_before(&zones[i], &zones[best])))
            best = i;
    EK_ASSERT(best < count);
    zones[best].picks++;
    zones[best].order = ++*order;
    end_period(zones, count);
    return best;
}

bool ek__zones_start(struct ek__zone *zones, uint32_t count, uint64_t emulated)
{
    uint32_t common = 0;
    uint64_t sum = 0, order = 0, left = emulated;

    for (uint32_t i = 0; i < count; i++)
        common = divisor(zones[i].share, common);
    if (common == 0)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        zones[i].share /= common;
        zones[i].picks = 0;
        zones[i].order = 0;
        sum += zones[i].share;
    }
    left = emulated %= sum;
    for (uint32_t i = 0; i < count; i++) {
        zones[i].picks = (uint32_t)(emulated * zones[i].share / sum);
        zones[i].order = ++order;
        left -= zones[i].picks;
    }
    while (left-- > 0) /* fewer than there are zones */
        ek__zones_turn(zones, count, &order);
    return true;
}

struct ek__zone_plan ek__zones_plan(struct ek__zone *zones, uint32_t count, uint32_t own_locality,
                                    const struct ek__callers *callers, int64_t size_min)
{
    struct ek__zone_plan plan = {.own = count};
    uint64_t healthy = 0;
    uint32_t sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        healthy += zones[i].healthy;
        if (zones[i].locality == own_locality)
            plan.own = i;
    }
    if (count < 2 || callers->locality_count < 2 || callers->own == 0 || healthy == 0 ||
        (int64_t)healthy < size_min)
        return plan;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t here = 10000 * (uint64_t)zones[i].healthy / healthy;
        uint64_t from = 10000 * zones[i].callers / callers->total;

        if (i == plan.own && here > 0)
            plan.local_share = here >= from ? 10000 : (uint32_t)(10000 * here / from);
        else if (i != plan.own && here > from)
            sum += (uint32_t)(here - from);
        zones[i].residual = sum;
    }
    plan.is_on = true;
    return plan;
}

uint32_t ek__zones_route(const struct ek__zone *zones, uint32_t count,
                         const struct ek__zone_plan *plan, struct ek_rng *rng)
{
    uint32_t sum = zones[count - 1].residual, ticket, i = 0;

    if (plan->local_share == 10000 || ek_rng_below(rng, 10000) < plan->local_share)
        return plan->own;
    if (sum == 0) { /* rounding left no room anywhere: any other zone */
        i = ek_rng_below(rng, plan->own < count ? count - 1 : count);
        return i + (i >= plan->own);
    }
    ticket = ek_rng_below(rng, sum);
    while (ticket >= zones[i].residual)
        i++;
    return i;
}
