/* The static resolver: one list, told once. */
#include "evenkeel/channel.h"
#include "evenkeel/resolver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void *read_options(const struct ek_resolver_ops *ops, const char *text,
                          struct ek_errors *errors)
{
    void *self = calloc(1, ops->self_size);
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(self);
    assert_non_null(json);
    ek_option_read(ops->options, json, "/resolver", self, errors);
    if (ops->check != NULL)
        ops->check(self, "/resolver", errors);
    json_decref(json);
    return self;
}

static void resolvers_are_found_by_name(void **state)
{
    (void)state;
    for (const struct ek_resolver_ops *const *ops = ek_resolver_all; *ops != NULL; ops++) {
        assert_ptr_equal(ek_resolver_find((*ops)->name), *ops);
        assert_true(strlen((*ops)->text) > 0);
        for (const struct ek_option *row = (*ops)->options; row->name != NULL; row++)
            assert_true(row->text != NULL && strlen(row->text) > 0);
    }
    assert_null(ek_resolver_find("zookeeper"));
}

static void the_list_is_told_once_in_its_order_and_without_duplicates(void **state)
{
    static const char *const expected[] = {"b:65535", "a:1", "[::1]:80"};
    const struct ek_resolver_ops *ops = ek_resolver_find("static");
    struct ek_errors errors = {0};
    const ek_time now = {7};
    void *self = read_options(
        ops, "{\"addresses\": [\"b:65535\", \"a:1\", \"[::1]:80\", \"b:65535\"]}", &errors);

    (void)state;
    assert_int_equal(errors.count, 0);
    assert_int_equal(ops->init(self, ek_rng_derive(1, "static", 0), now), EK_OK);
    struct ek_resolve wish = ops->output(self, now);
    assert_int_equal(wish.kind, EK_RESOLVE_LIST);
    assert_int_equal(wish.address_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(wish.addresses[i].text, expected[i]);
        assert_int_equal(wish.addresses[i].weight, 1);
    }

    ops->hint(self, now);
    ops->tick(self, now);
    assert_int_equal(ops->output(self, now).kind, EK_RESOLVE_NONE);
    assert_int_equal(ops->deadline(self).ns, INT64_MAX);
    ops->deinit(self);
    ek_option_release(ops->options, self);
    free(self);
}

static void an_empty_list_is_a_list(void **state)
{
    const struct ek_resolver_ops *ops = ek_resolver_find("static");
    struct ek_errors errors = {0};
    const ek_time now = {0};
    void *self = read_options(ops, "{\"addresses\": []}", &errors);

    (void)state;
    assert_int_equal(ops->init(self, ek_rng_derive(1, "static", 0), now), EK_OK);
    struct ek_resolve wish = ops->output(self, now);
    assert_int_equal(wish.kind, EK_RESOLVE_LIST);
    assert_int_equal(wish.address_count, 0);
    ops->deinit(self);
    ek_option_release(ops->options, self);
    free(self);
}

static void an_address_needs_a_host_and_a_port(void **state)
{
    static const char *const bad[] = {"a",
                                      "a:",
                                      ":1",
                                      "a:0",
                                      "a:65536",
                                      "a:080",
                                      "a:-1",
                                      "a:8x",
                                      "::1:80",
                                      "[]:80",
                                      "[::1]",
                                      "[::1]80",
                                      "a b:1",
                                      "a/b:1",
                                      "[::1:80",
                                      "::1]:80",
                                      "a:99999999999999999"};
    const struct ek_resolver_ops *ops = ek_resolver_find("static");

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ek_errors errors = {0};
        char text[96];
        snprintf(text, sizeof text, "{\"addresses\": [\"%s\", \"a:1\"]}", bad[i]);
        void *self = read_options(ops, text, &errors);
        if (errors.count != 1)
            fail_msg("accepted: %s", bad[i]);
        assert_string_equal(errors.items[0].path, "/resolver/addresses/0");
        assert_int_equal(ops->init(self, ek_rng_derive(1, "static", 0), (ek_time){0}), EK_EINVAL);
        ops->deinit(self);
        ek_option_release(ops->options, self);
        free(self);
    }
}

