/* Policies put together from others: who gets which calls, and what children are told. The rules
 * are those of gRPC's weighted_target and priority policies. */
#include "tests/core/lb_bench.h"

/* The localities of endpoints 0, 1 ..., one letter each. */
static struct bench *bench_in(const char *name, const char *options, const char *localities,
                              uint64_t seed)
{
    static const char *const texts[] = {"a", "b", "c", "d"};
    uint32_t count = (uint32_t)strlen(localities);
    struct bench *b = bench_start(name, options, count, seed, 0);

    b->count = count;
    for (uint32_t i = 0; i < count; i++)
        b->described[i] = (struct ek_described){.locality = texts[localities[i] - 'a'],
                                                .priority = (uint32_t)(localities[i] - 'a')};
    bench_rebuild(b);
    return b;
}

/* What a pick says without an endpoint. */
static struct ek_pick raw_pick(struct bench *b)
{
    const struct ek_request request = {0};

    return b->ops->pick(b->self, b->candidates, b->count, &request, &b->rng, (ek_time){0});
}

#define ONE_TO_TWO                                                                      \
    "{\"targets\": {\"a\": {\"weight\": 1, \"childPolicy\": [{\"round_robin\": {}}]}, " \
    "\"b\": {\"weight\": 2, \"childPolicy\": [{\"round_robin\": {}}]}}}"

/* A third and two thirds, whatever the targets' sizes; five standard deviations of 30,000 draws are
 * 0.0136. Within a target its policy's turns are exact. */
static void targets_get_their_weights_share(void **state)
{
    struct bench *b = bench_in("weighted_target_experimental", ONE_TO_TWO, "babbb", 1);
    int counts[5];

    (void)state;
    count_picks(b, 30000, 0, counts);
    assert_share((int64_t)counts[1] * 1000000 / 30000, 333333, 13600);
    for (int i = 2; i < 5; i++)
        assert_in_range(counts[0] - counts[i] + 1, 0, 2);
    bench_free(b);
}

/* gRPC: targets that are not READY are left out, and the others share by what is left. */
static void a_target_without_endpoints_gets_nothing(void **state)
{
    struct bench *b = bench_in("weighted_target", ONE_TO_TWO, "ab", 1);

    (void)state;
    b->count = 1;
    bench_rebuild(b);
    for (int i = 0; i < 50; i++)
        assert_int_equal(pick_at(b, 0), 0);
    b->candidates[0] = b->candidates[1];
    bench_rebuild(b);
    for (int i = 0; i < 50; i++)
        assert_int_equal(pick_at(b, 0), 0);
    bench_free(b);
}

/* gRPC: an address whose path names no child goes to none; with nobody left the call fails. */
static void who_fits_no_target_gets_no_calls(void **state)
{
    struct bench *b = bench_in("weighted_target", ONE_TO_TWO, "cab", 1);
    int counts[3];

    (void)state;
    count_picks(b, 300, 0, counts);
    assert_int_equal(counts[0], 0);
    assert_true(b->ops->score(b->self, b->candidates, 3, 0, (ek_time){0}) == EK_SCORE_NONE);
    b->count = 1;
    bench_rebuild(b);
    assert_int_equal(raw_pick(b).kind, EK_PICK_FAIL);
    assert_int_equal(raw_pick(b).status, EK_STATUS_UNAVAILABLE);
    bench_free(b);

    b = bench_in("weighted_target",
                 "{\"targets\": {\"*\": {\"weight\": 1, \"childPolicy\": \"round_robin\"}, \"a\": "
                 "{\"weight\": 1, \"childPolicy\": \"round_robin\"}}}",
                 "cab", 1);
    count_picks(b, 6000, 0, counts); /* "*" has the first and the last: a quarter each */
    assert_in_range(counts[0] - counts[2] + 1, 0, 2);
    assert_share((int64_t)counts[1] * 1000000 / 6000, 500000, 33000);
    bench_free(b);
}

