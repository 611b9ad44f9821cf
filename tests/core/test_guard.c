/* What guards calls: circuit breaking, client-side throttling, slow start, idleness, and no memory
 * per call. */
#include "core/channel.h"
#include "manual.h"

#include <stdlib.h>

#define RR "{\"loadBalancingConfig\": [{\"round_robin\": {}}]%s}"

static void open_with(struct rig *rig, const char *members, const char *list)
{
    char config[1024];

    snprintf(config, sizeof config, RR, members);
    manual_open(rig, config, list);
}

static void connect_all(struct rig *rig, uint32_t count)
{
    for (uint32_t e = 0; e < count; e++)
        rig_connected(rig, e);
}

/* ---- circuit breaking ---- */

static void beyond_the_limit_of_requests_calls_fail_at_once(void **state)
{
    struct rig rig;
    struct ek_action first;

    (void)state;
    open_with(&rig, ", \"circuitBreakers\": {\"maxRequests\": 2}", "a:1,b:1");
    connect_all(&rig, 2);
    first = rig_sent(&rig);
    rig_sent(&rig);
    rig_call(&rig);
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);
    assert_string_equal(rig_text(&rig, rig_finish(&rig)),
                        "overflow: 2 requests of this channel are in flight (maxRequests)");
    assert_int_equal(rig_note(&rig, EK_NOTE_OVERFLOW)->number, EK_LIMIT_REQUESTS);

    rig_done(&rig, first.attempt, EK_STATUS_OK); /* room again */

    rig_sent(&rig);
    assert_int_equal(ek_channel_stats(rig.channel).overflows[EK_LIMIT_REQUESTS], 1);
    rig_close(&rig);
}

static void overflow_is_not_retried(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig,
              ", \"circuitBreakers\": {\"maxRequests\": 0}, \"methodConfig\": [{\"name\": [{}], "
              "\"retryPolicy\": {\"maxAttempts\": 3, \"initialBackoff\": \"1s\", \"maxBackoff\": "
              "\"1s\", \"backoffMultiplier\": 1, \"retryableStatusCodes\": [14]}}]",
              "a:1");
    connect_all(&rig, 1);
    rig_call(&rig);

    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);
    assert_int_equal(rig_finish(&rig)->number, 0);
    rig_close(&rig);
}

static void an_endpoint_has_a_limit_of_its_own(void **state)
{
    struct rig rig;
    int failed = 0;

    (void)state;
    open_with(&rig, ", \"circuitBreakers\": {\"maxRequestsPerEndpoint\": 2}", "a:1,b:1");
    connect_all(&rig, 2);
    for (int i = 0; i < 6; i++) {
        rig_call(&rig);
        failed += rig_finish(&rig) != NULL;
    }

    assert_int_equal(failed, 2);
    assert_int_equal(ek_channel_stats(rig.channel).overflows[EK_LIMIT_ENDPOINT_REQUESTS], 2);
    rig_close(&rig);
}

/* P29a, nginx-tests upstream_max_conns.t: four held requests, at most one each: 1/1, two rejected.
 * Its other case, a limit for one server alone, needs limits that differ; ours is the same for all.
 */
static void p29_one_each_and_two_rejected(void **state)
{
    struct rig rig;
    uint32_t sent[2] = {0, 0};

    (void)state;
    open_with(&rig, ", \"circuitBreakers\": {\"maxRequestsPerEndpoint\": 1}", "a:1,b:1");
    connect_all(&rig, 2);
    for (int i = 0; i < 4; i++) {
        const struct ek_action *send;

        rig_call(&rig);
        send = rig_find(&rig, EK_ACTION_SEND, 0);
        if (send != NULL)
            sent[send->endpoint]++;
    }

    assert_int_equal(sent[0], 1);
    assert_int_equal(sent[1], 1);
    assert_int_equal(ek_channel_stats(rig.channel).overflows[EK_LIMIT_ENDPOINT_REQUESTS], 2);
    rig_close(&rig);
}

