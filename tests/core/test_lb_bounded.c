/* Consistent hashing with bounded loads: Envoy's permutation, HAProxy's slots, the bound. Pn and Rn
 * number the vectors of the peers' own tests and published results; their places are named at each.
 */
#include "core/lb/bounded.h"
#include "core/lb/mersenne.h"
#include "tests/core/lb_bench.h"

/* ---- bounded loads ---- */

/* The generator's published check: the 10,000th number of seed 5489 is 4123659995 (C++11,
 * [rand.predef]). */
static void the_shuffle_draws_from_mt19937(void **state)
{
    struct ek__mersenne mt;

    (void)state;
    ek__mersenne_init(&mt, 5489);
    for (int i = 0; i < 9999; i++)
        ek__mersenne_next(&mt);
    assert_true(ek__mersenne_next(&mt) == UINT32_C(4123659995));
}

/* P19a, envoy bounded_load_hlb_test.cc: 5 hosts, hash 2, whose owner 2 is full; the permutation of
 * seed 2 is 2 1 0 4 3, so host 1. If that is full too, 0, then 4, then 3; if all are, the least
 * loaded. */
static void an_overflowing_key_goes_through_envoys_permutation(void **state)
{
    static const uint32_t wanted[] = {2, 1, 0, 4, 3};
    struct ek__bounded bounded = {.factor = 100, .overflow = EK__OVERFLOW_SHUFFLE};
    struct ek_candidate c[5] = {{0}};

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        c[i].place = i;
        c[i].weight = 1;
    }
    assert_int_equal(ek__bounded_rebuild(&bounded, &ek_mem_libc, c, 5), EK_OK);
    bounded.active = 4; /* one slot each; two attempts are more than that */
    for (int full = 1; full < 5; full++) {
        c[wanted[full - 1]].in_flight = 2;
        assert_false(ek__bounded_has_room(&bounded, &c[2]));
        assert_int_equal(ek__bounded_shuffle(&bounded, c, 5, 2, 2), wanted[full]);
    }
    c[3].in_flight = 2;
    c[2].in_flight = 9;
    c[0].in_flight = 3;
    assert_int_equal(ek__bounded_shuffle(&bounded, c, 5, 2, 2), 1); /* 2 of 1: the first of three */
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(bounded.order[i], i);
    ek__bounded_deinit(&bounded, &ek_mem_libc);
}

/* HAProxy's division of slots: with 10 under way at factor 150, (11 x 150 + 99) / 100 = 17 slots
 * over weights 1 2 4: 17 x 1/7 = 2, 17 x 3/7 = 7 - 2, 17 - 7. */
static void slots_are_dealt_out_exactly(void **state)
{
    static const uint32_t weights[] = {1, 2, 4}, slots[] = {2, 5, 10};
    static const uint32_t envoys[] = {3, 5, 10}; /* 17/7, 34/7, 68/7, each rounded up */
    struct ek__bounded bounded = {.factor = 150, .overflow = EK__OVERFLOW_WALK};
    struct ek_candidate c[3] = {{0}};

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        c[i].place = i;
        c[i].weight = weights[i];
    }
    assert_int_equal(ek__bounded_rebuild(&bounded, &ek_mem_libc, c, 3), EK_OK);
    bounded.active = 10;
    for (uint32_t i = 0; i < 3; i++) {
        c[i].in_flight = slots[i] - 1;
        assert_true(ek__bounded_has_room(&bounded, &c[i]));
        c[i].in_flight = slots[i];
        assert_false(ek__bounded_has_room(&bounded, &c[i]));
    }
    bounded.overflow = EK__OVERFLOW_SHUFFLE;
    for (uint32_t i = 0; i < 3; i++) {
        c[i].in_flight = envoys[i];
        assert_true(ek__bounded_has_room(&bounded, &c[i]));
        c[i].in_flight = envoys[i] + 1;
        assert_false(ek__bounded_has_room(&bounded, &c[i]));
    }
    ek__bounded_deinit(&bounded, &ek_mem_libc);
}

/* R14 (Mirrokni et al.): with m attempts under way at n equal endpoints nobody has more than
 * ceil(c m / n). Ten keys share all calls. Envoy's test is made before the attempt is added, which
 * allows one more. */
static void nobody_takes_more_than_the_bound(void **state)
{
    static const char *const policies[] = {"ring_hash", "maglev"};
    static const char *const overflows[] = {"shuffle", "walk"};
    static const int factors[] = {100, 125, 200};

    (void)state;
    for (size_t run = 0; run < 12; run++) {
        int factor = factors[run % 3];
        bool is_walk = run / 3 % 2 == 1;
        uint32_t most = 0;
        char options[96];

        snprintf(options, sizeof options, "{\"hashBalanceFactor\": %d, \"overflow\": \"%s\"}",
                 factor, overflows[is_walk]);
        struct bench *b = bench_new(policies[run / 6], options, 20, 1);
        for (uint32_t m = 1; m <= 1000; m++) {
            uint32_t bound = (m * (uint32_t)factor + 1999) / 2000 + !is_walk;
            begin(b, pick_hash(b, ek_mix64(m % 10)), 0);
            for (uint32_t i = 0; i < 20; i++)
                most = b->candidates[i].in_flight > most ? b->candidates[i].in_flight : most;
            assert_true(most <= bound);
        }
        for (uint32_t i = 0; i < 20; i++)
            while (b->candidates[i].in_flight > 0)
                end_with(b, i, &(struct ek_outcome){0}, 0);
        assert_int_equal(pick_hash(b, 12345), pick_hash(b, 12345));
        bench_free(b);
    }
}

/* Below the bound a key stays where it is without one; a retry finds room elsewhere. */
static void a_bound_moves_only_what_is_too_much(void **state)
{
    struct bench *free_of = bench_new("ring_hash", "{}", 20, 1);
    struct bench *bound = bench_new("ring_hash", "{\"hashBalanceFactor\": 200}", 20, 1);

    (void)state;
    for (uint64_t k = 1; k <= 500; k++)
        assert_int_equal(pick_hash(free_of, ek_mix64(k)), pick_hash(bound, ek_mix64(k)));
    uint32_t owner = pick_hash(bound, 77);
    for (int i = 0; i < 3; i++)
        begin(bound, owner, 0);
    assert_int_not_equal(pick_hash(bound, 77), owner);
    assert_int_not_equal(pick_without(bound, 1U << owner), owner);
    bench_free(free_of);
    bench_free(bound);
    assert_int_equal(complaints("ring_hash", "{\"hashBalanceFactor\": 99}"), 1);
    assert_int_equal(complaints("maglev", "{\"hashBalanceFactor\": 1}"), 1);
    assert_int_equal(complaints("maglev", "{\"hashBalanceFactor\": 100}"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shuffle_draws_from_mt19937),
        cmocka_unit_test(an_overflowing_key_goes_through_envoys_permutation),
        cmocka_unit_test(slots_are_dealt_out_exactly),
        cmocka_unit_test(nobody_takes_more_than_the_bound),
        cmocka_unit_test(a_bound_moves_only_what_is_too_much),
    };
    return cmocka_run_group_tests_name("core/lb_bounded", tests, NULL, NULL);
}
