/* Client-side weighted round robin: gRPC's static stride and load reports, vector by vector. Gn and
 * Pn number the vectors of the peers' own tests; their places are named at each. */
#include "core/lb/stride.h"
#include "tests/core/lb_bench.h"

/* ---- the static stride ---- */

static uint16_t scaled[128];

static struct ek__stride stride_of(enum ek__stride_dialect dialect, const double *weights,
                                   uint32_t count, uint32_t counter)
{
    struct ek__stride stride;

    assert_true(ek__stride_scale(dialect, weights, count, scaled));
    ek__stride_seek(&stride, scaled, count, counter);
    return stride;
}

static void assert_strides(struct ek__stride *stride, const char *wanted)
{
    for (const char *c = wanted; *c != '\0'; c++)
        assert_int_equal(ek__stride_next(stride), *c - '0');
}

/* G2, grpc static_stride_scheduler_test.cc PicksAreWeightedExactly. */
static void strides_of_1_2_3(void **state)
{
    (void)state;
    for (int dialect = EK__STRIDE_GO; dialect <= EK__STRIDE_JAVA; dialect++) {
        struct ek__stride stride =
            stride_of((enum ek__stride_dialect)dialect, (const double[]){1, 2, 3}, 3, 0);
        assert_int_equal(scaled[0], 21845);
        assert_int_equal(scaled[1], 43690);
        assert_int_equal(scaled[2], 65535);
        for (int i = 0; i < 100; i++)
            assert_strides(&stride, "122012");
    }
}

/* G4, AllWeightsEqualIsRoundRobin, PicksAreDeterministic, RebuildGiveSamePicks. */
static void equal_strides_are_plain_turns(void **state)
{
    struct ek__stride stride = stride_of(EK__STRIDE_CORE, (const double[]){300, 300, 0}, 3, 0);
    uint32_t first[3], seen = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        seen |= 1U << (first[i] = ek__stride_next(&stride));
    assert_int_equal(seen, 7);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ek__stride_next(&stride), first[i % 3]);
    ek__stride_seek(&stride, scaled, 3, 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ek__stride_next(&stride), first[i % 3]);
}

/* G6, MaxIsClampedForHighRatio: 81 counts as 10 x the mean of 5 in C-core and Java, in Go in full.
 */
static void the_largest_weight_is_limited_by_dialect(void **state)
{
    static const int wanted[] = {81, 50, 50};
    double weights[20] = {81};

    (void)state;
    for (int i = 1; i < 20; i++)
        weights[i] = 1;
    for (int dialect = EK__STRIDE_GO; dialect <= EK__STRIDE_CORE; dialect++) {
        struct ek__stride stride = stride_of((enum ek__stride_dialect)dialect, weights, 20, 0);
        int counts[20] = {0};
        for (int i = 0; i < wanted[dialect] + 19; i++)
            counts[ek__stride_next(&stride)]++;
        assert_int_equal(counts[0], wanted[dialect]);
        for (int i = 1; i < 20; i++)
            assert_int_equal(counts[i], 1);
    }
}

/* G8, WeightedRoundRobinLoadBalancerTest testDeterministicPicks, testImmediateWraparound: the pick
 * and the counter after it. */
static void strides_of_2_3_6_and_their_counter(void **state)
{
    static const struct {
        uint32_t pick, counter;
    } wanted[] = {{1, 2}, {2, 3}, {2, 6}, {0, 7}, {1, 8}, {2, 9}};

    (void)state;
    for (int wraps = 0; wraps < 2; wraps++) {
        struct ek__stride stride =
            stride_of(EK__STRIDE_JAVA, (const double[]){2, 3, 6}, 3, wraps ? UINT32_MAX : 0);
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
            assert_int_equal(ek__stride_next(&stride), wanted[i].pick);
            assert_int_equal(stride.counter, wanted[i].counter);
        }
    }
}

