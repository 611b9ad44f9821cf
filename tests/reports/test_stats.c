/* Student's t against published values, and intervals of small samples worked out by hand. */
#include "reports/stats/between.h"
#include "reports/stats/estimate.h"
#include "reports/stats/student.h"
#include "reports/stats/warmup.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_close(double value, double wanted, double share)
{
    if (fabs(value - wanted) > share * fabs(wanted))
        fail_msg("%.13g, wanted %.13g", value, wanted);
}

/* ---- Student's t ---- */

/* scipy 1.10.1: scipy.stats.t.ppf(p, df). It is good to 8 digits itself: for df 1 and .975 it
 * differs from tan(.475 pi) = 12.7062047361747 in the eleventh, for df 3 and .9 in the ninth. */
static void t_quantiles_are_those_of_scipy(void **state)
{
    static const double levels[] = {.9, .975, .995, .9995};
    static const struct {
        uint64_t df;
        double t[4];
    } wanted[] = {
        {1, {3.077683537208, 12.70620473643, 63.65674116287, 636.6192494319}},
        {2, {1.885618083164, 4.302652729911, 9.924843200918, 31.59905457704}},
        {3, {1.637744357216, 3.182446305284, 5.840909299756, 12.92397863664}},
        {5, {1.475884048782, 2.570581836615, 4.032142983558, 6.868826639865}},
        {10, {1.37218364111, 2.228138851965, 3.169272667176, 4.586893858703}},
        {19, {1.327728209027, 2.093024054408, 2.86093460645, 3.883405849483}},
        {30, {1.310415022567, 2.042272456301, 2.749995653567, 3.645958634997}},
        {100, {1.29007476134, 1.98397151845, 2.625890520586, 3.39049131941}},
        {1000, {1.282398721461, 1.962339080826, 2.580754698066, 3.300282648424}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        for (size_t k = 0; k < 4; k++) {
            assert_close(ek_student_quantile(levels[k], wanted[i].df), wanted[i].t[k], 5e-9);
            assert_close(ek_student_quantile(1 - levels[k], wanted[i].df), -wanted[i].t[k], 5e-9);
        }
}

/* df 1 is the Cauchy distribution, tan(pi (p - 1/2)); df 2 is (2p - 1) / sqrt(2 p (1 - p)).
 * df 3 has P(T <= t) = 1/2 + ((t / w) / (1 + t^2 / 3) + atan(t / w)) / pi, w = sqrt(3): by
 * bisection. */
static void t_quantiles_of_few_degrees_have_closed_forms(void **state)
{
    (void)state;
    for (int i = 1; i < 40; i++) {
        double p = 0.5 + i / 80.0;

        assert_close(ek_student_quantile(p, 1), tan(3.14159265358979323846 * (p - 0.5)), 1e-11);
        assert_close(ek_student_quantile(p, 2), (2 * p - 1) / sqrt(2 * p * (1 - p)), 1e-11);
    }
    assert_close(ek_student_quantile(.9, 3), 1.6377443536962093, 1e-12);
}

/* 1.959963984540054 is the normal quantile; scipy's t.ppf(.975, 1000000) is 1.9599663568141. */
static void many_degrees_are_the_normal_distribution(void **state)
{
    (void)state;
    assert_close(ek_student_quantile(.975, 1000000), 1.9599663568141, 1e-9);
    assert_close(ek_student_quantile(.975, UINT64_MAX), 1.959963984540054, 2e-6);
}

/* scipy.stats.t.cdf(1.5, 7), t.cdf(-0.3, 4). */
static void the_distribution_is_that_of_scipy(void **state)
{
    (void)state;
    assert_close(ek_student_cdf(1.5, 7), 0.911350756505015, 1e-12);
    assert_close(ek_student_cdf(-0.3, 4), 0.38956071413872984, 1e-12);
    assert_close(ek_student_cdf(0, 3), 0.5, 1e-15);
}

/* ---- intervals ---- */

static const double one[] = {3.1, 2.9, 3.4, 3.0, 2.7, 3.6};
static const double other[] = {2.9, 2.8, 3.1, 3.0, 2.4, 3.2};

/* Mean 18.7 / 6; squares of the distances add up to 0.548333; so the standard error is
 * sqrt(0.548333 / 5 / 6) = 0.135195, times t(.975, 5) = 2.570582. */
static void replications_give_the_t_interval(void **state)
{
    struct ek_estimate e = ek_estimate_replications(one, 6, .95);

    (void)state;
    assert_close(e.mean, 18.7 / 6, 1e-14);
    assert_close(e.std_error, sqrt(0.548333333333333 / 30), 1e-12);
    assert_close(e.half_width, 0.3475306646744649, 1e-9);
    assert_int_equal(e.batches, 6);
    assert_true(ek_estimate_contains(&e, 2.80, .95));
    assert_false(ek_estimate_contains(&e, 2.76, .95));
    assert_true(ek_estimate_contains(&e, 2.76, .99));
    assert_true(ek_estimate_is_precise(&e, 0.12));
    assert_false(ek_estimate_is_precise(&e, 0.11));
}

/* Differences .2 .1 .3 0 .3 .4: mean 1.3 / 6, standard error .0600925; with t(.975, 5), and for
 * three comparisons t(1 - .025 / 3, 5) = 3.534109 (scipy). */
static void pairs_give_the_interval_of_their_difference(void **state)
{
    struct ek_estimate single = ek_estimate_difference(one, other, 6, .95, 1);
    struct ek_estimate of_three = ek_estimate_difference(one, other, 6, .95, 3);

    (void)state;
    assert_close(single.mean, 1.3 / 6, 1e-12);
    assert_close(single.half_width, 0.15447274366151395, 1e-9);
    assert_close(of_three.half_width, 0.21237362261081955, 1e-9);
}

/* Sums 2, 4, 9 of 1, 2, 3 observations: 15 / 6 = 2.5. Residuals -0.5, -1, 1.5 have squares 3.5;
 * standard error sqrt(3.5 / 2 / 3) / 2 = 0.381881. */
static void batches_may_be_unequally_full(void **state)
{
    static const struct ek_batch batches[] = {{2, 1}, {4, 2}, {9, 3}};
    struct ek_estimate e = ek_estimate_batches(batches, 3, .95);

    (void)state;
    assert_close(e.mean, 2.5, 1e-14);
    assert_close(e.std_error, sqrt(3.5 / 6) / 2, 1e-14);
    assert_close(e.half_width, 4.302652729911 * sqrt(3.5 / 6) / 2, 1e-9);
    assert_int_equal(e.count, 6);
}

/* 0 .. 999: a tenth is deleted, batches are 45 long, their means 122 + 45 b; mean 549.5. The mean
 * square of 45 (b - 9.5) over 20 is 45^2 * 665 / 19 = 45^2 * 35. */
static void a_run_is_cut_into_twenty_after_its_first_tenth(void **state)
{
    double values[1000];
    struct ek_estimate e;

    (void)state;
    for (int i = 0; i < 1000; i++)
        values[i] = i;
    e = ek_estimate_mean(values, 1000, .95);
    assert_int_equal(e.deleted, 100);
    assert_int_equal(e.count, 900);
    assert_close(e.mean, 549.5, 1e-14);
    assert_close(e.std_error, 45 * sqrt(35.0 / 20), 1e-12);
    assert_true(e.is_correlated);
}

/* The same run: rank ceil(.9 * 45) = 41 of each batch, so value 100 + 45 b + 40. */
static void a_quantile_comes_from_the_batches_own(void **state)
{
    double values[1000];
    struct ek_estimate e;

    (void)state;
    for (int i = 0; i < 1000; i++)
        values[i] = i;
    e = ek_estimate_quantile(values, 1000, .9, .95);
    assert_close(e.mean, 140 + 45 * 9.5, 1e-14);
    assert_close(e.std_error, 45 * sqrt(35.0 / 20), 1e-12);
}

static void too_few_values_claim_nothing(void **state)
{
    static const struct ek_batch empty[] = {{0, 0}, {0, 0}};
    double values[199] = {0};
    struct ek_estimate e = ek_estimate_mean(values, 199, .95);

    (void)state;
    assert_int_equal(e.batches, 0);
    assert_true(isinf(e.half_width));
    assert_true(ek_estimate_contains(&e, 1e9, .95));
    assert_false(ek_estimate_is_precise(&e, .05));
    assert_int_equal(ek_estimate_quantile(values, 199, .5, .95).batches, 0);
    assert_int_equal(ek_estimate_replications(values, 1, .95).batches, 0);
    assert_int_equal(ek_estimate_difference(values, values, 1, .95, 2).batches, 0);
    assert_int_equal(ek_estimate_batches(empty, 2, .95).batches, 0);
}

/* Alternating values: neighbours differ by 2, so the ratio is 4 (n - 1) / n, r about -1. */
static void neighbours_that_alternate_are_not_called_correlated(void **state)
{
    double values[20];
    struct ek_estimate e;

    (void)state;
    for (int i = 0; i < 20; i++)
        values[i] = i % 2 == 0 ? 1 : -1;
    e = ek_estimate_replications(values, 20, .95);
    assert_close(e.lag1, 1 - 19 * 4 / 40.0, 1e-12);
    assert_false(e.is_correlated);
}

/* ---- warm-up ---- */

/* 100 values far off, then 900 of a level with a small ripple: those 100 go. */
static void mser_finds_a_start_that_stands_out(void **state)
{
    double values[1000];

    (void)state;
    for (int i = 0; i < 1000; i++)
        values[i] = (i < 100 ? 50 : 10) + (i * 7 % 11) / 11.0;
    assert_in_range(ek_warmup_mser5(values, 1000), 100, 105);
    assert_int_equal(ek_warmup_mser5(values, 3), 0);
}

/* ---- two runs ---- */

/* 20 parts of 1,000 calls: `errors` fail, 10 more and 10 less in turn. */
static struct ek_results run_of(struct ek_batch_counts parts[20], uint64_t seed, uint64_t errors)
{
    for (uint64_t i = 0; i < 20; i++)
        parts[i] = (struct ek_batch_counts){.start_ns = (int64_t)i,
                                            .end_ns = (int64_t)i + 1,
                                            .calls = 1000,
                                            .errors = i % 2 == 0 ? errors + 10 : errors - 10,
                                            .mean_ns = 5000000,
                                            .p99_ns = 9000000};
    return (struct ek_results){
        .scenario = "s", .seed = seed, .batches = parts, .batch_count = 20, .batch_phase = "all"};
}

/* In pairs each part differs by exactly 0.05. Apart, each mean has the standard error 0.01 *
 * sqrt(20 / 19) / sqrt(20) = 0.01 / sqrt(19), their difference sqrt(2) times that; t(19, .975) =
 * 2.093024. */
static void what_two_runs_share_is_taken_out_of_their_difference(void **state)
{
    struct ek_batch_counts a[20], b[20];
    struct ek_results base = run_of(a, 1, 100), second = run_of(b, 1, 50), apart = run_of(b, 2, 50);
    struct ek_between paired, unpaired;

    (void)state;
    paired = ek_run_between(&base, &second, EK_COMPARED_ERRORS, .95, 1);
    unpaired = ek_run_between(&base, &apart, EK_COMPARED_ERRORS, .95, 1);

    assert_true(paired.is_paired && paired.is_shown);
    assert_close(paired.difference.mean, -.05, 1e-12);
    assert_true(paired.difference.half_width < 1e-12);
    assert_true(!unpaired.is_paired && unpaired.is_shown);
    assert_close(unpaired.difference.half_width, 2.093024054408 * .01 * sqrt(2. / 19), 1e-9);
}

static void equal_runs_show_no_difference_and_short_ones_say_nothing(void **state)
{
    struct ek_batch_counts a[20], b[20];
    struct ek_results base = run_of(a, 1, 100), second = run_of(b, 2, 100);

    (void)state;
    assert_false(ek_run_between(&base, &second, EK_COMPARED_ERRORS, .95, 1).is_shown);
    assert_false(ek_run_between(&base, &second, EK_COMPARED_P99, .95, 1).is_shown);
    a[7].calls = 99; /* its p99 would be its slowest call */
    assert_false(ek_run_between(&base, &second, EK_COMPARED_P99, .95, 1).is_known);
    assert_true(ek_run_between(&base, &second, EK_COMPARED_MEAN, .95, 1).is_known);
    base.batch_count = 0;
    assert_false(ek_run_between(&base, &second, EK_COMPARED_MEAN, .95, 1).is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_quantiles_are_those_of_scipy),
        cmocka_unit_test(t_quantiles_of_few_degrees_have_closed_forms),
        cmocka_unit_test(many_degrees_are_the_normal_distribution),
        cmocka_unit_test(the_distribution_is_that_of_scipy),
        cmocka_unit_test(replications_give_the_t_interval),
        cmocka_unit_test(pairs_give_the_interval_of_their_difference),
        cmocka_unit_test(batches_may_be_unequally_full),
        cmocka_unit_test(a_run_is_cut_into_twenty_after_its_first_tenth),
        cmocka_unit_test(a_quantile_comes_from_the_batches_own),
        cmocka_unit_test(too_few_values_claim_nothing),
        cmocka_unit_test(neighbours_that_alternate_are_not_called_correlated),
        cmocka_unit_test(mser_finds_a_start_that_stands_out),
        cmocka_unit_test(what_two_runs_share_is_taken_out_of_their_difference),
        cmocka_unit_test(equal_runs_show_no_difference_and_short_ones_say_nothing),
    };

    return cmocka_run_group_tests_name("reports/stats", tests, NULL, NULL);
}
