/* Policies by registered weights: peers' vectors, naive models, exact shares. Gn, Pn and Sn number
 * the vectors of the peers' own tests and known incidents; their places are named at each. */
#include "core/lb/alias.h"
#include "core/lb/edf.h"
#include "core/lb/turns.h"
#include "tests/core/lb_bench.h"

/* ---- static_weighted_round_robin, edf ---- */

static const char zero[] = "{\"start\": \"zero\"}";

/* P21, envoy round_robin_lb_test.cc Weighted; then P21b, weights 2,1 in the same set: with exact
 * deadlines and ties in the order of insertion, h0 waits at 3, h1 at 2.5, and both turns that were
 * set count with the old weights. */
static void edf_takes_envoys_turns_through_a_change_of_weights(void **state)
{
    struct bench *b =
        bench_weighted("static_weighted_round_robin", zero, (const uint32_t[]){1, 2}, 2);

    (void)state;
    assert_picks(b, "101101");
    b->candidates[0].weight = 2;
    b->candidates[1].weight = 1;
    bench_rebuild(b);
    assert_picks(b, "10100100");
    bench_free(b);
}

/* P26: exact deadlines of 5,1,1: 1/5 .. 4/5 are host 0's; at 1 it stands behind 1 and 2. */
static void edf_of_5_1_1(void **state)
{
    struct bench *b =
        bench_weighted("static_weighted_round_robin", zero, (const uint32_t[]){5, 1, 1}, 3);

    (void)state;
    assert_picks(b, "0000120"
                    "0000120"
                    "0000120");
    bench_free(b);
}

/* P24, envoy edf_scheduler_test.cc: weights 1 .. 128, 8,256 picks, entry i exactly i times. Their
 * common multiple has 55 digits: deadlines are rounded, yet no pick is lost. */
static void edf_of_1_to_128_is_exact(void **state)
{
    uint32_t weights[128];
    int counts[128];

    (void)state;
    for (uint32_t i = 0; i < 128; i++)
        weights[i] = i + 1;
    struct bench *b = bench_weighted("static_weighted_round_robin", zero, weights, 128);
    for (int round = 0; round < 3; round++) {
        count_picks(b, 8256, 0, counts);
        for (int i = 0; i < 128; i++)
            assert_int_equal(counts[i], i + 1);
    }
    bench_free(b);
}

/* P30, brpc_load_balancer_unittest.cpp: 3,2,7 in 12 picks; P28, nginx stream_upstream.t: 1:2 in 30.
 */
static void both_algorithms_give_each_weight_its_share(void **state)
{
    static const char *const options[] = {zero, "{\"algorithm\": \"smooth\"}"};
    int counts[3];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bench *b = bench_weighted("static_weighted_round_robin", options[i],
                                         (const uint32_t[]){3, 2, 7}, 3);
        count_picks(b, 12, 0, counts);
        assert_int_equal(counts[0], 3);
        assert_int_equal(counts[1], 2);
        assert_int_equal(counts[2], 7);
        bench_free(b);

        b = bench_weighted("static_weighted_round_robin", options[i], (const uint32_t[]){1, 2}, 2);
        count_picks(b, 30, 0, counts);
        assert_int_equal(counts[0], 10);
        assert_int_equal(counts[1], 20);
        bench_free(b);
    }
}

/* The model: who has the smallest (k + 1) / weight, k its picks so far; ties as they were set. */
static uint32_t model_pick(const uint32_t *weights, uint64_t *due, uint64_t *set_at, uint64_t *sets,
                           uint32_t count)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < count; i++) {
        uint64_t mine = due[i] * weights[best], other = due[best] * weights[i];

        if (mine < other || (mine == other && set_at[i] < set_at[best]))
            best = i;
    }
    due[best]++;
    set_at[best] = ++*sets;
    return best;
}

static void edf_follows_exact_fractions(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct ek_rng rng = ek_rng_derive(seed, "edf", 0);
        uint32_t count = 2 + ek_rng_below(&rng, 30), weights[32];
        uint32_t weight_max = seed % 3 == 0 ? 5 : seed % 3 == 1 ? 1000 : 1000000;
        uint64_t due[32], set_at[32], sets = 0;

        for (uint32_t i = 0; i < count; i++) {
            weights[i] = 1 + ek_rng_below(&rng, weight_max);
            due[i] = 1;
            set_at[i] = ++sets;
        }
        weights[0] = weights[1] + 1; /* not all equal */
        struct bench *b = bench_weighted("static_weighted_round_robin", zero, weights, count);
        for (int i = 0; i < 3000; i++)
            if (pick_at(b, 0) != model_pick(weights, due, set_at, &sets, count))
                fail_msg("seed %d, pick %d", (int)seed, i);
        bench_free(b);
    }
}

