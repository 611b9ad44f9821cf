/* Priorities, localities and panic as a channel's calls meet them. */
#include "tests/core/select_rig.h"

struct told *told_now;

enum {
    PICKS = 100000
};

/* A list of `count` endpoints; the rest of each is filled in by the test. */
struct fleet {
    struct ek_address addresses[RIG_ENDPOINTS_MAX];
    char texts[RIG_ENDPOINTS_MAX][24];
    struct told told;
};

static void fleet_init(struct fleet *fleet, uint32_t count)
{
    memset(fleet, 0, sizeof *fleet);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(fleet->texts[i], sizeof fleet->texts[i], "10.0.%u.%u:80", (unsigned)i / 100,
                 (unsigned)i % 100);
        fleet->addresses[i] = (struct ek_address){.text = fleet->texts[i], .weight = 1};
    }
    fleet->told.addresses = fleet->addresses;
    fleet->told.count = count;
}

static void refuse(struct rig *rig, uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i <= last; i++)
        rig_event(rig, EK_EVENT_CONNECT_FAILED, i);
}

/* incidents.md S16, the static table: two priorities of 100; those that are not healthy cannot be
 * reached. Tolerance 0.5 pp, 1 pp in the row 5/65. */
static void traffic_follows_the_published_table(void **state)
{
    static const struct {
        uint32_t healthy[2];
        double share;
        double tolerance;
    } rows[] = {
        {{72, 100}, .share = 1.00, .tolerance = 0},   {{71, 100}, .share = .99, .tolerance = .005},
        {{50, 100}, .share = .70, .tolerance = .005}, {{25, 100}, .share = .35, .tolerance = .005},
        {{0, 100}, .share = 0, .tolerance = 0},       {{25, 25}, .share = .50, .tolerance = .005},
        {{5, 65}, .share = .08, .tolerance = .01},
    };
    static struct fleet fleet;

    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct rig rig;
        double share;
        int first = 0;

        rig_open(&rig,
                 "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
                 " \"selection\": {\"priorities\": true, \"panicThreshold\": \"50%\"}}",
                 NULL);
        fleet_init(&fleet, 200);
        for (uint32_t i = 100; i < 200; i++)
            fleet.addresses[i].priority = 1;
        rig_tell(&rig, &fleet.told);
        for (uint32_t p = 0; p < 2; p++) {
            uint32_t healthy = rows[r].healthy[p], start = 100 * p;

            if (healthy > 0)
                rig_connect(&rig, start, start + healthy - 1);
            if (healthy < 100)
                refuse(&rig, start + healthy, start + 99);
        }
        for (int i = 0; i < PICKS; i++)
            first += rig_served(&rig, 0) < 100;
        share = (double)first / PICKS;
        if (share < rows[r].share - rows[r].tolerance || share > rows[r].share + rows[r].tolerance)
            fail_msg("row %zu: %.4f", r, share);
        rig_close(&rig);
    }
}

#define EJECTING                                                               \
    "\"loadBalancingConfig\": [{\"round_robin\": {}}], \"outlierDetection\": " \
    "{\"consecutiveFailures\": 1, \"baseEjectionTime\": \"1000s\", \"maxEjectionPercent\": 100}"

/* Shares of ejected endpoints in 10 rounds over the list, and how many of the picks were panic. */
static void look(struct rig *rig, uint32_t ejected, int *on_ejected, uint64_t *panic_picks)
{
    uint64_t before = ek_channel_stats(rig->channel).panic_picks;

    *on_ejected = 0;
    for (int i = 0; i < 100; i++) {
        struct result result = rig_call(rig, 0);

        assert_true(result.is_sent);
        *on_ejected += result.endpoint < ejected;
        rig_done(rig, result.attempt, EK_STATUS_OK);
    }
    *panic_picks = ek_channel_stats(rig->channel).panic_picks - before;
}

/* S16, the dynamic part: of 10 endpoints one after another is ejected. With 5 healthy the others
 * get nothing, with 4 healthy they get 6 of 10; P55a: the panic counter grows with each such pick.
 * gRPC has no such threshold: there they never get anything. */
