/* What a user reads when a call fails: each way names what to look at. */
#include "manual.h"

#define RR   "\"loadBalancingConfig\": [{\"round_robin\": {}}]"
#define WAIT ", \"methodConfig\": [{\"name\": [{}], \"waitForReady\": true}]"
#define RETRIES(more)                                                                \
    ", \"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 2, "   \
    "\"initialBackoff\": \"1s\", \"maxBackoff\": \"1s\", \"backoffMultiplier\": 1, " \
    "\"retryableStatusCodes\": [\"UNAVAILABLE\"]}}]" more

static void open_with(struct rig *rig, const char *more, const char *list)
{
    char config[1024];

    snprintf(config, sizeof config, "{" RR "%s}", more);
    manual_open(rig, config, list);
}

static void refuse_all(struct rig *rig, uint32_t n)
{
    for (uint32_t e = 0; e < n; e++)
        rig_refused(rig, e);
}

static void connect_all(struct rig *rig, uint32_t n)
{
    for (uint32_t e = 0; e < n; e++)
        rig_connected(rig, e);
}

static void assert_says(const struct rig *rig, enum ek_status status, const char *text)
{
    const struct ek_action *finish = rig_finish(rig);

    assert_non_null(finish);
    assert_int_equal(finish->status, status);
    assert_string_equal(rig_text(rig, finish), text);
}

static void call_for(struct rig *rig, int64_t timeout_ns)
{
    const struct ek_call call = {.token = 1, .timeout_ns = timeout_ns};

    assert_int_equal(ek_channel_call(rig->channel, &call, rig->now), EK_OK);
    rig_pull(rig);
}

static void fail_with(struct rig *rig, struct ek_event end)
{
    struct ek_action send = rig_sent(rig);

    end.status = EK_STATUS_UNAVAILABLE;
    end.text = "overloaded";
    rig_end(rig, send.attempt, end);
}

/* ---- nobody to send to ---- */

static void an_empty_list_names_who_gave_it(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, "", "");
    rig_call(&rig);

    assert_says(&rig, EK_STATUS_UNAVAILABLE,
                "no children to pick from: name resolution (manual) produced zero addresses");
    rig_close(&rig);
}

static void a_resolver_error_is_passed_on(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, "", NULL);
    manual_error(&rig, "consul: status 403");
    rig_call(&rig);

    assert_says(&rig, EK_STATUS_UNAVAILABLE, "name resolver error: consul: status 403");
    rig_close(&rig);
}

/* One is connected and ejected, one cannot be reached: both are said. */
static void mixed_causes_are_counted(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, ", \"outlierDetection\": {\"consecutiveFailures\": 1}", "a:1,b:1");
    rig_connected(&rig, 0);
    rig_refused(&rig, 1);
    fail_with(&rig, (struct ek_event){0});
    rig_call(&rig);

    assert_says(&rig, EK_STATUS_UNAVAILABLE,
                "none of 2 endpoints can be used: 1 not connected, 1 ejected by outlier "
                "detection; last connection error: b:1: connection refused");
    rig_close(&rig);
}

/* The first config was refused; `more` is what stands in its place. */
static void open_refused(struct rig *rig, const char *more)
{
    struct ek_errors errors = {0};
    struct ek_channel_config channel = {.service_config = &rig->config,
                                        .resolver = &manual_ops,
                                        .config_error = "/methodConfig/0: no name"};
    json_t *json = json_loads(more, 0, NULL);

    memset(rig, 0, sizeof *rig);
    assert_int_equal(ek_service_config_read(json, "", &rig->config, &errors), EK_OK);
    json_decref(json);
    assert_int_equal(ek_channel_new(&channel, rig->now, &rig->channel, &errors), EK_OK);
    rig_pull(rig);
}

