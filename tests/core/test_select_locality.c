/* Localities: turns by weight, and zone-aware routing, against Envoy's unit tests. */
#include "core/locality.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* policies.md P51a (Envoy locality_wrr_test.cc): weights 1, 2 -> 1 0 1 1 0 1. */
static void weights_take_turns_earliest_deadline_first(void **state)
{
    static const uint32_t expected[] = {1, 0, 1, 1, 0, 1};
    struct ek__zone zones[2] = {{.total = 1, .healthy = 1, .weight = 1},
                                {.total = 1, .healthy = 1, .weight = 2}};
    uint64_t order = 100;

    (void)state;
    ek__zones_weigh(zones, 2, 140, false);
    assert_true(ek__zones_start(zones, 2, 0));
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(ek__zones_turn(zones, 2, &order), expected[i]);
}

/* policies.md P52 (Envoy UnhealthyFailover): A has weight 1 and five hosts, B weight 2 and one;
 * 100 picks each. */
static void an_unhealthy_locality_gets_less(void **state)
{
    static const uint32_t shares[] = {0, 12, 22, 29, 33, 33};

    (void)state;
    for (uint32_t healthy = 0; healthy <= 5; healthy++) {
        struct ek__zone zones[2] = {{.total = 5, .healthy = healthy, .weight = 1},
                                    {.total = 1, .healthy = 1, .weight = 2}};
        uint64_t order = 100;
        uint32_t picks[2] = {0, 0};

        ek__zones_weigh(zones, 2, 140, false);
        assert_true(ek__zones_start(zones, 2, 0));
        for (int i = 0; i < 100; i++)
            picks[ek__zones_turn(zones, 2, &order)]++;
        assert_int_equal(picks[0], shares[healthy]);
        assert_int_equal(picks[1], 100 - shares[healthy]);
    }
}

static void without_weight_or_health_there_is_no_turn(void **state)
{
    struct ek__zone zones[3] = {{.total = 1, .healthy = 1, .weight = 0},
                                {.total = 1, .healthy = 0, .weight = 5},
                                {.total = 2, .healthy = 2, .weight = 1}};
    uint64_t order = 100;

    (void)state;
    ek__zones_weigh(zones, 3, 140, false);
    assert_true(ek__zones_start(zones, 3, 12345));
    for (int i = 0; i < 20; i++)
        assert_int_equal(ek__zones_turn(zones, 3, &order), 2);
    zones[2].healthy = 0;
    ek__zones_weigh(zones, 3, 140, false);
    assert_false(ek__zones_start(zones, 3, 0));
}

/* In each period of W = sum of weights a zone has exactly its weight, wherever it starts; the naive
 * model is that count. Weights to the limit, for a million turns. */
static void any_start_gives_each_its_share(void **state)
{
    static const uint32_t weights[] = {1, 3, 5, 65535};
    const uint32_t sum = 1 + 3 + 5 + 65535;

    (void)state;
    for (uint64_t start = 0; start < 3; start++) {
        struct ek__zone zones[4] = {{0}};
        uint32_t picks[4] = {0};
        uint64_t order = UINT64_C(1) << 32;

        for (uint32_t i = 0; i < 4; i++)
            zones[i] = (struct ek__zone){.total = 7, .healthy = 7, .weight = weights[i]};
        ek__zones_weigh(zones, 4, 140, false);
        assert_true(ek__zones_start(zones, 4, start * 1234567891));
        for (uint32_t i = 0; i < 15 * sum; i++)
            picks[ek__zones_turn(zones, 4, &order)]++;
        for (uint32_t i = 0; i < 4; i++)
            assert_int_equal(picks[i], 15 * weights[i]);
    }
}

static struct ek__zone_plan plan_of(struct ek__zone *zones, uint32_t count, uint32_t own,
                                    int64_t size_min)
{
    struct ek__callers callers = {0};

    for (uint32_t i = 0; i < count; i++) {
        zones[i].locality = i;
        callers.total += zones[i].callers;
        callers.locality_count += zones[i].callers > 0;
        callers.own += i == own ? zones[i].callers : 0;
    }
    return ek__zones_plan(zones, count, own, &callers, size_min);
}

/* policies.md P54 (Envoy ZoneAwareDifferentZoneSize): I am in B; callers A 1, B 1; upstream A 1,
 * B 1, C 1: local if the draw is below 10000 x 3333 / 5000 = 6666, else C. */
