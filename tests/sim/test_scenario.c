/* Scenario files: what is refused, with which words, at which place. */
#include "sim/scenario/scenario.h"

#include "evenkeel/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    REPORT_SIZE = 32 * 1024
};

static char report[REPORT_SIZE];

static struct ek_scenario *read_text(const char *text,
                                     const struct ek_scenario_overrides *overrides)
{
    return ek_scenario_read("bad.json", text, strlen(text), overrides, report, sizeof report);
}

static const char *first_line(void)
{
    static char line[REPORT_SIZE];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(report, "\n"), report);
    return line;
}

static int line_count(void)
{
    int count = 0;
    for (const char *c = report; *c; c++)
        count += *c == '\n';
    return count;
}

/* ---- bad input ---- */

struct bad_case {
    const char *text, *first_line;
};

#define ENDPOINTS "\"endpoints\": {\"count\": 3, \"zones\": [\"r1\", \"r2\"]}"
#define FAULT(members) \
    "{" ENDPOINTS ",\n\"faults\": [{\"kind\": \"kill\", \"at\": \"1s\"},\n {" members "}]}"
#define EXPECT(members)                                                                         \
    "{" ENDPOINTS ", \"faults\": {\"kind\": \"kill\", \"at\": \"1s\"},\n\"expect\": [{" members \
    "}]}"

static const struct bad_case syntax_cases[] = {
    {"", "bad.json:1:1: error EK001: the file is empty; a scenario is an object, {...}"},
    {"{\"seed\": 1,}",
     "bad.json:1:12: error EK001: string or '}' expected near '}'; there must be no "
     "comma before a closing bracket"},
    {"{\"seed\": 1\n \"name\": 2}",
     "bad.json:2:2: error EK001: '}' expected near '\"name\"'; is a comma missing before it?"},
    {"{\n  // seed\n  \"seed\": 1}",
     "bad.json:2:3: error EK001: string or '}' expected near '/'; JSON has no comments"},
    {"{'seed': 1}",
     "bad.json:1:2: error EK001: string or '}' expected near '''; JSON takes double quotes"},
    {"{\"seed\": 1, \"seed\": 2}",
     "bad.json:1:13: error EK001: duplicate object key near '\"seed\"'"},
    {"{\"seed\": 1", "bad.json:1:11: error EK001: '}' expected near end of file"},
    {"[1]", "bad.json:1:1: error EK003: a scenario is an object, {...}, not a list"},
    {"{} {}", "bad.json:1:4: error EK001: end of file expected near '{'"},
};

static const struct bad_case shape_cases[] = {
    {"{}", "bad.json:1:1: error EK005: \"endpoints\" is missing"},
    {"{\"endpoints\": []}",
     "bad.json:1:15: error EK004: \"endpoints\": at least 1 is due, found 0"},
    {"{\"endpoints\": 3}", "bad.json:1:15: error EK003: \"endpoints\": expected an object, {...}"},
    {"{\n  \"endpoints\": {\"count\": 0}\n}",
     "bad.json:2:26: error EK004: \"count\": 0 is too small; it must be at least 1"},
    {"{" ENDPOINTS ",\n \"duration\": \"-5s\"}",
     "bad.json:2:14: error EK003: \"duration\": expected a duration such as \"250ms\", found "
     "\"-5s\"; it "
     "cannot be negative"},
    {"{" ENDPOINTS ",\n \"duration\": 60}",
     "bad.json:2:14: error EK003: \"duration\": expected a duration such as \"250ms\", found 60; a "
     "duration needs a unit: \"60s\""},
    {"{" ENDPOINTS ",\n \"seed\": -1}",
     "bad.json:2:10: error EK004: \"seed\": -1 is negative; it must be at least 0"},
    {"{" ENDPOINTS ",\n \"clinets\": {}}",
     "bad.json:2:2: error EK002: unknown key \"clinets\"; did you mean \"clients\"?"},
    {"{" ENDPOINTS ",\n \"clients\": {\"arrivals\": {\"poison\": \"1/s\"}}}",
     "bad.json:2:27: error EK002: unknown kind \"poison\" in arrivals; did you mean \"poisson\"?"},
    {FAULT("\"taget\": {}, \"kind\": \"kill\", \"at\": \"2s\""),
     "bad.json:3:3: error EK002: unknown key \"taget\" in fault; did you mean \"target\"?"},
    {FAULT("\"t\\u0061get\": {}, \"kind\": \"kill\", \"at\": \"2s\""),
     "bad.json:3:3: error EK002: unknown key \"taget\" in fault; did you mean \"target\"?"},
    {FAULT("\"kind\": \"refusse\", \"at\": \"2s\""),
     "bad.json:3:11: error EK006: \"kind\": unknown word \"refusse\"; did you mean \"refuse\"?"},
    {FAULT("\"kind\": \"kill\""), "bad.json:3:2: error EK005: \"at\" is missing in fault"},
    {"{" ENDPOINTS ",\n \"clients\": {\"serviceConfig\": {\"loadBalancingConfig\": [{\"p3c\": "
     "{}}]}}}",
     "bad.json:2:57: error EK007: unknown policy \"p3c\"; did you mean \"p2c\"?"},
    {"{" ENDPOINTS ",\n \"clients\": {\"resolver\": {\"consul\": {\"wiat\": \"1s\"}}}}",
     "bad.json:2:38: error EK002: unknown key \"wiat\" in consul; did you mean \"wait\"?"},
    /* the column counts characters, not bytes */
    {"{" ENDPOINTS ",\n \"name\": \"\xc3\xa4\xe2\x82\xac\", \"sed\": 1}",
     "bad.json:2:16: error EK002: unknown key \"sed\"; did you mean \"seed\"?"},
};

