/* What a Consul watch makes of lists that empty, shrink, flap, age or are stale: the numbers of the
 * incidents they are named after. */
#include "tests/core/watch.h"

enum {
    FLEET_MAX = 160
};

/* A registry at one moment: which endpoints pass, and which generation of each is there. */
struct registry {
    int count;
    bool is_down[FLEET_MAX];
    int generation[FLEET_MAX];
    uint64_t index;
};

static char body[FLEET_MAX * 96];

static const char *render(const struct registry *registry)
{
    size_t used = 0;

    body[0] = '\0';
    for (int i = 0; i < registry->count; i++)
        if (!registry->is_down[i])
            used += (size_t)sprintf(body + used,
                                    "%c{\"Service\": {\"Address\": \"e%03d-%d\", \"Port\": 80}}",
                                    used == 0 ? '[' : ',', i, registry->generation[i]);
    if (used == 0)
        body[used++] = '[';
    strcpy(body + used, "]");
    return body;
}

/* The parked query is answered with the news. */
static void change(struct watch *w, struct registry *registry)
{
    registry->index++;
    if (w->is_asking)
        answer(w, 200, registry->index, render(registry));
}

static struct watch watch_fleet(const char *options, struct registry *registry, int count)
{
    struct watch w = watch_new(options);

    memset(registry, 0, sizeof *registry);
    registry->count = count;
    registry->index = 10;
    answer(&w, 200, registry->index, render(registry));
    assert_int_equal(w.count, count);
    return w;
}

/* ---- S18: grace ---- */

/* incidents.md S18 (c): every 60 s a quarter of 12 endpoints leaves the catalogue for 3 s. Whoever
 * is taken off the list is cold when it returns: 3 per step; with a grace of 5 s none. */
static void grace_keeps_endpoints_that_restart(void **state)
{
    static const char *const options[] = {
        "{\"service\": \"web\", \"minInterval\": \"1ms\"}",
        "{\"service\": \"web\", \"minInterval\": \"1ms\", \"grace\": \"5s\"}"};

    (void)state;
    for (int has_grace = 0; has_grace < 2; has_grace++) {
        struct registry registry;
        struct watch w = watch_fleet(options[has_grace], &registry, 12);
        int cold = 0;

        for (int step = 0; step < 4; step++) {
            advance(&w, 57 * EK_S);
            for (int i = 0; i < 3; i++)
                registry.is_down[3 * step + i] = true;
            change(&w, &registry);
            cold += 12 - (int)w.count;
            advance(&w, 3 * EK_S);
            assert_int_equal(w.count, has_grace ? 12 : 9);
            memset(registry.is_down, 0, sizeof registry.is_down);
            change(&w, &registry);
            assert_int_equal(w.count, 12);
        }
        assert_int_equal(cold, has_grace ? 0 : 4 * 3);
        assert_int_equal(w.lists, has_grace ? 1 : 1 + 2 * 4);
        watch_free(&w);
    }
}

static void grace_ends(void **state)
{
    struct registry registry;
    struct watch w = watch_fleet("{\"service\": \"web\", \"minInterval\": \"1ms\","
                                 " \"grace\": \"5s\"}",
                                 &registry, 4);

    (void)state;
    registry.is_down[1] = true;
    change(&w, &registry);
    advance(&w, 2 * EK_S);
    registry.is_down[2] = true;
    change(&w, &registry);
    advance(&w, 3 * EK_S - 1);
    assert_int_equal(w.count, 4);
    advance(&w, 1);
    assert_string_equal(w.list, "e000-0:80 e002-0:80 e003-0:80");
    advance(&w, 2 * EK_S);
    assert_string_equal(w.list, "e000-0:80 e003-0:80");
    watch_free(&w);
}

