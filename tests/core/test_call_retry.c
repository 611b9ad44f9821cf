/* Retries: pushbacks, transparent ones, timeouts of attempts, and budgets. */
#include "core/window.h"
#include "rig.h"

#define THREE "[\"a:1\", \"b:1\", \"c:1\"]"
#define RETRY                                                                                      \
    "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": [{\"name\": [{}], "      \
    "\"retryPolicy\": {\"maxAttempts\": 4, \"initialBackoff\": \"0.1s\", \"maxBackoff\": \"1s\", " \
    "\"backoffMultiplier\": 2, \"retryableStatusCodes\": [\"UNAVAILABLE\"]%s}}]%s}"

static void open_retrying(struct rig *rig, const char *policy, const char *extra,
                          const char *addresses)
{
    char config[1024];

    snprintf(config, sizeof config, RETRY, policy, extra);
    rig_open(rig, config, addresses);
    for (uint32_t e = 0; rig->connections[e] != 0; e++)
        rig_connected(rig, e);
}

static struct ek_action resent(struct rig *rig)
{
    const struct ek_action *send = rig_find(rig, EK_ACTION_SEND, 0);

    assert_non_null(send);
    return *send;
}

static int64_t tokens(const struct rig *rig)
{
    return ek_channel_stats(rig->channel).retry_tokens;
}

/* ---- A6's examples, through a whole channel ---- */

/* G66, grpc-go's TestRetryThrottling: the server answers OK only at calls 0, 3, 6, 10-14, 16, 18.
 */
static void g66_a_throttled_channel_sends_what_grpc_gos_does(void **state)
{
    static const struct {
        bool is_ok;
        int last;
        int64_t tokens;
    } expected[] = {{true, 0, 10000}, {true, 3, 8500},  {true, 6, 7000},  {false, 8, 5000},
                    {false, 9, 4000}, {true, 10, 4500}, {true, 11, 5000}, {true, 12, 5500},
                    {true, 13, 6000}, {true, 14, 6500}, {true, 16, 6000}, {false, 17, 5000}};
    struct rig rig;
    int call = -1;

    (void)state;
    open_retrying(&rig, "", ", \"retryThrottling\": {\"maxTokens\": 10, \"tokenRatio\": 0.5}",
                  "[\"a:1\"]");
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct ek_action send = rig_sent(&rig);
        bool is_ok;

        for (;;) {
            call++;
            is_ok = call == 0 || call == 3 || call == 6 || (call >= 10 && call <= 14) ||
                    call == 16 || call == 18;
            rig_done(&rig, send.attempt, is_ok ? EK_STATUS_OK : EK_STATUS_UNAVAILABLE);
            if (rig_finish(&rig) != NULL)
                break;
            rig_wait(&rig, 2 * EK_S);
            send = resent(&rig);
        }
        assert_int_equal(is_ok, expected[i].is_ok);
        assert_int_equal(call, expected[i].last);
        assert_int_equal(tokens(&rig), expected[i].tokens);
    }
    rig_close(&rig);
}

/* G72, grpc-go's TestRetryUnary: OK at 0, 2, 5, INTERNAL at 6, 8, 11, else retryable. */
static void g72_retries_end_as_in_grpc_gos_test(void **state)
{
    static const struct {
        enum ek_status status;
        int last;
    } expected[] = {{EK_STATUS_OK, 0},          {EK_STATUS_OK, 2},       {EK_STATUS_OK, 5},
                    {EK_STATUS_INTERNAL, 6},    {EK_STATUS_INTERNAL, 8}, {EK_STATUS_INTERNAL, 11},
                    {EK_STATUS_UNAVAILABLE, 15}};
    struct rig rig;
    int call = -1;

    (void)state;
    open_retrying(&rig, "", "", "[\"a:1\"]");
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct ek_action send = rig_sent(&rig);

        for (;;) {
            call++;
            rig_done(&rig, send.attempt,
                     call == 0 || call == 2 || call == 5    ? EK_STATUS_OK
                     : call == 6 || call == 8 || call == 11 ? EK_STATUS_INTERNAL
                                                            : EK_STATUS_UNAVAILABLE);
            if (rig_finish(&rig) != NULL)
                break;
            rig_wait(&rig, 2 * EK_S);
            send = resent(&rig);
        }
        assert_int_equal(rig_finish(&rig)->status, expected[i].status);
        assert_int_equal(call, expected[i].last);
    }
    rig_close(&rig);
}

