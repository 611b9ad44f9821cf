/* What is said is what was recorded: see story_made.h for what happened. */
#include "tests/reports/story_made.h"

#include "reports/explain/explain.h"

static const struct ek_render plain = {.unicode = true, .columns = 100};

/* Returns new. */
static char *explain(struct story *story, const char *what)
{
    char *text = NULL, why[400] = "";
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    bool is_found = ek_explain(story->replay, what, &plain, out, why, sizeof why);
    fclose(out);
    if (!is_found)
        fail_msg("%s", why);
    return text;
}

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static void assert_missing(struct story *story, const char *what, const char *wanted)
{
    char *text = NULL, why[400] = "";
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_false(ek_explain(story->replay, what, &plain, out, why, sizeof why));
    fclose(out);
    assert_int_equal(size, 0);
    free(text);
    assert_string_equal(why, wanted);
}

static void a_call_is_told_from_fault_to_outcome(void **state)
{
    char *text = explain(*state, "call:1");
    assert_says(text, "call 1   round_robin of c1   UNAVAILABLE at 4.100 s\n");
    assert_says(text, "  fault    F1 (story.json:12): kill b1, 4 .. 7 s\n");
    /* answered at 0 s, planned at 4 s */
    assert_says(text, "  view     Consul index 41, answered 4.00 s before; the registry was at 41; "
                      "the registry's check");
    assert_says(text, "its connection to b1: READY since 0.000 s\n");
    assert_says(text,
                "  pick     round_robin -> b1, one of 3 READY and not ejected, of 3 listed\n");
    assert_says(text, "  attempt  1  at 4.000 s on b1: UNAVAILABLE after 100 ms\n");
    assert_says(text, "  retry    none: the service config has no retryPolicy\n");
    assert_says(text, "  user got UNAVAILABLE after 100 ms: b1: connection reset\n");
    free(text);
}

static void advice_changes_one_thing_in_the_command(void **state)
{
    char *text = explain(*state, "call:1");
    assert_says(text,
                "  try      the service config has no retryPolicy; another endpoint was READY\n");
    assert_says(text, "evenkeel run story --policy round_robin --seed 7 --set "
                      "'/clients/serviceConfig/methodConfig=[{\"name\": [{}], \"retryPolicy\": ");
    assert_null(strstr(text, "outlierDetection=")); /* it has one */
    free(text);
}

static void worst_is_the_failed_call_that_took_longest(void **state)
{
    char *text = explain(*state, "worst");
    assert_says(text, "call 2   round_robin of c2   UNAVAILABLE at 4.200 s\n");
    free(text);
}

static void a_call_that_worked_needs_no_advice(void **state)
{
    char *text = explain(*state, "call:3");
    assert_says(text, "  user got OK after 5.00 ms\n");
    assert_null(strstr(text, "  try "));
    assert_null(strstr(text, "  fault "));
    free(text);
}

static void equal_effects_of_a_fault_are_one_line_with_its_delay(void **state)
{
    char *text = explain(*state, "fault:F1");
    assert_says(text, "F1   kill b1   4 .. 7 s   story.json:12\n");
    /* the first after 100 ms, the second after 200 ms */
    assert_says(text, "4.100 s    +100 ms  2 attempts on b1 fail, UNAVAILABLE  until 4.200 s\n");
    assert_says(text, "4.100 s      +100 ms  2 clients eject b1  until 4.200 s\n");
    assert_says(text, "5.000 s    +1.00 s  registry: check of b1 critical, index 42, 2 watchers "
                      "woken\n");
    assert_says(text, "5.010 s      +1.01 s  2 clients get an answer, index 42  until 5.030 s\n");
    assert_says(text, "5.010 s        +1.01 s  2 clients list 2 endpoints now");
    assert_says(text, "7.000 s    +3.00 s  fault F1 ends\n");
    assert_says(text, "  noticed  100 ms after its start: client c1 ejects b1: 1 failure in a row");
    assert_says(text, "  cost     2 calls failed of 3 while it lasted\n");
    free(text);
}

static void a_return_follows_from_its_ejection(void **state)
{
    char *text = explain(*state, "fault:F1");
    /* ejected for 2 s */
    assert_says(text, "6.100 s        +2.10 s  2 clients take b1 back  until 6.200 s\n");
    free(text);
}

static void calls_that_failed_alike_are_counted_by_cause(void **state)
{
    char *text = explain(*state, "error:unavailable");
    assert_says(text, "UNAVAILABLE   2 calls kept; 2 failed in all\n");
    assert_says(text, "  because  2  F1: b1: connection reset\n");
    assert_says(text, "call 1   round_robin of c1");
    free(text);
}

