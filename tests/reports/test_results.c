#include "recording_made.h"

static struct ek_recorder *record_run(const struct ek_expectation *expectations, size_t count)
{
    struct ek_recording_setup setup = made_setup();
    setup.expectations = expectations;
    setup.expectation_count = count;
    struct ek_recorder *r = ek_recorder_new(&setup);
    assert_non_null(r);
    made_run(r);
    made_finish(r);
    return r;
}

static void near(int64_t got, int64_t want)
{
    int64_t off = got > want ? got - want : want - got;
    if (off > want / 64)
        fail_msg("%" PRId64 " is not near %" PRId64, got, want);
}

/* The numbers beside made_run: five of 1000 calls fail, all planned in 4.0 .. 4.2 s. */
static void counts_are_by_planned_time(void **state)
{
    (void)state;
    struct ek_recorder *r = record_run(NULL, 0);
    const struct ek_results *results = ek_recorder_results(r);
    assert_int_equal(results->calls, 1000);
    assert_int_equal(results->ok, 995);
    assert_int_equal(results->errors, 5);
    assert_int_equal(results->unfinished, 0);
    assert_int_equal(results->attempts, 1000);
    assert_int_equal(results->retries, 0);
    assert_int_equal(results->latency.max_ns, 100 * MS);
    near(results->latency.p50_ns, 5 * MS);
    /* (995 * 5 ms + 5 * 100 ms) / 1000 */
    assert_int_equal(results->latency.mean_ns, 5475000);

    assert_int_equal(results->phase_count, 4);
    const struct ek_phase *before = ek_results_phase(results, "before");
    const struct ek_phase *during = ek_results_phase(results, "F1");
    const struct ek_phase *after = ek_results_phase(results, "after");
    assert_int_equal(before->calls, 400);
    assert_int_equal(before->errors, 0);
    assert_int_equal(before->jain_ppm, 1000000);
    assert_int_equal(before->cv_ppm, 0);
    assert_int_equal(during->calls, 200);
    assert_int_equal(during->errors, 5);
    assert_int_equal(after->calls, 400);
    assert_int_equal(after->errors, 0);
    assert_null(ek_results_phase(results, "F2"));
    ek_recorder_free(r);
}

/* In 4.0 .. 4.2 s each endpoint gets 5 of 20; then three share 180: 5, 65, 65, 65.
 * Jain = 200^2 / (4 * (25 + 3 * 4225)) = 40000 / 50800; cv = sqrt(50800 / 40000 - 1). */
static void evenness_follows_from_the_attempts(void **state)
{
    (void)state;
    struct ek_recorder *r = record_run(NULL, 0);
    const struct ek_phase *during = ek_results_phase(ek_recorder_results(r), "F1");
    assert_int_equal(during->endpoint_attempts[0], 5);
    for (int e = 1; e < 4; e++)
        assert_int_equal(during->endpoint_attempts[e], 65);
    assert_int_equal(during->jain_ppm, 787402);
    assert_int_equal(during->cv_ppm, 519615);
    /* 195 calls of 5 ms and 5 of exactly 100 ms: the 198th of 200 is one of these. */
    assert_int_equal(during->latency.p99_ns, 100 * MS);
    near(during->latency.p90_ns, 5 * MS);
    ek_recorder_free(r);
}

/* The ejection comes 200 ms after the fault. The last attempt at b1 is call 416, at 4.16 s. From
 * 7 s on b1 has its quarter again; a second that begins at 6.9 s sees 23 of 100, not 23.75. */
static void the_failover_is_timed(void **state)
{
    (void)state;
    struct ek_recorder *r = record_run(NULL, 0);
    const struct ek_results *results = ek_recorder_results(r);
    assert_int_equal(results->fault_count, 1);
    const struct ek_failover *fault = &results->faults[0];
    assert_string_equal(fault->id, "F1");
    assert_int_equal(fault->first_record, 1);
    assert_int_equal(fault->detect_ns, 200 * MS);
    assert_int_equal(fault->divert_ns, 160 * MS);
    assert_int_equal(fault->recover_ns, 1000 * MS);
    assert_int_equal(fault->errors, 5);
    assert_int_equal(fault->endpoint_count, 1);
    assert_int_equal(fault->endpoints[0], 0);
    ek_recorder_free(r);
}

