/* Other programs' formats: what is in them, and that names do not become markup. The readers of
 * tests/cli/convert.sh judge whether they are well formed. See story_made.h for what happened. */
#include "tests/reports/story_made.h"

#include "reports/export/diff.h"
#include "reports/export/events.h"
#include "reports/export/export.h"

/* Returns new. */
static char *convert(struct story *story, const char *name)
{
    char *text = NULL;
    size_t size = 0;
    const struct ek_export *format = ek_export_find(name);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(format);
    assert_non_null(out);
    format->write(story->replay, out);
    fclose(out);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static void no_format_lets_control_characters_through(void **state)
{
    for (const struct ek_export *format = ek_export_all; format->name != NULL; format++) {
        char *text = convert(*state, format->name);
        assert_null(strchr(text, '\033'));
        free(text);
    }
    assert_null(ek_export_find("xml"));
}

static void names_are_escaped_as_each_format_wants(void **state)
{
    char *text = convert(*state, "openmetrics");
    assert_has(text, "evenkeel_attempts_total{endpoint=\"b<3>|?[31m\",zone=\"\"} 1\n");
    free(text);
    text = convert(*state, "csv");
    assert_has(text, ",endpoint,b<3>|?[31m,");
    free(text);
    text = convert(*state, "jsonl");
    assert_has(text, "\"name\":\"b<3>|?[31m\"");
    free(text);
}

static void totals_are_those_of_the_run(void **state)
{
    char *text = convert(*state, "openmetrics");
    assert_has(text, "evenkeel_calls_total{outcome=\"ok\"} 2\n");
    assert_has(text, "evenkeel_calls_total{outcome=\"error\"} 2\n");
    assert_has(text, "evenkeel_attempts_total{endpoint=\"b1\",zone=\"\"} 2\n");
    assert_has(text, "evenkeel_fault_detect_seconds{fault=\"F1\"} 0.100000000\n");
    assert_has(text, "evenkeel_recorded_events_total{kind=\"ejected\"} 2\n");
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    free(text);
}

static void series_have_a_row_for_each_interval_and_endpoint(void **state)
{
    char *text = convert(*state, "csv");
    size_t lines = 0;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 1 + 10 * (1 + 3)); /* a heading; 10 s of run and three endpoints */
    assert_has(text,
               "\r\n4.000000000,run,,3,1,2,3,0,"); /* two fail in the fifth second, one works */
    free(text);
}

static void traces_have_faults_flows_and_nested_attempts(void **state)
{
    char *text = convert(*state, "chrome");
    assert_has(text, "{\"ph\":\"X\",\"pid\":2,\"tid\":1,\"ts\":4000000.000,\"name\":\"kill b1\""
                     ",\"dur\":3000000.000");
    assert_has(text, "{\"ph\":\"b\",\"pid\":1,\"tid\":1,\"ts\":4000000.000,\"name\":\"call 1\"");
    assert_has(text, "{\"ph\":\"s\",\"pid\":2,\"tid\":1,\"ts\":4000000.000,\"name\":\"failover\"");
    assert_has(text, "{\"ph\":\"f\",\"pid\":1,\"tid\":1,\"ts\":4100000.000,\"name\":\"failover\"");
    free(text);
}

static void markdown_begins_with_the_verdict(void **state)
{
    char *text = convert(*state, "markdown");
    assert_int_equal(strncmp(text, "### ❔ story: nothing was expected\n", 36), 0);
    assert_has(text, "| F1 | kill b1 | 4 .. 7 s | 100 ms |");
    assert_has(text, "```mermaid\n");
    free(text);
}

/* ---- annotations ---- */

static void annotations_stay_on_one_line(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const struct ek_results results = {
        .scenario = "a:b,c%", .scenario_path = "x,y.json", .command = "run\r\nit"};
    const struct ek_judged judged = {.name = "",
                                     .text = "50 % : ok",
                                     .value_text = "1\n::error::2",
                                     .has_value = true,
                                     .verdict = EK_VERDICT_FAIL,
                                     .line = 3,
                                     .problem = ""};
    ek_export_annotation(&results, &judged, out);
    fclose(out);
    /* %, CR and LF as in GitHub's toolkit; in properties : and , as well */
    assert_string_equal(text, "::error file=x%2Cy.json,line=3,title=a%3Ab%2Cc%25::50 %25 : ok: got "
                              "1%0A::error::2; repeat: run%0D%0Ait\n");
    free(text);
}

/* ---- events ---- */

static uint64_t count_events(struct story *story, const char *const *words)
{
    struct ek_events_filter filter = {.to_ns = INT64_MAX};
    char why[200], *text = NULL;
    size_t size = 0;
    for (; *words != NULL; words++)
        assert_true(ek_events_filter_add(&filter, story->replay, *words, why, sizeof why));
    FILE *out = open_memstream(&text, &size);
    uint64_t count = ek_events_write(story->replay, &filter, out);
    fclose(out);
    free(text);
    return count;
}

