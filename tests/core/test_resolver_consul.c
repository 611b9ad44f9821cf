/* The Consul watch: what it asks, what it believes, how often it asks. */
#include "tests/core/watch.h"

#define ROW(address, port)                                     \
    "{\"Node\": {\"Node\": \"n\", \"Address\": \"10.0.0.9\"}," \
    " \"Service\": {\"Address\": \"" address "\", \"Port\": " port "}, \"Checks\": []}"
#define WITH_CHECKS(address, checks) \
    "{\"Service\": {\"Address\": \"" address "\", \"Port\": 1}, \"Checks\": " checks "}"
#define CHECK(status) "{\"Status\": \"" status "\"}"
#define WEIGHTED(address, weights, status)                                             \
    "{\"Service\": {\"Address\": \"" address "\", \"Port\": 80, \"Weights\": " weights \
    "}, \"Checks\": [{\"Status\": \"passing\"}, {\"Status\": \"" status "\"}]}"

static const char one[] = "[" ROW("10.0.0.1", "80") "]";
static const char two[] = "[" ROW("10.0.0.2", "80") "," ROW("10.0.0.1", "80") "]";

/* ---- what it asks ---- */

static void the_first_query_has_no_index_and_is_sent_at_once(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    assert_true(w.is_asking);
    assert_string_equal(w.target, "/v1/health/service/web?passing=1&wait=60000ms");
    watch_free(&w);
}

/* Names and order of Consul's own Go client: alphabetical, the flag as "stale=". */
static void options_appear_in_the_query(void **state)
{
    struct watch w =
        watch_new("{\"service\": \"a b/\\u00e9\", \"tag\": \"v=1&2\", \"stale\": true,"
                  " \"datacenter\": \"dc 2\", \"wait\": \"1.5s\", \"passing\": false}");

    (void)state;
    assert_string_equal(w.target, "/v1/health/service/a%20b%2F%C3%A9?dc=dc%202&stale=&"
                                  "tag=v%3D1%262&wait=1500ms");
    answer(&w, 200, 12, one);
    assert_string_equal(w.target, "/v1/health/service/a%20b%2F%C3%A9?dc=dc%202&index=12&stale=&"
                                  "tag=v%3D1%262&wait=1500ms");
    watch_free(&w);
}

/* RFC 3986: letters, digits and -._~ stand for themselves; a byte that does not takes three. */
static void names_are_percent_encoded_whatever_their_length(void **state)
{
    struct watch w = watch_new("{\"service\": \"azAZ09-._~\"}");
    char options[1024], name[201], wanted[2048];
    size_t used;

    (void)state;
    assert_string_equal(w.target, "/v1/health/service/azAZ09-._~?passing=1&wait=60000ms");
    watch_free(&w);

    memset(name, '%', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(options, sizeof options,
             "{\"service\": \"%s\", \"tag\": \"%s\", \"datacenter\": \"%s\", \"stale\": true,"
             " \"wait\": \"600s\"}",
             name, name, name);
    w = watch_new(options);
    answer(&w, 200, UINT64_MAX, one);
    used = strlen("/v1/health/service/?dc=&index=18446744073709551615&passing=1&stale=&tag=&"
                  "wait=600000ms") +
           (size_t)3 * 3 * 200;
    assert_int_equal(strlen(w.target), used);
    for (size_t i = 0; i < 200; i++)
        memcpy(wanted + 3 * i, "%25", 3);
    assert_memory_equal(w.target + strlen("/v1/health/service/"), wanted, 600);
    watch_free(&w);
}

/* Consul adds up to wait/16: 60 + 3.75 + 5 = 68.75 s. Without an index it answers at once, or,
 * without a leader, after 7 s. */
static void a_query_may_take_its_wait_a_sixteenth_and_five_seconds(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    assert_int_equal(w.timeout_ns, 10 * EK_S);
    answer(&w, 200, UINT64_MAX, one);
    assert_string_equal(w.target,
                        "/v1/health/service/web?index=18446744073709551615&passing=1&wait=60000ms");
    assert_int_equal(w.timeout_ns, 68750 * EK_MS);
    advance(&w, 68750 * EK_MS - 1);
    assert_int_equal(w.cancels, 0);
    advance(&w, 1);
    assert_int_equal(w.cancels, 1);
    assert_int_equal(w.errors, 1);
    assert_non_null(strstr(w.error, "timed out"));
    watch_free(&w);
}

/* ---- what it believes ---- */

static void a_list_is_published_sorted_with_the_nodes_address_as_fallback(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 5,
           "[" ROW("b", "2") "," ROW("", "80") "," ROW("::1", "80") "," ROW("b", "10") "," ROW(
               "[::2]", "80") "," ROW("b", "2") "]");
    assert_string_equal(w.list, "10.0.0.9:80 [::1]:80 [::2]:80 b:10 b:2");
    watch_free(&w);
}