/* While queries fail nobody knows who is still away: the list stays as it is. */
static void grace_does_not_end_while_queries_fail(void **state)
{
    struct registry registry;
    struct watch w = watch_fleet("{\"service\": \"web\", \"minInterval\": \"1ms\","
                                 " \"grace\": \"5s\"}",
                                 &registry, 4);

    (void)state;
    registry.is_down[1] = true;
    change(&w, &registry);
    advance(&w, EK_MS);
    answer(&w, 500, 0, "No cluster leader");
    advance(&w, 9 * EK_S);
    assert_int_equal(w.count, 4);
    assert_true(w.is_asking);
    change(&w, &registry);
    assert_int_equal(w.count, 3);
    watch_free(&w);
}

/* ---- S12: flapping ---- */

/* incidents.md S12: of 150 endpoints ten are critical for 5 s in every 20 s, the i-th from 2 i on:
 * one change a second, two or three critical at a time. */
static void flap_at(struct registry *registry, int second)
{
    for (int i = 0; i < 10; i++)
        registry->is_down[i] = second >= 2 * i && (second - 2 * i) % 20 < 5;
}

struct flapping {
    size_t fewest, fewest_later; /* later: from the second cycle of all on */
    int wake_ups, changes;
    bool is_always_newest;
};

static struct flapping run_flapping(const char *options)
{
    struct flapping result = {.fewest = 1000, .fewest_later = 1000, .is_always_newest = true};
    struct registry registry;
    struct watch w = watch_fleet(options, &registry, 150);
    int queries = w.queries;
    bool is_behind = false;

    for (int second = 0; second < 400; second++) {
        struct registry before = registry;

        flap_at(&registry, second);
        if (memcmp(before.is_down, registry.is_down, sizeof before.is_down) != 0) {
            result.changes++;
            registry.index++;
            is_behind = true;
        }
        if (is_behind && w.is_asking) {
            answer(&w, 200, registry.index, render(&registry));
            is_behind = false;
        }
        for (int i = 0; i < 10 && !is_behind; i++) {
            char name[16];

            snprintf(name, sizeof name, "e%03d-0", i);
            if (!registry.is_down[i] && strstr(w.list, name) == NULL)
                result.is_always_newest = false; /* whoever is back is listed */
        }
        result.fewest = w.count < result.fewest ? w.count : result.fewest;
        if (second >= 45 && w.count < result.fewest_later)
            result.fewest_later = w.count;
        advance(&w, EK_S);
    }
    result.wake_ups = w.queries - queries;
    watch_free(&w);
    return result;
}

static void a_flap_wakes_each_watcher_and_damping_delays_only_removals(void **state)
{
    struct flapping plain = run_flapping("{\"service\": \"web\", \"minInterval\": \"1ms\"}");
    struct flapping slow = run_flapping("{\"service\": \"web\", \"minInterval\": \"10s\"}");
    struct flapping damped =
        run_flapping("{\"service\": \"web\", \"minInterval\": \"1ms\", \"damping\": \"30s\"}");

    (void)state;
    /* The i-th goes at 2 i + 20 k and is back 5 s later: of the 400 s each has 20 of the ones and,
     * for i < 8, 20 of the others, else 19 (18 + 5 + 380 > 400). No two fall together: 2 i is even,
     * 2 i + 5 is odd. So 10 x 20 + 8 x 20 + 2 x 19 = 398 changes: one a second, and one wake-up
     * each. */
    assert_int_equal(plain.wake_ups, plain.changes);
    assert_int_equal(plain.changes, 398);
    assert_int_equal(plain.fewest, 147);
    assert_int_equal(plain.fewest_later, 147);
    assert_true(plain.is_always_newest);

    /* At most once in 10 s, and two at the start. */
    assert_in_range(slow.wake_ups, 38, 42);
    assert_true(slow.is_always_newest);

    /* The first flap of each is believed; after that it has flapped, and stays. */
    assert_int_equal(damped.fewest, 147);
    assert_int_equal(damped.fewest_later, 150);
    assert_true(damped.is_always_newest);
    assert_int_equal(damped.wake_ups, damped.changes);
}

