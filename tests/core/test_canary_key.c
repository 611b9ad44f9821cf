/* A canary whose share is a value in Consul's key/value store, and changes while calls are made. */
#include "core/canary_key.h"
#include "tests/core/rig.h"

/* ---- two endpoints, of which the second is the canary ---- */

static char tag[] = "tag\0canary"; /* and the NUL that ends it */
static char first[] = "a:1", second[] = "b:1";
static const struct ek_address pair[] = {
    {.text = first, .weight = 1},
    {.text = second, .weight = 1, .labels = tag, .labels_size = sizeof tag},
};

static enum ek_err pair_init(void *self, struct ek_rng rng, ek_time now)
{
    (void)self, (void)rng, (void)now;
    return EK_OK;
}

static struct ek_resolve pair_output(void *self, ek_time now)
{
    bool *is_told = self;
    bool was_told = *is_told;

    (void)now;
    *is_told = true;
    return was_told ? (struct ek_resolve){.kind = EK_RESOLVE_NONE}
                    : (struct ek_resolve){
                          .kind = EK_RESOLVE_LIST, .addresses = pair, .address_count = 2};
}

static ek_time pair_deadline(const void *self)
{
    (void)self;
    return EK_TIME_NEVER;
}

static void pair_hint(void *self, ek_time now)
{
    (void)self, (void)now;
}

static void pair_deinit(void *self)
{
    (void)self;
}

static const struct ek_resolver_ops pair_ops = {
    .name = "pair",
    .self_size = sizeof(bool),
    .init = pair_init,
    .hint = pair_hint,
    .output = pair_output,
    .deadline = pair_deadline,
    .deinit = pair_deinit,
};

#define CANARY(members)                                                                \
    "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"selection\": {\"subsets\": " \
    "{\"fallback\": \"any\"}, \"canary\": {" members ", "                              \
    "\"match\": \"tag=canary\"}}}"
#define KEY "\"key\": \"web/canary\""

static void open_rig(struct rig *rig, const char *config)
{
    rig_open_with(rig, config, NULL, &pair_ops, 1, 0);
    rig_connected(rig, 0);
    rig_connected(rig, 1);
}

/* To the last query. */
static void answer(struct rig *rig, int status, uint64_t index, const char *body)
{
    struct ek_http_answer http = {
        .status = status, .index = index, .body = body, .body_size = body ? strlen(body) : 0};
    struct ek_event event = {
        .kind = EK_EVENT_RESOLVED, .query = rig->query, .answer = &http, .cause = 42};

    ek_channel_input(rig->channel, &event, rig->now);
    rig_pull(rig);
}

static const char *asked(const struct rig *rig)
{
    const struct ek_action *get = rig_find(rig, EK_ACTION_HTTP_GET, 0);

    return get != NULL ? rig_text(rig, get) : "nothing";
}

/* Of 40 calls, how many reach the canary: those that ask for nothing take turns, so 20 at a share
 * of 0, and all at 100 %. */
static int canary_calls(struct rig *rig)
{
    int count = 0;

    for (int i = 0; i < 40; i++) {
        struct ek_action send = rig_sent(rig);

        count += send.endpoint == 1;
        rig_done(rig, send.attempt, EK_STATUS_OK);
    }
    return count;
}

