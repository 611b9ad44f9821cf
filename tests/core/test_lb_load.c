/* Policies that look at load, and turns: peers' sequences, theory, and draws that are followed one
 * by one. Gn, Pn and Sn number the peers' own vectors and known incidents; named at each. */
#include "core/lb/fewest.h"
#include "tests/core/lb_bench.h"

static const int64_t ms = EK_MS;

/* ---- least_request ---- */

/* Strictly fewer wins, so the first drawn keeps a tie. */
static uint32_t least_of(const uint32_t *draws, uint32_t count, const uint32_t *in_flight)
{
    uint32_t best = draws[0];

    for (uint32_t i = 1; i < count; i++)
        if (in_flight[draws[i]] < in_flight[best])
            best = draws[i];
    return best;
}

/* G50, grpc-go TestLeastRequestE2E: draws and picks when streams never end; P32, envoy
 * least_request_lb_test.cc PNC. The rule reproduces both, and the policy follows the rule on its
 * own draws, which cannot be scripted. */
static void the_rule_is_grpcs_and_envoys(void **state)
{
    static const uint32_t draws[][2] = {{0, 0}, {0, 1}, {1, 2}, {0, 0}, {1, 0},
                                        {2, 0}, {0, 0}, {2, 2}, {2, 1}};
    static const uint32_t wanted[] = {0, 1, 2, 0, 1, 2, 0, 2, 1};
    static const uint32_t pnc[] = {3, 0, 3, 2, 1}, active[] = {4, 3, 2, 1};
    uint32_t in_flight[3] = {0};

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        uint32_t pick = least_of(draws[i], 2, in_flight);
        assert_int_equal(pick, wanted[i]);
        in_flight[pick]++;
    }
    assert_int_equal(least_of(pnc, 5, active), 3);

    struct bench *b =
        bench_new("least_request", "{\"replacement\": true, \"choiceCount\": 5}", 7, 1);
    for (int i = 0; i < 2000; i++) {
        uint32_t drawn[5], load[7];
        struct ek_rng shadow = b->rng;
        for (int k = 0; k < 5; k++)
            drawn[k] = ek_rng_below(&shadow, 7);
        for (int k = 0; k < 7; k++)
            load[k] = b->candidates[k].in_flight;
        uint32_t pick = pick_at(b, 0);
        assert_int_equal(pick, least_of(drawn, 5, load));
        begin(b, pick, 0);
    }
    bench_free(b);
}

/* P43a, finagle HeapLeastLoadedTest: 10 nodes, 20 held: 2 each; the one that ends is next. */
static void a_full_scan_fills_evenly(void **state)
{
    struct bench *b = bench_new("least_request", "{\"fullScan\": true}", 10, 1);

    (void)state;
    for (int i = 0; i < 20; i++)
        begin(b, pick_at(b, 0), 0);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(b->candidates[i].in_flight, 2);
    end_with(b, 7, &(struct ek_outcome){0}, 0);
    assert_int_equal(pick_at(b, 0), 7);
    bench_free(b);
}

/* Against looking at one after the other, for lists of all lengths and numbers of all sizes. */
static void the_fewest_are_found_in_lists_of_any_length(void **state)
{
    static const uint32_t ranges[] = {1, 3, 1000, UINT32_MAX};
    static struct ek_candidate c[400];
    struct ek_rng rng = ek_rng_derive(1, "fewest", 0);

    (void)state;
    for (uint32_t count = 1; count <= 400; count++) {
        uint32_t least = UINT32_MAX, equal = 0;
        for (uint32_t i = 0; i < count; i++) {
            c[i].in_flight = ek_rng_below(&rng, ranges[count % 4]);
            equal = c[i].in_flight < least ? 1 : equal + (c[i].in_flight == least);
            least = c[i].in_flight < least ? c[i].in_flight : least;
        }
        struct ek__fewest fewest = ek__fewest(c, count);
        assert_int_equal(fewest.count, equal);
        for (uint32_t i = 0, skip = 0; i < count; i++)
            if (c[i].in_flight == least)
                assert_int_equal(ek__fewest_find(c, count, &fewest, skip++), i);
    }
}

/* Incident S21: idle clients all take the first of equals, or spread. Three of five are equal: a
 * third each, five standard deviations of 30,000 draws are 1.4 points. */
