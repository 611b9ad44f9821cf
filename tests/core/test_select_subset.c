/* Subsets and the canary: who gets a call that asks for something. */
#include "tests/core/select_rig.h"

struct told *told_now;

/* Envoy's documentation of subsets, its four hosts and two selectors. */
static const char envoy_hosts[] =
    "{\"endpoints\": ["
    "{\"address\": \"host1:80\", \"labels\": [\"v=1.0\", \"stage=prod\"]},"
    "{\"address\": \"host2:80\", \"labels\": [\"v=1.0\", \"stage=prod\"]},"
    "{\"address\": \"host3:80\", \"labels\": [\"v=1.1\", \"stage=canary\"]},"
    "{\"address\": \"host4:80\", \"labels\": [\"v=1.2-pre\", \"stage=dev\"]}]}";

static const char envoy_config[] =
    "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
    " \"selection\": {\"subsets\": {\"fallback\": \"default\", \"default\": [\"stage=prod\"],"
    "  \"selectors\": [{\"keys\": [\"v\", \"stage\"]},"
    "                  {\"keys\": [\"stage\"], \"fallback\": \"none\"}]}}}";

static uint32_t subset_of(struct rig *rig, const struct ek_label *labels, size_t count)
{
    uint32_t subset = UINT32_MAX;

    assert_int_equal(ek_channel_subset(rig->channel, labels, count, &subset), EK_OK);
    return subset;
}

/* Bit n: endpoint n serves calls of the subset. 0: they fail. */
static unsigned served_by(struct rig *rig, uint32_t subset)
{
    unsigned set = 0;

    for (int i = 0; i < 12; i++) {
        struct result result = rig_call(rig, subset);

        if (result.is_finished) {
            assert_int_equal(result.status, EK_STATUS_UNAVAILABLE);
            return 0;
        }
        assert_true(result.is_sent);
        set |= 1u << result.endpoint;
        rig_done(rig, result.attempt, EK_STATUS_OK);
    }
    return set;
}

/* Source: Envoy, docs/root/intro/arch_overview/upstream/load_balancing/subsets.rst, "Examples". */
static void the_table_of_envoys_documentation(void **state)
{
    static const struct {
        struct ek_label labels[2];
        size_t count;
        unsigned hosts;
    } rows[] = {
        {{{"stage", "canary"}}, 1, 1u << 2},
        {{{"v", "1.2-pre"}, {"stage", "dev"}}, 2, 1u << 3},
        {{{"v", "1.0"}}, 1, 3},
        {{{"other", "x"}}, 1, 3},
        {{{0}}, 0, 3},
        {{{"stage", "test"}}, 1, 0},
    };
    struct rig rig;

    (void)state;
    rig_open(&rig, envoy_config, envoy_hosts);
    rig_connect(&rig, 0, 3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(served_by(&rig, subset_of(&rig, rows[i].labels, rows[i].count)),
                         rows[i].hosts);
    rig_close(&rig);
}

static void a_failed_subset_is_named(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, envoy_config, envoy_hosts);
    rig_connect(&rig, 0, 3);
    assert_string_equal(rig_call(&rig, rig_subset(&rig, "stage", "test")).text,
                        "no endpoint has stage=test (of 4 listed)");
    rig_close(&rig);
}

/* Envoy's KEYS_SUBSET: the same criteria with fewer keys, and again. */
static void a_selector_may_fall_back_to_fewer_keys(void **state)
{
    static const char config[] =
        "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
        " \"selection\": {\"subsets\": {\"selectors\": ["
        "   {\"keys\": [\"stage\", \"v\", \"user\"], \"fallback\": \"keys\","
        "    \"fallbackKeys\": [\"v\", \"stage\"]},"
        "   {\"keys\": [\"stage\", \"v\"], \"fallback\": \"keys\", \"fallbackKeys\": [\"stage\"]},"
        "   {\"keys\": [\"stage\"], \"fallback\": \"any\"}]}}}";
    static const struct ek_label two[] = {{"v", "9"}, {"stage", "dev"}};
    static const struct ek_label three[] = {{"v", "1.1"}, {"user", "me"}, {"stage", "canary"}};
    static const struct ek_label lost[] = {{"v", "9"}, {"user", "me"}, {"stage", "none"}};
    struct rig rig;

    (void)state;
    rig_open(&rig, config, envoy_hosts);
    rig_connect(&rig, 0, 3);
    assert_int_equal(served_by(&rig, subset_of(&rig, two, 2)), 1u << 3);
    assert_int_equal(served_by(&rig, subset_of(&rig, three, 3)), 1u << 2);
    assert_int_equal(served_by(&rig, subset_of(&rig, lost, 3)), 15);
    rig_close(&rig);
}

