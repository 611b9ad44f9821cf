/* Paths, methods, refusals, hostile input. */
#include "tests/fake-consul/registry.h"

static void expect(struct registry *r, const char *method, const char *target, const char *body,
                   int status, const char *text)
{
    struct answer answer = call(r, 0, method, target, body);

    if (answer.status != status || (text && strcmp(answer.body, text) != 0))
        fail_msg("%s %s: %d %s", method, target, answer.status, answer.body);
    forget(&answer);
}

static void refusals_have_their_status_and_text(void **state)
{
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    expect(&r, "GET", "/v1/nope", NULL, 404, "");
    expect(&r, "GET", "/v1/kv/a", NULL, 404, "");
    expect(&r, "GET", "/v1/agent/service/register", NULL, 405, "method GET not allowed");
    expect(&r, "HEAD", "/v1/catalog/nodes", NULL, 405, "method HEAD not allowed");
    expect(&r, "OPTIONS", "/v1/catalog/nodes", NULL, 200, "");
    expect(&r, "GET", "/v1/catalog/nodes%01", NULL, 400, "");
    expect(&r, "GET", "/v1/catalog/nodes%", NULL, 400, "400 Bad Request");
    expect(&r, "GET", "v1/catalog/nodes", NULL, 400, "400 Bad Request");
    expect(&r, "GET", "", NULL, 400, "400 Bad Request");
    expect(&r, "GET", "/v1/catalog/nodes?a=%g1", NULL, 500, "");
    expect(&r, "GET", "/v1/health/service/web?cached&consistent", NULL, 400,
           "Cannot specify ?cached with ?consistent, conflicting semantics.");
    expect(&r, "GET", "/v1/health/service/web?passing=x", NULL, 400, "Invalid value for ?passing");
    expect(&r, "GET", "/v1/health/service/web?index=18446744073709551616", NULL, 400,
           "Invalid index");
    expect(&r, "GET", "/v1/health/service/web?dc=dc9", NULL, 500, "No path to datacenter");
    expect(&r, "GET", "/v1/health/node/", NULL, 400, "Missing node name");
    expect(&r, "GET", "/v1/health/state/", NULL, 400, "Missing check state");
    expect(&r, "PUT", "/v1/agent/service/register", "", 400, "Request decode failed: EOF");
    expect(&r, "PUT", "/v1/agent/service/register", "{\"Bogus\":1}", 400,
           "Request decode failed: json: unknown field \"Bogus\"");
    expect(&r, "PUT", "/v1/agent/service/register", "{\"Port\":\"x\"}", 400,
           "Request decode failed: json: cannot unmarshal string into Go struct field .Port of "
           "type int");
    expect(&r, "PUT", "/v1/agent/service/register", "{\"Name\":\"x\",\"Check\":{\"TTL\":\"soon\"}}",
           400, "Request decode failed: time: invalid duration \"soon\"");
    expect(&r, "PUT", "/v1/agent/check/register",
           "{\"Name\":\"x\",\"TTL\":\"1s\",\"ServiceID\":\"none\"}", 500,
           "ServiceID \"none\" does not exist");
    expect(&r, "PUT", "/v1/agent/service/maintenance/none?enable=true", NULL, 404,
           "No service registered with ID \"none\"");
    expect(&r, "PUT", "/v1/catalog/register",
           "{\"Node\":\"x\",\"Address\":\"1.1.1.1\",\"Check\":{\"Name\":\"c\","
           "\"ServiceID\":\"s\"}}",
           500, "failed inserting check: Missing service registration on node \"x\"");
    registry_deinit(&r);
}

static void syntax_errors_are_told_in_the_words_of_go(void **state)
{
    static const char *const rows[][2] = {
        {"{", "unexpected EOF"},
        {"{\"a\"", "unexpected EOF"},
        {"{a", "invalid character 'a' looking for beginning of object key string"},
        {"{\"a\" 1", "invalid character '1' after object key"},
        {"{\"a\":1 2", "invalid character '2' after object key:value pair"},
        {"[1 2", "invalid character '2' after array element"},
        {"{\"a\":tru}", "invalid character '}' in literal true (expecting 'e')"},
        {"{\"a\":\"\n\"}", "invalid character '\\n' in string literal"},
        {"{\"a\":\"\\x\"}", "invalid character 'x' in string escape code"},
        {"{\"a\":-x}", "invalid character 'x' in numeric literal"},
        {"]", "invalid character ']' looking for beginning of value"},
    };
    struct registry r;
    char text[160];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(text, sizeof text, "Request decode failed: %s", rows[i][1]);
        expect(&r, "PUT", "/v1/catalog/register", rows[i][0], 400, text);
    }
    registry_deinit(&r);
}

