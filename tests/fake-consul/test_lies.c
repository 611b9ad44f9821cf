/* The scripted lies, the agent that stops. */
#include "tests/fake-consul/registry.h"

static const char web[] = "/v1/health/service/web";

static void setup(struct registry *r, enum ek_consul_version version)
{
    registry_init(r, version);
    register_instance(r, "web", "web-1");
    register_instance(r, "web", "web-2");
    register_instance(r, "api", "api-1");
}

static void empty_lie_wakes_with_nothing_and_ends_with_the_truth(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index, api;
    size_t rows;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    index = read_service(&r, web, NULL);
    api = read_service(&r, "/v1/health/service/api", NULL);
    park(&r, 0, web, index, "&passing");
    park(&r, 0, "/v1/health/service/api", api, "");

    ek_consul_fault_begin(r.consul, EK_CONSUL_EMPTY, "web", 77, r.now);

    assert_true(pull(&r, &answer));
    assert_string_equal(answer.body, "[]");
    assert_true(answer.index > index);
    assert_true(answer.cause == 77);
    index = answer.index;
    forget(&answer);
    assert_false(pull(&r, &answer));
    assert_true(read_service(&r, web, &rows) == index);
    assert_int_equal(rows, 0);

    park(&r, 0, web, index, "&passing");
    ek_consul_fault_end(r.consul, EK_CONSUL_EMPTY, 78, r.now);

    assert_true(pull(&r, &answer));
    assert_int_equal(json_array_size(answer.json), 2);
    assert_true(answer.index > index);
    assert_true(answer.cause == 78);
    assert_true(read_service(&r, web, &rows) == answer.index);
    assert_int_equal(rows, 2);
    forget(&answer);
    registry_deinit(&r);
}

static void silence_answers_nothing_until_it_ends(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index, parked, asked, beat;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    index = read_service(&r, web, NULL);
    parked = park(&r, 0, web, index, "&wait=5s");

    ek_consul_fault_begin(r.consul, EK_CONSUL_SILENT, NULL, 1, r.now);
    asked = ask(&r, 0, "GET", web, NULL);
    beat = ask(&r, 1, "PUT", "/v1/agent/check/fail/web-1", NULL);
    pass_time(&r, 20 * SECOND);
    assert_false(pull(&r, &answer));

    ek_consul_fault_end(r.consul, EK_CONSUL_SILENT, 2, r.now);

    assert_true(pull(&r, &answer));
    assert_true(answer.id == parked);
    forget(&answer);
    assert_true(pull(&r, &answer));
    assert_true(answer.id == asked);
    forget(&answer);
    assert_true(pull(&r, &answer));
    assert_true(answer.id == beat);
    assert_int_equal(answer.status, 200);
    forget(&answer);
    registry_deinit(&r);
}

static void heartbeats_lost_in_a_silence_let_the_checks_expire(void **state)
{
    struct registry r;
    size_t rows;

    (void)state;
    setup(&r, EK_CONSUL_1_10);

    ek_consul_fault_begin(r.consul, EK_CONSUL_SILENT, NULL, 1, r.now);
    ek_consul_cancel(r.consul, ask(&r, 1, "PUT", "/v1/agent/check/pass/web-1", NULL));
    pass_time(&r, 31 * SECOND);
    ek_consul_fault_end(r.consul, EK_CONSUL_SILENT, 2, r.now);

    read_service(&r, "/v1/health/service/web?passing", &rows);
    assert_int_equal(rows, 0);
    registry_deinit(&r);
}

static void lost_leader_fails_what_is_in_flight_at_once(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index, streaming, plain, stale;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    index = read_service(&r, web, NULL);
    streaming = park(&r, 1, web, index, "&wait=20s");
    plain = park(&r, 1, web, index, "&wait=20s&near=n9");
    stale = park(&r, 1, web, index, "&wait=20s&near=n9&stale");

    pass_time(&r, SECOND);
    ek_consul_fault_begin(r.consul, EK_CONSUL_NO_LEADER, NULL, 9, r.now);

    for (int i = 0; i < 2; i++) {
        assert_true(pull(&r, &answer));
        assert_int_equal(answer.status, 500);
        assert_true(answer.cause == 9);
        assert_string_equal(answer.body,
                            answer.id == streaming
                                ? "rpc error: code = Unavailable desc = transport is closing"
                                : "rpc error making call: EOF");
        assert_true(answer.id == streaming || answer.id == plain);
        forget(&answer);
    }
    assert_false(pull(&r, &answer));
    pass_time(&r, 21 * SECOND);
    assert_true(pull(&r, &answer));
    assert_true(answer.id == stale);
    assert_int_equal(answer.status, 200);
    forget(&answer);
    registry_deinit(&r);
}

