/* TTL checks, what their expiry leads to. */
#include "tests/fake-consul/registry.h"

static const char web[] = "/v1/health/service/web";

/* The first check of the service `web`: its status and output. */
static const char *check_field(struct registry *r, const char *field, char *out, size_t size)
{
    struct answer answer = call(r, 1, "GET", "/v1/health/checks/web", NULL);

    snprintf(out, size, "%s",
             json_string_value(json_object_get(json_array_get(answer.json, 0), field)));
    forget(&answer);
    return out;
}

static void ttl_expiry_turns_the_check_critical(void **state)
{
    struct registry r;
    struct ek_consul_note note;
    char text[128];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    put(&r, "/v1/agent/check/pass/web-1?note=fine", NULL);
    forget_notes(&r);

    pass_time(&r, 30 * SECOND - 1);
    assert_string_equal(check_field(&r, "Status", text, sizeof text), "passing");
    pass_time(&r, 1);

    assert_string_equal(check_field(&r, "Status", text, sizeof text), "critical");
    assert_string_equal(check_field(&r, "Output", text, sizeof text),
                        "TTL expired (last output before timeout follows): fine");
    assert_true(next_note(&r, EK_CONSUL_NOTE_CHECK, &note));
    assert_string_equal(note.subject, "web-1");
    assert_string_equal(note.service, "web");
    assert_string_equal(note.text, "critical");
    assert_true(note.cause == 102); /* the heartbeat, the second request */
    registry_deinit(&r);
}

static void heartbeats_in_time_keep_the_check_passing_and_write_nothing(void **state)
{
    struct registry r;
    uint64_t index;
    char text[32];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    index = ek_consul_index(r.consul);

    for (int i = 0; i < 20; i++) {
        pass_time(&r, 29 * SECOND);
        put(&r, "/v1/agent/check/pass/web-1", NULL);
    }

    assert_string_equal(check_field(&r, "Status", text, sizeof text), "passing");
    assert_true(ek_consul_index(r.consul) == index);
    registry_deinit(&r);
}

static void changed_output_reaches_the_catalog_only_later(void **state)
{
    struct registry r;
    struct answer answer;
    char text[32];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/agent/service/register",
        "{\"Name\":\"web\",\"Check\":{\"TTL\":\"24h\",\"Status\":\"passing\"}}");

    put(&r, "/v1/agent/check/pass/service:web?note=new", NULL);

    assert_string_equal(check_field(&r, "Output", text, sizeof text), "");
    answer = call(&r, 1, "GET", "/v1/agent/checks", NULL);
    assert_non_null(strstr(answer.body, "\"Output\":\"new\""));
    forget(&answer);
    pass_time(&r, 150 * SECOND - 1);
    assert_string_equal(check_field(&r, "Output", text, sizeof text), "");
    pass_time(&r, 300 * SECOND + 1);
    assert_string_equal(check_field(&r, "Output", text, sizeof text), "new");
    registry_deinit(&r);
}

static void long_critical_service_is_deregistered(void **state)
{
    struct registry r;
    struct ek_consul_note note;
    size_t rows;

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    put(&r, "/v1/agent/service/register",
        "{\"Name\":\"web\",\"ID\":\"web-1\",\"Check\":{\"TTL\":\"10s\",\"Status\":\"passing\","
        "\"DeregisterCriticalServiceAfter\":\"1s\"}}");
    pass_time(&r, 10 * SECOND);

    /* Critical from 10 s on; a minute is the least; the reaper looks at 60 s, then at 90 s. */
    pass_time(&r, 80 * SECOND - 1);
    read_service(&r, web, &rows);
    assert_int_equal(rows, 1);
    pass_time(&r, 1);

    read_service(&r, web, &rows);
    assert_int_equal(rows, 0);
    assert_true(next_note(&r, EK_CONSUL_NOTE_DEREGISTERED, &note));
    assert_string_equal(note.subject, "web-1");
    registry_deinit(&r);
}

static void registering_again_keeps_status_and_output(void **state)
{
    struct registry r;
    char text[32];

    (void)state;
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    put(&r, "/v1/agent/check/fail/web-1?note=broken", NULL);
    pass_time(&r, 20 * SECOND);

    register_instance(&r, "web", "web-1");

    assert_string_equal(check_field(&r, "Status", text, sizeof text), "critical");
    assert_string_equal(check_field(&r, "Output", text, sizeof text), "broken");
    registry_deinit(&r);
}

static void long_output_is_cut(void **state)
{
    struct registry r;
    struct answer answer;
    char *target = calloc(1, 6000);
    const char *output;

    (void)state;
    assert_non_null(target);
    registry_init(&r, EK_CONSUL_1_10);
    register_instance(&r, "web", "web-1");
    snprintf(target, 6000, "/v1/agent/check/fail/web-1?note=%05000d", 0);

    put(&r, target, NULL);

    answer = call(&r, 1, "GET", "/v1/health/checks/web", NULL);
    output = json_string_value(json_object_get(json_array_get(answer.json, 0), "Output"));
    assert_non_null(strstr(output, "0 ... (captured 4096 of 5000 bytes)"));
    forget(&answer);
    free(target);
    registry_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ttl_expiry_turns_the_check_critical),
        cmocka_unit_test(heartbeats_in_time_keep_the_check_passing_and_write_nothing),
        cmocka_unit_test(changed_output_reaches_the_catalog_only_later),
        cmocka_unit_test(long_critical_service_is_deregistered),
        cmocka_unit_test(registering_again_keeps_status_and_output),
        cmocka_unit_test(long_output_is_cut),
    };

    return cmocka_run_group_tests_name("fake-consul/checks", tests, NULL, NULL);
}
