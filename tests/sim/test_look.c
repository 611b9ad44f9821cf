/* Looking into the channels of a run changes nothing, and shows what is there. */
#include "sim/run.h"

#include "reports/recording/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* b1 answers nothing but UNAVAILABLE, each call may be retried once. */
static const char erring[] =
    "{\"name\": \"erring\", \"duration\": \"10s\", \"interval\": \"100ms\", \"endpoints\": "
    "{\"count\": 3, \"name\": \"b%d\", \"service\": {\"constant\": \"5ms\"}}, \"clients\": "
    "{\"count\": 2, \"arrivals\": {\"poisson\": \"50/s\"}, \"deadline\": \"1s\", "
    "\"serviceConfig\": {\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": "
    "[{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 2, \"initialBackoff\": \"0.01s\", "
    "\"maxBackoff\": \"0.01s\", \"backoffMultiplier\": 1, \"retryableStatusCodes\": "
    "[\"UNAVAILABLE\"]}}]}}, \"faults\": [{\"kind\": \"error\", \"status\": \"UNAVAILABLE\", "
    "\"at\": \"0s\", \"target\": {\"endpoints\": \"b1\"}}]}";

static uint64_t run(const char *path, uint64_t trace_call)
{
    struct ek_scenario_overrides overrides = {0};
    struct ek_run_options options = {.recording_path = path, .trace_call = trace_call};
    char report[8192], why[256] = "";
    struct ek_scenario *scenario =
        ek_scenario_read("test", erring, strlen(erring), &overrides, report, sizeof report);
    struct ek_recorder *recorder = NULL;
    uint64_t fingerprint;

    if (scenario == NULL)
        fail_msg("%s", report);
    if (ek_run(scenario, &options, &recorder, why, sizeof why) != EK_OK)
        fail_msg("%s", why);
    fingerprint = ek_recorder_fingerprint(recorder);
    ek_recorder_free(recorder);
    ek_scenario_free(scenario);
    return fingerprint;
}

static struct ek_replay *traced(uint64_t call, uint64_t *fingerprint)
{
    char path[64], why[256] = "";
    struct ek_replay *replay;

    snprintf(path, sizeof path, "/tmp/ek-look-%ld.db", (long)getpid());
    *fingerprint = run(path, call);
    replay = ek_replay_open(path, why, sizeof why);
    unlink(path);
    if (replay == NULL)
        fail_msg("%s", why);
    return replay;
}

/* The number of a call that was retried. */
static uint64_t retried_call(const struct ek_replay *replay)
{
    size_t count;
    const struct ek_recorded_call *calls = ek_replay_calls(replay, &count);

    for (size_t i = 0; i < count; i++)
        if (calls[i].attempt_count == 2)
            return calls[i].number;
    fail_msg("no call was retried");
    return 0;
}

static void neither_a_recording_nor_a_trace_changes_the_run(void **state)
{
    uint64_t plain = run(NULL, 0), recorded, with_trace;

    (void)state;
    ek_replay_close(traced(0, &recorded));
    ek_replay_close(traced(100, &with_trace));
    assert_true(plain == recorded);
    assert_true(plain == with_trace);
}

static void a_traced_call_shows_both_its_picks(void **state)
{
    uint64_t fingerprint, number;
    struct ek_replay *replay = traced(0, &fingerprint);
    const struct ek_replay_candidate *rows;
    size_t count;

    (void)state;
    number = retried_call(replay);
    ek_replay_candidates(replay, number, 1, &count);
    assert_int_equal(count, 0); /* it was not traced yet */
    ek_replay_close(replay);
    replay = traced(number, &fingerprint);
    rows = ek_replay_candidates(replay, number, 1, &count);
    assert_int_equal(count, 3);
    assert_true(rows[0].is_chosen); /* b1, which failed it */
    for (size_t i = 0; i < count; i++)
        assert_string_equal(rows[i].fitness, "eligible");
    rows = ek_replay_candidates(replay, number, 2, &count);
    assert_int_equal(count, 3);
    assert_string_equal(rows[0].fitness, "tried before");
    assert_true(rows[1].is_chosen != rows[2].is_chosen);
    ek_replay_close(replay);
}

static void both_clients_are_sampled(void **state)
{
    uint64_t fingerprint;
    struct ek_replay *replay = traced(0, &fingerprint);
    size_t count;

    (void)state;
    for (uint32_t client = 0; client < 2; client++) {
        const struct ek_replay_holding *rows = ek_replay_policy(replay, client, 5 * EK_S, &count);

        assert_int_equal(count, 3);
        for (uint32_t e = 0; e < 3; e++) {
            assert_int_equal(rows[e].endpoint, e);
            assert_int_equal(rows[e].weight, 1);
        }
    }
    ek_replay_close(replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neither_a_recording_nor_a_trace_changes_the_run),
        cmocka_unit_test(a_traced_call_shows_both_its_picks),
        cmocka_unit_test(both_clients_are_sampled),
    };

    return cmocka_run_group_tests_name("sim/look", tests, NULL, NULL);
}
