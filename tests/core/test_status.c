/* Status codes: names, numbers, reading. */
#include "evenkeel/event.h"
#include "evenkeel/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Numbers and names from gRPC's doc/statuscodes.md. */
static void names_and_numbers_are_grpcs(void **state)
{
    (void)state;
    assert_int_equal(EK_STATUS_COUNT, 17);
    assert_string_equal(ek_status_name((enum ek_status)0), "OK");
    assert_string_equal(ek_status_name((enum ek_status)1), "CANCELLED");
    assert_string_equal(ek_status_name((enum ek_status)4), "DEADLINE_EXCEEDED");
    assert_string_equal(ek_status_name((enum ek_status)14), "UNAVAILABLE");
    assert_string_equal(ek_status_name((enum ek_status)16), "UNAUTHENTICATED");
    assert_string_equal(ek_status_name((enum ek_status)17), "UNKNOWN");
    assert_string_equal(ek_status_words[8], "RESOURCE_EXHAUSTED");
    assert_null(ek_status_words[17]);
}

/* gRPC's connectivity-semantics-and-api.md. */
static void states_of_a_connection_have_grpcs_names(void **state)
{
    (void)state;
    assert_string_equal(ek_conn_name(EK_CONN_IDLE), "IDLE");
    assert_string_equal(ek_conn_name(EK_CONN_TRANSIENT_FAILURE), "TRANSIENT_FAILURE");
    assert_string_equal(ek_conn_name(EK_CONN_SHUTDOWN), "SHUTDOWN");
    assert_string_equal(ek_conn_name(EK_CONN_COUNT), "?");
}

static void every_name_and_number_is_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < EK_STATUS_COUNT; i++) {
        enum ek_status by_name = EK_STATUS_COUNT, by_number = EK_STATUS_COUNT;
        char number[12];
        snprintf(number, sizeof number, "%d", i);
        assert_true(ek_status_parse(ek_status_words[i], &by_name));
        assert_true(ek_status_parse(number, &by_number));
        assert_int_equal(by_name, i);
        assert_int_equal(by_number, i);
    }
}

static void case_does_not_matter(void **state)
{
    enum ek_status status = EK_STATUS_OK;

    (void)state;
    assert_true(ek_status_parse("unavailable", &status));
    assert_int_equal(status, 14);
    assert_true(ek_status_parse("Deadline_Exceeded", &status));
    assert_int_equal(status, 4);
}

static void nonsense_is_refused_and_changes_nothing(void **state)
{
    static const char *const nonsense[] = {"",
                                           "17",
                                           "99999999999999999999",
                                           "-1",
                                           "+1",
                                           " 1",
                                           "1 ",
                                           "1.0",
                                           "UNAVAILABL",
                                           "UNAVAILABLE ",
                                           "UNAVAILABLEX",
                                           "ok!",
                                           "\xc4\xb0NTERNAL"};
    enum ek_status status = EK_STATUS_ABORTED;

    (void)state;
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        assert_false(ek_status_parse(nonsense[i], &status));
        assert_int_equal(status, EK_STATUS_ABORTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers_are_grpcs),
        cmocka_unit_test(every_name_and_number_is_read_back),
        cmocka_unit_test(states_of_a_connection_have_grpcs_names),
        cmocka_unit_test(case_does_not_matter),
        cmocka_unit_test(nonsense_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests_name("core/status", tests, NULL, NULL);
}
