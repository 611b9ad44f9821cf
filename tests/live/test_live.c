/* The real core over real sockets on the loopback: balance, failover, deadlines, retries. */
#include "evenkeel/live.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* ---- a server of its own thread; each counter is written by it alone and read after it stopped,
 * or while no call is under way ---- */

struct server {
    struct MHD_Daemon *daemon;
    unsigned port;
    unsigned status;   /* of its answers */
    unsigned delay_ms; /* before each */
    unsigned count;
    const char *header[2], *value[2]; /* of its answers; NULL: none */
};

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct server *server = context;
    struct MHD_Response *response;
    enum MHD_Result result;
    char body[64];

    (void)url, (void)method, (void)version, (void)upload;
    if (*state == NULL) { /* headers only; the body follows */
        *state = server;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    server->count++;
    if (server->delay_ms > 0)
        nanosleep(&(struct timespec){.tv_nsec = (long)server->delay_ms * 1000000L}, NULL);
    snprintf(body, sizeof body, "{\"port\": %u}", server->port);
    response = MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_MUST_COPY);
    for (size_t i = 0; i < 2; i++)
        if (server->header[i] != NULL)
            MHD_add_response_header(response, server->header[i], server->value[i]);
    result = MHD_queue_response(connection, server->status, response);
    MHD_destroy_response(response);
    return result;
}

static void server_start(struct server *server, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const union MHD_DaemonInfo *info;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer,
                                      server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                                      MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
    assert_non_null(server->daemon);
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info->port;
    server->status = 200;
}

static void server_stop(struct server *server)
{
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
}

/* ---- a client over some of them ---- */

struct rig {
    struct server servers[3];
    struct ek_service_config config;
    json_t *options;
    struct ek_live *live;
    uint32_t channel;
};

static void open_rig(struct rig *rig, const char *config)
{
    struct ek_errors errors = {0};
    struct ek_live_config live = {0};
    struct ek_channel_config channel = {
        .service_config = &rig->config,
        .resolver = ek_resolver_find("static"),
        .seed = 1,
    };
    json_t *json = json_loads(config, 0, NULL), *list = json_array();

    memset(rig, 0, sizeof *rig);
    for (size_t i = 0; i < 3; i++) {
        char address[32];

        server_start(&rig->servers[i], 0);
        snprintf(address, sizeof address, "127.0.0.1:%u", rig->servers[i].port);
        json_array_append_new(list, json_string(address));
    }
    rig->options = json_pack("{s:o}", "addresses", list);
    channel.resolver_options = rig->options;
    assert_int_equal(ek_service_config_read(json, "", &rig->config, &errors), EK_OK);
    json_decref(json);
    assert_int_equal(ek_live_new(&live, &rig->live), EK_OK);
    assert_int_equal(ek_live_open(rig->live, &channel, &rig->channel, &errors), EK_OK);
}

static void close_rig(struct rig *rig)
{
    ek_live_free(rig->live);
    for (size_t i = 0; i < 3; i++)
        server_stop(&rig->servers[i]);
    ek_service_config_deinit(&rig->config);
    json_decref(rig->options);
}

/* One call to its end. */
static struct ek_live_result call(struct rig *rig)
{
    struct ek_live_call request = {.token = 7, .path = "/rpc", .body = "{}", .body_size = 2};
    struct ek_live_result result;

    assert_int_equal(ek_live_call(rig->live, rig->channel, &request), EK_OK);
    while (!ek_live_result(rig->live, &result))
        assert_int_equal(ek_live_poll(rig->live, 1000), EK_OK);
    assert_int_equal(result.token, 7);
    return result;
}

/* Until all three are connected, and so all take part. */
static void warm_up(struct rig *rig)
{
    while (ek_channel_stats(ek_live_channel(rig->live, rig->channel)).endpoints_ready < 3)
        assert_int_equal(ek_live_poll(rig->live, 100), EK_OK);
}

static void round_robin_reaches_every_real_server_equally(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}");
    warm_up(&rig);

    for (int i = 0; i < 90; i++) {
        struct ek_live_result result = call(&rig);

        assert_int_equal(result.status, EK_STATUS_OK);
        assert_int_equal(result.http_status, 200);
        assert_non_null(strstr(result.body, "\"port\""));
    }

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rig.servers[i].count, 30);
    close_rig(&rig);
}

static void a_server_that_dies_costs_at_most_one_call_and_gets_no_more(void **state)
{
    struct rig rig;
    int failed = 0;

    (void)state;
    open_rig(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}");
    warm_up(&rig);
    for (int i = 0; i < 9; i++)
        call(&rig);
    server_stop(&rig.servers[1]);

    for (int i = 0; i < 30; i++)
        failed += call(&rig).status != EK_STATUS_OK;

    assert_in_range(failed, 0, 1);
    close_rig(&rig);
}