static void ties_are_drawn_or_the_first(void **state)
{
    static const uint32_t load[] = {4, 2, 2, 3, 2};
    int64_t ppm[ENDPOINTS_MAX];
    struct bench *b = bench_new("least_request", "{\"fullScan\": true}", 5, 1);

    (void)state;
    for (int i = 0; i < 5; i++)
        b->candidates[i].in_flight = load[i];
    shares(b, 30000, ppm);
    for (int i = 0; i < 5; i++)
        assert_share(ppm[i], load[i] == 2 ? 333333 : 0, load[i] == 2 ? 14000 : 0);
    bench_free(b);

    b = bench_new("least_request", "{\"fullScan\": true, \"ties\": \"first\"}", 5, 1);
    for (int i = 0; i < 5; i++)
        b->candidates[i].in_flight = load[i];
    shares(b, 100, ppm);
    assert_int_equal(ppm[1], 1000000);
    bench_free(b);
}

/* ---- peak_ewma ---- */

/* P40, finagle P2CPeakEwmaTest: among equal nodes a silent one gets exactly one request. */
static void a_silent_endpoint_gets_one_request(void **state)
{
    struct bench *b = bench_new("peak_ewma", "{}", 10, 1);
    int silent = 0;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        uint32_t pick = pick_at(b, i * ms);
        begin(b, pick, i * ms);
        silent += pick == 4;
        if (pick != 4)
            end_with(b, pick, &(struct ek_outcome){.latency_ns = ms}, i * ms + ms);
    }
    assert_int_equal(silent, 1);
    bench_free(b);
}

/* P42a, brpc_p2c_ewma_load_balancer_unittest.cpp: 1 ms against 50 ms, 1,000 calls one after the
 * other: the fast one gets 90 % or more. */
static void the_faster_of_two_gets_nearly_all(void **state)
{
    struct bench *b = bench_new("peak_ewma", "{}", 2, 1);
    int64_t now = 0;
    int fast = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint32_t pick = pick_at(b, now);
        int64_t latency_ns = pick == 0 ? ms : 50 * ms;
        begin(b, pick, now);
        now += latency_ns;
        end_with(b, pick, &(struct ek_outcome){.latency_ns = latency_ns}, now);
        fast += pick == 0;
    }
    assert_true(fast >= 900);
    bench_free(b);
}

/* 10 ms known of 0, 30 ms of 1. One call is under way at 0: 10 x 2 < 30 while it is not older than
 * 15 ms; an answer of another begins the silence anew. */
static void silence_counts_as_latency(void **state)
{
    static const char *const options[] = {"{\"countSilence\": true}", "{}"};
    struct ek_outcome answer = {.latency_ns = 10 * ms};

    (void)state;
    for (int o = 0; o < 2; o++) {
        struct bench *b = bench_new("peak_ewma", options[o], 2, 1);
        for (uint32_t i = 0; i < 2; i++) {
            begin(b, i, 0);
            end_with(b, i, i == 0 ? &answer : &(struct ek_outcome){.latency_ns = 30 * ms}, 0);
        }
        begin(b, 0, 0);
        assert_int_equal(pick_at(b, 14 * ms), 0);
        assert_int_equal(pick_at(b, 16 * ms), o == 0 ? 1 : 0);
        begin(b, 0, 16 * ms);
        end_with(b, 0, &answer, 16 * ms);
        assert_int_equal(pick_at(b, 30 * ms), 0);
        assert_int_equal(pick_at(b, 32 * ms), o == 0 ? 1 : 0);
        bench_free(b);
    }
}

/* ---- prequal ---- */

/* Every endpoint has told its latency, in ms, at `now`. */
static struct bench *told(const char *options, const int64_t *latency_ms, uint32_t count)
{
    struct bench *b = bench_new("prequal", options, count, 1);

    for (uint32_t i = 0; i < count; i++)
        finish(b, i, EK_STATUS_OK, latency_ms[i] * ms, 0);
    return b;
}

static const int64_t latencies[] = {10, 20, 30, 40};

/* Sixteen probes per call: each of four endpoints is missing with 0.75^16 = 1 %. */
static const char probed[] = "{\"probeRate\": 16}";

static int64_t share_of(struct bench *b, uint32_t endpoint, int64_t now_ns)
{
    int hits = 0;

    for (int i = 0; i < 2000; i++)
        hits += pick_at(b, now_ns) == endpoint;
    return (int64_t)hits * 1000000 / 2000;
}