static void reads_without_a_leader_are_held_seven_seconds(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t id;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    ek_consul_fault_begin(r.consul, EK_CONSUL_NO_LEADER, NULL, 9, r.now);

    id = ask(&r, 0, "GET", web, NULL);
    pass_time(&r, 7 * SECOND - 1);
    assert_false(pull(&r, &answer));
    pass_time(&r, 1);

    assert_true(pull(&r, &answer));
    assert_true(answer.id == id);
    assert_int_equal(answer.status, 500);
    assert_string_equal(answer.body, "No cluster leader");
    assert_true(answer.index == 0);
    forget(&answer);

    ask(&r, 1, "GET", web, NULL);
    pass_time(&r, 7 * SECOND);
    assert_true(pull(&r, &answer));
    assert_string_equal(answer.body, "rpc error making call: No cluster leader");
    forget(&answer);

    answer = call(&r, 0, "GET", "/v1/health/service/web?stale", NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(header(&answer, "X-Consul-Knownleader"), "false");
    assert_string_equal(header(&answer, "X-Consul-Lastcontact"), "14000");
    forget(&answer);
    answer = call(&r, 0, "GET", "/v1/status/leader", NULL);
    assert_string_equal(answer.body, "\"\"");
    forget(&answer);
    registry_deinit(&r);
}

static void held_requests_go_on_when_a_leader_is_back(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t read;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    ek_consul_fault_begin(r.consul, EK_CONSUL_NO_LEADER, NULL, 9, r.now);
    read = ask(&r, 0, "GET", web, NULL);

    pass_time(&r, 3 * SECOND);
    ek_consul_fault_end(r.consul, EK_CONSUL_NO_LEADER, 10, r.now);

    assert_true(pull(&r, &answer));
    assert_true(answer.id == read);
    assert_int_equal(answer.status, 200);
    forget(&answer);
    registry_deinit(&r);
}

static void registration_without_a_leader_is_accepted_and_written_later(void **state)
{
    struct registry r;
    struct answer answer;
    size_t rows;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    ek_consul_fault_begin(r.consul, EK_CONSUL_NO_LEADER, NULL, 9, r.now);

    ask(&r, 1, "PUT", "/v1/agent/service/register", "{\"Name\":\"late\",\"Port\":1}");
    pass_time(&r, 7 * SECOND);
    assert_true(pull(&r, &answer));
    assert_int_equal(answer.status, 200);
    forget(&answer);
    read_service(&r, "/v1/health/service/late?stale", &rows);
    assert_int_equal(rows, 0);

    ek_consul_fault_end(r.consul, EK_CONSUL_NO_LEADER, 10, r.now);
    read_service(&r, "/v1/health/service/late", &rows);
    assert_int_equal(rows, 1);
    registry_deinit(&r);
}

static void stale_lie_shows_the_catalog_of_its_beginning(void **state)
{
    struct registry r;
    struct answer answer;
    uint64_t index;
    size_t rows;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    index = read_service(&r, web, NULL);
    park(&r, 0, web, index, "&wait=60s");
    ek_consul_fault_begin(r.consul, EK_CONSUL_STALE, NULL, 5, r.now);

    put(&r, "/v1/agent/check/fail/web-1", NULL);
    put(&r, "/v1/agent/service/deregister/web-2", NULL);

    assert_false(pull(&r, &answer));
    assert_true(read_service(&r, "/v1/health/service/web?passing", &rows) == index);
    assert_int_equal(rows, 2);
    read_service(&r, "/v1/catalog/service/web", &rows);
    assert_int_equal(rows, 2);

    ek_consul_fault_end(r.consul, EK_CONSUL_STALE, 6, r.now);

    assert_true(pull(&r, &answer));
    assert_true(answer.index > index);
    assert_true(answer.cause == 6);
    assert_int_equal(json_array_size(answer.json), 1);
    forget(&answer);
    read_service(&r, "/v1/health/service/web?passing", &rows);
    assert_int_equal(rows, 0);
    registry_deinit(&r);
}

static void restore_answers_old_and_then_counts_from_a_low_index(void **state)
{
    const enum ek_consul_version versions[] = {EK_CONSUL_1_8, EK_CONSUL_1_10};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct registry r;
        struct answer answer;
        uint64_t index, low;
        size_t rows;

        setup(&r, versions[i]);
        index = read_service(&r, web, NULL);
        park(&r, 0, web, index, "&wait=60s");

        ek_consul_fault_begin(r.consul, EK_CONSUL_INDEX_BACK, NULL, 3, r.now);

        assert_true(pull(&r, &answer));
        assert_true(answer.index == index);
        assert_int_equal(json_array_size(answer.json), 2);
        forget(&answer);
        low = read_service(&r, web, &rows);
        assert_true(low < index);
        assert_true(ek_consul_index(r.consul) == low);
        assert_int_equal(rows, 2);

        /* Who keeps the old index hangs for the whole wait although something changes. */
        park(&r, 0, web, index, "&wait=10s");
        put(&r, "/v1/agent/check/fail/web-1", NULL);
        assert_false(pull(&r, &answer));
        pass_time(&r, 11 * SECOND);
        assert_true(pull(&r, &answer));
        assert_true(answer.index < index);
        forget(&answer);
        registry_deinit(&r);
    }
}