static const struct bad_case meaning_cases[] = {
    {"{\"endpoints\": {\"count\": 2, \"name\": \"b\"}}",
     "bad.json:1:36: error EK304: \"name\": 2 endpoints cannot all be \"b\"; write \"b%d\""},
    {"{\"endpoints\": {\"name\": \"b/1\"}}",
     "bad.json:1:24: error EK304: \"name\": takes letters, digits, . _ - and one %d or %02d"},
    {"{\"endpoints\": [{\"count\": 2},\n {\"name\": \"b02\"}]}",
     "bad.json:2:11: error EK304: endpoint \"b02\" exists twice; give each group names of its own"},
    {"{" ENDPOINTS ",\n\"clients\": [{},\n{}]}",
     "bad.json:3:1: error EK304: client \"c1\" exists twice; give each group names of its own"},
    {"{\"endpoints\": [{\"count\": 100000},\n{\"name\": \"x\"}]}",
     "bad.json:2:1: error EK009: \"count\": more than 100000 endpoints in all"},
    {"{\"endpoints\": {\"service\": {\"lognormal\": {\"p50\": \"9ms\", \"p99\": \"8ms\"}}}}",
     "bad.json:1:63: error EK306: \"p99\": must be above the p50"},
    {"{\"endpoints\": {\"service\": {\"lognormal\": {\"p99\": \"8ms\"}}}}",
     "bad.json:1:41: error EK306: \"lognormal\": give either mean or p50"},
    {"{\"endpoints\": {\"service\": {\"lognormal\": {\"mean\": \"1ms\", \"p99\": \"15ms\"}}}}",
     "bad.json:1:64: error EK306: \"p99\": no lognormal has a p99 above 14.9 times its mean; give "
     "p50"},
    {"{\"endpoints\": {\"service\": {\"empirical\": [{\"percentile\": \"0%\", \"value\": "
     "\"1ms\"},\n"
     " {\"percentile\": \"100%\", \"value\": \"0.5ms\"}]}}}",
     "bad.json:2:2: error EK306: \"empirical\": percentiles and values must rise"},
    {"{" ENDPOINTS ",\n\"clients\": {\"profile\": [{\"at\": \"2s\", \"rate\": \"1/s\"},\n{\"at\": "
     "\"1s\", \"rate\": \"2/s\"}]}}",
     "bad.json:3:8: error EK306: \"at\": steps must rise in time; the one before lasts until then"},
    {"{" ENDPOINTS ",\n\"clients\": {\"resolver\": \"b10\"}}",
     "bad.json:2:25: error EK305: there is no endpoint \"b10\"; did you mean \"b01\"?"},
    {"{" ENDPOINTS ",\n\"network\": {\"zones\": [{\"from\": \"r1\", \"to\": \"r3\", \"delay\": "
     "\"1ms\"}]}}",
     "bad.json:2:44: error EK305: there is no zone \"r3\"; did you mean \"r1\"?"},
    {"{" ENDPOINTS ",\n\"compare\": [\"round_robin\", \"peak_ewm\"]}",
     "bad.json:2:28: error EK009: unknown policy \"peak_ewm\"; did you mean \"peak_ewma\"?"},
};

