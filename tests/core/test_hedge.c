/* Hedging (A6): several attempts of a call, and the first good answer counts. */
#include "rig.h"

#define FIVE "[\"a:1\", \"b:1\", \"c:1\", \"d:1\", \"e:1\"]"
#define HEDGE                                                                                  \
    "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": [{\"name\": [{}], "  \
    "\"timeout\": \"10s\", \"hedgingPolicy\": {\"maxAttempts\": 4, \"hedgingDelay\": \"%s\", " \
    "\"nonFatalStatusCodes\": [\"UNAVAILABLE\"]}}]%s}"

static void open_hedging(struct rig *rig, const char *delay, const char *extra)
{
    char config[1024];

    snprintf(config, sizeof config, HEDGE, delay, extra);
    rig_open(rig, config, FIVE);
    for (uint32_t e = 0; e < 5; e++)
        rig_connected(rig, e);
}

static size_t count(const struct rig *rig, enum ek_action_kind kind)
{
    size_t n = 0;

    while (rig_find(rig, kind, n) != NULL)
        n++;
    return n;
}

static struct ek_action sent(const struct rig *rig, size_t n)
{
    const struct ek_action *send = rig_find(rig, EK_ACTION_SEND, n);

    assert_non_null(send);
    return *send;
}

static void assert_books_are_empty(const struct rig *rig)
{
    struct ek_channel_stats stats = ek_channel_stats(rig->channel);

    assert_int_equal(stats.calls_unfinished, 0);
    assert_int_equal(stats.attempts_unfinished, 0);
    assert_int_equal(stats.retries_unfinished, 0);
    for (uint32_t e = 0; e < 5; e++) {
        struct ek_endpoint_view view;

        assert_true(ek_channel_endpoint(rig->channel, e, &view));
        assert_int_equal(view.in_flight, 0);
    }
}

static void an_attempt_more_goes_out_with_every_delay(void **state)
{
    struct rig rig;
    bool was_used[5] = {false};

    (void)state;
    open_hedging(&rig, "0.1s", "");
    was_used[rig_sent(&rig).endpoint] = true;
    for (uint32_t i = 2; i <= 4; i++) {
        rig_wait(&rig, 100 * EK_MS - 1);
        assert_int_equal(count(&rig, EK_ACTION_SEND), 0);
        rig_wait(&rig, 1);
        assert_int_equal(count(&rig, EK_ACTION_SEND), 1);
        assert_int_equal(sent(&rig, 0).number, i);
        assert_false(was_used[sent(&rig, 0).endpoint]); /* none sees two */
        was_used[sent(&rig, 0).endpoint] = true;
    }
    rig_wait(&rig, EK_S); /* no fifth */

    assert_int_equal(count(&rig, EK_ACTION_SEND), 0);
    assert_int_equal(ek_channel_stats(rig.channel).hedges, 3);
    rig_close(&rig);
}

static void without_delay_all_go_out_at_once(void **state)
{
    struct rig rig;

    (void)state;
    open_hedging(&rig, "0s", "");
    rig_call(&rig);

    assert_int_equal(count(&rig, EK_ACTION_SEND), 4);
    rig_close(&rig);
}

static void the_first_good_answer_wins_and_the_others_are_cancelled(void **state)
{
    struct rig rig;
    struct ek_action sends[4];

    (void)state;
    open_hedging(&rig, "0s", "");
    rig_call(&rig);
    for (size_t i = 0; i < 4; i++)
        sends[i] = sent(&rig, i);

    rig_done(&rig, sends[2].attempt, EK_STATUS_OK);

    assert_int_equal(count(&rig, EK_ACTION_CANCEL), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct ek_action *cancel = rig_find(&rig, EK_ACTION_CANCEL, i);

        assert_int_equal(cancel->status, EK_STATUS_CANCELLED);
        assert_true(cancel->attempt != sends[2].attempt);
    }
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_OK);
    assert_int_equal(rig_finish(&rig)->endpoint, sends[2].endpoint);
    assert_int_equal(rig_finish(&rig)->number, 4);
    assert_books_are_empty(&rig);
    rig_close(&rig);
}

static void a_non_fatal_failure_sends_the_next_at_once(void **state)
{
    struct rig rig;
    struct ek_action first, second;

    (void)state;
    open_hedging(&rig, "0.1s", "");
    first = rig_sent(&rig);
    rig_wait(&rig, 30 * EK_MS);

    rig_done(&rig, first.attempt, EK_STATUS_UNAVAILABLE);
    second = sent(&rig, 0);
    assert_int_equal(second.number, 2);
    rig_wait(&rig, 99 * EK_MS);
    assert_int_equal(count(&rig, EK_ACTION_SEND), 0);
    rig_wait(&rig, EK_MS); /* the delay runs from the last one sent */

    assert_int_equal(sent(&rig, 0).number, 3);
    rig_close(&rig);
}

static void a_fatal_failure_ends_the_call_and_the_others(void **state)
{
    struct rig rig;
    struct ek_action first;

    (void)state;
    open_hedging(&rig, "0.1s", "");
    first = rig_sent(&rig);
    rig_wait(&rig, 100 * EK_MS);

    rig_done(&rig, first.attempt, EK_STATUS_INTERNAL);

    assert_int_equal(count(&rig, EK_ACTION_CANCEL), 1);
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_INTERNAL);
    assert_books_are_empty(&rig);
    rig_close(&rig);
}

