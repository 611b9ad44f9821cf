/* Headers of answers: pushbacks and load reports, good and bad ones. */
#include "evenkeel/answer_header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* gRPC A6: a whole number of milliseconds; anything else forbids the retry. */
static void a_pushback_is_a_whole_number_or_a_refusal(void **state)
{
    static const struct {
        const char *value;
        int64_t ms;
    } cases[] = {{"0", 0},
                 {"250", 250},
                 {"0250", 250},
                 {"-1", -1},
                 {"", -1},
                 {" 5", -1},
                 {"5 ", -1},
                 {"5.5", -1},
                 {"+5", -1},
                 {"abc", -1},
                 {"9223372036854775799", INT64_MAX - 8},
                 {"99999999999999999999", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ek_header_pushback_ms(cases[i].value), cases[i].ms);
}

/* All in millionths but what is in flight. */
static void reports_are_read_in_both_forms(void **state)
{
    static const struct {
        const char *value;
        struct ek_load_report report;
    } cases[] = {
        {"TEXT cpu_utilization=0.3,rps_fractional=120.5,eps=1",
         {.qps = 120500000, .eps = 1000000, .utilization = 300000}},
        {"TEXT  cpu_utilization=0.3 ,\t mem_utilization=0.8, named_metrics.in_flight=7,",
         {.utilization = 300000, .in_flight = 7}},
        {"TEXT cpu_utilization=0.3, application_utilization=1.25", {.utilization = 1250000}},
        {"TEXT application_utilization=0, cpu_utilization=5e-1", {.utilization = 500000}},
        {"TEXT foo_bytes=many, eps=2", {.eps = 2000000}},
        {"JSON {\"cpu_utilization\": 0.3, \"rps_fractional\": 10, \"eps\": 1}",
         {.qps = 10000000, .eps = 1000000, .utilization = 300000}},
        {"JSON {\"applicationUtilization\": 0.5, \"rpsFractional\": 10, \"namedMetrics\": "
         "{\"in_flight\": 3, \"x\": 1}}",
         {.qps = 10000000, .utilization = 500000, .in_flight = 3}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_load_report report = {0};

        assert_true(ek_header_load(cases[i].value, &report));
        assert_int_equal(report.qps, cases[i].report.qps);
        assert_int_equal(report.eps, cases[i].report.eps);
        assert_int_equal(report.utilization, cases[i].report.utilization);
        assert_int_equal(report.in_flight, cases[i].report.in_flight);
    }
}

static void what_is_no_report_is_none(void **state)
{
    static const char *const values[] = {
        "",
        "TEXT",
        "TEXT ",
        "JSON ",
        "BIN CZqZmZmZmbk/",
        "text eps=1",
        "eps=1",
        "{\"eps\": 1}",
        "TEXT eps",
        "TEXT eps=",
        "TEXT eps=-1",
        "TEXT eps=nan",
        "TEXT eps=inf",
        "TEXT eps=0x10",
        "TEXT eps=1e400",
        "TEXT eps=1e13",
        "TEXT eps=\"1\"",
        "TEXT eps=1, garbage, rps_fractional=1",
        "TEXT eps=0, cpu_utilization=0",
        "JSON []",
        "JSON {\"eps\": 1",
        "JSON {\"eps\": \"1\"}",
        "JSON {\"eps\": -0.5}",
        "JSON {\"eps\": 1, \"eps\": 2}",
        "JSON {\"mem_utilization\": 1}",
        "TEXT eps=00000000000000000000000000000000000000000000000000000000000000001",
    };
    struct ek_load_report report = {.qps = 1};
    char large[6000] = "TEXT eps=1";

    (void)state;
    memset(large + 10, ' ', sizeof large - 11);
    large[sizeof large - 1] = '\0';
    assert_false(ek_header_load(large, &report));
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (ek_header_load(values[i], &report))
            fail_msg("a report: %s", values[i]);
    assert_int_equal(report.qps, 1); /* untouched */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pushback_is_a_whole_number_or_a_refusal),
        cmocka_unit_test(reports_are_read_in_both_forms),
        cmocka_unit_test(what_is_no_report_is_none),
    };

    return cmocka_run_group_tests_name("core/answer_header", tests, NULL, NULL);
}
