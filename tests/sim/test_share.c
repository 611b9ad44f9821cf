/* Processor sharing: ends of calls by hand, and against a slow model. */
#include "sim/run.h"

#include "evenkeel/status.h"
#include "reports/recording/replay.h"
#include "reports/recording/results.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    US = 1000,
    CALLS_MAX = 4000
};

struct outcome {
    int64_t planned_ns, latency_ns;
    int status;
};

/* Runs a scenario and gives its calls in the order they were planned; the number of them. */
static size_t outcomes_of(const char *text, struct outcome *out)
{
    struct ek_scenario_overrides overrides = {0};
    char report[4096], path[64], why[512] = "";
    struct ek_scenario *scenario =
        ek_scenario_read("test", text, strlen(text), &overrides, report, sizeof report);
    struct ek_run_options options = {.recording_path = path};
    struct ek_recorder *recorder = NULL;
    const struct ek_recorded_call *calls;
    struct ek_replay *replay;
    size_t count;

    if (scenario == NULL)
        fail_msg("%s", report);
    snprintf(path, sizeof path, "/tmp/ek-share-%ld.db", (long)getpid());
    if (ek_run(scenario, &options, &recorder, why, sizeof why) != EK_OK)
        fail_msg("%s", why);
    ek_scenario_free(scenario);
    ek_recorder_free(recorder);
    replay = ek_replay_open(path, why, sizeof why);
    unlink(path);
    assert_non_null(replay);
    calls = ek_replay_calls(replay, &count);
    assert_true(count <= CALLS_MAX);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct outcome){calls[i].planned_ns, calls[i].end_ns - calls[i].planned_ns,
                                  calls[i].status};
    assert_int_equal(count, ek_replay_results(replay)->calls);
    ek_replay_close(replay);
    return count;
}

#define ONE(duration, endpoints, clients, more)                                             \
    "{\"name\": \"one\", \"duration\": \"" duration "\", \"endpoints\": {\"name\": \"b\", " \
    "\"discipline\": \"ps\", \"service\": \"10ms\", " endpoints "}, \"clients\": {" clients \
    "}" more "}"

/* Latencies in us; a refused call has latency -1. */
static void assert_latencies(const char *text, const int *wanted_us, size_t wanted_count)
{
    struct outcome calls[CALLS_MAX];
    size_t count = outcomes_of(text, calls);

    assert_int_equal(count, wanted_count);
    for (size_t i = 0; i < count; i++) {
        if (wanted_us[i] < 0) {
            assert_int_equal(calls[i].status, EK_STATUS_RESOURCE_EXHAUSTED);
            assert_int_equal(calls[i].latency_ns, 0);
        } else {
            assert_int_equal(calls[i].status, EK_STATUS_OK);
            assert_int_equal(calls[i].latency_ns, (int64_t)wanted_us[i] * US);
        }
    }
}

/* Three calls of 10 ms at 0, 5 and 10 ms. At 10 ms the first has 7.5 and the second 2.5; a third
 * each until 17.5, when the first ends; then halves until 27.5; the last is alone until 30. */
static void one_worker_is_shared_by_three(void **state)
{
    const int wanted[] = {17500, 22500, 20000};

    (void)state;
    assert_latencies(ONE("15ms", "\"workers\": 1", "\"arrivals\": {\"constant\": \"200/s\"}", ""),
                     wanted, 3);
}

/* Two workers, calls at 0, 2.5 and 5 ms. Alone or in twos nobody is slowed. From 5 ms on each has
 * 2/3: the first lacks 5, and ends at 12.5; the others, with 7.5 and 5, go on at full speed. */
static void up_to_the_workers_nobody_is_slowed(void **state)
{
    const int alone[] = {10000, 10000, 10000}, crowded[] = {12500, 12500, 12500};

    (void)state;
    assert_latencies(ONE("15ms", "\"workers\": 2", "\"arrivals\": {\"constant\": \"200/s\"}", ""),
                     alone, 3);
    assert_latencies(ONE("7.5ms", "\"workers\": 2", "\"arrivals\": {\"constant\": \"400/s\"}", ""),
                     crowded, 3);
}

/* Calls at 0, 5 and 10 ms, and room for two: the third is refused, the second ends alone. */
static void above_the_queue_calls_are_refused(void **state)
{
    const int wanted[] = {15000, 15000, -1};

    (void)state;
    assert_latencies(
        ONE("15ms", "\"workers\": 1, \"queue\": 1", "\"arrivals\": {\"constant\": \"200/s\"}", ""),
        wanted, 3);
}

/* Calls at 0 and 5 ms; all stands still from 7 to 107 ms, when the first has 6 and the second 1.
 * The first lacks 4, shared: 115. Then the second has 5: 120. */
static void a_pause_shifts_what_is_left(void **state)
{
    const int wanted[] = {115000, 115000};

    (void)state;
    assert_latencies(
        ONE("10ms", "\"workers\": 1", "\"arrivals\": {\"constant\": \"200/s\"}",
            ", \"faults\": {\"kind\": \"pause\", \"at\": \"7ms\", \"for\": \"100ms\"}"),
        wanted, 2);
}

/* From 4 ms on calls take twice as long: the one at 0 needs 10 ms, the one at 5 needs 20. Shared
 * from 5 on, the first ends at 15, when the other has 5 of 20: it ends at 30. */
