/* What a Consul 1.8.7 answered, request by request, in the differential test
 * (tests/clients/differential.py). */
#include "tests/fake-consul/registry.h"

struct exchange {
    const char *method, *path, *body;
    int status;
    const char *text;
};

#define DECODE "Request decode failed: json: "

static const struct exchange exchanges[] = {
    {"PUT", "/v1/catalog/register", "5", 400,
     DECODE "cannot unmarshal number into Go value of type structs.RegisterRequest"},
    {"PUT", "/v1/catalog/register", "{\"Node\":5}", 400,
     DECODE "cannot unmarshal number into Go struct field RegisterRequest.Node of type string"},
    {"PUT", "/v1/catalog/register", "{\"Node\":\"x\",\"Service\":{\"Port\":\"x\"}}", 400,
     DECODE "cannot unmarshal string into Go struct field NodeService.Service.Port of type int"},
    {"PUT", "/v1/catalog/register", "{\"Node\":\"x\",\"Namespace\":\"x\"}", 400,
     DECODE "unknown field \"Namespace\" - Namespaces are a Consul Enterprise feature"},
    {"PUT", "/v1/catalog/register", "{\"Node\":\"x\",\"Address\":\"y\",\"Datacenter\":\"z\"}", 500,
     "No path to datacenter"},
    {"PUT", "/v1/catalog/register", "{\"Node\":\"x\",\"Address\":\"y\",\"Service\":{}}", 500,
     "failed inserting service: failed inserting service: object missing primary index"},
    {"PUT", "/v1/catalog/deregister", "[]", 400,
     DECODE "cannot unmarshal array into Go value of type struct { Address string; *structs.Alias "
            "}"},
    {"PUT", "/v1/agent/service/register", "{\"Name\":\"a\",\"Tags\":[5]}", 400,
     DECODE "cannot unmarshal number into Go struct field .Tags of type string"},
    {"PUT", "/v1/agent/service/register", "{\"Name\":\"a\",\"Check\":{\"Name\":5}}", 400,
     DECODE "cannot unmarshal number into Go struct field .Check of type string"},
    {"PUT", "/v1/agent/service/register", "{\"Name\":\"a\",\"Port\":1.5}", 400,
     DECODE "cannot unmarshal number 1.5 into Go struct field .Port of type int"},
    {"PUT", "/v1/agent/service/register", "{\"Name\":\"a\",\"Check\":{\"ID\":\"x\"}}", 400,
     DECODE "unknown field \"ID\""},
    {"PUT", "/v1/agent/check/update/x", "5", 400,
     DECODE "cannot unmarshal number into Go value of type agent.checkUpdate"},
    {"POST", "/v1/query", "{\"Service\":{\"Service\":\"web\"}}", 500,
     "Invalid prepared query: Must be bound to a session"},
    {"POST", "/v1/query", "{\"ID\":\"x\",\"Name\":\"a\"}", 500,
     "ID must be empty when creating a new prepared query"},
    {"GET", "/v1/query/bad", NULL, 500,
     "failed prepared query lookup: index error: UUID must be 36 characters"},
    {"DELETE", "/v1/query/bad", NULL, 500,
     "Prepared Query lookup failed: failed prepared query lookup: index error: UUID must be 36 "
     "characters"},
    {"DELETE", "/v1/query/2b6457f8-27b8-0859-8d40-d2e70d251654", NULL, 500,
     "Cannot modify non-existent prepared query: '2b6457f8-27b8-0859-8d40-d2e70d251654'"},
    {"DELETE", "/v1/query/bad/execute", NULL, 405, "method DELETE not allowed"},
    {"GET", "/v1/query/bad/execute?limit=x", NULL, 500,
     "Bad limit: strconv.Atoi: parsing \"x\": invalid syntax"},
    {"PUT", "/v1/session/destroy/nope", NULL, 500,
     "failed session lookup: index error: UUID must be 36 characters"},
    {"PUT", "/v1/txn", "[]", 200,
     "{\"Results\":[],\"Errors\":null,\"Index\":0,\"LastContact\":0,\"KnownLeader\":true,"
     "\"ConsistencyLevel\":\"\"}"},
    {"PUT", "/v1/txn", "[{}]", 200,
     "{\"Results\":[],\"Errors\":null,\"Index\":0,\"LastContact\":0,\"KnownLeader\":true,"
     "\"ConsistencyLevel\":\"\"}"},
    {"PUT", "/v1/txn", "[{\"KV\":{\"Verb\":\"set\"}}]", 409,
     "{\"Results\":null,\"Errors\":[{\"OpIndex\":0,\"What\":\"Must provide key\"}]}"},
    {"GET", "/v1/catalog/connect/web", NULL, 200, "[]"},
    {"GET", "/v1/health/connect/web", NULL, 200, "[]"},
    {"GET", "/v1/catalog/node-services/none", NULL, 200, "{\"Node\":null,\"Services\":null}"},
    {"GET", "/v1/health/service/web?passing=maybe&filter=Odd%3D%3D1", NULL, 500,
     "Failed to create boolean expression evaluator: Selector \"Odd\" is not valid"},
    {"GET", "/v1/acl/list", NULL, 401, "ACL support disabled"},
    {"PUT", "/v1/event/fire/a?node=%5B", NULL, 500,
     "Invalid node filter: error parsing regexp: missing closing ]: `[`"},
};