static void a_refused_config_is_named(void **state)
{
    struct rig rig;

    (void)state;
    open_refused(&rig, "{" RR "}");
    rig_call(&rig);
    assert_says(&rig, EK_STATUS_UNAVAILABLE,
                "error parsing service config: /methodConfig/0: no name");
    rig_close(&rig);

    open_refused(&rig, "{" RR WAIT "}");
    call_for(&rig, EK_S);
    rig_wait(&rig, EK_S);
    assert_says(&rig, EK_STATUS_DEADLINE_EXCEEDED,
                "deadline exceeded while waiting for connections to become ready; error parsing "
                "service config: /methodConfig/0: no name");
    rig_close(&rig);
}

/* A driver that tells the channel more before it pulls what came of the call. */
static void a_text_of_a_list_that_is_gone_says_what_it_can(void **state)
{
    const struct ek_call call = {.token = 1};
    struct rig rig;

    (void)state;
    open_with(&rig, ", \"outlierDetection\": {\"consecutiveFailures\": 1}", "a:1");
    rig_connected(&rig, 0);
    fail_with(&rig, (struct ek_event){0});
    assert_int_equal(ek_channel_call(rig.channel, &call, rig.now), EK_OK);
    manual_list(&rig, "");

    assert_says(&rig, EK_STATUS_UNAVAILABLE, "all endpoints were ejected by outlier detection");
    rig_close(&rig);
}

/* ---- deadlines: gRPC's "latest balancer error" ---- */

static void a_deadline_in_the_queue_says_what_was_waited_for(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, WAIT, NULL);
    call_for(&rig, EK_S);
    rig_wait(&rig, EK_S);
    assert_says(&rig, EK_STATUS_DEADLINE_EXCEEDED,
                "deadline exceeded while waiting for connections to become ready; name "
                "resolution (manual) has not answered yet");
    rig_close(&rig);

    open_with(&rig, WAIT, "a:1,b:1");
    refuse_all(&rig, 2);
    call_for(&rig, EK_S / 2);
    rig_wait(&rig, EK_S / 2);
    assert_says(&rig, EK_STATUS_DEADLINE_EXCEEDED,
                "deadline exceeded while waiting for connections to become ready; no endpoint is "
                "connected (0 of 2); last connection error: b:1: connection refused");
    rig_close(&rig);
}

static void a_deadline_of_what_was_sent_names_the_endpoint(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, "", "a:1");
    connect_all(&rig, 1);
    call_for(&rig, EK_S);
    rig_wait(&rig, EK_S);

    assert_says(&rig, EK_STATUS_DEADLINE_EXCEEDED,
                "deadline exceeded while waiting for a:1 to answer");
    rig_close(&rig);
}

/* A hedged call whose only attempt so far failed, and whose server wants the next one later than
 * the deadline. */
static void a_deadline_between_attempts_names_the_last_error(void **state)
{
    struct rig rig;
    struct ek_event end = {.status = EK_STATUS_UNAVAILABLE,
                           .text = "overloaded",
                           .has_pushback = true,
                           .pushback_ms = 5000};

    (void)state;
    open_with(&rig,
              ", \"methodConfig\": [{\"name\": [{}], \"hedgingPolicy\": {\"maxAttempts\": 2, "
              "\"hedgingDelay\": \"10s\", \"nonFatalStatusCodes\": [\"UNAVAILABLE\"]}}]",
              "a:1");
    connect_all(&rig, 1);
    call_for(&rig, EK_S);
    rig_end(&rig, rig_find(&rig, EK_ACTION_SEND, 0)->attempt, end);
    rig_wait(&rig, EK_S);

    assert_says(&rig, EK_STATUS_DEADLINE_EXCEEDED,
                "deadline exceeded before the next attempt; last error: a:1: overloaded");
    rig_close(&rig);
}

/* ---- what was not tried again ---- */

static void a_call_that_used_up_its_attempts_says_how_many(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, RETRIES(""), "a:1");
    connect_all(&rig, 1);
    fail_with(&rig, (struct ek_event){0});
    rig_wait(&rig, 1200 * EK_MS); /* 1 s, +20 % at most */
    rig_done(&rig, rig_find(&rig, EK_ACTION_SEND, 0)->attempt, EK_STATUS_UNAVAILABLE);

    assert_says(&rig, EK_STATUS_UNAVAILABLE,
                "a:1: UNAVAILABLE; max retries exhausted: failed after 2 attempts");
    rig_close(&rig);
}

