/* Calls: picks, deadlines, retries, ejection, and books that balance. */
#include "rig.h"

#define RR    "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}"
#define THREE "[\"a:1\", \"b:1\", \"c:1\"]"
#define RETRY                                                                                    \
    "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": [{\"name\": [{}], "    \
    "\"timeout\": \"1s\", \"retryPolicy\": {\"maxAttempts\": 4, \"initialBackoff\": \"0.01s\", " \
    "\"maxBackoff\": \"0.1s\", \"backoffMultiplier\": 2, \"retryableStatusCodes\": "             \
    "[\"UNAVAILABLE\"]}}]%s}"
#define EJECT                                                                                    \
    "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"outlierDetection\": "                  \
    "{\"consecutiveFailures\": 3, \"baseEjectionTime\": \"10s\", \"maxEjectionTime\": \"25s\", " \
    "\"maxEjectionPercent\": %d}}"

static void connect_all(struct rig *rig, uint32_t count)
{
    for (uint32_t e = 0; e < count; e++)
        rig_connected(rig, e);
}

static void open_retrying(struct rig *rig, const char *extra, const char *addresses)
{
    char config[1024];

    snprintf(config, sizeof config, RETRY, extra);
    rig_open(rig, config, addresses);
}

/* ---- picks ---- */

static void round_robin_gives_each_endpoint_every_third_call(void **state)
{
    struct rig rig;
    uint32_t first;

    (void)state;
    rig_open(&rig, RR, THREE);
    connect_all(&rig, 3);
    first = rig_sent(&rig).endpoint;

    for (uint32_t i = 1; i < 300; i++)
        assert_int_equal(rig_sent(&rig).endpoint, (first + i) % 3);
    rig_close(&rig);
}

static void two_clients_of_one_run_do_not_move_in_lockstep(void **state)
{
    static const char *const p2c = "{\"loadBalancingConfig\": [{\"p2c\": {}}]}";
    struct rig one, other;
    int same = 0;

    (void)state;
    rig_open_as(&one, p2c, THREE, 42, 0);
    rig_open_as(&other, p2c, THREE, 42, 1);
    connect_all(&one, 3);
    connect_all(&other, 3);

    for (int i = 0; i < 900; i++) {
        struct ek_action a = rig_sent(&one), b = rig_sent(&other);

        same += a.endpoint == b.endpoint;
        rig_done(&one, a.attempt, EK_STATUS_OK);
        rig_done(&other, b.attempt, EK_STATUS_OK);
    }

    /* Independent uniform picks agree in a third of the cases: 300, sd 14.1; 6 sd. */
    assert_in_range(same, 300 - 85, 300 + 85);
    rig_close(&one);
    rig_close(&other);
}

static void one_seed_and_id_give_the_same_picks_again(void **state)
{
    static const char *const p2c = "{\"loadBalancingConfig\": [{\"p2c\": {}}]}";
    struct rig one, again;

    (void)state;
    rig_open_as(&one, p2c, THREE, 42, 7);
    rig_open_as(&again, p2c, THREE, 42, 7);
    connect_all(&one, 3);
    connect_all(&again, 3);

    for (int i = 0; i < 200; i++)
        assert_int_equal(rig_sent(&one).endpoint, rig_sent(&again).endpoint);
    rig_close(&one);
    rig_close(&again);
}

/* ---- deadlines ---- */

static void a_call_ends_at_its_deadline_and_the_attempt_is_cancelled(void **state)
{
    struct rig rig;
    struct ek_action send;
    const struct ek_action *finish;

    (void)state;
    open_retrying(&rig, "", THREE);
    connect_all(&rig, 3);
    send = rig_sent(&rig);
    assert_int_equal(ek_channel_deadline(rig.channel).ns, EK_S);
    rig_wait(&rig, EK_S - 1);
    assert_null(rig_find(&rig, EK_ACTION_FINISH, 0));

    rig_wait(&rig, 1);

    assert_true(rig_find(&rig, EK_ACTION_CANCEL, 0)->attempt == send.attempt);
    finish = rig_find(&rig, EK_ACTION_FINISH, 0);
    assert_int_equal(finish->status, EK_STATUS_DEADLINE_EXCEEDED);
    assert_int_equal(ek_channel_stats(rig.channel).calls_unfinished, 0);
    rig_close(&rig);
}

static void a_late_answer_to_a_cancelled_attempt_is_ignored(void **state)
{
    struct rig rig;
    struct ek_action send;

    (void)state;
    open_retrying(&rig, "", THREE);
    connect_all(&rig, 3);
    send = rig_sent(&rig);
    rig_wait(&rig, EK_S);

    rig_done(&rig, send.attempt, EK_STATUS_OK);

    assert_int_equal(rig.action_count, 0);
    rig_close(&rig);
}

/* ---- retries ---- */

static void a_retry_goes_to_an_endpoint_that_was_not_tried(void **state)
{
    struct rig rig;
    struct ek_action first, second, third;
    const struct ek_action *note;

    (void)state;
    open_retrying(&rig, "", THREE);
    connect_all(&rig, 3);
    first = rig_sent(&rig);
    rig_done(&rig, first.attempt, EK_STATUS_UNAVAILABLE);
    note = rig_note(&rig, EK_NOTE_RETRY);
    assert_in_range(note->value, 8 * EK_MS, 12 * EK_MS);
    rig_wait(&rig, note->value);
    second = *rig_find(&rig, EK_ACTION_SEND, 0);
    rig_done(&rig, second.attempt, EK_STATUS_UNAVAILABLE);
    rig_wait(&rig, 24 * EK_MS);
    third = *rig_find(&rig, EK_ACTION_SEND, 0);

    assert_true(first.endpoint != second.endpoint && second.endpoint != third.endpoint &&
                first.endpoint != third.endpoint);
    assert_int_equal(third.number, 3);
    rig_close(&rig);
}

static void a_call_has_at_most_max_attempts(void **state)
{
    struct rig rig;
    struct ek_action send;
    const struct ek_action *finish;

    (void)state;
    open_retrying(&rig, "", "[\"a:1\"]");
    connect_all(&rig, 1);
    send = rig_sent(&rig);
    for (int i = 0; i < 3; i++) {
        rig_done(&rig, send.attempt, EK_STATUS_UNAVAILABLE);
        rig_wait(&rig, 120 * EK_MS);
        send = *rig_find(&rig, EK_ACTION_SEND, 0);
    }

    rig_done(&rig, send.attempt, EK_STATUS_UNAVAILABLE);

    finish = rig_find(&rig, EK_ACTION_FINISH, 0);
    assert_int_equal(finish->status, EK_STATUS_UNAVAILABLE);
    assert_int_equal(finish->number, 4);
    rig_close(&rig);
}

static void a_status_that_is_not_retryable_ends_the_call(void **state)
{
    struct rig rig;

    (void)state;
    open_retrying(&rig, "", THREE);
    connect_all(&rig, 3);

    rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_INTERNAL);

    assert_int_equal(rig_find(&rig, EK_ACTION_FINISH, 0)->status, EK_STATUS_INTERNAL);
    rig_close(&rig);
}

/* A6: from 10 tokens the 5th failure in a row leaves 5, which is not more than half. */
static void the_fifth_failure_in_a_row_is_throttled(void **state)
{
    struct rig rig;

    (void)state;
    open_retrying(&rig, ", \"retryThrottling\": {\"maxTokens\": 10, \"tokenRatio\": 0.1}", THREE);
    connect_all(&rig, 3);
    for (int i = 1; i <= 4; i++) {
        rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_UNAVAILABLE);
        assert_non_null(rig_note(&rig, EK_NOTE_RETRY));
    }

    rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_UNAVAILABLE);

    assert_non_null(rig_note(&rig, EK_NOTE_THROTTLED));
    assert_int_equal(rig_find(&rig, EK_ACTION_FINISH, 0)->status, EK_STATUS_UNAVAILABLE);
    assert_int_equal(ek_channel_stats(rig.channel).retry_tokens, 5000);
    rig_close(&rig);
}