/* G10a: {1, 10} is 6554, 65535; index 0 at picks 9, 20, 31, 42, 53. */
static void strides_of_1_10(void **state)
{
    struct ek__stride stride = stride_of(EK__STRIDE_GO, (const double[]){1, 10}, 2, 0);

    (void)state;
    assert_int_equal(scaled[0], 6554);
    assert_int_equal(scaled[1], 65535);
    for (int i = 0; i < 60; i++)
        assert_int_equal(ek__stride_next(&stride) == 0, i % 11 == 9);
}

/* Java holds small weights at a tenth of the mean, C-core at a hundredth, Go at nothing: of 1000,
 * 1000, 1 (mean 667) the last is 65535 / 1000 = 66 in Go; at least 0.01 x 43712 = 437 in C-core; at
 * least 0.1 x 43711.8 = 4372 rounded up in Java. And one of 2^-20 of the largest vanishes in Go. */
static void the_smallest_weight_is_limited_by_dialect(void **state)
{
    static const uint16_t wanted[] = {66, 437, 4372};

    (void)state;
    for (int dialect = EK__STRIDE_GO; dialect <= EK__STRIDE_JAVA; dialect++) {
        stride_of((enum ek__stride_dialect)dialect, (const double[]){1000, 1000, 1}, 3, 0);
        assert_int_equal(scaled[2], wanted[dialect]);
    }
    stride_of(EK__STRIDE_GO, (const double[]){1048576, 1048576, 1}, 3, 0);
    assert_int_equal(scaled[2], 0);
}

/* Go: n - 1 unknown or all equal; C-core: all unknown or alone; Java: fewer than two known. */
static void plain_turns_are_taken_by_dialect(void **state)
{
    static const struct {
        double weights[3];
        uint32_t count;
        bool go, core, java;
    } cases[] = {
        {{1, 2, 3}, 1, true, true, true},         {{0, 0, 0}, 3, true, true, true},
        {{5, 0, 0}, 3, true, false, true},        {{5, 0, 6}, 3, false, false, false},
        {{5, 5, 5}, 3, true, false, false},       {{5, 0, 5}, 3, true, false, false},
        {{5, 5.00001, 5}, 3, true, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double *w = cases[i].weights;
        uint32_t n = cases[i].count;

        assert_int_equal(!ek__stride_scale(EK__STRIDE_GO, w, n, scaled), cases[i].go);
        assert_int_equal(!ek__stride_scale(EK__STRIDE_CORE, w, n, scaled), cases[i].core);
        assert_int_equal(!ek__stride_scale(EK__STRIDE_JAVA, w, n, scaled), cases[i].java);
    }
}

/* The published formula, with its two divisions. */
static uint32_t model_stride(const uint16_t *weights, uint32_t count, uint32_t *counter)
{
    for (;;) {
        uint32_t s = (*counter)++, index = s % count;
        uint64_t generation = s / count, w = weights[index];

        if ((w * generation + (uint64_t)index * 32767) % 65535 >= 65535 - w)
            return index;
    }
}

static void strides_follow_the_formula_across_the_wrap(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct ek_rng rng = ek_rng_derive(seed, "stride", 0);
        uint32_t count = 1 + ek_rng_below(&rng, 100);
        uint32_t counter = seed % 2 == 0 ? UINT32_MAX - 3000 : (uint32_t)(ek_rng_next(&rng) >> 32);
        struct ek__stride stride;

        for (uint32_t i = 0; i < count; i++)
            scaled[i] = (uint16_t)(1 + ek_rng_below(&rng, 65535));
        scaled[0] = 65535;
        ek__stride_seek(&stride, scaled, count, counter);
        for (int i = 0; i < 4000; i++)
            assert_int_equal(ek__stride_next(&stride), model_stride(scaled, count, &counter));
    }
}

/* ---- weighted_round_robin ---- */

struct told {
    double qps, utilization, eps;
};

