/* The faults, by the admin endpoint and by the functions. */
#include "tests/fake-consul/registry.h"

static const char web[] = "/v1/health/service/web";

static void setup(struct registry *r)
{
    registry_init(r, EK_CONSUL_1_10);
    for (int i = 1; i <= 4; i++) {
        char id[8];

        snprintf(id, sizeof id, "web-%d", i);
        register_instance(r, "web", id);
    }
}

static void begin(struct registry *r, const char *body)
{
    struct answer answer = call(r, 0, "PUT", "/v1/evenkeel/fault", body);

    if (answer.status != 200)
        fail_msg("%s: %d %s", body, answer.status, answer.body);
    forget(&answer);
}

static void end(struct registry *r, const char *target)
{
    struct answer answer = call(r, 0, "DELETE", target, NULL);

    assert_int_equal(answer.status, 200);
    forget(&answer);
}

static int status_at(struct registry *r, const char *target)
{
    struct answer answer = call(r, 1, "GET", target, NULL);
    int status = answer.status;

    forget(&answer);
    return status;
}

static size_t rows_at(struct registry *r, const char *target)
{
    size_t rows;

    read_service(r, target, &rows);
    return rows;
}

static void endpoint_lists_ends_and_refuses(void **state)
{
    struct registry r;
    struct answer answer;

    (void)state;
    setup(&r);
    begin(&r, "{\"fault\":\"empty\",\"service\":\"WEB\",\"for\":\"10s\"}");
    assert_int_equal(rows_at(&r, web), 0);
    answer = call(&r, 0, "GET", "/v1/evenkeel/fault", NULL);
    assert_string_equal(answer.body,
                        "[{\"fault\":\"empty\",\"service\":\"web\",\"left\":\"10s\"}]");
    forget(&answer);

    pass_time(&r, 10 * SECOND);
    assert_int_equal(rows_at(&r, web), 4);
    begin(&r, "{\"fault\":\"garbage\"}");
    begin(&r, "{\"fault\":\"silent\"}");
    end(&r, "/v1/evenkeel/fault");
    assert_int_equal(rows_at(&r, web), 4);

    answer = call(&r, 0, "PUT", "/v1/evenkeel/fault", "{\"fault\":\"emtpy\"}");
    assert_int_equal(answer.status, 400);
    assert_int_equal(
        strncmp(answer.body, "No fault is called \"emtpy\"; there are empty, silent,", 51), 0);
    forget(&answer);
    answer = call(&r, 0, "PUT", "/v1/evenkeel/fault", "{\"fault\":\"partial\",\"share\":2}");
    assert_string_equal(answer.body, "share must be a number above 0, at most 1");
    forget(&answer);
    answer =
        call(&r, 0, "PUT", "/v1/evenkeel/fault", "{\"fault\":\"agent_restart\",\"node\":\"x\"}");
    assert_string_equal(answer.body, "No agent runs the node \"x\"");
    forget(&answer);
    registry_deinit(&r);
}

static void lost_leader_is_replaced(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index;

    (void)state;
    /* The parked query fails at once, a new one is held until the election. */
    setup(&r);
    index = read_service(&r, web, NULL);
    park(&r, 1, web, index, "&wait=60s");
    ek_consul_fault_start(r.consul, EK_CONSUL_LEADER_LOST,
                          &(struct ek_consul_fault_options){.for_ns = 3 * SECOND}, 1, r.now);
    assert_true(pull(&r, &answer));
    assert_int_equal(answer.status, 500);
    assert_string_equal(answer.body, "rpc error: code = Unavailable desc = transport is closing");
    forget(&answer);
    ask(&r, 1, "GET", web, NULL);
    pass_time(&r, 3 * SECOND - 1);
    assert_false(pull(&r, &answer));
    pass_time(&r, 1);
    assert_true(pull(&r, &answer));
    assert_int_equal(answer.status, 200);
    forget(&answer);
    registry_deinit(&r);
}

static void gone_servers_leave_what_the_agent_has(void **state)
{
    struct registry r;

    (void)state;
    setup(&r);
    assert_int_equal(status_at(&r, "/v1/health/service/web?cached"), 200);
    begin(&r, "{\"fault\":\"servers_gone\"}");
    assert_int_equal(status_at(&r, web), 500);
    assert_int_equal(status_at(&r, "/v1/health/service/web?cached"), 200);
    assert_int_equal(status_at(&r, "/v1/agent/services"), 200);
    end(&r, "/v1/evenkeel/fault?fault=servers_gone");
    assert_int_equal(status_at(&r, web), 200);
    registry_deinit(&r);
}

