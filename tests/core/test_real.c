/* exp and log against libm, whose own error is below 1e-15. */
#include "evenkeel/real.h"

#include "evenkeel/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double error_max = 1e-14;

/* Uniform in [low, high). */
static double draw(struct ek_rng *rng, double low, double high)
{
    return low + (high - low) * ((double)(ek_rng_next(rng) >> 11) * 0x1p-53);
}

static void assert_near(double got, double wanted)
{
    if (!(fabs(got - wanted) <= error_max * fabs(wanted)))
        fail_msg("got %.17g, wanted %.17g", got, wanted);
}

static void exp_agrees_with_libm(void **state)
{
    struct ek_rng rng = ek_rng_derive(1, "exp", 0);

    (void)state;
    for (int i = 0; i < 300000; i++) {
        double x = draw(&rng, -708, 709), small = draw(&rng, -1, 1), tiny = small * 0x1p-40;
        assert_near(ek_exp(x), exp(x));
        assert_near(ek_exp(small), exp(small));
        assert_near(ek_exp(tiny), exp(tiny));
    }
}

static void exp_is_right_at_its_edges(void **state)
{
    (void)state;
    assert_true(ek_exp(0.0) == 1.0);
    assert_true(ek_exp(-0.0) == 1.0);
    assert_near(ek_exp(1.0), 0x1.5bf0a8b145769p+1); /* e */
    assert_near(ek_exp(709.0), exp(709.0));
    assert_true(isinf(ek_exp(709.1)));
    assert_true(isinf(ek_exp(HUGE_VAL)));
    assert_true(ek_exp(-746.0) == 0.0);
    assert_true(ek_exp(-HUGE_VAL) == 0.0);
}

/* Below 2^-1022 doubles are 2^-1074 apart: at most one step off. */
static void exp_ends_in_subnormals(void **state)
{
    (void)state;
    for (double x = -745.0; x < -708.0; x += 0.01)
        assert_true(fabs(ek_exp(x) - exp(x)) <= 0x1p-1074 + error_max * exp(x));
}

static void log_agrees_with_libm(void **state)
{
    struct ek_rng rng = ek_rng_derive(1, "log", 0);

    (void)state;
    for (int i = 0; i < 300000; i++) {
        double x = exp(draw(&rng, -708, 709)), near_one = draw(&rng, 0.5, 2);
        double nearer = 1 + draw(&rng, -1, 1) * 0x1p-30;
        assert_near(ek_log(x), log(x));
        assert_near(ek_log(near_one), log(near_one));
        assert_near(ek_log(nearer), log(nearer));
    }
}

static void log_is_right_at_its_edges(void **state)
{
    static const double edges[] = {0x1p-1074,
                                   0x1p-1022,
                                   0x1.fffffffffffffp-1023,
                                   0.5,
                                   2.0,
                                   0x1.6a09e667f3bccp+0,
                                   0x1.6a09e667f3bcdp+0,
                                   0x1.fffffffffffffp-1,
                                   0x1.0000000000001p+0,
                                   0x1.fffffffffffffp+1023};

    (void)state;
    assert_true(ek_log(1.0) == 0.0);
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        assert_near(ek_log(edges[i]), log(edges[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_agrees_with_libm),      cmocka_unit_test(exp_is_right_at_its_edges),
        cmocka_unit_test(exp_ends_in_subnormals),    cmocka_unit_test(log_agrees_with_libm),
        cmocka_unit_test(log_is_right_at_its_edges),
    };
    return cmocka_run_group_tests_name("core/real", tests, NULL, NULL);
}
