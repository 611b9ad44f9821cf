/* What whole runs must do, as seen from outside: the checks that seeded bugs have to break.
 *
 * tests/sim/mutations.py builds this program once with each known bug and proves that a named check
 * falls. usage: test_mutation [NAME...|all]; without names, all but the scenarios, which the suite
 * runs elsewhere. */
#include "sim/run.h"

#include "evenkeel/status.h"
#include "reports/recording/replay.h"
#include "reports/recording/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ek_recorder *run(struct ek_scenario *scenario, const char *path)
{
    struct ek_run_options options = {.recording_path = path,
                                     .command = "evenkeel run books --seed 3"};
    struct ek_recorder *recorder = NULL;
    char why[512] = "";

    if (ek_run(scenario, &options, &recorder, why, sizeof why) != EK_OK)
        fail_msg("%s", why);
    ek_scenario_free(scenario);
    return recorder;
}

/* Runs a scenario and reads its recording back. */
static struct ek_replay *replay_of(const char *text)
{
    struct ek_scenario_overrides overrides = {0};
    char report[4096], path[64], why[256];
    struct ek_scenario *scenario =
        ek_scenario_read("test", text, strlen(text), &overrides, report, sizeof report);
    struct ek_replay *replay;

    if (scenario == NULL)
        fail_msg("%s", report);
    snprintf(path, sizeof path, "/tmp/ek-mutation-%ld.db", (long)getpid());
    ek_recorder_free(run(scenario, path));
    replay = ek_replay_open(path, why, sizeof why);
    unlink(path);
    if (replay == NULL)
        fail_msg("%s", why);
    return replay;
}

/* ---- ejection ---- */

#define BLACK                                                                                   \
    "{\"name\": \"black\", \"duration\": \"150s\", \"endpoints\": {\"count\": 4, \"name\": "    \
    "\"b%d\", \"service\": \"5ms\"}, \"clients\": {\"arrivals\": {\"constant\": \"100/s\"}, "   \
    "\"deadline\": \"100ms\", \"serviceConfig\": {\"loadBalancingConfig\": [{\"round_robin\": " \
    "{}}], \"outlierDetection\": {\"consecutiveFailures\": 4}}}, \"faults\": [{\"id\": \"F\", " \
    "\"kind\": \"error\", \"at\": \"5s\", \"target\": {\"endpoints\": \"b2\"}}]}"

/* Round robin: nothing else fails, so before the first ejection b2 has failed exactly four times.
 */
static void the_fourth_failure_in_a_row_ejects(void **state)
{
    struct ek_replay *replay = replay_of(BLACK);
    const struct ek_replay_event *events;
    size_t count, failures = 0, i = 0;

    (void)state;
    events = ek_replay_events(replay, &count);
    for (; i < count && events[i].kind != EK_RECORD_EJECTED; i++)
        failures += events[i].kind == EK_RECORD_ATTEMPT_FAILED;
    assert_true(i < count);
    assert_int_equal(events[i].subject, 1);
    assert_int_equal(failures, 4);
    ek_replay_close(replay);
}

/* The n-th ejection in a row lasts n times 30 s, to the ns: gRPC A50's base time. In 145 s there
 * is room for the second one, and the third has begun. */
static void ejections_end_on_time_and_grow(void **state)
{
    struct ek_replay *replay = replay_of(BLACK);
    const struct ek_replay_event *events;
    int64_t until_ns = 0;
    size_t count, ejections = 0, returns = 0;

    (void)state;
    events = ek_replay_events(replay, &count);
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == EK_RECORD_EJECTED) {
            until_ns = events[i].a;
            assert_int_equal(until_ns - events[i].at_ns,
                             (int64_t)++ejections * INT64_C(30000000000));
        } else if (events[i].kind == EK_RECORD_RETURNED) {
            returns++;
            assert_int_equal(events[i].at_ns, until_ns);
        }
    }
    assert_int_equal(ejections, 3);
    assert_int_equal(returns, 2);
    ek_replay_close(replay);
}

