/* Tokens, policies, what is denied without them. */
#include "tests/fake-consul/registry.h"

static void setup(struct registry *r, enum ek_consul_version version)
{
    struct ek_consul_config config = {
        .seed = 7, .version = version, .management_token = "root", .default_deny = true};

    *r = (struct registry){.consul = ek_consul_new(&config)};
    assert_non_null(r->consul);
    ek_consul_add_agent(r->consul, "n1", NULL, "10.0.0.1", 0);
    ek_consul_add_agent(r->consul, "n2", NULL, "10.0.0.2", 0);
}

/* As `token`, which may be NULL. */
static struct answer as(struct registry *r, const char *token, const char *method,
                        const char *target, const char *body)
{
    struct ek_consul_header header = {"X-Consul-Token", token};
    struct ek_consul_request request = {.agent = 1,
                                        .method = method,
                                        .target = target,
                                        .headers = &header,
                                        .header_count = token ? 1 : 0,
                                        .body = body,
                                        .body_size = body ? strlen(body) : 0};
    struct answer answer;

    assert_int_not_equal(ek_consul_request(r->consul, &request, r->now), 0);
    assert_true(pull(r, &answer));
    return answer;
}

static void expect(struct registry *r, const char *token, const char *method, const char *target,
                   const char *body, int status, const char *text)
{
    struct answer answer = as(r, token, method, target, body);

    if (answer.status != status || (text && strcmp(answer.body, text) != 0))
        fail_msg("%s %s: %d %s", method, target, answer.status, answer.body);
    forget(&answer);
}

static void add_token(struct registry *r, const char *name, const char *rules)
{
    char body[512];

    snprintf(body, sizeof body, "{\"Name\":\"%s\",\"Rules\":\"%s\"}", name, rules);
    expect(r, "root", "PUT", "/v1/acl/policy", body, 200, NULL);
    snprintf(body, sizeof body, "{\"SecretID\":\"%s\",\"Policies\":[{\"Name\":\"%s\"}]}", name,
             name);
    expect(r, "root", "PUT", "/v1/acl/token", body, 200, NULL);
}

static size_t rows_for(struct registry *r, const char *token, const char *target)
{
    struct answer answer = as(r, token, "GET", target, NULL);
    size_t rows =
        json_is_array(answer.json) ? json_array_size(answer.json) : json_object_size(answer.json);

    assert_int_equal(answer.status, 200);
    forget(&answer);
    return rows;
}

static void rules_open_what_they_name(void **state)
{
    struct registry r;

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    expect(&r, "root", "PUT", "/v1/agent/service/register", "{\"Name\":\"web\"}", 200, "");
    expect(&r, "root", "PUT", "/v1/agent/service/register", "{\"Name\":\"db\"}", 200, "");
    expect(&r, "root", "PUT", "/v1/kv/app/x", "1", 200, "true");
    add_token(&r, "reader",
              "service_prefix \\\"\\\" { policy = \\\"read\\\" }\\nnode_prefix \\\"\\\" { policy = "
              "\\\"read\\\" }\\nservice \\\"db\\\" { policy = \\\"deny\\\" }");
    add_token(&r, "json", "{\\\"key_prefix\\\":{\\\"app/\\\":{\\\"policy\\\":\\\"write\\\"}}}");

    assert_int_equal(rows_for(&r, "reader", "/v1/health/service/web"), 1);
    assert_int_equal(rows_for(&r, "reader", "/v1/health/service/db"), 0);
    assert_int_equal(rows_for(&r, "reader", "/v1/catalog/services"), 2); /* consul, web */
    assert_int_equal(rows_for(&r, "reader", "/v1/agent/services"), 1);
    assert_int_equal(rows_for(&r, NULL, "/v1/health/state/any"), 0);
    assert_int_equal(rows_for(&r, NULL, "/v1/catalog/nodes"), 0);
    expect(&r, "reader", "PUT", "/v1/agent/service/register", "{\"Name\":\"web\"}", 403,
           "Permission denied: Missing service:write on web");
    expect(&r, "reader", "GET", "/v1/kv/app/x", NULL, 403, "Permission denied");
    expect(&r, "json", "PUT", "/v1/kv/app/y", "1", 200, "true");
    expect(&r, "json", "PUT", "/v1/kv/other", "1", 403, "Permission denied");
    expect(&r, "json", "GET", "/v1/kv/?keys", NULL, 200, "[\"app/x\",\"app/y\"]");
    expect(&r, "nobody", "GET", "/v1/health/service/web", NULL, 403, NULL);
    registry_deinit(&r);
}

static void tokens_are_managed_by_those_who_may(void **state)
{
    struct registry r;
    struct answer answer;
    char target[128];

    (void)state;
    setup(&r, EK_CONSUL_1_10);
    add_token(&r, "t", "agent_prefix \\\"\\\" { policy = \\\"read\\\" }");
    expect(&r, "t", "GET", "/v1/agent/self", NULL, 200, NULL);
    expect(&r, "t", "GET", "/v1/acl/tokens", NULL, 403, "Permission denied");
    answer = as(&r, "t", "GET", "/v1/acl/token/self", NULL);
    assert_int_equal(answer.status, 200);
    snprintf(target, sizeof target, "/v1/acl/token/%s",
             json_string_value(json_object_get(answer.json, "AccessorID")));
    forget(&answer);
    expect(&r, "root", "DELETE", target, NULL, 200, "true");
    expect(&r, "t", "GET", "/v1/agent/self", NULL, 403, "ACL not found");
    expect(&r, "root", "PUT", "/v1/acl/policy", "{\"Name\":\"x\",\"Rules\":\"service {\"}", 500,
           "rpc error making call: Failed to parse ACL rules");
    registry_deinit(&r);
}

static void older_version_says_less(void **state)
{
    struct registry r;

    (void)state;
    setup(&r, EK_CONSUL_1_8);
    expect(&r, NULL, "PUT", "/v1/agent/service/register", "{\"Name\":\"web\"}", 403,
           "Permission denied");
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_open_what_they_name),
        cmocka_unit_test(tokens_are_managed_by_those_who_may),
        cmocka_unit_test(older_version_says_less),
    };

    return cmocka_run_group_tests_name("fake-consul/acl", tests, NULL, NULL);
}
