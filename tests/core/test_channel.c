/* Connectivity of a channel: states, backoff, what fails and what waits. */
#include "manual.h"

#define RR    "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}"
#define THREE "[\"a:1\", \"b:1\", \"c:1\"]"

static void round_robin_connects_to_every_endpoint_at_once(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, RR, THREE);

    for (uint32_t e = 0; e < 3; e++) {
        assert_non_null(rig_find(&rig, EK_ACTION_CONNECT, e));
        assert_int_equal(rig_state(&rig, e), EK_CONN_CONNECTING);
    }
    assert_null(rig_find(&rig, EK_ACTION_CONNECT, 3));
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
    rig_close(&rig);
}

static void a_call_waits_until_the_first_connection_is_ready(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, RR, THREE);
    rig_call(&rig);
    assert_null(rig_find(&rig, EK_ACTION_SEND, 0));

    rig_connected(&rig, 1);

    assert_non_null(rig_find(&rig, EK_ACTION_SEND, 0));
    assert_int_equal(rig_find(&rig, EK_ACTION_SEND, 0)->endpoint, 1);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_close(&rig);
}

/* Nominal delays 1, 1.6, 2.56 s between attempt starts, each times 0.8 .. 1.2. */
static void refused_connections_are_tried_again_by_grpcs_backoff(void **state)
{
    static const int64_t nominal_ms[] = {1000, 1600, 2560, 4096};
    struct rig rig;

    (void)state;
    rig_open(&rig, RR, "[\"a:1\"]");
    for (size_t i = 0; i < 4; i++) {
        int64_t low = nominal_ms[i] * 8 / 10 * EK_MS, high = nominal_ms[i] * 12 / 10 * EK_MS;
        ek_time started = rig.now, again;

        rig_refused(&rig, 0);
        assert_int_equal(rig_state(&rig, 0), EK_CONN_TRANSIENT_FAILURE);
        again = ek_channel_deadline(rig.channel);
        assert_in_range(ek_time_since(again, started), low - EK_MS, high + EK_MS);
        rig_wait(&rig, ek_time_since(again, rig.now));
        assert_non_null(rig_find(&rig, EK_ACTION_CONNECT, 0));
    }
    rig_close(&rig);
}

static void backoff_never_exceeds_its_cap(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, RR, "[\"a:1\"]");
    for (int i = 0; i < 40; i++) {
        rig_refused(&rig, 0);
        assert_true(ek_time_since(ek_channel_deadline(rig.channel), rig.now) <= 144 * EK_S);
        rig_wait(&rig, ek_time_since(ek_channel_deadline(rig.channel), rig.now));
    }
    rig_close(&rig);
}

static void a_connection_that_hangs_fails_after_twenty_seconds(void **state)
{
    struct rig rig;
    const struct ek_action *note;

    (void)state;
    rig_open(&rig, RR, "[\"a:1\"]");
    rig_wait(&rig, 20 * EK_S - 1);
    assert_int_equal(rig_state(&rig, 0), EK_CONN_CONNECTING);

    rig_wait(&rig, 1);

    assert_non_null(rig_find(&rig, EK_ACTION_CLOSE, 0));
    note = rig_note(&rig, EK_NOTE_SUBCHANNEL_STATE);
    assert_int_equal(note->to, EK_CONN_TRANSIENT_FAILURE);
    assert_string_equal(rig_text(&rig, note), "connection timed out");
    rig_close(&rig);
}

static void calls_fail_fast_with_the_last_connection_error(void **state)
{
    struct rig rig;
    const struct ek_action *finish;

    (void)state;
    rig_open(&rig, RR, THREE);
    rig_call(&rig);
    rig_refused(&rig, 0);
    rig_refused(&rig, 1);
    assert_null(rig_find(&rig, EK_ACTION_FINISH, 0)); /* one is still connecting */

    rig_refused(&rig, 2);

    finish = rig_find(&rig, EK_ACTION_FINISH, 0);
    assert_non_null(finish);
    assert_int_equal(finish->status, EK_STATUS_UNAVAILABLE);
    assert_string_equal(rig_text(&rig, finish), "no endpoint is connected (0 of 3); last "
                                                "connection error: c:1: connection refused");
    rig_close(&rig);
}

