/* Keys, locks, transactions, events: what the recordings leave open. */
#include "tests/fake-consul/registry.h"

static void expect(struct registry *r, const char *method, const char *target, const char *body,
                   int status, const char *text)
{
    struct answer answer = call(r, 0, method, target, body);

    if (answer.status != status || (text && strcmp(answer.body, text) != 0))
        fail_msg("%s %s: %d %s", method, target, answer.status, answer.body);
    forget(&answer);
}

static void lists_are_cut_at_the_separator(void **state)
{
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/kv/a/1", "x");
    put(&r, "/v1/kv/a/b/2", "x");
    put(&r, "/v1/kv/a/b/3", "x");
    put(&r, "/v1/kv/c", "x");

    expect(&r, "GET", "/v1/kv/a/?keys", NULL, 200, "[\"a/1\",\"a/b/2\",\"a/b/3\"]");
    expect(&r, "GET", "/v1/kv/a/?keys&separator=/", NULL, 200, "[\"a/1\",\"a/b/\"]");
    expect(&r, "GET", "/v1/kv/?keys&seperator=/", NULL, 200, "[\"a/\",\"c\"]");
    expect(&r, "GET", "/v1/kv/a%2F1?raw", NULL, 200, "x");
    expect(&r, "GET", "/v1/kv/", NULL, 400, "Missing key name");
    expect(&r, "DELETE", "/v1/kv/?recurse", NULL, 200, "true");
    expect(&r, "GET", "/v1/kv/?keys", NULL, 200, "[]");
    expect(&r, "GET", "/v1/kv/?recurse", NULL, 404, "");
    registry_deinit(&r);
}

static void same_value_keeps_its_index(void **state)
{
    struct registry r;
    uint64_t first, second;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/kv/a", "x");
    first = read_service(&r, "/v1/kv/a", NULL);
    put(&r, "/v1/kv/a", "x");
    second = read_service(&r, "/v1/kv/a", NULL);
    assert_true(first == second);
    registry_deinit(&r);
}

/* A tombstone holds the index of a list up for 15 minutes. */
static void index_of_a_list_falls_when_its_tombstone_goes(void **state)
{
    struct registry r;
    uint64_t kept, after_delete, after_gc;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/kv/a/1", "x");
    kept = read_service(&r, "/v1/kv/a/?recurse", NULL);
    put(&r, "/v1/kv/a/2", "x");
    expect(&r, "DELETE", "/v1/kv/a/2", NULL, 200, "true");
    after_delete = read_service(&r, "/v1/kv/a/?recurse", NULL);
    assert_true(after_delete == kept + 2);

    pass_time(&r, 899 * SECOND);
    assert_true(read_service(&r, "/v1/kv/a/?recurse", NULL) == after_delete);
    pass_time(&r, 2 * SECOND);
    after_gc = read_service(&r, "/v1/kv/a/?recurse", NULL);
    assert_true(after_gc == kept);
    registry_deinit(&r);
}

/* Sends a write and counts the rows of the read that it wakes; 0 for none. */
static size_t rows_woken_by(struct registry *r, const char *target)
{
    struct answer answer;
    size_t rows = 0;

    ask(r, 0, "PUT", target, "x");
    while (pull(r, &answer)) {
        rows += json_array_size(answer.json);
        forget(&answer);
    }
    return rows;
}

static void only_changes_of_its_own_keys_wake_a_read(void **state)
{
    struct registry r;
    uint64_t index;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/kv/a/1", "x");
    index = read_service(&r, "/v1/kv/a/?recurse", NULL);
    ask(&r, 0, "GET", "/v1/kv/a/1?index=99&wait=60s", NULL);
    park(&r, 0, "/v1/kv/a/", index, "&recurse&wait=60s");

    assert_int_equal(rows_woken_by(&r, "/v1/kv/b"), 0);
    assert_int_equal(rows_woken_by(&r, "/v1/kv/a/2"), 2);
    assert_int_equal(rows_woken_by(&r, "/v1/kv/a/1"), 0);
    registry_deinit(&r);
}

static void too_large_values_are_refused(void **state)
{
    size_t size = 512 * 1024 + 1;
    char *value = malloc(size + 1);
    struct registry r;
    struct answer answer;

    (void)state;
    assert_non_null(value);
    memset(value, 'a', size);
    value[size] = '\0';
    registry_init(&r, EK_CONSUL_1_10);
    answer = call(&r, 0, "PUT", "/v1/kv/big", value);
    assert_int_equal(answer.status, 413);
    assert_string_equal(answer.body,
                        "Request body(524289 bytes) too large, max size: 524288 bytes. "
                        "See https://www.consul.io/docs/agent/options.html"
                        "#kv_max_value_size.");
    assert_string_equal(header(&answer, "Connection"), "close");
    forget(&answer);
    value[size - 1] = '\0';
    assert_int_equal(status_of(&r, "PUT", "/v1/kv/big", value), 200);
    free(value);
    registry_deinit(&r);
}