static void what_the_fault_did_not_cause_is_no_detection(void **state)
{
    (void)state;
    struct ek_recording_setup setup = made_setup();
    struct ek_recorder *r = ek_recorder_new(&setup);
    uint64_t begin = made_event(r, 4 * S, EK_RECORD_FAULT_BEGIN, 0, EK_NOBODY, 0, 0, 0, NULL);
    /* Of another cause; of another endpoint; not a reaction; good news. */
    made_event(r, 4 * S + 1, EK_RECORD_EJECTED, 0, 0, 0, 0, 5, NULL);
    made_event(r, 4 * S + 2, EK_RECORD_EJECTED, 0, 1, begin, 0, 5, NULL);
    made_event(r, 4 * S + 3, EK_RECORD_ATTEMPT_FAILED, 0, 0, begin, 1, 14, NULL);
    made_event(r, 4 * S + 4, EK_RECORD_SUBCHANNEL_STATE, 0, 0, begin, EK_CONN_CONNECTING,
               EK_CONN_READY, NULL);
    made_event(r, 4 * S + 5, EK_RECORD_CHECK, EK_NOBODY, 0, begin, 0, 7, "passing");
    uint64_t end = made_event(r, 6 * S, EK_RECORD_FAULT_END, 0, EK_NOBODY, begin, 0, 0, NULL);
    /* A reaction to the end. */
    made_event(r, 6 * S + 1, EK_RECORD_SUBCHANNEL_STATE, 0, 0, end, EK_CONN_TRANSIENT_FAILURE,
               EK_CONN_IDLE, NULL);
    made_finish(r);
    assert_int_equal(ek_recorder_results(r)->faults[0].detect_record, 0);
    assert_int_equal(ek_recorder_results(r)->faults[0].detect_ns, -1);
    ek_recorder_free(r);
}

static void each_reaction_detects(void **state)
{
    (void)state;
    static const struct {
        enum ek_record_kind kind;
        int64_t b;
        const char *text;
    } reactions[] = {
        {EK_RECORD_EJECTED, 5, NULL},      {EK_RECORD_ENDPOINT_REMOVED, 0, NULL},
        {EK_RECORD_DEREGISTERED, 9, NULL}, {EK_RECORD_RETRY, 0, NULL},
        {EK_RECORD_CHECK, 9, "critical"},  {EK_RECORD_SUBCHANNEL_STATE, EK_CONN_IDLE, NULL},
    };
    for (size_t i = 0; i < sizeof reactions / sizeof reactions[0]; i++) {
        struct ek_recording_setup setup = made_setup();
        struct ek_recorder *r = ek_recorder_new(&setup);
        uint64_t begin = made_event(r, 4 * S, EK_RECORD_FAULT_BEGIN, 0, EK_NOBODY, 0, 0, 0, NULL);
        uint64_t down = made_event(r, 4 * S, EK_RECORD_PROCESS, 0, EK_NOBODY, begin, 1, 0, NULL);
        uint64_t id = made_event(r, 5 * S, reactions[i].kind, 0, 0, down, 0, reactions[i].b,
                                 reactions[i].text);
        made_finish(r);
        assert_int_equal(ek_recorder_results(r)->faults[0].detect_record, id);
        assert_int_equal(ek_recorder_results(r)->faults[0].detect_ns, S);
        ek_recorder_free(r);
    }
}

/* ---- expectations ---- */

struct claim {
    const char *metric;
    struct ek_expectation wanted;
    const char *min, *max, *equals, *tolerance; /* JSON texts */
    enum ek_verdict verdict;
    const char *value, *text;
};

static json_t *json_of(const char *text)
{
    return text != NULL ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static char *word(const char *text)
{
    char *copy = text != NULL ? strdup(text) : NULL;
    return copy;
}

/* The expectations of `claims` as a scenario would give them, freed by release_claims. */
static struct ek_expectation *expectations_of(const struct claim *claims, size_t count)
{
    struct ek_expectation *all = calloc(count, sizeof *all);
    for (size_t i = 0; i < count; i++) {
        all[i] = claims[i].wanted;
        all[i].metric = word(claims[i].metric);
        all[i].min = json_of(claims[i].min);
        all[i].max = json_of(claims[i].max);
        all[i].equals = json_of(claims[i].equals);
        all[i].tolerance = json_of(claims[i].tolerance);
    }
    return all;
}

static void release_claims(struct ek_expectation *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(all[i].metric);
        json_decref(all[i].min);
        json_decref(all[i].max);
        json_decref(all[i].equals);
        json_decref(all[i].tolerance);
    }
    free(all);
}