static void values_are_percentages(void **state)
{
    static const struct {
        const char *text;
        int64_t share_ppm; /* -1: it is none */
    } rows[] = {
        {"5", 50000},
        {"12.5%", 125000},
        {" 0 %\n", 0},
        {"100", 1000000},
        {"0.0001%", 1},
        {"{\"share\": \"12.5%\"}", 125000},
        {"{\"share\": 12.5}", 125000},
        {"{\"share\": 7, \"by\": \"me\"}", 70000},
        {"", -1},
        {"%", -1},
        {"five", -1},
        {"-1", -1},
        {"101", -1},
        {"1e1", -1},
        {"5%%", -1},
        {"5 6", -1},
        {"[5]", -1},
        {"{\"part\": 5}", -1},
        {"{\"share\": true}", -1},
        {"{\"share\": 1e9}", -1},
        {"{\"share\": \"\"}", -1},
        {"99999999999999999999999", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ppm = -7;
        bool is_share = ek__canary_read(rows[i].text, strlen(rows[i].text), &ppm);

        if (is_share != (rows[i].share_ppm >= 0) || (is_share && ppm != rows[i].share_ppm))
            fail_msg("\"%s\": %s, %lld ppm", rows[i].text, is_share ? "a share" : "none",
                     (long long)ppm);
        assert_true(is_share || ppm == -7);
    }
    assert_false(ek__canary_read(NULL, 0, &(int64_t){0}));
}

static void the_value_is_the_share_and_is_watched(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_with(&rig, CANARY(KEY), NULL, &pair_ops, 1, 0);
    assert_string_equal(asked(&rig), "/v1/kv/web/canary?raw=");
    rig_connected(&rig, 0);
    rig_connected(&rig, 1);
    assert_int_equal(canary_calls(&rig), 20);

    answer(&rig, 200, 7, "100%");
    assert_string_equal(asked(&rig), "/v1/kv/web/canary?index=7&raw=&wait=60000ms");
    assert_int_equal(rig_note(&rig, EK_NOTE_CANARY)->value, 1000000);
    assert_int_equal(rig_note(&rig, EK_NOTE_CANARY)->cause, 42);
    assert_string_equal(rig_text(&rig, rig_note(&rig, EK_NOTE_CANARY)),
                        "canary 100.00 %, key web/canary");
    assert_int_equal(canary_calls(&rig), 40);

    rig_wait(&rig, 5 * EK_S);
    answer(&rig, 200, 9, "0");
    assert_int_equal(canary_calls(&rig), 20);
    rig_close(&rig);
}

/* The end of a wait is no news, and neither is the same value again. */
static void nothing_is_told_when_nothing_changed(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, CANARY(KEY));
    answer(&rig, 200, 7, "100");
    rig_wait(&rig, 61 * EK_S);
    answer(&rig, 200, 7, "100");
    assert_null(rig_note(&rig, EK_NOTE_CANARY));
    assert_string_equal(asked(&rig), "/v1/kv/web/canary?index=7&raw=&wait=60000ms");
    rig_wait(&rig, 5 * EK_S);
    answer(&rig, 200, 8, "100%");
    assert_null(rig_note(&rig, EK_NOTE_CANARY));
    rig_close(&rig);
}

static void a_key_that_is_absent_leaves_the_share_of_the_config(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, CANARY(KEY ", \"share\": \"100%\""));
    answer(&rig, 404, 3, "");
    assert_int_equal(rig_note(&rig, EK_NOTE_CANARY_IGNORED)->value, 1000000);
    assert_string_equal(rig_text(&rig, rig_note(&rig, EK_NOTE_CANARY_IGNORED)),
                        "key web/canary: there is none");
    assert_string_equal(asked(&rig), "/v1/kv/web/canary?index=3&raw=&wait=60000ms");
    assert_int_equal(canary_calls(&rig), 40);
    rig_wait(&rig, 5 * EK_S);
    answer(&rig, 404, 5, ""); /* another key was written */
    assert_null(rig_note(&rig, EK_NOTE_CANARY_IGNORED));
    rig_close(&rig);
}

static void whatever_is_no_share_leaves_the_last_one(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, CANARY(KEY));
    answer(&rig, 200, 7, "100");
    rig_wait(&rig, 5 * EK_S);
    answer(&rig, 200, 8, "many");
    assert_string_equal(rig_text(&rig, rig_note(&rig, EK_NOTE_CANARY_IGNORED)),
                        "key web/canary: its value is no share such as 12.5%");
    assert_int_equal(canary_calls(&rig), 40);
    rig_wait(&rig, 5 * EK_S);
    answer(&rig, 404, 9, "");
    assert_string_equal(rig_text(&rig, rig_note(&rig, EK_NOTE_CANARY_IGNORED)),
                        "key web/canary: it is gone");
    assert_int_equal(canary_calls(&rig), 40);
    rig_wait(&rig, 5 * EK_S);
    answer(&rig, 200, 10, "100"); /* good again: that is told */
    assert_int_equal(rig_note(&rig, EK_NOTE_CANARY)->value, 1000000);
    rig_close(&rig);
}