static void beyond_the_limit_of_pending_calls_they_fail_at_once(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, ", \"circuitBreakers\": {\"maxPendingRequests\": 2}", "a:1");
    rig_call(&rig);
    rig_call(&rig);
    assert_null(rig_finish(&rig));
    assert_int_equal(ek_channel_stats(rig.channel).calls_queued, 2);
    rig_call(&rig);
    assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);

    rig_connected(&rig, 0);

    assert_non_null(rig_find(&rig, EK_ACTION_SEND, 1));
    assert_int_equal(ek_channel_stats(rig.channel).calls_queued, 0);
    rig_close(&rig);
}

/* ---- client-side throttling ---- */

/* P66a, Apache Beam's adaptive_throttler_test: no calls: 0; 20 successes, K = 2: 0. By hand, K = 2:
 * 100 requests, 25 accepts: 50 / 101; K = 1, 100 and 0: 100 / 101. */
static void p66_the_probability_is_that_of_the_sre_book(void **state)
{
    (void)state;
    assert_int_equal(ek__admission_rejection_ppm(0, 0, 2000), 0);
    assert_int_equal(ek__admission_rejection_ppm(20, 20, 2000), 0);
    assert_int_equal(ek__admission_rejection_ppm(100, 50, 2000), 0);
    assert_int_equal(ek__admission_rejection_ppm(100, 25, 2000), 50 * 1000000 / 101);
    assert_int_equal(ek__admission_rejection_ppm(100, 0, 1000), 100 * 1000000 / 101);
}

/* P65a, envoy admission_control_filter_test RejectionProbability, +-.01, n = 100: a success-rate
 * threshold of 100 % is K = 1, of 95 % K = 1 / .95 = 1.053. */
static void p65_a_threshold_of_success_is_a_factor_of_accepts(void **state)
{
    static const struct {
        int64_t accepts, k, ppm;
    } cases[] = {{95, 1000, 50000}, {75, 1000, 250000}, {95, 1053, 0}, {90, 1053, 50000}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ppm = ek__admission_rejection_ppm(100, cases[i].accepts, cases[i].k);

        assert_true(ppm >= cases[i].ppm - 10000 && ppm <= cases[i].ppm + 10000);
    }
}

static void a_refused_client_sends_less_and_less(void **state)
{
    struct rig rig;
    uint64_t early = 0, late;

    (void)state;
    open_with(&rig, ", \"adaptiveThrottling\": {\"window\": \"2m\", \"k\": 2}", "a:1");
    connect_all(&rig, 1);
    for (int i = 0; i < 4000; i++) {
        const struct ek_action *send;

        if (i == 2000)
            early = ek_channel_stats(rig.channel).rejected;
        rig_call(&rig);
        send = rig_find(&rig, EK_ACTION_SEND, 0);
        if (send != NULL)
            rig_done(&rig, send->attempt, EK_STATUS_RESOURCE_EXHAUSTED);
        else
            assert_int_equal(rig_finish(&rig)->status, EK_STATUS_UNAVAILABLE);
    }
    late = ek_channel_stats(rig.channel).rejected - early;

    /* Nothing is accepted, so the n-th call, from 0, passes with probability 1 / (n + 1): of the
     * first 2000 ln 2000 + .58 = 8.2 pass on average, of the second ln 2 = .69. */
    assert_in_range(2000 - early, 1, 25);
    assert_in_range(2000 - late, 0, 8);
    rig_wait(&rig, 120 * EK_S); /* the window forgets */
    rig_sent(&rig);
    rig_close(&rig);
}

static void an_accepted_client_is_left_alone(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, ", \"adaptiveThrottling\": {}", "a:1");
    connect_all(&rig, 1);
    for (int i = 0; i < 1000; i++) /* half are refused: K = 2 lets all through */
        rig_done(&rig, rig_sent(&rig).attempt,
                 i % 2 == 0 ? EK_STATUS_NOT_FOUND : EK_STATUS_UNAVAILABLE);

    assert_int_equal(ek_channel_stats(rig.channel).rejected, 0);
    rig_close(&rig);
}

/* ---- slow start ---- */

