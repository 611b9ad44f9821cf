/* The DNS resolver: when it looks up, and what it makes of the answer (grpc.md 3.2). */
#include "tests/core/watch.h"

static struct watch dns_new(const char *options)
{
    return watch_named("dns", options, 1);
}

static void hint(struct watch *w)
{
    w->ops->hint(w->self, w->now);
    pull(w);
}

#define WEB "{\"target\": \"web.example:80\"}"

static void the_name_is_looked_up_at_once(void **state)
{
    struct watch w = dns_new(WEB);

    (void)state;
    assert_true(w.is_asking);
    assert_string_equal(w.target, "web.example");
    assert_int_equal(w.timeout_ns, 30 * EK_S);
    answer(&w, 200, 0, "10.0.0.2\n10.0.0.1\n::1\n10.0.0.2\n");
    assert_string_equal(w.list, "10.0.0.2:80 10.0.0.1:80 [::1]:80");
    watch_free(&w);
}

/* "Everywhere: no periodic poll." */
static void nothing_is_looked_up_unasked(void **state)
{
    struct watch w = dns_new(WEB);

    (void)state;
    answer(&w, 200, 0, "10.0.0.1");
    assert_int_equal(w.ops->deadline(w.self).ns, INT64_MAX);
    advance(&w, 3600 * EK_S);
    assert_int_equal(w.queries, 1);
    hint(&w); /* a connection was lost */
    assert_int_equal(w.queries, 2);
    watch_free(&w);
}

/* "30 s, from the end of the last successful one"; "a burst of requests is merged into one". */
static void hints_are_merged_and_wait_for_the_minimum_interval(void **state)
{
    struct watch w = dns_new(WEB);

    (void)state;
    advance(&w, 7 * EK_S); /* the lookup takes so long */
    answer(&w, 200, 0, "10.0.0.1");
    for (int i = 0; i < 100; i++) {
        advance(&w, 100 * EK_MS);
        hint(&w);
    }
    advance(&w, 20 * EK_S - 1);
    assert_int_equal(w.queries, 1);
    advance(&w, 1);
    assert_int_equal(w.queries, 2);
    answer(&w, 200, 0, "10.0.0.1");
    advance(&w, 3600 * EK_S);
    assert_int_equal(w.queries, 2);
    assert_int_equal(w.lists, 1); /* the same list is not told again */
    watch_free(&w);
}

/* A hint during a lookup is one for the next. */
static void a_hint_during_a_lookup_is_not_lost(void **state)
{
    struct watch w = dns_new(WEB);

    (void)state;
    hint(&w);
    assert_int_equal(w.queries, 1);
    answer(&w, 200, 0, "10.0.0.1");
    advance(&w, 30 * EK_S - 1);
    assert_int_equal(w.queries, 1);
    advance(&w, 1);
    assert_int_equal(w.queries, 2);
    watch_free(&w);
}

/* "backoff starting at 1.6 s +-20 %, cap 120 s", without being asked; a hint does not shorten it.
 */
static void after_a_failure_it_backs_off(void **state)
{
    static const int64_t nominal_ms[] = {1600,  2560,  4096,  6553,   10485,  16777,
                                         26843, 42949, 68719, 109951, 120000, 120000};
    struct watch w = dns_new(WEB);

    (void)state;
    for (size_t i = 0; i < sizeof nominal_ms / sizeof nominal_ms[0]; i++) {
        int64_t pause;

        answer(&w, 0, 0, NULL);
        assert_int_equal(w.errors, i + 1);
        hint(&w);
        pause = ek_time_since(w.ops->deadline(w.self), w.now);
        assert_in_range(pause, nominal_ms[i] * 8 / 10 * EK_MS,
                        (nominal_ms[i] + 1) * 12 / 10 * EK_MS);
        advance(&w, pause);
        assert_true(w.is_asking);
    }
    answer(&w, 200, 0, "10.0.0.1");
    advance(&w, 30 * EK_S);
    hint(&w);
    answer(&w, 0, 0, NULL);
    assert_in_range(ek_time_since(w.ops->deadline(w.self), w.now), 1280 * EK_MS, 1920 * EK_MS);
    assert_string_equal(w.error, "lookup of web.example: no answer");
    assert_int_equal(w.lists, 1); /* the last one stays */
    watch_free(&w);
}