static void an_event_is_told_with_its_causes(void **state)
{
    /* 2 x (query, 3 x 3, resolved), check: 23; begin, process, attempt, ejected: 27 */
    char *text = explain(*state, "event:27");
    assert_says(text, "event 27   ejected   4.100 s\n");
    assert_says(text,
                "because  26 at 4.100 s (0 s before): client c1: attempt of call 1 on b1 failed");
    assert_says(text, "because  24 at 4.000 s (100 ms before): fault F1 begins");
    free(text);
}

static void a_moment_has_faults_endpoints_and_views(void **state)
{
    char *text = explain(*state, "t=5.02s");
    assert_says(text, "  fault    F1: kill b1, for 1.02 s already (story.json:12)\n");
    /* c2 hears at 5.03 s */
    assert_says(text, "registry at index 42; behind it: 1 of 2 clients, the last at 41");
    assert_says(text, "oldest answer 5.02 s");
    free(text);
}

static void an_endpoint_has_shares_and_history(void **state)
{
    char *text = explain(*state, "endpoint:b1");
    assert_says(text, "b1   2 attempts, 2 failed; at most 0 in service, 0 waiting\n");
    assert_says(text, "  fault    F1: kill b1, 4 .. 7 s (story.json:12)\n");
    assert_says(text, "F1       66.67 % of 3 attempts"); /* 2 of 3 */
    assert_says(text, "4.000 s  b1 is down\n");
    free(text);
}

static void what_is_not_there_is_said_with_what_is(void **state)
{
    assert_missing(*state, "fault:F2", "there is no fault F2; the run has F1");
    assert_missing(*state, "call:9", "there is no call 9; the run has calls 1 .. 4");
    assert_missing(*state, "error:INTERNAL",
                   "no kept call failed with INTERNAL; the run has UNAVAILABLE");
    assert_missing(*state, "t=11s", "the run ended at 10.000 s");
    assert_missing(*state, "endpoint:b9", "there is no endpoint b9; the run has b1 .. b<3>|?[31m");
    assert_missing(
        *state, "wurst",
        "cannot explain \"wurst\"; did you mean \"worst\"?; worst, call:N, error:STATUS, "
        "fault:ID, endpoint:NAME, event:ID, t=41.2s or an expectation's name");
}

/* Without outlierDetection five failures of one client on one endpoint are told, four are not. */
static void advice_needs_its_facts(void **state)
{
    struct story *story = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/other.db", story->folder);
    struct ek_recording_setup setup = story_setup(path);
    setup.scenario_json =
        "{\"clients\": {\"count\": 2, \"resolver\": {\"static\": []}, "
        "\"serviceConfig\": {\"methodConfig\": [{\"name\": [{}], \"retryPolicy\": "
        "{\"retryableStatusCodes\": [\"ABORTED\"]}}]}}}";
    struct story other = {.replay = story_record(&setup)};
    char *text = explain(&other, "call:1");
    assert_says(text, "  view     a fixed list of 3 endpoints: no registry\n");
    assert_says(text, "  retry    none: UNAVAILABLE is not among the retryPolicy's codes\n");
    assert_says(text, "  try      nothing that follows from what was recorded\n");
    free(text);
    ek_replay_close(other.replay);
    unlink(path);
}

static void damaged_scenarios_and_names_do_no_harm(void **state)
{
    struct story *story = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/damaged.db", story->folder);
    struct ek_recording_setup setup = story_setup(path);
    setup.scenario_json = "{\"clients\": [1, {\"count\": -3}, \"x\"";
    struct story other = {.replay = story_record(&setup)};
    static const char *const all[] = {"worst",    "call:1", "fault:F1",   "error:UNAVAILABLE",
                                      "event:27", "t=5s",   "endpoint:b1"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char *text = explain(&other, all[i]);
        assert_null(strchr(text, '\033'));
        free(text);
    }
    ek_replay_close(other.replay);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_told_from_fault_to_outcome),
        cmocka_unit_test(advice_changes_one_thing_in_the_command),
        cmocka_unit_test(worst_is_the_failed_call_that_took_longest),
        cmocka_unit_test(a_call_that_worked_needs_no_advice),
        cmocka_unit_test(equal_effects_of_a_fault_are_one_line_with_its_delay),
        cmocka_unit_test(a_return_follows_from_its_ejection),
        cmocka_unit_test(calls_that_failed_alike_are_counted_by_cause),
        cmocka_unit_test(an_event_is_told_with_its_causes),
        cmocka_unit_test(a_moment_has_faults_endpoints_and_views),
        cmocka_unit_test(an_endpoint_has_shares_and_history),
        cmocka_unit_test(what_is_not_there_is_said_with_what_is),
        cmocka_unit_test(advice_needs_its_facts),
        cmocka_unit_test(damaged_scenarios_and_names_do_no_harm),
    };
    return cmocka_run_group_tests_name("reports/explain", tests, story_set_up, story_tear_down);
}
