/* The chi-square distribution against published tables, fits and bunching worked out by hand. */
#include "evenkeel/rng.h"
#include "reports/stats/chi_square.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_near(double value, double wanted, double off)
{
    if (fabs(value - wanted) > off)
        fail_msg("%.13g, wanted %.13g", value, wanted);
}

/* Critical values of the NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4, upper tail.
 * They have three decimals, so the probability may be off by the density times 0.0005. */
static void tails_are_those_of_the_published_table(void **state)
{
    (void)state;
    static const struct {
        uint64_t df;
        double at[5];
    } rows[] = {
        {1, {2.706, 3.841, 5.024, 6.635, 10.828}},
        {2, {4.605, 5.991, 7.378, 9.210, 13.816}},
        {3, {6.251, 7.815, 9.348, 11.345, 16.266}},
        {5, {9.236, 11.070, 12.833, 15.086, 20.515}},
        {10, {15.987, 18.307, 20.483, 23.209, 29.588}},
        {19, {27.204, 30.144, 32.852, 36.191, 43.820}},
        {50, {63.167, 67.505, 71.420, 76.154, 86.661}},
        {100, {118.498, 124.342, 129.561, 135.807, 149.449}},
    };
    static const double tails[] = {.10, .05, .025, .01, .001};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t k = 0; k < 5; k++)
            assert_near(ek_chi_square_upper(rows[i].at[k], rows[i].df), tails[k], 5e-5);
}

/* df 2 is the exponential distribution: e^(-x/2). df 1 is a squared normal: erfc(sqrt(x/2)). df 4:
 * e^(-x/2) (1 + x/2). */
static void few_degrees_have_closed_forms(void **state)
{
    (void)state;
    for (double x = 0.01; x < 60; x *= 1.7) {
        assert_near(ek_chi_square_upper(x, 2) / exp(-x / 2), 1, 1e-13);
        assert_near(ek_chi_square_upper(x, 1) / erfc(sqrt(x / 2)), 1, 1e-13);
        assert_near(ek_chi_square_upper(x, 4) / (exp(-x / 2) * (1 + x / 2)), 1, 1e-13);
    }
    assert_near(ek_chi_square_upper(0, 3), 1, 0);
    assert_near(ek_chi_square_upper(-1, 3), 1, 0);
    assert_true(ek_chi_square_upper(1e6, 5) == 0);
}

/* Far out the chi-square is normal: P(X >= df + z sqrt(2 df)), by Wilson and Hilferty
 * z' = ((x/df)^(1/3) - (1 - 2/(9 df))) / sqrt(2/(9 df)); at 10,000 degrees the two agree to 1e-5.
 */
static void many_degrees_approach_the_normal_distribution(void **state)
{
    (void)state;
    double df = 10000;
    for (double x = 9700; x <= 10300; x += 100) {
        double z = (cbrt(x / df) - (1 - 2 / (9 * df))) / sqrt(2 / (9 * df));
        assert_near(ek_chi_square_upper(x, 10000), 0.5 * erfc(z / sqrt(2)), 1e-5);
    }
}

/* Medians from the same tables: 0.455, 1.386 (= 2 ln 2), 4.351, 9.342, 99.334. */
static void the_median_is_close(void **state)
{
    (void)state;
    assert_near(ek_chi_square_median(1), 0.455, 0.017);
    assert_near(ek_chi_square_median(2), 1.386, 0.019);
    assert_near(ek_chi_square_median(5), 4.351, 0.013);
    assert_near(ek_chi_square_median(10), 9.342, 0.007);
    assert_near(ek_chi_square_median(100), 99.334, 0.002);
}

/* A die thrown 60 times: 5 8 9 8 10 20. Expected 10 each: (25+4+1+4+0+100)/10 = 13.4 with 5
 * degrees, p = 0.01991 (the example of NIST-style textbooks, scipy.stats.chisquare gives
 * 0.0199). */