static void only_real_changes_are_published(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 5, two);
    assert_int_equal(w.lists, 1);
    answer(&w, 200, 9, "[" ROW("10.0.0.1", "80") "," ROW("10.0.0.2", "80") "]");
    advance(&w, 10 * EK_S);
    assert_non_null(strstr(w.target, "index=9&"));
    assert_int_equal(w.lists, 1);
    answer(&w, 200, 10, one);
    assert_int_equal(w.lists, 2);
    assert_string_equal(w.list, "10.0.0.1:80");
    watch_free(&w);
}

static void another_address_or_weight_is_a_change(void **state)
{
    static const char *const bodies[] = {"[" ROW("a", "1") "," ROW("b", "1") "]",
                                         "[" ROW("a", "2") "," ROW("b", "1") "]",
                                         "[" ROW("a", "2") "," ROW("c", "1") "]",
                                         "[" WEIGHTED("a", "{\"Passing\": 2}", "passing") "]",
                                         "[" WEIGHTED("a", "{\"Passing\": 3}", "passing") "]"};
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    for (int i = 0; i < 5; i++) {
        answer(&w, 200, 5 + (uint64_t)i, bodies[i]);
        assert_int_equal(w.lists, i + 1);
        advance(&w, EK_S);
    }
    watch_free(&w);
}

/* The end of a wait: 200, the full body, the same index. Even another body is not looked at. */
static void an_equal_index_means_no_change(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 5, two);
    advance(&w, 60 * EK_S);
    answer(&w, 200, 5, one);
    assert_int_equal(w.lists, 1);
    assert_int_equal(w.errors, 0);
    assert_non_null(strstr(w.target, "index=5&"));
    watch_free(&w);
}

/* A parked query that is given up by a restore or a shutdown comes back at once, with old data and
 * its old index (recorded: 68-snapshot-restore, 69a-server-stop), and behind that index a restored
 * registry would let the next one wait in vain. A real wait of 60 s ends after 60 s at least. */
static void a_wait_that_ends_early_without_news_leads_to_a_full_read(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 26, two);
    advance(&w, 10 * EK_S);
    answer(&w, 200, 26, two);
    assert_true(w.is_asking);
    assert_null(strstr(w.target, "index="));
    advance(&w, 2 * EK_S);
    answer(&w, 200, 8, one);
    assert_string_equal(w.list, "10.0.0.1:80");
    assert_non_null(strstr(w.target, "index=8&"));
    assert_int_equal(w.errors, 0);
    watch_free(&w);
}

/* Consul's documented rule: reset to 0, read in full. What came with the low index is not used: a
 * restored registry answers old data first. */
static void an_index_that_goes_back_leads_to_a_full_read(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 26, two);
    advance(&w, 10 * EK_S);
    answer(&w, 200, 8, one);
    assert_int_equal(w.lists, 1);
    assert_true(w.is_asking);
    assert_null(strstr(w.target, "index="));
    answer(&w, 200, 8, one);
    assert_int_equal(w.lists, 2);
    assert_string_equal(w.list, "10.0.0.1:80");
    advance(&w, 10 * EK_S);
    assert_non_null(strstr(w.target, "index=8&"));
    watch_free(&w);
}

static void a_missing_index_is_one_and_changes_are_still_seen(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 0, two);
    assert_non_null(strstr(w.target, "index=1&"));
    advance(&w, 10 * EK_S);
    answer(&w, 200, 0, two);
    assert_int_equal(w.lists, 1);
    advance(&w, 10 * EK_S);
    answer(&w, 200, 0, one);
    assert_int_equal(w.lists, 2);
    watch_free(&w);
}