static void a_slow_server_makes_more_work_of_new_calls(void **state)
{
    const int wanted[] = {15000, 25000};

    (void)state;
    assert_latencies(
        ONE("10ms", "\"workers\": 1", "\"arrivals\": {\"constant\": \"200/s\"}",
            ", \"faults\": {\"kind\": \"slow\", \"at\": \"4ms\", \"for\": \"1s\", \"factor\": 2}"),
        wanted, 2);
}

/* Both come at 0. One is cancelled at 7 ms, when each has 3.5: the other lacks 6.5 and ends at
 * 13.5; without cancelStopsWork it is shared on, and ends at 20. */
static void a_cancelled_call_leaves_its_share(void **state)
{
    static const char *const endpoints[] = {"\"cancelStopsWork\": true", "\"weight\": 1"};
    const int64_t wanted[] = {13500 * US, 20000 * US};

    (void)state;
    for (int i = 0; i < 2; i++) {
        char text[1024];
        struct outcome calls[CALLS_MAX];
        int64_t cancelled = 7000 * US;

        snprintf(text, sizeof text,
                 "{\"name\": \"two\", \"duration\": \"1ms\", \"endpoints\": {\"name\": \"b\", "
                 "\"workers\": 1, \"discipline\": \"ps\", \"service\": \"10ms\", %s}, "
                 "\"clients\": [{\"name\": \"p\", \"arrivals\": {\"constant\": \"1/s\"}, "
                 "\"deadline\": \"7ms\"}, {\"name\": \"q\", \"arrivals\": {\"constant\": "
                 "\"1/s\"}}]}",
                 endpoints[i]);
        assert_int_equal(outcomes_of(text, calls), 2);
        assert_true((calls[0].latency_ns == cancelled && calls[1].latency_ns == wanted[i]) ||
                    (calls[1].latency_ns == cancelled && calls[0].latency_ns == wanted[i]));
    }
}

/* ---- against a slow model ---- */

#define RANDOM(endpoints)                                                                      \
    "{\"name\": \"random\", \"duration\": \"3s\", \"endpoints\": {\"name\": \"b\", " endpoints \
    ", \"service\": {\"hyperexponential\": {\"mean\": \"6ms\", \"cv\": 3}}}, \"clients\": "    \
    "{\"arrivals\": {\"poisson\": \"450/s\"}}}"

/* Advances everybody from event to event; what a call has left is a number. */
static void share_slowly(const struct outcome *calls, size_t count, double workers, double *end_ns)
{
    static double left[CALLS_MAX];
    double now = 0;
    size_t come = 0, gone = 0;

    while (gone < count) {
        double n = (double)(come - gone), rate = n <= workers ? 1 : workers / n, step;
        size_t least = count;

        for (size_t i = 0; i < come; i++)
            if (left[i] >= 0 && (least == count || left[i] < left[least]))
                least = i;
        step = least == count ? HUGE_VAL : left[least] / rate;
        if (come < count && (double)calls[come].planned_ns - now <= step) {
            step = (double)calls[come].planned_ns - now;
            least = count;
        }
        for (size_t i = 0; i < come; i++)
            if (left[i] >= 0)
                left[i] -= step * rate;
        now += step;
        if (least < count) {
            left[least] = -1;
            end_ns[least] = now;
            gone++;
        } else {
            left[come] = (double)calls[come].latency_ns;
            come++;
        }
    }
}

/* With any number of workers a call takes its service time; the same calls come to the shared
 * ones. An end is up to 1 ns late, for nobody else; the model's own sums are good to a few
 * millionths of a ns. With two workers the server is overloaded for all the run. */
static void ends_are_those_of_a_model_that_shares_step_by_step(void **state)
{
    static const char *const texts[] = {RANDOM("\"workers\": 3, \"discipline\": \"ps\""),
                                        RANDOM("\"workers\": 2, \"discipline\": \"ps\"")};
    static struct outcome alone[CALLS_MAX], shared[CALLS_MAX];
    static double end_ns[CALLS_MAX];
    size_t count = outcomes_of(RANDOM("\"workers\": 0"), alone);

    (void)state;
    assert_true(count > 1000);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(outcomes_of(texts[k], shared), count);
        share_slowly(alone, count, 3 - k, end_ns);
        for (size_t i = 0; i < count; i++) {
            double got = (double)(shared[i].planned_ns + shared[i].latency_ns);

            assert_int_equal(shared[i].planned_ns, alone[i].planned_ns);
            if (got < end_ns[i] - .01 || got > end_ns[i] + 1.01)
                fail_msg("call %zu of %zu ends at %.0f, the model says %.3f", i, count, got,
                         end_ns[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_is_shared_by_three),
        cmocka_unit_test(up_to_the_workers_nobody_is_slowed),
        cmocka_unit_test(above_the_queue_calls_are_refused),
        cmocka_unit_test(a_pause_shifts_what_is_left),
        cmocka_unit_test(a_slow_server_makes_more_work_of_new_calls),
        cmocka_unit_test(a_cancelled_call_leaves_its_share),
        cmocka_unit_test(ends_are_those_of_a_model_that_shares_step_by_step),
    };

    return cmocka_run_group_tests_name("sim/share", tests, NULL, NULL);
}