/* [go] NXDOMAIN and its like become an empty list, the others report an error and keep the list. */
static void a_name_that_does_not_exist_differs_by_dialect(void **state)
{
    static const struct {
        const char *dialect;
        bool is_empty_list;
    } cases[] = {
        {"grpc-go", true}, {"grpc-core", false}, {"grpc-java", false}, {"grpc-node", false}};
    static const struct {
        int status;
        const char *body;
    } answers[] = {{404, NULL}, {200, ""}};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 2; k++) {
            char options[96];
            struct watch w;

            snprintf(options, sizeof options, "{\"target\": \"a:1\", \"dialect\": \"%s\"}",
                     cases[i].dialect);
            w = dns_new(options);
            answer(&w, 200, 0, "10.0.0.1");
            advance(&w, 30 * EK_S);
            hint(&w);
            answer(&w, answers[k].status, 0, answers[k].body);
            assert_int_equal(w.lists, cases[i].is_empty_list ? 2 : 1);
            assert_int_equal(w.errors, cases[i].is_empty_list ? 0 : 1);
            assert_string_equal(w.list, cases[i].is_empty_list ? "" : "10.0.0.1:1");
            /* either way it is looked up again by itself */
            assert_in_range(ek_time_since(w.ops->deadline(w.self), w.now), 1280 * EK_MS,
                            1920 * EK_MS);
            watch_free(&w);
        }
}

/* "an IP literal gives one update, ever". */
static void a_literal_is_told_once(void **state)
{
    static const char *const targets[] = {"10.0.0.255:80", "[fe80::1]:443"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char options[96];
        struct watch w;

        snprintf(options, sizeof options, "{\"target\": \"%s\"}", targets[i]);
        w = dns_new(options);
        assert_string_equal(w.list, targets[i]);
        hint(&w);
        advance(&w, 3600 * EK_S);
        assert_int_equal(w.lists, 1);
        assert_int_equal(w.queries, 0);
        watch_free(&w);
    }
}

static void names_that_only_look_like_addresses_are_looked_up(void **state)
{
    static const char *const targets[] = {"10.0.0.256", "10.0.0", "1.2.3.4.5", "10.0.0.1a",
                                          "1..2.3"};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char options[96];
        struct watch w;

        snprintf(options, sizeof options, "{\"target\": \"%s:80\"}", targets[i]);
        w = dns_new(options);
        assert_true(w.is_asking);
        assert_string_equal(w.target, targets[i]);
        watch_free(&w);
    }
}

static void a_lookup_has_a_timeout(void **state)
{
    struct watch w = dns_new("{\"target\": \"a:1\", \"timeout\": \"120s\"}");

    (void)state;
    advance(&w, 120 * EK_S - 1);
    assert_int_equal(w.cancels, 0);
    advance(&w, 1);
    assert_int_equal(w.cancels, 1);
    assert_string_equal(w.error, "lookup of a: timed out");
    watch_free(&w);
}

static void hostile_answers_are_errors(void **state)
{
    static const char *const bodies[] = {
        "x",
        "10.0.0.1\nweb.example",
        "10.0.0.1 ",
        "[::1]:80",
        "10.0.0.1\n\x01",
        "aaaaaaaa:aaaaaaaa:aaaaaaaa:aaaaaaaa:aaaaaaaa:aaaaaaaa:aaaaaaaa:a"};

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct watch w = dns_new(WEB);

        answer(&w, 200, 0, bodies[i]);
        if (w.errors != 1 || w.lists != 0)
            fail_msg("accepted: %s", bodies[i]);
        watch_free(&w);
    }
}

static void a_target_needs_a_host_and_a_port(void **state)
{
    static const char *const bad[] = {"web", "web:", ":80", "web:0", "a b:80"};
    const struct ek_resolver_ops *ops = ek_resolver_find("dns");

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct ek_errors errors = {0};
        json_t *json = json_pack("{s:s}", "target", bad[i]);
        void *self = calloc(1, ops->self_size);

        ek_option_read(ops->options, json, "", self, &errors);
        ops->check(self, "", &errors);
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.items[0].path, "/target");
        assert_int_equal(ops->init(self, ek_rng_derive(1, "dns", 0), (ek_time){0}), EK_EINVAL);
        ops->deinit(self);
        ek_option_release(ops->options, self);
        free(self);
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_is_looked_up_at_once),
        cmocka_unit_test(nothing_is_looked_up_unasked),
        cmocka_unit_test(hints_are_merged_and_wait_for_the_minimum_interval),
        cmocka_unit_test(a_hint_during_a_lookup_is_not_lost),
        cmocka_unit_test(after_a_failure_it_backs_off),
        cmocka_unit_test(a_name_that_does_not_exist_differs_by_dialect),
        cmocka_unit_test(a_literal_is_told_once),
        cmocka_unit_test(names_that_only_look_like_addresses_are_looked_up),
        cmocka_unit_test(a_lookup_has_a_timeout),
        cmocka_unit_test(hostile_answers_are_errors),
        cmocka_unit_test(a_target_needs_a_host_and_a_port),
    };
    return cmocka_run_group_tests_name("core/resolver_dns", tests, NULL, NULL);
}