/* ?passing leaves the choice to Consul; without it the client does what Consul's DNS does. */
static void health_decides_over_membership_and_weight(void **state)
{
    /* clang-format off */
    static const char body[] =
        "[" WEIGHTED("a", "{\"Passing\": 10, \"Warning\": 3}", "passing")
        "," WEIGHTED("b", "{\"Passing\": 10, \"Warning\": 3}", "warning")
        "," WEIGHTED("c", "{\"Passing\": 10, \"Warning\": 3}", "critical")
        "," WEIGHTED("d", "{\"Passing\": 10, \"Warning\": 0}", "warning")
        "," WEIGHTED("e", "{\"Passing\": 99999, \"Warning\": 1}", "passing")
        "," WEIGHTED("f", "null", "passing")
        "," WEIGHTED("a", "{\"Passing\": 12, \"Warning\": 3}", "passing") "]";
    /* clang-format on */
    struct watch w = watch_new("{\"service\": \"web\", \"passing\": false}");

    (void)state;
    assert_null(strstr(w.target, "passing"));
    answer(&w, 200, 5, body);
    assert_string_equal(w.list, "a:80*12 b:80*3 d:80 e:80*65535 f:80");
    watch_free(&w);
}

/* One critical check is enough, wherever it stands; what is no check has no say. */
static void every_check_counts(void **state)
{
    /* clang-format off */
    static const char body[] =
        "[" WITH_CHECKS("a", "[" CHECK("critical") "]")
        "," WITH_CHECKS("b", "[" CHECK("critical") "," CHECK("passing") "]")
        "," WITH_CHECKS("c", "[null, {}, {\"Status\": 7}, " CHECK("critical") "]")
        "," WITH_CHECKS("d", "[" CHECK("odd") "]")
        "," WITH_CHECKS("e", "7")
        ",{\"Service\": {\"Address\": \"f\", \"Port\": 1}}]";
    /* clang-format on */
    struct watch w = watch_new("{\"service\": \"web\", \"passing\": false}");

    (void)state;
    answer(&w, 200, 5, body);
    assert_string_equal(w.list, "d:1 e:1 f:1");
    watch_free(&w);
}

/* A DNS name has 253 bytes at most. */
static void host_names_have_a_limit(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");
    char body[2000], longest[254], too_long[272];

    (void)state;
    memset(longest, 'x', 253);
    longest[253] = '\0';
    memset(too_long, 'y', 271);
    too_long[271] = '\0';
    snprintf(body, sizeof body,
             "[{\"Service\": {\"Address\": \"%s\", \"Port\": 65535}},"
             " {\"Service\": {\"Address\": \"%s\", \"Port\": 65535}}]",
             longest, too_long);
    answer(&w, 200, 5, body);
    assert_int_equal(strlen(w.list), 253 + strlen(":65535"));
    assert_int_equal(w.list[0], 'x');
    watch_free(&w);
}

/* ---- empty lists ---- */

static void a_kept_list_survives_an_empty_one(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 5, two);
    advance(&w, 20 * EK_S);
    answer(&w, 200, 6, "[]");
    assert_int_equal(w.empties, 1);
    assert_int_equal(w.lists, 1);
    advance(&w, 5 * EK_S);
    assert_non_null(strstr(w.target, "index=6&"));
    answer(&w, 200, 7, two);
    assert_int_equal(w.lists, 1);
    assert_int_equal(w.empties, 1);
    watch_free(&w);
}

static void with_nothing_to_keep_an_empty_list_is_the_answer(void **state)
{
    static const char *const policies[] = {"keep", "trust", "hold"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char options[64];
        snprintf(options, sizeof options, "{\"service\": \"web\", \"empty\": \"%s\"}", policies[i]);
        struct watch w = watch_new(options);
        answer(&w, 200, 5, "[]");
        assert_int_equal(w.lists, 1);
        assert_string_equal(w.list, "");
        advance(&w, 10 * EK_S);
        answer(&w, 200, 6, "[]");
        assert_int_equal(w.lists, 1);
        assert_int_equal(w.empties, 0);
        watch_free(&w);
    }
}

static void a_trusted_empty_list_is_published(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\", \"empty\": \"trust\"}");

    (void)state;
    answer(&w, 200, 5, two);
    answer(&w, 200, 6, "[]");
    assert_int_equal(w.lists, 2);
    assert_int_equal(w.empties, 0);
    assert_string_equal(w.list, "");
    watch_free(&w);
}