static void tell(struct bench *b, uint32_t endpoint, struct told told, int64_t now_ns)
{
    struct ek_load_report load = {.qps = (int64_t)(told.qps * 1e6 + 0.5),
                                  .utilization = (int64_t)(told.utilization * 1e6 + 0.5),
                                  .eps = (int64_t)(told.eps * 1e6 + 0.5)};
    struct ek_outcome outcome = {.latency_ns = 1, .status = EK_STATUS_OK, .load = &load};

    end_with(b, endpoint, &outcome, now_ns);
}

/* Over 65535 generations each place is taken exactly as often as its scaled weight says, so the
 * shares of a few rounds of that are exact but for the scaling. */
static void assert_load(struct bench *b, const double *wanted, int64_t now_ns)
{
    int counts[4], total = 65535;

    count_picks(b, total, now_ns, counts);
    for (uint32_t i = 0; i < b->count; i++) {
        double error = (double)counts[i] / total - wanted[i];

        if (error > 2e-4 || error < -2e-4)
            fail_msg("share %f, wanted %f", (double)counts[i] / total, wanted[i]);
    }
}

static void assert_told(const char *options, const struct told *told, const double *wanted)
{
    struct bench *b = bench_new("weighted_round_robin", options, 3, 1);

    for (uint32_t i = 0; i < 3; i++)
        tell(b, i, told[i], 0);
    assert_load(b, wanted, 0);
    bench_free(b);
}

/* G12, WRRj pickByWeight_*withEps*. */
static void errors_count_as_utilization(void **state)
{
    static const struct told told[] = {{22, .12, 19.7}, {40, .28, .998}, {100, .86, 3.14159}};
    static const struct told idle[] = {{22, 0, 19.7}, {40, 0, .998}, {100, 0, 3.14159}};

    (void)state;
    assert_told("{\"blackoutPeriod\": \"0s\"}", told, (const double[]){.08175, .49495, .42330});
    assert_told("{\"blackoutPeriod\": \"0s\", \"errorUtilizationPenalty\": 1.75}", told,
                (const double[]){.05303, .50255, .44443});
    assert_told("{\"blackoutPeriod\": \"0s\"}", idle, (const double[]){1. / 3, 1. / 3, 1. / 3});
}

/* G14, WRRj unknownWeightIsAvgWeight and WRRc Basic; G16, WRRc Eps and grpc-go
 * TestBalancer_TwoAddresses_ErrorPenalty (two endpoints, here with a third that does not report:
 * the mean of 1 and 10 is 5.5, of 1 and 1 is 1). */
static void unknown_weights_are_the_mean(void **state)
{
    static const char soon[] = "{\"blackoutPeriod\": \"0s\"}";

    (void)state;
    assert_told(soon, (const struct told[]){{1, .1, 0}, {1, .2, 0}, {0, 0, 0}},
                (const double[]){4. / 9, 2. / 9, 3. / 9});
    assert_told(soon, (const struct told[]){{100, .9, 0}, {100, .3, 0}, {0, 0, 0}},
                (const double[]){1. / 6, 3. / 6, 2. / 6});
    assert_told(soon, (const struct told[]){{100, .9, 0}, {100, .3, 0}, {100, .3, 0}},
                (const double[]){1. / 7, 3. / 7, 3. / 7});
    assert_told(soon, (const struct told[]){{100, .1, 50}, {100, .1, 20}, {100, .1, 10}},
                (const double[]){1. / 6, 2. / 6, 3. / 6});
    assert_told("{\"blackoutPeriod\": \"0s\", \"errorUtilizationPenalty\": 0}",
                (const struct told[]){{10, 1, 0}, {10, .1, 10}, {0, 0, 0}},
                (const double[]){1 / 16.5, 10 / 16.5, 5.5 / 16.5});
    assert_told("{\"blackoutPeriod\": \"0s\", \"errorUtilizationPenalty\": 0.9}",
                (const struct told[]){{10, 1, 0}, {10, .1, 10}, {0, 0, 0}},
                (const double[]){1. / 3, 1. / 3, 1. / 3});
}

