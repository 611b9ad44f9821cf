#include "core/priority.h"

#include "evenkeel/err.h"

static uint32_t least(uint64_t a, uint64_t b)
{
    return (uint32_t)(a < b ? a : b);
}

/* 0 .. 100, rounded down: how much of its full load a level can take. */
static uint32_t health(const struct ek__level *level, const struct ek__priority_rule *rule,
                       bool is_degraded)
{
    const struct ek__census *census = rule->by_weight ? &level->weight : &level->count;
    uint64_t part = is_degraded ? census->degraded : census->healthy;

    if (level->count.total <= level->count.excluded || census->total <= census->excluded)
        return 0;
    return least(100, rule->overprovisioning * part / (census->total - census->excluded));
}

static bool is_below_threshold(const struct ek__level *level, int64_t panic_ppm)
{
    const struct ek__census *c = &level->count;
    uint64_t eligible = c->total > c->excluded ? c->total - c->excluded : 0;

    if (eligible == 0)
        return panic_ppm > 0;
    return (c->healthy + c->degraded) * 1000000 < (uint64_t)panic_ppm * eligible;
}

/* All levels panic: what they have counts, healthy or not. */
static void share_by_number(struct ek__level *levels, uint32_t count)
{
    uint64_t total = 0;
    uint32_t rest = 100, first = 0;

    for (uint32_t i = count; i-- > 0;) {
        total += levels[i].count.total;
        if (levels[i].count.total > 0)
            first = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        levels[i].degraded_load = 0;
        levels[i].healthy_load = total == 0 ? 0 : (uint32_t)(100 * levels[i].count.total / total);
        rest -= levels[i].healthy_load;
    }
    levels[first].healthy_load += rest;
}

/* Healthy endpoints of all levels come before the first degraded one. What integers lose goes to
 * the first level that has anything. */
static void share_by_health(struct ek__level *levels, uint32_t count,
                            const struct ek__priority_rule *rule, uint32_t sum)
{
    uint32_t rest = 100, *first = NULL;

    for (int is_degraded = 0; is_degraded < 2; is_degraded++)
        for (uint32_t i = 0; i < count; i++) {
            uint32_t part = health(&levels[i], rule, is_degraded != 0);
            uint32_t *load = is_degraded ? &levels[i].degraded_load : &levels[i].healthy_load;

            *load = least(rest, (uint64_t)part * 100 / sum);
            rest -= *load;
            if (first == NULL && part > 0)
                first = load;
        }
    EK_ASSERT(first != NULL);
    *first += rest;
}

void ek__priority_loads(struct ek__level *levels, uint32_t count,
                        const struct ek__priority_rule *rule)
{
    uint32_t sum = 0;
    bool all_panic = true;

    for (uint32_t i = 0; i < count; i++) {
        levels[i].healthy_load = levels[i].degraded_load = 0;
        sum += health(&levels[i], rule, false) + health(&levels[i], rule, true);
    }
    sum = least(100, sum);
    for (uint32_t i = 0; i < count; i++) {
        levels[i].is_panicking = sum < 100 && is_below_threshold(&levels[i], rule->panic_ppm);
        all_panic &= levels[i].is_panicking;
    }
    if (all_panic)
        share_by_number(levels, count);
    else if (sum == 0)
        levels[0].healthy_load = 100;
    else
        share_by_health(levels, count, rule, sum);
}

uint32_t ek__priority_of(const struct ek__level *levels, uint32_t count, uint32_t ticket,
                         bool *is_degraded)
{
    uint32_t passed = 0;

    for (int degraded = 0; degraded < 2; degraded++)
        for (uint32_t i = 0; i < count; i++) {
            passed += degraded ? levels[i].degraded_load : levels[i].healthy_load;
            if (ticket <= passed) {
                *is_degraded = degraded != 0;
                return i;
            }
        }
    EK_ASSERT(passed == 100);
    return 0;
}