/* 1 s, 1.6 s ..., each +-20 %, and never more than two in a second. */
static void failures_are_backed_off_and_told_once(void **state)
{
    struct rig rig;
    int asked_count = 0, told = 0;

    (void)state;
    open_rig(&rig, CANARY(KEY));
    answer(&rig, 200, 7, "100");
    rig_wait(&rig, 5 * EK_S);
    answer(&rig, 500, 0, "No cluster leader");
    assert_string_equal(asked(&rig), "nothing");
    assert_non_null(rig_note(&rig, EK_NOTE_CANARY_IGNORED));
    for (int i = 0; i < 100; i++) { /* 10 s */
        rig_wait(&rig, EK_S / 10);
        if (rig_find(&rig, EK_ACTION_HTTP_GET, 0) == NULL)
            continue;
        assert_string_equal(asked(&rig), "/v1/kv/web/canary?raw="); /* the index is forgotten */
        asked_count++;
        answer(&rig, 500, 0, "No cluster leader");
        told += rig_note(&rig, EK_NOTE_CANARY_IGNORED) != NULL;
    }
    /* Pauses of 1, 1.6, 2.56 and 4.1 s: at 1, 2.6, 5.16 and 9.26 s, give or take a fifth. */
    assert_in_range(asked_count, 3, 5);
    assert_int_equal(told, 0);
    assert_int_equal(canary_calls(&rig), 40);
    rig_close(&rig);
}

/* 60 s, a sixteenth, and 5 s; silence is no sign of overload, so the next query follows at once. */
static void a_query_without_answer_is_given_up(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, CANARY(KEY));
    rig_wait(&rig, EK_S);
    answer(&rig, 200, 7, "100");
    rig_wait(&rig, 68750 * EK_MS - 1);
    assert_null(rig_find(&rig, EK_ACTION_HTTP_CANCEL, 0));
    rig_wait(&rig, 1);
    assert_non_null(rig_find(&rig, EK_ACTION_HTTP_CANCEL, 0));
    assert_string_equal(asked(&rig), "/v1/kv/web/canary?raw=");
    rig_close(&rig);
}

/* As for services: a lower index is a restored store. */
static void an_index_that_goes_back_leads_to_a_full_read(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, CANARY(KEY));
    answer(&rig, 200, 70, "100");
    rig_wait(&rig, 5 * EK_S);
    answer(&rig, 200, 8, "0");
    assert_string_equal(asked(&rig), "/v1/kv/web/canary?raw=");
    assert_int_equal(canary_calls(&rig), 40);
    answer(&rig, 200, 8, "0");
    assert_int_equal(canary_calls(&rig), 20);
    rig_close(&rig);
}

static void keys_are_escaped_but_for_slashes(void **state)
{
    struct rig rig;

    (void)state;
    rig_open_with(&rig, CANARY("\"key\": \"a b/\\u00fc?\""), NULL, &pair_ops, 1, 0);
    assert_string_equal(asked(&rig), "/v1/kv/a%20b/%C3%BC%3F?raw=");
    rig_close(&rig);
}

static const struct ek_service_config *reconfigure(struct rig *rig, const char *text,
                                                   struct ek_service_config *config)
{
    struct ek_errors errors = {0};
    json_t *json = json_loads(text, 0, NULL);

    assert_non_null(json);
    *config = (struct ek_service_config){0};
    assert_int_equal(ek_service_config_read(json, "", config, &errors), EK_OK);
    json_decref(json);
    assert_int_equal(ek_channel_reconfigure(rig->channel, config, NULL, rig->now, 0), EK_OK);
    rig_pull(rig);
    return config;
}

static void another_config_keeps_the_watch_of_the_same_key_only(void **state)
{
    struct ek_service_config same, other, none;
    struct rig rig;

    (void)state;
    open_rig(&rig, CANARY(KEY));
    answer(&rig, 200, 7, "100");
    reconfigure(&rig, CANARY(KEY ", \"share\": \"1%\""), &same);
    assert_string_equal(asked(&rig), "nothing");
    assert_int_equal(canary_calls(&rig), 40);

    reconfigure(&rig, CANARY("\"key\": \"other\""), &other);
    assert_non_null(rig_find(&rig, EK_ACTION_HTTP_CANCEL, 0));
    assert_string_equal(asked(&rig), "/v1/kv/other?raw=");
    assert_int_equal(canary_calls(&rig), 20);

    reconfigure(&rig, CANARY("\"share\": \"100%\""), &none);
    assert_non_null(rig_find(&rig, EK_ACTION_HTTP_CANCEL, 0));
    assert_string_equal(asked(&rig), "nothing");
    assert_int_equal(canary_calls(&rig), 40);
    rig_close(&rig);
    ek_service_config_deinit(&same);
    ek_service_config_deinit(&other);
    ek_service_config_deinit(&none);
}