/* P38, Envoy's SlowStartNoWaitNonLinearAggression and ..MinWeightPercent35. */
static void p38_factors_are_those_of_envoys_tests(void **state)
{
    static const struct {
        int64_t aggression, min_percent, age_s, window_s;
        double factor;
    } cases[] = {{2000, 10, 6, 60, .3162}, {2000, 10, 26, 60, .6583}, {1500, 10, 9, 10, .9322},
                 {900, 10, 7, 10, .6728},  {1000, 35, 12, 60, .35},   {1000, 35, 30, 60, .5},
                 {1000, 10, 60, 60, 1.0},  {1000, 10, 0, 60, .1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_slow_start_config config = {.window_ns = cases[i].window_s * EK_S,
                                              .aggression = cases[i].aggression,
                                              .min_percent = cases[i].min_percent};
        double factor = (double)ek__slow_start_factor(&config, cases[i].age_s * EK_S) / 1000000.0;

        assert_true(factor > cases[i].factor - .0001 && factor < cases[i].factor + .0001);
    }

    /* Ages below a millisecond count as one, which is more than this window. */
    struct ek_slow_start_config config = {
        .window_ns = EK_MS / 2, .aggression = 1000, .min_percent = 10};
    assert_int_equal(ek__slow_start_factor(&config, EK_MS / 10), 1000000);
}

static double share_of_new(struct rig *rig)
{
    double all = 0, own = 0;

    for (uint32_t e = 0; e < 10; e++) {
        struct ek_endpoint_view view;

        assert_true(ek_channel_endpoint(rig->channel, e, &view));
        all += view.shown_weight;
        own = view.shown_weight;
    }
    return own / all;
}

/* S18 cold-start: nine warm endpoints and a new one, window 100 s, aggression 1, minimum 0: a share
 * of w / (9 + w) at 25, 50, 75, 100 %: 2.70, 5.26, 7.69, 10.0 %. Aggression 0.2, minimum 1 %,
 * window 150 s: 0.11, 0.35, 2.57, 10.0 %. */
static void s18_a_new_endpoint_has_its_share_of_weight(void **state)
{
    static const struct {
        const char *slow_start;
        int64_t window_s;
        double shares[4];
    } cases[] = {
        {"{\"window\": \"100s\", \"minWeightPercent\": 0}", 100, {.0270, .0526, .0769, .1}},
        {"{\"window\": \"150s\", \"aggression\": 0.2, \"minWeightPercent\": 1}",
         150,
         {.0011, .0035, .0257, .1}},
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char members[256];
        struct rig rig;

        snprintf(members, sizeof members, ", \"slowStart\": %s", cases[i].slow_start);
        open_with(&rig, members, "a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1");
        connect_all(&rig, 9);
        rig_wait(&rig, cases[i].window_s * EK_S);
        manual_list(&rig, "a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1");
        for (int quarter = 0; quarter < 4; quarter++) {
            double share;

            rig_wait(&rig, cases[i].window_s * EK_S / 4);
            share = share_of_new(&rig);
            assert_true(share > cases[i].shares[quarter] - .0001 &&
                        share < cases[i].shares[quarter] + .0001);
        }
        rig_close(&rig);
    }
}

/* (b): all are new: a tenth each, at once. */
static void s18_when_all_are_new_slow_start_changes_nothing(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, ", \"slowStart\": {\"window\": \"100s\"}",
              "a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1");
    connect_all(&rig, 10);
    rig_wait(&rig, 20 * EK_S);

    assert_true(share_of_new(&rig) > .0999 && share_of_new(&rig) < .1001);
    rig_close(&rig);
}

/* Through a policy: of static weights, ten calls per second over the window of the first case. The
 * new one's share of all calls of the window is the mean of w / (9 + w) over w in 0 .. 1:
 * 1 - 9 ln(10 / 9) = 5.18 %: of 20,000 calls 1,035. The weight moves in a hundred steps, which lag
 * by half a step (10 calls); at each the turns begin anew, which costs the lightest one at most. */
static void a_weighted_policy_sees_the_weight_grow(void **state)
{
    struct rig rig;
    int own = 0;

    (void)state;
    manual_open(&rig,
                "{\"loadBalancingConfig\": [{\"static_weighted_round_robin\": {}}], "
                "\"slowStart\": {\"window\": \"100s\", \"minWeightPercent\": 0}}",
                "a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1");
    connect_all(&rig, 9);
    rig_wait(&rig, 100 * EK_S);
    manual_list(&rig, "a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1");
    rig_connected(&rig, 9);
    for (int i = 0; i < 20000; i++) {
        struct ek_action send;

        rig_wait(&rig, 5 * EK_MS);
        send = rig_sent(&rig);
        own += send.endpoint == 9;
        rig_done(&rig, send.attempt, EK_STATUS_OK);
    }

    assert_in_range(own, 1035 - 110, 1035 + 20);
    rig_close(&rig);
}

