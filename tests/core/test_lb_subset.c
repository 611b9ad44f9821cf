/* Subsetting: slices and apertures derived by hand, exact evenness, children. Gn, Pn and Rn number
 * the vectors of the peers' own tests and published results; their places are named at each. */
#include "tests/core/lb_bench.h"

enum {
    FLEET_MAX = 320
};

/* A client's bench over the fleet 10.0.0.0:6379 ... */
static struct bench *client_of(const char *name, const char *options, uint32_t count,
                               uint64_t client)
{
    struct bench *b = bench_start(name, options, count, 7, client);

    for (uint32_t i = 0; i < count; i++) /* of one length: text sorts as numbers do */
        snprintf(b->addresses[i], ADDRESS_SIZE, "host-%04u:80", i);
    b->count = count;
    bench_rebuild(b);
    return b;
}

/* Whom `picks` picks reach. */
static uint32_t reached(struct bench *b, int picks, bool *is_reached)
{
    uint32_t count = 0;

    memset(is_reached, 0, b->count * sizeof *is_reached);
    for (int i = 0; i < picks; i++) {
        uint32_t index = pick_at(b, 0);

        count += !is_reached[index];
        is_reached[index] = true;
    }
    return count;
}

/* ---- random_subsetting ---- */

/* G64, gRPC A68: absent or 0 is an error, so is no child; n <= size is all of them. */
static void a_subset_needs_a_size_and_a_child(void **state)
{
    static const char *const names[] = {"random_subsetting", "random_subsetting_experimental",
                                        "deterministic_subsetting"};
    bool is_reached[5];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(complaints(names[i], "{}"), 2);
        assert_int_equal(complaints(names[i], "{\"childPolicy\": \"random\"}"), 1);
        assert_int_equal(complaints(names[i], "{\"subsetSize\": 3}"), 1);
        assert_int_equal(complaints(names[i], "{\"subsetSize\": 0, \"childPolicy\": \"random\"}"),
                         1);
        assert_int_equal(complaints(names[i], "{\"subsetSize\": 3, \"childPolicy\": [{\"no\": {}}, "
                                              "{\"least_request\": {\"choiceCount\": 3}}]}"),
                         0);
        assert_int_equal(complaints(names[i], "{\"subsetSize\": 3, \"childPolicy\": "
                                              "[{\"least_request\": {\"choiceCount\": 1}}]}"),
                         1);
        assert_int_equal(complaints(names[i], "{\"subsetSize\": 3, \"childPolicy\": []}"), 1);
        assert_int_equal(complaints(names[i], "{\"subsetSize\": 3, \"childPolicy\": 7}"), 1);
        assert_int_equal(complaints(names[i], "{\"subsetSize\": 3, \"childPolicy\": \"randm\"}"),
                         1);
        assert_int_equal(
            complaints(names[i], "{\"subsetSize\": 3, \"childPolicy\": \"pick_first\"}"), 1);
        struct bench *b =
            client_of(names[i], "{\"subsetSize\": 9, \"childPolicy\": \"round_robin\"}", 5, 0);
        assert_int_equal(reached(b, 5, is_reached), 5);
        bench_free(b);
    }
}

/* A68: one endpoint less changes one member of those it was in, and none of the others. */
static void losing_an_endpoint_changes_at_most_one_member(void **state)
{
    int lost_members = 0;

    (void)state;
    for (uint32_t lost = 0; lost < 20; lost++) {
        bool before[20], after[20], was_member;
        uint32_t kept = 0;
        struct bench *b = client_of("random_subsetting",
                                    "{\"subsetSize\": 6, \"childPolicy\": \"round_robin\"}", 20, 3);
        assert_int_equal(reached(b, 60, before), 6);
        was_member = before[lost];
        memmove(&b->candidates[lost], &b->candidates[lost + 1],
                (19 - lost) * sizeof *b->candidates);
        b->count = 19;
        bench_rebuild(b);
        assert_int_equal(reached(b, 60, after), 6);
        for (uint32_t i = 0; i < 19; i++)
            kept += after[i] && before[b->candidates[i].id];
        assert_int_equal(kept, was_member ? 5 : 6);
        lost_members += was_member;
        bench_free(b);
    }
    assert_int_equal(lost_members, 6);
}

/* R12: with C clients a backend has binomially many, n = C, p = size / fleet: 300 clients that take
 * 30 of 300 have 30 each, standard deviation 5.2; the least and most loaded of 300 lie within five
 * of them, and no two clients agree. */