static void a_held_list_goes_when_the_hold_is_over(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\", \"empty\": \"hold\", \"holdTime\": \"7s\"}");

    (void)state;
    answer(&w, 200, 5, two);
    answer(&w, 200, 6, "[]");
    assert_int_equal(w.empties, 1);
    advance(&w, 7 * EK_S - 1);
    assert_int_equal(w.lists, 1);
    advance(&w, 1);
    assert_int_equal(w.lists, 2);
    assert_string_equal(w.list, "");
    advance(&w, 20 * EK_S);
    assert_int_equal(w.lists, 2);
    watch_free(&w);
}

static void members_end_a_hold(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\", \"empty\": \"hold\"}");

    (void)state;
    answer(&w, 200, 5, two);
    answer(&w, 200, 6, "[]");
    advance(&w, 29 * EK_S);
    answer(&w, 200, 7, two);
    advance(&w, 20 * EK_S);
    assert_int_equal(w.lists, 1);

    /* The next empty list is held anew, for the default of 30 s. */
    answer(&w, 200, 8, "[]");
    advance(&w, 30 * EK_S - 1);
    assert_int_equal(w.lists, 1);
    advance(&w, 1);
    assert_int_equal(w.lists, 2);
    watch_free(&w);
}

/* While queries fail, the claim that the list is empty is not renewed and must not come true. */
static void a_hold_does_not_end_while_queries_fail(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\", \"empty\": \"hold\", \"holdTime\": \"5s\"}");

    (void)state;
    answer(&w, 200, 5, two);
    answer(&w, 200, 6, "[]");
    advance(&w, 2 * EK_S);
    answer(&w, 500, 0, "No cluster leader");
    advance(&w, 9 * EK_S);
    assert_int_equal(w.lists, 1);
    assert_true(w.is_asking);
    answer(&w, 200, 6, "[]");
    assert_int_equal(w.lists, 2);
    assert_string_equal(w.list, "");
    watch_free(&w);
}

/* ---- errors ---- */

/* S01 E: the error answer carries X-Consul-Index: 1, which is not taken. */
static void an_error_keeps_the_list_and_its_index_is_ignored(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 26, two);
    answer(&w, 500, 1, "No cluster leader\nmore");
    assert_int_equal(w.errors, 1);
    assert_string_equal(w.error, "the registry answered 500: No cluster leader");
    assert_int_equal(w.lists, 1);
    assert_false(w.is_asking);
    advance(&w, 2 * EK_S);
    assert_true(w.is_asking);
    assert_null(strstr(w.target, "index="));
    answer(&w, 200, 26, two);
    assert_int_equal(w.lists, 1);
    assert_non_null(strstr(w.target, "index=26&"));
    watch_free(&w);
}

/* 1 s x 1.6^(n-1), at most 30 s, +-20 %; and from the start again after a success. */
static void pauses_grow_with_each_failure_in_a_row(void **state)
{
    static const int64_t nominal_ms[] = {1000, 1600, 2560, 4096, 6553, 10485, 16777, 26843, 30000};
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        answer(&w, 0, 0, NULL);
        int64_t pause = ek_time_since(w.ops->deadline(w.self), w.now);
        assert_in_range(pause, nominal_ms[i] * 8 / 10 * EK_MS, nominal_ms[i] * 13 / 10 * EK_MS);
        assert_true(pause <= (nominal_ms[i] + 1) * 12 / 10 * EK_MS);
        advance(&w, pause);
    }
    assert_string_equal(w.error, "no answer from the registry: connection lost");
    answer(&w, 200, 5, one);
    answer(&w, 503, 0, NULL);
    assert_in_range(ek_time_since(w.ops->deadline(w.self), w.now), 800 * EK_MS, 1200 * EK_MS);
    watch_free(&w);
}

static void pauses_of_two_clients_differ(void **state)
{
    struct watch a = watch_seeded("{\"service\": \"web\"}", 1);
    struct watch b = watch_seeded("{\"service\": \"web\"}", 2);

    (void)state;
    answer(&a, 500, 0, NULL);
    answer(&b, 500, 0, NULL);
    assert_true(a.ops->deadline(a.self).ns != b.ops->deadline(b.self).ns);
    watch_free(&a);
    watch_free(&b);
}

