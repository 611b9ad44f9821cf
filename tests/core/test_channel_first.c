/* pick_first's connections (A61, A62, A113): who is tried when, in which order, and what is kept.
 */
#include "core/channel.h"
#include "manual.h"

#define PF      "{\"loadBalancingConfig\": [{\"pick_first\": {}}]}"
#define DIALECT "{\"loadBalancingConfig\": [{\"pick_first\": {}}], \"dialect\": \"%s\"}"

static uint64_t hints(const struct rig *rig)
{
    return ((const struct manual *)rig->channel->resolver_self)->hints;
}

static uint32_t connecting(const struct rig *rig)
{
    const struct ek_action *connect = rig_find(rig, EK_ACTION_CONNECT, 0);

    return connect != NULL ? connect->endpoint : EK_NO_ENDPOINT;
}

/* ---- G30, grpc-go's TestPickFirstLeaf_HappyEyeballs ---- */

static void g30_the_next_address_starts_after_250_ms(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1,b:1");
    assert_int_equal(connecting(&rig), 0);
    rig_wait(&rig, 250 * EK_MS - 1);
    assert_int_equal(connecting(&rig), EK_NO_ENDPOINT);
    rig_wait(&rig, 1);
    assert_int_equal(connecting(&rig), 1);

    rig_connected(&rig, 1);

    assert_int_equal(rig_find(&rig, EK_ACTION_CLOSE, 0)->connection, rig.connections[0]);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    assert_int_equal(rig_sent(&rig).endpoint, 1);
    rig_close(&rig);
}

static void g30_it_fails_only_after_the_last_of_three_pending(void **state)
{
    static const uint32_t order[] = {2, 1, 0};
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1,b:1,c:1");
    rig_wait(&rig, 250 * EK_MS);
    rig_wait(&rig, 250 * EK_MS);
    assert_int_equal(connecting(&rig), 2);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
        rig_refused(&rig, order[i]);
    }

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    assert_int_equal(hints(&rig), 1);
    rig_close(&rig);
}

static void g30_a_failure_replaces_the_timer(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1,b:1,c:1");
    rig_wait(&rig, 200 * EK_MS);
    rig_refused(&rig, 0);
    assert_int_equal(connecting(&rig), 1);
    rig_wait(&rig, 50 * EK_MS); /* the first one's timer */
    assert_int_equal(connecting(&rig), EK_NO_ENDPOINT);
    rig_wait(&rig, 200 * EK_MS);

    assert_int_equal(connecting(&rig), 2);
    rig_close(&rig);
}

static void the_delay_is_clamped_to_a61s_range(void **state)
{
    static const struct {
        const char *written;
        int64_t ms;
    } cases[] = {{"1ms", 100}, {"100ms", 100}, {"300ms", 300}, {"5s", 2000}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char config[256];
        struct rig rig;

        snprintf(config, sizeof config,
                 "{\"loadBalancingConfig\": [{\"pick_first\": {}}], \"connection\": "
                 "{\"attemptDelay\": \"%s\"}}",
                 cases[i].written);
        manual_open(&rig, config, "a:1,b:1");
        assert_int_equal(ek_channel_deadline(rig.channel).ns, cases[i].ms * EK_MS);
        rig_close(&rig);
    }
}

static void without_a_delay_the_next_waits_for_the_failure(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig,
                "{\"loadBalancingConfig\": [{\"pick_first\": {}}], \"connection\": "
                "{\"attemptDelay\": \"0s\"}}",
                "a:1,b:1");
    rig_wait(&rig, 19 * EK_S);
    assert_int_equal(connecting(&rig), EK_NO_ENDPOINT);
    rig_refused(&rig, 0);

    assert_int_equal(connecting(&rig), 1);
    rig_close(&rig);
}

/* ---- G32, _ActiveBackendInUpdatedList, _DisjointLists ---- */

static void g32_a_list_with_the_connected_address_changes_nothing(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1,b:1");
    rig_connected(&rig, 0);
    manual_list(&rig, "c:1,b:1,a:1");

    assert_int_equal(connecting(&rig), EK_NO_ENDPOINT);
    assert_null(rig_note(&rig, EK_NOTE_CHANNEL_STATE));
    assert_int_equal(rig_sent(&rig).endpoint, 0);
    rig_close(&rig);
}

static void g32_a_disjoint_list_is_connected_to_at_once(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1,b:1");
    rig_connected(&rig, 0);
    manual_list(&rig, "c:1,d:1");
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
    assert_int_equal(connecting(&rig), 2);
    rig_connected(&rig, 2);

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_close(&rig);
}