/* ---- pushback ---- */

#define PUSHBACK_MEMBERS(s, ms)                                  \
    {                                                            \
        .status = (s), .has_pushback = true, .pushback_ms = (ms) \
    }
#define PUSHBACK(s, ms) ((struct ek_event)PUSHBACK_MEMBERS(s, ms))

static void a_pushback_is_the_exact_delay(void **state)
{
    struct rig rig;

    (void)state;
    open_retrying(&rig, "", "", THREE);
    rig_end(&rig, rig_sent(&rig).attempt, PUSHBACK(EK_STATUS_UNAVAILABLE, 123));

    assert_int_equal(rig_note(&rig, EK_NOTE_RETRY)->value, 123 * EK_MS);
    rig_wait(&rig, 123 * EK_MS - 1);
    assert_null(rig_find(&rig, EK_ACTION_SEND, 0));
    rig_wait(&rig, 1);
    assert_int_equal(resent(&rig).number, 2);
    rig_close(&rig);
}

/* After it the backoff starts anew: the third attempt waits 80 .. 120 ms, not 160 .. 240. */
static void after_a_pushback_the_backoff_starts_anew(void **state)
{
    struct rig rig;

    (void)state;
    open_retrying(&rig, "", "", THREE);
    rig_end(&rig, rig_sent(&rig).attempt, PUSHBACK(EK_STATUS_UNAVAILABLE, 5000));
    rig_wait(&rig, 5 * EK_S);

    rig_done(&rig, resent(&rig).attempt, EK_STATUS_UNAVAILABLE);

    assert_in_range(rig_note(&rig, EK_NOTE_RETRY)->value, 80 * EK_MS, 120 * EK_MS);
    rig_close(&rig);
}

static void a_negative_pushback_ends_the_call(void **state)
{
    struct rig rig;

    (void)state;
    open_retrying(&rig, "", ", \"retryThrottling\": {\"maxTokens\": 4, \"tokenRatio\": 1}", THREE);
    rig_end(&rig, rig_sent(&rig).attempt, PUSHBACK(EK_STATUS_INTERNAL, -1));

    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_INTERNAL);
    assert_int_equal(tokens(&rig), 3000); /* it counts as a failure, whatever the code */
    rig_close(&rig);
}

