/* Whole runs: determinism, independence of clients, queueing theory, and what faults do. */
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
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ek_recorder *run_text(const char *text, const char *path)
{
    struct ek_scenario_overrides overrides = {0};
    struct ek_run_options options = {.recording_path = path};
    char report[8192], why[256] = "";
    struct ek_scenario *scenario =
        ek_scenario_read("test", text, strlen(text), &overrides, report, sizeof report);
    struct ek_recorder *recorder = NULL;

    if (scenario == NULL)
        fail_msg("%s", report);
    if (ek_run(scenario, &options, &recorder, why, sizeof why) != EK_OK)
        fail_msg("%s", why);
    ek_scenario_free(scenario);
    return recorder;
}

static const struct ek_phase *phase_of(const struct ek_recorder *recorder, const char *name)
{
    const struct ek_phase *phase = ek_results_phase(ek_recorder_results(recorder), name);

    assert_non_null(phase);
    return phase;
}

/* ---- determinism ---- */

#define BUSY                                                                                      \
    "{\"name\": \"busy\", \"duration\": \"20s\", \"seed\": %d, \"endpoints\": {\"count\": 5, "    \
    "\"name\": \"b%%d\", \"workers\": 4, \"service\": {\"lognormal\": {\"p50\": \"8ms\", "        \
    "\"p99\": \"40ms\"}}}, \"clients\": {\"count\": 3, \"arrivals\": {\"poisson\": \"500/s\"}, "  \
    "\"deadline\": \"300ms\", \"resolver\": {\"consul\": {}}, \"serviceConfig\": "                \
    "{\"loadBalancingConfig\": [{\"p2c\": {}}], \"outlierDetection\": {\"consecutiveFailures\": " \
    "5}}}, \"network\": {\"delay\": {\"exponential\": {\"mean\": \"300us\"}}}, \"faults\": "      \
    "[{\"kind\": \"kill\", \"at\": \"5s\", \"for\": \"8s\", \"target\": {\"endpoints\": "         \
    "\"b2\"}}]}"

static uint64_t fingerprint_of(int seed)
{
    char text[2048];
    struct ek_recorder *recorder;
    uint64_t fingerprint;

    snprintf(text, sizeof text, BUSY, seed);
    recorder = run_text(text, NULL);
    fingerprint = ek_recorder_fingerprint(recorder);
    ek_recorder_free(recorder);
    return fingerprint;
}

static void one_seed_gives_one_fingerprint(void **state)
{
    (void)state;
    assert_true(fingerprint_of(3) == fingerprint_of(3));
}

static void another_seed_gives_another(void **state)
{
    (void)state;
    assert_true(fingerprint_of(3) != fingerprint_of(4));
}

/* ---- theory ---- */

/* M/M/1: mean sojourn 1 / (mu - lambda). Service 5 ms, 160/s: rho 0.8, 25 ms. The variance of the
 * mean over n correlated customers is r (2 + 5 r - 4 r^2 + r^3) / (1 - r)^4 / n squared service
 * times (Daley 1968): for n = 1.28 million a standard error of 0.79 %; 3.3 of them. */
static void one_worker_with_poisson_load_is_an_mm1_queue(void **state)
{
    static const char *const text =
        "{\"name\": \"mm1\", \"duration\": \"8000s\", \"endpoints\": {\"count\": 1, \"name\": "
        "\"b\", "
        "\"workers\": 1, \"service\": {\"exponential\": {\"mean\": \"5ms\"}}}, \"clients\": "
        "{\"arrivals\": {\"poisson\": \"160/s\"}}}";
    struct ek_recorder *recorder = run_text(text, NULL);
    double mean = (double)phase_of(recorder, "all")->latency.mean_ns;

    (void)state;
    if (fabs(mean - 25e6) > 0.026 * 25e6)
        fail_msg("mean sojourn %.3f ms, wanted 25 ms", mean / 1e6);
    ek_recorder_free(recorder);
}

/* M/D/1: mean wait rho / (2 (1 - rho)) service times. rho 0.8, 5 ms: 2 x 5 + 5 = 15 ms. */
static void constant_service_is_an_md1_queue(void **state)
{
    static const char *const text =
        "{\"name\": \"md1\", \"duration\": \"2000s\", \"endpoints\": {\"count\": 1, \"name\": "
        "\"b\", "
        "\"workers\": 1, \"service\": \"5ms\"}, \"clients\": {\"arrivals\": {\"poisson\": "
        "\"160/s\"}}}";
    struct ek_recorder *recorder = run_text(text, NULL);
    double mean = (double)phase_of(recorder, "all")->latency.mean_ns;

    (void)state;
    if (fabs(mean - 15e6) > 0.03 * 15e6)
        fail_msg("mean sojourn %.3f ms, wanted 15 ms", mean / 1e6);
    ek_recorder_free(recorder);
}

