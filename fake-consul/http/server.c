/* The loop: one thread serves sockets and time. */
#include "fake-consul/http/server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define DRAIN_TIME (EK__HTTP_SECOND / 2)
#define PAUSE_TIME (EK__HTTP_SECOND / 10) /* without accepting, when files run out */

enum {
    EVENTS_MAX = 256,
    FILES_SPARE = 64 + EK__HTTP_REFUSED_MAX /* for everything that is no client */
};

/* MHD looks at "%41" only through this, and must not: the state machine decodes. */
static size_t keep_escapes(void *context, struct MHD_Connection *mhd, char *text)
{
    (void)context;
    (void)mhd;
    return strlen(text);
}

static void say_nothing(void *context, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
}

static size_t raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur > 1 << 20 ? 1 << 20 : (size_t)limit.rlim_cur;
}

static bool poll_on(struct ek_consul_http *http, int fd, void *mark)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = mark};

    return epoll_ctl(http->poll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool start(struct ek_consul_http *http)
{
    const union MHD_DaemonInfo *info;

    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
        NULL, NULL, ek__http_exchange_handle, http, MHD_OPTION_EXTERNAL_LOGGER, say_nothing, NULL,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_URI_LOG_CALLBACK,
        ek__http_exchange_begin, http, MHD_OPTION_NOTIFY_COMPLETED, ek__http_exchange_end, http,
        MHD_OPTION_NOTIFY_CONNECTION, ek__http_connection_notify, http,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)EK__HTTP_POOL_SIZE, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)http->connection_max, MHD_OPTION_END);
    if (!http->daemon)
        return false;
    info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info && info->epoll_fd >= 0 && poll_on(http, info->epoll_fd, http->daemon);
}

struct ek_consul_http *ek_consul_http_open(struct ek_consul *consul,
                                           const struct ek_consul_http_config *config, char *why,
                                           size_t why_size)
{
    struct ek_consul_http *http = calloc(1, sizeof *http);
    size_t files = raise_file_limit();

    if (!http) {
        snprintf(why, why_size, "out of memory");
        return NULL;
    }
    http->consul = consul;
    http->config = *config;
    http->config.listen = NULL;
    http->opened = http->checked = ek__http_real_now();
    http->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    http->listen_fd =
        ek__http_listen(config->listen, http->address, sizeof http->address, why, why_size);
    http->connection_max = files > 2 * FILES_SPARE ? files - FILES_SPARE : files / 2;
    if (http->listen_fd < 0) {
        ek_consul_http_close(http);
        return NULL;
    }
    if (http->poll_fd < 0 || !start(http) ||
        (config->stop_fd >= 0 && !poll_on(http, config->stop_fd, NULL))) {
        snprintf(why, why_size, "the server does not start: %s", strerror(errno));
        ek_consul_http_close(http);
        return NULL;
    }
    ek__http_accepting(http, true);
    return http;
}

const char *ek_consul_http_address(const struct ek_consul_http *http)
{
    return http->address;
}

uint64_t ek_consul_http_requests(const struct ek_consul_http *http)
{
    return http->request_count;
}

static void look(struct ek_consul_http *http)
{
    int64_t now = ek_consul_http_now(http);
    struct ek_consul_probe probe;

    while (ek_consul_probe(http->consul, &probe)) {
        struct ek_consul_probe_result failed = {.error = "out of memory"};

        if (!http->prober) {
            http->prober = ek__http_prober_new(http->consul, http->config.speed);
            if (http->prober)
                poll_on(http, ek__http_prober_fd(http->prober), http->prober);
        }
        if (http->prober)
            ek__http_prober_look(http->prober, &probe, now);
        else
            ek_consul_probe_done(http->consul, probe.id, &failed, now);
    }
    if (http->prober)
        ek__http_prober_turn(http->prober, now);
}

/* Lets libmicrohttpd work until nothing is left that could be done at once: a resumed connection
 * waits for the next run, and libmicrohttpd's timeout does not say so. */
