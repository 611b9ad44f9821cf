/* Ring hash: peers' rings point by point, a naive search, dialects. Gn and Pn number the vectors of
 * the peers' own tests; their places are named at each. */
#include "core/lb/ring.h"
#include "tests/core/lb_bench.h"

#include <xxhash.h>

/* Candidates 127.0.0.1:port, port + 1 ... as in Envoy's tests. */
static void name_ports(struct bench *b, int port)
{
    for (uint32_t i = 0; i < b->capacity; i++)
        snprintf(b->addresses[i], ADDRESS_SIZE, "127.0.0.1:%d", port + (int)i);
}

static struct bench *bench_ports(const char *name, const char *options, int port,
                                 const uint32_t *weights, uint32_t count)
{
    struct bench *b = bench_start(name, options, count, 1, 0);

    name_ports(b, port);
    b->count = count;
    for (uint32_t i = 0; i < count; i++)
        b->candidates[i].weight = weights != NULL ? weights[i] : 1;
    bench_rebuild(b);
    return b;
}

/* ---- the ring ---- */

struct point {
    uint64_t hash;
    uint32_t owner;
};

static void assert_ring(const struct ek_candidate *c, uint32_t count, int64_t min_size,
                        int64_t max_size, const struct point *wanted, uint32_t size)
{
    static const uint32_t order[] = {0, 1, 2, 3, 4, 5};
    struct ek__ring ring = {0};
    struct ek__ring_plan plan = {
        .order = order, .prefix = "", .min_size = min_size, .max_size = max_size};

    assert_int_equal(ek__ring_build(&ring, &ek_mem_libc, c, count, &plan), EK_OK);
    assert_int_equal(ring.size, size);
    for (uint32_t i = 0; i < size; i++) {
        assert_true(ring.points[i].hash == wanted[i].hash);
        assert_int_equal(ring.points[i].owner, wanted[i].owner);
    }
    ek__ring_deinit(&ring, &ek_mem_libc);
}

/* G38: the hash itself. */
static void xxh64_is_the_published_one(void **state)
{
    (void)state;
    assert_true(XXH64("", 0, 0) == UINT64_C(0xef46db3751d8e999));
    assert_true(XXH64("a", 1, 0) == UINT64_C(0xd24ec4f1a98c6e5b));
    assert_true(XXH64("abc", 3, 0) == UINT64_C(0x44bc2cf5ad770999));
}

/* G40, grpc-go balancer/ringhash: a:3 b:3 c:4, sizes 10 and 20. */
static void a_ring_of_3_3_4_is_grpcs(void **state)
{
    static const struct ek_candidate c[] = {{.address = "a", .weight = 3},
                                            {.address = "b", .weight = 3},
                                            {.address = "c", .weight = 4}};
    static const struct point wanted[] = {
        {UINT64_C(4148279810343392165), 0},  {UINT64_C(4189641231046734040), 1},
        {UINT64_C(5051629784258667479), 2},  {UINT64_C(5637671355026233228), 1},
        {UINT64_C(6560897439782492108), 1},  {UINT64_C(7866922100246443948), 0},
        {UINT64_C(8142612688290817183), 2},  {UINT64_C(14554126711339088812), 2},
        {UINT64_C(14801583559950740418), 2}, {UINT64_C(18017992814255492179), 0}};

    (void)state;
    assert_ring(c, 3, 10, 20, wanted, 10);
}

/* P12, envoy ring_hash_lb_test.cc Basic: min 12, hosts h90 .. h95; P15, UnevenHosts: min 3, h80,
 * h81. */
static const struct point six_hosts[] = {
    {UINT64_C(833437586790550860), 4},   {UINT64_C(928266305478181108), 2},
    {UINT64_C(1033482794131418490), 0},  {UINT64_C(3551244743356806947), 5},
    {UINT64_C(3851675632748031481), 3},  {UINT64_C(5583722120771150861), 1},
    {UINT64_C(6311230543546372928), 1},  {UINT64_C(7700377290971790572), 3},
    {UINT64_C(13144177310400110813), 5}, {UINT64_C(13444792449719432967), 2},
    {UINT64_C(15516499411664133160), 4}, {UINT64_C(16117243373044804889), 0}};

