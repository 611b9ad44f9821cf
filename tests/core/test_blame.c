/* What a failed call is put down to, so that its driver can name the record that led there. */
#include "manual.h"

#define RR "\"loadBalancingConfig\": [{\"round_robin\": {}}]"

static void open_with(struct rig *rig, const char *more, const char *list)
{
    char config[512];

    snprintf(config, sizeof config, "{" RR "%s}", more);
    manual_open(rig, config, list);
}

static void assert_blamed(const struct rig *rig, enum ek_blame blame)
{
    const struct ek_action *finish = rig_finish(rig);

    assert_non_null(finish);
    assert_int_not_equal(finish->status, EK_STATUS_OK);
    assert_int_equal(finish->from, blame);
}

static void without_a_list_the_list_is_to_blame(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, "", "");
    rig_call(&rig);

    assert_blamed(&rig, EK_BLAME_LIST);
    rig_close(&rig);
}

static void unreachable_and_ejected_endpoints_are_told_apart(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, ", \"outlierDetection\": {\"consecutiveFailures\": 1}", "a:1");
    rig_refused(&rig, 0);
    rig_call(&rig);
    assert_blamed(&rig, EK_BLAME_CONNECTION);
    rig_close(&rig);

    open_with(&rig, ", \"outlierDetection\": {\"consecutiveFailures\": 1}", "a:1");
    rig_connected(&rig, 0);
    rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_UNAVAILABLE);
    assert_blamed(&rig, EK_BLAME_CALL); /* its own attempt failed */
    rig_call(&rig);
    assert_blamed(&rig, EK_BLAME_EJECTION);
    rig_close(&rig);
}

static void a_call_that_waits_in_vain_blames_what_it_waited_for(void **state)
{
    const struct ek_call call = {.token = 1, .timeout_ns = EK_S / 2};
    struct rig rig;

    (void)state;
    open_with(&rig, ", \"methodConfig\": [{\"name\": [{}], \"waitForReady\": true}]", "a:1");
    rig_refused(&rig, 0);
    assert_int_equal(ek_channel_call(rig.channel, &call, rig.now), EK_OK);
    rig_wait(&rig, EK_S / 2);

    assert_blamed(&rig, EK_BLAME_CONNECTION);
    rig_close(&rig);
}

static void a_limit_is_the_call_s_own(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, ", \"circuitBreakers\": {\"maxRequests\": 0}", "a:1");
    rig_connected(&rig, 0);
    rig_call(&rig);

    assert_blamed(&rig, EK_BLAME_CALL);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_list_the_list_is_to_blame),
        cmocka_unit_test(unreachable_and_ejected_endpoints_are_told_apart),
        cmocka_unit_test(a_call_that_waits_in_vain_blames_what_it_waited_for),
        cmocka_unit_test(a_limit_is_the_call_s_own),
    };

    return cmocka_run_group_tests_name("core/blame", tests, NULL, NULL);
}
