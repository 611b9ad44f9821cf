/* Another service config while a channel runs (A21). */
#include "manual.h"

#define RR "{\"loadBalancingConfig\": [{\"round_robin\": {}}]%s}"

/* A config that lives as long as the test. */
static struct ek_service_config *read_config(const char *text)
{
    static struct ek_service_config kept[64];
    static size_t count;
    struct ek_errors errors = {0};
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    assert_true(count < 64);
    assert_int_equal(ek_service_config_read(json, "", &kept[count], &errors), EK_OK);
    json_decref(json);
    return &kept[count++];
}

static void reconfigure(struct rig *rig, const char *text)
{
    assert_int_equal(ek_channel_reconfigure(rig->channel, read_config(text), NULL, rig->now, 7),
                     EK_OK);
    rig_pull(rig);
}

static void refuse(struct rig *rig, const char *why)
{
    assert_int_equal(ek_channel_reconfigure(rig->channel, NULL, why, rig->now, 7), EK_OK);
    rig_pull(rig);
}

/* G28, grpc-go's resolver_update_test.go: a later invalid config with new addresses: the old config
 * and the new addresses. */
static void g28_a_later_invalid_config_keeps_the_old_one(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}", "a:1");
    rig_connected(&rig, 0);
    refuse(&rig, "unexpected token");
    assert_string_equal(rig_text(&rig, rig_note(&rig, EK_NOTE_CONFIG_REFUSED)), "unexpected token");
    manual_list(&rig, "b:1");
    rig_connected(&rig, 1);

    assert_int_equal(rig_sent(&rig).endpoint, 1);
    rig_close(&rig);
}

static void g28_without_a_valid_one_calls_fail(void **state)
{
    struct rig rig = {0};
    struct ek_errors errors = {0};
    struct ek_channel_config config = {.resolver = &manual_ops, .config_error = "unexpected token"};

    (void)state;
    config.service_config = read_config("{\"loadBalancingConfig\": [{\"round_robin\": {}}]}");
    assert_int_equal(ek_channel_new(&config, rig.now, &rig.channel, &errors), EK_OK);
    rig_pull(&rig);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    manual_list(&rig, "a:1");
    rig_connected(&rig, 0);
    rig_call(&rig);
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);
    assert_string_equal(rig_text(&rig, rig_finish(&rig)),
                        "error parsing service config: unexpected token");

    reconfigure(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}");

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_sent(&rig);
    ek_channel_free(rig.channel);
}

/* G68, grpc's retry_throttle_test.cc Replacement: 3 of 4 tokens, new config 10 and ratio 3: 7.5;
 * then F 6.5 yes, F 5.5 yes, F 4.5 no, F 3.5 no, S 6.5, F 5.5 yes, F 4.5 no. Go fills the bucket.
 */
static void g68_the_bucket_stays_as_full_as_it_was(void **state)
{
#define THROTTLED(tokens, ratio, dialect)                                             \
    "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"dialect\": \"" dialect      \
    "\", \"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 2, "  \
    "\"initialBackoff\": \"1s\", \"maxBackoff\": \"1s\", \"backoffMultiplier\": 1, "  \
    "\"retryableStatusCodes\": [14]}}], \"retryThrottling\": {\"maxTokens\": " tokens \
    ", \"tokenRatio\": " ratio "}}"
    static const struct {
        enum ek_status status;
        int64_t tokens;
        bool is_retried;
    } steps[] = {{EK_STATUS_UNAVAILABLE, 6500, true},  {EK_STATUS_UNAVAILABLE, 5500, true},
                 {EK_STATUS_UNAVAILABLE, 4500, false}, {EK_STATUS_UNAVAILABLE, 3500, false},
                 {EK_STATUS_OK, 6500, false},          {EK_STATUS_UNAVAILABLE, 5500, true},
                 {EK_STATUS_UNAVAILABLE, 4500, false}};
    struct rig rig;

    (void)state;
    manual_open(&rig, THROTTLED("4", "1", "grpc-core"), "a:1");
    rig_connected(&rig, 0);
    rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_UNAVAILABLE);
    assert_int_equal(ek_channel_stats(rig.channel).retry_tokens, 3000);
    reconfigure(&rig, THROTTLED("10", "3", "grpc-core"));
    assert_int_equal(ek_channel_stats(rig.channel).retry_tokens, 7500);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        rig_done(&rig, rig_sent(&rig).attempt, steps[i].status);
        assert_int_equal(ek_channel_stats(rig.channel).retry_tokens, steps[i].tokens);
        assert_int_equal(rig_note(&rig, EK_NOTE_RETRY) != NULL, steps[i].is_retried);
    }

    reconfigure(&rig, THROTTLED("10", "3", "grpc-go"));

    assert_int_equal(ek_channel_stats(rig.channel).retry_tokens, 10000);
    rig_close(&rig);
}

