/* A client's connection: who it is from, how long its phases may take, and whether it still lives.
 *
 * libmicrohttpd limits how long a connection is idle, which a client that sends a byte a second
 * never is, and does not look at parked ones at all; so both are done here. */
#include "fake-consul/http/server.h"

#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define READ_TIMEOUT  (30 * EK__HTTP_SECOND)
#define WRITE_TIMEOUT (120 * EK__HTTP_SECOND)
#define IDLE_TIMEOUT  (900 * EK__HTTP_SECOND)
#define CHECK_EVERY   (EK__HTTP_SECOND)

enum {
    KICKS_MAX = 4
};

static uint64_t received(int fd)
{
    struct tcp_info info;
    socklen_t size = sizeof info;

    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_bytes_received;
}

static void started(struct ek_consul_http *http, struct MHD_Connection *mhd, void **context)
{
    const union MHD_ConnectionInfo *info;
    struct ek__http_connection *connection = calloc(1, sizeof *connection);

    *context = connection;
    if (!connection)
        return;
    connection->http = http;
    connection->mhd = mhd;
    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    connection->fd = info ? info->connect_fd : -1;
    info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info)
        ek__http_address_of(info->client_addr, &connection->address);
    connection->since = ek__http_real_now();
    connection->next = http->connections;
    if (http->connections)
        http->connections->previous = connection;
    http->connections = connection;
    ek__http_connection_arm(connection);
}

static void closed(struct ek_consul_http *http, struct ek__http_connection *connection)
{
    if (!connection)
        return;
    ek__http_exchange_free(connection->exchange);
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        http->connections = connection->next;
    ek__http_peers_drop(&http->peers, &connection->address);
    http->connection_count--;
    free(connection);
}

void ek__http_connection_notify(void *http, struct MHD_Connection *mhd, void **context,
                                enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        started(http, mhd, context);
    } else {
        closed(http, *context);
        *context = NULL;
    }
}

void ek__http_connection_phase(struct ek__http_connection *connection, enum ek__http_phase phase)
{
    connection->phase = phase;
    connection->since = ek__http_real_now();
    connection->is_arriving = false;
    if (phase == EK__HTTP_READING)
        ek__http_connection_arm(connection);
    if (phase == EK__HTTP_WAITING)
        connection->bytes_received = received(connection->fd);
}

/* One report at most, until it is armed again. */
void ek__http_connection_arm(struct ek__http_connection *connection)
{
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = connection};

    if (connection->is_armed)
        return;
    connection->is_armed =
        epoll_ctl(connection->http->poll_fd, connection->is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
                  connection->fd, &event) == 0;
    connection->is_known = connection->is_known || connection->is_armed;
}

/* libmicrohttpd does not see an end of the stream that came together with data, since it waits for
 * the next edge. Shutting down the side that is shut down already makes one. It takes a second
 * time where the data had not been read before the first. */
void ek__http_connection_gone(struct ek__http_connection *connection)
{
    connection->is_armed = false;
    if (connection->exchange && connection->exchange->is_parked) {
        ek__http_exchange_cut(connection->exchange);
    } else if (connection->phase == EK__HTTP_READING) {
        shutdown(connection->fd, ++connection->kick_count < KICKS_MAX ? SHUT_RD : SHUT_RDWR);
        if (connection->kick_count < KICKS_MAX)
            ek__http_connection_arm(connection);
    }
}

/* libmicrohttpd finds the end of the stream and closes. */
static void end(const struct ek__http_connection *connection)
{
    shutdown(connection->fd, SHUT_RDWR);
}

static void check_reading(struct ek__http_connection *connection, int64_t now)
{
    int64_t limit = connection->http->config.read_timeout_ns;

    if (!connection->is_arriving && received(connection->fd) > connection->bytes_received) {
        connection->is_arriving = true;
        connection->since = now;
    }
    if (!connection->is_arriving)
        limit = IDLE_TIMEOUT;
    else if (limit <= 0)
        limit = READ_TIMEOUT;
    if (now - connection->since > limit)
        end(connection);
}

int64_t ek__http_check_every(const struct ek_consul_http *http)
{
    int64_t part = http->config.read_timeout_ns / 4;

    return part > 0 && part < CHECK_EVERY ? part : CHECK_EVERY;
}

void ek__http_connections_check(struct ek_consul_http *http)
{
    struct ek__http_connection *next;
    int64_t now = ek__http_real_now();

    if (now - http->checked < ek__http_check_every(http))
        return;
    http->checked = now;
    for (struct ek__http_connection *c = http->connections; c; c = next) {
        next = c->next;
        switch (c->phase) {
        case EK__HTTP_READING:
            check_reading(c, now);
            break;
        case EK__HTTP_WRITING:
            if (now - c->since > WRITE_TIMEOUT)
                end(c);
            break;
        case EK__HTTP_WAITING:
            break;
        }
    }
}
