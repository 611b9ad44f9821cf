/* Service configs: what is read, what is refused, and where the complaint points. */
#include "evenkeel/service_config.h"

#include "evenkeel/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);

    if (json == NULL)
        fail_msg("%s: %s", error.text, text);
    return json;
}

/* Reads what must be right. */
static struct ek_service_config config_of(const char *text)
{
    struct ek_service_config config;
    struct ek_errors errors = {0};
    json_t *json = parse(text);

    if (ek_service_config_read(json, "", &config, &errors) != EK_OK)
        fail_msg("%s: %s: %s", text, errors.items[0].path, errors.items[0].text);
    assert_int_equal(errors.count, 0);
    json_decref(json);
    return config;
}

/* ---- what is read ---- */

/* pick_first, gRPC's connection backoff constants, everything else off. */
static void assert_default(const struct ek_service_config *config)
{
    const struct ek_method_config *method = ek_service_config_method(config, "/a.B/C");

    assert_string_equal(config->lb->name, "pick_first");
    assert_int_equal(json_object_size(config->lb_options), 0);
    assert_int_equal(method->timeout_ns, 0);
    assert_false(method->wait_for_ready);
    assert_int_equal(method->retry.attempts_max, 0);
    assert_int_equal(config->throttling.tokens_max, 0);
    assert_int_equal(config->outlier.consecutive_failures, 0);
    assert_int_equal(config->connection.initial_backoff_ns, EK_S);
    assert_int_equal(config->connection.backoff_max_ns, 120 * EK_S);
    assert_int_equal(config->connection.multiplier, 1600);
    assert_int_equal(config->connection.jitter_ppm, 200000);
    assert_int_equal(config->connection.connect_timeout_ns, 20 * EK_S);
    assert_true(config->connection.reconnect);
    assert_false(config->connection.on_demand);
}

static void absent_and_empty_configs_are_grpcs_defaults(void **state)
{
    struct ek_service_config config;
    struct ek_errors errors = {0};

    (void)state;
    assert_int_equal(ek_service_config_read(NULL, "", &config, &errors), EK_OK);
    assert_default(&config);
    ek_service_config_deinit(&config);

    config = config_of("{}");
    assert_default(&config);
    ek_service_config_deinit(&config);
    ek_service_config_deinit(&config); /* of a zeroed one: nothing */
}

static void every_member_is_read(void **state)
{
    struct ek_service_config config = config_of(
        "{\"loadBalancingConfig\": [{\"least_request\": {\"choiceCount\": 3}}],"
        " \"methodConfig\": [{\"name\": [{\"service\": \"a.B\"}], \"timeout\": \"1s\","
        "   \"waitForReady\": true, \"retryPolicy\": {\"maxAttempts\": 3,"
        "   \"initialBackoff\": \"0.1s\", \"maxBackoff\": \"1s\", \"backoffMultiplier\": 1.5,"
        "   \"retryableStatusCodes\": [\"unavailable\", \"ABORTED\", 4]}}],"
        " \"retryThrottling\": {\"maxTokens\": 10, \"tokenRatio\": 0.1},"
        " \"outlierDetection\": {\"consecutiveFailures\": 5, \"baseEjectionTime\": \"10s\","
        "   \"maxEjectionTime\": \"1m\", \"maxEjectionPercent\": 50},"
        " \"connection\": {\"initialBackoff\": \"2s\", \"maxBackoff\": \"3s\", \"multiplier\": 2,"
        "   \"jitter\": \"10%\", \"connectTimeout\": \"5s\", \"reconnect\": false,"
        "   \"onDemand\": true}}");
    const struct ek_method_config *method = ek_service_config_method(&config, "/a.B/C");

    (void)state;
    assert_string_equal(config.lb->name, "least_request");
    assert_int_equal(json_integer_value(json_object_get(config.lb_options, "choiceCount")), 3);
    assert_int_equal(method->timeout_ns, EK_S);
    assert_true(method->wait_for_ready);
    assert_int_equal(method->retry.attempts_max, 3);
    assert_int_equal(method->retry.initial_backoff_ns, 100 * EK_MS);
    assert_int_equal(method->retry.backoff_max_ns, EK_S);
    assert_int_equal(method->retry.backoff_multiplier, 1500);
    assert_int_equal(method->retry.retryable, 1 << 14 | 1 << 10 | 1 << 4);
    assert_int_equal(config.throttling.tokens_max, 10000);
    assert_int_equal(config.throttling.token_ratio, 100);
    assert_int_equal(config.outlier.consecutive_failures, 5);
    assert_int_equal(config.outlier.base_ejection_ns, 10 * EK_S);
    assert_int_equal(config.outlier.ejection_max_ns, 60 * EK_S);
    assert_int_equal(config.outlier.ejection_max_percent, 50);
    assert_int_equal(config.connection.initial_backoff_ns, 2 * EK_S);
    assert_int_equal(config.connection.backoff_max_ns, 3 * EK_S);
    assert_int_equal(config.connection.multiplier, 2000);
    assert_int_equal(config.connection.jitter_ppm, 100000);
    assert_int_equal(config.connection.connect_timeout_ns, 5 * EK_S);
    assert_false(config.connection.reconnect);
    assert_true(config.connection.on_demand);
    ek_service_config_deinit(&config);
}