static void stopped_agent_closes_connections_and_turns_critical(void **state)
{
    struct registry r;
    struct answer answer;
    struct ek_consul_note note;
    uint64_t index, own, other;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    index = read_service(&r, web, NULL);
    own = park(&r, 1, web, index, "&wait=60s");
    other = park(&r, 0, web, index, "&wait=60s&passing");
    forget_notes(&r);

    ek_consul_agent_stop(r.consul, 1, 42, r.now);

    assert_true(pull(&r, &answer));
    assert_true(answer.id == own);
    assert_int_equal(answer.status, 0);
    forget(&answer);
    ask(&r, 1, "GET", web, NULL);
    assert_true(pull(&r, &answer));
    assert_int_equal(answer.status, 0);
    forget(&answer);
    pass_time(&r, 5 * SECOND);
    assert_false(pull(&r, &answer));
    pass_time(&r, SECOND);
    assert_true(pull(&r, &answer));
    assert_true(answer.id == other);
    assert_int_equal(json_array_size(answer.json), 0);
    assert_true(answer.cause == 42);
    forget(&answer);
    assert_true(next_note(&r, EK_CONSUL_NOTE_CHECK, &note));
    assert_string_equal(note.text, "critical");
    assert_string_equal(note.subject, "");
    assert_int_equal(note.agent, 1);
    assert_true(note.cause == 42);
    registry_deinit(&r);
}

static void started_agent_keeps_what_is_younger_than_its_ttl(void **state)
{
    struct ek_consul_instance instances[2];
    struct registry r;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    pass_time(&r, 20 * SECOND);
    put(&r, "/v1/agent/check/pass/web-1", NULL);
    ek_consul_agent_stop(r.consul, 1, 42, r.now);
    pass_time(&r, 15 * SECOND);
    assert_int_equal(ek_consul_instances(r.consul, "web", instances, 2), 2);
    assert_string_equal(instances[0].status, "critical");

    ek_consul_agent_start(r.consul, 1, 43, r.now);
    pass_time(&r, SECOND);

    /* web-2 was never heard of since its registration, so a restart makes it critical. */
    assert_int_equal(ek_consul_instances(r.consul, "web", instances, 2), 2);
    assert_string_equal(instances[0].service_id, "web-1");
    assert_string_equal(instances[0].status, "passing");
    assert_string_equal(instances[1].status, "critical");
    pass_time(&r, 30 * SECOND);
    ek_consul_instances(r.consul, "web", instances, 2);
    assert_string_equal(instances[0].status, "critical");
    registry_deinit(&r);
}

static void without_its_server_a_client_agent_fails_reads_at_once(void **state)
{
    struct registry r;
    struct answer answer;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    ek_consul_agent_stop(r.consul, 0, 1, r.now);

    answer = call(&r, 1, "GET", web, NULL);
    assert_int_equal(answer.status, 500);
    assert_non_null(strstr(answer.body, "connect: connection refused"));
    forget(&answer);
    put(&r, "/v1/agent/check/fail/web-1", NULL);

    /* Started again, the server has a leader after a second. */
    ek_consul_agent_start(r.consul, 0, 2, r.now);
    ask(&r, 0, "GET", "/v1/health/service/web?passing", NULL);
    assert_false(pull(&r, &answer));
    pass_time(&r, 2 * SECOND);
    assert_true(pull(&r, &answer));
    assert_int_equal(answer.status, 200);
    assert_int_equal(json_array_size(answer.json), 1);
    forget(&answer);
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_lie_wakes_with_nothing_and_ends_with_the_truth),
        cmocka_unit_test(silence_answers_nothing_until_it_ends),
        cmocka_unit_test(heartbeats_lost_in_a_silence_let_the_checks_expire),
        cmocka_unit_test(lost_leader_fails_what_is_in_flight_at_once),
        cmocka_unit_test(reads_without_a_leader_are_held_seven_seconds),
        cmocka_unit_test(held_requests_go_on_when_a_leader_is_back),
        cmocka_unit_test(registration_without_a_leader_is_accepted_and_written_later),
        cmocka_unit_test(stale_lie_shows_the_catalog_of_its_beginning),
        cmocka_unit_test(restore_answers_old_and_then_counts_from_a_low_index),
        cmocka_unit_test(stopped_agent_closes_connections_and_turns_critical),
        cmocka_unit_test(started_agent_keeps_what_is_younger_than_its_ttl),
        cmocka_unit_test(without_its_server_a_client_agent_fails_reads_at_once),
    };

    return cmocka_run_group_tests_name("fake-consul/lies", tests, NULL, NULL);
}
