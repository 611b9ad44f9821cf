/* The etcd resolver, against bodies made by hand after etcd's documentation of its JSON gateway. */
#include "tests/core/watch.h"

#define HEADER                                                                                    \
    "\"header\":{\"cluster_id\":\"12585971608760269493\",\"member_id\":\"13847567121247652255\"," \
    "\"revision\":\"2\",\"raft_term\":\"3\"}"
#define KV(value)                                                                           \
    "{\"key\":\"Zm9v\",\"create_revision\":\"2\",\"mod_revision\":\"2\",\"version\":\"1\"," \
    "\"value\":\"" value "\"}"

/* Written by base64(1). */
#define ADDRESS_1  "MTAuMC4wLjE6ODA=" /* 10.0.0.1:80 */
#define ADDRESS_20 "MTAuMC4wLjIwOjgw" /* 10.0.0.20:80 */
#define ADDRESS_X  "aG9zdDoxMg=="     /* host:12 */
#define NAMING     "eyJPcCI6MCwiQWRkciI6ImE6MSIsIk1ldGFkYXRhIjpudWxsfQ=="
/* {"Op":0,"Addr":"a:1","Metadata":null} */

static struct watch etcd_new(const char *options)
{
    return watch_named("etcd", options, 1);
}

static void next(struct watch *w)
{
    advance_to(w, w->ops->deadline(w->self));
    assert_true(w->is_asking);
}

/* etcd.io, "Why gRPC gateway": all keys with the prefix foo are Zm9v .. Zm9w. */
static void the_prefix_is_asked_as_a_range(void **state)
{
    struct watch w = etcd_new("{\"prefix\": \"foo\"}");

    (void)state;
    assert_string_equal(w.target, "/v3/kv/range");
    assert_string_equal(w.posted, "{\"key\":\"Zm9v\",\"range_end\":\"Zm9w\"}");
    assert_int_equal(w.timeout_ns, 5 * EK_S);
    watch_free(&w);
}

/* RFC 4648, section 10, and the last byte one up: "f" "g", "fo" "fp", "foob" "fooc". */
static void prefixes_of_any_length_are_encoded(void **state)
{
    static const struct {
        const char *options, *posted;
    } cases[] = {
        {"{\"prefix\": \"f\"}", "{\"key\":\"Zg==\",\"range_end\":\"Zw==\"}"},
        {"{\"prefix\": \"fo\"}", "{\"key\":\"Zm8=\",\"range_end\":\"ZnA=\"}"},
        {"{\"prefix\": \"foob\"}", "{\"key\":\"Zm9vYg==\",\"range_end\":\"Zm9vYw==\"}"},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct watch w = etcd_new(cases[i].options);

        assert_string_equal(w.posted, cases[i].posted);
        watch_free(&w);
    }
}

static void values_are_addresses_or_etcds_own_naming(void **state)
{
    struct watch w = etcd_new("{\"prefix\": \"foo\", \"mode\": \"poll\"}");

    (void)state;
    answer(&w, 200, 0,
           "{" HEADER ",\"kvs\":[" KV(ADDRESS_20) "," KV(NAMING) "," KV(ADDRESS_1) "," KV(
               ADDRESS_X) "," KV(ADDRESS_1) "],\"count\":\"5\"}");
    assert_string_equal(w.list, "10.0.0.1:80 10.0.0.20:80 a:1 host:12");
    watch_free(&w);
}

static void it_reads_every_interval_and_tells_only_changes(void **state)
{
    struct watch w = etcd_new("{\"prefix\": \"foo\", \"mode\": \"poll\", \"interval\": \"3s\"}");

    (void)state;
    answer(&w, 200, 0, "{" HEADER ",\"kvs\":[" KV(ADDRESS_1) "],\"count\":\"1\"}");
    advance(&w, 3 * EK_S - 1);
    assert_int_equal(w.queries, 1);
    advance(&w, 1);
    assert_int_equal(w.queries, 2);
    answer(&w, 200, 0, "{" HEADER ",\"kvs\":[" KV(ADDRESS_1) "],\"count\":\"1\"}");
    assert_int_equal(w.lists, 1);
    next(&w);
    answer(&w, 200, 0, "{" HEADER ",\"kvs\":[" KV(ADDRESS_20) "],\"count\":\"1\"}");
    assert_int_equal(w.lists, 2);
    watch_free(&w);
}