static void another_policy_takes_over_the_connections(void **state)
{
    struct rig rig;
    struct ek_action send;

    (void)state;
    manual_open(&rig, "{\"loadBalancingConfig\": [{\"peak_ewma\": {}}]}", "a:1,b:1");
    rig_connected(&rig, 0);
    rig_connected(&rig, 1);
    send = rig_sent(&rig);
    reconfigure(&rig, "{\"loadBalancingConfig\": [{\"least_request\": {}}]}");
    assert_null(rig_find(&rig, EK_ACTION_CONNECT, 0));
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_done(&rig, send.attempt, EK_STATUS_OK); /* started under the old one */
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_OK);
    for (int i = 0; i < 10; i++)
        rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_OK);

    reconfigure(&rig, "{\"loadBalancingConfig\": [{\"pick_first\": {}}]}");
    assert_non_null(rig_find(&rig, EK_ACTION_CLOSE, 0)); /* one connection is enough */
    assert_null(rig_find(&rig, EK_ACTION_CLOSE, 1));
    send = rig_sent(&rig);
    assert_int_equal(rig_sent(&rig).endpoint, send.endpoint);

    reconfigure(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}");
    assert_non_null(rig_find(&rig, EK_ACTION_CONNECT, 0)); /* all again */
    rig_close(&rig);
}

static void ejections_outlive_a_config_that_ejects_and_no_other(void **state)
{
    char config[512];
    struct rig rig;

    (void)state;
    snprintf(config, sizeof config, RR, ", \"outlierDetection\": {\"consecutiveFailures\": 1}");
    manual_open(&rig, config, "a:1,b:1");
    rig_connected(&rig, 0);
    rig_connected(&rig, 1);
    rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_INTERNAL);
    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 1);
    snprintf(config, sizeof config, RR,
             ", \"outlierDetection\": {\"failurePercentageEjection\": {}}");
    reconfigure(&rig, config);
    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 1);
    rig_wait(&rig, 30 * EK_S);
    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 0);

    snprintf(config, sizeof config, RR, ", \"outlierDetection\": {\"consecutiveFailures\": 1}");
    reconfigure(&rig, config);
    rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_INTERNAL);
    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 1);
    snprintf(config, sizeof config, RR, "");
    reconfigure(&rig, config);

    assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, 0);
    rig_close(&rig);
}

/* gRPC: remaining = max(0, interval - elapsed). */
static void a_new_interval_counts_from_the_last_sweep(void **state)
{
    char config[512];
    struct rig rig;

    (void)state;
    snprintf(config, sizeof config, RR, ", \"outlierDetection\": {\"successRateEjection\": {}}");
    manual_open(&rig, config, "a:1");
    rig_connected(&rig, 0);
    rig_wait(&rig, 10 * EK_S);
    rig_wait(&rig, 4 * EK_S);
    snprintf(config, sizeof config, RR,
             ", \"outlierDetection\": {\"interval\": \"6s\", \"successRateEjection\": {}}");
    reconfigure(&rig, config);
    assert_int_equal(ek_channel_deadline(rig.channel).ns, 16 * EK_S);
    snprintf(config, sizeof config, RR,
             ", \"outlierDetection\": {\"interval\": \"3s\", \"successRateEjection\": {}}");
    reconfigure(&rig, config);

    assert_int_equal(ek_channel_deadline(rig.channel).ns, 14 * EK_S);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g28_a_later_invalid_config_keeps_the_old_one),
        cmocka_unit_test(g28_without_a_valid_one_calls_fail),
        cmocka_unit_test(g68_the_bucket_stays_as_full_as_it_was),
        cmocka_unit_test(another_policy_takes_over_the_connections),
        cmocka_unit_test(ejections_outlive_a_config_that_ejects_and_no_other),
        cmocka_unit_test(a_new_interval_counts_from_the_last_sweep),
    };

    return cmocka_run_group_tests_name("core/reconfig", tests, NULL, NULL);
}