static void a_server_that_comes_back_is_used_again(void **state)
{
    struct rig rig;
    unsigned port, before;

    (void)state;
    open_rig(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"connection\": "
                   "{\"initialBackoff\": \"0.1s\", \"maxBackoff\": \"0.1s\"}}");
    warm_up(&rig);
    port = rig.servers[1].port;
    server_stop(&rig.servers[1]);
    for (int i = 0; i < 9; i++)
        call(&rig);
    server_start(&rig.servers[1], port);
    warm_up(&rig);
    before = rig.servers[1].count;

    for (int i = 0; i < 9; i++)
        assert_int_equal(call(&rig).status, EK_STATUS_OK);

    assert_int_equal(rig.servers[1].count - before, 3);
    close_rig(&rig);
}

static void a_retry_hides_a_server_that_answers_503(void **state)
{
    struct rig rig;
    unsigned attempts = 0;

    (void)state;
    open_rig(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": [{\"name\": "
             "[{}], \"retryPolicy\": {\"maxAttempts\": 2, \"initialBackoff\": \"0.001s\", "
             "\"maxBackoff\": \"0.001s\", \"backoffMultiplier\": 1, \"retryableStatusCodes\": "
             "[\"UNAVAILABLE\"]}}]}");
    warm_up(&rig);
    rig.servers[0].status = 503;

    for (int i = 0; i < 30; i++) {
        struct ek_live_result result = call(&rig);

        assert_int_equal(result.status, EK_STATUS_OK);
        attempts += result.attempts;
    }

    /* Retries take turns as well, so a third of 30 calls or a few more meet it first. */
    assert_in_range(attempts, 40, 50);
    close_rig(&rig);
}

#define PUSHBACK "grpc-retry-pushback-ms"

/* The backoff would be 8 s at least; a server wants 20 ms, another never, the third says both. */
static void a_server_says_when_to_try_again(void **state)
{
    static const struct {
        const char *value[2];
        uint32_t attempts;
    } cases[] = {{{"20", NULL}, 2}, {{"-1", NULL}, 1}, {{"soon", NULL}, 1}, {{"20", "30"}, 1}};
    struct rig rig;

    (void)state;
    open_rig(&rig,
             "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": [{\"name\": "
             "[{}], \"retryPolicy\": {\"maxAttempts\": 2, \"initialBackoff\": \"10s\", "
             "\"maxBackoff\": \"10s\", \"backoffMultiplier\": 1, \"retryableStatusCodes\": "
             "[\"UNAVAILABLE\"]}}]}");
    warm_up(&rig);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ek_live_result result;

        for (size_t k = 0; k < 3; k++) {
            rig.servers[k].status = 503;
            for (size_t h = 0; h < 2; h++) {
                rig.servers[k].header[h] = cases[i].value[h] != NULL ? PUSHBACK : NULL;
                rig.servers[k].value[h] = cases[i].value[h];
            }
        }
        result = call(&rig);
        assert_int_equal(result.status, EK_STATUS_UNAVAILABLE);
        assert_int_equal(result.attempts, cases[i].attempts);
        assert_true(result.latency_ns >= (cases[i].attempts - 1) * 20 * EK_MS);
        assert_true(result.latency_ns < 5 * EK_S);
    }
    close_rig(&rig);
}

/* grpc.md G14: 100 calls a second at .9, .3 and .3 are weights of 1:3:3. What the second says
 * beside that is passed over. */
static void reports_of_load_become_weights(void **state)
{
    static const char *const reports[] = {
        "TEXT application_utilization=0.9, rps_fractional=100",
        "JSON {\"application_utilization\": 0.3, \"rps_fractional\": 100, \"request_cost\": []}",
        "TEXT rps_fractional=100, cpu_utilization=0.3, mood=good"};
    const struct timespec pause = {.tv_nsec = 150000000};
    unsigned before[3];
    struct rig rig;

    (void)state;
    open_rig(&rig, "{\"loadBalancingConfig\": [{\"weighted_round_robin\": {\"blackoutPeriod\": "
                   "\"0s\", \"weightUpdatePeriod\": \"0.1s\"}}]}");
    warm_up(&rig);
    for (size_t i = 0; i < 3; i++) {
        rig.servers[i].header[0] = "Endpoint-Load-Metrics";
        rig.servers[i].value[0] = reports[i];
    }
    for (int i = 0; i < 3; i++)
        call(&rig);
    nanosleep(&pause, NULL);
    for (size_t i = 0; i < 3; i++)
        before[i] = rig.servers[i].count;

    for (int i = 0; i < 140; i++)
        assert_int_equal(call(&rig).status, EK_STATUS_OK);

    /* 140 calls are 20 rounds of 7; one of the first may still go by turns. */
    assert_in_range(rig.servers[0].count - before[0], 18, 22);
    assert_in_range(rig.servers[1].count - before[1], 58, 62);
    assert_in_range(rig.servers[2].count - before[2], 58, 62);
    close_rig(&rig);
}

static void garbage_in_the_headers_changes_nothing(void **state)
{
    struct rig rig;

    (void)state;
    open_rig(&rig, "{\"loadBalancingConfig\": [{\"weighted_round_robin\": {\"blackoutPeriod\": "
                   "\"0s\", \"weightUpdatePeriod\": \"0.1s\"}}]}");
    warm_up(&rig);
    for (size_t i = 0; i < 3; i++) {
        rig.servers[i].header[0] = "endpoint-load-metrics";
        rig.servers[i].value[0] = "TEXT cpu_utilization=\xff\xfe, rps_fractional=-1e999";
        rig.servers[i].header[1] = PUSHBACK;
        rig.servers[i].value[1] = "%n%s";
    }

    for (int i = 0; i < 30; i++)
        assert_int_equal(call(&rig).status, EK_STATUS_OK);

    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rig.servers[i].count, 10);
    close_rig(&rig);
}

