/* Who exists: what each resolver asks of the driver, and what the channel keeps of a list. */
#include "tests/core/select_rig.h"

struct told *told_now;

/* A channel on a resolver that asks: its actions of the last turn. */
struct asker {
    struct ek_service_config config;
    struct ek_channel *channel;
    ek_time now;
    struct ek_action asked; /* the last query */
    char text[128], body[128];
    unsigned notes[EK_NOTE_COUNT];
};

static void asker_pull(struct asker *a)
{
    struct ek_action action;

    while (ek_channel_output(a->channel, &action)) {
        if (action.kind == EK_ACTION_HTTP_GET || action.kind == EK_ACTION_LOOKUP) {
            a->asked = action;
            snprintf(a->text, sizeof a->text, "%s", action.text);
            snprintf(a->body, sizeof a->body, "%s", action.body != NULL ? action.body : "");
        } else if (action.kind == EK_ACTION_NOTE) {
            a->notes[action.note]++;
        }
    }
}

static void asker_open(struct asker *a, const char *resolver, const char *options)
{
    struct ek_errors errors = {0};
    json_t *json = json_loads(options, 0, NULL);
    struct ek_channel_config config = {.service_config = &a->config,
                                       .resolver = ek_resolver_find(resolver),
                                       .resolver_options = json,
                                       .seed = 1};

    memset(a, 0, sizeof *a);
    assert_int_equal(ek_service_config_read(NULL, "", &a->config, &errors), EK_OK);
    assert_int_equal(ek_channel_new(&config, a->now, &a->channel, &errors), EK_OK);
    json_decref(json);
    asker_pull(a);
}

static void asker_answer(struct asker *a, uint64_t index, const char *body)
{
    const struct ek_http_answer http = {
        .status = 200, .index = index, .body = body, .body_size = strlen(body)};
    const struct ek_event event = {
        .kind = EK_EVENT_RESOLVED, .query = a->asked.query, .answer = &http};

    ek_channel_input(a->channel, &event, a->now);
    asker_pull(a);
}

static void asker_wait(struct asker *a, int64_t ns)
{
    a->now = ek_time_add(a->now, ns);
    ek_channel_tick(a->channel, a->now);
    asker_pull(a);
}

static void asker_close(struct asker *a)
{
    ek_channel_free(a->channel);
    ek_service_config_deinit(&a->config);
}

static uint32_t listed(const struct asker *a)
{
    return ek_channel_stats(a->channel).endpoints_listed;
}

static void a_name_is_looked_up_by_the_driver(void **state)
{
    struct asker a;
    struct ek_endpoint_view view;

    (void)state;
    asker_open(&a, "dns", "{\"target\": \"web.example:80\", \"timeout\": \"7s\"}");
    assert_int_equal(a.asked.kind, EK_ACTION_LOOKUP);
    assert_string_equal(a.text, "web.example");
    assert_int_equal(a.asked.value, 7 * EK_S);
    asker_answer(&a, 0, "10.0.0.1\n10.0.0.2\n");
    assert_int_equal(listed(&a), 2);
    assert_true(ek_channel_endpoint(a.channel, 1, &view));
    assert_string_equal(view.address, "10.0.0.2:80");
    asker_close(&a);
}

static void a_body_is_posted(void **state)
{
    struct asker a;

    (void)state;
    asker_open(&a, "etcd", "{\"prefix\": \"foo\"}");
    assert_int_equal(a.asked.kind, EK_ACTION_HTTP_GET);
    assert_string_equal(a.text, "/v3/kv/range");
    assert_string_equal(a.body, "{\"key\":\"Zm9v\",\"range_end\":\"Zm9w\"}");
    asker_answer(&a, 0, "{\"header\":{},\"kvs\":[{\"value\":\"aG9zdDoxMg==\"}]}"); /* host:12 */
    assert_int_equal(listed(&a), 1);
    asker_close(&a);
    asker_open(&a, "consul", "{\"service\": \"web\"}");
    assert_int_equal(a.asked.kind, EK_ACTION_HTTP_GET);
    assert_null(a.asked.body);
    asker_close(&a);
}