static void a_zone_with_too_little_sends_the_rest_where_there_is_room(void **state)
{
    struct ek__zone zones[3] = {{.total = 1, .healthy = 1, .callers = 1},
                                {.total = 1, .healthy = 1, .callers = 1},
                                {.total = 1, .healthy = 1, .callers = 0}};
    struct ek_rng rng = ek_rng_derive(1, "zone", 0);
    struct ek__zone_plan plan = plan_of(zones, 3, 1, 1);
    uint32_t picks[3] = {0};

    (void)state;
    assert_true(plan.is_on);
    assert_int_equal(plan.own, 1);
    assert_int_equal(plan.local_share, 6666);
    assert_int_equal(zones[0].residual, 0);
    assert_int_equal(zones[2].residual, 3333);
    for (int i = 0; i < 100000; i++)
        picks[ek__zones_route(zones, 3, &plan, &rng)]++;
    assert_int_equal(picks[0], 0);
    /* 66.66 %, three standard deviations of 100,000 draws are 0.45 pp */
    assert_in_range(picks[1], 66210, 67110);
}

/* The conditions of policies.md 1.1, one by one. */
static void zone_awareness_has_its_conditions(void **state)
{
    const struct ek__zone good[2] = {{.total = 3, .healthy = 3, .callers = 1},
                                     {.total = 3, .healthy = 3, .callers = 1}};
    struct ek__zone zones[2];

    (void)state;
    memcpy(zones, good, sizeof zones);
    assert_true(plan_of(zones, 2, 0, 6).is_on);
    assert_int_equal(plan_of(zones, 2, 0, 6).local_share, 10000);
    assert_false(plan_of(zones, 2, 0, 7).is_on); /* fewer healthy than minClusterSize */
    assert_false(plan_of(zones, 1, 0, 1).is_on); /* one locality here */
    zones[1].callers = 0;
    assert_false(plan_of(zones, 2, 0, 6).is_on); /* one among the callers */
    memcpy(zones, good, sizeof zones);
    zones[0].callers = 0;
    assert_false(plan_of(zones, 2, 0, 6).is_on); /* nobody calls from mine */
    memcpy(zones, good, sizeof zones);
    assert_false(plan_of(zones, 2, 7, 6).is_on); /* mine is unknown */
}

/* incidents.md S07 C: three zones of four, two callers each; the endpoints of z3 are gone. Its
 * clients go half and half to z1 and z2, those of z1 stay. */
static void a_lost_zone_is_taken_over_evenly(void **state)
{
    struct ek__zone zones[3] = {{.total = 4, .healthy = 4, .callers = 2},
                                {.total = 4, .healthy = 4, .callers = 2},
                                {.total = 4, .healthy = 0, .callers = 2}};
    struct ek_rng rng = ek_rng_derive(1, "zone", 0);
    struct ek__zone_plan plan = plan_of(zones, 3, 2, 6);
    uint32_t picks[3] = {0};

    (void)state;
    assert_int_equal(plan.local_share, 0);
    for (int i = 0; i < 100000; i++)
        picks[ek__zones_route(zones, 3, &plan, &rng)]++;
    assert_int_equal(picks[2], 0);
    assert_in_range(picks[0], 49500, 50500);
    assert_int_equal(plan_of(zones, 3, 0, 6).local_share, 10000);
}

/* Envoy: rounding may leave no room anywhere; then any other zone. 3 zones with 1 of 3 callers and
 * endpoints each and mine short by rounding cannot be built from shares alone, so: mine has callers
 * but no endpoints left, the others as many callers as endpoints. */
static void without_room_anywhere_any_other_zone_will_do(void **state)
{
    struct ek__zone zones[3] = {{.total = 1, .healthy = 0, .callers = 1},
                                {.total = 1, .healthy = 1, .callers = 10000},
                                {.total = 1, .healthy = 1, .callers = 10000}};
    struct ek_rng rng = ek_rng_derive(1, "zone", 0);
    struct ek__zone_plan plan = plan_of(zones, 3, 0, 1);
    uint32_t picks[3] = {0};

    (void)state;
    assert_true(plan.is_on);
    zones[1].residual = zones[2].residual = 0;
    for (int i = 0; i < 10000; i++)
        picks[ek__zones_route(zones, 3, &plan, &rng)]++;
    assert_int_equal(picks[0], 0);
    assert_in_range(picks[1], 4850, 5150); /* 3 standard deviations */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_take_turns_earliest_deadline_first),
        cmocka_unit_test(an_unhealthy_locality_gets_less),
        cmocka_unit_test(without_weight_or_health_there_is_no_turn),
        cmocka_unit_test(any_start_gives_each_its_share),
        cmocka_unit_test(a_zone_with_too_little_sends_the_rest_where_there_is_room),
        cmocka_unit_test(zone_awareness_has_its_conditions),
        cmocka_unit_test(a_lost_zone_is_taken_over_evenly),
        cmocka_unit_test(without_room_anywhere_any_other_zone_will_do),
    };
    return cmocka_run_group_tests_name("core/select_locality", tests, NULL, NULL);
}