static struct bench *told_pair(const char *options, int64_t now_ns)
{
    struct bench *b = bench_new("weighted_round_robin", options, 2, 1);

    tell(b, 0, (struct told){1, .1, 0}, now_ns);
    tell(b, 1, (struct told){1, .2, 0}, now_ns);
    return b;
}

static const double even[] = {.5, .5}, two_to_one[] = {2. / 3, 1. / 3};

/* G18, WRRj blackoutPeriod and grpc-go TestBalancer_TwoAddresses_BlackoutPeriod: 1:1 until one ns
 * before the period's end, 2:1 from then on. */
static void a_blackout_ends_with_its_period(void **state)
{
    static const struct {
        const char *options;
        int64_t at_ns;
        const double *wanted;
    } cases[] = {
        {"{}", 5 * EK_S, even},
        {"{}", 10 * EK_S - 1, even},
        {"{}", 10 * EK_S, two_to_one},
        {"{\"blackoutPeriod\": \"4s\"}", 4 * EK_S - 1, even},
        {"{\"blackoutPeriod\": \"4s\"}", 4 * EK_S, two_to_one},
        {"{\"blackoutPeriod\": \"0s\"}", 0, two_to_one},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench *b = told_pair(cases[i].options, 0);
        assert_load(b, cases[i].wanted, cases[i].at_ns);
        bench_free(b);
    }
}

/* Expired at exactly the period; a report then starts another blackout. */
static void reports_expire(void **state)
{
    struct bench *b = told_pair("{}", 0);
    int64_t now = 180 * EK_S;

    (void)state;
    assert_load(b, two_to_one, now - 2 * EK_S);
    assert_load(b, even, now);
    tell(b, 0, (struct told){1, .1, 0}, now);
    tell(b, 1, (struct told){1, .2, 0}, now);
    assert_load(b, even, now + 9 * EK_S);
    assert_load(b, two_to_one, now + 10 * EK_S);
    bench_free(b);

    b = told_pair("{\"weightExpirationPeriod\": \"30s\"}", 0);
    assert_load(b, two_to_one, 28 * EK_S);
    assert_load(b, even, 30 * EK_S);
    bench_free(b);
}

/* Weighed at 10 s, then what is told counts from the next update on: 1 s later, or the option's,
 * but not sooner than 100 ms. */
static void weights_are_taken_once_per_update_period(void **state)
{
    static const struct {
        const char *options;
        int64_t after_ns;
    } cases[] = {{"{}", EK_S},
                 {"{\"weightUpdatePeriod\": \"2s\"}", 2 * EK_S},
                 {"{\"weightUpdatePeriod\": \"1ms\"}", 100 * EK_MS}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench *b = told_pair(cases[i].options, 0);
        int64_t now = 10 * EK_S;
        assert_load(b, two_to_one, now);
        tell(b, 0, (struct told){1, .2, 0}, now);
        assert_load(b, two_to_one, now + cases[i].after_ns - 1);
        assert_load(b, even, now + cases[i].after_ns);
        bench_free(b);
    }
}

/* A58: back to READY is another blackout; seen as leaving the set and coming back. */
static void who_returns_is_blacked_out_again(void **state)
{
    struct bench *b = told_pair("{}", 0);

    (void)state;
    assert_load(b, two_to_one, 10 * EK_S);
    b->count = 1;
    bench_rebuild(b);
    pick_at(b, 11 * EK_S);
    b->count = 2;
    bench_rebuild(b);
    assert_load(b, even, 12 * EK_S); /* 1 counts as the mean of what is known, 0 */
    tell(b, 1, (struct told){1, .2, 0}, 12 * EK_S);
    assert_load(b, even, 21 * EK_S);
    assert_load(b, two_to_one, 22 * EK_S);
    bench_free(b);
}

/* G20, grpc-go TestBalancer_AddressesChanging: 10, 100, 20; then 200 as well; without the third;
 * first and fourth. */
