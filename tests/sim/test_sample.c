/* Variates against the distributions they are to follow. */
#include "sim/sample.h"

#include "evenkeel/rng.h"
#include "evenkeel/time.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    DRAWS = 200000
};

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Sorted draws; the caller frees. */
static int64_t *draws(const struct ek_distribution *distribution)
{
    struct ek_sampler sampler = ek_sampler_make(distribution);
    struct ek_rng rng = ek_rng_derive(7, "sample", 0);
    int64_t *values = malloc(DRAWS * sizeof *values);

    assert_non_null(values);
    for (int i = 0; i < DRAWS; i++)
        values[i] = ek_sampler_draw(&sampler, ek_rng_next(&rng));
    qsort(values, DRAWS, sizeof *values, by_value);
    return values;
}

static double quantile(const int64_t *values, double p)
{
    return (double)values[(int)(p * DRAWS)];
}

static double mean(const int64_t *values)
{
    double sum = 0;

    for (int i = 0; i < DRAWS; i++)
        sum += (double)values[i];
    return sum / DRAWS;
}

/* Within `share` of what theory says. The standard error of a mean of 200,000 exponentials is
 * 0.22 %, of their p99 about 0.5 %. */
static void assert_near(double got, double wanted, double share)
{
    if (fabs(got - wanted) > share * fabs(wanted))
        fail_msg("%.6g, wanted %.6g within %.2g %%", got, wanted, share * 100);
}

/* Kolmogorov and Smirnov: of n draws, the largest distance between the share below t and 1 - e^-t
 * exceeds 1.95 / sqrt(n) in one sample of a thousand. A layer too wide by its own area would be 1 /
 * 256 = 0.0039, the tail left out 0.0005 of all, against 0.00062. */
static void exponential_follows_its_formula(void **state)
{
    enum {
        MANY = 10000000,
        CELLS = 4096 /* of the share, all alike */
    };
    static uint32_t cells[CELLS];
    struct ek_rng rng = ek_rng_derive(7, "exponential", 0);
    double largest = 0, sum = 0, beyond = 0;
    uint64_t below = 0;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        double x = ek_sample_exponential(ek_rng_next(&rng));

        assert_true(x >= 0);
        sum += x;
        beyond += x > 7.697117470131050; /* where the layers end and the tail begins */
        cells[(int)((1 - exp(-x)) * CELLS * (1 - 1e-15))]++;
    }
    for (int k = 0; k < CELLS; k++) {
        below += cells[k];
        largest = fmax(largest, fabs((double)below / MANY - (double)(k + 1) / CELLS));
    }
    assert_true(largest < 1.95 / sqrt(MANY));
    assert_near(sum / MANY, 1, 0.00104);                       /* 3.3 sd of 1 / sqrt(n) */
    assert_near(beyond / MANY, exp(-7.697117470131050), 0.05); /* 4541 +- 67: 3.4 sd */
}

static void exponential_has_its_mean_and_quantiles(void **state)
{
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_EXPONENTIAL, .exponential = {10 * EK_MS}};
    int64_t *values = draws(&d);

    (void)state;
    assert_near(mean(values), 10e6, 0.01);
    assert_near(quantile(values, 0.5), 10e6 * log(2), 0.01);
    assert_near(quantile(values, 0.99), 10e6 * log(100), 0.02);
    free(values);
}

static void normal_has_its_mean_deviation_and_tail(void **state)
{
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_NORMAL, .normal = {167 * EK_MS, 5 * EK_MS}};
    int64_t *values = draws(&d);

    (void)state;
    assert_near(mean(values), 167e6, 0.001);
    assert_near(quantile(values, 0.8413447) - quantile(values, 0.5), 5e6, 0.02);
    assert_near(quantile(values, 0.99) - 167e6, 2.3263479 * 5e6, 0.02);
    assert_near(quantile(values, 0.001) - 167e6, -3.0902323 * 5e6, 0.04);
    free(values);
}

static void normal_is_cut_at_a_microsecond(void **state)
{
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_NORMAL, .normal = {EK_MS, 5 * EK_MS}};
    int64_t *values = draws(&d);

    (void)state;
    assert_int_equal(values[0], 1000);
    free(values);
}

static void lognormal_by_median_has_its_p99(void **state)
{
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_LOGNORMAL,
                                .lognormal = {.p50_ns = 9 * EK_MS, .p99_ns = 28 * EK_MS}};
    int64_t *values = draws(&d);

    (void)state;
    assert_near(quantile(values, 0.5), 9e6, 0.01);
    assert_near(quantile(values, 0.99), 28e6, 0.02);
    free(values);
}

static void lognormal_by_mean_has_its_mean_and_p99(void **state)
{
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_LOGNORMAL,
                                .lognormal = {.mean_ns = 10 * EK_MS, .p99_ns = 40 * EK_MS}};
    int64_t *values = draws(&d);

    (void)state;
    assert_near(mean(values), 10e6, 0.01);
    assert_near(quantile(values, 0.99), 40e6, 0.03);
    free(values);
}

static void empirical_is_linear_between_its_percentiles(void **state)
{
    struct ek_percentile points[] = {
        {0, 10 * EK_MS}, {500000, 20 * EK_MS}, {900000, 100 * EK_MS}, {1000000, 200 * EK_MS}};
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_EMPIRICAL, .empirical = {points, 4}};
    int64_t *values = draws(&d);

    (void)state;
    assert_near(quantile(values, 0.25), 15e6, 0.01);
    assert_near(quantile(values, 0.5), 20e6, 0.02);
    assert_near(quantile(values, 0.7), 60e6, 0.02);
    assert_near(quantile(values, 0.95), 150e6, 0.02);
    assert_true(values[0] >= 10 * EK_MS && values[DRAWS - 1] <= 200 * EK_MS);
    free(values);
}