static void filters_hold_all_at_once(void **state)
{
    const char *ejected[] = {"kind:ejected", NULL}, *both[] = {"kind:ejected", "client:c2", NULL},
               *kinds[] = {"kind:ejected", "kind:returned", NULL},
               *range[] = {"kind:ejected", "4.15s..", NULL},
               *before[] = {"kind:ejected", "..4.1s", NULL},
               *endpoint[] = {"endpoint:b2", "kind:subchannel", NULL},
               *prefix[] = {"endpoint:b*", "kind:subchannel", NULL};
    assert_int_equal(count_events(*state, ejected), 2);
    assert_int_equal(count_events(*state, both), 1);
    assert_int_equal(count_events(*state, kinds), 4);
    assert_int_equal(count_events(*state, range), 1);
    assert_int_equal(count_events(*state, before), 0); /* the end is not in it */
    assert_int_equal(count_events(*state, endpoint), 4);
    assert_int_equal(count_events(*state, prefix), 12);
}

/* Begin, process, 2 x (attempt, ejected, call), check, woken, 2 x 3; end, process, check, woken,
 * 2 x 3. Returns from ejection have no recorded cause. */
static void a_fault_has_the_events_whose_causes_begin_with_it(void **state)
{
    const char *fault[] = {"fault:F1", NULL};
    assert_int_equal(count_events(*state, fault), 2 + 6 + 2 + 6 + 4 + 6);
}

static void bad_filters_have_a_reason(void **state)
{
    struct story *story = *state;
    struct ek_events_filter filter = {.to_ns = INT64_MAX};
    char why[200] = "";
    assert_false(ek_events_filter_add(&filter, story->replay, "kind:ejectd", why, sizeof why));
    assert_string_equal(why, "unknown kind \"ejectd\"; did you mean \"ejected\"?");
    assert_false(ek_events_filter_add(&filter, story->replay, "fault:F9", why, sizeof why));
    assert_string_equal(why, "the run has no fault \"F9\"");
    assert_false(ek_events_filter_add(&filter, story->replay, "5..6s", why, sizeof why));
    assert_false(ek_events_filter_add(&filter, story->replay, "nonsense", why, sizeof why));
}

/* ---- two runs ---- */

static void equal_runs_are_equal_and_others_show_where_they_part(void **state)
{
    static const struct ek_render plain = {.unicode = true, .columns = 100};
    struct story *story = *state;
    char path[128], *text = NULL, why[200];
    size_t size = 0;
    snprintf(path, sizeof path, "%s/parted.db", story->folder);
    struct ek_recording_setup setup = story_setup(path);
    struct ek_recorder *recorder = ek_recorder_new(&setup);
    story_run(recorder);
    made_event(recorder, 9 * S, EK_RECORD_CLOCK_BACKWARDS, 0, EK_NOBODY, 0, MS, 0, NULL);
    made_finish(recorder);
    ek_recorder_free(recorder);
    struct ek_replay *other = ek_replay_open(path, why, sizeof why);
    assert_non_null(other);
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(ek_diff_write(story->replay, story->replay, false, &plain, out), EK_DIFF_SAME);
    assert_int_equal(ek_diff_write(story->replay, other, true, &plain, out), EK_DIFF_PARTED);
    fclose(out);
    assert_has(text, "the two are the same in every event\n");
    assert_has(text, "scenario and seed agree, the fingerprints do not\n");
    assert_has(text, "first difference    after 51 equal events\n");
    assert_has(text, "a (no more events)\n");
    assert_has(text, "9.000 s  52  client c1: the clock went back 1 ms and is held\n");
    assert_has(text, "one run each: a difference of two samples, not a verdict\n");
    free(text);
    ek_replay_close(other);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_format_lets_control_characters_through),
        cmocka_unit_test(names_are_escaped_as_each_format_wants),
        cmocka_unit_test(totals_are_those_of_the_run),
        cmocka_unit_test(series_have_a_row_for_each_interval_and_endpoint),
        cmocka_unit_test(traces_have_faults_flows_and_nested_attempts),
        cmocka_unit_test(markdown_begins_with_the_verdict),
        cmocka_unit_test(annotations_stay_on_one_line),
        cmocka_unit_test(filters_hold_all_at_once),
        cmocka_unit_test(a_fault_has_the_events_whose_causes_begin_with_it),
        cmocka_unit_test(bad_filters_have_a_reason),
        cmocka_unit_test(equal_runs_are_equal_and_others_show_where_they_part),
    };
    return cmocka_run_group_tests_name("reports/export", tests, story_set_up, story_tear_down);
}