/* Erlang B: 3 workers, no queue, a = 2 erlang: B(3) = 4/19 = 21.05 % are turned away. */
static void a_server_without_a_queue_turns_away_erlangs_share(void **state)
{
    static const char *const text =
        "{\"name\": \"loss\", \"duration\": \"1000s\", \"endpoints\": {\"count\": 1, \"name\": "
        "\"b\", "
        "\"workers\": 3, \"queue\": 0, \"service\": {\"exponential\": {\"mean\": \"10ms\"}}}, "
        "\"clients\": {\"arrivals\": {\"poisson\": \"200/s\"}}}";
    struct ek_recorder *recorder = run_text(text, NULL);
    const struct ek_phase *all = phase_of(recorder, "all");
    double lost = (double)all->errors / (double)all->calls;

    (void)state;
    if (fabs(lost - 4.0 / 19) > 0.005)
        fail_msg("%.4f are lost, wanted %.4f", lost, 4.0 / 19);
    ek_recorder_free(recorder);
}

/* A closed loop of 4 with 10 ms service and 30 ms of thought: a call per 40 ms each. */
static void a_closed_loop_offers_one_call_per_cycle(void **state)
{
    static const char *const text =
        "{\"name\": \"closed\", \"duration\": \"100s\", \"endpoints\": {\"count\": 1, \"name\": "
        "\"b\", "
        "\"service\": \"10ms\"}, \"clients\": {\"arrivals\": {\"closed\": {\"concurrency\": 4, "
        "\"think\": \"30ms\"}}}}";
    struct ek_recorder *recorder = run_text(text, NULL);

    (void)state;
    assert_in_range(phase_of(recorder, "all")->calls, 9990, 10010);
    ek_recorder_free(recorder);
}

/* 100/s for 10 s, a ramp to 300/s over 10 s, then 300/s: 1,000 + 2,000 + 3,000. */
static void the_load_follows_its_profile(void **state)
{
    static const char *const text = "{\"name\": \"ramp\", \"duration\": \"30s\", \"endpoints\": "
                                    "{\"count\": 1, \"name\": \"b\", "
                                    "\"service\": \"1ms\"}, \"clients\": {\"arrivals\": "
                                    "{\"constant\": \"100/s\"}, \"profile\": "
                                    "[{\"at\": \"10s\", \"rate\": \"300/s\", \"over\": \"10s\"}]}}";
    struct ek_recorder *recorder = run_text(text, NULL);

    (void)state;
    assert_in_range(phase_of(recorder, "all")->calls, 5995, 6005);
    ek_recorder_free(recorder);
}

/* ---- faults ---- */

#define ONE_FAULT                                                                                  \
    "{\"name\": \"fault\", \"duration\": \"30s\", \"endpoints\": {\"count\": 1, \"name\": "        \
    "\"b1\", "                                                                                     \
    "\"service\": \"5ms\"}, \"clients\": {\"arrivals\": {\"constant\": \"100/s\"}, \"deadline\": " \
    "\"100ms\"}, \"faults\": [{\"id\": \"F\", \"at\": \"10s\", \"for\": \"10s\", %s}]}"

#define TO "\"to\": {\"endpoints\": [\"*\"]}"

static struct ek_recorder *run_fault(const char *fault)
{
    char text[1024];

    snprintf(text, sizeof text, ONE_FAULT, fault);
    return run_text(text, NULL);
}

static void assert_errors(const char *fault, uint64_t least, uint64_t most)
{
    struct ek_recorder *recorder = run_fault(fault);
    uint64_t before = phase_of(recorder, "before")->errors,
             during = phase_of(recorder, "F")->errors;

    if (before != 0 || during < least || during > most)
        fail_msg("%s: %llu errors before and %llu during", fault, (unsigned long long)before,
                 (unsigned long long)during);
    ek_recorder_free(recorder);
}

/* 1,000 calls are planned while the fault lasts. */
static void each_fault_costs_what_it_must(void **state)
{
    (void)state;
    assert_errors("\"kind\": \"blackhole\", \"target\": {\"endpoints\": \"b1\"}", 999, 1000);
    assert_errors("\"kind\": \"kill\", \"target\": {\"endpoints\": \"b1\"}", 1000, 1000);
    assert_errors("\"kind\": \"refuse\", \"target\": {\"endpoints\": \"b1\"}", 1000, 1000);
    /* Frozen work goes on afterwards: the calls of the last 100 ms may still be answered. */
    assert_errors("\"kind\": \"pause\", \"target\": {\"endpoints\": \"b1\"}", 985, 1000);
    assert_errors("\"kind\": \"slow\", \"service\": \"1s\", \"target\": {\"endpoints\": \"b1\"}",
                  1000, 1000);
    assert_errors("\"kind\": \"slow\", \"factor\": 2, \"target\": {\"endpoints\": \"b1\"}", 0, 0);
    assert_errors(
        "\"kind\": \"error\", \"status\": \"INTERNAL\", \"target\": {\"endpoints\": \"b1\"}", 1000,
        1000);
    /* A quarter errs: 250, sd 13.7. */
    assert_errors("\"kind\": \"error\", \"status\": \"INTERNAL\", \"share\": \"25%\", \"target\": "
                  "{\"endpoints\": \"b1\"}",
                  180, 320);
    assert_errors("\"kind\": \"partition\", \"from\": {\"clients\": [\"*\"]}, " TO, 999, 1000);
    assert_errors("\"kind\": \"delay\", \"delay\": \"20ms\", \"from\": {\"clients\": [\"*\"]}, " TO,
                  0, 0);
    assert_errors("\"kind\": \"delay\", \"delay\": \"60ms\", \"from\": {\"clients\": [\"*\"]}, " TO,
                  990, 1000);
}