/* gRPC: after TRANSIENT_FAILURE a subchannel counts as failing until it is READY. */
static void a_failing_channel_stays_failing_while_it_connects_again(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, RR, "[\"a:1\"]");
    rig_refused(&rig, 0);
    rig_wait(&rig, 2 * EK_S);
    assert_int_equal(rig_state(&rig, 0), EK_CONN_CONNECTING);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    rig_call(&rig);
    assert_int_equal(rig_find(&rig, EK_ACTION_FINISH, 0)->status, EK_STATUS_UNAVAILABLE);

    rig_connected(&rig, 0);

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_close(&rig);
}

static void a_call_that_waits_for_ready_outlasts_the_failure(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": "
             "[{\"name\": [{}], \"waitForReady\": true, \"timeout\": \"30s\"}]}",
             "[\"a:1\"]");
    rig_refused(&rig, 0);
    rig_call(&rig);
    assert_null(rig_find(&rig, EK_ACTION_FINISH, 0));
    rig_wait(&rig, 2 * EK_S);

    rig_connected(&rig, 0);

    assert_non_null(rig_find(&rig, EK_ACTION_SEND, 0));
    rig_close(&rig);
}

static void a_lost_connection_fails_its_calls_and_is_dialled_at_once(void **state)
{
    struct rig rig;
    struct ek_action first;
    const struct ek_action *cancel, *finish;

    (void)state;
    rig_open(&rig, RR, "[\"a:1\"]");
    rig_connected(&rig, 0);
    first = rig_sent(&rig);

    rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[0], "connection reset by peer");

    cancel = rig_find(&rig, EK_ACTION_CANCEL, 0);
    finish = rig_find(&rig, EK_ACTION_FINISH, 0);
    assert_true(cancel->attempt == first.attempt);
    assert_int_equal(finish->status, EK_STATUS_UNAVAILABLE);
    assert_string_equal(rig_text(&rig, finish), "a:1: connection reset by peer");
    assert_non_null(rig_find(&rig, EK_ACTION_CONNECT, 0));
    rig_close(&rig);
}

/* G80a, grpc-go's goaway_test.go: calls under way finish on the old connection, new ones use the
 * new one. */
static void g80_calls_under_way_survive_a_goaway(void **state)
{
    struct rig rig;
    struct ek_action first, second;
    uint64_t old;

    (void)state;
    rig_open(&rig, RR, "[\"a:1\"]");
    rig_connected(&rig, 0);
    old = rig.connections[0];
    first = rig_sent(&rig);

    rig_event(&rig, EK_EVENT_GOAWAY, old, NULL);
    assert_null(rig_find(&rig, EK_ACTION_CANCEL, 0));
    rig_connected(&rig, 0);
    second = rig_sent(&rig);
    rig_done(&rig, first.attempt, EK_STATUS_OK);

    assert_int_equal(rig_find(&rig, EK_ACTION_FINISH, 0)->status, EK_STATUS_OK);
    assert_true(second.connection != old);
    rig_close(&rig);
}

static void events_of_an_old_connection_change_nothing(void **state)
{
    struct rig rig;
    uint64_t old;

    (void)state;
    rig_open(&rig, RR, "[\"a:1\"]");
    old = rig.connections[0];
    rig_refused(&rig, 0);
    rig_wait(&rig, 2 * EK_S);
    assert_true(rig.connections[0] != old);

    rig_event(&rig, EK_EVENT_CONNECTED, old, NULL);

    assert_int_equal(rig_state(&rig, 0), EK_CONN_CONNECTING);
    rig_close(&rig);
}

/* ---- pick_first (A61) ---- */

#define PF "{\"loadBalancingConfig\": [{\"pick_first\": {}}]}"