static const struct bad_case fault_cases[] = {
    {FAULT("\"id\": \"F1\", \"kind\": \"kill\", \"at\": \"2s\""),
     "bad.json:3:9: error EK304: fault \"F1\" exists twice"},
    {FAULT("\"id\": \"after\", \"kind\": \"kill\", \"at\": \"2s\""),
     "bad.json:3:9: error EK304: \"id\": \"after\" is the name of a phase"},
    {FAULT("\"kind\": \"kill\", \"at\": \"60s\""),
     "bad.json:3:25: error EK302: \"F2\" begins at 60 s, and the run ends at 60 s"},
    {FAULT("\"kind\": \"kill\", \"at\": \"2s\", \"target\": {\"endpoints\": [\"b01\", \"b04\"]}"),
     "bad.json:3:63: error EK301: \"F2\" targets nothing: there is no endpoint \"b04\"; did you "
     "mean "
     "\"b01\"?"},
    {FAULT("\"kind\": \"kill\", \"at\": \"2s\", \"target\": {\"endpoints\": \"x*\"}"),
     "bad.json:3:55: error EK301: \"F2\" targets nothing: no endpoint matches \"x*\""},
    {FAULT("\"kind\": \"kill\", \"at\": \"2s\", \"target\": {\"zone\": \"r3\"}"),
     "bad.json:3:50: error EK301: \"F2\" targets nothing: there is no zone \"r3\"; did you mean "
     "\"r1\"?"},
    {FAULT("\"kind\": \"kill\", \"at\": \"2s\", \"target\": {\"endpoints\": \"b02\", \"zone\": "
           "\"r1\"}"),
     "bad.json:3:41: error EK301: \"F2\" targets nothing: no endpoint of that name is in zone r1"},
    {FAULT("\"kind\": \"registry-empty\", \"at\": \"2s\""),
     "bad.json:3:11: error EK301: \"F2\" targets nothing: no client resolves through {\"consul\": "
     "{}}"},
    {FAULT("\"kind\": \"kill\", \"at\": \"2s\", \"factor\": 3"),
     "bad.json:3:31: error EK303: \"factor\" does not belong to a \"kill\" fault; it is for slow"},
    {FAULT("\"kind\": \"slow\", \"at\": \"2s\""),
     "bad.json:3:2: error EK303: a \"slow\" fault takes either factor or service"},
    {FAULT("\"kind\": \"partition\", \"at\": \"2s\", \"from\": {\"zone\": \"r1\"}"),
     "bad.json:3:2: error EK303: \"to\" is missing in fault: a \"partition\" has two sides"},
    {FAULT("\"kind\": \"partition\", \"at\": \"2s\", \"from\": {\"zone\": \"r1\"}, \"to\": {}"),
     "bad.json:3:66: error EK301: \"F2\" targets nothing: give endpoints, clients, zone or "
     "registry in "
     "\"to\""},
    {FAULT("\"kind\": \"error\", \"at\": \"2s\", \"status\": \"OK\""),
     "bad.json:3:42: error EK303: \"status\": OK is not an error"},
    {FAULT("\"kind\": \"error\", \"at\": \"2s\", \"pushback\": \"1ms\", \"retry\": \"never\""),
     "bad.json:3:32: error EK303: an answer that says when to try again says nothing else of it: "
     "give pushback or retry"},
    {FAULT("\"kind\": \"error\", \"at\": \"2s\", \"pushback\": \"1.5ms\""),
     "bad.json:3:44: error EK303: \"pushback\": the header has whole milliseconds"},
    {FAULT("\"kind\": \"slow\", \"at\": \"2s\", \"factor\": 2, \"retry\": \"never\""),
     "bad.json:3:44: error EK303: \"retry\" does not belong to a \"slow\" fault; it is for error"},
};