/* While it is ejected, nobody sends to it. */
static void an_ejected_endpoint_is_left_alone(void **state)
{
    struct ek_replay *replay = replay_of(BLACK);
    const struct ek_recorded_call *calls;
    const struct ek_replay_event *events;
    int64_t from_ns = 0, until_ns = 0;
    size_t count, event_count, seen = 0;

    (void)state;
    events = ek_replay_events(replay, &event_count);
    for (size_t i = 0; i < event_count && until_ns == 0; i++)
        if (events[i].kind == EK_RECORD_EJECTED) {
            from_ns = events[i].at_ns;
            until_ns = events[i].a;
        }
    calls = ek_replay_calls(replay, &count);
    for (size_t i = 0; i < count; i++)
        if (calls[i].planned_ns > from_ns && calls[i].planned_ns < until_ns) {
            seen++;
            assert_int_not_equal(calls[i].attempts[0].endpoint, 1);
        }
    assert_true(seen > 100);
    ek_replay_close(replay);
}

/* ---- retries and deadlines ---- */

/* b1 always errs, b2 and b3 never do: a second attempt at another endpoint succeeds. */
static void a_retry_goes_to_another_endpoint(void **state)
{
    struct ek_replay *replay = replay_of(
        "{\"name\": \"retry\", \"duration\": \"60s\", \"endpoints\": {\"count\": 3, \"name\": "
        "\"b%d\", \"service\": \"5ms\"}, \"clients\": {\"arrivals\": {\"poisson\": \"50/s\"}, "
        "\"deadline\": \"5s\", \"serviceConfig\": {\"loadBalancingConfig\": [{\"least_request\": "
        "{}}], \"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 2, "
        "\"initialBackoff\": \"0.01s\", \"maxBackoff\": \"0.01s\", \"backoffMultiplier\": 1, "
        "\"retryableStatusCodes\": [\"UNAVAILABLE\"]}}]}}, \"faults\": [{\"id\": \"F\", "
        "\"kind\": \"error\", \"at\": \"1s\", \"target\": {\"endpoints\": \"b1\"}}]}");
    const struct ek_results *results = ek_replay_results(replay);
    const struct ek_recorded_call *calls;
    size_t count;

    (void)state;
    assert_true(results->retries > 500);
    assert_int_equal(results->errors, 0);
    calls = ek_replay_calls(replay, &count);
    for (size_t i = 0; i < count; i++)
        if (calls[i].attempt_count == 2) {
            assert_int_equal(calls[i].attempts[0].endpoint, 0);
            assert_int_not_equal(calls[i].attempts[1].endpoint, 0);
        }
    ek_replay_close(replay);
}

/* Nothing answers: each call ends at its deadline of 250 ms, to the ns. */
static void a_deadline_is_kept_to_the_nanosecond(void **state)
{
    struct ek_replay *replay = replay_of(
        "{\"name\": \"late\", \"duration\": \"10s\", \"endpoints\": {\"count\": 1, \"name\": "
        "\"b\", \"service\": \"5ms\"}, \"clients\": {\"arrivals\": {\"poisson\": \"100/s\"}, "
        "\"deadline\": \"250ms\"}, \"faults\": [{\"id\": \"F\", \"kind\": \"blackhole\", \"at\": "
        "\"5s\", \"target\": {\"endpoints\": \"b\"}}]}");
    const struct ek_recorded_call *calls;
    size_t count, late = 0;

    (void)state;
    calls = ek_replay_calls(replay, &count);
    for (size_t i = 0; i < count; i++)
        if (calls[i].status != EK_STATUS_OK) {
            late++;
            assert_int_equal(calls[i].end_ns - calls[i].planned_ns, INT64_C(250000000));
        }
    assert_true(late > 400);
    ek_replay_close(replay);
}

/* ---- clients ---- */