/* One line of printable ASCII, at most 159 bytes with what stands before it. */
static void a_reason_is_one_short_line(void **state)
{
    static const struct {
        const char *body, *error;
    } cases[] = {{NULL, "the registry answered 500: "},
                 {"~ok~\x1b[1m", "the registry answered 500: ~ok~"},
                 {"caf\xc3\xa9", "the registry answered 500: caf"}};
    struct watch w = watch_new("{\"service\": \"web\"}");
    char body[1001];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        answer(&w, 500, 0, cases[i].body);
        assert_string_equal(w.error, cases[i].error);
        advance_to(&w, w.ops->deadline(w.self));
    }
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    answer(&w, 500, 0, body);
    assert_int_equal(strlen(w.error), 159);
    watch_free(&w);
}

static void backoff_options_set_the_pauses(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\", \"initialBackoff\": \"10s\","
                               " \"maxBackoff\": \"12s\"}");

    (void)state;
    answer(&w, 500, 0, NULL);
    int64_t pause = ek_time_since(w.ops->deadline(w.self), w.now);
    assert_in_range(pause, 8 * EK_S, 12 * EK_S);
    advance(&w, pause);
    answer(&w, 500, 0, NULL);
    pause = ek_time_since(w.ops->deadline(w.self), w.now);
    assert_in_range(pause, 9600 * EK_MS, 14400 * EK_MS); /* 16 s is above the 12 */
    watch_free(&w);
}

static void a_hint_does_not_shorten_a_pause(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 500, 0, NULL);
    ek_time due = w.ops->deadline(w.self);
    w.ops->hint(w.self, w.now);
    pull(&w);
    assert_false(w.is_asking);
    assert_int_equal(w.ops->deadline(w.self).ns, due.ns);
    watch_free(&w);
}

static void hostile_bodies_are_errors_and_change_nothing(void **state)
{
    static const char *const bodies[] = {
        NULL,
        "",
        " ",
        "null",
        "{}",
        "\"x\"",
        "7",
        "[",
        "[{]",
        "[] []",
        "["
        "{\"Service\": {",
        "[1]",
        "[null, [], \"x\"]",
        "[{}]",
        "[" ROW("a", "0") "]",
        "[" ROW("a", "65536") "]",
        "[" ROW("a", "-1") "]",
        "[" ROW("a", "80.0") "]",
        "[" ROW("a", "\"80\"") "]",
        "[" ROW("a b", "80") "]",
        "[" ROW("a/b", "80") "]",
        "[" ROW("a\\n", "80") "]",
        "[" ROW("a\\u0000b", "80") "]",
        "[" ROW("[x", "80") "]",
        "[" ROW("[]", "80") "]",
        "[{\"Service\": {\"Port\": 80}}]",
        "[{\"Service\": {\"Address\": 7, \"Port\": 80}}]",
        "[{\"Service\": {\"Address\": \"\", \"Port\": 80}, \"Node\": {\"Address\": \"\"}}]",
        "[\"\xff\"]"};
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 5, two);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        if (!w.is_asking) /* the pause after the last one */
            advance_to(&w, w.ops->deadline(w.self));
        answer(&w, 200, 100 + i, bodies[i]);
        if (w.errors != (int)i + 1)
            fail_msg("accepted: %s", bodies[i] != NULL ? bodies[i] : "NULL");
        assert_int_equal(w.lists, 1);
        assert_int_equal(w.empties, 0);
        assert_string_equal(w.list, "10.0.0.1:80 10.0.0.2:80");
    }
    watch_free(&w);
}

static void deep_and_huge_bodies_are_errors(void **state)
{
    const size_t size = ((size_t)16 << 20) + 1;
    char *body = malloc(size + 1);
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    assert_non_null(body);
    memset(body, '[', size);
    body[size] = '\0';
    answer(&w, 200, 5, body);
    assert_non_null(strstr(w.error, "16 MiB"));
    advance(&w, 10 * EK_S);
    body[1000000] = '\0';
    answer(&w, 200, 5, body);
    assert_non_null(strstr(w.error, "not JSON"));

    /* Right, but 16 MiB of white space too long. */
    memset(body, ' ', size);
    memcpy(body, "[]", 2);
    advance(&w, 10 * EK_S);
    answer(&w, 200, 5, body);
    assert_int_equal(w.errors, 3);
    assert_int_equal(w.lists, 0);
    free(body);
    watch_free(&w);
}