/* G70, grpc-java's RetriableStreamTest, at 3 of 4 tokens. */
static void g70_codes_pushbacks_and_tokens(void **state)
{
    static const struct {
        const char *dialect;
        struct ek_event end;
        int64_t tokens;
        bool is_retried;
    } cases[] = {
        {"grpc-java", {.status = EK_STATUS_UNAVAILABLE}, 2000, false},
        {"grpc-java", {.status = EK_STATUS_INTERNAL}, 3000, false},
        {"grpc-java", PUSHBACK_MEMBERS(EK_STATUS_UNAVAILABLE, 123), 2000, false},
        {"grpc-java", PUSHBACK_MEMBERS(EK_STATUS_INTERNAL, 123), 3000, true},
        {"grpc-go", PUSHBACK_MEMBERS(EK_STATUS_INTERNAL, 123), 3000, false},
        {"grpc", PUSHBACK_MEMBERS(EK_STATUS_INTERNAL, 123), 3000, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char extra[128];
        struct rig rig;

        snprintf(extra, sizeof extra,
                 ", \"retryThrottling\": {\"maxTokens\": 4, \"tokenRatio\": 0.001}, "
                 "\"dialect\": \"%s\"",
                 cases[i].dialect);
        open_retrying(&rig, "", extra, THREE);
        rig_end(&rig, rig_sent(&rig).attempt, PUSHBACK(EK_STATUS_INTERNAL, -1));
        assert_int_equal(tokens(&rig), 3000);

        rig_end(&rig, rig_sent(&rig).attempt, cases[i].end);

        assert_int_equal(tokens(&rig), cases[i].tokens);
        assert_int_equal(rig_note(&rig, EK_NOTE_RETRY) != NULL, cases[i].is_retried);
        rig_close(&rig);
    }
}

/* ---- transparent retries ---- */

#define NEVER_SENT \
    ((struct ek_event){.status = EK_STATUS_UNAVAILABLE, .unprocessed = EK_NEVER_SENT})
#define NOT_PROCESSED \
    ((struct ek_event){.status = EK_STATUS_UNAVAILABLE, .unprocessed = EK_NOT_PROCESSED})

static void what_never_left_is_sent_again_at_once_and_uncounted(void **state)
{
    struct rig rig;
    struct ek_action send;

    (void)state;
    rig_open(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}", "[\"a:1\"]");
    rig_connected(&rig, 0);
    send = rig_sent(&rig);
    for (int i = 0; i < 2000; i++) { /* without any retry policy, and without limit */
        rig_end(&rig, send.attempt, NEVER_SENT);
        assert_non_null(rig_note(&rig, EK_NOTE_TRANSPARENT));
        send = resent(&rig);
        assert_int_equal(send.number, 1);
    }

    rig_done(&rig, send.attempt, EK_STATUS_OK);

    assert_int_equal(rig_finish(&rig)->number, 1);
    assert_int_equal(ek_channel_stats(rig.channel).transparent_retries, 2000);
    assert_int_equal(ek_channel_stats(rig.channel).retries, 0);
    rig_close(&rig);
}

/* grpc-java gives up after 1000, with INTERNAL. */
static void grpc_java_limits_transparent_retries(void **state)
{
    struct rig rig;
    struct ek_action send;
    int again = 0;

    (void)state;
    rig_open(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"dialect\": \"grpc-java\"}",
             "[\"a:1\"]");
    rig_connected(&rig, 0);
    send = rig_sent(&rig);
    for (;; again++) {
        rig_end(&rig, send.attempt, NEVER_SENT);
        if (rig_finish(&rig) != NULL)
            break;
        send = resent(&rig);
    }

    assert_int_equal(again, 1000);
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_INTERNAL);
    rig_close(&rig);
}

static void what_the_server_did_not_process_is_sent_again_once(void **state)
{
    struct rig rig;

    (void)state;
    open_retrying(&rig, "", ", \"retryThrottling\": {\"maxTokens\": 4, \"tokenRatio\": 1}", THREE);
    rig_end(&rig, rig_sent(&rig).attempt, NOT_PROCESSED);
    assert_int_equal(resent(&rig).number, 1);
    assert_int_equal(tokens(&rig), 4000);

    rig_end(&rig, resent(&rig).attempt, NOT_PROCESSED);

    assert_non_null(rig_note(&rig, EK_NOTE_RETRY)); /* now the policy decides */
    assert_int_equal(tokens(&rig), 3000);
    rig_close(&rig);
}

/* grpc-go: on the first attempt only. */
static void grpc_go_does_so_on_the_first_attempt_only(void **state)
{
    static const char *const dialects[] = {"grpc-go", "grpc"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char extra[64];
        struct rig rig;

        snprintf(extra, sizeof extra, ", \"dialect\": \"%s\"", dialects[i]);
        open_retrying(&rig, "", extra, THREE);
        rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_UNAVAILABLE);
        rig_wait(&rig, 120 * EK_MS);

        rig_end(&rig, resent(&rig).attempt, NOT_PROCESSED);

        assert_int_equal(rig_note(&rig, EK_NOTE_TRANSPARENT) != NULL, i == 1);
        rig_close(&rig);
    }
}

/* ---- the attempt's own timeout ---- */

static void an_attempt_that_takes_too_long_is_cancelled_and_tried_again(void **state)
{
    struct rig rig;
    struct ek_action first, second;

    (void)state;
    open_retrying(&rig, ", \"perAttemptRecvTimeout\": \"50ms\"", "", THREE);
    first = rig_sent(&rig);
    assert_int_equal(ek_channel_deadline(rig.channel).ns, 50 * EK_MS);
    rig_wait(&rig, 50 * EK_MS);
    assert_true(rig_find(&rig, EK_ACTION_CANCEL, 0)->attempt == first.attempt);
    assert_int_equal(rig_find(&rig, EK_ACTION_CANCEL, 0)->status, EK_STATUS_DEADLINE_EXCEEDED);
    assert_non_null(rig_note(&rig, EK_NOTE_RETRY)); /* DEADLINE_EXCEEDED is not retryable here */
    rig_wait(&rig, 120 * EK_MS);

    second = resent(&rig);
    rig_done(&rig, second.attempt, EK_STATUS_OK);

    assert_true(second.endpoint != first.endpoint);
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_OK);
    rig_close(&rig);
}