static void all_stand_in_for_an_empty_default_subset_if_asked_to(void **state)
{
    static const char config[] =
        "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
        " \"selection\": {\"subsets\": {\"fallback\": \"default\", \"default\": [\"stage=gone\"],"
        "  \"anyIfDefaultEmpty\": %s}}}";
    char text[300];
    struct rig rig;

    (void)state;
    for (int any = 0; any < 2; any++) {
        snprintf(text, sizeof text, config, any ? "true" : "false");
        rig_open(&rig, text, envoy_hosts);
        rig_connect(&rig, 0, 3);
        assert_int_equal(served_by(&rig, 0), any ? 15 : 0);
        assert_int_equal(served_by(&rig, rig_subset(&rig, "x", "y")), any ? 15 : 0);
        if (!any)
            assert_string_equal(rig_call(&rig, 0).text,
                                "no endpoint belongs to the default subset (of 4 listed)");
        rig_close(&rig);
    }
}

/* A subset exists as long as somebody is listed in it: health does not make calls fall back. They
 * wait for those who connect, and fail with the cause once none can. */
static void a_subset_that_is_down_does_not_fall_back(void **state)
{
    struct ek_event lost = {.kind = EK_EVENT_CONNECT_FAILED, .text = "connection refused"};
    struct rig rig;
    struct result result;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
             " \"selection\": {\"subsets\": {\"fallback\": \"any\"}}}",
             envoy_hosts);
    rig_connect(&rig, 0, 1);
    result = rig_call(&rig, rig_subset(&rig, "stage", "canary"));
    assert_false(result.is_sent || result.is_finished); /* host3 is connecting */

    rig.last = (struct result){0};
    lost.connection = rig.connections[2];
    ek_channel_input(rig.channel, &lost, rig.now);
    rig_pull(&rig);
    assert_true(rig.last.is_finished);
    assert_int_equal(rig.last.status, EK_STATUS_UNAVAILABLE);
    assert_non_null(strstr(rig.last.text, "host3:80: connection refused"));
    rig_close(&rig);
}

/* Once the endpoint is there, calls that waited for it are sent. */
static void a_call_waits_for_its_subset_to_connect(void **state)
{
    struct rig rig;

    (void)state;
    rig_open(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}", envoy_hosts);
    rig_connect(&rig, 0, 1);
    assert_false(rig_call(&rig, rig_subset(&rig, "v", "1.1")).is_sent);
    rig_connect(&rig, 2, 2);
    assert_true(rig.last.is_sent);
    assert_int_equal(rig.last.endpoint, 2);
    rig_close(&rig);
}

static void the_same_labels_have_the_same_number(void **state)
{
    static const struct ek_label ab[] = {{"a", "1"}, {"b", "2"}}, ba[] = {{"b", "2"}, {"a", "1"}};
    static const struct ek_label twice[] = {{"a", "1"}, {"a", "2"}}, nameless[] = {{"", "1"}};
    struct ek_label many[9];
    struct rig rig;
    uint32_t out = 7;

    (void)state;
    rig_open(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}", envoy_hosts);
    assert_int_equal(subset_of(&rig, NULL, 0), 0);
    assert_int_equal(subset_of(&rig, ab, 2), subset_of(&rig, ba, 2));
    assert_true(subset_of(&rig, ab, 2) != subset_of(&rig, ab, 1));
    assert_int_equal(ek_channel_subset(rig.channel, twice, 2, &out), EK_EINVAL);
    assert_int_equal(ek_channel_subset(rig.channel, nameless, 1, &out), EK_EINVAL);
    for (int i = 0; i < 9; i++)
        many[i] = (struct ek_label){&"abcdefghi"[i], "x"};
    assert_int_equal(ek_channel_subset(rig.channel, many, 9, &out), EK_EINVAL);
    assert_int_equal(out, 7);
    rig_close(&rig);

    /* pick_first has one connection: there is nothing to choose from. */
    rig_open(&rig, "{}", envoy_hosts);
    assert_int_equal(ek_channel_subset(rig.channel, ab, 2, &out), EK_EINVAL);
    rig_close(&rig);
}

