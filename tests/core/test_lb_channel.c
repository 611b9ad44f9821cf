/* Policies in a channel: no call allocates once all is warm, whatever the policy; endpoints are
 * divided by what the resolver says of them; what a policy holds can be seen from outside. */
#include "tests/core/select_rig.h"

struct told *told_now;
static struct rig rig;

/* ---- memory ---- */

struct counter {
    uint64_t count;
};

static void *counting_resize(void *context, void *block, size_t size)
{
    struct counter *counter = context;

    counter->count += size > 0;
    return ek_mem_libc.resize(ek_mem_libc.context, block, size);
}

/* One way to set each policy up, at least. */
static const char *const policies[] = {
    "{\"pick_first\": {}}",
    "{\"round_robin\": {}}",
    "{\"round_robin\": {\"dialect\": \"grpc-go\"}}",
    "{\"random\": {\"weighted\": true}}",
    "{\"least_request\": {}}",
    "{\"least_request\": {\"fullScan\": true}}",
    "{\"least_request\": {\"weighting\": \"edf\"}}",
    "{\"peak_ewma\": {}}",
    "{\"static_weighted_round_robin\": {}}",
    "{\"static_weighted_round_robin\": {\"algorithm\": \"smooth\"}}",
    "{\"weighted_round_robin\": {\"blackoutPeriod\": \"0s\"}}",
    "{\"weighted_round_robin\": {\"blackoutPeriod\": \"0s\", \"dialect\": \"envoy\"}}",
    "{\"weighted_round_robin\": {\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-node\"}}",
    "{\"ring_hash\": {}}",
    "{\"ring_hash\": {\"hashBalanceFactor\": 125}}",
    "{\"maglev\": {\"tableSize\": 1009, \"hashBalanceFactor\": 125, \"overflow\": \"walk\"}}",
    "{\"prequal\": {}}",
    "{\"random_subsetting\": {\"subsetSize\": 8, \"childPolicy\": \"least_request\"}}",
    "{\"deterministic_subsetting\": {\"subsetSize\": 8, \"childPolicy\": \"peak_ewma\"}}",
    "{\"deterministic_aperture\": {\"clientCount\": 7, \"childPolicy\": \"least_request\"}}",
    "{\"weighted_target\": {\"targets\": {\"a\": {\"weight\": 1, \"childPolicy\": \"random\"}, "
    "\"*\": {\"weight\": 2, \"childPolicy\": [{\"maglev\": {\"tableSize\": 101}}]}}}}",
    "{\"priority\": {\"children\": {\"0\": {\"config\": [{\"weighted_target\": {\"targets\": "
    "{\"*\": {\"weight\": 1, \"childPolicy\": \"prequal\"}}}}]}, \"*\": {\"config\": "
    "\"round_robin\"}}, \"priorities\": [\"0\", \"*\"]}}",
};

enum {
    POLICY_COUNT = sizeof policies / sizeof policies[0],
    FLEET = 40
};

/* Endpoints of two localities, two priorities and weights 1 .. 5. */
static void fleet_options(char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "{\"endpoints\": [");

    for (int i = 0; i < FLEET; i++)
        used +=
            (size_t)snprintf(out + used, size - used,
                             "%s{\"address\": \"10.0.0.%d:80\", \"weight\": %d, \"priority\": "
                             "%d, \"locality\": \"%s\"}",
                             i > 0 ? ", " : "", i, 1 + i % 5, i % 8 == 7, i % 3 == 0 ? "a" : "b");
    snprintf(out + used, size - used, "]}");
}

/* Calls that fail now and then, so that they are retried and endpoints are ejected and return. */
static void make_calls(int count)
{
    struct ek_rng rng = ek_rng_derive(1, "calls", 0);

    for (int i = 0; i < count; i++) {
        struct result result = rig_call(&rig, 0);

        assert_true(result.is_sent);
        for (int tries = 0; result.is_sent && tries < 3; tries++) {
            bool is_good = ek_rng_below(&rng, 20) > 0;

            rig.last.is_sent = false;
            rig_done(&rig, result.attempt, is_good ? EK_STATUS_OK : EK_STATUS_UNAVAILABLE);
            rig_wait(&rig, 10 * EK_MS);
            result = rig.last;
        }
    }
}

