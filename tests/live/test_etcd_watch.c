/* etcd's watch on a real socket: a stream that stays open, and what it says is heard at once. */
#include "evenkeel/live.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define CREATED "{\"result\":{\"header\":{\"revision\":\"5\"},\"created\":true}}\n"
#define PUT     "{\"result\":{\"header\":{\"revision\":\"6\"},\"events\":[{\"kv\":{}}]}}\n"

/* Written by base64(1): 127.0.0.1:1 and 127.0.0.1:2. */
#define ONE "{\"header\":{\"revision\":\"5\"},\"kvs\":[{\"value\":\"MTI3LjAuMC4xOjE=\"}]}"
#define TWO                                                                       \
    "{\"header\":{\"revision\":\"6\"},\"kvs\":[{\"value\":\"MTI3LjAuMC4xOjE=\"}," \
    "{\"value\":\"MTI3LjAuMC4xOjI=\"}]}"

/* A gateway with a thread for each connection. */
struct gateway {
    struct MHD_Daemon *daemon;
    unsigned port;
    atomic_uint ranges, watches;
    atomic_bool has_changed, is_over;
    atomic_bool splits; /* lines come in two halves */
};

/* Of one watch. */
struct stream {
    struct gateway *gateway;
    char text[256];
    size_t given, size;
    bool has_told;
};

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static ssize_t stream_more(void *context, uint64_t position, char *out, size_t max)
{
    struct stream *stream = context;
    size_t left;

    (void)position;
    while (stream->given == stream->size && !stream->gateway->is_over) {
        if (stream->gateway->has_changed && !stream->has_told) {
            stream->size += (size_t)snprintf(stream->text + stream->size,
                                             sizeof stream->text - stream->size, "%s", PUT);
            stream->has_told = true;
        }
        nap();
    }
    left = stream->size - stream->given;
    if (left == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (stream->gateway->splits && left > 20)
        left = 20;
    nap();
    left = left < max ? left : max;
    memcpy(out, stream->text + stream->given, left);
    stream->given += left;
    return (ssize_t)left;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct gateway *gateway = context;
    struct MHD_Response *response;
    enum MHD_Result result;

    (void)method, (void)version, (void)upload;
    if (*state == NULL || *upload_size > 0) {
        *state = gateway;
        *upload_size = 0;
        return MHD_YES;
    }
    if (strcmp(url, "/v3/watch") == 0) {
        struct stream *stream = calloc(1, sizeof *stream);

        stream->gateway = gateway;
        stream->has_told = gateway->has_changed;
        stream->size = (size_t)snprintf(stream->text, sizeof stream->text, "%s", CREATED);
        gateway->watches++;
        response =
            MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 256, stream_more, stream, free);
    } else {
        const char *body = gateway->has_changed ? TWO : ONE;

        gateway->ranges++;
        response = MHD_create_response_from_buffer(strlen(body), (void *)(uintptr_t)body,
                                                   MHD_RESPMEM_PERSISTENT);
    }
    result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static void gateway_start(struct gateway *gateway)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    gateway->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL, answer,
        gateway, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_END);
    assert_non_null(gateway->daemon);
    gateway->port = MHD_get_daemon_info(gateway->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static uint32_t listed(const struct ek_live *live)
{
    return ek_channel_stats(ek_live_channel(live, 0)).endpoints_listed;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The interval is an hour and the wait as well: only the watch can tell. */
static void hear_of_a_change(bool splits)
{
    struct gateway gateway = {.splits = splits};
    struct ek_errors errors = {0};
    struct ek_service_config config;
    struct ek_live_config live_config = {.stall_ns = EK_S / 10}; /* silence is no stall */
    struct ek_channel_config channel = {
        .service_config = &config, .resolver = ek_resolver_find("etcd"), .seed = 1};
    struct ek_live *live;
    char registry[64];
    uint32_t number;
    int64_t since;

    gateway_start(&gateway);
    snprintf(registry, sizeof registry, "http://127.0.0.1:%u", gateway.port);
    live_config.registry = registry;
    channel.resolver_options =
        json_pack("{s:s, s:s, s:s}", "prefix", "web/", "interval", "1h", "wait", "1h");
    assert_int_equal(ek_service_config_read(NULL, "", &config, &errors), EK_OK);
    assert_int_equal(ek_live_new(&live_config, &live), EK_OK);
    assert_int_equal(ek_live_open(live, &channel, &number, &errors), EK_OK);
    since = now_ms();
    while (now_ms() - since < 400 || gateway.watches == 0)
        assert_int_equal(ek_live_poll(live, 20), EK_OK);
    assert_int_equal(listed(live), 1);
    assert_int_equal(gateway.watches, 1);
    assert_int_equal(gateway.ranges, 1);

    gateway.has_changed = true;
    since = now_ms();
    while (listed(live) < 2 && now_ms() - since < 5000)
        assert_int_equal(ek_live_poll(live, 20), EK_OK);

    assert_int_equal(listed(live), 2);
    assert_int_equal(gateway.ranges, 2);
    ek_live_free(live);
    gateway.is_over = true;
    MHD_stop_daemon(gateway.daemon);
    ek_service_config_deinit(&config);
    json_decref((json_t *)(uintptr_t)channel.resolver_options);
}

static void a_change_is_heard_while_the_stream_goes_on(void **state)
{
    (void)state;
    hear_of_a_change(false);
}

static void half_a_line_waits_for_the_other_half(void **state)
{
    (void)state;
    hear_of_a_change(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_heard_while_the_stream_goes_on),
        cmocka_unit_test(half_a_line_waits_for_the_other_half),
    };

    return cmocka_run_group_tests_name("live/etcd_watch", tests, NULL, NULL);
}