static void there_are_1023_subsets_at_most(void **state)
{
    struct rig rig;
    uint32_t out = 0;

    (void)state;
    rig_open(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}", envoy_hosts);
    for (int i = 1; i <= 1024; i++) {
        char value[16];
        struct ek_label label = {"n", value};

        snprintf(value, sizeof value, "%d", i);
        assert_int_equal(ek_channel_subset(rig.channel, &label, 1, &out),
                         i <= 1023 ? EK_OK : EK_ELIMIT);
    }
    assert_int_equal(out, 1023);
    rig_close(&rig);
}

/* Each subset has a policy of its own, as Envoy's: the turns of one do not move those of another.
 */
static void subsets_take_turns_of_their_own(void **state)
{
    struct rig rig;
    uint32_t prod, last = UINT32_MAX;

    (void)state;
    rig_open(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}", envoy_hosts);
    rig_connect(&rig, 0, 3);
    prod = rig_subset(&rig, "stage", "prod");
    for (int i = 0; i < 20; i++) {
        uint32_t endpoint = rig_served(&rig, prod);

        assert_true(endpoint <= 1 && endpoint != last);
        last = endpoint;
        for (int k = 0; k < i % 3; k++)
            rig_served(&rig, 0);
    }
    rig_close(&rig);
}

/* An endpoint's attempts count wherever it may be picked: with two endpoints and both looked at,
 * the load never differs by more than one, whichever subset the calls name. */
static void load_is_seen_in_all_subsets(void **state)
{
    struct ek_endpoint_view views[2];
    struct rig rig;
    uint32_t subsets[3];

    (void)state;
    rig_open(&rig, "{\"loadBalancingConfig\": [{\"least_request\": {}}]}",
             "{\"endpoints\": [{\"address\": \"a:1\", \"labels\": [\"x=1\", \"y=1\"]},"
             "               {\"address\": \"b:1\", \"labels\": [\"x=1\", \"y=1\"]}]}");
    rig_connect(&rig, 0, 1);
    subsets[0] = 0;
    subsets[1] = rig_subset(&rig, "x", "1");
    subsets[2] = rig_subset(&rig, "y", "1");
    for (int i = 0; i < 60; i++) {
        assert_true(rig_call(&rig, subsets[i % 3]).is_sent);
        for (uint32_t e = 0; e < 2; e++)
            assert_true(ek_channel_endpoint(rig.channel, e, &views[e]));
        assert_in_range(views[0].in_flight, (uint32_t)i / 2, ((uint32_t)i + 2) / 2);
    }
    rig_close(&rig);
}

/* ---- incidents.md S19: 10 stable endpoints, one canary; 5 % of the calls ask for it ---- */

enum {
    CALLS = 10000
};

struct fleet {
    struct ek_address addresses[11];
    char texts[11][16];
    struct told told;
};

/* "tag\0canary\0", or another tag; the others have "stage\0stable\0". */
static void fleet_init(struct fleet *fleet, const char *labels, uint32_t size)
{
    memset(fleet, 0, sizeof *fleet);
    for (uint32_t i = 0; i < 11; i++) {
        snprintf(fleet->texts[i], sizeof fleet->texts[i], "10.0.0.%u:80", (unsigned)i + 1);
        fleet->addresses[i] = (struct ek_address){.text = fleet->texts[i], .weight = 1};
        fleet->addresses[i].labels = i < 10 ? "stage\0stable" : labels;
        fleet->addresses[i].labels_size = i < 10 ? 13 : size;
    }
    fleet->told.addresses = fleet->addresses;
    fleet->told.count = 11;
}

struct outcome {
    int asked, asked_errors, errors, on_canary;
};

static struct outcome run_calls(struct rig *rig, uint32_t subset)
{
    struct outcome outcome = {0};
    struct ek_rng rng = ek_rng_derive(1, "asks", 0);

    for (int i = 0; i < CALLS; i++) {
        bool asks = ek_rng_below(&rng, 1000000) < 50000;
        struct result result = rig_call(rig, asks ? subset : 0);

        outcome.asked += asks;
        outcome.errors += result.is_finished;
        outcome.asked_errors += asks && result.is_finished;
        outcome.on_canary += result.is_sent && result.endpoint == 10;
        if (result.is_sent)
            rig_done(rig, result.attempt, EK_STATUS_OK);
    }
    return outcome;
}