static void a_fit_is_held_against_equal_or_given_chances(void **state)
{
    (void)state;
    static const uint64_t die[] = {5, 8, 9, 8, 10, 20};
    static const uint64_t even[] = {100, 100, 0, 200}, weights[] = {1, 1, 0, 2};
    static const uint64_t few[] = {4, 4};
    struct ek_chi_square fit;

    assert_true(ek_chi_square_fit(die, NULL, 6, &fit));
    assert_near(fit.x, 13.4, 1e-12);
    assert_int_equal(fit.df, 5);
    assert_near(fit.p, 0.0199, 5e-5);
    assert_true(ek_chi_square_fit(even, weights, 4, &fit));
    assert_near(fit.x, 0, 1e-12);
    assert_int_equal(fit.df, 2);
    assert_near(fit.p, 1, 0);
    assert_false(ek_chi_square_fit(few, NULL, 2, &fit));
    assert_false(ek_chi_square_fit(die, NULL, 1, &fit));
}

enum {
    ROWS = 400,
    COLUMNS = 10
};

static void independent_picks_are_not_bunched(void **state)
{
    (void)state;
    static uint64_t counts[ROWS * COLUMNS];
    struct ek_rng rng = ek_rng_derive(7, "bunching", 1);

    for (size_t r = 0; r < ROWS; r++)
        for (int i = 0; i < 100; i++)
            counts[r * COLUMNS + ek_rng_below(&rng, COLUMNS)]++;
    /* The median of 400 values of a chi-square over 9 degrees is good to about 3 %. */
    assert_near(ek_chi_square_bunching(counts, ROWS, COLUMNS), 1, 0.1);
}

/* Half way through three columns get nothing any more. */
static void a_change_that_stays_is_not_called_bunching(void **state)
{
    (void)state;
    static uint64_t counts[ROWS * COLUMNS];
    struct ek_rng rng = ek_rng_derive(7, "bunching", 2);

    for (size_t r = 0; r < ROWS; r++)
        for (int i = 0; i < 100; i++)
            counts[r * COLUMNS + ek_rng_below(&rng, r < ROWS / 2 ? COLUMNS : COLUMNS - 3)]++;
    assert_near(ek_chi_square_bunching(counts, ROWS, COLUMNS), 1, 0.12);
}

/* Dealt in turn, every stretch is the same: nothing is off. */
static void taking_turns_is_below_one(void **state)
{
    (void)state;
    static uint64_t counts[ROWS * COLUMNS];

    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        counts[i] = 10;
    assert_near(ek_chi_square_bunching(counts, ROWS, COLUMNS), 0, 1e-12);
}

/* All 100 picks of a stretch go to one of two columns, in alternation. Around a stretch in the
 * middle are 9 with 5 like it: expected 100 * 5/9, x = 44.4^2/55.6 + 44.4^2/44.4 = 80; corrected by
 * 9/8 to 90, over the median of one degree (7/9)^3 = 0.4705: 191.3. */
static void a_herd_is_far_above_one(void **state)
{
    (void)state;
    static uint64_t counts[ROWS * 2];

    for (size_t r = 0; r < ROWS; r++)
        counts[r * 2 + r % 2] = 100;
    assert_near(ek_chi_square_bunching(counts, ROWS, 2), 90 / pow(7.0 / 9, 3), 0.01);
}

static void too_few_stretches_say_nothing(void **state)
{
    (void)state;
    static const uint64_t counts[8 * 2] = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};

    assert_true(ek_chi_square_bunching(counts, 8, 2) < 0);
    assert_true(ek_chi_square_bunching(counts, 0, 2) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_are_those_of_the_published_table),
        cmocka_unit_test(few_degrees_have_closed_forms),
        cmocka_unit_test(many_degrees_approach_the_normal_distribution),
        cmocka_unit_test(the_median_is_close),
        cmocka_unit_test(a_fit_is_held_against_equal_or_given_chances),
        cmocka_unit_test(independent_picks_are_not_bunched),
        cmocka_unit_test(a_change_that_stays_is_not_called_bunching),
        cmocka_unit_test(taking_turns_is_below_one),
        cmocka_unit_test(a_herd_is_far_above_one),
        cmocka_unit_test(too_few_stretches_say_nothing),
    };

    return cmocka_run_group_tests_name("reports/stats_chi_square", tests, NULL, NULL);
}