static void check_claims(const struct ek_results *results, const struct claim *claims, size_t count)
{
    assert_int_equal(results->judged_count, count);
    for (size_t i = 0; i < count; i++) {
        const struct ek_judged *got = &results->judged[i];
        if (got->verdict != claims[i].verdict || strcmp(got->value_text, claims[i].value) != 0 ||
            (claims[i].text != NULL && strcmp(got->text, claims[i].text) != 0))
            fail_msg("%zu: %d %s [%s] %s", i, got->verdict, got->value_text, got->text,
                     got->problem);
    }
}

static char F1[] = "F1", ALL[] = "all", B1[] = "b1", NONE[] = "none", AFTER[] = "after";
static char PICK_FIRST[] = "pick_first", ROUND_ROBIN[] = "round_robin", NAME[] = "nobody pays";

/* The values are those of the tests above. */
static void claims_about_the_run_are_judged(void **state)
{
    (void)state;
    const struct claim claims[] = {
        {.metric = "success",
         .wanted = {.phase = F1},
         .min = "\"99.9%\"",
         .verdict = EK_VERDICT_FAIL,
         .value = "97.5 %",
         .text = "success, F1 >= 99.9 %"},
        {.metric = "success",
         .wanted = {.phase = ALL},
         .min = "\"99.5%\"",
         .verdict = EK_VERDICT_PASS,
         .value = "99.5 %",
         .text = "success >= 99.5 %"},
        {.metric = "errors",
         .wanted = {.from_ns = 4 * S, .to_ns = 5 * S},
         .equals = "5",
         .verdict = EK_VERDICT_PASS,
         .value = "5",
         .text = "errors, 4 s .. 5 s = 5"},
        {.metric = "errors",
         .wanted = {.from_ns = 4200 * MS, .to_ns = 5 * S},
         .max = "0",
         .verdict = EK_VERDICT_PASS,
         .value = "0"},
        {.metric = "share",
         .wanted = {.phase = F1, .endpoint = B1},
         .equals = "\"2%\"",
         .tolerance = "\"0.5%\"",
         .verdict = EK_VERDICT_PASS,
         .value = "2.5 %",
         .text = "share of b1, F1 = 2 % +- 0.5 %"},
        {.metric = "share",
         .wanted = {.phase = F1, .endpoint = B1},
         .equals = "\"2%\"",
         .tolerance = "\"0.4999%\"",
         .verdict = EK_VERDICT_FAIL,
         .value = "2.5 %"},
        {.metric = "max_share",
         .wanted = {.phase = F1},
         .min = "\"30%\"",
         .max = "\"33%\"",
         .verdict = EK_VERDICT_PASS,
         .value = "32.5 %",
         .text = "max share, F1 in 30 % .. 33 %"},
        {.metric = "fault_share",
         .wanted = {.phase = F1},
         .max = "\"2.5%\"",
         .verdict = EK_VERDICT_PASS,
         .value = "2.5 %",
         .text = "fault share, F1 <= 2.5 %"},
        {.metric = "time_to_detect",
         .wanted = {.fault = F1},
         .max = "\"150ms\"",
         .verdict = EK_VERDICT_FAIL,
         .value = "200 ms",
         .text = "time to detect, F1 <= 150 ms"},
        {.metric = "time_to_eject",
         .max = "\"200ms\"",
         .verdict = EK_VERDICT_PASS,
         .value = "200 ms",
         .text = "time to eject, F1 <= 200 ms"},
        {.metric = "time_to_divert",
         .equals = "\"160ms\"",
         .verdict = EK_VERDICT_PASS,
         .value = "160 ms"},
        {.metric = "time_to_recover", .max = "\"1s\"", .verdict = EK_VERDICT_PASS, .value = "1 s"},
        {.metric = "fault_errors", .equals = "5", .verdict = EK_VERDICT_PASS, .value = "5"},
        {.metric = "amplification", .equals = "1", .verdict = EK_VERDICT_PASS, .value = "1"},
        {.metric = "p99",
         .wanted = {.phase = F1},
         .equals = "\"100ms\"",
         .verdict = EK_VERDICT_PASS,
         .value = "100 ms"},
        {.metric = "jain",
         .wanted = {.phase = F1},
         .equals = "0.787",
         .verdict = EK_VERDICT_PASS,
         .value = "0.787"},
        {.metric = "cv",
         .wanted = {.phase = F1},
         .max = "0.5",
         .verdict = EK_VERDICT_FAIL,
         .value = "0.52"},
        /* 65 over a mean of 50 */
        {.metric = "max_over_mean",
         .wanted = {.phase = F1},
         .equals = "1.3",
         .verdict = EK_VERDICT_PASS,
         .value = "1.3"},
        {.metric = "ejections", .equals = "1", .verdict = EK_VERDICT_PASS, .value = "1"},
        {.metric = "clients_ejecting", .equals = "1", .verdict = EK_VERDICT_PASS, .value = "1"},
        {.metric = "ejections",
         .wanted = {.phase = AFTER},
         .equals = "0",
         .verdict = EK_VERDICT_PASS,
         .value = "0"},
        {.metric = "success",
         .wanted = {.policy = ROUND_ROBIN, .name = NAME},
         .min = "\"0%\"",
         .verdict = EK_VERDICT_PASS,
         .value = "99.5 %"},
        /* What this run cannot tell. */
        {.metric = "p999",
         .wanted = {.phase = F1},
         .max = "\"1s\"",
         .verdict = EK_VERDICT_UNKNOWN,
         .value = "-"},
        {.metric = "success",
         .wanted = {.phase = NONE},
         .min = "\"1%\"",
         .verdict = EK_VERDICT_UNKNOWN,
         .value = "-"},
        {.metric = "time_to_detect",
         .wanted = {.fault = NONE},
         .max = "\"1s\"",
         .verdict = EK_VERDICT_UNKNOWN,
         .value = "-"},
        {.metric = "view_age_max", .max = "\"1s\"", .verdict = EK_VERDICT_UNKNOWN, .value = "-"},
        {.metric = "success", .min = "0.5", .verdict = EK_VERDICT_UNKNOWN, .value = "-"},
        {.metric = "success", .verdict = EK_VERDICT_UNKNOWN, .value = "-"},
    };
    size_t count = sizeof claims / sizeof claims[0];
    struct ek_expectation *expectations = expectations_of(claims, count);
    struct ek_recorder *r = record_run(expectations, count);
    release_claims(expectations, count);
    const struct ek_results *results = ek_recorder_results(r);
    check_claims(results, claims, count);
    assert_int_equal(results->failed, 4);
    assert_int_equal(results->unknown, 6);
    assert_int_equal(results->passed, count - 10);
    assert_int_equal(results->judged[0].samples, 200);
    assert_string_equal(results->judged[0].limit_text, ">= 99.9 %");
    assert_string_equal(results->judged[21].name, "nobody pays");
    ek_recorder_free(r);
}