/* Two clients' Poisson arrivals share no moment. */
static void clients_arrive_independently(void **state)
{
    struct ek_replay *replay = replay_of(
        "{\"name\": \"two\", \"duration\": \"20s\", \"endpoints\": {\"count\": 2, \"name\": "
        "\"b%d\", \"service\": \"1ms\"}, \"clients\": {\"count\": 2, \"arrivals\": {\"poisson\": "
        "\"200/s\"}}}");
    const struct ek_recorded_call *calls;
    size_t count, together = 0;

    (void)state;
    calls = ek_replay_calls(replay, &count);
    assert_true(count > 3000);
    for (size_t i = 1; i < count; i++)
        together += calls[i].planned_ns == calls[i - 1].planned_ns;
    assert_int_equal(together, 0);
    ek_replay_close(replay);
}

/* ---- the registry ---- */

/* b2 leaves the registry at 20 s, and comes back two seconds later; blocking queries tell every
 * client within two delays of 1 ms and its next query: both changes are seen within 100 ms, without
 * waiting for a query to run out. */
static void every_client_hears_of_a_change_at_once(void **state)
{
    struct ek_replay *replay = replay_of(
        "{\"name\": \"watch\", \"duration\": \"60s\", \"endpoints\": {\"count\": 3, \"name\": "
        "\"b%d\", \"service\": \"1ms\"}, \"clients\": {\"count\": 4, \"arrivals\": {\"poisson\": "
        "\"100/s\"}, \"resolver\": {\"consul\": {}}}, \"faults\": [{\"id\": \"F\", \"kind\": "
        "\"restart\", \"at\": \"20s\", \"drain\": \"1s\", \"down\": \"1s\", \"target\": "
        "{\"endpoints\": \"b2\"}}]}");
    const struct ek_replay_event *events;
    size_t count, removed = 0, added = 0;

    (void)state;
    events = ek_replay_events(replay, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t at_ms = events[i].at_ns / 1000000;

        if (events[i].subject != 1 || at_ms < 19000)
            continue;
        removed += events[i].kind == EK_RECORD_ENDPOINT_REMOVED && at_ms < 20100;
        added += events[i].kind == EK_RECORD_ENDPOINT_ADDED && at_ms >= 22000 && at_ms < 22100;
    }
    assert_int_equal(removed, 4);
    assert_int_equal(added, 4);
    ek_replay_close(replay);
}

/* A query waits for a minute unless something changes. In 300 s, after the first answer, nothing
 * does: 5 answers that the wait is over for each of 4 clients, each up to a sixteenth late; without
 * waiting it would be one a second. */
static void a_query_waits_until_something_changes(void **state)
{
    struct ek_replay *replay = replay_of(
        "{\"name\": \"wait\", \"duration\": \"300s\", \"endpoints\": {\"count\": 3, \"name\": "
        "\"b%d\", \"service\": \"1ms\"}, \"clients\": {\"count\": 4, \"arrivals\": {\"poisson\": "
        "\"10/s\"}, \"resolver\": {\"consul\": {\"wait\": \"60s\"}}}, \"expect\": [{\"metric\": "
        "\"queries\", \"min\": 1, \"max\": 40}]}");
    const struct ek_results *results = ek_replay_results(replay);

    (void)state;
    assert_int_equal(results->judged_count, 1);
    if (results->judged[0].verdict != EK_VERDICT_PASS)
        fail_msg("%s: %s", results->judged[0].text, results->judged[0].value_text);
    ek_replay_close(replay);
}

/* ---- books ---- */