static void panic_begins_below_the_threshold(void **state)
{
    static struct fleet fleet;

    (void)state;
    for (int has_panic = 0; has_panic < 2; has_panic++) {
        struct rig rig;

        rig_open(&rig,
                 has_panic ? "{" EJECTING ", \"selection\": {\"panicThreshold\": \"50%\"}}"
                           : "{" EJECTING "}",
                 NULL);
        fleet_init(&fleet, 10);
        rig_tell(&rig, &fleet.told);
        rig_connect(&rig, 0, 9);
        for (uint32_t ejected = 1; ejected <= 6; ejected++) {
            int on_ejected;
            uint64_t panic_picks;
            bool is_panic = has_panic && ejected == 6;

            rig_eject(&rig, ejected - 1);
            assert_int_equal(ek_channel_stats(rig.channel).endpoints_ejected, ejected);
            look(&rig, ejected, &on_ejected, &panic_picks);
            assert_int_equal(on_ejected, is_panic ? 60 : 0);
            assert_int_equal(panic_picks, is_panic ? 100 : 0);
        }
        rig_close(&rig);
    }
}

/* And back: when one returns there are 5 healthy, and panic is over. Each ejection lasts 1000 s
 * from its time. */
static void panic_ends_as_it_began(void **state)
{
    static struct fleet fleet;
    struct rig rig;
    int on_ejected;
    uint64_t panic_picks;

    (void)state;
    rig_open(&rig, "{" EJECTING ", \"selection\": {\"panicThreshold\": \"50%\"}}", NULL);
    fleet_init(&fleet, 10);
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 9);
    for (uint32_t i = 0; i < 6; i++) {
        rig_eject(&rig, i);
        rig_wait(&rig, 5 * EK_S);
    }
    look(&rig, 6, &on_ejected, &panic_picks);
    assert_int_equal(panic_picks, 100);
    rig_wait(&rig, 970 * EK_S); /* 1000 s after the first */
    look(&rig, 6, &on_ejected, &panic_picks);
    assert_int_equal(panic_picks, 0);
    assert_int_equal(on_ejected, 20); /* endpoint 0 is back: one of five in turn, 100 picks */
    rig_close(&rig);
}

static void calls_may_fail_on_panic_instead(void **state)
{
    static struct fleet fleet;
    struct rig rig;
    struct result result;

    (void)state;
    rig_open(&rig,
             "{" EJECTING ", \"selection\": {\"panicThreshold\": \"50%\", \"failOnPanic\": true}}",
             NULL);
    fleet_init(&fleet, 4);
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 3);
    for (uint32_t i = 0; i < 2; i++)
        rig_eject(&rig, i);
    assert_true(rig_served(&rig, 0) >= 2);
    rig_eject(&rig, 2);
    result = rig_call(&rig, 0);
    assert_true(result.is_finished);
    assert_int_equal(result.status, EK_STATUS_UNAVAILABLE);
    assert_string_equal(
        result.text,
        "panic: of 4 endpoints too few are healthy (1 can be used), and failOnPanic is set");
    rig_close(&rig);
}

/* All ejected, and still connected: without a threshold calls fail, with one they are sent, and the
 * channel is READY. */
static void panic_helps_when_all_are_ejected(void **state)
{
    static struct fleet fleet;

    (void)state;
    for (int has_panic = 0; has_panic < 2; has_panic++) {
        struct rig rig;

        rig_open(&rig,
                 has_panic ? "{" EJECTING ", \"selection\": {\"panicThreshold\": \"1%\"}}"
                           : "{" EJECTING "}",
                 NULL);
        fleet_init(&fleet, 3);
        rig_tell(&rig, &fleet.told);
        rig_connect(&rig, 0, 2);
        for (uint32_t i = 0; i < 3; i++)
            rig_eject(&rig, i);
        assert_int_equal(rig_call(&rig, 0).is_sent, has_panic);
        assert_int_equal(ek_channel_state(rig.channel),
                         has_panic ? EK_CONN_READY : EK_CONN_TRANSIENT_FAILURE);
        rig_close(&rig);
    }
}

/* S07 D: 12 endpoints in three zones, panic at 50 %: one zone lost, 66.7 % healthy: off; a second
 * one, 33.3 %: on. */
