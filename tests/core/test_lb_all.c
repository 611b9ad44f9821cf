/* What holds for every policy: it picks what it is shown, follows churn, repeats itself, allocates
 * nothing per pick, survives missing memory; and every option acts. */
#include "tests/core/lb_bench.h"

#define THREE_TARGETS                                                                            \
    "\"targets\": {\"0\": {\"weight\": 2, \"childPolicy\": \"peak_ewma\"}, "                     \
    "\"1\": {\"weight\": 1, \"childPolicy\": [{\"ring_hash\": {\"hashBalanceFactor\": 125}}]}, " \
    "\"*\": {\"weight\": 1, \"childPolicy\": \"prequal\"}}"
#define TWO_CHILDREN                                                                     \
    "\"children\": {\"0\": {\"config\": [{\"weighted_target\": {" THREE_TARGETS "}}]}, " \
    "\"*\": {\"config\": \"least_request\"}}, \"priorities\": [\"0\", \"*\"]"

/* Options that a policy cannot do without. */
static const char *needed_by(const char *name)
{
    if (strcmp(name, "deterministic_aperture") == 0)
        return "\"clientCount\": 7, \"childPolicy\": \"static_weighted_round_robin\"";
    if (strstr(name, "subsetting") != NULL)
        return "\"subsetSize\": 5, \"childPolicy\": \"least_request\"";
    return "";
}

/* Ways to set a policy up that take other paths through it. */
static const struct setting {
    const char *name, *options;
} settings[] = {
    {"least_request", ""},
    {"least_request", "\"replacement\": true"},
    {"least_request", "\"fullScan\": true"},
    {"least_request", "\"weighting\": \"divide\""},
    {"least_request", "\"weighting\": \"edf\", \"activeRequestBias\": 1.5"},
    {"peak_ewma", "\"countSilence\": true"},
    {"pick_first", ""},
    {"round_robin", ""},
    {"round_robin", "\"dialect\": \"grpc-core\""},
    {"round_robin", "\"dialect\": \"grpc-go\""},
    {"round_robin", "\"dialect\": \"grpc-node\""},
    {"random", ""},
    {"random", "\"weighted\": true"},
    {"static_weighted_round_robin", ""},
    {"static_weighted_round_robin", "\"algorithm\": \"smooth\""},
    {"weighted_round_robin", "\"blackoutPeriod\": \"0s\""},
    {"weighted_round_robin", "\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-go\""},
    {"weighted_round_robin", "\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-java\""},
    {"weighted_round_robin", "\"blackoutPeriod\": \"0s\", \"dialect\": \"envoy\""},
    {"weighted_round_robin", "\"blackoutPeriod\": \"0s\", \"dialect\": \"grpc-node\""},
    {"ring_hash", ""},
    {"ring_hash", "\"hashBalanceFactor\": 125"},
    {"ring_hash", "\"hashBalanceFactor\": 125, \"overflow\": \"walk\", \"dialect\": \"grpc-java\""},
    {"maglev", "\"tableSize\": 1009"},
    {"maglev", "\"tableSize\": 1009, \"hashBalanceFactor\": 125"},
    {"maglev", "\"tableSize\": 1009, \"hashBalanceFactor\": 125, \"overflow\": \"walk\""},
    {"prequal", ""},
    {"random_subsetting", "\"subsetSize\": 5, \"childPolicy\": \"prequal\""},
    {"deterministic_subsetting", "\"subsetSize\": 5, \"childPolicy\": \"peak_ewma\""},
    {"deterministic_aperture", "\"clientCount\": 7, \"childPolicy\": \"least_request\""},
    {"weighted_target", THREE_TARGETS},
    {"weighted_target", "\"by\": \"priority\", " THREE_TARGETS},
    {"priority", TWO_CHILDREN},
};

enum {
    SETTING_COUNT = sizeof settings / sizeof settings[0],
    SESSION_ENDPOINTS = 24,
    UNDER_WAY_MAX = 64,
    TRACE_SIZE = 900
};