static const struct bad_case expect_cases[] = {
    {EXPECT("\"metric\": \"sucess\", \"min\": \"1%\""),
     "bad.json:2:23: error EK305: unknown metric \"sucess\"; did you mean \"success\"?"},
    {EXPECT("\"metric\": \"success\", \"min\": 99"),
     "bad.json:2:41: error EK307: \"min\": expected a share such as \"99.9%\", found 99; a share "
     "needs a "
     "percent sign: \"99%\""},
    {EXPECT("\"metric\": \"success\""),
     "bad.json:2:12: error EK307: nothing is expected: give min, max or equals"},
    {EXPECT("\"metric\": \"success\", \"min\": \"2%\", \"max\": \"1%\""),
     "bad.json:2:54: error EK307: \"max\": is below min"},
    {EXPECT("\"metric\": \"success\", \"min\": \"2%\", \"tolerance\": \"1%\""),
     "bad.json:2:47: error EK307: \"tolerance\" goes with \"equals\""},
    {EXPECT("\"metric\": \"success\", \"min\": \"1%\", \"phase\": \"F2\""),
     "bad.json:2:56: error EK305: \"phase\": there is no fault \"F2\"; did you mean \"F1\"?"},
    {EXPECT("\"metric\": \"time_to_eject\", \"max\": \"1s\", \"fault\": \"F9\""),
     "bad.json:2:62: error EK305: there is no fault \"F9\"; did you mean \"F1\"?"},
    {EXPECT("\"metric\": \"success\", \"min\": \"1%\", \"fault\": \"F1\""),
     "bad.json:2:47: error EK307: \"success\" is not about one fault; did you mean \"phase\"?"},
    {EXPECT("\"metric\": \"share\", \"max\": \"1%\""),
     "bad.json:2:12: error EK307: \"endpoint\" is missing: \"share\" is about one endpoint"},
    {EXPECT("\"metric\": \"share\", \"max\": \"1%\", \"endpoint\": \"b1\""),
     "bad.json:2:57: error EK305: there is no endpoint \"b1\"; did you mean \"b01\"?"},
    {EXPECT("\"metric\": \"success\", \"min\": \"1%\", \"policy\": \"round-robin\""),
     "bad.json:2:57: error EK305: unknown policy \"round-robin\"; did you mean \"round_robin\"?"},
    {"{" ENDPOINTS ",\n\"expect\": {\"metric\": \"time_to_eject\", \"max\": \"1s\"}}",
     "bad.json:2:22: error EK307: \"time_to_eject\" is about a fault, and this scenario has none"},
};

static void check_cases(const struct bad_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ek_scenario *scenario = read_text(cases[i].text, NULL);

        assert_null(scenario);
        assert_string_equal(first_line(), cases[i].first_line);
        assert_int_equal(report[strlen(report) - 1], '\n');
    }
}

#define CHECK_CASES(cases) check_cases(cases, sizeof(cases) / sizeof(cases)[0])

static void bad_syntax_is_refused_where_it_is(void **state)
{
    (void)state;
    CHECK_CASES(syntax_cases);
}

static void bad_shape_is_refused_where_it_is(void **state)
{
    (void)state;
    CHECK_CASES(shape_cases);
}

static void what_makes_no_sense_is_refused_where_it_is(void **state)
{
    (void)state;
    CHECK_CASES(meaning_cases);
}

static void faults_without_sense_are_refused(void **state)
{
    (void)state;
    CHECK_CASES(fault_cases);
}

static void expectations_without_sense_are_refused(void **state)
{
    (void)state;
    CHECK_CASES(expect_cases);
}

static void a_complaint_shows_its_line_and_points_at_it(void **state)
{
    (void)state;

    assert_null(read_text("{\"endpoints\": {},\n\t\"sed\": 1}", NULL));

    assert_string_equal(report,
                        "bad.json:2:2: error EK002: unknown key \"sed\"; did you mean \"seed\"?\n"
                        "    2 |  \"sed\": 1}\n"
                        "      |  ^~~~~\n"
                        "   at /sed   (evenkeel explain EK002)\n"
                        "\n");
}