static void random_subsets_are_binomial(void **state)
{
    static int loads[FLEET_MAX];
    bool is_reached[FLEET_MAX];
    int least = 300, most = 0;

    (void)state;
    memset(loads, 0, sizeof loads);
    for (uint64_t client = 0; client < 300; client++) {
        struct bench *b =
            client_of("random_subsetting", "{\"subsetSize\": 30, \"childPolicy\": \"round_robin\"}",
                      300, client);
        assert_int_equal(reached(b, 30, is_reached), 30);
        for (int i = 0; i < 300; i++)
            loads[i] += is_reached[i];
        bench_free(b);
    }
    for (int i = 0; i < 300; i++) {
        least = loads[i] < least ? loads[i] : least;
        most = loads[i] > most ? loads[i] : most;
    }
    assert_in_range(least, 4, 24);
    assert_in_range(most, 36, 56);
}

/* ---- deterministic_subsetting ---- */

/* P75, SRE book ch. 20: 12 backends, size 3, 10 clients: client i takes slice i mod 4 of round i /
 * 4, so the clients of a round share nothing and each backend has 2 or 3 clients. */
static void clients_of_a_round_share_the_fleet_out(void **state)
{
    bool is_in[10][12];
    int loads[12] = {0};

    (void)state;
    for (uint64_t client = 0; client < 10; client++) {
        struct bench *b =
            client_of("deterministic_subsetting",
                      "{\"subsetSize\": 3, \"childPolicy\": \"round_robin\"}", 12, client);
        assert_int_equal(reached(b, 3, is_in[client]), 3);
        bench_free(b);
    }
    for (int a = 0; a < 10; a++)
        for (int i = 0; i < 12; i++) {
            loads[i] += is_in[a][i];
            for (int other = 0; other < a; other++)
                if (other / 4 == a / 4)
                    assert_false(is_in[a][i] && is_in[other][i]);
        }
    for (int i = 0; i < 12; i++)
        assert_in_range(loads[i], 2, 3);
}

/* R12: 300 clients and 300 backends, 30 each: every backend has exactly 30. Rounds are shuffled
 * apart: clients 0 and 10 begin different rounds. */
static void full_rounds_load_all_equally(void **state)
{
    int loads[FLEET_MAX] = {0}, common = 0;
    bool is_in[FLEET_MAX], first[FLEET_MAX];

    (void)state;
    for (uint64_t client = 0; client < 300; client++) {
        struct bench *b =
            client_of("deterministic_subsetting",
                      "{\"subsetSize\": 30, \"childPolicy\": \"round_robin\"}", 300, client);
        assert_int_equal(reached(b, 30, is_in), 30);
        if (client == 0)
            memcpy(first, is_in, sizeof first);
        for (int i = 0; i < 300; i++) {
            loads[i] += is_in[i];
            common += client == 10 && is_in[i] && first[i];
        }
        bench_free(b);
    }
    for (int i = 0; i < 300; i++)
        assert_int_equal(loads[i], 30);
    assert_in_range(common, 0, 15); /* hypergeometric, mean 3 */
}

static void a_client_index_overrides_the_channels(void **state)
{
    bool by_channel[12], by_option[12];
    struct bench *a = client_of("deterministic_subsetting",
                                "{\"subsetSize\": 3, \"childPolicy\": \"round_robin\"}", 12, 2);
    struct bench *b = client_of(
        "deterministic_subsetting",
        "{\"subsetSize\": 3, \"clientIndex\": 2, \"childPolicy\": \"round_robin\"}", 12, 9);

    (void)state;
    reached(a, 3, by_channel);
    reached(b, 3, by_option);
    assert_memory_equal(by_channel, by_option, sizeof by_channel);
    bench_free(a);
    bench_free(b);
    assert_int_equal(complaints("deterministic_subsetting",
                                "{\"subsetSize\": 3, \"clientIndex\": -2, \"childPolicy\": "
                                "\"random\"}"),
                     1);
}

/* ---- deterministic_aperture ---- */

static const char turns[] = "[{\"static_weighted_round_robin\": {\"start\": \"zero\"}}]";

static struct bench *aperture_of(int clients, int least, uint32_t servers, int client)
{
    char options[192];

    snprintf(options, sizeof options,
             "{\"clientCount\": %d, \"minAperture\": %d, \"clientIndex\": %d, \"childPolicy\": %s}",
             clients, least, client, turns);
    return client_of("deterministic_aperture", options, servers, 0);
}

/* P74a, finagle ApertureTest: client 0 of 12 over 24 servers has 0-11; client 1 of 4 over 18 has
 * 4-17, 4 at half weight: of 27 turns 1, the others 2. */