/* A flapper that is really gone goes after the damping time; one that was steady for that long
 * goes at once. */
static void damping_ends(void **state)
{
    struct registry registry;
    struct watch w = watch_fleet("{\"service\": \"web\", \"minInterval\": \"1ms\","
                                 " \"damping\": \"30s\"}",
                                 &registry, 3);

    (void)state;
    registry.is_down[1] = true;
    change(&w, &registry);
    assert_int_equal(w.count, 2);
    advance(&w, 10 * EK_S);
    registry.is_down[1] = false;
    change(&w, &registry);
    assert_int_equal(w.count, 3);
    advance(&w, 20 * EK_S); /* 20 s after its return: still a flapper */
    registry.is_down[1] = true;
    change(&w, &registry);
    advance(&w, 30 * EK_S - 1);
    assert_int_equal(w.count, 3);
    advance(&w, 1);
    assert_int_equal(w.count, 2);

    advance(&w, 30 * EK_S);
    registry.is_down[1] = false;
    change(&w, &registry); /* back after 60 s: no flap */
    advance(&w, EK_S);
    registry.is_down[1] = true;
    change(&w, &registry);
    assert_int_equal(w.count, 2);
    watch_free(&w);
}

/* ---- sudden shrink ---- */

/* At most half of ten may vanish at once. */
static void a_list_that_shrinks_too_much_is_not_believed_for_a_while(void **state)
{
    static const char options[] = "{\"service\": \"web\", \"minInterval\": \"1ms\","
                                  " \"maxShrink\": \"50%\", \"shrinkTime\": \"20s\"}";
    struct registry registry;
    struct watch w = watch_fleet(options, &registry, 10);

    (void)state;
    for (int i = 0; i < 5; i++) /* exactly half: believed */
        registry.is_down[i] = true;
    change(&w, &registry);
    assert_int_equal(w.count, 5);
    assert_int_equal(w.shrinks, 0);
    watch_free(&w);

    w = watch_fleet(options, &registry, 10);
    for (int i = 0; i < 6; i++)
        registry.is_down[i] = true;
    change(&w, &registry);
    assert_int_equal(w.count, 10);
    assert_int_equal(w.shrinks, 1);
    assert_int_equal(w.lists, 1);
    advance(&w, 10 * EK_S);

    registry.count = 11; /* a new one is taken at once */
    change(&w, &registry);
    assert_int_equal(w.count, 11);
    assert_int_equal(w.shrinks, 1); /* told once */
    advance(&w, 10 * EK_S - 1);
    assert_int_equal(w.count, 11);
    advance(&w, 1); /* 20 s: it stood for long enough */
    assert_int_equal(w.count, 5);
    watch_free(&w);

    w = watch_fleet(options, &registry, 10);
    for (int i = 0; i < 9; i++)
        registry.is_down[i] = true;
    change(&w, &registry);
    advance(&w, 19 * EK_S);
    memset(registry.is_down, 0, sizeof registry.is_down);
    change(&w, &registry); /* it was a mistake */
    advance(&w, 60 * EK_S);
    assert_int_equal(w.lists, 1);
    watch_free(&w);
}

/* Six of ten vanish, wrongly. A minute later all are back but one, which nothing keeps any more:
 * the answer that says so lost one of ten only. */
static void an_answer_of_a_plausible_size_ends_the_doubt(void **state)
{
    static const char options[] = "{\"service\": \"web\", \"minInterval\": \"1ms\","
                                  " \"maxShrink\": \"50%\", \"shrinkTime\": \"600s\"}";
    struct registry registry;
    struct watch w = watch_fleet(options, &registry, 10);

    (void)state;
    for (int i = 0; i < 6; i++)
        registry.is_down[i] = true;
    change(&w, &registry);
    assert_int_equal(w.count, 10);
    advance(&w, 60 * EK_S);
    for (int i = 1; i < 6; i++)
        registry.is_down[i] = false;
    change(&w, &registry);
    assert_int_equal(w.count, 9);
    watch_free(&w);
}