/* ---- ejection ---- */

static void open_ejecting(struct rig *rig, int percent, const char *addresses)
{
    char config[512];

    snprintf(config, sizeof config, EJECT, percent);
    rig_open(rig, config, addresses);
}

/* Calls until endpoint `e` has failed `count` times; all others succeed. */
static void fail_at(struct rig *rig, uint32_t e, int count)
{
    while (count > 0) {
        struct ek_action send = rig_sent(rig);

        count -= send.endpoint == e;
        rig_done(rig, send.attempt, send.endpoint == e ? EK_STATUS_UNAVAILABLE : EK_STATUS_OK);
    }
}

static void consecutive_failures_eject_until_a_deadline(void **state)
{
    struct rig rig;
    const struct ek_action *note;

    (void)state;
    open_ejecting(&rig, 100, THREE);
    connect_all(&rig, 3);
    fail_at(&rig, 1, 3);
    note = rig_note(&rig, EK_NOTE_EJECTED);
    assert_int_equal(note->endpoint, 1);
    assert_int_equal(note->value, 10 * EK_S);

    for (int i = 0; i < 30; i++)
        assert_true(rig_sent(&rig).endpoint != 1);
    rig_wait(&rig, 10 * EK_S - 1);
    assert_null(rig_note(&rig, EK_NOTE_RETURNED));
    rig_wait(&rig, 1);

    assert_int_equal(rig_note(&rig, EK_NOTE_RETURNED)->endpoint, 1);
    rig_close(&rig);
}