static void the_fastest_of_the_cold_is_used(void **state)
{
    struct bench *b = told(probed, latencies, 4);

    (void)state;
    assert_share(share_of(b, 0, 0), 1000000, 30000);
    b->candidates[0].in_flight = 9; /* 25 % of the probes: above the 84 % quantile of 0, 0, 0, 9 */
    b->candidates[1].in_flight = 3;
    b->candidates[2].in_flight = 3;
    b->candidates[3].in_flight = 3;
    share_of(b, 0, 0);                         /* until the last 128 probes know it */
    assert_share(share_of(b, 1, 0), 0, 30000); /* 9 is the quantile itself, so 0 is cold */
    bench_free(b);

    b = told("{\"probeRate\": 16, \"hotQuantile\": \"50%\"}", latencies, 4);
    b->candidates[0].in_flight = 9;
    for (int i = 1; i < 4; i++)
        b->candidates[i].in_flight = 3;
    share_of(b, 0, 0);
    assert_share(share_of(b, 1, 0), 1000000, 30000); /* more than 3 is hot */
    bench_free(b);
}

static void of_the_hot_the_least_loaded_is_used(void **state)
{
    struct bench *b = told("{\"probeRate\": 16, \"hotQuantile\": \"0%\"}", latencies, 4);

    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        b->candidates[i].in_flight = 40 - 10 * i;
    assert_share(share_of(b, 3, 0), 1000000, 30000);
    bench_free(b);

    b = told("{\"probeRate\": 16, \"hotQuantile\": \"100%\"}", latencies, 4);
    for (uint32_t i = 0; i < 4; i++)
        b->candidates[i].in_flight = 40 - 10 * i;
    assert_share(share_of(b, 0, 0), 1000000, 30000);
    bench_free(b);
}

/* What a server says of its own requests counts if it is more than what is under way from here. */
static void a_server_tells_what_it_has_in_flight(void **state)
{
    struct bench *b = told("{\"probeRate\": 16, \"hotQuantile\": \"50%\"}", latencies, 4);
    struct ek_load_report load = {.in_flight = 50};
    struct ek_outcome outcome = {.latency_ns = 10 * ms, .load = &load};

    (void)state;
    end_with(b, 0, &outcome, 0);
    share_of(b, 0, 0);
    assert_share(share_of(b, 1, 0), 1000000, 30000);
    bench_free(b);
}

/* Without probes, or when they are too old, every call is a draw: a quarter each, five standard
 * deviations of 2,000 draws are 4.8 points. */
static void without_probes_calls_are_drawn(void **state)
{
    struct bench *b = told("{\"probeRate\": 0}", latencies, 4);
    int hits = 0;

    (void)state;
    assert_share(share_of(b, 0, 0), 250000, 49000);
    bench_free(b);

    b = told("{\"probeRate\": 1, \"probeAge\": \"1ms\", \"memory\": \"1h\"}", latencies, 4);
    for (int i = 0; i < 2000; i++)
        hits += pick_at(b, i * 10 * ms) == 0;
    assert_in_range(hits, 402, 598);
    bench_free(b);
}

/* After 10 s what was told is forgotten, and the slowest is as good as any; but only until it is
 * asked: with a call under way it has to wait for the answer. */
static void what_was_told_is_forgotten(void **state)
{
    struct bench *b = told(probed, latencies, 4);

    (void)state;
    assert_share(share_of(b, 3, 9 * EK_S), 0, 30000);
    for (uint32_t i = 0; i < 3; i++)
        finish(b, i, EK_STATUS_OK, latencies[i] * ms, 9 * EK_S);
    assert_share(share_of(b, 3, 11 * EK_S), 1000000, 30000);
    b->candidates[3].in_flight = 1;
    share_of(b, 3, 11 * EK_S);
    assert_share(share_of(b, 3, 11 * EK_S), 0, 30000);
    bench_free(b);

    b = told("{\"probeRate\": 16, \"memory\": \"1h\"}", latencies, 4);
    assert_share(share_of(b, 3, 3000 * EK_S), 0, 30000);
    bench_free(b);
}

/* Ten failures after 1 ms: each counts as twice what was known, so it moves a quarter of the way to
 * it: 10 ms x 1.25^10 = 93 ms. */
static void failing_fast_is_not_fast(void **state)
{
    struct bench *b = told(probed, latencies, 4);

    (void)state;
    for (int i = 0; i < 10; i++)
        finish(b, 0, EK_STATUS_UNAVAILABLE, ms, 0);
    assert_share(share_of(b, 1, 0), 1000000, 30000);
    bench_free(b);
}

/* ---- round_robin ---- */

/* Six endpoints; the picks before and after 5 leaves. */
static struct bench *turns_of(const char *dialect, uint64_t seed)
{
    char options[64];

