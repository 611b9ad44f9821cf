/* Answers that say when, whether and how a call may be tried again, and when its attempts follow.
 */
#include "sim/run.h"

#include "evenkeel/status.h"
#include "evenkeel/time.h"
#include "reports/recording/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH "/tmp/ek-test-pushback.db"
#define RETRIES                                                                            \
    ", \"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 4, "         \
    "\"initialBackoff\": \"100ms\", \"maxBackoff\": \"100ms\", \"backoffMultiplier\": 1, " \
    "\"retryableStatusCodes\": [\"UNAVAILABLE\"]}}]"

/* One client, one server, 1 ms from one to the other, a call a second; from 1 s on all are answered
 * with an error at once, as `fault` says. Returns the first of those calls. */
static struct ek_recorded_call first_call(const char *config, const char *fault)
{
    static const char form[] =
        "{\"name\": \"pushback\", \"duration\": \"3s\", \"endpoints\": {\"name\": \"b1\", "
        "\"service\": \"5ms\"}, \"network\": {\"delay\": \"1ms\"}, \"clients\": {\"arrivals\": "
        "{\"constant\": \"1/s\"}, \"serviceConfig\": {\"loadBalancingConfig\": [{\"round_robin\": "
        "{}}]%s}}, \"faults\": [{\"kind\": \"error\", \"at\": \"500ms\"%s}]}";
    const struct ek_scenario_overrides overrides = {0};
    const struct ek_run_options options = {.recording_path = PATH};
    struct ek_recorded_call found = {0};
    char text[2048], report[8192], why[256] = "";
    struct ek_recorder *recorder = NULL;
    const struct ek_recorded_call *calls;
    struct ek_scenario *scenario;
    struct ek_replay *replay;
    size_t count;

    snprintf(text, sizeof text, form, config, fault);
    scenario = ek_scenario_read("test", text, strlen(text), &overrides, report, sizeof report);
    if (scenario == NULL)
        fail_msg("%s", report);
    if (ek_run(scenario, &options, &recorder, why, sizeof why) != EK_OK)
        fail_msg("%s", why);
    ek_scenario_free(scenario);
    ek_recorder_free(recorder);
    replay = ek_replay_open(PATH, why, sizeof why);
    assert_non_null(replay);
    calls = ek_replay_calls(replay, &count);
    for (size_t i = 0; i < count && found.attempt_count == 0; i++)
        if (calls[i].planned_ns >= EK_S)
            found = calls[i];
    ek_replay_close(replay);
    unlink(PATH);
    return found;
}

static void assert_sent(const struct ek_recorded_call *call, const int64_t *ms, uint32_t count)
{
    assert_int_equal(call->attempt_count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(call->attempts[i].start_ns - call->planned_ns, ms[i] * EK_MS);
}

/* The answer is back after 1 + 1 ms, and the next attempt follows after exactly 300 ms: 0, 302,
 * 604, 906 ms; the backoff of 100 ms does not count. grpc.md 10.2. */
static void a_pushback_is_the_exact_delay_of_every_attempt(void **state)
{
    static const int64_t ms[] = {0, 302, 604, 906};
    struct ek_recorded_call call = first_call(RETRIES, ", \"pushback\": \"300ms\"");

    (void)state;
    assert_sent(&call, ms, 4);
    assert_int_equal(call.status, EK_STATUS_UNAVAILABLE);
    assert_int_equal(call.end_ns - call.planned_ns, 908 * EK_MS);
}

/* 0 is a pushback too: at once. */
static void a_pushback_of_zero_is_at_once(void **state)
{
    static const int64_t ms[] = {0, 2, 4, 6};
    struct ek_recorded_call call = first_call(RETRIES, ", \"pushback\": \"0s\"");

    (void)state;
    assert_sent(&call, ms, 4);
}

/* Negative: no retry. grpc.md 10.2. */
static void a_server_can_forbid_retries(void **state)
{
    static const int64_t ms[] = {0};
    struct ek_recorded_call call = first_call(RETRIES, ", \"retry\": \"never\"");

    (void)state;
    assert_sent(&call, ms, 1);
    assert_int_equal(call.end_ns - call.planned_ns, 2 * EK_MS);
}

/* What a server did not process is sent again once, at once and uncounted, even where no method is
 * retried (grpc.md 10.4). With a retryPolicy of 4 attempts there are 5: the first again at 2 ms,
 * then three after 100 ms +-20 % each. */
static void what_was_refused_unseen_is_sent_again_once(void **state)
{
    static const int64_t ms[] = {0, 2};
    struct ek_recorded_call call = first_call("", ", \"retry\": \"unprocessed\"");

    (void)state;
    assert_sent(&call, ms, 2);
    assert_int_equal(call.end_ns - call.planned_ns, 4 * EK_MS);

    call = first_call(RETRIES, ", \"retry\": \"unprocessed\"");
    assert_int_equal(call.attempt_count, 5);
    assert_int_equal(call.attempts[1].start_ns - call.planned_ns, 2 * EK_MS);
    for (uint32_t i = 2; i < 5; i++)
        assert_in_range(call.attempts[i].start_ns - call.attempts[i - 1].start_ns, 82 * EK_MS,
                        122 * EK_MS);
}

/* Without a word the backoff holds: 2 ms there and back, then 100 ms +-20 %. */
static void an_error_that_says_nothing_is_retried_by_backoff(void **state)
{
    struct ek_recorded_call call = first_call(RETRIES, "");

    (void)state;
    assert_int_equal(call.attempt_count, 4);
    for (uint32_t i = 1; i < 4; i++)
        assert_in_range(call.attempts[i].start_ns - call.attempts[i - 1].start_ns, 82 * EK_MS,
                        122 * EK_MS);
}

/* A hedge follows after 50 ms, and after a failure at once: at 2 and 4 ms. A pushback puts it off
 * to 300 ms after the answer, or stops it (A6, grpc.md 10.5). */
static void a_pushback_delays_or_stops_hedges(void **state)
{
    static const char hedges[] =
        ", \"methodConfig\": [{\"name\": [{}], \"hedgingPolicy\": {\"maxAttempts\": 3, "
        "\"hedgingDelay\": \"50ms\", \"nonFatalStatusCodes\": [\"UNAVAILABLE\"]}}]";
    static const int64_t at_once_ms[] = {0, 2, 4}, later_ms[] = {0, 302, 604};
    struct ek_recorded_call call = first_call(hedges, "");

    (void)state;
    assert_sent(&call, at_once_ms, 3);
    call = first_call(hedges, ", \"pushback\": \"300ms\"");
    assert_sent(&call, later_ms, 3);
    call = first_call(hedges, ", \"retry\": \"never\"");
    assert_sent(&call, at_once_ms, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pushback_is_the_exact_delay_of_every_attempt),
        cmocka_unit_test(a_pushback_of_zero_is_at_once),
        cmocka_unit_test(a_server_can_forbid_retries),
        cmocka_unit_test(what_was_refused_unseen_is_sent_again_once),
        cmocka_unit_test(an_error_that_says_nothing_is_retried_by_backoff),
        cmocka_unit_test(a_pushback_delays_or_stops_hedges),
    };

    return cmocka_run_group_tests_name("sim/pushback", tests, NULL, NULL);
}