static void one_lost_zone_is_no_panic_two_are(void **state)
{
    static struct fleet fleet;
    struct rig rig;
    int on_ejected;
    uint64_t panic_picks;

    (void)state;
    rig_open(&rig, "{" EJECTING ", \"selection\": {\"panicThreshold\": \"50%\"}}", NULL);
    fleet_init(&fleet, 12);
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 11);
    for (uint32_t i = 0; i < 4; i++)
        rig_eject(&rig, i);
    look(&rig, 4, &on_ejected, &panic_picks);
    assert_int_equal(on_ejected, 0);
    for (uint32_t i = 4; i < 8; i++)
        rig_eject(&rig, i);
    look(&rig, 8, &on_ejected, &panic_picks);
    assert_int_equal(panic_picks, 100);
    assert_in_range(on_ejected, 64, 68); /* 8 of 12 in turn: 100 picks are 8 rounds and 4 more */
    rig_close(&rig);
}

/* Endpoints that connect for the first time are neither healthy nor failing: one of ten that is
 * there takes all (gRPC's round_robin does the same) and the second priority nothing. */
static void those_that_are_connecting_do_not_count(void **state)
{
    static struct fleet fleet;
    struct rig rig;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
             " \"selection\": {\"priorities\": true, \"panicThreshold\": \"50%\"}}",
             NULL);
    fleet_init(&fleet, 20);
    for (uint32_t i = 10; i < 20; i++)
        fleet.addresses[i].priority = 1;
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 0);
    rig_connect(&rig, 10, 19);
    for (int i = 0; i < 100; i++)
        assert_int_equal(rig_served(&rig, 0), 0);
    assert_int_equal(ek_channel_stats(rig.channel).panic_picks, 0);
    refuse(&rig, 1, 9); /* one of ten: 14 % */
    int first = 0;
    for (int i = 0; i < 10000; i++)
        first += rig_served(&rig, 0) == 0;
    assert_in_range(first, 1400 - 105, 1400 + 105); /* three standard deviations */
    rig_close(&rig);
}

/* Degraded endpoints wait until the healthy ones of all priorities cannot take all. Two of four are
 * degraded: health 140 x 2 / 4 = 70, so 30 % go to them. */
static void degraded_endpoints_take_what_is_left(void **state)
{
    static struct fleet fleet;
    struct rig rig;
    int degraded = 0;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
             " \"selection\": {\"degraded\": true}}",
             NULL);
    fleet_init(&fleet, 4);
    fleet.addresses[2].health = fleet.addresses[3].health = EK_HEALTH_WARNING;
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 3);
    for (int i = 0; i < 10000; i++)
        degraded += rig_served(&rig, 0) >= 2;
    assert_in_range(degraded, 3000 - 138, 3000 + 138);
    rig_close(&rig);
}

/* Calls of one hash stay with one priority as long as shares stay. */
static void a_hash_stays_with_its_priority(void **state)
{
    static struct fleet fleet;
    struct rig rig;
    int first_level = 0;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
             " \"selection\": {\"priorities\": true}}",
             NULL);
    fleet_init(&fleet, 4);
    fleet.addresses[2].priority = fleet.addresses[3].priority = 1;
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 3);
    rig_event(&rig, EK_EVENT_DISCONNECTED, 1);
    refuse(&rig, 1, 1); /* 1 of 2: 70 / 30 */
    for (uint64_t hash = 1; hash <= 1000; hash++) {
        bool is_first = rig_call_as(&rig, 0, hash).endpoint < 2;

        for (int i = 0; i < 3; i++)
            assert_int_equal(rig_call_as(&rig, 0, hash).endpoint < 2, is_first);
        first_level += is_first;
    }
    assert_in_range(first_level, 700 - 44, 700 + 44);
    rig_close(&rig);
}

/* Weights 1 and 2 for the zones a and b: a third to a, whatever the number of endpoints. */
static void localities_have_weights(void **state)
{
    static struct fleet fleet;
    struct rig rig;
    int in_a = 0;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"selection\": {"
             "\"localities\": \"weighted\", \"localityWeights\": ["
             "{\"locality\": \"a\", \"weight\": 1}, {\"locality\": \"eu/b\", \"weight\": 2}]}}",
             NULL);
    fleet_init(&fleet, 7);
    for (uint32_t i = 0; i < 7; i++)
        fleet.addresses[i].locality = i < 5 ? "a" : i == 5 ? "eu/b" : "c";
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 6);
    for (int i = 0; i < 3000; i++) {
        uint32_t endpoint = rig_served(&rig, 0);

        assert_true(endpoint != 6); /* c has no weight */
        in_a += endpoint < 5;
    }
    assert_int_equal(in_a, 1000);

    /* Nobody else is left: an endpoint without weight is better than none. */
    for (uint32_t i = 0; i < 6; i++) {
        rig_event(&rig, EK_EVENT_DISCONNECTED, i);
        rig_event(&rig, EK_EVENT_CONNECT_FAILED, i);
    }
    assert_int_equal(rig_served(&rig, 0), 6);
    rig_close(&rig);
}