static void rings_of_envoys_hosts_are_envoys(void **state)
{
    static const struct point two_hosts[] = {{UINT64_C(5454692015285649509), 0},
                                             {UINT64_C(7859399908942313493), 1},
                                             {UINT64_C(13838424394637650569), 0},
                                             {UINT64_C(16064866803292627174), 1}};
    struct bench *b = bench_ports("ring_hash", "{\"minRingSize\": 12}", 90, NULL, 6);

    (void)state;
    assert_ring(b->candidates, 6, 12, 8388608, six_hosts, 12);
    assert_int_equal(pick_hash(b, UINT64_MAX), 4);
    assert_int_equal(pick_hash(b, UINT64_C(3551244743356806947)), 5);
    assert_int_equal(pick_hash(b, UINT64_C(3551244743356806948)), 3);
    assert_int_equal(pick_hash(b, 1), 4);
    name_ports(b, 80);
    assert_ring(b->candidates, 2, 3, 8388608, two_hosts, 4);
    bench_free(b);
}

/* P16, HostWeightedTinyRing and HostWeightedLargeRing: 1:2:3 has 1/2/3 entries at min 6; at min
 * 6144 6,000 even hashes hit 987/1932/3081 times. */
static void entries_and_hits_follow_weights(void **state)
{
    struct bench *b = bench_ports("ring_hash",
                                  "{\"minRingSize\": 6144, \"maxRingSize\": 8388608, \"dialect\": "
                                  "\"envoy\"}",
                                  90, (const uint32_t[]){1, 2, 3}, 3);
    const struct ek__ring_plan plan = {
        .order = (const uint32_t[]){0, 1, 2}, .prefix = "", .min_size = 6, .max_size = 8388608};
    struct ek__ring ring = {0};
    int entries[3] = {0}, hits[3] = {0};

    (void)state;
    assert_int_equal(ek__ring_build(&ring, &ek_mem_libc, b->candidates, 3, &plan), EK_OK);
    for (uint32_t i = 0; i < ring.size; i++)
        entries[ring.points[i].owner]++;
    assert_int_equal(entries[0], 1);
    assert_int_equal(entries[1], 2);
    assert_int_equal(entries[2], 3);
    ek__ring_deinit(&ring, &ek_mem_libc);

    for (uint64_t i = 0; i < 6000; i++) /* hash 0 is no key here; 1 has the same owner */
        hits[pick_hash(b, i == 0 ? 1 : i * (UINT64_MAX / 6000))]++;
    assert_int_equal(hits[0], 987);
    assert_int_equal(hits[1], 1932);
    assert_int_equal(hits[2], 3081);
    bench_free(b);
}

/* P18, BasicWithRetryHostPredicate, for hash 0: reject 94 is 92; then reject 92 as well is 90. */
static void a_retry_walks_the_ring(void **state)
{
    struct bench *b = bench_ports("ring_hash", "{\"minRingSize\": 12}", 90, NULL, 6);

    (void)state;
    b->hash = 1;
    assert_int_equal(pick_without(b, 1U << 4), 2);
    assert_int_equal(pick_without(b, 1U << 4 | 1U << 2), 0);
    assert_int_equal(pick_without(b, 1U << 4 | 1U << 2 | 1U), 5);
    bench_free(b);
}

/* G42, grpc-go TestRingPick and TestRingNext: the first entry at or above the hash, above the last
 * one entry 0; the next of entry i is (i + 1) mod n, which is where a retry goes. */
static void a_hash_belongs_to_the_next_entry(void **state)
{
    struct bench *b = bench_ports("ring_hash", "{\"minRingSize\": 12}", 90, NULL, 6);

    (void)state;
    for (uint32_t i = 0; i < 12; i++) {
        const struct point *next = &six_hosts[(i + 1) % 12];
        assert_int_equal(pick_hash(b, six_hosts[i].hash), six_hosts[i].owner);
        assert_int_equal(pick_hash(b, six_hosts[i].hash - 1), six_hosts[i].owner);
        assert_int_equal(pick_hash(b, six_hosts[i].hash + 1), next->owner);
        b->hash = six_hosts[i].hash;
        if (next->owner != six_hosts[i].owner)
            assert_int_equal(pick_without(b, 1U << six_hosts[i].owner), next->owner);
    }
    bench_free(b);
}

