/* Blocking queries: who is woken, when, with what. */
#include "tests/fake-consul/registry.h"

static const char web[] = "/v1/health/service/web";

static void change_wakes_all_parked_with_the_new_index(void **state)
{
    enum {
        CLIENTS = 1000
    };
    struct registry r;
    struct ek_consul_note note;
    struct answer answer;
    uint64_t index, ids[CLIENTS];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    register_instance(&r, "web", "web-2");
    index = read_service(&r, web, NULL);
    for (int i = 0; i < CLIENTS; i++)
        ids[i] = park(&r, (uint32_t)i % 2, web, index, "&passing&wait=60s");
    forget_notes(&r);

    pass_time(&r, SECOND);
    ask(&r, 1, "PUT", "/v1/agent/check/fail/web-1", NULL);

    /* In the order of their parking, all because of the write, then the write's own answer. */
    for (int i = 0; i < CLIENTS; i++) {
        assert_true(pull(&r, &answer));
        assert_true(answer.id == ids[i]);
        assert_int_equal(answer.status, 200);
        assert_true(answer.index == index + 1);
        assert_true(answer.cause == r.cause);
        assert_int_equal(json_array_size(answer.json), 1);
        forget(&answer);
    }
    assert_true(pull(&r, &answer));
    forget(&answer);
    assert_true(next_note(&r, EK_CONSUL_NOTE_WOKEN, &note));
    assert_int_equal(note.count, CLIENTS);
    assert_string_equal(note.service, "web");
    registry_deinit(&r);
}

static void quiet_wait_ends_on_time_with_the_same_index(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index, id;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/agent/service/register", "{\"Name\":\"web\",\"Port\":1}");
    index = read_service(&r, web, NULL);
    id = park(&r, 1, web, index, "&wait=2s");

    pass_time(&r, 2 * SECOND - 1);
    assert_false(pull(&r, &answer));
    pass_time(&r, 1);

    assert_true(pull(&r, &answer));
    assert_true(answer.id == id);
    assert_true(answer.index == index);
    assert_string_equal(header(&answer, "X-Consul-Query-Backend"), "streaming");
    forget(&answer);
    registry_deinit(&r);
}

static void plain_wait_is_longer_by_less_than_a_sixteenth(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index;

    (void)state;
    registry_init(&r, EK_CONSUL_1_8);
    put(&r, "/v1/agent/service/register", "{\"Name\":\"web\",\"Port\":1}");
    index = read_service(&r, web, NULL);

    for (int i = 0; i < 20; i++) {
        int64_t start = r.now, took;

        park(&r, 1, web, index, "&wait=16s");
        while (!pull(&r, &answer)) {
            r.now = ek_consul_deadline(r.consul);
            ek_consul_tick(r.consul, r.now);
        }
        took = r.now - start;
        assert_true(took >= 16 * SECOND && took < 17 * SECOND);
        assert_true(answer.index == index);
        assert_null(header(&answer, "X-Consul-Query-Backend"));
        forget(&answer);
    }
    registry_deinit(&r);
}

static void absent_and_negative_waits_mean_five_minutes(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/agent/service/register", "{\"Name\":\"web\",\"Port\":1}");
    index = read_service(&r, web, NULL);
    park(&r, 1, web, index, "");
    park(&r, 1, web, index, "&wait=-3s");
    park(&r, 1, web, index, "&wait=100h");

    pass_time(&r, 300 * SECOND - 1);
    assert_false(pull(&r, &answer));
    pass_time(&r, 1);
    for (int i = 0; i < 2; i++) {
        assert_true(pull(&r, &answer));
        forget(&answer);
    }
    pass_time(&r, 300 * SECOND - 1);
    assert_false(pull(&r, &answer));
    pass_time(&r, 1);
    assert_true(pull(&r, &answer));
    forget(&answer);
    registry_deinit(&r);
}

static void cancelled_query_is_never_answered(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index, first, second;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    index = read_service(&r, web, NULL);
    first = park(&r, 1, web, index, "&wait=5s");
    second = park(&r, 1, web, index, "&wait=5s");

    ek_consul_cancel(r.consul, first);
    ek_consul_cancel(r.consul, first);
    ek_consul_cancel(r.consul, 12345);
    pass_time(&r, 6 * SECOND);

    assert_true(pull(&r, &answer));
    assert_true(answer.id == second);
    forget(&answer);
    assert_false(pull(&r, &answer));
    registry_deinit(&r);
}

static void other_services_do_not_wake(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    register_instance(&r, "api", "api-1");
    index = read_service(&r, web, NULL);
    park(&r, 1, web, index, "&wait=20s");

    put(&r, "/v1/agent/check/fail/api-1", NULL);
    put(&r, "/v1/agent/check/pass/web-1?note=other-output", NULL);

    assert_false(pull(&r, &answer));
    registry_deinit(&r);
}