/* After the tag is mistyped: none: all that ask fail, 5 % of all; any: nobody fails, and nothing is
 * served by an endpoint tagged canary, for there is none; default: nobody fails, and the former
 * canary, which is not stable, gets nothing. */
static void a_mistyped_tag_under_each_fallback(void **state)
{
    static const char *const fallbacks[] = {"none", "any", "default"};

    (void)state;
    for (int f = 0; f < 3; f++) {
        char config[300];
        struct fleet fleet;
        struct rig rig;
        struct outcome before, after;
        uint32_t canary;

        snprintf(config, sizeof config,
                 "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"selection\": {\"subsets\":"
                 " {\"fallback\": \"%s\", \"default\": [\"stage=stable\"]}}}",
                 fallbacks[f]);
        rig_open(&rig, config, NULL);
        fleet_init(&fleet, "tag\0canary", 11);
        rig_tell(&rig, &fleet.told);
        rig_connect(&rig, 0, 10);
        canary = rig_subset(&rig, "tag", "canary");
        before = run_calls(&rig, canary);
        fleet_init(&fleet, "tag\0canari", 11);
        rig_tell(&rig, &fleet.told);
        after = run_calls(&rig, canary);

        /* 5 % of 10,000, +- 0.65 pp: three standard deviations */
        assert_in_range(before.asked, 435, 565);
        assert_int_equal(before.errors, 0);
        assert_int_equal(after.asked, before.asked); /* the same draws */
        assert_int_equal(after.asked_errors, f == 0 ? after.asked : 0);
        assert_int_equal(after.errors, after.asked_errors);
        if (f == 2) {
            assert_int_equal(before.on_canary, before.asked);
            assert_int_equal(after.on_canary, 0);
        }
        rig_close(&rig);
    }
}

/* The share may change while the channel runs. The draws are one per call, whatever the share, so
 * the calls of a smaller share are among those of a greater one. */
static void the_canarys_share_can_be_changed(void **state)
{
    static const char config[] =
        "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"selection\": {"
        "\"subsets\": {\"fallback\": \"default\", \"default\": [\"stage=stable\"]},"
        "\"canary\": {\"share\": \"5%\", \"match\": [\"tag=canary\"]}}}";
    static const int64_t shares_ppm[] = {50000, 0, 1000000, 250000};
    static bool was_canary[4][CALLS];
    struct fleet fleet;

    (void)state;
    for (int s = 0; s < 4; s++) {
        struct rig rig;
        int on_canary = 0, expected = (int)(shares_ppm[s] / 100);

        rig_open(&rig, config, NULL);
        fleet_init(&fleet, "tag\0canary", 11);
        rig_tell(&rig, &fleet.told);
        rig_connect(&rig, 0, 10);
        if (s > 0)
            ek_channel_set_canary(rig.channel, shares_ppm[s], rig.now);
        for (int i = 0; i < CALLS; i++) {
            was_canary[s][i] = rig_served(&rig, 0) == 10;
            on_canary += was_canary[s][i];
        }
        /* three standard deviations: 65 at 5 %, 130 at 25 % */
        assert_in_range(on_canary, expected == 10000 ? 10000 : expected - (expected > 0) * 130,
                        expected == 0 ? 0 : expected + 130);
        rig_close(&rig);
    }
    for (int i = 0; i < CALLS; i++)
        assert_true(!was_canary[0][i] || was_canary[3][i]);
}

/* One user always meets the same version; a call that asks for something itself is left alone. */
static void the_hash_keeps_a_user_on_one_version(void **state)
{
    static const char config[] =
        "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"selection\": {"
        "\"subsets\": {\"fallback\": \"default\", \"default\": [\"stage=stable\"]},"
        "\"canary\": {\"share\": \"30%\", \"match\": [\"tag=canary\"], \"byHash\": true}}}";
    struct fleet fleet;
    struct rig rig;
    int on_canary = 0;

    (void)state;
    rig_open(&rig, config, NULL);
    fleet_init(&fleet, "tag\0canary", 11);
    rig_tell(&rig, &fleet.told);
    rig_connect(&rig, 0, 10);
    for (uint64_t user = 1; user <= 1000; user++) {
        bool first = rig_call_as(&rig, 0, user).endpoint == 10;

        for (int i = 0; i < 3; i++)
            assert_int_equal(rig_call_as(&rig, 0, user).endpoint == 10, first);
        assert_true(rig_call_as(&rig, rig_subset(&rig, "stage", "stable"), user).endpoint != 10);
        on_canary += first;
    }
    assert_in_range(on_canary, 300 - 44, 300 + 44); /* three standard deviations */
    rig_close(&rig);
}