/* ---- idleness ---- */

#define IDLE ", \"connection\": {\"idleTimeout\": \"30s\"}"

static void without_calls_all_is_torn_down(void **state)
{
    struct rig rig;
    uint64_t query;

    (void)state;
    open_with(&rig, IDLE, "a:1,b:1");
    connect_all(&rig, 2);
    query = rig.query;
    rig_wait(&rig, 30 * EK_S);

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_IDLE);
    assert_non_null(rig_find(&rig, EK_ACTION_CLOSE, 1));
    assert_true(rig_find(&rig, EK_ACTION_HTTP_CANCEL, 0)->query == query);
    assert_int_equal(ek_channel_deadline(rig.channel).ns, EK_TIME_NEVER.ns);
    assert_int_equal(ek_channel_stats(rig.channel).endpoints_listed, 0);
    rig_close(&rig);
}

static void a_call_keeps_the_channel_awake(void **state)
{
    struct rig rig;
    struct ek_action send;

    (void)state;
    open_with(&rig, IDLE, "a:1");
    connect_all(&rig, 1);
    rig_wait(&rig, 20 * EK_S);
    send = rig_sent(&rig);
    rig_wait(&rig, 100 * EK_S);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_done(&rig, send.attempt, EK_STATUS_OK);
    rig_wait(&rig, 30 * EK_S - 1);
    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_READY);
    rig_wait(&rig, 1);

    assert_int_equal(ek_channel_state(rig.channel), EK_CONN_IDLE);
    rig_close(&rig);
}

static void a_call_wakes_it_and_it_begins_from_zero(void **state)
{
    struct rig rig;

    (void)state;
    open_with(&rig, IDLE, "a:1");
    connect_all(&rig, 1);
    rig_wait(&rig, 30 * EK_S);
    for (int i = 0; i < 3; i++) {
        rig_call(&rig);
        assert_int_equal(ek_channel_state(rig.channel), EK_CONN_CONNECTING);
        assert_null(rig_find(&rig, EK_ACTION_SEND, 0));
        manual_list(&rig, "a:1");
        rig_connected(&rig, (uint32_t)i + 1); /* a new endpoint, though of the same address */
        assert_int_equal(rig_find(&rig, EK_ACTION_SEND, 0)->endpoint, i + 1);
        rig_done(&rig, rig_find(&rig, EK_ACTION_SEND, 0)->attempt, EK_STATUS_OK);
        rig_wait(&rig, 30 * EK_S);
        assert_int_equal(ek_channel_state(rig.channel), EK_CONN_IDLE);
    }
    rig_close(&rig);
}

/* ---- memory ---- */

struct counted {
    uint64_t blocks;
};

static void *counting_resize(void *context, void *block, size_t size)
{
    struct counted *counted = context;

    if (size == 0) {
        free(block);
        return NULL;
    }
    counted->blocks++;
    return realloc(block, size);
}