static void when_all_have_failed_the_last_status_is_the_calls(void **state)
{
    struct rig rig;
    struct ek_action sends[4];

    (void)state;
    open_hedging(&rig, "0s", "");
    rig_call(&rig);
    for (size_t i = 0; i < 4; i++)
        sends[i] = sent(&rig, i);
    for (size_t i = 0; i < 4; i++) {
        assert_null(rig_finish(&rig));
        rig_done(&rig, sends[i].attempt, EK_STATUS_UNAVAILABLE);
    }

    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);
    assert_books_are_empty(&rig);
    rig_close(&rig);
}

static void a_pushback_delays_the_next_hedge(void **state)
{
    struct rig rig;

    (void)state;
    open_hedging(&rig, "0.1s", "");
    rig_end(&rig, rig_sent(&rig).attempt,
            (struct ek_event){
                .status = EK_STATUS_UNAVAILABLE, .has_pushback = true, .pushback_ms = 700});
    assert_null(rig_finish(&rig));
    rig_wait(&rig, 700 * EK_MS - 1);
    assert_int_equal(count(&rig, EK_ACTION_SEND), 0);
    rig_wait(&rig, 1);
    assert_int_equal(sent(&rig, 0).number, 2);
    rig_wait(&rig, 100 * EK_MS);

    assert_int_equal(sent(&rig, 0).number, 3);
    rig_close(&rig);
}

static void a_negative_pushback_stops_hedging_but_not_what_is_under_way(void **state)
{
    struct rig rig;
    struct ek_action first, second;

    (void)state;
    open_hedging(&rig, "0.1s", "");
    first = rig_sent(&rig);
    rig_wait(&rig, 100 * EK_MS);
    second = sent(&rig, 0);

    rig_end(&rig, first.attempt,
            (struct ek_event){
                .status = EK_STATUS_UNAVAILABLE, .has_pushback = true, .pushback_ms = -1});
    rig_wait(&rig, EK_S);
    assert_int_equal(count(&rig, EK_ACTION_SEND), 0);
    rig_done(&rig, second.attempt, EK_STATUS_OK);

    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_OK);
    assert_books_are_empty(&rig);
    rig_close(&rig);
}

/* From 4 tokens two failures leave 2, which is not more than half. */
static void a_throttled_channel_does_not_hedge(void **state)
{
    struct rig rig;

    (void)state;
    open_hedging(&rig, "0.1s", ", \"retryThrottling\": {\"maxTokens\": 4, \"tokenRatio\": 1}");
    rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_UNAVAILABLE);
    assert_int_equal(ek_channel_stats(rig.channel).retry_tokens, 3000);

    rig_done(&rig, sent(&rig, 0).attempt, EK_STATUS_UNAVAILABLE);

    assert_non_null(rig_note(&rig, EK_NOTE_THROTTLED));
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);
    assert_books_are_empty(&rig);
    rig_close(&rig);
}

static void the_deadline_ends_all_attempts(void **state)
{
    struct rig rig;

    (void)state;
    open_hedging(&rig, "0s", "");
    rig_call(&rig);
    rig_wait(&rig, 10 * EK_S);

    assert_int_equal(count(&rig, EK_ACTION_CANCEL), 4);
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_DEADLINE_EXCEEDED);
    assert_books_are_empty(&rig);
    rig_close(&rig);
}