static void more_than_a_hundred_thousand_instances_are_an_error(void **state)
{
    const int counts[] = {100000, 100001};
    struct watch w = watch_new("{\"service\": \"web\"}");
    char *body = malloc(100001 * 64 + 8);

    (void)state;
    assert_non_null(body);
    for (int k = 0; k < 2; k++) {
        char *end = body;
        for (int i = 0; i < counts[k]; i++)
            end += sprintf(end, "%c{\"Service\":{\"Address\":\"h%06d\",\"Port\":1}}",
                           i == 0 ? '[' : ',', i);
        strcpy(end, "]");
        answer(&w, 200, (uint64_t)k + 5, body);
        assert_int_equal(w.lists, 1);
        assert_int_equal(w.errors, k);
    }
    assert_non_null(strstr(w.error, "too many"));
    free(body);
    watch_free(&w);
}

static void one_bad_row_spoils_only_itself(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 5, "[" ROW("a", "0") ", null, " ROW("b", "80") "," ROW("c d", "80") "]");
    assert_string_equal(w.list, "b:80");
    assert_int_equal(w.errors, 0);
    watch_free(&w);
}

static void an_answer_nobody_asked_for_is_ignored(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");
    struct ek_http_answer late = {.status = 200, .index = 9, .body = one, .body_size = strlen(one)};

    (void)state;
    answer(&w, 500, 0, NULL);
    w.ops->answer(w.self, &late, w.now);
    pull(&w);
    assert_int_equal(w.lists, 0);
    assert_false(w.is_asking);
    watch_free(&w);
}

/* ---- how often it asks ---- */

/* Pauses settle at 30 s +-20 %: an hour holds 3600 / 24 = 150 of them at most, and the eight
 * shorter ones before. */
static void an_hour_of_errors_takes_few_queries(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");
    ek_time end = ek_time_add(w.now, 3600 * EK_S);

    (void)state;
    while (ek_time_before(w.now, end)) {
        if (w.is_asking)
            answer(&w, 500, 0, "No cluster leader");
        advance_to(&w, w.ops->deadline(w.self));
    }
    assert_in_range(w.queries, 3600 / 36, 150 + 8);
    watch_free(&w);
}

/* Whatever comes back at once, the bucket holds: two, then one per second; one per 250 ms. */
static void an_hour_of_instant_answers_takes_one_query_per_interval(void **state)
{
    static const struct {
        const char *options;
        int most;
    } cases[] = {{"{\"service\": \"web\"}", 3602},
                 {"{\"service\": \"web\", \"minInterval\": \"250ms\"}", 4 * 3600 + 2}};

    (void)state;
    for (size_t c = 0; c < 2; c++) {
        for (int kind = 0; kind < 4; kind++) {
            struct watch w = watch_new(cases[c].options);
            ek_time end = ek_time_add(w.now, 3600 * EK_S);
            uint64_t index = 10;

            while (ek_time_before(w.now, end)) {
                index += kind == 0 ? 1 : kind == 1 && index > 1 ? UINT64_MAX : 0; /* up, down */
                while (w.is_asking)
                    answer(&w, 200, kind == 3 ? 0 : index, index % 2 ? one : two);
                advance_to(&w, w.ops->deadline(w.self));
            }
            assert_in_range(w.queries, cases[c].most - 4, cases[c].most);
            watch_free(&w);
        }
    }
}

/* A change after a quiet minute is followed by the next query at once: the bucket is full. */
static void a_quiet_watch_pays_no_pause(void **state)
{
    struct watch w = watch_new("{\"service\": \"web\"}");

    (void)state;
    answer(&w, 200, 5, one);
    for (uint64_t i = 6; i < 20; i++) {
        advance(&w, 60 * EK_S);
        answer(&w, 200, i, i % 2 ? one : two);
        assert_true(w.is_asking);
    }
    watch_free(&w);
}

