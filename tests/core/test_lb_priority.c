/* When calls pass on to the next priority, and come back. The rules are those of gRPC's A56, named
 * in quotes. */
#include "tests/core/manual.h"

enum {
    FIRST, /* endpoints, by their priorities */
    SECOND,
    THIRD
};

#define CHILD "{\"config\": [{\"round_robin\": {}}]}"
#define PRIORITY(extra)                                                                         \
    "{\"loadBalancingConfig\": [{\"priority\": {\"children\": {\"0\": " CHILD ", \"1\": " CHILD \
    ", \"2\": " CHILD "}, \"priorities\": [\"0\", \"1\", \"2\"]" extra "}}]}"
#define THREE "a:1@0,b:1@1,c:1@2"

static const int64_t minute = 60 * EK_S;

static size_t connects(const struct rig *rig)
{
    size_t count = 0;

    while (rig_find(rig, EK_ACTION_CONNECT, count) != NULL)
        count++;
    return count;
}

static bool connects_to(const struct rig *rig, uint32_t endpoint)
{
    const struct ek_action *action;

    for (size_t n = 0; (action = rig_find(rig, EK_ACTION_CONNECT, n)) != NULL; n++)
        if (action->endpoint == endpoint)
            return true;
    return false;
}

/* Where the next call goes. */
static uint32_t next(struct rig *rig)
{
    struct ek_action send = rig_sent(rig);

    rig_done(rig, send.attempt, EK_STATUS_OK);
    return send.endpoint;
}

static void lose(struct rig *rig, uint32_t endpoint)
{
    rig_event(rig, EK_EVENT_DISCONNECTED, rig->connections[endpoint], "reset");
}

/* "If it chooses to use the child for a given priority, it will not proactively create the child
 * for any lower priority." */
static void a_child_is_created_when_it_is_needed(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PRIORITY(""), "b:1@1,a:1@0,d:1@0,c:1@2");
    assert_int_equal(connects(&rig), 2);
    assert_true(connects_to(&rig, 1) && connects_to(&rig, 2));
    rig_connected(&rig, 1);
    assert_int_equal(next(&rig), 1);
    assert_int_equal(rig_state(&rig, 0), EK_CONN_IDLE);
    rig_close(&rig);
}

/* "Each child will also have a 10-second failover timer"; it "will be started when the child is
 * first created", the second one's too. */
static void a_child_that_connects_is_waited_for(void **state)
{
    struct rig rig;
    const struct ek_action *send;

    (void)state;
    manual_open(&rig, PRIORITY(""), THREE);
    rig_call(&rig);
    rig_wait(&rig, 10 * EK_S - 1);
    assert_int_equal(connects(&rig), 0);
    rig_wait(&rig, 1);
    assert_int_equal(connects(&rig), 1);
    assert_true(connects_to(&rig, SECOND));
    rig_wait(&rig, 10 * EK_S - 1);
    assert_false(connects_to(&rig, THIRD));
    rig_wait(&rig, 1);
    assert_true(connects_to(&rig, THIRD));
    rig_connected(&rig, THIRD);
    send = rig_find(&rig, EK_ACTION_SEND, 0);
    assert_non_null(send);
    assert_int_equal(send->endpoint, THIRD);
    rig_close(&rig);
}

/* The timer "will be cancelled when the child reports its state as ... TRANSIENT_FAILURE". */
static void a_child_that_fails_is_not(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PRIORITY(""), THREE);
    rig_refused(&rig, FIRST);
    assert_true(connects_to(&rig, SECOND));
    rig_connected(&rig, SECOND);
    assert_int_equal(next(&rig), SECOND);

    /* CONNECTING after a failure is not waited for: "if it has previously reported READY or IDLE
     * more recently than TRANSIENT_FAILURE". */
    rig_wait(&rig, 2 * EK_S);
    assert_int_equal(rig_state(&rig, FIRST), EK_CONN_CONNECTING);
    assert_int_equal(next(&rig), SECOND);
    rig_close(&rig);
}

/* A child without endpoints fails at once, as round_robin does. */
static void a_child_without_endpoints_is_not(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PRIORITY(""), "c:1@2");
    assert_int_equal(connects(&rig), 1);
    rig_connected(&rig, 0);
    assert_int_equal(next(&rig), 0);
    rig_close(&rig);
}

/* The timer "will also be started when the child transitions to CONNECTING". */
static void a_child_that_was_lost_is_waited_for_again(void **state)
{
    struct rig rig;
    const struct ek_action *send;

    (void)state;
    manual_open(&rig, PRIORITY(""), THREE);
    rig_refused(&rig, FIRST);
    rig_connected(&rig, SECOND);
    rig_wait(&rig, 2 * EK_S);
    rig_connected(&rig, FIRST);
    assert_int_equal(next(&rig), FIRST);

    lose(&rig, FIRST);
    assert_int_equal(rig_state(&rig, FIRST), EK_CONN_CONNECTING);
    rig_call(&rig);
    assert_null(rig_find(&rig, EK_ACTION_SEND, 0));
    rig_wait(&rig, 10 * EK_S);
    send = rig_find(&rig, EK_ACTION_SEND, 0);
    assert_non_null(send);
    assert_int_equal(send->endpoint, SECOND);
    rig_close(&rig);
}

/* "It will not immediately destroy the lower priority child ..., which will cause the child to
 * start a 15-minute timer, after which the child will be destroyed." */