/* All four on one connection, and UNAVAILABLE non-fatal: each loss is an answer of its own. */
static void a_lost_connection_may_hold_several_attempts_of_a_call(void **state)
{
    static const char *const codes[] = {"\"UNAVAILABLE\"", "\"INTERNAL\""};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char config[512];
        struct rig rig;

        snprintf(config, sizeof config,
                 "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": [{\"name\": "
                 "[{}], \"hedgingPolicy\": {\"maxAttempts\": 4, \"nonFatalStatusCodes\": [%s]}}]}",
                 codes[i]);
        rig_open(&rig, config, "[\"a:1\"]");
        rig_connected(&rig, 0);
        rig_call(&rig);
        rig_call(&rig);

        rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[0], "reset");

        assert_int_equal(count(&rig, EK_ACTION_FINISH), 2);
        assert_int_equal(count(&rig, EK_ACTION_CANCEL), 8);
        assert_int_equal(ek_channel_stats(rig.channel).attempts_unfinished, 0);
        rig_close(&rig);
    }
}

static void cut_attempts_blame_nobody(void **state)
{
    struct rig rig;

    (void)state;
    open_hedging(&rig, "0s", ", \"outlierDetection\": {\"consecutiveFailures\": 1}");
    for (int i = 0; i < 50; i++) {
        rig_call(&rig);
        rig_done(&rig, sent(&rig, 0).attempt, EK_STATUS_OK);
    }

    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 0);
    rig_close(&rig);
}

/* Random ends of random hedges: what was started has ended at the end, and never twice. */
static void attempts_started_equal_attempts_ended(void **state)
{
    struct rig rig;
    struct ek_rng rng = ek_rng_derive(20261124, "hedges", 0);
    uint64_t open[1200], sends = 0, ends = 0, finished = 0;
    size_t open_count = 0;

    (void)state;
    open_hedging(&rig, "0.02s", ", \"circuitBreakers\": {\"maxRequests\": 300}");
    for (int step = 0; step < 20000; step++) {
        uint32_t what = ek_rng_below(&rng, 100), e = ek_rng_below(&rng, 5);

        if (what < 30) {
            rig_call(&rig);
        } else if (what < 80 && open_count > 0) {
            size_t i = ek_rng_below(&rng, (uint32_t)open_count);
            uint64_t attempt = open[i];
            enum ek_status status = what < 45   ? EK_STATUS_OK
                                    : what < 70 ? EK_STATUS_UNAVAILABLE
                                                : EK_STATUS_INTERNAL;

            open[i] = open[--open_count];
            ends++;
            rig_done(&rig, attempt, status);
        } else if (what < 83 && rig_state(&rig, e) == EK_CONN_READY) {
            rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[e], "gone");
        } else if (what < 86 && rig_state(&rig, e) == EK_CONN_CONNECTING) {
            rig_connected(&rig, e);
        } else {
            rig_wait(&rig, (int64_t)ek_rng_below(&rng, 40) * EK_MS);
        }
        for (size_t a = 0; a < rig.action_count; a++) {
            const struct ek_action *action = &rig.actions[a];

            if (action->kind == EK_ACTION_SEND) {
                open[open_count++] = action->attempt;
                sends++;
            } else if (action->kind == EK_ACTION_CANCEL) {
                size_t before = open_count;

                for (size_t i = 0; i < open_count; i++)
                    if (open[i] == action->attempt)
                        open[i--] = open[--open_count];
                assert_int_equal(before - open_count, 1);
                ends++;
            } else if (action->kind == EK_ACTION_FINISH) {
                finished++;
            }
        }
        assert_int_equal(sends - ends, open_count);
        assert_int_equal(ek_channel_stats(rig.channel).attempts_unfinished, open_count);
        assert_int_equal(ek_channel_stats(rig.channel).calls - finished,
                         ek_channel_stats(rig.channel).calls_unfinished);
    }
    assert_true(ek_channel_stats(rig.channel).hedges > 1000);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attempt_more_goes_out_with_every_delay),
        cmocka_unit_test(without_delay_all_go_out_at_once),
        cmocka_unit_test(the_first_good_answer_wins_and_the_others_are_cancelled),
        cmocka_unit_test(a_non_fatal_failure_sends_the_next_at_once),
        cmocka_unit_test(a_fatal_failure_ends_the_call_and_the_others),
        cmocka_unit_test(when_all_have_failed_the_last_status_is_the_calls),
        cmocka_unit_test(a_pushback_delays_the_next_hedge),
        cmocka_unit_test(a_negative_pushback_stops_hedging_but_not_what_is_under_way),
        cmocka_unit_test(a_throttled_channel_does_not_hedge),
        cmocka_unit_test(the_deadline_ends_all_attempts),
        cmocka_unit_test(a_lost_connection_may_hold_several_attempts_of_a_call),
        cmocka_unit_test(cut_attempts_blame_nobody),
        cmocka_unit_test(attempts_started_equal_attempts_ended),
    };

    return cmocka_run_group_tests_name("core/hedge", tests, NULL, NULL);
}