static void claims_for_other_policies_are_left_out(void **state)
{
    (void)state;
    const struct claim claims[] = {
        {.metric = "success", .wanted = {.policy = PICK_FIRST}, .min = "\"100%\""},
    };
    struct ek_expectation *expectations = expectations_of(claims, 1);
    struct ek_recorder *r = record_run(expectations, 1);
    release_claims(expectations, 1);
    assert_int_equal(ek_recorder_results(r)->judged_count, 0);
    assert_int_equal(ek_recorder_results(r)->failed, 0);
    ek_recorder_free(r);
}

/* Half of the calls go to b1 all the time. */
static void what_never_happens_is_later_than_any_limit(void **state)
{
    (void)state;
    const struct claim claims[] = {
        {.metric = "time_to_divert",
         .max = "\"10s\"",
         .verdict = EK_VERDICT_FAIL,
         .value = "never"},
        {.metric = "time_to_divert",
         .min = "\"10s\"",
         .verdict = EK_VERDICT_PASS,
         .value = "never"},
        {.metric = "time_to_detect",
         .equals = "\"1s\"",
         .verdict = EK_VERDICT_FAIL,
         .value = "never"},
        {.metric = "time_to_recover", .max = "\"1s\"", .verdict = EK_VERDICT_PASS, .value = "0 ns"},
    };
    struct ek_expectation *expectations = expectations_of(claims, 4);
    struct ek_recording_setup setup = made_setup();
    setup.expectations = expectations;
    setup.expectation_count = 4;
    struct ek_recorder *r = ek_recorder_new(&setup);
    for (int i = 0; i < 1000; i++)
        made_call(r, i * 10 * MS, 0, (uint32_t)i % 2, EK_STATUS_OK, MS);
    made_finish(r);
    release_claims(expectations, 4);
    check_claims(ek_recorder_results(r), claims, 4);
    ek_recorder_free(r);
}