/* Every ring against all its points in a heap: the smallest not below the hash, or the smallest. */
static uint32_t model_owner(const struct bench *b, const uint32_t *order, int64_t min_size,
                            int64_t max_size, uint64_t hash)
{
    double sum = 0, least = 1, target = 0, placed = 0, scale;
    uint64_t best = UINT64_MAX, first = UINT64_MAX;
    uint32_t best_owner = UINT32_MAX, first_owner = 0;

    for (uint32_t i = 0; i < b->count; i++)
        sum += b->candidates[i].weight;
    for (uint32_t i = 0; i < b->count; i++)
        least = b->candidates[i].weight / sum < least ? b->candidates[i].weight / sum : least;
    scale = least * (double)min_size;
    scale = (double)(int64_t)scale < scale ? (double)(int64_t)scale + 1 : scale;
    scale = scale / least < (double)max_size ? scale / least : (double)max_size;
    for (uint32_t i = 0; i < b->count; i++) {
        const struct ek_candidate *c = &b->candidates[order[i]];
        int k = 0;

        for (target += scale * (c->weight / sum); placed < target; placed++) {
            char text[64];
            uint64_t point =
                XXH64(text, (size_t)snprintf(text, sizeof text, "%s_%d", c->address, k++), 0);

            if (point >= hash && point <= best) {
                best = point;
                best_owner = order[i];
            }
            if (point <= first) {
                first = point;
                first_owner = order[i];
            }
        }
    }
    return best_owner != UINT32_MAX ? best_owner : first_owner;
}

static void the_direct_index_finds_what_a_search_finds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 25; seed++) {
        struct ek_rng rng = ek_rng_derive(seed, "ring", 0);
        uint32_t count = 1 + ek_rng_below(&rng, 24), order[24];
        int min_size = (int)(1 + ek_rng_below(&rng, 400)), max_size = min_size + 50;
        char options[128];

        snprintf(options, sizeof options,
                 "{\"minRingSize\": %d, \"maxRingSize\": %d, \"dialect\": \"grpc-core\"}", min_size,
                 max_size);
        struct bench *b = bench_start("ring_hash", options, count, seed, 0);
        b->count = count;
        for (uint32_t i = 0; i < count; i++) {
            order[i] = i;
            b->candidates[i].weight = 1 + ek_rng_below(&rng, seed % 2 == 0 ? 1 : 20);
        }
        bench_rebuild(b);
        for (int i = 0; i < 60; i++) {
            uint64_t hash = ek_rng_next(&rng);
            assert_int_equal(pick_hash(b, hash), model_owner(b, order, min_size, max_size, hash));
        }
        bench_free(b);
    }
}

/* grpc-go walks addresses in their order, others the list: with shares that are no whole numbers
 * of points that decides who gets the extra one. Three hosts in descending order, 4 points. */
static void dialects_differ_in_placement(void **state)
{
    static const char *const options[] = {
        "{\"minRingSize\": 4, \"maxRingSize\": 4, \"dialect\": \"grpc-go\"}",
        "{\"minRingSize\": 4, \"maxRingSize\": 4, \"dialect\": \"grpc-core\"}",
        "{\"minRingSize\": 4, \"maxRingSize\": 4, \"dialect\": \"grpc-java\"}"};
    static const uint32_t orders[3][3] = {{2, 1, 0}, {0, 1, 2}, {0, 1, 2}};
    struct ek_rng rng = ek_rng_derive(1, "dialects", 0);
    int differ = 0, java = 0;

    (void)state;
    for (int i = 0; i < 500; i++) {
        uint64_t hash = ek_rng_next(&rng);
        uint32_t picks[3];
        for (int d = 0; d < 3; d++) {
            struct bench *b = bench_start("ring_hash", options[d], 3, 1, 0);
            b->count = 3;
            for (int k = 0; k < 3; k++)
                snprintf(b->addresses[k], ADDRESS_SIZE, "node%d:80", 2 - k);
            bench_rebuild(b);
            picks[d] = pick_hash(b, hash);
            if (d < 2)
                assert_int_equal(picks[d], model_owner(b, orders[d], 4, 4, hash));
            bench_free(b);
        }
        differ += picks[0] != picks[1];
        java += picks[1] != picks[2];
    }
    assert_in_range(differ, 1, 499);
    assert_in_range(java, 1, 499);
}