/* An empty list is the empty policy's affair alone. */
static void an_empty_list_is_no_shrink(void **state)
{
    struct registry registry;
    struct watch w = watch_fleet("{\"service\": \"web\", \"minInterval\": \"1ms\","
                                 " \"maxShrink\": \"50%\", \"empty\": \"trust\"}",
                                 &registry, 10);

    (void)state;
    memset(registry.is_down, 1, sizeof registry.is_down);
    change(&w, &registry);
    assert_int_equal(w.count, 0);
    assert_int_equal(w.shrinks + w.empties, 0);
    watch_free(&w);
}

/* incidents.md S01: 10 -> [] -> 10 after 5 s. Trusted: the clients see 10, 0, 10; kept: one update
 * ignored, and the list never changes. */
static void an_empty_answer_of_five_seconds(void **state)
{
    static const char *const options[] = {"{\"service\": \"web\", \"empty\": \"trust\"}",
                                          "{\"service\": \"web\"}"};

    (void)state;
    for (int keeps = 0; keeps < 2; keeps++) {
        struct registry registry;
        struct watch w = watch_fleet(options[keeps], &registry, 10);

        advance(&w, 20 * EK_S);
        memset(registry.is_down, 1, sizeof registry.is_down);
        change(&w, &registry);
        assert_int_equal(w.count, keeps ? 10 : 0);
        advance(&w, 5 * EK_S);
        memset(registry.is_down, 0, sizeof registry.is_down);
        change(&w, &registry);
        assert_int_equal(w.count, 10);
        assert_int_equal(w.lists, keeps ? 1 : 3);
        assert_int_equal(w.empties, keeps);
        watch_free(&w);
    }
}

/* ---- S23: a watch that stopped without an error ---- */

struct silence {
    int64_t longest_ns;  /* that a view was not refreshed */
    int most_replaced;   /* of what a view lists, at any time */
    int replaced_at[11]; /* at 10 s, 20 s ... */
    int ages;
};

/* Parked queries are never answered, fresh ones at once. One endpoint of ten is replaced every 10
 * s. */
static struct silence run_silence(const char *options)
{
    struct silence result = {0};
    struct registry registry;
    struct watch w = watch_fleet(options, &registry, 10);
    ek_time start = w.now, refreshed = w.now;

    for (int tenth = 1; tenth <= 1000; tenth++) {
        int replaced = 0;

        if (tenth % 100 == 0) {
            registry.generation[tenth / 100 - 1]++;
            registry.index++;
        }
        advance_to(&w, ek_time_add(start, tenth * (EK_S / 10)));
        if (w.is_asking && strstr(w.target, "index=") == NULL) {
            answer(&w, 200, registry.index, render(&registry));
            if (result.longest_ns < ek_time_since(w.now, refreshed))
                result.longest_ns = ek_time_since(w.now, refreshed);
            refreshed = w.now;
        }
        for (int i = 0; i < 10; i++) {
            char name[16];

            snprintf(name, sizeof name, "e%03d-%d:", i, registry.generation[i]);
            replaced += strstr(w.list, name) == NULL;
        }
        result.most_replaced = replaced > result.most_replaced ? replaced : result.most_replaced;
        if (tenth % 100 == 0)
            result.replaced_at[tenth / 100] = replaced;
    }
    result.ages = w.ages;
    watch_free(&w);
    return result;
}

