/* What policies say they hold about an endpoint: computed by hand, and without changing anything.
 */
#include "core/lb/edf.h"
#include "tests/core/lb_bench.h"

static const int64_t ms = EK_MS;

static int64_t score_at(const struct bench *b, uint32_t endpoint, int64_t now_ns)
{
    return b->ops->score(b->self, b->candidates, b->count, endpoint, (ek_time){now_ns});
}

static void assert_scores(const struct bench *b, int64_t now_ns, const int64_t *wanted)
{
    for (uint32_t i = 0; i < b->count; i++)
        if (score_at(b, i, now_ns) != wanted[i])
            fail_msg("%s, endpoint %u: score %lld, wanted %lld", b->ops->name, i,
                     (long long)score_at(b, i, now_ns), (long long)wanted[i]);
}

static void a_score_has_a_unit(void **state)
{
    (void)state;
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops != NULL; ops++)
        assert_int_equal((*ops)->score != NULL, (*ops)->score_unit != NULL);
    assert_null(ek_lb_find("random")->score);
    assert_null(ek_lb_find("pick_first")->score);
}

/* ---- turns ---- */

static void round_robin_counts_the_turns_before_one(void **state)
{
    static const char *const options[] = {"{}", "{\"dialect\": \"grpc-core\"}",
                                          "{\"dialect\": \"grpc-go\"}",
                                          "{\"dialect\": \"grpc-node\"}"};

    (void)state;
    for (int o = 0; o < 4; o++) {
        struct bench *b = bench_new("round_robin", options[o], 5, 1);
        uint32_t order[5], seen = 0;

        for (int i = 0; i < 5; i++)
            order[i] = pick_at(b, 0);
        for (int i = 0; i < 5; i++) {
            assert_int_equal(score_at(b, order[i], 0), i);
            seen |= 1U << score_at(b, order[i], 0);
        }
        assert_int_equal(seen, 31);
        pick_at(b, 0);
        assert_int_equal(score_at(b, order[0], 0), 4);
        assert_int_equal(score_at(b, order[1], 0), 0);
        bench_free(b);
    }
}

/* Weights 1, 2 from the start: deadlines 1 and 1/2, so it is the turn of the second and the first
 * is half a unit of virtual time behind, at weight 1 half a turn: 1 - 1/2. Then both are due at 1,
 * then (P21's order 1 0 1) the second is at 3/2 while the first is due: 1 - 1/2 x 2 = 0. */
static void edf_tells_what_is_owed(void **state)
{
    struct bench *b = bench_weighted("static_weighted_round_robin", "{\"start\": \"zero\"}",
                                     (const uint32_t[]){1, 2}, 2);

    (void)state;
    assert_scores(b, 0, (const int64_t[]){500000, 1000000});
    assert_int_equal(pick_at(b, 0), 1);
    assert_scores(b, 0, (const int64_t[]){1000000, 1000000});
    assert_int_equal(pick_at(b, 0), 0);
    assert_scores(b, 0, (const int64_t[]){0, 1000000});
    bench_free(b);

    b = bench_weighted("static_weighted_round_robin", "{\"start\": \"zero\"}",
                       (const uint32_t[]){3, 3, 3, 3}, 4);
    assert_int_equal(pick_at(b, 0), 0);
    assert_scores(b, 0, (const int64_t[]){250000, 1000000, 750000, 500000});
    bench_free(b);
}

/* P25a, nginx's commit text: after the first of 5,1,1 the current weights are -2, 1, 1; after the
 * third 1, -4, 3, as the table in the text has it. */
static void smooth_tells_nginxs_current_weight(void **state)
{
    struct bench *b = bench_weighted("static_weighted_round_robin", "{\"algorithm\": \"smooth\"}",
                                     (const uint32_t[]){5, 1, 1}, 3);

    (void)state;
    assert_scores(b, 0, (const int64_t[]){0, 0, 0});
    assert_int_equal(pick_at(b, 0), 0);
    assert_scores(b, 0, (const int64_t[]){-285714, 142857, 142857}); /* -2/7, 1/7, 1/7 */
    assert_int_equal(pick_at(b, 0), 0);
    assert_int_equal(pick_at(b, 0), 1);
    assert_scores(b, 0, (const int64_t[]){142857, -571429, 428571}); /* 1/7, -4/7, 3/7 */
    bench_free(b);
}