/* Stale reads are behind by up to a period; LastContact says by how much. */
static void lagging_follower_tells_an_older_index(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t before, now, seen;

    (void)state;
    setup(&r);
    before = read_service(&r, web, NULL);
    begin(&r, "{\"fault\":\"lag\",\"period\":\"5s\"}");
    put(&r, "/v1/agent/check/fail/web-1", NULL);
    now = read_service(&r, web, NULL);
    assert_true(now > before);
    pass_time(&r, 2 * SECOND);
    answer = call(&r, 1, "GET", "/v1/health/service/web?stale&passing", NULL);
    assert_true(answer.index == before);
    assert_string_equal(header(&answer, "X-Consul-Lastcontact"), "2000");
    assert_int_equal(json_array_size(answer.json), 4);
    forget(&answer);
    pass_time(&r, 3 * SECOND);
    seen = read_service(&r, "/v1/health/service/web?stale", NULL);
    assert_true(seen == now);
    registry_deinit(&r);
}

static void frozen_view_wakes_no_one_and_thaws(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index;

    (void)state;
    setup(&r);
    index = read_service(&r, web, NULL);
    begin(&r, "{\"fault\":\"frozen_view\",\"service\":\"web\"}");
    park(&r, 1, web, index, "&wait=60s&passing");
    put(&r, "/v1/agent/check/fail/web-1", NULL);
    assert_false(pull(&r, &answer));
    assert_int_equal(rows_at(&r, "/v1/health/service/web?passing"), 3);

    ek_consul_fault_end(r.consul, EK_CONSUL_FROZEN_VIEW, 1, r.now);
    assert_true(pull(&r, &answer));
    assert_int_equal(json_array_size(answer.json), 3);
    forget(&answer);
    registry_deinit(&r);
}

static void partial_and_unsorted_lists(void **state)
{
    struct registry r;
    uint64_t before;
    bool moved = false;

    (void)state;
    setup(&r);
    before = read_service(&r, web, NULL);
    begin(&r, "{\"fault\":\"partial\",\"share\":0.75}");
    assert_int_equal(rows_at(&r, web), 3);
    assert_true(read_service(&r, web, NULL) > before);
    end(&r, "/v1/evenkeel/fault?fault=partial");
    assert_int_equal(rows_at(&r, web), 4);

    /* Of 20 draws one puts another instance first, but for 1 in 4^20. */
    begin(&r, "{\"fault\":\"unsorted\"}");
    for (int i = 0; i < 20; i++) {
        struct answer answer = call(&r, 1, "GET", web, NULL);
        const json_t *service = json_object_get(json_array_get(answer.json, 0), "Service");

        moved |= strcmp(json_string_value(json_object_get(service, "ID")), "web-1") != 0;
        forget(&answer);
    }
    assert_true(moved);
    registry_deinit(&r);
}

static void flapping_checks_turn_and_come_to_rest(void **state)
{
    struct registry r;

    (void)state;
    setup(&r);
    begin(&r, "{\"fault\":\"flapping\",\"service\":\"web\",\"period\":\"2s\"}");
    assert_int_equal(rows_at(&r, "/v1/health/service/web?passing"), 4);
    pass_time(&r, 2 * SECOND);
    assert_int_equal(rows_at(&r, "/v1/health/service/web?passing"), 0);
    pass_time(&r, 2 * SECOND);
    assert_int_equal(rows_at(&r, "/v1/health/service/web?passing"), 4);
    pass_time(&r, 2 * SECOND);
    end(&r, "/v1/evenkeel/fault?fault=flapping");
    assert_int_equal(rows_at(&r, "/v1/health/service/web?passing"), 4);
    registry_deinit(&r);
}

static void storm_runs_out_every_ttl(void **state)
{
    struct registry r;

    (void)state;
    setup(&r);
    begin(&r, "{\"fault\":\"ttl_storm\"}");
    assert_int_equal(rows_at(&r, "/v1/health/service/web?passing"), 0);
    put(&r, "/v1/agent/check/pass/web-1", NULL);
    assert_int_equal(rows_at(&r, "/v1/health/service/web?passing"), 1);
    registry_deinit(&r);
}

/* Two a second, and no more than two at once. */
static void rate_limit_refuses_what_is_too_much(void **state)
{
    struct registry r;

    (void)state;
    setup(&r);
    begin(&r, "{\"fault\":\"rate_limit\",\"rate\":2}");
    assert_int_equal(status_at(&r, web), 200);
    assert_int_equal(status_at(&r, web), 200);
    assert_int_equal(status_at(&r, web), 429);
    assert_int_equal(status_at(&r, "/v1/agent/services"), 200);
    pass_time(&r, SECOND / 2);
    assert_int_equal(status_at(&r, web), 200);
    assert_int_equal(status_at(&r, web), 429);
    registry_deinit(&r);
}

