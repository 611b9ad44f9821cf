/* How often intervals hold what they promise: many M/M/1 runs whose mean wait is known. */
#include "reports/stats/estimate.h"
#include "reports/stats/warmup.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* A generator of the test's own (splitmix64). */
static double uniform(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53;
}

/* Lindley's recursion from an empty start: W' = max(0, W + S - A), mean service 1. */
static void waits(double rho, double *out, size_t n, uint64_t *state)
{
    double wait = 0;

    for (size_t i = 0; i < n; i++) {
        out[i] = wait;
        wait += log(uniform(state)) / rho - log(uniform(state));
        wait = wait < 0 ? 0 : wait;
    }
}

enum {
    RUNS = 600,
    CUSTOMERS = 10000
};

static double covered(double rho)
{
    double truth = rho / (1 - rho), *values = calloc(CUSTOMERS, sizeof *values);
    uint64_t state = 12345;
    int held = 0;

    assert_non_null(values);
    for (int run = 0; run < RUNS; run++) {
        struct ek_estimate e;

        waits(rho, values, CUSTOMERS, &state);
        e = ek_estimate_mean(values, CUSTOMERS, .95);
        held += ek_estimate_contains(&e, truth, .95);
    }
    free(values);
    return (double)held / RUNS;
}

/* Measured elsewhere with 1,000 runs each (BM-20-d10 at 10,000 customers): .950 at rho 0.5 and
 * .904 at 0.8. The standard error of the difference of two such shares is
 * sqrt(c (1 - c) (1 / 600 + 1 / 1000)): .011 and .015; three of them. */
static void batch_means_cover_as_often_as_measured(void **state)
{
    double at_half = covered(.5), at_most = covered(.8);

    (void)state;
    if (fabs(at_half - .950) > .034)
        fail_msg("rho 0.5: %.3f, wanted .950", at_half);
    if (fabs(at_most - .904) > .046)
        fail_msg("rho 0.8: %.3f, wanted .904", at_most);
}

/* Short runs are known by their width and their batches' correlation. At rho 0.9 and 10,000
 * customers the mean half-width is 31 % of the mean; no claim may rest on it. */
static void short_runs_are_not_precise(void **state)
{
    static double values[CUSTOMERS];
    uint64_t seed = 99;
    int precise = 0;

    (void)state;
    for (int run = 0; run < 50; run++) {
        struct ek_estimate e;

        waits(.9, values, CUSTOMERS, &seed);
        e = ek_estimate_mean(values, CUSTOMERS, .95);
        precise += ek_estimate_is_precise(&e, .05);
    }
    assert_int_equal(precise, 0);
}

/* 200 independent pairs of waits that share all but a small part: the paired interval finds the
 * difference of 0.01 that two intervals on their own cannot see. */
static void common_random_numbers_show_small_differences(void **state)
{
    double a[200], b[200];
    uint64_t seed = 7;
    struct ek_estimate pairs, alone;

    (void)state;
    for (int i = 0; i < 200; i++) {
        double shared = -log(uniform(&seed));

        a[i] = shared + 0.01 * uniform(&seed) + 0.01;
        b[i] = shared + 0.01 * uniform(&seed);
    }
    pairs = ek_estimate_difference(a, b, 200, .95, 1);
    alone = ek_estimate_replications(a, 200, .95);
    assert_false(ek_estimate_contains(&pairs, 0, .999));
    assert_true(ek_estimate_contains(&pairs, 0.01, .999));
    assert_true(alone.half_width > 50 * pairs.half_width);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_means_cover_as_often_as_measured),
        cmocka_unit_test(short_runs_are_not_precise),
        cmocka_unit_test(common_random_numbers_show_small_differences),
    };

    return cmocka_run_group_tests_name("reports/stats_coverage", tests, NULL, NULL);
}