static void requests_are_answered_as_by_the_real_one(void **state)
{
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_8);
    for (size_t i = 0; i < sizeof exchanges / sizeof *exchanges; i++) {
        const struct exchange *e = &exchanges[i];
        struct answer answer = call(&r, 0, e->method, e->path, e->body);

        if (answer.status != e->status || strcmp(answer.body, e->text) != 0)
            print_error("%s %s %s\n", e->method, e->path, e->body ? e->body : "");
        assert_string_equal(answer.body, e->text);
        assert_int_equal(answer.status, e->status);
        forget(&answer);
    }
    registry_deinit(&r);
}

/* A session takes members that nobody knows. */
static void sessions_pass_over_unknown_members(void **state)
{
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_8);
    assert_int_equal(status_of(&r, "PUT", "/v1/session/create", "{\"Bogus\":1}"), 200);
    registry_deinit(&r);
}

/* 10,000 watchers of one service, parked in virtual time: one change wakes each exactly once. */
static void ten_thousand_watchers_wake_once_each(void **state)
{
    enum {
        WATCHERS = 10000
    };
    struct ek_consul_response response;
    struct registry r;
    char path[96];
    uint64_t index;
    size_t rows, woken = 0;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    index = read_service(&r, "/v1/health/service/web", &rows);
    snprintf(path, sizeof path, "/v1/health/service/web?index=%llu&wait=5m",
             (unsigned long long)index);
    for (int i = 0; i < WATCHERS; i++)
        assert_int_not_equal(ask(&r, (uint32_t)i % 2, "GET", path, NULL), 0);
    assert_false(ek_consul_response(r.consul, &response));

    ask(&r, 1, "PUT", "/v1/agent/check/fail/web-1", NULL);
    while (ek_consul_response(r.consul, &response)) {
        if (response.status != 200)
            print_error("%d %s\n", response.status, response.body);
        assert_int_equal(response.status, 200);
        woken++;
    }
    assert_int_equal(woken, WATCHERS + 1); /* and the answer to who made the change */
    print_message("%d watchers, each woken once\n", WATCHERS);
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered_as_by_the_real_one),
        cmocka_unit_test(sessions_pass_over_unknown_members),
        cmocka_unit_test(ten_thousand_watchers_wake_once_each),
    };

    return cmocka_run_group_tests_name("fake-consul/real", tests, NULL, NULL);
}