static void silence_is_not_health(void **state)
{
    /* A: no defence, but an alarm: the share of replaced endpoints grows by one in ten every 10 s.
     */
    struct silence a = run_silence("{\"service\": \"web\", \"wait\": \"10s\","
                                   " \"timeoutSlack\": \"24h\", \"maxViewAge\": \"15s\","
                                   " \"onViewAge\": \"tell\"}");
    /* B: a timeout of wait x 17/16 + 1 s = 11.625 s, and then at once; the test looks every 0.1 s.
     */
    struct silence b = run_silence("{\"service\": \"web\", \"wait\": \"10s\","
                                   " \"timeoutSlack\": \"1s\"}");
    /* C: a fresh read after 15 s. */
    struct silence c = run_silence("{\"service\": \"web\", \"wait\": \"10s\","
                                   " \"timeoutSlack\": \"24h\", \"maxViewAge\": \"15s\"}");

    (void)state;
    for (int i = 1; i <= 10; i++)
        assert_int_equal(a.replaced_at[i], i);
    assert_int_equal(a.ages, 1);
    assert_in_range(b.longest_ns, 11625 * EK_MS, 11700 * EK_MS);
    assert_int_equal(b.ages, 0);
    assert_in_range(c.longest_ns, 15 * EK_S, 15100 * EK_MS);
    assert_in_range(c.most_replaced, 1, 2);
    assert_int_equal(c.ages, 100 / 15);
}

/* An answer without news is news of the list all the same. */
static void an_unchanged_answer_renews_the_view(void **state)
{
    struct registry registry;
    struct watch w = watch_fleet("{\"service\": \"web\", \"wait\": \"10s\","
                                 " \"maxViewAge\": \"15s\"}",
                                 &registry, 2);

    (void)state;
    for (int i = 0; i < 10; i++) {
        advance(&w, 10 * EK_S);
        answer(&w, 200, registry.index, render(&registry));
    }
    assert_int_equal(w.ages, 0);
    advance(&w, 15 * EK_S - 1);
    assert_int_equal(w.cancels, 0);
    advance(&w, 1);
    assert_int_equal(w.ages, 1);
    assert_int_equal(w.cancels, 1);
    assert_true(w.is_asking);
    assert_null(strstr(w.target, "index="));
    watch_free(&w);
}

/* ---- whom it asks, and how ---- */

/* consul.md 9: without a leader stale reads go on, with X-Consul-LastContact rising: 9346 ms. */
static void an_answer_that_is_too_stale_is_asked_of_the_leader(void **state)
{
    struct registry registry;
    struct watch w = watch_new("{\"service\": \"web\", \"stale\": true, \"maxStale\": \"2s\"}");
    struct ek_http_answer late = {.status = 200, .index = 20, .last_contact_ns = 9346 * EK_MS};

    (void)state;
    memset(&registry, 0, sizeof registry);
    registry.count = 2;
    assert_non_null(strstr(w.target, "stale=&"));
    late.body = render(&registry);
    late.body_size = strlen(late.body);
    w.is_asking = false;
    w.ops->answer(w.self, &late, w.now);
    pull(&w);
    assert_int_equal(w.lists, 0);
    assert_int_equal(w.errors, 0);
    assert_true(w.is_asking);
    assert_null(strstr(w.target, "stale"));
    assert_null(strstr(w.target, "index="));
    late.last_contact_ns = 0;
    w.is_asking = false;
    w.ops->answer(w.self, &late, w.now);
    pull(&w);
    assert_int_equal(w.lists, 1);
    advance(&w, 2 * EK_S);
    assert_non_null(strstr(w.target, "stale=&"));
    late.index = 21;
    late.last_contact_ns = 2 * EK_S; /* just fresh enough */
    late.body = "[]";
    late.body_size = 2;
    w.is_asking = false;
    w.ops->answer(w.self, &late, w.now);
    pull(&w);
    assert_int_equal(w.empties, 1);
    watch_free(&w);
}

