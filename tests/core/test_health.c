/* Active health: probes, thresholds, and gRPC's streams (A17). */
#include "manual.h"

#define CHECK(members)                                                                          \
    "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"healthCheck\": {\"kind\": \"http\", " \
    "\"path\": \"/health\", \"interval\": \"10s\", \"timeout\": \"1s\", \"jitter\": \"0%\", "   \
    "\"unhealthyThreshold\": 3, \"healthyThreshold\": 2" members "}}"
#define WATCH                                                                    \
    "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"healthCheckConfig\": " \
    "{\"serviceName\": \"shop\"}}"

static const struct ek_action *probe_of(const struct rig *rig, uint32_t endpoint)
{
    const struct ek_action *probe;

    for (size_t n = 0; (probe = rig_find(rig, EK_ACTION_PROBE, n)) != NULL; n++)
        if (probe->endpoint == endpoint)
            return probe;
    return NULL;
}

static void tell(struct rig *rig, enum ek_event_kind kind, uint64_t probe, enum ek_status status)
{
    const struct ek_event event = {
        .kind = kind,
        .probe = probe,
        .status = status,
        .text = status == EK_STATUS_OK ? NULL : "status 503",
    };

    ek_channel_input(rig->channel, &event, rig->now);
    rig_pull(rig);
}

static struct ek_endpoint_view view_of(const struct rig *rig, uint32_t e)
{
    struct ek_endpoint_view view;

    assert_true(ek_channel_endpoint(rig->channel, e, &view));
    return view;
}

/* The next probe of endpoint 0 ends so; those of endpoint 1 pass. */
static void next_probe(struct rig *rig, enum ek_status status)
{
    for (;;) {
        const struct ek_action *mine = probe_of(rig, 0), *other = probe_of(rig, 1);
        uint64_t probe = mine != NULL ? mine->probe : 0;

        if (other != NULL)
            tell(rig, EK_EVENT_PROBE_DONE, other->probe, EK_STATUS_OK);
        if (probe != 0) {
            tell(rig, EK_EVENT_PROBE_DONE, probe, status);
            return;
        }
        rig_wait(rig, ek_time_since(ek_channel_deadline(rig->channel), rig->now));
    }
}

static void a_probe_asks_for_what_is_configured(void **state)
{
    struct rig rig;
    const struct ek_action *probe;

    (void)state;
    manual_open(&rig, CHECK(""), "a:1");
    rig_wait(&rig, 0);

    probe = probe_of(&rig, 0);
    assert_int_equal(probe->number, EK_PROBE_HTTP);
    assert_string_equal(rig_text(&rig, probe), "/health");
    assert_int_equal(probe->value, EK_S);
    rig_close(&rig);
}

static void three_failures_in_a_row_turn_it_unhealthy_and_two_passes_back(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, CHECK(""), "a:1,b:1");
    rig_connected(&rig, 0);
    rig_connected(&rig, 1);
    next_probe(&rig, EK_STATUS_UNAVAILABLE);
    next_probe(&rig, EK_STATUS_UNAVAILABLE);
    next_probe(&rig, EK_STATUS_OK); /* breaks the row */
    next_probe(&rig, EK_STATUS_UNAVAILABLE);
    next_probe(&rig, EK_STATUS_UNAVAILABLE);
    assert_false(view_of(&rig, 0).is_unhealthy);
    next_probe(&rig, EK_STATUS_UNAVAILABLE);
    assert_int_equal(rig_note(&rig, EK_NOTE_UNHEALTHY)->number, 3);
    assert_string_equal(rig_text(&rig, rig_note(&rig, EK_NOTE_UNHEALTHY)), "status 503");
    for (int i = 0; i < 6; i++)
        assert_int_equal(rig_sent(&rig).endpoint, 1);

    rig.action_count = 0;
    next_probe(&rig, EK_STATUS_OK);
    assert_true(view_of(&rig, 0).is_unhealthy);
    next_probe(&rig, EK_STATUS_OK);

    assert_false(view_of(&rig, 0).is_unhealthy);
    assert_int_equal(rig_note(&rig, EK_NOTE_HEALTHY)->number, 2);
    rig_close(&rig);
}

static void a_probe_without_an_answer_has_failed(void **state)
{
    struct rig rig;
    uint64_t probe;

    (void)state;
    manual_open(&rig, CHECK(", \"initial\": \"unhealthy\""), "a:1");
    rig_connected(&rig, 0);
    rig_wait(&rig, 0);
    probe = probe_of(&rig, 0)->probe;
    rig_wait(&rig, EK_S);
    assert_true(rig_find(&rig, EK_ACTION_PROBE_CANCEL, 0)->probe == probe);
    assert_true(view_of(&rig, 0).is_unhealthy);

    tell(&rig, EK_EVENT_PROBE_DONE, probe, EK_STATUS_OK); /* too late */

    assert_true(view_of(&rig, 0).is_unhealthy);
    assert_int_equal(ek_channel_stats(rig.channel).probes_unfinished, 0);
    rig_close(&rig);
}