/* Weight 2^32 - 1 beside 1: the light one's deadline is 1, the heavy one is there 2^32 - 1 times
 * before. And three rounds past the point where deadlines start again from 0: 2^61 is 745 rounds.
 */
static void edf_takes_huge_weights_and_never_overflows(void **state)
{
    struct bench *b =
        bench_weighted("static_weighted_round_robin", zero, (const uint32_t[]){1, UINT32_MAX}, 2);
    int counts[2];

    (void)state;
    for (int i = 0; i < 100000; i++)
        assert_int_equal(pick_at(b, 0), 1);
    bench_free(b);

    b = bench_weighted("static_weighted_round_robin", zero,
                       (const uint32_t[]){UINT32_MAX, UINT32_MAX - 1}, 2);
    count_picks(b, 100000, 0, counts);
    assert_in_range(counts[0], 49999, 50001);
    bench_free(b);

    b = bench_weighted("static_weighted_round_robin", zero, (const uint32_t[]){1, 2}, 2);
    for (int i = 0; i < 3000; i++)
        assert_picks(b, "101");
    bench_free(b);
}

/* As Envoy's emulated picks: a start of P goes on as one at 0 after P picks, but for the order of
 * equal deadlines, which may put one pick of each in another round. */
static void a_random_start_stands_for_picks_made(void **state)
{
    static const uint32_t weights[] = {7, 1, 3, 12, 5};

    (void)state;
    for (uint64_t skipped = 0; skipped < 60; skipped++) {
        struct ek__turns fresh = {0}, late = {0};
        int ahead[5] = {0};

        assert_int_equal(ek__turns_reset(&fresh, &ek_mem_libc, 5), EK_OK);
        assert_int_equal(ek__turns_reset(&late, &ek_mem_libc, 5), EK_OK);
        for (uint32_t i = 0; i < 5; i++) {
            ek__turns_weigh(&fresh, i, weights[i]);
            ek__turns_weigh(&late, i, weights[i]);
        }
        ek__turns_start(&fresh, 0);
        ek__turns_start(&late, skipped);
        for (uint64_t i = 0; i < skipped; i++)
            ek__turns_next(&fresh);
        for (int i = 0; i < 28 * 10; i++) {
            ahead[ek__turns_next(&fresh)]++;
            ahead[ek__turns_next(&late)]--;
            for (int k = 0; k < 5; k++)
                assert_true(ahead[k] >= -1 && ahead[k] <= 1);
        }
        ek__turns_deinit(&fresh, &ek_mem_libc);
        ek__turns_deinit(&late, &ek_mem_libc);
    }
}

/* 28 starts: the first picks are spread over a whole round, 7 1 3 12 5 of 28, each give or take the
 * one whose deadline ties with all others. 2,000 clients; five standard deviations on top. */
static void random_starts_spread_the_first_picks_by_weight(void **state)
{
    static const uint32_t weights[] = {7, 1, 3, 12, 5};
    int firsts[5] = {0};

    (void)state;
    for (uint64_t client = 0; client < 2000; client++) {
        struct bench *b = bench_start("static_weighted_round_robin", "{}", 5, client, client);
        b->count = 5;
        for (uint32_t i = 0; i < 5; i++)
            b->candidates[i].weight = weights[i];
        bench_rebuild(b);
        firsts[pick_at(b, 0)]++;
        bench_free(b);
    }
    assert_in_range(firsts[0], 428 - 97, 572 + 97);
    assert_in_range(firsts[1], 0, 143 + 58);
    assert_in_range(firsts[3], 785 - 110, 929 + 112);
}

/* A changed set begins anew; equal weights are plain turns whose count goes on. */
static void edf_begins_anew_with_another_set(void **state)
{
    struct bench *b = bench_start("static_weighted_round_robin", zero, 3, 1, 0);

    (void)state;
    b->count = 2;
    b->candidates[1].weight = 2;
    bench_rebuild(b);
    assert_picks(b, "10");
    b->count = 3;
    b->candidates[2].weight = 4;
    bench_rebuild(b);
    assert_picks(b, "2122"); /* 1/4 2; 1/2 1 before 2; then 3/4 is 2's */
    b->candidates[0].weight = b->candidates[1].weight = b->candidates[2].weight = 1;
    b->candidates[2].id = 9; /* another set */
    bench_rebuild(b);
    assert_picks(b, "012012");
    bench_free(b);
}

/* ---- smooth ---- */