static void pick_first_goes_down_the_list_until_one_accepts(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, PF, THREE);
    assert_int_equal(rig_find(&rig, EK_ACTION_CONNECT, 0)->endpoint, 0);
    assert_null(rig_find(&rig, EK_ACTION_CONNECT, 1));
    rig_refused(&rig, 0);
    assert_int_equal(rig_find(&rig, EK_ACTION_CONNECT, 0)->endpoint, 1);

    rig_connected(&rig, 1);

    assert_int_equal(rig_sent(&rig).endpoint, 1);
    assert_int_equal(rig_sent(&rig).endpoint, 1);
    rig_close(&rig);
}

static void pick_first_fails_once_all_have_failed(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, PF, THREE);
    rig_call(&rig);
    rig_refused(&rig, 0);
    rig_refused(&rig, 1);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);

    rig_refused(&rig, 2);

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    assert_int_equal(rig_find(&rig, EK_ACTION_FINISH, 0)->status, EK_STATUS_UNAVAILABLE);
    rig_close(&rig);
}

static void pick_first_rests_after_a_loss_until_a_call_wants_it(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, PF, THREE);
    rig_refused(&rig, 0);
    rig_connected(&rig, 1);

    rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[1], NULL);
    assert_null(rig_find(&rig, EK_ACTION_CONNECT, 0));
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_IDLE);
    rig_wait(&rig, 2 * EK_S); /* the first one's backoff is over */
    rig_call(&rig);

    assert_int_equal(rig_find(&rig, EK_ACTION_CONNECT, 0)->endpoint, 0); /* from the top */
    rig_close(&rig);
}

/* As Go's net/rpc: its client is shut down for good by the first broken connection. */
static void without_reconnect_a_lost_connection_is_the_end(void **state)
{
    struct rig rig;
    const struct ek_action *finish;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"pick_first\": {}}], \"connection\": "
             "{\"reconnect\": false}}",
             "[\"a:1\"]");
    rig_connected(&rig, 0);
    rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[0], "connection reset by peer");
    rig_wait(&rig, 3600 * EK_S);
    assert_null(rig_find(&rig, EK_ACTION_CONNECT, 0));

    rig_call(&rig);

    finish = rig_find(&rig, EK_ACTION_FINISH, 0);
    assert_int_equal(finish->status, EK_STATUS_UNAVAILABLE);
    assert_non_null(strstr(rig_text(&rig, finish), "connection is shut down"));
    rig_close(&rig);
}

/* ---- connecting on demand, as a plain HTTP client ---- */

static void on_demand_connects_when_a_call_needs_it(void **state)
{
    struct rig rig;
    const struct ek_action *connect, *send;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"connection\": "
             "{\"onDemand\": true}}",
             "[\"a:1\"]");
    assert_null(rig_find(&rig, EK_ACTION_CONNECT, 0));

    rig_call(&rig);
    connect = rig_find(&rig, EK_ACTION_CONNECT, 0);
    send = rig_find(&rig, EK_ACTION_SEND, 0);
    assert_true(connect < send && connect->connection == send->connection);
    rig_refused(&rig, 0);

    assert_int_equal(rig_find(&rig, EK_ACTION_CANCEL, 0)->status, EK_STATUS_UNAVAILABLE);
    assert_int_equal(rig_find(&rig, EK_ACTION_FINISH, 0)->status, EK_STATUS_UNAVAILABLE);
    rig_close(&rig);
}

static void a_clock_that_runs_backwards_is_clamped_and_counted(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, RR, "[\"a:1\"]");
    rig_connected(&rig, 0);
    rig_wait(&rig, 10 * EK_S);
    rig.now = (ek_time){9 * EK_S};

    rig_call(&rig);

    assert_int_equal(rig_note(&rig, EK_NOTE_CLOCK_BACKWARDS)->value, EK_S);
    assert_int_equal(ek_channel_stats(rig.channel).clock_backwards, 1);
    assert_non_null(rig_find(&rig, EK_ACTION_SEND, 0));
    rig_close(&rig);
}

/* ---- what the connections of all make of a channel ---- */