/* Returns the id of a new session. */
static void new_session(struct registry *r, const char *body, char id[37])
{
    struct answer answer = call(r, 1, "PUT", "/v1/session/create", body);

    assert_int_equal(answer.status, 200);
    snprintf(id, 37, "%s", json_string_value(json_object_get(answer.json, "ID")));
    forget(&answer);
}

static bool locks(struct registry *r, const char *session)
{
    char target[128];
    struct answer answer;
    bool won;

    snprintf(target, sizeof target, "/v1/kv/lock?acquire=%s", session);
    answer = call(r, 1, "PUT", target, "me");
    won = strcmp(answer.body, "true") == 0;
    forget(&answer);
    return won;
}

/* Without a renewal a session ends after twice its TTL; then the key has to rest. */
static void lost_session_frees_its_lock_after_the_delay(void **state)
{
    char first[37], second[37];
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    new_session(&r, "{\"TTL\":\"10s\",\"LockDelay\":\"5s\"}", first);
    new_session(&r, "{}", second);
    assert_true(locks(&r, first));
    assert_false(locks(&r, second));

    pass_time(&r, 20 * SECOND - 1);
    assert_true(locks(&r, first));
    pass_time(&r, 1);
    assert_false(locks(&r, second));
    pass_time(&r, 5 * SECOND);
    assert_true(locks(&r, second));
    registry_deinit(&r);
}

static void critical_node_ends_its_sessions(void **state)
{
    char session[37];
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    new_session(&r, "{\"Behavior\":\"delete\"}", session);
    assert_true(locks(&r, session));
    ek_consul_agent_stop(r.consul, 1, 1, r.now);
    expect(&r, "GET", "/v1/kv/lock?raw", NULL, 200, "me");

    pass_time(&r, 6 * SECOND);
    expect(&r, "GET", "/v1/kv/lock?raw", NULL, 404, "");
    expect(&r, "GET", "/v1/session/list", NULL, 200, "[]");
    registry_deinit(&r);
}

static void sessions_are_refused_in_the_words_of_the_version(void **state)
{
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    expect(&r, "PUT", "/v1/session/create", "{\"Checks\":[\"nope\"]}", 500,
           "apply failed: Missing check 'nope' registration");
    expect(&r, "PUT", "/v1/session/create", "{\"Behavior\":\"x\"}", 500,
           "Invalid Behavior setting 'x'");
    expect(&r, "PUT", "/v1/kv/a?acquire=00000000-0000-0000-0000-000000000009", "x", 500,
           "raft apply failed: invalid session \"00000000-0000-0000-0000-000000000009\"");
    expect(&r, "GET", "/v1/session/info/x", NULL, 500,
           "failed session lookup: index error: UUID must be 36 characters");
    registry_deinit(&r);
    registry_init(&r, EK_CONSUL_1_8);
    expect(&r, "PUT", "/v1/session/create", "{\"Checks\":[\"nope\"]}", 500,
           "Missing check 'nope' registration");
    expect(&r, "PUT", "/v1/kv/a?acquire=00000000-0000-0000-0000-000000000009", "x", 500,
           "invalid session \"00000000-0000-0000-0000-000000000009\"");
    registry_deinit(&r);
}

/* All or nothing, over keys and the catalog. */
static void transaction_that_fails_leaves_no_trace(void **state)
{
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/kv/t/0", "x");
    expect(&r, "PUT", "/v1/txn",
           "[{\"KV\":{\"Verb\":\"set\",\"Key\":\"t/1\",\"Value\":\"aGk=\"}},"
           "{\"KV\":{\"Verb\":\"delete-tree\",\"Key\":\"t/\"}},"
           "{\"Node\":{\"Verb\":\"set\",\"Node\":{\"Node\":\"e1\",\"Address\":\"10.0.0.9\"}}},"
           "{\"KV\":{\"Verb\":\"get\",\"Key\":\"t/1\"}}]",
           409,
           "{\"Results\":null,\"Errors\":[{\"OpIndex\":3,\"What\":\"key \\\"t/1\\\" doesn't "
           "exist\"}]}");
    expect(&r, "GET", "/v1/kv/t/?keys", NULL, 200, "[\"t/0\"]");
    expect(&r, "GET", "/v1/catalog/node/e1", NULL, 200, "null");

    assert_int_equal(
        status_of(
            &r, "PUT", "/v1/txn",
            "[{\"Node\":{\"Verb\":\"set\",\"Node\":{\"Node\":\"e1\",\"Address\":\"10.0.0.9\"}}},"
            "{\"Service\":{\"Verb\":\"set\",\"Node\":\"e1\",\"Service\":{\"ID\":\"s1\","
            "\"Service\":\"s\",\"Port\":1}}},"
            "{\"Check\":{\"Verb\":\"set\",\"Check\":{\"Node\":\"e1\",\"CheckID\":\"c\","
            "\"Name\":\"c\",\"Status\":\"passing\",\"ServiceID\":\"s1\"}}}]"),
        200);
    read_service(&r, "/v1/health/service/s?passing", &(size_t){0});
    registry_deinit(&r);
    /* What writes nothing is answered as a read; so did a Consul 1.8.7. */
    registry_init(&r, EK_CONSUL_1_8);
    expect(&r, "PUT", "/v1/txn", "[{\"KV\":{\"Verb\":\"jump\",\"Key\":\"t\"}}]", 409,
           "{\"Results\":null,\"Errors\":[{\"OpIndex\":0,\"What\":\"unknown KV verb "
           "\\\"jump\\\"\"}],\"Index\":0,\"LastContact\":0,\"KnownLeader\":true,"
           "\"ConsistencyLevel\":\"\"}");
    registry_deinit(&r);
}