/* The interval runs from the end of a probe. */
static void probes_follow_one_another_by_the_interval(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, CHECK(""), "a:1");
    rig_connected(&rig, 0);
    rig_wait(&rig, 0);
    rig.now = ek_time_add(rig.now, 400 * EK_MS);
    next_probe(&rig, EK_STATUS_OK);

    assert_int_equal(ek_channel_deadline(rig.channel).ns, 10400 * EK_MS);
    rig_close(&rig);
}

static void jitter_spreads_probes_over_its_share_of_the_interval(void **state)
{
    int64_t low = INT64_MAX, high = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct rig rig;
        int64_t first;

        rig_open_with(&rig,
                      "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"healthCheck\": "
                      "{\"kind\": \"tcp\", \"interval\": \"10s\", \"jitter\": \"50%\"}}",
                      NULL, &manual_ops, seed, 0);
        manual_list(&rig, "a:1");
        first = ek_channel_deadline(rig.channel).ns;
        low = first < low ? first : low;
        high = first > high ? first : high;
        rig_close(&rig);
    }

    assert_in_range(low, 0, 200 * EK_MS); /* of 0 .. 5 s; 500 draws miss 4 % with .96^500 */
    assert_in_range(high, 4800 * EK_MS, 5 * EK_S);
}

/* Envoy: not before the first probe has passed, and one is enough. */
static void initially_unhealthy_endpoints_wait_for_their_first_pass(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, CHECK(", \"initial\": \"unhealthy\""), "a:1");
    rig_connected(&rig, 0);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
    rig_call(&rig);
    assert_null(rig_find(&rig, EK_ACTION_SEND, 0));
    rig_wait(&rig, 0);

    tell(&rig, EK_EVENT_PROBE_DONE, probe_of(&rig, 0)->probe, EK_STATUS_OK);

    assert_non_null(rig_find(&rig, EK_ACTION_SEND, 0));
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_close(&rig);
}

static void when_all_are_unhealthy_calls_fail_and_say_why(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, CHECK(""), "a:1");
    rig_connected(&rig, 0);
    for (int i = 0; i < 3; i++)
        next_probe(&rig, EK_STATUS_UNAVAILABLE);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    rig_call(&rig);

    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);
    assert_string_equal(rig_text(&rig, rig_finish(&rig)),
                        "no endpoint is healthy (0 of 1); last health check: a:1: status 503");
    rig_close(&rig);
}

static void a_removed_endpoint_is_probed_no_more(void **state)
{
    struct rig rig;
    uint64_t probe;

    (void)state;
    manual_open(&rig, CHECK(""), "a:1,b:1");
    rig_wait(&rig, 0);
    probe = probe_of(&rig, 0)->probe;
    manual_list(&rig, "b:1");
    assert_true(rig_find(&rig, EK_ACTION_PROBE_CANCEL, 0)->probe == probe);
    tell(&rig, EK_EVENT_PROBE_DONE, probe, EK_STATUS_UNAVAILABLE);
    rig_wait(&rig, 100 * EK_S);

    assert_null(probe_of(&rig, 0));
    assert_int_equal(ek_channel_stats(rig.channel).endpoints_unhealthy, 0);
    rig_close(&rig);
}

/* Envoy's successful_active_hc_uneject. */
static void a_passed_probe_may_end_an_ejection(void **state)
{
    static const char *const dialects[] = {"grpc", "envoy"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char config[512];
        struct rig rig;

        snprintf(config, sizeof config,
                 "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"healthCheck\": {\"kind\": "
                 "\"tcp\", \"jitter\": \"0%%\"}, \"outlierDetection\": {\"consecutiveFailures\": "
                 "1}, \"dialect\": \"%s\"}",
                 dialects[i]);
        manual_open(&rig, config, "a:1");
        rig_connected(&rig, 0);
        rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_INTERNAL);
        assert_true(view_of(&rig, 0).is_ejected);

        next_probe(&rig, EK_STATUS_OK);

        assert_int_equal(view_of(&rig, 0).is_ejected, i == 0);
        rig_close(&rig);
    }
}

/* A61: health does not matter to a pick_first of its own. */
static void pick_first_is_not_probed(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig,
                "{\"loadBalancingConfig\": [{\"pick_first\": {}}], \"healthCheckConfig\": "
                "{\"serviceName\": \"\"}}",
                "a:1");
    rig_connected(&rig, 0);

    assert_null(rig_find(&rig, EK_ACTION_PROBE, 0));
    assert_non_null(rig_find(&rig, EK_ACTION_NOTE, 0));
    rig_sent(&rig);
    rig_close(&rig);
}