/* Consul's own Go client writes the parameters in alphabetical order. */
static void more_options_appear_in_the_query(void **state)
{
    struct watch w = watch_new(
        "{\"service\": \"web\", \"cached\": true, \"datacenter\": \"d\", \"near\": \"_agent\","
        " \"nodeMeta\": [\"rack:r 1\", \"os:l\"], \"tag\": [\"a\", \"b\"], \"stale\": true}");

    (void)state;
    assert_string_equal(w.target, "/v1/health/service/web?cached=&dc=d&near=_agent&"
                                  "node-meta=rack%3Ar%201&node-meta=os%3Al&passing=1&stale=&"
                                  "tag=a&tag=b&wait=60000ms");
    answer(&w, 200, 5, "[]");
    assert_non_null(strstr(w.target, "?cached=&dc=d&index=5&near="));
    watch_free(&w);
}

/* Polling: no index, no wait, a full read every 10 s from the last answer. */
static void polling_reads_in_full_every_interval(void **state)
{
    struct registry registry;
    struct watch w =
        watch_new("{\"service\": \"web\", \"mode\": \"poll\", \"pollInterval\": \"10s\"}");

    (void)state;
    memset(&registry, 0, sizeof registry);
    registry.count = 3;
    for (int i = 0; i < 10; i++) {
        assert_true(w.is_asking);
        assert_string_equal(w.target, "/v1/health/service/web?passing=1");
        assert_int_equal(w.timeout_ns, 10 * EK_S);
        registry.is_down[0] = i == 5;
        answer(&w, 200, 7, render(&registry)); /* an equal index is not looked at */
        assert_int_equal(w.count, i == 5 ? 2 : 3);
        advance(&w, 10 * EK_S - 1);
        assert_false(w.is_asking);
        advance(&w, 1);
    }
    assert_int_equal(w.lists, 3);
    watch_free(&w);
    w = watch_new("{\"service\": \"web\", \"mode\": \"poll\", \"passing\": false}");
    assert_string_equal(w.target, "/v1/health/service/web");
    watch_free(&w);
}

static void near_keeps_the_order_of_the_answer(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\", \"near\": \"_agent\", \"grace\": \"5s\","
                               " \"minInterval\": \"1ms\"}");

    (void)state;
    answer(&w, 200, 5,
           "[{\"Service\": {\"Address\": \"c\", \"Port\": 1}},"
           " {\"Service\": {\"Address\": \"a\", \"Port\": 1}},"
           " {\"Service\": {\"Address\": \"b\", \"Port\": 1}}]");
    assert_string_equal(w.list, "c:1 a:1 b:1");
    answer(&w, 200, 6,
           "[{\"Service\": {\"Address\": \"b\", \"Port\": 1}},"
           " {\"Service\": {\"Address\": \"c\", \"Port\": 1}}]");
    assert_string_equal(w.list, "b:1 c:1 a:1"); /* those kept in grace come last */
    watch_free(&w);
}

/* ---- what it learns of an endpoint ---- */

static void assert_labels(const struct ek_address *address, const char *expected, uint32_t size)
{
    assert_int_equal(address->labels_size, size);
    assert_memory_equal(address->labels, expected, size);
}

static void tags_metadata_locality_and_priority_are_read(void **state)
{
    static const char row[] =
        "[{\"Node\": {\"Meta\": {\"zone\": \"z1\", \"rack\": \"r1\", \"priority\": \"7\"}},"
        "  \"Service\": {\"Address\": \"a\", \"Port\": 1, \"Tags\": [\"b\", \"a\", \"b\", 7],"
        "   \"Meta\": {\"env\": \"prod\", \"tag\": \"hidden\", \"region\": \"eu\", \"n\": 1,"
        "   \"priority\": \"2\"}}, \"Checks\": [{\"Status\": \"warning\"}]}]";
    static const char labels[] = "env\0prod\0priority\0002\0region\0eu\0tag\0a\0tag\0b";
    struct watch w = watch_new("{\"service\": \"web\", \"passing\": false}");

    (void)state;
    answer(&w, 200, 5, row);
    assert_string_equal(w.first.locality, "eu/z1");
    assert_int_equal(w.first.priority, 2);
    assert_int_equal(w.first.health, EK_HEALTH_WARNING);
    assert_labels(&w.first, labels, sizeof labels);
    watch_free(&w);

    w = watch_new("{\"service\": \"web\", \"zoneKey\": \"rack\", \"regionKey\": \"none\","
                  " \"priorityKey\": \"env\"}");
    answer(&w, 200, 5, row);
    assert_string_equal(w.first.locality, "r1");
    assert_int_equal(w.first.priority, 0); /* "prod" is no number */
    watch_free(&w);
}