static void what_is_not_believed_is_noted(void **state)
{
    struct asker a;

    (void)state;
    asker_open(&a, "consul",
               "{\"service\": \"web\", \"maxShrink\": \"40%\", \"maxViewAge\": \"15s\"}");
    asker_answer(&a, 5,
                 "[{\"Service\": {\"Address\": \"a\", \"Port\": 1}},"
                 " {\"Service\": {\"Address\": \"b\", \"Port\": 1}}]");
    asker_answer(&a, 6, "[{\"Service\": {\"Address\": \"a\", \"Port\": 1}}]");
    assert_int_equal(listed(&a), 2);
    assert_int_equal(a.notes[EK_NOTE_SHRINK_IGNORED], 1);
    asker_wait(&a, EK_S);
    asker_wait(&a, 14 * EK_S - 1);
    assert_int_equal(a.notes[EK_NOTE_VIEW_AGED], 0);
    asker_wait(&a, 1);
    assert_int_equal(a.notes[EK_NOTE_VIEW_AGED], 1);
    assert_null(strstr(a.text, "index="));
    asker_close(&a);

    asker_open(&a, "consul", "{\"service\": \"web\", \"empty\": \"keep\"}");
    asker_answer(&a, 5, "[{\"Service\": {\"Address\": \"a\", \"Port\": 1}}]");
    asker_answer(&a, 6, "[]");
    assert_int_equal(listed(&a), 1);
    assert_int_equal(a.notes[EK_NOTE_EMPTY_IGNORED], 1);
    asker_close(&a);
}

/* The static resolver's "endpoints" follow its "addresses"; what they are is seen from outside. */
static void endpoints_can_be_described(void **state)
{
    struct ek_endpoint_view view;
    struct rig rig;

    (void)state;
    rig_open(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}",
             "{\"addresses\": [\"a:1\"], \"endpoints\": [{\"address\": \"b:1\", \"weight\": 7,"
             " \"priority\": 3, \"locality\": \"eu/z1\"}]}");
    assert_true(ek_channel_endpoint(rig.channel, 0, &view));
    assert_string_equal(view.address, "a:1");
    assert_int_equal(view.weight, 1);
    assert_null(view.locality);
    assert_true(ek_channel_endpoint(rig.channel, 1, &view));
    assert_string_equal(view.address, "b:1");
    assert_int_equal(view.weight, 7);
    assert_int_equal(view.priority, 3);
    assert_string_equal(view.locality, "eu/z1");
    rig_close(&rig);
}

static void mistakes_in_a_description_are_complaints(void **state)
{
    static const struct {
        const char *endpoint, *path;
    } cases[] = {
        {"{\"address\": \"b\"}", "/endpoints/0"},
        {"{\"address\": \"b:1\", \"labels\": [\"a=1\", \"canary\"]}", "/endpoints/0/labels/1"},
        {"{\"address\": \"b:1\", \"priority\": 16}", "/endpoints/0/priority"},
        {"{\"address\": \"b:1\", \"weight\": 0}", "/endpoints/0/weight"},
        {"{\"weight\": 1}", "/endpoints/0"},
    };
    const struct ek_resolver_ops *ops = ek_resolver_find("static");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_errors errors = {0};
        char text[200];
        json_t *json;
        void *self = calloc(1, ops->self_size);

        snprintf(text, sizeof text, "{\"endpoints\": [%s]}", cases[i].endpoint);
        json = json_loads(text, 0, NULL);
        ek_option_read(ops->options, json, "", self, &errors);
        ops->check(self, "", &errors);
        if (errors.count != 1 || strcmp(errors.items[0].path, cases[i].path) != 0)
            fail_msg("%s: %zu %s", text, errors.count, errors.items[0].path);
        ek_option_release(ops->options, self);
        free(self);
        json_decref(json);
    }
}

/* A channel knows 256 localities in its life; endpoints of more have none, and still serve. */
static void localities_are_limited(void **state)
{
    static struct ek_address addresses[300];
    static char texts[300][24], zones[300][8];
    struct told told = {addresses, 300, false};
    struct ek_endpoint_view view;
    struct rig rig;

    (void)state;
    rig_open(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
             " \"selection\": {\"localities\": \"zone_aware\"}}",
             NULL);
    for (int i = 0; i < 300; i++) {
        snprintf(texts[i], sizeof texts[i], "10.0.%d.%d:80", i / 100, i % 100);
        snprintf(zones[i], sizeof zones[i], "z%d", i);
        addresses[i] = (struct ek_address){.text = texts[i], .locality = zones[i], .weight = 1};
    }
    rig_tell(&rig, &told);
    assert_true(ek_channel_endpoint(rig.channel, 255, &view));
    assert_string_equal(view.locality, "z255");
    assert_true(ek_channel_endpoint(rig.channel, 256, &view));
    assert_null(view.locality);
    rig_connect(&rig, 299, 299);
    assert_int_equal(rig_served(&rig, 0), 299);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_looked_up_by_the_driver),
        cmocka_unit_test(a_body_is_posted),
        cmocka_unit_test(what_is_not_believed_is_noted),
        cmocka_unit_test(endpoints_can_be_described),
        cmocka_unit_test(mistakes_in_a_description_are_complaints),
        cmocka_unit_test(localities_are_limited),
    };
    return cmocka_run_group_tests_name("core/endpoint", tests, NULL, NULL);
}
