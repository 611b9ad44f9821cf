/* Policies: picks derived by hand, shares derived from theory. */
#include "tests/core/lb_bench.h"

/* ---- the list ---- */

static void policies_are_found_by_name_and_alias(void **state)
{
    (void)state;
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops != NULL; ops++) {
        assert_ptr_equal(ek_lb_find((*ops)->name), *ops);
        assert_true(strlen((*ops)->text) > 0);
        for (const struct ek_option *row = (*ops)->options; row != NULL && row->name; row++)
            assert_true(row->text != NULL && strlen(row->text) > 0);
    }
    assert_string_equal(ek_lb_find("p2c")->name, "least_request");
    assert_string_equal(ek_lb_find("least_request_experimental")->name, "least_request");
    assert_null(ek_lb_find("p2"));
    assert_null(ek_lb_find(""));
}

/* ---- round_robin, pick_first ---- */

static void round_robin_takes_each_in_turn(void **state)
{
    struct bench *b = bench_new("round_robin", "{}", 5, 1);
    uint32_t first = pick_at(b, 0);

    (void)state;
    for (uint32_t i = 1; i < 1000; i++)
        assert_int_equal(pick_at(b, 0), (first + i) % 5);
    bench_free(b);
}

/* The counter itself shows in a list longer than it can ever start at, for the policy looks at no
 * candidate. */
static void round_robin_counts_exactly_one_per_pick(void **state)
{
    struct bench *b = bench_new("round_robin", "{}", 0, 1);

    (void)state;
    b->count = UINT32_MAX;
    uint32_t start = pick_at(b, 0);
    b->count = 3;
    assert_int_equal(pick_at(b, 0), ((uint64_t)start + 1) % 3);
    b->count = 7;
    assert_int_equal(pick_at(b, 0), ((uint64_t)start + 2) % 7);
    b->count = 1;
    assert_int_equal(pick_at(b, 0), 0);
    b->count = UINT32_MAX;
    assert_int_equal(pick_at(b, 0), ((uint64_t)start + 4) % UINT32_MAX);
    bench_free(b);
}

/* Binomial(2,000, 1/10): standard deviation 13; five of them. */
static void round_robin_clients_start_at_different_places(void **state)
{
    int starts[10] = {0};

    (void)state;
    for (uint64_t client = 0; client < 2000; client++) {
        struct bench *b = bench_new("round_robin", "{}", 10, client);
        starts[pick_at(b, 0)]++;
        bench_free(b);
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(starts[i], 133, 267);
}

static void pick_first_takes_the_first(void **state)
{
    struct bench *b = bench_new("pick_first", "{}", 3, 1);

    (void)state;
    assert_int_equal(b->ops->connect, EK_CONNECT_FIRST);
    for (int i = 0; i < 10; i++)
        assert_int_equal(pick_at(b, 0), 0);
    bench_free(b);
}

/* ---- least_request ---- */

/* Envoy's simulation (P35a): the busy host is taken when both draws hit it: 1/9 of 3, 1/4 of 2; the
 * others share the rest. */
static void with_replacement_the_busiest_gets_one_in_n_squared(void **state)
{
    int64_t ppm[ENDPOINTS_MAX];
    struct bench *b = bench_new("least_request", "{\"replacement\": true}", 3, 1);

    (void)state;
    b->candidates[2].in_flight = 10;
    shares(b, 100000, ppm);
    assert_share(ppm[0], 444444, 10000);
    assert_share(ppm[1], 444444, 10000);
    assert_share(ppm[2], 111111, 10000);

    b->candidates[2].in_flight = 0;
    b->candidates[1].in_flight = 10;
    b->count = 2;
    shares(b, 100000, ppm);
    assert_share(ppm[0], 750000, 10000);
    assert_share(ppm[1], 250000, 10000);
    bench_free(b);
}

static void without_replacement_the_busiest_gets_nothing(void **state)
{
    int64_t ppm[ENDPOINTS_MAX];
    struct bench *b = bench_new("least_request", "{}", 3, 1);

    (void)state;
    b->candidates[2].in_flight = 10;
    shares(b, 100000, ppm);
    assert_share(ppm[0], 500000, 10000);
    assert_share(ppm[1], 500000, 10000);
    assert_int_equal(ppm[2], 0);
    bench_free(b);
}

/* Five endpoints with 0 .. 4 under way. The i-th wins a draw of d distinct ones if the others of
 * the draw are busier: C(4-i, d-1) / C(5, d). */
static void choice_count_sets_how_many_are_compared(void **state)
{
    static const struct {
        const char *options;
        int64_t ppm[5];
    } cases[] = {
        {"{}", {400000, 300000, 200000, 100000, 0}},              /* d = 2: 4 3 2 1 of 10 */
        {"{\"choiceCount\": 3}", {600000, 300000, 100000, 0, 0}}, /* 6 3 1 of 10 */
        {"{\"choiceCount\": 4}", {800000, 200000, 0, 0, 0}},      /* 4 1 of 5 */
        {"{\"choiceCount\": 5}", {1000000, 0, 0, 0, 0}},          /* all */
        {"{\"choiceCount\": 9}", {1000000, 0, 0, 0, 0}},          /* no more than all */
    };

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct bench *b = bench_new("p2c", cases[c].options, 5, 1);
        int64_t ppm[ENDPOINTS_MAX];
        for (uint32_t i = 0; i < 5; i++)
            b->candidates[i].in_flight = i;
        shares(b, 100000, ppm);
        for (uint32_t i = 0; i < 5; i++)
            assert_share(ppm[i], cases[c].ppm[i], cases[c].ppm[i] % 1000000 == 0 ? 0 : 7500);
        bench_free(b);
    }
}

