/* Sweeps for outliers (gRPC A50, Envoy): who is found, who may go, and when they return. */
#include "core/spread.h"
#include "manual.h"

#define THREE "[\"a:1\", \"b:1\", \"c:1\"]"

/* `n` endpoints under round robin with `outlier` as the members of outlierDetection. */
static void open_fleet(struct rig *rig, int n, const char *dialect, const char *outlier)
{
    char config[1024], list[512] = "";

    for (int i = 0; i < n; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%c:1", i > 0 ? "," : "",
                 'a' + i);
    snprintf(config, sizeof config,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"dialect\": \"%s\", "
             "\"outlierDetection\": {%s}}",
             dialect, outlier);
    manual_open(rig, config, list);
    for (int i = 0; i < n; i++)
        rig_connected(rig, (uint32_t)i);
}

/* Calls until every endpoint that is not ejected had its `calls`; the first `fails` of them fail.
 * All are given the same number: round robin turns. */
static void feed_as(struct rig *rig, const int *calls, const int *fails, uint32_t n,
                    enum ek_status status)
{
    int had[26] = {0};
    bool is_done = false;

    for (int i = 0; i < 20000 && !is_done; i++) {
        struct ek_action send = rig_sent(rig);
        int *mine = &had[send.endpoint];

        assert_true(*mine < calls[send.endpoint] || calls[send.endpoint] == 0);
        rig_done(rig, send.attempt, *mine < fails[send.endpoint] ? status : EK_STATUS_OK);
        ++*mine;
        is_done = true;
        for (uint32_t e = 0; e < n; e++) {
            struct ek_endpoint_view view;

            ek_channel_endpoint(rig->channel, e, &view);
            is_done = is_done && (had[e] >= calls[e] || view.is_ejected);
        }
    }
    assert_true(is_done);
}

/* The same number of calls to each; the first `bad` endpoints fail all of theirs. */
static void feed(struct rig *rig, uint32_t n, int calls, uint32_t bad)
{
    int all[26], fails[26];

    for (uint32_t e = 0; e < n; e++) {
        all[e] = calls;
        fails[e] = e < bad ? calls : 0;
    }
    feed_as(rig, all, fails, n, EK_STATUS_UNAVAILABLE);
}

static uint32_t ejected(const struct rig *rig)
{
    return ek_channel_stats(rig->channel).endpoints_ejected;
}

static bool is_ejected(const struct rig *rig, uint32_t e)
{
    struct ek_endpoint_view view;

    assert_true(ek_channel_endpoint(rig->channel, e, &view));
    return view.is_ejected;
}

/* ---- failure percentage: G52, grpc-go's TestEjectUnejectSuccessRate and its siblings ---- */

#define G52(percent, enforcement)                                                              \
    "\"maxEjectionPercent\": " percent ", \"failurePercentageEjection\": {\"threshold\": 50, " \
    "\"enforcementPercentage\": " enforcement ", \"minimumHosts\": 3, \"requestVolume\": 3}"

static void g52_the_one_that_fails_is_ejected_and_comes_back(void **state)
{
    struct rig rig;
    const struct ek_action *note;

    (void)state;
    open_fleet(&rig, 3, "grpc", G52("10", "100"));
    feed(&rig, 3, 5, 1);
    assert_int_equal(ejected(&rig), 0); /* nothing happens between sweeps */

    rig_wait(&rig, 10 * EK_S);

    note = rig_note(&rig, EK_NOTE_EJECTED);
    assert_int_equal(note->endpoint, 0);
    assert_int_equal(note->from, EK_OUTLIER_FAILURE_PERCENTAGE);
    assert_int_equal(ejected(&rig), 1);
    for (int i = 0; i < 10; i++)
        assert_true(rig_sent(&rig).endpoint != 0);
    rig_wait(&rig, 30 * EK_S);
    assert_int_equal(rig_note(&rig, EK_NOTE_RETURNED)->endpoint, 0);
    rig_close(&rig);
}

static void g52_nobody_fails_nobody_goes(void **state)
{
    struct rig rig;

    (void)state;
    open_fleet(&rig, 3, "grpc", G52("10", "100"));
    feed(&rig, 3, 5, 0);
    rig_wait(&rig, 10 * EK_S);

    assert_int_equal(ejected(&rig), 0);
    rig_close(&rig);
}