/* P(T > t) = p e^(-2 p t) + q e^(-2 q t), p = (1 + sqrt(15 / 17)) / 2 = .969668 for cv 4: checked
 * at the t where that is 1/2, 1/10 and 1/100, by bisection of the formula: 0.373057, 1.340547 and
 * 18.291226 means. */
static void hyperexponential_has_its_moments_and_quantiles(void **state)
{
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_HYPEREXPONENTIAL,
                                .hyperexponential = {10 * EK_MS, 4000}};
    int64_t *values = draws(&d);
    double squares = 0;

    (void)state;
    for (int i = 0; i < DRAWS; i++)
        squares += (double)values[i] * (double)values[i];
    assert_near(mean(values), 10e6, 0.03);
    assert_near(squares / DRAWS, 17 * 1e14, 0.06);
    assert_near(quantile(values, 0.5), 0.373057 * 10e6, 0.01);
    assert_near(quantile(values, 0.9), 1.340547 * 10e6, 0.02);
    assert_near(quantile(values, 0.99), 18.291226 * 10e6, 0.03);
    free(values);
}

/* The time of each draw, put into the formula, gives the draw back. */
static void hyperexponential_follows_its_formula(void **state)
{
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_HYPEREXPONENTIAL,
                                .hyperexponential = {EK_S, 4000}};
    struct ek_sampler sampler = ek_sampler_make(&d);
    double p = (1 + sqrt(15.0 / 17)) / 2, q = 1 - p;

    (void)state;
    for (uint64_t i = 0; i < 4096; i++) {
        double u = ((double)i + .5) / 4096;
        double t = (double)ek_sampler_draw(&sampler, i << 52 | UINT64_C(1) << 51) / 1e9;
        double back = p * exp(-2 * p * t) + q * exp(-2 * q * t);

        if (fabs(back - u) > 1e-8)
            fail_msg("draw %.6f gives %.9f s, which is exceeded with %.9f", u, t, back);
    }
}

static void hyperexponential_of_cv_1_is_exponential(void **state)
{
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_HYPEREXPONENTIAL,
                                .hyperexponential = {10 * EK_MS, 1000}};
    struct ek_sampler sampler = ek_sampler_make(&d);

    (void)state;
    for (uint64_t i = 0; i < 4096; i++) {
        double wanted = -1e7 * log(((double)i + .5) / 4096);

        assert_true(fabs((double)ek_sampler_draw(&sampler, i << 52 | UINT64_C(1) << 51) - wanted) <
                    1.5);
    }
}

/* What makes two policies comparable: the larger draw never gives the smaller time. */
static void values_rise_with_the_draw(void **state)
{
    const struct ek_distribution all[] = {
        {.kind = EK_DISTRIBUTION_NORMAL, .normal = {167 * EK_MS, 5 * EK_MS}},
        {.kind = EK_DISTRIBUTION_LOGNORMAL, .lognormal = {.p50_ns = 9 * EK_MS, .p99_ns = EK_S}},
        {.kind = EK_DISTRIBUTION_HYPEREXPONENTIAL, .hyperexponential = {10 * EK_MS, 4000}},
    };

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct ek_sampler sampler = ek_sampler_make(&all[k]);
        bool is_falling = k == 2; /* -ln(u) falls as u rises */
        int64_t last = ek_sampler_draw(&sampler, 0);

        for (uint64_t i = 1; i < 4096; i++) {
            int64_t next = ek_sampler_draw(&sampler, i << 52);

            assert_true(is_falling ? next <= last : next >= last);
            last = next;
        }
    }
}

static void the_ends_of_the_draw_give_finite_times(void **state)
{
    struct ek_distribution d = {.kind = EK_DISTRIBUTION_LOGNORMAL,
                                .lognormal = {.p50_ns = EK_MS, .p99_ns = 1000 * EK_S}};
    struct ek_sampler sampler = ek_sampler_make(&d);

    (void)state;
    assert_true(ek_sampler_draw(&sampler, 0) >= 0);
    assert_true(ek_sampler_draw(&sampler, UINT64_MAX) > 0);
    assert_true(ek_sampler_draw(&sampler, UINT64_MAX) <= INT64_C(9000000000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_follows_its_formula),
        cmocka_unit_test(exponential_has_its_mean_and_quantiles),
        cmocka_unit_test(normal_has_its_mean_deviation_and_tail),
        cmocka_unit_test(normal_is_cut_at_a_microsecond),
        cmocka_unit_test(lognormal_by_median_has_its_p99),
        cmocka_unit_test(lognormal_by_mean_has_its_mean_and_p99),
        cmocka_unit_test(empirical_is_linear_between_its_percentiles),
        cmocka_unit_test(hyperexponential_has_its_moments_and_quantiles),
        cmocka_unit_test(hyperexponential_follows_its_formula),
        cmocka_unit_test(hyperexponential_of_cv_1_is_exponential),
        cmocka_unit_test(values_rise_with_the_draw),
        cmocka_unit_test(the_ends_of_the_draw_give_finite_times),
    };

    return cmocka_run_group_tests_name("sim/sample", tests, NULL, NULL);
}