/* Of several tags the first listed target counts. */
static void a_label_may_name_the_target(void **state)
{
    static const char both[] = "tag\0blue\0tag\0green\0", green[] = "env\0blue\0tag\0green\0";
    struct bench *b =
        bench_start("weighted_target",
                    "{\"by\": \"tag\", \"targets\": {\"green\": {\"weight\": 1, \"childPolicy\": "
                    "\"round_robin\"}, \"blue\": {\"weight\": 1000000, \"childPolicy\": "
                    "\"round_robin\"}}}",
                    3, 1, 0);
    int counts[3];

    (void)state;
    b->count = 3;
    b->described[0] = (struct ek_described){.labels = both, .labels_size = sizeof both - 1};
    b->described[1] = (struct ek_described){.labels = green, .labels_size = sizeof green - 1};
    bench_rebuild(b);
    count_picks(b, 10, 0, counts);
    assert_int_equal(counts[0], 5);
    assert_int_equal(counts[1], 5);
    bench_free(b);
}

/* A retry goes where somebody is left, in the same target or in another. */
static void a_retry_goes_where_somebody_is_left(void **state)
{
    struct bench *b = bench_in("weighted_target",
                               "{\"targets\": {\"a\": {\"weight\": 1, \"childPolicy\": "
                               "\"random\"}, \"b\": {\"weight\": 1000000, \"childPolicy\": "
                               "\"random\"}}}",
                               "abb", 1);

    (void)state;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(pick_without(b, 1U << 1), 2);
        assert_int_equal(pick_without(b, 1U << 1 | 1U << 2), 0);
    }
    bench_free(b);
}

#define A_THEN_B                                                                               \
    "{\"by\": \"locality\", \"children\": {\"x\": {\"config\": [{\"round_robin\": {}}]}, "     \
    "\"y\": {\"config\": [{\"round_robin\": {}}]}, \"z\": {\"config\": [{\"random\": {}}]}}, " \
    "\"priorities\": [\"x\", \"y\"]}"

/* gRPC: the first priority that is READY has all calls; it has them back when it is READY again. */
static void the_first_priority_with_anyone_has_all_calls(void **state)
{
    struct bench *b = bench_start("priority", A_THEN_B, 4, 1, 0);
    struct ek_candidate all[4];
    int counts[4];

    (void)state;
    b->count = 4;
    memcpy(all, b->candidates, sizeof all);
    for (int i = 0; i < 4; i++)
        b->described[i].locality = i < 2 ? "y" : "x";
    bench_rebuild(b);
    count_picks(b, 10, 0, counts);
    assert_int_equal(counts[2], 5);
    assert_int_equal(counts[3], 5);

    b->count = 2; /* those of x are not eligible */
    bench_rebuild(b);
    count_picks(b, 10, 0, counts);
    assert_int_equal(counts[0], 5);

    b->count = 3;
    bench_rebuild(b);
    count_picks(b, 10, 0, counts);
    assert_int_equal(counts[2], 10);
    for (int i = 0; i < 10; i++)
        assert_in_range(pick_without(b, 1U << 2), 0, 1);
    bench_free(b);
}

/* gRPC's usual tower: priorities, in each localities by weight, in each a policy. An endpoint of no
 * target leaves its priority empty, and the next one takes the calls. */
static void weighted_targets_stand_in_priorities(void **state)
{
    struct bench *b = bench_start(
        "priority_experimental",
        "{\"children\": {\"0\": {\"config\": [{\"weighted_target_experimental\": " ONE_TO_TWO
        "}]}, \"1\": {\"config\": [{\"least_request\": {}}]}}, \"priorities\": [\"0\", \"1\"]}",
        4, 1, 0);
    int counts[4];

    (void)state;
    b->count = 4;
    for (uint32_t i = 0; i < 4; i++)
        b->described[i] = (struct ek_described){.priority = i == 3, .locality = i == 1 ? "b" : "a"};
    bench_rebuild(b);
    count_picks(b, 6000, 0, counts);
    assert_share((int64_t)counts[1] * 1000000 / 6000, 666667, 31000);
    assert_in_range(counts[0] - counts[2] + 1, 0, 2);
    assert_int_equal(counts[3], 0);

    for (uint32_t i = 0; i < 3; i++)
        b->described[i].locality = "c";
    bench_rebuild(b);
    count_picks(b, 10, 0, counts);
    assert_int_equal(counts[3], 10);
    b->count = 3;
    bench_rebuild(b);
    assert_int_equal(raw_pick(b).kind, EK_PICK_FAIL);
    bench_free(b);
}