/* incidents.md S07 C: 3 zones of 4 endpoints and 2 clients each. All calls stay in their zone while
 * all are healthy; once the endpoints of z3 are down, its clients go half and half to z1 and z2. */
static void zone_aware_calls_stay_at_home(void **state)
{
    static const char *const zones[] = {"z1", "z2", "z3"};
    static const struct ek_callers callers[] = {{"z1", 2}, {"z2", 2}, {"z3", 2}};
    static struct fleet fleet;

    (void)state;
    for (int is_told = 0; is_told < 2; is_told++)
        for (uint32_t own = 0; own < 3; own++) {
            struct rig rig;
            uint32_t in_zone[3] = {0};

            rig_open_with(&rig,
                          "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
                          " \"selection\": {\"localities\": \"zone_aware\"}}",
                          NULL, (struct ek_channel_config){.seed = 1, .locality = zones[own]});
            if (is_told)
                assert_int_equal(ek_channel_set_callers(rig.channel, callers, 3, rig.now), EK_OK);
            fleet_init(&fleet, 12);
            for (uint32_t i = 0; i < 12; i++)
                fleet.addresses[i].locality = zones[i / 4];
            rig_tell(&rig, &fleet.told);
            rig_connect(&rig, 0, 11);
            for (int i = 0; i < 1000; i++)
                assert_int_equal(rig_served(&rig, 0) / 4, own);
            for (uint32_t i = 8; i < 12; i++) {
                rig_event(&rig, EK_EVENT_DISCONNECTED, i);
                rig_event(&rig, EK_EVENT_CONNECT_FAILED, i);
            }
            for (int i = 0; i < 10000; i++)
                in_zone[rig_served(&rig, 0) / 4]++;
            if (own < 2) {
                assert_int_equal(in_zone[own], 10000);
            } else {
                assert_int_equal(in_zone[2], 0);
                assert_in_range(in_zone[0], 4850, 5150); /* three standard deviations */
            }
            rig_close(&rig);
        }
}

/* policies.md 1.1: fewer healthy endpoints than minClusterSize (6): zones are ignored. */
static void small_clusters_ignore_zones(void **state)
{
    static struct fleet fleet;
    struct rig rig;
    unsigned met = 0;

    (void)state;
    rig_open_with(&rig,
                  "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
                  " \"selection\": {\"localities\": \"zone_aware\"}}",
                  NULL, (struct ek_channel_config){.seed = 1, .locality = "a"});
    fleet_init(&fleet, 4);
    for (uint32_t i = 0; i < 4; i++)
        fleet.addresses[i].locality = i < 2 ? "a" : "b";
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 3);
    for (int i = 0; i < 8; i++)
        met |= 1u << rig_served(&rig, 0);
    assert_int_equal(met, 15);
    rig_close(&rig);
}

/* A retry looks for somebody new in another priority or zone before it goes back. */
static void a_retry_leaves_a_priority_that_has_nobody_new(void **state)
{
    static struct fleet fleet;
    struct rig rig;
    struct result first, second;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
             " \"selection\": {\"priorities\": true},"
             " \"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 2,"
             "  \"initialBackoff\": \"1s\", \"maxBackoff\": \"1s\", \"backoffMultiplier\": 1,"
             "  \"retryableStatusCodes\": [\"UNAVAILABLE\"]}}]}",
             NULL);
    fleet_init(&fleet, 2);
    fleet.addresses[1].priority = 1;
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 1);
    first = rig_call(&rig, 0);
    assert_int_equal(first.endpoint, 0);
    rig_done(&rig, first.attempt, EK_STATUS_UNAVAILABLE);
    rig_wait(&rig, 2 * EK_S);
    second = rig.last;
    assert_true(second.is_sent);
    assert_int_equal(second.endpoint, 1);
    rig_close(&rig);
}