/* All kinds of servers and ends of calls at once: the run itself checks that nothing is lost. */
static void the_books_of_a_run_balance(void **state)
{
    struct ek_replay *replay = replay_of(
        "{\"name\": \"books\", \"seed\": 3, \"duration\": \"20s\", \"endpoints\": [{\"count\": 2, "
        "\"name\": \"f%d\", \"workers\": 2, \"queue\": 10, \"service\": {\"exponential\": "
        "{\"mean\": \"5ms\"}}}, {\"count\": 2, \"name\": \"p%d\", \"workers\": 2, \"discipline\": "
        "\"ps\", \"cancelStopsWork\": true, \"service\": {\"hyperexponential\": {\"mean\": "
        "\"5ms\", "
        "\"cv\": 2}}}], \"clients\": {\"count\": 2, \"arrivals\": {\"poisson\": \"900/s\"}, "
        "\"deadline\": \"50ms\", \"resolver\": {\"consul\": {}}, \"serviceConfig\": "
        "{\"loadBalancingConfig\": [{\"random\": {}}], \"methodConfig\": [{\"name\": [{}], "
        "\"retryPolicy\": {\"maxAttempts\": 3, \"initialBackoff\": \"0.002s\", \"maxBackoff\": "
        "\"0.01s\", \"backoffMultiplier\": 2, \"retryableStatusCodes\": [\"UNAVAILABLE\"]}}]}}, "
        "\"network\": {\"delay\": \"300us\"}, \"faults\": [{\"kind\": \"kill\", \"at\": \"4s\", "
        "\"for\": \"2s\", \"target\": {\"endpoints\": \"f1\"}}, {\"kind\": \"kill\", \"at\": "
        "\"7s\", \"for\": \"2s\", \"target\": {\"endpoints\": \"p1\"}}, {\"kind\": \"pause\", "
        "\"at\": \"10s\", \"for\": \"1s\", \"target\": {\"endpoints\": \"p2\"}}, {\"kind\": "
        "\"lose\", \"at\": \"12s\", \"for\": \"2s\", \"share\": \"5%\", \"from\": {\"clients\": "
        "[\"c1\"]}, \"to\": {\"endpoints\": [\"*\"]}}, {\"kind\": \"error\", \"at\": \"15s\", "
        "\"for\": \"2s\", \"share\": \"20%\", \"after\": \"1ms\"}]}");
    const struct ek_results *results = ek_replay_results(replay);

    (void)state;
    assert_true(results->calls > 10000 && results->errors > 100 && results->retries > 100);
    ek_replay_close(replay);
}

/* ---- the library ---- */

static void holds_what_it_expects(void **state)
{
    struct ek_scenario_overrides overrides = {0};
    char report[4096];
    struct ek_scenario *scenario =
        ek_scenario_load((const char *)*state, &overrides, report, sizeof report);
    struct ek_recorder *recorder;
    const struct ek_results *results;

    if (scenario == NULL)
        fail_msg("%s", report);
    recorder = run(scenario, NULL);
    results = ek_recorder_results(recorder);
    for (size_t i = 0; i < results->judged_count; i++)
        if (results->judged[i].verdict == EK_VERDICT_FAIL)
            fail_msg("%s: %s", results->judged[i].text, results->judged[i].value_text);
    ek_recorder_free(recorder);
}

#define LIBRARY(path)                                                      \
    {                                                                      \
        path, holds_what_it_expects, NULL, NULL, (void *)(uintptr_t)(path) \
    }

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0 || strcmp(argv[i], "all") == 0)
            return true;
    return argc < 2 && strchr(name, '/') == NULL;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(the_fourth_failure_in_a_row_ejects),
        cmocka_unit_test(ejections_end_on_time_and_grow),
        cmocka_unit_test(an_ejected_endpoint_is_left_alone),
        cmocka_unit_test(a_retry_goes_to_another_endpoint),
        cmocka_unit_test(a_deadline_is_kept_to_the_nanosecond),
        cmocka_unit_test(clients_arrive_independently),
        cmocka_unit_test(every_client_hears_of_a_change_at_once),
        cmocka_unit_test(a_query_waits_until_something_changes),
        cmocka_unit_test(the_books_of_a_run_balance),
        LIBRARY("scenarios/theory/md1-80.json"),
        LIBRARY("scenarios/theory/mg1-uniform-80.json"),
        LIBRARY("scenarios/theory/mmck-1-10.json"),
        LIBRARY("scenarios/theory/mm1-50.json"),
        LIBRARY("scenarios/theory/round-robin-2-80.json"),
        LIBRARY("scenarios/slow-node.json"),
    };
    static struct CMUnitTest tests[sizeof all / sizeof all[0]];
    size_t n = 0;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (is_wanted(all[i].name, argc, argv))
            tests[n++] = all[i];
    if (n == 0)
        return 2;
    return _cmocka_run_group_tests("sim/mutation", tests, n, NULL, NULL);
}