static void outlier_detection_has_defaults_once_it_is_on(void **state)
{
    struct ek_service_config config =
        config_of("{\"outlierDetection\": {\"consecutiveFailures\": 1}}");

    (void)state;
    assert_int_equal(config.outlier.base_ejection_ns, 30 * EK_S);
    assert_int_equal(config.outlier.ejection_max_ns, 300 * EK_S);
    assert_int_equal(config.outlier.ejection_max_percent, 100);
    ek_service_config_deinit(&config);

    /* gRPC A50: effective is the greater of the two times. */
    config = config_of("{\"outlierDetection\": {\"consecutiveFailures\": 1,"
                       " \"baseEjectionTime\": \"400s\", \"maxEjectionPercent\": 0}}");
    assert_int_equal(config.outlier.ejection_max_ns, 400 * EK_S);
    assert_int_equal(config.outlier.ejection_max_percent, 0);
    ek_service_config_deinit(&config);
}

static void more_than_five_attempts_are_taken_as_five(void **state)
{
    struct ek_service_config config = config_of(
        "{\"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 6,"
        " \"initialBackoff\": \"1s\", \"maxBackoff\": \"1s\", \"backoffMultiplier\": 0.001,"
        " \"retryableStatusCodes\": [14]}}]}");

    (void)state;
    assert_int_equal(ek_service_config_method(&config, NULL)->retry.attempts_max, 5);
    assert_int_equal(ek_service_config_method(&config, NULL)->retry.backoff_multiplier, 1);
    ek_service_config_deinit(&config);
}

static void the_first_known_policy_wins(void **state)
{
    struct ek_service_config config =
        config_of("{\"loadBalancingConfig\": [{\"xds_experimental\": {\"any\": 1}},"
                  " {\"p2c\": {}}, {\"round_robin\": {}}]}");

    (void)state;
    assert_string_equal(config.lb->name, "least_request");
    ek_service_config_deinit(&config);
}

/* gRFC A24: the older member counts where there is no loadBalancingConfig, in any case (Java,
 * C-core); grpc-go takes pick_first for a name that it does not know. */