/* C-core, and the specification: IDLE until a call comes. */
static void c_core_rests_when_its_address_is_gone(void **state)
{
    char config[256];
    struct rig rig;

    (void)state;
    snprintf(config, sizeof config, DIALECT, "grpc-core");
    manual_open(&rig, config, "a:1");
    rig_connected(&rig, 0);
    manual_list(&rig, "b:1");
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_IDLE);
    assert_int_equal(connecting(&rig), EK_NO_ENDPOINT);
    rig_call(&rig);

    assert_int_equal(connecting(&rig), 1);
    rig_close(&rig);
}

static void a_list_does_not_wake_an_idle_channel(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1");
    rig_connected(&rig, 0);
    rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[0], "reset");
    manual_list(&rig, "a:1,b:1");

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_IDLE);
    assert_int_equal(connecting(&rig), EK_NO_ENDPOINT);
    rig_close(&rig);
}

/* An address that was connecting goes on. */
static void a_new_list_reuses_what_is_connecting(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1,b:1");
    manual_list(&rig, "c:1,a:1");
    assert_int_equal(connecting(&rig), 2); /* a new pass, from the top */
    rig_connected(&rig, 0);

    assert_int_equal(rig_sent(&rig).endpoint, 0);
    rig_close(&rig);
}

/* ---- G34, TestPickFirst_ResolverError ---- */

static void g34_a_resolver_error_counts_only_without_a_list(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, NULL);
    manual_error(&rig, "no such host");
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    rig_call(&rig);
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);
    assert_non_null(strstr(rig_text(&rig, rig_finish(&rig)), "no such host"));
    manual_list(&rig, "a:1");
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
    manual_error(&rig, "no such host");
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
    rig_connected(&rig, 0);
    manual_error(&rig, "no such host");

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_close(&rig);
}

/* ---- TRANSIENT_FAILURE ---- */

static void it_is_sticky_until_a_connection_is_ready(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1,b:1");
    rig_refused(&rig, 0);
    rig_refused(&rig, 1);
    rig_wait(&rig, 2 * EK_S);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    manual_list(&rig, "c:1");
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    rig_connected(&rig, 2);

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_close(&rig);
}

/* The failure of an empty list is not. */
static void after_an_empty_list_it_connects_again(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1");
    manual_list(&rig, "");
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    manual_list(&rig, "b:1");

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
    rig_close(&rig);
}

/* A hint at the end of the pass, and then one for every N failures. */
static void the_resolver_is_asked_again_every_n_failures(void **state)
{
    struct rig rig;

    (void)state;
    manual_open(&rig, PF, "a:1,b:1,c:1");
    for (uint32_t e = 0; e < 3; e++) {
        assert_int_equal(hints(&rig), 0);
        rig_refused(&rig, e);
    }
    assert_int_equal(hints(&rig), 1);
    for (uint32_t failures = 1; failures <= 9; failures++) {
        uint32_t e;

        do
            rig_wait(&rig, ek_time_since(ek_channel_deadline(rig.channel), rig.now));
        while (connecting(&rig) == EK_NO_ENDPOINT);
        e = connecting(&rig);
        rig_refused(&rig, e);
        assert_int_equal(hints(&rig), 1 + failures / 3);
    }
    rig_close(&rig);
}

/* ---- order ---- */

/* G36: [A,B,A]: each is tried once. */
static void g36_an_address_given_twice_is_tried_once(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, PF, "[\"a:1\", \"b:1\", \"a:1\"]");
    rig_refused(&rig, 0);
    rig_refused(&rig, 1);

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_TRANSIENT_FAILURE);
    assert_int_equal(ek_channel_stats(rig.channel).endpoints_listed, 2);
    rig_close(&rig);
}

/* The addresses that are tried, by refusing each. */
static void order_of(struct rig *rig, uint32_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        order[i] = connecting(rig);
        assert_true(order[i] != EK_NO_ENDPOINT);
        rig_refused(rig, order[i]);
    }
}

/* A61: families in the order they first appear, one of each in turn; v4-mapped is v4. */
static void families_take_turns(void **state)
{
    static const uint32_t expected[] = {0, 2, 5, 1, 3, 4};
    uint32_t order[6];
    struct rig rig;

    (void)state;
    manual_open(&rig, PF,
                "[2001:db8::1]:80,[2001:db8::2]:80,10.0.0.1:80,[::ffff:10.0.0.2]:80,"
                "10.0.0.3:80,host:80");
    order_of(&rig, order, 6);

    assert_memory_equal(order, expected, sizeof expected);
    rig_close(&rig);
}