static void g52_without_enforcement_it_is_a_dry_run(void **state)
{
    struct rig rig;
    const struct ek_action *note;

    (void)state;
    open_fleet(&rig, 3, "grpc", G52("10", "0"));
    feed(&rig, 3, 5, 1);
    rig_wait(&rig, 10 * EK_S);

    note = rig_note(&rig, EK_NOTE_NOT_EJECTED);
    assert_int_equal(note->endpoint, 0);
    assert_int_equal(note->number, EK_SPARED_CHANCE);
    assert_int_equal(ejected(&rig), 0);
    assert_int_equal(ek_channel_stats(rig.channel).ejections_spared_chance, 1);
    rig_close(&rig);
}

/* 0 %: Go, Java and Node eject none, C-core one. */
static void g52_zero_percent_is_none_except_in_c_core(void **state)
{
    static const struct {
        const char *dialect;
        uint32_t ejected;
    } cases[] = {{"grpc", 0},      {"grpc-go", 0},   {"grpc-java", 0},
                 {"grpc-node", 0}, {"grpc-core", 1}, {"envoy", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;

        open_fleet(&rig, 3, cases[i].dialect, G52("0", "100"));
        feed(&rig, 3, 5, 1);
        rig_wait(&rig, 10 * EK_S);

        assert_int_equal(ejected(&rig), cases[i].ejected);
        rig_close(&rig);
    }
}

/* grpc-go's JSON and Envoy leave failure percentage unenforced unless told otherwise. */
static void the_default_enforcement_depends_on_the_dialect(void **state)
{
    static const struct {
        const char *dialect;
        uint32_t ejected;
    } cases[] = {{"grpc", 1}, {"grpc-java", 1}, {"grpc-core", 1}, {"grpc-go", 0}, {"envoy", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;

        open_fleet(&rig, 5, cases[i].dialect,
                   "\"failurePercentageEjection\": {\"requestVolume\": 5}");
        feed(&rig, 5, 5, 1);
        rig_wait(&rig, 10 * EK_S);

        assert_int_equal(ejected(&rig), cases[i].ejected);
        rig_close(&rig);
    }
}

/* P60, scaled: 250 of 300 (83.3 %) stays, 300 of 350 (85.7 %) goes at 85; at exactly 85 % (17 of
 * 20) gRPC lets it stay and Envoy does not. */
static void p60_the_threshold_of_failures_is_strict_in_grpc(void **state)
{
    static const struct {
        const char *dialect;
        int calls, fails;
        uint32_t ejected;
    } cases[] = {
        {"grpc", 300, 250, 0}, {"grpc", 350, 300, 1}, {"grpc", 20, 17, 0}, {"envoy", 20, 17, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;
        int calls[2] = {cases[i].calls, cases[i].calls}, fails[2] = {cases[i].fails, 0};

        open_fleet(&rig, 2, cases[i].dialect,
                   "\"failurePercentageEjection\": {\"enforcementPercentage\": 100, "
                   "\"minimumHosts\": 2, \"requestVolume\": 5}");
        feed_as(&rig, calls, fails, 2, EK_STATUS_INTERNAL);
        rig_wait(&rig, 10 * EK_S);

        assert_int_equal(ejected(&rig), cases[i].ejected);
        rig_close(&rig);
    }
}

/* ---- success rate: G54, grpc-java's OutlierDetectionLoadBalancerTest ---- */

static void g54_one_dead_of_five_is_ejected(void **state)
{
    struct rig rig;

    (void)state;
    open_fleet(&rig, 5, "grpc",
               "\"maxEjectionPercent\": 50, \"successRateEjection\": {\"minimumHosts\": 3, "
               "\"requestVolume\": 10, \"stdevFactor\": 1900}");
    feed(&rig, 5, 20, 1); /* mean .8, sd .4: below .04 */
    rig_wait(&rig, 10 * EK_S);

    assert_int_equal(ejected(&rig), 1);
    assert_true(is_ejected(&rig, 0));
    assert_int_equal(rig_note(&rig, EK_NOTE_EJECTED)->from, EK_OUTLIER_SUCCESS_RATE);
    rig_close(&rig);
}

/* Volume 20, and the dead one did 19. */
static void g54_below_the_volume_nothing_is_known(void **state)
{
    struct rig rig;
    struct ek_action sends[5];

    (void)state;
    open_fleet(&rig, 5, "grpc",
               "\"maxEjectionPercent\": 50, \"successRateEjection\": {\"minimumHosts\": 3, "
               "\"requestVolume\": 20, \"stdevFactor\": 1900}");
    feed(&rig, 5, 19, 1);
    for (int i = 0; i < 5; i++) /* one more for all, but the dead one does not answer */
        sends[i] = rig_sent(&rig);
    for (int i = 0; i < 5; i++)
        if (sends[i].endpoint != 0)
            rig_done(&rig, sends[i].attempt, EK_STATUS_OK);
    rig_wait(&rig, 10 * EK_S);

    assert_int_equal(ejected(&rig), 0);
    rig_close(&rig);
}

/* Factor 1, three dead of five, at most 30 %: the limit is tested before each: 0 %, 20 %, 40 %. */
static void g54_the_limit_stops_at_two(void **state)
{
    struct rig rig;

    (void)state;
    open_fleet(&rig, 5, "grpc",
               "\"maxEjectionPercent\": 30, \"successRateEjection\": {\"minimumHosts\": 3, "
               "\"requestVolume\": 10, \"stdevFactor\": 1000}");
    feed(&rig, 5, 20, 3); /* mean .4, sd sqrt(.24) = .49: below -.09. Nobody */
    rig_wait(&rig, 10 * EK_S);
    assert_int_equal(ejected(&rig), 0);
    rig_close(&rig);

    open_fleet(&rig, 5, "grpc",
               "\"maxEjectionPercent\": 30, \"successRateEjection\": {\"minimumHosts\": 3, "
               "\"requestVolume\": 10, \"stdevFactor\": 1}");
    feed(&rig, 5, 20, 3);
    rig_wait(&rig, 10 * EK_S);

    assert_int_equal(ejected(&rig), 2);
    assert_int_equal(ek_channel_stats(rig.channel).ejections_spared_limit, 1);
    rig_close(&rig);
}

static struct ek__spread spread_of(const int64_t *values, size_t n)
{
    struct ek__spread spread = {0};

    for (size_t i = 0; i < n; i++)
        ek__spread_add(&spread, values[i]);
    for (size_t i = 0; i < n; i++)
        ek__spread_deviate(&spread, values[i]);
    return spread;
}

/* {600, 470, 170, 430, 300}: mean 394, sd 147.32277488562318: variance 21704. */
static void g56_mean_and_deviation_are_those_of_the_population(void **state)
{
    static const int64_t values[] = {600, 470, 170, 430, 300};
    struct ek__spread spread = spread_of(values, 5);

    (void)state;
    assert_int_equal(spread.sum, 5 * 394);
    assert_true(spread.squares == 21704.0 * 125.0);
}

/* 50, 100, 100, 100, 100: mean 90, sigma 20, threshold 90 - 1.9 x 20 = 52. */
static void p56_the_first_of_five_is_below_the_threshold(void **state)
{
    static const int64_t values[] = {50, 100, 100, 100, 100};
    struct ek__spread spread = spread_of(values, 5);

    (void)state;
    assert_true(ek__spread_is_below(&spread, 50, 1900));
    assert_true(ek__spread_is_below(&spread, 51, 1900));
    assert_false(ek__spread_is_below(&spread, 52, 1900));
    assert_false(ek__spread_is_below(&spread, 100, 1900));
}

static void equal_rates_have_no_outlier_at_any_factor(void **state)
{
    static const int64_t values[] = {333333, 333333, 333333};
    struct ek__spread spread = spread_of(values, 3);

    (void)state;
    assert_false(ek__spread_is_below(&spread, 333333, 0));
}

/* 4 good and 1 dead: ejected; 3 and 1: not (z = sqrt(n - 1) = 1.73 < 1.9); 8 and 2: both. */
static void g57_success_rate_sees_one_of_five_but_not_one_of_four(void **state)
{
    static const struct {
        int n;
        uint32_t bad, ejected;
    } cases[] = {{5, 1, 1}, {4, 1, 0}, {10, 2, 2}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;

        open_fleet(&rig, cases[i].n, "grpc",
                   "\"maxEjectionPercent\": 100, \"successRateEjection\": {\"minimumHosts\": 3, "
                   "\"requestVolume\": 10}");
        feed(&rig, (uint32_t)cases[i].n, 10, cases[i].bad);
        rig_wait(&rig, 10 * EK_S);

        assert_int_equal(ejected(&rig), cases[i].ejected);
        rig_close(&rig);
    }
}

/* Most that can go: 3 at 10 %: 1; 10: 1; 11: 2; 25: 3. Envoy asks for the share afterwards, and at
 * 10 % of 3 lets none go. */
static void g58_the_limit_is_tested_before_each_ejection(void **state)
{
    static const struct {
        int n;
        const char *dialect;
        uint32_t ejected;
    } cases[] = {{3, "grpc", 1},  {10, "grpc", 1},  {11, "grpc", 2}, {25, "grpc", 3},
                 {3, "envoy", 0}, {10, "envoy", 1}, {25, "envoy", 2}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;

        open_fleet(&rig, cases[i].n, cases[i].dialect,
                   "\"maxEjectionPercent\": 10, \"failurePercentageEjection\": {\"threshold\": 50, "
                   "\"enforcementPercentage\": 100, \"minimumHosts\": 1, \"requestVolume\": 1}");
        feed(&rig, (uint32_t)cases[i].n, 2, (uint32_t)cases[i].n);
        rig_wait(&rig, 10 * EK_S);

        assert_int_equal(ejected(&rig), cases[i].ejected);
        rig_close(&rig);
    }
}

/* ---- how long: G60 ---- */

#define ALWAYS                                                                         \
    "\"maxEjectionPercent\": 100, \"failurePercentageEjection\": {\"threshold\": 50, " \
    "\"enforcementPercentage\": 100, \"minimumHosts\": 1, \"requestVolume\": 1}"

/* Calls `b` well and `a` badly until `a` was called, then waits for the sweep. */
static void fail_a(struct rig *rig)
{
    struct ek_action send;

    do {
        send = rig_sent(rig);
        rig_done(rig, send.attempt, send.endpoint == 0 ? EK_STATUS_INTERNAL : EK_STATUS_OK);
    } while (send.endpoint != 0);
    rig_wait(rig, 10 * EK_S);
    assert_int_equal(rig_note(rig, EK_NOTE_EJECTED)->endpoint, 0);
}

/* Sweeps until `a` is back; how long it took. */
static int64_t seconds_away(struct rig *rig)
{
    ek_time since = rig->now;

    while (is_ejected(rig, 0))
        rig_wait(rig, 10 * EK_S);
    return ek_time_since(rig->now, since) / EK_S;
}

static void g60_ejections_in_a_row_last_30_60_90_up_to_300_seconds(void **state)
{
    struct rig rig;

    (void)state;
    open_fleet(&rig, 2, "grpc", ALWAYS);
    for (int i = 1; i <= 12; i++) {
        fail_a(&rig);
        assert_int_equal(seconds_away(&rig), i < 10 ? 30 * i : 300);
    }
    rig_close(&rig);
}

/* Failing again within one sweep of its return: 30, then 60; after one quiet sweep 30 again, and
 * after 30, 60, 90 two quiet sweeps take off two: 2 x 30. */
static void g60_every_quiet_sweep_takes_one_off(void **state)
{
    struct rig rig;

    (void)state;
    open_fleet(&rig, 2, "grpc", ALWAYS);
    fail_a(&rig);
    assert_int_equal(seconds_away(&rig), 30);
    rig_wait(&rig, 10 * EK_S);
    fail_a(&rig);
    assert_int_equal(seconds_away(&rig), 30);
    fail_a(&rig);
    assert_int_equal(seconds_away(&rig), 60);
    fail_a(&rig);
    assert_int_equal(seconds_away(&rig), 90);
    rig_wait(&rig, 10 * EK_S);
    rig_wait(&rig, 10 * EK_S);

    fail_a(&rig);

    assert_int_equal(seconds_away(&rig), 60);
    rig_close(&rig);
}

/* Envoy's EjectTimeBackoff: base 10 s; five failures at 0, 10, 30 and 80: back at 10, 30, 60, 100;
 * after 50 quiet ticks, at 610: back at 620. */
static void p58_consecutive_failures_and_ticks_are_those_of_envoys_test(void **state)
{
    static const int64_t fail_at[] = {0, 10, 30, 80, 610}, back_at[] = {10, 30, 60, 100, 620};
    struct rig rig;

    (void)state;
    open_fleet(&rig, 2, "envoy",
               "\"interval\": \"10s\", \"baseEjectionTime\": \"10s\", "
               "\"consecutiveFailures\": 5, \"maxEjectionPercent\": 100");
    for (size_t i = 0; i < 5; i++) {
        while (rig.now.ns < fail_at[i] * EK_S)
            rig_wait(&rig, 10 * EK_S);
        for (int failed = 0; failed < 5;) {
            struct ek_action send = rig_sent(&rig);

            failed += send.endpoint == 0;
            rig_done(&rig, send.attempt, send.endpoint == 0 ? EK_STATUS_INTERNAL : EK_STATUS_OK);
        }
        assert_true(is_ejected(&rig, 0));
        seconds_away(&rig);
        assert_int_equal(rig.now.ns / EK_S, back_at[i]);
    }
    rig_close(&rig);
}

/* ---- twice in one sweep ---- */

/* Both algorithms find it. A50 as written, and as Go, Java and Node do it, ejects it twice: 60 s.
 * C-core skips who is ejected in the second one. */
static void both_algorithms_eject_twice_in_some_dialects(void **state)
{
    static const struct {
        const char *dialect;
        int64_t seconds;
    } cases[] = {{"grpc", 30}, {"grpc-go", 60}, {"grpc-java", 60}, {"grpc-core", 30}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig rig;

        open_fleet(&rig, 5, cases[i].dialect,
                   "\"maxEjectionPercent\": 50, \"successRateEjection\": {\"requestVolume\": 5}, "
                   "\"failurePercentageEjection\": {\"requestVolume\": 5, "
                   "\"enforcementPercentage\": 100}");
        feed(&rig, 5, 5, 1);
        rig_wait(&rig, 10 * EK_S);

        assert_int_equal(ejected(&rig), 1); /* grpc-go's own count would be 2 */
        assert_int_equal(seconds_away(&rig), cases[i].seconds);
        assert_int_equal(ejected(&rig), 0);
        rig_close(&rig);
    }
}

/* ---- what counts ---- */

/* gRPC counts every end but OK, Envoy what is the endpoint's fault. */
static void not_found_is_a_failure_in_grpc_and_none_in_envoy(void **state)
{
    static const struct {
        const char *dialect;
        uint32_t ejected;
    } cases[] = {{"grpc", 1}, {"envoy", 0}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        int calls[2] = {10, 10}, fails[2] = {10, 0};

        open_fleet(&rig, 2, cases[i].dialect, ALWAYS);
        feed_as(&rig, calls, fails, 2, EK_STATUS_NOT_FOUND);
        rig_wait(&rig, 10 * EK_S);

        assert_int_equal(ejected(&rig), cases[i].ejected);
        rig_close(&rig);
    }
}

static void gateway_failures_in_a_row_are_counted_apart(void **state)
{
    struct rig rig;

    (void)state;
    open_fleet(&rig, 2, "grpc", "\"consecutiveFailures\": 100, \"consecutiveGatewayFailures\": 3");
    for (int i = 0; i < 20; i++) { /* an INTERNAL between them breaks the row */
        struct ek_action send = rig_sent(&rig);

        rig_done(&rig, send.attempt,
                 send.endpoint == 1 ? EK_STATUS_OK
                 : i / 2 % 3 == 2   ? EK_STATUS_INTERNAL
                                    : EK_STATUS_UNAVAILABLE);
        assert_int_equal(ejected(&rig), 0);
    }
    for (int failed = 0; failed < 3 && ejected(&rig) == 0;) {
        struct ek_action send = rig_sent(&rig);

        failed += send.endpoint == 0;
        rig_done(&rig, send.attempt, send.endpoint == 0 ? EK_STATUS_UNAVAILABLE : EK_STATUS_OK);
    }

    assert_int_equal(rig_note(&rig, EK_NOTE_EJECTED)->from, EK_OUTLIER_GATEWAY);
    rig_close(&rig);
}

/* Split: lost connections count for themselves alone. */
static void local_failures_can_be_told_apart(void **state)
{
    struct rig rig;

    (void)state;
    open_fleet(&rig, 1, "grpc",
               "\"consecutiveFailures\": 2, \"consecutiveLocalOriginFailures\": 3, "
               "\"splitExternalLocalOriginErrors\": true");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ejected(&rig), 0);
        rig_sent(&rig);
        rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[0], "reset");
        if (i < 2)
            rig_connected(&rig, 0);
    }

    assert_int_equal(ejected(&rig), 1);
    rig_close(&rig);
}