static void complaints_come_all_at_once_in_the_order_of_the_file(void **state)
{
    (void)state;

    assert_null(read_text("{\"sed\": 1,\n\"endpoints\": {\"cuont\": 1},\n\"duration\": 1}", NULL));

    const char *second =
        strstr(report, "bad.json:2:15: error EK002: unknown key \"cuont\" in endpoints");
    const char *third = strstr(report, "bad.json:3:13: error EK003: \"duration\"");
    assert_string_equal(first_line(),
                        "bad.json:1:2: error EK002: unknown key \"sed\"; did you mean \"seed\"?");
    assert_true(second && third && second < third);
}

static void at_most_twenty_complaints_are_printed(void **state)
{
    (void)state;
    char text[4096] = "{\"endpoints\": {}, \"faults\": [{}";
    for (int i = 0; i < 24; i++)
        strcat(text, ",\n{}");
    strcat(text, "]}");

    assert_null(read_text(text, NULL));

    /* each of 25 faults lacks kind and at: 20 with four lines and a blank one, then the rest */
    assert_int_equal(line_count(), 20 * 5 + 1);
    assert_non_null(strstr(report, "bad.json: error: 30 more\n"));
}

static void nothing_a_terminal_obeys_is_printed(void **state)
{
    (void)state;

    assert_null(read_text("{\"endpoints\": {}, \"\\u001b[2J\": 1, \"\x1b\": 1}", NULL));
    assert_null(strchr(report, '\x1b'));
    assert_null(read_text("{\"endpoints\": {}, \"a\xc2\x9b\x32J\xe2\x80\xae\": 1}", NULL));
    assert_null(strstr(report, "\xc2\x9b"));
    assert_null(strstr(report, "\xe2\x80\xae")); /* text from right to left */
    assert_non_null(strstr(report, "unknown key"));
}

static void a_long_line_is_shown_around_its_place(void **state)
{
    (void)state;
    char text[2048] = "{\"endpoints\": {}, \"description\": \"";
    memset(text + strlen(text), 'x', 1000);
    strcat(text, "\", \"sed\": 1, \"name\": \"");
    memset(text + strlen(text), 'y', 50);
    strcat(text, "\"}");

    assert_null(read_text(text, NULL));

    assert_true(strlen(report) < 500);
    assert_non_null(strstr(report, "    1 | ...xxxx"));
    assert_non_null(strstr(report, "\"sed\": 1"));
}

static void invalid_utf8_is_refused(void **state)
{
    (void)state;

    assert_null(read_text("{\"endpoints\": {},\n \"name\": \"a\xff\"}", NULL));

    assert_string_equal(
        first_line(),
        "bad.json:2:12: error EK001: unable to decode byte 0xff; a scenario is UTF-8");
}

static void a_report_that_does_not_fit_ends_with_a_whole_line(void **state)
{
    (void)state;
    char small[700];

    for (size_t size = 1; size < sizeof small; size++) {
        memset(small, '#', sizeof small);
        assert_null(ek_scenario_read("bad.json", "{\"a\": 1, \"b\": 2}", 16, NULL, small, size));
        size_t length = strlen(small);
        assert_true(length < size);
        assert_true(length == 0 || small[length - 1] == '\n');
        assert_int_equal(small[size], '#');
    }
}

/* ---- good input ---- */

static void what_is_not_said_has_a_sensible_default(void **state)
{
    (void)state;

    struct ek_scenario *s = read_text("{\"endpoints\": {}}", NULL);

    assert_non_null(s);
    assert_string_equal(s->name, "bad"); /* the file's */
    assert_int_equal(s->duration_ns, 60 * EK_S);
    assert_int_equal(s->seed, 1);
    assert_string_equal(s->service, "web");
    assert_int_equal(s->endpoints.count, 1);
    const struct ek_endpoint_group *endpoints = s->endpoints.items;
    assert_int_equal(endpoints->count, 1);
    assert_int_equal(endpoints->workers, 0);
    assert_int_equal(endpoints->queue_max, -1);
    assert_int_equal(endpoints->weight, 1);
    assert_int_equal(s->clients.count, 1);
    const struct ek_client_group *clients = s->clients.items;
    assert_string_equal(clients->name, "c%d");
    assert_int_equal(clients->arrivals.kind, EK_ARRIVALS_POISSON);
    assert_int_equal(clients->resolver.kind, 0);
    assert_int_equal(s->consul.ttl_ns, 10 * EK_S);
    assert_int_equal(s->network.handshakes, 1);
    ek_scenario_free(s);
}