static void redirects_lead_to_the_clean_path(void **state)
{
    static const char *const rows[][2] = {
        {"/v1//health/service/web?a=b", "/v1/health/service/web?a=b"},
        {"/v1/health/service", "/v1/health/service/"},
        {"/v1/./catalog/../catalog/nodes", "/v1/catalog/nodes"},
        {"/v1/health/service/a/..%2f", "/v1/health/service/"},
    };
    struct registry r;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer = call(&r, 0, "GET", rows[i][0], NULL);

        assert_int_equal(answer.status, 301);
        assert_string_equal(header(&answer, "Location"), rows[i][1]);
        assert_null(header(&answer, "Vary"));
        forget(&answer);
    }
    registry_deinit(&r);
}

static void requests_to_no_agent_are_not_answered(void **state)
{
    struct registry r;
    struct answer answer;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);

    answer = call(&r, 99, "GET", "/v1/status/leader", NULL);

    assert_int_equal(answer.status, 0);
    forget(&answer);
    registry_deinit(&r);
}

/* xorshift: the same damage in every run. */
static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void damaged_requests_do_no_harm(void **state)
{
    static const char *const targets[] = {
        "/v1/agent/service/register",
        "/v1/catalog/register",
        "/v1/agent/check/register",
        "/v1/catalog/deregister",
        "/v1/health/service/web?passing&tag=a&index=3&wait=1s&near=n1",
        "/v1/agent/check/update/web-1",
        "/v1/agent/service/maintenance/web-1?enable=true&reason=x",
        "/v1/health/state/any?node-meta=a:b",
        "/v1/catalog/services?stale&max_stale=3s"};
    static const char body[] =
        "{\"Name\":\"web\",\"ID\":\"web-1\",\"Tags\":[\"a\"],\"Meta\":{\"k\":\"v\"},\"Port\":80,"
        "\"Weights\":{\"Passing\":3},\"Checks\":[{\"TTL\":\"3s\",\"Status\":\"passing\"}],"
        "\"TaggedAddresses\":{\"lan\":{\"Address\":\"1.1.1.1\",\"Port\":1}}}";
    static const char *const methods[] = {"GET", "PUT"};
    uint32_t random = 2463534242;
    struct registry r;
    struct answer answer;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    for (int i = 0; i < 20000; i++) {
        const char *target = targets[next_random(&random) % (sizeof targets / sizeof *targets)];
        char damaged_target[128], damaged_body[sizeof body];
        size_t hits = next_random(&random) % 4;

        snprintf(damaged_target, sizeof damaged_target, "%s", target);
        memcpy(damaged_body, body, sizeof body);
        for (size_t j = 0; j < hits; j++) {
            damaged_body[next_random(&random) % (sizeof body - 1)] =
                (char)(1 + next_random(&random) % 255);
            if (next_random(&random) % 4 == 0)
                damaged_target[next_random(&random) % strlen(target)] =
                    (char)(1 + next_random(&random) % 255);
        }
        assert_int_not_equal(
            ask(&r, 1, methods[next_random(&random) % 2], damaged_target, damaged_body), 0);
        while (pull(&r, &answer)) {
            assert_in_range(answer.status, 200, 500);
            forget(&answer);
        }
        pass_time(&r, SECOND / 10);
    }
    registry_deinit(&r);
}

static void deep_and_huge_bodies_are_refused(void **state)
{
    struct registry r;
    size_t size = 100000;
    char *body = malloc(size + 1);

    (void)state;
    assert_non_null(body);
    registry_init(&r, EK_CONSUL_1_10);
    memset(body, '[', size);
    body[size] = '\0';
    assert_int_equal(status_of(&r, "PUT", "/v1/agent/service/register", body), 400);
    memset(body, 'a', size);
    memcpy(body, "{\"Name\":\"", 9);
    memcpy(body + size - 2, "\"}", 2);
    assert_int_equal(status_of(&r, "PUT", "/v1/agent/service/register", body), 200);
    free(body);
    registry_deinit(&r);
}

/* Two registries with the same requests give the same answers, byte by byte. */
static void same_requests_give_the_same_answers(void **state)
{
    struct registry r[2];
    struct answer answers[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        registry_init(&r[i], EK_CONSUL_1_10);
        put(&r[i], "/v1/agent/service/register",
            "{\"Name\":\"web\",\"Tags\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}");
    }
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 2; i++)
            answers[i] = call(&r[i], 0, "GET", "/v1/catalog/services", NULL);
        assert_string_equal(answers[0].body, answers[1].body);
        forget(&answers[0]);
        forget(&answers[1]);
    }
    registry_deinit(&r[0]);
    registry_deinit(&r[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_have_their_status_and_text),
        cmocka_unit_test(syntax_errors_are_told_in_the_words_of_go),
        cmocka_unit_test(redirects_lead_to_the_clean_path),
        cmocka_unit_test(requests_to_no_agent_are_not_answered),
        cmocka_unit_test(damaged_requests_do_no_harm),
        cmocka_unit_test(deep_and_huge_bodies_are_refused),
        cmocka_unit_test(same_requests_give_the_same_answers),
    };

    return cmocka_run_group_tests_name("fake-consul/route", tests, NULL, NULL);
}