static void a_policy_may_be_named_in_the_older_way(void **state)
{
    static const struct {
        const char *json, *policy;
    } cases[] = {
        {"{\"loadBalancingPolicy\": \"round_robin\"}", "round_robin"},
        {"{\"loadBalancingPolicy\": \"ROUND_ROBIN\"}", "round_robin"},
        {"{\"loadBalancingPolicy\": \"grpclb\", \"dialect\": \"grpc-go\"}", "pick_first"},
        {"{\"loadBalancingPolicy\": \"random\", \"loadBalancingConfig\": [{\"maglev\": {}}]}",
         "maglev"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_service_config config = config_of(cases[i].json);

        assert_string_equal(config.lb->name, cases[i].policy);
        ek_service_config_deinit(&config);
    }
}

/* gRPC A62: at least one second. */
static void an_idle_timeout_is_at_least_a_second(void **state)
{
    struct ek_service_config config = config_of("{\"connection\": {\"idleTimeout\": \"1ms\"}}");

    (void)state;
    assert_int_equal(config.connection.idle_timeout_ns, EK_S);
    ek_service_config_deinit(&config);
}

/* {}, null or "" as the service is the default; sizes of messages are read. */
static void a_name_of_null_is_the_default(void **state)
{
    struct ek_service_config config = config_of("{\"methodConfig\": [{\"name\": [{\"service\": "
                                                "null, \"method\": null}], \"timeout\": \"3s\","
                                                " \"maxRequestMessageBytes\": 4096}]}");

    (void)state;
    assert_int_equal(ek_service_config_method(&config, "/a.B/C")->timeout_ns, 3 * EK_S);
    ek_service_config_deinit(&config);
}

/* /service/method, then /service/, then the default. */
static void the_most_exact_method_entry_counts(void **state)
{
    static const struct {
        const char *path;
        int64_t timeout_s;
    } cases[] = {
        {"/a.B/C", 1},  {"/a.B/D", 2}, {"/a.B/", 2},  {"/a.BB/C", 3}, {"/a/C", 3},
        {"a.B/C", 1},   {"/", 3},      {"", 3},       {"//C", 3},     {"/a.B", 3},
        {"/a.B/CC", 2}, {"/x.Y/C", 4}, {"/x.Y/D", 4}, {NULL, 3},
    };
    struct ek_service_config config = config_of(
        "{\"methodConfig\": [{\"name\": [{}], \"timeout\": \"3s\"},"
        " {\"name\": [{\"service\": \"x.Y\", \"method\": \"\"}], \"timeout\": \"4s\"},"
        " {\"name\": [{\"service\": \"a.B\"}], \"timeout\": \"2s\"},"
        " {\"name\": [{\"service\": \"a.B\", \"method\": \"C\"}], \"timeout\": \"1s\"}]}");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ek_service_config_method(&config, cases[i].path)->timeout_ns,
                         cases[i].timeout_s * EK_S);
    ek_service_config_deinit(&config);
}

/* ---- what is refused ---- */

#define RETRY(attempts, initial, most, multiplier, codes)                               \
    "{\"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": " attempts \
    ", \"initialBackoff\": " initial ", \"maxBackoff\": " most                          \
    ", \"backoffMultiplier\": " multiplier ", \"retryableStatusCodes\": " codes "}}]}"
#define NAMES(names)    "{\"methodConfig\": [{\"name\": " names "}]}"
#define POLICY(list)    "{\"loadBalancingConfig\": " list "}"
#define THROTTLE(m, r)  "{\"retryThrottling\": {\"maxTokens\": " m ", \"tokenRatio\": " r "}}"
#define RETRY_PATH(key) "/methodConfig/0/retryPolicy/" key