static void faults_and_expectations_know_their_lines(void **state)
{
    (void)state;

    struct ek_scenario *s = read_text(
        "{\"endpoints\": {},\n\"faults\": [\n{\"kind\": \"slow\", \"at\": \"1s\", \"service\": "
        "\"2s\"},\n\n{\"kind\": \"slow\", \"at\": \"2s\", \"factor\": 2.5}],\n\"expect\":\n "
        "{\"metric\": \"success\", \"phase\": \"F2\", \"min\": \"1%\"}}",
        NULL);

    assert_non_null(s);
    const struct ek_fault *faults = s->faults.items;
    assert_int_equal(faults[0].line, 3);
    assert_true(faults[0].has_service);
    assert_int_equal(faults[0].service.constant_ns, 2 * EK_S);
    assert_int_equal(faults[1].line, 5);
    assert_string_equal(faults[1].id, "F2");
    assert_false(faults[1].has_service);
    assert_int_equal(faults[1].factor, 2500);
    assert_int_equal(((struct ek_expectation *)s->expect.items)[0].line, 7);
    ek_scenario_free(s);
}

static void the_consul_resolver_watches_the_scenarios_service(void **state)
{
    (void)state;

    struct ek_scenario *s = read_text("{\"endpoints\": {}, \"service\": \"shop\", \"clients\": "
                                      "{\"resolver\": {\"consul\": {}}}}",
                                      NULL);

    assert_non_null(s);
    const struct ek_client_group *clients = s->clients.items;
    assert_string_equal(json_string_value(json_object_get(clients->resolver.consul, "service")),
                        "shop");
    ek_scenario_free(s);
}

static void member_names_count_from_their_pattern(void **state)
{
    (void)state;
    char name[EK_SCENARIO_NAME_SIZE];

    assert_string_equal(ek_scenario_member_name("b%02d", 7, name, sizeof name), "b07");
    assert_string_equal(ek_scenario_member_name("b%02d", 123, name, sizeof name), "b123");
    assert_string_equal(ek_scenario_member_name("c%d.x", 7, name, sizeof name), "c7.x");
    assert_string_equal(ek_scenario_member_name("one", 1, name, sizeof name), "one");
}

static void patterns_match_with_star_and_question_mark(void **state)
{
    (void)state;

    assert_true(ek_scenario_name_matches("b*", "b"));
    assert_true(ek_scenario_name_matches("*1*", "b01"));
    assert_true(ek_scenario_name_matches("b?1", "b01"));
    assert_true(ek_scenario_name_matches("*ab", "aab"));
    assert_false(ek_scenario_name_matches("b?", "b01"));
    assert_false(ek_scenario_name_matches("b", "b01"));
    assert_false(ek_scenario_name_matches("", "b01"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_syntax_is_refused_where_it_is),
        cmocka_unit_test(bad_shape_is_refused_where_it_is),
        cmocka_unit_test(what_makes_no_sense_is_refused_where_it_is),
        cmocka_unit_test(faults_without_sense_are_refused),
        cmocka_unit_test(expectations_without_sense_are_refused),
        cmocka_unit_test(a_complaint_shows_its_line_and_points_at_it),
        cmocka_unit_test(complaints_come_all_at_once_in_the_order_of_the_file),
        cmocka_unit_test(at_most_twenty_complaints_are_printed),
        cmocka_unit_test(nothing_a_terminal_obeys_is_printed),
        cmocka_unit_test(a_long_line_is_shown_around_its_place),
        cmocka_unit_test(invalid_utf8_is_refused),
        cmocka_unit_test(a_report_that_does_not_fit_ends_with_a_whole_line),
        cmocka_unit_test(what_is_not_said_has_a_sensible_default),
        cmocka_unit_test(faults_and_expectations_know_their_lines),
        cmocka_unit_test(the_consul_resolver_watches_the_scenarios_service),
        cmocka_unit_test(member_names_count_from_their_pattern),
        cmocka_unit_test(patterns_match_with_star_and_question_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
