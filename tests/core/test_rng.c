/* Random streams: reference vectors, uniformity, jitter by the integer. */
#include "evenkeel/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The test vector of the xoshiro256++ authors' algorithm as printed in rand_xoshiro: state 1, 2, 3,
 * 4. The first is also plain by hand: rotl(1 + 4, 23) + 1 = 5 * 2^23 + 1. */
static void the_generator_is_xoshiro256_plus_plus(void **state)
{
    static const uint64_t expected[] = {UINT64_C(41943041),
                                        UINT64_C(58720359),
                                        UINT64_C(3588806011781223),
                                        UINT64_C(3591011842654386),
                                        UINT64_C(9228616714210784205),
                                        UINT64_C(9973669472204895162),
                                        UINT64_C(14011001112246962877),
                                        UINT64_C(12406186145184390807),
                                        UINT64_C(15849039046786891736),
                                        UINT64_C(10450023813501588000)};
    struct ek_rng rng = {{1, 2, 3, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_true(ek_rng_next(&rng) == expected[i]);
}

/* splitmix64 from state 1234567, as in its author's published examples. */
static void the_mixer_is_splitmix64(void **state)
{
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821)};
    uint64_t x = 1234567;

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(ek_mix64(x) == expected[i]);
        x += UINT64_C(0x9e3779b97f4a7c15);
    }
}

static void a_stream_depends_on_seed_purpose_and_id_and_on_nothing_else(void **state)
{
    struct ek_rng a = ek_rng_derive(7, "net", 3), again = ek_rng_derive(7, "net", 3);
    struct ek_rng others[] = {ek_rng_derive(8, "net", 3), ek_rng_derive(7, "nets", 3),
                              ek_rng_derive(7, "ten", 3), ek_rng_derive(7, "net", 4),
                              ek_rng_derive(3, "net", 7)};
    uint64_t first = ek_rng_next(&a);

    (void)state;
    assert_true(ek_rng_next(&again) == first);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_true(ek_rng_next(&others[i]) != first);
}

static void ids_in_a_row_give_uncorrelated_first_numbers(void **state)
{
    int ones[64] = {0};

    (void)state;
    for (uint64_t id = 0; id < 10000; id++) {
        struct ek_rng rng = ek_rng_derive(1, "id", id);
        uint64_t x = ek_rng_next(&rng);
        for (int bit = 0; bit < 64; bit++)
            ones[bit] += (int)(x >> bit & 1);
    }

    /* Binomial(10,000, 1/2): standard deviation 50; five of them for 64 bits. */
    for (int bit = 0; bit < 64; bit++)
        assert_in_range(ones[bit], 4750, 5250);
}

static void below_is_uniform_and_costs_one_number(void **state)
{
    struct ek_rng rng = ek_rng_derive(1, "below", 0), shadow = rng;
    int counts[10] = {0};

    (void)state;
    for (int i = 0; i < 100000; i++) {
        counts[ek_rng_below(&rng, 10)]++;
        ek_rng_next(&shadow);
    }

    assert_memory_equal(&rng, &shadow, sizeof rng);
    /* Binomial(100,000, 1/10): standard deviation 95; five of them. */
    for (int i = 0; i < 10; i++)
        assert_in_range(counts[i], 9525, 10475);
}

static void jitter_is_uniform_over_the_integers_of_its_range(void **state)
{
    struct ek_rng rng = ek_rng_derive(1, "jitter", 0);
    int counts[5] = {0};

    (void)state;
    for (int i = 0; i < 50000; i++) {
        int64_t x = ek_rng_jitter(&rng, 10, 200000); /* 10 +- 2 */
        assert_in_range(x, 8, 12);
        counts[x - 8]++;
    }

    /* Binomial(50,000, 1/5): standard deviation 89; five of them. */
    for (int i = 0; i < 5; i++)
        assert_in_range(counts[i], 9553, 10447);
}

static void jitter_rounds_its_range_down_and_costs_one_number(void **state)
{
    struct ek_rng rng = ek_rng_derive(1, "jitter", 1), shadow = rng;

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(ek_rng_jitter(&rng, 4, 200000), 4); /* 0.8 rounds down to 0 */
        assert_int_equal(ek_rng_jitter(&rng, 12345, 0), 12345);
        assert_int_equal(ek_rng_jitter(&rng, 0, 1000000), 0);
        for (int j = 0; j < 3; j++)
            ek_rng_next(&shadow);
    }
    assert_memory_equal(&rng, &shadow, sizeof rng);
}

static void jitter_is_exact_for_large_values_and_saturates(void **state)
{
    struct ek_rng rng = ek_rng_derive(1, "jitter", 2);
    const int64_t day = INT64_C(86400) * 1000000000, range = day / 5;
    int64_t low = INT64_MAX, high = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t x = ek_rng_jitter(&rng, day, 200000);
        low = x < low ? x : low;
        high = x > high ? x : high;
        assert_true(ek_rng_jitter(&rng, INT64_MAX, 500000) >= INT64_MAX / 2);
    }

    /* Of 10,000 uniform draws the extremes lie within 1/500 of the range of its ends: the chance
     * to miss is (1 - 1/1000)^10,000 = 5e-5 each, and the seed is fixed. */
    assert_true(low >= day - range && low <= day - range + range / 250);
    assert_true(high <= day + range && high >= day + range - range / 250);
}

/* From state 1, 2, 3, 4 the first and the fifth number are 41943041 and 9228616714210784205 (see
 * above). With d = value = 2^62 the result is x * (2^63 + 1) / 2^64 rounded down: for the first
 * 20971520.5, for the fifth 4614308357105392102.5 + 0.5003. */
static void jitter_uses_all_bits_of_the_product(void **state)
{
    struct ek_rng rng = {{1, 2, 3, 4}};

    (void)state;
    assert_true(ek_rng_jitter(&rng, INT64_C(1) << 62, 1000000) == 20971520);
    for (int i = 0; i < 3; i++)
        ek_rng_next(&rng);
    assert_true(ek_rng_jitter(&rng, INT64_C(1) << 62, 1000000) == INT64_C(4614308357105392103));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_xoshiro256_plus_plus),
        cmocka_unit_test(the_mixer_is_splitmix64),
        cmocka_unit_test(a_stream_depends_on_seed_purpose_and_id_and_on_nothing_else),
        cmocka_unit_test(ids_in_a_row_give_uncorrelated_first_numbers),
        cmocka_unit_test(below_is_uniform_and_costs_one_number),
        cmocka_unit_test(jitter_is_uniform_over_the_integers_of_its_range),
        cmocka_unit_test(jitter_rounds_its_range_down_and_costs_one_number),
        cmocka_unit_test(jitter_uses_all_bits_of_the_product),
        cmocka_unit_test(jitter_is_exact_for_large_values_and_saturates),
    };
    return cmocka_run_group_tests_name("core/rng", tests, NULL, NULL);
}