/* What the driver set stands while configs say the same. */
static void a_config_with_another_share_counts(void **state)
{
    struct ek_service_config same, other;
    struct rig rig;

    (void)state;
    open_rig(&rig, CANARY("\"share\": \"0%\""));
    ek_channel_set_canary(rig.channel, 1000000, rig.now);
    reconfigure(&rig, CANARY("\"share\": \"0%\""), &same);
    assert_int_equal(canary_calls(&rig), 40);
    ek_channel_set_canary(rig.channel, 0, rig.now);
    reconfigure(&rig, CANARY("\"share\": \"100%\""), &other);
    assert_int_equal(canary_calls(&rig), 40);
    rig_close(&rig);
    ek_service_config_deinit(&same);
    ek_service_config_deinit(&other);
}

static void an_idle_channel_asks_nothing(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"connection\": {\"idleTimeout\": "
             "\"1s\"}, \"selection\": {\"canary\": {" KEY ", \"match\": \"tag=canary\"}}}");
    answer(&rig, 200, 7, "100");
    rig_wait(&rig, EK_S);
    assert_non_null(rig_find(&rig, EK_ACTION_HTTP_CANCEL, 0));
    rig_wait(&rig, 600 * EK_S);
    assert_string_equal(asked(&rig), "nothing");
    rig_call(&rig);
    assert_string_equal(asked(&rig), "/v1/kv/web/canary?raw=");
    rig_close(&rig);
}

static void a_key_needs_a_match(void **state)
{
    struct ek_service_config config = {0};
    struct ek_errors errors = {0};
    json_t *json = json_loads("{\"selection\": {\"canary\": {" KEY "}}}", 0, NULL);

    (void)state;
    assert_int_not_equal(ek_service_config_read(json, "", &config, &errors), EK_OK);
    assert_string_equal(errors.items[0].path, "/selection/canary");
    json_decref(json);
    ek_service_config_deinit(&config);
}

/* A registry that was restored answers at once with the index that was waited behind, and would let
 * it wait in vain: the next read is one in full, as in the resolver's watch. */
static void an_early_answer_without_news_leads_to_a_full_read(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, CANARY(KEY));
    answer(&rig, 200, 7, "100");
    rig_wait(&rig, 2 * EK_S);
    answer(&rig, 200, 7, "100");
    if (rig_find(&rig, EK_ACTION_HTTP_GET, 0) == NULL)
        rig_wait(&rig, 5 * EK_S);
    assert_string_equal(asked(&rig), "/v1/kv/web/canary?raw=");
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_percentages),
        cmocka_unit_test(the_value_is_the_share_and_is_watched),
        cmocka_unit_test(nothing_is_told_when_nothing_changed),
        cmocka_unit_test(a_key_that_is_absent_leaves_the_share_of_the_config),
        cmocka_unit_test(whatever_is_no_share_leaves_the_last_one),
        cmocka_unit_test(failures_are_backed_off_and_told_once),
        cmocka_unit_test(a_query_without_answer_is_given_up),
        cmocka_unit_test(an_index_that_goes_back_leads_to_a_full_read),
        cmocka_unit_test(an_early_answer_without_news_leads_to_a_full_read),
        cmocka_unit_test(keys_are_escaped_but_for_slashes),
        cmocka_unit_test(another_config_keeps_the_watch_of_the_same_key_only),
        cmocka_unit_test(a_config_with_another_share_counts),
        cmocka_unit_test(an_idle_channel_asks_nothing),
        cmocka_unit_test(a_key_needs_a_match),
    };

    return cmocka_run_group_tests_name("core/canary_key", tests, NULL, NULL);
}