/* ---- counts and keys ---- */

/* grpc-go never subtracts it, until its limit is used up. */
static void an_endpoint_removed_while_ejected_is_subtracted(void **state)
{
    struct rig rig;

    (void)state;
    open_fleet(&rig, 3, "grpc", "\"consecutiveFailures\": 1, \"maxEjectionPercent\": 10");
    for (uint32_t e = 3; e != 0;) {
        struct ek_action send = rig_sent(&rig);

        e = send.endpoint;
        rig_done(&rig, send.attempt, e == 0 ? EK_STATUS_INTERNAL : EK_STATUS_OK);
    }
    assert_int_equal(ejected(&rig), 1);
    manual_list(&rig, "b:1,c:1,d:1");
    assert_int_equal(ejected(&rig), 0);
    rig_connected(&rig, 3);

    rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_INTERNAL); /* 10 % of 3: one may go again */

    assert_int_equal(ejected(&rig), 1);
    rig_close(&rig);
}

/* Its key is its address: another order of the list, or another connection, changes nothing. */
static void an_ejection_survives_a_new_list_and_a_new_connection(void **state)
{
    struct rig rig;

    (void)state;
    open_fleet(&rig, 3, "grpc", "\"consecutiveFailures\": 1");
    for (uint32_t e = 3; e != 0;) {
        struct ek_action send = rig_sent(&rig);

        e = send.endpoint;
        rig_done(&rig, send.attempt, e == 0 ? EK_STATUS_INTERNAL : EK_STATUS_OK);
    }

    manual_list(&rig, "c:1,d:1,a:1");
    rig_event(&rig, EK_EVENT_DISCONNECTED, rig.connections[0], "reset");
    rig_connected(&rig, 0);

    assert_true(is_ejected(&rig, 0));
    for (int i = 0; i < 10; i++)
        assert_true(rig_sent(&rig).endpoint != 0);
    rig_close(&rig);
}