/* P25a, nginx's commit text: 5,1,1 is aabacaa. */
static void smooth_spreads_a_heavy_endpoint(void **state)
{
    struct bench *b = bench_weighted("static_weighted_round_robin", "{\"algorithm\": \"smooth\"}",
                                     (const uint32_t[]){5, 1, 1}, 3);

    (void)state;
    assert_picks(b, "0010200"
                    "0010200");
    bench_free(b);
}

/* Incident S20 (a): 10:1:1:1, 1,300 picks: 10/13 for the heavy one, and its longest run is 6 where
 * draw-then-repeat has some 40. */
static void smooth_never_bursts(void **state)
{
    struct bench *b = bench_weighted("static_weighted_round_robin", "{\"algorithm\": \"smooth\"}",
                                     (const uint32_t[]){10, 1, 1, 1}, 4);
    int heavy = 0, run = 0, longest = 0;

    (void)state;
    for (int i = 0; i < 1300; i++) {
        bool is_heavy = pick_at(b, 0) == 0;

        heavy += is_heavy;
        run = is_heavy ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_int_equal(heavy, 1000);
    assert_int_equal(longest, 6);
    bench_free(b);
}

/* A retry's pick is among those it sees, whatever the weights. */
static void a_retry_goes_elsewhere(void **state)
{
    static const char *const options[] = {zero, "{\"algorithm\": \"smooth\"}"};

    (void)state;
    for (size_t o = 0; o < 2; o++) {
        struct bench *b = bench_weighted("static_weighted_round_robin", options[o],
                                         (const uint32_t[]){1000000, 1, 2}, 3);
        for (int i = 0; i < 100; i++) {
            assert_int_not_equal(pick_without(b, 1), 0);
            assert_int_equal(pick_without(b, 1 | 2), 2);
        }
        bench_free(b);
    }
}

/* ---- random ---- */

/* The table against the weights: each index gets its own cells' thresholds and what others give it,
 * which is weight / sum up to count x 2^-31. */
static void the_alias_table_holds_the_weights(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct ek_rng rng = ek_rng_derive(seed, "alias", 0);
        uint32_t count = 1 + ek_rng_below(&rng, 200);
        struct ek_candidate c[200] = {{0}};
        struct ek__alias alias = {0};
        double parts[200] = {0}, sum = 0;

        for (uint32_t i = 0; i < count; i++) {
            c[i].weight = seed % 2 == 0 ? 1 + ek_rng_below(&rng, UINT32_MAX - 1)
                                        : 1 + ek_rng_below(&rng, 1 + ek_rng_below(&rng, 1000));
            sum += c[i].weight;
        }
        assert_int_equal(ek__alias_build(&alias, &ek_mem_libc, c, count), EK_OK);
        for (uint32_t i = 0; i < count; i++) {
            double own = (double)alias.cells[i].threshold / 4294967296.0;

            parts[i] += own;
            parts[alias.cells[i].other] += 1 - own;
        }
        for (uint32_t i = 0; i < count; i++) {
            double error = parts[i] / count - c[i].weight / sum;

            assert_true(error < 1e-9 && error > -1e-9);
        }
        ek__alias_deinit(&alias, &ek_mem_libc);
    }
}

/* 1:2:5 of 100,000 draws; five standard deviations of the middle one are 0.7 points. */
static void weighted_random_follows_weights(void **state)
{
    int64_t ppm[ENDPOINTS_MAX];
    int left = 0;
    struct bench *b =
        bench_weighted("random", "{\"weighted\": true}", (const uint32_t[]){1, 2, 5}, 3);

    (void)state;
    shares(b, 100000, ppm);
    assert_share(ppm[0], 125000, 7000);
    assert_share(ppm[1], 250000, 7000);
    assert_share(ppm[2], 625000, 8000);
    for (int i = 0; i < 9000; i++) /* without the heavy one: 1:2 */
        left += pick_without(b, 4) == 0;
    assert_in_range(left, 3000 - 224, 3000 + 224);
    bench_free(b);

    b = bench_weighted("random", "{}", (const uint32_t[]){1, 2, 5}, 3);
    shares(b, 100000, ppm);
    for (int i = 0; i < 3; i++)
        assert_share(ppm[i], 333333, 7500);
    bench_free(b);
}

/* ---- least_request by weight ---- */

/* P34, envoy WeightImbalanceWithCustomActiveRequestBias: bias 0 is plain turns, whatever is under
 * way. */
static void a_bias_of_0_is_plain_turns(void **state)
{
    struct bench *b =
        bench_weighted("least_request", "{\"weighting\": \"edf\", \"activeRequestBias\": 0}",
                       (const uint32_t[]){1, 2}, 2);

    (void)state;
    b->candidates[1].in_flight = 1;
    assert_picks(b, "101101");
    bench_free(b);
}