static void read_only_transaction_tells_the_leader(void **state)
{
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/kv/a", "hi");
    for (int i = 0; i < 2; i++) {
        struct answer answer =
            call(&r, 0, "PUT", "/v1/txn", "[{\"KV\":{\"Verb\":\"get-tree\",\"Key\":\"a\"}}]");

        assert_int_equal(answer.status, 200);
        assert_string_equal(header(&answer, "X-Consul-Knownleader"), "true");
        assert_int_equal(json_integer_value(json_object_get(answer.json, "Index")), i == 0);
        assert_true((json_object_get(answer.json, "Backend") != NULL) == (i == 0));
        forget(&answer);
        registry_deinit(&r);
        registry_init(&r, EK_CONSUL_1_8);
        put(&r, "/v1/kv/a", "hi");
    }
    registry_deinit(&r);
}

static void events_wake_whoever_waits_for_another(void **state)
{
    struct registry r;
    struct answer answer;
    char target[128];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/event/fire/a", "x");
    answer = call(&r, 0, "GET", "/v1/event/list", NULL);
    snprintf(target, sizeof target, "/v1/event/list?index=%llu&wait=60s",
             (unsigned long long)answer.index);
    forget(&answer);
    ask(&r, 0, "GET", target, NULL);
    assert_false(pull(&r, &answer));

    assert_int_equal(rows_woken_by(&r, "/v1/event/fire/b"), 2);
    expect(&r, "PUT", "/v1/event/fire/", NULL, 400, "Missing name");
    expect(&r, "GET", "/v1/event/list?name=none", NULL, 200, "[]");
    registry_deinit(&r);
}

static void queries_leave_out_what_is_critical_and_know_templates(void **state)
{
    struct registry r;
    struct answer answer;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "w1");
    register_instance(&r, "web", "w2");
    put(&r, "/v1/agent/check/warn/w1", NULL);
    put(&r, "/v1/agent/check/fail/w2", NULL);
    assert_int_equal(status_of(&r, "POST", "/v1/query",
                               "{\"Name\":\"geo-\",\"Template\":{\"Type\":\"name_prefix_match\"},"
                               "\"Service\":{\"Service\":\"${name.suffix}\"}}"),
                     200);
    answer = call(&r, 0, "GET", "/v1/query/geo-web/execute?limit=5", NULL);
    assert_int_equal(json_array_size(json_object_get(answer.json, "Nodes")), 1);
    assert_string_equal(json_string_value(json_object_get(answer.json, "Service")), "web");
    forget(&answer);
    answer = call(&r, 0, "GET", "/v1/query/geo-db/explain", NULL);
    assert_string_equal(
        json_string_value(json_object_get(
            json_object_get(json_object_get(answer.json, "Query"), "Service"), "Service")),
        "db");
    forget(&answer);
    expect(&r, "GET", "/v1/query/none/execute", NULL, 404, "Query not found");
    expect(&r, "POST", "/v1/query", "{\"Name\":\"geo-\",\"Service\":{\"Service\":\"x\"}}", 500,
           "raft apply failed: name 'geo-' aliases an existing query name");
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_cut_at_the_separator),
        cmocka_unit_test(same_value_keeps_its_index),
        cmocka_unit_test(index_of_a_list_falls_when_its_tombstone_goes),
        cmocka_unit_test(only_changes_of_its_own_keys_wake_a_read),
        cmocka_unit_test(too_large_values_are_refused),
        cmocka_unit_test(lost_session_frees_its_lock_after_the_delay),
        cmocka_unit_test(critical_node_ends_its_sessions),
        cmocka_unit_test(sessions_are_refused_in_the_words_of_the_version),
        cmocka_unit_test(transaction_that_fails_leaves_no_trace),
        cmocka_unit_test(read_only_transaction_tells_the_leader),
        cmocka_unit_test(events_wake_whoever_waits_for_another),
        cmocka_unit_test(queries_leave_out_what_is_critical_and_know_templates),
    };

    return cmocka_run_group_tests_name("fake-consul/kv", tests, NULL, NULL);
}