/* ---- chance ---- */

/* 30 % of 2,000 detections: 600, sd sqrt(2000 x .3 x .7) = 20.5; 6 sd. */
static void enforcement_is_a_chance_of_its_own_stream(void **state)
{
    struct rig rig;
    uint64_t enforced;

    (void)state;
    open_fleet(&rig, 1, "grpc",
               "\"consecutiveFailures\": 1, \"enforcingConsecutiveFailures\": 30, "
               "\"baseEjectionTime\": \"1s\", \"maxEjectionTime\": \"1s\"");
    for (int i = 0; i < 2000; i++) {
        rig_done(&rig, rig_sent(&rig).attempt, EK_STATUS_INTERNAL);
        if (ejected(&rig) > 0)
            rig_wait(&rig, EK_S);
    }

    enforced = ek_channel_stats(rig.channel).ejections;
    assert_in_range(enforced, 600 - 123, 600 + 123);
    assert_int_equal(ek_channel_stats(rig.channel).ejections_spared_chance, 2000 - enforced);
    rig_close(&rig);
}

/* ---- gRPC's policy around another ---- */

static void grpcs_policy_means_the_same_with_its_own_defaults(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"outlier_detection_experimental\": "
             "{\"successRateEjection\": {}, \"childPolicy\": [{\"unknown\": {}}, "
             "{\"round_robin\": {}}]}}]}",
             THREE);

    assert_string_equal(rig.config.lb->name, "round_robin");
    assert_int_equal(rig.config.outlier.interval_ns, 10 * EK_S);
    assert_int_equal(rig.config.outlier.base_ejection_ns, 30 * EK_S);
    assert_int_equal(rig.config.outlier.ejection_max_ns, 300 * EK_S);
    assert_int_equal(rig.config.outlier.ejection_max_percent, 10);
    assert_true(rig.config.outlier.success_rate.is_on);
    assert_int_equal(rig.config.outlier.success_rate.threshold, 1900);
    assert_int_equal(rig.config.outlier.success_rate.enforcement_percent, 100);
    assert_int_equal(rig.config.outlier.success_rate.hosts_min, 5);
    assert_int_equal(rig.config.outlier.success_rate.requests_min, 100);
    assert_false(rig.config.outlier.failure_percentage.is_on);
    rig_close(&rig);
}

