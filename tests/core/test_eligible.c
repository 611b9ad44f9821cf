/* Eligibility against a one-line filter, while everything changes between any two calls; and what
 * it costs in memory once warm. */
#define RIG_ENDPOINTS_MAX 60000
#include "tests/core/select_rig.h"

#include <stdbool.h>

struct told *told_now;

enum {
    UNIVERSE_MAX = 10000
};

/* What the registry may list. */
struct world {
    struct ek_address addresses[UNIVERSE_MAX]; /* of the list in force */
    uint32_t ids[UNIVERSE_MAX];                /* likewise: who it is in the universe */
    uint32_t listed_count, size;
    char texts[UNIVERSE_MAX][24];
    struct told told;
    struct ek_rng rng;
    uint32_t subset[3]; /* none, tag=x, tag=y */
};

static const char label_x[] = "tag\0x", label_y[] = "tag\0y", label_both[] = "tag\0x\0tag\0y";

static struct world world; /* large */
static struct rig rig;

static uint32_t below(uint32_t n)
{
    return ek_rng_below(&world.rng, n);
}

static void describe(struct ek_address *address)
{
    static const char *const labels[] = {NULL, label_x, label_y, label_both};
    static const uint32_t sizes[] = {0, sizeof label_x, sizeof label_y, sizeof label_both};
    static const char *const zones[] = {NULL, "a", "b"};
    uint32_t which = below(4);

    address->labels = labels[which];
    address->labels_size = sizes[which];
    address->priority = below(2);
    address->weight = 1 + below(3);
    address->locality = zones[below(3)];
}

/* A random part of the universe in its order, each newly described. */
static void tell_list(void)
{
    uint32_t keep = below(5);

    world.listed_count = 0;
    for (uint32_t id = 0; id < world.size; id++) {
        struct ek_address *address = &world.addresses[world.listed_count];

        if (below(5) > keep)
            continue;
        *address = (struct ek_address){.text = world.texts[id]};
        describe(address);
        world.ids[world.listed_count++] = id;
    }
    world.told.addresses = world.addresses;
    world.told.count = world.listed_count;
    rig_tell(&rig, &world.told);
}

/* ---- the model ---- */

struct seen {
    const struct ek_address *address; /* in the list; NULL: not listed */
    struct ek_endpoint_view view;
};

static struct seen seen[RIG_ENDPOINTS_MAX];

/* Looks at all endpoints that exist, by number; returns how many numbers there are. */
static uint32_t look(void)
{
    uint32_t number = 0, gone = 0;

    for (; gone < RIG_ENDPOINTS_MAX && number < RIG_ENDPOINTS_MAX; number++) {
        struct seen *s = &seen[number];

        *s = (struct seen){0};
        if (!ek_channel_endpoint(rig.channel, number, &s->view)) {
            if (rig.connections[number] == 0)
                break;
            continue;
        }
        for (uint32_t i = 0; s->view.is_listed && i < world.listed_count; i++)
            if (strcmp(world.addresses[i].text, s->view.address) == 0)
                s->address = &world.addresses[i];
        assert_true(!s->view.is_listed || s->address != NULL);
    }
    return number;
}

static bool matches(const struct ek_address *address, int subset)
{
    if (subset == 0)
        return true;
    return (subset == 1 && (address->labels == label_x || address->labels == label_both)) ||
           (subset == 2 && (address->labels == label_y || address->labels == label_both));
}

/* The filter: listed, has what is asked for, connected, and not ejected. */
static bool is_eligible(const struct seen *s, int subset)
{
    return s->address != NULL && matches(s->address, subset) && s->view.state == EK_CONN_READY &&
           !s->view.is_ejected;
}

/* Panic ignores ejection if fewer than half of those of whom something is known are eligible. */
static bool is_panic(uint32_t count, int subset)
{
    uint32_t healthy = 0, known = 0;

    for (uint32_t n = 0; n < count; n++) {
        if (seen[n].address == NULL || !matches(seen[n].address, subset))
            continue;
        healthy += is_eligible(&seen[n], subset);
        known += seen[n].view.is_ejected || seen[n].view.state == EK_CONN_READY ||
                 seen[n].view.is_failing;
    }
    return 2 * healthy < known;
}

static void check_call(bool has_panic)
{
    int subset = (int)below(3);
    uint32_t count = look(), eligible = 0, usable = 0;
    bool panic = has_panic && is_panic(count, subset);
    struct result result;

    for (uint32_t n = 0; n < count; n++) {
        eligible += is_eligible(&seen[n], subset);
        usable += seen[n].address != NULL && matches(seen[n].address, subset) &&
                  seen[n].view.state == EK_CONN_READY;
    }
    result = rig_call(&rig, world.subset[subset]);
    assert_int_equal(result.is_sent, (panic ? usable : eligible) > 0);
    if (!result.is_sent)
        return;
    assert_true(result.endpoint < count && seen[result.endpoint].address != NULL);
    assert_true(matches(seen[result.endpoint].address, subset));
    assert_int_equal(seen[result.endpoint].view.state, EK_CONN_READY);
    assert_true(panic || !seen[result.endpoint].view.is_ejected);
    if (below(4) > 0)
        rig_done(&rig, result.attempt, below(4) > 0 ? EK_STATUS_OK : EK_STATUS_UNAVAILABLE);
}