/* Weights 1,2 with one under way at host 1: its turns are 2 / 2 = 1 long, so both alternate. */
static void attempts_under_way_lengthen_a_turn(void **state)
{
    static const char *const options[] = {"{\"weighting\": \"edf\"}",
                                          "{\"weighting\": \"edf\", \"activeRequestBias\": 2.0}"};
    static const int wanted[] = {50, 67}; /* with the square: turns of 1 and 4 / 2 = 2 */
    int counts[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bench *b = bench_weighted("least_request", options[i], (const uint32_t[]){1, 2}, 2);
        b->candidates[1].in_flight = 1;
        count_picks(b, 100, 0, counts);
        assert_in_range(counts[0], wanted[i] - 1, wanted[i] + 1);
        bench_free(b);
    }
}

/* (0 + 1) / 1 against (2 + 1) / 4: the heavy one has less. At (3 + 1) / 4 it is a tie. */
/* Weights 1,2 with nobody under way: 1 0 1 1 0 1 (P21). After the first of these the weights become
 * 2,2, as in a slow start: 0's first deadline stays at 1, 1's second one at 1 as well and 0 was set
 * before; from then on both take 1/2 in turn. Begun anew it would be 0 again after 0. */
static void turns_go_on_when_weights_alone_change(void **state)
{
    struct bench *b =
        bench_weighted("least_request", "{\"weighting\": \"edf\"}", (const uint32_t[]){1, 2}, 2);

    (void)state;
    assert_int_equal(pick_at(b, 0), 1);
    b->candidates[0].weight = 2;
    bench_rebuild(b);
    assert_int_equal(pick_at(b, 0), 0);
    bench_rebuild(b);
    assert_picks(b, "10101");
    bench_free(b);
}

static void divide_compares_attempts_per_weight(void **state)
{
    struct bench *b =
        bench_weighted("least_request", "{\"weighting\": \"divide\"}", (const uint32_t[]){1, 4}, 2);
    int counts[2];

    (void)state;
    b->candidates[1].in_flight = 2;
    count_picks(b, 100, 0, counts);
    assert_int_equal(counts[1], 100);
    b->candidates[1].in_flight = 3;
    count_picks(b, 1000, 0, counts);
    assert_in_range(counts[1], 421, 579); /* five standard deviations */
    b->candidates[1].in_flight = 4;
    count_picks(b, 100, 0, counts);
    assert_int_equal(counts[0], 100);
    bench_free(b);
}

/* The heavy endpoint has a million turns for each of the others', and a retry has tried it. */
static void by_load_a_retry_goes_elsewhere_too(void **state)
{
    struct bench *b = bench_weighted("least_request", "{\"weighting\": \"edf\"}",
                                     (const uint32_t[]){1000000, 1, 2}, 3);

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_not_equal(pick_without(b, 1), 0);
        assert_int_equal(pick_without(b, 1 | 2), 2);
    }
    bench_free(b);
}

/* A key has 20 bits for the slot. */
static void turns_have_a_limit(void **state)
{
    struct ek__edf edf = {0};

    (void)state;
    assert_int_equal(ek__edf_reset(&edf, &ek_mem_libc, (UINT32_C(1) << 20) + 1), EK_ELIMIT);
    ek__edf_deinit(&edf, &ek_mem_libc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edf_takes_envoys_turns_through_a_change_of_weights),
        cmocka_unit_test(edf_of_5_1_1),
        cmocka_unit_test(edf_of_1_to_128_is_exact),
        cmocka_unit_test(both_algorithms_give_each_weight_its_share),
        cmocka_unit_test(edf_follows_exact_fractions),
        cmocka_unit_test(edf_takes_huge_weights_and_never_overflows),
        cmocka_unit_test(a_random_start_stands_for_picks_made),
        cmocka_unit_test(random_starts_spread_the_first_picks_by_weight),
        cmocka_unit_test(edf_begins_anew_with_another_set),
        cmocka_unit_test(smooth_spreads_a_heavy_endpoint),
        cmocka_unit_test(smooth_never_bursts),
        cmocka_unit_test(a_retry_goes_elsewhere),
        cmocka_unit_test(by_load_a_retry_goes_elsewhere_too),
        cmocka_unit_test(turns_have_a_limit),
        cmocka_unit_test(the_alias_table_holds_the_weights),
        cmocka_unit_test(weighted_random_follows_weights),
        cmocka_unit_test(a_bias_of_0_is_plain_turns),
        cmocka_unit_test(attempts_under_way_lengthen_a_turn),
        cmocka_unit_test(turns_go_on_when_weights_alone_change),
        cmocka_unit_test(divide_compares_attempts_per_weight),
    };
    return cmocka_run_group_tests_name("core/lb_weighted", tests, NULL, NULL);
}