/* ---- budgets ---- */

/* tower's tps_budget.rs, ttl 1 s (P64): ratio 1, a deposit, 3 s later: none. Ratio .5, two
 * deposits, 901 ms later: one. Five in reserve: five. Finagle's scale: a deposit is 1000. */
static void p64_the_window_forgets_after_its_time(void **state)
{
    struct ek__window window;

    (void)state;
    ek__window_init(&window, EK_S, (ek_time){0});
    ek__window_add(&window, 1000, (ek_time){0});
    assert_int_equal(ek__window_sum(&window, (ek_time){3 * EK_S}), 0);

    ek__window_init(&window, EK_S, (ek_time){0});
    ek__window_add(&window, 1000, (ek_time){0});
    ek__window_add(&window, 1000, (ek_time){0});
    assert_int_equal(ek__window_sum(&window, (ek_time){901 * EK_MS}), 2000);
    ek__window_add(&window, -2000, (ek_time){901 * EK_MS});
    assert_int_equal(ek__window_sum(&window, (ek_time){901 * EK_MS}), 0);
    assert_int_equal(ek__window_sum(&window, (ek_time){1000 * EK_MS}), -2000);
    assert_int_equal(ek__window_sum(&window, (ek_time){1899 * EK_MS}), -2000);
    assert_int_equal(ek__window_sum(&window, (ek_time){1900 * EK_MS}), 0);
}

/* Calls that fail once and are then answered; how many of `calls` were tried again. */
static int retried_of(struct rig *rig, int calls)
{
    int retried = 0;

    for (int i = 0; i < calls; i++) {
        rig_done(rig, rig_sent(rig).attempt, EK_STATUS_UNAVAILABLE);
        if (rig_note(rig, EK_NOTE_RETRY) == NULL)
            continue;
        retried++;
        rig_wait(rig, 0);
    }
    return retried;
}

static void a_rate_budget_of_a_half_lets_every_second_call_be_retried(void **state)
{
    struct rig rig;

    (void)state;
    open_retrying(&rig, "",
                  ", \"retryBudget\": {\"rate\": {\"ttl\": \"1s\", \"minRetriesPerSec\": 0, "
                  "\"percentCanRetry\": 0.5}}",
                  "[\"a:1\"]");

    assert_int_equal(retried_of(&rig, 100), 50);
    assert_int_equal(ek_channel_stats(rig.channel).overflows[EK_LIMIT_BUDGET], 50);
    rig_close(&rig);
}

/* 10 per second over 10 s are there from the start: 100, and then 20 % of the calls: of n calls
 * 100 + n / 5. Finagle's defaults. */
static void a_rate_budgets_reserve_comes_on_top(void **state)
{
    struct rig rig;

    (void)state;
    open_retrying(&rig, "", ", \"retryBudget\": {\"rate\": {}}", "[\"a:1\"]");

    assert_int_equal(retried_of(&rig, 200), 140);
    rig_close(&rig);
}

static void without_share_and_reserve_nothing_is_retried(void **state)
{
    struct rig rig;

    (void)state;
    open_retrying(&rig, "",
                  ", \"retryBudget\": {\"rate\": {\"minRetriesPerSec\": 0, "
                  "\"percentCanRetry\": 0}}",
                  "[\"a:1\"]");

    assert_int_equal(retried_of(&rig, 20), 0);
    rig_close(&rig);
}

/* Envoy: max(3, 20 % of what is active, rounded down). Of 50 in flight ten fail, 49 .. 40 are left:
 * 9 to 8 are allowed, and the retries stay held while they wait. The ninth, with 41 left, is one
 * too many: eight. */