/* Something happens to a random connection. */
static void disturb(void)
{
    static const enum ek_event_kind kinds[] = {EK_EVENT_CONNECTED, EK_EVENT_CONNECTED,
                                               EK_EVENT_CONNECT_FAILED, EK_EVENT_DISCONNECTED,
                                               EK_EVENT_GOAWAY};
    uint32_t numbers = 0;

    while (numbers < RIG_ENDPOINTS_MAX && rig.connections[numbers] != 0)
        numbers++;
    if (numbers == 0)
        return;
    for (uint32_t i = below(2 + world.size / 4); i > 0; i--) {
        uint32_t from = numbers > 2 * world.size ? numbers - 2 * world.size : 0;

        rig_event(&rig, kinds[below(5)], from + below(numbers - from));
    }
}

static void churn(const char *policy, const char *selection, bool has_panic, uint32_t size,
                  int steps, uint64_t seed)
{
    char config[600];

    memset(&world, 0, sizeof world);
    world.rng = ek_rng_derive(seed, "churn", size);
    world.size = size;
    for (uint32_t i = 0; i < size; i++)
        snprintf(world.texts[i], sizeof world.texts[i], "10.0.%u.%u:80", (unsigned)i / 250,
                 (unsigned)i % 250);
    snprintf(config, sizeof config,
             "{\"loadBalancingConfig\": [{\"%s\": {}}], \"outlierDetection\": "
             "{\"consecutiveFailures\": 1, \"baseEjectionTime\": \"5s\","
             " \"maxEjectionPercent\": 100}, \"connection\": {\"initialBackoff\": \"1s\"},"
             " \"selection\": %s}",
             policy, selection);
    rig_open_with(&rig, config, NULL, (struct ek_channel_config){.seed = seed, .locality = "a"});
    world.subset[1] = rig_subset(&rig, "tag", "x");
    world.subset[2] = rig_subset(&rig, "tag", "y");
    tell_list();
    for (int step = 0; step < steps; step++) {
        uint32_t what = below(10);

        if (what == 0)
            tell_list();
        else if (what < 4)
            disturb();
        else if (what == 4)
            rig_wait(&rig, (int64_t)below(3000) * EK_MS);
        check_call(has_panic);
    }
    rig_close(&rig);
}

#define WEIGHTED_STAGE                                                                           \
    "{\"localities\": \"weighted\", \"localityWeights\": [{\"locality\": \"a\", \"weight\": 2}," \
    " {\"locality\": \"b\", \"weight\": 1}]}"

static const char *const stages[] = {
    "{}",
    "{\"priorities\": true}",
    "{\"priorities\": true, \"localities\": \"zone_aware\", \"minClusterSize\": 1}",
    WEIGHTED_STAGE,
};

static void only_the_eligible_are_picked_whatever_the_stages(void **state)
{
    static const char *const policies[] = {"round_robin", "ring_hash_experimental",
                                           "static_weighted_round_robin", "peak_ewma"};

    (void)state;
    for (size_t s = 0; s < 4; s++)
        for (uint32_t size = 1; size <= 40; size = 3 * size + 1)
            churn(policies[(s + size) % 4], stages[s], false, size, 400, 100 * s + size);
}

static void panic_lets_the_ejected_in_and_nobody_else(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= 40; size = 3 * size + 1)
        churn("round_robin", "{\"panicThreshold\": \"50%\"}", true, size, 800, size);
}

static void ten_thousand_endpoints_are_no_different(void **state)
{
    (void)state;
    churn("round_robin", stages[1], false, 10000, 6, 1);
}

/* ---- memory ---- */

struct counter {
    uint64_t count;
    size_t bytes;
};

static void *counting_resize(void *context, void *block, size_t size)
{
    struct counter *counter = context;

    counter->count += size > 0;
    return ek_mem_libc.resize(ek_mem_libc.context, block, size);
}

/* Subsets, a canary, priorities, zones, panic and least_request, with ejections and returns going
 * on: after a round of each, no pick allocates. */
