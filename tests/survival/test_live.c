/* The Consul resolver survives every misbehaviour of the registry, over libcurl and real sockets.
 *
 * All rows run at once in one thread: each has its own registry, front and client. */
#include "tests/survival/row.h"

#include "evenkeel/live.h"
#include "fake-consul/http/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct scale scale = {
    .address = "127.0.77.", /* where nothing listens: only the list counts */
    .resolver = "{\"service\": \"web\", \"maxShrink\": \"30%\", \"wait\": \"10s\","
                " \"timeoutSlack\": \"0.2s\", \"readTimeout\": \"0.6s\", \"minInterval\": \"0.1s\","
                " \"initialBackoff\": \"0.1s\", \"maxBackoff\": \"0.4s\"}",
    .grace = "{\"grace\": \"0.8s\"}",
    .little = "{\"wait\": \"1s\"}",
    .grace_ns = 800 * EK_MS,
    .settle_ns = 1200 * EK_MS,
    .lasts_ns = 1500 * EK_MS,
    .beat_ns = 300 * EK_MS,
    .watch_ns = 3000 * EK_MS,
    .interval_ns = 100 * EK_MS,
    .backoff_initial_ns = 100 * EK_MS,
    .backoff_max_ns = 400 * EK_MS,
    .stall_ns = 300 * EK_MS,
    .way_ns = 400 * EK_MS,
    .more_queries = 2, /* libcurl asks again when the connection that it kept is found closed, and
                          the front looks a turn later than the resolver asks */
};

/* 1 s, a sixteenth of it, and the slack. */
static const int64_t give_up_ns = 1263 * EK_MS;

struct player {
    struct survival survival;
    struct ek_consul_http *http;
    struct ek_live *live;
    uint32_t channel;
    struct ek_service_config config;
    json_t *options;
    uint64_t requests;
    int blocker; /* holds the one connection that is allowed; -1: none */
};

static void note(void *context, uint32_t channel, const struct ek_action *action)
{
    struct player *p = context;

    (void)channel;
    survival_note(&p->survival, action);
}

static void open_front(struct player *p, const struct row *row)
{
    struct ek_consul_http_config config = {
        .listen = "127.0.0.1:0",
        .speed = 1,
        .version = row->version,
        .client_max = row->fault == ROW_CONNECTION_LIMIT ? 1 : 0,
        .stop_fd = -1,
    };
    char why[200] = "";

    p->http = ek_consul_http_open(p->survival.consul, &config, why, sizeof why);
    if (p->http == NULL)
        fail_msg("%s", why);
}

static void open_client(struct player *p, const struct row *row)
{
    char url[64];
    struct ek_errors errors = {0};
    struct ek_live_config live = {
        .registry = url, .stall_ns = scale.stall_ns, .note = note, .context = p};
    struct ek_channel_config channel = {
        .service_config = &p->config, .resolver = ek_resolver_find("consul"), .seed = 5};
    json_t *config = json_object();

    p->options = survival_options(row, &scale);
    channel.resolver_options = p->options;
    snprintf(url, sizeof url, "http://%s", ek_consul_http_address(p->http));
    assert_int_equal(ek_service_config_read(config, "", &p->config, &errors), EK_OK);
    json_decref(config);
    assert_int_equal(ek_live_new(&live, &p->live), EK_OK);
    assert_int_equal(ek_live_open(p->live, &channel, &p->channel, &errors), EK_OK);
}

static void turn_front(struct player *p)
{
    int64_t now = ek_consul_http_now(p->http);

    ek_consul_http_turn(p->http, now);
    for (; p->requests < ek_consul_http_requests(p->http); p->requests++)
        survival_queried(&p->survival, now);
}

static int connect_to(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)atoi(strchr(address, ':') + 1));
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Somebody else has all connections that one address may have: the resolver's is cut, and the other
 * is there first. */
static void limit(struct player *p)
{
    int64_t now = ek_consul_http_now(p->http);

    if (p->survival.is_limited == (p->blocker >= 0))
        return;
    if (p->blocker >= 0) {
        close(p->blocker);
        p->blocker = -1;
        return;
    }
    ek_consul_agent_stop(p->survival.consul, 0, 0, now);
    ek_consul_agent_start(p->survival.consul, 0, 0, now);
    for (int i = 0; i < 5; i++)
        turn_front(p);
    p->blocker = connect_to(ek_consul_http_address(p->http));
    for (int i = 0; i < 5; i++)
        turn_front(p);
}

static void turn(struct player *p)
{
    int64_t now = ek_consul_http_now(p->http);

    survival_asked(&p->survival, now + give_up_ns);
    survival_turn(&p->survival, now);
    limit(p);
    turn_front(p);
    assert_int_equal(ek_live_poll(p->live, 0), EK_OK);
    survival_look(&p->survival, ek_live_channel(p->live, p->channel), ek_consul_http_now(p->http));
}

static void close_player(struct player *p)
{
    ek_live_free(p->live);
    ek_consul_http_close(p->http);
    ek_consul_free(p->survival.consul);
    ek_service_config_deinit(&p->config);
    json_decref(p->options);
}

static void
the_last_good_list_is_kept_without_a_busy_loop_and_recovery_is_one_back_off(void **state)
{
    struct player *players = calloc(row_count, sizeof *players);
    struct timespec pause = {.tv_nsec = 1000000};
    bool are_good = true;

    (void)state;
    assert_non_null(players);
    for (size_t i = 0; i < row_count; i++) {
        players[i].blocker = -1;
        survival_open(&players[i].survival, &rows[i], &scale);
        open_front(&players[i], &rows[i]);
        open_client(&players[i], &rows[i]);
    }
    while (ek_consul_http_now(players[row_count - 1].http) < survival_end(&scale)) {
        for (size_t i = 0; i < row_count; i++)
            turn(&players[i]);
        nanosleep(&pause, NULL);
    }
    survival_print_head();
    for (size_t i = 0; i < row_count; i++) {
        are_good &= survival_judge(&players[i].survival);
        close_player(&players[i]);
    }
    free(players);
    assert_true(are_good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            the_last_good_list_is_kept_without_a_busy_loop_and_recovery_is_one_back_off),
    };

    return cmocka_run_group_tests_name("survival/live", tests, NULL, NULL);
}