/* Java hashes "/ip:port" and compares signed: the smallest is the one with the top bit set. */
static void java_compares_signed(void **state)
{
    struct bench *b = bench_start("ring_hash",
                                  "{\"minRingSize\": 2, \"maxRingSize\": 2, \"dialect\": "
                                  "\"grpc-java\"}",
                                  2, 1, 0);
    struct ek_rng rng = ek_rng_derive(2, "java", 0);
    int64_t at[2];

    (void)state;
    b->count = 2;
    bench_rebuild(b);
    for (int i = 0; i < 2; i++) {
        char text[64];
        int length = snprintf(text, sizeof text, "/%s_0", b->addresses[i]);
        at[i] = (int64_t)XXH64(text, (size_t)length, 0);
    }
    uint32_t low = at[0] < at[1] ? 0 : 1;
    for (int i = 0; i < 1000; i++) {
        uint64_t hash = ek_rng_next(&rng);
        bool is_between = (int64_t)hash > at[low] && (int64_t)hash <= at[1 - low];
        assert_int_equal(pick_hash(b, hash), is_between ? 1 - low : low);
    }
    bench_free(b);
}

/* 8 Mi points are the largest ring; the cap is gRPC's, Envoy has none. With 100 points per host the
 * largest of 10 shares is far from that of 1000. */
static void sizes_are_capped(void **state)
{
    static const struct {
        const char *options;
        uint32_t size_as;
    } cases[] = {
        {"{\"minRingSize\": 5000, \"maxRingSize\": 9000, \"dialect\": \"grpc-core\"}", 4096},
        {"{\"minRingSize\": 5000, \"maxRingSize\": 9000, \"dialect\": \"envoy\"}", 5000},
        {"{\"minRingSize\": 5000, \"maxRingSize\": 9000, \"ringSizeCap\": 6000, \"dialect\": "
         "\"grpc-core\"}",
         5000},
        {"{\"minRingSize\": 50, \"maxRingSize\": 70, \"ringSizeCap\": 20, \"dialect\": "
         "\"grpc-core\"}",
         20},
    };
    static const uint32_t order[] = {0, 1, 2};
    struct ek_rng rng = ek_rng_derive(3, "sizes", 0);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench *b = bench_start("ring_hash", cases[i].options, 3, 1, 0);
        b->count = 3;
        bench_rebuild(b);
        for (int k = 0; k < 15; k++) {
            uint64_t hash = ek_rng_next(&rng);
            uint32_t wanted = model_owner(b, order, cases[i].size_as, cases[i].size_as + 2, hash);
            if (cases[i].size_as == 4096 || cases[i].size_as == 20)
                wanted = model_owner(b, order, cases[i].size_as, cases[i].size_as, hash);
            assert_int_equal(pick_hash(b, hash), wanted);
        }
        bench_free(b);
    }
    assert_int_equal(complaints("ring_hash", "{\"minRingSize\": 8388609}"), 1);
    assert_int_equal(complaints("ring_hash", "{\"minRingSize\": 0}"), 1);
    assert_int_equal(complaints("ring_hash", "{\"minRingSize\": 10, \"maxRingSize\": 9}"), 1);
    assert_int_equal(complaints("ring_hash", "{\"minRingSize\": 10, \"maxRingSize\": 10}"), 0);
}

/* G48, grpc-go TestRingHash_EndpointWeights: without keys 1:1:2 is .25/.25/.5. The ring's own error
 * with 1024 points and the draws' stay below 0.05 here. */
static void calls_without_a_key_are_spread(void **state)
{
    int64_t ppm[ENDPOINTS_MAX];
    struct bench *b = bench_weighted("ring_hash", "{}", (const uint32_t[]){1, 1, 2}, 3);

    (void)state;
    shares(b, 100000, ppm);
    assert_share(ppm[0], 250000, 50000);
    assert_share(ppm[1], 250000, 50000);
    assert_share(ppm[2], 500000, 50000);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xxh64_is_the_published_one),
        cmocka_unit_test(a_ring_of_3_3_4_is_grpcs),
        cmocka_unit_test(rings_of_envoys_hosts_are_envoys),
        cmocka_unit_test(entries_and_hits_follow_weights),
        cmocka_unit_test(a_retry_walks_the_ring),
        cmocka_unit_test(a_hash_belongs_to_the_next_entry),
        cmocka_unit_test(the_direct_index_finds_what_a_search_finds),
        cmocka_unit_test(dialects_differ_in_placement),
        cmocka_unit_test(java_compares_signed),
        cmocka_unit_test(sizes_are_capped),
        cmocka_unit_test(calls_without_a_key_are_spread),
    };
    return cmocka_run_group_tests_name("core/lb_ring", tests, NULL, NULL);
}