static void a_throttled_call_says_so(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, RETRIES(", \"retryThrottling\": {\"maxTokens\": 2, \"tokenRatio\": 0.1}"),
              "a:1");
    connect_all(&rig, 1);
    fail_with(&rig, (struct ek_event){0}); /* 2 - 1 is not more than half */

    assert_says(&rig, EK_STATUS_UNAVAILABLE,
                "a:1: overloaded; not retried: throttled, no more than half of 2 tokens are left "
                "(retryThrottling)");
    rig_close(&rig);
}

static void a_pushback_that_forbids_it_is_named(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, RETRIES(""), "a:1");
    connect_all(&rig, 1);
    fail_with(&rig, (struct ek_event){.has_pushback = true, .pushback_ms = -1});

    assert_says(&rig, EK_STATUS_UNAVAILABLE,
                "a:1: overloaded; not retried: the server's pushback forbids it");
    rig_close(&rig);
}

static void a_budget_that_is_used_up_is_named(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, RETRIES(", \"circuitBreakers\": {\"maxRetries\": 0}"), "a:1");
    connect_all(&rig, 1);
    fail_with(&rig, (struct ek_event){0});

    assert_says(&rig, EK_STATUS_UNAVAILABLE,
                "a:1: overloaded; not retried: no more retries may be under way (retryBudget, "
                "maxRetries)");
    rig_close(&rig);
}

static void a_retry_after_the_deadline_is_not_waited_for(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, RETRIES(""), "a:1");
    connect_all(&rig, 1);
    call_for(&rig, EK_S / 2);
    rig_done(&rig, rig_find(&rig, EK_ACTION_SEND, 0)->attempt, EK_STATUS_UNAVAILABLE);

    assert_says(&rig, EK_STATUS_UNAVAILABLE,
                "a:1: UNAVAILABLE; not retried: the next attempt would begin after the deadline");
    rig_close(&rig);
}

/* ---- what was not sent ---- */

static void a_limit_is_named(void **state)
{
    static const struct {
        const char *limit, *text;
    } cases[] = {
        {"maxRequests", "overflow: 0 requests of this channel are in flight (maxRequests)"},
        {"maxRequestsPerEndpoint", "overflow: 0 requests of this channel are in flight at the "
                                   "endpoint (maxRequestsPerEndpoint)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        char more[128];

        snprintf(more, sizeof more, ", \"circuitBreakers\": {\"%s\": 0}", cases[i].limit);
        open_with(&rig, more, "a:1");
        connect_all(&rig, 1);
        rig_call(&rig);

        assert_says(&rig, EK_STATUS_UNAVAILABLE, cases[i].text);
        rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_list_names_who_gave_it),
        cmocka_unit_test(a_resolver_error_is_passed_on),
        cmocka_unit_test(mixed_causes_are_counted),
        cmocka_unit_test(a_refused_config_is_named),
        cmocka_unit_test(a_text_of_a_list_that_is_gone_says_what_it_can),
        cmocka_unit_test(a_deadline_in_the_queue_says_what_was_waited_for),
        cmocka_unit_test(a_deadline_of_what_was_sent_names_the_endpoint),
        cmocka_unit_test(a_deadline_between_attempts_names_the_last_error),
        cmocka_unit_test(a_call_that_used_up_its_attempts_says_how_many),
        cmocka_unit_test(a_throttled_call_says_so),
        cmocka_unit_test(a_pushback_that_forbids_it_is_named),
        cmocka_unit_test(a_budget_that_is_used_up_is_named),
        cmocka_unit_test(a_retry_after_the_deadline_is_not_waited_for),
        cmocka_unit_test(a_limit_is_named),
    };

    return cmocka_run_group_tests_name("core/failure_text", tests, NULL, NULL);
}