/* Each child learns of its own endpoints alone: one answers at once, one in a second, and peak_ewma
 * keeps to the fast one; the other target's least_request sees what is under way. */
static void children_are_told_of_their_own(void **state)
{
    struct bench *b = bench_in("weighted_target",
                               "{\"targets\": {\"a\": {\"weight\": 1, \"childPolicy\": "
                               "\"peak_ewma\"}, \"b\": {\"weight\": 1, \"childPolicy\": "
                               "\"least_request\"}}}",
                               "abab", 1);
    int counts[4];

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        begin(b, i, 0);
        end_with(b, i, &(struct ek_outcome){.latency_ns = i == 0 ? EK_MS : EK_S}, 0);
    }
    begin(b, 3, 0);
    count_picks(b, 2000, 0, counts);
    assert_int_equal(counts[2], 0);
    assert_int_equal(counts[3], 0);
    assert_in_range(counts[0], 850, 1150);
    assert_int_equal(b->ops->score(b->self, b->candidates, 4, 2, (ek_time){0}), EK_S);
    assert_int_equal(b->ops->score(b->self, b->candidates, 4, 3, (ek_time){0}), 1);
    end_with(b, 3, &(struct ek_outcome){0}, 0);
    bench_free(b);
}

/* An endpoint changes targets with calls under way: the old policy hears of their ends, so its
 * count of what is under way is 0 again, and a bound of 100 % leaves every key where it is without
 * one. */
static void calls_end_where_they_began(void **state)
{
    struct bench *b =
        bench_in("weighted_target",
                 "{\"targets\": {\"a\": {\"weight\": 1, \"childPolicy\": [{\"ring_hash\": "
                 "{\"hashBalanceFactor\": 100}}]}, \"b\": {\"weight\": 1, \"childPolicy\": "
                 "[{\"ring_hash\": {\"hashBalanceFactor\": 100, \"overflow\": \"walk\"}}]}}}",
                 "aabb", 1);

    (void)state;
    for (int change = 0; change < 6; change++) {
        for (int i = 0; i < 5; i++)
            begin(b, 0, 0);
        b->described[0].locality = change % 2 == 0 ? "b" : "a";
        bench_rebuild(b);
        begin(b, 0, 0);
        for (int i = 0; i < 6; i++)
            end_with(b, 0, &(struct ek_outcome){.latency_ns = 1}, 0);
    }
    for (uint64_t key = 1; key < 200; key++) {
        uint32_t owner;
        b->rng = ek_rng_derive(key, "again", 0);
        owner = pick_hash(b, ek_mix64(key));
        b->rng = ek_rng_derive(key, "again", 0);
        begin(b, owner, 0);
        end_with(b, owner, &(struct ek_outcome){0}, 0);
        assert_int_equal(pick_hash(b, ek_mix64(key)), owner);
    }
    bench_free(b);
}