/* 3! orders, each with probability 1/6 over 6,000 seeds: 1,000, sd 28.9; 6 sd. */
static void shuffling_gives_every_order_its_share(void **state)
{
    int counts[3][3] = {{0}}; /* by first and second */

    (void)state;
    for (uint64_t seed = 0; seed < 6000; seed++) {
        struct rig rig;
        uint32_t order[3];

        rig_open_with(&rig,
                      "{\"loadBalancingConfig\": [{\"pick_first\": {\"shuffleAddressList\": "
                      "true}}]}",
                      NULL, &manual_ops, seed, 0);
        manual_list(&rig, "a:1,b:1,c:1");
        order_of(&rig, order, 3);
        counts[order[0]][order[1]]++;
        rig_close(&rig);
    }

    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            if (a != b)
                assert_in_range(counts[a][b], 1000 - 173, 1000 + 173);
}

/* A113: key u^(1/w), descending. G36: with u = .5 everywhere the heaviest is first. */
static void g36_heavier_endpoints_have_the_larger_key(void **state)
{
    (void)state;
    assert_true(ek__shuffle_key(0.5, 3) > ek__shuffle_key(0.5, 2));
    assert_true(ek__shuffle_key(0.5, 2) > ek__shuffle_key(0.5, 1));
    /* .9^(1/1) = .9 < .5^(1/10) = .933 */
    assert_true(ek__shuffle_key(0.9, 1) < ek__shuffle_key(0.5, 10));
}

/* The first of weights 1, 2, 3 is each with 1/6, 2/6, 3/6 (exponential races): 6,000 seeds, sd at
 * most 38.7; 6 sd. */
static void a_weighted_shuffle_puts_weights_first_in_proportion(void **state)
{
    int first[3] = {0};

    (void)state;
    for (uint64_t seed = 0; seed < 6000; seed++) {
        struct rig rig;

        rig_open_with(&rig,
                      "{\"loadBalancingConfig\": [{\"pick_first\": {\"shuffleAddressList\": "
                      "true}}]}",
                      NULL, &manual_ops, seed, 0);
        manual_list(&rig, "a:1*1,b:1*2,c:1*3");
        first[connecting(&rig)]++;
        rig_close(&rig);
    }

    for (int i = 0; i < 3; i++)
        assert_in_range(first[i], 1000 * (i + 1) - 233, 1000 * (i + 1) + 233);
}

/* ---- backoff of another dialect (G76) ---- */

/* grpc-go: the first delay is exactly 1 s, and runs from the failure. */
static void grpc_go_waits_exactly_a_second_after_the_first_failure(void **state)
{
    char config[256];
    struct rig rig;

    (void)state;
    snprintf(config, sizeof config,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"dialect\": \"grpc-go\"}");
    manual_open(&rig, config, "a:1");
    rig_wait(&rig, 300 * EK_MS);
    rig_refused(&rig, 0);
    assert_int_equal(ek_channel_deadline(rig.channel).ns, 1300 * EK_MS);
    rig_wait(&rig, EK_S);
    rig_refused(&rig, 0);

    assert_in_range(ek_channel_deadline(rig.channel).ns, 1300 * EK_MS + 1280 * EK_MS,
                    1300 * EK_MS + 1920 * EK_MS);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g30_the_next_address_starts_after_250_ms),
        cmocka_unit_test(g30_it_fails_only_after_the_last_of_three_pending),
        cmocka_unit_test(g30_a_failure_replaces_the_timer),
        cmocka_unit_test(the_delay_is_clamped_to_a61s_range),
        cmocka_unit_test(without_a_delay_the_next_waits_for_the_failure),
        cmocka_unit_test(g32_a_list_with_the_connected_address_changes_nothing),
        cmocka_unit_test(g32_a_disjoint_list_is_connected_to_at_once),
        cmocka_unit_test(c_core_rests_when_its_address_is_gone),
        cmocka_unit_test(a_list_does_not_wake_an_idle_channel),
        cmocka_unit_test(a_new_list_reuses_what_is_connecting),
        cmocka_unit_test(g34_a_resolver_error_counts_only_without_a_list),
        cmocka_unit_test(it_is_sticky_until_a_connection_is_ready),
        cmocka_unit_test(after_an_empty_list_it_connects_again),
        cmocka_unit_test(the_resolver_is_asked_again_every_n_failures),
        cmocka_unit_test(g36_an_address_given_twice_is_tried_once),
        cmocka_unit_test(families_take_turns),
        cmocka_unit_test(shuffling_gives_every_order_its_share),
        cmocka_unit_test(g36_heavier_endpoints_have_the_larger_key),
        cmocka_unit_test(a_weighted_shuffle_puts_weights_first_in_proportion),
        cmocka_unit_test(grpc_go_waits_exactly_a_second_after_the_first_failure),
    };

    return cmocka_run_group_tests_name("core/channel_first", tests, NULL, NULL);
}