/* c1 has answers at 1, 2, 3 and 7 s of 10; those of 2 and 3 s were empty and not believed. */
static void views_age_and_go_stale(void **state)
{
    (void)state;
    const struct claim claims[] = {
        {.metric = "view_age_max", .equals = "\"4s\"", .verdict = EK_VERDICT_PASS, .value = "4 s"},
        {.metric = "view_stale_max",
         .equals = "\"5s\"",
         .verdict = EK_VERDICT_PASS,
         .value = "5 s"},
        {.metric = "view_age_max",
         .wanted = {.phase = F1},
         .equals = "\"3s\"",
         .verdict = EK_VERDICT_PASS,
         .value = "3 s"},
        {.metric = "view_stale_max",
         .wanted = {.phase = F1},
         .equals = "\"4s\"",
         .verdict = EK_VERDICT_PASS,
         .value = "4 s"},
        {.metric = "view_stale_max",
         .wanted = {.from_ns = 8 * S, .to_ns = 9 * S},
         .max = "\"0s\"",
         .verdict = EK_VERDICT_PASS,
         .value = "0 ns"},
        {.metric = "empty_ignored", .equals = "2", .verdict = EK_VERDICT_PASS, .value = "2"},
        {.metric = "queries", .equals = "5", .verdict = EK_VERDICT_PASS, .value = "5"},
        {.metric = "resolver_errors", .equals = "1", .verdict = EK_VERDICT_PASS, .value = "1"},
    };
    struct ek_expectation *expectations = expectations_of(claims, 8);
    struct ek_recording_setup setup = made_setup();
    setup.expectations = expectations;
    setup.expectation_count = 8;
    struct ek_recorder *r = ek_recorder_new(&setup);
    for (int64_t s = 1; s <= 7; s = s == 3 ? 7 : s + 1) {
        made_event(r, s * S, EK_RECORD_QUERY, 0, EK_NOBODY, 0, 200, s, NULL);
        if (s == 2 || s == 3)
            made_event(r, s * S, EK_RECORD_EMPTY_IGNORED, 0, EK_NOBODY, 0, 0, 0, NULL);
        if (s == 3) {
            made_event(r, 4 * S, EK_RECORD_QUERY, 0, EK_NOBODY, 0, 500, 1, NULL);
            made_event(r, 4 * S, EK_RECORD_RESOLVER_ERROR, 0, EK_NOBODY, 0, 0, 0, "no leader");
        }
    }
    made_finish(r);
    release_claims(expectations, 8);
    check_claims(ek_recorder_results(r), claims, 8);
    ek_recorder_free(r);
}

/* c1 lists 4, from 5 s on 0, from 6 s on 4 again; c2 begins with an empty list, then lists 3. */
static void the_shortest_list_counts_from_the_first(void **state)
{
    (void)state;
    const struct claim claims[] = {
        {.metric = "endpoints_listed_min", .equals = "0", .verdict = EK_VERDICT_PASS, .value = "0"},
        {.metric = "endpoints_listed_min",
         .wanted = {.from_ns = 0, .to_ns = 5 * S},
         .equals = "3",
         .verdict = EK_VERDICT_PASS,
         .value = "3"},
        {.metric = "endpoints_listed_min",
         .wanted = {.from_ns = 5500 * MS, .to_ns = 7 * S},
         .equals = "0",
         .verdict = EK_VERDICT_PASS,
         .value = "0"},
        {.metric = "endpoints_listed_min",
         .wanted = {.from_ns = 7 * S, .to_ns = 8 * S},
         .equals = "3",
         .verdict = EK_VERDICT_PASS,
         .value = "3"},
        {.metric = "list_changes", .equals = "5", .verdict = EK_VERDICT_PASS, .value = "5"},
    };
    struct ek_expectation *expectations = expectations_of(claims, 5);
    struct ek_recording_setup setup = made_setup();
    setup.expectations = expectations;
    setup.expectation_count = 5;
    struct ek_recorder *r = ek_recorder_new(&setup);
    made_event(r, 50 * MS, EK_RECORD_RESOLVED, 1, EK_NOBODY, 0, 0, 0, NULL);
    made_event(r, 100 * MS, EK_RECORD_RESOLVED, 0, EK_NOBODY, 0, 4, 4, NULL);
    made_event(r, 200 * MS, EK_RECORD_RESOLVED, 1, EK_NOBODY, 0, 3, 3, NULL);
    made_event(r, 5 * S, EK_RECORD_RESOLVED, 0, EK_NOBODY, 0, 0, 4, NULL);
    made_event(r, 6 * S, EK_RECORD_RESOLVED, 0, EK_NOBODY, 0, 4, 4, NULL);
    made_finish(r);
    release_claims(expectations, 5);
    check_claims(ek_recorder_results(r), claims, 5);
    ek_recorder_free(r);
}