static void a_concurrent_budget_is_a_share_of_what_is_active(void **state)
{
    struct rig rig;
    struct ek_action sends[50];
    int retried = 0;

    (void)state;
    open_retrying(&rig, "", ", \"retryBudget\": {\"concurrent\": {}}", "[\"a:1\"]");
    for (int i = 0; i < 50; i++)
        sends[i] = rig_sent(&rig);
    for (int i = 0; i < 10; i++) {
        rig_done(&rig, sends[i].attempt, EK_STATUS_UNAVAILABLE);
        retried += rig_note(&rig, EK_NOTE_RETRY) != NULL;
    }

    assert_int_equal(retried, 8);
    rig_close(&rig);
}

static void a_concurrent_budget_has_a_floor_and_retries_give_back(void **state)
{
    struct rig rig;
    struct ek_action sends[6];
    int retried = 0;

    (void)state;
    open_retrying(&rig, "", ", \"retryBudget\": {\"concurrent\": {}}", "[\"a:1\"]");
    for (int i = 0; i < 6; i++)
        sends[i] = rig_sent(&rig);
    for (int i = 0; i < 6; i++) {
        rig_done(&rig, sends[i].attempt, EK_STATUS_UNAVAILABLE);
        retried += rig_note(&rig, EK_NOTE_RETRY) != NULL;
    }
    assert_int_equal(retried, 3);
    assert_int_equal(ek_channel_stats(rig.channel).retries_unfinished, 3);
    rig_wait(&rig, 120 * EK_MS);
    for (size_t i = 0; i < 3; i++) /* the turn's actions change: copies first */
        sends[i] = *rig_find(&rig, EK_ACTION_SEND, i);
    for (size_t i = 0; i < 3; i++)
        rig_done(&rig, sends[i].attempt, EK_STATUS_OK);

    assert_int_equal(ek_channel_stats(rig.channel).retries_unfinished, 0);
    rig_close(&rig);
}

/* ---- Envoy's limits ---- */

static void no_more_retries_than_the_limit(void **state)
{
    struct rig rig;
    struct ek_action sends[5];
    int retried = 0;

    (void)state;
    open_retrying(&rig, "", ", \"circuitBreakers\": {\"maxRetries\": 3}", "[\"a:1\"]");
    for (int i = 0; i < 5; i++)
        sends[i] = rig_sent(&rig);
    for (int i = 0; i < 5; i++) {
        rig_done(&rig, sends[i].attempt, EK_STATUS_UNAVAILABLE);
        retried += rig_note(&rig, EK_NOTE_RETRY) != NULL;
    }

    assert_int_equal(retried, 3);
    assert_int_equal(rig_note(&rig, EK_NOTE_OVERFLOW)->number, EK_LIMIT_RETRIES);
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);
    assert_int_equal(ek_channel_stats(rig.channel).overflows[EK_LIMIT_RETRIES], 2);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g66_a_throttled_channel_sends_what_grpc_gos_does),
        cmocka_unit_test(g72_retries_end_as_in_grpc_gos_test),
        cmocka_unit_test(a_pushback_is_the_exact_delay),
        cmocka_unit_test(after_a_pushback_the_backoff_starts_anew),
        cmocka_unit_test(a_negative_pushback_ends_the_call),
        cmocka_unit_test(g70_codes_pushbacks_and_tokens),
        cmocka_unit_test(what_never_left_is_sent_again_at_once_and_uncounted),
        cmocka_unit_test(grpc_java_limits_transparent_retries),
        cmocka_unit_test(what_the_server_did_not_process_is_sent_again_once),
        cmocka_unit_test(grpc_go_does_so_on_the_first_attempt_only),
        cmocka_unit_test(an_attempt_that_takes_too_long_is_cancelled_and_tried_again),
        cmocka_unit_test(p64_the_window_forgets_after_its_time),
        cmocka_unit_test(a_rate_budget_of_a_half_lets_every_second_call_be_retried),
        cmocka_unit_test(a_rate_budgets_reserve_comes_on_top),
        cmocka_unit_test(without_share_and_reserve_nothing_is_retried),
        cmocka_unit_test(a_concurrent_budget_is_a_share_of_what_is_active),
        cmocka_unit_test(a_concurrent_budget_has_a_floor_and_retries_give_back),
        cmocka_unit_test(no_more_retries_than_the_limit),
    };

    return cmocka_run_group_tests_name("core/call_retry", tests, NULL, NULL);
}