static void a_failing_server_is_ejected(void **state)
{
    struct rig rig;
    int failed = 0;

    (void)state;
    open_rig(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"outlierDetection\": "
                   "{\"consecutiveFailures\": 3, \"baseEjectionTime\": \"60s\"}}");
    warm_up(&rig);
    rig.servers[2].status = 500;

    for (int i = 0; i < 60; i++)
        failed += call(&rig).status != EK_STATUS_OK;

    assert_int_equal(failed, 3);
    assert_int_equal(rig.servers[2].count, 3);
    for (size_t i = 0; i < 2; i++)
        rig.servers[i].status = 404;
    assert_non_null(strstr(call(&rig).text, ": HTTP status 404"));
    close_rig(&rig);
}

static void a_slow_server_meets_the_deadline(void **state)
{
    struct rig rig;
    struct ek_live_result result;

    (void)state;
    open_rig(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"methodConfig\": "
                   "[{\"name\": [{}], \"timeout\": \"0.05s\"}]}");
    warm_up(&rig);
    for (size_t i = 0; i < 3; i++)
        rig.servers[i].delay_ms = 300;

    result = call(&rig);

    assert_int_equal(result.status, EK_STATUS_DEADLINE_EXCEEDED);
    assert_in_range(result.latency_ns, 50 * EK_MS, 250 * EK_MS);
    close_rig(&rig);
}

static void without_any_server_the_cause_is_told(void **state)
{
    struct rig rig;
    struct ek_live_result result;

    (void)state;
    open_rig(&rig, "{\"loadBalancingConfig\": [{\"round_robin\": {}}]}");
    for (size_t i = 0; i < 3; i++)
        server_stop(&rig.servers[i]);

    do
        result = call(&rig);
    while (result.status == EK_STATUS_OK);

    assert_int_equal(result.status, EK_STATUS_UNAVAILABLE);
    assert_true(strlen(result.text) > 0);
    for (int i = 0; i < 100 && strstr(result.text, "refused") == NULL; i++)
        result = call(&rig);
    assert_non_null(strstr(result.text, "no endpoint is connected (0 of 3); last connection error: "
                                        "127.0.0.1:"));
    assert_non_null(strstr(result.text, ": Connection refused"));
    close_rig(&rig);
}

static void http_statuses_map_as_grpc_says(void **state)
{
    static const struct {
        long http;
        enum ek_status status;
    } rows[] = {{200, EK_STATUS_OK},
                {204, EK_STATUS_OK},
                {400, EK_STATUS_INTERNAL},
                {401, EK_STATUS_UNAUTHENTICATED},
                {403, EK_STATUS_PERMISSION_DENIED},
                {404, EK_STATUS_UNIMPLEMENTED},
                {429, EK_STATUS_UNAVAILABLE},
                {502, EK_STATUS_UNAVAILABLE},
                {503, EK_STATUS_UNAVAILABLE},
                {504, EK_STATUS_UNAVAILABLE},
                {500, EK_STATUS_UNKNOWN},
                {302, EK_STATUS_UNKNOWN}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ek_live_status_of_http(rows[i].http), rows[i].status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_robin_reaches_every_real_server_equally),
        cmocka_unit_test(a_server_that_dies_costs_at_most_one_call_and_gets_no_more),
        cmocka_unit_test(a_server_that_comes_back_is_used_again),
        cmocka_unit_test(a_retry_hides_a_server_that_answers_503),
        cmocka_unit_test(a_server_says_when_to_try_again),
        cmocka_unit_test(reports_of_load_become_weights),
        cmocka_unit_test(garbage_in_the_headers_changes_nothing),
        cmocka_unit_test(a_failing_server_is_ejected),
        cmocka_unit_test(a_slow_server_meets_the_deadline),
        cmocka_unit_test(without_any_server_the_cause_is_told),
        cmocka_unit_test(http_statuses_map_as_grpc_says),
    };

    return cmocka_run_group_tests_name("live/live", tests, NULL, NULL);
}
