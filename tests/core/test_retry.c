/* Delays between attempts, and the bucket that stops retries. */
#include "core/retry.h"

#include "evenkeel/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* gRPC's connection backoff: 1 s x 1.6^n, at most 120 s (1.6^2 = 2.56, 1.6^3 = 4.096 ...). */
static void nominal_delays_are_those_of_grpcs_table(void **state)
{
    static const int64_t expected_ms[] = {1000,  1600,  2560,  4096,   6553,   10485, 16777,
                                          26843, 42949, 68719, 109951, 120000, 120000};
    struct ek__backoff backoff = {EK_S, 120 * EK_S, 1600};

    (void)state;
    for (uint32_t n = 1; n <= 13; n++)
        assert_int_equal(ek__backoff_nominal(backoff, n) / EK_MS, expected_ms[n - 1]);
    assert_int_equal(ek__backoff_nominal(backoff, UINT32_MAX), 120 * EK_S);
}

static void extreme_settings_neither_overflow_nor_hang(void **state)
{
    struct ek__backoff huge = {INT64_MAX / 3, INT64_MAX, INT64_MAX / 2};
    struct ek__backoff constant = {EK_S, 2 * EK_S, 1000};
    struct ek__backoff shrinking = {EK_S, 2 * EK_S, 500};
    struct ek__backoff capped = {5 * EK_S, 2 * EK_S, 2000};
    struct ek__backoff odd = {1999, EK_S, 1500};

    (void)state;
    assert_true(ek__backoff_nominal(huge, 2) == INT64_MAX);
    assert_int_equal(ek__backoff_nominal(constant, UINT32_MAX), EK_S);
    assert_int_equal(ek__backoff_nominal(shrinking, 2), EK_S / 2);
    assert_int_equal(ek__backoff_nominal(shrinking, UINT32_MAX), 0);
    assert_int_equal(ek__backoff_nominal(capped, 1), 2 * EK_S);
    assert_int_equal(ek__backoff_nominal(odd, 2), 2998); /* 2998.5 */
}

/* G74: 0.1 s, x2, at most 1 s, times U(0.8, 1.2). */
static void retry_delays_lie_within_twenty_percent(void **state)
{
    static const int64_t low_ms[] = {80, 160, 320, 640, 800, 800};
    static const int64_t high_ms[] = {120, 240, 480, 960, 1200, 1200};
    struct ek_retry_policy policy = {.attempts_max = 5,
                                     .initial_backoff_ns = 100 * EK_MS,
                                     .backoff_max_ns = EK_S,
                                     .backoff_multiplier = 2000};
    struct ek_rng rng = ek_rng_derive(1, "retry", 0);

    (void)state;
    for (uint32_t n = 1; n <= 6; n++) {
        int64_t low = INT64_MAX, high = 0, width = (high_ms[n - 1] - low_ms[n - 1]) * EK_MS;
        for (int i = 0; i < 10000; i++) {
            int64_t delay = ek__retry_delay(&policy, n, &rng);
            low = delay < low ? delay : low;
            high = delay > high ? delay : high;
        }
        assert_in_range(low, low_ms[n - 1] * EK_MS, low_ms[n - 1] * EK_MS + width / 100);
        assert_in_range(high, high_ms[n - 1] * EK_MS - width / 100, high_ms[n - 1] * EK_MS);
    }
}

static struct ek__throttle bucket(int64_t tokens_max, int64_t ratio)
{
    struct ek_retry_throttling config = {.tokens_max = tokens_max, .token_ratio = ratio};
    struct ek__throttle throttle;

    ek__throttle_init(&throttle, &config);
    return throttle;
}

/* G66, grpc-go's TestRetryThrottling: 10 tokens, ratio 0.5, 4 attempts per call. */
static void outcomes_are_those_of_grpc_gos_test(void **state)
{
    static const bool server_ok[] = {1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1};
    static const struct {
        bool ok;
        int last;
        int64_t tokens;
    } expected[] = {{1, 0, 10000}, {1, 3, 8500},  {1, 6, 7000},  {0, 8, 5000},
                    {0, 9, 4000},  {1, 10, 4500}, {1, 11, 5000}, {1, 12, 5500},
                    {1, 13, 6000}, {1, 14, 6500}, {1, 16, 6000}, {0, 17, 5000}};
    struct ek__throttle throttle = bucket(10000, 500);
    int served = 0;

    (void)state;
    for (size_t call = 0; call < sizeof expected / sizeof expected[0]; call++) {
        bool ok = false;
        for (int attempt = 0; attempt < 4 && !ok; attempt++) {
            if (attempt > 0 && !ek__throttle_allows(&throttle))
                break;
            ok = server_ok[served++];
            if (ok)
                ek__throttle_on_success(&throttle);
            else
                ek__throttle_on_failure(&throttle);
        }
        assert_int_equal(ok, expected[call].ok);
        assert_int_equal(served - 1, expected[call].last);
        assert_int_equal(throttle.tokens, expected[call].tokens);
    }
}

/* G70: at 3 of 4 tokens a failure leaves 2, which is not more than half. */
static void half_the_tokens_are_not_enough(void **state)
{
    struct ek__throttle throttle = bucket(4000, 1000);

    (void)state;
    ek__throttle_on_failure(&throttle);
    assert_int_equal(throttle.tokens, 3000);
    assert_true(ek__throttle_allows(&throttle));
    ek__throttle_on_failure(&throttle);
    assert_int_equal(throttle.tokens, 2000);
    assert_false(ek__throttle_allows(&throttle));
}

/* S03(d): 10 tokens, ratio 0.1. 10 -> 5 after five failures, and 5 is not > 5. From 0, k successes
 * give k/10 > 5 for k = 51. */
static void five_failures_stop_retries_and_fifty_one_successes_allow_them(void **state)
{
    struct ek__throttle throttle = bucket(10000, 100);

    (void)state;
    for (int failure = 1; failure <= 20; failure++) {
        ek__throttle_on_failure(&throttle);
        assert_int_equal(ek__throttle_allows(&throttle), failure < 5);
    }
    assert_int_equal(throttle.tokens, 0);
    for (int success = 1; success <= 200; success++) {
        ek__throttle_on_success(&throttle);
        assert_int_equal(ek__throttle_allows(&throttle), success >= 51);
    }
    assert_int_equal(throttle.tokens, 10000);
}

static void without_a_bucket_retries_are_always_allowed(void **state)
{
    struct ek__throttle throttle = bucket(0, 0);

    (void)state;
    for (int i = 0; i < 1000; i++) {
        ek__throttle_on_failure(&throttle);
        assert_true(ek__throttle_allows(&throttle));
    }
    ek__throttle_on_success(&throttle);
    assert_int_equal(throttle.tokens, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nominal_delays_are_those_of_grpcs_table),
        cmocka_unit_test(extreme_settings_neither_overflow_nor_hang),
        cmocka_unit_test(retry_delays_lie_within_twenty_percent),
        cmocka_unit_test(outcomes_are_those_of_grpc_gos_test),
        cmocka_unit_test(half_the_tokens_are_not_enough),
        cmocka_unit_test(five_failures_stop_retries_and_fifty_one_successes_allow_them),
        cmocka_unit_test(without_a_bucket_retries_are_always_allowed),
    };
    return cmocka_run_group_tests_name("core/retry", tests, NULL, NULL);
}