static void a_warm_call_allocates_nothing_whatever_the_policy(void **state)
{
    static char options[FLEET * 120];

    (void)state;
    fleet_options(options, sizeof options);
    for (size_t i = 0; i < POLICY_COUNT; i++) {
        struct counter counter = {0};
        const struct ek_mem mem = {counting_resize, &counter};
        char config[900];
        uint64_t warm;

        snprintf(config, sizeof config,
                 "{\"loadBalancingConfig\": [%s], \"outlierDetection\": {\"consecutiveFailures\": "
                 "2, \"baseEjectionTime\": \"1s\", \"maxEjectionPercent\": 50}, \"methodConfig\": "
                 "[{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 3, \"initialBackoff\": "
                 "\"0.001s\", \"maxBackoff\": \"0.002s\", \"backoffMultiplier\": 1, "
                 "\"retryableStatusCodes\": [\"UNAVAILABLE\"]}}]}",
                 policies[i]);
        rig_open_with(&rig, config, options, (struct ek_channel_config){.seed = 1, .mem = &mem});
        rig_connect(&rig, 0, i == 0 ? 0 : FLEET - 1);
        make_calls(3000);
        warm = counter.count;
        make_calls(3000);
        if (counter.count != warm)
            fail_msg("%s: %llu allocations", policies[i],
                     (unsigned long long)(counter.count - warm));
        rig_close(&rig);
    }
}

static void every_policy_is_among_them(void **state)
{
    (void)state;
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops != NULL; ops++) {
        char name[64];
        bool is_there = false;

        snprintf(name, sizeof name, "{\"%s\"", (*ops)->name);
        for (size_t i = 0; i < POLICY_COUNT; i++)
            is_there = is_there || strncmp(policies[i], name, strlen(name)) == 0;
        if (!is_there)
            fail_msg("%s", (*ops)->name);
    }
}

/* ---- endpoints divided ---- */

/* Nine tenths to blue, which takes turns, a tenth to green; 3,000 calls: five standard deviations
 * are 2.7 points. The second of the list is not tagged and gets none. */
static void targets_may_be_tags(void **state)
{
    int counts[4] = {0};
    int64_t score;

    (void)state;
    rig_open_with(&rig,
                  "{\"loadBalancingConfig\": [{\"weighted_target\": {\"by\": \"tag\", \"targets\": "
                  "{\"blue\": {\"weight\": 9, \"childPolicy\": \"round_robin\"}, \"green\": "
                  "{\"weight\": 1, \"childPolicy\": \"round_robin\"}}}}]}",
                  "{\"endpoints\": [{\"address\": \"b1:80\", \"labels\": [\"tag=blue\"]}, "
                  "{\"address\": \"n1:80\"}, {\"address\": \"b2:80\", \"labels\": [\"tag=blue\"]}, "
                  "{\"address\": \"g1:80\", \"labels\": [\"tag=green\", \"env=x\"]}]}",
                  (struct ek_channel_config){.seed = 1});
    rig_connect(&rig, 0, 3);
    for (int i = 0; i < 3000; i++) {
        struct result result = rig_call(&rig, 0);
        assert_true(result.is_sent);
        counts[result.endpoint]++;
        rig_done(&rig, result.attempt, EK_STATUS_OK);
    }
    assert_int_equal(counts[1], 0);
    assert_in_range(counts[3], 219, 381);
    assert_in_range(counts[0] - counts[2] + 1, 0, 2);
    assert_true(ek_channel_score(rig.channel, 0, &score));
    assert_in_range(score, 0, 1);
    assert_false(ek_channel_score(rig.channel, 1, &score));
    rig_close(&rig);
}

/* The first priority goes: its calls go to the second, and come back when it does. Waiting is in
 * test_lb_priority.c. */
static void priorities_fail_over_and_back(void **state)
{
    (void)state;
    rig_open_with(&rig,
                  "{\"loadBalancingConfig\": [{\"priority_experimental\": {\"children\": {\"0\": "
                  "{\"config\": [{\"round_robin\": {}}]}, \"1\": {\"config\": [{\"random\": "
                  "{}}]}}, \"priorities\": [\"0\", \"1\"], \"failoverTimeout\": \"0s\"}}]}",
                  "{\"endpoints\": [{\"address\": \"a:80\"}, {\"address\": \"b:80\", "
                  "\"priority\": 1}]}",
                  (struct ek_channel_config){.seed = 1});
    rig_connect(&rig, 0, 1);
    for (int i = 0; i < 10; i++) {
        struct result result = rig_call(&rig, 0);
        assert_int_equal(result.endpoint, 0);
        rig_done(&rig, result.attempt, EK_STATUS_OK);
    }
    rig_event(&rig, EK_EVENT_DISCONNECTED, 0);
    for (int i = 0; i < 10; i++) {
        struct result result = rig_call(&rig, 0);
        assert_int_equal(result.endpoint, 1);
        rig_done(&rig, result.attempt, EK_STATUS_OK);
    }
    rig_wait(&rig, 2 * EK_S);
    rig_connect(&rig, 0, 0);
    assert_int_equal(rig_call(&rig, 0).endpoint, 0);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_call_allocates_nothing_whatever_the_policy),
        cmocka_unit_test(every_policy_is_among_them),
        cmocka_unit_test(targets_may_be_tags),
        cmocka_unit_test(priorities_fail_over_and_back),
    };
    return cmocka_run_group_tests_name("core/lb_channel", tests, NULL, NULL);
}