/* A deadline is found wherever its slot has lost. */
static void the_tree_knows_every_deadline(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 40; count++) {
        struct ek_rng rng = ek_rng_derive(count, "deadlines", 0);
        struct ek__edf edf = {0};
        uint64_t deadlines[40];

        assert_int_equal(ek__edf_reset(&edf, &ek_mem_libc, count), EK_OK);
        for (uint32_t i = 0; i < count; i++)
            ek__edf_set(&edf, i, deadlines[i] = ek_rng_below(&rng, 1000));
        ek__edf_play(&edf);
        for (int step = 0; step < 200; step++) {
            uint64_t period = 1 + ek_rng_below(&rng, 100);
            for (uint32_t i = 0; i < count; i++)
                assert_true(ek__edf_deadline(&edf, i) == deadlines[i]);
            deadlines[ek__edf_top(&edf)] += period;
            ek__edf_again(&edf, period);
        }
        ek__edf_deinit(&edf, &ek_mem_libc);
    }
}

/* ---- loads ---- */

static void least_request_tells_requests(void **state)
{
    struct bench *b = bench_weighted("least_request", "{}", (const uint32_t[]){1, 2, 3}, 3);

    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        b->candidates[i].in_flight = 2 * i;
    assert_scores(b, 0, (const int64_t[]){0, 2, 4});
    bench_free(b);

    /* (attempts + 1) x mean 2 / weight: 1 x 2 / 1, 3 x 2 / 2, 5 x 2 / 3 = 3.3 */
    b = bench_weighted("least_request", "{\"weighting\": \"divide\"}", (const uint32_t[]){1, 2, 3},
                       3);
    for (uint32_t i = 0; i < 3; i++)
        b->candidates[i].in_flight = 2 * i;
    assert_scores(b, 0, (const int64_t[]){2, 3, 3});
    bench_free(b);

    /* (attempts + 1)^2: 1 x 2 / 1, 9 x 2 / 2, 25 x 2 / 3 = 16.7 */
    b = bench_weighted("least_request", "{\"weighting\": \"edf\", \"activeRequestBias\": 2}",
                       (const uint32_t[]){1, 2, 3}, 3);
    for (uint32_t i = 0; i < 3; i++)
        b->candidates[i].in_flight = 2 * i;
    assert_scores(b, 0, (const int64_t[]){2, 9, 17});
    bench_free(b);
}

/* 10 ms known and one under way: 20 ms. e^-1 of it after the time constant of 10 s: 7,357,589 ns.
 * Nothing known: 0 while idle, else the penalty and what is under way. Looking does not count as
 * an observation: the estimate that a pick then sees is the same. */
static void peak_ewma_tells_the_load_it_compares(void **state)
{
    struct bench *b = bench_new("peak_ewma", "{}", 3, 1);

    (void)state;
    begin(b, 0, 0);
    end_with(b, 0, &(struct ek_outcome){.latency_ns = 10 * ms}, 0);
    begin(b, 0, 0);
    begin(b, 1, 0);
    assert_scores(b, 0, (const int64_t[]){20 * ms, INT64_C(140737488355328), 0});
    assert_int_equal(score_at(b, 0, 10 * EK_S), 7357589);
    assert_int_equal(score_at(b, 0, 10 * EK_S), 7357589);
    bench_free(b);

    b = bench_new("peak_ewma", "{\"countSilence\": true}", 1, 1);
    begin(b, 0, 0);
    end_with(b, 0, &(struct ek_outcome){.latency_ns = 10 * ms}, 0);
    begin(b, 0, 0);
    assert_int_equal(score_at(b, 0, 50 * ms), 100 * ms); /* silent for 50, x 2 */
    bench_free(b);
}

static void tell(struct bench *b, uint32_t endpoint, int64_t qps, int64_t utilization_ppm,
                 int64_t now_ns)
{
    struct ek_load_report load = {.qps = qps * 1000000, .utilization = utilization_ppm};

    end_with(b, endpoint, &(struct ek_outcome){.latency_ns = 1, .load = &load}, now_ns);
}

/* 100 / 0.25 = 400; 10 / 0.4 = 25; none. Known only after the blackout of 10 s, forgotten after 180
 * s. A report between two updates counts from the next one. */
static void weighted_round_robin_tells_the_weight_that_counts(void **state)
{
    static const int64_t none[] = {EK_SCORE_NONE, EK_SCORE_NONE, EK_SCORE_NONE};
    static const int64_t known[] = {400, 25, EK_SCORE_NONE};
    struct bench *b = bench_new("weighted_round_robin", "{}", 3, 1);

    (void)state;
    tell(b, 0, 100, 250000, 0);
    tell(b, 1, 10, 400000, 0);
    assert_scores(b, 10 * EK_S - 1, none);
    assert_scores(b, 10 * EK_S, known);
    pick_at(b, 10 * EK_S);
    tell(b, 0, 200, 250000, 10 * EK_S);
    assert_scores(b, 11 * EK_S - 1, known);
    assert_scores(b, 11 * EK_S, (const int64_t[]){800, 25, EK_SCORE_NONE});
    assert_scores(b, 200 * EK_S, none);
    bench_free(b);
}