/* A channel's life in small: calls with keys start and end, reports come, weights and the set
 * change. Everything but the policy's own draws follows from the session's stream. */
struct session {
    struct bench *b;
    struct ek_rng rng;
    struct ek_candidate all[SESSION_ENDPOINTS];
    struct {
        uint32_t id;
        int64_t started;
    } under_way[UNDER_WAY_MAX];
    int under_way_count;
    int64_t now;
    bool looks; /* at every score before each pick */
};

static void session_begin(struct session *s, const char *name, const char *options, uint64_t seed)
{
    char text[640];

    snprintf(text, sizeof text, "{%s}", options);
    *s = (struct session){.b = bench_start(name, text, SESSION_ENDPOINTS, seed, 3),
                          .rng = ek_rng_derive(seed, "session", 0)};
    for (uint32_t i = 0; i < SESSION_ENDPOINTS; i++) /* the list is not in the order of addresses */
        snprintf(s->b->addresses[i], ADDRESS_SIZE, "host-%02u:80", i * 7 % SESSION_ENDPOINTS);
    for (uint32_t i = 0; i < SESSION_ENDPOINTS; i++)
        s->b->described[i] = (struct ek_described){.locality = i % 3 == 0   ? "0"
                                                               : i % 3 == 1 ? "1"
                                                                            : "2",
                                                   .priority = i % 4};
    memcpy(s->all, s->b->candidates, sizeof s->all);
}

/* Another part of all endpoints, in order; some weights change. */
static void session_churn(struct session *s, uint32_t weight_max)
{
    struct bench *b = s->b;

    b->count = 0;
    for (uint32_t i = 0; i < SESSION_ENDPOINTS; i++) {
        if (ek_rng_below(&s->rng, 4) == 0)
            s->all[i].weight = 1 + ek_rng_below(&s->rng, weight_max);
        if (ek_rng_below(&s->rng, 4) != 0)
            b->candidates[b->count++] = s->all[i];
    }
    if (b->count == 0)
        b->candidates[b->count++] = s->all[0];
}

/* What the resolver says of somebody changes. */
static void session_describe(struct session *s)
{
    struct ek_described *described = &s->b->described[ek_rng_below(&s->rng, SESSION_ENDPOINTS)];

    described->locality = ek_rng_below(&s->rng, 2) == 0 ? "0" : "1";
    described->priority = ek_rng_below(&s->rng, 3);
}

static void session_end_call(struct session *s)
{
    uint32_t at = ek_rng_below(&s->rng, (uint32_t)s->under_way_count);
    uint32_t id = s->under_way[at].id;
    struct ek_load_report load = {.qps = id == 2 ? INT64_C(9000000000) : 1000000 * (1 + id),
                                  .eps = id % 3 == 0 ? 200000 : 0,
                                  .utilization = 100000 + 30000 * id,
                                  .in_flight = id % 4 == 0 ? 6 : 1};
    struct ek_outcome outcome = {.latency_ns = s->now - s->under_way[at].started,
                                 .status = id % 5 == 0 && ek_rng_below(&s->rng, 3) == 0
                                               ? EK_STATUS_UNAVAILABLE
                                               : EK_STATUS_OK,
                                 .load = &load};

    s->under_way[at] = s->under_way[--s->under_way_count];
    s->all[id].in_flight--;
    for (uint32_t i = 0; i < s->b->count; i++)
        if (s->b->candidates[i].id == id)
            s->b->candidates[i].in_flight--;
    if (s->b->ops->finished != NULL)
        s->b->ops->finished(s->b->self, s->all[id].state, &outcome, (ek_time){s->now});
}