/* ---- the config ---- */

static void mistakes_in_the_config_are_complaints(void **state)
{
    static const struct {
        const char *selection, *path, *text;
    } cases[] = {
        {"{\"subsets\": {\"fallback\": \"default\"}}", "/selection/subsets", "needs \"default\""},
        {"{\"subsets\": {\"default\": [\"canary\"]}}", "/selection/subsets/default/0",
         "not \"key=value\""},
        {"{\"subsets\": {\"default\": [\"a=1\", \"a=2\"]}}", "/selection/subsets/default/1",
         "twice"},
        {"{\"subsets\": {\"selectors\": [{\"keys\": [\"a\"], \"fallback\": \"keys\","
         " \"fallbackKeys\": [\"a\"]}]}}",
         "/selection/subsets/selectors/0/fallbackKeys", "not all"},
        {"{\"subsets\": {\"selectors\": [{\"keys\": [\"a\", \"b\"], \"fallback\": \"keys\","
         " \"fallbackKeys\": [\"c\"]}]}}",
         "/selection/subsets/selectors/0/fallbackKeys/0", "not among"},
        {"{\"subsets\": {\"selectors\": [{\"keys\": [\"a\"], \"fallback\": \"default\"}]}}",
         "/selection/subsets/selectors/0", "needs \"default\""},
        {"{\"canary\": {\"share\": \"5%\"}}", "/selection/canary", "needs \"match\""},
        {"{\"canary\": {\"match\": [\"=x\"]}}", "/selection/canary/match/0", "not \"key=value\""},
        {"{\"localities\": \"weighted\"}", "/selection/localities", "localityWeights"},
        {"{\"localities\": \"zoneAware\"}", "/selection/localities", "zone_aware"},
        {"{\"failOnPanic\": true}", "/selection/failOnPanic", "panicThreshold"},
        {"{\"overprovisioningFactor\": 0.9}", "/selection/overprovisioningFactor", "at least 1"},
        {"{\"panicTreshold\": \"50%\"}", "/selection/panicTreshold", "panicThreshold"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_service_config config;
        struct ek_errors errors = {0};
        char text[400];
        json_t *json;

        snprintf(text, sizeof text, "{\"selection\": %s}", cases[i].selection);
        json = json_loads(text, 0, NULL);
        assert_non_null(json);
        assert_int_equal(ek_service_config_read(json, "", &config, &errors), EK_EINVAL);
        json_decref(json);
        if (errors.count != 1 || strcmp(errors.items[0].path, cases[i].path) != 0 ||
            strstr(errors.items[0].text, cases[i].text) == NULL)
            fail_msg("%s: %zu %s: %s", text, errors.count, errors.items[0].path,
                     errors.items[0].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_envoys_documentation),
        cmocka_unit_test(a_failed_subset_is_named),
        cmocka_unit_test(a_selector_may_fall_back_to_fewer_keys),
        cmocka_unit_test(all_stand_in_for_an_empty_default_subset_if_asked_to),
        cmocka_unit_test(a_subset_that_is_down_does_not_fall_back),
        cmocka_unit_test(a_call_waits_for_its_subset_to_connect),
        cmocka_unit_test(the_same_labels_have_the_same_number),
        cmocka_unit_test(there_are_1023_subsets_at_most),
        cmocka_unit_test(subsets_take_turns_of_their_own),
        cmocka_unit_test(load_is_seen_in_all_subsets),
        cmocka_unit_test(a_mistyped_tag_under_each_fallback),
        cmocka_unit_test(the_canarys_share_can_be_changed),
        cmocka_unit_test(the_hash_keeps_a_user_on_one_version),
        cmocka_unit_test(mistakes_in_the_config_are_complaints),
    };
    return cmocka_run_group_tests_name("core/select_subset", tests, NULL, NULL);
}
