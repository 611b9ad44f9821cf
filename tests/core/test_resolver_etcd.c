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
    struct watch w = etcd_new("{\"prefix\": \"foo\"}");

    (void)state;
    answer(&w, 200, 0,
           "{" HEADER ",\"kvs\":[" KV(ADDRESS_20) "," KV(NAMING) "," KV(ADDRESS_1) "," KV(
               ADDRESS_X) "," KV(ADDRESS_1) "],\"count\":\"5\"}");
    assert_string_equal(w.list, "10.0.0.1:80 10.0.0.20:80 a:1 host:12");
    watch_free(&w);
}

static void it_reads_every_interval_and_tells_only_changes(void **state)
{
    struct watch w = etcd_new("{\"prefix\": \"foo\", \"interval\": \"3s\"}");

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
    struct watch w = etcd_new("{\"prefix\": \"foo\"}");

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
    struct watch w = etcd_new("{\"prefix\": \"foo\"}");

    (void)state;
    answer(&w, 200, 0, "{" HEADER ",\"kvs\":[" KV(ADDRESS_1) "],\"count\":\"1\"}");
    next(&w);
    answer(&w, 200, 0, "{" HEADER "}");
    assert_int_equal(w.empties, 1);
    assert_string_equal(w.list, "10.0.0.1:80");
    watch_free(&w);
    w = etcd_new("{\"prefix\": \"foo\", \"empty\": \"trust\"}");
    answer(&w, 200, 0, "{" HEADER ",\"kvs\":[" KV(ADDRESS_1) "],\"count\":\"1\"}");
    next(&w);
    answer(&w, 200, 0, "{" HEADER "}");
    assert_string_equal(w.list, "");
    watch_free(&w);
}

static void failures_keep_the_list_and_back_off(void **state)
{
    static const int64_t nominal_ms[] = {1000, 1600, 2560, 4096, 6553};
    struct watch w = etcd_new("{\"prefix\": \"foo\"}");

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
    struct watch w = etcd_new("{\"prefix\": \"foo\"}");

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
        cmocka_unit_test(hostile_bodies_are_errors),
    };
    return cmocka_run_group_tests_name("core/resolver_etcd", tests, NULL, NULL);
}