/* The id picked; a retry if `tried` is an id. */
static uint32_t session_call(struct session *s, uint32_t tried)
{
    struct ek_candidate left[SESSION_ENDPOINTS];
    struct bench *b = s->b;
    uint32_t count = 0, id;

    for (uint32_t i = 0; i < b->count; i++)
        if (b->candidates[i].id != tried)
            left[count++] = b->candidates[i];
    if (count == 0)
        left[count++] = b->candidates[0];
    for (uint32_t i = 0; i < count && s->looks && b->ops->score != NULL; i++)
        b->ops->score(b->self, left, count, i, (ek_time){s->now});
    b->hash = ek_rng_below(&s->rng, 5) == 0 ? 0 : ek_mix64(ek_rng_below(&s->rng, 40));
    id = left[pick_of(b, left, count, s->now)].id;
    s->under_way[s->under_way_count].id = id;
    s->under_way[s->under_way_count++].started = s->now;
    s->all[id].in_flight++;
    for (uint32_t i = 0; i < b->count; i++)
        if (b->candidates[i].id == id)
            b->candidates[i].in_flight++;
    if (b->ops->started != NULL)
        b->ops->started(b->self, s->all[id].state, (ek_time){s->now});
    return id;
}

/* One step; what was picked, if something was. */
static char session_step(struct session *s)
{
    uint32_t id;

    s->now += ek_rng_below(&s->rng, 40) * EK_MS;
    if (s->under_way_count == UNDER_WAY_MAX ||
        (s->under_way_count > 0 && ek_rng_below(&s->rng, 2) == 0)) {
        session_end_call(s);
        return '.';
    }
    id = session_call(s, UINT32_MAX);
    if (ek_rng_below(&s->rng, 6) == 0 && s->under_way_count < UNDER_WAY_MAX)
        id = session_call(s, id);
    return (char)('a' + id);
}

static void session_close(struct session *s)
{
    while (s->under_way_count > 0)
        session_end_call(s);
    bench_free(s->b);
}

/* The picks of a whole session. */
static void trace_looking(const char *name, const char *options, uint64_t seed, bool looks,
                          char out[TRACE_SIZE + 1])
{
    struct session s;

    session_begin(&s, name, options, seed);
    s.looks = looks;
    for (int i = 0; i < TRACE_SIZE; i++) {
        if (i % 100 == 0) {
            session_churn(&s, 9);
            bench_rebuild(s.b);
        }
        out[i] = session_step(&s);
    }
    out[TRACE_SIZE] = '\0';
    session_close(&s);
}

static void trace(const char *name, const char *options, uint64_t seed, char out[TRACE_SIZE + 1])
{
    trace_looking(name, options, seed, false, out);
}

/* ---- what holds for all ---- */

static void every_policy_is_in_the_settings(void **state)
{
    (void)state;
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops != NULL; ops++) {
        bool is_there = false;
        for (size_t i = 0; i < SETTING_COUNT; i++)
            is_there = is_there || strcmp(settings[i].name, (*ops)->name) == 0;
        if (!is_there)
            fail_msg("%s", (*ops)->name);
    }
    assert_string_equal(ek_lb_all[0]->name, "least_request");
    assert_string_equal(ek_lb_find("ring_hash_experimental")->name, "ring_hash");
    assert_string_equal(ek_lb_find("random_subsetting_experimental")->name, "random_subsetting");
}

static void the_same_seed_picks_the_same(void **state)
{
    static char first[TRACE_SIZE + 1], second[TRACE_SIZE + 1], other[TRACE_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        trace(settings[i].name, settings[i].options, 1, first);
        trace(settings[i].name, settings[i].options, 1, second);
        trace(settings[i].name, settings[i].options, 2, other);
        assert_string_equal(first, second);
        assert_string_not_equal(first, other);
    }
}

static void looking_at_scores_changes_nothing(void **state)
{
    static char unseen[TRACE_SIZE + 1], seen[TRACE_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        trace(settings[i].name, settings[i].options, 1, unseen);
        trace_looking(settings[i].name, settings[i].options, 1, true, seen);
        assert_string_equal(unseen, seen);
    }
}

/* The core learns of a change at the next pick, so there may be any number of them in between; and
 * attempts end at endpoints that are gone. pick_of asserts that a pick is one of those shown. */