static void weights_follow_the_set(void **state)
{
    static const double weights[] = {10, 100, 20, 200};
    static const struct {
        uint32_t ids[4], count;
    } sets[] = {{{0, 1, 2, 0}, 3}, {{0, 1, 2, 3}, 4}, {{0, 1, 3, 0}, 3}, {{0, 3, 0, 0}, 2}};
    struct bench *b = bench_start("weighted_round_robin", "{\"blackoutPeriod\": \"0s\"}", 4, 1, 0);
    struct ek_candidate all[4];

    (void)state;
    memcpy(all, b->candidates, sizeof all);
    for (size_t s = 0; s < sizeof sets / sizeof sets[0]; s++) {
        double sum = 0, wanted[4];
        b->count = sets[s].count;
        for (uint32_t i = 0; i < b->count; i++) {
            b->candidates[i] = all[sets[s].ids[i]];
            sum += weights[sets[s].ids[i]];
        }
        bench_rebuild(b);
        for (uint32_t i = 0; i < b->count; i++) {
            wanted[i] = weights[sets[s].ids[i]] / sum;
            tell(b, i, (struct told){weights[sets[s].ids[i]], 1, 0}, 0);
        }
        assert_load(b, wanted, 0);
    }
    bench_free(b);
}

/* P73a, envoy client_side_weighted_round_robin: 1000 / .5 is 2000; with 100 errors and penalty 2 it
 * is 1428 in integers. Earliest deadline first: 2000:1428 is 500:357, exactly. And the median of
 * 100, 200, 400 is 200, of 100, 201 it is 150. */
static void envoys_dialect_takes_integers_and_the_median(void **state)
{
    struct bench *b = bench_new(
        "weighted_round_robin",
        "{\"dialect\": \"envoy\", \"blackoutPeriod\": \"0s\", \"errorUtilizationPenalty\": 2}", 4,
        1);
    int counts[4];

    (void)state;
    b->count = 2;
    bench_rebuild(b);
    tell(b, 0, (struct told){1000, .5, 0}, 0);
    tell(b, 1, (struct told){1000, .5, 100}, 0);
    count_picks(b, 857, 0, counts);
    assert_int_equal(counts[0], 500);
    assert_int_equal(counts[1], 357);

    b->count = 4;
    bench_rebuild(b);
    tell(b, 0, (struct told){100, 1, 0}, 0);
    tell(b, 1, (struct told){200, 1, 0}, 0);
    tell(b, 2, (struct told){400, 1, 0}, 0);
    count_picks(b, 9, 0, counts);
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 2);
    assert_int_equal(counts[2], 4);
    assert_int_equal(counts[3], 2);

    b->count = 3;
    b->candidates[2] = b->candidates[3];
    bench_rebuild(b);
    tell(b, 1, (struct told){201, 1, 0}, 0);
    count_picks(b, 451, 0, counts);
    assert_int_equal(counts[0], 100);
    assert_int_equal(counts[1], 201);
    assert_int_equal(counts[2], 150);
    bench_free(b);
}

/* Of 1000, 1000, 1 the third's share is scaled / sum: 66, 437, 4372 beside two of 65535, see above;
 * in Envoy 1 of 2001. */
static void dialects_differ_in_the_share_of_a_tiny_weight(void **state)
{
    static const struct {
        const char *options;
        double share;
    } cases[] = {
        {"{\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-go\"}", 66 / 131136.},
        {"{\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-core\"}", 437 / 131507.},
        {"{\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-java\"}", 4372 / 135442.},
        {"{\"blackoutPeriod\": \"0s\", \"dialect\": \"envoy\"}", 1 / 2001.},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double rest = (1 - cases[i].share) / 2;
        assert_told(cases[i].options, (const struct told[]){{1000, 1, 0}, {1000, 1, 0}, {1, 1, 0}},
                    (const double[]){rest, rest, cases[i].share});
    }
}