static void lost_rights_are_empty_or_forbidden(void **state)
{
    struct registry r;

    (void)state;
    setup(&r);
    begin(&r, "{\"fault\":\"acl_denied\"}");
    assert_int_equal(rows_at(&r, web), 0);
    assert_int_equal(status_at(&r, "/v1/agent/self"), 403);
    assert_int_equal(status_of(&r, "PUT", "/v1/kv/a", "x"), 403);
    end(&r, "/v1/evenkeel/fault");
    assert_int_equal(rows_at(&r, web), 4);
    begin(&r, "{\"fault\":\"acl_lost\"}");
    assert_int_equal(status_at(&r, web), 403);
    end(&r, "/v1/evenkeel/fault");
    assert_int_equal(status_at(&r, web), 200);
    registry_deinit(&r);
}

static void takeover_refuses_consistent_reads_only(void **state)
{
    struct registry r;

    (void)state;
    setup(&r);
    begin(&r, "{\"fault\":\"not_consistent\"}");
    assert_int_equal(status_at(&r, "/v1/health/service/web?consistent"), 500);
    assert_int_equal(status_at(&r, web), 200);
    registry_deinit(&r);
}

static void slow_answers_come_later(void **state)
{
    struct registry r;
    struct answer answer;

    (void)state;
    setup(&r);
    begin(&r, "{\"fault\":\"slow\",\"delay\":\"250ms\"}");
    ask(&r, 1, "GET", web, NULL);
    pass_time(&r, SECOND / 4 - 1);
    assert_false(pull(&r, &answer));
    pass_time(&r, 1);
    assert_true(pull(&r, &answer));
    assert_int_equal(json_array_size(answer.json), 4);
    forget(&answer);
    registry_deinit(&r);
}

static void bodies_are_cut_stalled_or_spoiled(void **state)
{
    struct registry r;
    struct ek_consul_response response;
    size_t whole;

    (void)state;
    setup(&r);
    ask(&r, 1, "GET", web, NULL);
    assert_true(ek_consul_response(r.consul, &response));
    assert_int_equal(response.delivery, EK_CONSUL_DELIVER_ALL);
    whole = response.body_size;

    begin(&r, "{\"fault\":\"truncated\",\"bytes\":100}");
    ask(&r, 1, "GET", web, NULL);
    assert_true(ek_consul_response(r.consul, &response));
    assert_int_equal(response.delivery, EK_CONSUL_DELIVER_CUT);
    assert_int_equal(response.deliver_bytes, 100);
    assert_int_equal(response.body_size, whole);
    end(&r, "/v1/evenkeel/fault");

    begin(&r, "{\"fault\":\"half_closed\",\"bytes\":100000}");
    ask(&r, 1, "GET", web, NULL);
    assert_true(ek_consul_response(r.consul, &response));
    assert_int_equal(response.delivery, EK_CONSUL_DELIVER_STALL);
    assert_int_equal(response.deliver_bytes, whole);
    end(&r, "/v1/evenkeel/fault");

    begin(&r, "{\"fault\":\"garbage\"}");
    ask(&r, 1, "GET", web, NULL);
    assert_true(ek_consul_response(r.consul, &response));
    assert_int_equal(response.status, 200);
    assert_int_equal(response.body_size, whole);
    assert_null(json_loadb(response.body, response.body_size, 0, NULL));
    registry_deinit(&r);
}

static void restarted_agent_comes_back(void **state)
{
    struct registry r;

    (void)state;
    setup(&r);
    begin(&r, "{\"fault\":\"agent_restart\",\"node\":\"n2\",\"for\":\"20s\"}");
    assert_int_equal(status_at(&r, web), 0);
    pass_time(&r, 6 * SECOND);
    {
        struct answer answer = call(&r, 0, "GET", "/v1/health/service/web?passing", NULL);

        assert_int_equal(json_array_size(answer.json), 0);
        forget(&answer);
    }
    pass_time(&r, 15 * SECOND);
    assert_int_equal(status_at(&r, web), 200);
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoint_lists_ends_and_refuses),
        cmocka_unit_test(lost_leader_is_replaced),
        cmocka_unit_test(gone_servers_leave_what_the_agent_has),
        cmocka_unit_test(lagging_follower_tells_an_older_index),
        cmocka_unit_test(frozen_view_wakes_no_one_and_thaws),
        cmocka_unit_test(partial_and_unsorted_lists),
        cmocka_unit_test(flapping_checks_turn_and_come_to_rest),
        cmocka_unit_test(storm_runs_out_every_ttl),
        cmocka_unit_test(rate_limit_refuses_what_is_too_much),
        cmocka_unit_test(lost_rights_are_empty_or_forbidden),
        cmocka_unit_test(takeover_refuses_consistent_reads_only),
        cmocka_unit_test(slow_answers_come_later),
        cmocka_unit_test(bodies_are_cut_stalled_or_spoiled),
        cmocka_unit_test(restarted_agent_comes_back),
    };

    return cmocka_run_group_tests_name("fake-consul/faults", tests, NULL, NULL);
}