static void mistakes_in_the_options_are_complaints(void **state)
{
    static const struct {
        const char *options, *path, *text;
    } cases[] = {
        {"{}", "", "\"service\" is missing"},
        {"{\"service\": \"\"}", "/service", "empty"},
        {"{\"service\": \"a\", \"tag\": \"\"}", "/tag/0", "empty"},
        {"{\"service\": \"a\", \"nodeMeta\": [\"a:b\", \"rack\"]}", "/nodeMeta/1",
         "not \"key:value\""},
        {"{\"service\": \"a\", \"maxStale\": \"2s\"}", "/maxStale", "\"stale\": true"},
        {"{\"service\": \"a\", \"wait\": \"0s\"}", "/wait", "at least 1 s"},
        {"{\"service\": \"a\", \"wait\": \"11m\"}", "/wait", "at most 600 s"},
        {"{\"service\": \"a\", \"empty\": \"kep\"}", "/empty", "did you mean \"keep\"?"},
        {"{\"service\": \"a\", \"minInterval\": \"0s\"}", "/minInterval", "at least"},
        {"{\"service\": \"a\", \"passng\": true}", "/passng", "did you mean \"passing\"?"},
    };
    const struct ek_resolver_ops *ops = ek_resolver_find("consul");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_errors errors = {0};
        json_t *json = json_loads(cases[i].options, 0, NULL);
        void *self = calloc(1, ops->self_size);
        assert_non_null(self);
        ek_option_read(ops->options, json, "", self, &errors);
        ops->check(self, "", &errors);
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.items[0].path, cases[i].path);
        if (strstr(errors.items[0].text, cases[i].text) == NULL)
            fail_msg("%s: %s", cases[i].options, errors.items[0].text);
        ek_option_release(ops->options, self);
        free(self);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_query_has_no_index_and_is_sent_at_once),
        cmocka_unit_test(options_appear_in_the_query),
        cmocka_unit_test(names_are_percent_encoded_whatever_their_length),
        cmocka_unit_test(a_query_may_take_its_wait_a_sixteenth_and_five_seconds),
        cmocka_unit_test(a_list_is_published_sorted_with_the_nodes_address_as_fallback),
        cmocka_unit_test(only_real_changes_are_published),
        cmocka_unit_test(another_address_or_weight_is_a_change),
        cmocka_unit_test(an_equal_index_means_no_change),
        cmocka_unit_test(a_wait_that_ends_early_without_news_leads_to_a_full_read),
        cmocka_unit_test(an_index_that_goes_back_leads_to_a_full_read),
        cmocka_unit_test(a_missing_index_is_one_and_changes_are_still_seen),
        cmocka_unit_test(health_decides_over_membership_and_weight),
        cmocka_unit_test(every_check_counts),
        cmocka_unit_test(host_names_have_a_limit),
        cmocka_unit_test(a_kept_list_survives_an_empty_one),
        cmocka_unit_test(with_nothing_to_keep_an_empty_list_is_the_answer),
        cmocka_unit_test(a_trusted_empty_list_is_published),
        cmocka_unit_test(a_held_list_goes_when_the_hold_is_over),
        cmocka_unit_test(members_end_a_hold),
        cmocka_unit_test(a_hold_does_not_end_while_queries_fail),
        cmocka_unit_test(an_error_keeps_the_list_and_its_index_is_ignored),
        cmocka_unit_test(pauses_grow_with_each_failure_in_a_row),
        cmocka_unit_test(pauses_of_two_clients_differ),
        cmocka_unit_test(a_reason_is_one_short_line),
        cmocka_unit_test(backoff_options_set_the_pauses),
        cmocka_unit_test(a_hint_does_not_shorten_a_pause),
        cmocka_unit_test(hostile_bodies_are_errors_and_change_nothing),
        cmocka_unit_test(deep_and_huge_bodies_are_errors),
        cmocka_unit_test(more_than_a_hundred_thousand_instances_are_an_error),
        cmocka_unit_test(one_bad_row_spoils_only_itself),
        cmocka_unit_test(an_answer_nobody_asked_for_is_ignored),
        cmocka_unit_test(an_hour_of_errors_takes_few_queries),
        cmocka_unit_test(an_hour_of_instant_answers_takes_one_query_per_interval),
        cmocka_unit_test(a_quiet_watch_pays_no_pause),
        cmocka_unit_test(mistakes_in_the_options_are_complaints),
    };
    return cmocka_run_group_tests_name("core/resolver_consul", tests, NULL, NULL);
}