/* grpc-node, load-balancer-weighted-round-robin.ts: deadlines that are drawn below the period, then
 * a period apart; the period of an unknown weight is the mean itself. Periods 1/4, 1/2 and, of the
 * unknown one, 3: in 3 units of time 12, 6 and 1 turns, whatever the first deadlines. With one
 * known weight the mean is 1: in 4 units 2 and 4 of periods 2 and 1. */
static void nodes_dialect_takes_the_mean_for_a_period(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct bench *b =
            bench_new("weighted_round_robin",
                      "{\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-node\"}", 3, seed);
        int counts[3];

        tell(b, 0, (struct told){4, 1, 0}, 0);
        tell(b, 1, (struct told){2, 1, 0}, 0);
        for (int round = 0; round < 3; round++) {
            count_picks(b, 19, 0, counts);
            assert_int_equal(counts[0], 12);
            assert_int_equal(counts[1], 6);
            assert_int_equal(counts[2], 1);
        }
        b->count = 2;
        b->candidates[0] = b->candidates[2];
        tell(b, 1, (struct told){1, 2, 0}, 0);
        bench_rebuild(b);
        count_picks(b, 6, 0, counts);
        assert_int_equal(counts[0], 4);
        assert_int_equal(counts[1], 2);
        bench_free(b);
    }
}

/* Envoy makes its schedulers anew when a weight has changed, and only then; each step of a slow
 * start rebuilds the same set, and does not count here at all. Turns of 1 and 3 are 0111 or a
 * rotation of it, so 40 picks have exactly 10 and 30 of them, which a start at the same place at
 * every pick would not. */
static void turns_go_on_while_nothing_changes(void **state)
{
    static const char *const dialects[] = {"grpc-go", "grpc-core", "grpc-java", "envoy"};

    (void)state;
    for (size_t d = 0; d < sizeof dialects / sizeof dialects[0]; d++) {
        char options[120];
        int counts[2] = {0};
        struct bench *b;

        snprintf(options, sizeof options, "{\"blackoutPeriod\": \"0s\", \"dialect\": \"%s\"}",
                 dialects[d]);
        b = bench_new("weighted_round_robin", options, 2, 1);
        tell(b, 0, (struct told){100, 1, 0}, 0);
        tell(b, 1, (struct told){300, 1, 0}, 0);
        for (int i = 0; i < 40; i++) {
            b->candidates[0].weight = (uint32_t)(1 + i % 3); /* of the registry */
            bench_rebuild(b);
            counts[pick_at(b, i * 2 * EK_S)]++; /* an update is due each time */
        }
        assert_int_equal(counts[0], 10);
        assert_int_equal(counts[1], 30);
        bench_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strides_of_1_2_3),
        cmocka_unit_test(equal_strides_are_plain_turns),
        cmocka_unit_test(the_largest_weight_is_limited_by_dialect),
        cmocka_unit_test(strides_of_2_3_6_and_their_counter),
        cmocka_unit_test(strides_of_1_10),
        cmocka_unit_test(the_smallest_weight_is_limited_by_dialect),
        cmocka_unit_test(plain_turns_are_taken_by_dialect),
        cmocka_unit_test(strides_follow_the_formula_across_the_wrap),
        cmocka_unit_test(errors_count_as_utilization),
        cmocka_unit_test(unknown_weights_are_the_mean),
        cmocka_unit_test(a_blackout_ends_with_its_period),
        cmocka_unit_test(reports_expire),
        cmocka_unit_test(weights_are_taken_once_per_update_period),
        cmocka_unit_test(who_returns_is_blacked_out_again),
        cmocka_unit_test(weights_follow_the_set),
        cmocka_unit_test(envoys_dialect_takes_integers_and_the_median),
        cmocka_unit_test(nodes_dialect_takes_the_mean_for_a_period),
        cmocka_unit_test(turns_go_on_while_nothing_changes),
        cmocka_unit_test(dialects_differ_in_the_share_of_a_tiny_weight),
    };
    return cmocka_run_group_tests_name("core/lb_reports", tests, NULL, NULL);
}