static void serve(struct ek_consul_http *http)
{
    do {
        http->has_resumed = false;
        MHD_run(http->daemon);
        ek_consul_tick(http->consul, ek_consul_http_now(http));
        look(http);
        ek__http_pump(http);
    } while (http->has_resumed);
}

static int wait_ms(struct ek_consul_http *http, int64_t until)
{
    MHD_UNSIGNED_LONG_LONG asked;
    int64_t deadline = ek_consul_deadline(http->consul);
    int64_t left = ek__http_until(http, deadline < until ? deadline : until);
    int64_t longest = ek__http_check_every(http);
    int64_t looks = http->prober ? ek__http_prober_deadline(http->prober) : INT64_MAX;
    int ms = (int)(((left < longest ? left : longest) + 999999) / 1000000);

    if (looks != INT64_MAX) {
        looks = (looks - ek__http_real_now() + 999999) / 1000000;
        ms = looks < 0 ? 0 : looks < ms ? (int)looks : ms;
    }
    if (MHD_get_timeout(http->daemon, &asked) == MHD_YES && asked < (MHD_UNSIGNED_LONG_LONG)ms)
        ms = (int)asked;
    if ((http->refused_count > 0 || !http->is_accepting) && ms > 20)
        ms = 20;
    return ms;
}

static void obey(struct ek_consul_http *http, const struct epoll_event *event)
{
    if (event->data.ptr == &http->listen_fd)
        ek__http_accept(http);
    else if (event->data.ptr && event->data.ptr != http->daemon && event->data.ptr != http->prober)
        ek__http_connection_gone(event->data.ptr);
}

static void turn(struct ek_consul_http *http, int64_t until)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(http->poll_fd, events, EVENTS_MAX, wait_ms(http, until));

    for (int i = 0; i < count; i++)
        obey(http, &events[i]);
    serve(http);
    ek__http_refused_close(http, false);
    ek__http_connections_check(http);
}

void ek_consul_http_turn(struct ek_consul_http *http, int64_t until)
{
    turn(http, until);
    if (!http->is_accepting && http->connection_count < http->connection_max &&
        ek__http_real_now() - http->paused > PAUSE_TIME)
        ek__http_accepting(http, true);
}

static bool is_busy(const struct ek_consul_http *http)
{
    for (const struct ek__http_connection *c = http->connections; c; c = c->next) {
        if (c->phase != EK__HTTP_READING)
            return true;
    }
    return false;
}

static bool has_parked(const struct ek_consul_http *http)
{
    for (const struct ek__http_connection *c = http->connections; c; c = c->next) {
        if (c->exchange && c->exchange->is_parked)
            return true;
    }
    return false;
}

static void cut_parked(struct ek_consul_http *http)
{
    for (struct ek__http_connection *c = http->connections; c; c = c->next) {
        if (c->exchange && c->exchange->is_parked)
            ek__http_exchange_cut(c->exchange);
    }
    serve(http);
}

void ek_consul_http_drain(struct ek_consul_http *http)
{
    int64_t began = ek__http_real_now();

    ek__http_accepting(http, false);
    close(http->listen_fd);
    http->listen_fd = -1;
    /* What a restored snapshot does to parked queries, the end of the server does too. */
    ek_consul_fault_begin(http->consul, EK_CONSUL_INDEX_BACK, NULL, 0, ek_consul_http_now(http));
    serve(http);
    while (is_busy(http) && ek__http_real_now() - began < DRAIN_TIME)
        turn(http, ek_consul_http_now(http));
    cut_parked(http);
}

/* libmicrohttpd aborts the process when it is stopped with a suspended connection. */
void ek_consul_http_close(struct ek_consul_http *http)
{
    if (!http)
        return;
    if (http->listen_fd >= 0)
        close(http->listen_fd);
    http->listen_fd = -1;
    if (http->daemon) {
        do /* what was sent and not yet read may park while others are cut */
            cut_parked(http);
        while (has_parked(http));
        MHD_stop_daemon(http->daemon);
    }
    ek__http_prober_free(http->prober);
    ek__http_refused_close(http, true);
    ek__http_peers_deinit(&http->peers);
    if (http->poll_fd >= 0)
        close(http->poll_fd);
    free(http);
}