/* One idle endpoint of 20: ten draws with replacement find it with 1 - 0.95^10 = 0.40126; a hundred
 * would with 0.994. Ten distinct ones with 10/20. */
static void more_than_ten_choices_are_taken_as_ten(void **state)
{
    int64_t ppm[ENDPOINTS_MAX];
    struct bench *b =
        bench_new("least_request", "{\"choiceCount\": 100, \"replacement\": true}", 20, 1);

    (void)state;
    for (uint32_t i = 1; i < 20; i++)
        b->candidates[i].in_flight = 1;
    shares(b, 100000, ppm);
    assert_share(ppm[0], 401263, 7500);
    bench_free(b);

    b = bench_new("least_request", "{\"choiceCount\": 9223372036854775807}", 20, 1);
    for (uint32_t i = 1; i < 20; i++)
        b->candidates[i].in_flight = 1;
    shares(b, 100000, ppm);
    assert_share(ppm[0], 500000, 7500);
    bench_free(b);
}

/* gRPC A48: less than 2 is an error. */
static void fewer_than_two_choices_are_refused(void **state)
{
    (void)state;
    assert_int_equal(complaints("least_request", "{\"choiceCount\": 1}"), 1);
    assert_int_equal(complaints("least_request", "{\"choiceCount\": 0}"), 1);
    assert_int_equal(complaints("least_request", "{\"choiceCount\": 2}"), 0);
}

/* The first draw is ek_rng_below(n) in both modes, and a tie is its own. */
static void the_first_drawn_keeps_a_tie(void **state)
{
    static const char *const options[] = {"{\"replacement\": true}", "{\"replacement\": false}",
                                          "{\"choiceCount\": 4}"};

    (void)state;
    for (size_t o = 0; o < sizeof options / sizeof options[0]; o++) {
        struct bench *b = bench_new("least_request", options[o], 7, 1);
        for (int i = 0; i < 1000; i++) {
            struct ek_rng shadow = b->rng;
            assert_int_equal(pick_at(b, 0), ek_rng_below(&shadow, 7));
        }
        bench_free(b);
    }
}

static void the_stream_moves_by_the_documented_number_of_draws(void **state)
{
    static const struct {
        const char *name, *options;
        uint32_t count;
        int draws;
    } cases[] = {
        {"least_request", "{}", 7, 2},
        {"least_request", "{}", 1, 0},
        {"least_request", "{\"choiceCount\": 5}", 7, 5},
        {"least_request", "{\"choiceCount\": 5}", 3, 3},
        {"least_request", "{\"choiceCount\": 5, \"replacement\": true}", 3, 5},
        {"least_request", "{\"choiceCount\": 50, \"replacement\": true}", 3, 10},
        {"peak_ewma", "{}", 7, 2},
        {"peak_ewma", "{}", 1, 0},
        {"round_robin", "{}", 7, 0},
        {"pick_first", "{}", 7, 0},
    };

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct bench *b = bench_new(cases[c].name, cases[c].options, cases[c].count, 1);
        struct ek_rng shadow = b->rng;
        pick_at(b, 0);
        for (int i = 0; i < cases[c].draws; i++)
            ek_rng_next(&shadow);
        assert_memory_equal(&b->rng, &shadow, sizeof shadow);
        bench_free(b);
    }
}

/* ---- peak_ewma ---- */

enum {
    A,
    B
};

static const int64_t ms = EK_MS, tau = 10 * EK_S;

/* Two endpoints, both known: with two, both are always compared. */
static struct bench *pair(const char *options, int64_t a_ns, int64_t b_ns, int64_t now_ns)
{
    struct bench *b = bench_new("peak_ewma", options, 2, 1);