/* All guards on, and the same mix of calls over and over: once warm, no block more. */
static void once_warm_no_call_takes_memory(void **state)
{
    struct counted counted = {0};
    struct ek_mem mem = {counting_resize, &counted};
    struct ek_errors errors = {0};
    struct ek_service_config service;
    json_t *json = json_loads(
        "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": [{\"name\": [{}], "
        "\"timeout\": \"1s\", \"hedgingPolicy\": {\"maxAttempts\": 3, \"hedgingDelay\": \"10ms\", "
        "\"nonFatalStatusCodes\": [14]}}], \"retryThrottling\": {\"maxTokens\": 100, "
        "\"tokenRatio\": 1}, \"retryBudget\": {\"rate\": {}, \"concurrent\": {}}, "
        "\"circuitBreakers\": {\"maxRequests\": 100}, \"adaptiveThrottling\": {}, "
        "\"healthCheck\": {\"kind\": \"tcp\", \"interval\": \"100ms\"}, \"slowStart\": "
        "{\"window\": \"1s\"}, \"outlierDetection\": {\"consecutiveFailures\": 5, "
        "\"successRateEjection\": {}, \"interval\": \"100ms\", \"baseEjectionTime\": \"100ms\"}}",
        0, NULL);
    json_t *options = json_pack("{s:[s,s,s]}", "addresses", "a:1", "b:1", "c:1");
    struct ek_channel_config config = {.service_config = &service,
                                       .resolver = ek_resolver_find("static"),
                                       .resolver_options = options,
                                       .seed = 1,
                                       .mem = &mem};
    struct ek_rng rng = ek_rng_derive(1, "mix", 0);
    struct ek_channel *channel;
    ek_time now = {0};
    uint64_t open[400], warm = 0, token = 0;
    size_t count = 0;

    (void)state;
    assert_int_equal(ek_service_config_read(json, "", &service, &errors), EK_OK);
    assert_int_equal(ek_channel_new(&config, now, &channel, &errors), EK_OK);
    for (int step = 0; step < 60000; step++) {
        struct ek_action action;
        struct ek_call call = {.token = ++token};

        if (step == 30000)
            warm = counted.blocks;
        now = ek_time_add(now, EK_MS);
        ek_channel_tick(channel, now);
        if (count < 50)
            assert_int_equal(ek_channel_call(channel, &call, now), EK_OK);
        while (ek_channel_output(channel, &action)) {
            struct ek_event event = {0};

            if (action.kind == EK_ACTION_CONNECT) {
                event =
                    (struct ek_event){.kind = EK_EVENT_CONNECTED, .connection = action.connection};
            } else if (action.kind == EK_ACTION_PROBE) {
                event = (struct ek_event){.kind = EK_EVENT_PROBE_DONE, .probe = action.probe};
            } else if (action.kind == EK_ACTION_SEND) {
                open[count++] = action.attempt;
            } else if (action.kind == EK_ACTION_CANCEL) {
                for (size_t i = 0; i < count; i++)
                    if (open[i] == action.attempt)
                        open[i--] = open[--count];
            }
            if (action.kind == EK_ACTION_CONNECT || action.kind == EK_ACTION_PROBE)
                ek_channel_input(channel, &event, now);
        }
        if (count > 0 && ek_rng_below(&rng, 3) > 0) {
            size_t i = ek_rng_below(&rng, (uint32_t)count);
            struct ek_event event = {.kind = EK_EVENT_ATTEMPT_DONE,
                                     .attempt = open[i],
                                     .status = ek_rng_below(&rng, 4) == 0 ? EK_STATUS_UNAVAILABLE
                                                                          : EK_STATUS_OK};

            open[i] = open[--count];
            ek_channel_input(channel, &event, now);
        }
    }

    assert_true(ek_channel_stats(channel).hedges > 1000);
    assert_true(warm > 0);
    assert_int_equal(counted.blocks, warm);
    ek_channel_free(channel);
    ek_service_config_deinit(&service);
    json_decref(options);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beyond_the_limit_of_requests_calls_fail_at_once),
        cmocka_unit_test(overflow_is_not_retried),
        cmocka_unit_test(an_endpoint_has_a_limit_of_its_own),
        cmocka_unit_test(p29_one_each_and_two_rejected),
        cmocka_unit_test(beyond_the_limit_of_pending_calls_they_fail_at_once),
        cmocka_unit_test(p65_a_threshold_of_success_is_a_factor_of_accepts),
        cmocka_unit_test(p66_the_probability_is_that_of_the_sre_book),
        cmocka_unit_test(a_refused_client_sends_less_and_less),
        cmocka_unit_test(an_accepted_client_is_left_alone),
        cmocka_unit_test(p38_factors_are_those_of_envoys_tests),
        cmocka_unit_test(s18_a_new_endpoint_has_its_share_of_weight),
        cmocka_unit_test(s18_when_all_are_new_slow_start_changes_nothing),
        cmocka_unit_test(a_weighted_policy_sees_the_weight_grow),
        cmocka_unit_test(without_calls_all_is_torn_down),
        cmocka_unit_test(a_call_keeps_the_channel_awake),
        cmocka_unit_test(a_call_wakes_it_and_it_begins_from_zero),
        cmocka_unit_test(once_warm_no_call_takes_memory),
    };

    return cmocka_run_group_tests_name("core/guard", tests, NULL, NULL);
}
