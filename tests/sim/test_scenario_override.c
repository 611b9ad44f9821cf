/* Changes from the command line: what they do, and what is said of bad ones. */
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

struct bad_case {
    const char *text, *first_line;
};

#define PLAIN                                                                             \
    "{\"endpoints\": {\"count\": 3},\n\"clients\": {\"deadline\": \"1s\"},\n\"faults\": " \
    "[{\"kind\": \"kill\", \"at\": \"30s\"}]}"

static struct ek_scenario *read_set(const char *set)
{
    struct ek_scenario_overrides overrides = {.sets = &set, .set_count = 1};
    return read_text(PLAIN, &overrides);
}

static void sets_change_and_make_members(void **state)
{
    (void)state;

    struct ek_scenario *s = read_set("/clients/deadline=250ms");
    assert_non_null(s);
    assert_int_equal(((struct ek_client_group *)s->clients.items)->deadline_ns, 250 * EK_MS);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(s->json, "clients"), "deadline")),
        "250ms"); /* the kept file is the changed one */
    ek_scenario_free(s);

    s = read_set("/clients/0/deadline=250ms"); /* a lone item is its own first */
    assert_non_null(s);
    assert_int_equal(((struct ek_client_group *)s->clients.items)->deadline_ns, 250 * EK_MS);
    ek_scenario_free(s);

    s = read_set("/network/delay/exponential/mean=2ms");
    assert_non_null(s);
    assert_int_equal(s->network.delay.kind, EK_DISTRIBUTION_EXPONENTIAL);
    ek_scenario_free(s);

    s = read_set("/faults/-={\"kind\": \"drain\", \"at\": \"31s\"}");
    assert_non_null(s);
    assert_int_equal(s->faults.count, 2);
    ek_scenario_free(s);
}

static void a_bad_set_is_named_instead_of_a_place(void **state)
{
    (void)state;
    static const struct bad_case cases[] = {
        {"/faults/1/at=1s", "--set /faults/1/at=1s: error: \"/faults\" has no item 1; it has 1"},
        {"/faults/x=1", "--set /faults/x=1: error: \"/faults\" is a list; a number from 0 or \"-\" "
                        "must follow, not \"x\""},
        {"/clients/deadline/x=1", "--set /clients/deadline/x=1: error: \"/clients/deadline\" is "
                                  "neither an object nor a list"},
        {"seed=1",
         "--set seed=1: error: expected /json/pointer=value; the pointer begins with \"/\""},
        {"/seed", "--set /seed: error: expected /json/pointer=value"},
        {"/seed={",
         "--set /seed={: error: the value is not JSON: string or '}' expected near end of "
         "file"},
        {"/seed=many",
         "--set /seed=many: error EK003: \"seed\": expected a whole number, found \"many\""},
        {"/clinets/x=1",
         "--set /clinets/x=1: error EK002: unknown key \"clinets\"; did you mean \"clients\"?"},
        {"/faults/0/at=61s",
         "--set /faults/0/at=61s: error EK302: \"F1\" begins at 61 s, and the run ends "
         "at 60 s"},
        /* what an override makes wrong elsewhere is told where it stands */
        {"/duration=20s",
         "bad.json:3:35: error EK302: \"F1\" begins at 30 s, and the run ends at 20 s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(read_set(cases[i].text));
        assert_string_equal(first_line(), cases[i].first_line);
    }
}

static void a_policy_takes_the_place_of_every_clients_own(void **state)
{
    (void)state;
    struct ek_scenario_overrides overrides = {.policy = "p2c,choiceCount=3"};

    struct ek_scenario *s =
        read_text("{\"endpoints\": {}, \"clients\": [{\"name\": \"x\"}, {\"name\": \"y\", "
                  "\"serviceConfig\": {\"loadBalancingConfig\": [{\"pick_first\": {}}]}}]}",
                  &overrides);

    assert_non_null(s);
    for (size_t i = 0; i < 2; i++) {
        struct ek_errors errors = {0};
        struct ek_service_config config;
        const struct ek_client_group *clients = s->clients.items;
        assert_int_equal(ek_service_config_read(clients[i].service_config, "", &config, &errors),
                         EK_OK);
        assert_string_equal(config.lb->name, "least_request");
        assert_int_equal(json_integer_value(json_object_get(config.lb_options, "choiceCount")), 3);
        ek_service_config_deinit(&config);
    }
    ek_scenario_free(s);
}

static void a_bad_policy_is_named_instead_of_a_place(void **state)
{
    (void)state;
    struct ek_scenario_overrides overrides = {.policy = "round_robbin"};

    assert_null(read_text(PLAIN, &overrides));

    assert_string_equal(first_line(), "--policy round_robbin: error: unknown policy "
                                      "\"round_robbin\"; did you mean \"round_robin\"?");
}

static void seed_and_end_are_taken_from_the_command_line(void **state)
{
    (void)state;
    int64_t seed = 42;
    struct ek_scenario_overrides overrides = {.seed = &seed, .until_ns = 10 * EK_S};

    struct ek_scenario *s = read_text(PLAIN, &overrides); /* its fault at 30 s is never reached */

    assert_non_null(s);
    assert_int_equal(s->seed, 42);
    assert_int_equal(s->duration_ns, 10 * EK_S);
    ek_scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_change_and_make_members),
        cmocka_unit_test(a_bad_set_is_named_instead_of_a_place),
        cmocka_unit_test(a_policy_takes_the_place_of_every_clients_own),
        cmocka_unit_test(a_bad_policy_is_named_instead_of_a_place),
        cmocka_unit_test(seed_and_end_are_taken_from_the_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