static void apertures_are_finagles(void **state)
{
    struct bench *b = aperture_of(12, 12, 24, 0);
    int counts[24];

    (void)state;
    count_picks(b, 24, 0, counts);
    for (int i = 0; i < 24; i++)
        assert_int_equal(counts[i], i < 12 ? 2 : 0);
    bench_free(b);

    b = aperture_of(4, 12, 18, 1);
    count_picks(b, 27, 0, counts);
    for (int i = 0; i < 18; i++)
        assert_int_equal(counts[i], i < 4 ? 0 : i == 4 ? 1 : 2);
    bench_free(b);
}

/* R12 (c): whatever the numbers, the load over all clients is exactly equal. A client's turns are
 * as many as its whole width has units, so its picks of one round are its covers. */
static void apertures_load_all_exactly_equally(void **state)
{
    static const int layouts[][3] = {{5, 12, 18}, {7, 3, 11}, {12, 12, 24}, {20, 2, 7},
                                     {3, 12, 8},  {1, 1, 9},  {9, 4, 4}};

    (void)state;
    for (size_t l = 0; l < sizeof layouts / sizeof layouts[0]; l++) {
        int clients = layouts[l][0], least = layouts[l][1], servers = layouts[l][2];
        int distances = (least * clients + servers - 1) / servers;
        int width = (distances < clients ? distances : clients) * servers;
        int loads[32] = {0}, counts[32];
        for (int client = 0; client < clients; client++) {
            struct bench *b = aperture_of(clients, least, (uint32_t)servers, client);
            count_picks(b, width, 0, counts);
            for (int i = 0; i < servers; i++)
                loads[i] += counts[i];
            bench_free(b);
        }
        for (int i = 0; i < servers; i++)
            assert_int_equal(loads[i], clients * width / servers);
    }
}

/* ---- children ---- */

/* The child sees what is under way at its members, and gets their outcomes. */
static void a_child_sees_its_members_loads(void **state)
{
    bool is_in[8];
    int64_t ms = EK_MS;
    struct bench *b = client_of("random_subsetting",
                                "{\"subsetSize\": 2, \"childPolicy\": \"least_request\"}", 8, 1);
    uint32_t first, second = 0;

    (void)state;
    assert_int_equal(reached(b, 100, is_in), 2);
    first = pick_at(b, 0);
    while (!is_in[second] || second == first)
        second++;
    begin(b, first, 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(pick_at(b, 0), second);
    begin(b, second, 0);
    begin(b, second, 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(pick_at(b, 0), first);
    bench_free(b);

    b = client_of("random_subsetting", "{\"subsetSize\": 2, \"childPolicy\": \"peak_ewma\"}", 8, 1);
    begin(b, first, 0);
    end_with(b, first, &(struct ek_outcome){.latency_ns = 50 * ms}, 0);
    begin(b, second, 0);
    end_with(b, second, &(struct ek_outcome){.latency_ns = 20 * ms}, 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(pick_at(b, 0), second);
    bench_free(b);
}

/* A retry stays among the members while one is left, then goes to any other. */
static void a_retry_stays_in_the_subset_while_it_can(void **state)
{
    static const char *const children[] = {
        "round_robin", "least_request", "random",
        "ring_hash",   "maglev",        "weighted_round_robin",
        "prequal",     "peak_ewma",     "static_weighted_round_robin"};

    (void)state;
    for (size_t i = 0; i < sizeof children / sizeof children[0]; i++) {
        char options[96];
        bool is_in[8];
        uint32_t members = 0;
        snprintf(options, sizeof options, "{\"subsetSize\": 3, \"childPolicy\": \"%s\"}",
                 children[i]);
        struct bench *b = client_of("random_subsetting", options, 8, 1);
        assert_int_equal(reached(b, 3000, is_in), 3);
        for (uint32_t m = 0; m < 8; m++)
            members |= is_in[m] ? 1U << m : 0;
        for (uint32_t tried = 1; tried < 256; tried++) {
            uint32_t picked;
            if (tried == 255)
                continue;
            picked = pick_without(b, tried);
            assert_int_equal(tried >> picked & 1, 0);
            if ((members & ~tried) != 0)
                assert_true(is_in[picked]);
        }
        bench_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_subset_needs_a_size_and_a_child),
        cmocka_unit_test(losing_an_endpoint_changes_at_most_one_member),
        cmocka_unit_test(random_subsets_are_binomial),
        cmocka_unit_test(clients_of_a_round_share_the_fleet_out),
        cmocka_unit_test(full_rounds_load_all_equally),
        cmocka_unit_test(a_client_index_overrides_the_channels),
        cmocka_unit_test(apertures_are_finagles),
        cmocka_unit_test(apertures_load_all_exactly_equally),
        cmocka_unit_test(a_child_sees_its_members_loads),
        cmocka_unit_test(a_retry_stays_in_the_subset_while_it_can),
    };
    return cmocka_run_group_tests_name("core/lb_subset", tests, NULL, NULL);
}