/* G22, grpc-go's TestRoundRobin_AddressesRemoved: an empty list fails calls at once. */
static void g22_an_empty_list_fails_calls_at_once(void **state)
{
    struct rig rig;
    const struct ek_action *finish;

    (void)state;
    manual_open(&rig, RR, "a:1,b:1");
    rig_connected(&rig, 0);
    rig_connected(&rig, 1);

    manual_list(&rig, "");
    rig_call(&rig);

    finish = rig_finish(&rig);
    assert_non_null(finish);
    assert_int_equal(finish->status, EK_STATUS_UNAVAILABLE);
    assert_non_null(strstr(rig_text(&rig, finish), "no children to pick from"));
    rig_close(&rig);
}

/* G22, grpc-go's TestRoundRobin_NewAddressWhileBlocking: who waits for ready gets the new list. */
static void g22_who_waits_for_ready_outlasts_an_empty_list(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig,
                "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": [{\"name\": "
                "[{}], \"waitForReady\": true}]}",
                "a:1");
    rig_connected(&rig, 0);
    manual_list(&rig, "");
    rig_call(&rig);
    assert_null(rig_finish(&rig));

    manual_list(&rig, "b:1");
    rig_connected(&rig, 1);

    assert_int_equal(rig_find(&rig, EK_ACTION_SEND, 0)->endpoint, 1);
    rig_close(&rig);
}

/* G24, grpc-go's balancer/endpointsharding TestRotateEndpoints: 1 .. 5 rotated by 2 is 3, 4, 5, 1,
 * 2. By how much is drawn, so with some seed by 2. */
static void g24_grpc_go_connects_to_a_rotation_of_the_list(void **state)
{
    bool has_rotated_by_two = false;

    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct rig rig;
        uint32_t first;

        rig_open_with(
            &rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"dialect\": \"grpc-go\"}",
            NULL, &manual_ops, seed, 0);
        manual_list(&rig, "one:1,two:1,three:1,four:1,five:1");
        first = rig_find(&rig, EK_ACTION_CONNECT, 0)->endpoint;
        for (uint32_t i = 0; i < 5; i++)
            assert_int_equal(rig_find(&rig, EK_ACTION_CONNECT, i)->endpoint, (first + i) % 5);
        has_rotated_by_two |= first == 2;
        rig_close(&rig);
    }
    assert_true(has_rotated_by_two); /* else one chance in (5 / 4)^100 */
}

/* What becomes of `n` subchannels: each letter is that state's. Waiting for a second, an idle one
 * has long begun to connect, as all policies but pick_first want. */
static enum ek_conn state_of(const char *policy, const char *letters)
{
    struct rig rig;
    char config[128], list[64] = "";
    enum ek_conn state;

    snprintf(config, sizeof config, "{\"loadBalancingConfig\": [{\"%s\": {}}]}", policy);
    for (size_t i = 0; letters[i] != '\0'; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%c:1", i > 0 ? "," : "",
                 (int)('a' + i));
    manual_open(&rig, config, list);
    for (uint32_t i = 0; letters[i] != '\0'; i++) {
        if (letters[i] == 'F')
            rig_refused(&rig, i);
        if (letters[i] == 'R' || letters[i] == 'I')
            rig_connected(&rig, i);
    }
    for (uint32_t i = 0; letters[i] != '\0'; i++)
        if (letters[i] == 'I')
            rig_event(&rig, EK_EVENT_GOAWAY, rig.connections[i], NULL);
    state = ek_channel_state(rig.channel);
    rig_close(&rig);
    return state;
}

/* G26, grpc-go's balancer/conn_state_evaluator_test.go; an IDLE child connects at once, so where
 * Go's evaluator says IDLE the channel is CONNECTING, as its round_robin is. */
static void g26_the_best_state_of_all_is_the_channels(void **state)
{
    (void)state;
    assert_int_equal(state_of("round_robin", "RICF"), EK_CONN_READY);
    assert_int_equal(state_of("round_robin", "CIF"), EK_CONN_CONNECTING);
    assert_int_equal(state_of("round_robin", "IF"), EK_CONN_CONNECTING);
    assert_int_equal(state_of("round_robin", "FF"), EK_CONN_TRANSIENT_FAILURE);
    assert_int_equal(state_of("round_robin", ""), EK_CONN_TRANSIENT_FAILURE);
}