static void churn_between_any_two_calls_is_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct session s;
            session_begin(&s, settings[i].name, settings[i].options, seed);
            session_churn(&s, seed == 1 ? 1 : seed == 2 ? 50 : UINT32_MAX - 1);
            bench_rebuild(s.b);
            for (int step = 0; step < 1500; step++) {
                if (ek_rng_below(&s.rng, 5) == 0) {
                    session_describe(&s);
                    session_churn(&s, seed == 1 ? 1 : seed == 2 ? 50 : UINT32_MAX - 1);
                    bench_rebuild(s.b);
                }
                session_step(&s);
            }
            session_close(&s);
        }
}

static void no_pick_allocates(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        struct session s;
        long calls;
        session_begin(&s, settings[i].name, settings[i].options, 1);
        session_churn(&s, 9);
        bench_rebuild(s.b);
        calls = s.b->counting.calls;
        for (int step = 0; step < 5000; step++)
            session_step(&s);
        assert_int_equal(s.b->counting.calls, calls);
        for (int step = 0; step < 20; step++) /* nor does building the same again */
            bench_rebuild(s.b);
        assert_int_equal(s.b->counting.calls, calls);
        session_close(&s);
    }
}

/* The n-th allocation fails: start or rebuild says so; once there is memory, all is well. */
static void missing_memory_is_an_error_and_no_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        int failures = 0;
        for (long n = 0; n < 40; n++) {
            struct session s;
            session_begin(&s, settings[i].name, settings[i].options, 1);
            session_churn(&s, 9);
            s.b->counting.left = n;
            enum ek_err err = bench_rebuild_try(s.b);
            s.b->counting.left = -1;
            assert_true(err == EK_OK || err == EK_ENOMEM);
            failures += err != EK_OK;
            bench_rebuild(s.b);
            for (int step = 0; step < 50; step++)
                session_step(&s);
            session_close(&s);
            if (err == EK_OK)
                break;
        }
        assert_in_range(failures, 0, 39);
    }
}

/* A child that cannot be started leaves nothing behind. */
static void a_start_without_memory_is_undone(void **state)
{
    static const char *const names[] = {"random_subsetting", "deterministic_subsetting",
                                        "deterministic_aperture"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char options[128];
        const struct ek_lb_ops *ops = ek_lb_find(names[i]);
        struct counting counting = {.left = 0};
        struct ek_mem mem = {counting_resize, &counting};
        struct ek_rng rng = ek_rng_derive(1, "lb", 0);
        struct ek_lb_start start = {.rng = &rng, .mem = &mem};
        void *self = calloc(1, ops->self_size);
        assert_non_null(self);
        snprintf(options, sizeof options, "{%s}", needed_by(names[i]));
        assert_int_equal(complaints_about(ops, options, self), 0);
        assert_int_equal(ops->init(self, &start), EK_ENOMEM);
        ops->deinit(self);
        ek_option_release(ops->options, self);
        assert_int_equal(counting.live, 0);
        free(self);
    }
}

static void one_and_ten_thousand_candidates_are_picked_from(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char options[640];
        snprintf(options, sizeof options, "{%s}", settings[i].options);
        struct bench *b = bench_start(settings[i].name, options, 10000, 1, 5);
        b->count = 1;
        b->candidates[0].weight = UINT32_MAX;
        bench_rebuild(b);
        for (uint64_t k = 0; k < 20; k++)
            assert_int_equal(pick_hash(b, k), 0);
        b->count = 10000;
        for (uint32_t k = 0; k < 10000; k++)
            b->candidates[k].weight = 1 + k % 7;
        bench_rebuild(b);
        for (uint64_t k = 0; k < 500; k++)
            begin(b, pick_hash(b, ek_mix64(k)), 0);
        bench_free(b);
    }
}

/* ---- every option acts ---- */