static void a_warm_pick_allocates_nothing(void **state)
{
    static const char *const selections[] = {
        "{\"priorities\": true, \"panicThreshold\": \"50%\", \"localities\": \"zone_aware\","
        " \"canary\": {\"share\": \"10%\", \"match\": [\"tag=x\"]},"
        " \"subsets\": {\"fallback\": \"any\"}}",
        "{\"priorities\": true, \"localities\": \"weighted\", \"localityWeights\":"
        " [{\"locality\": \"a\", \"weight\": 1}, {\"locality\": \"b\", \"weight\": 2}],"
        " \"subsets\": {\"fallback\": \"default\", \"default\": [\"tag=y\"]}}",
    };

    (void)state;
    for (int s = 0; s < 2; s++) {
        struct counter counter = {0};
        const struct ek_mem mem = {counting_resize, &counter};
        char config[900];
        uint64_t warm = 0;

        memset(&world, 0, sizeof world);
        world.rng = ek_rng_derive(7, "warm", 0);
        world.size = 100;
        for (uint32_t i = 0; i < world.size; i++)
            snprintf(world.texts[i], sizeof world.texts[i], "10.0.0.%u:80", (unsigned)i);
        snprintf(config, sizeof config,
                 "{\"loadBalancingConfig\": [{\"least_request\": {}}], \"outlierDetection\": "
                 "{\"consecutiveFailures\": 1, \"baseEjectionTime\": \"1s\","
                 " \"maxEjectionPercent\": 100}, \"selection\": %s}",
                 selections[s]);
        rig_open_with(&rig, config, NULL,
                      (struct ek_channel_config){.seed = 1, .locality = "a", .mem = &mem});
        world.subset[1] = rig_subset(&rig, "tag", "x");
        world.subset[2] = rig_subset(&rig, "tag", "y");
        world.listed_count = world.size;
        for (uint32_t i = 0; i < world.size; i++) {
            world.addresses[i] = (struct ek_address){.text = world.texts[i]};
            describe(&world.addresses[i]);
        }
        world.told = (struct told){.addresses = world.addresses, .count = world.size};
        rig_tell(&rig, &world.told);
        rig_connect(&rig, 0, world.size - 1);
        for (int round = 0; round < 2; round++) {
            world.rng = ek_rng_derive(8, "calls", 0);
            for (int i = 0; i < 20000; i++) {
                struct result result = rig_call(&rig, world.subset[below(3)]);

                assert_true(result.is_sent);
                rig_done(&rig, result.attempt,
                         below(50) == 0 ? EK_STATUS_UNAVAILABLE : EK_STATUS_OK);
                rig_wait(&rig, 10 * EK_MS);
            }
            if (round == 0)
                warm = counter.count;
        }
        assert_int_equal(counter.count, warm);
        rig_close(&rig);
    }
}

/* The n-th allocation fails, for n = 0, 1, 2 ... until all goes well. Nothing leaks, nothing
 * breaks: a channel is refused, or a call fails. */
struct failing {
    uint64_t left;
};

static void *failing_resize(void *context, void *block, size_t size)
{
    struct failing *failing = context;

    if (size > 0 && failing->left == 0)
        return NULL;
    failing->left -= size > 0;
    return ek_mem_libc.resize(ek_mem_libc.context, block, size);
}

static void without_memory_subsets_are_refused(void **state)
{
    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"selection\": {"
             "\"localities\": \"zone_aware\"}}",
             "{\"addresses\": [\"a:1\"]}");
    rig_close(&rig);
    for (uint64_t n = 0; n < 100; n++) {
        struct failing failing = {.left = UINT64_MAX};
        const struct ek_mem mem = {failing_resize, &failing};
        const struct ek_label labels[] = {{"stage", "prod"}, {"v", "1"}};
        uint32_t subset = 0;
        enum ek_err err;

        rig_open_with(&rig,
                      "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"selection\": {"
                      "\"subsets\": {\"selectors\": [{\"keys\": [\"stage\", \"v\"],"
                      " \"fallback\": \"keys\", \"fallbackKeys\": [\"v\"]}]}}}",
                      "{\"endpoints\": [{\"address\": \"a:1\", \"labels\": [\"v=1\"]}]}",
                      (struct ek_channel_config){.seed = 1, .mem = &mem});
        rig_connect(&rig, 0, 0);
        failing.left = n;
        err = ek_channel_subset(rig.channel, labels, 2, &subset);
        failing.left = UINT64_MAX;
        if (err == EK_OK)
            assert_int_equal(rig_call(&rig, subset).is_sent, false);
        else
            assert_int_equal(err, EK_ENOMEM);
        assert_true(rig_call(&rig, 0).is_sent);
        rig_close(&rig);
        if (err == EK_OK)
            return;
    }
    fail_msg("a subset takes more than 100 allocations");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_eligible_are_picked_whatever_the_stages),
        cmocka_unit_test(panic_lets_the_ejected_in_and_nobody_else),
        cmocka_unit_test(ten_thousand_endpoints_are_no_different),
        cmocka_unit_test(a_warm_pick_allocates_nothing),
        cmocka_unit_test(without_memory_subsets_are_refused),
    };
    return cmocka_run_group_tests_name("core/eligible", tests, NULL, NULL);
}
