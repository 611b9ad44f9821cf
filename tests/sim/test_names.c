/* Discovery through a name server in the simulator: what it holds, and what its faults do.
 *
 * The world of all rows: a name with four endpoints, a cache of 1 s, look-ups 1 s apart; b1 dies
 * for ever at 10 s, so that from then on each failed attempt to connect asks for a look-up. Those
 * come after gRPC's back-off: 1 s, 1.6 times as long each time, +-20 %. */
#include "sim/run.h"

#include "reports/recording/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WORLD                                                                                     \
    "{\"name\": \"names\", \"duration\": \"60s\", \"endpoints\": {\"count\": 4, \"name\": "       \
    "\"b%%d\", \"service\": \"2ms\"}, \"clients\": {\"arrivals\": {\"constant\": \"200/s\"}, "    \
    "\"deadline\": \"500ms\", \"resolver\": {\"dns\": {\"minInterval\": \"1s\"%s}}, "             \
    "\"serviceConfig\": {\"loadBalancingConfig\": [{\"round_robin\": {}}]}}, \"dns\": {\"ttl\": " \
    "\"1s\"%s}, \"faults\": [{\"kind\": \"kill\", \"at\": \"10s\", \"target\": {\"endpoints\": "  \
    "\"b1\"}}%s], \"expect\": [%s]}"
#define FAULT(kind) ", {\"kind\": \"" kind "\", \"at\": \"9s\", \"for\": \"20s\"}"
#define LISTED(from, to, count)                                                           \
    "{\"metric\": \"endpoints_listed_min\", \"from\": \"" from "\", \"to\": \"" to "\", " \
    "\"equals\": " count "}"
#define SUCCESS(from, to, share)                                                                 \
    "{\"metric\": \"success\", \"from\": \"" from "\", \"to\": \"" to "\", \"equals\": \"" share \
    "\"}"
#define SHARE(endpoint, share) \
    "{\"metric\": \"share\", \"endpoint\": \"" endpoint "\", \"equals\": \"" share "\"}"

static struct ek_scenario *read_world(const char *options, const char *dns, const char *fault,
                                      const char *expect, char *report, size_t size)
{
    struct ek_scenario_overrides overrides = {0};
    char text[4096];

    snprintf(text, sizeof text, WORLD, options, dns, fault, expect);
    return ek_scenario_read("names", text, strlen(text), &overrides, report, size);
}

static void the_name_says_what_it_should(void **state)
{
    static const struct {
        const char *name, *options, *dns, *fault, *expect;
    } rows[] = {
        /* The answer of 0 s is older than 1 s when b1 dies. */
        {"the dead one is taken out at once", "", "", "",
         LISTED("1s", "10s", "4") "," LISTED("11s", "60s", "3") "," SUCCESS("11s", "60s", "100%")},
        /* The records are the scenario's, not the processes'. */
        {"a fixed list stays", "", ", \"records\": [\"b1\", \"b?\"]", "",
         LISTED("1s", "60s", "4") "," SUCCESS("11s", "60s", "100%")},
        {"only what is recorded is found", "", ", \"records\": [\"b2\", \"b3\"]", "",
         LISTED("1s", "60s", "2") "," SHARE("b1", "0%") "," SHARE("b4", "0%")},
        /* Look-ups at 10 s and, after failures, 1.6, 4.2, 8.3, 14.8 and 25.3 s later, +-20 %: the
         * last is the first after 29 s, and by 40.4 s. */
        {"a failing server leaves the list", "", "", FAULT("dns-servfail"),
         LISTED("11s", "29s", "4") "," LISTED("42s", "60s", "3") "," SUCCESS("11s", "60s", "100%")},
        {"for Go no such name is no endpoint", "", "", FAULT("dns-nxdomain"),
         LISTED("11s", "29s", "0") "," SUCCESS("11s", "29s", "0%") "," LISTED(
             "42s", "60s", "3") "," SUCCESS("42s", "60s", "100%")},
        {"for C++ it is an error", ", \"dialect\": \"grpc-core\"", "", FAULT("dns-nxdomain"),
         LISTED("11s", "29s", "4") "," LISTED("42s", "60s", "3") "," SUCCESS("11s", "60s", "100%")},
        /* Attempts to connect 1, 2.6, 5.2, 9.3, 15.8 and 26.3 s after the death, +-20 %; the first
         * after 29 s is by 41.6 s. */
        {"a frozen cache hides the death", "", "", FAULT("dns-stale"),
         LISTED("11s", "29s", "4") "," LISTED("43s", "60s", "3") "," SUCCESS("11s", "60s", "100%")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ek_run_options options = {0};
        char report[4096], why[256] = "";
        const struct ek_results *results;
        struct ek_recorder *recorder;
        struct ek_scenario *scenario;

        scenario = read_world(rows[i].options, rows[i].dns, rows[i].fault, rows[i].expect, report,
                              sizeof report);
        if (scenario == NULL)
            fail_msg("%s: %s", rows[i].name, report);
        if (ek_run(scenario, &options, &recorder, why, sizeof why) != EK_OK)
            fail_msg("%s: %s", rows[i].name, why);
        results = ek_recorder_results(recorder);
        for (size_t k = 0; k < results->judged_count; k++)
            if (results->judged[k].verdict != EK_VERDICT_PASS)
                fail_msg("%s: %s: %s", rows[i].name, results->judged[k].text,
                         results->judged[k].value_text);
        ek_recorder_free(recorder);
        ek_scenario_free(scenario);
    }
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *options, *dns, *fault, *complaint;
    } rows[] = {
        {"", ", \"records\": \"c*\"", "", "there is no endpoint \"c*\""},
        {", \"target\": \"other:8080\"", "", "", "the name server knows only"},
        {", \"minIntervall\": \"1s\"", "", "", "did you mean"},
        {"", ", \"ttl\": \"-1s\"", "", "ttl"},
        {"", "", FAULT("registry-empty"), "no client resolves through {\"consul\": {}}"},
        {"", "", ", {\"kind\": \"dns-stale\", \"at\": \"9s\", \"target\": {\"zone\": \"z\"}}",
         "does not belong"},
    };
    char report[4096];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_null(
            read_world(rows[i].options, rows[i].dns, rows[i].fault, "", report, sizeof report));
        if (strstr(report, rows[i].complaint) == NULL)
            fail_msg("%zu: %s", i, report);
    }
}

static void keys_are_plain(void **state)
{
    static const char *const keys[] = {"/a", "a b", "a//b", "a?b", "%41"};
    struct ek_scenario_overrides overrides = {0};
    char text[512], report[4096];

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        snprintf(text, sizeof text,
                 "{\"name\": \"k\", \"endpoints\": {}, \"clients\": {}, \"consul\": {\"keys\": "
                 "{\"key\": \"%s\"}}}",
                 keys[i]);
        assert_null(ek_scenario_read("k", text, strlen(text), &overrides, report, sizeof report));
        if (strstr(report, "is not of letters, digits") == NULL)
            fail_msg("%s: %s", keys[i], report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_says_what_it_should),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(keys_are_plain),
    };

    return cmocka_run_group_tests_name("sim/names", tests, NULL, NULL);
}