/* With hotQuantile 0 % whoever has an attempt under way is hot. */
static void prequal_tells_its_probes(void **state)
{
    struct bench *b = bench_new("prequal", "{\"probeRate\": 16, \"hotQuantile\": \"0%\"}", 2, 1);

    (void)state;
    finish(b, 0, EK_STATUS_OK, 30 * ms, 0);
    finish(b, 1, EK_STATUS_OK, 20 * ms, 0);
    b->candidates[1].in_flight = 7;
    assert_scores(b, 0, (const int64_t[]){EK_SCORE_NONE, EK_SCORE_NONE});
    pick_at(b, 0);
    assert_int_equal(score_at(b, 0, 0), 30 * ms);
    assert_int_equal(score_at(b, 1, 0), -7);
    assert_int_equal(score_at(b, 1, EK_S), EK_SCORE_NONE); /* older than probeAge */
    bench_free(b);
}

/* ---- shares ---- */

/* P1: the table of 7 is 2 4 0 1 5 0 3: 1/7 is 142,857 ppm, host 0 has two. */
static void maglev_tells_shares_of_its_table(void **state)
{
    struct bench *b = bench_start("maglev", "{\"tableSize\": 7}", 6, 1, 0);

    (void)state;
    for (uint32_t i = 0; i < 6; i++)
        snprintf(b->addresses[i], ADDRESS_SIZE, "127.0.0.1:%u", 90 + i);
    b->count = 6;
    bench_rebuild(b);
    assert_scores(b, 0, (const int64_t[]){285714, 142857, 142857, 142857, 142857, 142857});
    bench_free(b);
}

/* P15, envoy ring_hash_lb_test.cc UnevenHosts, min 3: h80 at 5454692015285649509 and
 * 13838424394637650569, h81 at 7859399908942313493 and 16064866803292627174. A point owns what is
 * above the one before it: h81 has 7859399908942313493 - 5454692015285649509 and
 * 16064866803292627174 - 13838424394637650569, 4631150302311640589 of 2^64 in all. */
static void ring_hash_tells_shares_of_its_ring(void **state)
{
    struct bench *b = bench_start("ring_hash", "{\"minRingSize\": 3}", 2, 1, 0);

    (void)state;
    for (uint32_t i = 0; i < 2; i++)
        snprintf(b->addresses[i], ADDRESS_SIZE, "127.0.0.1:%u", 80 + i);
    b->count = 2;
    bench_rebuild(b);
    assert_scores(b, 0, (const int64_t[]){748945, 251055});
    b->count = 1;
    bench_rebuild(b);
    assert_int_equal(score_at(b, 0, 0), 1000000);
    bench_free(b);

    b = bench_start("ring_hash", "{\"minRingSize\": 1, \"maxRingSize\": 1}", 1, 1, 0);
    b->count = 1;
    bench_rebuild(b);
    assert_int_equal(score_at(b, 0, 0), 1000000); /* one point */
    bench_free(b);
}

/* ---- children ---- */

static void a_subset_tells_what_its_child_holds(void **state)
{
    struct bench *b = bench_start(
        "random_subsetting", "{\"subsetSize\": 4, \"childPolicy\": \"least_request\"}", 12, 1, 0);
    int members = 0;

    (void)state;
    b->count = 12;
    bench_rebuild(b);
    for (uint32_t i = 0; i < 12; i++)
        b->candidates[i].in_flight = 3 * i;
    for (uint32_t i = 0; i < 12; i++) {
        int64_t score = score_at(b, i, 0);
        members += score != EK_SCORE_NONE;
        assert_true(score == EK_SCORE_NONE || score == 3 * (int64_t)i);
    }
    assert_int_equal(members, 4);
    bench_free(b);

    b = bench_new("deterministic_subsetting", "{\"subsetSize\": 2, \"childPolicy\": \"random\"}", 4,
                  1);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(score_at(b, i, 0), EK_SCORE_NONE);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_score_has_a_unit),
        cmocka_unit_test(round_robin_counts_the_turns_before_one),
        cmocka_unit_test(edf_tells_what_is_owed),
        cmocka_unit_test(smooth_tells_nginxs_current_weight),
        cmocka_unit_test(the_tree_knows_every_deadline),
        cmocka_unit_test(least_request_tells_requests),
        cmocka_unit_test(peak_ewma_tells_the_load_it_compares),
        cmocka_unit_test(weighted_round_robin_tells_the_weight_that_counts),
        cmocka_unit_test(prequal_tells_its_probes),
        cmocka_unit_test(maglev_tells_shares_of_its_table),
        cmocka_unit_test(ring_hash_tells_shares_of_its_ring),
        cmocka_unit_test(a_subset_tells_what_its_child_holds),
    };
    return cmocka_run_group_tests_name("core/lb_score", tests, NULL, NULL);
}
