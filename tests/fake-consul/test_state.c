/* Data that goes in, comes out, and is put back. */
#include "tests/fake-consul/registry.h"

static const char topology[] =
    "{\"nodes\":["
    "{\"Node\":\"e1\",\"Address\":\"10.0.0.9\",\"NodeMeta\":{\"zone\":\"a\"},"
    "\"Checks\":[{\"CheckID\":\"serfHealth\",\"Name\":\"Serf Health "
    "Status\",\"Status\":\"passing\"}]},"
    "{\"Node\":\"e1\",\"Address\":\"10.0.0.9\",\"NodeMeta\":{\"zone\":\"a\"},"
    "\"Service\":{\"ID\":\"w1\",\"Service\":\"web\",\"Tags\":[\"v1\"],\"Port\":80,"
    "\"Weights\":{\"Passing\":3,\"Warning\":1}},"
    "\"Checks\":[{\"CheckID\":\"c1\",\"Name\":\"c\",\"Status\":\"warning\",\"ServiceID\":\"w1\"}]},"
    "{\"Node\":\"n2\",\"Address\":\"10.0.0.2\",\"Service\":{\"ID\":\"w2\",\"Service\":\"web\","
    "\"Port\":81},\"Checks\":[{\"CheckID\":\"c2\",\"Name\":\"c\",\"Status\":\"passing\","
    "\"ServiceID\":\"w2\"}]}],"
    "\"kv\":[{\"Key\":\"a/1\",\"Value\":\"aGk=\",\"Flags\":7},{\"Key\":\"a/2\",\"Value\":null}]}";

static bool import(struct registry *r, const char *text, char *error, size_t size)
{
    json_t *state = json_loads(text, 0, NULL);
    bool good;

    assert_non_null(state);
    good = ek_consul_import(r->consul, state, r->now, error, size);
    json_decref(state);
    return good;
}

static void expect(struct registry *r, const char *target, const char *text)
{
    struct answer answer = call(r, 0, "GET", target, NULL);

    assert_string_equal(answer.body, text);
    forget(&answer);
}

static void topology_of_a_real_one_can_be_read(void **state)
{
    struct registry r;
    char error[128];
    size_t rows;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    assert_true(import(&r, topology, error, sizeof error));
    assert_string_equal(error, "");

    read_service(&r, "/v1/health/service/web", &rows);
    assert_int_equal(rows, 2);
    read_service(&r, "/v1/health/service/web?passing", &rows);
    assert_int_equal(rows, 1);
    expect(&r, "/v1/kv/a/1?raw", "hi");
    /* What is on a node of an agent is that agent's, and survives its next full sync. */
    pass_time(&r, 130 * SECOND);
    read_service(&r, "/v1/health/service/web?passing", &rows);
    assert_int_equal(rows, 1);
    registry_deinit(&r);
}

/* What was exported makes another registry the same: up to indexes, its export is equal. */
static void forget_indexes(json_t *json)
{
    const char *key;
    json_t *value;

    for (size_t i = 0; i < json_array_size(json); i++)
        forget_indexes(json_array_get(json, i));
    if (!json_is_object(json))
        return;
    json_object_del(json, "CreateIndex");
    json_object_del(json, "ModifyIndex");
    json_object_foreach(json, key, value)
    {
        forget_indexes(value);
    }
}

static void export_makes_the_same_registry(void **state)
{
    json_t *exports[2];
    struct registry r[2];
    char error[128];

    (void)state;
    for (int i = 0; i < 2; i++) {
        registry_init(&r[i], EK_CONSUL_1_10);
        if (i == 0)
            assert_true(import(&r[0], topology, error, sizeof error));
        else
            assert_true(ek_consul_import(r[1].consul, exports[0], 0, error, sizeof error));
        exports[i] = ek_consul_export(r[i].consul);
        assert_non_null(exports[i]);
    }
    forget_indexes(exports[0]);
    forget_indexes(exports[1]);
    assert_true(json_equal(exports[0], exports[1]));
    json_decref(exports[0]);
    json_decref(exports[1]);
    registry_deinit(&r[0]);
    registry_deinit(&r[1]);
}

static void bad_item_is_named(void **state)
{
    static const char *const rows[][2] = {
        {"[]", "the state is not an object with \"nodes\" and \"kv\""},
        {"{\"nodes\":{}}", "nodes is not a list"},
        {"{\"nodes\":[1]}", "nodes[0]: not an object"},
        {"{\"nodes\":[{\"Node\":\"x\"}]}", "nodes[0]: a node without an address"},
        {"{\"nodes\":[{\"Node\":\"x\",\"Adress\":\"y\"}]}",
         "nodes[0]: json: unknown field \"Adress\""},
        {"{\"kv\":[{\"Key\":\"a\"},{\"Key\":\"b\",\"Value\":\"!\"}]}",
         "kv[1]: a value that is not base64"},
    };
    struct registry r;
    char error[128];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(import(&r, rows[i][0], error, sizeof error));
        assert_string_equal(error, rows[i][1]);
    }
    registry_deinit(&r);
}

static void snapshot_brings_data_and_index_back(void **state)
{
    struct registry r;
    struct answer answer;
    char ticket[64];
    uint64_t before, after;
    size_t rows;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "w1");
    put(&r, "/v1/kv/a", "old");
    before = read_service(&r, "/v1/health/service/web", NULL);
    answer = call(&r, 0, "GET", "/v1/snapshot", NULL);
    assert_int_equal(answer.status, 200);
    snprintf(ticket, sizeof ticket, "%.63s", answer.body);
    forget(&answer);

    put(&r, "/v1/kv/a", "new");
    register_instance(&r, "web", "w2");
    put(&r, "/v1/snapshot", ticket);
    after = read_service(&r, "/v1/health/service/web", &rows);
    assert_true(after == before);
    assert_int_equal(rows, 1);
    expect(&r, "/v1/kv/a?raw", "old");
    assert_int_equal(status_of(&r, "PUT", "/v1/snapshot", "junk"), 500);
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topology_of_a_real_one_can_be_read),
        cmocka_unit_test(export_makes_the_same_registry),
        cmocka_unit_test(bad_item_is_named),
        cmocka_unit_test(snapshot_brings_data_and_index_back),
    };

    return cmocka_run_group_tests_name("fake-consul/state", tests, NULL, NULL);
}
