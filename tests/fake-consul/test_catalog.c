/* Index rules, order of answers, anti-entropy. */
#include "tests/fake-consul/registry.h"

static const char web[] = "/v1/health/service/web";

static void join_ids(const struct answer *answer, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < json_array_size(answer->json); i++) {
        const json_t *row = json_array_get(answer->json, i);
        const char *id = json_string_value(json_object_get(json_object_get(row, "Service"), "ID"));

        snprintf(out + strlen(out), size - strlen(out), "%s%s", i ? " " : "", id);
    }
}

/* The recorded table 75-order-and-passing. */
static void passing_replaces_each_dropped_row_by_the_last(void **state)
{
    const char *const statuses[] = {"critical", "passing", "warning", "passing", "passing"};
    struct registry r;
    struct answer answer;
    char body[256], ids[64];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    for (int i = 0; i < 5; i++) {
        snprintf(body, sizeof body,
                 "{\"ID\":\"o-%d\",\"Name\":\"web\",\"Port\":%d,\"Check\":{\"TTL\":\"1h\","
                 "\"Status\":\"%s\"}}",
                 i + 1, 901 + i, statuses[i]);
        put(&r, "/v1/agent/service/register", body);
    }

    answer = call(&r, 1, "GET", "/v1/health/service/web", NULL);
    join_ids(&answer, ids, sizeof ids);
    forget(&answer);
    assert_string_equal(ids, "o-1 o-2 o-3 o-4 o-5");
    answer = call(&r, 1, "GET", "/v1/health/service/web?passing&near=_agent", NULL);
    join_ids(&answer, ids, sizeof ids);
    forget(&answer);
    assert_string_equal(ids, "o-5 o-2 o-4");
    registry_deinit(&r);
}

static void rows_are_ordered_by_node_then_id(void **state)
{
    struct registry r;
    struct answer answer;
    char ids[64];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    for (uint32_t agent = 2; agent-- > 0;) {
        answer =
            call(&r, agent, "PUT", "/v1/agent/service/register",
                 agent ? "{\"Name\":\"web\",\"ID\":\"a\"}" : "{\"Name\":\"web\",\"ID\":\"z\"}");
        forget(&answer);
    }
    put(&r, "/v1/agent/service/register", "{\"Name\":\"WEB\",\"ID\":\"B\"}");

    answer = call(&r, 1, "GET", web, NULL);

    join_ids(&answer, ids, sizeof ids);
    assert_string_equal(ids, "z a B");
    forget(&answer);
    registry_deinit(&r);
}

static void identical_registration_raises_the_checks_table_only(void **state)
{
    struct registry r;
    uint64_t service, checks, services;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    service = read_service(&r, web, NULL);
    checks = read_service(&r, "/v1/health/state/any", NULL);
    services = read_service(&r, "/v1/catalog/services", NULL);

    register_instance(&r, "web", "web-1");

    assert_true(read_service(&r, web, NULL) == service);
    assert_true(read_service(&r, "/v1/health/state/any", NULL) == checks + 1);
    assert_true(read_service(&r, "/v1/catalog/services", NULL) == services);
    registry_deinit(&r);
}

static void last_instance_moves_the_index_of_all_unknown_names(void **state)
{
    struct registry r;
    uint64_t before, gone;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    before = read_service(&r, "/v1/health/service/ghost", NULL);
    register_instance(&r, "web", "web-2");
    assert_true(read_service(&r, "/v1/health/service/ghost", NULL) > before);

    put(&r, "/v1/agent/service/deregister/web-1", NULL);
    put(&r, "/v1/agent/service/deregister/web-2", NULL);

    gone = read_service(&r, "/v1/health/service/ghost", NULL);
    assert_true(gone == ek_consul_index(r.consul));
    assert_true(read_service(&r, web, NULL) == gone);
    register_instance(&r, "other", "other-1");
    assert_true(read_service(&r, "/v1/health/service/ghost", NULL) == gone);
    registry_deinit(&r);
}

