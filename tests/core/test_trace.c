/* Looking into the policy: what a pick chose from, as it was just before. */
#include "tests/core/rig.h"

#define THREE "[\"10.0.0.1:80\", \"10.0.0.2:80\", \"10.0.0.3:80\"]"

static void open_three(struct rig *rig, const char *config)
{
    rig_open(rig, config, THREE);
    for (uint32_t e = 0; e < 3; e++)
        rig_connected(rig, e);
}

/* Round robin over three: after five calls, two of the endpoints have two attempts under way and
 * one has one. The sixth call chose the latter. */
static void candidates_are_as_before_the_pick(void **state)
{
    struct rig rig;
    const struct ek_traced *seen;
    size_t count = 9;
    uint32_t total = 0, chosen;

    (void)state;
    open_three(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}");
    ek_channel_traced(rig.channel, &count);
    assert_int_equal(count, 0);
    ek_channel_trace(rig.channel, 6);
    for (int i = 0; i < 5; i++)
        rig_call(&rig);
    ek_channel_traced(rig.channel, &count);
    assert_int_equal(count, 0); /* the pick of another call is not put down */
    rig_call(&rig);
    assert_int_equal(rig.actions[0].kind, EK_ACTION_SEND);
    chosen = rig.actions[0].endpoint;
    seen = ek_channel_traced(rig.channel, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(seen[i].weight, 1);
        assert_int_equal(seen[i].in_flight, seen[i].endpoint == chosen ? 1 : 2);
        total += seen[i].in_flight;
    }
    assert_int_equal(total, 5);
    rig_close(&rig);
}

/* A retry does not see the endpoint that failed it. */
static void a_retry_has_one_candidate_less(void **state)
{
    static const char *const config =
        "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": [{\"name\": [{}], "
        "\"retryPolicy\": {\"maxAttempts\": 2, \"initialBackoff\": \"0.001s\", \"maxBackoff\": "
        "\"0.001s\", \"backoffMultiplier\": 1, \"retryableStatusCodes\": [\"UNAVAILABLE\"]}}]}";
    struct rig rig;
    struct ek_event done = {.kind = EK_EVENT_ATTEMPT_DONE, .status = EK_STATUS_UNAVAILABLE};
    const struct ek_traced *seen;
    size_t count;
    uint32_t failed;

    (void)state;
    open_three(&rig, config);
    ek_channel_trace(rig.channel, 1);
    rig_call(&rig);
    failed = rig.actions[0].endpoint;
    done.attempt = rig.actions[0].attempt;
    ek_channel_input(rig.channel, &done, rig.now);
    rig_pull(&rig);
    rig.now.ns += 10 * EK_MS;
    ek_channel_tick(rig.channel, rig.now);
    rig_pull(&rig);
    seen = ek_channel_traced(rig.channel, &count);
    assert_int_equal(count, 2);
    assert_true(seen[0].endpoint != failed && seen[1].endpoint != failed);
    rig_close(&rig);
}

/* least_request scores by requests in flight; random holds nothing. */
static void scores_are_the_policys_own(void **state)
{
    struct rig rig;
    int64_t score = -1;

    (void)state;
    open_three(&rig, "{\"loadBalancingConfig\": [{\"random\": {}}]}");
    rig_call(&rig);
    assert_false(ek_channel_score(rig.channel, 0, &score));
    assert_false(ek_channel_score(rig.channel, 99, &score));
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_are_as_before_the_pick),
        cmocka_unit_test(a_retry_has_one_candidate_less),
        cmocka_unit_test(scores_are_the_policys_own),
    };

    return cmocka_run_group_tests_name("core/trace", tests, NULL, NULL);
}