static void a_child_that_is_not_needed_goes_after_15_minutes(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PRIORITY(""), THREE);
    rig_refused(&rig, FIRST);
    rig_connected(&rig, SECOND);
    rig_wait(&rig, 2 * EK_S);
    rig_connected(&rig, FIRST);

    rig_wait(&rig, 15 * minute - 1);
    assert_int_equal(rig_state(&rig, SECOND), EK_CONN_READY);
    rig_wait(&rig, 1);
    assert_non_null(rig_find(&rig, EK_ACTION_CLOSE, 0));
    assert_int_equal(rig_state(&rig, SECOND), EK_CONN_IDLE);
    assert_int_equal(next(&rig), FIRST);

    /* It is created anew, and waited for. */
    lose(&rig, FIRST);
    rig_refused(&rig, FIRST);
    assert_true(connects_to(&rig, SECOND));
    rig_close(&rig);
}

/* "It will switch back to the lower priority child and reactivate it." */
static void a_child_that_is_needed_again_stays(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PRIORITY(""), THREE);
    rig_refused(&rig, FIRST);
    rig_connected(&rig, SECOND);
    rig_wait(&rig, 2 * EK_S);
    rig_connected(&rig, FIRST);

    rig_wait(&rig, 14 * minute);
    lose(&rig, FIRST);
    rig_refused(&rig, FIRST);
    assert_int_equal(next(&rig), SECOND);
    rig_wait(&rig, 2 * minute);
    assert_int_equal(rig_state(&rig, SECOND), EK_CONN_READY);
    rig_close(&rig);
}

/* "Check for one in CONNECTING": calls wait; "delegate to the last child": they fail. */
static void without_any_the_first_that_connects_is_waited_for(void **state)
{
    struct rig rig;
    const struct ek_action *finish;

    (void)state;
    manual_open(&rig, PRIORITY(""), "a:1@0,b:1@1");
    rig_refused(&rig, FIRST);
    rig_call(&rig);
    rig_wait(&rig, 11 * EK_S); /* the second is not awaited any more, and not given up */
    assert_null(rig_finish(&rig));
    if (rig_state(&rig, FIRST) == EK_CONN_CONNECTING)
        rig_refused(&rig, FIRST);
    rig_refused(&rig, SECOND);
    finish = rig_finish(&rig);
    assert_non_null(finish);
    assert_int_equal(finish->status, EK_STATUS_UNAVAILABLE);
    rig_close(&rig);
}

static void both_times_are_options(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PRIORITY(", \"failoverTimeout\": \"0s\", \"retention\": \"3s\""), THREE);
    assert_int_equal(connects(&rig), 3); /* nobody is waited for */
    rig_connected(&rig, THIRD);
    assert_int_equal(next(&rig), THIRD);
    rig_connected(&rig, FIRST);
    assert_int_equal(next(&rig), FIRST);
    rig_wait(&rig, 3 * EK_S);
    assert_int_equal(rig_state(&rig, THIRD), EK_CONN_IDLE);
    assert_int_equal(rig_state(&rig, SECOND), EK_CONN_IDLE);
    rig_close(&rig);
}

/* In gRPC an endpoint that is ejected reports TRANSIENT_FAILURE to its policy. */
static void a_child_whose_endpoints_are_ejected_has_failed(void **state)
{
    struct rig rig;
    struct ek_action send;

    (void)state;
    manual_open(&rig,
                "{\"outlierDetection\": {\"consecutiveFailures\": 1, \"maxEjectionPercent\": 100}, "
                "\"loadBalancingConfig\": [{\"priority\": {\"children\": {\"0\": " CHILD
                ", \"1\": " CHILD "}, \"priorities\": [\"0\", \"1\"]}}]}",
                "a:1@0,b:1@1");
    rig_connected(&rig, FIRST);
    send = rig_sent(&rig);
    rig_done(&rig, send.attempt, EK_STATUS_UNAVAILABLE);
    assert_non_null(rig_note(&rig, EK_NOTE_EJECTED));
    assert_true(connects_to(&rig, SECOND));
    rig_connected(&rig, SECOND);
    assert_int_equal(next(&rig), SECOND);
    rig_close(&rig);
}

/* The chain of causes leads from the failover back to what made the first one connect. */
static void a_failover_has_a_cause(void **state)
{
    struct rig rig;
    struct ek_event lost = {.kind = EK_EVENT_DISCONNECTED, .cause = 77, .text = "reset"};

    (void)state;
    manual_open(&rig, PRIORITY(""), THREE);
    rig_connected(&rig, FIRST);
    lost.connection = rig.connections[FIRST];
    ek_channel_input(rig.channel, &lost, rig.now);
    rig_pull(&rig);
    rig_wait(&rig, 10 * EK_S);
    assert_true(connects_to(&rig, SECOND));
    assert_int_equal(rig_find(&rig, EK_ACTION_CONNECT, 0)->cause, 77);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_created_when_it_is_needed),
        cmocka_unit_test(a_child_that_connects_is_waited_for),
        cmocka_unit_test(a_child_that_fails_is_not),
        cmocka_unit_test(a_child_without_endpoints_is_not),
        cmocka_unit_test(a_child_that_was_lost_is_waited_for_again),
        cmocka_unit_test(a_child_that_is_not_needed_goes_after_15_minutes),
        cmocka_unit_test(a_child_that_is_needed_again_stays),
        cmocka_unit_test(without_any_the_first_that_connects_is_waited_for),
        cmocka_unit_test(both_times_are_options),
        cmocka_unit_test(a_child_whose_endpoints_are_ejected_has_failed),
        cmocka_unit_test(a_failover_has_a_cause),
    };

    return cmocka_run_group_tests_name("core/lb_priority", tests, NULL, NULL);
}