/* Ten calls, one attempt each, and one retry: 11 attempts. Eight go well, two fail, one is open. */
static void retries_and_loads_are_counted(void **state)
{
    (void)state;
    const struct claim claims[] = {
        {.metric = "amplification", .equals = "1.1", .verdict = EK_VERDICT_PASS, .value = "1.1"},
        {.metric = "retries", .equals = "1", .verdict = EK_VERDICT_PASS, .value = "1"},
        {.metric = "attempts", .equals = "11", .verdict = EK_VERDICT_PASS, .value = "11"},
        {.metric = "attempt_errors", .equals = "2", .verdict = EK_VERDICT_PASS, .value = "2"},
        {.metric = "attempt_success",
         .equals = "\"80%\"",
         .verdict = EK_VERDICT_PASS,
         .value = "80 %"},
        {.metric = "throttled", .equals = "1", .verdict = EK_VERDICT_PASS, .value = "1"},
        {.metric = "calls", .equals = "11", .verdict = EK_VERDICT_FAIL, .value = "10"},
        {.metric = "unfinished", .equals = "1", .verdict = EK_VERDICT_PASS, .value = "1"},
        {.metric = "min_share", .equals = "\"0%\"", .verdict = EK_VERDICT_PASS, .value = "0 %"},
        {.metric = "queue_max", .equals = "1234", .verdict = EK_VERDICT_PASS, .value = "1,234"},
        {.metric = "busy_max", .equals = "7", .verdict = EK_VERDICT_PASS, .value = "7"},
        {.metric = "busy_max",
         .wanted = {.phase = F1},
         .equals = "3",
         .verdict = EK_VERDICT_PASS,
         .value = "3"},
        {.metric = "watchers_woken", .equals = "12", .verdict = EK_VERDICT_PASS, .value = "12"},
        {.metric = "checks_critical", .equals = "1", .verdict = EK_VERDICT_PASS, .value = "1"},
        {.metric = "clock_steps", .equals = "1", .verdict = EK_VERDICT_PASS, .value = "1"},
        {.metric = "max", .equals = "\"2ms\"", .verdict = EK_VERDICT_PASS, .value = "2 ms"},
        {.metric = "mean", .equals = "\"2ms\"", .verdict = EK_VERDICT_PASS, .value = "2 ms"},
    };
    size_t count = sizeof claims / sizeof claims[0];
    struct ek_expectation *expectations = expectations_of(claims, count);
    struct ek_recording_setup setup = made_setup();
    setup.expectations = expectations;
    setup.expectation_count = count;
    struct ek_recorder *r = ek_recorder_new(&setup);
    for (int i = 0; i < 8; i++)
        made_call(r, i * 10 * MS, 0, 0, EK_STATUS_OK, 2 * MS);
    /* The ninth fails, is repeated and fails again; the tenth is under way at the end. */
    ek_recorder_call_started(r, 100 * MS, 0);
    ek_recorder_attempt_started(r, 100 * MS, 0, 1, false);
    ek_recorder_attempt_done(r, 101 * MS, 0, 1, EK_STATUS_UNAVAILABLE, MS);
    ek_recorder_attempt_started(r, 101 * MS, 0, 2, true);
    ek_recorder_attempt_done(r, 102 * MS, 0, 2, EK_STATUS_UNAVAILABLE, MS);
    made_event(r, 102 * MS, EK_RECORD_THROTTLED, 0, EK_NOBODY, 0, 9, 0, NULL);
    ek_recorder_call_done(r, &(struct ek_recorded_call){.number = 9,
                                                        .planned_ns = 100 * MS,
                                                        .end_ns = 102 * MS,
                                                        .status = EK_STATUS_UNAVAILABLE});
    ek_recorder_call_started(r, 110 * MS, 0);
    ek_recorder_attempt_started(r, 110 * MS, 0, 0, false);
    ek_recorder_endpoint_load(r, 200 * MS, 0, 7, 1234);
    ek_recorder_endpoint_load(r, 300 * MS, 0, 3, 0);
    made_event(r, 400 * MS, EK_RECORD_WOKEN, EK_NOBODY, EK_NOBODY, 0, 5, 1, NULL);
    made_event(r, 400 * MS, EK_RECORD_WOKEN, EK_NOBODY, EK_NOBODY, 0, 7, 2, NULL);
    made_event(r, 400 * MS, EK_RECORD_CHECK, EK_NOBODY, 0, 0, 0, 2, "critical");
    made_event(r, 400 * MS, EK_RECORD_CHECK, EK_NOBODY, 0, 0, 0, 3, "passing");
    made_event(r, 400 * MS, EK_RECORD_CLOCK_BACKWARDS, 0, EK_NOBODY, 0, S, 0, NULL);
    made_finish(r);
    release_claims(expectations, count);
    check_claims(ek_recorder_results(r), claims, count);
    ek_recorder_free(r);
}