static void renaming_an_instance_lets_the_old_name_fall_back(void **state)
{
    struct registry r;
    uint64_t extinct, old;
    size_t rows;

    (void)state;
    registry_init(&r, EK_CONSUL_1_8);
    put(&r, "/v1/agent/service/register", "{\"Name\":\"first\",\"ID\":\"f\"}");
    put(&r, "/v1/agent/service/deregister/f", NULL);
    extinct = ek_consul_index(r.consul);
    put(&r, "/v1/agent/service/register", "{\"Name\":\"web\",\"ID\":\"x\"}");
    old = read_service(&r, web, NULL);
    assert_true(old > extinct);

    put(&r, "/v1/agent/service/register", "{\"Name\":\"new\",\"ID\":\"x\"}");

    assert_true(read_service(&r, web, &rows) == extinct);
    assert_int_equal(rows, 0);
    read_service(&r, "/v1/health/service/new", &rows);
    assert_int_equal(rows, 1);
    registry_deinit(&r);
}

static void full_sync_restores_what_only_the_catalog_lost(void **state)
{
    struct registry r;
    size_t rows;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/agent/service/register", "{\"Name\":\"web\",\"ID\":\"web-1\"}");
    put(&r, "/v1/catalog/register",
        "{\"Node\":\"n2\",\"Address\":\"10.0.0.2\",\"Service\":{\"Service\":\"alien\"},"
        "\"SkipNodeUpdate\":true}");

    put(&r, "/v1/catalog/deregister", "{\"Node\":\"n2\",\"ServiceID\":\"web-1\"}");
    read_service(&r, web, &rows);
    assert_int_equal(rows, 0);
    read_service(&r, "/v1/health/service/alien", &rows);
    assert_int_equal(rows, 1);
    pass_time(&r, 120 * SECOND);

    read_service(&r, web, &rows);
    assert_int_equal(rows, 1);
    read_service(&r, "/v1/health/service/alien", &rows);
    assert_int_equal(rows, 0);
    registry_deinit(&r);
}

static void dropping_a_node_drops_all_on_it(void **state)
{
    struct registry r;
    struct answer answer;
    size_t rows;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/catalog/register",
        "{\"Node\":\"ext\",\"Address\":\"10.0.0.9\",\"Service\":{\"Service\":\"db\"},"
        "\"Checks\":[{\"Name\":\"c1\",\"ServiceID\":\"db\"},{\"Name\":\"c2\"}]}");
    answer = call(&r, 1, "GET", "/v1/catalog/node/ext", NULL);
    assert_non_null(json_object_get(json_object_get(answer.json, "Services"), "db"));
    forget(&answer);

    put(&r, "/v1/catalog/deregister", "{\"Node\":\"EXT\"}");

    read_service(&r, "/v1/health/service/db", &rows);
    assert_int_equal(rows, 0);
    read_service(&r, "/v1/health/node/ext", &rows);
    assert_int_equal(rows, 0);
    answer = call(&r, 1, "GET", "/v1/catalog/node/ext", NULL);
    assert_string_equal(answer.body, "null");
    forget(&answer);
    registry_deinit(&r);
}

static void instances_tell_the_aggregate_of_their_checks(void **state)
{
    struct ek_consul_instance instances[3];
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    register_instance(&r, "web", "web-2");
    register_instance(&r, "web", "web-3");
    put(&r, "/v1/agent/check/warn/web-1", NULL);
    put(&r, "/v1/agent/service/maintenance/web-3?enable=true", NULL);

    assert_int_equal(ek_consul_instances(r.consul, "web", instances, 3), 3);

    assert_string_equal(instances[0].status, "warning");
    assert_string_equal(instances[1].status, "passing");
    assert_string_equal(instances[2].status, "maintenance");
    assert_int_equal(ek_consul_instances(r.consul, "web", NULL, 0), 3);
    assert_int_equal(ek_consul_instances(r.consul, "none", instances, 3), 0);
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passing_replaces_each_dropped_row_by_the_last),
        cmocka_unit_test(rows_are_ordered_by_node_then_id),
        cmocka_unit_test(identical_registration_raises_the_checks_table_only),
        cmocka_unit_test(last_instance_moves_the_index_of_all_unknown_names),
        cmocka_unit_test(renaming_an_instance_lets_the_old_name_fall_back),
        cmocka_unit_test(full_sync_restores_what_only_the_catalog_lost),
        cmocka_unit_test(dropping_a_node_drops_all_on_it),
        cmocka_unit_test(instances_tell_the_aggregate_of_their_checks),
    };

    return cmocka_run_group_tests_name("fake-consul/catalog", tests, NULL, NULL);
}