#define AT_REVISION(number) "{\"header\":{\"revision\":\"" number "\"},\"kvs\":["

/* As with Consul's index: a store that was restored may hold old data; the next read is believed.
 */
static void a_revision_that_goes_back_is_read_again_at_once(void **state)
{
    struct watch w = etcd_new("{\"prefix\": \"foo\", \"mode\": \"poll\"}");

    (void)state;
    answer(&w, 200, 0, AT_REVISION("70") KV(ADDRESS_1) "]}");
    next(&w);
    answer(&w, 200, 0, AT_REVISION("8") KV(ADDRESS_20) "]}");
    assert_true(w.is_asking);
    assert_string_equal(w.list, "10.0.0.1:80");
    answer(&w, 200, 0, AT_REVISION("8") KV(ADDRESS_20) "]}");
    assert_false(w.is_asking);
    assert_string_equal(w.list, "10.0.0.20:80");
    assert_int_equal(w.errors, 0);
    watch_free(&w);
}

/* Without a match the gateway leaves out "kvs" and "count": an empty list, and so the empty
 * policy's affair. */
static void no_match_is_an_empty_list(void **state)
{
    struct watch w = etcd_new("{\"prefix\": \"foo\", \"mode\": \"poll\"}");

    (void)state;
    answer(&w, 200, 0, "{" HEADER ",\"kvs\":[" KV(ADDRESS_1) "],\"count\":\"1\"}");
    next(&w);
    answer(&w, 200, 0, "{" HEADER "}");
    assert_int_equal(w.empties, 1);
    assert_string_equal(w.list, "10.0.0.1:80");
    watch_free(&w);
    w = etcd_new("{\"prefix\": \"foo\", \"mode\": \"poll\", \"empty\": \"trust\"}");
    answer(&w, 200, 0, "{" HEADER ",\"kvs\":[" KV(ADDRESS_1) "],\"count\":\"1\"}");
    next(&w);
    answer(&w, 200, 0, "{" HEADER "}");
    assert_string_equal(w.list, "");
    watch_free(&w);
}

static void failures_keep_the_list_and_back_off(void **state)
{
    static const int64_t nominal_ms[] = {1000, 1600, 2560, 4096, 6553};
    struct watch w = etcd_new("{\"prefix\": \"foo\", \"mode\": \"poll\"}");

    (void)state;
    answer(&w, 200, 0, "{" HEADER ",\"kvs\":[" KV(ADDRESS_1) "],\"count\":\"1\"}");
    next(&w);
    for (size_t i = 0; i < 5; i++) {
        answer(&w, i % 2 ? 503 : 0, 0, NULL);
        assert_int_equal(w.errors, i + 1);
        assert_string_equal(w.error, i % 2 ? "etcd: status 503" : "etcd: no answer");
        assert_in_range(ek_time_since(w.ops->deadline(w.self), w.now),
                        nominal_ms[i] * 8 / 10 * EK_MS, (nominal_ms[i] + 1) * 12 / 10 * EK_MS);
        next(&w);
    }
    advance(&w, 5 * EK_S);
    assert_int_equal(w.cancels, 1);
    assert_string_equal(w.error, "etcd: timed out");
    assert_int_equal(w.lists, 1);
    watch_free(&w);
}

/* ---- the watch ---- */

#define CREATED "{\"result\":{" HEADER ",\"created\":true}}"
#define PUT     "{\"result\":{" HEADER ",\"events\":[{\"kv\":" KV(ADDRESS_20) "}]}}"

/* A resolver that has read 10.0.0.1:80 at revision 70, and watches. */
static struct watch watching(const char *options)
{
    struct watch w = etcd_new(options);

    answer(&w, 200, 0, AT_REVISION("70") KV(ADDRESS_1) "]}");
    assert_true(w.is_stream);
    return w;
}

/* etcd.io, "Why gRPC gateway": {"create_request": {"key": ...}}; the revision after the list's. */
static void what_was_read_is_watched_from_its_revision_on(void **state)
{
    struct watch w = etcd_new("{\"prefix\": \"foo\"}");

    (void)state;
    assert_false(w.is_stream);
    answer(&w, 200, 0, AT_REVISION("70") KV(ADDRESS_1) "]}");
    assert_string_equal(w.target, "/v3/watch");
    assert_string_equal(w.posted, "{\"create_request\":{\"key\":\"Zm9v\",\"range_end\":\"Zm9w\","
                                  "\"start_revision\":\"71\"}}");
    assert_true(w.is_stream);
    assert_int_equal(w.timeout_ns, 60 * EK_S);
    assert_int_equal(ek_time_since(w.now, (ek_time){1000 * EK_S}), 0);
    watch_free(&w);
}