/* G46, grpc-go's ringhash TestAggregatedConnectivityState. [CONNECTING, TF, TF] is TF there to the
 * policies above it, while its own picker still waits for the one that connects (A61): a channel
 * is what its calls meet, so here it is CONNECTING. One TF and idle ones: CONNECTING. */
static void g46_a_ring_connects_while_anyone_does(void **state)
{
    (void)state;
    assert_int_equal(state_of("ring_hash", "RF"), EK_CONN_READY);
    assert_int_equal(state_of("ring_hash", "CF"), EK_CONN_CONNECTING);
    assert_int_equal(state_of("ring_hash", "CFF"), EK_CONN_CONNECTING);
    assert_int_equal(state_of("ring_hash", "FII"), EK_CONN_CONNECTING);
    assert_int_equal(state_of("ring_hash", "FF"), EK_CONN_TRANSIENT_FAILURE);
}

/* G44, grpc-go's ringhash TestPickerRandomHash: a call without a key goes to whoever is READY, and
 * waits where nobody is and somebody connects. Nobody stays IDLE until a pick asks for it: all are
 * connected to at once, so "connect 0" and "no connect" have no counterpart. */
static void g44_a_call_without_a_key_goes_to_whoever_is_ready(void **state)
{
    static const struct {
        const char *letters;
        int endpoint; /* -1: it waits */
    } cases[] = {{"RI", 0}, {"IR", 1}, {"CI", -1}, {"FI", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        const struct ek_action *send;

        manual_open(&rig, "{\"loadBalancingConfig\": [{\"ring_hash\": {}}]}", "a:1,b:1");
        for (uint32_t e = 0; e < 2; e++) {
            if (cases[i].letters[e] == 'R')
                rig_connected(&rig, e);
            if (cases[i].letters[e] == 'F')
                rig_refused(&rig, e);
        }
        rig_call(&rig);

        send = rig_find(&rig, EK_ACTION_SEND, 0);
        assert_int_equal(send == NULL ? -1 : (int)send->endpoint, cases[i].endpoint);
        assert_null(rig_finish(&rig));
        rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_robin_connects_to_every_endpoint_at_once),
        cmocka_unit_test(a_call_waits_until_the_first_connection_is_ready),
        cmocka_unit_test(refused_connections_are_tried_again_by_grpcs_backoff),
        cmocka_unit_test(backoff_never_exceeds_its_cap),
        cmocka_unit_test(a_connection_that_hangs_fails_after_twenty_seconds),
        cmocka_unit_test(calls_fail_fast_with_the_last_connection_error),
        cmocka_unit_test(a_failing_channel_stays_failing_while_it_connects_again),
        cmocka_unit_test(a_call_that_waits_for_ready_outlasts_the_failure),
        cmocka_unit_test(a_lost_connection_fails_its_calls_and_is_dialled_at_once),
        cmocka_unit_test(g80_calls_under_way_survive_a_goaway),
        cmocka_unit_test(events_of_an_old_connection_change_nothing),
        cmocka_unit_test(pick_first_goes_down_the_list_until_one_accepts),
        cmocka_unit_test(pick_first_fails_once_all_have_failed),
        cmocka_unit_test(pick_first_rests_after_a_loss_until_a_call_wants_it),
        cmocka_unit_test(without_reconnect_a_lost_connection_is_the_end),
        cmocka_unit_test(on_demand_connects_when_a_call_needs_it),
        cmocka_unit_test(a_clock_that_runs_backwards_is_clamped_and_counted),
        cmocka_unit_test(g22_an_empty_list_fails_calls_at_once),
        cmocka_unit_test(g22_who_waits_for_ready_outlasts_an_empty_list),
        cmocka_unit_test(g24_grpc_go_connects_to_a_rotation_of_the_list),
        cmocka_unit_test(g26_the_best_state_of_all_is_the_channels),
        cmocka_unit_test(g44_a_call_without_a_key_goes_to_whoever_is_ready),
        cmocka_unit_test(g46_a_ring_connects_while_anyone_does),
    };

    return cmocka_run_group_tests_name("core/channel", tests, NULL, NULL);
}
