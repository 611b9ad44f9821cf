/* HTTP, TCP and gRPC checks, whose looks the owner takes. */
#include "tests/fake-consul/registry.h"

static void register_check(struct registry *r, const char *check)
{
    char body[512];

    snprintf(body, sizeof body, "{\"Name\":\"web\",\"Check\":%s}", check);
    put(r, "/v1/agent/service/register", body);
}

/* Lets time pass until a look is due. */
static struct ek_consul_probe next_look(struct registry *r)
{
    struct ek_consul_probe probe;

    for (int i = 0; !ek_consul_probe(r->consul, &probe); i++) {
        assert_true(i < 100);
        r->now = ek_consul_deadline(r->consul);
        ek_consul_tick(r->consul, r->now);
    }
    return probe;
}

static void check_says(struct registry *r, const char *status, const char *output)
{
    struct answer answer = call(r, 0, "GET", "/v1/health/checks/web", NULL);
    const json_t *check = json_array_get(answer.json, 0);

    assert_string_equal(json_string_value(json_object_get(check, "Status")), status);
    assert_string_equal(json_string_value(json_object_get(check, "Output")), output);
    forget(&answer);
}

static void tell(struct registry *r, uint64_t id, int status, const char *body, const char *error)
{
    struct ek_consul_probe_result result = {
        .status = status, .body = body, .body_size = body ? strlen(body) : 0, .error = error};

    ek_consul_probe_done(r->consul, id, &result, r->now);
}

static void http_statuses_have_their_meaning(void **state)
{
    struct ek_consul_probe probe;
    struct registry r;
    int64_t first;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_check(&r, "{\"HTTP\":\"http://10.0.0.9/h\",\"Method\":\"PUT\",\"Body\":\"b\","
                       "\"Header\":{\"X-A\":[\"1\",\"2\"],\"accept\":[\"*\"]},"
                       "\"Interval\":\"10s\",\"Timeout\":\"3s\"}");
    check_says(&r, "critical", "");
    probe = next_look(&r);
    first = r.now;
    /* The first look comes somewhere within the interval. */
    assert_in_range(first, 0, 10 * SECOND);
    assert_int_equal(probe.agent, 1);
    assert_string_equal(probe.method, "PUT");
    assert_string_equal(probe.body, "b");
    assert_true(probe.timeout_ns == 3 * SECOND);
    assert_int_equal(probe.header_count, 4);
    assert_string_equal(probe.headers[3].name, "User-Agent");
    tell(&r, probe.id, 204, NULL, NULL);
    check_says(&r, "passing", "HTTP PUT http://10.0.0.9/h: 204 No Content Output: ");

    probe = next_look(&r);
    assert_true(r.now == first + 10 * SECOND);
    tell(&r, probe.id, 429, "busy", NULL);
    check_says(&r, "warning", "HTTP PUT http://10.0.0.9/h: 429 Too Many Requests Output: busy");
    probe = next_look(&r);
    tell(&r, probe.id, 0, NULL, "dial tcp 10.0.0.9:80: connect: connection refused");
    check_says(&r, "critical",
               "Put \"http://10.0.0.9/h\": dial tcp 10.0.0.9:80: connect: connection refused");
    registry_deinit(&r);
}

static void tcp_and_grpc_looks(void **state)
{
    struct ek_consul_probe probe;
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_check(&r, "{\"TCP\":\"10.0.0.9:80\",\"Interval\":\"1ms\"}");
    probe = next_look(&r);
    assert_int_equal(probe.kind, EK_CONSUL_PROBE_TCP);
    assert_true(r.now < SECOND); /* an interval is at least a second */
    tell(&r, probe.id, 0, NULL, NULL);
    check_says(&r, "passing", "TCP connect 10.0.0.9:80: Success");
    registry_deinit(&r);

    registry_init(&r, EK_CONSUL_1_10);
    register_check(&r, "{\"GRPC\":\"10.0.0.9:80/s\",\"GRPCUseTLS\":true,\"Interval\":\"1s\"}");
    probe = next_look(&r);
    assert_int_equal(probe.kind, EK_CONSUL_PROBE_GRPC);
    assert_true(probe.use_tls);
    tell(&r, probe.id, 1, NULL, NULL);
    check_says(&r, "passing", "gRPC check 10.0.0.9:80/s: success");
    probe = next_look(&r);
    tell(&r, probe.id, 2, NULL, NULL);
    check_says(&r, "critical", "gRPC s serving status: NOT_SERVING");
    registry_deinit(&r);
}

static void look_without_an_answer_fails_after_its_timeout(void **state)
{
    struct ek_consul_probe probe;
    struct registry r;
    uint64_t id;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_check(&r, "{\"TCP\":\"10.0.0.9:80\",\"Interval\":\"5s\",\"Timeout\":\"2s\"}");
    probe = next_look(&r);
    tell(&r, probe.id, 0, NULL, NULL);
    probe = next_look(&r);
    id = probe.id;
    pass_time(&r, 3 * SECOND - 1);
    check_says(&r, "passing", "TCP connect 10.0.0.9:80: Success");
    pass_time(&r, 1);
    check_says(&r, "critical", "dial tcp 10.0.0.9:80: i/o timeout");
    /* What comes too late counts no more. */
    tell(&r, id, 0, NULL, NULL);
    check_says(&r, "critical", "dial tcp 10.0.0.9:80: i/o timeout");
    registry_deinit(&r);
}

static void checks_that_go_take_their_looks_along(void **state)
{
    struct ek_consul_probe probe;
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_check(&r, "{\"TCP\":\"10.0.0.9:80\",\"Interval\":\"5s\"}");
    pass_time(&r, 5 * SECOND); /* due, not taken */
    put(&r, "/v1/agent/service/deregister/web", NULL);
    assert_false(ek_consul_probe(r.consul, &probe));
    register_check(&r, "{\"TCP\":\"10.0.0.9:80\",\"Interval\":\"5s\"}");
    probe = next_look(&r);
    put(&r, "/v1/agent/service/deregister/web", NULL);
    tell(&r, probe.id, 0, NULL, NULL);
    registry_deinit(&r);
}

/* After a restart interval checks are critical until they are looked at. */
static void restart_makes_interval_checks_critical(void **state)
{
    struct ek_consul_probe probe;
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_check(&r, "{\"TCP\":\"10.0.0.9:80\",\"Interval\":\"5s\"}");
    probe = next_look(&r);
    tell(&r, probe.id, 0, NULL, NULL);
    ek_consul_agent_stop(r.consul, 1, 1, r.now);
    pass_time(&r, SECOND);
    ek_consul_agent_start(r.consul, 1, 1, r.now);
    pass_time(&r, SECOND / 10);
    check_says(&r, "critical", "TCP connect 10.0.0.9:80: Success");
    probe = next_look(&r);
    tell(&r, probe.id, 0, NULL, NULL);
    check_says(&r, "passing", "TCP connect 10.0.0.9:80: Success");
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_statuses_have_their_meaning),
        cmocka_unit_test(tcp_and_grpc_looks),
        cmocka_unit_test(look_without_an_answer_fails_after_its_timeout),
        cmocka_unit_test(checks_that_go_take_their_looks_along),
        cmocka_unit_test(restart_makes_interval_checks_critical),
    };

    return cmocka_run_group_tests_name("fake-consul/probe", tests, NULL, NULL);
}