/* X: policy, option, the rest of the options, a value beside the default. */
static const struct act {
    const char *name, *option, *with, *value;
} acts[] = {
    {"least_request", "choiceCount", "", "5"},
    {"least_request", "replacement", "", "true"},
    {"least_request", "fullScan", "", "true"},
    {"least_request", "ties", "\"fullScan\": true, ", "\"first\""},
    {"least_request", "weighting", "", "\"divide\""},
    {"least_request", "weighting", "", "\"edf\""},
    {"least_request", "activeRequestBias", "\"weighting\": \"edf\", ", "2.5"},
    {"peak_ewma", "decayTime", "", "\"1s\""},
    {"peak_ewma", "chargeFailures", "", "true"},
    {"peak_ewma", "countSilence", "", "true"},
    {"round_robin", "dialect", "", "\"grpc-core\""},
    {"round_robin", "dialect", "", "\"grpc-go\""},
    {"round_robin", "dialect", "", "\"grpc-node\""},
    {"random", "weighted", "", "true"},
    {"static_weighted_round_robin", "algorithm", "", "\"smooth\""},
    {"static_weighted_round_robin", "start", "", "\"zero\""},
    {"weighted_round_robin", "blackoutPeriod", "", "\"0s\""},
    {"weighted_round_robin", "weightExpirationPeriod", "\"blackoutPeriod\": \"0s\", ", "\"50ms\""},
    {"weighted_round_robin", "weightUpdatePeriod", "\"blackoutPeriod\": \"0s\", ", "\"3s\""},
    {"weighted_round_robin", "errorUtilizationPenalty", "\"blackoutPeriod\": \"0s\", ", "9"},
    {"weighted_round_robin", "dialect", "\"blackoutPeriod\": \"0s\", ", "\"grpc-go\""},
    {"weighted_round_robin", "dialect", "\"blackoutPeriod\": \"0s\", ", "\"grpc-java\""},
    {"weighted_round_robin", "dialect", "\"blackoutPeriod\": \"0s\", ", "\"envoy\""},
    {"weighted_round_robin", "dialect", "\"blackoutPeriod\": \"0s\", ", "\"grpc-node\""},
    {"ring_hash", "minRingSize", "", "50"},
    {"ring_hash", "maxRingSize", "\"minRingSize\": 30, ", "30"},
    {"ring_hash", "ringSizeCap", "", "40"},
    {"ring_hash", "dialect", "\"minRingSize\": 20, \"maxRingSize\": 20, ", "\"grpc-core\""},
    {"ring_hash", "dialect", "", "\"grpc-java\""},
    {"ring_hash", "dialect", "\"ringSizeCap\": 20, ", "\"envoy\""},
    {"ring_hash", "hashBalanceFactor", "", "110"},
    {"ring_hash", "overflow", "\"hashBalanceFactor\": 110, ", "\"walk\""},
    {"maglev", "tableSize", "", "1009"},
    {"maglev", "hashBalanceFactor", "", "110"},
    {"maglev", "overflow", "\"hashBalanceFactor\": 110, ", "\"walk\""},
    {"prequal", "poolSize", "", "3"},
    {"prequal", "hotQuantile", "", "\"10%\""},
    {"prequal", "probeRate", "", "1"},
    {"prequal", "removeRate", "", "0"},
    {"prequal", "probeAge", "", "\"20ms\""},
    {"prequal", "memory", "", "\"200ms\""},
    {"random_subsetting", "subsetSize", "\"childPolicy\": \"random\", ", "2"},
    {"random_subsetting", "childPolicy", "\"subsetSize\": 5, ", "\"round_robin\""},
    {"deterministic_subsetting", "subsetSize", "\"childPolicy\": \"random\", ", "2"},
    {"deterministic_subsetting", "clientIndex", "\"subsetSize\": 5, \"childPolicy\": \"random\", ",
     "1"},
    {"deterministic_subsetting", "childPolicy", "\"subsetSize\": 5, ", "\"round_robin\""},
    {"deterministic_aperture", "clientCount", "\"minAperture\": 4, \"childPolicy\": \"random\", ",
     "9"},
    {"deterministic_aperture", "clientIndex",
     "\"minAperture\": 4, \"clientCount\": 7, "
     "\"childPolicy\": \"random\", ",
     "1"},
    {"deterministic_aperture", "minAperture", "\"clientCount\": 7, \"childPolicy\": \"random\", ",
     "3"},
    {"deterministic_aperture", "childPolicy", "\"clientCount\": 7, ", "\"round_robin\""},
    {"weighted_target", "targets", "\"by\": \"locality\", ",
     "{\"0\": {\"weight\": 9, \"childPolicy\": \"random\"}, \"*\": {\"weight\": 1, "
     "\"childPolicy\": \"random\"}}"},
    {"weighted_target", "by", THREE_TARGETS ", ", "\"priority\""},
    {"priority", "children", "\"priorities\": [\"0\", \"*\"], ",
     "{\"0\": {\"config\": \"round_robin\"}, \"*\": {\"config\": \"random\"}}"},
    {"priority", "priorities",
     "\"children\": {\"0\": {\"config\": \"random\"}, \"*\": {\"config\": \"random\"}}, ",
     "[\"*\", \"0\"]"},
    {"priority", "by", TWO_CHILDREN ", ", "\"locality\""},
};