static const struct {
    const char *json, *path;
    bool is_key;
    const char *text; /* a part of it */
} refusals[] = {
    {"[]", "", false, "expected an object"},
    {"{\"methodConfigs\": []}", "/methodConfigs", true, "did you mean \"methodConfig\"?"},
    {"{\"a/b~c\": 1}", "/a~1b~0c", true, "unknown key"},

    /* G78a: only unknown policies, or none at all. */
    {POLICY("[]"), "/loadBalancingConfig", false, "expected a list"},
    {POLICY("{}"), "/loadBalancingConfig", false, "expected a list"},
    {POLICY("\"round_robin\""), "/loadBalancingConfig", false, "expected a list"},
    {POLICY("[{\"rond_robin\": {}}]"), "/loadBalancingConfig/0/rond_robin", true,
     "did you mean \"round_robin\"?"},
    {POLICY("[{\"xds\": {}}]"), "/loadBalancingConfig/0/xds", true, "possible: least_request"},
    {POLICY("[{\"a/b\": {}}]"), "/loadBalancingConfig/0/a~1b", true, "unknown policy \"a/b\""},
    {POLICY("[{\"round_robin\": {}}, {}]"), "/loadBalancingConfig/1", false, "one member"},
    {POLICY("[{\"a\": {}, \"b\": {}}]"), "/loadBalancingConfig/0", false, "one member"},
    {POLICY("[7]"), "/loadBalancingConfig/0", false, "one member"},
    {POLICY("[{\"round_robin\": {\"x\": 1}}]"), "/loadBalancingConfig/0/round_robin/x", true,
     "unknown key"},
    {POLICY("[{\"round_robin\": null}]"), "/loadBalancingConfig/0/round_robin", false,
     "expected an object"},
    /* A bad config of the first known policy does not fall through to the next. */
    {POLICY("[{\"p2c\": {\"choiceCount\": 1}}, {\"round_robin\": {}}]"),
     "/loadBalancingConfig/0/p2c/choiceCount", false, "at least 2"},

    {"{\"methodConfig\": [{}]}", "/methodConfig/0", false, "\"name\" is missing"},
    {NAMES("[]"), "/methodConfig/0/name", false, "at least 1"},
    {NAMES("[{\"method\": \"C\"}]"), "/methodConfig/0/name/0", false, "without \"service\""},
    {NAMES("[{}, {}]"), "/methodConfig/0/name/1", false, "stands in methodConfig 0 already"},
    {NAMES("[{}, {\"service\": \"\"}]"), "/methodConfig/0/name/1", false, "already"},
    {NAMES("[{\"service\": \"a\"}, {\"service\": \"a\", \"method\": \"\"}]"),
     "/methodConfig/0/name/1", false, "already"},
    {"{\"methodConfig\": [{\"name\": [{\"service\": \"b\"}, {\"service\": \"a\"}]},"
     " {\"name\": [{}]}, {\"name\": [{\"service\": \"c\"}, {\"service\": \"a\"}]}]}",
     "/methodConfig/2/name/1", false, "stands in methodConfig 0 already"},
    {"{\"methodConfig\": [{\"name\": [{}], \"timeout\": \"3c\"}]}", "/methodConfig/0/timeout",
     false, "expected a duration"},
    {"{\"methodConfig\": [{\"name\": [{}], \"timeout\": \"0s\"}]}", "/methodConfig/0/timeout",
     false, "greater than 0"},

    {RETRY("1", "\"1s\"", "\"1s\"", "2", "[14]"), RETRY_PATH("maxAttempts"), false, "at least 2"},
    {RETRY("2", "\"0s\"", "\"1s\"", "2", "[14]"), RETRY_PATH("initialBackoff"), false, "0"},
    {RETRY("2", "\"1s\"", "\"0s\"", "2", "[14]"), RETRY_PATH("maxBackoff"), false, "0"},
    {RETRY("2", "\"1s\"", "\"1s\"", "0", "[14]"), RETRY_PATH("backoffMultiplier"), false, "0"},
    {RETRY("2", "\"1s\"", "\"1s\"", "2", "[]"), RETRY_PATH("retryableStatusCodes"), false, "1"},
    {RETRY("2", "\"1s\"", "\"1s\"", "2", "[14, \"UNAVAILBLE\"]"),
     RETRY_PATH("retryableStatusCodes/1"), false, "did you mean \"UNAVAILABLE\"?"},
    {RETRY("2", "\"1s\"", "\"1s\"", "2", "[17]"), RETRY_PATH("retryableStatusCodes/0"), false,
     "expected a status code"},
    {RETRY("2", "\"1s\"", "\"1s\"", "2", "[4294967310]"), RETRY_PATH("retryableStatusCodes/0"),
     false, "expected a status code"}, /* 2^32 + 14 */
    {RETRY("2", "\"1s\"", "\"1s\"", "2", "[\"OK\"]"), RETRY_PATH("retryableStatusCodes/0"), false,
     "a success is not tried again"},
    {RETRY("2", "\"1s\"", "\"1s\"", "2", "[null]"), RETRY_PATH("retryableStatusCodes/0"), false,
     "expected a status code"},
    {"{\"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {}}]}", "/methodConfig/0/retryPolicy",
     false, "\"maxAttempts\" is missing"},

    {THROTTLE("0", "0.1"), "/retryThrottling/maxTokens", false, "at least 1"},
    {THROTTLE("1001", "0.1"), "/retryThrottling/maxTokens", false, "at most 1000"},
    {THROTTLE("10", "0"), "/retryThrottling/tokenRatio", false, "greater than 0"},
    {THROTTLE("10", "0.0004"), "/retryThrottling/tokenRatio", false, "greater than 0"},

    {"{\"outlierDetection\": {}}", "/outlierDetection", false, "\"consecutiveFailures\""},
    {"{\"outlierDetection\": {\"consecutiveFailures\": 1, \"maxEjectionPercent\": 101}}",
     "/outlierDetection/maxEjectionPercent", false, "at most 100"},
    {"{\"connection\": {\"multiplier\": 0.5}}", "/connection/multiplier", false, "at least 1"},
    {"{\"connection\": {\"jitter\": \"101%\"}}", "/connection/jitter", false, "at most 100%"},

    {POLICY("[{\"least_request_experimentl\": {}}]"),
     "/loadBalancingConfig/0/least_request_experimentl", true,
     "did you mean \"least_request_experimental\"?"},
    {"{\"methodConfig\": [{\"name\": [{}], \"maxRequestMessageBytes\": \"4\"}]}",
     "/methodConfig/0/maxRequestMessageBytes", false, "expected a whole number"},
    {"{\"methodConfig\": [{\"name\": [{}], \"maxResponseMessageBytes\": 4294967296}]}",
     "/methodConfig/0/maxResponseMessageBytes", false, "at most 4294967295"},
    {"{\"outlierDetection\": {\"consecutiveFailures\": 1}, \"loadBalancingConfig\":"
     " [{\"outlier_detection_experimental\": {\"successRateEjection\": {}, \"childPolicy\":"
     " [{\"round_robin\": {}}]}}]}",
     "/loadBalancingConfig/0/outlier_detection_experimental", true, "looked for already"},
    {"{\"connectionScaling\": {\"maxConnectionsPerSubchannel\": 2}}", "/connectionScaling", true,
     "not supported"},
    {"{\"healthCheckConfig\": {\"service\": \"\"}}", "/healthCheckConfig/service", true,
     "unknown key"},
    {"{\"healthCheckConfig\": {\"serviceName\": \"\"}, \"healthCheck\": {\"kind\": \"tcp\"}}",
     "/healthCheckConfig", true, "exclude each other"},
    {"{\"healthCheck\": {}}", "/healthCheck", false, "\"kind\" is missing"},
    {"{\"dialect\": \"grpc-rust\"}", "/dialect", false, "grpc"},
    {"{\"retryBudget\": {}}", "/retryBudget", false, "\"concurrent\" or \"rate\""},
    {"{\"retryBudget\": {\"rate\": {\"ttl\": \"61s\"}}}", "/retryBudget/rate/ttl", false,
     "at most"},
    {"{\"slowStart\": {}}", "/slowStart", false, "\"window\" is missing"},
    {"{\"adaptiveThrottling\": {\"k\": 0}}", "/adaptiveThrottling/k", false, "greater than 0"},
    {"{\"circuitBreakers\": {\"maxRequest\": 1}}", "/circuitBreakers/maxRequest", true,
     "did you mean \"maxRequests\"?"},

    /* G62: what gRPC's policy refuses. */
    {POLICY("[{\"outlier_detection_experimental\": {}}]"),
     "/loadBalancingConfig/0/outlier_detection_experimental", false, "\"childPolicy\" is missing"},
    {POLICY("[{\"outlier_detection_experimental\": {\"maxEjectionPercent\": 150, "
            "\"childPolicy\": [{\"round_robin\": {}}]}}]"),
     "/loadBalancingConfig/0/outlier_detection_experimental/maxEjectionPercent", false,
     "at most 100"},
    {POLICY("[{\"outlier_detection_experimental\": {\"interval\": \"-1s\", "
            "\"childPolicy\": [{\"round_robin\": {}}]}}]"),
     "/loadBalancingConfig/0/outlier_detection_experimental/interval", false, "duration"},
    {POLICY("[{\"outlier_detection_experimental\": {\"successRateEjection\": "
            "{\"enforcementPercentage\": 101}, \"childPolicy\": [{\"round_robin\": {}}]}}]"),
     "/loadBalancingConfig/0/outlier_detection_experimental/successRateEjection/"
     "enforcementPercentage",
     false, "at most 100"},
    {POLICY("[{\"outlier_detection_experimental\": {\"childPolicy\": [{\"xds\": {}}]}}]"),
     "/loadBalancingConfig/0/outlier_detection_experimental/childPolicy/0/xds", true,
     "unknown policy"},
    {"{\"loadBalancingConfig\": [{\"pick_first\": {\"shuffleAddressList\": 666}}]}",
     "/loadBalancingConfig/0/pick_first/shuffleAddressList", false, "true"}, /* G36 */
    {"{\"loadBalancingPolicy\": \"rond_robin\"}", "/loadBalancingPolicy", false,
     "did you mean \"round_robin\"?"},
    {"{\"loadBalancingPolicy\": [{\"round_robin\": {}}]}", "/loadBalancingPolicy", false,
     "expected text"},
    {"{\"methodConfig\": [{\"name\": [{}]}, {\"name\": [{\"service\": \"a\"}],"
     " \"hedgingPolicy\": {}}]}",
     "/methodConfig/1/hedgingPolicy", false, "\"maxAttempts\" is missing"},
    {"{\"methodConfig\": [{\"name\": [{}], \"hedgingPolicy\": {\"maxAttempts\": 2, "
     "\"nonFatalStatusCodes\": [\"OK\"]}}]}",
     "/methodConfig/0/hedgingPolicy/nonFatalStatusCodes/0", false, "a success is not"},
    {"{\"methodConfig\": [{\"name\": [{}], \"hedgingPolicy\": {\"maxAttempts\": 2}, "
     "\"retryPolicy\": {\"maxAttempts\": 2, \"initialBackoff\": \"1s\", \"maxBackoff\": \"1s\", "
     "\"backoffMultiplier\": 1, \"retryableStatusCodes\": [14]}}]}",
     "/methodConfig/0/hedgingPolicy", true, "exclude each other"},
};