static void node_check_wakes_the_watchers_of_every_service_on_the_node(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t api, first;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    register_instance(&r, "api", "api-1");
    first = read_service(&r, web, NULL);
    api = read_service(&r, "/v1/health/service/api", NULL);
    park(&r, 0, web, first, "");
    park(&r, 0, "/v1/health/service/api", api, "");

    ask(&r, 1, "PUT", "/v1/agent/maintenance?enable=true&reason=x", NULL);

    for (int i = 0; i < 2; i++) {
        assert_true(pull(&r, &answer));
        assert_non_null(answer.json);
        assert_true(answer.index > api);
        forget(&answer);
    }
    registry_deinit(&r);
}

static void index_from_the_future_waits_whatever_happens(void **state)
{
    struct registry r;
    struct answer answer;

    (void)state;
    registry_init(&r, EK_CONSUL_1_8);
    register_instance(&r, "web", "web-1");
    park(&r, 1, web, 100000, "&wait=10s");

    put(&r, "/v1/agent/check/fail/web-1", NULL);
    pass_time(&r, 10 * SECOND - 1);

    assert_false(pull(&r, &answer));
    pass_time(&r, SECOND);
    assert_true(pull(&r, &answer));
    assert_true(answer.index < 100000);
    forget(&answer);
    registry_deinit(&r);
}

static void vanished_and_new_services_wake_their_watchers(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    index = read_service(&r, web, NULL);
    park(&r, 0, web, index, "");

    ask(&r, 1, "PUT", "/v1/agent/service/register", "{\"Name\":\"web\",\"Port\":1}");
    assert_true(pull(&r, &answer));
    assert_int_equal(json_array_size(answer.json), 1);
    index = answer.index;
    forget(&answer);
    assert_true(pull(&r, &answer));
    forget(&answer);

    park(&r, 0, web, index, "");
    ask(&r, 1, "PUT", "/v1/agent/service/deregister/web", NULL);
    assert_true(pull(&r, &answer));
    assert_int_equal(json_array_size(answer.json), 0);
    assert_true(answer.index > index);
    forget(&answer);
    registry_deinit(&r);
}

static void requests_over_the_limit_are_not_taken(void **state)
{
    struct ek_consul_config config = {.seed = 1, .requests_max = 3};
    struct registry r = {.consul = ek_consul_new(&config)};
    struct answer answer;

    (void)state;
    ek_consul_add_agent(r.consul, "n1", NULL, "10.0.0.1", 0);
    for (int i = 0; i < 3; i++)
        assert_int_not_equal(ask(&r, 0, "GET", "/v1/status/leader", NULL), 0);

    assert_int_equal(ask(&r, 0, "GET", "/v1/status/leader", NULL), 0);
    assert_true(pull(&r, &answer));
    forget(&answer);
    assert_int_not_equal(ask(&r, 0, "GET", "/v1/status/leader", NULL), 0);
    ek_consul_free(r.consul);
}

static void table_reads_wake_for_their_own_rows(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t checks;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    register_instance(&r, "api", "api-1");
    checks = read_service(&r, "/v1/health/checks/web", NULL);
    park(&r, 1, "/v1/health/checks/web", checks, "&wait=60s");

    put(&r, "/v1/agent/check/warn/api-1", NULL);
    assert_false(pull(&r, &answer));

    ask(&r, 1, "PUT", "/v1/agent/check/warn/web-1", NULL);
    assert_true(pull(&r, &answer));
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(answer.json, 0), "Status")), "warning");
    forget(&answer);
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change_wakes_all_parked_with_the_new_index),
        cmocka_unit_test(quiet_wait_ends_on_time_with_the_same_index),
        cmocka_unit_test(plain_wait_is_longer_by_less_than_a_sixteenth),
        cmocka_unit_test(absent_and_negative_waits_mean_five_minutes),
        cmocka_unit_test(cancelled_query_is_never_answered),
        cmocka_unit_test(other_services_do_not_wake),
        cmocka_unit_test(node_check_wakes_the_watchers_of_every_service_on_the_node),
        cmocka_unit_test(index_from_the_future_waits_whatever_happens),
        cmocka_unit_test(vanished_and_new_services_wake_their_watchers),
        cmocka_unit_test(requests_over_the_limit_are_not_taken),
        cmocka_unit_test(table_reads_wake_for_their_own_rows),
    };

    return cmocka_run_group_tests_name("fake-consul/blocking", tests, NULL, NULL);
}