static void every_metric_is_explained(void **state)
{
    (void)state;
    for (const struct ek_metric *metric = ek_metric_all; metric->name != NULL; metric++) {
        assert_ptr_equal(ek_metric_find(metric->name), metric);
        assert_true(strlen(metric->text) > 20);
        assert_int_equal(metric->text[strlen(metric->text) - 1], '.');
    }
    assert_null(ek_metric_find("sucess"));
    assert_null(ek_metric_find(NULL));
}

static void a_limit_needs_the_metrics_unit(void **state)
{
    (void)state;
    static const struct {
        const char *metric, *json;
        bool ok;
        int64_t value;
    } rows[] = {
        {"success", "\"99.9%\"", true, 999000},
        {"success", "0.999", false, 0},
        {"p99", "\"250ms\"", true, 250 * MS},
        {"p99", "250", false, 0},
        {"errors", "12", true, 12},
        {"errors", "\"12\"", false, 0},
        {"amplification", "1.25", true, 1250},
        {"amplification", "\"1.25\"", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *json = json_of(rows[i].json);
        int64_t value = -1;
        char why[64] = "";
        bool ok = ek_metric_limit(ek_metric_find(rows[i].metric), json, &value, why, sizeof why);
        assert_int_equal(ok, rows[i].ok);
        if (ok)
            assert_int_equal(value, rows[i].value);
        else
            assert_true(why[0] != '\0');
        json_decref(json);
    }
}

/* Calls that failed before the fault are expected to go on failing: 10 in 4 s, so 5 in 2 s. */
static void errors_of_a_fault_are_above_the_usual(void **state)
{
    (void)state;
    struct ek_recording_setup setup = made_setup();
    struct ek_recorder *r = ek_recorder_new(&setup);
    for (int i = 0; i < 100; i++) {
        int64_t at_ns = i * 100 * MS;
        bool fails = i % 4 == 0 || (i >= 40 && i < 60 && i % 2 == 0);
        made_call(r, at_ns, 0, 0, fails ? EK_STATUS_INTERNAL : EK_STATUS_OK, MS);
    }
    made_finish(r);
    /* 40 .. 59 has ten even numbers, which include its multiples of four. */
    assert_int_equal(ek_results_phase(ek_recorder_results(r), "before")->errors, 10);
    assert_int_equal(ek_recorder_results(r)->faults[0].errors, 10 - 5);
    ek_recorder_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_by_planned_time),
        cmocka_unit_test(evenness_follows_from_the_attempts),
        cmocka_unit_test(the_failover_is_timed),
        cmocka_unit_test(what_the_fault_did_not_cause_is_no_detection),
        cmocka_unit_test(each_reaction_detects),
        cmocka_unit_test(claims_about_the_run_are_judged),
        cmocka_unit_test(claims_for_other_policies_are_left_out),
        cmocka_unit_test(what_never_happens_is_later_than_any_limit),
        cmocka_unit_test(views_age_and_go_stale),
        cmocka_unit_test(the_shortest_list_counts_from_the_first),
        cmocka_unit_test(retries_and_loads_are_counted),
        cmocka_unit_test(every_metric_is_explained),
        cmocka_unit_test(a_limit_needs_the_metrics_unit),
        cmocka_unit_test(errors_of_a_fault_are_above_the_usual),
    };
    return cmocka_run_group_tests_name("reports/results", tests, NULL, NULL);
}
