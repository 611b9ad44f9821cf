/* The listening socket, and who is let in. */
#include "fake-consul/http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_TIME (EK__HTTP_SECOND / 2)

enum {
    BACKLOG = 4096,
    ACCEPT_TURN = 256 /* connections taken before others are served again */
};

static const char too_many[] =
    "HTTP/1.1 429 Too Many Requests\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 81\r\n"
    "Connection: close\r\n"
    "\r\n"
    "Your IP is issuing too many concurrent connections, please rate limit your calls\n";

/* "host:port", "[::1]:port", ":port"; without a colon a port. */
static bool take_apart(const char *text, char host[256], char port[8])
{
    const char *colon = strrchr(text, ':');
    const char *from = text, *to = colon ? colon : text;
    size_t size;

    if (from < to && *from == '[' && to[-1] == ']') {
        from++;
        to--;
    }
    size = (size_t)(to - from);
    if (size > 255)
        return false;
    memcpy(host, from, size);
    host[size] = '\0';
    snprintf(port, 8, "%.7s", colon ? colon + 1 : text);
    return port[0] && port[strspn(port, "0123456789")] == '\0' && strlen(port) < 6;
}

void ek__http_address_of(const struct sockaddr *from, struct in6_addr *out)
{
    memset(out, 0, sizeof *out);
    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;

        memcpy(&v6, from, sizeof v6);
        *out = v6.sin6_addr;
    } else if (from->sa_family == AF_INET) {
        struct sockaddr_in v4;

        memcpy(&v4, from, sizeof v4);
        out->s6_addr[10] = out->s6_addr[11] = 0xFF;
        memcpy(&out->s6_addr[12], &v4.sin_addr, 4);
    }
}

static int bound(const struct addrinfo *place)
{
    int fd = socket(place->ai_family, SOCK_STREAM, 0), yes = 1, error;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
        bind(fd, place->ai_addr, place->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void name(int fd, char *out, size_t size)
{
    struct sockaddr_storage storage;
    socklen_t storage_size = sizeof storage;
    char host[INET6_ADDRSTRLEN + 32], port[8];

    memset(&storage, 0, sizeof storage);
    getsockname(fd, (struct sockaddr *)&storage, &storage_size);
    if (getnameinfo((struct sockaddr *)&storage, storage_size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        snprintf(out, size, "?");
        return;
    }
    if (strchr(host, ':'))
        snprintf(out, size, "[%.46s]:%s", host, port);
    else
        snprintf(out, size, "%.46s:%s", host, port);
}

int ek__http_listen(const char *address, char *out, size_t out_size, char *why, size_t why_size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *place;
    char host[256], port[8];
    int fd, error;

    if (!take_apart(address, host, port)) {
        snprintf(why, why_size, "%.80s: expected ADDRESS:PORT, as in 127.0.0.1:8500", address);
        return -1;
    }
    error = getaddrinfo(host[0] ? host : "127.0.0.1", port, &hints, &place);
    if (error != 0) {
        snprintf(why, why_size, "%.80s: %s", address, gai_strerror(error));
        return -1;
    }
    fd = bound(place);
    if (fd < 0)
        snprintf(why, why_size, "%.80s: %s", address,
                 errno == EADDRINUSE ? "the port is taken" : strerror(errno));
    else
        name(fd, out, out_size);
    freeaddrinfo(place);
    return fd;
}

void ek__http_accepting(struct ek_consul_http *http, bool is_accepting)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &http->listen_fd};

    if (http->is_accepting == is_accepting)
        return;
    http->is_accepting = is_accepting;
    http->paused = ek__http_real_now();
    epoll_ctl(http->poll_fd, is_accepting ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, http->listen_fd, &event);
}

static void close_refused(struct ek_consul_http *http, size_t i)
{
    close(http->refused[i].fd);
    http->refused[i] = http->refused[--http->refused_count];
}

void ek__http_refused_close(struct ek_consul_http *http, bool all)
{
    int64_t now = ek__http_real_now();
    char drop[4096];

    for (size_t i = http->refused_count; i-- > 0;) {
        ssize_t got = recv(http->refused[i].fd, drop, sizeof drop, MSG_DONTWAIT);

        if (all || got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR) ||
            now - http->refused[i].at > LINGER_TIME)
            close_refused(http, i);
    }
}

/* 1.10 answers before it closes; what the client sends meanwhile is read, else the kernel would
 * reset the connection and the answer could be lost. 1.8 resets it. */
static void refuse(struct ek_consul_http *http, int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    http->request_count++;
    if (http->config.version == EK_CONSUL_1_8) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        close(fd);
        return;
    }
    if (send(fd, too_many, sizeof too_many - 1, MSG_NOSIGNAL) > 0)
        shutdown(fd, SHUT_WR);
    if (http->refused_count == EK__HTTP_REFUSED_MAX)
        close_refused(http, 0);
    http->refused[http->refused_count++] = (struct ek__http_refused){fd, ek__http_real_now()};
}

static void admit(struct ek_consul_http *http, int fd, const struct sockaddr *from, socklen_t size)
{
    struct in6_addr address;

    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    ek__http_address_of(from, &address);
    if (!ek__http_peers_add(&http->peers, &address, http->config.client_max)) {
        refuse(http, fd);
        return;
    }
    http->connection_count++;
    if (MHD_add_connection(http->daemon, fd, from, size) != MHD_YES) {
        http->connection_count--;
        ek__http_peers_drop(&http->peers, &address);
    }
}

void ek__http_accept(struct ek_consul_http *http)
{
    for (int i = 0; i < ACCEPT_TURN; i++) {
        struct sockaddr_storage from;
        socklen_t size = sizeof from;
        int fd;

        if (http->connection_count >= http->connection_max) {
            ek__http_accepting(http, false);
            return;
        }
        fd = accept(http->listen_fd, (struct sockaddr *)&from, &size);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                ek__http_accepting(http, false);
            return;
        }
        admit(http, fd, (struct sockaddr *)&from, size);
    }
}
