/* Active health over the gRPC protocol, against a real gRPC server. */
#include "evenkeel/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    PATIENCE_S = 10
};

struct rig {
    pid_t server;
    FILE *commands;
    struct ek_service_config config;
    json_t *options;
    struct ek_live *live;
    uint32_t channel;
    unsigned unhealthy, healthy; /* notes so far */
};

static void count_note(void *context, uint32_t channel, const struct ek_action *note)
{
    struct rig *rig = context;

    (void)channel;
    rig->unhealthy += note->note == EK_NOTE_UNHEALTHY;
    rig->healthy += note->note == EK_NOTE_HEALTHY;
}

static unsigned server_start(struct rig *rig)
{
    int in[2], out[2];
    unsigned port = 0;
    FILE *told;

    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    rig->server = fork();
    assert_true(rig->server >= 0);
    if (rig->server == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execl("/usr/bin/python3", "python3", "-B", "tests/live/health.py", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    rig->commands = fdopen(in[1], "w");
    told = fdopen(out[0], "r");
    assert_non_null(rig->commands);
    assert_non_null(told);
    assert_int_equal(fscanf(told, "%u", &port), 1);
    fclose(told);
    return port;
}

static void tell(struct rig *rig, const char *status)
{
    fprintf(rig->commands, "%s\n", status);
    fflush(rig->commands);
}

static void open_rig(struct rig *rig, const char *config)
{
    struct ek_errors errors = {0};
    struct ek_live_config live = {.note = count_note, .context = rig};
    struct ek_channel_config channel = {
        .service_config = &rig->config, .resolver = ek_resolver_find("static"), .seed = 1};
    json_t *json = json_loads(config, 0, NULL);
    char address[32];

    memset(rig, 0, sizeof *rig);
    snprintf(address, sizeof address, "127.0.0.1:%u", server_start(rig));
    rig->options = json_pack("{s:[s]}", "addresses", address);
    channel.resolver_options = rig->options;
    if (ek_service_config_read(json, "", &rig->config, &errors) != EK_OK)
        fail_msg("%s: %s", errors.items[0].path, errors.items[0].text);
    json_decref(json);
    assert_int_equal(ek_live_new(&live, &rig->live), EK_OK);
    assert_int_equal(ek_live_open(rig->live, &channel, &rig->channel, &errors), EK_OK);
}

static void close_rig(struct rig *rig)
{
    ek_live_free(rig->live);
    fclose(rig->commands);
    waitpid(rig->server, NULL, 0);
    ek_service_config_deinit(&rig->config);
    json_decref(rig->options);
}

static bool is_as_wanted(const struct rig *rig, bool is_unhealthy)
{
    struct ek_endpoint_view view;

    assert_true(ek_channel_endpoint(ek_live_channel(rig->live, rig->channel), 0, &view));
    return view.state == EK_CONN_READY && !view.is_awaited && view.is_unhealthy == is_unhealthy;
}

static void wait_until(struct rig *rig, bool is_unhealthy)
{
    time_t end = time(NULL) + PATIENCE_S;

    while (!is_as_wanted(rig, is_unhealthy)) {
        assert_true(time(NULL) < end);
        assert_int_equal(ek_live_poll(rig->live, 50), EK_OK);
    }
}

static void follows_the_server(const char *config)
{
    struct rig rig;

    open_rig(&rig, config);
    wait_until(&rig, false);
    tell(&rig, "2"); /* NOT_SERVING */
    wait_until(&rig, true);
    tell(&rig, "1");
    wait_until(&rig, false);
    tell(&rig, "gone");
    wait_until(&rig, true);
    assert_true(rig.unhealthy >= 2);
    close_rig(&rig);
}

static void check_follows_the_server(void **state)
{
    (void)state;
    follows_the_server("{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"healthCheck\": "
                       "{\"kind\": \"grpc\", \"service\": \"web\", \"interval\": \"100ms\", "
                       "\"timeout\": \"2s\", \"unhealthyThreshold\": 1, \"healthyThreshold\": 1}}");
}

static void watch_follows_the_server(void **state)
{
    (void)state;
    follows_the_server("{\"loadBalancingConfig\": [{\"round_robin\": {}}], \"healthCheckConfig\": "
                       "{\"serviceName\": \"web\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_follows_the_server),
        cmocka_unit_test(watch_follows_the_server),
    };

    return cmocka_run_group_tests_name("live/grpc_health", tests, NULL, NULL);
}