/* Another tag is another list, though the addresses are the same. */
static void a_changed_tag_is_published(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\", \"minInterval\": \"1ms\"}");

    (void)state;
    answer(&w, 200, 5, "[{\"Service\": {\"Address\": \"a\", \"Port\": 1, \"Tags\": [\"x\"]}}]");
    answer(&w, 200, 6, "[{\"Service\": {\"Address\": \"a\", \"Port\": 1, \"Tags\": [\"x\"]}}]");
    assert_int_equal(w.lists, 1);
    advance(&w, EK_MS);
    answer(&w, 200, 7, "[{\"Service\": {\"Address\": \"a\", \"Port\": 1, \"Tags\": [\"y\"]}}]");
    assert_int_equal(w.lists, 2);
    assert_labels(&w.first, "tag\0y", 6);
    watch_free(&w);
}

/* 64 labels and 4 KiB an endpoint, 511 bytes a text; what is more is left out. */
static void labels_have_limits(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\", \"minInterval\": \"1ms\"}");
    static char text[64 * 1024];
    size_t used;

    (void)state;
    used =
        (size_t)sprintf(text, "[{\"Service\": {\"Address\": \"a\", \"Port\": 1, \"Tags\": [\"0\"");
    for (int i = 1; i < 100; i++)
        used += (size_t)sprintf(text + used, ", \"t%03d\"", i);
    sprintf(text + used, "]}}]");
    answer(&w, 200, 5, text);
    assert_int_equal(w.first.labels_size, 6 + 63 * 9);

    used =
        (size_t)sprintf(text, "[{\"Service\": {\"Address\": \"a\", \"Port\": 1, \"Tags\": [\"0\"");
    for (int i = 0; i < 20; i++)
        used += (size_t)sprintf(text + used, ", \"%0*d\"", i < 10 ? 500 : 512, i + 1);
    sprintf(text + used, "]}}]");
    answer(&w, 200, 6, text);
    assert_int_equal(w.first.labels_size, 6 + 8 * (4 + 501));
    watch_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grace_keeps_endpoints_that_restart),
        cmocka_unit_test(grace_ends),
        cmocka_unit_test(grace_does_not_end_while_queries_fail),
        cmocka_unit_test(a_flap_wakes_each_watcher_and_damping_delays_only_removals),
        cmocka_unit_test(damping_ends),
        cmocka_unit_test(a_list_that_shrinks_too_much_is_not_believed_for_a_while),
        cmocka_unit_test(an_answer_of_a_plausible_size_ends_the_doubt),
        cmocka_unit_test(an_empty_list_is_no_shrink),
        cmocka_unit_test(an_empty_answer_of_five_seconds),
        cmocka_unit_test(silence_is_not_health),
        cmocka_unit_test(an_unchanged_answer_renews_the_view),
        cmocka_unit_test(an_answer_that_is_too_stale_is_asked_of_the_leader),
        cmocka_unit_test(more_options_appear_in_the_query),
        cmocka_unit_test(polling_reads_in_full_every_interval),
        cmocka_unit_test(near_keeps_the_order_of_the_answer),
        cmocka_unit_test(tags_metadata_locality_and_priority_are_read),
        cmocka_unit_test(a_changed_tag_is_published),
        cmocka_unit_test(labels_have_limits),
    };
    return cmocka_run_group_tests_name("core/resolver_discovery", tests, NULL, NULL);
}