/* ---- streams ---- */

static uint64_t open_watched(struct rig *rig)
{
    const struct ek_action *probe;

    manual_open(rig, WATCH, "a:1");
    rig_connected(rig, 0);
    probe = probe_of(rig, 0);
    assert_int_equal(probe->number, EK_PROBE_STREAM);
    assert_true(probe->connection == rig->connections[0]);
    assert_string_equal(rig_text(rig, probe), "shop");
    return probe->probe;
}

static void a_connection_is_used_once_its_stream_says_serving(void **state)
{
    struct rig rig;
    uint64_t probe;

    (void)state;
    probe = open_watched(&rig);
    rig_call(&rig);
    assert_null(rig_find(&rig, EK_ACTION_SEND, 0));
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
    tell(&rig, EK_EVENT_PROBE_ANSWER, probe, EK_STATUS_OK);
    assert_non_null(rig_find(&rig, EK_ACTION_SEND, 0));

    tell(&rig, EK_EVENT_PROBE_ANSWER, probe, EK_STATUS_UNAVAILABLE); /* NOT_SERVING */

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    assert_null(rig_find(&rig, EK_ACTION_CLOSE, 0)); /* the connection is kept */
    assert_null(rig_find(&rig, EK_ACTION_CANCEL, 0));
    rig_close(&rig);
}

static void a_server_without_the_service_is_healthy(void **state)
{
    struct rig rig;
    uint64_t probe;

    (void)state;
    probe = open_watched(&rig);
    tell(&rig, EK_EVENT_PROBE_DONE, probe, EK_STATUS_UNIMPLEMENTED);

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_wait(&rig, 3600 * EK_S);
    assert_null(probe_of(&rig, 0));
    rig_close(&rig);
}

/* At once after a message, else after 1 s, 1.6 s ... (+-20 %). */
static void a_stream_that_ends_is_opened_again(void **state)
{
    struct rig rig;
    uint64_t probe;
    int64_t wait;

    (void)state;
    probe = open_watched(&rig);
    tell(&rig, EK_EVENT_PROBE_ANSWER, probe, EK_STATUS_OK);
    tell(&rig, EK_EVENT_PROBE_DONE, probe, EK_STATUS_UNAVAILABLE);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    rig_wait(&rig, 0);
    assert_non_null(probe_of(&rig, 0));
    for (int i = 0; i < 2; i++) {
        static const int64_t nominal_ms[] = {1000, 1600};

        tell(&rig, EK_EVENT_PROBE_DONE, probe_of(&rig, 0)->probe, EK_STATUS_UNAVAILABLE);
        wait = ek_time_since(ek_channel_deadline(rig.channel), rig.now);
        assert_in_range(wait, nominal_ms[i] * 8 / 10 * EK_MS, nominal_ms[i] * 12 / 10 * EK_MS);
        rig_wait(&rig, wait);
    }

    tell(&rig, EK_EVENT_PROBE_ANSWER, probe_of(&rig, 0)->probe, EK_STATUS_OK);

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_close(&rig);
}

static void each_connection_has_a_stream_of_its_own(void **state)
{
    struct rig rig;
    uint64_t probe;

    (void)state;
    probe = open_watched(&rig);
    tell(&rig, EK_EVENT_PROBE_ANSWER, probe, EK_STATUS_OK);
    rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[0], "reset");
    assert_true(rig_find(&rig, EK_ACTION_PROBE_CANCEL, 0)->probe == probe);
    rig_connected(&rig, 0);

    assert_true(probe_of(&rig, 0)->probe != probe);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_probe_asks_for_what_is_configured),
        cmocka_unit_test(three_failures_in_a_row_turn_it_unhealthy_and_two_passes_back),
        cmocka_unit_test(a_probe_without_an_answer_has_failed),
        cmocka_unit_test(probes_follow_one_another_by_the_interval),
        cmocka_unit_test(jitter_spreads_probes_over_its_share_of_the_interval),
        cmocka_unit_test(initially_unhealthy_endpoints_wait_for_their_first_pass),
        cmocka_unit_test(when_all_are_unhealthy_calls_fail_and_say_why),
        cmocka_unit_test(a_removed_endpoint_is_probed_no_more),
        cmocka_unit_test(a_passed_probe_may_end_an_ejection),
        cmocka_unit_test(pick_first_is_not_probed),
        cmocka_unit_test(a_connection_is_used_once_its_stream_says_serving),
        cmocka_unit_test(a_server_without_the_service_is_healthy),
        cmocka_unit_test(a_stream_that_ends_is_opened_again),
        cmocka_unit_test(each_connection_has_a_stream_of_its_own),
    };

    return cmocka_run_group_tests_name("core/health", tests, NULL, NULL);
}