/* What a list says of an endpoint may change without its connection being touched. */
static void a_change_of_priority_or_zone_needs_no_new_connection(void **state)
{
    static struct fleet fleet;
    struct ek_endpoint_view view;
    struct rig rig;
    uint64_t connection;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
             " \"selection\": {\"priorities\": true}}",
             NULL);
    fleet_init(&fleet, 2);
    fleet.addresses[1].priority = 1;
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 1);
    connection = rig.connections[1];
    assert_int_equal(rig_served(&rig, 0), 0);
    fleet.addresses[0].priority = 99; /* taken as 15 */
    fleet.addresses[1].priority = 0;
    fleet.addresses[1].locality = "z9";
    rig_tell(&rig, &fleet.told);
    assert_int_equal(rig_served(&rig, 0), 1);
    assert_int_equal(rig.connections[1], connection);
    assert_true(ek_channel_endpoint(rig.channel, 1, &view));
    assert_string_equal(view.locality, "z9");
    assert_true(ek_channel_endpoint(rig.channel, 0, &view));
    assert_int_equal(view.priority, 15);
    assert_null(view.locality);
    rig_close(&rig);
}

/* The policy is shown each change before the next pick: weights 1 : 1, then 3 : 1. */
static void a_policy_sees_a_new_weight(void **state)
{
    static struct fleet fleet;
    struct rig rig;
    int first = 0;

    (void)state;
    rig_open(&rig, "{\"loadBalancingConfig\": [{\"static_weighted_round_robin\": {}}]}", NULL);
    fleet_init(&fleet, 2);
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 1);
    for (int i = 0; i < 400; i++)
        first += rig_served(&rig, 0) == 0;
    assert_int_equal(first, 200);
    fleet.addresses[0].weight = 3;
    rig_tell(&rig, &fleet.told);
    first = 0;
    for (int i = 0; i < 400; i++)
        first += rig_served(&rig, 0) == 0;
    assert_int_equal(first, 300);
    rig_close(&rig);
}

/* 256 localities are told apart; clients in others count, and so does that they could not be
 * placed.
 */
static void localities_have_a_limit(void **state)
{
    struct ek_callers callers[300];
    char names[300][8];
    struct rig rig;

    (void)state;
    rig_open_with(&rig,
                  "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
                  " \"selection\": {\"localities\": \"zone_aware\"}}",
                  NULL, (struct ek_channel_config){.seed = 1, .locality = "z1"});
    for (int i = 0; i < 300; i++) {
        snprintf(names[i], sizeof names[i], "z%d", i);
        callers[i] = (struct ek_callers){names[i], 1};
    }
    assert_int_equal(ek_channel_set_callers(rig.channel, callers, 200, rig.now), EK_OK);
    assert_int_equal(ek_channel_set_callers(rig.channel, callers, 300, rig.now), EK_ELIMIT);
    callers[0].locality = NULL; /* nobody knows where they are */
    assert_int_equal(ek_channel_set_callers(rig.channel, callers, 1, rig.now), EK_OK);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traffic_follows_the_published_table),
        cmocka_unit_test(panic_begins_below_the_threshold),
        cmocka_unit_test(panic_ends_as_it_began),
        cmocka_unit_test(calls_may_fail_on_panic_instead),
        cmocka_unit_test(panic_helps_when_all_are_ejected),
        cmocka_unit_test(one_lost_zone_is_no_panic_two_are),
        cmocka_unit_test(those_that_are_connecting_do_not_count),
        cmocka_unit_test(degraded_endpoints_take_what_is_left),
        cmocka_unit_test(a_hash_stays_with_its_priority),
        cmocka_unit_test(localities_have_weights),
        cmocka_unit_test(zone_aware_calls_stay_at_home),
        cmocka_unit_test(small_clusters_ignore_zones),
        cmocka_unit_test(localities_have_a_limit),
        cmocka_unit_test(a_retry_leaves_a_priority_that_has_nobody_new),
        cmocka_unit_test(a_change_of_priority_or_zone_needs_no_new_connection),
        cmocka_unit_test(a_policy_sees_a_new_weight),
    };
    return cmocka_run_group_tests_name("core/select_channel", tests, NULL, NULL);
}