static void a_success_between_failures_breaks_the_row(void **state)
{
    struct rig rig;

    (void)state;
    open_ejecting(&rig, 100, "[\"a:1\"]");
    connect_all(&rig, 1);
    for (int i = 0; i < 10; i++) {
        fail_at(&rig, 0, 2);
        rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_OK);
    }

    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 0);
    rig_close(&rig);
}

/* 10 s, then 20, then the maximum of 25. */
static void ejections_in_a_row_grow_up_to_the_maximum(void **state)
{
    static const int64_t lengths[] = {10, 20, 25, 25};
    struct rig rig;

    (void)state;
    open_ejecting(&rig, 100, "[\"a:1\", \"b:1\"]");
    connect_all(&rig, 2);
    for (size_t i = 0; i < 4; i++) {
        fail_at(&rig, 0, 3);
        assert_int_equal(rig_note(&rig, EK_NOTE_EJECTED)->value, rig.now.ns + lengths[i] * EK_S);
        rig_wait(&rig, lengths[i] * EK_S);
        assert_non_null(rig_note(&rig, EK_NOTE_RETURNED));
    }
    rig_close(&rig);
}

/* A50 tests the limit before it ejects: at 10 % of 3, one may go and no second. */
static void any_percentage_lets_one_endpoint_go(void **state)
{
    struct rig rig;

    (void)state;
    open_ejecting(&rig, 10, THREE);
    connect_all(&rig, 3);
    fail_at(&rig, 0, 3);
    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 1);

    fail_at(&rig, 1, 20);

    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 1);
    rig_close(&rig);
}

static void zero_percent_lets_none_go(void **state)
{
    struct rig rig;

    (void)state;
    open_ejecting(&rig, 0, THREE);
    connect_all(&rig, 3);

    fail_at(&rig, 0, 20);

    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 0);
    rig_close(&rig);
}

static void when_all_are_ejected_calls_fail_and_say_so(void **state)
{
    struct rig rig;
    const struct ek_action *finish;

    (void)state;
    open_ejecting(&rig, 100, "[\"a:1\"]");
    connect_all(&rig, 1);
    fail_at(&rig, 0, 3);

    rig_call(&rig);

    finish = rig_find(&rig, EK_ACTION_FINISH, 0);
    assert_int_equal(finish->status, EK_STATUS_UNAVAILABLE);
    assert_string_equal(rig_text(&rig, finish),
                        "all 1 endpoints are ejected by outlier detection (maxEjectionPercent "
                        "100); last error of a:1: UNAVAILABLE");
    rig_close(&rig);
}

/* ---- books ---- */