static void a_change_is_read_at_once(void **state)
{
    struct watch w = watching("{\"prefix\": \"foo\"}");

    (void)state;
    part(&w, CREATED);
    advance(&w, 40 * EK_S);
    assert_int_equal(w.queries, 2);
    part(&w, PUT);

    assert_int_equal(w.cancels, 1);
    assert_string_equal(w.target, "/v3/kv/range");
    assert_true(w.is_asking);
    answer(&w, 200, 0, AT_REVISION("71") KV(ADDRESS_1) "," KV(ADDRESS_20) "]}");
    assert_string_equal(w.list, "10.0.0.1:80 10.0.0.20:80");
    assert_non_null(strstr(w.posted, "\"start_revision\":\"72\""));
    assert_int_equal(w.errors, 0);
    watch_free(&w);
}

/* Progress is no change; a compacted revision is read again. */
static void only_events_and_a_compaction_lead_to_a_read(void **state)
{
    struct watch w = watching("{\"prefix\": \"foo\"}");

    (void)state;
    part(&w, CREATED);
    part(&w, "{\"result\":{" HEADER "}}");
    part(&w, "{\"result\":{" HEADER ",\"events\":[]}}");
    assert_int_equal(w.cancels, 0);
    advance(&w, EK_S);
    part(&w, "{\"result\":{" HEADER ",\"canceled\":true,\"compact_revision\":\"90\"}}");
    assert_int_equal(w.cancels, 1);
    assert_string_equal(w.target, "/v3/kv/range");
    assert_int_equal(w.errors, 0);
    watch_free(&w);
}

/* A connection that died without a word is not trusted for longer than `wait`. */
static void a_silent_watch_is_read_again_after_a_while(void **state)
{
    struct watch w = watching("{\"prefix\": \"foo\", \"wait\": \"20s\"}");

    (void)state;
    part(&w, CREATED);
    advance(&w, 20 * EK_S - 1);
    assert_int_equal(w.queries, 2);
    advance(&w, 1);
    assert_int_equal(w.cancels, 1);
    assert_string_equal(w.target, "/v3/kv/range");
    assert_int_equal(w.errors, 0);
    watch_free(&w);
}

/* A member that stops ends the stream: another read at once. One that has no watch, or refuses it,
 * is asked again after the backoff. */
static void the_end_of_a_watch_is_a_read_or_an_error(void **state)
{
    struct watch w = watching("{\"prefix\": \"foo\"}");

    (void)state;
    part(&w, CREATED);
    advance(&w, 5 * EK_S);
    answer(&w, 0, 0, NULL);
    assert_string_equal(w.target, "/v3/kv/range");
    assert_int_equal(w.errors, 0);
    watch_free(&w);

    w = watching("{\"prefix\": \"foo\"}");
    answer(&w, 404, 0, "no such page");
    assert_string_equal(w.error, "etcd: watch: status 404");
    assert_in_range(ek_time_since(w.ops->deadline(w.self), w.now), 800 * EK_MS, 1200 * EK_MS);
    watch_free(&w);

    w = watching("{\"prefix\": \"foo\"}");
    part(&w, "{\"error\":{\"grpc_code\":7,\"http_code\":403,\"message\":\"permission denied\"}}");
    assert_string_equal(w.error, "etcd: permission denied");
    assert_int_equal(w.cancels, 1);
    watch_free(&w);

    w = watching("{\"prefix\": \"foo\"}");
    part(&w, "garbage");
    assert_string_equal(w.error, "etcd: the answer is not that of a watch");
    watch_free(&w);
}

static void what_comes_after_the_end_is_not_read(void **state)
{
    const struct ek_http_answer late = {.status = 200, .body = "{}", .body_size = 2};
    struct watch w = etcd_new("{\"prefix\": \"foo\", \"mode\": \"poll\"}");

    (void)state;
    answer(&w, 200, 0, AT_REVISION("70") KV(ADDRESS_1) "]}");
    w.ops->answer(w.self, &late, w.now);
    pull(&w);
    assert_int_equal(w.errors, 0);
    assert_int_equal(w.lists, 1);
    watch_free(&w);
}