    finish(b, A, EK_STATUS_OK, a_ns, now_ns);
    finish(b, B, EK_STATUS_OK, b_ns, now_ns);
    return b;
}

static void an_unknown_endpoint_gets_one_probe(void **state)
{
    struct bench *b = bench_new("peak_ewma", "{}", 2, 1);

    (void)state;
    finish(b, A, EK_STATUS_OK, 100 * ms, 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(pick_at(b, 0), B); /* 0 < 100 */
    b->candidates[B].in_flight = 1;
    for (int i = 0; i < 20; i++)
        assert_int_equal(pick_at(b, 0), A); /* 100 < penalty + 1 */
    b->candidates[A].in_flight = 1000000;
    assert_int_equal(pick_at(b, 0), A); /* 100 ms x 1,000,001 = 1.0e14 ns < 1.4e14 */
    bench_free(b);
}

/* Two unknown ones with attempts under way: penalty + pending still orders them. */
static void unknown_endpoints_are_ordered_by_attempts_under_way(void **state)
{
    struct bench *b = bench_new("peak_ewma", "{}", 2, 1);

    (void)state;
    b->candidates[A].in_flight = 3;
    b->candidates[B].in_flight = 2;
    for (int i = 0; i < 20; i++)
        assert_int_equal(pick_at(b, 0), B);
    bench_free(b);
}

static void attempts_under_way_multiply_the_estimate(void **state)
{
    struct bench *b = pair("{}", 10 * ms, 29 * ms, 0);

    (void)state;
    b->candidates[A].in_flight = 2; /* 10 x 3 = 30 > 29 x 1 */
    for (int i = 0; i < 20; i++)
        assert_int_equal(pick_at(b, 0), B);
    b->candidates[A].in_flight = 1; /* 10 x 2 = 20 < 29 */
    for (int i = 0; i < 20; i++)
        assert_int_equal(pick_at(b, 0), A);
    bench_free(b);
}

static void a_rise_is_taken_at_once(void **state)
{
    struct bench *b = pair("{}", 10 * ms, 50 * ms, 0);

    (void)state;
    assert_int_equal(pick_at(b, 0), A);
    finish(b, A, EK_STATUS_OK, 51 * ms, 1);
    assert_int_equal(pick_at(b, 1), B);
    bench_free(b);
}

/* 100 ms decays to 100/e = 36.79 ms in one time constant. */
static void an_estimate_decays_with_its_time_constant(void **state)
{
    static const struct {
        const char *options;
        int64_t after_ns;
    } cases[] = {{"{}", 10 * EK_S}, {"{\"decayTime\": \"1s\"}", EK_S}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (int64_t other = 36; other <= 37; other++) {
            struct bench *b = bench_new("peak_ewma", cases[i].options, 2, 1);
            finish(b, A, EK_STATUS_OK, 100 * ms, 0);
            finish(b, B, EK_STATUS_OK, other * ms, cases[i].after_ns);
            assert_int_equal(pick_at(b, cases[i].after_ns), other == 36 ? B : A);
            bench_free(b);
        }
    }
}

/* Being looked at must not change what the estimate is later: e^-a e^-b = e^-(a+b). */
static void looking_often_decays_no_faster(void **state)
{
    (void)state;
    for (int64_t other = 36; other <= 37; other++) {
        struct bench *b = bench_new("peak_ewma", "{}", 2, 1);
        finish(b, A, EK_STATUS_OK, 100 * ms, 0);
        for (int64_t t = 0; t < tau; t += 10 * ms)
            pick_at(b, t);
        finish(b, B, EK_STATUS_OK, other * ms, tau);
        assert_int_equal(pick_at(b, tau), other == 36 ? B : A);
        bench_free(b);
    }
}

/* 100 ms, then 20 ms one time constant later: 20 (1 - 1/e) + 100/e = 49.43 ms. */
static void a_fall_is_taken_by_weight(void **state)
{
    (void)state;
    for (int64_t other = 49; other <= 50; other++) {
        struct bench *b = bench_new("peak_ewma", "{}", 2, 1);
        finish(b, A, EK_STATUS_OK, 100 * ms, 0);
        finish(b, A, EK_STATUS_OK, 20 * ms, tau);
        finish(b, B, EK_STATUS_OK, other * ms, tau);
        assert_int_equal(pick_at(b, tau), other == 49 ? B : A);
        bench_free(b);
    }
}

/* A (10 ms) fails after 1 ms. Uncharged it stays at 10 < 15; charged it is at 2 x 10 > 15. */
static void failures_are_charged_on_request(void **state)
{
    struct bench *b = pair("{}", 10 * ms, 15 * ms, 0);

    (void)state;
    finish(b, A, EK_STATUS_UNAVAILABLE, ms, 0);
    assert_int_equal(pick_at(b, 0), A);
    bench_free(b);

    b = pair("{\"chargeFailures\": true}", 10 * ms, 15 * ms, 0);
    finish(b, A, EK_STATUS_OK, ms, 0);
    assert_int_equal(pick_at(b, 0), A);
    finish(b, A, EK_STATUS_UNAVAILABLE, ms, 0);
    assert_int_equal(pick_at(b, 0), B);
    bench_free(b);

    /* A slow failure counts in full: 25 ms > 2 x 10 and > 21. */
    b = pair("{\"chargeFailures\": true}", 10 * ms, 21 * ms, 0);
    finish(b, A, EK_STATUS_UNAVAILABLE, 25 * ms, 0);
    assert_int_equal(pick_at(b, 0), B);
    bench_free(b);
}

/* 10 ms, and after one time constant a failure: charged 2 x 10/e = 7.36 ms, which the estimate
 * falls to by weight: 7.36 (1 - 1/e) + 10/e = 8.33 ms. */
static void a_charge_is_twice_what_is_left_of_the_estimate(void **state)
{
    (void)state;
    for (int64_t other = 8; other <= 9; other++) {
        struct bench *b = bench_new("peak_ewma", "{\"chargeFailures\": true}", 2, 1);
        finish(b, A, EK_STATUS_OK, 10 * ms, 0);
        finish(b, A, EK_STATUS_UNAVAILABLE, ms, tau);
        finish(b, B, EK_STATUS_OK, other * ms, tau);
        assert_int_equal(pick_at(b, tau), other == 8 ? B : A);
        bench_free(b);
    }
}

/* 200 doublings stop at the penalty, 1.407e14 ns; after 12 time constants that is 0.865 s. */
static void charged_failures_are_forgiven_in_minutes(void **state)
{
    struct bench *b = pair("{\"chargeFailures\": true}", 10 * ms, 10 * ms, 0);

    (void)state;
    for (int i = 0; i < 200; i++)
        finish(b, A, EK_STATUS_UNAVAILABLE, ms, 0);
    finish(b, B, EK_STATUS_OK, EK_S, 12 * tau);
    assert_int_equal(pick_at(b, 12 * tau), A);
    bench_free(b);
}

/* Among n = 10 with one at ten times the cost the slow one loses every comparison. */
static void the_slowest_of_distinct_draws_is_never_taken(void **state)
{
    int64_t ppm[ENDPOINTS_MAX];
    struct bench *b = bench_new("peak_ewma", "{}", 10, 1);

    (void)state;
    for (uint32_t i = 0; i < 10; i++)
        finish(b, i, EK_STATUS_OK, (i == 4 ? 100 : 10) * ms, 0);
    shares(b, 100000, ppm);
    assert_int_equal(ppm[4], 0);
    for (uint32_t i = 0; i < 10; i++)
        if (i != 4)
            assert_share(ppm[i], 111111, 7500);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_are_found_by_name_and_alias),
        cmocka_unit_test(round_robin_takes_each_in_turn),
        cmocka_unit_test(round_robin_counts_exactly_one_per_pick),
        cmocka_unit_test(round_robin_clients_start_at_different_places),
        cmocka_unit_test(pick_first_takes_the_first),
        cmocka_unit_test(with_replacement_the_busiest_gets_one_in_n_squared),
        cmocka_unit_test(without_replacement_the_busiest_gets_nothing),
        cmocka_unit_test(choice_count_sets_how_many_are_compared),
        cmocka_unit_test(more_than_ten_choices_are_taken_as_ten),
        cmocka_unit_test(fewer_than_two_choices_are_refused),
        cmocka_unit_test(the_first_drawn_keeps_a_tie),
        cmocka_unit_test(the_stream_moves_by_the_documented_number_of_draws),
        cmocka_unit_test(an_unknown_endpoint_gets_one_probe),
        cmocka_unit_test(unknown_endpoints_are_ordered_by_attempts_under_way),
        cmocka_unit_test(attempts_under_way_multiply_the_estimate),
        cmocka_unit_test(a_rise_is_taken_at_once),
        cmocka_unit_test(an_estimate_decays_with_its_time_constant),
        cmocka_unit_test(looking_often_decays_no_faster),
        cmocka_unit_test(a_fall_is_taken_by_weight),
        cmocka_unit_test(failures_are_charged_on_request),
        cmocka_unit_test(a_charge_is_twice_what_is_left_of_the_estimate),
        cmocka_unit_test(charged_failures_are_forgiven_in_minutes),
        cmocka_unit_test(the_slowest_of_distinct_draws_is_never_taken),
    };
    return cmocka_run_group_tests_name("core/lb", tests, NULL, NULL);
}