    snprintf(options, sizeof options, "{\"dialect\": \"%s\"}", dialect);
    struct bench *b = bench_start("round_robin", options, 6, seed, 0);
    b->count = 6;
    bench_rebuild(b);
    return b;
}

static void lose_the_last(struct bench *b)
{
    b->count--;
    bench_rebuild(b);
}

/* grpc-java and Envoy: the count goes on, so from turn k of 6 it is turn k of 5. */
static void javas_and_envoys_count_goes_on(void **state)
{
    static const char *const dialects[] = {"grpc-java", "envoy"};

    (void)state;
    for (size_t d = 0; d < 2; d++) {
        struct bench *b = turns_of(dialects[d], 1);
        uint64_t start = 0;
        struct ek_rng shadow = ek_rng_derive(1, "lb", 0);
        start = ek_rng_next(&shadow) >> 32;
        assert_int_equal(pick_at(b, 0), start % 6);
        lose_the_last(b);
        assert_int_equal(pick_at(b, 0), (start + 1) % 5);
        bench_free(b);
    }
}

/* C-core: a new random start. Of 1,000 clients a fifth each, five standard deviations are 63. */
static void cores_start_is_drawn_again(void **state)
{
    int firsts[5] = {0};

    (void)state;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct bench *b = turns_of("grpc-core", seed);
        uint32_t first;
        while (pick_at(b, 0) != 2)
            continue; /* 3 would be next */
        lose_the_last(b);
        first = pick_at(b, 0);
        firsts[first]++;
        for (uint32_t i = 1; i < 10; i++)
            assert_int_equal(pick_at(b, 0), (first + i) % 5);
        bench_free(b);
    }
    for (int i = 0; i < 5; i++)
        assert_in_range(firsts[i], 137, 263);
}

/* Go: a random order as well, the same in every round until the next change. */
static void gos_order_is_drawn_again(void **state)
{
    int in_order = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct bench *b = turns_of("grpc-go", seed);
        uint32_t round[6], seen = 0;
        bool is_in_order = true;
        for (int i = 0; i < 6; i++) {
            round[i] = pick_at(b, 0);
            seen |= 1U << round[i];
            is_in_order = is_in_order && (i == 0 || round[i] == (round[i - 1] + 1) % 6);
        }
        assert_int_equal(seen, 63);
        for (int i = 0; i < 12; i++)
            assert_int_equal(pick_at(b, 0), round[i % 6]);
        lose_the_last(b);
        seen = 0;
        for (int i = 0; i < 5; i++)
            seen |= 1U << pick_at(b, 0);
        assert_int_equal(seen, 31);
        in_order += is_in_order;
        bench_free(b);
    }
    assert_in_range(in_order, 0, 10); /* 1 of 120 orders: 1.7 expected */
}

/* Node: whose turn it is keeps it. */
static void nodes_turn_is_kept(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct bench *b = turns_of("grpc-node", seed);
        while (pick_at(b, 0) != 2)
            continue;
        memmove(&b->candidates[0], &b->candidates[1], 5 * sizeof *b->candidates); /* 0 leaves */
        lose_the_last(b);
        assert_int_equal(b->candidates[pick_at(b, 0)].id, 3);
        assert_int_equal(b->candidates[pick_at(b, 0)].id, 4);
        bench_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rule_is_grpcs_and_envoys),
        cmocka_unit_test(a_full_scan_fills_evenly),
        cmocka_unit_test(the_fewest_are_found_in_lists_of_any_length),
        cmocka_unit_test(ties_are_drawn_or_the_first),
        cmocka_unit_test(a_silent_endpoint_gets_one_request),
        cmocka_unit_test(the_faster_of_two_gets_nearly_all),
        cmocka_unit_test(silence_counts_as_latency),
        cmocka_unit_test(the_fastest_of_the_cold_is_used),
        cmocka_unit_test(of_the_hot_the_least_loaded_is_used),
        cmocka_unit_test(a_server_tells_what_it_has_in_flight),
        cmocka_unit_test(without_probes_calls_are_drawn),
        cmocka_unit_test(what_was_told_is_forgotten),
        cmocka_unit_test(failing_fast_is_not_fast),
        cmocka_unit_test(javas_and_envoys_count_goes_on),
        cmocka_unit_test(cores_start_is_drawn_again),
        cmocka_unit_test(gos_order_is_drawn_again),
        cmocka_unit_test(nodes_turn_is_kept),
    };
    return cmocka_run_group_tests_name("core/lb_load", tests, NULL, NULL);
}