static void nonsense_is_refused(void **state)
{
    static const struct {
        const char *name, *options;
        size_t complaints;
    } cases[] = {
        {"weighted_target", ONE_TO_TWO, 0},
        {"weighted_target", "{}", 1},
        {"weighted_target", "{\"targets\": {}}", 1},
        {"weighted_target", "{\"targets\": []}", 1},
        {"weighted_target", "{\"targets\": {\"a\": {\"childPolicy\": \"random\"}}}", 1},
        {"weighted_target", "{\"targets\": {\"a\": {\"weight\": 1}}}", 1},
        {"weighted_target", "{\"targets\": {\"a\": {\"weight\": 0, \"childPolicy\": \"random\"}}}",
         1},
        {"weighted_target", "{\"targets\": {\"a\": {\"weight\": 1, \"childPolicy\": \"rando\"}}}",
         1},
        {"weighted_target",
         "{\"targets\": {\"a/b\": {\"weight\": 4294967295, \"childPolicy\": \"random\"}, "
         "\"b\": {\"weight\": 1, \"childPolicy\": \"random\"}}}",
         1}, /* the sum is above 2^32 - 1 */
        {"weighted_target",
         "{\"targets\": {\"a\": {\"weight\": 1, \"childPolicy\": [{\"weighted_target\": " ONE_TO_TWO
         "}]}}}",
         1}, /* no room for its bytes */
        {"weighted_target",
         "{\"targets\": {\"a\": {\"weight\": 1, \"childPolicy\": \"pick_first\"}}}", 1},
        {"priority", A_THEN_B, 0},
        {"priority", "{\"children\": {}, \"priorities\": [\"a\"]}", 1},
        {"priority", "{\"children\": {\"a\": {\"config\": \"random\"}}, \"priorities\": []}", 1},
        {"priority", "{\"children\": {\"a\": {\"config\": \"random\"}}, \"priorities\": [\"b\"]}",
         1},
        {"priority",
         "{\"children\": {\"a\": {\"config\": \"random\"}}, \"priorities\": [\"a\", \"a\"]}", 1},
        {"priority", "{\"children\": {\"a\": {\"confi\": \"random\"}}, \"priorities\": [\"a\"]}",
         2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (complaints(cases[i].name, cases[i].options) != cases[i].complaints)
            fail_msg("%s: %zu complaints", cases[i].options,
                     complaints(cases[i].name, cases[i].options));
}

/* There are at most 64 parts. */
static void parts_have_a_limit(void **state)
{
    (void)state;
    for (int count = 64; count <= 65; count++) {
        char options[8192] = "{\"targets\": {";

        for (int i = 0; i < count; i++)
            snprintf(options + strlen(options), sizeof options - strlen(options),
                     "%s\"t%d\": {\"weight\": 1, \"childPolicy\": \"random\"}", i > 0 ? ", " : "",
                     i);
        strcat(options, "}}");
        assert_int_equal(complaints("weighted_target", options), count > 64);
    }
}

/* Nobody knows the second: it is in the part of all others. An attempt on an endpoint that is in no
 * part is nobody's. */
static void an_unknown_endpoint_is_one_of_the_others(void **state)
{
    struct bench *b =
        bench_in("weighted_target",
                 "{\"targets\": {\"a\": {\"weight\": 1, \"childPolicy\": \"prequal\"}, "
                 "\"*\": {\"weight\": 1, \"childPolicy\": \"prequal\"}}}",
                 "ab", 1);
    int counts[2];

    (void)state;
    b->candidates[1].id = 1000;
    bench_rebuild(b);
    count_picks(b, 200, 0, counts);
    assert_true(counts[0] > 50 && counts[1] > 50);
    bench_free(b);

    b = bench_in("weighted_target", ONE_TO_TWO, "ac", 1);
    begin(b, 1, 0);
    end_with(b, 1, &(struct ek_outcome){.latency_ns = 1}, 0);
    assert_int_equal(pick_at(b, 0), 0);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_get_their_weights_share),
        cmocka_unit_test(a_target_without_endpoints_gets_nothing),
        cmocka_unit_test(who_fits_no_target_gets_no_calls),
        cmocka_unit_test(a_label_may_name_the_target),
        cmocka_unit_test(a_retry_goes_where_somebody_is_left),
        cmocka_unit_test(the_first_priority_with_anyone_has_all_calls),
        cmocka_unit_test(weighted_targets_stand_in_priorities),
        cmocka_unit_test(children_are_told_of_their_own),
        cmocka_unit_test(calls_end_where_they_began),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(parts_have_a_limit),
        cmocka_unit_test(an_unknown_endpoint_is_one_of_the_others),
    };
    return cmocka_run_group_tests_name("core/lb_split", tests, NULL, NULL);
}