static void each_mistake_is_one_complaint_at_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct ek_service_config config, zero = {0};
        struct ek_errors errors = {0};
        json_t *json = parse(refusals[i].json);
        const struct ek_error *error = &errors.items[0];

        assert_int_equal(ek_service_config_read(json, "", &config, &errors), EK_EINVAL);
        assert_memory_equal(&config, &zero, sizeof zero);
        assert_string_equal(error->path, refusals[i].path);
        if (error->is_key != refusals[i].is_key || strstr(error->text, refusals[i].text) == NULL)
            fail_msg("%s: %s", refusals[i].json, error->text);
        if (strstr(refusals[i].json, "\"retryPolicy\": {}") == NULL && errors.count != 1)
            fail_msg("%s: %zu complaints, then %s: %s", refusals[i].json, errors.count,
                     errors.items[1].path, errors.items[1].text);
        json_decref(json);
    }
}

static void pointers_start_with_the_given_path(void **state)
{
    static const char *const expected[] = {"/clients/0/serviceConfig/hm",
                                           "/clients/0/serviceConfig/methodConfig/0/name/1",
                                           "/clients/0/serviceConfig/loadBalancingConfig/0/xds"};
    struct ek_service_config config;
    struct ek_errors errors = {0};
    json_t *json = parse("{\"hm\": 1, \"methodConfig\": [{\"name\": [{}, {}]}],"
                         " \"loadBalancingConfig\": [{\"xds\": {}}]}");

    (void)state;
    assert_int_equal(ek_service_config_read(json, "/clients/0/serviceConfig", &config, &errors),
                     EK_EINVAL);
    assert_int_equal(errors.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(errors.items[i].path, expected[i]);
    json_decref(json);
}

/* A thousand-byte key cuts the pointer, and nothing else happens. */
static void long_names_are_cut(void **state)
{
    struct ek_service_config config;
    struct ek_errors errors = {0};
    char key[1001], deep[301];
    json_t *json;

    (void)state;
    memset(key, '~', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    memset(deep, '/', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    json = json_pack("{s: [{s: {}}], s: i}", "loadBalancingConfig", key, key, 1);
    assert_non_null(json);
    assert_int_equal(ek_service_config_read(json, "", &config, &errors), EK_EINVAL);
    assert_int_equal(ek_service_config_read(json, deep, &config, &errors), EK_EINVAL);
    assert_int_equal(errors.count, 4);
    json_decref(json);
}

/* 100,000 names, the last one twice: found, and not by comparing all with all. */
static void many_names_are_checked_quickly(void **state)
{
    struct ek_service_config config;
    struct ek_errors errors = {0};
    json_t *names = json_array();
    char text[24];

    (void)state;
    for (int i = 0; i < 99999; i++) {
        snprintf(text, sizeof text, "s%d", i);
        json_array_append_new(names, json_pack("{s: s}", "service", text));
    }
    json_array_append_new(names, json_pack("{s: s}", "service", text));
    json_t *json = json_pack("{s: [{s: o}]}", "methodConfig", "name", names);
    assert_int_equal(ek_service_config_read(json, "", &config, &errors), EK_EINVAL);
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.items[0].path, "/methodConfig/0/name/99999");
    json_decref(json);
}

/* ---- another policy ---- */

static void a_policy_can_be_put_in_place_by_a_word(void **state)
{
    struct ek_service_config config = config_of("{}");
    struct ek_errors errors = {0};

    (void)state;
    assert_int_equal(ek_service_config_set_policy(&config, "round_robin", &errors), EK_OK);
    assert_string_equal(config.lb->name, "round_robin");
    assert_int_equal(json_object_size(config.lb_options), 0);

    assert_int_equal(ek_service_config_set_policy(
                         &config, "peak_ewma,decayTime=5s,chargeFailures=true", &errors),
                     EK_OK);
    assert_string_equal(config.lb->name, "peak_ewma");
    assert_string_equal(json_string_value(json_object_get(config.lb_options, "decayTime")), "5s");
    assert_true(json_is_true(json_object_get(config.lb_options, "chargeFailures")));

    assert_int_equal(ek_service_config_set_policy(&config, "p2c,choiceCount=4", &errors), EK_OK);
    assert_int_equal(json_integer_value(json_object_get(config.lb_options, "choiceCount")), 4);
    assert_int_equal(errors.count, 0);
    ek_service_config_deinit(&config);
}

static void a_bad_word_leaves_the_policy_alone(void **state)
{
    static const struct {
        const char *spec, *path, *text;
    } cases[] = {
        {"rond_robin", "", "did you mean \"round_robin\"?"},
        {"", "", "unknown policy"},
        {"p2c,choiceCount", "", "expected key=value, found \"choiceCount\""},
        {"p2c,=1", "", "expected key=value"},
        {"p2c,choiceCount=1", "/choiceCount", "at least 2"},
        {"p2c,choiceCount=", "/choiceCount", "expected a whole number"},
        {"p2c,choiceCont=3", "/choiceCont", "did you mean \"choiceCount\"?"},
        {"p\xff", "", "UTF-8"},
    };
    struct ek_service_config config =
        config_of("{\"loadBalancingConfig\": [{\"round_robin\": {}}]}");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_errors errors = {0};
        assert_int_equal(ek_service_config_set_policy(&config, cases[i].spec, &errors), EK_EINVAL);
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.items[0].path, cases[i].path);
        if (strstr(errors.items[0].text, cases[i].text) == NULL)
            fail_msg("%s: %s", cases[i].spec, errors.items[0].text);
        assert_string_equal(config.lb->name, "round_robin");
    }
    ek_service_config_deinit(&config);
}