/* ---- the recording tells causes ---- */

static void an_ejection_leads_back_to_its_fault(void **state)
{
    static const char *const text =
        "{\"name\": \"causes\", \"duration\": \"20s\", \"endpoints\": {\"count\": 3, \"name\": "
        "\"b%d\", \"service\": \"5ms\"}, \"clients\": {\"arrivals\": {\"constant\": \"100/s\"}, "
        "\"deadline\": \"100ms\", \"serviceConfig\": {\"loadBalancingConfig\": [{\"round_robin\": "
        "{}}], \"outlierDetection\": {\"consecutiveFailures\": 3}}}, \"faults\": [{\"id\": \"F\", "
        "\"kind\": \"blackhole\", \"at\": \"5s\", \"target\": {\"endpoints\": \"b2\"}}]}";
    const char *path = "/tmp/ek-test-causes.db";
    struct ek_recorder *recorder = run_text(text, path);
    char why[256];
    struct ek_replay *replay = ek_replay_open(path, why, sizeof why);
    const struct ek_replay_event *events, *event;
    size_t count, ejections = 0;

    (void)state;
    assert_non_null(replay);
    events = ek_replay_events(replay, &count);
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != EK_RECORD_EJECTED)
            continue;
        ejections++;
        event = ek_replay_event_by_id(replay, events[i].cause);
        assert_non_null(event);
        assert_int_equal(event->kind, EK_RECORD_ATTEMPT_FAILED);
        event = ek_replay_event_by_id(replay, event->cause);
        assert_non_null(event);
        assert_int_equal(event->kind, EK_RECORD_FAULT_BEGIN);
    }
    assert_int_equal(ejections, 1);
    ek_replay_close(replay);
    ek_recorder_free(recorder);
    unlink(path);
}

/* kill -> heartbeats stop -> TTL check critical -> list without it -> subchannel shut down */
static void a_removal_by_ttl_leads_back_to_its_fault(void **state)
{
    const char *path = "/tmp/ek-test-ttl.db";
    char text[2048], why[256];
    struct ek_recorder *recorder;
    struct ek_replay *replay;
    const struct ek_replay_event *events;
    size_t count, removals = 0;

    (void)state;
    snprintf(text, sizeof text, BUSY, 1);
    recorder = run_text(text, path);
    replay = ek_replay_open(path, why, sizeof why);
    assert_non_null(replay);
    events = ek_replay_events(replay, &count);
    for (size_t i = 0; i < count; i++) {
        static const enum ek_record_kind chain[] = {EK_RECORD_QUERY, EK_RECORD_CHECK,
                                                    EK_RECORD_FAULT_BEGIN};
        const struct ek_replay_event *event = &events[i];

        if (event->kind != EK_RECORD_ENDPOINT_REMOVED)
            continue;
        removals++;
        for (size_t k = 0; k < 3; k++) {
            event = ek_replay_event_by_id(replay, event->cause);
            assert_non_null(event);
            assert_int_equal(event->kind, chain[k]);
        }
    }
    assert_int_equal(removals, 3); /* once for each client */
    ek_replay_close(replay);
    ek_recorder_free(recorder);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_seed_gives_one_fingerprint),
        cmocka_unit_test(another_seed_gives_another),
        cmocka_unit_test(one_worker_with_poisson_load_is_an_mm1_queue),
        cmocka_unit_test(constant_service_is_an_md1_queue),
        cmocka_unit_test(a_server_without_a_queue_turns_away_erlangs_share),
        cmocka_unit_test(a_closed_loop_offers_one_call_per_cycle),
        cmocka_unit_test(the_load_follows_its_profile),
        cmocka_unit_test(each_fault_costs_what_it_must),
        cmocka_unit_test(an_ejection_leads_back_to_its_fault),
        cmocka_unit_test(a_removal_by_ttl_leads_back_to_its_fault),
    };

    return cmocka_run_group_tests_name("sim/run", tests, NULL, NULL);
}