/* G62: explicit zeros are kept; neither algorithm: nothing is counted and no timer runs. */
static void g62_explicit_zeros_are_kept_and_nothing_is_off(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"outlier_detection_experimental\": "
             "{\"maxEjectionPercent\": 0, \"successRateEjection\": {\"enforcementPercentage\": 0, "
             "\"minimumHosts\": 0, \"requestVolume\": 0, \"stdevFactor\": 0}, "
             "\"childPolicy\": [{\"round_robin\": {}}]}}]}",
             THREE);
    assert_int_equal(rig.config.outlier.ejection_max_percent, 0);
    assert_int_equal(rig.config.outlier.success_rate.enforcement_percent, 0);
    assert_int_equal(rig.config.outlier.success_rate.hosts_min, 0);
    assert_int_equal(rig.config.outlier.success_rate.requests_min, 0);
    assert_int_equal(rig.config.outlier.success_rate.threshold, 0);
    rig_close(&rig);

    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"outlier_detection_experimental\": "
             "{\"childPolicy\": [{\"round_robin\": {}}]}}]}",
             "[\"a:1\"]");
    rig_connected(&rig, 0);
    assert_int_equal(ek_channel_deadline(rig.channel).ns, EK_TIME_NEVER.ns);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g52_the_one_that_fails_is_ejected_and_comes_back),
        cmocka_unit_test(g52_nobody_fails_nobody_goes),
        cmocka_unit_test(g52_without_enforcement_it_is_a_dry_run),
        cmocka_unit_test(g52_zero_percent_is_none_except_in_c_core),
        cmocka_unit_test(the_default_enforcement_depends_on_the_dialect),
        cmocka_unit_test(p60_the_threshold_of_failures_is_strict_in_grpc),
        cmocka_unit_test(g54_one_dead_of_five_is_ejected),
        cmocka_unit_test(g54_below_the_volume_nothing_is_known),
        cmocka_unit_test(g54_the_limit_stops_at_two),
        cmocka_unit_test(g56_mean_and_deviation_are_those_of_the_population),
        cmocka_unit_test(p56_the_first_of_five_is_below_the_threshold),
        cmocka_unit_test(equal_rates_have_no_outlier_at_any_factor),
        cmocka_unit_test(g57_success_rate_sees_one_of_five_but_not_one_of_four),
        cmocka_unit_test(g58_the_limit_is_tested_before_each_ejection),
        cmocka_unit_test(g60_ejections_in_a_row_last_30_60_90_up_to_300_seconds),
        cmocka_unit_test(g60_every_quiet_sweep_takes_one_off),
        cmocka_unit_test(p58_consecutive_failures_and_ticks_are_those_of_envoys_test),
        cmocka_unit_test(both_algorithms_eject_twice_in_some_dialects),
        cmocka_unit_test(not_found_is_a_failure_in_grpc_and_none_in_envoy),
        cmocka_unit_test(gateway_failures_in_a_row_are_counted_apart),
        cmocka_unit_test(local_failures_can_be_told_apart),
        cmocka_unit_test(an_endpoint_removed_while_ejected_is_subtracted),
        cmocka_unit_test(an_ejection_survives_a_new_list_and_a_new_connection),
        cmocka_unit_test(enforcement_is_a_chance_of_its_own_stream),
        cmocka_unit_test(grpcs_policy_means_the_same_with_its_own_defaults),
        cmocka_unit_test(g62_explicit_zeros_are_kept_and_nothing_is_off),
    };

    return cmocka_run_group_tests_name("core/outlier", tests, NULL, NULL);
}