/* All of it at once, from a driver that waits for the end: as with polling, every 5 s. */
static void without_streams_it_polls(void **state)
{
    struct watch w = watching("{\"prefix\": \"foo\"}");

    (void)state;
    answer(&w, 200, 0, CREATED "\n" PUT "\n");
    assert_false(w.is_asking);
    assert_int_equal(ek_time_since(w.ops->deadline(w.self), w.now), 5 * EK_S);
    assert_int_equal(w.errors, 0);
    watch_free(&w);
}

/* Keys that change all the time: in 10 s at most 10 / 0.1 questions, and the two of the bucket. */
static void changes_without_end_are_read_at_a_bounded_rate(void **state)
{
    struct watch w = watching("{\"prefix\": \"foo\"}");
    ek_time end = ek_time_add(w.now, 10 * EK_S);

    (void)state;
    while (ek_time_before(w.now, end)) {
        if (!w.is_asking)
            advance_to(&w, w.ops->deadline(w.self));
        else if (w.is_stream)
            part(&w, PUT);
        else
            answer(&w, 200, 0, AT_REVISION("70") KV(ADDRESS_1) "]}");
    }
    assert_in_range(w.queries, 90, 102);
    watch_free(&w);
}

static void hostile_bodies_are_errors(void **state)
{
    static const char *const bodies[] = {
        NULL,
        "",
        "[]",
        "{}",
        "{\"kvs\":[]}",
        "{" HEADER ",\"kvs\":{}}",
        "{" HEADER ",\"kvs\":[1]}",
        "{" HEADER ",\"kvs\":[{}]}",
        "{" HEADER ",\"kvs\":[" KV("") "]}",
        "{" HEADER ",\"kvs\":[" KV("!!!!") "]}",
        "{" HEADER ",\"kvs\":[" KV("AAAA") "]}",             /* NULs */
        "{" HEADER ",\"kvs\":[" KV("YmFy") "]}",             /* bar */
        "{" HEADER ",\"kvs\":[" KV("e30=") "]}",             /* {} */
        "{" HEADER ",\"kvs\":[" KV("eyJBZGRyIjo3fQ==") "]}", /* {"Addr":7} */
        "{" HEADER ",\"kvs\":[" KV("ezp9") "]}",             /* {:} */
        "{" HEADER ",\"kvs\":[" KV("MTAuMC4wLjE6ODA=") "]",
    };
    struct watch w = etcd_new("{\"prefix\": \"foo\", \"mode\": \"poll\"}");

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        answer(&w, 200, 0, bodies[i]);
        if (w.errors != (int)i + 1)
            fail_msg("accepted: %s", bodies[i] != NULL ? bodies[i] : "NULL");
        next(&w);
    }
    answer(&w, 200, 0, "{" HEADER ",\"kvs\":[" KV("YmFy") "," KV(ADDRESS_1) "]}");
    assert_string_equal(w.list, "10.0.0.1:80"); /* a bad row spoils only itself */
    watch_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prefix_is_asked_as_a_range),
        cmocka_unit_test(prefixes_of_any_length_are_encoded),
        cmocka_unit_test(values_are_addresses_or_etcds_own_naming),
        cmocka_unit_test(it_reads_every_interval_and_tells_only_changes),
        cmocka_unit_test(a_revision_that_goes_back_is_read_again_at_once),
        cmocka_unit_test(no_match_is_an_empty_list),
        cmocka_unit_test(failures_keep_the_list_and_back_off),
        cmocka_unit_test(what_was_read_is_watched_from_its_revision_on),
        cmocka_unit_test(a_change_is_read_at_once),
        cmocka_unit_test(only_events_and_a_compaction_lead_to_a_read),
        cmocka_unit_test(a_silent_watch_is_read_again_after_a_while),
        cmocka_unit_test(the_end_of_a_watch_is_a_read_or_an_error),
        cmocka_unit_test(what_comes_after_the_end_is_not_read),
        cmocka_unit_test(without_streams_it_polls),
        cmocka_unit_test(changes_without_end_are_read_at_a_bounded_rate),
        cmocka_unit_test(hostile_bodies_are_errors),
    };
    return cmocka_run_group_tests_name("core/resolver_etcd", tests, NULL, NULL);
}