#define FORTY "a123456789.123456789.123456789.123456789"

/* What a check complains about is refused at the start as well. A host name has 253 bytes at most.
 */
static void nonsense_is_refused_at_the_start(void **state)
{
    static const struct {
        const char *name, *options;
    } bad[] = {
        {"static", "{\"endpoints\": [{\"address\": \"a:1\", \"labels\": [\"x\"]}]}"},
        {"static", "{\"endpoints\": [{\"address\": \"a\"}]}"},
        {"dns", "{}"},
        {"dns", "{\"target\": \"a\"}"},
        {"dns", "{\"target\": \"" FORTY FORTY FORTY FORTY FORTY FORTY
                "a1234567890123456789012345678:80\"}"},
        {"consul", "{}"},
        {"etcd", "{}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct ek_resolver_ops *ops = ek_resolver_find(bad[i].name);
        struct ek_errors errors = {0};
        void *self = read_options(ops, bad[i].options, &errors);

        assert_true(errors.count > 0);
        assert_int_equal(ops->init(self, ek_rng_derive(1, "bad", 0), (ek_time){0}), EK_EINVAL);
        ops->deinit(self);
        ek_option_release(ops->options, self);
        free(self);
    }
}

static void an_answer_that_nobody_asked_for_says_nothing(void **state)
{
    static const struct {
        const char *name, *options;
    } rows[] = {{"static", "{\"addresses\": [\"a:1\"]}"}, {"dns", "{\"target\": \"10.0.0.1:80\"}"}};
    const struct ek_http_answer answer = {.status = 200, .body = "10.0.0.2\n", .body_size = 9};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ek_resolver_ops *ops = ek_resolver_find(rows[i].name);
        struct ek_errors errors = {0};
        void *self = read_options(ops, rows[i].options, &errors);

        assert_int_equal(ops->init(self, ek_rng_derive(1, "calm", 0), (ek_time){0}), EK_OK);
        assert_int_equal(ops->output(self, (ek_time){0}).kind, EK_RESOLVE_LIST);
        ops->answer(self, &answer, (ek_time){0});
        assert_int_equal(ops->output(self, (ek_time){0}).kind, EK_RESOLVE_NONE);
        ops->deinit(self);
        ek_option_release(ops->options, self);
        free(self);
    }
}

static void a_channel_tells_of_a_bad_resolver(void **state)
{
    json_t *options = json_loads("{\"addresses\": [\"nonsense\"]}", 0, NULL);
    json_t *json = json_object();
    struct ek_service_config config;
    struct ek_channel_config how = {.service_config = &config,
                                    .resolver = ek_resolver_find("static"),
                                    .resolver_options = options};
    struct ek_errors errors = {0};
    struct ek_channel *channel = NULL;

    (void)state;
    assert_int_equal(ek_service_config_read(json, "", &config, &errors), EK_OK);
    assert_int_equal(ek_channel_new(&how, (ek_time){0}, &channel, &errors), EK_EINVAL);
    assert_int_equal(errors.count, 1);
    ek_channel_free(channel); /* NULL: nothing */
    ek_service_config_deinit(&config);
    json_decref(json);
    json_decref(options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolvers_are_found_by_name),
        cmocka_unit_test(the_list_is_told_once_in_its_order_and_without_duplicates),
        cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(an_address_needs_a_host_and_a_port),
        cmocka_unit_test(nonsense_is_refused_at_the_start),
        cmocka_unit_test(an_answer_that_nobody_asked_for_says_nothing),
        cmocka_unit_test(a_channel_tells_of_a_bad_resolver),
    };
    return cmocka_run_group_tests_name("core/resolver_static", tests, NULL, NULL);
}
