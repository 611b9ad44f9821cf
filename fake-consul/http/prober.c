#include "fake-consul/http/prober.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "fake-consul/http/look.h"
#include "fake-consul/http/server.h"

enum {
    EVENTS_MAX = 64
};

struct ek__http_prober {
    struct ek_consul *consul;
    double speed;
    CURLM *multi;
    struct ek__http_look *looks;
    int poll_fd;
    int64_t deadline;
};

/* libcurl's types are its documented ones. */
static int watch(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    struct ek__http_prober *prober = context;
    struct epoll_event event = {.data.fd = fd};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(prober->poll_fd, EPOLL_CTL_DEL, fd, &event);
        curl_multi_assign(prober->multi, fd, NULL);
        return 0;
    }
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        event.events |= EPOLLIN;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        event.events |= EPOLLOUT;
    epoll_ctl(prober->poll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign(prober->multi, fd, prober);
    return 0;
}

static int set_deadline(CURLM *multi, long ms, void *context)
{
    struct ek__http_prober *prober = context;

    (void)multi;
    prober->deadline = ms < 0 ? INT64_MAX : ek__http_real_now() + ms * (EK__HTTP_SECOND / 1000);
    return 0;
}

struct ek__http_prober *ek__http_prober_new(struct ek_consul *consul, double speed)
{
    struct ek__http_prober *prober = calloc(1, sizeof *prober);

    if (!prober)
        return NULL;
    prober->consul = consul;
    prober->speed = speed;
    prober->deadline = INT64_MAX;
    prober->multi = curl_multi_init();
    prober->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!prober->multi || prober->poll_fd < 0) {
        ek__http_prober_free(prober);
        return NULL;
    }
    curl_multi_setopt(prober->multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(prober->multi, CURLMOPT_SOCKETDATA, prober);
    curl_multi_setopt(prober->multi, CURLMOPT_TIMERFUNCTION, set_deadline);
    curl_multi_setopt(prober->multi, CURLMOPT_TIMERDATA, prober);
    return prober;
}

static void drop(struct ek__http_prober *prober, struct ek__http_look *look)
{
    curl_multi_remove_handle(prober->multi, look->easy);
    if (look->next)
        look->next->previous = look->previous;
    if (look->previous)
        look->previous->next = look->next;
    else
        prober->looks = look->next;
    ek__http_look_free(look);
}

void ek__http_prober_free(struct ek__http_prober *prober)
{
    if (!prober)
        return;
    while (prober->looks)
        drop(prober, prober->looks);
    if (prober->multi)
        curl_multi_cleanup(prober->multi);
    if (prober->poll_fd >= 0)
        close(prober->poll_fd);
    free(prober);
}

int ek__http_prober_fd(const struct ek__http_prober *prober)
{
    return prober->poll_fd;
}

int64_t ek__http_prober_deadline(const struct ek__http_prober *prober)
{
    return prober->deadline;
}

void ek__http_prober_look(struct ek__http_prober *prober, const struct ek_consul_probe *probe,
                          int64_t now_ns)
{
    struct ek_consul_probe_result failed = {.error = "the target cannot be looked at"};
    double ms = (double)probe->timeout_ns / 1e6 / prober->speed;
    struct ek__http_look *look = ek__http_look_new(probe, ms < 1         ? 1
                                                          : ms > 3600000 ? 3600000
                                                                         : (long)ms);

    if (!look || curl_multi_add_handle(prober->multi, look->easy) != CURLM_OK) {
        ek__http_look_free(look);
        ek_consul_probe_done(prober->consul, probe->id, &failed, now_ns);
        return;
    }
    look->next = prober->looks;
    if (prober->looks)
        prober->looks->previous = look;
    prober->looks = look;
}

static void hand_over(struct ek__http_prober *prober, int64_t now_ns)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(prober->multi, &left))) {
        struct ek__http_look *look = NULL;
        struct ek_consul_probe_result result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&look);
        result = ek__http_look_result(look, message->data.result);
        ek_consul_probe_done(prober->consul, look->id, &result, now_ns);
        drop(prober, look);
    }
}

void ek__http_prober_turn(struct ek__http_prober *prober, int64_t now_ns)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(prober->poll_fd, events, EVENTS_MAX, 0), running;

    for (int i = 0; i < count; i++) {
        int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

        curl_multi_socket_action(prober->multi, events[i].data.fd, what, &running);
    }
    if (prober->deadline <= ek__http_real_now()) {
        prober->deadline = INT64_MAX;
        curl_multi_socket_action(prober->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    hand_over(prober, now_ns);
}