/* Random ends of random calls: whatever happens, what was started has ended at the end. */
static void attempts_started_equal_attempts_ended(void **state)
{
    struct rig rig;
    struct ek_rng rng = ek_rng_derive(20261124, "books", 0);
    uint64_t open[256], sent = 0, ended = 0, finished = 0;
    size_t open_count = 0;

    (void)state;
    open_retrying(&rig, "", THREE);
    connect_all(&rig, 3);
    for (int step = 0; step < 20000; step++) {
        uint32_t what = ek_rng_below(&rng, 100);

        if (what < 45 && open_count < 200) {
            rig_call(&rig);
        } else if (what < 85 && open_count > 0) {
            size_t i = ek_rng_below(&rng, (uint32_t)open_count);
            uint64_t attempt = open[i];

            open[i] = open[--open_count];
            ended++;
            rig_done(&rig, attempt, what < 70 ? EK_STATUS_OK : EK_STATUS_UNAVAILABLE);
        } else if (what < 87) {
            uint32_t e = ek_rng_below(&rng, 3);

            if (rig_state(&rig, e) == EK_CONN_READY)
                rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[e], "gone");
            else if (rig_state(&rig, e) == EK_CONN_CONNECTING)
                rig_connected(&rig, e);
        } else {
            rig_wait(&rig, (int64_t)ek_rng_below(&rng, 200) * EK_MS);
        }
        for (size_t a = 0; a < rig.action_count; a++) {
            const struct ek_action *action = &rig.actions[a];

            if (action->kind == EK_ACTION_SEND) {
                open[open_count++] = action->attempt;
                sent++;
            } else if (action->kind == EK_ACTION_CANCEL) {
                for (size_t i = 0; i < open_count; i++)
                    if (open[i] == action->attempt)
                        open[i--] = open[--open_count];
                ended++;
            } else if (action->kind == EK_ACTION_FINISH) {
                finished++;
            }
        }
        assert_int_equal(sent - ended, open_count);
        assert_int_equal(ek_channel_stats(rig.channel).attempts_unfinished, open_count);
        assert_int_equal(ek_channel_stats(rig.channel).calls - finished,
                         ek_channel_stats(rig.channel).calls_unfinished);
    }
    assert_true(ek_channel_stats(rig.channel).retries > 100);
    rig_close(&rig);
}

static void a_channel_takes_no_more_calls_than_its_limit(void **state)
{
    struct rig rig;
    struct ek_errors errors = {0};
    struct ek_channel_config config = {.resolver = ek_resolver_find("static"), .calls_max = 2};
    struct ek_channel *channel;
    struct ek_call call = {.token = 1};

    (void)state;
    rig_open(&rig, RR, THREE);
    config.service_config = &rig.config;
    config.resolver_options = rig.resolver_options;
    assert_int_equal(ek_channel_new(&config, rig.now, &channel, &errors), EK_OK);

    assert_int_equal(ek_channel_call(channel, &call, rig.now), EK_OK);
    assert_int_equal(ek_channel_call(channel, &call, rig.now), EK_OK);
    assert_int_equal(ek_channel_call(channel, &call, rig.now), EK_ELIMIT);

    ek_channel_free(channel);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_robin_gives_each_endpoint_every_third_call),
        cmocka_unit_test(two_clients_of_one_run_do_not_move_in_lockstep),
        cmocka_unit_test(one_seed_and_id_give_the_same_picks_again),
        cmocka_unit_test(a_call_ends_at_its_deadline_and_the_attempt_is_cancelled),
        cmocka_unit_test(a_late_answer_to_a_cancelled_attempt_is_ignored),
        cmocka_unit_test(a_retry_goes_to_an_endpoint_that_was_not_tried),
        cmocka_unit_test(a_call_has_at_most_max_attempts),
        cmocka_unit_test(a_status_that_is_not_retryable_ends_the_call),
        cmocka_unit_test(the_fifth_failure_in_a_row_is_throttled),
        cmocka_unit_test(consecutive_failures_eject_until_a_deadline),
        cmocka_unit_test(a_success_between_failures_breaks_the_row),
        cmocka_unit_test(ejections_in_a_row_grow_up_to_the_maximum),
        cmocka_unit_test(any_percentage_lets_one_endpoint_go),
        cmocka_unit_test(zero_percent_lets_none_go),
        cmocka_unit_test(when_all_are_ejected_calls_fail_and_say_so),
        cmocka_unit_test(attempts_started_equal_attempts_ended),
        cmocka_unit_test(a_channel_takes_no_more_calls_than_its_limit),
    };

    return cmocka_run_group_tests_name("core/call", tests, NULL, NULL);
}