static void every_row_of_the_tables_has_a_text(void **state)
{
    (void)state;
    for (const struct ek_option *row = ek_service_config_options; row->name != NULL; row++) {
        assert_true(row->text != NULL && strlen(row->text) > 0);
        for (const struct ek_option *inner = row->fields; inner && inner->name; inner++)
            assert_true(inner->text != NULL && strlen(inner->text) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_and_empty_configs_are_grpcs_defaults),
        cmocka_unit_test(every_member_is_read),
        cmocka_unit_test(outlier_detection_has_defaults_once_it_is_on),
        cmocka_unit_test(more_than_five_attempts_are_taken_as_five),
        cmocka_unit_test(the_first_known_policy_wins),
        cmocka_unit_test(a_policy_may_be_named_in_the_older_way),
        cmocka_unit_test(an_idle_timeout_is_at_least_a_second),
        cmocka_unit_test(a_name_of_null_is_the_default),
        cmocka_unit_test(the_most_exact_method_entry_counts),
        cmocka_unit_test(each_mistake_is_one_complaint_at_its_place),
        cmocka_unit_test(pointers_start_with_the_given_path),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(many_names_are_checked_quickly),
        cmocka_unit_test(a_policy_can_be_put_in_place_by_a_word),
        cmocka_unit_test(a_bad_word_leaves_the_policy_alone),
        cmocka_unit_test(every_row_of_the_tables_has_a_text),
    };
    return cmocka_run_group_tests_name("core/service_config", tests, NULL, NULL);
}