/* What stands for the default where there is none. */
static const char *usual(const char *option)
{
    if (strcmp(option, "subsetSize") == 0)
        return "\"subsetSize\": 5";
    if (strcmp(option, "clientCount") == 0)
        return "\"clientCount\": 7";
    if (strcmp(option, "targets") == 0)
        return THREE_TARGETS;
    if (strcmp(option, "children") == 0)
        return "\"children\": {\"0\": {\"config\": \"random\"}, \"*\": {\"config\": \"random\"}}";
    if (strcmp(option, "priorities") == 0)
        return "\"priorities\": [\"0\", \"*\"]";
    return strcmp(option, "childPolicy") == 0 ? "\"childPolicy\": \"least_request\"" : NULL;
}

static void every_option_changes_the_picks(void **state)
{
    static char without[TRACE_SIZE + 1], with[TRACE_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        char options[640];
        size_t length = strlen(acts[i].with);
        const char *stand_in = usual(acts[i].option);
        if (stand_in != NULL)
            snprintf(options, sizeof options, "%s%s", acts[i].with, stand_in);
        else
            snprintf(options, sizeof options, "%.*s", length > 2 ? (int)length - 2 : 0,
                     acts[i].with);
        trace(acts[i].name, options, 1, without);
        snprintf(options, sizeof options, "%s\"%s\": %s", acts[i].with, acts[i].option,
                 acts[i].value);
        trace(acts[i].name, options, 1, with);
        if (strcmp(without, with) == 0)
            fail_msg("%s: %s does nothing", acts[i].name, options);
    }
}

static void every_option_is_tested_for_that(void **state)
{
    (void)state;
    for (const struct ek_lb_ops *const *ops = ek_lb_all; *ops != NULL; ops++)
        for (const struct ek_option *row = (*ops)->options; row != NULL && row->name; row++) {
            bool is_there = (*ops)->connect == EK_CONNECT_FIRST || /* acts on connections */
                            ((*ops)->review != NULL && row->type == EK_OPTION_DURATION);
            for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
                is_there = is_there || (strcmp(acts[i].name, (*ops)->name) == 0 &&
                                        strcmp(acts[i].option, row->name) == 0);
            if (!is_there)
                fail_msg("%s: %s", (*ops)->name, row->name);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_policy_is_in_the_settings),
        cmocka_unit_test(the_same_seed_picks_the_same),
        cmocka_unit_test(looking_at_scores_changes_nothing),
        cmocka_unit_test(churn_between_any_two_calls_is_survived),
        cmocka_unit_test(no_pick_allocates),
        cmocka_unit_test(missing_memory_is_an_error_and_no_more),
        cmocka_unit_test(a_start_without_memory_is_undone),
        cmocka_unit_test(one_and_ten_thousand_candidates_are_picked_from),
        cmocka_unit_test(every_option_changes_the_picks),
        cmocka_unit_test(every_option_is_tested_for_that),
    };
    return cmocka_run_group_tests_name("core/lb_all", tests, NULL, NULL);
}
